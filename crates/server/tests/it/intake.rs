//! What event SDKs deliver, from the request to the outbox.

use axum::body::Body;
use axum::http::Request;
use data_encoding::BASE64;
use serde_json::{Value, json};
use tallymark_intake::{Intake, Limits};
use tallymark_store::outbox;
use tallymark_testkit::both_engines;

use crate::world::{Got, World};

/// A write key, as SDKs send it.
async fn write_key(world: &World) -> String {
    let made = world.post("/v1/api-keys", json!({"name": "shop", "scopes": ["track"]})).await;
    let secret = made.json()["secret"].as_str().unwrap().to_owned();
    format!("Basic {}", BASE64.encode(format!("{secret}:").as_bytes()))
}

async fn send(world: &World, key: &str, path: &str, body: String) -> Got {
    let request = Request::post(path)
        .header("authorization", key)
        // As one of the SDKs calls what it sends.
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body));
    world.send(request.unwrap()).await
}

/// The events that wait for the lake.
async fn told(world: &World) -> Vec<Value> {
    let mut tx = world.context.store.read().await.unwrap();
    let bodies = outbox::bodies(&mut tx, "intake.event", 0, 1_000).await.unwrap();
    let lines = bodies.into_iter().flat_map(|(_, body)| {
        String::from_utf8(body).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    });
    lines.collect()
}

