//! Goods in hand, recalls and webhooks at the terminal.

use serde_json::{Value, json};

use crate::world::{World, id};

/// Two pallets of two cases of six, all live.
fn stock(world: &World) -> String {
    let batch = world.batch(&world.product(), 24);
    world.says(&["activate", &batch]);
    batch
}

fn holder(world: &World, code: &str) -> Value {
    world.json(&["trace", code])["custody"].as_array().unwrap().last().map_or(Value::Null, |last| last["code"].clone())
}

#[test]
fn goods_are_unpacked_packed_opened_and_relabelled() {
    let world = World::new();
    let batch = stock(&world);
    let (items, cases) = (world.codes(&batch, "item", "outer"), world.codes(&batch, "case", "outer"));
    let packs = |code: &str| world.json(&["trace", code])["packs"].as_array().unwrap().len();
    assert_eq!(packs(&items[0]), 2);
    let unpacked = world.json(&["goods", "unpack", &items[0], &items[1]]);
    assert_eq!((&unpacked["kind"], &unpacked["items"]), (&json!("unpack"), &json!(2)));
    assert_eq!(packs(&items[0]), 0);
    world.refuses(&["goods", "pack", "--pack", &cases[1], &items[2]], 2, "goods.already_packed", "move it");
    let file = world.file("codes.txt", &format!("{}\n\n{}\n", items[0], items[1]));
    assert_eq!(world.json(&["goods", "pack", "--pack", &cases[1], "--file", &file])["items"], 2);
    assert_eq!(packs(&items[0]), 2);
    assert_eq!(world.json(&["goods", "pack", "--pack", &cases[1], "--moves", &items[2]])["items"], 1);
    let opened = world.says(&["goods", "open", &cases[1]]);
    assert!(opened.contains("opened, with 9 items"), "{opened}");
    assert_eq!((packs(&items[0]), packs(&items[8]), packs(&items[23])), (0, 0, 2));
    let product = id(&world.json(&["product", "list"])[0]);
    let spare = id(&world.json(&["batch", "add", "--product", &product, "--lot", "spare", "--items", "6"]));
    world.says(&["activate", &spare]);
    let labels = world.codes(&spare, "item", "outer");
    let replaced = world.json(&["goods", "replace", &items[23], &labels[0]]);
    assert_eq!(replaced["kind"], "replace");
    let shown = world.says(&["goods", "show", replaced["id"].as_str().unwrap()]);
    assert!(shown.contains("relabelled 1 items") && shown.contains(&spare), "{shown}");
    world.refuses(&["goods", "open", "0123456789ABCDEF"], 2, "code.not_found", "not a code of this brand");
    world.refuses(&["goods", "open"], 2, "cli.usage", "CODE");
}

#[test]
fn goods_arrive_and_go_back_to_whom_they_came_from() {
    let world = World::new();
    let (dealer, store) = world.channel();
    let batch = stock(&world);
    let pallets = world.codes(&batch, "pallet", "outer");
    let cases = world.codes(&batch, "case", "outer");
    world.refuses(&["goods", "return", &cases[0]], 2, "goods.not_handed_over", "never handed");
    world.says(&["ship", "--to", &dealer, "--batch", &batch, "--level", "pallet", "--first", "0", "--last", "0"]);
    let nobody = ["goods", "receive", "--by", "org_0000000000001", &pallets[0]];
    world.refuses(&nobody, 2, "goods.organisation_not_found", "org_0000000000001");
    let arrived = world.json(&["goods", "receive", "--by", &dealer, &pallets[0]]);
    assert_eq!((&arrived["items"], &arrived["exceptions"]), (&json!(12), &json!([])));
    let surprise = world.says(&["goods", "receive", "--by", &store, &pallets[1]]);
    assert!(surprise.contains("received 12 items") && surprise.contains("was never sent to anybody"), "{surprise}");
    world.says(&["ship", "--to", &store, "--batch", &batch, "--level", "case", "--first", "0", "--last", "0"]);
    assert_eq!(holder(&world, &cases[0]), "S1");
    world.refuses(&["goods", "return", &cases[0], &cases[2]], 2, "goods.returned_apart", "different organisations");
    let back = world.json(&["goods", "return", &cases[0]]);
    assert_eq!((&back["to"], &back["to_name"]), (&json!(dealer), &json!("D1")));
    assert_eq!(holder(&world, &cases[0]), "D1");
    let log = world.says(&["audit"]);
    assert!(log.contains("goods.returned") && log.contains("operations.recorded"), "{log}");
}

#[test]
fn goods_are_sold_and_destroyed_and_come_back() {
    let world = World::new();
    let (dealer, store) = world.channel();
    let batch = stock(&world);
    let items = world.codes(&batch, "item", "outer");
    world.says(&["ship", "--to", &store, "--batch", &batch, "--level", "case", "--first", "0", "--last", "0"]);
    let sold = world.json(&["goods", "sell", "--by", &store, &items[0], &items[1]]);
    assert_eq!((&sold["kind"], &sold["items"], &sold["exceptions"]), (&json!("sell"), &json!(2), &json!([])));
    let last = |code: &str| world.json(&["trace", code])["custody"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last(&items[0])["gone"], &last(&items[0])["code"]), (&json!("sold"), &json!("S1")));
    world.refuses(&["goods", "destroy", "--by", &store, &items[0]], 2, "goods.gone", "receive it where it came back");
    world.says(&["goods", "receive", "--by", &store, &items[0]]);
    assert!(world.says(&["goods", "destroy", "--by", &store, &items[0]]).contains("destroyed 1 item"));
    let strange = world.says(&["goods", "sell", "--by", &dealer, &items[1]]);
    assert!(strange.contains("sold 1 item") && strange.contains("had been sold"), "{strange}");
}

