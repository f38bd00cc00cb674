//! What the clerk page stands on: its files, looking codes up, and giving goods back.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tallymark_testkit::both_engines;

use crate::browser::{Browser, user};
use crate::world::{Got, World};

async fn file(world: &World, path: &str, header: (&str, &str)) -> Got {
    world.send(Request::builder().uri(path).header(header.0, header.1).body(Body::empty()).unwrap()).await
}

/// A dealer and its store, and a second dealer.
struct Channel {
    hq: String,
    dealer: String,
    store: String,
    other: String,
}

async fn channel(world: &World) -> Channel {
    let organisation = async |kind: &str, parent: Option<&str>, code: &str| {
        let new = json!({"kind": kind, "parent": parent, "name": format!("{kind} {code}"), "code": code});
        world.post("/v1/organisations", new).await.json()["id"].as_str().unwrap().to_owned()
    };
    let hq = organisation("brand", None, "HQ").await;
    let dealer = organisation("dealer", Some(&hq), "D1").await;
    let store = organisation("store", Some(&dealer), "S1").await;
    let other = organisation("dealer", Some(&hq), "D2").await;
    Channel { hq, dealer, store, other }
}

async fn ship(world: &World, codes: &[String], to: &str) {
    let operation = json!({"operations": [{"kind": "ship", "codes": codes, "to": to}]});
    let got = world.post("/v1/operations", operation).await.json();
    assert!(got["outcomes"][0]["done"].is_object(), "{got}");
}

async fn returned(browser: &mut Browser, world: &World, codes: &[String]) -> Value {
    let got = browser.post(world, "/v1/returns", json!({"returns": [{"codes": codes}]})).await;
    assert_eq!(got.status, 200, "{}", got.text());
    got.json()["outcomes"][0].clone()
}

