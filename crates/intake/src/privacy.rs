//! What a person may demand of the intake: that what lies in quarantine about them goes, and that what is sealed is read.

use data_encoding::BASE64;
use serde_json::Value;
use tallymark_base::id::{EventId, TenantId};
use tallymark_base::seal::Key;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_partners::Tenant;
use tallymark_people::{Identifier, IdentifierKind};
use tallymark_store::{Context, Tx};

use crate::error::internal;
use crate::keys::IntakeKeys;
use crate::store::Entry;
use crate::{Error, store};

/// Entries that are looked through at once.
const PAGE: u32 = 200;
/// Of the identifiers shorter than this are not looked for: they stand in everybody's events.
const TERM_CHARS_MIN: usize = 4;

/// Removes the entries of the quarantine that mention one of the identifiers; gives how many. Every entry is opened and looked
/// through, because nobody knows whom an event is about that could not be read. Page by page, each read by itself, so that
/// nobody waits for it however many there are; what comes meanwhile is found by [`forget_since`].
///
/// # Errors
/// Of the database.
pub async fn forget(context: &Context, tenant: &Tenant, identifiers: &[Identifier]) -> Result<u64, Error> {
    let terms = terms(identifiers);
    if terms.is_empty() {
        return Ok(0);
    }
    let (mut before, mut removed) = (i64::MAX, 0);
    loop {
        let mut tx = context.store.read().await.map_err(unstored)?;
        let entries = store::entries(&mut tx, tenant.id, before, PAGE).await.map_err(unstored)?;
        tx.commit().await.map_err(unstored)?;
        let Some(last) = entries.last() else { return Ok(removed) };
        before = last.id;
        let found = mentioning(tenant, &entries, &terms);
        if !found.is_empty() {
            let mut tx = context.store.write().await.map_err(unstored)?;
            tx.overwrite_deleted().await.map_err(unstored)?;
            removed += remove(&mut tx, tenant.id, &found).await?;
            tx.commit().await.map_err(unstored)?;
        }
    }
}

/// The same for entries that came since a moment, in the caller's transaction.
///
/// # Errors
/// Of the database.
pub async fn forget_since(
    tx: &mut Tx,
    tenant: &Tenant,
    identifiers: &[Identifier],
    since: Timestamp,
) -> Result<u64, Error> {
    let terms = terms(identifiers);
    let (mut before, mut removed, mut is_over) = (i64::MAX, 0, terms.is_empty());
    while !is_over {
        let entries = store::entries(tx, tenant.id, before, PAGE).await.map_err(unstored)?;
        is_over = entries.last().is_none_or(|last| last.received_at < since);
        before = entries.last().map_or(before, |last| last.id);
        removed += remove(tx, tenant.id, &mentioning(tenant, &entries, &terms)).await?;
    }
    Ok(removed)
}

/// Those of the entries that have one of the terms. What cannot be opened is nothing that anybody can read.
fn mentioning(tenant: &Tenant, entries: &[Entry], terms: &[String]) -> Vec<i64> {
    let keys = IntakeKeys::new(tenant);
    let has = |entry: &&Entry| {
        keys.open(entry.id, &entry.body).is_ok_and(|body| mentions(&String::from_utf8_lossy(&body), terms))
    };
    entries.iter().filter(has).map(|entry| entry.id).collect()
}

async fn remove(tx: &mut Tx, tenant: TenantId, entries: &[i64]) -> Result<u64, Error> {
    let mut removed = 0;
    for entry in entries {
        removed += u64::from(store::remove_entry(tx, tenant, *entry).await.map_err(unstored)?);
    }
    Ok(removed)
}

fn unstored(error: tallymark_store::Error) -> Error {
    internal(&error)
}

fn terms(identifiers: &[Identifier]) -> Vec<String> {
    identifiers.iter().filter_map(term).collect()
}

/// What is looked for of an identifier: a phone number without its country, since most systems write it so, and of a value
/// that is valid within something the value alone.
fn term(identifier: &Identifier) -> Option<String> {
    let value = identifier.value();
    let term = match identifier.kind() {
        IdentifierKind::Phone => value.strip_prefix("+86").unwrap_or_else(|| value.trim_start_matches('+')),
        IdentifierKind::Email | IdentifierKind::Card => value,
        _ => value.split_once(':').map_or(value, |(_, rest)| rest),
    };
    (term.chars().count() >= TERM_CHARS_MIN).then(|| term.to_lowercase())
}

/// Whether a text has one of the terms as a word of its own: `u-100` is not in `u-1001`. A phone number may have its
/// country before it. Escaped texts are read as well.
fn mentions(text: &str, terms: &[String]) -> bool {
    let lower = text.to_lowercase();
    let unescaped = lower.contains('\\').then(|| strings_of(&lower));
    let found = |text: &str| terms.iter().any(|term| has_word(text, term));
    found(&lower) || unescaped.is_some_and(|text| found(&text))
}

fn has_word(text: &str, term: &str) -> bool {
    let is_number = term.bytes().all(|byte| byte.is_ascii_digit());
    text.match_indices(term).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + term.len()..]);
        let before = if is_number { before.strip_suffix("86").unwrap_or(before) } else { before };
        let is_end = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        is_end(before.chars().next_back()) && is_end(after.chars().next())
    })
}

/// Every string of a JSON text, one on a line.
fn strings_of(text: &str) -> String {
    fn gather(value: &Value, out: &mut String) {
        match value {
            Value::String(text) => {
                out.push_str(&text.to_lowercase());
                out.push('\n');
            }
            Value::Array(items) => items.iter().for_each(|item| gather(item, out)),
            Value::Object(members) => members.values().for_each(|member| gather(member, out)),
            _ => {}
        }
    }
    let mut out = String::new();
    if let Ok(value) = serde_json::from_str(text) {
        gather(&value, &mut out);
    }
    out
}

/// What is sealed of an event, by the key of its account; nothing where it does not open.
pub fn opened(event: EventId, sealed: &str, key: &Key) -> Option<Value> {
    let sealed = BASE64.decode(sealed.as_bytes()).ok()?;
    let plain = key.open(&sealed_context(event), &sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}

/// What the sealed part of an event is bound to.
pub(crate) fn sealed_context(event: EventId) -> Vec<u8> {
    [b"intake.event.sealed".as_slice(), &event.raw().to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_found_as_a_word_and_not_within_another() {
        let terms = ["13800138000".to_owned(), "u-100".to_owned(), "li@brand.example".to_owned()];
        for text in [
            r#"{"phone":"13800138000"}"#,
            r#"{"phone":"+8613800138000"}"#,
            r#"{"phone":13800138000,"x":1}"#,
            r#"{"userId":"u-100"}"#,
            r#"{"email":"LI@Brand.example"}"#,
            r#"{"email":"li\u0040brand.example"}"#,
            r#"{"userId": "u-100", broken"#,
        ] {
            assert!(mentions(text, &terms), "{text}");
        }
        for text in [r#"{"userId":"u-1001"}"#, r#"{"phone":"138001380001"}"#, r#"{"phone":"213800138000"}"#, "{}"] {
            assert!(!mentions(text, &terms), "{text}");
        }
    }
}
