//! Organisations over HTTP.

use axum::extract::State;
use axum::response::Response;
use tallymark_base::TypedId as _;
use tallymark_base::id::OrganisationId;
use tallymark_store::Context;
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{
    Caller, IdempotencyKey, Json, JsonBody, Page, Paged, Path, Problem, ReadProblems, Scope, WriteProblems, stored,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{Error, NewOrganisation, Organisation, organisation};

/// The routes, relative to `/v1`.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(create, list)).routes(routes!(show))
}

/// Adds an organisation to the channel tree.
#[utoipa::path(
    post,
    path = "/organisations",
    tag = "organisations",
    params(IdempotencyKey),
    request_body = NewOrganisation,
    responses((status = 201, description = "Added.", body = Organisation), WriteProblems),
    security(("api_key" = []))
)]
async fn create(
    State(context): State<Context>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<NewOrganisation>,
) -> Result<Response, Problem> {
    caller.require(Scope::Owner)?;
    let mut once = match begin(&context, caller.tenant.raw(), "organisations", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let made = organisation::create(once.tx(), caller.tenant, &context.ids, &*context.clock, body.value).await?;
    let answer = once.finish(201, &made).await?;
    Ok(stored(answer.status, answer.body))
}

/// Lists the channel tree, every organisation after the one above it.
#[utoipa::path(
    get,
    path = "/organisations",
    tag = "organisations",
    params(Page),
    responses((status = 200, description = "A page of the tree.", body = Paged<Organisation>), ReadProblems),
    security(("api_key" = []))
)]
async fn list(
    State(context): State<Context>,
    caller: Caller,
    page: Page,
) -> Result<Json<Paged<Organisation>>, Problem> {
    caller.require(Scope::Read)?;
    let mut tx = context.store.read().await?;
    let found = organisation::page(&mut tx, caller.tenant, page.after()?, page.rows()).await?;
    Ok(Json(page.cut(found, |organisation| organisation.id.to_string())))
}

/// Shows an organisation.
#[utoipa::path(
    get,
    path = "/organisations/{id}",
    tag = "organisations",
    params(("id" = OrganisationId, Path, description = "The organisation.")),
    responses((status = 200, description = "The organisation.", body = Organisation), ReadProblems),
    security(("api_key" = []))
)]
async fn show(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<OrganisationId>,
) -> Result<Json<Organisation>, Problem> {
    caller.require(Scope::Read)?;
    let mut tx = context.store.read().await?;
    let found = organisation::find(&mut tx, caller.tenant, id).await?;
    Ok(Json(found.ok_or(Error::NotFound { organisation: id })?))
}
