//! A brand, and a client that speaks HTTP to the routes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::middleware::from_fn;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tallymark_base::TypedId as _;
use tallymark_base::id::{ApiKeyId, TenantId};
use tallymark_testkit::db::TestDb;
use tallymark_traces::api::{in_words_of_epcis, routes};
use tallymark_traces::{NoHook, Pace, Sockets, Traces};
use tallymark_web::{AuthError, Caller, Scopes, Standing};
use tower::ServiceExt as _;

pub(crate) struct World {
    pub(crate) db: Arc<TestDb>,
    pub(crate) traces: Traces,
    pub(crate) router: Router,
    /// Whether the caller of a connection may go on.
    pub(crate) may: Arc<AtomicBool>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The ids of the events of a document.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.events().iter().map(|event| event["eventID"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        let list = &self.body["epcisBody"]["queryResults"]["resultsBody"]["eventList"];
        list.as_array().unwrap_or_else(|| panic!("{}", self.body)).clone()
    }

    /// The status and the exception.
    pub(crate) fn problem(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["type"].as_str().unwrap_or_default().trim_start_matches("epcisException:"))
    }

    /// The address of the next page.
    pub(crate) fn next(&self) -> Option<String> {
        let link = self.header("link");
        let address = link.strip_prefix('<')?.split_once('>').map(|(address, _)| address.to_owned())?;
        assert!(address.starts_with("/epcis/v2/") && !address.contains("v2/epcis"), "{address}");
        Some(address)
    }
}

impl World {
    pub(crate) fn new(db: TestDb) -> Self {
        Self::paced(db, Pace::default())
    }

    /// The same, with another pace of its connections.
    pub(crate) fn paced(db: TestDb, pace: Pace) -> Self {
        let (mut traces, _) = Traces::start(db.context(), Arc::new(NoHook));
        traces.sockets = Sockets::at(pace);
        let may = Arc::new(AtomicBool::new(true));
        Self { router: router_of(&traces, 7, &may), db: Arc::new(db), traces, may }
    }

    /// The same database by another server, for a brand.
    pub(crate) fn another(&self, tenant: i64) -> Self {
        let (traces, _) = Traces::start(self.db.context(), Arc::new(NoHook));
        let may = Arc::new(AtomicBool::new(true));
        Self { router: router_of(&traces, tenant, &may), db: self.db.clone(), traces, may }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: String) -> Got {
        let path = if path.starts_with("/epcis") { path.to_owned() } else { format!("/epcis/v2{path}") };
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Got { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        self.call("GET", path, &[], String::new()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Got {
        self.call("POST", path, &[("content-type", "application/json")], body.to_string()).await
    }

    /// Captures a document; gives what became of it.
    pub(crate) async fn capture(&self, document: &Value, behaviour: &str) -> Value {
        let headers = [("content-type", "application/json"), ("gs1-capture-error-behaviour", behaviour)];
        let got = self.call("POST", "/capture", &headers, document.to_string()).await;
        assert_eq!(got.status, 202, "{}", got.body);
        let job = self.get(got.header("location")).await;
        assert_eq!(job.status, 200);
        job.body
    }

    /// Captures events, which must work.
    pub(crate) async fn captured(&self, events: &[Value]) {
        let job = self.capture(&document(events), "rollback").await;
        assert_eq!((&job["success"], &job["running"]), (&json!(true), &json!(false)), "{job}");
    }

    /// All events of an address, page by page; and how many each page had.
    pub(crate) async fn pages(&self, path: &str) -> (Vec<String>, Vec<usize>) {
        let (mut ids, mut sizes, mut path) = (Vec::new(), Vec::new(), path.to_owned());
        loop {
            let got = self.get(&path).await;
            assert_eq!(got.status, 200, "{}", got.body);
            sizes.push(got.ids().len());
            ids.extend(got.ids());
            match got.next() {
                Some(next) => path = next,
                None => return (ids, sizes),
            }
        }
    }
}

fn router_of(traces: &Traces, tenant: i64, may: &Arc<AtomicBool>) -> Router {
    let scopes: Scopes = "owner".parse().unwrap();
    let caller = Caller::with_key(TenantId::from_raw(tenant), ApiKeyId::from_raw(1), scopes);
    let own = routes().with_state(traces.clone()).split_for_parts().0;
    let known = may.clone();
    let standing = Standing::by(move || {
        let may = known.load(Ordering::SeqCst);
        async move { if may { Ok(()) } else { Err(AuthError::KeyUnknown.into()) } }
    });
    let router = Router::new().nest("/epcis/v2", own).layer(axum::Extension(caller));
    router.layer(axum::Extension(standing)).layer(from_fn(in_words_of_epcis))
}

pub(crate) fn document(events: &[Value]) -> Value {
    json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"ex": "https://ns.example.com/"}],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-01-01T00:00:00Z",
        "epcisBody": {"eventList": events},
    })
}

/// An event of one object, so many minutes after the first of January.
pub(crate) fn event(number: u32) -> Value {
    let (hour, minute) = (number / 60, number % 60);
    json!({
        "eventID": format!("urn:uuid:{number}"), "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping",
        "eventTime": format!("2026-01-01T{hour:02}:{minute:02}:00Z"), "eventTimeZoneOffset": "+00:00",
        "epcList": [format!("urn:epc:id:sgtin:4012345.011111.{number}")],
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
    })
}
