//! The job that puts what is kept of people under new keys.

use apalis_core::error::BoxDynError;

use super::Work;

/// Does what is left. When the server stops meanwhile another goes on.
pub(super) async fn run(work: Work) -> Result<(), BoxDynError> {
    let stopped = work.stopped.clone();
    match crate::rotation::run(&work.context, work.job.tenant, || *stopped.borrow()).await {
        Ok(true) => Ok(()),
        Ok(false) => Err("the server stops; another goes on".into()),
        Err(problem) => Err(problem.to_string().into()),
    }
}
