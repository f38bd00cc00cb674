//! Products, codes and shipments over HTTP: one file for each group of routes.

mod batches;
mod code_keys;
pub mod exceptions;
pub mod flows;
mod host;
mod links;
pub mod operations;
mod pack_profiles;
mod packages;
mod printing;
mod products;
pub mod shipments;
mod stream;
mod symbols;

use tallymark_store::Context;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;

/// The routes, relative to `/v1`.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .merge(products::routes())
        .merge(links::routes())
        .merge(batches::routes())
        .merge(printing::routes())
        .merge(packages::routes())
        .merge(pack_profiles::routes())
        .merge(symbols::routes())
        .merge(shipments::routes())
        .merge(operations::routes())
        .merge(exceptions::routes())
        .merge(flows::routes())
        .merge(code_keys::routes())
}

/// A file or picture, for the description.
struct Binary;

impl PartialSchema for Binary {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

impl ToSchema for Binary {}
