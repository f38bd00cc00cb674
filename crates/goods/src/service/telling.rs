//! The events that tell of operations.

use std::collections::BTreeMap;

use tallymark_base::event::Word;
use tallymark_base::id::{BatchId, EventId, IdSource, OperationId, OrganisationId, ShipmentId, TenantId};
use tallymark_base::{Clock, TypedId as _};
use tallymark_codes::Level;
use tallymark_store::outbox::Events;

use crate::events::{Destroyed, Packed, Received, Relabelled, Shipped, Sold, Unpacked};
use crate::rules::trace::decided::Decided;
use crate::rules::trace::fact::{Indexes, Moment};
use crate::rules::trace::layout::{Layout, Place};
use crate::rules::trace::operation::Operation;
use crate::{Association, Error, Gone};

/// What there is to tell of an operation.
#[derive(Debug)]
pub(super) struct Told {
    moment: Moment,
    kind: Kind,
    /// The codes that it was about, with the items in them.
    moved: Vec<(Indexes, i64)>,
    /// Codes with which something was not as it should be.
    exceptions: Vec<Indexes>,
}

#[derive(Debug)]
enum Kind {
    Packed { pack: u64 },
    Unpacked { is_opened: bool },
    Shipped { to: OrganisationId },
    Received { by: OrganisationId },
    Sold { by: OrganisationId },
    Destroyed { by: OrganisationId },
    Relabelled { new: u64 },
}

/// What an operation did to one level of a batch.
#[derive(Default)]
struct Sum {
    codes: u64,
    items: u64,
    exceptions: u64,
}

impl Told {
    pub(super) fn new(operation: &Operation, decided: &Decided, moment: Moment) -> Self {
        let kind = match operation {
            Operation::Pack { pack, .. } => Kind::Packed { pack: *pack },
            Operation::Unpack { .. } => Kind::Unpacked { is_opened: false },
            Operation::Open { .. } => Kind::Unpacked { is_opened: true },
            Operation::Ship { to, .. } => Kind::Shipped { to: *to },
            Operation::Receive { by, .. } => Kind::Received { by: *by },
            Operation::Sell { by, .. } => Kind::Sold { by: *by },
            Operation::Destroy { by, .. } => Kind::Destroyed { by: *by },
            Operation::Replace { new, .. } => Kind::Relabelled { new: *new },
        };
        let exceptions = decided.exceptions.iter().map(|(run, _)| *run).collect();
        Self { moment, kind, moved: decided.moved.clone(), exceptions }
    }

    /// Adds the events.
    pub(super) fn push(
        &self,
        layout: &Layout,
        tenant: TenantId,
        ids: &IdSource,
        clock: &dyn Clock,
        events: &mut Events,
    ) -> Result<(), Error> {
        let mut teller = Teller { tenant, ids, clock, at: self.moment.at, events };
        let operation = OperationId::from_raw(self.moment.event);
        match self.kind {
            Kind::Shipped { to } => {
                for (run, items) in &self.moved {
                    let Some(place) = layout.place(run.first) else { continue };
                    teller.tell(&shipped(place, *run, *items, ShipmentId::from_raw(self.moment.event), to))?;
                }
            }
            Kind::Packed { pack } => {
                let Some(around) = layout.place(pack) else { return Ok(()) };
                for ((batch, level), (place, sum)) in self.sums(layout) {
                    let (product, Sum { codes, items, .. }) = (place.product, sum);
                    let (pack_batch, pack_level, pack_serial) = (around.batch, Word(around.level), around.serial(pack));
                    let level = Word(level);
                    teller.tell(&Packed {
                        operation,
                        batch,
                        product,
                        level,
                        codes,
                        items,
                        pack_batch,
                        pack_level,
                        pack_serial,
                    })?;
                }
            }
            Kind::Unpacked { is_opened } => {
                for ((batch, level), (place, sum)) in self.sums(layout) {
                    let (product, Sum { codes, items, .. }, level) = (place.product, sum, Word(level));
                    teller.tell(&Unpacked { operation, batch, product, level, codes, items, opened: is_opened })?;
                }
            }
            Kind::Received { by } => {
                for ((batch, level), (place, sum)) in self.sums(layout) {
                    let (product, Sum { codes, items, exceptions }, level) = (place.product, sum, Word(level));
                    let organisation = by;
                    teller.tell(&Received {
                        operation,
                        organisation,
                        batch,
                        product,
                        level,
                        codes,
                        items,
                        exceptions,
                    })?;
                }
            }
            Kind::Sold { by } => self.left(layout, (by, Gone::Sold), &mut teller)?,
            Kind::Destroyed { by } => self.left(layout, (by, Gone::Destroyed), &mut teller)?,
            Kind::Relabelled { new } => {
                let (Some((run, _)), Some(after)) = (self.moved.first(), layout.place(new)) else { return Ok(()) };
                let Some(place) = layout.place(run.first) else { return Ok(()) };
                teller.tell(&Relabelled {
                    operation,
                    batch: place.batch,
                    product: place.product,
                    level: Word(place.level),
                    serial: place.serial(run.first),
                    new_batch: after.batch,
                    new_serial: after.serial(new),
                })?;
            }
        }
        Ok(())
    }

