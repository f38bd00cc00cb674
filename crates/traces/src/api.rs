//! EPCIS 2.0 over HTTP, relative to `/epcis/v2`: one file for each group of routes, in the words of the standard.

mod capture;
mod events;
mod named;
mod resources;
mod socket;
mod words;

pub use words::{CAPTURE_BYTES_MAX, in_words_of_epcis};

use utoipa_axum::router::OpenApiRouter;

use crate::Traces;

/// The routes, relative to `/epcis/v2`.
pub fn routes() -> OpenApiRouter<Traces> {
    OpenApiRouter::new()
        .merge(capture::routes())
        .merge(events::routes())
        .merge(resources::routes())
        .merge(named::routes())
}
