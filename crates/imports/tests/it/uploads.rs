//! Files that are sent: sealed, carried out, and gone afterwards.

use std::time::Duration;

use tallymark_imports::{Begun, Error, File, FileMapping, State, Upload, Uploaded, begin, forget, run_uploaded};
use tallymark_testkit::both_engines;

use crate::world::{MIGRATIONS, World, file, members};

const CHUNKS: &str = "SELECT COUNT(*) FROM import_chunk";

async fn sent(world: &World, text: &str) -> Uploaded {
    let mut upload = Upload::begin(&world.context, world.tenant).await.unwrap();
    for piece in text.as_bytes().chunks(70_001) {
        upload.push(piece).await.unwrap();
    }
    upload.end().await.unwrap()
}

async fn begun(world: &World, uploaded: Uploaded, mapping: &FileMapping) -> Begun {
    let file = File {
        name: "m.csv",
        sha256: uploaded.sha256,
        sheet: None,
        mapping,
        source: "crm",
        within: None,
        uploaded: Some(uploaded),
    };
    let mut tx = world.context.store.write().await.unwrap();
    let begun = begin(&mut tx, &world.context, world.act(), file, false).await.unwrap();
    tx.commit().await.unwrap();
    begun
}

both_engines! { MIGRATIONS;
    async fn a_file_that_was_sent_is_imported_and_gone(db: TestDb) {
        let (world, text) = (World::new(&db).await, file(12_000));
        assert!(text.len() > 512 << 10, "more than two pieces");
        let uploaded = sent(&world, &text).await;
        let Begun::New(run) = begun(&world, uploaded, &members()).await else { panic!("new") };
        assert_eq!(world.count("SELECT COUNT(*) FROM job WHERE kind = 'imports.run'").await, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM import_chunk WHERE LENGTH(sealed) > 262144").await, 2);
        // Sent again while it waits: the server has it already, and the second copy goes at once.
        let again = sent(&world, &text).await;
        let before = world.count(CHUNKS).await;
        assert!(matches!(begun(&world, again, &members()).await, Begun::Already(known) if known.id == run.id));
        assert_eq!(world.count(CHUNKS).await, before / 2);

        let stopped = run_uploaded(&world.context, world.tenant, run.id, &|| true).await.unwrap_err();
        assert!(matches!(stopped, Error::Stopped { .. }));
        let done = run_uploaded(&world.context, world.tenant, run.id, &|| false).await.unwrap();
        assert_eq!((done.state, done.rows_read), (State::Done, 12_000));
        assert_eq!(world.count(CHUNKS).await, 0);
        assert_eq!(run_uploaded(&world.context, world.tenant, run.id, &|| false).await.unwrap(), done, "a job may run twice");
    }

    async fn a_file_that_was_not_sent_whole_is_forgotten_after_a_day(db: TestDb) {
        let world = World::new(&db).await;
        let waiting = sent(&world, &file(20)).await;
        let Begun::New(run) = begun(&world, waiting, &members()).await else { panic!("new") };
        sent(&world, &file(21)).await;
        assert_eq!(forget(&world.context, 10).await.unwrap(), 0);
        db.clock.advance(Duration::from_secs(25 * 3600));
        assert_eq!(forget(&world.context, 10).await.unwrap(), 1);
        assert_eq!(world.count(CHUNKS).await, 1, "that of the run that waits");
        assert_eq!(run_uploaded(&world.context, world.tenant, run.id, &|| false).await.unwrap().state, State::Done);
    }

    async fn nothing_of_a_file_stands_readable_in_the_database(db: TestDb) {
        let world = World::new(&db).await;
        sent(&world, "手机号,姓名\n13912345670,canary-name\n").await;
        let mut tx = world.context.store.read().await.unwrap();
        let row = tx.query_one("SELECT sealed FROM import_chunk", &[]).await.unwrap().unwrap();
        let sealed = row.bytes(0).unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"canary"));
    }

    async fn an_empty_file_is_refused(db: TestDb) {
        let world = World::new(&db).await;
        let upload = Upload::begin(&world.context, world.tenant).await.unwrap();
        assert!(matches!(upload.end().await.unwrap_err(), Error::NoFile));
    }
}
