//! Power loss and full disks, under the store as the product opens it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tallymark_store::{Error, Migrations, Options, Store};
use tallymark_testkit::power::{Power, Unsynced};

const PROBE: Migrations = Migrations {
    owner: "probe",
    steps: &[(
        "0001_probe",
        "CREATE TABLE probe_one (a {id} PRIMARY KEY, b TEXT NOT NULL); CREATE TABLE probe_two (a {id} PRIMARY KEY);",
    )],
};

async fn open(power: &Power, url: &str, forgetful: bool) -> Store {
    let options = Options {
        sqlite_vfs: Some(power.vfs_name().to_owned()),
        sqlite_unsafe_for_test: forgetful,
        ..Options::default()
    };
    let store = Store::open(url, &options).await.unwrap();
    store.migrate(&[PROBE]).await.unwrap();
    store
}

/// Writes one row into each of two tables.
async fn write(store: &Store, number: i64) -> Result<(), Error> {
    let mut tx = store.write().await?;
    tx.execute("INSERT INTO probe_one (a, b) VALUES ($1, $2)", &[number.into(), "x".repeat(300).into()]).await?;
    tx.execute("INSERT INTO probe_two (a) VALUES ($1)", &[number.into()]).await?;
    tx.commit().await
}

/// Cuts the power while commits run; gives how many acknowledged ones are missing afterwards.
async fn lost_by_a_cut(seed: u64, forgetful: bool) -> i64 {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("cut.sqlite").display());
    let power = Power::register();
    let store = open(&power, &url, forgetful).await;
    let acknowledged = Arc::new(AtomicI64::new(0));
    let how = if seed.is_multiple_of(2) { Unsynced::DropAll } else { Unsynced::KeepRandomSectors };
    power.cut_after(seed % 97, how, seed);
    for number in 1..200 {
        if write(&store, number).await.is_err() {
            break;
        }
        acknowledged.store(number, Ordering::SeqCst);
    }
    power.cut(how, seed).unwrap();
    drop(store);

    let store = open(&Power::register(), &url, false).await;
    let mut tx = store.read().await.unwrap();
    let count = tx.query_one("SELECT COUNT(*) FROM probe_one", &[]).await.unwrap().unwrap().int(0).unwrap();
    let twins = "SELECT COUNT(*) FROM probe_one JOIN probe_two ON probe_two.a = probe_one.a";
    assert_eq!(tx.query_one(twins, &[]).await.unwrap().unwrap().int(0).unwrap(), count, "half a transaction");
    drop(tx);
    store.close().await;
    (acknowledged.load(Ordering::SeqCst) - count).max(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn power_two_hundred_cuts_lose_nothing_acknowledged() {
    for seed in 0..200 {
        assert_eq!(lost_by_a_cut(seed, false).await, 0, "seed {seed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn power_the_test_notices_a_forgetful_setting() {
    let mut lost = 0;
    for seed in 0..60 {
        lost += lost_by_a_cut(seed, true).await;
    }
    assert!(lost > 0, "with synchronous=NORMAL acknowledged commits are lost; if none was, the cuts prove nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn power_a_full_disk_refuses_whole_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("full.sqlite").display());
    let power = Power::register();
    let store = open(&power, &url, false).await;
    write(&store, 1).await.unwrap();
    power.fill_disk(true);
    let mut refused = 0;
    for number in 2..40 {
        refused += i64::from(matches!(write(&store, number).await, Err(Error::Full)));
    }
    assert!(refused > 0);
    power.fill_disk(false);
    write(&store, 1_000).await.expect("there is room again");
    let mut tx = store.read().await.unwrap();
    let twins =
        "SELECT COUNT(*) FROM probe_one LEFT JOIN probe_two ON probe_two.a = probe_one.a WHERE probe_two.a IS NULL";
    assert_eq!(tx.query_one(twins, &[]).await.unwrap().unwrap().int(0).unwrap(), 0);
}
