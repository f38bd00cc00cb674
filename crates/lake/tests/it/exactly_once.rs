//! Every committed event is in the lake once, wherever the writer is killed.

use std::collections::BTreeSet;
use std::time::Duration;

use tallymark_lake::{Error, MIGRATIONS, Settings, Step};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::start;
use tokio::sync::watch;

use crate::world::{Closed, EVENTS, Found, TENANT, World, open, probe, question};

/// Every named point of the writer, in the order in which a batch comes by.
const POINTS: [&str; 5] =
    ["lake::after_stamp", "lake::before_commit", "lake::after_commit", "lake::before_passing", "lake::after_passing"];

both_engines! { [MIGRATIONS];
    async fn events_leave_the_database_for_the_lake(db: TestDb) {
        let world = World::new(db);
        world.save_probes(0..120).await;
        world.save(1_000, &Closed { reason: "雨".into() }).await;
        assert_eq!(world.writer().flush().await.unwrap(), 121);
        assert_eq!(world.probes().await, (0..120).collect());
        assert_eq!(world.texts("SELECT reason FROM probe_closed").await, ["雨"]);
        assert_eq!(world.outbox_events().await, 0);
        // By hand: of 0..120, every third found gold.
        assert_eq!(world.number("SELECT COUNT(*) FROM probe_probed WHERE found = 'gold'").await, 40);
        assert_eq!(world.texts("SELECT account FROM probe_probed WHERE number = 8").await, ["acc_0000000000008"]);
        assert_eq!(world.texts("SELECT at FROM probe_probed WHERE number = 8").await, [start().to_string()]);
        assert_eq!(world.texts("SELECT DISTINCT day FROM probe_probed").await, ["2026-03-01"]);
    }

    async fn a_writer_killed_at_any_point_loses_and_doubles_nothing(db: TestDb) {
        let world = World::new(db);
        let mut saved = 0;
        for point in POINTS {
            world.save_probes(saved..saved + 75).await;
            world.save(10_000 + saved, &Closed { reason: point.into() }).await;
            saved += 75;
            fail::cfg(point, "1*panic").unwrap();
            let mut doomed = world.writer();
            let killed = tokio::spawn(async move { doomed.flush().await.map(drop) }).await;
            assert!(killed.is_err_and(|error| error.is_panic()), "the writer came by {point}");
            fail::remove(point);
            world.outlive_the_lease();
            world.writer().flush().await.unwrap();
            world.outlive_the_lease();
            assert_eq!(world.probes().await, (0..saved).collect(), "after {point}");
            assert_eq!(world.outbox_events().await, 0, "after {point}");
        }
        assert_eq!(world.texts("SELECT reason FROM probe_closed ORDER BY id").await, POINTS);
    }

    async fn a_writer_whose_future_is_dropped_anywhere_loses_and_doubles_nothing(db: TestDb) {
        let world = World::new(db);
        for (round, wait_ms) in (0_i64..).zip([0, 1, 3, 10, 25, 60, 140, 300]) {
            world.save_probes(round * 40..round * 40 + 40).await;
            let mut writer = world.writer();
            let cut = tokio::time::timeout(Duration::from_millis(wait_ms), writer.flush()).await;
            drop(cut);
            world.outlive_the_lease();
        }
        world.writer().flush().await.unwrap();
        assert_eq!(world.probes().await, (0..320).collect());
        assert_eq!(world.outbox_events().await, 0);
    }

    async fn nobody_waits_for_a_lease_that_is_extended_while_a_step_writes(db: TestDb) {
        let world = World::new(db);
        world.save_probes(0..1_500).await;
        // Thirty batches, and a lease that is extended every two milliseconds.
        let settings = Settings {
            events_max: 50,
            linger: Duration::ZERO,
            look_every: Duration::from_millis(1),
            lease: Duration::from_millis(8),
            ..Settings::default()
        };
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(world.writer_with(settings).run(stopped));
        let waits = async {
            while world.outbox_events().await > 0 {
                // What a scan does. The store gives up after five seconds.
                let tx = world.db.store.write().await.unwrap();
                tx.commit().await.unwrap();
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waits).await.unwrap();
        stop.send(true).unwrap();
        server.await.unwrap();
        assert_eq!(world.probes().await, (0..1_500).collect());
    }

    async fn only_the_holder_of_the_lease_writes(db: TestDb) {
        let world = World::new(db);
        world.save_probes(0..10).await;
        let (mut first, mut second) = (world.writer(), world.writer());
        assert_eq!(first.step(true).await.unwrap(), Step::Wrote { batch: 1, events: 10 });
        assert_eq!(second.step(true).await.unwrap(), Step::NotMine);
        world.outlive_the_lease();
        world.save_probes(10..20).await;
        assert_eq!(second.step(true).await.unwrap(), Step::Wrote { batch: 2, events: 10 });
        assert!(matches!(first.step(true).await, Err(Error::LeaseLost)));
        second.release().await.unwrap();
        assert_eq!(first.step(true).await.unwrap(), Step::Idle);
        assert_eq!(world.probes().await, (0..20).collect());
    }

    async fn a_writer_that_slept_through_its_lease_appends_nothing_a_second_time(db: TestDb) {
        let world = World::new(db);
        world.save_probes(0..10).await;
        world.writer().flush().await.unwrap();
        world.outlive_the_lease();
        world.save_probes(10..20).await;
        // The first writer stands before its commit while another one takes the batch over.
        fail::cfg("lake::before_commit", "1*sleep(1500)").unwrap();
        let mut sleeper = world.writer();
        let sleeping = tokio::spawn(async move { sleeper.step(true).await });
        tokio::time::sleep(Duration::from_millis(700)).await;
        world.outlive_the_lease();
        let mut other = world.writer();
        assert_eq!(other.step(true).await.unwrap(), Step::Wrote { batch: 2, events: 10 });
        assert!(sleeping.await.unwrap().is_err());
        assert_eq!(world.probes().await, (0..20).collect());
    }

    async fn a_batch_waits_until_it_is_large_or_old_enough(db: TestDb) {
        let world = World::new(db);
        let settings = Settings { events_max: 100, linger: Duration::from_secs(50), ..Settings::default() };
        let mut writer = world.writer_with(settings);
        world.save_probes(0..50).await;
        assert_eq!(writer.step(false).await.unwrap(), Step::Idle);
        world.save_probes(50..150).await;
        assert_eq!(writer.step(false).await.unwrap(), Step::Wrote { batch: 1, events: 100 });
        assert_eq!(writer.step(false).await.unwrap(), Step::Idle);
        world.db.clock.advance(Duration::from_secs(50));
        assert_eq!(writer.step(false).await.unwrap(), Step::Wrote { batch: 2, events: 50 });
    }

    async fn a_lake_that_is_ahead_of_its_database_is_refused(db: TestDb) {
        let world = World::new(db);
        world.save_probes(0..10).await;
        world.writer().flush().await.unwrap();
        world.outlive_the_lease();
        let mut tx = world.db.store.write().await.unwrap();
        tx.execute("UPDATE lake_writer SET last_batch = 0", &[]).await.unwrap();
        tx.commit().await.unwrap();
        let refused = world.writer().step(true).await.unwrap_err();
        assert!(matches!(refused, Error::Ahead { stored: 1, known: 0, .. }), "{refused}");
    }

    async fn a_lake_of_another_installation_is_refused(db: TestDb) {
        let world = World::new(db);
        world.save_probes(0..10).await;
        world.writer().flush().await.unwrap();
        world.outlive_the_lease();
        let mut tx = world.db.store.write().await.unwrap();
        tx.execute("UPDATE lake_writer SET lake_id = $1", &[[5_u8; 16].into()]).await.unwrap();
        tx.commit().await.unwrap();
        world.save_probes(10..20).await;
        assert!(matches!(world.writer().step(true).await, Err(Error::Foreign { .. })));
        // Nothing was lost: a place of its own takes what waits.
        let elsewhere = tempfile::tempdir().unwrap();
        let lake = open(&world.db, elsewhere.path(), EVENTS);
        world.outlive_the_lease();
        let mut writer = tallymark_lake::Writer::new(lake.clone(), world.db.context(), Settings::default());
        writer.begin().await.unwrap();
        assert_eq!(writer.flush().await.unwrap(), 10);
        assert_eq!(lake.ask(question("SELECT id FROM probe_probed", TENANT)).await.unwrap().len(), 10);
    }

    async fn a_day_is_the_utc_day_on_which_an_event_was_saved(db: TestDb) {
        let world = World::new(db);
        world.save(1, &probe(1)).await;
        world.db.clock.advance(Duration::from_secs(24 * 3600));
        world.save(2, &probe(2)).await;
        world.writer().flush().await.unwrap();
        let days = world.texts("SELECT day FROM probe_probed ORDER BY id").await;
        assert_eq!(days, ["2026-03-01", "2026-03-02"]);
        let folders: BTreeSet<String> = std::fs::read_dir(world.folder.path().join("probe_probed")).unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(folders, ["_delta_log", "day=2026-03-01", "day=2026-03-02"].map(String::from).into());
        assert_eq!(Found::Gold as i32, 0);
    }
}
