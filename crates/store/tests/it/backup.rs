//! A backup is whole, of one moment, without keys, and comes back alike; anything else is refused.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use tallymark_base::{Clock as _, Fault as _, Timestamp};
use tallymark_store::backup::{About, BackupError, Destination, Source, Taken, expire_keys, found_in, restore, take};
use tallymark_store::{Engine, Migrations, Options, Row, Rows, Store, Value};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::{EmptyDb, TestDb};

const STEPS: &[(&str, &str)] = &[
    (
        "0001_probe",
        "CREATE TABLE probe (a BIGINT NOT NULL, b TEXT NOT NULL, c {bytes}, d DOUBLE PRECISION, e BIGINT, PRIMARY KEY (a, b));
         CREATE INDEX probe_by_e ON probe (e) WHERE e IS NOT NULL;
         CREATE TABLE secret (a {id} PRIMARY KEY, sealed {bytes} NOT NULL);",
    ),
    ("0002_pair", "CREATE TABLE pair (a {id} PRIMARY KEY, left_side BIGINT NOT NULL, UNIQUE (left_side));"),
];
/// The same names, another text.
const OTHER_STEPS: &[(&str, &str)] = &[STEPS[0], ("0002_pair", "SELECT 1;")];
const PROBE: Migrations = Migrations { owner: "probe", steps: STEPS };
const KNOWN: [Migrations; 2] = [tallymark_store::MIGRATIONS, PROBE];
/// What no file but the keys' may hold.
const SEALED: &[u8] = b"sealed-key-of-somebody-";

fn about(db: &TestDb, number: u8) -> About {
    About {
        id: [number; 16],
        at: db.clock.now(),
        program: "0.1.0",
        key_tables: &["secret", "a_table_of_later"],
        tenants: vec!["tnt_1".to_owned()],
    }
}

async fn fill(store: &Store, rows: i64) {
    let row = |a: i64| -> [Value; 5] {
        let bytes = (a % 3 != 0).then(|| vec![0, 255, (a % 256) as u8]);
        [
            a.into(),
            format!("字\t\\{a}\n").into(),
            Value::Bytes(bytes),
            (a as f64 / 8.0).into(),
            Value::Int((a % 2 == 0).then_some(-a)),
        ]
    };
    let mut tx = store.write().await.unwrap();
    let probes: Rows<5> = (0..rows).map(row).collect();
    tx.write_all_rows("INSERT INTO probe (a, b, c, d, e) VALUES …", &[], &probes).await.unwrap();
    let secrets: Rows<2> =
        (0..50).map(|a: i64| [a.into(), [SEALED, a.to_string().as_bytes()].concat().into()]).collect();
    tx.write_all_rows("INSERT INTO secret (a, sealed) VALUES …", &[], &secrets).await.unwrap();
    tx.commit().await.unwrap();
}

/// Everything that is in the tables, as text.
async fn content(store: &Store) -> Vec<String> {
    let mut tx = store.read().await.unwrap();
    let mut lines = Vec::new();
    for row in tx.query("SELECT a, b, c, d, e FROM probe ORDER BY a", &[]).await.unwrap() {
        let (a, b, c) = (row.int(0).unwrap(), row.text(1).unwrap(), row.opt_bytes(2).unwrap());
        lines.push(format!("{a} {b:?} {c:?} {} {:?}", row.real(3).unwrap(), row.opt_int(4).unwrap()));
    }
    let secret = |row: &Row| format!("{} {:?}", row.int(0).unwrap(), row.bytes(1).unwrap());
    lines.extend(tx.query("SELECT a, sealed FROM secret ORDER BY a", &[]).await.unwrap().iter().map(secret));
    lines
}

/// A filled database, its backup, and where the backup's halves are.
struct Kept {
    folder: tempfile::TempDir,
    taken: Taken,
}

impl Kept {
    async fn of(db: &TestDb) -> Self {
        fill(&db.store, 3_000).await;
        let folder = tempfile::tempdir().unwrap();
        let to = Destination { folder: folder.path().join("data"), keys: Some(folder.path().join("keys")) };
        let taken = take(&db.url, &to, &about(db, 1)).await.unwrap();
        Self { folder, taken }
    }

