//! A caller who goes away in the middle leaves nothing behind for the next one.

use std::time::Duration;

use tallymark_testkit::both_engines;

both_engines! { [];
    async fn one_who_goes_away_while_a_transaction_begins_leaves_none_open(db: TestDb) {
        for micros in 0..400 {
            let wait = Duration::from_micros(micros * 5);
            tokio::time::timeout(wait, db.store.read()).await.ok();
            // Of a connection left in a transaction for reading, this would be refused.
            let mut tx = db.store.write().await.unwrap();
            let sql = "INSERT INTO revision (tenant_id, number) VALUES ($1, 1)";
            tx.execute(sql, &[i64::try_from(micros).unwrap().into()]).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
}
