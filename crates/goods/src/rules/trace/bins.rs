//! Where facts about a run of indexes are kept, so that everything about one code is found by a few keys and neighbouring
//! codes share their rows.
//!
//! The 2^40 indexes of a tenant are cut into bins of 2^7, those lie in bins of 2^14, and so on to one bin of all. A run lies
//! in the smallest size of bin that is not shorter than itself, so in one bin or in two neighbouring ones.

use super::fact::Indexes;

/// Sizes of bins.
const DEPTHS: u32 = 6;

const STEP: u32 = 7;
const INDEX_BITS: u32 = 40;

/// Codes in a bin of a depth, as a power of two.
const fn shift(depth: u32) -> u32 {
    (depth + 1) * STEP
}

/// Neighbouring bins of one size, by their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Bins {
    /// Key of the first.
    pub(crate) first: i64,
    /// Key of the last.
    pub(crate) last: i64,
}

impl Bins {
    /// Whether it is but one.
    pub(crate) const fn is_one(self) -> bool {
        self.first == self.last
    }
}

/// The key of the bin of a depth that holds an index.
const fn key(depth: u32, index: u64) -> i64 {
    ((depth as i64) << INDEX_BITS) | (index >> shift(depth)) as i64
}

/// The depth of a bin.
pub(crate) const fn depth_of(bin: i64) -> u32 {
    (bin >> INDEX_BITS) as u32
}

/// The first index of a bin.
pub(crate) const fn start_of(bin: i64) -> u64 {
    ((bin & ((1 << INDEX_BITS) - 1)) as u64) << shift(depth_of(bin))
}

/// The depth at which a run is kept.
pub(crate) fn depth_for(run: Indexes) -> u32 {
    (0..DEPTHS).find(|depth| run.count() <= 1 << shift(*depth)).unwrap_or(DEPTHS - 1)
}

/// The bins that a run is kept in, with its part in each.
pub(crate) fn pieces(run: Indexes) -> impl Iterator<Item = (i64, Indexes)> {
    let depth = depth_for(run);
    (key(depth, run.first)..=key(depth, run.last)).map(move |bin| {
        let start = start_of(bin);
        let end = start + ((1 << shift(depth)) - 1);
        (bin, Indexes::new(run.first.max(start), run.last.min(end)))
    })
}

/// Every bin that can hold something about a run: one range of keys for each depth of `depths`.
pub(crate) fn around(run: Indexes, depths: u8) -> impl Iterator<Item = Bins> {
    (0..DEPTHS)
        .filter(move |depth| depths & (1 << depth) != 0)
        .map(move |depth| Bins { first: key(depth, run.first), last: key(depth, run.last) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LAST: u64 = (1 << 40) - 1;
    /// Every size, as a set of bits.
    const ALL: u8 = (1 << DEPTHS) - 1;

    #[test]
    fn a_run_is_cut_at_most_once() {
        let of = |first, last| pieces(Indexes::new(first, last)).collect::<Vec<_>>();
        assert_eq!(of(0, 0), [(0, Indexes::new(0, 0))]);
        assert_eq!(of(127, 128), [(0, Indexes::new(127, 127)), (1, Indexes::new(128, 128))]);
        // 129 codes are more than a bin of 128.
        assert_eq!(of(0, 128), [(1 << 40, Indexes::new(0, 128))]);
        assert_eq!(of(0, LAST), [(5 << 40, Indexes::new(0, LAST))]);
    }

    proptest! {
        #[test]
        fn what_is_kept_about_a_run_is_found_from_each_of_its_codes(
            (first, length, within) in (0..=LAST, 0_u32..40, any::<u64>())
        ) {
            let run = Indexes::new(first, (first + (1 << length) - 1 + within % 3).min(LAST));
            let parts: Vec<_> = pieces(run).collect();
            prop_assert!(parts.len() <= 2);
            prop_assert_eq!(parts[0].1.first, run.first);
            prop_assert_eq!(parts.iter().map(|(_, part)| part.count()).sum::<u64>(), run.count());
            let index = run.first + within % run.count();
            let (bin, _) = parts.iter().find(|(_, part)| part.contains(index)).unwrap();
            prop_assert!(around(Indexes::new(index, index), ALL).any(|bins| bins.first == *bin && bins.is_one()));
            prop_assert!(around(run, 1 << depth_of(*bin)).any(|bins| bins.first <= *bin && *bin <= bins.last));
        }
    }
}
