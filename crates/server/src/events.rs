//! Every event type of the product: the one list of the catalogue, the lake and the documents.

use tallymark_base::event::Registry;

/// The event types of every domain.
pub fn registry() -> Registry {
    Registry::of(&[tallymark_goods::events::EVENTS, tallymark_people::events::EVENTS, tallymark_scan::events::EVENTS])
}
