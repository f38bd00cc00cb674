//! Reports and answers of the lake as files over the API.

use std::io::Cursor;
use std::sync::Arc;

use calamine::{Data, Reader as _, Xlsx, open_workbook_from_rs};
use serde_json::{Value, json};
use tallymark_lake::{Lake, Settings};
use tallymark_scan::Options;
use tallymark_server::{Network, Outside, OutsideOptions, Running};
use tallymark_store::node::Lease;
use tallymark_testkit::both_engines;
use tokio::net::TcpListener;

use crate::exports::once;
use crate::lake::with_lake;
use crate::world::World;

/// A server that carries exports out and has the lake.
async fn running(world: &World, lake: &Lake) -> Running {
    let lease = Arc::new(Lease::take(&world.context.store, &*world.db.clock, &*world.db.entropy).await.unwrap());
    let pages = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let outside = Outside::open(OutsideOptions::default()).unwrap();
    let (context, network, options) = (world.context.clone(), Network::default(), Options::default());
    let lake = Some((lake.clone(), Settings::default()));
    let plan = tallymark_server::Plan { context, lease, network, outside, options, lake, simulation: None };
    tallymark_server::start(pages, plan).unwrap()
}

/// Asks for an export by a key; gives it as it ended, once a server had it.
async fn ended(world: &World, key: &str, asked: Value) -> Value {
    let got = world.call("POST", "/v1/exports", Some(key), Some(&world.fresh_key()), Some(asked.to_string())).await;
    assert_eq!(got.status, 202, "{}", got.text());
    let path = format!("/v1/exports/{}", got.json()["id"].as_str().unwrap());
    once(world, &path, |run| run["finished_at"].is_string()).await
}

async fn file(world: &World, key: &str, run: &Value) -> crate::world::Got {
    let path = format!("/v1/exports/{}/file", run["id"].as_str().unwrap());
    world.call("GET", &path, Some(key), None, None).await
}

/// Two people claim a bottle each, and the first looks at the second's: all in Hangzhou. And a code that is made up.
async fn scans(world: &World) {
    let codes = world.codes().await;
    for (code, phone, claim) in
        [(&codes[0], "13800138000", true), (&codes[1], "13800138001", true), (&codes[1], "13800138000", false)]
    {
        let scan = json!({
            "code": code, "claim": claim, "identifiers": [{"kind": "phone", "value": phone}], "place": {"adcode": "330106"}
        });
        assert!(world.post("/v1/scans", scan).await.status.is_success());
    }
    world.post("/v1/scans", json!({"code": "0000000000000000"})).await;
}

async fn key_of(world: &World, scope: &str) -> String {
    let made = world.post("/v1/api-keys", json!({"name": scope, "scopes": [scope]})).await;
    made.json()["secret"].as_str().unwrap().to_owned()
}

