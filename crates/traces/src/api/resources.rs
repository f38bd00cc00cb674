//! Top-level resources: what events have named, and the events of each.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use tallymark_epcis::facts::Listed;
use tallymark_web::{Caller, Path, Problem, ReadProblems};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::events::{READERS, found};
use super::words::{collection, link, paged};
use crate::service::ask::PER_PAGE;
use crate::service::lists;
use crate::{Error, Traces};

pub(super) fn routes() -> OpenApiRouter<Traces> {
    OpenApiRouter::new()
        .routes(routes!(top))
        .routes(routes!(event_types))
        .routes(routes!(event_type))
        .routes(routes!(event_type_events))
        .routes(routes!(biz_steps))
        .routes(routes!(biz_step))
        .routes(routes!(biz_step_events))
        .routes(routes!(dispositions))
        .routes(routes!(disposition))
        .routes(routes!(disposition_events))
        .routes(routes!(read_points))
        .routes(routes!(read_point))
        .routes(routes!(read_point_events))
        .routes(routes!(biz_locations))
        .routes(routes!(biz_location))
        .routes(routes!(biz_location_events))
        .routes(routes!(epcs))
        .routes(routes!(epc))
        .routes(routes!(epc_events))
}

const TOP: [&str; 9] =
    ["capture", "events", "eventTypes", "epcs", "bizSteps", "bizLocations", "readPoints", "dispositions", "queries"];

/// Lists what there is at this address.
#[utoipa::path(
    get,
    path = "/",
    tag = "epcis",
    responses((status = 200, description = "The resources.", body = Object), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn top(caller: Caller, headers: HeaderMap) -> Result<Response, Problem> {
    caller.require_any(&READERS)?;
    Ok(collection(&headers, &TOP.map(str::to_owned)))
}

macro_rules! resources {
    ($($listed:ident, $all:literal $all_name:ident, $one:literal $one_name:ident, $events:literal $events_name:ident,
       $parameter:literal, $summary:literal;)+) => {$(
        #[doc = concat!("Lists ", $summary, ": those of the standard, and what events have named.")]
        #[utoipa::path(
            get,
            path = $all,
            tag = "epcis",
            params(
                ("perPage" = Option<usize>, Query, description = "How many at most; 30 if left out."),
                ("nextPageToken" = Option<String>, Query, description = "From the `Link` of the page before.")
            ),
            responses((status = 200, description = "A page of them.", body = Object), ReadProblems),
            extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
            security(("api_key" = []))
        )]
        async fn $all_name(
            State(traces): State<Traces>,
            caller: Caller,
            headers: HeaderMap,
            uri: Uri,
        ) -> Result<Response, Problem> {
            list(&traces, &caller, &headers, &uri, Listed::$listed).await
        }

        #[doc = concat!("Shows what there is of one of ", $summary, ".")]
        #[utoipa::path(
            get,
            path = $one,
            tag = "epcis",
            params(("name" = String, Path, description = "Which.")),
            responses((status = 200, description = "The resources of it.", body = Object), ReadProblems),
            extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
            security(("api_key" = []))
        )]
        async fn $one_name(
            State(traces): State<Traces>,
            caller: Caller,
            headers: HeaderMap,
            Path(name): Path<String>,
        ) -> Result<Response, Problem> {
            known(&traces, &caller, Listed::$listed, &name).await?;
            Ok(collection(&headers, &["events".to_owned()]))
        }

        #[doc = concat!("Finds the events of one of ", $summary, "; further parameters as of `/events`.")]
        #[utoipa::path(
            get,
            path = $events,
            tag = "epcis",
            params(("name" = String, Path, description = "Which.")),
            responses((status = 200, description = "A page of events.", body = Object), ReadProblems),
            extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
            security(("api_key" = []))
        )]
        async fn $events_name(
            State(traces): State<Traces>,
            caller: Caller,
            headers: HeaderMap,
            uri: Uri,
            Path(name): Path<String>,
        ) -> Result<Response, Problem> {
            known(&traces, &caller, Listed::$listed, &name).await?;
            found(&traces, &caller, &headers, &uri, Some(($parameter, &name))).await
        }
    )+};
}

resources! {
    EventType, "/eventTypes" event_types, "/eventTypes/{name}" event_type,
        "/eventTypes/{name}/events" event_type_events, "eventType", "the event types";
    BizStep, "/bizSteps" biz_steps, "/bizSteps/{name}" biz_step, "/bizSteps/{name}/events" biz_step_events,
        "EQ_bizStep", "the business steps";
    Disposition, "/dispositions" dispositions, "/dispositions/{name}" disposition,
        "/dispositions/{name}/events" disposition_events, "EQ_disposition", "the dispositions";
    ReadPoint, "/readPoints" read_points, "/readPoints/{name}" read_point, "/readPoints/{name}/events" read_point_events,
        "EQ_readPoint", "the read points";
    BizLocation, "/bizLocations" biz_locations, "/bizLocations/{name}" biz_location,
        "/bizLocations/{name}/events" biz_location_events, "EQ_bizLocation", "the business locations";
}

