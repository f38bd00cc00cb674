//! Jobs about short messages: sending one, and tidying up after those that were sent.

use apalis_core::error::BoxDynError;
use tallymark_base::id::MessageId;
use tallymark_people::otp::{self, Begun, Ended, Outgoing};
use tallymark_providers::Error;
use tallymark_providers::sms::{SmsMessage, SmsReceipt};

use super::{PIECE, Work};
use crate::outside::Sms;

/// Hands a message to its provider and records what came of it.
///
/// A message that a provider may have sent is told again only to one that sends it once however often it is told. Every
/// end is recorded, so a second run of the same job finds that there is nothing to do.
pub(super) async fn send(work: Work) -> Result<(), BoxDynError> {
    let id: MessageId = work.job.args["message"].as_str().ok_or("the job names no message")?.parse()?;
    let accounts = work.outside.accounts(&work.context, work.job.tenant).await?;
    let Some(sms) = &accounts.sms else { return give_up(&work, id).await };
    let begun = {
        let mut tx = work.context.store.write().await?;
        let (is_idempotent, now) = (sms.provider.is_idempotent(), work.context.clock.now());
        let begun = otp::begin_sending(&mut tx, work.job.tenant, &sms.keys, id, is_idempotent, now).await?;
        tx.commit().await?;
        begun
    };
    let Begun::Send(outgoing) = begun else { return Ok(()) };
    let result = sms.provider.send(&message_of(outgoing)).await;
    if let Err(error) = &result {
        // Without the provider's own words, which may repeat the number.
        tracing::warn!(message = %id, code = what(error), cause = error.cause(), "a message was not sent");
    }
    let is_last = work.job.attempt >= work.job.attempts_max;
    let ended = ended(&result, sms.provider.is_idempotent(), is_last);
    if let Some(ended) = ended {
        end(&work, sms, id, ended).await?;
    }
    match (ended, &result) {
        (None | Some(Ended::Later), Err(error)) => Err(what(error).to_owned().into()),
        _ => Ok(()),
    }
}

fn message_of(outgoing: Outgoing) -> SmsMessage {
    SmsMessage {
        id: outgoing.id.to_string(),
        phone: outgoing.phone,
        template: outgoing.template,
        params: outgoing.params,
    }
}

/// What is recorded of a provider's answer; nothing where the provider is told again and may have acted already.
fn ended(result: &Result<SmsReceipt, Error>, is_idempotent: bool, is_last: bool) -> Option<Ended<'_>> {
    Some(match result {
        Ok(receipt) => Ended::Sent { provider_id: &receipt.provider_id, cost_fen: receipt.cost_fen },
        Err(error) if error.may_have_happened() => {
            if is_idempotent && error.is_worth_repeating() && !is_last {
                return None;
            }
            Ended::Perhaps { error: what(error) }
        }
        Err(error) if error.is_worth_repeating() && !is_last => Ended::Later,
        Err(error) => Ended::Refused { error: what(error) },
    })
}

/// The provider's own code where it gave one, else ours.
fn what(error: &Error) -> &str {
    match error {
        Error::Refused { code, .. } | Error::Busy { code, .. } => code,
        other => tallymark_base::Fault::code(other),
    }
}

async fn end(work: &Work, sms: &Sms, id: MessageId, ended: Ended<'_>) -> Result<(), BoxDynError> {
    let mut tx = work.context.store.write().await?;
    let (name, now) = (sms.provider.name(), work.context.clock.now());
    otp::end_sending(&mut tx, work.job.tenant, &sms.keys, id, name, ended, now).await?;
    Ok(tx.commit().await?)
}

/// Ends a message of a tenant that has removed its provider meanwhile.
async fn give_up(work: &Work, id: MessageId) -> Result<(), BoxDynError> {
    let mut tx = work.context.store.write().await?;
    let tenant = tallymark_partners::tenant::find(&mut tx, &work.context.master, work.job.tenant).await?;
    let keys = otp::CodeKeys::new(&tenant.ok_or("the tenant is gone")?);
    let (ended, now) = (Ended::Refused { error: "no_provider" }, work.context.clock.now());
    otp::end_sending(&mut tx, work.job.tenant, &keys, id, "", ended, now).await?;
    Ok(tx.commit().await?)
}

/// Ends messages that nobody ended, and forgets codes and counts of days that are over.
pub(super) async fn tidy(work: Work) -> Result<(), BoxDynError> {
    let context = &work.context;
    let mut tx = context.store.write().await?;
    for (tenant, message) in otp::left_behind(&mut tx, context.clock.now(), PIECE).await? {
        otp::promise(&mut tx, tenant, message, &context.ids, &*context.clock).await?;
    }
    tx.commit().await?;
    while !*work.stopped.borrow() {
        let mut tx = context.store.write().await?;
        let gone = otp::forget(&mut tx, context.clock.now(), PIECE).await?;
        tx.commit().await?;
        if gone < u64::from(PIECE) {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
