//! Saved views over the API.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tallymark_base::id::ViewId;
use tallymark_store::audit::{self, Entry};
use tallymark_web::{Caller, Json, Path, Problem, Query, ReadProblems, Scope, WriteProblems};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Access;
use crate::service::view::{self as views, NewView, View};

pub(super) fn routes() -> OpenApiRouter<Access> {
    OpenApiRouter::new().routes(routes!(list, save)).routes(routes!(remove))
}

/// Of which list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The list, as it was named when a view was saved.
    #[param(example = "people")]
    list: String,
}

/// Lists the saved views of a list: the caller's own, and those that others share, by name.
#[utoipa::path(
    get,
    path = "/views",
    tag = "views",
    operation_id = "list_views",
    params(Wanted),
    responses((status = 200, description = "The views, at most 500.", body = [View]), ReadProblems),
    extensions(("x-permission" = json!("signed_in")), ("x-subtree" = json!("own"))),
    security(("api_key" = []))
)]
async fn list(
    State(access): State<Access>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Vec<View>>, Problem> {
    let mut tx = access.context.store.read().await?;
    Ok(Json(views::list(&mut tx, caller.tenant, caller.actor, &wanted.list).await?))
}

/// Saves a view, in the place of the caller's own of that list and name; doing it again changes nothing.
#[utoipa::path(
    put,
    path = "/views",
    tag = "views",
    operation_id = "save_view",
    request_body = NewView,
    responses((status = 200, description = "As it is saved.", body = View), WriteProblems),
    extensions(("x-permission" = json!("signed_in")), ("x-subtree" = json!("own"))),
    security(("api_key" = []))
)]
async fn save(State(access): State<Access>, caller: Caller, Json(new): Json<NewView>) -> Result<Json<View>, Problem> {
    let mut tx = access.context.store.write().await?;
    let view = views::save(&mut tx, &access.context, (caller.tenant, caller.actor), new).await?;
    audit::record(&mut tx, &access.context, Entry::new(caller.act(), "view.saved", view.id).after(&view)).await?;
    tx.commit().await?;
    Ok(Json(view))
}

/// Removes a view: the caller's own; one that another shares, where the caller may do everything.
#[utoipa::path(
    delete,
    path = "/views/{id}",
    tag = "views",
    operation_id = "remove_view",
    params(("id" = ViewId, Path, description = "The view.")),
    responses((status = 204, description = "Removed."), WriteProblems),
    extensions(("x-permission" = json!("signed_in")), ("x-subtree" = json!("own"))),
    security(("api_key" = []))
)]
async fn remove(State(access): State<Access>, caller: Caller, Path(id): Path<ViewId>) -> Result<StatusCode, Problem> {
    let may_all = caller.scopes.allow(Scope::Owner);
    let mut tx = access.context.store.write().await?;
    let view = views::remove(&mut tx, (caller.tenant, caller.actor), id, may_all).await?;
    audit::record(&mut tx, &access.context, Entry::new(caller.act(), "view.removed", id).before(&view)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
