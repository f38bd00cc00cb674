//! People as events name them, for the lake: opaque ids and nothing that tells who somebody is.

use tallymark_base::event;
use tallymark_base::event::{Event as _, Word};
use tallymark_base::id::{AccountId, PersonId};
use tallymark_store::dimension::Dimension;

use crate::{IdentifierKind, store};

event! {
    /// The source accounts, and the person whom each belongs to since the last merge. An event names the person of its own
    /// time; join by `account` to count by the person of today.
    pub struct Account = "dim.account", version 1, owner "people" {
        /// id of the source account
        account: AccountId [pseudonym],
        /// id of the person whom it belongs to
        person: PersonId [pseudonym],
        /// by which kind of identifier it was met
        kind: Word<IdentifierKind>,
        /// its tier
        tier: u32,
    }

    /// The people: one row for each, made with the first of their source accounts.
    pub struct Person = "dim.person", version 1, owner "people" {
        /// id of the person
        person: PersonId [pseudonym],
        /// number of source accounts
        accounts: u32 [unit "accounts"],
    }
}

/// Accounts and people.
pub const ALL: &[Dimension] = &[
    Dimension {
        declared: Account::TYPE,
        read: |tx, after, limit| Box::pin(store::dimension::accounts(tx, after, limit)),
    },
    Dimension { declared: Person::TYPE, read: |tx, after, limit| Box::pin(store::dimension::people(tx, after, limit)) },
];
