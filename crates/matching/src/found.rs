//! What matching proposes, and why.

use crate::blocking::BlocksLeftOut;
use crate::level::{Level, Pattern};
use crate::model::{Learning, Model};
use crate::relation::Relation;

/// Which set a record is of. Where there is one set, it is the left one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The first set.
    Left,
    /// The second set.
    Right,
}

/// A record by its set and its position there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member {
    /// Its set.
    pub side: Side,
    /// Its position in the slice that was handed in.
    pub index: usize,
}

/// How one pair of records was judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The two records, in the order of sets and keys.
    pub members: [Member; 2],
    /// The weight of evidence, prior included: the logarithm (base 2) of the odds that they are one person. 0 is even odds.
    pub weight_bits: f64,
    pub(crate) pattern: Pattern,
}

impl Pair {
    /// How probable it is that both records are one person's.
    pub fn probability(&self) -> f64 {
        probability(self.weight_bits)
    }
}

/// The probability for odds given by their logarithm (base 2).
pub(crate) fn probability(weight_bits: f64) -> f64 {
    1.0 / (1.0 + (-weight_bits).exp2())
}

/// Records that may be one person's: for review, or for joining where the caller trusts the probability.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The records, two or more, in the order of sets and keys.
    pub members: Vec<Member>,
    /// Every pair of them, or in linking every pair across the sets, in the order of members.
    pub pairs: Vec<Pair>,
    /// The position in `pairs` of the one with the least weight.
    pub weakest: usize,
    /// The probability that belongs to the least mean weight at which parts of the group were joined.
    pub probability: f64,
}

/// Everything that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The proposals, none sharing a record with another, in the order of their first members.
    pub proposals: Vec<Proposal>,
    /// The pairs that reach the probability by themselves and yet are in no proposal, since the groups of the two do not fit
    /// together: one of them is likely wrong.
    pub apart: Vec<Pair>,
    /// What was done, and what was left out.
    pub report: Report,
    pub(crate) model: Model,
    pub(crate) names: Vec<String>,
}

/// What was done, and what was left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// How many records were handed in.
    pub records: usize,
    /// How many pairs were compared.
    pub pairs_compared: u64,
    /// How many of them were alike enough to be kept and learned from.
    pub pairs_kept: usize,
    /// How many pairs of kept ones reach `probability_min` by themselves.
    pub pairs_likely: usize,
    /// How learning went.
    pub learning: Learning,
    /// How many pairs of each relation are expected among all.
    pub relations: Vec<(Relation, f64)>,
    /// Blocks that were too large.
    pub left_out: Vec<BlocksLeftOut>,
}

/// One part of the evidence about a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Where it comes from.
    pub source: EvidenceSource,
    /// How many bits it adds to the weight; below zero it speaks against one person.
    pub weight_bits: f64,
}

/// Where a part of the evidence comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EvidenceSource {
    /// How rare it is that any two records are one person's.
    Prior,
    /// Two values of a field.
    Field {
        /// The field's name.
        name: String,
        /// How well they agree.
        level: Level,
    },
    /// Given name and surname, or the address lines, agree crosswise.
    Exchanged {
        /// The name of the first of the two fields.
        name: String,
    },
    /// What fields say together beyond what each says: an address that differs as a whole counts once, since people move; an
    /// address and a surname that agree count less, since households share them.
    Together {
        /// The relation that explains the pair best.
        likeliest: Relation,
    },
}

impl Found {
    /// Why a pair has its weight. The parts add up to [`Pair::weight_bits`].
    pub fn explain(&self, pair: &Pair) -> Vec<Evidence> {
        let share = self.model.shares[Relation::Same as usize];
        let mut all = vec![Evidence { source: EvidenceSource::Prior, weight_bits: (share / (1.0 - share)).log2() }];
        for (column, name) in self.names.iter().enumerate() {
            let level = pair.pattern.level(column);
            if level != 0 {
                let source = EvidenceSource::Field { name: name.clone(), level: Level::of(level) };
                all.push(Evidence { source, weight_bits: self.model.field_weight(column, level) });
            }
        }
        for (lines, column) in [(false, crate::table::GIVEN), (true, crate::table::LINE_1)] {
            let crossed = if lines { pair.pattern.lines_crossed() } else { pair.pattern.names_crossed() };
            if crossed {
                let source = EvidenceSource::Exchanged { name: self.names[column].clone() };
                all.push(Evidence { source, weight_bits: self.model.crossed_weight(lines) });
            }
        }
        let relations = self.model.relations(pair.pattern);
        let likeliest =
            Relation::ALL.into_iter().max_by(|a, b| relations[*a as usize].total_cmp(&relations[*b as usize]));
        let apart: f64 = all.iter().map(|evidence| evidence.weight_bits).sum();
        let source = EvidenceSource::Together { likeliest: likeliest.unwrap_or(Relation::Stranger) };
        all.push(Evidence { source, weight_bits: pair.weight_bits - apart });
        all
    }
}
