//! What people allowed and took back. The facts belong to accounts and only grow; what may be done follows from them
//! ([`allows`]).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tallymark_base::id::{AccountId, TenantId};
use tallymark_base::seal::Key;
use tallymark_base::{Entropy, Timestamp};
use tallymark_store::Tx;
use utoipa::ToSchema;

use super::vault;
use crate::events::ConsentChanged;
use crate::keys::context;
pub use crate::rules::consent::{ANY_CHANNEL, Allowance, Stand, allowances, allows};
use crate::rules::profile::is_word;
use crate::store::consent::{self as stored, StoredFact};
use crate::{Error, PeopleKeys};

/// Facts that are recorded at once.
pub const RECORD_MAX: usize = 1_024;
/// Purposes and channels that an account may have given something for.
pub const SUBJECTS_MAX: usize = 64;
/// Characters of evidence.
pub const EVIDENCE_CHARS_MAX: usize = 1_000;
/// Texts that are listed.
pub const TEXTS_MAX: u32 = 200;
/// Characters of a text that is shown.
pub const TEXT_CHARS_MAX: usize = 20_000;

/// Something that a person allowed or took back.
#[derive(Clone, Copy)]
pub struct NewConsent<'a> {
    /// For which account: what is given counts for its identifier alone.
    pub account: AccountId,
    /// For what: a word.
    pub purpose: &'a str,
    /// Through what: a word, or [`ANY_CHANNEL`].
    pub channel: &'a str,
    /// Whether it was given; otherwise it was taken back.
    pub given: bool,
    /// When.
    pub at: Timestamp,
    /// What shows that it was so: which form, from which address. Kept sealed.
    pub evidence: Option<&'a str>,
    /// Which version of the purpose's text was shown. What is given must name one that was published, or none.
    pub text_version: Option<u32>,
    /// Who says so: a word.
    pub source: &'a str,
}

impl NewConsent<'_> {
    /// The event that tells of it.
    pub fn event(&self) -> ConsentChanged {
        ConsentChanged {
            account: self.account,
            purpose: self.purpose.to_owned(),
            channel: self.channel.to_owned(),
            given: self.given,
            text_version: self.text_version.filter(|_| self.given),
            source: self.source.to_owned(),
        }
    }
}

impl std::fmt::Debug for NewConsent<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verb = if self.given { "gives" } else { "takes back" };
        write!(f, "NewConsent({} {verb} {} through {})", self.account, self.purpose, self.channel)
    }
}

/// Why something is not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, ToSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Unrecorded {
    /// A purpose, a channel or a source is no word.
    #[error("purpose, channel and source are words of 1 to 32 lower-case letters, digits and the signs _ . -")]
    NotAWord,
    /// The evidence is too long.
    #[error("evidence has at most {EVIDENCE_CHARS_MAX} characters; keep the rest elsewhere and its address here")]
    Evidence,
    /// No text of this version was published.
    #[error("no text of this purpose and version was published; publish it before it is agreed to")]
    UnknownText,
    /// The account gave as much as it may.
    #[error("an account gives for at most {SUBJECTS_MAX} purposes and channels; this is a further one")]
    TooMany,
    /// There is no such account, or it was erased.
    #[error("there is no such account, or it was erased; nothing is kept of it")]
    NoAccount,
}

/// The latest that an account said about a purpose and a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConsentView {
    /// Whose it is.
    pub account: AccountId,
    /// For what.
    pub purpose: String,
    /// Through what; `any` for all.
    pub channel: String,
    /// Whether it was given; otherwise it was taken back.
    pub given: bool,
    /// When.
    pub at: Timestamp,
    /// What shows that it was so.
    pub evidence: Option<String>,
    /// Which version of the text was shown.
    pub text_version: Option<u32>,
    /// Who said so.
    pub source: String,
}

/// A text that people are shown when they are asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConsentText {
    /// For what it asks.
    pub purpose: String,
    /// Its version.
    pub version: u32,
    /// Its language, `zh` for example.
    pub language: String,
    /// The text.
    pub text: String,
    /// When it was published.
    pub published_at: Timestamp,
}

