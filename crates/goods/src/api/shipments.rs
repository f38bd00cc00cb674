//! Shipments.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tallymark_base::TypedId as _;
use tallymark_base::id::ShipmentId;
use tallymark_partners::organisation;
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{
    Caller, IdempotencyKey, Json, JsonBody, Path, Problem, ReadProblems, Scope, WriteProblems, stored,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{NewShipment, Shipment, check_within, ship, shipment};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(create_shipment)).routes(routes!(show_shipment))
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
    let made = ship(once.tx(), tenant, &context.ids, clock, body.value, clock.now()).await?;
    audit::record(once.tx(), &context, Entry::new(caller.act(), "shipment.created", made.id).after(&made)).await?;
    let answer = once.finish(201, &made).await?;
    Ok(stored(answer.status, answer.body))
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
