//! What somebody who may not see a person's data whole sees of it.

use super::profile::KnownField;
use crate::IdentifierKind;

/// How much of personal values is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Nothing.
    Hidden,
    /// Enough to recognise a person who stands in front of one, not enough to reach them.
    Masked,
    /// Everything. Whoever shows it writes down to whom.
    Whole,
}

/// What is shown of nothing more than that there is something.
const STARS: &str = "***";

/// A value of a profile's field as it is shown; `None` where nothing is.
pub fn shown(sight: Sight, field: &str, value: &str) -> Option<String> {
    match sight {
        Sight::Hidden => None,
        Sight::Masked => Some(KnownField::of(field).map_or_else(|| STARS.to_owned(), |known| masked(known, value))),
        Sight::Whole => Some(value.to_owned()),
    }
}

/// The value of an identifier as it is shown; `None` where nothing is.
pub fn shown_identifier(sight: Sight, kind: IdentifierKind, value: &str) -> Option<String> {
    match sight {
        Sight::Hidden => None,
        Sight::Masked => Some(match kind {
            IdentifierKind::Phone => masked(KnownField::Phone, value),
            IdentifierKind::Email => masked(KnownField::Email, value),
            _ => ends_with(value),
        }),
        Sight::Whole => Some(value.to_owned()),
    }
}

fn masked(known: KnownField, value: &str) -> String {
    match known {
        KnownField::Name => format!("{}**", some_of(value, 1)),
        KnownField::Phone => phone(value),
        KnownField::Email => {
            let (local, domain) = value.rsplit_once('@').unwrap_or((value, ""));
            format!("{}{STARS}@{domain}", some_of(local, 1))
        }
        KnownField::Address => city_of(value).unwrap_or(STARS).to_owned(),
        KnownField::Birthday => match value.split_once('-') {
            Some((year, _)) if !year.is_empty() => year.to_owned(),
            _ => STARS.to_owned(),
        },
        KnownField::City | KnownField::Gender => value.to_owned(),
    }
}

/// `138****1234`, and of a number elsewhere country and area: `+852****4567`.
fn phone(value: &str) -> String {
    let national = value.strip_prefix("+86").filter(|rest| rest.len() == 11);
    let (number, shown) = national.map_or((value, 4), |national| (national, 3));
    match (number.get(..shown), number.len().checked_sub(4).and_then(|from| number.get(from..))) {
        (Some(head), Some(tail)) if number.len() >= 11 => format!("{head}****{tail}"),
        _ => STARS.to_owned(),
    }
}

/// The last four characters of something long enough to be told apart by no fewer.
fn ends_with(value: &str) -> String {
    let length = value.chars().count();
    let tail: String = value.chars().skip(length.saturating_sub(4)).collect();
    if length >= 8 { format!("{STARS}{tail}") } else { STARS.to_owned() }
}

/// The first characters of something that has more.
fn some_of(text: &str, chars: usize) -> String {
    if text.chars().count() > chars { text.chars().take(chars).collect() } else { String::new() }
}

/// An address up to its city, where it begins as Chinese addresses do: province, city. Nothing of a street may pass for a
/// city, so anything that is not plainly one is hidden whole.
fn city_of(address: &str) -> Option<&str> {
    const CITY_CHARS_MAX: usize = 8;
    const STREETS: [char; 10] = ['路', '街', '道', '号', '区', '县', '村', '巷', '弄', '楼'];
    let province = ["省", "自治区"].iter().filter_map(|end| Some(address.find(end)? + end.len())).min().unwrap_or(0);
    let rest = &address[province..];
    let ends = ["市", "自治州", "地区", "盟"];
    let (name, end) = ends.iter().filter_map(|end| Some((rest.find(end)?, end.len()))).min()?;
    let city = &rest[..name];
    let is_plain = |c: char| !STREETS.contains(&c) && !c.is_ascii_digit() && !c.is_whitespace();
    let fits = (2..=CITY_CHARS_MAX).contains(&city.chars().count()) && city.chars().all(is_plain);
    let head = &address[..province];
    (fits && head.chars().count() <= CITY_CHARS_MAX + 3 && head.chars().all(|c| !c.is_ascii_digit()))
        .then(|| &address[..province + name + end])
}