both_engines! { tallymark_server::migrations();
    async fn the_page_is_files_of_this_server_and_may_use_the_camera(db: TestDb) {
        let world = World::new(db).await;
        let page = world.get("/clerk/").await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("nonce"), "{policy}");
        assert!(page.header("permissions-policy").contains("camera=(self)"));
        assert!(!page.text().contains("<style") && !page.text().contains("style="), "{}", page.text());
        // Elsewhere no page may use it.
        assert!(world.get("/console/").await.header("permissions-policy").contains("camera=()"));
        for (path, kind) in [
            ("/clerk/main.js", "text/javascript; charset=utf-8"),
            ("/clerk/views/scan.js", "text/javascript; charset=utf-8"),
            ("/clerk/service.js", "text/javascript; charset=utf-8"),
            ("/clerk/style.css", "text/css; charset=utf-8"),
            ("/clerk/manifest.webmanifest", "application/manifest+json"),
        ] {
            let got = file(&world, path, ("accept-encoding", "gzip, br")).await;
            assert_eq!((got.status.as_u16(), got.header("content-type")), (200, kind), "{path}");
            assert_eq!((got.header("content-encoding"), got.header("cache-control")), ("gzip", "no-cache"), "{path}");
            let again = file(&world, path, ("if-none-match", got.header("etag"))).await;
            assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{path}");
        }
        assert_eq!(world.get("/clerk/nothing.js").await.status, 404);
        assert_eq!(world.get("/clerk/views/../main.js").await.status, 404);
        assert_eq!(world.get("/clerk").await.status, 308);
    }

    async fn codes_are_looked_up_many_at_once_in_any_spelling(db: TestDb) {
        let world = World::new(db).await;
        let channel = channel(&world).await;
        let codes = world.codes().await;
        ship(&world, &codes[..1], &channel.store).await;
        let link = format!("HTTPS://SPRING.EXAMPLE/C/{}", codes[0]);
        let digital = format!("https://spring.example/01/06901234567892/21/{}", codes[1]);
        let asked = json!({"codes": [link, digital, "NOCODEOFTHISBRAND"]});
        let got = world.post("/v1/look-ups", asked).await.json();
        let first = &got["codes"][0]["goods"];
        assert_eq!((&first["product"]["name"], &first["lot"], &first["items"]), (&json!("天然水 500ml"), &json!("L1"), &json!(1)));
        assert_eq!((&first["holder"]["name"], &first["is_arrived"]), (&json!("store S1"), &json!(false)));
        assert_eq!((&first["state"], &first["packs"]), (&json!("active"), &json!([])));
        let second = &got["codes"][1]["goods"];
        assert_eq!((&second["holder"], &second["packs"][0]["level"]), (&Value::Null, &json!("case")));
        assert_eq!(got["codes"][2]["refused"]["code"], "code.not_found");
        let path = format!("/v1/batches/{}/codes?level=case&face=outer&form=code", world.batch);
        let case = world.get(&path).await.text().lines().next().unwrap().to_owned();
        let got = world.post("/v1/look-ups", json!({"codes": [case]})).await.json();
        // Of the 24 that were printed for it, one went to the store.
        assert_eq!(got["codes"][0]["goods"]["items"], 23);
        for codes in [json!([]), json!(vec!["0"; 51])] {
            assert_eq!(world.post("/v1/look-ups", json!({"codes": codes})).await.problem(), (422, "goods.look_ups".into()));
        }
    }

    async fn who_sees_a_branch_looks_up_what_is_held_in_it(db: TestDb) {
        let world = World::new(db).await;
        let channel = channel(&world).await;
        let codes = world.codes().await;
        ship(&world, &codes[..1], &channel.store).await;
        ship(&world, &codes[1..2], &channel.other).await;
        user(&world, "clerk@spring.example", json!({"role": "clerk", "organisation": channel.dealer})).await;
        let mut clerk = Browser::signed_in(&world, "clerk@spring.example").await;
        let got = clerk.post(&world, "/v1/look-ups", json!({"codes": codes[..3]})).await.json();
        let known: Vec<bool> = got["codes"].as_array().unwrap().iter().map(|one| one["goods"].is_object()).collect();
        assert_eq!(known, [true, false, false]);
        assert!(!got.to_string().contains(&channel.other));
        let got = clerk.post(&world, "/v1/look-ups", json!({"codes": codes[1..2]})).await;
        assert_eq!(got.problem(), (404, "code.not_found".into()));
    }

    async fn goods_go_back_step_by_step_to_the_brand(db: TestDb) {
        let world = World::new(db).await;
        let channel = channel(&world).await;
        let codes = world.codes().await;
        ship(&world, &codes[..3], &channel.dealer).await;
        ship(&world, &codes[..2], &channel.store).await;
        user(&world, "store@spring.example", json!({"role": "store", "organisation": channel.store})).await;
        user(&world, "dealer@spring.example", json!({"role": "clerk", "organisation": channel.dealer})).await;
        let mut store = Browser::signed_in(&world, "store@spring.example").await;
        let mut dealer = Browser::signed_in(&world, "dealer@spring.example").await;
        // A store reaches no dealer by shipping, but gives back what came from there.
        let shipped = json!({"operations": [{"kind": "ship", "codes": codes[..1], "to": channel.dealer}]});
        assert_eq!(store.post(&world, "/v1/operations", shipped).await.status, 404);
        let got = returned(&mut store, &world, &codes[..1]).await;
        assert_eq!((&got["done"]["to"], &got["done"]["to_name"]), (&json!(channel.dealer), &json!("dealer D1")));
        assert_eq!((&got["done"]["items"], &got["done"]["kind"]), (&json!(1), &json!("ship")));
        // It is out of its hands.
        let again = store.post(&world, "/v1/returns", json!({"returns": [{"codes": codes[..1]}]})).await;
        assert_eq!(again.problem(), (404, "goods.not_held".into()));
        // What came from different hands goes back apart.
        let got = returned(&mut dealer, &world, &codes[..2]).await;
        assert_eq!(got["refused"]["code"], "goods.returned_apart");
        let got = returned(&mut dealer, &world, &[codes[0].clone(), codes[2].clone()]).await;
        assert_eq!((&got["done"]["to"], &got["done"]["items"]), (&json!(channel.hq), &json!(2)));
        let trace = world.get(&format!("/v1/codes/{}/trace", codes[0])).await.json();
        assert_eq!(trace["holder"]["organisation"], json!(channel.hq));
        let got = world.post("/v1/returns", json!({"returns": [{"codes": codes[5..6]}]})).await.json();
        assert_eq!(got["outcomes"][0]["refused"]["code"], "goods.not_handed_over");
    }

    async fn a_return_is_recorded_once_per_key(db: TestDb) {
        let world = World::new(db).await;
        let channel = channel(&world).await;
        let codes = world.codes().await;
        ship(&world, &codes[..1], &channel.dealer).await;
        ship(&world, &codes[..1], &channel.store).await;
        let key = world.fresh_key();
        let body = json!({"returns": [{"codes": codes[..1]}]}).to_string();
        let mut answers = Vec::new();
        for _ in 0..2 {
            answers.push(world.call("POST", "/v1/returns", Some(&world.owner), Some(&key), Some(body.clone())).await.text());
        }
        assert_eq!(answers[0], answers[1]);
        let trace = world.get(&format!("/v1/codes/{}/trace", codes[0])).await.json();
        // Out of its case, to the dealer, to the store, and back.
        assert_eq!(trace["steps"].as_array().unwrap().len(), 4, "{trace}");
    }
}
