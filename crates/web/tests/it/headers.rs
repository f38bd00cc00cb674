//! Headers for browsers.

use axum::body::Body;
use axum::http::Request;

use crate::app::{app, get_from, send};

#[tokio::test]
async fn data_may_not_be_framed_sniffed_stored_or_run() {
    for path in ["/whoami", "/nowhere", "/fail/panic", "/fail/slow"] {
        let answer = get_from(path).await;
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'; "), "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("strict-transport-security"), "");
    }
}

#[tokio::test]
async fn a_page_runs_only_what_carries_its_nonce() {
    let app = app(true);
    let request = || Request::get("/page").body(Body::empty()).unwrap();
    let answer = send(app.clone(), request()).await;
    let nonce = answer.body.strip_prefix("<style nonce=").unwrap().strip_suffix("></style>").unwrap();
    assert_eq!(nonce.len(), 22);
    assert_eq!(
        answer.header("content-security-policy"),
        format!(
            "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src 'self' data:; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
    );
    assert!(answer.header("permissions-policy").starts_with("geolocation=(self)"));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert!(answer.header("strict-transport-security").starts_with("max-age="));
    assert_ne!(send(app, request()).await.body, answer.body, "a nonce is used once");
}
