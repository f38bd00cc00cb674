//! Application identifiers: the two to four digits in front of every GS1 value that say what it is.

use std::fmt;

use thiserror::Error;

use super::linters::{LintError, Linter};
use super::table::TABLE;

/// Characters of the longest value of an identifier that GS1 has not (yet) given a meaning.
const UNKNOWN_CHARACTERS_MAX: u8 = 90;

/// The digits of an application identifier, for example `01`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ai {
    digits: [u8; 4],
    length: u8,
}

impl Ai {
    /// Takes two to four digits; whether GS1 defines them says [`Ai::definition`].
    pub fn parse(text: &str) -> Option<Self> {
        let valid = (2..=4).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
        let mut digits = [0; 4];
        digits.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        valid.then_some(Self { digits, length: text.len() as u8 })
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits[..usize::from(self.length)]).unwrap_or_default()
    }

    /// What GS1 defines about it; `None` for an identifier that is not given out.
    pub fn definition(self) -> Option<&'static Definition> {
        definition_of(self.as_str())
    }
}

impl fmt::Display for Ai {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Ai {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ai({self})")
    }
}

impl PartialEq<str> for Ai {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

/// All identifiers that GS1 defines, in the order of their digits; neighbours of one meaning share a definition.
pub fn definitions() -> &'static [Definition] {
    TABLE
}

/// The definition of exactly these digits.
pub(super) fn definition_of(ai: &str) -> Option<&'static Definition> {
    let place = TABLE.partition_point(|definition| definition.last() < ai);
    TABLE.get(place).filter(|definition| definition.first() <= ai && definition.first().len() == ai.len())
}

/// The identifier that a text starts with. There is at most one, because none is the beginning of another.
pub(super) fn identifier_before(text: &str) -> Option<(Ai, &'static Definition)> {
    (2..=4).find_map(|length| {
        let digits = text.get(..length)?;
        Some((Ai::parse(digits)?, definition_of(digits)?))
    })
}

/// The characters that a part of a value may have (GS1 General Specifications).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CharacterSet {
    /// Digits.
    Numeric,
    /// GS1's set 82: letters, digits and most punctuation.
    Set82,
    /// GS1's set 39: upper-case letters, digits, `#`, `-` and `/`.
    Set39,
    /// The alphabet of base64 for URLs, with `=` as filling at the end.
    Base64Url,
}

impl CharacterSet {
    /// May a value have this character?
    pub fn has(self, character: char) -> bool {
        match self {
            Self::Numeric => character.is_ascii_digit(),
            Self::Set82 => character.is_ascii_alphanumeric() || "!\"%&'()*+,-./_:;<=>?".contains(character),
            Self::Set39 => character.is_ascii_digit() || character.is_ascii_uppercase() || "#-/".contains(character),
            Self::Base64Url => character.is_ascii_alphanumeric() || "-_=".contains(character),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Numeric => "digits",
            Self::Set82 => "characters of GS1's set 82",
            Self::Set39 => "characters of GS1's set 39",
            Self::Base64Url => "characters of base64 for URLs",
        }
    }
}

/// One part of a value.
#[derive(Debug, Clone, Copy)]
pub struct Component {
    /// The characters it may have.
    pub set: CharacterSet,
    /// Fewest characters.
    pub min: u8,
    /// Most characters.
    pub max: u8,
    /// May it be missing at the end of the value?
    pub is_optional: bool,
    /// What its content must hold to.
    pub linters: &'static [Linter],
}

impl Component {
    const fn new(set: CharacterSet, min: u8, max: u8) -> Self {
        Self { set, min, max, is_optional: false, linters: &[] }
    }

    pub(super) const fn by(self, linters: &'static [Linter]) -> Self {
        Self { linters, ..self }
    }

    pub(super) const fn encoded(self) -> Self {
        self.by(&[Linter::PercentEncoding])
    }

    pub(super) const fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }
}

pub(super) const fn n(length: u8) -> Component {
    Component::new(CharacterSet::Numeric, length, length)
}

pub(super) const fn n_to(max: u8) -> Component {
    Component::new(CharacterSet::Numeric, 1, max)
}

pub(super) const fn x(length: u8) -> Component {
    Component::new(CharacterSet::Set82, length, length)
}

pub(super) const fn x_to(max: u8) -> Component {
    Component::new(CharacterSet::Set82, 1, max)
}

pub(super) const fn y_to(max: u8) -> Component {
    Component::new(CharacterSet::Set39, 1, max)
}

pub(super) const fn z_to(max: u8) -> Component {
    Component::new(CharacterSet::Base64Url, 1, max)
}

/// What GS1 defines about an identifier, or about a run of them.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// `01`, or `3100-3105` for a run.
    range: &'static str,
    /// The parts of the value, in order.
    pub components: &'static [Component],
    /// Is the length predefined, so that no separator follows in an element string?
    pub is_fixed: bool,
    /// May a Digital Link carry it in its query?
    pub is_attribute: bool,
    /// What must stand beside it, as the dictionary writes it: groups separated by spaces must all be met, each by one
    /// of the alternatives separated by commas, `+` joins what an alternative needs together, `n` stands for any digit.
    pub requires: &'static str,
    /// What must not stand beside it: identifiers or patterns separated by commas.
    pub excludes: &'static str,
    /// For a primary key of Digital Links, the qualifiers that may follow: sequences separated by `|`, each a list in
    /// the order that must be kept.
    pub key: Option<&'static str>,
    /// GS1's short title, empty where it has none.
    pub title: &'static str,
}

