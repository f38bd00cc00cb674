//! What the crate promises about deliveries, checked against what unmodified SDKs sent.

mod any_bytes;
mod definitions;
mod events;
mod identifiers;
mod recorded;
mod replies;
mod times;
mod traits;
mod wire;

use tallymark_base::Timestamp;
use tallymark_intake::identifier::NAMESPACE;
use tallymark_intake::{Endpoint, Event, Limits, Outcome, Quarantined, Refusal, Request, receive};

/// 2026-03-01T08:30:00Z.
pub(crate) const RECEIVED: &str = "2026-03-01T08:30:00Z";

pub(crate) fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A plain JSON request that came at [`RECEIVED`].
pub(crate) fn request(endpoint: Endpoint, body: &[u8]) -> Request<'_> {
    let received_at = moment(RECEIVED);
    let (content_type, content_encoding, namespace) = ("application/json", "", NAMESPACE);
    Request { endpoint, content_type, content_encoding, body, received_at, namespace }
}

pub(crate) fn deliver(endpoint: Endpoint, body: &[u8]) -> Result<Vec<Outcome>, Refusal> {
    receive(&request(endpoint, body), &Limits::default())
}

/// The outcomes of a batch that holds these events.
pub(crate) fn batch(events: &[&str]) -> Vec<Outcome> {
    deliver(Endpoint::Batch, format!("{{\"batch\":[{}]}}", events.join(",")).as_bytes()).unwrap()
}

/// The event that this JSON is.
pub(crate) fn event(json: &str) -> Event {
    match batch(&[json]).pop() {
        Some(Outcome::Accepted(event)) => *event,
        other => panic!("{json} gives {other:?}"),
    }
}

/// What this JSON is put aside for.
pub(crate) fn quarantined(json: &str) -> Quarantined {
    match batch(&[json]).pop() {
        Some(Outcome::Quarantined(quarantined)) => quarantined,
        other => panic!("{json} gives {other:?}"),
    }
}
