//! Lines of lists about what was done with goods.

use serde::Serialize;
use tallymark_base::Timestamp;
use tallymark_base::geography::Adcode;
use tallymark_base::id::{BatchId, ExceptionId, OperationId, OrganisationId, ProductId};
use utoipa::ToSchema;

use super::{ExceptionKind, OperationKind, Unit};

/// An operation in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OperationLine {
    /// Its id; that of a shipment has the same letters after the underscore.
    pub id: OperationId,
    /// What was done.
    pub kind: OperationKind,
    /// When.
    pub at: Timestamp,
    /// Who gets or has the goods.
    pub organisation: Option<OrganisationId>,
    /// The first of its codes, with neighbours joined.
    pub unit: Option<Unit>,
    /// How many runs of neighbouring codes it names.
    pub units: u64,
    /// How many items it was about, those inside of packs counted.
    pub items: i64,
}

/// Something that was recorded although it should not be, in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExceptionLine {
    /// Its id.
    pub id: ExceptionId,
    /// The operation that it was seen with.
    pub operation: OperationId,
    /// What.
    pub kind: ExceptionKind,
    /// When the goods arrived.
    pub at: Timestamp,
    /// Where they arrived.
    pub organisation: OrganisationId,
    /// Who should have them; null where nobody was sent them, or the caller does not see who.
    pub expected: Option<OrganisationId>,
    /// Which goods.
    pub unit: Unit,
}

/// What went from one holder to another in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Flow {
    /// Who held the goods before; null: the brand itself.
    pub sender: Option<OrganisationId>,
    /// Where the sender is, as far as that was said.
    pub sender_place: Option<Adcode>,
    /// Who got them.
    pub receiver: OrganisationId,
    /// Where the receiver is, as far as that was said.
    pub receiver_place: Option<Adcode>,
    /// How many items.
    pub items: i64,
    /// By how many shipments.
    pub shipments: i64,
}

/// A shipment behind flows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FlowShipment {
    /// The operation; the shipment's id has the same letters after the underscore where it was made as one.
    pub operation: OperationId,
    /// When.
    pub at: Timestamp,
    /// Who got the goods.
    pub receiver: OrganisationId,
    /// How many items of what was asked for: the sum of its parts.
    pub items: i64,
    /// From whom, of which batch.
    pub parts: Vec<FlowPart>,
}

/// A part of a shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FlowPart {
    /// Who held the goods before; null: the brand itself.
    pub sender: Option<OrganisationId>,
    /// The batch of the codes that were shipped; of a mixed pack that of the pack.
    pub batch: BatchId,
    /// Its product.
    pub product: ProductId,
    /// How many items.
    pub items: i64,
}
