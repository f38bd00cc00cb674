//! Bringing in members from files.

use std::process::Stdio;

use crate::world::World;

const MAPPING: &str = r#"{
    "identifiers": [{"column": "手机号", "kind": "phone"}],
    "profile": [{"column": "姓名", "field": "name"}],
    "time": {"column": "注册时间"},
    "source": "crm"
}"#;

#[test]
fn a_file_is_tried_imported_and_told_when_it_comes_again() {
    let world = World::new();
    let text = "手机号,姓名,注册时间\n13912345670,李小龙,2024/2/29\n12,王五,\n13912345671,赵六,someday\n";
    let file = world.file("members.csv", text);
    let mapping = world.file("mapping.json", MAPPING);
    let import = ["import", "members", &file, "--mapping", &mapping, "--rejects", "rejects.csv"];

    let tried = world.json(&[&import[..], &["--dry-run"]].concat());
    assert_eq!((&tried["rows"], &tried["accepted"], &tried["rejects"]), (&3.into(), &1.into(), &3.into()));
    assert_eq!(world.says(&["import", "list"]).trim(), "no imports");
    let rejects = std::fs::read_to_string(world.path("rejects.csv")).unwrap();
    assert!(
        rejects.contains("3,手机号,malformed_identifier,") && rejects.contains("4,注册时间,malformed_time,"),
        "{rejects}"
    );

    let done = world.json(&import);
    assert_eq!(
        (&done["state"], &done["rows_accepted"], &done["imported_before"]),
        (&"done".into(), &1.into(), &false.into())
    );
    assert_eq!((&done["file"], &done["source"]), (&"members.csv".into(), &"crm".into()));
    assert_eq!(std::fs::read_to_string(world.path("rejects.csv")).unwrap(), rejects);
    assert!(world.says(&["person", "--kind", "phone", "--value", "13912345670"]).contains("2024-02-28T16:00:00Z"));
    assert!(world.says(&import).contains("imported before"));
    let again = world.json(&[&import[..], &["--again"]].concat());
    assert_ne!(again["id"], done["id"]);
    let list = world.says(&["import", "list"]);
    assert_eq!(list.lines().count(), 3, "{list}");
    assert!(list.contains("members.csv") && list.contains("3 of 3"), "{list}");
}

#[test]
fn a_mapping_is_proposed_that_imports_the_file() {
    let world = World::new();
    let file = world.file("m.csv", "手机号;姓名;积分\n13912345670;李小龙;7\n");
    let output = world.command(&["import", "mapping", &file]).stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr).trim(), "left out, as their names say nothing: 积分");
    let mapping = world.file("mapping.json", &String::from_utf8(output.stdout).unwrap());
    let done = world.says(&["import", "members", &file, "--mapping", &mapping, "--source", "crm"]);
    assert!(done.contains("1: 1 taken, 0 refused") && done.contains("nothing"), "{done}");
}

#[test]
fn what_cannot_be_imported_is_refused_in_one_line() {
    let world = World::new();
    let mapping = world.file("mapping.json", MAPPING);
    let refuses = |text: &str, code: &str, why: &str| {
        let file = world.file("members.csv", text);
        world.refuses(&["import", "members", &file, "--mapping", &mapping], 2, code, why);
    };
    refuses("手机号,姓名\n1,2\n", "table.no_column", "注册时间");
    refuses("手机号,姓名,注册时间\n1,\"2\n", "table.open_quote", "line 2, column 2");
    refuses("", "table.empty", "name the columns");
    let file = world.file("members.csv", "手机号,姓名,注册时间\n");
    world.refuses(
        &["import", "members", &file, "--mapping", &mapping, "--source", "The CRM"],
        2,
        "import.not_a_word",
        "the source",
    );
    let wrong = world.file("wrong.json", r#"{"identifiers": [{"column": "a", "kind": "fone"}]}"#);
    world.refuses(&["import", "members", &file, "--mapping", &wrong], 2, "import.mapping", "identifiers[0].kind");
    world.refuses(&["import", "members", "none.csv", "--mapping", &mapping], 2, "table.file", "cannot be read");
    assert!(!world.says(&["import", "list"]).contains("done"));
}

#[test]
fn others_write_while_a_long_file_is_imported() {
    let world = World::new();
    let lines: String = (0..60_000).map(|n| format!("N{n},2026-02-01 12:00,69,1.00\n")).collect();
    let file = world.file("orders.csv", &format!("order,time,article,amount\n{lines}"));
    let mapping = r#"{"order": ["order"], "time": {"column": "time"}, "article": "article", "amount": "amount"}"#;
    let mapping = world.file("mapping.json", mapping);
    let mut import = world.command(&["import", "orders", &file, "--mapping", &mapping, "--source", "pos"]);
    let mut import = import.stdout(Stdio::null()).spawn().unwrap();
    let under_way = || world.json(&["import", "list"])[0]["rows_read"].as_u64().is_some_and(|read| read > 0);
    while !under_way() {
        assert!(import.try_wait().unwrap().is_none(), "it ended before anybody else wrote");
    }
    let rule = r#"{"name": "R", "currency": "CNY", "per_amount": 100, "points": 1,
                   "starts": "2026-01-01T00:00:00Z", "ends": "2027-01-01T00:00:00Z"}"#;
    let rule = world.file("rule.json", rule);
    assert!(world.says(&["points-rule", "create", "--file", &rule]).contains("a draft"));
    assert!(import.try_wait().unwrap().is_none(), "the import goes on meanwhile");
    assert!(import.wait().unwrap().success());
    assert_eq!(world.json(&["import", "list"])[0]["rows_accepted"], 60_000);
}

#[test]
fn delivery_notes_of_a_warehouse_are_proposed_tried_done_and_done_once() {
    let world = World::new();
    let add =
        |kind: &str, code: &str| world.json(&["organisation", "add", "--kind", kind, "--name", code, "--code", code]);
    let dealer = crate::world::id(&add("brand", "D-1"));
    let batch = world.batch(&world.product(), 12);
    let cases = world.codes(&batch, "case", "outer");
    let text =
        format!("出库单号,收货方,箱码,备注\nCK1,D-1,{},\nCK2,nobody,{},\nCK1,D-1,{},\n", cases[0], cases[1], cases[1]);
    let file = world.file("出库.csv", &text);
    let output =
        world.command(&["import", "mapping", "--kind", "operations", &file]).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr).trim(), "left out, as their names say nothing: 备注");
    let mapping = world.file("mapping.json", &String::from_utf8(output.stdout).unwrap());
    let import = ["import", "operations", &file, "--mapping", &mapping, "--source", "wms", "--rejects", "rejects.csv"];

    let tried = world.json(&[&import[..], &["--dry-run"]].concat());
    assert_eq!((&tried["rows"], &tried["accepted"]), (&3.into(), &3.into()));
    let done = world.json(&import);
    assert_eq!(
        (&done["kind"], &done["rows_accepted"], &done["rows_refused"]),
        (&"operations".into(), &2.into(), &1.into())
    );
    let rejects = std::fs::read_to_string(world.path("rejects.csv")).unwrap();
    assert!(rejects.contains("3,收货方,unknown_organisation,"), "{rejects}");
    for case in &cases[..2] {
        assert_eq!(world.json(&["trace", case])["custody"][0]["organisation"], *dealer, "{case}");
    }
    assert!(world.says(&import).contains("imported before"));
    assert_eq!(world.json(&[&import[..], &["--again"]].concat())["rows_accepted"], 2);
    let audit = world.json(&["audit", "--limit", "200"]).to_string();
    assert_eq!(audit.matches("operations.recorded").count(), 1, "{audit}");
}
