//! Events in a few bytes: which codes, as runs of indexes, and nothing that is kept elsewhere.

use std::ops::Range;

use crate::rules::trace::chunk::{number, put, runs_of_bytes, runs_to_bytes};
use crate::rules::trace::fact::Indexes;

/// Codes that one event names at most, where it can be cut.
pub(crate) const CODES_MAX: u64 = 10_000;

/// Events that are alike: one or many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Short {
    /// Codes of one level of a batch were commissioned, or withdrawn.
    Codes {
        /// Whether they were withdrawn.
        is_gone: bool,
        /// The codes.
        run: Indexes,
    },
    /// Codes were put into the packs that they were printed for, or left them: an event for each pack.
    Sets {
        /// Whether they left them.
        is_out: bool,
        /// The packs.
        packs: Indexes,
        /// The codes.
        inside: Indexes,
        /// How many codes a full pack has.
        ratio: u64,
        /// How many codes of the first pack come before those.
        lead: u64,
    },
    /// Codes were put into one pack, or left it.
    Moved {
        /// Whether they left it.
        is_out: bool,
        /// The pack.
        pack: u64,
        /// The codes.
        codes: Vec<Indexes>,
    },
    /// Packs were opened: an event for each.
    Opened {
        /// The packs.
        packs: Indexes,
    },
    /// An operation that is kept.
    Done {
        /// Its id.
        operation: i64,
        /// How many events it takes.
        events: u64,
        /// Its codes where it takes more than one.
        codes: Vec<Indexes>,
    },
    /// Codes were claimed by who bought the goods: an event for each code.
    Redeemed {
        /// The codes.
        codes: Vec<Indexes>,
    },
}

impl Short {
    /// An operation with codes.
    pub(crate) fn done(operation: i64, codes: &[Indexes]) -> Self {
        let events = cuts(codes);
        Self::Done { operation, events, codes: if events > 1 { codes.to_vec() } else { Vec::new() } }
    }

    /// How many events they are.
    pub(crate) fn events(&self) -> u64 {
        match self {
            Self::Codes { run, .. } => cuts(&[*run]),
            Self::Sets { packs, .. } | Self::Opened { packs } => packs.count(),
            Self::Moved { codes, .. } => cuts(codes),
            Self::Done { events, .. } => *events,
            Self::Redeemed { codes } => codes.iter().map(|run| run.count()).sum(),
        }
    }

    /// Which of them may name a code.
    pub(crate) fn parts(&self, index: u64) -> Range<u64> {
        let one = |part: u64| part..part + 1;
        let cut = |codes: &[Indexes]| match place_of(codes, index) {
            Some(place) => one(place / CODES_MAX),
            None => 0..0,
        };
        match self {
            Self::Codes { run, .. } => cut(&[*run]),
            Self::Sets { packs, .. } | Self::Opened { packs } if packs.contains(index) => one(index - packs.first),
            Self::Sets { inside, ratio, lead, .. } if inside.contains(index) => {
                one((index - inside.first + lead) / ratio)
            }
            Self::Sets { .. } | Self::Opened { .. } => 0..0,
            Self::Moved { pack, codes, .. } if *pack != index => cut(codes),
            Self::Done { events, codes, .. } if *events > 1 && place_of(codes, index).is_some() => cut(codes),
            Self::Redeemed { codes } => place_of(codes, index).map_or(0..0, one),
            Self::Moved { .. } | Self::Done { .. } => 0..self.events(),
        }
    }

    /// As it is kept.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Self::Codes { is_gone, run } => {
                bytes.push(if *is_gone { 2 } else { 1 });
                put(&mut bytes, run.first);
                put(&mut bytes, run.count());
            }
            Self::Sets { is_out, packs, inside, ratio, lead } => {
                bytes.push(if *is_out { 4 } else { 3 });
                for value in [packs.first, packs.count(), inside.first, inside.count(), *ratio, *lead] {
                    put(&mut bytes, value);
                }
            }
            Self::Moved { is_out, pack, codes } => {
                bytes.push(if *is_out { 6 } else { 5 });
                put(&mut bytes, *pack);
                bytes.extend(runs_to_bytes(codes));
            }
            Self::Opened { packs } => {
                bytes.push(7);
                put(&mut bytes, packs.first);
                put(&mut bytes, packs.count());
            }
            Self::Done { operation, events, codes } => {
                bytes.push(8);
                bytes.extend(operation.to_be_bytes());
                put(&mut bytes, *events);
                bytes.extend(runs_to_bytes(codes));
            }
            Self::Redeemed { codes } => {
                bytes.push(9);
                bytes.extend(runs_to_bytes(codes));
            }
        }
        bytes
    }

    /// From what was kept; none where it is anything else.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, mut rest) = bytes.split_first()?;
        let rest = &mut rest;
        let run = |rest: &mut &[u8]| -> Option<Indexes> {
            let (first, count) = (number(rest)?, number(rest)?);
            Some(Indexes::new(first, first.checked_add(count.checked_sub(1)?)?))
        };
        Some(match kind {
            1 | 2 => Self::Codes { is_gone: *kind == 2, run: run(rest)? },
            3 | 4 => {
                let (packs, inside) = (run(rest)?, run(rest)?);
                let (ratio, lead) = (number(rest).filter(|ratio| *ratio > 0)?, number(rest)?);
                Self::Sets { is_out: *kind == 4, packs, inside, ratio, lead }
            }
            5 | 6 => Self::Moved { is_out: *kind == 6, pack: number(rest)?, codes: runs_of_bytes(rest)? },
            7 => Self::Opened { packs: run(rest)? },
            8 => {
                let (id, after) = rest.split_first_chunk::<8>()?;
                *rest = after;
                let (operation, events) = (i64::from_be_bytes(*id), number(rest)?);
                Self::Done { operation, events, codes: runs_of_bytes(rest)? }
            }
            9 => Self::Redeemed { codes: runs_of_bytes(rest)? },
            _ => return None,
        })
    }
}

