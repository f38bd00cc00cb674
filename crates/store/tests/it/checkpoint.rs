//! The write-ahead log stays short while a writer never rests.

use tallymark_store::{Migrations, Options, Store};

const PROBE: Migrations = Migrations {
    owner: "probe",
    steps: &[("0001_probe", "CREATE TABLE probe (a {id} PRIMARY KEY, b {bytes} NOT NULL);")],
};
const MIB: u64 = 1 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn the_log_begins_anew_under_steady_writing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("steady.sqlite");
    let store = Store::open(&format!("sqlite:{}", path.display()), &Options::default()).await.unwrap();
    store.migrate(&[PROBE]).await.unwrap();
    // 640 MiB, five times the size at which the log should begin anew, overwriting a thousand rows again and again.
    let (row, rows_at_once) = (vec![7; 128 << 10], 8);
    for number in 0..640 {
        let mut tx = store.write().await.unwrap();
        for place in 0..rows_at_once {
            let key = (number * rows_at_once + place) % 1_000;
            let sql = "INSERT INTO probe (a, b) VALUES ($1, $2) ON CONFLICT (a) DO UPDATE SET b = excluded.b";
            tx.execute(sql, &[key.into(), row.clone().into()]).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    let log = std::fs::metadata(path.with_extension("sqlite-wal")).unwrap().len();
    assert!(log < 320 * MIB, "the log has {} MiB", log / MIB);
    store.close().await;
}
