//! Reading what is captured: an `EPCISDocument`, an `EPCISQueryDocument`, or one event by itself.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;
use tallymark_base::Timestamp;

use crate::check::{check, objections};
use crate::{Context, Event, Finding, Limits, skim};

/// A document that was read. Its events are right or wrong one by one.
#[derive(Debug)]
pub struct Document {
    /// The events in their order.
    pub events: Vec<Result<Event, Rejected>>,
    /// Places and the places within them, as the header's master data says it: (parent, child).
    pub places: Vec<(String, String)>,
}

/// An event that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Its place in the document, from 0.
    pub number: usize,
    /// Its id, where it has one that can be read.
    pub event_id: Option<String>,
    /// What is wrong with it; at least one finding.
    pub findings: Vec<Finding>,
}

impl std::fmt::Display for Rejected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "event {}", self.number)?;
        if let Some(id) = &self.event_id {
            write!(f, " ({id})")?;
        }
        let mut separator = ": ";
        for finding in &self.findings {
            write!(f, "{separator}{finding}")?;
            separator = "; ";
        }
        Ok(())
    }
}

/// Why a document is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too many bytes.
    #[error("a document has at most {max} bytes, this one {bytes}; send it in parts")]
    TooManyBytes {
        /// Its bytes.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// Too many events.
    #[error("a document has at most {max} events; send it in parts")]
    TooManyEvents {
        /// The limit.
        max: usize,
    },
    /// No JSON.
    #[error("this is no JSON: {message}")]
    Malformed {
        /// Where and why.
        message: String,
    },
    /// No EPCIS document.
    #[error("this is no EPCIS document: {}", .findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid {
        /// What is wrong.
        findings: Vec<Finding>,
    },
}

impl Refusal {
    fn malformed(message: impl std::fmt::Display) -> Self {
        Self::Malformed { message: message.to_string() }
    }
}

/// Reads a document, or one event by itself. Events may have happened until `latest`.
///
/// # Errors
/// [`Refusal`] where the document as a whole is wrong; an event that is wrong is [`Rejected`] by itself.
pub fn read(body: &[u8], limits: &Limits, latest: Timestamp) -> Result<Document, Refusal> {
    let text = text_of(body, limits)?;
    let Some(list) = event_list(text.as_bytes())? else {
        let event = read_event(body, limits, latest)?;
        return Ok(Document { events: vec![event], places: Vec::new() });
    };
    let root = [&text[..list.start], "[]", &text[list.end..]].concat();
    let root: Value = serde_json::from_str(&root).map_err(Refusal::malformed)?;
    let findings = objections(&root, latest, limits);
    if !findings.is_empty() {
        return Err(Refusal::Invalid { findings });
    }
    let broken = |skim::Broken { at }| Refusal::malformed(format!("it breaks off or is mistaken at byte {at}"));
    let (parts, is_more) = skim::elements(text.as_bytes(), list.start, limits.events_max).map_err(broken)?;
    if is_more {
        return Err(Refusal::TooManyEvents { max: limits.events_max });
    }
    let context = Arc::new(Context::of(&root["@context"]));
    let event = |(number, part): (usize, Range<usize>)| event_of(&text[part], number, &context, limits, latest);
    Ok(Document { events: parts.into_iter().enumerate().map(event).collect(), places: places(&root) })
}

/// Reads one event by itself; it carries its own `@context`.
///
/// # Errors
/// [`Refusal`] where it is no JSON object with a context.
pub fn read_event(body: &[u8], limits: &Limits, latest: Timestamp) -> Result<Result<Event, Rejected>, Refusal> {
    let text = text_of(body, limits)?;
    let event: Value = serde_json::from_str(text).map_err(Refusal::malformed)?;
    let invalid = |pointer: &str, reason: &str| {
        let finding = Finding { pointer: pointer.to_owned(), reason: reason.to_owned() };
        Err(Refusal::Invalid { findings: vec![finding] })
    };
    if !event.is_object() {
        return invalid("", "an object is needed");
    }
    if event.get("@context").is_none() {
        return invalid("", "@context is missing: what stands by itself says what its words mean");
    }
    let context = Arc::new(Context::of(&event["@context"]));
    Ok(checked(event, 0, &context, limits, latest))
}

