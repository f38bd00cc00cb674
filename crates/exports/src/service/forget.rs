//! Forgetting files whose time is over, and later the exports.

use std::time::Duration;

use tallymark_base::Timestamp;
use tallymark_base::id::first_id;
use tallymark_store::Context;

use crate::Error;
use crate::store::{chunk, run as store};

/// How long an export is told of after it was asked for.
const TOLD_FOR: Duration = Duration::from_secs(30 * 24 * 3600);
/// Pieces that one transaction deletes: 16 MiB.
const PIECES: u32 = 64;
/// Exports that are looked at in one go.
const EXPORTS: u32 = 100;

/// Takes the keys of files whose time is over, deletes the pieces of all files without a key, and forgets exports of 30 days
/// ago, of all tenants. Gives how many pieces it deleted. `stop` is asked before each transaction.
pub async fn forget(context: &Context, stop: &(dyn Fn() -> bool + Send + Sync)) -> Result<u64, Error> {
    let now = context.clock.now();
    let mut tx = context.store.write().await?;
    store::expire(&mut tx, now).await?;
    tx.commit().await?;
    let mut deleted = 0;
    loop {
        let empty = store::to_empty(&mut context.store.read().await?, EXPORTS).await?;
        let is_last = empty.len() < EXPORTS as usize;
        for (tenant, id) in empty {
            loop {
                if stop() {
                    return Ok(deleted);
                }
                let mut tx = context.store.write().await?;
                let gone = chunk::delete_before(&mut tx, tenant, (id, i64::MAX), PIECES).await?;
                let is_empty = gone < u64::from(PIECES);
                if is_empty {
                    store::emptied(&mut tx, tenant, id).await?;
                }
                tx.commit().await?;
                deleted += gone;
                if is_empty {
                    break;
                }
            }
        }
        if is_last {
            break;
        }
    }
    let told_us = i64::try_from(TOLD_FOR.as_micros()).unwrap_or(i64::MAX);
    let before = first_id(Timestamp(now.0.saturating_sub(told_us)));
    let mut tx = context.store.write().await?;
    store::forget(&mut tx, before, EXPORTS).await?;
    tx.commit().await?;
    Ok(deleted)
}
