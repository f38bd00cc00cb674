//! The catalogue of events over HTTP.

use tallymark_base::event::schema::Entry;
use tallymark_web::{Json, ReadProblems};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::events::registry;

/// The routes, relative to `/v1`.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(catalog))
}

/// Lists every event type: its fields with type, unit and meaning, its table in the lake, its JSON Schema.
#[utoipa::path(
    get,
    path = "/catalog",
    tag = "lake",
    responses((status = 200, description = "The event types, by name, then version.", body = [Entry]), ReadProblems),
    security(("api_key" = [])),
    extensions(("x-permission" = json!(["query", "read"])), ("x-subtree" = json!("shared")))
)]
async fn catalog() -> Json<Vec<Entry>> {
    Json(Entry::all(&registry()))
}
