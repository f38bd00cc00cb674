//! Lists over HTTP: pages both ways, filters, counts, and what a reader sees.

use serde_json::{Value, json};
use tallymark_testkit::both_engines;

use crate::world::World;

/// The page at an address.
async fn page(world: &World, path: &str) -> Value {
    let got = world.get(path).await;
    assert_eq!(got.status, 200, "{path}: {}", got.text());
    got.json()
}

fn items(page: &Value, field: &str) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
}

async fn scan(world: &World, code: &str, number: usize) -> String {
    let phone = json!({"kind": "phone", "value": format!("138{number:08}")});
    let got = world.post("/v1/scans", json!({"code": code, "identifiers": [phone], "claim": true})).await;
    got.json()["scan"].as_str().unwrap().to_owned()
}

both_engines! { tallymark_server::migrations();
    async fn scans_are_paged_both_ways_and_counted(db: TestDb) {
        let world = World::new(db).await;
        let codes = world.codes().await;
        let mut sent = Vec::new();
        for (number, code) in codes.iter().enumerate().take(7) {
            sent.insert(0, scan(&world, code, number).await);
        }
        let wrong = scan(&world, "0123456789ABCDEF", 0).await;
        sent.insert(0, wrong.clone());
        let first = page(&world, "/v1/scans?limit=3&count=true").await;
        assert_eq!(items(&first, "scan"), sent[..3]);
        assert_eq!((&first["previous"], &first["count"]), (&Value::Null, &json!({"number": 8, "exact": true})));
        let second = page(&world, &format!("/v1/scans?limit=3&after={}", first["next"].as_str().unwrap())).await;
        assert_eq!(items(&second, "scan"), sent[3..6]);
        assert_eq!(second["count"], Value::Null);
        let last = page(&world, &format!("/v1/scans?limit=3&after={}", second["next"].as_str().unwrap())).await;
        assert_eq!((items(&last, "scan"), &last["next"]), (sent[6..].to_vec(), &Value::Null));
        let back = page(&world, &format!("/v1/scans?limit=3&before={}", second["previous"].as_str().unwrap())).await;
        assert_eq!((items(&back, "scan"), &back["previous"]), (sent[..3].to_vec(), &Value::Null));
        let product = page(&world, "/v1/products").await["items"][0]["id"].as_str().unwrap().to_owned();
        for filter in [format!("product={product}"), format!("batch={}", world.batch), "verdict=genuine".into()] {
            assert_eq!(items(&page(&world, &format!("/v1/scans?{filter}")).await, "scan"), sent[1..], "{filter}");
        }
        assert_eq!(items(&page(&world, "/v1/scans?verdict=unknown").await, "scan"), [wrong]);
        assert_eq!(items(&page(&world, "/v1/scans?until=2026-01-01T00:00:00Z").await, "scan"), [""; 0]);
        let shown = &page(&world, "/v1/scans?verdict=genuine&limit=1").await["items"][0];
        assert_eq!(shown["reward"]["won"][0]["amount"], 88);
        assert!(shown["account"].as_str().unwrap().starts_with("acc_"));
        for wrong in ["limit=0", "limit=201", "after=x", "after=scn_00TAXGT0000G0&before=scn_00TAXGT0000G0", "verdict=good"] {
            assert_eq!(world.get(&format!("/v1/scans?{wrong}")).await.status, 400, "{wrong}");
        }
    }

    async fn people_are_listed_masked_with_what_they_own(db: TestDb) {
        let world = World::new(db).await;
        let codes = world.codes().await;
        for (number, code) in codes.iter().enumerate().take(3) {
            scan(&world, code, number).await;
        }
        let listed = page(&world, "/v1/people?limit=2&count=true").await;
        assert_eq!(listed["count"], json!({"number": 3, "exact": true}));
        assert_eq!(listed["items"][0]["identifiers"], json!([{"kind": "phone", "value": "138****0002"}]));
        let rest = page(&world, &format!("/v1/people?limit=2&after={}", listed["next"].as_str().unwrap())).await;
        let people = [items(&listed, "person"), items(&rest, "person")].concat();
        assert_eq!(people.len(), 3);
        assert_eq!(items(&page(&world, "/v1/people?first_kind=phone").await, "person"), people);
        assert_eq!(items(&page(&world, "/v1/people?first_kind=card").await, "person"), [""; 0]);
        let tag = json!({"set": [{"tag": "vip"}]}).to_string();
        let path = format!("/v1/people/{}/tags", people[1]);
        assert_eq!(world.call("PUT", &path, Some(&world.owner), None, Some(tag)).await.status, 200);
        assert_eq!(items(&page(&world, "/v1/people?tag=vip").await, "person"), people[1..2]);
        let made = world.post("/v1/api-keys", json!({"name": "analyst", "scopes": ["read"]})).await;
        let reads = made.json()["secret"].as_str().unwrap().to_owned();
        let hidden = world.call("GET", "/v1/people", Some(&reads), None, None).await.json();
        assert_eq!(hidden["items"][0]["identifiers"], json!([{"kind": "phone", "value": null}]));
        let owned = page(&world, &format!("/v1/people/balances?people={}", people.join(","))).await;
        let expected: Vec<Value> =
            people.iter().map(|person| json!({"person": person, "cny_fen": 88, "points": 0})).collect();
        assert_eq!(owned["items"], json!(expected));
        let account = page(&world, "/v1/scans?limit=1").await["items"][0]["account"].as_str().unwrap().to_owned();
        let person = page(&world, &format!("/v1/accounts/{account}/person")).await;
        assert_eq!(person["id"], people[0]);
    }

    async fn shipments_are_listed_with_their_receivers(db: TestDb) {
        let world = World::new(db).await;
        let body = json!({"kind": "brand", "name": "HQ", "code": "HQ"});
        let to = world.post("/v1/organisations", body).await.json()["id"].as_str().unwrap().to_owned();
        let units = json!([{"batch": world.batch, "level": "case", "first": 0, "last": 1}]);
        let sent = world.post("/v1/shipments", json!({"to": to, "units": units})).await.json();
        let listed = page(&world, "/v1/shipments?count=true").await;
        assert_eq!(listed["items"], json!([{"id": sent["id"], "to": to, "units": 1, "at": sent["at"]}]));
        assert_eq!(listed["count"], json!({"number": 1, "exact": true}));
        assert_eq!(items(&page(&world, &format!("/v1/shipments?to={to}")).await, "id").len(), 1);
        assert_eq!(world.get("/v1/shipments?to=org_00TAXGT0000G0").await.status, 404);
    }
}
