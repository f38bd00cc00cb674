//! SQLite on a disk that loses power: what it promises for each setting holds, and a setting that
//! promises less is caught. Expected values come from SQLite's documentation of
//! `PRAGMA synchronous` and of its journal modes.

use std::path::Path;
use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Error, Row};
use tallymark_testkit::power::{CutReport, Power, Unsynced};

const WRITERS: i64 = 2;
/// A bound for the case that the cut never comes.
const COMMITS_MAX: i64 = 2_000;

/// How a database is run.
#[derive(Clone, Copy)]
struct Setting {
    journal: SqliteJournalMode,
    synchronous: SqliteSynchronous,
}

const WAL_FULL: Setting = Setting { journal: SqliteJournalMode::Wal, synchronous: SqliteSynchronous::Full };
const WAL_NORMAL: Setting = Setting { journal: SqliteJournalMode::Wal, synchronous: SqliteSynchronous::Normal };
const DELETE_FULL: Setting = Setting { journal: SqliteJournalMode::Delete, synchronous: SqliteSynchronous::Full };
const DELETE_EXTRA: Setting = Setting { journal: SqliteJournalMode::Delete, synchronous: SqliteSynchronous::Extra };

async fn open(file: &Path, power: &Power, setting: Setting) -> Result<SqlitePool, Error> {
    open_with(file, power, setting, WRITERS as u32).await
}

async fn open_with(file: &Path, power: &Power, setting: Setting, connections_max: u32) -> Result<SqlitePool, Error> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .vfs(power.vfs_name())
        .create_if_missing(true)
        .journal_mode(setting.journal)
        .synchronous(setting.synchronous)
        .busy_timeout(Duration::from_secs(20))
        // A checkpoint every few commits, so that many cuts fall into one.
        .pragma("wal_autocheckpoint", "12");
    SqlitePoolOptions::new()
        .max_connections(connections_max)
        // SQLite rolls back by itself after SQLITE_FULL or SQLITE_IOERR. sqlx's own ROLLBACK then
        // fails and it takes the connection to be in a transaction ever after, so that no further
        // BEGIN is let through: such a connection has to go.
        .before_acquire(|connection, _| {
            let stuck = connection.is_in_transaction();
            Box::pin(async move { Ok(!stuck) })
        })
        .connect_with(options)
        .await
}

