//! Statements about runs and their rejects.

use data_encoding::HEXLOWER;
use tallymark_base::id::{ImportId, OrganisationId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Rows, Tx};

use crate::keys::Hash;
use crate::{Kind, Reject, Run, State};

/// A run as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) run: Run,
    pub(crate) mapping: String,
    pub(crate) upload: Option<i64>,
}

/// A run to begin.
#[derive(Debug)]
pub(crate) struct NewRun<'a> {
    pub(crate) id: ImportId,
    pub(crate) kind: Kind,
    pub(crate) source: &'a str,
    pub(crate) file: &'a str,
    pub(crate) file_hash: Hash,
    pub(crate) mapping_hash: Hash,
    pub(crate) mapping: String,
    pub(crate) sheet: Option<&'a str>,
    pub(crate) upload: Option<i64>,
    pub(crate) within: Option<OrganisationId>,
    pub(crate) by: String,
    pub(crate) at: Timestamp,
}

/// Claims a file for a run; `None` where it got it, else the run that has it.
pub(crate) async fn claim(tx: &mut Tx, tenant: TenantId, key: Hash, id: ImportId) -> Result<Option<ImportId>, Error> {
    let sql = "INSERT INTO import_key (key_hash, tenant_id, run_id) VALUES ($1, $2, $3)
               ON CONFLICT (key_hash, tenant_id) DO NOTHING";
    if tx.execute(sql, &[key.into(), tenant.raw().into(), id.raw().into()]).await? == 1 {
        return Ok(None);
    }
    let sql = "SELECT run_id FROM import_key WHERE key_hash = $1 AND tenant_id = $2";
    let row = tx.query_one(sql, &[key.into(), tenant.raw().into()]).await?;
    row.map(|row| row.id(0)).transpose()?.map_or(Err(Error::Contended), |id| Ok(Some(id)))
}

