//! Making items live and void.

use std::sync::Arc;

use serde_json::json;
use tallymark_base::id::BatchId;
use tallymark_base::{Fault as _, Kind, TypedId as _};
use tallymark_goods::{BatchStatus, Error, Serials};
use tallymark_testkit::both_engines;

use crate::world::{MIGRATIONS, World};

both_engines! { MIGRATIONS;
    async fn an_item_is_activated_once(db: TestDb) {
        let world = World::new(db).await;
        let batch = world.create(world.order(100, 10, 0)).await.unwrap().id;
        world.activate(batch, Some(20..=39)).await.unwrap();
        for overlap in [20..=39, 0..=20, 39..=39, 30..=60, 0..=99, 25..=26] {
            let refused = world.activate(batch, Some(overlap.clone())).await.unwrap_err();
            let expected = "items 20 to 39 were activated before";
            assert!(refused.to_string().contains(expected), "{refused}");
            assert!(refused.to_string().contains(&Serials::new(*overlap.start(), *overlap.end()).to_string()));
            assert_eq!((refused.code(), refused.kind()), ("goods.activation_overlaps", Kind::Conflict));
        }
        assert!(matches!(world.activate(batch, None).await, Err(Error::ActivationOverlaps { .. })));
        world.activate(batch, Some(40..=99)).await.unwrap();
        assert_eq!(world.find(batch).await.unwrap().status, BatchStatus::PartlyActive);
        world.activate(batch, Some(0..=19)).await.unwrap();
        assert_eq!(world.find(batch).await.unwrap().status, BatchStatus::Active);
        assert_eq!(world.events("goods.activated").await.len(), 3);
    }

    async fn of_twenty_who_activate_overlapping_items_at_once_one_succeeds(db: TestDb) {
        let world = Arc::new(World::new(db).await);
        let batch = world.create(world.order(100, 10, 0)).await.unwrap().id;
        let tries: Vec<_> = (0..20_u64)
            .map(|n| {
                let world = world.clone();
                tokio::spawn(async move { world.activate(batch, Some(n..=50 + n)).await.is_ok() })
            })
            .collect();
        let mut succeeded = 0;
        for attempt in tries {
            succeeded += i32::from(attempt.await.unwrap());
        }
        assert_eq!(succeeded, 1);
    }

    async fn items_that_the_batch_does_not_have_are_refused(db: TestDb) {
        let world = World::new(db).await;
        let batch = world.create(world.order(100, 10, 0)).await.unwrap().id;
        for (first, last) in [(0, 100), (50, 40), (100, 100), (0, u64::MAX), (u64::MAX, u64::MAX)] {
            let refused = world.activate(batch, Some(first..=last)).await.unwrap_err();
            assert_eq!(refused.code(), "goods.no_such_serials", "{refused}");
            assert_eq!(world.void(batch, first..=last, "x").await.unwrap_err().code(), "goods.no_such_serials");
        }
        let elsewhere = world.activate(BatchId::from_raw(1), None).await.unwrap_err();
        assert_eq!((elsewhere.code(), elsewhere.kind()), ("goods.batch_not_found", Kind::NotFound));
    }

    async fn voiding_takes_what_is_not_void_and_keeps_the_first_reason(db: TestDb) {
        let world = World::new(db).await;
        let batch = world.create(world.order(100, 10, 0)).await.unwrap();
        let before = world.revision().await;
        assert_eq!(world.void(batch.id, 40..=59, "broken glass").await.unwrap().newly_void, 20);
        assert_eq!(world.void(batch.id, 50..=50, "again").await.unwrap().newly_void, 0);
        assert_eq!(world.void(batch.id, 0..=99, "recalled").await.unwrap().newly_void, 80);
        assert_eq!(world.revision().await, before + 3);
        assert_eq!(world.find(batch.id).await.unwrap().status, BatchStatus::Void);
        let events = world.events("goods.voided").await;
        let seen: Vec<_> = events.iter().map(|event| {
            let data = &event["data"];
            (data["first"].as_u64().unwrap(), data["last"].as_u64().unwrap(), data["reason"].clone())
        }).collect();
        assert_eq!(seen, [
            (40, 59, json!("broken glass")), (0, 39, json!("recalled")), (60, 99, json!("recalled")),
        ]);
        assert_eq!(world.void(batch.id, 0..=0, "").await.unwrap_err().code(), "goods.text");
    }
}
