//! Rows on their way into the database: what reads them makes pieces of them, and pieces are taken in batches.

use tallymark_tables::Row;

use crate::{Error, Reject};

/// What one or several rows are: a member, an order with all its lines.
#[derive(Debug)]
pub(crate) struct Piece<U> {
    /// `None` where the rows are refused.
    pub(crate) unit: Option<U>,
    /// How many rows it is made of.
    pub(crate) rows: u64,
    /// What is left out of it, or why it is.
    pub(crate) rejects: Vec<Reject>,
}

/// Why nothing of a file is taken.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) error: Error,
    /// The rows that are to blame.
    pub(crate) rejects: Vec<Reject>,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, rejects: Vec::new() }
    }
}

impl From<tallymark_tables::Error> for Refused {
    fn from(error: tallymark_tables::Error) -> Self {
        Error::from(error).into()
    }
}

/// Makes pieces out of the rows of a file. The same file makes the same pieces in the same sequence, so that a run goes on
/// after the rows that it took.
pub(crate) trait Assemble: Send + 'static {
    /// What a piece is.
    type Unit: Send + Sync + 'static;

    /// The most pieces and rows that are taken in one transaction.
    const BATCH: (usize, u64);

    /// Looks at a row before any is taken.
    fn look(&mut self, _: &Row) {}

    /// Every row was looked at.
    ///
    /// # Errors
    /// What keeps the whole file from being taken.
    fn looked(&mut self) -> Result<(), Refused> {
        Ok(())
    }

    /// Takes the next row, and gives the pieces that are whole with it.
    fn row(&mut self, row: Row, out: &mut dyn FnMut(Piece<Self::Unit>)) -> Result<(), Error>;

    /// There are no more rows.
    fn end(&mut self, _: &mut dyn FnMut(Piece<Self::Unit>)) {}
}

/// Pieces that are taken in one transaction.
#[derive(Debug)]
pub(crate) struct Batch<U> {
    pub(crate) units: Vec<U>,
    /// Rows of all of them, refused ones among them.
    pub(crate) rows: u64,
    pub(crate) refused: u64,
    pub(crate) rejects: Vec<Reject>,
}

impl<U> Default for Batch<U> {
    fn default() -> Self {
        Self { units: Vec::new(), rows: 0, refused: 0, rejects: Vec::new() }
    }
}

impl<U> Batch<U> {
    /// Adds a piece.
    pub(crate) fn add(&mut self, piece: Piece<U>) {
        self.rows += piece.rows;
        self.rejects.extend(piece.rejects);
        match piece.unit {
            Some(unit) => self.units.push(unit),
            None => self.refused += piece.rows,
        }
    }

    /// Whether it has as much as is taken at once.
    pub(crate) fn is_full(&self, (pieces, rows): (usize, u64)) -> bool {
        self.units.len() >= pieces || self.rows >= rows
    }
}
