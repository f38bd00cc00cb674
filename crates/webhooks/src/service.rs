//! Use cases about webhooks.

pub(crate) mod manage;
pub(crate) mod take;
pub(crate) mod tell;
