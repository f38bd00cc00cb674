//! Scans are decided in batches ([`tallymark_store::batcher`]).
//!
//! Each server has one batcher; its database connection is the only one that moves this server's slices.

use std::sync::Arc;
use std::time::Duration;

use tallymark_store::Context;
use tallymark_store::batcher::{Batcher, Decide, Queue, Sizes, Undecided};
use tokio::task::JoinHandle;

use crate::Error;
use crate::service::Engine;
use crate::settings::AllSettings;
use crate::types::{Request, Scan};

/// The largest batch; larger ones gain little and make callers wait.
pub const BATCH_MAX: usize = 512;
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

/// What is told of a scan.
type Answer = Result<Arc<Scan>, Error>;

/// Takes scans and gives their decisions. Cheap to clone; the batcher ends when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Scanner {
    batcher: Batcher<Request, Answer>,
    settings: AllSettings,
}

impl Decide for Engine {
    type Request = Request;
    type Answer = Answer;

    async fn decide(&mut self, requests: &[Request]) -> Vec<Answer> {
        let decided = self.decide_batch(requests).await;
        fail::fail_point!("scan::after_commit", |_| std::process::abort());
        decided
    }
}

fn undecided(why: Undecided) -> Error {
    match why {
        Undecided::Overloaded => Error::Overloaded,
        Undecided::Stopping => Error::Stopping,
    }
}

impl Scanner {
    /// Starts the batcher. Await the handle after dropping every `Scanner` to let the last batch finish.
    pub fn start(context: Context, options: Options) -> (Self, JoinHandle<()>) {
        let settings = AllSettings::default();
        let sizes = Sizes { batch_max: options.batch_max.clamp(1, BATCH_MAX), waiting_max: WAITING_MAX };
        let (batcher, task) = Batcher::start(vec![Engine::new(context, settings.clone())], sizes);
        (Self { batcher, settings }, task)
    }

    /// The settings that scans are decided by.
    pub const fn settings(&self) -> &AllSettings {
        &self.settings
    }

    /// A look at the queue.
    pub fn queue(&self) -> Queue {
        self.batcher.queue()
    }

    /// Decides a scan durably: when this returns `Ok`, it is committed.
    pub async fn scan(&self, request: Request) -> Result<Arc<Scan>, Error> {
        if request.claim && request.identifiers.is_empty() {
            return Err(Error::NoIdentifier);
        }
        self.batcher.ask(request).await.map_err(undecided)?
    }

    /// Decides up to 512 scans in one transaction, in their order: in a simulation, where nobody else sends scans meanwhile.
    /// Gives their answers, or the first refusal.
    pub async fn scan_together(&self, requests: Vec<Request>) -> Result<Vec<Arc<Scan>>, Error> {
        if requests.iter().any(|request| request.claim && request.identifiers.is_empty()) {
            return Err(Error::NoIdentifier);
        }
        self.batcher.ask_together(requests).await.map_err(undecided)?.into_iter().collect()
    }
}
