//! Organisations over HTTP.

use axum::extract::State;
use axum::response::Response;
use tallymark_base::TypedId as _;
use tallymark_base::id::OrganisationId;
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{
    AuthError, Caller, IdempotencyKey, Json, JsonBody, Page, Paged, Path, Problem, ReadProblems, Scope, WriteProblems,
    stored,
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
    extensions(("x-permission" = json!(["partners"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn create(
    State(context): State<Context>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<NewOrganisation>,
) -> Result<Response, Problem> {
    caller.require(Scope::Partners)?;
    let mut once = match begin(&context, caller.tenant.raw(), "organisations", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    // A root lies outside every subtree, and a parent outside the caller's does not exist for it.
    if let Some(within) = &caller.subtree {
        let parent = body.value.parent.ok_or(AuthError::SubtreeLimited)?;
        if !organisation::is_seen(once.tx(), caller.tenant, Some(within), parent).await? {
            return Err(Error::ParentNotFound { parent }.into());
        }
    }
    let made = organisation::create(once.tx(), caller.tenant, &context.ids, &*context.clock, body.value).await?;
    audit::record(once.tx(), &context, Entry::new(caller.act(), "organisation.created", made.id).after(&made)).await?;
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
    extensions(("x-permission" = json!(["partners", "logistics", "read"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn list(
    State(context): State<Context>,
    caller: Caller,
    page: Page,
) -> Result<Json<Paged<Organisation>>, Problem> {
    caller.require_any(&[Scope::Partners, Scope::Logistics, Scope::Read])?;
    let mut tx = context.store.read().await?;
    let found = organisation::page(&mut tx, caller.tenant, caller.subtree.as_ref(), page.after()?, page.rows()).await?;
    Ok(Json(page.cut(found, |organisation| organisation.id.to_string())))
}

/// Shows an organisation.
#[utoipa::path(
    get,
    path = "/organisations/{id}",
    tag = "organisations",
    params(("id" = OrganisationId, Path, description = "The organisation.")),
    responses((status = 200, description = "The organisation.", body = Organisation), ReadProblems),
    extensions(("x-permission" = json!(["partners", "logistics", "read"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn show(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<OrganisationId>,
) -> Result<Json<Organisation>, Problem> {
    caller.require_any(&[Scope::Partners, Scope::Logistics, Scope::Read])?;
    let mut tx = context.store.read().await?;
    let within = caller.subtree.as_ref();
    let found = match organisation::is_seen(&mut tx, caller.tenant, within, id).await? {
        true => organisation::find(&mut tx, caller.tenant, id).await?,
        false => None,
    };
    Ok(Json(found.ok_or(Error::NotFound { organisation: id })?))
}
