//! Operations as they were recorded: one, and lists of them, the latest first.

use std::collections::{BTreeSet, HashMap};

use tallymark_base::TypedId as _;
use tallymark_base::id::{BatchId, OperationId, OrganisationId, TenantId};
use tallymark_partners::organisation;
use tallymark_store::Tx;
use tallymark_store::keyset::{self, COUNT_MAX, Period, Span};

use super::trace::{ROWS_MAX, Reader};
use crate::rules::trace::fact::Indexes;
use crate::rules::trace::known::Missing;
use crate::store::{batch as batches, operation as store, trace};
use crate::types::trace::Recorded;
use crate::{Error, OperationKind, OperationLine, RecordedOperation};

/// Which operations are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// When they were recorded.
    pub period: Period,
    /// Only those of this kind.
    pub kind: Option<OperationKind>,
    /// Only those by which this organisation gets or has goods.
    pub organisation: Option<OrganisationId>,
    /// Only those that name codes of this batch.
    pub batch: Option<BatchId>,
}

/// An operation as it was recorded, with what was not as it should be.
///
/// # Errors
/// The database's.
pub async fn operation(tx: &mut Tx, tenant: TenantId, id: OperationId) -> Result<Option<RecordedOperation>, Error> {
    let Some(found) = trace::events(tx, tenant, &[id.raw()]).await?.pop() else { return Ok(None) };
    let mut reader = Reader::default();
    let places = found.codes.iter().map(|run| run.first).chain(found.pack).collect();
    reader.read(tx, tenant, Missing { places, bins: Vec::new() }).await?;
    let layout = &reader.known.layout;
    // Runs were joined where they touch, so that one may reach from a level into the next.
    let units = found.codes.iter().flat_map(|run| layout.units(*run)).collect();
    let pack = found.pack.and_then(|pack| layout.unit(Indexes::new(pack, pack)));
    let exceptions = store::exceptions_of(tx, tenant, id).await?;
    let Recorded { kind, at, organisation, items, .. } = found;
    Ok(Some(RecordedOperation { id, kind, at, organisation, pack, units, items, exceptions }))
}

/// A page of operations, the latest first, at most `limit`: after the first operation of `place` towards older ones, or before
/// the second.
///
/// # Errors
/// [`Error::OrganisationNotFound`], [`Error::BatchNotFound`]; [`Error::TooScattered`] of a batch with which too much was done.
pub async fn page(
    tx: &mut Tx,
    tenant: TenantId,
    filter: &Filter,
    (after, before): (Option<OperationId>, Option<OperationId>),
    limit: usize,
) -> Result<Vec<OperationLine>, Error> {
    let span = Span::new(&filter.period, after.map(OperationId::raw), before.map(OperationId::raw), limit);
    let ids = ids(tx, tenant, filter, span).await?;
    lines(tx, tenant, &ids).await
}

/// How many operations there are, up to [`COUNT_MAX`]; one more stands for all beyond.
///
/// # Errors
/// As of [`page`].
pub async fn count(tx: &mut Tx, tenant: TenantId, filter: &Filter) -> Result<i64, Error> {
    check(tx, tenant, filter).await?;
    Ok(match (filter.batch, filter.organisation, filter.kind) {
        (Some(batch), ..) => {
            let span = Span::new(&filter.period, None, None, COUNT_MAX as usize + 1);
            of_batch(tx, tenant, batch, filter, span).await?.len() as i64
        }
        (None, Some(organisation), kind) => {
            let ranges = ranges_of(organisation, kind);
            keyset::count(tx, tenant, &store::BY_ORGANISATION, &ranges, &filter.period).await?
        }
        (None, None, Some(kind)) => {
            keyset::count(tx, tenant, &store::BY_KIND, &[[kind.number()]], &filter.period).await?
        }
        (None, None, None) => keyset::count(tx, tenant, &store::ALL, &[[tenant.raw()]], &filter.period).await?,
    })
}

