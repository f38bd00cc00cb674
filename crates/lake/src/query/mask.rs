//! Masking pseudonyms for those who may count people but not recognise them.
//!
//! A masked value is a keyed hash: the same pseudonym is the same value throughout one answer, so counting and joining
//! work, and another one in the next answer, so nothing can be looked up or collected.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray as _, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use sha2::{Digest as _, Sha256};

/// Digits of a masked value: 80 bits, so that two people of a hundred million hardly ever meet.
const DIGITS: usize = 20;

/// Replaces texts by their keyed hash.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Mask {
    key: [u8; 16],
    signature: Signature,
}

impl Mask {
    /// The function with this key.
    pub(super) fn function(key: [u8; 16]) -> Arc<ScalarUDF> {
        let signature = Signature::any(1, Volatility::Immutable);
        Arc::new(ScalarUDF::new_from_impl(Self { key, signature }))
    }

    /// The masked form of a column, under the column's name.
    pub(super) fn of(mask: &Arc<ScalarUDF>, column: Expr, name: &str) -> Expr {
        mask.call(vec![column]).alias(name)
    }

    fn masked(&self, value: &str) -> String {
        // The key has a fixed length and the hash is cut, so nothing can be appended to what was hashed.
        let digest = Sha256::new().chain_update(self.key).chain_update(value).finalize();
        let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).take(DIGITS / 2).collect();
        format!("masked_{digits}")
    }
}

impl ScalarUDFImpl for Mask {
    fn name(&self) -> &'static str {
        "mask"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let masked: ArrayRef = match arrays.first() {
            Some(values) => {
                let texts = cast(values, &DataType::Utf8)?;
                let texts = texts.as_string::<i32>();
                Arc::new(texts.iter().map(|text| text.map(|text| self.masked(text))).collect::<StringArray>())
            }
            None => Arc::new(StringArray::new_null(rows)),
        };
        Ok(ColumnarValue::Array(masked))
    }
}
