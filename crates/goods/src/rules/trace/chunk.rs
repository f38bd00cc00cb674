//! How facts are stored: a row holds some of the facts of a bin, each in a dozen bytes.
//!
//! A fact is a row of whole numbers, seven bits a byte (LEB128): the run's first index from the bin's start, its codes less
//! one, the kind, the time since the fact before it in microseconds (zigzag), the trace event's id since that of the fact
//! before it (zigzag), and what the kind needs. The first follows zeros.

use tallymark_base::id::OrganisationId;
use tallymark_base::{Timestamp, TypedId as _};

use super::bins;
use super::fact::{Fact, Indexes, Moment, What};

/// A row that has as many bytes is full: what comes goes into the next. SQLite keeps a row of up to about 1,000 bytes in
/// the page of its key.
pub(crate) const FULL: usize = 800;

/// Some of the facts of a bin, in the order in which they were added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Chunk {
    bytes: Vec<u8>,
    last: (i64, i64),
}

impl Chunk {
    /// A chunk as it was stored, with its facts; none where the bytes are no chunk of the bin.
    pub(crate) fn read(bin: i64, bytes: Vec<u8>) -> Option<(Self, Vec<(Indexes, Fact)>)> {
        let (mut facts, mut last, mut rest) = (Vec::new(), (0, 0), bytes.as_slice());
        while !rest.is_empty() {
            let first = bins::start_of(bin).checked_add(number(&mut rest)?)?;
            let run = Indexes::new(first, first.checked_add(number(&mut rest)?)?);
            let kind = number(&mut rest)?;
            last = (signed(&mut rest)?.wrapping_add(last.0), signed(&mut rest)?.wrapping_add(last.1));
            let what = what_of(kind, &mut rest)?;
            facts.push((run, Fact { moment: Moment { at: Timestamp(last.0), event: last.1 }, what }));
        }
        Some((Self { bytes, last }, facts))
    }

    /// Adds a fact about a run that lies in the bin.
    pub(crate) fn push(&mut self, bin: i64, run: Indexes, fact: Fact) {
        let Fact { moment, what } = fact;
        let now = (moment.at.0, moment.event);
        put(&mut self.bytes, run.first - bins::start_of(bin));
        put(&mut self.bytes, run.count() - 1);
        let (kind, value) = parts_of(what);
        put(&mut self.bytes, kind);
        put(&mut self.bytes, zigzag(now.0.wrapping_sub(self.last.0)));
        put(&mut self.bytes, zigzag(now.1.wrapping_sub(self.last.1)));
        if let Some(value) = value {
            put(&mut self.bytes, value);
        }
        self.last = now;
    }

    /// Whether the next fact goes into another row.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() >= FULL
    }

    /// What is stored.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// The number of a kind of fact, and its value. Numbers are stored for ever.
fn parts_of(what: What) -> (u64, Option<u64>) {
    match what {
        What::Packed { into } => (1, Some(into)),
        What::Unpacked => (2, None),
        What::Content { items } => (3, Some(zigzag(items))),
        What::Emptied => (4, None),
        What::Shipped { to } => (5, Some(to.raw() as u64)),
        What::Received { by } => (6, Some(by.raw() as u64)),
        What::ReplacedBy { new } => (7, Some(new)),
        What::Replaces { old } => (8, Some(old)),
        What::Sold { by } => (9, Some(by.raw() as u64)),
        What::Destroyed { by } => (10, Some(by.raw() as u64)),
    }
}

fn what_of(kind: u64, rest: &mut &[u8]) -> Option<What> {
    let organisation = |number: u64| OrganisationId::from_raw(number as i64);
    Some(match kind {
        1 => What::Packed { into: number(rest)? },
        2 => What::Unpacked,
        3 => What::Content { items: signed(rest)? },
        4 => What::Emptied,
        5 => What::Shipped { to: organisation(number(rest)?) },
        6 => What::Received { by: organisation(number(rest)?) },
        7 => What::ReplacedBy { new: number(rest)? },
        8 => What::Replaces { old: number(rest)? },
        9 => What::Sold { by: organisation(number(rest)?) },
        10 => What::Destroyed { by: organisation(number(rest)?) },
        _ => return None,
    })
}

