//! Statements about orders of codes.

use std::collections::HashSet;

use tallymark_base::event::Word;
use tallymark_base::id::{BatchId, PackProfileId, ProductId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_codes::{CodeLength, Epoch};
use tallymark_store::dimension::Page;
use tallymark_store::{Error, Row, Rows, Tx};

use super::{number, number_of, unreadable};
use crate::catalog::CodeRange;
use crate::rules::listing::Labels;
use crate::types::BatchFacts;
use crate::{Association, Batch, BatchStatus, Faces, SsccUse, dimensions};

/// Columns of a batch `b`: the sums of its activated and void items, how many recalls that stand reach all its items, and which of its
/// codes stand in a list, among them.
macro_rules! select_batches {
    ($rest:literal) => {
        concat!(
            "SELECT b.batch_id, b.product_id, b.lot, b.items, b.items_per_case, b.cases_per_pallet, b.faces, b.length,
                    b.epoch, b.created_at, b.items_per_box, b.association, b.profile_id, b.sscc,
                    (SELECT CAST(COALESCE(SUM(a.last_serial - a.first_serial + 1), 0) AS BIGINT)
                       FROM activation a
                      WHERE a.tenant_id = b.tenant_id AND a.batch_id = b.batch_id),
                    (SELECT CAST(COALESCE(SUM(v.last_serial - v.first_serial + 1), 0) AS BIGINT)
                       FROM code_void v
                      WHERE v.tenant_id = b.tenant_id AND v.batch_id = b.batch_id),
                    b.is_draft, b.printed_at,
                    (SELECT COUNT(*)
                       FROM recall c
                       JOIN code_range g
                         ON g.tenant_id = c.tenant_id AND g.batch_id = b.batch_id AND g.level = 1
                       JOIN recall_run q
                         ON q.tenant_id = c.tenant_id AND q.recall_id = c.recall_id
                        AND q.first_index <= g.first_index AND q.last_index >= g.first_index + g.codes - 1
                      WHERE c.tenant_id = b.tenant_id AND c.lifted_at = 0),
                    COALESCE((SELECT l.listed
                                FROM code_list l
                               WHERE l.tenant_id = b.tenant_id AND l.batch_id = b.batch_id AND l.finished_at > 0), 0)
               FROM code_batch b ",
            $rest
        )
    };
}

/// Saves a batch.
pub(crate) async fn insert(tx: &mut Tx, tenant: TenantId, batch: &Batch) -> Result<(), Error> {
    let sql = "INSERT INTO code_batch (tenant_id, batch_id, product_id, lot, items, items_per_case, cases_per_pallet,
                                       faces, length, epoch, changes, created_at, items_per_box, association,
                                       profile_id, sscc, is_draft)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, $13, $14, $15, $16)";
    let values = [
        tenant.raw().into(),
        batch.id.raw().into(),
        batch.product.raw().into(),
        batch.lot.as_str().into(),
        number(batch.items),
        i64::from(batch.items_per_case).into(),
        i64::from(batch.cases_per_pallet).into(),
        batch.faces.number().into(),
        number(batch.length.characters() as u64),
        i64::from(batch.epoch.0).into(),
        batch.created_at.into(),
        i64::from(batch.items_per_box).into(),
        batch.association.number().into(),
        batch.profile.map_or(0, |profile| profile.raw()).into(),
        batch.sscc.number().into(),
        i64::from(batch.status == BatchStatus::Draft).into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Gives out the tenant's next `count` indexes; gives the first of them. Others who take indexes of the tenant wait until
/// this transaction ends; if it is rolled back they get the same ones.
pub(crate) async fn take_indexes(tx: &mut Tx, tenant: TenantId, count: u64) -> Result<u64, Error> {
    let sql = "INSERT INTO code_counter (tenant_id, next_index) VALUES ($1, $2)
               ON CONFLICT (tenant_id) DO UPDATE SET next_index = code_counter.next_index + excluded.next_index
               RETURNING next_index";
    let row = tx.query_one(sql, &[tenant.raw().into(), number(count)]).await?;
    let row = row.ok_or(Error::RowsWritten { sent: 1, wrote: 0 })?;
    Ok(number_of(&row, 0)? - count)
}

/// Saves which indexes belong to which level of a batch.
pub(crate) async fn insert_ranges(tx: &mut Tx, tenant: TenantId, ranges: &[CodeRange]) -> Result<(), Error> {
    let rows: Rows<5> = ranges
        .iter()
        .map(|range| {
            [
                tenant.raw().into(),
                number(range.indexes.first().get()),
                range.batch.raw().into(),
                range.level.as_i64().into(),
                number(range.indexes.count()),
            ]
        })
        .collect();
    tx.write_all_rows("INSERT INTO code_range (tenant_id, first_index, batch_id, level, codes) VALUES …", &[], &rows)
        .await
}

/// Batches after an id, in order of id.
pub(crate) async fn list(
    tx: &mut Tx,
    tenant: TenantId,
    after: Option<BatchId>,
    limit: i64,
) -> Result<Vec<Batch>, Error> {
    let sql = select_batches!("WHERE b.tenant_id = $1 AND b.batch_id > $2 ORDER BY b.batch_id LIMIT $3");
    let after = after.map_or(0, |id| id.raw());
    tx.query(sql, &[tenant.raw().into(), after.into(), limit.into()]).await?.iter().map(batch_of).collect()
}

/// The batches of a product, the latest first, at most `limit`. Index: primary key, whose batches of the tenant are gone
/// through.
pub(crate) async fn of_product(
    tx: &mut Tx,
    tenant: TenantId,
    product: ProductId,
    limit: i64,
) -> Result<Vec<BatchId>, Error> {
    let sql = "SELECT batch_id
                 FROM code_batch
                WHERE tenant_id = $1 AND product_id = $2
             ORDER BY batch_id DESC
                LIMIT $3";
    let rows = tx.query(sql, &[tenant.raw().into(), product.raw().into(), limit.into()]).await?;
    rows.iter().map(|row| row.id(0)).collect()
}

/// Batches by their ids, in no particular order.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, ids: &[BatchId]) -> Result<Vec<Batch>, Error> {
    let keys: Rows<1> = ids.iter().map(|id| [id.raw().into()]).collect();
    let sql = select_batches!("WHERE b.tenant_id = $1 AND b.batch_id IN (…)");
    tx.read_rows(sql, &[tenant.raw().into()], &keys).await?.iter().map(batch_of).collect()
}

