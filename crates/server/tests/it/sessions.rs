//! Signing in: what opens a session, what does not, and what ends it.

use std::time::Duration;

use serde_json::json;
use tallymark_access::rules::totp;
use tallymark_base::Clock as _;
use tallymark_testkit::both_engines;

use crate::browser::{Browser, PASSWORD, invited, link, user};
use crate::world::World;

const EMAIL: &str = "li@spring.example";

/// A second brand on the same installation; gives its owner's key.
async fn other_brand(world: &World) -> String {
    let hosts = vec!["other.example".into()];
    let new = tallymark_partners::NewTenant { name: "Other".into(), hosts, zone: "UTC".into() };
    tallymark_server::tenants::create(&world.context, new).await.unwrap().key
}

both_engines! { tallymark_server::migrations();
    async fn an_invited_person_sets_a_password_once_and_signs_in(db: TestDb) {
        let world = World::new(db).await;
        let id = invited(&world, "Li@Spring.Example ", json!({"role": "marketer"})).await;
        let mut browser = Browser::new();
        assert_eq!(browser.sign_in(&world, EMAIL, PASSWORD).await.problem(), (401, "access.sign_in_refused".into()));
        let (void, token) = (link(&world, &id).await, link(&world, &id).await);
        let set = async |token: &str, password: &str| {
            let got = Browser::new().post(&world, "/v1/password/by-link", json!({"token": token, "password": password})).await;
            (got.status.as_u16(), serde_json::from_slice::<serde_json::Value>(&got.body).unwrap_or_default()["code"].clone())
        };
        assert_eq!(set(&void, PASSWORD).await, (404, json!("access.link_refused")));
        assert_eq!(set(&token, "short").await, (422, json!("access.password")));
        assert_eq!(set(&token, PASSWORD).await.0, 204);
        assert_eq!(set(&token, PASSWORD).await, (404, json!("access.link_refused")));

        let got = browser.sign_in(&world, EMAIL, PASSWORD).await;
        assert_eq!(got.status, 201);
        let cookie = got.header("set-cookie");
        assert!(cookie.starts_with("tm_session=") && cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
        let me = browser.get(&world, "/v1/me").await.json();
        assert_eq!((&me["user"]["id"], &me["user"]["status"]), (&json!(id), &json!("active")));
        assert_eq!(me["scopes"], json!(["campaigns", "read", "people", "query", "orders"]));
        assert_eq!(me["csrf"].as_str(), browser.csrf.as_deref());
        assert_eq!(browser.get(&world, "/v1/campaigns").await.status, 200);
        assert_eq!(browser.send(&world, "DELETE", "/v1/session", None).await.status, 204);
        assert_eq!(browser.cookie, None);
        assert_eq!(browser.get(&world, "/v1/me").await.problem(), (401, "auth.key_missing".into()));
    }

    async fn forged_expired_and_foreign_cookies_open_nothing(db: TestDb) {
        let world = World::new(db).await;
        other_brand(&world).await;
        user(&world, EMAIL, json!({"role": "owner"})).await;
        let mut browser = Browser::signed_in(&world, EMAIL).await;
        let unknown = (401, "auth.session_unknown".to_owned());
        let real = browser.cookie.clone().unwrap();
        for forged in ["tm_session=x".to_owned(), format!("tm_session={}", "A".repeat(43)), real[..real.len() - 1].to_owned()] {
            let mut thief = Browser { cookie: Some(forged.clone()), ..browser.clone() };
            assert_eq!(thief.get(&world, "/v1/me").await.problem(), unknown, "{forged}");
        }
        for host in ["other.example", "nobody.example", ""] {
            let mut elsewhere = Browser { host: host.into(), ..browser.clone() };
            assert_eq!(elsewhere.get(&world, "/v1/me").await.problem(), unknown, "{host}");
        }
        // Idle for less than an hour, again and again; then for more.
        for _ in 0..3 {
            world.db.clock.advance(Duration::from_secs(59 * 60));
            assert_eq!(browser.get(&world, "/v1/me").await.status, 200);
        }
        let mut idle = browser.clone();
        world.db.clock.advance(Duration::from_secs(61 * 60));
        assert_eq!(idle.get(&world, "/v1/me").await.problem(), unknown);
        // In use all the time, for longer than twelve hours.
        let mut busy = Browser::signed_in(&world, EMAIL).await;
        for _ in 0..14 {
            world.db.clock.advance(Duration::from_secs(50 * 60));
            assert_eq!(busy.get(&world, "/v1/me").await.status, 200);
        }
        world.db.clock.advance(Duration::from_secs(50 * 60));
        assert_eq!(busy.get(&world, "/v1/me").await.problem(), unknown);
    }

    async fn a_writing_call_by_cookie_must_come_from_a_page_of_ours(db: TestDb) {
        let world = World::new(db).await;
        user(&world, EMAIL, json!({"role": "owner"})).await;
        let browser = Browser::signed_in(&world, EMAIL).await;
        let product = || json!({"gtin": "4006381333931", "sku": "P2", "name": "Pen"});
        let refused = |mut browser: Browser| {
            let world = &world;
            async move { browser.post(world, "/v1/products", product()).await.problem() }
        };
        let token = (403, "auth.csrf_refused".to_owned());
        assert_eq!(refused(Browser { csrf: None, ..browser.clone() }).await, token);
        assert_eq!(refused(Browser { csrf: Some("x".repeat(22)), ..browser.clone() }).await, token);
        let other = Browser::signed_in(&world, EMAIL).await;
        assert_eq!(refused(Browser { csrf: other.csrf, ..browser.clone() }).await, token);
        let site = (403, "auth.origin_foreign".to_owned());
        for origin in ["https://evil.example", "null", "http://spring.example.evil.example", "http://spring.example:81"] {
            assert_eq!(refused(Browser { origin: Some(origin.into()), ..browser.clone() }).await, site, "{origin}");
            let mut stranger = Browser { origin: Some(origin.into()), ..Browser::new() };
            assert_eq!(stranger.sign_in(&world, EMAIL, PASSWORD).await.problem(), site, "{origin}");
        }
        assert_eq!(world.get("/v1/products").await.json()["items"].as_array().unwrap().len(), 1);
        let mut program = Browser { origin: None, ..browser.clone() };
        assert_eq!(program.post(&world, "/v1/products", product()).await.status, 201);
    }

    async fn a_role_that_changes_in_mid_session_holds_at_once(db: TestDb) {
        let world = World::new(db).await;
        let id = user(&world, EMAIL, json!({"role": "owner"})).await;
        let mut browser = Browser::signed_in(&world, EMAIL).await;
        assert_eq!(browser.get(&world, "/v1/users").await.status, 200);
        let put = async |path: &str, body: serde_json::Value| {
            let path = format!("/v1/users/{id}/{path}");
            world.call("PUT", &path, Some(&world.owner), None, Some(body.to_string())).await
        };
        // The only owner cannot be taken away, whoever asks.
        assert_eq!(put("role", json!({"role": "analyst"})).await.problem(), (409, "access.last_owner".into()));
        assert_eq!(put("status", json!({"status": "disabled"})).await.problem(), (409, "access.last_owner".into()));
        user(&world, "wang@spring.example", json!({"role": "owner"})).await;
        assert_eq!(put("role", json!({"role": "analyst"})).await.status, 200);
        assert_eq!(browser.get(&world, "/v1/users").await.problem(), (403, "auth.scope_missing".into()));
        assert_eq!(browser.get(&world, "/v1/products").await.status, 200);
        assert_eq!(put("role", json!({"role": "store"})).await.problem(), (422, "access.role_place".into()));
        assert_eq!(put("status", json!({"status": "disabled"})).await.status, 200);
        assert_eq!(browser.get(&world, "/v1/products").await.problem(), (401, "auth.session_unknown".into()));
        assert_eq!(Browser::new().sign_in(&world, EMAIL, PASSWORD).await.problem(), (401, "access.sign_in_refused".into()));
        assert_eq!(put("status", json!({"status": "active"})).await.json()["status"], "active");
        Browser::signed_in(&world, EMAIL).await;
    }

    async fn a_database_that_came_back_lets_nobody_in_by_a_cookie_or_link_of_then(db: TestDb) {
        let world = World::new(db).await;
        let id = user(&world, EMAIL, json!({"role": "owner"})).await;
        let mut before = Browser::signed_in(&world, EMAIL).await;
        let token = link(&world, &id).await;
        let mut tx = world.context.store.write().await.unwrap();
        let tenants = tallymark_partners::tenant::ids(&mut tx).await.unwrap();
        assert_eq!(tallymark_access::end_all(&mut tx, tenants[0]).await.unwrap(), 2);
        tx.commit().await.unwrap();
        // As a server that has just started: it remembers nobody.
        let started = world.another_server();
        assert_eq!(before.get(&started, "/v1/me").await.problem(), (401, "auth.session_unknown".into()));
        let set = json!({"token": token, "password": PASSWORD});
        assert_eq!(Browser::new().post(&started, "/v1/password/by-link", set).await.problem().0, 404);
        Browser::signed_in(&started, EMAIL).await;
    }

    async fn what_one_server_changes_holds_on_the_others_within_five_seconds(db: TestDb) {
        let world = World::new(db).await;
        let other = world.another_server();
        let id = user(&world, EMAIL, json!({"role": "marketer"})).await;
        let mut browser = Browser::signed_in(&world, EMAIL).await;
        assert_eq!(browser.get(&other, "/v1/campaigns").await.status, 200);
        let put = async |path: &str, body: serde_json::Value| {
            let path = format!("/v1/users/{id}/{path}");
            world.call("PUT", &path, Some(&world.owner), None, Some(body.to_string())).await.status
        };
        assert_eq!(put("role", json!({"role": "clerk"})).await, 200);
        world.db.clock.advance(tallymark_access::TRUST_FOR);
        assert_eq!(browser.get(&other, "/v1/campaigns").await.problem(), (403, "auth.scope_missing".into()));
        assert_eq!(put("status", json!({"status": "disabled"})).await, 200);
        world.db.clock.advance(tallymark_access::TRUST_FOR);
        assert_eq!(browser.get(&other, "/v1/products").await.problem(), (401, "auth.session_unknown".into()));
    }

    async fn neither_text_nor_waiting_tells_whether_there_is_an_account(db: TestDb) {
        let world = World::new(db).await;
        user(&world, EMAIL, json!({"role": "analyst"})).await;
        let mut told = Vec::new();
        for email in [EMAIL, "nobody@spring.example"] {
            let mut answers = Vec::new();
            for _ in 0..6 {
                let got = Browser::new().sign_in(&world, email, "a wrong password").await;
                answers.push((got.problem(), got.json()["detail"].clone(), got.header("retry-after").to_owned()));
            }
            told.push(answers);
        }
        assert_eq!(told[0], told[1]);
        let codes: Vec<u16> = told[0].iter().map(|((status, _), ..)| *status).collect();
        assert_eq!(codes, [401, 401, 401, 401, 401, 429]);
        assert_eq!(told[0][5].2, "1");
        // The right password waits as well, and opens after the wait.
        assert_eq!(Browser::new().sign_in(&world, EMAIL, PASSWORD).await.status, 429);
        world.db.clock.advance(Duration::from_secs(1));
        Browser::signed_in(&world, EMAIL).await;
        // What was proved forgives the failures before it.
        let again = Browser::new().sign_in(&world, EMAIL, "a wrong password").await;
        assert_eq!(again.status, 401);
        Browser::signed_in(&world, EMAIL).await;
    }

    async fn a_second_factor_takes_every_code_once(db: TestDb) {
        let world = World::new(db).await;
        let id = user(&world, EMAIL, json!({"role": "owner"})).await;
        let mut browser = Browser::signed_in(&world, EMAIL).await;
        let wrong = browser.post(&world, "/v1/me/totp", json!({"password": "not this one"})).await;
        assert_eq!(wrong.problem(), (403, "access.password_wrong".into()));
        let offered = browser.post(&world, "/v1/me/totp", json!({"password": PASSWORD})).await.json();
        assert!(offered["uri"].as_str().unwrap().starts_with("otpauth://totp/"));
        let secret = data_encoding::BASE32_NOPAD.decode(offered["secret"].as_str().unwrap().as_bytes()).unwrap();
        let code = || totp::shown(&secret, world.db.clock.now());
        let wrong = browser.send(&world, "PUT", "/v1/me/totp", Some(json!({"code": "abcdef"}))).await;
        assert_eq!(wrong.problem(), (422, "access.code_refused".into()));
        let on = browser.send(&world, "PUT", "/v1/me/totp", Some(json!({"code": code()}))).await.json();
        let recovery = on["recovery_codes"][0].as_str().unwrap().to_owned();

        let mut half = Browser::new();
        let got = half.sign_in(&world, EMAIL, PASSWORD).await;
        assert_eq!((got.status.as_u16(), got.json()), (201, json!({"state": "second_factor", "user": null, "csrf": null})));
        assert_eq!(half.get(&world, "/v1/me").await.problem(), (401, "auth.second_factor_missing".into()));
        let refused = (401, "access.code_refused".to_owned());
        // The code that turned it on was taken.
        let used = json!({"code": code()});
        assert_eq!(half.clone().post(&world, "/v1/session/totp", used).await.problem(), refused);
        world.db.clock.advance(Duration::from_secs(30));
        let next = json!({"code": code()});
        let mut first = half.clone();
        assert_eq!(first.post(&world, "/v1/session/totp", next.clone()).await.status, 201);
        assert_ne!(first.cookie, half.cookie);
        assert_eq!(first.get(&world, "/v1/me").await.status, 200);
        assert_eq!(half.clone().post(&world, "/v1/session/totp", next.clone()).await.problem(), refused);
        let mut second = Browser::new();
        second.sign_in(&world, EMAIL, PASSWORD).await;
        assert_eq!(second.post(&world, "/v1/session/totp", next).await.problem(), refused);
        let spare = json!({"recovery_code": recovery.to_lowercase()});
        assert_eq!(second.post(&world, "/v1/session/totp", spare.clone()).await.status, 201);
        let mut third = Browser::new();
        third.sign_in(&world, EMAIL, PASSWORD).await;
        assert_eq!(third.post(&world, "/v1/session/totp", spare).await.problem(), refused);
        let got = world.call("DELETE", &format!("/v1/users/{id}/totp"), Some(&world.owner), None, None).await;
        assert_eq!(got.status, 204);
        Browser::signed_in(&world, EMAIL).await;
    }

    async fn codes_of_a_second_factor_cannot_be_tried_out(db: TestDb) {
        let world = World::new(db).await;
        user(&world, EMAIL, json!({"role": "analyst"})).await;
        let mut browser = Browser::signed_in(&world, EMAIL).await;
        let offered = browser.post(&world, "/v1/me/totp", json!({"password": PASSWORD})).await.json();
        let secret = data_encoding::BASE32_NOPAD.decode(offered["secret"].as_str().unwrap().as_bytes()).unwrap();
        let code = totp::shown(&secret, world.db.clock.now());
        assert_eq!(browser.send(&world, "PUT", "/v1/me/totp", Some(json!({"code": code}))).await.status, 200);
        let mut answers = Vec::new();
        for n in 0..6 {
            // A new half session for each try does not start the count anew.
            let mut half = Browser::new();
            assert_eq!(half.sign_in(&world, EMAIL, PASSWORD).await.status, 201);
            answers.push(half.post(&world, "/v1/session/totp", json!({"code": format!("00000{n}")})).await.status.as_u16());
        }
        assert_eq!(answers, [401, 401, 401, 401, 401, 429]);
        // A half session is over after five minutes.
        let mut half = Browser::new();
        half.sign_in(&world, EMAIL, PASSWORD).await;
        world.db.clock.advance(Duration::from_secs(301));
        let late = json!({"code": totp::shown(&secret, world.db.clock.now())});
        assert_eq!(half.post(&world, "/v1/session/totp", late).await.problem(), (401, "access.code_refused".into()));
    }

    async fn a_new_password_ends_every_session_but_the_one_that_set_it(db: TestDb) {
        let world = World::new(db).await;
        let id = user(&world, EMAIL, json!({"role": "analyst"})).await;
        let (mut here, mut there) = (Browser::signed_in(&world, EMAIL).await, Browser::signed_in(&world, EMAIL).await);
        assert_eq!(there.get(&world, "/v1/me").await.status, 200);
        let old = here.clone();
        let new = "an entirely other phrase";
        let body = Some(json!({"current": PASSWORD, "new": new}));
        assert_eq!(here.send(&world, "PUT", "/v1/me/password", body).await.status, 201);
        assert_eq!(here.get(&world, "/v1/me").await.status, 200);
        for mut ended in [there, old] {
            assert_eq!(ended.get(&world, "/v1/me").await.problem(), (401, "auth.session_unknown".into()));
        }
        assert_eq!(Browser::new().sign_in(&world, EMAIL, PASSWORD).await.status, 401);

        // A reset link lasts half an hour, and ends every session.
        let late = link(&world, &id).await;
        world.db.clock.advance(Duration::from_secs(30 * 60));
        let set = async |token: &str| {
            Browser::new().post(&world, "/v1/password/by-link", json!({"token": token, "password": PASSWORD})).await.status.as_u16()
        };
        assert_eq!(set(&late).await, 404);
        assert_eq!(here.get(&world, "/v1/me").await.status, 200);
        let token = link(&world, &id).await;
        assert_eq!(set(&token).await, 204);
        assert_eq!(here.get(&world, "/v1/me").await.status, 401);
        Browser::signed_in(&world, EMAIL).await;
    }

    async fn sessions_are_listed_and_ended_by_their_owner_only(db: TestDb) {
        let world = World::new(db).await;
        user(&world, EMAIL, json!({"role": "analyst"})).await;
        user(&world, "wang@spring.example", json!({"role": "owner"})).await;
        let (mut here, mut there) = (Browser::signed_in(&world, EMAIL).await, Browser::signed_in(&world, EMAIL).await);
        let mut other = Browser::signed_in(&world, "wang@spring.example").await;
        let listed = here.get(&world, "/v1/me/sessions").await.json();
        let ids: Vec<&str> = listed["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 2);
        assert_eq!(listed["items"][0]["agent"], "Test Browser/1.0");
        let second = ids.iter().find(|id| **id != listed["current"]).unwrap();
        let path = format!("/v1/me/sessions/{second}");
        assert_eq!(other.send(&world, "DELETE", &path, None).await.problem(), (404, "access.session_not_found".into()));
        assert_eq!(here.send(&world, "DELETE", &path, None).await.status, 204);
        assert_eq!(there.get(&world, "/v1/me").await.status, 401);
        // A key has no sessions.
        assert_eq!(world.get("/v1/me/sessions").await.problem(), (403, "auth.user_needed".into()));
        assert_eq!(world.get("/v1/me").await.json()["scopes"], json!(["owner"]));
        // Twenty more: the oldest go.
        for _ in 0..20 {
            Browser::signed_in(&world, EMAIL).await;
        }
        assert_eq!(here.get(&world, "/v1/me").await.status, 401);
    }

    async fn asking_for_a_reset_never_tells_and_reaches_the_owners(db: TestDb) {
        let world = World::new(db).await;
        let id = user(&world, EMAIL, json!({"role": "analyst"})).await;
        let ask = async |email: &str| {
            let got = Browser::new().post(&world, "/v1/password/reset-requests", json!({"email": email})).await;
            (got.status.as_u16(), got.body)
        };
        assert_eq!(ask(EMAIL).await, (202, Vec::new()));
        assert_eq!(ask("nobody@spring.example").await, (202, Vec::new()));
        let asked = async || world.get(&format!("/v1/users/{id}")).await.json()["reset_asked_at"].clone();
        for _ in 0..100 {
            if !asked().await.is_null() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(asked().await, "2026-03-01T00:00:00Z");
        let flood: Vec<u16> = [ask(EMAIL).await, ask(EMAIL).await, ask(EMAIL).await, ask(EMAIL).await].map(|got| got.0).to_vec();
        assert_eq!(flood, [202, 202, 202, 429]);
    }

    async fn nothing_that_opens_a_session_is_stored(db: TestDb) {
        let world = World::new(db).await;
        let id = user(&world, EMAIL, json!({"role": "owner"})).await;
        let token = link(&world, &id).await;
        let browser = Browser::signed_in(&world, EMAIL).await;
        let cookie = browser.cookie.unwrap().split_once('=').unwrap().1.to_owned();
        let mut tx = world.context.store.read().await.unwrap();
        for (sql, secret) in [
            ("SELECT token_hash FROM user_session", &cookie),
            ("SELECT token_hash FROM password_link", &token),
        ] {
            let raw = data_encoding::BASE64URL_NOPAD.decode(secret.as_bytes()).unwrap();
            let rows = tx.query(sql, &[]).await.unwrap();
            assert!(!rows.is_empty());
            assert!(rows.iter().all(|row| row.bytes(0).unwrap() != raw), "{sql}");
        }
        let rows = tx.query("SELECT password FROM tenant_user", &[]).await.unwrap();
        assert!(rows[0].text(0).unwrap().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }
}
