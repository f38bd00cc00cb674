//! What is known of people beyond who they are: fields, each with the values that sources said, sealed under the key of the
//! account that they are of.
//!
//! Of an account, a field and a source the latest value by its own time is kept, in whatever order values come in. Which of
//! the values of a person counts is decided when it is asked ([`choose`]), so that joining and parting people moves none.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use tallymark_base::id::{AccountId, TenantId};
use tallymark_base::random::hmac_sha256;
use tallymark_base::seal::Key;
use tallymark_base::{Entropy, Timestamp};
use tallymark_store::Tx;

use super::vault;
use crate::keys::context;
pub use crate::rules::profile::{FIELDS_MAX, Field, KnownField, Said, Unkept, VALUE_BYTES_MAX, VALUES_MAX};
use crate::rules::profile::{choose, is_word, normal};
use crate::store::profile::{self as stored, StoredValue};
use crate::{Error, PeopleKeys};

/// Values that are put at once.
pub const PUT_MAX: usize = 1_024;

/// A value that a source says.
#[derive(Clone, Copy)]
pub struct NewValue<'a> {
    /// Of whom.
    pub account: AccountId,
    /// Its name. Those of [`KnownField`] have a normal form.
    pub field: &'a str,
    /// The value: text, or a value of JSON that is not nested. `null` says that the source knows it no more.
    pub value: &'a str,
    /// Who says it: a word.
    pub source: &'a str,
    /// When it was so.
    pub at: Timestamp,
    /// Whether it was checked.
    pub verified: bool,
}

impl std::fmt::Debug for NewValue<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewValue({} of {}, hidden)", self.field, self.account)
    }
}

/// What became of values that were put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// How many were later than what was kept, and are kept in its place.
    pub kept: u64,
    /// Those that are refused: their places among what was put, and why.
    pub refused: Vec<(usize, Unkept)>,
}

/// One value of a batch in its normal form.
struct Heard<'a> {
    place: usize,
    new: NewValue<'a>,
    value: String,
    tie: i64,
}

type FieldKey<'a> = (AccountId, &'a str, &'a str);

