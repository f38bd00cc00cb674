//! Erasing somebody who left something everywhere.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tallymark_base::id::AccountId;
use tallymark_partners::tenant;
use tallymark_people::{PeopleKeys, vault};
use tallymark_testkit::both_engines;

use crate::authorisation::tables;
use crate::lake::with_lake;
use crate::world::World;

/// What stands in what the person says and does, each in another place.
const CANARIES: [&str; 9] = [
    "13847112935",
    "canary.mail",
    "u-canary-7431",
    "Canary Lovelace",
    "canary street 9",
    "canary-receiver",
    "canary-evidence",
    "canary-nickname",
    "VIPCANARY01",
];

/// The same of somebody who stays.
const OTHER: &str = "13847112936";

async fn plant(world: &World) -> String {
    let made = world.post("/v1/api-keys", json!({"name": "shop", "scopes": ["track"]})).await.json();
    let key = made["secret"].as_str().unwrap().to_owned();
    let deliver = async |endpoint: &str, events: Value| {
        let got = world.call("POST", endpoint, Some(&key), None, Some(json!({"batch": events}).to_string())).await;
        assert_eq!(got.status, 200, "{}", got.text());
    };
    deliver(
        "/v1/batch",
        json!([
            {"type": "identify", "messageId": "m1", "anonymousId": "b-1", "userId": "u-canary-7431",
             "traits": {"phone": "13847112935", "email": "canary.mail@brand.example", "name": "Canary Lovelace",
                        "address": "canary street 9"}},
            {"type": "track", "messageId": "m2", "userId": "u-canary-7431", "event": "Order Completed",
             "properties": {"receiver": "canary-receiver"}},
            {"type": "identify", "messageId": "m3", "userId": "u-2", "traits": {"phone": OTHER}},
            // Neither can be read: a track event without a name.
            {"type": "track", "messageId": "m4", "userId": "u-canary-7431", "properties": {"tel": "+8613847112935"}},
            {"type": "track", "messageId": "m5", "userId": "u-2", "properties": {"tel": OTHER}},
        ]),
    )
    .await;
    deliver(
        "/v1/import",
        json!([
            {"type": "identify", "messageId": "m6", "userId": "u-canary-7431", "traits": {"member_card": "VIPCANARY01"}}
        ]),
    )
    .await;
    let codes = world.codes().await;
    for (code, phone) in codes.iter().zip(["13847112935", OTHER]) {
        let scan = json!({"code": code, "claim": true, "identifiers": [{"kind": "phone", "value": phone}]});
        assert!(world.post("/v1/scans", scan).await.status.is_success());
    }
    let person = world.person("phone", "13847112935").await["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/people/{person}");
    let profile = json!({"values": {"nickname": "canary-nickname"}}).to_string();
    assert_eq!(
        world.call("PUT", &format!("{path}/profile"), Some(&world.owner), None, Some(profile)).await.status,
        200
    );
    let consent = json!({"purpose": "marketing", "given": true, "evidence": "canary-evidence"});
    assert_eq!(world.post(&format!("{path}/consents"), consent).await.status, 201);
    assert_eq!(world.post(&format!("{path}/reveal"), json!({"reason": "a look"})).await.status, 200);
    person
}

/// Everything that a database and a folder hold, as bytes.
async fn everything(world: &World, folder: &std::path::Path) -> Vec<u8> {
    let mut all = Vec::new();
    let mut folders = vec![folder.to_owned()];
    if let Some(database) = world.db.folder() {
        folders.push(database.to_owned());
    } else {
        // Rows as texts; byte columns are hexadecimal there.
        let mut tx = world.context.store.read().await.unwrap();
        for table in tables() {
            let sql = format!("SELECT CAST(t AS TEXT) FROM {table} t").leak();
            for row in tx.query(sql, &[]).await.unwrap() {
                all.extend(row.text(0).unwrap().into_bytes());
            }
        }
    }
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { all.extend(std::fs::read(path).unwrap()) }
        }
    }
    all
}

fn hits(bytes: &[u8], wanted: &[Vec<u8>]) -> usize {
    wanted.iter().filter(|one| bytes.windows(one.len()).any(|window| window == one.as_slice())).count()
}

