//! Everything that an installation keeps of a person, as JSON.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};
use tallymark_base::id::{AccountId, EventId, TenantId};
use tallymark_base::seal::Key;
use tallymark_base::{Timestamp, TypedId as _, Unit};
use tallymark_lake::Lake;
use tallymark_ledger::Book;
use tallymark_people::{PeopleKeys, Person, privacy, vault};
use tallymark_store::Context;
use tallymark_web::Problem;

use crate::timeline::{EVENTS_MAX, Happened, SPAN_MAX, Stretch, timeline};

/// Events that are handed out: what a person did within the years that are looked back.
const EXPORTED_MAX: usize = 10_000;
/// How many years are looked back.
const YEARS: u64 = 10;

/// Everything that is kept of a person: identifiers, profile, consents and evidence (`people`), what the accounts own
/// (`wallets`), and every event that names one of them, the latest first (`events`), what is sealed in it opened. Personal:
/// whoever hands it out writes down to whom. `complete` is false where there are more than 10,000 events, or where the
/// server has no lake to read them from.
///
/// # Errors
/// Of the database and the lake.
pub async fn everything(
    context: &Context,
    lake: Option<&Lake>,
    tenant: TenantId,
    keys: &PeopleKeys,
    person: &Person,
) -> Result<Value, Problem> {
    let mut tx = context.store.read().await?;
    let people = privacy::export(&mut tx, tenant, keys, &person.accounts).await?;
    let owners: Vec<i64> = person.accounts.iter().map(|account| account.raw()).collect();
    let mut wallets = Vec::new();
    for unit in [Unit::CNY, Unit::POINTS] {
        let mut found: Vec<_> =
            tallymark_ledger::balances(&mut tx, tenant, &owners, Book::Wallet, unit).await?.into_iter().collect();
        found.sort_unstable_by_key(|(owner, _)| *owner);
        wallets.extend(found.into_iter().map(|(owner, sums)| {
            json!({ "account": AccountId::from_raw(owner), "unit": unit.name(), "available": sums.available(),
                    "came_in": sums.credits, "went_out": sums.debits })
        }));
    }
    let accounts: BTreeSet<AccountId> = person.accounts.iter().copied().collect();
    let data_keys = vault::stored_keys(&mut tx, tenant, keys, &accounts).await?;
    tx.commit().await?;
    let (events, is_complete) = events(context, lake, tenant, person, &data_keys).await?;
    Ok(json!({
        "person": person.id,
        "since": person.since,
        "tier": person.tier,
        "exported_at": context.clock.now(),
        "people": people,
        "wallets": wallets,
        "events": events,
        "complete": is_complete,
    }))
}

/// Every event, year by year.
async fn events(
    context: &Context,
    lake: Option<&Lake>,
    tenant: TenantId,
    person: &Person,
    keys: &HashMap<AccountId, Key>,
) -> Result<(Vec<Value>, bool), Problem> {
    if lake.is_none() {
        return Ok((Vec::new(), false));
    }
    let year = SPAN_MAX.as_micros() as i64;
    let now = context.clock.now();
    let first = Timestamp(person.since.0.min(now.0).max(now.0 - year * YEARS as i64) - year);
    // What was believed to be a little ahead is in it as well.
    let (mut before, mut all) = (Timestamp(now.0 + Timestamp::DAY), Vec::new());
    while before > first && all.len() < EXPORTED_MAX {
        let since = Timestamp(first.0.max(before.0 - year));
        let stretch = Stretch { since, before, limit: EVENTS_MAX };
        let (some, has_more) = timeline(context, lake, tenant, &person.accounts, stretch).await?;
        before = match some.last().filter(|_| has_more).and_then(|last| last.at.parse::<Timestamp>().ok()) {
            // Events of the same moment stand in the next page again, and are told once.
            Some(last) => Timestamp((last.0 + 1).min(before.0 - 1)),
            None => since,
        };
        all.extend(some);
    }
    let mut told = BTreeSet::new();
    all.retain(|happened: &Happened| told.insert(happened.id.clone()));
    let is_complete = before <= first && person.since.0 >= first.0;
    Ok((all.into_iter().map(|happened| opened(happened, keys)).collect(), is_complete))
}

/// An event with what is sealed in it, where its account still has a key.
fn opened(happened: Happened, keys: &HashMap<AccountId, Key>) -> Value {
    let mut event = json!(happened);
    let sealed = event["data"].as_object_mut().and_then(|data| data.remove("sealed"));
    let parts = || {
        let id: EventId = EventId::from_raw(happened.id.parse().ok()?);
        let key = keys.get(&happened.account.parse().ok()?)?;
        tallymark_intake::privacy::opened(id, sealed.as_ref()?.as_str()?, key)
    };
    if let Some(opened) = parts() {
        event["personal"] = opened;
    }
    event
}
