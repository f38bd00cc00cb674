//! Statements about Serial Shipping Container Codes.

use tallymark_base::id::{BatchId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_codes::{Level, Sscc, SsccSeries};
use tallymark_store::{Error, Tx};

use super::{number, number_of, unreadable};

/// SSCCs that follow each other, given to the packs of one level of a batch: serial 0 has the first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SsccRange {
    pub(crate) first: Sscc,
    pub(crate) batch: BatchId,
    pub(crate) level: Level,
    pub(crate) codes: u64,
}

/// Has SSCCs be given out of a series from here on; what it gave before stays given.
pub(crate) async fn choose(tx: &mut Tx, tenant: TenantId, series: &SsccSeries, at: Timestamp) -> Result<(), Error> {
    let sql =
        "INSERT INTO sscc_series (tenant_id, prefix, extension, next_reference, chosen_at) VALUES ($1, $2, $3, 0, $4)
               ON CONFLICT (tenant_id, prefix, extension) DO UPDATE SET chosen_at = excluded.chosen_at";
    let extension = i64::from(series.extension());
    tx.execute(sql, &[tenant.raw().into(), series.prefix().into(), extension.into(), at.into()]).await.map(drop)
}

/// The series that SSCCs are given out of, and how many it gave. Index: primary key, whose few rows of the tenant are gone
/// through.
pub(crate) async fn current(tx: &mut Tx, tenant: TenantId) -> Result<Option<(SsccSeries, u64)>, Error> {
    let sql = "SELECT prefix, extension, next_reference
                 FROM sscc_series
                WHERE tenant_id = $1
             ORDER BY chosen_at DESC, prefix, extension
                LIMIT 1";
    let Some(row) = tx.query_one(sql, &[tenant.raw().into()]).await? else { return Ok(None) };
    let extension = row.int(1)?;
    let extension = u8::try_from(extension).map_err(|_| unreadable("extension digit", extension))?;
    let series = SsccSeries::new(&row.text(0)?, extension).map_err(|error| unreadable("company prefix", error))?;
    Ok(Some((series, number_of(&row, 2)?)))
}

/// Gives out the next `count` references of a series; gives the first of them. Others who take some wait until this transaction
/// ends; if it is rolled back they get the same ones.
pub(crate) async fn take(tx: &mut Tx, tenant: TenantId, series: &SsccSeries, count: u64) -> Result<u64, Error> {
    let sql = "UPDATE sscc_series SET next_reference = next_reference + $4
                WHERE tenant_id = $1 AND prefix = $2 AND extension = $3
            RETURNING next_reference";
    let extension = i64::from(series.extension());
    let values = [tenant.raw().into(), series.prefix().into(), extension.into(), number(count)];
    let row = tx.query_one(sql, &values).await?.ok_or(Error::RowsWritten { sent: 1, wrote: 0 })?;
    Ok(number_of(&row, 0)? - count)
}

/// Saves which SSCCs a level of a batch has.
pub(crate) async fn insert_range(tx: &mut Tx, tenant: TenantId, range: &SsccRange) -> Result<(), Error> {
    let sql = "INSERT INTO sscc_range (tenant_id, first_number, batch_id, level, codes) VALUES ($1, $2, $3, $4, $5)";
    let values = [
        tenant.raw().into(),
        number(range.first.number()),
        range.batch.raw().into(),
        range.level.as_i64().into(),
        number(range.codes),
    ];
    tx.execute(sql, &values).await.map(drop)
}

/// Every range of the tenant, rising.
pub(crate) async fn all(tx: &mut Tx, tenant: TenantId) -> Result<Vec<SsccRange>, Error> {
    let sql = "SELECT first_number, batch_id, level, codes
                 FROM sscc_range
                WHERE tenant_id = $1
             ORDER BY first_number";
    let rows = tx.query(sql, &[tenant.raw().into()]).await?;
    let range = |row: &tallymark_store::Row| {
        let (first, level) = (number_of(row, 0)?, row.int(2)?);
        Ok(SsccRange {
            first: Sscc::from_number(first).ok_or_else(|| unreadable("SSCC", first))?,
            batch: row.id(1)?,
            level: Level::from_i64(level).ok_or_else(|| unreadable("level", level))?,
            codes: number_of(row, 3)?,
        })
    };
    rows.iter().map(range).collect()
}
