//! Whether an event is one: what the JSON schema of EPCIS 2.0 says, and what the standard says beyond it (ISO/IEC 19987:2024,
//! 7.4). Every finding names the place as a JSON pointer (RFC 6901).

mod event;
mod fields;
mod root;
mod sensor;

pub(crate) use event::check;
pub use event::{EventType, TYPES};
pub(crate) use root::objections;

use serde_json::{Map, Value};
use tallymark_base::Timestamp;

use crate::uri::is_uri;
use crate::vocabulary::Vocabulary;
use crate::{Finding, time};

/// How many findings are told of one event.
const FINDINGS_MAX: usize = 16;
/// Characters of a value that a finding repeats.
const SHOWN_CHARS_MAX: usize = 80;

/// Collects what is wrong, and knows where it is.
struct Checker {
    findings: Vec<Finding>,
    pointer: String,
    latest: Timestamp,
    epcs_max: usize,
}

impl Checker {
    fn object_at(&mut self, reason: impl Into<String>) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { pointer: self.pointer.clone(), reason: reason.into() });
        }
    }

    /// Goes down to a member while `inner` looks.
    fn within(&mut self, name: &str, inner: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        self.pointer.push('/');
        match name.contains(['~', '/']) {
            true => self.pointer.push_str(&name.replace('~', "~0").replace('/', "~1")),
            false => self.pointer.push_str(name),
        }
        inner(self);
        self.pointer.truncate(length);
    }

    fn text<'a>(&mut self, value: &'a Value) -> Option<&'a str> {
        let text = value.as_str();
        if text.is_none() {
            self.object_at(format!("a text is needed here, not {}", sort_of(value)));
        }
        text
    }

    fn uri(&mut self, value: &Value) {
        if let Some(text) = self.text(value)
            && !is_uri(text)
        {
            self.object_at(format!("{:?} is no URI", shown(text)));
        }
    }

    fn time(&mut self, value: &Value) -> Option<Timestamp> {
        let text = self.text(value)?;
        let moment = time::read(text);
        if moment.is_none() {
            self.object_at(format!("{:?} is no time with a zone, such as 2026-07-01T08:30:00.000+08:00", shown(text)));
        }
        moment.map(|moment| moment.at)
    }

    /// A moment at which something happened: it cannot lie ahead.
    fn past(&mut self, value: &Value) {
        if self.time(value).is_some_and(|at| at > self.latest) {
            self.object_at("this lies in the future");
        }
    }

    fn word(&mut self, value: &Value, vocabulary: Vocabulary) {
        if let Some(text) = self.text(value)
            && let Some(objection) = vocabulary.objection(text)
        {
            self.object_at(shown(&objection));
        }
    }

    fn number(&mut self, value: &Value) {
        if !value.is_number() {
            self.object_at(format!("a number is needed here, not {}", sort_of(value)));
        }
    }

    fn object<'a>(&mut self, value: &'a Value) -> Option<&'a Map<String, Value>> {
        let object = value.as_object();
        if object.is_none() {
            self.object_at(format!("an object is needed here, not {}", sort_of(value)));
        }
        object
    }

    fn array<'a>(&mut self, value: &'a Value) -> Option<&'a [Value]> {
        let array = value.as_array();
        if array.is_none() {
            self.object_at(format!("a list is needed here, not {}", sort_of(value)));
        }
        array.map(Vec::as_slice)
    }

    /// Looks at every element of a list.
    fn each(&mut self, value: &Value, mut inner: impl FnMut(&mut Self, &Value)) {
        for (at, element) in self.array(value).unwrap_or_default().iter().enumerate() {
            if self.findings.len() >= FINDINGS_MAX {
                return;
            }
            self.within(&at.to_string(), |checker| inner(checker, element));
        }
    }

    /// Members that are needed.
    fn needed(&mut self, object: &Map<String, Value>, names: &[&str]) {
        for name in names.iter().filter(|name| !object.contains_key(**name)) {
            self.object_at(format!("{name} is missing"));
        }
    }
}

fn sort_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_CHARS_MAX * 2).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
