//! What the page shows: the decision of a scan, reduced to what a consumer may see.

use tallymark_base::Timestamp;
use tallymark_base::geography::Adcode;
use tallymark_goods::RecallText;
use tallymark_scan::types::{PlaceSource, Verdict};

/// Everything a page needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct View {
    /// The brand.
    pub(crate) brand: String,
    /// The code as people read it, in groups of four; what was typed where it is not ours.
    pub(crate) code: String,
    /// Where the form goes and the language link points.
    pub(crate) path: String,
    /// Is it genuine?
    pub(crate) verdict: Verdict,
    /// Nobody else checked before.
    pub(crate) first: bool,
    /// Why it is void.
    pub(crate) void_reason: Option<String>,
    /// What the recall of its goods says, where there is one.
    pub(crate) recall: Option<RecallText>,
    /// The product's name and GTIN.
    pub(crate) product: Option<(String, String)>,
    /// Counted checks.
    pub(crate) checks: i64,
    /// The first check.
    pub(crate) first_at: Option<Timestamp>,
    /// Where the first check was.
    pub(crate) first_place: Option<Adcode>,
    /// How that is known.
    pub(crate) first_place_source: Option<PlaceSource>,
    /// The reward.
    pub(crate) reward: Reward,
    /// The nonce of the form to join by phone, where it is offered.
    pub(crate) invitation: Option<String>,
    /// The phone comes back from WeChat without having signed in.
    pub(crate) sign_in_failed: bool,
}

/// The reward part of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reward {
    /// Nothing to show.
    None,
    /// One tap opens it; the nonce makes the tap count once.
    Offer {
        /// Idempotency key of the claim.
        nonce: String,
    },
    /// This person opened it, now or before.
    Opened {
        /// What is inside, one a campaign.
        prizes: Vec<Prize>,
    },
    /// Somebody else opened it.
    Taken {
        /// When.
        at: Timestamp,
    },
    /// It was asked for, but no campaign applies. The code keeps its right.
    NotNow {
        /// Why, as a stable reason.
        reason: String,
    },
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Prize {
    /// Money, in fen.
    RedPacket(i64),
    /// Points.
    Points(i64),
    /// A thing, by name.
    Gift(String),
    /// Better luck next time.
    Nothing,
}
