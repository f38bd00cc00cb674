//! Rows of a file as operations with goods: pure, from a mapping, a header and rows.

mod assembler;
mod plan;
pub(crate) mod resolve;

use tallymark_base::Timestamp;

pub(crate) use assembler::Assembler;

use crate::mapping::FileOperation;

/// A document as its rows tell it. Codes are texts yet: what they are is known to the brand's catalogue.
pub(crate) struct Document {
    /// Its number.
    pub(crate) number: String,
    /// The line of its first row.
    pub(crate) line: u64,
    /// How many rows it has.
    pub(crate) rows: u64,
    /// What is done.
    pub(crate) operation: FileOperation,
    /// Who gets or has the goods, as the file calls them.
    pub(crate) organisation: Option<Said>,
    /// Who must hold them, as the file calls them.
    pub(crate) from: Option<Said>,
    /// The pack that codes are put into.
    pub(crate) pack: Option<Said>,
    /// The codes, a row each.
    pub(crate) labels: Vec<Label>,
    /// When.
    pub(crate) at: Option<Timestamp>,
}

/// A text, and where it stands. It may be a code that somebody could claim: it has no `Debug`.
pub(crate) struct Said {
    /// Its line.
    pub(crate) line: u64,
    pub(crate) text: String,
}

/// A code or a run of them, as a row names it.
pub(crate) struct Label {
    /// Its line.
    pub(crate) line: u64,
    pub(crate) first: String,
    /// The last of a run.
    pub(crate) last: Option<String>,
}
