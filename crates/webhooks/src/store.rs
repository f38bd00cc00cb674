//! Every statement about webhooks.

pub(crate) mod webhook;
