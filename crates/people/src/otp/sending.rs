//! Sending a message: what a worker does before and after it tells a provider.

use std::time::Duration;

use tallymark_base::Timestamp;
use tallymark_base::TypedId as _;
use tallymark_base::id::{MessageId, TenantId};
use tallymark_store::Tx;

use super::error::CodeError;
use super::keys::CodeKeys;
use super::store::{self, End};
use super::types::{Message, MessageStatus, Outgoing};

/// How long codes are kept after their end, and counts after their last message: longer than any zone's day.
const REMEMBER: Duration = Duration::from_secs(3 * 24 * 3600);

/// After the end of its code nobody works on a message any more.
const LEFT_AFTER: Duration = Duration::from_secs(600);

/// Whether a message is to be handed over.
#[derive(Debug, PartialEq, Eq)]
pub enum Begun {
    /// Tell the provider, after committing.
    Send(Outgoing),
    /// It has ended, now or before: there is nothing to do but to commit.
    Over(MessageStatus),
}

/// What came of telling the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended<'a> {
    /// The provider took it.
    Sent {
        /// Its own id for it.
        provider_id: &'a str,
        /// What it costs in fen; what was set aside, where the provider does not say.
        cost_fen: Option<i64>,
    },
    /// The provider did not take it and would not the next time either, or no attempt is left.
    Refused {
        /// Why, in a few words of the provider.
        error: &'a str,
    },
    /// The provider did not take it; it waits for another attempt.
    Later,
    /// Nobody knows. It counts as sent, and is not handed over again.
    Perhaps {
        /// Why nobody knows.
        error: &'a str,
    },
}

/// Decides whether a message is to be handed to the provider, and notes it. The caller commits, then tells the provider,
/// then calls [`end_sending`]. A worker that dies between leaves a message that is handed over again only where
/// `is_idempotent` says that the provider sends a message once however often it is told.
pub async fn begin_sending(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &CodeKeys,
    id: MessageId,
    is_idempotent: bool,
    at: Timestamp,
) -> Result<Begun, CodeError> {
    let gone = || tallymark_store::Error::Unreadable(format!("message {} is not there", id.raw()));
    let stored = store::message(tx, tenant, id).await?.ok_or_else(gone)?;
    match stored.status {
        MessageStatus::Waiting | MessageStatus::HandedOver => {}
        over => return Ok(Begun::Over(over)),
    }
    let is_late = stored.expires_at.0 <= at.0;
    if stored.status == MessageStatus::HandedOver && (is_late || !is_idempotent) {
        let error = "the provider was told and its answer is not known";
        end_sending(tx, tenant, keys, id, "", Ended::Perhaps { error }, at).await?;
        return Ok(Begun::Over(MessageStatus::PerhapsSent));
    }
    if is_late {
        end(tx, tenant, keys, id, &End::without_cost(MessageStatus::TooLate, at)).await?;
        return Ok(Begun::Over(MessageStatus::TooLate));
    }
    let change = (stored.status, MessageStatus::HandedOver);
    if !store::set_status(tx, tenant, id, change).await? {
        // Another worker was first: whoever looks again sees what it did.
        return Err(tallymark_store::Error::RowsWritten { sent: 1, wrote: 0 }.into());
    }
    let content = keys.open(id, &stored.sealed.ok_or_else(gone)?)?;
    Ok(Begun::Send(Outgoing { id, phone: content.phone, template: stored.template, params: content.params }))
}

/// Records what came of telling the provider, and puts the day's cost right. Doing it twice changes nothing.
pub async fn end_sending(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &CodeKeys,
    id: MessageId,
    provider: &str,
    ended: Ended<'_>,
    at: Timestamp,
) -> Result<(), CodeError> {
    let provider = Some(provider).filter(|name| !name.is_empty());
    let without_cost = |status| End { provider, ..End::without_cost(status, at) };
    let (record, cost_fen) = match ended {
        Ended::Later => {
            store::set_status(tx, tenant, id, (MessageStatus::HandedOver, MessageStatus::Waiting)).await?;
            return Ok(());
        }
        Ended::Sent { provider_id, cost_fen } => {
            (End { provider_id: Some(provider_id), ..without_cost(MessageStatus::Sent) }, cost_fen)
        }
        Ended::Perhaps { error } => (End { error: Some(error), ..without_cost(MessageStatus::PerhapsSent) }, None),
        Ended::Refused { error } => (End { error: Some(error), ..without_cost(MessageStatus::Refused) }, Some(0)),
    };
    let reserved_fen = store::message(tx, tenant, id).await?.map_or(0, |stored| stored.reserved_fen);
    end(tx, tenant, keys, id, &End { cost_fen: cost_fen.unwrap_or(reserved_fen), ..record }).await
}

impl End<'_> {
    const fn without_cost(status: MessageStatus, at: Timestamp) -> Self {
        Self { status, cost_fen: 0, provider: None, provider_id: None, error: None, at }
    }
}

async fn end(tx: &mut Tx, tenant: TenantId, keys: &CodeKeys, id: MessageId, end: &End<'_>) -> Result<(), CodeError> {
    let Some(stored) = store::message(tx, tenant, id).await? else { return Ok(()) };
    if store::end_message(tx, tenant, id, end).await? {
        let difference_fen = end.cost_fen - stored.reserved_fen;
        store::correct_cost(tx, tenant, (keys.everybody(), stored.day), difference_fen).await?;
    }
    Ok(())
}

/// A page of a tenant's messages, the youngest first, from before the id `before`.
pub async fn messages(
    tx: &mut Tx,
    tenant: TenantId,
    before: Option<MessageId>,
    limit: i64,
) -> Result<Vec<Message>, CodeError> {
    let before = before.map_or(i64::MAX, |id| id.raw());
    Ok(store::messages(tx, tenant, before, limit).await?)
}

/// Messages, of any tenant, that waited for ten minutes after the end of their code: whoever was to send them is gone.
/// [`begin_sending`] ends them.
pub async fn left_behind(tx: &mut Tx, at: Timestamp, limit: u32) -> Result<Vec<(TenantId, MessageId)>, CodeError> {
    let before = Timestamp(at.0 - LEFT_AFTER.as_micros() as i64);
    Ok(store::left_behind(tx, before, i64::from(limit)).await?)
}

/// Forgets codes and counts of days that are over, of every tenant, at most `limit` of each; gives how many went.
pub async fn forget(tx: &mut Tx, at: Timestamp, limit: u32) -> Result<u64, CodeError> {
    let before = Timestamp(at.0 - REMEMBER.as_micros() as i64);
    let codes = store::forget_codes(tx, before, i64::from(limit)).await?;
    Ok(codes + store::forget_quotas(tx, before, i64::from(limit)).await?)
}
