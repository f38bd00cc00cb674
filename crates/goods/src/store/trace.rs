//! Statements about what happened to codes.

use std::collections::HashMap;

use tallymark_base::TypedId as _;
use tallymark_base::id::{BatchId, TenantId};
use tallymark_codes::Level;
use tallymark_store::{Error, Row, Rows, Tx};

use super::batch::association_of;
use super::{number, number_of, unreadable};
use crate::rules::packing::Packing;
use crate::rules::trace::bins::Bins;
use crate::rules::trace::chunk::{Chunk, runs_of_bytes, runs_to_bytes};
use crate::rules::trace::fact::{Fact, Indexes};
use crate::rules::trace::layout::Place;
use crate::types::trace::{Exceptional, Recorded};

/// The batches that indexes belong to. Index: primary key of code_range, from the last that begins at or before an index.
pub(crate) async fn batches_of(tx: &mut Tx, tenant: TenantId, indexes: &[u64]) -> Result<HashMap<u64, BatchId>, Error> {
    let keys: Rows<1> = indexes.iter().map(|index| [number(*index)]).collect();
    let sql = "WITH v (code) AS (VALUES …)
               SELECT v.code, r.batch_id
                 FROM v
           CROSS JOIN code_range r
                WHERE r.tenant_id = $1
                  AND r.first_index = (SELECT k.first_index
                                         FROM code_range k
                                        WHERE k.tenant_id = $1 AND k.first_index <= v.code
                                     ORDER BY k.tenant_id DESC, k.first_index DESC
                                        LIMIT 1)
                  AND v.code < r.first_index + r.codes";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter().map(|row| Ok((number_of(row, 0)?, row.id(1)?))).collect()
}

/// The codes of each level of batches. Indexes: code_range_by_batch, primary key of code_batch.
pub(crate) async fn places(tx: &mut Tx, tenant: TenantId, batches: &[BatchId]) -> Result<Vec<Place>, Error> {
    let keys: Rows<1> = batches.iter().map(|batch| [batch.raw().into()]).collect();
    let sql = "WITH v (batch_id) AS (VALUES …)
               SELECT b.batch_id, b.product_id, b.items, b.items_per_box, b.items_per_case, b.cases_per_pallet,
                      b.association, r.level, r.first_index, r.codes, r.depths
                 FROM (SELECT DISTINCT batch_id FROM v) k
           CROSS JOIN code_batch b
           CROSS JOIN code_range r
                WHERE b.tenant_id = $1
                  AND b.batch_id = k.batch_id
                  AND r.tenant_id = $1
                  AND r.batch_id = k.batch_id";
    tx.read_rows(sql, &[tenant.raw().into()], &keys).await?.iter().map(place_of).collect()
}

/// Every code of the tenant.
pub(crate) async fn all_places(tx: &mut Tx, tenant: TenantId) -> Result<Vec<Place>, Error> {
    let sql = "SELECT b.batch_id, b.product_id, b.items, b.items_per_box, b.items_per_case, b.cases_per_pallet,
                      b.association, r.level, r.first_index, r.codes, r.depths
                 FROM code_range r
                 JOIN code_batch b
                   ON b.tenant_id = r.tenant_id
                  AND b.batch_id = r.batch_id
                WHERE r.tenant_id = $1";
    tx.query(sql, &[tenant.raw().into()]).await?.iter().map(place_of).collect()
}

fn place_of(row: &Row) -> Result<Place, Error> {
    let pack = |column: usize| -> Result<u32, Error> {
        let size = row.int(column)?;
        u32::try_from(size).map_err(|_| unreadable("pack of", size))
    };
    let (level, first, codes, depths) = (row.int(7)?, number_of(row, 8)?, number_of(row, 9)?, row.int(10)?);
    Ok(Place {
        batch: row.id(0)?,
        product: row.id(1)?,
        level: Level::from_i64(level).ok_or_else(|| unreadable("level", level))?,
        indexes: Indexes::new(first, first + codes.saturating_sub(1)),
        packing: Packing {
            items: number_of(row, 2)?,
            items_per_box: pack(3)?,
            items_per_case: pack(4)?,
            cases_per_pallet: pack(5)?,
        },
        association: association_of(row.int(6)?)?,
        depths: u8::try_from(depths).map_err(|_| unreadable("depths", depths))?,
    })
}

