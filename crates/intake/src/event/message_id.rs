//! The id of an event that came without one.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// Starts the ids that were derived, so that nobody takes one for the sender's.
const PREFIX: &str = "bytes-";
/// Bytes of the hash that are kept: 128 bits, as many as a UUID has.
const HASH_BYTES: usize = 16;

/// An id that the same bytes always get: an event that is sent again is recognised.
pub(super) fn derived(event: &[u8]) -> String {
    let hash = Sha256::digest(event);
    format!("{PREFIX}{}", HEXLOWER.encode(hash.get(..HASH_BYTES).unwrap_or(&hash)))
}
