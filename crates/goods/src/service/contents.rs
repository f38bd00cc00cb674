//! What lies in packs: of every level, as of any moment.

use tallymark_base::Timestamp;
use tallymark_base::id::{BatchId, TenantId};
use tallymark_store::Tx;

use super::trace::{Reader, run_of};
use crate::rules::runs::merged;
use crate::rules::trace::custody::{Container, Whereabouts};
use crate::rules::trace::fact::{Indexes, Moment, What};
use crate::rules::trace::known::{Known, Missing};
use crate::store::trace as store;
use crate::{Error, RecallError, Unit};

/// Most runs of neighbouring codes that are looked at for one question.
const RUNS_MAX: usize = 50_000;
/// More packs than this around each other cannot be: each is of a greater level than what lies in it.
const LEVELS_MAX: usize = 4;

/// Every code that lies in some codes, however deep, as of the end of `at` or now; not those codes themselves. Neighbours
/// are joined.
///
/// # Errors
/// [`Error::NoSuchSerials`] for codes that the batch does not have; [`Error::TooScattered`] and
/// [`RecallError::TooScattered`] where too much was packed one by one.
pub async fn contents(
    tx: &mut Tx,
    tenant: TenantId,
    units: &[Unit],
    at: Option<Timestamp>,
) -> Result<Vec<Unit>, Error> {
    let (mut reader, runs) = named(tx, tenant, units).await?;
    let before = at.map_or(Moment::END, Moment::after);
    let found = inside(&mut reader, tx, tenant, &runs, before).await?;
    Ok(found.into_iter().flat_map(|run| reader.known.layout.units(run)).collect())
}

/// A reader that knows the batches of units, and their codes.
pub(super) async fn named(tx: &mut Tx, tenant: TenantId, units: &[Unit]) -> Result<(Reader, Vec<Indexes>), Error> {
    let mut batches: Vec<BatchId> = units.iter().map(|unit| unit.batch).collect();
    batches.sort_unstable();
    batches.dedup();
    let mut reader = Reader::default();
    reader.read_batches(tx, tenant, &batches).await?;
    let runs = units.iter().map(|unit| run_of(&reader.known.layout, unit)).collect::<Result<_, _>>()?;
    Ok((reader, runs))
}

/// The codes that lay in others before a moment.
pub(super) async fn inside(
    reader: &mut Reader,
    tx: &mut Tx,
    tenant: TenantId,
    runs: &[Indexes],
    before: Moment,
) -> Result<Vec<Indexes>, Error> {
    let (mut packs, mut found) = (by_level(reader, runs), Vec::new());
    for _ in 0..LEVELS_MAX {
        if packs.is_empty() {
            break;
        }
        let candidates = candidates(reader, tx, tenant, &packs, before).await?;
        let next = reader.answer(tx, tenant, |known| lying_in(known, &candidates, &packs, before)).await?;
        packs = by_level(reader, &next);
        found.extend(next);
    }
    Ok(merged(found))
}

/// Runs joined where they touch, those of two levels never.
fn by_level(reader: &Reader, runs: &[Indexes]) -> Vec<Indexes> {
    let layout = &reader.known.layout;
    let units = merged(runs.to_vec()).into_iter().flat_map(|run| layout.units(run));
    units.filter_map(|unit| layout.indexes(&unit)).collect()
}

/// What may lie in packs: what was printed for them, and what was ever put into them or into packs whose labels they
/// replace.
async fn candidates(
    reader: &mut Reader,
    tx: &mut Tx,
    tenant: TenantId,
    packs: &[Indexes],
    before: Moment,
) -> Result<Vec<Indexes>, Error> {
    let labels = with_labels(reader, tx, tenant, packs.to_vec(), before, replaced).await?;
    let mut found: Vec<Indexes> = labels.iter().filter_map(|run| reader.known.layout.contents_of(*run)).collect();
    for run in merged(labels) {
        let left = (RUNS_MAX + 1).saturating_sub(found.len());
        for operation in store::packed_into(tx, tenant, run, left as i64).await? {
            found.extend(operation.codes);
        }
        if found.len() > RUNS_MAX {
            return Err(RecallError::TooScattered { max: RUNS_MAX }.into());
        }
    }
    // Batches of codes that nothing was asked of.
    let unknown: Vec<u64> =
        found.iter().map(|run| run.first).filter(|index| reader.known.layout.place(*index).is_none()).collect();
    if !unknown.is_empty() {
        reader.read(tx, tenant, Missing { places: unknown, bins: Vec::new() }).await?;
    }
    // What got another label lies where the old one lay, under the new one.
    let found = by_level(reader, &found);
    let found = with_labels(reader, tx, tenant, found, before, replacing).await?;
    Ok(by_level(reader, &found))
}

/// The label in whose place one came.
const fn replaced(what: What) -> Option<u64> {
    if let What::Replaces { old } = what { Some(old) } else { None }
}

/// The label that came in the place of one.
const fn replacing(what: What) -> Option<u64> {
    if let What::ReplacedBy { new } = what { Some(new) } else { None }
}

/// Codes with the labels that those before or after them are, step by step.
async fn with_labels(
    reader: &mut Reader,
    tx: &mut Tx,
    tenant: TenantId,
    codes: Vec<Indexes>,
    before: Moment,
    other: fn(What) -> Option<u64>,
) -> Result<Vec<Indexes>, Error> {
    let (mut all, mut newest) = (codes.clone(), codes);
    while !newest.is_empty() {
        newest = reader.answer(tx, tenant, |known| others(known, &newest, before, other)).await?;
        all.extend(&newest);
    }
    Ok(all)
}

fn others(
    known: &Known,
    codes: &[Indexes],
    before: Moment,
    other: fn(What) -> Option<u64>,
) -> Result<Vec<Indexes>, Missing> {
    let mut found = Vec::new();
    each(codes, |run| {
        for (_, facts) in known.over(run, before)? {
            let codes = facts.iter().filter_map(|fact| other(fact.what));
            found.extend(codes.map(|code| Indexes::new(code, code)));
        }
        Ok(())
    })?;
    Ok(found)
}

/// Those of the codes that lay in the packs.
fn lying_in(known: &Known, codes: &[Indexes], packs: &[Indexes], before: Moment) -> Result<Vec<Indexes>, Missing> {
    let mut found = Vec::new();
    each(codes, |run| {
        for (part, whereabouts) in known.whereabouts(run, before)? {
            let Whereabouts::In { container, .. } = whereabouts else { continue };
            let Some(around) = known.packs(part, container) else { continue };
            let from = packs.partition_point(|pack| pack.last < around.first);
            for pack in packs[from..].iter().take_while(|pack| pack.first <= around.last) {
                match container {
                    Container::ByRange => found.extend(known.inside(part, container, *pack)),
                    Container::Code(_) => found.push(part),
                }
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// Asks for each run, so that what is missing for all of them is read at once.
fn each(runs: &[Indexes], mut ask: impl FnMut(Indexes) -> Result<(), Missing>) -> Result<(), Missing> {
    let mut missing = Missing::default();
    for run in runs {
        if let Err(more) = ask(*run) {
            missing.and(more);
        }
    }
    if missing == Missing::default() { Ok(()) } else { Err(missing) }
}
