//! The keys that a brand's people are looked up and sealed by.

use axum::extract::State;
use axum::http::StatusCode;
use tallymark_partners::{Generation, rotation as secrets};
use tallymark_store::audit::{self, Entry};
use tallymark_web::{Caller, Json, Problem, ReadProblems, Scope, WriteProblems};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::rotation;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(state)).routes(routes!(rotate))
}

/// The generation of the keys that people are looked up and sealed by, and whether everything is under it.
#[utoipa::path(
    get,
    path = "/people-keys",
    tag = "people",
    responses((status = 200, description = "The generation.", body = Generation), ReadProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn state(State(app): State<App>, caller: Caller) -> Result<Json<Generation>, Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = app.context.store.read().await?;
    Ok(Json(secrets::state(&mut tx, caller.tenant).await?))
}

/// Makes new keys. What comes in from here on is under them; a server puts the rest under them in the background, a minute later.
/// People are found all the while. Repeated while it goes on, it is refused.
#[utoipa::path(
    post,
    path = "/people-keys/rotate",
    tag = "people",
    responses((status = 202, description = "Made.", body = Generation), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn rotate(State(app): State<App>, caller: Caller) -> Result<(StatusCode, Json<Generation>), Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = app.context.store.write().await?;
    let made = rotation::begin(&mut tx, &app.context, caller.tenant).await?;
    let entry = Entry::new(caller.act(), "people_keys.rotated", caller.tenant).after(&made);
    audit::record(&mut tx, &app.context, entry).await?;
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(made)))
}