    /// What left the channel.
    fn left(&self, layout: &Layout, left: (OrganisationId, Gone), teller: &mut Teller<'_>) -> Result<(), Error> {
        let (organisation, gone) = left;
        let operation = OperationId::from_raw(self.moment.event);
        for ((batch, level), (place, sum)) in self.sums(layout) {
            let (product, Sum { codes, items, exceptions }, level) = (place.product, sum, Word(level));
            match gone {
                Gone::Sold => {
                    teller.tell(&Sold { operation, organisation, batch, product, level, codes, items, exceptions })?;
                }
                Gone::Destroyed => {
                    teller.tell(&Destroyed { operation, organisation, batch, product, level, codes, items })?;
                }
            }
        }
        Ok(())
    }

    fn sums<'a>(&self, layout: &'a Layout) -> BTreeMap<(BatchId, Level), (&'a Place, Sum)> {
        let mut sums: BTreeMap<(BatchId, Level), (&Place, Sum)> = BTreeMap::new();
        let mut add = |run: Indexes, codes: u64, items: i64, exceptions: u64| {
            let Some(place) = layout.place(run.first) else { return };
            let (_, sum) = sums.entry((place.batch, place.level)).or_insert_with(|| (place, Sum::default()));
            sum.codes += codes;
            sum.items += u64::try_from(items).unwrap_or(0);
            sum.exceptions += exceptions;
        };
        for (run, items) in &self.moved {
            add(*run, run.count(), *items, 0);
        }
        for run in &self.exceptions {
            add(*run, 0, 0, run.count());
        }
        sums
    }
}

/// Packs that were printed for their items are told as those items; others as packs.
fn shipped(place: &Place, run: Indexes, items: i64, shipment: ShipmentId, to: OrganisationId) -> Shipped {
    let serials = crate::Serials::new(place.serial(run.first), place.serial(run.last));
    let inside = place.packing.items_of(place.level, serials).ok();
    let inside = inside.filter(|_| place.association == Association::ByRange || place.level == Level::Item);
    let level = if inside.is_some() { None } else { Some(Word(place.level)) };
    let told = inside.unwrap_or(serials);
    Shipped {
        shipment,
        organisation: to,
        batch: place.batch,
        product: place.product,
        first: told.first,
        last: told.last,
        items: u64::try_from(items).unwrap_or(0),
        level,
    }
}

struct Teller<'a> {
    tenant: TenantId,
    ids: &'a IdSource,
    clock: &'a dyn Clock,
    at: tallymark_base::Timestamp,
    events: &'a mut Events,
}

impl Teller<'_> {
    fn tell<E: tallymark_base::event::Event>(&mut self, event: &E) -> Result<(), Error> {
        let id = self.ids.next::<EventId>(self.clock)?;
        self.events.push(id.raw(), self.tenant.raw(), self.at, event);
        Ok(())
    }
}
