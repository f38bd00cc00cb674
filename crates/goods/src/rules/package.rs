//! What goes into a package for a printing house, and how it is cut into files. Pure: the same contents always make the same
//! files, line for line.

mod line;

use std::collections::HashSet;

use tallymark_codes::{CodeLength, Face, Gtin, Host, Level};

pub(crate) use line::{Line, Piece};

use crate::rules::packing::Packing;
use crate::types::package::{Column, Contents, NewPackage, Part, WrittenAs};
use crate::{Association, Batch, Error, PackError, PackageError, Serials, SsccUse};

/// Most files with codes in a package.
pub const FILES_MAX: u64 = 10_000;
/// Most pictures in a package: each has a key of its own, which takes a millisecond to derive.
pub const PICTURES_MAX: u64 = 5_000;

/// What is known of the batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) length: CodeLength,
    pub(crate) sscc: SsccUse,
    pub(crate) gtin: Gtin,
    pub(crate) lot: &'a str,
    pub(crate) host: Option<&'a Host>,
}

impl<'a> Facts<'a> {
    pub(crate) fn of(batch: &'a Batch, gtin: Gtin, host: Option<&'a Host>) -> Self {
        Self { length: batch.length, sscc: batch.sscc, gtin, lot: &batch.lot, host }
    }
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) name: String,
    pub(crate) part: Part,
    pub(crate) serials: Serials,
}

/// Whether a link is written anywhere.
pub(crate) fn needs_host(new: &NewPackage) -> bool {
    if new.format.has_columns() {
        let is_link = |column: &Column| matches!(column, Column::Link | Column::DigitalLink | Column::SsccLink);
        new.columns.is_empty() || new.columns.iter().any(is_link)
    } else {
        new.form != WrittenAs::Code
    }
}

/// What is in the package that is asked for, every default filled in.
pub(crate) fn contents_of(new: &NewPackage, batch: &Batch, gtin: Gtin, host: Option<&Host>) -> Result<Contents, Error> {
    let parts = if new.parts.is_empty() { all_parts(batch) } else { new.parts.clone() };
    check_parts(&parts, batch)?;
    let columns = columns_of(new, batch)?;
    check_ssccs(new, &columns, &parts, batch.sscc)?;
    let mut contents = Contents {
        parts,
        format: new.format,
        form: new.form,
        columns,
        codes_per_file: new.codes_per_file,
        origin: host.map(Host::origin),
    };
    if contents.codes_per_file == Some(0) {
        return Err(PackageError::FileSize { given: 0 }.into());
    }
    if let Some(bytes) = new.bytes_per_file {
        let facts = Facts::of(batch, gtin, host);
        let fits = contents.parts.iter().map(|part| Line::of(&contents, *part, &facts).codes_within(bytes));
        // Files of all parts are cut alike.
        let codes = fits.min().unwrap_or_default();
        if codes == 0 || contents.format.is_picture() {
            return Err(PackageError::FileSize { given: bytes }.into());
        }
        contents.codes_per_file = Some(codes.min(contents.codes_per_file.unwrap_or(codes)));
    }
    Ok(contents)
}

fn all_parts(batch: &Batch) -> Vec<Part> {
    let packing = batch.packing();
    let levels = Level::ALL.into_iter().filter(|level| packing.count(*level) > 0);
    let parts = levels.flat_map(|level| Face::ALL.map(|face| Part { level, face }));
    parts.filter(|part| batch.faces.include(part.level, part.face)).collect()
}

fn check_parts(parts: &[Part], batch: &Batch) -> Result<(), Error> {
    let mut seen = HashSet::new();
    for part in parts {
        let Part { level, face } = *part;
        if !seen.insert(*part) {
            return Err(PackageError::Twice { what: format!("{level} {face}") }.into());
        }
        if !batch.faces.include(level, face) {
            return Err(Error::NoSuchFace { face, level });
        }
        if batch.packing().count(level) == 0 {
            return Err(Error::NoSuchSerials { level, serials: Serials::new(0, 0), count: 0 });
        }
    }
    Ok(())
}

fn columns_of(new: &NewPackage, batch: &Batch) -> Result<Vec<Column>, Error> {
    if !new.format.has_columns() {
        return if new.columns.is_empty() { Ok(Vec::new()) } else { Err(PackageError::Columns.into()) };
    }
    if new.columns.is_empty() {
        return Ok(vec![Column::Serial, Column::Link]);
    }
    let mut seen = HashSet::new();
    for column in &new.columns {
        if !seen.insert(*column) {
            return Err(PackageError::Twice { what: format!("column {}", column.name()) }.into());
        }
        if let Some(level) = column.pack()
            && (batch.association == Association::OnLine || batch.packing().count(level) == 0)
        {
            return Err(PackageError::NoPack { level }.into());
        }
    }
    Ok(new.columns.clone())
}

