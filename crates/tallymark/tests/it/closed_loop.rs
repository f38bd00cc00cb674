//! Plant, channel, campaign, scan, reward, rebate, proof: all from the command line.

use serde_json::{Value, json};

use crate::world::{World, id};

/// A campaign in which every claim wins 1.88 yuan.
fn campaign() -> Value {
    json!({
        "name": "开盖有礼", "starts": "2020-01-01T00:00:00Z", "ends": "2120-01-01T00:00:00Z", "budget_fen": 376,
        "prizes": [{"name": "红包", "weight": 1, "reward": {"kind": "red_packet", "min_fen": 188, "max_fen": 188}}]
    })
}

/// A rule that pays the store 10 fen.
fn rebate() -> Value {
    json!({
        "name": "终端返利", "starts": "2020-01-01T00:00:00Z", "ends": "2120-01-01T00:00:00Z",
        "amount_fen": 10, "budget_fen": 100
    })
}

#[test]
fn the_whole_loop_on_the_command_line_ends_with_no_discrepancy() {
    let world = World::new();
    let (dealer, store) = world.channel();
    let tree = world.says(&["organisation", "list"]);
    let depth = |code: &str| tree.lines().find_map(|line| line.find(code));
    assert_eq!([depth("HQ"), depth("D1"), depth("S1")], [Some(0), Some(2), Some(4)], "{tree}");

    let batch = world.batch(&world.product(), 12);
    world.says(&["activate", &batch, "--last", "5"]);
    assert_eq!(world.json(&["batch", "show", &batch])["status"], "partly_active");
    world.says(&["activate", &batch, "--first", "6"]);
    world.says(&["ship", "--to", &dealer, "--batch", &batch, "--level", "pallet"]);
    let to_store = json!({"to": store, "units": [{"batch": batch, "level": "case", "first": 0, "last": 0}]});
    world.json_from(&["ship", "--file", "-"], &to_store.to_string());

    let campaign = id(&world.json_from(&["campaign", "create", "--file", "-"], &campaign().to_string()));
    let rebate = id(&world.json_from(&["rebate", "create", "--file", "-"], &rebate().to_string()));
    for (group, id) in [("campaign", &campaign), ("rebate", &rebate)] {
        assert_eq!(world.json(&[group, "start", id])["status"], "running");
        assert_eq!(world.json(&[group, "pause", id])["status"], "paused");
        assert_eq!(world.json(&[group, "start", id])["status"], "running");
        assert!(world.says(&[group, "list"]).contains(id));
    }

    let (outer, inner) = (world.codes(&batch, "item", "outer"), world.codes(&batch, "item", "inner"));
    assert_eq!((outer.len(), inner.len()), (12, 12));
    let looked = world.json(&["scan", &outer[0], "--device", &"a".repeat(32), "--place", "330106"]);
    assert_eq!((&looked["verdict"], &looked["checks"]), (&json!("genuine"), &json!(1)));

    let won = world.json(&["scan", &inner[0], "--phone", "13800138000", "--card", "VIP-0001", "--claim"]);
    assert_eq!(won["reward"]["won"][0]["amount"], 188);
    let again = world.says(&["scan", &inner[0], "--phone", "13800138000", "--claim"]);
    assert!(again.contains("claimed before"), "{again}");
    // The budget pays two of 1.88; item 7 is with the dealer, who earns no rebate.
    world.says(&["scan", &inner[7], "--phone", "13900139000", "--claim"]);
    let late = world.json(&["scan", &inner[1], "--phone", "13700137000", "--claim"]);
    assert_eq!(late["reward"], json!({"status": "opened", "won": []}));

    let shown = world.json(&["campaign", "show", &campaign]);
    assert_eq!((&shown["left"]["budget_fen"], &shown["budget_fen"]), (&json!(0), &json!(376)));
    let payable = world.json(&["balance", "--owner", &store, "--book", "payable"]);
    assert_eq!(payable["available"], 20, "two scans of items in the store's case, 10 fen each");
    // A card and a phone shown together are one person.
    let by_card = world.json(&["person", "--kind", "card", "--value", "vip 0001"]);
    let by_phone = world.json(&["person", "--kind", "phone", "--value", "+86 138 0013 8000"]);
    assert_eq!(by_card, by_phone);
    assert_eq!((&by_card["cny_fen"], by_card["accounts"].as_array().unwrap().len()), (&json!(188), 2));

    explained(&world, won["scan"].as_str().unwrap(), &campaign);
    traced(&world, &batch, &outer[0]);
    assert_eq!(world.says(&["verify"]), "0 discrepancies\n");
    assert_eq!(world.json(&["verify"]), json!([]));
}

