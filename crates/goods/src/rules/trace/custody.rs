//! Where codes lie and who holds them, at a moment.

use tallymark_base::id::OrganisationId;

use super::fact::{Fact, Indexes, Moment, What};
use super::known::{Known, Missing};
use crate::Gone;

/// What a code lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    /// The pack that it was printed for.
    ByRange,
    /// A pack that it was put into, by the pack's code index.
    Code(u64),
}

/// Where a code lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// In no pack; where it lay in one before, since when not.
    Alone {
        /// The last pack, and when it left that.
        left: Option<(Moment, Container)>,
    },
    /// In a pack.
    In {
        /// Which.
        container: Container,
        /// Since when; [`Moment::START`] of what was printed for it.
        since: Moment,
    },
}

/// Who holds a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    /// The holder; of what is gone, the last one.
    pub(crate) organisation: OrganisationId,
    /// Since when.
    pub(crate) since: Moment,
    /// Whether it has the goods in hand; otherwise they were sent to it and nobody said that they arrived.
    pub(crate) is_received: bool,
    /// How it left the channel, where it did.
    pub(crate) gone: Option<Gone>,
}

impl Known {
    /// The codes of the packs that a run lies in.
    pub(crate) fn packs(&self, run: Indexes, container: Container) -> Option<Indexes> {
        match container {
            Container::ByRange => self.layout.packs_of(run),
            Container::Code(pack) => Some(Indexes::new(pack, pack)),
        }
    }

    /// Those of a run that lie in some of its packs.
    pub(crate) fn inside(&self, run: Indexes, container: Container, packs: Indexes) -> Option<Indexes> {
        match container {
            Container::ByRange => self.layout.inside(run, packs),
            Container::Code(_) => Some(run),
        }
    }

    /// Where each code of a run lay before a moment.
    pub(crate) fn whereabouts(&self, run: Indexes, before: Moment) -> Result<Vec<(Indexes, Whereabouts)>, Missing> {
        let mut found = Vec::new();
        for (part, facts) in self.over(run, before)? {
            found.extend(self.settled(part, &facts, before)?);
        }
        Ok(joined(found))
    }

    /// Where codes with the same facts lay before a moment.
    fn settled(&self, part: Indexes, facts: &[Fact], before: Moment) -> Result<Vec<(Indexes, Whereabouts)>, Missing> {
        let last = facts.iter().rposition(|fact| fact.what.is_containment());
        match last.map(|place| facts[place]) {
            Some(Fact { moment, what: What::Packed { into } }) => {
                self.still(part, Container::Code(into), moment, before)
            }
            Some(Fact { moment, .. }) => {
                // What it was taken out of is what it lay in until then.
                let mut parts = Vec::new();
                for (part, whereabouts) in self.whereabouts(part, moment)? {
                    let left = match whereabouts {
                        Whereabouts::In { container, .. } => Some((moment, container)),
                        Whereabouts::Alone { left } => left,
                    };
                    parts.push((part, Whereabouts::Alone { left }));
                }
                Ok(parts)
            }
            None if self.layout.packs_of(part).is_some() => self.still(part, Container::ByRange, Moment::START, before),
            None => Ok(vec![(part, Whereabouts::Alone { left: None })]),
        }
    }

    /// Where codes lay that were in a container since a moment: still there, unless that was emptied or its label replaced.
    fn still(
        &self,
        part: Indexes,
        container: Container,
        since: Moment,
        before: Moment,
    ) -> Result<Vec<(Indexes, Whereabouts)>, Missing> {
        let Some(packs) = self.packs(part, container) else {
            return Ok(vec![(part, Whereabouts::Alone { left: None })]);
        };
        let mut found = Vec::new();
        for (pack, facts) in self.over(packs, before)? {
            let Some(part) = self.inside(part, container, pack) else { continue };
            let end = facts
                .iter()
                .find(|fact| fact.moment > since && matches!(fact.what, What::Emptied | What::ReplacedBy { .. }));
            match end.map(|fact| (fact.moment, fact.what)) {
                None => found.push((part, Whereabouts::In { container, since })),
                Some((moment, What::ReplacedBy { new })) => {
                    found.extend(self.still(part, Container::Code(new), moment, before)?);
                }
                Some((moment, _)) => found.push((part, Whereabouts::Alone { left: Some((moment, container)) })),
            }
        }
        Ok(found)
    }

