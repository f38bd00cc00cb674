//! What a key of one scope may do, in words that do not come from the code: whoever opens a route to more keys changes a
//! list here. That each route refuses everybody else is proved in `authorisation`.

use serde_json::json;
use tallymark_testkit::both_engines;
use tallymark_web::Need;

use crate::routes::{Route, routes};
use crate::world::World;

/// The parameters that a route cannot be read without.
fn query_of(route: &str) -> &'static str {
    match route {
        "GET /v1/balances" => "?owner=cam_00TAXGT0000G0&book=budget",
        _ => "",
    }
}

/// Routes for which a scope is needed at all.
fn scoped() -> impl Iterator<Item = Route> {
    routes().into_iter().filter(|route| matches!(route.need, Need::AnyOf(_)))
}

/// Which routes a key of one scope may call: all others must refuse it for its scope.
async fn callable_with(world: &World, scope: &str) -> Vec<String> {
    let made = world.post("/v1/api-keys", json!({"name": scope, "scopes": [scope]})).await;
    let key = made.json()["secret"].as_str().unwrap().to_owned();
    let mut callable = Vec::new();
    for route in scoped() {
        let path = format!("{}{}", route.path, query_of(&route.name));
        let body = (route.method != "GET").then(|| "{".to_owned());
        let got = world.call(&route.method, &path, Some(&key), Some("k"), body).await;
        if got.status == 403 {
            assert_eq!(got.problem().1, "auth.scope_missing", "{}", route.name);
        } else {
            // The ids are made up and the bodies are none: whoever gets that far may call.
            assert!([200, 400, 404].contains(&got.status.as_u16()), "{}: {} {}", route.name, got.status, got.text());
            callable.push(route.name);
        }
    }
    callable
}

both_engines! { tallymark_server::migrations();
    async fn a_key_that_sends_scans_reads_scans_and_people_alone(db: TestDb) {
        let world = World::new(db).await;
        assert_eq!(callable_with(&world, "scan").await, ["GET /v1/recalls/{id}", "GET /v1/scans/{id}", "POST /v1/people/search", "POST /v1/scans"]);
    }

    async fn a_key_that_reads_sees_everything_but_keys_users_and_unused_codes(db: TestDb) {
        let world = World::new(db).await;
        let callable = callable_with(&world, "read").await;
        let writing: Vec<_> = callable.iter().filter(|route| !route.starts_with("GET ")).collect();
        assert_eq!(
            writing,
            [
                "DELETE /v1/exports/{id}", "POST /v1/exports", "POST /v1/identity/parting/preview", "POST /v1/look-ups", "POST /v1/people/search",
                "POST /v1/tasks/{id}/cancel", "POST /v1/tasks/{id}/retry"
            ],
            "it only looks, and takes with it what it saw"
        );
        let kept: Vec<String> =
            scoped().map(|route| route.name).filter(|name| name.starts_with("GET ") && !callable.contains(name)).collect();
        assert_eq!(
            kept,
            [
                "GET /v1/api-keys", "GET /v1/audit", "GET /v1/batches/{id}/codes", "GET /v1/batches/{id}/labels", "GET /v1/health", "GET /v1/oidc", "GET /v1/packages/{id}/downloads", "GET /v1/packages/{id}/file", "GET /v1/people-keys", "GET /v1/people/{id}/timeline", "GET /v1/providers", "GET /v1/users",
                "GET /v1/users/{id}", "GET /v1/webhooks", "GET /v1/webhooks/{id}"
            ]
        );
    }

    async fn a_key_that_reprints_sees_packages_and_takes_them(db: TestDb) {
        let world = World::new(db).await;
        let reprint = [
            "GET /v1/batches/{id}/packages", "GET /v1/packages/{id}", "GET /v1/packages/{id}/downloads", "GET /v1/packages/{id}/file",
        ];
        assert_eq!(callable_with(&world, "reprint").await, reprint);
    }

    async fn whoever_handles_goods_neither_prints_nor_withdraws_nor_pays(db: TestDb) {
        let world = World::new(db).await;
        // Of EPCIS, capturing and asking; what is asked by name and who is told is the brand's.
        let callable = callable_with(&world, "logistics").await;
        let (epcis, own): (Vec<String>, Vec<String>) = callable.into_iter().partition(|name| name.contains("/epcis/v2"));
        let writing: Vec<&String> = epcis.iter().filter(|name| !name.starts_with("GET ")).collect();
        assert_eq!(writing, ["POST /epcis/v2/capture", "POST /epcis/v2/events"]);
        let logistics = [
            "DELETE /v1/exports/{id}", "GET /v1/batches", "GET /v1/batches/{id}", "GET /v1/batches/{id}/code-list",
            "GET /v1/batches/{id}/holders", "GET /v1/codes/{code}", "GET /v1/codes/{code}/recalls", "GET /v1/codes/{code}/trace", "GET /v1/company-prefix",
            "GET /v1/exceptions", "GET /v1/exports", "GET /v1/exports/{id}", "GET /v1/exports/{id}/file", "GET /v1/flows",
            "GET /v1/flows/shipments", "GET /v1/imports", "GET /v1/imports/mappings", "GET /v1/imports/mappings/{name}",
            "GET /v1/imports/{id}", "GET /v1/imports/{id}/rejects", "GET /v1/links", "GET /v1/links/{id}", "GET /v1/operations",
            "GET /v1/operations/{id}", "GET /v1/organisations", "GET /v1/organisations/{id}", "GET /v1/products",
            "GET /v1/products/{id}", "GET /v1/products/{id}/pack-profiles", "GET /v1/recalls",
            "GET /v1/recalls/{id}", "GET /v1/recalls/{id}/holders", "GET /v1/shipments",
            "GET /v1/shipments/{id}", "GET /v1/tasks", "GET /v1/tasks/stream", "GET /v1/tasks/{id}",
            "POST /v1/batches/{id}/activations", "POST /v1/batches/{id}/printed", "POST /v1/exports",
            "POST /v1/imports/operations", "POST /v1/imports/operations/preview", "POST /v1/imports/{id}/cancel",
            "POST /v1/look-ups", "POST /v1/operations", "POST /v1/returns", "POST /v1/shipments",
            "POST /v1/tasks/{id}/cancel", "POST /v1/tasks/{id}/retry", "PUT /v1/imports/mappings/{name}",
        ];
        assert_eq!(own, logistics);
        // Where a GS1 key leads is public, as products are to whoever sells them.
        let sell = [
            "GET /v1/codes/{code}", "GET /v1/codes/{code}/recalls", "GET /v1/links", "GET /v1/links/{id}", "GET /v1/products",
            "GET /v1/products/{id}", "GET /v1/recalls/{id}",
        ];
        assert_eq!(callable_with(&world, "sell").await, sell);
    }
}
