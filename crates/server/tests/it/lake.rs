//! From a scan over HTTP to a question over HTTP.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tallymark_intake::Intake;
use tallymark_lake::{Lake, Location, Settings, Writer, status};
use tallymark_scan::{Options, Scanner};
use tallymark_server::{App, Network, Outside, OutsideOptions, registry};
use tallymark_testkit::both_engines;

use crate::world::{Got, World};

/// The world with a lake in a folder, and its writer.
pub(crate) async fn with_lake(world: &mut World) -> (Lake, Writer, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let place = Location::Folder(folder.path().to_owned());
    let lake = Lake::open(&place, registry(), world.context.entropy.clone()).unwrap();
    let (scanner, _) = Scanner::start(world.context.clone(), Options::default());
    let network = Network::default();
    let outside = Outside::open(OutsideOptions::default()).unwrap();
    let app = App::new(
        world.context.clone(),
        scanner,
        (Intake::start(world.context.clone()).0, crate::world::traces(&world.context)),
        network,
        outside,
        Some(lake.clone()),
    );
    world.router = app.router(network);
    let writer = Writer::new(lake.clone(), world.context.clone(), Settings::default());
    let writer = writer.with_dimensions(tallymark_server::dimensions());
    (lake, writer, folder)
}

async fn ask(world: &World, key: &str, sql: &str) -> Got {
    world.call("POST", "/v1/query", Some(key), None, Some(json!({ "sql": sql }).to_string())).await
}

async fn rows(world: &World, sql: &str) -> Value {
    let got = ask(world, &world.owner, sql).await;
    assert_eq!(got.status, 200, "{}", got.text());
    got.json()["rows"].clone()
}

