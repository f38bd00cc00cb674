//! Listeners at WebSockets: each event once, in order, from where they were; and nobody who does not listen.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;
use tallymark_traces::Pace;

use crate::listener::Listener;
use crate::world::{World, event};

const STREAM: &str = "/queries/shipped/events?stream=true";

fn urns(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("urn:uuid:{number}")).collect()
}

fn events(numbers: impl IntoIterator<Item = u32>) -> Vec<Value> {
    numbers.into_iter().map(event).collect()
}

async fn world(db: TestDb) -> World {
    paced(db, Pace::default()).await
}

async fn paced(db: TestDb, pace: Pace) -> World {
    let world = World::paced(db, pace);
    let query = json!({"name": "shipped", "query": {"EQ_bizStep": ["shipping"]}});
    assert_eq!(world.post("/queries", &query).await.status, 201);
    world
}

/// Signs of life ten times a second.
fn fast() -> Pace {
    Pace { ping_every: Duration::from_millis(100), ..Pace::default() }
}

both_engines! { [tallymark_traces::MIGRATIONS];
    async fn a_listener_hears_each_event_once_and_goes_on_where_it_was(db: TestDb) {
        let world = world(db).await;
        let address = world.serve().await;
        world.captured(&[event(1)]).await;
        let mut listener = Listener::at(address, STREAM).await;
        let mut other = event(2);
        other["bizStep"] = json!("receiving");
        world.captured(&[other, event(3)]).await;
        // The same again is no event.
        world.captured(&[event(3)]).await;
        let heard = listener.next().await;
        assert_eq!(heard.ids, urns([3]));
        let kept = &heard.document;
        assert_eq!((&kept["type"], &kept["schemaVersion"]), (&json!("EPCISQueryDocument"), &json!("2.0")));
        assert_eq!(kept["epcisBody"]["queryResults"]["queryName"], "shipped");
        assert!(listener.is_quiet(Duration::from_millis(1_500)).await);
        listener.leave().await;
        // What is recorded while nobody listens is told to whoever comes back with the last message's token.
        world.captured(&events(4..6)).await;
        let mut back = Listener::at(address, &format!("{STREAM}&nextPageToken={}", heard.next)).await;
        assert_eq!(back.events(2).await, urns(4..6));
        world.captured(&[event(6)]).await;
        assert_eq!(back.events(1).await, urns([6]));
        let mut since = Listener::at(address, &format!("{STREAM}&initialRecordTime=2020-01-01T08:00:00+08:00")).await;
        assert_eq!(since.events(5).await, urns([1, 3, 4, 5, 6]));
    }

    async fn nothing_is_missed_or_told_twice_while_many_events_come(db: TestDb) {
        let world = world(db).await;
        let address = world.serve().await;
        let capture = async {
            for some in 0..40_u32 {
                world.captured(&events(some * 10..some * 10 + 10)).await;
            }
        };
        let listen = async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            let mut all = Listener::at(address, &format!("{STREAM}&initialRecordTime=2020-01-01T00:00:00Z&perPage=7")).await;
            let mut heard = Vec::new();
            while heard.len() < 400 {
                let message = all.next().await;
                assert!((1..=7).contains(&message.ids.len()), "{message:?}");
                heard.extend(message.ids);
            }
            assert!(all.is_quiet(Duration::from_millis(300)).await);
            heard
        };
        let ((), heard) = tokio::join!(capture, listen);
        assert_eq!(heard, urns(0..400));
    }

    async fn events_of_another_server_are_told_and_those_of_another_brand_are_not(db: TestDb) {
        let world = world(db).await;
        let address = world.serve().await;
        let mut listener = Listener::at(address, STREAM).await;
        // Another process: it shares nothing with this one but the database.
        world.another(8).captured(&[event(1)]).await;
        world.another(7).captured(&[event(2)]).await;
        assert_eq!(listener.events(1).await, urns([2]));
        assert!(listener.is_quiet(Duration::from_millis(1_500)).await);
    }

    async fn a_schedule_tells_a_listener_what_came_between(db: TestDb) {
        let world = world(db).await;
        let address = world.serve().await;
        let path = "/queries/shipped/events?hour=1&minute=5&reportIfEmpty=true";
        let mut listener = Listener::at(address, path).await;
        world.captured(&events(1..3)).await;
        assert!(listener.is_quiet(Duration::from_millis(1_200)).await);
        world.db.clock.advance(Duration::from_secs(3_600 + 300));
        assert_eq!(listener.next().await.ids, urns(1..3));
        assert!(listener.is_quiet(Duration::from_millis(1_200)).await);
        world.db.clock.advance(Duration::from_secs(24 * 3_600));
        // Nothing came, and that is told.
        assert_eq!(listener.next().await.ids, Vec::<String>::new());
    }

    async fn a_message_is_no_longer_than_clients_take_that_were_told_nothing(db: TestDb) {
        let world = world(db).await;
        let address = world.serve().await;
        let mut listener = Listener::at(address, STREAM).await;
        for number in 0..8 {
            let mut long = event(number);
            long["ex:note"] = json!("x".repeat(300 << 10));
            world.captured(&[long]).await;
        }
        let mut ids = Vec::new();
        while ids.len() < 8 {
            let message = listener.next().await;
            assert!(message.bytes <= 1 << 20, "{}", message.bytes);
            ids.extend(message.ids);
        }
        assert_eq!(ids, urns(0..8));
    }

    async fn what_cannot_be_listened_to_is_refused(db: TestDb) {
        let world = paced(db, Pace { of_brand_max: 2, ..Pace::default() }).await;
        let limited = json!({"name": "limited", "query": {"orderBy": "eventTime", "eventCountLimit": 5}});
        assert_eq!(world.post("/queries", &limited).await.status, 201);
        let address = world.serve().await;
        for (path, status, wanted) in [
            ("/queries/shipped/events", 400, "schedule"),
            ("/queries/shipped/events?stream=true&hour=1", 400, "schedule"),
            ("/queries/shipped/events?stream=yes", 400, "stream"),
            ("/queries/shipped/events?hour=25", 400, "schedule.hour"),
            ("/queries/shipped/events?dayOfMonth=31&month=2", 400, "no such day"),
            ("/queries/shipped/events?stream=true&initialRecordTime=yesterday", 400, "initialRecordTime"),
            ("/queries/shipped/events?stream=true&EQ_bizStep=shipping", 400, "EQ_bizStep"),
            ("/queries/shipped/events?stream=true&nextPageToken=0.1", 400, "nextPageToken"),
            ("/queries/shipped/events?stream=true&nextPageToken=after-ff", 400, "nextPageToken"),
            ("/queries/limited/events?stream=true", 400, "eventCountLimit"),
            ("/queries/none/events?stream=true", 404, "none"),
        ] {
            let (found, problem) = Listener::try_at(address, path).await.err().unwrap_or_else(|| panic!("{path}"));
            assert_eq!(found, status, "{path}: {problem}");
            assert!(problem["type"].as_str().unwrap().starts_with("epcisException:"), "{problem}");
            assert!(problem["detail"].as_str().unwrap().contains(wanted), "{path}: {problem}");
        }
        let without = world.get(STREAM).await;
        assert_eq!(without.problem(), (400, "SubscriptionControlsException"));
        assert!(without.body["detail"].as_str().unwrap().contains("Upgrade"), "{}", without.body);
        let first = Listener::at(address, STREAM).await;
        let _second = Listener::at(address, STREAM).await;
        let (status, problem) = Listener::try_at(address, STREAM).await.err().unwrap();
        assert_eq!((status, &problem["code"]), (429, &json!("epcis.too_many_sockets")));
        // A place is free again when somebody goes.
        first.leave().await;
        while Listener::try_at(address, STREAM).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn whoever_may_not_listen_any_more_is_let_go_and_told_why(db: TestDb) {
        let world = paced(db, fast()).await;
        let address = world.serve().await;
        let mut listener = Listener::at(address, STREAM).await;
        assert!(listener.is_quiet(Duration::from_millis(500)).await, "pings that are answered keep it open");
        world.may.store(false, Ordering::SeqCst);
        assert_eq!(listener.end().await, (1008, "this API key is not known or was withdrawn".to_owned()));
        world.may.store(true, Ordering::SeqCst);
        let mut listener = Listener::at(address, STREAM).await;
        assert_eq!(world.call("DELETE", "/queries/shipped", &[], String::new()).await.status, 204);
        assert_eq!(listener.end().await, (1000, "the query was removed".to_owned()));
        let query = json!({"name": "shipped", "query": {}});
        assert_eq!(world.post("/queries", &query).await.status, 201);
        let mut listener = Listener::at(address, STREAM).await;
        world.traces.sockets.end();
        assert_eq!(listener.end().await, (1001, "the server stops; connect again".to_owned()));
        assert_eq!(Listener::at(address, STREAM).await.end().await.0, 1001);
    }

    async fn who_does_not_answer_or_read_is_let_go(db: TestDb) {
        let pace = Pace { read_max: Duration::from_millis(300), ..fast() };
        let world = paced(db, pace).await;
        let address = world.serve().await;
        let mut silent = Listener::at(address, STREAM).await;
        // Who does not look at the connection answers no ping.
        tokio::time::sleep(Duration::from_millis(600)).await;
        let (code, reason) = silent.end().await;
        assert!(code == 1008 && reason.contains("ping"), "{code} {reason}");
        let mut slow = Listener::at(address, &format!("{STREAM}&perPage=1")).await;
        for number in 0..4 {
            let mut long = event(number);
            long["ex:note"] = json!("x".repeat(1 << 20));
            world.captured(&[long]).await;
        }
        // The kernel holds some of it. What does not fit is not read from the database, and the connection is cut.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let heard = slow.rest().await;
        assert!(heard < 4, "{heard}");
    }
}
