//! Why accounts are one person, and joining and parting people.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, ChangeId, PersonId, TenantId};
use tallymark_people::consent::{self, Allowance, allowances};
use tallymark_people::identity::{self, Change, Decision, Effect, EvidenceView, Identity};
use tallymark_store::Tx;
use tallymark_store::audit::{self, Entry};
use tallymark_web::{Caller, Json, Path, Problem, Query, ReadProblems, Scope, WriteProblems};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::portrait::wallet;
use crate::app::App;
use crate::timeline::events_of_a_year;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(of))
        .routes(routes!(why))
        .routes(routes!(preview))
        .routes(routes!(part))
        .routes(routes!(join))
        .routes(routes!(changes))
        .routes(routes!(undo))
}

/// A person's accounts and all evidence about them: what makes them one person, what joins nothing and why, and what
/// somebody took back.
#[utoipa::path(
    get,
    path = "/people/{id}/identity",
    tag = "people",
    params(("id" = PersonId, Path, description = "The person, or one that it was before it was joined.")),
    responses((status = 200, description = "The person with the evidence.", body = Identity), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn of(State(app): State<App>, caller: Caller, Path(id): Path<PersonId>) -> Result<Json<Identity>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    Ok(Json(identity::of(&mut tx, caller.tenant, oldest(id)).await?))
}

/// Between which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Ends {
    /// An account.
    from: AccountId,
    /// Another.
    to: AccountId,
}

/// A chain of evidence.
#[derive(Debug, Serialize, ToSchema)]
struct Chain {
    /// Whether both accounts are one person.
    one_person: bool,
    /// The shortest chain of evidence from the one to the other; empty where they are two persons.
    evidence: Vec<EvidenceView>,
}

/// Why two accounts are one person: the shortest chain of evidence between them.
#[utoipa::path(
    get,
    path = "/identity/why",
    tag = "people",
    params(Ends),
    responses((status = 200, description = "The chain.", body = Chain), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn why(State(app): State<App>, caller: Caller, Query(ends): Query<Ends>) -> Result<Json<Chain>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    let chain = identity::why(&mut tx, caller.tenant, ends.from, ends.to).await?;
    Ok(Json(Chain { one_person: chain.is_some(), evidence: chain.unwrap_or_default() }))
}

/// Accounts to part from the rest of their person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Parting {
    /// All of one person, and not all of its accounts.
    accounts: Vec<AccountId>,
}

/// What a person owns after a change.
#[derive(Debug, Serialize, ToSchema)]
struct Share {
    /// The person.
    person: PersonId,
    /// Its accounts.
    accounts: Vec<AccountId>,
    /// Money in fen, over these accounts.
    cny_fen: i64,
    /// Points, over these accounts.
    points: i64,
    /// What may be sent to it; told by a preview alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<Vec<Allowance>>,
    /// Events of a year that name one of these accounts, where the server has a lake; told by a preview alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<u64>,
}

/// What a change does.
#[derive(Debug, Serialize, ToSchema)]
struct Outlook {
    /// The persons that there are afterwards among those that it touches.
    persons: Vec<Share>,
    /// Accounts that have another person afterwards.
    moved: Vec<AccountId>,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
struct Done {
    /// The change, as the journal has it.
    change: Change,
    /// What it did.
    #[serde(flatten)]
    outlook: Outlook,
}

/// What parting accounts from the rest of their person would do: which persons there would be, and what each would own.
/// Changes nothing.
#[utoipa::path(
    post,
    path = "/identity/parting/preview",
    tag = "people",
    request_body = Parting,
    responses((status = 200, description = "What would be.", body = Outlook), WriteProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn preview(
    State(app): State<App>,
    caller: Caller,
    Json(parting): Json<Parting>,
) -> Result<Json<Outlook>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    let effect = identity::preview_parting(&mut tx, caller.tenant, &parting.accounts).await?;
    let mut outlook = outlook(&mut tx, caller.tenant, effect).await?;
    for share in &mut outlook.persons {
        let stands = consent::stands(&mut tx, caller.tenant, &share.accounts).await?;
        share.allowed = Some(allowances(&stands));
    }
    tx.commit().await?;
    if let Some(lake) = &app.lake {
        for share in &mut outlook.persons {
            share.events = Some(events_of_a_year(&app.context, lake, caller.tenant, &share.accounts).await?);
        }
    }
    Ok(Json(outlook))
}

/// Accounts to part, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PartingFor {
    /// All of one person, and not all of its accounts.
    accounts: Vec<AccountId>,
    /// Why, in 1 to 500 characters. It is kept with the change.
    reason: String,
}

