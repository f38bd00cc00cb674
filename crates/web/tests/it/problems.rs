//! How faults become answers.

use std::io::Write;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request;
use axum::response::IntoResponse;
use tallymark_base::{Fault, Kind};
use tallymark_web::{Limits, Problem, Quota, Quotas, Subject};
use tracing::instrument::WithSubscriber;

use crate::app::{SECRET, app, get_from, send};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The answer to a GET and what was logged meanwhile.
async fn get_logged(path: &str, headers: &[(&str, &str)]) -> (crate::app::Answer, String) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    let answer = send(app(false), request.body(Body::empty()).unwrap()).with_subscriber(subscriber).await;
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    (answer, text)
}

#[tokio::test]
async fn a_broken_rule_is_told_to_the_caller_as_the_fault_says_it() {
    let answer = get_from("/fail/rule").await;
    answer.is_problem(422, "shop.budget_zero", "the budget is 0 fen; give it at least 1");
}

#[tokio::test]
async fn causes_of_our_own_faults_are_logged_with_the_request_id_and_never_sent() {
    for (path, status, code, detail) in [
        ("/fail/defect", 500, "shop.defect", "on our side"),
        ("/fail/away", 503, "shop.away", "cannot be reached"),
        ("/fail/panic", 500, "server.panic", "on our side"),
    ] {
        let (answer, log) = get_logged(path, &[]).await;
        answer.is_problem(status, code, detail);
        assert!(!answer.body.contains(SECRET) && !answer.body.contains("internal database error"));
        assert!(answer.headers.values().all(|value| !value.to_str().unwrap().contains(SECRET)));
        let line = log.lines().find(|line| line.contains(SECRET)).expect("the cause is logged");
        assert!(line.contains(answer.header("x-request-id")), "{line}");
    }
}

#[tokio::test]
async fn the_log_has_route_status_and_client_id_but_never_the_path() {
    let (answer, log) = get_logged("/products/prd_SECRETC0DE?x=SECRETC0DE", &[("x-request-id", "abc-1.2_Z")]).await;
    answer.is_problem(400, "request.path_invalid", "prd_");
    assert!(log.contains("route=\"/products/{product}\"") && log.contains("client_request_id=\"abc-1.2_Z\""), "{log}");
    assert!(log.contains("status=400") && log.contains("code=\"request.path_invalid\""), "{log}");
    assert!(!log.contains("SECRETC0DE"), "{log}");
    let (_, log) = get_logged("/whoami", &[("x-request-id", "a b\"<script>")]).await;
    assert!(!log.contains("script"), "{log}");
}

#[tokio::test]
async fn an_outside_request_id_is_never_taken_for_ours() {
    let (answer, _) = get_logged("/whoami", &[("x-request-id", "req_ZZZ")]).await;
    assert_eq!(answer.header("x-request-id"), "req_0000000000001");
    assert!(answer.body.ends_with(" req_0000000000001"), "{}", answer.body);
}

#[derive(Debug, thiserror::Error)]
#[error("{0:?}")]
struct OfKind(Kind);

impl Fault for OfKind {
    fn code(&self) -> &'static str {
        "test.kind"
    }

    fn kind(&self) -> Kind {
        self.0
    }
}

#[test]
fn every_kind_has_the_status_that_its_description_names() {
    for (kind, status) in [
        (Kind::Invalid, 422),
        (Kind::Unauthenticated, 401),
        (Kind::Denied, 403),
        (Kind::NotFound, 404),
        (Kind::Conflict, 409),
        (Kind::TooLarge, 413),
        (Kind::TooMany, 429),
        (Kind::Unavailable, 503),
        (Kind::Internal, 500),
    ] {
        let response = Problem::from(OfKind(kind)).into_response();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers().contains_key("retry-after"), matches!(status, 429 | 503));
    }
}

#[test]
fn a_reached_limit_is_429_with_the_seconds_to_wait() {
    let quota = |per_minute| Quota { per_minute: NonZeroU32::new(per_minute).unwrap(), burst: NonZeroU32::MIN };
    let much = quota(600_000);
    let limits = Limits::new(Quotas { device: quota(6), address: much, code: much, key: much, user: much });
    limits.check(Subject::Device("d")).unwrap();
    let problem = Problem::from(limits.check(Subject::Device("d")).unwrap_err());
    assert_eq!((problem.status().as_u16(), problem.code()), (429, "limit.device"));
    // 6 a minute: 10 s, less what this test took.
    assert_eq!(problem.into_response().headers()["retry-after"], "10");
    limits.check(Subject::Code("d")).unwrap();
    limits.check(Subject::Address("192.0.2.1".parse().unwrap())).unwrap();
}
