//! What events are found by.

use std::collections::HashMap;

use tallymark_base::TypedId as _;
use tallymark_base::id::TenantId;
use tallymark_store::{Error, Rows, Tx};

use crate::keys::{Run, SPAN_MAX};

/// Saves where the objects of events lie.
pub(crate) async fn insert_runs(tx: &mut Tx, tenant: TenantId, runs: &[(Run, i64)]) -> Result<(), Error> {
    let rows: Rows<6> = runs
        .iter()
        .map(|(run, number)| {
            let Run { class, span, first, last } = *run;
            [tenant.raw().into(), class.into(), span.into(), first.into(), last.into(), (*number).into()]
        })
        .collect();
    let sql = "INSERT INTO trace_epc (tenant_id, class_key, span, first_serial, last_serial, number)
               VALUES …
               ON CONFLICT DO NOTHING";
    tx.write_rows(sql, &[], &rows).await?;
    Ok(())
}

/// Saves what else events are looked up by.
pub(crate) async fn insert_terms(tx: &mut Tx, tenant: TenantId, terms: &[(i64, i64)]) -> Result<(), Error> {
    let rows: Rows<3> =
        terms.iter().map(|(term, number)| [tenant.raw().into(), (*term).into(), (*number).into()]).collect();
    let sql = "INSERT INTO trace_term (tenant_id, term, number) VALUES … ON CONFLICT DO NOTHING";
    tx.write_rows(sql, &[], &rows).await?;
    Ok(())
}

/// Numbers of events that may name an object, at most `limit`. A run that holds the serial begins not further below it than
/// the runs of its span are long, so each span is one short stretch of the index. Index: primary key.
pub(crate) async fn of_object(
    tx: &mut Tx,
    tenant: TenantId,
    (class, serial): (i64, i64),
    limit: i64,
) -> Result<Vec<i64>, Error> {
    let sql = "SELECT number
                 FROM trace_epc
                WHERE tenant_id = $1 AND class_key = $2 AND span = $3
                      AND first_serial > $4 AND first_serial <= $5 AND last_serial >= $5
                LIMIT $6";
    let mut found = Vec::new();
    let spans = if serial < 0 { 0 } else { SPAN_MAX };
    for span in 0..=spans {
        let before = serial.saturating_sub(1 << span);
        let values = [tenant.raw().into(), class.into(), span.into(), before.into(), serial.into(), limit.into()];
        for row in tx.query(sql, &values).await? {
            found.push(row.int(0)?);
        }
    }
    Ok(found)
}

/// Numbers of events that may name an object of a class, or the class, at most `limit`. Index: primary key.
pub(crate) async fn of_class(tx: &mut Tx, tenant: TenantId, class: i64, limit: i64) -> Result<Vec<i64>, Error> {
    let sql = "SELECT number FROM trace_epc WHERE tenant_id = $1 AND class_key = $2 LIMIT $3";
    tx.query(sql, &[tenant.raw().into(), class.into(), limit.into()]).await?.iter().map(|row| row.int(0)).collect()
}

/// Numbers of events that may have one of these terms, at most `limit`. Index: primary key.
pub(crate) async fn of_terms(tx: &mut Tx, tenant: TenantId, terms: &[i64], limit: i64) -> Result<Vec<i64>, Error> {
    let keys: Rows<1> = terms.iter().map(|term| [(*term).into()]).collect();
    let sql = "SELECT number FROM trace_term WHERE tenant_id = $1 AND term IN (…) LIMIT $2";
    let rows = tx.read_rows(sql, &[tenant.raw().into(), limit.into()], &keys).await?;
    rows.iter().map(|row| row.int(0)).collect()
}

/// The rows of objects after a place of the index, in its order: each class once, with an event that names it. Index: primary
/// key.
pub(crate) async fn objects_after(
    tx: &mut Tx,
    tenant: TenantId,
    after: [i64; 5],
    limit: i64,
) -> Result<Vec<[i64; 5]>, Error> {
    let sql = "SELECT class_key, span, first_serial, last_serial, number
                 FROM trace_epc
                WHERE tenant_id = $1 AND (class_key, span, first_serial, last_serial, number) > ($2, $3, $4, $5, $6)
             ORDER BY class_key, span, first_serial, last_serial, number
                LIMIT $7";
    let [class, span, first, last, number] = after;
    let values =
        [tenant.raw().into(), class.into(), span.into(), first.into(), last.into(), number.into(), limit.into()];
    let rows = tx.query(sql, &values).await?;
    rows.iter().map(|row| Ok([row.int(0)?, row.int(1)?, row.int(2)?, row.int(3)?, row.int(4)?])).collect()
}

