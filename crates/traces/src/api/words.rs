//! What the standard asks of every answer: its version in the headers, discovery by OPTIONS, and exceptions by its names
//! (ISO/IEC 19987:2024, 12; RFC 7807).

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tallymark_epcis::Limits;
use tallymark_epcis::answer::query_document;
use tallymark_web::Problem;

use crate::{Error, Found, Traces};

/// The longest body of a capture.
pub const CAPTURE_BYTES_MAX: usize = 16 << 20;
/// Where the routes lie.
pub(super) const BASE: &str = "/epcis/v2";
/// The longest query string.
const QUERY_BYTES_MAX: usize = 32 << 10;
/// Bytes of a problem; none is longer.
const PROBLEM_BYTES_MAX: usize = 1 << 20;

/// Answers OPTIONS, adds the headers of the standard, and gives problems the names that it has for them. For requests under
/// `/epcis/v2`; others pass.
pub async fn in_words_of_epcis(request: Request, next: Next) -> Response {
    let Some(path) = request.uri().path().strip_prefix(BASE).filter(|rest| rest.is_empty() || rest.starts_with('/'))
    else {
        return next.run(request).await;
    };
    let path = path.to_owned();
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else if request.uri().query().is_some_and(|query| query.len() > QUERY_BYTES_MAX) {
        let text =
            format!("a query string has at most {QUERY_BYTES_MAX} bytes; give the query a name by POST /queries");
        named(Problem::new(StatusCode::URI_TOO_LONG, "epcis.uri_too_long", text).into_response()).await
    } else if !takes_json(request.headers()) {
        let text = "answers are application/json and application/ld+json";
        named(Problem::new(StatusCode::NOT_ACCEPTABLE, "epcis.not_acceptable", text).into_response()).await
    } else {
        named(next.run(request).await).await
    };
    describe(&path, &mut response);
    response
}

/// Whether the caller takes JSON.
fn takes_json(headers: &HeaderMap) -> bool {
    let mut wanted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    if wanted.peek().is_none() {
        return true;
    }
    wanted.flat_map(|value| value.split(',')).any(|range| {
        let range = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        matches!(
            range.as_str(),
            "" | "*/*" | "application/*" | "application/json" | "application/ld+json" | "application/problem+json"
        )
    })
}

/// Adds what the standard wants in headers.
fn describe(path: &str, response: &mut Response) {
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.entry(HeaderName::from_static(name)).or_insert(value);
        }
    };
    for (name, value) in [
        ("gs1-epcis-version", "2.0.0"),
        ("gs1-epcis-min", "2.0.0"),
        ("gs1-epcis-max", "2.0.0"),
        ("gs1-cbv-version", "2.0.0"),
        ("gs1-cbv-min", "2.0.0"),
        ("gs1-cbv-max", "2.0.0"),
        ("gs1-vendor-version", env!("CARGO_PKG_VERSION")),
    ] {
        set(name, value);
    }
    let resource = path.trim_matches('/').split('/').collect::<Vec<_>>();
    let limits = Limits::default();
    let allow = match resource.as_slice() {
        ["capture"] => {
            set("gs1-epcis-capture-limit", &limits.events_max.to_string());
            set("gs1-epcis-capture-file-size-limit", &limits.bytes_max.to_string());
            set("gs1-capture-error-behaviour", "all");
            "OPTIONS, GET, POST"
        }
        ["events"] => {
            set("gs1-epcis-capture-limit", "1");
            set("gs1-epcis-capture-file-size-limit", &limits.bytes_max.to_string());
            "OPTIONS, GET, POST"
        }
        ["queries"] | ["queries", _, "subscriptions"] => "OPTIONS, GET, POST",
        ["queries", _] | ["queries", _, "subscriptions", _] => "OPTIONS, GET, DELETE",
        _ => "OPTIONS, GET",
    };
    set("allow", allow);
}

/// A problem in the words of the standard: its exception as the type, the text as it is.
async fn named(response: Response) -> Response {
    let status = response.status();
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/problem+json"));
    if !is_problem {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, PROBLEM_BYTES_MAX).await.unwrap_or_default();
    let Ok(Value::Object(mut problem)) = serde_json::from_slice(&body) else {
        return Response::from_parts(parts, Body::from(body));
    };
    let code = problem.get("code").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, status) = exception(&code, status);
    problem.insert("type".to_owned(), format!("epcisException:{name}").into());
    problem.insert("title".to_owned(), title(name).into());
    problem.insert("status".to_owned(), status.as_u16().into());
    let body = Value::Object(problem).to_string();
    parts.status = status;
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(body))
}

