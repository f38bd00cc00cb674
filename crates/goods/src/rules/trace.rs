//! What happened to codes, and what follows from it: which pack a code lies in and who holds it, at any moment.
//!
//! Everything is a [`Fact`] about a run of neighbouring code indexes. Facts are only ever added. Packing by range adds
//! none: it follows from the batch ([`layout`]). A code that lies in a pack has no custody of its own: it is held by who
//! holds the outermost pack, so a shipment of pallets adds facts about pallets, whatever is on them.

pub(crate) mod bins;
pub(crate) mod chain;
pub(crate) mod chunk;
pub(crate) mod custody;
pub(crate) mod decided;
pub(crate) mod fact;
pub(crate) mod flow;
mod in_hand;
pub(crate) mod known;
pub(crate) mod layout;
pub(crate) mod operation;
mod packing;
