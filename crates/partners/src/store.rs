//! Every statement of this crate, by what it is about.

pub(crate) mod organisation;
pub(crate) mod tenant;
