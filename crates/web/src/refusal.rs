//! Why a request was refused before any room of the product saw what it asks for.

use axum::http::StatusCode;

use crate::problem::Problem;

/// A request that cannot be read or routed.
///
/// Its statuses are finer than those of a [`tallymark_base::Kind`], so it becomes a [`Problem`] by itself instead of
/// being a fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The content type is another one.
    #[error("the body must be sent as {expected}; the content type was {got:?}")]
    MediaType {
        /// What is taken.
        expected: &'static str,
        /// What was sent; empty if nothing.
        got: String,
    },
    /// The body is longer than this address takes.
    #[error("the body is longer than this address takes; send less at a time")]
    BodyTooLarge,
    /// The connection ended within the body.
    #[error("the body ended early; send the request again")]
    BodyInterrupted,
    /// The body is not UTF-8.
    #[error("the body is not UTF-8: byte {offset} (counted from 0) does not belong to a character")]
    BodyNotUtf8 {
        /// Where, counted from 0.
        offset: usize,
    },
    /// The body is not JSON.
    #[error("the body is not JSON: {message}")]
    BodyMalformed {
        /// What is wrong, at which line and column.
        message: String,
    },
    /// The body can be read, but a field is unknown, missing, or of another form.
    #[error("the body does not fit: {message}")]
    BodyInvalid {
        /// Which field, what is wrong, and for JSON at which line and column.
        message: String,
    },
    /// A text holds U+0000, which the database cannot keep.
    #[error("{place} holds the character U+0000; send texts without it")]
    Nul {
        /// The body, the query or the path.
        place: &'static str,
    },
    /// The query does not fit.
    #[error("the query does not fit: {message}")]
    QueryInvalid {
        /// Which parameter and why.
        message: String,
    },
    /// A part of the path does not fit.
    #[error("the path does not fit: {message}")]
    PathInvalid {
        /// Which part and why.
        message: String,
    },
    /// A writing call without a key.
    #[error(
        "send an Idempotency-Key header with a text of your own for this request, so that a retry is not taken twice"
    )]
    IdempotencyKeyMissing,
    /// The key cannot be used.
    #[error("send one Idempotency-Key of 1 to {max} visible ASCII characters; {reason}")]
    IdempotencyKeyMalformed {
        /// The longest key, in characters.
        max: usize,
        /// What was wrong with the one that was sent.
        reason: &'static str,
    },
    /// Nothing lives at this address.
    #[error("nothing lives at this address; the paths are listed in the API description")]
    NotFound,
    /// The address exists, but not for this method.
    #[error("{method} is not possible here; the Allow header says what is")]
    MethodNotAllowed {
        /// The method that was used.
        method: String,
    },
    /// The answer was not ready in time.
    #[error("the answer was not ready after {limit_ms} ms; send the request again with the same Idempotency-Key")]
    Timeout {
        /// The time an answer may take, in milliseconds.
        limit_ms: u128,
    },
}

impl Refusal {
    /// The stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MediaType { .. } => "request.media_type",
            Self::BodyTooLarge => "request.body_too_large",
            Self::BodyInterrupted => "request.body_interrupted",
            Self::BodyNotUtf8 { .. } => "request.body_not_utf8",
            Self::BodyMalformed { .. } => "request.body_malformed",
            Self::BodyInvalid { .. } => "request.body_invalid",
            Self::Nul { .. } => "request.nul_character",
            Self::QueryInvalid { .. } => "request.query_invalid",
            Self::PathInvalid { .. } => "request.path_invalid",
            Self::IdempotencyKeyMissing => "request.idempotency_key_missing",
            Self::IdempotencyKeyMalformed { .. } => "request.idempotency_key_malformed",
            Self::NotFound => "request.not_found",
            Self::MethodNotAllowed { .. } => "request.method_not_allowed",
            Self::Timeout { .. } => "request.timeout",
        }
    }

    /// 400 where the request cannot be read, 422 where it can be read and does not fit.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::MediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyInvalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Timeout { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::BodyInterrupted
            | Self::BodyNotUtf8 { .. }
            | Self::BodyMalformed { .. }
            | Self::Nul { .. }
            | Self::QueryInvalid { .. }
            | Self::PathInvalid { .. }
            | Self::IdempotencyKeyMissing
            | Self::IdempotencyKeyMalformed { .. } => StatusCode::BAD_REQUEST,
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.status(), refusal.code(), refusal.to_string())
    }
}

/// A message of a parser, cut where a value that was sent makes it long.
pub(crate) fn shorten(message: impl std::fmt::Display) -> String {
    const CHARACTERS_MAX: usize = 300;
    let text = message.to_string();
    match text.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
