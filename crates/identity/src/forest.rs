//! Persons in the making: disjoint sets with path halving (Tarjan, van Leeuwen: Worst-case Analysis of Set Union
//! Algorithms, 1984), each a ring of its accounts, whose root is its smallest index.

use std::collections::HashMap;

use crate::load::Class;
use crate::policy::Policy;

/// Set in [`Slot::above`] of a root, whose other bits are the number of accounts.
const ROOT: u32 = 1 << 31;
/// The tally of accounts that nothing limits.
const UNLIMITED: u32 = u32::MAX;

/// An account. Everything about a root is in one place, so that a look at it is one access to memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    /// Another account of the person, with a smaller index; of a root, how many there are.
    pub(crate) above: u32,
    /// The next account in the ring of the person.
    pub(crate) next: u32,
    /// Of a root: the bits of all limited accounts of the person.
    pub(crate) bits: u32,
}

/// A policy's limits by class. A *tally* is what a limit counts: a kind, or a kind in a scope.
pub(crate) struct Limits {
    members_max: u32,
    /// The tally of each class, or [`UNLIMITED`].
    tally_of: Vec<u32>,
    /// The bit of each class; 0 if it is unlimited. Two classes of one tally have the same bit.
    bits_of: Vec<u32>,
    limit_of: Vec<u32>,
    /// Bits of a single tally that allows one: two persons with such a bit cannot be one.
    single: u32,
}

impl Limits {
    pub(crate) fn of(policy: &Policy, classes: &[Class]) -> Self {
        let mut numbers = HashMap::new();
        let mut limits = Self {
            members_max: policy.members_max(),
            tally_of: Vec::with_capacity(classes.len()),
            bits_of: Vec::with_capacity(classes.len()),
            limit_of: Vec::new(),
            single: 0,
        };
        for (kind, scope) in classes {
            let Some((place, limit)) = policy.tally(*kind, *scope) else {
                limits.tally_of.push(UNLIMITED);
                limits.bits_of.push(0);
                continue;
            };
            let tally = *numbers.entry(place).or_insert_with(|| {
                limits.limit_of.push(limit);
                limits.limit_of.len() as u32 - 1
            });
            limits.tally_of.push(tally);
            limits.bits_of.push(1 << (tally % 32));
        }
        for bit in 0..32 {
            let mut on_bit = limits.limit_of.iter().skip(bit).step_by(32);
            if on_bit.next() == Some(&1) && on_bit.next().is_none() {
                limits.single |= 1 << bit;
            }
        }
        limits
    }
}

pub(crate) struct Forest {
    slots: Vec<Slot>,
    /// Tallies of the smaller person, kept to be used again.
    counts: Vec<(u32, u32)>,
}

impl Forest {
    /// Each account a person of its own.
    pub(crate) fn of(class_of: &[u16], limits: &Limits) -> Self {
        let alone = |(node, class): (usize, &u16)| Slot {
            above: ROOT | 1,
            next: node as u32,
            bits: limits.bits_of[usize::from(*class)],
        };
        Self { slots: class_of.iter().enumerate().map(alone).collect(), counts: Vec::new() }
    }

    /// The root of the person of an account.
    pub(crate) fn root(&mut self, mut node: u32) -> u32 {
        loop {
            let above = self.slots[node as usize].above;
            if above & ROOT != 0 {
                return node;
            }
            let further = self.slots[above as usize].above;
            if further & ROOT != 0 {
                return above;
            }
            self.slots[node as usize].above = further;
            node = further;
        }
    }

    /// Makes the persons of two different roots one, unless that breaks a limit.
    pub(crate) fn join(&mut self, a: u32, b: u32, class_of: &[u16], limits: &Limits) {
        let (root, under) = (a.min(b), a.max(b));
        let (kept, gone) = (self.slots[root as usize], self.slots[under as usize]);
        let size = (kept.above & !ROOT) + (gone.above & !ROOT);
        if size > limits.members_max {
            return;
        }
        let common = kept.bits & gone.bits;
        if common & limits.single != 0 {
            return;
        }
        if common != 0 {
            let (small, large) = if kept.above < gone.above { (root, under) } else { (under, root) };
            if self.breaks_limit(small, large, common, class_of, limits) {
                return;
            }
        }
        self.slots[root as usize] = Slot { above: ROOT | size, next: gone.next, bits: kept.bits | gone.bits };
        self.slots[under as usize] = Slot { above: root, next: kept.next, bits: 0 };
    }

    /// Whether two persons as one would have too many of what has one of the given bits. Each is within its limits.
    fn breaks_limit(&mut self, small: u32, large: u32, common: u32, class_of: &[u16], limits: &Limits) -> bool {
        let tally = |node: u32| {
            let class = usize::from(class_of[node as usize]);
            (limits.bits_of[class] & common != 0).then(|| limits.tally_of[class])
        };
        let Self { slots, counts } = self;
        counts.clear();
        counts.extend(ring(slots, small).filter_map(tally).map(|tally| (tally, 1)));
        counts.sort_unstable();
        counts.dedup_by(|more, kept| {
            let is_same = more.0 == kept.0;
            kept.1 += if is_same { more.1 } else { 0 };
            is_same
        });
        ring(slots, large).filter_map(tally).any(|tally| {
            let Ok(place) = counts.binary_search_by_key(&tally, |count| count.0) else { return false };
            counts[place].1 += 1;
            counts[place].1 > limits.limit_of[tally as usize]
        })
    }

    /// The accounts with [`Slot::above`] as the root of the person, also for the root itself, and [`Slot::bits`] as
    /// the number of the person's accounts for a root.
    pub(crate) fn into_slots(mut self) -> Vec<Slot> {
        for node in 0..self.slots.len() {
            let Slot { above, next, .. } = self.slots[node];
            // Whatever is above has a smaller index, so it is settled.
            self.slots[node] = if above & ROOT != 0 {
                Slot { above: node as u32, next, bits: above & !ROOT }
            } else {
                Slot { above: self.slots[above as usize].above, next, bits: 0 }
            };
        }
        self.slots
    }
}

/// The accounts of the person of `node`, from there around the ring.
pub(crate) fn ring(slots: &[Slot], node: u32) -> impl Iterator<Item = u32> + '_ {
    std::iter::successors(Some(node), move |at| Some(slots[*at as usize].next).filter(|next| *next != node))
}
