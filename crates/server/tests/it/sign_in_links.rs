//! Links that sign people in: once, for a while, at their brand, and for handling goods alone.

use std::time::Duration;

use serde_json::{Value, json};
use tallymark_access::rules::totp;
use tallymark_base::Clock as _;
use tallymark_testkit::both_engines;

use crate::browser::{Browser, HOST, PASSWORD, invited, user};
use crate::world::{Got, World};

const CLERK: &str = "clerk@spring.example";

async fn made(world: &World, id: &str, terms: Value) -> Value {
    let made = world.post(&format!("/v1/users/{id}/sign-in-links"), terms).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()
}

async fn enter(world: &World, token: &Value) -> (Browser, Got) {
    let mut browser = Browser::new();
    let got = browser.post(world, "/v1/session/by-link", json!({"token": token})).await;
    (browser, got)
}

both_engines! { tallymark_server::migrations();
    async fn a_link_lets_somebody_without_a_password_in_once(db: TestDb) {
        let world = World::new(db).await;
        let id = invited(&world, CLERK, json!({"role": "clerk"})).await;
        let link = made(&world, &id, json!({})).await;
        assert_eq!(link["path"], format!("/clerk/#in={}", link["token"].as_str().unwrap()));
        assert_eq!(link["expires_at"], "2026-03-01T00:30:00Z");
        let (mut phone, got) = enter(&world, &link["token"]).await;
        assert_eq!((got.status.as_u16(), &got.json()["state"]), (201, &json!("open")));
        assert!(got.header("set-cookie").contains("Max-Age=43200;"), "{}", got.header("set-cookie"));
        assert_eq!(phone.get(&world, "/v1/me").await.json()["scopes"], json!(["logistics"]));
        let refused = (404, "access.link_refused".to_owned());
        assert_eq!(enter(&world, &link["token"]).await.1.problem(), refused);
        for wrong in [json!(""), json!("x"), json!("A".repeat(43))] {
            assert_eq!(enter(&world, &wrong).await.1.problem(), refused, "{wrong}");
        }
        // The next link makes the one before void.
        let (first, second) = (made(&world, &id, json!({})).await, made(&world, &id, json!({})).await);
        assert_eq!(enter(&world, &first["token"]).await.1.problem(), refused);
        assert_eq!(enter(&world, &second["token"]).await.1.status, 201);
    }

    async fn of_two_phones_with_one_link_one_gets_in(db: TestDb) {
        let world = World::new(db).await;
        let id = invited(&world, CLERK, json!({"role": "clerk"})).await;
        let link = made(&world, &id, json!({})).await;
        let (one, other) = tokio::join!(enter(&world, &link["token"]), enter(&world, &link["token"]));
        let mut statuses = [one.1.status.as_u16(), other.1.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 404]);
    }

    async fn a_link_and_its_session_end_when_they_said(db: TestDb) {
        let world = World::new(db).await;
        let id = invited(&world, CLERK, json!({"role": "clerk"})).await;
        for terms in [json!({"valid_minutes": 0}), json!({"valid_minutes": 1441}), json!({"session_hours": 721})] {
            let got = world.post(&format!("/v1/users/{id}/sign-in-links"), terms).await;
            assert_eq!(got.problem(), (422, "access.link_terms".into()));
        }
        let link = made(&world, &id, json!({"valid_minutes": 5})).await;
        world.db.clock.advance(Duration::from_secs(5 * 60));
        assert_eq!(enter(&world, &link["token"]).await.1.problem(), (404, "access.link_refused".into()));
        let link = made(&world, &id, json!({"valid_minutes": 1440, "session_hours": 48})).await;
        world.db.clock.advance(Duration::from_secs(1_439 * 60));
        let (mut phone, got) = enter(&world, &link["token"]).await;
        assert_eq!(got.status, 201);
        // Laid aside for more than a day, and still signed in; after two days not.
        world.db.clock.advance(Duration::from_secs(47 * 3_600));
        assert_eq!(phone.get(&world, "/v1/me").await.status, 200);
        world.db.clock.advance(Duration::from_secs(3_600));
        assert_eq!(phone.get(&world, "/v1/me").await.problem(), (401, "auth.session_unknown".into()));
    }

    async fn a_session_by_link_handles_goods_whatever_the_role_allows(db: TestDb) {
        let world = World::new(db).await;
        let owner = user(&world, "owner@spring.example", json!({"role": "owner"})).await;
        let (mut phone, _) = enter(&world, &made(&world, &owner, json!({})).await["token"]).await;
        assert_eq!(phone.get(&world, "/v1/codes/0").await.problem(), (404, "code.not_found".into()));
        assert_eq!(phone.get(&world, "/v1/products").await.status, 200);
        for path in ["/v1/users", "/v1/people", "/v1/campaigns", "/v1/audit", "/v1/api-keys"] {
            assert_eq!(phone.get(&world, path).await.problem(), (403, "auth.scope_missing".into()), "{path}");
        }
        let analyst = user(&world, "analyst@spring.example", json!({"role": "analyst"})).await;
        let got = world.post(&format!("/v1/users/{analyst}/sign-in-links"), json!({})).await;
        assert_eq!(got.problem(), (409, "access.role_without_goods".into()));
        // A role that is taken away takes the link and the session along.
        let clerk = invited(&world, CLERK, json!({"role": "clerk"})).await;
        let (mut phone, _) = enter(&world, &made(&world, &clerk, json!({})).await["token"]).await;
        let link = made(&world, &clerk, json!({})).await;
        let put = async |path: &str, body: Value| {
            let path = format!("/v1/users/{clerk}/{path}");
            assert_eq!(world.call("PUT", &path, Some(&world.owner), None, Some(body.to_string())).await.status, 200);
        };
        put("role", json!({"role": "analyst"})).await;
        assert_eq!(phone.get(&world, "/v1/products").await.problem(), (403, "auth.scope_missing".into()));
        assert_eq!(enter(&world, &link["token"]).await.1.problem(), (404, "access.link_refused".into()));
        put("role", json!({"role": "clerk"})).await;
        assert_eq!(phone.get(&world, "/v1/products").await.status, 200);
        let link = made(&world, &clerk, json!({})).await;
        put("status", json!({"status": "disabled"})).await;
        assert_eq!(phone.get(&world, "/v1/products").await.problem(), (401, "auth.session_unknown".into()));
        assert_eq!(enter(&world, &link["token"]).await.1.problem(), (404, "access.link_refused".into()));
    }

    async fn a_session_by_link_sees_its_branch_and_belongs_to_its_brand(db: TestDb) {
        let world = World::new(db).await;
        let organisation = async |kind: &str, parent: Option<&Value>, code: &str| {
            let new = json!({"kind": kind, "parent": parent, "name": code, "code": code});
            world.post("/v1/organisations", new).await.json()["id"].clone()
        };
        let hq = organisation("brand", None, "HQ").await;
        let (here, there) = (organisation("dealer", Some(&hq), "D1").await, organisation("dealer", Some(&hq), "D2").await);
        let id = invited(&world, CLERK, json!({"role": "store", "organisation": here})).await;
        let link = made(&world, &id, json!({})).await;
        // Another brand's host knows no such link, and it stays good for its own.
        let hosts = vec!["other.example".into()];
        let new = tallymark_partners::NewTenant { name: "Other".into(), hosts, zone: "UTC".into() };
        let other = tallymark_server::tenants::create(&world.context, new).await.unwrap();
        let mut astray = Browser::at("other.example");
        let got = astray.post(&world, "/v1/session/by-link", json!({"token": link["token"]})).await;
        assert_eq!(got.problem(), (404, "access.link_refused".into()));
        let path = format!("/v1/users/{id}/sign-in-links");
        let got = world.call("POST", &path, Some(&other.key), None, Some("{}".into())).await;
        assert_eq!(got.problem(), (404, "access.user_not_found".into()));
        let (mut phone, got) = enter(&world, &link["token"]).await;
        assert_eq!(got.status, 201);
        let seen = phone.get(&world, "/v1/organisations").await.json();
        assert_eq!(seen["items"].as_array().unwrap().len(), 1);
        let path = format!("/v1/organisations/{}", there.as_str().unwrap());
        assert_eq!(phone.get(&world, &path).await.status, 404);
        let mut elsewhere = Browser { host: "other.example".into(), ..phone.clone() };
        assert_eq!(elsewhere.get(&world, "/v1/me").await.problem(), (401, "auth.session_unknown".into()));
    }

    async fn a_second_factor_is_asked_for_after_a_link_too(db: TestDb) {
        let world = World::new(db).await;
        let id = user(&world, CLERK, json!({"role": "clerk"})).await;
        let mut desk = Browser::signed_in(&world, CLERK).await;
        let offered = desk.post(&world, "/v1/me/totp", json!({"password": PASSWORD})).await.json();
        let secret = data_encoding::BASE32_NOPAD.decode(offered["secret"].as_str().unwrap().as_bytes()).unwrap();
        let code = json!({"code": totp::shown(&secret, world.db.clock.now())});
        assert_eq!(desk.send(&world, "PUT", "/v1/me/totp", Some(code)).await.status, 200);
        let (mut phone, got) = enter(&world, &made(&world, &id, json!({"session_hours": 100})).await["token"]).await;
        assert_eq!(got.json()["state"], "second_factor");
        assert_eq!(phone.get(&world, "/v1/me").await.problem(), (401, "auth.second_factor_missing".into()));
        world.db.clock.advance(Duration::from_secs(60));
        let code = json!({"code": totp::shown(&secret, world.db.clock.now())});
        let got = phone.post(&world, "/v1/session/totp", code).await;
        assert_eq!(got.json()["state"], "open", "{}", got.text());
        // What the link said of the session holds for the whole one.
        assert!(got.header("set-cookie").contains("Max-Age=360000;"), "{}", got.header("set-cookie"));
        assert_eq!(phone.get(&world, "/v1/me").await.json()["scopes"], json!(["logistics"]));
        let listed = phone.get(&world, "/v1/me/sessions").await.json();
        assert_eq!(listed["items"].as_array().unwrap().last().unwrap()["scopes"], json!(["logistics"]));
    }

    async fn a_link_is_told_in_the_audit_log_and_its_token_nowhere(db: TestDb) {
        let world = World::new(db).await;
        let id = invited(&world, CLERK, json!({"role": "clerk"})).await;
        let link = made(&world, &id, json!({"session_hours": 3})).await;
        let token = link["token"].as_str().unwrap();
        enter(&world, &link["token"]).await;
        let log = world.get("/v1/audit?limit=200").await;
        let told = |action: &str| {
            let log = log.json();
            let found = log["items"].as_array().unwrap().iter().find(|entry| entry["action"] == action).cloned();
            found.unwrap_or_else(|| panic!("{action}: {log}"))
        };
        assert_eq!(told("user.sign_in_link_made")["after"], json!({"expires_at": "2026-03-01T00:30:00Z", "session_hours": 3}));
        assert_eq!(told("session.opened")["after"], json!(["logistics"]));
        assert_eq!(told("session.opened")["actor"], json!(id));
        assert!(!log.text().contains(token));
        let link = made(&world, &id, json!({})).await;
        let raw = data_encoding::BASE64URL_NOPAD.decode(link["token"].as_str().unwrap().as_bytes()).unwrap();
        let mut tx = world.context.store.read().await.unwrap();
        let rows = tx.query("SELECT token_hash FROM sign_in_link", &[]).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_ne!(rows[0].bytes(0).unwrap(), raw);
    }

    async fn a_new_password_makes_a_link_void(db: TestDb) {
        let world = World::new(db).await;
        let id = user(&world, CLERK, json!({"role": "clerk"})).await;
        let link = made(&world, &id, json!({})).await;
        let mut desk = Browser::signed_in(&world, CLERK).await;
        let change = json!({"current": PASSWORD, "new": "an entirely other phrase"});
        assert_eq!(desk.send(&world, "PUT", "/v1/me/password", Some(change)).await.status, 201);
        assert_eq!(desk.host, HOST);
        assert_eq!(enter(&world, &link["token"]).await.1.problem(), (404, "access.link_refused".into()));
    }
}
