//! Shipments.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::TypedId as _;
use tallymark_base::id::{OrganisationId, ShipmentId};
use tallymark_partners::organisation;
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_store::keyset::{COUNT_MAX, Period};
use tallymark_web::{
    Caller, IdempotencyKey, Json, JsonBody, ListCount, ListPage, Listed, Path, Problem, Query, ReadProblems, Scope,
    WriteProblems, stored,
};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::shipments::{self, Filter};
use crate::{NewShipment, Shipment, ShipmentLine, check_within, ship, shipment};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(create_shipment, list_shipments)).routes(routes!(show_shipment))
}

/// Hands cases and pallets to an organisation. Whoever held their items before does not any more.
#[utoipa::path(
    post,
    path = "/shipments",
    tag = "shipments",
    params(IdempotencyKey),
    request_body = NewShipment,
    responses((status = 201, description = "Handed over.", body = Shipment), WriteProblems),
    extensions(("x-permission" = json!(["goods", "logistics"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn create_shipment(
    State(context): State<Context>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<NewShipment>,
) -> Result<Response, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics])?;
    let (tenant, clock) = (caller.tenant, &*context.clock);
    let mut once = match begin(&context, tenant.raw(), "shipments", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    if let Some(within) = &caller.subtree {
        check_within(once.tx(), tenant, within, &body.value).await?;
    }
    let made = ship(once.tx(), &context, tenant, body.value, clock.now()).await?;
    audit::record(once.tx(), &context, Entry::new(caller.act(), "shipment.created", made.id).after(&made)).await?;
    let answer = once.finish(201, &made).await?;
    Ok(stored(answer.status, answer.body))
}

/// Which shipments.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams, ToSchema)]
#[schema(as = ShipmentFilter)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// From this moment on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    /// Before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    /// Only those to this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<OrganisationId>,
}

impl Wanted {
    /// The same as the domain knows it.
    pub const fn filter(&self) -> Filter {
        Filter { period: Period { from: self.from, until: self.until }, to: self.to }
    }
}

/// Lists shipments, the latest first. A caller who is limited to a part of the channel tree sees those into it.
#[utoipa::path(
    get,
    path = "/shipments",
    tag = "shipments",
    params(Wanted, ListPage),
    responses((status = 200, description = "A page of shipments.", body = Listed<ShipmentLine>), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn list_shipments(
    State(context): State<Context>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
    page: ListPage,
) -> Result<Json<Listed<ShipmentLine>>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let (tenant, filter, place) = (caller.tenant, wanted.filter(), page.cursors()?);
    let wanted = (caller.subtree.as_ref(), &filter);
    let mut tx = context.store.read().await?;
    let lines = shipments::page(&mut tx, tenant, wanted, place, page.rows()).await?;
    let count = match page.count {
        true => Some(ListCount::up_to(COUNT_MAX, shipments::count(&mut tx, tenant, wanted).await?)),
        false => None,
    };
    Ok(Json(page.cut(lines, |line: &ShipmentLine| line.id.to_string(), count)))
}

/// Shows a shipment as it was asked for.
#[utoipa::path(
    get,
    path = "/shipments/{id}",
    tag = "shipments",
    params(("id" = ShipmentId, Path, description = "The shipment.")),
    responses((status = 200, description = "The shipment.", body = Shipment), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn show_shipment(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<ShipmentId>,
) -> Result<Json<Shipment>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let mut tx = context.store.read().await?;
    let mut found = shipment(&mut tx, caller.tenant, id).await?;
    if let Some(shipment) = &found {
        let within = caller.subtree.as_ref();
        if !organisation::is_seen(&mut tx, caller.tenant, within, shipment.to).await? {
            found = None;
        }
    }
    let not_found =
        || Problem::new(StatusCode::NOT_FOUND, "goods.shipment_not_found", format!("there is no shipment {id}"));
    Ok(Json(found.ok_or_else(not_found)?))
}
