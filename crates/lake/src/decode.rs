//! From the JSON lines of an outbox row to a record batch.
//!
//! Strict: a field that the declaration does not know is refused, because dropping it would lose what a newer program
//! wrote. A row that does not decode as a whole is decoded line by line, and the lines that fail are told.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, RecordBatch, StructArray, TimestampMicrosecondArray};
use arrow::compute::concat_batches;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;
use tallymark_base::Timestamp;
use tallymark_base::event::EventType;

use crate::columns::{line_schema, table_schema};

/// Decodes rows of one event type.
#[derive(Debug)]
pub(crate) struct Decoding {
    line: Arc<Schema>,
    table: Arc<Schema>,
    is_dimension: bool,
}

/// A line that does not fit the declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// Its number in the row, from 1.
    pub(crate) line: i64,
    /// The line as it stands.
    pub(crate) body: Vec<u8>,
    /// Why, in the decoder's words.
    pub(crate) reason: String,
}

impl Decoding {
    pub(crate) fn of(event_type: &EventType) -> Self {
        Self { line: line_schema(event_type), table: table_schema(event_type), is_dimension: event_type.is_dimension() }
    }

    /// The events of a row, without the lines whose numbers are in `without`, and the lines that do not fit.
    pub(crate) fn row(&self, body: &[u8], recorded_at: Timestamp, without: &[i64]) -> (RecordBatch, Vec<Misfit>) {
        if without.is_empty()
            && let Ok(batch) = self.lines(body, recorded_at)
        {
            return (batch, Vec::new());
        }
        let (mut batches, mut misfits) = (Vec::new(), Vec::new());
        for (number, line) in (1..).zip(body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())) {
            if without.contains(&number) {
                continue;
            }
            match self.lines(line, recorded_at) {
                Ok(batch) if batch.num_rows() == 1 => batches.push(batch),
                Ok(batch) => {
                    let reason = format!("one event was expected, {} stand there", batch.num_rows());
                    misfits.push(Misfit { line: number, body: line.to_vec(), reason });
                }
                Err(error) => {
                    misfits.push(Misfit { line: number, body: line.to_vec(), reason: error.to_string() });
                }
            }
        }
        let all = concat_batches(&self.table, &batches).unwrap_or_else(|_| RecordBatch::new_empty(self.table.clone()));
        (all, misfits)
    }

    /// The rows of lines that all fit: a dimension's, which this program wrote a moment ago.
    pub(crate) fn lines(&self, body: &[u8], recorded_at: Timestamp) -> Result<RecordBatch, ArrowError> {
        // The decoder makes room for as many events as it is told: one a line, and one more so that it reads to the end.
        let lines = body.iter().filter(|byte| **byte == b'\n').count() + 1;
        let builder = ReaderBuilder::new(self.line.clone()).with_strict_mode(true).with_batch_size(lines);
        let mut decoder = builder.build_decoder()?;
        let read = decoder.decode(body)?;
        if read != body.len() {
            return Err(ArrowError::JsonError("the text goes on after the last event".to_owned()));
        }
        match decoder.flush()? {
            Some(batch) => self.flat(&batch, recorded_at),
            None => Ok(RecordBatch::new_empty(self.table.clone())),
        }
    }

    /// Lifts the fields of `data` into columns of their own. Of a dimension's envelope the id goes: its row has it.
    fn flat(&self, lines: &RecordBatch, recorded_at: Timestamp) -> Result<RecordBatch, ArrowError> {
        let recorded = TimestampMicrosecondArray::from_value(recorded_at.0, lines.num_rows()).with_timezone("UTC");
        let data = lines.column(3).as_any().downcast_ref::<StructArray>();
        let own = data.map(StructArray::columns).unwrap_or_default();
        let day = Date32Array::from_value(day_of(recorded_at), lines.num_rows());
        let first = usize::from(self.is_dimension);
        let envelope = lines.columns()[first..3].iter().cloned().chain([Arc::new(recorded) as ArrayRef]);
        let day = (!self.is_dimension).then(|| Arc::new(day) as ArrayRef);
        let columns = envelope.chain(own.iter().cloned()).chain(day);
        RecordBatch::try_new(self.table.clone(), columns.collect())
    }
}

/// The UTC day of a moment, in days since 1970-01-01. Moments outside the calendar of 32 bits fall on its ends.
fn day_of(at: Timestamp) -> i32 {
    let day = at.0.div_euclid(Timestamp::DAY);
    i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX })
}
