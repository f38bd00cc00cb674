//! Statements about the pieces of files.

use tallymark_base::id::TenantId;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Tx};

/// Keeps a piece.
pub(crate) async fn add_chunk(
    tx: &mut Tx,
    tenant: TenantId,
    upload: i64,
    number: i64,
    sealed: Vec<u8>,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO import_chunk (upload_id, number, tenant_id, sealed, created_at) VALUES ($1, $2, $3, $4, $5)";
    tx.execute(sql, &[upload.into(), number.into(), tenant.raw().into(), sealed.into(), at.into()]).await?;
    Ok(())
}

/// Pieces of a file from a number on, in order. Index: primary key (upload_id, number).
pub(crate) async fn chunks(
    tx: &mut Tx,
    tenant: TenantId,
    upload: i64,
    from: i64,
    limit: i64,
) -> Result<Vec<(i64, Vec<u8>)>, Error> {
    let sql = "SELECT number, sealed
                 FROM import_chunk
                WHERE upload_id = $1 AND tenant_id = $2 AND number >= $3
             ORDER BY number
                LIMIT $4";
    let rows = tx.query(sql, &[upload.into(), tenant.raw().into(), from.into(), limit.into()]).await?;
    rows.iter().map(|row| Ok((row.int(0)?, row.bytes(1)?))).collect()
}

/// Deletes the pieces of a file.
pub(crate) async fn delete_chunks(tx: &mut Tx, tenant: TenantId, upload: i64) -> Result<(), Error> {
    let sql = "DELETE FROM import_chunk WHERE upload_id = $1 AND tenant_id = $2";
    tx.execute(sql, &[upload.into(), tenant.raw().into()]).await?;
    Ok(())
}

/// Deletes pieces that came before a moment and that no run needs, at most `limit`; gives how many. Of all tenants: a chore
/// of the installation. Indexes: import_chunk_by_age, import_run_by_upload.
pub(crate) async fn forget_chunks(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, Error> {
    let sql = "DELETE FROM import_chunk
                WHERE (upload_id, number) IN
                      (SELECT c.upload_id, c.number
                         FROM import_chunk c
                    LEFT JOIN import_run r ON r.upload_id = c.upload_id AND r.state IN (0, 1)
                        WHERE c.created_at < $1 AND r.run_id IS NULL
                        LIMIT $2)";
    tx.execute(sql, &[before.into(), i64::from(limit).into()]).await
}
