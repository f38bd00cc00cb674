//! The keys under which an account's personal values are sealed.
//!
//! Each account has a data key of its own, sealed by the tenant's and kept in a table of its own. Who is erased loses the
//! key, and with it everything that it sealed, wherever copies are.

use std::collections::{BTreeSet, HashMap};

use tallymark_base::Entropy;
use tallymark_base::id::{AccountId, TenantId};
use tallymark_base::seal::Key;
use tallymark_store::Tx;

use crate::{Error, PeopleKeys, store};

/// The data keys of those of the accounts that have one.
pub async fn stored_keys(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    accounts: &BTreeSet<AccountId>,
) -> Result<HashMap<AccountId, Key>, Error> {
    let mut found = HashMap::with_capacity(accounts.len());
    for (account, sealed) in store::vault::sealed_keys(tx, tenant, accounts.iter()).await? {
        found.insert(account, keys.open_data_key(account, &sealed)?);
    }
    Ok(found)
}

/// The data keys of accounts; made for those that have none yet. An account that was erased gets none.
pub async fn data_keys(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    accounts: &BTreeSet<AccountId>,
    entropy: &dyn Entropy,
) -> Result<HashMap<AccountId, Key>, Error> {
    let mut found = stored_keys(tx, tenant, keys, accounts).await?;
    let missing: Vec<AccountId> = accounts.iter().filter(|account| !found.contains_key(account)).copied().collect();
    if missing.is_empty() {
        return Ok(found);
    }
    let made: HashMap<AccountId, Key> = store::vault::hold_alive(tx, tenant, &missing)
        .await?
        .into_iter()
        .map(|account| (account, Key::generate(entropy)))
        .collect();
    let mut sealed: Vec<(AccountId, Vec<u8>)> =
        made.iter().map(|(account, key)| (*account, keys.seal_data_key(*account, key, entropy))).collect();
    sealed.sort_unstable_by_key(|(account, _)| *account);
    let won: BTreeSet<AccountId> = store::vault::insert_keys(tx, tenant, &sealed).await?.into_iter().collect();
    // Another server gave some of them a key meanwhile: that one counts.
    let lost: Vec<AccountId> = made.keys().filter(|account| !won.contains(account)).copied().collect();
    for (account, sealed) in store::vault::sealed_keys(tx, tenant, lost.iter()).await? {
        found.insert(account, keys.open_data_key(account, &sealed)?);
    }
    found.extend(made.into_iter().filter(|(account, _)| won.contains(account)));
    Ok(found)
}
