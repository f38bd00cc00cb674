//! The events of goods.

use serde::Serialize;
use tallymark_base::event::{Event, EventType, field};
use tallymark_base::id::{BatchId, OrganisationId, ProductId, ShipmentId};

use crate::Faces;

/// Codes were ordered.
#[derive(Debug, Serialize)]
pub struct BatchCreated {
    /// The batch.
    pub batch: BatchId,
    /// Its product.
    pub product: ProductId,
    /// The lot, as the plant writes it.
    pub lot: String,
    /// Number of items.
    pub items: u64,
    /// Number of cases.
    pub cases: u64,
    /// Number of pallets.
    pub pallets: u64,
    /// Which codes an item carries.
    pub faces: Faces,
}

impl Event for BatchCreated {
    const TYPE: EventType = EventType {
        name: "goods.batch_created",
        version: 1,
        owner: "goods",
        description: "Codes were ordered for one product and lot.",
        fields: &[
            field("batch", "id of the code batch"),
            field("product", "id of the product"),
            field("lot", "the lot, as the plant writes it"),
            field("items", "number of items"),
            field("cases", "number of cases; 0 where there are none"),
            field("pallets", "number of pallets; 0 where there are none"),
            field("faces", "outer, or outer_and_inner"),
        ],
    };
}

/// Items went live.
#[derive(Debug, Serialize)]
pub struct Activated {
    /// The batch.
    pub batch: BatchId,
    /// Its product.
    pub product: ProductId,
    /// The first item serial.
    pub first: u64,
    /// The last item serial.
    pub last: u64,
    /// How many.
    pub items: u64,
}

impl Event for Activated {
    const TYPE: EventType = EventType {
        name: "goods.activated",
        version: 1,
        owner: "goods",
        description: "The codes of neighbouring items of a batch went live.",
        fields: &[
            field("batch", "id of the code batch"),
            field("product", "id of the product"),
            field("first", "serial of the first item, from 0"),
            field("last", "serial of the last item"),
            field("items", "number of items"),
        ],
    };
}

/// Items were withdrawn.
#[derive(Debug, Serialize)]
pub struct Voided {
    /// The batch.
    pub batch: BatchId,
    /// Its product.
    pub product: ProductId,
    /// The first item serial.
    pub first: u64,
    /// The last item serial.
    pub last: u64,
    /// How many.
    pub items: u64,
    /// Why.
    pub reason: String,
}

impl Event for Voided {
    const TYPE: EventType = EventType {
        name: "goods.voided",
        version: 1,
        owner: "goods",
        description: "The codes of neighbouring items of a batch, none of them void before, were withdrawn.",
        fields: &[
            field("batch", "id of the code batch"),
            field("product", "id of the product"),
            field("first", "serial of the first item, from 0"),
            field("last", "serial of the last item"),
            field("items", "number of items"),
            field("reason", "why, as the operator wrote it"),
        ],
    };
}

/// Items were handed to an organisation.
#[derive(Debug, Serialize)]
pub struct Shipped {
    /// The shipment.
    pub shipment: ShipmentId,
    /// Who got them.
    pub organisation: OrganisationId,
    /// The batch.
    pub batch: BatchId,
    /// Its product.
    pub product: ProductId,
    /// The first item serial.
    pub first: u64,
    /// The last item serial.
    pub last: u64,
    /// How many.
    pub items: u64,
}

impl Event for Shipped {
    const TYPE: EventType = EventType {
        name: "goods.shipped",
        version: 1,
        owner: "goods",
        description: "Neighbouring items of a batch were handed to an organisation; a shipment has one or more of these.",
        fields: &[
            field("shipment", "id of the shipment"),
            field("organisation", "id of the organisation that got them"),
            field("batch", "id of the code batch"),
            field("product", "id of the product"),
            field("first", "serial of the first item, from 0"),
            field("last", "serial of the last item"),
            field("items", "number of items"),
        ],
    };
}
