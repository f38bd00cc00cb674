//! Lists as files.

use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use tallymark_base::TypedId as _;
use tallymark_base::id::ExportId;
use tallymark_exports::{Error, File, Run};
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{
    Caller, IdempotencyKey, Json, JsonBody, Page, Paged, Path, Problem, ReadProblems, Scope, WriteProblems, stored,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::exports::{self, Asked, Seeing, may_read};

/// Whoever may read any of the lists.
const READERS: [Scope; 5] = [Scope::People, Scope::Goods, Scope::Logistics, Scope::Read, Scope::Query];

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(ask, list)).routes(routes!(show, cancel)).routes(routes!(file))
}

/// Asks for a list as a file. It holds what the list shows to whoever asks, is kept for a day, and goes when somebody whom it
/// may tell of is erased.
#[utoipa::path(
    post,
    path = "/exports",
    tag = "exports",
    params(IdempotencyKey),
    request_body = Asked,
    responses((status = 202, description = "It is being written.", body = Run), WriteProblems),
    extensions(("x-permission" = json!(["people", "goods", "logistics", "read", "query"]))),
    security(("api_key" = []))
)]
async fn ask(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<Asked>,
) -> Result<Response, Problem> {
    caller.require_any(&READERS)?;
    caller.require_any(body.value.readers())?;
    let context = &app.context;
    let mut once = match begin(context, caller.tenant.raw(), "exports", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let run = exports::ask(once.tx(), context, caller.act(), body.value, Seeing::of(&caller)).await?;
    let answer = once.finish(202, &run).await?;
    Ok(stored(answer.status, answer.body))
}

/// Exports of the lists that the caller may read, the latest first.
#[utoipa::path(
    get,
    path = "/exports",
    tag = "exports",
    params(Page),
    responses((status = 200, description = "A page of exports.", body = Paged<Run>), ReadProblems),
    extensions(("x-permission" = json!(["people", "goods", "logistics", "read", "query"]))),
    security(("api_key" = []))
)]
async fn list(State(app): State<App>, caller: Caller, page: Page) -> Result<Json<Paged<Run>>, Problem> {
    caller.require_any(&READERS)?;
    let mut tx = app.context.store.read().await?;
    let runs = tallymark_exports::list(&mut tx, caller.tenant, page.after()?, page.rows()).await?;
    let mut cut = page.cut(runs, |run| run.id.to_string());
    cut.items.retain(|run| may_read(&caller, run));
    Ok(Json(cut))
}

/// An export, and how far it is.
#[utoipa::path(
    get,
    path = "/exports/{id}",
    tag = "exports",
    params(("id" = ExportId, Path, description = "The export.")),
    responses((status = 200, description = "The export.", body = Run), ReadProblems),
    extensions(("x-permission" = json!(["people", "goods", "logistics", "read", "query"]))),
    security(("api_key" = []))
)]
async fn show(State(app): State<App>, caller: Caller, Path(id): Path<ExportId>) -> Result<Json<Run>, Problem> {
    caller.require_any(&READERS)?;
    let mut tx = app.context.store.read().await?;
    Ok(Json(seen(&caller, tallymark_exports::find(&mut tx, caller.tenant, id).await?)?))
}

/// Gives an export up, or deletes its file.
#[utoipa::path(
    delete,
    path = "/exports/{id}",
    tag = "exports",
    params(("id" = ExportId, Path, description = "The export.")),
    responses((status = 200, description = "The export as it ended.", body = Run), WriteProblems),
    extensions(("x-permission" = json!(["people", "goods", "logistics", "read", "query"]))),
    security(("api_key" = []))
)]
async fn cancel(State(app): State<App>, caller: Caller, Path(id): Path<ExportId>) -> Result<Json<Run>, Problem> {
    caller.require_any(&READERS)?;
    let mut tx = app.context.store.write().await?;
    seen(&caller, tallymark_exports::find(&mut tx, caller.tenant, id).await?)?;
    let run = tallymark_exports::cancel(&mut tx, &app.context, caller.act(), id).await?;
    tx.commit().await?;
    Ok(Json(run))
}

/// What the audit log keeps of a file that somebody took.
#[derive(Debug, Serialize)]
struct Taken<'a> {
    list: &'a str,
    rows: u64,
    bytes: u64,
}

/// The file of an export that is done. Each call is told in the audit log.
#[utoipa::path(
    get,
    path = "/exports/{id}/file",
    tag = "exports",
    params(("id" = ExportId, Path, description = "The export.")),
    responses(
        (status = 200, description = "The file.", content(
            (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        )),
        ReadProblems
    ),
    extensions(("x-permission" = json!(["people", "goods", "logistics", "read", "query"]))),
    security(("api_key" = []))
)]
async fn file(State(app): State<App>, caller: Caller, Path(id): Path<ExportId>) -> Result<Response, Problem> {
    caller.require_any(&READERS)?;
    let context = &app.context;
    let mut tx = context.store.write().await?;
    let file = File::open(&mut tx, context, caller.tenant, id).await?;
    let run = seen(&caller, file.run.clone())?;
    let taken = Taken { list: &run.list, rows: run.rows, bytes: run.bytes };
    audit::record(&mut tx, context, Entry::new(caller.act(), "export.taken", id).after(&taken)).await?;
    tx.commit().await?;
    let headers = [
        (header::CONTENT_TYPE, run.format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file.name())),
        (header::CONTENT_LENGTH, run.bytes.to_string()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    let pieces = futures_util::stream::try_unfold(file, |mut file| async {
        // A piece that cannot be read cuts the connection: half a file never looks like a whole one.
        Ok::<_, Error>(file.next().await?.map(|piece| (piece, file)))
    });
    Ok((StatusCode::OK, headers, Body::from_stream(pieces)).into_response())
}

/// The export, where the caller may read what it holds; otherwise it is hidden.
fn seen(caller: &Caller, run: Run) -> Result<Run, Problem> {
    if may_read(caller, &run) { Ok(run) } else { Err(Error::NotFound { id: run.id }.into()) }
}
