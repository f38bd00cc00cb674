//! What surrounds every route: the request id, the log line, the caller's address, limits of body and time, panics,
//! and headers that are strict unless a route says otherwise.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tallymark_base::Clock;
use tallymark_base::id::RequestId;
use tallymark_telemetry::{Metrics, trace};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;
use tracing::field::Empty;

use crate::client_address::{ClientAddress, client_address, socket_address};
use crate::problem::{Problem, ProblemCode};
use crate::refusal::Refusal;
use crate::request_id::{self, CURRENT, MakeRequestId};

/// Headers for an answer that is data. They are set where the route set nothing else.
const STRICT: [(HeaderName, HeaderValue); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Two years: what hstspreload.org asks for is one at least.
const TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// The outermost layers of a server. One per process.
pub struct Edge {
    /// Makes request ids.
    pub make_request_id: MakeRequestId,
    /// For durations in the log.
    pub clock: Arc<dyn Clock>,
    /// Where requests are counted.
    pub metrics: Arc<Metrics>,
    /// How many proxies of our own stand before the server; see [`client_address`].
    pub trusted_hops: usize,
    /// Whether people reach the server over https; then browsers are told to stay there.
    pub is_https: bool,
    /// The longest body in bytes. A route may set another limit by axum's `DefaultBodyLimit`.
    pub body_bytes_max: usize,
    /// How long a handler may take until its answer starts.
    pub answer_time_max: Duration,
}

impl Edge {
    /// Puts the layers around `router`. Routes added later are outside, so this comes last; give the router
    /// [`not_found`] as its fallback before.
    pub fn around<S: Clone + Send + Sync + 'static>(self, router: Router<S>) -> Router<S> {
        router
            .method_not_allowed_fallback(method_not_allowed)
            .layer(DefaultBodyLimit::max(self.body_bytes_max))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn_with_state(self.answer_time_max, limit_time))
            .layer(from_fn_with_state(Arc::new(self), observe))
    }
}

impl std::fmt::Debug for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Edge")
            .field("trusted_hops", &self.trusted_hops)
            .field("is_https", &self.is_https)
            .field("body_bytes_max", &self.body_bytes_max)
            .field("answer_time_max", &self.answer_time_max)
            .finish_non_exhaustive()
    }
}

/// The fallback of the outermost router.
pub async fn not_found() -> Problem {
    Refusal::NotFound.into()
}

/// The answer of a path that has no such method; axum adds the `Allow` header.
pub async fn method_not_allowed(method: Method) -> Problem {
    Refusal::MethodNotAllowed { method: crate::refusal::shorten(method) }.into()
}

async fn observe(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    let id = (edge.make_request_id)();
    let start = edge.clock.elapsed();
    let address = client_address(edge.trusted_hops, request.headers(), socket_address(request.extensions()));
    let route = edge.metrics.routes.of(request.method().as_str(), pattern_of(&request));
    let span = span_of(&request, id);
    trace::request(&span, request.headers(), || format!("{} {}", request.method(), pattern_of(&request)));
    request.extensions_mut().insert(id);
    request.extensions_mut().insert(ClientAddress(address));

    edge.metrics.http_running.inc();
    let running = Running(&edge.metrics);
    let mut response = CURRENT.scope(id, next.run(request)).instrument(span.clone()).await;
    drop(running);

    let duration = edge.clock.elapsed().saturating_sub(start);
    route.answered(response.status().as_u16(), duration.as_secs_f64());
    let status = response.status().as_u16();
    let code = response.extensions().get().map(|ProblemCode(code)| code.clone());
    let code = code.as_deref();
    if let Some(code) = code {
        edge.metrics.refusals.with_label_values(&[code]).inc();
    }
    trace::answered(&span, status, code);
    // Not fields of the span: a log that is written as JSON would write it anew for each of them. Faults of ours have
    // their own line at a higher level.
    let duration_ms = duration.as_micros() as f64 / 1000.0;
    span.in_scope(|| tracing::debug!(status, code, duration_ms, "answered"));

    set_headers(response.headers_mut(), edge.is_https);
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(request_id::HEADER, value);
    }
    if let Some(value) = trace::header_of(&span).and_then(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().insert(trace::HEADER, value);
    }
    response
}

/// A request that waits for its answer; a caller who goes away drops it as well.
struct Running<'a>(&'a Metrics);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.http_running.dec();
    }
}

/// The route's pattern, never the path itself: a path may hold a code, which is worth money.
fn pattern_of(request: &Request) -> &str {
    request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str)
}

fn span_of(request: &Request, id: RequestId) -> tracing::Span {
    let route = pattern_of(request);
    tracing::info_span!(
        "request",
        request_id = %id,
        client_request_id = request_id::of_client(request.headers()),
        method = %request.method(),
        route,
        otel.kind = Empty,
    )
}

fn set_headers(headers: &mut HeaderMap, is_https: bool) {
    for (name, value) in STRICT {
        headers.entry(name).or_insert(value);
    }
    if is_https {
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(TRANSPORT_SECURITY);
    }
}

/// Drops the handler when its time is over; a transaction it had open is rolled back.
async fn limit_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::from(Refusal::Timeout { limit_ms: limit.as_millis() }).into_response(),
    }
}

fn panicked(payload: Box<dyn Any + Send + 'static>) -> Response {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    Problem::internal("server.panic", text.unwrap_or("a panic without a text")).into_response()
}
