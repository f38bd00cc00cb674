//! What every error of the product can say about itself, so that one place turns it into an answer.
//!
//! A crate has one `thiserror` enum that implements [`Fault`]. The text of a fault is for the caller: it says what
//! happened, with which value, and what to do. The cause of an internal fault goes to the log, never to the caller.

/// The family of a fault. It decides the HTTP status and the exit code of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request is malformed or breaks a rule of its own (HTTP 422, or 400 where it cannot be read).
    Invalid,
    /// Nobody is signed in, or the key is not known (401).
    Unauthenticated,
    /// The caller is known but the key's scope does not allow this operation at all (403).
    Denied,
    /// The object does not exist, or is hidden from this caller (404).
    NotFound,
    /// The request contradicts what is stored (409).
    Conflict,
    /// The body is over its limit (413).
    TooLarge,
    /// A limit in time was reached; trying later helps (429).
    TooMany,
    /// The database or a provider cannot be reached; trying later helps (503).
    Unavailable,
    /// A defect or broken invariant of ours (500).
    Internal,
}

/// An error with a stable code.
pub trait Fault: std::error::Error {
    /// Stable, dotted, lower-case name such as `campaign.budget_zero`. Documented in the API; never reused.
    fn code(&self) -> &'static str;
    /// The family of the fault.
    fn kind(&self) -> Kind;
}
