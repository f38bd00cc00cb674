//! The nouns of a code: which one it is, which face and level it marks, how long it is, and which
//! key epoch it was minted in. Every number here is stable: it is stored and shown elsewhere.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Bits of a [`CodeIndex`]: a tenant can mint 2^40 (1.1 million million) codes.
pub const INDEX_BITS: u32 = 40;

/// A value that is not one of the nouns of this module.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TypeError {
    /// The index does not fit 40 bits.
    #[error("code index {0} is too large; the largest is {max}", max = CodeIndex::MAX)]
    IndexTooLarge(u64),
    /// A range of no codes, or one that runs backwards.
    #[error("a range of codes must hold at least one code; got first {first}, last {last}")]
    EmptyRange {
        /// First index offered.
        first: CodeIndex,
        /// Last index offered.
        last: CodeIndex,
    },
    /// A range that was asked to hold no codes or to run past the largest index.
    #[error("{count} codes from index {first} are not a range of codes; the last index is {max}", max = CodeIndex::MAX)]
    RangeCount {
        /// First index offered.
        first: CodeIndex,
        /// Number of codes asked for.
        count: u64,
    },
    /// A length that codes cannot have.
    #[error("a code of {0} characters cannot be minted; choose 14 to 20")]
    Length(u64),
    /// A text that names no face.
    #[error("{0:?} is not a face; use \"outer\" or \"inner\"")]
    Face(String),
    /// A text that names no level.
    #[error("{0:?} is not a level; use \"item\", \"box\", \"case\" or \"pallet\"")]
    Level(String),
}

/// The dense number of a code inside its tenant: 0, 1, 2 …, below 2^40. It is what the ciphertext
/// hides; the interval table of the tenant says which batch, level and serial it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeIndex(pub(crate) u64);

impl CodeIndex {
    /// The largest index, 2^40 - 1.
    pub const MAX: CodeIndex = CodeIndex((1 << INDEX_BITS) - 1);

    /// The index of this number.
    ///
    /// # Errors
    /// [`TypeError::IndexTooLarge`] from 2^40 upwards.
    pub const fn new(index: u64) -> Result<Self, TypeError> {
        if index > Self::MAX.0 {
            return Err(TypeError::IndexTooLarge(index));
        }
        Ok(Self(index))
    }

    /// The number, below 2^40.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for CodeIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One or more neighbouring indexes, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IndexRange {
    first: CodeIndex,
    last: CodeIndex,
}

impl IndexRange {
    /// The indexes from `first` to `last`, both included.
    ///
    /// # Errors
    /// [`TypeError::EmptyRange`] when `last` is before `first`.
    pub const fn new(first: CodeIndex, last: CodeIndex) -> Result<Self, TypeError> {
        if last.0 < first.0 {
            return Err(TypeError::EmptyRange { first, last });
        }
        Ok(Self { first, last })
    }

    /// `count` indexes from `first` on.
    ///
    /// # Errors
    /// [`TypeError::RangeCount`] when `count` is 0 or the range would run past [`CodeIndex::MAX`].
    pub const fn from_count(first: CodeIndex, count: u64) -> Result<Self, TypeError> {
        if count == 0 || count > CodeIndex::MAX.0 - first.0 + 1 {
            return Err(TypeError::RangeCount { first, count });
        }
        Ok(Self { first, last: CodeIndex(first.0 + count - 1) })
    }

    /// The first index.
    pub const fn first(self) -> CodeIndex {
        self.first
    }

    /// The last index, itself part of the range.
    pub const fn last(self) -> CodeIndex {
        self.last
    }

    /// How many indexes the range holds, at least 1.
    pub const fn count(self) -> u64 {
        self.last.0 - self.first.0 + 1
    }

    /// Whether `index` lies in the range.
    pub const fn contains(self, index: CodeIndex) -> bool {
        self.first.0 <= index.0 && index.0 <= self.last.0
    }

    /// Whether the two ranges share an index.
    pub const fn overlaps(self, other: IndexRange) -> bool {
        self.first.0 <= other.last.0 && other.first.0 <= self.last.0
    }
}

