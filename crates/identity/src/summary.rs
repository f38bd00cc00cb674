//! What must be known of a person to decide whether it can take in another: how many accounts it has, how many of each
//! limited kind, and the last evidence that made it.

use std::collections::BTreeMap;

use crate::graph::{Key, Node};
use crate::policy::{Kind, Policy};

/// Why evidence joins nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// One of the accounts is shared by many persons.
    Shared,
    /// The person would have too many accounts.
    Members {
        /// How many it can have.
        limit: u32,
    },
    /// The person would have too many identifiers of a kind.
    Limit {
        /// The kind.
        kind: Kind,
        /// The scope in which there would be too many; 0 if the kind's limit is not scoped.
        scope: u32,
        /// How many it can have.
        limit: u32,
    },
}

/// Evidence that joins nothing. `N` is how accounts are named: by key, or by index in a [`crate::Graph`].
///
/// It is told by the two accounts and persons as they are, not as they were when the edge was heard: a limit is the
/// first that the two would break together. So it is enough to store *that* an edge is contested, and to ask
/// [`Policy::contested`] when somebody wants to know why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Contested<N> {
    /// Why.
    pub reason: Reason,
    /// The account that is kept out: the shared one, or the weaker of the two ([`Policy::weaker`]).
    pub refused: N,
}

/// The persons at the ends of an edge.
#[derive(Debug, Clone, Copy)]
pub enum Between<'a> {
    /// Both accounts are one person.
    One(&'a Summary),
    /// The accounts are two persons.
    Two(&'a Summary, &'a Summary),
}

/// A person in a few numbers. A database keeps one for each person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Accounts.
    pub size: u32,
    /// Identifiers of each kind that is limited, by kind and scope (0 for a kind whose limit is not scoped).
    pub counts: BTreeMap<(Kind, u32), u32>,
    /// A key that no edge which joined accounts of this person sorts after: the last of them, or a later one. `None`
    /// for a single account.
    pub last_join: Option<Key>,
}

impl Summary {
    /// A person of one account.
    pub fn of(policy: &Policy, node: &Node) -> Self {
        let counts = policy.tally(node.kind, node.scope).map(|(place, _)| (place, 1));
        Self { size: 1, counts: counts.into_iter().collect(), last_join: None }
    }

    /// This person and another as one, joined by an edge with the given key.
    #[must_use]
    pub fn joined(mut self, mut other: Self, key: Key) -> Self {
        if self.counts.len() < other.counts.len() {
            std::mem::swap(&mut self.counts, &mut other.counts);
        }
        for (place, count) in other.counts {
            *self.counts.entry(place).or_default() += count;
        }
        let last_join = self.last_join.max(other.last_join).max(Some(key));
        Self { size: self.size.saturating_add(other.size), counts: self.counts, last_join }
    }
}

impl Policy {
    /// Why an edge between two accounts joins nothing; `None` if nothing is in its way.
    pub fn contested(&self, a: &Node, b: &Node, between: Between<'_>) -> Option<Contested<i64>> {
        if let Some(shared) = self.shared_end(a, b) {
            return Some(Contested { reason: Reason::Shared, refused: shared.key });
        }
        let Between::Two(one, other) = between else { return None };
        let reason = self.conflict(one, other)?;
        Some(Contested { reason, refused: self.weaker(a, b).key })
    }

    /// The first limit that two persons would break as one; `None` if they can be one. The number of accounts comes
    /// first, then the kinds by number, then the scopes.
    pub fn conflict(&self, one: &Summary, other: &Summary) -> Option<Reason> {
        if one.size.saturating_add(other.size) > self.members_max() {
            return Some(Reason::Members { limit: self.members_max() });
        }
        let (few, many) = if one.counts.len() < other.counts.len() { (one, other) } else { (other, one) };
        few.counts.iter().find_map(|((kind, scope), count)| {
            let (_, limit) = self.tally(*kind, *scope)?;
            let both = many.counts.get(&(*kind, *scope))?.saturating_add(*count);
            (both > limit).then_some(Reason::Limit { kind: *kind, scope: *scope, limit })
        })
    }
}
