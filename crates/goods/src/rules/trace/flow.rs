//! From whom goods came that were handed over: who held each part of them just before.

use tallymark_base::id::OrganisationId;

use super::fact::{Indexes, Moment};
use super::known::{Known, Missing};
use super::operation::Deciding;

/// A part of what was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handed {
    /// Which codes, of one level of a batch.
    pub(crate) run: Indexes,
    /// Who held them; none: the brand.
    pub(crate) from: Option<OrganisationId>,
    /// How many items, those inside of packs counted.
    pub(crate) items: i64,
}

/// What an operation handed over at a moment, part by part. A code that lies in a pack that is named too counts with the pack
/// alone. `codes` may reach from a level into the next, as neighbours are kept.
pub(crate) fn handed(known: &Known, codes: &[Indexes], moment: Moment) -> Result<Vec<Handed>, Missing> {
    let mut runs = Vec::with_capacity(codes.len());
    for run in codes {
        runs.extend(within_levels(known, *run)?);
    }
    let deciding = Deciding::new(known, moment);
    deciding.all(&runs, |this, run| this.known.holders(run, this.moment).map(drop))?;
    let mut parts = Vec::with_capacity(runs.len());
    for run in &runs {
        for (part, _) in deciding.outermost(*run, &runs)? {
            for (run, held) in known.holders(part, moment)? {
                let from = held.map(|held| held.organisation);
                parts.push(Handed { run, from, items: deciding.items(run)? });
            }
        }
    }
    Ok(parts)
}

/// A run cut where a level of a batch ends.
fn within_levels(known: &Known, run: Indexes) -> Result<Vec<Indexes>, Missing> {
    let (mut parts, mut first) = (Vec::new(), run.first);
    while first <= run.last {
        let Some(place) = known.layout.place(first) else {
            return Err(Missing { places: vec![first], bins: Vec::new() });
        };
        let last = run.last.min(place.indexes.last);
        parts.push(Indexes::new(first, last));
        first = last + 1;
    }
    Ok(parts)
}