/// Saves words that events named for the first time.
pub(crate) async fn insert_words(tx: &mut Tx, tenant: TenantId, words: &[(i64, i64, String)]) -> Result<(), Error> {
    let rows: Rows<4> = words
        .iter()
        .map(|(sort, hash, word)| [tenant.raw().into(), (*sort).into(), (*hash).into(), word.clone().into()])
        .collect();
    let sql = "INSERT INTO trace_word (tenant_id, sort, hash, word) VALUES … ON CONFLICT DO NOTHING";
    tx.write_rows(sql, &[], &rows).await?;
    Ok(())
}

/// Words of a sort after a hash, in the order of hashes. Index: primary key.
pub(crate) async fn words(
    tx: &mut Tx,
    tenant: TenantId,
    (sort, after): (i64, i64),
    limit: i64,
) -> Result<Vec<(i64, String)>, Error> {
    let sql = "SELECT hash, word
                 FROM trace_word
                WHERE tenant_id = $1 AND sort = $2 AND hash > $3
             ORDER BY hash
                LIMIT $4";
    let rows = tx.query(sql, &[tenant.raw().into(), sort.into(), after.into(), limit.into()]).await?;
    rows.iter().map(|row| Ok((row.int(0)?, row.text(1)?))).collect()
}

/// Whether a word of a sort was named. Index: primary key.
pub(crate) async fn has_word(tx: &mut Tx, tenant: TenantId, sort: i64, hash: i64) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM trace_word WHERE tenant_id = $1 AND sort = $2 AND hash = $3";
    Ok(tx.query_one(sql, &[tenant.raw().into(), sort.into(), hash.into()]).await?.is_some())
}

/// Saves contexts that are not yet there.
pub(crate) async fn insert_contexts(tx: &mut Tx, tenant: TenantId, contexts: &[(i64, &str)]) -> Result<(), Error> {
    let rows: Rows<3> =
        contexts.iter().map(|(hash, value)| [tenant.raw().into(), (*hash).into(), (*value).into()]).collect();
    let sql = "INSERT INTO trace_context (tenant_id, context_hash, value) VALUES … ON CONFLICT DO NOTHING";
    tx.write_rows(sql, &[], &rows).await?;
    Ok(())
}

/// These contexts. Index: primary key.
pub(crate) async fn contexts(tx: &mut Tx, tenant: TenantId, hashes: &[i64]) -> Result<HashMap<i64, String>, Error> {
    let keys: Rows<1> = hashes.iter().map(|hash| [(*hash).into()]).collect();
    let sql = "SELECT context_hash, value FROM trace_context WHERE tenant_id = $1 AND context_hash IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter().map(|row| Ok((row.int(0)?, row.text(1)?))).collect()
}

/// Saves places within places.
pub(crate) async fn insert_places(tx: &mut Tx, tenant: TenantId, places: &[(String, String)]) -> Result<(), Error> {
    let rows: Rows<3> = places
        .iter()
        .map(|(parent, child)| [tenant.raw().into(), child.clone().into(), parent.clone().into()])
        .collect();
    let sql = "INSERT INTO trace_place (tenant_id, child, parent) VALUES … ON CONFLICT DO NOTHING";
    tx.write_rows(sql, &[], &rows).await?;
    Ok(())
}

/// Places within places, as (child, parent), at most `limit`. Index: primary key.
pub(crate) async fn places(tx: &mut Tx, tenant: TenantId, limit: i64) -> Result<Vec<(String, String)>, Error> {
    let sql = "SELECT child, parent FROM trace_place WHERE tenant_id = $1 LIMIT $2";
    let rows = tx.query(sql, &[tenant.raw().into(), limit.into()]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}
