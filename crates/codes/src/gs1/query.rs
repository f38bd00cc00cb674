//! The characters of a URI: what may stand in one, percent-encoding and its reverse, and the parts of a query.

/// May this character stand in a URI at all (RFC 3986, section 2)?
pub(super) fn is_uri_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(character)
}

/// May this character stand in the host and port of a link? Names, addresses of both kinds and ports; no user name.
pub(super) fn is_host_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-.:[]".contains(character)
}

/// Reverses percent-encoding; in a query a plus is a space. `None` for a percent sign without two hexadecimal digits,
/// and for a zero byte. Bytes that are no UTF-8 become U+FFFD, which no value may have.
pub(super) fn decoded(text: &str, is_query: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?].map(|digit| char::from(digit).to_digit(16));
                (digits[0]? * 16 + digits[1]?) as u8
            }
            b'+' if is_query => b' ',
            other => other,
        });
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (!text.contains('\0')).then_some(text)
}

/// Percent-encodes everything but the characters that RFC 3986 calls unreserved.
pub(super) fn push_encoded(text: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// The parts of a query that are not empty.
pub(super) fn parameters(query: &str, has_semicolons: bool) -> impl Iterator<Item = &str> {
    let is_joint = move |character| character == '&' || has_semicolons && character == ';';
    query.split(is_joint).filter(|parameter| !parameter.is_empty())
}