/// The codes of one event of several.
pub(crate) fn cut(codes: &[Indexes], part: u64) -> Vec<Indexes> {
    let (from, until) = (part * CODES_MAX, (part + 1) * CODES_MAX);
    let (mut before, mut found) = (0, Vec::new());
    for run in codes {
        let (start, end) = (from.max(before), until.min(before + run.count()));
        if start < end {
            found.push(Indexes::new(run.first + start - before, run.first + end - 1 - before));
        }
        before += run.count();
    }
    found
}

/// One of all codes, from 0.
pub(crate) fn nth(codes: &[Indexes], place: u64) -> Option<u64> {
    let mut before = 0;
    for run in codes {
        if place < before + run.count() {
            return Some(run.first + place - before);
        }
        before += run.count();
    }
    None
}

/// How many events it takes to name all codes.
fn cuts(codes: &[Indexes]) -> u64 {
    codes.iter().map(|run| run.count()).sum::<u64>().div_ceil(CODES_MAX).max(1)
}

/// Which of all codes one is, from 0.
fn place_of(codes: &[Indexes], index: u64) -> Option<u64> {
    let mut before = 0;
    for run in codes {
        if run.contains(index) {
            return Some(before + index - run.first);
        }
        before += run.count();
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run() -> impl Strategy<Value = Indexes> {
        (0_u64..1 << 40, 1_u64..60_000).prop_map(|(first, count)| Indexes::new(first, first + count - 1))
    }

    fn runs() -> impl Strategy<Value = Vec<Indexes>> {
        prop::collection::vec((0_u64..1_000, 1_u64..30_000), 1..8).prop_map(|steps| {
            let mut next = 0;
            steps
                .into_iter()
                .map(|(gap, count)| {
                    let first = next + gap + 1;
                    next = first + count;
                    Indexes::new(first, next - 1)
                })
                .collect()
        })
    }

    fn short() -> impl Strategy<Value = Short> {
        prop_oneof![
            (any::<bool>(), run()).prop_map(|(is_gone, run)| Short::Codes { is_gone, run }),
            (any::<bool>(), run(), run(), 1_u64..500, 0_u64..500).prop_map(|(is_out, packs, inside, ratio, lead)| {
                Short::Sets { is_out, packs, inside, ratio, lead }
            }),
            (any::<bool>(), 0_u64..1 << 40, runs()).prop_map(|(is_out, pack, codes)| Short::Moved {
                is_out,
                pack,
                codes
            }),
            run().prop_map(|packs| Short::Opened { packs }),
            (any::<i64>(), runs()).prop_map(|(operation, codes)| Short::done(operation, &codes)),
            runs().prop_map(|codes| Short::Redeemed { codes }),
        ]
    }

    proptest! {
        #[test]
        fn what_was_kept_is_read(short in short()) {
            prop_assert_eq!(Short::of_bytes(&short.to_bytes()), Some(short));
        }

        #[test]
        fn each_redeemed_code_has_an_event_of_its_own(codes in runs(), which in any::<prop::sample::Index>()) {
            let all: Vec<u64> = codes.iter().flat_map(|run| run.first..=run.last).collect();
            let redeemed = Short::Redeemed { codes: codes.clone() };
            prop_assert_eq!(redeemed.events(), all.len() as u64);
            let place = which.index(all.len()) as u64;
            let code = nth(&codes, place).unwrap();
            prop_assert_eq!((code, redeemed.parts(code)), (all[place as usize], place..place + 1));
            prop_assert_eq!(nth(&codes, all.len() as u64), None);
        }

        #[test]
        fn other_bytes_are_refused_or_read_but_never_end_the_program(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(short) = Short::of_bytes(&bytes) {
                prop_assert!(short.to_bytes().len() <= bytes.len() + 10);
            }
        }

        #[test]
        fn cuts_hold_every_code_once_and_the_cut_of_a_code_is_found(codes in runs(), which in any::<prop::sample::Index>()) {
            let moved = Short::Moved { is_out: false, pack: u64::MAX, codes: codes.clone() };
            let all: Vec<u64> = (0..moved.events()).flat_map(|part| cut(&codes, part)).flat_map(|run| run.first..=run.last).collect();
            let wanted: Vec<u64> = codes.iter().flat_map(|run| run.first..=run.last).collect();
            prop_assert_eq!(&all, &wanted);
            prop_assert!((0..moved.events()).all(|part| cut(&codes, part).iter().map(|run| run.count()).sum::<u64>() <= CODES_MAX));
            let code = wanted[which.index(wanted.len())];
            let parts = moved.parts(code);
            prop_assert_eq!(parts.end - parts.start, 1);
            prop_assert!(cut(&codes, parts.start).iter().any(|run| run.contains(code)));
        }
    }

    #[test]
    fn a_bottle_lies_in_the_set_of_its_case() {
        // Cases of 6 from index 1000; bottles from index 100, of which 104 to 120 were activated.
        let (packs, inside) = (Indexes::new(1_000, 1_003), Indexes::new(104, 120));
        let sets = Short::Sets { is_out: false, packs, inside, ratio: 6, lead: 4 };
        assert_eq!(sets.parts(104), 0..1);
        assert_eq!(sets.parts(105), 0..1);
        assert_eq!(sets.parts(106), 1..2);
        assert_eq!(sets.parts(120), 3..4);
        assert_eq!(sets.parts(1_002), 2..3);
        assert_eq!(sets.parts(103), 0..0);
    }
}
