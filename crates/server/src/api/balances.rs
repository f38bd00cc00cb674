//! Looking at accounts of the ledger.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tallymark_base::TypedId;
use tallymark_base::Unit;
use tallymark_base::id::{
    AccountId, CampaignId, IdError, OrganisationId, PrizeId, RebateId, TenantId, TransferOriginId,
};
use tallymark_ledger::{AccountKey, Balance, Book, Code, Transfer};
use tallymark_partners::organisation;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{Caller, IdempotencyKey, Json, JsonBody, Problem, Query, ReadProblems, Scope, WriteProblems};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(top_up))
}

/// Which account.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The id of a person's account, an organisation, a campaign, a prize, a rebate rule or the tenant.
    owner: String,
    /// What for.
    book: Book,
    /// `CNY`, `points`, or the id of a prize. CNY where it is left out.
    unit: Option<String>,
}

/// An account's sums.
#[derive(Debug, Serialize, ToSchema)]
struct BalanceAnswer {
    /// The sums.
    #[serde(flatten)]
    sums: Balance,
    /// What can be spent: credits - debits - debits_pending.
    available: i64,
}

/// The balance of an account; zeros where nothing ever moved.
#[utoipa::path(
    get,
    path = "/balances",
    tag = "ledger",
    params(Wanted),
    responses((status = 200, description = "The sums, in the smallest unit.", body = BalanceAnswer), ReadProblems),
    extensions(("x-permission" = json!(["campaigns", "settlement", "read"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn show(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<BalanceAnswer>, Problem> {
    caller.require_any(&[Scope::Campaigns, Scope::Settlement, Scope::Read])?;
    let owner = owner_of(&wanted.owner)?;
    let mut tx = app.context.store.read().await?;
    if let Some(within) = &caller.subtree {
        // Only what is owed to organisations can be cut to a part of the tree.
        let organisation: Option<OrganisationId> = wanted.owner.parse().ok();
        let seen = match organisation {
            Some(id) => organisation::is_seen(&mut tx, caller.tenant, Some(within), id).await?,
            None => false,
        };
        if !seen {
            let text = "there is no such owner of accounts in your part of the channel tree";
            return Err(Problem::new(StatusCode::NOT_FOUND, "ledger.owner_not_found", text));
        }
    }
    let unit = match wanted.unit.as_deref() {
        None | Some("CNY") => Unit::CNY,
        Some("points") => Unit::POINTS,
        Some(prize) => Unit(prize.parse::<PrizeId>()?.raw()),
    };
    let found = tallymark_ledger::balances(&mut tx, caller.tenant, &[owner], wanted.book, unit).await?;
    let sums = found.get(&owner).copied().unwrap_or_default();
    Ok(Json(BalanceAnswer { available: sums.available(), sums }))
}

/// The number behind an id of any kind that owns accounts.
fn owner_of(text: &str) -> Result<i64, IdError> {
    match text.split('_').next() {
        Some("org") => text.parse::<OrganisationId>().map(TypedId::raw),
        Some("cam") => text.parse::<CampaignId>().map(TypedId::raw),
        Some("prz") => text.parse::<PrizeId>().map(TypedId::raw),
        Some("reb") => text.parse::<RebateId>().map(TypedId::raw),
        Some("ten") => text.parse::<TenantId>().map(TypedId::raw),
        _ => text.parse::<AccountId>().map(TypedId::raw),
    }
}

/// Money or points to add to a budget.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewFunding {
    /// A campaign or a rebate rule.
    owner: String,
    /// `CNY` or `points`.
    unit: String,
    /// Fen or points, above zero.
    amount: i64,
}

/// A budget after it was funded.
#[derive(Debug, Serialize, ToSchema)]
struct Funded {
    /// The funding, under which its transfer is found.
    origin: TransferOriginId,
    /// What the budget has in all slots.
    available: i64,
}

/// What the audit log keeps of a funding.
#[derive(Debug, Serialize)]
struct Funding<'a> {
    unit: &'a str,
    amount: i64,
}

/// Adds to the budget of a campaign or a rebate rule.
#[utoipa::path(
    post,
    path = "/fundings",
    tag = "ledger",
    params(IdempotencyKey),
    request_body = NewFunding,
    responses((status = 201, description = "Funded.", body = Funded), WriteProblems),
    extensions(("x-permission" = json!(["campaigns", "settlement"]))),
    security(("api_key" = []))
)]
async fn top_up(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<NewFunding>,
) -> Result<axum::response::Response, Problem> {
    caller.require_any(&[Scope::Campaigns, Scope::Settlement])?;
    let new = body.value;
    let unit = match new.unit.as_str() {
        "CNY" => Unit::CNY,
        "points" => Unit::POINTS,
        _ => {
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "ledger.unit", "unit is CNY or points"));
        }
    };
    if new.owner.starts_with(RebateId::PREFIX) {
        caller.require_any(&[Scope::Settlement, Scope::Campaigns])?;
    } else {
        caller.require(Scope::Campaigns)?;
    }
    let owner = owner_of(&new.owner)?;
    let context = &app.context;
    let mut once = match begin(context, caller.tenant.raw(), "fundings", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(tallymark_web::stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    // Only a budget that its campaign or rule has opened can be added to.
    let opened = tallymark_ledger::balances(once.tx(), caller.tenant, &[owner], Book::Budget, unit).await?;
    if !opened.contains_key(&owner) {
        let text = "there is no budget of this owner in this unit";
        return Err(Problem::new(StatusCode::NOT_FOUND, "ledger.budget_not_found", text));
    }
    let origin: TransferOriginId = context.ids.next(&*context.clock)?;
    let transfer = Transfer {
        origin: origin.raw(),
        part: 0,
        debit: AccountKey::new(caller.tenant.raw(), Book::Funding, unit),
        credit: AccountKey::new(owner, Book::Budget, unit),
        amount: new.amount,
        code: Code::Funded,
        pending: false,
    };
    tallymark_ledger::post(once.tx(), caller.tenant, &[transfer], context.clock.now()).await?;
    // Servers that found the budget empty look again.
    tallymark_store::revision::raise(once.tx(), caller.tenant.raw()).await?;
    let after = tallymark_ledger::balances(once.tx(), caller.tenant, &[owner], Book::Budget, unit).await?;
    let funded = Funded { origin, available: after.get(&owner).map_or(0, Balance::available) };
    let entry =
        Entry::new(caller.act(), "budget.funded", &new.owner).after(&Funding { unit: &new.unit, amount: new.amount });
    audit::record(once.tx(), context, entry).await?;
    let answer = once.finish(201, &funded).await?;
    Ok(tallymark_web::stored(answer.status, answer.body))
}
