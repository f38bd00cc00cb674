//! Who is who among all people of a tenant, decided from all evidence at once: what resolving left because too much hangs
//! together, and what is stored wrongly, is put right; and what another policy would change is told.
//!
//! Accounts and evidence are read into memory in pages, decided there ([`tallymark_identity::Graph`]), and compared with
//! what is stored. Only differences are written, in small transactions that look again first: who changed meanwhile is
//! decided from what is stored by then, or left to the next time. People are resolved all the while.

mod load;
mod policy_change;
mod units;
mod version;
mod write;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tallymark_base::Clock;
use tallymark_base::id::TenantId;
use tallymark_identity::{Comparison, Graph, GraphError, Persons, Policy};
use tallymark_store::Context;
use utoipa::ToSchema;

use self::load::{CHANGED, Everyone, LISTED, MISNAMED, Reader};
use crate::Error;

pub use policy_change::{Changed, DryRun, EXAMPLE_ACCOUNTS_MAX, EXAMPLES_MAX, Placed, Preview, dry_run};

/// What deciding everybody at once found and did.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, ToSchema)]
pub struct Everybody {
    /// Accounts that were looked at.
    pub accounts: u64,
    /// Evidence that was looked at; what was taken back does not count.
    pub evidence: u64,
    /// How many persons the accounts are.
    pub persons: u64,
    /// Evidence that joins nothing.
    pub contested: u64,
    /// Persons that have other accounts than before, another name, or were stored wrongly.
    pub changed_persons: u64,
    /// Evidence that joins and did not before, or the other way round.
    pub changed_evidence: u64,
    /// Accounts whose number of neighbours was wrong.
    pub changed_neighbours: u64,
    /// Entries that were missing on lists of members, or did not belong there, without any change of a person.
    pub changed_lists: u64,
    /// Differences that were left, because somebody changed the same meanwhile. Doing it again finishes them.
    pub skipped: u64,
    /// How long it took.
    pub seconds: Seconds,
}

impl Everybody {
    /// Whether nothing was written and nothing left.
    pub const fn is_unchanged(&self) -> bool {
        self.changed_persons + self.changed_evidence + self.changed_neighbours + self.changed_lists + self.skipped == 0
    }
}

/// Seconds of the clock by part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, ToSchema)]
pub struct Seconds {
    /// Reading accounts, evidence and lists.
    pub load: f64,
    /// Finding who is shared and putting the evidence in order.
    pub order: f64,
    /// Making persons.
    pub join: f64,
    /// Comparing with what is stored.
    pub compare: f64,
    /// Writing what differs.
    pub write: f64,
}

/// What differs between what is stored and what the evidence says. Nothing of it is written yet.
///
/// Takes 37 bytes an account, and 2 more while it is written.
#[derive(Debug)]
pub struct Findings {
    tenant: TenantId,
    policy: Policy,
    /// The numbers of the accounts; an index is a place in this list.
    keys: Vec<i64>,
    before: Persons,
    after: Persons,
    flags: Vec<u8>,
    versions: Vec<u32>,
    /// Accounts with a wrong number of neighbours.
    miscounted: Vec<u32>,
    /// Accounts that are missing on the member list of their person.
    unlisted: Vec<u32>,
    /// Entries of member lists that name another person than the account does.
    strays: Vec<(i64, i64)>,
    /// Evidence that joins and is stored as if it did not, or the other way round.
    misjudged: Vec<(u32, u32)>,
    found: Everybody,
}

/// Decides everybody of a tenant at once and writes what differs. `policy` must be the one that people are resolved by,
/// [`crate::standard_policy`]; `threads` put the evidence in order.
///
/// Doing it twice writes nothing the second time. Stopped in the middle, what was written is right by itself.
///
/// # Errors
/// [`Error::Load`] and [`Error::Graph`] if what is stored does not make a graph, and errors of the database.
pub async fn rebuild(
    context: &Context,
    tenant: TenantId,
    policy: &Policy,
    threads: NonZeroUsize,
) -> Result<Everybody, Error> {
    Findings::read(context, tenant, policy, threads).await?.write(context).await
}

