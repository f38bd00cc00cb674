//! Old scans go, and the books stay provable.

use std::time::Duration;

use tallymark_base::TypedId as _;
use tallymark_base::id::ScanId;
use tallymark_scan::past::{Forgotten, forget};
use tallymark_scan::{ALL_MIGRATIONS, Error, verify};
use tallymark_testkit::both_engines;

use crate::world::World;

/// Before the first scan.
fn beginning() -> ScanId {
    ScanId::from_raw(0)
}

/// Claims of so many items from a serial on, each by a device of its own, and a look at each by a second device.
async fn scans(world: &World, first: u64, items: u64) {
    for serial in first..first + items {
        world.scan(world.claim(serial, u128::from(serial) + 1)).await;
        world.scan(world.view(serial, u128::from(serial) + 10_000)).await;
    }
}

async fn count(world: &World) -> i64 {
    let mut tx = world.context.store.read().await.unwrap();
    tx.query_one("SELECT COUNT(*) FROM scan", &[]).await.unwrap().unwrap().int(0).unwrap()
}

/// Changes something behind the program's back.
async fn tamper(world: &World, sql: &'static str) {
    let mut tx = world.context.store.write().await.unwrap();
    assert!(tx.execute(sql, &[]).await.unwrap() > 0, "{sql}");
    tx.commit().await.unwrap();
}

async fn discrepancies(world: &World) -> String {
    verify::discrepancies(&world.context.store).await.unwrap().join("; ")
}

both_engines! { *ALL_MIGRATIONS;
    async fn old_scans_go_in_pieces_and_the_books_stay_right(db: TestDb) {
        let (world, _) = World::with_campaign(db, |_| ()).await;
        scans(&world, 0, 10).await;
        world.db.clock.advance(Duration::from_secs(3 * 24 * 3600));
        let middle = world.context.clock.now();
        scans(&world, 10, 5).await;
        let store = &world.context.store;
        let first = forget(store, middle, beginning(), 8).await.unwrap();
        assert_eq!((first.scans, count(&world).await), (8, 22));
        world.assert_books().await;
        let second = forget(store, middle, first.next.unwrap(), 8).await.unwrap();
        let third = forget(store, middle, second.next.unwrap(), 8).await.unwrap();
        assert_eq!((second.scans, third), (8, Forgotten { scans: 4, next: None }));
        // Those of the third day stay: ten claims and looks.
        assert_eq!(count(&world).await, 10);
        world.assert_books().await;
        // By hand: ten claims of 88 fen each.
        let mut tx = store.read().await.unwrap();
        let sql = "SELECT CAST(SUM(scans) AS BIGINT), CAST(SUM(claims) AS BIGINT), CAST(SUM(rebates) AS BIGINT) FROM scan_past";
        let kept = tx.query_one(sql, &[]).await.unwrap().unwrap();
        assert_eq!([kept.int(0).unwrap(), kept.int(1).unwrap(), kept.int(2).unwrap()], [20, 10, 0]);
        let sql = "SELECT amount FROM scan_past_value ORDER BY amount DESC";
        assert_eq!(tx.query_one(sql, &[]).await.unwrap().unwrap().int(0).unwrap(), 880);
        tx.commit().await.unwrap();
        // Claims are remembered by the codes: nobody claims again what a scan that is gone has claimed.
        let again = world.scan(world.claim(3, 77)).await;
        assert!(matches!(again.decision.claim, tallymark_scan::types::Claim::Taken { .. }), "{again:?}");
        world.assert_books().await;
    }

    async fn killed_in_the_middle_it_forgets_nothing_or_all_of_a_piece(db: TestDb) {
        let scenario = fail::FailScenario::setup();
        let (world, _) = World::with_campaign(db, |_| ()).await;
        scans(&world, 0, 10).await;
        world.db.clock.advance(Duration::from_secs(24 * 3600));
        let now = world.context.clock.now();
        let store = world.context.store.clone();
        let first = forget(&store, now, beginning(), 6).await.unwrap();
        fail::cfg("scan::before_forgetting", "1*panic").unwrap();
        let doomed = store.clone();
        let killed = tokio::spawn(async move { forget(&doomed, now, beginning(), 6).await.map(drop) }).await;
        assert!(killed.is_err_and(|error| error.is_panic()));
        scenario.teardown();
        assert_eq!((first.scans, count(&world).await), (6, 14));
        world.assert_books().await;
        // Another server begins at the beginning.
        assert_eq!(forget(&store, now, beginning(), 100).await.unwrap(), Forgotten { scans: 14, next: None });
        assert_eq!(count(&world).await, 0);
        world.assert_books().await;
    }

    async fn a_scan_that_is_not_right_stays_with_its_evidence(db: TestDb) {
        let (world, _) = World::with_campaign(db, |_| ()).await;
        scans(&world, 0, 3).await;
        world.db.clock.advance(Duration::from_secs(24 * 3600));
        tamper(&world, "UPDATE code_use SET claim_scan = claim_scan + 1 WHERE claim_scan IS NOT NULL").await;
        let refused = forget(&world.context.store, world.context.clock.now(), beginning(), 100).await;
        assert!(matches!(refused, Err(Error::NotRight(_))), "{refused:?}");
        assert_eq!(count(&world).await, 6);
    }

    async fn whatever_is_changed_afterwards_is_found(db: TestDb) {
        let (world, _) = World::with_campaign(db, |_| ()).await;
        scans(&world, 0, 3).await;
        world.db.clock.advance(Duration::from_secs(24 * 3600));
        forget(&world.context.store, world.context.clock.now(), beginning(), 100).await.unwrap();
        world.assert_books().await;
        tamper(&world, "UPDATE scan_past_value SET amount = amount + 1").await;
        assert!(discrepancies(&world).await.contains("went to the lake moved"), "{}", discrepancies(&world).await);
        tamper(&world, "UPDATE scan_past_value SET amount = amount - 1").await;
        world.assert_books().await;
        tamper(&world, "UPDATE code_use SET claim_scan = NULL WHERE claim_scan IS NOT NULL").await;
        assert!(discrepancies(&world).await.contains("their codes 0 and 0"), "{}", discrepancies(&world).await);
    }
}
