//! The facts: accounts, evidence between them, and the order in which evidence is heard. The order rests on what the
//! facts say, never on when or in which sequence they came in.

use thiserror::Error;

use crate::policy::{Kind, Policy, Rule};

/// Bits of the time in an order: microseconds within 1,141 years of 1970.
const TIME_BITS: u32 = 56;
const RULE_BITS: u32 = 4;
const PRIORITY_SHIFT: u32 = TIME_BITS + RULE_BITS;

/// A source account: one identifier of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// The caller's number of the account. It may depend on arrival; nothing is decided by it.
    pub key: i64,
    /// What kind of identifier it is.
    pub kind: Kind,
    /// What the identifier is valid in (the app of an openid, the shop of a buyer's id); 0 for everywhere.
    pub scope: u32,
    /// A hash of the identifier itself, the same whenever and wherever it is seen. Two accounts must not share it.
    pub stable: u64,
    /// For a shareable kind: how many neighbours it has of kinds that are not [`crate::KindPolicy::on_shared`], over
    /// all evidence that is not retracted, contested or not. 0 where all evidence of the account is passed along and
    /// can be counted.
    pub neighbours: u32,
}

/// What is known of a pair of accounts: one fact, however often the two are seen together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fact {
    /// The strongest rule that ever carried it.
    pub rule: Rule,
    /// When it was first seen, microseconds since 1970. Any number is safe; those further than 2^55 from 1970 count as
    /// if they were at that distance.
    pub first_seen: i64,
}

impl Fact {
    /// Both observations of one pair as one fact: the stronger rule, the earlier time. In any order of observations the
    /// result is the same, and it never sorts after either of them.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { rule: self.rule.min(other.rule), first_seen: self.first_seen.min(other.first_seen) }
    }
}

/// Evidence that two accounts are one person. There is one edge for a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Edge {
    /// The key of one account.
    pub a: i64,
    /// The key of the other.
    pub b: i64,
    /// What is known of them.
    pub fact: Fact,
}

/// The place of an edge in the canonical order: the smaller is heard first. It compares priority, time and rule, then a
/// hash of both identifiers (two edges that agree in all four are one in 2^64).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub(crate) order: u64,
    pub(crate) tie: u64,
}

impl Key {
    /// The key as bytes that compare as keys do, for a database.
    pub fn to_bytes(self) -> [u8; 16] {
        (u128::from(self.order) << 64 | u128::from(self.tie)).to_be_bytes()
    }

    /// The key that gave these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        let number = u128::from_be_bytes(bytes);
        Self { order: (number >> 64) as u64, tie: number as u64 }
    }
}

/// Facts that do not make a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GraphError {
    /// An account's kind is not in the policy.
    #[error("the policy does not list kind {kind}; add it to the policy")]
    UnknownKind {
        /// The kind's number.
        kind: u8,
    },
    /// An account is given twice.
    #[error("account {key} is given twice; pass each account once")]
    NodeTwice {
        /// The account.
        key: i64,
    },
    /// An edge names an account that is not given.
    #[error("an edge names account {key}, which is not among the accounts; load it as well")]
    NoSuchNode {
        /// The account.
        key: i64,
    },
    /// An edge joins an account to itself.
    #[error("an edge joins account {key} to itself; leave it out")]
    Loop {
        /// The account.
        key: i64,
    },
    /// A pair of accounts has two edges.
    #[error("accounts {a} and {b} have two edges; combine them with `Fact::and`")]
    EdgeTwice {
        /// The smaller key.
        a: i64,
        /// The larger key.
        b: i64,
    },
}

impl Policy {
    /// The place of an edge between `a` and `b` in the canonical order. It does not matter which is which.
    pub fn key(&self, a: &Node, b: &Node, fact: Fact) -> Key {
        let order = with_priority(order_within(fact), self.priority(a.kind, b.kind, fact.rule));
        Key { order, tie: tie(a.stable, b.stable) }
    }

    /// Whether an account is shared, by its [`Node::neighbours`].
    pub fn is_shared(&self, node: &Node) -> bool {
        self.of(node.kind).shareable && node.neighbours >= self.shared_from()
    }

    /// The shared account because of which an edge between `a` and `b` joins nothing; the weaker one if both are.
    pub fn shared_end<'a>(&self, a: &'a Node, b: &'a Node) -> Option<&'a Node> {
        let is_cut = |shared, other: &Node| self.is_shared(shared) && !self.of(other.kind).on_shared;
        match (is_cut(a, b), is_cut(b, a)) {
            (true, true) => Some(self.weaker(a, b)),
            (true, false) => Some(a),
            (false, true) => Some(b),
            (false, false) => None,
        }
    }

    /// Which of two accounts gives way: the one of the weaker kind, or of equally strong ones that with the larger
    /// stable value.
    pub fn weaker<'a>(&self, a: &'a Node, b: &'a Node) -> &'a Node {
        let strength = |node: &Node| (self.of(node.kind).priority, node.stable);
        if strength(a) > strength(b) { a } else { b }
    }

    /// Whether `other` is one of the neighbours that can make `node` shared.
    pub(crate) fn counts_as_neighbour(&self, node: &Node, other: &Node) -> bool {
        self.of(node.kind).shareable && !self.of(other.kind).on_shared
    }

    pub(crate) fn known(&self, kind: Kind) -> Result<(), GraphError> {
        self.kind(kind).map(|_| ()).ok_or(GraphError::UnknownKind { kind: kind.number() })
    }
}

/// Time and rule of a fact as a number that compares as they do; its upper four bits are free for the priority.
pub(crate) fn order_within(fact: Fact) -> u64 {
    const HALF: i64 = 1 << (TIME_BITS - 1);
    let time = (fact.first_seen.clamp(-HALF, HALF - 1) + HALF) as u64;
    time << RULE_BITS | u64::from(fact.rule.rank())
}

/// The order with the priority put before time and rule, in place of any other.
pub(crate) fn with_priority(order: u64, priority: u8) -> u64 {
    order & ((1 << PRIORITY_SHIFT) - 1) | u64::from(priority) << PRIORITY_SHIFT
}

/// The rule that an order was made with.
pub(crate) fn rule_of(order: u64) -> u8 {
    order as u8 & ((1 << RULE_BITS) - 1)
}

/// A number for a pair of identifiers, whichever is named first.
pub(crate) fn tie(a: u64, b: u64) -> u64 {
    mix(mix(a.min(b)) ^ a.max(b))
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014): a
/// permutation of 64 bits in which each bit of the input reaches all of the output.
pub(crate) fn mix(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ number >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ number >> 31
}
