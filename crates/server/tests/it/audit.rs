//! The audit log: every writing route leaves an entry with its change, and none tells a secret.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tallymark_access::rules::totp;
use tallymark_base::Clock as _;
use tallymark_testkit::both_engines;

use crate::authorisation::cases::{Case, Objects, cases};
use crate::browser::{Browser, PASSWORD, invited, link, user};
use crate::routes::routes;
use crate::world::{Got, World};

const OWNER: &str = "owner@spring.example";
const NEW_PASSWORD: &str = "an entirely other phrase";

/// Writing routes whose record is not the audit log, with the reason.
const DELIVERED: &str = "events are facts of their own; there are thousands a second";
const RECORDED: &str = "an order is itself a stored fact with its decision; there are thousands a second";
const KEPT_ELSEWHERE: [(&str, &str); 26] = [
    ("POST /v1/recalls/preview", "a question that changes nothing"),
    ("POST /v1/look-ups", "a question that changes nothing"),
    ("POST /v1/people/search", "a question that changes nothing"),
    ("POST /v1/query", "a question that changes nothing"),
    ("POST /v1/identity/parting/preview", "a question that changes nothing"),
    ("POST /v1/imports/members/preview", "a question that changes nothing"),
    ("POST /v1/imports/orders/preview", "a question that changes nothing"),
    ("POST /v1/imports/articles/preview", "a question that changes nothing"),
    ("POST /v1/imports/operations/preview", "a question that changes nothing"),
    ("POST /v1/imports/codes/preview", "a question that changes nothing"),
    ("POST /v1/orders", RECORDED),
    ("POST /epcis/v2/capture", DELIVERED),
    ("POST /epcis/v2/events", DELIVERED),
    ("POST /v1/batch", DELIVERED),
    ("POST /v1/import", DELIVERED),
    ("POST /v1/track", DELIVERED),
    ("POST /v1/identify", DELIVERED),
    ("POST /v1/page", DELIVERED),
    ("POST /v1/screen", DELIVERED),
    ("POST /v1/group", DELIVERED),
    ("POST /v1/alias", DELIVERED),
    ("POST /v1/merge", DELIVERED),
    ("POST /v1/intake/quarantine/{id}/replay", "it needs an event that can be read by now: `intake` finds its entry"),
    ("POST /v1/scans", "a scan is itself a stored decision with its facts; there are thousands a second"),
    ("POST /v1/providers/wechat/test", "a question that changes nothing"),
    ("POST /v1/providers/sms/test", "it needs somebody who sends: `join` finds its entry"),
];

/// The entries of one request.
async fn entries(world: &World, request: &str) -> Vec<Value> {
    let listed = world.get("/v1/audit?limit=200").await.json();
    let all = listed["items"].as_array().unwrap();
    all.iter().filter(|entry| entry["request"] == request).cloned().collect()
}

/// A call that must work, and leave an entry that tells neither password nor token.
async fn works(world: &World, done: &mut BTreeSet<String>, name: &str, got: Got) -> Got {
    assert!(got.status.is_success(), "{name}: {} {}", got.status, got.text());
    let found = entries(world, got.header("x-request-id")).await;
    assert!(!found.is_empty(), "{name} left no entry");
    for entry in &found {
        let text = entry.to_string();
        for secret in
            [PASSWORD, NEW_PASSWORD, "tm_", "13800138000", "@spring.example", "李伟", "not told", "told-to-nobody"]
        {
            assert!(!text.contains(secret), "{name} tells {secret}: {text}");
        }
    }
    done.insert(name.to_owned());
    got
}

