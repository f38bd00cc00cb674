//! What somebody has in hand counts, whoever should have it: it is received or sold all the same, and what should not be is
//! reported.

use tallymark_base::id::OrganisationId;

use super::custody::Held;
use super::decided::{Exception, Halt};
use super::fact::{Indexes, What};
use super::operation::Deciding;
use crate::Gone;

impl Deciding<'_> {
    /// An organisation has goods in hand. What it sold comes back from who bought it.
    pub(super) fn receive(&mut self, codes: &[Indexes], by: OrganisationId) -> Result<(), Halt> {
        self.all(codes, |this, run| this.known.holders(run, this.moment).map(drop))?;
        for run in codes {
            for (part, container) in self.outermost(*run, codes)? {
                for (part, held) in self.known.holders(part, self.moment)? {
                    let is_expected = held.is_some_and(|held| held.organisation == by && held.gone.is_none());
                    let exception = match held {
                        Some(Held { gone: Some(Gone::Sold), organisation, .. }) if organisation == by => None,
                        Some(held) if is_expected && held.is_received => Some(Exception::ReceivedTwice),
                        held => unexpected(held, by),
                    };
                    self.decided.exceptions.extend(exception.map(|exception| (part, exception)));
                    // A case that arrives on its pallet stays on it; one that arrives elsewhere has left it.
                    if let Some(container) = container.filter(|_| !is_expected) {
                        self.take_out(part, container)?;
                    }
                    self.decided.facts.push((part, What::Received { by }));
                }
                self.moved(part)?;
            }
        }
        Ok(())
    }

    /// An organisation sold goods over the counter, so it had them in hand.
    pub(super) fn sell(&mut self, codes: &[Indexes], by: OrganisationId) -> Result<(), Halt> {
        self.all(codes, |this, run| this.known.holders(run, this.moment).map(drop))?;
        for run in codes {
            for (part, container) in self.outermost(*run, codes)? {
                for (part, held) in self.known.holders(part, self.moment)? {
                    self.decided.exceptions.extend(unexpected(held, by).map(|exception| (part, exception)));
                }
                if let Some(container) = container {
                    self.take_out(part, container)?;
                }
                self.moved(part)?;
                self.decided.facts.push((part, What::Sold { by }));
            }
        }
        Ok(())
    }
}

/// What is not as it should be when an organisation has goods in hand that somebody held.
fn unexpected(held: Option<Held>, by: OrganisationId) -> Option<Exception> {
    match held {
        None => Some(Exception::NotShipped),
        Some(Held { gone: Some(gone), organisation, .. }) => Some(Exception::Gone(gone, organisation)),
        Some(held) if held.organisation != by => Some(Exception::ShippedToOther(held.organisation)),
        Some(_) => None,
    }
}
