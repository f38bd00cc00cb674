//! What people may demand: everything that is kept of them, and that it be erased.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};
use tallymark_base::id::{AccountId, ChangeId, IdSource, TenantId};
use tallymark_base::{Clock, Timestamp, TypedId as _};
use tallymark_store::Tx;
use utoipa::ToSchema;

use super::change::{Change, ChangeKind, Decision, Made, journal};
use super::{consent, profile, tags};
use crate::rules::Account;
use crate::store::privacy::{self as stored, Kept};
use crate::store::{self, evidence};
use crate::{BlindIndex, Error, Identifier, IdentifierKind, PeopleKeys};

/// What an erase did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Erased {
    /// The accounts that it emptied, ascending; none where all were empty before.
    pub accounts: Vec<AccountId>,
    /// Identifiers that are not to be brought back, and were not known as such before.
    pub suppressed: u64,
    /// What the journal says about it; `None` where there was nothing to do.
    pub change: Option<Change>,
}

/// Everything that is kept of accounts, for the person or for another service to read: identifiers, what is known, what was
/// allowed, and why the accounts are held to be one person. Personal: whoever hands it out writes down to whom.
pub async fn export(tx: &mut Tx, tenant: TenantId, keys: &PeopleKeys, accounts: &[AccountId]) -> Result<Value, Error> {
    let kept = all_kept(tx, tenant, accounts).await?;
    let mut identifiers = Vec::with_capacity(kept.len());
    for one in &kept {
        identifiers.push(json!({
            "account": one.account,
            "kind": one.kind,
            "value": value_of(keys, one)?,
            "since": one.created_at,
            "erased_at": one.erased_at,
        }));
    }
    let mut profile: Vec<Value> = Vec::new();
    for (field, said) in profile::said(tx, tenant, keys, accounts).await? {
        profile.push(json!({
            "account": said.account,
            "field": field,
            "value": said.value,
            "source": said.source,
            "at": said.at,
            "verified": said.verified,
        }));
    }
    let own: BTreeSet<AccountId> = accounts.iter().copied().collect();
    // What was seen of somebody else is theirs.
    let both_own = |link: &crate::rules::Evidence| own.contains(&link.a) && own.contains(&link.b);
    let links: BTreeMap<(AccountId, AccountId), Value> = evidence::of_accounts(tx, tenant, accounts)
        .await?
        .into_iter()
        .filter(both_own)
        .map(|link| {
            let told = json!({ "a": link.a, "b": link.b, "first_seen": link.at, "rule": link.rule,
                               "taken_back": link.retracted != 0 });
            ((link.a, link.b), told)
        })
        .collect();
    let consents = consent::history(tx, tenant, keys, accounts).await?;
    let links: Vec<Value> = links.into_values().collect();
    let tags = tags::of(tx, tenant, accounts, Timestamp(i64::MIN)).await?;
    Ok(json!({ "tags": tags, "accounts": identifiers, "profile": profile, "consents": consents, "evidence": links }))
}

/// Erases a person: what its accounts held is deleted with the keys that sealed it, so that no copy of it can be read
/// either. The accounts stay, by their ids alone, with all facts and value of theirs. `accounts` are all accounts of one
/// or several persons, as [`Error::NotWhole`] demands.
///
/// In the caller's transaction, all or nothing; erasing again does nothing. Whoever shows one of the identifiers afterwards
/// is somebody new. Those of the identifiers whose value was kept are remembered by a keyed hash ([`is_suppressed`]).
pub async fn erase(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    accounts: &[AccountId],
    decision: Decision<'_>,
    ids: &IdSource,
    clock: &dyn Clock,
) -> Result<Erased, Error> {
    let kept = all_kept(tx, tenant, accounts).await?;
    let alive: Vec<&Kept> = kept.iter().filter(|one| one.erased_at.is_none()).collect();
    let own: Vec<AccountId> = alive.iter().map(|one| one.account).collect();
    let Some(first) = own.first().copied() else {
        // What was sealed at the moment of the first erase, and could be opened by nobody since.
        stored::delete_sealed(tx, tenant, accounts).await?;
        return Ok(Erased { accounts: own, suppressed: 0, change: None });
    };
    tx.overwrite_deleted().await?;
    let loaded = whole_persons(tx, tenant, &own).await?;
    let reached = reached(tx, tenant, keys, &alive, &loaded).await?;
    let mut tokens: Vec<BlindIndex> = reached.identifiers.iter().map(|one| keys.suppression_token(one)).collect();
    tokens.sort_unstable();
    let suppressed = stored::suppress(tx, tenant, &tokens, decision.at).await?;
    let id: ChangeId = ids.next(clock)?;
    take_out(tx, tenant, &loaded, &reached, (id, decision)).await?;
    let made = Made { id, kind: ChangeKind::Erased, subject: first, undoes: None };
    let change = journal(tx, tenant, made, decision, own.len(), &[]).await?;
    Ok(Erased { accounts: own, suppressed, change: Some(change) })
}

/// The identifiers of accounts whose value is kept.
pub async fn identifiers(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    accounts: &[AccountId],
) -> Result<Vec<Identifier>, Error> {
    let mut identifiers = Vec::new();
    for one in all_kept(tx, tenant, accounts).await? {
        if let Some(value) = value_of(keys, &one)? {
            identifiers.push(Identifier::parse(one.kind, &value)?);
        }
    }
    Ok(identifiers)
}

