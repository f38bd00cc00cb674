//! Which account an identifier leads to, also while the keys of the indexes are changed.

use std::collections::HashMap;

use tallymark_base::id::TenantId;
use tallymark_store::Tx;

use crate::rules::Account;
use crate::{BlindIndex, Error, Identifier, PeopleKeys, store};

/// The accounts of identifiers, by where they are looked up now. One statement, and while the keys are changed a second one for
/// those that were not found.
pub(super) async fn accounts(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    asked: impl Iterator<Item = (BlindIndex, &Identifier)> + Clone,
) -> Result<HashMap<BlindIndex, Account>, Error> {
    let mut found = store::accounts_by_index(tx, tenant, asked.clone().map(|(index, _)| index)).await?;
    let missing = asked.filter(|(index, _)| !found.contains_key(index));
    let earlier: HashMap<BlindIndex, BlindIndex> = missing
        .flat_map(|(index, identifier)| keys.earlier_indexes(identifier).map(move |earlier| (earlier, index)))
        .collect();
    if !earlier.is_empty() {
        let there = store::accounts_by_index(tx, tenant, earlier.keys().copied()).await?;
        found.extend(there.into_iter().filter_map(|(index, account)| Some((*earlier.get(&index)?, account))));
    }
    Ok(found)
}

/// The account of one identifier, and the index under which it is.
pub(super) async fn account(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    identifier: &Identifier,
) -> Result<Option<(BlindIndex, Account)>, Error> {
    let indexes = std::iter::once(keys.blind_index(identifier)).chain(keys.earlier_indexes(identifier));
    let mut found = store::accounts_by_index(tx, tenant, indexes.clone()).await?;
    Ok(indexes.into_iter().find_map(|index| Some((index, found.remove(&index)?))))
}
