//! What commands say when they fail, and how they print.

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use serde::Serialize;
use tallymark_base::{Fault, Kind};
use unicode_width::UnicodeWidthStr as _;

/// Spaces between two columns.
const GAP: usize = 2;

/// A failed command: a stable code, a text for people, and the exit status.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) text: String,
    /// 2: the command was wrong. 1: it could not be carried out. 130: Ctrl-C or SIGTERM ended it.
    pub(crate) exit: u8,
}

impl Failure {
    /// Something the person at the terminal can put right.
    pub(crate) fn usage(code: &str, text: impl Into<String>) -> Self {
        Self { code: code.to_owned(), text: text.into(), exit: 2 }
    }

    /// Something the machine did not do.
    pub(crate) fn system(code: &str, error: impl std::fmt::Display) -> Self {
        Self { code: code.to_owned(), text: error.to_string(), exit: 1 }
    }

    /// Somebody asked the command to stop.
    pub(crate) fn interrupted(text: impl Into<String>) -> Self {
        Self { code: "cli.interrupted".to_owned(), text: text.into(), exit: 130 }
    }

    /// Writes it to stderr as one line; gives the exit status.
    pub(crate) fn report(&self) -> ExitCode {
        let words: Vec<&str> = self.text.split_whitespace().collect();
        eprintln!("error [{}]: {}", self.code, words.join(" "));
        ExitCode::from(self.exit)
    }
}

impl<F: Fault> From<F> for Failure {
    fn from(fault: F) -> Self {
        let exit = match fault.kind() {
            Kind::Internal | Kind::Unavailable => 1,
            _ => 2,
        };
        let mut text = fault.to_string();
        let mut source = std::error::Error::source(&fault);
        while let Some(error) = source {
            let cause = error.to_string();
            // Some errors repeat their cause in their own text.
            if !text.ends_with(&cause) {
                text = format!("{text}: {cause}");
            }
            source = error.source();
        }
        Self { code: fault.code().to_owned(), text, exit }
    }
}

/// Prints a value: as one line of JSON with `--json`, else by `human`.
pub(crate) fn show<T: Serialize>(json: bool, value: &T, human: impl FnOnce(&T) -> String) -> Result<(), Failure> {
    let text = if json {
        serde_json::to_string(value).map_err(|error| Failure::system("cli.json", error))?
    } else {
        human(value)
    };
    say(&text)
}

/// Prints lines. A reader that went away, as `head` does, has seen enough: that is no failure.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::system("cli.stdout", error)),
        _ => Ok(()),
    }
}

/// Columns under their headings, as wide as their widest cell; `nothing` where there are no rows.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]], nothing: &str) -> String {
    if rows.is_empty() { nothing.to_owned() } else { columns(&headings, rows) }
}

/// The same for any number of columns; the headings alone where there are no rows.
pub(crate) fn columns(headings: &[impl AsRef<str>], rows: &[impl AsRef<[String]>]) -> String {
    let mut widths: Vec<usize> = headings.iter().map(|heading| heading.as_ref().width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row.as_ref()) {
            *width = (*width).max(cell.width());
        }
    }
    let line = |cells: Vec<&str>| {
        let mut text = String::new();
        for (cell, width) in cells.iter().zip(&widths) {
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', width + GAP - cell.width()));
        }
        text.trim_end().to_owned() + "\n"
    };
    let cells = |row: &_| line(AsRef::<[String]>::as_ref(row).iter().map(String::as_str).collect());
    line(headings.iter().map(AsRef::as_ref).collect()) + &rows.iter().map(cells).collect::<String>()
}

/// Names and values one below the other.
pub(crate) fn list(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0) + GAP;
    pairs.iter().map(|(name, value)| format!("{name:width$}{value}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_also_where_characters_are_two_cells_wide() {
        let rows = [["茶".to_owned(), "1".to_owned()], ["tea".to_owned(), "22".to_owned()]];
        assert_eq!(table(["NAME", "N"], &rows, "none"), "NAME  N\n茶    1\ntea   22\n");
        assert_eq!(table(["NAME"], &[], "none"), "none");
    }
}
