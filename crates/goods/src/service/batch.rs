//! Ordering codes, and making them live or void.

use tallymark_base::event::Word;
use tallymark_base::id::{BatchId, EventId, IdSource, ProductId, TenantId};
use tallymark_base::{Clock, Timestamp, TypedId as _};
use tallymark_codes::{CodeIndex, IndexRange, Level};
use tallymark_store::outbox::Events;
use tallymark_store::{Context, Tx, revision};

use crate::catalog::CodeRange;
use crate::events::{Activated, BatchCreated, Voided};
use crate::rules::epcis;
use crate::rules::packing::Packing;
use crate::rules::runs::gaps;
use crate::rules::text;
use crate::service::own_events::{self, New};
use crate::service::pack_profiles::{check_numbered, filled_in, number_packs};
use crate::store::{activation, batch as store, key, list, product};
use crate::{Activation, Batch, BatchStatus, Error, NewBatch, Serials, Voiding};

/// Orders codes, or drafts an order: a draft has no codes.
pub async fn create(
    tx: &mut Tx,
    tenant: TenantId,
    ids: &IdSource,
    clock: &dyn Clock,
    new: NewBatch,
) -> Result<Batch, Error> {
    let new = filled_in(tx, tenant, new).await?;
    let packing = Packing {
        items: new.items,
        items_per_box: new.items_per_box,
        items_per_case: new.items_per_case,
        cases_per_pallet: new.cases_per_pallet,
    };
    packing.check()?;
    check_numbered(new.sscc, new.items_per_case, new.cases_per_pallet)?;
    text::check("lot", &new.lot, text::LABEL_MAX)?;
    product::find(tx, tenant, new.product).await?.ok_or(Error::ProductNotFound { product: new.product })?;
    let epoch = key::current(tx, tenant).await?.ok_or(Error::NoKeys)?;
    let batch = Batch {
        id: ids.next(clock)?,
        product: new.product,
        lot: new.lot,
        items: new.items,
        items_per_box: new.items_per_box,
        items_per_case: new.items_per_case,
        cases_per_pallet: new.cases_per_pallet,
        association: new.association,
        faces: new.faces,
        profile: new.profile,
        sscc: new.sscc,
        length: new.length,
        epoch,
        status: if new.draft { BatchStatus::Draft } else { BatchStatus::Ready },
        created_at: clock.now(),
        printed_at: None,
        made_elsewhere: Vec::new(),
    };
    store::insert(tx, tenant, &batch).await?;
    match new.draft {
        true => revision::raise(tx, tenant.raw()).await?,
        false => allot(tx, tenant, ids, clock, &batch).await?,
    }
    Ok(batch)
}

/// Makes a draft an order, under the key of the moment.
///
/// # Errors
/// [`Error::BatchNotFound`], [`Error::NotDraft`], and what stands against the order.
pub async fn order(
    tx: &mut Tx,
    tenant: TenantId,
    ids: &IdSource,
    clock: &dyn Clock,
    id: BatchId,
) -> Result<Batch, Error> {
    let epoch = key::current(tx, tenant).await?.ok_or(Error::NoKeys)?;
    let draft = find(tx, tenant, id).await?.ok_or(Error::BatchNotFound { batch: id })?;
    if !store::end_draft(tx, tenant, id, epoch).await? {
        return Err(Error::NotDraft { batch: id });
    }
    let batch = Batch { epoch, status: BatchStatus::Ready, ..draft };
    list::remove(tx, tenant, id).await?;
    allot(tx, tenant, ids, clock, &batch).await?;
    Ok(batch)
}

/// Makes a draft a batch whose codes were made elsewhere, those that are not in its list under the key that it was drafted with.
pub(super) async fn fill(tx: &mut Tx, context: &Context, tenant: TenantId, id: BatchId) -> Result<Batch, Error> {
    let draft = find(tx, tenant, id).await?.ok_or(Error::BatchNotFound { batch: id })?;
    if !store::end_draft(tx, tenant, id, draft.epoch).await? {
        return Err(Error::NotDraft { batch: id });
    }
    let batch = Batch { status: BatchStatus::Ready, ..draft };
    allot(tx, tenant, &context.ids, &*context.clock, &batch).await?;
    Ok(batch)
}

