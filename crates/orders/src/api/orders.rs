//! Orders and articles.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tallymark_base::id::{OrderId, RequestId};
use tallymark_base::{Currency, Timestamp, TypedId as _};
use tallymark_partners::tenant;
use tallymark_people::{EvidenceRule, GivenIdentifier, Identifier};
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};
use tallymark_store::outbox::Events;
use tallymark_web::{Caller, Json, Page, Paged, Path, Problem, Query, ReadProblems, Scope, WriteProblems};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{
    Article, Desk, Error, NewLine, NewOrder, Order, Outcome, find, find_by_number, list, put_articles, record,
};

/// Orders in a request.
const SENT_MAX: usize = 500;
/// Articles in a request.
const ARTICLES_MAX: usize = 1_000;
/// Tries of a batch that others got in the way of.
const TRIES_MAX: usize = 12;

/// The routes, relative to `/v1`.
pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(record_orders, list_orders))
        .routes(routes!(show_order))
        .routes(routes!(show_order_by_number))
        .routes(routes!(put_the_articles))
}

/// Orders of one source.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SentOrders {
    /// Who tells them: a word, such as `pos` or `tmall`.
    source: String,
    /// The orders, at most 500, returns after the sales that they come back from.
    orders: Vec<SentOrder>,
}

/// An order. Amounts are in the smallest unit of the currency; what comes back is below zero.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SentOrder {
    /// The number that the source gave it, 1 to 64 characters: under one number of a source there is one order.
    number: String,
    /// By what the buyer can be known, the most certain first, at most 8; none where nobody is.
    #[serde(default)]
    buyer: Vec<GivenIdentifier>,
    /// The source's code of the shop.
    #[serde(default)]
    shop: Option<String>,
    /// The currency of all its amounts.
    currency: Currency,
    /// When it was bought or brought back.
    at: Timestamp,
    /// The number of the order that goods come back from.
    #[serde(default)]
    original: Option<String>,
    /// What was bought, 1 to 2,000 lines.
    lines: Vec<NewLine>,
}

/// What became of orders, in the sequence in which they were sent.
#[derive(Debug, Serialize, ToSchema)]
struct RecordedOrders {
    /// One for each.
    orders: Vec<RecordedOrder>,
}

/// What became of an order.
#[derive(Debug, Serialize, ToSchema)]
struct RecordedOrder {
    /// Its number.
    number: String,
    /// `recorded`; `known`, where the same was recorded before and nothing moved; `differs`, where another order was recorded under
    /// its number; `refused`, where it cannot be meant.
    outcome: &'static str,
    /// Its id, or that of the order that has its number; null where it was refused.
    id: Option<OrderId>,
    /// Points that it earned, below zero what went back; null where it was not recorded now.
    points: Option<i64>,
    /// The stable name of why it was not recorded.
    code: Option<&'static str>,
    /// Why it was not recorded, or not as it was sent.
    reason: Option<String>,
}

impl RecordedOrder {
    fn of(number: String, outcome: Outcome) -> Self {
        let bare = Self { number, outcome: "recorded", id: None, points: None, code: None, reason: None };
        match outcome {
            Outcome::Recorded(own) => {
                let erased = "its buyer was erased, and is left out".to_owned();
                let reason = own.suppressed.then_some(erased);
                Self { id: Some(own.id), points: Some(own.points), reason, ..bare }
            }
            Outcome::Known(id) => Self { outcome: "known", id: Some(id), ..bare },
            Outcome::Differs(id) => {
                let reason =
                    "another order was recorded under this number; send a return, or another number".to_owned();
                Self { outcome: "differs", id: Some(id), code: Some("order_differs"), reason: Some(reason), ..bare }
            }
            Outcome::Refused(refusal) => {
                let (code, reason) = (Some(refusal.code()), Some(refusal.to_string()));
                Self { outcome: "refused", code, reason, ..bare }
            }
        }
    }
}

/// Records orders and returns. An order's number is its key: the same sent again moves nothing, so that a request may be repeated.
/// Identifiers that identify nobody (zeros, test numbers) are passed over.
#[utoipa::path(
    post,
    path = "/orders",
    tag = "orders",
    request_body = SentOrders,
    responses((status = 200, description = "What became of each.", body = RecordedOrders), WriteProblems),
    extensions(("x-permission" = json!(["orders"]))),
    security(("api_key" = []))
)]
async fn record_orders(
    State(context): State<Context>,
    caller: Caller,
    Json(sent): Json<SentOrders>,
) -> Result<Json<RecordedOrders>, Problem> {
    caller.require(Scope::Orders)?;
    if sent.orders.len() > SENT_MAX {
        return Err(Error::TooManyOrders { given: sent.orders.len() }.into());
    }
    let mut orders = Vec::with_capacity(sent.orders.len());
    for (place, order) in sent.orders.into_iter().enumerate() {
        let read = read(order).map_err(|error| Error::Malformed { number: place + 1, reason: error.to_string() });
        orders.push(read?);
    }
    let mut tries = 0;
    let outcomes = loop {
        match recorded(&context, &caller, &sent.source, &orders).await {
            Ok(outcomes) => break outcomes,
            Err(error) if error.is_worth_repeating() && tries < TRIES_MAX => tries += 1,
            Err(error) => return Err(error.into()),
        }
        tokio::task::yield_now().await;
    };
    let numbers = orders.into_iter().map(|order| order.number);
    let told = numbers.zip(outcomes).map(|(number, outcome)| RecordedOrder::of(number, outcome));
    Ok(Json(RecordedOrders { orders: told.collect() }))
}

