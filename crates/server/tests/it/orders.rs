//! Orders over the API: recorded once, seen with their points, in the order of their sales.

use serde_json::{Value, json};
use tallymark_testkit::both_engines;

use crate::world::World;

const PHONE: &str = "13912345670";

fn order(number: &str, at: &str, amount: i64) -> Value {
    json!({
        "number": number, "currency": "CNY", "at": at, "shop": "S01", "buyer": [{"kind": "phone", "value": PHONE}],
        "lines": [{"article": "6901", "quantity": 1000, "amount": amount}],
    })
}

async fn recorded(world: &World, orders: &[Value]) -> Vec<Value> {
    let got = world.post("/v1/orders", json!({"source": "pos", "orders": orders})).await;
    assert_eq!(got.status.as_u16(), 200, "{}", got.text());
    got.json()["orders"].as_array().unwrap().clone()
}

/// A running rule of one point for every full yuan.
async fn rule(world: &World) -> String {
    let rule = json!({
        "name": "一元一分", "currency": "CNY", "per_amount": 100, "points": 1, "starts": "2026-01-01T00:00:00Z",
        "ends": "2027-01-01T00:00:00Z",
    });
    let made = world.post("/v1/points-rules", rule).await.json()["id"].as_str().unwrap().to_owned();
    let started = world.post(&format!("/v1/points-rules/{made}/status"), json!({"status": "running"})).await;
    assert_eq!(started.json()["status"], "running", "{}", started.text());
    made
}

