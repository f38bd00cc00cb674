//! Proposals that two people are one, and what is decided about them.
//!
//! [`find`] compares all people of a tenant by what is known of them and proposes pairs; it joins nobody. A pair is proposed
//! once. Somebody accepts it, which is a joining like any other ([`identity::join`]), kept in the journal and undone in the
//! same way; or refuses it, and it does not come back unless its fields agree otherwise and better than they did then
//! ([`crate::rules::proposal::is_stronger`]). A proposal follows what the journal says later: a joining that is taken back
//! refuses it, one that is restored accepts it. What somebody parted is never proposed.
//!
//! Nothing here says a value: of each field only how well two people agree in it.

mod automatic;
mod find;
mod read;
mod search;

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use tallymark_base::id::{AccountId, ChangeId, IdSource, PersonId, ProposalId, TenantId};
use tallymark_base::{Clock, Timestamp, TypedId as _};
use tallymark_store::Tx;
use utoipa::ToSchema;

pub use self::automatic::{AUTO_FROM_MIN, BY_MATCHING, Holdings, Joined, join_automatically};
pub use self::find::{Found, PEOPLE_MAX, PEOPLE_MIN, PROPOSALS_MAX, Search, Seconds, find};
pub use self::search::{
    LatestSearch, SearchState, SearchTold, begin_search, end_search, latest_search, note_search, pass_search,
};
use super::change::{Change, ChangeKind, Decision, REASON_MAX};
use super::identity::{self, AccountView, Effect};
use crate::rules::proposal::PairKey;
pub use crate::rules::proposal::{Agreement, Likeness, ProposalState};
use crate::store::proposals::{self as stored, StoredProposal, Verdict};
use crate::store::{self, evidence};
use crate::{Error, rules};

/// Proposals that are shown at once.
pub const PAGE_MAX: u32 = 200;

/// What was last decided about a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Decided {
    /// Who did it: as the journal names them.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// The change in the journal by which they were joined or parted; none where it was refused without.
    pub change: Option<ChangeId>,
}

/// That two people may be one.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Proposal {
    /// Its id.
    pub id: ProposalId,
    /// The oldest account of the one; the older of both.
    pub a: AccountId,
    /// The oldest account of the other.
    pub b: AccountId,
    /// How probable it is that they are one, from 0 to 1.
    pub probability: f64,
    /// How well they agree, field by field; fields that one of them lacks are left out.
    pub agreement: Vec<Agreement>,
    /// How far it is.
    pub state: ProposalState,
    /// When it was first found.
    pub found_at: Timestamp,
    /// When it was last found.
    pub seen_at: Timestamp,
    /// The version of the model that gave the probability.
    pub model: i64,
    /// What was last decided; an open proposal that has it was refused before.
    pub decided: Option<Decided>,
}

/// A proposal with both people.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Detail {
    /// The proposal.
    #[serde(flatten)]
    pub proposal: Proposal,
    /// The person of the one account and that of the other, as they are; one where they are one by now.
    pub persons: Vec<Side>,
}

/// One of the people of a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Side {
    /// The person.
    pub person: PersonId,
    /// Its accounts, the oldest first.
    pub accounts: Vec<AccountView>,
}

/// A page of proposals, the latest first.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Proposals)]
pub struct Page {
    /// The proposals. There may be fewer than were asked for although there are more.
    pub items: Vec<Proposal>,
    /// Where the next page begins: proposals before this one. None at the end.
    pub next: Option<ProposalId>,
}

/// Proposals of a state, or all, before one (or the latest), the latest first, at most [`PAGE_MAX`].
///
/// An open proposal about which there is nothing to decide any more is told as stale, although only the next search writes
/// that down.
pub async fn list(
    tx: &mut Tx,
    tenant: TenantId,
    state: Option<ProposalState>,
    before: Option<ProposalId>,
    limit: u32,
) -> Result<Page, Error> {
    let limit = limit.clamp(1, PAGE_MAX) as usize;
    let found = stored::page(tx, tenant, state, before.map_or(i64::MAX, |id| id.raw()), limit).await?;
    let next = (found.len() == limit).then(|| found.last().map(|last| last.id)).flatten();
    let stale = Ends::of(tx, tenant, &found).await?.stale(&found);
    let views = found.into_iter().map(|one| {
        let is_stale = stale.contains(&one.id);
        view(one, is_stale)
    });
    let items = views.filter(|proposal| state.is_none_or(|wanted| proposal.state == wanted)).collect();
    Ok(Page { items, next })
}

/// A proposal with both people.
pub async fn of(tx: &mut Tx, tenant: TenantId, proposal: ProposalId) -> Result<Detail, Error> {
    let found = one(tx, tenant, proposal).await?;
    let mut persons: Vec<Side> = Vec::with_capacity(2);
    for end in [found.a, found.b] {
        let identity = identity::of(tx, tenant, end).await?;
        if persons.iter().all(|side| side.person != identity.person) {
            persons.push(Side { person: identity.person, accounts: identity.accounts });
        }
    }
    let pair = [found];
    let stale = Ends::of(tx, tenant, &pair).await?.stale(&pair);
    let [found] = pair;
    let is_stale = stale.contains(&found.id);
    Ok(Detail { proposal: view(found, is_stale), persons })
}

