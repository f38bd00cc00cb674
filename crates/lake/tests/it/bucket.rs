//! The promises hold in a bucket as in a folder: against a server that speaks S3 (`cargo xtask test` starts one).

use tallymark_base::event::Registry;
use tallymark_lake::{Error, Lake, Location, MIGRATIONS, Settings, Step, Writer, status};
use tallymark_testkit::both_engines;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::world::{EVENTS, World};

/// The variable that names the server.
const URL: &str = "TALLYMARK_TEST_S3_URL";
const REQUIRE_TOOLS: &str = "TALLYMARK_REQUIRE_TOOLS";

/// The world with its lake in a bucket of its own; `None` where there is no server.
async fn in_a_bucket(mut world: World) -> Option<World> {
    let Ok(url) = std::env::var(URL) else {
        assert!(std::env::var(REQUIRE_TOOLS).is_err(), "{URL} is not set");
        println!("skipped: {URL} is not set");
        return None;
    };
    let name = world.folder.path().file_name().unwrap().to_str().unwrap();
    let name = format!("lake-{}", name.trim_start_matches('.').to_lowercase());
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("PUT /{name} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let place: Location = format!("s3://{name}/events").parse().unwrap();
    world.lake = Lake::open(&place, Registry::of(&[EVENTS]), world.db.entropy.clone()).unwrap();
    Some(world)
}

both_engines! { [MIGRATIONS];
    async fn events_leave_the_database_for_a_bucket(db: TestDb) {
        let Some(world) = in_a_bucket(World::new(db)).await else { return };
        let settings = Settings { small_files_max: 4, ..Settings::default() };
        let mut writer = world.writer_with(settings);
        for round in 0..5 {
            world.save_probes(round * 20..round * 20 + 20).await;
            assert_eq!(writer.flush().await.unwrap(), 20);
        }
        assert_eq!(world.probes().await, (0..100).collect());
        assert_eq!(world.outbox_events().await, 0);
        assert_eq!(writer.keep().await.unwrap().packed, 5);
        assert_eq!(status(&world.lake, &world.db.store).await.unwrap().tables[0].files, 1);
        assert_eq!(world.probes().await, (0..100).collect());
    }

    async fn a_writer_killed_before_or_after_its_commit_to_a_bucket_doubles_nothing(db: TestDb) {
        let Some(world) = in_a_bucket(World::new(db)).await else { return };
        let mut saved = 0;
        for point in ["lake::before_commit", "lake::after_commit", "lake::before_passing"] {
            world.save_probes(saved..saved + 30).await;
            saved += 30;
            fail::cfg(point, "1*panic").unwrap();
            let mut doomed = world.writer();
            assert!(tokio::spawn(async move { doomed.flush().await.map(drop) }).await.is_err(), "{point}");
            fail::remove(point);
            world.outlive_the_lease();
            world.writer().flush().await.unwrap();
            world.outlive_the_lease();
            assert_eq!(world.probes().await, (0..saved).collect(), "after {point}");
        }
    }

    async fn of_two_writers_that_believe_to_hold_the_lease_a_bucket_takes_one(db: TestDb) {
        let Some(world) = in_a_bucket(World::new(db)).await else { return };
        world.save_probes(0..10).await;
        world.writer().flush().await.unwrap();
        world.outlive_the_lease();
        world.save_probes(10..20).await;
        fail::cfg("lake::before_commit", "1*sleep(1500)").unwrap();
        let mut sleeper = world.writer();
        let sleeping = tokio::spawn(async move { sleeper.step(true).await });
        tokio::time::sleep(std::time::Duration::from_millis(900)).await;
        world.outlive_the_lease();
        let mut other: Writer = world.writer();
        assert_eq!(other.step(true).await.unwrap(), Step::Wrote { batch: 2, events: 10 });
        assert!(sleeping.await.unwrap().is_err());
        assert_eq!(world.probes().await, (0..20).collect());
    }

    async fn a_bucket_that_is_not_there_loses_nothing(db: TestDb) {
        let Some(world) = in_a_bucket(World::new(db)).await else { return };
        world.save_probes(0..10).await;
        let nowhere: Location = "s3://lake-that-nobody-made/events".parse().unwrap();
        let lake = Lake::open(&nowhere, Registry::of(&[EVENTS]), world.db.entropy.clone()).unwrap();
        let mut writer = Writer::new(lake, world.db.context(), Settings::default());
        assert!(matches!(writer.step(true).await, Err(Error::Storage(_))));
        assert_eq!(world.outbox_events().await, 10);
        world.outlive_the_lease();
        assert_eq!(world.writer().flush().await.unwrap(), 10);
        assert_eq!(world.probes().await, (0..10).collect());
    }
}
