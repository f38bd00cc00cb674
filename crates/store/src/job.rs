//! Jobs: work that is promised in one transaction and done after it.
//!
//! A job is enqueued in its caller's transaction, so there is one exactly when the change that needs it was made. A
//! server claims it under a lease, and records how it ended. A server that stops or loses the database leaves its
//! jobs to others when their leases run out.
//!
//! Delivery is **at least once**: a job whose end could not be recorded runs again, and a server that stood still for
//! longer than its lease may still be working when another begins. Whoever handles a job must make the second run
//! harmless (a claimed key, a conditional update, a delete of what is old).
//!
//! Statements that serve the worker read the jobs of all tenants; those that serve people filter by theirs.

use std::time::Duration;

use tallymark_base::id::{JobId, TenantId};
use tallymark_base::{Timestamp, TypedId};

use crate::{Error, Row, Rows, Tx};

/// How long a claimed job belongs to its server unless [`renew`] extends it.
pub const LEASE: Duration = Duration::from_secs(60);
/// Attempts after which a job is given up, for jobs that need no other number: with the waits of [`retry_after`] the
/// last one starts 85 minutes after the first.
pub const ATTEMPTS_MAX: u32 = 10;
/// The longest arguments, in bytes of JSON. Data that is longer belongs in a table, and its id here.
pub const ARGS_BYTES_MAX: usize = 16 * 1024;
/// What is kept of an error, in characters.
pub const ERROR_CHARS_MAX: usize = 500;

/// The wait after a first failure; it doubles with each further one.
const RETRY_AFTER_MIN: Duration = Duration::from_secs(10);
/// The longest wait between two attempts.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);
/// How often a claim looks again after other servers took everything that it saw.
const LOOKS_MAX: u32 = 4;

/// Work to be done later.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Its id, from the caller's source.
    pub id: JobId,
    /// Whose work it is; [`installation`] for the server's own chores.
    pub tenant: TenantId,
    /// Who handles it, such as `requests.forget`.
    pub kind: &'static str,
    /// What the handler needs: ids, never personal data. At most [`ARGS_BYTES_MAX`].
    pub args: serde_json::Value,
    /// Not before this moment.
    pub run_at: Timestamp,
    /// How many attempts it gets, at least 1.
    pub attempts_max: u32,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waits for its moment and a server.
    Ready,
    /// A server works on it.
    Running,
    /// Succeeded.
    Done,
    /// Failed as often as it may. Only a person looks at it again.
    Dead,
}

impl State {
    /// Its name, for people and programs that watch.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

/// A job as it is stored.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Whose.
    pub tenant: TenantId,
    /// Who handles it.
    pub kind: String,
    /// What the handler gets.
    pub args: serde_json::Value,
    /// How far it is.
    pub state: State,
    /// Not before this moment.
    pub run_at: Timestamp,
    /// Attempts begun.
    pub attempts: u32,
    /// Attempts it gets.
    pub attempts_max: u32,
    /// Until when the running attempt belongs to its server.
    pub lease_until: Option<Timestamp>,
    /// The node number of that server.
    pub leased_by: Option<u16>,
    /// How the last failed attempt failed.
    pub last_error: Option<String>,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When it was done or given up.
    pub finished_at: Option<Timestamp>,
}

/// A job that one server holds. Job, server and attempt together name the lease: a server that lost it cannot
/// record an end that is no longer its own.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The job.
    pub id: JobId,
    /// Whose.
    pub tenant: TenantId,
    /// Who handles it.
    pub kind: String,
    /// What the handler gets.
    pub args: serde_json::Value,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// How many it gets.
    pub attempts_max: u32,
    /// The server that holds it.
    pub node: u16,
}

/// What a failed attempt led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// It runs again, not before this moment.
    Again(Timestamp),
    /// It was the last attempt.
    Dead,
    /// The lease had run out: the job is another server's by now, and nothing was recorded.
    Lost,
}

/// The tenant of the installation's own chores.
pub fn installation() -> TenantId {
    TenantId::from_raw(0)
}

/// How long a job waits after its `attempt`th attempt failed.
pub fn retry_after(attempt: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
    RETRY_AFTER_MIN.saturating_mul(doubled).min(RETRY_AFTER_MAX)
}

