//! Whatever arrives in whatever order, what is kept is what deciding all facts at once gives.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tallymark_identity::{
    Admit, Arrival, Between, Contested, Fact, GraphError, Node, Reason, Summary, Withdraw, admit, withdraw,
};

use crate::model::{DEVICE, PHONE, VISITOR, fact, facts, kind, nodes, policies, policy};
use crate::store::{Pair, Store};

#[derive(Debug, Clone, Copy)]
enum Event {
    See(Pair, Fact),
    Retract(Pair),
    Restore(Pair),
}

const NODES: usize = 11;

fn pairs() -> impl Strategy<Value = Pair> {
    (0..NODES, 1..NODES).prop_map(|(a, further)| {
        let b = (a + further) % NODES;
        (a.min(b), a.max(b))
    })
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        8 => (pairs(), facts()).prop_map(|(pair, fact)| Event::See(pair, fact)),
        2 => pairs().prop_map(Event::Retract),
        1 => pairs().prop_map(Event::Restore),
    ];
    prop::collection::vec(event, 0..70)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_kept_is_canonical_after_every_event(nodes in nodes(NODES), policy in policies(), events in events()) {
        let mut store = Store::of(&policy, &nodes);
        for event in events {
            match event {
                Event::See(pair, fact) => store.see(pair, fact),
                Event::Retract(pair) => store.retract(pair),
                Event::Restore(pair) => store.restore(pair),
            }
            store.assert_canonical();
        }
    }

    #[test]
    fn any_order_of_observations_ends_in_the_same_persons(
        nodes in nodes(NODES),
        policy in policies(),
        (seen, shuffled) in prop::collection::vec((pairs(), facts()), 0..50)
            .prop_flat_map(|seen| (Just(seen.clone()), Just(seen).prop_shuffle())),
    ) {
        let [one, other] = [seen, shuffled].map(|order| {
            let mut store = Store::of(&policy, &nodes);
            order.into_iter().for_each(|(pair, fact)| store.see(pair, fact));
            store.assert_canonical();
            store.edges()
        });
        // Both are canonical for their facts, which are the same.
        prop_assert_eq!(one, other);
    }
}

fn node(key: i64, number: u8) -> Node {
    Node { key, kind: kind(number), scope: 0, stable: key as u64, neighbours: 0 }
}

#[test]
fn a_day_of_ordinary_arrivals_needs_no_rebuild() {
    let policy = policy(3, 64);
    let nodes: Vec<Node> = (0..30).map(|key| node(key, if key % 3 == 0 { PHONE } else { DEVICE })).collect();
    let mut store = Store::of(&policy, &nodes);
    for phone in (0..30).step_by(3) {
        store.see((phone, phone + 1), fact(2, phone as i64));
        store.see((phone, phone + 2), fact(2, phone as i64));
        store.see((phone + 1, phone + 2), fact(2, phone as i64));
    }
    store.assert_canonical();
    assert_eq!((store.answers, store.rebuilds), (30, 0));
}

#[test]
fn a_late_fact_that_would_win_asks_for_a_rebuild_and_one_that_would_not_is_contested() {
    let policy = policy(9, 64);
    let [p, q, r, device] = [node(1, PHONE), node(2, PHONE), node(3, PHONE), node(4, DEVICE)];
    let key = policy.key(&p, &q, fact(2, 100));
    let person = Summary::of(&policy, &p).joined(Summary::of(&policy, &q), key);
    let alone = Summary::of(&policy, &r);
    let arrival = |fact| Arrival { a: &q, b: &r, fact, repeat: false, between: Between::Two(&person, &alone) };
    let too_many = Reason::Limit { kind: kind(PHONE), scope: 0, limit: 2 };
    let contest = Admit::Contest(Contested { reason: too_many, refused: 3 });
    assert_eq!(admit(&policy, &arrival(fact(2, 101))), Ok(contest));
    assert_eq!(admit(&policy, &arrival(fact(2, 99))), Ok(Admit::Rebuild));
    assert_eq!(admit(&policy, &arrival(fact(1, 101))), Ok(Admit::Rebuild), "stronger evidence is heard before");
    // A device has no limit: it joins however late the fact is.
    let of_device = Summary::of(&policy, &device);
    let late =
        Arrival { a: &device, b: &q, fact: fact(0, -5), repeat: false, between: Between::Two(&of_device, &person) };
    assert_eq!(admit(&policy, &late), Ok(Admit::Join));
}

