//! Recording what is done with goods: load → decide → save, many operations in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use tallymark_base::id::{BatchId, ExceptionId, OperationId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::outbox::Events;
use tallymark_store::{Context, Tx, revision};

use super::own_events;
use super::trace::{Reader, run_of};
use crate::rules::epcis;
use crate::rules::runs::merged;
use crate::rules::trace::bins::{self, Bins};
use crate::rules::trace::chunk::Chunk;
use crate::rules::trace::custody::Held;
use crate::rules::trace::decided::{Decided, Denied, Exception, Halt};
use crate::rules::trace::fact::{Fact, Indexes, Moment};
use crate::rules::trace::known::Missing;
use crate::rules::trace::layout::Layout;
use crate::rules::trace::operation::{Operation, decide};
use crate::store::{batch as batches, trace as store};
use crate::types::trace::{Exceptional, Recorded};
use crate::{Done, Error, ExceptionKind, Gone, NewOperation, OperationKind, Reported, Unit};

/// Most units of an operation.
pub const UNITS_MAX: usize = 10_000;
/// How far ahead of the server's clock a moment may be: clocks differ.
const AHEAD_MAX_MICROS: i64 = 5 * 60 * Timestamp::SECOND;
/// Most rounds of reading for one operation.
const ROUNDS_MAX: usize = 256;

/// Records operations, each at its moment, in the given order: each sees those before it. One that is refused leaves the
/// others as they are. Changes of the batches that they name, or whose packs they reach, wait for each other.
///
/// # Errors
/// The database's, and ids that cannot be issued; then nothing may be committed. What is wrong with one operation is in its
/// place of the answer.
pub async fn record(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    operations: &[(NewOperation, Timestamp)],
) -> Result<Vec<Result<Done, Error>>, Error> {
    record_by(Voice::Own, tx, context, tenant, operations).await
}

/// Who tells of an operation as an event of EPCIS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// We do.
    Own,
    /// Others did: their event is kept.
    Others,
}

/// [`record`], for operations that others may have told.
pub(super) async fn record_by(
    voice: Voice,
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    operations: &[(NewOperation, Timestamp)],
) -> Result<Vec<Result<Done, Error>>, Error> {
    let (ids, clock) = (&context.ids, &*context.clock);
    let mut recorder = Recorder::begin(voice, tx, tenant, operations.iter().map(|(operation, _)| operation)).await?;
    let mut answers = Vec::with_capacity(operations.len());
    for (operation, at) in operations {
        let moment = Moment { at: *at, event: ids.next::<OperationId>(clock)?.raw() };
        let done = if at.since(clock.now()) > AHEAD_MAX_MICROS {
            Err(Error::InFuture { at: *at })
        } else {
            recorder.one(tx, operation, moment).await
        };
        match done {
            Err(Error::Store(error)) => return Err(error.into()),
            done => answers.push(done),
        }
    }
    recorder.save(tx, context).await?;
    Ok(answers)
}

/// Records shipments that an older program recorded in its own way, under their ids. They were told of then.
///
/// # Errors
/// The database's, and what stands against a shipment.
pub(super) async fn record_again(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    shipments: &[(NewOperation, Moment)],
) -> Result<(), Error> {
    let mut recorder =
        Recorder::begin(Voice::Own, tx, tenant, shipments.iter().map(|(operation, _)| operation)).await?;
    for (operation, moment) in shipments {
        recorder.one(tx, operation, *moment).await?;
    }
    recorder.told.clear();
    recorder.save(tx, context).await
}

struct Recorder {
    voice: Voice,
    tenant: TenantId,
    reader: Reader,
    /// Batches whose other changes wait for this transaction.
    turns: BTreeSet<BatchId>,
    /// Sizes of bins in use as they are stored, by the first index of a level.
    depths: BTreeMap<u64, u8>,
    changed: BTreeMap<(BatchId, i64, i64), Chunk>,
    recorded: Vec<Recorded>,
    exceptions: Vec<Exceptional>,
    events: Events,
    told: Vec<super::telling::Told>,
    /// What they are as events of EPCIS.
    own: Vec<own_events::New>,
}

