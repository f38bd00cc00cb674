//! Questions over the lake and what is beyond it.

use std::time::Duration;

use tallymark_base::event::{EventType, Word};
use tallymark_base::{Fault as _, Timestamp};
use tallymark_lake::{Current, Error, MIGRATIONS, TailLimits};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::start;

use crate::world::{Closed, EVENTS, Found, TENANT, World, probe, question};

const COUNT: &str = "SELECT COUNT(*), COUNT(DISTINCT id) FROM probe_probed";

async fn ask_now(world: &World, sql: &str, tail: TailLimits) -> Result<Current, Error> {
    world.lake.ask_now(&world.db.store, &*world.db.clock, question(sql, TENANT), tail).await
}

async fn texts(world: &World, sql: &str) -> Vec<Vec<String>> {
    ask_now(world, sql, TailLimits::default()).await.unwrap().answer.text_rows().unwrap()
}

mod declared {
    use super::{Found, Word};
    use tallymark_base::id::AccountId;

    tallymark_base::event! {
        /// Somebody probed the ground.
        pub struct Probed = "probe.probed", version 1, owner "lake" {
            /// counts up
            number: i64,
            /// what was found
            found: Word<Found>,
            /// who probed
            account: Option<AccountId> [pseudonym],
            /// how deep
            depth: Option<i64> [unit "m"],
        }
    }
}

/// The program after next, which knows how deep was probed.
const WIDER: &[EventType] = &[declared::EVENTS[0], EVENTS[1]];

both_engines! { [MIGRATIONS];
    async fn an_answer_holds_every_committed_event_once(db: TestDb) {
        let world = World::new(db);
        world.save_probes(0..60).await;
        world.save_of(8, 5_000, &probe(5_000)).await;
        assert_eq!(texts(&world, COUNT).await, [["60", "60"]], "nothing is in the lake");
        world.writer().flush().await.unwrap();
        assert_eq!(texts(&world, COUNT).await, [["60", "60"]], "everything is");
        world.save_probes(60..70).await;
        let seen = ask_now(&world, COUNT, TailLimits::default()).await.unwrap();
        assert_eq!(seen.answer.text_rows().unwrap(), [["70", "70"]], "the last are not");
        assert!(seen.is_current);
        assert_eq!(seen.as_of, start());
        let [table] = seen.tables.as_slice() else { panic!("{:?}", seen.tables) };
        assert_eq!((table.table.as_str(), table.batch, table.beyond), ("probe_probed", 1, 10));
        // As outside: the tenant stands there, and is always one's own.
        assert_eq!(texts(&world, "SELECT DISTINCT tenant FROM probe_probed").await, [["7"]]);
        assert_eq!(world.number("SELECT COUNT(*) FROM probe_probed").await, 60, "others ask the lake alone");
    }

    async fn beyond_its_limits_the_lake_alone_answers_and_says_so(db: TestDb) {
        let world = World::new(db);
        world.save_probes(0..50).await;
        world.writer().flush().await.unwrap();
        world.db.clock.advance(Duration::from_secs(60));
        world.save(50, &probe(50)).await;
        world.db.clock.advance(Duration::from_secs(60));
        world.save(51, &probe(51)).await;
        for tight in [TailLimits { rows_max: 1, ..TailLimits::default() }, TailLimits { bytes_max: 10, ..TailLimits::default() }] {
            let seen = ask_now(&world, COUNT, tight).await.unwrap();
            assert_eq!(seen.answer.text_rows().unwrap(), [["50", "50"]]);
            assert!(!seen.is_current);
            assert_eq!(seen.as_of, Timestamp(start().0 + 60 * Timestamp::SECOND), "when the first that waits was saved");
        }
        let enough = TailLimits { rows_max: 2, ..TailLimits::default() };
        assert!(ask_now(&world, COUNT, enough).await.unwrap().is_current);
    }

    async fn a_column_that_the_table_lacks_is_null_in_it(db: TestDb) {
        let world = World::new(db);
        world.save_probes(0..3).await;
        world.writer().flush().await.unwrap();
        let world = world.upgraded(WIDER);
        let deep = declared::Probed { number: 3, found: Word(Found::Gold), account: None, depth: Some(12) };
        world.save(3, &deep).await;
        let sql = "SELECT depth, COUNT(*) FROM probe_probed GROUP BY 1 ORDER BY 1 NULLS LAST";
        assert_eq!(texts(&world, sql).await, [["12", "1"], ["", "3"]]);
    }

    async fn events_that_were_put_aside_are_in_no_answer(db: TestDb) {
        let world = World::new(db).upgraded(WIDER);
        let deep = declared::Probed { number: 3, found: Word(Found::Gold), account: None, depth: Some(12) };
        world.save(3, &deep).await;
        let world = world.upgraded(EVENTS);
        world.save(4, &probe(4)).await;
        assert_eq!(texts(&world, COUNT).await, [["1", "1"]], "this program cannot read the other");
        world.writer().flush().await.unwrap();
        assert_eq!(texts(&world, COUNT).await, [["1", "1"]]);
    }

    async fn several_tables_are_of_one_moment_and_a_foreign_lake_is_refused(db: TestDb) {
        let world = World::new(db);
        world.save_probes(0..5).await;
        world.save(100, &Closed { reason: "rain".into() }).await;
        let both = "SELECT (SELECT COUNT(*) FROM probe_probed) AS probed, (SELECT COUNT(*) FROM probe_closed) AS closed";
        assert_eq!(texts(&world, both).await, [["5", "1"]]);
        world.writer().flush().await.unwrap();
        assert_eq!(texts(&world, both).await, [["5", "1"]]);
        let mut tx = world.db.store.write().await.unwrap();
        tx.execute("UPDATE lake_writer SET last_batch = 0", &[]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(ask_now(&world, COUNT, TailLimits::default()).await.unwrap_err().code(), "lake.ahead");
        let mut tx = world.db.store.write().await.unwrap();
        tx.execute("DELETE FROM lake_writer", &[]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(ask_now(&world, COUNT, TailLimits::default()).await.unwrap_err().code(), "lake.foreign");
    }
}
