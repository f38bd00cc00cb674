//! Everybody at once: the same result as [`crate::decide`] over all accounts and edges, for tens of millions of them.
//!
//! Edges are sorted in place. A limit is looked up exactly only where it could be broken: each person has 32 bits that
//! say which limited kinds (and scopes) it has, and only if two persons have a bit in common are their accounts walked
//! and counted.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::forest::{Forest, Limits};
use crate::graph::{GraphError, rule_of, with_priority};
use crate::load::{Class, Packed};
use crate::persons::Persons;
use crate::policy::Policy;

/// Fewer edges than this are sorted by one thread.
const SHARE_MIN: usize = 1 << 16;
/// Edges whose persons are looked up before the first of them is decided. The look-ups do not wait for each other, so
/// that the memory answers several at a time.
const BLOCK: usize = 64;

/// A whole graph, loaded by a [`crate::Loader`].
///
/// Memory: 2 bytes an account and 24 an edge. A rebuild adds 12 bytes an account, which [`Persons`] keeps.
#[derive(Debug)]
pub struct Graph {
    pub(crate) classes: Vec<Class>,
    pub(crate) class_of: Vec<u16>,
    pub(crate) edges: Vec<Packed>,
}

/// A graph whose edges are in the canonical order of a policy.
#[derive(Debug)]
pub struct Ordered<'g> {
    graph: &'g Graph,
    policy: Policy,
    shared: Bits,
}

impl Graph {
    pub(crate) const fn of(classes: Vec<Class>, class_of: Vec<u16>, edges: Vec<Packed>) -> Self {
        Self { classes, class_of, edges }
    }

    /// How many accounts there are.
    pub const fn nodes(&self) -> usize {
        self.class_of.len()
    }

    /// How many edges there are.
    pub const fn edges(&self) -> usize {
        self.edges.len()
    }

    /// Decides who is who: [`Graph::order`], then [`Ordered::join`].
    ///
    /// # Errors
    /// [`GraphError::UnknownKind`] if the policy does not list the kind of an account.
    pub fn rebuild(&mut self, policy: &Policy, threads: NonZeroUsize) -> Result<Persons, GraphError> {
        Ok(self.order(policy, threads)?.join())
    }

    /// Finds the shared accounts and puts the edges into the canonical order, with so many threads.
    ///
    /// # Errors
    /// [`GraphError::UnknownKind`] if the policy does not list the kind of an account.
    pub fn order(&mut self, policy: &Policy, threads: NonZeroUsize) -> Result<Ordered<'_>, GraphError> {
        self.classes.iter().try_for_each(|(kind, _)| policy.known(*kind))?;
        let shared = self.prioritise(policy, threads);
        sort(&mut self.edges, threads.get());
        Ok(Ordered { graph: self, policy: policy.clone(), shared })
    }

    /// Gives each edge its priority and counts the neighbours of shareable accounts. Returns those that are shared.
    fn prioritise(&mut self, policy: &Policy, threads: NonZeroUsize) -> Bits {
        let of_class: Vec<_> = self.classes.iter().map(|(kind, _)| policy.of(*kind)).collect();
        let counts_neighbours = of_class.iter().any(|of_kind| of_kind.shareable);
        let counted = if counts_neighbours { self.class_of.len() } else { 0 };
        let neighbours: Vec<AtomicU32> = (0..counted).map(|_| AtomicU32::new(0)).collect();
        let class_of = &self.class_of;
        let prioritise = |edges: &mut [Packed]| {
            for edge in edges {
                let (a, b) = (edge.a as usize, edge.b as usize);
                let (kind_a, kind_b) = (&of_class[usize::from(class_of[a])], &of_class[usize::from(class_of[b])]);
                let priority = rule_of(edge.order).max(kind_a.priority).max(kind_b.priority);
                edge.order = with_priority(edge.order, priority);
                for (node, of_node, of_other) in [(a, kind_a, kind_b), (b, kind_b, kind_a)] {
                    if of_node.shareable && !of_other.on_shared {
                        neighbours[node].fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        };
        let share = self.edges.len().div_ceil(threads.get()).max(SHARE_MIN);
        std::thread::scope(|scope| {
            for edges in self.edges.chunks_mut(share) {
                scope.spawn(move || prioritise(edges));
            }
        });
        let mut shared = Bits::default();
        for (node, neighbours) in neighbours.into_iter().enumerate() {
            if neighbours.into_inner() >= policy.shared_from() {
                shared.set(node);
            }
        }
        shared
    }
}

impl Ordered<'_> {
    /// Hears the edges in order and makes persons one.
    pub fn join(self) -> Persons {
        let Self { graph, policy, shared } = self;
        let limits = Limits::of(&policy, &graph.classes);
        let mut forest = Forest::of(&graph.class_of, &limits);
        let mut roots = [(0, 0); BLOCK];
        for block in graph.edges.chunks(BLOCK) {
            for (roots, edge) in roots.iter_mut().zip(block) {
                *roots = (forest.root(edge.a), forest.root(edge.b));
            }
            for ((a, b), edge) in roots.iter().zip(block) {
                let (a, b) = (forest.root(*a), forest.root(*b));
                if a != b && graph.shared_end(&policy, &shared, edge).is_none() {
                    forest.join(a, b, &graph.class_of, &limits);
                }
            }
        }
        Persons::of(forest.into_slots(), shared, policy)
    }
}

impl Graph {
    /// The shared account because of which an edge joins nothing, as [`Policy::shared_end`].
    pub(crate) fn shared_end(&self, policy: &Policy, shared: &Bits, edge: &Packed) -> Option<u32> {
        let is_shared = (shared.get(edge.a as usize), shared.get(edge.b as usize));
        if is_shared == (false, false) {
            return None;
        }
        let on_shared = |node| policy.of(self.class(node).0).on_shared;
        match (is_shared.0 && !on_shared(edge.b), is_shared.1 && !on_shared(edge.a)) {
            (true, true) => Some(self.weaker(policy, edge)),
            (true, false) => Some(edge.a),
            (false, true) => Some(edge.b),
            (false, false) => None,
        }
    }

    /// As [`Policy::weaker`]: of equally strong accounts the one with the larger stable value, which is the second.
    pub(crate) fn weaker(&self, policy: &Policy, edge: &Packed) -> u32 {
        let priority = |node| policy.of(self.class(node).0).priority;
        if priority(edge.a) > priority(edge.b) { edge.a } else { edge.b }
    }

    pub(crate) fn class(&self, node: u32) -> Class {
        self.classes[usize::from(self.class_of[node as usize])]
    }
}

/// Sorts by key. The list is parted at its middle for as long as there are threads.
fn sort(edges: &mut [Packed], threads: usize) {
    let key = |edge: &Packed| u128::from(edge.order) << 64 | u128::from(edge.tie);
    if threads < 2 || edges.len() < SHARE_MIN {
        return edges.sort_unstable_by_key(key);
    }
    let left_threads = threads / 2;
    let middle = (edges.len() as u128 * left_threads as u128 / threads as u128) as usize;
    let (left, _, right) = edges.select_nth_unstable_by_key(middle, key);
    std::thread::scope(|scope| {
        scope.spawn(|| sort(left, left_threads));
        sort(right, threads - left_threads);
    });
}

/// A set of accounts, one bit each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    pub(crate) fn get(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    fn set(&mut self, index: usize) {
        if self.0.len() <= index / 64 {
            self.0.resize(index / 64 + 1, 0);
        }
        self.0[index / 64] |= 1 << (index % 64);
    }
}