/// The ids of a part of the list, the latest first.
pub(super) async fn ids(tx: &mut Tx, tenant: TenantId, filter: &Filter, span: Span) -> Result<Vec<i64>, Error> {
    check(tx, tenant, filter).await?;
    Ok(match (filter.batch, filter.organisation, filter.kind) {
        (Some(batch), ..) => of_batch(tx, tenant, batch, filter, span).await?,
        (None, Some(organisation), kind) => {
            keyset::ids(tx, tenant, &store::BY_ORGANISATION, &ranges_of(organisation, kind), span).await?
        }
        (None, None, Some(kind)) => keyset::ids(tx, tenant, &store::BY_KIND, &[[kind.number()]], span).await?,
        (None, None, None) => keyset::ids(tx, tenant, &store::ALL, &[[tenant.raw()]], span).await?,
    })
}

async fn check(tx: &mut Tx, tenant: TenantId, filter: &Filter) -> Result<(), Error> {
    if let Some(organisation) = filter.organisation
        && !organisation::is_seen(tx, tenant, None, organisation).await?
    {
        return Err(Error::OrganisationNotFound { organisation });
    }
    if let Some(batch) = filter.batch
        && batches::find(tx, tenant, &[batch]).await?.is_empty()
    {
        return Err(Error::BatchNotFound { batch });
    }
    Ok(())
}

fn ranges_of(organisation: OrganisationId, kind: Option<OperationKind>) -> Vec<[i64; 2]> {
    let kinds = kind.map_or_else(|| OperationKind::ALL.to_vec(), |kind| vec![kind]);
    kinds.iter().map(|kind| [organisation.raw(), kind.number()]).collect()
}

/// Those that name codes of a batch: every operation leaves a fact about each of its codes.
async fn of_batch(
    tx: &mut Tx,
    tenant: TenantId,
    batch: BatchId,
    filter: &Filter,
    span: Span,
) -> Result<Vec<i64>, Error> {
    let rows = trace::chunks_between(tx, tenant, (batch, store::ALL_BINS), ROWS_MAX + 1).await?;
    if rows.len() as i64 > ROWS_MAX {
        return Err(Error::TooScattered { max: ROWS_MAX });
    }
    let events = rows.iter().flat_map(|row| row.facts.iter().map(|(_, fact)| fact.moment.event));
    let mut found: BTreeSet<i64> = events.filter(|id| *id > span.above && *id < span.below).collect();
    if filter.kind.is_some() || filter.organisation.is_some() {
        let all: Vec<i64> = found.iter().copied().collect();
        let wanted = filter.organisation.map(OrganisationId::raw);
        for (id, kind, organisation) in store::heads(tx, tenant, &all).await? {
            if filter.kind.is_some_and(|wanted| wanted != kind) || wanted.is_some_and(|wanted| wanted != organisation) {
                found.remove(&id);
            }
        }
    }
    let mut ids: Vec<i64> = if span.is_from_oldest {
        found.into_iter().take(span.limit).collect()
    } else {
        found.into_iter().rev().take(span.limit).collect()
    };
    ids.sort_unstable_by(|a, b| b.cmp(a));
    Ok(ids)
}

async fn lines(tx: &mut Tx, tenant: TenantId, ids: &[i64]) -> Result<Vec<OperationLine>, Error> {
    let found = trace::events(tx, tenant, ids).await?;
    let mut reader = Reader::default();
    let places = found.iter().filter_map(|one| one.codes.first().map(|run| run.first)).collect();
    reader.read(tx, tenant, Missing { places, bins: Vec::new() }).await?;
    let layout = &reader.known.layout;
    let line = |one: Recorded| OperationLine {
        id: OperationId::from_raw(one.id),
        kind: one.kind,
        at: one.at,
        organisation: one.organisation,
        unit: one.codes.first().and_then(|run| layout.units(*run).into_iter().next()),
        units: one.codes.len() as u64,
        items: one.items,
    };
    let mut lines: HashMap<i64, OperationLine> = found.into_iter().map(|one| (one.id, line(one))).collect();
    Ok(ids.iter().filter_map(|id| lines.remove(id)).collect())
}
