//! The routes of imports, relative to `/v1`.

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use tallymark_base::id::{ImportId, TenantId};
use tallymark_partners::tenant;
use tallymark_store::Context;
use tallymark_tables::{Limits, Options, Source};
use tallymark_web::{Caller, Json, Page, Path, Problem, Query, ReadProblems, Scope, WriteProblems};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::members::Defaults;
use crate::service::manage;
use crate::{
    Begun, Error, FILE_BYTES_MAX, File, Mapping, NamedMapping, Outlook, Run, Upload, begin, preview, rejects_csv,
};

/// Bytes of a file that is looked at: it is in memory whole.
const PREVIEW_BYTES_MAX: usize = 16 << 20;
/// The source of what names none.
const SOURCE: &str = "import";

/// The routes, relative to `/v1`.
pub fn routes() -> OpenApiRouter<Context> {
    let looks = OpenApiRouter::new().routes(routes!(preview_members)).layer(DefaultBodyLimit::max(PREVIEW_BYTES_MAX));
    OpenApiRouter::new()
        .merge(looks)
        .routes(routes!(mappings))
        .routes(routes!(mapping, put_mapping))
        .routes(routes!(import_members))
        .routes(routes!(runs))
        .routes(routes!(run))
        .routes(routes!(rejects))
        .routes(routes!(cancel))
}

/// Mappings in order of name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportMappings)]
struct Mappings {
    /// The mappings.
    items: Vec<NamedMapping>,
    /// Send it as `after` for the next page; null where there is none.
    next: Option<String>,
}

/// What the columns of the brand's files mean, by name.
#[utoipa::path(
    get,
    path = "/imports/mappings",
    tag = "imports",
    params(Page),
    responses((status = 200, description = "The mappings.", body = Mappings), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn mappings(State(context): State<Context>, caller: Caller, page: Page) -> Result<Json<Mappings>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let after: String = page.after()?.unwrap_or_default();
    let mut tx = context.store.read().await?;
    let found = manage::mappings(&mut tx, caller.tenant, &after, page.rows()).await?;
    let cut = page.cut(found, |mapping| mapping.name.clone());
    Ok(Json(Mappings { items: cut.items, next: cut.next }))
}

/// What the columns of a kind of file mean.
#[utoipa::path(
    get,
    path = "/imports/mappings/{name}",
    tag = "imports",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 200, description = "The mapping.", body = NamedMapping), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn mapping(
    State(context): State<Context>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<NamedMapping>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let mut tx = context.store.read().await?;
    Ok(Json(manage::mapping_named(&mut tx, caller.tenant, &name).await?))
}

