//! Reports over HTTP.

use axum::extract::State;
use serde::Deserialize;
use tallymark_base::id::{CampaignId, ProductId};
use tallymark_lake::Lake;
use tallymark_partners::tenant;
use tallymark_store::Context;
use tallymark_web::{Caller, Json, Path, Problem, Query, ReadProblems};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{Breakdown, Error, ReportAnswer, ReportEntry, Wanted, report, reports};

/// What the routes share.
#[derive(Debug, Clone)]
pub struct Insight {
    /// Database, time and master key.
    pub context: Context,
    /// The lake, where the server has one.
    pub lake: Option<Lake>,
}

/// The routes, relative to `/v1`.
pub fn routes() -> OpenApiRouter<Insight> {
    OpenApiRouter::new().routes(routes!(list_reports)).routes(routes!(show_report))
}

/// Lists the reports: their metrics with unit, meaning and SQL, and what they can be broken down by.
#[utoipa::path(
    get,
    path = "/reports",
    tag = "reports",
    responses((status = 200, description = "The reports.", body = [ReportEntry]), ReadProblems),
    security(("api_key" = [])),
    extensions(("x-permission" = json!(["query", "read"])))
)]
async fn list_reports() -> Json<Vec<ReportEntry>> {
    Json(reports::ALL.iter().map(ReportEntry::of).collect())
}

/// What of a report.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Given {
    /// The first day, YYYY-MM-DD, in the brand's zone; six days before the last where it is left out.
    #[param(example = "2026-03-01")]
    from: Option<String>,
    /// The last day, itself included; today where it is left out. At most 366 days.
    #[param(example = "2026-03-07")]
    to: Option<String>,
    /// What the rows are; the report's first breakdown where it is left out.
    by: Option<Breakdown>,
    /// Only this campaign, where the report counts what belongs to campaigns.
    campaign: Option<CampaignId>,
    /// Only this product.
    product: Option<ProductId>,
}

/// Answers a report up to the last commit, with the SQL that computes the same over the lake's open tables.
#[utoipa::path(
    get,
    path = "/reports/{name}",
    tag = "reports",
    params(("name" = String, Path, description = "The report: `GET /v1/reports` lists them."), Given),
    responses((status = 200, description = "The rows, and where they come from.", body = ReportAnswer), ReadProblems),
    security(("api_key" = [])),
    extensions(("x-permission" = json!(["query", "read"])))
)]
async fn show_report(
    State(insight): State<Insight>,
    caller: Caller,
    Path(name): Path<String>,
    Query(given): Query<Given>,
) -> Result<Json<ReportAnswer>, Problem> {
    let asked = reports::find(&name)?;
    let Given { from, to, by, campaign, product } = given;
    let wanted = Wanted { from, to, by, campaign, product };
    let Insight { context, lake } = insight;
    let lake = lake.ok_or(Error::Off)?;
    let mut tx = context.store.read().await?;
    let brand = tenant::find(&mut tx, &context.master, caller.tenant).await?;
    tx.commit().await?;
    let zone = brand.map(|brand| brand.zone).unwrap_or_default();
    let whose = (caller.tenant, zone.as_str());
    Ok(Json(report(&lake, &context.store, &*context.clock, whose, asked, &wanted).await?))
}
