//! Joining people without anybody's word, where nothing can be lost by it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, PersonId, ProposalId, TenantId};
use tallymark_store::{Context, Tx};
use utoipa::ToSchema;

use super::join;
use crate::rules::proposal::ProposalState;
use crate::service::change::Decision;
use crate::store::proposals::{self as stored, StoredProposal};
use crate::store::{self, evidence};
use crate::{Error, store::privacy};

/// Who joins, in the journal, where nobody did.
pub const BY_MATCHING: &str = "matching";
/// From which probability on people may be joined without anybody's word, at least.
pub const AUTO_FROM_MIN: f64 = 0.9;
/// Open proposals that are read at once.
const PAGE: usize = 200;

/// Says which accounts hold value. Who owns what is not known here, so the caller brings it.
pub trait Holdings: Sync {
    /// Those of the accounts that hold any value, or owe any: money or points. Asked in the transaction that joins.
    fn holders(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        accounts: &[AccountId],
    ) -> impl Future<Output = Result<BTreeSet<AccountId>, tallymark_store::Error>> + Send;
}

/// What joining without anybody's word did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = JoinedAutomatically)]
pub struct Joined {
    /// Proposals that were accepted.
    pub joined: u64,
    /// Proposals that stay open since both people hold value.
    pub both_hold_value: u64,
    /// Proposals that stay open since a limit of a person stands in the way, somebody said that some of them are two, or the
    /// people changed at the same moment.
    pub left: u64,
}

/// What became of one proposal.
enum Outcome {
    Joined,
    BothHoldValue,
    Left,
}

/// Joins the people of open proposals of at least a probability, each in a transaction of its own, where at most one of the
/// two holds value. The rest stays open.
///
/// # Errors
/// [`Error::AutoFrom`] for a probability that is too low to go by, and errors of the database.
pub async fn join_automatically(
    context: &Context,
    tenant: TenantId,
    auto_from: f64,
    holdings: &impl Holdings,
) -> Result<Joined, Error> {
    if !(AUTO_FROM_MIN..=1.0).contains(&auto_from) {
        return Err(Error::AutoFrom);
    }
    let mut done = Joined::default();
    let mut before = Some(i64::MAX);
    while let Some(last) = before {
        let mut tx = context.store.read().await?;
        let open = stored::page(&mut tx, tenant, Some(ProposalState::Open), last, PAGE).await?;
        tx.commit().await?;
        for proposal in open.iter().filter(|one| one.probability >= auto_from) {
            match try_one(context, tenant, proposal.id, holdings).await {
                Ok(Outcome::Joined) => done.joined += 1,
                Ok(Outcome::BothHoldValue) => done.both_hold_value += 1,
                Ok(Outcome::Left) => done.left += 1,
                Err(Error::Store(error)) if !error.is_worth_repeating() => return Err(error.into()),
                Err(Error::Id(error)) => return Err(error.into()),
                Err(_) => done.left += 1,
            }
        }
        before = open.last().filter(|_| open.len() == PAGE).map(|one| one.id.raw());
    }
    Ok(done)
}

async fn try_one(
    context: &Context,
    tenant: TenantId,
    proposal: ProposalId,
    holdings: &impl Holdings,
) -> Result<Outcome, Error> {
    let mut tx = context.store.write().await?;
    let Some(found) = stored::one(&mut tx, tenant, proposal).await? else { return Ok(Outcome::Left) };
    let named = evidence::accounts(&mut tx, tenant, &[found.a, found.b]).await?;
    let persons: BTreeSet<PersonId> = named.iter().map(|account| account.person).collect();
    let is_over = found.state != ProposalState::Open || persons.len() != 2;
    if is_over || !privacy::erased(&mut tx, tenant, &[found.a, found.b]).await?.is_empty() {
        return Ok(Outcome::Left);
    }
    let mut sides = Vec::with_capacity(2);
    for account in &named {
        sides.push(if account.merges == 0 {
            BTreeSet::from([account.id])
        } else {
            let members = store::members(&mut tx, tenant, std::iter::once(account.person)).await?;
            members.into_iter().map(|member| member.id).collect()
        });
    }
    let all: Vec<AccountId> = sides.iter().flatten().copied().collect();
    if is_apart(&mut tx, tenant, &sides, &all).await? {
        return Ok(Outcome::Left);
    }
    let holders = holdings.holders(&mut tx, tenant, &all).await?;
    if sides.iter().all(|side| !side.is_disjoint(&holders)) {
        return Ok(Outcome::BothHoldValue);
    }
    let StoredProposal { probability, model, .. } = found;
    // Rounded down, so that no more is claimed than there was.
    let percent = (probability * 10_000.0).floor() / 100.0;
    let reason = format!("proposal {proposal}, {percent} % by model {model}");
    let decision = Decision { by: BY_MATCHING, reason: &reason, at: context.clock.now() };
    join(&mut tx, tenant, &found, decision, &context.ids, &*context.clock).await?;
    tx.commit().await?;
    Ok(Outcome::Joined)
}

/// Whether somebody said of an account of the one and an account of the other that they are two people.
async fn is_apart(
    tx: &mut Tx,
    tenant: TenantId,
    sides: &[BTreeSet<AccountId>],
    all: &[AccountId],
) -> Result<bool, Error> {
    let across = |a: &AccountId, b: &AccountId| {
        sides.iter().any(|side| side.contains(a) != side.contains(b)) && all.contains(a) && all.contains(b)
    };
    if stored::parted(tx, tenant, all).await?.iter().any(|(a, b)| across(a, b)) {
        return Ok(true);
    }
    let proposals = stored::among(tx, tenant, all).await?;
    Ok(proposals.iter().any(|one| one.state == ProposalState::Refused && across(&one.a, &one.b)))
}
