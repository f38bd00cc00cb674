//! A delivery as it comes over the wire: what [`receive`] makes of it.

mod batch;
mod body;

use tallymark_base::Timestamp;
use tallymark_people::IDENTIFIERS_MAX;

use crate::event::read::{self, Frame};
use crate::identifier::identifiers;
use crate::{Event, Flaw, Limits, Refusal};

/// The endpoints, all `POST /v1/…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// `batch`: `{"batch": [event, …]}`.
    Batch,
    /// `import`: as `batch`, but events of the past, whose moments are taken as they are.
    Import,
    /// `track`: one event.
    Track,
    /// `identify`: one event.
    Identify,
    /// `page`: one event.
    Page,
    /// `screen`: one event.
    Screen,
    /// `group`: one event.
    Group,
    /// `alias`: one event.
    Alias,
    /// `merge`: one event.
    Merge,
}

impl Endpoint {
    /// Every endpoint.
    pub const ALL: [Self; 9] = [
        Self::Batch,
        Self::Import,
        Self::Track,
        Self::Identify,
        Self::Page,
        Self::Screen,
        Self::Group,
        Self::Alias,
        Self::Merge,
    ];

    /// The last part of its path.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Import => "import",
            Self::Track => "track",
            Self::Identify => "identify",
            Self::Page => "page",
            Self::Screen => "screen",
            Self::Group => "group",
            Self::Alias => "alias",
            Self::Merge => "merge",
        }
    }

    /// Whether the body is one event and not a batch.
    pub const fn is_for_one(self) -> bool {
        self.kind().is_some()
    }

    /// The kind of the one event that is sent there; none where batches are.
    pub(crate) const fn kind(self) -> Option<&'static str> {
        match self {
            Self::Batch | Self::Import => None,
            _ => Some(self.name()),
        }
    }
}

/// A delivery.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Where it was sent to.
    pub endpoint: Endpoint,
    /// The header `Content-Type`; empty where there is none.
    pub content_type: &'a str,
    /// The header `Content-Encoding`; empty where there is none.
    pub content_encoding: &'a str,
    /// The body, as it came.
    pub body: &'a [u8],
    /// When it came.
    pub received_at: Timestamp,
    /// What the user ids in it are unique in: [`crate::identifier::NAMESPACE`], or the write key's own.
    pub namespace: &'a str,
}

/// What became of one event of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It was read.
    Accepted(Box<Event>),
    /// It could not be read.
    Quarantined(Quarantined),
}

/// An event that could not be read and is kept for a person to look at.
#[derive(Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// Why.
    pub flaw: Flaw,
    /// Its bytes alone, all of them: what came with it cannot be more than a body. They may be personal, and are not
    /// printed.
    pub body: Box<[u8]>,
}

impl Quarantined {
    /// The stable name of the reason.
    pub const fn code(&self) -> &'static str {
        self.flaw.code()
    }

    /// The reason, for a person. Repeats no value.
    pub fn message(&self) -> String {
        self.flaw.to_string()
    }
}

impl std::fmt::Debug for Quarantined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Quarantined({}, {}, {} bytes, hidden)", self.index, self.flaw, self.body.len())
    }
}

/// Reads a delivery: as many outcomes as it has events, in their order. Fails where it is refused as a whole; that one
/// event is bad never does that.
pub fn receive(request: &Request<'_>, limits: &Limits) -> Result<Vec<Outcome>, Refusal> {
    let body = body::plain(request, limits)?;
    let batch = batch::read(&body, request.endpoint, limits)?;
    // Every event gets a copy of what the batch says of their context: it counts as if each had brought it.
    let context_bytes = batch.context.as_ref().map_or(0, |context| context.get().len());
    if context_bytes.saturating_mul(batch.events.len()) > limits.body_bytes_max {
        return Err(Refusal::TooLarge { bytes_max: limits.body_bytes_max });
    }
    let frame = Frame {
        endpoint: request.endpoint,
        received_at: request.received_at,
        sent: batch.sent,
        context: batch.context.as_deref(),
        limits,
    };
    Ok(batch
        .events
        .iter()
        .enumerate()
        .map(|(index, event)| outcome(index, event, batch.is_whole, &frame, request.namespace))
        .collect())
}

fn outcome(index: usize, event: &[u8], is_whole: bool, frame: &Frame<'_>, namespace: &str) -> Outcome {
    match read::read(event, is_whole, frame).and_then(|event| known(event, namespace)) {
        Ok(event) => Outcome::Accepted(Box::new(event)),
        Err(flaw) => Outcome::Quarantined(Quarantined { index, flaw, body: event.into() }),
    }
}

/// The event with what says who it was.
fn known(mut event: Event, namespace: &str) -> Result<Event, Flaw> {
    let findings = identifiers(&event, namespace);
    if findings.found.is_empty() {
        let dropped = findings.dropped.iter().map(|dropped| format!("{}: {}", dropped.member, dropped.reason));
        return Err(Flaw::NoIdentity { dropped: dropped.collect::<Vec<_>>().join("; ") });
    }
    let found = findings.found.into_iter().map(|found| found.identifier);
    event.identifiers = found.take(IDENTIFIERS_MAX).collect();
    Ok(event)
}
