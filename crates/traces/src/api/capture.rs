//! Capturing documents, and what became of them.

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tallymark_base::id::CaptureId;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_epcis::{Document, Rejected, read};
use tallymark_web::{Caller, Path, Problem, ReadProblems, Scope};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::words::{BASE, CAPTURE_BYTES_MAX, json, link, paged};
use crate::service::capture::Delivery;
use crate::service::prepare::{Prepared, prepare};
use crate::store::other;
use crate::types::{Behaviour, CaptureJob};
use crate::{Error, Traces};

/// How far ahead of the server's clock an event may lie: clocks differ.
const AHEAD_S: i64 = 600;
/// From how many bytes a document is read on a thread of its own, so that others are answered meanwhile.
const LONG_BYTES: usize = 64 << 10;

pub(super) fn routes() -> OpenApiRouter<Traces> {
    OpenApiRouter::new().routes(routes!(capture, captures)).routes(routes!(capture_job))
}

/// Bytes of a body that is too long that are read all the same: whoever sends it is still sending, and would not hear the answer.
const HEARD_BYTES_MAX: usize = 128 << 20;

/// The body of a request that captures, of a sort that is read.
pub(super) async fn body_of(headers: &HeaderMap, request: Request) -> Result<Bytes, Problem> {
    let sort = headers.get(header::CONTENT_TYPE).map_or("", |value| value.to_str().unwrap_or("?"));
    let sort = sort.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !matches!(sort.as_str(), "" | "application/json" | "application/ld+json") {
        let text = format!("send application/json or application/ld+json, not {sort:?}");
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "epcis.media_type", text));
    }
    let early = |_| Problem::new(StatusCode::BAD_REQUEST, "epcis.body", "the body ended early; send it again");
    let (mut body, mut kept, mut length) = (request.into_body(), Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(early)?.into_data() else { continue };
        length += data.len();
        if length <= CAPTURE_BYTES_MAX {
            kept.extend_from_slice(&data);
        } else if length <= HEARD_BYTES_MAX {
            kept = Vec::new();
        } else {
            break;
        }
    }
    if length > CAPTURE_BYTES_MAX {
        let text = format!("a document has at most {CAPTURE_BYTES_MAX} bytes; send it in parts");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "epcis.capture_limit", text));
    }
    Ok(Bytes::from(kept))
}

/// Reads a document and works out what is kept of it.
type Read = (Vec<(usize, Prepared)>, Vec<Rejected>, Vec<(String, String)>);

fn read_document(traces: &Traces, body: &Bytes) -> Result<Read, Error> {
    let Document { events, places } = read(body, &traces.limits, latest(traces))?;
    let (mut right, mut wrong) = (Vec::with_capacity(events.len()), Vec::new());
    for (number, event) in events.into_iter().enumerate() {
        match event {
            Ok(event) => right.push((number, prepare(event))),
            Err(rejected) => wrong.push(rejected),
        }
    }
    Ok((right, wrong, places))
}

/// The same where long reading does not keep others waiting.
async fn read_aside(traces: &Traces, body: Bytes) -> Result<Read, Error> {
    let traces = traces.clone();
    let read = tokio::task::spawn_blocking(move || read_document(&traces, &body));
    read.await.map_err(|error| Error::Internal { cause: error.to_string() })?
}

/// Until when events may have happened.
pub(super) fn latest(traces: &Traces) -> Timestamp {
    Timestamp(traces.context.clock.now().0.saturating_add(AHEAD_S * Timestamp::SECOND))
}

