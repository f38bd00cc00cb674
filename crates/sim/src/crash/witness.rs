//! What the callers know: which scans they sent, and what they were told. The server must still say the same after any
//! number of crashes.

use std::collections::hash_map::{DefaultHasher, Entry};
use std::collections::{BTreeSet, HashMap};
use std::hash::{Hash as _, Hasher as _};

use serde_json::Value;

use crate::client::text;
use crate::failure::{Failure, Result};

/// What a caller was told about a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    /// The scan's id.
    scan: String,
    /// A hash of the whole answer.
    answer: u64,
}

/// Every caller's memory.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    told: HashMap<u64, Told>,
    /// Sent, and not answered yet: it may have happened.
    open: BTreeSet<u64>,
    /// Answers that differ from the first one, in words.
    changed: Vec<String>,
    /// Answers other than 200, by status.
    pub(crate) refused: HashMap<u16, u64>,
}

impl Witness {
    /// Scan `n` is about to be sent.
    pub(crate) fn sends(&mut self, n: u64) {
        if !self.told.contains_key(&n) {
            self.open.insert(n);
        }
    }

    /// Scan `n` was answered.
    pub(crate) fn hears(&mut self, n: u64, status: u16, body: &[u8]) -> Result<()> {
        if status != 200 {
            *self.refused.entry(status).or_default() += 1;
            // The server is being shut down or is too busy; a refusal of the scan itself would be a defect here.
            return if status >= 429 { Ok(()) } else { Err(refusal(n, status, body)) };
        }
        let answer: Value = serde_json::from_slice(body)?;
        let told = Told { scan: text(&answer, "scan")?.to_owned(), answer: hash_of(&answer) };
        self.open.remove(&n);
        match self.told.entry(n) {
            Entry::Vacant(entry) => {
                entry.insert(told);
            }
            Entry::Occupied(first) if *first.get() == told => {}
            Entry::Occupied(first) => {
                self.changed.push(format!("scan {n} was {} and is {answer}", first.get().scan));
            }
        }
        Ok(())
    }

    /// The scans without an answer.
    pub(crate) fn open(&self) -> Vec<u64> {
        self.open.iter().copied().collect()
    }

    /// The scans with an answer, in order.
    pub(crate) fn told(&self) -> Vec<u64> {
        let mut all: Vec<u64> = self.told.keys().copied().collect();
        all.sort_unstable();
        all
    }

    /// Answers that changed, in words.
    pub(crate) fn changed(&self) -> &[String] {
        &self.changed
    }

    /// The scan ids that callers know, each with its number.
    pub(crate) fn scans(&self) -> HashMap<&str, u64> {
        self.told.iter().map(|(n, told)| (told.scan.as_str(), *n)).collect()
    }
}

fn refusal(n: u64, status: u16, body: &[u8]) -> Failure {
    Failure::new(format!("scan {n} was refused: {status} {}", String::from_utf8_lossy(body)))
}

/// Of the JSON in one fixed order of its fields.
fn hash_of(answer: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    answer.to_string().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_changes_is_noticed_and_one_that_is_repeated_is_not() {
        let mut witness = Witness::default();
        for n in 0..3 {
            witness.sends(n);
        }
        witness.hears(0, 200, br#"{"scan":"scn_1","checks":1}"#).unwrap();
        witness.hears(1, 503, b"{}").unwrap();
        assert_eq!(witness.open(), [1, 2]);
        witness.hears(0, 200, br#"{"checks":1,"scan":"scn_1"}"#).unwrap();
        assert!(witness.changed().is_empty());
        witness.hears(0, 200, br#"{"scan":"scn_9","checks":1}"#).unwrap();
        assert_eq!(witness.changed().len(), 1);
        assert!(witness.hears(2, 400, b"{}").is_err());
        assert_eq!(witness.scans(), HashMap::from([("scn_1", 0)]));
    }
}
