//! The links that codes are printed as, in two forms:
//!
//! - the short link `HTTPS://HOST/C/CODE`, upper case throughout, so that a QR symbol holds it in
//!   alphanumeric mode, 5.5 bits a character instead of 8 (ISO/IEC 18004, 7.4.4);
//! - the GS1 Digital Link `https://host/01/GTIN/21/CODE` (GS1 Digital Link Standard: URI Syntax
//!   1.6), which retail systems understand as product and serial number.
//!
//! Reading is lenient where people and phones are careless (case, a stem before the GTIN, a query
//! of tracking parameters) and strict where the standard is.

use std::fmt;

use thiserror::Error;

use crate::gtin::{Gtin, GtinError};
use crate::text::{CodeText, MalformedCode};

/// Bytes of a link that are looked at; a longer one is refused unread.
const LINK_BYTES_MAX: usize = 1024;

/// Characters of a host name with its port.
const HOST_BYTES_MAX: usize = 253 + ":65535".len();

/// Characters of a consumer product variant, a lot and a serial number (AI 22, 10 and 21).
const VALUE_CHARACTERS_MAX: usize = 20;

/// The qualifiers that may follow a GTIN, in the order the standard demands.
const QUALIFIERS: [&str; 3] = ["22", "10", "21"];

/// Why a text is not one of our links.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LinkError {
    /// The text is longer than any link that is printed.
    #[error("the link has {bytes} bytes; at most {max} are read", max = LINK_BYTES_MAX)]
    TooLong {
        /// Bytes of the text.
        bytes: usize,
    },
    /// Something other than http or https stands before `://`.
    #[error("a link starts with http://, https:// or /; got {0:?}")]
    Scheme(String),
    /// The host is empty, too long, or has a character no host name has.
    #[error("{0:?} is not a host name")]
    Host(String),
    /// The path is neither `/C/CODE` nor contains `/01/GTIN`.
    #[error("the path {0:?} is neither /C/CODE nor a GS1 Digital Link /01/GTIN/21/SERIAL")]
    Path(String),
    /// A percent sign is not followed by two hexadecimal digits.
    #[error("{0:?} has a percent sign without two hexadecimal digits")]
    Percent(String),
    /// What stands in the place of the code is not spelled like one.
    #[error(transparent)]
    Code(#[from] MalformedCode),
    /// What follows `/01/` is not a GTIN.
    #[error(transparent)]
    Gtin(#[from] GtinError),
    /// An application identifier that cannot follow, or not in this place.
    #[error("/{0}/ cannot stand there; after the GTIN come /22/, /10/ and /21/, each once at most, in this order")]
    Qualifier(String),
    /// The value of an application identifier is empty, too long or has a forbidden character.
    #[error("the value {value:?} of /{key}/ must be 1 to 20 characters out of GS1's set 82")]
    Value {
        /// The application identifier: 22, 10 or 21.
        key: &'static str,
        /// The decoded value.
        value: String,
    },
}

/// The host that answers the tenant's links: a name or an IPv4 address, with a port if need be, over https unless it is
/// said otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Host {
    is_plain: bool,
    authority: String,
}

impl Host {
    /// Takes `name` or `name:port`, in any case, with `https://` or `http://` before it where it matters. Plain http is
    /// for machines of one's own: a phone warns its owner of it.
    ///
    /// # Errors
    /// [`LinkError::Host`] when it is empty, too long, or has anything but letters, digits, `-`
    /// and `.` in the name and digits in the port.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let lower = text.to_ascii_lowercase();
        let (is_plain, authority) = match lower.strip_prefix("http://") {
            Some(rest) => (true, rest),
            None => (false, lower.strip_prefix("https://").unwrap_or(&lower)),
        };
        let (name, port) = authority.split_once(':').unwrap_or((authority, "80"));
        let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        let valid = authority.len() <= HOST_BYTES_MAX
            && name.bytes().any(|byte| byte.is_ascii_alphanumeric())
            && name.bytes().all(named)
            && port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse::<u16>().is_ok();
        if !valid {
            return Err(LinkError::Host(text.to_owned()));
        }
        Ok(Self { is_plain, authority: authority.to_owned() })
    }

    /// The host and port in lower case.
    pub fn as_str(&self) -> &str {
        &self.authority
    }

    /// The name without its port.
    pub fn name(&self) -> &str {
        self.authority.split(':').next().unwrap_or_default()
    }

    /// The scheme with the host and port, as [`Host::parse`] takes it.
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.is_plain { "http" } else { "https" }, self.authority)
    }

    /// The link printed on goods: `HTTPS://HOST/C/CODE`.
    pub fn short_link(&self, code: &CodeText) -> String {
        let scheme = if self.is_plain { "HTTP" } else { "HTTPS" };
        format!("{scheme}://{}/C/{code}", self.authority.to_ascii_uppercase())
    }

    /// The same code as a GS1 Digital Link: `https://host/01/GTIN/21/CODE`.
    pub fn digital_link(&self, gtin: Gtin, code: &CodeText) -> String {
        let scheme = if self.is_plain { "http" } else { "https" };
        format!("{scheme}://{}/01/{gtin}/21/{code}", self.authority)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.authority)
    }
}

