//! What a document asks for, by the brand's catalogue and channel tree: pure.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};
use tallymark_base::id::{BatchId, OrganisationId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_codes::{CodeText, Level, Sscc, SsccError, code_of};
use tallymark_goods::rules::runs::merged;
use tallymark_goods::{CodeReader, Found, NewOperation, Serials, Unit};

use super::{Document, Label, Said};
use crate::Reject;
use crate::cells::Flaw;
use crate::keys::Hash;
use crate::mapping::{FileOperation, OperationsMapping};

/// Rejects of one document that are told.
const REJECTS_MAX: usize = 20;

/// By what texts are understood.
pub(crate) struct Names<'a> {
    pub(crate) reader: &'a CodeReader<'a>,
    /// The organisations that each text may mean, as far as the caller sees them.
    pub(crate) organisations: &'a HashMap<String, Vec<OrganisationId>>,
    pub(crate) mapping: &'a OperationsMapping,
}

/// What a document asks for.
pub(crate) struct Asked {
    pub(crate) what: What,
    /// When; now where the file does not say it.
    pub(crate) at: Option<Timestamp>,
    /// What each row named.
    lines: Vec<(u64, Unit)>,
    /// The pack, with its line.
    pack: Option<(u64, Unit)>,
}

/// Something to be done with goods.
pub(crate) enum What {
    /// What goods take as it is.
    Operation(NewOperation),
    /// Goods go back; to whom is known when what comes before is done.
    Return(Vec<Unit>),
}

impl Names<'_> {
    /// What a document asks for, or everything that is wrong with it.
    pub(crate) fn asked(&self, document: &Document) -> Result<Asked, Vec<Reject>> {
        let mut rejects = Vec::new();
        let mut lines = Vec::with_capacity(document.labels.len());
        for label in &document.labels {
            match self.unit(label) {
                Ok(unit) => lines.push((label.line, unit)),
                Err(flaw) => rejects.push(flaw.at(label.line)),
            }
            if rejects.len() >= REJECTS_MAX {
                return Err(rejects);
            }
        }
        let mapping = self.mapping;
        let pack = document.pack.as_ref().and_then(|said| {
            let found = self.found(mapping.pack.as_ref(), &said.text);
            kept(found.map(|found| (said.line, unit_of(&found))), said.line, &mut rejects)
        });
        let mut organisation = |said: &Option<Said>, of: &Option<crate::mapping::OrganisationColumn>| {
            let said = said.as_ref()?;
            let column = of.as_ref().and_then(|of| of.column.as_ref());
            kept(self.organisation(column, &said.text), said.line, &mut rejects)
        };
        let to = organisation(&document.organisation, &mapping.organisation);
        let from = organisation(&document.from, &mapping.from);
        if !rejects.is_empty() {
            return Err(rejects);
        }
        let units = joined(lines.iter().map(|(_, unit)| *unit));
        let what = what(document.operation, units, pack.map(|(_, unit)| unit), to, from, mapping.moves);
        let what = what.ok_or_else(|| vec![Flaw::of_row("no_operation", "something is missing").at(document.line)])?;
        Ok(Asked { what, at: document.at, lines, pack })
    }

    fn unit(&self, label: &Label) -> Result<Unit, Flaw> {
        let mapping = self.mapping;
        let first = self.found(Some(&mapping.code), &label.first)?;
        let Some(last) = &label.last else { return Ok(unit_of(&first)) };
        let last = self.found(mapping.last.as_ref(), last)?;
        let is_run = (first.batch, first.level) == (last.batch, last.level) && first.serial <= last.serial;
        if !is_run {
            let reason = "from the first code to this one there is no run: they are of different batches or levels, or \
                          stand the other way round";
            return Err(Flaw::named(mapping.last.as_ref(), "no_run", reason));
        }
        Ok(Unit { last_serial: last.serial, ..unit_of(&first) })
    }

    fn found(&self, column: Option<&String>, text: &str) -> Result<Found, Flaw> {
        self.reader.read_scanned(text).ok_or_else(|| {
            let (code, reason) = match (Sscc::parse(text), CodeText::parse(&code_of(text).0)) {
                (Err(SsccError::CheckDigit { .. }), _) => {
                    ("code_check_digit", "the check digit of this SSCC is wrong; look for a typing error, or for a number that a spreadsheet rounded")
                }
                (Err(_), Err(_)) => ("code_malformed", "no code is spelled like that; look for a typing error"),
                _ => ("code_unknown", "this is not a code of this brand"),
            };
            Flaw::named(column, code, reason)
        })
    }

    fn organisation(&self, column: Option<&String>, text: &str) -> Result<OrganisationId, Flaw> {
        match self.organisations.get(text).map_or(&[][..], Vec::as_slice) {
            [one] => Ok(*one),
            [] => {
                let reason =
                    "there is no organisation with this id, code or name, or not in your part of the channel tree";
                Err(Flaw::named(column, "unknown_organisation", reason))
            }
            _ => {
                let reason = "several organisations have this name; write the code of the one that is meant";
                Err(Flaw::named(column, "organisation_ambiguous", reason))
            }
        }
    }
}

