//! Orders of codes, and making codes live or void.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tallymark_base::TypedId as _;
use tallymark_base::id::BatchId;
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{
    Caller, IdempotencyKey, Json, JsonBody, Page, Paged, Path, Problem, ReadProblems, Scope, WriteProblems, stored,
};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{Activation, Batch, CodeList, Error, NewBatch, Serials, Voiding, batch, listing};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(create_batch, list_batches))
        .routes(routes!(show_batch, discard_batch))
        .routes(routes!(order_batch))
        .routes(routes!(mark_printed))
        .routes(routes!(show_code_list))
        .routes(routes!(activate_items))
        .routes(routes!(void_items))
}

/// Orders codes for one product and lot.
#[utoipa::path(
    post,
    path = "/batches",
    tag = "batches",
    params(IdempotencyKey),
    request_body = NewBatch,
    responses((status = 201, description = "Ordered; the codes can be printed.", body = Batch), WriteProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn create_batch(
    State(context): State<Context>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<NewBatch>,
) -> Result<Response, Problem> {
    caller.require(Scope::Goods)?;
    let mut once = match begin(&context, caller.tenant.raw(), "batches", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let made = batch::create(once.tx(), caller.tenant, &context.ids, &*context.clock, body.value).await?;
    audit::record(once.tx(), &context, Entry::new(caller.act(), "batch.created", made.id).after(&made)).await?;
    let answer = once.finish(201, &made).await?;
    Ok(stored(answer.status, answer.body))
}

/// Lists batches, oldest first.
#[utoipa::path(
    get,
    path = "/batches",
    tag = "batches",
    params(Page),
    responses((status = 200, description = "A page of batches.", body = Paged<Batch>), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn list_batches(
    State(context): State<Context>,
    caller: Caller,
    page: Page,
) -> Result<Json<Paged<Batch>>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let mut tx = context.store.read().await?;
    let found = batch::list(&mut tx, caller.tenant, page.after()?, page.rows()).await?;
    Ok(Json(page.cut(found, |batch| batch.id.to_string())))
}

/// Shows a batch.
#[utoipa::path(
    get,
    path = "/batches/{id}",
    tag = "batches",
    params(("id" = BatchId, Path, description = "The batch.")),
    responses((status = 200, description = "The batch.", body = Batch), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn show_batch(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<BatchId>,
) -> Result<Json<Batch>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let mut tx = context.store.read().await?;
    Ok(Json(batch::find(&mut tx, caller.tenant, id).await?.ok_or(Error::BatchNotFound { batch: id })?))
}

/// Throws a draft away.
#[utoipa::path(
    delete,
    path = "/batches/{id}",
    tag = "batches",
    params(("id" = BatchId, Path, description = "The batch.")),
    responses((status = 204, description = "Gone."), WriteProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn discard_batch(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<BatchId>,
) -> Result<StatusCode, Problem> {
    caller.require(Scope::Goods)?;
    let mut tx = context.store.write().await?;
    let before = batch::discard(&mut tx, caller.tenant, id).await?;
    audit::record(&mut tx, &context, Entry::new(caller.act(), "batch.discarded", id).before(&before)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Orders the codes of a draft, under the key of the moment.
#[utoipa::path(
    post,
    path = "/batches/{id}/order",
    tag = "batches",
    params(("id" = BatchId, Path, description = "The batch."), IdempotencyKey),
    responses((status = 200, description = "Ordered; the codes can be printed.", body = Batch), WriteProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn order_batch(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<BatchId>,
    key: IdempotencyKey,
) -> Result<Response, Problem> {
    caller.require(Scope::Goods)?;
    let operation = format!("batches/{id}/order");
    let mut once = match begin(&context, caller.tenant.raw(), &operation, key.as_str(), b"").await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let made = batch::order(once.tx(), caller.tenant, &context.ids, &*context.clock, id).await?;
    audit::record(once.tx(), &context, Entry::new(caller.act(), "batch.ordered", id).after(&made)).await?;
    let answer = once.finish(200, &made).await?;
    Ok(stored(answer.status, answer.body))
}

/// Notes that the codes of a batch came back printed; the first time counts.
#[utoipa::path(
    post,
    path = "/batches/{id}/printed",
    tag = "batches",
    params(("id" = BatchId, Path, description = "The batch."), IdempotencyKey),
    responses((status = 200, description = "Noted.", body = Batch), WriteProblems),
    extensions(("x-permission" = json!(["goods", "logistics"]))),
    security(("api_key" = []))
)]
async fn mark_printed(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<BatchId>,
    key: IdempotencyKey,
) -> Result<Response, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics])?;
    let operation = format!("batches/{id}/printed");
    let mut once = match begin(&context, caller.tenant.raw(), &operation, key.as_str(), b"").await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let (before, after) = batch::printed(once.tx(), caller.tenant, id, context.clock.now()).await?;
    let entry = Entry::new(caller.act(), "batch.printed", id).before(&before).after(&after);
    audit::record(once.tx(), &context, entry).await?;
    let answer = once.finish(200, &after).await?;
    Ok(stored(answer.status, answer.body))
}

/// Shows the list of a batch whose codes were made elsewhere.
#[utoipa::path(
    get,
    path = "/batches/{id}/code-list",
    tag = "batches",
    params(("id" = BatchId, Path, description = "The batch.")),
    responses((status = 200, description = "The list.", body = CodeList), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn show_code_list(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<BatchId>,
) -> Result<Json<CodeList>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let list = listing::find(&mut context.store.read().await?, caller.tenant, id).await?;
    Ok(Json(list.ok_or(crate::ListError::NotFound { batch: id }).map_err(crate::Error::from)?))
}

/// Items to make live; `{}` for all of the batch.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewActivation {
    /// Serial of the first item; 0 where it is left out.
    #[serde(default)]
    first: Option<u64>,
    /// Serial of the last item, itself included; that of the batch's last item where it is left out.
    #[serde(default)]
    last: Option<u64>,
}

