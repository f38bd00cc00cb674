//! Saving events that were decided on, and what they are found by.

use std::collections::{BTreeMap, HashSet};

use tallymark_base::id::TenantId;
use tallymark_base::{Entropy, Timestamp};
use tallymark_epcis::facts::Listed;
use tallymark_store::Tx;

use crate::Error;
use crate::keys::Salt;
use crate::service::prepare::Prepared;
use crate::store::{event, index};

/// Words and contexts that a server knows to be saved, so that it need not save them again.
#[derive(Debug, Default, Clone)]
pub(crate) struct Known {
    words: HashSet<(i64, i64)>,
    contexts: HashSet<i64>,
}

/// How many words and contexts of a brand are remembered.
const KNOWN_MAX: usize = 50_000;

/// Bytes for the identifiers of a brand that has no event yet.
pub(crate) fn fresh_salt(entropy: &dyn Entropy) -> [u8; 16] {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    salt
}

/// Saves events under their numbers.
pub(crate) async fn save(
    tx: &mut Tx,
    tenant: TenantId,
    (salt, known): (&Salt, &mut Known),
    events: &[(i64, &Prepared)],
    at: Timestamp,
) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
    }
    let ids =
        events.iter().map(|(number, event)| (salt.event_id(&event.id), event.is_declaration, event.content, *number));
    event::insert_ids(tx, tenant, ids).await?;
    let (mut rows, mut runs, mut terms) = (Vec::with_capacity(events.len()), Vec::new(), Vec::new());
    let mut words: BTreeMap<(i64, i64), &str> = BTreeMap::new();
    let mut contexts: BTreeMap<i64, &str> = BTreeMap::new();
    for (number, event) in events {
        let mut hashes = [None; 5];
        for (listed, written, compared) in &event.words {
            let hash = salt.word(*listed, compared);
            hashes[*listed as usize] = Some(hash);
            if !listed.is_standard(compared) {
                words.insert((*listed as i64, hash), written);
            }
        }
        let context = salt.context(&event.context);
        contexts.insert(context, &event.context);
        runs.extend(salt.runs(&event.named).map(|run| (run, *number)));
        terms.extend(event.terms.iter().map(|(term, text)| (salt.term(*term, text), *number)));
        rows.push(event::NewRow {
            number: *number,
            event_type: event.event_type,
            action: event.action,
            event_time: event.event_time,
            words: [
                hashes[Listed::BizStep as usize],
                hashes[Listed::Disposition as usize],
                hashes[Listed::ReadPoint as usize],
                hashes[Listed::BizLocation as usize],
            ],
            context,
            body: event.body.clone(),
            events: 1,
        });
    }
    // In the order of the index, so that neighbours are written to one page.
    runs.sort_unstable();
    terms.sort_unstable();
    event::insert(tx, tenant, at, rows).await?;
    index::insert_runs(tx, tenant, &runs).await?;
    index::insert_terms(tx, tenant, &terms).await?;
    Ok(known.save(tx, tenant, words, contexts).await?)
}

impl Known {
    pub(crate) async fn save(
        &mut self,
        tx: &mut Tx,
        tenant: TenantId,
        words: BTreeMap<(i64, i64), &str>,
        contexts: BTreeMap<i64, &str>,
    ) -> Result<(), tallymark_store::Error> {
        let new: Vec<(i64, i64, String)> = words
            .into_iter()
            .filter(|(key, _)| !self.words.contains(key))
            .map(|((sort, hash), word)| (sort, hash, word.to_owned()))
            .collect();
        let contexts: Vec<(i64, &str)> =
            contexts.into_iter().filter(|(hash, _)| !self.contexts.contains(hash)).collect();
        index::insert_words(tx, tenant, &new).await?;
        index::insert_contexts(tx, tenant, &contexts).await?;
        if self.words.len() + self.contexts.len() > KNOWN_MAX {
            *self = Self::default();
        }
        self.words.extend(new.iter().map(|(sort, hash, _)| (*sort, *hash)));
        self.contexts.extend(contexts.iter().map(|(hash, _)| *hash));
        Ok(())
    }
}
