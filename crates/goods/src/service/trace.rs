//! What happened to a code, and where things are: questions to the facts.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use tallymark_base::id::{BatchId, OperationId, ShipmentId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_codes::Level;
use tallymark_store::Tx;

use crate::rules::trace::bins::Bins;
use crate::rules::trace::chain::{chain, packs};
use crate::rules::trace::chunk::Chunk;
use crate::rules::trace::custody::Held;
use crate::rules::trace::fact::{Indexes, Moment, What};
use crate::rules::trace::known::{Known, Missing};
use crate::rules::trace::layout::Layout;
use crate::store::trace as store;
use crate::{Catalog, Custody, Error, Gone, Holder, Step, StepKind, Unit};

/// Most rounds of reading for one question: every round goes one pack outwards or one step back in time.
const ROUNDS_MAX: usize = 256;

/// Most rows of facts for one question, some fifty facts each: a batch of half a million bottles that the line packed in no
/// order.
pub(super) const ROWS_MAX: i64 = 20_000;

/// What was read, and the last row of every bin that was.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) known: Known,
    pub(super) last: HashMap<(BatchId, i64), (i64, Chunk)>,
    /// Rows that were read for long runs.
    rows: usize,
}

impl Reader {
    pub(super) fn new(layout: Arc<Layout>) -> Self {
        Self { known: Known::new(layout), ..Self::default() }
    }

    /// Asks until everything is there that the answer needs.
    pub(super) async fn answer<T>(
        &mut self,
        tx: &mut Tx,
        tenant: TenantId,
        ask: impl Fn(&Known) -> Result<T, Missing>,
    ) -> Result<T, Error> {
        for _ in 0..ROUNDS_MAX {
            match ask(&self.known) {
                Ok(answer) => return Ok(answer),
                Err(missing) => self.read(tx, tenant, missing).await?,
            }
        }
        Err(tallymark_store::Error::Unreadable("packs that lie in each other".into()).into())
    }

    /// Reads what is missing.
    pub(super) async fn read(&mut self, tx: &mut Tx, tenant: TenantId, missing: Missing) -> Result<(), Error> {
        let Missing { mut places, mut bins } = missing;
        places.sort_unstable();
        places.dedup();
        if !places.is_empty() {
            let found = store::batches_of(tx, tenant, &places).await?;
            self.known.note_nowhere(places.into_iter().filter(|index| !found.contains_key(index)));
            let batches: HashSet<BatchId> = found.into_values().collect();
            self.read_batches(tx, tenant, &batches.into_iter().collect::<Vec<_>>()).await?;
        }
        bins.sort_unstable();
        bins.dedup();
        self.read_bins(tx, tenant, &bins).await
    }

    /// Reads which codes belong to batches.
    pub(super) async fn read_batches(
        &mut self,
        tx: &mut Tx,
        tenant: TenantId,
        batches: &[BatchId],
    ) -> Result<(), Error> {
        for place in store::places(tx, tenant, batches).await? {
            Arc::make_mut(&mut self.known.layout).insert(place);
        }
        Ok(())
    }

    async fn read_bins(&mut self, tx: &mut Tx, tenant: TenantId, bins: &[(BatchId, Bins)]) -> Result<(), Error> {
        if bins.is_empty() {
            return Ok(());
        }
        // What single codes need is bounded by what was asked; what long runs need is not.
        let (single, long): (Vec<_>, Vec<_>) = bins.iter().copied().partition(|(_, bins)| bins.is_one());
        let mut found = store::chunks(tx, tenant, &single).await?;
        for run in long {
            let rows = store::chunks_between(tx, tenant, run, ROWS_MAX + 1).await?;
            self.rows += rows.len();
            if self.rows > ROWS_MAX as usize {
                return Err(Error::TooScattered { max: ROWS_MAX });
            }
            found.extend(rows);
        }
        for stored in found {
            for (run, fact) in stored.facts {
                self.known.add(stored.batch, stored.bin, run, fact);
            }
            self.last.insert((stored.batch, stored.bin), (stored.number, stored.chunk));
        }
        self.known.note_read(bins);
        Ok(())
    }
}

