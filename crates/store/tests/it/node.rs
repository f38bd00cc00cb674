//! Node numbers are held by one server at a time.

use std::time::Duration;

use tallymark_base::id::ScanId;
use tallymark_store::node::{LEASE, Lease};
use tallymark_testkit::both_engines;

both_engines! { [];
    async fn two_servers_hold_different_numbers(db: TestDb) {
        let a = Lease::take(&db.store, &*db.clock, &*db.entropy).await.unwrap();
        let b = Lease::take(&db.store, &*db.clock, &*db.entropy).await.unwrap();
        assert_eq!((a.ids().node(), b.ids().node()), (0, 1));
    }

    async fn a_number_is_reused_after_its_lease_and_only_with_later_ids(db: TestDb) {
        let a = Lease::take(&db.store, &*db.clock, &*db.entropy).await.unwrap();
        let last: ScanId = a.ids().next(&*db.clock).unwrap();
        db.clock.advance(LEASE + Duration::from_secs(5));
        let b = Lease::take(&db.store, &*db.clock, &*db.entropy).await.unwrap();
        assert_eq!(b.ids().node(), 1, "within the skew the old holder may still think it holds it");
        db.clock.advance(Duration::from_secs(6));
        let c = Lease::take(&db.store, &*db.clock, &*db.entropy).await.unwrap();
        assert_eq!(c.ids().node(), 0);
        assert!(c.ids().next::<ScanId>(&*db.clock).unwrap() > last);
        a.renew(&db.store, &*db.clock).await.unwrap_err();
        assert!(a.ids().next::<ScanId>(&*db.clock).is_err());
    }

    async fn a_released_number_is_free_at_once(db: TestDb) {
        let a = Lease::take(&db.store, &*db.clock, &*db.entropy).await.unwrap();
        a.release(&db.store, &*db.clock).await.unwrap();
        assert_eq!(Lease::take(&db.store, &*db.clock, &*db.entropy).await.unwrap().ids().node(), 0);
    }
}
