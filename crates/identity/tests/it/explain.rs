//! Why accounts are one person, and what retracting does.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tallymark_identity::{Edge, GraphError, Node, Verdict, chain, decide, separating, split};

use crate::model::{
    CARD, DEVICE, PHONE, decided_groups, edges, fact, groups, kind, model_groups, nodes, policies, policy,
};

fn node(key: i64, number: u8) -> Node {
    Node { key, kind: kind(number), scope: 0, stable: key as u64, neighbours: 0 }
}

/// Steps between all pairs over the edges that are held (Floyd, Warshall 1962).
fn distances(nodes: &[Node], edges: &[Edge], verdicts: &[Verdict]) -> Vec<Vec<usize>> {
    let mut steps = vec![vec![usize::MAX / 4; nodes.len()]; nodes.len()];
    (0..nodes.len()).for_each(|place| steps[place][place] = 0);
    for (edge, verdict) in edges.iter().zip(verdicts) {
        if !matches!(verdict, Verdict::Contested(_)) {
            let (a, b) = ((edge.a - 100) as usize, (edge.b - 100) as usize);
            (steps[a][b], steps[b][a]) = (1, 1);
        }
    }
    for by in 0..nodes.len() {
        for from in 0..nodes.len() {
            for to in 0..nodes.len() {
                steps[from][to] = steps[from][to].min(steps[from][by] + steps[by][to]);
            }
        }
    }
    steps
}

proptest! {
    #[test]
    fn a_chain_leads_from_one_account_to_the_other_in_the_fewest_steps(
        nodes in nodes(12), edges in edges(12, 40), policy in policies(),
    ) {
        let decided = decide(&policy, &nodes, &edges).unwrap();
        let steps = distances(&nodes, &edges, &decided.verdicts);
        for (from, to) in (0..12).flat_map(|from| (0..12).map(move |to| (from, to))) {
            let (a, b) = (nodes[from].key, nodes[to].key);
            let found = chain(&policy, &nodes, &edges, &decided, a, b).unwrap();
            prop_assert_eq!(found.is_some(), decided.persons[from] == decided.persons[to]);
            let Some(found) = found else { continue };
            prop_assert_eq!(found.len(), steps[from][to]);
            let mut at = a;
            for edge in found {
                prop_assert!(!matches!(decided.verdicts[edge], Verdict::Contested(_)));
                let Edge { a, b, .. } = edges[edge];
                prop_assert!(at == a || at == b);
                at = a + b - at;
            }
            prop_assert_eq!(at, b);
        }
    }

    #[test]
    fn separated_accounts_share_no_person_with_others_and_come_back_when_all_is_restored(
        nodes in nodes(14), edges in edges(14, 50), policy in policies(),
        set in prop::collection::btree_set(100_i64..114, 1..8),
    ) {
        let before = decide(&policy, &nodes, &edges).unwrap();
        let retracted = separating(&edges, &set);
        let after = split(&policy, &nodes, &edges, &retracted).unwrap();
        for group in decided_groups(&nodes, &after.decided) {
            let inside = nodes.iter().filter(|node| group.contains(&node.stable) && set.contains(&node.key)).count();
            prop_assert!(inside == 0 || inside == group.len());
        }
        let left: Vec<Edge> =
            edges.iter().enumerate().filter(|(place, _)| !retracted.contains(place)).map(|(_, edge)| *edge).collect();
        prop_assert_eq!(decided_groups(&nodes, &after.decided), model_groups(&policy, &nodes, &left));

        let restored: Vec<Edge> = left.iter().copied().chain(retracted.iter().map(|place| edges[*place])).collect();
        let again = decide(&policy, &nodes, &restored).unwrap();
        prop_assert_eq!(&again.persons, &before.persons);
    }

    #[test]
    fn a_split_tells_the_new_persons_and_who_moves(
        nodes in nodes(14), edges in edges(14, 50), policy in policies(),
        places in prop::collection::btree_set(0_usize..50, 0..12),
    ) {
        let retracted: Vec<usize> = places.into_iter().filter(|place| *place < edges.len()).collect();
        let after = split(&policy, &nodes, &edges, &retracted).unwrap();
        let before = decide(&policy, &nodes, &edges).unwrap();
        let (old, new) = (decided_groups(&nodes, &before), decided_groups(&nodes, &after.decided));
        let stable = |key: &i64| nodes[(key - 100) as usize].stable;
        let told: BTreeSet<BTreeSet<u64>> = after.groups.iter().map(|group| group.iter().map(stable).collect()).collect();
        prop_assert_eq!(told, new.difference(&old).cloned().collect::<BTreeSet<_>>());
        // Those who stay of each person are one of its largest pieces.
        let stays = |place: usize| !after.moved.contains(&nodes[place].key);
        let mut stayed: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
        for place in (0..14).filter(|place| stays(*place)) {
            stayed.entry(before.persons[place]).or_default().insert(place);
        }
        for (person, rest) in stayed {
            let members = (0..14).filter(|place| before.persons[*place] == person);
            let mut pieces: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
            for place in members {
                pieces.entry(after.decided.persons[place]).or_default().insert(place);
            }
            prop_assert!(pieces.values().any(|piece| *piece == rest));
            prop_assert_eq!(pieces.values().map(BTreeSet::len).max(), Some(rest.len()));
        }
        prop_assert_eq!(groups(&nodes, |place| before.persons[place]), old);
    }
}

