//! One code as a QR symbol.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tallymark_codes::{CodeText, Qr};
use tallymark_store::Context;
use tallymark_web::{Caller, Path, Problem, Query, ReadProblems, Scope};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Binary;
use super::host::link_host;
use crate::{Error, catalog};

/// Most pixels of a module.
const MODULE_PX_MAX: u32 = 20;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(draw_svg)).routes(routes!(draw_png))
}

/// Where the link leads.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WantedSvg {
    /// One of the brand's hosts, with `http://` and a port where they matter. The first of them where it is left out.
    #[param(example = "https://scan.brand.example")]
    origin: Option<String>,
}

/// Where the link leads, and how large the picture is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WantedPng {
    /// One of the brand's hosts, with `http://` and a port where they matter. The first of them where it is left out.
    #[param(example = "https://scan.brand.example")]
    origin: Option<String>,
    /// Width of a module in pixels.
    #[serde(default = "module_px")]
    #[param(minimum = 1, maximum = 20, default = 8, required = false)]
    module_px: u32,
}

const fn module_px() -> u32 {
    8
}

/// Draws the short link of a code as a picture of any size.
#[utoipa::path(
    get,
    path = "/codes/{code}/qr.svg",
    tag = "printing",
    params(("code" = String, Path, description = "The code."), WantedSvg),
    responses(
        (status = 200, description = "The symbol with its quiet zone.", body = String, content_type = "image/svg+xml"),
        (status = 422, description = "The origin is not the brand's.",
            body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
        ReadProblems
    ),
    extensions(("x-permission" = json!(["goods", "read"]))),
    security(("api_key" = []))
)]
async fn draw_svg(
    State(context): State<Context>,
    caller: Caller,
    Path(code): Path<String>,
    Query(wanted): Query<WantedSvg>,
) -> Result<Response, Problem> {
    let qr = symbol(&context, caller, &code, wanted.origin.as_deref()).await?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], qr.svg()).into_response())
}

/// Draws the short link of a code as pixels.
#[utoipa::path(
    get,
    path = "/codes/{code}/qr.png",
    tag = "printing",
    params(("code" = String, Path, description = "The code."), WantedPng),
    responses(
        (status = 200, description = "The symbol with its quiet zone.", body = inline(Binary), content_type = "image/png"),
        (status = 422, description = "The origin is not the brand's, or a module is too large.",
            body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
        ReadProblems
    ),
    extensions(("x-permission" = json!(["goods", "read"]))),
    security(("api_key" = []))
)]
async fn draw_png(
    State(context): State<Context>,
    caller: Caller,
    Path(code): Path<String>,
    Query(wanted): Query<WantedPng>,
) -> Result<Response, Problem> {
    let qr = symbol(&context, caller, &code, wanted.origin.as_deref()).await?;
    let module_px = wanted.module_px;
    if !(1..=MODULE_PX_MAX).contains(&module_px) {
        let text = format!("a module is 1 to {MODULE_PX_MAX} pixels wide, not {module_px}");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "goods.module_px", text));
    }
    let png = qr.png(module_px).map_err(|error| Error::Label(error.into()))?;
    Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
}

/// The symbol of a code that the tenant has minted.
async fn symbol(context: &Context, caller: Caller, code: &str, origin: Option<&str>) -> Result<Qr, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Read])?;
    let not_found = || Problem::new(StatusCode::NOT_FOUND, "code.not_found", "this is not a code of this brand");
    let code = CodeText::parse(code).map_err(|_| not_found())?;
    let mut tx = context.store.read().await?;
    let catalog = catalog(&mut tx, caller.tenant, &context.master).await?;
    catalog.find(&code).ok_or_else(not_found)?;
    let host = link_host(&mut tx, context, caller.tenant, origin).await?;
    Ok(Qr::new(&host.short_link(&code)).map_err(|error| Error::Label(error.into()))?)
}
