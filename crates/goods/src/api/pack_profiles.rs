//! How products are usually packed, and the company prefix of SSCCs.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tallymark_base::TypedId as _;
use tallymark_base::id::{PackProfileId, ProductId};
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{
    Caller, IdempotencyKey, Json, JsonBody, Path, Problem, ReadProblems, Scope, WriteProblems, stored,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{CompanyPrefix, NewCompanyPrefix, NewPackProfile, PackProfile, pack_profiles};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(create_pack_profile, list_pack_profiles))
        .routes(routes!(change_pack_profile, remove_pack_profile))
        .routes(routes!(show_company_prefix, set_company_prefix))
}

/// Makes a pack profile: batches of the product can be ordered by it.
#[utoipa::path(
    post,
    path = "/products/{id}/pack-profiles",
    tag = "products",
    params(("id" = ProductId, Path, description = "The product."), IdempotencyKey),
    request_body = NewPackProfile,
    responses((status = 201, description = "Made.", body = PackProfile), WriteProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn create_pack_profile(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<ProductId>,
    key: IdempotencyKey,
    body: JsonBody<NewPackProfile>,
) -> Result<Response, Problem> {
    caller.require(Scope::Goods)?;
    let (tenant, clock) = (caller.tenant, &*context.clock);
    let operation = format!("products/{id}/pack-profiles");
    let mut once = match begin(&context, tenant.raw(), &operation, key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let made = pack_profiles::create(once.tx(), tenant, &context.ids, clock, id, body.value).await?;
    audit::record(once.tx(), &context, Entry::new(caller.act(), "pack_profile.created", made.id).after(&made)).await?;
    let answer = once.finish(201, &made).await?;
    Ok(stored(answer.status, answer.body))
}

/// The pack profiles of a product, by name; 100 at most.
#[utoipa::path(
    get,
    path = "/products/{id}/pack-profiles",
    tag = "products",
    params(("id" = ProductId, Path, description = "The product.")),
    responses((status = 200, description = "All of them.", body = [PackProfile]), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn list_pack_profiles(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<ProductId>,
) -> Result<Json<Vec<PackProfile>>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let mut tx = context.store.read().await?;
    Ok(Json(pack_profiles::of_product(&mut tx, caller.tenant, id).await?))
}

/// Changes a pack profile. Batches that were ordered by it stay as they are.
#[utoipa::path(
    put,
    path = "/pack-profiles/{id}",
    tag = "products",
    params(("id" = PackProfileId, Path, description = "The profile.")),
    request_body = NewPackProfile,
    responses((status = 200, description = "Changed.", body = PackProfile), WriteProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn change_pack_profile(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<PackProfileId>,
    body: JsonBody<NewPackProfile>,
) -> Result<Json<PackProfile>, Problem> {
    caller.require(Scope::Goods)?;
    let mut tx = context.store.write().await?;
    let (before, after) = pack_profiles::change(&mut tx, caller.tenant, &*context.clock, id, body.value).await?;
    let entry = Entry::new(caller.act(), "pack_profile.changed", id).before(&before).after(&after);
    audit::record(&mut tx, &context, entry).await?;
    tx.commit().await?;
    Ok(Json(after))
}

/// Removes a pack profile. Batches that were ordered by it stay as they are.
#[utoipa::path(
    delete,
    path = "/pack-profiles/{id}",
    tag = "products",
    params(("id" = PackProfileId, Path, description = "The profile.")),
    responses((status = 204, description = "Removed."), WriteProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn remove_pack_profile(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<PackProfileId>,
) -> Result<StatusCode, Problem> {
    caller.require(Scope::Goods)?;
    let mut tx = context.store.write().await?;
    let before = pack_profiles::remove(&mut tx, caller.tenant, id).await?;
    let entry = Entry::new(caller.act(), "pack_profile.removed", id).before(&before);
    audit::record(&mut tx, &context, entry).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Under which GS1 company prefix and extension digit SSCCs are given out; `null` where that was never said.
#[utoipa::path(
    get,
    path = "/company-prefix",
    tag = "products",
    responses((status = 200, description = "The prefix.", body = Option<CompanyPrefix>), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn show_company_prefix(
    State(context): State<Context>,
    caller: Caller,
) -> Result<Json<Option<CompanyPrefix>>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let mut tx = context.store.read().await?;
    Ok(Json(pack_profiles::company_prefix(&mut tx, caller.tenant).await?))
}

/// Says under which GS1 company prefix and extension digit SSCCs are given out from here on. Those that were given out stay, and
/// where a prefix comes back it goes on where it stopped.
#[utoipa::path(
    put,
    path = "/company-prefix",
    tag = "products",
    request_body = NewCompanyPrefix,
    responses((status = 200, description = "It holds for batches that are ordered from here on.", body = CompanyPrefix), WriteProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn set_company_prefix(
    State(context): State<Context>,
    caller: Caller,
    body: JsonBody<NewCompanyPrefix>,
) -> Result<Json<CompanyPrefix>, Problem> {
    caller.require(Scope::Goods)?;
    let mut tx = context.store.write().await?;
    let before = pack_profiles::company_prefix(&mut tx, caller.tenant).await?;
    let after = pack_profiles::set_company_prefix(&mut tx, caller.tenant, &*context.clock, &body.value).await?;
    let entry = Entry::new(caller.act(), "company_prefix.set", "company-prefix").before(&before).after(&after);
    audit::record(&mut tx, &context, entry).await?;
    tx.commit().await?;
    Ok(Json(after))
}
