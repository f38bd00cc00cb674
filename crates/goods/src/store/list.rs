//! Statements about lists of codes that were made elsewhere.

use tallymark_base::id::{BatchId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Rows, Tx};

use super::{number, number_of, unreadable};
use crate::rules::listing::{Label, Labels, Printed};

/// A list as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct List {
    pub(crate) batch: BatchId,
    /// What takes it in, or took it in.
    pub(crate) source: i64,
    pub(crate) labels: Labels,
    pub(crate) proof: Labels,
    pub(crate) printed: Printed,
    /// Bytes of the shortest and of the longest code.
    pub(crate) bytes: (usize, usize),
    pub(crate) codes: u64,
    pub(crate) guess_bits: u32,
    pub(crate) begun_at: Timestamp,
    /// None while it is taken in.
    pub(crate) finished_at: Option<Timestamp>,
}

/// Columns of a list.
macro_rules! select_lists {
    ($rest:literal) => {
        concat!(
            "SELECT batch_id, source, listed, proof, link_before, link_after, bytes_min, bytes_max, codes, guess_bits,
                    begun_at, finished_at
               FROM code_list
              WHERE tenant_id = $1 ",
            $rest
        )
    };
}

/// Saves a list, in the place of one of the batch that did not become whole.
pub(crate) async fn put(tx: &mut Tx, tenant: TenantId, list: &List) -> Result<(), Error> {
    let sql = "INSERT INTO code_list (tenant_id, batch_id, source, listed, proof, link_before, link_after, bytes_min,
                                      bytes_max, codes, guess_bits, begun_at, finished_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
               ON CONFLICT (tenant_id, batch_id) DO UPDATE
                  SET source = excluded.source, listed = excluded.listed, proof = excluded.proof,
                      link_before = excluded.link_before, link_after = excluded.link_after,
                      bytes_min = excluded.bytes_min, bytes_max = excluded.bytes_max, codes = excluded.codes,
                      guess_bits = excluded.guess_bits, begun_at = excluded.begun_at, finished_at = excluded.finished_at
                WHERE code_list.finished_at = 0";
    let (before, after) = list.printed.parts();
    let values = [
        tenant.raw().into(),
        list.batch.raw().into(),
        list.source.into(),
        i64::from(list.labels.bits()).into(),
        i64::from(list.proof.bits()).into(),
        before.into(),
        after.into(),
        number(list.bytes.0 as u64),
        number(list.bytes.1 as u64),
        number(list.codes),
        i64::from(list.guess_bits).into(),
        list.begun_at.into(),
        list.finished_at.map_or(0, |at| at.0).into(),
    ];
    match tx.execute(sql, &values).await? {
        1 => Ok(()),
        wrote => Err(Error::RowsWritten { sent: 1, wrote }),
    }
}

/// The list of a batch, whole or not.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, batch: BatchId) -> Result<Option<List>, Error> {
    let sql = select_lists!("AND batch_id = $2");
    tx.query_one(sql, &[tenant.raw().into(), batch.raw().into()]).await?.as_ref().map(list_of).transpose()
}

/// Every list that is whole.
pub(crate) async fn all(tx: &mut Tx, tenant: TenantId) -> Result<Vec<List>, Error> {
    let sql = select_lists!("AND finished_at > 0 ORDER BY batch_id");
    tx.query(sql, &[tenant.raw().into()]).await?.iter().map(list_of).collect()
}

fn list_of(row: &Row) -> Result<List, Error> {
    let labels = |column: usize| -> Result<Labels, Error> {
        let bits = row.int(column)?;
        u8::try_from(bits).map(Labels::of_bits).map_err(|_| unreadable("labels", bits))
    };
    let size = |column: usize| -> Result<usize, Error> {
        let size = row.int(column)?;
        usize::try_from(size).map_err(|_| unreadable("bytes of a code", size))
    };
    let bits = row.int(9)?;
    Ok(List {
        batch: row.id(0)?,
        source: row.int(1)?,
        labels: labels(2)?,
        proof: labels(3)?,
        printed: Printed::new(row.text(4)?, row.text(5)?),
        bytes: (size(6)?, size(7)?),
        codes: number_of(row, 8)?,
        guess_bits: u32::try_from(bits).map_err(|_| unreadable("bits", bits))?,
        begun_at: row.time(10)?,
        finished_at: (row.int(11)? != 0).then(|| row.time(11)).transpose()?,
    })
}

/// Forgets the list of a batch.
pub(crate) async fn remove(tx: &mut Tx, tenant: TenantId, batch: BatchId) -> Result<(), Error> {
    for sql in [
        "DELETE FROM code_list_text WHERE tenant_id = $1 AND batch_id = $2",
        "DELETE FROM code_list_hash WHERE tenant_id = $1 AND batch_id = $2",
        "DELETE FROM code_list WHERE tenant_id = $1 AND batch_id = $2",
    ] {
        tx.execute(sql, &[tenant.raw().into(), batch.raw().into()]).await?;
    }
    Ok(())
}

