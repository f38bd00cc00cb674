//! From plain JSON to the bytes of each event.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Endpoint;
use crate::json::members::{self, Name};
use crate::json::{mend, salvage};
use crate::time::Moment;
use crate::{Limits, Refusal};

const NO_BATCH: Refusal = Refusal::InvalidBody("the body is no JSON object with a list `batch` of events");
const NO_EVENT: Refusal = Refusal::InvalidBody("the body is no JSON object; an endpoint for one event takes one");

/// The events of a delivery, taken apart.
pub(super) struct Batch<'a> {
    /// Each event's own bytes.
    pub(super) events: Vec<&'a [u8]>,
    /// Whether the body was valid JSON as a whole.
    pub(super) is_whole: bool,
    /// `sentAt` beside the events.
    pub(super) sent: Moment,
    /// `context` beside the events, mended, where it is an object.
    pub(super) context: Option<Box<RawValue>>,
}

/// Takes a body apart.
pub(super) fn read<'a>(body: &'a [u8], endpoint: Endpoint, limits: &Limits) -> Result<Batch<'a>, Refusal> {
    if endpoint.kind().is_some() {
        return single(body);
    }
    let mut whole = Whole { events_max: limits.events_max, ..Whole::default() };
    // Checked once for the whole body: far cheaper than text by text.
    let read = std::str::from_utf8(body).ok().and_then(|text| whole.read(text).ok());
    if whole.is_over {
        return Err(Refusal::TooManyEvents { events_max: limits.events_max });
    }
    match read {
        Some(()) => Ok(Batch {
            events: whole.events.ok_or(NO_BATCH)?.into_iter().map(|raw| raw.get().as_bytes()).collect(),
            is_whole: true,
            sent: Moment::read(whole.sent_at),
            context: whole.context.and_then(|raw| context(mend::escapes(raw.get()))),
        }),
        None => salvaged(body, limits),
    }
}

/// One event. What a batch says beside its events, such an event says itself.
fn single(body: &[u8]) -> Result<Batch<'_>, Refusal> {
    let event = body.trim_ascii();
    let is_whole = serde_json::from_slice::<&RawValue>(event).is_ok();
    if !event.starts_with(b"{") || !is_whole && salvage::members(event).is_none() {
        return Err(NO_EVENT);
    }
    Ok(Batch { events: vec![event], is_whole, sent: Moment::Absent, context: None })
}

fn context(text: Cow<'_, str>) -> Option<Box<RawValue>> {
    RawValue::from_string(text.into_owned()).ok().filter(|raw| raw.get().starts_with('{'))
}

/// The events of a body that is no valid JSON, where brackets and quotes still show where each begins and ends: one
/// event that no reader takes costs no other.
fn salvaged<'a>(body: &'a [u8], limits: &Limits) -> Result<Batch<'a>, Refusal> {
    let members = salvage::members(body).ok_or(NO_BATCH)?;
    let member = |name: &[u8]| members.iter().rev().find(|(other, _)| *other == name).map(|(_, value)| *value);
    let text = |name: &[u8]| member(name).and_then(|value| std::str::from_utf8(value).ok());
    let batch = member(b"batch").ok_or(NO_BATCH)?;
    let events = salvage::elements(batch, limits.events_max).ok_or(NO_BATCH)?;
    if events.len() > limits.events_max {
        return Err(Refusal::TooManyEvents { events_max: limits.events_max });
    }
    let sent: Option<&RawValue> = text(b"sentAt").and_then(|text| serde_json::from_str(text).ok());
    Ok(Batch {
        events,
        is_whole: false,
        sent: Moment::read(sent.and_then(members::present)),
        context: text(b"context").and_then(|text| context(mend::everything(text))),
    })
}

/// Reads a batch that is valid JSON.
#[derive(Default)]
struct Whole<'a> {
    events: Option<Vec<&'a RawValue>>,
    sent_at: Option<&'a RawValue>,
    context: Option<&'a RawValue>,
    events_max: usize,
    is_over: bool,
}

impl<'a> Whole<'a> {
    fn read(&mut self, text: &'a str) -> serde_json::Result<()> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        deserializer.deserialize_map(&mut *self)?;
        deserializer.end()
    }
}

impl<'de> Visitor<'de> for &mut Whole<'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list `batch`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key()? {
            match &*name {
                "batch" => {
                    let seed = Events { events_max: self.events_max, is_over: &mut self.is_over };
                    self.events = Some(map.next_value_seed(seed)?);
                }
                "sentAt" => self.sent_at = members::present(map.next_value()?),
                "context" => self.context = members::present(map.next_value()?),
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }
}

/// Reads the list of events, and stops after the most that there may be.
struct Events<'m> {
    events_max: usize,
    is_over: &'m mut bool,
}

impl<'de> DeserializeSeed<'de> for Events<'_> {
    type Value = Vec<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Events<'_> {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut events = Vec::new();
        while let Some(event) = list.next_element()? {
            if events.len() == self.events_max {
                *self.is_over = true;
                return Err(A::Error::custom("too many events"));
            }
            events.push(event);
        }
        Ok(events)
    }
}
