//! Texts and lists that cannot grow without end.
//!
//! The engine asks for memory when it sorts, joins and groups, and not when it makes values: `t || t` doubles a text, ten of
//! them in a row make it a thousand times as long, in one call that nothing can interrupt. So what the calls that make
//! values longer would make is added up before they make it, and a call that would make too much is refused.
//!
//! Aggregates that put all values of a group into one copy them several times when they give it, in one call as well. What
//! goes into them is counted for the whole question.

mod gathered;

use std::sync::Arc;

use datafusion::arrow::array::{Array as _, ArrayRef, AsArray as _};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::common::tree_node::Transformed;
use datafusion::config::ConfigOptions;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::expr::{AggregateFunction, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use self::gathered::Gathered;

/// Bytes of one value that a call may make. What is joined with it repeats it for thousands of rows.
const VALUE_BYTES_MAX: usize = 8 << 10;
/// Bytes that a call may make for all rows of a batch.
const BATCH_BYTES_MAX: usize = 16 << 20;

/// Functions that make a value as long as all their arguments together, and a little more for each.
const ADDING: [&str; 24] = [
    "array_append",
    "array_cat",
    "array_concat",
    "array_intersect",
    "array_prepend",
    "array_push_back",
    "array_push_front",
    "array_union",
    "arrays_zip",
    "concat",
    "concat_ws",
    "encode",
    "list_append",
    "list_cat",
    "list_concat",
    "list_prepend",
    "list_push_back",
    "list_push_front",
    "list_union",
    "make_array",
    "make_list",
    "overlay",
    "string_to_array",
    "string_to_list",
];
/// Functions that put one argument into another as often as there is room: its place among the arguments.
const MULTIPLYING: [(&str, usize); 12] = [
    ("array_join", 1),
    ("array_replace", 2),
    ("array_replace_all", 2),
    ("array_replace_n", 2),
    ("array_to_string", 1),
    ("list_join", 1),
    ("list_replace", 2),
    ("list_replace_all", 2),
    ("list_replace_n", 2),
    ("list_to_string", 1),
    ("regexp_replace", 2),
    ("replace", 2),
];

/// Aggregates whose value is all values of their group.
const GATHERING: [&str; 2] = ["array_agg", "string_agg"];

/// Puts the sum before every call that could make too much.
#[derive(Debug)]
pub(super) struct Growth {
    adding: Arc<ScalarUDF>,
    multiplying: Vec<Arc<ScalarUDF>>,
    gathered: Arc<ScalarUDF>,
}

impl Growth {
    /// The rule of one question, whose aggregates may gather so many bytes.
    pub(super) fn rule(gathered_bytes_max: usize) -> Arc<dyn FunctionRewrite + Send + Sync> {
        let gathered = Arc::new(ScalarUDF::new_from_impl(Gathered::new(gathered_bytes_max)));
        let adding = Arc::new(ScalarUDF::new_from_impl(Bounded::new(None)));
        let multiplying = (0..=2).map(|place| Arc::new(ScalarUDF::new_from_impl(Bounded::new(Some(place)))));
        Arc::new(Self { adding, multiplying: multiplying.collect(), gathered })
    }

    fn bound_of(&self, function: &str) -> Option<&Arc<ScalarUDF>> {
        if ADDING.contains(&function) {
            return Some(&self.adding);
        }
        let (_, place) = MULTIPLYING.iter().find(|(name, _)| *name == function)?;
        self.multiplying.get(*place)
    }
}

impl FunctionRewrite for Growth {
    fn name(&self) -> &'static str {
        "growth"
    }

    fn rewrite(&self, expr: Expr, _: &DFSchema, _: &ConfigOptions) -> Result<Transformed<Expr>> {
        match expr {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::StringConcat, right }) => {
                let left = self.adding.call(vec![*left, (*right).clone()]);
                Ok(Transformed::yes(Expr::BinaryExpr(BinaryExpr {
                    left: Box::new(left),
                    op: Operator::StringConcat,
                    right,
                })))
            }
            Expr::ScalarFunction(ScalarFunction { func, mut args }) if !args.is_empty() => {
                let bound = self.bound_of(func.name());
                if let Some(bound) = bound {
                    let all = args.clone();
                    args[0] = bound.call(all);
                }
                let is_bound = bound.is_some();
                let call = Expr::ScalarFunction(ScalarFunction { func, args });
                Ok(if is_bound { Transformed::yes(call) } else { Transformed::no(call) })
            }
            Expr::AggregateFunction(AggregateFunction { func, mut params }) if GATHERING.contains(&func.name()) => {
                if let Some(first) = params.args.first_mut() {
                    *first = self.gathered.call(vec![first.clone()]);
                }
                Ok(Transformed::yes(Expr::AggregateFunction(AggregateFunction { func, params })))
            }
            other => Ok(Transformed::no(other)),
        }
    }
}

