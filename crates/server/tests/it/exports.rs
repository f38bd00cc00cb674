//! Lists as files over the API: asked for, written by the server's own job, taken, and gone when somebody is erased.

use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use calamine::{Data, Reader as _, Xlsx, open_workbook_from_rs};
use serde_json::{Value, json};
use tallymark_scan::Options;
use tallymark_server::{Network, Outside, OutsideOptions, Running};
use tallymark_store::node::Lease;
use tallymark_testkit::both_engines;
use tokio::net::TcpListener;

use crate::world::World;

/// A server with everything that it does in the background.
pub(crate) async fn running(world: &World) -> Running {
    let lease = Arc::new(Lease::take(&world.context.store, &*world.db.clock, &*world.db.entropy).await.unwrap());
    let pages = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let outside = Outside::open(OutsideOptions::default()).unwrap();
    let (context, network) = (world.context.clone(), Network::default());
    {
        let options = Options::default();
        let plan = tallymark_server::Plan { context, lease, network, outside, options, lake: None, simulation: None };
        tallymark_server::start(pages, plan).unwrap()
    }
}

/// What is at a path, once `is_so`.
pub(crate) async fn once(world: &World, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let seen = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            let got = world.get(path).await.json();
            if is_so(&got) {
                return got;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    seen.await.unwrap_or_else(|_| panic!("{path} never became so"))
}

/// An export, written by a server.
async fn written(world: &World, asked: Value) -> Value {
    let got = world.post("/v1/exports", asked).await;
    assert_eq!((got.status.as_u16(), &got.json()["state"]), (202, &json!("queued")), "{}", got.text());
    let path = format!("/v1/exports/{}", got.json()["id"].as_str().unwrap());
    let server = running(world).await;
    let run = once(world, &path, |run| run["finished_at"].is_string()).await;
    drop(server);
    assert_eq!(run["state"], "done", "{run}");
    run
}

async fn scans(world: &World, number: usize) {
    for (place, code) in world.codes().await.into_iter().take(number).enumerate() {
        let phone = json!({"kind": "phone", "value": format!("138{place:08}")});
        let scan = json!({"code": code, "identifiers": [phone], "claim": true, "place": {"adcode": "330106"}});
        assert_eq!(world.post("/v1/scans", scan).await.status, 200);
    }
}

fn file_of(run: &Value) -> String {
    format!("/v1/exports/{}/file", run["id"].as_str().unwrap())
}

fn sheet(bytes: &[u8]) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes.to_vec())).unwrap();
    let (_, range) = book.worksheets().remove(0);
    range.rows().map(<[Data]>::to_vec).collect()
}