/// Adds a job in the caller's transaction.
///
/// # Panics
///
/// When the arguments are longer than [`ARGS_BYTES_MAX`] or no attempt is allowed: mistakes of the caller's code.
pub async fn enqueue(tx: &mut Tx, job: &NewJob, at: Timestamp) -> Result<(), Error> {
    let args = job.args.to_string();
    assert!(args.len() <= ARGS_BYTES_MAX, "the arguments of a {} job have {} bytes", job.kind, args.len());
    assert!(job.attempts_max >= 1, "a {} job without attempts", job.kind);
    let sql = "INSERT INTO job (job_id, tenant_id, kind, args, state, run_at, attempts, attempts_max, created_at)
               VALUES ($1, $2, $3, $4, 0, $5, 0, $6, $7)";
    let values = [
        job.id.raw().into(),
        job.tenant.raw().into(),
        job.kind.into(),
        args.into(),
        job.run_at.into(),
        i64::from(job.attempts_max).into(),
        at.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Adds a recurring job unless it was added for this slot, however many servers try; gives whether it was.
///
/// Slots begin at whole multiples of `every` since 1970 (UTC). Slots that passed while no server ran are not made up.
/// Index: primary key (tenant_id, kind).
pub async fn enqueue_chore(tx: &mut Tx, job: &NewJob, every: Duration, at: Timestamp) -> Result<bool, Error> {
    let every = i64::try_from(every.as_micros()).unwrap_or(i64::MAX).max(1);
    let slot = Timestamp(at.0 - at.0.rem_euclid(every));
    let sql = "INSERT INTO chore (tenant_id, kind, slot_at)
               VALUES ($1, $2, $3)
               ON CONFLICT (tenant_id, kind) DO UPDATE
                  SET slot_at = excluded.slot_at
                WHERE chore.slot_at < excluded.slot_at";
    if tx.execute(sql, &[job.tenant.raw().into(), job.kind.into(), slot.into()]).await? == 0 {
        return Ok(false);
    }
    enqueue(tx, job, at).await?;
    Ok(true)
}

/// Whether a job of these kinds waits to be claimed: a look that takes no lock.
pub async fn is_due(tx: &mut Tx, now: Timestamp, kinds: &[&str]) -> Result<bool, Error> {
    Ok(!due(tx, now, kinds, 1).await?.is_empty())
}

/// Takes up to `limit` due jobs of the kinds that this server handles, for [`LEASE`], in no particular order. Servers
/// that claim at the same time get different jobs.
///
/// The rows are seen first and taken by an update that asks again whether they are ready: a server that waited for
/// another's update finds that they are not.
pub async fn claim(tx: &mut Tx, node: u16, now: Timestamp, kinds: &[&str], limit: u32) -> Result<Vec<Claimed>, Error> {
    for _ in 0..LOOKS_MAX {
        let seen = due(tx, now, kinds, limit).await?;
        if seen.is_empty() {
            break;
        }
        let sql = "UPDATE job
                      SET state = 1, attempts = attempts + 1, lease_until = $1, leased_by = $2
                    WHERE state = 0 AND run_at <= $3 AND job_id IN (…)
                   RETURNING job_id, tenant_id, kind, args, attempts, attempts_max";
        let fixed = [now.plus(LEASE).into(), i64::from(node).into(), now.into()];
        let got = tx.write_rows_returning(sql, &fixed, &seen).await?;
        if !got.is_empty() {
            return got.iter().map(|row| claimed_of(row, node)).collect();
        }
    }
    Ok(Vec::new())
}

/// The ids of due jobs, the longest waiting first. Index: job_due.
async fn due(tx: &mut Tx, now: Timestamp, kinds: &[&str], limit: u32) -> Result<Rows<1>, Error> {
    let kinds: Rows<1> = kinds.iter().map(|kind| [(*kind).into()]).collect();
    let sql = "SELECT job_id
                 FROM job
                WHERE state = 0 AND run_at <= $1 AND kind IN (…)
             ORDER BY run_at, job_id
                LIMIT $2";
    let rows = tx.read_rows(sql, &[now.into(), i64::from(limit).into()], &kinds).await?;
    rows.iter().map(|row| Ok([row.int(0)?.into()])).collect::<Result<_, Error>>()
}

/// Extends the lease of a running job; gives whether it is still held.
pub async fn renew(tx: &mut Tx, job: &Claimed, now: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE job
                  SET lease_until = $5
                WHERE job_id = $1 AND tenant_id = $2 AND leased_by = $3 AND attempts = $4 AND state = 1";
    Ok(tx.execute(sql, &[lease(job).as_slice(), &[now.plus(LEASE).into()]].concat()).await? == 1)
}

/// Records success; gives whether the job was still held. May share the transaction of the work itself: then the work
/// is done exactly once, provided that `false` rolls it back.
pub async fn finish(tx: &mut Tx, job: &Claimed, now: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE job
                  SET state = 2, finished_at = $5, lease_until = NULL, leased_by = NULL
                WHERE job_id = $1 AND tenant_id = $2 AND leased_by = $3 AND attempts = $4 AND state = 1";
    Ok(tx.execute(sql, &[lease(job).as_slice(), &[now.into()]].concat()).await? == 1)
}

/// Records a failed attempt. `error` is shown to the tenant's people, cut to [`ERROR_CHARS_MAX`]: it must not carry
/// personal data.
pub async fn fail(tx: &mut Tx, job: &Claimed, error: &str, now: Timestamp) -> Result<Failed, Error> {
    let error: String = error.chars().filter(|c| *c != '\0').take(ERROR_CHARS_MAX).collect();
    let ended =
        if job.attempt >= job.attempts_max { Failed::Dead } else { Failed::Again(now.plus(retry_after(job.attempt))) };
    let (state, run_at, finished_at) = match ended {
        Failed::Again(at) => (0, at, None),
        _ => (3, now, Some(now.0)),
    };
    let sql = "UPDATE job
                  SET state = $5, run_at = $6, finished_at = $7, last_error = $8, lease_until = NULL, leased_by = NULL
                WHERE job_id = $1 AND tenant_id = $2 AND leased_by = $3 AND attempts = $4 AND state = 1";
    let set = [i64::from(state).into(), run_at.into(), finished_at.into(), error.into()];
    let wrote = tx.execute(sql, &[lease(job).as_slice(), &set].concat()).await?;
    Ok(if wrote == 1 { ended } else { Failed::Lost })
}

/// Gives a job back that was claimed but not begun, because the server stops; the attempt does not count.
pub async fn give_back(tx: &mut Tx, job: &Claimed) -> Result<bool, Error> {
    let sql = "UPDATE job
                  SET state = 0, attempts = attempts - 1, lease_until = NULL, leased_by = NULL
                WHERE job_id = $1 AND tenant_id = $2 AND leased_by = $3 AND attempts = $4 AND state = 1";
    Ok(tx.execute(sql, &lease(job)).await? == 1)
}

/// Makes up to `limit` jobs ready whose lease ran out, or dead when that was their last attempt; gives how many.
/// Index: job_by_lease.
pub async fn requeue_abandoned(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<u64, Error> {
    let sql = "UPDATE job
                  SET state = CASE WHEN attempts < attempts_max THEN 0 ELSE 3 END,
                      finished_at = CASE WHEN attempts < attempts_max THEN NULL ELSE CAST($1 AS BIGINT) END,
                      run_at = $1,
                      last_error = $2,
                      lease_until = NULL,
                      leased_by = NULL
                WHERE state = 1 AND lease_until < $1 AND job_id IN
                      (SELECT job_id FROM job WHERE state = 1 AND lease_until < $1 ORDER BY lease_until LIMIT $3)";
    let error = "the server that ran this attempt stopped before it ended";
    tx.execute(sql, &[now.into(), error.into(), i64::from(limit).into()]).await
}

/// Forgets jobs that ended before `before`, at most `limit` of them; gives how many went. Index: job_by_end.
pub async fn forget(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, Error> {
    let sql = "DELETE FROM job WHERE job_id IN (SELECT job_id FROM job WHERE finished_at < $1 LIMIT $2)";
    tx.execute(sql, &[before.into(), i64::from(limit).into()]).await
}

/// A page of a tenant's jobs, the youngest first, from before the id `before`. Index: job_by_tenant.
pub async fn list(tx: &mut Tx, tenant: TenantId, before: Option<JobId>, limit: u32) -> Result<Vec<Job>, Error> {
    let sql = "SELECT job_id, tenant_id, kind, args, attempts, attempts_max, state, run_at, lease_until, leased_by,
                      last_error, created_at, finished_at
                 FROM job
                WHERE tenant_id = $1 AND job_id < $2
             ORDER BY job_id DESC
                LIMIT $3";
    let before = before.map_or(i64::MAX, TypedId::raw);
    let rows = tx.query(sql, &[tenant.raw().into(), before.into(), i64::from(limit).into()]).await?;
    rows.iter().map(job_of).collect()
}

/// The same of some kinds alone; jobs of other kinds between them are passed over. At most 16 kinds. Index: job_by_tenant.
pub async fn list_of(
    tx: &mut Tx,
    tenant: TenantId,
    kinds: &[&str],
    before: Option<JobId>,
    limit: u32,
) -> Result<Vec<Job>, Error> {
    let sql = "SELECT job_id, tenant_id, kind, args, attempts, attempts_max, state, run_at, lease_until, leased_by,
                      last_error, created_at, finished_at
                 FROM job
                WHERE tenant_id = $1 AND job_id < $2 AND kind IN (…)
             ORDER BY job_id DESC
                LIMIT $3";
    // The limit stands behind the kinds, so it is sent among the fixed values.
    let before = before.map_or(i64::MAX, TypedId::raw);
    let fixed = [tenant.raw().into(), before.into(), i64::from(limit).into()];
    let kinds: Rows<1> = kinds.iter().map(|kind| [(*kind).into()]).collect();
    tx.read_rows(sql, &fixed, &kinds).await?.iter().map(job_of).collect()
}

/// Makes a job that was given up ready again, with all its attempts; `false` where it was not given up.
pub async fn revive(tx: &mut Tx, tenant: TenantId, id: JobId, now: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE job
                  SET state = 0, attempts = 0, run_at = $3, finished_at = NULL
                WHERE tenant_id = $1 AND job_id = $2 AND state = 3";
    Ok(tx.execute(sql, &[tenant.raw().into(), id.raw().into(), now.into()]).await? == 1)
}

/// A job of a tenant; none where there never was one or it was forgotten. Index: primary key.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: JobId) -> Result<Option<Job>, Error> {
    let sql = "SELECT job_id, tenant_id, kind, args, attempts, attempts_max, state, run_at, lease_until, leased_by,
                      last_error, created_at, finished_at
                 FROM job
                WHERE tenant_id = $1 AND job_id = $2";
    tx.query_one(sql, &[tenant.raw().into(), id.raw().into()]).await?.as_ref().map(job_of).transpose()
}

/// How many jobs of each kind are in each state, of all tenants: for those who watch the installation.
pub async fn counts(tx: &mut Tx) -> Result<Vec<(String, State, i64)>, Error> {
    let sql = "SELECT kind, state, CAST(COUNT(*) AS BIGINT) FROM job GROUP BY kind, state ORDER BY kind, state";
    let rows = tx.query(sql, &[]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, state(row.int(1)?)?, row.int(2)?))).collect()
}

/// The same of one tenant.
pub async fn counts_of(tx: &mut Tx, tenant: TenantId) -> Result<Vec<(String, State, i64)>, Error> {
    let sql = "SELECT kind, state, CAST(COUNT(*) AS BIGINT)
                 FROM job
                WHERE tenant_id = $1
             GROUP BY kind, state
             ORDER BY kind, state";
    let rows = tx.query(sql, &[tenant.raw().into()]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, state(row.int(1)?)?, row.int(2)?))).collect()
}

