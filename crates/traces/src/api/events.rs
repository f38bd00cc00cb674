//! Events: one by one, and by a query in the query string.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tallymark_epcis::query::Query;
use tallymark_epcis::{Context, read_event};
use tallymark_web::{Caller, Path, Problem, ReadProblems, Scope};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::capture::{body_of, latest, told};
use super::words::{BASE, document, json, paged};
use crate::service::ask::{PER_PAGE, ask, by_id};
use crate::service::capture::Delivery;
use crate::service::prepare::prepare;
use crate::types::{Behaviour, Found};
use crate::{Error, Traces};

pub(super) fn routes() -> OpenApiRouter<Traces> {
    OpenApiRouter::new().routes(routes!(post_event, get_events)).routes(routes!(get_event))
}

/// Who may ask.
pub(super) const READERS: [Scope; 3] = [Scope::Goods, Scope::Logistics, Scope::Read];

/// Captures one event. 409 where there is one of its id, or where it has none, one that says the same.
#[utoipa::path(
    post,
    path = "/events",
    tag = "epcis",
    request_body(content = Object, content_type = "application/json"),
    responses(
        (status = 201, description = "Captured; `Location` is its address.", body = Object),
        (status = 400, description = "It is wrong."),
        (status = 409, description = "It is there already."),
        (status = 413, description = "Too many bytes."),
        (status = 415, description = "Another content type."),
        ReadProblems
    ),
    extensions(("x-permission" = json!(["goods", "logistics"]))),
    security(("api_key" = []))
)]
async fn post_event(
    State(traces): State<Traces>,
    caller: Caller,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics])?;
    let body = body_of(&headers, request).await?;
    let received_at = traces.context.clock.now();
    let read = read_event(&body, &traces.limits, latest(&traces)).map_err(Error::from)?;
    let event = read.map_err(|rejected| Error::Invalid { text: told(&[rejected]) })?;
    let prepared = prepare(event);
    let (id, shown) = (prepared.id.clone(), Value::Object(prepared.event.body().clone()));
    let delivery = Delivery {
        tenant: caller.tenant,
        job: None,
        behaviour: Behaviour::Rollback,
        events: vec![(0, prepared)],
        rejected: Vec::new(),
        places: Vec::new(),
        received_at,
    };
    let outcome = traces.take(delivery).await?;
    match outcome.errors.first() {
        Some(error) if error.status == 409 => return Err(Error::EventTaken { id }.into()),
        Some(error) => return Err(Error::Invalid { text: error.detail.clone() }.into()),
        None if outcome.saved == 0 => {
            let text = format!("the event {id} is there already");
            return Err(Problem::new(StatusCode::CONFLICT, "epcis.event_taken", text));
        }
        None => {}
    }
    let address: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
    let location = HeaderValue::try_from(format!("{BASE}/events/{address}"));
    let location = location.map_err(|error| Problem::internal("epcis.location", error))?;
    let mut response = json(StatusCode::CREATED, &headers, &shown);
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// Finds events by the parameters of the standard, such as `eventType`, `GE_eventTime`, `EQ_bizStep` or `MATCH_epc`; several
/// values of one stand apart by `|`.
#[utoipa::path(
    get,
    path = "/events",
    tag = "epcis",
    params(
        ("eventType" = Option<String>, Query, description = "Types of events."),
        ("GE_eventTime" = Option<String>, Query, description = "From this moment on."),
        ("LT_eventTime" = Option<String>, Query, description = "Before this moment."),
        ("EQ_bizStep" = Option<String>, Query, description = "Business steps."),
        ("EQ_action" = Option<String>, Query, description = "Actions."),
        ("MATCH_anyEPC" = Option<String>, Query, description = "Objects: identifiers or pattern URNs."),
        ("orderBy" = Option<String>, Query, description = "`eventTime` or `recordTime`."),
        ("orderDirection" = Option<String>, Query, description = "`ASC` or `DESC`."),
        ("eventCountLimit" = Option<u64>, Query, description = "Only the first of them."),
        ("maxEventCount" = Option<u64>, Query, description = "More than these are refused."),
        ("perPage" = Option<usize>, Query, description = "How many at most; 30 if left out, 1,000 at most."),
        ("nextPageToken" = Option<String>, Query, description = "From the `Link` of the page before.")
    ),
    responses(
        (status = 200, description = "A page of events, as an EPCISQueryDocument.", body = Object),
        (status = 413, description = "More than `maxEventCount` match."),
        (status = 414, description = "The query string is too long."),
        ReadProblems
    ),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn get_events(
    State(traces): State<Traces>,
    caller: Caller,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    found(&traces, &caller, &headers, &uri, None).await
}

/// A page of what the query string asks, with one parameter more.
pub(super) async fn found(
    traces: &Traces,
    caller: &Caller,
    headers: &HeaderMap,
    uri: &Uri,
    more: Option<(&str, &str)>,
) -> Result<Response, Problem> {
    caller.require_any(&READERS)?;
    let text = uri.query().unwrap_or_default();
    let (page, pairs) = paged(text, PER_PAGE)?;
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(more);
    let query = Query::of_pairs(pairs, &Context::default()).map_err(Error::from)?;
    let mut tx = traces.context.store.read().await?;
    let found = ask(traces, &mut tx, caller.tenant, &query, &page).await?;
    Ok(document(traces, headers, ("SimpleEventQuery", found), (uri.path(), text)))
}

/// Shows an event by its id, with the declaration that it was wrong, where there is one.
#[utoipa::path(
    get,
    path = "/events/{eventID}",
    tag = "epcis",
    params(("eventID" = String, Path, description = "The id.")),
    responses((status = 200, description = "The event, as an EPCISQueryDocument.", body = Object), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn get_event(
    State(traces): State<Traces>,
    caller: Caller,
    headers: HeaderMap,
    uri: Uri,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    caller.require_any(&READERS)?;
    let mut tx = traces.context.store.read().await?;
    let events = by_id(&traces, &mut tx, caller.tenant, &id).await?;
    if events.is_empty() {
        return Err(Error::NotFound { what: format!("event {id:?}") }.into());
    }
    let found = Found { events, next: None };
    Ok(document(&traces, &headers, ("SimpleEventQuery", found), (uri.path(), "")).into_response())
}
