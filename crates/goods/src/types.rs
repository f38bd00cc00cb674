//! Products, orders of codes, and goods on their way.

mod batch;
mod product;
mod serials;
mod shipment;
pub(crate) mod text;

pub use batch::{Activation, Batch, BatchStatus, Faces, NewBatch, Voiding};
pub use product::{NewProduct, Product};
pub use serials::Serials;
pub use shipment::{Custody, NewShipment, Shipment, Unit};
