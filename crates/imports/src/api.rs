//! The routes of imports, relative to `/v1`.

mod mappings;
mod preview;
mod runs;
mod send;

use tallymark_store::Context;
use tallymark_web::Scope;
use utoipa_axum::router::OpenApiRouter;

use crate::Kind;

/// The source of what names none.
const SOURCE: &str = "import";

/// The routes, relative to `/v1`.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().merge(preview::routes()).merge(mappings::routes()).merge(send::routes()).merge(runs::routes())
}

/// What may be imported by whom.
const fn scope_of(kind: Kind) -> Scope {
    match kind {
        Kind::Members => Scope::People,
        Kind::Orders | Kind::Articles => Scope::Orders,
    }
}
