//! Taking in a list of codes that were made elsewhere: into a draft, which has codes once the whole list is in, and before that none.

use tallymark_base::id::{BatchId, TenantId};
use tallymark_base::seal::Key;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_codes::Level;
use tallymark_store::{Context, Tx};

use super::{batch as batches, keys};
use crate::rules::listing::hashes::{self, Hashed, Place, ROW_CODES};
use crate::rules::listing::survey::{Surveyed, Taken, Wanted};
use crate::rules::listing::{CODES_MAX, Label, Labels, Printed};
use crate::store::list::{self as store, List};
use crate::store::{batch as batch_store, product};
use crate::{Batch, BatchStatus, Catalog, CodeList, Error, ListError};

/// Texts in a row of the database.
const ROW_TEXTS: usize = 500;

/// What a list is to be.
#[derive(Debug, Clone)]
pub struct NewCodeList {
    /// The draft that it fills.
    pub batch: BatchId,
    /// Which codes it has.
    pub labels: Labels,
    /// In what they are printed.
    pub printed: Printed,
}

/// A list that is being taken in: for which batch, and by what, since two could be at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intake {
    /// The batch.
    pub batch: BatchId,
    /// An id of whatever takes it in; the same goes on where it stopped.
    pub source: i64,
}

/// By what the rows of a list are looked at.
///
/// # Errors
/// [`Error::BatchNotFound`], [`Error::NotDraft`], [`ListError::NoSuchCodes`], [`ListError::TooMany`].
pub async fn wanted(tx: &mut Tx, tenant: TenantId, master: &Key, new: &NewCodeList) -> Result<Wanted, Error> {
    let batch = draft(tx, tenant, new.batch).await?;
    let packing = batch.packing();
    let mut codes = 0;
    for label in new.labels.each() {
        let (level, face) = (label.level(), label.face());
        if packing.count(level) == 0 || !batch.faces.include(level, face) {
            return Err(ListError::NoSuchCodes { batch: batch.id, level, face }.into());
        }
        codes += packing.count(level);
    }
    if codes > CODES_MAX {
        return Err(ListError::TooMany { codes, max: CODES_MAX }.into());
    }
    let product = product::find(tx, tenant, batch.product).await?;
    let product = product.ok_or(Error::ProductNotFound { product: batch.product })?;
    let keys = keys::load(tx, tenant, master).await?;
    Ok(Wanted {
        packing,
        association: batch.association,
        gtin: product.gtin,
        labels: new.labels,
        printed: new.printed.clone(),
        key: keys.hashing().clone(),
    })
}

async fn draft(tx: &mut Tx, tenant: TenantId, id: BatchId) -> Result<Batch, Error> {
    let batch = batches::find(tx, tenant, id).await?.ok_or(Error::BatchNotFound { batch: id })?;
    if batch.status == BatchStatus::Draft { Ok(batch) } else { Err(Error::NotDraft { batch: id }) }
}

/// Begins to take in a list that was looked at; what was taken in of another is forgotten.
///
/// # Errors
/// [`Error::BatchNotFound`], [`Error::NotDraft`].
pub async fn begin(
    tx: &mut Tx,
    tenant: TenantId,
    intake: Intake,
    (wanted, surveyed): (&Wanted, &Surveyed),
    at: Timestamp,
) -> Result<(), Error> {
    let batch = draft(tx, tenant, intake.batch).await?;
    store::remove(tx, tenant, batch.id).await?;
    let list = List {
        batch: batch.id,
        source: intake.source,
        labels: wanted.labels,
        proof: surveyed.proof,
        printed: wanted.printed.clone(),
        bytes: surveyed.bytes,
        codes: surveyed.codes(),
        guess_bits: surveyed.guess_bits,
        begun_at: at,
        finished_at: None,
    };
    Ok(store::put(tx, tenant, &list).await?)
}

/// Takes in some of the codes of a list, and some of its hashes: `part` of `parts`, as many rows as are taken.
///
/// # Errors
/// [`ListError::Known`], [`ListError::Elsewhere`].
pub async fn add(
    tx: &mut Tx,
    context: &Context,
    catalog: &Catalog,
    (tenant, intake): (TenantId, Intake),
    codes: &[Taken],
    (surveyed, rows): (&Surveyed, std::ops::Range<u64>),
) -> Result<(), Error> {
    under_way(tx, tenant, intake).await?;
    for (label, serial, code) in codes.iter().flatten() {
        if catalog.read_own(code).is_some() {
            return Err(known(surveyed, Place::new(*label, *serial), None));
        }
    }
    let hashed = part_of(&surveyed.codes, surveyed.rows, &rows);
    check_new(tx, (tenant, intake.batch), surveyed, hashed, Timestamp(0)).await?;
    let rows = hashed.chunks(ROW_CODES).map(|row| (row[0].hash, hashes::to_bytes(row))).collect();
    store::add_hashes(tx, tenant, intake.batch, rows).await?;
    let sealing = catalog.sealing();
    let mut rows = Vec::new();
    for label in Label::ALL {
        let of = codes.iter().flatten().filter(|(of, ..)| *of == label);
        let of: Vec<(u64, &str)> = of.map(|(_, serial, code)| (*serial, code.as_str())).collect();
        for row in of.chunks(ROW_TEXTS) {
            let first = row[0].0;
            let texts = texts_to_bytes(row.iter().map(|(_, code)| *code));
            let sealed = sealing.seal(&bound_to(tenant, (intake.batch, label), first), &texts, &*context.entropy);
            rows.push((label, first, sealed));
        }
    }
    Ok(store::add_texts(tx, tenant, intake.batch, rows).await?)
}

