//! What is wrong is told in one line, with a stable code; exit status 2 where the command is, 1 where the system is.

use serde_json::{Value, json};
use tallymark_store::{Options, Store};

use crate::world::{World, check_refusal, id};

#[test]
fn a_wrong_command_line_is_told_in_one_line() {
    let world = World::new();
    world.refuses(&["produce"], 2, "cli.usage", "product");
    world.refuses(&["product"], 2, "cli.usage", "add, list");
    world.refuses(&["mint"], 2, "cli.usage", "--out <FILE>");
    world.refuses(&["scan", "X", "--place", "33010"], 2, "cli.usage", "six digits");
    world.refuses(&["balance", "--owner", "cam_1", "--book", "budget"], 2, "cli.usage", "cam_1");
    world.refuses(&["balance", "--owner", "cam_00000000000ZZ", "--book", "budgie"], 2, "cli.usage", "budget");
}

#[test]
fn a_product_with_a_wrong_check_digit_or_a_known_sku_is_refused() {
    let world = World::new();
    world.product();
    let add = |gtin, sku| ["product", "add", "--gtin", gtin, "--sku", sku, "--name", "n"];
    world.refuses(&add("6901234567893", "B"), 2, "cli.usage", "check digit of this GTIN should be 2");
    world.refuses(&add("6901234567892", "QL-330"), 2, "goods.sku_taken", "QL-330");
    world.refuses(&add("6901234567892", ""), 2, "goods.text", "sku");
}

#[test]
fn items_are_activated_once() {
    let world = World::new();
    let batch = world.batch(&world.product(), 12);
    world.says(&["activate", &batch, "--first", "3", "--last", "8"]);
    let overlapping = ["activate", &batch, "--first", "8", "--last", "9"];
    world.refuses(&overlapping, 2, "goods.activation_overlaps", "items 3 to 8 were activated before");
    world.refuses(&["activate", &batch, "--last", "12"], 2, "goods.no_such_serials", "0 to 12");
    world.refuses(&["activate", "bat_00000000000ZZ"], 2, "goods.batch_not_found", "bat_00000000000ZZ");
}

#[test]
fn a_campaign_that_cannot_work_is_refused() {
    let world = World::new();
    let right = json!({
        "name": "n", "starts": "2026-03-01T00:00:00Z", "ends": "2026-04-01T00:00:00Z", "budget_fen": 1000,
        "prizes": [{"name": "p", "weight": 1, "reward": {"kind": "red_packet", "min_fen": 1, "max_fen": 2}}]
    });
    let refuses = |path: &str, value: Value, code: &str, why: &str| {
        let mut wrong = right.clone();
        *wrong.pointer_mut(path).unwrap() = value;
        let file = world.file("campaign.json", &wrong.to_string());
        world.refuses(&["campaign", "create", "--file", &file], 2, code, why);
    };
    refuses("/budget_fen", json!(0), "campaigns.budget_zero", "the budget in CNY is 0");
    refuses("/ends", json!("2026-02-01T00:00:00Z"), "campaigns.ends_before_start", "2026-02-01");
    refuses("/prizes/0/weight", json!(0), "campaigns.weights_zero", "sum to 0");
    refuses("/prizes/0/weight", json!("one"), "cli.file", "prizes[0].weight");
    refuses("/starts", json!("yesterday"), "cli.file", "starts: \"yesterday\" is not a moment");
    let file = world.file("campaign.json", "{");
    world.refuses(&["campaign", "create", "--file", &file], 2, "cli.file", "EOF");
    world.refuses(&["campaign", "create", "--file", "absent.json"], 2, "cli.file", "absent.json cannot be read");
    assert_eq!(world.json(&["campaign", "list"]), json!([]));

    let made = id(&world.json_from(&["campaign", "create", "--file", "-"], &right.to_string()));
    let mut terms = right.clone();
    terms["budget_fen"] = json!(700);
    let file = world.file("terms.json", &terms.to_string());
    let change = |version| ["campaign", "change", &made, "--file", &file, "--version", version];
    world.refuses(&change("2"), 2, "campaigns.changed", "its version is 1, not 2");
    assert_eq!(world.json(&change("1"))["version"], 2);
    assert_eq!(world.json(&["campaign", "show", &made])["left"]["budget_fen"], 700);
    world.says(&["campaign", "end", &made]);
    world.refuses(&change("2"), 2, "campaigns.not_draft", "only a draft is changed");
    world.refuses(&["campaign", "start", &made], 2, "campaigns.status_change", "ended cannot become running");
}

