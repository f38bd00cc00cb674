//! The routes: what callers get, and what is kept from them.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tallymark_base::TypedId as _;
use tallymark_base::id::{ApiKeyId, TenantId};
use tallymark_campaigns::api;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;
use tallymark_web::Caller;
use tower::ServiceExt as _;

const FIRST: i64 = 1 << 30;
const OTHER: i64 = FIRST + 1;

/// What the key `scopes` of `tenant` gets: a POST under an idempotency key where there is a body. Checks the status and
/// the code of a problem ("" where there is none).
async fn check(
    db: &TestDb,
    (tenant, scopes): (i64, &str),
    path: &str,
    body: Option<(&str, &Value)>,
    expected: (u16, &str),
) -> Value {
    let mut request = match body {
        Some((key, body)) => Request::post(path)
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body.to_string())),
        None => Request::get(path).body(Body::empty()),
    }
    .unwrap();
    let (tenant, key) = (TenantId::from_raw(tenant), ApiKeyId::from_raw(1));
    request.extensions_mut().insert(Caller::with_key(tenant, key, scopes.parse().unwrap()));
    let router: Router = api::routes().split_for_parts().0.with_state(db.context());
    let response = router.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let answer: Value = serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap();
    let code = answer["code"].as_str().filter(|_| status >= 400).unwrap_or("");
    assert_eq!((status, code), expected, "{path}: {answer}");
    answer
}

/// A campaign of March 2026 with red packets of 0.88 yuan; `changed` fields take the place of its own.
fn campaign(changed: Value) -> Value {
    let mut body = json!({
        "name": "春季扫码", "starts": "2026-03-01T00:00:00Z", "ends": "2026-04-01T00:00:00Z",
        "regions": ["330000"], "caps": {"per_person": 3}, "budget_fen": 10_000,
        "prizes": [{"name": "红包", "weight": 1, "reward": {"kind": "red_packet", "min_fen": 88, "max_fen": 88}}],
        "fallback": "红包"
    });
    body.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
    body
}

both_engines! { crate::campaign::MIGRATIONS;
    async fn a_campaign_is_made_and_steered_once_and_found_by_its_tenant_only(db: TestDb) {
        let (writer, reader, other) = ((FIRST, "campaigns"), (FIRST, "read"), (OTHER, "owner"));
        let body = campaign(json!({}));
        let made = check(&db, writer, "/campaigns", Some(("k1", &body)), (201, "")).await;
        assert_eq!((&made["status"], &made["prizes"][0]["id"]), (&json!("draft"), &made["fallback"]));
        assert_eq!(check(&db, writer, "/campaigns", Some(("k1", &body)), (201, "")).await, made);
        let changed = campaign(json!({"budget_fen": 20_000}));
        check(&db, writer, "/campaigns", Some(("k1", &changed)), (409, "idempotency.reused")).await;

        let one = format!("/campaigns/{}", made["id"].as_str().unwrap());
        assert_eq!(check(&db, reader, &one, None, (200, "")).await, made);
        check(&db, other, &one, None, (404, "campaigns.not_found")).await;
        let (status, run) = (format!("{one}/status"), json!({"status": "running"}));
        check(&db, other, &status, Some(("k1", &run)), (404, "campaigns.not_found")).await;
        check(&db, reader, &status, Some(("k1", &run)), (403, "auth.scope_missing")).await;
        let running = check(&db, writer, &status, Some(("k1", &run)), (200, "")).await;
        assert_eq!(running["status"], "running");
        let ended = json!({"status": "ended"});
        check(&db, writer, &status, Some(("k1", &ended)), (409, "idempotency.reused")).await;
        check(&db, writer, &status, Some(("k2", &ended)), (200, "")).await;
        // A retry gets the first answer, whatever happened since.
        assert_eq!(check(&db, writer, &status, Some(("k1", &run)), (200, "")).await, running);
        check(&db, writer, &status, Some(("k3", &run)), (409, "campaigns.status_change")).await;
    }

    async fn what_breaks_a_rule_is_refused_with_its_code(db: TestDb) {
        let writer = (FIRST, "campaigns");
        for (caller, changed, expected) in [
            ((FIRST, "goods scan read"), json!({}), (403, "auth.scope_missing")),
            (writer, json!({"ends": "2026-03-01T00:00:00Z"}), (422, "campaigns.ends_before_start")),
            (writer, json!({"budget_fen": 0}), (422, "campaigns.budget_zero")),
            (writer, json!({"regions": ["339999"]}), (422, "campaigns.place_unknown")),
            (writer, json!({"products": ["prd_00TAXGT0000G0"]}), (422, "campaigns.product_unknown")),
            (writer, json!({"batches": ["bat_00TAXGT0000G0"]}), (422, "campaigns.batch_unknown")),
            (writer, json!({"fallback": "雨伞"}), (422, "campaigns.fallback_unknown")),
            (writer, json!({"prizes": []}), (422, "campaigns.no_prizes")),
            (writer, json!({"caps": {"per_week": 1}}), (422, "request.body_invalid")),
            (writer, json!({"budget": 1}), (422, "request.body_invalid")),
        ] {
            check(&db, caller, "/campaigns", Some(("k", &campaign(changed))), expected).await;
        }
        check(&db, (FIRST, "scan goods"), "/campaigns", None, (403, "auth.scope_missing")).await;
        // A refused request leaves its key free.
        check(&db, writer, "/campaigns", Some(("k", &campaign(json!({})))), (201, "")).await;
    }

    async fn pages_show_every_campaign_of_the_tenant_once(db: TestDb) {
        for name in ["a", "b", "c", "d", "e"] {
            check(&db, (FIRST, "owner"), "/campaigns", Some((name, &campaign(json!({"name": name})))), (201, "")).await;
        }
        for limit in [1, 2, 5] {
            let mut names = Vec::new();
            let mut path = format!("/campaigns?limit={limit}");
            loop {
                let page = check(&db, (FIRST, "read"), &path, None, (200, "")).await;
                names.extend(page["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()));
                let Some(next) = page["next"].as_str() else { break };
                path = format!("/campaigns?limit={limit}&after={next}");
            }
            assert_eq!(names, ["a", "b", "c", "d", "e"], "limit {limit}");
        }
        let none = json!({"items": [], "next": null});
        assert_eq!(check(&db, (OTHER, "owner"), "/campaigns", None, (200, "")).await, none);
    }
}
