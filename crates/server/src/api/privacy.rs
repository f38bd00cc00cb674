//! What a person may demand: everything that is kept of them, and that it be erased; and numbers that change hands.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, PersonId};
use tallymark_people::identity::{self, Change, Decision};
use tallymark_people::{GivenIdentifier, Identifier};
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{Caller, IdempotencyKey, Json, JsonBody, Path, Problem, Scope, WriteProblems};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::portrait::{keys, reason_of};
use crate::app::App;
use crate::export;
use crate::privacy::ErasedPerson;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(export)).routes(routes!(erase)).routes(routes!(lift)).routes(routes!(reassign))
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PrivacyReason)]
#[serde(deny_unknown_fields)]
struct Why {
    /// In 1 to 500 characters. It is kept, so it names nobody.
    reason: String,
}

/// What the audit log keeps.
#[derive(Debug, Serialize)]
struct Because<'a> {
    reason: &'a str,
}

/// Everything that is kept of a person, for the person or for another service to read: identifiers, profile, consents with
/// what shows them, evidence, wallets, and every event of theirs, what is sealed in it opened. Each call is told in the audit
/// log.
#[utoipa::path(
    post,
    path = "/people/{id}/export",
    tag = "people",
    params(("id" = PersonId, Path, description = "The person.")),
    request_body = Why,
    responses((status = 200, description = "Everything, by kind.", body = Value), WriteProblems),
    extensions(("x-permission" = json!(["reveal"]))),
    security(("api_key" = []))
)]
async fn export(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PersonId>,
    Json(why): Json<Why>,
) -> Result<Json<Value>, Problem> {
    caller.require(Scope::Reveal)?;
    let reason = reason_of(&why.reason)?;
    let keys = keys(&app, caller.tenant).await?;
    let mut tx = app.context.store.write().await?;
    let person = tallymark_people::person(&mut tx, caller.tenant, AccountId::from_raw(id.raw())).await?;
    let entry = Entry::new(caller.act(), "person.exported", person.id).after(&Because { reason });
    audit::record(&mut tx, &app.context, entry).await?;
    tx.commit().await?;
    Ok(Json(export::everything(&app.context, app.lake.as_ref(), caller.tenant, &keys, &person).await?))
}

/// Erases a person for ever: the keys of their accounts, everything that these sealed wherever copies of it are, and all by
/// which they were known. Their scans, money and points stay, under ids without a name. An import does not bring them back.
/// Erasing again does nothing.
#[utoipa::path(
    post,
    path = "/people/{id}/erase",
    tag = "people",
    params(("id" = PersonId, Path, description = "The person.")),
    request_body = Why,
    responses((status = 200, description = "Erased.", body = ErasedPerson), WriteProblems),
    extensions(("x-permission" = json!(["erase"]))),
    security(("api_key" = []))
)]
async fn erase(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PersonId>,
    Json(why): Json<Why>,
) -> Result<Json<ErasedPerson>, Problem> {
    caller.require(Scope::Erase)?;
    let reason = reason_of(&why.reason)?;
    Ok(Json(crate::privacy::erase(&app.context, caller.act(), AccountId::from_raw(id.raw()), reason).await?))
}

/// Somebody who came back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Returned {
    /// By what they were known.
    identifier: GivenIdentifier,
    /// Why, in 1 to 500 characters. It is kept, so it names nobody.
    reason: String,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
struct Lifted {
    /// Whether imports left the identifier out until now.
    lifted: bool,
}

/// Notes that somebody who was erased is back of their own will, so that imports do not leave them out any more. Proving a phone
/// number by a code says the same by itself. Doing it again changes nothing.
#[utoipa::path(
    post,
    path = "/people/suppressions/lift",
    tag = "people",
    request_body = Returned,
    responses((status = 200, description = "Whether there was anything to lift.", body = Lifted), WriteProblems),
    extensions(("x-permission" = json!(["erase"]))),
    security(("api_key" = []))
)]
async fn lift(State(app): State<App>, caller: Caller, Json(returned): Json<Returned>) -> Result<Json<Lifted>, Problem> {
    caller.require(Scope::Erase)?;
    let reason = reason_of(&returned.reason)?;
    let identifier = Identifier::try_from(returned.identifier)?;
    Ok(Json(Lifted { lifted: crate::privacy::lift(&app.context, caller.act(), &identifier, reason).await? }))
}

/// An identifier that changed hands.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reassigning {
    /// Which.
    identifier: GivenIdentifier,
    /// Why, in 1 to 500 characters. It is kept with the change.
    reason: String,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
struct Reassigned {
    /// What the journal says.
    change: Change,
    /// The fresh account that the identifier leads to.
    account: AccountId,
}

/// Gives an identifier to somebody new, as a phone number that its holder gave up: from here on it leads to a fresh account, of
/// which nothing is known. The former one keeps its past, its points and its consents.
#[utoipa::path(
    post,
    path = "/identity/reassigning",
    tag = "people",
    params(IdempotencyKey),
    request_body = Reassigning,
    responses((status = 201, description = "Done.", body = Reassigned), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn reassign(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<Reassigning>,
) -> Result<Response, Problem> {
    caller.require(Scope::People)?;
    let (context, tenant, asked) = (&app.context, caller.tenant, body.value);
    let (keys, by) = (keys(&app, tenant).await?, caller.actor.to_string());
    let identifier = Identifier::try_from(asked.identifier)?;
    let mut once = match begin(context, tenant.raw(), "reassigning", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(tallymark_web::stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let (ids, clock, entropy) = (&context.ids, &*context.clock, &*context.entropy);
    let decision = Decision { by: &by, reason: &asked.reason, at: clock.now() };
    let done = identity::reassign(once.tx(), tenant, &keys, &identifier, decision, ids, clock, entropy).await?;
    let (change, account) = done;
    let entry = Entry::new(caller.act(), "identifier.reassigned", change.id).after(&change);
    audit::record(once.tx(), context, entry).await?;
    let answer = once.finish(201, &Reassigned { change, account }).await?;
    Ok(tallymark_web::stored(answer.status, answer.body))
}
