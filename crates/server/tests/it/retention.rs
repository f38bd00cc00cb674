//! Old scans leave the database when the lake has them, and not before.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tallymark_base::Clock as _;
use tallymark_lake::{Lake, Location, Settings, Writer};
use tallymark_scan::{Options, verify};
use tallymark_server::{Network, Outside, OutsideOptions, Plan, registry};
use tallymark_store::node::Lease;
use tallymark_store::outbox::{Returned, save_again};
use tallymark_testkit::both_engines;
use tokio::net::TcpListener;

use crate::world::World;

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn scans(world: &World, codes: &[String], phone: &str) {
    for code in &codes[..3] {
        let claim = json!({"code": code, "claim": true, "identifiers": [{"kind": "phone", "value": phone}]});
        let got = world.post("/v1/scans", claim).await;
        assert_eq!(got.status, 200, "{}", got.text());
    }
}

async fn count(world: &World) -> i64 {
    let mut tx = world.context.store.read().await.unwrap();
    tx.query_one("SELECT COUNT(*) FROM scan", &[]).await.unwrap().unwrap().int(0).unwrap()
}

/// Runs a server that keeps scans for ten days until it looked for old ones once.
async fn serve_once(world: &World, lake: Option<Lake>) {
    let done = || world.context.store.metrics().job_runs.with_label_values(&["scans.forget", "done"]).get();
    let before = done();
    let lease = Arc::new(Lease::take(&world.context.store, &*world.db.clock, &*world.db.entropy).await.unwrap());
    let pages = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let outside = Outside::open(OutsideOptions::default()).unwrap();
    let options = Options { hot_for: Some(10 * DAY), ..Options::default() };
    let lake = lake.map(|lake| (lake, Settings::default()));
    let context = world.context.clone();
    let plan = Plan { context, lease, network: Network::default(), outside, options, lake, simulation: None };
    let running = tallymark_server::start(pages, plan).unwrap();
    tokio::time::timeout(Duration::from_secs(30), async {
        while done() == before {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("the chore runs at the start");
    drop(running);
}

both_engines! { tallymark_server::migrations();
    async fn old_scans_go_when_the_lake_has_them_and_the_books_stay_right(db: TestDb) {
        let world = World::new(db).await;
        let folder = tempfile::tempdir().unwrap();
        let place = Location::Folder(folder.path().to_owned());
        let lake = Lake::open(&place, registry(), world.context.entropy.clone()).unwrap();
        let codes = world.codes().await;
        scans(&world, &codes, "13800138000").await;
        // Lines that nothing can read stand for events that did not reach the lake.
        let body = b"{}\n".to_vec();
        let unread = Returned { event_type: "of.tomorrow".into(), version: 1, events: 1, body, created_at: world.db.clock.now() };
        let mut tx = world.context.store.write().await.unwrap();
        save_again(&mut tx, &world.context.ids, &*world.db.clock, vec![unread]).await.unwrap();
        tx.commit().await.unwrap();
        let mut writer = Writer::new(lake.clone(), world.context.clone(), Settings::default());
        writer.flush().await.unwrap();
        writer.release().await.unwrap();
        world.db.clock.advance(9 * DAY);
        scans(&world, &codes, "13800138001").await;
        writer.flush().await.unwrap();
        writer.release().await.unwrap();
        world.db.clock.advance(5 * DAY);

        serve_once(&world, None).await;
        assert_eq!(count(&world).await, 6, "without a lake everything stays");
        world.db.clock.advance(DAY);
        serve_once(&world, Some(lake.clone())).await;
        assert_eq!(count(&world).await, 6, "an event of that time is put aside");
        let mut tx = world.context.store.write().await.unwrap();
        tx.execute("DELETE FROM lake_quarantine", &[]).await.unwrap();
        tx.commit().await.unwrap();
        world.db.clock.advance(DAY);
        serve_once(&world, Some(lake.clone())).await;
        assert_eq!(count(&world).await, 3, "those of the first day are gone");
        assert_eq!(world.context.store.metrics().scans_forgotten.get(), 3);
        assert_eq!(verify::discrepancies(&world.context.store).await.unwrap(), Vec::<String>::new());
    }
}
