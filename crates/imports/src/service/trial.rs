//! An import that changes nothing: every row is read and put together.

use std::ops::ControlFlow;

use tallymark_goods::rules::listing::survey::Wanted;
use tallymark_tables::{Header, Options, Row, Sink, Source, read};

use super::run::Looking;
use crate::members::Defaults;
use crate::pieces::{Assemble, Piece, Refused};
use crate::{Error, FileMapping, REJECTS_MAX, Reject, articles, codes, members, operations, orders};

/// What an import would take and leave out. Who was erased, which orders were recorded before, and what codes are and where, is known
/// to the database alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trial {
    /// Rows below the header.
    pub rows: u64,
    /// Rows that would be taken.
    pub accepted: u64,
    /// What would be left out.
    pub rejects: u64,
    /// The first [`REJECTS_MAX`] of them.
    pub kept: Vec<Reject>,
}

/// Reads a file whole by a mapping. It blocks. A list of codes is read for what [`wanted`] says of its batch.
pub fn trial(
    source: &Source,
    options: &Options,
    mapping: &FileMapping,
    defaults: &Defaults,
    wanted: Option<&Wanted>,
) -> Result<Trial, Error> {
    match mapping {
        FileMapping::Members(mapping) => {
            tried(source, options, |header| members::Assembler::new(mapping, header, defaults))
        }
        FileMapping::Orders(mapping) => {
            tried(source, options, |header| orders::Assembler::of(mapping, header, defaults))
        }
        FileMapping::Operations(mapping) => {
            tried(source, options, |header| operations::Assembler::of(mapping, header, defaults))
        }
        FileMapping::Articles(mapping) => tried(source, options, |header| articles::Assembler::new(mapping, header)),
        FileMapping::Codes(mapping) => {
            let wanted = wanted.ok_or_else(|| Error::Internal("a list for no batch".to_owned()))?;
            let found = codes::Found::default();
            tried(source, options, |header| codes::Assembler::of(mapping, header, wanted, &found))
        }
    }
}

/// Whether a file with these columns is one that the mapping is for.
pub fn fits(mapping: &FileMapping, header: &Header, defaults: &Defaults) -> Result<(), Error> {
    match mapping {
        FileMapping::Members(mapping) => members::Assembler::new(mapping, header, defaults).map(drop),
        FileMapping::Orders(mapping) => orders::Assembler::of(mapping, header, defaults).map(drop),
        FileMapping::Operations(mapping) => operations::Assembler::of(mapping, header, defaults).map(drop),
        FileMapping::Articles(mapping) => articles::Assembler::new(mapping, header).map(drop),
        FileMapping::Codes(mapping) => codes::columns(mapping, header).map(drop),
    }
}

fn tried<A: Assemble>(
    source: &Source,
    options: &Options,
    make: impl Fn(&Header) -> Result<A, Error>,
) -> Result<Trial, Error> {
    let mut looking = Looking { make, assembler: None, rows: 0 };
    read(source, options, &mut looking)?;
    let mut assembler = looking.assembler.unwrap_or_else(|| Err(tallymark_tables::Error::Empty.into()))?;
    if let Err(Refused { error, rejects }) = assembler.looked() {
        if rejects.is_empty() {
            return Err(error);
        }
        let (rows, count) = (looking.rows, rejects.len() as u64);
        return Ok(Trial { rows, accepted: 0, rejects: count, kept: rejects });
    }
    let mut trying = Trying { assembler, trial: Trial::default(), failed: None };
    read(source, options, &mut trying)?;
    let Trying { mut assembler, mut trial, failed } = trying;
    assembler.end(&mut |piece| trial.add(piece));
    failed.map_or(Ok(trial), Err)
}

impl Trial {
    fn add<U>(&mut self, piece: Piece<U>) {
        self.rows += piece.rows;
        self.accepted += if piece.unit.is_some() { piece.rows } else { 0 };
        self.rejects += piece.rejects.len() as u64;
        let room = usize::try_from(REJECTS_MAX).unwrap_or(usize::MAX) - self.kept.len();
        self.kept.extend(piece.rejects.into_iter().take(room));
    }
}

struct Trying<A> {
    assembler: A,
    trial: Trial,
    failed: Option<Error>,
}

impl<A: Assemble> Sink for Trying<A> {
    fn header(&mut self, _: &Header) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn row(&mut self, row: Row) -> ControlFlow<()> {
        let Self { assembler, trial, failed } = self;
        *failed = assembler.row(row, &mut |piece| trial.add(piece)).err();
        if failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
