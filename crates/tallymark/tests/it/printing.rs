//! Files for the printing house.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::world::{GTIN, World, check_refusal, has_part};

fn with_batch(items: u64) -> (World, String) {
    let world = World::new();
    let batch = world.batch(&world.product(), items);
    (world, batch)
}

#[test]
fn every_item_gets_one_line_and_no_two_are_alike() {
    let (world, batch) = with_batch(10_000);
    let file = world.path("codes.txt");
    let out = file.display().to_string();
    let minted = world.json(&["mint", &batch, "--level", "item", "--face", "inner", "--out", &out]);
    assert_eq!(minted["codes"], 10_000);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.lines().all(|line| line.starts_with("HTTPS://Q.EXAMPLE.COM/C/") && line.len() == 24 + 16));
    assert_eq!(text.lines().collect::<HashSet<_>>().len(), 10_000);
    assert!(!has_part(&file));
}

#[test]
fn part_of_a_batch_is_the_same_lines_in_every_form() {
    let (world, batch) = with_batch(6);
    let all = world.codes(&batch, "item", "outer");
    let part = ["mint", &batch, "--first", "2", "--last", "3", "--out", "-"];
    let links: Vec<String> = all[2..4].iter().map(|code| format!("HTTP://127.0.0.1:8080/C/{code}\n")).collect();
    assert_eq!(world.says(&[&part[..], &["--host", "http://127.0.0.1:8080"]].concat()), links.concat());
    let gs1: Vec<String> =
        all[2..4].iter().map(|code| format!("https://q.example.com/01/0{GTIN}/21/{code}\n")).collect();
    assert_eq!(world.says(&[&part[..], &["--form", "digital-link"]].concat()), gs1.concat());
}

#[test]
fn a_refused_file_leaves_nothing_behind() {
    let (world, batch) = with_batch(6);
    let file = world.path("codes.txt");
    let out = file.display().to_string();
    world.refuses(&["mint", &batch, "--last", "6", "--out", &out], 2, "goods.no_such_serials", "0 to 6");
    world.refuses(&["mint", &batch, "--level", "box", "--out", &out], 2, "goods.no_such_serials", "box");
    world.refuses(
        &["mint", &batch, "--level", "case", "--face", "inner", "--out", &out],
        2,
        "goods.no_such_face",
        "inner",
    );
    let nowhere = world.path("nowhere").join("codes.txt").display().to_string();
    world.refuses(&["mint", &batch, "--out", &nowhere], 2, "cli.out", "nowhere");
    assert!(!file.exists() && !has_part(&file));
}

#[test]
fn a_file_that_is_interrupted_leaves_nothing_behind() {
    // Far more than is written until the signal comes.
    let (world, batch) = with_batch(1_000_000_000);
    for signal in [Signal::INT, Signal::TERM] {
        let file = world.path("codes.txt");
        let mut minting = world.command(&["mint", &batch, "--out"]);
        let mut minting = minting.arg(&file).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while !has_part(&file) {
            assert!(minting.try_wait().unwrap().is_none(), "ended before it began to write");
            std::thread::sleep(Duration::from_millis(5));
        }
        kill_process(Pid::from_child(&minting), signal).unwrap();
        check_refusal(&minting.wait_with_output().unwrap(), 130, "cli.interrupted", "nothing was kept");
        assert!(!file.exists() && !has_part(&file));
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let (world, batch) = with_batch(100_000);
    let mut minting =
        world.command(&["mint", &batch, "--out", "-"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(minting.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = minting.wait_with_output().unwrap();
    assert!(line.starts_with("HTTPS://"));
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn labels_come_as_sheets_or_as_a_single_symbol() {
    let (world, batch) = with_batch(6);
    let starts = |name: &str, arguments: &[&str], magic: &[u8]| {
        let out = world.path(name).display().to_string();
        let drawn = world.json(&[&["labels", &batch, "--out", &out], arguments].concat());
        let bytes = std::fs::read(world.path(name)).unwrap();
        assert!(bytes.starts_with(magic), "{name}");
        assert_eq!(drawn["bytes"], bytes.len());
    };
    starts("labels.pdf", &["--level", "item"], b"%PDF-1.7");
    starts("one.svg", &["--level", "pallet"], b"<svg");
    starts("one.PNG", &["--first", "3", "--last", "3"], b"\x89PNG\r\n\x1a\n");
    world.refuses(&["labels", &batch, "--out", "all.svg"], 2, "cli.labels_one_code", "--first");
    world.refuses(&["labels", &batch, "--out", "labels.gif"], 2, "cli.labels_file", ".pdf");
}
