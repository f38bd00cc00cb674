//! Which events of a batch are new: a pure decision over what is there.

use std::collections::HashMap;

use crate::keys::Salt;
use crate::service::prepare::Prepared;

/// What the event of an id says, of those that are there.
pub(crate) type Seen = HashMap<([u8; 16], bool), [u8; 16]>;

/// What becomes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It is new.
    Save,
    /// It is there already.
    Repeated,
    /// Another has its id.
    Taken,
}

/// Decides for each event in its order; those that are new are seen by the ones after them.
pub(crate) fn decide<'a>(events: impl Iterator<Item = &'a Prepared>, salt: &Salt, seen: &mut Seen) -> Vec<Decision> {
    events
        .map(|event| {
            let key = (salt.event_id(&event.id), event.is_declaration);
            match seen.get(&key) {
                Some(content) if *content == event.content => Decision::Repeated,
                Some(_) => Decision::Taken,
                None => {
                    seen.insert(key, event.content);
                    Decision::Save
                }
            }
        })
        .collect()
}

/// Forgets events that were decided to be new: their document is not kept.
pub(crate) fn forget<'a>(events: impl Iterator<Item = (&'a Prepared, &'a Decision)>, salt: &Salt, seen: &mut Seen) {
    for (event, _) in events.filter(|(_, decision)| **decision == Decision::Save) {
        seen.remove(&(salt.event_id(&event.id), event.is_declaration));
    }
}
