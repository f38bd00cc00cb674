//! Which texts are URIs (RFC 3986, with a scheme): what the schema of EPCIS asks of every identifier and of the name of every
//! extension.

/// Whether the text is a URI with a scheme, in the characters that RFC 3986 allows.
pub fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let mut letters = scheme.bytes();
    if !letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        || !letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    {
        return false;
    }
    let bytes = rest.as_bytes();
    let mut hashes = 0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'%' => {
                let is_escape = bytes.get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
                if !is_escape {
                    return false;
                }
                at += 2;
            }
            b'#' => hashes += 1,
            // Only addresses of version 6 have brackets, and only in the place of a host.
            b'[' | b']' if !rest.starts_with("//") => return false,
            byte if is_allowed(*byte) => {}
            _ => return false,
        }
        at += 1;
    }
    hashes <= 1
}

const fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b':'
                | b'/'
                | b'?'
                | b'['
                | b']'
                | b'@'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
        )
}
