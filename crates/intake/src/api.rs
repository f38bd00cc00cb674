//! The addresses that event SDKs deliver to, and what an analyst does about what they deliver.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tallymark_base::Actor;
use tallymark_base::id::EventId;
use tallymark_web::{Caller, Json, Path, Problem, ProblemBody, Query, ReadProblems, Scope, WriteProblems};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::definition::Definition;
use crate::desk::{self, EventName, PAGE_MAX, QuarantinedEvent};
use crate::identifier::NAMESPACE;
use crate::intake::Intake;
use crate::service::Delivery;
use crate::{Endpoint, Error, Limits, Refusal, Request, SUCCESS_BODY, receive};

/// Bytes of a refusal; none is longer.
const REFUSAL_BYTES_MAX: usize = 64 << 10;

/// The routes, relative to `/v1`.
pub fn routes() -> OpenApiRouter<Intake> {
    let deliveries = OpenApiRouter::new()
        .routes(routes!(batch))
        .routes(routes!(import))
        .routes(routes!(track))
        .routes(routes!(identify))
        .routes(routes!(page))
        .routes(routes!(screen))
        .routes(routes!(group))
        .routes(routes!(alias))
        .routes(routes!(merge))
        .layer(DefaultBodyLimit::max(Limits::default().body_bytes_max));
    OpenApiRouter::new()
        .merge(deliveries)
        .routes(routes!(names))
        .routes(routes!(definitions, define))
        .routes(routes!(quarantine))
        .routes(routes!(replay))
        .routes(routes!(discard))
}

/// What an SDK is told: the delivery was taken.
#[derive(Debug, Serialize, ToSchema)]
struct Success {
    /// Always true: what could not be read waits in the quarantine.
    success: bool,
}

/// What an SDK is told of a delivery that was refused as a whole.
#[derive(Debug, Serialize, ToSchema)]
struct RefusedDelivery {
    /// Always false.
    success: bool,
    /// The stable name of the reason.
    code: String,
    /// What to do.
    message: String,
}

macro_rules! deliveries {
    ($($(#[$doc:meta])* $name:ident: $endpoint:ident, $path:literal;)+) => {$(
        $(#[$doc])*
        #[utoipa::path(
            post,
            path = $path,
            tag = "intake",
            request_body(content = Object, content_type = "application/json"),
            responses(
                (status = 200, description = "Taken. What could not be read waits in the quarantine.", body = Success),
                (status = 400, description = "The body is no JSON of this shape.", body = RefusedDelivery),
                (status = 413, description = "Too many bytes or events.", body = RefusedDelivery),
                (status = 415, description = "The content type or encoding cannot be read.", body = RefusedDelivery),
                (status = 429, description = "Too many events; `Retry-After` says when.", body = RefusedDelivery),
                (status = 503, description = "Events cannot be stored now.", body = RefusedDelivery)
            ),
            extensions(("x-permission" = json!(["track"]))),
            security(("api_key" = []))
        )]
        async fn $name(State(intake): State<Intake>, caller: Caller, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
            taken(&intake, &caller, Endpoint::$endpoint, &headers, &body).await
        }
    )+};
}

deliveries! {
    /// Takes a batch of events: `{"batch": [event, …]}`, as Segment's and RudderStack's SDKs send it. The write key is an API
    /// key of the scope `track`, as the user name of Basic authentication. An event that is sent again (by `messageId`) is
    /// taken once.
    batch: Batch, "/batch";
    /// Takes a batch of events of the past, whose times are believed as they are.
    import: Import, "/import";
    /// Takes one `track` event.
    track: Track, "/track";
    /// Takes one `identify` event.
    identify: Identify, "/identify";
    /// Takes one `page` event.
    page: Page, "/page";
    /// Takes one `screen` event.
    screen: Screen, "/screen";
    /// Takes one `group` event.
    group: Group, "/group";
    /// Takes one `alias` event.
    alias: Alias, "/alias";
    /// Takes one `merge` event.
    merge: Merge, "/merge";
}

async fn taken(
    intake: &Intake,
    caller: &Caller,
    endpoint: Endpoint,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, Problem> {
    caller.require(Scope::Track)?;
    // A write key tells which source it is; a person who is signed in is none.
    let source = match caller.actor {
        Actor::Key(key) => Some(key),
        _ => None,
    };
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let received_at = intake.context.clock.now();
    let namespace = caller.namespace.as_deref().unwrap_or(NAMESPACE);
    let request = Request {
        namespace,
        endpoint,
        content_type: text(header::CONTENT_TYPE),
        content_encoding: text(header::CONTENT_ENCODING),
        body,
        received_at,
    };
    let outcomes = match receive(&request, &intake.limits) {
        Ok(outcomes) => outcomes,
        Err(refusal) => return Ok(refused(&refusal)),
    };
    Ok(
        match intake
            .take(Delivery {
                tenant: caller.tenant,
                source,
                endpoint,
                outcomes,
                received_at,
                namespace: namespace.into(),
            })
            .await
        {
            Ok(_) => json_answer(StatusCode::OK, SUCCESS_BODY.to_owned()),
            Err(error) => {
                if let Error::Internal(cause) = &error {
                    tracing::error!(cause, "a delivery could not be taken");
                }
                refused(&Refusal::from(&error))
            }
        },
    )
}

/// Puts what was refused before a delivery reached its route (an unknown key, too many calls, too long a body) in the words
/// of SDKs: they look for `code` and `message`, and take a body without them for a broken connection. Status and headers stay.
/// Use as the outermost layer of the API.
pub async fn in_words_of_sdks(request: axum::extract::Request, next: Next) -> Response {
    let is_delivery =
        Endpoint::ALL.into_iter().any(|endpoint| request.uri().path() == format!("/v1/{}", endpoint.name()));
    let response = next.run(request).await;
    if !is_delivery || response.status().is_success() {
        return response;
    }
    if response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json") {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, REFUSAL_BYTES_MAX).await.unwrap_or_default();
    let told = match serde_json::from_slice::<ProblemBody>(&body) {
        Ok(problem) => RefusedDelivery { success: false, code: problem.code, message: problem.detail },
        // The router's own refusals (a body too long, another method) are plain text.
        Err(_) => {
            let code = match parts.status {
                StatusCode::PAYLOAD_TOO_LARGE => "too_large".to_owned(),
                other => other.canonical_reason().unwrap_or("refused").to_ascii_lowercase().replace(' ', "_"),
            };
            RefusedDelivery { success: false, code, message: String::from_utf8_lossy(&body).into_owned() }
        }
    };
    let told = serde_json::to_vec(&told).unwrap_or_default();
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(told.len()));
    Response::from_parts(parts, told.into())
}

