//! Reading codes wherever they were made: our own out of their text alone, those of lists in the database.

use std::collections::{BTreeMap, HashMap};

use tallymark_base::id::{BatchId, TenantId};
use tallymark_codes::{Face, Level, ReadError};
use tallymark_store::Tx;

use super::listing;
use crate::catalog::{Question, Trust};
use crate::rules::listing::Label;
use crate::rules::listing::hashes::{self, Place};
use crate::rules::trace::fact::Indexes;
use crate::store::list as store;
use crate::{Catalog, Error, Found, Serials};

/// Reads the codes that some texts are.
#[derive(Debug)]
pub struct CodeReader<'c> {
    catalog: &'c Catalog,
    /// Texts that are codes of a list.
    listed: HashMap<String, (Question, Place)>,
}

/// What reads these texts, of which those that are no codes of our own making are looked up at once. Without lists nothing is asked.
///
/// # Errors
/// The database's.
pub async fn reader<'c, 't>(
    tx: &mut Tx,
    tenant: TenantId,
    catalog: &'c Catalog,
    texts: impl Iterator<Item = &'t str>,
) -> Result<CodeReader<'c>, Error> {
    let mut reader = CodeReader { catalog, listed: HashMap::new() };
    if !catalog.has_lists() {
        return Ok(reader);
    }
    let mut asked: Vec<(&str, Question)> = Vec::new();
    for text in texts.filter(|text| catalog.read_own(text).is_none()) {
        asked.extend(catalog.questions(text).map(|question| (text, question)));
    }
    if asked.is_empty() {
        return Ok(reader);
    }
    let questions: Vec<_> = asked.iter().map(|(_, question)| (question.batch, question.hash)).collect();
    for (place, row) in store::hashes(tx, tenant, &questions).await? {
        let Some((text, question)) = asked.get(place) else { continue };
        if let Some(found) = hashes::find(&row, question.hash) {
            reader.listed.insert((*text).to_owned(), (*question, found));
        }
    }
    Ok(reader)
}

impl CodeReader<'_> {
    /// Reads a code as proof of what bears it: no SSCC, and no code of a list that can be guessed.
    ///
    /// # Errors
    /// Those of [`Catalog::read`], where no list has it either.
    pub fn read(&self, text: &str) -> Result<Found, ReadError> {
        self.catalog.read(text).or_else(|error| self.of_list(text, Trust::Proof).ok_or(error))
    }

    /// Reads what somebody scanned who has the goods in hand: a code, its link, a GS1 Digital Link that names the code's own product, the
    /// SSCC of a pack, any code of a list.
    pub fn read_scanned(&self, text: &str) -> Option<Found> {
        self.catalog.read_own(text).or_else(|| self.of_list(text, Trust::Label))
    }

    fn of_list(&self, text: &str, trust: Trust) -> Option<Found> {
        let (question, place) = self.listed.get(text)?;
        self.catalog.listed(question.batch, *place, trust)
    }
}

/// Reads one text that somebody scanned who has the goods in hand.
///
/// # Errors
/// The database's.
pub async fn read_scanned(
    tx: &mut Tx,
    tenant: TenantId,
    catalog: &Catalog,
    text: &str,
) -> Result<Option<Found>, Error> {
    Ok(reader(tx, tenant, catalog, std::iter::once(text)).await?.read_scanned(text))
}

/// The text of a code, wherever it was made: without the link that it may be printed in.
///
/// # Errors
/// [`Error::BatchNotFound`], [`Error::NoSuchFace`], [`Error::NoSuchSerials`], and the database's.
pub async fn text_of(
    tx: &mut Tx,
    tenant: TenantId,
    catalog: &Catalog,
    (batch, level, face, serial): (BatchId, Level, Face, u64),
) -> Result<String, Error> {
    let label = Label::of(level, face).filter(|label| catalog.printed(batch, *label).is_some());
    let Some(label) = label else { return Ok(catalog.code(batch, level, face, serial)?.to_string()) };
    let found = listing::codes_between(tx, tenant, catalog.sealing(), (batch, label), (serial, serial)).await?;
    let found = found.into_iter().next().map(|(_, code)| code);
    found.ok_or(Error::NoSuchSerials { level, serials: Serials::new(serial, serial), count: 0 })
}

/// The outer codes of runs that were made elsewhere, by their indexes; those of our own making are left out.
pub(crate) async fn listed_codes(
    tx: &mut Tx,
    tenant: TenantId,
    catalog: &Catalog,
    runs: &[Indexes],
) -> Result<BTreeMap<u64, String>, Error> {
    let mut texts = BTreeMap::new();
    if !catalog.has_lists() {
        return Ok(texts);
    }
    let layout = catalog.layout();
    for run in runs.iter().flat_map(|run| layout.units(*run)).filter_map(|unit| layout.indexes(&unit)) {
        let Some(place) = layout.place(run.first) else { continue };
        let Some(label) = Label::of(place.level, Face::Outer) else { continue };
        if catalog.printed(place.batch, label).is_none() {
            continue;
        }
        let serials = (place.serial(run.first), place.serial(run.last));
        let codes = listing::codes_between(tx, tenant, catalog.sealing(), (place.batch, label), serials).await?;
        texts.extend(codes.into_iter().map(|(serial, code)| (place.indexes.first + serial, code)));
    }
    Ok(texts)
}
