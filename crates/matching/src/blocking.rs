//! Which pairs are worth comparing: those whose records agree on one of several keys.
//!
//! A key joins two facets of a record, such as surname and birth year, so that a pair is found when any two of its better
//! facets are unharmed. Blocks are bounded: a block with more records than the limit is divided by further facets, and what is
//! still too large is left out and told. A pair that several keys find is visited once, without a set of visited pairs: a key
//! passes over the pairs that a key before it finds.

use std::ops::Range;

use crate::record::Field;
use crate::table::{BIRTH, EMAIL, GIVEN, LINE_1, LINE_2, NUMBER, PHONE, POSTCODE, SUBURB, SURNAME, Table};

/// Something that two records of one person often share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Facet {
    /// The value of a column.
    Value(usize),
    /// Given name and surname in either order.
    BothNames,
    /// Both address lines in either order.
    BothLines,
    /// How the value of a column sounds.
    Sound(usize),
    /// The first character of a column's value.
    Initial(usize),
    BirthYear,
    /// Month and day in either order.
    MonthAndDay,
    /// The last seven digits of the telephone.
    PhoneTail,
}

const GIVEN_NAME: Facet = Facet::Value(GIVEN);
const FAMILY: Facet = Facet::Value(SURNAME);
const DATE: Facet = Facet::Value(BIRTH);
const HOUSE: Facet = Facet::Value(NUMBER);
const STREET: Facet = Facet::Value(LINE_1);
const ESTATE: Facet = Facet::Value(LINE_2);
const TOWN: Facet = Facet::Value(SUBURB);
const POST: Facet = Facet::Value(POSTCODE);

/// Each key with the name under which blocks left out are told.
const KEYS: [(&str, &[Facet]); 30] = [
    ("email", &[Facet::Value(EMAIL)]),
    ("phone", &[Facet::PhoneTail]),
    ("date of birth", &[DATE]),
    ("both names", &[Facet::BothNames]),
    ("sounds of both names", &[Facet::Sound(GIVEN), Facet::Sound(SURNAME)]),
    ("given name, birth year", &[GIVEN_NAME, Facet::BirthYear]),
    ("given name, month and day", &[GIVEN_NAME, Facet::MonthAndDay]),
    ("surname, birth year", &[FAMILY, Facet::BirthYear]),
    ("surname, month and day", &[FAMILY, Facet::MonthAndDay]),
    ("sound of surname, month and day", &[Facet::Sound(SURNAME), Facet::MonthAndDay]),
    ("sound of given name, month and day", &[Facet::Sound(GIVEN), Facet::MonthAndDay]),
    ("birth year, month and day", &[Facet::BirthYear, Facet::MonthAndDay]),
    ("given name, postcode", &[GIVEN_NAME, POST]),
    ("given name, suburb", &[GIVEN_NAME, TOWN]),
    ("given name, address line 1", &[GIVEN_NAME, STREET]),
    ("given name, address line 2", &[GIVEN_NAME, ESTATE]),
    ("given name, street number", &[GIVEN_NAME, HOUSE]),
    ("surname, postcode", &[FAMILY, POST]),
    ("surname, suburb", &[FAMILY, TOWN]),
    ("surname, address line 1", &[FAMILY, STREET]),
    ("surname, address line 2", &[FAMILY, ESTATE]),
    ("surname, street number", &[FAMILY, HOUSE]),
    ("postcode, month and day", &[POST, Facet::MonthAndDay]),
    ("postcode, birth year", &[POST, Facet::BirthYear]),
    ("suburb, birth year", &[TOWN, Facet::BirthYear]),
    ("address line 1, street number", &[STREET, HOUSE]),
    ("address line 1, postcode", &[STREET, POST]),
    ("address line 1, suburb", &[STREET, TOWN]),
    ("both address lines", &[Facet::BothLines]),
    ("address line 2, street number", &[ESTATE, HOUSE]),
];

