//! A backup taken while people scan is one whole, right world.

use std::collections::BTreeSet;
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

/// What a column of bytes holds, for a backup that must keep keys apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// A key under the master key or under a key that is: its table goes apart.
    Key,
    /// A value under a key that is apart: worth nothing without it.
    Sealed,
    /// A hash, of which none opens anything: keyed, or of 128 random bits and more.
    Hash,
    /// Neither secret nor personal.
    Open,
}

/// Every column of bytes. Whoever adds one decides here where a backup keeps it.
const BYTES: [(&str, &str, Holds); 61] = [
    ("goods_fact", "facts", Holds::Open),
    ("goods_operation", "codes", Holds::Open),
    ("print_package", "secret", Holds::Sealed),
    ("code_list_hash", "hashes", Holds::Hash),
    ("code_list_text", "texts", Holds::Sealed),
    ("trace_book", "salt", Holds::Open),
    ("trace_event", "body", Holds::Open),
    ("trace_event_id", "id_hash", Holds::Hash),
    ("trace_event_id", "content_hash", Holds::Hash),
    ("trace_subscription", "secret", Holds::Sealed),
    ("webhook", "secret", Holds::Sealed),
    ("webhook", "old_secret", Holds::Sealed),
    ("export_run", "sealed_key", Holds::Sealed),
    ("export_chunk", "sealed", Holds::Sealed),
    ("api_key", "secret_hash", Holds::Hash),
    ("tenant_user", "totp_secret", Holds::Sealed),
    ("recovery_code", "code_hash", Holds::Hash),
    ("user_session", "token_hash", Holds::Hash),
    ("password_link", "token_hash", Holds::Hash),
    ("sign_in_link", "token_hash", Holds::Hash),
    ("sign_in_attempt", "subject", Holds::Hash),
    ("oidc_provider", "secret", Holds::Sealed),
    ("code_key", "secret", Holds::Key),
    ("lake_writer", "lake_id", Holds::Open),
    ("lake_writer", "holder", Holds::Open),
    // Events have no field for a value of a person: `cargo xtask check events`.
    ("lake_quarantine", "body", Holds::Open),
    ("tenant", "secret", Holds::Key),
    ("tenant_key", "secret", Holds::Key),
    ("identifier", "blind_index", Holds::Hash),
    ("source_account", "sealed", Holds::Sealed),
    ("account_key", "sealed_key", Holds::Key),
    ("profile_value", "sealed", Holds::Sealed),
    ("consent_fact", "evidence", Holds::Sealed),
    ("suppression", "token", Holds::Hash),
    ("phone_code", "phone_index", Holds::Hash),
    ("phone_code", "device_index", Holds::Hash),
    ("phone_code", "code_hash", Holds::Hash),
    ("message_quota", "subject", Holds::Hash),
    ("sms_message", "phone_index", Holds::Hash),
    ("sms_message", "sealed", Holds::Sealed),
    ("provider_setting", "sealed", Holds::Sealed),
    // Of files and mappings.
    ("import_run", "file_hash", Holds::Hash),
    ("import_run", "mapping_hash", Holds::Hash),
    ("import_key", "key_hash", Holds::Hash),
    ("import_chunk", "sealed", Holds::Sealed),
    ("import_document", "key_hash", Holds::Hash),
    ("import_document", "content_hash", Holds::Hash),
    ("order_key", "key_hash", Holds::Hash),
    ("order_key", "content_hash", Holds::Hash),
    ("intake_message", "message_hash", Holds::Hash),
    ("intake_name", "name_hash", Holds::Hash),
    ("intake_definition", "name_hash", Holds::Hash),
    ("intake_quarantine", "body", Holds::Sealed),
    // Account numbers and moments.
    ("code_use", "recent", Holds::Open),
    // Indexes of codes and moments.
    ("scan_redeemed", "claims", Holds::Open),
    ("migration", "checksum", Holds::Open),
    ("request", "key_hash", Holds::Hash),
    ("request", "body_hash", Holds::Hash),
    ("request", "answer", Holds::Open),
    ("outbox", "body", Holds::Open),
    ("node", "holder", Holds::Open),
];

/// The columns of bytes that the migrations declare.
fn declared() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let all = tallymark_server::migrations();
    let texts = all.iter().flat_map(|owner| owner.steps).map(|(_, text)| *text);
    for rest in texts.flat_map(|text| text.split("CREATE TABLE ").skip(1)) {
        let name = rest.split([' ', '(']).next().unwrap();
        let body = rest.split(");").next().unwrap();
        for line in body.lines().filter(|line| line.contains("{bytes}")) {
            found.insert((name.to_owned(), line.split_whitespace().next().unwrap().to_owned()));
        }
    }
    found
}

#[test]
fn every_table_that_holds_a_key_goes_apart() {
    let known: BTreeSet<_> =
        BYTES.iter().map(|(table, column, _)| ((*table).to_owned(), (*column).to_owned())).collect();
    let mut declared = declared();
    // Made before every other table, by the migrations themselves.
    declared.insert(("migration".to_owned(), "checksum".to_owned()));
    assert_eq!(declared, known);
    let apart: BTreeSet<&str> =
        BYTES.iter().filter(|(.., holds)| *holds == Holds::Key).map(|(table, ..)| *table).collect();
    assert_eq!(apart, tallymark_server::KEY_TABLES.iter().copied().collect());
}

/// The tables that a half of a backup names.
fn tables_of(folder: &std::path::Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    let names = manifest["tables"].as_array().unwrap().iter().map(|table| table["name"].as_str().unwrap().to_owned());
    names.collect()
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

        let (of_data, of_keys) = (tables_of(&taken.folder), tables_of(&taken.keys));
        let mut named: BTreeSet<String> = of_data.union(&of_keys).cloned().collect();
        named.insert("migration".into());
        assert_eq!(named, crate::authorisation::tables());
        assert_eq!(of_keys, tallymark_server::KEY_TABLES.iter().map(|table| (*table).to_owned()).collect());
        assert_eq!(of_data.intersection(&of_keys).count(), 0);

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