/// Those of `ids` that are batches of the tenant.
pub(crate) async fn known(tx: &mut Tx, tenant: TenantId, ids: &[BatchId]) -> Result<HashSet<BatchId>, Error> {
    let keys: Rows<1> = ids.iter().map(|id| [id.raw().into()]).collect();
    let sql = "SELECT batch_id
                 FROM code_batch
                WHERE tenant_id = $1 AND batch_id IN (…)";
    tx.read_rows(sql, &[tenant.raw().into()], &keys).await?.iter().map(|row| row.id(0)).collect()
}

/// Makes other changes of a batch wait until this transaction ends; `false` when there is no such batch.
pub(crate) async fn take_turn(tx: &mut Tx, tenant: TenantId, batch: BatchId) -> Result<bool, Error> {
    let sql = "UPDATE code_batch SET changes = changes + 1 WHERE tenant_id = $1 AND batch_id = $2";
    Ok(tx.execute(sql, &[tenant.raw().into(), batch.raw().into()]).await? == 1)
}

/// Makes a draft an order under a key; false where it is none.
pub(crate) async fn end_draft(tx: &mut Tx, tenant: TenantId, batch: BatchId, epoch: Epoch) -> Result<bool, Error> {
    let sql = "UPDATE code_batch SET is_draft = 0, epoch = $3 WHERE tenant_id = $1 AND batch_id = $2 AND is_draft = 1";
    Ok(tx.execute(sql, &[tenant.raw().into(), batch.raw().into(), i64::from(epoch.0).into()]).await? == 1)
}

