//! Who is it? Use cases about people, inside the caller's transaction.

mod change;
pub mod consent;
pub mod everybody;
pub mod identity;
pub mod list;
mod lookup;
pub mod portrait;
pub mod privacy;
pub mod profile;
pub mod proposals;
mod reassign;
mod region;
mod resolve;
pub mod rotation;
pub mod runs;
pub mod tags;
pub mod vault;

use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, TenantId};
use tallymark_store::Tx;

use crate::rules::Account;
use crate::{Error, Identifier, PeopleKeys, Person, store};

pub use resolve::{BATCH_MAX, IDENTIFIERS_MAX, resolve};

/// The person an identifier leads to.
pub async fn find(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    identifier: &Identifier,
) -> Result<Option<Person>, Error> {
    let Some((_, account)) = lookup::account(tx, tenant, keys, identifier).await? else { return Ok(None) };
    Ok(Some(person_of(whole_of(tx, tenant, account).await?)))
}

/// The person that an account belongs to.
///
/// # Errors
/// [`Error::AccountNotFound`].
pub async fn person(tx: &mut Tx, tenant: TenantId, account: AccountId) -> Result<Person, Error> {
    Ok(person_of(whole(tx, tenant, account).await?))
}

/// All accounts of the person that an account belongs to, ascending; at least that one.
async fn whole(tx: &mut Tx, tenant: TenantId, account: AccountId) -> Result<Vec<Account>, Error> {
    let found = store::evidence::accounts(tx, tenant, &[account]).await?.pop();
    whole_of(tx, tenant, found.ok_or(Error::AccountNotFound { account })?).await
}

async fn whole_of(tx: &mut Tx, tenant: TenantId, account: Account) -> Result<Vec<Account>, Error> {
    if account.merges == 0 {
        return Ok(vec![account]);
    }
    let mut accounts = store::members(tx, tenant, [account.person].into_iter()).await?;
    // A list that lacks it is wrong, and is put right when everybody is decided anew.
    if accounts.iter().all(|member| member.id != account.id) {
        accounts.push(account);
    }
    accounts.sort_unstable_by_key(|account| account.id);
    Ok(accounts)
}

fn person_of(accounts: Vec<Account>) -> Person {
    let mut kinds: Vec<_> = accounts.iter().map(|account| account.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Person {
        id: accounts[0].person,
        tier: accounts.iter().map(|account| account.tier).max().unwrap_or(0),
        since: accounts.iter().map(|account| account.created_at).min().unwrap_or_default(),
        kinds,
        accounts: accounts.into_iter().map(|account| account.id).collect(),
    }
}

/// Gives an account a tier, from 0. A person has the highest tier of its accounts.
pub async fn set_tier(tx: &mut Tx, tenant: TenantId, account: AccountId, tier: u8) -> Result<(), Error> {
    if store::set_tier(tx, tenant, account, tier).await? { Ok(()) } else { Err(Error::AccountNotFound { account }) }
}

/// The readable value of an account's identifier; `None` for a device, whose value is not kept. Personal: never into a
/// log or an event.
pub async fn reveal(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    account: AccountId,
) -> Result<Option<String>, Error> {
    let kept = store::privacy::kept(tx, tenant, &[account]).await?.pop().ok_or(Error::AccountNotFound { account })?;
    if kept.erased_at.is_some() {
        return Err(Error::Erased { account });
    }
    let Some(value) = kept.sealed else { return Ok(None) };
    let plain = keys.open(account, &value, &kept.sealed_key.ok_or(Error::Erased { account })?)?;
    String::from_utf8(plain)
        .map(Some)
        .map_err(|_| tallymark_store::Error::Unreadable(format!("value of account {}", account.raw())).into())
}