/// Gives a file to another run; `false` where somebody else did meanwhile.
pub(crate) async fn move_claim(
    tx: &mut Tx,
    tenant: TenantId,
    key: Hash,
    from: ImportId,
    to: ImportId,
) -> Result<bool, Error> {
    let sql = "UPDATE import_key SET run_id = $4 WHERE key_hash = $1 AND tenant_id = $2 AND run_id = $3";
    let values = [key.into(), tenant.raw().into(), from.raw().into(), to.raw().into()];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Saves a run that begins.
pub(crate) async fn insert_run(tx: &mut Tx, tenant: TenantId, new: NewRun<'_>) -> Result<(), Error> {
    let sql = "INSERT INTO import_run
                      (run_id, tenant_id, kind, source, file_name, file_hash, mapping_hash, mapping, sheet, upload_id,
                       state, rows_read, rows_accepted, rows_refused, rows_suppressed, rejects, created_by, created_at,
                       changed_at, organisation_id)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, 0, 0, 0, 0, $11, $12, $12, $13)";
    let values = [
        new.id.raw().into(),
        tenant.raw().into(),
        new.kind.name().into(),
        new.source.into(),
        new.file.into(),
        new.file_hash.to_vec().into(),
        new.mapping_hash.to_vec().into(),
        new.mapping.into(),
        new.sheet.map(str::to_owned).into(),
        new.upload.into(),
        new.by.into(),
        new.at.into(),
        new.within.map(OrganisationId::raw).into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Makes a run that did not reach its end ready to go on, with another upload of its file where it has one.
pub(crate) async fn go_on(
    tx: &mut Tx,
    tenant: TenantId,
    id: ImportId,
    upload: Option<i64>,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "UPDATE import_run
                  SET state = 0, upload_id = $3, error_code = NULL, error = NULL, finished_at = NULL, changed_at = $4
                WHERE run_id = $1 AND tenant_id = $2 AND state <> 2";
    let wrote = tx.execute(sql, &[id.raw().into(), tenant.raw().into(), upload.into(), at.into()]).await?;
    if wrote == 1 { Ok(()) } else { Err(Error::Contended) }
}

/// Notes how many rows there are and that they are read; `false` where the run ended meanwhile.
pub(crate) async fn count(
    tx: &mut Tx,
    tenant: TenantId,
    id: ImportId,
    rows: u64,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "UPDATE import_run
                  SET state = 1, rows_total = $3, changed_at = $4
                WHERE run_id = $1 AND tenant_id = $2 AND state IN (0, 1)";
    Ok(tx.execute(sql, &[id.raw().into(), tenant.raw().into(), number(rows).into(), at.into()]).await? == 1)
}

/// By how much a batch moves a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Advance {
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    pub(crate) suppressed: u64,
    pub(crate) rejects: u64,
}

impl Advance {
    pub(crate) const fn rows(self) -> u64 {
        self.accepted + self.refused + self.suppressed
    }
}

/// Moves a run on from where it was; `false` where it is not there any more, or ended.
pub(crate) async fn advance(
    tx: &mut Tx,
    tenant: TenantId,
    run: &Run,
    by: Advance,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "UPDATE import_run
                  SET rows_read = rows_read + $4, rows_accepted = rows_accepted + $5, rows_refused = rows_refused + $6,
                      rows_suppressed = rows_suppressed + $7, rejects = rejects + $8, changed_at = $9
                WHERE run_id = $1 AND tenant_id = $2 AND rows_read = $3 AND state = 1";
    let values = [
        run.id.raw().into(),
        tenant.raw().into(),
        number(run.rows_read).into(),
        number(by.rows()).into(),
        number(by.accepted).into(),
        number(by.refused).into(),
        number(by.suppressed).into(),
        number(by.rejects).into(),
        at.into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Notes how many rejects a run has of which nothing is taken.
pub(crate) async fn count_rejects(tx: &mut Tx, tenant: TenantId, id: ImportId, rejects: u64) -> Result<(), Error> {
    let sql = "UPDATE import_run SET rejects = $3 WHERE run_id = $1 AND tenant_id = $2 AND state IN (0, 1)";
    tx.execute(sql, &[id.raw().into(), tenant.raw().into(), number(rejects).into()]).await?;
    Ok(())
}

/// Ends a run that has not ended; `false` where it had.
pub(crate) async fn end(
    tx: &mut Tx,
    tenant: TenantId,
    id: ImportId,
    state: State,
    why: Option<(&str, String)>,
    at: Timestamp,
) -> Result<bool, Error> {
    let (code, text) = why.map_or((None, None), |(code, text)| (Some(code.to_owned()), Some(text)));
    let sql = "UPDATE import_run
                  SET state = $3, error_code = $4, error = $5, finished_at = $6, changed_at = $6, upload_id = NULL
                WHERE run_id = $1 AND tenant_id = $2 AND state IN (0, 1)";
    let values = [id.raw().into(), tenant.raw().into(), state.number().into(), code.into(), text.into(), at.into()];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Keeps rejects, numbered from `first`.
pub(crate) async fn add_rejects(
    tx: &mut Tx,
    tenant: TenantId,
    id: ImportId,
    first: u64,
    rejects: &[Reject],
) -> Result<(), Error> {
    let rows: Rows<7> = rejects
        .iter()
        .enumerate()
        .map(|(place, reject)| {
            [
                id.raw().into(),
                number(first + place as u64).into(),
                tenant.raw().into(),
                number(reject.line).into(),
                reject.column.clone().into(),
                reject.code.clone().into(),
                reject.reason.clone().into(),
            ]
        })
        .collect();
    let sql = "INSERT INTO import_reject (run_id, number, tenant_id, line, column_name, code, reason) VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}

/// The rejects of a run that are kept, in order. Index: primary key (run_id, number).
pub(crate) async fn rejects(tx: &mut Tx, tenant: TenantId, id: ImportId) -> Result<Vec<Reject>, Error> {
    let sql = "SELECT line, column_name, code, reason
                 FROM import_reject
                WHERE run_id = $1 AND tenant_id = $2
             ORDER BY number";
    let rows = tx.query(sql, &[id.raw().into(), tenant.raw().into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Reject { line: count_of(row, 0)?, column: row.opt_text(1)?, code: row.text(2)?, reason: row.text(3)? })
        })
        .collect()
}

/// A run.
pub(crate) async fn run(tx: &mut Tx, tenant: TenantId, id: ImportId) -> Result<Option<Kept>, Error> {
    let sql = "SELECT run_id, kind, source, file_name, file_hash, sheet, state, rows_total, rows_read, rows_accepted,
                      rows_refused, rows_suppressed, rejects, error_code, error, created_by, created_at, changed_at,
                      finished_at, organisation_id, mapping, upload_id
                 FROM import_run
                WHERE run_id = $1 AND tenant_id = $2";
    let row = tx.query_one(sql, &[id.raw().into(), tenant.raw().into()]).await?;
    row.as_ref().map(kept_of).transpose()
}

/// A page of a tenant's runs, the latest first, from before one; with `within`, those that are limited to that part of the channel
/// tree. Index: import_run_by_tenant.
pub(crate) async fn runs(
    tx: &mut Tx,
    tenant: TenantId,
    within: Option<OrganisationId>,
    before: Option<ImportId>,
    limit: i64,
) -> Result<Vec<Run>, Error> {
    let before = before.map_or(i64::MAX, |id| id.raw());
    let rows = match within {
        None => {
            let sql = "SELECT run_id, kind, source, file_name, file_hash, sheet, state, rows_total, rows_read,
                              rows_accepted, rows_refused, rows_suppressed, rejects, error_code, error, created_by,
                              created_at, changed_at, finished_at, organisation_id, mapping, upload_id
                         FROM import_run
                        WHERE tenant_id = $1 AND run_id < $2
                     ORDER BY run_id DESC
                        LIMIT $3";
            tx.query(sql, &[tenant.raw().into(), before.into(), limit.into()]).await?
        }
        Some(within) => {
            let sql = "SELECT run_id, kind, source, file_name, file_hash, sheet, state, rows_total, rows_read,
                              rows_accepted, rows_refused, rows_suppressed, rejects, error_code, error, created_by,
                              created_at, changed_at, finished_at, organisation_id, mapping, upload_id
                         FROM import_run
                        WHERE tenant_id = $1 AND run_id < $2 AND organisation_id = $4
                     ORDER BY run_id DESC
                        LIMIT $3";
            let values = [tenant.raw().into(), before.into(), limit.into(), within.raw().into()];
            tx.query(sql, &values).await?
        }
    };
    rows.iter().map(|row| Ok(kept_of(row)?.run)).collect()
}

fn kept_of(row: &Row) -> Result<Kept, Error> {
    let state = State::from_number(row.int(6)?);
    let kind = Kind::named(&row.text(1)?);
    let total = row.opt_int(7)?.map(|count| u64::try_from(count).unwrap_or(0));
    let run = Run {
        id: row.id(0)?,
        kind: kind.ok_or_else(|| Error::Unreadable("the kind of an import".to_owned()))?,
        source: row.text(2)?,
        file: row.text(3)?,
        sha256: HEXLOWER.encode(&row.bytes(4)?),
        sheet: row.opt_text(5)?,
        state: state.ok_or_else(|| Error::Unreadable("the state of an import".to_owned()))?,
        rows_total: total,
        rows_read: count_of(row, 8)?,
        rows_accepted: count_of(row, 9)?,
        rows_refused: count_of(row, 10)?,
        rows_suppressed: count_of(row, 11)?,
        rejects: count_of(row, 12)?,
        error_code: row.opt_text(13)?,
        error: row.opt_text(14)?,
        by: row.text(15)?,
        created_at: row.time(16)?,
        changed_at: row.time(17)?,
        finished_at: row.opt_int(18)?.map(Timestamp),
        organisation: row.opt_int(19)?.map(OrganisationId::from_raw),
    };
    Ok(Kept { run, mapping: row.text(20)?, upload: row.opt_int(21)? })
}

fn count_of(row: &Row, column: usize) -> Result<u64, Error> {
    u64::try_from(row.int(column)?).map_err(|_| Error::Unreadable("a count of an import".to_owned()))
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
