//! A person as a whole, over HTTP.

use serde_json::{Value, json};
use tallymark_testkit::both_engines;

use crate::lake::with_lake;
use crate::world::{Got, World};

const PHONE: &str = "13847112935";

async fn put(world: &World, path: &str, body: Value) -> Got {
    world.call("PUT", path, Some(&world.owner), None, Some(body.to_string())).await
}

/// A write key's secret and what the source is called in profiles.
async fn write_key(world: &World) -> (String, String) {
    let made = world.post("/v1/api-keys", json!({"name": "shop", "scopes": ["track"]})).await.json();
    (made["secret"].as_str().unwrap().to_owned(), made["id"].as_str().unwrap().to_lowercase())
}

async fn deliver(world: &World, key: &str, endpoint: &str, events: Value) {
    let got = world.call("POST", endpoint, Some(key), None, Some(json!({"batch": events}).to_string())).await;
    assert_eq!(got.status, 200, "{}", got.text());
}

/// A browser that signs in, tells who it is, and buys something.
async fn customer(world: &World) -> (String, String, String) {
    let (key, source) = write_key(world).await;
    let events = json!([
        {"type": "identify", "messageId": "m1", "anonymousId": "b-1", "userId": "u-1001", "timestamp": "2026-02-01T08:00:00Z",
         "traits": {"phone": PHONE, "name": "王伟", "birthday": "1990-05-12", "level": "gold"}},
        {"type": "track", "messageId": "m2", "userId": "u-1001", "event": "Order Completed", "timestamp": "2026-02-03T08:00:00Z",
         "properties": {"receiver": "王小美"}}
    ]);
    deliver(world, &key, "/v1/batch", events).await;
    let person = world.person("phone", PHONE).await["id"].as_str().unwrap().to_owned();
    (person, key, source)
}

fn field<'v>(portrait: &'v Value, name: &str) -> &'v Value {
    portrait["profile"].as_array().unwrap().iter().find(|field| field["field"] == name).unwrap_or(&Value::Null)
}

