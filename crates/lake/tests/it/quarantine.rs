//! What fits no declaration is kept, blocks nothing, and goes on its way when a program knows it.

use tallymark_base::event::EventType;
use tallymark_lake::{MIGRATIONS, status};
use tallymark_store::outbox::{Returned, save_again};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::start;

use crate::world::{Closed, EVENTS, World};

/// Puts lines into the outbox as they are.
async fn save_lines(world: &World, event_type: &str, version: i64, lines: &[&str]) {
    let mut body = lines.join("\n").into_bytes();
    body.push(b'\n');
    let events = lines.len() as i64;
    let lines = Returned { event_type: event_type.into(), version, events, body, created_at: start() };
    let mut tx = world.db.store.write().await.unwrap();
    save_again(&mut tx, &world.db.ids, &*world.db.clock, vec![lines]).await.unwrap();
    tx.commit().await.unwrap();
}

fn closed(id: i64, data: &str) -> String {
    format!(r#"{{"id":{id},"tenant":7,"at":"2026-03-01T00:00:00Z","data":{data}}}"#)
}

const fn only_closed() -> &'static [EventType] {
    match EVENTS {
        [_, closed @ ..] => closed,
        [] => &[],
    }
}

both_engines! { [MIGRATIONS];
    async fn a_line_that_does_not_fit_is_put_aside_and_its_neighbours_go_on(db: TestDb) {
        let world = World::new(db);
        let lines = [
            closed(1, r#"{"reason":"full"}"#),
            closed(2, r#"{"reason":7}"#),
            closed(3, r#"{"reason":null}"#),
            closed(4, r#"{"reason":"dry","depth":3}"#),
            closed(5, r#"{}"#),
            r#"{"id":6,"tenant":7,"#.to_owned(),
            r#"{"id":7,"tenant":7,"at":"yesterday","data":{"reason":"x"}}"#.to_owned(),
            closed(8, r#"{"reason":"wet"}"#),
        ];
        save_lines(&world, "probe.closed", 1, &lines.each_ref().map(String::as_str)).await;
        assert_eq!(world.writer().flush().await.unwrap(), 8);
        assert_eq!(world.texts("SELECT id FROM probe_closed ORDER BY id").await, ["1", "8"]);
        assert_eq!(world.outbox_events().await, 0);
        let state = status(&world.lake, &world.db.store).await.unwrap();
        assert_eq!(state.put_aside.iter().map(|aside| aside.events).sum::<i64>(), 6);
    }

    async fn an_unknown_version_waits_for_the_program_that_knows_it(db: TestDb) {
        let world = World::knowing(db, only_closed());
        world.save_probes(0..60).await;
        world.save(1_000, &Closed { reason: "late".into() }).await;
        world.writer().flush().await.unwrap();
        let state = status(&world.lake, &world.db.store).await.unwrap();
        assert_eq!((state.put_aside[0].event_type.as_str(), state.put_aside[0].events), ("probe.probed", 60));
        assert_eq!(world.texts("SELECT id FROM probe_closed").await, ["1000"]);
        world.outlive_the_lease();

        let world = world.upgraded(EVENTS);
        assert_eq!(world.writer().flush().await.unwrap(), 60);
        assert_eq!(world.probes().await, (0..60).collect());
        assert!(status(&world.lake, &world.db.store).await.unwrap().put_aside.is_empty());
    }

    async fn what_was_put_aside_before_a_crash_is_not_written_by_the_next_program_twice(db: TestDb) {
        let world = World::knowing(db, only_closed());
        world.save_probes(0..60).await;
        fail::cfg("lake::before_passing", "1*panic").unwrap();
        let mut doomed = world.writer();
        assert!(tokio::spawn(async move { doomed.flush().await.map(drop) }).await.is_err());
        fail::remove("lake::before_passing");
        world.outlive_the_lease();
        // The rows are put aside and still stamped: the newer program must not write them from both places.
        let world = world.upgraded(EVENTS);
        world.writer().flush().await.unwrap();
        assert_eq!(world.probes().await, (0..60).collect());
        assert_eq!(world.outbox_events().await, 0);
    }
}