/// Runs in rising order, as the distances between them and their lengths: what a trace event keeps of its codes.
pub(crate) fn runs_to_bytes(runs: &[Indexes]) -> Vec<u8> {
    let (mut bytes, mut next) = (Vec::new(), 0);
    for run in runs {
        // Most runs of a packing line are one code: it costs no second number.
        let distance = run.first - next;
        if run.count() == 1 {
            put(&mut bytes, distance << 1);
        } else {
            put(&mut bytes, distance << 1 | 1);
            put(&mut bytes, run.count() - 2);
        }
        next = run.last + 1;
    }
    bytes
}

/// The runs that were stored; none where the bytes are no runs.
pub(crate) fn runs_of_bytes(mut bytes: &[u8]) -> Option<Vec<Indexes>> {
    let (mut runs, mut next) = (Vec::new(), 0_u64);
    while !bytes.is_empty() {
        let word = number(&mut bytes)?;
        let first = next.checked_add(word >> 1)?;
        let more = if word & 1 == 1 { number(&mut bytes)?.checked_add(1)? } else { 0 };
        let run = Indexes::new(first, first.checked_add(more)?);
        next = run.last.checked_add(1)?;
        runs.push(run);
    }
    Some(runs)
}

pub(crate) fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

pub(crate) fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for place in 0..10 {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7F).checked_shl(7 * place)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn signed(rest: &mut &[u8]) -> Option<i64> {
    let value = number(rest)?;
    Some((value >> 1) as i64 ^ -((value & 1) as i64))
}

const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rules::runs::merged;

    fn what() -> impl Strategy<Value = What> {
        (0..10, any::<i64>()).prop_map(|(kind, value)| match kind {
            0 => What::Packed { into: value as u64 },
            1 => What::Unpacked,
            2 => What::Content { items: value },
            3 => What::Emptied,
            4 => What::Shipped { to: OrganisationId::from_raw(value) },
            5 => What::Received { by: OrganisationId::from_raw(value) },
            6 => What::ReplacedBy { new: value as u64 },
            7 => What::Sold { by: OrganisationId::from_raw(value) },
            8 => What::Destroyed { by: OrganisationId::from_raw(value) },
            _ => What::Replaces { old: value as u64 },
        })
    }

    proptest! {
        #[test]
        fn what_was_stored_is_read(
            facts in prop::collection::vec((0_u64..128, 0_u64..128, any::<i64>(), any::<i64>(), what()), 0..20)
        ) {
            let bin = 77;
            let start = bins::start_of(bin);
            let facts: Vec<_> = facts.into_iter().map(|(a, b, at, event, what)| {
                let run = Indexes::new(start + a.min(b), start + a.max(b));
                (run, Fact { moment: Moment { at: Timestamp(at), event }, what })
            }).collect();
            let mut chunk = Chunk::default();
            for (run, fact) in &facts[..facts.len() / 2] {
                chunk.push(bin, *run, *fact);
            }
            // Stored and read in between, as the next transaction does.
            let (mut chunk, _) = Chunk::read(bin, chunk.into_bytes()).unwrap();
            for (run, fact) in &facts[facts.len() / 2..] {
                chunk.push(bin, *run, *fact);
            }
            prop_assert_eq!(Chunk::read(bin, chunk.into_bytes()).unwrap().1, facts);
        }

        #[test]
        fn other_bytes_are_refused_or_read_but_never_end_the_program(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = Chunk::read(77, bytes.clone());
            let _ = runs_of_bytes(&bytes);
        }

        #[test]
        fn runs_are_read_as_they_were_stored(runs in prop::collection::vec((0_u64..1 << 40, 0_u64..1_000), 0..50)) {
            let runs = merged(runs.into_iter().map(|(first, more)| Indexes::new(first, first + more)).collect());
            prop_assert_eq!(runs_of_bytes(&runs_to_bytes(&runs)), Some(runs));
        }
    }

    #[test]
    fn a_bottle_put_into_a_case_takes_a_dozen_bytes() {
        let mut chunk = Chunk::default();
        let fact = |n: i64| Fact {
            moment: Moment { at: Timestamp(1_772_323_200_000_000 + n * 300_000_000), event: (1 << 60) + (n << 30) },
            what: What::Packed { into: 12_000_000 },
        };
        chunk.push(0, Indexes::new(3, 3), fact(0));
        let first = chunk.bytes.len();
        chunk.push(0, Indexes::new(90, 90), fact(1));
        assert!(chunk.bytes.len() - first <= 17, "{}", chunk.bytes.len() - first);
    }
}
