//! Statements about packages for printing houses.

use tallymark_base::id::{BatchId, PackageId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Tx};

use super::{number, number_of, unreadable};
use crate::types::package::{DownloadOutcome, Package, PackageDownload};

/// Columns of a package `p`, the hash of a complete download among them.
macro_rules! select_packages {
    ($rest:literal) => {
        concat!(
            "SELECT p.package_id, p.batch_id, p.recipient, p.contents, p.files, p.codes, p.downloads, p.created_at,
                    (SELECT MAX(d.sha256)
                       FROM print_download d
                      WHERE d.tenant_id = p.tenant_id AND d.package_id = p.package_id)
               FROM print_package p ",
            $rest
        )
    };
}

/// Saves a package with its sealed secret.
pub(crate) async fn insert(tx: &mut Tx, tenant: TenantId, package: &Package, sealed: Vec<u8>) -> Result<(), Error> {
    let sql = "INSERT INTO print_package (tenant_id, package_id, batch_id, recipient, contents, files, codes, secret,
                                          downloads, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)";
    let contents =
        serde_json::to_string(&package.contents).map_err(|error| unreadable("contents of a package", error))?;
    let values = [
        tenant.raw().into(),
        package.id.raw().into(),
        package.batch.raw().into(),
        package.recipient.as_str().into(),
        contents.into(),
        number(package.files),
        number(package.codes),
        sealed.into(),
        package.created_at.into(),
    ];
    tx.execute(sql, &values).await.map(drop)
}

/// A package by its id.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, id: PackageId) -> Result<Option<Package>, Error> {
    let sql = select_packages!("WHERE p.tenant_id = $1 AND p.package_id = $2");
    tx.query_one(sql, &[tenant.raw().into(), id.raw().into()]).await?.as_ref().map(package_of).transpose()
}

/// The packages of a batch after an id, in order of id. Index: `print_package_by_batch`.
pub(crate) async fn list(
    tx: &mut Tx,
    tenant: TenantId,
    batch: BatchId,
    after: Option<PackageId>,
    limit: i64,
) -> Result<Vec<Package>, Error> {
    let sql = select_packages!(
        "WHERE p.tenant_id = $1 AND p.batch_id = $2 AND p.package_id > $3 ORDER BY p.package_id LIMIT $4"
    );
    let after = after.map_or(0, |id| id.raw());
    let values = [tenant.raw().into(), batch.raw().into(), after.into(), limit.into()];
    tx.query(sql, &values).await?.iter().map(package_of).collect()
}

/// Counts a download that begins; gives its number, from 1, and the sealed secret. Others who begin one wait until this
/// transaction ends.
pub(crate) async fn count_download(
    tx: &mut Tx,
    tenant: TenantId,
    id: PackageId,
) -> Result<Option<(u64, Vec<u8>)>, Error> {
    let sql = "UPDATE print_package SET downloads = downloads + 1
                WHERE tenant_id = $1 AND package_id = $2
            RETURNING downloads, secret";
    let row = tx.query_one(sql, &[tenant.raw().into(), id.raw().into()]).await?;
    row.map(|row| Ok((number_of(&row, 0)?, row.bytes(1)?))).transpose()
}

/// Saves a download.
pub(crate) async fn insert_download(
    tx: &mut Tx,
    tenant: TenantId,
    package: PackageId,
    download: &PackageDownload,
) -> Result<(), Error> {
    let sql =
        "INSERT INTO print_download (tenant_id, package_id, number, actor, address, reason, outcome, bytes, sha256,
                                           at, ended_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '', $8, 0)";
    let values = [
        tenant.raw().into(),
        package.raw().into(),
        number(download.number),
        download.actor.as_str().into(),
        download.address.as_str().into(),
        download.reason.as_str().into(),
        download.outcome.number().into(),
        download.at.into(),
    ];
    tx.execute(sql, &values).await.map(drop)
}

/// Saves how a download ended.
pub(crate) async fn end_download(
    tx: &mut Tx,
    tenant: TenantId,
    package: PackageId,
    number_of_download: u64,
    ended: (DownloadOutcome, u64, &str, Timestamp),
) -> Result<(), Error> {
    let sql = "UPDATE print_download SET outcome = $4, bytes = $5, sha256 = $6, ended_at = $7
                WHERE tenant_id = $1 AND package_id = $2 AND number = $3";
    let (outcome, bytes, sha256, at) = ended;
    let values = [
        tenant.raw().into(),
        package.raw().into(),
        number(number_of_download),
        outcome.number().into(),
        number(bytes),
        sha256.into(),
        at.into(),
    ];
    tx.execute(sql, &values).await.map(drop)
}

/// The downloads of a package after a number, in order. Index: primary key.
pub(crate) async fn downloads(
    tx: &mut Tx,
    tenant: TenantId,
    package: PackageId,
    after: u64,
    limit: i64,
) -> Result<Vec<PackageDownload>, Error> {
    let sql = "SELECT number, actor, address, reason, outcome, bytes, sha256, at, ended_at
                 FROM print_download
                WHERE tenant_id = $1 AND package_id = $2 AND number > $3
             ORDER BY number
                LIMIT $4";
    let values = [tenant.raw().into(), package.raw().into(), number(after), limit.into()];
    tx.query(sql, &values).await?.iter().map(download_of).collect()
}

fn package_of(row: &Row) -> Result<Package, Error> {
    let contents = serde_json::from_str(&row.text(3)?).map_err(|error| unreadable("contents of a package", error))?;
    Ok(Package {
        id: row.id(0)?,
        batch: row.id(1)?,
        recipient: row.text(2)?,
        contents,
        files: number_of(row, 4)?,
        codes: number_of(row, 5)?,
        downloads: number_of(row, 6)?,
        created_at: row.time(7)?,
        sha256: row.opt_text(8)?.filter(|hash| !hash.is_empty()),
    })
}

fn download_of(row: &Row) -> Result<PackageDownload, Error> {
    let outcome = row.int(4)?;
    let ended_at = row.time(8)?;
    Ok(PackageDownload {
        number: number_of(row, 0)?,
        actor: row.text(1)?,
        address: row.text(2)?,
        reason: row.text(3)?,
        outcome: DownloadOutcome::from_number(outcome).ok_or_else(|| unreadable("outcome", outcome))?,
        bytes: number_of(row, 5)?,
        sha256: Some(row.text(6)?).filter(|hash| !hash.is_empty()),
        at: row.time(7)?,
        ended_at: (ended_at.0 != 0).then_some(ended_at),
    })
}