/// SSCCs are asked for only where packs bear them.
fn check_ssccs(new: &NewPackage, columns: &[Column], parts: &[Part], sscc: SsccUse) -> Result<(), Error> {
    let bears_none = |part: &&Part| !sscc.includes(part.level);
    let without = parts.iter().find(bears_none);
    let is_form = !new.format.has_columns() && new.form == WrittenAs::Sscc;
    let is_column = columns.iter().any(|column| column.is_sscc());
    // A column is left out of the files of other packs, but some must have it.
    match without {
        Some(part) if is_form || (is_column && parts.iter().all(|part| bears_none(&part))) => {
            Err(PackError::NoSscc { level: part.level }.into())
        }
        _ => Ok(()),
    }
}

/// The files of a package, level by level, within the limits.
pub(crate) fn files_of(contents: &Contents, packing: &Packing) -> Result<Vec<Planned>, Error> {
    let is_picture = contents.format.is_picture();
    let per_file = if is_picture { 1 } else { contents.codes_per_file.unwrap_or(u64::MAX) };
    let count = |part: &Part| packing.count(part.level).div_ceil(per_file);
    let files = contents.parts.iter().map(count).sum();
    let max = if is_picture { PICTURES_MAX } else { FILES_MAX };
    if files > max {
        return Err(PackageError::Files { files, max }.into());
    }
    let mut planned = Vec::new();
    for part in &contents.parts {
        let codes = packing.count(part.level);
        for number in 0..count(part) {
            let first = number * per_file;
            let serials = Serials::new(first, first.saturating_add(per_file - 1).min(codes - 1));
            planned.push(Planned { name: name_of(contents, *part, number), part: *part, serials });
        }
    }
    Ok(planned)
}

/// Names can be read without the password, so they tell no code.
fn name_of(contents: &Contents, part: Part, number: u64) -> String {
    use crate::types::package::Format;
    let (folder, digits, number, extension) = match contents.format {
        Format::Txt => ("-", 5, number + 1, "txt"),
        Format::Csv => ("-", 5, number + 1, "csv"),
        Format::JsonLines => ("-", 5, number + 1, "jsonl"),
        Format::Svg => ("/", 8, number, "svg"),
        Format::Png => ("/", 8, number, "png"),
    };
    format!("{}-{}{folder}{number:0digits$}.{extension}", part.level, part.face)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::package::Format;

    const PACKING: Packing = Packing { items: 100, items_per_box: 0, items_per_case: 12, cases_per_pallet: 0 };

    fn contents(format: Format, codes_per_file: Option<u64>) -> Contents {
        let parts =
            vec![Part { level: Level::Item, face: Face::Inner }, Part { level: Level::Case, face: Face::Outer }];
        let (form, columns, origin) = (WrittenAs::Code, Vec::new(), None);
        Contents { parts, format, form, columns, codes_per_file, origin }
    }

    /// 100 items on rolls of 40: 40, 40, 20. Nine cases fit on one.
    #[test]
    fn a_level_is_cut_by_roll_and_the_last_file_holds_the_rest() {
        let files = files_of(&contents(Format::Txt, Some(40)), &PACKING).unwrap();
        let told: Vec<_> =
            files.iter().map(|file| (file.name.as_str(), file.serials.first, file.serials.last)).collect();
        let expected = [
            ("item-inner-00001.txt", 0, 39),
            ("item-inner-00002.txt", 40, 79),
            ("item-inner-00003.txt", 80, 99),
            ("case-outer-00001.txt", 0, 8),
        ];
        assert_eq!(told, expected);
        assert_eq!(files_of(&contents(Format::Csv, None), &PACKING).unwrap().len(), 2);
    }

    #[test]
    fn pictures_have_a_file_each_and_both_kinds_have_a_limit() {
        let files = files_of(&contents(Format::Svg, None), &PACKING).unwrap();
        assert_eq!((files.len(), files[99].name.as_str()), (109, "item-inner/00000099.svg"));
        let many = Packing { items: PICTURES_MAX + 1, ..PACKING };
        assert!(matches!(
            files_of(&contents(Format::Png, None), &many),
            Err(Error::Package(PackageError::Files { .. }))
        ));
        let many = Packing { items: FILES_MAX + 1, ..PACKING };
        assert!(matches!(
            files_of(&contents(Format::Txt, Some(1)), &many),
            Err(Error::Package(PackageError::Files { .. }))
        ));
    }
}
