//! Going back to a point: the database comes back as it was, is proved, keeps what is sealed sealed, and events go on into a
//! lake, none lost and none twice.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tallymark_store::Engine;
use tallymark_testkit::db::EmptyDb;

use crate::world::{World, text};

const PHONES: [&str; 5] = ["13800138000", "13800138001", "13800138002", "13800138003", "13800138004"];

/// Two databases in which there is nothing; none where PostgreSQL is not configured.
fn databases(engine: Engine) -> Option<[EmptyDb; 2]> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { Some([EmptyDb::on(engine).await?, EmptyDb::on(engine).await?]) })
}

fn scan(world: &World, code: &str, phone: &str) -> Value {
    world.json(&["scan", code, "--phone", phone, "--claim"])
}

fn moment(taken: &Value) -> String {
    taken["taken_at"].as_str().unwrap().to_owned()
}

/// The files of a folder and of all folders in it.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Copies a folder and all folders in it.
fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&file, target).unwrap();
    }
}

/// Scans decided by phone, as a lake has them: how many, and how many different.
fn counted(world: &World, database: &str, lake: &str) -> Value {
    let sql = "SELECT COUNT(*), COUNT(DISTINCT id) FROM scan_decided";
    world.json(&["--database", database, "query", sql, "--lake", lake])["rows"][0].clone()
}

fn goes_back(engine: Engine) {
    let Some([first, second]) = databases(engine) else { return };
    let world = World::at(&first.url);
    let batch = world.batch(&world.product(), 24);
    world.json(&["activate", &batch]);
    let codes = world.codes(&batch, "item", "inner");

    // Two scans are in the lake, a third waits for it, when the backup is taken.
    scan(&world, &codes[0], PHONES[0]);
    scan(&world, &codes[0], PHONES[1]);
    world.says(&["lake", "write", "--lake", "old"]);
    scan(&world, &codes[0], PHONES[2]);
    let backup = ["backup", "--to", "backups", "--keys-to", "keys"];
    let point = moment(&world.json(&backup));
    // What comes after the point reaches the lake, and another backup.
    std::thread::sleep(Duration::from_millis(1_100));
    scan(&world, &codes[1], PHONES[3]);
    world.says(&["lake", "write", "--lake", "old"]);
    world.json(&backup);
    assert_eq!(counted(&world, &first.url, "old"), json!([4, 4]));

    let restore = ["restore", "--from", "backups", "--at", &point, "--database", &second.url];
    world.refuses(&restore, 2, "backup.keys_missing", "keys");
    let restored = world.json(&[&restore[..], &["--keys-from", "keys"]].concat());
    assert_eq!(moment(&restored), point);
    let on = |arguments: &[&str]| world.json(&[&["--database", &second.url][..], arguments].concat());
    assert_eq!(on(&["verify"]), json!([]));
    // Of the first code all three checks are there; the second one was never looked at.
    assert_eq!(on(&["scan", &codes[0], "--phone", PHONES[4]])["checks"], 4);
    assert_eq!(on(&["scan", &codes[1], "--phone", PHONES[3], "--claim"])["checks"], 1);
    // People are known again by what was sealed.
    assert_eq!(on(&["person", "--kind", "phone", "--value", PHONES[0]])["kinds"], json!(["phone"]));

    // The old lake knows more than the database: it is refused, and nothing is lost meanwhile.
    let write = ["--database", &second.url, "lake", "write", "--lake"];
    world.refuses(&[&write[..], &["old"]].concat(), 2, "lake.ahead", "another place");
    assert!(on(&["lake", "status", "--lake", "old"])["waiting_events"].as_i64() >= Some(3));
    assert_eq!(counted(&world, &second.url, "old"), json!([4, 4]));
    // Or the old one goes back to the point: the two scans that it had then.
    copy(&world.path("old"), &world.path("back"));
    assert_eq!(on(&["lake", "rewind", "--lake", "back", "--dry-run"]), on(&["lake", "rewind", "--lake", "back"]));
    assert_eq!(on(&["lake", "rewind", "--lake", "back"]), json!([]));
    assert_eq!(counted(&world, &second.url, "back"), json!([2, 2]));
    // In a new place go the scan that had waited and the two since, each once. That there is nothing yet must be meant so.
    world.refuses(&[&write[..], &["new"]].concat(), 1, "lake.empty", "tallymark lake begin");
    world.says(&["--database", &second.url, "lake", "begin", "--lake", "new"]);
    world.says(&[&write[..], &["new"]].concat());
    world.refuses(&["--database", &second.url, "lake", "begin", "--lake", "new"], 2, "lake.not_empty", "an empty one");
    world.says(&[&write[..], &["new"]].concat());
    assert_eq!(counted(&world, &second.url, "new"), json!([3, 3]));
    assert_eq!(on(&["lake", "status", "--lake", "new"])["waiting_events"], 0);
    assert_eq!(on(&["verify"]), json!([]));

    // Nothing that was written names anybody.
    for folder in ["backups", "keys", "old", "new"] {
        for file in files(&world.path(folder)) {
            let bytes = std::fs::read(&file).unwrap();
            for phone in PHONES {
                assert!(!bytes.windows(phone.len()).any(|part| part == phone.as_bytes()), "{}", file.display());
            }
        }
    }
}

#[test]
fn a_sqlite_database_goes_back_to_a_point_and_events_go_on() {
    goes_back(Engine::Sqlite);
}

#[test]
fn a_postgresql_database_goes_back_to_a_point_and_events_go_on() {
    goes_back(Engine::Postgres);
}

#[test]
fn a_backup_under_another_master_key_says_so_and_opens_nothing() {
    let world = World::new();
    let batch = world.batch(&world.product(), 12);
    world.json(&["activate", &batch]);
    world.json(&["backup", "--to", "backups"]);
    world.file("other.key", &"cd".repeat(32));
    let target = format!("sqlite:{}", world.path("elsewhere.sqlite").display());
    world.json(&["restore", "--from", "backups", "--database", &target]);
    let mut mint = world.command(&["mint", "--batch", &batch, "--form", "code", "--out", "-", "--database", &target]);
    let output = mint.env("TALLYMARK_MASTER_KEY_FILE", world.path("other.key")).output().unwrap();
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("master key is not the one"), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty());
}
