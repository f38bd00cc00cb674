//! What comes in from outside is wrong in every way: all of it is bounded and explained, and nothing is lost.

use serde_json::{Value, json};
use tallymark_testkit::both_engines;

use crate::world::{Got, World};

async fn write_key(world: &World) -> String {
    let made = world.post("/v1/api-keys", json!({"name": "shop", "scopes": ["track"]})).await.json();
    made["secret"].as_str().unwrap().to_owned()
}

async fn send(world: &World, key: &str, path: &str, body: Value) -> Got {
    world.call("POST", path, Some(key), None, Some(body.to_string())).await
}

async fn batch(world: &World, key: &str, events: Vec<Value>) {
    for some in events.chunks(1_000) {
        let got = send(world, key, "/v1/batch", json!({"batch": some})).await;
        assert_eq!(got.status, 200, "{}", got.text());
    }
}

async fn whole(world: &World, person: &str) -> Value {
    world.post(&format!("/v1/people/{person}/reveal"), json!({"reason": "test"})).await.json()
}

fn field<'v>(portrait: &'v Value, name: &str) -> &'v Value {
    portrait["profile"].as_array().unwrap().iter().find(|field| field["field"] == name).unwrap_or(&Value::Null)
}

both_engines! { tallymark_server::migrations();
    async fn a_device_that_thousands_of_phones_are_shown_on_joins_nobody(db: TestDb) {
        let world = World::new(db).await;
        let key = write_key(&world).await;
        let event = |n: u32| json!({
            "type": "identify", "messageId": format!("m{n}"), "userId": format!("u-{n}"), "timestamp": "2026-02-01T00:00:00Z",
            "traits": {"phone": format!("139{:08}", n * 7 + 20_000_011)},
            "context": {"device": {"id": "tablet-1"}, "app": {"namespace": "com.brand.till"}}
        });
        batch(&world, &key, (0..3_000).map(event).collect()).await;
        let mut tx = world.context.store.read().await.unwrap();
        let sql = "SELECT COUNT(*) FROM source_account GROUP BY person_id ORDER BY 1 DESC";
        let sizes = tx.query(sql, &[]).await.unwrap();
        tx.commit().await.unwrap();
        // A user and their phone each; the device is nobody's.
        let sizes: Vec<i64> = sizes.iter().map(|row| row.int(0).unwrap()).collect();
        assert_eq!((sizes[0], sizes.len()), (2, 3_001));
        let person = world.person("phone", "13920000011").await["id"].as_str().unwrap().to_owned();
        let portrait = world.get(&format!("/v1/people/{person}")).await.json();
        assert_eq!(portrait["near"].as_array().unwrap().len(), 50, "it says who else was seen there, and not all");
        let evidence = world.get(&format!("/v1/people/{person}/identity")).await;
        assert!(evidence.status == 200 && evidence.text().contains("a device that many share"), "{}", evidence.status);
    }

    async fn aliases_in_a_circle_and_a_person_merged_into_themself_are_one_person(db: TestDb) {
        let world = World::new(db).await;
        let key = write_key(&world).await;
        batch(&world, &key, vec![
            json!({"type": "alias", "messageId": "a1", "previousId": "u-a", "userId": "u-b"}),
            json!({"type": "alias", "messageId": "a2", "previousId": "u-b", "userId": "u-a"}),
            json!({"type": "alias", "messageId": "a3", "previousId": "u-a", "userId": "u-a"}),
        ]).await;
        let user = async |id: &str| world.person("user_id", &format!("main:{id}")).await;
        let person = user("u-a").await;
        assert_eq!((&person["id"], person["accounts"].as_array().unwrap().len()), (&user("u-b").await["id"], 2));
        let merge = json!({"mergeProperties": [{"type": "user_id", "value": "u-a"}, {"type": "user_id", "value": "u-a"}]});
        assert_eq!(send(&world, &key, "/v1/merge", merge).await.status, 200);
        let itself = json!({"person": person["id"], "with": person["id"], "reason": "a slip"});
        assert_eq!(world.post("/v1/identity/joining", itself).await.problem(), (422, "people.itself".into()));
    }

    async fn a_card_that_two_people_show_says_which_evidence_counts(db: TestDb) {
        let world = World::new(db).await;
        let key = write_key(&world).await;
        // Three phones at most are one person: the fourth on the same card is contested.
        let event = |n: u32| json!({
            "type": "identify", "messageId": format!("m{n}"), "timestamp": format!("2026-02-0{}T00:00:00Z", n + 1),
            "anonymousId": format!("browser-{n}"), "traits": {"phone": format!("1392000{:04}", 101 + n * 7), "member_card": "VIP8001"}
        });
        batch(&world, &key, (0..4).map(event).collect()).await;
        let card = world.person("card", "VIP8001").await;
        let fourth = world.person("phone", "13920000122").await;
        assert_ne!(card["id"], fourth["id"]);
        let evidence = world.get(&format!("/v1/people/{}/identity", fourth["id"].as_str().unwrap())).await.text();
        assert!(evidence.contains("at most 3 of phone"), "{evidence}");
    }

    async fn values_of_every_kind_are_kept_or_refused_one_by_one(db: TestDb) {
        let world = World::new(db).await;
        let key = write_key(&world).await;
        let huge = json!({"batch": [{"type": "identify", "messageId": "h", "userId": "u-1", "traits": {"x": "x".repeat(10 << 20)}}]});
        let got = send(&world, &key, "/v1/batch", huge).await;
        assert_eq!((got.status.as_u16(), &got.json()["code"]), (413, &json!("too_large")));
        let event = |id: &str, at: &str, traits: Value| json!({
            "type": "identify", "messageId": id, "userId": "u-1", "timestamp": at, "sentAt": at, "originalTimestamp": at, "traits": traits
        });
        batch(&world, &key, vec![
            event("1", "2026-02-01T00:00:00Z", json!({"name": "👩‍👩‍👧 مَرْيَم", "birthday": "0000-00-00", "long": "x".repeat(5_000)})),
            event("2", "2026-02-02T00:00:00Z", json!({"birthday": "9999-12-31", "city": "上海"})),
            event("3", "2026-02-03T00:00:00Z", json!({"birthday": "1990-05-12"})),
        ]).await;
        let other = world.post("/v1/api-keys", json!({"name": "crm", "scopes": ["track"]})).await.json();
        let crm = other["secret"].as_str().unwrap();
        batch(&world, crm, vec![event("4", "2026-02-04T00:00:00Z", json!({"birthday": "1991-05-12"}))]).await;
        let person = world.person("user_id", "main:u-1").await["id"].as_str().unwrap().to_owned();
        let portrait = whole(&world, &person).await;
        assert_eq!(field(&portrait, "name")["value"], "👩‍👩‍👧 مَرْيَم");
        assert!(field(&portrait, "long").is_null(), "it stays in the event");
        let birthday = field(&portrait, "birthday");
        assert_eq!((&birthday["value"], &birthday["others"][0]["value"]), (&json!("1991-05-12"), &json!("1990-05-12")));
    }

    async fn late_repeated_and_future_events_are_taken_once_at_a_time_that_can_be(db: TestDb) {
        let world = World::new(db).await;
        let key = write_key(&world).await;
        let event = |id: &str, at: &str, name: &str| json!({
            "type": "identify", "messageId": id, "userId": "u-1", "timestamp": at, "originalTimestamp": at, "traits": {"name": name}
        });
        batch(&world, &key, vec![event("new", "2026-02-20T00:00:00Z", "now"), event("ahead", "2031-01-01T00:00:00Z", "ahead")]).await;
        world.db.clock.advance(std::time::Duration::from_secs(9 * 24 * 3600));
        // Days late, and again.
        batch(&world, &key, vec![event("late", "2026-02-10T00:00:00Z", "before"), event("new", "2026-02-20T00:00:00Z", "now")]).await;
        let person = world.person("user_id", "main:u-1").await["id"].as_str().unwrap().to_owned();
        let name = async || field(&whole(&world, &person).await, "name")["value"].as_str().unwrap().to_owned();
        // A clock in the future counts as the moment it came; the late one is not the latest.
        assert_eq!(name().await, "ahead");
        batch(&world, &key, vec![event("later", "2026-03-09T00:00:00Z", "after")]).await;
        assert_eq!(name().await, "after", "what came from the future does not win for ever");
        let names = world.get("/v1/intake/names").await.json();
        assert_eq!(names["items"][0]["events"], 4);
        assert_eq!(world.get("/v1/intake/quarantine").await.json()["items"], json!([]));
    }
}
