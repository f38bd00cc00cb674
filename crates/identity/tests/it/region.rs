//! A region decided at once: against the model, against union-find, and by hand.

use proptest::prelude::*;
use tallymark_identity::{Contested, Edge, GraphError, Key, Node, Reason, Verdict, decide};

use crate::model::{
    CARD, DEVICE, OPENID, PHONE, VISITOR, decided_groups, edges, fact, groups, kind, model_groups, no_limits, nodes,
    policies, policy, renumbered,
};

fn node(key: i64, number: u8, scope: u32) -> Node {
    Node { key, kind: kind(number), scope, stable: key as u64, neighbours: 0 }
}

fn edge(a: i64, b: i64, at: i64) -> Edge {
    Edge { a, b, fact: fact(2, at) }
}

/// The textbook's union-find (Tarjan 1975), without any shortcut.
fn roots(count: usize, pairs: &[(usize, usize)]) -> Vec<usize> {
    let mut roots: Vec<usize> = (0..count).collect();
    for (a, b) in pairs {
        let (from, to) = (roots[*a], roots[*b]);
        roots.iter_mut().filter(|root| **root == from).for_each(|root| *root = to);
    }
    roots
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn persons_are_those_of_the_plainest_implementation(
        nodes in nodes(14), edges in edges(14, 50), policy in policies(),
    ) {
        let decided = decide(&policy, &nodes, &edges).unwrap();
        prop_assert_eq!(decided_groups(&nodes, &decided), model_groups(&policy, &nodes, &edges));
    }

    #[test]
    fn neither_numbers_nor_order_matter(
        nodes in nodes(14), edges in edges(14, 50), policy in policies(),
        order in Just((0..14).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let (moved, sent) = renumbered(&nodes, &edges, &order);
        let (one, other) = (decide(&policy, &nodes, &edges).unwrap(), decide(&policy, &moved, &sent).unwrap());
        prop_assert_eq!(decided_groups(&nodes, &one), decided_groups(&moved, &other));
    }

    #[test]
    fn without_limits_persons_are_connected_components(nodes in nodes(20), edges in edges(20, 30)) {
        let pairs: Vec<_> = edges.iter().map(|edge| ((edge.a - 100) as usize, (edge.b - 100) as usize)).collect();
        let roots = roots(20, &pairs);
        let decided = decide(&no_limits(), &nodes, &edges).unwrap();
        prop_assert_eq!(decided_groups(&nodes, &decided), groups(&nodes, |place| roots[place] as u32));
        let joined = decided.verdicts.iter().filter(|verdict| **verdict == Verdict::Joined).count();
        prop_assert_eq!(joined, 20 - decided.summaries.len());
    }

    #[test]
    fn edges_that_a_shared_account_cuts_may_be_left_out_if_neighbours_are_told(
        nodes in nodes(14), edges in edges(14, 50), policy in policies(),
    ) {
        let whole = decide(&policy, &nodes, &edges).unwrap();
        let told: Vec<Node> = nodes.iter().map(|node| {
            let others = edges.iter().filter_map(|edge| match node.key {
                key if key == edge.a => Some(edge.b),
                key if key == edge.b => Some(edge.a),
                _ => None,
            });
            let counts = |key: &i64| !policy.kind(nodes[(key - 100) as usize].kind).unwrap().on_shared;
            Node { neighbours: others.filter(counts).count() as u32, ..*node }
        }).collect();
        let is_cut = |verdict: &Verdict| matches!(verdict, Verdict::Contested(Contested { reason: Reason::Shared, .. }));
        let left: Vec<Edge> =
            edges.iter().zip(&whole.verdicts).filter(|(_, verdict)| !is_cut(verdict)).map(|(edge, _)| *edge).collect();
        prop_assert_eq!(decide(&policy, &told, &left).unwrap().persons, whole.persons);
    }
}

#[test]
fn the_earlier_of_two_conflicting_facts_wins() {
    // A card has one owner's two phones; a third phone comes later.
    let nodes = [node(1, PHONE, 0), node(2, PHONE, 0), node(3, PHONE, 0), node(4, CARD, 0)];
    let edges = [edge(4, 3, 30), edge(4, 1, 10), edge(4, 2, 20), edge(1, 2, 40)];
    let decided = decide(&policy(9, 64), &nodes, &edges).unwrap();
    assert_eq!(decided.persons, [0, 0, 1, 0]);
    let reason = Reason::Limit { kind: kind(PHONE), scope: 0, limit: 2 };
    // The card is of the weaker kind: it is kept out, not the phone.
    let contested = Verdict::Contested(Contested { reason, refused: 4 });
    assert_eq!(decided.verdicts, [contested, Verdict::Joined, Verdict::Joined, Verdict::Redundant]);
    assert_eq!(decided.summaries[0].size, 3);
    assert_eq!(decided.summaries[0].counts.get(&(kind(PHONE), 0)), Some(&2));
}

#[test]
fn a_scoped_limit_counts_each_app_by_itself() {
    let nodes = [node(1, PHONE, 0), node(2, OPENID, 7), node(3, OPENID, 8), node(4, OPENID, 7)];
    let edges = [edge(1, 2, 1), edge(1, 3, 2), edge(1, 4, 3)];
    let decided = decide(&policy(9, 64), &nodes, &edges).unwrap();
    assert_eq!(decided.persons, [0, 0, 0, 1]);
    let reason = Reason::Limit { kind: kind(OPENID), scope: 7, limit: 1 };
    assert_eq!(decided.verdicts[2], Verdict::Contested(Contested { reason, refused: 4 }));
}

#[test]
fn a_tablet_of_a_shop_loses_all_its_customers_the_first_included() {
    let nodes = [node(1, PHONE, 0), node(2, PHONE, 0), node(3, PHONE, 0), node(4, DEVICE, 0), node(5, VISITOR, 0)];
    let customers = [edge(4, 1, 1), edge(4, 2, 2), edge(4, 3, 3), edge(4, 5, 4)];
    let decided = decide(&policy(3, 64), &nodes, &customers).unwrap();
    assert_eq!(decided.persons, [0, 1, 2, 3, 3]);
    let shared = Verdict::Contested(Contested { reason: Reason::Shared, refused: 4 });
    assert_eq!(decided.verdicts, [shared, shared, shared, Verdict::Joined]);
    let two = decide(&policy(3, 64), &nodes, &customers[..2]).unwrap();
    assert_eq!(two.persons, [0, 0, 1, 0, 2], "two phones do not make a device shared");
}

#[test]
fn a_person_stops_growing_at_its_limit_of_accounts() {
    let nodes: Vec<Node> = (0..5).map(|key| node(key, DEVICE, 0)).collect();
    let edges: Vec<Edge> = (1..5).map(|key| edge(0, key, key)).collect();
    let decided = decide(&policy(9, 3), &nodes, &edges).unwrap();
    assert_eq!(decided.persons, [0, 0, 0, 1, 2]);
    let contested = Contested { reason: Reason::Members { limit: 3 }, refused: 4 };
    assert_eq!(decided.verdicts[3], Verdict::Contested(contested));
}

#[test]
fn evidence_is_heard_by_strength_then_time_then_rule() {
    let policy = policy(9, 64);
    let (phone, other, device) = (node(1, PHONE, 0), node(2, PHONE, 0), node(3, DEVICE, 0));
    let keys = [
        policy.key(&phone, &other, fact(0, 50)),
        policy.key(&phone, &other, fact(1, i64::MIN)),
        policy.key(&phone, &other, fact(1, -1)),
        policy.key(&phone, &other, fact(1, 0)),
        // The device's priority is 3, so that better rules do not help it, but tell equal times apart.
        policy.key(&phone, &device, fact(0, 7)),
        policy.key(&phone, &device, fact(3, 7)),
        policy.key(&phone, &other, fact(3, 8)),
        policy.key(&phone, &device, fact(4, i64::MIN)),
        policy.key(&phone, &device, fact(15, i64::MAX)),
    ];
    assert!(keys.is_sorted_by(|a, b| a < b));
    assert_eq!(policy.key(&phone, &other, fact(1, i64::MAX)), policy.key(&other, &phone, fact(1, 1 << 55)));
    for key in keys {
        assert_eq!(Key::from_bytes(key.to_bytes()), key);
    }
    assert!(keys.map(Key::to_bytes).is_sorted());
}

#[test]
fn observations_of_one_pair_are_its_strongest_rule_and_its_earliest_time() {
    assert_eq!(fact(2, 5).and(fact(1, 9)), fact(1, 5));
    assert_eq!(fact(1, 9).and(fact(2, 5)), fact(1, 5));
}

#[test]
fn facts_that_make_no_graph_are_refused() {
    let policy = policy(9, 64);
    let nodes = [node(1, PHONE, 0), node(2, CARD, 0)];
    let refused = |nodes: &[Node], edges: &[Edge]| decide(&policy, nodes, edges).unwrap_err();
    assert_eq!(refused(&[nodes[0], nodes[0]], &[]), GraphError::NodeTwice { key: 1 });
    assert_eq!(refused(&[node(1, 30, 0)], &[]), GraphError::UnknownKind { kind: 30 });
    assert_eq!(refused(&nodes, &[edge(1, 3, 0)]), GraphError::NoSuchNode { key: 3 });
    assert_eq!(refused(&nodes, &[edge(1, 1, 0)]), GraphError::Loop { key: 1 });
    assert_eq!(refused(&nodes, &[edge(1, 2, 0), edge(2, 1, 5)]), GraphError::EdgeTwice { a: 1, b: 2 });
}
