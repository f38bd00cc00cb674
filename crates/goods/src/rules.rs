//! Pure rules: how goods are packed, what ranges of serials do to each other, which texts are accepted, and where GS1 keys
//! lead, which recall a code belongs to.

pub mod link;
pub mod package;
pub mod packing;
pub mod recall;
pub mod resolve;
pub mod runs;
pub mod text;
pub(crate) mod trace;
