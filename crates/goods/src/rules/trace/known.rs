//! What was read from the database so far, and what has to be read before a question can be answered.
//!
//! Questions are pure: they answer, or say what is [`Missing`]. Whoever asks reads that and asks again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tallymark_base::id::BatchId;

use super::bins::{self, Bins};
use super::fact::{Fact, Indexes, Moment, What};
use super::layout::Layout;
use crate::rules::runs::{gaps, merged};

/// What must be read before a question can be answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Missing {
    /// Indexes whose batch is not known.
    pub(crate) places: Vec<u64>,
    /// Bins of batches whose facts are not known.
    pub(crate) bins: Vec<(BatchId, Bins)>,
}

impl Missing {
    /// Adds what another question misses.
    pub(crate) fn and(&mut self, other: Self) {
        self.places.extend(other.places);
        self.bins.extend(other.bins);
    }
}

/// Facts about a part of a run, in order: the same for each of its codes.
pub(crate) type Life = (Indexes, Vec<Fact>);

/// Batches and facts that were read, and facts that were decided since.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) layout: Arc<Layout>,
    /// Indexes that were looked for and belong to no batch.
    nowhere: Vec<u64>,
    /// Keys of bins that were read: runs that do not touch, by batch and depth.
    read: HashMap<(BatchId, u32), Vec<(Indexes, ())>>,
    facts: BTreeMap<(BatchId, i64), Vec<(Indexes, Fact)>>,
}

impl Known {
    /// Begins with batches that are known already.
    pub(crate) fn new(layout: Arc<Layout>) -> Self {
        Self { layout, ..Self::default() }
    }

    /// Notes that these bins were read; what they hold follows by [`Known::add`].
    pub(crate) fn note_read(&mut self, bins: &[(BatchId, Bins)]) {
        let mut depths: HashMap<_, Vec<Indexes>> = HashMap::new();
        for (batch, bins) in bins {
            depths.entry((*batch, bins::depth_of(bins.first))).or_default().push(keys_of(*bins));
        }
        for (place, keys) in depths {
            let held = self.read.entry(place).or_default();
            let all = merged(held.iter().map(|(run, ())| *run).chain(keys).collect());
            *held = all.into_iter().map(|run| (run, ())).collect();
        }
    }

    /// Forgets what was read about the codes of a batch.
    pub(crate) fn forget(&mut self, batch: BatchId) {
        self.read.retain(|(held, _), _| *held != batch);
        self.facts.retain(|(held, _), _| *held != batch);
    }

    /// Whether a bin was read.
    pub(crate) fn is_read(&self, batch: BatchId, bin: i64) -> bool {
        let read = self.read.get(&(batch, bins::depth_of(bin))).map_or(&[][..], Vec::as_slice);
        gaps(read, Indexes::new(bin as u64, bin as u64)).is_empty()
    }

    /// Notes that these indexes belong to no batch.
    pub(crate) fn note_nowhere(&mut self, indexes: impl IntoIterator<Item = u64>) {
        self.nowhere.extend(indexes);
    }

    /// Adds a fact that was read.
    pub(crate) fn add(&mut self, batch: BatchId, bin: i64, run: Indexes, fact: Fact) {
        self.facts.entry((batch, bin)).or_default().push((run, fact));
    }

    /// Adds a fact that was decided.
    pub(crate) fn decide(&mut self, run: Indexes, fact: Fact) {
        let Some(batch) = self.layout.place(run.first).map(|place| place.batch) else { return };
        Arc::make_mut(&mut self.layout).deepen(run.first, 1 << bins::depth_for(run));
        for (bin, part) in bins::pieces(run) {
            self.add(batch, bin, part, fact);
        }
    }

    /// Every fact before `before` about the codes of a run, in parts for which they are the same. The run lies in one
    /// level of one batch; one that lies in none has no facts.
    pub(crate) fn over(&self, run: Indexes, before: Moment) -> Result<Vec<Life>, Missing> {
        let Some(place) = self.layout.place(run.first) else {
            if self.nowhere.contains(&run.first) {
                return Ok(vec![(run, Vec::new())]);
            }
            return Err(Missing { places: vec![run.first], bins: Vec::new() });
        };
        let batch = place.batch;
        let mut missing = Vec::new();
        let mut held: Vec<(Indexes, Fact)> = Vec::new();
        for bins in bins::around(run, place.depths) {
            let read = self.read.get(&(batch, bins::depth_of(bins.first))).map_or(&[][..], Vec::as_slice);
            let gaps = gaps(read, keys_of(bins));
            missing.extend(gaps.iter().map(|gap| (batch, Bins { first: gap.first as i64, last: gap.last as i64 })));
            for facts in self.facts.range((batch, bins.first)..=(batch, bins.last)).map(|(_, facts)| facts) {
                held.extend(facts.iter().filter(|(held, fact)| held.overlaps(run) && fact.moment < before));
            }
        }
        if !missing.is_empty() {
            return Err(Missing { places: Vec::new(), bins: missing });
        }
        Ok(lives(run, held))
    }
}

const fn keys_of(bins: Bins) -> Indexes {
    Indexes::new(bins.first as u64, bins.last as u64)
}

/// Cuts a run where any fact begins or ends.
fn lives(run: Indexes, mut held: Vec<(Indexes, Fact)>) -> Vec<Life> {
    held.sort_by_key(|(held, fact)| (fact.moment, order_of(fact.what), held.first));
    let mut cuts: Vec<u64> = vec![run.first];
    for (held, _) in &held {
        cuts.extend([held.first, held.last + 1].into_iter().filter(|cut| run.contains(*cut)));
    }
    cuts.sort_unstable();
    cuts.dedup();
    let ends = cuts[1..].iter().map(|next| next - 1).chain([run.last]);
    let parts: Vec<Indexes> = cuts.iter().zip(ends).map(|(first, last)| Indexes::new(*first, last)).collect();
    let mut lives: Vec<Life> = parts.into_iter().map(|part| (part, Vec::new())).collect();
    for (held, fact) in held {
        let from = lives.partition_point(|(part, _)| part.last < held.first);
        for (_, facts) in lives[from..].iter_mut().take_while(|(part, _)| part.first <= held.last) {
            facts.push(fact);
        }
    }
    lives
}

/// Facts of one trace event: what ends something comes before what begins something.
const fn order_of(what: What) -> u8 {
    match what {
        What::Unpacked | What::Emptied => 0,
        What::ReplacedBy { .. } | What::Replaces { .. } => 1,
        What::Packed { .. } | What::Content { .. } => 2,
        What::Shipped { .. } | What::Received { .. } | What::Sold { .. } | What::Destroyed { .. } => 3,
    }
}
