//! Dense indexes for accounts whose numbers are anything but dense: a hash table of indexes into the list of keys, with
//! open addressing and linear probing (Knuth, The Art of Computer Programming 3, 6.4, algorithm L).

use crate::graph::mix;
use crate::load::{LoadError, NODES_MAX};

const EMPTY: u32 = u32::MAX;
/// Keys that are looked for at the same time.
const BLOCK: usize = 64;

/// Slots are at most this full, in percent.
const FULL_PERCENT: usize = 75;

/// Keys and their indexes 0, 1, 2 … in the order in which they were put in.
///
/// Memory: 8 bytes a key and, until [`Keys::into_keys`], 5.3 bytes for each key of the capacity.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    keys: Vec<i64>,
    /// Indexes into `keys`, or [`EMPTY`]. The bits that no index needs are a tag, bits of the key's hash, so that nearly
    /// every other key is passed over without a look at it.
    table: Vec<u32>,
    /// The bits of a slot that are the index.
    index_bits: u32,
}

impl Keys {
    /// Room for so many keys. More can be put in; the table is then made anew.
    pub fn with_capacity(keys: usize) -> Self {
        let keys = keys.clamp(1, NODES_MAX);
        // The largest number of so many bits is no index, so that no slot looks empty.
        let index_bits = (keys as u32 + 1).next_power_of_two() - 1;
        Self { keys: Vec::with_capacity(keys), table: vec![EMPTY; slots_for(keys)], index_bits }
    }

    /// The index of a key, which is put in if it is new.
    ///
    /// # Errors
    /// [`LoadError::TooManyNodes`] beyond [`NODES_MAX`] keys.
    pub fn insert(&mut self, key: i64) -> Result<u32, LoadError> {
        if self.table.is_empty() {
            self.grow();
        }
        let (mut slot, mut tag) = self.slot_of(key);
        if self.table[slot] == EMPTY {
            if self.keys.len() == NODES_MAX {
                return Err(LoadError::TooManyNodes);
            }
            if slots_for(self.keys.len() + 1) > self.table.len() {
                self.grow();
                (slot, tag) = self.slot_of(key);
            }
            self.table[slot] = tag | self.keys.len() as u32;
            self.keys.push(key);
        }
        Ok(self.table[slot] & self.index_bits)
    }

    /// The index of a key that was put in.
    pub fn index_of(&self, key: i64) -> Option<u32> {
        if self.table.is_empty() {
            return None;
        }
        Some(self.table[self.slot_of(key).0]).filter(|held| *held != EMPTY).map(|held| held & self.index_bits)
    }

    /// As [`Keys::index_of`], for many keys, in their order, in place of what `indexes` held. In a table too large for a
    /// cache this takes a fraction of the time: the look-ups do not wait for each other, so that the memory answers
    /// several at a time.
    pub fn indexes_of(&self, keys: &[i64], indexes: &mut Vec<Option<u32>>) {
        indexes.clear();
        if self.keys.is_empty() {
            return indexes.resize(keys.len(), None);
        }
        let mut held = [(0, 0); BLOCK];
        let mut is_it = [false; BLOCK];
        for block in keys.chunks(BLOCK) {
            for (held, key) in held.iter_mut().zip(block) {
                let (slot, tag) = self.first_slot_of(*key);
                *held = (self.table[slot], tag);
            }
            // Most keys are where they are looked for first. An empty slot has an index that is none.
            for ((is_it, (held, tag)), key) in is_it.iter_mut().zip(&held).zip(block) {
                let index = (held & self.index_bits) as usize;
                let there = self.keys[index.min(self.keys.len() - 1)];
                *is_it = (*held != EMPTY) & (held & !self.index_bits == *tag) & (there == *key);
            }
            let found = is_it.iter().zip(&held).zip(block).map(|((is_it, (held, _)), key)| {
                if *is_it { Some(held & self.index_bits) } else { self.index_of(*key) }
            });
            indexes.extend(found);
        }
    }

    /// The keys by index. The table is given back.
    pub fn into_keys(self) -> Vec<i64> {
        self.keys
    }

    /// The slot that holds the key, or the empty one where it would be, and the key's tag.
    fn slot_of(&self, key: i64) -> (usize, u32) {
        let (mut slot, tag) = self.first_slot_of(key);
        loop {
            let held = self.table[slot];
            let is_it = || self.keys[(held & self.index_bits) as usize] == key;
            if held == EMPTY || (held & !self.index_bits == tag && is_it()) {
                return (slot, tag);
            }
            slot = if slot + 1 == self.table.len() { 0 } else { slot + 1 };
        }
    }

    /// The slot where a key is looked for first, and its tag.
    fn first_slot_of(&self, key: i64) -> (usize, u32) {
        let hash = mix(key as u64);
        (((u128::from(hash) * self.table.len() as u128) >> 64) as usize, hash as u32 & !self.index_bits)
    }

    fn grow(&mut self) {
        let mut larger = Self::with_capacity(self.keys.len().max(8) * 2);
        for key in std::mem::take(&mut self.keys) {
            let (slot, tag) = larger.slot_of(key);
            larger.table[slot] = tag | larger.keys.len() as u32;
            larger.keys.push(key);
        }
        *self = larger;
    }
}

fn slots_for(keys: usize) -> usize {
    keys * 100 / FULL_PERCENT + 1
}
