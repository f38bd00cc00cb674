//! One call for every route about orders, points rules and imports.

use serde_json::{Value, json};

use super::cases::{Case, Objects, about, own};
use crate::world::World;

fn order(number: &str) -> Value {
    json!({"source": "pos", "orders": [{
        "number": number, "currency": "CNY", "at": "2026-02-01T04:00:00Z",
        "lines": [{"article": "6901", "quantity": 1000, "amount": 990}],
    }]})
}

fn rule(name: &str) -> Value {
    json!({
        "name": name, "currency": "CNY", "per_amount": 100, "points": 1, "starts": "2026-01-01T00:00:00Z",
        "ends": "2027-01-01T00:00:00Z",
    })
}

/// An order, a points rule, and mappings of files of orders and articles.
pub(super) async fn made(world: &World) -> (String, String) {
    let recorded = world.post("/v1/orders", order("A-1")).await;
    assert!(recorded.status.is_success(), "{}", recorded.text());
    let order = recorded.json()["orders"][0]["id"].as_str().unwrap().to_owned();
    let made = world.post("/v1/points-rules", rule("R")).await.json()["id"].as_str().unwrap().to_owned();
    let till = json!({"order": ["order"], "time": {"column": "time"}, "article": "article", "amount": "amount"});
    let (goods, list) = (json!({"code": "code"}), json!({"item": "code"}));
    for (name, kind, mapping) in [("till", "orders", till), ("goods", "articles", goods), ("list", "codes", list)] {
        let path = format!("/v1/imports/mappings/{name}?kind={kind}");
        let mapped = world.call("PUT", &path, Some(&world.owner), None, Some(mapping.to_string())).await;
        assert!(mapped.status.is_success(), "{}", mapped.text());
    }
    (order, made)
}

pub(super) fn order_cases(o: &Objects) -> Vec<Case> {
    vec![
        own("POST", "/v1/orders", Some(order("A-2")), 200),
        own("GET", "/v1/orders", None, 200),
        about("GET", "/v1/orders/{id}", &o.order, None, 200),
        about("GET", "/v1/orders/by-number", "", None, 200).at("source=pos&number=A-1"),
        about("GET", "/v1/people/{id}/orders", o.person["id"].as_str().unwrap(), None, 200).at("count=true"),
        own("GET", "/v1/articles", None, 200),
        own("PUT", "/v1/articles", Some(json!({"articles": [{"code": "6901", "name": "Milk"}]})), 200),
        own("POST", "/v1/points-rules", Some(rule("S")), 201),
        own("GET", "/v1/points-rules", None, 200),
        about("GET", "/v1/points-rules/{id}", &o.points_rule, None, 200),
        about("POST", "/v1/points-rules/{id}/status", &o.points_rule, Some(json!({"status": "running"})), 200),
    ]
}

pub(super) fn import_cases(o: &Objects) -> Vec<Case> {
    let mapping = json!({"identifiers": [{"column": "phone", "kind": "phone"}]});
    let shop = "/v1/imports/mappings/shop".to_owned();
    let other = "/v1/imports/mappings/other".to_owned();
    vec![
        Case { path: other, ..own("PUT", "/v1/imports/mappings/{name}", Some(mapping), 200) },
        Case { path: shop, ..about("GET", "/v1/imports/mappings/{name}", "", None, 200) },
        own("GET", "/v1/imports/mappings", None, 200),
        own("POST", "/v1/imports/members/preview", Some(json!("phone")), 200),
        about("POST", "/v1/imports/members", "", Some(json!("second")), 202).at("mapping=shop"),
        own("POST", "/v1/imports/orders/preview", Some(json!("order,time,article,amount")), 200),
        about("POST", "/v1/imports/orders", "", Some(json!("second")), 202).at("mapping=till"),
        own("POST", "/v1/imports/articles/preview", Some(json!("code")), 200),
        about("POST", "/v1/imports/articles", "", Some(json!("second")), 202).at("mapping=goods"),
        own("POST", "/v1/imports/codes/preview", Some(json!("code")), 200).at(&format!("batch={}", o.drafts[2])),
        about("POST", "/v1/imports/codes", "", Some(json!("second")), 202)
            .at(&format!("mapping=list&batch={}", o.drafts[2])),
        // What is mapped for other kinds of files is not there for a branch.
        Case {
            outside: Some(("/v1/imports/operations/preview?mapping=shop".to_owned(), Some(json!("no,code")))),
            ..own("POST", "/v1/imports/operations/preview", Some(json!("no,code")), 200)
        },
        Case {
            outside: Some(("/v1/imports/operations?mapping=shop".to_owned(), Some(json!("second")))),
            ..about("POST", "/v1/imports/operations", "", Some(json!("second")), 202).at("mapping=wms")
        },
        Case {
            outside: Some((format!("/v1/imports?after={}", o.whole_import), None)),
            ..own("GET", "/v1/imports", None, 200)
        },
        about("GET", "/v1/imports/{id}", &o.import, None, 200).with_outside(&o.whole_import, None),
        about("GET", "/v1/imports/{id}/rejects", &o.import, None, 200).with_outside(&o.whole_import, None),
        about("POST", "/v1/imports/{id}/cancel", &o.import, None, 200).with_outside(&o.whole_import, None),
    ]
}
