//! Pure rules: how goods are packed, what ranges of serials do to each other, and which texts are accepted.

pub mod packing;
pub mod runs;
pub mod text;
