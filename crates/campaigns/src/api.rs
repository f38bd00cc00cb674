//! Campaigns over HTTP.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tallymark_base::TypedId as _;
use tallymark_base::id::CampaignId;
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{
    Caller, IdempotencyKey, Json, JsonBody, Page, Paged, Path, Problem, ReadProblems, Scope, WriteProblems, stored,
};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{Campaign, Error, NewCampaign, Status, change, create, find, list, set_status};

/// The routes, relative to `/v1`.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(create_campaign, list_campaigns))
        .routes(routes!(show_campaign, change_campaign))
        .routes(routes!(set_campaign_status))
}

/// Makes a campaign as a draft and funds its budget from the brand.
#[utoipa::path(
    post,
    path = "/campaigns",
    tag = "campaigns",
    params(IdempotencyKey),
    request_body = NewCampaign,
    responses((status = 201, description = "Made.", body = Campaign), WriteProblems),
    extensions(("x-permission" = json!(["campaigns"]))),
    security(("api_key" = []))
)]
async fn create_campaign(
    State(context): State<Context>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<NewCampaign>,
) -> Result<Response, Problem> {
    caller.require(Scope::Campaigns)?;
    let mut once = match begin(&context, caller.tenant.raw(), "campaigns", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let made = create(once.tx(), caller.tenant, &context.ids, &*context.clock, body.value).await?;
    audit::record(once.tx(), &context, Entry::new(caller.act(), "campaign.created", made.id).after(&made)).await?;
    let answer = once.finish(201, &made).await?;
    Ok(stored(answer.status, answer.body))
}

/// Lists the campaigns, oldest first.
#[utoipa::path(
    get,
    path = "/campaigns",
    tag = "campaigns",
    params(Page),
    responses((status = 200, description = "A page of campaigns.", body = Paged<Campaign>), ReadProblems),
    extensions(("x-permission" = json!(["campaigns", "read"]))),
    security(("api_key" = []))
)]
async fn list_campaigns(
    State(context): State<Context>,
    caller: Caller,
    page: Page,
) -> Result<Json<Paged<Campaign>>, Problem> {
    caller.require_any(&[Scope::Campaigns, Scope::Read])?;
    let after: Option<CampaignId> = page.after()?;
    let mut tx = context.store.read().await?;
    // A brand has tens of them: they are cut into pages here.
    let mut found = list(&mut tx, caller.tenant).await?;
    found.retain(|own| after.is_none_or(|after| own.id > after));
    Ok(Json(page.cut(found, |own| own.id.to_string())))
}

/// Shows a campaign.
#[utoipa::path(
    get,
    path = "/campaigns/{id}",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign.")),
    responses((status = 200, description = "The campaign.", body = Campaign), ReadProblems),
    extensions(("x-permission" = json!(["campaigns", "read"]))),
    security(("api_key" = []))
)]
async fn show_campaign(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<CampaignId>,
) -> Result<Json<Campaign>, Problem> {
    caller.require_any(&[Scope::Campaigns, Scope::Read])?;
    let mut tx = context.store.read().await?;
    Ok(Json(find(&mut tx, caller.tenant, id).await?.ok_or(Error::NotFound { id })?))
}

/// The terms of a draft anew.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CampaignChange {
    /// The version that was seen: another one is refused.
    version: u32,
    /// All of its terms. A prize that keeps its name keeps its id.
    terms: NewCampaign,
}

/// Sets the terms of a draft anew. What its budgets and stocks need more comes from the brand, and what they need less goes back.
#[utoipa::path(
    put,
    path = "/campaigns/{id}",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign."), IdempotencyKey),
    request_body = CampaignChange,
    responses((status = 200, description = "The campaign with its new terms.", body = Campaign), WriteProblems),
    extensions(("x-permission" = json!(["campaigns"]))),
    security(("api_key" = []))
)]
async fn change_campaign(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<CampaignId>,
    key: IdempotencyKey,
    body: JsonBody<CampaignChange>,
) -> Result<Response, Problem> {
    caller.require(Scope::Campaigns)?;
    let operation = format!("campaigns/{id}");
    let mut once = match begin(&context, caller.tenant.raw(), &operation, key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let CampaignChange { version, terms } = body.value;
    let seen = (id, version);
    let (before, after) = change(once.tx(), caller.tenant, &context.ids, &*context.clock, seen, terms).await?;
    let entry = Entry::new(caller.act(), "campaign.changed", id).before(&before).after(&after);
    audit::record(once.tx(), &context, entry).await?;
    let answer = once.finish(200, &after).await?;
    Ok(stored(answer.status, answer.body))
}

/// A status to set.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = NewCampaignStatus)]
#[serde(deny_unknown_fields)]
struct NewStatus {
    /// `running`, `paused` or `ended`.
    status: Status,
    /// The version of the campaign that was seen: where it is another meanwhile, nothing is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
}

/// Starts, pauses, continues or ends a campaign.
#[utoipa::path(
    post,
    path = "/campaigns/{id}/status",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign."), IdempotencyKey),
    request_body = NewStatus,
    responses((status = 200, description = "The campaign with its status.", body = Campaign), WriteProblems),
    extensions(("x-permission" = json!(["campaigns"]))),
    security(("api_key" = []))
)]
async fn set_campaign_status(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<CampaignId>,
    key: IdempotencyKey,
    body: JsonBody<NewStatus>,
) -> Result<Response, Problem> {
    caller.require(Scope::Campaigns)?;
    let operation = format!("campaigns/{id}/status");
    let mut once = match begin(&context, caller.tenant.raw(), &operation, key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let before = find(once.tx(), caller.tenant, id).await?.map(|own| NewStatus { status: own.status, version: None });
    let changed = set_status(once.tx(), caller.tenant, (id, body.value.version), body.value.status).await?;
    let entry = Entry::new(caller.act(), "campaign.status_set", id).before(&before).after(&body.value);
    audit::record(once.tx(), &context, entry).await?;
    let answer = once.finish(200, &changed).await?;
    Ok(stored(answer.status, answer.body))
}
