//! Rows of a file as codes that were made elsewhere. The whole file is looked at before anything of it is taken, and one row that cannot be
//! taken keeps all of it out: a batch has the codes of its list or none.

use std::sync::{Arc, OnceLock};

use tallymark_goods::ListError;
use tallymark_goods::rules::listing::Label;
use tallymark_goods::rules::listing::survey::{ListFlaw, ListRow, Numbering, Survey, Surveyed, Taken, Wanted};
use tallymark_tables::{Header, Row};

use crate::cells::{Column, code_text};
use crate::mapping::CodesMapping;
use crate::pieces::{Assemble, Piece, Refused};
use crate::{Error, Reject};

/// What a first look at the file found, for whoever takes its rows.
pub(crate) type Found = Arc<OnceLock<Surveyed>>;

/// Gives the codes of rows their serials.
pub(crate) struct Assembler {
    columns: Vec<(Label, Column)>,
    survey: Option<Survey>,
    numbering: Numbering,
    found: Found,
}

impl Assembler {
    /// Finds the columns of a mapping. Fails where the file has not all of them.
    pub(crate) fn of(mapping: &CodesMapping, header: &Header, wanted: &Wanted, found: &Found) -> Result<Self, Error> {
        Ok(Self {
            columns: columns(mapping, header)?,
            survey: Some(Survey::new(wanted.clone())),
            numbering: Numbering::new(wanted.clone()),
            found: found.clone(),
        })
    }

    /// What a row has, for whom it is only shown.
    pub(crate) fn previewed(&mut self, row: &Row) -> Result<Taken, Reject> {
        let texts = texts(&self.columns, row).map_err(|flaw| self.reject(flaw))?;
        self.numbering.next(ListRow { line: row.line, texts }).map_err(|flaw| self.reject(flaw))
    }

    fn reject(&self, flaw: ListFlaw) -> Reject {
        let column = self.columns.iter().find(|(label, _)| Some(*label) == flaw.label);
        let column = column.map(|(_, column)| column.name.clone());
        Reject { line: flaw.line, column, code: flaw.code.to_owned(), reason: flaw.reason }
    }
}

/// The columns that a mapping names.
pub(crate) fn columns(mapping: &CodesMapping, header: &Header) -> Result<Vec<(Label, Column)>, Error> {
    mapping.check()?;
    mapping.columns().map(|(label, name)| Ok((label, Column::of(header, name)?))).collect()
}

fn texts<'r>(columns: &[(Label, Column)], row: &'r Row) -> Result<[Option<&'r str>; 5], ListFlaw> {
    let mut texts = [None; 5];
    for (label, column) in columns {
        let of_label = |(code, reason)| ListFlaw { line: row.line, label: Some(*label), code, reason };
        texts[usize::from(label.number())] = code_text(row, column).map_err(of_label)?;
    }
    Ok(texts)
}

impl Assemble for Assembler {
    type Unit = Taken;

    const BATCH: (usize, u64) = (20_000, 20_000);

    fn look(&mut self, row: &Row) {
        let Some(survey) = &mut self.survey else { return };
        match texts(&self.columns, row) {
            Ok(texts) => survey.look(ListRow { line: row.line, texts }),
            Err(flaw) => survey.refuse(flaw),
        }
    }

    fn looked(&mut self) -> Result<(), Refused> {
        let Some(survey) = self.survey.take() else { return Ok(()) };
        match survey.end() {
            Ok(surveyed) => {
                // Set once: a file is looked at once for each run.
                let _ = self.found.set(surveyed);
                Ok(())
            }
            Err((error, flaws)) => {
                let rejects = flaws.into_iter().map(|flaw| self.reject(flaw)).collect();
                Err(Refused { error: tallymark_goods::Error::List(error).into(), rejects })
            }
        }
    }

    fn row(&mut self, row: Row, out: &mut dyn FnMut(Piece<Taken>)) -> Result<(), Error> {
        let taken = self.previewed(&row);
        // Every row was looked at before: another file stands in the place of the first.
        let taken = taken.map_err(|_| tallymark_goods::Error::List(ListError::Rows { rows: 1 }))?;
        out(Piece { unit: Some(taken), rows: 1, rejects: Vec::new() });
        Ok(())
    }
}
