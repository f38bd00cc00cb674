//! A trace shows where the time of a scan went: request, queue, batch, statements; and no value of any of them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Request, header};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use serde_json::json;
use tallymark_store::Engine;
use tallymark_telemetry::trace::{Collector, Traces};
use tallymark_testkit::db::TestDb;
use tokio::net::TcpListener;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context as LayerContext, SubscriberExt as _};

use crate::browser::{Browser, user};
use crate::world::{Got, World};

/// The example of W3C Trace Context, section 3.2.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

type Received = Arc<Mutex<Vec<Span>>>;

/// A collector on this machine that keeps what it is sent.
async fn collector() -> (SocketAddr, Received) {
    let received = Received::default();
    let router = Router::new().route("/v1/traces", post(take)).with_state(received.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, router).await });
    (address, received)
}

/// Collects what happens on this thread until it is dropped; one test at a time.
struct Collecting {
    open: Arc<AtomicI64>,
    _thread: tracing::subscriber::DefaultGuard,
    _turn: tokio::sync::MutexGuard<'static, ()>,
}

static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
/// Who collects now.
static COLLECTS: Mutex<Option<tracing::Dispatch>> = Mutex::new(None);

async fn collecting(traces: &Traces) -> Collecting {
    let turn = TURN.lock().await;
    let open = Arc::new(AtomicI64::new(0));
    let layers = tracing_subscriber::registry().with(traces.layer()).with(Open(open.clone()));
    let dispatch = tracing::Dispatch::new(layers);
    *COLLECTS.lock().unwrap() = Some(dispatch.clone());
    // The second test of a process finds it set.
    tracing::subscriber::set_global_default(Closing).ok();
    Collecting { open, _thread: tracing::dispatcher::set_default(&dispatch), _turn: turn }
}

