//! One scan against the state of its batch: verdict, claim, campaigns, rebate.
//!
//! Pure: everything it needs was loaded. Each scan sees the effects of those before it in the batch.

use std::collections::{BTreeMap, HashMap};

use tallymark_base::id::{AccountId, CampaignId, OrganisationId, ScanId};
use tallymark_base::{TypedId, Unit};
use tallymark_campaigns::caps::Wins;
use tallymark_campaigns::rules::{Facts, Ineligible, Left, Need, Outcome, Reason, Seen};
use tallymark_campaigns::{Campaign, rules as campaign_rules};
use tallymark_codes::{Face, Level};
use tallymark_goods::{Found, State as CodeState};
use tallymark_ledger::{AccountKey, Book, Transfer};
use tallymark_people::Resolved;
use tallymark_settlement::rules::rebate_for;

use super::check::{CodeUse, count_check};
use crate::settings::{RunningCampaign, Settings};
use crate::types::{Award, Claim, CodeFacts, Decision, RebateGiven, Request, Verdict};

/// Transfers of a scan are numbered from here for each campaign that gave an award.
const PARTS_PER_AWARD: i64 = campaign_rules::TRANSFERS_MAX;
/// Behind the transfers of any number of awards.
pub const REBATE_PART: i64 = 1_000;

/// Names a used face: index and face.
pub type UseKey = (u64, Face);

/// Something finite of which this server holds a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slice {
    /// A budget or a stock, by the account itself (slot 0).
    Account(AccountKey),
    /// The wins of a day in a campaign with a cap per day.
    Day(CampaignId, i64),
}

/// A slice must be refilled before the scan can be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short {
    /// Which.
    pub slice: Slice,
    /// How much is missing, at least 1.
    pub missing: i64,
}

/// What a batch of one tenant loaded, and what its scans change.
#[derive(Debug, Default)]
pub struct State {
    /// Faces; those not here were never used.
    pub uses: BTreeMap<UseKey, CodeUse>,
    /// Wins of the people in the batch.
    pub wins: Wins,
    /// What is left in this server's slices.
    pub left: HashMap<Slice, Left>,
    /// Wins of the day that this batch adds.
    pub day_wins: BTreeMap<(CampaignId, i64), i64>,
    /// Transfers of the batch.
    pub transfers: Vec<Transfer>,
    /// The server's node number.
    pub node: u16,
}

/// What is known of one scan.
#[derive(Debug)]
pub struct Known<'a> {
    /// The tenant's settings.
    pub settings: &'a Settings,
    /// The code, where it is one of ours.
    pub found: Option<&'a Found>,
    /// Who scans.
    pub who: Option<&'a Resolved>,
    /// Who received the item's case.
    pub custodian: Option<OrganisationId>,
}

/// Decides a scan and applies its effects to the state.
pub fn decide(state: &mut State, request: &Request, scan: ScanId, known: &Known<'_>) -> Result<Decision, Short> {
    let Some(found) = known.found else { return Ok(unknown(request)) };
    let accounts = accounts_of(known.who);
    let used = state.uses.entry(use_key(found)).or_insert_with(|| CodeUse::unused(request.at));
    let again = used.checks > 0;
    let counted = count_check(used, &accounts, request.place, request.at);
    if !again {
        used.first_new = known.who.is_some_and(|who| !who.known);
    }
    let recall = if let CodeState::Recalled { notice } = &found.state { Some(notice.id) } else { None };
    let (verdict, void_reason) = match &found.state {
        CodeState::Recalled { .. } => (Verdict::Recalled, None),
        CodeState::Void { reason } => (Verdict::Void, Some(reason.to_string())),
        CodeState::NotActive => (Verdict::NotActive, None),
        CodeState::Active if counted.suspicious => (Verdict::Suspicious, None),
        CodeState::Active => (Verdict::Genuine, None),
    };
    let mut decision = Decision {
        verdict,
        void_reason,
        recall,
        code: Some(code_facts(found)),
        text: None,
        checks: counted.checks,
        first_at: Some(used.first_at),
        first_place: used.first_place.map(|place| place.adcode),
        first_place_source: used.first_place.map(|place| place.source),
        first: counted.first,
        account: accounts.first().copied(),
        person: known.who.map(|who| who.person),
        known: known.who.is_some_and(|who| who.known),
        again,
        newcomer: known.who.is_some_and(|who| is_newcomer(used, who)),
        joined: known.who.is_some_and(|who| who.joined),
        place: request.place.map(|place| place.adcode),
        place_source: request.place.map(|place| place.source),
        claim: Claim::NotAsked,
        rebate: None,
    };
    decision.claim = claim(state, request, scan, known, found, verdict)?;
    if request.claim && verdict == Verdict::Genuine {
        decision.rebate = rebate(state, request, scan, known, found, &decision.claim)?;
    }
    Ok(decision)
}

