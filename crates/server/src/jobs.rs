//! The worker that runs the jobs which `store` keeps ([`tallymark_store::job`]), dispatched by apalis.
//!
//! Every server has one. It claims a job only when it can start it at once, runs it in a task of its own, extends its
//! lease while it runs, and records how it ended before apalis counts it as ended: so a graceful stop leaves no job
//! half recorded. A job may still run twice (see the store's promise): every handler here is safe to repeat.
//!
//! The backend is our own rather than apalis' `Persisted`, which ends its worker at the first database error.

mod chores;
mod everybody;
mod exports;
mod imports;
pub(crate) mod matching;
mod messages;
mod rotation;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Polled, Poll, ready};
use std::time::Duration;

use apalis_core::backend::finalize::Ephemeral;
use apalis_core::backend::{Backend, BackendConfig};
use apalis_core::error::{BoxDynError, WorkerError};
use apalis_core::task::Task;
use apalis_core::task::builder::TaskBuilder;
use apalis_core::task::data::Data;
use apalis_core::task::task_id::TaskId;
use apalis_core::worker::builder::WorkerBuilder;
use apalis_core::worker::context::WorkerContext;
use tallymark_base::TypedId;
use tallymark_lake::Lake;
use tallymark_store::job::{self, Claimed, Failed, NewJob};
use tallymark_store::{Context, Error};
use tallymark_telemetry::trace;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tracing::Instrument as _;

use crate::outside::Outside;

/// Jobs that one server runs at the same time: they must leave the database to people.
const CONCURRENCY: usize = 2;
/// How long an idle worker waits before it looks for jobs that other servers enqueued.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two rounds of enqueueing chores and taking jobs back from servers that went away.
const TEND_EVERY: Duration = Duration::from_secs(30);
/// How often a running job's lease is extended: twice before it would run out.
const RENEW_EVERY: Duration = Duration::from_secs(20);
/// How long jobs that run when the server is told to stop may take to finish.
const GRACE: Duration = Duration::from_secs(10);
/// How often and how far apart the end of a job is tried to be recorded, before its lease is left to run out.
const RECORD_ATTEMPTS: u32 = 5;
const RECORD_PAUSE: Duration = Duration::from_secs(1);
/// Rows that one transaction of a chore touches.
const PIECE: u32 = 1_000;

/// A kind of job and who handles it.
#[derive(Debug)]
struct Kind {
    name: &'static str,
    /// For a chore of the installation: how often it is enqueued.
    every: Option<Duration>,
    run: fn(Work) -> BoxFuture<Result<(), BoxDynError>>,
}

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Every kind of job.
const KINDS: &[Kind] = &[
    Kind {
        name: "requests.forget",
        every: Some(Duration::from_secs(3600)),
        run: |work| Box::pin(chores::forget_requests(work)),
    },
    Kind {
        name: "jobs.forget",
        every: Some(Duration::from_secs(24 * 3600)),
        run: |work| Box::pin(chores::forget_jobs(work)),
    },
    Kind {
        name: "access.forget",
        every: Some(Duration::from_secs(3600)),
        run: |work| Box::pin(chores::forget_access(work)),
    },
    Kind {
        name: "tags.forget",
        every: Some(Duration::from_secs(24 * 3600)),
        run: |work| Box::pin(chores::forget_tags(work)),
    },
    Kind {
        name: "intake.forget",
        every: Some(Duration::from_secs(24 * 3600)),
        run: |work| Box::pin(chores::forget_intake(work)),
    },
    Kind {
        name: "captures.forget",
        every: Some(Duration::from_secs(24 * 3600)),
        run: |work| Box::pin(chores::forget_captures(work)),
    },
    Kind {
        name: "scans.forget",
        every: Some(Duration::from_secs(3600)),
        run: |work| Box::pin(chores::forget_scans(work)),
    },
    Kind { name: tallymark_people::otp::SEND_JOB, every: None, run: |work| Box::pin(messages::send(work)) },
    Kind { name: tallymark_people::runs::JOB, every: None, run: |work| Box::pin(everybody::run(work)) },
    Kind { name: crate::rotation::JOB, every: None, run: |work| Box::pin(rotation::run(work)) },
    Kind { name: matching::KIND, every: None, run: |work| Box::pin(matching::search(work)) },
    Kind { name: tallymark_imports::RUN_JOB, every: None, run: |work| Box::pin(imports::run(work)) },
    Kind {
        name: "imports.forget",
        every: Some(Duration::from_secs(3600)),
        run: |work| Box::pin(imports::forget(work)),
    },
    Kind { name: tallymark_exports::RUN_JOB, every: None, run: |work| Box::pin(exports::run(work)) },
    Kind { name: "exports.forget", every: Some(Duration::from_secs(600)), run: |work| Box::pin(exports::forget(work)) },
    Kind { name: "codes.tidy", every: Some(Duration::from_secs(600)), run: |work| Box::pin(messages::tidy(work)) },
];

