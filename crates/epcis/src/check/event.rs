//! One event as a whole.

use serde_json::{Map, Value};
use tallymark_base::Timestamp;

use super::fields::{COMMON, Field, Shape};
use super::{Checker, shown};
use crate::uri::is_uri;
use crate::{Finding, Limits};

/// The five types of the standard, and what a brand or a trade adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventType {
    /// Something happened to objects.
    Object,
    /// Objects were put into, or taken out of, a container.
    Aggregation,
    /// Objects were joined to business transactions.
    Transaction,
    /// Objects were used up to make others.
    Transformation,
    /// Objects were fixed to another, such as a sensor to a pallet.
    Association,
    /// A type with a name of its own.
    Other,
}

/// The types of the standard with their names.
pub const TYPES: [(EventType, &str); 5] = [
    (EventType::Object, "ObjectEvent"),
    (EventType::Aggregation, "AggregationEvent"),
    (EventType::Transaction, "TransactionEvent"),
    (EventType::Transformation, "TransformationEvent"),
    (EventType::Association, "AssociationEvent"),
];

impl EventType {
    /// The type of this name.
    pub fn of(name: &str) -> Self {
        TYPES.iter().find(|(_, own)| *own == name).map_or(Self::Other, |(own, _)| *own)
    }
}

/// Looks an event over.
pub(crate) fn check(event: &Value, latest: Timestamp, limits: &Limits) -> Vec<Finding> {
    let mut checker =
        Checker { findings: Vec::new(), pointer: String::new(), latest, epcs_max: limits.epcs_per_event_max };
    if let Some(object) = checker.object(event) {
        checker.event(object, limits);
    }
    checker.findings
}

impl Checker {
    fn event(&mut self, event: &Map<String, Value>, limits: &Limits) {
        let Some(name) = event.get("type").and_then(Value::as_str) else {
            self.object_at("type is missing: it says what sort of event this is");
            return;
        };
        let sort = EventType::of(name);
        if sort == EventType::Other && !is_uri(name) {
            let known = TYPES.map(|(_, name)| name).join(", ");
            let text = format!("{:?} is no event type; there are {known}, and URIs", shown(name));
            self.within("type", |checker| checker.object_at(text));
            return;
        }
        self.needed(event, &["eventTime", "eventTimeZoneOffset"]);
        let own = sort.fields();
        for (field, value) in event {
            if self.findings.len() >= super::FINDINGS_MAX {
                return;
            }
            self.within(field, |checker| match COMMON.iter().chain(own).find(|known| known.0 == field) {
                Some(Field(_, shape)) => checker.shape(value, *shape),
                None if is_uri(field) => checker.free(value, limits.depth_max),
                None if sort == EventType::Other => checker.free(value, limits.depth_max),
                None => checker.object_at(format!(
                    "{name} has no field {:?}; a field of one's own is named with a namespace, as ex:field",
                    shown(field)
                )),
            });
        }
        self.rules(sort, event);
        let count: usize = EPC_LISTS.iter().map(|list| length(event, list)).sum();
        if count > self.epcs_max {
            let list = EPC_LISTS.into_iter().max_by_key(|list| length(event, list)).unwrap_or("epcList");
            let (count, max) = (count, self.epcs_max);
            let text = format!("an event has at most {max} EPCs, this one {count}; send several events");
            self.within(list, |checker| checker.object_at(text));
        }
    }

    /// What a type needs as a whole.
    fn rules(&mut self, sort: EventType, event: &Map<String, Value>) {
        let action = event.get("action").and_then(Value::as_str);
        if !matches!(sort, EventType::Transformation | EventType::Other) {
            self.needed(event, &["action"]);
        }
        match sort {
            EventType::Object => self.object_rules(event, action),
            EventType::Aggregation => {
                if !event.contains_key("parentID") && matches!(action, Some("ADD" | "DELETE")) {
                    self.object_at("parentID is missing: ADD and DELETE are about a container");
                }
                self.children(event, action);
            }
            EventType::Association => {
                self.needed(event, &["parentID"]);
                self.children(event, action);
            }
            EventType::Transaction => {
                self.needed(event, &["bizTransactionList"]);
                if length_of(event, "bizTransactionList") == Some(0) {
                    self.within("bizTransactionList", |checker| checker.object_at("at least one is needed"));
                }
                let is_named = event.contains_key("epcList") || length(event, "quantityList") > 0;
                if !is_named && action != Some("DELETE") {
                    self.object_at("epcList (it may be empty) or quantityList is missing");
                }
            }
            EventType::Transformation => self.transformation(event),
            EventType::Other => {}
        }
    }

