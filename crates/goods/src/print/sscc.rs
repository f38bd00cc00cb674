//! The SSCCs of packs for the printing house: as GS1 Digital Links (`https://host/00/SSCC`), as text lines or on labels.

use std::io::Write;

use tallymark_codes::{CodeText, Host, Label, LabelError, LabelLayout, LabelSheets, Sscc};

use super::{Selection, gtin};
use crate::{Catalog, Error, PackError, Serials};

/// Writes one link a line, in order of serial.
///
/// # Errors
/// [`PackError::NoSscc`] before anything is written; [`Error::Write`] as soon as `out` takes no more.
pub fn lines(catalog: &Catalog, selection: &Selection, host: &Host, out: &mut impl Write) -> Result<(), Error> {
    for sscc in numbers(catalog, selection)? {
        out.write_all(format!("{}\n", sscc.digital_link(host)).as_bytes())?;
    }
    Ok(out.flush()?)
}

/// Writes a PDF file of labels, in order of serial: each the link as a QR symbol, the SSCC, the level and the GTIN.
///
/// # Errors
/// [`PackError::NoSscc`], or more packs than a file takes, before anything is written; [`Error::Label`] when the layout does
/// not work or `out` takes no more.
pub fn labels_pdf<W: Write>(
    catalog: &Catalog,
    selection: &Selection,
    host: &Host,
    layout: &LabelLayout,
    out: W,
) -> Result<W, Error> {
    let numbers = numbers(catalog, selection)?;
    if selection.serials.is_some_and(|serials| serials.count() > LabelSheets::<W>::LABELS_MAX) {
        return Err(LabelError::FileFull.into());
    }
    let gtin = gtin(catalog, selection)?;
    let mut sheets = LabelSheets::new(out, layout)?;
    for sscc in numbers {
        let link = sscc.digital_link(host);
        let digits = CodeText::parse(&sscc.to_string()).expect("18 digits are spelled like a code of 18 characters");
        sheets.push(&Label { link: &link, code: &digits, level: selection.level, gtin: Some(gtin) })?;
    }
    Ok(sheets.finish()?)
}

/// The SSCCs of the packs that are selected, in order of serial.
fn numbers(catalog: &Catalog, selection: &Selection) -> Result<impl Iterator<Item = Sscc> + use<>, Error> {
    let Selection { batch, level, face, serials } = *selection;
    let (_, indexes) = catalog.minting(batch, level, face, serials)?;
    let first = serials.map_or(0, |Serials { first, .. }| first);
    let first = catalog.sscc(batch, level, first).ok_or(PackError::NoSscc { level })?.number();
    Ok((first..first + indexes.count()).filter_map(Sscc::from_number))
}
