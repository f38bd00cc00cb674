//! Every statement about exports.

pub(crate) mod chunk;
pub(crate) mod run;
