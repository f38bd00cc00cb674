//! What is done with goods, and what is known of where they are.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::{ExceptionId, OperationId, OrganisationId, ShipmentId};
use utoipa::ToSchema;

use super::Unit;
use crate::rules::trace::fact::Indexes;

/// Kinds of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// Codes were put into a pack.
    Pack,
    /// Codes were taken out of their packs.
    Unpack,
    /// Packs were opened: what lay in them stands alone.
    Open,
    /// Goods were sent to an organisation.
    Ship,
    /// An organisation has goods in hand.
    Receive,
    /// A label that could not be read was replaced.
    Replace,
    /// Goods were sold over the counter.
    Sell,
    /// Goods were destroyed.
    Destroy,
}

impl OperationKind {
    pub(crate) const ALL: [Self; 8] =
        [Self::Pack, Self::Unpack, Self::Open, Self::Ship, Self::Receive, Self::Replace, Self::Sell, Self::Destroy];

    /// The stored number.
    pub const fn number(self) -> i64 {
        match self {
            Self::Pack => 1,
            Self::Unpack => 2,
            Self::Open => 3,
            Self::Ship => 4,
            Self::Receive => 5,
            Self::Replace => 6,
            Self::Sell => 7,
            Self::Destroy => 8,
        }
    }

    /// From the stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

/// Something to be done with goods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewOperation {
    /// Puts codes into a pack of a greater level. It comes to where they are held.
    Pack {
        /// The pack: one code.
        pack: Unit,
        /// What is put into it.
        units: Vec<Unit>,
        /// Whether what lies in another pack is taken out of it first; otherwise that is refused.
        moves: bool,
    },
    /// Takes codes out of the packs that they lie in.
    Unpack {
        /// What is taken out.
        units: Vec<Unit>,
    },
    /// Opens packs: what lies in them stands alone.
    Open {
        /// The packs.
        packs: Vec<Unit>,
    },
    /// Hands goods to an organisation. What lies in a pack that is not among them leaves it.
    Ship {
        /// What is shipped.
        units: Vec<Unit>,
        /// Who gets it.
        to: OrganisationId,
        /// Who must hold it; none: whoever does.
        from: Option<OrganisationId>,
    },
    /// An organisation has goods in hand. What it was not sent is received all the same, and reported.
    Receive {
        /// What arrived.
        units: Vec<Unit>,
        /// Where.
        by: OrganisationId,
    },
    /// An organisation sold goods over the counter. What it did not hold is sold all the same, and reported.
    Sell {
        /// What was sold. What lies in a pack that is not among them leaves it.
        units: Vec<Unit>,
        /// Who sold it.
        by: OrganisationId,
    },
    /// An organisation destroyed goods that it holds.
    Destroy {
        /// What was destroyed. What lies in a pack that is not among them leaves it.
        units: Vec<Unit>,
        /// Who holds it.
        by: OrganisationId,
    },
    /// Puts a new label in the place of one that cannot be read: what was so of the old code is so of the new one.
    Replace {
        /// The old code.
        old: Unit,
        /// The new one, which nothing was done with.
        new: Unit,
    },
}

impl NewOperation {
    /// Who gets or has the goods, or had them last.
    pub const fn organisation(&self) -> Option<OrganisationId> {
        match self {
            Self::Ship { to, .. } => Some(*to),
            Self::Receive { by, .. } | Self::Sell { by, .. } | Self::Destroy { by, .. } => Some(*by),
            _ => None,
        }
    }

    /// Every unit that it names.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        let (first, rest): (&[Unit], &[Unit]) = match self {
            Self::Pack { pack, units, .. } => (std::slice::from_ref(pack), units),
            Self::Unpack { units }
            | Self::Ship { units, .. }
            | Self::Receive { units, .. }
            | Self::Sell { units, .. }
            | Self::Destroy { units, .. } => (&[], units),
            Self::Open { packs } => (&[], packs),
            Self::Replace { old, new } => (std::slice::from_ref(old), std::slice::from_ref(new)),
        };
        first.iter().chain(rest)
    }
}

/// An operation as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) id: i64,
    pub(crate) kind: OperationKind,
    pub(crate) at: Timestamp,
    /// Who gets or has the goods, or had them last.
    pub(crate) organisation: Option<OrganisationId>,
    /// Index of the pack, or of the new label.
    pub(crate) pack: Option<u64>,
    pub(crate) items: i64,
    pub(crate) codes: Vec<Indexes>,
}

