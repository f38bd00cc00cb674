//! What the routes share: the context, the batcher that captures, and the hook.

use std::sync::Arc;

use tallymark_epcis::Limits;
use tallymark_store::Context;
use tallymark_store::batcher::{Batcher, Sizes, Undecided};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::service::capture::{Delivery, Engine, Outcome};
use crate::service::sockets::Sockets;
use crate::{Error, Hook};

/// Documents in a batch; how many events a transaction saves is limited besides.
const BATCH_MAX: usize = 512;
/// Documents that may wait. Beyond, senders are told to come back.
const WAITING_MAX: usize = 1_024;

/// Events of EPCIS on a server: captured durably, in batches. Cheap to clone; it ends when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Traces {
    batcher: Batcher<Delivery, Result<Outcome, Error>>,
    /// Database, ids, time, randomness, master key.
    pub context: Context,
    /// What is read at most.
    pub limits: Limits,
    /// Who listens at this server.
    pub sockets: Sockets,
    pub(crate) hook: Arc<dyn Hook>,
    /// Told when events were committed here.
    pub(crate) news: Arc<Notify>,
}

impl Traces {
    /// Starts to capture. Await the handle after dropping every clone to let the last batch finish.
    pub fn start(context: Context, hook: Arc<dyn Hook>) -> (Self, JoinHandle<()>) {
        let sizes = Sizes { batch_max: BATCH_MAX, waiting_max: WAITING_MAX };
        let news = Arc::<Notify>::default();
        // Captures of a brand follow each other anyway: their numbers are in the order of commits.
        let own = Context { store: context.store.with_own_connection(), ..context.clone() };
        let engine = Engine::new(own, hook.clone(), news.clone());
        let (batcher, task) = Batcher::start(vec![engine], sizes);
        let (limits, sockets) = (Limits::default(), Sockets::default());
        (Self { batcher, context, limits, sockets, hook, news }, task)
    }

    /// Captures a document durably: when this returns `Ok`, it is committed what became of it.
    pub(crate) async fn take(&self, delivery: Delivery) -> Result<Outcome, Error> {
        match self.batcher.ask(delivery).await {
            Ok(outcome) => outcome,
            Err(Undecided::Overloaded) => Err(Error::Overloaded),
            Err(Undecided::Stopping) => Err(Error::Unavailable),
        }
    }
}
