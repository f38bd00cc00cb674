//! The rules in their plainest form: sets of places, counted anew at every step. And worlds to try them on.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tallymark_identity::{Decided, Edge, Fact, Kind, KindPolicy, Node, Policy, Rule};

pub(crate) fn kind(number: u8) -> Kind {
    Kind::new(number).expect("a small number")
}

pub(crate) const PHONE: u8 = 0;
pub(crate) const OPENID: u8 = 1;
pub(crate) const CARD: u8 = 2;
pub(crate) const DEVICE: u8 = 3;
pub(crate) const VISITOR: u8 = 4;

pub(crate) fn fact(rule: u8, first_seen: i64) -> Fact {
    Fact { rule: Rule::new(rule).expect("a small rank"), first_seen }
}

/// Two phones and two cards, one openid for each app, devices and visitors shared from `shared_from`.
pub(crate) fn policy(shared_from: u32, members_max: u32) -> Policy {
    let limited = |priority, limit| KindPolicy { priority, per_person: Some(limit), ..KindPolicy::default() };
    let shareable = |priority, on_shared| KindPolicy { priority, shareable: true, on_shared, ..KindPolicy::default() };
    let kinds = [
        (kind(PHONE), limited(0, 2)),
        (kind(OPENID), KindPolicy { scoped: true, ..limited(1, 1) }),
        (kind(CARD), limited(1, 2)),
        (kind(DEVICE), shareable(3, false)),
        (kind(VISITOR), shareable(4, true)),
    ];
    Policy::new(&kinds, shared_from, members_max).expect("a sound policy")
}

/// A policy that forbids nothing.
pub(crate) fn no_limits() -> Policy {
    let kinds = [PHONE, OPENID, CARD, DEVICE, VISITOR].map(|number| (kind(number), KindPolicy::default()));
    Policy::new(&kinds, 2, 65_536).expect("a sound policy")
}

/// The persons by the rules: hear the edges in canonical order, join unless a count says no.
pub(crate) fn persons(policy: &Policy, nodes: &[Node], edges: &[Edge]) -> Vec<BTreeSet<usize>> {
    let place = |key: i64| nodes.iter().position(|node| node.key == key).expect("a known key");
    let of = |place: usize| policy.kind(nodes[place].kind).expect("a known kind");
    let pairs: Vec<(usize, usize, Fact)> = edges.iter().map(|edge| (place(edge.a), place(edge.b), edge.fact)).collect();
    let shared = |node: usize| {
        let others = pairs.iter().filter_map(|(a, b, _)| match node {
            _ if node == *a => Some(*b),
            _ if node == *b => Some(*a),
            _ => None,
        });
        let others: BTreeSet<usize> = others.filter(|other| !of(*other).on_shared).collect();
        of(node).shareable && others.len() >= policy.shared_from() as usize
    };
    let is_cut = |a: usize, b: usize| (shared(a) && !of(b).on_shared) || (shared(b) && !of(a).on_shared);
    let mut heard: Vec<_> = pairs.iter().filter(|(a, b, _)| !is_cut(*a, *b)).collect();
    heard.sort_by_key(|(a, b, fact)| policy.key(&nodes[*a], &nodes[*b], *fact));

    let mut sets: Vec<BTreeSet<usize>> = (0..nodes.len()).map(|place| BTreeSet::from([place])).collect();
    for (a, b, _) in heard {
        let at = |place| sets.iter().position(|set| set.contains(place)).expect("every place is in a set");
        let (x, y) = (at(a), at(b));
        let both: BTreeSet<usize> = sets[x].union(&sets[y]).copied().collect();
        if x != y && is_sound(policy, nodes, &both) {
            sets[x.min(y)] = both;
            sets.remove(x.max(y));
        }
    }
    sets
}

fn is_sound(policy: &Policy, nodes: &[Node], set: &BTreeSet<usize>) -> bool {
    let mut counts: BTreeMap<(Kind, Option<u32>), u32> = BTreeMap::new();
    set.len() <= policy.members_max() as usize
        && set.iter().all(|place| {
            let node = &nodes[*place];
            let of_kind = policy.kind(node.kind).expect("a known kind");
            let count = counts.entry((node.kind, of_kind.scoped.then_some(node.scope))).or_default();
            *count += 1;
            of_kind.per_person.is_none_or(|limit| *count <= limit)
        })
}

