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

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_log_is_empty_and_what_was_overwritten_stands_nowhere() {
    const MARK: &[u8] = b"to be forgotten";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.sqlite");
    let store = Store::open(&format!("sqlite:{}", path.display()), &Options::default()).await.unwrap();
    store.migrate(&[PROBE]).await.unwrap();
    let is_marked = || {
        let files = std::fs::read_dir(folder.path()).unwrap();
        let bytes: Vec<u8> = files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
        bytes.windows(MARK.len()).any(|window| window == MARK)
    };
    let mut tx = store.write().await.unwrap();
    // Whole pages and pages of overflow.
    for key in 0..500_i64 {
        let row = MARK.repeat(if key % 7 == 0 { 1_000 } else { 10 });
        tx.execute("INSERT INTO probe (a, b) VALUES ($1, $2)", &[key.into(), row.into()]).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert!(store.empty_log().await.unwrap());
    assert!(is_marked(), "the search itself works");
    let mut tx = store.write().await.unwrap();
    tx.overwrite_deleted().await.unwrap();
    tx.execute("DELETE FROM probe WHERE a >= $1", &[100_i64.into()]).await.unwrap();
    tx.execute("UPDATE probe SET b = $1", &[b"x".to_vec().into()]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(store.empty_log().await.unwrap());
    assert_eq!(std::fs::metadata(path.with_extension("sqlite-wal")).unwrap().len(), 0);
    assert!(!is_marked());
    store.close().await;
}
