//! Lists of what was recorded although it should not be.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::OrganisationId;
use tallymark_store::Context;
use tallymark_store::keyset::{COUNT_MAX, Period};
use tallymark_web::{Caller, Json, ListCount, ListPage, Listed, Problem, Query, ReadProblems, Scope};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::exceptions::{self, Filter};
use crate::{ExceptionKind, ExceptionLine};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list_exceptions))
}

/// Which exceptions.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams, ToSchema)]
#[schema(as = ExceptionFilter)]
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
    kind: Option<ExceptionKind>,
    /// Only goods that arrived with this organisation or were sold by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organisation: Option<OrganisationId>,
}

impl Wanted {
    /// The same as the domain knows it.
    pub const fn filter(&self) -> Filter {
        let period = Period { from: self.from, until: self.until };
        Filter { period, kind: self.kind, organisation: self.organisation }
    }
}

/// Lists goods that arrived or were sold where they should not have been, the latest first: sent to nobody, sent to another,
/// received, sold or destroyed before. A caller who is limited to a part of the channel tree sees what turned up in it.
#[utoipa::path(
    get,
    path = "/exceptions",
    tag = "trace",
    params(Wanted, ListPage),
    responses((status = 200, description = "A page of exceptions.", body = Listed<ExceptionLine>), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn list_exceptions(
    State(context): State<Context>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
    page: ListPage,
) -> Result<Json<Listed<ExceptionLine>>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let (tenant, filter, place) = (caller.tenant, wanted.filter(), page.cursors()?);
    let wanted = (caller.subtree.as_ref(), &filter);
    let mut tx = context.store.read().await?;
    let lines = exceptions::page(&mut tx, tenant, wanted, place, page.rows()).await?;
    let count = match page.count {
        true => Some(ListCount::up_to(COUNT_MAX, exceptions::count(&mut tx, tenant, wanted).await?)),
        false => None,
    };
    Ok(Json(page.cut(lines, |line: &ExceptionLine| line.id.to_string(), count)))
}
