//! The task centre: the long work of a brand that somebody asked for, whatever does it, told alike.
//!
//! A task is a job of the server, with what the table of its work tells of it. What is done at a terminal has no job and is
//! not here.

mod view;

use std::collections::BTreeSet;

use serde::Serialize;
use tallymark_base::id::{ExportId, ImportId, JobId, TenantId};
use tallymark_base::{Act, Fault, Timestamp};
use tallymark_exports::Run as Export;
use tallymark_people::{proposals, runs};
use tallymark_store::audit::{self, Entry};
use tallymark_store::job;
use tallymark_store::{Context, Tx};
use tallymark_web::{Caller, Problem, Scope};
use utoipa::ToSchema;

use self::view::task_of;
use crate::exports::may_read;
use crate::jobs::matching;

/// The kinds of job that are tasks.
const JOBS: [&str; 5] =
    [tallymark_imports::RUN_JOB, tallymark_exports::RUN_JOB, runs::JOB, matching::KIND, crate::rotation::JOB];

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaskKind {
    /// Members of a file become people.
    Import,
    /// A list becomes a file.
    Export,
    /// All people are decided anew.
    Rebuild,
    /// What another policy would change is told.
    PolicyOutlook,
    /// People are compared.
    Matching,
    /// What is kept of people is put under new keys.
    KeyRotation,
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaskState {
    /// It waits for a server, or for its next attempt.
    Queued,
    /// A server works on it.
    Running,
    /// Done.
    Done,
    /// It could not be done; `error` says why.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

/// Long work that somebody asked for.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Task {
    /// The task.
    pub(crate) id: JobId,
    /// What is done.
    pub(crate) kind: TaskKind,
    /// What it is about: the id of the import or export.
    subject: Option<String>,
    /// Who asked for it, where that is kept with it; the audit log tells of all.
    by: Option<String>,
    /// How far it is.
    pub(crate) state: TaskState,
    /// What is done so far, in rows.
    done: Option<u64>,
    /// What there is to do, where that is known.
    total: Option<u64>,
    /// When it was asked for.
    created_at: Timestamp,
    /// When it last moved.
    pub(crate) changed_at: Timestamp,
    /// When it ended.
    finished_at: Option<Timestamp>,
    /// Why it failed, or why its last attempt did.
    error: Option<String>,
    /// Where its result is, as a path of this API.
    result: Option<String>,
    /// Whether `POST /v1/tasks/{id}/retry` does it again.
    may_retry: bool,
    /// Whether `POST /v1/tasks/{id}/cancel` stops it.
    may_cancel: bool,
    /// The export behind it, which decides who sees it.
    #[serde(skip)]
    export: Option<Box<Export>>,
}

impl Task {
    /// Whether a caller sees it: whoever may see its result.
    pub(crate) fn is_seen_by(&self, caller: &Caller) -> bool {
        match (self.kind, &self.export) {
            (TaskKind::Export, Some(run)) => may_read(caller, run),
            (TaskKind::KeyRotation, _) => caller.scopes.allow(Scope::Owner),
            _ => [Scope::People, Scope::Read].iter().any(|scope| caller.scopes.allow(*scope)),
        }
    }

    /// Whether a caller may stop it or have it done again: whoever may ask for it.
    fn is_in_hands_of(&self, caller: &Caller) -> Result<(), Problem> {
        match self.kind {
            TaskKind::Export => Ok(()),
            TaskKind::KeyRotation => Ok(caller.require(Scope::Owner)?),
            _ => Ok(caller.require(Scope::People)?),
        }
    }
}

/// What cannot be done about a task.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No such task, or none that the caller sees.
    #[error("there is no task {0}; those of 30 days ago are forgotten")]
    NotFound(JobId),
    /// It is not over, it was done, or its work needs its file again.
    #[error("task {0} cannot be done again: it is under way or done, or an import that needs its file sent again")]
    NoRetry(JobId),
    /// It is over, or cannot be stopped in the middle.
    #[error("task {0} cannot be stopped: it is over, or of a kind that ends by itself")]
    NoCancel(JobId),
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "task.not_found",
            Self::NoRetry(_) => "task.no_retry",
            Self::NoCancel(_) => "task.no_cancel",
        }
    }

    fn kind(&self) -> tallymark_base::Kind {
        match self {
            Self::NotFound(_) => tallymark_base::Kind::NotFound,
            Self::NoRetry(_) | Self::NoCancel(_) => tallymark_base::Kind::Conflict,
        }
    }
}

