//! Everything that is needed to read a code, in memory: the tenant's keys, which index belongs to which batch and level,
//! and which items are live. A snapshot: whoever keeps one compares the tenant's revision
//! ([`tallymark_store::revision`]) and loads it again when it was raised. Reading is pure: no I/O, a decryption and a few
//! binary searches.

mod listed;
mod sscc;

use std::collections::HashMap;
use std::sync::Arc;

use tallymark_base::id::{BatchId, ProductId};
use tallymark_codes::{CodeIndex, CodeText, Epoch, Face, Gtin, IndexRange, Intervals, Level, Minter, ReadError};

use crate::rules::listing::{Label, Labels};
use crate::rules::recall::Standing;
use crate::rules::runs::{Run, covering, overlapping};
use crate::rules::trace::fact::Indexes;
use crate::rules::trace::layout::{Layout, Place};
use crate::store::sscc::SsccRange;
use crate::{Association, Batch, BatchStatus, CodeKeys, Error, Product, RecallNotice, Serials};
use listed::Listed;
pub(crate) use listed::{Question, Trust};

/// Whether a code is live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Its item is live; of a pack: one of its items is, or of its batch where the line packs.
    Active,
    /// It was minted but not activated.
    NotActive,
    /// Its item was withdrawn; of a pack: all its items were, or all of its batch where the line packs.
    Void {
        /// Why.
        reason: Arc<str>,
    },
    /// The brand calls it back, whatever it was.
    Recalled {
        /// What it says to who has it.
        notice: Arc<RecallNotice>,
    },
}

/// A genuine code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its index, unique in the tenant; the same for both faces of an item.
    pub index: CodeIndex,
    /// Which face it is.
    pub face: Face,
    /// The key generation it was minted under.
    pub epoch: Epoch,
    /// Its batch.
    pub batch: BatchId,
    /// Its product.
    pub product: ProductId,
    /// Item, case or pallet.
    pub level: Level,
    /// Which one of its level in the batch, from 0.
    pub serial: u64,
    /// The product's number.
    pub gtin: Gtin,
    /// Whether it is live.
    pub state: State,
}

/// A range of indexes that was given to one level of a batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CodeRange {
    pub(crate) batch: BatchId,
    pub(crate) level: Level,
    pub(crate) indexes: IndexRange,
}

/// A snapshot of a tenant's products and codes.
#[derive(Debug)]
pub struct Catalog {
    keys: CodeKeys,
    products: HashMap<ProductId, Product>,
    /// In order of id.
    batches: Vec<Entry>,
    /// Position in `batches`, and level.
    places: Intervals<(usize, Level)>,
    /// How the codes lie in packs.
    layout: Arc<Layout>,
    /// Which packs bear which SSCCs, rising.
    ssccs: Vec<SsccRange>,
    recalls: Standing,
    lists: Vec<Listed>,
}

#[derive(Debug)]
struct Entry {
    batch: Batch,
    gtin: Gtin,
    ranges: Vec<(Level, IndexRange)>,
    /// Which of its codes were made elsewhere.
    listed: Labels,
    active: Vec<Run<()>>,
    void: Vec<Run<Arc<str>>>,
}

impl Catalog {
    /// Puts together what was stored: batches in order of id, runs of a batch in rising order. A batch without its
    /// product or a range without its batch cannot be and is an error.
    pub(crate) fn new(
        keys: CodeKeys,
        products: Vec<Product>,
        batches: Vec<Batch>,
        ranges: &[Place],
    ) -> Result<Self, Error> {
        let products: HashMap<ProductId, Product> = products.into_iter().map(|product| (product.id, product)).collect();
        let mut entries = Vec::with_capacity(batches.len());
        for batch in batches {
            let product = products.get(&batch.product).ok_or(Error::ProductNotFound { product: batch.product })?;
            let gtin = product.gtin;
            entries.push(Entry {
                batch,
                gtin,
                ranges: Vec::new(),
                listed: Labels::default(),
                active: Vec::new(),
                void: Vec::new(),
            });
        }
        let (places, layout) = (Intervals::new(), Arc::new(Layout::of(ranges)));
        let (recalls, lists) = (Standing::default(), Vec::new());
        let mut catalog = Self { keys, products, batches: entries, places, layout, ssccs: Vec::new(), recalls, lists };
        for range in ranges {
            let indexes = index_range(range)?;
            let place = catalog.place(range.batch).ok_or(Error::BatchNotFound { batch: range.batch })?;
            let unreadable =
                |error| tallymark_store::Error::Unreadable(format!("code range of {}: {error}", range.batch));
            catalog.places.insert(indexes, (place, range.level)).map_err(unreadable)?;
            catalog.batches[place].ranges.push((range.level, indexes));
        }
        Ok(catalog)
    }

    /// Adds an activated run behind those of the batch so far.
    pub(crate) fn push_active(&mut self, batch: BatchId, serials: Serials) -> Result<(), Error> {
        let place = self.place(batch).ok_or(Error::BatchNotFound { batch })?;
        self.batches[place].active.push((serials, ()));
        Ok(())
    }

    /// Adds a withdrawn run behind those of the batch so far.
    pub(crate) fn push_void(&mut self, batch: BatchId, serials: Serials, reason: Arc<str>) -> Result<(), Error> {
        let place = self.place(batch).ok_or(Error::BatchNotFound { batch })?;
        self.batches[place].void.push((serials, reason));
        Ok(())
    }

    /// Adds the codes of a recall that is later than those so far.
    pub(crate) fn push_recall(&mut self, notice: RecallNotice, runs: &[Indexes]) {
        let notice = Arc::new(notice);
        for run in runs {
            self.recalls.push(*run, &notice);
        }
    }

