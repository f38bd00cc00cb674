//! Node numbers are held by one server at a time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tallymark_base::id::ScanId;
use tallymark_base::time::SystemClock;
use tallymark_base::{Clock, Fault as _, Timestamp};
use tallymark_store::Engine;
use tallymark_store::node::{LEASE, Lease, held};
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

    async fn a_server_with_a_wrong_clock_gets_no_number(db: TestDb) {
        // The test's clock stands in the past; the database's own is the machine's.
        let taken = Lease::take_in_time(&db.store, &*db.clock, &*db.entropy).await;
        if db.store.engine() == Engine::Sqlite {
            taken.unwrap();
            return;
        }
        let error = taken.unwrap_err();
        assert_eq!(error.code(), "store.clock");
        assert!(error.to_string().contains("set the clock"), "{error}");
        let mut tx = db.store.read().await.unwrap();
        assert_eq!(held(&mut tx, db.clock.now()).await.unwrap(), Vec::<u16>::new());
        Lease::take_in_time(&db.store, &SystemClock::new(), &*db.entropy).await.unwrap();
    }

    async fn a_server_whose_clock_goes_wrong_can_issue_no_id_after_its_lease(db: TestDb) {
        if db.store.engine() == Engine::Sqlite {
            return;
        }
        let clock = Shifted { system: SystemClock::new(), by: AtomicI64::new(0) };
        let lease = Lease::take_in_time(&db.store, &clock, &*db.entropy).await.unwrap();
        for (micros, is_right) in [(4_000_000, true), (-4_000_000, true), (6_000_000, false), (-6_000_000, false)] {
            clock.by.store(micros, Ordering::SeqCst);
            assert_eq!(lease.renew(&db.store, &clock).await.is_ok(), is_right, "{micros}");
        }
    }
}

/// The machine's clock, off by as many microseconds as the test says.
#[derive(Debug)]
struct Shifted {
    system: SystemClock,
    by: AtomicI64,
}

impl Clock for Shifted {
    fn now(&self) -> Timestamp {
        Timestamp(self.system.now().0 + self.by.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        self.system.elapsed()
    }
}
