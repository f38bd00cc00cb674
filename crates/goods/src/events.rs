//! The events of goods.

use tallymark_base::event;
use tallymark_base::event::Word;
use tallymark_base::id::{BatchId, OrganisationId, ProductId, ShipmentId};

use crate::Faces;

event! {
    /// Codes were ordered for one product and lot.
    pub struct BatchCreated = "goods.batch_created", version 1, owner "goods" {
        /// id of the code batch
        batch: BatchId,
        /// id of the product
        product: ProductId,
        /// the lot, as the plant writes it
        lot: String,
        /// number of items
        items: u64 [unit "items"],
        /// number of cases; 0 where there are none
        cases: u64 [unit "cases"],
        /// number of pallets; 0 where there are none
        pallets: u64 [unit "pallets"],
        /// which codes an item carries
        faces: Word<Faces>,
    }

    /// The codes of neighbouring items of a batch went live.
    pub struct Activated = "goods.activated", version 1, owner "goods" {
        /// id of the code batch
        batch: BatchId,
        /// id of the product
        product: ProductId,
        /// serial of the first item, from 0
        first: u64,
        /// serial of the last item
        last: u64,
        /// number of items
        items: u64 [unit "items"],
    }

    /// The codes of neighbouring items of a batch, none of them void before, were withdrawn.
    pub struct Voided = "goods.voided", version 1, owner "goods" {
        /// id of the code batch
        batch: BatchId,
        /// id of the product
        product: ProductId,
        /// serial of the first item, from 0
        first: u64,
        /// serial of the last item
        last: u64,
        /// number of items
        items: u64 [unit "items"],
        /// why, as the operator wrote it
        reason: String,
    }

    /// Neighbouring items of a batch were handed to an organisation; a shipment has one or more of these.
    pub struct Shipped = "goods.shipped", version 1, owner "goods" {
        /// id of the shipment
        shipment: ShipmentId,
        /// id of the organisation that got them
        organisation: OrganisationId,
        /// id of the code batch
        batch: BatchId,
        /// id of the product
        product: ProductId,
        /// serial of the first item, from 0
        first: u64,
        /// serial of the last item
        last: u64,
        /// number of items
        items: u64 [unit "items"],
    }
}
