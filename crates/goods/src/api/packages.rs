//! Packages for printing houses: encrypted files of codes, and who took them.

use axum::extract::State;
use axum::http::header;
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tallymark_base::id::{BatchId, PackageId};
use tallymark_base::{Act, TypedId as _};
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{
    Caller, ClientAddress, IdempotencyKey, Json, JsonBody, Page, Paged, Path, Problem, Query, ReadProblems, Scope,
    WriteProblems, stored,
};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Binary;
use super::host::link_host;
use super::stream::{Taking, watched};
use crate::package::{Written, bytes_of, write};
use crate::packages::{self, Opened, Taker};
use crate::{Error, NewPackage, Package, PackageDownload, PackageError, catalog};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(order_package, list_packages))
        .routes(routes!(show_package))
        .routes(routes!(take_package))
        .routes(routes!(list_package_downloads))
}

/// A package that was ordered, with its password.
#[derive(Debug, Serialize, ToSchema)]
struct OrderedPackage {
    #[serde(flatten)]
    package: Package,
    /// What opens the file. Shown this once; tell it to the printing house on another way than the file.
    password: String,
}

/// Orders codes of a batch as an encrypted file for a printing house; its password is in this answer only.
///
/// Nothing is written yet: the file is made when it is taken, and is the same byte for byte each time. It is a ZIP file under
/// AES-256 (WinZip AE-2), with a `manifest.json` that tells of each file its serials, codes, bytes and SHA-256. A repeat under
/// the same Idempotency-Key orders no other: it is refused as `goods.package_ordered_before` (409), which names the package.
#[utoipa::path(
    post,
    path = "/batches/{id}/packages",
    tag = "printing",
    params(("id" = BatchId, Path, description = "The batch."), IdempotencyKey),
    request_body = NewPackage,
    responses((status = 201, description = "Ordered.", body = OrderedPackage), WriteProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn order_package(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<BatchId>,
    key: IdempotencyKey,
    body: JsonBody<NewPackage>,
) -> Result<Response, Problem> {
    caller.require(Scope::Goods)?;
    let tenant = caller.tenant;
    let operation = format!("batches/{id}/packages");
    let mut once = match begin(&context, tenant.raw(), &operation, key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Err(ordered_before(&answer.body)),
        Begin::First(once) => once,
    };
    let new = &body.value;
    let host = if packages::needs_host(new) {
        Some(link_host(once.tx(), &context, tenant, new.origin.as_deref()).await?)
    } else {
        None
    };
    let (package, password) = packages::order(once.tx(), &context, tenant, id, new, host.as_ref()).await?;
    audit::record(once.tx(), &context, Entry::new(caller.act(), "package.ordered", package.id).after(&package)).await?;
    // What is kept for a repeat is the id alone: a stored password could be read by whoever reads the database.
    once.finish(201, &OrderedBefore { package: package.id }).await?;
    let body = serde_json::to_vec(&OrderedPackage { package, password });
    Ok(stored(201, body.map_err(|error| Problem::internal("goods.package_unwritable", error))?))
}

/// What is remembered of a package that was ordered.
#[derive(Serialize, Deserialize)]
struct OrderedBefore {
    package: PackageId,
}

fn ordered_before(remembered: &[u8]) -> Problem {
    match serde_json::from_slice(remembered) {
        Ok(OrderedBefore { package }) => Error::from(PackageError::OrderedBefore { package }).into(),
        Err(error) => Problem::internal("goods.package_unreadable", error),
    }
}

/// Lists the packages of a batch, oldest first, without their passwords.
#[utoipa::path(
    get,
    path = "/batches/{id}/packages",
    tag = "printing",
    params(("id" = BatchId, Path, description = "The batch."), Page),
    responses((status = 200, description = "A page of packages.", body = Paged<Package>), ReadProblems),
    extensions(("x-permission" = json!(["goods", "reprint", "read"]))),
    security(("api_key" = []))
)]
async fn list_packages(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<BatchId>,
    page: Page,
) -> Result<Json<Paged<Package>>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Reprint, Scope::Read])?;
    let mut tx = context.store.read().await?;
    let found = packages::list(&mut tx, caller.tenant, id, page.after()?, page.rows()).await?;
    Ok(Json(page.cut(found, |package| package.id.to_string())))
}