both_engines! { tallymark_server::migrations();
    async fn a_batch_becomes_events_of_people_each_once(db: TestDb) {
        let world = World::new(db).await;
        let key = write_key(&world).await;
        let batch = json!({"batch": [
            {"type": "track", "event": "Seen", "messageId": "m1", "anonymousId": "a-1", "timestamp": "2026-01-02T03:04:05Z"},
            {"type": "identify", "messageId": "m2", "anonymousId": "a-1", "userId": "u-1", "traits": {"phone": "13912345670"}},
            {"type": "track", "event": "Seen", "messageId": "m3", "userId": "u-1"},
            {"type": "track", "event": "Seen", "messageId": "m1", "anonymousId": "a-1"},
            {"type": "track", "messageId": "m4", "userId": "u-1"},
            {"type": "track", "event": "Seen", "messageId": "m5", "userId": "null"},
        ]});
        let got = send(&world, &key, "/v1/batch", batch.to_string()).await;
        assert_eq!((got.status.as_u16(), got.json()), (200, json!({"success": true})));
        let events = told(&world).await;
        assert_eq!(events.len(), 3, "m1 once, m2, m3: {events:?}");
        assert_eq!(events[0]["at"], "2026-01-02T03:04:05Z");
        assert_ne!(events[0]["data"]["account"], events[2]["data"]["account"], "the browser's and the user's");
        assert_eq!(events[1]["data"]["person"], events[2]["data"]["person"]);
        let found = world.post("/v1/people/search", json!({"identifier": {"kind": "phone", "value": "13912345670"}})).await;
        assert_eq!(found.json()["id"], events[2]["data"]["person"]);
        assert_eq!(found.json()["accounts"].as_array().unwrap().len(), 3);

        // The same again, and to the endpoint for one event.
        assert_eq!(send(&world, &key, "/v1/batch", batch.to_string()).await.status.as_u16(), 200);
        let again = json!({"event": "Seen", "messageId": "m3", "userId": "u-1"});
        assert_eq!(send(&world, &key, "/v1/track", again.to_string()).await.status.as_u16(), 200);
        assert_eq!(told(&world).await.len(), 3);
        let aside = world.get("/v1/intake/quarantine").await.json();
        let codes: Vec<&str> = aside["items"].as_array().unwrap().iter().map(|entry| entry["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["no_identity", "missing_member"]);
        let names = world.get("/v1/intake/names").await.json();
        assert_eq!((&names["items"][0]["name"], &names["items"][0]["events"]), (&json!("Seen"), &json!(2)));
    }

    async fn what_is_personal_is_sealed_and_what_is_defined_is_not(db: TestDb) {
        let world = World::new(db).await;
        let key = write_key(&world).await;
        let order = |id: &str, total: &str| json!({
            "event": "Order Completed", "messageId": id, "userId": "u-1",
            "properties": {"total": total, "receiver": "canary-name"}, "context": {"ip": "203.0.113.77"},
        }).to_string();
        send(&world, &key, "/v1/track", order("m1", "18.50")).await;
        let fields = json!([{"name": "total", "type": "decimal", "personal": false}]);
        let definition = json!({"name": "Order Completed", "version": 1, "fields": fields});
        assert_eq!(world.call("PUT", "/v1/intake/definitions", Some(&world.owner), None, Some(definition.to_string())).await.status.as_u16(), 200);
        send(&world, &key, "/v1/track", order("m2", "18.50")).await;
        send(&world, &key, "/v1/track", order("m3", "a lot")).await;
        let events = told(&world).await;
        let told: Vec<_> = events.iter().map(|event| (&event["data"]["definition"], &event["data"]["properties"])).collect();
        let public = json!(r#"{"total":"18.5"}"#);
        assert_eq!(told, [(&Value::Null, &Value::Null), (&json!(1), &public), (&Value::Null, &Value::Null)]);
        for event in &events {
            assert!(event["data"]["sealed"].as_str().unwrap().len() > 60);
            let text = event.to_string();
            assert!(!text.contains("canary") && !text.contains("203.0.113"), "{text}");
        }
        let names = world.get("/v1/intake/names").await.json();
        let row = &names["items"][0];
        assert_eq!((&row["events"], &row["misfits"], &row["defined"]), (&json!(3), &json!(1), &json!(true)));
        let same = world.call("PUT", "/v1/intake/definitions", Some(&world.owner), None, Some(definition.to_string())).await;
        assert_eq!((same.status.as_u16(), &same.json()["code"]), (422, &json!("intake.definition")));
    }

    async fn a_delivery_that_is_none_is_refused_as_sdks_understand_it(db: TestDb) {
        let world = World::new(db).await;
        let key = write_key(&world).await;
        for (body, status, code) in [("[]", 400, "invalid_body"), ("{", 400, "invalid_body"), (r#"{"batch": 7}"#, 400, "invalid_body")] {
            let got = send(&world, &key, "/v1/batch", body.to_owned()).await;
            assert_eq!((got.status.as_u16(), &got.json()["code"]), (status, &json!(code)), "{body}");
            assert!(got.json()["message"].is_string());
        }
        let large = format!(r#"{{"batch": [{{"userId": "u", "type": "identify", "traits": {{"x": "{}"}}}}]}}"#, "x".repeat(10 << 20));
        let large = send(&world, &key, "/v1/batch", large).await;
        let unknown = send(&world, "Basic bm9ib2R5Og==", "/v1/batch", r#"{"batch": []}"#.to_owned()).await;
        // Refused before their route, and told as all the others.
        for (got, status) in [(large, 413), (unknown, 401)] {
            assert_eq!((got.status.as_u16(), got.header("content-type")), (status, "application/json"));
            let told = got.json();
            assert!(told["code"].is_string() && told["message"].is_string() && told["success"] == json!(false), "{told}");
        }
        // A write key reads nothing.
        let secret = String::from_utf8(BASE64.decode(&key.as_bytes()[6..]).unwrap()).unwrap();
        let reading = world.call("GET", "/v1/intake/names", Some(secret.trim_end_matches(':')), None, None).await;
        assert_eq!(reading.status.as_u16(), 403);
        assert_eq!(told(&world).await, Vec::<Value>::new());
    }

    async fn an_event_that_can_be_read_by_now_is_replayed_once(db: TestDb) {
        let world = World::new(db).await;
        let key = write_key(&world).await;
        // An earlier program took only small events.
        let limits = Limits { event_bytes_max: 200, ..Limits::default() };
        let (before, _) = Intake::with_limits(world.context.clone(), limits);
        let earlier = world.with_intake(before);
        let note = "x".repeat(300);
        let event = json!({"event": "Seen", "messageId": "m1", "userId": "u-1", "properties": {"note": note}}).to_string();
        assert_eq!(send(&earlier, &key, "/v1/track", event.clone()).await.status.as_u16(), 200);
        let entry = world.get("/v1/intake/quarantine").await.json()["items"][0].clone();
        assert_eq!((&entry["code"], &entry["endpoint"]), (&json!("event_too_large"), &json!("track")));
        assert!(!entry.to_string().contains("xxx"), "what it says is not shown");
        let replay = format!("/v1/intake/quarantine/{}/replay", entry["id"].as_str().unwrap());
        let owner = Some(world.owner.as_str());
        assert_eq!(earlier.call("POST", &replay, owner, None, None).await.status.as_u16(), 409);
        assert_eq!(world.call("POST", &replay, owner, None, None).await.status.as_u16(), 204);
        assert_eq!(told(&world).await.len(), 1);
        assert_eq!(world.call("POST", &replay, owner, None, None).await.status.as_u16(), 404, "it left the quarantine");
        // The sender tries again as well.
        send(&world, &key, "/v1/track", event).await;
        assert_eq!(told(&world).await.len(), 1);
        let audit = world.get("/v1/audit?limit=20").await.json();
        let did: Vec<&Value> = audit["items"].as_array().unwrap().iter().map(|entry| &entry["action"]).collect();
        assert!(did.contains(&&json!("event.replayed")), "{audit}");
    }

    async fn user_ids_of_two_systems_are_two_people_and_of_one_system_one(db: TestDb) {
        let world = World::new(db).await;
        let key = async |namespace: Value| {
            let new = json!({"name": "w", "scopes": ["track"], "namespace": namespace});
            world.post("/v1/api-keys", new).await.json()["secret"].as_str().unwrap().to_owned()
        };
        let (shop, shop_app, clinic) = (key(json!("shop")).await, key(json!("shop")).await, key(json!("clinic")).await);
        for (n, secret) in [&shop, &shop_app, &clinic].into_iter().enumerate() {
            let event = json!({"event": "Seen", "messageId": format!("m{n}"), "userId": "1001"}).to_string();
            let basic = format!("Basic {}", BASE64.encode(format!("{secret}:").as_bytes()));
            assert_eq!(send(&world, &basic, "/v1/track", event).await.status, 200);
        }
        let people: Vec<Value> = told(&world).await.iter().map(|event| event["data"]["person"].clone()).collect();
        assert_eq!(people[0], people[1]);
        assert_ne!(people[0], people[2]);
        let bad = json!({"name": "w", "scopes": ["track"], "namespace": "a:b"});
        assert_eq!(world.post("/v1/api-keys", bad).await.problem(), (422, "api_key.namespace".into()));
    }

    async fn messages_are_remembered_for_a_month_and_what_nobody_looked_at_for_three(db: TestDb) {
        use tallymark_intake::forget::{self, PARTS, REMEMBER_MESSAGES, REMEMBER_UNREAD};
        let world = World::new(db).await;
        let key = write_key(&world).await;
        let batch = |ids: std::ops::Range<u32>| {
            let events = ids.map(|n| json!({"type": "track", "event": "Seen", "messageId": format!("m{n}"), "userId": "u-1"}));
            json!({"batch": events.chain([json!({"type": "track", "messageId": "bad"})]).collect::<Vec<_>>()}).to_string()
        };
        send(&world, &key, "/v1/batch", batch(0..300)).await;
        world.db.clock.advance(REMEMBER_MESSAGES);
        send(&world, &key, "/v1/batch", batch(300..301)).await;
        world.db.clock.advance(std::time::Duration::from_secs(1));
        let now = world.context.clock.now();
        let ago = |time: std::time::Duration| tallymark_base::Timestamp(now.0 - time.as_micros() as i64);
        let mut tx = world.context.store.write().await.unwrap();
        let mut gone = 0;
        for part in 0..PARTS {
            gone += forget::messages(&mut tx, part, ago(REMEMBER_MESSAGES)).await.unwrap();
        }
        assert_eq!(gone, 301, "300 events and one that could not be read");
        assert_eq!(forget::unread(&mut tx, ago(REMEMBER_UNREAD), 10).await.unwrap(), 0);
        assert_eq!(forget::unread(&mut tx, now, 10).await.unwrap(), 1, "the second was known, and is not put aside again");
        tx.commit().await.unwrap();
    }
}
