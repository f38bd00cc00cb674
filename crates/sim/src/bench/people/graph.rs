//! A made-up graph of everybody.
//!
//! Accounts are numbered at random, as they are when the identifiers of a person turn up over years, so that no cache
//! helps. There are five accounts for seven edges: a person has a phone, two openids, a device and a card. One edge in forty leads
//! to another person (a second phone, a card that is lent, a device in the family) and one device in 2,000 is the tablet
//! of a shop.

use tallymark_identity::{Edge, Fact, Graph, Keys, Kind, KindPolicy, Loader, Node, Policy, Rule};

use crate::failure::{Failure, Result};
use crate::random;

const SEED: u64 = 2_026;
/// Accounts of a person.
const PARTS: u64 = 5;
/// Edges of a person: seven for five accounts.
const LINKS: [(u64, u64); 7] = [(0, 1), (0, 3), (1, 3), (0, 2), (2, 3), (0, 4), (1, 4)];
/// Edges whose keys are looked up together.
const BLOCK: usize = 1_024;
const YEARS_3_US: u64 = 3 * 365 * 86_400 * 1_000_000;

/// Rules for phones, openids, cards and devices, with so many phones a person.
pub(super) fn policy(phones: u32) -> Result<Policy> {
    let limited = |priority, limit| KindPolicy { priority, per_person: Some(limit), ..KindPolicy::default() };
    let openid = KindPolicy { scoped: true, ..limited(1, 1) };
    let device = KindPolicy { priority: 3, shareable: true, ..KindPolicy::default() };
    let kinds = [(Kind::new(0)?, limited(0, phones)), (Kind::new(1)?, openid), (Kind::new(2)?, limited(2, 4))];
    let device = (Kind::new(3)?, device);
    Ok(Policy::new(&[kinds[0], kinds[1], kinds[2], device], 20, 1_024)?)
}

/// Persons and their accounts by arithmetic: nothing of it is held in memory.
pub(super) struct World {
    persons: u64,
    nodes: u64,
    edges: u64,
    /// Coprime to `nodes`, and its inverse: account number = place times `stride`.
    stride: u64,
    inverse: u64,
}

impl World {
    /// A world of so many edges.
    pub(super) fn of(edges: u64) -> Self {
        let persons = edges.div_ceil(LINKS.len() as u64).max(1);
        let nodes = persons * PARTS;
        let first = (nodes as f64 * 0.618) as u64 | 1;
        let (stride, inverse) = (first..).find_map(|stride| Some((stride, inverse(stride, nodes)?))).unwrap_or((1, 1));
        Self { persons, nodes, edges, stride, inverse }
    }

    /// The account number of a part of a person.
    fn number(&self, person: u64, part: u64) -> u64 {
        times(person * PARTS + part, self.stride, self.nodes)
    }

    /// Numbers of accounts as a database gives them: rising, but not dense.
    fn key(number: u64) -> i64 {
        (number * 4_096 + drawn(number, 1) % 4_096) as i64 + (1 << 50)
    }

    /// Loads every edge by the keys of its ends.
    pub(super) fn load(&self) -> Result<Graph> {
        let mut keys = Keys::with_capacity(self.nodes as usize);
        let mut loader = Loader::with_capacity(self.nodes as usize, self.edges as usize);
        for number in 0..self.nodes {
            let place = times(number, self.inverse, self.nodes);
            let (person, part) = (place / PARTS, place % PARTS);
            let (kind, scope) = match part {
                0 => (0, 0),
                // Two of eight apps.
                1 | 2 => (1, 1 + (drawn(person, 2) + part * 3) % 8),
                3 => (3, 0),
                _ => (2, 0),
            };
            keys.insert(Self::key(number))?;
            loader.node(Kind::new(kind)?, scope as u32, drawn(place, 3))?;
        }
        let (mut block, mut facts, mut indexes) = (Vec::new(), Vec::new(), Vec::new());
        for first in (0..self.edges).step_by(BLOCK) {
            block.clear();
            facts.clear();
            for edge in first..(first + BLOCK as u64).min(self.edges) {
                let (keys, fact) = self.edge(edge)?;
                block.extend(keys);
                facts.push(fact);
            }
            keys.indexes_of(&block, &mut indexes);
            for (ends, fact) in indexes.as_chunks::<2>().0.iter().zip(&facts) {
                let [a, b] = ends.map(|index| index.ok_or_else(|| Failure::new("an edge ends nowhere")));
                loader.edge(a?, b?, *fact)?;
            }
        }
        Ok(loader.finish())
    }

