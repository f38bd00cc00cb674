//! What is refused about goods.

use tallymark_base::id::{BatchId, IdError, OrganisationId, ProductId};
use tallymark_base::seal::SealError;
use tallymark_base::{Fault, Kind};
use tallymark_codes::{Epoch, Face, KeyringError, LabelError, Level};

use crate::Serials;

/// A refused request about products, codes or shipments. On any error the caller's transaction must be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A text is blank, too long, or holds control characters.
    #[error("a {field} has 1 to {max} characters and no control characters; this one has {length}")]
    Text {
        /// Which field.
        field: &'static str,
        /// Characters of what was given.
        length: usize,
        /// The limit.
        max: usize,
    },
    /// Another product has the SKU.
    #[error("a product with the SKU {sku} exists; SKUs are unique")]
    SkuTaken {
        /// The SKU.
        sku: String,
    },
    /// The product does not exist in this tenant.
    #[error("there is no product {product}")]
    ProductNotFound {
        /// What was given.
        product: ProductId,
    },
    /// The batch does not exist in this tenant.
    #[error("there is no code batch {batch}")]
    BatchNotFound {
        /// What was given.
        batch: BatchId,
    },
    /// The organisation does not exist in this tenant.
    #[error("there is no organisation {organisation} to ship to")]
    OrganisationNotFound {
        /// What was given.
        organisation: OrganisationId,
    },
    /// A batch of no items, or of more than a tenant can ever have.
    #[error("a batch has 1 to {max} items, not {items}")]
    Items {
        /// What was given.
        items: u64,
        /// The limit.
        max: u64,
    },
    /// A case or pallet that holds too much.
    #[error("a case holds at most {max} items and a pallet at most {max} cases, not {given}")]
    Pack {
        /// What was given.
        given: u32,
        /// The limit.
        max: u32,
    },
    /// Pallets hold cases.
    #[error("pallets hold cases: give items_per_case, or leave cases_per_pallet 0")]
    PalletsWithoutCases,
    /// The tenant's 2^40 indexes do not reach.
    #[error(
        "this batch needs {needed} codes but the tenant has {left} of 2^40 left; order fewer, or open another tenant"
    )]
    CodesExhausted {
        /// Codes on one face, all levels together.
        needed: u64,
        /// Indexes not given out.
        left: u64,
    },
    /// Serials that the batch does not have.
    #[error("serials {} to {} are not among the {count} of level {level} in this batch; they count from 0", serials.first, serials.last)]
    NoSuchSerials {
        /// At which level.
        level: Level,
        /// What was given.
        serials: Serials,
        /// How many the batch has.
        count: u64,
    },
    /// Some items were activated before.
    #[error("items {asked} cannot be activated: items {held} were activated before; activate the others")]
    ActivationOverlaps {
        /// What was to be activated.
        asked: Serials,
        /// An activation in the way.
        held: Serials,
    },
    /// The face has no codes at the level.
    #[error("this batch has no {face} codes at level {level}")]
    NoSuchFace {
        /// What was asked for.
        face: Face,
        /// At which level.
        level: Level,
    },
    /// Some of the items are not held by the caller's part of the channel tree.
    #[error("your organisation does not hold all of this of batch {batch}")]
    NotHeld {
        /// The batch.
        batch: BatchId,
    },
    /// A shipment of nothing or of too much.
    #[error("a shipment has 1 to {max} units, not {given}; join neighbouring cases into one unit, or ship in parts")]
    Units {
        /// What was given.
        given: usize,
        /// The limit.
        max: usize,
    },
    /// Only cases and pallets are shipped.
    #[error("a unit of a shipment is a case or a pallet, not a {level}")]
    UnitLevel {
        /// What was given.
        level: Level,
    },
    /// A tenant without a key for its codes.
    #[error("the tenant has no key for its codes; make one with keys::rotate")]
    NoKeys,
    /// No more key generations.
    #[error("the tenant has {max} key generations, as many as are tried for one code; no other can be added")]
    TooManyEpochs {
        /// The limit.
        max: usize,
    },
    /// A batch minted under a key that is gone.
    #[error("the key of epoch {epoch} is missing")]
    EpochMissing {
        /// The epoch.
        epoch: Epoch,
    },
    /// The keys cannot be used together.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// Labels could not be printed.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// The printed codes could not be written.
    #[error("the codes could not be written: {0}")]
    Write(#[from] std::io::Error),
    /// The channel tree.
    #[error(transparent)]
    Partners(#[from] tallymark_partners::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A stored key does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl From<tallymark_store::outbox::SaveError> for Error {
    fn from(error: tallymark_store::outbox::SaveError) -> Self {
        match error {
            tallymark_store::outbox::SaveError::Store(error) => Self::Store(error),
            tallymark_store::outbox::SaveError::Id(error) => Self::Id(error),
        }
    }
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Text { .. } => "goods.text",
            Self::SkuTaken { .. } => "goods.sku_taken",
            Self::ProductNotFound { .. } => "goods.product_not_found",
            Self::BatchNotFound { .. } => "goods.batch_not_found",
            Self::OrganisationNotFound { .. } => "goods.organisation_not_found",
            Self::Items { .. } => "goods.items",
            Self::Pack { .. } => "goods.pack",
            Self::PalletsWithoutCases => "goods.pallets_without_cases",
            Self::CodesExhausted { .. } => "goods.codes_exhausted",
            Self::NoSuchSerials { .. } => "goods.no_such_serials",
            Self::ActivationOverlaps { .. } => "goods.activation_overlaps",
            Self::NoSuchFace { .. } => "goods.no_such_face",
            Self::NotHeld { .. } => "goods.not_held",
            Self::Units { .. } => "goods.units",
            Self::UnitLevel { .. } => "goods.unit_level",
            Self::NoKeys => "goods.no_keys",
            Self::TooManyEpochs { .. } => "goods.too_many_epochs",
            Self::EpochMissing { .. } => "goods.epoch_missing",
            Self::Keyring(_) => "goods.keyring",
            Self::Label(_) => "goods.label",
            Self::Write(_) => "goods.write",
            Self::Partners(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
            Self::Seal(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Text { .. }
            | Self::Items { .. }
            | Self::Pack { .. }
            | Self::PalletsWithoutCases
            | Self::NoSuchSerials { .. }
            | Self::NoSuchFace { .. }
            | Self::Units { .. }
            | Self::UnitLevel { .. } => Kind::Invalid,
            Self::ProductNotFound { .. }
            | Self::BatchNotFound { .. }
            | Self::OrganisationNotFound { .. }
            | Self::NotHeld { .. } => Kind::NotFound,
            Self::SkuTaken { .. }
            | Self::CodesExhausted { .. }
            | Self::ActivationOverlaps { .. }
            | Self::TooManyEpochs { .. } => Kind::Conflict,
            Self::Label(LabelError::Layout(_) | LabelError::Qr(_) | LabelError::FileFull | LabelError::NoLabels) => {
                Kind::Invalid
            }
            Self::Label(LabelError::Io(_)) | Self::Write(_) => Kind::Internal,
            Self::NoKeys | Self::EpochMissing { .. } | Self::Keyring(_) => Kind::Internal,
            Self::Partners(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
            Self::Seal(error) => error.kind(),
        }
    }
}
