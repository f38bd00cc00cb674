//! Why accounts are one person, and what people decide about that.
//!
//! Nothing is moved or deleted when people are joined or parted: facts and value stay with their accounts, evidence is
//! taken back or let count again, and who is who is decided anew for the accounts that hang together.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tallymark_base::id::{AccountId, ChangeId, IdSource, PersonId, TenantId};
use tallymark_base::{Clock, Timestamp, TypedId as _};
use tallymark_store::Tx;
use utoipa::ToSchema;

pub use super::change::{CHANGES_MAX, Change, ChangeKind, Decision, REASON_MAX, changes};
use super::change::{Made, journal, kind_of};
use super::proposals;
pub use super::reassign::reassign;
use super::region::{Changed, Loaded, save};
use crate::error::explain_apart;
use crate::rules::{Account, Evidence, Link, Persons, Stop};
use crate::store::evidence;
use crate::{Error, EvidenceRule, IdentifierKind, standard_policy};

/// An account of a person, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountView {
    /// Its id.
    pub id: AccountId,
    /// By what it is known.
    pub kind: IdentifierKind,
    /// The person it belongs to.
    pub person: PersonId,
    /// When it was first seen.
    pub since: Timestamp,
    /// Whether it is a device that many share, and so says nothing about who holds it.
    pub shared: bool,
}

/// What became of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// It makes both accounts one person, or says so as well.
    Holds,
    /// It joins nothing.
    Contested {
        /// Why.
        reason: String,
    },
    /// Somebody took it back.
    Retracted {
        /// By which change.
        by: ChangeId,
    },
}

/// Evidence that two accounts are one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EvidenceView {
    /// The older account.
    pub a: AccountId,
    /// The other.
    pub b: AccountId,
    /// When they were first seen together.
    pub first_seen: Timestamp,
    /// The strongest of what carried it.
    pub rule: EvidenceRule,
    /// What became of it.
    #[serde(flatten)]
    pub standing: Standing,
}

/// A person with why it is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Identity {
    /// The person.
    pub person: PersonId,
    /// Its accounts, the oldest first.
    pub accounts: Vec<AccountView>,
    /// All evidence of these accounts, what joins nothing and what was taken back included.
    pub evidence: Vec<EvidenceView>,
}

/// What a change does to who is who.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Effect {
    /// The persons that there are afterwards among those that it touches, each with its accounts.
    pub persons: Vec<PersonAfter>,
    /// Accounts that have another person afterwards, ascending. What they hold counts for that one.
    pub moved: Vec<AccountId>,
}

/// A person after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonAfter {
    /// Its id: the number of its oldest account.
    pub person: PersonId,
    /// Its accounts, ascending.
    pub accounts: Vec<AccountId>,
}

/// A person by any of its accounts, with why it is one.
pub async fn of(tx: &mut Tx, tenant: TenantId, account: AccountId) -> Result<Identity, Error> {
    let (loaded, subject) = around(tx, tenant, &[account]).await?;
    let persons = loaded.persons();
    let accounts = persons.members(subject.person).iter().map(|member| view(persons.account(*member))).collect();
    let is_own =
        |evidence: &&Evidence| [evidence.a, evidence.b].iter().any(|end| persons.person_of(*end) == subject.person);
    let evidence = persons.all_evidence().filter(is_own).map(|evidence| evidence_view(&persons, evidence)).collect();
    Ok(Identity { person: subject.person, accounts, evidence })
}

/// The shortest chain of evidence by which two accounts are one person; `None` where they are not.
pub async fn why(
    tx: &mut Tx,
    tenant: TenantId,
    a: AccountId,
    b: AccountId,
) -> Result<Option<Vec<EvidenceView>>, Error> {
    let (mut loaded, _) = around(tx, tenant, &[a, b]).await?;
    loop {
        let persons = loaded.persons();
        match persons.chain(standard_policy(), a, b) {
            Ok(chain) => {
                let views = |chain: Vec<Evidence>| chain.iter().map(|link| evidence_view(&persons, link)).collect();
                return Ok(chain.map(views));
            }
            Err(stop) => loaded.resume(tx, tenant, stop).await?,
        }
    }
}

/// What parting accounts from the rest of their person would do. Nothing is changed.
pub async fn preview_parting(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId]) -> Result<Effect, Error> {
    let (mut loaded, pairs) = between(tx, tenant, accounts).await?;
    let persons = retracted(tx, tenant, &mut loaded, &pairs, PREVIEW).await?;
    Ok(effect(&loaded.persons(), &persons))
}

