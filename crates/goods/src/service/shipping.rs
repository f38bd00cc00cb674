//! Handing goods to organisations.

use tallymark_base::id::{ShipmentId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_partners::organisation;
use tallymark_store::{Context, Tx};
use tallymark_web::Subtree;

use super::operation::{UNITS_MAX, holders, record, record_again};
use crate::rules::trace::fact::Moment;
use crate::store::shipment as store;
use crate::{Error, NewOperation, NewShipment, Shipment, Unit};

/// Hands goods to an organisation. Whoever held them before does not any more.
pub async fn ship(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    new: NewShipment,
    at: Timestamp,
) -> Result<Shipment, Error> {
    check_count(&new)?;
    if organisation::find(tx, tenant, new.to).await?.is_none() {
        return Err(Error::OrganisationNotFound { organisation: new.to });
    }
    let NewShipment { to, from, units } = new;
    let operation = [(NewOperation::Ship { units: units.clone(), to, from }, at)];
    let done = record(tx, context, tenant, &operation).await?.pop();
    let done = done.ok_or(Error::Units { given: 0, max: UNITS_MAX })??;
    let shipment = Shipment { id: ShipmentId::from_raw(done.id.raw()), to, units, at };
    store::insert(tx, tenant, &shipment).await?;
    Ok(shipment)
}

/// Whether a caller that is limited to a part of the channel tree may make this shipment: it knows the receiver, and
/// everything in it is held inside that part. What was never shipped is the brand's. A batch of which nothing is held
/// inside is told like one that does not exist.
pub async fn check_within(tx: &mut Tx, tenant: TenantId, within: &Subtree, new: &NewShipment) -> Result<(), Error> {
    check_count(new)?;
    if !organisation::is_seen(tx, tenant, Some(within), new.to).await? {
        return Err(Error::OrganisationNotFound { organisation: new.to });
    }
    check_held_within(tx, tenant, within, &new.units).await
}

/// Whether goods are held inside the part of the channel tree that a caller is limited to, all of them.
///
/// # Errors
/// [`Error::NotHeld`], as if they did not exist.
pub async fn check_held_within(tx: &mut Tx, tenant: TenantId, within: &Subtree, units: &[Unit]) -> Result<(), Error> {
    for unit in units {
        let not_held = Error::NotHeld { batch: unit.batch };
        let parts = match holders(tx, tenant, std::slice::from_ref(unit)).await {
            Err(Error::BatchNotFound { .. } | Error::NoSuchSerials { .. }) => return Err(not_held),
            parts => parts?,
        };
        for (_, held) in parts {
            let Some(held) = held else { return Err(not_held) };
            if !organisation::is_seen(tx, tenant, Some(within), held.organisation).await? {
                return Err(not_held);
            }
        }
    }
    Ok(())
}

/// Whether a caller that is limited to a part of the channel tree may do this: everything that it names is held inside that
/// part, and it goes or comes to where the caller sees it. What arrives or is sold there was in somebody's hand, so it may be
/// named wherever it was before.
///
/// # Errors
/// [`Error::NotHeld`] and [`Error::OrganisationNotFound`], as if it did not exist.
pub async fn check_operation_within(
    tx: &mut Tx,
    tenant: TenantId,
    within: &Subtree,
    operation: &NewOperation,
) -> Result<(), Error> {
    if let Some(organisation) = operation.organisation()
        && !organisation::is_seen(tx, tenant, Some(within), organisation).await?
    {
        return Err(Error::OrganisationNotFound { organisation });
    }
    if matches!(operation, NewOperation::Receive { .. } | NewOperation::Sell { .. }) {
        return Ok(());
    }
    let units: Vec<_> = operation.units().copied().collect();
    check_held_within(tx, tenant, within, &units).await
}

/// A shipment as it was asked for.
pub async fn shipment(tx: &mut Tx, tenant: TenantId, id: ShipmentId) -> Result<Option<Shipment>, Error> {
    Ok(store::find(tx, tenant, id).await?)
}

/// Whether an older program kept custody in its own way.
///
/// # Errors
/// The database's.
pub async fn has_old_custody(tx: &mut Tx) -> Result<bool, Error> {
    Ok(!store::with_old_custody(tx).await?.is_empty())
}

/// Takes over what an older program kept of shipments: they are recorded again, each as it was then. Gives how many.
///
/// # Errors
/// The database's.
pub async fn carry_over(tx: &mut Tx, context: &Context) -> Result<usize, Error> {
    let mut count = 0;
    for tenant in store::with_old_custody(tx).await? {
        // Taken away first: of two servers that start at once, one finds nothing left to take.
        if !store::forget_old_custody(tx, tenant).await? {
            continue;
        }
        let shipments = store::all_with_units(tx, tenant).await?;
        let operation = |shipment: &Shipment| {
            let ship = NewOperation::Ship { units: shipment.units.clone(), to: shipment.to, from: None };
            (ship, Moment { at: shipment.at, event: shipment.id.raw() })
        };
        let operations: Vec<_> = shipments.iter().map(operation).collect();
        record_again(tx, context, tenant, &operations).await?;
        count += operations.len();
    }
    Ok(count)
}

const fn check_count(new: &NewShipment) -> Result<(), Error> {
    let given = new.units.len();
    if given == 0 || given > SHIPMENT_UNITS_MAX { Err(Error::Units { given, max: SHIPMENT_UNITS_MAX }) } else { Ok(()) }
}

/// Most units of a shipment.
const SHIPMENT_UNITS_MAX: usize = 1_000;
