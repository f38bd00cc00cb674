//! Codes for the printing house: text lines or sheets of labels, written as they are minted. Memory stays the same
//! however many codes there are; nothing is stored.

pub mod sscc;

use std::io::Write;

use serde::Serialize;
use tallymark_base::id::BatchId;
use tallymark_codes::{
    CodeIndex, CodeText, Face, Gtin, Host, IndexRange, Label, LabelError, LabelLayout, LabelSheets, Level, Minter,
};

use crate::{Catalog, Error, Serials};

/// Codes that are minted between two writes.
const CHUNK_CODES: u64 = 2_048;

/// Which codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    /// The batch.
    pub batch: BatchId,
    /// Item, case or pallet.
    pub level: Level,
    /// Which face.
    pub face: Face,
    /// Which serials of the level; none: all.
    pub serials: Option<Serials>,
}

/// What the audit log keeps of codes that somebody took in the open.
#[derive(Debug, Serialize)]
pub struct TakenCodes {
    /// At which level.
    pub level: Level,
    /// Which face.
    pub face: Face,
    /// Which serials; none: all of the level.
    pub serials: Option<Serials>,
    /// From which address; empty at the terminal.
    pub address: String,
}

impl TakenCodes {
    /// The codes of a selection.
    pub const fn of(selection: &Selection, address: String) -> Self {
        let Selection { level, face, serials, .. } = *selection;
        Self { level, face, serials, address }
    }
}

/// How a code is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Only its characters.
    Code,
    /// The short link `HTTPS://HOST/C/CODE`.
    Link(Host),
    /// The GS1 Digital Link `https://host/01/GTIN/21/CODE`.
    DigitalLink(Host),
}

impl Form {
    pub(crate) fn written(&self, gtin: Gtin, code: &CodeText) -> String {
        match self {
            Self::Code => code.to_string(),
            Self::Link(host) => host.short_link(code),
            Self::DigitalLink(host) => host.digital_link(gtin, code),
        }
    }
}

/// Writes one line a code, in order of serial.
///
/// # Errors
/// Before anything is written where the selection has no codes; [`Error::Write`] as soon as `out` takes no more.
pub fn lines(catalog: &Catalog, selection: &Selection, form: &Form, out: &mut impl Write) -> Result<(), Error> {
    let (minter, indexes) = minting(catalog, selection)?;
    // Every form ends with the code, so what stands before it is the same for all.
    let sample = minter.mint(indexes.first());
    let written = form.written(gtin(catalog, selection)?, &sample);
    let before = written.strip_suffix(sample.as_str()).unwrap_or_default().as_bytes();
    let mut text = Vec::new();
    for chunk in chunks(indexes) {
        text.clear();
        minter.mint_range(chunk, |_, code| {
            text.extend_from_slice(before);
            text.extend_from_slice(code.as_bytes());
            text.push(b'\n');
        });
        out.write_all(&text)?;
    }
    Ok(out.flush()?)
}

/// Writes a PDF file of labels, in order of serial: each the link as a QR symbol, the code, the level and the GTIN.
///
/// # Errors
/// Before anything is written where the selection has no codes or more than a file takes
/// ([`LabelSheets::LABELS_MAX`]); [`Error::Label`] when the layout does not work or `out` takes no more.
pub fn labels_pdf<W: Write>(
    catalog: &Catalog,
    selection: &Selection,
    form: &Form,
    layout: &LabelLayout,
    out: W,
) -> Result<W, Error> {
    let (minter, indexes) = minting(catalog, selection)?;
    if indexes.count() > LabelSheets::<W>::LABELS_MAX {
        return Err(LabelError::FileFull.into());
    }
    let gtin = gtin(catalog, selection)?;
    let mut sheets = LabelSheets::new(out, layout)?;
    for chunk in chunks(indexes) {
        let mut drawn = Ok(());
        minter.mint_range(chunk, |_, code| {
            if drawn.is_ok() {
                let link = form.written(gtin, code);
                drawn = sheets.push(&Label { link: &link, code, level: selection.level, gtin: Some(gtin) });
            }
        });
        drawn?;
    }
    Ok(sheets.finish()?)
}

fn minting(catalog: &Catalog, selection: &Selection) -> Result<(Minter, IndexRange), Error> {
    catalog.minting(selection.batch, selection.level, selection.face, selection.serials)
}

fn gtin(catalog: &Catalog, selection: &Selection) -> Result<Gtin, Error> {
    let batch = catalog.batch(selection.batch).ok_or(Error::BatchNotFound { batch: selection.batch })?;
    let product = catalog.product(batch.product).ok_or(Error::ProductNotFound { product: batch.product })?;
    Ok(product.gtin)
}

/// A range in pieces.
pub(crate) fn chunks(range: IndexRange) -> impl Iterator<Item = IndexRange> {
    let (first, last) = (range.first().get(), range.last().get());
    (first..=last).step_by(CHUNK_CODES as usize).filter_map(move |start| {
        let start = CodeIndex::new(start).ok()?;
        IndexRange::from_count(start, CHUNK_CODES.min(last - start.get() + 1)).ok()
    })
}
