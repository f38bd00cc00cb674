//! A dimension is the snapshot of before or the one of now, never a mixture, and written by one server a day.

use std::time::Duration;

use tallymark_base::event::{Event as _, EventType};
use tallymark_lake::{MIGRATIONS, Settings, Writer};
use tallymark_store::dimension::{Dimension, Page, Reading};
use tallymark_store::{Tx, revision};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::start;
use tokio::sync::watch;

use crate::world::{Closed, EVENTS, TENANT, World};

mod declared {
    tallymark_base::event! {
        /// The wells: one row for each tenant.
        pub struct Well = "dim.well", version 1, owner "lake" {
            /// how deep it is
            depth: i64,
        }
    }
}

use declared::Well;

/// A tenant's revision stands for the depth of its well.
const WELLS: Dimension = Dimension { declared: Well::TYPE, read };

fn read<'a>(tx: &'a mut Tx, after: (i64, i64), limit: u32) -> Reading<'a> {
    Box::pin(async move {
        let sql = "SELECT tenant_id, number FROM revision WHERE tenant_id > $1 ORDER BY tenant_id LIMIT $2";
        let mut page = Page::default();
        for row in tx.query(sql, &[after.0.into(), i64::from(limit).into()]).await? {
            let (tenant, depth) = (row.int(0)?, row.int(1)?);
            page.push(tenant, tenant, start(), &Well { depth });
        }
        Ok(page)
    })
}

async fn dig(world: &World, tenant: i64) {
    let mut tx = world.db.store.write().await.unwrap();
    revision::raise(&mut tx, tenant).await.unwrap();
    tx.commit().await.unwrap();
}

fn known() -> Vec<EventType> {
    [EVENTS, declared::EVENTS].concat()
}

fn writer(world: &World) -> Writer {
    world.writer().with_dimensions(vec![WELLS])
}

const DEPTH: &str = "SELECT depth FROM dim_well";

both_engines! { [MIGRATIONS];
    async fn a_snapshot_takes_the_place_of_the_one_before(db: TestDb) {
        let world = World::knowing(db, &known());
        for _ in 0..3 {
            dig(&world, TENANT).await;
        }
        dig(&world, 8).await;
        let mut writer = writer(&world);
        assert_eq!(writer.snapshot().await.unwrap(), Some(2));
        assert_eq!(world.texts(DEPTH).await, ["3"]);
        assert_eq!(world.texts("SELECT snapshot_at FROM dim_well").await, [start().to_string()]);
        dig(&world, TENANT).await;
        world.db.clock.advance(Duration::from_secs(5));
        assert_eq!(writer.snapshot().await.unwrap(), Some(2));
        assert_eq!(world.texts(DEPTH).await, ["4"]);
        // Events come as before.
        world.save(1, &Closed { reason: "wet".into() }).await;
        assert_eq!(writer.flush().await.unwrap(), 1);
        assert_eq!(world.texts("SELECT reason FROM probe_closed").await, ["wet"]);
    }

    async fn a_dimension_without_rows_is_an_empty_table(db: TestDb) {
        let world = World::knowing(db, &known());
        assert_eq!(writer(&world).snapshot().await.unwrap(), Some(0));
        assert!(world.texts(DEPTH).await.is_empty());
        // Nothing was written, so the day's snapshot is still to come: the first row is not kept waiting for a day.
        dig(&world, TENANT).await;
        let settings = Settings { look_every: Duration::from_millis(20), ..Settings::default() };
        let (stop, stopped) = watch::channel(false);
        world.outlive_the_lease();
        let server = tokio::spawn(world.writer_with(settings).with_dimensions(vec![WELLS]).run(stopped));
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        stop.send(true).unwrap();
        server.await.unwrap();
        assert_eq!(world.texts(DEPTH).await, ["1"]);
    }

    async fn more_rows_than_a_page_are_all_there(db: TestDb) {
        let world = World::knowing(db, &known());
        let mut tx = world.db.store.write().await.unwrap();
        let rows: tallymark_store::Rows<2> = (1..=12_001_i64).map(|tenant| [tenant.into(), tenant.into()]).collect();
        tx.write_all_rows("INSERT INTO revision (tenant_id, number) VALUES …", &[], &rows).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(writer(&world).snapshot().await.unwrap(), Some(12_001));
        assert_eq!(world.texts(DEPTH).await, ["7"]);
    }

    async fn only_the_holder_of_the_lease_takes_it_and_once_a_day(db: TestDb) {
        let world = World::knowing(db, &known());
        dig(&world, TENANT).await;
        let (mut first, mut second) = (writer(&world), writer(&world));
        assert_eq!(first.snapshot().await.unwrap(), Some(1));
        assert_eq!(second.snapshot().await.unwrap(), None);
        first.release().await.unwrap();
        // A server that comes up the same day leaves it, and takes it the next day.
        dig(&world, TENANT).await;
        let settings = Settings { look_every: Duration::from_millis(20), ..Settings::default() };
        for (days, depth) in [(0, "1"), (1, "2")] {
            world.db.clock.advance(Duration::from_secs(days * 24 * 3600));
            let (stop, stopped) = watch::channel(false);
            let server = tokio::spawn(world.writer_with(settings).with_dimensions(vec![WELLS]).run(stopped));
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            stop.send(true).unwrap();
            server.await.unwrap();
            assert_eq!(world.texts(DEPTH).await, [depth], "after {days} days");
        }
    }
}
