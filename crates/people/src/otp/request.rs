//! Asking for a code: limits, the code, its message and the job that sends it, in one transaction.

use std::collections::BTreeMap;
use std::time::Duration;

use tallymark_base::id::{IdSource, JobId, MessageId, TenantId};
use tallymark_base::{Clock, Entropy, Timestamp};
use tallymark_store::Tx;
use tallymark_store::job::{self, NewJob};

use super::error::{CodeError, Limit};
use super::keys::{CodeKeys, Content};
use super::rules::{CODE_LIFE, CODES_PER_ADDRESS_MAX, CODES_PER_PHONE_MAX, RESEND_AFTER, fresh_code};
use super::store::{self, ANY_DAY, NewMessage, Quota, StoredCode};
use super::types::CodeRequest;
use crate::{BlindIndex, IdentifierKind, PeopleKeys};

/// The kind of the job that sends a message. Its arguments are `{"message": "sms_…"}`.
pub const SEND_JOB: &str = "sms.send";
/// Attempts to send a message: with the waits of the job table the last one starts 150 s after the first.
const ATTEMPTS_MAX: u32 = 5;

/// Makes a code and promises to send it. The former code of this phone and device is good no more.
///
/// Fails with [`CodeError::Limited`] where a limit is reached; on any error the caller's transaction must be rolled back.
#[expect(clippy::too_many_arguments, reason = "whose, what, and the four sources that every use case gets")]
pub async fn request_code(
    tx: &mut Tx,
    tenant: TenantId,
    people: &PeopleKeys,
    keys: &CodeKeys,
    request: &CodeRequest<'_>,
    ids: &IdSource,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<MessageId, CodeError> {
    if request.phone.kind() != IdentifierKind::Phone || request.device.kind() != IdentifierKind::Device {
        return Err(CodeError::NoPhone);
    }
    let now = clock.now();
    let phone = people.blind_index(request.phone);
    keep_limits(tx, tenant, keys, phone, request, now).await?;

    let id: MessageId = ids.next(clock)?;
    let code = fresh_code(entropy);
    let expires_at = now.plus(CODE_LIFE);
    let stored = StoredCode { hash: keys.code_hash(id, &code), message: id, answers: 0 };
    store::keep_code(tx, tenant, (phone, people.blind_index(request.device)), &stored, expires_at).await?;
    let content =
        Content { phone: request.phone.value().to_owned(), params: BTreeMap::from([("code".to_owned(), code)]) };
    let message = NewMessage {
        id,
        phone,
        template: request.template,
        sealed: keys.seal(id, &content, entropy),
        day: request.day,
        reserved_fen: request.price_fen,
        expires_at,
        created_at: now,
    };
    store::insert_message(tx, tenant, &message).await?;
    promise(tx, tenant, id, ids, clock).await?;
    Ok(id)
}

/// Enqueues the job that sends a message, or ends it.
pub async fn promise(
    tx: &mut Tx,
    tenant: TenantId,
    message: MessageId,
    ids: &IdSource,
    clock: &dyn Clock,
) -> Result<(), CodeError> {
    let now = clock.now();
    let job = NewJob {
        id: ids.next::<JobId>(clock)?,
        tenant,
        kind: SEND_JOB,
        args: serde_json::json!({ "message": message }),
        run_at: now,
        attempts_max: ATTEMPTS_MAX,
    };
    Ok(job::enqueue(tx, &job, now).await?)
}

/// Counts the message for its phone, its address and the tenant. The tenant's row, which all requests of the day want,
/// comes last, and every transaction takes the rows in this order.
async fn keep_limits(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &CodeKeys,
    phone: BlindIndex,
    request: &CodeRequest<'_>,
    now: Timestamp,
) -> Result<(), CodeError> {
    let unlimited = Quota { messages_max: i64::MAX, cost_fen_max: i64::MAX, last_before: Timestamp(i64::MAX) };
    let resend = Quota { last_before: Timestamp(now.0 - RESEND_AFTER.as_micros() as i64), ..unlimited };
    if !store::spend(tx, tenant, (phone, ANY_DAY), 0, resend, now).await? {
        let last = store::spent(tx, tenant, (phone, ANY_DAY)).await?.map_or(now, |spent| spent.last_at);
        return Err(limited(Limit::Resend, last.plus(RESEND_AFTER), now));
    }
    let (today, day_ends) = (request.day, request.day_ends);
    let per_phone = Quota { messages_max: CODES_PER_PHONE_MAX, ..unlimited };
    if !store::spend(tx, tenant, (phone, today), 0, per_phone, now).await? {
        return Err(limited(Limit::Phone, day_ends, now));
    }
    let address = keys.address(request.address);
    let per_address = Quota { messages_max: CODES_PER_ADDRESS_MAX, ..unlimited };
    if !store::spend(tx, tenant, (address, today), 0, per_address, now).await? {
        return Err(limited(Limit::Address, day_ends, now));
    }
    let all = keys.everybody();
    let per_tenant = Quota { messages_max: request.messages_max, cost_fen_max: request.budget_fen, ..unlimited };
    if !store::spend(tx, tenant, (all, today), request.price_fen, per_tenant, now).await? {
        let messages = store::spent(tx, tenant, (all, today)).await?.map_or(0, |spent| spent.messages);
        let limit = if messages >= request.messages_max { Limit::Messages } else { Limit::Budget };
        return Err(limited(limit, day_ends, now));
    }
    Ok(())
}

fn limited(limit: Limit, until: Timestamp, now: Timestamp) -> CodeError {
    let micros = u64::try_from(until.since(now)).unwrap_or(0);
    CodeError::Limited { limit, wait: Duration::from_micros(micros).max(Duration::from_secs(1)) }
}
