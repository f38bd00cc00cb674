//! Comparing two values of one kind: which [`Level`] they reach.

use crate::level::{EXACT, Level};
use crate::nicknames;
use crate::normalise::is_han;
use crate::text::{edits, jaro_winkler};

/// What a value is, which decides how it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Name,
    Text,
    Code,
    Date,
    Phone,
    Email,
}

/// A normalised value, ready to be compared with many others.
#[derive(Debug)]
pub(crate) struct Value {
    characters: Box<[char]>,
    /// One bit for each remainder of a character's number by 64: two texts differ by at least as many edits as one of them
    /// has bits that the other lacks.
    letters: u64,
    nicknames: Box<[u16]>,
}

impl Value {
    pub(crate) fn new(kind: Kind, text: &str) -> Self {
        let characters: Box<[char]> = text.chars().collect();
        let letters = characters.iter().fold(0, |set, c| set | 1 << (u32::from(*c) % 64));
        let nicknames = if kind == Kind::Name { nicknames::groups_of(text) } else { Vec::new() };
        Self { characters, letters, nicknames: nicknames.into() }
    }

    pub(crate) fn characters(&self) -> &[char] {
        &self.characters
    }

    /// A lower bound of the edits between two values.
    fn edits_least(&self, other: &Self) -> usize {
        let only =
            (self.letters & !other.letters).count_ones().max((other.letters & !self.letters).count_ones()) as usize;
        only.max(self.characters.len().abs_diff(other.characters.len()))
    }

    /// The shorter of both first; of two of one length the one that is smaller in the order of characters, so that a comparison
    /// has the same outcome in both directions.
    fn by_length<'v>(&'v self, other: &'v Self) -> (&'v [char], &'v [char]) {
        let (one, two) = (self.characters(), other.characters());
        if (one.len(), one) <= (two.len(), two) { (one, two) } else { (two, one) }
    }
}

/// The level of two values that are not equal, as a number below [`EXACT`]. The order of the two does not matter.
pub(crate) fn level_of(kind: Kind, one: &Value, two: &Value) -> u8 {
    let level = match kind {
        Kind::Name => name(one, two),
        Kind::Text => text(one, two),
        Kind::Code => code(one, two),
        Kind::Date => date(one, two),
        Kind::Phone => phone(one, two),
        Kind::Email => email(one, two),
    };
    debug_assert!((level as u8) < EXACT, "a level below exact");
    level as u8
}

fn name(one: &Value, two: &Value) -> Level {
    let (short, long) = one.by_length(two);
    if short.len() == 1 {
        // A letter is an initial; a Chinese character is a whole name, and a longer one with it is another (伟 and 伟明).
        return match long.contains(&short[0]) {
            true if is_han(short[0]) => Level::Weak,
            true if long[0] == short[0] => Level::Partial,
            _ => Level::Different,
        };
    }
    if one.nicknames.iter().any(|group| two.nicknames.contains(group)) {
        return Level::Variant;
    }
    let least = one.edits_least(two);
    if least <= 1 && long.len() > 2 && edits(short, long) <= 1 {
        return Level::Close;
    }
    if short.len() >= 3 && long.starts_with(short) {
        return Level::Variant;
    }
    let similarity = jaro_winkler(short, long);
    match similarity {
        0.92.. => Level::Close,
        0.88.. => Level::Similar,
        _ if least <= 2 && short.len() > 4 && edits(short, long) <= 2 => Level::Similar,
        0.8.. => Level::Weak,
        // Two characters of which one agrees: as near as Chinese given names come.
        _ if long.len() == 2 && (short[0] == long[0] || short[1] == long[1]) => Level::Weak,
        _ => Level::Different,
    }
}

fn text(one: &Value, two: &Value) -> Level {
    let (short, long) = one.by_length(two);
    let edited_max = long.len() * 45 / 100;
    let holds = |long: &[char], short: &[char]| long.windows(short.len()).any(|part| part == short);
    if short.len() >= 3 && long.len() > short.len() + 1 && holds(long, short) {
        return Level::Variant;
    }
    if one.edits_least(two) > edited_max {
        return Level::Different;
    }
    let edited = edits(short, long);
    match edited {
        1 if long.len() > 2 => Level::Close,
        _ if edited * 100 <= long.len() * 15 => Level::Close,
        _ if edited * 100 <= long.len() * 30 => Level::Similar,
        _ if edited <= edited_max => Level::Weak,
        _ => Level::Different,
    }
}

fn code(one: &Value, two: &Value) -> Level {
    let (short, long) = one.by_length(two);
    if short.len() >= 2 && long.len() > short.len() && (long.starts_with(short) || long.ends_with(short)) {
        return Level::Variant;
    }
    match edits(short, long) {
        1 if long.len() > 1 => Level::Close,
        2 if long.len() > 3 => Level::Similar,
        _ => Level::Different,
    }
}

fn date(one: &Value, two: &Value) -> Level {
    let (short, long) = one.by_length(two);
    if short.len() == 4 {
        return if long.starts_with(short) { Level::Partial } else { Level::Different };
    }
    let edited = edits(short, long);
    if short.len() != 8 || long.len() != 8 {
        return [Level::Close, Level::Weak].get(edited - 1).copied().unwrap_or(Level::Different);
    }
    let part = |range: std::ops::Range<usize>| short[range.clone()] == long[range];
    let (year, month, day) = (part(0..4), part(4..6), part(6..8));
    if year && short[4..6] == long[6..8] && short[6..8] == long[4..6] {
        return Level::Variant;
    }
    match edited {
        1 => Level::Close,
        _ if u8::from(year) + u8::from(month) + u8::from(day) == 2 => Level::Similar,
        2 => Level::Weak,
        _ if year => Level::Weak,
        _ => Level::Different,
    }
}

fn phone(one: &Value, two: &Value) -> Level {
    let (short, long) = one.by_length(two);
    if short.len() >= 4 && long.ends_with(short) {
        return Level::Variant;
    }
    match edits(short, long) {
        1 if short.len() > 4 => Level::Close,
        2 if short.len() > 6 => Level::Similar,
        _ => Level::Different,
    }
}

fn email(one: &Value, two: &Value) -> Level {
    let local = |value: &Value| value.characters.iter().position(|c| *c == '@').unwrap_or(value.characters.len());
    let (one_local, two_local) = (&one.characters[..local(one)], &two.characters[..local(two)]);
    if one_local == two_local && one_local.len() > 2 {
        return Level::Close;
    }
    if one.edits_least(two) <= 2 && edits(&one.characters, &two.characters) <= 2 {
        return Level::Similar;
    }
    let (less, more) = if one_local <= two_local { (one_local, two_local) } else { (two_local, one_local) };
    if jaro_winkler(less, more) >= 0.92 { Level::Weak } else { Level::Different }
}
