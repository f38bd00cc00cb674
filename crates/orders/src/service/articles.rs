//! What is sold: keeping it, and knowing it while many orders are recorded.

use std::collections::{HashMap, HashSet};

use tallymark_base::id::TenantId;
use tallymark_store::{Context, Tx};

use crate::{Article, CODE_CHARS_MAX, Error, NAME_CHARS_MAX, store};

/// Articles that are kept in memory; beyond, all are forgotten and read anew.
const KEPT_MAX: usize = 200_000;
/// Characters of what is looked for.
const SEARCH_CHARS_MAX: usize = 100;

/// Keeps articles under their codes; of a code that is given twice the last counts.
pub async fn put_articles(tx: &mut Tx, context: &Context, tenant: TenantId, articles: &[Article]) -> Result<(), Error> {
    let mut last: HashMap<&str, &Article> = HashMap::with_capacity(articles.len());
    for (place, article) in articles.iter().enumerate() {
        article.check().map_err(|reason| Error::Article { number: place + 1, reason })?;
        last.insert(&article.code, article);
    }
    let mut articles: Vec<&Article> = last.into_values().collect();
    // One order of locking for all who do so at the same time.
    articles.sort_unstable_by(|a, b| a.code.cmp(&b.code));
    Ok(store::put_articles(tx, tenant, &articles, context.clock.now()).await?)
}

impl Article {
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), &'static str> {
        let fits =
            |text: &str, max: usize| (1..=max).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if !fits(&self.code, CODE_CHARS_MAX) {
            return Err("a code has 1 to 64 characters and no control characters");
        }
        let names = [&self.name, &self.department, &self.category, &self.brand];
        if names.into_iter().flatten().all(|name| fits(name, NAME_CHARS_MAX)) {
            Ok(())
        } else {
            Err("a name, department, category or brand has 1 to 200 characters and no control characters")
        }
    }
}

/// Which articles are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// What their code or name holds.
    pub(crate) search: Option<String>,
    /// Their department.
    pub(crate) department: Option<String>,
    /// Their brand.
    pub(crate) brand: Option<String>,
    /// They come after this code.
    pub(crate) after: Option<String>,
}

/// Articles by their codes in ascending order.
///
/// # Errors
/// [`Error::Search`] for more than 100 characters to look for.
pub(crate) async fn list_articles(
    tx: &mut Tx,
    tenant: TenantId,
    wanted: &Wanted,
    limit: usize,
) -> Result<Vec<Article>, Error> {
    let given = wanted.search.iter().map(|text| text.chars().count()).sum();
    if given > SEARCH_CHARS_MAX {
        return Err(Error::Search { given, max: SEARCH_CHARS_MAX });
    }
    Ok(store::list_articles(tx, tenant, wanted, limit).await?)
}

/// The articles that orders named lately. Whoever records many orders keeps it between them.
#[derive(Debug, Default)]
pub struct Articles {
    known: HashMap<String, Option<Article>>,
}

impl Articles {
    /// Reads those of the codes that are not in memory.
    pub(crate) async fn load(
        &mut self,
        tx: &mut Tx,
        tenant: TenantId,
        codes: impl Iterator<Item = &str>,
    ) -> Result<(), Error> {
        if self.known.len() > KEPT_MAX {
            self.known.clear();
        }
        let unknown: HashSet<&str> = codes.filter(|code| !self.known.contains_key(*code)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let mut found = store::articles(tx, tenant, unknown.iter().copied()).await?;
        let new = unknown.into_iter().map(|code| (code.to_owned(), found.remove(code)));
        self.known.extend(new);
        Ok(())
    }

    /// The article of a code that was loaded, where there is one.
    pub(crate) fn get(&self, code: &str) -> Option<&Article> {
        self.known.get(code).and_then(Option::as_ref)
    }
}
