//! What an identifier names, whichever way it is written: an EPC URN (EPC Tag Data Standard 2.0) or a GS1 Digital Link URI
//! (GS1 Digital Link: URI Syntax 1.2). Both become the canonical, constrained Digital Link URI that the Core Business
//! Vocabulary hashes (CBV 2.0, 8.9): the domain `id.gs1.org`, only the finest level, no query string.

use std::borrow::Cow;

mod link;
mod pattern;
mod urn;

pub use pattern::{Pattern, Reach};

/// Where canonical Digital Link URIs begin.
const CANONICAL: &str = "https://id.gs1.org/";

/// The canonical Digital Link URI of an EPC URN, a class or pattern URN, or a Digital Link URI on any domain. `None` where
/// the text is neither; such an identifier names itself.
pub fn canonical(uri: &str) -> Option<String> {
    normal(uri).map(|path| format!("{CANONICAL}{path}"))
}

/// The same without the domain: `01/00614141111114/21/987`.
fn normal(uri: &str) -> Option<String> {
    match uri.strip_prefix("urn:epc:") {
        Some(urn) => urn::normal(urn),
        None if uri.starts_with("http") => link::normal(uri),
        None => None,
    }
}

/// What is compared when two identifiers are: the canonical form, or the text itself.
pub fn name(uri: &str) -> Cow<'_, str> {
    normal(uri).map_or(Cow::Borrowed(uri), Cow::Owned)
}

/// What one identifier is kept and looked up by: a class, and a serial within it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The class without serial, such as `01/00614141111114`; all of a name that has no serial.
    pub class: String,
    /// Which one of the class.
    pub serial: Serial,
}

/// A serial.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Serial {
    /// The class is all there is.
    None,
    /// A number without leading zeros, below 10^18: neighbours can be kept as one run.
    Number(u64),
    /// Anything else.
    Text(String),
}

/// The key of an identifier. Two spellings of one object have one key, without a guess: an EPC URN says where its company
/// prefix ends, and a Digital Link does not need it.
pub fn key(uri: &str) -> Key {
    let name = name(uri);
    if let Some(sscc) = name.strip_prefix("00/").filter(|sscc| sscc.len() == 18) {
        // The last digit is a check digit: numbers that follow each other have keys that do.
        if let Ok(number) = sscc[..17].parse() {
            return Key { class: "00".to_owned(), serial: Serial::Number(number) };
        }
    }
    let split = match name.split_once('/') {
        Some(("01" | "8006", _)) => name.split_once("/21/"),
        Some(("8003" | "253", rest)) => {
            let digits = if name.starts_with('8') { 14 } else { 13 };
            (rest.len() > digits).then(|| name.split_at(name.len() - rest.len() + digits))
        }
        _ => None,
    };
    match split {
        Some((class, serial)) => Key { class: class.to_owned(), serial: Serial::of(serial) },
        None => Key { class: name.into_owned(), serial: Serial::None },
    }
}

impl Serial {
    fn of(text: &str) -> Self {
        let is_plain = text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_plain && (text == "0" || !text.starts_with('0')) {
            return text.parse().map_or_else(|_| Self::Text(text.to_owned()), Self::Number);
        }
        Self::Text(text.to_owned())
    }
}

/// The check digit of a GS1 key (GS1 General Specifications, 7.9): weights 3 and 1 from the right.
fn check_digit(digits: &str) -> char {
    let sum: u32 = digits.bytes().rev().zip([3, 1].into_iter().cycle()).map(|(d, w)| u32::from(d - b'0') * w).sum();
    char::from(b'0' + u8::try_from((10 - sum % 10) % 10).unwrap_or(0))
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}
