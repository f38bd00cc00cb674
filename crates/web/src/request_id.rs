//! The id of the request being served, known everywhere on the way without being passed along.

use std::sync::Arc;

use axum::http::HeaderMap;
use tallymark_base::id::RequestId;

/// Makes the id of each request. It must not fail: a server whose node lease ran out still answers, and request ids
/// are only logged, so they may come from a source without a deadline.
pub type MakeRequestId = Arc<dyn Fn() -> RequestId + Send + Sync>;

/// The header that carries the id in every response.
pub(crate) const HEADER: &str = "x-request-id";

tokio::task_local! {
    pub(crate) static CURRENT: RequestId;
}

/// The id of the request being served, or `None` outside of one and in tasks that a handler spawned.
pub fn request_id() -> Option<RequestId> {
    CURRENT.try_with(|id| *id).ok()
}

/// The caller's own request id, for the log only: at most 64 letters, digits, `.`, `_`, `-`.
pub(crate) fn of_client(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    ((1..=64).contains(&text.len()) && text.bytes().all(is_safe)).then_some(text)
}
