//! Rebate rules over HTTP.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tallymark_base::TypedId as _;
use tallymark_base::id::RebateId;
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{
    Caller, IdempotencyKey, Json, JsonBody, Page, Paged, Path, Problem, ReadProblems, Scope, WriteProblems, stored,
};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{Error, NewRebateRule, RebateRule, Status, create, find, list, set_status};

/// The routes, relative to `/v1`.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(create_rebate, list_rebates))
        .routes(routes!(show_rebate))
        .routes(routes!(set_rebate_status))
}

/// Makes a rebate as a draft and funds its budget from the brand.
#[utoipa::path(
    post,
    path = "/rebates",
    tag = "rebates",
    params(IdempotencyKey),
    request_body = NewRebateRule,
    responses((status = 201, description = "Made.", body = RebateRule), WriteProblems),
    extensions(("x-permission" = json!(["settlement", "campaigns"]))),
    security(("api_key" = []))
)]
async fn create_rebate(
    State(context): State<Context>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<NewRebateRule>,
) -> Result<Response, Problem> {
    caller.require_any(&[Scope::Settlement, Scope::Campaigns])?;
    let mut once = match begin(&context, caller.tenant.raw(), "rebates", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let made = create(once.tx(), caller.tenant, &context.ids, &*context.clock, body.value).await?;
    audit::record(once.tx(), &context, Entry::new(caller.act(), "rebate.created", made.id).after(&made)).await?;
    let answer = once.finish(201, &made).await?;
    Ok(stored(answer.status, answer.body))
}

/// Lists the rebates, oldest first.
#[utoipa::path(
    get,
    path = "/rebates",
    tag = "rebates",
    params(Page),
    responses((status = 200, description = "A page of rebates.", body = Paged<RebateRule>), ReadProblems),
    extensions(("x-permission" = json!(["settlement", "campaigns", "read"]))),
    security(("api_key" = []))
)]
async fn list_rebates(
    State(context): State<Context>,
    caller: Caller,
    page: Page,
) -> Result<Json<Paged<RebateRule>>, Problem> {
    caller.require_any(&[Scope::Settlement, Scope::Campaigns, Scope::Read])?;
    let after: Option<RebateId> = page.after()?;
    let mut tx = context.store.read().await?;
    // A brand has tens of them: they are cut into pages here.
    let mut found = list(&mut tx, caller.tenant).await?;
    found.retain(|own| after.is_none_or(|after| own.id > after));
    Ok(Json(page.cut(found, |own| own.id.to_string())))
}

/// Shows a rebate.
#[utoipa::path(
    get,
    path = "/rebates/{id}",
    tag = "rebates",
    params(("id" = RebateId, Path, description = "The rebate.")),
    responses((status = 200, description = "The rebate.", body = RebateRule), ReadProblems),
    extensions(("x-permission" = json!(["settlement", "campaigns", "read"]))),
    security(("api_key" = []))
)]
async fn show_rebate(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<RebateId>,
) -> Result<Json<RebateRule>, Problem> {
    caller.require_any(&[Scope::Settlement, Scope::Campaigns, Scope::Read])?;
    let mut tx = context.store.read().await?;
    Ok(Json(find(&mut tx, caller.tenant, id).await?.ok_or(Error::NotFound { id })?))
}

/// A status to set.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = NewRebateRuleStatus)]
#[serde(deny_unknown_fields)]
struct NewStatus {
    /// `running`, `paused` or `ended`.
    status: Status,
}

/// Starts, pauses, continues or ends a rebate.
#[utoipa::path(
    post,
    path = "/rebates/{id}/status",
    tag = "rebates",
    params(("id" = RebateId, Path, description = "The rebate."), IdempotencyKey),
    request_body = NewStatus,
    responses((status = 200, description = "The rebate with its status.", body = RebateRule), WriteProblems),
    extensions(("x-permission" = json!(["settlement", "campaigns"]))),
    security(("api_key" = []))
)]
async fn set_rebate_status(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<RebateId>,
    key: IdempotencyKey,
    body: JsonBody<NewStatus>,
) -> Result<Response, Problem> {
    caller.require_any(&[Scope::Settlement, Scope::Campaigns])?;
    let operation = format!("rebates/{id}/status");
    let mut once = match begin(&context, caller.tenant.raw(), &operation, key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let before = find(once.tx(), caller.tenant, id).await?.map(|own| NewStatus { status: own.status });
    let changed = set_status(once.tx(), caller.tenant, id, body.value.status).await?;
    let entry = Entry::new(caller.act(), "rebate.status_set", id).before(&before).after(&body.value);
    audit::record(once.tx(), &context, entry).await?;
    let answer = once.finish(200, &changed).await?;
    Ok(stored(answer.status, answer.body))
}
