//! Slices of a budget over several servers.

use std::sync::Arc;
use std::time::Duration;

use tallymark_base::{IdSource, Timestamp, TypedId as _, Unit};
use tallymark_campaigns::Campaign;
use tallymark_campaigns::rules::Left;
use tallymark_campaigns::slices::take;
use tallymark_ledger::{AccountKey, Book, Code, Transfer, balances, post, verify};
use tallymark_store::node::Lease;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;

use crate::campaign::MIGRATIONS;
use crate::fixture::{new_campaign, started, tenant};

/// 100 yuan.
const BUDGET: i64 = 10_000;

/// Ids of another node than those of the fixture, which has number 1.
fn server(node: u16) -> IdSource {
    assert_ne!(node, 1);
    IdSource::new(node, Timestamp(0), Duration::MAX)
}

async fn taken(db: &TestDb, account: AccountKey, ids: &IdSource, missing: i64) -> Left {
    take(&db.store, tenant(), account, missing, ids, &*db.clock).await.unwrap()
}

/// Spends from a server's slot.
async fn spent(db: &TestDb, account: AccountKey, ids: &IdSource, amount: i64) -> Result<(), tallymark_ledger::Error> {
    let origin: tallymark_base::id::ScanId = ids.next(&*db.clock).unwrap();
    let debit = account.at_node(ids.node());
    let credit = AccountKey::new(77, Book::Wallet, account.unit);
    let code = Code::RedPacketWon;
    let transfer = Transfer { origin: origin.raw(), part: 0, debit, credit, amount, code, pending: false };
    let mut tx = db.store.write().await?;
    post(&mut tx, tenant(), &[transfer], db_now(db)).await?;
    Ok(tx.commit().await?)
}

fn db_now(db: &TestDb) -> Timestamp {
    tallymark_base::Clock::now(&*db.clock)
}

/// What all slots of the budget have, and what was spent.
async fn left_and_spent(db: &TestDb, campaign: &Campaign) -> (i64, i64) {
    let mut tx = db.store.read().await.unwrap();
    let mut of = async |owner: i64, book| {
        let found = balances(&mut tx, tenant(), &[owner], book, Unit::CNY).await.unwrap();
        found.get(&owner).map_or(0, |balance| balance.available())
    };
    let sums = (of(campaign.id.raw(), Book::Budget).await, of(77, Book::Wallet).await);
    assert_eq!(verify::discrepancies(&mut tx).await.unwrap(), Vec::<String>::new());
    sums
}

