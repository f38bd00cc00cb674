//! What a decision keeps: everything it looked at, and its outcome. Short names, since there is one for every claim.

use serde::{Deserialize, Serialize};
use tallymark_base::id::{CampaignId, PrizeId};

use super::decision::Left;
use super::drawing::Draw;
use super::eligibility::{Facts, Ineligible};

/// What was won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gain {
    /// Money, in fen.
    RedPacket(i64),
    /// Points.
    Points(i64),
    /// One piece of the prize.
    Gift,
}

impl Gain {
    /// The name in events and in the API.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::RedPacket(_) => "red_packet",
            Self::Points(_) => "points",
            Self::Gift => "gift",
        }
    }

    /// Fen, points, or pieces.
    pub const fn amount(self) -> i64 {
        match self {
            Self::RedPacket(amount) | Self::Points(amount) => amount,
            Self::Gift => 1,
        }
    }
}

/// Why nothing was won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The draw fell on a blank.
    NoLuck,
    /// The person won as often as one can in this campaign.
    PersonCap,
    /// The person won as often as one can on this day.
    PersonDayCap,
    /// Everybody together won as often as can be on this day.
    DayCap,
    /// No pieces of the prize are left.
    OutOfStock,
    /// The budget does not pay the prize any more.
    BudgetExhausted,
    /// The campaign does not apply.
    Ineligible(Ineligible),
}

impl Reason {
    /// A stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoLuck => "no_luck",
            Self::PersonCap => "person_cap",
            Self::PersonDayCap => "person_day_cap",
            Self::DayCap => "day_cap",
            Self::OutOfStock => "out_of_stock",
            Self::BudgetExhausted => "budget_exhausted",
            Self::Ineligible(reason) => reason.name(),
        }
    }
}

/// How a claim ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Something was won. It counts towards the caps.
    #[serde(rename = "w")]
    Won {
        /// The prize.
        #[serde(rename = "p")]
        prize: PrizeId,
        /// What it gave.
        #[serde(rename = "g")]
        reward: Gain,
    },
    /// Nothing was won.
    #[serde(rename = "n")]
    Nothing {
        /// Why.
        #[serde(rename = "r")]
        reason: Reason,
    },
}

/// Everything a decision looked at, and its outcome. Balances that it did not look at are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The decision procedure, see [`super::VERSION`].
    #[serde(rename = "v")]
    pub rule_version: u32,
    /// The scan.
    #[serde(rename = "f")]
    pub facts: Facts,
    /// Chance.
    #[serde(rename = "d")]
    pub draw: Draw,
    /// Wins of the person in the campaign before.
    #[serde(rename = "a")]
    pub person_total: u32,
    /// Wins of the person on this day before.
    #[serde(rename = "t")]
    pub person_today: u32,
    /// Wins that this server could still give on this day.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub today: Option<Left>,
    /// Fen in this server's slot of the budget.
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub budget_fen: Option<Left>,
    /// Points in this server's slot of the budget.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub budget_points: Option<Left>,
    /// Pieces of the drawn prize in this server's slot, where its stock has an end.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<Left>,
    /// The same of the fallback.
    #[serde(rename = "z", default, skip_serializing_if = "Option::is_none")]
    pub fallback_stock: Option<Left>,
    /// The prize that the draw fell on; none when a cap ended the decision before.
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<PrizeId>,
    /// Why the drawn prize could not be given.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub denied: Option<Reason>,
    /// How it ended.
    #[serde(rename = "o")]
    pub outcome: Outcome,
}

/// A decision of a campaign about a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The campaign that decided.
    pub campaign: CampaignId,
    /// What it looked at, and the outcome.
    pub record: Record,
}

impl Decision {
    /// How it ended.
    pub const fn outcome(&self) -> Outcome {
        self.record.outcome
    }

    /// Whether something was won: it counts towards the caps then.
    pub const fn is_win(&self) -> bool {
        matches!(self.record.outcome, Outcome::Won { .. })
    }
}

/// A moment as microseconds since 1970: half as long as its text.
pub(super) mod as_micros {
    use serde::{Deserialize, Deserializer, Serializer};
    use tallymark_base::Timestamp;

    pub(in crate::rules) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.0)
    }

    pub(in crate::rules) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(deserializer).map(Timestamp)
    }
}

/// 128 bits as 32 hexadecimal digits: JSON numbers stop at 64.
pub(super) mod as_hex {
    use std::borrow::Cow;

    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(in crate::rules) fn serialize<S: Serializer>(number: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{number:032x}"))
    }

    pub(in crate::rules) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let digits = Cow::<'de, str>::deserialize(deserializer)?;
        u128::from_str_radix(&digits, 16).map_err(D::Error::custom)
    }
}

/// Declares the stored number of a noun of codes as its JSON.
macro_rules! stored_number {
    ($module:ident, $noun:ty) => {
        pub(super) mod $module {
            use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

            pub(in crate::rules) fn serialize<S: Serializer>(noun: &$noun, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i64(noun.as_i64())
            }

            pub(in crate::rules) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$noun, D::Error> {
                let number = i64::deserialize(deserializer)?;
                <$noun>::from_i64(number).ok_or_else(|| D::Error::custom(format!("{number} is not known")))
            }
        }
    };
}

stored_number!(face_number, tallymark_codes::Face);
stored_number!(level_number, tallymark_codes::Level);
