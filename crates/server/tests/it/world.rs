//! A server in the process, a brand on it, and a client that speaks HTTP to its router.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tallymark_base::Clock;
use tallymark_intake::Intake;
use tallymark_partners::NewTenant;
use tallymark_scan::redeemed::OwnAndRedeemed;
use tallymark_scan::{Options, Scanner};
use tallymark_server::{App, Console, Network, Outside, OutsideOptions};
use tallymark_store::Context;
use tallymark_testkit::db::TestDb;
use tallymark_traces::Traces;
use tower::ServiceExt as _;

pub(crate) struct World {
    pub(crate) db: Arc<TestDb>,
    pub(crate) context: Context,
    pub(crate) router: Router,
    /// The owner's API key.
    pub(crate) owner: String,
    pub(crate) batch: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The status and the problem's code.
    pub(crate) fn problem(&self) -> (u16, String) {
        (self.status.as_u16(), self.json()["code"].as_str().unwrap_or_default().to_owned())
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl World {
    /// A brand with 48 bottles in two cases, shipped to a store, and a campaign of 88 fen a bottle.
    pub(crate) async fn new(db: TestDb) -> Self {
        Self::with(db, Network::default(), OutsideOptions::default()).await
    }

    /// The same, met by the network and the companies outside as given.
    pub(crate) async fn with(db: TestDb, network: Network, outside: OutsideOptions) -> Self {
        let context = db.context();
        let new = NewTenant {
            name: "清泉 Spring".into(),
            hosts: vec!["spring.example".into()],
            zone: "Asia/Shanghai".into(),
        };
        let made = tallymark_server::tenants::create(&context, new).await.unwrap();
        let (scanner, _) = Scanner::start(context.clone(), Options::default());
        let outside = Outside::open(outside).unwrap();
        let (intake, _) = Intake::start(context.clone());
        let router =
            App::new(context.clone(), scanner, (intake, traces(&context)), network, outside, None).router(network);
        let mut world = Self { db: Arc::new(db), context, router, owner: made.key, batch: String::new() };
        world.stock().await;
        world
    }

    async fn stock(&mut self) {
        let product =
            self.post("/v1/products", json!({"gtin": "6901234567892", "sku": "W5", "name": "天然水 500ml"})).await;
        let new = json!({
            "product": product.json()["id"], "lot": "L1", "items": 48, "items_per_case": 24, "faces": "outer"
        });
        self.batch = self.post("/v1/batches", new).await.json()["id"].as_str().unwrap().to_owned();
        let activated = self.post(&format!("/v1/batches/{}/activations", self.batch), json!({})).await;
        assert_eq!(activated.status, 201, "{}", activated.text());
        let campaign = self
            .post(
                "/v1/campaigns",
                json!({
                    "name": "Open", "starts": "2026-01-01T00:00:00Z", "ends": "2027-01-01T00:00:00Z",
                    "budget_fen": 10_000,
                    "prizes": [{"name": "88", "weight": 1, "reward": {"kind": "red_packet", "min_fen": 88, "max_fen": 88}}]
                }),
            )
            .await
            .json();
        let path = format!("/v1/campaigns/{}/status", campaign["id"].as_str().unwrap());
        let running = self.post(&path, json!({"status": "running"})).await;
        assert!(running.status.is_success(), "{}", running.text());
    }

    /// The same server again, for another of its brands.
    pub(crate) fn sharing(&self) -> World {
        let (context, router) = (self.context.clone(), self.router.clone());
        World { db: self.db.clone(), context, router, owner: String::new(), batch: String::new() }
    }

    /// A second server on the same database.
    pub(crate) fn another_server(&self) -> World {
        self.another_server_by(self.context.clock.clone())
    }

    /// A second server on the same database, with a clock of its own.
    pub(crate) fn another_server_by(&self, clock: Arc<dyn Clock>) -> World {
        let context = Context { clock, ..self.context.clone() };
        let (intake, _) = Intake::start(context.clone());
        self.server_over(context, intake)
    }

    /// A second server on the same database, which takes deliveries otherwise.
    pub(crate) fn with_intake(&self, intake: Intake) -> World {
        self.server_over(self.context.clone(), intake)
    }

    /// A second server on the same database, with the console of a folder.
    pub(crate) fn with_console(&self, folder: &Path) -> World {
        let context = self.context.clone();
        let (intake, _) = Intake::start(context.clone());
        self.server_with(context, intake, Console::of_folder(folder))
    }

    fn server_over(&self, context: Context, intake: Intake) -> World {
        self.server_with(context, intake, Console::built_in())
    }

    fn server_with(&self, context: Context, intake: Intake, console: Console) -> World {
        let (scanner, _) = Scanner::start(context.clone(), Options::default());
        let outside = Outside::open(OutsideOptions::default()).unwrap();
        let network = Network::default();
        let app = App::new(context.clone(), scanner, (intake, traces(&context)), network, outside, None);
        let router = app.router_with(network, console);
        World { context, router, owner: self.owner.clone(), batch: self.batch.clone(), ..self.sharing() }
    }

    /// The codes of the batch, in order of their serials.
    pub(crate) async fn codes(&self) -> Vec<String> {
        let path = format!("/v1/batches/{}/codes?level=item&face=outer&form=code", self.batch);
        self.get(&path).await.text().lines().map(str::to_owned).collect()
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        self.call("GET", path, Some(&self.owner), None, None).await
    }

    /// A POST with an idempotency key of its own.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Got {
        let key = self.fresh_key();
        self.call("POST", path, Some(&self.owner), Some(&key), Some(body.to_string())).await
    }

    /// The brand.
    pub(crate) async fn tenant(&self, tx: &mut tallymark_store::Tx) -> tallymark_base::id::TenantId {
        tallymark_partners::tenant::by_host(tx, &self.context.master, "spring.example").await.unwrap().unwrap().id
    }

    /// The person an identifier leads to.
    pub(crate) async fn person(&self, kind: &str, value: &str) -> Value {
        let wanted = json!({"identifier": {"kind": kind, "value": value}});
        self.post("/v1/people/search", wanted).await.json()
    }

    /// An idempotency key that nobody used.
    pub(crate) fn fresh_key(&self) -> String {
        self.context.ids.next::<tallymark_base::id::EventId>(&*self.context.clock).unwrap().to_string()
    }

    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        api_key: Option<&str>,
        idempotency_key: Option<&str>,
        body: Option<String>,
    ) -> Got {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(key) = api_key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        self.send(request.body(body.map_or_else(Body::empty, Body::from)).unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Got {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        // A stream of events has no end to wait for.
        let is_stream = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        let body = if is_stream { Vec::new() } else { body.collect().await.unwrap().to_bytes().to_vec() };
        Got { status: parts.status, headers: parts.headers, body }
    }
}

/// Captures events.
pub(crate) fn traces(context: &Context) -> Traces {
    Traces::start(context.clone(), Arc::new(OwnAndRedeemed::new(context.clone()))).0
}