#[test]
fn a_claim_needs_somebody_and_identifiers_have_their_form() {
    let world = World::new();
    let code = "0123456789ABCDEF";
    world.refuses(&["scan", code, "--claim"], 2, "scan.no_identifier", "identifier");
    world.refuses(&["scan", code, "--phone", "12345"], 2, "people.phone_malformed", "13800138000");
    world.refuses(&["person", "--kind", "phone", "--value", "13800138000"], 2, "people.not_found", "phone");
    world.refuses(&["explain", "scn_00000000000ZZ"], 2, "scan.not_found", "no such scan");
    world.refuses(&["trace", code], 2, "code.not_found", "not a code of this brand");
}

#[test]
fn the_tenant_may_be_left_out_only_where_there_is_one() {
    let world = World::empty();
    let create = |host| world.json(&["tenant", "create", "--name", host, "--host", host])["tenant"].clone();
    let first = create("a.example.com");
    assert_eq!(world.json(&["product", "list"]), json!([]));
    world.refuses(&["product", "list", "--tenant", "b.example.com"], 2, "cli.tenant_unknown", "b.example.com");
    create("b.example.com");
    world.refuses(&["product", "list"], 2, "cli.tenant_needed", "2 tenants");
    let add = ["product", "add", "--gtin", "6901234567892", "--sku", "A", "--name", "n", "--tenant", "a.example.com"];
    world.says(&add);
    let listed = |tenant: &str| world.json(&["product", "list", "--tenant", tenant]).as_array().unwrap().len();
    assert_eq!([listed(first.as_str().unwrap()), listed("B.example.com:443")], [1, 0]);
    world.refuses(
        &["tenant", "create", "--name", "c", "--host", "b.example.com"],
        2,
        "partners.host_taken",
        "b.example.com",
    );
}

#[test]
fn without_the_right_master_key_nothing_is_opened() {
    let world = World::new();
    let without = |key_file: Option<&str>| {
        let mut command = world.command(&["product", "list"]);
        command.env_remove("TALLYMARK_MASTER_KEY_FILE");
        command.args(key_file.iter().flat_map(|file| ["--master-key-file", file]));
        command.output().unwrap()
    };
    check_refusal(&without(None), 2, "cli.master_key_missing", "--master-key-file");
    check_refusal(&without(Some("absent")), 2, "cli.master_key_file", "absent");
    let malformed = world.file("malformed.key", "abc");
    check_refusal(&without(Some(&malformed)), 2, "cli.master_key_malformed", "64 hexadecimal digits");
    let wrong = world.file("wrong.key", &"0".repeat(64));
    check_refusal(&without(Some(&wrong)), 1, "seal.does_not_open", "master key");
}

#[test]
fn a_mistyped_database_is_not_taken_for_an_empty_one() {
    let world = World::empty();
    world.refuses(&["verify"], 2, "cli.database_missing", "tallymark.sqlite");
    world.refuses(&["product", "list"], 2, "cli.database_missing", "tallymark.sqlite");
    assert!(!world.path("tallymark.sqlite").exists());
    let mysql = ["verify", "--database", "mysql://localhost"];
    world.refuses(&mysql, 1, "store.unsafe", "sqlite:PATH or postgres:");
}

#[test]
fn a_database_of_a_newer_program_is_left_alone() {
    let world = World::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(world.database(), &Options::default()).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let sql = "INSERT INTO migration (owner, number, name, checksum) VALUES ($1, $2, $3, $4)";
        tx.execute(sql, &["goods".into(), 99_i64.into(), "0099_later".into(), [0_u8; 32].into()]).await.unwrap();
        tx.commit().await.unwrap();
        store.close().await;
    });
    world.refuses(&["product", "list"], 1, "store.migration", "run the newer program");
    world.refuses(&["verify"], 1, "store.migration", "migration 99 of goods");
}