/// What divides a block that is too large, one after the other.
const DIVIDERS: [Facet; 4] = [Facet::BirthYear, Facet::Initial(GIVEN), Facet::Value(POSTCODE), Facet::MonthAndDay];

/// Blocks of one key that were left out since they are too large after being divided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlocksLeftOut {
    /// The key, in words.
    pub key: String,
    /// How many blocks were left out.
    pub blocks: usize,
    /// How many records they hold. A pair of them is found only where another key joins it.
    pub records: usize,
    /// How many the largest holds.
    pub records_largest: usize,
}

/// Every block of every key.
pub(crate) struct Blocks {
    keys: usize,
    /// For each record its block's hash under each key, 0 where it has none.
    hashes: Vec<u64>,
    /// For each key its records by block.
    members: Vec<Vec<u32>>,
    /// Each block: its key, and where in `members` it is.
    blocks: Vec<(u16, Range<u32>)>,
    pub(crate) left_out: Vec<BlocksLeftOut>,
}

impl Blocks {
    /// Builds the blocks of a table, none with more than `records_max` records.
    pub(crate) fn new(table: &Table, records_max: usize) -> Self {
        let extras: Vec<[Facet; 1]> = (Field::ALL.len()..table.columns.len()).map(|c| [Facet::Value(c)]).collect();
        let mut keys: Vec<(String, &[Facet])> =
            KEYS.iter().map(|(name, facets)| ((*name).to_owned(), *facets)).collect();
        for (i, facets) in extras.iter().enumerate() {
            keys.push((table.columns[Field::ALL.len() + i].name.clone(), facets));
        }
        let rows = table.rows.len();
        let mut this = Self {
            keys: keys.len(),
            hashes: vec![0; rows * keys.len()],
            members: Vec::with_capacity(keys.len()),
            blocks: Vec::new(),
            left_out: Vec::new(),
        };
        for (key, (name, facets)) in keys.iter().enumerate() {
            for row in 0..rows {
                let parts = facets.iter().map(|facet| facet.hash(table, row));
                this.hashes[row * keys.len() + key] =
                    parts.reduce(|a, b| if a == 0 || b == 0 { 0 } else { mixed(a, b) }).unwrap_or(0);
            }
            this.divide(table, key, name, records_max);
        }
        this
    }

    fn hash(&mut self, row: u32, key: usize) -> &mut u64 {
        &mut self.hashes[row as usize * self.keys + key]
    }

    fn divide(&mut self, table: &Table, key: usize, name: &str, records_max: usize) {
        let mut members: Vec<u32> = (0..table.rows.len() as u32).filter(|row| *self.hash(*row, key) != 0).collect();
        for divider in DIVIDERS {
            members.sort_unstable_by_key(|row| (*self.hash(*row, key), *row));
            let large: Vec<u32> = groups(&members, |row| self.hashes[row as usize * self.keys + key])
                .filter(|group| group.len() > records_max)
                .flat_map(|group| members[group].iter().copied())
                .collect();
            for row in large {
                let part = divider.hash(table, row as usize);
                let hash = self.hash(row, key);
                *hash = mixed(*hash, part);
            }
        }
        members.sort_unstable_by_key(|row| (*self.hash(*row, key), *row));
        let mut left_out = BlocksLeftOut { key: name.to_owned(), blocks: 0, records: 0, records_largest: 0 };
        let all: Vec<Range<usize>> = groups(&members, |row| self.hashes[row as usize * self.keys + key]).collect();
        for group in all {
            if group.len() > records_max {
                left_out.blocks += 1;
                left_out.records += group.len();
                left_out.records_largest = left_out.records_largest.max(group.len());
                for row in &members[group] {
                    *self.hash(*row, key) = 0;
                }
            } else if group.len() > 1 {
                self.blocks.push((key as u16, group.start as u32..group.end as u32));
            }
        }
        self.members.push(members);
        if left_out.blocks > 0 {
            self.left_out.push(left_out);
        }
    }

