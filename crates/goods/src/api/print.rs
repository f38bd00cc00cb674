//! Codes for the printing house: lines, label sheets, single symbols.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tallymark_base::id::{BatchId, TenantId};
use tallymark_codes::{Face, Host, LabelLayout, Level, Link, Qr};
use tallymark_partners::tenant;
use tallymark_store::Context;
use tallymark_web::{Caller, Path, Problem, Query, ReadProblems, Scope};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::print::{Form, Selection, labels_pdf, lines};
use crate::{Catalog, Error, Serials};

/// Labels in one answer: some 400 pages.
const LABELS_MAX: u64 = 10_000;
/// Pieces of a download that wait for a slow reader; a piece is some 40 kB.
const PIECES_WAITING_MAX: usize = 8;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(download_codes))
        .routes(routes!(download_labels))
        .routes(routes!(symbol_svg))
        .routes(routes!(symbol_png))
}

/// Which codes, and how they are written.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// `item`, `case` or `pallet`.
    level: String,
    /// `outer` or `inner`.
    #[serde(default = "outer")]
    face: String,
    /// The first serial, from 0; the first of the level where it is left out.
    first: Option<u64>,
    /// The last serial, itself included; the last of the level where it is left out.
    last: Option<u64>,
    /// `link`, `digital_link` or `code`; `link` where it is left out.
    form: Option<String>,
    /// Where the links lead: one of the brand's hosts, with scheme and port where they matter, such as
    /// `http://127.0.0.1:8080`. https and the first host where it is left out.
    origin: Option<String>,
}

/// How a single symbol is drawn.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Drawing {
    /// As above.
    origin: Option<String>,
    /// Pixels of a module's side, 1 to 20; for PNG.
    #[serde(default = "module_px")]
    module_px: u32,
}

fn outer() -> String {
    Face::Outer.as_str().to_owned()
}

const fn module_px() -> u32 {
    8
}

fn refused(code: &'static str, text: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, text)
}

/// Downloads codes, one a line, streamed as they are minted.
#[utoipa::path(
    get,
    path = "/batches/{id}/codes",
    tag = "batches",
    params(("id" = BatchId, Path, description = "The batch."), Wanted),
    responses((status = 200, description = "Lines of text.", body = String, content_type = "text/plain"), ReadProblems),
    security(("api_key" = []))
)]
async fn download_codes(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<BatchId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    caller.require(Scope::Goods)?;
    let (catalog, selection, form) = prepared(&context, caller.tenant, id, &wanted).await?;
    // Refused here, a wrong selection is a problem; later it would be a broken download.
    catalog.code(id, selection.level, selection.face, selection.serials.map_or(0, |serials| serials.last))?;
    let (sender, receiver) = mpsc::channel(PIECES_WAITING_MAX);
    tokio::task::spawn_blocking(move || lines(&catalog, &selection, &form, &mut Pieces(sender)));
    let body = Body::from_stream(ReceiverStream::new(receiver));
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], body).into_response())
}

/// Downloads a PDF of label sheets, at most 10,000 labels.
#[utoipa::path(
    get,
    path = "/batches/{id}/labels",
    tag = "batches",
    params(("id" = BatchId, Path, description = "The batch."), Wanted),
    responses((status = 200, description = "A4 sheets.", body = Vec<u8>, content_type = "application/pdf"), ReadProblems),
    security(("api_key" = []))
)]
async fn download_labels(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<BatchId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    caller.require(Scope::Goods)?;
    let (catalog, mut selection, form) = prepared(&context, caller.tenant, id, &wanted).await?;
    let batch = catalog.batch(id).ok_or(Error::BatchNotFound { batch: id })?;
    let all = Serials::new(0, batch.packing().count(selection.level).saturating_sub(1));
    let serials = *selection.serials.get_or_insert(all);
    if serials.count() > LABELS_MAX {
        let text = format!("{} labels were asked for; ask for at most {LABELS_MAX} by first and last", serials.count());
        return Err(refused("goods.too_many_labels", text));
    }
    let drawn =
        tokio::task::spawn_blocking(move || labels_pdf(&catalog, &selection, &form, &LabelLayout::A4, Vec::new()));
    let pdf = drawn.await.map_err(|error| Problem::internal("goods.labels", error))??;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"))], pdf).into_response())
}

