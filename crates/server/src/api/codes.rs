//! Everything that is known about one code.

use axum::extract::State;
use serde::Serialize;
use tallymark_base::Timestamp;
use tallymark_base::id::{BatchId, OrganisationId, ProductId, ScanId};
use tallymark_codes::{Face, Level};
use tallymark_goods::{Gone, State as CodeState, Unit};
use tallymark_partners::organisation;
use tallymark_web::{Caller, Json, Path, Problem, ReadProblems, Scope};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// A code.
#[derive(Debug, Serialize, ToSchema)]
struct CodeAnswer {
    /// Its product.
    product: ProductId,
    /// The product's GTIN, fourteen digits.
    gtin: String,
    /// Its batch.
    batch: BatchId,
    /// `outer` or `inner`.
    #[schema(value_type = String)]
    face: Face,
    /// `item`, `box`, `case` or `pallet`.
    #[schema(value_type = String)]
    level: Level,
    /// Which one of its level in the batch, from 0.
    serial: u64,
    /// The SSCC of a pack that bears one.
    sscc: Option<String>,
    /// `active`, `not_active`, `void` or `recalled`.
    state: &'static str,
    /// Who holds it, if it was ever handed over; of what left the channel, who had it last.
    holder: Option<OrganisationId>,
    /// How it left the channel, where it did.
    gone: Option<Gone>,
    /// Counted checks; 0 for a code that was never used.
    checks: i64,
    /// The first check.
    first_at: Option<Timestamp>,
    /// The scan that claimed it.
    claimed_by: Option<ScanId>,
}

/// Looks a code up. This is not a scan: nothing is counted.
#[utoipa::path(
    get,
    path = "/codes/{code}",
    tag = "codes",
    params(("code" = String, Path, description = "The code, or the end of its link; of a pack also its SSCC.")),
    responses((status = 200, description = "What is known of it.", body = CodeAnswer), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "sell", "read"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn show(State(app): State<App>, caller: Caller, Path(text): Path<String>) -> Result<Json<CodeAnswer>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Sell, Scope::Read])?;
    let settings = app.scanner.settings().of(&app.context, caller.tenant).await?;
    let mut tx = app.context.store.read().await?;
    let found = tallymark_goods::read_scanned(&mut tx, caller.tenant, &settings.catalog, &text).await?;
    let found = found.ok_or_else(not_found)?;
    let used = tallymark_scan::code_use(&mut tx, caller.tenant, &found).await?;
    let unit = Unit::one(found.batch, found.level, found.serial);
    let (held, _) = tallymark_goods::whereabouts(&mut tx, caller.tenant, unit, None).await?;
    let holder = held.map(|custody| custody.organisation);
    if let Some(within) = &caller.subtree {
        let holder = holder.ok_or_else(not_found)?;
        if !organisation::is_seen(&mut tx, caller.tenant, Some(within), holder).await? {
            return Err(not_found());
        }
    }
    Ok(Json(CodeAnswer {
        product: found.product,
        gtin: found.gtin.to_string(),
        batch: found.batch,
        face: found.face,
        level: found.level,
        serial: found.serial,
        sscc: settings.catalog.sscc(found.batch, found.level, found.serial).map(|sscc| sscc.to_string()),
        state: state_name(&found.state),
        holder,
        gone: held.and_then(|custody| custody.gone),
        checks: used.as_ref().map_or(0, |used| used.checks),
        first_at: used.as_ref().map(|used| used.first_at),
        claimed_by: used.and_then(|used| used.claim).map(|claim| claim.0),
    }))
}

/// The word for a state.
pub(super) const fn state_name(state: &CodeState) -> &'static str {
    match state {
        CodeState::Active => "active",
        CodeState::NotActive => "not_active",
        CodeState::Void { .. } => "void",
        CodeState::Recalled { .. } => "recalled",
    }
}

/// Also the answer about a code whose goods the caller's organisation does not hold.
fn not_found() -> Problem {
    Problem::new(axum::http::StatusCode::NOT_FOUND, "code.not_found", "this is not a code of this brand")
}