/// Who holds each item (batch and item serial) now, or had it last; items that were never handed over are missing. A few statements for all
/// of them, whatever they are packed in.
///
/// # Errors
/// The database's.
pub async fn custodians(
    tx: &mut Tx,
    tenant: TenantId,
    catalog: &Catalog,
    items: &[(BatchId, u64)],
) -> Result<HashMap<(BatchId, u64), Custody>, Error> {
    let units = items.iter().map(|(batch, serial)| Unit::one(*batch, Level::Item, *serial));
    let asked: Vec<_> = units.filter_map(|unit| Some((unit, catalog.layout().indexes(&unit)?))).collect();
    let mut reader = Reader::new(catalog.layout().clone());
    let runs: Vec<Indexes> = asked.iter().map(|(_, run)| *run).collect();
    let held = reader.answer(tx, tenant, |known| holders_of(known, &runs, Moment::END)).await?;
    let found = asked.iter().zip(held).filter_map(|((unit, _), held)| Some(((unit.batch, unit.first_serial), held?)));
    Ok(found.map(|(item, held)| (item, custody_of(held))).collect())
}

/// Who holds the first code of each run.
fn holders_of(known: &Known, runs: &[Indexes], before: Moment) -> Result<Vec<Option<Held>>, Missing> {
    let mut missing = Missing::default();
    let mut found = Vec::with_capacity(runs.len());
    for run in runs {
        match known.holders(*run, before) {
            Ok(held) => found.push(held.first().and_then(|(_, held)| *held)),
            Err(more) => missing.and(more),
        }
    }
    if missing == Missing::default() { Ok(found) } else { Err(missing) }
}

fn custody_of(held: Held) -> Custody {
    let shipment = (!held.is_received).then(|| ShipmentId::from_raw(held.since.event));
    Custody { organisation: held.organisation, shipment, since: held.since.at, gone: held.gone }
}

/// Who holds one code, and the packs that it lies in, the innermost first; as of the end of `at`, or now.
///
/// # Errors
/// [`Error::NoSuchSerials`] for a code that the batch does not have.
pub async fn whereabouts(
    tx: &mut Tx,
    tenant: TenantId,
    unit: Unit,
    at: Option<Timestamp>,
) -> Result<(Option<Custody>, Vec<Unit>), Error> {
    let (mut reader, run) = one(tx, tenant, unit).await?;
    let before = at.map_or(Moment::END, Moment::after);
    let (held, around) = reader
        .answer(tx, tenant, |known| Ok((holders_of(known, &[run], before)?, packs(known, run.first, before)?)))
        .await?;
    let layout = &reader.known.layout;
    let units = around.into_iter().filter_map(|pack| layout.unit(Indexes::new(pack, pack)));
    Ok((held.first().copied().flatten().map(custody_of), units.collect()))
}

/// How many items lie in a code, those inside of packs in it counted; 1 for an item.
///
/// # Errors
/// [`Error::NoSuchSerials`] for a code that the batch does not have.
pub async fn items_in(tx: &mut Tx, tenant: TenantId, unit: Unit) -> Result<i64, Error> {
    let (mut reader, run) = one(tx, tenant, unit).await?;
    let inside = reader.answer(tx, tenant, |known| known.contents(run, Moment::END)).await?;
    Ok(inside.iter().map(|(_, items)| items).sum())
}

/// Everything that happened to a code and to the packs that it lay in at the time, first to last, up to the end of `at` or
/// until now.
///
/// # Errors
/// [`Error::NoSuchSerials`] for a code that the batch does not have.
pub async fn history(tx: &mut Tx, tenant: TenantId, unit: Unit, at: Option<Timestamp>) -> Result<Vec<Step>, Error> {
    let (mut reader, run) = one(tx, tenant, unit).await?;
    let before = at.map_or(Moment::END, Moment::after);
    let steps = reader.answer(tx, tenant, |known| chain(known, run.first, before)).await?;
    // Packs that it was put into may lie in batches that nothing was asked of.
    let others: Vec<u64> = steps.iter().flat_map(|step| [Some(step.code), other_of(step.what)]).flatten().collect();
    let unknown: Vec<u64> = others.into_iter().filter(|index| reader.known.layout.place(*index).is_none()).collect();
    reader.read(tx, tenant, Missing { places: unknown, bins: Vec::new() }).await?;
    let layout = &reader.known.layout;
    let unit_of = |index: u64| layout.unit(Indexes::new(index, index));
    let step = |step: crate::rules::trace::chain::Step| {
        Some(Step {
            at: step.moment.at,
            event: OperationId::from_raw(step.moment.event),
            unit: unit_of(step.code)?,
            kind: kind_of(step.what)?,
            organisation: step.what.holder(),
            other: other_of(step.what).and_then(unit_of),
        })
    };
    Ok(steps.into_iter().filter_map(step).collect())
}

