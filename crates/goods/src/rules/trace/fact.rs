//! The smallest things that can happen to a code.

use tallymark_base::Timestamp;
use tallymark_base::id::OrganisationId;

use crate::{Gone, Serials};

/// Neighbouring code indexes of one level of a batch, both ends included.
pub(crate) type Indexes = Serials;

/// A place in the order of everything that happened: by when it happened, and then by the trace event that tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment {
    /// When it happened.
    pub(crate) at: Timestamp,
    /// The stored number of the trace event's id.
    pub(crate) event: i64,
}

impl Moment {
    /// Before everything.
    pub(crate) const START: Self = Self { at: Timestamp(i64::MIN), event: i64::MIN };
    /// After everything.
    pub(crate) const END: Self = Self { at: Timestamp(i64::MAX), event: i64::MAX };

    /// After everything that happened up to `at`, itself included.
    pub(crate) const fn after(at: Timestamp) -> Self {
        Self { at, event: i64::MAX }
    }
}

/// What happened to each code of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum What {
    /// It was put into a pack, by the pack's code index.
    Packed {
        /// The pack.
        into: u64,
    },
    /// It was taken out of the pack that it lay in.
    Unpacked,
    /// A pack got items (a positive number) or lost some: those inside of what was packed into it or taken out.
    Content {
        /// How many.
        items: i64,
    },
    /// A pack was opened or emptied: whatever lay in it stands alone since then.
    Emptied,
    /// It was handed over, or sent on its way, to an organisation.
    Shipped {
        /// To whom.
        to: OrganisationId,
    },
    /// An organisation has it in hand.
    Received {
        /// Who.
        by: OrganisationId,
    },
    /// It was sold over the counter: nobody of the channel has it.
    Sold {
        /// Who sold it.
        by: OrganisationId,
    },
    /// It was destroyed: nobody has it.
    Destroyed {
        /// Who had it, and destroyed it.
        by: OrganisationId,
    },
    /// Its label was replaced; what lay in it lies in the pack with the new label.
    ReplacedBy {
        /// The new code's index.
        new: u64,
    },
    /// It took the place of another code.
    Replaces {
        /// The old code's index.
        old: u64,
    },
}

impl What {
    /// The organisation that has the goods since, or had them last, if this is about custody.
    pub(crate) const fn holder(self) -> Option<OrganisationId> {
        match self {
            Self::Shipped { to } => Some(to),
            Self::Received { by } | Self::Sold { by } | Self::Destroyed { by } => Some(by),
            _ => None,
        }
    }

    /// How the goods left the channel, if this says so.
    pub(crate) const fn gone(self) -> Option<Gone> {
        match self {
            Self::Sold { .. } => Some(Gone::Sold),
            Self::Destroyed { .. } => Some(Gone::Destroyed),
            _ => None,
        }
    }

    /// Whether it says where the code lies.
    pub(crate) const fn is_containment(self) -> bool {
        matches!(self, Self::Packed { .. } | Self::Unpacked)
    }
}

/// Something that happened at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fact {
    /// When, and by which trace event.
    pub(crate) moment: Moment,
    /// What.
    pub(crate) what: What,
}
