//! Wins of a day over several servers.

use std::sync::Arc;
use std::time::Duration;

use tallymark_base::{IdSource, Timestamp};
use tallymark_campaigns::days::{add, take};
use tallymark_campaigns::rules::Left;
use tallymark_campaigns::{Campaign, Caps};
use tallymark_store::node::Lease;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;

use crate::campaign::MIGRATIONS;
use crate::fixture::{RED_PACKET, stored, tenant};

const DAY: i64 = 20_514;

fn capped(per_day: u32) -> Campaign {
    let caps = Caps { per_day: Some(per_day), ..Caps::default() };
    Campaign { caps, ..stored(&[(1, None, RED_PACKET)]) }
}

fn server(node: u16) -> IdSource {
    IdSource::new(node, Timestamp(0), Duration::MAX)
}

async fn taken(db: &TestDb, campaign: &Campaign, ids: &IdSource, missing: i64) -> Left {
    take(&db.store, tenant(), campaign, DAY, missing, ids, &*db.clock).await.unwrap()
}

async fn used(db: &TestDb, campaign: &Campaign, node: u16, wins: i64) -> Result<(), tallymark_store::Error> {
    let mut tx = db.store.write().await?;
    add(&mut tx, tenant(), node, &[(campaign.id, DAY, wins)]).await?;
    tx.commit().await
}

both_engines! { [MIGRATIONS[0], MIGRATIONS[1]];
    async fn servers_share_the_wins_of_a_day(db: TestDb) {
        let campaign = capped(80);
        let (first, second) = (server(1), server(2));
        // An eighth of 80, then an eighth of the other 70, then all that is left.
        assert_eq!(taken(&db, &campaign, &first, 1).await, Left { local: 10, exhausted: false });
        assert_eq!(taken(&db, &campaign, &second, 1).await, Left { local: 8, exhausted: false });
        assert_eq!(taken(&db, &campaign, &first, 100).await, Left { local: 72, exhausted: true });
        assert_eq!(taken(&db, &campaign, &second, 1).await, Left { local: 8, exhausted: true });
        used(&db, &campaign, 1, 72).await.unwrap();
        assert_eq!(taken(&db, &campaign, &first, 1).await, Left { local: 0, exhausted: true });
    }

    async fn a_server_uses_no_more_than_it_was_granted(db: TestDb) {
        let campaign = capped(80);
        taken(&db, &campaign, &server(1), 1).await;
        used(&db, &campaign, 1, 9).await.unwrap();
        assert!(used(&db, &campaign, 1, 2).await.unwrap_err().is_worth_repeating());
        used(&db, &campaign, 1, 1).await.unwrap();
        assert!(used(&db, &campaign, 2, 1).await.is_err(), "nothing was granted to this one");
    }

    async fn what_a_dead_server_did_not_use_comes_back(db: TestDb) {
        let campaign = capped(20);
        let dead = Lease::take(&db.store, &*db.clock, &*db.entropy).await.unwrap();
        let alive = Lease::take(&db.store, &*db.clock, &*db.entropy).await.unwrap();
        assert_eq!(taken(&db, &campaign, &dead.ids(), 15).await.local, 15);
        used(&db, &campaign, dead.ids().node(), 4).await.unwrap();
        assert_eq!(taken(&db, &campaign, &alive.ids(), 10).await, Left { local: 5, exhausted: true });

        db.clock.advance(Duration::from_secs(80));
        alive.renew(&db.store, &*db.clock).await.unwrap();
        assert_eq!(taken(&db, &campaign, &alive.ids(), 5).await, Left { local: 10, exhausted: false });
        assert_eq!(taken(&db, &campaign, &alive.ids(), 20).await, Left { local: 16, exhausted: true });
        // It was not dead after all; what came back is no longer its to use.
        assert!(used(&db, &campaign, dead.ids().node(), 1).await.is_err());
    }

    async fn a_cap_per_day_holds_when_four_servers_race(db: TestDb) {
        let db = Arc::new(db);
        let servers: Vec<_> = (1..=4)
            .map(|node| {
                let db = db.clone();
                tokio::spawn(async move { win_until_the_day_is_full(&db, node).await })
            })
            .collect();
        let mut won = 0;
        for server in servers {
            won += server.await.unwrap();
        }
        assert_eq!(won, 50);
    }
}

async fn win_until_the_day_is_full(db: &TestDb, node: u16) -> i64 {
    let (campaign, ids) = (capped(50), server(node));
    let mut won = 0;
    loop {
        let left = taken(db, &campaign, &ids, 1).await;
        let wins = left.local.min(3);
        if wins == 0 && left.exhausted {
            return won;
        }
        if wins > 0 {
            used(db, &campaign, node, wins).await.unwrap();
            won += wins;
        }
    }
}
