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

impl std::fmt::Display for Actor {
    /// As the API names it: the id of a key or a user, `operator` or `nobody`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(id) => id.fmt(f),
            Self::User(id) => id.fmt(f),
            Self::Operator => f.write_str("operator"),
            Self::Nobody => f.write_str("nobody"),
        }
    }
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

impl Act {
    /// What is done on the installation's own machine, outside of any request.
    pub const fn of_operator(tenant: TenantId) -> Self {
        Self { tenant, actor: Actor::Operator, request: None }
    }
}
