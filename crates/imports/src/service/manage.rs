//! Looking at runs, ending them, and keeping mappings.

use tallymark_base::Fault as _;
use tallymark_base::actor::Act;
use tallymark_base::id::{ImportId, OrganisationId, TenantId};
use tallymark_people::rules::profile::is_word;
use tallymark_store::audit::{self, Entry};
use tallymark_store::{Context, Tx};
use tallymark_tables::Source;

use super::run::carry_out;
use crate::pieces::Refused;
use crate::store::{self, Kept};
use crate::{Error, FileMapping, Kind, NamedMapping, REJECTS_MAX, Reject, Run, State, upload};

/// A run.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: ImportId) -> Result<Run, Error> {
    Ok(found(tx, tenant, id).await?.run)
}

pub(crate) async fn found(tx: &mut Tx, tenant: TenantId, id: ImportId) -> Result<Kept, Error> {
    store::run(tx, tenant, id).await?.ok_or(Error::NotFound { id })
}

/// A run that a caller sees, who is limited to a part of the channel tree or to none: the first sees those that are limited to the
/// same part.
pub(crate) async fn seen(
    tx: &mut Tx,
    tenant: TenantId,
    within: Option<OrganisationId>,
    id: ImportId,
) -> Result<Run, Error> {
    let run = find(tx, tenant, id).await?;
    if within.is_none_or(|within| run.organisation == Some(within)) { Ok(run) } else { Err(Error::NotFound { id }) }
}

/// Runs before one that a caller sees, the latest first.
pub async fn runs(
    tx: &mut Tx,
    tenant: TenantId,
    within: Option<OrganisationId>,
    before: Option<ImportId>,
    limit: i64,
) -> Result<Vec<Run>, Error> {
    Ok(store::runs(tx, tenant, within, before, limit).await?)
}

/// The rejects of a run that are kept, in order of the file.
pub async fn rejects(tx: &mut Tx, tenant: TenantId, id: ImportId) -> Result<Vec<Reject>, Error> {
    found(tx, tenant, id).await?;
    Ok(store::rejects(tx, tenant, id).await?)
}

/// Stops a run for good, between two batches; what it took stays. Its file is forgotten.
pub async fn cancel(tx: &mut Tx, context: &Context, act: Act, id: ImportId) -> Result<Run, Error> {
    let Kept { run, upload, .. } = found(tx, act.tenant, id).await?;
    if !store::end(tx, act.tenant, id, State::Cancelled, None, context.clock.now()).await? {
        return Err(Error::Ended { id, state: run.state.name() });
    }
    if let Some(upload) = upload {
        store::delete_chunks(tx, act.tenant, upload).await?;
    }
    let after = found(tx, act.tenant, id).await?.run;
    audit::record(tx, context, Entry::new(act, "import.cancelled", id).before(&run).after(&after)).await?;
    Ok(after)
}

/// Ends a run that cannot go on. Its file is forgotten.
pub async fn fail(context: &Context, tenant: TenantId, id: ImportId, why: &Error) -> Result<Run, Error> {
    let mut tx = context.store.write().await?;
    let upload = found(&mut tx, tenant, id).await?.upload;
    let text = match why {
        // The words of an internal error are for the log.
        Error::Internal(_) | Error::Seal(_) => "something went wrong on our side; the log tells what".to_owned(),
        told => told.to_string(),
    };
    store::end(&mut tx, tenant, id, State::Failed, Some((why.code(), text)), context.clock.now()).await?;
    if let Some(upload) = upload {
        store::delete_chunks(&mut tx, tenant, upload).await?;
    }
    let run = found(&mut tx, tenant, id).await?.run;
    tx.commit().await?;
    Ok(run)
}

