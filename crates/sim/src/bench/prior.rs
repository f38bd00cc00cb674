//! Ten million scans of the past, in minutes instead of hours: the server decides a few hundred real ones, and SQL makes
//! the rest like them, row for row in every table that a scan writes. The people are real to the server (their blind
//! indexes are computed), the codes are those of every second item, the balances are the sums of all transfers, and
//! `tallymark verify` finds nothing: every decision names its own code and account, and its draws are those of a real one.
//! What the past does not have: the outbox, whose rows leave it within minutes.

use tallymark_base::TypedId as _;
use tallymark_base::id::TenantId;
use tallymark_base::seal::Key;
use tallymark_people::{Identifier, IdentifierKind, PeopleKeys};
use tallymark_store::{Options, Row, Rows, Store, Tx, Value};

use crate::failure::{Context as _, Failure, Result};
use crate::load::device_value;
use crate::{random, stopwatch};

/// The digits of an id's text (Crockford's base 32).
const DIGITS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How far back the past reaches: less than the seven days for which a server remembers requests, so that all of them
/// are there.
const DAYS: u64 = 6;
/// One transaction of scans.
const SCANS_AT_ONCE: u64 = 50_000;
/// Milliseconds of an id's zero: 2024-01-01.
const ID_EPOCH_MS: u64 = 1_704_067_200_000;
/// Bits of an id below its milliseconds.
const ID_BITS_BELOW_MS: u32 = 22;
const SALT_KEYS: u64 = 0x6B65_7973;

/// What the past is about.
#[derive(Debug)]
pub(crate) struct Past<'a> {
    /// The database.
    pub(crate) database: &'a str,
    /// The text of its master key.
    pub(crate) master_key: &'a str,
    /// Whose scans.
    pub(crate) tenant: TenantId,
    /// How many scans: a multiple of ten.
    pub(crate) scans: u64,
}

impl Past<'_> {
    /// How many people scanned; each scanned 3.3 times. Their devices have the numbers 0 up to here.
    pub(crate) const fn people(&self) -> u64 {
        self.scans / 10 * 3
    }

    /// How many codes were used: those of the items 0, 2, 4 …
    pub(crate) const fn codes(&self) -> u64 {
        self.scans / 10 * 7
    }
}

/// How the numbers of the past go up.
struct Steps {
    scan_id: (i64, i64),
    account: (i64, i64),
    at: (i64, i64),
    account_at: (i64, i64),
    people: i64,
    sample: Sample,
}

/// The real scans.
#[derive(Clone, Copy)]
struct Sample {
    scans: i64,
    /// Those that opened their code.
    opened: i64,
    /// The tenant-wide index of item 0.
    first_index: i64,
}

impl Steps {
    fn new(past: &Past<'_>, sample: Sample) -> Result<Self> {
        let now_ms = u64::try_from(stopwatch::now().as_millisecond())?;
        let span_ms = DAYS * 86_400_000;
        let start_ms = now_ms - span_ms - 3_600_000;
        let id_of = |ms: u64| ms << ID_BITS_BELOW_MS;
        let step_ms = |count: u64| (span_ms / count).max(1);
        let (scan_ms, account_ms) = (step_ms(past.scans), step_ms(past.people()));
        let first_id = id_of(start_ms - ID_EPOCH_MS);
        let number = |value: u64| i64::try_from(value);
        Ok(Self {
            scan_id: (number(first_id)?, number(id_of(scan_ms))?),
            // The lowest bit keeps accounts and scans of one millisecond apart.
            account: (number(first_id + 1)?, number(id_of(account_ms))?),
            at: (number(start_ms * 1000)?, number(scan_ms * 1000)?),
            account_at: (number(start_ms * 1000)?, number(account_ms * 1000)?),
            people: number(past.people())?,
            sample,
        })
    }

    /// The parameters $1 to $13 of `scans.sql` and its like for one chunk.
    fn values(&self, past: &Past<'_>, first: u64, last: u64) -> Vec<Value> {
        let numbers = [
            first.cast_signed(),
            last.cast_signed(),
            past.tenant.raw(),
            self.scan_id.0,
            self.scan_id.1,
            self.at.0,
            self.at.1,
            self.account.0,
            self.account.1,
            self.people,
            self.sample.scans,
            self.sample.first_index,
            self.sample.opened,
        ];
        numbers.into_iter().map(Value::from).collect()
    }
}

