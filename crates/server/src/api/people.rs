//! Finding a person by an identifier, with what they own.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tallymark_people::{GivenIdentifier, Identifier, Person};
use tallymark_store::audit::{self, Entry};
use tallymark_web::{Caller, Json, Problem, Scope, WriteProblems};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::portrait::wallet;
use crate::app::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find)).routes(routes!(set_tier))
}

/// Which person.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PersonSearch)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Something the person is known by.
    identifier: GivenIdentifier,
}

/// A person and their wallet.
#[derive(Debug, Serialize, ToSchema)]
struct PersonAnswer {
    /// The person.
    #[serde(flatten)]
    person: Person,
    /// Money in fen, over all accounts.
    cny_fen: i64,
    /// Points, over all accounts.
    points: i64,
}

/// Finds the person an identifier leads to. Changes nothing; the identifier stands in the body, because addresses are
/// written to logs on their way.
#[utoipa::path(
    post,
    path = "/people/search",
    tag = "people",
    request_body = Wanted,
    responses((status = 200, description = "The person and what they own.", body = PersonAnswer), WriteProblems),
    extensions(("x-permission" = json!(["scan", "people", "read"]))),
    security(("api_key" = []))
)]
async fn find(
    State(app): State<App>,
    caller: Caller,
    Json(wanted): Json<Wanted>,
) -> Result<Json<PersonAnswer>, Problem> {
    caller.require_any(&[Scope::Scan, Scope::People, Scope::Read])?;
    let identifier = Identifier::try_from(wanted.identifier)?;
    let settings = app.scanner.settings().of(&app.context, caller.tenant).await?;
    let mut tx = app.context.store.read().await?;
    let person = tallymark_people::find(&mut tx, caller.tenant, &settings.people, &identifier).await?;
    let person = person.ok_or_else(not_found)?;
    let [cny_fen, points] = wallet(&mut tx, caller.tenant, &person.accounts).await?;
    Ok(Json(PersonAnswer { person, cny_fen, points }))
}

/// A tier to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTier {
    /// Whose.
    identifier: GivenIdentifier,
    /// The tier; 0 is the lowest.
    #[schema(maximum = 9)]
    tier: u8,
}

/// What the audit log keeps of a person: never an identifier.
#[derive(Debug, Serialize)]
struct Tier {
    tier: u8,
}

/// Gives a person a tier. Setting it again to the same value changes nothing, so no idempotency key is needed.
#[utoipa::path(
    put,
    path = "/people/tier",
    tag = "people",
    request_body = NewTier,
    responses((status = 200, description = "The person with the tier.", body = Person), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn set_tier(State(app): State<App>, caller: Caller, Json(new): Json<NewTier>) -> Result<Json<Person>, Problem> {
    caller.require(Scope::People)?;
    if new.tier > TIER_MAX {
        let text = format!("a tier is a number from 0 to {TIER_MAX}, not {}", new.tier);
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "people.tier", text));
    }
    let identifier = Identifier::try_from(new.identifier)?;
    let settings = app.scanner.settings().of(&app.context, caller.tenant).await?;
    let mut tx = app.context.store.write().await?;
    let found = tallymark_people::find(&mut tx, caller.tenant, &settings.people, &identifier).await?;
    let mut person = found.ok_or_else(not_found)?;
    for account in &person.accounts {
        tallymark_people::set_tier(&mut tx, caller.tenant, *account, new.tier).await?;
    }
    let entry = Entry::new(caller.act(), "person.tier_set", person.id);
    let entry = entry.before(&Tier { tier: person.tier }).after(&Tier { tier: new.tier });
    audit::record(&mut tx, &app.context, entry).await?;
    tx.commit().await?;
    person.tier = new.tier;
    Ok(Json(person))
}

/// The highest tier.
const TIER_MAX: u8 = 9;

fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "people.not_found", "nobody is known by this identifier")
}
