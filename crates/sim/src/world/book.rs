//! What the server called the things of the story, and how far the story was told: kept in a file, so that a world that was
//! stopped goes on.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::step::Node;
use crate::failure::{Context as _, Failure, Result};

/// Characters of a code.
const CODE: usize = 16;

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// What a thing is called.
    Named { name: String, id: String },
    /// Every number below was answered.
    Next(u64),
}

/// The book of a world.
#[derive(Debug)]
pub(super) struct Book {
    file: File,
    ids: HashMap<String, String>,
    /// The inner codes of each lot's bottles, one after another.
    codes: HashMap<usize, Vec<u8>>,
    /// The first number that was not answered yet.
    next: u64,
}

impl Book {
    /// Its name in the folder of a world.
    const FILE: &str = "progress.jsonl";

    /// Opens the book of the world in `folder`, or begins one.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(Self::FILE);
        let (mut ids, mut next) = (HashMap::new(), 1);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        // A line that was not written to its end is not there.
        for line in text.lines().filter_map(|line| serde_json::from_str(line).ok()) {
            match line {
                Line::Named { name, id } => {
                    ids.insert(name, id);
                }
                Line::Next(number) => next = number,
            }
        }
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        if !text.is_empty() && !text.ends_with('\n') {
            writeln!(file)?;
        }
        Ok(Self { file, ids, codes: HashMap::new(), next })
    }

    /// The first number that was not answered yet.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// Notes what the server calls a thing.
    pub(super) fn name(&mut self, name: String, id: &str) -> Result<()> {
        self.write(&Line::Named { name: name.clone(), id: id.to_owned() })?;
        self.ids.insert(name, id.to_owned());
        Ok(())
    }

    /// Notes that every number below `next` was answered.
    pub(super) fn answered(&mut self, next: u64) -> Result<()> {
        self.next = next;
        self.write(&Line::Next(next))
    }

    fn write(&mut self, line: &Line) -> Result<()> {
        // One call: a line is there or not.
        Ok(self.file.write_all((serde_json::to_string(line)? + "\n").as_bytes())?)
    }

    /// What the server calls a thing.
    pub(super) fn id(&self, name: &str) -> Result<&str> {
        let found = self.ids.get(name).map(String::as_str);
        found.ok_or_else(|| Failure::new(format!("the world's book does not know {name}")))
    }

    pub(super) fn node(&self, node: Node) -> Result<&str> {
        self.id(&node_name(node))
    }

    /// Keeps the codes of a lot, one a line.
    pub(super) fn keep_codes(&mut self, lot: usize, items: u64, lines: &[u8]) -> Result<()> {
        let mut codes = Vec::with_capacity(items as usize * CODE);
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            codes.extend_from_slice(line);
        }
        if codes.len() as u64 != items * CODE as u64 {
            return Err(Failure::new(format!("lot {lot} has {} bytes of codes for {items} bottles", codes.len())));
        }
        self.codes.insert(lot, codes);
        Ok(())
    }

    /// Whether the codes of a lot are kept.
    pub(super) fn has_codes(&self, lot: usize) -> bool {
        self.codes.contains_key(&lot)
    }

    /// The inner code of a bottle.
    pub(super) fn code(&self, lot: usize, serial: u64) -> Result<&str> {
        let at = serial as usize * CODE;
        let bytes = self.codes.get(&lot).and_then(|codes| codes.get(at..at + CODE));
        let missing = || format!("code {serial} of lot {lot}");
        std::str::from_utf8(bytes.unwrap_or_default())
            .while_doing(missing)
            .and_then(|code| if code.is_empty() { Err(Failure::new(missing())) } else { Ok(code) })
    }
}

/// The name of a node in the book.
pub(super) fn node_name(node: Node) -> String {
    match node {
        Node::Brand => "brand".to_owned(),
        Node::Region(number) => format!("region {number}"),
        Node::Dealer(number) => format!("dealer {number}"),
        Node::Store(number) => format!("store {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_that_was_torn_off_goes_on_with_its_last_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let mut book = Book::open(folder.path()).unwrap();
        book.name("store 3".into(), "org_1").unwrap();
        book.answered(7).unwrap();
        book.file.write_all(br#"{"next":1"#).unwrap();
        drop(book);
        let mut book = Book::open(folder.path()).unwrap();
        assert_eq!((book.next(), book.node(Node::Store(3)).unwrap()), (7, "org_1"));
        book.answered(9).unwrap();
        assert_eq!(Book::open(folder.path()).unwrap().next(), 9);
        assert!(book.id("store 4").is_err());
    }

    #[test]
    fn codes_are_found_by_lot_and_serial() {
        let folder = tempfile::tempdir().unwrap();
        let mut book = Book::open(folder.path()).unwrap();
        book.keep_codes(2, 2, b"0123456789ABCDEF\nFEDCBA9876543210\n").unwrap();
        assert_eq!(book.code(2, 1).unwrap(), "FEDCBA9876543210");
        assert!(book.code(2, 2).is_err() && book.code(1, 0).is_err());
        assert!(book.keep_codes(3, 3, b"0123456789ABCDEF\n").is_err());
    }
}