/// Fills the database. It must hold real scans, in the mix of the bench and with new people only, and no server may run.
pub(crate) async fn fill(past: &Past<'_>) -> Result<()> {
    let store = Store::open(past.database, &Options { sqlite_cache_mib: 4096, ..Options::default() }).await?;
    let filled = fill_tables(&store, past).await;
    store.close().await;
    filled
}

async fn fill_tables(store: &Store, past: &Past<'_>) -> Result<()> {
    let mut tx = store.write().await?;
    run_all(&mut tx, include_str!("../../prior/sample.sql")).await?;
    let sample = sample(&mut tx).await?;
    tx.commit().await?;

    let steps = Steps::new(past, sample)?;
    past_scans(store, past, &steps).await?;
    past_requests(store, past, &steps).await?;
    past_people(store, past, &steps).await?;
    past_balances(store).await
}

async fn one(tx: &mut Tx, sql: &'static str, values: &[Value]) -> Result<Row> {
    tx.query_one(sql, values).await?.ok_or_else(|| Failure::new(format!("no row: {sql}")))
}

/// Makes patterns of the decisions of the real scans: what differs from scan to scan is left open.
async fn sample(tx: &mut Tx) -> Result<Sample> {
    let sql = "SELECT place, decision FROM prior_scan ORDER BY place";
    let (scans, mut first_index) = (tx.query(sql, &[]).await?, None);
    for row in &scans {
        let mut pattern = row.text(1)?;
        let decision: serde_json::Value = serde_json::from_str(&pattern)?;
        let code = &decision["code"];
        if !code.is_null() {
            let (index, serial) = (crate::client::number(code, "index")?, crate::client::number(code, "serial")?);
            first_index = first_index.or(Some(index - serial));
            pattern = replaced(&pattern, &format!("\"index\":{index}"), "\"index\":{index}")?;
            pattern = replaced(&pattern, &format!("\"serial\":{serial}"), "\"serial\":{serial}")?;
        }
        for field in ["account", "person"] {
            if let Some(id) = decision[field].as_str() {
                let (prefix, number) = id.split_once('_').ok_or_else(|| Failure::new(format!("{id} is no id")))?;
                let open = format!("\"{field}\":\"{prefix}_{{number}}\"");
                pattern = replaced(&pattern, &format!("\"{field}\":\"{prefix}_{number}\""), &open)?;
            }
        }
        let sql = "UPDATE prior_scan SET decision = $2 WHERE place = $1";
        tx.execute(sql, &[row.int(0)?.into(), pattern.into()]).await?;
    }
    let opened = one(tx, "SELECT CAST(SUM(opens) AS BIGINT) FROM prior_scan", &[]).await?.int(0)?;
    let first_index = first_index.ok_or_else(|| Failure::new("no real scan is of a code"))?;
    Ok(Sample { scans: i64::try_from(scans.len())?, opened, first_index })
}

/// The text with its one `from` replaced.
fn replaced(text: &str, from: &str, to: &str) -> Result<String> {
    match text.matches(from).count() {
        1 => Ok(text.replace(from, to)),
        times => Err(Failure::new(format!("{from} is there {times} times in {text}"))),
    }
}

async fn past_scans(store: &Store, past: &Past<'_>, steps: &Steps) -> Result<()> {
    let mut first = 0;
    while first < past.scans {
        let last = (first + SCANS_AT_ONCE).min(past.scans) - 1;
        let values = steps.values(past, first, last);
        let with = |more: &[Value]| [values.as_slice(), more].concat();
        let mut tx = store.write().await?;
        tx.execute(include_str!("../../prior/scans.sql"), &with(&[DIGITS.into()])).await?;
        tx.execute(include_str!("../../prior/transfers.sql"), &values[..11]).await?;
        // One account and moment, as after a single look.
        let recent: Vec<u8> = [steps.account.0.to_be_bytes(), steps.at.0.to_be_bytes()].concat();
        let inner_face = 2_i64;
        tx.execute(include_str!("../../prior/code_uses.sql"), &with(&[inner_face.into(), recent.into()])).await?;
        tx.commit().await?;
        first = last + 1;
        progress("scans", first, past.scans);
    }
    Ok(())
}

