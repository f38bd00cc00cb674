//! Goods that go back to whom they came from.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tallymark_base::id::{OperationId, OrganisationId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_goods::{Catalog, Done, NewOperation, RETURNED_MAX, Unit};
use tallymark_partners::organisation;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_store::{Context, Tx};
use tallymark_web::{Caller, IdempotencyKey, JsonBody, Problem, Scope, WriteProblems, stored};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::operations::{Named, Refusal, refused, unit_of};
use crate::app::App;

/// Most returns of a request.
const RETURNS_MAX: usize = 500;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(record))
}

/// Goods that were given back.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewReturn {
    /// 1 to 500 codes, all of which came from the same organisation.
    codes: Vec<Named>,
    /// When; now unless said otherwise.
    at: Option<Timestamp>,
}

/// Returns in the order in which they were made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewReturns {
    /// 1 to 500. Each sees those before it; one that is refused leaves the others as they are.
    returns: Vec<NewReturn>,
}

/// What came of each return, in their order.
#[derive(Debug, Serialize, ToSchema)]
struct ReturnOutcomes {
    /// One for each.
    outcomes: Vec<ReturnOutcome>,
}

/// What came of a return.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ReturnOutcome {
    /// It was recorded.
    Done(Returned),
    /// It was refused, and changed nothing.
    Refused(Refusal),
}

/// A return that was recorded: as a shipment, back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReturnedGoods)]
struct Returned {
    /// The operation.
    #[serde(flatten)]
    done: Done,
    /// Who has the goods back.
    to: OrganisationId,
    /// What they are called.
    to_name: String,
}

/// What the audit log keeps of a request: its first operation is the object.
#[derive(Serialize)]
struct ReturnedTogether {
    operations: usize,
    last: OperationId,
}

/// Records that goods went back to whom they came from: to the organisation that handed them to their holder, and where
/// that was the brand itself, to the brand's own organisation above the holder. A caller who is limited to a part of the
/// channel tree returns what is held inside it, to wherever it came from; where nothing of it is, the answer is 404.
#[utoipa::path(
    post,
    path = "/returns",
    tag = "trace",
    params(IdempotencyKey),
    request_body = NewReturns,
    responses((status = 200, description = "What came of each return.", body = ReturnOutcomes), WriteProblems),
    extensions(("x-permission" = json!(["goods", "logistics"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn record(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<NewReturns>,
) -> Result<Response, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics])?;
    let asked = body.value.returns;
    if asked.is_empty() || asked.len() > RETURNS_MAX {
        let text = format!("1 to {RETURNS_MAX} returns are taken at once, not {}", asked.len());
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "goods.returns", text));
    }
    let context = &app.context;
    let mut once = match begin(context, caller.tenant.raw(), "returns", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let settings = app.scanner.settings().of(context, caller.tenant).await?;
    let mut outcomes = Vec::with_capacity(asked.len());
    for one in asked {
        outcomes.push(match returned(once.tx(), context, &caller, &settings.catalog, one).await? {
            Ok(done) => ReturnOutcome::Done(done),
            Err(refusal) => ReturnOutcome::Refused(refusal),
        });
    }
    let lies_outside = |outcome: &ReturnOutcome| matches!(outcome, ReturnOutcome::Refused(refusal) if refusal.code == "goods.not_held");
    if outcomes.iter().all(lies_outside) {
        let text = "none of this is of your brand and in your part of it";
        return Err(Problem::new(StatusCode::NOT_FOUND, "goods.not_held", text));
    }
    let done: Vec<OperationId> = outcomes.iter().filter_map(ReturnOutcome::done).collect();
    if let (Some(first), Some(last)) = (done.first(), done.last()) {
        let together = ReturnedTogether { operations: done.len(), last: *last };
        audit::record(once.tx(), context, Entry::new(caller.act(), "goods.returned", first).after(&together)).await?;
    }
    let answer = once.finish(200, &ReturnOutcomes { outcomes }).await?;
    Ok(stored(answer.status, answer.body))
}

impl ReturnOutcome {
    const fn done(&self) -> Option<OperationId> {
        match self {
            Self::Done(returned) => Some(returned.done.id),
            Self::Refused(_) => None,
        }
    }
}

async fn returned(
    tx: &mut Tx,
    context: &Context,
    caller: &Caller,
    catalog: &Catalog,
    asked: NewReturn,
) -> Result<Result<Returned, Refusal>, Problem> {
    let given = asked.codes.len();
    if given == 0 || given > RETURNED_MAX {
        return Ok(Err(refusal("goods.units", format!("1 to {RETURNED_MAX} codes are returned at once, not {given}"))));
    }
    let texts = asked.codes.iter().filter_map(Named::text);
    let reader = tallymark_goods::reader(tx, caller.tenant, catalog, texts).await?;
    let units = asked.codes.iter().map(|named| unit_of(&reader, named.clone())).collect::<Result<Vec<Unit>, Refusal>>();
    let units = match units {
        Ok(units) => units,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(within) = &caller.subtree
        && let Err(error) = tallymark_goods::check_held_within(tx, caller.tenant, within, &units).await
    {
        return Ok(Err(refused(error)?));
    }
    let at = asked.at.unwrap_or_else(|| context.clock.now());
    let to = match tallymark_goods::receiver_of_returns(tx, caller.tenant, &units, at).await {
        Ok(Ok(to)) => to,
        Ok(Err(nobody)) => return Ok(Err(refusal(nobody.code(), nobody.to_string()))),
        Err(error) => return Ok(Err(refused(error)?)),
    };
    let operation = [(NewOperation::Ship { units, to, from: None }, at)];
    let done = tallymark_goods::record(tx, context, caller.tenant, &operation).await?.pop();
    let to_name = organisation::find(tx, caller.tenant, to).await?.map(|to| to.name).unwrap_or_default();
    Ok(match done {
        Some(Ok(done)) => Ok(Returned { done, to, to_name }),
        Some(Err(error)) => Err(refused(error)?),
        None => Err(refusal("goods.units", "nothing was returned".to_owned())),
    })
}

fn refusal(code: &str, detail: String) -> Refusal {
    Refusal { code: code.to_owned(), detail }
}
