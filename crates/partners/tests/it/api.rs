//! The routes: what callers get, and what is kept from them.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tallymark_base::TypedId as _;
use tallymark_base::id::{ApiKeyId, TenantId};
use tallymark_partners::{MIGRATIONS, api};
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
    assert_eq!((status, answer["code"].as_str().filter(|_| status >= 400).unwrap_or("")), expected, "{path}: {answer}");
    answer
}

fn brand(code: &str) -> Value {
    json!({"kind": "brand", "name": "清泉总部", "code": code})
}

both_engines! { [MIGRATIONS];
    async fn an_organisation_is_made_once_and_found_by_its_tenant_only(db: TestDb) {
        let (owner, path) = ((FIRST, "owner"), "/organisations");
        let hq = check(&db, owner, path, Some(("k1", &brand("HQ"))), (201, "")).await;
        assert_eq!(hq["name"], "清泉总部");
        assert_eq!(check(&db, owner, path, Some(("k1", &brand("HQ"))), (201, "")).await, hq);
        check(&db, owner, path, Some(("k1", &brand("H2"))), (409, "idempotency.reused")).await;
        check(&db, owner, path, Some(("k2", &brand("HQ"))), (409, "partners.code_taken")).await;

        let one = format!("/organisations/{}", hq["id"].as_str().unwrap());
        assert_eq!(check(&db, (FIRST, "read"), &one, None, (200, "")).await, hq);
        check(&db, (OTHER, "owner"), &one, None, (404, "partners.not_found")).await;
        assert_eq!(check(&db, (OTHER, "read"), path, None, (200, "")).await["items"], json!([]));
        let dealer = json!({"kind": "dealer", "parent": hq["id"], "name": "杭州", "code": "D1", "territory": ["330100"]});
        check(&db, (OTHER, "owner"), path, Some(("k1", &dealer)), (404, "partners.parent_not_found")).await;
        let dealer = check(&db, owner, path, Some(("k3", &dealer)), (201, "")).await;
        assert_eq!(dealer["parent"], hq["id"]);
    }

    async fn what_breaks_a_rule_is_refused_with_its_code(db: TestDb) {
        let owner = (FIRST, "owner");
        for (caller, body, expected) in [
            ((FIRST, "goods campaigns scan read"), brand("HQ"), (403, "auth.scope_missing")),
            (owner, json!({"kind": "brand", "name": " ", "code": "HQ"}), (422, "partners.name")),
            (owner, json!({"kind": "store", "name": "店", "code": "S1"}), (422, "partners.kind_misplaced")),
            (owner, json!({"kind": "shop", "name": "店", "code": "S1"}), (422, "request.body_invalid")),
            (owner, json!({"kind": "brand", "name": "店", "code": "HQ", "zone": 1}), (422, "request.body_invalid")),
        ] {
            check(&db, caller, "/organisations", Some(("k", &body)), expected).await;
        }
        check(&db, (FIRST, "scan"), "/organisations", None, (403, "auth.scope_missing")).await;
        // A refused request leaves its key free.
        check(&db, owner, "/organisations", Some(("k", &brand("HQ"))), (201, "")).await;
    }

    async fn pages_show_the_whole_tree_every_node_once_after_its_parent(db: TestDb) {
        let made = async |kind: &str, parent: Option<&Value>, code: &str| {
            let body = json!({"kind": kind, "parent": parent, "name": code, "code": code});
            check(&db, (FIRST, "owner"), "/organisations", Some((code, &body)), (201, "")).await["id"].clone()
        };
        let hq = made("brand", None, "hq").await;
        let (east, west) = (made("region", Some(&hq), "east").await, made("region", Some(&hq), "west").await);
        let dealer = made("dealer", Some(&west), "d1").await;
        for (parent, code) in [(&dealer, "s1"), (&east, "s2"), (&dealer, "s3"), (&hq, "s4")] {
            made("store", Some(parent), code).await;
        }
        for limit in [1, 2, 3, 8] {
            let mut codes = Vec::new();
            let mut path = format!("/organisations?limit={limit}");
            loop {
                let page = check(&db, (FIRST, "read"), &path, None, (200, "")).await;
                codes.extend(page["items"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()));
                let Some(next) = page["next"].as_str() else { break };
                path = format!("/organisations?limit={limit}&after={next}");
            }
            assert_eq!(codes, ["hq", "east", "s2", "west", "d1", "s1", "s3", "s4"], "limit {limit}");
        }
    }
}
