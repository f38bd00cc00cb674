//! Rows put together as documents.

use tallymark_base::Timestamp;
use tallymark_goods::UNITS_MAX;
use tallymark_tables::{Header, Row};

use super::plan::Plan;
use super::{Document, Label, Said};
use crate::cells::{Column, Flaw};
use crate::mapping::{FileOperation, OperationsMapping};
use crate::members::Defaults;
use crate::pieces::Piece;
use crate::together::{Gather, REJECTS_MAX, Rows, Together};
use crate::{Error, Reject};

/// Documents of one transaction.
const DOCUMENTS_MAX: usize = 64;
/// Rows of one transaction; a document that has more is one by itself.
const ROWS_MAX: u64 = 4_096;

/// Makes documents out of rows.
pub(crate) type Assembler = Together<Documents>;

/// Says what rows of one document are.
pub(crate) struct Documents {
    plan: Plan,
}

impl Assembler {
    /// Finds the columns of a mapping. Fails where the file has not all of them.
    pub(crate) fn of(mapping: &OperationsMapping, header: &Header, defaults: &Defaults) -> Result<Self, Error> {
        Ok(Self::new(Documents { plan: Plan::new(mapping, header, defaults)? }))
    }
}

/// A document some of whose rows were read.
#[derive(Default)]
pub(crate) struct Open {
    operation: Alike<FileOperation>,
    organisation: Alike<String>,
    from: Alike<String>,
    pack: Alike<String>,
    at: Option<Timestamp>,
    labels: Vec<Label>,
    rejects: Vec<Reject>,
    is_refused: bool,
}

/// What all rows of a document say alike. A row that is silent says nothing.
struct Alike<T> {
    said: Option<(u64, T)>,
    /// The line of a row that says something else.
    other: Option<u64>,
}

impl<T> Default for Alike<T> {
    fn default() -> Self {
        Self { said: None, other: None }
    }
}

impl<T: PartialEq> Alike<T> {
    fn say(&mut self, line: u64, value: T) {
        match &self.said {
            None => self.said = Some((line, value)),
            Some((_, known)) if *known == value => {}
            Some(_) => self.other = self.other.or(Some(line)),
        }
    }
}

impl Gather for Documents {
    type Unit = Document;
    type Open = Open;

    const BATCH: (usize, u64) = (DOCUMENTS_MAX, ROWS_MAX);
    const IN_TURN: bool = true;

    fn number(&self) -> &[Column] {
        &self.plan.document
    }

    fn begin(&self, _: &Row) -> Open {
        Open::default()
    }

    fn add(&self, open: &mut Open, row: &Row) {
        let plan = &self.plan;
        if let Some(place) = row.beyond {
            let reason = format!("there is something in column {place}, which has no name; is a quote missing?");
            open.note(Flaw::of_row("beyond_header", reason), row.line);
        }
        match plan.operation(row) {
            Ok(Some(operation)) => open.operation.say(row.line, operation),
            Ok(None) => {}
            Err(flaw) => open.refuse(flaw, row.line),
        }
        match plan.time(row) {
            Ok(at) => open.at = [open.at, at].into_iter().flatten().min(),
            Err(flaw) => open.refuse(flaw, row.line),
        }
        let told = [
            (Plan::below(plan.organisation.as_ref(), row), &mut open.organisation),
            (Plan::below(plan.from.as_ref(), row), &mut open.from),
            (Plan::label_below(plan.pack.as_ref(), row), &mut open.pack),
        ];
        let mut flaws = Vec::new();
        for (told, alike) in told {
            match told {
                Ok(Some(text)) => alike.say(row.line, text),
                Ok(None) => {}
                Err(flaw) => flaws.push(flaw),
            }
        }
        flaws.into_iter().for_each(|flaw| open.refuse(flaw, row.line));
        match plan.label(row) {
            // One more than fit: the document is refused, and what comes now is only counted.
            Ok(label) if open.labels.len() <= UNITS_MAX => open.labels.push(label),
            Ok(_) => {}
            Err(flaw) => open.refuse(flaw, row.line),
        }
    }

