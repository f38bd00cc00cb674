//! An import that changes nothing: every row is read and mapped.

use std::ops::ControlFlow;

use tallymark_tables::{Header, Options, Row, Sink, Source, read};

use crate::members::{Defaults, Plan, mapped};
use crate::{Error, Mapping, REJECTS_MAX, Reject};

/// What an import would take and leave out. Who was erased is known to the database alone, and not counted here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trial {
    /// Rows below the header.
    pub rows: u64,
    /// Rows that would be a person.
    pub accepted: u64,
    /// What would be left out.
    pub rejects: u64,
    /// The first [`REJECTS_MAX`] of them.
    pub kept: Vec<Reject>,
}

/// Reads a file whole by a mapping. It blocks.
pub fn trial(source: &Source, options: &Options, mapping: &Mapping, defaults: &Defaults) -> Result<Trial, Error> {
    let mut trying = Trying { mapping, defaults, plan: None, trial: Trial::default() };
    read(source, options, &mut trying)?;
    // Without a plan there was a mistake in the header; a table without one is refused before.
    trying.plan.transpose().map(|_| trying.trial)
}

struct Trying<'a> {
    mapping: &'a Mapping,
    defaults: &'a Defaults,
    plan: Option<Result<Plan, Error>>,
    trial: Trial,
}

impl Sink for Trying<'_> {
    fn header(&mut self, header: &Header) -> ControlFlow<()> {
        let plan = self.plan.insert(Plan::new(self.mapping, header, self.defaults));
        if plan.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn row(&mut self, row: Row) -> ControlFlow<()> {
        let Some(Ok(plan)) = &self.plan else { return ControlFlow::Break(()) };
        let mut rejects = Vec::new();
        self.trial.rows += 1;
        self.trial.accepted += u64::from(mapped(plan, &row, &mut rejects).is_some());
        self.trial.rejects += rejects.len() as u64;
        let room = usize::try_from(REJECTS_MAX).unwrap_or(usize::MAX) - self.trial.kept.len();
        self.trial.kept.extend(rejects.into_iter().take(room));
        ControlFlow::Continue(())
    }
}
