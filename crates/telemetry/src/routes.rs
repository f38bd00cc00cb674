//! The measures of each route, found without a lock and without an allocation.
//!
//! The routes of a program are few and known after its first requests. They stand in a table of fixed size, each written
//! once; a look-up hashes the pattern and reads. What no longer fits is counted together as `other`.

use std::sync::OnceLock;

use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec};

/// Routes told apart, each method for itself. The program has fewer than a third as many.
const ROUTES_MAX: usize = 512;
/// HTTP statuses are 100 to 599.
const STATUSES: std::ops::Range<usize> = 100..600;
/// What other methods are counted as: a stranger can send any word.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const OTHER: &str = "other";

/// Requests of every route.
pub struct Routes {
    slots: Box<[OnceLock<Route>]>,
    requests: IntCounterVec,
    seconds: HistogramVec,
    other: OnceLock<Route>,
}

/// Requests of one route and method.
pub struct Route {
    method: &'static str,
    pattern: Box<str>,
    requests: IntCounterVec,
    seconds: Histogram,
    statuses: Box<[OnceLock<IntCounter>]>,
}

impl Routes {
    pub(crate) fn new(requests: IntCounterVec, seconds: HistogramVec) -> Self {
        let slots = (0..ROUTES_MAX).map(|_| OnceLock::new()).collect();
        Self { slots, requests, seconds, other: OnceLock::new() }
    }

    /// The measures of a route by the pattern it was declared with.
    pub fn of(&self, method: &str, pattern: &str) -> &Route {
        let method = METHODS.iter().copied().find(|known| *known == method).unwrap_or(OTHER);
        let start = hash(method, pattern);
        for step in 0..ROUTES_MAX {
            let slot = &self.slots[(start + step) % ROUTES_MAX];
            // Two requests may meet at an empty slot: one writes, both then look at what stands there.
            let route = slot.get_or_init(|| self.route(method, pattern));
            if route.method == method && &*route.pattern == pattern {
                return route;
            }
        }
        self.other.get_or_init(|| self.route(OTHER, OTHER))
    }

    fn route(&self, method: &'static str, pattern: &str) -> Route {
        Route {
            method,
            pattern: pattern.into(),
            requests: self.requests.clone(),
            seconds: self.seconds.with_label_values(&[method, pattern]),
            statuses: STATUSES.map(|_| OnceLock::new()).collect(),
        }
    }
}

impl Route {
    /// Counts an answer.
    pub fn answered(&self, status: u16, seconds: f64) {
        self.seconds.observe(seconds);
        let Some(counter) = usize::from(status).checked_sub(STATUSES.start).and_then(|at| self.statuses.get(at)) else {
            return;
        };
        let make = || self.requests.with_label_values(&[self.method, &self.pattern, &status.to_string()]);
        counter.get_or_init(make).inc();
    }
}

/// FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/): patterns are short and not chosen by strangers.
fn hash(method: &str, pattern: &str) -> usize {
    let bytes = method.bytes().chain(pattern.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)) as usize
}
