//! Looking at a file before it is imported.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use serde::Deserialize;
use tallymark_base::id::{BatchId, TenantId};
use tallymark_partners::tenant;
use tallymark_store::Context;
use tallymark_tables::{Limits, Options, Source};
use tallymark_web::{Caller, Json, Problem, Query, Scope, WriteProblems};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{SOURCE, mapping_for, scopes_of};
use crate::members::Defaults;
use crate::{
    ArticlesOutlook, CodesOutlook, Error, FILE_BYTES_MAX, FileMapping, Kind, OperationsOutlook, OrdersOutlook, Outlook,
    look_at_codes, look_at_operations, preview, preview_articles, preview_codes, preview_operations, preview_orders,
};

/// Bytes of a file that is looked at: it is in memory whole.
const PREVIEW_BYTES_MAX: usize = 16 << 20;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(preview_members_file))
        .routes(routes!(preview_orders_file))
        .routes(routes!(preview_articles_file))
        .routes(routes!(preview_operations_file))
        .routes(routes!(preview_codes_file))
        .layer(DefaultBodyLimit::max(PREVIEW_BYTES_MAX))
}

/// How a file is looked at.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Looked {
    /// The name of a mapping; where it is left out one is proposed from the names of the columns.
    mapping: Option<String>,
    /// Which sheet of a spreadsheet; the first where it is left out.
    sheet: Option<String>,
}

/// Tells what the first 20 rows of a file of members would be, with personal values masked, and what would be left out. The body is
/// the file as it is (CSV, XLSX or Parquet), of CSV its first lines are enough. Nothing is kept.
#[utoipa::path(
    post,
    path = "/imports/members/preview",
    tag = "imports",
    params(Looked),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file, up to 16 MiB."),
    responses((status = 200, description = "What would be.", body = Outlook), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn preview_members_file(
    State(context): State<Context>,
    caller: Caller,
    Query(looked): Query<Looked>,
    body: Bytes,
) -> Result<Json<Outlook>, Problem> {
    caller.require(Scope::People)?;
    let look = Look::of(&context, &caller, looked, Kind::Members).await?;
    let mapping =
        look.mapping.and_then(|mapping| if let FileMapping::Members(own) = mapping { Some(own) } else { None });
    let source = Source::Bytes(body);
    looking(move || preview(&source, &look.options, mapping.as_ref(), &look.defaults)).await
}

/// Tells what the first orders of a file would be, with what is known of buyers masked, and what would be left out. The body is
/// the file as it is (CSV, XLSX or Parquet), of CSV its first lines are enough. Nothing is kept.
#[utoipa::path(
    post,
    path = "/imports/orders/preview",
    tag = "imports",
    params(Looked),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file, up to 16 MiB."),
    responses((status = 200, description = "What would be.", body = OrdersOutlook), WriteProblems),
    extensions(("x-permission" = json!(["orders"]))),
    security(("api_key" = []))
)]
async fn preview_orders_file(
    State(context): State<Context>,
    caller: Caller,
    Query(looked): Query<Looked>,
    body: Bytes,
) -> Result<Json<OrdersOutlook>, Problem> {
    caller.require(Scope::Orders)?;
    let look = Look::of(&context, &caller, looked, Kind::Orders).await?;
    let mapping =
        look.mapping.and_then(|mapping| if let FileMapping::Orders(own) = mapping { Some(*own) } else { None });
    let source = Source::Bytes(body);
    looking(move || preview_orders(&source, &look.options, mapping.as_ref(), &look.defaults)).await
}

/// Tells what the first 20 articles of a file would be, and what would be left out. The body is
/// the file as it is (CSV, XLSX or Parquet), of CSV its first lines are enough. Nothing is kept.
#[utoipa::path(
    post,
    path = "/imports/articles/preview",
    tag = "imports",
    params(Looked),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file, up to 16 MiB."),
    responses((status = 200, description = "What would be.", body = ArticlesOutlook), WriteProblems),
    extensions(("x-permission" = json!(["orders"]))),
    security(("api_key" = []))
)]
async fn preview_articles_file(
    State(context): State<Context>,
    caller: Caller,
    Query(looked): Query<Looked>,
    body: Bytes,
) -> Result<Json<ArticlesOutlook>, Problem> {
    caller.require(Scope::Orders)?;
    let look = Look::of(&context, &caller, looked, Kind::Articles).await?;
    let mapping =
        look.mapping.and_then(|mapping| if let FileMapping::Articles(own) = mapping { Some(own) } else { None });
    let source = Source::Bytes(body);
    looking(move || preview_articles(&source, &look.options, mapping.as_ref())).await
}

