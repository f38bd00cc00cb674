//! What a table consists of.

use crate::Error;

/// A cell.
#[derive(Clone, PartialEq, Eq)]
pub enum Cell {
    /// There is nothing.
    Empty,
    /// Text without blanks around it; never empty.
    Text(String),
    /// There is something that cannot be told.
    Flawed(Flaw),
}

/// Why a cell cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It is too long.
    #[error("a cell has at most {max} bytes")]
    TooLong {
        /// The limit.
        max: usize,
    },
    /// A number has more digits than its format keeps.
    #[error(
        "the number has more digits than the file keeps, so the last are wrong; make the column text before typing it"
    )]
    Imprecise,
    /// A formula failed, or the value is not a number.
    #[error("the cell holds an error of the program that wrote it")]
    Failed,
    /// Bytes that are no text.
    #[error("the cell holds bytes that are no text")]
    NotText,
}

impl Flaw {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooLong { .. } => "cell_too_long",
            Self::Imprecise => "number_imprecise",
            Self::Failed => "cell_error",
            Self::NotText => "cell_not_text",
        }
    }
}

impl std::fmt::Debug for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Text(_) => f.write_str("Text(hidden)"),
            Self::Flawed(flaw) => write!(f, "Flawed({flaw:?})"),
        }
    }
}

impl Cell {
    /// A cell with this text, without the blanks around it.
    pub(crate) fn of(text: &str, bytes_max: usize) -> Self {
        // The mark of UTF-8 comes inside a file where files were put one after the other.
        match text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}') {
            "" => Self::Empty,
            text if text.len() > bytes_max => Self::Flawed(Flaw::TooLong { max: bytes_max }),
            text => Self::Text(text.to_owned()),
        }
    }
}

/// A row below the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it stands; see the README for each format.
    pub line: u64,
    /// One for each column of the header.
    pub cells: Vec<Cell>,
    /// The first place, from 1, of something beyond the last column.
    pub beyond: Option<usize>,
}

/// The names of the columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    names: Vec<String>,
}

impl Header {
    pub(crate) fn new(names: Vec<String>) -> Self {
        Self { names }
    }

    /// The names in their order; empty where a column has none.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The place of a column, from 0. Names are compared without the blanks around them and without regard to case.
    pub fn place(&self, name: &str) -> Result<usize, Error> {
        let wanted = name.trim().to_lowercase();
        let mut places = (0..self.names.len()).filter(|place| self.names[*place].to_lowercase() == wanted);
        match (places.next(), places.next()) {
            (Some(place), None) => Ok(place),
            (Some(first), Some(second)) => {
                Err(Error::TwoColumns { name: name.to_owned(), first: first + 1, second: second + 1 })
            }
            (None, _) => {
                let has = self.names.iter().filter(|name| !name.is_empty()).cloned().collect();
                Err(Error::NoColumn { name: name.to_owned(), has })
            }
        }
    }
}
