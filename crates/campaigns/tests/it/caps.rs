//! Wins of a person.

use tallymark_base::TypedId as _;
use tallymark_base::id::AccountId;
use tallymark_campaigns::caps::{add, load};
use tallymark_campaigns::{Campaign, Caps};
use tallymark_store::Error;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;

use crate::campaign::MIGRATIONS;
use crate::fixture::{RED_PACKET, stored, tenant};

const MONDAY: i64 = 20_514;
const TUESDAY: i64 = MONDAY + 1;

fn account(number: i64) -> AccountId {
    AccountId::from_raw(number)
}

fn capped() -> Campaign {
    let caps = Caps { per_person: Some(5), per_person_per_day: Some(2), per_day: None };
    Campaign { caps, ..stored(&[(1, None, RED_PACKET)]) }
}

/// A win of these accounts, in a transaction of its own.
async fn win(db: &TestDb, campaign: &Campaign, accounts: &[AccountId], day: i64) -> Result<(), Error> {
    let mut tx = db.store.write().await?;
    let mut wins = load(&mut tx, tenant(), &[(campaign, accounts, day)]).await?;
    wins.win((campaign, accounts, day));
    add(&mut tx, tenant(), &wins).await?;
    tx.commit().await
}

async fn seen(db: &TestDb, campaign: &Campaign, accounts: &[AccountId], day: i64) -> (u32, u32) {
    let mut tx = db.store.read().await.unwrap();
    load(&mut tx, tenant(), &[(campaign, accounts, day)]).await.unwrap().seen((campaign, accounts, day))
}

both_engines! { [MIGRATIONS[0], MIGRATIONS[1]];
    async fn wins_are_counted_for_ever_and_by_day(db: TestDb) {
        let campaign = capped();
        let one = [account(1)];
        win(&db, &campaign, &one, MONDAY).await.unwrap();
        win(&db, &campaign, &one, MONDAY).await.unwrap();
        win(&db, &campaign, &one, TUESDAY).await.unwrap();
        assert_eq!(seen(&db, &campaign, &one, MONDAY).await, (3, 2));
        assert_eq!(seen(&db, &campaign, &one, TUESDAY).await, (3, 1));
        assert_eq!(seen(&db, &campaign, &[account(2)], TUESDAY).await, (0, 0));
    }

    async fn a_persons_wins_are_the_sum_over_its_accounts(db: TestDb) {
        let campaign = capped();
        win(&db, &campaign, &[account(1)], MONDAY).await.unwrap();
        win(&db, &campaign, &[account(2)], MONDAY).await.unwrap();
        // The two turn out to be one person, who wins once more with the second account.
        let both = [account(2), account(1)];
        assert_eq!(seen(&db, &campaign, &both, MONDAY).await, (2, 2));
        win(&db, &campaign, &both, MONDAY).await.unwrap();
        assert_eq!(seen(&db, &campaign, &both, MONDAY).await, (3, 3));
        assert_eq!(seen(&db, &campaign, &[account(1)], MONDAY).await, (1, 1));
        assert_eq!(seen(&db, &campaign, &[account(2)], MONDAY).await, (2, 2));
    }

    async fn a_later_claim_of_a_batch_sees_the_wins_of_earlier_ones(db: TestDb) {
        let campaign = capped();
        let (first, second) = ([account(1)], [account(2), account(1)]);
        let mut tx = db.store.write().await.unwrap();
        let claims: [(&Campaign, &[AccountId], i64); 2] = [(&campaign, &first, MONDAY), (&campaign, &second, MONDAY)];
        let mut wins = load(&mut tx, tenant(), &claims).await.unwrap();
        wins.win(claims[0]);
        assert_eq!(wins.seen(claims[1]), (1, 1));
        wins.win(claims[1]);
        assert_eq!(wins.seen(claims[1]), (2, 2));
        add(&mut tx, tenant(), &wins).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(seen(&db, &campaign, &second, MONDAY).await, (2, 2));
    }

    async fn a_count_that_another_server_changed_ends_the_transaction(db: TestDb) {
        let campaign = capped();
        let both: (&Campaign, &[AccountId], i64) = (&campaign, &[account(1), account(2)], MONDAY);
        let mut tx = db.store.read().await.unwrap();
        let mut stale = load(&mut tx, tenant(), &[both]).await.unwrap();
        drop(tx);
        // The other server wins with another account of the same person.
        win(&db, &campaign, &[account(2)], MONDAY).await.unwrap();
        stale.win(both);
        let mut tx = db.store.write().await.unwrap();
        let refused = add(&mut tx, tenant(), &stale).await.unwrap_err();
        assert!(refused.is_worth_repeating(), "{refused}");
        tx.rollback().await.unwrap();
        assert_eq!(seen(&db, &campaign, both.1, MONDAY).await, (1, 1));
    }

    async fn a_cap_holds_when_twenty_claims_of_a_person_race(db: TestDb) {
        let db = std::sync::Arc::new(db);
        let claims: Vec<_> = (0..20)
            .map(|n| {
                let db = db.clone();
                tokio::spawn(async move { claim_until_decided(&db, account(1 + n % 3)).await })
            })
            .collect();
        let mut won = 0;
        for claim in claims {
            won += u32::from(claim.await.unwrap());
        }
        assert_eq!(won, 2, "two a day");
    }

    async fn a_campaign_without_caps_per_person_writes_no_row(db: TestDb) {
        let campaign = stored(&[(1, None, RED_PACKET)]);
        win(&db, &campaign, &[account(1)], MONDAY).await.unwrap();
        let mut tx = db.store.read().await.unwrap();
        assert!(tx.query("SELECT wins FROM campaign_cap", &[]).await.unwrap().is_empty());
    }
}

/// A claim of the person with accounts 1 to 3, again and again until it is decided; whether it won.
async fn claim_until_decided(db: &TestDb, by: AccountId) -> bool {
    let campaign = capped();
    let mut accounts = vec![account(1), account(2), account(3)];
    accounts.sort_by_key(|account| *account != by);
    let claim = (&campaign, accounts.as_slice(), MONDAY);
    for _ in 0..200 {
        let mut tx = db.store.write().await.unwrap();
        let mut wins = load(&mut tx, tenant(), &[claim]).await.unwrap();
        if wins.seen(claim).1 >= 2 {
            return false;
        }
        wins.win(claim);
        if add(&mut tx, tenant(), &wins).await.is_ok() && tx.commit().await.is_ok() {
            return true;
        }
    }
    panic!("never decided");
}
