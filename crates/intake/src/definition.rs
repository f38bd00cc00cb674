//! Event types that a tenant defines: which properties of a tracked event are facts for everybody who may read the lake,
//! and which are a person's.
//!
//! A property that no definition names counts as personal: nobody has said that it is not.

mod check;
mod decimal;

pub use check::{Problem, Typed, check, custom};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tallymark_base::event::Registry;
use utoipa::ToSchema;

/// Bytes of the name of an event type.
const NAME_BYTES_MAX: usize = 128;
/// Fields of an event type.
const FIELDS_MAX: usize = 100;
/// Bytes of the name of a field.
const FIELD_NAME_BYTES_MAX: usize = 64;
/// Bytes of a unit.
const UNIT_BYTES_MAX: usize = 32;

/// An event type of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = EventDefinition)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// The name under which SDKs track it: `Order Completed`.
    pub name: String,
    /// From 1; raised when a field changes its meaning or type, or goes.
    pub version: u16,
    /// The properties that are known.
    pub fields: Vec<Field>,
}

/// A property of an event type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = EventProperty)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The name of the property, exactly as it is sent: a letter or `_`, then letters, digits and `_`.
    pub name: String,
    /// What its values are.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// What a number counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Whether it says something about a person. There is no default: somebody decides.
    pub personal: bool,
    /// Whether an event without it is wrong.
    #[serde(default)]
    pub required: bool,
}

/// What the values of a property are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = EventPropertyType)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Any text. A number counts as the text of it.
    Text,
    /// A whole number of 64 bits with sign, also as text.
    Integer,
    /// A number of up to 18 digits before and 9 after the point, also as text. Written as text, since a reader of JSON
    /// could round a number.
    Decimal,
    /// True or false, also as text.
    Boolean,
    /// A moment: RFC 3339, or a whole number of seconds, milliseconds or microseconds since 1970.
    Time,
}

impl FieldType {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Boolean => "boolean",
            Self::Time => "time",
        }
    }
}

/// Why a definition is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// The name cannot be used.
    #[error("the name of an event type has 1 to {bytes_max} bytes, without blanks around it and control characters")]
    Name {
        /// The limit.
        bytes_max: usize,
    },
    /// The product has an event type of that name.
    #[error("{name:?} is an event type of the product itself; choose another name")]
    Taken {
        /// What was given.
        name: String,
    },
    /// The version is 0.
    #[error("versions are counted from 1")]
    Version,
    /// No field, or too many.
    #[error("an event type has 1 to {max} fields, not {given}")]
    Fields {
        /// How many were given.
        given: usize,
        /// The limit.
        max: usize,
    },
    /// The name of a field cannot be used.
    #[error("{name:?} is no name of a field: a letter or _, then letters, digits and _, {bytes_max} at most")]
    FieldName {
        /// What was given.
        name: String,
        /// The limit.
        bytes_max: usize,
    },
    /// Two fields have one name.
    #[error("the field {name:?} is there twice; capitals and small letters make no difference")]
    FieldTwice {
        /// The second.
        name: String,
    },
    /// A unit cannot be used.
    #[error("the unit of {name:?} has 1 to {bytes_max} bytes, and only numbers have one")]
    Unit {
        /// Whose unit it is.
        name: String,
        /// The limit.
        bytes_max: usize,
    },
}

impl DefinitionError {
    /// The stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } => "definition.name",
            Self::Taken { .. } => "definition.taken",
            Self::Version => "definition.version",
            Self::Fields { .. } => "definition.fields",
            Self::FieldName { .. } => "definition.field_name",
            Self::FieldTwice { .. } => "definition.field_twice",
            Self::Unit { .. } => "definition.unit",
        }
    }
}

impl Definition {
    /// Checks that the definition can be used beside the event types of the product.
    pub fn validate(&self, product: &Registry) -> Result<(), DefinitionError> {
        let has_fit_name = (1..=NAME_BYTES_MAX).contains(&self.name.len())
            && self.name.trim() == self.name
            && !self.name.contains(char::is_control);
        if !has_fit_name {
            return Err(DefinitionError::Name { bytes_max: NAME_BYTES_MAX });
        }
        if product.iter().any(|event_type| event_type.name == self.name) {
            return Err(DefinitionError::Taken { name: self.name.clone() });
        }
        if self.version == 0 {
            return Err(DefinitionError::Version);
        }
        if !(1..=FIELDS_MAX).contains(&self.fields.len()) {
            return Err(DefinitionError::Fields { given: self.fields.len(), max: FIELDS_MAX });
        }
        let mut seen = BTreeSet::new();
        self.fields.iter().try_for_each(|field| {
            field.validate()?;
            // A column of SQL has the name, and SQL folds case.
            let is_new = seen.insert(field.name.to_ascii_lowercase());
            if is_new { Ok(()) } else { Err(DefinitionError::FieldTwice { name: field.name.clone() }) }
        })
    }
}

impl Field {
    fn validate(&self) -> Result<(), DefinitionError> {
        let name = &self.name;
        let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !starts_well || !is_plain || name.len() > FIELD_NAME_BYTES_MAX {
            return Err(DefinitionError::FieldName { name: name.clone(), bytes_max: FIELD_NAME_BYTES_MAX });
        }
        let is_number = matches!(self.field_type, FieldType::Integer | FieldType::Decimal);
        let fits = |unit: &str| is_number && (1..=UNIT_BYTES_MAX).contains(&unit.len()) && unit.trim() == unit;
        if self.unit.as_deref().is_none_or(fits) {
            Ok(())
        } else {
            Err(DefinitionError::Unit { name: name.clone(), bytes_max: UNIT_BYTES_MAX })
        }
    }
}
