//! What an order earns, and what a return takes back.

use std::collections::HashMap;

use tallymark_base::id::{AccountId, OrderId, TenantId};
use tallymark_base::lifecycle::Status;
use tallymark_base::{Currency, Timestamp, TypedId as _, Unit};
use tallymark_ledger::{AccountKey, Book, Code, Transfer};

use crate::{Decision, Grant, Order, Part, PointsRule};

/// Points that one order may earn: more is a mistake of a rule.
const EARNED_MAX: i64 = 1_000_000_000;

/// What each running rule gives for an amount: its points for every full amount, nothing for a part of one.
pub fn earned(rules: &[PointsRule], source: &str, currency: Currency, at: Timestamp, amount: i64) -> Vec<Grant> {
    let running = rules.iter().filter(|rule| rule.status == Status::Running);
    let grant = |rule: &PointsRule| Grant { rule: rule.id, points: given_by(rule, source, currency, at, amount) };
    running.map(grant).filter(|grant| grant.points > 0).collect()
}

/// What a rule gives while it runs.
pub(crate) fn given_by(rule: &PointsRule, source: &str, currency: Currency, at: Timestamp, amount: i64) -> i64 {
    let applies = rule.currency == currency
        && (rule.starts..rule.ends).contains(&at)
        && (rule.sources.is_empty() || rule.sources.iter().any(|own| own == source));
    if applies { of_rule(rule, amount) } else { 0 }
}

/// Points of one rule for an amount.
fn of_rule(rule: &PointsRule, amount: i64) -> i64 {
    (amount.max(0) / rule.per_amount).saturating_mul(rule.points).min(EARNED_MAX)
}

/// How a sale stands when something of it comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The sale.
    pub id: OrderId,
    /// The buyer's source account, where somebody is known.
    pub account: Option<AccountId>,
    /// Its currency: goods of it come back in no other.
    pub currency: Currency,
    /// What was paid, in the smallest unit.
    pub amount: i64,
    /// What came back before: an amount, not above zero.
    pub returned: i64,
    /// What it earned, by rule.
    pub granted: Vec<Grant>,
    /// Points that went back before.
    pub points_returned: i64,
}

impl Standing {
    /// How an order stands when nothing came back yet.
    pub(crate) fn of(order: &Order) -> Self {
        let Order { id, account, currency, amount, .. } = *order;
        let granted = order.decision.granted.clone();
        Self { id, account, currency, amount, returned: 0, granted, points_returned: 0 }
    }
}

/// Points that go back when `amount` (below zero) of a sale comes back: all beyond what the rest of it would have earned by the
/// rules that it earned by, so that parts that come back one by one take what the whole would take.
pub fn due(sale: &Standing, rules: &[PointsRule], amount: i64) -> i64 {
    let rest = sale.amount.saturating_add(sale.returned).saturating_add(amount.min(0));
    let kept = sale.granted.iter().map(|grant| {
        let rule = rules.iter().find(|rule| rule.id == grant.rule);
        rule.map_or(grant.points, |rule| of_rule(rule, rest).min(grant.points))
    });
    let granted: i64 = sale.granted.iter().map(|grant| grant.points).sum();
    (granted - kept.sum::<i64>() - sale.points_returned).max(0)
}

/// What the accounts of buyers have and owe, as the orders of a batch move it.
#[derive(Debug, Clone, Default)]
pub struct Wallets {
    /// Points that can be taken.
    pub available: HashMap<AccountId, i64>,
    /// Points that are owed, not below zero.
    pub owed: HashMap<AccountId, i64>,
}

/// Decides what an order moves: `granted` makes good what the buyer owes first, `back` is taken from the buyer's own account, then
/// from their others in order of age, and what is not there is owed. `accounts` are those of the buyer, ascending.
pub fn decide(
    account: AccountId,
    accounts: &[AccountId],
    granted: Vec<Grant>,
    back: i64,
    wallets: &mut Wallets,
) -> Decision {
    let own_first = || std::iter::once(account).chain(accounts.iter().copied().filter(move |other| *other != account));
    let mut left: i64 = granted.iter().map(|grant| grant.points).sum();
    let repaid = drawn(own_first(), &mut left, &mut wallets.owed);
    *wallets.available.entry(account).or_default() += left;
    let mut owed = back;
    let taken = drawn(own_first(), &mut owed, &mut wallets.available);
    *wallets.owed.entry(account).or_default() += owed;
    Decision { granted, repaid, taken, owed }
}

/// Draws up to `left` from accounts in their order; what could not be drawn stays in it.
fn drawn(accounts: impl Iterator<Item = AccountId>, left: &mut i64, from: &mut HashMap<AccountId, i64>) -> Vec<Part> {
    let mut parts = Vec::new();
    for account in accounts {
        let Some(has) = from.get_mut(&account).filter(|has| **has > 0) else { continue };
        let points = (*left).min(*has);
        if points > 0 {
            *has -= points;
            *left -= points;
            parts.push(Part { account, points });
        }
    }
    parts
}

/// The transfers of a decision, and only those: `verify` compares them with what was posted.
pub fn transfers(tenant: TenantId, order: OrderId, account: AccountId, decision: &Decision) -> Vec<Transfer> {
    let funding = AccountKey::new(tenant.raw(), Book::Funding, Unit::POINTS);
    let of = |account: AccountId, book| AccountKey::new(account.raw(), book, Unit::POINTS);
    let repaid: i64 = decision.repaid.iter().map(|part| part.points).sum();
    let mut moves = vec![(funding, of(account, Book::Wallet), decision.earned() - repaid, Code::PointsEarned)];
    for part in &decision.repaid {
        moves.push((funding, of(part.account, Book::Owed), part.points, Code::PointsRepaid));
    }
    for part in &decision.taken {
        moves.push((of(part.account, Book::Wallet), funding, part.points, Code::PointsReturned));
    }
    moves.push((of(account, Book::Owed), funding, decision.owed, Code::PointsOwed));
    let moves = moves.into_iter().filter(|(_, _, amount, _)| *amount > 0);
    let transfer = |(part, (debit, credit, amount, code)): (i64, _)| Transfer {
        origin: order.raw(),
        part,
        debit,
        credit,
        amount,
        code,
        pending: false,
    };
    (0..).zip(moves).map(transfer).collect()
}
