//! An event as an SDK sends it, typed.

pub(crate) mod context;
mod message_id;
pub(crate) mod read;

use tallymark_people::Identifier;

use tallymark_base::Timestamp;

use crate::identifier::Given;
use crate::{EventTime, Object, TimeBasis};

/// An event of one of the kinds that Segment's and RudderStack's SDKs send.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What tells this event from every other of its source: an event that is sent again has the same one.
    pub message_id: String,
    /// Whether the sender gave no `messageId`, so that it was derived from the bytes of the event.
    pub is_message_id_derived: bool,
    /// What happened.
    pub kind: Kind,
    /// Who did it, as the source's own system calls them.
    pub user_id: Option<String>,
    /// The browser or device that did it.
    pub anonymous_id: Option<String>,
    /// By what the person is known, at most [`tallymark_people::IDENTIFIERS_MAX`]: at least one where it was received.
    pub identifiers: Vec<Identifier>,
    /// What the event says of the person: `traits` over `context.traits`, but for a group the latter alone.
    pub traits: Object,
    /// What the event says of what happened.
    pub properties: Object,
    /// Where it happened.
    pub context: Context,
    /// When it happened.
    pub time: EventTime,
    /// `server`, `browser`, `mobile` or what else the source calls itself.
    pub channel: Option<String>,
    /// Whether text was mended to be readable: numbers that JSON does not have, half surrogate pairs, U+0000.
    pub is_mended: bool,
}

pub(crate) use context::Context;

impl Event {
    /// What somebody did on one of our own pages.
    pub(crate) fn of_page(message_id: String, name: &str, identifiers: Vec<Identifier>, at: Timestamp) -> Self {
        let (basis, flag) = (TimeBasis::Received, None);
        Self {
            message_id,
            is_message_id_derived: false,
            kind: Kind::Track { name: name.to_owned() },
            user_id: None,
            anonymous_id: None,
            identifiers,
            traits: Object::default(),
            properties: Object::default(),
            context: Context::default(),
            time: EventTime { at, basis, flag, original: None, sent: None, received: at },
            channel: None,
            is_mended: false,
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Somebody did something.
    Track {
        /// What, in the source's words.
        name: String,
    },
    /// Somebody has these traits.
    Identify,
    /// Somebody saw a page.
    Page {
        /// Its name.
        name: Option<String>,
        /// The group of pages it belongs to.
        category: Option<String>,
    },
    /// Somebody saw a screen of an app.
    Screen {
        /// Its name.
        name: Option<String>,
        /// The group of screens it belongs to.
        category: Option<String>,
    },
    /// Somebody belongs to a group, such as a company or a store.
    Group {
        /// Which, as the source's own system calls it.
        group_id: String,
        /// What the event says of the group, not of the person.
        traits: Object,
    },
    /// Somebody was known by another id before.
    Alias {
        /// That id, a user id or an anonymous id.
        previous_id: String,
    },
    /// These identifiers are one person's.
    Merge {
        /// At least two.
        identifiers: Vec<Given>,
    },
}

impl Kind {
    /// The word for it in `type` and in the path.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Track { .. } => "track",
            Self::Identify => "identify",
            Self::Page { .. } => "page",
            Self::Screen { .. } => "screen",
            Self::Group { .. } => "group",
            Self::Alias { .. } => "alias",
            Self::Merge { .. } => "merge",
        }
    }
}

/// Why one event is put aside while the others of its batch are taken. No text repeats a value, which may be personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It is no JSON object.
    #[error("an event is a JSON object in UTF-8; this one cannot be read")]
    NoObject,
    /// Too many bytes.
    #[error("an event has at most {bytes_max} bytes; this one has {bytes}")]
    TooLarge {
        /// How many it has.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// Too deep.
    #[error("objects and lists lie at most {depth_max} deep inside each other; flatten the event")]
    TooDeep {
        /// The limit.
        depth_max: usize,
    },
    /// `type` is missing or another word.
    #[error("`type` is one of track, identify, page, screen, group, alias and merge")]
    UnknownType,
    /// A member that this kind needs.
    #[error("`{member}` is missing")]
    Missing {
        /// Its name.
        member: &'static str,
    },
    /// Neither of the two ids.
    #[error("`userId` and `anonymousId` are both missing; give one of them")]
    Nobody,
    /// Ids that name nobody, all of them.
    #[error("nothing in the event says who it was ({dropped})")]
    NoIdentity {
        /// What it has instead, without the values.
        dropped: String,
    },
    /// An id that is neither text nor a whole number.
    #[error("`{member}` is a text")]
    NoText {
        /// Its name.
        member: &'static str,
    },
    /// A text that is too long.
    #[error("`{member}` has at most {bytes_max} bytes")]
    TooLong {
        /// Its name.
        member: &'static str,
        /// The limit.
        bytes_max: usize,
    },
    /// `traits`, `properties` or `context` is a list, a text or a number.
    #[error("`{member}` is an object")]
    MemberNoObject {
        /// Its name.
        member: &'static str,
    },
    /// `mergeProperties` is something else than a list of pairs.
    #[error("`mergeProperties` is a list of two to {max} objects with `type` and `value`")]
    NoPairs {
        /// The limit.
        max: usize,
    },
}

impl Flaw {
    /// The stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoObject => "invalid_event",
            Self::TooLarge { .. } => "event_too_large",
            Self::TooDeep { .. } => "event_too_deep",
            Self::UnknownType => "unknown_type",
            Self::Missing { .. } => "missing_member",
            Self::Nobody => "missing_identity",
            Self::NoIdentity { .. } => "no_identity",
            Self::NoText { .. } => "no_text",
            Self::TooLong { .. } => "text_too_long",
            Self::MemberNoObject { .. } => "no_object",
            Self::NoPairs { .. } => "invalid_merge",
        }
    }
}
