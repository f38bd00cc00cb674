//! From the outbox into the queues.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;
use tallymark_base::Timestamp;
use tallymark_base::TypedId as _;
use tallymark_base::id::{TenantId, WebhookId};
use tallymark_store::outbox::consumer;
use tallymark_store::{Context, Tx};

use super::manage::body;
use crate::Error;
use crate::rules::asks_for;
use crate::store::webhook as store;

/// How this consumer is called in the outbox.
pub(super) const CONSUMER: &str = "webhooks";
/// Rows of the outbox that one transaction takes.
const ROWS_MAX: u32 = 500;

/// An event as the outbox holds it.
#[derive(Deserialize)]
struct Line {
    id: i64,
    tenant: i64,
    at: Value,
    data: Value,
}

/// A webhook that is on, as far as taking needs it.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) id: WebhookId,
    pub(crate) tenant: TenantId,
    pub(crate) events: Vec<String>,
    pub(crate) created_at: Timestamp,
}

/// Puts what waits in the outbox into the queues of the webhooks that ask for it, and passes it, in one transaction; gives how
/// many rows there were. Where two servers take the same rows, one of them is told so by an error and tries again later.
///
/// # Errors
/// The database's.
pub async fn take(context: &Context) -> Result<usize, Error> {
    // Most of the time there is nothing: an idle server only reads, and never holds up a writer.
    let mut tx = context.store.read().await?;
    if !consumer::is_enrolled(&mut tx, CONSUMER).await? || consumer::waiting_for(&mut tx, CONSUMER, 1).await?.is_empty()
    {
        return Ok(0);
    }
    drop(tx);
    let mut tx = context.store.write().await?;
    let ids: Vec<i64> =
        consumer::waiting_for(&mut tx, CONSUMER, ROWS_MAX).await?.into_iter().map(|row| row.outbox_id).collect();
    consumer::stamp(&mut tx, CONSUMER, context.clock.now().0, &ids).await?;
    queue(&mut tx, context.clock.now()).await?;
    consumer::pass(&mut tx, CONSUMER, &ids).await?;
    tx.commit().await?;
    Ok(ids.len())
}

/// Makes messages of what was stamped.
async fn queue(tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
    let webhooks = store::on(tx).await?;
    let is_asked = |name: &str| webhooks.iter().any(|webhook| asks(webhook, name));
    let stamped = consumer::stamped(tx, CONSUMER).await?;
    let names: HashMap<i64, String> = stamped
        .into_iter()
        .filter(|row| is_asked(&row.event_type))
        .map(|row| (row.outbox_id, row.event_type))
        .collect();
    // What nobody asks for is not even read.
    let wanted: Vec<i64> = names.keys().copied().collect();
    let mut messages = Vec::new();
    for saved in consumer::read(tx, &wanted).await? {
        let Some(name) = names.get(&saved.outbox_id) else { continue };
        for line in saved.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let line: Line = serde_json::from_slice(line)
                .map_err(|error| tallymark_store::Error::Unreadable(format!("event of {name}: {error}")))?;
            // What was committed before a webhook was added is not for it.
            let listens = |webhook: &&Asking| {
                webhook.tenant.raw() == line.tenant && asks(webhook, name) && webhook.created_at <= saved.created_at
            };
            for webhook in webhooks.iter().filter(listens) {
                messages.push((webhook.id, line.id, webhook.tenant, body(name, &line.at, &line.data)));
            }
        }
    }
    store::insert_messages(tx, &messages).await?;
    let mut told: Vec<WebhookId> = messages.iter().map(|(id, ..)| *id).collect();
    told.sort_unstable();
    told.dedup();
    for webhook in webhooks.iter().filter(|webhook| told.binary_search(&webhook.id).is_ok()) {
        store::wake(tx, webhook.tenant, webhook.id, now).await?;
    }
    Ok(())
}

fn asks(webhook: &Asking, name: &str) -> bool {
    webhook.events.iter().any(|pattern| asks_for(pattern, name))
}
