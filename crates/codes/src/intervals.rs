//! A map from ranges of code indexes to what they stand for: the shape in which the tenant's codes
//! are known (batch, level, first serial …) without a row per code.

use std::fmt::Debug;

use thiserror::Error;

use crate::types::{CodeIndex, IndexRange};

/// Two ranges claim the same code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("range {offered} overlaps range {held}, which is taken; start after {last}", last = held.last())]
pub struct OverlapError {
    /// The range that is in the map already; the first one, if there are several.
    pub held: IndexRange,
    /// The range that was offered.
    pub offered: IndexRange,
}

/// Ranges that never overlap, sorted, each with a value. Looking up is a binary search; adding at
/// the end, the way batches are allotted, costs the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intervals<T> {
    entries: Vec<(IndexRange, T)>,
}

impl<T> Intervals<T> {
    /// A map of no ranges.
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Adds a range.
    ///
    /// # Errors
    /// [`OverlapError`] names the range that is in the way; the map is unchanged.
    pub fn insert(&mut self, range: IndexRange, value: T) -> Result<(), OverlapError> {
        let place = self.entries.partition_point(|(held, _)| held.last() < range.first());
        match self.entries.get(place) {
            Some((held, _)) if held.overlaps(range) => Err(OverlapError { held: *held, offered: range }),
            _ => {
                self.entries.insert(place, (range, value));
                Ok(())
            }
        }
    }

    /// The range that holds `index`, with its value.
    pub fn get(&self, index: CodeIndex) -> Option<(IndexRange, &T)> {
        let place = self.entries.partition_point(|(held, _)| held.last() < index);
        self.entries.get(place).filter(|(held, _)| held.contains(index)).map(|(held, value)| (*held, value))
    }

    /// Every range with its value, in rising order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (IndexRange, &T)> {
        self.entries.iter().map(|(range, value)| (*range, value))
    }

    /// Number of ranges.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no range.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<T> Default for Intervals<T> {
    fn default() -> Self {
        Self::new()
    }
}