impl fmt::Display for IndexRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..={}", self.first, self.last)
    }
}

/// Which side of the goods carries the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Face {
    /// On the outside: verifies and traces. Stored as 1, `outer`.
    Outer,
    /// Under the cap or the scratch layer: claims the reward. Stored as 2, `inner`.
    Inner,
}

impl Face {
    /// Both faces, outer first.
    pub const ALL: [Face; 2] = [Face::Outer, Face::Inner];

    /// The number stored for this face; 0 is never used.
    pub const fn as_i64(self) -> i64 {
        match self {
            Face::Outer => 1,
            Face::Inner => 2,
        }
    }

    /// The face stored as this number.
    pub fn from_i64(stored: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|face| face.as_i64() == stored)
    }

    /// The name used in tables, JSON and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Face::Outer => "outer",
            Face::Inner => "inner",
        }
    }
}

impl fmt::Display for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Face {
    type Err = TypeError;

    fn from_str(name: &str) -> Result<Self, TypeError> {
        Self::ALL.into_iter().find(|face| face.as_str() == name).ok_or_else(|| TypeError::Face(name.to_owned()))
    }
}

/// What the code is stuck on, ordered by size. It is not part of the code: the tenant's interval
/// table says which level an index has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// One sales unit, a bottle (瓶). Stored as 1, `item`.
    Item,
    /// An inner box of items (盒). Stored as 2, `box`.
    Box,
    /// A case of items or boxes (箱). Stored as 3, `case`.
    Case,
    /// A pallet of cases (垛). Stored as 4, `pallet`.
    Pallet,
}

impl Level {
    /// Every level, smallest first.
    pub const ALL: [Level; 4] = [Level::Item, Level::Box, Level::Case, Level::Pallet];

    /// The number stored for this level; 0 is never used.
    pub const fn as_i64(self) -> i64 {
        match self {
            Level::Item => 1,
            Level::Box => 2,
            Level::Case => 3,
            Level::Pallet => 4,
        }
    }

    /// The level stored as this number.
    pub fn from_i64(stored: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_i64() == stored)
    }

    /// The name used in tables, JSON and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Item => "item",
            Level::Box => "box",
            Level::Case => "case",
            Level::Pallet => "pallet",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Level {
    type Err = TypeError;

    fn from_str(name: &str) -> Result<Self, TypeError> {
        Self::ALL.into_iter().find(|level| level.as_str() == name).ok_or_else(|| TypeError::Level(name.to_owned()))
    }
}

/// Characters of a code, 14 to 20. Each character carries 5 bits; 40 of them are the index, the
/// rest (30 to 60) must come out zero when a code is read, so a guess succeeds once in 2^30 to 2^60
/// tries per key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeLength(u8);

impl CodeLength {
    /// 14 characters, 30 check bits.
    pub const MIN: CodeLength = CodeLength(14);
    /// 16 characters, 40 check bits: the length to use unless there is a reason.
    pub const STANDARD: CodeLength = CodeLength(16);
    /// 20 characters, 60 check bits.
    pub const MAX: CodeLength = CodeLength(20);

    /// The length of this many characters.
    ///
    /// # Errors
    /// [`TypeError::Length`] outside 14..=20.
    pub const fn new(characters: u64) -> Result<Self, TypeError> {
        if characters < Self::MIN.0 as u64 || characters > Self::MAX.0 as u64 {
            return Err(TypeError::Length(characters));
        }
        Ok(Self(characters as u8))
    }

    /// Every length, shortest first.
    pub fn all() -> impl ExactSizeIterator<Item = CodeLength> {
        (Self::MIN.0..Self::MAX.0 + 1).map(CodeLength)
    }

    /// Number of characters.
    pub const fn characters(self) -> usize {
        self.0 as usize
    }

    /// Number of bits the characters carry, 70 to 100.
    pub const fn bits(self) -> u32 {
        self.0 as u32 * 5
    }

    /// Number of check bits, 30 to 60.
    pub const fn check_bits(self) -> u32 {
        self.bits() - INDEX_BITS
    }
}

impl fmt::Display for CodeLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Number of a key generation of a tenant. A higher number is newer and is tried first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u8);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
