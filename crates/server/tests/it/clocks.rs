//! Two servers whose clocks differ by as much as they may (five seconds from the database's, ten from each other's) agree on
//! who may come in.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tallymark_access::rules::totp;
use tallymark_base::Clock as _;
use tallymark_base::time::ManualClock;
use tallymark_testkit::both_engines;

use crate::browser::{Browser, PASSWORD, user};
use crate::world::World;

const EMAIL: &str = "li@spring.example";
const APART: Duration = Duration::from_secs(10);

/// The world's server, and one whose clock is ahead.
async fn two(world: &World) -> (World, Arc<ManualClock>) {
    let ahead = Arc::new(ManualClock::at(world.db.clock.now().plus(APART)));
    (world.another_server_by(ahead.clone()), ahead)
}

both_engines! { tallymark_server::migrations();
    async fn a_session_of_one_server_is_open_on_the_other_and_ends_on_both(db: TestDb) {
        let world = World::new(db).await;
        let (ahead, clock) = two(&world).await;
        user(&world, EMAIL, json!({"role": "analyst"})).await;
        // Made in what is the future here, and the other way round.
        let mut made_there = Browser::signed_in(&ahead, EMAIL).await;
        let mut made_here = Browser::signed_in(&world, EMAIL).await;
        for browser in [&mut made_there, &mut made_here] {
            for server in [&world, &ahead, &world] {
                assert_eq!(browser.get(server, "/v1/me").await.status, 200);
            }
        }
        let mut kept = made_there.clone();
        assert_eq!(made_there.send(&world, "DELETE", "/v1/session", None).await.status, 204);
        for time in [&world.db.clock, &clock] {
            time.advance(tallymark_access::TRUST_FOR);
        }
        for server in [&world, &ahead] {
            assert_eq!(kept.get(server, "/v1/me").await.problem(), (401, "auth.session_unknown".into()));
            assert_eq!(made_here.get(server, "/v1/me").await.status, 200);
        }
    }

    async fn a_code_of_the_second_factor_is_taken_once_by_either_server(db: TestDb) {
        let world = World::new(db).await;
        let (ahead, clock) = two(&world).await;
        user(&world, EMAIL, json!({"role": "analyst"})).await;
        let mut browser = Browser::signed_in(&world, EMAIL).await;
        let offered = browser.post(&world, "/v1/me/totp", json!({"password": PASSWORD})).await.json();
        let secret = data_encoding::BASE32_NOPAD.decode(offered["secret"].as_str().unwrap().as_bytes()).unwrap();
        let code = |now| json!({"code": totp::shown(&secret, now)});
        let on = browser.send(&world, "PUT", "/v1/me/totp", Some(code(world.db.clock.now()))).await;
        assert_eq!(on.status, 200, "{}", on.text());
        for time in [&world.db.clock, &clock] {
            time.advance(Duration::from_secs(85));
        }
        // The code of a phone that goes by the clock here is good there, and then good nowhere.
        let shown = code(world.db.clock.now());
        let mut there = Browser::new();
        there.sign_in(&ahead, EMAIL, PASSWORD).await;
        assert_eq!(there.post(&ahead, "/v1/session/totp", shown.clone()).await.status, 201);
        let mut here = Browser::new();
        here.sign_in(&world, EMAIL, PASSWORD).await;
        assert_eq!(here.post(&world, "/v1/session/totp", shown).await.problem(), (401, "access.code_refused".into()));
    }

    async fn failures_are_counted_over_both_servers(db: TestDb) {
        let world = World::new(db).await;
        let (ahead, _) = two(&world).await;
        user(&world, EMAIL, json!({"role": "analyst"})).await;
        // Four are free, wherever they are made; the next waits on both.
        for server in [&world, &ahead, &world, &ahead] {
            let got = Browser::new().sign_in(server, EMAIL, "a wrong pass phrase").await;
            assert_eq!(got.problem(), (401, "access.sign_in_refused".into()));
        }
        let fifth = Browser::new().sign_in(&ahead, EMAIL, "a wrong pass phrase").await;
        assert_eq!(fifth.problem().0, 401, "{}", fifth.text());
        let waits = Browser::new().sign_in(&world, EMAIL, PASSWORD).await;
        assert_eq!(waits.problem(), (429, "access.too_many_attempts".into()));
        let seconds: u64 = waits.header("retry-after").parse().unwrap();
        assert!((1..=1 + APART.as_secs()).contains(&seconds), "{seconds}");
    }

    async fn an_expiring_key_ends_on_each_server_by_its_own_clock(db: TestDb) {
        let world = World::new(db).await;
        let (ahead, clock) = two(&world).await;
        let end = world.db.clock.now().plus(Duration::from_secs(30)).to_string();
        let new = json!({"name": "till", "scopes": ["read"], "expires_at": end});
        let made = world.post("/v1/api-keys", new).await.json();
        let key = made["secret"].as_str().unwrap();
        let status = async |server: &World| server.call("GET", "/v1/products", Some(key), None, None).await.status;
        assert_eq!((status(&world).await.as_u16(), status(&ahead).await.as_u16()), (200, 200));
        for time in [&world.db.clock, &clock] {
            time.advance(Duration::from_secs(25));
        }
        assert_eq!((status(&world).await.as_u16(), status(&ahead).await.as_u16()), (200, 401));
        world.db.clock.advance(Duration::from_secs(5));
        assert_eq!(status(&world).await, 401);
    }
}
