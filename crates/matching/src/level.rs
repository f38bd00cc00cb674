//! How well two values agree, in few steps, and the steps of all fields of a pair in one machine word.

/// How many fields a comparison may have: eleven with a meaning of their own and four under names of the caller's.
pub(crate) const COLUMNS_MAX: usize = 15;
/// Levels as numbers: 0 missing, 1 to 7 as in [`Level`], and 8 to 15 exact, the rarer the value the higher.
pub(crate) const LEVELS: usize = 16;
/// The first of the levels that mean equal.
pub(crate) const EXACT: u8 = 8;

/// How well two values agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// One of the values is missing; this says nothing for or against.
    Missing,
    /// Nothing below holds.
    Different,
    /// Little in common. Names: Jaro-Winkler from 0.80. Texts: at most 45 % edited. Dates: the year, or all but two digits.
    Weak,
    /// Much in common. Names: Jaro-Winkler from 0.88 or two edits. Texts: at most 30 % edited. Dates: two of year, month and day.
    Similar,
    /// All but equal. Names: Jaro-Winkler from 0.92 or one edit. Texts: one edit, or at most 15 % edited. Dates, numbers and
    /// telephones: one digit wrong, missing, added or exchanged with its neighbour. Mail: another house at the same local part.
    Close,
    /// Another form. Names: a short form or a beginning of three characters or more. Texts: one holds the other. Dates: day and
    /// month exchanged. Telephones: one ends with the other.
    Variant,
    /// As much as is known agrees: the initial of a name, the year where a date is no more than that.
    Partial,
    /// Equal after normalising.
    Exact,
}

impl Level {
    /// The level of a number from 0 to 15.
    pub(crate) fn of(number: u8) -> Self {
        match number {
            0 => Self::Missing,
            1 => Self::Different,
            2 => Self::Weak,
            3 => Self::Similar,
            4 => Self::Close,
            5 => Self::Variant,
            6 => Self::Partial,
            _ => Self::Exact,
        }
    }
}

/// The levels of all fields of one pair, four bits each, and whether names or address lines agree crosswise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Pattern(pub(crate) u64);

/// Given name and surname are exchanged.
const NAMES_CROSSED: u64 = 1 << 60;
/// The two address lines are exchanged.
const LINES_CROSSED: u64 = 1 << 61;

impl Pattern {
    pub(crate) fn set(&mut self, column: usize, level: u8) {
        self.0 |= u64::from(level) << (4 * column);
    }

    pub(crate) fn level(self, column: usize) -> u8 {
        (self.0 >> (4 * column)) as u8 & 15
    }

    pub(crate) fn cross_names(&mut self) {
        self.0 |= NAMES_CROSSED;
    }

    pub(crate) fn cross_lines(&mut self) {
        self.0 |= LINES_CROSSED;
    }

    pub(crate) fn names_crossed(self) -> bool {
        self.0 & NAMES_CROSSED != 0
    }

    pub(crate) fn lines_crossed(self) -> bool {
        self.0 & LINES_CROSSED != 0
    }
}
