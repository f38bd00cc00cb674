//! Lists of what was recorded although it should not be, the latest first.

use std::collections::HashMap;

use tallymark_base::TypedId as _;
use tallymark_base::id::{ExceptionId, OrganisationId, TenantId};
use tallymark_partners::organisation;
use tallymark_store::Tx;
use tallymark_store::keyset::{self, Period, Span};
use tallymark_web::Subtree;

use crate::store::operation as store;
use crate::{Error, ExceptionKind, ExceptionLine};

/// Which exceptions are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// When they were recorded.
    pub period: Period,
    /// Only those of this kind.
    pub kind: Option<ExceptionKind>,
    /// Only goods that arrived with this organisation.
    pub organisation: Option<OrganisationId>,
}

/// A page of exceptions that a caller sees (`within`; none: the whole tree), by where the goods arrived, the latest first, at
/// most `limit`: after the first one of `place` towards older ones, or before the second.
///
/// # Errors
/// [`Error::OrganisationNotFound`] where the caller sees no such organisation.
pub async fn page(
    tx: &mut Tx,
    tenant: TenantId,
    (within, filter): (Option<&Subtree>, &Filter),
    (after, before): (Option<ExceptionId>, Option<ExceptionId>),
    limit: usize,
) -> Result<Vec<ExceptionLine>, Error> {
    let span = Span::new(&filter.period, after.map(ExceptionId::raw), before.map(ExceptionId::raw), limit);
    let ids = match arrivals(tx, tenant, within, filter).await? {
        None => keyset::ids(tx, tenant, &store::EXCEPTIONS, &kinds(filter), span).await?,
        Some(ranges) => keyset::ids(tx, tenant, &store::EXCEPTIONS_BY_ORGANISATION, &ranges, span).await?,
    };
    let mut found = store::exceptions(tx, tenant, &ids).await?;
    let mut lines: Vec<ExceptionLine> =
        ids.into_iter().filter_map(|id| found.remove(&ExceptionId::from_raw(id))).collect();
    if within.is_some() {
        hide(tx, tenant, within, &mut lines).await?;
    }
    Ok(lines)
}

/// How many exceptions there are, up to [`keyset::COUNT_MAX`]; one more stands for all beyond.
///
/// # Errors
/// As of [`page`].
pub async fn count(tx: &mut Tx, tenant: TenantId, (within, filter): (Option<&Subtree>, &Filter)) -> Result<i64, Error> {
    Ok(match arrivals(tx, tenant, within, filter).await? {
        None => keyset::count(tx, tenant, &store::EXCEPTIONS, &kinds(filter), &filter.period).await?,
        Some(ranges) => keyset::count(tx, tenant, &store::EXCEPTIONS_BY_ORGANISATION, &ranges, &filter.period).await?,
    })
}

fn kinds(filter: &Filter) -> Vec<[i64; 1]> {
    let kinds = filter.kind.map_or_else(|| ExceptionKind::ALL.to_vec(), |kind| vec![kind]);
    kinds.iter().map(|kind| [kind.number()]).collect()
}

/// Where goods arrived, and of which kinds; none where anywhere.
async fn arrivals(
    tx: &mut Tx,
    tenant: TenantId,
    within: Option<&Subtree>,
    filter: &Filter,
) -> Result<Option<Vec<[i64; 2]>>, Error> {
    let organisations = match (filter.organisation, within) {
        (None, None) => return Ok(None),
        (Some(organisation), within) => {
            if !organisation::is_seen(tx, tenant, within, organisation).await? {
                return Err(Error::OrganisationNotFound { organisation });
            }
            vec![organisation]
        }
        (None, Some(within)) => {
            let inside = organisation::subtree(tx, tenant, within.organisation).await?;
            inside.iter().map(|one| one.id).collect()
        }
    };
    let kinds = kinds(filter);
    let of = |one: &OrganisationId| kinds.iter().map(|[kind]| [one.raw(), *kind]).collect::<Vec<_>>();
    Ok(Some(organisations.iter().flat_map(of).collect()))
}

/// Leaves out who should have the goods where the caller does not see them.
async fn hide(
    tx: &mut Tx,
    tenant: TenantId,
    within: Option<&Subtree>,
    lines: &mut [ExceptionLine],
) -> Result<(), Error> {
    let mut seen: HashMap<OrganisationId, bool> = HashMap::new();
    for line in lines {
        let Some(expected) = line.expected else { continue };
        let is_seen = match seen.get(&expected) {
            Some(is_seen) => *is_seen,
            None => organisation::is_seen(tx, tenant, within, expected).await?,
        };
        seen.insert(expected, is_seen);
        line.expected = line.expected.filter(|_| is_seen);
    }
    Ok(())
}
