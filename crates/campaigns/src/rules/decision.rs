//! The decision: caps, draw, stock, budget, fallback, in this order.
//!
//! Balances are those of this server's own slots. A slot that is short while there may be more elsewhere ends in
//! [`NeedsMore`]: the caller fills the slot and decides again, with the same draw.

use serde::{Deserialize, Serialize};
use tallymark_base::Unit;
use tallymark_ledger::AccountKey;

use super::VERSION;
use super::drawing::{Draw, amount_within, pick};
use super::eligibility::{Facts, eligible};
use super::record::{Decision, Gain, Outcome, Reason, Record};
use crate::types::{Campaign, Prize, Reward};

/// What this server can still spend of something that has an end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(i64, bool)", from = "(i64, bool)")]
pub struct Left {
    /// What is in its own slot.
    pub local: i64,
    /// Nothing more can be had from elsewhere.
    pub exhausted: bool,
}

impl From<Left> for (i64, bool) {
    fn from(left: Left) -> Self {
        (left.local, left.exhausted)
    }
}

impl From<(i64, bool)> for Left {
    fn from((local, exhausted): (i64, bool)) -> Self {
        Self { local, exhausted }
    }
}

/// What was there when a claim came: counts of the person (summed over its accounts), and this server's slots.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen<'a> {
    /// Wins of the person in this campaign.
    pub person_total: u32,
    /// Wins of the person in this campaign on this day.
    pub person_today: u32,
    /// Wins that can still be given on this day; looked at only with a cap per day.
    pub campaign_today: Left,
    /// Fen of the budget.
    pub budget_fen: Left,
    /// Points of the budget.
    pub budget_points: Left,
    /// Pieces of each prize, in the order of the campaign's prizes; looked at only where the stock has an end.
    pub stock: &'a [Left],
}

/// What a server's slot is short of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// A budget or a stock: see [`crate::slices::take`].
    Account(AccountKey),
    /// Wins of the day: see [`crate::days::take`].
    Day,
}

/// This server's slot does not suffice, and there may be more elsewhere. Nothing is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NeedsMore {
    /// Of what.
    pub need: Need,
    /// How much is missing in the slot, at least 1.
    pub missing: i64,
}

/// Decides a claim. Says [`NeedsMore`] when this server's slots must be filled first.
pub fn decide(campaign: &Campaign, facts: &Facts, seen: &Seen<'_>, draw: Draw) -> Result<Decision, NeedsMore> {
    let record = Record {
        rule_version: campaign.rule_version,
        facts: *facts,
        draw,
        person_total: seen.person_total,
        person_today: seen.person_today,
        today: None,
        budget_fen: None,
        budget_points: None,
        stock: None,
        fallback_stock: None,
        drawn: None,
        denied: None,
        outcome: Outcome::Nothing { reason: Reason::NoLuck },
    };
    let mut claim = Claim { campaign, seen, record };
    let outcome = claim.outcome()?;
    Ok(Decision { campaign: campaign.id, record: Record { outcome, ..claim.record } })
}

/// The outcome that the recorded values lead to; equal to the recorded one, or something was tampered with. None when
/// the record does not hold what the decision needs, or is of another version.
pub fn replay(campaign: &Campaign, record: &Record) -> Option<Outcome> {
    if record.rule_version != campaign.rule_version || campaign.rule_version != VERSION {
        return None;
    }
    let mut stock = vec![Left::default(); campaign.prizes.len()];
    let fallback = campaign.fallback.and_then(|prize| campaign.position(prize));
    if let (Some(left), Some(position)) = (record.fallback_stock, fallback) {
        stock[position] = left;
    }
    if let (Some(left), Some(position)) = (record.stock, record.drawn.and_then(|prize| campaign.position(prize))) {
        stock[position] = left;
    }
    let seen = Seen {
        person_total: record.person_total,
        person_today: record.person_today,
        campaign_today: record.today.unwrap_or_default(),
        budget_fen: record.budget_fen.unwrap_or_default(),
        budget_points: record.budget_points.unwrap_or_default(),
        stock: &stock,
    };
    decide(campaign, &record.facts, &seen, record.draw).ok().map(|decision| decision.outcome())
}

