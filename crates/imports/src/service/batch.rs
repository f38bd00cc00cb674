//! A batch of rows: one transaction that takes them, notes what is left out, and moves the run on.

use std::future::Future;
use std::time::Duration;

use tallymark_base::id::TenantId;
use tallymark_partners::{Tenant, tenant};
use tallymark_store::outbox::Events;
use tallymark_store::{Context, Engine, Tx, node};

use crate::pieces::Batch;
use crate::store::{self, Advance};
use crate::{Error, REJECTS_MAX, Reject, Run};

/// Tries of a batch that others got in the way of.
const TRIES_MAX: usize = 12;

/// How long others get the write lock between two batches: as long as SQLite lets somebody who waits sleep at most.
const PAUSE: Duration = Duration::from_millis(100);

/// How long batches follow each other at once where nobody else is known to write.
const ALONE: Duration = Duration::from_millis(500);

/// In what a batch is taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) context: &'a Context,
    /// With the keys of the moment: they may be changed while a long file is read, and what came under former ones afterwards would
    /// never be found.
    pub(super) owner: &'a Tenant,
    pub(super) run: &'a Run,
}

/// What came of taking a batch.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Rows that are refused now that the database was asked.
    pub(super) refused: u64,
    /// Rows of people who were erased.
    pub(super) suppressed: u64,
    pub(super) rejects: Vec<Reject>,
    pub(super) events: Events,
}

/// Takes what rows are.
pub(super) trait Take: Send {
    /// What a piece is.
    type Unit: Send + Sync;

    /// Takes some in a transaction, which is rolled back on an error.
    fn take(
        &mut self,
        tx: &mut Tx,
        at: Surroundings<'_>,
        units: &[Self::Unit],
        taken: &mut Taken,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Takes the batches of a run, one after the other.
pub(super) struct Worker<'a, T> {
    context: &'a Context,
    tenant: TenantId,
    taker: T,
    /// When others were let write last.
    paused_at: Duration,
    /// As of the last batch.
    pub(super) run: Run,
}

impl<'a, T: Take> Worker<'a, T> {
    pub(super) fn new(context: &'a Context, tenant: TenantId, taker: T, run: Run) -> Self {
        Self { context, tenant, taker, paused_at: context.clock.elapsed(), run }
    }

    /// Takes a batch, again as long as others are in the way.
    pub(super) async fn take(&mut self, batch: Batch<T::Unit>) -> Result<(), Error> {
        for _ in 0..TRIES_MAX {
            match self.attempt(&batch).await {
                Ok(by) => {
                    self.run.rows_read += by.rows();
                    self.run.rows_accepted += by.accepted;
                    self.run.rows_refused += by.refused;
                    self.run.rows_suppressed += by.suppressed;
                    self.run.rejects += by.rejects;
                    self.let_others_write().await?;
                    return Ok(());
                }
                Err(error) if error.is_worth_repeating() => tokio::task::yield_now().await,
                Err(error) => return Err(error),
            }
        }
        Err(Error::Busy { id: self.run.id })
    }

    /// Other processes that write the same SQLite file look for the lock a few times a second: whoever takes it again at once
    /// would keep them out. A server that is known waits for one batch at most, anybody else for some.
    async fn let_others_write(&mut self) -> Result<(), Error> {
        let Context { store, ids, clock, .. } = self.context;
        if store.engine() != Engine::Sqlite {
            return Ok(());
        }
        let held = node::held(&mut store.read().await?, clock.now()).await?;
        let is_shared = held.iter().any(|node| *node != ids.node());
        if is_shared || clock.elapsed().saturating_sub(self.paused_at) > ALONE {
            tokio::time::sleep(PAUSE).await;
            self.paused_at = clock.elapsed();
        }
        Ok(())
    }

    /// One try, in one transaction.
    async fn attempt(&mut self, batch: &Batch<T::Unit>) -> Result<Advance, Error> {
        let mut tx = self.context.store.write().await?;
        let owner = tenant::find(&mut tx, &self.context.master, self.tenant).await?;
        let owner = owner.ok_or_else(|| Error::Internal(format!("there is no tenant {}", self.tenant)))?;
        let mut taken = Taken { rejects: batch.rejects.clone(), ..Taken::default() };
        let at = Surroundings { context: self.context, owner: &owner, run: &self.run };
        self.taker.take(&mut tx, at, &batch.units, &mut taken).await?;
        let Taken { refused, suppressed, mut rejects, events } = taken;
        events.save(&mut tx, &self.context.ids, &*self.context.clock).await?;
        let refused = batch.refused + refused;
        let by = Advance {
            accepted: batch.rows.saturating_sub(refused + suppressed),
            refused,
            suppressed,
            rejects: rejects.len() as u64,
        };
        rejects.sort_by_key(|reject| reject.line);
        rejects.truncate(usize::try_from(REJECTS_MAX.saturating_sub(self.run.rejects)).unwrap_or(usize::MAX));
        store::add_rejects(&mut tx, self.tenant, self.run.id, self.run.rejects, &rejects).await?;
        if !store::advance(&mut tx, self.tenant, &self.run, by, self.context.clock.now()).await? {
            return Err(Error::Elsewhere { id: self.run.id });
        }
        fail::fail_point!("imports::before_commit", |_| std::process::abort());
        tx.commit().await?;
        fail::fail_point!("imports::after_commit", |_| std::process::abort());
        Ok(by)
    }
}
