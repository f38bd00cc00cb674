//! Who holds value, for joining people without anybody's word.

use std::collections::BTreeSet;

use tallymark_base::id::{AccountId, TenantId};
use tallymark_base::{TypedId as _, Unit};
use tallymark_ledger::{Balance, Book};
use tallymark_people::proposals::Holdings;
use tallymark_store::{Error, Tx};

/// Wallets of money and points: whoever has anything in one, owes anything, or has anything held, holds value.
#[derive(Debug, Clone, Copy)]
pub struct Wallets;

impl Holdings for Wallets {
    async fn holders(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        accounts: &[AccountId],
    ) -> Result<BTreeSet<AccountId>, Error> {
        let owners: Vec<i64> = accounts.iter().map(|account| account.raw()).collect();
        let mut holders = BTreeSet::new();
        for unit in [Unit::CNY, Unit::POINTS] {
            let found = tallymark_ledger::balances(tx, tenant, &owners, Book::Wallet, unit).await;
            let found = found.map_err(|error| match error {
                tallymark_ledger::Error::Store(error) => error,
                other => Error::Unreadable(other.to_string()),
            })?;
            let is_empty = |balance: &Balance| {
                balance.posted() == 0 && balance.debits_pending == 0 && balance.credits_pending == 0
            };
            let holding = found.iter().filter(|(_, balance)| !is_empty(balance));
            holders.extend(holding.map(|(owner, _)| AccountId::from_raw(*owner)));
        }
        Ok(holders)
    }
}
