//! What is known of a person: normal forms of the fields that have one, and which of several values counts.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;
use tallymark_base::Timestamp;
use tallymark_base::id::AccountId;
use utoipa::ToSchema;

use crate::{Identifier, IdentifierKind};

/// Characters of a field's name.
pub const FIELD_CHARS_MAX: usize = 64;
/// Bytes of a value.
pub const VALUE_BYTES_MAX: usize = 4 * 1024;
/// Fields of an account.
pub const FIELDS_MAX: usize = 200;
/// Values of an account, those of all sources together.
pub const VALUES_MAX: usize = 400;
/// Characters of a word: a source, a purpose, a channel.
pub const WORD_CHARS_MAX: usize = 32;
/// The value by which a source says that it knows the field no more.
pub const NOTHING: &str = "null";

/// The first year that a birthday may have: nobody alive is older.
const YEAR_MIN: u16 = 1880;
const NAME_CHARS_MAX: usize = 100;
const ADDRESS_CHARS_MAX: usize = 500;

/// Why a value is not kept. No text of it repeats the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, ToSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Unkept {
    /// The field has no name that can be kept.
    #[error("a field's name has 1 to {FIELD_CHARS_MAX} characters and no control characters")]
    FieldName,
    /// The source is no word.
    #[error("a source is a word of 1 to {WORD_CHARS_MAX} lower-case letters, digits and the signs _ . -")]
    SourceName,
    /// The value is too long.
    #[error("a value has at most {VALUE_BYTES_MAX} bytes, not {bytes}; keep it elsewhere and its address here")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// The value has characters that are not text.
    #[error("a value is text without control characters")]
    NotText,
    /// The field has a form that the value does not have.
    #[error("that is not a {field}; send it in one of the forms that the field has")]
    Malformed {
        /// The field.
        field: &'static str,
    },
    /// The value is empty, or a placeholder for one.
    #[error("that says nothing; send {NOTHING} to clear a field")]
    SaysNothing,
    /// The account has as many fields as it may.
    #[error("an account has at most {FIELDS_MAX} fields; this is a further one")]
    TooManyFields,
    /// The account has as many values as it may.
    #[error("an account has at most {VALUES_MAX} values of all sources together; this is a further one")]
    TooManyValues,
    /// There is no such account, or it was erased: nothing is kept of it.
    #[error("there is no such account, or it was erased; nothing is kept of it")]
    NoAccount,
}

/// A field whose values have a normal form. Every other is text as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownField {
    /// What the person is called.
    Name,
    /// `YYYY-MM-DD`, or `--MM-DD` where the year is not known.
    Birthday,
    /// `female`, `male` or `other`.
    Gender,
    /// As [`IdentifierKind::Phone`]; it identifies nobody here.
    Phone,
    /// As [`IdentifierKind::Email`]; it identifies nobody here.
    Email,
    /// A city.
    City,
    /// A postal address.
    Address,
}

impl KnownField {
    /// The field of a name.
    pub fn of(field: &str) -> Option<Self> {
        Some(match field {
            "name" => Self::Name,
            "birthday" => Self::Birthday,
            "gender" => Self::Gender,
            "phone" => Self::Phone,
            "email" => Self::Email,
            "city" => Self::City,
            "address" => Self::Address,
            _ => return None,
        })
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Birthday => "birthday",
            Self::Gender => "gender",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::City => "city",
            Self::Address => "address",
        }
    }
}

/// Whether a text is a word: what sources, purposes and channels are called by.
pub fn is_word(text: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte);
    (1..=WORD_CHARS_MAX).contains(&text.len()) && text.bytes().all(is_sign)
}

/// The form in which a value of a field is kept and compared. `at` is the value's own time: nobody is born after it.
pub fn normal(field: &str, value: &str, at: Timestamp) -> Result<String, Unkept> {
    if field.trim().is_empty() || field.chars().count() > FIELD_CHARS_MAX || field.chars().any(char::is_control) {
        return Err(Unkept::FieldName);
    }
    if value.len() > VALUE_BYTES_MAX {
        return Err(Unkept::TooLong { bytes: value.len() });
    }
    if value.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Unkept::NotText);
    }
    let Some(known) = KnownField::of(field) else {
        return if value.trim().is_empty() { Err(Unkept::SaysNothing) } else { Ok(value.to_owned()) };
    };
    if value.trim() == NOTHING {
        return Ok(NOTHING.to_owned());
    }
    let text = text_of(value);
    let text = text.trim();
    if text.is_empty() {
        return Err(Unkept::SaysNothing);
    }
    normal_of(known, text, at)
}

fn normal_of(known: KnownField, text: &str, at: Timestamp) -> Result<String, Unkept> {
    let malformed = Unkept::Malformed { field: known.name() };
    let identifier = |kind| Identifier::parse(kind, text).map(|one| one.value().to_owned()).map_err(|_| malformed);
    let short = |max: usize| {
        let words: Vec<&str> = text.split_whitespace().collect();
        let text = words.join(" ");
        if text.chars().count() > max { Err(malformed) } else { Ok(text) }
    };
    match known {
        KnownField::Name | KnownField::City => short(NAME_CHARS_MAX),
        KnownField::Address => short(ADDRESS_CHARS_MAX),
        KnownField::Phone => identifier(IdentifierKind::Phone),
        KnownField::Email => identifier(IdentifierKind::Email),
        KnownField::Birthday => birthday(text, at),
        KnownField::Gender => match text.to_lowercase().as_str() {
            "f" | "female" | "女" | "女性" | "2" => Ok("female".to_owned()),
            "m" | "male" | "男" | "男性" | "1" => Ok("male".to_owned()),
            "o" | "other" | "其他" => Ok("other".to_owned()),
            "u" | "unknown" | "未知" | "保密" | "0" => Err(Unkept::SaysNothing),
            _ => Err(malformed),
        },
    }
}

