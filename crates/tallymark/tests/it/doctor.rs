//! `tallymark doctor` says in plain words what is wrong, and changes nothing.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::world::{World, text};

/// A brand with a product, a batch and a scan.
fn scanned() -> World {
    let world = World::new();
    let batch = world.batch(&world.product(), 24);
    world.json(&["activate", &batch]);
    let code = world.codes(&batch, "item", "inner").remove(0);
    world.json(&["scan", &code, "--phone", "13800138000", "--claim"]);
    world
}

/// The findings of the doctor by their names, and whether anything is wrong.
fn examined(world: &World, arguments: &[&str]) -> (Value, Option<i32>) {
    let output = world.command(&[&["--json", "doctor"], arguments].concat()).output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    (found, output.status.code())
}

#[track_caller]
fn state<'a>(found: &'a Value, check: &str) -> (&'a str, &'a str) {
    let finding = found.as_array().unwrap().iter().find(|finding| finding["check"] == check);
    let finding = finding.unwrap_or_else(|| panic!("{check} is not among {found}"));
    (finding["state"].as_str().unwrap(), finding["text"].as_str().unwrap())
}

/// A port that nobody listens on now.
fn free_port() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn only_mine(path: &PathBuf) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn the_doctor_finds_nothing_wrong_with_a_sound_installation() {
    let world = scanned();
    only_mine(&world.path("master.key"));
    let (found, exit) = examined(&world, &["--listen", &free_port()]);
    let checks = [
        "version",
        "time zones",
        "port",
        "key file",
        "master key",
        "database",
        "size",
        "clock",
        "migrations",
        "servers",
        "events",
        "jobs",
        "lake",
        "key fits",
        "providers",
    ];
    for check in checks {
        assert_eq!(state(&found, check).0, "ok", "{check}: {found}");
    }
    // Programs may have keys and nobody a password.
    assert_eq!(state(&found, "users").0, "note");
    assert!(state(&found, "users").1.contains("q.example.com: tallymark user invite"), "{found}");
    assert!(!world.path("lake").exists(), "looking changes nothing");
    assert_ne!(state(&found, "disk").0, "", "{found}");
    assert!(exit == Some(0) || state(&found, "disk").0 == "wrong", "{found}");
}

#[test]
fn the_doctor_names_what_is_wrong_in_plain_words() {
    let world = scanned();
    let key = world.path("master.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (found, exit) = examined(&world, &["--listen", &taken.local_addr().unwrap().to_string()]);
    assert_eq!(exit, Some(1));
    assert_eq!(state(&found, "key file").0, "wrong");
    assert!(state(&found, "key file").1.contains("chmod 600"), "{found}");
    assert_eq!(state(&found, "port").0, "wrong");

    only_mine(&key);
    std::fs::write(&key, format!("{}\n", "ab".repeat(32))).unwrap();
    let (found, exit) = examined(&world, &["--listen", &free_port()]);
    assert_eq!(exit, Some(1));
    assert_eq!(state(&found, "key fits").0, "wrong");
    assert!(state(&found, "key fits").1.contains("master key is not the one"), "{found}");

    std::fs::write(world.path("tallymark.sqlite"), "this is no database, and long enough to be looked at").unwrap();
    let (found, exit) = examined(&world, &["--listen", &free_port()]);
    assert_eq!((state(&found, "database").0, exit), ("wrong", Some(1)));
    std::fs::remove_file(world.path("tallymark.sqlite")).unwrap();
    let (found, _) = examined(&world, &["--listen", &free_port()]);
    assert!(state(&found, "database").1.contains("there is no database"), "{found}");
    assert!(!world.path("tallymark.sqlite").exists(), "looking changes nothing");
}

#[test]
fn the_doctor_looks_at_the_lake_and_what_waits_for_it() {
    let world = scanned();
    let look = |place: &str| examined(&world, &["--listen", &free_port(), "--lake", place]).0;
    assert!(state(&look("lake"), "lake").1.contains("made with the first event"));
    world.says(&["lake", "write"]);
    let found = look("lake");
    assert_eq!(
        (state(&found, "lake").0, state(&found, "lake lag").0, state(&found, "put aside").0),
        ("ok", "ok", "ok")
    );
    assert!(state(&found, "lake lag").1.starts_with("0 events wait"), "{found}");
    world.file("no-folder", "a file");
    let found = look("no-folder");
    assert_eq!(state(&found, "lake").0, "wrong");
    assert!(state(&found, "lake").1.contains("is no folder"), "{found}");
    assert_eq!(state(&look("ftp://x"), "lake").0, "wrong");
    assert_eq!(state(&look("none"), "lake").0, "note");
}

#[test]
fn the_doctor_looks_at_the_files_and_secrets_that_providers_need() {
    let world = scanned();
    let wechat = json!({"app_id": "wx520c15f417810387", "secret": "top-secret"}).to_string();
    world.json_from(&["provider", "set", "wechat", "--file", "-"], &wechat);
    let listen = free_port();
    let (found, _) = examined(&world, &["--listen", &listen]);
    assert_eq!(state(&found, "providers"), ("ok", "1 are set, and their secrets open"));
    assert!(!found.to_string().contains("top-secret"));
    world.file("places.mmdb", "this knows no places");
    let (found, exit) = examined(&world, &["--listen", &listen, "--places", "places.mmdb"]);
    assert_eq!((state(&found, "places").0, exit), ("wrong", Some(1)));
    assert!(state(&found, "places").1.contains("provider.place_file"), "{found}");
}

#[test]
fn the_doctor_looks_at_backups_and_at_who_may_read_what() {
    let world = scanned();
    let listen = free_port();
    let look = |arguments: &[&str]| examined(&world, &[&["--listen", &listen], arguments].concat()).0;
    let found = look(&[]);
    assert_eq!(state(&found, "backups").0, "note");
    assert!(state(&found, "backups").1.contains("--backups"), "{found}");
    assert!(state(&found, "key place").1.contains("beside the database"), "{found}");
    assert_eq!(state(&found, "https").0, "note");
    world.says(&["backup", "--to", "copies"]);
    let found = look(&["--backups", "copies", "--https"]);
    assert_eq!((state(&found, "backups"), state(&found, "https").0), (("ok", "1, the latest from 0 h ago"), "ok"));
    std::fs::create_dir(world.path("empty")).unwrap();
    let found = look(&["--backups", "empty"]);
    assert_eq!(state(&found, "backups").0, "wrong");
    assert!(state(&found, "backups").1.contains("tallymark backup --to"), "{found}");
    let database = world.path("tallymark.sqlite");
    only_mine(&database);
    assert_eq!(state(&look(&[]), "database file").0, "ok");
    std::fs::set_permissions(&database, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(state(&look(&[]), "database file").1.contains("chmod 600"), "others may read it");
}
