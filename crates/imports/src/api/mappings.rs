//! What the columns of files mean, by name.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tallymark_store::Context;
use tallymark_web::{Caller, Json, Page, Path, Problem, Query, ReadProblems, WriteProblems};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{READERS, scopes_of};
use crate::service::manage;
use crate::{FileMapping, Kind, NamedMapping};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(mappings)).routes(routes!(mapping, put_mapping))
}

/// Mappings in order of name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportMappings)]
struct Mappings {
    /// The mappings.
    items: Vec<NamedMapping>,
    /// Send it as `after` for the next page; null where there is none.
    next: Option<String>,
}

/// What the columns of the brand's files mean, by name.
#[utoipa::path(
    get,
    path = "/imports/mappings",
    tag = "imports",
    params(Page),
    responses((status = 200, description = "The mappings.", body = Mappings), ReadProblems),
    extensions(("x-permission" = json!(["people", "orders", "goods", "logistics", "read"])), ("x-subtree" = json!("shared"))),
    security(("api_key" = []))
)]
async fn mappings(State(context): State<Context>, caller: Caller, page: Page) -> Result<Json<Mappings>, Problem> {
    caller.require_any(&READERS)?;
    let after: String = page.after()?.unwrap_or_default();
    let mut tx = context.store.read().await?;
    let found = manage::mappings(&mut tx, caller.tenant, &after, page.rows()).await?;
    let cut = page.cut(found, |mapping| mapping.name.clone());
    Ok(Json(Mappings { items: cut.items, next: cut.next }))
}

/// What the columns of a kind of file mean.
#[utoipa::path(
    get,
    path = "/imports/mappings/{name}",
    tag = "imports",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 200, description = "The mapping.", body = NamedMapping), ReadProblems),
    extensions(("x-permission" = json!(["people", "orders", "goods", "logistics", "read"])), ("x-subtree" = json!("shared"))),
    security(("api_key" = []))
)]
async fn mapping(
    State(context): State<Context>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<NamedMapping>, Problem> {
    caller.require_any(&READERS)?;
    let mut tx = context.store.read().await?;
    Ok(Json(manage::mapping_named(&mut tx, caller.tenant, &name).await?))
}

/// What the files of a mapping hold.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Meant {
    /// What the rows of its files are; members where it is left out.
    #[serde(default)]
    kind: Kind,
}

/// Says what the columns of a kind of file mean. Imports that were begun keep what held then.
#[utoipa::path(
    put,
    path = "/imports/mappings/{name}",
    tag = "imports",
    params(("name" = String, Path, description = "A word of lower-case letters, digits and the signs _ . -"), Meant),
    request_body = FileMapping,
    responses((status = 200, description = "The mapping.", body = NamedMapping), WriteProblems),
    extensions(("x-permission" = json!(["people", "orders", "goods", "logistics"]))),
    security(("api_key" = []))
)]
async fn put_mapping(
    State(context): State<Context>,
    caller: Caller,
    Path(name): Path<String>,
    Query(meant): Query<Meant>,
    Json(given): Json<serde_json::Value>,
) -> Result<Json<NamedMapping>, Problem> {
    caller.require_any(scopes_of(meant.kind))?;
    let mapping = FileMapping::parse(meant.kind, given.to_string().as_bytes())?;
    let mut tx = context.store.write().await?;
    let kept = manage::put_mapping(&mut tx, &context, caller.act(), &name, &mapping).await?;
    tx.commit().await?;
    Ok(Json(kept))
}
