//! What was found of one thing.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// How well a thing is, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = HealthState)]
pub enum State {
    /// As it should be.
    Ok,
    /// Worth knowing.
    Note,
    /// To be put right.
    Wrong,
}

/// What was found of one thing.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = HealthFinding)]
pub struct Finding {
    /// What was looked at; stable, for programs.
    #[schema(example = "disk")]
    pub check: &'static str,
    /// How well it is.
    pub state: State,
    /// What was found, and what to do where it is wrong.
    pub text: String,
    /// What `text` says, stable: for whoever says it in other words with `values`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "disk.soon")]
    pub code: Option<&'static str>,
    /// The figures of `text`, with their units at the end of their names: `…_bytes`, `…_s` seconds, `…_ms` milliseconds.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    pub values: BTreeMap<&'static str, Value>,
}

impl Finding {
    /// As it should be.
    pub fn ok(check: &'static str, text: impl Into<String>) -> Self {
        Self::new(check, State::Ok, text)
    }

    /// Worth knowing.
    pub fn note(check: &'static str, text: impl Into<String>) -> Self {
        Self::new(check, State::Note, text)
    }

    /// To be put right.
    pub fn wrong(check: &'static str, text: impl Into<String>) -> Self {
        Self::new(check, State::Wrong, text)
    }

    fn new(check: &'static str, state: State, text: impl Into<String>) -> Self {
        Self { check, state, text: text.into(), code: None, values: BTreeMap::new() }
    }

    /// With the code of what it says.
    pub(super) fn says(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// With a figure.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.values.insert(name, value.into());
        self
    }
}
