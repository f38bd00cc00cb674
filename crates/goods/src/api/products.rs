//! Products.

use axum::extract::State;
use axum::response::Response;
use tallymark_base::TypedId as _;
use tallymark_base::id::ProductId;
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{
    Caller, IdempotencyKey, Json, JsonBody, Page, Paged, Path, Problem, ReadProblems, Scope, WriteProblems, stored,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{Error, NewProduct, Product, product};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(create_product, list_products)).routes(routes!(show_product))
}

/// Makes a product known.
#[utoipa::path(
    post,
    path = "/products",
    tag = "products",
    params(IdempotencyKey),
    request_body = NewProduct,
    responses((status = 201, description = "Made known.", body = Product), WriteProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn create_product(
    State(context): State<Context>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<NewProduct>,
) -> Result<Response, Problem> {
    caller.require(Scope::Goods)?;
    let mut once = match begin(&context, caller.tenant.raw(), "products", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let made = product::create(once.tx(), caller.tenant, &context.ids, &*context.clock, body.value).await?;
    audit::record(once.tx(), &context, Entry::new(caller.act(), "product.created", made.id).after(&made)).await?;
    let answer = once.finish(201, &made).await?;
    Ok(stored(answer.status, answer.body))
}

/// Lists products, oldest first.
#[utoipa::path(
    get,
    path = "/products",
    tag = "products",
    params(Page),
    responses((status = 200, description = "A page of products.", body = Paged<Product>), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "sell", "read"])), ("x-subtree" = json!("shared"))),
    security(("api_key" = []))
)]
async fn list_products(
    State(context): State<Context>,
    caller: Caller,
    page: Page,
) -> Result<Json<Paged<Product>>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Sell, Scope::Read])?;
    let mut tx = context.store.read().await?;
    let found = product::list(&mut tx, caller.tenant, page.after()?, page.rows()).await?;
    Ok(Json(page.cut(found, |product| product.id.to_string())))
}

/// Shows a product.
#[utoipa::path(
    get,
    path = "/products/{id}",
    tag = "products",
    params(("id" = ProductId, Path, description = "The product.")),
    responses((status = 200, description = "The product.", body = Product), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "sell", "read"])), ("x-subtree" = json!("shared"))),
    security(("api_key" = []))
)]
async fn show_product(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<ProductId>,
) -> Result<Json<Product>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Sell, Scope::Read])?;
    let mut tx = context.store.read().await?;
    Ok(Json(product::find(&mut tx, caller.tenant, id).await?.ok_or(Error::ProductNotFound { product: id })?))
}
