//! Subscribers: each event is told once, and again until it is taken.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tallymark_testkit::both_engines;
use tallymark_traces::{Message, Teller};

use crate::world::{World, event};

/// Takes messages, or does not.
#[derive(Default)]
struct Listener {
    heard: Mutex<Vec<Message>>,
    refuses: Mutex<bool>,
}

#[async_trait]
impl Teller for Listener {
    async fn tell(&self, message: Message) -> Result<(), String> {
        if *self.refuses.lock().unwrap() {
            return Err("it answered 500".to_owned());
        }
        self.heard.lock().unwrap().push(message);
        Ok(())
    }
}

impl Listener {
    /// The ids that were told, in order.
    fn ids(&self) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        let documents = heard.iter().map(|message| serde_json::from_slice::<Value>(&message.body).unwrap());
        let events = documents.flat_map(|document| {
            document["epcisBody"]["queryResults"]["resultsBody"]["eventList"].as_array().unwrap().clone()
        });
        events.map(|event| event["eventID"].as_str().unwrap().to_owned()).collect()
    }
}

async fn named(world: &World) {
    let query = json!({"name": "shipped", "query": {"EQ_bizStep": ["shipping"]}});
    assert_eq!(world.post("/queries", &query).await.status, 201);
    assert_eq!(world.post("/queries", &query).await.problem(), (409, "ResourceAlreadyExistsException"));
}

both_engines! { [tallymark_traces::MIGRATIONS];
    async fn a_stream_tells_each_event_once_and_again_until_it_is_taken(db: TestDb) {
        let world = World::new(db);
        named(&world).await;
        world.captured(&[event(1)]).await;
        let asked = json!({"dest": "https://a.example/hook", "signatureToken": "s3cret", "stream": true});
        let made = world.post("/queries/shipped/subscriptions", &asked).await;
        assert_eq!(made.status, 201, "{}", made.body);
        assert!(!made.body.to_string().contains("s3cret"), "{}", made.body);
        let listener = Listener::default();
        assert_eq!(world.traces.tell_due(&listener).await.unwrap(), 0);
        let mut other = event(2);
        other["bizStep"] = json!("receiving");
        world.captured(&[other, event(3)]).await;
        *listener.refuses.lock().unwrap() = true;
        for _ in 0..5 {
            world.db.clock.advance(Duration::from_secs(3_600));
            world.traces.tell_due(&listener).await.unwrap();
        }
        let shown = world.get(made.header("location")).await;
        assert_eq!((&shown.body["lastError"], &shown.body["dest"]), (&json!("it answered 500"), &asked["dest"]));
        *listener.refuses.lock().unwrap() = false;
        world.captured(&[event(4)]).await;
        for _ in 0..5 {
            world.db.clock.advance(Duration::from_secs(3_600));
            world.traces.tell_due(&listener).await.unwrap();
        }
        assert_eq!(listener.ids(), ["urn:uuid:3", "urn:uuid:4"]);
        let message = listener.heard.lock().unwrap()[0].clone();
        assert!(message.signature.unwrap().starts_with("sha256=") && message.address == "https://a.example/hook");
        assert_eq!(world.call("DELETE", made.header("location"), &[], String::new()).await.status, 204);
        assert_eq!(world.get(made.header("location")).await.status, 404);
    }

    async fn a_schedule_tells_what_came_between(db: TestDb) {
        let world = World::new(db);
        named(&world).await;
        world.captured(&[event(1)]).await;
        let asked = json!({
            "dest": "https://a.example/hook", "schedule": {"hour": "1", "minute": "5"}, "reportIfEmpty": true,
            "initialRecordTime": "2026-01-01T00:00:00Z",
        });
        assert_eq!(world.post("/queries/shipped/subscriptions", &asked).await.status, 201);
        let listener = Listener::default();
        world.db.clock.advance(Duration::from_secs(3_600 + 299));
        assert_eq!(world.traces.tell_due(&listener).await.unwrap(), 0);
        world.db.clock.advance(Duration::from_secs(1));
        assert_eq!(world.traces.tell_due(&listener).await.unwrap(), 1);
        assert_eq!(world.traces.tell_due(&listener).await.unwrap(), 0);
        world.db.clock.advance(Duration::from_secs(24 * 3_600));
        // Nothing came, and that is told.
        assert_eq!(world.traces.tell_due(&listener).await.unwrap(), 1);
        assert_eq!((listener.ids(), listener.heard.lock().unwrap().len()), (vec!["urn:uuid:1".to_owned()], 2));
    }

    async fn subscriptions_that_make_no_sense_are_refused(db: TestDb) {
        let world = World::new(db);
        named(&world).await;
        for (asked, wanted) in [
            (json!({"dest": "https://a.example/"}), "schedule"),
            (json!({"dest": "https://a.example/", "stream": true, "schedule": {}}), "schedule"),
            (json!({"dest": "ftp://a.example/", "stream": true}), "dest"),
            (json!({"dest": "https://a.example/", "schedule": {"hour": "25"}}), "schedule.hour"),
            (json!({"dest": "https://a.example/", "schedule": {"dayOfMonth": "31", "month": "2"}}), "no such day"),
        ] {
            let got = world.post("/queries/shipped/subscriptions", &asked).await;
            assert_eq!(got.problem(), (400, "SubscriptionControlsException"), "{asked}: {}", got.body);
            assert!(got.body["detail"].as_str().unwrap().contains(wanted), "{}", got.body);
        }
        assert_eq!(world.post("/queries/none/subscriptions", &json!({"dest": "https://a.example/", "stream": true})).await.status, 404);
        assert_eq!(world.post("/queries", &json!({"name": "a b", "query": {}})).await.problem(), (400, "ValidationException"));
        assert_eq!(world.post("/queries", &json!({"name": "a", "query": {"EQ_x": 1}})).await.problem(), (400, "QueryParameterException"));
        assert_eq!(world.get("/queries").await.body[0]["name"], "shipped");
        assert_eq!(world.get("/queries/shipped/events").await.ids(), Vec::<String>::new());
        assert_eq!(world.call("DELETE", "/queries/shipped", &[], String::new()).await.status, 204);
        assert_eq!(world.get("/queries/shipped").await.status, 404);
    }
}
