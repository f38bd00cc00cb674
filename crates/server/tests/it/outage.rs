//! The database of a running server goes away for ten seconds.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tallymark_base::time::SystemClock;
use tallymark_base::{Clock, Timestamp};
use tallymark_scan::Options;
use tallymark_server::{Network, Outside, OutsideOptions, Plan, Running};
use tallymark_store::node::Lease;
use tallymark_store::{Context, Engine, Options as StoreOptions, Store};
use tallymark_testkit::db::{TestDb, start};
use tallymark_testkit::proxy::Proxy;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::world::World;

const GONE_FOR: Duration = Duration::from_secs(10);
const SEND_EVERY: Duration = Duration::from_millis(200);
/// How soon after its return the database must be of use again.
const BACK_WITHIN: Duration = Duration::from_secs(10);

/// Goes at the pace of the machine's clock, from where every test's clock starts.
#[derive(Debug)]
struct RealPace(SystemClock);

impl Clock for RealPace {
    fn now(&self) -> Timestamp {
        start().plus(self.0.elapsed())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A server as `tallymark serve` starts it, behind a network that can be cut.
async fn serve(world: &World, clock: Arc<dyn Clock>) -> (Running, Proxy) {
    let (before, rest) = world.db.url.split_once('@').unwrap();
    let (target, name) = rest.split_once('/').unwrap();
    let proxy = Proxy::to(target).await.unwrap();
    let url = format!("{before}@{}/{name}", proxy.address);
    let options = StoreOptions { wait_max: Duration::from_secs(1), ..StoreOptions::default() };
    let store = Store::open(&url, &options).await.unwrap();
    let lease = Arc::new(Lease::take(&store, &*clock, &*world.db.entropy).await.unwrap());
    let context = Context { store, ids: lease.ids(), clock, ..world.context.clone() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let outside = Outside::open(OutsideOptions::default()).unwrap();
    let (network, options) = (Network::default(), Options::default());
    let plan = Plan { context, lease, network, outside, options, lake: None, simulation: None };
    (tallymark_server::start(listener, plan).unwrap(), proxy)
}

/// Who asks, and where.
#[derive(Debug, Clone)]
struct Caller {
    address: SocketAddr,
    key: String,
}

impl Caller {
    /// Sends a request on a connection of its own; the status and the JSON of the answer.
    async fn send(&self, request: &str, headers: &str, body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(self.address).await.expect("the server listens");
        let Self { address, key } = self;
        let length = body.len();
        let text = format!(
            "{request} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: Bearer {key}\r\n\
             content-length: {length}\r\n{headers}\r\n{body}"
        );
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{request}: {answer:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_else(|_| panic!("{request}: {answer:?}")))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.send(&format!("GET {path}"), "", "").await
    }

    /// Claims with a device of its own, under a key of its own.
    async fn claim(&self, number: usize, code: &str) -> (u16, Value) {
        let device = json!([{"kind": "device", "value": format!("{number:032x}")}]);
        let body = json!({"code": code, "identifiers": device, "claim": true}).to_string();
        let headers = format!("content-type: application/json\r\nidempotency-key: claim-{number}\r\n");
        self.send("POST /v1/scans", &headers, &body).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_database_is_gone_for_ten_seconds_refuses_clearly_stays_up_and_forgets_nothing() {
    let Some(db) = TestDb::on(Engine::Postgres, &tallymark_server::migrations()).await else { return };
    let world = World::new(db).await;
    let codes = world.codes().await;
    let code = |number: usize| codes[number % codes.len()].clone();
    let clock: Arc<dyn Clock> = Arc::new(RealPace(SystemClock::new()));
    let (running, proxy) = serve(&world, clock.clone()).await;
    let caller = Caller { address: running.address, key: world.owner.clone() };

    let mut acknowledged = HashMap::new();
    for number in 0..5 {
        let (status, answer) = caller.claim(number, &code(number)).await;
        assert_eq!(status, 200, "{answer}");
        acknowledged.insert(number, answer);
    }
    assert_eq!(caller.get("/readyz").await.0, 200);

    proxy.cut(true);
    let cut_at = clock.elapsed();
    let (mut sent, mut probes) = (Vec::new(), Vec::new());
    let mut tick = tokio::time::interval(SEND_EVERY);
    while clock.elapsed() < cut_at + GONE_FOR {
        tick.tick().await;
        let (own, number, code) = (caller.clone(), 5 + sent.len(), code(5 + sent.len()));
        sent.push(tokio::spawn(async move { own.claim(number, &code).await }));
        if sent.len() % 10 == 0 {
            let own = caller.clone();
            probes.push(tokio::spawn(async move { (own.get("/healthz").await.0, own.get("/readyz").await.0) }));
        }
    }
    assert!(sent.len() >= 20, "{} scans were sent", sent.len());
    let last = 5 + sent.len();
    for answer in sent {
        let (status, problem) = answer.await.unwrap();
        let code = problem["code"].as_str().unwrap_or_default();
        assert_eq!(status, 503, "{problem}");
        assert!(["scan.unavailable", "store.unavailable"].contains(&code), "{problem}");
    }

    for probe in probes {
        assert_eq!(probe.await.unwrap(), (200, 503), "it is up, and says that it is not ready");
    }

    proxy.cut(false);
    let back_at = clock.elapsed();
    while caller.get("/readyz").await.0 != 200 {
        assert!(clock.elapsed() < back_at + BACK_WITHIN, "the server did not find its database again");
    }
    for number in 5..last {
        let (mut status, mut answer) = caller.claim(number, &code(number)).await;
        // Connections that broke are found out one by one.
        while status == 503 && clock.elapsed() < back_at + BACK_WITHIN {
            (status, answer) = caller.claim(number, &code(number)).await;
        }
        assert_eq!(status, 200, "{answer}");
        acknowledged.insert(number, answer);
    }
    for (number, answer) in &acknowledged {
        let (status, stored) = caller.get(&format!("/v1/scans/{}", answer["scan"].as_str().unwrap())).await;
        assert_eq!(status, 200, "{stored}");
        assert_eq!(&caller.claim(*number, &code(*number)).await.1, answer, "asked again, the answer is another");
    }
    assert_eq!(tallymark_scan::verify::discrepancies(&world.context.store).await.unwrap(), Vec::<String>::new());
    running.stop().await;
}
