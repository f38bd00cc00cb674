//! Lists of scans, the latest first.
//!
//! Two indexes serve them (see `migrations/0006_lists_by_id.sql`), so that the path of a scan writes no more than these. What they
//! do not tell — who scanned, where, by which campaign — is asked of the lake (`scan_decided`).

use tallymark_base::TypedId as _;
use tallymark_base::id::{BatchId, ScanId, TenantId};
use tallymark_store::Tx;
use tallymark_store::keyset::{self, Period, Span};

use crate::types::{Scan, Verdict};
use crate::{Error, store};

/// Batches whose scans are listed together.
pub const BATCHES_MAX: usize = 1_000;

/// Which scans are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// When they were decided.
    pub period: Period,
    /// Only those with this verdict.
    pub verdict: Option<Verdict>,
    /// Only those of codes of these batches, at most [`BATCHES_MAX`].
    pub batches: Option<Vec<BatchId>>,
}

/// Where a page begins: nowhere is at the latest scan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// After this scan, towards older ones.
    pub after: Option<ScanId>,
    /// Before this scan, towards newer ones.
    pub before: Option<ScanId>,
}

/// A page of scans, the latest first, at most `limit`.
///
/// # Errors
/// [`Error::TooManyBatches`], and those of the database.
pub async fn page(
    tx: &mut Tx,
    tenant: TenantId,
    filter: &Filter,
    place: Place,
    limit: usize,
) -> Result<Vec<Scan>, Error> {
    let (after, before) = (place.after.map(ScanId::raw), place.before.map(ScanId::raw));
    let span = Span::new(&filter.period, after, before, limit);
    let ids = match &filter.batches {
        None => keyset::ids(tx, tenant, &store::list::BY_VERDICT, &verdicts(filter), span).await?,
        Some(batches) => keyset::ids(tx, tenant, &store::list::BY_BATCH, &of_batches(filter, batches)?, span).await?,
    };
    let mut scans = store::scans(tx, tenant, ids.iter().map(|id| ScanId::from_raw(*id))).await?;
    Ok(ids.into_iter().filter_map(|id| scans.remove(&ScanId::from_raw(id))).collect())
}

/// How many scans there are, up to [`keyset::COUNT_MAX`]; one more stands for all beyond.
///
/// # Errors
/// As for [`page`].
pub async fn count(tx: &mut Tx, tenant: TenantId, filter: &Filter) -> Result<i64, Error> {
    let counted = match &filter.batches {
        None => keyset::count(tx, tenant, &store::list::BY_VERDICT, &verdicts(filter), &filter.period).await?,
        Some(batches) => {
            let ranges = of_batches(filter, batches)?;
            keyset::count(tx, tenant, &store::list::BY_BATCH, &ranges, &filter.period).await?
        }
    };
    Ok(counted)
}

fn verdicts(filter: &Filter) -> Vec<[i64; 1]> {
    let wanted = Verdict::ALL.into_iter().filter(|verdict| filter.verdict.is_none_or(|wanted| wanted == *verdict));
    wanted.map(|verdict| [verdict.number()]).collect()
}

fn of_batches(filter: &Filter, batches: &[BatchId]) -> Result<Vec<[i64; 2]>, Error> {
    if batches.len() > BATCHES_MAX {
        return Err(Error::TooManyBatches { max: BATCHES_MAX });
    }
    let verdicts = verdicts(filter);
    Ok(batches.iter().flat_map(|batch| verdicts.iter().map(|[verdict]| [batch.raw(), *verdict])).collect())
}
