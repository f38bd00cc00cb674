//! Jobs about imports: carrying one out, and forgetting files that no run took.

use apalis_core::error::BoxDynError;
use tallymark_base::Fault as _;
use tallymark_base::id::ImportId;
use tallymark_imports::{Error, run_uploaded};

use super::{PIECE, Work};

/// Carries out the run of a file that was sent. It stops between two batches when the server does, and another attempt goes
/// on there. A run that fails as often as its job may is ended, so that nobody waits for it.
pub(super) async fn run(work: Work) -> Result<(), BoxDynError> {
    let id: ImportId = work.job.args["run"].as_str().ok_or("the job names no run")?.parse()?;
    let (stopped, tenant) = (work.stopped.clone(), work.job.tenant);
    match run_uploaded(&work.context, tenant, id, &|| *stopped.borrow()).await {
        // Another process has it: this job has nothing to do.
        Ok(_) | Err(Error::Elsewhere { .. } | Error::NotFound { .. }) => Ok(()),
        Err(error) => {
            if work.job.attempt >= work.job.attempts_max {
                tallymark_imports::fail(&work.context, tenant, id, &error).await?;
            }
            Err(error.code().into())
        }
    }
}

/// Deletes what was sent and taken by no run.
pub(super) async fn forget(work: Work) -> Result<(), BoxDynError> {
    let deleted = tallymark_imports::forget(&work.context, PIECE).await?;
    if deleted > 0 {
        tracing::info!(deleted, "forgot pieces of files that no import took");
    }
    Ok(())
}
