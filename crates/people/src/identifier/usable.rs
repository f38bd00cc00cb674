//! Values that look like an identifier and would make one person of many.

use super::IdentifierKind;

/// Why a value identifies nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Unusable {
    /// A word for "nothing" that a program wrote as text.
    #[error("a word that stands for no value")]
    Placeholder,
    /// Nothing but zeros.
    #[error("nothing but zeros")]
    Zeros,
    /// One digit over and over.
    #[error("one digit over and over")]
    Repeated,
    /// A value that is used for tests, or that many devices share.
    #[error("a value for tests, or one that many share")]
    Shared,
}

impl Unusable {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Placeholder => "placeholder",
            Self::Zeros => "zeros",
            Self::Repeated => "repeated",
            Self::Shared => "shared",
        }
    }
}

/// Words that programs write where they have no value, in lower case.
const PLACEHOLDERS: [&str; 24] = [
    "-1",
    "(null)",
    "<null>",
    "[object object]",
    "admin",
    "anonymous",
    "default",
    "empty",
    "false",
    "guest",
    "n/a",
    "na",
    "nan",
    "nil",
    "no-reply",
    "none",
    "noreply",
    "not set",
    "null",
    "test",
    "true",
    "undefined",
    "unknown",
    "user",
];
/// Digits in a row, all the same, that no running number of users is expected to have.
const REPEATED_MIN: usize = 8;
/// 9774d56d682e549c is the id that a whole generation of Android devices had; the others are what tests type.
const SHARED: [&str; 5] = ["9774d56d682e549c", "0123456789", "1234567890", "12345678", "123456789"];

/// Why an identifier in normal form says nothing about who somebody is.
pub(super) fn check(kind: IdentifierKind, value: &str) -> Option<Unusable> {
    let bare = match kind {
        IdentifierKind::Email => value.rsplit_once('@').map_or(value, |(local, _)| local),
        _ if kind.is_scoped() => value.split_once(':').map_or(value, |(_, bare)| bare),
        _ => value,
    };
    if kind == IdentifierKind::Email {
        // noreply@, test@: an address all the same, and nobody's.
        return check_any(bare).err().map(|_| Unusable::Shared);
    }
    let of_its_kind = || if kind == IdentifierKind::Phone { check_phone(value) } else { Ok(()) };
    check_any(bare).and_then(|()| of_its_kind()).err()
}

/// Why a text identifies nobody, whatever its kind.
fn check_any(value: &str) -> Result<(), Unusable> {
    let lower = value.to_ascii_lowercase();
    if lower.is_empty() || PLACEHOLDERS.contains(&lower.as_str()) {
        return Err(Unusable::Placeholder);
    }
    let significant = || lower.bytes().filter(|byte| !matches!(byte, b'-' | b':' | b' ' | b'+' | b'.'));
    let Some(first) = significant().next() else { return Err(Unusable::Placeholder) };
    if significant().all(|byte| byte == first) {
        if first == b'0' {
            return Err(Unusable::Zeros);
        }
        if first.is_ascii_hexdigit() && significant().count() >= REPEATED_MIN {
            return Err(Unusable::Repeated);
        }
    }
    if SHARED.contains(&lower.as_str()) { Err(Unusable::Shared) } else { Ok(()) }
}

/// Why a phone number in normal form (E.164) identifies nobody.
fn check_phone(number: &str) -> Result<(), Unusable> {
    let digits = number.trim_start_matches('+');
    let ending = digits.get(digits.len().saturating_sub(REPEATED_MIN)..).unwrap_or(digits);
    match ending.bytes().next() {
        Some(first) if ending.bytes().all(|digit| digit == first) => return Err(Unusable::Repeated),
        _ => {}
    }
    if is_for_tests(digits) { Err(Unusable::Shared) } else { Ok(()) }
}

/// Numbers that nobody has: the one in every Chinese sample form (13800138000, top-up service of China Mobile), 555-0100
/// to 555-0199 of North America (NANPA), 07700 900000 to 900999 of Britain (Ofcom's numbers for drama), and runs.
fn is_for_tests(digits: &str) -> bool {
    let in_america = |number: &str| number.len() == 10 && number.get(3..8) == Some("55501");
    let is_run = |number: &str| number.ends_with("12345678") || number.ends_with("87654321");
    digits == "8613800138000"
        || digits.strip_prefix('1').is_some_and(in_america)
        || digits.strip_prefix("447700900").is_some_and(|rest| rest.len() == 3)
        || is_run(digits)
}
