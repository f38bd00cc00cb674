//! From the JSON of one event to [`Event`].

use std::borrow::Cow;

use serde_json::value::RawValue;
use tallymark_base::Timestamp;

use super::context::{self, RawContext};
use super::{Event, Flaw, Kind, message_id};
use crate::identifier::Given;
use crate::json::members::{self, members};
use crate::json::{self, mend};
use crate::time::{Moment, Told};
use crate::{Endpoint, Limits, Object};

/// Bytes of `messageId`.
const MESSAGE_ID_BYTES_MAX: usize = 128;
/// Bytes of a user's, group's or browser's id.
const ID_BYTES_MAX: usize = 256;
/// Bytes of the name of an event, page or screen.
const NAME_BYTES_MAX: usize = 256;
/// Pairs in `mergeProperties`.
const PAIRS_MAX: usize = 16;

members! {
    /// The members of an event that mean something here.
    struct RawEvent {
        kind: "type",
        message_id: "messageId",
        user_id: "userId",
        anonymous_id: "anonymousId",
        previous_id: "previousId",
        group_id: "groupId",
        event: "event",
        name: "name",
        category: "category",
        traits: "traits",
        properties: "properties",
        context: "context",
        channel: "channel",
        merge_properties: "mergeProperties",
        timestamp: "timestamp",
        original_timestamp: "originalTimestamp",
        sent_at: "sentAt",
    }
}

members! {
    /// One element of `mergeProperties`.
    struct RawPair {
        kind: "type",
        value: "value",
    }
}

/// What is known of an event before it is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    /// Where it was sent to.
    pub(crate) endpoint: Endpoint,
    /// When.
    pub(crate) received_at: Timestamp,
    /// The `sentAt` of the batch.
    pub(crate) sent: Moment,
    /// The `context` of the batch, which is every event's, mended.
    pub(crate) context: Option<&'a RawValue>,
    /// What an event may be.
    pub(crate) limits: &'a Limits,
}

/// The event that `bytes` are. `whole` says that a reader of JSON has already taken them as a whole.
pub(crate) fn read(bytes: &[u8], whole: bool, frame: &Frame<'_>) -> Result<Event, Flaw> {
    let Limits { event_bytes_max: bytes_max, depth_max, .. } = *frame.limits;
    let context = frame.context.map_or("", RawValue::get);
    let length = bytes.len().saturating_add(context.len());
    if length > bytes_max {
        return Err(Flaw::TooLarge { bytes: length, bytes_max });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Flaw::NoObject)?;
    let mended = if whole { mend::escapes(text) } else { mend::everything(text) };
    // A context lies one deeper than it looks when it stands beside the events.
    let is_context_deep = json::depth::is_deeper_than(context, depth_max.saturating_sub(1));
    if is_context_deep || json::depth::is_deeper_than(&mended, depth_max) {
        return Err(Flaw::TooDeep { depth_max });
    }
    let raw: RawEvent<'_> = members::read(&mended).map_err(|_| Flaw::NoObject)?;
    let message_id = id("messageId", raw.message_id, MESSAGE_ID_BYTES_MAX)?;
    let is_message_id_derived = message_id.is_none();
    let mut event = event_of(&raw, message_id.unwrap_or_else(|| message_id::derived(bytes)), frame)?;
    event.is_message_id_derived = is_message_id_derived;
    event.is_mended = matches!(mended, Cow::Owned(_));
    Ok(event)
}

fn event_of(raw: &RawEvent<'_>, message_id: String, frame: &Frame<'_>) -> Result<Event, Flaw> {
    let kind = kind(raw, frame.endpoint)?;
    let user_id = id("userId", raw.user_id, ID_BYTES_MAX)?;
    let anonymous_id = id("anonymousId", raw.anonymous_id, ID_BYTES_MAX)?;
    if user_id.is_none() && anonymous_id.is_none() && !matches!(kind, Kind::Merge { .. }) {
        return Err(Flaw::Nobody);
    }
    let own_context = object("context", raw.context)?;
    let context = match (frame.context, own_context) {
        (Some(base), Some(own)) => Some(Cow::Owned(members::overlay(base, own).map_err(|_| Flaw::NoObject)?)),
        (base, own) => own.or(base).map(Cow::Borrowed),
    };
    let raw_context: RawContext<'_> = members::read_or_none(context.as_deref());
    Ok(Event {
        message_id,
        is_message_id_derived: false,
        user_id,
        anonymous_id,
        identifiers: Vec::new(),
        traits: traits(raw, &kind, raw_context.traits)?,
        kind,
        properties: object("properties", raw.properties)?.map(Object::of).unwrap_or_default(),
        context: context::of(&raw_context, context.as_deref()),
        time: told(raw, frame).time(frame.received_at, frame.limits),
        channel: json::word(raw.channel),
        is_mended: false,
    })
}