async fn create_tables(pool: &SqlitePool) -> Result<(), Error> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    for table in ["debit", "credit"] {
        let create = format!("CREATE TABLE {table} (id INTEGER PRIMARY KEY, memo TEXT NOT NULL)");
        sqlx::query(sqlx::AssertSqlSafe(create)).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

/// Writes one row into each of two tables in one transaction.
async fn post(pool: &SqlitePool, id: i64) -> Result<(), Error> {
    // From a part of a page to several pages, with overflow pages.
    let memo = format!("{id};").repeat(1 + (id as usize * 37) % 2_000);
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    for insert in ["INSERT INTO debit (id, memo) VALUES (?, ?)", "INSERT INTO credit (id, memo) VALUES (?, ?)"] {
        sqlx::query(insert).bind(id).bind(&memo).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

/// Posts until the power is gone; the ids whose commit was acknowledged.
async fn post_until_dark(pool: SqlitePool, power: Power, writer: i64) -> Vec<i64> {
    let mut acknowledged = Vec::new();
    for id in (0..COMMITS_MAX).map(|n| n * WRITERS + writer) {
        match post(&pool, id).await {
            Ok(()) => acknowledged.push(id),
            Err(_) if power.is_off() => break,
            Err(error) => panic!("commit {id} failed on a healthy disk: {error}"),
        }
    }
    acknowledged
}

/// What the writers were told before the lights went out.
#[derive(Default)]
struct Acknowledged {
    tables: bool,
    ids: Vec<i64>,
}

/// When the power goes off.
#[derive(Clone, Copy)]
enum Moment {
    /// In front of an operation on the disk.
    Operation(u64),
    /// From another thread, at any instruction.
    Microseconds(u64),
}

async fn work(file: &Path, power: Power, setting: Setting) -> Acknowledged {
    let mut acknowledged = Acknowledged::default();
    let start = async {
        let pool = open(file, &power, setting).await?;
        create_tables(&pool).await?;
        Ok::<_, Error>(pool)
    };
    let pool = match start.await {
        Ok(pool) => pool,
        Err(_) if power.is_off() => return acknowledged,
        Err(error) => panic!("the start failed on a healthy disk: {error}"),
    };
    acknowledged.tables = true;
    let writers: Vec<_> =
        (0..WRITERS).map(|writer| tokio::spawn(post_until_dark(pool.clone(), power, writer))).collect();
    for writer in writers {
        acknowledged.ids.extend(writer.await.expect("a writer ends without panic"));
    }
    acknowledged
}

/// Runs writers into a cut, reboots, checks that the database is whole, and returns how many
/// postings were acknowledged, how many acknowledged transactions are gone, and what the cut did.
async fn cut_and_count_losses(setting: Setting, seed: u64) -> (u64, u64, CutReport) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let unsynced = if rng.random_bool(0.5) { Unsynced::DropAll } else { Unsynced::KeepRandomSectors };
    let moment = if rng.random_bool(0.5) {
        Moment::Operation(rng.random_range(0..800))
    } else {
        Moment::Microseconds(rng.random_range(0..60_000))
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("store.sqlite");
    let power = Power::register();
    let switch = match moment {
        Moment::Operation(operation) => {
            power.cut_after(operation, unsynced, seed);
            None
        }
        Moment::Microseconds(wait_us) => Some(std::thread::spawn(move || {
            std::thread::sleep(Duration::from_micros(wait_us));
            power.cut(unsynced, seed).expect("the image is written");
        })),
    };
    let acknowledged = work(&file, power, setting).await;
    if let Some(switch) = switch {
        switch.join().expect("the switch works");
    }
    assert!(power.is_off(), "seed {seed}: the writers ended before the cut");
    let report = power.cut(unsynced, seed).expect("the image is written");
    let losses = losses_after_reboot(&file, setting, &acknowledged, seed).await;
    (acknowledged.ids.len() as u64, losses, report)
}

async fn losses_after_reboot(file: &Path, setting: Setting, acknowledged: &Acknowledged, seed: u64) -> u64 {
    let pool = open(file, &Power::register(), setting).await.expect("the database opens");
    let verdict: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&pool).await.expect("it is checked");
    assert_eq!(verdict, "ok", "seed {seed}");
    let tables: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table'")
        .fetch_one(&pool)
        .await
        .expect("the schema is read");
    assert!(tables == 0 || tables == 2, "seed {seed}: half of the schema is there");
    if tables == 0 {
        return u64::from(acknowledged.tables) + acknowledged.ids.len() as u64;
    }
    let debit = rows(&pool, "SELECT id, memo FROM debit ORDER BY id").await;
    let credit = rows(&pool, "SELECT id, memo FROM credit ORDER BY id").await;
    assert_eq!(debit, credit, "seed {seed}: a transaction is there by half");
    let absent = |id: &&i64| debit.binary_search_by_key(id, |(id, _)| id).is_err();
    acknowledged.ids.iter().filter(absent).count() as u64
}

async fn rows(pool: &SqlitePool, select: &'static str) -> Vec<(i64, String)> {
    let rows = sqlx::query(select).fetch_all(pool).await.expect("the rows are read");
    rows.iter().map(|row| (row.get("id"), row.get("memo"))).collect()
}

/// The sum over many cuts.
#[derive(Default, Debug)]
struct Tally {
    cuts_with_losses: u64,
    acknowledged: u64,
    losses: u64,
    sectors_lost: u64,
    files_returned: u64,
}

async fn tally(setting: Setting, seeds: std::ops::Range<u64>) -> Tally {
    let mut tally = Tally::default();
    for seed in seeds {
        let (acknowledged, losses, report) = cut_and_count_losses(setting, seed).await;
        tally.cuts_with_losses += u64::from(losses > 0);
        tally.acknowledged += acknowledged;
        tally.losses += losses;
        tally.sectors_lost += report.lost_sectors;
        tally.files_returned += report.files_returned;
    }
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_200_power_cuts_nothing_acknowledged_is_lost() {
    let tally = tally(WAL_FULL, 0..200).await;
    println!("{tally:?}");
    assert_eq!(tally.losses, 0, "{tally:?}");
    assert!(tally.sectors_lost > 0, "no cut hit anything: {tally:?}");
}

/// The proof that the test above can fail: a WAL that is synced at checkpoints only loses commits,
/// though it stays whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn synchronous_normal_is_caught_losing_what_it_acknowledged() {
    let tally = tally(WAL_NORMAL, 0..200).await;
    println!("{tally:?}");
    assert!(tally.losses > 0, "{tally:?}");
}

/// SQLite: EXTRA syncs the directory after it deleted the journal, which is what commits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_journal_with_synchronous_extra_loses_nothing() {
    let tally = tally(DELETE_EXTRA, 0..60).await;
    println!("{tally:?}");
    assert_eq!(tally.losses, 0, "{tally:?}");
}

/// SQLite: with FULL "the journal file might reappear" after power loss and roll the commit back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_journal_that_reappears_is_caught_rolling_back_a_commit() {
    let tally = tally(DELETE_FULL, 0..60).await;
    println!("{tally:?}");
    assert!(tally.files_returned > 0 && tally.losses > 0, "{tally:?}");
}