/// All rows were taken in: the batch has codes from here on.
///
/// # Errors
/// [`ListError::Known`] where another list with the same code became whole meanwhile; [`ListError::Elsewhere`], [`Error::NotDraft`].
pub async fn finish(
    tx: &mut Tx,
    context: &Context,
    (tenant, intake): (TenantId, Intake),
    surveyed: &Surveyed,
) -> Result<Batch, Error> {
    let list = under_way(tx, tenant, intake).await?;
    let now = context.clock.now();
    let batch = batches::fill(tx, context, tenant, intake.batch).await?;
    // Indexes were taken: whoever else finishes a list waits from there, so one of two sees the other.
    check_new(tx, (tenant, batch.id), surveyed, &surveyed.codes, list.begun_at).await?;
    let labels = list.labels;
    store::put(tx, tenant, &List { finished_at: Some(now), ..list }).await?;
    let has = |level: Level| batch.packing().count(level) > 0;
    let is_printed = Label::ALL
        .into_iter()
        .all(|label| labels.has(label) || !has(label.level()) || !batch.faces.include(label.level(), label.face()));
    if is_printed {
        batch_store::printed(tx, tenant, batch.id, now).await?;
    }
    batches::find(tx, tenant, batch.id).await?.ok_or(Error::BatchNotFound { batch: batch.id })
}

/// The list of a batch, once it is whole.
///
/// # Errors
/// The database's.
pub async fn find(tx: &mut Tx, tenant: TenantId, batch: BatchId) -> Result<Option<CodeList>, Error> {
    Ok(store::find(tx, tenant, batch).await?.and_then(CodeList::of))
}

async fn under_way(tx: &mut Tx, tenant: TenantId, intake: Intake) -> Result<List, Error> {
    let list = store::find(tx, tenant, intake.batch).await?;
    let own = list.filter(|list| list.source == intake.source && list.finished_at.is_none());
    own.ok_or_else(|| ListError::Elsewhere { batch: intake.batch }.into())
}

/// Of codes in rising order the part that is taken with some of the rows: the same of as many parts as there are rows.
fn part_of<'c>(codes: &'c [Hashed], all: u64, rows: &std::ops::Range<u64>) -> &'c [Hashed] {
    let count = codes.len() as u128;
    let at = |row: u64| usize::try_from(count * u128::from(row) / u128::from(all.max(1))).unwrap_or(codes.len());
    &codes[at(rows.start).min(codes.len())..at(rows.end).min(codes.len())]
}

/// Whether no list that became whole after a moment has one of these codes.
async fn check_new(
    tx: &mut Tx,
    (tenant, batch): (TenantId, BatchId),
    surveyed: &Surveyed,
    codes: &[Hashed],
    after: Timestamp,
) -> Result<(), Error> {
    let (Some(first), Some(last)) = (codes.first(), codes.last()) else { return Ok(()) };
    let lists = store::all(tx, tenant).await?;
    let others = lists.into_iter().filter(|list| list.batch != batch && list.finished_at.is_some_and(|at| at >= after));
    for other in others {
        let mut own = codes.iter().peekable();
        for row in store::hashes_between(tx, tenant, other.batch, (first.hash, last.hash)).await? {
            for theirs in hashes::of_bytes(&row) {
                while own.next_if(|code| code.hash < theirs.hash).is_some() {}
                if let Some(twice) = own.peek().filter(|code| code.hash == theirs.hash) {
                    return Err(known(surveyed, twice.place, Some(other.batch)));
                }
            }
        }
    }
    Ok(())
}

/// The error about a code that exists, with the row in which it stands first.
fn known(surveyed: &Surveyed, place: Place, batch: Option<BatchId>) -> Error {
    ListError::Known { row: surveyed.row_of(place) + 1, batch }.into()
}

/// What sealed texts are bound to.
fn bound_to(tenant: TenantId, (batch, label): (BatchId, Label), first: u64) -> Vec<u8> {
    let parts = [tenant.raw().to_be_bytes(), batch.raw().to_be_bytes(), first.to_be_bytes()];
    [b"code_list_text.texts".as_slice(), &[label.number()], &parts.concat()].concat()
}

/// Codes one after the other, each behind the number of its bytes, of which there are 255 at most.
fn texts_to_bytes<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for text in texts {
        let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
        bytes.push(length);
        bytes.extend_from_slice(&text.as_bytes()[..usize::from(length)]);
    }
    bytes
}

fn texts_of_bytes(mut bytes: &[u8]) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    while let Some((length, rest)) = bytes.split_first() {
        let (text, rest) = rest.split_at_checked(usize::from(*length))?;
        texts.push(String::from_utf8(text.to_vec()).ok()?);
        bytes = rest;
    }
    Some(texts)
}

/// Codes of a list between two serials, with their serials.
pub(super) async fn codes_between(
    tx: &mut Tx,
    tenant: TenantId,
    key: &Key,
    of: (BatchId, Label),
    (first, last): (u64, u64),
) -> Result<Vec<(u64, String)>, Error> {
    let mut codes = Vec::new();
    for (from, sealed) in store::texts(tx, tenant, of, (first, last)).await? {
        let texts = texts_of_bytes(&key.open(&bound_to(tenant, of, from), &sealed)?);
        let texts = texts.ok_or_else(|| tallymark_store::Error::Unreadable("texts of a list".to_owned()))?;
        codes.extend((from..).zip(texts).filter(|(serial, _)| (first..=last).contains(serial)));
    }
    Ok(codes)
}
