//! Lists in pages: the caller continues after the last item it has, so that a page costs the same at any depth and
//! nothing is skipped when items are added meanwhile.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::params::read_query;
use crate::problem::Problem;
use crate::refusal::Refusal;

/// Which part of a list is asked for: `?limit=50&after=prd_00TAXGT0000G0`. Other parameters are left to the handler.
#[derive(Debug, Clone, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50, required = false)]
    pub limit: u16,
    /// The `next` of the page before. Without it, the list starts.
    #[param(max_length = 100)]
    pub after: Option<String>,
}

#[derive(Deserialize)]
struct Asked {
    limit: Option<u16>,
    after: Option<String>,
}

impl Page {
    /// The largest limit.
    pub const LIMIT_MAX: u16 = 200;
    /// The limit when none is asked for.
    pub const LIMIT_DEFAULT: u16 = 50;
    const AFTER_LENGTH_MAX: usize = 100;

    /// How many rows to load: one more than the page shows, to know whether there is a next page.
    pub fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// The cursor as the id (or other key) it stands for.
    pub fn after<K: std::str::FromStr>(&self) -> Result<Option<K>, Problem>
    where
        K::Err: std::fmt::Display,
    {
        let parse = |text: &String| {
            text.parse().map_err(|error| Refusal::QueryInvalid { message: format!("after: {error}") }.into())
        };
        self.after.as_ref().map(parse).transpose()
    }

    /// The page of `rows` loaded items (in order, [`Self::rows`] at most), each with its cursor.
    pub fn cut<T>(&self, mut rows: Vec<T>, cursor: impl Fn(&T) -> String) -> Paged<T> {
        let limit = usize::from(self.limit);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| has_more).map(cursor);
        Paged { items: rows, next }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let asked: Asked = read_query(parts)?;
        let limit = check_limit(asked.limit.unwrap_or(Self::LIMIT_DEFAULT))?;
        check_cursor("after", "next", asked.after.as_deref())?;
        Ok(Self { limit, after: asked.after })
    }
}

/// A limit that a page may have.
pub(crate) fn check_limit(limit: u16) -> Result<u16, Refusal> {
    if (1..=Page::LIMIT_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(Refusal::QueryInvalid { message: format!("limit: {limit} is not between 1 and {}", Page::LIMIT_MAX) })
}

/// Refuses what cannot be the cursor of a page, which gave it as `told`.
pub(crate) fn check_cursor(name: &str, told: &str, cursor: Option<&str>) -> Result<(), Refusal> {
    let fits = |cursor: &str| {
        (1..=Page::AFTER_LENGTH_MAX).contains(&cursor.len()) && cursor.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if cursor.is_none_or(fits) {
        return Ok(());
    }
    Err(Refusal::QueryInvalid { message: format!("{name}: send the `{told}` of the page before, unchanged") })
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Paged<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// The `after` of the next page; null on the last one.
    pub next: Option<String>,
}
