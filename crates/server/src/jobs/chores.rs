//! Chores of the installation: forgetting what nobody needs any more, in pieces, so that people go first. When the server
//! stops meanwhile, the next round goes on with the rest.

use std::time::Duration;

use apalis_core::error::BoxDynError;
use tallymark_base::id::ScanId;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_intake::forget;
use tallymark_scan::past;
use tallymark_store::{idempotency, job};

use super::{PIECE, Work};

/// How long a request key is remembered; a retry later than this is a new request. What answers it must stay longer.
const REMEMBER_REQUESTS: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a job that ended can be looked at.
const REMEMBER_JOBS: Duration = Duration::from_secs(30 * 24 * 3600);

/// A scan's event is saved with it, but not in the same microsecond.
const SAME_TRANSACTION: Duration = Duration::from_secs(3600);
/// Rows of scans that one transaction lets go. Each is decided again first, and scans wait meanwhile on SQLite.
const SCANS: u32 = 200;
/// Between two such transactions the others go first.
const LET_OTHERS_GO: Duration = Duration::from_millis(20);

/// Lets scans go that are older than the server shall keep and whose events the lake has.
pub(super) async fn forget_scans(work: Work) -> Result<(), BoxDynError> {
    let Some(hot_for) = work.hot_for else { return Ok(()) };
    let (store, now) = (&work.context.store, work.context.clock.now());
    let mut tx = store.read().await?;
    let covered = tallymark_lake::covered_until(&mut tx, now).await?;
    tx.commit().await?;
    let Some(covered) = covered else {
        tracing::warn!("old scans stay in the database: no lake was ever written");
        return Ok(());
    };
    let wanted = before(&work, hot_for.max(REMEMBER_REQUESTS + Duration::from_secs(24 * 3600)));
    let before = wanted.min(Timestamp(covered.0 - SAME_TRANSACTION.as_micros() as i64));
    if before < wanted {
        tracing::warn!(wanted = %wanted, until = %before, "old scans stay in the database: the lake lacks their events");
    }
    let (mut after, mut total) = (Some(ScanId::from_raw(0)), 0);
    while let Some(from) = after.filter(|_| !*work.stopped.borrow()) {
        let gone = past::forget(store, before, from, SCANS).await?;
        (after, total) = (gone.next, total + gone.scans);
        store.metrics().scans_forgotten.inc_by(gone.scans as u64);
        tokio::time::sleep(LET_OTHERS_GO).await;
    }
    if total > 0 {
        tracing::info!(total, before = %before, "old scans left the database; the lake has them");
    }
    Ok(())
}

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

/// Removes tags of people that are over.
pub(super) async fn forget_tags(work: Work) -> Result<(), BoxDynError> {
    while !*work.stopped.borrow() {
        let mut tx = work.context.store.write().await?;
        let gone = tallymark_people::tags::forget(&mut tx, work.context.clock.now(), PIECE).await?;
        tx.commit().await?;
        if gone < u64::from(PIECE) {
            break;
        }
    }
    Ok(())
}

/// Forgets messages of sources that were taken long ago, and events that nobody looked at.
pub(super) async fn forget_intake(work: Work) -> Result<(), BoxDynError> {
    let (until, mut total) = (before(&work, forget::REMEMBER_MESSAGES), 0);
    for part in 0..forget::PARTS {
        if *work.stopped.borrow() {
            return Ok(());
        }
        let mut tx = work.context.store.write().await?;
        let gone = forget::messages(&mut tx, part, until).await?;
        tx.commit().await?;
        if gone > 0 {
            tokio::time::sleep(LET_OTHERS_GO).await;
        }
        total += gone;
    }
    let until = before(&work, forget::REMEMBER_UNREAD);
    while !*work.stopped.borrow() {
        let mut tx = work.context.store.write().await?;
        let gone = forget::unread(&mut tx, until, PIECE).await?;
        tx.commit().await?;
        if gone < u64::from(PIECE) {
            break;
        }
    }
    tracing::debug!(job = %work.job.id, total, "messages taken long ago forgotten");
    Ok(())
}

/// Forgets what became of documents of EPCIS that were captured long ago.
pub(super) async fn forget_captures(work: Work) -> Result<(), BoxDynError> {
    let total = tallymark_traces::forget(&work.context, PIECE).await?;
    tracing::debug!(job = %work.job.id, total, "documents captured long ago forgotten");
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
