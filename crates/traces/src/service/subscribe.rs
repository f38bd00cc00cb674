//! Telling subscribers: what is due is held by one server, asked, told, and moves on only when it was taken.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tallymark_base::Timestamp;
use tallymark_base::id::TenantId;
use tallymark_epcis::answer::query_document;
use tallymark_epcis::query::{Comparison, Condition, Query, Time};

use crate::Error;
use crate::rules::schedule::Plan;
use crate::service::named::seal_context;
use crate::service::traces::Traces;
use crate::service::{ask, named};
use crate::store::event;
use crate::store::other::{self, Subscribed, Told};
use crate::types::NewSubscription;

/// Subscriptions that one round looks at.
const ROUND_MAX: i64 = 1_000;
/// Events of a message.
const EVENTS_MAX: usize = 500;
/// How long a subscription is held: longer than a call may take.
const HOLD: Duration = Duration::from_secs(60);
/// The wait after a first failure; it doubles with each further one, up to an hour.
const RETRY_MIN: Duration = Duration::from_secs(2);
const RETRY_MAX: Duration = Duration::from_secs(3_600);

/// What a subscriber is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where to.
    pub address: String,
    /// `GS1-Signature`, where the subscriber gave a secret.
    pub signature: Option<String>,
    /// The same for the same events, however often they are sent.
    pub id: String,
    /// An `EPCISQueryDocument`.
    pub body: Vec<u8>,
}

/// Sends messages to subscribers.
#[async_trait]
pub trait Teller: Send + Sync {
    /// Sends one; `Ok` where it was taken (2xx).
    ///
    /// # Errors
    /// Why it was not, without anything secret.
    async fn tell(&self, message: Message) -> Result<(), String>;
}

impl Traces {
    /// Waits until events were committed here, or so long.
    pub fn news(&self, at_most: Duration) -> impl Future<Output = ()> + '_ {
        // Asked for at once, not with the first poll: what is committed between the two is news as well.
        let news = self.news.notified();
        async move {
            tokio::time::timeout(at_most, news).await.ok();
        }
    }

    /// Tells subscribers that are due; gives how many messages were taken.
    ///
    /// # Errors
    /// The database. What a subscriber does not take is no error: it is tried again.
    pub async fn tell_due(&self, teller: &dyn Teller) -> Result<usize, Error> {
        let now = self.context.clock.now();
        let due = self.with_news(other::due(&mut self.context.store.read().await?, now, ROUND_MAX).await?).await?;
        let mut taken = 0;
        for own in due {
            let until = self.context.clock.now().plus(HOLD);
            let mut tx = self.context.store.write().await?;
            let is_held = other::hold(&mut tx, &own, self.context.clock.now(), until).await?;
            tx.commit().await?;
            if is_held {
                let told = self.tell_one(&own, teller).await?;
                taken += usize::from(told.at.is_some_and(|at| Some(at) != own.told_at));
                let mut tx = self.context.store.write().await?;
                other::moved(&mut tx, &own, until, told).await?;
                tx.commit().await?;
            }
        }
        Ok(taken)
    }

    /// Leaves out streams whose brand has no event that they were not told: they stay due, and cost nothing.
    async fn with_news(&self, due: Vec<Subscribed>) -> Result<Vec<Subscribed>, Error> {
        let mut latest: HashMap<TenantId, i64> = HashMap::new();
        let mut left = Vec::new();
        for own in due {
            let known = latest.get(&own.tenant).copied();
            let last = match known {
                Some(last) => last,
                None => event::next_number(&mut self.context.store.read().await?, own.tenant).await? - 1,
            };
            latest.insert(own.tenant, last);
            if own.told_number < last || !asked_of(&own)?.stream {
                left.push(own);
            }
        }
        Ok(left)
    }

    async fn tell_one(&self, own: &Subscribed, teller: &dyn Teller) -> Result<Told, Error> {
        let asked = asked_of(own)?;
        let mut tx = self.context.store.read().await?;
        let named = named::find(&mut tx, own.tenant, &own.query).await?;
        let mut query = Query::of_json(&named.query)?;
        if let Some(from) = asked.initial_record_time {
            query.conditions.push(Condition::Time(Time::Record, Comparison::GreaterOrEqual, from));
        }
        let after = (own.told_number, EVENTS_MAX);
        let (events, number, is_over) = ask::ask_after(&*self.hook, &mut tx, own.tenant, &query, after).await?;
        drop(tx);
        let now = self.context.clock.now();
        let next = if is_over { next_due(&asked, now) } else { now };
        let is_empty = events.is_empty();
        if is_empty && (asked.stream || !asked.report_if_empty || !is_over) {
            return Ok(Told { number, due_at: next, failures: 0, at: own.told_at, error: None });
        }
        let id = own.id.to_string();
        let body = query_document(events, &own.query, Some(&id), now).to_string().into_bytes();
        let signature = self.signature(own, &body)?;
        let id = format!("{id}.{}.{number}", own.told_number);
        match teller.tell(Message { address: asked.dest, signature, id, body }).await {
            Ok(()) => Ok(Told { number, due_at: next, failures: 0, at: Some(now.0), error: None }),
            Err(error) => {
                tracing::warn!(subscription = %own.id, error, "a subscriber did not take what it was told");
                let due_at = now.plus(retry_after(own.failures));
                let (number, failures) = (own.told_number, own.failures + 1);
                Ok(Told { number, due_at, failures, at: own.told_at, error: Some(error) })
            }
        }
    }

    /// HMAC-SHA256 of the body under the subscriber's own secret.
    fn signature(&self, own: &Subscribed, body: &[u8]) -> Result<Option<String>, Error> {
        let Some(sealed) = &own.secret else { return Ok(None) };
        let key = self.context.master.derive("traces.subscription.v1");
        let secret = key.open(&seal_context(own.tenant, own.id), sealed)?;
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&secret).map_err(|error| Error::Internal { cause: error.to_string() })?;
        mac.update(body);
        let digits = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        Ok(Some(format!("sha256={digits}")))
    }
}

fn asked_of(own: &Subscribed) -> Result<NewSubscription, Error> {
    serde_json::from_str(&own.terms).map_err(|error| Error::Internal { cause: error.to_string() })
}

fn next_due(asked: &NewSubscription, now: Timestamp) -> Timestamp {
    let plan = asked.schedule.as_ref().and_then(|schedule| Plan::of(schedule).ok());
    plan.map_or(now, |plan| plan.next(now).unwrap_or(Timestamp(i64::MAX)))
}

fn retry_after(failures: i64) -> Duration {
    let doubled = 2_u32.saturating_pow(u32::try_from(failures).unwrap_or(u32::MAX));
    RETRY_MIN.saturating_mul(doubled).min(RETRY_MAX)
}
