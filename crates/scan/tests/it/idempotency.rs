//! A retry gets the first answer.

use tallymark_scan::{ALL_MIGRATIONS, Error, Options, Scanner};
use tallymark_testkit::both_engines;

use crate::world::World;

both_engines! { *ALL_MIGRATIONS;
    async fn a_retry_reads_the_same_also_after_a_restart(db: TestDb) {
        let (world, _) = World::with_campaign(db, |_| ()).await;
        let first = world.scan(world.claim(1, 1)).await;
        world.db.clock.advance(std::time::Duration::from_secs(5));
        assert_eq!(world.scan(world.claim(1, 1)).await, first);
        let (again, _) = Scanner::start(world.context.clone(), Options::default());
        assert_eq!(again.scan(world.claim(1, 1)).await.unwrap(), first);
        world.assert_books().await;
    }

    async fn race_a_hundred_copies_of_one_scan_are_one_scan(db: TestDb) {
        let (world, _) = World::with_campaign(db, |_| ()).await;
        let at = world.context.clock.now();
        let copies = (0..100).map(|_| { let mut request = world.claim(1, 1); request.at = at; request }).collect();
        let answers = world.scan_all(copies).await;
        let first = answers[0].as_ref().unwrap();
        assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
        assert_eq!(first.decision.checks, 1);
        world.assert_books().await;
    }

    async fn another_scan_under_the_same_key_is_refused(db: TestDb) {
        let world = World::new(db).await;
        world.scan(world.request(&world.code(1), 1, true, "key")).await;
        let other = world.scanner.scan(world.request(&world.code(2), 1, true, "key")).await;
        assert!(matches!(other, Err(Error::KeyReused)));
    }

    async fn a_claim_by_nobody_is_refused(db: TestDb) {
        let world = World::new(db).await;
        let mut request = world.claim(1, 1);
        request.identifiers.clear();
        assert!(matches!(world.scanner.scan(request).await, Err(Error::NoIdentifier)));
    }
}
