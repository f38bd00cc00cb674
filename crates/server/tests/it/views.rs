//! Filters under a name: one's own everywhere, shared with the brand by choice.

use serde_json::{Value, json};
use tallymark_testkit::both_engines;

use crate::browser::{Browser, user};
use crate::world::World;

async fn seen(world: &World, browser: &mut Browser) -> Vec<(String, bool)> {
    let listed = browser.get(world, "/v1/views?list=people").await.json();
    let told = |view: &Value| (view["name"].as_str().unwrap().to_owned(), view["own"].as_bool().unwrap());
    listed.as_array().unwrap().iter().map(told).collect()
}

async fn save(world: &World, browser: &mut Browser, name: &str, search: &str, shared: bool) -> Value {
    let view = json!({"list": "people", "name": name, "search": search, "shared": shared});
    let got = browser.send(world, "PUT", "/v1/views", Some(view)).await;
    assert_eq!(got.status, 200, "{}", got.text());
    got.json()
}

both_engines! { tallymark_server::migrations();
    async fn a_view_is_ones_own_and_the_brands_by_choice(db: TestDb) {
        let world = World::new(db).await;
        for (email, role) in [("li@spring.example", "analyst"), ("wang@spring.example", "marketer"), ("o@spring.example", "owner")] {
            user(&world, email, json!({"role": role})).await;
        }
        let mut li = Browser::signed_in(&world, "li@spring.example").await;
        let mut wang = Browser::signed_in(&world, "wang@spring.example").await;
        let own = save(&world, &mut li, " 我的 ", "tag=vip", false).await;
        assert_eq!((&own["name"], &own["shared"], &own["own"]), (&json!("我的"), &json!(false), &json!(true)));
        let shared = save(&world, &mut li, "VIP", "tag=vip&first_kind=phone", true).await;
        assert_eq!(seen(&world, &mut li).await, [("VIP".to_owned(), true), ("我的".to_owned(), true)]);
        assert_eq!(seen(&world, &mut wang).await, [("VIP".to_owned(), false)]);
        let elsewhere = wang.get(&world, "/v1/views?list=scans").await.json();
        assert_eq!(elsewhere, json!([]));

        // The same name again is the same view; another's of that name is another.
        let again = save(&world, &mut li, "VIP", "tag=gold", true).await;
        assert_eq!((&again["id"], &again["search"]), (&shared["id"], &json!("tag=gold")));
        save(&world, &mut wang, "VIP", "", false).await;
        assert_eq!(seen(&world, &mut wang).await.len(), 2);

        let path = |view: &Value| format!("/v1/views/{}", view["id"].as_str().unwrap());
        assert_eq!(wang.send(&world, "DELETE", &path(&own), None).await.problem(), (404, "view.not_found".to_owned()));
        assert_eq!(wang.send(&world, "DELETE", &path(&shared), None).await.problem(), (403, "view.not_yours".to_owned()));
        let mut owner = Browser::signed_in(&world, "o@spring.example").await;
        assert_eq!(owner.send(&world, "DELETE", &path(&shared), None).await.status, 204);
        assert_eq!(li.send(&world, "DELETE", &path(&own), None).await.status, 204);
        assert_eq!(seen(&world, &mut li).await, []);
        let audit = world.get("/v1/audit?limit=50").await.json().to_string();
        assert_eq!((audit.matches("view.saved").count(), audit.matches("view.removed").count()), (4, 2), "{audit}");
    }

    async fn views_are_limited_in_name_length_and_number(db: TestDb) {
        let world = World::new(db).await;
        let put = async |list: &str, name: &str, search: &str| {
            let view = json!({"list": list, "name": name, "search": search});
            world.call("PUT", "/v1/views", Some(&world.owner), None, Some(view.to_string())).await
        };
        for (list, name, search, code) in [
            ("People", "n", "", "view.list"), ("", "n", "", "view.list"), ("people", " ", "", "view.name"),
            ("people", &"长".repeat(61), "", "view.name"), ("people", "n", &"x".repeat(4_001), "view.search"),
        ] {
            assert_eq!(put(list, name, search).await.problem(), (422, code.to_owned()), "{list} {name}");
        }
        assert_eq!(put("people", &"长".repeat(60), "").await.status, 200);
        for number in 1..50 {
            assert_eq!(put("people", &number.to_string(), "").await.status, 200);
        }
        assert_eq!(put("people", "one more", "").await.problem(), (409, "view.too_many".to_owned()));
        assert_eq!(put("people", "7", "tag=x").await.status, 200, "one that is there is saved again");
    }
}