fn read(sent: SentOrder) -> Result<NewOrder, tallymark_people::Error> {
    let SentOrder { number, buyer, shop, currency, at, original, lines } = sent;
    let mut known = Vec::with_capacity(buyer.len());
    for given in buyer {
        let identifier = Identifier::try_from(given)?;
        if identifier.unusable().is_none() && !known.contains(&identifier) {
            known.push(identifier);
        }
    }
    Ok(NewOrder { number, buyer: known, shop, currency, at, original, lines })
}

/// One try, in one transaction.
async fn recorded(
    context: &Context,
    caller: &Caller,
    source: &str,
    orders: &[NewOrder],
) -> Result<Vec<Outcome>, Error> {
    let mut tx = context.store.write().await?;
    let owner = tenant::find(&mut tx, &context.master, caller.tenant).await?;
    let mut desk = Desk::new(&owner.ok_or(Error::NoTenant { id: caller.tenant })?, source)?;
    let cause: RequestId = context.ids.next(&*context.clock)?;
    let mut events = Events::new();
    let because = (EvidenceRule::ShownTogether, cause.raw());
    let outcomes =
        record(&mut tx, context, &mut desk, &orders.iter().collect::<Vec<_>>(), because, &mut events).await?;
    events.save(&mut tx, &context.ids, &*context.clock).await?;
    tx.commit().await?;
    Ok(outcomes)
}

/// Orders and returns, the latest sale first.
#[utoipa::path(
    get,
    path = "/orders",
    tag = "orders",
    params(Page),
    responses((status = 200, description = "A page of orders.", body = Paged<Order>), ReadProblems),
    extensions(("x-permission" = json!(["orders", "read"]))),
    security(("api_key" = []))
)]
async fn list_orders(
    State(context): State<Context>,
    caller: Caller,
    page: Page,
) -> Result<Json<Paged<Order>>, Problem> {
    caller.require_any(&[Scope::Orders, Scope::Read])?;
    let after: Option<Cursor> = page.after()?;
    let mut tx = context.store.read().await?;
    let found = list(&mut tx, caller.tenant, after.map(|own| (own.at, own.id)), page.rows()).await?;
    Ok(Json(page.cut(found, |order| Cursor { at: order.at, id: order.id }.to_string())))
}

/// Where a page ends: a moment in microseconds and an order.
struct Cursor {
    at: Timestamp,
    id: OrderId,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.at.0, self.id)
    }
}

impl std::str::FromStr for Cursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (at, id) = text.split_once('.').ok_or("send the `next` of the page before, unchanged")?;
        let at = at.parse().map_err(|_| "send the `next` of the page before, unchanged")?;
        let id = id.parse().map_err(|_| "send the `next` of the page before, unchanged")?;
        Ok(Self { at: Timestamp(at), id })
    }
}

/// Shows an order.
#[utoipa::path(
    get,
    path = "/orders/{id}",
    tag = "orders",
    params(("id" = OrderId, Path, description = "The order.")),
    responses((status = 200, description = "The order.", body = Order), ReadProblems),
    extensions(("x-permission" = json!(["orders", "read"]))),
    security(("api_key" = []))
)]
async fn show_order(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<OrderId>,
) -> Result<Json<Order>, Problem> {
    caller.require_any(&[Scope::Orders, Scope::Read])?;
    Ok(Json(find(&mut context.store.read().await?, caller.tenant, id).await?))
}

/// Which order is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Numbered {
    /// Who told it.
    source: String,
    /// The number that the source gave it.
    number: String,
}

/// Finds an order by the number that its source gave it.
#[utoipa::path(
    get,
    path = "/orders/by-number",
    tag = "orders",
    params(Numbered),
    responses((status = 200, description = "The order.", body = Order), ReadProblems),
    extensions(("x-permission" = json!(["orders", "read"]))),
    security(("api_key" = []))
)]
async fn show_order_by_number(
    State(context): State<Context>,
    caller: Caller,
    Query(asked): Query<Numbered>,
) -> Result<Json<Order>, Problem> {
    caller.require_any(&[Scope::Orders, Scope::Read])?;
    let mut tx = context.store.read().await?;
    Ok(Json(find_by_number(&mut tx, caller.tenant, &asked.source, &asked.number).await?))
}

/// Articles.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SentArticles {
    /// At most 1,000.
    articles: Vec<Article>,
}

/// How many articles were kept.
#[derive(Debug, Serialize, ToSchema)]
struct KeptArticles {
    /// Their number.
    kept: usize,
}

/// Keeps what is sold, by the codes that orders name. Lines that are recorded from then on are counted under its department,
/// category and brand.
#[utoipa::path(
    put,
    path = "/articles",
    tag = "orders",
    request_body = SentArticles,
    responses((status = 200, description = "They are kept.", body = KeptArticles), WriteProblems),
    extensions(("x-permission" = json!(["orders"]))),
    security(("api_key" = []))
)]
async fn put_the_articles(
    State(context): State<Context>,
    caller: Caller,
    Json(sent): Json<SentArticles>,
) -> Result<Json<KeptArticles>, Problem> {
    caller.require(Scope::Orders)?;
    let kept = sent.articles.len();
    if kept > ARTICLES_MAX {
        return Err(Error::Article { number: ARTICLES_MAX + 1, reason: "send at most 1,000 at once" }.into());
    }
    let mut tx = context.store.write().await?;
    put_articles(&mut tx, &context, caller.tenant, &sent.articles).await?;
    let told = KeptArticles { kept };
    audit::record(&mut tx, &context, Entry::new(caller.act(), "articles.kept", caller.tenant).after(&told)).await?;
    tx.commit().await?;
    Ok(Json(told))
}
