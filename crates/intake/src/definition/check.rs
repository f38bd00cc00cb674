//! The properties of an event against its definition.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::{RawValue, to_raw_value};

use super::{Definition, FieldType, decimal};
use crate::json::members;
use crate::time::Moment;
use crate::{Object, json};

/// The properties of an event, parted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Typed {
    /// What the definition names and does not call personal, each in the one form of its type.
    pub public: Object,
    /// Everything else, as it was sent.
    pub personal: Object,
}

/// A property that is not what the definition says. The value is left out: it may be personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A required property is not there.
    #[error("the property {field:?} is missing")]
    Missing {
        /// The name of the property.
        field: String,
    },
    /// A property is of another type.
    #[error("the property {field:?} is no {}", expected.name())]
    WrongType {
        /// The name of the property.
        field: String,
        /// What it should be.
        expected: FieldType,
    },
}

/// Parts the properties as the definition says. Fails with every property that is not as the definition says.
pub fn check(definition: &Definition, properties: &Object) -> Result<Typed, Vec<Problem>> {
    let mut rest = properties.members();
    let mut public = BTreeMap::new();
    let mut problems = Vec::new();
    for field in &definition.fields {
        let name = field.name.as_str();
        let Some(sent) = rest.get(name).copied() else {
            if field.required {
                problems.push(Problem::Missing { field: name.to_owned() });
            }
            continue;
        };
        match canonical(field.field_type, sent) {
            None => problems.push(Problem::WrongType { field: name.to_owned(), expected: field.field_type }),
            Some(_) if field.personal => {}
            Some(value) => {
                rest.remove(name);
                public.insert(name, value);
            }
        }
    }
    if problems.is_empty() { Ok(Typed { public: object(&public), personal: object(&rest) }) } else { Err(problems) }
}

/// The properties of an event that no definition names: all of them count as personal.
pub fn custom(properties: &Object) -> Typed {
    Typed { public: Object::default(), personal: properties.clone() }
}

fn object<N: serde::Serialize + Ord, V: serde::Serialize>(members: &BTreeMap<N, V>) -> Object {
    // Texts as names and JSON as values: writing them does not fail.
    members::write(members).map(Object::owned).unwrap_or_default()
}

/// The value in the one form of its type; none where it is of another type.
fn canonical(field_type: FieldType, sent: &RawValue) -> Option<Box<RawValue>> {
    let text = json::text(sent);
    let is_number = sent.get().starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let scalar = match &text {
        Some(text) => Some(text.trim()),
        None => is_number.then_some(sent.get()),
    };
    match field_type {
        FieldType::Text => {
            let whole = text.as_deref().or(scalar)?;
            to_raw_value(whole).ok()
        }
        FieldType::Integer => to_raw_value(&integer(scalar?)?).ok(),
        FieldType::Decimal => to_raw_value(&decimal::canonical(scalar?)?).ok(),
        FieldType::Boolean => {
            let word: Cow<'_, str> = text.unwrap_or(Cow::Borrowed(sent.get()));
            to_raw_value(&word.trim().to_ascii_lowercase().parse::<bool>().ok()?).ok()
        }
        FieldType::Time => {
            let moment = text.as_deref().map_or_else(|| Moment::read(Some(sent)), Moment::of_text);
            let Moment::At(at) = moment else { return None };
            to_raw_value(&at).ok()
        }
    }
}

/// A whole number; `3.0` is one as well, for Python's data frames write whole numbers so.
fn integer(literal: &str) -> Option<i64> {
    literal.parse().ok().or_else(|| decimal::canonical(literal)?.parse().ok())
}