/// Shows a package, without its password.
#[utoipa::path(
    get,
    path = "/packages/{id}",
    tag = "printing",
    params(("id" = PackageId, Path, description = "The package.")),
    responses((status = 200, description = "The package.", body = Package), ReadProblems),
    extensions(("x-permission" = json!(["goods", "reprint", "read"]))),
    security(("api_key" = []))
)]
async fn show_package(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<PackageId>,
) -> Result<Json<Package>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Reprint, Scope::Read])?;
    let mut tx = context.store.read().await?;
    let found = packages::find(&mut tx, caller.tenant, id).await?;
    Ok(Json(found.ok_or(Error::from(PackageError::NotFound { package: id }))?))
}

/// Who took a package, when, from where, and whether it was complete.
#[utoipa::path(
    get,
    path = "/packages/{id}/downloads",
    tag = "printing",
    params(("id" = PackageId, Path, description = "The package."), Page),
    responses((status = 200, description = "A page of downloads, the first first.", body = Paged<PackageDownload>), ReadProblems),
    extensions(("x-permission" = json!(["goods", "reprint", "audit"]))),
    security(("api_key" = []))
)]
async fn list_package_downloads(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<PackageId>,
    page: Page,
) -> Result<Json<Paged<PackageDownload>>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Reprint, Scope::Audit])?;
    let mut tx = context.store.read().await?;
    let after = page.after()?.unwrap_or(0);
    let found = packages::downloads(&mut tx, caller.tenant, id, after, page.rows()).await?;
    Ok(Json(page.cut(found, |download| download.number.to_string())))
}

/// Why it is needed again.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Again {
    /// Why, 1 to 500 characters. Needed for every download but the first.
    reason: Option<String>,
}

/// Writes the package while it is sent. The first time needs `goods`; every other, also after one that broke off, `reprint` and
/// a reason. Each is kept, with how it ended.
#[utoipa::path(
    get,
    path = "/packages/{id}/file",
    tag = "printing",
    params(("id" = PackageId, Path, description = "The package."), Again),
    responses(
        (status = 200, description = "The encrypted file.", body = inline(Binary), content_type = "application/zip"),
        (status = 422, description = "It was downloaded before, and there is no reason.",
            body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
        ReadProblems
    ),
    extensions(("x-permission" = json!(["goods", "reprint"]))),
    security(("api_key" = []))
)]
async fn take_package(
    State(context): State<Context>,
    caller: Caller,
    address: ClientAddress,
    Path(id): Path<PackageId>,
    Query(again): Query<Again>,
) -> Result<Response, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Reprint])?;
    // Loaded before anybody has to wait for this transaction.
    let mut tx = context.store.read().await?;
    packages::find(&mut tx, caller.tenant, id).await?.ok_or(Error::from(PackageError::NotFound { package: id }))?;
    let catalog = catalog(&mut tx, caller.tenant, &context.master).await?;
    drop(tx);
    let mut tx = context.store.write().await?;
    let taker = Taker {
        actor: caller.actor.to_string(),
        address: address.0.to_string(),
        reason: again.reason,
        may_repeat: caller.scopes.allow(Scope::Reprint),
    };
    let opened = packages::begin_download(&mut tx, &context, caller.tenant, id, taker).await?;
    if opened.download.number == 1 {
        caller.require(Scope::Goods)?;
    }
    let entry = Entry::new(caller.act(), "package.download_begun", id).after(&opened.download);
    audit::record(&mut tx, &context, entry).await?;
    let bytes = bytes_of(&catalog, &opened.package)?;
    tx.commit().await?;

    let Opened { package, secret, download } = opened;
    let name = format!("attachment; filename=\"{}-{id}.zip\"", package.batch);
    let (body, taking) = watched(move |out| write(&catalog, &package, &secret, out)).await;
    tokio::spawn(keep_end(context, caller.act(), id, download, taking));
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    let length = bytes.map(|bytes| (header::CONTENT_LENGTH, bytes.to_string()));
    Ok((headers, AppendHeaders(length), body).into_response())
}

/// Waits for the end of a download and keeps it.
async fn keep_end(context: Context, act: Act, id: PackageId, begun: PackageDownload, taking: Taking<Written>) {
    let ended = taking.ended().await;
    let kept: Result<(), Problem> = async {
        let mut tx = context.store.write().await?;
        let download = packages::end_download(&mut tx, &context, act.tenant, id, begun, ended).await?;
        let entry = Entry::new(act, "package.download_ended", id).after(&download);
        audit::record(&mut tx, &context, entry).await?;
        Ok(tx.commit().await?)
    }
    .await;
    if let Err(problem) = kept {
        tracing::warn!(package = %id, ?problem, "how a download ended could not be kept");
    }
}
