//! Forgetting what became of documents that were captured long ago. Their events stay.

use std::time::Duration;

use tallymark_base::id::first_id;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::Context;

use crate::Error;
use crate::store::other;

/// How long it can be asked what became of a document.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

/// Forgets captures that are older than 30 days, at most `limit` in a transaction; gives how many went.
///
/// # Errors
/// The database; what went before stays gone.
pub async fn forget(context: &Context, limit: u32) -> Result<u64, Error> {
    let kept_us = i64::try_from(KEPT_FOR.as_micros()).unwrap_or(i64::MAX);
    let before = first_id(Timestamp(context.clock.now().0.saturating_sub(kept_us)));
    let (mut brand, mut forgotten) = (i64::MIN, 0);
    while let Some(next) = other::capturer_after(&mut context.store.read().await?, brand).await? {
        let mut tx = context.store.write().await?;
        let gone = other::forget_captures(&mut tx, next, (before, i64::from(limit))).await?;
        tx.commit().await?;
        forgotten += gone;
        if gone < u64::from(limit) {
            brand = next.raw();
        }
    }
    Ok(forgotten)
}
