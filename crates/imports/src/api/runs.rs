//! Imports, and how far each is.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use tallymark_base::geography::Language;
use tallymark_base::id::ImportId;
use tallymark_store::Context;
use tallymark_web::{Caller, Json, Page, Path, Problem, Query, ReadProblems, WriteProblems};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{IMPORTERS, READERS, scopes_of, within};
use crate::service::manage;
use crate::{Run, rejects_csv};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(runs)).routes(routes!(run)).routes(routes!(rejects)).routes(routes!(cancel))
}

/// Imports, the latest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportRuns)]
struct Runs {
    /// The imports.
    items: Vec<Run>,
    /// Send it as `after` for the next page; null where there is none.
    next: Option<String>,
}

/// Imports, the latest first. A caller who is limited to a part of the channel tree sees those that were begun for that part.
#[utoipa::path(
    get,
    path = "/imports",
    tag = "imports",
    params(Page),
    responses((status = 200, description = "The imports.", body = Runs), ReadProblems),
    extensions(("x-permission" = json!(["people", "orders", "goods", "logistics", "read"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn runs(State(context): State<Context>, caller: Caller, page: Page) -> Result<Json<Runs>, Problem> {
    caller.require_any(&READERS)?;
    let before: Option<ImportId> = page.after()?;
    let mut tx = context.store.read().await?;
    if let (Some(before), true) = (before, caller.subtree.is_some()) {
        manage::seen(&mut tx, caller.tenant, within(&caller), before).await?;
    }
    let runs = manage::runs(&mut tx, caller.tenant, within(&caller), before, page.rows()).await?;
    let cut = page.cut(runs, |run| run.id.to_string());
    Ok(Json(Runs { items: cut.items, next: cut.next }))
}

/// An import, and how far it is.
#[utoipa::path(
    get,
    path = "/imports/{id}",
    tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    responses((status = 200, description = "The import.", body = Run), ReadProblems),
    extensions(("x-permission" = json!(["people", "orders", "goods", "logistics", "read"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn run(State(context): State<Context>, caller: Caller, Path(id): Path<ImportId>) -> Result<Json<Run>, Problem> {
    caller.require_any(&READERS)?;
    Ok(Json(manage::seen(&mut context.store.read().await?, caller.tenant, within(&caller), id).await?))
}

/// In which language the reasons stand.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Told {
    /// `en` where it is left out.
    #[serde(default)]
    #[param(inline, required = false, default = "en")]
    locale: TextLocale,
}

/// The language of titles and reasons.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RejectsLocale)]
enum TextLocale {
    /// Chinese.
    Zh,
    /// English.
    #[default]
    En,
}

/// What an import left out, as CSV: line, column, code and reason, never the value. The first 10,000.
#[utoipa::path(
    get,
    path = "/imports/{id}/rejects",
    tag = "imports",
    params(("id" = ImportId, Path, description = "The import."), Told),
    responses((status = 200, description = "The rejects.", body = String, content_type = "text/csv"), ReadProblems),
    extensions(("x-permission" = json!(["people", "orders", "goods", "logistics", "read"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn rejects(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<ImportId>,
    Query(told): Query<Told>,
) -> Result<Response, Problem> {
    caller.require_any(&READERS)?;
    let mut tx = context.store.read().await?;
    manage::seen(&mut tx, caller.tenant, within(&caller), id).await?;
    let found = manage::rejects(&mut tx, caller.tenant, id).await?;
    let language = match told.locale {
        TextLocale::Zh => Language::Chinese,
        TextLocale::En => Language::English,
    };
    let name = format!("attachment; filename=\"{id}-rejects.csv\"");
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, rejects_csv(&found, language)).into_response())
}

/// Stops an import for good. What it took stays; its file is forgotten. The same file sent again goes on where it stopped.
#[utoipa::path(
    post,
    path = "/imports/{id}/cancel",
    tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    responses((status = 200, description = "The import.", body = Run), WriteProblems),
    extensions(("x-permission" = json!(["people", "orders", "goods", "logistics"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn cancel(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<ImportId>,
) -> Result<Json<Run>, Problem> {
    caller.require_any(&IMPORTERS)?;
    let mut tx = context.store.write().await?;
    let run = manage::seen(&mut tx, caller.tenant, within(&caller), id).await?;
    caller.require_any(scopes_of(run.kind))?;
    let run = manage::cancel(&mut tx, &context, caller.act(), id).await?;
    tx.commit().await?;
    Ok(Json(run))
}
