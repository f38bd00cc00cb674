//! What can be wrong with what is handed in.

/// Why nothing was compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Two records of one set have one key.
    #[error("two records have the key {key:?}: give every record of a set a key of its own")]
    KeyTwice {
        /// The key.
        key: String,
    },
    /// There are more fields under names of the caller's than can be compared.
    #[error("{given} extra fields are more than {max}: leave out those that tell least about a person")]
    ExtraFields {
        /// How many there are.
        given: usize,
        /// How many there may be.
        max: usize,
    },
    /// Too many records for one run.
    #[error("{given} records are more than {max}: match them in parts, for example one region after the other")]
    TooManyRecords {
        /// How many there are.
        given: usize,
        /// How many there may be.
        max: usize,
    },
    /// More pairs are alike than may be kept.
    #[error("more than {max} pairs are alike: raise `pairs_max`, lower `block_records_max`, or give more fields")]
    TooManyPairs {
        /// How many there may be.
        max: usize,
    },
    /// A setting is outside its range.
    #[error("{name} is {value}: it must be {range}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it is.
        value: String,
        /// What it may be.
        range: &'static str,
    },
}
