//! A person as a whole: by what they are known, what is known of them, what they allowed, and who may be near them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tallymark_base::Timestamp;
use tallymark_base::id::{AccountId, PersonId, TenantId};
use tallymark_store::Tx;
use utoipa::ToSchema;

use super::change::{Change, change_view};
use super::{consent, privacy, profile, tags, whole};
use crate::rules::Account;
use crate::rules::mask::{Sight, shown, shown_identifier};
use crate::rules::profile::{Field, Said};
use crate::store::evidence;
use crate::{Error, IdentifierKind, PeopleKeys};

/// Persons that are told to share a device with another, at most.
pub const NEAR_MAX: usize = 50;
/// Changes that are told of a person, at most.
pub const CHANGES_MAX: u32 = 50;

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Portrait {
    /// The person: the number of its oldest account.
    pub person: PersonId,
    /// The highest tier of the accounts; 0 is the lowest.
    pub tier: u8,
    /// When the first of the accounts was seen.
    pub since: Timestamp,
    /// By what the person is known, the oldest account first.
    pub identifiers: Vec<ShownIdentifier>,
    /// What is known of the person, by field.
    pub profile: Vec<ShownField>,
    /// Named facts that somebody or a rule set, by name; those that are over are left out.
    pub tags: Vec<tags::Tag>,
    /// What the person allowed and took back: the latest of each account, purpose and channel.
    pub consents: Vec<consent::ConsentView>,
    /// Persons seen on a device that this one was seen on as well, and that many share: a household, or a shop's tablet.
    pub near: Vec<Near>,
    /// What somebody decided about who this person is, the latest first.
    pub changes: Vec<Change>,
}

/// An identifier as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShownIdentifier {
    /// The account that it is.
    pub account: AccountId,
    /// What it is.
    pub kind: IdentifierKind,
    /// As much of it as the caller may see; nothing where no value is kept, as of a device.
    pub value: Option<String>,
    /// When it was first seen.
    pub since: Timestamp,
    /// Whether many share it, so that it says nothing about who holds it.
    pub shared: bool,
    /// When it was erased; since then it leads here no more.
    pub erased_at: Option<Timestamp>,
}

/// A field of a profile as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShownField {
    /// Its name.
    pub field: String,
    /// The value that counts: a checked one, then that of the better source, then the younger.
    #[serde(flatten)]
    pub said: ShownValue,
    /// Values that contradict it, the strongest first.
    pub others: Vec<ShownValue>,
}

/// A value as it is shown, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShownValue {
    /// As much of it as the caller may see.
    pub value: Option<String>,
    /// Who said it.
    pub source: String,
    /// The account that it is of.
    pub account: AccountId,
    /// When it was so.
    pub at: Timestamp,
    /// Whether it was checked.
    pub verified: bool,
}

/// Somebody who uses a device of this person as well.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Near {
    /// The person.
    pub person: PersonId,
    /// The device.
    pub device: AccountId,
}

/// The portrait of the person that an account belongs to. `sight` says how much of personal values is in it, `source_rank`
/// which sources are trusted more.
///
/// # Errors
/// [`Error::AccountNotFound`], and those of the database and of sealed values.
pub async fn of(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    account: AccountId,
    (sight, source_rank): (Sight, &[&str]),
    now: Timestamp,
) -> Result<Portrait, Error> {
    let accounts = whole(tx, tenant, account).await?;
    let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
    let identifiers = identifiers(tx, tenant, keys, (&accounts, &ids), sight).await?;
    let fields = profile::of(tx, tenant, keys, &ids, source_rank).await?;
    let mut consents = consent::of(tx, tenant, keys, &ids).await?;
    if sight != Sight::Whole {
        // What shows a consent may be an address or a signature.
        consents.iter_mut().for_each(|consent| consent.evidence = None);
    }
    let changes = evidence::changes_of(tx, tenant, &ids, CHANGES_MAX).await?;
    Ok(Portrait {
        person: accounts[0].person,
        tier: accounts.iter().map(|account| account.tier).max().unwrap_or_default(),
        since: accounts.iter().map(|account| account.created_at).min().unwrap_or_default(),
        identifiers,
        profile: fields.into_iter().map(|field| shown_field(field, sight)).collect(),
        tags: tags::of(tx, tenant, &ids, now).await?,
        consents,
        near: near(tx, tenant, &accounts, &ids).await?,
        changes: changes.iter().map(change_view).collect::<Result<_, _>>()?,
    })
}

async fn identifiers(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    (accounts, ids): (&[Account], &[AccountId]),
    sight: Sight,
) -> Result<Vec<ShownIdentifier>, Error> {
    let shared: BTreeMap<AccountId, bool> = accounts.iter().map(|one| (one.id, one.is_shared())).collect();
    let kept = privacy::all_kept(tx, tenant, ids).await?;
    let shown = kept.iter().map(|one| {
        let value = privacy::value_of(keys, one)?;
        Ok(ShownIdentifier {
            account: one.account,
            kind: one.kind,
            value: value.and_then(|value| shown_identifier(sight, one.kind, &value)),
            since: one.created_at,
            shared: shared.get(&one.account).copied().unwrap_or_default(),
            erased_at: one.erased_at,
        })
    });
    shown.collect()
}

fn shown_field(field: Field, sight: Sight) -> ShownField {
    let show = |said: Said| ShownValue {
        value: shown(sight, &field.field, &said.value),
        source: said.source,
        account: said.account,
        at: said.at,
        verified: said.verified,
    };
    ShownField {
        said: show(field.said),
        others: field.others.into_iter().map(show).collect(),
        field: field.field.clone(),
    }
}

/// Who else was seen on shared devices that these accounts were seen on, or are.
async fn near(tx: &mut Tx, tenant: TenantId, accounts: &[Account], ids: &[AccountId]) -> Result<Vec<Near>, Error> {
    let own: BTreeSet<AccountId> = ids.iter().copied().collect();
    let seen = evidence::of_accounts(tx, tenant, ids).await?;
    let beside: BTreeSet<AccountId> =
        seen.iter().flat_map(|link| [link.a, link.b]).filter(|end| !own.contains(end)).collect();
    let beside = evidence::accounts(tx, tenant, &beside.into_iter().collect::<Vec<_>>()).await?;
    let devices: Vec<AccountId> =
        accounts.iter().chain(&beside).filter(|one| one.is_shared()).map(|one| one.id).take(NEAR_MAX).collect();
    let users = evidence::of_accounts(tx, tenant, &devices).await?;
    let mut pairs: BTreeSet<(AccountId, AccountId)> = BTreeSet::new();
    for device in &devices {
        let ends = users.iter().filter(|link| link.retracted == 0 && (link.a == *device || link.b == *device));
        let others = ends.map(|link| if link.a == *device { link.b } else { link.a });
        pairs.extend(others.filter(|other| !own.contains(other)).map(|other| (other, *device)));
    }
    let others: Vec<AccountId> = pairs.iter().map(|(other, _)| *other).collect();
    let found: BTreeMap<AccountId, PersonId> =
        evidence::accounts(tx, tenant, &others).await?.into_iter().map(|one| (one.id, one.person)).collect();
    let person = accounts[0].person;
    let near: BTreeSet<Near> = pairs
        .into_iter()
        .filter_map(|(other, device)| Some(Near { person: *found.get(&other)?, device }))
        .filter(|near| near.person != person)
        .collect();
    Ok(near.into_iter().take(NEAR_MAX).collect())
}