/// What names a lease: parameters 1 to 4 of the statements that end or extend it.
fn lease(job: &Claimed) -> [crate::Value; 4] {
    [job.id.raw().into(), job.tenant.raw().into(), i64::from(job.node).into(), i64::from(job.attempt).into()]
}

fn claimed_of(row: &Row, node: u16) -> Result<Claimed, Error> {
    Ok(Claimed {
        id: row.id(0)?,
        tenant: row.id(1)?,
        kind: row.text(2)?,
        args: json(row, 3)?,
        attempt: number(row.int(4)?)?,
        attempts_max: number(row.int(5)?)?,
        node,
    })
}

fn job_of(row: &Row) -> Result<Job, Error> {
    Ok(Job {
        id: row.id(0)?,
        tenant: row.id(1)?,
        kind: row.text(2)?,
        args: json(row, 3)?,
        attempts: number(row.int(4)?)?,
        attempts_max: number(row.int(5)?)?,
        state: state(row.int(6)?)?,
        run_at: row.time(7)?,
        lease_until: row.opt_int(8)?.map(Timestamp),
        leased_by: row.opt_int(9)?.map(number).transpose()?,
        last_error: row.opt_text(10)?,
        created_at: row.time(11)?,
        finished_at: row.opt_int(12)?.map(Timestamp),
    })
}

fn json(row: &Row, column: usize) -> Result<serde_json::Value, Error> {
    serde_json::from_str(&row.text(column)?).map_err(|error| Error::Unreadable(format!("arguments of a job: {error}")))
}

fn number<N: TryFrom<i64>>(stored: i64) -> Result<N, Error> {
    N::try_from(stored).map_err(|_| Error::Unreadable(format!("a job with the number {stored}")))
}

fn state(stored: i64) -> Result<State, Error> {
    match stored {
        0 => Ok(State::Ready),
        1 => Ok(State::Running),
        2 => Ok(State::Done),
        3 => Ok(State::Dead),
        other => Err(Error::Unreadable(format!("a job in state {other}"))),
    }
}
