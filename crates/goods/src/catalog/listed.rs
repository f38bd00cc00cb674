//! Codes that were made elsewhere. Which text is which code stands in the database; the catalogue knows which lists could have it, so
//! that nothing is asked for a text that none could.

use tallymark_base::id::BatchId;
use tallymark_base::seal::Key;
use tallymark_codes::{CodeIndex, Face, Level};

use super::{Catalog, Found};
use crate::rules::listing::hashes::Place;
use crate::rules::listing::{Label, Labels, Printed, hash_of, is_code, spelling};
use crate::store::list::List;
use crate::{Error, ListError};

/// A list whose codes are read.
#[derive(Debug)]
pub(super) struct Listed {
    /// The position of its batch.
    batch: usize,
    labels: Labels,
    proof: Labels,
    printed: Printed,
    bytes: (usize, usize),
}

/// A text that may be a code of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) batch: BatchId,
    pub(crate) hash: u64,
}

/// How far a code is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// As proof that the goods are genuine: codes that nobody can guess.
    Proof,
    /// As the label of goods in somebody's hand.
    Label,
}

impl Catalog {
    /// Adds a list.
    pub(crate) fn push_list(&mut self, list: List) -> Result<(), Error> {
        let batch = self.place(list.batch).ok_or(Error::BatchNotFound { batch: list.batch })?;
        let List { labels, proof, printed, bytes, .. } = list;
        self.batches[batch].listed = labels;
        self.lists.push(Listed { batch, labels, proof, printed, bytes });
        Ok(())
    }

    /// What the database is asked about a text that is no code of our own making.
    pub(crate) fn questions<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Question> + 't {
        self.lists.iter().filter_map(move |list| {
            let (code, gtin) = list.printed.code_of(text);
            let spelled = spelling(&code);
            let is_like = is_code(&spelled) && (list.bytes.0..=list.bytes.1).contains(&spelled.len());
            let entry = &self.batches[list.batch];
            let is_of = gtin.is_none_or(|gtin| gtin == entry.gtin);
            let hash = || hash_of(self.keys.hashing(), &code);
            (is_like && is_of).then(|| Question { batch: entry.batch.id, hash: hash() })
        })
    }

    /// The code that stands in a place of a list, where it is believed so far.
    pub(crate) fn listed(&self, batch: BatchId, place: Place, trust: Trust) -> Option<Found> {
        let at = self.place(batch)?;
        let list = self.lists.iter().find(|list| list.batch == at)?;
        let label = place.label().filter(|label| list.labels.has(*label))?;
        if trust == Trust::Proof && !list.proof.has(label) {
            return None;
        }
        let (_, indexes) = self.batches[at].ranges.iter().find(|(level, _)| *level == label.level())?;
        let index = CodeIndex::new(indexes.first().get() + place.serial()).ok();
        let index = index.filter(|_| place.serial() < indexes.count())?;
        Some(self.known(at, (label.level(), place.serial()), label.face(), index))
    }

    /// The code that stands in a link which the codes of a list are printed in.
    pub fn code_in_link(&self, link: &str) -> Option<String> {
        let mut codes = self.lists.iter().filter_map(|list| list.printed.code_in_link(link));
        codes.find(|code| is_code(code))
    }

    /// Whether there are lists at all.
    pub(crate) const fn has_lists(&self) -> bool {
        !self.lists.is_empty()
    }

    /// Whether codes of a batch were made elsewhere.
    ///
    /// # Errors
    /// [`ListError::MadeElsewhere`].
    pub(crate) fn check_own(&self, batch: BatchId, level: Level, face: Face) -> Result<(), Error> {
        let is_listed = self.place(batch).is_some_and(|place| self.batches[place].has_listed(level, face));
        if is_listed { Err(ListError::MadeElsewhere { batch, level }.into()) } else { Ok(()) }
    }

    /// In what the codes of a batch's list are printed, where it has those of a label.
    pub(crate) fn printed(&self, batch: BatchId, label: Label) -> Option<&Printed> {
        let at = self.place(batch)?;
        self.lists.iter().find(|list| list.batch == at && list.labels.has(label)).map(|list| &list.printed)
    }

    /// Under what the texts of lists are sealed.
    pub(crate) const fn sealing(&self) -> &Key {
        self.keys.sealing()
    }
}
