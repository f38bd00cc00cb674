//! Lists of what was done with goods.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::{BatchId, OrganisationId};
use tallymark_store::Context;
use tallymark_store::keyset::{COUNT_MAX, Period};
use tallymark_web::{Caller, Json, ListCount, ListPage, Listed, Problem, Query, ReadProblems, Scope};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::operations::{self, Filter};
use crate::{OperationKind, OperationLine};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list_operations))
}

/// Which operations.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams, ToSchema)]
#[schema(as = OperationFilter)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// From this moment on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    /// Before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    /// Only those of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    kind: Option<OperationKind>,
    /// Only those by which this organisation gets or has goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organisation: Option<OrganisationId>,
    /// Only those that name codes of this batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    batch: Option<BatchId>,
}

impl Wanted {
    /// The same as the domain knows it.
    pub const fn filter(&self) -> Filter {
        let period = Period { from: self.from, until: self.until };
        Filter { period, kind: self.kind, organisation: self.organisation, batch: self.batch }
    }
}

/// Lists operations, the latest first, by when they were recorded.
#[utoipa::path(
    get,
    path = "/operations",
    tag = "trace",
    params(Wanted, ListPage),
    responses((status = 200, description = "A page of operations.", body = Listed<OperationLine>), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn list_operations(
    State(context): State<Context>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
    page: ListPage,
) -> Result<Json<Listed<OperationLine>>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let (tenant, filter, place) = (caller.tenant, wanted.filter(), page.cursors()?);
    let mut tx = context.store.read().await?;
    let lines = operations::page(&mut tx, tenant, &filter, place, page.rows()).await?;
    let count = match page.count {
        true => Some(ListCount::up_to(COUNT_MAX, operations::count(&mut tx, tenant, &filter).await?)),
        false => None,
    };
    Ok(Json(page.cut(lines, |line: &OperationLine| line.id.to_string(), count)))
}