/// Parts accounts from the rest of their person: all evidence between them and others is taken back. Whoever is seen
/// together again later stays apart until the change is undone.
pub async fn part(
    tx: &mut Tx,
    tenant: TenantId,
    accounts: &[AccountId],
    decision: Decision<'_>,
    ids: &IdSource,
    clock: &dyn Clock,
) -> Result<(Change, Effect), Error> {
    let (mut loaded, pairs) = between(tx, tenant, accounts).await?;
    let id: ChangeId = ids.next(clock)?;
    let persons = retracted(tx, tenant, &mut loaded, &pairs, id.raw()).await?;
    let made = Made { id, kind: ChangeKind::Parted, subject: accounts[0], undoes: None };
    conclude(tx, tenant, made, decision, &loaded, &persons, &pairs).await
}

/// Joins the persons of two accounts.
pub async fn join(
    tx: &mut Tx,
    tenant: TenantId,
    (a, b): (AccountId, AccountId),
    decision: Decision<'_>,
    ids: &IdSource,
    clock: &dyn Clock,
) -> Result<(Change, Effect), Error> {
    if a == b {
        return Err(Error::Itself { account: a });
    }
    let (mut loaded, _) = around(tx, tenant, &[a, b]).await?;
    refuse_erased(tx, tenant, &[a, b]).await?;
    let id: ChangeId = ids.next(clock)?;
    let pair = (a.min(b), a.max(b));
    let heard = Evidence {
        a: pair.0,
        b: pair.1,
        at: decision.at,
        rule: EvidenceRule::Operator,
        cause: id.raw(),
        is_contested: false,
        retracted: 0,
    };
    let persons = loop {
        let mut persons = loaded.persons();
        if persons.person_of(a) == persons.person_of(b) {
            return Err(Error::AlreadyOne);
        }
        let restored = persons.retract(standard_policy(), &[pair], 0);
        match restored.and_then(|()| persons.hear(standard_policy(), heard)) {
            Ok(Link::Apart) => {
                let reason = persons.apart(standard_policy(), a, b);
                return Err(reason.map_or(Error::NothingToPart, |reason| Error::Apart { reason }));
            }
            Ok(_) => break persons,
            Err(stop) => loaded.resume(tx, tenant, stop).await?,
        }
    };
    let made = Made { id, kind: ChangeKind::Joined, subject: a, undoes: None };
    conclude(tx, tenant, made, decision, &loaded, &persons, &[pair]).await
}

/// Undoes a change: what it took back counts again, what it joined is taken back. Undoing is a change itself.
pub async fn undo(
    tx: &mut Tx,
    tenant: TenantId,
    change: ChangeId,
    decision: Decision<'_>,
    ids: &IdSource,
    clock: &dyn Clock,
) -> Result<(Change, Effect), Error> {
    let stored = evidence::change(tx, tenant, change.raw()).await?.ok_or(Error::ChangeNotFound { change })?;
    let kind = kind_of(&stored)?.opposite().map_err(|why| Error::NotUndoable { change, why })?;
    let id: ChangeId = ids.next(clock)?;
    if !evidence::revert(tx, tenant, change.raw(), id.raw()).await? {
        let by = ChangeId::from_raw(stored.reverted_by.unwrap_or_default());
        return Err(Error::AlreadyUndone { change, by });
    }
    let pairs = evidence::pairs_of(tx, tenant, change.raw()).await?;
    let ends: BTreeSet<AccountId> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
    let ends: Vec<AccountId> = ends.into_iter().collect();
    if !kind.retracts() {
        refuse_erased(tx, tenant, &ends).await?;
    }
    let (mut loaded, _) = around(tx, tenant, &ends).await?;
    let by = if kind.retracts() { id.raw() } else { 0 };
    let persons = retracted(tx, tenant, &mut loaded, &pairs, by).await?;
    let made = Made { id, kind, subject: stored.subject, undoes: Some(change) };
    conclude(tx, tenant, made, decision, &loaded, &persons, &pairs).await
}

/// The number of the change that a preview is part of.
const PREVIEW: i64 = i64::MAX;

/// Nobody is joined with somebody who was erased.
async fn refuse_erased(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId]) -> Result<(), Error> {
    match crate::store::privacy::erased(tx, tenant, accounts).await?.first() {
        Some(account) => Err(Error::Erased { account: *account }),
        None => Ok(()),
    }
}