/// Every row of every event table, unpacked.
async fn rows_of_the_lake(world: &World) -> String {
    let mut all = String::new();
    for table in ["intake_event", "scan_decided", "scan_reward_won", "people_consent_changed", "people_account_erased"]
    {
        let body = json!({"sql": format!("SELECT * FROM {table}"), "limit": 1000}).to_string();
        let got = world.call("POST", "/v1/query", Some(&world.owner), None, Some(body)).await;
        assert_eq!(got.status, 200, "{table}: {}", got.text());
        all.push_str(&got.text());
    }
    all
}

both_engines! { tallymark_server::migrations();
    async fn nothing_of_an_erased_person_is_left_anywhere(db: TestDb) {
        let mut world = World::new(db).await;
        let (_lake, mut writer, folder) = with_lake(&mut world).await;
        let person = plant(&world).await;
        writer.flush().await.unwrap();
        let path = format!("/v1/people/{person}");
        let export = world.post(&format!("{path}/export"), json!({"reason": "they asked"})).await.text();
        let in_export: Vec<_> = CANARIES.iter().filter(|canary| export.contains(**canary)).collect();
        assert_eq!(in_export.len(), CANARIES.len(), "all of it is known: {in_export:?}");

        // Readable it is nowhere, not even before.
        let plain: Vec<Vec<u8>> = CANARIES.iter().map(|canary| canary.as_bytes().to_vec()).collect();
        assert_eq!(hits(&everything(&world, folder.path()).await, &plain), 0);
        let mut tx = world.context.store.read().await.unwrap();
        let tenant = world.tenant(&mut tx).await;
        let brand = tenant::find(&mut tx, &world.context.master, tenant).await.unwrap().unwrap();
        let sealed_keys: Vec<Vec<u8>> = {
            let rows = tx.query("SELECT sealed_key FROM account_key", &[]).await.unwrap();
            rows.iter().map(|row| row.bytes(0).unwrap()).collect()
        };
        tx.commit().await.unwrap();
        let told: Value = serde_json::from_str(&export).unwrap();
        let accounts: BTreeSet<AccountId> = told["people"]["accounts"].as_array().unwrap().iter()
            .map(|one| one["account"].as_str().unwrap().parse().unwrap()).collect();

        let erased = world.post(&format!("{path}/erase"), json!({"reason": "they asked"})).await.json();
        assert_eq!((&erased["unread_events"], &erased["files_clean"]), (&json!(1), &json!(true)), "{erased}");
        writer.flush().await.unwrap();

        let left = everything(&world, folder.path()).await;
        assert_eq!(hits(&left, &plain), 0);
        let lake = rows_of_the_lake(&world).await;
        assert!(CANARIES.iter().all(|canary| !lake.contains(canary)));
        let after = world.post(&format!("{path}/export"), json!({"reason": "a check"})).await;
        assert!(CANARIES.iter().all(|canary| !after.text().contains(canary)), "{}", after.text());
        // The data keys: of the person's accounts none is there, and those of others are.
        let mut tx = world.context.store.read().await.unwrap();
        let keys = vault::stored_keys(&mut tx, tenant, &PeopleKeys::new(&brand), &accounts).await.unwrap();
        assert!(keys.is_empty());
        let others = tx.query("SELECT sealed_key FROM account_key", &[]).await.unwrap().len();
        assert!(others > 0 && others + accounts.len() >= sealed_keys.len());
        drop(tx);
        if world.db.folder().is_some() {
            assert_eq!(hits(&left, &sealed_keys), others, "sealed keys in the files");
        }
        // What others left is there, and value still adds up.
        assert_eq!(world.get("/v1/intake/quarantine").await.json()["items"].as_array().unwrap().len(), 1);
        assert!(world.person("phone", OTHER).await["id"].is_string());
        let mut tx = world.context.store.read().await.unwrap();
        assert_eq!(tallymark_ledger::verify::discrepancies(&mut tx).await.unwrap(), Vec::<String>::new());
        assert_eq!(after.json()["wallets"][0]["available"], 88, "the money is nobody's, and still there");
    }
}
