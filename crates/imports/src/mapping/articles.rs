//! What the columns of a file of articles mean.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{check, parsed};
use crate::Error;

/// What the columns of a file of articles mean: each row is something that is sold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportArticlesMapping)]
pub struct ArticlesMapping {
    /// The column of the code that orders name.
    pub code: String,
    /// The column of what people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The column of the department that sells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// The column of what kind of thing it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The column of whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Who says so, where an import names no other source: a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl ArticlesMapping {
    /// Reads a mapping from JSON. What is wrong is told with its place.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let mapping: Self = parsed(text)?;
        mapping.check()?;
        Ok(mapping)
    }

    /// What is wrong with it, whatever file it is for.
    pub fn check(&self) -> Result<(), Error> {
        check::named(&self.code, "code")?;
        let optional = [
            ("name", &self.name),
            ("department", &self.department),
            ("category", &self.category),
            ("brand", &self.brand),
        ];
        for (at, column) in optional {
            column.as_deref().map_or(Ok(()), |column| check::named(column, at))?;
        }
        check::source(self.source.as_deref())
    }
}