/// Ends a run of which nothing was taken, with the rows that are to blame. Its file is forgotten.
pub(super) async fn refuse(context: &Context, tenant: TenantId, id: ImportId, why: &Refused) -> Result<Run, Error> {
    let mut tx = context.store.write().await?;
    if found(&mut tx, tenant, id).await?.run.rejects == 0 {
        let kept = &why.rejects[..why.rejects.len().min(usize::try_from(REJECTS_MAX).unwrap_or(usize::MAX))];
        store::add_rejects(&mut tx, tenant, id, 0, kept).await?;
        store::count_rejects(&mut tx, tenant, id, why.rejects.len() as u64).await?;
    }
    tx.commit().await?;
    fail(context, tenant, id, &why.error).await
}

/// Carries out the run of a file that was sent.
pub async fn run_uploaded(
    context: &Context,
    tenant: TenantId,
    id: ImportId,
    stop: &(dyn Fn() -> bool + Send + Sync),
) -> Result<Run, Error> {
    let mut tx = context.store.read().await?;
    let Kept { run, upload, .. } = found(&mut tx, tenant, id).await?;
    tx.commit().await?;
    if run.state.is_ended() {
        return Ok(run);
    }
    let Some(upload) = upload else { return Err(Error::Elsewhere { id }) };
    match upload::read(context, tenant, upload).await? {
        Some(bytes) => carry_out(context, tenant, id, &Source::Bytes(bytes), &mut |_| (), stop).await,
        None => fail(context, tenant, id, &Error::FileGone { id }).await,
    }
}

/// The mapping of a name.
pub async fn mapping_named(tx: &mut Tx, tenant: TenantId, name: &str) -> Result<NamedMapping, Error> {
    store::mapping(tx, tenant, name).await?.ok_or_else(|| Error::MappingNotFound { name: name.to_owned() })
}

/// The mapping of a name, for files of a kind.
pub async fn mapping_of_kind(tx: &mut Tx, tenant: TenantId, name: &str, kind: Kind) -> Result<FileMapping, Error> {
    let found = mapping_named(tx, tenant, name).await?;
    if found.kind == kind {
        Ok(found.mapping)
    } else {
        Err(Error::OtherKind { name: name.to_owned(), kind: found.kind.name() })
    }
}

/// Mappings by name, from after one.
pub async fn mappings(tx: &mut Tx, tenant: TenantId, after: &str, limit: i64) -> Result<Vec<NamedMapping>, Error> {
    Ok(store::mappings(tx, tenant, after, limit).await?)
}

/// Keeps a mapping under a name. The same as before changes nothing.
pub async fn put_mapping(
    tx: &mut Tx,
    context: &Context,
    act: Act,
    name: &str,
    mapping: &FileMapping,
) -> Result<NamedMapping, Error> {
    if !is_word(name) {
        return Err(Error::NotAWord { what: "the name of a mapping" });
    }
    mapping.check()?;
    let before = store::mapping(tx, act.tenant, name).await?;
    if let Some(other) = before.as_ref().filter(|known| known.kind != mapping.kind()) {
        return Err(Error::OtherKind { name: name.to_owned(), kind: other.kind.name() });
    }
    if let Some(same) = before.as_ref().filter(|known| known.mapping == *mapping) {
        return Ok(same.clone());
    }
    let version = before.as_ref().map_or(1, |known| known.version.saturating_add(1));
    let now = context.clock.now();
    if !store::put_mapping(tx, act.tenant, name, version, mapping, now).await? {
        return Err(tallymark_store::Error::Contended.into());
    }
    let after = mapping_named(tx, act.tenant, name).await?;
    let entry = Entry::new(act, "import.mapping_changed", name).after(&after);
    let entry = if let Some(before) = &before { entry.before(before) } else { entry };
    audit::record(tx, context, entry).await?;
    Ok(after)
}

/// Whether a source is a word that values can be kept under.
pub fn source_is_fit(source: &str) -> Result<(), Error> {
    if is_word(source) { Ok(()) } else { Err(Error::NotAWord { what: "the source" }) }
}
