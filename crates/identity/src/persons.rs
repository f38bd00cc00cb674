//! The outcome of a rebuild: who is who, and what became of each edge.

use crate::forest::{Slot, ring};
use crate::graph::Key;
use crate::load::Packed;
use crate::policy::Policy;
use crate::rebuild::{Bits, Graph};
use crate::summary::{Contested, Reason, Summary};

/// The persons of a whole graph. Each is named by the smallest index of its accounts.
///
/// Memory: 12 bytes an account.
#[derive(Debug)]
pub struct Persons {
    slots: Vec<Slot>,
    shared: Bits,
    policy: Policy,
}

/// What became of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The index of the account with the smaller stable value.
    pub a: u32,
    /// The index of the other account.
    pub b: u32,
    /// Its place in the canonical order.
    pub key: Key,
    /// Why it joins nothing; `None` if its accounts are one person.
    pub contested: Option<Contested<u32>>,
}

impl Persons {
    pub(crate) const fn of(slots: Vec<Slot>, shared: Bits, policy: Policy) -> Self {
        Self { slots, shared, policy }
    }

    /// Persons that were decided before and kept elsewhere, to be compared with others: the account that each account's
    /// person is named by. Which accounts are shared is not known of them.
    ///
    /// # Panics
    /// If a person is not named by the smallest index of its accounts.
    pub fn of_labels(labels: &[u32], policy: &Policy) -> Self {
        let mut slots: Vec<Slot> = Vec::with_capacity(labels.len());
        for (node, label) in (0_u32..).zip(labels) {
            let is_named = *label <= node && labels[*label as usize] == *label;
            assert!(is_named, "a person is named by the first of its accounts");
            slots.push(Slot { above: *label, next: node, bits: 0 });
            let root = &mut slots[*label as usize];
            root.bits += 1;
            let next = std::mem::replace(&mut root.next, node);
            slots[node as usize].next = next;
        }
        Self::of(slots, Bits::default(), policy.clone())
    }

    /// How many accounts there are.
    pub const fn nodes(&self) -> usize {
        self.slots.len()
    }

    /// The person of an account.
    ///
    /// # Panics
    /// If there is no such account.
    pub fn person_of(&self, node: u32) -> u32 {
        self.slots[node as usize].above
    }

    /// The accounts of the person of an account, each once, beginning with that account.
    ///
    /// # Panics
    /// If there is no such account.
    pub fn members(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        ring(&self.slots, node)
    }

    /// How many accounts the person of an account has.
    ///
    /// # Panics
    /// If there is no such account.
    pub fn size(&self, node: u32) -> u32 {
        self.slots[self.person_of(node) as usize].bits
    }

    /// Every person, in rising order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.slots.len() as u32).filter(|node| self.person_of(*node) == *node)
    }

    /// Whether an account is shared.
    pub fn is_shared(&self, node: u32) -> bool {
        self.shared.get(node as usize)
    }
}

impl Graph {
    /// What became of each edge, in the order of the last rebuild.
    ///
    /// For the summary of a person that a database keeps, take [`Graph::summary`] and raise its
    /// [`Summary::last_join`] to the key of every outcome within the person.
    ///
    /// # Panics
    /// If the persons are not those of this graph.
    pub fn outcomes<'a>(&'a self, persons: &'a Persons) -> impl Iterator<Item = Outcome> + 'a {
        assert_eq!(self.nodes(), persons.nodes(), "the persons are of another graph");
        self.edges.iter().map(|edge| Outcome {
            a: edge.a,
            b: edge.b,
            key: Key { order: edge.order, tie: edge.tie },
            contested: self.contested(persons, edge),
        })
    }

    /// A person in a few numbers, without [`Summary::last_join`].
    ///
    /// # Panics
    /// If the persons are not those of this graph.
    pub fn summary(&self, persons: &Persons, person: u32) -> Summary {
        let mut summary = Summary::default();
        for member in persons.members(person) {
            let (kind, scope) = self.class(member);
            summary.size += 1;
            if let Some((place, _)) = persons.policy.tally(kind, scope) {
                *summary.counts.entry(place).or_default() += 1;
            }
        }
        summary
    }

    /// An edge that is not cut by a shared account joined its persons, or was refused by a limit, and then its
    /// accounts are two persons for good: a person that held both would break that limit.
    fn contested(&self, persons: &Persons, edge: &Packed) -> Option<Contested<u32>> {
        let policy = &persons.policy;
        if let Some(refused) = self.shared_end(policy, &persons.shared, edge) {
            return Some(Contested { reason: Reason::Shared, refused });
        }
        let (a, b) = (persons.person_of(edge.a), persons.person_of(edge.b));
        if a == b {
            return None;
        }
        let reason = policy.conflict(&self.summary(persons, a), &self.summary(persons, b));
        let reason = reason.expect("two persons that an edge could join were left apart");
        Some(Contested { reason, refused: self.weaker(policy, edge) })
    }
}
