//! Migrations: forward only, never edited.

use tallymark_store::{Error, Migrations};
use tallymark_testkit::both_engines;

const ONE: (&str, &str) =
    ("0001_a", "CREATE TABLE probe (probe_id {id} PRIMARY KEY, name TEXT NOT NULL, data {bytes});");
const TWO: (&str, &str) =
    ("0002_b", "CREATE TABLE probe_two (a BIGINT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (a, b));");

both_engines! { [];
    async fn each_step_is_applied_once_and_in_order(db: TestDb) {
        let first = Migrations { owner: "probe", steps: &[ONE] };
        let both = Migrations { owner: "probe", steps: &[ONE, TWO] };
        assert_eq!(db.store.migrate(&[first]).await.unwrap(), 1);
        assert_eq!(db.store.migrate(&[both]).await.unwrap(), 1);
        assert_eq!(db.store.migrate(&[both]).await.unwrap(), 0);
        let older = db.store.migrate(&[first]).await.unwrap_err();
        assert!(older.to_string().contains("run the newer program"), "{older}");
    }

    async fn an_edited_step_is_refused(db: TestDb) {
        db.store.migrate(&[Migrations { owner: "probe", steps: &[ONE] }]).await.unwrap();
        let edited = Migrations { owner: "probe", steps: &[("0001_a", "CREATE TABLE other (a {id} PRIMARY KEY);")] };
        assert!(matches!(db.store.migrate(&[edited]).await, Err(Error::Migration(_))));
    }

    async fn a_broken_step_leaves_nothing_behind(db: TestDb) {
        let broken = Migrations { owner: "probe", steps: &[ONE, ("0002_bad", "CREATE TABLE probe (again BIGINT);")] };
        db.store.migrate(&[broken]).await.unwrap_err();
        assert_eq!(db.store.migrate(&[Migrations { owner: "probe", steps: &[ONE] }]).await.unwrap(), 1);
    }

    async fn servers_that_start_together_apply_each_step_once(db: TestDb) {
        let db = std::sync::Arc::new(db);
        let starts: Vec<_> = (0..4)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move { db.store.migrate(&[Migrations { owner: "probe", steps: &[ONE, TWO] }]).await })
            })
            .collect();
        let mut applied = 0;
        for start in starts {
            applied += start.await.unwrap().unwrap();
        }
        assert_eq!(applied, 2);
    }
}
