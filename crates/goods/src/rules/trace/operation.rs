//! What an operation does to codes, or why it cannot be.

use tallymark_base::id::OrganisationId;
use tallymark_codes::Level;

use super::custody::{Container, Held, Whereabouts, joined};
use super::decided::{Decided, Denied, Halt};
use super::fact::{Indexes, Moment, What};
use super::known::{Known, Missing};
use crate::rules::runs::merged;

/// Something that is done with goods, by code indexes. Runs are rising, do not touch, and each lies in one level of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Puts codes into a pack.
    Pack {
        /// The pack.
        pack: u64,
        /// What is put into it.
        codes: Vec<Indexes>,
        /// Whether codes that lie in another pack are taken out of it first.
        moves: bool,
    },
    /// Takes codes out of the packs that they lie in.
    Unpack {
        /// What is taken out.
        codes: Vec<Indexes>,
    },
    /// Opens packs: what lies in them stands alone.
    Open {
        /// The packs.
        packs: Vec<Indexes>,
    },
    /// Hands goods over to an organisation.
    Ship {
        /// What is shipped.
        codes: Vec<Indexes>,
        /// Who gets it.
        to: OrganisationId,
        /// Who must hold it; none: whoever does.
        from: Option<OrganisationId>,
    },
    /// An organisation has goods in hand. What it was not sent is received all the same, and reported.
    Receive {
        /// What arrived.
        codes: Vec<Indexes>,
        /// Where.
        by: OrganisationId,
    },
    /// An organisation sold goods over the counter. What it did not hold is sold all the same, and reported.
    Sell {
        /// What was sold.
        codes: Vec<Indexes>,
        /// Who sold it.
        by: OrganisationId,
    },
    /// An organisation destroyed goods that it holds.
    Destroy {
        /// What was destroyed.
        codes: Vec<Indexes>,
        /// Who held it.
        by: OrganisationId,
    },
    /// Puts a new label in the place of one that cannot be read.
    Replace {
        /// The old code.
        old: u64,
        /// The new one.
        new: u64,
    },
}

/// Decides an operation by what was so before its moment.
pub(crate) fn decide(known: &Known, operation: &Operation, moment: Moment) -> Result<Decided, Halt> {
    let mut deciding = Deciding::new(known, moment);
    deciding.check_labels(operation)?;
    match operation {
        Operation::Pack { pack, codes, moves } => deciding.pack(*pack, codes, *moves)?,
        Operation::Unpack { codes } => deciding.unpack(codes)?,
        Operation::Open { packs } => deciding.open(packs)?,
        Operation::Ship { codes, to, from } => deciding.hand_over(codes, *from, What::Shipped { to: *to })?,
        Operation::Receive { codes, by } => deciding.receive(codes, *by)?,
        Operation::Sell { codes, by } => deciding.sell(codes, *by)?,
        Operation::Destroy { codes, by } => deciding.hand_over(codes, Some(*by), What::Destroyed { by: *by })?,
        Operation::Replace { old, new } => deciding.replace(*old, *new)?,
    }
    Ok(deciding.decided)
}

impl Operation {
    /// Every run that it names.
    pub(crate) fn named(&self) -> Vec<Indexes> {
        let one = |index: u64| Indexes::new(index, index);
        match self {
            Self::Pack { pack, codes, .. } => [&[one(*pack)], codes.as_slice()].concat(),
            Self::Unpack { codes }
            | Self::Ship { codes, .. }
            | Self::Receive { codes, .. }
            | Self::Sell { codes, .. }
            | Self::Destroy { codes, .. } => codes.clone(),
            Self::Open { packs } => packs.clone(),
            Self::Replace { old, new } => vec![one(*old), one(*new)],
        }
    }
}

pub(super) struct Deciding<'a> {
    pub(super) known: &'a Known,
    pub(super) moment: Moment,
    pub(super) decided: Decided,
}

impl<'a> Deciding<'a> {
    /// Begins with what was so before a moment.
    pub(super) fn new(known: &'a Known, moment: Moment) -> Self {
        Self { known, moment, decided: Decided::default() }
    }

    /// A label that was replaced takes part in nothing.
    fn check_labels(&self, operation: &Operation) -> Result<(), Halt> {
        // Runs are looked at together, so that what is missing is read at once.
        let mut missing = Missing::default();
        for run in operation.named() {
            match self.known.over(run, self.moment) {
                Err(more) => missing.and(more),
                Ok(lives) => {
                    for (codes, facts) in lives {
                        if let Some(new) = facts.iter().find_map(|fact| replaced_by(fact.what)) {
                            return Err(Denied::Replaced { codes, new }.into());
                        }
                    }
                }
            }
        }
        if missing == Missing::default() { Ok(()) } else { Err(missing.into()) }
    }

