//! Writing events out: an `EPCISQueryDocument`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::Event;
use crate::context::STANDARD;

/// A document that answers a query.
///
/// Events that were captured under one context share it. Where they were not, the document declares the prefixes that mean
/// the same in all of them, and an event that means another thing by one of them carries its own.
pub fn query_document(
    events: Vec<Event>,
    query_name: &str,
    subscription: Option<&str>,
    created_at: tallymark_base::Timestamp,
) -> Value {
    let (context, events) = under_one_context(events);
    let mut results = Map::new();
    results.insert("queryName".to_owned(), query_name.into());
    if let Some(id) = subscription {
        results.insert("subscriptionID".to_owned(), id.into());
    }
    results.insert("resultsBody".to_owned(), json!({ "eventList": events }));
    json!({
        "@context": context,
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": crate::time::text_of(created_at),
        "epcisBody": { "queryResults": results },
    })
}

fn under_one_context(events: Vec<Event>) -> (Value, Vec<Value>) {
    let of = |event: &Event| event.context().value().clone();
    let first = events.first().map_or_else(|| json!([STANDARD]), of);
    if events.iter().all(|event| *event.context().value() == first) {
        return (first, events.into_iter().map(|event| Value::Object(event.into_body())).collect());
    }
    let mut shared: BTreeMap<String, Value> = BTreeMap::new();
    for event in &events {
        for (name, meaning) in declarations(event.context().value()) {
            shared.entry(name).or_insert(meaning);
        }
    }
    let bodies = events.into_iter().map(|event| {
        let own = event.context().value().clone();
        let differs = !contexts_of(&own).all(|uri| uri == STANDARD)
            || declarations(&own).iter().any(|(name, meaning)| shared.get(name) != Some(meaning));
        let mut body = event.into_body();
        if differs && !body.contains_key("@context") {
            body.insert("@context".to_owned(), own);
        }
        Value::Object(body)
    });
    let bodies = bodies.collect();
    let mut context = vec![Value::from(STANDARD)];
    if !shared.is_empty() {
        context.push(Value::Object(shared.into_iter().collect()));
    }
    (Value::Array(context), bodies)
}

/// Every name that a context declares, with what it means.
fn declarations(context: &Value) -> Vec<(String, Value)> {
    match context {
        Value::Array(parts) => parts.iter().flat_map(declarations).collect(),
        Value::Object(names) => names.iter().map(|(name, meaning)| (name.clone(), meaning.clone())).collect(),
        _ => Vec::new(),
    }
}

/// The contexts that a context names.
fn contexts_of(context: &Value) -> impl Iterator<Item = &str> {
    let parts = match context {
        Value::Array(parts) => parts.as_slice(),
        other => std::slice::from_ref(other),
    };
    parts.iter().filter_map(Value::as_str)
}
