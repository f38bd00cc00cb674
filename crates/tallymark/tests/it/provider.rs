//! A brand's accounts at companies outside.

use serde_json::json;

use crate::world::World;

#[test]
fn a_provider_is_set_from_stdin_listed_without_its_secret_and_removed() {
    let world = World::new();
    let wechat = json!({"app_id": "wx520c15f417810387", "secret": "top-secret"}).to_string();
    let set = world.json_from(&["provider", "set", "wechat", "--file", "-"], &wechat);
    assert_eq!((set["kind"].as_str(), set["api_url"].as_str()), (Some("wechat"), Some("https://api.weixin.qq.com")));
    let listed = world.says(&["--json", "provider", "list"]);
    assert!(listed.contains("wx520c15f417810387") && !listed.contains("top-secret"), "{listed}");
    assert!(world.says(&["provider", "list"]).contains("wechat"));
    let database = std::fs::read(world.path("tallymark.sqlite")).unwrap();
    assert!(!database.windows(10).any(|window| window == b"top-secret"));
    assert_eq!(world.json(&["provider", "remove", "wechat"])["removed"], true);
    assert_eq!(world.json(&["provider", "remove", "wechat"])["removed"], false);
    assert_eq!(world.says(&["provider", "list"]).trim(), "no providers");
}

#[test]
fn what_cannot_work_is_refused_in_one_line() {
    let world = World::new();
    let refuses = |setting: serde_json::Value, code: &str, why: &str| {
        let file = world.file("setting.json", &setting.to_string());
        world.refuses(&["provider", "set", "sms", "--file", &file], 2, code, why);
    };
    let sms = json!({
        "protocol": "gateway", "url": "https://sms.example.com", "key_id": "k", "template": "SMS_1", "price_fen": 5,
        "budget_fen_per_day": 500, "messages_per_day": 100
    });
    refuses(sms.clone(), "provider.secret_missing", "give the secret");
    let with = |name: &str, value: serde_json::Value| {
        let mut changed = sms.clone();
        changed["secret"] = json!("s");
        changed[name] = value;
        changed
    };
    refuses(with("url", json!("http://sms.example.com")), "provider.address", "http://127.0.0.1");
    refuses(with("price_fen", json!(0)), "provider.price", "in fen");
    refuses(with("budget_fen_per_day", json!(4)), "provider.budget", "cover one message");
    refuses(with("protocol", json!("aliyun")), "provider.sign_name", "Aliyun");
    world.refuses(&["provider", "test", "wechat"], 2, "provider.not_set", "tallymark provider set wechat");
    world.refuses(&["provider", "remove", "fax"], 2, "cli.usage", "fax");
}

#[test]
fn a_server_does_not_start_on_a_file_that_knows_no_places() {
    let world = World::new();
    let asn = tallymark_sim::place_file::Value::Map(vec![(
        "autonomous_system_number",
        tallymark_sim::place_file::Value::U32(64_496),
    )]);
    let bytes = tallymark_sim::place_file::file("GeoLite2-ASN", &[("203.0.113.0".parse().unwrap(), 24, asn)]);
    std::fs::write(world.path("asn.mmdb"), &bytes).unwrap();
    std::fs::write(world.path("half.mmdb"), &bytes[..bytes.len() / 2]).unwrap();
    for (file, why) in [("asn.mmdb", "GeoLite2-ASN"), ("half.mmdb", "MaxMind DB"), ("none.mmdb", "cannot be read")] {
        let output = world.command(&["serve", "--listen", "127.0.0.1:0", "--places", file]).output().unwrap();
        crate::world::check_refusal(&output, 2, "provider.place_file", why);
    }
}
