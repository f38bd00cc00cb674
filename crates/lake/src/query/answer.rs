//! Rows that answer a question, and how they are written.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray as _, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::csv;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, Schema, TimestampMicrosecondType, UInt64Type};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::Value;
use tallymark_base::Timestamp;

/// The largest whole number that every reader of JSON keeps exactly (2⁵³ − 1).
const JSON_INT_MAX: u64 = (1 << 53) - 1;

/// The rows of an answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(super) schema: Arc<Schema>,
    pub(super) batches: Vec<RecordBatch>,
    /// Whether there are more rows than the limit let through.
    pub is_cut: bool,
}

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct AnswerColumn {
    /// Its name.
    pub name: String,
    /// `bigint`, `double`, `boolean`, `text`, `date`, `timestamp`, `numeric`, or the engine's own name of another type.
    #[serde(rename = "type")]
    pub column_type: String,
}

impl Answer {
    /// The columns.
    pub fn columns(&self) -> Vec<AnswerColumn> {
        let column = |field: &Arc<datafusion::arrow::datatypes::Field>| AnswerColumn {
            name: field.name().clone(),
            column_type: type_name(field.data_type()),
        };
        self.schema.fields().iter().map(column).collect()
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows as record batches.
    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// The rows as JSON. Moments are RFC 3339 in UTC; whole numbers beyond 2⁵³, decimals and nested values are texts.
    ///
    /// # Errors
    ///
    /// Where a value cannot be formatted, which is a defect.
    pub fn json_rows(&self) -> Result<Vec<Vec<Value>>, ArrowError> {
        let mut rows = Vec::with_capacity(self.len());
        for batch in &self.batches {
            let mut columns: Vec<std::vec::IntoIter<Value>> = Vec::with_capacity(batch.num_columns());
            for column in batch.columns() {
                columns.push(json_values(column)?.into_iter());
            }
            rows.extend((0..batch.num_rows()).map(|_| columns.iter_mut().filter_map(Iterator::next).collect()));
        }
        Ok(rows)
    }

    /// The rows as texts, empty where null; as a table or a CSV file shows them.
    ///
    /// # Errors
    ///
    /// Of [`Answer::json_rows`].
    pub fn text_rows(&self) -> Result<Vec<Vec<String>>, ArrowError> {
        let text = |value: Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        };
        Ok(self.json_rows()?.into_iter().map(|row| row.into_iter().map(text).collect()).collect())
    }

    /// The rows as CSV (RFC 4180) with a line of names, in UTF-8.
    ///
    /// # Errors
    ///
    /// Where a value cannot be written as CSV, as a list or a struct.
    pub fn csv(&self) -> Result<Vec<u8>, ArrowError> {
        let mut bytes = Vec::new();
        let format = "%Y-%m-%dT%H:%M:%S%.6fZ".to_owned();
        let mut writer = csv::WriterBuilder::new().with_header(true).with_timestamp_tz_format(format).build(&mut bytes);
        if self.batches.is_empty() {
            writer.write(&RecordBatch::new_empty(self.schema.clone()))?;
        }
        for batch in &self.batches {
            writer.write(batch)?;
        }
        drop(writer);
        Ok(bytes)
    }
}

/// The bytes of a batch's own rows: a slice does not count the buffers it shares.
pub(super) fn bytes_of(batch: &RecordBatch) -> usize {
    let bytes = |column: &Arc<dyn Array>| {
        column.to_data().get_slice_memory_size().unwrap_or_else(|_| column.get_array_memory_size())
    };
    batch.columns().iter().map(bytes).sum()
}

fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "boolean".to_owned(),
        signed if signed.is_integer() => "bigint".to_owned(),
        floating if floating.is_floating() => "double".to_owned(),
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => "text".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(..) => "timestamp".to_owned(),
        DataType::Dictionary(_, inner) => type_name(inner),
        decimal if decimal.is_decimal() => "numeric".to_owned(),
        other => other.to_string(),
    }
}

fn json_values(column: &Arc<dyn Array>) -> Result<Vec<Value>, ArrowError> {
    Ok(match column.data_type() {
        DataType::Boolean => column.as_boolean().iter().map(Value::from).collect(),
        DataType::UInt64 => {
            column.as_primitive::<UInt64Type>().iter().map(|number| number.map_or(Value::Null, whole)).collect()
        }
        signed if signed.is_integer() => {
            let wide = cast(column, &DataType::Int64)?;
            wide.as_primitive::<Int64Type>().iter().map(|number| number.map_or(Value::Null, signed_whole)).collect()
        }
        floating if floating.is_floating() => {
            let wide = cast(column, &DataType::Float64)?;
            // What JSON has no number for (NaN, infinities) becomes null.
            wide.as_primitive::<Float64Type>().iter().map(Value::from).collect()
        }
        DataType::Timestamp(_, Some(_)) => {
            let micros = cast(column, &DataType::Timestamp(datafusion::arrow::datatypes::TimeUnit::Microsecond, None))?;
            let moment = |micros: i64| Value::from(Timestamp(micros).to_string());
            micros.as_primitive::<TimestampMicrosecondType>().iter().map(|at| at.map_or(Value::Null, moment)).collect()
        }
        _ => {
            let format = FormatOptions::default().with_null("");
            let formatter = ArrayFormatter::try_new(column.as_ref(), &format)?;
            (0..column.len())
                .map(|row| match column.is_null(row) {
                    true => Value::Null,
                    false => Value::from(formatter.value(row).to_string()),
                })
                .collect()
        }
    })
}

fn signed_whole(number: i64) -> Value {
    if number.unsigned_abs() <= JSON_INT_MAX { Value::from(number) } else { Value::from(number.to_string()) }
}

fn whole(number: u64) -> Value {
    if number <= JSON_INT_MAX { Value::from(number) } else { Value::from(number.to_string()) }
}
