//! The database goes away, the disk fills, the power fails: nothing half-done, nothing acknowledged and lost.

use std::sync::Arc;
use std::time::Duration;

use tallymark_scan::{ALL_MIGRATIONS, Error, Options, Scanner, verify};
use tallymark_store::{Context, Engine, Options as StoreOptions, Store};
use tallymark_testkit::db::TestDb;
use tallymark_testkit::power::{Power, Unsynced};
use tallymark_testkit::proxy::Proxy;

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_gone_scans_are_refused_and_afterwards_decided_once() {
    let Some(db) = TestDb::on(Engine::Postgres, ALL_MIGRATIONS).await else { return };
    let (world, _) = World::with_campaign(db, |_| ()).await;
    let (before, rest) = world.db.url.split_once('@').unwrap();
    let (target, name) = rest.split_once('/').unwrap();
    let proxy = Proxy::to(target).await.unwrap();
    let url = format!("{before}@{}/{name}", proxy.address);
    let options = StoreOptions { wait_max: Duration::from_millis(500), ..StoreOptions::default() };
    let store = Store::open(&url, &options).await.unwrap();
    let (scanner, _) = Scanner::start(Context { store, ..world.context.clone() }, Options::default());

    scanner.scan(world.claim(1, 1)).await.unwrap();
    proxy.cut(true);
    for _ in 0..5 {
        assert!(matches!(scanner.scan(world.claim(2, 2)).await, Err(Error::Unavailable)));
    }
    proxy.cut(false);
    let mut answer = scanner.scan(world.claim(2, 2)).await;
    for _ in 0..20 {
        // Connections that broke are found out one by one.
        if answer.is_ok() {
            break;
        }
        answer = scanner.scan(world.claim(2, 2)).await;
    }
    let scan = answer.unwrap();
    assert_eq!(scanner.scan(world.claim(2, 2)).await.unwrap(), scan);
    world.assert_books().await;
}

/// The world on a SQLite file, opened again on a disk that can fail.
async fn on_failing_disk() -> Option<(World, Power, Scanner)> {
    let db = TestDb::on(Engine::Sqlite, ALL_MIGRATIONS).await?;
    let (world, _) = World::with_campaign(db, |new| new.budget_fen = 10_000_000).await;
    world.context.store.close().await;
    let power = Power::register();
    let options = StoreOptions { sqlite_vfs: Some(power.vfs_name().to_owned()), ..StoreOptions::default() };
    let store = Store::open(&world.db.url, &options).await.unwrap();
    let (scanner, _) = Scanner::start(Context { store, ..world.context.clone() }, Options::default());
    Some((world, power, scanner))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn power_cuts_lose_no_scan_that_was_answered() {
    for seed in 0..12_u64 {
        let Some((world, power, scanner)) = on_failing_disk().await else { return };
        let how = if seed.is_multiple_of(2) { Unsynced::DropAll } else { Unsynced::KeepRandomSectors };
        power.cut_after(20 + seed * 37, how, seed);
        let sent: Vec<_> = (0..200)
            .map(|serial| {
                let (scanner, request) = (scanner.clone(), world.claim(serial, u128::from(serial % 50)));
                tokio::spawn(async move { scanner.scan(request).await })
            })
            .collect();
        let mut answered = Vec::new();
        for answer in sent {
            answered.extend(answer.await.unwrap().ok());
        }
        power.cut(how, seed).unwrap();
        drop(scanner);

        let store = Store::open(&world.db.url, &StoreOptions::default()).await.unwrap();
        let mut tx = store.read().await.unwrap();
        for scan in &answered {
            let stored = tallymark_scan::find(&mut tx, world.tenant, scan.id).await;
            assert_eq!(stored.as_ref().ok(), Some(&**scan), "seed {seed}");
        }
        drop(tx);
        assert_eq!(verify::discrepancies(&store).await.unwrap(), Vec::<String>::new(), "seed {seed}");
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn power_a_full_disk_refuses_scans_and_takes_them_again_when_there_is_room() {
    let Some((world, power, scanner)) = on_failing_disk().await else { return };
    let scanner = Arc::new(scanner);
    scanner.scan(world.claim(1, 1)).await.unwrap();
    power.fill_disk(true);
    let mut refused = 0;
    for serial in 2..30 {
        refused += i32::from(matches!(scanner.scan(world.claim(serial, 1)).await, Err(Error::Unavailable)));
    }
    assert!(refused > 0);
    power.fill_disk(false);
    for serial in 2..30 {
        scanner.scan(world.claim(serial, 1)).await.unwrap();
    }
    let store = Store::open(&world.db.url, &StoreOptions::default()).await.unwrap();
    assert_eq!(verify::discrepancies(&store).await.unwrap(), Vec::<String>::new());
}