    /// Who held each code of a run before a moment; none where it was never handed over, so that the brand has it.
    pub(crate) fn holders(&self, run: Indexes, before: Moment) -> Result<Vec<(Indexes, Option<Held>)>, Missing> {
        let mut found = Vec::new();
        for (part, whereabouts) in self.whereabouts(run, before)? {
            match whereabouts {
                Whereabouts::In { container, .. } => found.extend(self.held_with(part, container, before)?),
                Whereabouts::Alone { left } => found.extend(self.held_alone(part, left, before)?),
            }
        }
        Ok(joined(found))
    }

    /// Who held what lies in a container.
    fn held_with(
        &self,
        part: Indexes,
        container: Container,
        before: Moment,
    ) -> Result<Vec<(Indexes, Option<Held>)>, Missing> {
        let packs = self.packs(part, container).unwrap_or(part);
        let held = self.holders(packs, before)?;
        Ok(held.into_iter().filter_map(|(pack, held)| Some((self.inside(part, container, pack)?, held))).collect())
    }

    /// Who held what stands alone: who got it since it did, else who had what it lay in when it left that.
    fn held_alone(
        &self,
        part: Indexes,
        left: Option<(Moment, Container)>,
        before: Moment,
    ) -> Result<Vec<(Indexes, Option<Held>)>, Missing> {
        let since = left.map_or(Moment::START, |(moment, _)| moment);
        let mut found = Vec::new();
        for (part, facts) in self.over(part, before)? {
            let own = facts.iter().rev().find(|fact| fact.moment >= since && fact.what.holder().is_some());
            let old =
                facts.iter().rev().find(|fact| fact.moment >= since && matches!(fact.what, What::Replaces { .. }));
            match (own.and_then(held_by), left, old.map(|fact| (fact.moment, fact.what))) {
                (Some(held), _, _) => found.push((part, Some(held))),
                (None, _, Some((moment, What::Replaces { old }))) => {
                    found.extend(self.held_with(part, Container::Code(old), moment)?);
                }
                (None, Some((moment, container)), _) => found.extend(self.held_with(part, container, moment)?),
                (None, None, _) => found.push((part, None)),
            }
        }
        Ok(found)
    }

    /// How many items lay in each code of a run before a moment, an item itself included.
    pub(crate) fn contents(&self, run: Indexes, before: Moment) -> Result<Vec<(Indexes, i64)>, Missing> {
        let mut found = Vec::new();
        for (part, facts) in self.over(run, before)? {
            let emptied = facts.iter().rposition(|fact| matches!(fact.what, What::Emptied | What::ReplacedBy { .. }));
            let since = emptied.map_or(0, |place| place + 1);
            let moved: i64 =
                facts[since..].iter().map(|fact| if let What::Content { items } = fact.what { items } else { 0 }).sum();
            match emptied {
                Some(_) => found.push((part, moved)),
                None => found.extend(self.layout.items_in(part).into_iter().map(|(part, items)| (part, items + moved))),
            }
        }
        Ok(joined(found))
    }
}

fn held_by(fact: &Fact) -> Option<Held> {
    let is_received = !matches!(fact.what, What::Shipped { .. });
    let (organisation, gone) = (fact.what.holder()?, fact.what.gone());
    Some(Held { organisation, since: fact.moment, is_received, gone })
}

/// Neighbouring parts with the same value as one.
pub(crate) fn joined<T: PartialEq>(mut parts: Vec<(Indexes, T)>) -> Vec<(Indexes, T)> {
    parts.sort_by_key(|(part, _)| part.first);
    let mut found: Vec<(Indexes, T)> = Vec::with_capacity(parts.len());
    for (part, value) in parts {
        match found.last_mut() {
            Some((held, same)) if held.last + 1 == part.first && *same == value => held.last = part.last,
            _ => found.push((part, value)),
        }
    }
    found
}
