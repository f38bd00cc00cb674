//! Whose key opens what.

use serde_json::json;
use tallymark_testkit::both_engines;
use tallymark_web::{Need, Scope};

use crate::routes::{Route, routes};
use crate::world::World;

both_engines! { tallymark_server::migrations();
    async fn no_route_answers_without_a_known_key(db: TestDb) {
        let world = World::new(db).await;
        let almost = format!("{}A", &world.owner[..world.owner.len() - 1]);
        for Route { method, path, need, .. } in routes().into_iter().filter(|route| route.need != Need::Public) {
            for key in [None, Some("tm_nothing"), Some(almost.as_str())] {
                let got = world.call(&method, &path, key, Some("k"), Some("{}".into())).await;
                assert_eq!(got.status, 401, "{method} {path} with {key:?}: {}", got.text());
                assert_eq!(got.header("www-authenticate"), "Bearer");
                // Event SDKs have words of their own.
                let is_delivery = need == Need::AnyOf(vec![Scope::Track]);
                let kind = if is_delivery { "application/json" } else { "application/problem+json" };
                assert_eq!(got.header("content-type"), kind, "{path}");
                assert_eq!(got.json().get("success").is_some(), is_delivery, "{path}");
            }
        }
    }

    async fn objects_of_another_tenant_are_not_there(db: TestDb) {
        let world = World::new(db).await;
        let new = tallymark_partners::NewTenant { name: "Other".into(), hosts: vec!["other.example".into()], zone: "UTC".into() };
        let other = tallymark_server::tenants::create(&world.context, new).await.unwrap();
        let code = world.codes().await.remove(0);
        let scan = world.post("/v1/scans", json!({"code": code})).await.json();
        let listed = world.get("/v1/campaigns").await.json();
        let campaign = listed["items"].as_array().or(listed.as_array()).unwrap()[0]["id"].as_str().unwrap().to_owned();
        let paths = [
            format!("/v1/batches/{}", world.batch),
            format!("/v1/campaigns/{campaign}"),
            format!("/v1/scans/{}", scan["scan"].as_str().unwrap()),
            format!("/v1/codes/{code}"),
        ];
        for path in paths {
            assert_eq!(world.get(&path).await.status, 200, "{path}");
            let got = world.call("GET", &path, Some(&other.key), None, None).await;
            assert_eq!(got.status, 404, "{path}: {}", got.text());
        }
        for list in ["/v1/products", "/v1/batches", "/v1/campaigns", "/v1/organisations"] {
            let got = world.call("GET", list, Some(&other.key), None, None).await.json();
            let items = got["items"].as_array().or(got.as_array()).unwrap();
            assert!(items.is_empty(), "{list}: {items:?}");
        }
        let balance = format!("/v1/balances?owner={campaign}&book=budget");
        assert_eq!(world.get(&balance).await.json()["available"], 10_000);
        assert_eq!(world.call("GET", &balance, Some(&other.key), None, None).await.json()["available"], 0);
    }

    async fn a_revoked_or_expired_key_opens_nothing(db: TestDb) {
        let world = World::new(db).await;
        let made = world.post("/v1/api-keys", json!({"name": "r", "scopes": ["read"]})).await.json();
        let key = made["secret"].as_str().unwrap().to_owned();
        let read = async || world.call("GET", "/v1/products", Some(&key), None, None).await.status.as_u16();
        assert_eq!(read().await, 200);
        let path = format!("/v1/api-keys/{}", made["id"].as_str().unwrap());
        assert_eq!(world.call("DELETE", &path, Some(&world.owner), None, None).await.status, 204);
        world.db.clock.advance(tallymark_access::TRUST_FOR);
        assert_eq!(read().await, 401);

        let end = "2026-03-01T01:00:00Z";
        let made = world.post("/v1/api-keys", json!({"name": "e", "scopes": ["read"], "expires_at": end})).await.json();
        let key = made["secret"].as_str().unwrap().to_owned();
        assert_eq!(world.call("GET", "/v1/products", Some(&key), None, None).await.status, 200);
        world.db.clock.advance(std::time::Duration::from_secs(3_600));
        assert_eq!(world.call("GET", "/v1/products", Some(&key), None, None).await.status, 401);
    }

    async fn a_repeated_request_makes_no_second_key_and_names_the_first(db: TestDb) {
        let world = World::new(db).await;
        let ask = async |key: &str, name: &str| {
            let body = json!({"name": name, "scopes": ["read"]}).to_string();
            world.call("POST", "/v1/api-keys", Some(&world.owner), Some(key), Some(body)).await
        };
        let made = ask("k1", "reader").await;
        assert_eq!(made.status, 201, "{}", made.text());
        let (id, secret) = (made.json()["id"].as_str().unwrap().to_owned(), made.json()["secret"].as_str().unwrap().to_owned());
        let again = ask("k1", "reader").await;
        assert_eq!(again.problem(), (409, "api_key.made_before".into()));
        assert!(again.json()["detail"].as_str().unwrap().contains(&id), "{}", again.text());
        assert_eq!(ask("k1", "another").await.problem(), (409, "idempotency.reused".into()));
        let body = json!({"name": "r", "scopes": ["read"]}).to_string();
        let without = world.call("POST", "/v1/api-keys", Some(&world.owner), None, Some(body)).await;
        assert_eq!(without.problem(), (400, "request.idempotency_key_missing".into()));
        // A refused request leaves its key free.
        assert_eq!(ask("k2", "").await.problem(), (422, "api_key.name".into()));
        assert_eq!(ask("k2", "second").await.status, 201);
        let listed = world.get("/v1/api-keys").await.json();
        let names: Vec<&str> = listed["items"].as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["owner", "reader", "second"]);
        // The first key works, and no stored answer tells its secret.
        assert_eq!(world.call("GET", "/v1/products", Some(&secret), None, None).await.status, 200);
        let mut tx = world.context.store.read().await.unwrap();
        let rows = tx.query("SELECT answer FROM request WHERE answer IS NOT NULL", &[]).await.unwrap();
        let answers: Vec<String> = rows.iter().map(|row| String::from_utf8(row.bytes(0).unwrap()).unwrap()).collect();
        assert!(answers.iter().any(|answer| answer.contains(&id)));
        assert!(answers.iter().all(|answer| !answer.contains("tm_") && !answer.contains(&secret[16..])));
    }

    async fn no_key_is_stored_in_the_clear(db: TestDb) {
        let world = World::new(db).await;
        let listed = world.get("/v1/api-keys").await.text();
        assert!(!listed.contains(&world.owner) && !listed.contains("tm_"));
        let mut tx = world.context.store.read().await.unwrap();
        let rows = tx.query("SELECT secret_hash FROM api_key", &[]).await.unwrap();
        assert!(rows.iter().all(|row| row.bytes(0).unwrap().len() == 32));
    }
}
