//! By what something is done: for the audit log, and for whoever is limited in what they see.

use crate::id::{ApiKeyId, RequestId, TenantId, UserId};

/// By what something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A program with an API key.
    Key(ApiKeyId),
    /// A person who is signed in.
    User(UserId),
    /// Whoever runs commands on the installation's own machine.
    Operator,
    /// Somebody who proved nothing, at a route that is open to everyone.
    Nobody,
}

/// In whose world, by what, and in which request something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Act {
    /// In whose world.
    pub tenant: TenantId,
    /// By what.
    pub actor: Actor,
    /// In which request; none outside of one.
    pub request: Option<RequestId>,
}
