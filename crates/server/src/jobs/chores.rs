//! Chores of the installation: forgetting what nobody needs any more, in pieces, so that people go first. When the server
//! stops meanwhile, the next round goes on with the rest.

use std::time::Duration;

use apalis_core::error::BoxDynError;
use tallymark_base::Timestamp;
use tallymark_store::{idempotency, job};

use super::{PIECE, Work};

/// How long a request key is remembered; a retry later than this is a new request.
const REMEMBER_REQUESTS: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a job that ended can be looked at.
const REMEMBER_JOBS: Duration = Duration::from_secs(30 * 24 * 3600);

/// Forgets old request keys.
pub(super) async fn forget_requests(work: Work) -> Result<(), BoxDynError> {
    let before = before(&work, REMEMBER_REQUESTS);
    let mut total = 0;
    while !*work.stopped.borrow() {
        let mut tx = work.context.store.write().await?;
        let gone = idempotency::forget(&mut tx, before, PIECE).await?;
        tx.commit().await?;
        total += gone;
        if gone < u64::from(PIECE) {
            break;
        }
    }
    tracing::debug!(job = %work.job.id, total, "old request keys forgotten");
    Ok(())
}

/// Forgets jobs that ended long ago.
pub(super) async fn forget_jobs(work: Work) -> Result<(), BoxDynError> {
    let before = before(&work, REMEMBER_JOBS);
    let mut total = 0;
    while !*work.stopped.borrow() {
        let mut tx = work.context.store.write().await?;
        let gone = job::forget(&mut tx, before, PIECE).await?;
        tx.commit().await?;
        total += gone;
        if gone < u64::from(PIECE) {
            break;
        }
    }
    tracing::debug!(job = %work.job.id, total, "old jobs forgotten");
    Ok(())
}

fn before(work: &Work, remembered: Duration) -> Timestamp {
    Timestamp(work.context.clock.now().0 - remembered.as_micros() as i64)
}

/// Forgets sessions and links that ended, and old failed attempts to sign in.
pub(super) async fn forget_access(work: Work) -> Result<(), BoxDynError> {
    while !*work.stopped.borrow() {
        let mut tx = work.context.store.write().await?;
        let has_more = tallymark_access::forget(&mut tx, work.context.clock.now(), PIECE).await?;
        tx.commit().await?;
        if !has_more {
            break;
        }
    }
    Ok(())
}
