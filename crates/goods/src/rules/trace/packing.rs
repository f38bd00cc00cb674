//! Putting codes into packs and taking them out.

use tallymark_base::id::OrganisationId;
use tallymark_codes::Level;

use super::custody::Whereabouts;
use super::decided::{Denied, Halt};
use super::fact::{Indexes, What};
use super::operation::{Deciding, is_here};

impl Deciding<'_> {
    pub(super) fn pack(&mut self, pack: u64, codes: &[Indexes], moves: bool) -> Result<(), Halt> {
        let packs = Indexes::new(pack, pack);
        let level = |run: Indexes| self.known.layout.place(run.first).map(|place| place.level);
        let mut holder = None;
        let mut items = 0;
        for run in codes {
            if level(*run) >= level(packs) {
                return Err(Denied::Level { codes: *run, pack: packs }.into());
            }
        }
        self.check_apart(codes)?;
        for run in codes {
            for (part, whereabouts) in self.known.whereabouts(*run, self.moment)? {
                if let Whereabouts::In { container, .. } = whereabouts {
                    let inside = self.known.packs(part, container).unwrap_or(packs);
                    if !moves || inside.overlaps(packs) {
                        return Err(Denied::AlreadyPacked { codes: part, pack: inside }.into());
                    }
                    self.take_out(part, container)?;
                }
            }
            for (part, held) in self.known.holders(*run, self.moment)? {
                is_here(part, held)?;
                let held = held.map(|held| held.organisation);
                if *holder.get_or_insert(held) != held {
                    let other = holder.flatten();
                    return Err(Denied::HeldApart { codes: part, holder: held, other }.into());
                }
            }
            items += self.moved(*run)?;
            self.decided.facts.push((*run, What::Packed { into: pack }));
        }
        self.bring_to(packs, codes, holder.flatten())?;
        self.lift(packs, items)
    }

    /// The pack comes to where what is put into it is; one that holds something must be there already.
    fn bring_to(&mut self, pack: Indexes, codes: &[Indexes], holder: Option<OrganisationId>) -> Result<(), Halt> {
        let held = self.known.holders(pack, self.moment)?;
        let held = held.first().and_then(|(_, held)| *held);
        is_here(pack, held)?;
        let held = held.map(|held| held.organisation);
        if held == holder {
            return Ok(());
        }
        let is_alone = self
            .known
            .whereabouts(pack, self.moment)?
            .iter()
            .all(|(_, whereabouts)| matches!(whereabouts, Whereabouts::Alone { .. }));
        match holder {
            Some(by) if is_alone && self.items(pack)? == 0 => {
                self.decided.facts.push((pack, What::Received { by }));
                Ok(())
            }
            _ => {
                let codes = codes.first().copied().unwrap_or(pack);
                Err(Denied::HeldApart { codes, holder, other: held }.into())
            }
        }
    }

    pub(super) fn unpack(&mut self, codes: &[Indexes]) -> Result<(), Halt> {
        self.check_apart(codes)?;
        self.check_here(codes)?;
        for run in codes {
            for (part, whereabouts) in self.known.whereabouts(*run, self.moment)? {
                let Whereabouts::In { container, .. } = whereabouts else {
                    return Err(Denied::NotPacked { codes: part }.into());
                };
                self.take_out(part, container)?;
                self.moved(part)?;
            }
        }
        Ok(())
    }

    pub(super) fn open(&mut self, packs: &[Indexes]) -> Result<(), Halt> {
        self.check_apart(packs)?;
        self.check_here(packs)?;
        for run in packs {
            for (part, items) in self.known.contents(*run, self.moment)? {
                let is_pack = self.known.layout.place(part.first).is_some_and(|place| place.level != Level::Item);
                if items <= 0 || !is_pack {
                    return Err(Denied::NotPacked { codes: part }.into());
                }
                for (part, whereabouts) in self.known.whereabouts(part, self.moment)? {
                    if let Whereabouts::In { container, .. } = whereabouts {
                        self.lower(part, container, items)?;
                    }
                }
                self.decided.facts.push((part, What::Emptied));
                self.decided.moved.push((part, items * part.count() as i64));
            }
        }
        Ok(())
    }
}
