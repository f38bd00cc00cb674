//! How fast a server's routes capture on SQLite, without a network between: `cargo run --release --example capture`. Prints events of
//! one object each, and objects of events of a thousand, a second.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use tallymark_base::id::{ApiKeyId, TenantId};
use tallymark_base::time::SystemClock;
use tallymark_base::{Clock as _, TypedId as _};
use tallymark_store::Engine;
use tallymark_testkit::db::TestDb;
use tallymark_traces::api::{in_words_of_epcis, routes};
use tallymark_traces::{MIGRATIONS, NoHook, Traces};
use tallymark_web::{Caller, Scopes};
use tower::ServiceExt as _;

const FOR: Duration = Duration::from_secs(5);
const CALLERS: u64 = 8;

fn document(number: u64, events: u64, objects: u64, step: u64) -> String {
    let event = |event: u64| {
        let first = (number * events + event) * objects * step + 10;
        let epcs: Vec<String> =
            (0..objects).map(|n| format!("\"urn:epc:id:sgtin:4012345.011111.{}\"", first + n * step)).collect();
        format!(
            r#"{{"type":"ObjectEvent","action":"ADD","bizStep":"commissioning","eventTime":"2026-01-01T00:00:00Z",
            "eventTimeZoneOffset":"+08:00","epcList":[{}],"readPoint":{{"id":"urn:epc:id:sgln:4012345.00005.0"}},
            "bizTransactionList":[{{"type":"po","bizTransaction":"urn:epcglobal:cbv:bt:4012345000009:7"}}]}}"#,
            epcs.join(",")
        )
    };
    let list: Vec<String> = (0..events).map(event).collect();
    format!(
        r#"{{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument",
        "schemaVersion":"2.0","creationDate":"2026-01-01T00:00:00Z","epcisBody":{{"eventList":[{}]}}}}"#,
        list.join(",")
    )
}

async fn rate(clock: &Arc<SystemClock>, events: u64, objects: u64, step: u64) -> f64 {
    let db = TestDb::on(Engine::Sqlite, &[MIGRATIONS]).await.expect("SQLite is there");
    let (traces, _) = Traces::start(db.context(), Arc::new(NoHook));
    let scopes: Scopes = "owner".parse().expect("a scope");
    let caller = Caller::with_key(TenantId::from_raw(1), ApiKeyId::from_raw(1), scopes);
    let own = routes().with_state(traces).split_for_parts().0;
    let router = Router::new().nest("/epcis/v2", own).layer(axum::Extension(caller));
    let router = router.layer(axum::middleware::from_fn(in_words_of_epcis));
    let start = clock.elapsed();
    let tasks: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (router, clock) = (router.clone(), clock.clone());
            tokio::spawn(async move {
                let mut sent = 0;
                while clock.elapsed().saturating_sub(start) < FOR {
                    let body = document(sent * CALLERS + caller, events, objects, step);
                    let request = Request::post("/epcis/v2/capture").header("content-type", "application/json");
                    let request = request.body(Body::from(body)).expect("a request");
                    let answer = router.clone().oneshot(request).await.expect("an answer");
                    assert_eq!(answer.status(), StatusCode::ACCEPTED);
                    sent += 1;
                }
                sent
            })
        })
        .collect();
    let mut sent = 0;
    for task in tasks {
        sent += task.await.expect("a caller");
    }
    (sent * events * objects) as f64 / clock.elapsed().saturating_sub(start).as_secs_f64()
}

#[tokio::main]
async fn main() {
    let clock = Arc::new(SystemClock::new());
    println!("documents of 200 events of one object: {:.0} events/s", rate(&clock, 200, 1, 7).await);
    println!("documents of one event of one object: {:.0} events/s", rate(&clock, 1, 1, 7).await);
    println!("events of 1,000 scattered serials: {:.0} EPCs/s", rate(&clock, 5, 1_000, 7).await);
    println!("events of 1,000 serials in a row: {:.0} EPCs/s", rate(&clock, 5, 1_000, 1).await);
}
