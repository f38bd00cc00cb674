//! Does a campaign apply to a scan: its time, place, goods and audience. Counts and money are not asked here.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::geography::Adcode;
use tallymark_base::id::{BatchId, ProductId};
use tallymark_codes::{Face, Level};

use super::record::{as_micros, face_number, level_number};
use crate::types::{Audience, Campaign};

/// What is known of a scan before any campaign is asked. As JSON it has one-letter names, since every decision keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// When.
    #[serde(rename = "t", with = "as_micros")]
    pub at: Timestamp,
    /// Where, if it is known.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub adcode: Option<Adcode>,
    /// The product.
    #[serde(rename = "p")]
    pub product: ProductId,
    /// The code batch.
    #[serde(rename = "b")]
    pub batch: BatchId,
    /// The face that was scanned.
    #[serde(rename = "c", with = "face_number")]
    pub face: Face,
    /// The batch has inner faces.
    #[serde(rename = "i")]
    pub batch_has_inner: bool,
    /// What the code is stuck on.
    #[serde(rename = "l", with = "level_number")]
    pub level: Level,
    /// The brand knew the person before this scan.
    #[serde(rename = "k")]
    pub known: bool,
    /// The person's tier; 0 for none.
    #[serde(rename = "m")]
    pub tier: u8,
}

/// Why a campaign does not apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ineligible {
    /// It has not begun.
    NotStarted,
    /// It is over.
    Over,
    /// Only items win, not boxes, cases or pallets.
    Level,
    /// Another face of the item wins.
    Face,
    /// It is for other products.
    Product,
    /// It is for other code batches.
    Batch,
    /// It has regions, and nobody knows where the scan was.
    PlaceUnknown,
    /// It is for other regions.
    Place,
    /// It is for other people.
    Audience,
}

impl Ineligible {
    /// A stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Over => "over",
            Self::Level => "level",
            Self::Face => "face",
            Self::Product => "product",
            Self::Batch => "batch",
            Self::PlaceUnknown => "place_unknown",
            Self::Place => "place",
            Self::Audience => "audience",
        }
    }
}

/// Whether a campaign applies to a scan, or the first reason why not.
///
/// The status is not asked: [`crate::active`] gives the running ones, and a replay must not depend on what became of a
/// campaign later.
pub fn eligible(campaign: &Campaign, facts: &Facts) -> Result<(), Ineligible> {
    let refuse = |unless: bool, reason: Ineligible| if unless { Ok(()) } else { Err(reason) };
    refuse(facts.at >= campaign.starts, Ineligible::NotStarted)?;
    refuse(facts.at < campaign.ends, Ineligible::Over)?;
    refuse(facts.level == Level::Item, Ineligible::Level)?;
    let wins = campaign.face.unwrap_or(if facts.batch_has_inner { Face::Inner } else { Face::Outer });
    refuse(facts.face == wins, Ineligible::Face)?;
    // Both lists are kept ascending.
    let lists = |ids_empty: bool, found: bool| ids_empty || found;
    let products = &campaign.products;
    refuse(lists(products.is_empty(), products.binary_search(&facts.product).is_ok()), Ineligible::Product)?;
    let batches = &campaign.batches;
    refuse(lists(batches.is_empty(), batches.binary_search(&facts.batch).is_ok()), Ineligible::Batch)?;
    if !campaign.regions.is_empty() {
        let place = facts.adcode.ok_or(Ineligible::PlaceUnknown)?;
        refuse(campaign.regions.iter().any(|region| region.contains(place)), Ineligible::Place)?;
    }
    let invited = match campaign.audience {
        Audience::Everyone => true,
        Audience::New => !facts.known,
        Audience::Known => facts.known,
        Audience::TierAtLeast(tier) => facts.tier >= tier,
    };
    refuse(invited, Ineligible::Audience)
}
