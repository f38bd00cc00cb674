//! Long lists, newest first, in pages that go both ways: towards older items after the last one of a page, and back before
//! the first one. Items that come meanwhile move none from one page to another.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::paging::{Page, check_cursor, check_limit};
use crate::params::read_query;
use crate::problem::Problem;
use crate::refusal::Refusal;

/// Which part of a list is asked for: `?limit=50&after=…` or `&before=…`. Other parameters are left to the handler.
#[derive(Debug, Clone, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListPage {
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50, required = false)]
    pub limit: u16,
    /// The `next` of a page: what follows it.
    #[param(max_length = 100)]
    pub after: Option<String>,
    /// The `previous` of a page: what comes before it. Not together with `after`.
    #[param(max_length = 100)]
    pub before: Option<String>,
    /// Whether to say how many items the list has.
    #[param(default = false, required = false)]
    pub count: bool,
}

#[derive(Deserialize)]
struct Asked {
    limit: Option<u16>,
    after: Option<String>,
    before: Option<String>,
    #[serde(default)]
    count: bool,
}

impl ListPage {
    /// How many rows to load: one more than the page shows, to know whether there are more.
    pub fn rows(&self) -> usize {
        usize::from(self.limit) + 1
    }

    /// The cursors as the ids they stand for: what is asked for comes after the first, or before the second.
    pub fn cursors<K: std::str::FromStr>(&self) -> Result<(Option<K>, Option<K>), Problem>
    where
        K::Err: std::fmt::Display,
    {
        let parse = |name: &str, text: &Option<String>| {
            let read = |text: &String| {
                text.parse().map_err(|error| Refusal::QueryInvalid { message: format!("{name}: {error}") })
            };
            text.as_ref().map(read).transpose()
        };
        Ok((parse("after", &self.after)?, parse("before", &self.before)?))
    }

    /// The page of `rows` loaded items (newest first, [`Self::rows`] at most), each with its cursor.
    pub fn cut<T>(&self, mut rows: Vec<T>, cursor: impl Fn(&T) -> String, count: Option<ListCount>) -> Listed<T> {
        let limit = usize::from(self.limit);
        let has_more = rows.len() > limit;
        let goes_back = self.before.is_some();
        if has_more && goes_back {
            rows.remove(0);
        }
        rows.truncate(limit);
        // Where one came from, there is something.
        let (has_newer, has_older) = if goes_back { (has_more, true) } else { (self.after.is_some(), has_more) };
        Listed {
            next: rows.last().filter(|_| has_older).map(&cursor),
            previous: rows.first().filter(|_| has_newer).map(&cursor),
            items: rows,
            count,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ListPage {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let asked: Asked = read_query(parts)?;
        let limit = check_limit(asked.limit.unwrap_or(Page::LIMIT_DEFAULT))?;
        if asked.after.is_some() && asked.before.is_some() {
            let message = "send `after` or `before`, not both".to_owned();
            return Err(Refusal::QueryInvalid { message }.into());
        }
        check_cursor("after", "next", asked.after.as_deref())?;
        check_cursor("before", "previous", asked.before.as_deref())?;
        Ok(Self { limit, after: asked.after, before: asked.before, count: asked.count })
    }
}

/// One page of a long list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Listed<T> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// The `after` of the next page, with older items; null on the last one.
    pub next: Option<String>,
    /// The `before` of the page with newer items; null on the first one.
    pub previous: Option<String>,
    /// How many items the list has, where that was asked for.
    pub count: Option<ListCount>,
}

/// How many items a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListCount {
    /// That many.
    pub number: i64,
    /// Just that many; `false`: or more.
    pub exact: bool,
}

impl ListCount {
    /// From items that were counted up to one more than `max`.
    pub const fn up_to(max: i64, counted: i64) -> Self {
        if counted > max { Self { number: max, exact: false } } else { Self { number: counted, exact: true } }
    }
}
