//! Every statement about codes, quotas and messages.

use tallymark_base::id::{MessageId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Tx};

use super::types::{Message, MessageStatus};
use crate::BlindIndex;

/// The day of the row that holds a phone's last message alone.
pub(super) const ANY_DAY: i64 = -1;

/// What may be sent to a subject in a day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    pub(super) messages_max: i64,
    pub(super) cost_fen_max: i64,
    /// The last message must not be younger.
    pub(super) last_before: Timestamp,
}

/// What was sent to a subject in a day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent {
    pub(super) messages: i64,
    pub(super) last_at: Timestamp,
}

/// A code as it is stored.
#[derive(Debug)]
pub(super) struct StoredCode {
    pub(super) hash: [u8; 32],
    pub(super) message: MessageId,
    pub(super) answers: i64,
}

/// A message to be stored, waiting.
#[derive(Debug)]
pub(super) struct NewMessage<'a> {
    pub(super) id: MessageId,
    pub(super) phone: BlindIndex,
    pub(super) template: &'a str,
    pub(super) sealed: Vec<u8>,
    pub(super) day: i64,
    pub(super) reserved_fen: i64,
    pub(super) expires_at: Timestamp,
    pub(super) created_at: Timestamp,
}

/// A message as it is stored.
#[derive(Debug)]
pub(super) struct StoredMessage {
    pub(super) template: String,
    pub(super) sealed: Option<Vec<u8>>,
    pub(super) status: MessageStatus,
    pub(super) day: i64,
    pub(super) reserved_fen: i64,
    pub(super) expires_at: Timestamp,
}

/// How a message ended.
#[derive(Debug)]
pub(super) struct End<'a> {
    pub(super) status: MessageStatus,
    pub(super) cost_fen: i64,
    pub(super) provider: Option<&'a str>,
    pub(super) provider_id: Option<&'a str>,
    pub(super) error: Option<&'a str>,
    pub(super) at: Timestamp,
}