/// What a handler gets.
#[derive(Debug)]
struct Work {
    job: Claimed,
    context: Context,
    outside: Outside,
    /// How long scans stay that the lake has; for ever where it is left out.
    hot_for: Option<Duration>,
    /// The lake, where the server has one.
    lake: Option<Lake>,
    stopped: watch::Receiver<bool>,
}

/// What handlers need beside their job.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub(crate) context: Context,
    pub(crate) outside: Outside,
    pub(crate) hot_for: Option<Duration>,
    pub(crate) lake: Option<Lake>,
}

/// Starts the worker; it ends when `stopped` becomes true and its running jobs have ended, after [`GRACE`] at most.
pub(crate) fn start(surroundings: Surroundings, stopped: watch::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(run(surroundings, KINDS, stopped))
}

async fn run(surroundings: Surroundings, kinds: &'static [Kind], stopped: watch::Receiver<bool>) {
    let Surroundings { context, outside, hot_for, lake } = surroundings;
    let dispatcher = Arc::new(Dispatcher {
        context,
        outside,
        hot_for,
        lake,
        kinds,
        names: kinds.iter().map(|kind| kind.name).collect(),
        slots: Arc::new(Semaphore::new(CONCURRENCY)),
        wake: Notify::new(),
        stopped: stopped.clone(),
    });
    let worker = WorkerBuilder::new("jobs").backend(DueJobs::of(dispatcher.clone())).build(work);
    let mut signal = stopped.clone();
    let running = worker.run_until(async move {
        // An error means that the sender went: stop as well.
        signal.wait_for(|stop| *stop).await.ok();
        Ok::<(), WorkerError>(())
    });
    let tending = async {
        dispatcher.tend().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = running => {
            if let Err(error) = ended {
                tracing::error!(%error, "the job worker ended; other servers run the jobs");
            }
        }
        // Dropping the worker ends its jobs; their leases run out, and other servers run them again.
        () = tending => tracing::warn!("jobs did not finish in time; they run again when their leases run out"),
    }
}

/// What the worker's parts share.
#[derive(Debug)]
struct Dispatcher {
    context: Context,
    outside: Outside,
    hot_for: Option<Duration>,
    lake: Option<Lake>,
    kinds: &'static [Kind],
    names: Vec<&'static str>,
    slots: Arc<Semaphore>,
    /// Told when this server enqueued a job, so that it need not wait for the next look.
    wake: Notify,
    stopped: watch::Receiver<bool>,
}

/// A claimed job and the slot it runs in.
#[derive(Debug)]
struct Taken {
    job: Claimed,
    _slot: OwnedSemaphorePermit,
}

