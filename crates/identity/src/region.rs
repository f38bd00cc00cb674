//! Who is who among the accounts of one region, decided from all of their evidence at once.
//!
//! A region is a set of accounts that no edge leaves, except edges that a shared account cuts
//! ([`Policy::shared_end`]). What is decided in it does not depend on any other region.

use std::collections::HashMap;

use crate::graph::{Edge, GraphError, Key, Node};
use crate::policy::Policy;
use crate::summary::{Between, Contested, Reason, Summary};

/// What an edge does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It makes two persons one.
    Joined,
    /// Its accounts are one person already, by evidence heard before.
    Redundant,
    /// It joins nothing.
    Contested(Contested<i64>),
}

/// The persons of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The person of each account, in the order of the accounts given. Persons are numbered 0, 1, 2 … by their first
    /// account.
    pub persons: Vec<u32>,
    /// What each edge does, in the order of the edges given.
    pub verdicts: Vec<Verdict>,
    /// Each person in a few numbers, by its number.
    pub summaries: Vec<Summary>,
}

/// Decides who is who: edges are heard in canonical order, and each makes its two persons one unless that breaks a limit.
/// Edges of a shared account to kinds that are not carried by shared accounts are not heard at all.
///
/// Retracted edges are simply not passed in. Edges that a shared account cuts may be left out if
/// [`Node::neighbours`] is given.
///
/// # Errors
/// [`GraphError`] if the facts do not make a graph or a kind is not in the policy.
pub fn decide(policy: &Policy, nodes: &[Node], edges: &[Edge]) -> Result<Decided, GraphError> {
    let places = places(policy, nodes)?;
    let ends = ends(&places, edges)?;
    let nodes = with_neighbours(policy, nodes, &ends);
    let mut verdicts = vec![Verdict::Redundant; edges.len()];
    let mut heard: Vec<(Key, usize)> = Vec::with_capacity(edges.len());
    for (place, (edge, [a, b])) in edges.iter().zip(&ends).enumerate() {
        let (a, b) = (&nodes[*a], &nodes[*b]);
        match policy.shared_end(a, b) {
            Some(shared) => {
                verdicts[place] = Verdict::Contested(Contested { reason: Reason::Shared, refused: shared.key });
            }
            None => heard.push((policy.key(a, b, edge.fact), place)),
        }
    }
    heard.sort_unstable();

    let mut sets = Sets::of(policy, &nodes);
    let mut refused = Vec::new();
    for (key, place) in heard {
        match sets.join(policy, ends[place], key) {
            Some(verdict) => verdicts[place] = verdict,
            None => refused.push(place),
        }
    }
    for place in refused {
        verdicts[place] = sets.contested(policy, &nodes, ends[place]);
    }
    let (persons, summaries) = sets.numbered();
    Ok(Decided { persons, verdicts, summaries })
}

/// Where each account is, by key.
pub(crate) fn places(policy: &Policy, nodes: &[Node]) -> Result<HashMap<i64, usize>, GraphError> {
    let mut places = HashMap::with_capacity(nodes.len());
    for (place, node) in nodes.iter().enumerate() {
        policy.known(node.kind)?;
        if places.insert(node.key, place).is_some() {
            return Err(GraphError::NodeTwice { key: node.key });
        }
    }
    Ok(places)
}

/// The places of both accounts of each edge.
pub(crate) fn ends(places: &HashMap<i64, usize>, edges: &[Edge]) -> Result<Vec<[usize; 2]>, GraphError> {
    let place = |key: i64| places.get(&key).copied().ok_or(GraphError::NoSuchNode { key });
    let mut pairs: Vec<(i64, i64)> = edges.iter().map(|edge| (edge.a.min(edge.b), edge.a.max(edge.b))).collect();
    pairs.sort_unstable();
    if let Some(twice) = pairs.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(GraphError::EdgeTwice { a: twice[0].0, b: twice[0].1 });
    }
    let ends = edges.iter().map(|edge| {
        if edge.a == edge.b {
            return Err(GraphError::Loop { key: edge.a });
        }
        Ok([place(edge.a)?, place(edge.b)?])
    });
    ends.collect()
}

/// The accounts with as many neighbours as they are said to have, or as the edges show if that is more.
fn with_neighbours(policy: &Policy, nodes: &[Node], ends: &[[usize; 2]]) -> Vec<Node> {
    let mut seen = vec![0_u32; nodes.len()];
    for [a, b] in ends {
        for (node, other) in [(*a, *b), (*b, *a)] {
            seen[node] += u32::from(policy.counts_as_neighbour(&nodes[node], &nodes[other]));
        }
    }
    nodes.iter().zip(seen).map(|(node, seen)| Node { neighbours: node.neighbours.max(seen), ..*node }).collect()
}

/// Disjoint sets of places. The root of a set is its smallest place and holds the set's summary.
struct Sets {
    above: Vec<usize>,
    summaries: Vec<Summary>,
}

impl Sets {
    fn of(policy: &Policy, nodes: &[Node]) -> Self {
        let summaries = nodes.iter().map(|node| Summary::of(policy, node)).collect();
        Self { above: (0..nodes.len()).collect(), summaries }
    }

    fn root(&mut self, mut place: usize) -> usize {
        while self.above[place] != place {
            self.above[place] = self.above[self.above[place]];
            place = self.above[place];
        }
        place
    }

    /// Hears an edge. `None` if a limit forbids it.
    fn join(&mut self, policy: &Policy, ends: [usize; 2], key: Key) -> Option<Verdict> {
        let [a, b] = ends.map(|end| self.root(end));
        if a == b {
            return Some(Verdict::Redundant);
        }
        if policy.conflict(&self.summaries[a], &self.summaries[b]).is_some() {
            return None;
        }
        let (root, under) = (a.min(b), a.max(b));
        let taken_in = std::mem::take(&mut self.summaries[under]);
        self.summaries[root] = std::mem::take(&mut self.summaries[root]).joined(taken_in, key);
        self.above[under] = root;
        Some(Verdict::Joined)
    }

    /// The verdict on an edge that was refused. Persons only grow, so that what it broke is broken in the end.
    fn contested(&mut self, policy: &Policy, nodes: &[Node], ends: [usize; 2]) -> Verdict {
        let [a, b] = ends.map(|end| self.root(end));
        let between = Between::Two(&self.summaries[a], &self.summaries[b]);
        let contested = policy.contested(&nodes[ends[0]], &nodes[ends[1]], between);
        Verdict::Contested(contested.expect("a person that grew breaks every limit it broke before"))
    }

    fn numbered(mut self) -> (Vec<u32>, Vec<Summary>) {
        let mut persons: Vec<u32> = Vec::with_capacity(self.above.len());
        let mut summaries = Vec::new();
        for place in 0..self.above.len() {
            let root = self.root(place);
            if root == place {
                persons.push(summaries.len() as u32);
                summaries.push(std::mem::take(&mut self.summaries[place]));
            } else {
                persons.push(persons[root]);
            }
        }
        (persons, summaries)
    }
}
