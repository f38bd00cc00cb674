//! The intake of a server: takes deliveries durably, in batches.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use tallymark_base::id::{EventId, TenantId};
use tallymark_base::{Act, TypedId as _};
use tallymark_people::Identifier;
use tallymark_store::Context;
use tallymark_store::audit;
use tallymark_store::batcher::{Batcher, Sizes, Undecided};
use tallymark_web::Problem;
use tokio::task::JoinHandle;

use crate::identifier::NAMESPACE;
use crate::service::{Delivery, Engine, Taken};
use crate::settings::Settings;
use crate::{Endpoint, Error, Event, Limits, Outcome, Request, receive, store};

/// Deliveries in a batch; how many events a transaction saves is limited besides.
const BATCH_MAX: usize = 256;
/// Batches that are taken side by side on PostgreSQL: one computes or commits while the other is with the database.
const SIDE_BY_SIDE: usize = 2;
/// Deliveries that may wait: with 20 events in each, some seconds of work. Beyond, senders are told to come back.
const WAITING_MAX: usize = 2_048;

/// Takes what SDKs deliver. Cheap to clone; it ends when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Intake {
    batcher: Batcher<Delivery, Result<Taken, Error>>,
    pub(crate) context: Context,
    pub(crate) limits: Limits,
}

impl Intake {
    /// Starts to take deliveries. Await the handle after dropping every clone to let the last batch finish.
    pub fn start(context: Context) -> (Self, JoinHandle<()>) {
        Self::with_limits(context, Limits::default())
    }

    /// The same with other limits for deliveries.
    pub fn with_limits(context: Context, limits: Limits) -> (Self, JoinHandle<()>) {
        let sizes = Sizes { batch_max: BATCH_MAX, waiting_max: WAITING_MAX };
        // SQLite has one writer; more would only wait for it.
        let deciders = if context.store.engine() == tallymark_store::Engine::Postgres { SIDE_BY_SIDE } else { 1 };
        let engine = || Engine::new(Context { store: context.store.with_own_connection(), ..context.clone() });
        let engines = (0..deciders).map(|_| engine()).collect();
        let (batcher, task) = Batcher::start(engines, sizes);
        (Self { batcher, context, limits }, task)
    }

    /// Takes a delivery durably: when this returns `Ok`, it is committed.
    pub(crate) async fn take(&self, delivery: Delivery) -> Result<Taken, Error> {
        match self.batcher.ask(delivery).await {
            Ok(taken) => taken,
            Err(Undecided::Overloaded) => Err(Error::Overloaded),
            Err(Undecided::Stopping) => Err(Error::Unavailable),
        }
    }

    /// Notes what somebody did on one of our own pages, as an event of theirs. Nobody waits for it: what cannot be stored now is
    /// told in the log and lost.
    pub fn touch(&self, tenant: TenantId, identifiers: Vec<Identifier>, name: &'static str) {
        let intake = self.clone();
        tokio::spawn(async move {
            if let Err(error) = intake.touched(tenant, identifiers, name).await {
                tracing::warn!(%error, name, "what somebody did on a page is not stored");
            }
        });
    }

    async fn touched(&self, tenant: TenantId, identifiers: Vec<Identifier>, name: &str) -> Result<(), Error> {
        let received_at = self.context.clock.now();
        let id = self.context.ids.next::<EventId>(&*self.context.clock).map_err(|_| Error::Unavailable)?;
        let event = Event::of_page(id.to_string(), name, identifiers, received_at);
        let (outcomes, namespace) = (vec![Outcome::Accepted(Box::new(event))], NAMESPACE.into());
        let endpoint = Endpoint::Track;
        self.take(Delivery { tenant, source: None, endpoint, outcomes, received_at, namespace }).await?;
        Ok(())
    }

    /// Reads an entry of the quarantine again and takes it. The entry goes once the event is taken; taking it twice, should
    /// the server die in between, is no harm: the message is known then.
    ///
    /// # Errors
    /// `intake.not_found`; `intake.still_unreadable` where this program reads it no better.
    pub async fn replay(&self, act: Act, id: EventId) -> Result<(), Problem> {
        let mut tx = self.context.store.read().await?;
        let entry = store::entry(&mut tx, act.tenant, id.raw()).await?;
        let entry = entry.ok_or_else(|| Error::NotFound { id: id.to_string() })?;
        let settings = Settings::read(&mut tx, &self.context, act.tenant, 0).await?;
        tx.commit().await?;
        let body = settings.keys.open(entry.id, &entry.body)?;
        let endpoint = Endpoint::ALL.into_iter().find(|endpoint| endpoint.name() == entry.endpoint);
        let endpoint = endpoint.unwrap_or(Endpoint::Batch);
        let wrapped = if endpoint.is_for_one() { body } else { [b"{\"batch\":[".as_slice(), &body, b"]}"].concat() };
        let namespace = entry.namespace.as_deref().unwrap_or(NAMESPACE);
        let request = Request {
            namespace,
            endpoint,
            content_type: "application/json",
            content_encoding: "",
            body: &wrapped,
            received_at: entry.received_at,
        };
        let unreadable = |reason: String| Error::StillUnreadable { reason };
        let outcomes = receive(&request, &self.limits).map_err(|refusal| unreadable(refusal.to_string()))?;
        let unread = outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Quarantined(entry) => Some(entry.message()),
            Outcome::Accepted(_) => None,
        });
        if let Some(reason) = unread {
            return Err(unreadable(reason).into());
        }
        let (tenant, source, received_at) = (act.tenant, entry.source, entry.received_at);
        self.take(Delivery { tenant, source, endpoint, outcomes, received_at, namespace: namespace.into() }).await?;
        let mut tx = self.context.store.write().await?;
        store::remove_entry(&mut tx, act.tenant, id.raw()).await?;
        audit::record(&mut tx, &self.context, audit::Entry::new(act, "event.replayed", id)).await?;
        Ok(tx.commit().await?)
    }
}

/// The identifiers that a delivery shows, so that two batches never wait for each other's claims.
pub(crate) fn subjects(delivery: &Delivery) -> Vec<u64> {
    let number = |identifier: &Identifier| {
        let mut hasher = DefaultHasher::new();
        (delivery.tenant, identifier).hash(&mut hasher);
        hasher.finish()
    };
    let accepted = delivery.outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Accepted(event) => Some(&event.identifiers),
        Outcome::Quarantined(_) => None,
    });
    accepted.flatten().map(number).collect()
}
