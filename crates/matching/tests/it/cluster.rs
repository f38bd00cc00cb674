//! Groups: no single pair joins people.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tallymark_matching::cluster::{BITS_MAX, Edge, Group, Judge, groups};

/// Weights from a table, the rest far below zero. What a group says together is the mean of its pairs.
struct Weights(BTreeMap<(u32, u32), f64>);

impl Judge for Weights {
    type Profile = Vec<u32>;

    fn pair(&self, one: u32, two: u32) -> f64 {
        self.0.get(&(one.min(two), one.max(two))).copied().unwrap_or(-20.0)
    }

    fn profile(&self, members: &[u32]) -> Vec<u32> {
        members.to_vec()
    }

    fn profiles(&self, one: &Vec<u32>, two: &Vec<u32>) -> f64 {
        let all = one.iter().flat_map(|a| two.iter().map(|b| self.pair(*a, *b)));
        all.sum::<f64>() / (one.len() * two.len()) as f64
    }

    fn contradiction(&self, _: &Vec<u32>, _: &Vec<u32>) -> f64 {
        0.0
    }
}

fn grouped(weights: &[(u32, u32, f64)], rows: usize, members_max: usize) -> Vec<Vec<u32>> {
    let edges: Vec<Edge> =
        weights.iter().map(|(one, two, weight)| Edge { one: *one, two: *two, weight: *weight }).collect();
    let table = Weights(weights.iter().map(|(one, two, weight)| ((*one, *two), *weight)).collect());
    groups(rows, &edges, members_max, &table).into_iter().map(|Group { members, .. }| members).collect()
}

/// All pairs of rows from `first` to before `end`.
fn tight(first: u32, end: u32, weight: f64) -> Vec<(u32, u32, f64)> {
    (first..end).flat_map(|one| (one + 1..end).map(move |two| (one, two, weight))).collect()
}

#[test]
fn a_chain_is_cut_where_it_is_weakest() {
    // 0-1 and 2-3 are strong, 1-2 is likely by itself, and no other pair is: connected components would join all four.
    assert_eq!(grouped(&[(0, 1, 9.0), (1, 2, 3.0), (2, 3, 9.0)], 4, 64), [[0, 1], [2, 3]]);
}

#[test]
fn two_pairs_with_a_bridge_as_strong_never_become_one_group() {
    // Whichever of the three pairs is taken first, the rows being numbered in any order.
    for [a, b, c, d] in [[0, 1, 2, 3], [2, 0, 1, 3], [3, 1, 0, 2], [1, 3, 2, 0]] {
        let pairs = [(a, b), (b, c), (c, d)].map(|(one, two): (u32, u32)| (one.min(two), one.max(two), 30.0));
        assert!(grouped(&pairs, 4, 64).iter().all(|group| group.len() < 4));
    }
}

#[test]
fn a_record_that_most_members_know_joins_though_one_does_not() {
    let mut weights = tight(0, 3, 9.0);
    weights.extend([(0, 3, 5.0), (1, 3, 5.0)]);
    assert_eq!(grouped(&weights, 4, 64), [[0, 1, 2, 3]]);
}

#[test]
fn a_group_has_no_more_members_than_the_limit() {
    let sizes: Vec<usize> = grouped(&tight(0, 20, 9.0), 20, 8).iter().map(Vec::len).collect();
    assert!(sizes.iter().all(|size| *size <= 8), "{sizes:?}");
}

proptest! {
    #[test]
    fn one_bridge_never_joins_two_tight_groups(
        one in 3_u32..8, two in 3_u32..8, inside in BITS_MAX..40.0, bridge in 0.1_f64..100.0, seed in any::<u64>(),
    ) {
        // Rows are numbered at random, so that no order of numbers helps.
        let mut rows: Vec<u32> = (0..one + two).collect();
        let mut chance = crate::town::Chance::new(seed);
        for i in (1..rows.len()).rev() {
            rows.swap(i, chance.below(i + 1));
        }
        let mut weights = tight(0, one, inside);
        weights.extend(tight(one, one + two, inside));
        weights.push((one - 1, one, bridge));
        let renamed: Vec<(u32, u32, f64)> = weights.iter().map(|(a, b, weight)| {
            let (a, b) = (rows[*a as usize], rows[*b as usize]);
            (a.min(b), a.max(b), *weight)
        }).collect();
        let mut expected = [rows[..one as usize].to_vec(), rows[one as usize..].to_vec()];
        expected.iter_mut().for_each(|group| group.sort_unstable());
        expected.sort_unstable();
        prop_assert_eq!(grouped(&renamed, rows.len(), 64), expected);
    }

    #[test]
    fn the_order_of_edges_does_not_matter(seed in any::<u64>(), weights in prop::collection::vec(-4.0_f64..12.0, 28)) {
        let pairs = tight(0, 8, 0.0);
        let mut edges: Vec<(u32, u32, f64)> = pairs.iter().zip(&weights).map(|((a, b, _), w)| (*a, *b, *w)).collect();
        let expected = grouped(&edges, 8, 64);
        let mut chance = crate::town::Chance::new(seed);
        for i in (1..edges.len()).rev() {
            edges.swap(i, chance.below(i + 1));
        }
        prop_assert_eq!(grouped(&edges, 8, 64), expected);
    }
}
