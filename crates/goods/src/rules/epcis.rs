//! What the brand's own operations are as events of EPCIS 2.0 (ISO/IEC 19987:2024): kept in a few bytes ([`short`]), whatever
//! number of codes they name, and written out when somebody asks ([`write`]).

pub(crate) mod read;
pub(crate) mod short;
pub(crate) mod write;

use tallymark_base::id::BatchId;
use tallymark_codes::Level;

use crate::rules::trace::custody::Container;
use crate::rules::trace::decided::Decided;
use crate::rules::trace::fact::Indexes;
use crate::rules::trace::layout::Layout;
use crate::{Association, OperationKind, Serials};
use short::Short;

/// What the events of activated items are: their codes are commissioned, and those of packs with their first item. Where packs
/// are filled by the order of printing, so are these. Packs that the line fills are commissioned with the first item of all.
pub(crate) fn activated(layout: &Layout, batch: BatchId, items: Serials) -> Vec<Short> {
    let (mut codes, mut sets) = (Vec::new(), Vec::new());
    for place in layout.places_of(batch) {
        let size = place.packing.size(place.level).unwrap_or(1).max(1);
        let serials = match (place.level, place.association) {
            (Level::Item, _) => Some(items),
            (_, Association::ByRange) => Some(Serials::new(items.first.div_ceil(size), items.last / size)),
            (_, Association::OnLine) => (items.first == 0).then(|| Serials::new(0, place.indexes.count() - 1)),
        };
        let Some(serials) = serials.filter(|serials| serials.first <= serials.last) else { continue };
        let run = Indexes::new(place.indexes.first + serials.first, place.indexes.first + serials.last);
        codes.push(Short::Codes { is_gone: false, run });
        sets.extend(printed(layout, run, false));
    }
    codes.append(&mut sets);
    codes
}

/// What the event of withdrawn items is.
pub(crate) fn voided(layout: &Layout, batch: BatchId, items: Serials) -> Option<Short> {
    let first = layout.level(batch, Level::Item)?.indexes.first;
    Some(Short::Codes { is_gone: true, run: Indexes::new(first + items.first, first + items.last) })
}

/// What the events of an operation are: first what left its packs, then the operation itself, unless that says all. `is_told`:
/// it follows an event that others told, so that only what they did not say is left.
pub(crate) fn operated(
    layout: &Layout,
    (operation, kind): (i64, OperationKind),
    codes: &[Indexes],
    decided: &Decided,
    is_told: bool,
) -> Vec<Short> {
    if is_told && matches!(kind, OperationKind::Unpack | OperationKind::Open) {
        return Vec::new();
    }
    let mut events = Vec::new();
    for (run, container) in &decided.left {
        match container {
            Container::ByRange => events.extend(printed(layout, *run, true)),
            Container::Code(pack) => match events.last_mut() {
                Some(Short::Moved { pack: same, codes, .. }) if same == pack => codes.push(*run),
                _ => events.push(Short::Moved { is_out: true, pack: *pack, codes: vec![*run] }),
            },
        }
    }
    match kind {
        _ if is_told => {}
        OperationKind::Unpack => {}
        OperationKind::Open => {
            events.extend(decided.moved.iter().map(|(packs, _)| Short::Opened { packs: *packs }));
        }
        OperationKind::Pack
        | OperationKind::Ship
        | OperationKind::Receive
        | OperationKind::Sell
        | OperationKind::Destroy
        | OperationKind::Replace => {
            events.push(Short::done(operation, codes));
        }
    }
    let put = decided.put.iter().map(|(code, pack)| {
        let codes = vec![Indexes::new(*code, *code)];
        Short::Moved { is_out: false, pack: *pack, codes }
    });
    events.extend(put);
    events
}

/// A run in the packs that it was printed for.
fn printed(layout: &Layout, run: Indexes, is_out: bool) -> Option<Short> {
    let packs = layout.packs_of(run)?;
    let (place, around) = (layout.place(run.first)?, layout.place(packs.first)?);
    let ratio = place.packing.size(around.level)? / place.packing.size(place.level)?;
    let first = place.indexes.first + around.serial(packs.first) * ratio;
    Some(Short::Sets { is_out, packs, inside: run, ratio, lead: run.first - first })
}
