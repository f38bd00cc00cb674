//! What the columns of a file of operations mean.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{TimeColumn, check, parsed};
use crate::Error;

/// What the columns of a file of operations mean: each row is a code, or a run of codes, of a document. A column that it does not
/// name is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportOperationsMapping)]
pub struct OperationsMapping {
    /// The columns that tell a document from every other of its source, 1 to 4: its number, or number and pack together. What its
    /// rows say is done as one operation, and once.
    pub document: Vec<String>,
    /// What is done.
    pub operation: OperationColumn,
    /// The column of codes, in any spelling: a code, its link, a GS1 Digital Link, an SSCC. Of runs of neighbouring codes, that of
    /// the first.
    pub code: String,
    /// The column of the last code of a run; a row without one is of one code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// The column of the pack that codes are put into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    /// Whether what lies in another pack is taken out of it first when it is packed; otherwise that is refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moves: bool,
    /// Who gets goods that are shipped, or has those that are received, sold or destroyed: an id, a code of the brand's, or a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationColumn>,
    /// Who must hold goods that are shipped; whoever does where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<OrganisationColumn>,
    /// When it was done: of a document, its earliest. Documents are taken in its sequence. Where it is left out, it is done when the
    /// document is taken, and documents are taken as they stand in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeColumn>,
    /// The zone of times without an offset, such as `Asia/Shanghai`; that of the brand where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Who numbers the documents, where an import names no other source: a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// What is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportOperationColumn)]
pub struct OperationColumn {
    /// The column that says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What its words mean, without regard to case: `{"出库": "ship", "入库": "receive"}`. At most 100.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = std::collections::BTreeMap<String, FileOperation>)]
    pub words: BTreeMap<String, FileOperation>,
    /// What is done in rows whose cell is empty, or in all where no column is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<FileOperation>,
}

/// Something that is done with goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportOperation)]
pub enum FileOperation {
    /// Goods are sent to an organisation.
    Ship,
    /// An organisation has goods in hand.
    Receive,
    /// Goods go back to whom they came from.
    Return,
    /// Codes are put into a pack.
    Pack,
    /// Codes are taken out of the packs that they lie in.
    Unpack,
    /// Packs are opened: what lay in them stands alone.
    Open,
    /// An organisation sold goods over the counter.
    Sell,
    /// An organisation destroyed goods that it holds.
    Destroy,
}

impl FileOperation {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ship => "ship",
            Self::Receive => "receive",
            Self::Return => "return",
            Self::Pack => "pack",
            Self::Unpack => "unpack",
            Self::Open => "open",
            Self::Sell => "sell",
            Self::Destroy => "destroy",
        }
    }

    /// Whether it needs to know an organisation.
    pub(crate) const fn names_organisation(self) -> bool {
        matches!(self, Self::Ship | Self::Receive | Self::Sell | Self::Destroy)
    }
}

/// Which organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportOrganisationColumn)]
pub struct OrganisationColumn {
    /// The column that names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// That of rows whose cell is empty, or of all where no column is named: written like the cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<String>,
}

/// Columns that a document's number is made of.
const DOCUMENT_MAX: usize = 4;
/// Words for what is done.
const WORDS_MAX: usize = 100;

impl OperationsMapping {
    /// Reads a mapping from JSON. What is wrong is told with its place.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let mapping: Self = parsed(text)?;
        mapping.check()?;
        Ok(mapping)
    }

    /// What is wrong with it, whatever file it is for.
    pub fn check(&self) -> Result<(), Error> {
        if !(1..=DOCUMENT_MAX).contains(&self.document.len()) {
            return Err(check::wrong("document", "name the 1 to 4 columns that tell a document from every other"));
        }
        check::all_named(&self.document, "document")?;
        check::named(&self.code, "code")?;
        for (at, column) in [("last", &self.last), ("pack", &self.pack)] {
            column.as_deref().map_or(Ok(()), |column| check::named(column, at))?;
        }
        self.operation.check()?;
        for (at, of) in [("organisation", &self.organisation), ("from", &self.from)] {
            of.as_ref().map_or(Ok(()), |of| of.check(at))?;
        }
        if self.organisation.is_none() && self.operation.some(FileOperation::names_organisation) {
            let reason = "name the column of who gets or has the goods, or a constant: an id, a code or a name";
            return Err(check::wrong("organisation", reason));
        }
        if self.pack.is_none() && self.operation.some(|operation| operation == FileOperation::Pack) {
            return Err(check::wrong("pack", "name the column of the pack that codes are put into"));
        }
        let zone = check::zone(self.zone.as_deref())?;
        if let Some(time) = &self.time {
            check::time(time, &zone)?;
        }
        check::source(self.source.as_deref())
    }

    /// Every column that it names.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &String> {
        let of = [&self.organisation, &self.from].into_iter().flatten().filter_map(|of| of.column.as_ref());
        let optional = [&self.last, &self.pack, &self.operation.column].into_iter().flatten();
        let time = self.time.iter().filter_map(|time| time.column.as_ref());
        self.document.iter().chain([&self.code]).chain(optional).chain(of).chain(time)
    }
}

impl OperationColumn {
    fn check(&self) -> Result<(), Error> {
        match &self.column {
            None if self.constant.is_none() => {
                let reason =
                    "say what is done: a `constant` such as \"ship\", or the `column` that tells it with its `words`";
                return Err(check::wrong("operation", reason));
            }
            None if !self.words.is_empty() => {
                return Err(check::wrong("operation.column", "name the column in which these words stand"));
            }
            None => return Ok(()),
            Some(column) => check::named(column, "operation.column")?,
        }
        if !(1..=WORDS_MAX).contains(&self.words.len()) {
            let reason = "say what 1 to 100 words of the column mean, such as {\"出库\": \"ship\"}";
            return Err(check::wrong("operation.words", reason));
        }
        let mut known: BTreeMap<String, FileOperation> = BTreeMap::new();
        for (word, operation) in &self.words {
            if word.trim().is_empty() {
                return Err(check::wrong("operation.words", "for an empty cell give `constant`"));
            }
            let before = known.insert(plain(word), *operation);
            if before.is_some_and(|before| before != *operation) {
                return Err(check::wrong("operation.words", "a word cannot mean two things"));
            }
        }
        Ok(())
    }

    /// Whether one of the operations that it may say is such.
    fn some(&self, is: impl Fn(FileOperation) -> bool) -> bool {
        self.constant.iter().chain(self.words.values()).any(|operation| is(*operation))
    }

    /// Its words as they are compared.
    pub(crate) fn table(&self) -> BTreeMap<String, FileOperation> {
        self.words.iter().map(|(word, operation)| (plain(word), *operation)).collect()
    }
}

/// A word as it is compared.
pub(crate) fn plain(word: &str) -> String {
    word.trim().to_lowercase()
}

impl OrganisationColumn {
    fn check(&self, at: &str) -> Result<(), Error> {
        match (&self.column, &self.constant) {
            (None, None) => Err(check::wrong(at, "name a column or a constant, or leave it out")),
            (_, Some(constant)) if constant.trim().is_empty() => {
                Err(check::wrong(&format!("{at}.constant"), "write an id, a code or a name, or leave it out"))
            }
            (Some(column), _) => check::named(column, &format!("{at}.column")),
            (None, Some(_)) => Ok(()),
        }
    }
}
