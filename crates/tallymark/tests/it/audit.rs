//! What is done at the terminal stands in the audit log, like what is done over the API.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{World, id};

/// Makes something of everything that a command can make, and changes what can be changed.
fn a_brands_beginning(world: &World) {
    let batch = world.batch(&world.product(), 24);
    world.json(&["activate", &batch, "--last", "11"]);
    world.json(&["void", &batch, "--first", "3", "--last", "3", "--reason", "torn"]);
    world.json(&["code-key", "rotate"]);
    let brand = id(&world.json(&["organisation", "add", "--kind", "brand", "--name", "HQ", "--code", "HQ"]));
    world.json(&["ship", "--to", &brand, "--batch", &batch, "--first", "0", "--last", "0"]);
    let prize = json!({"name": "1", "weight": 1, "reward": {"kind": "red_packet", "min_fen": 1, "max_fen": 1}});
    let (starts, ends) = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    let campaign = json!({"name": "C", "starts": starts, "ends": ends, "budget_fen": 100, "prizes": [prize]});
    let made = world.json_from(&["campaign", "create", "--file", "-"], &campaign.to_string());
    world.json(&["campaign", "start", &id(&made)]);
    let rule = json!({"name": "R", "starts": starts, "ends": ends, "amount_fen": 10, "budget_fen": 500});
    let made = world.json_from(&["rebate", "create", "--file", "-"], &rule.to_string());
    world.json(&["rebate", "start", &id(&made)]);
    let wechat = json!({"app_id": "wx520c15f417810387", "secret": "top-secret"}).to_string();
    world.json_from(&["provider", "set", "wechat", "--file", "-"], &wechat);
    world.json(&["provider", "remove", "wechat"]);
    world.json(&["user", "invite", "--email", "li@q.example.com", "--name", "李伟", "--role", "analyst"]);
    world.json(&["user", "role", "li@q.example.com", "--role", "marketer"]);
    world.json(&["user", "disable", "li@q.example.com"]);
}

#[test]
fn every_change_at_the_terminal_leaves_an_entry_of_the_operator() {
    let world = World::new();
    a_brands_beginning(&world);
    let told = world.json(&["audit", "--limit", "200"]);
    let entries = told.as_array().unwrap();
    let actions: BTreeSet<&str> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    let expected = [
        "api_key.created",
        "batch.activated",
        "batch.created",
        "batch.voided",
        "campaign.created",
        "campaign.status_set",
        "code_key.rotated",
        "organisation.created",
        "product.created",
        "provider.removed",
        "provider.set",
        "rebate.created",
        "rebate.status_set",
        "shipment.created",
        "tenant.created",
        "user.invited",
        "user.link_made",
        "user.role_set",
        "user.status_set",
    ];
    assert_eq!(actions, BTreeSet::from(expected));
    assert!(entries.iter().all(|entry| entry["actor"] == "operator"), "{told}");
    assert!(entries.windows(2).all(|pair| pair[0]["id"].as_str() > pair[1]["id"].as_str()), "newest first");
    let of = |action: &str| entries.iter().find(|entry| entry["action"] == action).unwrap();
    let status = of("campaign.status_set");
    assert_eq!((&status["before"], &status["after"]), (&json!({"status": "draft"}), &json!({"status": "running"})));
    let role = of("user.role_set");
    assert_eq!((&role["before"]["role"], &role["after"]["role"]), (&json!("analyst"), &json!("marketer")));
    let text = told.to_string();
    for secret in ["top-secret", "tm_", "李伟", "li@q.example.com", "password#"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn the_log_is_filtered_by_object_action_and_time() {
    let world = World::new();
    let product = world.product();
    let one = world.json(&["audit", "--object", &product]);
    assert_eq!((one.as_array().unwrap().len(), &one[0]["action"]), (1, &json!("product.created")));
    let at = one[0]["at"].as_str().unwrap();
    assert_eq!(world.json(&["audit", "--object", &product, "--until", at]), json!([]));
    assert_eq!(world.json(&["audit", "--action", "product.created", "--from", at]), one);
    assert_eq!(world.json(&["audit", "--limit", "1"]), one);
    assert!(world.says(&["audit"]).contains("product.created"));
    assert_eq!(world.says(&["audit", "--action", "nothing"]).trim(), "no changes");
    world.refuses(&["audit", "--limit", "0"], 2, "cli.usage", "0 is not in 1..=10000");
}

#[test]
fn a_command_that_is_refused_leaves_no_entry() {
    let world = World::new();
    world.product();
    let before: Value = world.json(&["audit"]);
    let again = ["product", "add", "--gtin", crate::world::GTIN, "--sku", "QL-330", "--name", "again"];
    world.refuses(&again, 2, "goods.sku_taken", "QL-330");
    world.json(&["provider", "remove", "wechat"]);
    assert_eq!(world.json(&["audit"]), before);
}
