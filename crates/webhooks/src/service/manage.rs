//! Adding, changing and removing webhooks.

use data_encoding::BASE64;
use tallymark_base::TypedId as _;
use tallymark_base::id::{EventId, TenantId, WebhookId};
use tallymark_base::seal::Key;
use tallymark_store::outbox::consumer;
use tallymark_store::{Context, Tx};

use super::take::CONSUMER;
use crate::rules::{self, OVERLAP, WEBHOOKS_MAX};
use crate::store::webhook as store;
use crate::{Error, NewWebhook, Secret, TEST_EVENT, Webhook};

/// Bytes of a secret, as Standard Webhooks advises (24 to 64).
const SECRET_BYTES: usize = 32;

/// Adds a webhook; `known` are the names of all events. It is told of what happens from now on.
///
/// # Errors
/// [`Error::Url`], [`Error::Events`], [`Error::TooMany`].
pub async fn create(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    new: NewWebhook,
    known: &[&str],
) -> Result<(Webhook, Secret), Error> {
    rules::check(&new, known)?;
    if store::list(tx, tenant).await?.len() >= WEBHOOKS_MAX {
        return Err(Error::TooMany { max: WEBHOOKS_MAX });
    }
    let (id, now) = (context.ids.next(&*context.clock)?, context.clock.now());
    let (secret, sealed) = fresh(context, tenant, id);
    store::insert(tx, tenant, id, &new, sealed, now).await?;
    consumer::enrol(tx, CONSUMER, now).await?;
    Ok((find(tx, tenant, id).await?, secret))
}

/// Every webhook of a brand, the oldest first.
///
/// # Errors
/// The database's.
pub async fn list(tx: &mut Tx, tenant: TenantId) -> Result<Vec<Webhook>, Error> {
    Ok(store::list(tx, tenant).await?)
}

/// One webhook.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(tx: &mut Tx, tenant: TenantId, id: WebhookId) -> Result<Webhook, Error> {
    let found = store::list(tx, tenant).await?.into_iter().find(|webhook| webhook.id == id);
    found.ok_or(Error::NotFound { id })
}

/// Puts other settings in the place of a webhook's. One that is turned on is tried at once; one that is turned off forgets
/// what waits for it.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`].
pub async fn replace(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    (id, new): (WebhookId, NewWebhook),
    known: &[&str],
) -> Result<Webhook, Error> {
    rules::check(&new, known)?;
    if !store::update(tx, tenant, id, &new, context.clock.now()).await? {
        return Err(Error::NotFound { id });
    }
    if new.state == crate::WebhookState::Off {
        store::forget_messages(tx, tenant, id).await?;
    }
    find(tx, tenant, id).await
}

/// Gives a webhook a new secret. The old one signs beside it for a day.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn new_secret(tx: &mut Tx, context: &Context, tenant: TenantId, id: WebhookId) -> Result<Secret, Error> {
    let (secret, sealed) = fresh(context, tenant, id);
    let until = context.clock.now().plus(OVERLAP);
    if !store::change_secret(tx, tenant, id, sealed, until).await? {
        return Err(Error::NotFound { id });
    }
    Ok(secret)
}

/// Removes a webhook with what waits for it; gives how it was.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(tx: &mut Tx, tenant: TenantId, id: WebhookId) -> Result<Webhook, Error> {
    let before = find(tx, tenant, id).await?;
    store::forget_messages(tx, tenant, id).await?;
    store::remove(tx, tenant, id).await?;
    Ok(before)
}

/// Puts a message into a webhook's queue that only tries whether it works; gives its id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn test(tx: &mut Tx, context: &Context, tenant: TenantId, id: WebhookId) -> Result<EventId, Error> {
    find(tx, tenant, id).await?;
    let (message, now): (EventId, _) = (context.ids.next(&*context.clock)?, context.clock.now());
    let body = body(TEST_EVENT, &serde_json::json!(now), &serde_json::json!({"webhook": id}));
    store::insert_messages(tx, &[(id, message.raw(), tenant, body)]).await?;
    store::hurry(tx, tenant, id, now).await?;
    Ok(message)
}

/// What is sent of an event: its type, when it happened, and its fields.
pub(super) fn body(event_type: &str, at: &serde_json::Value, data: &serde_json::Value) -> String {
    serde_json::json!({"type": event_type, "timestamp": at, "data": data}).to_string()
}

fn fresh(context: &Context, tenant: TenantId, id: WebhookId) -> (Secret, Vec<u8>) {
    let mut secret = [0; SECRET_BYTES];
    context.entropy.fill(&mut secret);
    let sealed = sealing_key(context).seal(&seal_context(tenant, id), &secret, &*context.entropy);
    (Secret(format!("whsec_{}", BASE64.encode(&secret))), sealed)
}

pub(super) fn sealing_key(context: &Context) -> Key {
    context.master.derive("webhooks.secret.v1")
}

/// What a secret is sealed for.
pub(super) fn seal_context(tenant: TenantId, id: WebhookId) -> Vec<u8> {
    [tenant.raw().to_be_bytes(), id.raw().to_be_bytes()].concat()
}
