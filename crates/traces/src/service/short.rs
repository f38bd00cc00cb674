//! Events of the brand's own goods: kept short, many in one row, and found through what is kept of the goods.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use tallymark_base::id::TenantId;
use tallymark_epcis::facts::{self, Listed};
use tallymark_epcis::{Context as Words, Event};
use tallymark_store::{Context, Error, Tx};

use super::prepare::{number_of_action, number_of_type, short};
use super::record::{Known, fresh_salt};
use crate::store::{event, index};

/// The context of events that are kept short: that of the standard.
pub(crate) const CONTEXT: i64 = 0;

/// Events that are to be kept short: alike but for the objects that they name.
#[derive(Debug, Clone, PartialEq)]
pub struct NewShort {
    /// The fields that they share: type, action, time, step, places, parties.
    pub head: Map<String, Value>,
    /// What is kept, by which [`crate::Hook::write_out`] knows the rest.
    pub body: Vec<u8>,
    /// How many they are.
    pub events: i64,
}

/// Saves events of the brand's own goods, in the transaction of what they tell. Whoever else saves events of the brand waits
/// until it ends: do this last.
///
/// # Errors
/// The database's.
pub async fn append(tx: &mut Tx, context: &Context, tenant: TenantId, new: &[NewShort]) -> Result<(), Error> {
    let count: i64 = new.iter().map(|short| short.events).sum();
    if count == 0 {
        return Ok(());
    }
    let (mut number, salt) = event::take_numbers(tx, tenant, count, fresh_salt(&*context.entropy)).await?;
    let standard = Arc::new(Words::default());
    let (mut rows, mut terms, mut words) = (Vec::with_capacity(new.len()), Vec::new(), BTreeMap::new());
    let events: Vec<Event> = new.iter().map(|own| Event::new(own.head.clone(), &standard)).collect();
    for (own, event) in new.iter().zip(&events) {
        let mut hashes = [None; 5];
        for listed in Listed::ALL {
            let Some(word) = listed.of(event) else { continue };
            let compared = listed.compared(word);
            let hash = salt.word(listed, &compared);
            hashes[listed as usize] = Some(hash);
            if !listed.is_standard(&compared) {
                words.insert((listed as i64, hash), word);
            }
        }
        terms.extend(facts::terms(event).into_iter().map(|(term, text)| (salt.term(term, &text), number)));
        rows.push(event::NewRow {
            number,
            event_type: number_of_type(event.event_type()),
            action: number_of_action(event.text("action")),
            event_time: event.event_time(),
            words: [
                hashes[Listed::BizStep as usize],
                hashes[Listed::Disposition as usize],
                hashes[Listed::ReadPoint as usize],
                hashes[Listed::BizLocation as usize],
            ],
            context: CONTEXT,
            body: short(&own.body),
            events: own.events,
        });
        number += own.events;
    }
    terms.sort_unstable();
    event::insert(tx, tenant, context.clock.now(), rows).await?;
    index::insert_terms(tx, tenant, &terms).await?;
    Known::default().save(tx, tenant, words, BTreeMap::new()).await
}
