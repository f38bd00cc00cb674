//! Codes as those read them who handle goods: also by the SSCC of a pack. An SSCC can be guessed, so it is no proof of anything:
//! what a consumer scans is read by [`Catalog::read`] alone.

use tallymark_base::id::BatchId;
use tallymark_codes::{Face, Level, ReadError, Sscc, code_of};

use super::{Catalog, Found};
use crate::store::sscc::SsccRange;

impl Catalog {
    /// Adds SSCCs that were given out, behind those so far.
    pub(crate) fn push_ssccs(&mut self, range: SsccRange) {
        self.ssccs.push(range);
    }

    /// Reads a code in any accepted spelling, or the SSCC of a pack.
    ///
    /// # Errors
    /// Those of [`Catalog::read`], where the text is no SSCC of this tenant either.
    pub fn read_label(&self, text: &str) -> Result<Found, ReadError> {
        self.read(text).or_else(|error| self.pack_of(text).ok_or(error))
    }

    /// Reads what somebody scanned or wrote down, where it is of our own making: a code, its link, a GS1 Digital Link that names the
    /// code's own product, or the SSCC of a pack.
    pub fn read_own(&self, text: &str) -> Option<Found> {
        let (code, gtin) = code_of(text);
        self.read_label(&code).ok().filter(|found| gtin.is_none_or(|gtin| gtin == found.gtin))
    }

    fn pack_of(&self, text: &str) -> Option<Found> {
        let sscc = Sscc::parse(text).ok()?;
        let place = self.ssccs.partition_point(|range| range.first <= sscc).checked_sub(1)?;
        let SsccRange { first, batch, level, codes } = self.ssccs[place];
        let serial = sscc.number() - first.number();
        if serial >= codes {
            return None;
        }
        self.find(&self.code(batch, level, Face::Outer, serial).ok()?)
    }

    /// The SSCC of a pack; none where it bears none.
    pub fn sscc(&self, batch: BatchId, level: Level, serial: u64) -> Option<Sscc> {
        let range = self.ssccs.iter().find(|range| range.batch == batch && range.level == level)?;
        Sscc::from_number(range.first.number() + serial).filter(|_| serial < range.codes)
    }
}
