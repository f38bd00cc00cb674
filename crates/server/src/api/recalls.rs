//! Calling goods back: what they say to whoever scans them, who has them, and the end of it.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tallymark_base::TypedId as _;
use tallymark_base::id::{BatchId, OperationId, RecallId};
use tallymark_goods::recall::{self, Reach};
use tallymark_goods::{NewRecall, Recall, RecallExtent, RecallScope, RecallText};
use tallymark_partners::organisation;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{
    Caller, IdempotencyKey, Json, JsonBody, Page, Paged, Path, Problem, ReadProblems, Scope, WriteProblems, stored,
};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::operations::{Named, unit_of};
use crate::app::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(preview))
        .routes(routes!(show))
        .routes(routes!(holders))
        .routes(routes!(lift))
        .routes(routes!(of_code))
}

/// What is called back.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = RecallGoods)]
enum Goods {
    /// All codes of a batch.
    Batch {
        /// The batch.
        batch: BatchId,
    },
    /// Codes and ranges of codes, with what lies in them at the moment of the recall.
    Codes {
        /// 1 to 10,000.
        codes: Vec<Named>,
    },
    /// What an operation was about, with what lay in it then: a shipment, a receipt, a pack.
    Operation {
        /// The operation; a shipment's id has the same letters after the underscore.
        operation: OperationId,
    },
}

/// A recall to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRecall)]
struct New {
    /// Which goods.
    goods: Goods,
    /// What their scans say from now on, one for each language; the first for everybody whose language is not there.
    texts: Vec<RecallText>,
    /// Why, for those who work for the brand; 1 to 200 characters.
    reason: String,
}

/// The scope in the words of goods.
async fn scope_of(app: &App, caller: &Caller, goods: Goods) -> Result<RecallScope, Problem> {
    Ok(match goods {
        Goods::Batch { batch } => RecallScope::Batch { batch },
        Goods::Operation { operation } => RecallScope::Operation { operation },
        Goods::Codes { codes } => {
            let settings = app.scanner.settings().of(&app.context, caller.tenant).await?;
            let mut tx = app.context.store.read().await?;
            let texts = codes.iter().filter_map(Named::text);
            let reader = tallymark_goods::reader(&mut tx, caller.tenant, &settings.catalog, texts).await?;
            let unit = |named: &Named| {
                unit_of(&reader, named.clone()).map_err(|refusal| {
                    Problem::new(axum::http::StatusCode::NOT_FOUND, "code.not_found", refusal.detail)
                })
            };
            RecallScope::Units { units: codes.iter().map(unit).collect::<Result<_, _>>()? }
        }
    })
}

async fn reach_of(app: &App, caller: &Caller, scope: &RecallScope) -> Result<Reach, Problem> {
    let mut tx = app.context.store.read().await?;
    Ok(recall::reach(&mut tx, caller.tenant, scope, app.context.clock.now()).await?)
}

/// Calls goods back. Every scan of them has the verdict `recalled` from then on, with what it says, whatever else is the
/// matter with them, and gives no reward.
#[utoipa::path(
    post,
    path = "/recalls",
    tag = "recalls",
    operation_id = "create_recall",
    params(IdempotencyKey),
    request_body = New,
    responses((status = 201, description = "Called back.", body = Recall), WriteProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<New>,
) -> Result<Response, Problem> {
    caller.require(Scope::Goods)?;
    let (context, tenant) = (&app.context, caller.tenant);
    let New { goods, texts, reason } = body.value;
    let scope = scope_of(&app, &caller, goods).await?;
    // Asked before the transaction that writes: a large shipment takes its time, and scans do not wait for it.
    let reach = reach_of(&app, &caller, &scope).await?;
    let mut once = match begin(context, tenant.raw(), "recalls", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let new = NewRecall { scope, texts, reason };
    let made = recall::create(once.tx(), tenant, &context.ids, &*context.clock, new, &reach).await?;
    audit::record(once.tx(), context, Entry::new(caller.act(), "recall.created", made.id).after(&made)).await?;
    let answer = once.finish(201, &made).await?;
    Ok(stored(answer.status, answer.body))
}

/// What a recall would reach, and who has it: nothing is called back by asking.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecallQuestion)]
struct Question {
    /// Which goods.
    goods: Goods,
}

/// Tells how many items a recall would reach and who has them. Nothing is called back.
#[utoipa::path(
    post,
    path = "/recalls/preview",
    tag = "recalls",
    operation_id = "preview_recall",
    request_body = Question,
    responses((status = 200, description = "What it would reach.", body = RecallExtent), ReadProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn preview(
    State(app): State<App>,
    caller: Caller,
    body: JsonBody<Question>,
) -> Result<Json<RecallExtent>, Problem> {
    caller.require(Scope::Goods)?;
    let scope = scope_of(&app, &caller, body.value.goods).await?;
    let mut tx = app.context.store.read().await?;
    let reach = recall::reach(&mut tx, caller.tenant, &scope, app.context.clock.now()).await?;
    Ok(Json(recall::extent(&mut tx, caller.tenant, &reach).await?))
}

/// Lists recalls, the latest first.
#[utoipa::path(
    get,
    path = "/recalls",
    tag = "recalls",
    operation_id = "list_recalls",
    params(Page),
    responses((status = 200, description = "A page of recalls.", body = Paged<Recall>), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn list(State(app): State<App>, caller: Caller, page: Page) -> Result<Json<Paged<Recall>>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    let found = recall::list(&mut tx, caller.tenant, page.after()?, page.rows()).await?;
    Ok(Json(page.cut(found, |recall| recall.id.to_string())))
}

/// Shows a recall.
#[utoipa::path(
    get,
    path = "/recalls/{id}",
    tag = "recalls",
    operation_id = "show_recall",
    params(("id" = RecallId, Path, description = "The recall.")),
    responses((status = 200, description = "The recall.", body = Recall), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "sell", "scan", "read"]))),
    security(("api_key" = []))
)]
async fn show(State(app): State<App>, caller: Caller, Path(id): Path<RecallId>) -> Result<Json<Recall>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Sell, Scope::Scan, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    Ok(Json(recall::find(&mut tx, caller.tenant, id).await?))
}

