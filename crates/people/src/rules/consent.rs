//! What may be done with what a person allowed.
//!
//! A consent belongs to the account that gave it. Who is who decides nothing about it but this: as long as accounts are one
//! person, what one of them took back holds for all of them. So joining people can only narrow what may be done, and
//! parting them puts back exactly what would be had they never been joined.

use std::collections::BTreeSet;

use serde::Serialize;
use tallymark_base::Timestamp;
use tallymark_base::id::AccountId;
use utoipa::ToSchema;

/// The channel of a consent that names none.
pub const ANY_CHANNEL: &str = "any";

/// The latest that an account said about a purpose and a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stand {
    /// Who said it.
    pub account: AccountId,
    /// For what.
    pub purpose: String,
    /// Through what; [`ANY_CHANNEL`] for all.
    pub channel: String,
    /// Whether it was given; otherwise it was taken back.
    pub given: bool,
    /// When.
    pub at: Timestamp,
}

/// What may be sent to somebody: for a purpose, through a channel, to the identifiers of these accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Allowance {
    /// For what.
    pub purpose: String,
    /// Through what; [`ANY_CHANNEL`] for all.
    pub channel: String,
    /// To whose identifiers, ascending.
    pub accounts: Vec<AccountId>,
}

/// Everything that may be sent to a person, given what all of its accounts said: for every purpose and channel that one of
/// them named.
pub fn allowances(stands: &[Stand]) -> Vec<Allowance> {
    let subjects: BTreeSet<(&str, &str)> =
        stands.iter().map(|stand| (stand.purpose.as_str(), stand.channel.as_str())).collect();
    let accounts: BTreeSet<AccountId> = stands.iter().map(|stand| stand.account).collect();
    let of = |(purpose, channel): (&str, &str)| {
        let may = accounts.iter().copied().filter(|account| allows(stands, purpose, channel, *account));
        Allowance { purpose: purpose.to_owned(), channel: channel.to_owned(), accounts: may.collect() }
    };
    subjects.into_iter().map(of).filter(|allowance| !allowance.accounts.is_empty()).collect()
}

/// Whether something may be sent for a purpose through a channel to the identifier of `account`, given what all accounts
/// of its person said.
///
/// That account itself must have allowed it, and no account of the person may have taken it back and not given it again.
/// What an account said last counts, whether it named the channel or any; of the same moment the taking back. Through
/// [`ANY_CHANNEL`] may only be sent what was given for any, and of which no channel was taken back since.
pub fn allows(stands: &[Stand], purpose: &str, channel: &str, account: AccountId) -> bool {
    let is_relevant = |stand: &&Stand| {
        let named = stand.channel == channel || stand.channel == ANY_CHANNEL;
        stand.purpose == purpose && (named || (channel == ANY_CHANNEL && !stand.given))
    };
    let relevant: Vec<&Stand> = stands.iter().filter(is_relevant).collect();
    let last_of = |account: AccountId| {
        let own = relevant.iter().filter(|stand| stand.account == account);
        own.max_by_key(|stand| (stand.at, !stand.given)).is_some_and(|stand| stand.given)
    };
    relevant.iter().all(|stand| last_of(stand.account)) && relevant.iter().any(|stand| stand.account == account)
}