both_engines! { tallymark_server::migrations();
    async fn orders_earn_points_once_and_returns_take_them_back(db: TestDb) {
        let world = World::new(db).await;
        let rule = rule(&world).await;
        let sale = order("A-1", "2026-02-01T12:00:00+08:00", 3_580);
        let first = recorded(&world, std::slice::from_ref(&sale)).await.remove(0);
        assert_eq!((&first["outcome"], &first["points"]), (&json!("recorded"), &json!(35)));
        let again = recorded(&world, &[sale, order("A-1", "2026-02-01T12:00:00+08:00", 3_581)]).await;
        assert_eq!((&again[0]["outcome"], &again[0]["id"]), (&json!("known"), &first["id"]));
        assert_eq!((&again[1]["outcome"], &again[1]["code"]), (&json!("differs"), &json!("order_differs")));
        let mut back = order("R-1", "2026-02-02T12:00:00+08:00", -2_000);
        back["original"] = json!("A-1");
        let mut empty = order("E-1", "2026-02-02T12:00:00+08:00", 1);
        empty["lines"] = json!([]);
        let both = recorded(&world, &[back, empty]).await;
        assert_eq!((&both[0]["points"], &both[1]["code"]), (&json!(-20), &json!("no_lines")));

        let shown = world.get(&format!("/v1/orders/{}", first["id"].as_str().unwrap())).await.json();
        assert_eq!((&shown["returned"], &shown["points_returned"]), (&json!(-2_000), &json!(20)));
        assert_eq!(shown["decision"], json!({"granted": [{"rule": rule, "points": 35}]}));
        let found = world.get("/v1/orders/by-number?source=pos&number=A-1").await.json();
        assert_eq!(found, shown);
        assert_eq!(world.get("/v1/orders/by-number?source=web&number=A-1").await.problem(), (404, "orders.number_unknown".to_owned()));
        let person = world.person("phone", PHONE).await;
        let portrait = world.get(&format!("/v1/people/{}", person["id"].as_str().unwrap())).await.json();
        assert!(portrait.to_string().contains("\"points\""), "{portrait}");
        assert_eq!(tallymark_orders::verify::discrepancies(&world.context.store).await.unwrap(), Vec::<String>::new());
    }

    async fn the_latest_sale_comes_first_whenever_it_was_told(db: TestDb) {
        let world = World::new(db).await;
        let days = [3, 1, 5, 2, 4];
        let sales: Vec<Value> = days.iter().map(|day| order(&format!("A-{day}"), &format!("2026-02-0{day}T04:00:00Z"), 100)).collect();
        recorded(&world, &sales).await;
        let (mut seen, mut path) = (Vec::new(), "/v1/orders?limit=2".to_owned());
        loop {
            let page = world.get(&path).await.json();
            seen.extend(page["items"].as_array().unwrap().iter().map(|order| order["number"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/v1/orders?limit=2&after={next}");
        }
        assert_eq!(seen, ["A-5", "A-4", "A-3", "A-2", "A-1"]);
        assert_eq!(world.get("/v1/orders?after=x").await.status.as_u16(), 400);
    }

    async fn what_cannot_be_read_is_refused_whole_without_repeating_it(db: TestDb) {
        let world = World::new(db).await;
        for (change, status, code) in [
            (json!({"buyer": [{"kind": "phone", "value": "12"}]}), 422, "orders.malformed"),
            (json!({"currency": "XYZ"}), 422, "request.body_invalid"),
            (json!({"at": "yesterday"}), 422, "request.body_invalid"),
            (json!({"colour": "red"}), 422, "request.body_invalid"),
        ] {
            let mut sent = order("A-1", "2026-02-01T04:00:00Z", 100);
            sent.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let got = world.post("/v1/orders", json!({"source": "pos", "orders": [sent]})).await;
            assert_eq!(got.problem(), (status, code.to_owned()), "{change}: {}", got.text());
        }
        let got = world.post("/v1/orders", json!({"source": "The Till", "orders": []})).await;
        assert_eq!(got.problem().1, "orders.source");
        let many = vec![order("A-1", "2026-02-01T04:00:00Z", 100); 501];
        let got = world.post("/v1/orders", json!({"source": "pos", "orders": many})).await;
        assert_eq!(got.problem().1, "orders.too_many");
        assert_eq!(world.get("/v1/orders").await.json()["items"], json!([]));
    }

    async fn the_orders_of_a_person_are_paged_both_ways_over_all_their_accounts(db: TestDb) {
        let world = World::new(db).await;
        let numbers = ["A-1", "A-2", "A-3"];
        let mut orders: Vec<Value> = numbers.iter().map(|number| order(number, "2026-02-01T12:00:00+08:00", 100)).collect();
        // The last is somebody else's.
        let mut foreign = order("B-1", "2026-02-01T12:00:00+08:00", 100);
        foreign["buyer"] = json!([{"kind": "phone", "value": "13900000009"}]);
        orders.push(foreign);
        recorded(&world, &orders).await;
        let person = world.person("phone", PHONE).await["id"].as_str().unwrap().to_owned();
        let page = async |query: &str| world.get(&format!("/v1/people/{person}/orders?{query}")).await.json();
        let told = |page: &Value| -> Vec<String> {
            page["items"].as_array().unwrap().iter().map(|one| one["number"].as_str().unwrap().to_owned()).collect()
        };
        let first = page("limit=2&count=true").await;
        assert_eq!((told(&first), &first["count"]), (vec!["A-3".into(), "A-2".into()], &json!({"number": 3, "exact": true})));
        let second = page(&format!("limit=2&after={}", first["next"].as_str().unwrap())).await;
        assert_eq!((told(&second), &second["next"]), (vec!["A-1".into()], &Value::Null));
        let back = page(&format!("limit=2&before={}", second["previous"].as_str().unwrap())).await;
        assert_eq!(told(&back), told(&first));
        assert_eq!(world.get("/v1/people/per_00TAXGT0000G0/orders").await.status, 404);
    }

    async fn articles_are_found_by_what_their_number_or_name_holds(db: TestDb) {
        let world = World::new(db).await;
        let article = |code: &str, name: &str, department: &str| json!({"code": code, "name": name, "department": department});
        let articles = [article("6901", "Whole Milk 100%", "乳品"), article("6902", "全脂牛奶", "乳品"), article("A_1", "Bread", "面包")];
        let body = json!({"articles": articles}).to_string();
        assert_eq!(world.call("PUT", "/v1/articles", Some(&world.owner), None, Some(body)).await.status, 200);
        let found = async |query: &str| -> Vec<String> {
            let got = world.get(&format!("/v1/articles?{query}")).await.json();
            got["items"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(found("").await, ["6901", "6902", "A_1"]);
        assert_eq!(found("search=milk").await, ["6901"]);
        assert_eq!(found("search=%E7%89%9B%E5%A5%B6").await, ["6902"]);
        // The signs of a pattern mean themselves.
        assert_eq!(found("search=100%25").await, ["6901"]);
        assert_eq!(found("search=a_").await, ["A_1"]);
        assert_eq!(found("department=%E4%B9%B3%E5%93%81&search=690").await, ["6901", "6902"]);
        let first = world.get("/v1/articles?limit=2").await.json();
        assert_eq!(first["next"], "6902");
        assert_eq!(found("limit=2&after=6902").await, ["A_1"]);
        assert_eq!(world.get("/v1/articles?limit=201").await.problem(), (422, "orders.articles_page".to_owned()));
    }
}
