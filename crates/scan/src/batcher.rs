//! A batch is whatever arrived while the last batch committed.
//!
//! There is no timer: an idle server decides a single scan at once, a busy one decides hundreds with one commit. Each
//! server has one batcher; its database connection is the only one that moves this server's slices.

use std::sync::Arc;
use std::time::Duration;

use tallymark_store::Context;
use tallymark_telemetry::trace;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tracing::{Instrument as _, Span, debug_span};

use crate::Error;
use crate::service::Engine;
use crate::settings::AllSettings;
use crate::types::{Request, Scan};

/// The largest batch; larger ones gain little and make callers wait.
const BATCH_MAX: usize = 512;
/// Scans that may wait. At 5,000 a second this is under two seconds of work; beyond, callers are told to come back.
const WAITING_MAX: usize = 8_192;

/// How scans are batched.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The largest batch; 1 decides every scan in a transaction of its own.
    pub batch_max: usize,
    /// How long a decided scan stays in the database after the lake has it; for ever where it is left out.
    pub hot_for: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self { batch_max: BATCH_MAX, hot_for: None }
    }
}

pub(crate) struct Waiting {
    pub(crate) request: Request,
    pub(crate) answer: oneshot::Sender<Result<Arc<Scan>, Error>>,
    /// From here until a batch takes it.
    pub(crate) span: Span,
}

/// Takes scans and gives their decisions. Cheap to clone; the batcher ends when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Scanner {
    sender: mpsc::Sender<Waiting>,
    settings: AllSettings,
}

/// How many scans wait, for those who watch. Does not keep the batcher running.
#[derive(Debug, Clone)]
pub struct Queue {
    sender: mpsc::WeakSender<Waiting>,
}

impl Queue {
    /// Scans that wait for the next batch.
    pub fn waiting(&self) -> usize {
        self.sender.upgrade().map_or(0, |sender| sender.max_capacity() - sender.capacity())
    }
}

impl Scanner {
    /// Starts the batcher. Await the handle after dropping every `Scanner` to let the last batch finish.
    pub fn start(context: Context, options: Options) -> (Self, JoinHandle<()>) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let batch_max = options.batch_max.clamp(1, BATCH_MAX);
        let settings = AllSettings::default();
        let task = tokio::spawn(run(Engine::new(context, settings.clone()), receiver, batch_max));
        (Self { sender, settings }, task)
    }

    /// The settings that scans are decided by.
    pub const fn settings(&self) -> &AllSettings {
        &self.settings
    }

    /// A look at the queue.
    pub fn queue(&self) -> Queue {
        Queue { sender: self.sender.downgrade() }
    }

    /// Decides a scan durably: when this returns `Ok`, it is committed.
    pub async fn scan(&self, request: Request) -> Result<Arc<Scan>, Error> {
        if request.claim && request.identifiers.is_empty() {
            return Err(Error::NoIdentifier);
        }
        let (answer, receiver) = oneshot::channel();
        let span = debug_span!(target: trace::TARGET, "queue");
        match self.sender.try_send(Waiting { request, answer, span }) {
            Ok(()) => receiver.await.unwrap_or(Err(Error::Stopping)),
            Err(mpsc::error::TrySendError::Full(_)) => Err(Error::Overloaded),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Error::Stopping),
        }
    }
}

async fn run(mut engine: Engine, mut receiver: mpsc::Receiver<Waiting>, batch_max: usize) {
    let mut batch = Vec::with_capacity(batch_max);
    while receiver.recv_many(&mut batch, batch_max).await > 0 {
        let span = span_of(&batch);
        let (requests, answers): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|waiting| (waiting.request, waiting.answer)).unzip();
        let decided = engine.decide(&requests).instrument(span).await;
        fail::fail_point!("scan::after_commit", |_| std::process::abort());
        for (answer, result) in answers.into_iter().zip(decided) {
            // A caller who went away does not need the answer; the same key gives it again.
            answer.send(result).ok();
        }
    }
}

/// A batch serves many requests: it belongs to none of their traces, and links to all of them.
fn span_of(batch: &[Waiting]) -> Span {
    let span = debug_span!(target: trace::TARGET, parent: None, "batch", scans = batch.len());
    if !span.is_disabled() {
        for waiting in batch {
            trace::link(&span, &waiting.span);
        }
        for waiting in batch {
            trace::link_back(&waiting.span, &span);
        }
    }
    span
}
