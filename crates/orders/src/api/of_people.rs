//! What a person bought.

use axum::extract::State;
use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, PersonId};
use tallymark_store::Context;
use tallymark_store::keyset::COUNT_MAX;
use tallymark_web::{Caller, Json, ListCount, ListPage, Listed, Path, Problem, ReadProblems, Scope};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{Order, count_of_accounts, page_of_accounts};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list_orders_of_person))
}

/// The orders and returns of a person, over all of their accounts, the latest recorded first.
#[utoipa::path(
    get,
    path = "/people/{id}/orders",
    tag = "orders",
    params(("id" = PersonId, Path, description = "The person."), ListPage),
    responses((status = 200, description = "A page of orders.", body = Listed<Order>), ReadProblems),
    extensions(("x-permission" = json!(["people", "orders", "read"]))),
    security(("api_key" = []))
)]
async fn list_orders_of_person(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<PersonId>,
    page: ListPage,
) -> Result<Json<Listed<Order>>, Problem> {
    caller.require_any(&[Scope::People, Scope::Orders, Scope::Read])?;
    let (tenant, place) = (caller.tenant, page.cursors()?);
    let mut tx = context.store.read().await?;
    let accounts = tallymark_people::person(&mut tx, tenant, AccountId::from_raw(id.raw())).await?.accounts;
    let orders = page_of_accounts(&mut tx, tenant, &accounts, place, page.rows()).await?;
    let count = match page.count {
        true => Some(ListCount::up_to(COUNT_MAX, count_of_accounts(&mut tx, tenant, &accounts).await?)),
        false => None,
    };
    Ok(Json(page.cut(orders, |order: &Order| order.id.to_string(), count)))
}
