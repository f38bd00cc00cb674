//! Posting, holding, refusing.

use proptest::prelude::*;
use tallymark_base::id::TenantId;
use tallymark_base::{TypedId, Unit};
use tallymark_ledger::{
    AccountKey, Book, Code, Error, MIGRATIONS, Resolution, Transfer, balances, post, resolve, verify,
};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::{TestDb, start};

fn tenant() -> TenantId {
    TenantId::from_raw(1 << 30)
}

fn account(owner: i64, book: Book) -> AccountKey {
    AccountKey::new(owner, book, Unit::CNY)
}

fn funding(amount: i64) -> Transfer {
    Transfer {
        origin: 1,
        part: 0,
        debit: account(100, Book::Funding),
        credit: account(200, Book::Budget),
        amount,
        code: Code::Funded,
        pending: false,
    }
}

fn spend(origin: i64, amount: i64) -> Transfer {
    Transfer {
        origin,
        part: 0,
        debit: account(200, Book::Budget),
        credit: account(300 + origin % 7, Book::Wallet),
        amount,
        code: Code::RedPacketWon,
        pending: false,
    }
}

async fn posted(db: &TestDb, transfers: &[Transfer]) -> Result<(), Error> {
    let mut tx = db.store.write().await?;
    post(&mut tx, tenant(), transfers, start()).await?;
    Ok(tx.commit().await?)
}

async fn budget(db: &TestDb) -> tallymark_ledger::Balance {
    let mut tx = db.store.read().await.unwrap();
    balances(&mut tx, tenant(), &[200], Book::Budget, Unit::CNY).await.unwrap()[&200]
}

async fn assert_books(db: &TestDb) {
    let mut tx = db.store.read().await.unwrap();
    assert_eq!(verify::discrepancies(&mut tx).await.unwrap(), Vec::<String>::new());
}

both_engines! { [MIGRATIONS];
    async fn a_budget_is_spent_to_the_last_fen_and_not_beyond(db: TestDb) {
        posted(&db, &[funding(100)]).await.unwrap();
        posted(&db, &[spend(2, 60), spend(3, 40)]).await.unwrap();
        let refused = posted(&db, &[spend(4, 1)]).await.unwrap_err();
        assert!(matches!(refused, Error::Insufficient { available: -1, .. }), "{refused}");
        assert_eq!(budget(&db).await.available(), 0);
        assert_books(&db).await;
    }

    async fn several_transfers_are_posted_all_or_none(db: TestDb) {
        posted(&db, &[funding(100)]).await.unwrap();
        posted(&db, &[spend(2, 60), spend(3, 41)]).await.unwrap_err();
        assert_eq!(budget(&db).await.available(), 100);
        assert_books(&db).await;
    }

    async fn a_transfer_id_is_used_once(db: TestDb) {
        posted(&db, &[funding(100)]).await.unwrap();
        assert!(matches!(posted(&db, &[funding(50)]).await, Err(Error::IdTaken { .. })));
        posted(&db, &[funding(100)]).await.unwrap_err();
        assert_eq!(budget(&db).await.available(), 100);
    }

    async fn a_held_amount_cannot_be_spent_and_ends_once(db: TestDb) {
        posted(&db, &[funding(100)]).await.unwrap();
        posted(&db, &[Transfer { pending: true, ..spend(2, 70) }]).await.unwrap();
        assert!(matches!(posted(&db, &[spend(3, 40)]).await, Err(Error::Insufficient { .. })));
        assert_eq!((budget(&db).await.posted(), budget(&db).await.available()), (100, 30));

        let end = async |post: bool| {
            let mut tx = db.store.write().await?;
            resolve(&mut tx, tenant(), &[Resolution { origin: 2, part: 0, post }], start()).await?;
            Ok::<_, Error>(tx.commit().await?)
        };
        end(false).await.unwrap();
        assert!(matches!(end(true).await, Err(Error::NotPending { .. })));
        assert_eq!(budget(&db).await.available(), 100);
        assert_books(&db).await;
    }

    async fn a_budget_holds_when_forty_spenders_race_for_it(db: TestDb) {
        posted(&db, &[funding(100)]).await.unwrap();
        let db = std::sync::Arc::new(db);
        let racers: Vec<_> = (0..40)
            .map(|n| {
                let db = db.clone();
                tokio::spawn(async move { posted(&db, &[spend(10 + n, 7)]).await.is_ok() })
            })
            .collect();
        let mut won = 0;
        for racer in racers {
            won += i64::from(racer.await.unwrap());
        }
        // 14 × 7 = 98: a fifteenth would need 105.
        assert_eq!(won, 14);
        assert_eq!(budget(&db).await.available(), 2);
        assert_books(&db).await;
    }
}

both_engines! { [MIGRATIONS];
    async fn verify_names_a_balance_that_was_tampered_with(db: TestDb) {
        posted(&db, &[funding(100), spend(2, 60)]).await.unwrap();
        let mut tx = db.store.write().await.unwrap();
        tx.execute("UPDATE account SET credits = credits + 1 WHERE book = 3", &[]).await.unwrap();
        let found = verify::discrepancies(&mut tx).await.unwrap();
        assert_eq!(found.len(), 2, "{found:?}");
    }
}

/// A hand-written model of the ledger: plain sums in memory, refusing what would go below zero.
#[derive(Default)]
struct Model {
    budget: i64,
    wallets: std::collections::HashMap<i64, i64>,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_sequence_of_movements_matches_a_plain_model(amounts in prop::collection::vec((1_i64..500, any::<bool>()), 1..40)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let db = TestDb::on(tallymark_store::Engine::Sqlite, &[MIGRATIONS]).await.unwrap();
            let mut model = Model::default();
            for (origin, (amount, fund)) in (10..).zip(amounts) {
                let transfer = if fund { Transfer { origin, ..funding(amount) } } else { spend(origin, amount) };
                let accepted = posted(&db, &[transfer]).await.is_ok();
                prop_assert_eq!(accepted, fund || model.budget >= amount);
                match (accepted, fund) {
                    (true, true) => model.budget += amount,
                    (true, false) => {
                        model.budget -= amount;
                        *model.wallets.entry(transfer.credit.owner).or_default() += amount;
                    }
                    (false, _) => {}
                }
            }
            let mut tx = db.store.read().await.unwrap();
            for (owner, sum) in model.wallets {
                let stored = balances(&mut tx, tenant(), &[owner], Book::Wallet, Unit::CNY).await.unwrap();
                prop_assert_eq!(stored[&owner].available(), sum);
            }
            assert_books(&db).await;
            Ok(())
        })?;
    }
}
