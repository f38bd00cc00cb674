//! How a product is usually packed and printed.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::{PackProfileId, ProductId};
use utoipa::ToSchema;

use super::{Association, Faces};
use crate::rules::packing::Packing;

/// Which packs bear an SSCC beside their own code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SsccUse {
    /// None.
    #[default]
    None,
    /// Pallets.
    Pallets,
    /// Cases and pallets.
    CasesAndPallets,
}

impl SsccUse {
    /// The stored number.
    pub const fn number(self) -> i64 {
        match self {
            Self::None => 0,
            Self::Pallets => 1,
            Self::CasesAndPallets => 2,
        }
    }

    /// From the stored number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::None),
            1 => Some(Self::Pallets),
            2 => Some(Self::CasesAndPallets),
            _ => None,
        }
    }

    /// Whether packs of a level bear one.
    pub fn includes(self, level: tallymark_codes::Level) -> bool {
        use tallymark_codes::Level::{Case, Pallet};
        match self {
            Self::None => false,
            Self::Pallets => level == Pallet,
            Self::CasesAndPallets => matches!(level, Case | Pallet),
        }
    }
}

/// How a product is packed and printed, under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PackProfile {
    /// Its id.
    pub id: PackProfileId,
    /// The product.
    pub product: ProductId,
    /// Its name, unique for the product.
    pub name: String,
    /// Items in a box; 0: there are no boxes.
    pub items_per_box: u32,
    /// Items in a case; 0: there are no cases.
    pub items_per_case: u32,
    /// Cases on a pallet; 0: there are no pallets.
    pub cases_per_pallet: u32,
    /// When it is known which items lie in which pack.
    pub association: Association,
    /// Which codes an item carries.
    pub faces: Faces,
    /// Which packs bear an SSCC.
    pub sscc: SsccUse,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub changed_at: Timestamp,
}

impl PackProfile {
    /// How a batch of so many items is packed by it.
    pub const fn packing(&self, items: u64) -> Packing {
        Packing {
            items,
            items_per_box: self.items_per_box,
            items_per_case: self.items_per_case,
            cases_per_pallet: self.cases_per_pallet,
        }
    }
}

/// A profile to be made, or what one becomes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPackProfile {
    /// Its name, 1 to 120 characters, unique for the product.
    pub name: String,
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
}

/// Under which numbers the brand gives out SSCCs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CompanyPrefix {
    /// The brand's GS1 company prefix.
    pub prefix: String,
    /// The extension digit.
    pub extension: u8,
    /// How many SSCCs were given out under both.
    pub given: u64,
    /// How many are left.
    pub left: u64,
}

/// Under which numbers SSCCs are to be given out.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCompanyPrefix {
    /// The brand's GS1 company prefix, 4 to 12 digits, as GS1 assigned it.
    #[schema(pattern = "^[0-9]{4,12}$", example = "6901234")]
    pub prefix: String,
    /// The extension digit, 0 to 9: ten times as many numbers.
    #[serde(default)]
    #[schema(maximum = 9)]
    pub extension: u8,
}
