//! Listing scans, the latest first.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::geography::Adcode;
use tallymark_base::id::{AccountId, BatchId, ProductId, TenantId};
use tallymark_goods::batch;
use tallymark_scan::answer::{ScanAnswer, answer_of};
use tallymark_scan::list::{self, BATCHES_MAX, Filter, Place};
use tallymark_scan::types::{Scan, Verdict};
use tallymark_store::Tx;
use tallymark_store::keyset::{COUNT_MAX, Period};
use tallymark_web::{Caller, Json, ListCount, ListPage, Listed, Problem, Query, ReadProblems, Scope};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_scans))
}

/// Which scans.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams, ToSchema)]
#[schema(as = ScanFilter)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// From this moment on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    /// Before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    /// Only those with this verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    verdict: Option<Verdict>,
    /// Only those of codes of this batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    batch: Option<BatchId>,
    /// Only those of codes of this product, which may have 1,000 batches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    product: Option<ProductId>,
}

impl Wanted {
    /// The same as the domain knows it.
    pub(crate) async fn filter(&self, tx: &mut Tx, tenant: TenantId) -> Result<Filter, tallymark_goods::Error> {
        let period = Period { from: self.from, until: self.until };
        let batches = match (self.batch, self.product) {
            (batch, Some(product)) => {
                let most = BATCHES_MAX as i64 + 1;
                let mut of_product = batch::of_product(tx, tenant, product, most).await?;
                of_product.retain(|one| batch.is_none_or(|wanted| wanted == *one));
                Some(of_product)
            }
            (Some(batch), None) => Some(vec![batch]),
            (None, None) => None,
        };
        Ok(Filter { period, verdict: self.verdict, batches })
    }
}

/// A scan in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ScanLine {
    /// What its caller was told.
    #[serde(flatten)]
    pub(crate) answer: ScanAnswer,
    /// The source account that scanned.
    pub(crate) account: Option<AccountId>,
    /// Where.
    pub(crate) place: Option<Adcode>,
}

impl From<&Scan> for ScanLine {
    fn from(scan: &Scan) -> Self {
        Self { answer: answer_of(scan), account: scan.decision.account, place: scan.decision.place }
    }
}

/// Lists scans, the latest first, by when they were decided. Those that left the database for the lake are there: table
/// `scan_decided`, where other questions are answered too, such as who scanned or where.
#[utoipa::path(
    get,
    path = "/scans",
    tag = "scans",
    params(Wanted, ListPage),
    responses((status = 200, description = "A page of scans.", body = Listed<ScanLine>), ReadProblems),
    extensions(("x-permission" = json!(["read"]))),
    security(("api_key" = []))
)]
async fn list_scans(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
    page: ListPage,
) -> Result<Json<Listed<ScanLine>>, Problem> {
    caller.require(Scope::Read)?;
    let (after, before) = page.cursors()?;
    let mut tx = app.context.store.read().await?;
    let filter = wanted.filter(&mut tx, caller.tenant).await?;
    let scans = list::page(&mut tx, caller.tenant, &filter, Place { after, before }, page.rows()).await?;
    let count = match page.count {
        true => Some(ListCount::up_to(COUNT_MAX, list::count(&mut tx, caller.tenant, &filter).await?)),
        false => None,
    };
    let lines = scans.iter().map(ScanLine::from).collect();
    Ok(Json(page.cut(lines, |line: &ScanLine| line.answer.scan.to_string(), count)))
}
