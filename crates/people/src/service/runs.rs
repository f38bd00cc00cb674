//! Work over everybody, asked for now and done by a job: deciding all anew, and telling what another policy would change.

use serde::Serialize;
use serde_json::Value;
use tallymark_base::id::{IdSource, JobId, TenantId};
use tallymark_base::{Clock, Timestamp, TypedId as _};
use tallymark_store::Tx;
use tallymark_store::job::{self, NewJob};
use utoipa::ToSchema;

use crate::store::runs::{self as stored, StoredRun};
use crate::{Error, policy};

/// The kind of job that does the work. Its arguments are empty: the run has the id of the job.
pub const JOB: &str = "people.everybody";
/// Runs that are shown at once.
pub const RUNS_MAX: u32 = 100;
/// Attempts of the job: doing it again finishes what was left.
const ATTEMPTS_MAX: u32 = 3;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// Everybody is decided from all evidence, and what is stored otherwise is put right.
    Rebuild,
    /// What another policy would change is told; nothing is written.
    DryRun,
}

impl RunKind {
    const fn number(self) -> i64 {
        match self {
            Self::Rebuild => 1,
            Self::DryRun => 2,
        }
    }
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// No server has begun.
    Waiting,
    /// A server works on it.
    Running,
    /// Done.
    Done,
    /// It cannot be done; `error` says why.
    Failed,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = IdentityRun)]
pub struct Run {
    /// Its id.
    pub id: JobId,
    /// What is done.
    pub kind: RunKind,
    /// How far it is.
    pub state: RunState,
    /// Who asked for it.
    pub by: String,
    /// The policy that was asked about: what of it is otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Value>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When a server began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What came out, in numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Asks for a run; `other` is the policy of a dry run, as JSON. A tenant has one run at a time.
///
/// # Errors
/// [`Error::Policy`] says what is wrong with it; [`Error::RunGoesOn`].
pub async fn ask(
    tx: &mut Tx,
    tenant: TenantId,
    other: Option<&Value>,
    by: &str,
    ids: &IdSource,
    clock: &dyn Clock,
) -> Result<Run, Error> {
    let kind = if other.is_some() { RunKind::DryRun } else { RunKind::Rebuild };
    let text = other.map(Value::to_string);
    if let Some(text) = &text {
        policy::parse(text)?;
    }
    if let Some(run) = stored::open(tx, tenant).await? {
        return Err(Error::RunGoesOn { run });
    }
    let (id, now): (JobId, _) = (ids.next(clock)?, clock.now());
    let run = StoredRun {
        id,
        kind: kind.number(),
        by: by.to_owned(),
        policy: text,
        asked_at: now,
        started_at: None,
        ended_at: None,
        result: None,
        error: None,
    };
    stored::insert(tx, tenant, &run).await?;
    let args = Value::Object(serde_json::Map::new());
    let new = NewJob { id, tenant, kind: JOB, args, run_at: now, attempts_max: ATTEMPTS_MAX };
    job::enqueue(tx, &new, now).await?;
    view(run)
}

/// Notes that a server begins; gives the run, or nothing where it ended before.
pub async fn begin(tx: &mut Tx, tenant: TenantId, id: JobId, now: Timestamp) -> Result<Option<Run>, Error> {
    if !stored::begin(tx, tenant, id, now).await? {
        return Ok(None);
    }
    find(tx, tenant, id).await.map(Some)
}

/// Notes how a run ended. Of two servers that did the same the first is believed.
pub async fn end(
    tx: &mut Tx,
    tenant: TenantId,
    id: JobId,
    outcome: Result<&Value, &str>,
    now: Timestamp,
) -> Result<(), Error> {
    let (result, error) = match outcome {
        Ok(result) => (Some(result.to_string()), None),
        Err(error) => (None, Some(error.to_owned())),
    };
    Ok(stored::end(tx, tenant, id, (result, error), now).await?)
}

/// A run.
///
/// # Errors
/// [`Error::RunNotFound`].
pub async fn find(tx: &mut Tx, tenant: TenantId, id: JobId) -> Result<Run, Error> {
    view(stored::find(tx, tenant, id).await?.ok_or(Error::RunNotFound { run: id })?)
}

/// Runs before one (or the latest), the latest first, at most [`RUNS_MAX`].
pub async fn list(tx: &mut Tx, tenant: TenantId, before: Option<JobId>, limit: u32) -> Result<Vec<Run>, Error> {
    let before = before.map_or(i64::MAX, |run| run.raw());
    stored::list(tx, tenant, before, limit.min(RUNS_MAX)).await?.into_iter().map(view).collect()
}

fn view(run: StoredRun) -> Result<Run, Error> {
    let unreadable = || tallymark_store::Error::Unreadable(format!("the run {}", run.id));
    let kind = [RunKind::Rebuild, RunKind::DryRun].into_iter().find(|kind| kind.number() == run.kind);
    let kind = kind.ok_or_else(unreadable)?;
    let json = |text: &Option<String>| text.as_deref().map(serde_json::from_str).transpose().map_err(|_| unreadable());
    let state = match (run.started_at, run.ended_at, &run.error) {
        (_, Some(_), Some(_)) => RunState::Failed,
        (_, Some(_), None) => RunState::Done,
        (Some(_), None, _) => RunState::Running,
        (None, None, _) => RunState::Waiting,
    };
    Ok(Run {
        id: run.id,
        kind,
        state,
        policy: json(&run.policy)?,
        result: json(&run.result)?,
        by: run.by,
        asked_at: run.asked_at,
        started_at: run.started_at,
        ended_at: run.ended_at,
        error: run.error,
    })
}
