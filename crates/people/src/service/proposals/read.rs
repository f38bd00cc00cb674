//! Everybody of a tenant as records to compare: read page by page, each page in a transaction of its own.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use tallymark_base::id::{AccountId, TenantId};
use tallymark_base::seal::Key;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_matching::Record;
use tallymark_store::{Store, Tx};

use crate::rules::profile::{Said, choose};
use crate::rules::proposal::{FIELDS, record};
use crate::service::profile::bound_to;
use crate::store::privacy::Kept;
use crate::store::{self, evidence, profile, proposals as stored};
use crate::{Error, IdentifierKind, PeopleKeys};

/// Accounts that are read in one transaction.
const PAGE: usize = 1_000;
/// The source of values that are identifiers.
const IDENTIFIER: &str = "identifier";

/// People to compare. Personal: it stays in memory while they are compared, and goes nowhere else.
#[derive(Default)]
pub(super) struct People {
    /// What is known of each.
    pub(super) records: Vec<Record>,
    /// The oldest account of each.
    pub(super) accounts: Vec<AccountId>,
    /// Accounts that were looked at.
    pub(super) accounts_read: u64,
    /// People of whom too little is known to be compared.
    pub(super) thin: u64,
    seen: HashSet<AccountId>,
}

/// Reads everybody of whom something is known in a field that is compared, at most `max` people.
pub(super) async fn people(store: &Store, tenant: TenantId, keys: &PeopleKeys, max: usize) -> Result<People, Error> {
    let mut people = People::default();
    let mut after = AccountId::from_raw(0);
    loop {
        let mut tx = store.read().await?;
        let page = stored::described_after(&mut tx, tenant, after, &FIELDS, PAGE).await?;
        people.add(&mut tx, tenant, keys, &page).await?;
        tx.commit().await?;
        if people.records.len() > max {
            return Err(Error::TooManyPeople { max });
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = *last,
            _ => return Ok(people),
        }
    }
}

impl People {
    /// Adds the persons whose first account with a value is on a page.
    async fn add(&mut self, tx: &mut Tx, tenant: TenantId, keys: &PeopleKeys, page: &[AccountId]) -> Result<(), Error> {
        self.accounts_read += page.len() as u64;
        let members = members(tx, tenant, page).await?;
        let all: Vec<AccountId> = members.values().flatten().copied().collect();
        let kept: HashMap<AccountId, Kept> =
            store::privacy::kept(tx, tenant, &all).await?.into_iter().map(|one| (one.account, one)).collect();
        let mut opened = Opened::of(keys, &kept)?;
        for value in profile::of_accounts(tx, tenant, &all).await? {
            opened.add(value)?;
        }
        for (oldest, accounts) in members {
            let is_erased = accounts.iter().any(|one| kept.get(one).is_none_or(|one| one.erased_at.is_some()));
            if is_erased || !self.seen.insert(oldest) {
                continue;
            }
            let said: Vec<(String, Said)> = accounts.iter().flat_map(|account| opened.said(*account)).collect();
            let values: BTreeMap<String, String> =
                choose(said, &[]).into_iter().map(|field| (field.field, field.said.value)).collect();
            match record(oldest, &values) {
                Some(record) => {
                    self.records.push(record);
                    self.accounts.push(oldest);
                }
                None => self.thin += 1,
            }
        }
        Ok(())
    }
}

/// The accounts of the persons that a page names, by the oldest of each.
async fn members(
    tx: &mut Tx,
    tenant: TenantId,
    page: &[AccountId],
) -> Result<BTreeMap<AccountId, Vec<AccountId>>, Error> {
    let named = evidence::accounts(tx, tenant, page).await?;
    let persons: BTreeSet<_> = named.iter().filter(|one| one.merges > 0).map(|one| one.person).collect();
    let alone = named.iter().filter(|one| one.merges == 0).map(|one| (one.id, vec![one.id]));
    let mut members: BTreeMap<AccountId, Vec<AccountId>> = alone.collect();
    for account in store::members(tx, tenant, persons.into_iter()).await? {
        members.entry(AccountId::from_raw(account.person.raw())).or_default().push(account.id);
    }
    Ok(members)
}

/// The values of a page.
struct Opened {
    data_keys: HashMap<AccountId, Key>,
    said: HashMap<AccountId, Vec<(String, Said)>>,
}

impl Opened {
    /// The data keys, and what the identifiers themselves say: a telephone number and an address of mail.
    fn of(keys: &PeopleKeys, kept: &HashMap<AccountId, Kept>) -> Result<Self, Error> {
        let (mut data_keys, mut said) = (HashMap::with_capacity(kept.len()), HashMap::with_capacity(kept.len()));
        for one in kept.values() {
            let Some(sealed_key) = &one.sealed_key else { continue };
            let field = match one.kind {
                IdentifierKind::Phone => Some("phone"),
                IdentifierKind::Email => Some("email"),
                _ => None,
            };
            if let (Some(field), Some(sealed)) = (field, &one.sealed) {
                let plain = keys.open(one.account, sealed, sealed_key)?;
                // What somebody said of a person is what another may say as well; the identifiers of two people never agree.
                let at = Timestamp(i64::MIN);
                said.insert(one.account, vec![(field.to_owned(), said_of(one.account, IDENTIFIER, at, false, plain)?)]);
            }
            data_keys.insert(one.account, keys.open_data_key(one.account, sealed_key)?);
        }
        Ok(Self { data_keys, said })
    }

    fn add(&mut self, value: profile::StoredValue) -> Result<(), Error> {
        if !FIELDS.contains(&value.field.as_str()) {
            return Ok(());
        }
        // What an erase left behind that ran at the same moment belongs to nobody.
        let Some(data_key) = self.data_keys.get(&value.account) else { return Ok(()) };
        let plain = data_key.open(&bound_to(value.account, &value.field), &value.sealed)?;
        let said = said_of(value.account, &value.source, value.at, value.verified, plain)?;
        self.said.entry(value.account).or_default().push((value.field, said));
        Ok(())
    }

    fn said(&mut self, account: AccountId) -> Vec<(String, Said)> {
        self.said.remove(&account).unwrap_or_default()
    }
}

fn said_of(account: AccountId, source: &str, at: Timestamp, verified: bool, plain: Vec<u8>) -> Result<Said, Error> {
    let value = String::from_utf8(plain)
        .map_err(|_| tallymark_store::Error::Unreadable(format!("a value of account {}", account.raw())))?;
    Ok(Said { value, account, source: source.to_owned(), at, verified })
}
