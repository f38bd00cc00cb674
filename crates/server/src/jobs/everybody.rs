//! Jobs over all people of a brand.

use apalis_core::error::BoxDynError;
use serde_json::Value;
use tallymark_people::{policy, runs};
use tallymark_web::Problem;

use super::Work;
use crate::everybody::{outlook, rebuild};

/// Does a run and notes how it ended. Doing it again is no harm: a rebuild that is done again finds nothing to write.
pub(super) async fn run(work: Work) -> Result<(), BoxDynError> {
    let (context, tenant, id) = (&work.context, work.job.tenant, work.job.id);
    let mut tx = context.store.write().await?;
    let begun = runs::begin(&mut tx, tenant, id, context.clock.now()).await?;
    tx.commit().await?;
    let Some(run) = begun else { return Ok(()) };
    let result: Result<Value, Problem> = match &run.policy {
        Some(other) => match policy::parse(&other.to_string()) {
            Ok(policy) => outlook(context, tenant, &policy).await.map(|told| serde_json::json!(told)),
            Err(error) => Err(error.into()),
        },
        None => rebuild(context, tenant).await.map(|told| serde_json::json!(told)),
    };
    let is_last = work.job.attempt >= work.job.attempts_max;
    let outcome = match &result {
        Ok(told) => Ok(told),
        Err(problem) if is_last || !problem.may_pass() => Err(problem.to_string()),
        Err(problem) => return Err(problem.to_string().into()),
    };
    let mut tx = context.store.write().await?;
    runs::end(&mut tx, tenant, id, outcome.as_ref().map(|told| *told).map_err(String::as_str), context.clock.now())
        .await?;
    Ok(tx.commit().await?)
}
