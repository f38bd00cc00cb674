//! Everybody at once gives what a region gives.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use proptest::prelude::*;
use tallymark_identity::{
    Contested, Edge, Graph, GraphError, Kind, KindPolicy, LoadError, Loader, Node, Policy, Verdict, decide,
};

use crate::model::{
    PHONE, decided_groups, edges, fact, groups, kind, model_groups, nodes, policies, policy, renumbered,
};

const TWO: NonZeroUsize = NonZeroUsize::new(2).unwrap();

pub(crate) fn loaded(nodes: &[Node], edges: &[Edge]) -> Graph {
    let mut loader = Loader::with_capacity(nodes.len(), edges.len());
    let index: BTreeMap<i64, u32> =
        nodes.iter().map(|node| (node.key, loader.node(node.kind, node.scope, node.stable).unwrap())).collect();
    for edge in edges {
        loader.edge(index[&edge.a], index[&edge.b], edge.fact).unwrap();
    }
    loader.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_rebuild_gives_the_persons_and_the_contested_edges_of_a_region(
        nodes in nodes(20), edges in edges(20, 90), policy in policies(),
    ) {
        let decided = decide(&policy, &nodes, &edges).unwrap();
        let mut graph = loaded(&nodes, &edges);
        let persons = graph.rebuild(&policy, TWO).unwrap();
        prop_assert_eq!(groups(&nodes, |place| persons.person_of(place as u32)), decided_groups(&nodes, &decided));
        let mut expected = BTreeMap::new();
        for (edge, verdict) in edges.iter().zip(&decided.verdicts) {
            let contested = match verdict {
                Verdict::Contested(contested) => Some(*contested),
                _ => None,
            };
            expected.insert((edge.a.min(edge.b), edge.a.max(edge.b)), contested);
        }
        let key = |index: u32| nodes[index as usize].key;
        let mut keys = Vec::new();
        for outcome in graph.outcomes(&persons) {
            keys.push(outcome.key);
            let (a, b) = (key(outcome.a), key(outcome.b));
            let named = outcome.contested.map(|c| Contested { reason: c.reason, refused: key(c.refused) });
            prop_assert_eq!(expected.remove(&(a.min(b), a.max(b))), Some(named));
        }
        prop_assert!(expected.is_empty());
        prop_assert!(keys.is_sorted());
        for (place, person) in decided.persons.iter().enumerate() {
            let summary = graph.summary(&persons, persons.person_of(place as u32));
            let exact = &decided.summaries[*person as usize];
            prop_assert_eq!((summary.size, summary.counts), (exact.size, exact.counts.clone()));
        }
    }

    #[test]
    fn a_rebuild_does_not_depend_on_the_order_of_loading(
        nodes in nodes(20), edges in edges(20, 90), policy in policies(),
        order in Just((0..20).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let (moved, sent) = renumbered(&nodes, &edges, &order);
        let persons = loaded(&moved, &sent).rebuild(&policy, TWO).unwrap();
        let expected = model_groups(&policy, &nodes, &edges);
        prop_assert_eq!(groups(&moved, |place| persons.person_of(place as u32)), expected);
    }

    #[test]
    fn more_limited_scopes_than_bits_are_still_counted_one_by_one(
        given in prop::collection::vec((0_u32..40, any::<u64>()), 60),
        edges in edges(60, 120),
        limit in 1_u32..4,
    ) {
        let of_kind = KindPolicy { per_person: Some(limit), scoped: true, ..KindPolicy::default() };
        let policy = Policy::new(&[(kind(1), of_kind)], 2, 100).unwrap();
        let node = |(place, (scope, stable)): (usize, &(u32, u64))| Node {
            key: 100 + place as i64,
            kind: kind(1),
            scope: *scope,
            stable: stable & !0xFF | place as u64,
            neighbours: 0,
        };
        let nodes: Vec<Node> = given.iter().enumerate().map(node).collect();
        let persons = loaded(&nodes, &edges).rebuild(&policy, TWO).unwrap();
        let expected = model_groups(&policy, &nodes, &edges);
        prop_assert_eq!(groups(&nodes, |place| persons.person_of(place as u32)), expected);
    }
}

#[test]
fn a_person_bears_its_smallest_index_and_lists_its_accounts_once() {
    let mut loader = Loader::default();
    for stable in 95..101 {
        loader.node(kind(3), 0, stable).unwrap();
    }
    for (a, b) in [(5, 3), (3, 1), (2, 4)] {
        loader.edge(a, b, fact(2, i64::from(a))).unwrap();
    }
    let persons = loader.finish().rebuild(&policy(9, 64), TWO).unwrap();
    assert_eq!((0..6).map(|node| persons.person_of(node)).collect::<Vec<_>>(), [0, 1, 2, 1, 2, 1]);
    assert_eq!(persons.iter().collect::<Vec<_>>(), [0, 1, 2]);
    let mut members: Vec<u32> = persons.members(3).collect();
    assert_eq!(members[0], 3);
    members.sort_unstable();
    assert_eq!(members, [1, 3, 5]);
    assert_eq!((persons.size(5), persons.size(0), persons.nodes()), (3, 1, 6));
}

#[test]
fn many_threads_sort_as_one_does() {
    let count = 200_000_u32;
    let mut loader = Loader::with_capacity(count as usize, count as usize);
    for index in 0..count {
        loader.node(kind((index % 5) as u8), index % 3, u64::from(index.reverse_bits())).unwrap();
    }
    for index in 0..count {
        let other = index.wrapping_mul(7_919) % count;
        if other != index {
            loader.edge(index, other, fact((index % 4) as u8, i64::from(index.wrapping_mul(104_729) % 5_000))).unwrap();
        }
    }
    let mut graph = loader.finish();
    let policy = policy(4, 50);
    let results = [1, 2, 3, 8].map(|threads| {
        let persons = graph.rebuild(&policy, NonZeroUsize::new(threads).unwrap()).unwrap();
        let keys: Vec<_> = graph.outcomes(&persons).map(|outcome| outcome.key).collect();
        assert!(keys.is_sorted());
        (0..count).map(|node| persons.person_of(node)).collect::<Vec<_>>()
    });
    assert!(results.iter().all(|result| *result == results[0]));
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut loader = Loader::default();
    loader.node(kind(PHONE), 0, 1).unwrap();
    assert_eq!(loader.edge(0, 1, fact(0, 0)), Err(LoadError::NoSuchNode { index: 1, nodes: 1 }));
    assert_eq!(loader.edge(0, 0, fact(0, 0)), Err(LoadError::Loop { index: 0 }));
    for scope in 1..1 << 16 {
        loader.node(kind(PHONE), scope, u64::from(scope)).unwrap();
    }
    assert_eq!(loader.node(kind(PHONE), 1 << 16, 0), Err(LoadError::TooManyClasses));
    let strange: Kind = kind(31);
    let mut loader = Loader::default();
    loader.node(strange, 0, 1).unwrap();
    let refused = loader.finish().rebuild(&policy(3, 64), TWO).unwrap_err();
    assert_eq!(refused, GraphError::UnknownKind { kind: 31 });
}
