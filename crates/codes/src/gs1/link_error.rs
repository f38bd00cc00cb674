//! What a GS1 Digital Link URI can get wrong.

use thiserror::Error;

use super::ai::{Ai, Definition};
use super::compression::CompressionError;
use super::digital_link::URI_BYTES_MAX;
use super::element::{ELEMENTS_MAX, ElementError};

/// Why a text is not a GS1 Digital Link URI.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DigitalLinkError {
    /// More than is read.
    #[error("the link has {bytes} bytes; at most {max} are read", max = URI_BYTES_MAX)]
    TooLong {
        /// Bytes of the text.
        bytes: usize,
    },
    /// A character that no URI has.
    #[error("{0:?} cannot stand in a link; percent-encode it")]
    Character(char),
    /// Something other than http or https stands before `://`.
    #[error("a link starts with https:// or http://, in upper or lower case")]
    Scheme,
    /// The host is empty or has a character no host has.
    #[error("{0:?} is not a host")]
    Host(String),
    /// There is no path.
    #[error("no GS1 key such as /01/GTIN stands in the path {0:?}, and its last part is not a compressed link")]
    NoKey(String),
    /// A percent sign is not followed by two hexadecimal digits, or they say zero.
    #[error("the value {0:?} has a percent sign without two hexadecimal digits, or %00")]
    Percent(String),
    /// An element is wrong.
    #[error(transparent)]
    Element(#[from] ElementError),
    /// An identifier follows the key that cannot, or not in this place.
    #[error("/{ai}/ cannot stand there; {}", followers(*key))]
    Sequence {
        /// The primary key.
        key: Ai,
        /// What follows it.
        ai: Ai,
    },
    /// A parameter of digits that is no identifier of GS1.
    #[error("{0}= in the query is not an application identifier of GS1")]
    UnknownAttribute(String),
    /// An identifier that a query cannot carry.
    #[error("({0}) cannot stand in the query of a link")]
    NotAnAttribute(Ai),
    /// An identifier in the query that qualifies the key.
    #[error("({0}) belongs into the path, after the key")]
    BelongsInPath(Ai),
    /// One identifier twice.
    #[error("({0}) stands there twice")]
    Duplicate(Ai),
    /// More elements and parameters than are read.
    #[error("the link has more than {max} elements and parameters", max = ELEMENTS_MAX)]
    TooMany,
    /// What follows the key is neither a qualifier nor a compressed part.
    #[error("what follows the key is no compressed link: {0}")]
    Compressed(#[from] CompressionError),
}

fn followers(key: Ai) -> String {
    let sequences: Vec<_> = key.definition().into_iter().flat_map(Definition::qualifiers).collect();
    match sequences.iter().all(|sequence| sequence.is_empty()) {
        true => format!("nothing may follow /{key}/"),
        false => format!("after /{key}/ may follow {}, in this order", sequences.join(" or ")),
    }
}
