//! The operator's console at `/console/`: files of its build, and its one page at every other address below.
//!
//! A file under `assets/` carries a hash of its content in its name, so that a browser keeps it for ever. The page is made
//! for each answer, since it carries the nonce of that answer's Content-Security-Policy. A server that was built without
//! the console says there how to build it.

mod encoding;
mod files;

use std::io::Read as _;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::{DOCTYPE, html};
use sha2::{Digest as _, Sha256};
use tallymark_web::{Nonce, PageHeaders, Path, not_found};

use encoding::Encoding;
pub use files::Console;

/// What the page's build writes where the nonce belongs.
const NONCE: &str = "{{csp-nonce}}";
/// Files whose names change with their contents.
const HASHED: &str = "assets/";

/// The routes. `pages` makes the nonces.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(console: Console, pages: PageHeaders) -> Router<S> {
    let routes = Router::new()
        .route("/console", get(async || Redirect::permanent("/console/")))
        .route("/console/", get(page))
        .route("/console/{*name}", get(named));
    pages.around(routes).with_state(console)
}

/// A file where the last step of the address has an ending, the page elsewhere: no address of the console has a dot.
async fn named(State(console): State<Console>, nonce: Nonce, Path(name): Path<String>, headers: HeaderMap) -> Response {
    if name.rsplit('/').next().is_some_and(|last| last.contains('.')) {
        return file(&console, &name, &headers).await;
    }
    page(State(console), nonce).await
}

async fn page(State(console): State<Console>, nonce: Nonce) -> Response {
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let (status, body) = match console.page().await {
        Some(page) => (StatusCode::OK, page.replacen(NONCE, nonce.as_str(), 1)),
        None => (StatusCode::SERVICE_UNAVAILABLE, not_built()),
    };
    (status, [(header::CONTENT_TYPE, html)], body).into_response()
}

async fn file(console: &Console, name: &str, headers: &HeaderMap) -> Response {
    let (encoding, Some(content_type)) = (Encoding::of(headers), type_of(name)) else {
        return not_found().await.into_response();
    };
    let ending = encoding.names().map_or(".gz", |(_, ending)| ending);
    let Some(stored) = console.read(&format!("{name}{ending}")).await else {
        return not_found().await.into_response();
    };
    let tag = tag_of(name, encoding, &stored);
    let is_known = headers.get_all(header::IF_NONE_MATCH).iter().any(|known| names(known, &tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let body = if encoding == Encoding::Plain { inflated(&stored) } else { Ok(stored) };
        match body {
            Ok(body) => ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], body).into_response(),
            Err(error) => return tallymark_web::Problem::internal("console.file", error).into_response(),
        }
    };
    let kept = if name.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "public, no-cache" };
    let answer = response.headers_mut();
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        answer.insert(header::ETAG, tag);
    }
    if let (Some((coding, _)), false) = (encoding.names(), is_known) {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

/// What browsers are told of a file, by its ending; nothing for what the console's build does not make.
fn type_of(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        _ => return None,
    })
}

/// The entity tag (RFC 9110, section 8.8.3): the name where it tells the content, else the content's hash; one for each
/// form in which it is sent.
fn tag_of(name: &str, encoding: Encoding, stored: &Bytes) -> String {
    let form = encoding.names().map_or("plain", |(coding, _)| coding);
    match name.strip_prefix(HASHED) {
        Some(name) => format!("\"{name}-{form}\""),
        None => format!("\"{}-{form}\"", data_encoding::HEXLOWER.encode(&Sha256::digest(stored)[..12])),
    }
}

/// Whether a line of `If-None-Match` names `tag`.
fn names(line: &HeaderValue, tag: &str) -> bool {
    let tags = line.to_str().unwrap_or_default().split(',').map(str::trim);
    tags.map(|known| known.strip_prefix("W/").unwrap_or(known)).any(|known| known == tag || known == "*")
}

/// For the rare client that takes neither form.
fn inflated(stored: &Bytes) -> std::io::Result<Bytes> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&stored[..]).read_to_end(&mut plain)?;
    Ok(plain.into())
}

fn not_built() -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Tallymark" }
            }
            body {
                h1 { "The console is not in this program" }
                p {
                    "Run " code { "cargo xtask console" } " in the repository (it needs Node), then build the program again. "
                    "The API at " code { "/v1" } " works without it."
                }
                p lang="zh-CN" {
                    "此程序未包含控制台：请在代码仓库中运行 " code { "cargo xtask console" } "（需要 Node），再重新构建。"
                }
            }
        }
    };
    page.into_string()
}
