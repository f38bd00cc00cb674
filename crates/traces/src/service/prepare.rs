//! What can be worked out about an event before any transaction: what it is, says, and is found by.

use sha2::{Digest as _, Sha256};
use tallymark_base::Timestamp;
use tallymark_epcis::facts::{self, Listed, Named, Term};
use tallymark_epcis::{Event, EventType, equal, hash};

/// Bytes from which a body is packed.
const PACK_FROM: usize = 200;

/// An event that is ready to be saved.
#[derive(Debug)]
pub struct Prepared {
    /// The event, with its id.
    pub(crate) event: Event,
    pub(crate) id: String,
    pub(crate) is_declaration: bool,
    pub(crate) content: [u8; 16],
    pub(crate) event_type: i64,
    pub(crate) action: i64,
    pub(crate) event_time: Timestamp,
    /// Each word or place that it says: as it is written, and as it is compared.
    pub(crate) words: Vec<(Listed, String, String)>,
    pub(crate) named: Vec<Named>,
    pub(crate) terms: Vec<(Term, String)>,
    pub(crate) context: String,
    pub(crate) body: Vec<u8>,
}

impl Prepared {
    /// The id under which it is kept.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// The number of a type in the database.
pub(crate) const fn number_of_type(event_type: EventType) -> i64 {
    match event_type {
        EventType::Other => 0,
        EventType::Object => 1,
        EventType::Aggregation => 2,
        EventType::Transaction => 3,
        EventType::Transformation => 4,
        EventType::Association => 5,
    }
}

/// The number of an action in the database; 0 for none.
pub(crate) fn number_of_action(action: Option<&str>) -> i64 {
    match action {
        Some("ADD") => 1,
        Some("OBSERVE") => 2,
        Some("DELETE") => 3,
        _ => 0,
    }
}

/// Works out what is kept of an event.
pub fn prepare(mut event: Event) -> Prepared {
    let said = hash::pre_hash(&event);
    let given = event.text("eventID").map(str::to_owned);
    let id = given.unwrap_or_else(|| hash::id_of(&said));
    // What the hash leaves out, but an event under the same id must not change.
    let declared = event.body().get("errorDeclaration");
    let declared = declared.map(|error| equal::canonical(error, event.context())).unwrap_or_default();
    let digest = Sha256::new_with_prefix(&said).chain_update([0]).chain_update(declared).finalize();
    let words = Listed::ALL.into_iter().filter_map(|listed| {
        let word = listed.of(&event)?;
        Some((listed, word.to_owned(), listed.compared(word).into_owned()))
    });
    let words = words.collect();
    event.name(&id);
    let text = serde_json::to_vec(event.body()).expect("what was read as JSON can be written as JSON");
    Prepared {
        is_declaration: event.is_declaration(),
        content: std::array::from_fn(|at| digest[at]),
        event_type: number_of_type(event.event_type()),
        action: number_of_action(event.text("action")),
        event_time: event.event_time(),
        named: facts::named(&event),
        terms: facts::terms(&event),
        context: event.given_context().to_string(),
        body: packed(&text),
        words,
        id,
        event,
    }
}

/// A body as it is kept: its first byte says whether it is packed.
fn packed(text: &[u8]) -> Vec<u8> {
    let (sort, rest) = match text.len() {
        PACK_FROM.. => (1, lz4_flex::block::compress_prepend_size(text)),
        _ => (0, text.to_vec()),
    };
    let mut body = Vec::with_capacity(rest.len() + 1);
    body.push(sort);
    body.extend(rest);
    body
}

/// What a body begins with that is kept short; what follows is its owner's.
const SHORT: u8 = 2;

/// A body that is kept short.
pub(crate) fn short(own: &[u8]) -> Vec<u8> {
    [&[SHORT], own].concat()
}

/// What is kept of events that are kept short; none of others.
pub(crate) fn own_of(body: &[u8]) -> Option<&[u8]> {
    body.strip_prefix(&[SHORT])
}

/// The text of a body that was kept.
pub(crate) fn unpacked(body: &[u8]) -> Result<Vec<u8>, tallymark_store::Error> {
    let unreadable = || tallymark_store::Error::Unreadable("the body of an event".to_owned());
    match body.split_first() {
        Some((0, text)) => Ok(text.to_vec()),
        Some((1, block)) => lz4_flex::block::decompress_size_prepended(block).map_err(|_| unreadable()),
        _ => Err(unreadable()),
    }
}