impl Dispatcher {
    /// The next job, once there is one and a slot to run it in; `None` when the server stops.
    async fn next(self: Arc<Self>) -> Option<Taken> {
        let mut stopped = self.stopped.clone();
        loop {
            let slot = tokio::select! {
                biased;
                _ = stopped.wait_for(|stop| *stop) => return None,
                slot = self.slots.clone().acquire_owned() => slot.ok()?,
            };
            // In a task of its own: when the server is told to stop, nobody polls this for a while, and a transaction that
            // stood still would keep the running jobs from writing.
            let claiming = tokio::spawn({
                let this = self.clone();
                async move { this.claim().await }
            });
            match claiming.await {
                Ok(Ok(Some(job))) => return Some(Taken { job, _slot: slot }),
                Ok(Ok(None)) => {}
                Ok(Err(error)) => tracing::warn!(%error, "jobs cannot be claimed now; the next look tries again"),
                Err(error) => tracing::error!(%error, "claiming a job stopped; the next look tries again"),
            }
            drop(slot);
            tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => return None,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    async fn claim(&self) -> Result<Option<Claimed>, Error> {
        let Context { store, ids, clock, .. } = &self.context;
        let mut tx = store.read().await?;
        // An idle server only reads, and never holds up a writer.
        if !job::is_due(&mut tx, clock.now(), &self.names).await? {
            return Ok(None);
        }
        tx.commit().await?;
        let mut tx = store.write().await?;
        let got = job::claim(&mut tx, ids.node(), clock.now(), &self.names, 1).await?;
        tx.commit().await?;
        Ok(got.into_iter().next())
    }

    async fn give_back(&self, job: &Claimed) -> Result<(), Error> {
        let mut tx = self.context.store.write().await?;
        job::give_back(&mut tx, job).await?;
        tx.commit().await
    }

    /// Enqueues chores and takes jobs back, now and then, until the server stops.
    async fn tend(&self) {
        let mut stopped = self.stopped.clone();
        let mut round = tokio::time::interval(TEND_EVERY);
        loop {
            tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => return,
                _ = round.tick() => {}
            }
            match self.tend_once().await {
                Ok(false) => {}
                Ok(true) => self.wake.notify_one(),
                Err(error) => tracing::warn!(%error, "chores cannot be enqueued now; the next round tries again"),
            }
        }
    }

    /// One round; gives whether jobs became ready.
    async fn tend_once(&self) -> Result<bool, BoxDynError> {
        let Context { store, ids, clock, .. } = &self.context;
        let now = clock.now();
        let mut tx = store.write().await?;
        let mut is_ready = job::requeue_abandoned(&mut tx, now, PIECE).await? > 0;
        for kind in self.kinds {
            let Some(every) = kind.every else { continue };
            let chore = NewJob {
                id: ids.next(&**clock)?,
                tenant: job::installation(),
                kind: kind.name,
                args: serde_json::Value::Null,
                run_at: now,
                attempts_max: job::ATTEMPTS_MAX,
            };
            is_ready |= job::enqueue_chore(&mut tx, &chore, every, now).await?;
        }
        tx.commit().await?;
        Ok(is_ready)
    }

    /// Runs one attempt. `None` when the lease was lost meanwhile: what the handler does from then on does not count.
    async fn attempt(&self, job: &Claimed) -> Option<Result<(), String>> {
        let Some(kind) = self.kinds.iter().find(|kind| kind.name == job.kind) else {
            return Some(Err(format!("this program has no handler for {}", job.kind)));
        };
        // A task of its own, so that a panic is this job's failure; the set aborts it when this future is dropped.
        let mut handler = JoinSet::new();
        let work = Work {
            job: job.clone(),
            context: self.context.clone(),
            outside: self.outside.clone(),
            hot_for: self.hot_for,
            lake: self.lake.clone(),
            stopped: self.stopped.clone(),
        };
        let span = tracing::debug_span!(target: trace::TARGET, "job", kind = kind.name, job = %job.id);
        handler.spawn((kind.run)(work).instrument(span));
        let mut renew = tokio::time::interval(RENEW_EVERY);
        renew.tick().await;
        loop {
            tokio::select! {
                Some(ended) = handler.join_next() => return Some(match ended {
                    Ok(result) => result.map_err(|error| error.to_string()),
                    Err(_) => Err("the handler panicked; the log has its message".to_owned()),
                }),
                _ = renew.tick() => match self.renew(job).await {
                    Ok(true) => {}
                    Ok(false) => return None,
                    Err(error) => tracing::warn!(%error, job = %job.id, "a job's lease could not be extended"),
                },
            }
        }
    }

    async fn renew(&self, job: &Claimed) -> Result<bool, Error> {
        let mut tx = self.context.store.write().await?;
        let is_held = job::renew(&mut tx, job, self.context.clock.now()).await?;
        tx.commit().await?;
        Ok(is_held)
    }

    async fn record(&self, job: &Claimed, result: &Result<(), String>) -> Result<(), Error> {
        let now = self.context.clock.now();
        let mut tx = self.context.store.write().await?;
        let failed = match result {
            Ok(()) if job::finish(&mut tx, job, now).await? => None,
            Ok(()) => Some(Failed::Lost),
            Err(error) => Some(job::fail(&mut tx, job, error, now).await?),
        };
        tx.commit().await?;
        let error = result.as_ref().err();
        let ended = match failed {
            None => "done",
            Some(Failed::Again(_)) => "again",
            Some(Failed::Dead) => "dead",
            Some(Failed::Lost) => "lost",
        };
        self.context.store.metrics().job_runs.with_label_values(&[job.kind.as_str(), ended]).inc();
        match failed {
            None => tracing::debug!(job = %job.id, kind = job.kind, "job done"),
            Some(Failed::Again(at)) => tracing::warn!(job = %job.id, kind = job.kind, error, %at, "job runs again"),
            Some(Failed::Dead) => tracing::error!(job = %job.id, kind = job.kind, error, "job given up"),
            Some(Failed::Lost) => warn_of_loss(job),
        }
        Ok(())
    }
}

/// What apalis calls for each job.
async fn work(taken: Taken, dispatcher: Data<Arc<Dispatcher>>) {
    let job = &taken.job;
    let (clock, metrics) = (&dispatcher.context.clock, dispatcher.context.store.metrics());
    let start = clock.elapsed();
    let ended = dispatcher.attempt(job).await;
    let seconds = clock.elapsed().saturating_sub(start).as_secs_f64();
    metrics.job_run_seconds.with_label_values(&[job.kind.as_str()]).observe(seconds);
    let Some(result) = ended else {
        metrics.job_runs.with_label_values(&[job.kind.as_str(), "lost"]).inc();
        warn_of_loss(job);
        return;
    };
    for _ in 0..RECORD_ATTEMPTS {
        match dispatcher.record(job, &result).await {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, job = %job.id, "the end of a job could not be recorded yet"),
        }
        tokio::time::sleep(RECORD_PAUSE).await;
    }
    tracing::error!(job = %job.id, kind = job.kind, "the end of a job was not recorded: it runs again after its lease");
}

