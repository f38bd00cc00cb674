//! The events of goods.

use tallymark_base::event;
use tallymark_base::event::Word;
use tallymark_base::id::{BatchId, OperationId, OrganisationId, ProductId, RecallId, ShipmentId};
use tallymark_codes::Level;

use crate::{Association, Faces};

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
        /// number of boxes; 0 where there are none
        boxes: Option<u64> [unit "boxes"],
        /// when it is known which items lie in which pack
        association: Option<Word<Association>>,
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

    /// Neighbouring codes of a batch were handed to an organisation; a shipment has one or more of these.
    pub struct Shipped = "goods.shipped", version 1, owner "goods" {
        /// id of the shipment
        shipment: ShipmentId,
        /// id of the organisation that got them
        organisation: OrganisationId,
        /// id of the code batch
        batch: BatchId,
        /// id of the product
        product: ProductId,
        /// serial of the first item, from 0; of the first pack where a level is given
        first: u64,
        /// serial of the last item, or pack
        last: u64,
        /// number of items, those inside of packs counted
        items: u64 [unit "items"],
        /// level of the packs whose serials are given, where items follow from what was packed on the line
        level: Option<Word<Level>>,
    }

    /// Codes of a batch were put into a pack; an operation has one of these for each batch and level.
    pub struct Packed = "goods.packed", version 1, owner "goods" {
        /// id of the operation
        operation: OperationId,
        /// id of the code batch
        batch: BatchId,
        /// id of the product
        product: ProductId,
        /// level of what was packed
        level: Word<Level>,
        /// number of codes
        codes: u64 [unit "codes"],
        /// number of items, those inside of packs counted
        items: u64 [unit "items"],
        /// id of the pack's code batch
        pack_batch: BatchId,
        /// level of the pack
        pack_level: Word<Level>,
        /// serial of the pack, from 0
        pack_serial: u64,
    }

    /// Codes of a batch were taken out of their packs, or packs of it were opened.
    pub struct Unpacked = "goods.unpacked", version 1, owner "goods" {
        /// id of the operation
        operation: OperationId,
        /// id of the code batch
        batch: BatchId,
        /// id of the product
        product: ProductId,
        /// level of what was taken out, or of the packs that were opened
        level: Word<Level>,
        /// number of codes
        codes: u64 [unit "codes"],
        /// number of items, those inside of packs counted
        items: u64 [unit "items"],
        /// whether packs were opened
        opened: bool,
    }

    /// An organisation has goods of a batch in hand.
    pub struct Received = "goods.received", version 1, owner "goods" {
        /// id of the operation
        operation: OperationId,
        /// id of the organisation that has them
        organisation: OrganisationId,
        /// id of the code batch
        batch: BatchId,
        /// id of the product
        product: ProductId,
        /// level of what was received
        level: Word<Level>,
        /// number of codes
        codes: u64 [unit "codes"],
        /// number of items, those inside of packs counted
        items: u64 [unit "items"],
        /// number of codes with which something was not as it should be
        exceptions: u64 [unit "codes"],
    }

    /// An organisation sold goods of a batch over the counter.
    pub struct Sold = "goods.sold", version 1, owner "goods" {
        /// id of the operation
        operation: OperationId,
        /// id of the organisation that sold them
        organisation: OrganisationId,
        /// id of the code batch
        batch: BatchId,
        /// id of the product
        product: ProductId,
        /// level of what was sold
        level: Word<Level>,
        /// number of codes
        codes: u64 [unit "codes"],
        /// number of items, those inside of packs counted
        items: u64 [unit "items"],
        /// number of codes with which something was not as it should be
        exceptions: u64 [unit "codes"],
    }

    /// An organisation destroyed goods of a batch that it held.
    pub struct Destroyed = "goods.destroyed", version 1, owner "goods" {
        /// id of the operation
        operation: OperationId,
        /// id of the organisation that held them
        organisation: OrganisationId,
        /// id of the code batch
        batch: BatchId,
        /// id of the product
        product: ProductId,
        /// level of what was destroyed
        level: Word<Level>,
        /// number of codes
        codes: u64 [unit "codes"],
        /// number of items, those inside of packs counted
        items: u64 [unit "items"],
    }

    /// A label was replaced by another.
    pub struct Relabelled = "goods.relabelled", version 1, owner "goods" {
        /// id of the operation
        operation: OperationId,
        /// id of the old label's code batch
        batch: BatchId,
        /// id of the product
        product: ProductId,
        /// level of the labels
        level: Word<Level>,
        /// serial of the old label, from 0
        serial: u64,
        /// id of the new label's code batch
        new_batch: BatchId,
        /// serial of the new label, from 0
        new_serial: u64,
    }

    /// Goods of a batch were called back; a recall has one of these for each batch.
    pub struct Recalled = "goods.recalled", version 1, owner "goods" {
        /// id of the recall
        recall: RecallId,
        /// id of the code batch
        batch: BatchId,
        /// id of the product
        product: ProductId,
        /// number of codes, of every level
        codes: u64 [unit "codes"],
        /// number of items
        items: u64 [unit "items"],
    }

    /// A recall ended.
    pub struct RecallLifted = "goods.recall_lifted", version 1, owner "goods" {
        /// id of the recall
        recall: RecallId,
    }
}