    /// Makes up every edge and loads none, to know how much of the time of loading that is.
    pub(super) fn make_up(&self) -> Result<i64> {
        let nodes = (0..self.nodes).map(|number| times(number, self.inverse, self.nodes) as i64 ^ Self::key(number));
        let sum = nodes.fold(0_i64, i64::wrapping_add);
        (0..self.edges).try_fold(sum, |sum, edge| {
            let ([a, b], fact) = self.edge(edge)?;
            Ok(sum.wrapping_add(a ^ b.rotate_left(9) ^ fact.first_seen))
        })
    }

    /// The keys of an edge, and what is known of it.
    fn edge(&self, edge: u64) -> Result<([i64; 2], Fact)> {
        let (a, b) = self.ends(edge);
        let first_seen = 1_700_000_000_000_000 + (drawn(edge, 4) % YEARS_3_US) as i64;
        let rule = Rule::new(1 + (drawn(edge, 5) % 3) as u8)?;
        Ok(([a, b].map(Self::key), Fact { rule, first_seen }))
    }

    /// The account numbers of an edge.
    fn ends(&self, edge: u64) -> (u64, u64) {
        let (person, link) = (edge / LINKS.len() as u64, LINKS[(edge % LINKS.len() as u64) as usize]);
        let chance = drawn(edge, 6);
        let other = if chance.is_multiple_of(40) { (chance >> 8) % self.persons } else { person };
        let mut ends = (self.number(person, link.0), self.number(other, link.1));
        // One phone in fifty is used with the tablet of a shop instead of a device of its own.
        if link == (0, 3) && chance % 50 == 1 {
            ends.1 = self.number((chance >> 8) % self.persons / 2_000 * 2_000, 3);
        }
        ends
    }
}

/// A region of 1,000 accounts and about 2,000 edges.
pub(super) fn region() -> Result<(Vec<Node>, Vec<Edge>)> {
    let kinds = [0, 1, 2, 3, 3];
    let mut nodes = Vec::new();
    for key in 0..1_000_u64 {
        let kind = Kind::new(kinds[(key % 5) as usize])?;
        let scope = (drawn(key, 7) % 8) as u32;
        nodes.push(Node { key: key as i64, kind, scope, stable: drawn(key, 8), neighbours: 0 });
    }
    let mut edges = Vec::new();
    for step in 0..2_000_u64 {
        let (a, b) = (step % 1_000, (step % 1_000 + 1 + step / 1_000 + drawn(step % 1_000, 9) % 5) % 1_000);
        let fact = Fact { rule: Rule::new(2)?, first_seen: (drawn(step, 10) % YEARS_3_US) as i64 };
        edges.push(Edge { a: a as i64, b: b as i64, fact });
    }
    edges.sort_by_key(|edge| (edge.a.min(edge.b), edge.a.max(edge.b)));
    edges.dedup_by_key(|edge| (edge.a.min(edge.b), edge.a.max(edge.b)));
    Ok((nodes, edges))
}

/// The number of a stream at a place.
const fn drawn(place: u64, stream: u64) -> u64 {
    random::nth(SEED ^ stream << 56, place)
}

fn times(a: u64, b: u64, modulus: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(modulus)) as u64
}

/// The inverse of a number by the extended Euclidean algorithm; `None` if there is none.
fn inverse(number: u64, modulus: u64) -> Option<u64> {
    let (mut rest, mut next_rest) = (i128::from(modulus), i128::from(number % modulus));
    let (mut factor, mut next_factor) = (0_i128, 1_i128);
    while next_rest != 0 {
        let quotient = rest / next_rest;
        (rest, next_rest) = (next_rest, rest - quotient * next_rest);
        (factor, next_factor) = (next_factor, factor - quotient * next_factor);
    }
    (rest == 1).then(|| factor.rem_euclid(i128::from(modulus)) as u64)
}
