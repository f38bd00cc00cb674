//! API keys over the API.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tallymark_base::TypedId as _;
use tallymark_base::id::ApiKeyId;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{
    Caller, IdempotencyKey, Json, JsonBody, Page, Paged, Path, Problem, ReadProblems, Scope, WriteProblems, stored,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Access;
use crate::service::key::{self as keys, ApiKey, KeyError, MadeApiKey, NewApiKey};

pub(super) fn routes() -> OpenApiRouter<Access> {
    OpenApiRouter::new().routes(routes!(create, list)).routes(routes!(revoke))
}

/// Makes a key; its secret is in this answer only and is not kept.
///
/// A repeat under the same Idempotency-Key makes no other key: it is refused as `api_key.made_before` (409), which names
/// the key that was made. Where its secret was lost, revoke it and make another under a new Idempotency-Key.
#[utoipa::path(
    post,
    path = "/api-keys",
    tag = "api keys",
    params(IdempotencyKey),
    request_body = NewApiKey,
    responses((status = 201, description = "Made.", body = MadeApiKey), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn create(
    State(access): State<Access>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<NewApiKey>,
) -> Result<Response, Problem> {
    caller.require(Scope::Owner)?;
    let mut once = match begin(&access.context, caller.tenant.raw(), "api-keys", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Err(made_before(&answer.body)),
        Begin::First(once) => once,
    };
    let made = keys::make(once.tx(), &access.context, caller.tenant, &body.value).await?;
    let entry = Entry::new(caller.act(), "api_key.created", made.key.id).after(&made.key);
    audit::record(once.tx(), &access.context, entry).await?;
    let status = StatusCode::CREATED.as_u16();
    // What is kept for a repeat is the id alone: a stored secret could be read by whoever reads the database.
    once.finish(status, &MadeBefore { id: made.key.id }).await?;
    let body = serde_json::to_vec(&made).map_err(|error| Problem::internal("api_key.unwritable", error))?;
    Ok(stored(status, body))
}

/// What is remembered of a key that was made.
#[derive(Serialize, Deserialize)]
struct MadeBefore {
    id: ApiKeyId,
}

fn made_before(remembered: &[u8]) -> Problem {
    match serde_json::from_slice(remembered) {
        Ok(MadeBefore { id }) => KeyError::MadeBefore(id).into(),
        Err(error) => Problem::internal("api_key.unreadable", error),
    }
}

/// Lists keys, without secrets.
#[utoipa::path(
    get,
    path = "/api-keys",
    tag = "api keys",
    params(Page),
    responses((status = 200, description = "A page of keys, oldest first.", body = Paged<ApiKey>), ReadProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn list(State(access): State<Access>, caller: Caller, page: Page) -> Result<Json<Paged<ApiKey>>, Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = access.context.store.read().await?;
    let found = keys::list(&mut tx, caller.tenant, page.after()?, page.rows()).await?;
    Ok(Json(page.cut(found, |key| key.id.to_string())))
}

/// Revokes a key. This server stops trusting it at once, others within five seconds.
#[utoipa::path(
    delete,
    path = "/api-keys/{id}",
    tag = "api keys",
    params(("id" = ApiKeyId, Path, description = "The key.")),
    responses((status = 204, description = "Revoked."), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn revoke(State(access): State<Access>, caller: Caller, Path(id): Path<ApiKeyId>) -> Result<StatusCode, Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = access.context.store.write().await?;
    keys::revoke(&mut tx, caller.tenant, id, access.context.clock.now()).await?;
    audit::record(&mut tx, &access.context, Entry::new(caller.act(), "api_key.revoked", id)).await?;
    tx.commit().await?;
    access.directory.forget();
    Ok(StatusCode::NO_CONTENT)
}
