//! Text in SpreadsheetML.

use std::borrow::Cow;

/// A text as it stands between tags or in an attribute. What XML cannot hold is written as `_xHHHH_`, and what would be read
/// so although it was meant as it is, has its underscore written so (ECMA-376, part 1, 22.9.2.19).
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    let needs = |byte: u8| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'_' | 0..=0x1f) || byte == 0xef;
    if !text.bytes().any(needs) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (place, c) in text.char_indices() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '_' if is_escape(&text[place..]) => out.push_str("_x005F_"),
            '\t' | '\n' => out.push(c),
            // A line end of its own would be read as one with a line feed.
            '\r' => out.push_str("_x000D_"),
            c if c.is_control() && u32::from(c) < 0x20 => out.push_str(&format!("_x{:04X}_", u32::from(c))),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Whether a text begins like `_x000D_`.
fn is_escape(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 7 && bytes[..2] == *b"_x" && bytes[2..6].iter().all(u8::is_ascii_hexdigit) && bytes[6] == b'_'
}
