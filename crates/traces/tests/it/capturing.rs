//! Capturing: durable when answered, once, and refused with the event and the field.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tallymark_epcis::{Context, equal};
use tallymark_testkit::both_engines;

use crate::world::{World, document, event};

/// The documents that GS1 publishes, where `TALLYMARK_SHARED_DATA` names their folder.
fn published() -> Vec<(PathBuf, Value)> {
    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => files(&path, found),
                false if path.extension().is_some_and(|extension| extension == "jsonld") => found.push(path),
                false => {}
            }
        }
    }
    let Ok(folder) = std::env::var("TALLYMARK_SHARED_DATA") else {
        println!("skipped: TALLYMARK_SHARED_DATA is not set");
        return Vec::new();
    };
    let mut paths = Vec::new();
    files(&Path::new(&folder).join("gs1-epcis/JSON"), &mut paths);
    assert_eq!(paths.len(), 47);
    paths
        .into_iter()
        .map(|path| {
            let value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            (path, value)
        })
        .collect()
}

both_engines! { [tallymark_traces::MIGRATIONS];
    async fn every_published_document_comes_back_as_it_was_given(db: TestDb) {
        let mut world = World::new(db);
        for (tenant, (path, given)) in (1_i64..).zip(published()) {
            // Some share event ids: each document has a brand of its own.
            world = world.another(tenant);
            let job = world.capture(&given, "rollback").await;
            assert_eq!(job["success"], true, "{}: {job}", path.display());
            let body = &given["epcisBody"];
            let list = body.get("eventList").unwrap_or_else(|| &body["queryResults"]["resultsBody"]["eventList"]);
            let got = world.get("/events").await;
            let (found, mut left) = (got.events(), list.as_array().unwrap().clone());
            assert_eq!(found.len(), left.len(), "{}", path.display());
            let (ours, theirs) = (Context::of(&got.body["@context"]), Context::of(&given["@context"]));
            for event in &found {
                let place = left.iter().position(|given| equal::events((given, &theirs), (event, &ours)));
                left.remove(place.unwrap_or_else(|| panic!("{}: {event}", path.display())));
            }
        }
    }

    async fn an_event_is_kept_once_and_another_under_its_id_is_refused(db: TestDb) {
        let world = World::new(db);
        world.captured(&[event(1), event(2)]).await;
        // The same in other words, together with a new one.
        let mut again = event(1);
        again["epcList"] = json!(["https://id.gs1.org/01/04012345111118/21/1"]);
        again["eventTime"] = json!("2026-01-01T08:01:00+08:00");
        world.captured(&[again, event(3), event(3)]).await;
        assert_eq!(world.get("/events").await.ids(), ["urn:uuid:1", "urn:uuid:2", "urn:uuid:3"]);
        let mut other = event(2);
        other["bizStep"] = json!("receiving");
        let job = world.capture(&document(&[event(4), other.clone()]), "rollback").await;
        assert_eq!(job["success"], false);
        let told = job["errors"][0]["detail"].as_str().unwrap();
        assert!(told.starts_with("event 1 (urn:uuid:2): /eventID"), "{told}");
        let job = world.capture(&document(&[event(4), other.clone()]), "proceed").await;
        assert_eq!((&job["success"], job["errors"].as_array().unwrap().len()), (&json!(false), 1));
        assert_eq!(world.get("/events").await.ids().len(), 4);
        // The declaration that an event was wrong has its id.
        let mut declaration = event(2);
        declaration["errorDeclaration"] = json!({"declarationTime": "2026-02-01T00:00:00Z", "reason": "did_not_occur"});
        world.captured(&[declaration]).await;
        assert_eq!(world.get("/events/urn%3Auuid%3A2").await.ids(), ["urn:uuid:2", "urn:uuid:2"]);
        let list = world.get("/capture?perPage=3").await;
        assert_eq!((list.body.as_array().unwrap().len(), list.next().is_some()), (3, true));
    }

    async fn single_events_are_created_or_conflict(db: TestDb) {
        let world = World::new(db);
        let mut one = event(1);
        assert_eq!(world.post("/events", &one).await.problem(), (400, "ValidationException"));
        one["@context"] = json!(["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]);
        let made = world.post("/events", &one).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let shown = world.get(made.header("location")).await;
        assert_eq!(shown.events()[0]["recordTime"], "2026-03-01T00:00:00.000Z");
        assert_eq!(world.post("/events", &one).await.problem(), (409, "ResourceAlreadyExistsException"));
        one.as_object_mut().unwrap().remove("eventID");
        let made = world.post("/events", &one).await;
        assert!(made.body["eventID"].as_str().unwrap().starts_with("ni:///sha-256;"), "{}", made.body);
        assert_eq!(world.get(made.header("location")).await.status, 200);
        assert_eq!(world.post("/events", &one).await.status, 409);
        assert_eq!(world.get("/events/urn%3Auuid%3A9").await.problem(), (404, "NoSuchNameException"));
    }

    async fn proceed_keeps_the_good_events_and_rollback_none(db: TestDb) {
        let world = World::new(db);
        let mut ahead = event(2);
        ahead["eventTime"] = json!("2026-03-01T01:00:00Z");
        let mut unknown = event(3);
        unknown["action"] = json!("LOOK");
        let sent = document(&[event(1), ahead, unknown, event(4)]);
        let headers = [("content-type", "application/ld+json")];
        let got = world.call("POST", "/capture", &headers, sent.to_string()).await;
        assert_eq!(got.problem(), (400, "ValidationException"));
        let told = got.body["detail"].as_str().unwrap();
        assert!(told.contains("event 1 (urn:uuid:2): /eventTime: this lies in the future"), "{told}");
        assert!(told.contains("event 2 (urn:uuid:3): /action"), "{told}");
        assert_eq!(world.get("/events").await.ids().len(), 0);
        let job = world.capture(&sent, "proceed").await;
        assert_eq!((&job["success"], job["errors"].as_array().unwrap().len()), (&json!(false), 2));
        assert_eq!(world.get("/events").await.ids(), ["urn:uuid:1", "urn:uuid:4"]);
    }

    async fn what_cannot_be_taken_is_said_in_the_words_of_the_standard(db: TestDb) {
        let world = World::new(db);
        let json = ("content-type", "application/json");
        let call = async |headers: &[(&str, &str)], body: String| world.call("POST", "/capture", headers, body).await;
        assert_eq!(call(&[("content-type", "text/csv")], String::new()).await.problem(), (415, "UnsupportedMediaTypeException"));
        assert_eq!(call(&[json], "{".to_owned()).await.problem(), (400, "ValidationException"));
        assert_eq!(call(&[json], " ".repeat(17 << 20)).await.problem(), (413, "CaptureLimitExceededException"));
        let many: Vec<Value> = (0..10_001).map(|number| event(number % 600)).collect();
        assert_eq!(call(&[json], document(&many).to_string()).await.problem(), (413, "CaptureLimitExceededException"));
        assert_eq!(call(&[json, ("accept", "text/html")], String::new()).await.problem(), (406, "NotAcceptableException"));
        let odd = [json, ("gs1-capture-error-behaviour", "hope")];
        assert_eq!(call(&odd, document(&[]).to_string()).await.problem(), (400, "ValidationException"));
        let options = world.call("OPTIONS", "/capture", &[], String::new()).await;
        assert_eq!((options.status.as_u16(), options.header("gs1-epcis-capture-limit")), (204, "10000"));
        assert_eq!(options.header("gs1-capture-error-behaviour"), "all");
        assert_eq!(world.get("/capture/cap_00000000000").await.problem(), (404, "NoSuchNameException"));
    }

    async fn what_became_of_a_document_is_forgotten_after_30_days_and_its_events_are_not(db: TestDb) {
        let world = World::new(db);
        let sent = async |world: &World, number: u32| {
            let headers = [("content-type", "application/json")];
            world.call("POST", "/capture", &headers, document(&[event(number)]).to_string()).await.header("location").to_owned()
        };
        let other = world.another(8);
        let old = [sent(&world, 1).await, sent(&world, 2).await, sent(&world, 3).await];
        let old_of_other = sent(&other, 1).await;
        world.db.clock.advance(Duration::from_secs(10 * 24 * 3_600));
        let young = sent(&world, 4).await;
        world.db.clock.advance(Duration::from_secs(20 * 24 * 3_600 + 60));
        // In pieces of two.
        assert_eq!(tallymark_traces::forget(&world.db.context(), 2).await.unwrap(), 4);
        assert_eq!(tallymark_traces::forget(&world.db.context(), 2).await.unwrap(), 0);
        for gone in &old {
            assert_eq!(world.get(gone).await.status, 404);
        }
        assert_eq!(other.get(&old_of_other).await.status, 404);
        assert_eq!(world.get(&young).await.status, 200);
        assert_eq!((world.get("/events").await.ids().len(), other.get("/events").await.ids().len()), (4, 1));
    }
}
