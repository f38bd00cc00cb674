//! How often one device, one address, one code, one API key and one user may be heard.
//!
//! The generic cell rate algorithm of the `governor` crate, per process and in memory: a restart forgets, and behind a
//! load balancer each server counts for itself. Time is governor's own monotonic clock rather than
//! [`tallymark_base::Clock`]: no decision that is stored or replayed depends on it.
//!
//! Memory is bounded: every so many checks those who are quiet again are forgotten, and when too many are left (a flood
//! from ever new addresses) the table starts afresh.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use axum::http::StatusCode;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use tallymark_base::id::{ApiKeyId, UserId};

use crate::problem::Problem;

/// After how many checks quiet subjects are forgotten.
const SWEEP_EVERY: u32 = 131_072;
/// How many subjects may stay after a sweep; about 30 bytes each.
const SUBJECTS_MAX: usize = 524_288;

/// A rate in the long run, and how much may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// In the long run, per minute.
    pub per_minute: NonZeroU32,
    /// At once, after a quiet time.
    pub burst: NonZeroU32,
}

/// Who or what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject<'a> {
    /// A device, by its cookie or its own id.
    Device(&'a str),
    /// An address; see [`crate::ClientAddress::network`].
    Address(IpAddr),
    /// A code, as it was read, whether or not it exists.
    Code(&'a str),
    /// An API key that is known.
    Key(ApiKeyId),
    /// A user who is signed in, in all sessions.
    User(UserId),
}

impl Subject<'_> {
    const fn code(&self) -> &'static str {
        match self {
            Self::Device(_) => "limit.device",
            Self::Address(_) => "limit.address",
            Self::Code(_) => "limit.code",
            Self::Key(_) => "limit.key",
            Self::User(_) => "limit.user",
        }
    }
}

/// A limit was reached: status 429 with `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests; the next one is taken in {} s", self.wait.as_secs_f64().ceil())]
pub struct RetryAfter {
    /// Which limit: `limit.device`, `limit.address`, `limit.code`, `limit.key` or `limit.user`.
    pub code: &'static str,
    /// When the next request would be taken.
    pub wait: Duration,
}

impl From<RetryAfter> for Problem {
    fn from(limit: RetryAfter) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, limit.code, limit.to_string()).retry_after(limit.wait)
    }
}

/// How much each of them may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// A device.
    pub device: Quota,
    /// An address.
    pub address: Quota,
    /// A code.
    pub code: Quota,
    /// An API key.
    pub key: Quota,
    /// A user.
    pub user: Quota,
}

/// The limits of a server.
#[derive(Debug)]
pub struct Limits {
    device: Table<DefaultClock>,
    address: Table<DefaultClock>,
    code: Table<DefaultClock>,
    key: Table<DefaultClock>,
    user: Table<DefaultClock>,
}

impl Limits {
    /// Limits with nobody counted yet.
    pub fn new(quotas: Quotas) -> Self {
        let table = |quota| Table::new(quota, DefaultClock::default());
        let Quotas { device, address, code, key, user } = quotas;
        Self { device: table(device), address: table(address), code: table(code), key: table(key), user: table(user) }
    }

    /// Counts one request of `subject`, or says when it would be taken.
    pub fn check(&self, subject: Subject<'_>) -> Result<(), RetryAfter> {
        let table = match subject {
            Subject::Device(_) => &self.device,
            Subject::Address(_) => &self.address,
            Subject::Code(_) => &self.code,
            Subject::Key(_) => &self.key,
            Subject::User(_) => &self.user,
        };
        table.check(subject).map_err(|wait| RetryAfter { code: subject.code(), wait })
    }
}

type Limiter<C> = governor::RateLimiter<u64, DashMapStateStore<u64>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// One limit. Subjects are kept as a hash with a secret of the process: fixed size, and nobody can aim at another's.
struct Table<C: Clock> {
    quota: governor::Quota,
    clock: C,
    hasher: RandomState,
    limiter: RwLock<Limiter<C>>,
    checks: AtomicU32,
}

impl<C: Clock + Clone> Table<C> {
    fn new(quota: Quota, clock: C) -> Self {
        let quota = governor::Quota::per_minute(quota.per_minute).allow_burst(quota.burst);
        let limiter = RwLock::new(Limiter::dashmap_with_clock(quota, clock.clone()));
        Self { quota, clock, hasher: RandomState::new(), limiter, checks: AtomicU32::new(0) }
    }

    fn check(&self, subject: Subject<'_>) -> Result<(), Duration> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.sweep(SUBJECTS_MAX);
        }
        let limiter = self.limiter.read().unwrap_or_else(PoisonError::into_inner);
        let answer = limiter.check_key(&self.hasher.hash_one(subject));
        answer.map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }

    fn sweep(&self, subjects_max: usize) {
        let left = {
            let limiter = self.limiter.read().unwrap_or_else(PoisonError::into_inner);
            limiter.retain_recent();
            limiter.len()
        };
        if left > subjects_max {
            tracing::warn!(left, "a rate limit had too many subjects at once and starts afresh");
            let afresh = Limiter::dashmap_with_clock(self.quota, self.clock.clone());
            *self.limiter.write().unwrap_or_else(PoisonError::into_inner) = afresh;
        }
    }
}

impl<C: Clock> std::fmt::Debug for Table<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("quota", &self.quota).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;

    fn table(per_minute: u32, burst: u32) -> (Table<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let number = |n| NonZeroU32::new(n).unwrap();
        (Table::new(Quota { per_minute: number(per_minute), burst: number(burst) }, clock.clone()), clock)
    }

    #[test]
    fn a_burst_passes_then_one_per_interval_and_others_are_not_concerned() {
        let (table, clock) = table(60, 3);
        let (a, b) = (Subject::Device("a"), Subject::Device("b"));
        for _ in 0..3 {
            table.check(a).unwrap();
        }
        // 60 a minute: the next one a second later.
        assert_eq!(table.check(a), Err(Duration::from_secs(1)));
        table.check(b).unwrap();
        clock.advance(Duration::from_millis(1001));
        table.check(a).unwrap();
        assert!(table.check(a).is_err());
    }

    #[test]
    fn quiet_subjects_are_forgotten_and_a_flood_starts_the_table_afresh() {
        let (table, clock) = table(60, 2);
        let names: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let flood = || names.iter().filter(|name| table.check(Subject::Code(name)).is_ok()).count();
        let len = || table.limiter.read().unwrap().len();
        assert_eq!(flood(), 100);
        assert_eq!(len(), 100);
        clock.advance(Duration::from_secs(10));
        table.sweep(50);
        assert_eq!(len(), 0);
        assert_eq!(flood(), 100);
        table.sweep(100);
        assert_eq!(len(), 100);
        table.sweep(99);
        assert_eq!(len(), 0);
    }
}
