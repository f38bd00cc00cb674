//! What happened to one code, through everything that it lay in.

use super::custody::Whereabouts;
use super::fact::{Indexes, Moment, What};
use super::known::{Known, Missing};

/// Something that happened to a code, or to a pack while the code lay in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// When.
    pub(crate) moment: Moment,
    /// Index of the code that it happened to.
    pub(crate) code: u64,
    /// What.
    pub(crate) what: What,
}

/// Everything that happened to a code before a moment, first to last.
pub(crate) fn chain(known: &Known, code: u64, before: Moment) -> Result<Vec<Step>, Missing> {
    let mut steps = Vec::new();
    stretch(known, code, (Moment::START, before), &mut steps)?;
    steps.sort_by_key(|step| step.moment);
    Ok(steps)
}

/// The packs that a code lay in before a moment, the innermost first.
pub(crate) fn packs(known: &Known, code: u64, before: Moment) -> Result<Vec<u64>, Missing> {
    let (mut found, mut code) = (Vec::new(), code);
    while let Some((_, Whereabouts::In { container, .. })) = known.whereabouts(one(code), before)?.first().copied() {
        let Some(packs) = known.packs(one(code), container) else { break };
        code = packs.first;
        found.push(code);
    }
    Ok(found)
}

/// Adds what happened to a code from a moment on and before another.
fn stretch(known: &Known, code: u64, (from, until): (Moment, Moment), steps: &mut Vec<Step>) -> Result<(), Missing> {
    let lives = known.over(one(code), until)?;
    let facts = lives.first().map_or(&[][..], |(_, facts)| facts.as_slice());
    let mut inside = known.layout.packs_of(one(code)).map(|packs| (Moment::START, packs.first));
    for fact in facts {
        if fact.moment >= from && !matches!(fact.what, What::Content { .. }) {
            steps.push(Step { moment: fact.moment, code, what: fact.what });
        }
        if let What::Replaces { old } = fact.what {
            stretch(known, old, (from, fact.moment.min(until)), steps)?;
        }
        if fact.what.is_containment() {
            if let Some((since, pack)) = inside.take() {
                within(known, pack, since, (from, fact.moment), steps)?;
            }
            inside = if let What::Packed { into } = fact.what { Some((fact.moment, into)) } else { None };
        }
    }
    match inside {
        Some((since, pack)) => within(known, pack, since, (from, until), steps),
        None => Ok(()),
    }
}

/// Adds what happened to a pack, and to the pack with its next label, while a code lay in it.
fn within(
    known: &Known,
    pack: u64,
    since: Moment,
    (from, until): (Moment, Moment),
    steps: &mut Vec<Step>,
) -> Result<(), Missing> {
    let lives = known.over(one(pack), until)?;
    let facts = lives.first().map_or(&[][..], |(_, facts)| facts.as_slice());
    let end =
        facts.iter().find(|fact| fact.moment > since && matches!(fact.what, What::Emptied | What::ReplacedBy { .. }));
    // What ended it is part of the code's own story too.
    let Some(end) = end else { return stretch(known, pack, (from.max(since), until), steps) };
    stretch(known, pack, (from.max(since), end.moment), steps)?;
    if end.moment >= from {
        steps.push(Step { moment: end.moment, code: pack, what: end.what });
    }
    match end.what {
        What::ReplacedBy { new } => within(known, new, end.moment, (from, until), steps),
        _ => Ok(()),
    }
}

const fn one(index: u64) -> Indexes {
    Indexes::new(index, index)
}
