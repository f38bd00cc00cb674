//! How large a world is.

use jiff::civil::{Date, date};

/// The measures of a world. The same shape and seed are the same world.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// What chance comes from.
    pub seed: u64,
    /// The first day that is played; the brand is set up the evening before.
    pub first_day: Date,
    /// How many days are played.
    pub days: u32,
    /// People.
    pub people: u32,
    /// Dealers.
    pub dealers: usize,
    /// Stores.
    pub stores: usize,
    /// Products, up to 30.
    pub products: usize,
    /// What a person buys and scans in a day on average.
    pub bought_per_day: f64,
    /// Bottles whose code is copied onto many others.
    pub clones: u32,
    /// Cases that are sold elsewhere than they were shipped to.
    pub diversions: u32,
    /// Scans of codes that nobody issued, a day.
    pub invented_per_day: f64,
    /// Looks at the consumer page, a day.
    pub page_looks_per_day: u32,
    /// Deliveries of an event SDK, a day.
    pub event_deliveries_per_day: u32,
    /// People who agree to something, a day at most.
    pub consents_per_day: usize,
}

impl Shape {
    /// The whole world: thirty days around the Spring Festival of 2026.
    pub const fn whole(seed: u64) -> Self {
        Self {
            seed,
            first_day: date(2026, 2, 1),
            days: 30,
            people: 200_000,
            dealers: 60,
            stores: 2_000,
            products: 30,
            bought_per_day: 0.15,
            clones: 40,
            diversions: 120,
            invented_per_day: 60.0,
            page_looks_per_day: 20,
            event_deliveries_per_day: 40,
            consents_per_day: 25,
        }
    }

    /// A slice that plays in a minute: the week of the Spring Festival, with a hundredth of the people.
    pub const fn slice(seed: u64) -> Self {
        Self {
            first_day: date(2026, 2, 13),
            days: 7,
            people: 2_000,
            dealers: 12,
            stores: 100,
            products: 10,
            bought_per_day: 0.3,
            clones: 3,
            diversions: 4,
            invented_per_day: 5.0,
            page_looks_per_day: 4,
            event_deliveries_per_day: 2,
            consents_per_day: 5,
            ..Self::whole(seed)
        }
    }

    /// A world for tests: everything happens in it, and little of it.
    pub const fn tiny(seed: u64) -> Self {
        Self {
            first_day: date(2026, 2, 15),
            days: 3,
            people: 150,
            dealers: 7,
            stores: 14,
            products: 3,
            bought_per_day: 0.5,
            clones: 2,
            diversions: 2,
            invented_per_day: 2.0,
            page_looks_per_day: 1,
            event_deliveries_per_day: 1,
            consents_per_day: 2,
            ..Self::whole(seed)
        }
    }

    /// A day of the world, counted from 0.
    pub(super) fn day(&self, day: u32) -> Date {
        self.first_day.saturating_add(jiff::Span::new().days(i64::from(day)))
    }
}
