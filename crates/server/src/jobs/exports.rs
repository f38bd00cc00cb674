//! Jobs about exports: carrying one out, and forgetting files whose time is over.

use std::time::Duration;

use apalis_core::error::BoxDynError;
use tallymark_base::id::ExportId;
use tallymark_base::{Fault as _, Kind};
use tallymark_exports::{Error, fail, later};

use tokio::sync::Semaphore;

use super::Work;
use crate::exports;

/// One export of a server at a time: of its places for jobs the others are for messages that people wait for.
static ONE: Semaphore = Semaphore::const_new(1);
/// After what time an export that found another under way tries again.
const TRY_AGAIN: Duration = Duration::from_secs(3);

/// Carries an export out. It begins anew when the server stops meanwhile, and one that fails as often as its job may is ended.
pub(super) async fn run(work: Work) -> Result<(), BoxDynError> {
    let id: ExportId = work.job.args["export"].as_str().ok_or("the job names no export")?.parse()?;
    let Ok(_turn) = ONE.try_acquire() else {
        let (context, tenant) = (&work.context, work.job.tenant);
        let mut tx = context.store.write().await?;
        later(&mut tx, context, tenant, id, context.clock.now().plus(TRY_AGAIN)).await?;
        return Ok(tx.commit().await?);
    };
    match written(&work, id).await {
        // It was cancelled, or another server has it: this job has nothing to do.
        Ok(()) | Err(Error::Elsewhere { .. } | Error::NotFound { .. }) => Ok(()),
        Err(error) => {
            // What was asked cannot be answered: another attempt would hear the same.
            let is_refused = error.kind() == Kind::Invalid;
            if is_refused || work.job.attempt >= work.job.attempts_max {
                fail(&work.context, work.job.tenant, id, &error).await?;
            }
            if is_refused { Ok(()) } else { Err(error.code().into()) }
        }
    }
}

async fn written(work: &Work, id: ExportId) -> Result<(), Error> {
    let stopped = work.stopped.clone();
    let stop = || *stopped.borrow();
    exports::carry_out(&work.context, work.lake.as_ref(), work.job.tenant, id, &stop).await.map(drop)
}

/// Deletes files whose time is over.
pub(super) async fn forget(work: Work) -> Result<(), BoxDynError> {
    let stopped = work.stopped.clone();
    let deleted = tallymark_exports::forget(&work.context, &|| *stopped.borrow()).await?;
    if deleted > 0 {
        tracing::info!(deleted, "deleted pieces of exports whose time was over");
    }
    Ok(())
}
