//! Capturing: what waits, of all callers, with one commit.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use tallymark_base::id::{CaptureId, TenantId};
use tallymark_base::{Fault as _, Timestamp};
use tallymark_epcis::Rejected;
use tallymark_store::batcher::Decide;
use tallymark_store::{Context, Tx};
use tokio::sync::Notify;

use crate::hook::Captured;
use crate::service::ask;
use crate::service::decide::{Decision, Seen, decide, forget};
use crate::service::prepare::Prepared;
use crate::service::record::{Known, fresh_salt, save};
use crate::store::{event, index, other};
use crate::types::{Behaviour, CaptureError, CaptureJob};
use crate::{Error, Hook};

/// Events that one transaction saves, unless a single document has more.
const EVENTS_MAX: usize = 20_000;
/// Errors of a document that are kept.
const ERRORS_MAX: usize = 100;
/// How often a batch is tried that others come between.
const TRIES_MAX: usize = 8;

/// A document that was read, on its way to the database.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) tenant: TenantId,
    /// The job that is kept of it; none for a single event, whose answer says it all.
    pub(crate) job: Option<CaptureId>,
    pub(crate) behaviour: Behaviour,
    /// What is right, with its place in the document.
    pub(crate) events: Vec<(usize, Prepared)>,
    /// What is wrong.
    pub(crate) rejected: Vec<Rejected>,
    pub(crate) places: Vec<(String, String)>,
    pub(crate) received_at: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) saved: usize,
    pub(crate) repeated: usize,
    pub(crate) errors: Vec<CaptureError>,
}

/// Events that the hook refused, by delivery and place, with the reason.
type Refused = HashMap<(usize, usize), String>;

/// What captures.
#[derive(Debug)]
pub(crate) struct Engine {
    context: Context,
    hook: Arc<dyn Hook>,
    news: Arc<Notify>,
    known: HashMap<TenantId, Known>,
}

/// Why a batch was not committed.
enum Again {
    Contended,
    Refused(Refused),
    Failed(Error),
}

impl From<tallymark_store::Error> for Again {
    fn from(error: tallymark_store::Error) -> Self {
        match error.code() {
            "store.contended" | "store.rows_written" => Self::Contended,
            _ => Self::Failed(error.into()),
        }
    }
}

impl From<Error> for Again {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Decide for Engine {
    type Request = Delivery;
    type Answer = Result<Outcome, Error>;

    async fn decide(&mut self, deliveries: &[Delivery]) -> Vec<Result<Outcome, Error>> {
        let mut answers = Vec::with_capacity(deliveries.len());
        let mut rest = deliveries;
        while !rest.is_empty() {
            let mut events = 0;
            let fits = |delivery: &&Delivery| {
                events += delivery.events.len();
                events <= EVENTS_MAX
            };
            let (some, tail) = rest.split_at(rest.iter().take_while(fits).count().max(1));
            rest = tail;
            match self.take(some).await {
                Ok(outcomes) => answers.extend(outcomes.into_iter().map(Ok)),
                // One document that cannot be saved does not take the others with it.
                Err(_) if some.len() > 1 => {
                    for one in some {
                        let alone = self.take(std::slice::from_ref(one)).await;
                        answers.push(alone.and_then(|mut one| one.pop().ok_or(Error::Unavailable)));
                    }
                }
                Err(error) => answers.push(Err(error)),
            }
        }
        answers
    }
}

impl Engine {
    pub(crate) fn new(context: Context, hook: Arc<dyn Hook>, news: Arc<Notify>) -> Self {
        Self { context, hook, news, known: HashMap::new() }
    }

    async fn take(&mut self, deliveries: &[Delivery]) -> Result<Vec<Outcome>, Error> {
        let mut refused = Refused::new();
        for _ in 0..TRIES_MAX {
            match self.attempt(deliveries, &refused).await {
                Ok(outcomes) => {
                    if outcomes.iter().any(|outcome| outcome.saved > 0) {
                        self.news.notify_waiters();
                    }
                    return Ok(outcomes);
                }
                Err(Again::Failed(error)) => return Err(error),
                Err(Again::Refused(more)) => refused.extend(more),
                Err(Again::Contended) => {}
            }
        }
        Err(Error::Unavailable)
    }

    /// One try, in one transaction.
    async fn attempt(&mut self, deliveries: &[Delivery], refused: &Refused) -> Result<Vec<Outcome>, Again> {
        let mut tx = self.context.store.write().await?;
        let mut outcomes = vec![Outcome::default(); deliveries.len()];
        let mut by_tenant: BTreeMap<TenantId, Vec<usize>> = BTreeMap::new();
        for (place, delivery) in deliveries.iter().enumerate() {
            by_tenant.entry(delivery.tenant).or_default().push(place);
        }
        let mut known_after = Vec::with_capacity(by_tenant.len());
        for (tenant, places) in by_tenant {
            let mut known = self.known.get(&tenant).cloned().unwrap_or_default();
            let own: Vec<(usize, &Delivery)> = places.iter().map(|place| (*place, &deliveries[*place])).collect();
            self.tenant(&mut tx, tenant, &own, (refused, &mut known), &mut outcomes).await?;
            known_after.push((tenant, known));
        }
        fail::fail_point!("traces::before_commit", |_| std::process::abort());
        tx.commit().await?;
        fail::fail_point!("traces::after_commit", |_| std::process::abort());
        self.known.extend(known_after);
        Ok(outcomes)
    }

