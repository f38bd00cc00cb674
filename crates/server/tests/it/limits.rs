//! A program that runs wild is told to wait, and nobody else notices.

use std::num::NonZeroU32;

use serde_json::json;
use tallymark_server::{Network, OutsideOptions, PER_USER};
use tallymark_testkit::both_engines;
use tallymark_web::Quota;

use crate::browser::{Browser, user};
use crate::world::{Got, World};

/// More than the world's own setting up takes.
const BURST: u32 = 40;

async fn made(world: &World, name: &str) -> String {
    let made = world.post("/v1/api-keys", json!({"name": name, "scopes": ["read", "goods"]})).await;
    made.json()["secret"].as_str().unwrap().to_owned()
}

fn is_limited(got: &Got, code: &str) -> bool {
    if got.status != 429 {
        return false;
    }
    assert_eq!(got.problem(), (429, code.into()));
    // One a minute: the next one is taken within 60 s.
    let seconds: u64 = got.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    true
}

both_engines! { tallymark_server::migrations();
    async fn a_key_that_calls_too_often_waits_and_others_are_not_concerned(db: TestDb) {
        let per_key = Quota { per_minute: NonZeroU32::MIN, burst: NonZeroU32::new(BURST).unwrap() };
        let world = World::with(db, Network { per_key, ..Network::default() }, OutsideOptions::default()).await;
        let (wild, calm) = (made(&world, "wild").await, made(&world, "calm").await);
        user(&world, "li@spring.example", json!({"role": "analyst"})).await;
        let mut person = Browser::signed_in(&world, "li@spring.example").await;

        let product = json!({"gtin": "4006381333931", "sku": "P2", "name": "Pen"}).to_string();
        let mut taken = 0;
        let refused = loop {
            let (key, body) = (Some("one"), Some(product.clone()));
            let got = world.call("POST", "/v1/products", Some(&wild), key, body).await;
            if is_limited(&got, "limit.key") {
                break got;
            }
            assert_eq!(got.status, 201, "{}", got.text());
            taken += 1;
        };
        assert_eq!(taken, BURST, "{}", refused.text());
        // Whatever it asks, also what it may not.
        for path in ["/v1/products", "/v1/users", "/v1/catalog"] {
            assert!(is_limited(&world.call("GET", path, Some(&wild), None, None).await, "limit.key"), "{path}");
        }
        assert_eq!(world.call("GET", "/v1/products", Some(&calm), None, None).await.status, 200);
        for _ in 0..=BURST {
            assert_eq!(person.get(&world, "/v1/products").await.status, 200);
        }
        assert_eq!(world.call("GET", "/healthz", None, None, None).await.status, 200);
        let refusals = world.context.store.metrics().refusals.with_label_values(&["limit.key"]).get();
        assert_eq!(refusals, 4);
    }

    async fn somebody_who_calls_like_a_program_waits_in_every_session(db: TestDb) {
        let world = World::new(db).await;
        for email in ["li@spring.example", "wu@spring.example"] {
            user(&world, email, json!({"role": "analyst"})).await;
        }
        let mut wild = Browser::signed_in(&world, "li@spring.example").await;
        let mut elsewhere = Browser::signed_in(&world, "li@spring.example").await;
        let mut taken = 0;
        while !is_limited(&wild.get(&world, "/v1/me").await, "limit.user") {
            taken += 1;
            assert!(taken < 10 * PER_USER.1, "nobody stops it");
        }
        assert!(taken >= PER_USER.1, "{taken}");
        // Twenty a second are taken meanwhile: one of some calls at once is refused in the other session as well.
        let mut refused = 0;
        for _ in 0..50 {
            refused += u32::from(is_limited(&elsewhere.get(&world, "/v1/me").await, "limit.user"));
        }
        assert!(refused > 0);
        let mut calm = Browser::signed_in(&world, "wu@spring.example").await;
        assert_eq!(calm.get(&world, "/v1/me").await.status, 200);
        assert_eq!(world.call("GET", "/v1/products", Some(&world.owner), None, None).await.status, 200);
    }
}
