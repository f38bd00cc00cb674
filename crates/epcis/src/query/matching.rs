//! Whether an event is one of those asked for.

use serde_json::{Map, Value};
use tallymark_base::Timestamp;

use super::{Comparison, Condition, Own, Part, Query, Scope, Time};
use crate::facts::{CLASS_LISTS, EPC_LISTS, Listed, Term};
use crate::identifier::{self, Pattern};
use crate::vocabulary::Vocabulary;
use crate::{Event, EventType, time};

/// What is known of an event beside its body.
#[derive(Debug, Clone, Copy)]
struct Kept<'a> {
    event: &'a Event,
    id: &'a str,
    recorded_at: Timestamp,
}

impl Query {
    /// Whether an event of this id, recorded at this moment, is one of those asked for. `within` says whether a place lies
    /// within another.
    pub fn matches(
        &self,
        event: &Event,
        id: &str,
        recorded_at: Timestamp,
        within: &dyn Fn(&str, &str) -> bool,
    ) -> bool {
        let kept = Kept { event, id, recorded_at };
        self.conditions.iter().all(|condition| holds(condition, kept, within))
    }
}

fn holds(condition: &Condition, kept: Kept<'_>, within: &dyn Fn(&str, &str) -> bool) -> bool {
    let Kept { event, id, recorded_at } = kept;
    let body = event.body();
    let error = body.get("errorDeclaration").and_then(Value::as_object);
    match condition {
        Condition::Listed(listed, values) => {
            listed.of(event).is_some_and(|own| values.contains(&listed.compared(own).into_owned()))
        }
        Condition::Within(listed, values) => listed.of(event).is_some_and(|own| {
            let own = identifier::name(own);
            values.iter().any(|value| *own == **value || within(&own, value))
        }),
        Condition::Time(Time::Event, comparison, at) => ordered(*comparison, event.event_time().0, at.0),
        Condition::Time(Time::Record, comparison, at) => ordered(*comparison, recorded_at.0, at.0),
        Condition::Time(Time::Declaration, comparison, at) => error
            .and_then(|error| error.get("declarationTime")?.as_str())
            .and_then(time::read)
            .is_some_and(|declared| ordered(*comparison, declared.at.0, at.0)),
        Condition::Action(values) => event.text("action").is_some_and(|own| values.iter().any(|value| value == own)),
        Condition::Persistent(is_set, values) => {
            let words =
                body.get("persistentDisposition").and_then(|own| own.get(if *is_set { "set" } else { "unset" }));
            texts(words).any(|word| values.iter().any(|value| value == Vocabulary::Disposition.bare(word)))
        }
        Condition::ErrorReason(values) => {
            let reason = error.and_then(|error| error.get("reason")?.as_str());
            reason.is_some_and(|own| values.iter().any(|value| value == Vocabulary::ErrorReason.bare(own)))
        }
        Condition::EventId(values) => values.iter().any(|value| value == id),
        Condition::Term(term, sort, values) => has_term(event, *term, sort.as_deref(), values),
        Condition::Epc(scope, patterns) => {
            epcs(event, *scope).any(|epc| patterns.iter().any(|pattern| pattern.matches(epc)))
        }
        Condition::Class(scope, patterns) => quantities(event, *scope)
            .filter_map(|element| element["epcClass"].as_str())
            .any(|class| patterns.iter().any(|pattern: &Pattern| pattern.matches(class))),
        Condition::Quantity(comparison, values) => quantities(event, Scope::Any)
            .filter_map(|element| element["quantity"].as_f64())
            .any(|own| values.iter().any(|value| ordered(*comparison, own, *value))),
        Condition::ExistsErrorDeclaration => error.is_some(),
        Condition::ExistsSensors => list(body, "sensorElementList").iter().any(|_| true),
        Condition::Exists(own) => any_own(event, own, &mut |_| true),
        Condition::Field(own, comparison, values) => {
            any_own(event, own, &mut |value| compares(value, *comparison, values))
        }
        Condition::Sensor(field, unit, comparison, values) => {
            sensors(event, field, unit.as_deref(), &mut |value| compares(value, *comparison, values))
        }
        Condition::HasAttribute(name, values) => members_of(event, name, &mut |members| {
            members.keys().any(|member| values.iter().any(|value| same_name(event, member, value)))
        }),
        Condition::Attribute(name, attribute, values) => members_of(event, name, &mut |members| {
            let mut own = members.iter().filter(|(member, _)| same_name(event, member, attribute));
            own.any(|(_, value)| compares(value, Comparison::Equal, values))
        }),
    }
}

