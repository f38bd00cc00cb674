//! Two policies over one graph, compared as groups.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use proptest::prelude::*;
use tallymark_identity::{Comparison, Difference, Edge, Node, Persons};

use crate::batch::loaded;
use crate::model::{CARD, PHONE, edges, fact, kind, no_limits, nodes, policies, policy};

const ONE: NonZeroUsize = NonZeroUsize::MIN;

fn groups(persons: &Persons) -> Vec<BTreeSet<u32>> {
    persons.iter().map(|person| persons.members(person).collect()).collect()
}

proptest! {
    #[test]
    fn what_differs_are_the_groups_of_one_that_are_not_groups_of_the_other(
        nodes in nodes(20), edges in edges(20, 60), one in policies(), other in policies(),
    ) {
        let mut graph = loaded(&nodes, &edges);
        let (before, after) = (graph.rebuild(&one, ONE).unwrap(), graph.rebuild(&other, ONE).unwrap());
        let comparison = Comparison::of(&before, &after);
        let (old, new) = (groups(&before), groups(&after));
        let of = |persons: &Persons, which: Vec<u32>| -> Vec<BTreeSet<u32>> {
            which.into_iter().map(|person| persons.members(person).collect()).collect()
        };
        let unmade: Vec<_> = old.iter().filter(|group| !new.contains(group)).cloned().collect();
        let made: Vec<_> = new.iter().filter(|group| !old.contains(group)).cloned().collect();
        prop_assert_eq!(of(&before, comparison.unmade().collect()), unmade);
        prop_assert_eq!(of(&after, comparison.made().collect()), made);

        let pieces = |group: &BTreeSet<u32>, others: &[BTreeSet<u32>]| -> Vec<usize> {
            others.iter().map(|other| other.intersection(group).count()).filter(|count| *count > 0).collect()
        };
        let several = |groups: &[BTreeSet<u32>], others: &[BTreeSet<u32>]| {
            let count = groups.iter().filter(|group| pieces(group, others).len() > 1).count();
            let apart: usize =
                groups.iter().map(|group| group.len() - pieces(group, others).iter().max().unwrap()).sum();
            (count, apart)
        };
        let ((persons_split, accounts_parted), (persons_merged, accounts_gathered)) =
            (several(&old, &new), several(&new, &old));
        prop_assert_eq!(comparison.difference(), Difference {
            persons_before: old.len(),
            persons_after: new.len(),
            persons_split,
            persons_merged,
            accounts_parted,
            accounts_gathered,
        });
    }

    #[test]
    fn persons_that_were_kept_elsewhere_are_the_same_persons(
        nodes in nodes(20), edges in edges(20, 60), policy in policies(),
    ) {
        let decided = loaded(&nodes, &edges).rebuild(&policy, ONE).unwrap();
        let labels: Vec<u32> = (0..decided.nodes() as u32).map(|node| decided.person_of(node)).collect();
        let kept = Persons::of_labels(&labels, &policy);
        prop_assert_eq!(groups(&kept), groups(&decided));
        for node in 0..decided.nodes() as u32 {
            prop_assert_eq!(kept.person_of(node), decided.person_of(node));
            prop_assert_eq!(kept.size(node), decided.size(node));
            prop_assert_eq!(kept.members(node).count(), decided.members(node).count());
        }
        let comparison = Comparison::of(&kept, &decided);
        prop_assert_eq!((comparison.made().count(), comparison.unmade().count()), (0, 0));
    }

    #[test]
    fn a_graph_can_go_from_policy_to_policy_and_back(
        nodes in nodes(20), edges in edges(20, 60), one in policies(), other in policies(),
    ) {
        let mut graph = loaded(&nodes, &edges);
        let first = graph.rebuild(&one, ONE).unwrap();
        graph.rebuild(&other, ONE).unwrap();
        let again = graph.rebuild(&one, ONE).unwrap();
        let same = Comparison::of(&first, &again);
        prop_assert_eq!((same.made().count(), same.unmade().count()), (0, 0));
    }
}

#[test]
fn lifting_a_limit_brings_the_third_phone_to_its_person() {
    let node = |key: i64, number| Node { key, kind: kind(number), scope: 0, stable: key as u64, neighbours: 0 };
    let nodes = [node(0, CARD), node(1, PHONE), node(2, PHONE), node(3, PHONE), node(4, CARD)];
    let edges = [1, 2, 3].map(|key| Edge { a: 0, b: key, fact: fact(2, key) });
    let mut graph = loaded(&nodes, &edges);
    let before = graph.rebuild(&policy(9, 64), ONE).unwrap();
    let after = graph.rebuild(&no_limits(), ONE).unwrap();
    let comparison = Comparison::of(&before, &after);
    assert_eq!(comparison.unmade().collect::<Vec<_>>(), [0, 3]);
    assert_eq!(comparison.made().collect::<Vec<_>>(), [0]);
    let expected = Difference {
        persons_before: 3,
        persons_after: 2,
        persons_split: 0,
        persons_merged: 1,
        accounts_parted: 0,
        accounts_gathered: 1,
    };
    assert_eq!(comparison.difference(), expected);
}
