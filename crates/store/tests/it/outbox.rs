//! Events are saved with the change they report, one row for each type of a batch.

use tallymark_base::event;
use tallymark_store::outbox::{Events, bodies, waiting};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::start;

event! {
    /// A test.
    pub struct Probed = "probe.probed", version 1, owner "store" {
        /// any
        number: i64,
    }
}

both_engines! { [];
    async fn a_batch_is_one_row_of_json_lines(db: TestDb) {
        let mut events = Events::new();
        for number in 0..3 {
            events.push(100 + number, 7, start(), &Probed { number });
        }
        let mut tx = db.store.write().await.unwrap();
        events.save(&mut tx, &db.ids, &*db.clock).await.unwrap();
        assert_eq!(waiting(&mut tx).await.unwrap()["probe.probed"], 3);
        let stored = bodies(&mut tx, "probe.probed", 0, 10).await.unwrap();
        assert_eq!(stored.len(), 1);
        let text = String::from_utf8(stored[0].1.clone()).unwrap();
        assert_eq!(
            text.lines().next().unwrap(),
            r#"{"id":100,"tenant":7,"at":"2026-03-01T00:00:00Z","data":{"number":0}}"#
        );
        assert_eq!(text.lines().count(), 3);
    }

    async fn events_of_a_rolled_back_change_never_were(db: TestDb) {
        let mut events = Events::new();
        events.push(1, 7, start(), &Probed { number: 1 });
        let mut tx = db.store.write().await.unwrap();
        events.save(&mut tx, &db.ids, &*db.clock).await.unwrap();
        tx.rollback().await.unwrap();
        assert!(waiting(&mut db.store.read().await.unwrap()).await.unwrap().is_empty());
    }
}
