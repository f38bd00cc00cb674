//! What the caller of the API is told of a scan. A pure function of the stored scan, so a retry reads the same.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::geography::Adcode;
use tallymark_base::id::{BatchId, CampaignId, PersonId, PrizeId, ProductId, RecallId, ScanId};
use tallymark_campaigns::rules::Outcome;
use tallymark_codes::{Face, Level};
use utoipa::ToSchema;

use crate::types::{Award, Claim, PlaceSource, Scan, Verdict};

/// The answer to a scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScanAnswer {
    /// The scan, under which its decision is kept.
    pub scan: ScanId,
    /// When it was decided.
    pub at: Timestamp,
    /// Is it genuine?
    pub verdict: Verdict,
    /// Why the code was withdrawn, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void_reason: Option<String>,
    /// The recall of the goods, where there is one; `GET /v1/recalls/{id}` has what it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<RecallId>,
    /// Counted checks, this one included.
    pub checks: i64,
    /// Nobody else checked the code before.
    pub first: bool,
    /// The first check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_at: Option<Timestamp>,
    /// Where the first check was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_place: Option<Adcode>,
    /// How that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_place_source: Option<PlaceSource>,
    /// What the code is stuck on; missing when it is not one of the brand's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods: Option<Goods>,
    /// Who scanned, as far as the brand knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The reward.
    pub reward: RewardAnswer,
}

/// The goods behind a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Goods {
    /// The product.
    pub product: ProductId,
    /// The batch.
    pub batch: BatchId,
    /// `outer` or `inner`.
    #[schema(value_type = String)]
    pub face: Face,
    /// `item`, `box`, `case` or `pallet`.
    #[schema(value_type = String)]
    pub level: Level,
    /// Which one of its level in the batch, from 0.
    pub serial: u64,
}

/// The reward part of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum RewardAnswer {
    /// It was not asked for, and there is none to ask for.
    None,
    /// It was not asked for; ask with `claim`: true.
    Offered,
    /// The code gives none: it is not genuine.
    NoRight,
    /// No campaign applies; the code keeps its right.
    NotNow {
        /// Why not, for each running campaign.
        reasons: Vec<NotNow>,
    },
    /// Somebody claimed the code before.
    Taken {
        /// When.
        at: Timestamp,
        /// In which scan; only told to the same person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scan: Option<ScanId>,
        /// What that scan won; only told to the same person.
        won: Vec<Won>,
    },
    /// This scan claimed the code.
    Opened {
        /// What it won. Empty for a blank.
        won: Vec<Won>,
    },
}

/// Why a campaign did not apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotNow {
    /// The campaign.
    pub campaign: CampaignId,
    /// A stable reason, such as `person_cap` or `place`.
    pub reason: String,
}

/// Something won.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Won {
    /// The campaign.
    pub campaign: CampaignId,
    /// The prize.
    pub prize: PrizeId,
    /// `red_packet`, `points` or `gift`.
    pub kind: std::borrow::Cow<'static, str>,
    /// Fen for a red packet, points, or pieces.
    pub amount: i64,
}

/// What an award gave; `None` for a blank.
pub fn won(award: &Award) -> Option<Won> {
    match award.record.outcome {
        Outcome::Won { prize, reward } => {
            Some(Won { campaign: award.campaign, prize, kind: reward.kind().into(), amount: reward.amount() })
        }
        Outcome::Nothing { .. } => None,
    }
}

/// The answer to a stored scan.
pub fn answer_of(scan: &Scan) -> ScanAnswer {
    let decision = &scan.decision;
    let all_won = |awards: &[Award]| awards.iter().filter_map(won).collect();
    let reward = match &decision.claim {
        Claim::NotAsked => RewardAnswer::None,
        Claim::Offered => RewardAnswer::Offered,
        Claim::NoRight => RewardAnswer::NoRight,
        Claim::NoCampaign { reasons } => RewardAnswer::NotNow {
            reasons: reasons
                .iter()
                .map(|(campaign, reason)| NotNow { campaign: *campaign, reason: reason.clone() })
                .collect(),
        },
        Claim::Taken { own: false, at, .. } => RewardAnswer::Taken { at: *at, scan: None, won: Vec::new() },
        Claim::Taken { own: true, at, scan, awards } => {
            RewardAnswer::Taken { at: *at, scan: Some(*scan), won: all_won(awards) }
        }
        Claim::Drawn { awards } => RewardAnswer::Opened { won: all_won(awards) },
    };
    ScanAnswer {
        scan: scan.id,
        at: scan.at,
        verdict: decision.verdict,
        void_reason: decision.void_reason.clone(),
        recall: decision.recall,
        checks: decision.checks,
        first: decision.first,
        first_at: decision.first_at,
        first_place: decision.first_place,
        first_place_source: decision.first_place_source,
        goods: decision.code.as_ref().map(|code| Goods {
            product: code.product,
            batch: code.batch,
            face: code.face,
            level: code.level,
            serial: code.serial,
        }),
        person: decision.person,
        reward,
    }
}