    /// How many blocks there are.
    pub(crate) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Visits each pair of a block that no key before this block's finds; the smaller row comes first.
    pub(crate) fn visit(&self, block: usize, mut visit: impl FnMut(u32, u32)) {
        let (key, range) = &self.blocks[block];
        let key = usize::from(*key);
        let members = &self.members[key][range.start as usize..range.end as usize];
        for (i, one) in members.iter().enumerate() {
            let ones = &self.hashes[*one as usize * self.keys..][..key];
            for two in &members[i + 1..] {
                let twos = &self.hashes[*two as usize * self.keys..][..key];
                if !ones.iter().zip(twos).any(|(a, b)| a == b && *a != 0) {
                    visit(*one, *two);
                }
            }
        }
    }
}

/// The runs of equal hashes.
fn groups(members: &[u32], hash: impl Fn(u32) -> u64) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let first = hash(*members.get(start)?);
        let length = members[start..].iter().take_while(|row| hash(**row) == first).count();
        start += length;
        Some(start - length..start)
    })
}

impl Facet {
    /// A hash of the facet, 0 where the record does not have it.
    fn hash(self, table: &Table, row: usize) -> u64 {
        let value = |column: usize| match table.rows[row][column] {
            0 => 0,
            number => mixed(column as u64 + 1, u64::from(number)),
        };
        let unordered = |a: usize, b: usize| {
            let (a, b) = (table.rows[row][a], table.rows[row][b]);
            if a == 0 || b == 0 { 0 } else { mixed(u64::from(a.min(b)), u64::from(a.max(b))) }
        };
        let date = || Some(table.characters(row, BIRTH)).filter(|date| !date.is_empty());
        match self {
            Self::Value(column) => value(column),
            Self::BothNames => unordered(GIVEN, SURNAME),
            Self::BothLines => unordered(LINE_1, LINE_2),
            Self::Sound(column) => sound(table.characters(row, column)),
            Self::Initial(column) => table.characters(row, column).first().map_or(0, |c| mixed(1, u64::from(*c))),
            Self::BirthYear => date().filter(|date| matches!(date.len(), 4 | 8)).map_or(0, |date| hashed(&date[..4])),
            Self::MonthAndDay => date().filter(|date| date.len() == 8).map_or(0, |date| {
                let (month, day) = (hashed(&date[4..6]), hashed(&date[6..8]));
                mixed(month.min(day), month.max(day))
            }),
            Self::PhoneTail => {
                let digits = table.characters(row, PHONE);
                if digits.len() < 4 { 0 } else { hashed(&digits[digits.len().saturating_sub(7)..]) }
            }
        }
    }
}

/// American Soundex of a name in Latin letters, the first character of any other; hashed.
fn sound(name: &[char]) -> u64 {
    let Some(first) = name.first() else { return 0 };
    if !first.is_ascii_alphabetic() {
        return hashed(&[*first]);
    }
    let digit = |c: char| match c {
        'b' | 'f' | 'p' | 'v' => '1',
        'c' | 'g' | 'j' | 'k' | 'q' | 's' | 'x' | 'z' => '2',
        'd' | 't' => '3',
        'l' => '4',
        'm' | 'n' => '5',
        'r' => '6',
        _ => '0',
    };
    let mut code = vec![*first];
    let mut last = digit(*first);
    for character in &name[1..] {
        let next = digit(*character);
        if next != '0' && next != last && code.len() < 4 {
            code.push(next);
        }
        // h and w do not part two letters of one sound.
        if !matches!(character, 'h' | 'w') {
            last = next;
        }
    }
    hashed(&code)
}

fn hashed(text: &[char]) -> u64 {
    text.iter().fold(text.len() as u64, |hash, c| mixed(hash, u64::from(*c)))
}

/// Two numbers as one that is spread over all bits and never 0 (the finaliser of SplitMix64).
pub(crate) fn mixed(one: u64, two: u64) -> u64 {
    let mut z = one.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(two).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)).max(1)
}
