//! Text that a writer of JSON let through and a reader cannot take, made good.
//!
//! - `NaN`, `Infinity` and `-Infinity`, which Python's `json` writes for such a number, become `null`: absent.
//! - Half of a surrogate pair, what is left of an emoji where JavaScript cut a text, becomes U+FFFD.
//! - U+0000, which PostgreSQL stores in no text, is taken out.

use std::borrow::Cow;

/// Numbers that JSON does not have.
const NO_NUMBERS: [&str; 3] = ["NaN", "Infinity", "-Infinity"];
/// The first half of a surrogate pair.
const HIGH: std::ops::RangeInclusive<u16> = 0xD800..=0xDBFF;
/// The second half.
const LOW: std::ops::RangeInclusive<u16> = 0xDC00..=0xDFFF;

/// The text with bad escapes made good. `text` is valid JSON, so that nothing else can be wrong with it.
pub(crate) fn escapes(text: &str) -> Cow<'_, str> {
    // All that has to be mended is written with `\u`, which most events do not hold at all.
    if !text.contains("\\u") {
        return Cow::Borrowed(text);
    }
    everything(text)
}

/// The text with everything made good. What else is wrong with it stays wrong.
pub(crate) fn everything(text: &str) -> Cow<'_, str> {
    let mut mended = String::new();
    let mut kept = 0;
    let mut position = 0;
    let mut in_string = false;
    while let Some(byte) = text.as_bytes().get(position) {
        let rest = &text.as_bytes()[position..];
        let found = match byte {
            b'"' => {
                in_string = !in_string;
                None
            }
            b'\\' if in_string => match escape(rest) {
                Escape::Fine(length) => {
                    position += length;
                    continue;
                }
                Escape::Bad { replacement } => Some((6, replacement)),
            },
            b'N' | b'I' | b'-' if !in_string => no_number(rest).map(|length| (length, "null")),
            _ => None,
        };
        match found {
            Some((length, replacement)) => {
                mended.push_str(&text[kept..position]);
                mended.push_str(replacement);
                position += length;
                kept = position;
            }
            None => position += 1,
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    mended.push_str(&text[kept..]);
    Cow::Owned(mended)
}

enum Escape {
    /// So many bytes that stay.
    Fine(usize),
    /// `\uXXXX` that is replaced.
    Bad { replacement: &'static str },
}

/// The escape at the start of `bytes`, which is a backslash.
fn escape(bytes: &[u8]) -> Escape {
    match unit(bytes) {
        None => Escape::Fine(2),
        Some(0) => Escape::Bad { replacement: "" },
        Some(high) if HIGH.contains(&high) => match bytes.get(6..).and_then(unit) {
            Some(low) if LOW.contains(&low) => Escape::Fine(12),
            _ => Escape::Bad { replacement: "\\ufffd" },
        },
        Some(low) if LOW.contains(&low) => Escape::Bad { replacement: "\\ufffd" },
        Some(_) => Escape::Fine(6),
    }
}

/// The UTF-16 unit that `\uXXXX` at the start of `bytes` stands for.
fn unit(bytes: &[u8]) -> Option<u16> {
    let [b'\\', b'u', digits @ ..] = bytes else { return None };
    digits.get(..4)?.iter().try_fold(0, |unit: u16, digit| {
        let value = char::from(*digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(value).ok()?)
    })
}

/// How long the number that JSON does not have is, at the start of `bytes`.
fn no_number(bytes: &[u8]) -> Option<usize> {
    NO_NUMBERS.iter().find(|word| bytes.starts_with(word.as_bytes())).map(|word| word.len())
}
