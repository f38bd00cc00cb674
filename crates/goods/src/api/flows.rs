//! Who got how much from whom, and the shipments behind it.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::{BatchId, OperationId, OrganisationId, ProductId};
use tallymark_store::Context;
use tallymark_store::keyset::Period;
use tallymark_web::{Caller, Json, ListCount, ListPage, Listed, Problem, Query, ReadProblems, Scope};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::flows::{self, Filter, Sender};
use crate::{Flow, FlowShipment};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(show_flows)).routes(routes!(list_flow_shipments))
}

/// Which shipments.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams, ToSchema)]
#[schema(as = FlowFilter)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Recorded from this moment on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    /// Recorded before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    /// Only codes of this batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    batch: Option<BatchId>,
    /// Only codes of this product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    product: Option<ProductId>,
    /// Only what this organisation held before; `brand`: what nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    #[param(value_type = Option<String>)]
    sender: Option<SenderText>,
    /// Only what this organisation got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receiver: Option<OrganisationId>,
}

/// A sender as it is asked for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
enum SenderText {
    Organisation(OrganisationId),
    Brand(BrandText),
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BrandText {
    Brand,
}

impl Wanted {
    /// The same as the domain knows it.
    pub fn filter(&self) -> Filter {
        let sender = self.sender.map(|sender| match sender {
            SenderText::Organisation(organisation) => Sender::Organisation(organisation),
            SenderText::Brand(BrandText::Brand) => Sender::Brand,
        });
        let period = Period { from: self.from, until: self.until };
        Filter { period, batch: self.batch, product: self.product, sender, receiver: self.receiver }
    }
}

/// Who got how much from whom.
#[derive(Debug, Serialize, ToSchema)]
struct Flows {
    /// One for each sender and receiver, the most first.
    flows: Vec<Flow>,
}

/// Who got how many items from whom, by the shipments that were recorded in a period: at most 10,000 of them. The sums are those
/// of the shipments that `GET /v1/flows/shipments` lists for the same question.
#[utoipa::path(
    get,
    path = "/flows",
    tag = "trace",
    params(Wanted),
    responses((status = 200, description = "The flows.", body = Flows), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn show_flows(
    State(context): State<Context>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Flows>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let mut tx = context.store.read().await?;
    Ok(Json(Flows { flows: flows::flows(&mut tx, caller.tenant, &wanted.filter()).await? }))
}

/// The shipments behind flows, the latest first.
#[utoipa::path(
    get,
    path = "/flows/shipments",
    tag = "trace",
    params(Wanted, ListPage),
    responses((status = 200, description = "A page of shipments.", body = Listed<FlowShipment>), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn list_flow_shipments(
    State(context): State<Context>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
    page: ListPage,
) -> Result<Json<Listed<FlowShipment>>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let (after, before): (Option<OperationId>, Option<OperationId>) = page.cursors()?;
    let mut tx = context.store.read().await?;
    let mut found = flows::shipments(&mut tx, caller.tenant, &wanted.filter()).await?;
    let count = page.count.then_some(ListCount { number: found.len() as i64, exact: true });
    // They are few enough to be counted whole, and come the latest first.
    if let Some(after) = after {
        found.retain(|one| one.operation < after);
    }
    if let Some(before) = before {
        found.retain(|one| one.operation > before);
        let beyond = found.len().saturating_sub(page.rows());
        found.drain(..beyond);
    }
    found.truncate(page.rows());
    Ok(Json(page.cut(found, |one: &FlowShipment| one.operation.to_string(), count)))
}
