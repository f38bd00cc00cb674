//! Which batch and level an index belongs to, and which pack it lies in from the start.

use std::collections::BTreeMap;

use tallymark_base::id::{BatchId, ProductId};
use tallymark_codes::Level;

use super::fact::Indexes;
use crate::rules::packing::Packing;
use crate::{Association, Serials, Unit};

/// The codes of one level of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) batch: BatchId,
    pub(crate) product: ProductId,
    pub(crate) level: Level,
    pub(crate) indexes: Indexes,
    pub(crate) packing: Packing,
    pub(crate) association: Association,
    /// The depths of bins in which something is kept about these codes, one bit each.
    pub(crate) depths: u8,
}

impl Place {
    /// An index as a serial of its level.
    pub(crate) const fn serial(&self, index: u64) -> u64 {
        index - self.indexes.first
    }
}

/// What is known of the codes of some batches. A batch is known whole or not at all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    places: BTreeMap<u64, Place>,
    levels: BTreeMap<(BatchId, Level), u64>,
}

impl Layout {
    /// What is known of all these.
    pub(crate) fn of(places: &[Place]) -> Self {
        let mut layout = Self::default();
        for place in places {
            layout.insert(*place);
        }
        layout
    }

    /// Makes the codes of a level of a batch known.
    pub(crate) fn insert(&mut self, place: Place) {
        self.levels.insert((place.batch, place.level), place.indexes.first);
        self.places.insert(place.indexes.first, place);
    }

    /// What an index belongs to.
    pub(crate) fn place(&self, index: u64) -> Option<&Place> {
        self.places.range(..=index).next_back().map(|(_, place)| place).filter(|place| place.indexes.contains(index))
    }

    /// The codes of a level of a batch.
    pub(crate) fn level(&self, batch: BatchId, level: Level) -> Option<&Place> {
        self.places.get(self.levels.get(&(batch, level))?)
    }

    /// The codes of every level of a batch.
    pub(crate) fn places_of(&self, batch: BatchId) -> impl Iterator<Item = &Place> {
        Level::ALL.into_iter().filter_map(move |level| self.level(batch, level))
    }

    /// Notes that something is kept in bins of these depths about the codes of a place.
    pub(crate) fn deepen(&mut self, index: u64, depths: u8) {
        let first = self.place(index).map(|place| place.indexes.first);
        if let Some(place) = first.and_then(|first| self.places.get_mut(&first)) {
            place.depths |= depths;
        }
    }

    /// The packs that a run lies in by the order of printing; none where its level is the outermost one or its batch is
    /// associated on the line.
    pub(crate) fn packs_of(&self, run: Indexes) -> Option<Indexes> {
        let place = self.place(run.first)?;
        if place.association == Association::OnLine {
            return None;
        }
        let level = place.packing.level_around(place.level)?;
        let packs = self.level(place.batch, level)?;
        let ratio = place.packing.size(level)? / place.packing.size(place.level)?;
        let pack = |index| packs.indexes.first + place.serial(index) / ratio;
        Some(Indexes::new(pack(run.first), pack(run.last)))
    }

    /// Those of `run` that lie in the packs by the order of printing.
    pub(crate) fn inside(&self, run: Indexes, packs: Indexes) -> Option<Indexes> {
        let (place, around) = (self.place(run.first)?, self.place(packs.first)?);
        let ratio = place.packing.size(around.level)? / place.packing.size(place.level)?;
        let first = place.indexes.first + around.serial(packs.first) * ratio;
        let last = place.indexes.first + (around.serial(packs.last) + 1) * ratio - 1;
        let part = Indexes::new(run.first.max(first), run.last.min(last));
        (part.first <= part.last).then_some(part)
    }

    /// The codes that lie in the packs of a run by the order of printing; none where those are items, or its batch is
    /// associated on the line.
    pub(crate) fn contents_of(&self, packs: Indexes) -> Option<Indexes> {
        let place = self.place(packs.first)?;
        if place.association == Association::OnLine {
            return None;
        }
        let is_below = |level: &Level| place.packing.level_around(*level) == Some(place.level);
        let below = Level::ALL.into_iter().filter(is_below).find_map(|level| self.level(place.batch, level))?;
        self.inside(below.indexes, packs)
    }

    /// How many items each code of a run holds by the order of printing, an item itself included: the same number for
    /// all but perhaps the last pack of the batch, which comes apart.
    pub(crate) fn items_in(&self, run: Indexes) -> Vec<(Indexes, i64)> {
        let Some(place) = self.place(run.first) else { return Vec::new() };
        let size = place.packing.size(place.level).unwrap_or(1);
        if place.level != Level::Item && place.association == Association::OnLine {
            return vec![(run, 0)];
        }
        let rest = place.packing.items % size;
        let is_last = rest != 0 && run.last == place.indexes.last;
        let full = if is_last { Indexes::new(run.first, run.last.wrapping_sub(1)) } else { run };
        let mut parts = Vec::new();
        if run.count() > u64::from(is_last) {
            parts.push((full, size as i64));
        }
        if is_last {
            parts.push((Indexes::new(run.last, run.last), rest as i64));
        }
        parts
    }

    /// A run in words that a user knows.
    pub(crate) fn unit(&self, run: Indexes) -> Option<Unit> {
        let place = self.place(run.first)?;
        let (first_serial, last_serial) = (place.serial(run.first), place.serial(run.last));
        Some(Unit { batch: place.batch, level: place.level, first_serial, last_serial })
    }

    /// A run that may reach over several levels in words that a user knows.
    pub(crate) fn units(&self, run: Indexes) -> Vec<Unit> {
        let (mut units, mut first) = (Vec::new(), run.first);
        while let Some(place) = self.place(first).filter(|_| first <= run.last) {
            let last = run.last.min(place.indexes.last);
            units.extend(self.unit(Indexes::new(first, last)));
            first = last + 1;
        }
        units
    }

    /// The indexes of a unit of a batch that is known; none where there are no such serials.
    pub(crate) fn indexes(&self, unit: &Unit) -> Option<Indexes> {
        let place = self.level(unit.batch, unit.level)?;
        let Serials { first, last } = unit.serials();
        let run = Indexes::new(place.indexes.first.checked_add(first)?, place.indexes.first.checked_add(last)?);
        (first <= last && run.last <= place.indexes.last).then_some(run)
    }
}
