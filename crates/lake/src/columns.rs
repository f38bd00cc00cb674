//! The columns of an event type's table.
//!
//! Every table begins with the columns of the envelope: `id`, `tenant`, `at` and `recorded_at` (when the outbox took
//! it), then the event's own fields in the order of their declaration. `day`, the UTC day of `recorded_at`, is the
//! partition: it stands in the folder's name and not in the files. A dimension's table begins with `tenant`, `created_at`
//! and `snapshot_at` instead, and is not partitioned. Ids, words and places are texts as the API shows
//! them; money and points are whole numbers.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use deltalake::kernel::{DataType as DeltaType, PrimitiveType, StructField};
use tallymark_base::event::{EventType, FieldType};

/// The partition column.
pub(crate) const DAY: &str = "day";
/// Whose rows they are.
pub(crate) const TENANT: &str = "tenant";

/// What the lake puts before every event's own fields.
const ENVELOPE: [(&str, Kind, &str); 4] = [
    ("id", Kind::Int, "unique for ever"),
    (TENANT, Kind::Int, "whose event it is, as a number"),
    ("at", Kind::Moment, "when it happened"),
    ("recorded_at", Kind::Moment, "when it was saved"),
];
/// What it puts before the fields of a dimension. The row's id is among them.
const DIMENSION_ENVELOPE: [(&str, Kind, &str); 3] = [
    (TENANT, Kind::Int, "whose it is, as a number"),
    ("created_at", Kind::Moment, "when it was made"),
    ("snapshot_at", Kind::Moment, "when the snapshot was begun"),
];
const DAY_MEANING: &str = "UTC day of recorded_at; the partition";

/// How a column is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Int,
    Bool,
    Moment,
    Day,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) is_nullable: bool,
    pub(crate) meaning: &'static str,
}

impl Kind {
    pub(crate) const fn of(field_type: FieldType) -> Self {
        match field_type {
            FieldType::Id(_) | FieldType::Word(_) | FieldType::Text | FieldType::Adcode => Self::Text,
            FieldType::Int | FieldType::Fen | FieldType::Points => Self::Int,
            FieldType::Bool => Self::Bool,
            FieldType::Timestamp => Self::Moment,
        }
    }

    fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Int => DataType::Int64,
            Self::Bool => DataType::Boolean,
            Self::Moment => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Day => DataType::Date32,
        }
    }

    fn delta(self) -> DeltaType {
        DeltaType::Primitive(match self {
            Self::Text => PrimitiveType::String,
            Self::Int => PrimitiveType::Long,
            Self::Bool => PrimitiveType::Boolean,
            Self::Moment => PrimitiveType::Timestamp,
            Self::Day => PrimitiveType::Date,
        })
    }
}

impl Column {
    fn arrow(&self) -> Field {
        Field::new(self.name, self.kind.arrow(), self.is_nullable)
    }

    /// The same in a Delta schema, with its meaning as the column's comment.
    pub(crate) fn delta(&self) -> StructField {
        StructField::new(self.name, self.kind.delta(), self.is_nullable)
            .with_metadata([("comment".to_owned(), self.meaning.to_owned())])
    }
}

/// The columns of a type's table: the envelope's, the event's own, the partition. A dimension has no partition.
pub(crate) fn columns(event_type: &EventType) -> Vec<Column> {
    let is_dimension = event_type.is_dimension();
    let before: &[_] = if is_dimension { &DIMENSION_ENVELOPE } else { &ENVELOPE };
    let before = before.iter().map(|(name, kind, meaning)| Column { name, kind: *kind, is_nullable: false, meaning });
    let own = event_type.fields.iter().map(|field| Column {
        name: field.name,
        kind: Kind::of(field.field_type),
        is_nullable: field.is_nullable,
        meaning: field.meaning,
    });
    let day = Column { name: DAY, kind: Kind::Day, is_nullable: false, meaning: DAY_MEANING };
    before.chain(own).chain((!is_dimension).then_some(day)).collect()
}

/// The schema of a type's table.
pub(crate) fn table_schema(event_type: &EventType) -> Arc<Schema> {
    Arc::new(Schema::new(columns(event_type).iter().map(Column::arrow).collect::<Vec<_>>()))
}

/// The schema of a line of the outbox: the envelope, with the event's own fields under `data`.
pub(crate) fn line_schema(event_type: &EventType) -> Arc<Schema> {
    let own: Vec<Field> = event_type
        .fields
        .iter()
        .map(|field| Field::new(field.name, Kind::of(field.field_type).arrow(), field.is_nullable))
        .collect();
    Arc::new(Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new(TENANT, DataType::Int64, false),
        Field::new("at", Kind::Moment.arrow(), false),
        Field::new("data", DataType::Struct(own.into()), false),
    ]))
}