/// Which of the identifiers belong to somebody who was erased, in their order. Imports leave those out, and nothing is sent
/// to them, until the person comes back and [`lift_suppression`] says so.
pub async fn is_suppressed(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    identifiers: &[Identifier],
) -> Result<Vec<bool>, Error> {
    let tokens: Vec<BlindIndex> = identifiers.iter().map(|one| keys.suppression_token(one)).collect();
    let found = stored::suppressed(tx, tenant, tokens.iter()).await?;
    Ok(tokens.iter().map(|token| found.contains(token)).collect())
}

/// Notes that somebody who was erased came back of their own will; gives whether the identifier was suppressed.
pub async fn lift_suppression(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    identifier: &Identifier,
) -> Result<bool, Error> {
    Ok(stored::lift(tx, tenant, keys.suppression_token(identifier)).await?)
}

/// What accounts hold of their identifiers, each of them.
pub(super) async fn all_kept(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId]) -> Result<Vec<Kept>, Error> {
    let kept = stored::kept(tx, tenant, accounts).await?;
    let is_there = |wanted: &&AccountId| kept.binary_search_by_key(*wanted, |one| one.account).is_ok();
    match accounts.iter().find(|wanted| !is_there(wanted)) {
        Some(missing) => Err(Error::AccountNotFound { account: *missing }),
        None => Ok(kept),
    }
}

/// The accounts, which must be all of their persons.
async fn whole_persons(tx: &mut Tx, tenant: TenantId, own: &[AccountId]) -> Result<Vec<Account>, Error> {
    let loaded = evidence::accounts(tx, tenant, own).await?;
    let linked: BTreeSet<_> = loaded.iter().filter(|one| one.merges > 0).map(|one| one.person).collect();
    let members = store::members(tx, tenant, linked.into_iter()).await?;
    match members.iter().find(|member| own.binary_search(&member.id).is_err()) {
        Some(other) => Err(Error::NotWhole { account: other.id }),
        None => Ok(loaded),
    }
}

/// By what accounts are reached: what changed hands since is somebody else's.
struct Reached {
    /// Identifiers whose value is kept.
    identifiers: Vec<Identifier>,
    /// Where they are looked up, and those whose value is not kept, under every key that is in use.
    indexes: Vec<BlindIndex>,
    /// Those of phones.
    phones: Vec<BlindIndex>,
}

async fn reached(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    alive: &[&Kept],
    loaded: &[Account],
) -> Result<Reached, Error> {
    let mut kept = Vec::with_capacity(alive.len());
    for one in alive {
        if let Some(value) = value_of(keys, one)? {
            let identifier = Identifier::parse(one.kind, &value)?;
            let all = std::iter::once(keys.blind_index(&identifier)).chain(keys.earlier_indexes(&identifier));
            kept.push((one.account, all.collect::<Vec<_>>(), identifier));
        }
    }
    let leading = stored::leading(tx, tenant, kept.iter().flat_map(|(_, indexes, _)| indexes)).await?;
    let devices = loaded.iter().filter(|one| !one.kind.keeps_value()).map(|one| (one.id, one.stable));
    let mut reached = Reached { identifiers: Vec::new(), indexes: Vec::new(), phones: Vec::new() };
    reached.indexes.extend(stored::indexes(tx, tenant, devices).await?.into_iter().map(|(_, index)| index));
    for (account, indexes, identifier) in kept {
        if !indexes.iter().any(|index| leading.get(index) == Some(&account)) {
            continue;
        }
        reached.indexes.extend(&indexes);
        if identifier.kind() == IdentifierKind::Phone {
            reached.phones.extend(&indexes);
        }
        reached.identifiers.push(identifier);
    }
    Ok(reached)
}

/// Takes everything personal out of accounts.
async fn take_out(
    tx: &mut Tx,
    tenant: TenantId,
    loaded: &[Account],
    reached: &Reached,
    (change, decision): (ChangeId, Decision<'_>),
) -> Result<(), Error> {
    // Whoever is about to join one of them with somebody, having found it before, has to look again.
    let touched: Vec<_> = loaded.iter().map(|one| (one.id, one.merges, one.person)).collect();
    store::relabel(tx, tenant, &touched).await?;
    let alone = loaded.iter().filter(|one| one.merges == 0).map(|one| (one.id, one.person)).collect();
    store::insert_members(tx, tenant, &alone).await?;

    let own: Vec<AccountId> = loaded.iter().map(|one| one.id).collect();
    stored::delete_indexes(tx, tenant, &reached.indexes).await?;
    stored::empty_messages(tx, tenant, &reached.phones, decision.at).await?;
    stored::delete_sealed(tx, tenant, &own).await?;
    stored::mark(tx, tenant, &own, decision.at).await?;
    Ok(stored::retract_contested(tx, tenant, &own, change.raw()).await?)
}

/// The readable value of an account; `None` where none is kept.
pub(super) fn value_of(keys: &PeopleKeys, one: &Kept) -> Result<Option<String>, Error> {
    let (Some(sealed), Some(key)) = (&one.sealed, &one.sealed_key) else { return Ok(None) };
    let plain = keys.open(one.account, sealed, key)?;
    let unreadable = |_| tallymark_store::Error::Unreadable(format!("value of account {}", one.account.raw()));
    Ok(Some(String::from_utf8(plain).map_err(unreadable)?))
}
