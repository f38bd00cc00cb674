//! Those who watch a server see what it did, and that its database is gone.

use std::sync::Arc;

use serde_json::json;
use tallymark_scan::Options;
use tallymark_server::{Network, Outside, OutsideOptions, Plan};
use tallymark_store::node::Lease;
use tallymark_testkit::both_engines;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::browser::{Browser, user};
use crate::world::World;

/// The value of one series.
#[track_caller]
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')));
    line.unwrap_or_else(|| panic!("{series} is not in\n{text}")).rsplit(' ').next().unwrap().parse().unwrap()
}

async fn ask(address: std::net::SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("content-type: text/plain; version=0.0.4"), "{answer}");
    answer
}

both_engines! { tallymark_server::migrations();
    async fn what_a_server_did_can_be_read_from_a_listener_of_its_own(db: TestDb) {
        let world = World::new(db).await;
        let codes = world.codes().await;
        for (number, code) in [&codes[0], &codes[0], &codes[1]].into_iter().enumerate() {
            let device = json!([{"kind": "device", "value": format!("{number:032x}")}]);
            let got = world.post("/v1/scans", json!({"code": code, "identifiers": device, "claim": true})).await;
            assert_eq!(got.status, 200, "{}", got.text());
        }
        let unknown = world.post("/v1/scans", json!({"code": "ZZZZZZZZZZZZZZZZ"})).await;
        assert_eq!(unknown.json()["verdict"], "unknown");
        assert_eq!(world.call("GET", "/v1/products", None, None, None).await.status, 401);
        user(&world, "li@spring.example", json!({"role": "owner"})).await;
        assert_eq!(Browser::new().sign_in(&world, "li@spring.example", "a wrong pass phrase").await.status, 401);
        let mut person = Browser::signed_in(&world, "li@spring.example").await;
        let token = person.cookie.clone().unwrap();
        assert_eq!(person.get(&world, "/v1/me").await.status, 200);
        let nobodys = "key_00TAXGT0000G0";
        assert_eq!(person.send(&world, "DELETE", &format!("/v1/api-keys/{nobodys}"), None).await.status, 404);

        let lease = Arc::new(Lease::take(&world.context.store, &*world.db.clock, &*world.db.entropy).await.unwrap());
        let bind = || TcpListener::bind("127.0.0.1:0");
        let (pages, measures) = (bind().await.unwrap(), bind().await.unwrap());
        let address = measures.local_addr().unwrap();
        let context = world.context.clone();
        let outside = Outside::open(OutsideOptions::default()).unwrap();
        let (network, options) = (Network::default(), Options::default());
        let plan = Plan { context, lease, network, outside, options, lake: None, simulation: None };
        let mut running = tallymark_server::start(pages, plan).unwrap();
        running.measure_on(measures);

        let text = ask(address).await;
        let scans = r#"tallymark_http_requests_total{method="POST",route="/v1/scans",status="200"}"#;
        assert_eq!(value(&text, scans), 4.0);
        // People and keys are counted like everything else, by the pattern of the route.
        let counted = |method: &str, route: &str, status: u16| {
            value(&text, &format!(r#"tallymark_http_requests_total{{method="{method}",route="{route}",status="{status}"}}"#))
        };
        assert_eq!((counted("POST", "/v1/session", 201), counted("POST", "/v1/session", 401)), (1.0, 1.0));
        assert_eq!((counted("GET", "/v1/me", 200), counted("DELETE", "/v1/api-keys/{id}", 404)), (1.0, 1.0));
        for code in ["auth.key_missing", "access.sign_in_refused", "api_key.not_found"] {
            assert_eq!(value(&text, &format!(r#"tallymark_refusals_total{{code="{code}"}}"#)), 1.0, "{code}");
        }
        assert_eq!(value(&text, r#"tallymark_scans_total{verdict="genuine"}"#), 3.0);
        assert_eq!(value(&text, r#"tallymark_scans_total{verdict="unknown"}"#), 1.0);
        assert_eq!(value(&text, "tallymark_scan_batch_size_sum"), 4.0);
        assert!(value(&text, "tallymark_scan_commit_seconds_count") >= 1.0);
        assert_eq!(value(&text, r#"tallymark_slice_refills_total{kind="account",result="granted"}"#), 1.0);
        assert_eq!(value(&text, r#"tallymark_scan_batches_redone_total{cause="slice"}"#), 1.0);
        assert_eq!(value(&text, "tallymark_scan_queue"), 0.0);
        assert_eq!(value(&text, "tallymark_database_up"), 1.0);
        assert!(value(&text, "tallymark_outbox_rows") >= 1.0);
        assert!(value(&text, "process_resident_memory_bytes") > 1e6);
        // What a stranger sends is in no label: neither codes nor keys nor paths.
        for secret in [&codes[0], &codes[1], "ZZZZZZZZ", world.owner.as_str(), "li@", &token, nobodys] {
            assert!(!text.contains(secret), "{secret}");
        }
        world.context.store.close().await;
        world.db.clock.advance(std::time::Duration::from_secs(6));
        assert_eq!(value(&ask(address).await, "tallymark_database_up"), 0.0);
        running.stop().await;
    }
}
