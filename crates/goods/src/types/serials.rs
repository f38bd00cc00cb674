//! A range of serial numbers within a batch and level.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One or more neighbouring serials, both ends included. Serials count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Serials {
    /// The first.
    pub first: u64,
    /// The last, itself part of the range; never before `first` in what this crate gives.
    pub last: u64,
}

impl Serials {
    /// The serials from `first` to `last`, both included.
    pub const fn new(first: u64, last: u64) -> Self {
        Self { first, last }
    }

    /// How many; 0 for a range that runs backwards.
    pub const fn count(self) -> u64 {
        if self.last < self.first { 0 } else { (self.last - self.first).saturating_add(1) }
    }

    /// Whether `serial` lies in the range.
    pub const fn contains(self, serial: u64) -> bool {
        self.first <= serial && serial <= self.last
    }

    /// Whether the two share a serial.
    pub const fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

impl std::fmt::Display for Serials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.first == self.last { write!(f, "{}", self.first) } else { write!(f, "{} to {}", self.first, self.last) }
    }
}
