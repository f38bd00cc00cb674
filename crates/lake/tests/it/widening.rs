//! A table grows with its declaration, and an older program goes on writing to a wider table.

use tallymark_base::event::EventType;
use tallymark_lake::MIGRATIONS;
use tallymark_testkit::both_engines;

use crate::world::{self, World};

mod wider {
    tallymark_base::event! {
        /// A hole was closed.
        pub struct Closed = "probe.closed", version 1, owner "lake" {
            /// why
            reason: String,
            /// how deep it was
            depth: Option<i64> [unit "metres"],
        }
    }
}

mod raised {
    tallymark_base::event! {
        /// A hole was closed.
        pub struct Closed = "probe.closed", version 2, owner "lake" {
            /// why, as a number
            reason: i64,
        }
    }
}

both_engines! { [MIGRATIONS];
    async fn a_new_nullable_field_becomes_a_column_that_is_null_before(db: TestDb) {
        let world = World::new(db);
        world.save(1, &world::Closed { reason: "a".into() }).await;
        world.writer().flush().await.unwrap();
        world.outlive_the_lease();
        let world = world.upgraded(wider::EVENTS);
        world.save(2, &wider::Closed { reason: "b".into(), depth: Some(9) }).await;
        world.writer().flush().await.unwrap();
        world.outlive_the_lease();
        assert_eq!(world.texts("SELECT depth FROM probe_closed ORDER BY id").await, ["", "9"]);
        // The older program, still running on another server, takes its turn.
        let world = world.upgraded(world::EVENTS);
        world.save(3, &world::Closed { reason: "c".into() }).await;
        world.writer().flush().await.unwrap();
        let world = world.upgraded(wider::EVENTS);
        assert_eq!(world.texts("SELECT depth FROM probe_closed ORDER BY id").await, ["", "9", ""]);
    }

    async fn a_raised_version_gets_a_table_of_its_own(db: TestDb) {
        let both: Vec<EventType> = [world::EVENTS, raised::EVENTS].concat();
        let world = World::knowing(db, &both);
        world.save(1, &world::Closed { reason: "a".into() }).await;
        world.save(2, &raised::Closed { reason: 5 }).await;
        world.writer().flush().await.unwrap();
        assert_eq!(world.texts("SELECT reason FROM probe_closed").await, ["a"]);
        assert_eq!(world.texts("SELECT reason FROM probe_closed_v2").await, ["5"]);
    }
}
