//! Codes and labels for the printing house, sent as they are minted.

use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tallymark_base::id::BatchId;
use tallymark_codes::{Face, Host, LabelLayout, Level};
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};
use tallymark_web::{Caller, ClientAddress, Path, Problem, Query, ReadProblems, Scope};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Binary;
use super::host::link_host;
use super::stream::streamed;
use crate::print::{Form, Selection, TakenCodes, labels_pdf, lines, sscc};
use crate::{Catalog, Error, PackError, Serials, catalog};

/// Most labels of one answer.
const LABELS_MAX: u64 = 10_000;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(print_codes)).routes(routes!(print_labels))
}

/// Which codes, and how they are written.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// `item`, `case` or `pallet`.
    #[serde(default = "item")]
    #[param(value_type = String, default = "item", required = false)]
    level: Level,
    /// `outer` or `inner`.
    #[serde(default = "outer")]
    #[param(value_type = String, default = "outer", required = false)]
    face: Face,
    /// The first serial of the level; 0 where it is left out.
    first: Option<u64>,
    /// The last serial, itself included; the last of the level where it is left out.
    last: Option<u64>,
    /// What each code is written as: `link` (the short link), `code` (only its characters), `digital_link` (the GS1
    /// Digital Link) or `sscc` (the GS1 Digital Link of the SSCC, of packs that bear one).
    #[serde(default)]
    #[param(value_type = String, default = "link", required = false)]
    form: FormName,
    /// Where links lead: one of the brand's hosts, with `http://` and a port where they matter. The first of them where
    /// it is left out.
    #[param(example = "https://scan.brand.example")]
    origin: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FormName {
    #[default]
    Link,
    Code,
    DigitalLink,
    Sscc,
}

const fn item() -> Level {
    Level::Item
}

const fn outer() -> Face {
    Face::Outer
}

/// Writes one code a line, in order of serial, as long as it takes. Each call is told in the audit log: codes that lie open
/// are best taken as an encrypted package.
#[utoipa::path(
    get,
    path = "/batches/{id}/codes",
    tag = "printing",
    params(("id" = BatchId, Path, description = "The batch."), Wanted),
    responses(
        (status = 200, description = "One code or link a line.", body = String, content_type = "text/plain"),
        (status = 422, description = "The batch has no such codes, or the origin is not the brand's.",
            body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
        ReadProblems
    ),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn print_codes(
    State(context): State<Context>,
    caller: Caller,
    address: ClientAddress,
    Path(id): Path<BatchId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let Ordered { catalog, selection, form, .. } = ordered(&context, &caller, id, &wanted).await?;
    record_taking(&context, &caller, address, "batch.codes_taken", &selection).await?;
    let body = streamed(move |out| match &form {
        Written::As(form) => lines(&catalog, &selection, form, out),
        Written::Sscc(host) => sscc::lines(&catalog, &selection, host, out),
    })
    .await;
    Ok(file(body, "text/plain; charset=utf-8", &selection, "txt"))
}

/// Draws up to 10,000 labels for plain A4 paper: symbol, code, level and GTIN. Each call is told in the audit log.
#[utoipa::path(
    get,
    path = "/batches/{id}/labels",
    tag = "printing",
    params(("id" = BatchId, Path, description = "The batch."), Wanted),
    responses(
        (status = 200, description = "Forty labels a page.", body = inline(Binary), content_type = "application/pdf"),
        (status = 422, description = "The batch has no such codes, too many, or the origin is not the brand's.",
            body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
        ReadProblems
    ),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn print_labels(
    State(context): State<Context>,
    caller: Caller,
    address: ClientAddress,
    Path(id): Path<BatchId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let Ordered { catalog, selection, form, count } = ordered(&context, &caller, id, &wanted).await?;
    if count > LABELS_MAX {
        let text = format!(
            "a label file has at most {LABELS_MAX} labels, not {count}; ask for parts by `first` and `last`, or send \
             /batches/{id}/codes to the printing house"
        );
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "goods.too_many_labels", text));
    }
    record_taking(&context, &caller, address, "batch.labels_taken", &selection).await?;
    let print = move |out: &mut _| match &form {
        Written::As(form) => labels_pdf(&catalog, &selection, form, &LabelLayout::A4, out).map(drop),
        Written::Sscc(host) => sscc::labels_pdf(&catalog, &selection, host, &LabelLayout::A4, out).map(drop),
    };
    Ok(file(streamed(print).await, "application/pdf", &selection, "pdf"))
}

/// What is printed. That it exists was checked.
struct Ordered {
    catalog: Catalog,
    selection: Selection,
    form: Written,
    count: u64,
}

/// How it is written.
enum Written {
    As(Form),
    Sscc(Host),
}

async fn ordered(context: &Context, caller: &Caller, id: BatchId, wanted: &Wanted) -> Result<Ordered, Problem> {
    // Whoever has a code can claim its reward: reading everything else of the tenant does not include them.
    caller.require(Scope::Goods)?;
    let mut tx = context.store.read().await?;
    let catalog = catalog(&mut tx, caller.tenant, &context.master).await?;
    let serials = serials(&catalog, id, wanted)?;
    let selection = Selection { batch: id, level: wanted.level, face: wanted.face, serials: Some(serials) };
    catalog.minting(id, selection.level, selection.face, selection.serials)?;
    let form = match wanted.form {
        FormName::Code => Written::As(Form::Code),
        with_host => {
            let host = link_host(&mut tx, context, caller.tenant, wanted.origin.as_deref()).await?;
            match with_host {
                FormName::Sscc => Written::Sscc(host),
                FormName::DigitalLink => Written::As(Form::DigitalLink(host)),
                _ => Written::As(Form::Link(host)),
            }
        }
    };
    if matches!(form, Written::Sscc(_)) && catalog.sscc(id, selection.level, serials.first).is_none() {
        return Err(Error::from(PackError::NoSscc { level: selection.level }).into());
    }
    Ok(Ordered { catalog, selection, form, count: serials.count() })
}

async fn record_taking(
    context: &Context,
    caller: &Caller,
    address: ClientAddress,
    action: &'static str,
    selection: &Selection,
) -> Result<(), Problem> {
    let taken = TakenCodes::of(selection, address.0.to_string());
    let mut tx = context.store.write().await?;
    audit::record(&mut tx, context, Entry::new(caller.act(), action, selection.batch).after(&taken)).await?;
    Ok(tx.commit().await?)
}

/// The serials that are asked for. Only their order is checked.
fn serials(catalog: &Catalog, id: BatchId, wanted: &Wanted) -> Result<Serials, Error> {
    let batch = catalog.batch(id).ok_or(Error::BatchNotFound { batch: id })?;
    let count = batch.packing().count(wanted.level);
    let serials = Serials::new(wanted.first.unwrap_or(0), wanted.last.unwrap_or(count.saturating_sub(1)));
    if serials.first > serials.last {
        return Err(Error::NoSuchSerials { level: wanted.level, serials, count });
    }
    Ok(serials)
}

fn file(body: Body, media_type: &'static str, selection: &Selection, extension: &str) -> Response {
    let Selection { batch, level, face, .. } = selection;
    let name = format!("inline; filename=\"{batch}-{level}-{face}.{extension}\"");
    ([(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, name)], body).into_response()
}
