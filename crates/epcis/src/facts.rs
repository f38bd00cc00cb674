//! What an event is found by: moments, words and places, and every object it names, neighbours folded into runs.

use serde_json::Value;

use crate::identifier::{self, Serial};
use crate::vocabulary::Vocabulary;
use crate::{Event, EventType};

/// The lists of objects of an event.
pub(crate) const EPC_LISTS: [&str; 4] = ["epcList", "childEPCs", "inputEPCList", "outputEPCList"];
/// The lists of classes with quantities.
pub(crate) const CLASS_LISTS: [&str; 4] =
    ["quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"];

/// Objects of one class that an event names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// A class as such, or a name without serial.
    Class {
        /// The class.
        class: String,
    },
    /// Numbers that follow each other without gaps.
    Run {
        /// The class.
        class: String,
        /// The lowest.
        first: u64,
        /// The highest.
        last: u64,
    },
    /// A serial that is no number.
    Serial {
        /// The class.
        class: String,
        /// The serial.
        serial: String,
    },
}

/// Something beside objects that an event is looked up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// The id of a transformation.
    Transformation,
    /// A business transaction, of whichever type.
    BizTransaction,
    /// A source, of whichever type.
    Source,
    /// A destination, of whichever type.
    Destination,
    /// An event that corrects this one.
    CorrectiveEvent,
}

/// The objects that an event names, in all its lists and as parent: sorted, each once, neighbours together.
pub fn named(event: &Event) -> Vec<Named> {
    let mut keys: Vec<identifier::Key> = Vec::new();
    let body = event.body();
    for list in EPC_LISTS {
        let epcs = body.get(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        keys.extend(epcs.iter().filter_map(Value::as_str).map(identifier::key));
    }
    for list in CLASS_LISTS {
        let elements = body.get(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        keys.extend(elements.iter().filter_map(|element| element["epcClass"].as_str()).map(identifier::key));
    }
    keys.extend(event.text("parentID").map(identifier::key));
    keys.sort_unstable();
    keys.dedup();
    folded(keys)
}

fn folded(keys: Vec<identifier::Key>) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    for key in keys {
        match (found.last_mut(), key.serial) {
            (Some(Named::Run { class, last, .. }), Serial::Number(number))
                if *class == key.class && *last + 1 == number =>
            {
                *last = number;
            }
            (_, Serial::Number(first)) => found.push(Named::Run { class: key.class, first, last: first }),
            (_, Serial::Text(serial)) => found.push(Named::Serial { class: key.class, serial }),
            (_, Serial::None) => found.push(Named::Class { class: key.class }),
        }
    }
    found
}

/// What else it is looked up by, as it is compared.
pub fn terms(event: &Event) -> Vec<(Term, String)> {
    let mut found = Vec::new();
    let body = event.body();
    if let Some(id) = event.text("transformationID") {
        found.push((Term::Transformation, identifier::name(id).into_owned()));
    }
    let lists = [
        (Term::BizTransaction, "bizTransactionList", "bizTransaction"),
        (Term::Source, "sourceList", "source"),
        (Term::Destination, "destinationList", "destination"),
    ];
    for (term, list, field) in lists {
        let elements = body.get(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let values = elements.iter().filter_map(|element| element[field].as_str());
        found.extend(values.map(|value| (term, identifier::name(value).into_owned())));
    }
    let corrective = body.get("errorDeclaration").and_then(|error| error["correctiveEventIDs"].as_array());
    let corrective = corrective.map(Vec::as_slice).unwrap_or_default();
    found.extend(corrective.iter().filter_map(Value::as_str).map(|id| (Term::CorrectiveEvent, id.to_owned())));
    found.sort_unstable();
    found.dedup();
    found
}

/// A word or place that events are listed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Listed {
    /// The name of the type.
    EventType,
    /// The business step, bare where the standard knows it.
    BizStep,
    /// The disposition, likewise.
    Disposition,
    /// Where it was read.
    ReadPoint,
    /// Where the objects are thereafter.
    BizLocation,
}

impl Listed {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::EventType, Self::BizStep, Self::Disposition, Self::ReadPoint, Self::BizLocation];

    /// What an event says of it, as it was written.
    pub fn of(self, event: &Event) -> Option<&str> {
        let place = |field: &str| event.body().get(field)?["id"].as_str();
        match self {
            Self::EventType => Some(event.type_name()),
            Self::BizStep => event.text("bizStep").map(|text| Vocabulary::BizStep.bare(text)),
            Self::Disposition => event.text("disposition").map(|text| Vocabulary::Disposition.bare(text)),
            Self::ReadPoint => place("readPoint"),
            Self::BizLocation => place("bizLocation"),
        }
    }

    /// Whether a word, as it is compared, is one of the standard's.
    pub fn is_standard(self, word: &str) -> bool {
        match self {
            Self::EventType => EventType::of(word) != EventType::Other,
            Self::BizStep => Vocabulary::BizStep.knows(word),
            Self::Disposition => Vocabulary::Disposition.knows(word),
            Self::ReadPoint | Self::BizLocation => false,
        }
    }

    /// The same as it is compared: two spellings of one place are equal.
    pub fn compared(self, text: &str) -> std::borrow::Cow<'_, str> {
        match self {
            Self::EventType => text.into(),
            Self::BizStep => Vocabulary::BizStep.bare(text).into(),
            Self::Disposition => Vocabulary::Disposition.bare(text).into(),
            Self::ReadPoint | Self::BizLocation => identifier::name(text),
        }
    }
}