fn told(raw: &RawEvent<'_>, frame: &Frame<'_>) -> Told {
    let sent = match Moment::read(raw.sent_at) {
        sent @ Moment::At(_) => sent,
        _ => frame.sent,
    };
    Told {
        timestamp: Moment::read(raw.timestamp),
        original: Moment::read(raw.original_timestamp),
        sent,
        is_import: frame.endpoint == Endpoint::Import,
    }
}

/// What happened. The path of an endpoint for one event says it, whatever `type` says.
fn kind(raw: &RawEvent<'_>, endpoint: Endpoint) -> Result<Kind, Flaw> {
    let told = raw.kind.and_then(json::text);
    let word = endpoint.kind().or(told.as_deref()).ok_or(Flaw::UnknownType)?;
    match word.trim().to_ascii_lowercase().as_str() {
        "track" => Ok(Kind::Track { name: needed("event", raw.event, NAME_BYTES_MAX)? }),
        "identify" => Ok(Kind::Identify),
        "page" => Ok(Kind::Page { name: name(raw.name, "name")?, category: name(raw.category, "category")? }),
        "screen" => Ok(Kind::Screen { name: name(raw.name, "name")?, category: name(raw.category, "category")? }),
        "group" => Ok(Kind::Group {
            group_id: needed("groupId", raw.group_id, ID_BYTES_MAX)?,
            traits: object("traits", raw.traits)?.map(Object::of).unwrap_or_default(),
        }),
        "alias" => Ok(Kind::Alias { previous_id: needed("previousId", raw.previous_id, ID_BYTES_MAX)? }),
        "merge" => Ok(Kind::Merge { identifiers: pairs(raw.merge_properties)? }),
        _ => Err(Flaw::UnknownType),
    }
}

fn name(raw: Option<&RawValue>, member: &'static str) -> Result<Option<String>, Flaw> {
    id(member, raw, NAME_BYTES_MAX)
}

fn needed(member: &'static str, raw: Option<&RawValue>, bytes_max: usize) -> Result<String, Flaw> {
    id(member, raw, bytes_max)?.ok_or(Flaw::Missing { member })
}

/// A short text without the blanks around it; a whole number is taken as its digits, since some sources count their
/// users. None where nothing is left.
fn id(member: &'static str, raw: Option<&RawValue>, bytes_max: usize) -> Result<Option<String>, Flaw> {
    let Some(raw) = raw else { return Ok(None) };
    let text = match json::text(raw) {
        Some(text) => text,
        None if json::is_integer(raw.get()) => Cow::Borrowed(raw.get()),
        None => return Err(Flaw::NoText { member }),
    };
    let trimmed = text.trim();
    if trimmed.len() > bytes_max {
        return Err(Flaw::TooLong { member, bytes_max });
    }
    Ok((!trimmed.is_empty()).then(|| trimmed.to_owned()))
}

/// An object. An empty list counts as absent: PHP writes it for an object without members.
fn object<'a>(member: &'static str, raw: Option<&'a RawValue>) -> Result<Option<&'a RawValue>, Flaw> {
    match raw {
        None => Ok(None),
        Some(raw) if raw.get().starts_with('{') => Ok(Some(raw)),
        Some(raw) if json::is_empty_list(raw) => Ok(None),
        Some(_) => Err(Flaw::MemberNoObject { member }),
    }
}

/// What the event says of the person. RudderStack's Python SDK puts it into `context` alone; its Node SDK writes it
/// twice. The `traits` of a group are the group's.
fn traits(raw: &RawEvent<'_>, kind: &Kind, of_context: Option<&RawValue>) -> Result<Object, Flaw> {
    let own = match kind {
        Kind::Group { .. } => None,
        _ => object("traits", raw.traits)?,
    };
    match (of_context.filter(|traits| traits.get().starts_with('{')), own) {
        (Some(base), Some(own)) if base.get() != own.get() => {
            members::overlay(base, own).map(Object::owned).map_err(|_| Flaw::NoObject)
        }
        (base, own) => Ok(own.or(base).map(Object::of).unwrap_or_default()),
    }
}

fn pairs(raw: Option<&RawValue>) -> Result<Vec<Given>, Flaw> {
    let broken = Flaw::NoPairs { max: PAIRS_MAX };
    let list: Vec<&RawValue> =
        raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).ok_or_else(|| broken.clone())?;
    if !(2..=PAIRS_MAX).contains(&list.len()) {
        return Err(broken);
    }
    list.into_iter().map(|raw| pair(raw).ok_or_else(|| broken.clone())).collect()
}

fn pair(raw: &RawValue) -> Option<Given> {
    let pair: RawPair<'_> = members::read(raw.get()).ok()?;
    let value = id("value", pair.value, ID_BYTES_MAX).ok()??;
    Some(Given { name: json::word(pair.kind)?, value, scope: None })
}
