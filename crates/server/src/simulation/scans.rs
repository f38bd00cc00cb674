//! Scans of a simulation in deliveries: each is one batch of the scanner, with the moment and the origin of every scan.

use std::net::IpAddr;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_scan::BATCH_MAX;
use tallymark_scan::answer::{ScanAnswer, answer_of};
use tallymark_store::idempotency;
use tallymark_web::{Caller, IdempotencyKey, Json, JsonBody, Problem};

use crate::api::scans::{Asked, NewScan, request_of};
use crate::app::App;

/// The route that only a simulation has. Its callers stand in line before ([`super::in_turn`]).
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/sim/scans", post(deliver))
}

/// Up to 512 scans, the earliest first.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Delivery {
    scans: Vec<Delivered>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Delivered {
    /// When it was scanned: not after the request's own moment.
    at: Timestamp,
    /// From which network address.
    #[serde(default)]
    address: Option<IpAddr>,
    /// As `POST /v1/scans` takes it.
    scan: NewScan,
}

#[derive(Debug, Serialize)]
struct Answer {
    /// In the order of the delivery.
    scans: Vec<ScanAnswer>,
}

async fn deliver(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<Delivery>,
) -> Result<Json<Answer>, Problem> {
    let scans = body.value.scans;
    let now = app.context.clock.now();
    let is_in_order =
        scans.windows(2).all(|pair| pair[0].at <= pair[1].at) && scans.last().is_none_or(|scan| scan.at <= now);
    if scans.is_empty() || scans.len() > BATCH_MAX || !is_in_order {
        let text =
            format!("a delivery holds 1 to {BATCH_MAX} scans, the earliest first, none after the request's moment");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "simulation.delivery", text));
    }
    let whole = idempotency::body_hash(key.as_str(), &body.raw);
    let mut requests = Vec::with_capacity(scans.len());
    for (place, Delivered { at, address, scan }) in scans.into_iter().enumerate() {
        let key = format!("{}/{place}", key.as_str());
        let guessed = address.and_then(|address| app.outside.place(address));
        let mut request = request_of(scan, Asked { tenant: caller.tenant, key: &key, raw: &whole, at })?;
        request.place = request.place.or(guessed);
        requests.push(request);
    }
    let decided = app.scanner.scan_together(requests).await?;
    Ok(Json(Answer { scans: decided.iter().map(|scan| answer_of(scan)).collect() }))
}
