//! From the queues to the addresses.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tallymark_base::Timestamp;
use tallymark_base::TypedId as _;
use tallymark_base::id::{EventId, TenantId, WebhookId};
use tallymark_store::Context;
use tokio::task::JoinSet;

use super::manage::{seal_context, sealing_key};
use crate::Error;
use crate::rules::{PATIENCE, seconds, signature, wait_after};
use crate::store::webhook as store;

/// Webhooks that one round looks at, all of them at the same time.
const ROUND_MAX: i64 = 32;
/// Messages that are loaded at once.
const MESSAGES: i64 = 50;
/// How long a round tells one webhook: then the others have their turn, and a server that is to stop does.
const TURN: Duration = Duration::from_secs(5);
/// How long a webhook is held: longer than a turn with its last call.
const HOLD: Duration = Duration::from_secs(120);
/// The answer of an address that wants no more.
const GONE: u16 = 410;

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where to.
    pub url: String,
    /// `webhook-id`: the same however often it is sent.
    pub id: String,
    /// `webhook-timestamp`: seconds since 1970.
    pub at_s: i64,
    /// `webhook-signature`: one or two.
    pub signature: String,
    /// JSON.
    pub body: String,
}

/// Sends messages.
#[async_trait]
pub trait Teller: Send + Sync {
    /// Posts one; gives the status of the answer.
    ///
    /// # Errors
    /// Why there was none, without anything secret.
    async fn post(&self, message: Message) -> Result<u16, String>;
}

/// A webhook that is due.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    pub(crate) tenant: TenantId,
    pub(crate) id: WebhookId,
    pub(crate) url: String,
    pub(crate) secret: Vec<u8>,
    pub(crate) old_secret: Option<Vec<u8>>,
    pub(crate) old_until: Timestamp,
    pub(crate) due_at: Timestamp,
    pub(crate) failures: i64,
    pub(crate) failing_since: Option<i64>,
}

/// What came of telling a webhook.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Messages that it took.
    pub(crate) taken: Vec<i64>,
    /// Why it took no more.
    pub(crate) error: Option<String>,
    pub(crate) is_gone: bool,
    /// Whether messages may be left.
    pub(crate) has_more: bool,
}

/// Tells webhooks that are due; gives how many messages were taken.
///
/// # Errors
/// The database. What a webhook does not take is no error: it is tried again.
pub async fn tell(context: &Context, teller: &Arc<dyn Teller>) -> Result<usize, Error> {
    let due = store::due(&mut context.store.read().await?, context.clock.now(), ROUND_MAX).await?;
    let mut turns = JoinSet::new();
    for own in due {
        let (context, teller) = (context.clone(), teller.clone());
        turns.spawn(async move { turn(&context, &*teller, own).await });
    }
    let mut taken = 0;
    while let Some(ended) = turns.join_next().await {
        match ended {
            Ok(Ok(count)) => taken += count,
            Ok(Err(error)) => return Err(error),
            Err(error) => tracing::error!(%error, "telling a webhook stopped; it is told again when it is due"),
        }
    }
    Ok(taken)
}

async fn turn(context: &Context, teller: &dyn Teller, own: Due) -> Result<usize, Error> {
    let (now, until) = (context.clock.now(), context.clock.now().plus(HOLD));
    let mut tx = context.store.write().await?;
    let is_held = store::hold(&mut tx, &own, now, until).await?;
    tx.commit().await?;
    if !is_held {
        return Ok(0);
    }
    let told = send(context, teller, &own).await?;
    let mut tx = context.store.write().await?;
    store::remove_messages(&mut tx, own.tenant, own.id, &told.taken).await?;
    let now = context.clock.now();
    let after = after(&own, &told, now);
    store::moved(&mut tx, &own, until, &after, now).await?;
    if after.is_off {
        store::forget_messages(&mut tx, own.tenant, own.id).await?;
    }
    tx.commit().await?;
    Ok(told.taken.len())
}

/// How a webhook stands after a turn.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct After {
    pub(crate) taken: i64,
    pub(crate) due_at: Timestamp,
    pub(crate) failures: i64,
    pub(crate) failing_since: Option<i64>,
    pub(crate) error: Option<String>,
    pub(crate) is_off: bool,
}

fn after(own: &Due, told: &Told, now: Timestamp) -> After {
    let taken = i64::try_from(told.taken.len()).unwrap_or(i64::MAX);
    let Some(error) = &told.error else {
        // Nothing waits: whatever comes wakes it.
        let due_at = if told.has_more { now } else { Timestamp(i64::MAX) };
        return After { taken, due_at, failures: 0, failing_since: None, error: None, is_off: false };
    };
    let (failures, since) = if taken > 0 { (1, now.0) } else { (own.failures + 1, own.failing_since.unwrap_or(now.0)) };
    let is_tired = now.0.saturating_sub(since) >= i64::try_from(PATIENCE.as_micros()).unwrap_or(i64::MAX);
    let due_at = now.plus(wait_after(u32::try_from(failures).unwrap_or(u32::MAX)));
    let is_off = told.is_gone || is_tired;
    After { taken, due_at, failures, failing_since: Some(since), error: Some(error.clone()), is_off }
}

/// Sends messages in the order of their ids until one is not taken, the turn is over, or none is left.
async fn send(context: &Context, teller: &dyn Teller, own: &Due) -> Result<Told, Error> {
    let secrets = secrets(context, own)?;
    let (mut told, start) = (Told::default(), context.clock.elapsed());
    let mut after = i64::MIN;
    loop {
        let mut tx = context.store.read().await?;
        let messages = store::messages_after(&mut tx, own.tenant, own.id, after, MESSAGES).await?;
        drop(tx);
        if messages.is_empty() {
            return Ok(told);
        }
        for (id, body) in messages {
            if context.clock.elapsed().saturating_sub(start) > TURN {
                told.has_more = true;
                return Ok(told);
            }
            let (name, now) = (EventId::from_raw(id).to_string(), context.clock.now());
            let signatures: Vec<String> = secrets.iter().map(|secret| signature(secret, &name, now, &body)).collect();
            let (url, signature) = (own.url.clone(), signatures.join(" "));
            let message = Message { url, id: name, at_s: seconds(now), signature, body };
            match teller.post(message).await {
                Ok(200..=299) => told.taken.push(id),
                answer => {
                    told.is_gone = answer == Ok(GONE);
                    told.error = Some(answer.map_or_else(|error| error, |status| format!("it answered {status}")));
                    return Ok(told);
                }
            }
            after = id;
        }
    }
}

/// What messages are signed with: the secret, and the one before it for a while.
fn secrets(context: &Context, own: &Due) -> Result<Vec<Vec<u8>>, Error> {
    let (key, sealed_for) = (sealing_key(context), seal_context(own.tenant, own.id));
    let old = own.old_secret.as_ref().filter(|_| own.old_until > context.clock.now());
    let all = std::iter::once(&own.secret).chain(old);
    Ok(all.map(|sealed| key.open(&sealed_for, sealed)).collect::<Result<_, _>>()?)
}
