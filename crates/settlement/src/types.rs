//! Rebate rules.

use serde::{Deserialize, Serialize};
use tallymark_base::id::{ProductId, RebateId};
use tallymark_base::lifecycle::Status;
use tallymark_base::{Timestamp, TypedId as _, Unit};
use tallymark_ledger::{AccountKey, Book};
use tallymark_partners::OrganisationKind;
use utoipa::ToSchema;

/// Who earns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// The organisation that has custody of the item, when it is a store.
    #[default]
    Store,
}

impl Recipient {
    /// The stored number.
    pub const fn number(self) -> i64 {
        match self {
            Self::Store => 1,
        }
    }

    /// From the stored number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Store),
            _ => None,
        }
    }

    /// Whether an organisation of this kind earns when it has custody.
    pub const fn is(self, custodian: OrganisationKind) -> bool {
        match self {
            Self::Store => matches!(custodian, OrganisationKind::Store),
        }
    }
}

/// A rebate rule. Everything but its status stays as it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RebateRule {
    /// Its id.
    pub id: RebateId,
    /// Its name, 1 to 120 characters.
    pub name: String,
    /// Where it is in its life.
    pub status: Status,
    /// Items of which products, ascending. Empty: all.
    pub products: Vec<ProductId>,
    /// Scans from this moment on earn.
    pub starts: Timestamp,
    /// Scans before this moment earn.
    pub ends: Timestamp,
    /// What a scan earns, in fen.
    pub amount_fen: i64,
    /// Who earns.
    pub to: Recipient,
    /// The money it was funded with, in fen.
    pub budget_fen: i64,
}

impl RebateRule {
    /// The account of its budget.
    pub fn budget(&self) -> AccountKey {
        AccountKey::new(self.id.raw(), Book::Budget, Unit::CNY)
    }
}

/// A rebate rule to be made. It begins as a draft.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRebateRule {
    /// Its name, 1 to 120 characters.
    pub name: String,
    /// Items of which products, at most 500, which must be there. Empty: all.
    #[serde(default)]
    pub products: Vec<ProductId>,
    /// Scans from this moment on earn.
    pub starts: Timestamp,
    /// Scans before this moment earn.
    pub ends: Timestamp,
    /// What a scan earns, in fen, above zero.
    pub amount_fen: i64,
    /// Who earns.
    #[serde(default)]
    pub to: Recipient,
    /// The money for it, in fen; at least one rebate.
    pub budget_fen: i64,
}