/// Accounts with all that hangs together with them, and the first of them.
async fn around(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId]) -> Result<(Loaded, Account), Error> {
    let mut loaded = Loaded::default();
    let found = evidence::accounts(tx, tenant, accounts).await?;
    let is_found = |wanted: &&AccountId| !found.iter().any(|account| account.id == **wanted);
    if let Some(missing) = accounts.iter().find(is_found) {
        return Err(Error::AccountNotFound { account: *missing });
    }
    let Some(subject) = found.iter().find(|account| account.id == accounts[0]).cloned() else {
        return Err(Error::NothingToPart);
    };
    loaded.add_with_persons(tx, tenant, accounts).await?;
    loaded.follow(tx, tenant, accounts.to_vec()).await?;
    Ok((loaded, subject))
}

/// All evidence that counts between accounts of one person and every other account.
async fn between(
    tx: &mut Tx,
    tenant: TenantId,
    accounts: &[AccountId],
) -> Result<(Loaded, Vec<(AccountId, AccountId)>), Error> {
    if accounts.is_empty() {
        return Err(Error::NothingToPart);
    }
    let (loaded, subject) = around(tx, tenant, accounts).await?;
    let persons = loaded.persons();
    let is_other = |account: &&AccountId| persons.person_of(**account) != subject.person;
    if let Some(other) = accounts.iter().find(is_other) {
        return Err(Error::NotOnePerson { account: *other });
    }
    let own: BTreeSet<AccountId> = accounts.iter().copied().collect();
    if persons.members(subject.person).iter().all(|member| own.contains(member)) {
        return Err(Error::NothingToPart);
    }
    let is_between =
        |evidence: &&Evidence| evidence.retracted == 0 && own.contains(&evidence.a) != own.contains(&evidence.b);
    let pairs = persons.all_evidence().filter(is_between).map(|evidence| (evidence.a, evidence.b)).collect();
    Ok((loaded, pairs))
}

async fn retracted(
    tx: &mut Tx,
    tenant: TenantId,
    loaded: &mut Loaded,
    pairs: &[(AccountId, AccountId)],
    change: i64,
) -> Result<Persons, Error> {
    loop {
        let mut persons = loaded.persons();
        match persons.retract(standard_policy(), pairs, change) {
            Ok(()) => return Ok(persons),
            Err(stop) => loaded.resume(tx, tenant, stop).await?,
        }
    }
}

/// Saves a change and what follows from it.
async fn conclude(
    tx: &mut Tx,
    tenant: TenantId,
    made: Made,
    decision: Decision<'_>,
    loaded: &Loaded,
    persons: &Persons,
    pairs: &[(AccountId, AccountId)],
) -> Result<(Change, Effect), Error> {
    let effect = effect(&loaded.persons(), persons);
    save(tx, tenant, persons, &Changed::of(persons, loaded)).await?;
    let change = journal(tx, tenant, made, decision, effect.moved.len(), pairs).await?;
    proposals::follow(tx, tenant, &change, pairs).await?;
    Ok((change, effect))
}

/// What is otherwise than before.
fn effect(before: &Persons, after: &Persons) -> Effect {
    let mut persons: BTreeMap<PersonId, Vec<AccountId>> = BTreeMap::new();
    let mut moved = Vec::new();
    for account in after.regrouped() {
        persons.entry(account.person).or_default().push(account.id);
        if before.person_of(account.id) != account.person {
            moved.push(account.id);
        }
    }
    let persons = persons.into_iter().map(|(person, accounts)| PersonAfter { person, accounts }).collect();
    Effect { persons, moved }
}

fn view(account: &Account) -> AccountView {
    AccountView {
        id: account.id,
        kind: account.kind,
        person: account.person,
        since: account.created_at,
        shared: account.is_shared(),
    }
}

fn evidence_view(persons: &Persons, evidence: &Evidence) -> EvidenceView {
    let standing = match evidence {
        Evidence { retracted: by @ 1.., .. } => Standing::Retracted { by: ChangeId::from_raw(*by) },
        Evidence { is_contested: true, .. } => {
            let reason = persons.apart(standard_policy(), evidence.a, evidence.b);
            let waits = || "it waits for everybody to be decided at once".to_owned();
            Standing::Contested { reason: reason.map_or_else(waits, explain_apart) }
        }
        _ => Standing::Holds,
    };
    EvidenceView { a: evidence.a, b: evidence.b, first_seen: evidence.at, rule: evidence.rule, standing }
}

impl From<Stop> for Error {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Graph(error) => Self::Graph(error),
            Stop::RegionTooLarge | Stop::NeedsEvidence(_) => Self::RegionTooLarge { max: crate::rules::REGION_MAX },
        }
    }
}
