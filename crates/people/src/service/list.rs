//! Lists of people, who came last first, with as much of their values as the caller may see.
//!
//! A person stands where the account stands that it is named by: in a list of everybody, when that was taken in. In a list
//! of those with a tag it stands where the youngest of its accounts stands that has the tag, so it is there once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use tallymark_base::id::{AccountId, PersonId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::Tx;
use tallymark_store::keyset::{self, COUNT_MAX, Period, Span};
use utoipa::ToSchema;

use super::{privacy, profile};
use crate::rules::Account;
use crate::rules::mask::{Sight, shown, shown_identifier};
use crate::rules::profile::choose;
use crate::store::{self, evidence, list as stored};
use crate::{Error, IdentifierKind, PeopleKeys};

/// Identifiers with a value that are shown of one person.
pub const IDENTIFIERS_SHOWN: usize = 8;
/// Accounts with a tag that are looked at in one go.
const TAGGED: usize = 256;
/// What a name is called in a profile.
const NAME: &str = "name";

/// Which people are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// When they were taken in. An import of old members takes them in on the day on which it runs.
    pub period: Period,
    /// By what they were known first.
    pub first_kind: Option<IdentifierKind>,
    /// Only those with this tag; the kind is left out of account then.
    pub tag: Option<String>,
}

/// A person in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonLine {
    /// The person.
    pub person: PersonId,
    /// When the first of the accounts was seen.
    pub since: Timestamp,
    /// By what the person was known first.
    pub first_kind: IdentifierKind,
    /// The highest tier of the accounts; 0 is the lowest.
    pub tier: u8,
    /// How many accounts the person has.
    pub accounts: u64,
    /// By what the person is known whose value is kept, the oldest first, 8 at most.
    pub identifiers: Vec<ListedIdentifier>,
    /// The name, as much of it as the caller may see.
    pub name: Option<String>,
    /// Tags that are not over, by name.
    pub tags: Vec<String>,
    /// Whether the person was erased.
    pub erased: bool,
    /// The account by which the person stands in this list.
    #[serde(skip)]
    pub stands_at: AccountId,
}

/// An identifier in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ListedIdentifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// As much of it as the caller may see.
    pub value: Option<String>,
}

/// Where a page begins: accounts by which people stand in the list ([`PersonLine::stands_at`]).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// After this one, towards those who came earlier.
    pub after: Option<AccountId>,
    /// Before this one, towards those who came later.
    pub before: Option<AccountId>,
}

/// A page of people, at most `limit`.
pub async fn page(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    (filter, sight): (&Filter, Sight),
    (place, limit): (Place, usize),
    now: Timestamp,
) -> Result<Vec<PersonLine>, Error> {
    let span = Span::new(&filter.period, place.after.map(AccountId::raw), place.before.map(AccountId::raw), limit);
    let places = match &filter.tag {
        Some(tag) => with_tag(tx, tenant, (tag, now), span).await?,
        None => keyset::ids(tx, tenant, &stored::BY_KIND, &kinds(filter), span)
            .await?
            .into_iter()
            .map(|id| (AccountId::from_raw(id), PersonId::from_raw(id)))
            .collect(),
    };
    lines(tx, tenant, keys, (&places, sight), now).await
}

/// How many people there are, up to [`COUNT_MAX`]; one more stands for all beyond.
pub async fn count(tx: &mut Tx, tenant: TenantId, filter: &Filter, now: Timestamp) -> Result<i64, Error> {
    let Some(tag) = &filter.tag else {
        return Ok(keyset::count(tx, tenant, &stored::BY_KIND, &kinds(filter), &filter.period).await?);
    };
    // People with several accounts that have the tag are looked at several times, so more accounts are.
    let limit = usize::try_from(2 * COUNT_MAX).unwrap_or(usize::MAX);
    let span = Span::new(&filter.period, None, None, limit);
    let (counted, has_more) = stored::count_tagged(tx, tenant, (tag, now), span).await?;
    Ok(if has_more { COUNT_MAX + 1 } else { counted })
}

