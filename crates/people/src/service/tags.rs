//! Tags: named facts about people, set by somebody or by a rule, some of them for a time.
//!
//! A tag belongs to the account that it was set for, so joining and parting people moves none; a person has those of all
//! accounts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::{AccountId, TenantId};
use tallymark_store::Tx;
use utoipa::ToSchema;

use crate::rules::profile::is_word;
use crate::store::tags::{self as stored, StoredTag};
use crate::{Error, store};

/// Characters of a tag.
pub const TAG_CHARS_MAX: usize = 64;
/// Tags of an account.
pub const TAGS_MAX: usize = 100;

/// A tag to be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = NewTag)]
#[serde(deny_unknown_fields)]
pub struct NewTag {
    /// Its name, 1 to 64 characters.
    pub tag: String,
    /// When it is over; never where it is left out.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// A tag of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Tag {
    /// Its name.
    pub tag: String,
    /// The account that has it; the one for which it lasts longest.
    pub account: AccountId,
    /// Who set it: a word.
    pub source: String,
    /// When it was set last.
    pub set_at: Timestamp,
    /// When it is over; never where there is none.
    pub expires_at: Option<Timestamp>,
}

/// Sets tags of an account; one that it has gets the end and the source of now. Gives how many it did not have.
///
/// # Errors
/// [`Error::Tag`], [`Error::TooManyTags`], [`Error::AccountNotFound`] and [`Error::Erased`].
pub async fn set(
    tx: &mut Tx,
    tenant: TenantId,
    account: AccountId,
    tags: &[NewTag],
    (source, now): (&str, Timestamp),
) -> Result<u64, Error> {
    let mut wanted: BTreeMap<&str, &NewTag> = BTreeMap::new();
    for new in tags {
        let tag = new.tag.trim();
        let is_tag = (1..=TAG_CHARS_MAX).contains(&tag.chars().count()) && !tag.chars().any(char::is_control);
        if !is_tag || !is_word(source) || new.expires_at.is_some_and(|end| end <= now) {
            return Err(Error::Tag { max: TAG_CHARS_MAX });
        }
        wanted.insert(tag, new);
    }
    if store::vault::hold_alive(tx, tenant, &[account]).await?.is_empty() {
        return Err(Error::Erased { account });
    }
    let known = stored::of_accounts(tx, tenant, &[account], Timestamp(i64::MIN)).await?;
    let new = wanted.keys().filter(|tag| known.iter().all(|one| one.tag != **tag)).count();
    if known.len() + new > TAGS_MAX {
        return Err(Error::TooManyTags { max: TAGS_MAX });
    }
    let rows: Vec<StoredTag> = wanted
        .into_iter()
        .map(|(tag, new)| StoredTag {
            account,
            tag: tag.to_owned(),
            source: source.to_owned(),
            set_at: now,
            expires_at: new.expires_at,
        })
        .collect();
    stored::set(tx, tenant, &rows).await?;
    Ok(new as u64)
}

/// Takes tags from accounts; gives how many there were.
pub async fn remove(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId], tags: &[String]) -> Result<u64, Error> {
    let pairs: Vec<(AccountId, &str)> =
        accounts.iter().flat_map(|account| tags.iter().map(|tag| (*account, tag.trim()))).collect();
    Ok(stored::remove(tx, tenant, &pairs).await?)
}

/// The tags of a person by all of its accounts, each once: the one that lasts longest. Those that are over are not told.
pub async fn of(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId], now: Timestamp) -> Result<Vec<Tag>, Error> {
    let mut by_name: BTreeMap<String, Tag> = BTreeMap::new();
    for StoredTag { account, tag, source, set_at, expires_at } in stored::of_accounts(tx, tenant, accounts, now).await?
    {
        let one = Tag { tag: tag.clone(), account, source, set_at, expires_at };
        // No end is the longest.
        let rank = |tag: &Tag| (tag.expires_at.is_none(), tag.expires_at, tag.set_at, tag.account);
        if by_name.get(&tag).is_none_or(|known| rank(known) < rank(&one)) {
            by_name.insert(tag, one);
        }
    }
    Ok(by_name.into_values().collect())
}

/// Removes tags that are over, at most `limit`, all tenants'; gives how many.
pub async fn forget(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<u64, Error> {
    Ok(stored::forget(tx, now, limit).await?)
}