impl Recorder {
    async fn begin(
        voice: Voice,
        tx: &mut Tx,
        tenant: TenantId,
        operations: impl Iterator<Item = &NewOperation>,
    ) -> Result<Self, Error> {
        let named: BTreeSet<BatchId> = operations.flat_map(NewOperation::units).map(|unit| unit.batch).collect();
        let mut recorder = Self {
            voice,
            tenant,
            reader: Reader::default(),
            turns: BTreeSet::new(),
            depths: BTreeMap::new(),
            changed: BTreeMap::new(),
            recorded: Vec::new(),
            exceptions: Vec::new(),
            events: Events::new(),
            told: Vec::new(),
            own: Vec::new(),
        };
        for batch in named {
            recorder.take_turn(tx, batch).await?;
        }
        Ok(recorder)
    }

    /// Makes other changes of a batch wait, and reads its codes; one that does not exist stays unknown.
    async fn take_turn(&mut self, tx: &mut Tx, batch: BatchId) -> Result<(), Error> {
        if batches::take_turn(tx, self.tenant, batch).await? {
            self.turns.insert(batch);
            self.reader.known.forget(batch);
            self.reader.read_batches(tx, self.tenant, &[batch]).await?;
            let places = self.reader.known.layout.places_of(batch);
            self.depths.extend(places.map(|place| (place.indexes.first, place.depths)));
        }
        Ok(())
    }

    async fn one(&mut self, tx: &mut Tx, new: &NewOperation, moment: Moment) -> Result<Done, Error> {
        let given = new.units().count();
        if given == 0 || given > UNITS_MAX {
            return Err(Error::Units { given, max: UNITS_MAX });
        }
        let operation = operation_of(&self.reader.known.layout, new)?;
        let decided = self.decided(tx, &operation, moment).await?;
        self.apply(&operation, decided, moment)
    }

    /// Decides when everything that the decision needs was read, and every batch that it changes waits for it.
    async fn decided(&mut self, tx: &mut Tx, operation: &Operation, moment: Moment) -> Result<Decided, Error> {
        for _ in 0..ROUNDS_MAX {
            let decided = match decide(&self.reader.known, operation, moment) {
                Ok(decided) => decided,
                Err(Halt::Missing(missing)) => {
                    self.reader.read(tx, self.tenant, missing).await?;
                    continue;
                }
                Err(Halt::Denied(denied)) => return Err(self.refusal(denied)),
            };
            let layout = &self.reader.known.layout;
            let touched = decided.facts.iter().filter_map(|(run, _)| Some(layout.place(run.first)?.batch));
            let others: BTreeSet<BatchId> = touched.filter(|batch| !self.turns.contains(batch)).collect();
            if others.is_empty() {
                self.read_rows_of(tx, &decided).await?;
                return Ok(decided);
            }
            for batch in others {
                self.take_turn(tx, batch).await?;
            }
        }
        Err(tallymark_store::Error::Unreadable("packs that lie in each other".into()).into())
    }

    /// Reads the bins that facts go into: codes of several levels share them, so they may hold something although nothing is
    /// kept about these codes.
    async fn read_rows_of(&mut self, tx: &mut Tx, decided: &Decided) -> Result<(), Error> {
        let mut missing = Missing::default();
        for (run, _) in &decided.facts {
            let Some(batch) = self.reader.known.layout.place(run.first).map(|place| place.batch) else { continue };
            let bins = bins::pieces(*run).map(|(bin, _)| bin).filter(|bin| !self.reader.known.is_read(batch, *bin));
            missing.bins.extend(bins.map(|bin| (batch, Bins { first: bin, last: bin })));
        }
        self.reader.read(tx, self.tenant, missing).await
    }

    /// What is told of a refusal: codes by batch, level and serial.
    fn refusal(&self, denied: Denied) -> Error {
        let layout = &self.reader.known.layout;
        let unit = |run: Indexes| {
            layout.unit(run).unwrap_or(Unit::one(BatchId::from_raw(0), tallymark_codes::Level::Item, run.first))
        };
        match denied {
            Denied::AlreadyPacked { codes, pack } => Error::AlreadyPacked { codes: unit(codes), pack: unit(pack) },
            Denied::Nested { codes } => Error::NamedWithPack { codes: unit(codes) },
            Denied::NotPacked { codes } => Error::NotPacked { codes: unit(codes) },
            Denied::Level { codes, pack } => Error::PackLevel { codes: unit(codes), pack: unit(pack) },
            Denied::HeldApart { codes, holder, other } => Error::HeldApart { codes: unit(codes), holder, other },
            Denied::NotHeld { codes, holder } => Error::NotHeldBySender { codes: unit(codes), holder },
            Denied::Gone { codes, gone, by } => Error::Gone { codes: unit(codes), gone, by },
            Denied::Replaced { codes, new } => {
                Error::LabelReplaced { codes: unit(codes), new: unit(Indexes::new(new, new)) }
            }
            Denied::InUse { codes } => Error::LabelInUse { codes: unit(codes) },
        }
    }

