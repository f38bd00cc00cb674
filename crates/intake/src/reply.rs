//! What the sender is answered. The SDKs look at the status first: anything but 200 is a failure to one of them or
//! another. On a failure the Python ones read `code` and `message` from the body, and take a body without them for a
//! broken connection, which they try again for minutes. So every refusal has both.

/// The body of the answer 200, to every endpoint: the delivery was taken. Events that could not be read are taken as well;
/// they wait in quarantine, since sending them again would not help.
pub const SUCCESS_BODY: &str = r#"{"success":true}"#;

/// A delivery that is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The body is no JSON of the shape that the endpoint takes.
    #[error("{0}")]
    InvalidBody(&'static str),
    /// Too many bytes.
    #[error("a body has at most {bytes_max} bytes after inflating; send the events in smaller batches")]
    TooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// Too many events.
    #[error("a batch has at most {events_max} events; send the rest in another")]
    TooManyEvents {
        /// The limit.
        events_max: usize,
    },
    /// The content type names something else than JSON in UTF-8.
    #[error("the content type {given:?} cannot be read; send JSON in UTF-8 as application/json")]
    UnsupportedType {
        /// What the header says, shortened.
        given: String,
    },
    /// The content encoding is not known.
    #[error("the content encoding {given:?} cannot be read; send the body plain or with gzip")]
    UnsupportedEncoding {
        /// What the header says, shortened.
        given: String,
    },
    /// More than the sender may send.
    #[error("more events than this write key may send; try again in {retry_after_s} s")]
    TooManyRequests {
        /// Seconds until it may be tried again.
        retry_after_s: u32,
    },
    /// The database cannot be reached.
    #[error("events cannot be stored at the moment; try again in {retry_after_s} s")]
    Unavailable {
        /// Seconds until it may be tried again.
        retry_after_s: u32,
    },
}

impl Refusal {
    /// The HTTP status. Of these the SDKs send again after 429 and 503 only; after the others they drop the events.
    pub const fn status(&self) -> u16 {
        match self {
            Self::InvalidBody(_) => 400,
            Self::TooLarge { .. } | Self::TooManyEvents { .. } => 413,
            Self::UnsupportedType { .. } | Self::UnsupportedEncoding { .. } => 415,
            Self::TooManyRequests { .. } => 429,
            Self::Unavailable { .. } => 503,
        }
    }

    /// The stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidBody(_) => "invalid_body",
            Self::TooLarge { .. } => "too_large",
            Self::TooManyEvents { .. } => "too_many_events",
            Self::UnsupportedType { .. } => "unsupported_type",
            Self::UnsupportedEncoding { .. } => "unsupported_encoding",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::Unavailable { .. } => "unavailable",
        }
    }

    /// What the header `Retry-After` says: whole seconds, which every SDK reads.
    pub const fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::TooManyRequests { retry_after_s } | Self::Unavailable { retry_after_s } => Some(*retry_after_s),
            _ => None,
        }
    }

    /// The body of the answer, the same shape for every endpoint.
    pub fn body(&self) -> String {
        serde_json::json!({ "success": false, "code": self.code(), "message": self.to_string() }).to_string()
    }
}