    fn whole(&self, of: Rows<Open>) -> Piece<Document> {
        let Rows { number, line, rows, mut open, .. } = of;
        let operation = self.operation(&mut open, line);
        if open.labels.len() > UNITS_MAX {
            let reason =
                format!("a document has at most {UNITS_MAX} rows; join neighbouring codes into runs, or cut it");
            open.refuse(Flaw::of_row("too_many_codes", reason), line);
        }
        let unit = match operation {
            Some(operation) if !open.is_refused => Some(self.document(number, line, rows, operation, &mut open)),
            _ => None,
        };
        Piece { unit, rows, rejects: open.rejects }
    }

    fn without_number(&self, row: &Row) -> Flaw {
        self.plan.without_number(row)
    }

    /// Documents are taken in the sequence of time. What has none is refused, whenever.
    fn place_of(&self, row: &Row) -> i64 {
        self.plan.time(row).ok().flatten().map_or(0, |at| at.0)
    }
}

impl Documents {
    /// What is done by a document, and whether all is said that it needs.
    fn operation(&self, open: &mut Open, line: u64) -> Option<FileOperation> {
        let plan = &self.plan;
        open.agree(|open| open.operation.other, plan.operation.as_ref());
        let said = open.operation.said.as_ref().map(|(_, operation)| *operation);
        let Some(operation) = said.or(plan.constant) else {
            // A word that is unknown is told already.
            if !open.is_refused {
                let name = plan.operation.as_ref().map(|column| &column.name);
                open.refuse(Flaw::named(name, "no_operation", "there is no word for what is done"), line);
            }
            return None;
        };
        if operation.names_organisation() {
            open.agree(|open| open.organisation.other, plan.organisation.as_ref());
            if open.organisation.said.is_none() && plan.organisation_constant.is_none() {
                let name = plan.organisation.as_ref().map(|column| &column.name);
                open.refuse(Flaw::named(name, "no_organisation", "it does not say who gets or has the goods"), line);
            }
        }
        if operation == FileOperation::Ship {
            open.agree(|open| open.from.other, plan.from.as_ref());
        }
        if operation == FileOperation::Pack {
            open.agree(|open| open.pack.other, plan.pack.as_ref());
            if open.pack.said.is_none() {
                let name = plan.pack.as_ref().map(|column| &column.name);
                open.refuse(Flaw::named(name, "no_pack", "there is no code of the pack that these are put into"), line);
            }
        }
        Some(operation)
    }

    /// What is said of an operation, and nothing that it does not need.
    fn document(&self, number: String, line: u64, rows: u64, operation: FileOperation, open: &mut Open) -> Document {
        let said = |alike: &mut Alike<String>, constant: Option<&String>| {
            let said = alike.said.take().map(|(line, text)| Said { line, text });
            said.or_else(|| constant.map(|text| Said { line, text: text.clone() }))
        };
        let plan = &self.plan;
        let is = |wanted: FileOperation| operation == wanted;
        let organisation = operation.names_organisation();
        Document {
            number,
            line,
            rows,
            operation,
            organisation: organisation
                .then(|| said(&mut open.organisation, plan.organisation_constant.as_ref()))
                .flatten(),
            from: is(FileOperation::Ship).then(|| said(&mut open.from, plan.from_constant.as_ref())).flatten(),
            pack: is(FileOperation::Pack).then(|| said(&mut open.pack, None)).flatten(),
            labels: std::mem::take(&mut open.labels),
            at: open.at,
        }
    }
}

impl Open {
    /// Refuses a document whose rows say different things below a column.
    fn agree(&mut self, other: impl Fn(&Self) -> Option<u64>, column: Option<&Column>) {
        if let Some(line) = other(self) {
            let reason = "it says something else than another row of the same document; do the columns named under \
                          `document` tell documents apart?";
            let name = column.map(|column| &column.name);
            self.refuse(Flaw::named(name, "document_contradicts", reason), line);
        }
    }

    fn refuse(&mut self, flaw: Flaw, line: u64) {
        self.is_refused = true;
        self.note(flaw, line);
    }

    fn note(&mut self, flaw: Flaw, line: u64) {
        if self.rejects.len() < REJECTS_MAX {
            self.rejects.push(flaw.at(line));
        }
    }
}