#[test]
fn a_device_becomes_shared_once_and_joins_nothing_from_then_on() {
    let policy = policy(3, 64);
    let phone = node(1, PHONE);
    let of_phone = Summary::of(&policy, &phone);
    let device = |neighbours| Node { neighbours, ..node(2, DEVICE) };
    let does = |neighbours, repeat| {
        let device = device(neighbours);
        let of_device = Summary::of(&policy, &device);
        let between = Between::Two(&of_phone, &of_device);
        admit(&policy, &Arrival { a: &phone, b: &device, fact: fact(2, 1), repeat, between }).unwrap()
    };
    let shared = Admit::Contest(Contested { reason: Reason::Shared, refused: 2 });
    assert_eq!(does(1, false), Admit::Join);
    assert_eq!(does(2, false), Admit::Rebuild);
    assert_eq!(does(2, true), Admit::Join, "a repeat is no new neighbour");
    assert_eq!(does(3, false), shared);
    assert_eq!(does(3, true), shared);
}

#[test]
fn a_shared_device_still_carries_what_may_be_shared() {
    let policy = policy(3, 64);
    let (device, visitor) = (Node { neighbours: 50, ..node(1, DEVICE) }, node(2, VISITOR));
    let (one, other) = (Summary::of(&policy, &device), Summary::of(&policy, &visitor));
    let between = Between::Two(&one, &other);
    let arrival = Arrival { a: &device, b: &visitor, fact: fact(2, 1), repeat: false, between };
    assert_eq!(admit(&policy, &arrival), Ok(Admit::Join));
}

#[test]
fn retracting_what_joined_nothing_changes_nothing() {
    let policy = policy(3, 64);
    let [p, q] = [node(1, PHONE), node(2, PHONE)];
    let key = policy.key(&p, &q, fact(2, 100));
    let person = Summary::of(&policy, &p).joined(Summary::of(&policy, &q), key);
    let alone = Summary::of(&policy, &p);
    let one = |at| withdraw(&policy, &p, &q, fact(2, at), Between::One(&person)).unwrap();
    assert_eq!((one(100), one(101)), (Withdraw::Rebuild, Withdraw::Nothing));
    let two = withdraw(&policy, &p, &q, fact(0, 1), Between::Two(&alone, &person));
    assert_eq!(two, Ok(Withdraw::Nothing));
    let device = |neighbours| Node { neighbours, ..node(3, DEVICE) };
    let of_device = Summary::of(&policy, &device(0));
    let shared =
        |neighbours| withdraw(&policy, &p, &device(neighbours), fact(2, 1), Between::Two(&alone, &of_device)).unwrap();
    assert_eq!((shared(3), shared(4)), (Withdraw::Rebuild, Withdraw::Nothing));
}

#[test]
fn an_edge_of_an_unknown_kind_or_to_itself_is_refused() {
    let policy = policy(3, 64);
    let (phone, stranger) = (node(1, PHONE), node(2, 9));
    let summary = Summary { size: 1, counts: BTreeMap::new(), last_join: None };
    let between = Between::Two(&summary, &summary);
    let arrival = |b| Arrival { a: &phone, b, fact: fact(0, 0), repeat: false, between };
    assert_eq!(admit(&policy, &arrival(&stranger)), Err(GraphError::UnknownKind { kind: 9 }));
    assert_eq!(admit(&policy, &arrival(&phone)), Err(GraphError::Loop { key: 1 }));
}
