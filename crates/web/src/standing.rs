//! Whether somebody may still do what a connection that stays open was opened for.
//!
//! A request is over before a key can be withdrawn; a WebSocket is not. Whoever admits a request that asks for an upgrade
//! puts a [`Standing`] into its extensions, and whoever serves the connection asks it from time to time.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use crate::problem::Problem;

type Answer = Pin<Box<dyn Future<Output = Result<(), Problem>> + Send>>;

/// Tells whether the caller of a request would still be admitted. Cheap to clone.
#[derive(Clone)]
pub struct Standing(Arc<dyn Fn() -> Answer + Send + Sync>);

impl Standing {
    /// What `look` finds, each time it is asked.
    pub fn by<F, L>(look: F) -> Self
    where
        F: Fn() -> L + Send + Sync + 'static,
        L: Future<Output = Result<(), Problem>> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(look())))
    }

    /// Whether the caller would be admitted at this moment.
    ///
    /// # Errors
    /// What a request would be answered: 401 or 403 where the caller would not; 503 where that cannot be told now.
    pub async fn check(&self) -> Result<(), Problem> {
        (self.0)().await
    }
}

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standing")
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Standing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        // A connection that nobody can end is a defect.
        let found = parts.extensions.get::<Self>().cloned();
        found.ok_or_else(|| Problem::internal("request.standing", "nobody admitted this upgrade"))
    }
}

/// Whether a request asks for a WebSocket (RFC 6455, 4.1).
pub fn asks_for_websocket(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::UPGRADE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket")))
}