/// What the table of the proof has for most routes.
async fn calls_of_the_table(world: &World, o: &Objects, done: &mut BTreeSet<String>) {
    // These need more than a body to work; they follow one by one.
    let own_way = [
        "/me/",
        "/totp",
        "/session",
        "/activations",
        "/scans",
        "/providers/wechat/test",
        "/providers/sms/test",
        "/search",
        "/query",
        "/preview",
        "/look-ups",
        "/replay",
        "/reveal",
        "/{id}/export",
    ];
    let of_itself = |why: &&str| [DELIVERED, RECORDED].contains(why);
    let is_delivery =
        |route: &str| KEPT_ELSEWHERE.iter().any(|(name, why)| of_itself(why) && name == &format!("POST {route}"));
    for case in cases(o) {
        let Case { method, route, path, body, .. } = &case;
        if *method == "GET" || is_delivery(route) || own_way.iter().any(|part| route.contains(part)) {
            continue;
        }
        let key = world.fresh_key();
        let body = body.as_ref().map(Value::to_string);
        let got = world.call(method, path, Some(&world.owner), Some(&key), body.clone()).await;
        let name = format!("{method} {route}");
        let got = works(world, done, &name, got).await;
        // A repeat under the same key changes nothing, and is not told as a change.
        if *method == "POST" && !route.ends_with("links") {
            let again = world.call(method, path, Some(&world.owner), Some(&key), body).await;
            assert_eq!(entries(world, again.header("x-request-id")).await, Vec::<Value>::new(), "{name}");
        }
        let entry = &entries(world, got.header("x-request-id")).await[0];
        assert!(entry["actor"].as_str().unwrap().starts_with("key_"), "{entry}");
    }
    // Each look is told, a repeated one as well.
    for way in ["reveal", "export"] {
        let (person, why) = (o.other_person["id"].as_str().unwrap(), json!({"reason": "they asked"}));
        let got = world.post(&format!("/v1/people/{person}/{way}"), why).await;
        works(world, done, &format!("POST /v1/people/{{id}}/{way}"), got).await;
    }
    let more = json!({"product": o.product, "lot": "L9", "items": 4, "items_per_case": 2, "faces": "outer"});
    let batch = world.post("/v1/batches", more).await.json()["id"].as_str().unwrap().to_owned();
    let got = world.post(&format!("/v1/batches/{batch}/activations"), json!({})).await;
    works(world, done, "POST /v1/batches/{id}/activations", got).await;
}

