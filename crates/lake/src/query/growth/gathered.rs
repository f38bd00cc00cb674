//! What goes into the aggregates of a question that keep every value.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::arrow::array::Array as _;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

/// Bytes that an aggregate holds for each value beside the value, at most: as a value of its own, with the values that it
/// is ordered by.
const BESIDE_BYTES: usize = 256;

/// Gives its argument as it is, until too much has gone by.
#[derive(Debug)]
pub(super) struct Gathered {
    bytes: Arc<AtomicUsize>,
    bytes_max: usize,
    signature: Signature,
}

impl Gathered {
    /// For one question.
    pub(super) fn new(bytes_max: usize) -> Self {
        // Volatile, so that what is the same for all rows is counted for each of them as well.
        let signature = Signature::any(1, Volatility::Volatile);
        Self { bytes: Arc::default(), bytes_max, signature }
    }
}

impl PartialEq for Gathered {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.bytes, &other.bytes)
    }
}

impl Eq for Gathered {}

impl Hash for Gathered {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.bytes).hash(state);
    }
}

impl ScalarUDFImpl for Gathered {
    fn name(&self) -> &str {
        "gathered"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        Ok(arguments.first().cloned().unwrap_or(DataType::Null))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let Some(values) = arguments.args.into_iter().next() else {
            return Err(DataFusionError::Plan("there is nothing to gather".to_owned()));
        };
        let own = match &values {
            ColumnarValue::Array(array) => array.to_data().get_slice_memory_size().unwrap_or(0),
            ColumnarValue::Scalar(value) => value.size().saturating_mul(rows),
        };
        let more = own.saturating_add(rows.saturating_mul(BESIDE_BYTES));
        if self.bytes.fetch_add(more, Ordering::Relaxed).saturating_add(more) > self.bytes_max {
            return Err(DataFusionError::ResourcesExhausted("too many values were gathered into one".to_owned()));
        }
        Ok(values)
    }
}
