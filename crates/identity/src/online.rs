//! What one new piece of evidence changes, told from a few numbers of the two persons it touches.
//!
//! Write *K* for the result of [`crate::decide`]: edges heard in canonical order, each joining unless that breaks a
//! limit. Limits only forbid more as persons grow: what a set of accounts may not have, no larger set may. Say that a
//! set is *sound* if it breaks no limit; a part of a sound set is sound. As long as no account becomes shared, or stops
//! being so, the following holds for an edge *e* that is put into the sequence at its place, between accounts of the
//! final persons *P* and *Q*.
//!
//! 1. **P and Q are two and sound together: the result is K with P and Q as one** ([`Admit::Join`]), wherever *e*
//!    sorts. Before *e* nothing differs. At *e*, the parts of *P* and *Q* made so far are sound together, so it joins
//!    them. From there on the persons are those of *K* with these parts as one. Take a later edge *f* that touches the
//!    part: if *K* joined by it, all that it joins lies in *P* or in *Q*, so with the other part it lies in *P* ∪ *Q*,
//!    which is sound: it joins. If *K* refused it, the larger sets are unsound all the more: it is refused. (It cannot
//!    be an edge between the two parts, which are sound together.) If it was redundant, it is.
//! 2. **P = Q: the persons are those of K** ([`Admit::Redundant`]). The same argument with *P* ∪ *Q* = *P*. Which edges
//!    of *P* are called joined may differ: *e* takes the place of a later one. [`crate::Summary::last_join`] stays a bound.
//! 3. **P and Q are two, not sound together, and e sorts after every edge that joined accounts of P or of Q: the result
//!    is K, and e is contested** ([`Admit::Contest`]). At *e*, *P* and *Q* are complete. A contested edge changes
//!    nothing. Contested and redundant edges of *P* and *Q* do not matter, so that a person's last joining edge is all
//!    that must be kept; a later bound is safe.
//! 4. **Otherwise** *e* may take the place of weaker or later evidence, and the region is decided anew
//!    ([`Admit::Rebuild`]).
//!
//! A *repeat* that makes a known edge earlier or stronger is the edge taken out and put in at an earlier place. If it is
//! contested, taking it out changes nothing, so that the rules above apply to it as to a new one; if it lies within a
//! person, rule 2 holds by the same argument. *Retraction* of an edge that joined may free others and asks for a rebuild;
//! its reversal is a new edge.

use crate::graph::{Fact, GraphError, Node};
use crate::policy::Policy;
use crate::summary::{Between, Contested, Reason};

/// An edge that arrives. Both accounts have [`Node::neighbours`] as they were before it.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// One account.
    pub a: &'a Node,
    /// The other account.
    pub b: &'a Node,
    /// What is known of the pair with this observation. A repeat is combined with what was known by [`Fact::and`].
    pub fact: Fact,
    /// The pair has an edge already that is not retracted.
    pub repeat: bool,
    /// Their persons before it.
    pub between: Between<'a>,
}

/// What an arriving edge does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admit {
    /// The two persons become one, with the summary [`crate::Summary::joined`]. Nothing else changes.
    Join,
    /// The accounts are one person and stay so. Nothing changes.
    Redundant,
    /// It joins nothing. Nothing else changes.
    Contest(Contested<i64>),
    /// Store the edge, count the neighbours, load the region of both accounts and [`crate::decide`] it. The region is
    /// followed over edges that a shared account cuts as well where that account becomes shared by this edge.
    Rebuild,
}

/// What retracting an edge does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdraw {
    /// Nothing changes.
    Nothing,
    /// Take the edge out, count the neighbours, load the region of both accounts and [`crate::decide`] it. The region is
    /// followed over the edges of an account that is not shared any more.
    Rebuild,
}

/// Decides what an arriving edge does, if that can be told without loading the region; [`Admit::Rebuild`] if not.
///
/// # Errors
/// [`GraphError`] if a kind is not in the policy or the edge joins an account to itself.
pub fn admit(policy: &Policy, arrival: &Arrival<'_>) -> Result<Admit, GraphError> {
    let Arrival { a, b, fact, repeat, between } = *arrival;
    check(policy, a, b)?;
    let becomes_shared = |node: &Node, other: &Node| {
        let more = Node { neighbours: node.neighbours.saturating_add(1), ..*node };
        policy.counts_as_neighbour(node, other) && !policy.is_shared(node) && policy.is_shared(&more)
    };
    if !repeat && (becomes_shared(a, b) || becomes_shared(b, a)) {
        return Ok(Admit::Rebuild);
    }
    let Some(contested) = policy.contested(a, b, between) else {
        return Ok(if matches!(between, Between::One(_)) { Admit::Redundant } else { Admit::Join });
    };
    let comes_last = match between {
        Between::One(_) => true,
        Between::Two(one, other) => Some(policy.key(a, b, fact)) > one.last_join.max(other.last_join),
    };
    let is_sure = contested.reason == Reason::Shared || comes_last;
    Ok(if is_sure { Admit::Contest(contested) } else { Admit::Rebuild })
}

/// Decides what retracting the edge between two accounts does, [`Node::neighbours`] being as they were with it.
///
/// # Errors
/// [`GraphError`] if a kind is not in the policy or the edge joins an account to itself.
pub fn withdraw(policy: &Policy, a: &Node, b: &Node, fact: Fact, between: Between<'_>) -> Result<Withdraw, GraphError> {
    check(policy, a, b)?;
    let stops_being_shared = |node: &Node, other: &Node| {
        let fewer = Node { neighbours: node.neighbours.saturating_sub(1), ..*node };
        policy.counts_as_neighbour(node, other) && policy.is_shared(node) && !policy.is_shared(&fewer)
    };
    if stops_being_shared(a, b) || stops_being_shared(b, a) {
        return Ok(Withdraw::Rebuild);
    }
    let did_nothing = policy.shared_end(a, b).is_some()
        || match between {
            Between::Two(..) => true,
            // What sorts after every edge that joined is none of them.
            Between::One(person) => Some(policy.key(a, b, fact)) > person.last_join,
        };
    Ok(if did_nothing { Withdraw::Nothing } else { Withdraw::Rebuild })
}

fn check(policy: &Policy, a: &Node, b: &Node) -> Result<(), GraphError> {
    policy.known(a.kind)?;
    policy.known(b.kind)?;
    if a.key == b.key { Err(GraphError::Loop { key: a.key }) } else { Ok(()) }
}
