//! The event hash id of the Core Business Vocabulary 2.0 (section 8.9): the same for every way of writing one event.
//!
//! The order of business transactions, sources and destinations follows the published reference values, in which they come
//! after the sensor elements, among the extensions and by name, each with its type first.

use std::fmt::Write as _;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::vocabulary::Vocabulary;
use crate::{Context, Event, identifier, time};

/// The id of an event by its hash: `ni:///sha-256;…?ver=CBV2.0`.
pub fn event_id(event: &Event) -> String {
    id_of(&pre_hash(event))
}

/// The id of an event by the text that is hashed ([`pre_hash`]).
pub fn id_of(text: &str) -> String {
    let digest = Sha256::digest(text);
    let mut id = String::with_capacity(96);
    id.push_str("ni:///sha-256;");
    for byte in digest {
        // Writing into a text does not fail.
        write!(id, "{byte:02x}").ok();
    }
    id.push_str("?ver=CBV2.0");
    id
}

/// The text that is hashed.
pub fn pre_hash(event: &Event) -> String {
    let writer = Writer { context: event.context() };
    let body = event.body();
    let mut out = String::with_capacity(512);
    pair(&mut out, "eventType", event.type_name());
    for name in ["eventTime", "eventTimeZoneOffset", "certificationInfo", "parentID"] {
        out.push_str(&writer.standard(name, body.get(name)));
    }
    for name in ["epcList", "inputEPCList", "childEPCs"] {
        out.push_str(&writer.epcs(name, body.get(name)));
    }
    for name in ["quantityList", "childQuantityList", "inputQuantityList"] {
        out.push_str(&writer.quantities(name, body.get(name)));
    }
    out.push_str(&writer.epcs("outputEPCList", body.get("outputEPCList")));
    out.push_str(&writer.quantities("outputQuantityList", body.get("outputQuantityList")));
    for name in ["action", "transformationID", "bizStep", "disposition"] {
        out.push_str(&writer.standard(name, body.get(name)));
    }
    out.push_str(&writer.fields("persistentDisposition", &["set", "unset"], body.get("persistentDisposition")));
    for name in ["readPoint", "bizLocation"] {
        out.push_str(&writer.fields(name, &["id"], body.get(name)));
    }
    out.push_str(&writer.sensors(body.get("sensorElementList")));
    out.push_str(&writer.rest(body));
    out
}

/// The fields that come in an order of their own, and those that say nothing about what happened.
const PLACED: [&str; 27] = [
    "@context",
    "type",
    "eventID",
    "recordTime",
    "errorDeclaration",
    "eventTime",
    "eventTimeZoneOffset",
    "certificationInfo",
    "parentID",
    "epcList",
    "inputEPCList",
    "childEPCs",
    "quantityList",
    "childQuantityList",
    "inputQuantityList",
    "outputEPCList",
    "outputQuantityList",
    "action",
    "transformationID",
    "bizStep",
    "disposition",
    "persistentDisposition",
    "readPoint",
    "bizLocation",
    "sensorElementList",
    "rdfs:comment",
    "comment",
];
const METADATA: [&str; 8] =
    ["time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"];
/// The standard's list leaves `bizRules` out; it stands where the metadata has it, since every field counts.
const REPORT: [&str; 24] = [
    "type",
    "exception",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
    "time",
    "microorganism",
    "chemicalSubstance",
    "value",
    "component",
    "stringValue",
    "booleanValue",
    "hexBinaryValue",
    "uriValue",
    "minValue",
    "maxValue",
    "meanValue",
    "sDev",
    "percRank",
    "percValue",
    "uom",
    "coordinateReferenceSystem",
];

struct Writer<'a> {
    context: &'a Context,
}