both_engines! { tallymark_server::migrations();
    async fn a_report_is_had_with_names_and_in_yuan(db: TestDb) {
        let mut world = World::new(db).await;
        let (lake, _writer, _folder) = with_lake(&mut world).await;
        scans(&world).await;
        let _server = running(&world, &lake).await;
        let text = async |filters: Value| {
            let run = ended(&world, &world.owner, json!({"list": "report", "filters": filters, "format": "csv"})).await;
            assert_eq!(run["state"], "done", "{run}");
            file(&world, &world.owner, &run).await.text().trim_start_matches('\u{feff}').to_owned()
        };
        let places = text(json!({"report": "scans", "by": "province"})).await;
        let expected = "编号,省份,扫码,正品扫码,重复扫码,新用户\r\n330000,浙江省,3,3,1,2\r\n,未知地点,1,0,0,0\r\n";
        assert_eq!(places, expected);
        let costs = text(json!({"report": "costs", "by": "day", "from": "2026-03-01", "to": "2026-03-01"})).await;
        assert_eq!(costs, "日期,红包（元）,门店返利（元）,成本（元）\r\n2026-03-01,1.76,0.00,1.76\r\n");
        let campaigns = text(json!({"report": "campaigns"})).await;
        assert!(campaigns.lines().nth(1).unwrap().ends_with(",Open,2,1.76,2,2,0.88"), "{campaigns}");
        let refused = world.post("/v1/exports", json!({"list": "report", "filters": {"report": "scans", "by": "campaign"}, "format": "csv"}));
        assert_eq!(refused.await.problem(), (422, "report.by".to_owned()));
    }

    async fn an_answer_is_had_as_a_spreadsheet_without_formulas_and_within_its_rows(db: TestDb) {
        let mut world = World::new(db).await;
        let (lake, mut writer, _folder) = with_lake(&mut world).await;
        scans(&world).await;
        writer.flush().await.unwrap();
        let _server = running(&world, &lake).await;
        let sql = "SELECT verdict, COUNT(*) AS n, '=1+1' AS formula, -0.25 AS part, MIN(at) AS first, 1234567890123456789 AS long \
                   FROM scan_decided GROUP BY verdict ORDER BY verdict";
        let run = ended(&world, &world.owner, json!({"list": "query", "filters": {"sql": sql}, "format": "xlsx"})).await;
        assert_eq!((&run["state"], &run["rows"]), (&json!("done"), &json!(2)), "{run}");
        let bytes = file(&world, &world.owner, &run).await.body;
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).unwrap();
        let (_, range) = book.worksheets().remove(0);
        let rows: Vec<Vec<Data>> = range.rows().map(<[Data]>::to_vec).collect();
        let titles: Vec<String> = rows[0].iter().map(ToString::to_string).collect();
        assert_eq!(titles, ["verdict", "n", "formula", "part", "first", "long"]);
        assert_eq!(rows[1][..4], [Data::String("genuine".into()), Data::Float(3.0), Data::String("=1+1".into()), Data::Float(-0.25)]);
        assert!(matches!(rows[1][4], Data::DateTime(_)), "{:?}", rows[1][4]);
        assert_eq!(rows[1][5], Data::String("1234567890123456789".into()), "a double would end in 776");
        let one = json!({"sql": "SELECT id FROM scan_decided", "limit": 1});
        let cut = ended(&world, &world.owner, json!({"list": "query", "filters": one, "format": "csv"})).await;
        assert_eq!(cut["rows"], 1);
        let wrong = json!({"list": "query", "filters": {"sql": "SELECT nothing FROM scan_decided"}, "format": "csv"});
        let failed = ended(&world, &world.owner, wrong).await;
        assert_eq!((&failed["state"], &failed["error_code"]), (&json!("failed"), &json!("query.sql")), "{failed}");
        let none = json!({"list": "query", "filters": {"sql": "SELECT 1", "limit": 1_000_001}, "format": "csv"});
        assert_eq!(world.post("/v1/exports", none).await.problem(), (422, "query.limit".to_owned()));
    }

    async fn an_answer_that_names_people_is_for_those_who_may_see_them(db: TestDb) {
        let mut world = World::new(db).await;
        let (lake, mut writer, _folder) = with_lake(&mut world).await;
        scans(&world).await;
        writer.flush().await.unwrap();
        let _server = running(&world, &lake).await;
        let (asks, reads) = (key_of(&world, "query").await, key_of(&world, "read").await);
        let person = json!({"list": "query", "filters": {"sql": "SELECT DISTINCT person FROM scan_decided WHERE person IS NOT NULL"}, "format": "csv"});
        let whole = ended(&world, &world.owner, person.clone()).await;
        let masked = ended(&world, &asks, person.clone()).await;
        assert_eq!((&whole["rows"], &masked["rows"]), (&json!(2), &json!(2)));
        assert!(file(&world, &world.owner, &whole).await.text().contains("per_"));
        let theirs = file(&world, &asks, &masked).await;
        assert!(theirs.status == 200 && !theirs.text().contains("per_"), "{}", theirs.text());
        assert_eq!(file(&world, &asks, &whole).await.status, 404, "it names people");
        assert_eq!(file(&world, &reads, &masked).await.status, 404, "it is an answer to SQL");
        let refused = world.call("POST", "/v1/exports", Some(&reads), Some("k"), Some(person.to_string())).await;
        assert_eq!(refused.problem(), (403, "auth.scope_missing".to_owned()));
    }
}
