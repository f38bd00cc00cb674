//! From pairs to people: groups whose members all fit together.
//!
//! Groups grow by joining the two that fit best, as long as the mean weight over **all** pairs across them is above zero, pairs
//! that no key found included (average linkage). A weight is bounded in both directions before it is added, so that one pair
//! counts for little against many: two groups of two or more, none of whose members fit but for one pair, stay apart.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};

/// The bound of one pair's weight in a mean, in bits: about what makes a probability of 0.98.
pub(crate) const PAIR_BITS_MAX: f64 = 6.0;

/// Two rows and the weight for their being one person, in bits above the threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Edge {
    pub(crate) one: u32,
    pub(crate) two: u32,
    pub(crate) weight: f64,
}

/// Members that fit together, ascending, and the smallest mean weight at which they were joined.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    pub(crate) members: Vec<u32>,
    pub(crate) cohesion: f64,
}

/// Joins what fits. `edges` are the pairs with a weight above zero; `weight` gives that of any pair. No group has more than
/// `members_max` members. Groups of one are not listed.
pub(crate) fn groups(rows: usize, edges: &[Edge], members_max: usize, weight: &dyn Fn(u32, u32) -> f64) -> Vec<Group> {
    let mut all = Vec::new();
    for component in components(rows, edges) {
        all.extend(Agglomeration::new(component, members_max, weight).run());
    }
    all.sort_unstable_by(|a: &Group, b| a.members.cmp(&b.members));
    all
}

/// The edges of each connected component, components in the order of their smallest row.
fn components(rows: usize, edges: &[Edge]) -> Vec<Vec<Edge>> {
    let mut parents: Vec<u32> = (0..rows as u32).collect();
    for edge in edges {
        let (one, two) = (root(&mut parents, edge.one), root(&mut parents, edge.two));
        parents[one.max(two) as usize] = one.min(two);
    }
    let mut by_root: BTreeMap<u32, Vec<Edge>> = BTreeMap::new();
    for edge in edges {
        by_root.entry(root(&mut parents, edge.one)).or_default().push(*edge);
    }
    by_root.into_values().collect()
}

fn root(parents: &mut [u32], mut row: u32) -> u32 {
    while parents[row as usize] != row {
        parents[row as usize] = parents[parents[row as usize] as usize];
        row = parents[row as usize];
    }
    row
}

/// A group while it grows.
struct Growing {
    group: Group,
    /// For each group that an edge leads to the sum of weights over all pairs across.
    near: BTreeMap<usize, f64>,
}

struct Agglomeration<'w> {
    /// Groups by number; a group that was joined to another is gone.
    growing: Vec<Option<Growing>>,
    queue: BinaryHeap<Candidate>,
    members_max: usize,
    weight: &'w dyn Fn(u32, u32) -> f64,
}

/// Two groups that may be joined, the best first; among equals those of smaller numbers.
struct Candidate {
    mean: f64,
    one: usize,
    two: usize,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.mean.total_cmp(&other.mean).then_with(|| (other.one, other.two).cmp(&(self.one, self.two)))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

impl<'w> Agglomeration<'w> {
    fn new(edges: Vec<Edge>, members_max: usize, weight: &'w dyn Fn(u32, u32) -> f64) -> Self {
        let mut rows: Vec<u32> = edges.iter().flat_map(|edge| [edge.one, edge.two]).collect();
        rows.sort_unstable();
        rows.dedup();
        let single = |row: &u32| {
            Some(Growing { group: Group { members: vec![*row], cohesion: f64::INFINITY }, near: BTreeMap::new() })
        };
        let mut this =
            Self { growing: rows.iter().map(single).collect(), queue: BinaryHeap::new(), members_max, weight };
        for edge in edges {
            let [one, two] = [edge.one, edge.two].map(|row| rows.partition_point(|other| *other < row));
            this.link(one.min(two), one.max(two), bounded(edge.weight));
        }
        this
    }

    /// Notes the sum across two groups, and that they may be joined when it is above zero.
    fn link(&mut self, one: usize, two: usize, sum: f64) {
        let mut pairs = 1.0;
        for (this, that) in [(one, two), (two, one)] {
            if let Some(growing) = &mut self.growing[this] {
                growing.near.insert(that, sum);
                pairs *= growing.group.members.len() as f64;
            }
        }
        if sum > 0.0 {
            self.queue.push(Candidate { mean: sum / pairs, one, two });
        }
    }

    fn run(mut self) -> Vec<Group> {
        while let Some(Candidate { mean, one, two }) = self.queue.pop() {
            let sizes = [one, two].map(|i| self.growing[i].as_ref().map(|growing| growing.group.members.len()));
            let [Some(first), Some(second)] = sizes else { continue };
            if first + second <= self.members_max {
                self.join(one, two, mean);
            }
        }
        let left = self.growing.into_iter().flatten().map(|growing| growing.group);
        left.filter(|group| group.members.len() > 1).collect()
    }

    fn join(&mut self, one: usize, two: usize, mean: f64) {
        let (Some(one), Some(two)) = (self.growing[one].take(), self.growing[two].take()) else { return };
        let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
        for other in one.near.keys().chain(two.near.keys()) {
            let Some(third) = &self.growing[*other] else { continue };
            let sum_from = |side: &Growing| side.near.get(other).copied().unwrap_or_else(|| self.across(side, third));
            sums.entry(*other).or_insert_with(|| sum_from(&one) + sum_from(&two));
        }
        let mut members = one.group.members;
        members.extend(two.group.members);
        members.sort_unstable();
        let cohesion = mean.min(one.group.cohesion).min(two.group.cohesion);
        let number = self.growing.len();
        self.growing.push(Some(Growing { group: Group { members, cohesion }, near: BTreeMap::new() }));
        for (other, sum) in sums {
            self.link(other, number, sum);
        }
    }

    fn across(&self, one: &Growing, two: &Growing) -> f64 {
        let each = one.group.members.iter().flat_map(|a| two.group.members.iter().map(move |b| (*a.min(b), *a.max(b))));
        each.map(|(a, b)| bounded((self.weight)(a, b))).sum()
    }
}

fn bounded(weight: f64) -> f64 {
    weight.clamp(-PAIR_BITS_MAX, PAIR_BITS_MAX)
}