/// The accounts of people, each with the person as it was asked for. Who is unknown has none.
pub async fn accounts_of(
    tx: &mut Tx,
    tenant: TenantId,
    people: &[PersonId],
) -> Result<Vec<(AccountId, PersonId)>, Error> {
    let heads: Vec<AccountId> = people.iter().map(|person| AccountId::from_raw(person.raw())).collect();
    let found = evidence::accounts(tx, tenant, &heads).await?;
    let joined: BTreeSet<PersonId> = found.iter().filter(|one| one.merges > 0).map(|one| one.person).collect();
    let members = store::members(tx, tenant, joined.into_iter()).await?;
    let mut all = Vec::new();
    // Whoever asks by a number that a person had before it was joined means the person that it is.
    for head in &found {
        let asked = PersonId::from_raw(head.id.raw());
        let own = members.iter().filter(|one| one.person == head.person).map(|one| one.id);
        let own: BTreeSet<AccountId> = own.chain([head.id]).collect();
        all.extend(own.into_iter().map(|account| (account, asked)));
    }
    Ok(all)
}

fn kinds(filter: &Filter) -> Vec<[i64; 1]> {
    let wanted = IdentifierKind::ALL.into_iter().filter(|kind| filter.first_kind.is_none_or(|wanted| wanted == *kind));
    wanted.map(|kind| [i64::from(kind.number())]).collect()
}

/// People with a tag, newest first, each with the youngest of its accounts that has it.
async fn with_tag(
    tx: &mut Tx,
    tenant: TenantId,
    (tag, now): (&str, Timestamp),
    span: Span,
) -> Result<Vec<(AccountId, PersonId)>, Error> {
    let mut found = Vec::new();
    let mut rest = Span { limit: TAGGED.max(span.limit), ..span };
    loop {
        let accounts = stored::tagged(tx, tenant, (tag, now), rest).await?;
        let standing = standing(tx, tenant, (tag, now), &accounts).await?;
        found.extend(accounts.iter().filter_map(|account| Some((*account, *standing.get(account)?))));
        match accounts.last() {
            Some(last) if accounts.len() == rest.limit && found.len() < span.limit => {
                if span.is_from_oldest {
                    rest.above = last.raw()
                } else {
                    rest.below = last.raw()
                }
            }
            _ => break,
        }
    }
    found.truncate(span.limit);
    if span.is_from_oldest {
        found.reverse();
    }
    Ok(found)
}

