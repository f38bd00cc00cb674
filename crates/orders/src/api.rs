//! Orders, articles and points rules over HTTP.

mod articles;
mod of_people;
mod orders;
mod points;

use tallymark_store::Context;
use utoipa_axum::router::OpenApiRouter;

/// The routes, relative to `/v1`.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .merge(orders::routes())
        .merge(articles::routes())
        .merge(of_people::routes())
        .merge(points::routes())
}
