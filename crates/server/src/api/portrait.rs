//! A person as a whole: by what they are known, what is known of them, what they own and allowed, and what they did.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tallymark_base::id::{AccountId, PersonId, TenantId};
use tallymark_base::{Timestamp, TypedId as _, Unit};
use tallymark_ledger::Book;
use tallymark_people::portrait::{self, Portrait};
use tallymark_people::profile::{self, NewValue, Unkept};
use tallymark_people::rules::mask::Sight;
use tallymark_people::{Error, PeopleKeys, tags};
use tallymark_store::Tx;
use tallymark_store::audit::{self, Entry, Filter, Recorded};
use tallymark_web::{Caller, Json, Path, Problem, ReadProblems, Scope, WriteProblems};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// What was done to a person, that is shown with the portrait.
const DEEDS_MAX: i64 = 50;
/// Fields that are set at once.
const SET_MAX: usize = 200;
/// What somebody who is signed in is called among sources.
const OPERATOR: &str = "operator";

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(reveal))
        .routes(routes!(set_profile))
        .routes(routes!(tag))
        .routes(routes!(sources, rank_sources))
}

/// A person as a whole.
#[derive(Debug, Serialize, ToSchema)]
struct Whole {
    /// Who it is, what is known, what was allowed.
    #[serde(flatten)]
    portrait: Portrait,
    /// Money in fen, over all accounts.
    cny_fen: i64,
    /// Points, over all accounts.
    points: i64,
    /// What was done to the person by whom, the latest first.
    deeds: Vec<Deed>,
}

/// What was done to a person.
#[derive(Debug, Serialize, ToSchema)]
struct Deed {
    /// When.
    at: Timestamp,
    /// By whom.
    by: String,
    /// What.
    action: String,
    /// What it left, without values of the person.
    after: Option<serde_json::Value>,
}

impl From<Recorded> for Deed {
    fn from(recorded: Recorded) -> Self {
        let Recorded { at, actor, action, after, .. } = recorded;
        Self { at, by: actor.to_string(), action, after }
    }
}

/// A person as a whole. Values are masked (`138****1234`); whoever has no permission `people` sees none. Whole values:
/// `POST /v1/people/{id}/reveal`.
#[utoipa::path(
    get,
    path = "/people/{id}",
    tag = "people",
    params(("id" = PersonId, Path, description = "The person, or one that it was before it was joined.")),
    responses((status = 200, description = "The person.", body = Whole), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn show(State(app): State<App>, caller: Caller, Path(id): Path<PersonId>) -> Result<Json<Whole>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let sight = if caller.scopes.allow(Scope::People) { Sight::Masked } else { Sight::Hidden };
    let keys = keys(&app, caller.tenant).await?;
    let mut tx = app.context.store.read().await?;
    let now = app.context.clock.now();
    Ok(Json(whole(&mut tx, caller.tenant, &keys, id, (sight, now)).await?))
}

/// Why somebody looks.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RevealReason)]
#[serde(deny_unknown_fields)]
struct Why {
    /// In 1 to 500 characters. The audit log keeps it.
    reason: String,
}

/// What the audit log keeps of a look.
#[derive(Debug, Serialize)]
struct Looked<'a> {
    reason: &'a str,
}

/// A person with whole values. Each call is told in the audit log with its reason.
#[utoipa::path(
    post,
    path = "/people/{id}/reveal",
    tag = "people",
    params(("id" = PersonId, Path, description = "The person.")),
    request_body = Why,
    responses((status = 200, description = "The person.", body = Whole), WriteProblems),
    extensions(("x-permission" = json!(["reveal"]))),
    security(("api_key" = []))
)]
async fn reveal(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PersonId>,
    Json(why): Json<Why>,
) -> Result<Json<Whole>, Problem> {
    caller.require(Scope::Reveal)?;
    let reason = reason_of(&why.reason)?;
    let keys = keys(&app, caller.tenant).await?;
    let mut tx = app.context.store.write().await?;
    let whole = whole(&mut tx, caller.tenant, &keys, id, (Sight::Whole, app.context.clock.now())).await?;
    let entry = Entry::new(caller.act(), "person.revealed", whole.portrait.person).after(&Looked { reason });
    audit::record(&mut tx, &app.context, entry).await?;
    tx.commit().await?;
    Ok(Json(whole))
}

