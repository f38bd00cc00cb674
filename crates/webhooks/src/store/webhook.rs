//! Webhooks and their queues.

use tallymark_base::id::{TenantId, WebhookId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Rows, Tx};

use crate::service::take::Asking;
use crate::service::tell::{After, Due};
use crate::{NewWebhook, Webhook, WebhookState};

/// Up to how many messages that wait are counted.
const COUNTED_MAX: i64 = 10_000;

/// Saves a webhook.
pub(crate) async fn insert(
    tx: &mut Tx,
    tenant: TenantId,
    id: WebhookId,
    new: &NewWebhook,
    secret: Vec<u8>,
    now: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO webhook (tenant_id, webhook_id, url, events, secret, old_until, state, created_at, due_at,
                                    held_until, failures, told)
               VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, 0, 0, 0)";
    let values = [
        tenant.raw().into(),
        id.raw().into(),
        new.url.as_str().into(),
        json(&new.events)?.into(),
        secret.into(),
        new.state.number().into(),
        now.into(),
        i64::MAX.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// The webhooks of a tenant, the oldest first. Index: primary key.
pub(crate) async fn list(tx: &mut Tx, tenant: TenantId) -> Result<Vec<Webhook>, Error> {
    let sql =
        "SELECT w.webhook_id, w.url, w.events, w.state, w.created_at, w.told, w.told_at, w.failures, w.last_error,
                      w.due_at,
                      (SELECT CAST(COUNT(*) AS BIGINT)
                         FROM (SELECT 1
                                 FROM webhook_message m
                                WHERE m.webhook_id = w.webhook_id AND m.tenant_id = w.tenant_id
                                LIMIT $2) AS counted)
                 FROM webhook w
                WHERE w.tenant_id = $1
             ORDER BY w.webhook_id";
    tx.query(sql, &[tenant.raw().into(), COUNTED_MAX.into()]).await?.iter().map(webhook_of).collect()
}

fn webhook_of(row: &Row) -> Result<Webhook, Error> {
    let (state, failures) = (row.int(3)?, count(row, 7)?);
    let state = WebhookState::from_number(state).ok_or_else(|| unreadable(format!("state {state}")))?;
    let is_failing = failures > 0 && state == WebhookState::On;
    Ok(Webhook {
        id: row.id(0)?,
        url: row.text(1)?,
        events: events_of(&row.text(2)?)?,
        state,
        created_at: row.time(4)?,
        told: count(row, 5)?,
        told_at: row.opt_int(6)?.map(Timestamp),
        failures,
        last_error: row.opt_text(8)?,
        next_at: is_failing.then(|| row.time(9)).transpose()?,
        waiting: count(row, 10)?,
    })
}

/// Puts other settings in their place; false where there is no such webhook.
pub(crate) async fn update(
    tx: &mut Tx,
    tenant: TenantId,
    id: WebhookId,
    new: &NewWebhook,
    now: Timestamp,
) -> Result<bool, Error> {
    let sql = "UPDATE webhook
                  SET url = $3, events = $4, state = $5, due_at = $6, failures = 0, failing_since = NULL,
                      last_error = NULL
                WHERE tenant_id = $1 AND webhook_id = $2";
    let values = [
        tenant.raw().into(),
        id.raw().into(),
        new.url.as_str().into(),
        json(&new.events)?.into(),
        new.state.number().into(),
        now.into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Puts a secret in the place of one, which signs beside it until a moment.
pub(crate) async fn change_secret(
    tx: &mut Tx,
    tenant: TenantId,
    id: WebhookId,
    secret: Vec<u8>,
    until: Timestamp,
) -> Result<bool, Error> {
    let sql = "UPDATE webhook
                  SET old_secret = secret, old_until = $4, secret = $3
                WHERE tenant_id = $1 AND webhook_id = $2";
    Ok(tx.execute(sql, &[tenant.raw().into(), id.raw().into(), secret.into(), until.into()]).await? == 1)
}

/// Removes a webhook.
pub(crate) async fn remove(tx: &mut Tx, tenant: TenantId, id: WebhookId) -> Result<(), Error> {
    let sql = "DELETE FROM webhook WHERE tenant_id = $1 AND webhook_id = $2";
    tx.execute(sql, &[tenant.raw().into(), id.raw().into()]).await?;
    Ok(())
}

/// Removes what waits for a webhook.
pub(crate) async fn forget_messages(tx: &mut Tx, tenant: TenantId, id: WebhookId) -> Result<(), Error> {
    let sql = "DELETE FROM webhook_message WHERE webhook_id = $1 AND tenant_id = $2";
    tx.execute(sql, &[id.raw().into(), tenant.raw().into()]).await?;
    Ok(())
}

/// Every webhook that is on, of all tenants. Index: webhook_due.
pub(crate) async fn on(tx: &mut Tx) -> Result<Vec<Asking>, Error> {
    let rows = tx.query("SELECT webhook_id, tenant_id, events, created_at FROM webhook WHERE state = 1", &[]).await?;
    rows.iter()
        .map(|row| {
            let events = events_of(&row.text(2)?)?;
            Ok(Asking { id: row.id(0)?, tenant: row.id(1)?, events, created_at: row.time(3)? })
        })
        .collect()
}

/// Puts messages into queues; one that is there stays.
pub(crate) async fn insert_messages(tx: &mut Tx, messages: &[(WebhookId, i64, TenantId, String)]) -> Result<(), Error> {
    let rows: Rows<4> = messages
        .iter()
        .map(|(webhook, id, tenant, body)| {
            [webhook.raw().into(), (*id).into(), tenant.raw().into(), body.as_str().into()]
        })
        .collect();
    let sql = "INSERT INTO webhook_message (webhook_id, message_id, tenant_id, body) VALUES … ON CONFLICT DO NOTHING";
    tx.write_rows(sql, &[], &rows).await?;
    Ok(())
}

/// Makes a webhook due that waited for messages; one that failed waits as long as it has to.
pub(crate) async fn wake(tx: &mut Tx, tenant: TenantId, id: WebhookId, now: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE webhook SET due_at = $3 WHERE tenant_id = $1 AND webhook_id = $2 AND failures = 0";
    tx.execute(sql, &[tenant.raw().into(), id.raw().into(), now.into()]).await?;
    Ok(())
}

/// Makes a webhook due, whatever it waits for.
pub(crate) async fn hurry(tx: &mut Tx, tenant: TenantId, id: WebhookId, now: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE webhook SET due_at = $3 WHERE tenant_id = $1 AND webhook_id = $2";
    tx.execute(sql, &[tenant.raw().into(), id.raw().into(), now.into()]).await?;
    Ok(())
}

/// Webhooks of all tenants that are due and that nobody holds. Index: webhook_due.
pub(crate) async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Due>, Error> {
    let sql = "SELECT tenant_id, webhook_id, url, secret, old_secret, old_until, due_at, failures, failing_since
                 FROM webhook
                WHERE state = 1 AND due_at <= $1 AND held_until < $1
             ORDER BY due_at
                LIMIT $2";
    let rows = tx.query(sql, &[now.into(), limit.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Due {
                tenant: row.id(0)?,
                id: row.id(1)?,
                url: row.text(2)?,
                secret: row.bytes(3)?,
                old_secret: row.opt_bytes(4)?,
                old_until: row.time(5)?,
                due_at: row.time(6)?,
                failures: row.int(7)?,
                failing_since: row.opt_int(8)?,
            })
        })
        .collect()
}

/// Holds a webhook until a moment; false where somebody else does, or it moved on.
pub(crate) async fn hold(tx: &mut Tx, own: &Due, now: Timestamp, until: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE webhook
                  SET held_until = $3
                WHERE tenant_id = $1 AND webhook_id = $2 AND held_until < $4 AND due_at = $5 AND state = 1";
    let values = [own.tenant.raw().into(), own.id.raw().into(), until.into(), now.into(), own.due_at.into()];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Messages of a webhook after one, in the order of their ids. Index: primary key.
pub(crate) async fn messages_after(
    tx: &mut Tx,
    tenant: TenantId,
    id: WebhookId,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, String)>, Error> {
    let sql = "SELECT message_id, body
                 FROM webhook_message
                WHERE webhook_id = $1 AND tenant_id = $2 AND message_id > $3
             ORDER BY message_id
                LIMIT $4";
    let rows = tx.query(sql, &[id.raw().into(), tenant.raw().into(), after.into(), limit.into()]).await?;
    rows.iter().map(|row| Ok((row.int(0)?, row.text(1)?))).collect()
}

/// Removes messages that were taken.
pub(crate) async fn remove_messages(tx: &mut Tx, tenant: TenantId, id: WebhookId, taken: &[i64]) -> Result<(), Error> {
    let keys: Rows<1> = taken.iter().map(|message| [(*message).into()]).collect();
    let sql = "DELETE FROM webhook_message WHERE webhook_id = $1 AND tenant_id = $2 AND message_id IN (…)";
    tx.write_rows(sql, &[id.raw().into(), tenant.raw().into()], &keys).await?;
    Ok(())
}

/// Notes what came of a turn, and lets a webhook go that is held until a moment. What arrived during the turn made it due: it
/// stays so.
pub(crate) async fn moved(
    tx: &mut Tx,
    own: &Due,
    until: Timestamp,
    after: &After,
    now: Timestamp,
) -> Result<(), Error> {
    let sql = "UPDATE webhook
                  SET due_at = CASE WHEN due_at <> $4 AND $6 = 0 THEN due_at ELSE $5 END,
                      failures = $6, failing_since = $7, last_error = $8, told = told + $9,
                      told_at = CASE WHEN $9 > 0 THEN $10 ELSE told_at END,
                      state = CASE WHEN $11 = 1 THEN 2 ELSE state END, held_until = 0
                WHERE tenant_id = $1 AND webhook_id = $2 AND held_until = $3";
    let values = [
        own.tenant.raw().into(),
        own.id.raw().into(),
        until.into(),
        own.due_at.into(),
        after.due_at.into(),
        after.failures.into(),
        after.failing_since.into(),
        after.error.clone().into(),
        after.taken.into(),
        now.into(),
        i64::from(after.is_off).into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

fn count(row: &Row, column: usize) -> Result<u64, Error> {
    let value = row.int(column)?;
    u64::try_from(value).map_err(|_| unreadable(format!("count {value}")))
}

fn events_of(text: &str) -> Result<Vec<String>, Error> {
    serde_json::from_str(text).map_err(|error| unreadable(format!("events: {error}")))
}

fn json(events: &[String]) -> Result<String, Error> {
    serde_json::to_string(events).map_err(|error| unreadable(error.to_string()))
}

fn unreadable(what: String) -> Error {
    Error::Unreadable(format!("a webhook's {what}"))
}
