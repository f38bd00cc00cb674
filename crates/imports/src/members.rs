//! Rows of a file as members: pure, from a mapping, a header and a row.

mod plan;

use tallymark_base::Timestamp;
use tallymark_people::rules::profile::{NOTHING, normal};
use tallymark_people::{Identifier, IdentifierKind};
use tallymark_tables::{Cell, Header, Row, moment};

use plan::{ConsentPlan, IdentifierPlan};
pub use plan::{Defaults, Plan};

use crate::pieces::{Assemble, Piece};
use crate::{Error, MembersMapping, ROWS_MAX, Reject};

/// What a row says of a person. It is personal: it has no `Debug` that shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Member {
    /// Where it stands.
    pub line: u64,
    /// By what the person can be known; at least one.
    pub identifiers: Vec<Identifier>,
    /// Fields, by the place of their column in [`Plan::fields`].
    pub values: Vec<(usize, String)>,
    /// What was allowed or taken back.
    pub consents: Vec<Allowed>,
    /// Since when.
    pub at: Timestamp,
}

/// What a row says of a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed {
    /// The place of its column in the mapping.
    pub column: usize,
    /// The place of the identifier in the row for which it counts.
    pub identifier: usize,
    /// Whether it was given; otherwise it was taken back.
    pub given: bool,
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Member(line {}, {} identifiers, hidden)", self.line, self.identifiers.len())
    }
}

/// What a row says; `None` where nobody can be known by it, or where its time cannot be told, since every value hangs on it.
/// Adds what is left out, and why, to `rejects`.
pub fn mapped(plan: &Plan, row: &Row, rejects: &mut Vec<Reject>) -> Option<Member> {
    let mut told = Told { plan, row, rejects };
    if let Some(place) = row.beyond {
        told.reject(
            None,
            "beyond_header",
            format!("there is something in column {place}, which has no name; is a quote missing?"),
        );
    }
    let at = told.time()?;
    let (identifiers, kinds) = told.identifiers();
    if identifiers.is_empty() {
        told.reject(None, "no_identifier", "there is nothing by which the person can be known".to_owned());
        return None;
    }
    let values = told.values(at);
    let consents = told.consents(&kinds);
    Some(Member { line: row.line, identifiers, values, consents, at })
}

struct Told<'a> {
    plan: &'a Plan,
    row: &'a Row,
    rejects: &'a mut Vec<Reject>,
}

impl<'a> Told<'a> {
    fn reject(&mut self, column: Option<&str>, code: &str, reason: String) {
        let column = column.map(str::to_owned);
        self.rejects.push(Reject { line: self.row.line, column, code: code.to_owned(), reason });
    }

    /// The text of a cell; `None` where it says nothing, which is told where something else stands there.
    fn text(&mut self, place: usize, column: &str) -> Option<&'a str> {
        let row = self.row;
        match row.cells.get(place)? {
            Cell::Empty => None,
            // What databases write where there is nothing. A profile would take it for a wish to clear the field.
            Cell::Text(text) if text.eq_ignore_ascii_case(NOTHING) || text == "\\N" => None,
            Cell::Text(text) => Some(text),
            Cell::Flawed(flaw) => {
                self.reject(Some(column), flaw.name(), flaw.to_string());
                None
            }
        }
    }

    fn time(&mut self) -> Option<Timestamp> {
        let plan = self.plan;
        let Some((place, column)) = &plan.time else { return Some(plan.otherwise) };
        let flaws = self.rejects.len();
        let Some(text) = self.text(*place, column) else {
            return (self.rejects.len() == flaws).then_some(plan.otherwise);
        };
        let at = moment(text, plan.format, &plan.zone);
        if at.is_none() {
            let reason =
                "that is no moment in the form of this column; the row is left out, as all it says hangs on it";
            self.reject(Some(column), "malformed_time", reason.to_owned());
        }
        // A clock that goes wrong must not win for ever.
        at.map(|at| at.min(plan.latest))
    }

    fn identifiers(&mut self) -> (Vec<Identifier>, Vec<IdentifierKind>) {
        let plan = self.plan;
        let mut found: Vec<Identifier> = Vec::with_capacity(plan.identifiers.len());
        for IdentifierPlan { place, column, kind, scope } in &plan.identifiers {
            let Some(text) = self.text(*place, column) else { continue };
            let scoped = scope.as_ref().map(|scope| format!("{scope}:{text}"));
            match Identifier::parse(*kind, scoped.as_deref().unwrap_or(text)) {
                Err(error) => self.reject(Some(column), "malformed_identifier", error.to_string()),
                Ok(identifier) => match identifier.unusable() {
                    Some(why) => {
                        self.reject(Some(column), "unusable_identifier", format!("{why}: it identifies nobody"))
                    }
                    None if found.contains(&identifier) => {}
                    None => found.push(identifier),
                },
            }
        }
        let kinds = found.iter().map(Identifier::kind).collect();
        (found, kinds)
    }

    fn values(&mut self, at: Timestamp) -> Vec<(usize, String)> {
        let plan = self.plan;
        let mut values = Vec::with_capacity(plan.fields.len());
        for (number, field) in plan.fields.iter().enumerate() {
            let Some(text) = self.text(field.place, &field.column) else { continue };
            match normal(&field.name, text, at) {
                Ok(_) => values.push((number, text.to_owned())),
                Err(why) => self.reject(Some(&field.column), "malformed_value", why.to_string()),
            }
        }
        values
    }

    fn consents(&mut self, kinds: &[IdentifierKind]) -> Vec<Allowed> {
        let plan = self.plan;
        let mut consents = Vec::with_capacity(plan.consents.len());
        for (number, ConsentPlan { place, column, yes, no, identifier }) in plan.consents.iter().enumerate() {
            let Some(text) = self.text(*place, column) else { continue };
            let word = text.to_lowercase();
            let given = match (yes.contains(&word), no.contains(&word)) {
                (true, _) => true,
                (false, true) => false,
                (false, false) => {
                    let reason = "that is none of the words that the mapping knows for yes and no".to_owned();
                    self.reject(Some(column), "unknown_word", reason);
                    continue;
                }
            };
            let whose = identifier.map_or(Some(0), |kind| kinds.iter().position(|own| *own == kind));
            let Some(whose) = whose else {
                let reason = "the row has no identifier of the kind that this consent counts for".to_owned();
                self.reject(Some(column), "consent_of_nobody", reason);
                continue;
            };
            consents.push(Allowed { column: number, identifier: whose, given });
        }
        consents
    }
}

/// Makes members out of rows.
#[derive(Debug)]
pub(crate) struct Assembler {
    plan: Plan,
}

impl Assembler {
    /// Finds the columns of a mapping. Fails where the file has not all of them.
    pub(crate) fn new(mapping: &MembersMapping, header: &Header, defaults: &Defaults) -> Result<Self, Error> {
        Ok(Self { plan: Plan::new(mapping, header, defaults)? })
    }
}

impl Assemble for Assembler {
    type Unit = Member;

    const BATCH: (usize, u64) = (ROWS_MAX, ROWS_MAX as u64);

    fn row(&mut self, row: Row, out: &mut dyn FnMut(Piece<Member>)) -> Result<(), Error> {
        let mut rejects = Vec::new();
        let unit = mapped(&self.plan, &row, &mut rejects);
        out(Piece { unit, rows: 1, rejects });
        Ok(())
    }
}
