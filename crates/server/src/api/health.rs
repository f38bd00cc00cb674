//! How the installation is, for those who run it.

use axum::extract::State;
use tallymark_web::{Caller, Json, Problem, ReadProblems, Scope};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::condition::{Condition, look};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// Tells how the installation is and what to do where something is wrong: the database and its speed, the disk, events on their
/// way, the lake, jobs, webhooks and subscriptions, backups, memory. Jobs, webhooks and subscriptions are the brand's own, and
/// nothing is counted of others.
#[utoipa::path(
    get,
    path = "/health",
    tag = "installation",
    operation_id = "show_health",
    responses((status = 200, description = "What was found.", body = Condition), ReadProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn show(State(app): State<App>, caller: Caller) -> Result<Json<Condition>, Problem> {
    caller.require(Scope::Owner)?;
    Ok(Json(look(&app, caller.tenant).await?))
}
