//! Where GS1 keys lead.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tallymark_base::TypedId as _;
use tallymark_base::id::LinkId;
use tallymark_store::audit::{self, Entry, RecordError};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_store::{Context, Tx};
use tallymark_web::{
    Caller, IdempotencyKey, Json, JsonBody, Page, Paged, Path, Problem, Query, ReadProblems, Scope, WriteProblems,
    stored,
};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::links::{self, Kept};
use crate::{NewResolverLink, ResolverLink};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(create_link, list_links)).routes(routes!(show_link, replace_link, remove_link))
}

/// Which links.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct About {
    /// Only those about exactly this GS1 key with these qualifiers: a Digital Link or its path.
    about: Option<String>,
}

/// Makes a link that the resolver gives for a GS1 key: a product, perhaps down to variant, lot and serial number, or
/// any other key. It works at once, on every printed Digital Link of the brand.
#[utoipa::path(
    post,
    path = "/links",
    tag = "links",
    params(IdempotencyKey),
    request_body = NewResolverLink,
    responses((status = 201, description = "Made.", body = ResolverLink), WriteProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn create_link(
    State(context): State<Context>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<NewResolverLink>,
) -> Result<Response, Problem> {
    caller.require(Scope::Goods)?;
    let mut once = match begin(&context, caller.tenant.raw(), "links", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let kept = links::create(once.tx(), caller.tenant, &context.ids, &*context.clock, body.value).await?;
    record(once.tx(), &context, &caller, "link.created", &kept).await?;
    let answer = once.finish(201, &kept.link).await?;
    Ok(stored(answer.status, answer.body))
}

/// Lists links, oldest first.
#[utoipa::path(
    get,
    path = "/links",
    tag = "links",
    params(About, Page),
    responses((status = 200, description = "A page of links.", body = Paged<ResolverLink>), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "sell", "read"])), ("x-subtree" = json!("shared"))),
    security(("api_key" = []))
)]
async fn list_links(
    State(context): State<Context>,
    caller: Caller,
    Query(about): Query<About>,
    page: Page,
) -> Result<Json<Paged<ResolverLink>>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Sell, Scope::Read])?;
    let mut tx = context.store.read().await?;
    let about = about.about.as_deref();
    let found = links::list(&mut tx, caller.tenant, about, page.after()?, page.rows()).await?;
    Ok(Json(page.cut(found, |link| link.id.to_string())))
}

/// Shows a link.
#[utoipa::path(
    get,
    path = "/links/{id}",
    tag = "links",
    params(("id" = LinkId, Path, description = "The link.")),
    responses((status = 200, description = "The link.", body = ResolverLink), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "sell", "read"])), ("x-subtree" = json!("shared"))),
    security(("api_key" = []))
)]
async fn show_link(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<LinkId>,
) -> Result<Json<ResolverLink>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Sell, Scope::Read])?;
    let mut tx = context.store.read().await?;
    Ok(Json(links::found(&mut tx, caller.tenant, id).await?))
}

/// Puts a link in the place of one, whole.
#[utoipa::path(
    put,
    path = "/links/{id}",
    tag = "links",
    params(("id" = LinkId, Path, description = "The link.")),
    request_body = NewResolverLink,
    responses((status = 200, description = "The link as it is.", body = ResolverLink), WriteProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn replace_link(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<LinkId>,
    Json(new): Json<NewResolverLink>,
) -> Result<Json<ResolverLink>, Problem> {
    caller.require(Scope::Goods)?;
    let mut tx = context.store.write().await?;
    let kept = links::replace(&mut tx, caller.tenant, &*context.clock, id, new).await?;
    record(&mut tx, &context, &caller, "link.replaced", &kept).await?;
    tx.commit().await?;
    Ok(Json(kept.link))
}

/// Removes a link.
#[utoipa::path(
    delete,
    path = "/links/{id}",
    tag = "links",
    params(("id" = LinkId, Path, description = "The link.")),
    responses((status = 204, description = "Removed."), WriteProblems),
    extensions(("x-permission" = json!(["goods"]))),
    security(("api_key" = []))
)]
async fn remove_link(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<LinkId>,
) -> Result<StatusCode, Problem> {
    caller.require(Scope::Goods)?;
    let mut tx = context.store.write().await?;
    let before = links::remove(&mut tx, caller.tenant, id).await?;
    audit::record(&mut tx, &context, Entry::new(caller.act(), "link.removed", id).before(&before)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn record(
    tx: &mut Tx,
    context: &Context,
    caller: &Caller,
    action: &'static str,
    kept: &Kept,
) -> Result<(), RecordError> {
    for entry in kept.entries(caller.act(), action) {
        audit::record(tx, context, entry).await?;
    }
    Ok(())
}
