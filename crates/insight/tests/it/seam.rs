//! Every event once, wherever the lake's writer stands or fell.

use serde_json::json;
use tallymark_insight::Breakdown;
use tallymark_lake::MIGRATIONS;
use tallymark_testkit::both_engines;

use crate::world::{A, World, scan};

/// Every named point of the writer, in the order in which a batch comes by.
const POINTS: [&str; 5] =
    ["lake::after_stamp", "lake::before_commit", "lake::after_commit", "lake::before_passing", "lake::after_passing"];
const MOMENT: &str = "2026-03-01T00:00:00Z";

async fn save(world: &World, events: usize) {
    for _ in 0..events {
        world.save(MOMENT, &scan("genuine", Some(A), Some("330106"), (Some(false), Some(false)), 0)).await;
    }
}

async fn scans(world: &World) -> serde_json::Value {
    world.rows("funnel", Breakdown::Total).await[0][0].clone()
}

both_engines! { [MIGRATIONS];
    async fn a_writer_killed_at_any_point_changes_no_report(db: TestDb) {
        let world = World::new(db);
        let mut saved = 0;
        for point in POINTS {
            save(&world, 7).await;
            saved += 7;
            fail::cfg(point, "1*panic").unwrap();
            let mut doomed = world.writer(3);
            let killed = tokio::spawn(async move { doomed.flush().await.map(drop) }).await;
            assert!(killed.is_err_and(|error| error.is_panic()), "the writer came by {point}");
            fail::remove(point);
            assert_eq!(scans(&world).await, json!(saved), "after {point}");
            save(&world, 2).await;
            saved += 2;
            assert_eq!(scans(&world).await, json!(saved), "after {point} and two more");
            world.outlive_the_lease();
            let mut next = world.writer(4);
            next.step(true).await.unwrap();
            assert_eq!(scans(&world).await, json!(saved), "after {point} and a batch");
            next.flush().await.unwrap();
            next.release().await.unwrap();
            assert_eq!(scans(&world).await, json!(saved), "after {point} and all batches");
        }
    }

    async fn race_a_report_counts_every_event_once_while_the_lake_takes_them_in(db: TestDb) {
        let world = World::new(db);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mut writer = world.writer(5);
        let writing = tokio::spawn(async move {
            while !*stopped.borrow() {
                writer.step(true).await.unwrap();
            }
        });
        for round in 1..=12 {
            save(&world, 8).await;
            assert_eq!(scans(&world).await, json!(round * 8), "round {round}");
        }
        stop.send(true).unwrap();
        writing.await.unwrap();
        assert_eq!(scans(&world).await, json!(96));
    }
}
