//! Organisations over HTTP.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tallymark_base::TypedId as _;
use tallymark_base::id::OrganisationId;
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{
    AuthError, Caller, IdempotencyKey, Json, JsonBody, Page, Paged, Path, Problem, Query, ReadProblems, Refusal, Scope,
    WriteProblems, stored,
};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{Error, NewOrganisation, Organisation, organisation};

/// Characters of a name or code that is looked for.
const CALLED_CHARS_MAX: usize = 100;

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

/// Which organisations are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// A text that the name or the code holds, 1 to 100 characters; Latin letters in any case.
    #[param(min_length = 1, max_length = 100)]
    called: Option<String>,
}

/// Lists the channel tree, every organisation after the one above it.
#[utoipa::path(
    get,
    path = "/organisations",
    tag = "organisations",
    params(Page, Filter),
    responses((status = 200, description = "A page of the tree.", body = Paged<Organisation>), ReadProblems),
    extensions(("x-permission" = json!(["partners", "logistics", "read"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn list(
    State(context): State<Context>,
    caller: Caller,
    page: Page,
    Query(filter): Query<Filter>,
) -> Result<Json<Paged<Organisation>>, Problem> {
    caller.require_any(&[Scope::Partners, Scope::Logistics, Scope::Read])?;
    let called = filter.called.as_deref();
    if called.is_some_and(|text| !(1..=CALLED_CHARS_MAX).contains(&text.chars().count())) {
        let message = format!("called: give 1 to {CALLED_CHARS_MAX} characters of a name or code");
        return Err(Refusal::QueryInvalid { message }.into());
    }
    let mut tx = context.store.read().await?;
    let within = caller.subtree.as_ref();
    let found = organisation::page(&mut tx, caller.tenant, within, called, page.after()?, page.rows()).await?;
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
