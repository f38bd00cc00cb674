//! Pure rules: how goods are packed, what ranges of serials do to each other, which texts are accepted, where GS1 keys
//! lead, how lists of codes that were made elsewhere are understood, which recall a code belongs to, to whom goods go back, and what operations are as events of EPCIS.

pub(crate) mod epcis;
pub(crate) mod giving;
pub mod link;
pub mod listing;
pub mod package;
pub mod packing;
pub mod recall;
pub mod resolve;
pub mod runs;
pub mod text;
pub(crate) mod trace;