/// Tells what the first 20 documents of a file of operations would be, their codes looked up, and what would be left out. The body is
/// the file as it is (CSV, XLSX or Parquet), of CSV its first lines are enough. Nothing is kept, and nothing is done. Whether goods
/// are held and packed as the documents need it is told by the import alone.
#[utoipa::path(
    post,
    path = "/imports/operations/preview",
    tag = "imports",
    params(Looked),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file, up to 16 MiB."),
    responses((status = 200, description = "What would be.", body = OperationsOutlook), WriteProblems),
    extensions(("x-permission" = json!(["goods", "logistics"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn preview_operations_file(
    State(context): State<Context>,
    caller: Caller,
    Query(looked): Query<Looked>,
    body: Bytes,
) -> Result<Json<OperationsOutlook>, Problem> {
    caller.require_any(scopes_of(Kind::Operations))?;
    let tenant = caller.tenant;
    let look = Look::of(&context, &caller, looked, Kind::Operations).await?;
    let mapping =
        look.mapping.and_then(|mapping| if let FileMapping::Operations(own) = mapping { Some(*own) } else { None });
    let source = Source::Bytes(body);
    let Json(looked) =
        looking(move || look_at_operations(&source, &look.options, mapping.as_ref(), &look.defaults)).await?;
    let mut tx = context.store.read().await?;
    Ok(Json(preview_operations(&mut tx, &context, tenant, caller.subtree.as_ref(), looked).await?))
}

/// How a list of codes is looked at.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LookedList {
    /// The draft that the list is for.
    batch: BatchId,
    /// The name of a mapping; where it is left out one is proposed from the names of the columns.
    mapping: Option<String>,
    /// Which sheet of a spreadsheet; the first where it is left out.
    sheet: Option<String>,
}

/// Tells what the first 20 rows of a list of codes that were made elsewhere would be, and why they could not be taken. The body is the
/// file as it is (CSV, XLSX or Parquet), of CSV its first lines are enough. Nothing is kept.
#[utoipa::path(
    post,
    path = "/imports/codes/preview",
    tag = "imports",
    params(LookedList),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file, up to 16 MiB."),
    responses((status = 200, description = "What would be.", body = CodesOutlook), WriteProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn preview_codes_file(
    State(context): State<Context>,
    caller: Caller,
    Query(looked): Query<LookedList>,
    body: Bytes,
) -> Result<Json<CodesOutlook>, Problem> {
    caller.require(Scope::Goods)?;
    let LookedList { batch, mapping, sheet } = looked;
    let look = Look::of(&context, &caller, Looked { mapping, sheet }, Kind::Codes).await?;
    let mapping = look.mapping.and_then(|mapping| if let FileMapping::Codes(own) = mapping { Some(own) } else { None });
    let source = Source::Bytes(body);
    let looking =
        looking(move || look_at_codes(&source, &look.options, mapping.as_ref()).map(|looked| looked.of(batch)));
    let Json(looked) = looking.await?;
    let mut tx = context.store.read().await?;
    Ok(Json(preview_codes(&mut tx, &context, caller.tenant, looked).await?))
}

/// By what a file is looked at.
struct Look {
    mapping: Option<FileMapping>,
    options: Options,
    defaults: Defaults,
}

impl Look {
    async fn of(context: &Context, caller: &Caller, looked: Looked, kind: Kind) -> Result<Self, Problem> {
        let tenant = caller.tenant;
        let mut tx = context.store.read().await?;
        let mapping = match &looked.mapping {
            None => None,
            Some(name) => Some(mapping_for(&mut tx, caller, name, kind).await?),
        };
        let owner = tenant::find(&mut tx, &context.master, tenant).await?.ok_or_else(|| no_tenant(tenant))?;
        tx.commit().await?;
        let source = mapping.as_ref().and_then(FileMapping::source).cloned().unwrap_or_else(|| SOURCE.to_owned());
        let defaults = Defaults { source, zone: owner.time_zone()?, at: context.clock.now() };
        let limits = Limits { expanded_bytes_max: FILE_BYTES_MAX * 4, ..Limits::default() };
        Ok(Self { mapping, options: Options { sheet: looked.sheet, limits }, defaults })
    }
}

async fn looking<T: Send + 'static>(
    look: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<Json<T>, Problem> {
    let outlook = tokio::task::spawn_blocking(look).await;
    Ok(Json(outlook.map_err(|error| Problem::internal("import.preview", error))??))
}

fn no_tenant(id: TenantId) -> Error {
    Error::Internal(format!("there is no tenant {id}"))
}
