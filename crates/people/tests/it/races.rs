//! Several servers at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use tallymark_people::{Identifier, MIGRATIONS};
use tallymark_testkit::both_engines;

use crate::components::{Sight, at, expected, identifier, stored};
use crate::world::{assert_sound, card, device, phone, world};

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
        let pair = |n: u64| -> Vec<Identifier> { vec![device(n), card(n)] };
        for n in 0..6 {
            world(1).one(&db, &pair(n)).await;
        }
        let db = Arc::new(db);
        let servers: Vec<_> = (0..6)
            .map(|n| {
                let db = db.clone();
                tokio::spawn(async move {
                    world(1).seen_among_others(&db, &[vec![device(n), card((n + 1) % 6)]]).await;
                })
            })
            .collect();
        for server in servers {
            server.await.unwrap();
        }
        assert_eq!(world(1).found(&db, &card(3)).await.unwrap().accounts.len(), 12);
        assert_sound(&db).await;
    }

    async fn servers_that_see_what_cannot_all_be_true_end_with_what_the_facts_say(db: TestDb) {
        // Nine phones and three openids all over each other, on many days, in every server's own order.
        let sights: Vec<Sight> = (0_u64..90).map(|n| {
            let (a, b) = ((n * 7) % 9, 10 + (n + n / 9) % 3);
            (a as usize, b as usize, (n * 13) % 11)
        }).collect();
        let world = world(1);
        let expected = expected(&world, &sights);
        assert!(expected.1.len() > 3, "much is contested: {expected:?}");
        let db = Arc::new(db);
        let servers: Vec<_> = (0..5).map(|server| {
            let (db, mut own) = (db.clone(), sights.clone());
            own.rotate_left(server * 17);
            tokio::spawn(async move {
                for some in own.chunks(3 + server) {
                    let requests: Vec<_> =
                        some.iter().map(|(a, b, day)| (vec![identifier(*a), identifier(*b)], at(*day))).collect();
                    crate::world::world(1).seen_at_among_others(&db, &requests).await;
                }
            })
        }).collect();
        for server in servers {
            server.await.unwrap();
        }
        assert_eq!(stored(&db, &world, &[], &[1]).await, expected);
        assert_sound(&db).await;
    }
}