async fn whole(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    id: PersonId,
    (sight, now): (Sight, Timestamp),
) -> Result<Whole, Problem> {
    let rank = profile::source_rank(tx, tenant).await?;
    let rank: Vec<&str> = rank.iter().map(String::as_str).collect();
    let portrait = portrait::of(tx, tenant, keys, AccountId::from_raw(id.raw()), (sight, &rank), now).await?;
    let accounts: Vec<AccountId> = portrait.identifiers.iter().map(|one| one.account).collect();
    let [cny_fen, points] = wallet(tx, tenant, &accounts).await?;
    let filter = Filter { object: Some(portrait.person.to_string()), ..Filter::default() };
    let deeds = audit::page(tx, tenant, &filter, None, DEEDS_MAX).await?;
    Ok(Whole { portrait, cny_fen, points, deeds: deeds.into_iter().map(Deed::from).collect() })
}

/// Money in fen and points that accounts have together.
pub(super) async fn wallet(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId]) -> Result<[i64; 2], Problem> {
    let owners: Vec<i64> = accounts.iter().map(|account| account.raw()).collect();
    let mut sums = [0_i64; 2];
    for (sum, unit) in sums.iter_mut().zip([Unit::CNY, Unit::POINTS]) {
        let found = tallymark_ledger::balances(tx, tenant, &owners, Book::Wallet, unit).await?;
        *sum = found.values().map(tallymark_ledger::Balance::available).sum();
    }
    Ok(sums)
}

/// The keys under which a tenant's people are looked up.
pub(super) async fn keys(app: &App, tenant: TenantId) -> Result<PeopleKeys, Problem> {
    Ok(app.scanner.settings().of(&app.context, tenant).await?.people.clone())
}

/// A reason as it is kept.
pub(super) fn reason_of(text: &str) -> Result<&str, Problem> {
    let max = tallymark_people::identity::REASON_MAX;
    let reason = text.trim();
    if reason.is_empty() || reason.chars().count() > max { Err(Error::Reason { max }.into()) } else { Ok(reason) }
}

/// Fields of a person to set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewProfile {
    /// Values by field; `null` clears what this source said. `name`, `birthday`, `gender`, `phone`, `email`, `city` and
    /// `address` have a normal form.
    values: std::collections::BTreeMap<String, Option<String>>,
    /// Whether the values were checked, on an identity card for example: checked ones count before all others.
    #[serde(default)]
    verified: bool,
    /// Which account of the person they are of; the oldest where it is left out.
    account: Option<AccountId>,
}

/// What became of fields that were set.
#[derive(Debug, Serialize, ToSchema)]
struct SetProfile {
    /// How many were kept.
    kept: u64,
    /// Those that were not, and why.
    refused: Vec<RefusedField>,
}

/// A field that was not kept.
#[derive(Debug, Serialize, ToSchema)]
struct RefusedField {
    /// Its name.
    field: String,
    /// What to do.
    detail: String,
    /// Why.
    #[serde(flatten)]
    why: Unkept,
}

/// What the audit log keeps of fields that were set: never a value.
#[derive(Debug, Serialize)]
struct FieldsSet<'a> {
    fields: Vec<&'a str>,
    verified: bool,
}