fn kept<T>(found: Result<T, Flaw>, line: u64, rejects: &mut Vec<Reject>) -> Option<T> {
    found.map_err(|flaw| rejects.push(flaw.at(line))).ok()
}

const fn unit_of(found: &Found) -> Unit {
    Unit { batch: found.batch, level: found.level, first_serial: found.serial, last_serial: found.serial }
}

/// Units in their sequence, neighbours joined, each code once.
fn joined(units: impl Iterator<Item = Unit>) -> Vec<Unit> {
    let mut levels: BTreeMap<(BatchId, Level), Vec<Serials>> = BTreeMap::new();
    for unit in units {
        levels.entry((unit.batch, unit.level)).or_default().push(unit.serials());
    }
    let units = levels.into_iter().flat_map(|((batch, level), serials)| {
        let unit = move |run: Serials| Unit { batch, level, first_serial: run.first, last_serial: run.last };
        merged(serials).into_iter().map(unit)
    });
    units.collect()
}

fn what(
    operation: FileOperation,
    units: Vec<Unit>,
    pack: Option<Unit>,
    to: Option<OrganisationId>,
    from: Option<OrganisationId>,
    moves: bool,
) -> Option<What> {
    Some(What::Operation(match operation {
        FileOperation::Ship => NewOperation::Ship { units, to: to?, from },
        FileOperation::Receive => NewOperation::Receive { units, by: to? },
        FileOperation::Sell => NewOperation::Sell { units, by: to? },
        FileOperation::Destroy => NewOperation::Destroy { units, by: to? },
        FileOperation::Pack => NewOperation::Pack { pack: pack?, units, moves },
        FileOperation::Unpack => NewOperation::Unpack { units },
        FileOperation::Open => NewOperation::Open { packs: units },
        FileOperation::Return => return Some(What::Return(units)),
    }))
}

impl Asked {
    /// What it names, neighbours joined; not the pack.
    pub(crate) fn units(&self) -> &[Unit] {
        match &self.what {
            What::Return(units) => units,
            What::Operation(
                NewOperation::Ship { units, .. }
                | NewOperation::Receive { units, .. }
                | NewOperation::Sell { units, .. }
                | NewOperation::Destroy { units, .. }
                | NewOperation::Pack { units, .. }
                | NewOperation::Unpack { units }
                | NewOperation::Open { packs: units },
            ) => units,
            What::Operation(NewOperation::Replace { .. }) => &[],
        }
    }

    /// The pack that codes are put into.
    pub(crate) fn pack(&self) -> Option<Unit> {
        self.pack.map(|(_, unit)| unit)
    }

    /// A hash of all that it asks for, whatever sequence its rows have.
    pub(crate) fn hash(&self) -> Hash {
        let mut digest = Sha256::new();
        let mut number = |number: u64| digest.update(number.to_be_bytes());
        let organisation = |id: Option<OrganisationId>| id.map_or(0, |id| id.raw().cast_unsigned());
        let (kind, to, from, moves) = match &self.what {
            What::Return(_) => (0, None, None, false),
            What::Operation(NewOperation::Ship { to, from, .. }) => (1, Some(*to), *from, false),
            What::Operation(NewOperation::Receive { by, .. }) => (2, Some(*by), None, false),
            What::Operation(NewOperation::Pack { moves, .. }) => (3, None, None, *moves),
            What::Operation(NewOperation::Unpack { .. }) => (4, None, None, false),
            What::Operation(NewOperation::Open { .. }) => (5, None, None, false),
            What::Operation(NewOperation::Replace { .. }) => (6, None, None, false),
            What::Operation(NewOperation::Sell { by, .. }) => (7, Some(*by), None, false),
            What::Operation(NewOperation::Destroy { by, .. }) => (8, Some(*by), None, false),
        };
        [kind, organisation(to), organisation(from), u64::from(moves)].into_iter().for_each(&mut number);
        number(u64::from(self.at.is_some()));
        number(self.at.map_or(0, |at| at.0.cast_unsigned()));
        for unit in self.pack().iter().chain(self.units()) {
            let level = unit.level.as_i64().cast_unsigned();
            let of = [unit.batch.raw().cast_unsigned(), level, unit.first_serial, unit.last_serial];
            of.into_iter().for_each(&mut number);
        }
        digest.finalize().into()
    }

    /// Where the file names goods: the line and the column, and the document's own line where it does not.
    pub(crate) fn place_of<'m>(&self, unit: Option<&Unit>, names: &Names<'m>, line: u64) -> (u64, Option<&'m String>) {
        let Some(unit) = unit else { return (line, None) };
        let is_of = |named: &Unit| {
            (named.batch, named.level) == (unit.batch, unit.level) && named.serials().overlaps(unit.serials())
        };
        if let Some((line, _)) = self.lines.iter().find(|(_, named)| is_of(named)) {
            return (*line, Some(&names.mapping.code));
        }
        match &self.pack {
            Some((line, pack)) if is_of(pack) => (*line, names.mapping.pack.as_ref()),
            _ => (line, None),
        }
    }
}
