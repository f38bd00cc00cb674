//! What people allowed, and the texts that they were shown.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tallymark_base::id::{AccountId, EventId, PersonId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_people::Error;
use tallymark_people::consent::{self, ANY_CHANNEL, ConsentText, ConsentView, NewConsent, allows};
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_store::outbox::Events;
use tallymark_web::{Caller, IdempotencyKey, Json, JsonBody, Path, Problem, Query, ReadProblems, Scope, WriteProblems};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::portrait::keys;
use crate::app::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, record)).routes(routes!(texts, publish))
}

/// For what something is to be sent.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wish {
    /// For which purpose.
    purpose: Option<String>,
    /// Through which channel; `any` where it is left out.
    channel: Option<String>,
}

/// What a person allowed.
#[derive(Debug, Serialize, ToSchema)]
struct Allowed {
    /// The latest that each account said about each purpose and channel.
    consents: Vec<ConsentView>,
    /// With a purpose: the accounts to whose identifiers something may be sent for it. What one account took back
    /// stops it for all of the person's.
    may: Vec<AccountId>,
}

/// What a person allowed and took back, and with a purpose, to which of its accounts may be sent for it.
#[utoipa::path(
    get,
    path = "/people/{id}/consents",
    tag = "people",
    params(("id" = PersonId, Path, description = "The person."), Wish),
    responses((status = 200, description = "The consents.", body = Allowed), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PersonId>,
    Query(wish): Query<Wish>,
) -> Result<Json<Allowed>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let keys = keys(&app, caller.tenant).await?;
    let mut tx = app.context.store.read().await?;
    let person = tallymark_people::person(&mut tx, caller.tenant, AccountId::from_raw(id.raw())).await?;
    let mut consents = consent::of(&mut tx, caller.tenant, &keys, &person.accounts).await?;
    // What shows a consent may be an address: `reveal` and `export` tell it.
    consents.iter_mut().for_each(|consent| consent.evidence = None);
    let stands = consent::stands(&mut tx, caller.tenant, &person.accounts).await?;
    let channel = wish.channel.as_deref().unwrap_or(ANY_CHANNEL);
    let may = wish.purpose.iter().flat_map(|purpose| {
        let stands = &stands;
        person.accounts.iter().copied().filter(move |account| allows(stands, purpose, channel, *account))
    });
    Ok(Json(Allowed { may: may.collect(), consents }))
}

/// Something that a person allowed or took back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewFact {
    /// For which account: what is given counts for its identifier alone. What is taken back holds for the whole person. The
    /// oldest account where it is left out.
    account: Option<AccountId>,
    /// For what: a word, `marketing` for example.
    purpose: String,
    /// Through what: a word, `sms` for example; all channels where it is left out.
    channel: Option<String>,
    /// Whether it is given; otherwise it is taken back.
    given: bool,
    /// When; now where it is left out. A moment in the future counts as now.
    at: Option<Timestamp>,
    /// What shows that it was so, in at most 1,000 characters. Kept sealed.
    evidence: Option<String>,
    /// Which version of the purpose's text was shown: one that was published.
    text_version: Option<u32>,
    /// Who says so: a word; `operator` where it is left out.
    source: Option<String>,
}

/// What the audit log keeps of a consent.
#[derive(Debug, Serialize)]
struct Told<'a> {
    account: AccountId,
    purpose: &'a str,
    channel: &'a str,
    given: bool,
    text_version: Option<u32>,
}

/// What was recorded.
#[derive(Debug, Serialize, ToSchema)]
struct RecordedFact {
    /// For which account.
    account: AccountId,
}

/// Records that a person allowed something or took it back.
#[utoipa::path(
    post,
    path = "/people/{id}/consents",
    tag = "people",
    params(("id" = PersonId, Path, description = "The person."), IdempotencyKey),
    request_body = NewFact,
    responses((status = 201, description = "Recorded.", body = RecordedFact), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn record(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PersonId>,
    key: IdempotencyKey,
    body: JsonBody<NewFact>,
) -> Result<Response, Problem> {
    caller.require(Scope::People)?;
    let (context, tenant, new) = (&app.context, caller.tenant, body.value);
    let keys = keys(&app, tenant).await?;
    let operation = format!("consents {id}");
    let mut once = match begin(context, tenant.raw(), &operation, key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(tallymark_web::stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let person = tallymark_people::person(once.tx(), tenant, AccountId::from_raw(id.raw())).await?;
    let account = new.account.unwrap_or(person.accounts[0]);
    if !person.accounts.contains(&account) {
        return Err(Error::NotOnePerson { account }.into());
    }
    let now = context.clock.now();
    let fact = NewConsent {
        account,
        purpose: &new.purpose,
        channel: new.channel.as_deref().unwrap_or(ANY_CHANNEL),
        given: new.given,
        at: new.at.unwrap_or(now).min(now),
        evidence: new.evidence.as_deref(),
        text_version: new.text_version,
        source: new.source.as_deref().unwrap_or("operator"),
    };
    let refused = consent::record(once.tx(), tenant, &keys, &[fact], now, &*context.entropy).await?;
    if let Some((_, why)) = refused.first() {
        return Err(Error::Unrecorded { why: *why }.into());
    }
    let mut events = Events::new();
    events.push(context.ids.next::<EventId>(&*context.clock)?.raw(), tenant.raw(), fact.at, &fact.event());
    events.save(once.tx(), &context.ids, &*context.clock).await?;
    let NewConsent { purpose, channel, given, text_version, .. } = fact;
    let told = Told { account, purpose, channel, given, text_version };
    audit::record(once.tx(), context, Entry::new(caller.act(), "person.consent_changed", person.id).after(&told))
        .await?;
    let answer = once.finish(201, &RecordedFact { account }).await?;
    Ok(tallymark_web::stored(answer.status, answer.body))
}

/// Texts that people are shown.
#[derive(Debug, Serialize, ToSchema)]
struct ConsentTexts {
    /// The newest version of a purpose first.
    items: Vec<ConsentText>,
}

/// The texts that people were shown when they were asked.
#[utoipa::path(
    get,
    path = "/consent-texts",
    tag = "people",
    responses((status = 200, description = "The texts.", body = ConsentTexts), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn texts(State(app): State<App>, caller: Caller) -> Result<Json<ConsentTexts>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    Ok(Json(ConsentTexts { items: consent::texts(&mut tx, caller.tenant).await? }))
}

/// A text to publish.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewText {
    /// For which purpose it asks: a word.
    purpose: String,
    /// Its version.
    version: u32,
    /// Its language: a word, `zh` for example.
    language: String,
    /// The text, in at most 20,000 characters.
    text: String,
}

/// Publishes a text that people are shown. What was published is never changed; publishing the same again does nothing.
#[utoipa::path(
    put,
    path = "/consent-texts",
    tag = "people",
    request_body = NewText,
    responses((status = 200, description = "Published.", body = NewText), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn publish(State(app): State<App>, caller: Caller, Json(new): Json<NewText>) -> Result<Json<NewText>, Problem> {
    caller.require(Scope::People)?;
    let mut tx = app.context.store.write().await?;
    let key = (new.purpose.as_str(), new.version, new.language.as_str());
    consent::publish_text(&mut tx, caller.tenant, key, &new.text, app.context.clock.now()).await?;
    let entry = Entry::new(caller.act(), "consent_text.published", &new.purpose).after(&new);
    audit::record(&mut tx, &app.context, entry).await?;
    tx.commit().await?;
    Ok(Json(new))
}
