//! Sending a file to be imported.

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use futures_util::StreamExt as _;
use serde::Deserialize;
use tallymark_base::id::BatchId;
use tallymark_store::Context;
use tallymark_web::{Caller, Json, Problem, Query, Scope, WriteProblems};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{SOURCE, mapping_for, scopes_of, within};
use crate::service::manage;
use crate::{Begun, CodesMapping, File, FileMapping, Kind, Run, Upload, begin};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(import_members))
        .routes(routes!(import_orders))
        .routes(routes!(import_articles))
        .routes(routes!(import_operations))
        .routes(routes!(import_codes))
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
    sent(&context, &caller, wanted, body, Kind::Members).await
}

/// Imports orders and returns, a row for each line. The body is the file as it is (CSV, XLSX or Parquet), up to 64 MiB; it is kept sealed until the import ends. A
/// file that was sent before with the same mapping and source is not imported twice: the answer is its run, with status 200.
/// One whose import failed or was cancelled goes on where that stopped.
#[utoipa::path(
    post,
    path = "/imports/orders",
    tag = "imports",
    params(Wanted),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file, up to 64 MiB."),
    responses(
        (status = 202, description = "The import is carried out in the background.", body = Run),
        (status = 200, description = "The file was imported before, or is being imported.", body = Run),
        WriteProblems
    ),
    extensions(("x-permission" = json!(["orders"]))),
    security(("api_key" = []))
)]
async fn import_orders(
    State(context): State<Context>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
    body: Body,
) -> Result<(StatusCode, Json<Run>), Problem> {
    caller.require(Scope::Orders)?;
    sent(&context, &caller, wanted, body, Kind::Orders).await
}

/// Imports articles: lines of orders that are recorded afterwards are counted under them. The body is the file as it is (CSV, XLSX or Parquet), up to 64 MiB; it is kept sealed until the import ends. A
/// file that was sent before with the same mapping and source is not imported twice: the answer is its run, with status 200.
/// One whose import failed or was cancelled goes on where that stopped.
#[utoipa::path(
    post,
    path = "/imports/articles",
    tag = "imports",
    params(Wanted),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file, up to 64 MiB."),
    responses(
        (status = 202, description = "The import is carried out in the background.", body = Run),
        (status = 200, description = "The file was imported before, or is being imported.", body = Run),
        WriteProblems
    ),
    extensions(("x-permission" = json!(["orders"]))),
    security(("api_key" = []))
)]
async fn import_articles(
    State(context): State<Context>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
    body: Body,
) -> Result<(StatusCode, Json<Run>), Problem> {
    caller.require(Scope::Orders)?;
    sent(&context, &caller, wanted, body, Kind::Articles).await
}

/// Imports operations with goods from files of an ERP or a WMS: delivery notes, receipts, packing lists. Each row names a code or a run
/// of codes; the rows of a document are one operation, whole or refused, and done once under its number. The body is the file as it is (CSV, XLSX or Parquet), up to 64 MiB; it is kept sealed until the import ends. A
/// file that was sent before with the same mapping and source is not imported twice: the answer is its run, with status 200.
/// One whose import failed or was cancelled goes on where that stopped. A caller who is limited to a part of the channel tree does no
/// more by a file than by `POST /v1/operations`: what is not held there is refused.
#[utoipa::path(
    post,
    path = "/imports/operations",
    tag = "imports",
    params(Wanted),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file, up to 64 MiB."),
    responses(
        (status = 202, description = "The import is carried out in the background.", body = Run),
        (status = 200, description = "The file was imported before, or is being imported.", body = Run),
        WriteProblems
    ),
    extensions(("x-permission" = json!(["goods", "logistics"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn import_operations(
    State(context): State<Context>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
    body: Body,
) -> Result<(StatusCode, Json<Run>), Problem> {
    caller.require_any(scopes_of(Kind::Operations))?;
    sent(&context, &caller, wanted, body, Kind::Operations).await
}

/// How a list of codes is sent.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WantedList {
    /// The draft that the list is for.
    batch: BatchId,
    /// The name of the mapping.
    mapping: String,
    /// Who made the codes: a word. That of the mapping where it is left out.
    source: Option<String>,
    /// The name of the file, for whoever looks at the list of imports.
    name: Option<String>,
    /// Which sheet of a spreadsheet; the first where it is left out.
    sheet: Option<String>,
}

/// Imports a list of codes that were made elsewhere into the draft of a batch, which has them once the whole list is in: a row for each
/// item, in the sequence of serials. They are activated, packed, shipped, recalled and scanned like codes of our own. One row that cannot
/// be taken keeps the whole list out; the rejects of the import tell which. The body is the file as it is (CSV, XLSX or Parquet), up to
/// 64 MiB; it is kept sealed until the import ends. A file that was sent before with the same batch, mapping and source is not imported
/// twice: the answer is its run, with status 200.
#[utoipa::path(
    post,
    path = "/imports/codes",
    tag = "imports",
    params(WantedList),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file, up to 64 MiB."),
    responses(
        (status = 202, description = "The import is carried out in the background.", body = Run),
        (status = 200, description = "The file was imported before, or is being imported.", body = Run),
        WriteProblems
    ),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn import_codes(
    State(context): State<Context>,
    caller: Caller,
    Query(wanted): Query<WantedList>,
    body: Body,
) -> Result<(StatusCode, Json<Run>), Problem> {
    caller.require(Scope::Goods)?;
    let WantedList { batch, mapping, source, name, sheet } = wanted;
    let mut tx = context.store.read().await?;
    // Who names a draft that there is not learns it before a long file is sent.
    let draft = tallymark_goods::batch::find(&mut tx, caller.tenant, batch).await?;
    draft.ok_or(tallymark_goods::Error::BatchNotFound { batch })?;
    tx.commit().await?;
    let wanted = Wanted { mapping, source, name, sheet, again: false };
    let fill = |mapping| match mapping {
        FileMapping::Codes(own) => FileMapping::Codes(CodesMapping { batch: Some(batch), ..own }),
        other => other,
    };
    sent_as(&context, &caller, wanted, body, (Kind::Codes, &fill)).await
}

/// Takes a file, and begins its run.
async fn sent(
    context: &Context,
    caller: &Caller,
    wanted: Wanted,
    body: Body,
    kind: Kind,
) -> Result<(StatusCode, Json<Run>), Problem> {
    sent_as(context, caller, wanted, body, (kind, &|mapping| mapping)).await
}

/// The same by a mapping that is filled in for this file.
async fn sent_as(
    context: &Context,
    caller: &Caller,
    wanted: Wanted,
    body: Body,
    (kind, fill): (Kind, &(dyn Fn(FileMapping) -> FileMapping + Sync)),
) -> Result<(StatusCode, Json<Run>), Problem> {
    let mut tx = context.store.read().await?;
    let mapping = fill(mapping_for(&mut tx, caller, &wanted.mapping, kind).await?);
    tx.commit().await?;
    let source = wanted.source.or_else(|| mapping.source().cloned()).unwrap_or_else(|| SOURCE.to_owned());
    manage::source_is_fit(&source)?;

    let mut upload = Upload::begin(context, caller.tenant).await?;
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
        within: within(caller),
        uploaded: Some(uploaded),
    };
    let mut tx = context.store.write().await?;
    let begun = begin(&mut tx, context, caller.act(), file, wanted.again).await?;
    tx.commit().await?;
    Ok(match begun {
        Begun::Already(run) => (StatusCode::OK, Json(run)),
        Begun::New(run) | Begun::GoesOn(run) => (StatusCode::ACCEPTED, Json(run)),
    })
}