/// The accounts of the scanner, the one that scans first.
fn accounts_of(who: Option<&Resolved>) -> Vec<AccountId> {
    let Some(who) = who else { return Vec::new() };
    let others = who.component.iter().copied().filter(|account| *account != who.account);
    std::iter::once(who.account).chain(others).collect()
}

/// Whether somebody became known by checking this code: by this scan, or as the first to check it.
fn is_newcomer(used: &CodeUse, who: &Resolved) -> bool {
    !who.known || (used.first_new && used.first_account.is_some_and(|first| who.component.contains(&first)))
}

fn unknown(request: &Request) -> Decision {
    Decision {
        verdict: Verdict::Unknown,
        void_reason: None,
        recall: None,
        code: None,
        text: Some(request.code.chars().take(64).collect()),
        checks: 0,
        first_at: None,
        first_place: None,
        first_place_source: None,
        first: false,
        account: None,
        person: None,
        known: false,
        again: false,
        newcomer: false,
        joined: false,
        place: request.place.map(|place| place.adcode),
        place_source: request.place.map(|place| place.source),
        claim: if request.claim { Claim::NoRight } else { Claim::NotAsked },
        rebate: None,
    }
}

fn code_facts(found: &Found) -> CodeFacts {
    CodeFacts {
        index: found.index.get(),
        face: found.face,
        batch: found.batch,
        product: found.product,
        level: found.level,
        serial: found.serial,
    }
}

/// Names the face that was scanned.
pub fn use_key(found: &Found) -> UseKey {
    (found.index.get(), found.face)
}

/// What the campaigns are told.
fn facts_of(request: &Request, known: &Known<'_>, found: &Found) -> Facts {
    Facts {
        at: request.at,
        adcode: request.place.map(|place| place.adcode),
        product: found.product,
        batch: found.batch,
        face: found.face,
        batch_has_inner: has_inner(known.settings, found),
        level: found.level,
        known: known.who.is_some_and(|who| who.known),
        tier: known.who.map_or(0, |who| who.tier),
    }
}

fn has_inner(settings: &Settings, found: &Found) -> bool {
    settings.catalog.batch(found.batch).is_some_and(|batch| batch.faces.include(Level::Item, Face::Inner))
}

fn claim(
    state: &mut State,
    request: &Request,
    scan: ScanId,
    known: &Known<'_>,
    found: &Found,
    verdict: Verdict,
) -> Result<Claim, Short> {
    let taken = state.uses[&use_key(found)].claim;
    if let Some((first, account, at)) = taken {
        let own = known.who.is_some_and(|who| who.component.contains(&account));
        // The service fills the awards of the same person's earlier scan.
        return Ok(Claim::Taken { own, at, scan: first, awards: Vec::new() });
    }
    if verdict != Verdict::Genuine {
        return Ok(if request.claim { Claim::NoRight } else { Claim::NotAsked });
    }
    let facts = facts_of(request, known, found);
    if !request.claim {
        let may_win = known.settings.campaigns.iter().any(|running| may_win_later(&running.campaign, &facts));
        return Ok(if may_win { Claim::Offered } else { Claim::NotAsked });
    }
    let Some(who) = known.who else { return Ok(Claim::NoRight) };
    let (mut awards, mut reasons) = (Vec::new(), Vec::new());
    for running in &known.settings.campaigns {
        match ask(state, running, &facts, scan, who, known.settings)? {
            Ok(award) => awards.push(award),
            Err(reason) => reasons.push((running.campaign.id, reason.name().to_owned())),
        }
    }
    if awards.is_empty() {
        return Ok(Claim::NoCampaign { reasons });
    }
    apply(state, &awards, scan, who, request.at.day_in(&known.settings.zone), known.settings);
    if let Some(used) = state.uses.get_mut(&use_key(found)) {
        used.claim = Some((scan, who.account, request.at));
        used.claim_noted = true;
        used.changed = true;
    }
    Ok(Claim::Drawn { awards })
}

/// Whether somebody may win with this code, leaving aside who and where: then the page offers to open it.
fn may_win_later(campaign: &Campaign, facts: &Facts) -> bool {
    matches!(
        campaign_rules::eligible(campaign, facts),
        Ok(()) | Err(Ineligible::Audience | Ineligible::Place | Ineligible::PlaceUnknown)
    )
}

