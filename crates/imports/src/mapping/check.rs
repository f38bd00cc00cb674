//! Whether a mapping can be meant.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use tallymark_people::rules::profile::{FIELD_CHARS_MAX, is_word};
use tallymark_people::{IDENTIFIERS_MAX, IdentifierKind};
use tallymark_tables::moment;

use super::{ConsentColumn, IdentifierColumn, MembersMapping, TimeColumn};
use crate::Error;

/// Columns of a profile.
const PROFILE_MAX: usize = 100;
/// Columns of consent: with 500 rows they are recorded in few statements.
const CONSENTS_MAX: usize = 16;
/// Characters of the name of an app, shop or system.
const SCOPE_CHARS_MAX: usize = 64;

/// Tells the first mistake.
pub(super) fn check(mapping: &MembersMapping) -> Result<(), Error> {
    let too_many = |what: &str, max: usize| wrong(what, format!("a mapping has at most {max} of them"));
    match (mapping.identifiers.len(), mapping.profile.len(), mapping.consents.len()) {
        (0, ..) => {
            return Err(wrong(
                "identifiers",
                "name a column by which people can be known, of phone numbers for example",
            ));
        }
        (_, given, _) if given > PROFILE_MAX => return Err(too_many("profile", PROFILE_MAX)),
        (.., given) if given > CONSENTS_MAX => return Err(too_many("consents", CONSENTS_MAX)),
        _ => {}
    }
    identifiers(&mapping.identifiers, "identifiers")?;
    let mut fields = BTreeSet::new();
    for (place, column) in mapping.profile.iter().enumerate() {
        let at = format!("profile[{place}]");
        named(&column.column, &format!("{at}.column"))?;
        let is_name = (1..=FIELD_CHARS_MAX).contains(&column.field.chars().count())
            && !column.field.contains(char::is_control)
            && !column.field.trim().is_empty();
        if !is_name {
            return Err(wrong(&format!("{at}.field"), format!("a field's name has 1 to {FIELD_CHARS_MAX} characters")));
        }
        if !fields.insert(&column.field) {
            return Err(wrong(&format!("{at}.field"), "another column is this field already"));
        }
    }
    for (place, column) in mapping.consents.iter().enumerate() {
        consent(mapping, column, &format!("consents[{place}]"))?;
    }
    let zone = zone(mapping.zone.as_deref())?;
    if let Some(of) = &mapping.time {
        time(of, &zone)?;
    }
    source(mapping.source.as_deref())
}

/// The zone of times without an offset.
pub(super) fn zone(name: Option<&str>) -> Result<TimeZone, Error> {
    TimeZone::get(name.unwrap_or("UTC"))
        .map_err(|_| wrong("zone", "this is no time zone; write one as `Asia/Shanghai`"))
}

pub(super) fn source(source: Option<&str>) -> Result<(), Error> {
    match source {
        Some(source) if !is_word(source) => Err(wrong("source", WORD)),
        _ => Ok(()),
    }
}

/// Columns of identifiers, at most as many as a person can be shown by at once.
pub(super) fn identifiers(columns: &[IdentifierColumn], at: &str) -> Result<(), Error> {
    if columns.len() > IDENTIFIERS_MAX {
        return Err(wrong(at, format!("a mapping has at most {IDENTIFIERS_MAX} of them")));
    }
    for (place, column) in columns.iter().enumerate() {
        identifier(column, &format!("{at}[{place}]"))?;
    }
    Ok(())
}

/// Columns that are named alone.
pub(super) fn all_named(columns: &[String], at: &str) -> Result<(), Error> {
    columns.iter().enumerate().try_for_each(|(place, column)| named(column, &format!("{at}[{place}]")))
}

const WORD: &str = "this is a word of 1 to 32 lower-case letters, digits and the signs _ . -";

fn identifier(column: &IdentifierColumn, at: &str) -> Result<(), Error> {
    named(&column.column, &format!("{at}.column"))?;
    let Some(scope) = &column.scope else { return Ok(()) };
    let at = format!("{at}.scope");
    if !column.kind.is_scoped() {
        return Err(wrong(&at, format!("a {} is valid everywhere; leave the scope out", column.kind.name())));
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if !(1..=SCOPE_CHARS_MAX).contains(&scope.len()) || !scope.bytes().all(fits) {
        let what = match column.kind {
            IdentifierKind::WechatOpenid | IdentifierKind::AlipayOpenid => "the appid of the app or official account",
            _ => "the app, shop or system",
        };
        return Err(wrong(&at, format!("write {what} in which these are valid: letters, digits and the signs _ - .")));
    }
    Ok(())
}

fn consent(mapping: &MembersMapping, column: &ConsentColumn, at: &str) -> Result<(), Error> {
    named(&column.column, &format!("{at}.column"))?;
    for (name, word) in [("purpose", &column.purpose), ("channel", &column.channel)] {
        if !is_word(word) {
            return Err(wrong(&format!("{at}.{name}"), WORD));
        }
    }
    if column.yes.is_empty() && column.no.is_empty() {
        return Err(wrong(&format!("{at}.yes"), "say which cells mean that it was given"));
    }
    let lower = |words: &[String]| words.iter().map(|word| word.trim().to_lowercase()).collect::<BTreeSet<_>>();
    if !lower(&column.yes).is_disjoint(&lower(&column.no)) {
        return Err(wrong(&format!("{at}.no"), "a cell cannot mean both yes and no"));
    }
    match column.identifier {
        Some(kind) if !mapping.identifiers.iter().any(|own| own.kind == kind) => {
            Err(wrong(&format!("{at}.identifier"), format!("no column is a {}", kind.name())))
        }
        _ => Ok(()),
    }
}

pub(super) fn time(of: &TimeColumn, zone: &TimeZone) -> Result<(), Error> {
    match (&of.column, &of.constant) {
        (None, None) => return Err(wrong("time", "name a column or a constant, or leave it out")),
        (Some(column), _) => named(column, "time.column")?,
        _ => {}
    }
    match &of.constant {
        Some(text) if moment(text, of.format, zone).is_none() => {
            Err(wrong("time.constant", "this is no moment; write one as 2026-03-01 or 2026-03-01T09:30:00+08:00"))
        }
        _ => Ok(()),
    }
}

pub(super) fn named(column: &str, at: &str) -> Result<(), Error> {
    if column.trim().is_empty() { Err(wrong(at, "name a column of the file")) } else { Ok(()) }
}

pub(super) fn wrong(at: &str, reason: impl Into<String>) -> Error {
    Error::Mapping { at: at.to_owned(), reason: reason.into() }
}