/// Tasks before one, the latest first; of an import or export that was done again the latest alone.
pub(crate) async fn list(
    tx: &mut Tx,
    tenant: TenantId,
    before: Option<JobId>,
    limit: u32,
) -> Result<Vec<Task>, Problem> {
    let latest = proposals::latest_search(tx, tenant).await?;
    let mut tasks = Vec::new();
    let mut subjects = BTreeSet::new();
    for job in job::list_of(tx, tenant, &JOBS, before, limit).await? {
        if let Some(task) = task_of(tx, tenant, job, latest.as_ref()).await?
            && task.subject.as_ref().is_none_or(|subject| subjects.insert(subject.clone()))
        {
            tasks.push(task);
        }
    }
    Ok(tasks)
}

/// A task that a caller sees.
pub(crate) async fn find(tx: &mut Tx, caller: &Caller, id: JobId) -> Result<Task, Problem> {
    let latest = proposals::latest_search(tx, caller.tenant).await?;
    let task = match job::find(tx, caller.tenant, id).await? {
        Some(job) if JOBS.contains(&job.kind.as_str()) => task_of(tx, caller.tenant, job, latest.as_ref()).await?,
        _ => None,
    };
    task.filter(|task| task.is_seen_by(caller)).ok_or_else(|| Error::NotFound(id).into())
}

/// Has a task done again; gives the one that does it.
pub(crate) async fn retry(tx: &mut Tx, context: &Context, caller: &Caller, id: JobId) -> Result<Task, Problem> {
    let (act, tenant) = (caller.act(), caller.tenant);
    let task = find(tx, caller, id).await?;
    task.is_in_hands_of(caller)?;
    if !task.may_retry {
        return Err(Error::NoRetry(id).into());
    }
    let by = caller.actor.to_string();
    let (ids, clock) = (&context.ids, &*context.clock);
    let next = match (task.kind, &task.export) {
        (TaskKind::Export, Some(run)) => {
            let (_, job) = tallymark_exports::retry(tx, context, act, run.id).await?;
            return find(tx, caller, job).await;
        }
        (TaskKind::Rebuild | TaskKind::PolicyOutlook, _) => {
            let before = runs::find(tx, tenant, id).await?;
            runs::ask(tx, tenant, before.policy.as_ref(), &by, ids, clock).await?.id
        }
        (TaskKind::Matching, _) => {
            let job = job::find(tx, tenant, id).await?.ok_or(Error::NotFound(id))?;
            let asked = serde_json::from_value(job.args).map_err(|error| Problem::internal("task.args", error))?;
            let (new, now) = (ids.next::<JobId>(clock)?, clock.now());
            proposals::begin_search(tx, tenant, new, &by, now).await?;
            job::enqueue(tx, &matching::new_job(new, tenant, asked, now), now).await?;
            new
        }
        _ => {
            if !job::revive(tx, tenant, id, clock.now()).await? {
                return Err(Error::NoRetry(id).into());
            }
            id
        }
    };
    record(tx, context, act, "task.retried", (&task, next)).await?;
    find(tx, caller, next).await
}

/// Stops a task for good.
pub(crate) async fn cancel(tx: &mut Tx, context: &Context, caller: &Caller, id: JobId) -> Result<Task, Problem> {
    let task = find(tx, caller, id).await?;
    task.is_in_hands_of(caller)?;
    if !task.may_cancel {
        return Err(Error::NoCancel(id).into());
    }
    match (task.kind, &task.subject) {
        (TaskKind::Export, Some(export)) => {
            tallymark_exports::cancel(tx, context, caller.act(), export.parse::<ExportId>()?).await?;
        }
        (TaskKind::Import, Some(import)) => {
            tallymark_imports::cancel(tx, context, caller.act(), import.parse::<ImportId>()?).await?;
        }
        _ => return Err(Error::NoCancel(id).into()),
    }
    find(tx, caller, id).await
}

/// What the audit log keeps of a task that is done again.
#[derive(Debug, Serialize)]
struct Again {
    kind: TaskKind,
    by: JobId,
}

async fn record(
    tx: &mut Tx,
    context: &Context,
    act: Act,
    action: &'static str,
    (task, by): (&Task, JobId),
) -> Result<(), Problem> {
    let again = Again { kind: task.kind, by };
    Ok(audit::record(tx, context, Entry::new(act, action, task.id).after(&again)).await?)
}