    fn apply(&mut self, operation: &Operation, decided: Decided, moment: Moment) -> Result<Done, Error> {
        for (run, what) in &decided.facts {
            let fact = Fact { moment, what: *what };
            let Some(batch) = self.reader.known.layout.place(run.first).map(|place| place.batch) else { continue };
            for (bin, part) in bins::pieces(*run) {
                self.keep(batch, bin, part, fact);
            }
            self.reader.known.decide(*run, fact);
        }
        let layout = &self.reader.known.layout;
        let kind = operation.kind();
        let (organisation, pack) = match operation {
            Operation::Ship { to, .. } => (Some(*to), None),
            Operation::Receive { by, .. } | Operation::Sell { by, .. } | Operation::Destroy { by, .. } => {
                (Some(*by), None)
            }
            Operation::Pack { pack, .. } => (None, Some(*pack)),
            Operation::Replace { new, .. } => (None, Some(*new)),
            _ => (None, None),
        };
        let mut exceptions = Vec::new();
        for ((run, exception), line) in decided.exceptions.iter().zip(0..) {
            let (kind, expected) = match exception {
                Exception::NotShipped => (ExceptionKind::NotShipped, None),
                Exception::ShippedToOther(other) => (ExceptionKind::ShippedToOther, Some(*other)),
                Exception::ReceivedTwice => (ExceptionKind::ReceivedTwice, organisation),
                Exception::Gone(Gone::Sold, by) => (ExceptionKind::SoldBefore, Some(*by)),
                Exception::Gone(Gone::Destroyed, by) => (ExceptionKind::DestroyedBefore, Some(*by)),
            };
            let (Some(unit), Some(organisation)) = (layout.unit(*run), organisation) else { continue };
            exceptions.push(Reported { kind, unit, expected });
            let (event, at, id) = (moment.event, moment.at, ExceptionId::from_raw(0));
            self.exceptions.push(Exceptional { id, event, line, kind, organisation, expected, unit, at });
        }
        self.told.push(super::telling::Told::new(operation, &decided, moment));
        let (id, at, items) = (moment.event, moment.at, decided.items());
        let codes = merged(operation.codes());
        let short = epcis::operated(layout, (id, kind), &codes, &decided, self.voice == Voice::Others);
        let recorded = Recorded { id, kind, at, organisation, pack, items, codes };
        self.own.extend(short.into_iter().map(|short| own_events::New::of(short, at, Some(&recorded))));
        self.recorded.push(recorded);
        Ok(Done { id: OperationId::from_raw(id), kind, at, items, exceptions })
    }

    /// Puts a fact into the last row of its bin, or into a new one.
    fn keep(&mut self, batch: BatchId, bin: i64, run: Indexes, fact: Fact) {
        let (number, mut chunk) = self.reader.last.remove(&(batch, bin)).unwrap_or_default();
        let number = if chunk.is_full() {
            self.changed.insert((batch, bin, number), std::mem::take(&mut chunk));
            number + 1
        } else {
            number
        };
        chunk.push(bin, run, fact);
        self.changed.insert((batch, bin, number), chunk.clone());
        self.reader.last.insert((batch, bin), (number, chunk));
    }