    fn object_rules(&mut self, event: &Map<String, Value>, action: Option<&str>) {
        let is_measured = length(event, "sensorElementList") > 0;
        let (epcs, quantities) = (length_of(event, "epcList"), length(event, "quantityList"));
        let is_measured_at = is_measured && event.contains_key("readPoint");
        if epcs.is_none() && quantities == 0 && !is_measured_at {
            self.object_at("epcList or quantityList is missing, or sensorElementList with a readPoint");
        } else if epcs == Some(0) && quantities == 0 && !is_measured {
            self.within("epcList", |checker| {
                checker.object_at("this event is about nothing: name an EPC or a quantity")
            });
        }
        if event.contains_key("ilmd") && matches!(action, Some("OBSERVE" | "DELETE")) {
            self.within("ilmd", |checker| checker.object_at("master data comes with the action ADD alone"));
        }
    }

    fn children(&mut self, event: &Map<String, Value>, action: Option<&str>) {
        let is_named = length(event, "childEPCs") > 0 || length(event, "childQuantityList") > 0;
        if !is_named && action != Some("DELETE") {
            self.object_at("childEPCs or childQuantityList is missing; only DELETE without them means all");
        }
    }

    fn transformation(&mut self, event: &Map<String, Value>) {
        let any = |lists: [&str; 2]| lists.iter().any(|list| length(event, list) > 0);
        let has_input = any(["inputEPCList", "inputQuantityList"]);
        let has_output = any(["outputEPCList", "outputQuantityList"]);
        match (has_input, has_output, event.contains_key("transformationID")) {
            (true, true, _) | (true, _, true) | (_, true, true) => {}
            (_, _, true) => self.object_at("a transformation has inputs or outputs"),
            (false, _, false) => self.object_at("inputs are missing; without them a transformationID is needed"),
            (_, false, false) => self.object_at("outputs are missing; without them a transformationID is needed"),
        }
    }

    /// Anything of any shape, within the depth, without U+0000, which PostgreSQL cannot keep.
    pub(super) fn free(&mut self, value: &Value, depth: usize) {
        match value {
            _ if depth == 0 => self.object_at("this is nested too deep"),
            Value::Array(_) => self.each(value, |checker, inner| checker.free(inner, depth - 1)),
            Value::Object(members) => {
                for (name, inner) in members {
                    self.within(name, |checker| checker.free(inner, depth - 1));
                }
            }
            Value::String(text) if text.contains('\0') => self.object_at("U+0000 cannot be kept"),
            _ => {}
        }
    }

    pub(super) fn epcs(&mut self, value: &Value, is_unique: bool) {
        let Some(list) = self.array(value) else { return };
        // Too long a list is refused as a whole; it need not be looked through.
        if list.len() > self.epcs_max {
            return;
        }
        self.each(value, Self::uri);
        if is_unique {
            let mut texts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            texts.sort_unstable();
            if let Some(pair) = texts.windows(2).find(|pair| pair[0] == pair[1]) {
                self.object_at(format!("{:?} stands here twice", shown(pair[0])));
            }
        }
    }
}

impl EventType {
    const fn fields(self) -> &'static [Field] {
        use super::fields;
        match self {
            Self::Object => &fields::OBJECT,
            Self::Aggregation | Self::Association => &fields::CONTAINER,
            Self::Transaction => &fields::TRANSACTION,
            Self::Transformation => &fields::TRANSFORMATION,
            Self::Other => &[],
        }
    }
}

const EPC_LISTS: [&str; 4] = ["epcList", "childEPCs", "inputEPCList", "outputEPCList"];

fn length_of(event: &Map<String, Value>, list: &str) -> Option<usize> {
    event.get(list)?.as_array().map(Vec::len)
}

fn length(event: &Map<String, Value>, list: &str) -> usize {
    length_of(event, list).unwrap_or(0)
}

/// What stands in the field of each name must be of its shape.
impl Checker {
    pub(super) fn shape(&mut self, value: &Value, shape: Shape) {
        match shape {
            Shape::Context => self.context(value),
            Shape::Name => {
                self.text(value);
            }
            Shape::Past => self.past(value),
            Shape::Time => {
                self.time(value);
            }
            Shape::Offset => self.offset(value),
            Shape::Uri => self.uri(value),
            Shape::UriOrUris => match value {
                Value::Array(_) => self.each(value, Self::uri),
                _ => self.uri(value),
            },
            Shape::Epcs(is_unique) => self.epcs(value, is_unique),
            Shape::Action => self.action(value),
            Shape::Word(vocabulary) => self.word(value, vocabulary),
            Shape::Quantities => self.each(value, Self::quantity),
            Shape::Place => self.place(value),
            Shape::Pairs(pair) => self.each(value, |checker, element| checker.pair(element, pair)),
            Shape::Persistent => self.persistent(value),
            Shape::Error => self.error_declaration(value),
            Shape::Sensors => self.each(value, Self::sensor),
            Shape::Ilmd => self.ilmd(value),
        }
    }
}
