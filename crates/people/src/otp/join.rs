//! Answering with a code: the right one joins the phone's account with the device's.

use subtle::ConstantTimeEq as _;
use tallymark_base::id::{EventId, IdSource, TenantId};
use tallymark_base::{Clock, Entropy, TypedId as _};
use tallymark_store::Tx;
use tallymark_store::outbox::Events;

use super::error::CodeError;
use super::keys::CodeKeys;
use super::rules::{ANSWERS_MAX, read_code};
use super::store;
use super::types::{Answered, Page};
use crate::events::MemberJoined;
use crate::privacy::lift_suppression;
use crate::{EvidenceRule, Identifier, PeopleKeys, Seen, resolve};

/// Answers the code that [`super::request_code`] sent to `phone` for `device`, by what was typed. The caller commits
/// whatever the answer: a wrong one was counted. `page` is told with who joins. A right answer may be given again while the code lives.
#[expect(clippy::too_many_arguments, reason = "whose, what, and the four sources that every use case gets")]
pub async fn join_by_code(
    tx: &mut Tx,
    tenant: TenantId,
    people: &PeopleKeys,
    keys: &CodeKeys,
    (phone, device): (&Identifier, &Identifier),
    typed: &str,
    page: Page,
    ids: &IdSource,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Answered, CodeError> {
    let now = clock.now();
    let at = (people.blind_index(phone), people.blind_index(device));
    // Something that cannot be a code is a slip of the finger, not a guess.
    let Some(code) = read_code(typed) else { return Ok(Answered::NotACode) };
    let Some(stored) = store::answer_code(tx, tenant, at, ANSWERS_MAX, now).await? else {
        return Ok(Answered::NoCode);
    };
    let is_right: bool = keys.code_hash(stored.message, &code).ct_eq(&stored.hash).into();
    if !is_right {
        return Ok(match ANSWERS_MAX - stored.answers {
            0 => Answered::NoCode,
            answers_left => Answered::Wrong { answers_left },
        });
    }
    store::note_joined(tx, tenant, at, now).await?;
    // Whoever was erased, and proves the number again, is back of their own will.
    lift_suppression(tx, tenant, people, phone).await?;
    let identifiers = [device.clone(), phone.clone()];
    let seen = Seen { identifiers: &identifiers, at: now, rule: EvidenceRule::Verified, cause: stored.message.raw() };
    let resolved = resolve(tx, tenant, people, &[seen], ids, clock, entropy).await?;
    let Some(resolved) = resolved.first() else { return Ok(Answered::NoCode) };
    if resolved.joined {
        let mut events = Events::new();
        let (person, account) = (resolved.person, resolved.account);
        let joined = MemberJoined { person, account, scan: None, product: page.product, place: page.place };
        events.push(ids.next::<EventId>(clock)?.raw(), tenant.raw(), now, &joined);
        events.save(tx, ids, clock).await?;
    }
    Ok(Answered::Joined(resolved.person))
}
