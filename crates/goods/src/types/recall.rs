//! Goods that a brand calls back.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::{BatchId, OperationId, OrganisationId, RecallId};
use utoipa::ToSchema;

use super::{Gone, Unit};

/// What is called back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RecallScope {
    /// All codes of a batch.
    Batch {
        /// The batch.
        batch: BatchId,
    },
    /// These codes, and what lies in them at the moment of the recall.
    Units {
        /// 1 to 10,000.
        units: Vec<Unit>,
    },
    /// What an operation was about, and what lay in it then: a shipment, a receipt, a pack.
    Operation {
        /// The operation; a shipment's id has the same letters after the underscore.
        operation: OperationId,
    },
}

/// What whoever scans recalled goods reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecallText {
    /// Its language, by BCP 47: `zh-CN`, `en`.
    pub language: String,
    /// What is the matter, 1 to 200 characters.
    pub message: String,
    /// What to do, 1 to 1,000 characters.
    pub instructions: String,
}

/// Goods to be called back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecall {
    /// Which.
    pub scope: RecallScope,
    /// What their scans say, one for each language, the first for everybody whose language is not among them.
    pub texts: Vec<RecallText>,
    /// Why, for those who work for the brand.
    pub reason: String,
}

/// Goods that were called back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Recall {
    /// Its id.
    pub id: RecallId,
    /// When.
    pub at: Timestamp,
    /// Which goods.
    pub scope: RecallScope,
    /// What their scans say, one for each language.
    pub texts: Vec<RecallText>,
    /// Why.
    pub reason: String,
    /// How many items were called back.
    pub items: u64,
    /// When it was lifted; none while it stands.
    pub lifted_at: Option<Timestamp>,
    /// Why it was lifted.
    pub lift_reason: Option<String>,
}

/// What a recall says to those who scan its goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecallNotice {
    /// The recall.
    pub id: RecallId,
    /// What it says, one for each language.
    pub texts: Vec<RecallText>,
}

impl RecallNotice {
    /// The text in a language, or in one that differs only by its region; else the first.
    pub fn text(&self, language: &str) -> Option<&RecallText> {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let same = self.texts.iter().find(|text| text.language.eq_ignore_ascii_case(language));
        let near = || self.texts.iter().find(|text| primary(&text.language) == primary(language));
        same.or_else(near).or_else(|| self.texts.first())
    }
}

/// How far a recall reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecallExtent {
    /// How many items.
    pub items: u64,
    /// In which batches.
    pub batches: Vec<BatchId>,
    /// Who has how many of them, the most first.
    pub holders: Vec<RecallHolder>,
}

/// Who has recalled items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecallHolder {
    /// Who; none: the brand.
    pub organisation: Option<OrganisationId>,
    /// How these items left the channel, where they did: then this is who sold or destroyed them.
    pub gone: Option<Gone>,
    /// How many items.
    pub items: u64,
}