/// What people do about themselves.
async fn calls_of_people(world: &World, done: &mut BTreeSet<String>) {
    let id = invited(world, OWNER, json!({"role": "owner"})).await;
    let token = link(world, &id).await;
    let set = json!({"token": token, "password": PASSWORD});
    let got = Browser::new().post(world, "/v1/password/by-link", set).await;
    works(world, done, "POST /v1/password/by-link", got).await;
    let mut here = Browser::new();
    let got = here.sign_in(world, OWNER, PASSWORD).await;
    works(world, done, "POST /v1/session", got).await;
    let made = world.post(&format!("/v1/users/{id}/sign-in-links"), json!({})).await.json();
    let got = Browser::new().post(world, "/v1/session/by-link", json!({"token": made["token"]})).await;
    works(world, done, "POST /v1/session/by-link", got).await;
    let there = Browser::signed_in(world, OWNER).await;
    let listed = there.clone().get(world, "/v1/me/sessions").await.json();
    let path = format!("/v1/me/sessions/{}", listed["current"].as_str().unwrap());
    let got = here.send(world, "DELETE", &path, None).await;
    works(world, done, "DELETE /v1/me/sessions/{id}", got).await;
    let change = Some(json!({"current": PASSWORD, "new": NEW_PASSWORD}));
    let got = here.send(world, "PUT", "/v1/me/password", change).await;
    works(world, done, "PUT /v1/me/password", got).await;

    let confirmed = json!({"password": NEW_PASSWORD});
    let mut secret = Vec::new();
    for off in ["POST /v1/me/totp/removal", "DELETE /v1/users/{id}/totp"] {
        let got = here.post(world, "/v1/me/totp", confirmed.clone()).await;
        let got = works(world, done, "POST /v1/me/totp", got).await;
        secret = data_encoding::BASE32_NOPAD.decode(got.json()["secret"].as_str().unwrap().as_bytes()).unwrap();
        world.db.clock.advance(Duration::from_secs(60));
        let code = json!({"code": totp::shown(&secret, world.db.clock.now())});
        let got = here.send(world, "PUT", "/v1/me/totp", Some(code)).await;
        works(world, done, "PUT /v1/me/totp", got).await;
        if off.starts_with("POST") {
            let got = here.post(world, "/v1/me/totp/removal", confirmed.clone()).await;
            works(world, done, off, got).await;
        }
    }
    world.db.clock.advance(Duration::from_secs(60));
    let mut half = Browser::new();
    half.sign_in(world, OWNER, NEW_PASSWORD).await;
    let code = json!({"code": totp::shown(&secret, world.db.clock.now())});
    let got = half.post(world, "/v1/session/totp", code).await;
    works(world, done, "POST /v1/session/totp", got).await;
    let got = here.send(world, "DELETE", &format!("/v1/users/{id}/totp"), None).await;
    works(world, done, "DELETE /v1/users/{id}/totp", got).await;

    let got = Browser::new().post(world, "/v1/password/reset-requests", json!({"email": OWNER})).await;
    for _ in 0..1_000 {
        // It is noted after the answer, so that the time tells nothing.
        if !entries(world, got.header("x-request-id")).await.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    works(world, done, "POST /v1/password/reset-requests", got).await;
    let got = here.send(world, "DELETE", "/v1/session", None).await;
    works(world, done, "DELETE /v1/session", got).await;
}

both_engines! { tallymark_server::migrations();
    async fn every_writing_route_leaves_an_entry_with_its_change(db: TestDb) {
        let world = World::new(db).await;
        let objects = Objects::new(&world).await;
        let mut done = BTreeSet::new();
        calls_of_the_table(&world, &objects, &mut done).await;
        calls_of_people(&world, &mut done).await;
        done.extend(KEPT_ELSEWHERE.map(|(route, _)| route.to_owned()));
        let writing: BTreeSet<String> =
            routes().into_iter().filter(|route| route.method != "GET").map(|route| route.name).collect();
        assert_eq!(writing.difference(&done).collect::<Vec<_>>(), Vec::<&String>::new());
    }

    async fn the_log_is_filtered_paged_and_each_brands_own(db: TestDb) {
        let world = World::new(db).await;
        let id = user(&world, "li@spring.example", json!({"role": "analyst"})).await;
        world.db.clock.advance(Duration::from_secs(60));
        let put = Some(json!({"role": "marketer"}).to_string());
        world.call("PUT", &format!("/v1/users/{id}/role"), Some(&world.owner), None, put).await;
        let found = world.get(&format!("/v1/audit?object={id}&action=user.role_set")).await.json();
        let entry = &found["items"][0];
        assert_eq!((&entry["before"]["role"], &entry["after"]["role"]), (&json!("analyst"), &json!("marketer")));
        assert_eq!((&entry["at"], found["items"].as_array().unwrap().len()), (&json!("2026-03-01T00:01:00Z"), 1));

        let count = async |query: &str| {
            world.get(&format!("/v1/audit?limit=200&{query}")).await.json()["items"].as_array().unwrap().len()
        };
        let (by_user, object) = (count(&format!("actor={id}")).await, count(&format!("object={id}")).await);
        // The user set a password; the owner invited them, made the link and changed the role.
        assert_eq!((by_user, object), (1, 4));
        assert_eq!(count(&format!("object={id}&actor={id}")).await, 1);
        assert_eq!(count("from=2026-03-01T00:01:00Z").await, 1);
        assert_eq!(count(&format!("object={id}&until=2026-03-01T00:01:00Z")).await, 3);
        assert_eq!(count("actor=nobody").await, 0);
        assert_eq!(world.get("/v1/audit?actor=somebody").await.problem(), (422, "audit.actor".into()));

        let mut seen = Vec::new();
        let mut path = "/v1/audit?limit=2".to_owned();
        loop {
            let page = world.get(&path).await.json();
            seen.extend(page["items"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/v1/audit?limit=2&after={next}");
        }
        assert_eq!(seen.len(), count("").await);
        assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "newest first, each once: {seen:?}");

        let new = tallymark_partners::NewTenant { name: "Other".into(), hosts: vec!["other.example".into()], zone: "UTC".into() };
        let other = tallymark_server::tenants::create(&world.context, new).await.unwrap();
        let theirs = world.call("GET", "/v1/audit", Some(&other.key), None, None).await.json();
        // Their own beginning, and nothing of ours.
        let told: Vec<_> = theirs["items"].as_array().unwrap().iter().map(|entry| (&entry["action"], &entry["actor"])).collect();
        let operator = json!("operator");
        assert_eq!(told, [(&json!("api_key.created"), &operator), (&json!("tenant.created"), &operator)]);
        assert!(!theirs.to_string().contains(&other.key), "{theirs}");
    }

    async fn a_refused_change_leaves_no_entry(db: TestDb) {
        let world = World::new(db).await;
        let before = world.get("/v1/audit?limit=200").await.text();
        let product = json!({"gtin": "6901234567892", "sku": "W5", "name": "again"});
        assert_eq!(world.post("/v1/products", product).await.problem(), (409, "goods.sku_taken".into()));
        assert_eq!(world.get("/v1/audit?limit=200").await.text(), before);
    }
}
