//! From pairs to people: groups whose members all fit together.
//!
//! Groups grow by joining the two that fit best. How well two groups fit is the mean of two things, and they are joined when it
//! is above zero:
//!
//! - the mean weight over **all** pairs across them, pairs that no key found included (average linkage). A weight is bounded
//!   in both directions before it is added ([`BITS_MAX`], [`BITS_MIN`]), so that one pair never outweighs two others;
//! - the weight, bounded alike, of what the records of each group say together (their profile): copies that are each harmed
//!   in another field are whole when taken together. It can only help, and counts half at most.
//!
//! Among pairs that fit equally well those come first that have more records in common that fit both. So two groups whose
//! members all fit stay apart however strong a single pair across them is.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};

/// The most that one weight adds, in bits.
pub const BITS_MAX: f64 = 6.0;
/// The most that one weight takes, in bits, below zero: half of [`BITS_MAX`].
pub const BITS_MIN: f64 = -3.0;
/// Groups whose pairs are all below this, in bits above the threshold, are not tried.
pub const EDGE_BITS_MIN: f64 = -4.0;

/// What is known about records and groups of them. Weights are in bits above the threshold: above zero speaks for one person.
pub trait Judge {
    /// What the records of a group say together.
    type Profile;

    /// The weight of two rows.
    fn pair(&self, one: u32, two: u32) -> f64;

    /// The profile of a group by its members, ascending.
    fn profile(&self, members: &[u32]) -> Self::Profile;

    /// The weight of two profiles.
    fn profiles(&self, one: &Self::Profile, two: &Self::Profile) -> f64;

    /// What it takes, in bits, at most zero, that two groups contradict each other in what several records of each agree on.
    fn contradiction(&self, one: &Self::Profile, two: &Self::Profile) -> f64;
}

/// Two rows and the weight for their being one person, in bits above the threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// One row.
    pub one: u32,
    /// The other.
    pub two: u32,
    /// The weight.
    pub weight: f64,
}

/// Members that fit together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The rows, ascending.
    pub members: Vec<u32>,
    /// The least fit at which parts of the group were joined, in bits above the threshold, at most [`BITS_MAX`].
    pub cohesion: f64,
}