/// Notes which sizes of bins are used for the codes of places.
pub(crate) async fn deepen(tx: &mut Tx, tenant: TenantId, places: &[Place]) -> Result<(), Error> {
    let rows: Rows<2> =
        places.iter().map(|place| [number(place.indexes.first), i64::from(place.depths).into()]).collect();
    let sql = "WITH v (first_index, depths) AS (VALUES …)
               UPDATE code_range
                  SET depths = v.depths
                 FROM v
                WHERE code_range.tenant_id = $1 AND code_range.first_index = v.first_index";
    tx.write_all_rows(sql, &[tenant.raw().into()], &rows).await
}

/// A row of facts as it is stored, with its bin and number.
pub(crate) struct Stored {
    pub(crate) batch: BatchId,
    pub(crate) bin: i64,
    pub(crate) number: i64,
    pub(crate) chunk: Chunk,
    pub(crate) facts: Vec<(Indexes, Fact)>,
}

/// What is kept in single bins, in order.
///
/// Index: primary key.
pub(crate) async fn chunks(tx: &mut Tx, tenant: TenantId, bins: &[(BatchId, Bins)]) -> Result<Vec<Stored>, Error> {
    let keys: Rows<2> = bins.iter().map(|(batch, bins)| [batch.raw().into(), bins.first.into()]).collect();
    let sql = "WITH v (batch_id, bin) AS (VALUES …)
               SELECT c.batch_id, c.bin, c.chunk, c.facts
                 FROM (SELECT DISTINCT batch_id, bin FROM v) k
           CROSS JOIN goods_fact c
                WHERE c.batch_id = k.batch_id
                  AND c.bin = k.bin
                  AND c.tenant_id = $1
             ORDER BY c.batch_id, c.bin, c.chunk";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter().map(stored_of).collect()
}

/// What is kept in neighbouring bins, in order, at most `limit` rows.
///
/// Index: primary key.
pub(crate) async fn chunks_between(
    tx: &mut Tx,
    tenant: TenantId,
    (batch, bins): (BatchId, Bins),
    limit: i64,
) -> Result<Vec<Stored>, Error> {
    let sql = "SELECT batch_id, bin, chunk, facts
                 FROM goods_fact
                WHERE tenant_id = $1 AND batch_id = $2 AND bin BETWEEN $3 AND $4
             ORDER BY batch_id, bin, chunk
                LIMIT $5";
    let values = [tenant.raw().into(), batch.raw().into(), bins.first.into(), bins.last.into(), limit.into()];
    tx.query(sql, &values).await?.iter().map(stored_of).collect()
}

fn stored_of(row: &Row) -> Result<Stored, Error> {
    let (batch, bin): (BatchId, i64) = (row.id(0)?, row.int(1)?);
    let read = Chunk::read(bin, row.bytes(3)?);
    let (chunk, facts) = read.ok_or_else(|| unreadable("facts of bin", format!("{bin} of {batch}")))?;
    Ok(Stored { batch, bin, number: row.int(2)?, chunk, facts })
}

/// Saves rows of facts: new ones, and the last of their bins with more in it.
pub(crate) async fn save_chunks(
    tx: &mut Tx,
    tenant: TenantId,
    chunks: impl IntoIterator<Item = ((BatchId, i64, i64), Chunk)>,
) -> Result<(), Error> {
    let rows: Rows<5> = chunks
        .into_iter()
        .map(|((batch, bin, number), chunk)| {
            [batch.raw().into(), bin.into(), number.into(), tenant.raw().into(), chunk.into_bytes().into()]
        })
        .collect();
    let sql = "INSERT INTO goods_fact (batch_id, bin, chunk, tenant_id, facts)
               VALUES …
               ON CONFLICT (batch_id, bin, chunk, tenant_id) DO UPDATE SET facts = excluded.facts";
    tx.write_all_rows(sql, &[], &rows).await
}