both_engines! { tallymark_server::migrations();
    async fn scans_are_had_as_a_spreadsheet_in_the_words_of_its_reader(db: TestDb) {
        let world = World::new(db).await;
        scans(&world, 3).await;
        let columns = json!(["at", "verdict", "product_name", "place", "red_packet"]);
        let run = written(&world, json!({"list": "scans", "filters": {}, "format": "xlsx", "columns": columns})).await;
        assert_eq!((&run["rows"], &run["rows_total"]), (&json!(3), &json!(3)));
        let got = world.get(&file_of(&run)).await;
        assert_eq!(got.header("content-length"), run["bytes"].to_string());
        assert!(got.header("content-disposition").starts_with("attachment; filename=\"scans-20260301-"));
        let rows = sheet(&got.body);
        let titles: Vec<String> = rows[0].iter().map(ToString::to_string).collect();
        assert_eq!(titles, ["时间", "鉴真结果", "产品", "地点", "红包（元）"]);
        assert_eq!(rows.len(), 4);
        let words: Vec<String> = rows[1][1..4].iter().map(ToString::to_string).collect();
        assert_eq!(words, ["正品", "天然水 500ml", "浙江省杭州市西湖区"]);
        assert_eq!(rows[1][4], Data::Float(0.88));
        // Midnight of UTC is 8 o'clock in the brand's zone: 46,082 days after 30 December 1899, and a third.
        let Data::DateTime(at) = rows[1][0] else { panic!("{:?}", rows[1][0]) };
        assert!((at.as_f64() - (46_082.0 + 8.0 / 24.0)).abs() < 1e-3, "{at}");
        let audit = world.get("/v1/audit?action=export.taken").await.json();
        assert_eq!(audit["items"][0]["object"], run["id"], "{audit}");
    }

    async fn people_are_had_masked_and_their_files_go_with_whoever_is_erased(db: TestDb) {
        let world = World::new(db).await;
        scans(&world, 3).await;
        let asked = json!({"list": "people", "filters": {"first_kind": "phone"}, "format": "csv", "locale": "en"});
        let run = written(&world, asked).await;
        let text = world.get(&file_of(&run)).await.text();
        assert_eq!(text.lines().count(), 4);
        assert!(text.starts_with("\u{feff}Person,Since,First known by,Name,Phone,"), "{text}");
        assert!(text.contains(",138****0002,") && !text.contains("13800000002"), "{text}");
        // Whoever does not see people's values does not see those of a file either.
        let made = world.post("/v1/api-keys", json!({"name": "analyst", "scopes": ["read"]})).await;
        let reads = made.json()["secret"].as_str().unwrap().to_owned();
        assert_eq!(world.call("GET", &file_of(&run), Some(&reads), None, None).await.status, 404);
        let listed = world.call("GET", "/v1/exports", Some(&reads), None, None).await.json();
        assert_eq!(listed["items"], json!([]));
        let person = world.person("phone", "13800000001").await["id"].as_str().unwrap().to_owned();
        let erased = world.post(&format!("/v1/people/{person}/erase"), json!({"reason": "they asked"})).await.json();
        assert_eq!(erased["exports"], 1, "{erased}");
        assert_eq!(world.get(&file_of(&run)).await.problem(), (409, "export.no_file".to_owned()));
    }

    async fn what_no_list_has_is_refused_and_a_repeat_is_told_the_same(db: TestDb) {
        let world = World::new(db).await;
        let wrong = json!({"list": "scans", "filters": {}, "format": "csv", "columns": ["at", "phone"]});
        assert_eq!(world.post("/v1/exports", wrong).await.problem(), (422, "export.column".to_owned()));
        let missing = json!({"list": "import_rejects", "filters": {"import": "imp_00TAXGT0000G0"}, "format": "csv"});
        assert_eq!(world.post("/v1/exports", missing).await.status, 404);
        let logistics = world.post("/v1/api-keys", json!({"name": "clerk", "scopes": ["logistics"]})).await;
        let clerk = logistics.json()["secret"].as_str().unwrap().to_owned();
        let people = json!({"list": "people", "filters": {}, "format": "csv"}).to_string();
        let got = world.call("POST", "/v1/exports", Some(&clerk), Some("k1"), Some(people)).await;
        assert_eq!(got.problem(), (403, "auth.scope_missing".to_owned()));
        let ships = json!({"list": "shipments", "filters": {}, "format": "csv"}).to_string();
        let first = world.call("POST", "/v1/exports", Some(&clerk), Some("k2"), Some(ships.clone())).await;
        let again = world.call("POST", "/v1/exports", Some(&clerk), Some("k2"), Some(ships)).await;
        assert_eq!((first.status.as_u16(), first.json()), (202, again.json()));
        let path = format!("/v1/exports/{}", first.json()["id"].as_str().unwrap());
        let ended = world.call("DELETE", &path, Some(&clerk), None, None).await;
        assert_eq!(ended.json()["state"], "cancelled", "{}", ended.text());
        assert_eq!(world.get(&format!("{path}/file")).await.status, 409);
    }

    async fn what_was_done_with_goods_and_who_has_them_are_had_as_files(db: TestDb) {
        let world = World::new(db).await;
        let made = world.post("/v1/organisations", json!({"kind": "brand", "name": "总部", "code": "HQ"})).await.json();
        let case = json!({"batch": world.batch, "level": "case", "first": 0, "last": 0});
        let receive = json!({"operations": [{"kind": "receive", "by": made["id"], "codes": [case]}]});
        assert_eq!(world.post("/v1/operations", receive).await.status, 200);
        let again = json!({"operations": [{"kind": "ship", "to": made["id"], "codes": [case]}]});
        assert_eq!(world.post("/v1/operations", again).await.status, 200);
        let file = async |list: &str, filters: Value| -> String {
            let asked = json!({"list": list, "filters": filters, "format": "csv"});
            let text = world.get(&file_of(&written(&world, asked).await)).await.text();
            text.trim_start_matches('\u{feff}').to_owned()
        };
        let operations = file("operations", json!({"kind": "receive"})).await;
        assert!(operations.starts_with("操作编号,时间,操作,组织代码,组织,批号,层级,起始序号,结束序号,货物条目,件数\r\n"), "{operations}");
        assert!(operations.lines().nth(1).unwrap().ends_with(",收货,HQ,总部,L1,箱,0,0,1,24"), "{operations}");
        let exceptions = file("exceptions", json!({})).await;
        assert!(exceptions.lines().nth(1).unwrap().contains(",没有发过货,HQ,总部,,,L1,箱,0,0,opr_"), "{exceptions}");
        let flows = file("flow_shipments", json!({"receiver": made["id"]})).await;
        assert!(flows.lines().nth(1).unwrap().ends_with(",HQ,总部,HQ,总部,W5,天然水 500ml,L1,24"), "{flows}");
        let holders = file("batch_holders", json!({"batch": world.batch})).await;
        assert!(holders.contains(",品牌自己,24") && holders.contains(",HQ,总部,24"), "{holders}");
    }
}
