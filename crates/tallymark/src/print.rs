//! What commands say when they fail, and how they print.

use serde::Serialize;
use tallymark_base::{Fault, Kind};

/// A failed command: a stable code, a text for people, and the exit status.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) text: String,
    /// 2: the command was wrong. 1: it could not be carried out.
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
            text = format!("{text}: {error}");
            source = error.source();
        }
        Self { code: fault.code().to_owned(), text, exit }
    }
}

/// Prints a value: as one line of JSON with `--json`, else by `human`.
pub(crate) fn show<T: Serialize>(json: bool, value: &T, human: impl FnOnce(&T) -> String) -> Result<(), Failure> {
    if json {
        let line = serde_json::to_string(value).map_err(|error| Failure::system("cli.json", error))?;
        println!("{line}");
    } else {
        println!("{}", human(value));
    }
    Ok(())
}
