//! Handing goods to organisations, and asking who holds them.

use std::collections::{BTreeMap, HashMap};

use tallymark_base::id::{BatchId, EventId, IdSource, ShipmentId, TenantId};
use tallymark_base::{Clock, Timestamp, TypedId as _};
use tallymark_codes::Level;
use tallymark_partners::organisation;
use tallymark_store::Tx;
use tallymark_store::outbox::Events;
use tallymark_web::Subtree;

use crate::events::Shipped;
use crate::rules::runs::{Run, gaps, merged, without};
use crate::store::{batch, custody, shipment as store};
use crate::{Batch, Custody, Error, NewShipment, Serials, Shipment, Unit};

/// Most units of a shipment.
const UNITS_MAX: usize = 1_000;

/// Hands cases and pallets to an organisation. Whoever held their items before does not any more.
pub async fn ship(
    tx: &mut Tx,
    tenant: TenantId,
    ids: &IdSource,
    clock: &dyn Clock,
    new: NewShipment,
    at: Timestamp,
) -> Result<Shipment, Error> {
    check_units(&new.units)?;
    if organisation::find(tx, tenant, new.to).await?.is_none() {
        return Err(Error::OrganisationNotFound { organisation: new.to });
    }
    let batches = for_change(tx, tenant, &new.units).await?;
    let taken = items_of(&new.units, &batches)?;
    let before = held(tx, tenant, &taken).await?;

    let shipment = Shipment { id: ids.next(clock)?, to: new.to, units: new.units, at };
    let holder = Custody { organisation: shipment.to, shipment: shipment.id, since: at };
    let Handover { gone, rest, given } = handover(&before, &taken, holder);
    store::insert(tx, tenant, &shipment).await?;
    custody::delete(tx, tenant, &gone).await?;
    custody::insert(tx, tenant, &[rest, given.clone()].concat()).await?;
    custody::insert_history(tx, tenant, &given).await?;

    let mut events = Events::new();
    for (batch, (serials, _)) in &given {
        let event = Shipped {
            shipment: shipment.id,
            organisation: shipment.to,
            batch: *batch,
            product: batches[batch].product,
            first: serials.first,
            last: serials.last,
            items: serials.count(),
        };
        events.push(ids.next::<EventId>(clock)?.raw(), tenant.raw(), at, &event);
    }
    events.save(tx, ids, clock).await?;
    Ok(shipment)
}

/// Whether a caller that is limited to a part of the channel tree may make this shipment: it knows the receiver, and
/// everything in it is held inside that part. What was never shipped is the brand's. A batch of which nothing is held
/// inside is told like one that does not exist.
pub async fn check_within(tx: &mut Tx, tenant: TenantId, within: &Subtree, new: &NewShipment) -> Result<(), Error> {
    check_units(&new.units)?;
    if !organisation::is_seen(tx, tenant, Some(within), new.to).await? {
        return Err(Error::OrganisationNotFound { organisation: new.to });
    }
    for unit in &new.units {
        let not_held = Error::NotHeld { batch: unit.batch };
        let batch = batch::find(tx, tenant, &[unit.batch]).await?.pop();
        let items = batch.and_then(|batch| batch.packing().items_of(unit.level, unit.serials()).ok());
        let Some(items) = items else { return Err(not_held) };
        let mut inside = Vec::new();
        for run in custody::overlapping(tx, tenant, unit.batch, items).await? {
            if organisation::is_seen(tx, tenant, Some(within), run.1.organisation).await? {
                inside.push(run);
            }
        }
        if !gaps(&inside, items).is_empty() {
            return Err(not_held);
        }
    }
    Ok(())
}

/// A shipment as it was asked for.
pub async fn shipment(tx: &mut Tx, tenant: TenantId, id: ShipmentId) -> Result<Option<Shipment>, Error> {
    Ok(store::find(tx, tenant, id).await?)
}

/// Who holds each item (batch and item serial) now; items that were never shipped are missing. One statement for up to
/// 256 items.
pub async fn custodians(
    tx: &mut Tx,
    tenant: TenantId,
    items: &[(BatchId, u64)],
) -> Result<HashMap<(BatchId, u64), Custody>, Error> {
    Ok(custody::of_items(tx, tenant, items).await?)
}

