//! Pages of lists that may have tens of millions of rows: a page costs the same wherever in the list it is.
//!
//! A list is made of ranges: rows that share a key of an index (a state, a holder) and stand in it by their id. A page of
//! one range is one look into the index; a page of several is merged from their ends, of which those that cannot reach the
//! page are not read. So two narrow indexes serve a list with every filter that names one of their keys.
//!
//! A page begins after (or before) an id. Rows that come meanwhile move none from one page to another.

use std::collections::BTreeMap;

use tallymark_base::Timestamp;
use tallymark_base::TypedId as _;
use tallymark_base::id::{TenantId, first_id};

use crate::{Error, Row, Rows, Tx, Value};

/// Rows of a list are counted up to here: a count that is greater says "more".
pub const COUNT_MAX: i64 = 10_000;
/// Ranges that are read without looking first where they begin.
const READ_AT_ONCE: usize = 6;
/// Ranges that one statement counts: each up to [`COUNT_MAX`].
const COUNT_AT_ONCE: usize = 16;

/// The statements of a list whose ranges have keys of `N` numbers, all over one index. Tenant and key stand before the id
/// in it.
#[derive(Debug, Clone, Copy)]
pub struct List<const N: usize> {
    /// The ids of one range, the greatest first. `$1` tenant, `$2` and `$3` the ids between which they are (themselves not),
    /// `$4` how many, `$5 …` the key.
    pub newest: &'static str,
    /// The same, the least first.
    pub oldest: &'static str,
    /// Keys and the greatest id of each range, NULL where it is empty. `$1` tenant, `$2` and `$3` as above, `…` the keys.
    pub greatest: &'static str,
    /// The same with the least id.
    pub least: &'static str,
    /// Keys and how many rows each range has, at most `$4`. Otherwise as above.
    pub counts: &'static str,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Only ids above.
    pub above: i64,
    /// Only ids below.
    pub below: i64,
    /// The least ids of them, and not the greatest.
    pub is_from_oldest: bool,
    /// How many at most.
    pub limit: usize,
}

impl Span {
    /// The part of a list, newest first, that was issued from `from` until `until` (itself not): after the id `after`,
    /// which is towards older ones, or before the id `before`, or from its beginning.
    pub fn new(period: &Period, after: Option<i64>, before: Option<i64>, limit: usize) -> Self {
        let (above, below) = period.bounds();
        Self {
            above: before.map_or(above, |before| before.max(above)),
            below: after.map_or(below, |after| after.min(below)),
            is_from_oldest: before.is_some(),
            limit,
        }
    }
}

/// When what is listed was taken in: the moment of its id, which the server issues just after it came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

impl Period {
    /// The ids between which everything of the period is, themselves not.
    fn bounds(&self) -> (i64, i64) {
        (self.from.map_or(i64::MIN, |from| first_id(from) - 1), self.until.map_or(i64::MAX, first_id))
    }
}

/// The ids of a page, newest first.
pub async fn ids<const N: usize>(
    tx: &mut Tx,
    tenant: TenantId,
    list: &List<N>,
    ranges: &[[i64; N]],
    mut span: Span,
) -> Result<Vec<i64>, Error> {
    let mut found: Vec<i64> = Vec::new();
    let ahead = |a: i64, b: i64| if span.is_from_oldest { a < b } else { a > b };
    for (begins, key) in in_reach(tx, tenant, list, ranges, span).await? {
        // Ranges come in the order of their ends: none of the rest reaches the page either.
        if let (Some(begins), true) = (begins, found.len() >= span.limit)
            && found.last().is_some_and(|last| ahead(*last, begins))
        {
            break;
        }
        let sql = if span.is_from_oldest { list.oldest } else { list.newest };
        let limit = i64::try_from(span.limit).unwrap_or(i64::MAX);
        let mut values: Vec<Value> = vec![tenant.raw().into(), span.above.into(), span.below.into(), limit.into()];
        values.extend(key.map(Value::from));
        for row in tx.query(sql, &values).await? {
            found.push(row.int(0)?);
        }
        found.sort_unstable_by(|a, b| if span.is_from_oldest { a.cmp(b) } else { b.cmp(a) });
        found.truncate(span.limit);
        if let (Some(last), true) = (found.last(), found.len() == span.limit) {
            // Of the other ranges only what comes before the last of these can still be on the page.
            if span.is_from_oldest { span.below = *last } else { span.above = *last }
        }
    }
    if span.is_from_oldest {
        found.reverse();
    }
    Ok(found)
}

/// How many rows the ranges have within a period, up to [`COUNT_MAX`]; one more than that stands for all beyond.
pub async fn count<const N: usize>(
    tx: &mut Tx,
    tenant: TenantId,
    list: &List<N>,
    ranges: &[[i64; N]],
    period: &Period,
) -> Result<i64, Error> {
    let (above, below) = period.bounds();
    let span = Span { above, below, is_from_oldest: false, limit: usize::MAX };
    let ranges: Vec<[i64; N]> = in_reach(tx, tenant, list, ranges, span).await?.into_iter().map(|one| one.1).collect();
    let mut sum = 0;
    for some in ranges.chunks(COUNT_AT_ONCE) {
        let fixed = [tenant.raw().into(), above.into(), below.into(), (COUNT_MAX + 1 - sum).into()];
        let counted = by_key::<N>(&tx.read_rows(list.counts, &fixed, &keys(some)).await?)?;
        sum = counted.values().flatten().fold(sum, |sum, count| sum.saturating_add(*count)).min(COUNT_MAX + 1);
        if sum > COUNT_MAX {
            break;
        }
    }
    Ok(sum)
}

