//! A lake is where its database says: not in an empty folder, not ahead of it.

use std::collections::BTreeSet;

use tallymark_lake::{Error, MIGRATIONS, Rewound, Writer};
use tallymark_testkit::both_engines;

use crate::world::{Closed, World};

/// Brings everything that waits into the lake, as a server that comes and goes.
async fn flush(world: &World) {
    let mut writer = world.writer();
    writer.flush().await.unwrap();
    writer.release().await.unwrap();
}

async fn refused(world: &World) -> Error {
    world.writer().step(true).await.unwrap_err()
}

/// The database as it was when it had come to `batch`.
async fn set_back(world: &World, batch: i64) {
    let mut tx = world.db.store.write().await.unwrap();
    let sql = "UPDATE lake_writer SET last_batch = $1 WHERE writer = 'lake'";
    assert_eq!(tx.execute(sql, &[batch.into()]).await.unwrap(), 1);
    tx.commit().await.unwrap();
}

async fn rewind(world: &World, is_trial: bool) -> Result<Vec<Rewound>, Error> {
    let mut writer: Writer = world.writer();
    let rewound = writer.rewind(is_trial).await;
    writer.release().await.unwrap();
    rewound
}

fn events(rewound: &[Rewound]) -> Vec<(&str, u64)> {
    let mut events: Vec<(&str, u64)> = rewound.iter().map(|table| (table.table.as_str(), table.events)).collect();
    events.sort_unstable();
    events
}

fn range(range: std::ops::Range<i64>) -> BTreeSet<i64> {
    range.collect()
}

both_engines! { [MIGRATIONS];
    async fn an_empty_folder_in_place_of_the_lake_is_written_only_when_told_so(db: TestDb) {
        let world = World::new(db);
        let (lake, away) = (world.folder.path().to_owned(), world.folder.path().with_extension("away"));
        world.save_probes(0..10).await;
        flush(&world).await;
        world.save_probes(10..20).await;
        // As if a server was started before the disk was mounted.
        std::fs::rename(&lake, &away).unwrap();
        std::fs::create_dir(&lake).unwrap();
        assert!(matches!(refused(&world).await, Error::Empty));
        assert_eq!(world.outbox_events().await, 10);
        std::fs::remove_dir_all(&lake).unwrap();
        std::fs::rename(&away, &lake).unwrap();
        let mut writer = world.writer();
        let wrong = writer.begin().await.unwrap_err();
        assert!(matches!(&wrong, Error::NotEmpty { table } if table == "probe_probed"), "{wrong}");
        writer.release().await.unwrap();
        flush(&world).await;
        assert_eq!(world.probes().await, range(0..20));

        // Another place, on purpose.
        std::fs::rename(&lake, &away).unwrap();
        std::fs::create_dir(&lake).unwrap();
        world.save_probes(20..30).await;
        assert!(matches!(refused(&world).await, Error::Empty));
        let mut writer = world.writer();
        writer.begin().await.unwrap();
        assert!(matches!(world.writer().begin().await, Err(Error::LeaseLost)), "a writer is at work");
        writer.release().await.unwrap();
        flush(&world).await;
        assert_eq!(world.probes().await, range(20..30));
        assert_eq!(world.outbox_events().await, 0);
        // From the first batch on it is missed again.
        std::fs::remove_dir_all(&lake).unwrap();
        std::fs::create_dir(&lake).unwrap();
        assert!(matches!(refused(&world).await, Error::Empty));
        std::fs::remove_dir_all(&away).unwrap();
    }

    async fn a_lake_goes_back_with_its_database_and_on_from_there(db: TestDb) {
        let world = World::new(db);
        world.save_probes(0..20).await;
        flush(&world).await;
        for first in [20, 30, 40] {
            world.save_probes(first..first + 10).await;
            flush(&world).await;
        }
        world.save(1_000, &Closed { reason: "late".into() }).await;
        flush(&world).await;
        assert_eq!(rewind(&world, false).await.unwrap(), []);

        // A backup of the time when the lake had the second batch; what came to it with the third waited then.
        set_back(&world, 2).await;
        world.save_probes(30..40).await;
        assert!(matches!(refused(&world).await, Error::Ahead { .. }));
        let expected = [("probe_closed", 1), ("probe_probed", 20)];
        assert_eq!(events(&rewind(&world, true).await.unwrap()), expected);
        assert_eq!(world.probes().await, range(0..50), "a trial changes nothing");
        assert_eq!(events(&rewind(&world, false).await.unwrap()), expected);
        assert_eq!(world.probes().await, range(0..30));
        assert!(world.texts("SELECT reason FROM probe_closed").await.is_empty());
        assert_eq!(rewind(&world, false).await.unwrap(), []);
        flush(&world).await;
        assert_eq!(world.probes().await, range(0..40));
        assert_eq!(world.outbox_events().await, 0);

        // Numbers of batches have come again: the third is now the one of after.
        world.save_probes(60..70).await;
        world.save(1_001, &Closed { reason: "again".into() }).await;
        flush(&world).await;
        set_back(&world, 3).await;
        assert_eq!(events(&rewind(&world, false).await.unwrap()), [("probe_closed", 1), ("probe_probed", 10)]);
        assert_eq!(world.probes().await, range(0..40));
        world.save_probes(80..90).await;
        flush(&world).await;
        assert_eq!(world.probes().await, (0..40).chain(80..90).collect());
    }

    async fn a_lake_that_is_packed_goes_back_as_well(db: TestDb) {
        let world = World::new(db);
        let settings = tallymark_lake::Settings { small_files_max: 2, ..Default::default() };
        for first in [0, 10, 20, 30] {
            world.save_probes(first..first + 10).await;
            flush(&world).await;
        }
        let mut writer = world.writer_with(settings);
        assert_eq!(writer.keep().await.unwrap().packed, 4);
        writer.release().await.unwrap();
        set_back(&world, 2).await;
        assert_eq!(events(&rewind(&world, false).await.unwrap()), [("probe_probed", 20)]);
        assert_eq!(world.probes().await, range(0..20));
    }
}