impl Collecting {
    /// Waits until every span has ended: a driver's thread may hold on to a statement's for a moment after the answer.
    async fn settle(&self) {
        for _ in 0..400 {
            if self.open.load(Ordering::SeqCst) == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Counts the spans that have begun and not ended.
struct Open(Arc<AtomicI64>);

impl<S: tracing::Subscriber> Layer<S> for Open {
    fn on_new_span(&self, _: &tracing::span::Attributes<'_>, _: &tracing::span::Id, _: LayerContext<'_, S>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn on_close(&self, _: tracing::span::Id, _: LayerContext<'_, S>) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What threads of the drivers report to. They begin no spans of their own, but one may be the last to let go of a
/// statement's span, and then closes the span above it there where its thread reports to.
struct Closing;

impl tracing::Subscriber for Closing {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        false
    }

    fn max_level_hint(&self) -> Option<tracing::level_filters::LevelFilter> {
        Some(tracing::level_filters::LevelFilter::OFF)
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(u64::MAX)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {}

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}

    fn try_close(&self, id: tracing::span::Id) -> bool {
        let collects = COLLECTS.lock().unwrap().clone();
        collects.is_some_and(|collects| collects.try_close(id))
    }
}

async fn take(State(received): State<Received>, body: Bytes) {
    let sent = ExportTraceServiceRequest::decode(body).unwrap();
    let scopes = sent.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    received.lock().unwrap().extend(scopes.flat_map(|scope| scope.spans));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn scan(world: &World, code: &str, number: usize, traceparent: &str) -> Got {
    let device = json!([{"kind": "device", "value": format!("{number:032x}")}]);
    let body = json!({"code": code, "identifiers": device, "claim": true}).to_string();
    let request = Request::builder()
        .method("POST")
        .uri("/v1/scans")
        .header(header::AUTHORIZATION, format!("Bearer {}", world.owner))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", format!("trace-{number}"))
        .header("traceparent", traceparent);
    world.send(request.body(Body::from(body)).unwrap()).await
}

/// Plays three scans, of which the caller wants the last untraced; gives what the collector was sent.
async fn traced(world: &World, codes: &[String], share: f64) -> (Vec<Span>, Vec<Got>) {
    let (address, received) = collector().await;
    let traces = Traces::to(Collector::at(&format!("http://{address}")).unwrap(), share).unwrap();
    let guard = collecting(&traces).await;
    let wanted = format!("00-{TRACE}-{CALLER}-01");
    let first = scan(world, &codes[0], 1, &wanted);
    let second = scan(world, &codes[1], 2, &wanted);
    let (first, second) = tokio::join!(first, second);
    let unwanted = scan(world, &codes[2], 3, &format!("00-{}-{CALLER}-00", TRACE.replace('0', "1"))).await;
    guard.settle().await;
    traces.stop().await;
    drop(guard);
    let spans = received.lock().unwrap().clone();
    (spans, vec![first, second, unwanted])
}

// One thread: what is traced belongs to the thread that asked for it.
#[tokio::test]
async fn a_trace_leads_from_the_caller_over_queue_and_batch_to_the_statements() {
    for (engine, system) in [(Engine::Sqlite, "sqlite"), (Engine::Postgres, "postgresql")] {
        let Some(db) = TestDb::on(engine, &tallymark_server::migrations()).await else { continue };
        let world = World::new(db).await;
        let codes = world.codes().await;
        let (spans, answers) = traced(&world, &codes, 1.0).await;
        let by_id: HashMap<&[u8], &Span> = spans.iter().map(|span| (&*span.span_id, span)).collect();

        let requests: Vec<&Span> = spans.iter().filter(|span| span.name == "POST /v1/scans").collect();
        assert_eq!(requests.len(), 2, "the third was not wanted: {:?}", names(&spans));
        for request in &requests {
            assert_eq!((hex(&request.trace_id).as_str(), hex(&request.parent_span_id).as_str()), (TRACE, CALLER));
            assert_eq!(request.kind, 2, "SPAN_KIND_SERVER");
        }
        let returned: Vec<String> =
            requests.iter().map(|request| format!("00-{TRACE}-{}-01", hex(&request.span_id))).collect();
        for answer in &answers[..2] {
            assert!(returned.contains(&answer.header("traceparent").to_owned()), "{returned:?}");
        }
        assert!(answers[2].header("traceparent").ends_with("-00"), "{}", answers[2].header("traceparent"));

        let queued: Vec<&Span> = spans.iter().filter(|span| span.name == "queue").collect();
        assert_eq!(queued.len(), 2);
        let batches: Vec<&Span> = spans.iter().filter(|span| span.name == "batch").collect();
        for waiting in queued {
            assert_eq!(by_id[&*waiting.parent_span_id].name, "POST /v1/scans");
            let taken: Vec<&&Span> =
                batches.iter().filter(|batch| batch.links.iter().any(|link| link.span_id == waiting.span_id)).collect();
            assert_eq!(taken.len(), 1, "one batch decided it");
            assert_eq!(waiting.links[0].span_id, taken[0].span_id, "and is found from it");
            assert!(taken[0].parent_span_id.is_empty(), "a batch belongs to no single request");
        }
        let statements: Vec<&Span> = spans.iter().filter(|span| attribute(span, "db.query.text").is_some()).collect();
        let of_batches: Vec<&str> = statements
            .iter()
            .filter(|statement| by_id[&*statement.parent_span_id].name == "batch")
            .map(|statement| statement.name.as_str())
            .collect();
        for expected in ["BEGIN", "INSERT scan", "INSERT transfer", "INSERT outbox", "COMMIT"] {
            assert!(of_batches.contains(&expected), "{expected} is not among {of_batches:?}");
        }
        assert!(statements.iter().all(|statement| attribute(statement, "db.system.name").unwrap() == system));
        let all = format!("{spans:?}");
        for value in [&codes[0], &codes[1], &world.owner, &format!("{:032x}", 1), "清泉"] {
            assert!(!all.contains(value), "{value}");
        }
        // Nothing of the request that was not wanted.
        assert!(!spans.iter().any(|span| hex(&span.trace_id).starts_with("1a")));
    }
}

#[tokio::test]
async fn what_the_gate_asks_of_the_database_stands_below_the_request() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(db) = TestDb::on(engine, &tallymark_server::migrations()).await else { continue };
        let world = World::new(db).await;
        let id = user(&world, "li@spring.example", json!({"role": "analyst"})).await;
        let mut person = Browser::signed_in(&world, "li@spring.example").await;
        // Nobody is remembered any more.
        world.db.clock.advance(tallymark_access::TRUST_FOR);
        let (address, received) = collector().await;
        let traces = Traces::to(Collector::at(&format!("http://{address}")).unwrap(), 1.0).unwrap();
        let guard = collecting(&traces).await;
        assert_eq!(person.get(&world, "/v1/products").await.status, 200);
        assert_eq!(person.get(&world, "/v1/users").await.status, 403);
        guard.settle().await;
        traces.stop().await;
        drop(guard);
        let spans = received.lock().unwrap().clone();
        let request = spans.iter().find(|span| span.name == "GET /v1/products").unwrap();
        let below: Vec<&str> = spans
            .iter()
            .filter(|span| span.parent_span_id == request.span_id && span.trace_id == request.trace_id)
            .map(|span| span.name.as_str())
            .collect();
        for expected in ["SELECT user_session", "SELECT tenant_user", "SELECT product"] {
            assert!(below.contains(&expected), "{expected} is not among {below:?}");
        }
        assert!(spans.iter().any(|span| span.name == "GET /v1/users"), "what was refused is traced as well");
        let (all, token) = (format!("{spans:?}"), person.cookie.clone().unwrap());
        for value in [token.split('=').nth(1).unwrap(), "li@spring.example", id.as_str()] {
            assert!(!all.contains(value), "{value}");
        }
    }
}

#[tokio::test]
async fn a_share_of_nought_sends_nothing_though_the_caller_asks_for_it() {
    let Some(db) = TestDb::on(Engine::Sqlite, &tallymark_server::migrations()).await else { return };
    let world = World::new(db).await;
    let codes = world.codes().await;
    let (spans, answers) = traced(&world, &codes, 0.0).await;
    assert_eq!(names(&spans), Vec::<&str>::new());
    assert!(answers[0].header("traceparent").starts_with(&format!("00-{TRACE}-")));
}

#[tokio::test]
async fn a_collector_that_is_gone_costs_its_traces_and_nothing_else() {
    let Some(db) = TestDb::on(Engine::Sqlite, &tallymark_server::migrations()).await else { return };
    let world = World::new(db).await;
    let codes = world.codes().await;
    // A port that nobody listens on any more.
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let traces = Traces::to(Collector::at(&format!("http://{address}/")).unwrap(), 1.0).unwrap();
    let guard = collecting(&traces).await;
    let answer = scan(&world, &codes[0], 1, &format!("00-{TRACE}-{CALLER}-01")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    guard.settle().await;
    traces.stop().await;
    drop(guard);
}

#[tokio::test]
async fn an_address_that_cannot_be_sent_to_is_refused() {
    for address in ["https://collector:4318", "collector:4318", "http://", "grpc://x", ""] {
        let error = Collector::at(address).unwrap_err().to_string();
        assert!(error.contains("http://HOST:PORT"), "{address}: {error}");
    }
    for share in [-0.1, 1.1, f64::NAN] {
        let collector = Collector::at("http://127.0.0.1:4318").unwrap();
        assert!(Traces::to(collector, share).unwrap_err().to_string().contains("0 to 1"), "{share}");
    }
}

fn names(spans: &[Span]) -> Vec<&str> {
    spans.iter().map(|span| span.name.as_str()).collect()
}

fn attribute(span: &Span, key: &str) -> Option<String> {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    let found = span.attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        other => Some(format!("{other:?}")),
    }
}
