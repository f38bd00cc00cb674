//! Who has which bottles: the plant fills lots, dealers take pallets of them, stores take cases, people take bottles.

use std::collections::VecDeque;

use super::goods::{CASES_PER_PALLET, ITEMS_PER_CASE, ITEMS_PER_PALLET, Lot};

/// Neighbouring cases of a lot, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cases {
    pub(super) lot: usize,
    pub(super) first: u64,
    pub(super) last: u64,
}

impl Cases {
    pub(super) const fn count(self) -> u64 {
        self.last - self.first + 1
    }
}

/// A bottle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Bottle {
    pub(super) lot: usize,
    pub(super) serial: u64,
}

/// What the plant produced.
#[derive(Debug, Default)]
pub(super) struct Plant {
    pub(super) lots: Vec<Lot>,
    /// By product: the lot that pallets are taken from, and the next pallet.
    open: Vec<Option<(usize, u64)>>,
}

impl Plant {
    /// Takes so many neighbouring pallets of a product. Where the open lot has too few, a lot of `lot_pallets` is produced
    /// first, or of as many as are needed.
    pub(super) fn pallets(
        &mut self,
        product: usize,
        count: u64,
        lot_pallets: u64,
        name: impl FnOnce() -> String,
    ) -> Taken {
        if self.open.len() <= product {
            self.open.resize(product + 1, None);
        }
        let left = |(lot, next): (usize, u64)| self.lots[lot].items / ITEMS_PER_PALLET - next;
        let open = self.open[product].filter(|open| left(*open) >= count);
        let (lot, first) = open.unwrap_or_else(|| {
            let items = lot_pallets.max(count) * ITEMS_PER_PALLET;
            self.lots.push(Lot { product, name: name(), items });
            (self.lots.len() - 1, 0)
        });
        self.open[product] = Some((lot, first + count));
        Taken { lot, first, last: first + count - 1, is_new: open.is_none() }
    }
}

/// Pallets that were taken, both ends included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    pub(super) lot: usize,
    pub(super) first: u64,
    pub(super) last: u64,
    /// The lot was produced for them.
    pub(super) is_new: bool,
}

impl Taken {
    pub(super) const fn cases(self) -> Cases {
        Cases { lot: self.lot, first: self.first * CASES_PER_PALLET, last: (self.last + 1) * CASES_PER_PALLET - 1 }
    }
}

/// Cases in the warehouse of somebody, the oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Warehouse {
    cases: VecDeque<Cases>,
}

impl Warehouse {
    pub(super) fn count(&self) -> u64 {
        self.cases.iter().map(|cases| cases.count()).sum()
    }

    pub(super) fn put(&mut self, cases: Cases) {
        self.cases.push_back(cases);
    }

    /// Takes so many, or what there is.
    pub(super) fn take(&mut self, mut count: u64) -> Vec<Cases> {
        let mut taken = Vec::new();
        while count > 0 {
            let Some(front) = self.cases.front_mut() else { break };
            let part = count.min(front.count());
            taken.push(Cases { last: front.first + part - 1, ..*front });
            count -= part;
            if part == front.count() {
                self.cases.pop_front();
            } else {
                front.first += part;
            }
        }
        taken
    }
}

/// Bottles of one product on the shelf of a store, the oldest first: lot, next and last serial.
#[derive(Debug, Clone, Default)]
pub(super) struct Shelf {
    bottles: VecDeque<(usize, u64, u64)>,
}

impl Shelf {
    pub(super) fn count(&self) -> u64 {
        self.bottles.iter().map(|(_, next, last)| last - next + 1).sum()
    }

    /// Puts cases on the shelf.
    pub(super) fn put(&mut self, cases: Cases) {
        self.bottles.push_back((cases.lot, cases.first * ITEMS_PER_CASE, (cases.last + 1) * ITEMS_PER_CASE - 1));
    }

    /// Somebody who never scans took bottles, if there are so many; then the next is bought and scanned.
    pub(super) fn buy(&mut self, unscanned: u64) -> Option<Bottle> {
        let mut skip = unscanned.min(self.count().checked_sub(1)?);
        loop {
            let (lot, next, last) = self.bottles.front_mut()?;
            let here = *last - *next + 1;
            if skip < here {
                let bottle = Bottle { lot: *lot, serial: *next + skip };
                *next += skip + 1;
                if *next > *last {
                    self.bottles.pop_front();
                }
                return Some(bottle);
            }
            skip -= here;
            self.bottles.pop_front();
        }
    }

    /// Takes a whole case from the end, if nobody took a bottle of it yet: for sending it back.
    pub(super) fn take_back(&mut self) -> Option<Cases> {
        let (lot, next, last) = self.bottles.back_mut()?;
        let case = *last / ITEMS_PER_CASE;
        if case * ITEMS_PER_CASE < *next {
            return None;
        }
        let taken = Cases { lot: *lot, first: case, last: case };
        if case * ITEMS_PER_CASE == *next {
            self.bottles.pop_back();
        } else {
            *last = case * ITEMS_PER_CASE - 1;
        }
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bottles_of_a_shelf_are_sold_once_and_in_order() {
        let mut shelf = Shelf::default();
        shelf.put(Cases { lot: 3, first: 10, last: 11 });
        shelf.put(Cases { lot: 4, first: 0, last: 0 });
        let back = shelf.take_back().unwrap();
        assert_eq!((back, shelf.count()), (Cases { lot: 4, first: 0, last: 0 }, 48));
        assert_eq!(shelf.buy(0), Some(Bottle { lot: 3, serial: 240 }));
        assert_eq!(shelf.buy(2), Some(Bottle { lot: 3, serial: 243 }));
        // Case 11 is whole, case 10 is not.
        assert_eq!(shelf.take_back(), Some(Cases { lot: 3, first: 11, last: 11 }));
        assert_eq!(shelf.take_back(), None);
        // Nineteen others would leave none: the last is the scanned one.
        assert_eq!(shelf.buy(100), Some(Bottle { lot: 3, serial: 263 }));
        assert_eq!((shelf.buy(0), shelf.count()), (None, 0));
    }

    #[test]
    fn a_warehouse_gives_the_oldest_cases_first_and_no_more_than_it_has() {
        let mut warehouse = Warehouse::default();
        warehouse.put(Cases { lot: 1, first: 0, last: 39 });
        warehouse.put(Cases { lot: 2, first: 40, last: 79 });
        assert_eq!(warehouse.take(38), [Cases { lot: 1, first: 0, last: 37 }]);
        assert_eq!(warehouse.take(4), [Cases { lot: 1, first: 38, last: 39 }, Cases { lot: 2, first: 40, last: 41 }]);
        assert_eq!(warehouse.take(1_000), [Cases { lot: 2, first: 42, last: 79 }]);
        assert_eq!(warehouse.count(), 0);
    }

    #[test]
    fn the_plant_produces_when_the_open_lot_is_too_small() {
        let mut plant = Plant::default();
        let name = || "L".to_owned();
        let first = plant.pallets(0, 2, 5, name);
        let second = plant.pallets(0, 3, 5, name);
        let third = plant.pallets(0, 9, 5, name);
        assert_eq!((first.lot, first.is_new, second.lot, second.first, second.last), (0, true, 0, 2, 4));
        assert_eq!((third.lot, third.is_new, plant.lots[1].items), (1, true, 9 * 960));
        assert_eq!(second.cases(), Cases { lot: 0, first: 80, last: 199 });
    }
}
