//! From the bytes and headers of a request to plain JSON.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::Request;
use crate::{Limits, Refusal};

/// Content types under which the SDKs send JSON. One of them leaves its HTTP client to call a gzipped body a form, and
/// browsers send plain text, for which they need not ask first.
const TYPES: [&str; 5] =
    ["application/json", "text/plain", "application/x-www-form-urlencoded", "application/octet-stream", "text/json"];
/// Characters of a header that a refusal repeats.
const SHOWN_CHARS_MAX: usize = 64;
/// The byte order mark that some Windows libraries put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// What a decoder is given room for at first, at most: a small body must not cost much, whatever it claims.
const ROOM_AT_FIRST: usize = 64 << 10;

/// The body, inflated. Fails where it is too large or in a form that is not known.
pub(super) fn plain<'a>(request: &Request<'a>, limits: &Limits) -> Result<Cow<'a, [u8]>, Refusal> {
    check_type(request.content_type)?;
    let bytes_max = limits.body_bytes_max;
    if request.body.len() > bytes_max {
        return Err(Refusal::TooLarge { bytes_max });
    }
    let plain = match request.content_encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Cow::Borrowed(request.body),
        "gzip" | "x-gzip" => Cow::Owned(inflated(request.body, bytes_max)?),
        _ => return Err(Refusal::UnsupportedEncoding { given: shown(request.content_encoding) }),
    };
    Ok(match plain {
        Cow::Borrowed(plain) => Cow::Borrowed(plain.strip_prefix(BYTE_ORDER_MARK).unwrap_or(plain)),
        owned @ Cow::Owned(_) => owned,
    })
}

fn check_type(content_type: &str) -> Result<(), Refusal> {
    let mut parts = content_type.split(';');
    let media_type = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = media_type.is_empty() || TYPES.contains(&media_type.as_str()) || media_type.ends_with("+json");
    let charset =
        parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    let is_utf8 = charset.is_none_or(|(_, value)| {
        let value = value.trim().trim_matches('"');
        ["utf-8", "utf8", "us-ascii"].iter().any(|name| value.eq_ignore_ascii_case(name))
    });
    if is_json && is_utf8 { Ok(()) } else { Err(Refusal::UnsupportedType { given: shown(content_type) }) }
}

/// Inflates all members of a gzip file (RFC 1952), but never more than one byte over the limit.
fn inflated(body: &[u8], bytes_max: usize) -> Result<Vec<u8>, Refusal> {
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    let mut plain = Vec::with_capacity(body.len().saturating_mul(4).min(ROOM_AT_FIRST));
    let read = MultiGzDecoder::new(body).take(limit).read_to_end(&mut plain);
    if plain.len() > bytes_max {
        return Err(Refusal::TooLarge { bytes_max });
    }
    read.map_err(|_| Refusal::InvalidBody("the body is not gzip, or is cut short; send all of it"))?;
    if plain.starts_with(BYTE_ORDER_MARK) {
        plain.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(plain)
}

fn shown(header: &str) -> String {
    header.chars().take(SHOWN_CHARS_MAX).collect()
}
