//! Use cases, by what they are about.

pub mod organisation;
pub mod rotation;
pub mod tenant;