/// The exception of the standard for a problem of ours, and its status.
fn exception(code: &str, status: StatusCode) -> (&'static str, StatusCode) {
    match (code, status) {
        ("epcis.query_parameter", _) => ("QueryParameterException", StatusCode::BAD_REQUEST),
        ("epcis.query_too_large", _) => ("QueryTooLargeException", StatusCode::PAYLOAD_TOO_LARGE),
        ("epcis.subscription_controls", _) => ("SubscriptionControlsException", StatusCode::BAD_REQUEST),
        (_, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY) => {
            ("ValidationException", StatusCode::BAD_REQUEST)
        }
        (_, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => ("SecurityException", status),
        (_, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) => ("NoSuchNameException", status),
        (_, StatusCode::NOT_ACCEPTABLE) => ("NotAcceptableException", status),
        (_, StatusCode::CONFLICT) => ("ResourceAlreadyExistsException", status),
        (_, StatusCode::PAYLOAD_TOO_LARGE) => ("CaptureLimitExceededException", status),
        (_, StatusCode::URI_TOO_LONG) => ("URITooLongException", status),
        (_, StatusCode::UNSUPPORTED_MEDIA_TYPE) => ("UnsupportedMediaTypeException", status),
        _ => ("ImplementationException", status),
    }
}

/// `Query parameter exception` for `QueryParameterException`.
fn title(name: &str) -> String {
    let mut title = String::with_capacity(name.len() + 4);
    for (at, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && at > 0 {
            title.push(' ');
            title.push(letter.to_ascii_lowercase());
        } else {
            title.push(letter);
        }
    }
    title
}

/// JSON, as JSON-LD where the caller wants that.
pub(super) fn json(status: StatusCode, headers: &HeaderMap, value: &Value) -> Response {
    let wants_ld = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("application/ld+json"));
    let sort = if wants_ld { "application/ld+json" } else { "application/json" };
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static(sort))], value.to_string()).into_response()
}

/// A list of resources.
pub(super) fn collection(headers: &HeaderMap, members: &[String]) -> Response {
    let value = json!({ "@context": [tallymark_epcis::context::STANDARD], "type": "Collection", "member": members });
    json(StatusCode::OK, headers, &value)
}

/// A page of events as a document.
pub(super) fn document(
    traces: &Traces,
    headers: &HeaderMap,
    (query_name, found): (&str, Found),
    here: (&str, &str),
) -> Response {
    let value = query_document(found.events, query_name, None, traces.context.clock.now());
    let mut response = json(StatusCode::OK, headers, &value);
    link(&mut response, here, found.next.as_deref());
    response
}

/// Where the next page is (RFC 8288), with the parameters of this one. The path is as a route sees it, without what lies before
/// the routes.
pub(super) fn link(response: &mut Response, (path, query): (&str, &str), next: Option<&str>) {
    let Some(next) = next else { return };
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "nextPageToken"));
    pairs.append_pair("nextPageToken", next);
    let text = format!("<{BASE}{path}?{}>; rel=\"next\"", pairs.finish());
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(header::LINK, value);
    }
}

/// Which page is asked for, and the other parameters.
pub(super) fn paged(query: &str, default: usize) -> Result<(crate::Page, Vec<(String, String)>), Error> {
    let refuse = |reason: &str| {
        let (parameter, reason) = ("perPage".to_owned(), reason.to_owned());
        Error::Query(tallymark_epcis::query::QueryError { parameter, reason })
    };
    let mut page = crate::Page { per_page: default, token: None };
    let mut rest = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "perPage" => {
                let number: usize = value.parse().map_err(|_| refuse("a whole number is needed"))?;
                if number == 0 {
                    return Err(refuse("at least 1 is needed"));
                }
                page.per_page = number.min(crate::service::ask::PER_PAGE_MAX);
            }
            "nextPageToken" => page.token = Some(value.into_owned()),
            _ => rest.push((name.into_owned(), value.into_owned())),
        }
    }
    Ok((page, rest))
}
