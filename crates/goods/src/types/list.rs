//! A list of codes that were made elsewhere.

use serde::Serialize;
use tallymark_base::Timestamp;
use tallymark_base::id::BatchId;
use utoipa::ToSchema;

use crate::rules::listing::Label;
use crate::store::list::List;

/// A list of codes that were made elsewhere, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CodeList {
    /// The batch whose codes they are.
    pub batch: BatchId,
    /// Which codes it has.
    pub labels: Vec<Label>,
    /// Those that nobody can guess. The others are read by those who handle goods, and prove nothing to anybody else.
    pub proof: Vec<Label>,
    /// How many codes, all labels together.
    pub codes: u64,
    /// Bits that keep who guesses from a code of an item: of 2 to the power of this many guesses one hits.
    pub guess_bits: u32,
    /// The link that they are printed in, with `{code}` in the place of the code; none where they are printed as they are.
    pub link: Option<String>,
    /// When it was taken in.
    pub at: Timestamp,
}

impl CodeList {
    /// None of one that is not whole.
    pub(crate) fn of(list: List) -> Option<Self> {
        Some(Self {
            batch: list.batch,
            labels: list.labels.each().collect(),
            proof: list.proof.each().collect(),
            codes: list.codes,
            guess_bits: list.guess_bits,
            link: list.printed.link(),
            at: list.finished_at?,
        })
    }
}
