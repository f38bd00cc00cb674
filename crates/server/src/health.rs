//! Is the process up, is it ready, and what does it offer?

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tallymark_base::id::RequestId;
use tallymark_web::Problem;

use crate::app::App;

/// `/healthz`, `/readyz` and `/openapi.json`; open to everyone, and they tell nothing of a tenant.
pub(crate) fn routes(description: Arc<str>) -> Router<App> {
    let openapi =
        move || async move { ([(header::CONTENT_TYPE, "application/json")], description.to_string()).into_response() };
    Router::new()
        .route("/healthz", get(async || Json(json!({ "status": "up" }))))
        .route("/readyz", get(ready))
        .route("/openapi.json", get(openapi))
}

/// Ready: the database answers, and ids can be issued.
async fn ready(State(app): State<App>) -> Result<Json<serde_json::Value>, Problem> {
    app.context.store.ping().await?;
    app.context.ids.aside().next::<RequestId>(&*app.context.clock)?;
    Ok(Json(json!({ "status": "ready" })))
}