pub(super) const fn ai(range: &'static str, components: &'static [Component]) -> Definition {
    Definition {
        range,
        components,
        is_fixed: false,
        is_attribute: false,
        requires: "",
        excludes: "",
        key: None,
        title: "",
    }
}

/// A trade measure: six digits, the last digit of the identifier being the number of decimals.
pub(super) const fn measure(range: &'static str, requires: &'static str, excludes: &'static str) -> Definition {
    const SIX: &[Component] = &[n(6)];
    ai(range, SIX).fixed().attribute().requires(requires).excludes(excludes)
}

impl Definition {
    pub(super) const fn fixed(self) -> Self {
        Self { is_fixed: true, ..self }
    }

    pub(super) const fn attribute(self) -> Self {
        Self { is_attribute: true, ..self }
    }

    pub(super) const fn requires(self, requires: &'static str) -> Self {
        Self { requires, ..self }
    }

    pub(super) const fn excludes(self, excludes: &'static str) -> Self {
        Self { excludes, ..self }
    }

    pub(super) const fn key(self, qualifiers: &'static str) -> Self {
        Self { key: Some(qualifiers), ..self }
    }

    pub(super) const fn titled(self, title: &'static str) -> Self {
        Self { title, ..self }
    }

    /// The first identifier of the run.
    pub fn first(&self) -> &'static str {
        self.range.split_once('-').map_or(self.range, |(first, _)| first)
    }

    /// The last identifier of the run; the first where there is only one.
    pub fn last(&self) -> &'static str {
        self.range.split_once('-').map_or(self.range, |(_, last)| last)
    }

    /// The sequences of qualifiers that may follow this primary key; none for what is not one.
    pub fn qualifiers(&self) -> impl Iterator<Item = &'static str> {
        self.key.into_iter().flat_map(|sequences| sequences.split('|'))
    }

    /// Fewest characters of a value.
    pub fn characters_min(&self) -> usize {
        self.components.iter().filter(|part| !part.is_optional).map(|part| usize::from(part.min)).sum()
    }

    /// Most characters of a value.
    pub fn characters_max(&self) -> usize {
        self.components.iter().map(|part| usize::from(part.max)).sum()
    }

    /// Is this a value that the identifier may have?
    ///
    /// # Errors
    /// [`ValueError`] says which rule it breaks.
    pub fn check(&self, value: &str) -> Result<(), ValueError> {
        check(self.components, value)
    }
}

/// Why an identifier cannot have a value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ValueError {
    /// Too few or too many characters.
    #[error("has {found} characters; {}", expected(*min, *max))]
    Length {
        /// Characters of the value.
        found: usize,
        /// Fewest that it may have.
        min: usize,
        /// Most that it may have.
        max: usize,
    },
    /// The value ends within one of its parts.
    #[error("ends after {found} of the {min} characters of its part number {part}")]
    Part {
        /// The part, counted from one.
        part: usize,
        /// Characters that are there.
        found: usize,
        /// Characters that must be there.
        min: usize,
    },
    /// A character that cannot stand there.
    #[error("has {found:?}; only {} may stand there", set.name())]
    Character {
        /// The character.
        found: char,
        /// What may stand there.
        set: CharacterSet,
    },
    /// The content is wrong.
    #[error(transparent)]
    Content(#[from] LintError),
}

fn expected(min: usize, max: usize) -> String {
    if min == max { format!("it must have {min}") } else { format!("it must have {min} to {max}") }
}

/// A value of an identifier that GS1 does not define: any characters of set 82.
pub(super) fn check_unknown(value: &str) -> Result<(), ValueError> {
    check(&[Component::new(CharacterSet::Set82, 1, UNKNOWN_CHARACTERS_MAX)], value)
}

fn check(components: &[Component], value: &str) -> Result<(), ValueError> {
    let min: usize = components.iter().filter(|part| !part.is_optional).map(|part| usize::from(part.min)).sum();
    let max: usize = components.iter().map(|part| usize::from(part.max)).sum();
    let found = value.chars().count();
    if !(min..=max).contains(&found) {
        return Err(ValueError::Length { found, min, max });
    }
    let mut rest = value;
    for (index, part) in components.iter().enumerate() {
        let end = rest.char_indices().nth(usize::from(part.max)).map_or(rest.len(), |(end, _)| end);
        let (text, after) = rest.split_at(end);
        if text.is_empty() && part.is_optional {
            continue;
        }
        if let Some(found) = text.chars().find(|character| !part.set.has(*character)) {
            return Err(ValueError::Character { found, set: part.set });
        }
        // From here on a character is a byte: no set has others.
        if text.len() < usize::from(part.min) {
            return Err(ValueError::Part { part: index + 1, found: text.len(), min: usize::from(part.min) });
        }
        if part.set == CharacterSet::Base64Url {
            Linter::Base64Filling.check(text)?;
        }
        part.linters.iter().try_for_each(|linter| linter.check(text))?;
        rest = after;
    }
    Ok(())
}
