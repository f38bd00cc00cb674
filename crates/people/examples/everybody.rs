//! Decides everybody of a made-up tenant in a SQLite database: `everybody [accounts] [threads]`, by default 2,000,000
//! accounts and 2 threads. Prints the seconds of each part: when nobody was decided yet, when nothing differs, and what
//! another policy would change; and the largest memory the process ever had.
//!
//! Accounts are numbered at random, as they are when the identifiers of a person turn up over years. A person has a phone,
//! two openids, a device and a card; there are six pairs for five accounts. One person in four lent the card to another.

use std::num::NonZeroUsize;
use std::sync::Arc;

use tallymark_base::TypedId as _;
use tallymark_base::id::TenantId;
use tallymark_base::time::SystemClock;
use tallymark_people::everybody::{Preview, Seconds, rebuild};
use tallymark_people::{IdentifierKind, MIGRATIONS, policy, standard_policy};
use tallymark_store::{Context, Engine, Rows, Store};
use tallymark_testkit::db::{TestDb, start};

const KINDS: [IdentifierKind; 5] = [
    IdentifierKind::Phone,
    IdentifierKind::WechatOpenid,
    IdentifierKind::WechatOpenid,
    IdentifierKind::Device,
    IdentifierKind::Card,
];
const LINKS: [(u64, u64); 6] = [(0, 1), (0, 3), (1, 3), (0, 2), (0, 4), (1, 4)];
/// Persons that are stored in one transaction.
const PERSONS: u64 = 4_096;
const PARTS: u64 = KINDS.len() as u64;
const TENANT: i64 = 1 << 30;
/// The Mersenne prime 2^61 - 1: it has no divisor in common with any number of accounts.
const STRIDE: u64 = (1 << 61) - 1;
const YEARS_3_US: u64 = 3 * 365 * 86_400 * 1_000_000;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let accounts: u64 = arguments.next().map_or(Ok(2_000_000), |text| text.parse())?;
    let threads: NonZeroUsize =
        arguments.next().map_or(Ok(NonZeroUsize::MIN.saturating_add(1)), |text| text.parse())?;
    let db = TestDb::on(Engine::Sqlite, &[MIGRATIONS]).await.ok_or("tests are limited to another engine")?;
    let context = Context { clock: Arc::new(SystemClock::new()), ..db.context() };
    let tenant = TenantId::from_raw(TENANT);
    let persons = accounts / PARTS;
    for first in (0..persons).step_by(PERSONS as usize) {
        store(&context.store, first..(first + PERSONS).min(persons), persons).await?;
    }

    let first = rebuild(&context, tenant, standard_policy(), threads).await?;
    println!("{} accounts, {} pairs, {threads} threads", first.accounts, first.evidence);
    println!("{} persons, {} contested pairs", first.persons, first.contested);
    println!("nobody decided yet: {}; {} persons written", told(&first.seconds), first.changed_persons);
    let second = rebuild(&context, tenant, standard_policy(), threads).await?;
    println!("nothing differs: {}; unchanged: {}", told(&second.seconds), second.is_unchanged());
    println!("peak memory: {}", peak()?);

    let one_phone = policy::parse(r#"{"kinds": {"phone": {"per_person": 1}}}"#)?;
    let preview = Preview::of(&context, tenant, &one_phone, threads).await?;
    let told_so = preview.dry_run();
    println!("one phone a person: {}", told(&told_so.seconds));
    let (changes, moved) = (preview.changed().count(), told_so.moved);
    println!("{changes} changes, {} persons split, {} merged, {moved} accounts moved", told_so.split, told_so.merged);
    Ok(())
}

/// Stores persons with their evidence as nobody decided it.
async fn store(store: &Store, some: std::ops::Range<u64>, persons: u64) -> Result<(), Failure> {
    let mut accounts: Rows<8> = Rows::new();
    let mut evidence: Rows<5> = Rows::new();
    let key = |person: u64, part: u64| key(person * PARTS + part, persons * PARTS);
    for person in some {
        for (part, kind) in (0_u64..).zip(KINDS) {
            let (id, kind_number) = (key(person, part), i64::from(kind.number()));
            let scope = if kind.is_scoped() { 1 + (random(person, 2) + part * 3) % 8 } else { 0 };
            let stable = random(person * PARTS + part, 3);
            // A device is seen with the phone and an openid.
            let neighbours = if kind == IdentifierKind::Device { 2 } else { 0 };
            let row = [id, TENANT, kind_number, id, start().0, scope.cast_signed(), stable.cast_signed(), neighbours];
            accounts.push(row.map(Into::into));
        }
        let borrower = random(person, 4) % persons;
        let lent = (person % 4 == 0 && borrower != person).then(|| (key(person, 4), key(borrower, 0)));
        let own = LINKS.iter().map(|(a, b)| (key(person, *a), key(person, *b)));
        for (place, (a, b)) in (0..).zip(own.chain(lent)) {
            let at = start().0 + (random(person * 8 + place, 5) % YEARS_3_US).cast_signed();
            evidence.push([a.min(b), a.max(b), TENANT, at, person.cast_signed()].map(Into::into));
        }
    }
    let mut tx = store.write().await?;
    let sql = "WITH v(id, tenant, kind, person, at, scope, stable, neighbours) AS (VALUES …)
               INSERT INTO source_account
                      (account_id, tenant_id, kind, person_id, merges, tier, created_at, scope, stable, neighbours)
               SELECT id, tenant, kind, person, 0, 0, at, scope, stable, neighbours FROM v";
    tx.write_all_rows(sql, &[], &accounts).await?;
    let sql = "WITH v(a, b, tenant, at, cause) AS (VALUES …)
               INSERT INTO identity_link (account_a, account_b, tenant_id, at, rule, cause_id, merged, retracted)
               SELECT a, b, tenant, at, 2, cause, 0, 0 FROM v";
    tx.write_all_rows(sql, &[], &evidence).await?;
    Ok(tx.commit().await?)
}

/// The number of an account: in no order of persons, and not dense.
const fn key(place: u64, accounts: u64) -> i64 {
    let number = (place as u128 * STRIDE as u128 % accounts as u128) as i64;
    (1 << 50) + number * 4_096
}

/// Numbers without a pattern: SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
fn random(number: u64, purpose: u64) -> u64 {
    let number = (number ^ purpose << 56).wrapping_add(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ number >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ number >> 31
}

fn told(seconds: &Seconds) -> String {
    let Seconds { load, order, join, compare, write } = seconds;
    format!("load {load:.2} s, order {order:.2} s, join {join:.2} s, compare {compare:.2} s, write {write:.2} s")
}

/// The largest resident set of this process so far, as Linux tells it.
fn peak() -> Result<String, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: u64 = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("no VmHWM")?.trim().parse()?;
    Ok(format!("{:.3} GiB", kib as f64 / f64::from(1 << 20)))
}