async fn past_requests(store: &Store, past: &Past<'_>, steps: &Steps) -> Result<()> {
    let mut first = 0;
    while first < past.scans {
        let end = (first + SCANS_AT_ONCE).min(past.scans);
        let mut rows = Rows::<5>::new();
        for n in first..end {
            let number = n.cast_signed();
            let at = steps.at.0 + number * steps.at.1;
            rows.push([
                request_key(n, at).into(),
                past.tenant.raw().into(),
                pseudo_hash(!n).into(),
                (steps.scan_id.0 + number * steps.scan_id.1).into(),
                at.into(),
            ]);
        }
        let mut tx = store.write().await?;
        tx.write_all_rows(include_str!("../../prior/requests.sql"), &[], &rows).await?;
        tx.commit().await?;
        first = end;
        progress("requests", first, past.scans);
    }
    Ok(())
}

async fn past_people(store: &Store, past: &Past<'_>, steps: &Steps) -> Result<()> {
    let mut tx = store.write().await?;
    let master = Key::from_hex(past.master_key.trim()).while_doing(|| "reading the master key".to_owned())?;
    let tenant = tallymark_partners::tenant::find(&mut tx, &master, past.tenant)
        .await?
        .ok_or_else(|| Failure::new("the tenant is not in its database"))?;
    let keys = PeopleKeys::new(&tenant);
    let mut indexes = Vec::with_capacity(past.people() as usize);
    for number in 0..past.people() {
        let value = device_value(number);
        let identifier = Identifier::parse(IdentifierKind::Device, std::str::from_utf8(&value)?)?;
        indexes.push((keys.blind_index(&identifier), number.cast_signed()));
    }
    indexes.sort_unstable();
    let device = i64::from(IdentifierKind::Device.number());
    for chunk in indexes.chunks(SCANS_AT_ONCE as usize) {
        let rows: Rows<4> = chunk
            .iter()
            .map(|(index, number)| {
                let account = steps.account.0 + number * steps.account.1;
                [(*index).into(), past.tenant.raw().into(), device.into(), account.into()]
            })
            .collect();
        tx.write_all_rows(include_str!("../../prior/identifiers.sql"), &[], &rows).await?;
    }
    let values = [
        0_i64.into(),
        (steps.people - 1).into(),
        past.tenant.raw().into(),
        steps.account.0.into(),
        steps.account.1.into(),
        steps.account_at.0.into(),
        steps.account_at.1.into(),
    ];
    tx.execute(include_str!("../../prior/source_accounts.sql"), &values).await?;
    tx.commit().await?;
    progress("people", past.people(), past.people());
    Ok(())
}

async fn past_balances(store: &Store) -> Result<()> {
    let mut tx = store.write().await?;
    run_all(&mut tx, include_str!("../../prior/balances.sql")).await?;
    tx.commit().await?;
    progress("balances", 1, 1);
    Ok(())
}

/// Runs statements that have no parameters.
async fn run_all(tx: &mut Tx, statements: &'static str) -> Result<()> {
    for statement in statements.split_terminator(";\n") {
        tx.execute(statement, &[]).await.while_doing(|| statement.to_owned())?;
    }
    Ok(())
}

/// The stored key of a request under a UUID of version 7: six bytes of time before a hash.
fn request_key(n: u64, at: i64) -> [u8; 16] {
    let mut key = pseudo_hash(n);
    key[..6].copy_from_slice(&(at / 1_000).to_be_bytes()[2..]);
    key
}

/// Sixteen bytes that are spread like a hash.
fn pseudo_hash(n: u64) -> [u8; 16] {
    let halves = [random::nth(SALT_KEYS, n), random::nth(!SALT_KEYS, n)];
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&halves[0].to_be_bytes());
    bytes[8..].copy_from_slice(&halves[1].to_be_bytes());
    bytes
}

fn progress(what: &str, done: u64, all: u64) {
    if done == all || done.is_multiple_of(1_000_000) {
        eprintln!("(past {what}: {done} of {all})");
    }
}
