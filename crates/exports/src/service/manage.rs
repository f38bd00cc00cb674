//! Asking for exports, looking at them, and ending them.

use std::time::Duration;

use tallymark_base::actor::Act;
use tallymark_base::id::{ExportId, JobId, TenantId};
use tallymark_base::seal::Key;
use tallymark_base::{Fault as _, Kind, Timestamp};
use tallymark_partners::tenant;
use tallymark_store::audit::{self, Entry};
use tallymark_store::job::{self, NewJob};
use tallymark_store::{Context, Tx};

use crate::keys::TenantKey;
use crate::store::run::{self as store, Kept, NewRun};
use crate::{Error, Format, Run, State};

/// The job that carries an export out.
pub const RUN_JOB: &str = "export.run";
/// How often it is tried.
pub const ATTEMPTS_MAX: u32 = 5;
/// How long a file is kept.
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);
/// Exports of a brand that may be under way.
const OPEN_MAX: i64 = 10;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct New<'a> {
    /// Which list.
    pub list: &'a str,
    /// As what.
    pub format: Format,
    /// What was asked, for whoever reads the list.
    pub request: serde_json::Value,
    /// Whether the file tells of people: it goes when one of them is erased.
    pub people: bool,
}

/// Keeps what is asked for, and enqueues the job that carries it out.
///
/// # Errors
/// [`Error::TooMany`].
pub async fn begin(tx: &mut Tx, context: &Context, act: Act, new: New<'_>) -> Result<Run, Error> {
    if store::open(tx, act.tenant).await? >= OPEN_MAX {
        return Err(Error::TooMany { max: OPEN_MAX as usize });
    }
    let id: ExportId = context.ids.next(&*context.clock)?;
    let row = NewRun {
        id,
        list: new.list,
        format: new.format,
        request: new.request.to_string(),
        people: new.people,
        sealed_key: fresh_key(tx, context, act.tenant, id).await?,
        by: act.actor.to_string(),
        at: context.clock.now(),
    };
    store::insert(tx, act.tenant, row).await?;
    enqueue(tx, context, act.tenant, (id, context.clock.now())).await?;
    let run = found(tx, act.tenant, id).await?.run;
    audit::record(tx, context, Entry::new(act, "export.asked", id).after(&run)).await?;
    Ok(run)
}

/// Asks again for an export that has no file any more, with what was asked then. Gives it and its job.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Ended`] where it is under way or has a file.
pub async fn retry(tx: &mut Tx, context: &Context, act: Act, id: ExportId) -> Result<(Run, JobId), Error> {
    let before = found(tx, act.tenant, id).await?.run;
    let key = fresh_key(tx, context, act.tenant, id).await?;
    if !store::reopen(tx, act.tenant, id, key, context.clock.now()).await? {
        return Err(Error::Ended { id, state: before.state.name() });
    }
    let job = enqueue(tx, context, act.tenant, (id, context.clock.now())).await?;
    let run = found(tx, act.tenant, id).await?.run;
    audit::record(tx, context, Entry::new(act, "export.asked_again", id).before(&before).after(&run)).await?;
    Ok((run, job))
}

/// Lets another job carry an export out, not before `run_at`: for a server that cannot do it now.
pub async fn later(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    id: ExportId,
    run_at: Timestamp,
) -> Result<(), Error> {
    enqueue(tx, context, tenant, (id, run_at)).await.map(drop)
}

async fn enqueue(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    (export, run_at): (ExportId, Timestamp),
) -> Result<JobId, Error> {
    let id: JobId = context.ids.next(&*context.clock)?;
    let args = serde_json::json!({ "export": export });
    let new = NewJob { id, tenant, kind: RUN_JOB, args, run_at, attempts_max: ATTEMPTS_MAX };
    job::enqueue(tx, &new, context.clock.now()).await?;
    Ok(id)
}

/// An export.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(tx: &mut Tx, tenant: TenantId, id: ExportId) -> Result<Run, Error> {
    Ok(found(tx, tenant, id).await?.run)
}

pub(super) async fn found(tx: &mut Tx, tenant: TenantId, id: ExportId) -> Result<Kept, Error> {
    store::find(tx, tenant, id).await?.ok_or(Error::NotFound { id })
}

/// Exports before one, the latest first.
pub async fn list(tx: &mut Tx, tenant: TenantId, before: Option<ExportId>, limit: i64) -> Result<Vec<Run>, Error> {
    Ok(store::list(tx, tenant, before, limit).await?)
}

/// Gives an export up, or deletes its file.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Ended`] where there is nothing to end.
pub async fn cancel(tx: &mut Tx, context: &Context, act: Act, id: ExportId) -> Result<Run, Error> {
    let before = found(tx, act.tenant, id).await?.run;
    if !store::end(tx, act.tenant, id, (State::Cancelled, None), context.clock.now()).await? {
        return Err(Error::Ended { id, state: before.state.name() });
    }
    let after = found(tx, act.tenant, id).await?.run;
    audit::record(tx, context, Entry::new(act, "export.cancelled", id).before(&before).after(&after)).await?;
    Ok(after)
}

/// Ends an export that cannot be written.
pub async fn fail(context: &Context, tenant: TenantId, id: ExportId, why: &Error) -> Result<(), Error> {
    let text = match why.kind() {
        // The words of an internal error are for the log.
        Kind::Internal => "something went wrong on our side; the log tells what".to_owned(),
        _ => why.to_string(),
    };
    let mut tx = context.store.write().await?;
    store::end(&mut tx, tenant, id, (State::Failed, Some((why.code(), &text))), context.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Takes the files that tell of people: for whoever erases one, in the same transaction. Gives how many there were.
pub async fn withdraw(tx: &mut Tx, tenant: TenantId, at: Timestamp) -> Result<u64, Error> {
    Ok(store::withdraw(tx, tenant, at).await?)
}

/// A key for a file, sealed.
async fn fresh_key(tx: &mut Tx, context: &Context, tenant: TenantId, id: ExportId) -> Result<Vec<u8>, Error> {
    let key = Key::generate(&*context.entropy);
    Ok(tenant_key(tx, context, tenant).await?.seal(id, &key, &*context.entropy))
}

pub(super) async fn tenant_key(tx: &mut Tx, context: &Context, tenant: TenantId) -> Result<TenantKey, Error> {
    let found = tenant::find(tx, &context.master, tenant).await?;
    Ok(TenantKey::new(&found.ok_or_else(|| Error::Internal(format!("there is no tenant {tenant}")))?))
}