    /// What is done with a pack and with what lies in it is done one after the other.
    pub(super) fn check_apart(&self, codes: &[Indexes]) -> Result<(), Halt> {
        self.all(codes, |this, run| this.known.whereabouts(run, this.moment).map(drop))?;
        for run in codes {
            for (part, whereabouts) in self.known.whereabouts(*run, self.moment)? {
                let Whereabouts::In { container, .. } = whereabouts else { continue };
                let inside = self.lies_in(part, container, codes)?;
                if let Some((codes, _)) = inside.iter().find(|(_, is_inside)| *is_inside) {
                    return Err(Denied::Nested { codes: *codes }.into());
                }
            }
        }
        Ok(())
    }

    /// Nothing is done with goods that left the channel: they come back to it first.
    pub(super) fn check_here(&self, codes: &[Indexes]) -> Result<(), Halt> {
        self.all(codes, |this, run| this.known.holders(run, this.moment).map(drop))?;
        for run in codes {
            for (part, held) in self.known.holders(*run, self.moment)? {
                is_here(part, held)?;
            }
        }
        Ok(())
    }

    /// Goods leave whoever holds them: for another organisation, or for good.
    fn hand_over(&mut self, codes: &[Indexes], from: Option<OrganisationId>, what: What) -> Result<(), Halt> {
        self.all(codes, |this, run| this.known.holders(run, this.moment).map(drop))?;
        for run in codes {
            for (part, container) in self.outermost(*run, codes)? {
                for (part, held) in self.known.holders(part, self.moment)? {
                    is_here(part, held)?;
                    let holder = held.map(|held| held.organisation);
                    if from.is_some() && holder != from {
                        return Err(Denied::NotHeld { codes: part, holder }.into());
                    }
                }
                if let Some(container) = container {
                    self.take_out(part, container)?;
                }
                self.moved(part)?;
                self.decided.facts.push((part, what));
            }
        }
        Ok(())
    }

    fn replace(&mut self, old: u64, new: u64) -> Result<(), Halt> {
        let (before, after) = (Indexes::new(old, old), Indexes::new(new, new));
        let level = |run: Indexes| self.known.layout.place(run.first).map(|place| place.level);
        if level(before) != level(after) || old == new {
            return Err(Denied::Level { codes: after, pack: before }.into());
        }
        self.check_here(&[before])?;
        let is_pack = level(after).is_some_and(|level| level != Level::Item);
        let is_used = self.known.over(after, self.moment)?.iter().any(|(_, facts)| !facts.is_empty());
        let is_inside = self
            .known
            .whereabouts(after, self.moment)?
            .iter()
            .any(|(_, whereabouts)| matches!(whereabouts, Whereabouts::In { .. }));
        if is_used || is_inside || (is_pack && self.items(after)? != 0) {
            return Err(Denied::InUse { codes: after }.into());
        }
        let items = self.items(before)?;
        for (_, whereabouts) in self.known.whereabouts(before, self.moment)? {
            if let Whereabouts::In { container, .. } = whereabouts {
                let pack = self.known.packs(before, container).map_or(old, |packs| packs.first);
                self.decided.facts.extend([(before, What::Unpacked), (after, What::Packed { into: pack })]);
                self.decided.left.push((before, container));
                self.decided.put.push((new, pack));
            }
        }
        self.decided.facts.extend([(before, What::ReplacedBy { new }), (after, What::Replaces { old })]);
        if is_pack {
            self.decided.facts.push((after, What::Content { items }));
        }
        self.decided.moved.push((before, items));
        Ok(())
    }

    /// Asks a question of every run, so that all that is missing is read together.
    pub(super) fn all(
        &self,
        runs: &[Indexes],
        ask: impl Fn(&Self, Indexes) -> Result<(), Missing>,
    ) -> Result<(), Missing> {
        let mut missing = Missing::default();
        for run in runs {
            if let Err(more) = ask(self, *run) {
                missing.and(more);
            }
        }
        if missing == Missing::default() { Ok(()) } else { Err(missing) }
    }

    /// The parts of a run that no pack among `named` holds, each with what it lies in.
    pub(super) fn outermost(
        &self,
        run: Indexes,
        named: &[Indexes],
    ) -> Result<Vec<(Indexes, Option<Container>)>, Missing> {
        let mut parts = Vec::new();
        for (part, whereabouts) in self.known.whereabouts(run, self.moment)? {
            let Whereabouts::In { container, .. } = whereabouts else {
                parts.push((part, None));
                continue;
            };
            for (part, is_inside) in self.lies_in(part, container, named)? {
                if !is_inside {
                    parts.push((part, Some(container)));
                }
            }
        }
        Ok(parts)
    }