/// Sets fields of a person's profile, as the source `operator`. Setting them again to the same changes nothing.
#[utoipa::path(
    put,
    path = "/people/{id}/profile",
    tag = "people",
    params(("id" = PersonId, Path, description = "The person.")),
    request_body = NewProfile,
    responses((status = 200, description = "What was kept.", body = SetProfile), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn set_profile(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PersonId>,
    Json(new): Json<NewProfile>,
) -> Result<Json<SetProfile>, Problem> {
    caller.require(Scope::People)?;
    if new.values.len() > SET_MAX {
        return Err(Error::BatchTooLarge { given: new.values.len(), max: SET_MAX }.into());
    }
    let keys = keys(&app, caller.tenant).await?;
    let (now, entropy) = (app.context.clock.now(), &*app.context.entropy);
    let mut tx = app.context.store.write().await?;
    let person = tallymark_people::person(&mut tx, caller.tenant, AccountId::from_raw(id.raw())).await?;
    let account = new.account.unwrap_or(person.accounts[0]);
    if !person.accounts.contains(&account) {
        return Err(Error::NotOnePerson { account }.into());
    }
    let values: Vec<NewValue<'_>> = new
        .values
        .iter()
        .map(|(field, value)| NewValue {
            account,
            field,
            value: value.as_deref().unwrap_or("null"),
            source: OPERATOR,
            at: now,
            verified: new.verified,
        })
        .collect();
    let put = profile::put(&mut tx, caller.tenant, &keys, &values, now, entropy).await?;
    let refused: Vec<RefusedField> = put
        .refused
        .iter()
        .map(|(place, why)| RefusedField { field: values[*place].field.to_owned(), detail: why.to_string(), why: *why })
        .collect();
    if put.kept > 0 {
        let is_kept = |field: &&str| refused.iter().all(|refused| refused.field != *field);
        let fields = new.values.keys().map(String::as_str).filter(is_kept).collect();
        let entry = Entry::new(caller.act(), "person.profile_set", person.id);
        let entry = entry.after(&FieldsSet { fields, verified: new.verified });
        audit::record(&mut tx, &app.context, entry).await?;
    }
    tx.commit().await?;
    Ok(Json(SetProfile { kept: put.kept, refused }))
}

/// Tags to set and to take.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TagChange {
    /// To set; one that the person has gets the end of now.
    #[serde(default)]
    set: Vec<tags::NewTag>,
    /// To take from all accounts of the person.
    #[serde(default)]
    remove: Vec<String>,
    /// Who says so: a word; `operator` where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

/// The tags of a person.
#[derive(Debug, Serialize, ToSchema)]
struct PersonTags {
    /// By name.
    items: Vec<tags::Tag>,
}

/// Sets and takes tags of a person: named facts, some of them for a time. Doing it again changes nothing.
#[utoipa::path(
    put,
    path = "/people/{id}/tags",
    tag = "people",
    params(("id" = PersonId, Path, description = "The person.")),
    request_body = TagChange,
    responses((status = 200, description = "The tags.", body = PersonTags), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn tag(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PersonId>,
    Json(change): Json<TagChange>,
) -> Result<Json<PersonTags>, Problem> {
    caller.require(Scope::People)?;
    let (tenant, now) = (caller.tenant, app.context.clock.now());
    let mut tx = app.context.store.write().await?;
    let person = tallymark_people::person(&mut tx, tenant, AccountId::from_raw(id.raw())).await?;
    let source = change.source.as_deref().unwrap_or(OPERATOR);
    tags::remove(&mut tx, tenant, &person.accounts, &change.remove).await?;
    tags::set(&mut tx, tenant, person.accounts[0], &change.set, (source, now)).await?;
    let entry = Entry::new(caller.act(), "person.tagged", person.id).after(&change);
    audit::record(&mut tx, &app.context, entry).await?;
    let items = tags::of(&mut tx, tenant, &person.accounts, now).await?;
    tx.commit().await?;
    Ok(Json(PersonTags { items }))
}

/// Sources of what is known of people, the most trusted first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ProfileSources)]
#[serde(deny_unknown_fields)]
struct Sources {
    /// Their words: `operator`, the name that an import was given, or the id of a write key in lower case. Those that
    /// are not listed come after all that are.
    sources: Vec<String>,
}

/// Which sources are trusted more where two say something else of a person.
#[utoipa::path(
    get,
    path = "/profile-sources",
    tag = "people",
    responses((status = 200, description = "The sources.", body = Sources), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn sources(State(app): State<App>, caller: Caller) -> Result<Json<Sources>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    Ok(Json(Sources { sources: profile::source_rank(&mut tx, caller.tenant).await? }))
}

/// Says which sources are trusted more. It holds for every portrait from here on; nothing is written anew.
#[utoipa::path(
    put,
    path = "/profile-sources",
    tag = "people",
    request_body = Sources,
    responses((status = 200, description = "The sources.", body = Sources), WriteProblems),
    extensions(("x-permission" = json!(["people"]))),
    security(("api_key" = []))
)]
async fn rank_sources(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<Sources>,
) -> Result<Json<Sources>, Problem> {
    caller.require(Scope::People)?;
    let mut tx = app.context.store.write().await?;
    let before = Sources { sources: profile::source_rank(&mut tx, caller.tenant).await? };
    profile::rank_sources(&mut tx, caller.tenant, &new.sources, app.context.clock.now()).await?;
    let entry = Entry::new(caller.act(), "profile_sources.set", caller.tenant).before(&before).after(&new);
    audit::record(&mut tx, &app.context, entry).await?;
    tx.commit().await?;
    Ok(Json(new))
}