fn text_of<'a>(body: &'a [u8], limits: &Limits) -> Result<&'a str, Refusal> {
    if body.len() > limits.bytes_max {
        return Err(Refusal::TooManyBytes { bytes: body.len(), max: limits.bytes_max });
    }
    std::str::from_utf8(body).map_err(Refusal::malformed)
}

/// Where the list of events lies, in a document of either sort; `None` in anything else.
fn event_list(text: &[u8]) -> Result<Option<Range<usize>>, Refusal> {
    let broken = |skim::Broken { at }| Refusal::malformed(format!("it breaks off or is mistaken at byte {at}"));
    let member = |from: usize, name: &str| -> Result<Option<Range<usize>>, Refusal> {
        if text.get(from) != Some(&b'{') {
            return Ok(None);
        }
        let members = skim::members(text, from).map_err(broken)?;
        let is_named = |key: &Range<usize>| &text[key.start + 1..key.end - 1] == name.as_bytes();
        let mut found = members.into_iter().filter(|(key, _)| is_named(key)).map(|(_, value)| value);
        let first = found.next();
        if found.next().is_some() {
            return Err(Refusal::malformed(format!("{name} stands in it twice")));
        }
        Ok(first)
    };
    let start = skim::blank(text, 0);
    let Some(body) = member(start, "epcisBody")? else { return Ok(None) };
    let mut holder = body;
    for name in ["queryResults", "resultsBody"] {
        if let Some(inner) = member(holder.start, name)? {
            holder = inner;
        }
    }
    let list = member(holder.start, "eventList")?;
    match list {
        Some(list) if text.get(list.start) == Some(&b'[') => Ok(Some(list)),
        _ => {
            let root = serde_json::from_slice(text).map_err(Refusal::malformed)?;
            let mut findings = objections(&root, Timestamp(i64::MAX), &Limits::default());
            if findings.is_empty() {
                let reason = "the list of events is missing".to_owned();
                findings.push(Finding { pointer: "/epcisBody".to_owned(), reason });
            }
            Err(Refusal::Invalid { findings })
        }
    }
}

fn event_of(
    text: &str,
    number: usize,
    context: &Arc<Context>,
    limits: &Limits,
    latest: Timestamp,
) -> Result<Event, Rejected> {
    let event = serde_json::from_str(text).map_err(|error| {
        let reason = match error.to_string() {
            message if message.contains("recursion limit") => "this is nested too deep".to_owned(),
            message => format!("this is no JSON: {message}"),
        };
        Rejected { number, event_id: None, findings: vec![Finding { pointer: String::new(), reason }] }
    })?;
    checked(event, number, context, limits, latest)
}

fn checked(
    event: Value,
    number: usize,
    context: &Arc<Context>,
    limits: &Limits,
    latest: Timestamp,
) -> Result<Event, Rejected> {
    let findings = check(&event, latest, limits);
    match event {
        Value::Object(body) if findings.is_empty() => Ok(Event::new(body, context)),
        event => {
            let event_id = event.get("eventID").and_then(Value::as_str).map(|id| id.chars().take(200).collect());
            Err(Rejected { number, event_id, findings })
        }
    }
}

/// The children of places in the header's master data.
fn places(root: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for vocabulary in list(&root["epcisHeader"]["epcisMasterData"]["vocabularyList"]) {
        for element in list(&vocabulary["vocabularyElementList"]) {
            for child in list(&element["children"]) {
                if let (Some(parent), Some(child)) = (element["id"].as_str(), child.as_str()) {
                    found.push((parent.to_owned(), child.to_owned()));
                }
            }
        }
    }
    found
}
