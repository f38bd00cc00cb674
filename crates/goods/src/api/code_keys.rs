//! The secrets behind a tenant's codes. They never leave the server; a caller sees their epochs.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tallymark_base::TypedId as _;
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{Caller, IdempotencyKey, JsonBody, Problem, Scope, WriteProblems, stored};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::keys;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(rotate_code_key))
}

/// Nothing needs to be said: `{}`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCodeKey {}

/// A new key generation.
#[derive(Debug, Serialize, ToSchema)]
struct CodeKeyMade {
    /// The generation under which batches are ordered from here on.
    epoch: u8,
}

/// Makes a new key for codes. Batches ordered from here on are minted under it; codes of earlier ones stay readable.
#[utoipa::path(
    post,
    path = "/code-keys/rotate",
    tag = "code keys",
    params(IdempotencyKey),
    request_body = NewCodeKey,
    responses((status = 201, description = "Made.", body = CodeKeyMade), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn rotate_code_key(
    State(context): State<Context>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<NewCodeKey>,
) -> Result<Response, Problem> {
    caller.require(Scope::Owner)?;
    let tenant = caller.tenant;
    let mut once = match begin(&context, tenant.raw(), "code-keys/rotate", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let epoch = keys::rotate(once.tx(), tenant, &context.master, &*context.entropy).await?;
    let made = CodeKeyMade { epoch: epoch.0 };
    audit::record(once.tx(), &context, Entry::new(caller.act(), "code_key.rotated", "code-key").after(&made)).await?;
    let answer = once.finish(201, &made).await?;
    Ok(stored(answer.status, answer.body))
}
