//! Aggregation by range (前关联): which items are in which case and pallet follows from serials alone, so nothing is
//! stored for it. Item `s` lies in box `s / items_per_box` and case `s / items_per_case`, the case in pallet
//! `case / cases_per_pallet`.

use tallymark_codes::{CodeIndex, Level};

use crate::{Error, Serials};

/// Most items in a case and cases on a pallet.
pub const PACK_MAX: u32 = 1_000_000;

/// How the items of a batch are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packing {
    /// Number of items.
    pub items: u64,
    /// Items in a box; 0: there are no boxes.
    pub items_per_box: u32,
    /// Items in a case, a whole number of boxes where there are any; 0: there are no cases.
    pub items_per_case: u32,
    /// Cases on a pallet; 0: there are no pallets.
    pub cases_per_pallet: u32,
}

impl Packing {
    /// Accepts a packing: at least one item and at most the tenant's 2^40, cases of whole boxes, no pallets without cases.
    pub fn check(&self) -> Result<(), Error> {
        let items_max = CodeIndex::MAX.get() + 1;
        if self.items == 0 || self.items > items_max {
            return Err(Error::Items { items: self.items, max: items_max });
        }
        for pack in [self.items_per_box, self.items_per_case, self.cases_per_pallet] {
            if pack > PACK_MAX {
                return Err(Error::Pack { given: pack, max: PACK_MAX });
            }
        }
        if self.items_per_case == 0 && self.cases_per_pallet > 0 {
            return Err(Error::PalletsWithoutCases);
        }
        if self.items_per_box > 0 && !self.items_per_case.is_multiple_of(self.items_per_box) {
            return Err(Error::BoxesInCase { items_per_box: self.items_per_box, items_per_case: self.items_per_case });
        }
        Ok(())
    }

    /// How many codes of a level there are on one face. The last box, case and pallet may be partly filled.
    pub fn count(&self, level: Level) -> u64 {
        self.size(level).map_or(0, |size| self.items.div_ceil(size))
    }

    /// The items inside the given cases or pallets, or the items themselves. Fails on serials that do not exist.
    pub fn items_of(&self, level: Level, serials: Serials) -> Result<Serials, Error> {
        let count = self.count(level);
        let size = match self.size(level) {
            Some(size) if serials.first <= serials.last && serials.last < count => size,
            _ => return Err(Error::NoSuchSerials { level, serials, count }),
        };
        Ok(Serials::new(serials.first * size, ((serials.last + 1) * size).min(self.items) - 1))
    }

    /// The case or pallet that an item lies in; none where there is no such level.
    pub fn pack_of(&self, level: Level, item: u64) -> Option<u64> {
        self.size(level).map(|size| item / size)
    }

    /// Items in a full pack of a level, 1 for an item; none where there is no such level.
    pub fn size(&self, level: Level) -> Option<u64> {
        let case = u64::from(self.items_per_case);
        let size = match level {
            Level::Item => 1,
            Level::Box => u64::from(self.items_per_box),
            Level::Case => case,
            Level::Pallet => case * u64::from(self.cases_per_pallet),
        };
        (size > 0).then_some(size)
    }

    /// The level of the packs that those of a level lie in; none for the outermost.
    pub fn level_around(&self, level: Level) -> Option<Level> {
        Level::ALL.into_iter().find(|around| *around > level && self.size(*around).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 bottles in cases of 12 on pallets of 3: 8 full cases and one of 4; 3 pallets.
    const DRINKS: Packing = Packing { items: 100, items_per_box: 0, items_per_case: 12, cases_per_pallet: 3 };

    #[test]
    fn the_last_case_and_pallet_may_be_partly_filled() {
        let counts = Level::ALL.map(|level| DRINKS.count(level));
        assert_eq!(counts, [100, 0, 9, 3]);
        assert_eq!(DRINKS.items_of(Level::Case, Serials::new(0, 0)).unwrap(), Serials::new(0, 11));
        assert_eq!(DRINKS.items_of(Level::Case, Serials::new(7, 8)).unwrap(), Serials::new(84, 99));
        assert_eq!(DRINKS.items_of(Level::Pallet, Serials::new(1, 1)).unwrap(), Serials::new(36, 71));
        assert_eq!(DRINKS.items_of(Level::Pallet, Serials::new(2, 2)).unwrap(), Serials::new(72, 99));
    }

    #[test]
    fn an_item_lies_in_the_pack_that_holds_it() {
        for item in 0..DRINKS.items {
            for level in [Level::Item, Level::Case, Level::Pallet] {
                let pack = DRINKS.pack_of(level, item).unwrap();
                assert!(DRINKS.items_of(level, Serials::new(pack, pack)).unwrap().contains(item));
            }
            assert_eq!(DRINKS.pack_of(Level::Box, item), None);
        }
    }

    #[test]
    fn serials_that_do_not_exist_are_refused() {
        for (level, first, last) in
            [(Level::Case, 9, 9), (Level::Case, 3, 2), (Level::Pallet, 0, u64::MAX), (Level::Box, 0, 0)]
        {
            assert!(matches!(DRINKS.items_of(level, Serials::new(first, last)), Err(Error::NoSuchSerials { .. })));
        }
    }

    #[test]
    fn a_packing_has_items_and_no_pallets_without_cases() {
        assert!(DRINKS.check().is_ok());
        assert!(Packing { items: 1 << 40, items_per_case: 0, cases_per_pallet: 0, ..DRINKS }.check().is_ok());
        assert!(matches!(Packing { items: 0, ..DRINKS }.check(), Err(Error::Items { .. })));
        assert!(matches!(Packing { items: (1 << 40) + 1, ..DRINKS }.check(), Err(Error::Items { .. })));
        assert!(matches!(Packing { items_per_case: 0, ..DRINKS }.check(), Err(Error::PalletsWithoutCases)));
        assert!(matches!(Packing { items_per_case: PACK_MAX + 1, ..DRINKS }.check(), Err(Error::Pack { .. })));
    }

    /// 100 sachets in boxes of 4, three boxes to a case, three cases to a pallet: 25 boxes.
    #[test]
    fn boxes_lie_between_items_and_cases() {
        let packing = Packing { items_per_box: 4, ..DRINKS };
        assert!(packing.check().is_ok());
        assert_eq!(Level::ALL.map(|level| packing.count(level)), [100, 25, 9, 3]);
        assert_eq!(packing.items_of(Level::Box, Serials::new(1, 2)).unwrap(), Serials::new(4, 11));
        assert_eq!(
            Level::ALL.map(|level| packing.level_around(level)),
            [Some(Level::Box), Some(Level::Case), Some(Level::Pallet), None]
        );
        assert_eq!(DRINKS.level_around(Level::Item), Some(Level::Case));
        assert!(matches!(Packing { items_per_box: 5, ..DRINKS }.check(), Err(Error::BoxesInCase { .. })));
        // Boxes on their own.
        assert!(Packing { items_per_case: 0, cases_per_pallet: 0, ..packing }.check().is_ok());
    }
}
