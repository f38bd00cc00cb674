//! Packages for printing houses: ordering them, and keeping who took them.
//!
//! The password is told once, when a package is ordered. It is not stored; a secret from which it and the salts follow is,
//! sealed by the master key, because without it the same package could not be written again byte for byte. No route and no
//! command tells the password again: where it is lost, another package is ordered.

use tallymark_base::TypedId as _;
use tallymark_base::id::{BatchId, PackageId, TenantId};
use tallymark_base::seal::Key;
use tallymark_codes::Host;
use tallymark_store::{Context, Tx};

use crate::package::{Written, password_of};
use crate::rules::package::{contents_of, files_of};
use crate::rules::text;
use crate::store::{batch, package as store, product};
use crate::types::package::{DownloadOutcome, NewPackage, Package, PackageDownload};
use crate::{Error, PackageError};

/// Whether links are written into the package, so that it needs a host.
pub fn needs_host(new: &NewPackage) -> bool {
    crate::rules::package::needs_host(new)
}

/// Orders a package of a batch; gives it with its password. `host`: where its links lead.
pub async fn order(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    of: BatchId,
    new: &NewPackage,
    host: Option<&Host>,
) -> Result<(Package, String), Error> {
    text::check("recipient", &new.recipient, text::NAME_MAX)?;
    let batch = batch::find(tx, tenant, &[of]).await?.pop().ok_or(Error::BatchNotFound { batch: of })?;
    let product = product::find(tx, tenant, batch.product).await?;
    let product = product.ok_or(Error::ProductNotFound { product: batch.product })?;
    let host = host.filter(|_| needs_host(new));
    let contents = contents_of(new, &batch, product.gtin, host)?;
    let files = files_of(&contents, &batch.packing())?;
    let package = Package {
        id: context.ids.next(&*context.clock)?,
        batch: of,
        recipient: new.recipient.clone(),
        contents,
        files: files.len() as u64,
        codes: files.iter().map(|file| file.serials.count()).sum(),
        downloads: 0,
        sha256: None,
        created_at: context.clock.now(),
    };
    let secret = Key::generate(&*context.entropy);
    let sealed = context.master.seal(&seal_context(tenant, package.id), secret.bytes(), &*context.entropy);
    store::insert(tx, tenant, &package, sealed).await?;
    Ok((package, password_of(&secret)))
}

/// One package.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: PackageId) -> Result<Option<Package>, Error> {
    Ok(store::find(tx, tenant, id).await?)
}

/// The packages of a batch after `after` (none: from the start), oldest first, at most `limit`.
pub async fn list(
    tx: &mut Tx,
    tenant: TenantId,
    of: BatchId,
    after: Option<PackageId>,
    limit: i64,
) -> Result<Vec<Package>, Error> {
    if batch::find(tx, tenant, &[of]).await?.is_empty() {
        return Err(Error::BatchNotFound { batch: of });
    }
    Ok(store::list(tx, tenant, of, after, limit).await?)
}

/// Who takes a package.
#[derive(Debug, Clone)]
pub struct Taker {
    /// The id of a key or user, or `operator`.
    pub actor: String,
    /// From which address; empty at the terminal.
    pub address: String,
    /// Why again.
    pub reason: Option<String>,
    /// Whether they may have it who were not the first.
    pub may_repeat: bool,
}

/// A package that may be written.
#[derive(Debug)]
pub struct Opened {
    /// What it is.
    pub package: Package,
    /// What its password and salts follow from.
    pub secret: Key,
    /// The download, as it begins.
    pub download: PackageDownload,
}

/// Begins a download: counted, and kept with who takes it. Whoever is not the first needs more than the first did.
pub async fn begin_download(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    id: PackageId,
    taker: Taker,
) -> Result<Opened, Error> {
    let counted = store::count_download(tx, tenant, id).await?;
    let (number, sealed) = counted.ok_or(PackageError::NotFound { package: id })?;
    let package = store::find(tx, tenant, id).await?.ok_or(PackageError::NotFound { package: id })?;
    let is_again = number > 1;
    if is_again && !taker.may_repeat {
        return Err(PackageError::Taken { package: id }.into());
    }
    let reason = match taker.reason.filter(|_| is_again) {
        Some(reason) => {
            text::check("reason", &reason, text::LONG_REASON_MAX)?;
            reason
        }
        None if is_again => return Err(PackageError::ReprintReason { package: id }.into()),
        None => String::new(),
    };
    let download = PackageDownload {
        number,
        actor: taker.actor,
        address: taker.address,
        reason,
        outcome: DownloadOutcome::UnderWay,
        bytes: 0,
        sha256: None,
        at: context.clock.now(),
        ended_at: None,
    };
    store::insert_download(tx, tenant, id, &download).await?;
    let secret = context.master.open_key(&seal_context(tenant, id), &sealed)?;
    Ok(Opened { package, secret, download })
}

/// Keeps how a download ended. `bytes`: how many were sent; `whole`: what was written, where all of it was taken.
pub async fn end_download(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    package: PackageId,
    begun: PackageDownload,
    (bytes, whole): (u64, Option<Written>),
) -> Result<PackageDownload, Error> {
    let outcome = if whole.is_some() { DownloadOutcome::Complete } else { DownloadOutcome::BrokenOff };
    let sha256 = whole.map(|whole| whole.sha256);
    let at = context.clock.now();
    let ended = (outcome, bytes, sha256.as_deref().unwrap_or_default(), at);
    store::end_download(tx, tenant, package, begun.number, ended).await?;
    Ok(PackageDownload { outcome, bytes, sha256, ended_at: Some(at), ..begun })
}

/// Downloads of a package after a number, in order, at most `limit`.
pub async fn downloads(
    tx: &mut Tx,
    tenant: TenantId,
    package: PackageId,
    after: u64,
    limit: i64,
) -> Result<Vec<PackageDownload>, Error> {
    if store::find(tx, tenant, package).await?.is_none() {
        return Err(PackageError::NotFound { package }.into());
    }
    Ok(store::downloads(tx, tenant, package, after, limit).await?)
}

/// What a sealed secret is bound to: copied to another package's row it does not open.
fn seal_context(tenant: TenantId, package: PackageId) -> Vec<u8> {
    [b"print_package.secret".as_slice(), &tenant.raw().to_be_bytes(), &package.raw().to_be_bytes()].concat()
}
