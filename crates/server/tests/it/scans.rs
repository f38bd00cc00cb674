//! Scans over HTTP: answers, retries, bad input.

use serde_json::json;
use tallymark_testkit::both_engines;

use crate::world::World;

both_engines! { tallymark_server::migrations();
    async fn a_scan_wins_is_explained_and_replays(db: TestDb) {
        let world = World::new(db).await;
        let code = world.codes().await.remove(0);
        let device = json!([{"kind": "device", "value": "0".repeat(32)}, {"kind": "phone", "value": "138 0013 8000"}]);
        let scan = world.post("/v1/scans", json!({"code": code, "identifiers": device, "claim": true})).await.json();
        assert_eq!((&scan["verdict"], &scan["checks"]), (&json!("genuine"), &json!(1)));
        assert_eq!(scan["reward"]["won"][0]["amount"], 88);
        let shown = world.get(&format!("/v1/scans/{}", scan["scan"].as_str().unwrap())).await.json();
        assert_eq!(shown["draws"][0]["replays"], true);
        assert_eq!(shown["transfers"][0]["amount"], 88);
        assert!(!shown["draws"][0]["en"].as_array().unwrap().is_empty());
        let person = world.person("phone", "13800138000").await;
        assert_eq!((&person["id"], &person["cny_fen"]), (&scan["person"], &json!(88)));
    }

    async fn the_same_key_gives_the_same_answer_and_another_body_is_a_conflict(db: TestDb) {
        let world = World::new(db).await;
        let codes = world.codes().await;
        let body = |code: &str| {
            Some(json!({"code": code, "identifiers": [{"kind": "device", "value": "1".repeat(32)}], "claim": true}).to_string())
        };
        let first = world.call("POST", "/v1/scans", Some(&world.owner), Some("k1"), body(&codes[0])).await;
        let again = world.call("POST", "/v1/scans", Some(&world.owner), Some("k1"), body(&codes[0])).await;
        assert_eq!((first.status, &first.body), (again.status, &again.body));
        let other = world.call("POST", "/v1/scans", Some(&world.owner), Some("k1"), body(&codes[1])).await;
        assert_eq!(other.problem(), (409, "idempotency.reused".into()));
    }

    async fn links_of_both_kinds_are_read_and_a_wrong_gtin_is_unknown(db: TestDb) {
        let world = World::new(db).await;
        let code = world.codes().await.remove(0);
        for (text, verdict) in [
            (format!("HTTPS://SPRING.EXAMPLE/C/{code}"), "genuine"),
            (format!("https://spring.example/01/06901234567892/21/{code}"), "genuine"),
            (format!("https://spring.example/01/04006381333931/21/{code}"), "unknown"),
            ("https://spring.example/elsewhere".into(), "unknown"),
            ("\u{5b57}".into(), "unknown"),
        ] {
            let scan = world.post("/v1/scans", json!({"code": text})).await;
            assert_eq!(scan.json()["verdict"], verdict, "{text}");
        }
    }

    async fn bad_input_is_told_apart_and_changes_nothing(db: TestDb) {
        let world = World::new(db).await;
        let send = async |body: &str, key: Option<&str>| {
            world.call("POST", "/v1/scans", Some(&world.owner), key, Some(body.to_owned())).await.problem()
        };
        let code = world.codes().await.remove(0);
        let claim = |identifiers: &str| format!(r#"{{"code": "{code}", "claim": true, "identifiers": {identifiers}}}"#);
        assert_eq!(send("{", Some("k")).await.0, 400);
        assert_eq!(send(r#"{"code": "X", "surprise": 1}"#, Some("k")).await.0, 422);
        assert_eq!(send("{}", Some("k")).await.0, 422);
        assert_eq!(send(r#"{"code": "X"}"#, None).await.0, 400);
        assert_eq!(send(&claim("[]"), Some("k")).await, (422, "scan.no_identifier".into()));
        assert_eq!(send(&claim(r#"[{"kind": "phone", "value": "12"}]"#), Some("k")).await.0, 422);
        assert_eq!(send(&format!(r#"{{"code": "{}"}}"#, "X".repeat(600)), Some("k")).await, (422, "scan.code_too_long".into()));
        assert_eq!(send(&format!(r#"{{"code": "{}"}}"#, "X".repeat(2 << 20)), Some("k")).await.0, 413);
        assert_eq!(send(r#"{"code": "\u0000"}"#, Some("k")).await.0, 400);
        assert_eq!(world.get(&format!("/v1/codes/{code}")).await.json()["checks"], 0);
    }

    async fn a_budget_that_was_used_up_pays_again_after_a_funding(db: TestDb) {
        let world = World::new(db).await;
        let campaigns = world.get("/v1/campaigns").await.json();
        let campaign = campaigns["items"].as_array().or(campaigns.as_array()).unwrap()[0]["id"].clone();
        let funded = world.post("/v1/fundings", json!({"owner": campaign, "unit": "CNY", "amount": 500})).await;
        assert_eq!((funded.status.as_u16(), &funded.json()["available"]), (201, &json!(10_500)));
        let none = world.post("/v1/fundings", json!({"owner": "reb_00TAXGT0000G0", "unit": "CNY", "amount": 500})).await;
        assert_eq!(none.problem(), (404, "ledger.budget_not_found".into()));
        let zero = world.post("/v1/fundings", json!({"owner": campaign, "unit": "CNY", "amount": 0})).await;
        assert_eq!(zero.problem(), (422, "ledger.amount".into()));
        assert_eq!(tallymark_scan::verify::discrepancies(&world.context.store).await.unwrap(), Vec::<String>::new());
    }
}
