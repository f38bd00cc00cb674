//! Flows of goods: who got how much from whom in a period, counted from the shipments themselves. A flow is the sum of the
//! shipments that a list of the same question holds, no more and no less.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tallymark_base::TypedId as _;
use tallymark_base::geography::Adcode;
use tallymark_base::id::{BatchId, OperationId, OrganisationId, ProductId, TenantId};
use tallymark_partners::organisation;
use tallymark_store::Tx;
use tallymark_store::keyset::{Period, Span};

use super::operations;
use super::trace::Reader;
use crate::rules::trace::fact::Moment;
use crate::rules::trace::flow::{Handed, handed};
use crate::rules::trace::known::{Known, Missing};
use crate::rules::trace::layout::Layout;
use crate::store::trace as store;
use crate::types::trace::Recorded;
use crate::{Error, Flow, FlowPart, FlowShipment, OperationKind};

/// Most shipments that one question looks at.
pub const SHIPMENTS_MAX: usize = 10_000;
/// Shipments that are read together.
const TOGETHER: usize = 500;

/// Who held goods before they were handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The brand itself: they were handed to nobody before.
    Brand,
    /// An organisation.
    Organisation(OrganisationId),
}

impl Sender {
    const fn organisation(self) -> Option<OrganisationId> {
        match self {
            Self::Brand => None,
            Self::Organisation(organisation) => Some(organisation),
        }
    }
}

/// Which flows are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// When the shipments were recorded.
    pub period: Period,
    /// Only codes of this batch.
    pub batch: Option<BatchId>,
    /// Only codes of this product.
    pub product: Option<ProductId>,
    /// Only what this one held before.
    pub sender: Option<Sender>,
    /// Only what this one got.
    pub receiver: Option<OrganisationId>,
}

/// Who got how much from whom, the most first.
///
/// # Errors
/// [`Error::TooManyShipments`]; [`Error::OrganisationNotFound`], [`Error::BatchNotFound`].
pub async fn flows(tx: &mut Tx, tenant: TenantId, filter: &Filter) -> Result<Vec<Flow>, Error> {
    let mut sums: BTreeMap<(Option<OrganisationId>, OrganisationId), (i64, i64)> = BTreeMap::new();
    for shipment in shipments(tx, tenant, filter).await? {
        let mut of_sender: BTreeMap<Option<OrganisationId>, i64> = BTreeMap::new();
        for part in &shipment.parts {
            *of_sender.entry(part.sender).or_default() += part.items;
        }
        for (sender, items) in of_sender {
            let sum = sums.entry((sender, shipment.receiver)).or_default();
            *sum = (sum.0 + items, sum.1 + 1);
        }
    }
    let all = organisation::list(tx, tenant).await?;
    let places: HashMap<OrganisationId, Adcode> =
        all.into_iter().filter_map(|one| Some((one.id, one.adcode?))).collect();
    let flow =
        |((sender, receiver), (items, shipments)): ((Option<OrganisationId>, OrganisationId), (i64, i64))| Flow {
            sender,
            sender_place: sender.and_then(|sender| places.get(&sender).copied()),
            receiver,
            receiver_place: places.get(&receiver).copied(),
            items,
            shipments,
        };
    let mut flows: Vec<Flow> = sums.into_iter().map(flow).collect();
    flows.sort_by_key(|flow| std::cmp::Reverse(flow.items));
    Ok(flows)
}

/// The shipments behind flows, the latest first, all of them.
///
/// # Errors
/// As of [`flows`].
pub async fn shipments(tx: &mut Tx, tenant: TenantId, filter: &Filter) -> Result<Vec<FlowShipment>, Error> {
    let wanted = operations::Filter {
        period: filter.period,
        kind: Some(OperationKind::Ship),
        organisation: filter.receiver,
        batch: filter.batch,
    };
    let ids = operations::ids(tx, tenant, &wanted, Span::new(&filter.period, None, None, SHIPMENTS_MAX + 1)).await?;
    if ids.len() > SHIPMENTS_MAX {
        return Err(Error::TooManyShipments { max: SHIPMENTS_MAX });
    }
    let (mut found, mut layout) = (Vec::new(), Arc::new(Layout::default()));
    for some in ids.chunks(TOGETHER) {
        let mut recorded = store::events(tx, tenant, some).await?;
        recorded.sort_unstable_by_key(|one| std::cmp::Reverse(one.id));
        let mut reader = Reader::new(layout);
        let parts = reader.answer(tx, tenant, |known| all_handed(known, &recorded)).await?;
        layout = reader.known.layout.clone();
        let told = recorded.iter().zip(parts);
        found.extend(told.filter_map(|(one, parts)| shipment_of(&layout, filter, one, &parts)));
    }
    Ok(found)
}

/// Asks for every operation at once, so that all that is missing is read together.
fn all_handed(known: &Known, recorded: &[Recorded]) -> Result<Vec<Vec<Handed>>, Missing> {
    let (mut found, mut missing) = (Vec::with_capacity(recorded.len()), Missing::default());
    for one in recorded {
        match handed(known, &one.codes, Moment { at: one.at, event: one.id }) {
            Ok(parts) => found.push(parts),
            Err(more) => missing.and(more),
        }
    }
    if missing == Missing::default() { Ok(found) } else { Err(missing) }
}

/// What of a shipment was asked for, neighbouring parts of one batch and sender as one; none where nothing was.
fn shipment_of(layout: &Layout, filter: &Filter, recorded: &Recorded, parts: &[Handed]) -> Option<FlowShipment> {
    let mut sums: BTreeMap<(Option<OrganisationId>, BatchId), (ProductId, i64)> = BTreeMap::new();
    for Handed { run, from, items } in parts {
        let Some(place) = layout.place(run.first) else { continue };
        let is_wanted = filter.batch.is_none_or(|batch| batch == place.batch)
            && filter.product.is_none_or(|product| product == place.product)
            && filter.sender.is_none_or(|sender| sender.organisation() == *from);
        if is_wanted {
            sums.entry((*from, place.batch)).or_insert((place.product, 0)).1 += items;
        }
    }
    let part = |((sender, batch), (product, items))| FlowPart { sender, batch, product, items };
    let parts: Vec<FlowPart> = sums.into_iter().map(part).collect();
    if parts.is_empty() {
        return None;
    }
    let items = parts.iter().map(|part| part.items).sum();
    let operation = OperationId::from_raw(recorded.id);
    Some(FlowShipment { operation, at: recorded.at, receiver: recorded.organisation?, items, parts })
}
