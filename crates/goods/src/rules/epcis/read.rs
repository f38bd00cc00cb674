//! What events of others say was done with goods, as far as it can be done here too.

use serde_json::Value;
use tallymark_base::id::OrganisationId;
use tallymark_epcis::vocabulary::Vocabulary;
use tallymark_epcis::{Event, EventType};

/// Where an organisation's address in the API ends in its id.
const ORGANISATIONS: &str = "/v1/organisations/";

/// Something that an event says was done, in its own names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said<'a> {
    /// Put into a pack.
    Packed { pack: &'a str, codes: Vec<&'a str> },
    /// Taken out of a pack; none named: all that lay in it.
    Unpacked { pack: &'a str, codes: Vec<&'a str> },
    /// Sent to an organisation.
    Shipped { codes: Vec<&'a str>, to: OrganisationId },
    /// In the hands of an organisation.
    Received { codes: Vec<&'a str>, by: OrganisationId },
    /// Sold over an organisation's counter.
    Sold { codes: Vec<&'a str>, by: OrganisationId },
    /// Destroyed by an organisation.
    Destroyed { codes: Vec<&'a str>, by: OrganisationId },
}

impl Said<'_> {
    /// The field that names the goods, as a JSON pointer.
    pub(crate) const fn pointer(&self) -> &'static str {
        match self {
            Self::Packed { .. } | Self::Unpacked { .. } => "/childEPCs",
            Self::Shipped { .. } | Self::Received { .. } | Self::Sold { .. } | Self::Destroyed { .. } => "/epcList",
        }
    }
}

/// What an event says. None where it says nothing that is done here: other steps, parties that are not organisations of the
/// brand (told by their address in the API), a declaration that an event was wrong.
pub(crate) fn said(event: &Event) -> Option<Said<'_>> {
    if event.is_declaration() {
        return None;
    }
    let list = |field: &str| -> Vec<&str> {
        let list = event.body().get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(Value::as_str).collect()
    };
    match (event.event_type(), event.text("action")) {
        (EventType::Aggregation, Some("ADD")) => {
            Some(Said::Packed { pack: event.text("parentID")?, codes: list("childEPCs") })
        }
        (EventType::Aggregation, Some("DELETE")) => {
            Some(Said::Unpacked { pack: event.text("parentID")?, codes: list("childEPCs") })
        }
        (EventType::Object, Some(action)) => {
            let codes = list("epcList");
            match (Vocabulary::BizStep.bare(event.text("bizStep")?), action) {
                ("shipping", "OBSERVE" | "ADD") => Some(Said::Shipped { codes, to: receiver(event)? }),
                ("receiving" | "accepting", "OBSERVE" | "ADD") => Some(Said::Received { codes, by: place(event)? }),
                ("retail_selling", "OBSERVE" | "DELETE") => Some(Said::Sold { codes, by: place(event)? }),
                ("destroying", "OBSERVE" | "DELETE") => Some(Said::Destroyed { codes, by: place(event)? }),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The organisation that gets goods.
fn receiver(event: &Event) -> Option<OrganisationId> {
    let list = event.body().get("destinationList")?.as_array()?;
    let is_party = |one: &&Value| {
        one["type"].as_str().is_some_and(|sort| {
            ["owning_party", "possessing_party", "location"].contains(&Vocabulary::SourceDestination.bare(sort))
        })
    };
    list.iter().filter(is_party).find_map(|one| organisation(one["destination"].as_str()?))
}

/// The organisation where goods are.
fn place(event: &Event) -> Option<OrganisationId> {
    ["bizLocation", "readPoint"].into_iter().find_map(|field| organisation(event.body().get(field)?["id"].as_str()?))
}

fn organisation(uri: &str) -> Option<OrganisationId> {
    uri.rsplit_once(ORGANISATIONS)?.1.parse().ok()
}