const fn other_of(what: What) -> Option<u64> {
    match what {
        What::Packed { into } => Some(into),
        What::ReplacedBy { new } => Some(new),
        What::Replaces { old } => Some(old),
        _ => None,
    }
}

const fn kind_of(what: What) -> Option<StepKind> {
    Some(match what {
        What::Packed { .. } => StepKind::Packed,
        What::Unpacked => StepKind::Unpacked,
        What::Content { .. } => return None,
        What::Emptied => StepKind::Opened,
        What::Shipped { .. } => StepKind::Shipped,
        What::Received { .. } => StepKind::Received,
        What::Sold { .. } => StepKind::Sold,
        What::Destroyed { .. } => StepKind::Destroyed,
        What::ReplacedBy { .. } => StepKind::ReplacedBy,
        What::Replaces { .. } => StepKind::Replaces,
    })
}

/// A reader that knows the batch of a unit of one code.
async fn one(tx: &mut Tx, tenant: TenantId, unit: Unit) -> Result<(Reader, Indexes), Error> {
    let mut reader = Reader::default();
    reader.read_batches(tx, tenant, &[unit.batch]).await?;
    let run = run_of(&reader.known.layout, &Unit { last_serial: unit.first_serial, ..unit })?;
    Ok((reader, run))
}

/// The indexes of a unit.
pub(super) fn run_of(layout: &Layout, unit: &Unit) -> Result<Indexes, Error> {
    layout.indexes(unit).ok_or_else(|| {
        if layout.level(unit.batch, Level::Item).is_none() {
            return Error::BatchNotFound { batch: unit.batch };
        }
        let count = layout.level(unit.batch, unit.level).map_or(0, |place| place.indexes.count());
        Error::NoSuchSerials { level: unit.level, serials: unit.serials(), count }
    })
}

/// Where the items of a batch are: how many each organisation holds, sold or destroyed, as of the end of `at`, or now.
///
/// # Errors
/// [`Error::BatchNotFound`].
pub async fn holders_of_batch(
    tx: &mut Tx,
    tenant: TenantId,
    batch: BatchId,
    at: Option<Timestamp>,
) -> Result<BTreeMap<Holder, u64>, Error> {
    let mut reader = Reader::default();
    reader.read_batches(tx, tenant, &[batch]).await?;
    let items = reader.known.layout.level(batch, Level::Item).ok_or(Error::BatchNotFound { batch })?.indexes;
    let before = at.map_or(Moment::END, Moment::after);
    let held = reader.answer(tx, tenant, |known| known.holders(items, before)).await?;
    let mut sums = BTreeMap::new();
    for (run, held) in held {
        *sums.entry(holder_of(held)).or_insert(0) += run.count();
    }
    Ok(sums)
}

/// With whom goods are.
pub(super) fn holder_of(held: Option<Held>) -> Holder {
    Holder { organisation: held.map(|held| held.organisation), gone: held.and_then(|held| held.gone) }
}

/// Everyone who ever got a code, and who sold or destroyed it, first to last.
///
/// # Errors
/// [`Error::NoSuchSerials`] for a code that the batch does not have.
pub async fn custody_chain(tx: &mut Tx, tenant: TenantId, unit: Unit) -> Result<Vec<Custody>, Error> {
    let steps = history(tx, tenant, unit, None).await?;
    let custody = |step: &Step| {
        let shipment = (step.kind == StepKind::Shipped).then(|| ShipmentId::from_raw(step.event.raw()));
        let gone = match step.kind {
            StepKind::Sold => Some(Gone::Sold),
            StepKind::Destroyed => Some(Gone::Destroyed),
            _ => None,
        };
        Some(Custody { organisation: step.organisation?, shipment, since: step.at, gone })
    };
    Ok(steps.iter().filter_map(custody).collect())
}
