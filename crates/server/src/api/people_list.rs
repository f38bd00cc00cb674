//! Listing people, finding whose an account is, and what many own.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tallymark_base::id::{AccountId, PersonId, TenantId};
use tallymark_base::{Timestamp, TypedId as _, Unit};
use tallymark_ledger::{Balance, Book};
use tallymark_people::list::{self, Filter, PersonLine, Place};
use tallymark_people::rules::mask::Sight;
use tallymark_people::{IdentifierKind, Person};
use tallymark_store::Tx;
use tallymark_store::keyset::{COUNT_MAX, Period};
use tallymark_web::{Caller, Json, ListCount, ListPage, Listed, Path, Problem, Query, ReadProblems, Scope};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::portrait::keys;
use crate::app::App;

/// People whose balances are asked for at once.
const BALANCES_MAX: usize = 100;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_people)).routes(routes!(balances)).routes(routes!(of_account))
}

/// Which people.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams, ToSchema)]
#[schema(as = PeopleFilter)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Who were taken in from this moment on; an import takes in members on the day on which it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    /// Who were taken in before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    /// By what they were known first. Not together with `tag`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    first_kind: Option<IdentifierKind>,
    /// Only those with this tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(max_length = 64)]
    tag: Option<String>,
}

impl Wanted {
    /// The same as the domain knows it.
    pub(crate) fn filter(&self) -> Result<Filter, Problem> {
        if self.first_kind.is_some() && self.tag.is_some() {
            let text = "people are listed by `first_kind` or by `tag`, not by both; ask the lake for more";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "people.list_filters", text));
        }
        let period = Period { from: self.from, until: self.until };
        Ok(Filter { period, first_kind: self.first_kind, tag: self.tag.as_ref().map(|tag| tag.trim().to_owned()) })
    }
}

/// Lists people, who came last first. Values are masked (`138****1234`); whoever has no permission `people` sees none. Whom
/// a number, card or mail address leads to: `POST /v1/people/search`.
#[utoipa::path(
    get,
    path = "/people",
    tag = "people",
    params(Wanted, ListPage),
    responses((status = 200, description = "A page of people.", body = Listed<PersonLine>), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn list_people(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
    page: ListPage,
) -> Result<Json<Listed<PersonLine>>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let (filter, sight) = (wanted.filter()?, sight_of(&caller));
    let (after, before) = page.cursors()?;
    let keys = keys(&app, caller.tenant).await?;
    let now = app.context.clock.now();
    let mut tx = app.context.store.read().await?;
    let (place, tenant) = (Place { after, before }, caller.tenant);
    let lines = list::page(&mut tx, tenant, &keys, (&filter, sight), (place, page.rows()), now).await?;
    let count = match page.count {
        true => Some(ListCount::up_to(COUNT_MAX, list::count(&mut tx, tenant, &filter, now).await?)),
        false => None,
    };
    Ok(Json(page.cut(lines, |line: &PersonLine| line.stands_at.to_string(), count)))
}

/// How much of people's values a caller sees in lists.
pub(crate) fn sight_of(caller: &Caller) -> Sight {
    if caller.scopes.allow(Scope::People) { Sight::Masked } else { Sight::Hidden }
}

/// Whose balances.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Whose {
    /// Ids of people with commas between, 100 at most.
    #[param(example = "per_00TAXGT0000G0,per_00TAXGT0000G1")]
    people: String,
}

/// What somebody owns.
#[derive(Debug, Serialize, ToSchema)]
struct Owned {
    /// The person, as asked for.
    person: PersonId,
    /// Money in fen, over all accounts.
    cny_fen: i64,
    /// Points, over all accounts.
    points: i64,
}

/// What people own.
#[derive(Debug, Serialize, ToSchema)]
struct OwnedByMany {
    /// In the order asked for. Who is unknown is left out.
    items: Vec<Owned>,
}

/// What up to 100 people own, in one answer.
#[utoipa::path(
    get,
    path = "/people/balances",
    tag = "people",
    params(Whose),
    responses((status = 200, description = "What they own.", body = OwnedByMany), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn balances(
    State(app): State<App>,
    caller: Caller,
    Query(whose): Query<Whose>,
) -> Result<Json<OwnedByMany>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let asked: Vec<PersonId> =
        whose.people.split(',').filter(|id| !id.is_empty()).map(str::parse).collect::<Result<_, _>>()?;
    if asked.is_empty() || asked.len() > BALANCES_MAX {
        let text = format!("people: 1 to {BALANCES_MAX} ids, not {}", asked.len());
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "people.too_many", text));
    }
    let mut tx = app.context.store.read().await?;
    let accounts = list::accounts_of(&mut tx, caller.tenant, &asked).await?;
    let [money, points] = [
        sums(&mut tx, caller.tenant, &accounts, Unit::CNY).await?,
        sums(&mut tx, caller.tenant, &accounts, Unit::POINTS).await?,
    ];
    let of = |sums: &BTreeMap<PersonId, i64>, person: &PersonId| sums.get(person).copied().unwrap_or_default();
    let known = asked.iter().filter(|person| accounts.iter().any(|(_, owner)| owner == *person));
    let items = known.map(|one| Owned { person: *one, cny_fen: of(&money, one), points: of(&points, one) });
    Ok(Json(OwnedByMany { items: items.collect() }))
}

/// What the wallets of people hold together, by person.
async fn sums(
    tx: &mut Tx,
    tenant: TenantId,
    accounts: &[(AccountId, PersonId)],
    unit: Unit,
) -> Result<BTreeMap<PersonId, i64>, Problem> {
    let owners: Vec<i64> = accounts.iter().map(|(account, _)| account.raw()).collect();
    let found = tallymark_ledger::balances(tx, tenant, &owners, Book::Wallet, unit).await?;
    let mut sums = BTreeMap::new();
    for (account, person) in accounts {
        *sums.entry(*person).or_default() += found.get(&account.raw()).map_or(0, Balance::available);
    }
    Ok(sums)
}

/// Whose an account is.
#[utoipa::path(
    get,
    path = "/accounts/{id}/person",
    tag = "people",
    params(("id" = AccountId, Path, description = "A source account, as scans and events name it.")),
    responses((status = 200, description = "The person it belongs to.", body = Person), ReadProblems),
    extensions(("x-permission" = json!(["people", "read"]))),
    security(("api_key" = []))
)]
async fn of_account(
    State(app): State<App>,
    caller: Caller,
    Path(account): Path<AccountId>,
) -> Result<Json<Person>, Problem> {
    caller.require_any(&[Scope::People, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    Ok(Json(tallymark_people::person(&mut tx, caller.tenant, account).await?))
}
