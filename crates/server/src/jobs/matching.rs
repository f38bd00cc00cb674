//! The job that searches people for those that may be one.

use std::time::Duration;

use apalis_core::error::BoxDynError;
use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::{JobId, TenantId};
use tallymark_people::PeopleKeys;
use tallymark_people::proposals::{self, Search, SearchTold};
use tallymark_store::job::{self, NewJob};
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use super::Work;
use crate::holdings::Wallets;

/// Its kind.
pub(crate) const KIND: &str = "people.match";
/// A search that fails three times is told, and asked for again by somebody.
const ATTEMPTS_MAX: u32 = 3;
/// One search of a server at a time: of its places for jobs the others are for messages that people wait for.
static ONE: Semaphore = Semaphore::const_new(1);
/// After what time a search that found another under way tries again.
const TRY_AGAIN: Duration = Duration::from_secs(15);

/// How to search. Numbers alone: it stands in the arguments of a job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ProposalSearch)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Asked {
    /// From which probability on people are joined without anybody's word, from 0.9 to 1; nobody where it is left out.
    pub(crate) auto_from: Option<f64>,
    /// The most people; 200,000 where it is left out, at most 1,000,000. Where there are more, nothing is compared, and the
    /// search says so.
    pub(crate) people_max: Option<u32>,
    /// The most proposals that it writes, the most probable first; 10,000 where it is left out, at most 100,000.
    pub(crate) proposals_max: Option<u32>,
}

/// The job of a search.
pub(crate) fn new_job(id: JobId, tenant: TenantId, asked: Asked, run_at: Timestamp) -> NewJob {
    let args = serde_json::to_value(asked).expect("plain numbers always serialize");
    NewJob { id, tenant, kind: KIND, args, run_at, attempts_max: ATTEMPTS_MAX }
}

/// Searches, joins where that was asked for, and keeps what it did. Doing it twice proposes nothing and joins nobody twice.
pub(super) async fn search(work: Work) -> Result<(), BoxDynError> {
    let asked: Asked = serde_json::from_value(work.job.args.clone())?;
    let Ok(_turn) = ONE.try_acquire() else { return later(&work, asked).await };
    let (context, tenant) = (&work.context, work.job.tenant);
    let mut tx = context.store.read().await?;
    let found = tallymark_partners::tenant::find(&mut tx, &context.master, tenant).await?;
    tx.commit().await?;
    let keys = PeopleKeys::new(&found.ok_or("the tenant is gone")?);
    let usual = Search::default();
    let settings = Search {
        people_max: asked.people_max.map_or(usual.people_max, |max| max as usize),
        proposals_max: asked.proposals_max.map_or(usual.proposals_max, |max| max as usize),
        // The other half of the machine is for whoever scans.
        threads: 1,
        ..usual
    };
    let found = proposals::find(context, tenant, &keys, &settings).await?;
    let automatic = match asked.auto_from {
        Some(from) => Some(proposals::join_automatically(context, tenant, from, &Wallets).await?),
        None => None,
    };
    let told = SearchTold { found, automatic };
    let mut tx = context.store.write().await?;
    proposals::end_search(&mut tx, tenant, work.job.id, &told, context.clock.now()).await?;
    tx.commit().await?;
    tracing::info!(job = %work.job.id, people = found.people, new = found.new, "people were compared");
    Ok(())
}

/// Puts another job in the place of this one.
async fn later(work: &Work, asked: Asked) -> Result<(), BoxDynError> {
    let (context, tenant) = (&work.context, work.job.tenant);
    let (id, now) = (context.ids.next(&*context.clock)?, context.clock.now());
    let mut tx = context.store.write().await?;
    if proposals::pass_search(&mut tx, tenant, work.job.id, id).await? {
        job::enqueue(&mut tx, &new_job(id, tenant, asked, now.plus(TRY_AGAIN)), now).await?;
    }
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests;