/// Keeps values, at most [`PUT_MAX`], in a number of statements that does not depend on how many. A value that is refused
/// keeps none of the others out. A moment after `now` counts as `now`: a clock that goes wrong must not win for ever.
///
/// An account has at most [`FIELDS_MAX`] fields; two servers that add to one at the same moment may pass that by what they
/// add.
pub async fn put(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    values: &[NewValue<'_>],
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Put, Error> {
    let accounts: BTreeSet<AccountId> = values.iter().map(|one| one.account).collect();
    let data_keys = vault::data_keys(tx, tenant, keys, &accounts, entropy).await?;
    put_under(tx, tenant, &data_keys, values, now, entropy).await
}

/// The same as [`put`] by whoever has the accounts' data keys at hand, from [`vault::data_keys`] in the same transaction.
pub async fn put_under(
    tx: &mut Tx,
    tenant: TenantId,
    data_keys: &HashMap<AccountId, Key>,
    values: &[NewValue<'_>],
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Put, Error> {
    if values.len() > PUT_MAX {
        return Err(Error::BatchTooLarge { given: values.len(), max: PUT_MAX });
    }
    let (mut heard, mut refused) = read(values, now);
    if heard.is_empty() {
        return Ok(Put { kept: 0, refused });
    }
    heard.retain(|one| {
        let has_key = data_keys.contains_key(&one.new.account);
        if !has_key {
            refused.push((one.place, Unkept::NoAccount));
        }
        has_key
    });
    for one in &mut heard {
        one.tie = tie(&data_keys[&one.new.account], &one.value);
    }
    let mut latest: BTreeMap<FieldKey<'_>, Heard<'_>> = BTreeMap::new();
    for one in heard {
        let key = (one.new.account, one.new.field, one.new.source);
        let rank = |one: &Heard<'_>| (one.new.at, one.new.verified, one.tie);
        if latest.get(&key).is_none_or(|known| rank(known) < rank(&one)) {
            latest.insert(key, one);
        }
    }
    refused.extend(without_room(tx, tenant, &mut latest).await?);
    let sealed: Vec<StoredValue> =
        latest.into_values().map(|one| one.sealed(&data_keys[&one.new.account], entropy)).collect();
    let kept = stored::keep(tx, tenant, &sealed).await?;
    refused.sort_unstable_by_key(|(place, _)| *place);
    Ok(Put { kept, refused })
}

impl Heard<'_> {
    fn sealed(&self, data_key: &Key, entropy: &dyn Entropy) -> StoredValue {
        let NewValue { account, field, source, at, verified, .. } = self.new;
        let bound = bound_to(account, field);
        StoredValue {
            account,
            field: field.to_owned(),
            source: source.to_owned(),
            sealed: data_key.seal(&bound, self.value.as_bytes(), entropy),
            at,
            verified,
            tie: self.tie,
        }
    }
}

/// The values in their normal form, and those that have none.
fn read<'a>(values: &[NewValue<'a>], now: Timestamp) -> (Vec<Heard<'a>>, Vec<(usize, Unkept)>) {
    let (mut heard, mut refused) = (Vec::with_capacity(values.len()), Vec::new());
    for (place, new) in values.iter().enumerate() {
        let new = NewValue { at: new.at.min(now), ..*new };
        let value = if is_word(new.source) { normal(new.field, new.value, new.at) } else { Err(Unkept::SourceName) };
        match value {
            Ok(value) => heard.push(Heard { place, new, value, tie: 0 }),
            Err(why) => refused.push((place, why)),
        }
    }
    (heard, refused)
}

/// Takes out what would give an account more than it may have.
async fn without_room(
    tx: &mut Tx,
    tenant: TenantId,
    latest: &mut BTreeMap<FieldKey<'_>, Heard<'_>>,
) -> Result<Vec<(usize, Unkept)>, Error> {
    let mut adds: BTreeMap<AccountId, usize> = BTreeMap::new();
    for (account, ..) in latest.keys() {
        *adds.entry(*account).or_default() += 1;
    }
    let counts = stored::counts(tx, tenant, adds.keys()).await?;
    let of = |account: &AccountId| counts.get(account).copied().unwrap_or_default();
    adds.retain(|account, added| of(account).0 + *added > FIELDS_MAX || of(account).1 + *added > VALUES_MAX);
    if adds.is_empty() {
        return Ok(Vec::new());
    }
    let known = stored::fields(tx, tenant, adds.keys()).await?;
    let mut fields: HashSet<(AccountId, &str)> =
        known.iter().map(|(account, field, _)| (*account, field.as_str())).collect();
    let mut room: HashMap<AccountId, (usize, usize)> =
        adds.keys().map(|account| (*account, (FIELDS_MAX - of(account).0, VALUES_MAX - of(account).1))).collect();
    let mut refused = Vec::new();
    latest.retain(|(account, field, source), one| {
        let Some((fields_left, values_left)) = room.get_mut(account) else { return true };
        if known.contains(&(*account, (*field).to_owned(), (*source).to_owned())) {
            return true;
        }
        let is_new_field = !fields.contains(&(*account, *field));
        let why = match (is_new_field && *fields_left == 0, *values_left) {
            (true, _) => Unkept::TooManyFields,
            (_, 0) => Unkept::TooManyValues,
            _ => {
                *values_left -= 1;
                *fields_left -= usize::from(is_new_field);
                fields.insert((*account, *field));
                return true;
            }
        };
        refused.push((one.place, why));
        false
    });
    Ok(refused)
}

/// Sources whose rank is kept.
pub const SOURCES_MAX: usize = 64;

/// Which sources a tenant trusts more, the most trusted first; none where it said nothing.
pub async fn source_rank(tx: &mut Tx, tenant: TenantId) -> Result<Vec<String>, Error> {
    let words = stored::source_rank(tx, tenant).await?.unwrap_or_default();
    Ok(words.split_whitespace().map(str::to_owned).collect())
}

/// Says which sources are trusted more, the most trusted first: at most [`SOURCES_MAX`] words, each once.
pub async fn rank_sources(tx: &mut Tx, tenant: TenantId, sources: &[String], at: Timestamp) -> Result<(), Error> {
    let distinct: BTreeSet<&String> = sources.iter().collect();
    if sources.len() > SOURCES_MAX || distinct.len() < sources.len() || !sources.iter().all(|source| is_word(source)) {
        return Err(Error::SourceRank { max: SOURCES_MAX });
    }
    Ok(stored::set_source_rank(tx, tenant, &sources.join(" "), at).await?)
}

/// The fields of a person by all of its accounts, each with the value that counts and those that contradict it.
/// `source_rank` names sources, the most trusted first. Personal: whoever shows it masks it first, or writes down to whom.
pub async fn of(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    accounts: &[AccountId],
    source_rank: &[&str],
) -> Result<Vec<Field>, Error> {
    Ok(choose(said(tx, tenant, keys, accounts).await?, source_rank))
}

/// Every value of accounts with its field.
pub(super) async fn said(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    accounts: &[AccountId],
) -> Result<Vec<(String, Said)>, Error> {
    let values = stored::of_accounts(tx, tenant, accounts).await?;
    opened(tx, tenant, keys, values).await
}

/// Every value of one field of accounts, with the field.
pub(super) async fn said_of(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    (accounts, field): (&[AccountId], &str),
) -> Result<Vec<(String, Said)>, Error> {
    let values = stored::field_of_accounts(tx, tenant, accounts, field).await?;
    opened(tx, tenant, keys, values).await
}

async fn opened(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    mut values: Vec<StoredValue>,
) -> Result<Vec<(String, Said)>, Error> {
    values.sort_unstable_by_key(|value| (value.account, Reverse(value.at)));
    let holders: BTreeSet<AccountId> = values.iter().map(|value| value.account).collect();
    let data_keys = vault::stored_keys(tx, tenant, keys, &holders).await?;
    let mut said = Vec::with_capacity(values.len());
    for value in values {
        // What an erase left behind that ran at the same moment belongs to nobody.
        let Some(data_key) = data_keys.get(&value.account) else { continue };
        let plain = data_key.open(&bound_to(value.account, &value.field), &value.sealed)?;
        let text = String::from_utf8(plain).map_err(|_| tallymark_store::Error::Unreadable(value.field.clone()))?;
        let StoredValue { account, field, source, at, verified, .. } = value;
        said.push((field, Said { value: text, account, source, at, verified }));
    }
    Ok(said)
}

/// What a sealed value is bound to: its column, its account and its field.
pub(super) fn bound_to(account: AccountId, field: &str) -> Vec<u8> {
    [context("profile_value.sealed", account), field.as_bytes().to_vec()].concat()
}

/// Orders values of one moment by something that says nothing about them to whoever has not the key.
fn tie(data_key: &Key, value: &str) -> i64 {
    let digest = hmac_sha256(data_key.derive("profile.tie").bytes(), &[value.as_bytes()]);
    let [a, b, c, d, e, f, g, h, ..] = digest;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}
