//! Storage that is full or gone stops the lake and loses nothing; clocks that differ double nothing.

use std::sync::Arc;
use std::time::Duration;

use tallymark_base::time::ManualClock;
use tallymark_lake::{Error, MIGRATIONS, Settings, Step, Writer};
use tallymark_store::Context;
use tallymark_testkit::both_engines;

use crate::world::{Closed, World};

/// A writer whose clock is ahead of the others'.
fn ahead(world: &World, by: Duration) -> (Writer, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(world.db.context().clock.now()));
    clock.advance(by);
    let context = Context { clock: clock.clone(), ..world.db.context() };
    (Writer::new(world.lake.clone(), context, Settings::default()), clock)
}

both_engines! { [MIGRATIONS];
    async fn storage_that_fills_up_at_any_write_loses_and_doubles_nothing(db: TestDb) {
        let world = World::new(db);
        let (mut saved, mut failures) = (0, 0);
        for point in ["lake::put", "lake::put_half"] {
            for writes in 0..6 {
                world.save_probes(saved..saved + 20).await;
                world.save(100_000 + saved, &Closed { reason: "full".into() }).await;
                saved += 20;
                fail::cfg(point, &format!("{writes}*off->2*return->off")).unwrap();
                let mut writer = world.writer();
                let mut waits = 21;
                // Tried again as the server does, until there is room.
                for _ in 0..4 {
                    match writer.flush().await {
                        Ok(_) => break,
                        Err(Error::Storage(_)) => failures += 1,
                        Err(other) => panic!("{other}"),
                    }
                    let left = world.outbox_events().await;
                    assert!(left == 21 || left == waits, "{left} events are left");
                    waits = left;
                }
                fail::remove(point);
                writer.flush().await.unwrap();
                writer.release().await.unwrap();
                assert_eq!(world.probes().await, (0..saved).collect(), "after {writes} writes, {point}");
                assert_eq!(world.outbox_events().await, 0);
            }
        }
        assert!(failures >= 6, "{failures}");
        assert_eq!(world.texts("SELECT COUNT(*) FROM probe_closed").await, ["12"]);
    }

    async fn storage_that_is_gone_stops_the_writer_until_it_is_back(db: TestDb) {
        let world = World::new(db);
        let (lake, elsewhere) = (world.folder.path().to_owned(), world.folder.path().with_extension("away"));
        let mut writer = world.writer();
        world.save_probes(0..10).await;
        writer.flush().await.unwrap();
        world.save_probes(10..20).await;
        // As if a disk was taken away: what is left is no folder, or the empty folder where it was mounted.
        for is_empty in [false, true] {
            std::fs::rename(&lake, &elsewhere).unwrap();
            if is_empty { std::fs::create_dir(&lake).unwrap() } else { std::fs::write(&lake, "").unwrap() }
            let refused = writer.step(true).await.unwrap_err();
            assert!(matches!(refused, Error::Storage(_) | Error::Gone { .. }), "{refused}");
            assert_eq!(world.outbox_events().await, 10);
            if is_empty { std::fs::remove_dir_all(&lake).unwrap() } else { std::fs::remove_file(&lake).unwrap() }
            std::fs::rename(&elsewhere, &lake).unwrap();
        }
        writer.flush().await.unwrap();
        assert_eq!(world.probes().await, (0..20).collect());
        assert_eq!(world.outbox_events().await, 0);
    }

    async fn writers_whose_clocks_differ_write_every_event_once(db: TestDb) {
        let world = World::new(db);
        // Within what is allowed, the one that is ahead waits; far beyond, it takes the lease from a living writer.
        let (mut near, _) = ahead(&world, Duration::from_secs(9));
        let (mut far, clock) = ahead(&world, Duration::from_secs(300));
        let mut right = world.writer();
        world.save_probes(0..10).await;
        assert_eq!(right.step(true).await.unwrap(), Step::Wrote { batch: 1, events: 10 });
        world.db.clock.advance(Duration::from_secs(59));
        assert_eq!(near.step(true).await.unwrap(), Step::NotMine);
        let mut saved = 10;
        for round in 0..6 {
            world.save_probes(saved..saved + 10).await;
            saved += 10;
            clock.advance(Duration::from_secs(100));
            // Each stops where the other has taken over, at another point of its batch every time.
            let point = ["lake::before_commit", "lake::after_commit", "lake::before_passing"][round % 3];
            fail::cfg(point, "1*sleep(300)").unwrap();
            let racing = async { tokio::join!(far.step(true), right.step(true)) };
            let (one, other) = racing.await;
            for step in [one, other] {
                if let Err(error) = step {
                    assert!(matches!(error, Error::LeaseLost | Error::Storage(_)), "{error}");
                }
            }
            fail::remove(point);
            world.db.clock.advance(Duration::from_secs(if round % 2 == 0 { 1_000 } else { 0 }));
        }
        world.db.clock.advance(Duration::from_secs(5_000));
        world.writer().flush().await.unwrap();
        assert_eq!(world.probes().await, (0..saved).collect());
        assert_eq!(world.outbox_events().await, 0);
    }
}
