//! An order of codes for one product and lot.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::{BatchId, PackProfileId, ProductId};
use tallymark_codes::{CodeLength, Epoch, Face, Level};
use utoipa::ToSchema;

use super::{Serials, SsccUse, text};
use crate::rules::listing::Label;
use crate::rules::packing::Packing;

/// Which codes an item carries. Cases and pallets carry an outer code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Faces {
    /// One on the outside.
    #[default]
    Outer,
    /// One on the outside and one under the cap or the scratch layer.
    OuterAndInner,
}

impl Faces {
    /// The stored number.
    pub const fn number(self) -> i64 {
        match self {
            Self::Outer => 1,
            Self::OuterAndInner => 2,
        }
    }

    /// From the stored number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Outer),
            2 => Some(Self::OuterAndInner),
            _ => None,
        }
    }

    /// Whether codes of this face exist at a level: inner ones only on items.
    pub fn include(self, level: Level, face: Face) -> bool {
        face == Face::Outer || (self == Self::OuterAndInner && level == Level::Item)
    }
}

/// When it is known which items lie in which pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Association {
    /// Before printing (前关联): neighbouring serials lie together. Nothing is stored for it.
    #[default]
    ByRange,
    /// On the packing line (后关联): each pack is scanned with what is put into it.
    OnLine,
}

impl Association {
    /// The stored number.
    pub const fn number(self) -> i64 {
        match self {
            Self::ByRange => 1,
            Self::OnLine => 2,
        }
    }

    /// From the stored number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::ByRange),
            2 => Some(Self::OnLine),
            _ => None,
        }
    }
}

/// How far a batch has come; computed from what was done with it. Minting takes no time of its own: a code is worked out
/// from its number when it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchStatus {
    /// It has no codes yet, and can be thrown away.
    Draft,
    /// Its codes can be printed; no item was activated.
    Ready,
    /// Its codes came back from the printing house; no item was activated.
    Printed,
    /// Some items were activated.
    PartlyActive,
    /// Every item was activated.
    Active,
    /// Every item is called back.
    Recalled,
    /// Every item was withdrawn.
    Void,
}

/// What the status of a batch is computed from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchFacts {
    pub(crate) items: u64,
    pub(crate) is_draft: bool,
    pub(crate) is_printed: bool,
    pub(crate) is_recalled: bool,
    pub(crate) activated: u64,
    pub(crate) void: u64,
}

impl BatchStatus {
    /// The status of a batch.
    pub(crate) const fn of(facts: BatchFacts) -> Self {
        let BatchFacts { items, is_draft, is_printed, is_recalled, activated, void } = facts;
        match () {
            () if is_draft => Self::Draft,
            () if is_recalled => Self::Recalled,
            () if void == items => Self::Void,
            () if activated == items => Self::Active,
            () if activated > 0 => Self::PartlyActive,
            () if is_printed => Self::Printed,
            () => Self::Ready,
        }
    }
}

/// An order of codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// The product that the items are.
    pub product: ProductId,
    /// The lot, as the plant writes it.
    pub lot: String,
    /// Number of items; their serials are 0 to `items` - 1.
    pub items: u64,
    /// Items in a box; 0: there are no boxes. The last box may hold fewer.
    pub items_per_box: u32,
    /// Items in a case; 0: there are no cases. The last case may hold fewer.
    pub items_per_case: u32,
    /// Cases on a pallet; 0: there are no pallets. The last pallet may hold fewer.
    pub cases_per_pallet: u32,
    /// When it is known which items lie in which pack.
    pub association: Association,
    /// Which codes an item carries.
    pub faces: Faces,
    /// The pack profile that it was ordered by; none where it has numbers of its own.
    pub profile: Option<PackProfileId>,
    /// Which packs bear an SSCC.
    pub sscc: SsccUse,
    /// Characters of a code.
    #[serde(serialize_with = "text::length")]
    #[schema(value_type = u64, minimum = 14, maximum = 20)]
    pub length: CodeLength,
    /// The key generation its codes are minted under.
    #[serde(serialize_with = "epoch")]
    #[schema(value_type = u64)]
    pub epoch: Epoch,
    /// How far it has come.
    pub status: BatchStatus,
    /// When it was ordered, or drafted.
    pub created_at: Timestamp,
    /// When its codes came back printed.
    pub printed_at: Option<Timestamp>,
    /// Which of its codes were made elsewhere and stand in a list.
    pub made_elsewhere: Vec<Label>,
}

impl Batch {
    /// How its items are packed.
    pub const fn packing(&self) -> Packing {
        Packing {
            items: self.items,
            items_per_box: self.items_per_box,
            items_per_case: self.items_per_case,
            cases_per_pallet: self.cases_per_pallet,
        }
    }
}

fn epoch<S: serde::Serializer>(epoch: &Epoch, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(epoch.0)
}

/// An order of codes to be placed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBatch {
    /// The product.
    pub product: ProductId,
    /// The lot, 1 to 40 characters.
    pub lot: String,
    /// Number of items, from 1.
    pub items: u64,
    /// The pack profile that says how it is packed; then all that it says is left out here.
    #[serde(default)]
    pub profile: Option<PackProfileId>,
    /// Items in a box; 0: there are no boxes.
    #[serde(default)]
    pub items_per_box: u32,
    /// Items in a case, a whole number of boxes where there are any; 0: there are no cases.
    #[serde(default)]
    pub items_per_case: u32,
    /// Cases on a pallet; 0: there are no pallets.
    #[serde(default)]
    pub cases_per_pallet: u32,
    /// When it is known which items lie in which pack; before printing unless said otherwise.
    #[serde(default)]
    pub association: Association,
    /// Which codes an item carries; an outer one unless said otherwise.
    #[serde(default)]
    pub faces: Faces,
    /// Which packs bear an SSCC; none unless said otherwise.
    #[serde(default)]
    pub sscc: SsccUse,
    /// Characters of a code, 14 to 20; 16 unless there is a reason.
    #[serde(default = "standard_length", deserialize_with = "text::parsed_length")]
    #[schema(value_type = u64, minimum = 14, maximum = 20, default = 16)]
    pub length: CodeLength,
    /// Whether it is only drafted: without codes, until it is ordered (`POST /v1/batches/{id}/order`).
    #[serde(default)]
    pub draft: bool,
}

const fn standard_length() -> CodeLength {
    CodeLength::STANDARD
}

/// Items that went live together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Activation {
    /// The batch.
    pub batch: BatchId,
    /// Which items.
    pub serials: Serials,
    /// When.
    pub at: Timestamp,
}

/// Items that were withdrawn together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Voiding {
    /// The batch.
    pub batch: BatchId,
    /// Which items were asked for.
    pub serials: Serials,
    /// How many of them were not void before; those that were keep their reason.
    pub newly_void: u64,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}
