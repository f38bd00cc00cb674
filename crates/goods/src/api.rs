//! Products, codes and shipments over HTTP: one file for each group of routes.

mod batches;
mod code_keys;
mod host;
mod printing;
mod products;
mod shipments;
mod stream;
mod symbols;

use tallymark_store::Context;
use utoipa_axum::router::OpenApiRouter;

/// The routes, relative to `/v1`.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .merge(products::routes())
        .merge(batches::routes())
        .merge(printing::routes())
        .merge(symbols::routes())
        .merge(shipments::routes())
        .merge(code_keys::routes())
}