both_engines! { tallymark_server::migrations();
    async fn values_are_masked_until_somebody_says_why_they_look(db: TestDb) {
        let world = World::new(db).await;
        let (person, _, source) = customer(&world).await;
        let path = format!("/v1/people/{person}");
        let shown = world.get(&path).await;
        assert_eq!(shown.status, 200, "{}", shown.text());
        let shown = shown.json();
        let phone = shown["identifiers"].as_array().unwrap().iter().find(|one| one["kind"] == "phone").unwrap();
        assert_eq!(phone["value"], "138****2935");
        assert_eq!((&field(&shown, "name")["value"], &field(&shown, "birthday")["value"]), (&json!("王**"), &json!("1990")));
        assert_eq!((&field(&shown, "level")["value"], &field(&shown, "level")["source"]), (&json!("***"), &json!(source)));
        assert!(!shown.to_string().contains(PHONE));

        let reader = world.post("/v1/api-keys", json!({"name": "r", "scopes": ["read"]})).await.json();
        let seen = world.call("GET", &path, reader["secret"].as_str(), None, None).await.json();
        assert!(seen["identifiers"].as_array().unwrap().iter().all(|one| one["value"].is_null()), "{seen}");
        assert!(field(&seen, "name")["value"].is_null());

        assert_eq!(world.post(&format!("{path}/reveal"), json!({"reason": " "})).await.problem(), (422, "people.reason_missing".into()));
        let whole = world.post(&format!("{path}/reveal"), json!({"reason": "a call about order 7"})).await.json();
        assert_eq!(field(&whole, "birthday")["value"], "1990-05-12");
        assert!(whole.to_string().contains("+8613847112935"));
        let log = world.get(&format!("/v1/audit?object={person}")).await.json();
        let entry = &log["items"][0];
        assert_eq!((&entry["action"], &entry["after"]["reason"]), (&json!("person.revealed"), &json!("a call about order 7")));
        let deeds = world.get(&path).await.json()["deeds"].clone();
        assert_eq!(deeds[0]["action"], "person.revealed");
    }

    async fn what_was_checked_counts_then_the_better_source_then_the_younger(db: TestDb) {
        let world = World::new(db).await;
        let (person, _, source) = customer(&world).await;
        let path = format!("/v1/people/{person}");
        let value = async |name: &str| {
            let whole = world.post(&format!("{path}/reveal"), json!({"reason": "test"})).await.json();
            field(&whole, name)["value"].as_str().unwrap().to_owned()
        };
        // The operator's is younger.
        let set = put(&world, &format!("{path}/profile"), json!({"values": {"name": "王大伟", "birthday": "0000-13-01"}})).await.json();
        assert_eq!((&set["kept"], &set["refused"][0]["field"], &set["refused"][0]["reason"]), (&json!(1), &json!("birthday"), &json!("malformed")));
        assert_eq!(value("name").await, "王大伟");
        assert_eq!(put(&world, "/v1/profile-sources", json!({"sources": [source]})).await.status, 200);
        assert_eq!(value("name").await, "王伟");
        put(&world, &format!("{path}/profile"), json!({"values": {"name": "王大伟"}, "verified": true})).await;
        assert_eq!(value("name").await, "王大伟");
        let bad = put(&world, "/v1/profile-sources", json!({"sources": ["crm", "crm"]})).await;
        assert_eq!(bad.problem(), (422, "people.source_rank".into()));
    }

    async fn the_time_line_has_every_channel_and_the_export_opens_what_is_sealed(db: TestDb) {
        let mut world = World::new(db).await;
        let (_lake, mut writer, _folder) = with_lake(&mut world).await;
        let (person, ..) = customer(&world).await;
        let code = world.codes().await.remove(0);
        let scan = json!({"code": code, "claim": true, "identifiers": [{"kind": "phone", "value": PHONE}]});
        assert!(world.post("/v1/scans", scan).await.status.is_success());
        let types = async || {
            let line = world.get(&format!("/v1/people/{person}/timeline")).await;
            assert_eq!(line.status, 200, "{}", line.text());
            assert!(!line.text().contains("sealed"), "{}", line.text());
            let items = line.json()["items"].as_array().unwrap().clone();
            items.iter().map(|item| item["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let expected = ["intake.event", "intake.event"];
        let before = types().await;
        assert_eq!(before[before.len() - 2..], expected, "the oldest come last: {before:?}");
        assert!(before.contains(&"scan.decided".to_owned()) && before.contains(&"scan.reward_won".to_owned()), "{before:?}");
        writer.flush().await.unwrap();
        assert_eq!(types().await, before, "the same from the lake");

        let part = world.get(&format!("/v1/people/{person}/timeline?before=2026-02-03T00:00:00Z&limit=1")).await.json();
        assert_eq!((part["items"].as_array().unwrap().len(), &part["has_more"]), (1, &json!(false)));
        let none = world.get(&format!("/v1/people/{person}/timeline?before=2026-02-03T00:00:00Z&days=1")).await.json();
        assert_eq!(none["items"], json!([]));

        // What parting would leave to whom: value, what may be sent, and what happened.
        let accounts = world.person("phone", PHONE).await["accounts"].clone();
        let given = json!({"account": accounts[1], "purpose": "marketing", "given": true});
        assert_eq!(world.post(&format!("/v1/people/{person}/consents"), given).await.status, 201);
        let preview = world.post("/v1/identity/parting/preview", json!({"accounts": [accounts[1]]})).await.json();
        let shares = preview["persons"].as_array().unwrap();
        let events: Vec<u64> = shares.iter().map(|share| share["events"].as_u64().unwrap()).collect();
        assert_eq!(events.iter().sum::<u64>(), before.len() as u64 + 1, "with that of the consent: {preview}");
        let allowed: Vec<&Value> = shares.iter().map(|share| &share["allowed"]).collect();
        let expected = json!([{"purpose": "marketing", "channel": "any", "accounts": [accounts[1]]}]);
        assert_eq!(allowed.iter().filter(|one| ***one == expected).count(), 1, "{preview}");
        assert_eq!(allowed.iter().filter(|one| ***one == json!([])).count(), 1, "{preview}");

        let export = world.post(&format!("/v1/people/{person}/export"), json!({"reason": "they asked"})).await.json();
        assert_eq!(export["complete"], true, "{export}");
        assert_eq!(export["events"].as_array().unwrap().len(), before.len() + 1);
        let order = export["events"].as_array().unwrap().iter().find(|event| event["data"]["name"] == "Order Completed").unwrap();
        assert_eq!(order["personal"]["properties"]["receiver"], "王小美");
        assert_eq!(export["wallets"][0]["available"], 88);
        assert!(export["people"]["accounts"].to_string().contains("+8613847112935"));
    }

    async fn tags_are_of_the_whole_person_and_some_are_over_at_a_time(db: TestDb) {
        let world = World::new(db).await;
        let (person, ..) = customer(&world).await;
        let path = format!("/v1/people/{person}/tags");
        let names = |tags: &Value| {
            tags.as_array().unwrap().iter().map(|tag| tag["tag"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let change = json!({"set": [{"tag": "VIP 客户"}, {"tag": "spring", "expires_at": "2026-03-02T00:00:00Z"}]});
        let set = put(&world, &path, change).await;
        assert_eq!(names(&set.json()["items"]), ["VIP 客户", "spring"], "{}", set.text());
        let shown = async || names(&world.get(&format!("/v1/people/{person}")).await.json()["tags"]);
        assert_eq!(shown().await, ["VIP 客户", "spring"]);
        world.db.clock.advance(std::time::Duration::from_secs(24 * 3600));
        assert_eq!(shown().await, ["VIP 客户"]);
        assert_eq!(put(&world, &path, json!({"remove": ["VIP 客户"]})).await.json()["items"], json!([]));
        let past = json!({"set": [{"tag": "x", "expires_at": "2026-01-01T00:00:00Z"}]});
        assert_eq!(put(&world, &path, past).await.problem(), (422, "people.tag".into()));
        let many: Vec<Value> = (0..101).map(|n| json!({"tag": format!("t{n}")})).collect();
        assert_eq!(put(&world, &path, json!({"set": many})).await.problem(), (422, "people.too_many_tags".into()));
        put(&world, &path, json!({"set": [{"tag": "vip"}]})).await;
        world.post(&format!("/v1/people/{person}/erase"), json!({"reason": "they asked"})).await;
        assert_eq!(shown().await, Vec::<String>::new());
        assert_eq!(put(&world, &path, json!({"set": [{"tag": "vip"}]})).await.problem(), (404, "people.erased".into()));
    }

    async fn taking_back_is_as_easy_as_giving_and_holds_for_the_whole_person(db: TestDb) {
        let world = World::new(db).await;
        let (person, ..) = customer(&world).await;
        let path = format!("/v1/people/{person}/consents");
        let accounts = world.person("phone", PHONE).await["accounts"].clone();
        let may = async || world.get(&format!("{path}?purpose=marketing&channel=sms")).await.json()["may"].clone();
        assert_eq!(may().await, json!([]));
        let unknown = json!({"purpose": "marketing", "given": true, "text_version": 1});
        assert_eq!(world.post(&path, unknown.clone()).await.problem(), (422, "people.consent".into()));
        let text = json!({"purpose": "marketing", "version": 1, "language": "zh", "text": "我们可以给您发短信吗？"});
        assert_eq!(put(&world, "/v1/consent-texts", text).await.status, 200);
        let other = json!({"purpose": "marketing", "version": 1, "language": "zh", "text": "another"});
        assert_eq!(put(&world, "/v1/consent-texts", other).await.problem(), (409, "people.text_published".into()));
        let given = json!({"account": accounts[1], "purpose": "marketing", "given": true, "text_version": 1, "evidence": "form 7"});
        assert_eq!(world.post(&path, given).await.status, 201);
        assert_eq!(may().await, json!([accounts[1]]));
        world.db.clock.advance(std::time::Duration::from_secs(60));
        let back = json!({"account": accounts[0], "purpose": "marketing", "channel": "sms", "given": false});
        assert_eq!(world.post(&path, back).await.status, 201);
        assert_eq!(may().await, json!([]));
        let listed = world.get(&path).await.json();
        assert_eq!(listed["consents"].as_array().unwrap().len(), 2);
        assert!(!listed.to_string().contains("form 7"), "what shows it is revealed or exported");
    }

    async fn an_import_does_not_bring_back_who_was_erased(db: TestDb) {
        let world = World::new(db).await;
        let (person, key, _) = customer(&world).await;
        let erased = world.post(&format!("/v1/people/{person}/erase"), json!({"reason": "they asked"})).await;
        assert_eq!(erased.status, 200, "{}", erased.text());
        assert_eq!((&erased.json()["files_clean"], &erased.json()["change"]["kind"]), (&json!(true), &json!("erased")));
        let again = world.post(&format!("/v1/people/{person}/erase"), json!({"reason": "they asked"})).await.json();
        assert_eq!((&again["accounts"], &again["change"]), (&json!([]), &Value::Null));
        assert_eq!(world.get(&format!("/v1/people/{person}")).await.json()["profile"], json!([]));

        let event = |id: &str| json!([{"type": "identify", "messageId": id, "userId": "u-77", "traits": {"phone": PHONE, "name": "王伟"}}]);
        deliver(&world, &key, "/v1/import", event("i1")).await;
        let search = json!({"identifier": {"kind": "phone", "value": PHONE}});
        assert_eq!(world.post("/v1/people/search", search.clone()).await.status, 404);
        let aside = world.get("/v1/intake/quarantine").await.json();
        assert_eq!((&aside["items"][0]["code"], &aside["items"][0]["bytes"]), (&json!("erased_person"), &json!(0)));
        // Whoever acts is somebody new.
        let back = json!({"identifier": {"kind": "phone", "value": PHONE}, "reason": "they asked again"});
        for lifted in [true, false] {
            let got = world.post("/v1/people/suppressions/lift", back.clone()).await;
            assert_eq!((got.status.as_u16(), got.json()), (200, json!({"lifted": lifted})));
        }
        deliver(&world, &key, "/v1/import", event("i2")).await;
        let found = world.post("/v1/people/search", search).await.json();
        assert_ne!(found["id"], json!(person));
    }

    async fn a_number_that_changed_hands_leads_to_somebody_new(db: TestDb) {
        let world = World::new(db).await;
        let (person, ..) = customer(&world).await;
        let asked = json!({"identifier": {"kind": "phone", "value": PHONE}, "reason": "the operator of the network gave it on"});
        let done = world.post("/v1/identity/reassigning", asked).await;
        assert_eq!(done.status, 201, "{}", done.text());
        let now = world.person("phone", PHONE).await;
        assert_ne!(now["id"], json!(person));
        assert_eq!(now["accounts"], json!([done.json()["account"]]));
        let former = world.get(&format!("/v1/people/{person}")).await.json();
        assert_eq!(former["changes"][0]["kind"], "reassigned");
    }

    async fn another_policy_is_tried_before_it_is_decided_for(db: TestDb) {
        let world = World::new(db).await;
        let codes = world.codes().await;
        let (a, b) = ("13800000001", "13800000002");
        let device = json!({"kind": "device", "value": "0123456789abcdef0123456789abcdef"});
        for (code, phone) in codes.iter().zip([a, b]) {
            let scan = json!({"code": code, "claim": true, "identifiers": [{"kind": "phone", "value": phone}, device]});
            assert!(world.post("/v1/scans", scan).await.status.is_success());
            // The earlier evidence counts.
            world.db.clock.advance(std::time::Duration::from_secs(60));
        }
        let bad = world.post("/v1/identity/runs", json!({"policy": {"kinds": {"phone": {"per_person": 0}}}})).await;
        assert_eq!(bad.problem(), (422, "people.policy".into()));
        let mut tx = world.context.store.read().await.unwrap();
        let tenant = world.tenant(&mut tx).await;
        tx.commit().await.unwrap();
        let policy = tallymark_people::policy::parse(r#"{"kinds": {"phone": {"per_person": 1}}}"#).unwrap();
        let outlook = tallymark_server::everybody::outlook(&world.context, tenant, &policy).await.unwrap();
        // One person with two phones and a device becomes two; the 88 fen of the phone that leaves go with it.
        assert_eq!((outlook.dry_run.persons_before, outlook.dry_run.persons_after, outlook.dry_run.split), (1, 2, 1));
        assert_eq!((outlook.dry_run.moved, outlook.moved_cny_fen, outlook.moved_points), (1, 88, 0));
        assert!(tallymark_server::everybody::rebuild(&world.context, tenant).await.unwrap().is_unchanged());

        let asked = world.post("/v1/identity/runs", json!({})).await;
        assert_eq!((asked.status.as_u16(), &asked.json()["state"]), (202, &json!("waiting")));
        assert_eq!(world.post("/v1/identity/runs", json!({})).await.problem(), (409, "people.run_goes_on".into()));
        let shown = world.get("/v1/identity/policy").await.json();
        assert_eq!(shown["kinds"]["phone"]["per_person"], 3);
    }

    async fn people_are_found_while_their_keys_are_changed_and_after(db: TestDb) {
        let world = World::new(db).await;
        let (person, key, _) = customer(&world).await;
        let mut tx = world.context.store.read().await.unwrap();
        let tenant = world.tenant(&mut tx).await;
        tx.commit().await.unwrap();
        let stored = async || {
            let mut tx = world.context.store.read().await.unwrap();
            let keys = tx.query("SELECT sealed_key FROM account_key ORDER BY account_id", &[]).await.unwrap();
            let found = tx.query("SELECT blind_index, kind FROM identifier ORDER BY account_id", &[]).await.unwrap();
            let keys: Vec<Vec<u8>> = keys.iter().map(|row| row.bytes(0).unwrap()).collect();
            let indexes: Vec<Vec<u8>> = found.iter().map(|row| row.bytes(0).unwrap()).collect();
            (keys, indexes)
        };
        let before = stored().await;
        for round in 0..2 {
            let rotated = world.call("POST", "/v1/people-keys/rotate", Some(&world.owner), None, None).await;
            assert_eq!((rotated.status.as_u16(), &rotated.json()["generation"]), (202, &json!(round + 2)));
            let again = world.call("POST", "/v1/people-keys/rotate", Some(&world.owner), None, None).await;
            assert_eq!(again.problem(), (409, "partners.rotation_goes_on".into()));
            // Nothing is under the new key yet: a known phone leads to its person, and a new one is taken.
            let events = json!([
                {"type": "identify", "messageId": format!("r{round}"), "userId": "u-1001", "traits": {"phone": PHONE}},
                {"type": "identify", "messageId": format!("n{round}"), "userId": format!("n-{round}"), "traits": {"name": "new"}},
            ]);
            deliver(&world, &key, "/v1/batch", events).await;
            assert_eq!(world.person("phone", PHONE).await["id"], json!(person));
            assert!(tallymark_server::rotation::run(&world.context, tenant, || false).await.unwrap());
            let state = world.get("/v1/people-keys").await.json();
            assert!(state["done_at"].is_string(), "{state}");
            assert_eq!(world.person("phone", PHONE).await["id"], json!(person));
            let whole = world.post(&format!("/v1/people/{person}/reveal"), json!({"reason": "test"})).await.json();
            assert_eq!((&field(&whole, "name")["value"], whole.to_string().contains("+86")), (&json!("王伟"), true));
        }
        let after = stored().await;
        assert_eq!((before.0.len() + 2, before.1.len() + 2), (after.0.len(), after.1.len()), "two are new, none is doubled");
        assert!(before.0.iter().all(|key| !after.0.contains(key)) && before.1.iter().all(|index| !after.1.contains(index)));
        // What was taken under an earlier key is erased as well.
        assert_eq!(world.post(&format!("/v1/people/{person}/erase"), json!({"reason": "they asked"})).await.status, 200);
        let search = json!({"identifier": {"kind": "phone", "value": PHONE}});
        assert_eq!(world.post("/v1/people/search", search).await.status, 404);
    }

    async fn one_identifier_that_was_taken_under_two_keys_becomes_one_person(db: TestDb) {
        let world = World::new(db).await;
        let (person, key, _) = customer(&world).await;
        let mut tx = world.context.store.write().await.unwrap();
        let tenant = world.tenant(&mut tx).await;
        let (from, to) = ("13847112935", "13847112936");
        // As a server that did not know of the new key yet, in the same moment: the number under its earlier index too.
        let index = |brand: &tallymark_partners::Tenant, phone: &str| {
            let phone = tallymark_people::Identifier::parse(tallymark_people::IdentifierKind::Phone, phone).unwrap();
            tallymark_people::PeopleKeys::new(brand).blind_index(&phone)
        };
        let brand = tallymark_partners::tenant::find(&mut tx, &world.context.master, tenant).await.unwrap().unwrap();
        let earlier = index(&brand, from);
        assert_ne!(earlier, index(&brand, to));
        let sql = "UPDATE identifier SET blind_index = $1 WHERE blind_index = $2";
        let hidden: [u8; 16] = [7; 16];
        tx.execute(sql, &[hidden.into(), earlier.into()]).await.unwrap();
        tx.commit().await.unwrap();
        world.call("POST", "/v1/people-keys/rotate", Some(&world.owner), None, None).await;
        let event = json!([{"type": "identify", "messageId": "other", "userId": "u-2", "traits": {"phone": from}}]);
        deliver(&world, &key, "/v1/batch", event).await;
        assert_ne!(world.person("phone", from).await["id"], json!(person));
        let mut tx = world.context.store.write().await.unwrap();
        tx.execute(sql, &[earlier.into(), hidden.into()]).await.unwrap();
        tx.commit().await.unwrap();
        assert!(tallymark_server::rotation::run(&world.context, tenant, || false).await.unwrap());
        assert_eq!(world.person("phone", from).await["id"], json!(person), "the oldest names both");
        let changes = world.get("/v1/identity/changes").await.json();
        assert_eq!((&changes["items"][0]["kind"], &changes["items"][0]["by"]), (&json!("joined"), &json!("rotation")));
    }
}