fn explained(world: &World, scan: &str, campaign: &str) {
    let told = world.json(&["explain", scan]);
    assert_eq!(told["draws"][0]["campaign"], campaign);
    assert_eq!(told["draws"][0]["replays"], true);
    let codes: Vec<&Value> = told["transfers"].as_array().unwrap().iter().map(|moved| &moved["code"]).collect();
    assert_eq!(codes, [&json!("red_packet_won"), &json!("rebate_earned")]);
    assert!(world.says(&["explain", scan]).contains("a red packet of 1.88 yuan"));
    assert!(world.says(&["explain", scan, "--lang", "zh"]).contains("红包 1.88 元"));
}

fn traced(world: &World, batch: &str, outer: &str) {
    let traced = world.json(&["trace", &format!("HTTPS://Q.EXAMPLE.COM/C/{outer}")]);
    assert_eq!((&traced["state"], &traced["serial"], &traced["lot"]), (&json!("active"), &json!(0), &json!("L1")));
    let holders: Vec<&Value> = traced["custody"].as_array().unwrap().iter().map(|holder| &holder["code"]).collect();
    assert_eq!(holders, [&json!("D1"), &json!("S1")]);
    let faces: Vec<&Value> = traced["uses"].as_array().unwrap().iter().map(|used| &used["face"]).collect();
    assert_eq!(faces, [&json!("outer"), &json!("inner")]);
    // Its case, by the code on that case's label; the case left its pallet when the dealer shipped it on.
    let packs = traced["packs"].as_array().unwrap();
    assert_eq!(packs.len(), 1);
    assert_eq!((&packs[0]["level"], &packs[0]["serial"]), (&json!("case"), &json!(0)));
    assert_eq!(packs[0]["code"], world.codes(batch, "case", "outer")[0]);
    assert!(world.says(&["trace", outer]).contains("S1"));
}

#[test]
fn a_scan_sent_again_with_its_key_gives_the_same_answer_and_counts_once() {
    let world = World::new();
    let batch = world.batch(&world.product(), 6);
    world.says(&["activate", "--batch", &batch]);
    let code = &world.codes(&batch, "item", "outer")[0];
    let first = world.json(&["scan", code, "--key", "k1"]);
    assert_eq!(world.json(&["scan", code, "--key", "k1"]), first);
    world.refuses(&["scan", code, "--key", "k1", "--place", "330106"], 2, "idempotency.reused", "another scan");
}

#[test]
fn a_withdrawn_item_says_why_and_the_others_stay_genuine() {
    let world = World::new();
    let batch = world.batch(&world.product(), 6);
    world.says(&["activate", &batch]);
    world.says(&["void", &batch, "--first", "2", "--last", "2", "--reason", "灌装破损"]);
    let codes = world.codes(&batch, "item", "outer");
    let withdrawn = world.json(&["scan", &codes[2]]);
    assert_eq!((&withdrawn["verdict"], &withdrawn["void_reason"]), (&json!("void"), &json!("灌装破损")));
    assert_eq!(world.json(&["scan", &codes[3]])["verdict"], "genuine");
    assert_eq!(world.json(&["scan", "0123456789ABCDEF"])["verdict"], "unknown");
}

#[test]
fn batches_ordered_after_a_rotation_are_minted_under_the_next_key_and_earlier_codes_stay_readable() {
    let world = World::new();
    let product = world.product();
    let before = world.batch(&product, 1);
    let code = world.codes(&before, "item", "outer").remove(0);
    assert_eq!(world.json(&["code-key", "rotate", "--tenant", "q.example.com"])["epoch"], 2);
    let after = world.batch(&product, 1);
    assert_eq!(world.json(&["batch", "show", &after])["epoch"], 2);
    assert_eq!(world.json(&["trace", &code])["batch"], before);
}
