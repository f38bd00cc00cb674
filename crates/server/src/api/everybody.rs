//! Work over all people of a brand: the policy of who is who, what another would change, and deciding all anew.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tallymark_base::id::JobId;
use tallymark_people::runs::{self, RUNS_MAX, Run};
use tallymark_people::{policy, standard_policy};
use tallymark_store::audit::{self, Entry};
use tallymark_web::{Caller, Json, Path, Problem, Query, ReadProblems, Scope, WriteProblems};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(rules)).routes(routes!(list, ask)).routes(routes!(show))
}

/// The policy of who is who: how strong each kind of identifier is, how many of it a person may have, and from how many owners
/// on a device counts as shared.
#[utoipa::path(
    get,
    path = "/identity/policy",
    tag = "people",
    responses((status = 200, description = "The policy.", body = Value), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn rules(caller: Caller) -> Result<Json<Value>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let text = policy::show(standard_policy());
    Ok(Json(serde_json::from_str(&text).map_err(|error| Problem::internal("people.policy", error))?))
}

/// What is to be done over everybody.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRun {
    /// Another policy, in which only what is otherwise is said: the run tells what it would change, and how much money and how
    /// many points would be another person's, and writes nothing. Where it is left out, everybody is decided anew.
    policy: Option<Value>,
}

/// Asks for work over everybody. A server does it in the background; a brand has one run at a time.
#[utoipa::path(
    post,
    path = "/identity/runs",
    tag = "people",
    request_body = NewRun,
    responses((status = 202, description = "It is waiting.", body = Run), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn ask(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewRun>,
) -> Result<(StatusCode, Json<Run>), Problem> {
    caller.require(Scope::People)?;
    let (context, by) = (&app.context, caller.actor.to_string());
    let mut tx = context.store.write().await?;
    let run = runs::ask(&mut tx, caller.tenant, new.policy.as_ref(), &by, &context.ids, &*context.clock).await?;
    audit::record(&mut tx, context, Entry::new(caller.act(), "identity.run_asked", run.id).after(&new)).await?;
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Before {
    /// Runs before this one; the latest where it is left out.
    before: Option<JobId>,
    /// At most so many, up to 100.
    limit: Option<u32>,
}

/// Runs, the latest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IdentityRuns)]
struct Runs {
    /// The runs.
    items: Vec<Run>,
}

/// What was done over everybody, the latest first.
#[utoipa::path(
    get,
    path = "/identity/runs",
    tag = "people",
    params(Before),
    responses((status = 200, description = "The runs.", body = Runs), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn list(State(app): State<App>, caller: Caller, Query(page): Query<Before>) -> Result<Json<Runs>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    let limit = page.limit.unwrap_or(RUNS_MAX);
    Ok(Json(Runs { items: runs::list(&mut tx, caller.tenant, page.before, limit).await? }))
}

/// A run: how far it is and what came out.
#[utoipa::path(
    get,
    path = "/identity/runs/{id}",
    tag = "people",
    params(("id" = JobId, Path, description = "The run.")),
    responses((status = 200, description = "The run.", body = Run), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn show(State(app): State<App>, caller: Caller, Path(id): Path<JobId>) -> Result<Json<Run>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    Ok(Json(runs::find(&mut tx, caller.tenant, id).await?))
}
