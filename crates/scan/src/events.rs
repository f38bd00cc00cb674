//! The events of a scan.

use serde::Serialize;
use tallymark_base::event::{Event, EventType, field, pseudonym};
use tallymark_base::geography::Adcode;
use tallymark_base::id::{
    AccountId, BatchId, CampaignId, OrganisationId, PersonId, PrizeId, ProductId, RebateId, ScanId,
};
use tallymark_codes::Face;

use crate::types::{PlaceSource, Verdict};

/// A scan was decided.
#[derive(Debug, Serialize)]
pub struct ScanDecided {
    /// The scan.
    pub scan: ScanId,
    /// What it said.
    pub verdict: Verdict,
    /// The product, where the code is one of ours.
    pub product: Option<ProductId>,
    /// The batch.
    pub batch: Option<BatchId>,
    /// The face.
    pub face: Option<Face>,
    /// Where.
    pub place: Option<Adcode>,
    /// How that is known.
    pub place_source: Option<PlaceSource>,
    /// Whose account scanned.
    pub account: Option<AccountId>,
    /// The person at that time.
    pub person: Option<PersonId>,
    /// Counted checks of the code, this one included.
    pub checks: i64,
    /// Whether the reward was asked for.
    pub claim: bool,
}

impl Event for ScanDecided {
    const TYPE: EventType = EventType {
        name: "scan.decided",
        version: 1,
        owner: "scan",
        description: "Somebody scanned a code, and this is what was decided.",
        fields: &[
            field("scan", "id of the scan"),
            field("verdict", "genuine, not_active, void, unknown or suspicious"),
            field("product", "id of the product; null when the code is not ours"),
            field("batch", "id of the code batch; null when the code is not ours"),
            field("face", "outer or inner"),
            field("place", "GB/T 2260 code of the place; null when it is not known"),
            field(
                "place_source",
                "how the place is known: position, stated or address (by network address); null when it is not",
            ),
            pseudonym("account", "source account that scanned"),
            pseudonym("person", "person the account belonged to at that time"),
            field("checks", "counted checks of the code, this one included"),
            field("claim", "whether the reward was asked for"),
        ],
    };
}

/// Somebody won something.
#[derive(Debug, Serialize)]
pub struct RewardWon {
    /// In which scan.
    pub scan: ScanId,
    /// Of which campaign.
    pub campaign: CampaignId,
    /// Which prize.
    pub prize: PrizeId,
    /// `red_packet`, `points` or `gift`.
    pub kind: &'static str,
    /// Fen, points or pieces.
    pub amount: i64,
    /// Who.
    pub account: AccountId,
}

impl Event for RewardWon {
    const TYPE: EventType = EventType {
        name: "scan.reward_won",
        version: 1,
        owner: "scan",
        description: "A scan won a prize of a campaign.",
        fields: &[
            field("scan", "id of the scan"),
            field("campaign", "id of the campaign"),
            field("prize", "id of the prize"),
            field("kind", "red_packet, points or gift"),
            field("amount", "fen for a red packet, points, or pieces"),
            pseudonym("account", "source account that won"),
        ],
    };
}

/// A store earned a rebate.
#[derive(Debug, Serialize)]
pub struct RebateEarned {
    /// By which scan.
    pub scan: ScanId,
    /// By which rule.
    pub rule: RebateId,
    /// Which organisation.
    pub organisation: OrganisationId,
    /// How much.
    pub amount_fen: i64,
}

impl Event for RebateEarned {
    const TYPE: EventType = EventType {
        name: "scan.rebate_earned",
        version: 1,
        owner: "scan",
        description: "The store that had received the case earned a rebate for the scan of an item.",
        fields: &[
            field("scan", "id of the scan"),
            field("rule", "id of the rebate rule"),
            field("organisation", "id of the organisation that earns"),
            field("amount_fen", "fen"),
        ],
    };
}
