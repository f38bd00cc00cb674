//! Imports over the API: from the file to people, by the server's own job.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tallymark_scan::Options;
use tallymark_server::{Network, Outside, OutsideOptions, Plan};
use tallymark_store::node::Lease;
use tallymark_testkit::both_engines;
use tokio::net::TcpListener;

use crate::authorisation::cases::Objects;
use crate::browser::{Browser, user};
use crate::world::{Got, World};

/// Sends a file as it is.
async fn sent(world: &World, path: &str, file: impl Into<Body>) -> Got {
    let request = Request::post(path)
        .header("authorization", format!("Bearer {}", world.owner))
        .header("content-type", "application/octet-stream")
        .body(file.into());
    world.send(request.unwrap()).await
}

/// Says what the columns of the tests' files mean.
async fn mapped(world: &World) {
    let mapping = json!({
        "identifiers": [{"column": "手机号", "kind": "phone"}],
        "profile": [{"column": "姓名", "field": "name"}],
        "source": "crm",
    });
    let put = world.call("PUT", "/v1/imports/mappings/shop", Some(&world.owner), None, Some(mapping.to_string())).await;
    assert_eq!((put.status.as_u16(), &put.json()["version"]), (200, &json!(1)), "{}", put.text());
}

/// Runs a server until a run ended; gives the run.
async fn served(world: &World, id: &Value) -> Value {
    let path = format!("/v1/imports/{}", id.as_str().unwrap());
    let lease = Arc::new(Lease::take(&world.context.store, &*world.db.clock, &*world.db.entropy).await.unwrap());
    let pages = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let outside = Outside::open(OutsideOptions::default()).unwrap();
    let (context, network) = (world.context.clone(), Network::default());
    let options = Options::default();
    let plan = Plan { context, lease, network, outside, options, lake: None, simulation: None };
    let running = tallymark_server::start(pages, plan).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            let run = world.get(&path).await.json();
            if run["finished_at"].is_string() {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let ended = ended.await.expect("the job runs");
    drop(running);
    ended
}

both_engines! { tallymark_server::migrations();
    async fn a_file_that_is_sent_is_imported_in_the_background_and_once(db: TestDb) {
        let world = World::new(db).await;
        mapped(&world).await;
        let file = "手机号,姓名\n13912345670,李小龙\n12,canary\n13912345671,王五\n";
        let path = "/v1/imports/members?mapping=shop&name=members.csv";
        let got = sent(&world, path, file).await;
        assert_eq!((got.status.as_u16(), &got.json()["state"]), (202, &json!("queued")), "{}", got.text());
        let run = got.json();
        let id = run["id"].as_str().unwrap();
        let again = sent(&world, path, file).await;
        assert_eq!((again.status.as_u16(), again.json()), (200, run.clone()), "it is being imported");
        let done = served(&world, &run["id"]).await;
        let counts = ["rows_total", "rows_accepted", "rows_refused", "rejects"].map(|name| done[name].as_u64());
        assert_eq!((&done["state"], counts), (&json!("done"), [Some(3), Some(2), Some(1), Some(2)]), "{done}");
        assert!(world.person("phone", "13912345670").await["id"].is_string());
        let rejects = world.get(&format!("/v1/imports/{id}/rejects")).await;
        let text = rejects.text();
        assert_eq!(rejects.header("content-type"), "text/csv; charset=utf-8");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines.len(), lines[0]), (3, "line,column,code,reason"));
        assert!(lines[1].starts_with("3,手机号,malformed_identifier,") && lines[2].starts_with("3,,no_identifier,"), "{text}");
        assert!(!text.contains("canary"));
        let again = sent(&world, path, file).await;
        assert_eq!((again.status.as_u16(), &again.json()["state"]), (200, &json!("done")), "{}", again.text());
        let more = sent(&world, &format!("{path}&again=true"), file).await;
        assert_eq!((more.status.as_u16(), more.json()["id"] == run["id"]), (202, false));
        let items = world.get("/v1/imports").await.json()["items"].as_array().unwrap().len();
        assert_eq!(items, 2);
    }

    async fn a_file_is_shown_masked_before_it_is_imported(db: TestDb) {
        let world = World::new(db).await;
        let workbook = include_bytes!("../../../tables/tests/data/openpyxl.xlsx");
        let got = sent(&world, "/v1/imports/members/preview", workbook.as_slice()).await.json();
        assert_eq!((&got["format"], &got["mistake"]), (&json!("xlsx"), &Value::Null), "{got}");
        assert_eq!(got["mapping"]["identifiers"], json!([{"column": "手机号", "kind": "phone"}]));
        assert_eq!(got["rows"][0]["identifiers"], json!([{"kind": "phone", "value": "139****5670"}]));
        assert!(!got["rows"].to_string().contains("13912345670"));
        mapped(&world).await;
        let named = sent(&world, "/v1/imports/members/preview?mapping=shop", "手机号,x\n1,2\n").await.json();
        assert!(named["mistake"].as_str().unwrap().starts_with("there is no column \"姓名\""), "{named}");
        assert_eq!(world.get("/v1/imports").await.json()["items"], json!([]));
    }

    async fn what_cannot_be_imported_is_refused_or_told(db: TestDb) {
        let world = World::new(db).await;
        let missing = sent(&world, "/v1/imports/members?mapping=none", "a\n1\n").await;
        assert_eq!((missing.status.as_u16(), &missing.json()["code"]), (404, &json!("import.mapping_not_found")));
        mapped(&world).await;
        let path = "/v1/imports/members?mapping=shop";
        for (file, status, code) in [("", 422, "import.no_file"), (&*"x".repeat((64 << 20) + 1), 413, "import.too_large")] {
            let got = sent(&world, path, file.to_owned()).await;
            assert_eq!((got.status.as_u16(), &got.json()["code"]), (status, &json!(code)));
        }
        let mut tx = world.context.store.read().await.unwrap();
        let left = tx.query_one("SELECT COUNT(*) FROM import_chunk", &[]).await.unwrap().unwrap().int(0).unwrap();
        drop(tx);
        assert_eq!(left, 0, "nothing of what was refused is kept");
        let more_than_a_request = format!("手机号,姓名\n{}", "13912345670,张\n".repeat(100_000));
        assert!(more_than_a_request.len() > 1 << 20);
        let run = sent(&world, path, more_than_a_request).await;
        assert_eq!(run.status.as_u16(), 202);
        let cancel = format!("/v1/imports/{}/cancel", run.json()["id"].as_str().unwrap());
        let cancelled = world.post(&cancel, json!({})).await;
        assert_eq!((cancelled.status.as_u16(), &cancelled.json()["state"]), (200, &json!("cancelled")));
        assert_eq!(world.post(&cancel, json!({})).await.status.as_u16(), 409);
        let open = sent(&world, path, "手机号,姓名\n1,\"2\n").await.json();
        let failed = served(&world, &open["id"]).await;
        assert_eq!((&failed["state"], &failed["error_code"]), (&json!("failed"), &json!("table.open_quote")));
    }

    async fn a_branch_imports_delivery_notes_of_what_it_holds(db: TestDb) {
        let world = World::new(db).await;
        let o = Objects::new(&world).await;
        let mapping = json!({
            "document": ["no"], "operation": {"constant": "ship"}, "code": "code", "organisation": {"column": "to"},
        });
        let path = "/v1/imports/mappings/notes?kind=operations";
        let put = world.call("PUT", path, Some(&world.owner), None, Some(mapping.to_string())).await;
        assert_eq!(put.status.as_u16(), 200, "{}", put.text());
        let case = |serial: u64| format!("/v1/batches/{}/codes?level=case&first={serial}&last={serial}", o.batch);
        let (inside, outside) = (world.get(&case(0)).await.text(), world.get(&case(1)).await.text());
        let file = format!("no,to,code\nN1,E,{}\nN2,E,{}\nN3,W1,{}\n", inside.trim(), outside.trim(), inside.trim());
        user(&world, "clerk@spring.example", json!({"role": "clerk", "organisation": o.east})).await;
        let mut clerk = Browser::signed_in(&world, "clerk@spring.example").await;
        // As a page sends a file: the body as it is.
        let request = clerk.request(&world, "POST", "/v1/imports/operations/preview?mapping=notes", None);
        let (mut parts, _) = request.into_parts();
        parts.headers.insert("content-type", "application/octet-stream".parse().unwrap());
        let looked = world.send(Request::from_parts(parts.clone(), Body::from(file.clone()))).await;
        assert_eq!(looked.status.as_u16(), 200, "{}", looked.text());
        let looked = looked.json();
        assert_eq!((looked["documents"].as_array().unwrap().len(), &looked["rejects"][0]["code"]), (2, &json!("unknown_organisation")));
        assert_eq!(looked["documents"][0]["goods"][0]["codes"], 1, "{looked}");
        parts.uri = "/v1/imports/operations?mapping=notes&source=wms".parse().unwrap();
        let begun = world.send(Request::from_parts(parts, Body::from(file))).await;
        assert_eq!((begun.status.as_u16(), &begun.json()["organisation"]), (202, &json!(o.east)), "{}", begun.text());
        let run = served(&world, &begun.json()["id"]).await;
        assert_eq!((&run["rows_accepted"], &run["rows_refused"]), (&json!(1), &json!(2)), "{run}");
        let id = run["id"].as_str().unwrap();
        let rejects = clerk.get(&world, &format!("/v1/imports/{id}/rejects?locale=zh")).await.text();
        assert!(rejects.contains("3,,goods.not_held,你的组织并不持有其中的全部货物"), "{rejects}");
        assert!(rejects.contains("4,to,unknown_organisation,"), "{rejects}");
        // It sees its own imports, and that of another clerk of the same branch.
        let listed = clerk.get(&world, "/v1/imports").await.json();
        let ids: Vec<&str> = listed["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
        assert_eq!(ids, [id, o.import.as_str()]);
    }
}