    async fn tenant(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        deliveries: &[(usize, &Delivery)],
        (refused, known): (&Refused, &mut Known),
        outcomes: &mut [Outcome],
    ) -> Result<(), Again> {
        let count = deliveries.iter().map(|(_, delivery)| delivery.events.len()).sum::<usize>();
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let (first, salt) = event::take_numbers(tx, tenant, count, fresh_salt(&*self.context.entropy)).await?;
        let all = || deliveries.iter().flat_map(|(_, delivery)| &delivery.events);
        let ids: HashSet<[u8; 16]> = all().map(|(_, event)| salt.event_id(&event.id)).collect();
        let taken = event::by_id(tx, tenant, &ids.into_iter().collect::<Vec<_>>()).await?;
        let mut seen: Seen = taken.into_iter().map(|(key, (content, _))| (key, content)).collect();
        for (_, event) in all().filter(|(_, event)| !event.is_declaration) {
            // What the brand told others comes back to it.
            if let Some(content) = ask::content_of_own(&*self.hook, tx, (tenant, salt), &event.id).await? {
                seen.insert((salt.event_id(&event.id), false), content);
            }
        }
        let mut new: Vec<(i64, &Prepared)> = Vec::new();
        // Which event each of `new` is: delivery and place.
        let mut origin = Vec::new();
        let mut number = first;
        for (place, delivery) in deliveries {
            let decisions = decide(delivery.events.iter().map(|(_, event)| event), &salt, &mut seen);
            let outcome = &mut outcomes[*place];
            outcome.errors = errors_of(delivery, &decisions, |at| refused.get(&(*place, at)));
            let is_kept = outcome.errors.is_empty() || delivery.behaviour == Behaviour::Proceed;
            for (at, ((_, event), decision)) in delivery.events.iter().zip(&decisions).enumerate() {
                match decision {
                    Decision::Save if is_kept && !refused.contains_key(&(*place, at)) => {
                        outcome.saved += 1;
                        new.push((number, event));
                        origin.push((*place, at));
                    }
                    Decision::Repeated if is_kept => outcome.repeated += 1,
                    _ => {}
                }
                number += 1;
            }
            if !is_kept {
                forget(delivery.events.iter().map(|(_, event)| event).zip(&decisions), &salt, &mut seen);
            }
            outcome.errors.truncate(ERRORS_MAX);
        }
        let now = self.context.clock.now();
        save(tx, tenant, (&salt, known), &new, now).await?;
        self.ask_hook(tx, tenant, &new, &origin).await?;
        for (place, delivery) in deliveries {
            if outcomes[*place].errors.is_empty() {
                index::insert_places(tx, tenant, &delivery.places).await?;
            }
        }
        let jobs: Vec<CaptureJob> =
            deliveries.iter().filter_map(|(place, delivery)| job_of(delivery, &outcomes[*place], now)).collect();
        other::insert_captures(tx, tenant, &jobs).await?;
        Ok(())
    }

    async fn ask_hook(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        new: &[(i64, &Prepared)],
        origin: &[(usize, usize)],
    ) -> Result<(), Again> {
        if !self.hook.is_asking() || new.is_empty() {
            return Ok(());
        }
        let captured: Vec<Captured<'_>> = new
            .iter()
            .map(|(number, event)| Captured { event: &event.event, id: &event.id, number: *number })
            .collect();
        let refused = self.hook.captured(tx, tenant, &captured).await?;
        if refused.is_empty() {
            return Ok(());
        }
        let refused = refused.into_iter().filter_map(|(at, why)| Some((*origin.get(at)?, why)));
        Err(Again::Refused(refused.collect()))
    }
}

/// What is wrong with a document, in its order.
fn errors_of<'a>(
    delivery: &Delivery,
    decisions: &[Decision],
    refused: impl Fn(usize) -> Option<&'a String>,
) -> Vec<CaptureError> {
    let mut errors: Vec<(usize, CaptureError)> = delivery
        .rejected
        .iter()
        .map(|rejected| (rejected.number, CaptureError::validation(rejected.to_string())))
        .collect();
    for (at, ((number, event), decision)) in delivery.events.iter().zip(decisions).enumerate() {
        let id = &event.id;
        if *decision == Decision::Taken {
            let text =
                format!("event {number} ({id}): /eventID: another event has this id, and it says something else");
            errors.push((*number, CaptureError::taken(text)));
        } else if let Some(why) = refused(at) {
            errors.push((*number, CaptureError::validation(format!("event {number} ({id}): {why}"))));
        }
    }
    errors.sort_by_key(|(number, _)| *number);
    errors.into_iter().map(|(_, error)| error).collect()
}

fn job_of(delivery: &Delivery, outcome: &Outcome, now: Timestamp) -> Option<CaptureJob> {
    Some(CaptureJob {
        capture_id: delivery.job?,
        created_at: delivery.received_at,
        finished_at: now,
        running: false,
        success: outcome.errors.is_empty(),
        capture_error_behaviour: delivery.behaviour,
        errors: outcome.errors.clone(),
    })
}
