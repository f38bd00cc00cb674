//! Claims are events of EPCIS: each once, whatever happens meanwhile.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request as HttpRequest;
use axum::{Router, middleware};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tallymark_base::TypedId as _;
use tallymark_base::id::{ApiKeyId, BatchId};
use tallymark_codes::{CodeLength, Face, Level};
use tallymark_goods::{Catalog, Faces, NewBatch, batch};
use tallymark_scan::redeemed::{OwnAndRedeemed, follow};
use tallymark_scan::types::Request;
use tallymark_scan::{ALL_MIGRATIONS, Options, Scanner};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;
use tallymark_traces::Traces;
use tallymark_traces::api::{in_words_of_epcis, routes};
use tallymark_web::{Caller, Scopes};
use tower::ServiceExt as _;

use crate::world::World;

const REDEEMING: &str = "EQ_bizStep=https://tallymark.dev/epcis/redeeming";

/// A batch whose bottles win by the code under the cap.
struct Caps {
    world: World,
    batch: BatchId,
    catalog: Catalog,
    asker: Router,
}

impl Caps {
    async fn new(db: TestDb) -> Self {
        let (world, _) = World::with_campaign(db, |_| ()).await;
        let context = &world.context;
        let mut tx = context.store.write().await.unwrap();
        let product = world.catalog.batch(world.batch).unwrap().product;
        let new = NewBatch {
            draft: false,
            profile: None,
            sscc: tallymark_goods::SsccUse::None,
            product,
            lot: "L2".into(),
            items: 2_000,
            items_per_case: 0,
            cases_per_pallet: 0,
            items_per_box: 0,
            association: tallymark_goods::Association::ByRange,
            faces: Faces::OuterAndInner,
            length: CodeLength::STANDARD,
        };
        let made = batch::create(&mut tx, world.tenant, &context.ids, &*context.clock, new).await.unwrap();
        batch::activate(&mut tx, context, world.tenant, made.id, None, context.clock.now()).await.unwrap();
        let catalog = tallymark_goods::catalog(&mut tx, world.tenant, &context.master).await.unwrap();
        tx.commit().await.unwrap();
        let (traces, _) = Traces::start(context.clone(), Arc::new(OwnAndRedeemed::new(context.clone())));
        let scopes: Scopes = "owner".parse().unwrap();
        let caller = Caller::with_key(world.tenant, ApiKeyId::from_raw(1), scopes);
        let own = routes().with_state(traces).split_for_parts().0;
        let router = Router::new().nest("/epcis/v2", own).layer(axum::Extension(caller));
        let asker = router.layer(middleware::from_fn(in_words_of_epcis));
        Self { world, batch: made.id, catalog, asker }
    }

    fn claim(&self, serial: u64, device: u128) -> Request {
        let code = self.catalog.code(self.batch, Level::Item, Face::Inner, serial).unwrap();
        self.world.request(code.as_str(), device, true, &format!("inner {serial} {device}"))
    }

    fn epc(&self, serial: u64) -> String {
        let code = self.catalog.code(self.batch, Level::Item, Face::Outer, serial).unwrap();
        format!("https://spring.example/01/06901234567892/21/{code}")
    }

    /// Every event of a query, page by page.
    async fn events(&self, query: &str) -> Vec<Value> {
        let (mut path, mut found) = (format!("/epcis/v2/events?perPage=7&{query}"), Vec::new());
        loop {
            let answer =
                self.asker.clone().oneshot(HttpRequest::get(&path).body(Body::empty()).unwrap()).await.unwrap();
            let (parts, body) = answer.into_parts();
            let bytes = body.collect().await.unwrap().to_bytes();
            let body: Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(parts.status, 200, "{path}: {body}");
            found.extend(body["epcisBody"]["queryResults"]["resultsBody"]["eventList"].as_array().unwrap().clone());
            let next = parts.headers.get("link").and_then(|link| link.to_str().ok());
            match next.and_then(|link| Some(link.strip_prefix('<')?.split_once('>')?.0.to_owned())) {
                Some(next) => path = next,
                None => return found,
            }
        }
    }

    async fn follow(&self) {
        while follow(&self.world.context).await.unwrap() {}
    }

    /// The one code of each event.
    fn codes(events: &[Value]) -> Vec<String> {
        events
            .iter()
            .map(|event| match event["epcList"].as_array().unwrap().as_slice() {
                [one] => one.as_str().unwrap().to_owned(),
                other => panic!("{} codes in one event", other.len()),
            })
            .collect()
    }
}

