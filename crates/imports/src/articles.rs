//! Rows of a file as articles: pure, from a mapping, a header and a row.

use tallymark_orders::Article;
use tallymark_tables::{Cell, Header, Row};

use crate::mapping::ArticlesMapping;
use crate::pieces::{Assemble, Piece};
use crate::{Error, Reject};

/// Makes articles out of rows.
#[derive(Debug)]
pub(crate) struct Assembler {
    code: usize,
    name: Option<usize>,
    department: Option<usize>,
    category: Option<usize>,
    brand: Option<usize>,
}

impl Assembler {
    /// Finds the columns of a mapping. Fails where the file has not all of them.
    pub(crate) fn new(mapping: &ArticlesMapping, header: &Header) -> Result<Self, Error> {
        mapping.check()?;
        let place = |column: &Option<String>| column.as_deref().map(|column| header.place(column)).transpose();
        Ok(Self {
            code: header.place(&mapping.code)?,
            name: place(&mapping.name)?,
            department: place(&mapping.department)?,
            category: place(&mapping.category)?,
            brand: place(&mapping.brand)?,
        })
    }

    /// What a row says; why it is refused otherwise.
    fn article(&self, row: &Row) -> Result<Article, Reject> {
        let refuse =
            |code: &str, reason: String| Err(Reject { line: row.line, column: None, code: code.to_owned(), reason });
        let text = |place: Option<usize>| match place.and_then(|place| row.cells.get(place)) {
            Some(Cell::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let code = match row.cells.get(self.code) {
            Some(Cell::Text(code)) => code.clone(),
            Some(Cell::Flawed(flaw)) => return refuse(flaw.name(), flaw.to_string()),
            _ => return refuse("no_code", "there is no code by which orders can name it".to_owned()),
        };
        let article = Article {
            code,
            name: text(self.name),
            department: text(self.department),
            category: text(self.category),
            brand: text(self.brand),
        };
        match article.check() {
            Ok(()) => Ok(article),
            Err(reason) => refuse("malformed_article", reason.to_owned()),
        }
    }
}

impl Assemble for Assembler {
    type Unit = Article;

    const BATCH: (usize, u64) = (2_000, 2_000);

    fn row(&mut self, row: Row, out: &mut dyn FnMut(Piece<Article>)) -> Result<(), Error> {
        out(match self.article(&row) {
            Ok(article) => Piece { unit: Some(article), rows: 1, rejects: Vec::new() },
            Err(reject) => Piece { unit: None, rows: 1, rejects: vec![reject] },
        });
        Ok(())
    }
}
