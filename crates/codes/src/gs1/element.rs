//! An application identifier with its value.

use thiserror::Error;

use super::ai::{Ai, Definition, ValueError, check_unknown};

/// Elements that one link or one element string may have.
pub(super) const ELEMENTS_MAX: usize = 64;

/// An application identifier with a value that it may have.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Element {
    ai: Ai,
    value: String,
}

/// Why an identifier and a value make no element.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ElementError {
    /// GS1 has not given this identifier out.
    #[error("({0}) is not an application identifier of GS1")]
    Unknown(String),
    /// The value breaks a rule of its identifier.
    #[error("({ai}){}: {value:?} {reason}", titled(*ai))]
    Value {
        /// The identifier.
        ai: Ai,
        /// The value as it was given, percent-decoded.
        value: String,
        /// The rule.
        reason: ValueError,
    },
}

fn titled(ai: Ai) -> String {
    match ai.definition() {
        Some(definition) if !definition.title.is_empty() => format!(" {}", definition.title),
        _ => String::new(),
    }
}

impl Element {
    /// Checks a value by the rules of its identifier.
    ///
    /// # Errors
    /// [`ElementError`] names the identifier and the rule.
    pub fn new(ai: &str, value: impl Into<String>) -> Result<Self, ElementError> {
        let known = Ai::parse(ai).filter(|ai| ai.definition().is_some());
        Self::of(known.ok_or_else(|| ElementError::Unknown(ai.to_owned()))?, value.into())
    }

    /// As [`Element::new`], for an identifier that GS1 may not define.
    pub(super) fn of(ai: Ai, value: String) -> Result<Self, ElementError> {
        match ai.definition().map_or_else(|| check_unknown(&value), |definition| definition.check(&value)) {
            Ok(()) => Ok(Self { ai, value }),
            Err(reason) => Err(ElementError::Value { ai, value, reason }),
        }
    }

    /// The identifier.
    pub fn ai(&self) -> Ai {
        self.ai
    }

    /// The value, without any encoding.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What GS1 defines about the identifier.
    pub fn definition(&self) -> Option<&'static Definition> {
        self.ai.definition()
    }

    /// Does a separator follow where another element comes after it?
    pub(super) fn needs_separator(&self) -> bool {
        !self.definition().is_some_and(|definition| definition.is_fixed)
    }
}
