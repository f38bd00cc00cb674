//! Many rows, values of every kind, and statements that fail.

use std::time::Duration;

use tallymark_store::{Error, Migrations, Options, Rows, Store, Value};
use tallymark_testkit::both_engines;

const PROBE: Migrations = Migrations {
    owner: "probe",
    steps: &[(
        "0001_probe",
        "CREATE TABLE probe (a BIGINT NOT NULL, b TEXT NOT NULL, c {bytes}, d DOUBLE PRECISION, e BIGINT, PRIMARY KEY (a, b));",
    )],
};

fn row(a: i64) -> [Value; 5] {
    [a.into(), format!("字{a}").into(), Value::Bytes((a % 2 == 0).then(|| vec![0, 255])), 0.5.into(), Value::Int(None)]
}

const INSERT: &str = "INSERT INTO probe (a, b, c, d, e) VALUES … ON CONFLICT (a, b) DO NOTHING";

both_engines! { [PROBE];
    async fn seven_hundred_rows_go_in_and_come_back_alike(db: TestDb) {
        let rows: Rows<5> = (0..700).map(row).collect();
        let mut tx = db.store.write().await.unwrap();
        tx.write_all_rows(INSERT, &[], &rows).await.unwrap();
        let keys: Rows<2> = (0..700).map(|a| [a.into(), format!("字{a}").into()]).collect();
        let sql = "SELECT a, b, c, d, e FROM probe WHERE (a, b) IN (VALUES …)";
        let found = tx.read_rows(sql, &[], &keys).await.unwrap();
        assert_eq!(found.len(), 700);
        for found in &found {
            let a = found.int(0).unwrap();
            assert_eq!(found.text(1).unwrap(), format!("字{a}"));
            assert_eq!(found.opt_bytes(2).unwrap(), (a % 2 == 0).then(|| vec![0, 255]));
            assert!((found.real(3).unwrap() - 0.5).abs() < f64::EPSILON);
            assert_eq!(found.opt_int(4).unwrap(), None);
        }
    }

    async fn a_statement_that_writes_fewer_rows_ends_the_transaction(db: TestDb) {
        let mut tx = db.store.write().await.unwrap();
        tx.write_all_rows(INSERT, &[], &Rows::from_iter([row(1)])).await.unwrap();
        let error = tx.write_all_rows(INSERT, &[], &Rows::from_iter([row(1), row(2)])).await.unwrap_err();
        assert!(matches!(error, Error::RowsWritten { sent: 2, wrote: 1 }), "{error:?}");
        tx.commit().await.unwrap_err();
        let mut tx = db.store.read().await.unwrap();
        assert!(tx.query("SELECT a FROM probe", &[]).await.unwrap().is_empty());
    }

    async fn a_transaction_with_a_failed_statement_cannot_be_committed(db: TestDb) {
        let mut tx = db.store.write().await.unwrap();
        tx.write_all_rows(INSERT, &[], &Rows::from_iter([row(1)])).await.unwrap();
        let twice = "INSERT INTO probe (a, b) VALUES (1, '字1')";
        assert!(matches!(tx.execute(twice, &[]).await, Err(Error::Constraint { .. })));
        tx.commit().await.unwrap_err();
        assert!(db.store.read().await.unwrap().query("SELECT a FROM probe", &[]).await.unwrap().is_empty());
    }

    async fn an_exhausted_pool_answers_in_time_and_works_again(db: TestDb) {
        let options = Options { connections_max: 2, wait_max: Duration::from_millis(200), ..Options::default() };
        let small = Store::open(&db.url, &options).await.unwrap();
        let held = [small.read().await.unwrap(), small.read().await.unwrap()];
        assert!(matches!(small.read().await, Err(Error::Unavailable)));
        drop(held);
        small.ping().await.unwrap();
    }

    async fn a_reader_cannot_write(db: TestDb) {
        let mut tx = db.store.read().await.unwrap();
        tx.write_rows(INSERT, &[], &Rows::from_iter([row(1)])).await.unwrap_err();
    }
}
