//! Calling goods back: what whoever scans them reads from then on.

use std::collections::{BTreeMap, BTreeSet};

use tallymark_base::id::{BatchId, EventId, IdSource, ProductId, RecallId, TenantId};
use tallymark_base::{Clock, Timestamp, TypedId as _};
use tallymark_codes::Level;
use tallymark_store::outbox::Events;
use tallymark_store::{Tx, revision};

use super::contents::{inside, named};
use super::operation::UNITS_MAX;
use super::trace::{Reader, holder_of};
use crate::events::{RecallLifted, Recalled};
use crate::rules::recall::{MESSAGE_MAX, check_texts};
use crate::rules::runs::merged;
use crate::rules::text;
use crate::rules::trace::fact::{Indexes, Moment};
use crate::rules::trace::known::{Known, Missing};
use crate::store::{recall as store, trace};
use crate::{Error, Holder, NewRecall, Recall, RecallError, RecallExtent, RecallHolder, RecallScope};

/// Most recalls that stand at a time.
pub const STANDING_MAX: usize = 200;

/// The codes that a recall reaches, and what they are.
#[derive(Debug)]
pub struct Reach {
    /// Of every level, neighbours joined.
    runs: Vec<Indexes>,
    /// Batch, its product, and how many codes and items of it.
    batches: BTreeMap<BatchId, (ProductId, u64, u64)>,
}

impl Reach {
    /// How many items.
    pub fn items(&self) -> u64 {
        self.batches.values().map(|(_, _, items)| items).sum()
    }

    fn of(known: &Known, runs: Vec<Indexes>) -> Self {
        let mut batches = BTreeMap::new();
        for unit in runs.iter().flat_map(|run| known.layout.units(*run)) {
            let Some(place) = known.layout.level(unit.batch, unit.level) else { continue };
            let (_, codes, items) = batches.entry(unit.batch).or_insert((place.product, 0, 0));
            *codes += unit.serials().count();
            *items += if unit.level == Level::Item { unit.serials().count() } else { 0 };
        }
        Self { runs, batches }
    }
}

/// What a recall would reach. Only reads: it may take long where a shipment of many pallets was packed on the line, so it is
/// asked before the transaction that writes.
///
/// # Errors
/// What of the scope does not exist, and [`RecallError::TooScattered`].
pub async fn reach(tx: &mut Tx, tenant: TenantId, scope: &RecallScope, now: Timestamp) -> Result<Reach, Error> {
    match scope {
        RecallScope::Batch { batch } => {
            let mut reader = Reader::default();
            reader.read_batches(tx, tenant, &[*batch]).await?;
            let runs: Vec<Indexes> = reader.known.layout.places_of(*batch).map(|place| place.indexes).collect();
            if runs.is_empty() {
                return Err(Error::BatchNotFound { batch: *batch });
            }
            Ok(Reach::of(&reader.known, merged(runs)))
        }
        RecallScope::Units { units } => {
            if units.is_empty() || units.len() > UNITS_MAX {
                return Err(Error::Units { given: units.len(), max: UNITS_MAX });
            }
            let (reader, runs) = named(tx, tenant, units).await?;
            with_contents(reader, tx, tenant, runs, Moment::after(now)).await
        }
        RecallScope::Operation { operation } => {
            let found = trace::events(tx, tenant, &[operation.raw()]).await?.pop();
            let found = found.ok_or(RecallError::OperationNotFound { operation: *operation })?;
            let pack = found.pack.map(|pack| Indexes::new(pack, pack));
            let runs: Vec<Indexes> = found.codes.into_iter().chain(pack).collect();
            let mut reader = Reader::default();
            let places = runs.iter().map(|run| run.first).collect();
            reader.read(tx, tenant, Missing { places, bins: Vec::new() }).await?;
            // Just after the operation itself.
            with_contents(reader, tx, tenant, runs, Moment { at: found.at, event: found.id.saturating_add(1) }).await
        }
    }
}

async fn with_contents(
    mut reader: Reader,
    tx: &mut Tx,
    tenant: TenantId,
    runs: Vec<Indexes>,
    before: Moment,
) -> Result<Reach, Error> {
    let within = inside(&mut reader, tx, tenant, &runs, before).await?;
    Ok(Reach::of(&reader.known, merged(runs.into_iter().chain(within).collect())))
}

/// Who has the items that a recall reaches, now.
///
/// # Errors
/// [`Error::TooScattered`] where too much was done with them one by one.
pub async fn extent(tx: &mut Tx, tenant: TenantId, reach: &Reach) -> Result<RecallExtent, Error> {
    let mut reader = Reader::default();
    let batches: Vec<BatchId> = reach.batches.keys().copied().collect();
    reader.read_batches(tx, tenant, &batches).await?;
    let layout = reader.known.layout.clone();
    let units = reach.runs.iter().flat_map(|run| layout.units(*run)).filter(|unit| unit.level == Level::Item);
    let items: Vec<Indexes> = units.filter_map(|unit| layout.indexes(&unit)).collect();
    let held = reader.answer(tx, tenant, |known| holders(known, &items)).await?;
    let mut holders: Vec<RecallHolder> = held
        .into_iter()
        .map(|(Holder { organisation, gone }, items)| RecallHolder { organisation, gone, items })
        .collect();
    holders.sort_by_key(|holder| (std::cmp::Reverse(holder.items), holder.organisation, holder.gone));
    Ok(RecallExtent { items: reach.items(), batches, holders })
}

