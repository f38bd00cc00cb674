//! Forgetting files that were sent and taken by no run.

use std::time::Duration;

use tallymark_base::Timestamp;
use tallymark_store::Context;

use crate::{Error, store};

/// How long the pieces of a file are kept that did not arrive whole.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);

/// Deletes pieces that nobody needs, of all tenants, at most `limit` in a transaction; gives how many.
pub async fn forget(context: &Context, limit: u32) -> Result<u64, Error> {
    let kept_us = i64::try_from(KEPT_FOR.as_micros()).unwrap_or(i64::MAX);
    let before = Timestamp(context.clock.now().0.saturating_sub(kept_us));
    let mut deleted = 0;
    loop {
        let mut tx = context.store.write().await?;
        let count = store::forget_chunks(&mut tx, before, limit).await?;
        tx.commit().await?;
        deleted += count;
        if count < u64::from(limit) {
            return Ok(deleted);
        }
    }
}