/// Persons as groups of stable values, whatever the order of accounts and the names of persons.
pub(crate) fn groups(nodes: &[Node], person_of: impl Fn(usize) -> u32) -> BTreeSet<BTreeSet<u64>> {
    let mut groups: BTreeMap<u32, BTreeSet<u64>> = BTreeMap::new();
    for (place, node) in nodes.iter().enumerate() {
        groups.entry(person_of(place)).or_default().insert(node.stable);
    }
    groups.into_values().collect()
}

pub(crate) fn decided_groups(nodes: &[Node], decided: &Decided) -> BTreeSet<BTreeSet<u64>> {
    groups(nodes, |place| decided.persons[place])
}

pub(crate) fn model_groups(policy: &Policy, nodes: &[Node], edges: &[Edge]) -> BTreeSet<BTreeSet<u64>> {
    let sets = persons(policy, nodes, edges);
    sets.iter().map(|set| set.iter().map(|place| nodes[*place].stable).collect()).collect()
}

/// Accounts of all kinds, with keys 100, 101 …
pub(crate) fn nodes(count: usize) -> impl Strategy<Value = Vec<Node>> {
    prop::collection::vec((0_u8..5, 0_u32..2, any::<u64>()), count).prop_map(|given| {
        let node = |(place, (number, scope, stable)): (usize, (u8, u32, u64))| Node {
            key: 100 + place as i64,
            kind: kind(number),
            scope,
            // Different whatever was drawn.
            stable: stable & !0xFF | place as u64,
            neighbours: 0,
        };
        given.into_iter().enumerate().map(node).collect()
    })
}

/// Few different times, so that many are equal, and the ends of what a time can be.
pub(crate) fn facts() -> impl Strategy<Value = Fact> {
    (0_u8..5, prop_oneof![9 => 0_i64..6, 1 => Just(i64::MIN), 1 => Just(i64::MAX)])
        .prop_map(|(rule, first_seen)| fact(rule, first_seen))
}

/// Pairs of different places with facts; a pair comes once.
pub(crate) fn edges(nodes: usize, count: usize) -> impl Strategy<Value = Vec<Edge>> {
    prop::collection::vec((0..nodes, 1..nodes, facts()), 0..count).prop_map(move |given| {
        let mut pairs = BTreeMap::new();
        for (a, further, fact) in given {
            let b = (a + further) % nodes;
            pairs.insert((a.min(b), a.max(b)), fact);
        }
        let edge = |((a, b), fact): ((usize, usize), Fact)| Edge { a: 100 + a as i64, b: 100 + b as i64, fact };
        pairs.into_iter().map(edge).collect()
    })
}

/// A policy that is narrow enough for conflicts to abound.
pub(crate) fn policies() -> impl Strategy<Value = Policy> {
    (2_u32..5, 3_u32..9).prop_map(|(shared_from, members_max)| policy(shared_from, members_max))
}

/// Accounts and edges as another history would have numbered and sent them.
pub(crate) fn renumbered(nodes: &[Node], edges: &[Edge], order: &[usize]) -> (Vec<Node>, Vec<Edge>) {
    let moved: Vec<Node> =
        order.iter().enumerate().map(|(place, old)| Node { key: 7_000 - place as i64, ..nodes[*old] }).collect();
    let key = |old: i64| {
        let stable = nodes.iter().find(|node| node.key == old).expect("a known key").stable;
        moved.iter().find(|node| node.stable == stable).expect("the same accounts").key
    };
    // The ends change places as well, and the edges come in the order of the new numbers.
    let mut sent: Vec<Edge> =
        edges.iter().map(|edge| Edge { a: key(edge.b), b: key(edge.a), fact: edge.fact }).collect();
    sent.sort_by_key(|edge| (edge.b, edge.a));
    (moved, sent)
}
