//! Cells by the names of their columns, and what is wrong about them.

use tallymark_tables::{Cell, Header, Row};

use crate::{Error, Reject};

/// A column: its place, and its name for whoever has to find a mistake.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) place: usize,
    pub(crate) name: String,
}

impl Column {
    /// Finds a column. Fails where the file has it not, or twice.
    pub(crate) fn of(header: &Header, name: &str) -> Result<Self, Error> {
        Ok(Self { place: header.place(name)?, name: name.to_owned() })
    }

    /// Finds a column that may be left out of the mapping.
    pub(crate) fn optional(header: &Header, name: Option<&String>) -> Result<Option<Self>, Error> {
        name.map(|name| Self::of(header, name)).transpose()
    }

    /// Finds all of these.
    pub(crate) fn all(header: &Header, names: &[String]) -> Result<Vec<Self>, Error> {
        names.iter().map(|name| Self::of(header, name)).collect()
    }
}

/// What is wrong about a cell or a row.
#[derive(Debug)]
pub(crate) struct Flaw {
    column: Option<String>,
    code: String,
    reason: String,
}

impl Flaw {
    /// Of a row as a whole.
    pub(crate) fn of_row(code: &str, reason: impl std::fmt::Display) -> Self {
        Self { column: None, code: code.to_owned(), reason: reason.to_string() }
    }

    /// Of one of its cells.
    pub(crate) fn of(column: &Column, code: &str, reason: impl std::fmt::Display) -> Self {
        Self::named(Some(&column.name), code, reason)
    }

    /// Of the cell below a name, where there is one.
    pub(crate) fn named(column: Option<&String>, code: &str, reason: impl std::fmt::Display) -> Self {
        Self { column: column.cloned(), code: code.to_owned(), reason: reason.to_string() }
    }

    /// It, in a line.
    pub(crate) fn at(self, line: u64) -> Reject {
        let Self { column, code, reason } = self;
        Reject { line, column, code, reason }
    }
}

/// The text of a cell; `None` where there is none.
pub(crate) fn text<'r>(row: &'r Row, column: &Column) -> Result<Option<&'r str>, Flaw> {
    match row.cells.get(column.place) {
        None | Some(Cell::Empty) => Ok(None),
        // What databases write where there is nothing.
        Some(Cell::Text(text)) if text == "\\N" || text.eq_ignore_ascii_case("null") => Ok(None),
        Some(Cell::Text(text)) => Ok(Some(text)),
        Some(Cell::Flawed(flaw)) => Err(Flaw::of(column, flaw.name(), flaw)),
    }
}

/// The text of a cell in which a code may stand, or what is wrong with it: a word and a sentence. A number that a spreadsheet wrote with an
/// exponent has lost its last digits.
pub(crate) fn code_text<'r>(row: &'r Row, column: &Column) -> Result<Option<&'r str>, (&'static str, String)> {
    let flawed = |flaw: &tallymark_tables::Flaw| (flaw.name(), flaw.to_string());
    match row.cells.get(column.place) {
        Some(Cell::Flawed(flaw)) => Err(flawed(flaw)),
        Some(Cell::Text(text)) if has_exponent(text) => Err(flawed(&tallymark_tables::Flaw::Imprecise)),
        // What is wrong with a cell was told.
        _ => Ok(text(row, column).unwrap_or_default()),
    }
}

/// Whether it is written like `1.06E+17`. No code has a point or a plus in it.
pub(crate) fn has_exponent(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, rest) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let is_marked = mantissa.contains('.') || exponent.starts_with('+');
    is_marked && digits(whole) && digits(rest) && digits(exponent.strip_prefix('+').unwrap_or(exponent))
}

#[cfg(test)]
mod tests {
    use super::has_exponent;

    #[test]
    fn what_a_spreadsheet_made_of_long_numbers_is_no_code() {
        for text in ["1.06141E+17", "1E+17", "3.7612e17", "3.7612E17"] {
            assert!(has_exponent(text), "{text}");
        }
        for text in ["106141411234567897", "12E45678", "7KE+", "E+17", "1.2", "HTTPS://X.EXAMPLE/1E5"] {
            assert!(!has_exponent(text), "{text}");
        }
    }
}
