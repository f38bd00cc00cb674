//! The events of a decided scan: what happened, as those who count scans read it.

use tallymark_base::TypedId as _;
use tallymark_base::event::Word;
use tallymark_base::id::{EventId, IdError, TenantId};
use tallymark_campaigns::rules::Outcome;
use tallymark_people::events::MemberJoined;
use tallymark_store::outbox::Events;

use crate::answer::won;
use crate::events::{RebateEarned, RewardWon, ScanDecided};
use crate::types::{Award, Claim, Decision, Scan};

/// Adds the events of a scan, each under an id of `next`.
pub(crate) fn push(
    events: &mut Events,
    scan: &Scan,
    tenant: TenantId,
    next: impl Fn() -> Result<EventId, IdError>,
) -> Result<(), IdError> {
    let Scan { id, at, decision } = scan;
    let (tenant, at) = (tenant.raw(), *at);
    let product = decision.code.as_ref().map(|code| code.product);
    events.push(next()?.raw(), tenant, at, &decided(scan));
    if let (true, Some(account), Some(person)) = (decision.joined, decision.account, decision.person) {
        let joined = MemberJoined { person, account, scan: Some(*id), product, place: decision.place };
        events.push(next()?.raw(), tenant, at, &joined);
    }
    for award in awards(decision) {
        if let (Outcome::Won { prize, reward }, Some(account)) = (award.record.outcome, decision.account) {
            let won = RewardWon {
                scan: *id,
                campaign: award.campaign,
                prize,
                kind: Word(reward.into()),
                amount: reward.amount(),
                account,
                person: decision.person,
                newcomer: Some(decision.newcomer),
                product,
                place: decision.place,
            };
            events.push(next()?.raw(), tenant, at, &won);
        }
    }
    if let Some(rebate) = decision.rebate {
        let earned = RebateEarned {
            scan: *id,
            rule: rebate.rule,
            organisation: rebate.to,
            amount_fen: rebate.amount_fen,
            product,
            place: decision.place,
        };
        events.push(next()?.raw(), tenant, at, &earned);
    }
    Ok(())
}

fn decided(Scan { id, decision, .. }: &Scan) -> ScanDecided {
    let code = decision.code.as_ref();
    ScanDecided {
        scan: *id,
        verdict: Word(decision.verdict),
        product: code.map(|code| code.product),
        batch: code.map(|code| code.batch),
        face: code.map(|code| Word(code.face)),
        place: decision.place,
        place_source: decision.place_source.map(Word),
        account: decision.account,
        person: decision.person,
        checks: decision.checks,
        claim: !matches!(decision.claim, Claim::NotAsked | Claim::Offered),
        known: decision.account.map(|_| decision.known),
        again: code.map(|_| decision.again),
        prizes: Some(awards(decision).iter().filter(|award| won(award).is_some()).count() as i64),
    }
}

/// What the campaigns drew in this scan.
fn awards(decision: &Decision) -> &[Award] {
    if let Claim::Drawn { awards } = &decision.claim { awards } else { &[] }
}
