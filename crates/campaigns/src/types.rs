//! Campaigns and their prizes.

use serde::{Deserialize, Serialize};
use tallymark_base::geography::Adcode;
use tallymark_base::id::{BatchId, CampaignId, PrizeId, ProductId};
use tallymark_base::lifecycle::Status;
use tallymark_base::{Timestamp, TypedId as _, Unit};
use tallymark_codes::Face;
use tallymark_ledger::{AccountKey, Book};
use utoipa::ToSchema;

/// Whose scans can win.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Anybody.
    #[default]
    Everyone,
    /// Only a person whom the brand did not know before this scan.
    New,
    /// Only a person whom the brand knew before this scan.
    Known,
    /// Only members of this tier or a higher one.
    TierAtLeast(u8),
}

/// How often it can be won. A blank prize is not a win.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Caps {
    /// Wins of one person in the whole campaign.
    #[serde(default)]
    pub per_person: Option<u32>,
    /// Wins of one person in one day of the tenant's zone.
    #[serde(default)]
    pub per_person_per_day: Option<u32>,
    /// Wins of everybody in one day of the tenant's zone.
    #[serde(default)]
    pub per_day: Option<u32>,
}

/// What a prize gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reward {
    /// A blank: "better luck next time".
    Nothing,
    /// Loyalty points.
    Points {
        /// How many, above zero.
        points: i64,
    },
    /// Money, the amount drawn evenly from a range.
    RedPacket {
        /// The least amount in fen, above zero.
        min_fen: i64,
        /// The largest amount in fen.
        max_fen: i64,
    },
    /// A piece of something, taken from the prize's stock.
    Gift,
}

/// A prize of a campaign's pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Prize {
    /// Its id.
    pub id: PrizeId,
    /// Its name, as winners read it: 1 to 120 characters, unique in the campaign.
    pub name: String,
    /// Its share of the draws among all weights of the campaign. 0: only ever a fallback.
    pub weight: u32,
    /// How many can be won in all; none: as many as the budget pays.
    pub stock: Option<u64>,
    /// What it gives.
    pub reward: Reward,
}

impl Prize {
    /// The unit in which its pieces are counted.
    pub fn unit(&self) -> Unit {
        Unit(self.id.raw())
    }

    /// The account of the pieces that can still be won; none when there is no end to them.
    pub fn stock_account(&self) -> Option<AccountKey> {
        self.stock.map(|_| AccountKey::new(self.id.raw(), Book::Stock, self.unit()))
    }
}

/// A campaign. Its terms may be changed while it is a draft; from its start on everything but its status stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// Its name, 1 to 120 characters.
    pub name: String,
    /// Where it is in its life.
    pub status: Status,
    /// How often its terms were set: 1 as it was made.
    pub version: u32,
    /// Scans from this moment on can win.
    pub starts: Timestamp,
    /// Scans before this moment can win.
    pub ends: Timestamp,
    /// Where, ascending. Empty: everywhere, unknown places included; otherwise an unknown place does not win.
    pub regions: Vec<Adcode>,
    /// Items of which products, ascending. Empty: all.
    pub products: Vec<ProductId>,
    /// Items of which code batches, ascending. Empty: all.
    pub batches: Vec<BatchId>,
    /// The face whose claim wins. None: the inner face of batches that have one, the outer face of the others.
    #[schema(value_type = Option<String>)]
    pub face: Option<Face>,
    /// Who.
    pub audience: Audience,
    /// How often.
    pub caps: Caps,
    /// The money it was funded with, in fen.
    pub budget_fen: i64,
    /// The points it was funded with.
    pub budget_points: i64,
    /// Its prizes, in the order in which they share the draw.
    pub prizes: Vec<Prize>,
    /// The prize that is given instead of one whose stock or budget is at its end.
    pub fallback: Option<PrizeId>,
    /// The version of the decision procedure it was made under, see [`crate::rules::VERSION`].
    pub rule_version: u32,
}

impl Campaign {
    /// The account of its budget in [`Unit::CNY`] or [`Unit::POINTS`].
    pub fn budget(&self, unit: Unit) -> AccountKey {
        AccountKey::new(self.id.raw(), Book::Budget, unit)
    }

    /// Where a prize stands among its prizes.
    pub fn position(&self, prize: PrizeId) -> Option<usize> {
        self.prizes.iter().position(|own| own.id == prize)
    }

    /// Whether wins of a person are counted.
    pub const fn caps_persons(&self) -> bool {
        self.caps.per_person.is_some() || self.caps.per_person_per_day.is_some()
    }
}

/// A prize to be made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPrize {
    /// Its name, as winners read it: 1 to 120 characters, unique in the campaign.
    pub name: String,
    /// Its share of the draws. 0: only ever a fallback.
    pub weight: u32,
    /// How many can be won in all. A gift needs it; a blank has none.
    #[serde(default)]
    pub stock: Option<u64>,
    /// What it gives.
    pub reward: Reward,
}

/// A campaign to be made, which begins as a draft, or the terms of one anew.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCampaign {
    /// Its name, 1 to 120 characters.
    pub name: String,
    /// Scans from this moment on can win.
    pub starts: Timestamp,
    /// Scans before this moment can win.
    pub ends: Timestamp,
    /// Where, at most 500 places. Empty: everywhere.
    #[serde(default)]
    pub regions: Vec<Adcode>,
    /// Items of which products, at most 500, which must be there. Empty: all.
    #[serde(default)]
    pub products: Vec<ProductId>,
    /// Items of which code batches, at most 500, which must be there. Empty: all.
    #[serde(default)]
    pub batches: Vec<BatchId>,
    /// `outer` or `inner`. None: the inner face of batches that have one, the outer face of the others.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub face: Option<Face>,
    /// Who.
    #[serde(default)]
    pub audience: Audience,
    /// How often.
    #[serde(default)]
    pub caps: Caps,
    /// Money in fen; needed for red packets.
    #[serde(default)]
    pub budget_fen: i64,
    /// Points; needed for prizes of points.
    #[serde(default)]
    pub budget_points: i64,
    /// 1 to 50 prizes.
    pub prizes: Vec<NewPrize>,
    /// The name of the prize that is given instead of one whose stock or budget is at its end.
    #[serde(default)]
    pub fallback: Option<String>,
}
