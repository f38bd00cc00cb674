//! Places by network address, where nobody says where they are.

use std::net::Ipv4Addr;

use serde_json::{Value, json};
use tallymark_server::{Network, OutsideOptions};
use tallymark_sim::place_file::{city, file};
use tallymark_store::outbox;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;

use crate::phone::{Phone, nonce};
use crate::world::World;

/// West Lake in Hangzhou, 330106 (GB/T 2260), known within 10 km; and the middle of Guangdong, within 500.
fn places() -> Vec<u8> {
    file(
        "GeoLite2-City",
        &[
            (Ipv4Addr::new(203, 0, 113, 0), 24, city("CN", "ZJ", (30.25, 120.13), 10)),
            (Ipv4Addr::new(198, 51, 100, 0), 24, city("CN", "GD", (23.13, 113.26), 500)),
        ],
    )
}

async fn world(db: TestDb, folder: &tempfile::TempDir) -> World {
    let path = folder.path().join("places.mmdb");
    std::fs::write(&path, places()).unwrap();
    let network = Network { trusted_hops: 1, ..Network::default() };
    World::with(db, network, OutsideOptions { places_file: Some(path), calls_loopback: false }).await
}

fn at<'a>(world: &'a World, address: &'static str) -> Phone<'a> {
    Phone { address: Some(address), ..Phone::new(world) }
}

/// The place that the last event of a scan tells, and how it is known.
async fn told(world: &World) -> (Value, Value) {
    let mut tx = world.context.store.read().await.unwrap();
    let (_, body) = outbox::bodies(&mut tx, "scan.decided", 0, 1_000).await.unwrap().pop().unwrap();
    let line = String::from_utf8(body).unwrap().lines().last().unwrap().to_owned();
    let event: Value = serde_json::from_str(&line).unwrap();
    (event["data"]["place"].clone(), event["data"]["place_source"].clone())
}

both_engines! { tallymark_server::migrations();
    async fn a_check_without_a_place_has_that_of_its_address_and_says_so(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let world = world(db, &folder).await;
        let codes = world.codes().await;
        at(&world, "203.0.113.7").open(&codes[0]).await;
        assert_eq!(told(&world).await, (json!("330106"), json!("address")));
        let second = at(&world, "198.51.100.7").open(&codes[0]).await.text();
        assert!(second.contains("浙江省杭州市西湖区") && second.contains("按网络估计"), "{second}");
        // An address that the file does not have.
        at(&world, "192.0.2.1").open(&codes[1]).await;
        assert_eq!(told(&world).await, (Value::Null, Value::Null));
    }

    async fn what_the_person_says_counts_and_corrects_the_guess(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let world = world(db, &folder).await;
        let code = world.codes().await.remove(0);
        let mut phone = at(&world, "198.51.100.7");
        let page = phone.open(&code).await;
        assert_eq!(told(&world).await, (json!("440000"), json!("address")));
        phone.claim(&code, &nonce(&page)).await;
        assert_eq!(told(&world).await, (json!("330000"), json!("stated")));
        let other = at(&world, "192.0.2.1").open(&code).await.text();
        assert!(other.contains("浙江省") && !other.contains("按网络估计"), "{other}");
    }

    async fn a_regional_campaign_asks_where_the_address_is_elsewhere(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let world = world(db, &folder).await;
        let codes = world.codes().await;
        let listed = world.get("/v1/campaigns").await.json();
        let everywhere = listed["items"][0]["id"].as_str().unwrap().to_owned();
        world.post(&format!("/v1/campaigns/{everywhere}/status"), json!({"status": "paused"})).await;
        let campaign = world.post("/v1/campaigns", json!({
            "name": "Hangzhou", "starts": "2026-01-01T00:00:00Z", "ends": "2027-01-01T00:00:00Z",
            "budget_fen": 10_000, "regions": ["330106"],
            "prizes": [{"name": "66", "weight": 1, "reward": {"kind": "red_packet", "min_fen": 66, "max_fen": 66}}]
        })).await.json();
        let path = format!("/v1/campaigns/{}/status", campaign["id"].as_str().unwrap());
        world.post(&path, json!({"status": "running"})).await;
        let claim = async |phone: &mut Phone<'_>, code: &str, region: &str| {
            let page = phone.open(code).await;
            let form = format!("nonce={}&region={region}", nonce(&page));
            phone.post(&format!("/C/{code}"), form).await.text()
        };
        assert!(claim(&mut at(&world, "203.0.113.7"), &codes[0], "").await.contains("0.66"), "the address is in the region");
        let mut phone = at(&world, "198.51.100.7");
        let guessed = claim(&mut phone, &codes[1], "").await;
        assert!(guessed.contains("请选择所在地区"), "an address is not the last word: {guessed}");
        assert!(claim(&mut phone, &codes[1], "330106").await.contains("0.66"));
        let stated = claim(&mut at(&world, "203.0.113.7"), &codes[2], "440000").await;
        assert!(stated.contains("不在您所在的地区"), "{stated}");
    }
}
