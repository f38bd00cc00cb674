//! `tallymark backup` and `restore`, as an operator uses them.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::world::{World, text};

/// A brand with a product, a batch and a few scans.
fn scanned() -> (World, String) {
    let world = World::new();
    let product = world.product();
    let batch = world.batch(&product, 24);
    world.json(&["activate", &batch]);
    let code = world.codes(&batch, "item", "inner").remove(0);
    for phone in ["13800138000", "13800138001"] {
        world.json(&["scan", &code, "--phone", phone, "--claim"]);
    }
    (world, code)
}

/// What a command says of another database.
fn on(world: &World, database: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = world.command(arguments);
    command.env("TALLYMARK_DATABASE", format!("sqlite:{}", database.display())).output().unwrap()
}

fn succeeds(output: &std::process::Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn a_backup_comes_back_elsewhere_and_is_proved() {
    let (world, code) = scanned();
    let taken = world.json(&["backup", "--to", "backups", "--keys-to", "keys"]);
    assert!(taken["rows"].as_u64().unwrap() > 10, "{taken}");
    world.json(&["scan", &code, "--phone", "13800138002"]);
    let listed: Value = world.json(&["restore", "--from", "backups", "--list"]);
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["taken_at"], taken["taken_at"]);

    let target = world.path("elsewhere.sqlite");
    let said = succeeds(&on(&world, &target, &["restore", "--from", "backups", "--keys-from", "keys"]));
    assert!(said.contains("tallymark verify"), "{said}");
    assert_eq!(succeeds(&on(&world, &target, &["verify"])).trim(), "0 discrepancies");
    // The scan after the backup is not in it: the fourth check here was the third there.
    let again = succeeds(&on(&world, &target, &["--json", "scan", &code, "--phone", "13800138003"]));
    assert_eq!(serde_json::from_str::<Value>(&again).unwrap()["checks"], 3, "{again}");

    let refused = on(&world, &target, &["restore", "--from", "backups", "--keys-from", "keys"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("[backup.not_empty]"), "{}", text(&refused.stderr));
}

#[test]
fn the_moment_says_which_backup() {
    let (world, code) = scanned();
    let first = world.json(&["backup", "--to", "backups"]);
    std::thread::sleep(Duration::from_millis(1_100));
    world.json(&["scan", &code, "--phone", "13800138002"]);
    let second = world.json(&["backup", "--to", "backups"]);
    let moment = |taken: &Value| taken["taken_at"].as_str().unwrap().to_owned();
    for (at, expected) in [(None, &second), (Some(moment(&first)), &first), (Some(moment(&second)), &second)] {
        let target = world.path("restored.sqlite");
        let mut arguments = vec!["--json", "restore", "--from", "backups"];
        if let Some(at) = &at {
            arguments.extend(["--at", at]);
        }
        let said: Value = serde_json::from_str(&succeeds(&on(&world, &target, &arguments))).unwrap();
        assert_eq!(moment(&said), moment(expected), "{at:?}");
        std::fs::remove_file(target).unwrap();
    }
    world.refuses(
        &["--database", "sqlite:new.sqlite", "restore", "--from", "backups", "--at", "2020-01-01T00:00:00Z"],
        2,
        "backup.none_before",
        &moment(&first),
    );
    world.refuses(&["restore", "--from", "nowhere"], 1, "backup.io", "nowhere");
}

/// Kills the command after a while; gives whether it had ended before.
fn killed(world: &World, arguments: &[&str], after: Duration) -> bool {
    let mut command = world.command(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    let ended = child.try_wait().unwrap().is_some();
    child.kill().ok();
    child.wait().unwrap();
    ended
}

#[test]
fn a_killed_backup_or_restore_leaves_nothing_that_looks_whole() {
    let (world, _) = scanned();
    let mut ended = 0;
    for millis in 0..60 {
        let folder = format!("backups{millis}");
        ended += usize::from(killed(&world, &["backup", "--to", &folder], Duration::from_millis(millis * 2)));
        if !world.path(&folder).exists() {
            continue;
        }
        // What is listed is whole: it comes back, and the books are right.
        for listed in world.json(&["restore", "--from", &folder, "--list"]).as_array().unwrap() {
            let target = world.path(&format!("restored{millis}.sqlite"));
            succeeds(&on(&world, &target, &["restore", "--from", listed["folder"].as_str().unwrap()]));
            assert_eq!(succeeds(&on(&world, &target, &["verify"])).trim(), "0 discrepancies");
        }
    }
    let taken = world.json(&["backup", "--to", "whole"]);
    for millis in 0..30 {
        let target = world.path(&format!("killed{millis}.sqlite"));
        let database = format!("sqlite:{}", target.display());
        let from = taken["folder"].as_str().unwrap();
        killed(&world, &["restore", "--from", from, "--database", &database], Duration::from_millis(millis * 3));
        if target.exists() {
            assert_eq!(succeeds(&on(&world, &target, &["verify"])).trim(), "0 discrepancies");
        } else {
            // A file that was begun is not in the way.
            succeeds(&on(&world, &target, &["restore", "--from", from]));
        }
    }
    assert!(ended < 60, "no backup was killed");
}