fn holders(known: &Known, items: &[Indexes]) -> Result<BTreeMap<Holder, u64>, Missing> {
    let (mut sums, mut missing) = (BTreeMap::new(), Missing::default());
    for run in items {
        match known.holders(*run, Moment::END) {
            Err(more) => missing.and(more),
            Ok(held) => {
                for (part, held) in held {
                    *sums.entry(holder_of(held)).or_insert(0) += part.count();
                }
            }
        }
    }
    if missing == Missing::default() { Ok(sums) } else { Err(missing) }
}

/// Calls goods back: every scan of them says so from the commit on, whatever else is the matter with them.
///
/// # Errors
/// [`RecallError::Texts`], [`RecallError::TooMany`], and texts that are too long.
pub async fn create(
    tx: &mut Tx,
    tenant: TenantId,
    ids: &IdSource,
    clock: &dyn Clock,
    new: NewRecall,
    reach: &Reach,
) -> Result<Recall, Error> {
    check_texts(&new.texts)?;
    text::check("reason", &new.reason, MESSAGE_MAX)?;
    if store::standing(tx, tenant, STANDING_MAX as i64).await? >= STANDING_MAX {
        return Err(RecallError::TooMany { max: STANDING_MAX }.into());
    }
    let NewRecall { scope, texts, reason } = new;
    let (id, at, items) = (ids.next(clock)?, clock.now(), reach.items());
    let recall = Recall { id, at, scope, texts, reason, items, lifted_at: None, lift_reason: None };
    store::insert(tx, tenant, &recall, &reach.runs).await?;
    revision::raise(tx, tenant.raw()).await?;

    let mut events = Events::new();
    for (batch, (product, codes, items)) in &reach.batches {
        let event = Recalled { recall: id, batch: *batch, product: *product, codes: *codes, items: *items };
        events.push(ids.next::<EventId>(clock)?.raw(), tenant.raw(), at, &event);
    }
    events.save(tx, ids, clock).await?;
    Ok(recall)
}

/// Ends a recall: its goods are again what they were without it. Gives it as it was and as it is.
///
/// # Errors
/// [`RecallError::NotFound`], [`RecallError::Lifted`].
pub async fn lift(
    tx: &mut Tx,
    tenant: TenantId,
    ids: &IdSource,
    clock: &dyn Clock,
    id: RecallId,
    reason: &str,
) -> Result<(Recall, Recall), Error> {
    text::check("reason", reason, MESSAGE_MAX)?;
    let before = find(tx, tenant, id).await?;
    let at = clock.now();
    if !store::lift(tx, tenant, id, reason, at).await? {
        return Err(RecallError::Lifted { recall: id }.into());
    }
    revision::raise(tx, tenant.raw()).await?;
    let mut events = Events::new();
    events.push(ids.next::<EventId>(clock)?.raw(), tenant.raw(), at, &RecallLifted { recall: id });
    events.save(tx, ids, clock).await?;
    let after = Recall { lifted_at: Some(at), lift_reason: Some(reason.to_owned()), ..before.clone() };
    Ok((before, after))
}

/// One recall.
///
/// # Errors
/// [`RecallError::NotFound`].
pub async fn find(tx: &mut Tx, tenant: TenantId, id: RecallId) -> Result<Recall, Error> {
    store::find(tx, tenant, id).await?.ok_or_else(|| RecallError::NotFound { recall: id }.into())
}

/// Recalls before `before` (none: the latest), the latest first, at most `limit`.
///
/// # Errors
/// The database's.
pub async fn list(tx: &mut Tx, tenant: TenantId, before: Option<RecallId>, limit: i64) -> Result<Vec<Recall>, Error> {
    Ok(store::list(tx, tenant, before, limit).await?)
}

/// The goods of a recall as they were called back.
///
/// # Errors
/// [`RecallError::NotFound`].
pub async fn reached(tx: &mut Tx, tenant: TenantId, id: RecallId) -> Result<Reach, Error> {
    find(tx, tenant, id).await?;
    let runs = store::runs(tx, tenant, id).await?;
    let mut reader = Reader::default();
    let places: BTreeSet<u64> = runs.iter().map(|run| run.first).collect();
    reader.read(tx, tenant, Missing { places: places.into_iter().collect(), bins: Vec::new() }).await?;
    Ok(Reach::of(&reader.known, runs))
}

/// The recalls that stand and reach some of these codes or of what lies in them, the latest first: for whoever holds a pack
/// in hand.
///
/// # Errors
/// As [`super::contents::contents`].
pub async fn recalls_of(tx: &mut Tx, tenant: TenantId, unit: crate::Unit) -> Result<Vec<Recall>, Error> {
    let standing = store::all_standing(tx, tenant).await?;
    if standing.is_empty() {
        return Ok(Vec::new());
    }
    let (mut reader, runs) = named(tx, tenant, &[unit]).await?;
    let within = inside(&mut reader, tx, tenant, &runs, Moment::END).await?;
    let codes = merged(runs.into_iter().chain(within).collect());
    let mut found = Vec::new();
    for recall in standing.into_iter().rev() {
        let runs = store::runs(tx, tenant, recall.id).await?;
        let reaches = |run: &Indexes| {
            let place = codes.partition_point(|code| code.last < run.first);
            codes.get(place).is_some_and(|code| code.first <= run.last)
        };
        if runs.iter().any(reaches) {
            found.push(recall);
        }
    }
    Ok(found)
}