impl Findings {
    /// Reads and decides everybody of a tenant, and compares that with what is stored. Writes nothing.
    ///
    /// # Errors
    /// As [`rebuild`].
    pub async fn read(
        context: &Context,
        tenant: TenantId,
        policy: &Policy,
        threads: NonZeroUsize,
    ) -> Result<Self, Error> {
        let mut watch = Watch::start(context.clock.clone());
        let everyone = Reader::of(&context.store, tenant, policy).await?.with_marks().everyone().await?;
        let load = watch.lap();
        let policy = policy.clone();
        aside(move || {
            let mut findings = Self::of(tenant, policy, threads, everyone, &mut watch)?;
            findings.found.seconds.load = load;
            Ok(findings)
        })
        .await?
    }

    fn of(
        tenant: TenantId,
        policy: Policy,
        threads: NonZeroUsize,
        everyone: Everyone,
        watch: &mut Watch,
    ) -> Result<Self, Error> {
        let Everyone { mut graph, keys, before, marks } = everyone;
        let mut seconds = Seconds::default();
        let after = decide(&mut graph, &policy, threads, watch, &mut seconds).map_err(Error::Graph)?;
        let outcomes = graph.outcomes(&after).filter(|outcome| outcome.contested.is_some());
        let contested: Vec<(u32, u32)> =
            outcomes.map(|outcome| (outcome.a.min(outcome.b), outcome.a.max(outcome.b))).collect();
        let mut found = Everybody {
            accounts: graph.nodes() as u64,
            evidence: graph.edges() as u64,
            persons: after.iter().count() as u64,
            contested: contested.len() as u64,
            ..Everybody::default()
        };
        drop(graph);
        let is_unlisted = |flags: &u8| flags & CHANGED != 0 && flags & (LISTED | MISNAMED) == 0;
        let misjudged = in_one_only(marks.contested, contested);
        let miscounted = places(&marks.neighbours, |surplus| *surplus != 0);
        let unlisted = places(&marks.flags, is_unlisted);
        seconds.compare = watch.lap();
        found.seconds = seconds;
        let (flags, versions, strays) = (marks.flags, marks.versions, marks.strays);
        Ok(Self {
            tenant,
            policy,
            keys,
            before,
            after,
            flags,
            versions,
            miscounted,
            unlisted,
            strays,
            misjudged,
            found,
        })
    }

    /// Accounts of persons that are stored wrongly, in groups to be written together.
    fn units(&self) -> impl Iterator<Item = Vec<u32>> + '_ {
        let is_wrong = |account: &u32| {
            let flags = self.flags[*account as usize];
            flags & MISNAMED != 0 || (flags & CHANGED == 0 && self.after.size(*account) > 1)
        };
        let wrong = (0..self.keys.len() as u32).filter(is_wrong);
        let starts = Comparison::of(&self.before, &self.after).made().chain(wrong);
        units::units(&self.before, &self.after, starts)
    }
}

/// Who is who in a graph.
fn decide(
    graph: &mut Graph,
    policy: &Policy,
    threads: NonZeroUsize,
    watch: &mut Watch,
    seconds: &mut Seconds,
) -> Result<Persons, GraphError> {
    let ordered = graph.order(policy, threads)?;
    seconds.order = watch.lap();
    let persons = ordered.join();
    seconds.join = watch.lap();
    Ok(persons)
}

/// Pairs that are in one of two lists but not in both.
fn in_one_only(mut one: Vec<(u32, u32)>, other: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    one.extend(other);
    one.sort_unstable();
    one.chunk_by(|a, b| a == b).filter(|same| same.len() == 1).map(|same| same[0]).collect()
}

/// Where values stand that meet a condition.
fn places<T>(values: &[T], is: impl Fn(&T) -> bool) -> Vec<u32> {
    (0_u32..).zip(values).filter(|(_, value)| is(value)).map(|(place, _)| place).collect()
}

/// Runs long work on a thread of its own, so that other tasks go on.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|stopped| match stopped.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        // The process ends.
        Err(_) => tallymark_store::Error::Unavailable.into(),
    })
}

/// Measures one part after the other.
pub(super) struct Watch {
    clock: Arc<dyn Clock>,
    since: Duration,
}

impl Watch {
    pub(super) fn start(clock: Arc<dyn Clock>) -> Self {
        let since = clock.elapsed();
        Self { clock, since }
    }

    /// Seconds since the last lap.
    pub(super) fn lap(&mut self) -> f64 {
        let now = self.clock.elapsed();
        let lap = now.saturating_sub(self.since);
        self.since = now;
        lap.as_secs_f64()
    }
}