    async fn save(mut self, tx: &mut Tx, context: &Context) -> Result<(), Error> {
        let (ids, clock) = (&context.ids, &*context.clock);
        let layout = self.reader.known.layout.clone();
        for told in &self.told {
            told.push(&layout, self.tenant, ids, clock, &mut self.events)?;
        }
        store::save_chunks(tx, self.tenant, std::mem::take(&mut self.changed)).await?;
        store::insert_events(tx, self.tenant, &self.recorded).await?;
        // Issued when all is decided: a list of them is read in the order in which they were.
        for exception in &mut self.exceptions {
            exception.id = ids.next(clock)?;
        }
        store::insert_exceptions(tx, self.tenant, &self.exceptions).await?;
        let deeper: Vec<_> = self
            .turns
            .iter()
            .flat_map(|batch| layout.places_of(*batch))
            .filter(|place| self.depths.get(&place.indexes.first) != Some(&place.depths))
            .copied()
            .collect();
        if !deeper.is_empty() {
            store::deepen(tx, self.tenant, &deeper).await?;
            revision::raise(tx, self.tenant.raw()).await?;
        }
        self.events.save(tx, ids, clock).await?;
        own_events::save(tx, context, self.tenant, &self.own).await
    }
}

/// Who held the codes of units before a moment, part by part.
pub(super) async fn holders(tx: &mut Tx, tenant: TenantId, units: &[Unit]) -> Result<Vec<(Unit, Option<Held>)>, Error> {
    let named: HashSet<BatchId> = units.iter().map(|unit| unit.batch).collect();
    let mut reader = Reader::default();
    reader.read_batches(tx, tenant, &named.into_iter().collect::<Vec<_>>()).await?;
    let mut found = Vec::new();
    for unit in units {
        let run = run_of(&reader.known.layout, unit)?;
        let held = reader.answer(tx, tenant, |known| known.holders(run, Moment::END)).await?;
        found.extend(held.into_iter().filter_map(|(part, held)| Some((reader.known.layout.unit(part)?, held))));
    }
    Ok(found)
}

fn operation_of(layout: &Layout, new: &NewOperation) -> Result<Operation, Error> {
    let runs = |units: &[Unit]| -> Result<Vec<Indexes>, Error> {
        let mut levels: BTreeMap<u64, Vec<Indexes>> = BTreeMap::new();
        for unit in units {
            let run = run_of(layout, unit)?;
            let place = layout.place(run.first).map_or(run.first, |place| place.indexes.first);
            levels.entry(place).or_default().push(run);
        }
        // Neighbours are joined, those of two levels never.
        Ok(levels.into_values().flat_map(merged).collect())
    };
    let single = |unit: &Unit| -> Result<u64, Error> {
        if unit.first_serial != unit.last_serial {
            return Err(Error::OneCode { given: *unit });
        }
        Ok(run_of(layout, unit)?.first)
    };
    Ok(match new {
        NewOperation::Pack { pack, units, moves } => {
            Operation::Pack { pack: single(pack)?, codes: runs(units)?, moves: *moves }
        }
        NewOperation::Unpack { units } => Operation::Unpack { codes: runs(units)? },
        NewOperation::Open { packs } => Operation::Open { packs: runs(packs)? },
        NewOperation::Ship { units, to, from } => Operation::Ship { codes: runs(units)?, to: *to, from: *from },
        NewOperation::Receive { units, by } => Operation::Receive { codes: runs(units)?, by: *by },
        NewOperation::Sell { units, by } => Operation::Sell { codes: runs(units)?, by: *by },
        NewOperation::Destroy { units, by } => Operation::Destroy { codes: runs(units)?, by: *by },
        NewOperation::Replace { old, new } => Operation::Replace { old: single(old)?, new: single(new)? },
    })
}

impl Operation {
    const fn kind(&self) -> OperationKind {
        match self {
            Self::Pack { .. } => OperationKind::Pack,
            Self::Unpack { .. } => OperationKind::Unpack,
            Self::Open { .. } => OperationKind::Open,
            Self::Ship { .. } => OperationKind::Ship,
            Self::Receive { .. } => OperationKind::Receive,
            Self::Sell { .. } => OperationKind::Sell,
            Self::Destroy { .. } => OperationKind::Destroy,
            Self::Replace { .. } => OperationKind::Replace,
        }
    }

    /// The codes that something is done with; not the pack, nor the new label.
    fn codes(&self) -> Vec<Indexes> {
        match self {
            Self::Pack { codes, .. }
            | Self::Unpack { codes }
            | Self::Ship { codes, .. }
            | Self::Receive { codes, .. }
            | Self::Sell { codes, .. }
            | Self::Destroy { codes, .. } => codes.clone(),
            Self::Open { packs } => packs.clone(),
            Self::Replace { old, .. } => vec![Indexes::new(*old, *old)],
        }
    }
}
