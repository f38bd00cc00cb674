//! Bodies, queries and paths that do not fit.

use axum::body::Body;
use axum::http::Request;

use crate::app::{app, get_from, order, send};

async fn refused(body: impl Into<Body>, status: u16, code: &str, detail: &str) {
    send(app(false), order(body)).await.is_problem(status, code, detail);
}

#[tokio::test]
async fn a_good_body_arrives_with_its_raw_bytes() {
    let body = r#"{"name":"茶","lines":[{"count":2}]}"#;
    let answer = send(app(false), order(body)).await;
    assert_eq!(answer.body, format!(r#"{{"name":"茶","bytes":{},"key":"k-1"}}"#, body.len()));
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn malformed_json_is_refused_with_line_and_column() {
    refused("{\n  \"name\": oops}", 400, "request.body_malformed", "line 2 column 11").await;
    refused("", 400, "request.body_malformed", "EOF").await;
    refused("{\"name\":", 400, "request.body_malformed", "line 1 column 8").await;
    refused(r#"{"name":"a","lines":[]} x"#, 400, "request.body_malformed", "trailing characters").await;
}

#[tokio::test]
async fn unknown_missing_and_mistyped_fields_are_refused_by_name() {
    refused(r#"{"name":"a","lines":[],"colour":1}"#, 422, "request.body_invalid", "unknown field `colour`").await;
    refused(r#"{"name":"a"}"#, 422, "request.body_invalid", "missing field `lines`").await;
    refused(r#"{"name":"a","lines":[{"count":1},{"count":-1}]}"#, 422, "request.body_invalid", "lines[1].count: ")
        .await;
    refused(r#"{"name":"a","name":"b","lines":[]}"#, 422, "request.body_invalid", "duplicate field `name`").await;
}

#[tokio::test]
async fn bytes_that_are_not_utf8_are_refused_with_their_place() {
    refused(b"{\"name\":\"\xff\"}".to_vec(), 400, "request.body_not_utf8", "byte 9").await;
}

#[tokio::test]
async fn nul_is_refused_in_every_place() {
    refused(r#"{"name":"a\u0000b","lines":[]}"#, 400, "request.nul_character", "the body").await;
    get_from("/filter?text=a%00b").await.is_problem(400, "request.nul_character", "the query");
    get_from("/fail/%00").await.is_problem(400, "request.nul_character", "the path");
    form("count=1%00").await.is_problem(400, "request.nul_character", "the body");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_413() {
    let name = |length: usize| format!(r#"{{"lines":[],"name":"{}"}}"#, "a".repeat(length - 22));
    assert_eq!(send(app(false), order(name(1000))).await.status, 200);
    refused(name(1001), 413, "request.body_too_large", "longer").await;
}

#[tokio::test]
async fn a_long_value_does_not_make_a_long_answer() {
    let answer = send(app(false), order(format!(r#"{{"name":"a","lines":"{}"}}"#, "茶".repeat(300)))).await;
    let (status, _, detail) = answer.problem();
    assert_eq!(status, 422);
    assert!(detail.chars().count() < 350, "{detail}");
}

#[tokio::test]
async fn another_media_type_is_refused_with_415() {
    let mut request = order("{}");
    request.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    send(app(false), request).await.is_problem(415, "request.media_type", "application/json");
    let mut request = order("{}");
    request.headers_mut().remove("content-type");
    send(app(false), request).await.is_problem(415, "request.media_type", "\"\"");
}

async fn form(body: &'static str) -> crate::app::Answer {
    let request = Request::post("/form").header("content-type", "application/x-www-form-urlencoded");
    send(app(false), request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn forms_are_read_as_strictly_as_json() {
    assert_eq!(form("count=12").await.body, "12");
    form("count=x").await.is_problem(422, "request.body_invalid", "count: ");
    form("count=1&more=2").await.is_problem(422, "request.body_invalid", "unknown field `more`");
    form("count=%FF").await.is_problem(422, "request.body_invalid", "not UTF-8");
    let json = Request::post("/form").header("content-type", "application/json").body(Body::from("{}")).unwrap();
    send(app(false), json).await.is_problem(415, "request.media_type", "x-www-form-urlencoded");
}

#[tokio::test]
async fn a_query_that_does_not_fit_is_refused_by_name() {
    assert_eq!(get_from("/filter?count=3&text=a+b").await.body, "Some(3)");
    assert_eq!(get_from("/filter").await.body, "None");
    get_from("/filter?count=x").await.is_problem(400, "request.query_invalid", "count: ");
    get_from("/filter?cuont=1").await.is_problem(400, "request.query_invalid", "unknown field `cuont`");
    get_from("/filter?text=%ff").await.is_problem(400, "request.query_invalid", "not UTF-8");
}

#[tokio::test]
async fn a_path_that_does_not_fit_is_refused_with_the_reason() {
    assert_eq!(get_from("/products/prd_00TAXGT0000G0").await.body, "prd_00TAXGT0000G0");
    get_from("/products/prd_1").await.is_problem(400, "request.path_invalid", "prd_ and 13 letters or digits");
    get_from("/products/%ff").await.is_problem(400, "request.path_invalid", "UTF-8");
}

#[tokio::test]
async fn pages_join_without_gap_or_overlap_and_the_last_one_says_so() {
    let mut path = "/numbers".to_owned();
    let mut sizes = vec![];
    let mut all = vec![];
    loop {
        let page: tallymark_web::Paged<i64> = serde_json::from_str(&get_from(&path).await.body).unwrap();
        sizes.push(page.items.len());
        all.extend(page.items);
        let Some(next) = page.next else { break };
        path = format!("/numbers?after={next}");
    }
    assert_eq!(sizes, [50, 50, 20]);
    assert!(all.into_iter().eq(1..=120));
    // A page that ends exactly at the end has no next.
    assert!(get_from("/numbers?limit=60&after=60").await.body.ends_with(r#""next":null}"#));
}

#[tokio::test]
async fn limits_and_cursors_out_of_range_are_refused() {
    for query in ["limit=0", "limit=201", "limit=-1", "limit=x", "after=", "after=%20", "after=x", "limit=1&limit=2"] {
        get_from(&format!("/numbers?{query}")).await.is_problem(400, "request.query_invalid", &query[..5]);
    }
}