    /// Which parts of a run lie, through however many packs, in one of `named`.
    fn lies_in(&self, part: Indexes, container: Container, named: &[Indexes]) -> Result<Vec<(Indexes, bool)>, Missing> {
        let packs = self.known.packs(part, container).unwrap_or(part);
        let mut found = Vec::new();
        let mut cut = |pack: Indexes, is_inside: bool| {
            found.extend(self.known.inside(part, container, pack).map(|part| (part, is_inside)));
        };
        for (pack, is_named) in split(packs, named) {
            if is_named {
                cut(pack, true);
                continue;
            }
            for (pack, whereabouts) in self.known.whereabouts(pack, self.moment)? {
                match whereabouts {
                    Whereabouts::Alone { .. } => cut(pack, false),
                    Whereabouts::In { container, .. } => {
                        for (pack, is_inside) in self.lies_in(pack, container, named)? {
                            cut(pack, is_inside);
                        }
                    }
                }
            }
        }
        Ok(joined(found))
    }

    /// Codes leave what they lie in.
    pub(super) fn take_out(&mut self, part: Indexes, container: Container) -> Result<(), Halt> {
        self.decided.facts.push((part, What::Unpacked));
        self.decided.left.push((part, container));
        for (part, items) in self.known.contents(part, self.moment)? {
            self.lower(part, container, items)?;
        }
        Ok(())
    }

    /// Packs, and what those lie in, lose what codes of `items` each held.
    pub(super) fn lower(&mut self, part: Indexes, container: Container, items: i64) -> Result<(), Halt> {
        let Some(packs) = self.known.packs(part, container) else { return Ok(()) };
        // The first and the last pack may keep some of their codes; those between lose alike.
        let mut ends = vec![Indexes::new(packs.first, packs.first)];
        if packs.count() > 2 {
            ends.push(Indexes::new(packs.first + 1, packs.last - 1));
        }
        if packs.count() > 1 {
            ends.push(Indexes::new(packs.last, packs.last));
        }
        for pack in ends {
            let lost = self.known.inside(part, container, Indexes::new(pack.first, pack.first));
            self.lift(pack, -items * lost.map_or(0, |lost| lost.count() as i64))?;
        }
        Ok(())
    }

    /// Packs get `items` each, and so does what they lie in.
    pub(super) fn lift(&mut self, packs: Indexes, items: i64) -> Result<(), Halt> {
        if items == 0 {
            return Ok(());
        }
        self.decided.facts.push((packs, What::Content { items }));
        for (part, whereabouts) in self.known.whereabouts(packs, self.moment)? {
            let Whereabouts::In { container, .. } = whereabouts else { continue };
            let Some(around) = self.known.packs(part, container) else { continue };
            for pack in around.first..=around.last {
                let pack = Indexes::new(pack, pack);
                let inside = self.known.inside(part, container, pack).map_or(0, |inside| inside.count() as i64);
                self.lift(pack, items * inside)?;
            }
        }
        Ok(())
    }

    /// Notes that the operation is about a run; gives the items in it.
    pub(super) fn moved(&mut self, run: Indexes) -> Result<i64, Halt> {
        let items = self.items(run)?;
        self.decided.moved.push((run, items));
        Ok(items)
    }

    pub(super) fn items(&self, run: Indexes) -> Result<i64, Missing> {
        let contents = self.known.contents(run, self.moment)?;
        Ok(contents.iter().map(|(part, items)| items * part.count() as i64).sum())
    }
}

/// Whether codes are still in the channel.
pub(super) const fn is_here(codes: Indexes, held: Option<Held>) -> Result<(), Halt> {
    match held {
        Some(Held { gone: Some(gone), organisation: by, .. }) => Err(Halt::Denied(Denied::Gone { codes, gone, by })),
        _ => Ok(()),
    }
}

/// The parts of a run that lie in `named` and those that do not.
fn split(run: Indexes, named: &[Indexes]) -> Vec<(Indexes, bool)> {
    let held: Vec<_> = merged(named.to_vec()).into_iter().map(|named| (named, ())).collect();
    let outside = crate::rules::runs::gaps(&held, run);
    let apart: Vec<_> = outside.iter().map(|part| (*part, ())).collect();
    let inside = crate::rules::runs::gaps(&apart, run);
    let mut parts: Vec<_> = inside.into_iter().map(|part| (part, true)).collect();
    parts.extend(outside.into_iter().map(|part| (part, false)));
    parts
}

const fn replaced_by(what: What) -> Option<u64> {
    match what {
        What::ReplacedBy { new } => Some(new),
        _ => None,
    }
}
