//! Lists, reports and answers as files at the terminal.

use std::io::Cursor;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use crate::world::{World, has_part, text};

/// A brand with a product, a batch and two scans.
fn scanned() -> World {
    let world = World::new();
    let batch = world.batch(&world.product(), 12);
    world.json(&["activate", &batch]);
    for (code, phone) in world.codes(&batch, "item", "inner").iter().zip(["13800138000", "13800138001"]) {
        world.json(&["scan", code, "--phone", phone, "--claim"]);
    }
    world
}

fn csv(world: &World, name: &str) -> String {
    let text = std::fs::read_to_string(world.path(name)).unwrap();
    text.trim_start_matches('\u{feff}').to_owned()
}

#[test]
fn a_list_is_written_whole_and_told_in_the_audit_log() {
    let world = scanned();
    let export =
        ["export", "scans", "--filter", "verdict=genuine", "--format", "csv", "--columns", "verdict,product_name"];
    let made = world.json(&[&export[..], &["--locale", "en", "--output", "scans.csv"]].concat());
    assert_eq!((&made["list"], &made["rows"]), (&json!("scans"), &json!(2)));
    let file = csv(&world, "scans.csv");
    assert_eq!(file.lines().count(), 3, "{file}");
    assert!(file.lines().nth(1).unwrap().ends_with(",青岚气泡水 330ml"), "{file}");
    assert_eq!(std::fs::metadata(world.path("scans.csv")).unwrap().len(), made["bytes"].as_u64().unwrap());
    let audit = world.json(&["audit", "--limit", "20"]).to_string();
    assert_eq!((audit.matches("export.asked").count(), audit.matches("export.taken").count()), (1, 1), "{audit}");
    // Taken again where it is: nothing is written anew.
    let again = world.json(&["export", "--go-on", made["export"].as_str().unwrap(), "--output", "again.csv"]);
    assert_eq!((&again["export"], csv(&world, "again.csv")), (&made["export"], file));
}

#[test]
fn reports_and_answers_of_the_lake_are_had_as_spreadsheets() {
    let world = scanned();
    let report = ["export", "report", "--filter", "report=scans", "--filter", "by=total", "--output", "scans.xlsx"];
    assert_eq!(world.json(&report)["rows"], 1);
    let mut book: calamine::Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(std::fs::read(world.path("scans.xlsx")).unwrap())).unwrap();
    let (_, range) = calamine::Reader::worksheets(&mut book).remove(0);
    let cells: Vec<String> = range.rows().flatten().map(ToString::to_string).collect();
    assert_eq!(cells, ["扫码", "正品扫码", "重复扫码", "新用户", "2", "2", "0", "2"]);
    world.says(&["lake", "write"]);
    let sql = "sql=SELECT verdict, COUNT(*) AS scans FROM scan_decided GROUP BY verdict";
    world.says(&["export", "query", "--filter", sql, "--format", "csv", "--output", "answer.csv"]);
    assert_eq!(csv(&world, "answer.csv"), "verdict,scans\r\ngenuine,2\r\n");
}

#[test]
fn what_cannot_be_had_is_refused_in_one_line_and_leaves_no_file() {
    let world = scanned();
    let refuses = |arguments: &[&str], code: &str, why: &str| {
        world.refuses(&[&["export"], arguments, &["--output", "out.csv"]].concat(), 2, code, why);
    };
    refuses(&["vouchers"], "cli.usage", "vouchers");
    refuses(&["scans", "--filter", "verdict"], "cli.usage", "NAME=TEXT");
    refuses(&["scans", "--columns", "price"], "export.column", "verdict");
    refuses(&["query", "--filter", "sql=SELECT 1", "--filter", "limit:=0"], "query.limit", "1000000");
    refuses(&["query", "--filter", "sql=SELECT * FROM nowhere"], "query.sql", "nowhere");
    refuses(&["--go-on", "exp_00TAXGT0000G0"], "export.not_found", "there is no export");
    assert!(!world.path("out.csv").exists());
}

#[test]
fn an_export_that_is_interrupted_says_how_to_go_on_and_goes_on() {
    let world = scanned();
    let mut command = world.command(&["export", "scans", "--format", "csv", "--output", "scans.csv"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    // It waits for a server for a while before it writes the file itself.
    let begun = || world.json(&["audit", "--limit", "5"]).to_string().contains("export.asked");
    let has_begun = (0..500).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        begun()
    });
    assert!(has_begun, "it never began");
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let ended = child.wait_with_output().unwrap();
    let said = text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{said}");
    let (_, way) = said.split_once("go on with: tallymark ").unwrap_or_else(|| panic!("{said}"));
    assert!(!world.path("scans.csv").exists() && !has_part(&world.path("scans.csv")));
    let way: Vec<&str> = way.split_whitespace().collect();
    assert_eq!(world.json(&way)["rows"], 2);
    assert_eq!(csv(&world, "scans.csv").lines().count(), 3);
}
