//! What can be chosen, and its limits.

use crate::error::Error;

/// How to match. The defaults are meant for any set of people; none of them was fitted to one.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// From which probability on a pair speaks for one person, above 0 and below 1. At 0.5 missing a pair weighs as much as
    /// joining two people; for joining without review take 0.99.
    pub probability_min: f64,
    /// Whether, in linking, a record has at most one counterpart: both sets hold each person once.
    pub one_to_one: bool,
    /// The most records of a person, from 2.
    pub members_max: usize,
    /// The most records that a block may have, from 2. Time grows with it, and so does what is found among common values.
    pub block_records_max: usize,
    /// The most pairs that are kept as alike; a kept pair takes 16 bytes, and as much again while it is sorted.
    pub pairs_max: usize,
    /// How many random pairs tell how strangers agree.
    pub random_pairs: usize,
    /// The most rounds of learning, from 1.
    pub rounds_max: usize,
    /// Where the random pairs begin: one seed, one outcome.
    pub seed: u64,
    /// How many threads compare, from 1. The outcome does not depend on it.
    pub threads: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            probability_min: 0.5,
            one_to_one: false,
            members_max: 64,
            block_records_max: 100,
            pairs_max: 50_000_000,
            random_pairs: 500_000,
            rounds_max: 100,
            seed: 1,
            threads: 2,
        }
    }
}

/// The most records of one run.
pub const RECORDS_MAX: usize = 10_000_000;

impl Config {
    /// Nothing is outside its range.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let refuse = |name, value: String, range| Err(Error::Setting { name, value, range });
        if !(self.probability_min > 0.0 && self.probability_min < 1.0) {
            return refuse("probability_min", self.probability_min.to_string(), "above 0 and below 1");
        }
        let least = [
            ("members_max", self.members_max, 2, "2 or more"),
            ("block_records_max", self.block_records_max, 2, "2 or more"),
            ("pairs_max", self.pairs_max, 1, "1 or more"),
            ("random_pairs", self.random_pairs, 1, "1 or more"),
            ("rounds_max", self.rounds_max, 1, "1 or more"),
            ("threads", self.threads, 1, "1 or more"),
        ];
        match least.into_iter().find(|(_, value, least, _)| value < least) {
            Some((name, value, _, range)) => refuse(name, value.to_string(), range),
            None => Ok(()),
        }
    }
}