both_engines! { [MIGRATIONS[0], MIGRATIONS[1]];
    async fn a_slice_is_an_eighth_or_what_is_missing(db: TestDb) {
        let campaign = started(&db, new_campaign()).await;
        let budget = campaign.budget(Unit::CNY);
        let (first, second) = (server(2), server(3));
        assert_eq!(taken(&db, budget, &first, 88).await, Left { local: 1_250, exhausted: false });
        // 8,750 are left: an eighth is 1,093.
        assert_eq!(taken(&db, budget, &second, 88).await, Left { local: 1_093, exhausted: false });
        assert_eq!(taken(&db, budget, &second, 3_000).await, Left { local: 4_093, exhausted: false });
        assert_eq!(left_and_spent(&db, &campaign).await, (BUDGET, 0));
    }

    async fn the_rest_is_taken_to_the_last_fen_and_then_nothing(db: TestDb) {
        let campaign = started(&db, new_campaign()).await;
        let budget = campaign.budget(Unit::CNY);
        let (first, second) = (server(2), server(3));
        assert_eq!(taken(&db, budget, &first, 9_950).await, Left { local: 9_950, exhausted: false });
        assert_eq!(taken(&db, budget, &second, 88).await, Left { local: 50, exhausted: true });
        assert_eq!(taken(&db, budget, &second, 38).await, Left { local: 50, exhausted: true });
        spent(&db, budget, &second, 50).await.unwrap();
        assert_eq!(taken(&db, budget, &second, 88).await, Left { local: 0, exhausted: true });
        assert_eq!(left_and_spent(&db, &campaign).await, (9_950, 50));
    }

    async fn stock_is_taken_like_money(db: TestDb) {
        let campaign = started(&db, new_campaign()).await;
        let umbrellas = campaign.prizes[2].stock_account().unwrap();
        let ids = server(2);
        assert_eq!(taken(&db, umbrellas, &ids, 1).await, Left { local: 1, exhausted: false });
        assert_eq!(taken(&db, umbrellas, &ids, 5).await, Left { local: 3, exhausted: true });
        spent(&db, umbrellas, &ids, 3).await.unwrap();
        assert_eq!(taken(&db, umbrellas, &ids, 1).await, Left { local: 0, exhausted: true });
    }

    async fn an_account_that_was_never_funded_is_exhausted(db: TestDb) {
        let nobody = AccountKey::new(1 << 40, Book::Budget, Unit::CNY);
        assert_eq!(taken(&db, nobody, &server(2), 1).await, Left { local: 0, exhausted: true });
    }

    async fn what_a_dead_server_left_is_swept_when_it_is_needed(db: TestDb) {
        let campaign = started(&db, new_campaign()).await;
        let budget = campaign.budget(Unit::CNY);
        let dead = Lease::take(&db.store, &*db.clock, &*db.entropy).await.unwrap();
        // Number 1 is the fixture's.
        Lease::take(&db.store, &*db.clock, &*db.entropy).await.unwrap();
        let alive = Lease::take(&db.store, &*db.clock, &*db.entropy).await.unwrap();
        assert_eq!(taken(&db, budget, &dead.ids(), 9_900).await.local, 9_900);
        spent(&db, budget, &dead.ids(), 900).await.unwrap();
        assert_eq!(taken(&db, budget, &alive.ids(), 200).await, Left { local: 100, exhausted: true });

        db.clock.advance(Duration::from_secs(80));
        alive.renew(&db.store, &*db.clock).await.unwrap();
        // 9,000 came back: an eighth is 1,125.
        assert_eq!(taken(&db, budget, &alive.ids(), 100).await, Left { local: 1_225, exhausted: false });
        // It was not dead after all; what came back is no longer its to spend.
        let refused = spent(&db, budget, &server(dead.ids().node()), 1).await.unwrap_err();
        assert!(matches!(refused, tallymark_ledger::Error::Insufficient { .. }), "{refused}");
        assert_eq!(left_and_spent(&db, &campaign).await, (9_100, 900));
    }

    async fn servers_that_race_for_a_budget_spend_it_all_and_no_more(db: TestDb) {
        let db = Arc::new(db);
        let campaign = started(&db, new_campaign()).await;
        let budget = campaign.budget(Unit::CNY);
        let servers: Vec<_> = [(2, 88), (3, 37), (4, 1)]
            .map(|(node, price)| {
                let db = db.clone();
                tokio::spawn(async move { spend_until_exhausted(&db, budget, &server(node), price).await })
            })
            .into_iter()
            .collect();
        let mut spent = 0;
        for server in servers {
            spent += server.await.unwrap();
        }
        let (left, wallet) = left_and_spent(&db, &campaign).await;
        assert_eq!(spent, wallet);
        assert_eq!(left + wallet, BUDGET);
        // What no price fits stays in the slots: below 88 and below 37.
        assert!((0..88 + 37).contains(&left), "{left}");
    }
}

/// Spends at one price as long as slices can be had. Keeps its own account of the slot, as a server does.
async fn spend_until_exhausted(db: &TestDb, budget: AccountKey, ids: &IdSource, price: i64) -> i64 {
    let (mut slot, mut spent_here) = (Left::default(), 0);
    loop {
        while slot.local >= price {
            // A few claims of one batch.
            let amount = price * (slot.local / price).min(20);
            spent(db, budget, ids, amount).await.unwrap();
            slot.local -= amount;
            spent_here += amount;
        }
        if slot.exhausted {
            return spent_here;
        }
        slot = taken(db, budget, ids, price - slot.local).await;
    }
}
