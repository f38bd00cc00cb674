//! API keys over the API.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tallymark_base::id::ApiKeyId;
use tallymark_web::{Caller, Json, JsonBody, Page, Paged, Path, Problem, ReadProblems, Scope, WriteProblems};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::keys::{self, ApiKey, MadeApiKey, NewApiKey};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create, list)).routes(routes!(revoke))
}

/// Makes a key; its secret is in this answer only. A retry makes another key, since a secret is not kept to be shown
/// again: revoke the one that is not needed.
#[utoipa::path(
    post,
    path = "/api-keys",
    tag = "api keys",
    request_body = NewApiKey,
    responses((status = 201, description = "Made.", body = MadeApiKey), WriteProblems),
    security(("api_key" = []))
)]
async fn create(State(app): State<App>, caller: Caller, body: JsonBody<NewApiKey>) -> Result<Response, Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = app.context.store.write().await?;
    let made = keys::make(&mut tx, &app.context, caller.tenant, &body.value).await?;
    tx.commit().await?;
    let body = serde_json::to_vec(&made).map_err(|error| Problem::internal("api_key.unwritable", error))?;
    Ok(tallymark_web::stored(StatusCode::CREATED.as_u16(), body))
}

/// Lists keys, without secrets.
#[utoipa::path(
    get,
    path = "/api-keys",
    tag = "api keys",
    params(Page),
    responses((status = 200, description = "A page of keys, oldest first.", body = Paged<ApiKey>), ReadProblems),
    security(("api_key" = []))
)]
async fn list(State(app): State<App>, caller: Caller, page: Page) -> Result<Json<Paged<ApiKey>>, Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = app.context.store.read().await?;
    let found = keys::list(&mut tx, caller.tenant, page.after()?, page.rows()).await?;
    Ok(Json(page.cut(found, |key| key.id.to_string())))
}

/// Revokes a key. Servers stop trusting it within five seconds.
#[utoipa::path(
    delete,
    path = "/api-keys/{id}",
    tag = "api keys",
    params(("id" = ApiKeyId, Path, description = "The key.")),
    responses((status = 204, description = "Revoked."), WriteProblems),
    security(("api_key" = []))
)]
async fn revoke(State(app): State<App>, caller: Caller, Path(id): Path<ApiKeyId>) -> Result<StatusCode, Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = app.context.store.write().await?;
    keys::revoke(&mut tx, caller.tenant, id, app.context.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