both_engines! { tallymark_server::migrations();
    async fn a_scan_can_be_counted_by_sql(db: TestDb) {
        let mut world = World::new(db).await;
        let (lake, mut writer, _folder) = with_lake(&mut world).await;
        let codes = world.codes().await;
        for code in &codes[..3] {
            let claim = json!({
                "code": code, "claim": true, "identifiers": [{"kind": "phone", "value": "13800138000"}]
            });
            let got = world.post("/v1/scans", claim).await;
            assert!(got.status.is_success(), "{}", got.text());
        }
        world.post("/v1/scans", json!({"code": "0000000000000000"})).await;
        writer.flush().await.unwrap();
        let verdicts = rows(&world, "SELECT verdict, COUNT(*) FROM scan_decided GROUP BY 1 ORDER BY 1").await;
        assert_eq!(verdicts, json!([["genuine", 3], ["unknown", 1]]));
        let items = rows(&world, "SELECT SUM(items) FROM goods_activated").await;
        assert_eq!(items, json!([[48]]));
        // Whatever the loop saved fits its declaration.
        assert!(status(&lake, &world.context.store).await.unwrap().put_aside.is_empty());
        let answer = ask(&world, &world.owner, "SELECT scan, at FROM scan_decided LIMIT 1").await.json();
        assert_eq!(answer["columns"], json!([{"name": "scan", "type": "text"}, {"name": "at", "type": "timestamp"}]));
        assert_eq!(answer["has_more"], false);
    }

    async fn a_question_needs_a_key_that_reads_and_sees_its_own_tenant(db: TestDb) {
        let mut world = World::new(db).await;
        let (_lake, mut writer, _folder) = with_lake(&mut world).await;
        writer.flush().await.unwrap();
        let made = world.post("/v1/api-keys", json!({"name": "s", "scopes": ["scan"]})).await.json();
        let scanner = made["secret"].as_str().unwrap();
        assert_eq!(ask(&world, scanner, "SELECT 1").await.problem(), (403, "auth.scope_missing".into()));
        let new = tallymark_partners::NewTenant { name: "Other".into(), hosts: vec!["other.example".into()], zone: "UTC".into() };
        let other = tallymark_server::tenants::create(&world.context, new).await.unwrap();
        let count = "SELECT COUNT(*) FROM goods_activated";
        assert_eq!(rows(&world, count).await, json!([[1]]));
        assert_eq!(ask(&world, &other.key, count).await.json()["rows"], json!([[0]]));
        assert_eq!(ask(&world, &other.key, "DROP TABLE goods_activated").await.problem(), (422, "query.not_read".into()));
        assert_eq!(ask(&world, &other.key, "SELECT tenant FROM goods_activated").await.problem(), (422, "query.sql".into()));
        let body = json!({"sql": "SELECT 1", "limit": 0}).to_string();
        let limit = world.call("POST", "/v1/query", Some(&other.key), None, Some(body)).await;
        assert_eq!(limit.problem(), (422, "query.limit".into()));
    }

    async fn what_events_name_by_id_can_be_joined_and_each_tenant_sees_its_own(db: TestDb) {
        let mut world = World::new(db).await;
        let (_lake, mut writer, _folder) = with_lake(&mut world).await;
        let codes = world.codes().await;
        for phone in ["13800138000", "13800138001"] {
            let claim = json!({"code": codes[0], "claim": true, "identifiers": [{"kind": "phone", "value": phone}]});
            assert_eq!(world.post("/v1/scans", claim).await.status, 200);
        }
        let new = tallymark_partners::NewTenant { name: "Other".into(), hosts: vec!["other.example".into()], zone: "UTC".into() };
        let other = tallymark_server::tenants::create(&world.context, new).await.unwrap();
        writer.flush().await.unwrap();
        writer.snapshot().await.unwrap().unwrap();
        let product = world.get("/v1/products").await.json()["items"][0].clone();
        let joined = "SELECT p.name, COUNT(*) FROM scan_decided s JOIN dim_product p ON p.product = s.product GROUP BY 1";
        assert_eq!(rows(&world, joined).await, json!([[product["name"], 2]]));
        assert_eq!(ask(&world, &other.key, "SELECT COUNT(*) FROM dim_product").await.json()["rows"], json!([[0]]));
        assert_eq!(ask(&world, &other.key, "SELECT COUNT(*) FROM dim_account").await.json()["rows"], json!([[0]]));
        assert_eq!(ask(&world, &world.owner, "SELECT tenant FROM dim_product").await.problem(), (422, "query.sql".into()));
        let people = "SELECT COUNT(*), COUNT(DISTINCT a.person) FROM scan_decided s JOIN dim_account a ON a.account = s.account";
        assert_eq!(rows(&world, people).await, json!([[2, 2]]));
        // Who may not see members may count and join them, and sees no id of theirs.
        let made = world.post("/v1/api-keys", json!({"name": "q", "scopes": ["query"]})).await.json();
        let analyst = made["secret"].as_str().unwrap();
        assert_eq!(ask(&world, analyst, people).await.json()["rows"], json!([[2, 2]]));
        let seen = ask(&world, analyst, "SELECT * FROM dim_person").await;
        assert!(!seen.text().contains("per_"), "{}", seen.text());
        assert_eq!(seen.json()["columns"].as_array().unwrap().len(), 4, "{}", seen.text());
        // The next snapshot takes the place of this one.
        let new = json!({"gtin": "6901234567892", "sku": "N2", "name": "Second"});
        assert!(world.post("/v1/products", new).await.status.is_success());
        writer.snapshot().await.unwrap().unwrap();
        assert_eq!(rows(&world, "SELECT COUNT(*), COUNT(DISTINCT snapshot_at) FROM dim_product").await, json!([[2, 1]]));
    }

    async fn a_server_without_a_lake_says_so(db: TestDb) {
        let world = World::new(db).await;
        assert_eq!(ask(&world, &world.owner, "SELECT 1").await.problem(), (404, "lake.off".into()));
    }

    async fn the_catalogue_tells_every_event_with_its_schema(db: TestDb) {
        let world = World::new(db).await;
        let listed = world.get("/v1/catalog").await.json();
        let decided = listed.as_array().unwrap().iter().find(|entry| entry["name"] == "scan.decided").unwrap();
        assert_eq!(decided["table"], "scan_decided");
        assert_eq!(decided["schema"]["properties"]["data"]["properties"]["checks"]["x-unit"], "checks");
        let account = decided["fields"].as_array().unwrap().iter().find(|field| field["name"] == "account").unwrap();
        assert_eq!((&account["personal"], &account["nullable"]), (&json!("pseudonym"), &json!(true)));
    }
}

/// The registry is complete: it has whatever an `events.rs` of the workspace declares.
#[test]
fn every_declared_event_is_registered() {
    let mut declared = BTreeSet::new();
    for crate_folder in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap() {
        let folder = crate_folder.unwrap().path().join("src");
        let texts =
            ["events.rs", "dimensions.rs"].map(|file| std::fs::read_to_string(folder.join(file)).unwrap_or_default());
        for line in texts
            .iter()
            .flat_map(|text| text.lines())
            .filter(|line| line.contains("pub struct") && line.contains(", version "))
        {
            declared.insert(line.split('"').nth(1).unwrap().to_owned());
        }
    }
    let registered: BTreeSet<String> = registry().iter().map(|event_type| event_type.name.to_owned()).collect();
    assert_eq!(declared, registered);
    assert!(declared.len() >= 7);
}