fn sqlite_code(error: &Error) -> Option<u32> {
    error.as_database_error()?.code()?.parse().ok()
}

#[tokio::test]
async fn a_full_disk_refuses_the_transaction_whole_and_takes_it_once_there_is_room() {
    const SQLITE_FULL: u32 = 13;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("store.sqlite");
    let power = Power::register();
    let pool = open(&file, &power, WAL_FULL).await.expect("the database opens");
    create_tables(&pool).await.expect("there is room");
    let mut acknowledged = Acknowledged { tables: true, ids: Vec::new() };

    power.fill_disk(true);
    let mut id = 0;
    let refusal = loop {
        match post(&pool, id).await {
            Ok(()) => acknowledged.ids.push(id),
            Err(error) => break error,
        }
        id += 1;
        assert!(id < COMMITS_MAX, "the disk never fills up");
    };
    assert_eq!(sqlite_code(&refusal), Some(SQLITE_FULL), "{refusal}");
    let debit = rows(&pool, "SELECT id, memo FROM debit ORDER BY id").await;
    let credit = rows(&pool, "SELECT id, memo FROM credit ORDER BY id").await;
    assert_eq!(debit, credit);
    assert_eq!(debit.len(), acknowledged.ids.len());

    power.fill_disk(false);
    post(&pool, id).await.expect("there is room again");
    acknowledged.ids.push(id);
    power.cut(Unsynced::DropAll, 0).expect("the image is written");
    assert_eq!(losses_after_reboot(&file, WAL_FULL, &acknowledged, 0).await, 0);
}

#[tokio::test]
async fn a_commit_whose_sync_fails_is_not_acknowledged() {
    const SQLITE_IOERR_FSYNC: u32 = 1034;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("store.sqlite");
    let power = Power::register();
    let pool = open(&file, &power, WAL_FULL).await.expect("the database opens");
    create_tables(&pool).await.expect("the disk is healthy");

    power.fail_sync(true);
    let refusal = post(&pool, 1).await.expect_err("the sync fails");
    assert_eq!(sqlite_code(&refusal), Some(SQLITE_IOERR_FSYNC), "{refusal}");
    assert_eq!(rows(&pool, "SELECT id, memo FROM debit").await, []);

    power.fail_sync(false);
    post(&pool, 2).await.expect("the disk is healthy again");
    power.cut(Unsynced::DropAll, 0).expect("the image is written");
    let acknowledged = Acknowledged { tables: true, ids: vec![2] };
    assert_eq!(losses_after_reboot(&file, WAL_FULL, &acknowledged, 0).await, 0);
}

#[tokio::test]
async fn connections_that_outlive_the_cut_cannot_touch_the_image() {
    const SQLITE_IOERR: u32 = 10;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("store.sqlite");
    let power = Power::register();
    let old = open(&file, &power, WAL_FULL).await.expect("the database opens");
    create_tables(&old).await.expect("there is power");
    post(&old, 1).await.expect("there is power");
    let held = old.begin_with("BEGIN IMMEDIATE").await.expect("there is power");
    power.cut(Unsynced::KeepRandomSectors, 3).expect("the image is written");

    let new = open(&file, &Power::register(), WAL_FULL).await.expect("the image opens");
    post(&new, 2).await.expect("the lock of the old connection is gone");
    let refusal = post(&old, 3).await.expect_err("there is no power");
    assert_eq!(sqlite_code(&refusal).map(|code| code & 0xff), Some(SQLITE_IOERR), "{refusal}");
    drop(held);
    old.close().await;
    post(&new, 4).await.expect("the closing of the old connections goes unnoticed");
    let ids: Vec<i64> =
        rows(&new, "SELECT id, memo FROM debit ORDER BY id").await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [1, 2, 4]);
}

#[tokio::test]
async fn the_same_work_on_one_connection_is_the_same_number_of_operations() {
    let mut counts = Vec::new();
    for _ in 0..2 {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let power = Power::register();
        let file = folder.path().join("store.sqlite");
        // A connection goes back to the pool in a task of its own: a pool that may open a second
        // one does so whenever the next commit asks sooner.
        let pool = open_with(&file, &power, WAL_FULL, 1).await.expect("the database opens");
        create_tables(&pool).await.expect("there is power");
        for id in 0..20 {
            post(&pool, id).await.expect("there is power");
        }
        pool.close().await;
        counts.push(power.operations());
    }
    assert!(counts[0] > 20, "{counts:?}");
    assert_eq!(counts[0], counts[1]);
}
