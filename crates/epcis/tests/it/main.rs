//! What the crate promises about events of EPCIS.

mod answers;
mod documents;
mod hashes;
mod identifiers;
mod queries;
mod rules;

use tallymark_base::Timestamp;
use tallymark_epcis::{Document, Limits, Refusal, read};

/// A document with these events, under a namespace `ex`.
pub(crate) fn document(events: &str) -> String {
    format!(
        r#"{{"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {{"ex": "https://ns.example.com/"}}],
            "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-01-01T00:00:00Z",
            "epcisBody": {{"eventList": [{events}]}}}}"#
    )
}

/// An event of objects with these further fields.
pub(crate) fn object(more: &str) -> String {
    format!(
        r#"{{"type": "ObjectEvent", "action": "OBSERVE", "eventTime": "2026-01-01T08:00:00+08:00",
            "eventTimeZoneOffset": "+08:00", "epcList": ["urn:epc:id:sgtin:4012345.011111.987"] {more}}}"#
    )
}

pub(crate) fn read_at(text: &str, latest: &str) -> Result<Document, Refusal> {
    let latest: Timestamp = latest.parse().unwrap();
    read(text.as_bytes(), &Limits::default(), latest)
}

pub(crate) fn read_now(text: &str) -> Result<Document, Refusal> {
    read_at(text, "2026-03-01T00:00:00Z")
}

/// The only event of a document.
pub(crate) fn only(text: &str) -> tallymark_epcis::Event {
    read_now(&document(text)).unwrap().events.remove(0).unwrap_or_else(|wrong| panic!("{wrong}"))
}
