//! A job and the table of its work, told as a task.

use tallymark_base::id::TenantId;
use tallymark_exports::Run as Export;
use tallymark_imports::State as ImportState;
use tallymark_people::proposals::{LatestSearch, SearchState};
use tallymark_people::runs::{self, RunKind, RunState};
use tallymark_store::Tx;
use tallymark_store::job::{self, Job};
use tallymark_web::Problem;

use super::{Task, TaskKind, TaskState};
use crate::jobs::matching;

/// A job as a task; nothing where what it is about is gone.
pub(super) async fn task_of(
    tx: &mut Tx,
    tenant: TenantId,
    job: Job,
    latest: Option<&LatestSearch>,
) -> Result<Option<Task>, Problem> {
    let named = |name: &str| job.args[name].as_str().map(str::to_owned);
    let bare = bare(&job);
    let told = match job.kind.as_str() {
        tallymark_imports::RUN_JOB => {
            let Some(subject) = named("run") else { return Ok(None) };
            match tallymark_imports::find(tx, tenant, subject.parse()?).await {
                Ok(run) => import(bare, subject, run),
                Err(tallymark_imports::Error::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
        tallymark_exports::RUN_JOB => {
            let Some(subject) = named("export") else { return Ok(None) };
            match tallymark_exports::find(tx, tenant, subject.parse()?).await {
                Ok(run) => export(bare, subject, run),
                Err(tallymark_exports::Error::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
        runs::JOB => match runs::find(tx, tenant, job.id).await {
            Ok(run) => over_everybody(bare, run),
            Err(tallymark_people::Error::RunNotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        },
        matching::KIND => match latest.filter(|latest| latest.job == job.id) {
            Some(latest) => matched(bare, latest),
            None => Task { kind: TaskKind::Matching, may_retry: false, ..bare },
        },
        _ => Task { kind: TaskKind::KeyRotation, may_retry: bare.state == TaskState::Failed, ..bare },
    };
    Ok(Some(told))
}

/// What the job alone tells.
fn bare(job: &Job) -> Task {
    let state = match job.state {
        job::State::Ready => TaskState::Queued,
        job::State::Running => TaskState::Running,
        job::State::Done => TaskState::Done,
        job::State::Dead => TaskState::Failed,
    };
    Task {
        id: job.id,
        kind: TaskKind::KeyRotation,
        subject: None,
        by: None,
        state,
        done: None,
        total: None,
        created_at: job.created_at,
        changed_at: job.finished_at.unwrap_or(job.created_at),
        finished_at: job.finished_at,
        error: job.last_error.clone().filter(|_| job.state != job::State::Done),
        result: None,
        may_retry: false,
        may_cancel: false,
        export: None,
    }
}

fn import(bare: Task, subject: String, run: tallymark_imports::Run) -> Task {
    let state = match run.state {
        ImportState::Queued => TaskState::Queued,
        ImportState::Running => TaskState::Running,
        ImportState::Done => TaskState::Done,
        ImportState::Failed => TaskState::Failed,
        ImportState::Cancelled => TaskState::Cancelled,
    };
    Task {
        kind: TaskKind::Import,
        by: Some(run.by),
        state,
        done: Some(run.rows_read),
        total: run.rows_total,
        changed_at: run.changed_at,
        finished_at: run.finished_at,
        error: run.error.or(bare.error.filter(|_| !run.state.is_ended())),
        result: Some(format!("/v1/imports/{subject}")),
        may_cancel: !run.state.is_ended(),
        subject: Some(subject),
        ..bare
    }
}

fn export(bare: Task, subject: String, run: Export) -> Task {
    use tallymark_exports::State;
    let state = match run.state {
        State::Queued => TaskState::Queued,
        State::Running => TaskState::Running,
        State::Done | State::Expired => TaskState::Done,
        State::Failed => TaskState::Failed,
        State::Cancelled | State::Withdrawn => TaskState::Cancelled,
    };
    Task {
        kind: TaskKind::Export,
        by: Some(run.created_by.clone()),
        state,
        done: Some(run.rows),
        total: run.rows_total,
        changed_at: run.changed_at,
        finished_at: run.finished_at,
        error: run.error.clone().or(bare.error.filter(|_| run.state.is_open())),
        result: (run.state == State::Done).then(|| format!("/v1/exports/{subject}/file")),
        may_retry: !run.state.is_open() && run.state != State::Done,
        may_cancel: run.state.is_open(),
        subject: Some(subject),
        export: Some(Box::new(run)),
        ..bare
    }
}

fn over_everybody(bare: Task, run: runs::Run) -> Task {
    let state = match run.state {
        RunState::Waiting => TaskState::Queued,
        RunState::Running => TaskState::Running,
        RunState::Done => TaskState::Done,
        RunState::Failed => TaskState::Failed,
    };
    let changed = [run.ended_at, run.started_at].into_iter().flatten().next();
    Task {
        kind: if run.kind == RunKind::Rebuild { TaskKind::Rebuild } else { TaskKind::PolicyOutlook },
        by: Some(run.by),
        state,
        changed_at: changed.unwrap_or(bare.changed_at),
        finished_at: run.ended_at,
        error: run.error.or(bare.error.filter(|_| run.ended_at.is_none())),
        result: Some(format!("/v1/identity/runs/{}", run.id)),
        may_retry: run.state == RunState::Failed,
        ..bare
    }
}

fn matched(bare: Task, latest: &LatestSearch) -> Task {
    let state = match latest.state {
        SearchState::Waiting => TaskState::Queued,
        SearchState::Running => TaskState::Running,
        SearchState::Done => TaskState::Done,
        SearchState::Failed => TaskState::Failed,
    };
    Task {
        kind: TaskKind::Matching,
        by: Some(latest.by.clone()),
        state,
        finished_at: latest.finished_at.or(bare.finished_at),
        error: latest.error.clone(),
        result: Some("/v1/identity/proposals/find".to_owned()),
        may_retry: latest.state == SearchState::Failed,
        ..bare
    }
}
