//! A document around its events.

use serde_json::{Map, Value};
use tallymark_base::Timestamp;

use super::{Checker, shown};
use crate::uri::is_uri;
use crate::{DEPTH_MAX, Finding, Limits};

/// What is wrong with a document, its events left aside.
pub(crate) fn objections(root: &Value, latest: Timestamp, limits: &Limits) -> Vec<Finding> {
    let mut checker =
        Checker { findings: Vec::new(), pointer: String::new(), latest, epcs_max: limits.epcs_per_event_max };
    if let Some(document) = checker.object(root) {
        checker.document(document);
    }
    checker.findings
}

impl Checker {
    fn document(&mut self, document: &Map<String, Value>) {
        let is_answer = match document.get("type").and_then(Value::as_str) {
            Some("EPCISDocument") => false,
            Some("EPCISQueryDocument") => true,
            Some(other) => {
                let text = format!("{:?} is neither EPCISDocument nor EPCISQueryDocument", shown(other));
                return self.within("type", |checker| checker.object_at(text));
            }
            None => return self.object_at("type is missing: EPCISDocument or EPCISQueryDocument"),
        };
        self.needed(document, &["@context", "epcisBody"]);
        if !is_answer {
            self.needed(document, &["schemaVersion", "creationDate"]);
        }
        for (name, value) in document {
            self.within(name, |checker| match name.as_str() {
                "@context" => checker.context(value),
                "id" => checker.uri(value),
                "type" => {}
                "schemaVersion" => checker.version(value),
                "creationDate" => {
                    checker.time(value);
                }
                "instanceIdentifier" | "sender" | "receiver" if !is_answer => {
                    checker.text(value);
                }
                "epcisHeader" if !is_answer => checker.header(value),
                "epcisBody" if is_answer => checker.answer_body(value),
                "epcisBody" => {
                    if let Some(body) = checker.object(value) {
                        checker.needed(body, &["eventList"]);
                    }
                }
                own => checker.extension(own, value),
            });
        }
    }

    /// The value of `@context`: a URI, an object, or a list of such.
    pub(super) fn context(&mut self, value: &Value) {
        match value {
            Value::String(_) => self.uri(value),
            Value::Object(_) => self.free(value, DEPTH_MAX),
            Value::Array(parts) => {
                self.each(value, |checker, part| match part {
                    Value::Array(_) => checker.object_at("a context is a URI or an object"),
                    part => checker.context(part),
                });
                if parts.iter().enumerate().any(|(at, part)| parts[..at.min(64)].contains(part)) {
                    self.object_at("a context stands here twice");
                }
            }
            _ => self.object_at("a context is a URI, an object, or a list of them"),
        }
    }

    fn version(&mut self, value: &Value) {
        let Some(text) = self.text(value) else { return };
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !text.split('.').all(is_number) {
            self.object_at(format!("{:?} is no version, such as 2.0", shown(text)));
        } else if text.split('.').next() != Some("2") {
            self.object_at(format!("version {:?} is not read; version 2.0 is", shown(text)));
        }
    }

    fn header(&mut self, value: &Value) {
        for (name, value) in self.object(value).into_iter().flatten() {
            self.within(name, |checker| match name.as_str() {
                "epcisMasterData" => {
                    if let Some(list) = checker.object(value).and_then(|data| data.get("vocabularyList")) {
                        checker.within("vocabularyList", |checker| checker.each(list, Self::master_data));
                    }
                }
                own => checker.extension(own, value),
            });
        }
    }

    fn master_data(&mut self, value: &Value) {
        let Some(vocabulary) = self.object(value) else { return };
        self.needed(vocabulary, &["type"]);
        if let Some(sort) = vocabulary.get("type") {
            self.within("type", |checker| checker.uri(sort));
        }
        let Some(list) = vocabulary.get("vocabularyElementList") else { return };
        self.within("vocabularyElementList", |checker| {
            checker.each(list, |checker, element| {
                let Some(element) = checker.object(element) else { return };
                checker.needed(element, &["id"]);
                for (name, value) in element {
                    checker.within(name, |checker| match name.as_str() {
                        "id" => checker.uri(value),
                        "children" => checker.each(value, Self::uri),
                        "attributes" => checker.each(value, |checker, attribute| {
                            let Some(attribute) = checker.object(attribute) else { return };
                            checker.needed(attribute, &["id"]);
                            if let Some(id) = attribute.get("id") {
                                checker.within("id", |checker| checker.uri(id));
                            }
                        }),
                        _ => {}
                    });
                }
            });
        });
    }

    fn answer_body(&mut self, value: &Value) {
        let Some(body) = self.object(value) else { return };
        self.needed(body, &["queryResults"]);
        self.names(body, &["queryResults"]);
        let Some(results) = body.get("queryResults") else { return };
        self.within("queryResults", |checker| {
            let Some(results) = checker.object(results) else { return };
            checker.needed(results, &["queryName", "resultsBody"]);
            checker.names(results, &["queryName", "subscriptionID", "resultsBody"]);
            for name in ["queryName", "subscriptionID"] {
                if let Some(value) = results.get(name) {
                    checker.within(name, |checker| {
                        checker.text(value);
                    });
                }
            }
            if let Some(inner) = results.get("resultsBody") {
                checker.within("resultsBody", |checker| {
                    if let Some(inner) = checker.object(inner) {
                        checker.needed(inner, &["eventList"]);
                        checker.names(inner, &["eventList", "vocabularyList"]);
                    }
                });
            }
        });
    }

    /// No other names than these and those of extensions.
    fn names(&mut self, object: &Map<String, Value>, known: &[&str]) {
        for name in object.keys().filter(|name| !known.contains(&name.as_str()) && !is_uri(name)) {
            self.within(name, |checker| {
                checker.object_at("no such field; a field of one's own is named with a namespace, as ex:field");
            });
        }
    }
}