/// Everyone who ever got an item, first to last.
pub async fn custody_chain(tx: &mut Tx, tenant: TenantId, batch: BatchId, serial: u64) -> Result<Vec<Custody>, Error> {
    Ok(custody::chain(tx, tenant, batch, serial).await?)
}

fn check_units(units: &[Unit]) -> Result<(), Error> {
    if units.is_empty() || units.len() > UNITS_MAX {
        return Err(Error::Units { given: units.len(), max: UNITS_MAX });
    }
    match units.iter().find(|unit| !matches!(unit.level, Level::Case | Level::Pallet)) {
        Some(unit) => Err(Error::UnitLevel { level: unit.level }),
        None => Ok(()),
    }
}

/// The batches of the units, whose other changes wait until this transaction ends. They are taken in order of id, so that
/// two shipments never wait for each other.
async fn for_change(tx: &mut Tx, tenant: TenantId, units: &[Unit]) -> Result<BTreeMap<BatchId, Batch>, Error> {
    let mut ids: Vec<BatchId> = units.iter().map(|unit| unit.batch).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in &ids {
        if !batch::take_turn(tx, tenant, *id).await? {
            return Err(Error::BatchNotFound { batch: *id });
        }
    }
    Ok(batch::find(tx, tenant, &ids).await?.into_iter().map(|batch| (batch.id, batch)).collect())
}

/// The items inside the units: for each batch rising ranges that do not touch.
fn items_of(units: &[Unit], batches: &BTreeMap<BatchId, Batch>) -> Result<BTreeMap<BatchId, Vec<Serials>>, Error> {
    let mut items: BTreeMap<BatchId, Vec<Serials>> = BTreeMap::new();
    for unit in units {
        let batch = batches.get(&unit.batch).ok_or(Error::BatchNotFound { batch: unit.batch })?;
        items.entry(unit.batch).or_default().push(batch.packing().items_of(unit.level, unit.serials())?);
    }
    Ok(items.into_iter().map(|(batch, ranges)| (batch, merged(ranges))).collect())
}

/// The runs in which items of the given ranges are held now, those of a batch rising.
async fn held(
    tx: &mut Tx,
    tenant: TenantId,
    taken: &BTreeMap<BatchId, Vec<Serials>>,
) -> Result<BTreeMap<BatchId, Vec<Run<Custody>>>, Error> {
    let mut held: BTreeMap<BatchId, Vec<Run<Custody>>> = BTreeMap::new();
    for (batch, ranges) in taken {
        let runs = held.entry(*batch).or_default();
        for range in ranges {
            // A run that reaches over several ranges comes with each of them.
            let last = runs.last().map(|(serials, _)| serials.first);
            let found = custody::overlapping(tx, tenant, *batch, *range).await?;
            runs.extend(found.into_iter().filter(|(serials, _)| Some(serials.first) > last));
        }
    }
    Ok(held)
}

/// What a shipment does to custody.
struct Handover {
    /// Runs that end.
    gone: Vec<(BatchId, Serials)>,
    /// What stays of them with who had them.
    rest: Vec<(BatchId, Run<Custody>)>,
    /// The runs of the shipment.
    given: Vec<(BatchId, Run<Custody>)>,
}

fn handover(
    before: &BTreeMap<BatchId, Vec<Run<Custody>>>,
    taken: &BTreeMap<BatchId, Vec<Serials>>,
    holder: Custody,
) -> Handover {
    let mut result = Handover { gone: Vec::new(), rest: Vec::new(), given: Vec::new() };
    for (batch, ranges) in taken {
        let held = before.get(batch).map(Vec::as_slice).unwrap_or_default();
        result.gone.extend(held.iter().map(|(serials, _)| (*batch, *serials)));
        result.rest.extend(without(held, ranges).into_iter().map(|run| (*batch, run)));
        result.given.extend(ranges.iter().map(|range| (*batch, (*range, holder))));
    }
    result
}