/// Captures a document of events: an EPCISDocument, an EPCISQueryDocument, or one event. An event that is sent again is kept
/// once. With `GS1-Capture-Error-Behaviour: rollback` (the default) nothing is kept of a document of which an event is wrong;
/// with `proceed` the others are. What happened with it is there at once, at the address in `Location`.
#[utoipa::path(
    post,
    path = "/capture",
    tag = "epcis",
    params(("GS1-Capture-Error-Behaviour" = Option<Behaviour>, Header, description = "What happens when an event is wrong.")),
    request_body(content = Object, content_type = "application/json"),
    responses(
        (status = 202, description = "Taken; `Location` says where to see what became of it."),
        (status = 400, description = "It is no document, or (with `rollback`) an event of it is wrong."),
        (status = 409, description = "Never for a document: its job says which event exists."),
        (status = 413, description = "Too many bytes or events."),
        (status = 415, description = "Another content type."),
        ReadProblems
    ),
    extensions(("x-permission" = json!(["goods", "logistics"]))),
    security(("api_key" = []))
)]
async fn capture(
    State(traces): State<Traces>,
    caller: Caller,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics])?;
    let behaviour = behaviour_of(&headers)?;
    let body = body_of(&headers, request).await?;
    let received_at = traces.context.clock.now();
    let (events, rejected, places) = match body.len() {
        ..LONG_BYTES => read_document(&traces, &body)?,
        _ => read_aside(&traces, body).await?,
    };
    if behaviour == Behaviour::Rollback && !rejected.is_empty() {
        return Err(Error::Invalid { text: told(&rejected) }.into());
    }
    let id: CaptureId = traces.context.ids.next(&*traces.context.clock)?;
    let (tenant, job) = (caller.tenant, Some(id));
    traces.take(Delivery { tenant, job, behaviour, events, rejected, places, received_at }).await?;
    let location = HeaderValue::try_from(format!("{BASE}/capture/{id}"));
    let location = location.map_err(|error| Problem::internal("epcis.location", error))?;
    let behaviour = HeaderValue::from_static(if behaviour == Behaviour::Proceed { "proceed" } else { "rollback" });
    let headers = [(header::LOCATION, location), (BEHAVIOUR, behaviour)];
    Ok((StatusCode::ACCEPTED, headers).into_response())
}

const BEHAVIOUR: header::HeaderName = header::HeaderName::from_static("gs1-capture-error-behaviour");
/// Events that one refusal tells of.
const TOLD_MAX: usize = 20;

/// What is wrong with the first events that are.
pub(super) fn told(rejected: &[Rejected]) -> String {
    let mut text = rejected.iter().take(TOLD_MAX).map(ToString::to_string).collect::<Vec<_>>().join(" | ");
    if rejected.len() > TOLD_MAX {
        text.push_str(&format!(" | and {} events more", rejected.len() - TOLD_MAX));
    }
    text
}

fn behaviour_of(headers: &HeaderMap) -> Result<Behaviour, Problem> {
    match headers.get(BEHAVIOUR).map(|value| value.to_str().unwrap_or("?").to_ascii_lowercase()).as_deref() {
        None | Some("rollback") => Ok(Behaviour::Rollback),
        Some("proceed") => Ok(Behaviour::Proceed),
        Some(other) => {
            let text = format!("GS1-Capture-Error-Behaviour is rollback or proceed, not {other:?}");
            Err(Problem::new(StatusCode::BAD_REQUEST, "epcis.validation", text))
        }
    }
}

fn shown(job: &CaptureJob) -> Value {
    serde_json::to_value(job).unwrap_or_default()
}

/// Shows what became of a document.
#[utoipa::path(
    get,
    path = "/capture/{captureID}",
    tag = "epcis",
    params(("captureID" = CaptureId, Path, description = "The job.")),
    responses((status = 200, description = "What became of it.", body = CaptureJob), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn capture_job(
    State(traces): State<Traces>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let mut tx = traces.context.store.read().await?;
    let job = match id.parse() {
        Ok(id) => other::capture(&mut tx, caller.tenant, id).await?,
        Err(_) => None,
    };
    let job = job.ok_or_else(|| Error::NotFound { what: format!("capture job {id:?}") })?;
    Ok(json(StatusCode::OK, &headers, &shown(&job)))
}

/// Lists what became of documents, the latest first.
#[utoipa::path(
    get,
    path = "/capture",
    tag = "epcis",
    params(
        ("perPage" = Option<usize>, Query, description = "How many at most; 30 if left out."),
        ("nextPageToken" = Option<String>, Query, description = "From the `Link` of the page before.")
    ),
    responses((status = 200, description = "A page of jobs.", body = Vec<CaptureJob>), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn captures(
    State(traces): State<Traces>,
    caller: Caller,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let query = uri.query().unwrap_or_default();
    let (page, _) = paged(query, crate::service::ask::PER_PAGE)?;
    let before = match &page.token {
        None => i64::MAX,
        Some(token) => token.parse::<CaptureId>().map_err(|_| Error::PageToken)?.raw(),
    };
    let mut tx = traces.context.store.read().await?;
    let limit = page.per_page as i64 + 1;
    let mut jobs = other::captures(&mut tx, caller.tenant, before, limit).await?;
    let has_more = jobs.len() > page.per_page;
    jobs.truncate(page.per_page);
    let next = jobs.last().filter(|_| has_more).map(|job| job.capture_id.to_string());
    let value = Value::Array(jobs.iter().map(shown).collect());
    let mut response = json(StatusCode::OK, &headers, &value);
    link(&mut response, (uri.path(), query), next.as_deref());
    Ok(response)
}
