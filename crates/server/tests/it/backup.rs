//! A backup taken while people scan is one whole, right world.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tallymark_base::id::ScanId;
use tallymark_partners::tenant;
use tallymark_store::backup::{About, Destination, Source, restore, take};
use tallymark_store::{Options as StoreOptions, Store};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::EmptyDb;

use crate::world::World;

/// Scans that must be acknowledged before the backup begins.
const BEFORE: usize = 60;

/// Claims with phones, so that every scan seals a value under a key of its own; keeps what was acknowledged.
async fn scan_until(
    world: Arc<World>,
    codes: Vec<String>,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<Vec<ScanId>>>,
) {
    for number in 0.. {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let phone = json!([{"kind": "phone", "value": format!("138{number:08}")}]);
        let body = json!({"code": codes[number % codes.len()], "identifiers": phone, "claim": true});
        let got = world.post("/v1/scans", body).await;
        assert_eq!(got.status, 200, "{}", got.text());
        let scan = got.json()["scan"].as_str().unwrap().parse().unwrap();
        acknowledged.lock().unwrap().push(scan);
    }
}

both_engines! { tallymark_server::migrations();
    async fn a_backup_taken_while_people_scan_comes_back_with_every_answer_and_no_discrepancy(db: TestDb) {
        let url = db.url.clone();
        let world = Arc::new(World::new(db).await);
        let codes = world.codes().await;
        let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::<Mutex<Vec<ScanId>>>::default());
        let scanning = tokio::spawn(scan_until(world.clone(), codes, stop.clone(), acknowledged.clone()));
        let count = || acknowledged.lock().unwrap().len();
        while count() < BEFORE {
            assert!(!scanning.is_finished(), "scanning ended early");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }

        let mut tx = world.context.store.read().await.unwrap();
        let tenants = tenant::ids(&mut tx).await.unwrap();
        drop(tx);
        let about = About {
            id: world.context.entropy.bytes(),
            at: world.context.clock.now(),
            program: "0.1.0",
            key_tables: tallymark_server::KEY_TABLES,
            tenants: tenants.iter().map(ToString::to_string).collect(),
        };
        let folder = tempfile::tempdir().unwrap();
        let to = Destination { folder: folder.path().join("data"), keys: Some(folder.path().join("keys")) };
        let before = acknowledged.lock().unwrap().clone();
        let taken = take(&url, &to, &about).await.unwrap();
        stop.store(true, Ordering::SeqCst);
        scanning.await.unwrap();

        let target = EmptyDb::on(world.context.store.engine()).await.unwrap();
        let from = Source { folder: taken.folder, keys: Some(taken.keys) };
        restore(&target.url, &from, &tallymark_server::migrations()).await.unwrap();
        let restored = Store::open(&target.url, &StoreOptions::default()).await.unwrap();
        assert_eq!(restored.pending_migrations(&tallymark_server::migrations()).await.unwrap(), 0);
        let found = tallymark_scan::verify::discrepancies(&restored).await.unwrap();
        assert_eq!(found, Vec::<String>::new());
        let mut tx = restored.read().await.unwrap();
        for scan in &before {
            tallymark_scan::find(&mut tx, tenants[0], *scan).await.unwrap_or_else(|error| panic!("{scan}: {error}"));
        }
        // The keys fit: codes are read, and a sealed phone number is opened.
        let master = &world.context.master;
        let brand = tenant::find(&mut tx, master, tenants[0]).await.unwrap().unwrap();
        tallymark_goods::catalog(&mut tx, tenants[0], master).await.unwrap();
        let keys = tallymark_people::PeopleKeys::new(&brand);
        let scan = tallymark_scan::find(&mut tx, tenants[0], before[0]).await.unwrap();
        let account = scan.decision.account.unwrap();
        let phone = tallymark_people::reveal(&mut tx, tenants[0], &keys, account).await.unwrap();
        assert_eq!(phone.as_deref(), Some("+8613800000000"));
        drop(tx);
        restored.close().await;
    }
}