/// Gives its first argument as it is, unless a call with all of them would make too much.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    /// The argument that is put in again and again.
    repeated: Option<usize>,
    name: String,
    signature: Signature,
}

impl Bounded {
    fn new(repeated: Option<usize>) -> Self {
        let name = repeated.map_or_else(|| "bounded".to_owned(), |place| format!("bounded_{place}"));
        Self { repeated, name, signature: Signature::variadic_any(Volatility::Immutable) }
    }

    /// Bytes that the call would make of these arguments of one row.
    fn made(&self, arguments: &[usize]) -> usize {
        let sum: usize = arguments.iter().map(|bytes| bytes + 1).sum();
        match self.repeated.and_then(|place| arguments.get(place)) {
            Some(repeated) => sum.saturating_mul(repeated + 1),
            None => sum,
        }
    }
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        Ok(arguments.first().cloned().unwrap_or(DataType::Null))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let all_scalars = arguments.args.iter().all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let rows = if all_scalars { 1 } else { arguments.number_rows };
        let mut columns = Vec::with_capacity(arguments.args.len());
        for value in &arguments.args {
            columns.push(match value {
                ColumnarValue::Array(array) => lengths(array),
                ColumnarValue::Scalar(scalar) => lengths(&scalar.to_array()?),
            });
        }
        let (mut batch, mut row_of) = (0_usize, Vec::with_capacity(columns.len()));
        for row in 0..rows {
            row_of.clear();
            row_of.extend(columns.iter().map(|lengths| lengths.get(row).or(lengths.first()).copied().unwrap_or(0)));
            let made = self.made(&row_of);
            batch = batch.saturating_add(made);
            if made > VALUE_BYTES_MAX || batch > BATCH_BYTES_MAX {
                return Err(DataFusionError::ResourcesExhausted("a value grew too long".to_owned()));
            }
        }
        let first = arguments.args.into_iter().next();
        first.ok_or_else(|| DataFusionError::Plan("a bound needs arguments".to_owned()))
    }
}

/// The bytes of each value of an array, about.
fn lengths(array: &ArrayRef) -> Vec<usize> {
    let rows = array.len();
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().map(|value| value.map_or(0, str::len)).collect(),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().map(|value| value.map_or(0, str::len)).collect(),
        DataType::Utf8View => array.as_string_view().iter().map(|value| value.map_or(0, str::len)).collect(),
        DataType::Binary => array.as_binary::<i32>().iter().map(|value| value.map_or(0, <[u8]>::len)).collect(),
        DataType::LargeBinary => array.as_binary::<i64>().iter().map(|value| value.map_or(0, <[u8]>::len)).collect(),
        DataType::BinaryView => array.as_binary_view().iter().map(|value| value.map_or(0, <[u8]>::len)).collect(),
        DataType::List(_) => array.as_list::<i32>().iter().map(|list| list.map_or(0, |list| sum(&list))).collect(),
        DataType::LargeList(_) => array.as_list::<i64>().iter().map(|list| list.map_or(0, |list| sum(&list))).collect(),
        _ => {
            let all = array.to_data().get_slice_memory_size().unwrap_or(0);
            vec![all / rows.max(1); rows]
        }
    }
}

fn sum(list: &ArrayRef) -> usize {
    lengths(list).iter().map(|bytes| bytes + size_of::<u64>()).sum()
}
