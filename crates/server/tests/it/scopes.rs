//! What a key may do by its scopes: for every route that the API describes.

use serde_json::{Value, json};
use tallymark_testkit::both_engines;

use crate::routes::{Route, routes};
use crate::world::{Got, World};

/// A body that the route takes, so that nothing but the scope can stand in the way; `Null` for a route without one.
/// Whoever adds a route that writes adds a line here.
fn body_of(route: &str) -> Option<Value> {
    let (from, to) = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    Some(match route {
        "POST /v1/api-keys" => json!({"name": "k", "scopes": ["owner"]}),
        "DELETE /v1/api-keys/{id}" => Value::Null,
        "POST /v1/batches" => {
            json!({"product": "prd_00TAXGT0000G0", "lot": "L1", "items": 24, "items_per_case": 24, "faces": "outer"})
        }
        "POST /v1/batches/{id}/activations" => json!({"first": 0, "last": 23}),
        "POST /v1/batches/{id}/voids" => json!({"first": 0, "last": 23, "reason": "recalled"}),
        "POST /v1/campaigns" => json!({
            "name": "c", "starts": from, "ends": to, "prizes": [{"name": "p", "weight": 1, "reward": {"kind": "nothing"}}]
        }),
        "POST /v1/campaigns/{id}/status" | "POST /v1/rebates/{id}/status" => json!({"status": "running"}),
        "POST /v1/code-keys/rotate" => json!({}),
        "POST /v1/fundings" => json!({"owner": "cam_00TAXGT0000G0", "unit": "CNY", "amount": 1}),
        "POST /v1/organisations" => json!({"kind": "brand", "name": "HQ", "code": "HQ"}),
        "PUT /v1/people/tier" => json!({"identifier": {"kind": "phone", "value": "13800138000"}, "tier": 1}),
        "POST /v1/products" => json!({"gtin": "6901234567892", "sku": "W6", "name": "Water"}),
        "DELETE /v1/providers/wechat" | "DELETE /v1/providers/sms" | "POST /v1/providers/wechat/test" => Value::Null,
        "PUT /v1/providers/wechat" => json!({"app_id": "wx520c15f417810387", "secret": "s"}),
        "PUT /v1/providers/sms" => json!({
            "protocol": "gateway", "url": "https://sms.example.com", "key_id": "k", "secret": "s", "template": "SMS_1",
            "price_fen": 5, "budget_fen_per_day": 500, "messages_per_day": 100
        }),
        "POST /v1/providers/sms/test" => json!({"phone": "13800138000"}),
        "POST /v1/rebates" => json!({"name": "r", "starts": from, "ends": to, "amount_fen": 1, "budget_fen": 1}),
        "POST /v1/scans" => json!({"code": "0123456789ABCDEF"}),
        "POST /v1/shipments" => json!({
            "to": "org_00TAXGT0000G0",
            "units": [{"batch": "bat_00TAXGT0000G0", "level": "case", "first": 0, "last": 0}]
        }),
        _ => return None,
    })
}

/// The parameters that a route cannot be read without.
fn query_of(route: &str) -> &'static str {
    match route {
        "GET /v1/balances" => "?owner=cam_00TAXGT0000G0&book=budget",
        "GET /v1/people" => "?kind=phone&value=13800138000",
        _ => "",
    }
}

async fn key(world: &World, scope: &str) -> String {
    let made = world.post("/v1/api-keys", json!({"name": scope, "scopes": [scope]})).await;
    made.json()["secret"].as_str().unwrap().to_owned()
}

async fn read(world: &World, route: &Route, key: &str) -> Got {
    world.call("GET", &format!("{}{}", route.path, query_of(&route.name)), Some(key), None, None).await
}

/// Which routes that read answer a key of one scope: all others must refuse it for its scope.
async fn readable_with(world: &World, scope: &str) -> Vec<String> {
    let key = key(world, scope).await;
    let mut readable = Vec::new();
    for route in routes().into_iter().filter(|route| route.method == "GET") {
        let got = read(world, &route, &key).await;
        if got.status == 403 {
            assert_eq!(got.problem().1, "auth.scope_missing", "{}", route.name);
        } else {
            // 404, since the ids are made up; anything about the request itself would hide who may ask.
            assert!([200, 404].contains(&got.status.as_u16()), "{}: {} {}", route.name, got.status, got.text());
            readable.push(route.name);
        }
    }
    readable
}

both_engines! { tallymark_server::migrations();
    async fn no_route_that_writes_answers_a_key_that_may_only_read(db: TestDb) {
        let world = World::new(db).await;
        let reader = key(&world, "read").await;
        for route in routes().into_iter().filter(|route| route.method != "GET") {
            let body = body_of(&route.name).unwrap_or_else(|| panic!("{} has no body in the table of this test", route.name));
            let body = (!body.is_null()).then(|| body.to_string());
            let got = world.call(&route.method, &route.path, Some(&reader), Some("k"), body).await;
            assert_eq!(got.problem(), (403, "auth.scope_missing".into()), "{}: {}", route.name, got.text());
        }
    }

    async fn a_key_that_sends_scans_reads_scans_and_people_alone(db: TestDb) {
        let world = World::new(db).await;
        assert_eq!(readable_with(&world, "scan").await, ["GET /v1/people", "GET /v1/scans/{id}"]);
    }

    async fn a_key_that_reads_sees_everything_but_keys_providers_and_unused_codes(db: TestDb) {
        let world = World::new(db).await;
        let readable = readable_with(&world, "read").await;
        let kept: Vec<String> = routes()
            .into_iter()
            .filter(|route| route.method == "GET" && !readable.contains(&route.name))
            .map(|route| route.name)
            .collect();
        let batches = ["GET /v1/batches/{id}/codes", "GET /v1/batches/{id}/labels"];
        assert_eq!(kept, ["GET /v1/api-keys", batches[0], batches[1], "GET /v1/providers"]);
    }
}
