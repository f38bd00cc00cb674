//! What comes of deciding an operation.

use tallymark_base::id::OrganisationId;

use super::custody::Container;
use super::fact::{Indexes, What};
use super::known::Missing;
use crate::Gone;

/// What an operation leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Decided {
    /// What happened to which codes.
    pub(crate) facts: Vec<(Indexes, What)>,
    /// What was not as it should be.
    pub(crate) exceptions: Vec<(Indexes, Exception)>,
    /// What it was about, part by part, with the items in each: those inside of packs counted.
    pub(crate) moved: Vec<(Indexes, i64)>,
    /// What left the pack that it lay in.
    pub(crate) left: Vec<(Indexes, Container)>,
    /// Codes that came into a pack in the place of others.
    pub(crate) put: Vec<(u64, u64)>,
}

impl Decided {
    /// How many items it was about.
    pub(crate) fn items(&self) -> i64 {
        self.moved.iter().map(|(_, items)| items).sum()
    }
}

/// Something that was recorded although it should not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exception {
    /// Goods arrived that were never sent to anybody.
    NotShipped,
    /// Goods arrived that another organisation should have.
    ShippedToOther(OrganisationId),
    /// Goods arrived once more where they had arrived.
    ReceivedTwice,
    /// Goods turned up that had left the channel, with whom.
    Gone(Gone, OrganisationId),
}

/// Why an operation cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    /// The codes lie in a pack.
    AlreadyPacked { codes: Indexes, pack: Indexes },
    /// The codes lie in a pack that is named with them.
    Nested { codes: Indexes },
    /// The codes lie in no pack, or nothing lies in the packs.
    NotPacked { codes: Indexes },
    /// The pack is not of a greater level than what is put into it; or the new label not of the level of the old one.
    Level { codes: Indexes, pack: Indexes },
    /// The codes and what they are put to are not held by the same organisation.
    HeldApart { codes: Indexes, holder: Option<OrganisationId>, other: Option<OrganisationId> },
    /// The codes are not held by who ships them.
    NotHeld { codes: Indexes, holder: Option<OrganisationId> },
    /// The codes left the channel.
    Gone { codes: Indexes, gone: Gone, by: OrganisationId },
    /// The label of the codes was replaced.
    Replaced { codes: Indexes, new: u64 },
    /// The new label is in use.
    InUse { codes: Indexes },
}

/// Why a decision could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Halt {
    /// Something must be read first.
    Missing(Missing),
    /// It cannot be.
    Denied(Denied),
}

impl From<Missing> for Halt {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

impl From<Denied> for Halt {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}