fn list<'a>(object: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    object.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The texts of a list, or of what stands for a list of one.
fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let values = match value {
        Some(Value::Array(values)) => values.as_slice(),
        Some(value) => std::slice::from_ref(value),
        None => &[],
    };
    values.iter().filter_map(Value::as_str)
}

fn has_term(event: &Event, term: Term, sort: Option<&str>, values: &[String]) -> bool {
    let body = event.body();
    let (name, field, vocabulary) = match term {
        Term::Transformation => {
            return event
                .text("transformationID")
                .is_some_and(|own| values.contains(&identifier::name(own).into_owned()));
        }
        Term::CorrectiveEvent => {
            let ids = body.get("errorDeclaration").and_then(|error| error.get("correctiveEventIDs"));
            return texts(ids).any(|id| values.iter().any(|value| value == id));
        }
        Term::BizTransaction => ("bizTransactionList", "bizTransaction", Vocabulary::BizTransaction),
        Term::Source => ("sourceList", "source", Vocabulary::SourceDestination),
        Term::Destination => ("destinationList", "destination", Vocabulary::SourceDestination),
    };
    list(body, name).iter().any(|element| {
        let is_sort = sort.is_none_or(|sort| {
            let own = element["type"].as_str().map(|own| event.context().expand(own));
            own.is_some_and(|own| vocabulary.bare(&own) == sort)
        });
        is_sort && element[field].as_str().is_some_and(|own| values.contains(&identifier::name(own).into_owned()))
    })
}

fn epcs(event: &Event, scope: Scope) -> impl Iterator<Item = &str> {
    // Objects that are transformed are inputs or outputs; what lies in them has no list of its own.
    let lists: &[&str] = match scope {
        Scope::Own => &["epcList", "childEPCs"],
        Scope::Parent => &[],
        Scope::Input => &["inputEPCList"],
        Scope::Output => &["outputEPCList"],
        Scope::Any => &EPC_LISTS,
    };
    let parent = matches!(scope, Scope::Parent | Scope::Any).then(|| event.text("parentID")).flatten();
    lists.iter().flat_map(|name| list(event.body(), name)).filter_map(Value::as_str).chain(parent)
}

fn quantities(event: &Event, scope: Scope) -> impl Iterator<Item = &Value> {
    let lists: &[&str] = match scope {
        Scope::Own => &["quantityList", "childQuantityList"],
        Scope::Input => &["inputQuantityList"],
        Scope::Output => &["outputQuantityList"],
        Scope::Parent | Scope::Any => &CLASS_LISTS,
    };
    lists.iter().flat_map(|name| list(event.body(), name))
}

/// Whether two names of fields are the same, with or without their namespaces spelled out.
fn same_name(event: &Event, own: &str, asked: &str) -> bool {
    own == asked
        || event.context().expand(own) == asked
        || event.context().split(own).is_some_and(|(namespace, local)| {
            // `namespace#name`, as version 1 of the standard writes it.
            asked
                .strip_prefix(namespace.trim_end_matches(['/', '#']))
                .is_some_and(|rest| rest[..].trim_start_matches(['/', '#']) == local)
        })
}

