//! What the columns of files mean: here those of members, and what all files have alike.

mod articles;
mod check;
mod codes;
mod operations;
mod orders;

pub use articles::ArticlesMapping;
pub use codes::CodesMapping;
pub(crate) use operations::plain;
pub use operations::{FileOperation, OperationColumn, OperationsMapping, OrganisationColumn};
pub use orders::{CurrencyColumn, OrdersMapping, ReturnColumn};

use serde::{Deserialize, Serialize};
use tallymark_people::IdentifierKind;
use tallymark_tables::TimeFormat;
use utoipa::ToSchema;

use crate::Error;

/// What the columns mean. A column that it does not name is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportMapping)]
pub struct MembersMapping {
    /// By what a row's person can be known, the most certain first: what a row says goes to the first that it has. At most 8.
    pub identifiers: Vec<IdentifierColumn>,
    /// What is known of the person. At most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profile: Vec<ProfileColumn>,
    /// What the person allowed. At most 16.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<ConsentColumn>,
    /// Since when it is so; since the import began where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeColumn>,
    /// The zone of times without an offset, such as `Asia/Shanghai`; that of the brand where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Who says all this, where an import names no other source: a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// A column of identifiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentifierColumn {
    /// The name of the column.
    pub column: String,
    /// What its values are.
    pub kind: IdentifierKind,
    /// The app, shop or system in which the values are valid, for kinds that have one. It may stand in the cells instead,
    /// before a colon; of a `user_id` it is the source where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// A column of what is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileColumn {
    /// The name of the column.
    pub column: String,
    /// The field: `name`, `birthday`, `gender`, `phone`, `email`, `city` and `address` have forms of their own, every
    /// other is text.
    pub field: String,
}

/// A column of consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentColumn {
    /// The name of the column.
    pub column: String,
    /// For what: a word, such as `marketing`.
    pub purpose: String,
    /// Through what: a word, such as `sms`, or `any`.
    pub channel: String,
    /// Cells that mean that it was given, without regard to case.
    pub yes: Vec<String>,
    /// Cells that mean that it was taken back. What is neither says nothing, and is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub no: Vec<String>,
    /// Which version of the purpose's text was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_version: Option<u32>,
    /// For which of the row's identifiers it counts, as what is given counts for one alone; the first that the row has where
    /// it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<IdentifierKind>,
}

/// When it was so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeColumn {
    /// The name of the column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// How it writes moments.
    #[serde(default)]
    pub format: TimeFormat,
    /// The moment of rows whose cell is empty, or of all where no column is named: written like the cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<String>,
}

impl MembersMapping {
    /// Reads a mapping from JSON. What is wrong is told with its place.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let mapping: Self = parsed(text)?;
        mapping.check()?;
        Ok(mapping)
    }

    /// What is wrong with it, whatever file it is for.
    pub fn check(&self) -> Result<(), Error> {
        check::check(self)
    }
}

/// Reads a mapping from JSON. What is wrong is told with its place.
fn parsed<T: serde::de::DeserializeOwned>(text: &[u8]) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let mapping = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let at = error.path().to_string();
        Error::Mapping { at, reason: error.into_inner().to_string() }
    })?;
    json.end().map_err(|error| Error::Mapping { at: ".".to_owned(), reason: error.to_string() })?;
    Ok(mapping)
}