/// Draws the symbol of a code as SVG.
#[utoipa::path(
    get,
    path = "/codes/{code}/qr.svg",
    tag = "codes",
    params(("code" = String, Path, description = "The code."), Drawing),
    responses((status = 200, description = "The symbol.", body = String, content_type = "image/svg+xml"), ReadProblems),
    security(("api_key" = []))
)]
async fn symbol_svg(
    State(context): State<Context>,
    caller: Caller,
    Path(code): Path<String>,
    Query(drawing): Query<Drawing>,
) -> Result<Response, Problem> {
    let symbol = symbol(&context, caller, &code, &drawing).await?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], symbol.svg()).into_response())
}

/// Draws the symbol of a code as PNG.
#[utoipa::path(
    get,
    path = "/codes/{code}/qr.png",
    tag = "codes",
    params(("code" = String, Path, description = "The code."), Drawing),
    responses((status = 200, description = "The symbol.", body = Vec<u8>, content_type = "image/png"), ReadProblems),
    security(("api_key" = []))
)]
async fn symbol_png(
    State(context): State<Context>,
    caller: Caller,
    Path(code): Path<String>,
    Query(drawing): Query<Drawing>,
) -> Result<Response, Problem> {
    let symbol = symbol(&context, caller, &code, &drawing).await?;
    let png = symbol.png(drawing.module_px).map_err(|error| refused("goods.module_px", error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
}

async fn symbol(context: &Context, caller: Caller, text: &str, drawing: &Drawing) -> Result<Qr, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Read])?;
    let mut tx = context.store.read().await?;
    let catalog = crate::catalog(&mut tx, caller.tenant, &context.master).await?;
    let text = match Link::parse(text) {
        Ok(Link::Code(code)) => code.as_str().to_owned(),
        _ => text.to_owned(),
    };
    let found = catalog.read(&text).map_err(|_| {
        Problem::new(StatusCode::NOT_FOUND, "code.not_found", "this is not a code of this brand")
    })?;
    let code = catalog.code(found.batch, found.level, found.face, found.serial)?;
    let host = host(&mut tx, context, caller.tenant, drawing.origin.as_deref()).await?;
    Qr::new(&host.short_link(&code)).map_err(|error| Problem::internal("goods.symbol", error))
}

async fn prepared(
    context: &Context,
    tenant: TenantId,
    batch: BatchId,
    wanted: &Wanted,
) -> Result<(Catalog, Selection, Form), Problem> {
    let level: Level = wanted.level.parse().map_err(|error| refused("goods.level", format!("{error}")))?;
    let face: Face = wanted.face.parse().map_err(|error| refused("goods.face", format!("{error}")))?;
    let mut tx = context.store.read().await?;
    let catalog = crate::catalog(&mut tx, tenant, &context.master).await?;
    let found = catalog.batch(batch).ok_or(Error::BatchNotFound { batch })?;
    let count = found.packing().count(level);
    let serials = match (wanted.first, wanted.last) {
        (None, None) => None,
        (first, last) => Some(Serials::new(first.unwrap_or(0), last.unwrap_or(count.saturating_sub(1)))),
    };
    let form = match wanted.form.as_deref().unwrap_or("link") {
        "code" => Form::Code,
        "link" => Form::Link(host(&mut tx, context, tenant, wanted.origin.as_deref()).await?),
        "digital_link" => Form::DigitalLink(host(&mut tx, context, tenant, wanted.origin.as_deref()).await?),
        other => return Err(refused("goods.form", format!("{other:?} is not link, digital_link or code"))),
    };
    Ok((catalog, Selection { batch, level, face, serials }, form))
}

/// Where links lead. A printed link that leads elsewhere would give the brand's buyers away, so the host must be one of
/// the brand's.
async fn host(
    tx: &mut tallymark_store::Tx,
    context: &Context,
    id: TenantId,
    origin: Option<&str>,
) -> Result<Host, Problem> {
    let brand = tenant::find(tx, &context.master, id).await?;
    let hosts = brand.map(|brand| brand.hosts).unwrap_or_default();
    let text = origin.map(str::to_owned).or_else(|| hosts.first().cloned());
    let text = text.ok_or_else(|| refused("goods.no_host", "the brand has no host name that links could lead to"))?;
    let host = Host::parse(&text).map_err(|error| refused("goods.origin", error.to_string()))?;
    if !hosts.iter().any(|own| own == host.name()) {
        return Err(refused("goods.origin", format!("{} is not a host of this brand", host.name())));
    }
    Ok(host)
}

/// Hands what is written on to the download; blocks while the reader is slow, and fails when it went away.
struct Pieces(mpsc::Sender<std::io::Result<Bytes>>);

impl std::io::Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let gone = |_| std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes))).map_err(gone)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
