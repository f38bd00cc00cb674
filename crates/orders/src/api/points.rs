//! The rules by which orders earn points, over HTTP.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tallymark_base::TypedId as _;
use tallymark_base::id::PointsRuleId;
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{
    Caller, IdempotencyKey, Json, JsonBody, Page, Paged, Path, Problem, ReadProblems, Scope, WriteProblems, stored,
};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{NewPointsRule, PointsRule, Status, create_rule, find_rule, list_rules, set_rule_status};

/// The routes, relative to `/v1`.
pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(create_points_rule, list_points_rules))
        .routes(routes!(show_points_rule))
        .routes(routes!(set_points_rule_status))
}

/// Makes a points rule as a draft.
#[utoipa::path(
    post,
    path = "/points-rules",
    tag = "points-rules",
    params(IdempotencyKey),
    request_body = NewPointsRule,
    responses((status = 201, description = "Made.", body = PointsRule), WriteProblems),
    extensions(("x-permission" = json!(["campaigns"]))),
    security(("api_key" = []))
)]
async fn create_points_rule(
    State(context): State<Context>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<NewPointsRule>,
) -> Result<Response, Problem> {
    caller.require(Scope::Campaigns)?;
    let mut once = match begin(&context, caller.tenant.raw(), "points-rules", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let made = create_rule(once.tx(), &context, caller.tenant, body.value).await?;
    audit::record(once.tx(), &context, Entry::new(caller.act(), "points_rule.created", made.id).after(&made)).await?;
    let answer = once.finish(201, &made).await?;
    Ok(stored(answer.status, answer.body))
}

/// Lists the points rules, oldest first.
#[utoipa::path(
    get,
    path = "/points-rules",
    tag = "points-rules",
    params(Page),
    responses((status = 200, description = "A page of points rules.", body = Paged<PointsRule>), ReadProblems),
    extensions(("x-permission" = json!(["campaigns", "read"]))),
    security(("api_key" = []))
)]
async fn list_points_rules(
    State(context): State<Context>,
    caller: Caller,
    page: Page,
) -> Result<Json<Paged<PointsRule>>, Problem> {
    caller.require_any(&[Scope::Campaigns, Scope::Read])?;
    let after: Option<PointsRuleId> = page.after()?;
    let mut tx = context.store.read().await?;
    // A brand has tens of them: they are cut into pages here.
    let mut found = list_rules(&mut tx, caller.tenant).await?;
    found.retain(|own| after.is_none_or(|after| own.id > after));
    Ok(Json(page.cut(found, |own| own.id.to_string())))
}

/// Shows a points rule.
#[utoipa::path(
    get,
    path = "/points-rules/{id}",
    tag = "points-rules",
    params(("id" = PointsRuleId, Path, description = "The points rule.")),
    responses((status = 200, description = "The points rule.", body = PointsRule), ReadProblems),
    extensions(("x-permission" = json!(["campaigns", "read"]))),
    security(("api_key" = []))
)]
async fn show_points_rule(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<PointsRuleId>,
) -> Result<Json<PointsRule>, Problem> {
    caller.require_any(&[Scope::Campaigns, Scope::Read])?;
    let mut tx = context.store.read().await?;
    Ok(Json(find_rule(&mut tx, caller.tenant, id).await?))
}

/// A status to set.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = NewPointsRuleStatus)]
#[serde(deny_unknown_fields)]
struct NewStatus {
    /// `running`, `paused` or `ended`.
    status: Status,
}

/// Starts, pauses, continues or ends a points rule.
#[utoipa::path(
    post,
    path = "/points-rules/{id}/status",
    tag = "points-rules",
    params(("id" = PointsRuleId, Path, description = "The points rule."), IdempotencyKey),
    request_body = NewStatus,
    responses((status = 200, description = "The points rule with its status.", body = PointsRule), WriteProblems),
    extensions(("x-permission" = json!(["campaigns"]))),
    security(("api_key" = []))
)]
async fn set_points_rule_status(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<PointsRuleId>,
    key: IdempotencyKey,
    body: JsonBody<NewStatus>,
) -> Result<Response, Problem> {
    caller.require(Scope::Campaigns)?;
    let operation = format!("points-rules/{id}/status");
    let mut once = match begin(&context, caller.tenant.raw(), &operation, key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let before = NewStatus { status: find_rule(once.tx(), caller.tenant, id).await?.status };
    let changed = set_rule_status(once.tx(), caller.tenant, id, body.value.status).await?;
    let entry = Entry::new(caller.act(), "points_rule.status_set", id).before(&before).after(&body.value);
    audit::record(once.tx(), &context, entry).await?;
    let answer = once.finish(200, &changed).await?;
    Ok(stored(answer.status, answer.body))
}
