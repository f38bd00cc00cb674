//! A mapping of operations and the header of a file, put together.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use tallymark_base::Timestamp;
use tallymark_tables::{Header, Row, TimeFormat, moment};

use super::Label;
use crate::Error;
use crate::cells::{Column, Flaw, has_exponent, text};
use crate::mapping::{FileOperation, OperationsMapping, OrganisationColumn, plain};
use crate::members::Defaults;

/// Where in a row is what.
pub(super) struct Plan {
    pub(super) document: Vec<Column>,
    pub(super) operation: Option<Column>,
    words: BTreeMap<String, FileOperation>,
    pub(super) constant: Option<FileOperation>,
    code: Column,
    last: Option<Column>,
    pub(super) pack: Option<Column>,
    pub(super) organisation: Option<Column>,
    pub(super) organisation_constant: Option<String>,
    pub(super) from: Option<Column>,
    pub(super) from_constant: Option<String>,
    time: Option<Column>,
    pub(super) has_time: bool,
    format: TimeFormat,
    zone: TimeZone,
    otherwise: Option<Timestamp>,
}

impl Plan {
    /// Finds the columns of a mapping. Fails where the file has not all of them.
    pub(super) fn new(mapping: &OperationsMapping, header: &Header, defaults: &Defaults) -> Result<Self, Error> {
        mapping.check()?;
        let optional = |name: &Option<String>| Column::optional(header, name.as_ref());
        let of = |of: &Option<OrganisationColumn>| -> Result<(Option<Column>, Option<String>), Error> {
            let Some(of) = of else { return Ok((None, None)) };
            Ok((optional(&of.column)?, of.constant.as_ref().map(|text| text.trim().to_owned())))
        };
        let zone = match &mapping.zone {
            None => defaults.zone.clone(),
            Some(name) => TimeZone::get(name)
                .map_err(|error| Error::Mapping { at: "zone".to_owned(), reason: error.to_string() })?,
        };
        let time = mapping.time.clone().unwrap_or_default();
        let (organisation, organisation_constant) = of(&mapping.organisation)?;
        let (from, from_constant) = of(&mapping.from)?;
        Ok(Self {
            document: Column::all(header, &mapping.document)?,
            operation: optional(&mapping.operation.column)?,
            words: mapping.operation.table(),
            constant: mapping.operation.constant,
            code: Column::of(header, &mapping.code)?,
            last: optional(&mapping.last)?,
            pack: optional(&mapping.pack)?,
            organisation,
            organisation_constant,
            from,
            from_constant,
            time: optional(&time.column)?,
            has_time: mapping.time.is_some(),
            format: time.format,
            otherwise: time.constant.as_deref().and_then(|text| moment(text, time.format, &zone)),
            zone,
        })
    }

    /// What a row says is done; `None` where its cell is empty.
    pub(super) fn operation(&self, row: &Row) -> Result<Option<FileOperation>, Flaw> {
        let Some(column) = &self.operation else { return Ok(None) };
        let Some(word) = text(row, column)? else { return Ok(None) };
        let known = self.words.get(&plain(word)).copied();
        let reason = "that is none of the words that the mapping knows for what is done";
        known.map_or_else(|| Err(Flaw::of(column, "unknown_operation", reason)), |known| Ok(Some(known)))
    }

    /// When a row says that it was done; `None` where the mapping names no time.
    pub(super) fn time(&self, row: &Row) -> Result<Option<Timestamp>, Flaw> {
        if !self.has_time {
            return Ok(None);
        }
        let nothing = "there is no time, and it is told when this was done; give a constant for rows without one";
        let Some(column) = &self.time else {
            return self.otherwise.map_or_else(|| Err(Flaw::of_row("no_time", nothing)), |at| Ok(Some(at)));
        };
        match text(row, column)? {
            None => self.otherwise.map_or_else(|| Err(Flaw::of(column, "no_time", nothing)), |at| Ok(Some(at))),
            Some(text) => match moment(text, self.format, &self.zone) {
                None => Err(Flaw::of(column, "malformed_time", "that is no moment in the form of this column")),
                at => Ok(at),
            },
        }
    }

    /// The code, or the run of codes, that a row names.
    pub(super) fn label(&self, row: &Row) -> Result<Label, Flaw> {
        let first = text(row, &self.code)?.ok_or_else(|| Flaw::of(&self.code, "code_missing", "there is no code"))?;
        let last = match &self.last {
            None => None,
            Some(column) => text(row, column)?.map(|text| kept(column, text)).transpose()?,
        };
        Ok(Label { line: row.line, first: kept(&self.code, first)?, last })
    }

    /// The text below a column, where it is one that a code may be.
    pub(super) fn label_below(column: Option<&Column>, row: &Row) -> Result<Option<String>, Flaw> {
        let Some(column) = column else { return Ok(None) };
        text(row, column)?.map(|text| kept(column, text)).transpose()
    }

    /// The text below a column.
    pub(super) fn below(column: Option<&Column>, row: &Row) -> Result<Option<String>, Flaw> {
        column.map_or(Ok(None), |column| Ok(text(row, column)?.map(str::to_owned)))
    }

    /// What is wrong about a row without a number.
    pub(super) fn without_number(&self, row: &Row) -> Flaw {
        for column in &self.document {
            match text(row, column) {
                Err(flaw) => return flaw,
                Ok(None) => return Flaw::of(column, "no_document", "there is no number of a document"),
                Ok(Some(_)) => {}
            }
        }
        Flaw::of_row("no_document", "there is no number of a document")
    }
}

/// A text that may be a code. A number that a spreadsheet wrote with an exponent has lost its last digits.
fn kept(column: &Column, text: &str) -> Result<String, Flaw> {
    if has_exponent(text) {
        let flaw = tallymark_tables::Flaw::Imprecise;
        return Err(Flaw::of(column, flaw.name(), flaw));
    }
    Ok(text.to_owned())
}