/// Whether a field of one's own is there for which `holds` does.
fn any_own(event: &Event, own: &Own, holds: &mut dyn FnMut(&Value) -> bool) -> bool {
    let body = event.body();
    let object = |name: &str| body.get(name).and_then(Value::as_object);
    let elements = || list(body, "sensorElementList").iter().filter_map(Value::as_object);
    let parts: Vec<&Map<String, Value>> = match own.part {
        Part::Event => vec![body],
        Part::Ilmd => object("ilmd").into_iter().collect(),
        Part::ErrorDeclaration => object("errorDeclaration").into_iter().collect(),
        Part::ReadPoint => object("readPoint").into_iter().collect(),
        Part::BizLocation => object("bizLocation").into_iter().collect(),
        Part::SensorElement => elements().collect(),
        Part::SensorMetadata => elements().filter_map(|element| element.get("sensorMetadata")?.as_object()).collect(),
        Part::SensorReport => {
            elements().flat_map(|element| list(element, "sensorReport")).filter_map(Value::as_object).collect()
        }
    };
    let is_top = own.part == Part::Event && event.event_type() != EventType::Other;
    parts.into_iter().any(|part| {
        part.iter().any(|(name, value)| {
            let is_own = same_name(event, name, &own.name);
            match own.is_inner {
                false => is_own && holds(value),
                // Deeper than the part itself, within fields of one's own.
                true => (!is_top || name.contains(':')) && deeper(event, value, &own.name, holds),
            }
        })
    })
}

fn deeper(event: &Event, value: &Value, asked: &str, holds: &mut dyn FnMut(&Value) -> bool) -> bool {
    match value {
        Value::Array(values) => values.iter().any(|value| deeper(event, value, asked, holds)),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| (same_name(event, name, asked) && holds(value)) || deeper(event, value, asked, holds)),
        _ => false,
    }
}

/// Whether a field of one's own of this name is an object for which `holds` does.
fn members_of(event: &Event, name: &str, holds: &mut dyn FnMut(&Map<String, Value>) -> bool) -> bool {
    let own = Own { part: Part::Event, is_inner: false, name: name.to_owned() };
    any_own(event, &own, &mut |value| value.as_object().is_some_and(&mut *holds))
}

/// Whether a field of a sensor's metadata or reports holds; a number only in the unit asked for.
fn sensors(event: &Event, field: &str, unit: Option<&str>, holds: &mut dyn FnMut(&Value) -> bool) -> bool {
    list(event.body(), "sensorElementList").iter().filter_map(Value::as_object).any(|element| {
        let metadata = element.get("sensorMetadata").and_then(Value::as_object);
        let reports = list(element, "sensorReport").iter().filter_map(Value::as_object);
        metadata.into_iter().chain(reports).any(|part| {
            let in_unit = unit.is_none_or(|unit| part.get("uom").and_then(Value::as_str) == Some(unit));
            in_unit && part.get(field).is_some_and(&mut *holds)
        })
    })
}

/// Compares a value with those asked for: as numbers or moments where both are, else as texts.
fn compares(value: &Value, comparison: Comparison, values: &[String]) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(|element| compares(element, comparison, values)),
        Value::Object(members) => members.get("@value").is_some_and(|value| compares(value, comparison, values)),
        Value::Null => false,
        _ => {
            let own = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            values.iter().any(|asked| compares_text(&own, comparison, asked))
        }
    }
}

fn compares_text(own: &str, comparison: Comparison, asked: &str) -> bool {
    if comparison == Comparison::Equal && own == asked {
        return true;
    }
    if let (Ok(own), Ok(asked)) = (own.parse::<f64>(), asked.parse::<f64>()) {
        return ordered(comparison, own, asked);
    }
    if let (Some(own), Some(asked)) = (time::read(own), time::read(&asked.replace(' ', "+"))) {
        return ordered(comparison, own.at.0, asked.at.0);
    }
    if comparison == Comparison::Equal {
        return identifier::name(own) == identifier::name(asked)
            || Vocabulary::Measurement.bare(own) == Vocabulary::Measurement.bare(asked)
            || Vocabulary::Component.bare(own) == Vocabulary::Component.bare(asked);
    }
    ordered(comparison, own, asked)
}

fn ordered<T: PartialOrd>(comparison: Comparison, own: T, asked: T) -> bool {
    match comparison {
        Comparison::Equal => own == asked,
        Comparison::Greater => own > asked,
        Comparison::GreaterOrEqual => own >= asked,
        Comparison::Less => own < asked,
        Comparison::LessOrEqual => own <= asked,
    }
}

impl Listed {
    /// Whether a query may ask for it by a list of words.
    pub const fn is_place(self) -> bool {
        matches!(self, Self::ReadPoint | Self::BizLocation)
    }
}