/// Who has the items of a recall now.
#[utoipa::path(
    get,
    path = "/recalls/{id}/holders",
    tag = "recalls",
    operation_id = "show_recall_holders",
    params(("id" = RecallId, Path, description = "The recall.")),
    responses((status = 200, description = "Who has how many.", body = RecallExtent), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn holders(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecallId>,
) -> Result<Json<RecallExtent>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    let reach = recall::reached(&mut tx, caller.tenant, id).await?;
    Ok(Json(recall::extent(&mut tx, caller.tenant, &reach).await?))
}

/// The end of a recall.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecallLifting)]
struct Lifting {
    /// Why; 1 to 200 characters.
    reason: String,
}

/// Lifts a recall: its goods are again what they were without it.
#[utoipa::path(
    post,
    path = "/recalls/{id}/lift",
    tag = "recalls",
    operation_id = "lift_recall",
    params(("id" = RecallId, Path, description = "The recall."), IdempotencyKey),
    request_body = Lifting,
    responses((status = 200, description = "Lifted.", body = Recall), WriteProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn lift(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecallId>,
    key: IdempotencyKey,
    body: JsonBody<Lifting>,
) -> Result<Response, Problem> {
    caller.require(Scope::Goods)?;
    let (context, tenant) = (&app.context, caller.tenant);
    let operation = format!("recalls/{id}/lift");
    let mut once = match begin(context, tenant.raw(), &operation, key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let reason = &body.value.reason;
    let (before, after) = recall::lift(once.tx(), tenant, &context.ids, &*context.clock, id, reason).await?;
    let entry = Entry::new(caller.act(), "recall.lifted", id).before(&before).after(&after);
    audit::record(once.tx(), context, entry).await?;
    let answer = once.finish(200, &after).await?;
    Ok(stored(answer.status, answer.body))
}

/// The recalls that reach a code or anything that lies in it, the latest first: for whoever holds a pack in hand.
#[utoipa::path(
    get,
    path = "/codes/{code}/recalls",
    tag = "recalls",
    operation_id = "show_recalls_of_code",
    params(("code" = String, Path, description = "The code, or the end of its link.")),
    responses((status = 200, description = "Those that stand.", body = Vec<Recall>), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "sell", "read"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn of_code(
    State(app): State<App>,
    caller: Caller,
    Path(code): Path<String>,
) -> Result<Json<Vec<Recall>>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Sell, Scope::Read])?;
    let settings = app.scanner.settings().of(&app.context, caller.tenant).await?;
    let not_found = || {
        let text = "this is not a code of this brand";
        Problem::new(axum::http::StatusCode::NOT_FOUND, "code.not_found", text)
    };
    let mut tx = app.context.store.read().await?;
    let found = tallymark_goods::read_scanned(&mut tx, caller.tenant, &settings.catalog, &code).await?;
    let unit =
        found.map(|found| tallymark_goods::Unit::one(found.batch, found.level, found.serial)).ok_or_else(not_found)?;
    if let Some(within) = &caller.subtree {
        let (holder, _) = tallymark_goods::whereabouts(&mut tx, caller.tenant, unit, None).await?;
        let holder = holder.ok_or_else(not_found)?.organisation;
        if !organisation::is_seen(&mut tx, caller.tenant, Some(within), holder).await? {
            return Err(not_found());
        }
    }
    Ok(Json(recall::recalls_of(&mut tx, caller.tenant, unit).await?))
}