/// Says what the columns of a kind of file mean. Imports that were begun keep what held then.
#[utoipa::path(
    put,
    path = "/imports/mappings/{name}",
    tag = "imports",
    params(("name" = String, Path, description = "A word of lower-case letters, digits and the signs _ . -")),
    request_body = Mapping,
    responses((status = 200, description = "The mapping.", body = NamedMapping), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn put_mapping(
    State(context): State<Context>,
    caller: Caller,
    Path(name): Path<String>,
    Json(mapping): Json<Mapping>,
) -> Result<Json<NamedMapping>, Problem> {
    caller.require(Scope::People)?;
    let mut tx = context.store.write().await?;
    let kept = manage::put_mapping(&mut tx, &context, caller.act(), &name, &mapping).await?;
    tx.commit().await?;
    Ok(Json(kept))
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

/// Tells what the first 20 rows of a file would be, with personal values masked, and what would be left out of them. The body is
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
async fn preview_members(
    State(context): State<Context>,
    caller: Caller,
    Query(looked): Query<Looked>,
    body: Bytes,
) -> Result<Json<Outlook>, Problem> {
    caller.require(Scope::People)?;
    let mut tx = context.store.read().await?;
    let mapping = match &looked.mapping {
        None => None,
        Some(name) => Some(manage::mapping_named(&mut tx, caller.tenant, name).await?.mapping),
    };
    let owner = tenant::find(&mut tx, &context.master, caller.tenant).await?.ok_or_else(|| no_tenant(caller.tenant))?;
    tx.commit().await?;
    let source = mapping.as_ref().and_then(|mapping| mapping.source.clone());
    let at = context.clock.now();
    let defaults = Defaults { source: source.unwrap_or_else(|| SOURCE.to_owned()), zone: owner.time_zone()?, at };
    let limits = Limits { expanded_bytes_max: FILE_BYTES_MAX * 4, ..Limits::default() };
    let options = Options { sheet: looked.sheet, limits };
    let look = move || preview(&Source::Bytes(body), &options, mapping.as_ref(), &defaults);
    let outlook = tokio::task::spawn_blocking(look).await;
    Ok(Json(outlook.map_err(|error| Problem::internal("import.preview", error))??))
}

/// How a file is imported.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The name of the mapping.
    mapping: String,
    /// Who says what the file says: a word. That of the mapping where it is left out.
    source: Option<String>,
    /// The name of the file, for whoever looks at the list of imports.
    name: Option<String>,
    /// Which sheet of a spreadsheet; the first where it is left out.
    sheet: Option<String>,
    /// Whether a file that was imported before is imported once more.
    #[serde(default)]
    again: bool,
}

/// Imports members. The body is the file as it is (CSV, XLSX or Parquet), up to 64 MiB; it is kept sealed until the import ends. A
/// file that was sent before with the same mapping and source is not imported twice: the answer is its run, with status 200.
/// One whose import failed or was cancelled goes on where that stopped.
#[utoipa::path(
    post,
    path = "/imports/members",
    tag = "imports",
    params(Wanted),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file, up to 64 MiB."),
    responses(
        (status = 202, description = "The import is carried out in the background.", body = Run),
        (status = 200, description = "The file was imported before, or is being imported.", body = Run),
        WriteProblems
    ),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn import_members(
    State(context): State<Context>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
    body: Body,
) -> Result<(StatusCode, Json<Run>), Problem> {
    caller.require(Scope::People)?;
    let mut tx = context.store.read().await?;
    let mapping = manage::mapping_named(&mut tx, caller.tenant, &wanted.mapping).await?.mapping;
    tx.commit().await?;
    let source = wanted.source.or_else(|| mapping.source.clone()).unwrap_or_else(|| SOURCE.to_owned());
    manage::source_is_fit(&source)?;

    let mut upload = Upload::begin(&context, caller.tenant).await?;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let told = match piece {
            Ok(piece) => upload.push(&piece).await.map_err(Problem::from),
            Err(_) => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "import.cut_off",
                "the file did not arrive whole; send it again",
            )),
        };
        if let Err(problem) = told {
            upload.discard().await?;
            return Err(problem);
        }
    }
    let uploaded = upload.end().await?;
    let file = File {
        name: wanted.name.as_deref().unwrap_or("upload"),
        sha256: uploaded.sha256,
        sheet: wanted.sheet.as_deref(),
        mapping: &mapping,
        source: &source,
        uploaded: Some(uploaded),
    };
    let mut tx = context.store.write().await?;
    let begun = begin(&mut tx, &context, caller.act(), file, wanted.again).await?;
    tx.commit().await?;
    Ok(match begun {
        Begun::Already(run) => (StatusCode::OK, Json(run)),
        Begun::New(run) | Begun::GoesOn(run) => (StatusCode::ACCEPTED, Json(run)),
    })
}

/// Imports, the latest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportRuns)]
struct Runs {
    /// The imports.
    items: Vec<Run>,
    /// Send it as `after` for the next page; null where there is none.
    next: Option<String>,
}

/// Imports, the latest first.
#[utoipa::path(
    get,
    path = "/imports",
    tag = "imports",
    params(Page),
    responses((status = 200, description = "The imports.", body = Runs), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn runs(State(context): State<Context>, caller: Caller, page: Page) -> Result<Json<Runs>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let before: Option<ImportId> = page.after()?;
    let mut tx = context.store.read().await?;
    let cut = page.cut(manage::runs(&mut tx, caller.tenant, before, page.rows()).await?, |run| run.id.to_string());
    Ok(Json(Runs { items: cut.items, next: cut.next }))
}

/// An import, and how far it is.
#[utoipa::path(
    get,
    path = "/imports/{id}",
    tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    responses((status = 200, description = "The import.", body = Run), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn run(State(context): State<Context>, caller: Caller, Path(id): Path<ImportId>) -> Result<Json<Run>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    Ok(Json(manage::find(&mut context.store.read().await?, caller.tenant, id).await?))
}

/// What an import left out, as CSV: line, column, code and reason, never the value. The first 10,000.
#[utoipa::path(
    get,
    path = "/imports/{id}/rejects",
    tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    responses((status = 200, description = "The rejects.", body = String, content_type = "text/csv"), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn rejects(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<ImportId>,
) -> Result<Response, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let found = manage::rejects(&mut context.store.read().await?, caller.tenant, id).await?;
    let name = format!("attachment; filename=\"{id}-rejects.csv\"");
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, rejects_csv(&found)).into_response())
}

/// Stops an import for good. What it took stays; its file is forgotten. The same file sent again goes on where it stopped.
#[utoipa::path(
    post,
    path = "/imports/{id}/cancel",
    tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    responses((status = 200, description = "The import.", body = Run), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn cancel(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<ImportId>,
) -> Result<Json<Run>, Problem> {
    caller.require(Scope::People)?;
    let mut tx = context.store.write().await?;
    let run = manage::cancel(&mut tx, &context, caller.act(), id).await?;
    tx.commit().await?;
    Ok(Json(run))
}

fn no_tenant(id: TenantId) -> Error {
    Error::Internal(format!("there is no tenant {id}"))
}
