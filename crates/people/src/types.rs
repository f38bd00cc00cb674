//! What is asked about people, and what is answered.

use serde::Serialize;
use tallymark_base::Timestamp;
use tallymark_base::id::{AccountId, PersonId};
use utoipa::ToSchema;

use crate::{EvidenceRule, Identifier, IdentifierKind};

/// One request of a batch: somebody showed these identifiers.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// At least one, at most [`crate::IDENTIFIERS_MAX`]. All are said to be one person's; the first is the one that facts
    /// and value of this request go to, or where it turns out to be shared by many, the strongest of them.
    pub identifiers: &'a [Identifier],
    /// When.
    pub at: Timestamp,
    /// What says that they belong together.
    pub rule: EvidenceRule,
    /// The number of the id of what carried them, a scan for example: kept as the evidence of a link.
    pub cause: i64,
}

/// Who showed them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The account of the first identifier, or of the strongest where the first is not this person's alone.
    pub account: AccountId,
    /// The person, after this request.
    pub person: PersonId,
    /// All accounts of the person after this request, ascending; `account` is one of them.
    pub component: Vec<AccountId>,
    /// Whether any of the identifiers was known before this request.
    pub known: bool,
    /// Whether the person became a member with this request: it showed the first identifier of theirs that makes one
    /// ([`crate::IdentifierKind::makes_member`]).
    pub joined: bool,
    /// The highest tier of the person's accounts.
    pub tier: u8,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Person {
    /// The number of the oldest account.
    pub id: PersonId,
    /// All accounts, ascending.
    pub accounts: Vec<AccountId>,
    /// The highest tier of the accounts; 0 is the lowest.
    pub tier: u8,
    /// When the first of the accounts was seen.
    pub since: Timestamp,
    /// The kinds of identifier the person is known by, each once.
    pub kinds: Vec<IdentifierKind>,
}