/// Saves operations.
pub(crate) async fn insert_events(tx: &mut Tx, tenant: TenantId, events: &[Recorded]) -> Result<(), Error> {
    let rows: Rows<8> = events
        .iter()
        .map(|event| {
            [
                event.id.into(),
                tenant.raw().into(),
                event.kind.number().into(),
                event.at.into(),
                event.organisation.map_or(0, |organisation| organisation.raw()).into(),
                event.pack.map_or(-1, |pack| pack as i64).into(),
                event.items.into(),
                runs_to_bytes(&event.codes).into(),
            ]
        })
        .collect();
    let sql = "INSERT INTO goods_operation (operation_id, tenant_id, kind, at, organisation_id, pack, items, codes)
               VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}

/// Operations by their ids. The sign before the tenant keeps SQLite from the index of a list.
pub(crate) async fn events(tx: &mut Tx, tenant: TenantId, ids: &[i64]) -> Result<Vec<Recorded>, Error> {
    let keys: Rows<1> = ids.iter().map(|id| [(*id).into()]).collect();
    let sql = "SELECT operation_id, kind, at, organisation_id, pack, items, codes
                 FROM goods_operation
                WHERE +tenant_id = $1 AND operation_id IN (…)";
    tx.read_rows(sql, &[tenant.raw().into()], &keys).await?.iter().map(recorded_of).collect()
}

/// What was ever put into packs: at most `limit` operations. Index: goods_operation_by_pack.
pub(crate) async fn packed_into(
    tx: &mut Tx,
    tenant: TenantId,
    packs: Indexes,
    limit: i64,
) -> Result<Vec<Recorded>, Error> {
    let sql = "SELECT operation_id, kind, at, organisation_id, pack, items, codes
                 FROM goods_operation
                WHERE tenant_id = $1 AND kind = 1 AND pack BETWEEN $2 AND $3
                LIMIT $4";
    let values = [tenant.raw().into(), number(packs.first), number(packs.last), limit.into()];
    tx.query(sql, &values).await?.iter().map(recorded_of).collect()
}

fn recorded_of(row: &Row) -> Result<Recorded, Error> {
    let (kind, organisation, pack) = (row.int(1)?, row.int(3)?, row.int(4)?);
    Ok(Recorded {
        id: row.int(0)?,
        kind: crate::OperationKind::from_number(kind).ok_or_else(|| unreadable("operation", kind))?,
        at: row.time(2)?,
        organisation: (organisation != 0).then(|| row.id(3)).transpose()?,
        pack: u64::try_from(pack).ok(),
        items: row.int(5)?,
        codes: runs_of_bytes(&row.bytes(6)?)
            .ok_or_else(|| unreadable("codes of operation", row.int(0).unwrap_or(0)))?,
    })
}

/// Saves what was not as it should be.
pub(crate) async fn insert_exceptions(tx: &mut Tx, tenant: TenantId, exceptions: &[Exceptional]) -> Result<(), Error> {
    let rows: Rows<12> = exceptions
        .iter()
        .map(|one| {
            [
                tenant.raw().into(),
                one.event.into(),
                one.line.into(),
                one.kind.number().into(),
                one.organisation.raw().into(),
                one.expected.map_or(0, |expected| expected.raw()).into(),
                one.unit.batch.raw().into(),
                one.unit.level.as_i64().into(),
                number(one.unit.first_serial),
                number(one.unit.last_serial),
                one.at.into(),
                one.id.raw().into(),
            ]
        })
        .collect();
    let sql =
        "INSERT INTO goods_exception (tenant_id, operation_id, line, kind, organisation_id, expected_id, batch_id,
                                            level, first_serial, last_serial, at, exception_id)
               VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}
