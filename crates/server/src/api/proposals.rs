//! Proposals that two people are one: searching for them, showing them, and deciding.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tallymark_base::id::{AccountId, JobId, PersonId, ProposalId, TenantId};
use tallymark_base::{TypedId as _, Unit};
use tallymark_ledger::Book;
use tallymark_people::identity::{AccountView, Change, Decision};
use tallymark_people::proposals::{self, AUTO_FROM_MIN, LatestSearch, Page, Proposal, ProposalState};
use tallymark_store::Tx;
use tallymark_store::audit::{self, Entry};
use tallymark_store::job;
use tallymark_web::{Caller, Json, Path, Problem, Query, ReadProblems, Scope, WriteProblems};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::jobs::matching::{Asked, new_job};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(find))
        .routes(routes!(latest))
        .routes(routes!(of))
        .routes(routes!(accept))
        .routes(routes!(refuse))
}

/// Which proposals.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Only those of a state: `open`, `accepted`, `refused` or `stale`.
    state: Option<ProposalState>,
    /// Proposals before this one; the latest where it is left out.
    before: Option<ProposalId>,
    /// At most so many, up to 200.
    limit: Option<u32>,
}

/// Pairs of people that may be one, the latest first. Of each field it is told how well it agrees, never a value.
#[utoipa::path(
    get,
    path = "/identity/proposals",
    tag = "people",
    params(Which),
    responses((status = 200, description = "The proposals.", body = Page), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn list(State(app): State<App>, caller: Caller, Query(which): Query<Which>) -> Result<Json<Page>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    let limit = which.limit.unwrap_or(proposals::PAGE_MAX);
    Ok(Json(proposals::list(&mut tx, caller.tenant, which.state, which.before, limit).await?))
}

/// One of the people of a proposal, with what it owns.
#[derive(Debug, Serialize, ToSchema)]
struct ProposedPerson {
    /// The person.
    person: PersonId,
    /// Its accounts, the oldest first.
    accounts: Vec<AccountView>,
    /// Money in fen, over these accounts.
    cny_fen: i64,
    /// Points, over these accounts.
    points: i64,
}

/// A proposal with both people.
#[derive(Debug, Serialize, ToSchema)]
struct ProposalDetail {
    /// The proposal.
    #[serde(flatten)]
    proposal: Proposal,
    /// Both people as they are, each with what it owns; one where they are one by now. Joined, they own all of it.
    persons: Vec<ProposedPerson>,
}

/// A proposal with both people: their accounts, what each owns, and how well they agree.
#[utoipa::path(
    get,
    path = "/identity/proposals/{id}",
    tag = "people",
    params(("id" = ProposalId, Path, description = "The proposal.")),
    responses((status = 200, description = "The proposal.", body = ProposalDetail), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn of(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ProposalId>,
) -> Result<Json<ProposalDetail>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    let detail = proposals::of(&mut tx, caller.tenant, id).await?;
    let mut persons = Vec::with_capacity(detail.persons.len());
    for side in detail.persons {
        let owners: Vec<AccountId> = side.accounts.iter().map(|account| account.id).collect();
        let [cny_fen, points] = wallet(&mut tx, caller.tenant, &owners).await?;
        persons.push(ProposedPerson { person: side.person, accounts: side.accounts, cny_fen, points });
    }
    Ok(Json(ProposalDetail { proposal: detail.proposal, persons }))
}

/// Money in fen and points over accounts.
async fn wallet(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId]) -> Result<[i64; 2], Problem> {
    let owners: Vec<i64> = accounts.iter().map(|account| account.raw()).collect();
    let mut sums = [0_i64; 2];
    for (sum, unit) in sums.iter_mut().zip([Unit::CNY, Unit::POINTS]) {
        let found = tallymark_ledger::balances(tx, tenant, &owners, Book::Wallet, unit).await?;
        *sum = found.values().map(tallymark_ledger::Balance::available).sum();
    }
    Ok(sums)
}

/// What came of accepting.
#[derive(Debug, Serialize, ToSchema)]
struct ProposalAccepted {
    /// The joining, as the journal has it. Undoing it refuses the proposal.
    change: Change,
    /// The person that both are from here on.
    person: PersonId,
    /// Accounts that have another person than before.
    moved: Vec<AccountId>,
}