both_engines! { *ALL_MIGRATIONS;
    async fn a_claim_is_one_event_of_the_item_that_says_nothing_of_who_claimed(db: TestDb) {
        let caps = Caps::new(db).await;
        for (serial, device) in [(3, 1), (4, 2), (3, 3)] {
            caps.world.scan(caps.claim(serial, device)).await;
        }
        let inner = caps.catalog.code(caps.batch, Level::Item, Face::Inner, 5).unwrap();
        caps.world.scan(caps.world.request(inner.as_str(), 4, false, "look")).await;
        caps.follow().await;
        let events = caps.events(REDEEMING).await;
        assert_eq!(BTreeSet::from_iter(Caps::codes(&events)), BTreeSet::from([caps.epc(3), caps.epc(4)]));
        assert_eq!(events.len(), 2, "the code was taken, and a look is no claim");
        for event in &events {
            let keys: BTreeSet<&str> = event.as_object().unwrap().keys().map(String::as_str).collect();
            let told = ["action", "bizStep", "disposition", "epcList", "eventID", "eventTime", "eventTimeZoneOffset", "recordTime", "type"];
            assert_eq!(keys, BTreeSet::from(told), "{event}");
            assert_eq!((&event["type"], &event["action"], &event["disposition"]), (&json!("ObjectEvent"), &json!("OBSERVE"), &json!("retail_sold")));
        }
        let own = caps.events(&format!("{REDEEMING}&MATCH_epc={}", caps.epc(4))).await;
        assert_eq!(Caps::codes(&own), [caps.epc(4)]);
        assert_eq!(caps.events(&format!("{REDEEMING}&MATCH_epc={}", caps.epc(5))).await, Vec::<Value>::new());
        caps.follow().await;
        assert_eq!(caps.events(REDEEMING).await.len(), 2, "told once");
        caps.world.assert_books().await;
    }

    async fn a_code_that_wins_by_itself_is_told_by_its_lot(db: TestDb) {
        let caps = Caps::new(db).await;
        caps.world.scan(caps.world.claim(7, 1)).await;
        caps.follow().await;
        let events = caps.events(REDEEMING).await;
        let lot = "https://spring.example/01/06901234567892/10/L1";
        assert_eq!(events[0]["quantityList"], json!([{"epcClass": lot, "quantity": 1}]));
        assert!(!Value::from(events).to_string().contains(&caps.world.code(7)), "who reads it could claim with it");
    }

    async fn race_no_claim_is_lost_or_told_twice_by_servers_that_follow_at_once(db: TestDb) {
        let caps = Caps::new(db).await;
        // Two servers take scans, three follow meanwhile.
        let (second, _) = Scanner::start(caps.world.context.clone(), Options { batch_max: 3, ..Options::default() });
        let followers: Vec<_> = (0..3)
            .map(|_| {
                let context = caps.world.context.clone();
                tokio::spawn(async move {
                    for _ in 0..60 {
                        // What another server took first, or a busy database, is left for the next look.
                        follow(&context).await.ok();
                        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                    }
                })
            })
            .collect();
        let scans: Vec<_> = (0..400_u64)
            .map(|serial| {
                let scanner = if serial % 2 == 0 { caps.world.scanner.clone() } else { second.clone() };
                let request = caps.claim(serial % 300, u128::from(serial) + 1);
                tokio::spawn(async move { scanner.scan(request).await })
            })
            .collect();
        for scan in scans {
            scan.await.unwrap().unwrap();
        }
        for follower in followers {
            follower.await.unwrap();
        }
        caps.follow().await;
        let told = Caps::codes(&caps.events(REDEEMING).await);
        // The campaign has 100 yuan: 113 wins of 88 fen. Whoever comes later keeps the code.
        let mut tx = caps.world.context.store.read().await.unwrap();
        let claimed = tx.query("SELECT 1 FROM code_use WHERE claim_scan IS NOT NULL", &[]).await.unwrap().len();
        assert!(claimed > 100, "{claimed}");
        assert_eq!((told.len(), BTreeSet::from_iter(&told).len()), (claimed, claimed));
        assert_eq!(tx.query("SELECT 1 FROM scan_redeemed", &[]).await.unwrap().len(), 0);
    }

    async fn a_follower_that_ends_before_its_commit_leaves_everything_for_the_next(db: TestDb) {
        let caps = Caps::new(db).await;
        for serial in 0..5 {
            caps.world.scan(caps.claim(serial, 1 + u128::from(serial))).await;
        }
        let scenario = fail::FailScenario::setup();
        fail::cfg("scan::redeemed_before_commit", "return").unwrap();
        assert!(follow(&caps.world.context).await.is_err());
        assert_eq!(caps.events(REDEEMING).await, Vec::<Value>::new());
        scenario.teardown();
        caps.follow().await;
        assert_eq!(caps.events(REDEEMING).await.len(), 5);
    }

    async fn claims_that_an_older_program_took_are_told_too(db: TestDb) {
        let caps = Caps::new(db).await;
        for serial in 0..5 {
            caps.world.scan(caps.claim(serial, 1 + u128::from(serial))).await;
        }
        // As the older program left them.
        let mut tx = caps.world.context.store.write().await.unwrap();
        tx.execute("DELETE FROM scan_redeemed", &[]).await.unwrap();
        tx.execute("UPDATE code_use SET claim_noted = NULL", &[]).await.unwrap();
        tx.commit().await.unwrap();
        for serial in 5..8 {
            caps.world.scan(caps.claim(serial, 1 + u128::from(serial))).await;
        }
        // A later look at an old claim does not make it a new one.
        let inner = caps.catalog.code(caps.batch, Level::Item, Face::Inner, 0).unwrap();
        caps.world.scan(caps.world.request(inner.as_str(), 99, false, "look")).await;
        caps.follow().await;
        let told = Caps::codes(&caps.events(REDEEMING).await);
        assert_eq!(BTreeSet::from_iter(told.clone()), (0..8).map(|serial| caps.epc(serial)).collect());
        assert_eq!(told.len(), 8);
        caps.follow().await;
        assert_eq!(caps.events(REDEEMING).await.len(), 8);
    }
}
