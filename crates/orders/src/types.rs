//! Orders, their lines, the rules by which they earn points, and what was decided.

use serde::{Deserialize, Serialize};
use tallymark_base::id::{AccountId, OrderId, PointsRuleId};
use tallymark_base::lifecycle::Status;
use tallymark_base::{Currency, Timestamp};
use tallymark_people::Identifier;
use utoipa::ToSchema;

/// An order as a source tells it. Amounts are in the smallest unit of the currency; what comes back is below zero.
#[derive(Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// The number that the source gave it, 1 to 64 characters: under one number of a source there is one order.
    pub number: String,
    /// By what the buyer can be known, at most 8; none where nobody is.
    pub buyer: Vec<Identifier>,
    /// The source's code of the shop.
    pub shop: Option<String>,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// When it was bought or brought back.
    pub at: Timestamp,
    /// The number of the order that goods come back from.
    pub original: Option<String>,
    /// What was bought, at least one line.
    pub lines: Vec<NewLine>,
}

impl std::fmt::Debug for NewOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewOrder({}, {} lines, {} identifiers, hidden)", self.number, self.lines.len(), self.buyer.len())
    }
}

impl NewOrder {
    /// What was paid, in the smallest unit; below zero where more came back.
    pub fn amount(&self) -> i64 {
        self.lines.iter().map(|line| line.amount).sum()
    }

    /// What was taken off, in the smallest unit.
    pub fn discount(&self) -> i64 {
        self.lines.iter().map(|line| line.discount).sum()
    }

    /// Whether goods come back on the whole.
    pub fn is_return(&self) -> bool {
        self.original.is_some() || self.amount() < 0
    }
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderLine)]
pub struct NewLine {
    /// The source's code of what was bought, 1 to 64 characters.
    pub article: String,
    /// How much, in thousandths of a piece, litre or kilogram; below zero where it comes back.
    pub quantity: i64,
    /// What was paid for all of it, in the smallest unit of the currency; below zero where it is paid back.
    pub amount: i64,
    /// What was taken off before, in the smallest unit.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub discount: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// An order as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Who told it: a word.
    pub source: String,
    /// The number that the source gave it.
    pub number: String,
    /// The buyer's source account; null where nobody is known.
    pub account: Option<AccountId>,
    /// The source's code of the shop.
    pub shop: Option<String>,
    /// The currency of its amounts.
    pub currency: Currency,
    /// What was paid, in the smallest unit; below zero where more came back.
    pub amount: i64,
    /// What was taken off, in the smallest unit.
    pub discount: i64,
    /// When it was bought or brought back.
    pub at: Timestamp,
    /// The order that goods came back from, where it is known.
    pub original: Option<OrderId>,
    /// Points that it earned; below zero what a return took back or left owing.
    pub points: i64,
    /// What returns of it have brought back so far: an amount, not above zero.
    pub returned: i64,
    /// Points that went back with them.
    pub points_returned: i64,
    /// Why it moved the points that it moved.
    pub decision: Decision,
    /// What was bought.
    pub lines: Vec<NewLine>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// Why an order moved points; kept with it, so that it can be replayed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = OrderDecision)]
pub struct Decision {
    /// What each rule gave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub granted: Vec<Grant>,
    /// What of that made good what accounts of the buyer owed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repaid: Vec<Part>,
    /// What went back, from which accounts of the buyer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<Part>,
    /// What should have gone back and had been spent: the buyer's account owes it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub owed: i64,
}

impl Decision {
    /// Points that the order earned.
    pub fn earned(&self) -> i64 {
        self.granted.iter().map(|grant| grant.points).sum()
    }

    /// Points that a return brought back, owed ones among them.
    pub fn back(&self) -> i64 {
        self.taken.iter().map(|part| part.points).sum::<i64>() + self.owed
    }
}

/// What a rule gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PointsGrant)]
pub struct Grant {
    /// The rule.
    pub rule: PointsRuleId,
    /// Points.
    pub points: i64,
}

/// Points of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PointsPart)]
pub struct Part {
    /// The source account.
    pub account: AccountId,
    /// Points.
    pub points: i64,
}

/// What became of an order that was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was recorded.
    Recorded(Recorded),
    /// The same was recorded before; nothing moved.
    Known(OrderId),
    /// Another order was recorded under its number.
    Differs(OrderId),
    /// It cannot be meant.
    Refused(crate::rules::Refusal),
}

/// An order that was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Its id.
    pub id: OrderId,
    /// Points that it earned; below zero what went back.
    pub points: i64,
    /// Whether its buyer was left out, because they were erased.
    pub suppressed: bool,
}

/// A rule by which orders earn points: so many for every full amount. Rules that apply to an order add up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PointsRule {
    /// Its id.
    pub id: PointsRuleId,
    /// Its name, 1 to 120 characters.
    pub name: String,
    /// Where it is in its life; only what is running gives.
    pub status: Status,
    /// Orders of which sources, ascending. Empty: all.
    pub sources: Vec<String>,
    /// Orders in which currency.
    pub currency: Currency,
    /// For every full amount of this, in the smallest unit …
    pub per_amount: i64,
    /// … so many points.
    pub points: i64,
    /// Orders from this moment on earn.
    pub starts: Timestamp,
    /// Orders before this moment earn.
    pub ends: Timestamp,
}

/// A rule to be made. It begins as a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPointsRule {
    /// Its name, 1 to 120 characters.
    pub name: String,
    /// Orders of which sources, at most 50. Empty: all.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Orders in which currency.
    pub currency: Currency,
    /// For every full amount of this, in the smallest unit …
    pub per_amount: i64,
    /// … so many points, 1 to 1,000,000.
    pub points: i64,
    /// Orders from this moment on earn.
    pub starts: Timestamp,
    /// Orders before this moment earn.
    pub ends: Timestamp,
}

/// Something that is sold, by the code that orders name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Article {
    /// The code that orders name, 1 to 64 characters.
    pub code: String,
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// The department that sells it.
    #[serde(default)]
    pub department: Option<String>,
    /// What kind of thing it is.
    #[serde(default)]
    pub category: Option<String>,
    /// Whose it is.
    #[serde(default)]
    pub brand: Option<String>,
}