    /// Reads a code of our own making in any accepted spelling.
    ///
    /// # Errors
    /// [`ReadError::Malformed`] when no code is spelled like that; [`ReadError::Unknown`] when this tenant has not
    /// minted it: a guess, a typing error, another tenant's code, or one that belongs to no batch.
    pub fn read(&self, text: &str) -> Result<Found, ReadError> {
        self.find(&CodeText::parse(text)?).ok_or(ReadError::Unknown)
    }

    /// Reads a code whose spelling was checked already, as it comes out of a link.
    pub fn find(&self, code: &CodeText) -> Option<Found> {
        let reading = self.keys.keyring().read_text(code)?;
        let (range, &(place, level)) = self.places.get(reading.index)?;
        let entry = &self.batches[place];
        // Every batch was minted under one epoch and length, and inner codes only where it has them: anything else was
        // never printed, however well it decrypts.
        let minted = entry.batch.epoch == reading.epoch
            && entry.batch.length == reading.length
            && entry.batch.faces.include(level, reading.face)
            && !entry.has_listed(level, reading.face);
        if !minted {
            return None;
        }
        let serial = reading.index.get() - range.first().get();
        Some(self.known(place, (level, serial), reading.face, reading.index))
    }

    /// What is known of a code of a batch.
    fn known(&self, place: usize, (level, serial): (Level, u64), face: Face, index: CodeIndex) -> Found {
        let entry = &self.batches[place];
        Found {
            index,
            face,
            epoch: entry.batch.epoch,
            batch: entry.batch.id,
            product: entry.batch.product,
            level,
            serial,
            gtin: entry.gtin,
            state: match self.recalls.of(index.get()) {
                Some(notice) => State::Recalled { notice: notice.clone() },
                None => entry.state(level, serial),
            },
        }
    }

    /// How the codes lie in packs.
    pub(crate) const fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// A product.
    pub fn product(&self, id: ProductId) -> Option<&Product> {
        self.products.get(&id)
    }

    /// Whether a product has this number.
    pub(crate) fn has_gtin(&self, gtin: Gtin) -> bool {
        self.products.values().any(|product| product.gtin == gtin)
    }

    /// A batch.
    pub fn batch(&self, id: BatchId) -> Option<&Batch> {
        self.place(id).map(|place| &self.batches[place].batch)
    }

    /// Every batch, oldest first.
    pub fn batches(&self) -> impl ExactSizeIterator<Item = &Batch> {
        self.batches.iter().map(|entry| &entry.batch)
    }

    /// The code of one item, case or pallet.
    pub fn code(&self, batch: BatchId, level: Level, face: Face, serial: u64) -> Result<CodeText, Error> {
        let (minter, range) = self.minting(batch, level, face, Some(Serials::new(serial, serial)))?;
        Ok(minter.mint(range.first()))
    }

    /// What mints the codes of some serials (none: all of the level), and their indexes.
    pub(crate) fn minting(
        &self,
        batch: BatchId,
        level: Level,
        face: Face,
        serials: Option<Serials>,
    ) -> Result<(Minter, IndexRange), Error> {
        let place = self.place(batch).ok_or(Error::BatchNotFound { batch })?;
        let Entry { batch, ranges, .. } = &self.batches[place];
        if batch.status == BatchStatus::Draft {
            return Err(Error::Draft { batch: batch.id });
        }
        if !batch.faces.include(level, face) {
            return Err(Error::NoSuchFace { face, level });
        }
        self.check_own(batch.id, level, face)?;
        let count = batch.packing().count(level);
        let serials = serials.unwrap_or(Serials::new(0, count.saturating_sub(1)));
        let range = ranges.iter().find(|(held, _)| *held == level).map(|(_, indexes)| *indexes);
        let indexes = range
            .filter(|_| serials.last < count)
            .and_then(|range| CodeIndex::new(range.first().get() + serials.first).ok())
            .and_then(|first| IndexRange::from_count(first, serials.count()).ok())
            .ok_or(Error::NoSuchSerials { level, serials, count })?;
        let key = self.keys.key(batch.epoch).ok_or(Error::EpochMissing { epoch: batch.epoch })?;
        Ok((Minter::new(key, face, batch.length), indexes))
    }

    fn place(&self, id: BatchId) -> Option<usize> {
        self.batches.binary_search_by_key(&id, |entry| entry.batch.id).ok()
    }
}

fn index_range(place: &Place) -> Result<IndexRange, Error> {
    let first = CodeIndex::new(place.indexes.first);
    let range = first.and_then(|first| IndexRange::from_count(first, place.indexes.count()));
    range.map_err(|error| tallymark_store::Error::Unreadable(format!("code range: {error}")).into())
}

impl Entry {
    /// Whether its codes of a level and face were made elsewhere.
    fn has_listed(&self, level: Level, face: Face) -> bool {
        Label::of(level, face).is_some_and(|label| self.listed.has(label))
    }

    fn state(&self, level: Level, serial: u64) -> State {
        let pack = Serials::new(serial, serial);
        let Ok(items) = self.batch.packing().items_of(level, pack) else { return State::NotActive };
        // What a pack from the line holds is not known here: it is as live as its batch.
        let is_open = self.batch.association == Association::OnLine && level != Level::Item;
        let items = if is_open { Serials::new(0, self.batch.items - 1) } else { items };
        if let Some((_, reason)) = covering(&self.void, items) {
            State::Void { reason: reason.clone() }
        } else if overlapping(&self.active, items).is_some() {
            State::Active
        } else {
            State::NotActive
        }
    }
}