impl Writer<'_> {
    /// A field of the standard: `name=value`, once for each value, sorted.
    fn standard(&self, name: &str, value: Option<&Value>) -> String {
        let values = match value {
            Some(Value::Array(values)) => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        sorted(values.iter().map(|value| {
            let text = match (name, value) {
                ("bizStep", Value::String(word)) => self.word(Vocabulary::BizStep, word),
                ("disposition" | "set" | "unset", Value::String(word)) => self.word(Vocabulary::Disposition, word),
                ("exception", Value::String(word)) => self.word(Vocabulary::Alert, word),
                ("component", Value::String(word)) => self.word(Vocabulary::Component, word),
                ("type", Value::String(word)) => self.word(Vocabulary::Measurement, word),
                ("eventTime" | "time" | "startTime" | "endTime", Value::String(text)) => {
                    time::read(text.trim()).map_or_else(|| text.clone(), |moment| time::text_of_ms(moment.rounded_ms))
                }
                (_, value) => self.value(value),
            };
            assigned(name, &text)
        }))
    }

    fn epcs(&self, name: &str, value: Option<&Value>) -> String {
        let list = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        named(name, &sorted(list.iter().map(|epc| assigned("epc", &self.value(epc)))))
    }

    fn quantities(&self, name: &str, value: Option<&Value>) -> String {
        let list = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let fields = ["epcClass", "quantity", "uom"];
        named(name, &sorted(list.iter().map(|element| self.fields("quantityElement", &fields, Some(element)))))
    }

    /// An object of the standard: its fields in their order, then its extensions.
    fn fields(&self, name: &str, fields: &[&str], value: Option<&Value>) -> String {
        let Some(object) = value.and_then(Value::as_object) else { return String::new() };
        let mut inner: String = fields.iter().map(|field| self.standard(field, object.get(*field))).collect();
        inner.push_str(&self.extensions(object, fields));
        named(name, &inner)
    }

    fn sensors(&self, value: Option<&Value>) -> String {
        let list = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let element = |element: &Value| {
            let Some(object) = element.as_object() else { return String::new() };
            let mut inner = self.fields("sensorMetadata", &METADATA, object.get("sensorMetadata"));
            let reports = object.get("sensorReport").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            inner.push_str(&sorted(reports.iter().map(|report| self.fields("sensorReport", &REPORT, Some(report)))));
            inner.push_str(&self.extensions(object, &["sensorMetadata", "sensorReport"]));
            named("sensorElement", &inner)
        };
        named("sensorElementList", &sorted(list.iter().map(element)))
    }

    /// What has no place of its own, by name.
    fn rest(&self, body: &Map<String, Value>) -> String {
        let mut parts = Vec::new();
        for (name, value) in body.iter().filter(|(name, _)| !PLACED.contains(&name.as_str())) {
            match name.as_str() {
                "bizTransactionList" => {
                    parts.push(self.typed(name, "bizTransaction", Vocabulary::BizTransaction, value));
                }
                "sourceList" => parts.push(self.typed(name, "source", Vocabulary::SourceDestination, value)),
                "destinationList" => parts.push(self.typed(name, "destination", Vocabulary::SourceDestination, value)),
                _ => self.extension(&mut parts, name, value),
            }
        }
        sorted(parts.into_iter())
    }

    fn typed(&self, name: &str, field: &str, vocabulary: Vocabulary, value: &Value) -> String {
        let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let element = |element: &Value| {
            let sort = element.get("type").and_then(Value::as_str);
            let sort = sort.map(|word| assigned("type", &self.word(vocabulary, word))).unwrap_or_default();
            sort + &element.get(field).map(|value| assigned(field, &self.value(value))).unwrap_or_default()
        };
        named(name, &sorted(list.iter().map(element)))
    }

    fn extensions(&self, object: &Map<String, Value>, but: &[&str]) -> String {
        let mut parts = Vec::new();
        for (name, value) in object.iter().filter(|(name, _)| !but.contains(&name.as_str()) && name.contains(':')) {
            self.extension(&mut parts, name, value);
        }
        sorted(parts.into_iter())
    }

    /// An extension: `{namespace}name=value`, with what lies in it; a list is its elements, each under the name.
    fn extension(&self, parts: &mut Vec<String>, name: &str, value: &Value) {
        if matches!(name, "rdfs:comment" | "comment" | "#text") {
            return;
        }
        let label = match self.context.split(name) {
            Some((namespace, local)) => format!("{{{namespace}}}{local}"),
            None => name.to_owned(),
        };
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.extension(parts, name, value)),
            Value::Object(object) => {
                let mut inner = Vec::new();
                for (name, value) in object {
                    self.extension(&mut inner, name, value);
                }
                parts.push(label + &sorted(inner.into_iter()));
            }
            value => {
                let text = self.value(value);
                parts.push(if text.is_empty() { label } else { assigned(&label, &text) });
            }
        }
    }

    fn word(&self, vocabulary: Vocabulary, text: &str) -> String {
        let text = text.trim();
        match vocabulary.uri(text) {
            std::borrow::Cow::Owned(uri) => uri,
            std::borrow::Cow::Borrowed(other) => self.text(other),
        }
    }

    fn value(&self, value: &Value) -> String {
        match value {
            Value::String(text) => self.text(text.trim()),
            Value::Number(number) => number_text(&number.to_string()).unwrap_or_else(|| number.to_string()),
            Value::Bool(truth) => truth.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
        }
    }

    fn text(&self, text: &str) -> String {
        if let Some(canonical) = identifier::canonical(text) {
            return canonical;
        }
        if let Some(number) = number_text(text) {
            return number;
        }
        for vocabulary in [
            Vocabulary::BizStep,
            Vocabulary::Disposition,
            Vocabulary::BizTransaction,
            Vocabulary::SourceDestination,
            Vocabulary::ErrorReason,
        ] {
            if text.starts_with("urn:epcglobal:cbv:")
                && let std::borrow::Cow::Owned(uri) = vocabulary.uri(text)
            {
                return uri;
            }
        }
        let whole = self.context.expand(text);
        identifier::canonical(&whole).unwrap_or(whole)
    }
}

/// A number without zeros at its ends, as a double has it: `26.0` and `026` are `26`.
fn number_text(text: &str) -> Option<String> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    if number.fract() == 0.0 {
        // Minus nothing is nothing.
        return Some(format!("{:.0}", number + 0.0));
    }
    if number.abs() >= 1e-4 {
        return Some(number.to_string());
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once("e-")?;
    Some(format!("{digits}e-{exponent:0>2}"))
}

fn assigned(name: &str, text: &str) -> String {
    let mut out = String::with_capacity(name.len() + text.len() + 1);
    pair(&mut out, name, text);
    out
}

fn pair(out: &mut String, name: &str, text: &str) {
    if !text.is_empty() {
        out.push_str(name);
        out.push('=');
        out.push_str(text);
    }
}

/// The name before what it holds; nothing where it holds nothing.
fn named(name: &str, inner: &str) -> String {
    if inner.is_empty() { String::new() } else { [name, inner].concat() }
}

fn sorted(parts: impl Iterator<Item = String>) -> String {
    let mut parts: Vec<String> = parts.collect();
    parts.sort_unstable();
    parts.concat()
}
