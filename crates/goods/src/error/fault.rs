//! The stable code of each refusal, and what kind of refusal it is.

use tallymark_base::{Fault, Kind};
use tallymark_codes::LabelError;

use crate::{Error, Unit};

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Text { .. } => "goods.text",
            Self::SkuTaken { .. } => "goods.sku_taken",
            Self::ProductNotFound { .. } => "goods.product_not_found",
            Self::BatchNotFound { .. } => "goods.batch_not_found",
            Self::Draft { .. } => "goods.draft",
            Self::NotDraft { .. } => "goods.not_draft",
            Self::OrganisationNotFound { .. } => "goods.organisation_not_found",
            Self::Items { .. } => "goods.items",
            Self::Pack { .. } => "goods.pack",
            Self::PalletsWithoutCases => "goods.pallets_without_cases",
            Self::BoxesInCase { .. } => "goods.boxes_in_case",
            Self::CodesExhausted { .. } => "goods.codes_exhausted",
            Self::NoSuchSerials { .. } => "goods.no_such_serials",
            Self::ActivationOverlaps { .. } => "goods.activation_overlaps",
            Self::NoSuchFace { .. } => "goods.no_such_face",
            Self::NotHeld { .. } => "goods.not_held",
            Self::Units { .. } => "goods.units",
            Self::OneCode { .. } => "goods.one_code",
            Self::InFuture { .. } => "goods.in_future",
            Self::AlreadyPacked { .. } => "goods.already_packed",
            Self::NamedWithPack { .. } => "goods.named_with_pack",
            Self::NotPacked { .. } => "goods.not_packed",
            Self::PackLevel { .. } => "goods.pack_level",
            Self::HeldApart { .. } => "goods.held_apart",
            Self::NotHeldBySender { .. } => "goods.not_held_by_sender",
            Self::Gone { .. } => "goods.gone",
            Self::TooScattered { .. } => "goods.too_scattered",
            Self::TooManyShipments { .. } => "goods.too_many_shipments",
            Self::LabelReplaced { .. } => "goods.label_replaced",
            Self::LabelInUse { .. } => "goods.label_in_use",
            Self::LinkNotFound { .. } => "goods.link_not_found",
            Self::Anchor(_) | Self::AnchorQuery => "goods.anchor",
            Self::LinkType { .. } => "goods.link_type",
            Self::Target { .. } => "goods.target",
            Self::LinkAttribute { .. } => "goods.link_attribute",
            Self::TooManyLinks { .. } => "goods.too_many_links",
            Self::Recall(error) => error.code(),
            Self::Numbered(error) => error.code(),
            Self::Package(error) => error.code(),
            Self::List(error) => error.code(),
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
            | Self::BoxesInCase { .. }
            | Self::NoSuchSerials { .. }
            | Self::NoSuchFace { .. }
            | Self::Units { .. }
            | Self::OneCode { .. }
            | Self::InFuture { .. }
            | Self::NamedWithPack { .. }
            | Self::PackLevel { .. }
            | Self::TooScattered { .. }
            | Self::TooManyShipments { .. }
            | Self::Anchor(_)
            | Self::AnchorQuery
            | Self::LinkType { .. }
            | Self::Target { .. }
            | Self::LinkAttribute { .. } => Kind::Invalid,

            Self::ProductNotFound { .. }
            | Self::BatchNotFound { .. }
            | Self::OrganisationNotFound { .. }
            | Self::LinkNotFound { .. }
            | Self::NotHeld { .. } => Kind::NotFound,
            Self::SkuTaken { .. }
            | Self::Draft { .. }
            | Self::NotDraft { .. }
            | Self::CodesExhausted { .. }
            | Self::ActivationOverlaps { .. }
            | Self::AlreadyPacked { .. }
            | Self::NotPacked { .. }
            | Self::HeldApart { .. }
            | Self::NotHeldBySender { .. }
            | Self::Gone { .. }
            | Self::LabelReplaced { .. }
            | Self::LabelInUse { .. }
            | Self::TooManyLinks { .. }
            | Self::TooManyEpochs { .. } => Kind::Conflict,
            Self::Label(LabelError::Layout(_) | LabelError::Qr(_) | LabelError::FileFull | LabelError::NoLabels) => {
                Kind::Invalid
            }
            Self::Label(LabelError::Io(_)) | Self::Write(_) => Kind::Internal,
            Self::NoKeys | Self::EpochMissing { .. } | Self::Keyring(_) => Kind::Internal,
            Self::Recall(error) => error.kind(),
            Self::Numbered(error) => error.kind(),
            Self::Package(error) => error.kind(),
            Self::List(error) => error.kind(),
            Self::Partners(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
            Self::Seal(error) => error.kind(),
        }
    }
}

impl Error {
    /// The goods with which something is wrong, where it is about some of those that were named.
    pub const fn unit(&self) -> Option<&Unit> {
        match self {
            Self::OneCode { given } => Some(given),
            Self::AlreadyPacked { codes, .. }
            | Self::NamedWithPack { codes }
            | Self::NotPacked { codes }
            | Self::PackLevel { codes, .. }
            | Self::HeldApart { codes, .. }
            | Self::NotHeldBySender { codes, .. }
            | Self::Gone { codes, .. }
            | Self::LabelReplaced { codes, .. }
            | Self::LabelInUse { codes } => Some(codes),
            _ => None,
        }
    }
}