/// An operation as it was recorded, for who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecordedOperation {
    /// Its id; that of a shipment has the same letters after the underscore.
    pub id: OperationId,
    /// What was done.
    pub kind: OperationKind,
    /// When.
    pub at: Timestamp,
    /// Who gets or has the goods, or had them last.
    pub organisation: Option<OrganisationId>,
    /// The pack that codes were put into, or the new label.
    pub pack: Option<Unit>,
    /// With which codes, neighbours joined.
    pub units: Vec<Unit>,
    /// How many items it was about.
    pub items: i64,
    /// What was not as it should be, and was recorded all the same.
    pub exceptions: Vec<Reported>,
}

/// What was not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// Goods arrived that were never sent to anybody.
    NotShipped,
    /// Goods arrived that another organisation should have.
    ShippedToOther,
    /// Goods arrived once more where they had arrived.
    ReceivedTwice,
    /// Goods turned up that had been sold before: elsewhere, or sold once more.
    SoldBefore,
    /// Goods turned up that had been destroyed.
    DestroyedBefore,
}

impl ExceptionKind {
    pub(crate) const ALL: [Self; 5] =
        [Self::NotShipped, Self::ShippedToOther, Self::ReceivedTwice, Self::SoldBefore, Self::DestroyedBefore];

    /// From the stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// The stored number.
    pub const fn number(self) -> i64 {
        match self {
            Self::NotShipped => 1,
            Self::ShippedToOther => 2,
            Self::ReceivedTwice => 3,
            Self::SoldBefore => 4,
            Self::DestroyedBefore => 5,
        }
    }
}

/// A row of exceptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exceptional {
    pub(crate) id: ExceptionId,
    pub(crate) event: i64,
    pub(crate) line: i64,
    pub(crate) kind: ExceptionKind,
    pub(crate) organisation: OrganisationId,
    pub(crate) expected: Option<OrganisationId>,
    pub(crate) unit: Unit,
    pub(crate) at: Timestamp,
}

/// What came of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OperationDone)]
pub struct Done {
    /// Its id.
    pub id: OperationId,
    /// What was done.
    pub kind: OperationKind,
    /// When.
    pub at: Timestamp,
    /// How many items it was about, those inside of packs counted.
    pub items: i64,
    /// What was not as it should be, and was recorded all the same.
    pub exceptions: Vec<Reported>,
}

/// Goods with which something was not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reported {
    /// What.
    pub kind: ExceptionKind,
    /// Which goods.
    pub unit: Unit,
    /// Who should have them; of what had been sold or destroyed, who did that.
    pub expected: Option<OrganisationId>,
}

/// How goods left the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = GoodsGone)]
pub enum Gone {
    /// They were sold over the counter.
    Sold,
    /// They were destroyed.
    Destroyed,
}

impl Gone {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sold => "sold",
            Self::Destroyed => "destroyed",
        }
    }
}

/// With whom goods are, or who had them last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holder {
    /// Who; none: the brand.
    pub organisation: Option<OrganisationId>,
    /// How they left the channel, where they did: then nobody of it has them.
    pub gone: Option<Gone>,
}

/// Who holds goods, or had them last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
pub struct Custody {
    /// The holder; of what left the channel, who had it last.
    pub organisation: OrganisationId,
    /// By which shipment it got them; none where it received what nobody had sent, or said that it arrived.
    pub shipment: Option<ShipmentId>,
    /// Since when.
    pub since: Timestamp,
    /// How the goods left the channel, where they did: then nobody of it has them.
    pub gone: Option<Gone>,
}

/// What happened to a code, or to a pack while the code lay in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// The operation.
    pub event: OperationId,
    /// To which code.
    pub unit: Unit,
    /// What.
    pub kind: StepKind,
    /// Who has the goods since; who sold or destroyed them.
    pub organisation: Option<OrganisationId>,
    /// The pack that it was put into, or the label in the place of which it came or which came in its place.
    pub other: Option<Unit>,
}

/// What happened to a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// It was put into a pack.
    Packed,
    /// It was taken out of its pack.
    Unpacked,
    /// It was opened: what lay in it stands alone.
    Opened,
    /// It was sent to an organisation.
    Shipped,
    /// An organisation has it in hand.
    Received,
    /// It was sold over the counter.
    Sold,
    /// It was destroyed.
    Destroyed,
    /// Another label took its place.
    ReplacedBy,
    /// It took the place of another label.
    Replaces,
}