    fn source(&self) -> Source {
        Source { folder: self.taken.folder.clone(), keys: Some(self.taken.keys.clone()) }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn holds(folder: &Path, text: &[u8]) -> bool {
    files(folder).iter().any(|file| std::fs::read(file).unwrap().windows(text.len()).any(|window| window == text))
}

/// Asserts that a restore is refused, that it says why, and that it leaves nothing.
async fn refuses(source: &Source, engine: Engine, known: &[Migrations], code: &str, why: &str) -> BackupError {
    let to = EmptyDb::on(engine).await.unwrap();
    let error = restore(&to.url, source, known).await.unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(why), "{error}");
    match to.folder() {
        Some(folder) => assert_eq!(files(folder), Vec::<PathBuf>::new()),
        None => {
            // Nothing is in the way of a good backup now.
            let store = Store::open(&to.url, &Options::default()).await.unwrap();
            assert_eq!(store.pending_migrations(&[PROBE]).await.unwrap(), STEPS.len());
            store.close().await;
        }
    }
    error
}

both_engines! { [PROBE];
    async fn what_was_backed_up_comes_back_alike_and_its_keys_were_apart(db: TestDb) {
        let kept = Kept::of(&db).await;
        assert!(kept.taken.folder.ends_with("20260301T000000Z"), "{}", kept.taken.folder.display());
        assert!(!holds(&kept.taken.folder, SEALED), "keys are in the data");
        assert!(holds(&kept.taken.keys, SEALED));
        let rows = |name: &str| kept.taken.manifest.tables.iter().find(|table| table.name == name).map(|table| table.rows);
        assert_eq!((rows("probe"), rows("pair"), rows("secret")), (Some(3_000), Some(0), None));

        let to = EmptyDb::on(db.store.engine()).await.unwrap();
        let manifest = restore(&to.url, &kept.source(), &KNOWN).await.unwrap();
        assert_eq!(manifest.taken_at, db.clock.now());
        let restored = Store::open(&to.url, &Options::default()).await.unwrap();
        assert_eq!(restored.pending_migrations(&KNOWN).await.unwrap(), 0);
        assert_eq!(content(&restored).await, content(&db.store).await);
        // Its keys and indexes are there as well.
        let mut tx = restored.write().await.unwrap();
        let sql = "INSERT INTO probe (a, b) VALUES ($1, $2)";
        let error = tx.execute(sql, &[1.into(), "字\t\\1\n".into()]).await.unwrap_err();
        assert_eq!(error.code(), "store.constraint");
        drop(tx);
        restored.close().await;
    }

    async fn a_backup_of_a_database_that_is_written_to_shows_one_moment(db: TestDb) {
        fill(&db.store, 20_000).await;
        let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
        let writer = tokio::spawn({
            let (store, stop, written) = (db.store.clone(), stop.clone(), written.clone());
            async move {
                while !stop.load(Ordering::SeqCst) {
                    let next = written.load(Ordering::SeqCst);
                    let mut tx = store.write().await.unwrap();
                    // One row in a data table and one in a key table, always together.
                    tx.execute("INSERT INTO pair (a, left_side) VALUES ($1, $1)", &[next.into()]).await.unwrap();
                    let values = [(1_000 + next).into(), vec![7_u8; 32].into()];
                    tx.execute("INSERT INTO secret (a, sealed) VALUES ($1, $2)", &values).await.unwrap();
                    tx.commit().await.unwrap();
                    written.store(next + 1, Ordering::SeqCst);
                }
            }
        });
        while written.load(Ordering::SeqCst) < 20 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let folder = tempfile::tempdir().unwrap();
        let before = written.load(Ordering::SeqCst);
        let to = Destination { folder: folder.path().to_owned(), keys: None };
        let taken = take(&db.url, &to, &about(&db, 1)).await.unwrap();
        let after = written.load(Ordering::SeqCst);
        stop.store(true, Ordering::SeqCst);
        writer.await.unwrap();
        assert!(after > before, "the writer stood still");

        let to = EmptyDb::on(db.store.engine()).await.unwrap();
        restore(&to.url, &Source { folder: taken.folder, keys: None }, &KNOWN).await.unwrap();
        let restored = Store::open(&to.url, &Options::default()).await.unwrap();
        let mut tx = restored.read().await.unwrap();
        let pairs = tx.query("SELECT a FROM pair ORDER BY a", &[]).await.unwrap();
        let secrets = tx.query("SELECT a FROM secret WHERE a >= 1000 ORDER BY a", &[]).await.unwrap();
        assert_eq!(pairs.len(), secrets.len(), "half of a transaction");
        assert!((before..=after).contains(&(pairs.len() as i64)), "{before} {} {after}", pairs.len());
        drop(tx);
        restored.close().await;
    }

    async fn a_changed_byte_in_any_file_is_noticed(db: TestDb) {
        let kept = Kept::of(&db).await;
        for file in files(kept.folder.path()) {
            let good = std::fs::read(&file).unwrap();
            for at in [0, good.len() / 2, good.len() - 1] {
                let mut changed = good.clone();
                changed[at] ^= 1;
                std::fs::write(&file, &changed).unwrap();
                let to = EmptyDb::on(db.store.engine()).await.unwrap();
                let refused = restore(&to.url, &kept.source(), &KNOWN).await;
                // The newline at a manifest's end says nothing.
                if at == good.len() - 1 && file.ends_with("manifest.json") {
                    continue;
                }
                assert_eq!(refused.expect_err("damaged").code(), "backup.damaged", "{} at {at}", file.display());
            }
            std::fs::write(&file, &good[..good.len() - 3]).unwrap();
            refuses(&kept.source(), db.store.engine(), &KNOWN, "backup.damaged", "is damaged").await;
            std::fs::remove_file(&file).unwrap();
            let to = EmptyDb::on(db.store.engine()).await.unwrap();
            restore(&to.url, &kept.source(), &KNOWN).await.unwrap_err();
            std::fs::write(&file, &good).unwrap();
        }
        let to = EmptyDb::on(db.store.engine()).await.unwrap();
        restore(&to.url, &kept.source(), &KNOWN).await.unwrap();
    }

    async fn what_is_there_is_never_overwritten(db: TestDb) {
        let kept = Kept::of(&db).await;
        let before = content(&db.store).await;
        let error = restore(&db.url, &kept.source(), &KNOWN).await.unwrap_err();
        assert_eq!(error.code(), "backup.not_empty", "{error}");
        assert_eq!(content(&db.store).await, before);
        let to = Destination { folder: kept.folder.path().join("data"), keys: None };
        let again = take(&db.url, &to, &about(&db, 2)).await.unwrap_err();
        assert_eq!(again.code(), "backup.exists", "{again}");
    }

    async fn a_backup_of_a_newer_or_another_program_is_refused(db: TestDb) {
        let kept = Kept::of(&db).await;
        let engine = db.store.engine();
        let older = [tallymark_store::MIGRATIONS, Migrations { owner: "probe", steps: &STEPS[..1] }];
        refuses(&kept.source(), engine, &older, "backup.newer", "0002_pair of probe").await;
        refuses(&kept.source(), engine, &KNOWN[..1], "backup.newer", "of probe").await;
        let other = [tallymark_store::MIGRATIONS, Migrations { owner: "probe", steps: OTHER_STEPS }];
        refuses(&kept.source(), engine, &other, "backup.foreign", "another text").await;
        let beside = match engine {
            Engine::Sqlite => "postgres://localhost/nothing",
            Engine::Postgres => "sqlite:nothing.sqlite",
        };
        assert_eq!(restore(beside, &kept.source(), &KNOWN).await.unwrap_err().code(), "backup.other_engine");
    }

    async fn an_older_backup_comes_back_as_it_was_and_is_migrated_later(db: TestDb) {
        let older = EmptyDb::on(db.store.engine()).await.unwrap();
        let store = Store::open(&older.url, &Options::default()).await.unwrap();
        let first = Migrations { owner: "probe", steps: &STEPS[..1] };
        store.migrate(&[tallymark_store::MIGRATIONS, first]).await.unwrap();
        fill(&store, 10).await;
        let folder = tempfile::tempdir().unwrap();
        let to = Destination { folder: folder.path().to_owned(), keys: None };
        let taken = take(&older.url, &to, &about(&db, 1)).await.unwrap();

        let to = EmptyDb::on(db.store.engine()).await.unwrap();
        restore(&to.url, &Source { folder: taken.folder, keys: None }, &KNOWN).await.unwrap();
        let restored = Store::open(&to.url, &Options::default()).await.unwrap();
        assert_eq!(restored.pending_migrations(&KNOWN).await.unwrap(), 1);
        assert_eq!(restored.migrate(&KNOWN).await.unwrap(), 1);
        assert_eq!(content(&restored).await, content(&store).await);
        store.close().await;
        restored.close().await;
    }

    async fn keys_of_a_later_backup_keep_erased_what_was_erased(db: TestDb) {
        let kept = Kept::of(&db).await;
        let mut tx = db.store.write().await.unwrap();
        tx.execute("DELETE FROM secret WHERE a = $1", &[7.into()]).await.unwrap();
        tx.commit().await.unwrap();
        db.clock.advance(Duration::from_secs(3600));
        let later = Destination { folder: kept.folder.path().join("data"), keys: Some(kept.folder.path().join("keys")) };
        let later = take(&db.url, &later, &about(&db, 2)).await.unwrap();
        assert_eq!(found_in(&kept.folder.path().join("data")).unwrap().len(), 2);

        let to = EmptyDb::on(db.store.engine()).await.unwrap();
        let mixed = Source { folder: kept.taken.folder.clone(), keys: Some(later.keys.clone()) };
        restore(&to.url, &mixed, &KNOWN).await.unwrap();
        let restored = Store::open(&to.url, &Options::default()).await.unwrap();
        let mut tx = restored.read().await.unwrap();
        assert_eq!(tx.query("SELECT a FROM secret", &[]).await.unwrap().len(), 49);
        drop(tx);
        restored.close().await;

        let engine = db.store.engine();
        let older_keys = Source { folder: later.folder, keys: Some(kept.taken.keys.clone()) };
        refuses(&older_keys, engine, &KNOWN, "backup.keys_of_another", "they are from 2026-03-01T00:00:00Z").await;
        let strange = About { tenants: vec!["tnt_2".to_owned()], at: db.clock.now().plus(Duration::from_secs(9)), ..about(&db, 3) };
        let to = Destination { folder: kept.folder.path().join("other"), keys: None };
        let strange = take(&db.url, &to, &strange).await.unwrap();
        let keys_of_another = Source { folder: kept.taken.folder.clone(), keys: Some(strange.keys) };
        refuses(&keys_of_another, engine, &KNOWN, "backup.keys_of_another", "do not know the tenant tnt_1").await;
        let none = Source { folder: kept.taken.folder.clone(), keys: None };
        refuses(&none, engine, &KNOWN, "backup.keys_missing", "--keys-from").await;
    }

    async fn keys_of_old_backups_are_removed_and_nothing_else(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let (data, keys) = (folder.path().join("data"), folder.path().join("keys"));
        let old = About { at: Timestamp(db.clock.now().0 - 31 * Timestamp::DAY), ..about(&db, 1) };
        let apart = Destination { folder: data.clone(), keys: Some(keys.clone()) };
        let old_apart = take(&db.url, &apart, &old).await.unwrap();
        let new_apart = take(&db.url, &apart, &about(&db, 2)).await.unwrap();
        let inside = Destination { folder: folder.path().join("inside"), keys: None };
        let old_inside = take(&db.url, &inside, &old).await.unwrap();
        let before = Timestamp(db.clock.now().0 - 30 * Timestamp::DAY);
        assert_eq!(expire_keys(&keys, before).unwrap(), std::slice::from_ref(&old_apart.keys));
        assert_eq!(expire_keys(&inside.folder, before).unwrap(), std::slice::from_ref(&old_inside.keys));
        assert_eq!(expire_keys(&data, before).unwrap(), Vec::<std::path::PathBuf>::new());
        assert!(!old_apart.keys.exists() && !old_inside.keys.exists() && new_apart.keys.exists());
        assert_eq!(found_in(&data).unwrap().len(), 2, "the data stays");
        assert_eq!(found_in(&inside.folder).unwrap().len(), 1);
    }

    async fn what_was_never_finished_is_no_backup(db: TestDb) {
        let kept = Kept::of(&db).await;
        let data = kept.folder.path().join("data");
        let part = data.join("20260302T000000Z.part");
        std::fs::rename(&kept.taken.folder, &part).unwrap();
        assert_eq!(found_in(&data).unwrap().len(), 0);
        let whole = data.join("20260302T000000Z");
        std::fs::rename(&part, &whole).unwrap();
        std::fs::remove_file(whole.join("manifest.json")).unwrap();
        assert_eq!(found_in(&data).unwrap().len(), 0);
        let without = Source { folder: whole, keys: Some(kept.taken.keys.clone()) };
        refuses(&without, db.store.engine(), &KNOWN, "backup.not_a_backup", "no manifest.json").await;
    }

    async fn a_backup_that_fails_leaves_nothing(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        // A file where the folder of keys should be.
        std::fs::write(folder.path().join("keys"), "").unwrap();
        let to = Destination { folder: folder.path().join("data"), keys: Some(folder.path().join("keys")) };
        let error = take(&db.url, &to, &about(&db, 1)).await.unwrap_err();
        assert_eq!(error.code(), "backup.io", "{error}");
        assert_eq!(files(&folder.path().join("data")), Vec::<PathBuf>::new());
        let nothing = EmptyDb::on(db.store.engine()).await.unwrap();
        let to = Destination { folder: folder.path().join("data"), keys: None };
        let error = take(&nothing.url, &to, &about(&db, 1)).await.unwrap_err();
        assert_eq!(error.code(), "backup.no_database", "{error}");
        assert_eq!(std::fs::read_dir(folder.path().join("data")).unwrap().count(), 0);
    }
}
