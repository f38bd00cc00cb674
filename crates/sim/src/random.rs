//! Numbers that look random and are the same in every run: SplitMix64 (Steele, Lea, Flood: Fast Splittable
//! Pseudorandom Number Generators, 2014). Good enough to spread load, never for secrets.

/// The `n`-th number of the sequence `seed`.
pub const fn nth(seed: u64, n: u64) -> u64 {
    let mut z = seed.wrapping_add(n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A sequence of numbers.
#[derive(Debug)]
pub struct Sequence {
    seed: u64,
    taken: u64,
}

impl Sequence {
    /// The sequence of a seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed, taken: 0 }
    }

    /// A number below `bound`, which is not 0. The bias is below bound / 2⁶⁴.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.taken += 1;
        nth(self.seed, self.taken) % bound
    }

    /// Puts `items` into a random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            items.swap(place, self.below(place as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        // First outputs of SplitMix64 for seed 1234567, from the reference implementation.
        let first: Vec<u64> = (0..3).map(|n| nth(1_234_567, n)).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items: Vec<u32> = (0..100).collect();
        Sequence::new(1).shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
