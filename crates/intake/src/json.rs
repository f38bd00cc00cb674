//! JSON read one level at a time: the text of a member stays as it was sent until somebody asks for it.
//!
//! Everywhere `null` means absent, and of equal names in one object the last counts, as in JavaScript.

pub(crate) mod depth;
pub(crate) mod members;
pub(crate) mod mend;
pub(crate) mod object;
pub(crate) mod salvage;

use std::borrow::Cow;

use serde_json::value::RawValue;

/// The text of a string; none for any other value.
pub(crate) fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    let inside = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') {
        return serde_json::from_str::<String>(raw.get()).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inside))
}

/// The text of a string without the blanks around it; none when nothing is left, or for any other value.
pub(crate) fn word(raw: Option<&RawValue>) -> Option<String> {
    let text = text(raw?)?;
    let trimmed = text.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

/// Whether the text of a number is a whole number, written without fraction and exponent.
pub(crate) fn is_integer(literal: &str) -> bool {
    let digits = literal.strip_prefix('-').unwrap_or(literal);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the text is that of a list without elements: what PHP writes for an object without members.
pub(crate) fn is_empty_list(raw: &RawValue) -> bool {
    raw.get().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).is_some_and(|inside| inside.trim().is_empty())
}