/// A claim while it is decided; the record notes every value that is looked at.
struct Claim<'a> {
    campaign: &'a Campaign,
    seen: &'a Seen<'a>,
    record: Record,
}

/// Whether a prize can be given.
type Affordable = Result<Gain, Reason>;

impl Claim<'_> {
    fn outcome(&mut self) -> Result<Outcome, NeedsMore> {
        let nothing = |reason| Ok(Outcome::Nothing { reason });
        if let Err(reason) = eligible(self.campaign, &self.record.facts) {
            return nothing(Reason::Ineligible(reason));
        }
        let caps = self.campaign.caps;
        if caps.per_person.is_some_and(|cap| self.seen.person_total >= cap) {
            return nothing(Reason::PersonCap);
        }
        if caps.per_person_per_day.is_some_and(|cap| self.seen.person_today >= cap) {
            return nothing(Reason::PersonDayCap);
        }
        let Some((position, fraction)) = pick(&self.campaign.prizes, self.record.draw.number) else {
            return nothing(Reason::NoLuck);
        };
        let prize = &self.campaign.prizes[position];
        self.record.drawn = Some(prize.id);
        if prize.reward == Reward::Nothing {
            return nothing(Reason::NoLuck);
        }
        if caps.per_day.is_some() && !self.day_has_room()? {
            return nothing(Reason::DayCap);
        }
        match self.afford(position, fraction)? {
            Ok(reward) => Ok(Outcome::Won { prize: prize.id, reward }),
            Err(reason) => self.fall_back(position, fraction, reason),
        }
    }

    /// Gives the fallback where there is one and it can be given; otherwise nothing, for the first reason.
    fn fall_back(&mut self, drawn: usize, fraction: u128, reason: Reason) -> Result<Outcome, NeedsMore> {
        self.record.denied = Some(reason);
        let fallback = self.campaign.fallback.and_then(|prize| self.campaign.position(prize));
        if let Some(position) = fallback.filter(|position| *position != drawn) {
            let prize = self.campaign.prizes[position].id;
            if let Ok(reward) = self.afford(position, fraction)? {
                return Ok(Outcome::Won { prize, reward });
            }
        }
        Ok(Outcome::Nothing { reason })
    }

    fn day_has_room(&mut self) -> Result<bool, NeedsMore> {
        let left = *self.record.today.insert(self.seen.campaign_today);
        covers(left, 1, Need::Day)
    }

    /// Whether stock and budget allow a prize, and what it gives.
    fn afford(&mut self, position: usize, fraction: u128) -> Result<Affordable, NeedsMore> {
        let prize = &self.campaign.prizes[position];
        if let Some(account) = prize.stock_account()
            && !covers(self.stock_of(prize, position), 1, Need::Account(account))?
        {
            return Ok(Err(Reason::OutOfStock));
        }
        let budget = |unit| Need::Account(self.campaign.budget(unit));
        let (gain, left, need) = match prize.reward {
            Reward::Nothing => return Ok(Err(Reason::NoLuck)),
            Reward::Gift => return Ok(Ok(Gain::Gift)),
            Reward::Points { points } => {
                let left = *self.record.budget_points.insert(self.seen.budget_points);
                (Gain::Points(points), left, budget(Unit::POINTS))
            }
            Reward::RedPacket { min_fen, max_fen } => {
                let left = *self.record.budget_fen.insert(self.seen.budget_fen);
                (Gain::RedPacket(amount_within(min_fen, max_fen, fraction)), left, budget(Unit::CNY))
            }
        };
        let covered = covers(left, gain.amount(), need)?;
        Ok(if covered { Ok(gain) } else { Err(Reason::BudgetExhausted) })
    }

    fn stock_of(&mut self, prize: &Prize, position: usize) -> Left {
        let left = self.seen.stock.get(position).copied().unwrap_or_default();
        let noted =
            if self.record.drawn == Some(prize.id) { &mut self.record.stock } else { &mut self.record.fallback_stock };
        *noted.insert(left)
    }
}

/// Whether a slot covers an amount; an error when it does not but might after it was filled.
fn covers(left: Left, amount: i64, need: Need) -> Result<bool, NeedsMore> {
    if left.local >= amount {
        Ok(true)
    } else if left.exhausted {
        Ok(false)
    } else {
        Err(NeedsMore { need, missing: amount - left.local })
    }
}
