//! The events of a scan.

use serde::{Deserialize, Serialize};
use tallymark_base::event;
use tallymark_base::event::Word;
use tallymark_base::geography::Adcode;
use tallymark_base::id::{
    AccountId, BatchId, CampaignId, OrganisationId, PersonId, PrizeId, ProductId, RebateId, ScanId,
};
use tallymark_campaigns::rules::Gain;
use tallymark_codes::Face;

use crate::types::{PlaceSource, Verdict};

event! {
    /// Somebody scanned a code, and this is what was decided.
    pub struct ScanDecided = "scan.decided", version 1, owner "scan" {
        /// id of the scan
        scan: ScanId,
        /// what was found about the code
        verdict: Word<Verdict>,
        /// id of the product; null when the code is not ours
        product: Option<ProductId>,
        /// id of the code batch; null when the code is not ours
        batch: Option<BatchId>,
        /// which side of the goods carries the code; null when the code is not ours
        face: Option<Word<Face>>,
        /// GB/T 2260 code of the place; null when it is not known
        place: Option<Adcode>,
        /// how the place is known; null when it is not
        place_source: Option<Word<PlaceSource>>,
        /// source account that scanned; null when the person did not say who they are
        account: Option<AccountId> [pseudonym],
        /// person the account belonged to at that time
        person: Option<PersonId> [pseudonym],
        /// counted checks of the code, this one included
        checks: i64 [unit "checks"],
        /// whether the reward was asked for
        claim: bool,
        /// whether the person was known to the brand before this scan; null where they did not say who they are
        known: Option<bool>,
        /// whether the code had been checked before this scan, by anybody; null when the code is not ours
        again: Option<bool>,
        /// prizes that this scan won
        prizes: Option<i64> [unit "prizes"],
    }

    /// A scan won a prize of a campaign.
    pub struct RewardWon = "scan.reward_won", version 1, owner "scan" {
        /// id of the scan
        scan: ScanId,
        /// id of the campaign
        campaign: CampaignId,
        /// id of the prize
        prize: PrizeId,
        /// what was won
        kind: Word<PrizeKind>,
        /// how much: the unit goes by the kind
        amount: i64 [unit "fen, points or pieces"],
        /// source account that won
        account: AccountId [pseudonym],
        /// person the account belonged to at that time
        person: Option<PersonId> [pseudonym],
        /// whether the person became known to the brand by checking this very code, with this scan or an earlier one
        newcomer: Option<bool>,
        /// id of the product
        product: Option<ProductId>,
        /// GB/T 2260 code of the place of the scan; null when it is not known
        place: Option<Adcode>,
    }

    /// The store that had received the case earned a rebate for the scan of an item.
    pub struct RebateEarned = "scan.rebate_earned", version 1, owner "scan" {
        /// id of the scan
        scan: ScanId,
        /// id of the rebate rule
        rule: RebateId,
        /// id of the organisation that earns
        organisation: OrganisationId,
        /// how much it earned
        amount_fen: i64 [fen],
        /// id of the product
        product: Option<ProductId>,
        /// GB/T 2260 code of the place of the scan; null when it is not known
        place: Option<Adcode>,
    }
}

/// The kinds of things that can be won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrizeKind {
    /// Money.
    RedPacket,
    /// Points.
    Points,
    /// A piece of something.
    Gift,
}

impl From<Gain> for PrizeKind {
    fn from(gain: Gain) -> Self {
        match gain {
            Gain::RedPacket(_) => Self::RedPacket,
            Gain::Points(_) => Self::Points,
            Gain::Gift => Self::Gift,
        }
    }
}
