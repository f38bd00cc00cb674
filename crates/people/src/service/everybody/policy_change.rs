//! What another policy would change, before anybody decides for it.

use std::num::NonZeroUsize;

use serde::Serialize;
use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, PersonId, TenantId};
use tallymark_identity::{Comparison, Persons, Policy};
use tallymark_store::Context;
use utoipa::ToSchema;

use super::load::Reader;
use super::{Seconds, Watch, aside, decide, units};
use crate::Error;

/// Changes that are shown as examples.
pub const EXAMPLES_MAX: usize = 100;
/// Accounts of all examples together. The first example is shown whatever its size.
pub const EXAMPLE_ACCOUNTS_MAX: usize = 2_000;

/// What another policy would change, in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DryRun {
    /// Accounts that were looked at.
    pub accounts: u64,
    /// Evidence that was looked at.
    pub evidence: u64,
    /// Persons as they are stored.
    pub persons_before: u64,
    /// Persons as the policy would have them.
    pub persons_after: u64,
    /// Persons after whose accounts were several persons before.
    pub merged: u64,
    /// Persons before whose accounts are several persons after.
    pub split: u64,
    /// Accounts that would belong to a person of another number; what they hold would count for that one.
    pub moved: u64,
    /// Some changes, those of the oldest persons first: at most [`EXAMPLES_MAX`].
    pub examples: Vec<Changed>,
    /// How long it took.
    pub seconds: Seconds,
}

/// Persons that would be others: all accounts of some persons before, which are all accounts of other persons after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Changed {
    /// The accounts, ascending.
    pub accounts: Vec<Placed>,
}

/// To whom an account belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Placed {
    /// The account.
    pub account: AccountId,
    /// Its person as it is stored.
    pub before: PersonId,
    /// Its person as the policy would have it.
    pub after: PersonId,
}

/// What another policy would change, held in memory: 32 bytes an account.
#[derive(Debug)]
pub struct Preview {
    keys: Vec<i64>,
    before: Persons,
    after: Persons,
    evidence: u64,
    seconds: Seconds,
}

/// Tells what another policy would change, and calls `each` for every change, those of the oldest persons first. Nothing is
/// written.
///
/// # Errors
/// [`Error::Graph`] if the policy does not list a kind of which there are accounts, and as [`super::rebuild`].
pub async fn dry_run(
    context: &Context,
    tenant: TenantId,
    policy: &Policy,
    threads: NonZeroUsize,
    each: &mut (dyn FnMut(&Changed) + Send),
) -> Result<DryRun, Error> {
    let preview = Preview::of(context, tenant, policy, threads).await?;
    preview.changed().for_each(|changed| each(&changed));
    Ok(preview.dry_run())
}

impl Preview {
    /// Reads everybody of a tenant and decides by another policy.
    ///
    /// # Errors
    /// As [`dry_run`].
    pub async fn of(
        context: &Context,
        tenant: TenantId,
        policy: &Policy,
        threads: NonZeroUsize,
    ) -> Result<Self, Error> {
        let mut watch = Watch::start(context.clock.clone());
        let mut everyone = Reader::of(&context.store, tenant, policy).await?.everyone().await?;
        let mut seconds = Seconds { load: watch.lap(), ..Seconds::default() };
        let policy = policy.clone();
        aside(move || {
            let decided = decide(&mut everyone.graph, &policy, threads, &mut watch, &mut seconds);
            let (after, evidence) = (decided.map_err(Error::Graph)?, everyone.graph.edges() as u64);
            Ok(Self { keys: everyone.keys, before: everyone.before, after, evidence, seconds })
        })
        .await?
    }

    /// Every change, those of the oldest persons first. Takes a byte an account.
    pub fn changed(&self) -> impl Iterator<Item = Changed> + '_ {
        let made = Comparison::of(&self.before, &self.after).made();
        units::units(&self.before, &self.after, made).map(|unit| {
            let person = |persons: &Persons, account| PersonId::from_raw(self.key(persons.person_of(account)));
            let placed = |account: u32| Placed {
                account: AccountId::from_raw(self.key(account)),
                before: person(&self.before, account),
                after: person(&self.after, account),
            };
            Changed { accounts: unit.into_iter().map(placed).collect() }
        })
    }

    /// All changes in numbers.
    pub fn dry_run(&self) -> DryRun {
        let difference = Comparison::of(&self.before, &self.after).difference();
        let is_moved = |account: &u32| self.before.person_of(*account) != self.after.person_of(*account);
        let mut shown = 0;
        let examples = self.changed().take(EXAMPLES_MAX).take_while(|changed| {
            shown += changed.accounts.len();
            shown <= EXAMPLE_ACCOUNTS_MAX || shown == changed.accounts.len()
        });
        DryRun {
            accounts: self.keys.len() as u64,
            evidence: self.evidence,
            persons_before: difference.persons_before as u64,
            persons_after: difference.persons_after as u64,
            merged: difference.persons_merged as u64,
            split: difference.persons_split as u64,
            moved: (0..self.keys.len() as u32).filter(is_moved).count() as u64,
            examples: examples.collect(),
            seconds: self.seconds,
        }
    }

    fn key(&self, index: u32) -> i64 {
        self.keys[index as usize]
    }
}
