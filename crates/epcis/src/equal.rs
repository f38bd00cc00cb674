//! When two events say the same, however they are written (JSON-LD): the order of lists, bare words or Web URIs, prefixes or
//! whole names, the zone in which a moment is written.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::vocabulary::Vocabulary;
use crate::{Context, time};

/// Whether two events say the same, each under its context. Fields that a server adds are left aside: `recordTime`, and the
/// `eventID` where one of them has none.
pub fn events(one: (&Value, &Context), other: (&Value, &Context)) -> bool {
    let added = |value: &Value, name: &str| value.get(name).is_none();
    let has_id = !added(one.0, "eventID") && !added(other.0, "eventID");
    let mut left = vec!["recordTime", "@context"];
    if !has_id {
        left.push("eventID");
    }
    let plain = |(value, context): (&Value, &Context)| {
        let context = value.get("@context").map_or_else(|| context.clone(), |own| context.with(own));
        let mut value = value.clone();
        if let Value::Object(fields) = &mut value {
            fields.retain(|name, _| !left.contains(&name.as_str()));
        }
        canonical(&value, &context)
    };
    plain(one) == plain(other)
}

/// A form in which values that say the same are the same.
pub fn canonical(value: &Value, context: &Context) -> String {
    of(value, "", "", context).to_string()
}

fn of(value: &Value, name: &str, list: &str, context: &Context) -> Value {
    match value {
        Value::Array(elements) => {
            let mut elements: Vec<Value> = elements.iter().map(|element| of(element, name, name, context)).collect();
            // A list of one is its element, and the order says nothing (sets of JSON-LD).
            elements.sort_by_key(Value::to_string);
            match elements.len() {
                1 => elements.remove(0),
                _ => Value::Array(elements),
            }
        }
        Value::Object(fields) => {
            let fields = fields.iter().map(|(own, inner)| (context.expand(own), of(inner, own, name, context)));
            Value::Object(fields.collect::<BTreeMap<_, _>>().into_iter().collect())
        }
        Value::String(text) => Value::String(text_of(text, name, list, context)),
        Value::Number(number) => number.as_f64().map_or_else(|| value.clone(), Value::from),
        other => other.clone(),
    }
}

fn text_of(text: &str, name: &str, list: &str, context: &Context) -> String {
    let vocabulary = match (name, list) {
        ("bizStep", _) => Some(Vocabulary::BizStep),
        ("disposition" | "set" | "unset", _) => Some(Vocabulary::Disposition),
        ("reason", _) => Some(Vocabulary::ErrorReason),
        ("exception", _) => Some(Vocabulary::Alert),
        ("component", _) => Some(Vocabulary::Component),
        ("type", "bizTransactionList") => Some(Vocabulary::BizTransaction),
        ("type", "sourceList" | "destinationList") => Some(Vocabulary::SourceDestination),
        ("type", "sensorReport") => Some(Vocabulary::Measurement),
        _ => None,
    };
    if let Some(vocabulary) = vocabulary {
        return vocabulary.uri(&context.expand(text)).into_owned();
    }
    match time::read(text) {
        Some(moment) if name.ends_with("Time") || name == "time" => moment.at.0.to_string(),
        _ => context.expand(text),
    }
}
