//! Several servers at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use tallymark_people::{Identifier, MIGRATIONS};
use tallymark_testkit::both_engines;

use crate::world::{assert_sound, device, phone, world};

const SERVERS: u64 = 8;

both_engines! { [MIGRATIONS];
    async fn identifiers_that_eight_see_for_the_first_time_at_once_become_one_account_each(db: TestDb) {
        let db = Arc::new(db);
        let servers: Vec<_> = (0..SERVERS)
            .map(|server| {
                let db = db.clone();
                tokio::spawn(async move {
                    // Each meets them in another order.
                    let requests: Vec<_> = (0..60).map(|n| vec![phone((n * 7 + server * 13) % 60)]).collect();
                    let mut seen = world(1).seen_among_others(&db, &requests).await;
                    seen.sort_by_key(|resolved| resolved.account);
                    seen
                })
            })
            .collect();
        let mut answers = Vec::new();
        for server in servers {
            answers.push(server.await.unwrap());
        }
        let accounts: BTreeSet<Vec<_>> =
            answers.iter().map(|seen| seen.iter().map(|resolved| resolved.account).collect()).collect();
        assert_eq!(accounts.len(), 1, "all were told the same accounts");
        assert_eq!(accounts.first().unwrap().iter().collect::<BTreeSet<_>>().len(), 60);
        let new: usize = answers.iter().flatten().filter(|resolved| !resolved.known).count();
        assert_eq!(new, 60, "each was new to exactly one");
        assert_sound(&db).await;
    }

    async fn links_that_eight_see_at_once_join_one_person(db: TestDb) {
        let db = Arc::new(db);
        let servers: Vec<_> = (0..SERVERS)
            .map(|server| {
                let db = db.clone();
                tokio::spawn(async move {
                    // A chain of 41 identifiers, its links dealt out in turn: every server's links meet all others'.
                    for link in (0..5).map(|round| round * SERVERS + server) {
                        world(1).seen_among_others(&db, &[vec![device(link), device(link + 1)]]).await;
                    }
                })
            })
            .collect();
        for server in servers {
            server.await.unwrap();
        }
        let person = world(1).found(&db, &device(0)).await.unwrap();
        assert_eq!(person.accounts.len(), 41);
        assert_sound(&db).await;
    }

    async fn persons_of_several_accounts_that_are_joined_crosswise_at_once_become_one(db: TestDb) {
        let pair = |n: u64| -> Vec<Identifier> { vec![device(n), phone(n)] };
        for n in 0..6 {
            world(1).one(&db, &pair(n)).await;
        }
        let db = Arc::new(db);
        let servers: Vec<_> = (0..6)
            .map(|n| {
                let db = db.clone();
                tokio::spawn(async move {
                    world(1).seen_among_others(&db, &[vec![device(n), phone((n + 1) % 6)]]).await;
                })
            })
            .collect();
        for server in servers {
            server.await.unwrap();
        }
        assert_eq!(world(1).found(&db, &phone(3)).await.unwrap().accounts.len(), 12);
        assert_sound(&db).await;
    }
}
