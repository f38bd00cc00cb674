//! PostgreSQL knows of tables that have grown before its own daemon comes round.

use std::time::Duration;

use tallymark_store::{Engine, Migrations, Rows, Store};
use tallymark_testkit::db::TestDb;

const PROBE: Migrations = Migrations {
    owner: "probe",
    steps: &[(
        "0001_probe",
        "CREATE TABLE probe (tenant_id BIGINT NOT NULL, name TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (tenant_id, name));",
    )],
};

const WAIT_MAX: Duration = Duration::from_secs(40);

/// Rows that the statistics tell of, and whether somebody asked for them by hand.
async fn told(store: &Store) -> (i64, bool) {
    let mut tx = store.read().await.unwrap();
    let sql = "SELECT CAST(c.reltuples AS BIGINT), CAST(s.last_analyze IS NOT NULL AS INT)::BIGINT
                 FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid
                WHERE c.oid = CAST('probe' AS regclass)";
    let row = tx.query_one(sql, &[]).await.unwrap().unwrap();
    (row.int(0).unwrap(), row.flag(1).unwrap())
}

async fn fill(store: &Store, numbers: std::ops::Range<i64>) {
    let rows: Rows<3> = numbers.map(|at| [1.into(), format!("name {at}").into(), at.into()]).collect();
    let mut tx = store.write().await.unwrap();
    tx.write_all_rows("INSERT INTO probe (tenant_id, name, at) VALUES …", &[], &rows).await.unwrap();
    tx.commit().await.unwrap();
}

async fn until_told(store: &Store, rows: i64) {
    let waiting = async {
        while told(store).await != (rows, true) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    if tokio::time::timeout(WAIT_MAX, waiting).await.is_err() {
        panic!("{:?} instead of {rows}", told(store).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_grew_threefold_is_looked_through_again_and_its_plans_follow() {
    let Some(db) = TestDb::on(Engine::Postgres, &[PROBE]).await else { return };
    fill(&db.store, 0..2_000).await;
    until_told(&db.store, 2_000).await;
    fill(&db.store, 2_000..9_000).await;
    until_told(&db.store, 9_000).await;

    let mut tx = db.store.write().await.unwrap();
    let sql = "EXPLAIN SELECT at FROM probe WHERE tenant_id = 1 AND name = ANY(ARRAY['name 1', 'name 2'])";
    let plan: Vec<String> = tx.query(sql, &[]).await.unwrap().iter().map(|row| row.text(0).unwrap()).collect();
    assert!(plan.iter().any(|line| line.contains("Index Cond") && line.contains("name")), "{plan:?}");
}