fn refused(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut response = json_answer(status, refusal.body());
    if let Some(seconds) = refusal.retry_after_s() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn json_answer(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// The names, the most frequent first.
#[derive(Debug, Serialize, ToSchema)]
struct EventNames {
    /// Up to 5,000 are kept.
    items: Vec<EventName>,
}

/// What sources call what happened, the most frequent first: for defining what is worth it.
#[utoipa::path(
    get,
    path = "/intake/names",
    tag = "intake",
    responses((status = 200, description = "The names.", body = EventNames), ReadProblems),
    extensions(("x-permission" = json!(["people", "read", "query"]))),
    security(("api_key" = []))
)]
async fn names(State(intake): State<Intake>, caller: Caller) -> Result<Json<EventNames>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read, Scope::Query])?;
    let mut tx = intake.context.store.read().await?;
    Ok(Json(EventNames { items: desk::names(&mut tx, caller.tenant).await? }))
}

/// Event types that the tenant defines.
#[derive(Debug, Serialize, ToSchema)]
struct Definitions {
    /// By name.
    items: Vec<Definition>,
}

/// The event types that the tenant defines.
#[utoipa::path(
    get,
    path = "/intake/definitions",
    tag = "intake",
    responses((status = 200, description = "The definitions.", body = Definitions), ReadProblems),
    extensions(("x-permission" = json!(["people", "read", "query"]))),
    security(("api_key" = []))
)]
async fn definitions(State(intake): State<Intake>, caller: Caller) -> Result<Json<Definitions>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read, Scope::Query])?;
    let mut tx = intake.context.store.read().await?;
    Ok(Json(Definitions { items: desk::definitions(&mut tx, caller.tenant).await? }))
}

/// Defines an event type, or raises its version: its properties that are not personal become readable in the lake from the
/// next event on. The same version again is refused, so that what a version says never changes.
#[utoipa::path(
    put,
    path = "/intake/definitions",
    tag = "intake",
    request_body = Definition,
    responses((status = 200, description = "The definition.", body = Definition), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn define(
    State(intake): State<Intake>,
    caller: Caller,
    Json(definition): Json<Definition>,
) -> Result<Json<Definition>, Problem> {
    caller.require(Scope::People)?;
    let mut tx = intake.context.store.write().await?;
    desk::define(&mut tx, &intake.context, caller.act(), &definition).await?;
    tx.commit().await?;
    Ok(Json(definition))
}

/// Events that could not be read, the latest first.
#[derive(Debug, Serialize, ToSchema)]
struct Quarantine {
    /// The entries.
    items: Vec<QuarantinedEvent>,
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Before {
    /// Entries before this one; the latest where it is left out.
    before: Option<EventId>,
    /// At most so many, up to 500.
    limit: Option<u32>,
}

/// Events that could not be read, the latest first. What they say is personal and is not shown; it is read again by replaying
/// them.
#[utoipa::path(
    get,
    path = "/intake/quarantine",
    tag = "intake",
    params(Before),
    responses((status = 200, description = "The entries.", body = Quarantine), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn quarantine(
    State(intake): State<Intake>,
    caller: Caller,
    Query(page): Query<Before>,
) -> Result<Json<Quarantine>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let mut tx = intake.context.store.read().await?;
    let limit = page.limit.unwrap_or(PAGE_MAX);
    Ok(Json(Quarantine { items: desk::quarantine(&mut tx, caller.tenant, page.before, limit).await? }))
}

/// Reads an event of the quarantine again, as this program does now, and takes it as if it came now with the time of then.
#[utoipa::path(
    post,
    path = "/intake/quarantine/{id}/replay",
    tag = "intake",
    params(("id" = EventId, Path, description = "The entry.")),
    responses((status = 204, description = "It was taken."), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn replay(State(intake): State<Intake>, caller: Caller, Path(id): Path<EventId>) -> Result<StatusCode, Problem> {
    caller.require(Scope::People)?;
    intake.replay(caller.act(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes an event from the quarantine for good.
#[utoipa::path(
    delete,
    path = "/intake/quarantine/{id}",
    tag = "intake",
    params(("id" = EventId, Path, description = "The entry.")),
    responses((status = 204, description = "It is gone."), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn discard(State(intake): State<Intake>, caller: Caller, Path(id): Path<EventId>) -> Result<StatusCode, Problem> {
    caller.require(Scope::People)?;
    let mut tx = intake.context.store.write().await?;
    desk::discard(&mut tx, &intake.context, caller.act(), id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
