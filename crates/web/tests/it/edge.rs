//! What the edge answers by itself.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;

use crate::app::{app, get_from, send};

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    get_from("/nowhere").await.is_problem(404, "request.not_found", "nothing lives");
}

#[tokio::test]
async fn a_method_that_is_not_there_is_a_problem_and_names_those_that_are() {
    let answer = send(app(false), Request::delete("/whoami").body(Body::empty()).unwrap()).await;
    answer.is_problem(405, "request.method_not_allowed", "DELETE");
    assert_eq!(answer.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn a_handler_that_takes_too_long_is_answered_for() {
    let answer = get_from("/fail/slow").await;
    answer.is_problem(503, "request.timeout", "200 ms");
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test]
async fn the_callers_address_is_the_one_that_our_proxy_saw() {
    let socket: SocketAddr = "192.0.2.9:1234".parse().unwrap();
    let request = |forwarded: Option<&str>| {
        let request = Request::get("/whoami").extension(ConnectInfo(socket));
        let request = forwarded.into_iter().fold(request, |request, value| request.header("x-forwarded-for", value));
        send(app(false), request.body(Body::empty()).unwrap())
    };
    assert!(request(Some("1.1.1.1, 203.0.113.7")).await.body.starts_with("203.0.113.7 "));
    assert!(request(None).await.body.starts_with("192.0.2.9 "));
}