/// The text that a JSON string stands for; any other value as it is.
fn text_of(value: &str) -> String {
    let is_string = value.trim_start().starts_with('"');
    is_string.then(|| serde_json::from_str(value).ok()).flatten().unwrap_or_else(|| value.to_owned())
}

/// A date of the calendar, `1990-05-12` for example, also with `/`, `.`, as `19900512`, `1990年5月12日`, or with a time of day
/// behind it. The year 0 stands for one that is not known, as does `--05-12`; the first day of the year 0 is what systems
/// write for no date at all. Years before 1880 and days after `at` are refused, 9999 among them.
fn birthday(text: &str, at: Timestamp) -> Result<String, Unkept> {
    let malformed = Unkept::Malformed { field: KnownField::Birthday.name() };
    let date = text.split(['T', ' ']).next().unwrap_or_default();
    let (year, month, day) = parts_of(date).ok_or(malformed)?;
    match year {
        0 if (month, day) == (1, 1) => Err(Unkept::SaysNothing),
        // Of a year that is not known nobody can say that it was no leap year.
        0 if (1..=days_of(2000, month)).contains(&day) => Ok(format!("--{month:02}-{day:02}")),
        YEAR_MIN.. if (1..=days_of(year, month)).contains(&day) => {
            let born = format!("{year:04}-{month:02}-{day:02}");
            // It may be tomorrow already where the person is.
            let last = Timestamp(at.0.saturating_add(Timestamp::DAY)).to_string();
            if born.as_str() <= last.get(..10).unwrap_or_default() { Ok(born) } else { Err(malformed) }
        }
        _ => Err(malformed),
    }
}

/// Year (0 where it is not known), month and day as they are written.
fn parts_of(date: &str) -> Option<(u16, u8, u8)> {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if date.len() == 8 && is_digits(date) {
        return Some((date[..4].parse().ok()?, date[4..6].parse().ok()?, date[6..].parse().ok()?));
    }
    let (year, rest) = match date.strip_prefix("--") {
        Some(rest) => ("0000", rest),
        None => date.split_once(['-', '/', '.', '年'])?,
    };
    let (month, day) = rest.trim_end_matches('日').split_once(['-', '/', '.', '月'])?;
    let fits = |text: &str, lengths: std::ops::RangeInclusive<usize>| is_digits(text) && lengths.contains(&text.len());
    if !(fits(year, 4..=4) && fits(month, 1..=2) && fits(day, 1..=2)) {
        return None;
    }
    Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
}

/// Days of a month of the Gregorian calendar; 0 where there is no such month.
const fn days_of(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    }
}

/// A value that somebody said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Said {
    /// In its normal form.
    pub value: String,
    /// The account that it is of.
    pub account: AccountId,
    /// Who said it.
    pub source: String,
    /// When it was so.
    pub at: Timestamp,
    /// Whether it was checked.
    pub verified: bool,
}

/// A field of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Field {
    /// Its name.
    pub field: String,
    /// The value that counts.
    #[serde(flatten)]
    pub said: Said,
    /// Values that contradict it, each once, the strongest first.
    pub others: Vec<Said>,
}

/// Which values count. Of the values of a field a checked one is stronger than one that was not, then the source that
/// stands earlier in `source_rank` (those that are not there come last), then the younger; after that the value itself, the
/// account and the source decide, so that the order of `said` says nothing. A source that cleared a field said nothing.
pub fn choose(said: Vec<(String, Said)>, source_rank: &[&str]) -> Vec<Field> {
    let mut by_field: BTreeMap<String, Vec<Said>> = BTreeMap::new();
    for (field, said) in said.into_iter().filter(|(_, said)| said.value != NOTHING) {
        by_field.entry(field).or_default().push(said);
    }
    let rank = |said: &Said| source_rank.iter().position(|source| *source == said.source).unwrap_or(usize::MAX);
    let fields = by_field.into_iter().filter_map(|(field, mut all)| {
        all.sort_by_cached_key(|one| {
            (!one.verified, rank(one), Reverse(one.at), one.value.clone(), one.account, one.source.clone())
        });
        let mut all = all.into_iter();
        let said = all.next()?;
        let mut others: Vec<Said> = Vec::new();
        for other in all {
            if contradict(&field, &said.value, &other.value) && others.iter().all(|known| known.value != other.value) {
                others.push(other);
            }
        }
        Some(Field { field, said, others })
    });
    fields.collect()
}

/// Whether two values of a field cannot both be so. A birthday without a year agrees with every year.
fn contradict(field: &str, a: &str, b: &str) -> bool {
    if KnownField::of(field) == Some(KnownField::Birthday) && (a.starts_with("--") || b.starts_with("--")) {
        let day = |date: &str| date.chars().rev().take(5).collect::<String>();
        return day(a) != day(b);
    }
    a != b
}