#[test]
fn goods_are_called_back_until_that_is_lifted() {
    let world = World::new();
    let (dealer, _) = world.channel();
    let batch = stock(&world);
    let cases = world.codes(&batch, "case", "outer");
    let items = world.codes(&batch, "item", "outer");
    let shipped = id(&world.json(&["ship", "--to", &dealer, "--batch", &batch, "--first", "0", "--last", "0"]));
    let preview = world.json(&["recall", "preview", "--code", &cases[0], "--code", &cases[1]]);
    assert_eq!((&preview["items"], preview["holders"].as_array().unwrap().len()), (&json!(12), 2));
    assert_eq!(world.json(&["recall", "preview", "--operation", &shipped])["items"], 6);
    assert_eq!(world.json(&["recall", "list"]), json!([]));
    let texts = ["--message", "瓶盖有裂纹", "--instructions", "请勿饮用，退回门店"];
    let made = world.json(&[&["recall", "create", "--operation", &shipped, "--reason", "caps"][..], &texts].concat());
    let (recall, state) = (id(&made), |code: &str| world.json(&["trace", code])["state"].clone());
    assert_eq!((state(&items[0]), state(&items[6])), (json!("recalled"), json!("active")));
    let holders = world.says(&["recall", "holders", &recall]);
    assert!(holders.contains("D1") && holders.contains('6'), "{holders}");
    let shown = world.says(&["recall", "show", &recall]);
    assert!(shown.contains("瓶盖有裂纹") && shown.contains("zh-CN"), "{shown}");
    assert!(world.says(&["recall", "list"]).contains(&recall));
    world.says(&["recall", "lift", &recall, "--reason", "checked"]);
    assert_eq!(state(&items[0]), "active");
    world.refuses(&["recall", "lift", &recall, "--reason", "again"], 2, "goods.recall_lifted", &recall);
    world.refuses(&["recall", "preview", "--batch", &batch, "--code", &cases[0]], 2, "cli.usage", "--batch");
    world.refuses(&["recall", "create", "--batch", &batch, "--reason", "caps"], 2, "cli.usage", "--message");
    let both = json!([
        {"language": "zh-CN", "message": "停售", "instructions": "退回"}, {"language": "en", "message": "Stop", "instructions": "Return"}
    ]);
    let both = world.file("texts.json", &both.to_string());
    let all = world.json(&["recall", "create", "--batch", &batch, "--reason", "all", "--texts", &both]);
    assert_eq!((&all["items"], all["texts"].as_array().unwrap().len()), (&json!(24), 2));
}

#[test]
fn webhooks_are_added_changed_tried_and_removed() {
    let world = World::new();
    let add = ["webhook", "add", "--url", "https://erp.example/hooks", "--event"];
    world.refuses(&[&add[..], &["goods.lost"]].concat(), 2, "webhook.events", "goods.lost");
    let made = world.json(&[&add[..], &["goods.*", "--event", "scan.decided"]].concat());
    let (hook, secret) = (id(&made["webhook"]), made["secret"].as_str().unwrap().to_owned());
    assert!(secret.starts_with("whsec_"), "{secret}");
    let listed = world.says(&["webhook", "list"]);
    assert!(listed.contains(&hook) && listed.contains("goods.*") && !listed.contains(&secret), "{listed}");
    let changed = world.json(&["webhook", "change", &hook, "--state", "off"]);
    assert_eq!((&changed["state"], &changed["url"]), (&json!("off"), &json!("https://erp.example/hooks")));
    let changed = world.json(&["webhook", "change", &hook, "--event", "*", "--state", "on"]);
    assert_eq!((&changed["state"], &changed["events"]), (&json!("on"), &json!(["*"])));
    assert_ne!(world.json(&["webhook", "secret", &hook])["secret"], json!(secret));
    assert!(world.says(&["webhook", "test", &hook]).contains("on its way"));
    assert_eq!(world.json(&["webhook", "show", &hook])["waiting"], 1);
    world.says(&["webhook", "remove", &hook]);
    world.refuses(&["webhook", "show", &hook], 2, "webhook.not_found", &hook);
    assert!(!world.says(&["audit"]).contains(&secret));
}

#[test]
fn packs_that_bear_an_sscc_are_printed_and_named_by_it() {
    let world = World::new();
    world.says(&["pack", "prefix", "6901234"]);
    let product = world.product();
    let profile = [
        "pack",
        "add",
        "--product",
        &product,
        "--name",
        "24",
        "--items-per-case",
        "6",
        "--cases-per-pallet",
        "2",
        "--sscc",
        "pallets",
    ];
    let profile = id(&world.json(&profile));
    let batch = ["batch", "add", "--product", &product, "--lot", "L1", "--items", "24", "--profile", &profile];
    let batch = id(&world.json(&batch));
    world.says(&["activate", &batch]);
    let printed = world.says(&["mint", &batch, "--level", "pallet", "--sscc", "--out", "-"]);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 2, "{printed}");
    assert!(lines.iter().all(|line| line.starts_with("https://q.example.com/00/06901234")), "{printed}");
    let sscc = lines[1].rsplit('/').next().unwrap();
    assert_eq!(world.json(&["goods", "open", sscc])["items"], 12);
    let labels = world.path("labels.pdf").display().to_string();
    assert_eq!(world.json(&["labels", &batch, "--level", "pallet", "--sscc", "--out", &labels])["labels"], 2);
    world.refuses(&["mint", &batch, "--level", "case", "--sscc", "--out", "-"], 2, "goods.no_sscc", "case");
    world.refuses(&["mint", &batch, "--sscc", "--form", "code", "--out", "-"], 2, "cli.usage", "--form");
}
