//! Goods as events name them, for the lake.

use tallymark_base::event;
use tallymark_base::event::{Event as _, Word};
use tallymark_base::id::{BatchId, ProductId};
use tallymark_store::dimension::Dimension;

use crate::{Faces, store};

event! {
    /// The products that are sold.
    pub struct Product = "dim.product", version 1, owner "goods" {
        /// id of the product
        product: ProductId,
        /// GTIN of 14 digits
        gtin: String,
        /// the brand's own number of it
        sku: String,
        /// its name
        name: String,
    }

    /// The code batches: orders of codes for one product and lot.
    pub struct Batch = "dim.batch", version 1, owner "goods" {
        /// id of the code batch
        batch: BatchId,
        /// id of the product
        product: ProductId,
        /// the lot, as the plant writes it
        lot: String,
        /// number of items
        items: u64 [unit "items"],
        /// items in a case; 0 where there are no cases
        items_per_case: u64 [unit "items"],
        /// cases on a pallet; 0 where there are no pallets
        cases_per_pallet: u64 [unit "cases"],
        /// which codes an item carries
        faces: Word<Faces>,
    }
}

/// Products and batches.
pub const ALL: &[Dimension] = &[
    Dimension {
        declared: Product::TYPE,
        read: |tx, after, limit| Box::pin(store::product::dimension(tx, after, limit)),
    },
    Dimension { declared: Batch::TYPE, read: |tx, after, limit| Box::pin(store::batch::dimension(tx, after, limit)) },
];
