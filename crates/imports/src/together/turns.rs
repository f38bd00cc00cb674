//! In which sequence units are taken: one that depends on what the rows say, and not on where they stand.

use std::collections::{BTreeMap, HashMap};

use crate::pieces::Piece;

/// Whose turn it is. Without turns everything is given as it comes.
pub(super) struct Turns<U> {
    /// The least place and line of each number, by its hash, while the file is looked at.
    seen: HashMap<u64, (i64, u64)>,
    /// The turn of each number.
    turns: HashMap<u64, usize>,
    next: usize,
    /// What is whole before its turn.
    waiting: BTreeMap<usize, Piece<U>>,
    rows_waiting: u64,
}

impl<U> Default for Turns<U> {
    fn default() -> Self {
        Self { seen: HashMap::new(), turns: HashMap::new(), next: 0, waiting: BTreeMap::new(), rows_waiting: 0 }
    }
}

impl<U> Turns<U> {
    /// Looks at a row.
    pub(super) fn look(&mut self, hash: u64, place: i64, line: u64) {
        let seen = self.seen.entry(hash).or_insert((place, line));
        seen.0 = seen.0.min(place);
        seen.1 = seen.1.min(line);
    }

    /// Every row was looked at. Rows that stand together and in their sequence need no turns.
    pub(super) fn looked(&mut self, is_scattered: bool) {
        let mut sequence: Vec<(i64, u64, u64)> =
            std::mem::take(&mut self.seen).into_iter().map(|(hash, (place, line))| (place, line, hash)).collect();
        sequence.sort_unstable();
        if is_scattered || !sequence.is_sorted_by_key(|(_, line, _)| *line) {
            self.turns = sequence.into_iter().enumerate().map(|(turn, (.., hash))| (hash, turn)).collect();
        }
    }

    /// Whether there are turns.
    pub(super) fn are_kept(&self) -> bool {
        !self.turns.is_empty()
    }

    /// Rows of what waits.
    pub(super) const fn rows_waiting(&self) -> u64 {
        self.rows_waiting
    }

    /// Takes what is whole, and gives all whose turn it is.
    pub(super) fn take(&mut self, hash: u64, piece: Piece<U>, out: &mut dyn FnMut(Piece<U>)) {
        let Some(turn) = self.turns.get(&hash) else { return out(piece) };
        self.rows_waiting += piece.rows;
        // Of two numbers that share a hash, the second comes where the first was.
        if let Some(other) = self.waiting.insert(*turn, piece) {
            self.rows_waiting -= other.rows;
            out(other);
        }
        while let Some(piece) = self.waiting.remove(&self.next) {
            self.rows_waiting -= piece.rows;
            self.next += 1;
            out(piece);
        }
    }

    /// Gives what is left, in its sequence.
    pub(super) fn end(&mut self, out: &mut dyn FnMut(Piece<U>)) {
        self.rows_waiting = 0;
        std::mem::take(&mut self.waiting).into_values().for_each(out);
    }
}