/// Throws a draft away; gives how it was.
///
/// # Errors
/// [`Error::BatchNotFound`], [`Error::NotDraft`].
pub async fn discard(tx: &mut Tx, tenant: TenantId, id: BatchId) -> Result<Batch, Error> {
    let draft = find(tx, tenant, id).await?.ok_or(Error::BatchNotFound { batch: id })?;
    if !store::remove_draft(tx, tenant, id).await? {
        return Err(Error::NotDraft { batch: id });
    }
    list::remove(tx, tenant, id).await?;
    revision::raise(tx, tenant.raw()).await?;
    Ok(draft)
}

/// Notes that the codes of a batch came back printed; the first time counts. Gives how it was and how it is.
///
/// # Errors
/// [`Error::BatchNotFound`], [`Error::Draft`].
pub async fn printed(tx: &mut Tx, tenant: TenantId, id: BatchId, at: Timestamp) -> Result<(Batch, Batch), Error> {
    let before = find(tx, tenant, id).await?.ok_or(Error::BatchNotFound { batch: id })?;
    if before.status == BatchStatus::Draft {
        return Err(Error::Draft { batch: id });
    }
    store::printed(tx, tenant, id, at).await?;
    let after = find(tx, tenant, id).await?.ok_or(Error::BatchNotFound { batch: id })?;
    Ok((before, after))
}

/// Takes the next indexes of the tenant for a batch, one range for each level.
async fn allot(tx: &mut Tx, tenant: TenantId, ids: &IdSource, clock: &dyn Clock, batch: &Batch) -> Result<(), Error> {
    let packing = batch.packing();
    let ranges = allotted(tx, tenant, batch).await?;
    store::insert_ranges(tx, tenant, &ranges).await?;
    number_packs(tx, tenant, batch).await?;
    revision::raise(tx, tenant.raw()).await?;

    let mut events = Events::new();
    let event = BatchCreated {
        batch: batch.id,
        product: batch.product,
        lot: batch.lot.clone(),
        items: batch.items,
        cases: packing.count(Level::Case),
        pallets: packing.count(Level::Pallet),
        faces: Word(batch.faces),
        boxes: Some(packing.count(Level::Box)),
        association: Some(Word(batch.association)),
    };
    events.push(ids.next::<EventId>(clock)?.raw(), tenant.raw(), clock.now(), &event);
    Ok(events.save(tx, ids, clock).await?)
}

/// Takes the indexes of every level of a batch in one piece.
async fn allotted(tx: &mut Tx, tenant: TenantId, batch: &Batch) -> Result<Vec<CodeRange>, Error> {
    let packing = batch.packing();
    let needed = Level::ALL.iter().map(|level| packing.count(*level)).sum();
    let mut next = store::take_indexes(tx, tenant, needed).await?;
    let given_out = CodeIndex::MAX.get() + 1;
    if next + needed > given_out {
        return Err(Error::CodesExhausted { needed, left: given_out.saturating_sub(next) });
    }
    let mut ranges = Vec::new();
    for level in Level::ALL {
        let codes = packing.count(level);
        if let Some(first) = CodeIndex::new(next).ok().filter(|_| codes > 0) {
            let indexes = IndexRange::from_count(first, codes).expect("all levels fit, which was checked above");
            ranges.push(CodeRange { batch: batch.id, level, indexes });
        }
        next += codes;
    }
    Ok(ranges)
}

/// Batches after `after` (none: from the start), oldest first, at most `limit`.
pub async fn list(tx: &mut Tx, tenant: TenantId, after: Option<BatchId>, limit: i64) -> Result<Vec<Batch>, Error> {
    Ok(store::list(tx, tenant, after, limit).await?)
}

/// The batches of a product, the latest first, at most `limit`.
pub async fn of_product(tx: &mut Tx, tenant: TenantId, product: ProductId, limit: i64) -> Result<Vec<BatchId>, Error> {
    Ok(store::of_product(tx, tenant, product, limit).await?)
}

