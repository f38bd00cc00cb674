//! What is known of a tenant's latest search for proposals. There is one at a time.

use serde::{Deserialize, Serialize};
use tallymark_base::id::{JobId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Tx, job};
use utoipa::ToSchema;

use super::{Found, Joined};
use crate::Error;
use crate::store::proposals::{self as stored, StoredSearch};

/// How far a search is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchState {
    /// It waits for a server.
    Waiting,
    /// A server is at it.
    Running,
    /// It ended.
    Done,
    /// It was given up.
    Failed,
}

/// What a search told.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchTold {
    /// What it found.
    #[serde(flatten)]
    pub found: Found,
    /// What was joined without anybody's word; none where that was not asked for.
    pub automatic: Option<Joined>,
}

/// The latest search of a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LatestSearch {
    /// Its job.
    pub job: JobId,
    /// Who asked for it.
    pub by: String,
    /// When.
    pub asked_at: Timestamp,
    /// How far it is.
    pub state: SearchState,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Why it was given up, or why its last attempt failed.
    pub error: Option<String>,
    /// What it told at its end.
    pub told: Option<SearchTold>,
}

/// The latest search; none where nobody ever asked for one.
pub async fn latest_search(tx: &mut Tx, tenant: TenantId) -> Result<Option<LatestSearch>, Error> {
    let Some(found) = stored::search(tx, tenant).await? else { return Ok(None) };
    let told = found.told.as_deref().map(serde_json::from_str).transpose();
    let told = told.map_err(|error| tallymark_store::Error::Unreadable(format!("what a search told: {error}")))?;
    let (state, error) = match found.finished_at {
        Some(_) => (SearchState::Done, None),
        None => state_of(job::find(tx, tenant, found.job).await?),
    };
    let StoredSearch { job, by, asked_at, finished_at, .. } = found;
    Ok(Some(LatestSearch { job, by, asked_at, state, finished_at, error, told }))
}

/// Notes that a job is to search, in the transaction that enqueues it.
///
/// # Errors
/// [`Error::SearchUnderWay`] while another waits or runs.
pub async fn begin_search(tx: &mut Tx, tenant: TenantId, job: JobId, by: &str, at: Timestamp) -> Result<(), Error> {
    let latest = latest_search(tx, tenant).await?;
    let is_under_way = |latest: &LatestSearch| matches!(latest.state, SearchState::Waiting | SearchState::Running);
    if let Some(latest) = latest.as_ref().filter(|latest| is_under_way(latest)) {
        return Err(Error::SearchUnderWay { job: latest.job });
    }
    let new = StoredSearch { job, by: by.to_owned(), asked_at: at, finished_at: None, told: None };
    let seen = latest.map_or(0, |latest| latest.job.raw());
    if stored::begin_search(tx, tenant, seen, &new).await? { Ok(()) } else { Err(Error::SearchUnderWay { job }) }
}

/// Puts another job in the place of one, for a server that cannot do it now; `false` where another search has begun since.
pub async fn pass_search(tx: &mut Tx, tenant: TenantId, from: JobId, to: JobId) -> Result<bool, Error> {
    Ok(stored::pass_search(tx, tenant, from, to).await?)
}

/// Keeps what a search told; `false` where another has begun since.
pub async fn end_search(
    tx: &mut Tx,
    tenant: TenantId,
    job: JobId,
    told: &SearchTold,
    at: Timestamp,
) -> Result<bool, Error> {
    Ok(stored::end_search(tx, tenant, job, text_of(told), at).await?)
}

/// Notes a search that somebody did at once, with no job that others could wait for.
pub async fn note_search(
    tx: &mut Tx,
    tenant: TenantId,
    (run, by): (JobId, &str),
    (asked_at, finished_at): (Timestamp, Timestamp),
    told: &SearchTold,
) -> Result<(), Error> {
    let seen = stored::search(tx, tenant).await?.map_or(0, |latest| latest.job.raw());
    let new = StoredSearch {
        job: run,
        by: by.to_owned(),
        asked_at,
        finished_at: Some(finished_at),
        told: Some(text_of(told)),
    };
    stored::begin_search(tx, tenant, seen, &new).await?;
    Ok(())
}

fn state_of(job: Option<job::Job>) -> (SearchState, Option<String>) {
    match job {
        Some(job) => match job.state {
            job::State::Ready => (SearchState::Waiting, job.last_error),
            job::State::Running => (SearchState::Running, job.last_error),
            // A job that is done and told nothing was put in another's place, and that one was lost.
            job::State::Done | job::State::Dead => (SearchState::Failed, job.last_error),
        },
        None => (SearchState::Failed, None),
    }
}

fn text_of(told: &SearchTold) -> String {
    serde_json::to_string(told).expect("plain structs always serialize")
}
