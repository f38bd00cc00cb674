//! Pure rules: how goods are packed, what ranges of serials do to each other, which texts are accepted, where GS1 keys
//! lead, which recall a code belongs to, and to whom goods go back.

pub(crate) mod giving;
pub mod link;
pub mod package;
pub mod packing;
pub mod recall;
pub mod resolve;
pub mod runs;
pub mod text;
pub(crate) mod trace;
