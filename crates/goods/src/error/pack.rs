//! What is refused about pack profiles and SSCCs.

use tallymark_base::id::{PackProfileId, ProductId};
use tallymark_base::{Fault, Kind};
use tallymark_codes::{Level, SsccError};

/// A refused request about how goods are packed, or about the numbers of their packs. On any error the caller's transaction must
/// be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The profile does not exist in this tenant.
    #[error("there is no pack profile {profile}")]
    ProfileNotFound {
        /// What was given.
        profile: PackProfileId,
    },
    /// The profile of another product.
    #[error("pack profile {profile} is not one of product {product}")]
    ProfileOfOther {
        /// The profile.
        profile: PackProfileId,
        /// The product.
        product: ProductId,
    },
    /// Another profile of the product has the name.
    #[error("the product has a pack profile called {name:?}; choose another name, or change that one")]
    ProfileNameTaken {
        /// The name.
        name: String,
    },
    /// As many profiles as a product may have.
    #[error("the product has {max} pack profiles, as many as it may have; remove one first")]
    TooManyProfiles {
        /// The limit.
        max: i64,
    },
    /// A batch ordered by a profile, and with numbers of its own.
    #[error("a batch is packed by its profile or by numbers of its own: leave one of them out")]
    ProfileAndNumbers,
    /// SSCCs for packs that there are not.
    #[error(
        "SSCCs are for cases and pallets, and this packing has none of the {level} level; leave sscc out or give the packs"
    )]
    NothingToNumber {
        /// The level without packs.
        level: Level,
    },
    /// SSCCs, and no company prefix.
    #[error("SSCCs begin with the brand's GS1 company prefix, and it has none; set it first: PUT /v1/company-prefix")]
    NoCompanyPrefix,
    /// No more numbers.
    #[error(
        "{needed} SSCCs are needed and {left} are left under this prefix and extension digit; choose another extension digit"
    )]
    SsccsExhausted {
        /// How many are needed.
        needed: u64,
        /// How many are left.
        left: u64,
    },
    /// A level whose packs bear no SSCC.
    #[error("the packs of level {level} of this batch bear no SSCC; order batches with sscc to have them")]
    NoSscc {
        /// The level.
        level: Level,
    },
    /// No company prefix or extension digit.
    #[error(transparent)]
    Sscc(#[from] SsccError),
}

impl Fault for PackError {
    fn code(&self) -> &'static str {
        match self {
            Self::ProfileNotFound { .. } => "goods.profile_not_found",
            Self::ProfileOfOther { .. } => "goods.profile_of_other",
            Self::ProfileNameTaken { .. } => "goods.profile_name_taken",
            Self::TooManyProfiles { .. } => "goods.too_many_profiles",
            Self::ProfileAndNumbers => "goods.profile_and_numbers",
            Self::NothingToNumber { .. } => "goods.nothing_to_number",
            Self::NoCompanyPrefix => "goods.no_company_prefix",
            Self::SsccsExhausted { .. } => "goods.ssccs_exhausted",
            Self::NoSscc { .. } => "goods.no_sscc",
            Self::Sscc(_) => "goods.company_prefix",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::ProfileNotFound { .. } => Kind::NotFound,
            Self::ProfileOfOther { .. }
            | Self::ProfileAndNumbers
            | Self::NothingToNumber { .. }
            | Self::NoSscc { .. }
            | Self::Sscc(_) => Kind::Invalid,
            Self::ProfileNameTaken { .. }
            | Self::TooManyProfiles { .. }
            | Self::NoCompanyPrefix
            | Self::SsccsExhausted { .. } => Kind::Conflict,
        }
    }
}
