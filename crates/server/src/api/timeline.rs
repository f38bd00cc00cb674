//! What a person did, page by page.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tallymark_base::id::{AccountId, PersonId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_web::{Caller, Json, Path, Problem, Query, ReadProblems, Scope};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::timeline::{Happened, SPAN_MAX, Stretch, timeline};

/// Events where nobody asks for another number.
const LIMIT: usize = 50;
/// Days that are looked back where nobody asks for others.
const DAYS: u32 = 90;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// Which part.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Part {
    /// Before this moment; up to now where it is left out.
    before: Option<Timestamp>,
    /// Days that are looked back from there, up to 366; 90 where it is left out.
    #[param(minimum = 1, maximum = 366)]
    days: Option<u32>,
    /// Events at most, up to 200; 50 where it is left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// A part of a person's time line.
#[derive(Debug, Serialize, ToSchema)]
struct TimeLine {
    /// What happened, the latest first.
    items: Vec<Happened>,
    /// How far was looked back. Earlier events: ask again with `before` set to it.
    since: Timestamp,
    /// Whether there are more since then: ask again with `before` set to the `at` of the last item.
    has_more: bool,
}

/// What a person did and what happened to them, over all channels: scans, rewards, and what other systems tell. Personal
/// parts of events are sealed; the export has them.
#[utoipa::path(
    get,
    path = "/people/{id}/timeline",
    tag = "people",
    params(("id" = PersonId, Path, description = "The person."), Part),
    responses((status = 200, description = "The part.", body = TimeLine), ReadProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PersonId>,
    Query(part): Query<Part>,
) -> Result<Json<TimeLine>, Problem> {
    caller.require(Scope::People)?;
    let mut tx = app.context.store.read().await?;
    let person = tallymark_people::person(&mut tx, caller.tenant, AccountId::from_raw(id.raw())).await?;
    tx.commit().await?;
    // A source's clock may be a little ahead.
    let now = Timestamp(app.context.clock.now().0 + Timestamp::DAY);
    let before = part.before.unwrap_or(now).min(now);
    let back = i64::from(part.days.unwrap_or(DAYS).max(1)).saturating_mul(Timestamp::DAY);
    let since = Timestamp(before.0.saturating_sub(back.min(SPAN_MAX.as_micros() as i64)));
    let stretch = Stretch { since, before, limit: part.limit.unwrap_or(LIMIT) };
    let lake = app.lake.as_ref();
    let (mut items, has_more) = timeline(&app.context, lake, caller.tenant, &person.accounts, stretch).await?;
    for item in &mut items {
        item.data.remove("sealed");
    }
    Ok(Json(TimeLine { items, since, has_more }))
}