/// Those of the accounts with a tag that are the youngest of their person which has it.
async fn standing(
    tx: &mut Tx,
    tenant: TenantId,
    (tag, now): (&str, Timestamp),
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, PersonId>, Error> {
    let loaded = evidence::accounts(tx, tenant, accounts).await?;
    let joined: BTreeSet<PersonId> = loaded.iter().filter(|one| one.merges > 0).map(|one| one.person).collect();
    let members = store::members(tx, tenant, joined.into_iter()).await?;
    let ids: Vec<AccountId> = members.iter().map(|one| one.id).collect();
    let tagged = store::tags::of_accounts(tx, tenant, &ids, now).await?;
    let tagged: BTreeSet<AccountId> = tagged.into_iter().filter(|one| one.tag == tag).map(|one| one.account).collect();
    let mut youngest: HashMap<PersonId, AccountId> = HashMap::new();
    for one in members.iter().filter(|one| tagged.contains(&one.id)).chain(&loaded) {
        let known = youngest.entry(one.person).or_insert(one.id);
        *known = (*known).max(one.id);
    }
    let is_standing = |one: &&Account| youngest.get(&one.person) == Some(&one.id);
    Ok(loaded.iter().filter(is_standing).map(|one| (one.id, one.person)).collect())
}

/// People as a list shows them, in the order given.
async fn lines(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    (places, sight): (&[(AccountId, PersonId)], Sight),
    now: Timestamp,
) -> Result<Vec<PersonLine>, Error> {
    let heads: Vec<AccountId> = places.iter().map(|(_, person)| AccountId::from_raw(person.raw())).collect();
    let mut all: BTreeMap<AccountId, Account> =
        evidence::accounts(tx, tenant, &heads).await?.into_iter().map(|one| (one.id, one)).collect();
    let joined: Vec<PersonId> = all.values().filter(|one| one.merges > 0).map(|one| one.person).collect();
    all.extend(store::members(tx, tenant, joined.into_iter()).await?.into_iter().map(|one| (one.id, one)));
    let ids: Vec<AccountId> = all.keys().copied().collect();
    let mut lines: HashMap<PersonId, PersonLine> = HashMap::with_capacity(places.len());
    // The accounts come in their order, and the oldest gives the person its name.
    for account in all.values() {
        let line = lines.entry(account.person).or_insert_with(|| new_line(account));
        line.accounts += 1;
        line.tier = line.tier.max(account.tier);
        line.since = line.since.min(account.created_at);
    }
    let person_of = |account: AccountId| all.get(&account).map(|one| one.person);
    for one in store::privacy::kept(tx, tenant, &ids).await? {
        let Some(line) = person_of(one.account).and_then(|person| lines.get_mut(&person)) else { continue };
        line.erased |= one.erased_at.is_some() && line.person.raw() == one.account.raw();
        if line.identifiers.len() < IDENTIFIERS_SHOWN && one.erased_at.is_none() && one.sealed.is_some() {
            // Who sees nothing needs nothing opened.
            let value = if sight == Sight::Hidden { None } else { privacy::value_of(keys, &one)? };
            let value = value.and_then(|value| shown_identifier(sight, one.kind, &value));
            line.identifiers.push(ListedIdentifier { kind: one.kind, value });
        }
    }
    if sight != Sight::Hidden {
        add_names(tx, tenant, keys, (&ids, sight), &person_of, &mut lines).await?;
    }
    for tag in store::tags::of_accounts(tx, tenant, &ids, now).await? {
        if let Some(line) = person_of(tag.account).and_then(|person| lines.get_mut(&person)) {
            line.tags.push(tag.tag);
        }
    }
    let placed = places.iter().filter_map(|(place, person)| {
        let mut line = lines.remove(person)?;
        line.tags.sort_unstable();
        line.tags.dedup();
        Some(PersonLine { stands_at: *place, ..line })
    });
    Ok(placed.collect())
}

fn new_line(account: &Account) -> PersonLine {
    PersonLine {
        person: account.person,
        since: account.created_at,
        first_kind: account.kind,
        tier: account.tier,
        accounts: 0,
        identifiers: Vec::new(),
        name: None,
        tags: Vec::new(),
        erased: false,
        stands_at: account.id,
    }
}

/// The names that count, of everybody who has one.
async fn add_names(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    (ids, sight): (&[AccountId], Sight),
    person_of: &(dyn Fn(AccountId) -> Option<PersonId> + Sync),
    lines: &mut HashMap<PersonId, PersonLine>,
) -> Result<(), Error> {
    let rank = profile::source_rank(tx, tenant).await?;
    let rank: Vec<&str> = rank.iter().map(String::as_str).collect();
    let mut said: HashMap<PersonId, Vec<_>> = HashMap::new();
    for (field, one) in profile::said_of(tx, tenant, keys, (ids, NAME)).await? {
        if let Some(person) = person_of(one.account) {
            said.entry(person).or_default().push((field, one));
        }
    }
    for (person, said) in said {
        if let (Some(line), Some(field)) = (lines.get_mut(&person), choose(said, &rank).pop()) {
            line.name = shown(sight, NAME, &field.said.value);
        }
    }
    Ok(())
}
