//! Queries that have a name, and their subscriptions.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tallymark_base::id::SubscriptionId;
use tallymark_epcis::query::Query;
use tallymark_store::audit::{self, Entry};
use tallymark_web::{Caller, JsonBody, Path, Problem, ReadProblems, Scope, asks_for_websocket};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::events::READERS;
use super::socket;
use super::words::{BASE, document, json, link, paged};
use crate::service::ask::{PER_PAGE, ask};
use crate::service::named;
use crate::store::other;
use crate::types::{NamedQuery, NewSubscription, Subscription};
use crate::{Error, Traces};

pub(super) fn routes() -> OpenApiRouter<Traces> {
    OpenApiRouter::new()
        .routes(routes!(create_query, queries))
        .routes(routes!(query, remove_query))
        .routes(routes!(query_events))
        .routes(routes!(subscribe, subscriptions))
        .routes(routes!(subscription, unsubscribe))
}

/// The answer to something that was made, at an address.
fn made(address: &str, headers: &HeaderMap, value: &Value) -> Result<Response, Problem> {
    let location = HeaderValue::try_from(address).map_err(|error| Problem::internal("epcis.location", error))?;
    let mut response = json(StatusCode::CREATED, headers, value);
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

fn escaped(name: &str) -> String {
    form_urlencoded::byte_serialize(name.as_bytes()).collect()
}

/// Gives a query a name.
#[utoipa::path(
    post,
    path = "/queries",
    tag = "epcis",
    request_body = NamedQuery,
    responses(
        (status = 201, description = "Named; `Location` is its address.", body = NamedQuery),
        (status = 409, description = "There is one of the name."),
        ReadProblems
    ),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn create_query(
    State(traces): State<Traces>,
    caller: Caller,
    headers: HeaderMap,
    body: JsonBody<NamedQuery>,
) -> Result<Response, Problem> {
    caller.require(Scope::Goods)?;
    let new = body.value;
    let mut tx = traces.context.store.write().await?;
    named::create(&mut tx, caller.tenant, &new, traces.context.clock.now()).await?;
    let entry = Entry::new(caller.act(), "epcis_query.created", &new.name).after(&new);
    audit::record(&mut tx, &traces.context, entry).await?;
    tx.commit().await?;
    let address = format!("{BASE}/queries/{}", escaped(&new.name));
    made(&address, &headers, &serde_json::to_value(&new).unwrap_or_default())
}

/// Lists the queries that have a name.
#[utoipa::path(
    get,
    path = "/queries",
    tag = "epcis",
    params(
        ("perPage" = Option<usize>, Query, description = "How many at most; 30 if left out."),
        ("nextPageToken" = Option<String>, Query, description = "From the `Link` of the page before.")
    ),
    responses((status = 200, description = "A page of them.", body = Vec<NamedQuery>), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn queries(
    State(traces): State<Traces>,
    caller: Caller,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    caller.require_any(&READERS)?;
    let text = uri.query().unwrap_or_default();
    let (page, _) = paged(text, PER_PAGE)?;
    let after = page.token.as_deref().unwrap_or_default();
    let mut tx = traces.context.store.read().await?;
    let mut found = named::list(&mut tx, caller.tenant, after, page.per_page as i64 + 1).await?;
    let has_more = found.len() > page.per_page;
    found.truncate(page.per_page);
    let next = found.last().filter(|_| has_more).map(|query| query.name.clone());
    let mut response = json(StatusCode::OK, &headers, &serde_json::to_value(&found).unwrap_or_default());
    link(&mut response, (uri.path(), text), next.as_deref());
    Ok(response)
}

/// Shows a query that has a name.
#[utoipa::path(
    get,
    path = "/queries/{queryName}",
    tag = "epcis",
    params(("queryName" = String, Path, description = "Its name.")),
    responses((status = 200, description = "The query.", body = NamedQuery), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn query(
    State(traces): State<Traces>,
    caller: Caller,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    caller.require_any(&READERS)?;
    let mut tx = traces.context.store.read().await?;
    let found = named::find(&mut tx, caller.tenant, &name).await?;
    Ok(json(StatusCode::OK, &headers, &serde_json::to_value(&found).unwrap_or_default()))
}

/// Removes a query with its subscriptions.
#[utoipa::path(
    delete,
    path = "/queries/{queryName}",
    tag = "epcis",
    params(("queryName" = String, Path, description = "Its name.")),
    responses((status = 204, description = "Removed."), ReadProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn remove_query(
    State(traces): State<Traces>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    caller.require(Scope::Goods)?;
    let mut tx = traces.context.store.write().await?;
    let found = named::find(&mut tx, caller.tenant, &name).await?;
    other::remove_query(&mut tx, caller.tenant, &name).await?;
    let entry = Entry::new(caller.act(), "epcis_query.removed", &name).before(&found);
    audit::record(&mut tx, &traces.context, entry).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Finds the events of a query that has a name; with `Upgrade: websocket`, tells them over a WebSocket: as they come (`stream`),
/// or by a schedule. Each message is an `EPCISQueryDocument`, and says by `tallymark:nextPageToken` where it ended.
#[utoipa::path(
    get,
    path = "/queries/{queryName}/events",
    tag = "epcis",
    params(
        ("queryName" = String, Path, description = "Its name."),
        ("perPage" = Option<usize>, Query, description = "How many at most; if left out 30, and 100 in a message."),
        ("nextPageToken" = Option<String>, Query, description = "From the `Link` of the page before, or a message."),
        ("stream" = Option<bool>, Query, description = "WebSocket: tell events as they come."),
        ("second" = Option<String>, Query, description = "WebSocket, of the schedule: 0 to 59; 0 if left out."),
        ("minute" = Option<String>, Query, description = "WebSocket, of the schedule: 0 to 59."),
        ("hour" = Option<String>, Query, description = "WebSocket, of the schedule: 0 to 23, UTC."),
        ("dayOfMonth" = Option<String>, Query, description = "WebSocket, of the schedule: 1 to 31."),
        ("month" = Option<String>, Query, description = "WebSocket, of the schedule: 1 to 12."),
        ("dayOfWeek" = Option<String>, Query, description = "WebSocket, of the schedule: 1 (Monday) to 7."),
        ("initialRecordTime" = Option<String>, Query, description = "WebSocket: events recorded from then on."),
        ("reportIfEmpty" = Option<bool>, Query, description = "WebSocket: a schedule tells that there is nothing.")
    ),
    responses(
        (status = 101, description = "The WebSocket is open."),
        (status = 200, description = "A page of events.", body = Object),
        ReadProblems
    ),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn query_events(
    State(traces): State<Traces>,
    caller: Caller,
    headers: HeaderMap,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    caller.require_any(&READERS)?;
    if asks_for_websocket(&headers) {
        return socket::open(traces, caller, name, request).await;
    }
    let uri = request.uri();
    let text = uri.query().unwrap_or_default();
    let (page, others) = paged(text, PER_PAGE)?;
    socket::refuse_without(&others)?;
    let mut tx = traces.context.store.read().await?;
    let named = named::find(&mut tx, caller.tenant, &name).await?;
    let query = Query::of_json(&named.query).map_err(Error::from)?;
    let found = ask(&traces, &mut tx, caller.tenant, &query, &page).await?;
    Ok(document(&traces, &headers, (&name, found), (uri.path(), text)))
}

/// Lets an address be told what a query finds: as events come (`stream`), or by a schedule. Every event is told once; what the
/// address does not take (2xx) is told again.
#[utoipa::path(
    post,
    path = "/queries/{queryName}/subscriptions",
    tag = "epcis",
    params(("queryName" = String, Path, description = "The query.")),
    request_body = NewSubscription,
    responses((status = 201, description = "Subscribed; `Location` is its address.", body = Subscription), ReadProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn subscribe(
    State(traces): State<Traces>,
    caller: Caller,
    headers: HeaderMap,
    Path(name): Path<String>,
    body: JsonBody<NewSubscription>,
) -> Result<Response, Problem> {
    caller.require(Scope::Goods)?;
    let mut tx = traces.context.store.write().await?;
    let (made_one, is_new) = named::subscribe(&mut tx, &traces.context, caller.tenant, (&name, body.value)).await?;
    let id = made_one.subscription_id;
    if is_new {
        let entry = Entry::new(caller.act(), "epcis_subscription.created", id).after(&made_one);
        audit::record(&mut tx, &traces.context, entry).await?;
    }
    tx.commit().await?;
    let address = format!("{BASE}/queries/{}/subscriptions/{id}", escaped(&name));
    made(&address, &headers, &serde_json::to_value(&made_one).unwrap_or_default())
}

/// Lists who is told what a query finds.
#[utoipa::path(
    get,
    path = "/queries/{queryName}/subscriptions",
    tag = "epcis",
    params(("queryName" = String, Path, description = "The query.")),
    responses((status = 200, description = "All of them.", body = Vec<Subscription>), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn subscriptions(
    State(traces): State<Traces>,
    caller: Caller,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    caller.require_any(&READERS)?;
    let mut tx = traces.context.store.read().await?;
    let found = named::subscriptions(&mut tx, caller.tenant, &name).await?;
    Ok(json(StatusCode::OK, &headers, &serde_json::to_value(&found).unwrap_or_default()))
}

fn id_of(id: &str) -> Result<SubscriptionId, Error> {
    id.parse().map_err(|_| Error::NotFound { what: format!("subscription {id:?}") })
}

/// Shows a subscription.
#[utoipa::path(
    get,
    path = "/queries/{queryName}/subscriptions/{subscriptionID}",
    tag = "epcis",
    params(
        ("queryName" = String, Path, description = "The query."),
        ("subscriptionID" = SubscriptionId, Path, description = "The subscription.")
    ),
    responses((status = 200, description = "The subscription.", body = Subscription), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn subscription(
    State(traces): State<Traces>,
    caller: Caller,
    headers: HeaderMap,
    Path((name, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    caller.require_any(&READERS)?;
    let mut tx = traces.context.store.read().await?;
    let found = named::subscription(&mut tx, caller.tenant, &name, id_of(&id)?).await?;
    Ok(json(StatusCode::OK, &headers, &serde_json::to_value(&found).unwrap_or_default()))
}

/// Ends a subscription.
#[utoipa::path(
    delete,
    path = "/queries/{queryName}/subscriptions/{subscriptionID}",
    tag = "epcis",
    params(
        ("queryName" = String, Path, description = "The query."),
        ("subscriptionID" = SubscriptionId, Path, description = "The subscription.")
    ),
    responses((status = 204, description = "Ended."), ReadProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn unsubscribe(
    State(traces): State<Traces>,
    caller: Caller,
    Path((name, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    caller.require(Scope::Goods)?;
    let id = id_of(&id)?;
    let mut tx = traces.context.store.write().await?;
    let found = named::subscription(&mut tx, caller.tenant, &name, id).await?;
    other::remove_subscription(&mut tx, caller.tenant, id).await?;
    audit::record(&mut tx, &traces.context, Entry::new(caller.act(), "epcis_subscription.ended", id).before(&found))
        .await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
