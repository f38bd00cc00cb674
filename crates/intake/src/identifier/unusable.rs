//! Why an identifier in an event is not used.

/// Why a value identifies nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Unusable {
    /// A word for "nothing" that a program wrote as text.
    #[error("a word that stands for no value")]
    Placeholder,
    /// Nothing but zeros.
    #[error("nothing but zeros")]
    Zeros,
    /// One digit over and over.
    #[error("one digit over and over")]
    Repeated,
    /// A value that is used for tests, or that many devices share.
    #[error("a value for tests, or one that many share")]
    Shared,
    /// Not of the form that such an identifier has.
    #[error("not of the form that such an identifier has")]
    Malformed,
    /// An openid without the app that it belongs to.
    #[error("unique within an app only, and the app is not named")]
    NoScope,
    /// What advertisers know a device by. It is reset, shared and forbidden as identity.
    #[error("an advertising id, which is never an identity")]
    AdvertisingId,
    /// The source's word for the kind is not known.
    #[error("a kind of identifier that is not known")]
    UnknownKind,
}

impl Unusable {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Placeholder => "placeholder",
            Self::Zeros => "zeros",
            Self::Repeated => "repeated",
            Self::Shared => "shared",
            Self::Malformed => "malformed",
            Self::NoScope => "no_scope",
            Self::AdvertisingId => "advertising_id",
            Self::UnknownKind => "unknown_kind",
        }
    }
}

impl From<tallymark_people::Unusable> for Unusable {
    fn from(reason: tallymark_people::Unusable) -> Self {
        match reason {
            tallymark_people::Unusable::Placeholder => Self::Placeholder,
            tallymark_people::Unusable::Zeros => Self::Zeros,
            tallymark_people::Unusable::Repeated => Self::Repeated,
            tallymark_people::Unusable::Shared => Self::Shared,
        }
    }
}
