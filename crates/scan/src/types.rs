//! A scan: what was asked, what was decided, what the caller is told.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::geography::Adcode;
use tallymark_base::id::{
    AccountId, BatchId, CampaignId, OrganisationId, PersonId, ProductId, RebateId, RecallId, ScanId, TenantId,
};
use tallymark_campaigns::rules::Record;
use tallymark_codes::{Face, Gtin, Level};
use tallymark_people::Identifier;
use tallymark_store::idempotency;
use utoipa::ToSchema;

/// How a place is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaceSource {
    /// The phone told its position.
    Position,
    /// The person said so.
    Stated,
    /// By the network address: where such addresses are mostly used.
    Address,
}

impl PlaceSource {
    /// The stored number.
    pub const fn number(self) -> i64 {
        match self {
            Self::Position => 1,
            Self::Stated => 2,
            Self::Address => 3,
        }
    }

    /// From the stored number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Position),
            2 => Some(Self::Stated),
            3 => Some(Self::Address),
            _ => None,
        }
    }
}

/// A place, and how it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its code; as exact as it is known.
    pub adcode: Adcode,
    /// How it is known.
    pub source: PlaceSource,
}

/// A scan that waits for its decision.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whose code it should be.
    pub tenant: TenantId,
    /// The key under which it is taken once.
    pub key: idempotency::Key,
    /// A hash of what was asked.
    pub body: [u8; 16],
    /// The code as it was read, not yet checked.
    pub code: String,
    /// The GTIN beside the code, where the link named one.
    pub gtin: Option<Gtin>,
    /// Who scans; several identifiers in one scan belong to one person. Empty only where nothing is claimed.
    pub identifiers: Vec<Identifier>,
    /// Where, if it is known.
    pub place: Option<Place>,
    /// Asks for the reward; otherwise only whether it is genuine.
    pub claim: bool,
    /// When it arrived.
    pub at: Timestamp,
}

/// Is it genuine?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A code of the brand, live.
    Genuine,
    /// A code of the brand, not activated: not sold by the brand yet.
    NotActive,
    /// A code of the brand that was withdrawn.
    Void,
    /// Not a code of the brand.
    Unknown,
    /// A code of the brand that was checked so often that copies must be expected.
    Suspicious,
    /// A code of the brand whose goods it calls back.
    Recalled,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 6] =
        [Self::Genuine, Self::NotActive, Self::Void, Self::Unknown, Self::Suspicious, Self::Recalled];

    /// Its name, as the API spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::NotActive => "not_active",
            Self::Void => "void",
            Self::Unknown => "unknown",
            Self::Suspicious => "suspicious",
            Self::Recalled => "recalled",
        }
    }

    /// The stored number.
    pub const fn number(self) -> i64 {
        match self {
            Self::Genuine => 1,
            Self::NotActive => 2,
            Self::Void => 3,
            Self::Unknown => 4,
            Self::Suspicious => 5,
            Self::Recalled => 6,
        }
    }
}

/// The code as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeFacts {
    /// Tenant-wide index.
    pub index: u64,
    /// Which face.
    pub face: Face,
    /// Its batch.
    pub batch: BatchId,
    /// Its product.
    pub product: ProductId,
    /// Item, box, case or pallet.
    pub level: Level,
    /// Which one of its level in the batch, from 0.
    pub serial: u64,
}

/// What came of asking for the reward.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Claim {
    /// It was not asked for, and there is none to ask for.
    NotAsked,
    /// It was not asked for; a campaign is running that may give one for this code.
    Offered,
    /// The code does not give one: it is not genuine, or this face does not.
    NoRight,
    /// No campaign applies; the code stays unclaimed. Why not, for each running campaign.
    NoCampaign {
        /// Campaign and stable reason.
        reasons: Vec<(CampaignId, String)>,
    },
    /// The code was claimed before.
    Taken {
        /// By the same person.
        own: bool,
        /// When.
        at: Timestamp,
        /// In which scan.
        scan: ScanId,
        /// What that scan won, where it is the same person's.
        awards: Vec<Award>,
    },
    /// This scan claimed it.
    Drawn {
        /// One for each campaign that applied.
        awards: Vec<Award>,
    },
}

/// What one campaign decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Award {
    /// The campaign.
    pub campaign: CampaignId,
    /// Everything the decision saw, and its outcome.
    pub record: Record,
}

/// What the store that had received the case earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebateGiven {
    /// By which rule.
    pub rule: RebateId,
    /// Who earns it.
    pub to: OrganisationId,
    /// How much, in fen.
    pub amount_fen: i64,
}

/// The whole decision, as it is kept: enough to answer a retry, to explain, and to replay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Is it genuine?
    pub verdict: Verdict,
    /// Why it is void, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void_reason: Option<String>,
    /// The recall of its goods, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<RecallId>,
    /// The code, where it is one of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<CodeFacts>,
    /// What was read, where it is not: at most 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How often it was checked, this time included.
    pub checks: i64,
    /// When it was checked first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_at: Option<Timestamp>,
    /// Where it was checked first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_place: Option<Adcode>,
    /// How that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_place_source: Option<PlaceSource>,
    /// Nobody else checked it before.
    pub first: bool,
    /// The scanner's source account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The scanner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The scanner was known before this scan.
    pub known: bool,
    /// The code had been checked before this scan, by anybody.
    #[serde(default, skip_serializing_if = "is_false")]
    pub again: bool,
    /// The scanner became known by checking this very code, with this scan or an earlier one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub newcomer: bool,
    /// The scanner became a member with this scan.
    #[serde(default, skip_serializing_if = "is_false")]
    pub joined: bool,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Adcode>,
    /// How that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place_source: Option<PlaceSource>,
    /// What came of asking for the reward.
    pub claim: Claim,
    /// What the store earned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebate: Option<RebateGiven>,
}

/// What is false is not stored: most scans are none of these.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A stored scan.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// Its id.
    pub id: ScanId,
    /// When.
    pub at: Timestamp,
    /// What was decided.
    pub decision: Decision,
}
