//! Many small files become few, and readers see the same rows.

use tallymark_lake::{Kept, MIGRATIONS, Settings, status};
use tallymark_testkit::both_engines;

use crate::world::World;

both_engines! { [MIGRATIONS];
    async fn small_files_are_packed_and_the_rows_stay(db: TestDb) {
        let world = World::new(db);
        let mut writer = world.writer_with(Settings { small_files_max: 8, ..Settings::default() });
        for round in 0..9 {
            world.save_probes(round * 10..round * 10 + 10).await;
            writer.flush().await.unwrap();
        }
        let files = async || status(&world.lake, &world.db.store).await.unwrap().tables[0].files;
        assert_eq!(files().await, 9);
        assert_eq!(writer.keep().await.unwrap(), Kept { packed: 9, deleted: 0 });
        assert_eq!(files().await, 1);
        assert_eq!(world.probes().await, (0..90).collect());
        // Packing leaves the number of the last batch in its place: what comes next is appended once.
        world.save_probes(90..95).await;
        assert_eq!(writer.flush().await.unwrap(), 5);
        assert_eq!(writer.keep().await.unwrap(), Kept::default());
        assert_eq!(world.probes().await, (0..95).collect());
    }
}
