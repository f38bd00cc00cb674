//! Forgetting what nobody needs any more.

use std::time::Duration;

use tallymark_base::Timestamp;
use tallymark_store::{Error, Tx};

use crate::store;

/// How long a message is remembered, so that it is taken once: sources that send again do so for some days at most.
pub const REMEMBER_MESSAGES: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long an event that could not be read waits for somebody to look at it.
pub const REMEMBER_UNREAD: Duration = Duration::from_secs(90 * 24 * 3600);
/// Into how many parts the messages are divided, so that one transaction looks through few of them.
pub const PARTS: u16 = 256;

/// Forgets the messages of one of [`PARTS`] parts that were taken before a moment; gives how many. All tenants'.
pub async fn messages(tx: &mut Tx, part: u16, before: Timestamp) -> Result<u64, Error> {
    // The part is the first byte of the hash.
    let first = u8::try_from(part).unwrap_or(u8::MAX);
    let (mut from, mut to) = ([0; 16], [u8::MAX; 16]);
    (from[0], to[0]) = (first, first);
    store::forget_messages(tx, (from, to), before).await
}

/// Forgets events that could not be read and came before a moment, at most `limit`; gives how many. All tenants'.
pub async fn unread(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, Error> {
    store::forget_entries(tx, before, limit).await
}