/// The standard's words first, then those that events have named, in pages. A token is a number of words of the standard that
/// were shown (`s…`), or the place after a word that was named (`w…`).
async fn list(
    traces: &Traces,
    caller: &Caller,
    headers: &HeaderMap,
    uri: &Uri,
    listed: Listed,
) -> Result<Response, Problem> {
    caller.require_any(&READERS)?;
    let query = uri.query().unwrap_or_default();
    let (page, _) = paged(query, PER_PAGE)?;
    let standard = lists::standard(listed);
    let token = page.token.as_deref().unwrap_or("s0");
    let (sort, number) = token.split_at_checked(1).ok_or(Error::PageToken)?;
    let number: i64 = number.parse().map_err(|_| Error::PageToken)?;
    let (mut shown, mut after) = (standard.len(), number);
    if sort == "s" {
        (shown, after) = (usize::try_from(number).unwrap_or(usize::MAX).min(standard.len()), i64::MIN);
    } else if sort != "w" {
        return Err(Error::PageToken.into());
    }
    let mut members: Vec<String> = standard[shown..].iter().take(page.per_page).cloned().collect();
    shown += members.len();
    let left = page.per_page - members.len();
    let next = if shown < standard.len() {
        Some(format!("s{shown}"))
    } else {
        let mut tx = traces.context.store.read().await?;
        let (words, place) = lists::words(&mut tx, caller.tenant, (listed, after), left.max(1)).await?;
        match left {
            // The page is full; whether there is more is seen by one word.
            0 => (!words.is_empty()).then(|| format!("s{shown}")),
            _ => {
                members.extend(words);
                place.map(|place| format!("w{place}"))
            }
        }
    };
    let mut response = collection(headers, &members);
    link(&mut response, (uri.path(), query), next.as_deref());
    Ok(response)
}

async fn known(traces: &Traces, caller: &Caller, listed: Listed, name: &str) -> Result<(), Problem> {
    caller.require_any(&READERS)?;
    let mut tx = traces.context.store.read().await?;
    match lists::is_listed(&mut tx, caller.tenant, listed, name).await? {
        true => Ok(()),
        false => Err(Error::NotFound { what: format!("{name:?} in any event") }.into()),
    }
}

/// Lists the objects and classes that events have named.
#[utoipa::path(
    get,
    path = "/epcs",
    tag = "epcis",
    params(
        ("perPage" = Option<usize>, Query, description = "How many at most; 30 if left out."),
        ("nextPageToken" = Option<String>, Query, description = "From the `Link` of the page before.")
    ),
    responses((status = 200, description = "A page of them.", body = Object), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn epcs(State(traces): State<Traces>, caller: Caller, headers: HeaderMap, uri: Uri) -> Result<Response, Problem> {
    caller.require_any(&READERS)?;
    let query = uri.query().unwrap_or_default();
    let (page, _) = paged(query, PER_PAGE)?;
    let mut after = [i64::MIN; 5];
    if let Some(token) = &page.token {
        let numbers: Vec<i64> = token.split('.').map_while(|part| part.parse().ok()).collect();
        after = numbers.try_into().map_err(|_| Error::PageToken)?;
    }
    let mut tx = traces.context.store.read().await?;
    let (members, next) = lists::objects(&mut tx, caller.tenant, after, page.per_page).await?;
    let next = next.map(|place| place.map(|number| number.to_string()).join("."));
    let mut response = collection(&headers, &members);
    link(&mut response, (uri.path(), query), next.as_deref());
    Ok(response)
}

/// Shows what there is of an object.
#[utoipa::path(
    get,
    path = "/epcs/{name}",
    tag = "epcis",
    params(("name" = String, Path, description = "Its identifier.")),
    responses((status = 200, description = "The resources of it.", body = Object), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn epc(
    State(traces): State<Traces>,
    caller: Caller,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    caller.require_any(&READERS)?;
    let mut tx = traces.context.store.read().await?;
    if !lists::is_object(&*traces.hook, &mut tx, caller.tenant, &name).await? {
        return Err(Error::NotFound { what: format!("{name:?} in any event") }.into());
    }
    Ok(collection(&headers, &["events".to_owned()]))
}

/// Finds the events that name an object; further parameters as of `/events`.
#[utoipa::path(
    get,
    path = "/epcs/{name}/events",
    tag = "epcis",
    params(("name" = String, Path, description = "Its identifier.")),
    responses((status = 200, description = "A page of events.", body = Object), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn epc_events(
    State(traces): State<Traces>,
    caller: Caller,
    headers: HeaderMap,
    uri: Uri,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    found(&traces, &caller, &headers, &uri, Some(("MATCH_anyEPC", &name))).await
}