/// Makes items live. An item is activated once; void items stay void.
#[utoipa::path(
    post,
    path = "/batches/{id}/activations",
    tag = "batches",
    params(("id" = BatchId, Path, description = "The batch."), IdempotencyKey),
    request_body = NewActivation,
    responses((status = 201, description = "Live.", body = Activation), WriteProblems),
    extensions(("x-permission" = json!(["goods", "logistics"]))),
    security(("api_key" = []))
)]
async fn activate_items(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<BatchId>,
    key: IdempotencyKey,
    body: JsonBody<NewActivation>,
) -> Result<Response, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics])?;
    let (tenant, clock) = (caller.tenant, &*context.clock);
    let operation = format!("batches/{id}/activations");
    let mut once = match begin(&context, tenant.raw(), &operation, key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let batch = batch::find(once.tx(), tenant, id).await?.ok_or(Error::BatchNotFound { batch: id })?;
    let serials = Serials::new(body.value.first.unwrap_or(0), body.value.last.unwrap_or(batch.items - 1));
    let made = batch::activate(once.tx(), &context, tenant, id, Some(serials), clock.now()).await?;
    audit::record(once.tx(), &context, Entry::new(caller.act(), "batch.activated", id).after(&made)).await?;
    let answer = once.finish(201, &made).await?;
    Ok(stored(answer.status, answer.body))
}

/// Items to withdraw.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewVoiding {
    /// Serial of the first item, from 0.
    first: u64,
    /// Serial of the last item, itself included.
    last: u64,
    /// Why; whoever scans such an item may read it. 1 to 200 characters.
    reason: String,
}

/// Withdraws items, live or not. Those that were void before keep their reason.
#[utoipa::path(
    post,
    path = "/batches/{id}/voids",
    tag = "batches",
    params(("id" = BatchId, Path, description = "The batch."), IdempotencyKey),
    request_body = NewVoiding,
    responses((status = 201, description = "Void.", body = Voiding), WriteProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn void_items(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<BatchId>,
    key: IdempotencyKey,
    body: JsonBody<NewVoiding>,
) -> Result<Response, Problem> {
    caller.require(Scope::Goods)?;
    let (tenant, clock) = (caller.tenant, &*context.clock);
    let operation = format!("batches/{id}/voids");
    let mut once = match begin(&context, tenant.raw(), &operation, key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let NewVoiding { first, last, reason } = body.value;
    let serials = Serials::new(first, last);
    let made = batch::void(once.tx(), &context, tenant, id, serials, &reason, clock.now()).await?;
    audit::record(once.tx(), &context, Entry::new(caller.act(), "batch.voided", id).after(&made)).await?;
    let answer = once.finish(201, &made).await?;
    Ok(stored(answer.status, answer.body))
}