/// Parts accounts from the rest of their person. All evidence between them and others is taken back; facts, points and
/// money stay with their accounts and so follow. Whoever is seen together again later stays apart until this is undone.
#[utoipa::path(
    post,
    path = "/identity/parting",
    tag = "people",
    request_body = PartingFor,
    responses((status = 200, description = "What was done.", body = Done), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn part(State(app): State<App>, caller: Caller, Json(asked): Json<PartingFor>) -> Result<Json<Done>, Problem> {
    caller.require(Scope::People)?;
    let by = caller.actor.to_string();
    let (ids, clock) = (&app.context.ids, &*app.context.clock);
    let mut tx = app.context.store.write().await?;
    let decision = Decision { by: &by, reason: &asked.reason, at: clock.now() };
    let done = identity::part(&mut tx, caller.tenant, &asked.accounts, decision, ids, clock).await?;
    conclude(&app, &caller, tx, "person.parted", done).await
}

/// Two people to join, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Joining {
    /// One person.
    person: PersonId,
    /// The other.
    with: PersonId,
    /// Why, in 1 to 500 characters. It is kept with the change.
    reason: String,
}

/// Joins two people. A limit that the one person would break refuses it.
#[utoipa::path(
    post,
    path = "/identity/joining",
    tag = "people",
    request_body = Joining,
    responses((status = 200, description = "What was done.", body = Done), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn join(State(app): State<App>, caller: Caller, Json(asked): Json<Joining>) -> Result<Json<Done>, Problem> {
    caller.require(Scope::People)?;
    let by = caller.actor.to_string();
    let (ids, clock) = (&app.context.ids, &*app.context.clock);
    let mut tx = app.context.store.write().await?;
    let decision = Decision { by: &by, reason: &asked.reason, at: clock.now() };
    let pair = (oldest(asked.person), oldest(asked.with));
    let done = identity::join(&mut tx, caller.tenant, pair, decision, ids, clock).await?;
    conclude(&app, &caller, tx, "person.joined", done).await
}

/// Which changes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Before {
    /// Changes before this one; the latest where it is left out.
    before: Option<ChangeId>,
    /// At most so many, up to 200.
    limit: Option<u32>,
}

/// Changes, the latest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IdentityChanges)]
struct Changes {
    /// The changes.
    items: Vec<Change>,
}

/// What people decided about who is who, the latest first.
#[utoipa::path(
    get,
    path = "/identity/changes",
    tag = "people",
    params(Before),
    responses((status = 200, description = "The changes.", body = Changes), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn changes(State(app): State<App>, caller: Caller, Query(page): Query<Before>) -> Result<Json<Changes>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    let limit = page.limit.unwrap_or(identity::CHANGES_MAX);
    Ok(Json(Changes { items: identity::changes(&mut tx, caller.tenant, page.before, limit).await? }))
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Because {
    /// In 1 to 500 characters. It is kept with the change.
    reason: String,
}

/// Undoes a change: what it took back counts again, what it joined is taken back. Undoing is a change, and can be undone.
#[utoipa::path(
    post,
    path = "/identity/changes/{id}/undo",
    tag = "people",
    params(("id" = ChangeId, Path, description = "The change.")),
    request_body = Because,
    responses((status = 200, description = "What was done.", body = Done), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn undo(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChangeId>,
    Json(because): Json<Because>,
) -> Result<Json<Done>, Problem> {
    caller.require(Scope::People)?;
    let by = caller.actor.to_string();
    let (ids, clock) = (&app.context.ids, &*app.context.clock);
    let mut tx = app.context.store.write().await?;
    let decision = Decision { by: &by, reason: &because.reason, at: clock.now() };
    let done = identity::undo(&mut tx, caller.tenant, id, decision, ids, clock).await?;
    conclude(&app, &caller, tx, "person.change_undone", done).await
}

/// Writes a change into the audit log and commits it.
async fn conclude(
    app: &App,
    caller: &Caller,
    mut tx: Tx,
    what: &'static str,
    (change, effect): (Change, Effect),
) -> Result<Json<Done>, Problem> {
    let outlook = outlook(&mut tx, caller.tenant, effect).await?;
    let entry = Entry::new(caller.act(), what, change.id).after(&change);
    audit::record(&mut tx, &app.context, entry).await?;
    tx.commit().await?;
    Ok(Json(Done { change, outlook }))
}

/// What each person owns after a change.
async fn outlook(tx: &mut Tx, tenant: TenantId, effect: Effect) -> Result<Outlook, Problem> {
    let mut persons = Vec::with_capacity(effect.persons.len());
    for after in effect.persons {
        let [cny_fen, points] = wallet(tx, tenant, &after.accounts).await?;
        let (person, accounts) = (after.person, after.accounts);
        persons.push(Share { person, accounts, cny_fen, points, allowed: None, events: None });
    }
    Ok(Outlook { persons, moved: effect.moved })
}

/// The account that a person is named by.
fn oldest(person: PersonId) -> AccountId {
    AccountId::from_raw(person.raw())
}