/// One batch.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: BatchId) -> Result<Option<Batch>, Error> {
    Ok(store::find(tx, tenant, &[id]).await?.pop())
}

/// The first of `ids` that is no batch of the tenant: for those who keep a list of them.
pub async fn first_unknown(
    tx: &mut Tx,
    tenant: TenantId,
    ids: &[BatchId],
) -> Result<Option<BatchId>, tallymark_store::Error> {
    let known = store::known(tx, tenant, ids).await?;
    Ok(ids.iter().copied().find(|id| !known.contains(id)))
}

/// Makes items live (none given: all of the batch). An item is activated once; void items stay void.
pub async fn activate(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    batch: BatchId,
    serials: Option<Serials>,
    at: Timestamp,
) -> Result<Activation, Error> {
    let (batch, asked) = for_change(tx, tenant, batch, serials).await?;
    if let Some(held) = activation::in_the_way(tx, tenant, batch.id, asked).await? {
        return Err(Error::ActivationOverlaps { asked, held });
    }
    activation::insert(tx, tenant, batch.id, asked, at).await?;
    revision::raise(tx, tenant.raw()).await?;

    let mut events = Events::new();
    let (first, last, items) = (asked.first, asked.last, asked.count());
    let event = Activated { batch: batch.id, product: batch.product, first, last, items };
    events.push(context.ids.next::<EventId>(&*context.clock)?.raw(), tenant.raw(), at, &event);
    events.save(tx, &context.ids, &*context.clock).await?;
    let layout = own_events::layout(tx, tenant, batch.id).await?;
    let own: Vec<_> =
        epcis::activated(&layout, batch.id, asked).into_iter().map(|short| New::of(short, at, None)).collect();
    own_events::save(tx, context, tenant, &own).await?;
    Ok(Activation { batch: batch.id, serials: asked, at })
}

/// Withdraws items, live or not. Those that were void before keep their reason.
pub async fn void(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    batch: BatchId,
    serials: Serials,
    reason: &str,
    at: Timestamp,
) -> Result<Voiding, Error> {
    text::check("reason", reason, text::REASON_MAX)?;
    let (batch, asked) = for_change(tx, tenant, batch, Some(serials)).await?;
    let free = gaps(&activation::voids_of_batch(tx, tenant, batch.id).await?, asked);
    activation::insert_voids(tx, tenant, batch.id, &free, reason, at).await?;
    revision::raise(tx, tenant.raw()).await?;

    let mut events = Events::new();
    for part in &free {
        let event = Voided {
            batch: batch.id,
            product: batch.product,
            first: part.first,
            last: part.last,
            items: part.count(),
            reason: reason.to_owned(),
        };
        events.push(context.ids.next::<EventId>(&*context.clock)?.raw(), tenant.raw(), at, &event);
    }
    events.save(tx, &context.ids, &*context.clock).await?;
    let layout = own_events::layout(tx, tenant, batch.id).await?;
    let own: Vec<_> = free
        .iter()
        .filter_map(|part| epcis::voided(&layout, batch.id, *part))
        .map(|short| New::of(short, at, None))
        .collect();
    own_events::save(tx, context, tenant, &own).await?;
    let newly_void = free.iter().map(|part| part.count()).sum();
    Ok(Voiding { batch: batch.id, serials: asked, newly_void, reason: reason.to_owned(), at })
}

/// A batch whose other changes wait until this transaction ends, and item serials that it has.
async fn for_change(
    tx: &mut Tx,
    tenant: TenantId,
    batch: BatchId,
    serials: Option<Serials>,
) -> Result<(Batch, Serials), Error> {
    if !store::take_turn(tx, tenant, batch).await? {
        return Err(Error::BatchNotFound { batch });
    }
    let batch = find(tx, tenant, batch).await?.ok_or(Error::BatchNotFound { batch })?;
    if batch.status == BatchStatus::Draft {
        return Err(Error::Draft { batch: batch.id });
    }
    let serials = serials.unwrap_or(Serials::new(0, batch.items - 1));
    let serials = batch.packing().items_of(Level::Item, serials)?;
    Ok((batch, serials))
}