/// Adds rows of hashes, each by its first.
pub(crate) async fn add_hashes(
    tx: &mut Tx,
    tenant: TenantId,
    batch: BatchId,
    rows: Vec<(u64, Vec<u8>)>,
) -> Result<(), Error> {
    let rows: Rows<4> = rows
        .into_iter()
        .map(|(first, hashes)| [tenant.raw().into(), batch.raw().into(), number(first), hashes.into()])
        .collect();
    let sql = "INSERT INTO code_list_hash (tenant_id, batch_id, first_hash, hashes) VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}

/// Adds rows of sealed texts, each by label and first serial.
pub(crate) async fn add_texts(
    tx: &mut Tx,
    tenant: TenantId,
    batch: BatchId,
    rows: Vec<(Label, u64, Vec<u8>)>,
) -> Result<(), Error> {
    let rows: Rows<5> = rows
        .into_iter()
        .map(|(label, first, texts)| {
            let label = i64::from(label.number());
            [tenant.raw().into(), batch.raw().into(), label.into(), number(first), texts.into()]
        })
        .collect();
    let sql = "INSERT INTO code_list_text (tenant_id, batch_id, label, first_serial, texts) VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}

/// The rows in which hashes of lists would be, with the places of the questions. Index: primary key, from the last row that begins at or
/// before a hash.
pub(crate) async fn hashes(
    tx: &mut Tx,
    tenant: TenantId,
    asked: &[(BatchId, u64)],
) -> Result<Vec<(usize, Vec<u8>)>, Error> {
    let places = (0..asked.len() as i64).zip(asked);
    let keys: Rows<3> =
        places.map(|(place, (batch, hash))| [place.into(), batch.raw().into(), number(*hash)]).collect();
    // A filled-up question is asked twice and answered twice, which changes nothing.
    let sql = "WITH v (place, batch_id, hash) AS (VALUES …)
               SELECT v.place, c.hashes
                 FROM v
           CROSS JOIN code_list_hash c
                WHERE c.tenant_id = $1
                  AND c.batch_id = v.batch_id
                  AND c.first_hash = (SELECT k.first_hash
                                        FROM code_list_hash k
                                       WHERE k.tenant_id = $1 AND k.batch_id = v.batch_id AND k.first_hash <= v.hash
                                    ORDER BY k.tenant_id DESC, k.batch_id DESC, k.first_hash DESC
                                       LIMIT 1)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter()
        .map(|row| {
            let place = row.int(0)?;
            Ok((usize::try_from(place).map_err(|_| unreadable("place", place))?, row.bytes(1)?))
        })
        .collect()
}

/// Rows of hashes of a list that hold some between two, rising. Index: primary key.
pub(crate) async fn hashes_between(
    tx: &mut Tx,
    tenant: TenantId,
    batch: BatchId,
    (from, to): (u64, u64),
) -> Result<Vec<Vec<u8>>, Error> {
    let sql = "SELECT hashes
                 FROM code_list_hash
                WHERE tenant_id = $1
                  AND batch_id = $2
                  AND first_hash <= $4
                  AND first_hash >= COALESCE((SELECT k.first_hash
                                                FROM code_list_hash k
                                               WHERE k.tenant_id = $1 AND k.batch_id = $2 AND k.first_hash <= $3
                                            ORDER BY k.tenant_id DESC, k.batch_id DESC, k.first_hash DESC
                                               LIMIT 1), 0)
             ORDER BY first_hash";
    let values = [tenant.raw().into(), batch.raw().into(), number(from), number(to)];
    tx.query(sql, &values).await?.iter().map(|row| row.bytes(0)).collect()
}

/// Sealed texts of a label of a list that hold some of these serials, with their first serials. Index: primary key.
pub(crate) async fn texts(
    tx: &mut Tx,
    tenant: TenantId,
    (batch, label): (BatchId, Label),
    (first, last): (u64, u64),
) -> Result<Vec<(u64, Vec<u8>)>, Error> {
    let sql = "SELECT first_serial, texts
                 FROM code_list_text
                WHERE tenant_id = $1
                  AND batch_id = $2
                  AND label = $3
                  AND first_serial <= $5
                  AND first_serial >= COALESCE((SELECT MAX(k.first_serial)
                                                  FROM code_list_text k
                                                 WHERE k.tenant_id = $1 AND k.batch_id = $2 AND k.label = $3
                                                   AND k.first_serial <= $4), 0)
             ORDER BY first_serial";
    let values =
        [tenant.raw().into(), batch.raw().into(), i64::from(label.number()).into(), number(first), number(last)];
    tx.query(sql, &values).await?.iter().map(|row| Ok((number_of(row, 0)?, row.bytes(1)?))).collect()
}
