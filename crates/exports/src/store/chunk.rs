//! Statements about the pieces of files.

use tallymark_base::TypedId as _;
use tallymark_base::id::{ExportId, TenantId};
use tallymark_store::{Error, Rows, Tx};

/// Keeps pieces of an attempt, each with its number.
pub(crate) async fn add(
    tx: &mut Tx,
    tenant: TenantId,
    (id, attempt): (ExportId, i64),
    pieces: Vec<(i64, Vec<u8>)>,
) -> Result<(), Error> {
    let rows: Rows<5> = pieces
        .into_iter()
        .map(|(number, sealed)| [id.raw().into(), attempt.into(), number.into(), tenant.raw().into(), sealed.into()])
        .collect();
    let sql = "INSERT INTO export_chunk (export_id, attempt, number, tenant_id, sealed) VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}

/// Pieces of an attempt from a number on, in order. Index: primary key.
pub(crate) async fn read(
    tx: &mut Tx,
    tenant: TenantId,
    (id, attempt): (ExportId, i64),
    from: i64,
    limit: i64,
) -> Result<Vec<(i64, Vec<u8>)>, Error> {
    let sql = "SELECT number, sealed
                 FROM export_chunk
                WHERE export_id = $1 AND attempt = $2 AND tenant_id = $3 AND number >= $4
             ORDER BY number
                LIMIT $5";
    let values = [id.raw().into(), attempt.into(), tenant.raw().into(), from.into(), limit.into()];
    tx.query(sql, &values).await?.iter().map(|row| Ok((row.int(0)?, row.bytes(1)?))).collect()
}

/// Deletes pieces of the attempts before one, at most `limit`; gives how many. Index: primary key.
pub(crate) async fn delete_before(
    tx: &mut Tx,
    tenant: TenantId,
    (id, attempt): (ExportId, i64),
    limit: u32,
) -> Result<u64, Error> {
    let sql = "DELETE FROM export_chunk
                WHERE (export_id, attempt, number) IN
                      (SELECT export_id, attempt, number
                         FROM export_chunk
                        WHERE export_id = $1 AND attempt < $2 AND tenant_id = $3
                        LIMIT $4)";
    let values = [id.raw().into(), attempt.into(), tenant.raw().into(), i64::from(limit).into()];
    tx.execute(sql, &values).await
}
