//! Searches a made-up town for people that may be one: `proposals [households]`, by default 4,000 households (about 18,000
//! people). Prints how fast, how many proposals are right, and the largest memory the process ever had.

#[path = "../../matching/tests/it/town.rs"]
mod town;

use std::collections::BTreeMap;
use std::sync::Arc;

use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, TenantId};
use tallymark_base::seal::Key;
use tallymark_base::time::SystemClock;
use tallymark_matching::{Field, Record};
use tallymark_partners::Tenant;
use tallymark_people::profile::{NewValue, put};
use tallymark_people::proposals::{self, Search};
use tallymark_people::{EvidenceRule, Identifier, IdentifierKind, MIGRATIONS, PeopleKeys, Seen, resolve};
use tallymark_store::{Context, Engine};
use tallymark_testkit::db::TestDb;

use town::Town;

type Failure = Box<dyn std::error::Error>;

/// People that are stored in one transaction.
const BATCH: usize = 100;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let households = std::env::args().nth(1).map_or(Ok(4_000), |text| text.parse())?;
    let town = Town { seed: 7, households, copies_max: 3, harm: 0.7, contacts: true, chinese: true };
    let db = TestDb::on(Engine::Sqlite, &[MIGRATIONS]).await.ok_or("tests are limited to another engine")?;
    let context = Context { clock: Arc::new(SystemClock::new()), ..db.context() };
    let tenant = Tenant {
        id: TenantId::from_raw(1 << 30),
        name: "brand".to_owned(),
        hosts: Vec::new(),
        zone: "Asia/Shanghai".to_owned(),
        secret: Key::new([1; 32]),
        rotated: None,
    };
    let keys = PeopleKeys::new(&tenant);
    let records = town.records();
    let mut who: BTreeMap<AccountId, usize> = BTreeMap::new();
    for (number, some) in records.chunks(BATCH).enumerate() {
        let accounts = store(&context, &tenant, &keys, number * BATCH, some).await?;
        who.extend(accounts.into_iter().zip(some.iter().map(|(_, person)| *person)));
    }
    let search =
        Search { people_max: proposals::PEOPLE_MAX, proposals_max: proposals::PROPOSALS_MAX, ..Search::default() };
    let found = proposals::find(&context, tenant.id, &keys, &search).await?;
    let seconds = found.seconds;
    let rate = found.people as f64 / (seconds.read + seconds.compare + seconds.write);
    println!("{} people, {} pairs compared, {rate:.0} people/s", found.people, found.pairs_compared);
    println!("read {:.2} s, compare {:.2} s, write {:.2} s", seconds.read, seconds.compare, seconds.write);
    let (mut right, mut proposed, mut before) = (0, 0, None);
    loop {
        let mut tx = context.store.read().await?;
        let page = proposals::list(&mut tx, tenant.id, None, before, proposals::PAGE_MAX).await?;
        proposed += page.items.len();
        right += page.items.iter().filter(|one| who[&one.a] == who[&one.b]).count();
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    let mut copies: BTreeMap<usize, usize> = BTreeMap::new();
    who.values().for_each(|person| *copies.entry(*person).or_default() += 1);
    let wanted: usize = copies.values().map(|count| count - 1).sum();
    let [precision, recall] = [proposed, wanted].map(|all| right as f64 / all as f64);
    println!("{proposed} proposed, precision {precision:.3}, recall {recall:.3}; peak memory {}", peak()?);
    Ok(())
}

/// Makes people known with what their records say.
async fn store(
    context: &Context,
    tenant: &Tenant,
    keys: &PeopleKeys,
    first: usize,
    records: &[(Record, usize)],
) -> Result<Vec<AccountId>, Failure> {
    let (ids, clock, entropy) = (&context.ids, &*context.clock, &*context.entropy);
    let (now, rule) = (clock.now(), EvidenceRule::ShownTogether);
    let mut cards = Vec::with_capacity(records.len());
    for number in first..first + records.len() {
        cards.push([Identifier::parse(IdentifierKind::Card, &format!("CARD{number:08}"))?]);
    }
    let seen: Vec<_> = cards.iter().map(|card| Seen { identifiers: card, at: now, rule, cause: 1 }).collect();
    let mut tx = context.store.write().await?;
    let accounts = resolve(&mut tx, tenant.id, keys, &seen, ids, clock, entropy).await?;
    let fields: Vec<_> = records.iter().map(|(record, _)| fields(record)).collect();
    let values: Vec<_> = fields
        .iter()
        .zip(&accounts)
        .flat_map(|(known, one)| {
            let account = one.account;
            let value =
                move |field, value| NewValue { account, field, value, source: "shop", at: now, verified: false };
            known.iter().map(move |(field, text)| value(*field, text))
        })
        .collect();
    put(&mut tx, tenant.id, keys, &values, now, entropy).await?;
    tx.commit().await?;
    Ok(accounts.into_iter().map(|one| one.account).collect())
}

fn fields(record: &Record) -> Vec<(&'static str, String)> {
    let value = |field| record.get(field).unwrap_or_default().to_owned();
    let all = [
        ("name", value(Field::Surname) + &value(Field::GivenName)),
        ("birthday", value(Field::DateOfBirth)),
        ("address", value(Field::AddressLine1)),
        ("phone", value(Field::Phone)),
        ("email", value(Field::Email)),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// The largest resident set of this process so far, as Linux tells it.
fn peak() -> Result<String, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: u64 = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("no VmHWM")?.trim().parse()?;
    Ok(format!("{:.0} MiB", kib as f64 / 1024.0))
}