fn warn_of_loss(job: &Claimed) {
    tracing::warn!(job = %job.id, kind = job.kind, "a job's lease ran out while it ran: another server runs it again");
}

/// The store's jobs as a source of apalis tasks.
struct DueJobs {
    dispatcher: Arc<Dispatcher>,
    next: Option<BoxFuture<Option<Taken>>>,
    closing: Option<BoxFuture<()>>,
}

impl DueJobs {
    fn of(dispatcher: Arc<Dispatcher>) -> Self {
        Self { dispatcher, next: None, closing: None }
    }
}

impl Backend for DueJobs {
    type Task = Task<Taken>;
    type Error = Infallible;

    fn poll_ready(&mut self, _: &mut Polled<'_>, _: &WorkerContext) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn poll_next(
        &mut self,
        polled: &mut Polled<'_>,
        _: &WorkerContext,
    ) -> Poll<Option<Result<Self::Task, Infallible>>> {
        let next = self.next.get_or_insert_with(|| Box::pin(self.dispatcher.clone().next()));
        let taken = ready!(next.as_mut().poll(polled));
        self.next = None;
        Poll::Ready(taken.map(|taken| {
            let id = TaskId::from_int(taken.job.id.raw().unsigned_abs());
            Ok(TaskBuilder::new(taken).task_id(id).build())
        }))
    }

    /// A claim that was under way when the server was told to stop is finished, and its job given back.
    fn poll_close(&mut self, polled: &mut Polled<'_>, _: &WorkerContext) -> Poll<Result<(), Infallible>> {
        let Self { dispatcher, next, closing } = self;
        let closing = closing.get_or_insert_with(|| Box::pin(close(dispatcher.clone(), next.take())));
        ready!(closing.as_mut().poll(polled));
        self.closing = None;
        Poll::Ready(Ok(()))
    }
}

async fn close(dispatcher: Arc<Dispatcher>, next: Option<BoxFuture<Option<Taken>>>) {
    let Some(next) = next else { return };
    if let Some(taken) = next.await
        && let Err(error) = dispatcher.give_back(&taken.job).await
    {
        tracing::warn!(%error, "a job could not be given back; its lease runs out by itself");
    }
}

impl BackendConfig for DueJobs {
    type Args = Taken;
    type Id = u64;
    type Kind = Ephemeral;
    type Config = ();
    /// Hands the dispatcher to [`work`].
    type Layer = Data<Arc<Dispatcher>>;

    fn config(&self) -> &() {
        &()
    }

    fn middleware(&mut self, _: &mut WorkerContext) -> Self::Layer {
        Data::new(self.dispatcher.clone())
    }
}

#[cfg(test)]
mod tests;
