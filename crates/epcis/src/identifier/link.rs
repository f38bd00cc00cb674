//! GS1 Digital Link URIs on any domain (GS1 Digital Link: URI Syntax 1.2).

use super::all_digits;

/// The canonical path of a Digital Link URI: key and finest qualifier only.
pub(super) fn normal(uri: &str) -> Option<String> {
    let rest = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"))?;
    let path = rest.split(['?', '#']).next()?;
    let (_, path) = path.split_once('/')?;
    let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    // The key is the last segment that can be one, so that a path before it may hold anything.
    (0..segments.len().saturating_sub(1)).rev().find_map(|at| of_segments(&segments[at..]))
}

fn of_segments(segments: &[&str]) -> Option<String> {
    let (name, value, qualifiers) = match segments {
        [name, value, qualifiers @ ..] => (*name, *value, qualifiers),
        _ => return None,
    };
    let ai = key_of(name)?;
    let value = key_value(ai, value)?;
    if qualifiers.len() % 2 != 0 {
        return None;
    }
    let mut found: [Option<&str>; 5] = [None; 5];
    for pair in qualifiers.chunks_exact(2) {
        let rank = match (ai, qualifier_of(pair[0])) {
            ("01" | "8006", "22") => continue,
            ("01" | "8006", "21") => 0,
            ("01", "235") => 1,
            ("01" | "8006", "10") => 2,
            ("414", "254") => 3,
            ("8010", "8011") => 4,
            _ => return None,
        };
        if pair[1].is_empty() {
            return None;
        }
        found[rank] = Some(pair[1]);
    }
    let finest = found.iter().zip(["21", "235", "10", "254", "8011"]).find_map(|(value, ai)| value.map(|v| (ai, v)));
    Some(match finest {
        Some((qualifier, text)) => format!("{ai}/{value}/{qualifier}/{text}"),
        None => format!("{ai}/{value}"),
    })
}

/// The application identifier of a key by number or short name.
fn key_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "01" | "gtin" => "01",
        "8006" | "itip" => "8006",
        "8010" | "cpid" => "8010",
        "414" | "gln" => "414",
        "417" | "party" => "417",
        "8017" | "gsrnp" => "8017",
        "8018" | "gsrn" => "8018",
        "255" | "gcn" => "255",
        "00" | "sscc" => "00",
        "253" | "gdti" => "253",
        "401" | "ginc" => "401",
        "402" | "gsin" => "402",
        "8003" | "grai" => "8003",
        "8004" | "giai" => "8004",
        _ => return None,
    })
}

fn qualifier_of(name: &str) -> &str {
    match name {
        "cpv" => "22",
        "lot" => "10",
        "ser" => "21",
        other => other,
    }
}

/// The value of a key in its canonical length; `None` where it cannot be one.
fn key_value(ai: &str, value: &str) -> Option<String> {
    let exact = |digits: usize| (value.len() == digits && all_digits(value)).then(|| value.to_owned());
    let begins = |digits: usize| value.get(..digits).filter(|key| all_digits(key)).map(|_| value.to_owned());
    match ai {
        "01" => (matches!(value.len(), 8 | 12 | 13 | 14) && all_digits(value)).then(|| format!("{value:0>14}")),
        "8006" | "00" | "8017" | "8018" => exact(18),
        "414" | "417" => exact(13),
        "402" => exact(17),
        "8003" => begins(14),
        "253" | "255" => begins(13),
        _ => begins(4).filter(|value| value.len() > 4),
    }
}