/// A link as it was scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// `/C/CODE`: a code of this tenant, as far as the spelling goes.
    Code(CodeText),
    /// `/01/GTIN…`: a product, perhaps down to lot and serial number.
    Digital(DigitalLink),
}

/// What a GS1 Digital Link says about a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigitalLink {
    /// The product (AI 01).
    pub gtin: Gtin,
    /// Consumer product variant (AI 22).
    pub variant: Option<String>,
    /// Batch or lot (AI 10).
    pub lot: Option<String>,
    /// Serial number (AI 21). On our own goods it is a code: see [`DigitalLink::code`].
    pub serial: Option<String>,
}

impl DigitalLink {
    /// The serial number as a code, if it is spelled like one.
    pub fn code(&self) -> Option<CodeText> {
        CodeText::parse(self.serial.as_deref()?).ok()
    }
}

impl Link {
    /// Reads a full link or only its path. Scheme, host and `/C/` may have any case; the query and
    /// the fragment are not looked at.
    ///
    /// ```
    /// use tallymark_codes::Link;
    ///
    /// let short = Link::parse("https://q.example.com/c/0123-4567-89ab-cdef?from=wechat")?;
    /// assert_eq!(short, Link::Code("0123456789ABCDEF".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LinkError`] says which part is wrong.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        if text.len() > LINK_BYTES_MAX {
            return Err(LinkError::TooLong { bytes: text.len() });
        }
        let path = path_of(text)?;
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        match segments.as_slice() {
            [key, code] | [key, code, ""] if key.eq_ignore_ascii_case("C") => {
                Ok(Link::Code(CodeText::parse(&decoded(code)?)?))
            }
            _ => digital_link_of(path, &segments).map(Link::Digital),
        }
    }
}

/// The path, still encoded, without query and fragment.
fn path_of(text: &str) -> Result<&str, LinkError> {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let text = &text[..end];
    if text.starts_with('/') {
        return Ok(text);
    }
    let (scheme, rest) = text.split_once("://").ok_or_else(|| LinkError::Scheme(text.to_owned()))?;
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return Err(LinkError::Scheme(scheme.to_owned()));
    }
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // A link may name its host by IPv6 address, which a printed one never does.
    let address = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b'[' | b']' | b':' | b'.');
    let ipv6 = host.starts_with('[') && host.bytes().all(address);
    if !ipv6 {
        Host::parse(host)?;
    }
    Ok(path)
}

/// Looks for the GTIN from the end, as the standard does, because any stem may stand before it.
fn digital_link_of(path: &str, segments: &[&str]) -> Result<DigitalLink, LinkError> {
    let not_a_link = || LinkError::Path(path.to_owned());
    let (_, pairs) = segments.as_rchunks::<2>();
    let gtin_place = pairs.iter().rposition(|[key, _]| *key == "01").ok_or_else(not_a_link)?;
    let [_, gtin] = pairs[gtin_place];
    let mut link = DigitalLink { gtin: Gtin::parse(&decoded(gtin)?)?, variant: None, lot: None, serial: None };
    let mut allowed = QUALIFIERS.into_iter();
    for [key, value] in &pairs[gtin_place + 1..] {
        let qualifier =
            allowed.find(|qualifier| qualifier == key).ok_or_else(|| LinkError::Qualifier((*key).to_owned()))?;
        let value = Some(qualifier_value(qualifier, value)?);
        match qualifier {
            "22" => link.variant = value,
            "10" => link.lot = value,
            _ => link.serial = value,
        }
    }
    Ok(link)
}

fn qualifier_value(key: &'static str, encoded: &str) -> Result<String, LinkError> {
    let value = decoded(encoded)?;
    let valid = (1..=VALUE_CHARACTERS_MAX).contains(&value.len()) && value.chars().all(in_set_82);
    if !valid {
        return Err(LinkError::Value { key, value });
    }
    Ok(value)
}

/// GS1 General Specifications, figure 7.11-1.
fn in_set_82(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!\"%&'()*+,-./_:;<=>?".contains(character)
}

/// Percent-decoding. Nothing that we read contains anything but ASCII, so other bytes become
/// U+FFFD, which every reader of the result refuses.
fn decoded(segment: &str) -> Result<String, LinkError> {
    let mut text = String::with_capacity(segment.len());
    let mut parts = segment.split('%');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let byte = part
            .get(..2)
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .ok_or_else(|| LinkError::Percent(segment.to_owned()))?;
        text.push(if byte.is_ascii() { char::from(byte) } else { char::REPLACEMENT_CHARACTER });
        text.push_str(&part[2..]);
    }
    Ok(text)
}

/// What a scanned text says, whether it is a bare code, a short link or a GS1 Digital Link: the code, and the GTIN beside it where
/// the text names one. A text that is neither link nor code is kept as it is.
pub fn code_of(text: &str) -> (String, Option<Gtin>) {
    match Link::parse(text) {
        Ok(Link::Code(code)) => (code.as_str().to_owned(), None),
        Ok(Link::Digital(link)) => match link.code() {
            Some(code) => (code.as_str().to_owned(), Some(link.gtin)),
            None => (link.serial.unwrap_or_else(|| text.to_owned()), Some(link.gtin)),
        },
        Err(_) => (text.to_owned(), None),
    }
}