/// Asks one campaign. Gives its award, a blank included, or the reason why it drew nothing: then the code keeps its
/// right, as it does when only the cap of the day stood in the way.
fn ask(
    state: &State,
    running: &RunningCampaign,
    facts: &Facts,
    scan: ScanId,
    who: &Resolved,
    settings: &Settings,
) -> Result<Result<Award, Reason>, Short> {
    let campaign = &running.campaign;
    if let Err(reason) = campaign_rules::eligible(campaign, facts) {
        return Ok(Err(Reason::Ineligible(reason)));
    }
    let day = facts.at.day_in(&settings.zone);
    let (person_total, person_today) = state.wins.seen((campaign, &who.component, day));
    let left = |slice| state.left.get(&slice).copied().unwrap_or_default();
    let account = |account| left(Slice::Account(account));
    let stock: Vec<Left> =
        campaign.prizes.iter().map(|prize| prize.stock_account().map_or_else(Left::default, account)).collect();
    let seen = Seen {
        person_total,
        person_today,
        campaign_today: left(Slice::Day(campaign.id, day)),
        budget_fen: account(campaign.budget(Unit::CNY)),
        budget_points: account(campaign.budget(Unit::POINTS)),
        stock: &stock,
    };
    let draw = campaign_rules::draw(&running.secret, scan, campaign.id, 0);
    let decision = campaign_rules::decide(campaign, facts, &seen, draw).map_err(|needs| Short {
        slice: match needs.need {
            Need::Account(account) => Slice::Account(account),
            Need::Day => Slice::Day(campaign.id, day),
        },
        missing: needs.missing,
    });
    let record = decision?.record;
    Ok(match record.outcome {
        Outcome::Nothing { reason: reason @ (Reason::PersonCap | Reason::PersonDayCap | Reason::DayCap) } => {
            Err(reason)
        }
        Outcome::Nothing { .. } | Outcome::Won { .. } => Ok(Award { campaign: campaign.id, record }),
    })
}

/// Books what was won: transfers, slices, caps.
fn apply(state: &mut State, awards: &[Award], scan: ScanId, who: &Resolved, day: i64, settings: &Settings) {
    for (award, position) in awards.iter().zip(0_i64..) {
        let decision = campaign_rules::Decision { campaign: award.campaign, record: award.record };
        if !decision.is_win() {
            continue;
        }
        let first_part = position * PARTS_PER_AWARD;
        for transfer in campaign_rules::transfers(&decision, scan, first_part, who.account, state.node) {
            state.spend(Slice::Account(AccountKey { slot: 0, ..transfer.debit }), transfer.amount);
            state.transfers.push(transfer);
        }
        let campaign = settings.campaigns.iter().map(|running| &running.campaign).find(|own| own.id == award.campaign);
        let Some(campaign) = campaign else { continue };
        // Counted at the person's oldest account, so that two servers that serve one person meet on one row.
        state.wins.win((campaign, &who.component, day));
        if campaign.caps.per_day.is_some() {
            state.spend(Slice::Day(campaign.id, day), 1);
            *state.day_wins.entry((campaign.id, day)).or_default() += 1;
        }
    }
}

/// The rebate of the store that received the case: once for an item, with its first claim on the face that claims.
fn rebate(
    state: &mut State,
    request: &Request,
    scan: ScanId,
    known: &Known<'_>,
    found: &Found,
    claim: &Claim,
) -> Result<Option<RebateGiven>, Short> {
    let claims = if has_inner(known.settings, found) { Face::Inner } else { Face::Outer };
    let is_item = found.level == Level::Item && found.face == claims;
    let Some(store) = known.custodian.filter(|_| is_item) else { return Ok(None) };
    let custodian_kind = known.settings.kinds.get(&store).copied();
    let used = &state.uses[&use_key(found)];
    if used.rebate.is_some() || matches!(claim, Claim::Taken { .. }) {
        return Ok(None);
    }
    let facts = tallymark_settlement::rules::Facts { at: request.at, product: found.product, custodian_kind };
    let Some(earned) = rebate_for(&known.settings.rebates, &facts) else { return Ok(None) };
    let (rule, amount_fen) = earned;
    let slice = Slice::Account(AccountKey::new(rule.raw(), Book::Budget, Unit::CNY));
    let left = state.left.get(&slice).copied().unwrap_or_default();
    if left.local < amount_fen {
        if left.exhausted {
            return Ok(None);
        }
        return Err(Short { slice, missing: amount_fen - left.local });
    }
    state.spend(slice, amount_fen);
    state.transfers.push(tallymark_settlement::rules::transfer(earned, scan, REBATE_PART, store, state.node));
    if let Some(used) = state.uses.get_mut(&use_key(found)) {
        used.rebate = Some(scan);
        used.changed = true;
    }
    Ok(Some(RebateGiven { rule, to: store, amount_fen }))
}

impl State {
    fn spend(&mut self, slice: Slice, amount: i64) {
        self.left.entry(slice).or_default().local -= amount;
    }
}
