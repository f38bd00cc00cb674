//! By what the person behind an event can be known.
//!
//! Looked at are the two ids of the event, the traits of the person, external ids and the device. The properties of an
//! event are not: the phone number of an order may be its receiver's.

mod sources;
mod unusable;

pub use sources::{Findings, identifiers};
pub(crate) use sources::{bare, is_identifying};
pub use unusable::Unusable;

use tallymark_people::Identifier;
pub use tallymark_people::IdentifierKind as Kind;

/// What the ids of a source's own users, and of devices of apps that do not name themselves, are unique in.
pub const NAMESPACE: &str = "main";

/// An identifier as an event gives it, its kind in the source's words.
#[derive(Clone, PartialEq, Eq)]
pub struct Given {
    /// What the source calls the kind.
    pub name: String,
    /// The value.
    pub value: String,
    /// Within what it is unique, where the source says that: an appid.
    pub scope: Option<String>,
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Given({}, hidden)", self.name)
    }
}

/// An identifier that can be used. Its value is not printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is, in its normal form.
    pub identifier: Identifier,
    /// Which member of the event it stood in.
    pub member: &'static str,
}

/// An identifier that cannot be used, and why. The value is left out, so that it can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dropped {
    /// What it would have been; none where the source's word for it is not known.
    pub kind: Option<Kind>,
    /// Why it cannot be used.
    pub reason: Unusable,
    /// Which member of the event it stood in.
    pub member: &'static str,
}
