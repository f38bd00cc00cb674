//! Lists of shipments, the latest first.

use tallymark_base::TypedId as _;
use tallymark_base::id::{OrganisationId, ShipmentId, TenantId};
use tallymark_partners::organisation;
use tallymark_store::Tx;
use tallymark_store::keyset::{self, Period, Span};
use tallymark_web::Subtree;

use crate::store::shipment as store;
use crate::{Error, ShipmentLine};

/// Which shipments are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// When they were recorded.
    pub period: Period,
    /// Only those to this organisation.
    pub to: Option<OrganisationId>,
}

/// A page of shipments that a caller sees (`within`; none: the whole tree), the latest first, at most `limit`: after the
/// first shipment of `place` towards older ones, or before the second.
///
/// # Errors
/// [`Error::OrganisationNotFound`] where the caller sees no such receiver.
pub async fn page(
    tx: &mut Tx,
    tenant: TenantId,
    (within, filter): (Option<&Subtree>, &Filter),
    (after, before): (Option<ShipmentId>, Option<ShipmentId>),
    limit: usize,
) -> Result<Vec<ShipmentLine>, Error> {
    let span = Span::new(&filter.period, after.map(ShipmentId::raw), before.map(ShipmentId::raw), limit);
    let ids = match receivers(tx, tenant, within, filter).await? {
        None => keyset::ids(tx, tenant, &store::ALL, &[[tenant.raw()]], span).await?,
        Some(receivers) => keyset::ids(tx, tenant, &store::BY_RECEIVER, &receivers, span).await?,
    };
    let mut lines = store::lines(tx, tenant, &ids).await?;
    Ok(ids.into_iter().filter_map(|id| lines.remove(&ShipmentId::from_raw(id))).collect())
}

/// How many shipments there are, up to [`keyset::COUNT_MAX`]; one more stands for all beyond.
pub async fn count(tx: &mut Tx, tenant: TenantId, (within, filter): (Option<&Subtree>, &Filter)) -> Result<i64, Error> {
    Ok(match receivers(tx, tenant, within, filter).await? {
        None => keyset::count(tx, tenant, &store::ALL, &[[tenant.raw()]], &filter.period).await?,
        Some(receivers) => keyset::count(tx, tenant, &store::BY_RECEIVER, &receivers, &filter.period).await?,
    })
}

/// To whom shipments are looked for; none where to everybody.
async fn receivers(
    tx: &mut Tx,
    tenant: TenantId,
    within: Option<&Subtree>,
    filter: &Filter,
) -> Result<Option<Vec<[i64; 1]>>, Error> {
    Ok(match (filter.to, within) {
        (None, None) => None,
        (Some(to), within) => {
            if !organisation::is_seen(tx, tenant, within, to).await? {
                return Err(Error::OrganisationNotFound { organisation: to });
            }
            Some(vec![[to.raw()]])
        }
        (None, Some(within)) => {
            let inside = organisation::subtree(tx, tenant, within.organisation).await?;
            Some(inside.iter().map(|one| [one.id.raw()]).collect())
        }
    })
}
