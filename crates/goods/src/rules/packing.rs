//! Aggregation by range (前关联): which items are in which case and pallet follows from serials alone, so nothing is
//! stored for it. Item `s` lies in case `s / items_per_case`, that in pallet `case / cases_per_pallet`.

use tallymark_codes::{CodeIndex, Level};

use crate::{Error, Serials};

/// Most items in a case and cases on a pallet.
pub const PACK_MAX: u32 = 1_000_000;

/// How the items of a batch are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packing {
    /// Number of items.
    pub items: u64,
    /// Items in a case; 0: there are no cases.
    pub items_per_case: u32,
    /// Cases on a pallet; 0: there are no pallets.
    pub cases_per_pallet: u32,
}

impl Packing {
    /// Accepts a packing: at least one item and at most the tenant's 2^40, no pallets without cases.
    pub fn check(&self) -> Result<(), Error> {
        let items_max = CodeIndex::MAX.get() + 1;
        if self.items == 0 || self.items > items_max {
            return Err(Error::Items { items: self.items, max: items_max });
        }
        for pack in [self.items_per_case, self.cases_per_pallet] {
            if pack > PACK_MAX {
                return Err(Error::Pack { given: pack, max: PACK_MAX });
            }
        }
        if self.items_per_case == 0 && self.cases_per_pallet > 0 {
            return Err(Error::PalletsWithoutCases);
        }
        Ok(())
    }

    /// How many codes of a level there are on one face. The last case and pallet may be partly filled; boxes are not
    /// made.
    pub fn count(&self, level: Level) -> u64 {
        self.items_per_pack(level).map_or(0, |size| self.items.div_ceil(size))
    }

    /// The items inside the given cases or pallets, or the items themselves. Fails on serials that do not exist.
    pub fn items_of(&self, level: Level, serials: Serials) -> Result<Serials, Error> {
        let count = self.count(level);
        let size = match self.items_per_pack(level) {
            Some(size) if serials.first <= serials.last && serials.last < count => size,
            _ => return Err(Error::NoSuchSerials { level, serials, count }),
        };
        Ok(Serials::new(serials.first * size, ((serials.last + 1) * size).min(self.items) - 1))
    }

    /// The case or pallet that an item lies in; none where there is no such level.
    pub fn pack_of(&self, level: Level, item: u64) -> Option<u64> {
        self.items_per_pack(level).map(|size| item / size)
    }

    fn items_per_pack(&self, level: Level) -> Option<u64> {
        let case = u64::from(self.items_per_case);
        let size = match level {
            Level::Item => 1,
            Level::Box => 0,
            Level::Case => case,
            Level::Pallet => case * u64::from(self.cases_per_pallet),
        };
        (size > 0).then_some(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 bottles in cases of 12 on pallets of 3: 8 full cases and one of 4; 3 pallets.
    const DRINKS: Packing = Packing { items: 100, items_per_case: 12, cases_per_pallet: 3 };

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
        assert!(Packing { items: 1 << 40, items_per_case: 0, cases_per_pallet: 0 }.check().is_ok());
        assert!(matches!(Packing { items: 0, ..DRINKS }.check(), Err(Error::Items { .. })));
        assert!(matches!(Packing { items: (1 << 40) + 1, ..DRINKS }.check(), Err(Error::Items { .. })));
        assert!(matches!(Packing { items_per_case: 0, ..DRINKS }.check(), Err(Error::PalletsWithoutCases)));
        assert!(matches!(Packing { items_per_case: PACK_MAX + 1, ..DRINKS }.check(), Err(Error::Pack { .. })));
    }
}
