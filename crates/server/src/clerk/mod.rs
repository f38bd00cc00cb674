//! What clerks, dealers and stores have in the hand at `/clerk/`: goods are packed, shipped and received by scanning.
//!
//! The page is one application in files of its own: nothing in it is made for somebody, so a phone keeps all of it and opens
//! it without a network. It calls the API like any other client, and everything that it may do is decided there. No file is
//! loaded from elsewhere, no script or style stands in the page.

mod files;
mod page;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use tallymark_web::{PageHeaders, Path, not_found};

use files::{File, files};

/// The routes.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(pages: PageHeaders) -> Router<S> {
    let routes = Router::new()
        .route("/clerk", get(async || Redirect::permanent("/clerk/")))
        .route("/clerk/", get(shell))
        .route("/clerk/{*name}", get(named));
    pages.around(routes).with_state(Arc::new(files()))
}

async fn shell(State(files): State<Arc<Vec<File>>>, headers: HeaderMap) -> Response {
    answer(&files, "", &headers).await
}

async fn named(State(files): State<Arc<Vec<File>>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    answer(&files, &name, &headers).await
}

async fn answer(files: &[File], name: &str, headers: &HeaderMap) -> Response {
    let Some(file) = files.iter().find(|file| file.name == name) else { return not_found().await.into_response() };
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_known = known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == file.tag);
    let takes_gzip = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let is_packed = takes_gzip.is_some_and(|codings| codings.contains("gzip"));
    let body: Bytes = if is_packed { file.packed.clone() } else { file.plain.clone() };
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type))], body).into_response(),
    };
    let answer = response.headers_mut();
    if is_packed && !is_known {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    // Always asked for anew, and mostly not sent again: the phone's own store is what makes the page quick.
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::try_from(&file.tag) {
        answer.insert(header::ETAG, tag);
    }
    response
}
