//! Which of a file's stored forms a browser takes (RFC 9110, section 12.5.3).

use axum::http::{HeaderMap, header};

/// A form in which a file can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// RFC 7932.
    Brotli,
    /// RFC 1952.
    Gzip,
    /// As it is.
    Plain,
}

impl Encoding {
    /// The smallest that the request takes.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::ACCEPT_ENCODING);
        let accepted: Vec<(&str, bool)> =
            lines.iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(',')).map(wish).collect();
        let takes = |name: &str| {
            let named = accepted.iter().find(|(coding, _)| coding.eq_ignore_ascii_case(name));
            named
                .or_else(|| accepted.iter().find(|(coding, _)| *coding == "*"))
                .is_some_and(|(_, is_wanted)| *is_wanted)
        };
        if takes("br") {
            Self::Brotli
        } else if takes("gzip") {
            Self::Gzip
        } else {
            Self::Plain
        }
    }

    /// The name in `Content-Encoding`, and the end of the stored file's name.
    pub(super) fn names(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Brotli => Some(("br", ".br")),
            Self::Gzip => Some(("gzip", ".gz")),
            Self::Plain => None,
        }
    }
}

/// A coding, and whether its weight is above zero.
fn wish(text: &str) -> (&str, bool) {
    let (coding, parameters) = text.split_once(';').unwrap_or((text, ""));
    let weight = parameters.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok());
    (coding.trim(), weight.is_none_or(|weight| weight > 0.0))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn what_the_browser_takes_is_sent_and_brotli_first() {
        let cases = [
            ("gzip, deflate, br, zstd", Encoding::Brotli),
            ("gzip, deflate", Encoding::Gzip),
            ("GZIP", Encoding::Gzip),
            ("br;q=0, gzip;q=0.5", Encoding::Gzip),
            ("br; q=0.1", Encoding::Brotli),
            ("*", Encoding::Brotli),
            ("*;q=0", Encoding::Plain),
            ("br;q=0, *", Encoding::Gzip),
            ("identity", Encoding::Plain),
            ("", Encoding::Plain),
        ];
        for (text, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(text));
            assert_eq!(Encoding::of(&headers), expected, "{text}");
        }
        assert_eq!(Encoding::of(&HeaderMap::new()), Encoding::Plain);
    }
}
