//! The fields of an event type: what each means, and how it is written.

use serde::de::value::Error as CaptureError;
use serde::de::{Deserializer, Error as _, Visitor};
use serde::{Deserialize, Serialize};

use crate::geography::Adcode;
use crate::id::{self, TypedId};
use crate::time::Timestamp;

/// How personal a field is. Fields above `None` never hold a readable value in an event: only opaque ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Personal {
    /// Says nothing about a person.
    None,
    /// An opaque id that stands for a person; the key that gives it meaning lives in the vault.
    Pseudonym,
}

/// How the values of a field are written in JSON. In the lake, ids, words and places stay the texts that the API
/// shows, so that a table joins with another one, an export or a page without a conversion.
#[derive(Debug, Clone, Copy)]
pub enum FieldType {
    /// A typed id of this prefix: text, `per_00TAXGT0000G0`.
    Id(&'static str),
    /// One of few words, which the function tells: text. Words may be added; readers pass over those they do not know.
    Word(fn() -> &'static [&'static str]),
    /// Any text.
    Text,
    /// A whole number of 64 bits with sign.
    Int,
    /// Fen (1/100 yuan), as a whole number.
    Fen,
    /// Loyalty points, as a whole number.
    Points,
    /// True or false.
    Bool,
    /// A moment: text, RFC 3339 in UTC, to the microsecond.
    Timestamp,
    /// A GB/T 2260 code: text of six digits.
    Adcode,
}

impl FieldType {
    /// The word for it in the catalogue.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id(_) => "id",
            Self::Word(_) => "word",
            Self::Text => "text",
            Self::Int => "int",
            Self::Fen => "fen",
            Self::Points => "points",
            Self::Bool => "bool",
            Self::Timestamp => "timestamp",
            Self::Adcode => "adcode",
        }
    }

    /// The words that are allowed; none where any text is.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Word(words) => words(),
            _ => &[],
        }
    }
}

impl PartialEq for FieldType {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Id(left), Self::Id(right)) => left == right,
            _ => self.name() == other.name() && self.words() == other.words(),
        }
    }
}

/// One field of an event type.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Name in the JSON of the event, and of the column in the lake.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// How it is written.
    pub field_type: FieldType,
    /// Whether it may be null.
    pub is_nullable: bool,
    /// What a number counts; empty where it counts nothing.
    pub unit: &'static str,
    /// Whether it concerns a person.
    pub personal: Personal,
}

impl Field {
    /// The field that a value of type `T` is written to.
    pub const fn of<T: FieldValue>(name: &'static str, meaning: &'static str) -> Self {
        let Shape { field_type, is_nullable } = T::SHAPE;
        Self { name, meaning, field_type, is_nullable, unit: "", personal: Personal::None }
    }

    /// The same field, where it stands for a person.
    pub const fn pseudonym(mut self) -> Self {
        self.personal = Personal::Pseudonym;
        self
    }

    /// The same field, where the whole number is fen.
    pub const fn fen(self) -> Self {
        self.value(FieldType::Fen, "fen")
    }

    /// The same field, where the whole number is points.
    pub const fn points(self) -> Self {
        self.value(FieldType::Points, "points")
    }

    /// The same field, whose numbers count this.
    pub const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    const fn value(mut self, field_type: FieldType, unit: &'static str) -> Self {
        assert!(matches!(self.field_type, FieldType::Int), "only a whole number can be value");
        self.field_type = field_type;
        self.unit = unit;
        self
    }
}

/// How a Rust type is written, and whether it may be null.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// How it is written.
    pub field_type: FieldType,
    /// Whether it may be null.
    pub is_nullable: bool,
}

impl Shape {
    const fn of(field_type: FieldType) -> Self {
        Self { field_type, is_nullable: false }
    }
}

/// A Rust type whose values may stand in an event.
pub trait FieldValue: Serialize {
    /// How they are written.
    const SHAPE: Shape;
}

impl<T: FieldValue> FieldValue for Option<T> {
    const SHAPE: Shape = Shape { field_type: T::SHAPE.field_type, is_nullable: true };
}

macro_rules! field_values {
    ($($value:ty => $field_type:expr),+ $(,)?) => {$(
        impl FieldValue for $value {
            const SHAPE: Shape = Shape::of($field_type);
        }
    )+};
}

field_values! {
    String => FieldType::Text,
    bool => FieldType::Bool,
    i64 => FieldType::Int,
    // Counts of ours stay below 2⁶³; a larger one would be put aside by the lake, visibly.
    u64 => FieldType::Int,
    u32 => FieldType::Int,
    Timestamp => FieldType::Timestamp,
    Adcode => FieldType::Adcode,
}

macro_rules! id_values {
    ($($id:ident),+ $(,)?) => {$(
        impl FieldValue for id::$id {
            const SHAPE: Shape = Shape::of(FieldType::Id(<id::$id as TypedId>::PREFIX));
        }
    )+};
}

id_values! {
    TenantId, ApiKeyId, OrganisationId, ProductId, BatchId, ShipmentId, OperationId, RecallId, AccountId, PersonId, OrderId, PointsRuleId, CampaignId, PrizeId,
    RebateId, ScanId, TransferOriginId, EventId, JobId, RequestId,
}

/// A value of an enum without fields, written as a word: `Word(Verdict::Genuine)`. The allowed words are those that the
/// enum reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Word<T>(pub T);

impl<T: Serialize + for<'de> Deserialize<'de>> FieldValue for Word<T> {
    const SHAPE: Shape = Shape::of(FieldType::Word(words_of::<T>));
}

/// The words of an enum without fields, as its `Deserialize` knows them.
fn words_of<T: for<'de> Deserialize<'de>>() -> &'static [&'static str] {
    let mut words: &'static [&'static str] = &[];
    // Always an error: it ends when the enum has told its words.
    T::deserialize(WordCapture { words: &mut words }).err();
    assert!(!words.is_empty(), "{} is no enum of words", std::any::type_name::<T>());
    words
}

/// Answers no value; notes the words of the enum that asks.
struct WordCapture<'a> {
    words: &'a mut &'static [&'static str],
}

impl<'de> Deserializer<'de> for WordCapture<'_> {
    type Error = CaptureError;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, CaptureError> {
        *self.words = variants;
        Err(CaptureError::custom("the words are known"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, CaptureError> {
        Err(CaptureError::custom("not an enum of words"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