/// Joins the people of an open proposal. `by` is who does it, as the audit log names them.
pub async fn accept(
    tx: &mut Tx,
    tenant: TenantId,
    proposal: ProposalId,
    by: &str,
    ids: &IdSource,
    clock: &dyn Clock,
) -> Result<(Change, Effect), Error> {
    let found = one(tx, tenant, proposal).await?;
    let reason = format!("proposal {proposal}");
    join(tx, tenant, &found, Decision { by, reason: &reason, at: clock.now() }, ids, clock).await
}

/// Joins the people of a proposal that was read as open.
async fn join(
    tx: &mut Tx,
    tenant: TenantId,
    found: &StoredProposal,
    decision: Decision<'_>,
    ids: &IdSource,
    clock: &dyn Clock,
) -> Result<(Change, Effect), Error> {
    let Decision { by, reason, at } = decision;
    let accepted = Verdict { to: ProposalState::Accepted, by, reason, at, change: None };
    if !stored::decide(tx, tenant, found.id, accepted).await? {
        return Err(decided_before(tx, tenant, found.id).await?);
    }
    identity::join(tx, tenant, (found.a, found.b), decision, ids, clock).await
}

/// Says that the people of an open proposal are two.
pub async fn refuse(
    tx: &mut Tx,
    tenant: TenantId,
    proposal: ProposalId,
    decision: Decision<'_>,
) -> Result<Proposal, Error> {
    let reason = decision.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        return Err(Error::Reason { max: REASON_MAX });
    }
    one(tx, tenant, proposal).await?;
    let refused = Verdict { to: ProposalState::Refused, by: decision.by, reason, at: decision.at, change: None };
    if !stored::decide(tx, tenant, proposal, refused).await? {
        return Err(decided_before(tx, tenant, proposal).await?);
    }
    Ok(view(one(tx, tenant, proposal).await?, false))
}

/// Lets proposals follow a change: those about pairs that it joined are accepted, accepted ones about pairs that it parted are
/// refused.
pub(super) async fn follow(tx: &mut Tx, tenant: TenantId, change: &Change, pairs: &[PairKey]) -> Result<(), Error> {
    let to = match change.kind {
        ChangeKind::Joined | ChangeKind::Restored => ProposalState::Accepted,
        ChangeKind::Parted | ChangeKind::Withdrawn => ProposalState::Refused,
        ChangeKind::Reassigned | ChangeKind::Erased => return Ok(()),
    };
    let verdict = Verdict { to, by: &change.by, reason: &change.reason, at: change.at, change: Some(change.id) };
    stored::follow(tx, tenant, pairs, verdict).await?;
    Ok(())
}

async fn one(tx: &mut Tx, tenant: TenantId, proposal: ProposalId) -> Result<StoredProposal, Error> {
    stored::one(tx, tenant, proposal).await?.ok_or(Error::ProposalNotFound { proposal })
}

async fn decided_before(tx: &mut Tx, tenant: TenantId, proposal: ProposalId) -> Result<Error, Error> {
    let state = one(tx, tenant, proposal).await?.state;
    Ok(Error::ProposalDecided { proposal, state: state.name() })
}

fn view(stored: StoredProposal, is_stale: bool) -> Proposal {
    let decided = match (stored.by, stored.reason, stored.decided_at) {
        (Some(by), Some(reason), Some(at)) => Some(Decided { by, reason, at, change: stored.change }),
        _ => None,
    };
    Proposal {
        id: stored.id,
        a: stored.a,
        b: stored.b,
        probability: stored.probability,
        agreement: stored.agreement,
        state: if is_stale { ProposalState::Stale } else { stored.state },
        found_at: stored.found_at,
        seen_at: stored.seen_at,
        model: stored.model,
        decided,
    }
}

/// The accounts that proposals are named by, as they are by now.
struct Ends {
    accounts: HashMap<AccountId, rules::Account>,
    erased: BTreeSet<AccountId>,
}

impl Ends {
    async fn of(tx: &mut Tx, tenant: TenantId, proposals: &[StoredProposal]) -> Result<Self, Error> {
        let named: BTreeSet<AccountId> = proposals.iter().flat_map(|one| [one.a, one.b]).collect();
        let named: Vec<AccountId> = named.into_iter().collect();
        let accounts = evidence::accounts(tx, tenant, &named).await?;
        let erased = store::privacy::erased(tx, tenant, &named).await?.into_iter().collect();
        Ok(Self { accounts: accounts.into_iter().map(|account| (account.id, account)).collect(), erased })
    }

    /// Open proposals about which there is nothing to decide: both are one person, or one was erased.
    fn stale(&self, proposals: &[StoredProposal]) -> BTreeSet<ProposalId> {
        let person = |account: &AccountId| self.accounts.get(account).map(|account| account.person);
        let is_over = |one: &&StoredProposal| {
            one.state == ProposalState::Open
                && (person(&one.a) == person(&one.b) || [one.a, one.b].iter().any(|end| self.erased.contains(end)))
        };
        proposals.iter().filter(is_over).map(|one| one.id).collect()
    }
}