/// Throws a draft away; false where it is none.
pub(crate) async fn remove_draft(tx: &mut Tx, tenant: TenantId, batch: BatchId) -> Result<bool, Error> {
    let sql = "DELETE FROM code_batch WHERE tenant_id = $1 AND batch_id = $2 AND is_draft = 1";
    Ok(tx.execute(sql, &[tenant.raw().into(), batch.raw().into()]).await? == 1)
}

/// Notes when the codes of a batch came back printed, unless that is known.
pub(crate) async fn printed(tx: &mut Tx, tenant: TenantId, batch: BatchId, at: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE code_batch SET printed_at = $3 WHERE tenant_id = $1 AND batch_id = $2 AND printed_at = 0";
    tx.execute(sql, &[tenant.raw().into(), batch.raw().into(), at.into()]).await?;
    Ok(())
}

fn batch_of(row: &Row) -> Result<Batch, Error> {
    let pack = |column: usize| -> Result<u32, Error> {
        let size = row.int(column)?;
        u32::try_from(size).map_err(|_| unreadable("pack of", size))
    };
    let (items, faces, epoch, sscc) = (number_of(row, 3)?, row.int(6)?, row.int(8)?, row.int(13)?);
    let printed = row.int(17)?;
    Ok(Batch {
        id: row.id(0)?,
        product: row.id(1)?,
        lot: row.text(2)?,
        items,
        items_per_box: pack(10)?,
        items_per_case: pack(4)?,
        cases_per_pallet: pack(5)?,
        association: association_of(row.int(11)?)?,
        faces: faces_of(faces)?,
        profile: Some(row.id::<PackProfileId>(12)?).filter(|profile| profile.raw() != 0),
        sscc: SsccUse::from_number(sscc).ok_or_else(|| unreadable("sscc", sscc))?,
        length: CodeLength::new(number_of(row, 7)?).map_err(|error| unreadable("length", error))?,
        epoch: u8::try_from(epoch).map(Epoch).map_err(|_| unreadable("epoch", epoch))?,
        status: BatchStatus::of(BatchFacts {
            items,
            is_draft: row.int(16)? != 0,
            is_printed: printed != 0,
            is_recalled: row.int(18)? > 0,
            activated: number_of(row, 14)?,
            void: number_of(row, 15)?,
        }),
        printed_at: (printed != 0).then(|| row.time(17)).transpose()?,
        made_elsewhere: u8::try_from(row.int(19)?)
            .map_or_else(|_| Vec::new(), |bits| Labels::of_bits(bits).each().collect()),
        created_at: row.time(9)?,
    })
}

/// Batches of every tenant after a key, for the lake. Index: primary key.
pub(crate) async fn dimension(tx: &mut Tx, after: (i64, i64), limit: u32) -> Result<Page, Error> {
    let sql = "SELECT tenant_id, batch_id, product_id, lot, items, items_per_case, cases_per_pallet, faces, created_at
                 FROM code_batch
                WHERE tenant_id > $1 OR (tenant_id = $1 AND batch_id > $2)
             ORDER BY tenant_id, batch_id
                LIMIT $3";
    let mut page = Page::default();
    for row in tx.query(sql, &[after.0.into(), after.1.into(), i64::from(limit).into()]).await? {
        let batch: BatchId = row.id(1)?;
        let of = dimensions::Batch {
            batch,
            product: row.id(2)?,
            lot: row.text(3)?,
            items: number_of(&row, 4)?,
            items_per_case: number_of(&row, 5)?,
            cases_per_pallet: number_of(&row, 6)?,
            faces: Word(faces_of(row.int(7)?)?),
        };
        page.push(row.int(0)?, batch.raw(), row.time(8)?, &of);
    }
    Ok(page)
}

pub(super) fn association_of(number: i64) -> Result<Association, Error> {
    Association::from_number(number).ok_or_else(|| unreadable("association", number))
}

pub(super) fn faces_of(number: i64) -> Result<Faces, Error> {
    Faces::from_number(number).ok_or_else(|| unreadable("faces", number))
}