#[test]
fn of_two_short_chains_the_one_without_a_weak_link_is_told() {
    // From phone 1 to card 4: over device 2 (weak), or over phone 3 (strong).
    let nodes = [node(1, PHONE), node(2, DEVICE), node(3, PHONE), node(4, CARD)];
    let edge = |a, b, at| Edge { a, b, fact: fact(1, at) };
    let edges = [edge(1, 2, 1), edge(2, 4, 2), edge(1, 3, 8), edge(3, 4, 9)];
    let policy = policy(9, 64);
    let decided = decide(&policy, &nodes, &edges).unwrap();
    assert_eq!(chain(&policy, &nodes, &edges, &decided, 1, 4), Ok(Some(vec![2, 3])));
    assert_eq!(chain(&policy, &nodes, &edges, &decided, 4, 1), Ok(Some(vec![3, 2])));
    assert_eq!(chain(&policy, &nodes, &edges, &decided, 1, 1), Ok(Some(vec![])));
    assert_eq!(chain(&policy, &nodes, &edges, &decided, 1, 9), Err(GraphError::NoSuchNode { key: 9 }));
}

#[test]
fn parting_a_phone_from_a_device_frees_what_it_had_kept_out() {
    // Phones 1 and 2 came first; phone 3 was refused.
    let nodes = [node(1, PHONE), node(2, PHONE), node(3, PHONE), node(4, CARD)];
    let edges = [1, 2, 3].map(|key| Edge { a: 4, b: key, fact: fact(2, key) });
    let parted = split(&policy(9, 64), &nodes, &edges, &separating(&edges, &BTreeSet::from([1]))).unwrap();
    assert_eq!(parted.groups, [vec![2, 3, 4], vec![1]]);
    assert_eq!(parted.moved, [1]);
}

#[test]
fn retracting_from_a_shared_device_can_make_it_one_persons_again() {
    let told = |node: Node, neighbours| Node { neighbours, ..node };
    let nodes = [node(1, PHONE), node(2, PHONE), node(3, PHONE), told(node(4, DEVICE), 3)];
    let edges = [1, 2, 3].map(|key| Edge { a: 4, b: key, fact: fact(2, key) });
    let left = split(&policy(3, 64), &nodes, &edges, &[2]).unwrap();
    assert_eq!(left.groups, [vec![1, 2, 4]]);
    assert!(left.moved.is_empty());
}
