//! Every event type and every dimension of the product: the one list of the catalogue, the lake and the documents.

use tallymark_base::event::{EventType, Registry};
use tallymark_store::dimension::Dimension;

/// The event types and dimensions of every domain.
pub fn registry() -> Registry {
    let dimensions: Vec<EventType> = dimensions().iter().map(|dimension| dimension.declared).collect();
    Registry::of(&[
        tallymark_goods::events::EVENTS,
        tallymark_people::events::EVENTS,
        tallymark_intake::events::EVENTS,
        tallymark_orders::events::EVENTS,
        tallymark_scan::events::EVENTS,
        &dimensions,
    ])
}

/// What events name by id, and how the lake reads it.
pub fn dimensions() -> Vec<Dimension> {
    [
        tallymark_goods::dimensions::ALL,
        tallymark_partners::dimensions::ALL,
        tallymark_people::dimensions::ALL,
        tallymark_campaigns::dimensions::ALL,
    ]
    .concat()
}

/// The names of all events that happen: those that a webhook can ask for.
pub fn event_names() -> Vec<&'static str> {
    registry().iter().filter(|event_type| !event_type.is_dimension()).map(|event_type| event_type.name).collect()
}