/// Counts a message of a subject, unless its quota is used up; gives whether it was counted. The condition is asked
/// again by the update itself, so it holds among several servers. Index: primary key.
pub(super) async fn spend(
    tx: &mut Tx,
    tenant: TenantId,
    (subject, day): (BlindIndex, i64),
    cost_fen: i64,
    quota: Quota,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "INSERT INTO message_quota (subject, tenant_id, day, messages, cost_fen, last_at)
               VALUES ($1, $2, $3, 1, $4, $5)
               ON CONFLICT (subject, tenant_id, day) DO UPDATE
                  SET messages = message_quota.messages + 1,
                      cost_fen = message_quota.cost_fen + excluded.cost_fen,
                      last_at = excluded.last_at
                WHERE message_quota.messages < $6
                  AND message_quota.cost_fen + excluded.cost_fen <= $7
                  AND message_quota.last_at <= $8";
    let values = [
        subject.into(),
        tenant.raw().into(),
        day.into(),
        cost_fen.into(),
        at.into(),
        quota.messages_max.into(),
        quota.cost_fen_max.into(),
        quota.last_before.into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Index: primary key.
pub(super) async fn spent(
    tx: &mut Tx,
    tenant: TenantId,
    (subject, day): (BlindIndex, i64),
) -> Result<Option<Spent>, Error> {
    let sql = "SELECT messages, last_at FROM message_quota WHERE subject = $1 AND tenant_id = $2 AND day = $3";
    let row = tx.query_one(sql, &[subject.into(), tenant.raw().into(), day.into()]).await?;
    row.map(|row| Ok(Spent { messages: row.int(0)?, last_at: row.time(1)? })).transpose()
}

/// Puts right what was set aside. Index: primary key.
pub(super) async fn correct_cost(
    tx: &mut Tx,
    tenant: TenantId,
    (subject, day): (BlindIndex, i64),
    difference_fen: i64,
) -> Result<(), Error> {
    let sql = "UPDATE message_quota SET cost_fen = cost_fen + $4 WHERE subject = $1 AND tenant_id = $2 AND day = $3";
    tx.execute(sql, &[subject.into(), tenant.raw().into(), day.into(), difference_fen.into()]).await?;
    Ok(())
}

/// Keeps a code in place of the former one of phone and device. Index: primary key.
pub(super) async fn keep_code(
    tx: &mut Tx,
    tenant: TenantId,
    (phone, device): (BlindIndex, BlindIndex),
    code: &StoredCode,
    expires_at: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO phone_code (phone_index, device_index, tenant_id, code_hash, message_id, tries, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (phone_index, device_index, tenant_id) DO UPDATE
                  SET code_hash = excluded.code_hash, message_id = excluded.message_id, tries = excluded.tries,
                      expires_at = excluded.expires_at, joined_at = NULL";
    let values = [
        phone.into(),
        device.into(),
        tenant.raw().into(),
        code.hash.into(),
        code.message.raw().into(),
        code.answers.into(),
        expires_at.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Counts an answer and gives the code, unless there is none that can be answered. Index: primary key.
pub(super) async fn answer_code(
    tx: &mut Tx,
    tenant: TenantId,
    (phone, device): (BlindIndex, BlindIndex),
    answers_max: i64,
    at: Timestamp,
) -> Result<Option<StoredCode>, Error> {
    let sql = "UPDATE phone_code
                  SET tries = tries + 1
                WHERE phone_index = $1 AND device_index = $2 AND tenant_id = $3 AND tries < $4 AND expires_at > $5
            RETURNING code_hash, message_id, tries";
    let values = [phone.into(), device.into(), tenant.raw().into(), answers_max.into(), at.into()];
    let row = tx.query_one(sql, &values).await?;
    row.map(|row| Ok(StoredCode { hash: row.array(0)?, message: row.id(1)?, answers: row.int(2)? })).transpose()
}

/// Notes that the right answer was given. Index: primary key.
pub(super) async fn note_joined(
    tx: &mut Tx,
    tenant: TenantId,
    (phone, device): (BlindIndex, BlindIndex),
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "UPDATE phone_code
                  SET joined_at = $4
                WHERE phone_index = $1 AND device_index = $2 AND tenant_id = $3 AND joined_at IS NULL";
    tx.execute(sql, &[phone.into(), device.into(), tenant.raw().into(), at.into()]).await?;
    Ok(())
}

pub(super) async fn insert_message(tx: &mut Tx, tenant: TenantId, new: &NewMessage<'_>) -> Result<(), Error> {
    let sql =
        "INSERT INTO sms_message (message_id, tenant_id, phone_index, template, sealed, status, day, reserved_fen,
                                        expires_at, created_at)
               VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9)";
    let values = [
        new.id.raw().into(),
        tenant.raw().into(),
        new.phone.into(),
        new.template.into(),
        new.sealed.as_slice().into(),
        new.day.into(),
        new.reserved_fen.into(),
        new.expires_at.into(),
        new.created_at.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Index: primary key.
pub(super) async fn message(tx: &mut Tx, tenant: TenantId, id: MessageId) -> Result<Option<StoredMessage>, Error> {
    let sql = "SELECT template, sealed, status, day, reserved_fen, expires_at
                 FROM sms_message
                WHERE message_id = $1 AND tenant_id = $2";
    let Some(row) = tx.query_one(sql, &[id.raw().into(), tenant.raw().into()]).await? else { return Ok(None) };
    Ok(Some(StoredMessage {
        template: row.text(0)?,
        sealed: row.opt_bytes(1)?,
        status: status_of(&row, 2)?,
        day: row.int(3)?,
        reserved_fen: row.int(4)?,
        expires_at: row.time(5)?,
    }))
}

/// Changes a message from one status to another; gives whether it was in the first. Index: primary key.
pub(super) async fn set_status(
    tx: &mut Tx,
    tenant: TenantId,
    id: MessageId,
    (from, to): (MessageStatus, MessageStatus),
) -> Result<bool, Error> {
    let sql = "UPDATE sms_message SET status = $4 WHERE message_id = $1 AND tenant_id = $2 AND status = $3";
    let values = [id.raw().into(), tenant.raw().into(), from.number().into(), to.number().into()];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Ends a message that has not ended, and forgets its number and content; gives whether it had not. Index: primary key.
pub(super) async fn end_message(tx: &mut Tx, tenant: TenantId, id: MessageId, end: &End<'_>) -> Result<bool, Error> {
    let sql = "UPDATE sms_message
                  SET status = $3, cost_fen = $4, provider = $5, provider_id = $6, error = $7, ended_at = $8,
                      sealed = NULL
                WHERE message_id = $1 AND tenant_id = $2 AND status IN (0, 1)";
    let text = |text: Option<&str>| text.map(str::to_owned).into();
    let values = [
        id.raw().into(),
        tenant.raw().into(),
        end.status.number().into(),
        end.cost_fen.into(),
        text(end.provider),
        text(end.provider_id),
        text(end.error),
        end.at.into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// A page of a tenant's messages, the youngest first, from before the id `before`. Index: sms_message_by_tenant.
pub(super) async fn messages(tx: &mut Tx, tenant: TenantId, before: i64, limit: i64) -> Result<Vec<Message>, Error> {
    let sql = "SELECT message_id, template, status, cost_fen, provider, provider_id, error, created_at, ended_at
                 FROM sms_message
                WHERE tenant_id = $1 AND message_id < $2
             ORDER BY message_id DESC
                LIMIT $3";
    let rows = tx.query(sql, &[tenant.raw().into(), before.into(), limit.into()]).await?;
    let messages = rows.iter().map(|row| {
        Ok(Message {
            id: row.id(0)?,
            template: row.text(1)?,
            status: status_of(row, 2)?,
            cost_fen: row.opt_int(3)?,
            provider: row.opt_text(4)?,
            provider_id: row.opt_text(5)?,
            error: row.opt_text(6)?,
            created_at: row.time(7)?,
            ended_at: row.opt_int(8)?.map(Timestamp),
        })
    });
    messages.collect()
}

/// Messages of every tenant that have not ended. Index: sms_message_open.
pub(super) async fn left_behind(
    tx: &mut Tx,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<(TenantId, MessageId)>, Error> {
    let sql = "SELECT tenant_id, message_id
                 FROM sms_message
                WHERE status < 2 AND expires_at < $1
             ORDER BY expires_at
                LIMIT $2";
    let rows = tx.query(sql, &[before.into(), limit.into()]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.id(1)?))).collect()
}

/// Forgets codes that ended, of every tenant. Index: phone_code_by_end.
pub(super) async fn forget_codes(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, Error> {
    let sql = "DELETE FROM phone_code
                WHERE (phone_index, device_index, tenant_id) IN
                      (SELECT phone_index, device_index, tenant_id FROM phone_code WHERE expires_at < $1 LIMIT $2)";
    tx.execute(sql, &[before.into(), limit.into()]).await
}

/// Forgets counts of days that are over, of every tenant. Index: message_quota_by_age.
pub(super) async fn forget_quotas(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, Error> {
    let sql = "DELETE FROM message_quota
                WHERE (subject, tenant_id, day) IN
                      (SELECT subject, tenant_id, day FROM message_quota WHERE last_at < $1 LIMIT $2)";
    tx.execute(sql, &[before.into(), limit.into()]).await
}

fn status_of(row: &Row, column: usize) -> Result<MessageStatus, Error> {
    let number = row.int(column)?;
    MessageStatus::from_number(number).ok_or_else(|| Error::Unreadable(format!("message status {number}")))
}
