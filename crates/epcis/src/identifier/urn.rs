//! EPC URNs: pure identities, classes and patterns (EPC Tag Data Standard 2.0, section 6).

use std::borrow::Cow;

use super::{all_digits, check_digit};

/// How the digits of a scheme's key are laid out.
pub(super) struct Scheme {
    /// The application identifier of the key.
    pub(super) ai: &'static str,
    /// Digits of company prefix and reference together; 0: the reference is text.
    pub(super) digits: usize,
    /// What stands before the company prefix in the key: nothing, a fixed zero, or the first digit of the reference.
    pub(super) lead: Lead,
    /// Parts after the reference: the characters that the last may have at most, 0 for none.
    pub(super) serial_max: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    None,
    Zero,
    Indicator,
}

pub(super) fn scheme(name: &str) -> Option<Scheme> {
    let of = |ai, digits, lead, serial_max| Some(Scheme { ai, digits, lead, serial_max });
    match name {
        "sgtin" | "lgtin" => of("01", 13, Lead::Indicator, 20),
        "upui" => of("01", 13, Lead::Indicator, 28),
        "itip" => of("8006", 13, Lead::Indicator, 20),
        "sscc" => of("00", 17, Lead::Indicator, 0),
        "sgln" => of("414", 12, Lead::None, 20),
        "pgln" => of("417", 12, Lead::None, 0),
        "grai" => of("8003", 12, Lead::Zero, 16),
        "gdti" => of("253", 12, Lead::None, 20),
        "sgcn" => of("255", 12, Lead::None, 12),
        "gsrn" => of("8018", 17, Lead::None, 0),
        "gsrnp" => of("8017", 17, Lead::None, 0),
        "gsin" => of("402", 16, Lead::None, 0),
        "giai" => of("8004", 0, Lead::None, 0),
        "ginc" => of("401", 0, Lead::None, 0),
        "cpi" => of("8010", 0, Lead::None, 12),
        _ => None,
    }
}

/// The canonical path of what follows `urn:epc:`.
pub(super) fn normal(urn: &str) -> Option<String> {
    let mut parts = urn.splitn(3, ':');
    let (sort, name, value) = (parts.next()?, parts.next()?, parts.next()?);
    let is_pattern = match (sort, name) {
        ("id", "lgtin") => return None,
        ("id", _) | ("class", "lgtin") => false,
        ("idpat", _) => true,
        _ => return None,
    };
    let scheme = scheme(name)?;
    let (prefix, rest) = value.split_once('.')?;
    if !(6..=12).contains(&prefix.len()) || !all_digits(prefix) {
        return None;
    }
    if scheme.digits == 0 {
        return of_text(&scheme, name, prefix, rest, is_pattern);
    }
    let (reference, serial) = match rest.split_once('.') {
        Some((reference, serial)) => (reference, Some(serial)),
        None => (rest, None),
    };
    let key = format!("{}/{}", scheme.ai, key_digits(&scheme, prefix, reference)?);
    if scheme.serial_max == 0 {
        return (serial.is_none() && !is_pattern).then_some(key);
    }
    with_serial(name, key, serial?, scheme.serial_max, is_pattern)
}

/// The digits of the key with its check digit.
pub(super) fn key_digits(scheme: &Scheme, prefix: &str, reference: &str) -> Option<String> {
    if prefix.len() + reference.len() != scheme.digits || !all_digits(reference) {
        return None;
    }
    let mut key = match scheme.lead {
        Lead::None => format!("{prefix}{reference}"),
        Lead::Zero => format!("0{prefix}{reference}"),
        Lead::Indicator => format!("{}{prefix}{}", reference.get(..1)?, reference.get(1..)?),
    };
    key.push(check_digit(&key));
    Some(key)
}

fn with_serial(name: &str, mut key: String, serial: &str, max: usize, is_pattern: bool) -> Option<String> {
    let serial = if name == "itip" {
        let mut parts = serial.splitn(3, '.');
        let (piece, total) = (parts.next()?, parts.next()?);
        if piece.len() != 2 || total.len() != 2 || !all_digits(piece) || !all_digits(total) {
            return None;
        }
        key.push_str(piece);
        key.push_str(total);
        parts.next()?
    } else {
        serial
    };
    if is_pattern {
        // A pattern of all serials is the class.
        return (serial == "*" && !matches!(name, "sgln" | "lgtin")).then_some(key);
    }
    if !is_serial(serial, max) || (name == "sgcn" && !all_digits(serial)) {
        return None;
    }
    let serial = escaped(serial);
    Some(match name {
        "sgtin" | "itip" => format!("{key}/21/{serial}"),
        "lgtin" => format!("{key}/10/{serial}"),
        "upui" => format!("{key}/235/{serial}"),
        // The extension 0 says that there is none.
        "sgln" if serial == "0" => key,
        "sgln" => format!("{key}/254/{serial}"),
        _ => format!("{key}{serial}"),
    })
}

/// Schemes whose reference is text: individual assets, consignments, components.
fn of_text(scheme: &Scheme, name: &str, prefix: &str, rest: &str, is_pattern: bool) -> Option<String> {
    if name != "cpi" {
        let fits = !is_pattern && is_serial(rest, 30 - prefix.len());
        return fits.then(|| format!("{}/{prefix}{}", scheme.ai, escaped(rest)));
    }
    let (reference, serial) = rest.rsplit_once('.')?;
    if !is_serial(reference, 30 - prefix.len()) {
        return None;
    }
    let key = format!("{}/{prefix}{}", scheme.ai, escaped(reference));
    match (is_pattern, serial) {
        (true, "*") => Some(key),
        (false, serial) if (1..=scheme.serial_max).contains(&serial.len()) && all_digits(serial) => {
            Some(format!("{key}/8011/{serial}"))
        }
        _ => None,
    }
}

/// Whether the text is a serial: 1 to `max` characters, of which those that a URN reserves are escaped.
fn is_serial(text: &str, max: usize) -> bool {
    let mut count = 0;
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'%' if bytes.get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) => at += 2,
            b'!' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b'-' | b'.' | b':' | b';' | b'=' | b'_' => {}
            byte if byte.is_ascii_alphanumeric() => {}
            _ => return false,
        }
        count += 1;
        at += 1;
    }
    (1..=max).contains(&count)
}

/// The characters that a URN has as they are and a Digital Link escapes (GS1 Digital Link 1.2, table 7-1).
fn escaped(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| b"!()*+,:".contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '!' => out.push_str("%21"),
            '(' => out.push_str("%28"),
            ')' => out.push_str("%29"),
            '*' => out.push_str("%2A"),
            '+' => out.push_str("%2B"),
            ',' => out.push_str("%2C"),
            ':' => out.push_str("%3A"),
            other => out.push(other),
        }
    }
    Cow::Owned(out)
}