/// Records facts, at most [`RECORD_MAX`], in a number of statements that does not depend on how many; gives the places of
/// those that are refused, and why. Hearing a fact again adds nothing. What is taken back is refused for nothing but its
/// form. A moment after `now` counts as `now`: what is given must not outlast its taking back.
pub async fn record(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    facts: &[NewConsent<'_>],
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Vec<(usize, Unrecorded)>, Error> {
    if facts.len() > RECORD_MAX {
        return Err(Error::BatchTooLarge { given: facts.len(), max: RECORD_MAX });
    }
    let mut refused: Vec<(usize, Unrecorded)> = Vec::new();
    let mut heard: Vec<(usize, NewConsent<'_>)> = Vec::with_capacity(facts.len());
    for (place, fact) in facts.iter().enumerate() {
        match malformed(fact) {
            Some(why) => refused.push((place, why)),
            None => heard.push((place, NewConsent { at: fact.at.min(now), ..*fact })),
        }
    }
    refuse_unknown_texts(tx, tenant, &mut heard, &mut refused).await?;
    let accounts: BTreeSet<AccountId> = heard.iter().map(|(_, fact)| fact.account).collect();
    let data_keys = vault::data_keys(tx, tenant, keys, &accounts, entropy).await?;
    heard.retain(|(place, fact)| {
        let has_key = data_keys.contains_key(&fact.account);
        if !has_key {
            refused.push((*place, Unrecorded::NoAccount));
        }
        has_key
    });
    refuse_too_many(tx, tenant, &mut heard, &mut refused).await?;
    let by_key = |fact: &NewConsent<'_>| (fact.account, fact.purpose.to_owned(), fact.channel.to_owned(), fact.at);
    heard.sort_by_cached_key(|(_, fact)| (by_key(fact), fact.given, fact.source.to_owned()));
    let sealed: Vec<StoredFact> =
        heard.iter().map(|(_, fact)| sealed(fact, &data_keys[&fact.account], entropy)).collect();
    stored::keep(tx, tenant, &sealed).await?;
    refused.sort_unstable_by_key(|(place, _)| *place);
    Ok(refused)
}

fn malformed(fact: &NewConsent<'_>) -> Option<Unrecorded> {
    let is_long = |text: &str| text.chars().count() > EVIDENCE_CHARS_MAX;
    match () {
        () if ![fact.purpose, fact.channel, fact.source].into_iter().all(is_word) => Some(Unrecorded::NotAWord),
        () if fact.evidence.is_some_and(is_long) => Some(Unrecorded::Evidence),
        () => None,
    }
}

async fn refuse_unknown_texts(
    tx: &mut Tx,
    tenant: TenantId,
    heard: &mut Vec<(usize, NewConsent<'_>)>,
    refused: &mut Vec<(usize, Unrecorded)>,
) -> Result<(), Error> {
    let text_of = |fact: &NewConsent<'_>| fact.text_version.filter(|_| fact.given);
    let named: BTreeSet<(&str, u32)> =
        heard.iter().filter_map(|(_, fact)| Some((fact.purpose, text_of(fact)?))).collect();
    let published = stored::published(tx, tenant, &named).await?;
    heard.retain(|(place, fact)| {
        let is_known =
            text_of(fact).is_none_or(|version| published.contains(&(fact.purpose.to_owned(), i64::from(version))));
        if !is_known {
            refused.push((*place, Unrecorded::UnknownText));
        }
        is_known
    });
    Ok(())
}

async fn refuse_too_many(
    tx: &mut Tx,
    tenant: TenantId,
    heard: &mut Vec<(usize, NewConsent<'_>)>,
    refused: &mut Vec<(usize, Unrecorded)>,
) -> Result<(), Error> {
    let giving: BTreeSet<AccountId> =
        heard.iter().filter(|(_, fact)| fact.given).map(|(_, fact)| fact.account).collect();
    let mut subjects = stored::subjects(tx, tenant, giving.iter()).await?;
    heard.retain(|(place, fact)| {
        let own = subjects.entry(fact.account).or_default();
        let subject = (fact.purpose.to_owned(), fact.channel.to_owned());
        let has_room = !fact.given || own.contains(&subject) || own.len() < SUBJECTS_MAX;
        if has_room {
            own.insert(subject);
        } else {
            refused.push((*place, Unrecorded::TooMany));
        }
        has_room
    });
    Ok(())
}

/// The latest that each account of a person said about each purpose and channel, with what shows it.
pub async fn of(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    accounts: &[AccountId],
) -> Result<Vec<ConsentView>, Error> {
    let facts = stored::latest(tx, tenant, accounts).await?;
    opened(tx, tenant, keys, facts).await
}

/// Everything that accounts ever said, the oldest first.
pub(super) async fn history(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    accounts: &[AccountId],
) -> Result<Vec<ConsentView>, Error> {
    let facts = stored::all(tx, tenant, accounts).await?;
    opened(tx, tenant, keys, facts).await
}

/// The same as [`of`] without what shows it: what [`allows`] needs, before each sending.
pub async fn stands(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId]) -> Result<Vec<Stand>, Error> {
    Ok(stored::latest(tx, tenant, accounts).await?.into_iter().map(|fact| fact.stand).collect())
}

/// Publishes a text. What is published is never changed; publishing the same again does nothing.
pub async fn publish_text(
    tx: &mut Tx,
    tenant: TenantId,
    (purpose, version, language): (&str, u32, &str),
    text: &str,
    at: Timestamp,
) -> Result<(), Error> {
    let is_text = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    let is_long = text.chars().count() > TEXT_CHARS_MAX;
    if !is_word(purpose) || !is_word(language) || text.trim().is_empty() || is_long || !text.chars().all(is_text) {
        return Err(Error::ConsentText { max: TEXT_CHARS_MAX });
    }
    let key = (purpose, version, language);
    if stored::publish(tx, tenant, key, text, at).await? {
        return Ok(());
    }
    let published = stored::text(tx, tenant, key).await?;
    if published.is_some_and(|(published, _)| published == text) {
        Ok(())
    } else {
        Err(Error::TextPublished { version })
    }
}

/// The texts that were published, the newest version of a purpose first, at most [`TEXTS_MAX`].
pub async fn texts(tx: &mut Tx, tenant: TenantId) -> Result<Vec<ConsentText>, Error> {
    Ok(stored::texts(tx, tenant, TEXTS_MAX).await?)
}

/// A text that was published.
pub async fn text(
    tx: &mut Tx,
    tenant: TenantId,
    (purpose, version, language): (&str, u32, &str),
) -> Result<Option<ConsentText>, Error> {
    let found = stored::text(tx, tenant, (purpose, version, language)).await?;
    Ok(found.map(|(text, published_at)| ConsentText {
        purpose: purpose.to_owned(),
        version,
        language: language.to_owned(),
        text,
        published_at,
    }))
}

fn sealed(fact: &NewConsent<'_>, data_key: &Key, entropy: &dyn Entropy) -> StoredFact {
    let stand = Stand {
        account: fact.account,
        purpose: fact.purpose.to_owned(),
        channel: fact.channel.to_owned(),
        given: fact.given,
        at: fact.at,
    };
    let seal = |text: &str| data_key.seal(&bound_to(&stand), text.as_bytes(), entropy);
    let evidence = fact.evidence.map(seal);
    StoredFact { stand, source: fact.source.to_owned(), sealed: evidence, text_version: fact.text_version }
}

async fn opened(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    facts: Vec<StoredFact>,
) -> Result<Vec<ConsentView>, Error> {
    let holders: BTreeSet<AccountId> =
        facts.iter().filter(|fact| fact.sealed.is_some()).map(|fact| fact.stand.account).collect();
    let data_keys: BTreeMap<AccountId, Key> =
        vault::stored_keys(tx, tenant, keys, &holders).await?.into_iter().collect();
    let mut views = Vec::with_capacity(facts.len());
    for StoredFact { stand, source, sealed, text_version } in facts {
        let evidence = match (sealed, data_keys.get(&stand.account)) {
            (Some(sealed), Some(data_key)) => {
                let plain = data_key.open(&bound_to(&stand), &sealed)?;
                Some(String::from_utf8_lossy(&plain).into_owned())
            }
            _ => None,
        };
        let Stand { account, purpose, channel, given, at } = stand;
        views.push(ConsentView { account, purpose, channel, given, at, evidence, text_version, source });
    }
    Ok(views)
}

/// What evidence is bound to: its column, its account, and what it shows.
fn bound_to(stand: &Stand) -> Vec<u8> {
    let rest = format!("\0{}\0{}\0{}\0{}", stand.purpose, stand.channel, stand.at.0, stand.given);
    [context("consent_fact.evidence", stand.account), rest.into_bytes()].concat()
}
