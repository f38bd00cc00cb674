//! Dense indexes for accounts whose numbers are anything but dense: a hash table of indexes into the list of keys, with
//! open addressing and linear probing (Knuth, The Art of Computer Programming 3, 6.4, algorithm L).

use crate::graph::mix;
use crate::load::{LoadError, NODES_MAX};

const EMPTY: u32 = u32::MAX;

/// Keys and their indexes 0, 1, 2 … in the order in which they were put in.
///
/// Memory: 8 bytes a key and, until [`Keys::into_keys`], 5.3 bytes for each key of the capacity.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    keys: Vec<i64>,
    /// Indexes into `keys`, or [`EMPTY`]. A quarter is always empty.
    table: Vec<u32>,
}

impl Keys {
    /// Room for so many keys. More can be put in; the table is then made anew.
    pub fn with_capacity(keys: usize) -> Self {
        Self { keys: Vec::with_capacity(keys), table: vec![EMPTY; slots_for(keys)] }
    }

    /// The index of a key, which is put in if it is new.
    ///
    /// # Errors
    /// [`LoadError::TooManyNodes`] beyond [`NODES_MAX`] keys.
    pub fn insert(&mut self, key: i64) -> Result<u32, LoadError> {
        if slots_for(self.keys.len() + 1) > self.table.len() {
            self.grow();
        }
        let slot = self.slot_of(key);
        if self.table[slot] == EMPTY {
            if self.keys.len() == NODES_MAX {
                return Err(LoadError::TooManyNodes);
            }
            self.table[slot] = self.keys.len() as u32;
            self.keys.push(key);
        }
        Ok(self.table[slot])
    }

    /// The index of a key that was put in.
    pub fn index_of(&self, key: i64) -> Option<u32> {
        if self.table.is_empty() {
            return None;
        }
        Some(self.table[self.slot_of(key)]).filter(|index| *index != EMPTY)
    }

    /// The keys by index. The table is given back.
    pub fn into_keys(self) -> Vec<i64> {
        self.keys
    }

    /// The slot that holds the key, or the empty one where it would be.
    fn slot_of(&self, key: i64) -> usize {
        let slots = self.table.len();
        let mut slot = ((u128::from(mix(key as u64)) * slots as u128) >> 64) as usize;
        while self.table[slot] != EMPTY && self.keys[self.table[slot] as usize] != key {
            slot = if slot + 1 == slots { 0 } else { slot + 1 };
        }
        slot
    }

    fn grow(&mut self) {
        self.table = vec![EMPTY; slots_for(self.keys.len().max(8) * 2)];
        for index in 0..self.keys.len() {
            let slot = self.slot_of(self.keys[index]);
            self.table[slot] = index as u32;
        }
    }
}

fn slots_for(keys: usize) -> usize {
    keys + keys / 3 + 1
}