/// The ranges that may have rows of the span, those that begin it first, each with its first id where that was looked at.
async fn in_reach<const N: usize>(
    tx: &mut Tx,
    tenant: TenantId,
    list: &List<N>,
    ranges: &[[i64; N]],
    span: Span,
) -> Result<Vec<(Option<i64>, [i64; N])>, Error> {
    if ranges.len() <= READ_AT_ONCE {
        return Ok(ranges.iter().map(|key| (None, *key)).collect());
    }
    let sql = if span.is_from_oldest { list.least } else { list.greatest };
    let fixed = [tenant.raw().into(), span.above.into(), span.below.into()];
    let heads = by_key::<N>(&tx.read_rows(sql, &fixed, &keys(ranges)).await?)?;
    let mut heads: Vec<_> = heads.into_iter().filter_map(|(key, id)| Some((Some(id?), key))).collect();
    heads.sort_unstable();
    if !span.is_from_oldest {
        heads.reverse();
    }
    Ok(heads)
}

fn keys<const N: usize>(ranges: &[[i64; N]]) -> Rows<N> {
    ranges.iter().map(|key| key.map(Value::from)).collect()
}

/// What rows tell of each key; a key that was sent several times counts once.
fn by_key<const N: usize>(rows: &[Row]) -> Result<BTreeMap<[i64; N], Option<i64>>, Error> {
    let line = |row: &Row| {
        let mut key = [0; N];
        for (place, part) in key.iter_mut().enumerate() {
            *part = row.int(place)?;
        }
        Ok((key, row.opt_int(N)?))
    };
    rows.iter().map(line).collect()
}

/// Declares a [`List`]: its table, the column of its ids, the columns of its key (one or two), and what else holds for its
/// rows, as SQL about `t`. The index that serves it has the tenant, the key and the id, in this order.
///
/// ```
/// use tallymark_store::{keyset::List, keyset_list};
/// const BY_STATE: List<1> = keyset_list!("parcel", "parcel_id", ["state"], "");
/// assert!(BY_STATE.newest.contains("WHERE t.tenant_id = $1 AND t.state = $5 AND t.parcel_id > $2"));
/// ```
#[macro_export]
macro_rules! keyset_list {
    ($table:literal, $id:literal, [$key:literal], $also:literal) => {
        $crate::keyset_list!(@texts $table, $id, $also, concat!("t.", $key, " = $5"), concat!("t.", $key, " = v.", $key),
            concat!("v.", $key), $key)
    };
    ($table:literal, $id:literal, [$first:literal, $second:literal], $also:literal) => {
        $crate::keyset_list!(@texts $table, $id, $also,
            concat!("t.", $first, " = $5 AND t.", $second, " = $6"),
            concat!("t.", $first, " = v.", $first, " AND t.", $second, " = v.", $second),
            concat!("v.", $first, ", v.", $second), concat!($first, ", ", $second))
    };
    (@texts $table:literal, $id:literal, $also:literal, $given:expr, $joined:expr, $shown:expr, $columns:expr) => {
        $crate::keyset::List {
            newest: $crate::keyset_list!(@page $table, $id, $also, $given, "DESC"),
            oldest: $crate::keyset_list!(@page $table, $id, $also, $given, "ASC"),
            greatest: $crate::keyset_list!(@end $table, $id, $also, $joined, $shown, $columns, "DESC"),
            least: $crate::keyset_list!(@end $table, $id, $also, $joined, $shown, $columns, "ASC"),
            counts: concat!(
                "WITH v(", $columns, ") AS (VALUES …) SELECT ", $shown, ", (SELECT COUNT(*) FROM (SELECT 1 AS one FROM ",
                $table, " t WHERE t.tenant_id = $1 AND ", $joined, " AND t.", $id, " > $2 AND t.", $id, " < $3", $also,
                " LIMIT $4) AS c) FROM v"
            ),
        }
    };
    (@page $table:literal, $id:literal, $also:literal, $given:expr, $order:literal) => {
        concat!(
            "SELECT t.", $id, " FROM ", $table, " t WHERE t.tenant_id = $1 AND ", $given, " AND t.", $id, " > $2 AND t.", $id,
            " < $3", $also, " ORDER BY t.", $id, " ", $order, " LIMIT $4"
        )
    };
    (@end $table:literal, $id:literal, $also:literal, $joined:expr, $shown:expr, $columns:expr, $order:literal) => {
        concat!(
            "WITH v(", $columns, ") AS (VALUES …) SELECT ", $shown, ", (SELECT t.", $id, " FROM ", $table,
            " t WHERE t.tenant_id = $1 AND ", $joined, " AND t.", $id, " > $2 AND t.", $id, " < $3", $also, " ORDER BY t.", $id,
            " ", $order, " LIMIT 1) FROM v"
        )
    };
}