/// Joins what fits among `rows` rows, given the pairs that may be alike. No group has more than `members_max` members. Groups of
/// one are not listed; the others come in the order of their members. The order of edges does not matter.
pub fn groups<J: Judge>(rows: usize, edges: &[Edge], members_max: usize, judge: &J) -> Vec<Group> {
    let mut all = Vec::new();
    for component in components(rows, edges) {
        all.extend(Agglomeration::new(component, members_max, judge).run());
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
struct Growing<P> {
    group: Group,
    profile: P,
    /// For each group that an edge leads to the sum of weights over all pairs across.
    near: BTreeMap<usize, f64>,
}

struct Agglomeration<'e, J: Judge> {
    /// Groups by number; a group that was joined to another is gone.
    growing: Vec<Option<Growing<J::Profile>>>,
    queue: BinaryHeap<Candidate>,
    members_max: usize,
    judge: &'e J,
}

/// Two groups that may be joined, the best first; among equals those with more support, then those of smaller numbers.
struct Candidate {
    fit: f64,
    /// For two records how many others fit both, for groups how many pairs the fit rests on.
    support: usize,
    one: usize,
    two: usize,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = (other.one, other.two).cmp(&(self.one, self.two));
        self.fit.total_cmp(&other.fit).then(self.support.cmp(&other.support)).then(numbers)
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

impl<'e, J: Judge> Agglomeration<'e, J> {
    fn new(mut edges: Vec<Edge>, members_max: usize, judge: &'e J) -> Self {
        edges.sort_unstable_by_key(|edge| (edge.one, edge.two));
        let mut rows: Vec<u32> = edges.iter().flat_map(|edge| [edge.one, edge.two]).collect();
        rows.sort_unstable();
        rows.dedup();
        let single = |row: &u32| {
            let group = Group { members: vec![*row], cohesion: f64::INFINITY };
            Some(Growing { profile: judge.profile(&group.members), group, near: BTreeMap::new() })
        };
        let mut this =
            Self { growing: rows.iter().map(single).collect(), queue: BinaryHeap::new(), members_max, judge };
        let number = |row: u32| rows.partition_point(|other| *other < row);
        let mut friends = vec![Vec::new(); rows.len()];
        for edge in edges.iter().filter(|edge| edge.weight > 0.0) {
            friends[number(edge.one)].push(edge.two);
            friends[number(edge.two)].push(edge.one);
        }
        for edge in edges {
            let [one, two] = [edge.one, edge.two].map(number);
            let common = friends[one].iter().filter(|friend| friends[two].contains(friend)).count();
            this.link(one.min(two), one.max(two), bounded(edge.weight), common);
        }
        this
    }

    /// Notes the sum across two groups, and that they may be joined when they fit.
    fn link(&mut self, one: usize, two: usize, sum: f64, support: usize) {
        let [Some(first), Some(second)] = [&self.growing[one], &self.growing[two]] else { return };
        let pairs = first.group.members.len() * second.group.members.len();
        let mut fit = sum / pairs as f64;
        if pairs > 1 {
            let together = bounded(self.judge.profiles(&first.profile, &second.profile));
            fit = fit.max((fit + together) / 2.0) + self.judge.contradiction(&first.profile, &second.profile);
        }
        for (this, that) in [(one, two), (two, one)] {
            if let Some(growing) = &mut self.growing[this] {
                growing.near.insert(that, sum);
            }
        }
        if fit > 0.0 {
            self.queue.push(Candidate { fit, support, one, two });
        }
    }

    fn run(mut self) -> Vec<Group> {
        while let Some(Candidate { fit, one, two, .. }) = self.queue.pop() {
            let sizes = [one, two].map(|i| self.growing[i].as_ref().map(|growing| growing.group.members.len()));
            let [Some(first), Some(second)] = sizes else { continue };
            if first + second <= self.members_max {
                self.join(one, two, fit);
            }
        }
        let left = self.growing.into_iter().flatten().map(|growing| growing.group);
        left.filter(|group| group.members.len() > 1).collect()
    }

    fn join(&mut self, one: usize, two: usize, fit: f64) {
        let (Some(one), Some(two)) = (self.growing[one].take(), self.growing[two].take()) else { return };
        let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
        for other in one.near.keys().chain(two.near.keys()) {
            let Some(third) = &self.growing[*other] else { continue };
            let sum_from = |side: &Growing<J::Profile>| {
                side.near.get(other).copied().unwrap_or_else(|| self.across(&side.group, &third.group))
            };
            sums.entry(*other).or_insert_with(|| sum_from(&one) + sum_from(&two));
        }
        let cohesion = fit.min(one.group.cohesion).min(two.group.cohesion);
        let mut members = one.group.members;
        members.extend(two.group.members);
        members.sort_unstable();
        let number = self.growing.len();
        let (size, profile) = (members.len(), self.judge.profile(&members));
        self.growing.push(Some(Growing { group: Group { members, cohesion }, profile, near: BTreeMap::new() }));
        for (other, sum) in sums {
            let pairs = self.growing[other].as_ref().map_or(0, |third| third.group.members.len()) * size;
            self.link(other, number, sum, pairs);
        }
    }

    fn across(&self, one: &Group, two: &Group) -> f64 {
        let each = one.members.iter().flat_map(|a| two.members.iter().map(move |b| (*a.min(b), *a.max(b))));
        each.map(|(a, b)| bounded(self.judge.pair(a, b))).sum()
    }
}

fn bounded(weight: f64) -> f64 {
    weight.clamp(BITS_MIN, BITS_MAX)
}
