//! Apache Parquet.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray as _, RecordBatch};
use arrow::compute::{can_cast_types, cast};
use arrow::datatypes::{
    DataType, Float32Type, Float64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::reader::ChunkReader;

use crate::feed::Feed;
use crate::number::{self, DOUBLE_MAX};
use crate::types::{Cell, Flaw};
use crate::{Error, Source};

const FORMAT: &str = "Parquet";
/// Rows that are in memory at once.
const BATCH: usize = 256;

/// Reads the columns of a file that are not nested.
pub(crate) fn read(source: &Source, feed: Feed<'_>) -> Result<(), Error> {
    match source {
        Source::Bytes(bytes) => read_from(bytes.clone(), feed),
        Source::File(path) => read_from(std::fs::File::open(path).map_err(|error| Error::file(&error))?, feed),
    }
}

fn read_from<T: ChunkReader + 'static>(file: T, mut feed: Feed<'_>) -> Result<(), Error> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| Error::malformed(FORMAT, &error))?;
    let groups = builder.metadata().row_groups();
    let sizes = groups.iter().map(|group| u64::try_from(group.total_byte_size()).unwrap_or(u64::MAX));
    let max = feed.limits().expanded_bytes_max;
    if sizes.fold(0_u64, u64::saturating_add) > max {
        return Err(Error::Expands { max });
    }
    let fields = builder.schema().fields();
    let is_flat = |kind: &DataType| can_cast_types(kind, &DataType::LargeUtf8) && !kind.is_nested();
    let (mut places, mut names) = (Vec::new(), Vec::new());
    for (place, field) in fields.iter().enumerate().filter(|(_, field)| is_flat(field.data_type())) {
        places.push(place);
        names.push(field.name().trim().to_owned());
    }
    if feed.header(names)?.is_break() {
        return Ok(());
    }
    let mask = ProjectionMask::roots(builder.parquet_schema(), places);
    let reader: ParquetRecordBatchReader = builder
        .with_projection(mask)
        .with_batch_size(BATCH)
        .build()
        .map_err(|error| Error::malformed(FORMAT, &error))?;
    let mut line = 0;
    for batch in reader {
        let batch = batch.map_err(|error| Error::malformed(FORMAT, &error))?;
        for cells in rows_of(&batch, feed.limits().cell_bytes_max).map_err(|error| Error::malformed(FORMAT, &error))? {
            line += 1;
            if feed.record(line, cells)?.is_break() {
                return Ok(());
            }
        }
    }
    feed.end()
}

/// The rows of a batch.
fn rows_of(batch: &RecordBatch, bytes_max: usize) -> Result<Vec<Vec<Cell>>, ArrowError> {
    let mut rows = vec![Vec::with_capacity(batch.num_columns()); batch.num_rows()];
    for column in batch.columns() {
        for (row, cell) in rows.iter_mut().zip(cells_of(column, bytes_max)?) {
            row.push(cell);
        }
    }
    Ok(rows)
}

/// The cells of a column.
fn cells_of(column: &ArrayRef, bytes_max: usize) -> Result<Vec<Cell>, ArrowError> {
    if matches!(column.data_type(), DataType::Float16 | DataType::Float32) {
        let numbers = cast(column, &DataType::Float32)?;
        let cell = |number: Option<f32>| number.map_or(Cell::Empty, number::single);
        return Ok(numbers.as_primitive::<Float32Type>().iter().map(cell).collect());
    }
    if column.data_type().is_floating() {
        let numbers = cast(column, &DataType::Float64)?;
        let numbers = numbers.as_primitive::<Float64Type>();
        let cell = |number: Option<f64>| number.map_or(Cell::Empty, |number| number::cell(number, DOUBLE_MAX));
        return Ok(numbers.iter().map(cell).collect());
    }
    let texts = cast(&in_utc(column), &DataType::LargeUtf8)?;
    let texts = texts.as_string::<i64>();
    let cell = |place| match (texts.is_null(place), column.is_null(place)) {
        (false, _) => Cell::of(texts.value(place), bytes_max),
        (true, true) => Cell::Empty,
        (true, false) => Cell::Flawed(Flaw::NotText),
    };
    Ok((0..column.len()).map(cell).collect())
}

/// Moments with a zone as moments in UTC, which need no table of zones to be shown.
fn in_utc(column: &ArrayRef) -> ArrayRef {
    macro_rules! utc {
        ($kind:ty) => {
            Arc::new(column.as_primitive::<$kind>().clone().with_timezone("+00:00"))
        };
    }
    match column.data_type() {
        DataType::Timestamp(unit, Some(_)) => match unit {
            TimeUnit::Second => utc!(TimestampSecondType),
            TimeUnit::Millisecond => utc!(TimestampMillisecondType),
            TimeUnit::Microsecond => utc!(TimestampMicrosecondType),
            TimeUnit::Nanosecond => utc!(TimestampNanosecondType),
        },
        _ => column.clone(),
    }
}