/// Joins the two people of an open proposal, by the caller's word. It is a change like any other, and undone like it.
#[utoipa::path(
    post,
    path = "/identity/proposals/{id}/accept",
    tag = "people",
    params(("id" = ProposalId, Path, description = "The proposal.")),
    responses((status = 200, description = "What was done.", body = ProposalAccepted), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn accept(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ProposalId>,
) -> Result<Json<ProposalAccepted>, Problem> {
    caller.require(Scope::People)?;
    let by = caller.actor.to_string();
    let (ids, clock) = (&app.context.ids, &*app.context.clock);
    let mut tx = app.context.store.write().await?;
    let (change, effect) = proposals::accept(&mut tx, caller.tenant, id, &by, ids, clock).await?;
    let entry = Entry::new(caller.act(), "proposal.accepted", id).after(&change);
    audit::record(&mut tx, &app.context, entry).await?;
    tx.commit().await?;
    let joined = effect.persons.into_iter().find(|after| after.accounts.contains(&change.subject));
    let person = joined.map_or(PersonId::from_raw(change.subject.raw()), |after| after.person);
    Ok(Json(ProposalAccepted { change, person, moved: effect.moved }))
}

/// Why not.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Refusal {
    /// Why they are two, in 1 to 500 characters. It is kept with the proposal.
    reason: String,
}

/// Says that the two people of an open proposal are two. They are not proposed again unless what is known of them changes and
/// says more than it did.
#[utoipa::path(
    post,
    path = "/identity/proposals/{id}/refuse",
    tag = "people",
    params(("id" = ProposalId, Path, description = "The proposal.")),
    request_body = Refusal,
    responses((status = 200, description = "The proposal.", body = Proposal), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn refuse(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ProposalId>,
    Json(asked): Json<Refusal>,
) -> Result<Json<Proposal>, Problem> {
    caller.require(Scope::People)?;
    let by = caller.actor.to_string();
    let mut tx = app.context.store.write().await?;
    let decision = Decision { by: &by, reason: &asked.reason, at: app.context.clock.now() };
    let refused = proposals::refuse(&mut tx, caller.tenant, id, decision).await?;
    let entry = Entry::new(caller.act(), "proposal.refused", id).after(&refused);
    audit::record(&mut tx, &app.context, entry).await?;
    tx.commit().await?;
    Ok(Json(refused))
}

/// A search that was asked for.
#[derive(Debug, Serialize, ToSchema)]
struct SearchBegun {
    /// The job that does it.
    job: JobId,
}

/// Searches all people for those that may be one, in the background. There is one search of a brand at a time. With
/// `auto_from` people are joined without anybody's word where at most one of the two holds money or points; it is off where
/// it is left out.
#[utoipa::path(
    post,
    path = "/identity/proposals/find",
    tag = "people",
    request_body = Asked,
    responses((status = 202, description = "It begins as soon as a server is free.", body = SearchBegun), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn find(
    State(app): State<App>,
    caller: Caller,
    Json(asked): Json<Asked>,
) -> Result<(StatusCode, Json<SearchBegun>), Problem> {
    caller.require(Scope::People)?;
    if asked.auto_from.is_some_and(|from| !(AUTO_FROM_MIN..=1.0).contains(&from)) {
        return Err(tallymark_people::Error::AutoFrom.into());
    }
    let now = app.context.clock.now();
    let id: JobId = app.context.ids.next(&*app.context.clock)?;
    let mut tx = app.context.store.write().await?;
    proposals::begin_search(&mut tx, caller.tenant, id, &caller.actor.to_string(), now).await?;
    job::enqueue(&mut tx, &new_job(id, caller.tenant, asked, now), now).await?;
    let entry = Entry::new(caller.act(), "proposals.search_begun", id).after(&asked);
    audit::record(&mut tx, &app.context, entry).await?;
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(SearchBegun { job: id })))
}

/// The latest search.
#[derive(Debug, Serialize, ToSchema)]
struct Searched {
    /// The search; none where there never was one.
    latest: Option<LatestSearch>,
}

/// How far the latest search is, and what it found.
#[utoipa::path(
    get,
    path = "/identity/proposals/find",
    tag = "people",
    responses((status = 200, description = "The latest search.", body = Searched), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn latest(State(app): State<App>, caller: Caller) -> Result<Json<Searched>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    Ok(Json(Searched { latest: proposals::latest_search(&mut tx, caller.tenant).await? }))
}
