//! How long one waits after failed attempts: some are free, then each failure doubles the wait. The wait is the same
//! for accounts that do not exist.

use tallymark_base::Timestamp;

/// How many failures are free, and the longest wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Law {
    /// Failures without a wait.
    pub free: i64,
    /// The longest wait, in seconds. A quiet time twice as long forgets everything.
    pub wait_s_max: i64,
}

/// For one account: passwords and second factors.
pub const ACCOUNT: Law = Law { free: 4, wait_s_max: 900 };
/// For one address, behind which a whole office may sit.
pub const ADDRESS: Law = Law { free: 30, wait_s_max: 900 };
/// For asking for a reset link.
pub const RESET: Law = Law { free: 3, wait_s_max: 900 };

/// What is known of earlier attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earlier {
    /// Failed ones, and those under way.
    pub failures: i64,
    /// Until when nothing is tried.
    pub next_at: Timestamp,
    /// The last one.
    pub last_at: Timestamp,
}

impl Law {
    /// Counts one more attempt, as if it failed. `Err` with the moment before which it is not tried.
    pub fn count(self, earlier: Option<Earlier>, now: Timestamp) -> Result<Earlier, Timestamp> {
        let quiet = 2 * self.wait_s_max * Timestamp::SECOND;
        let earlier = earlier.filter(|earlier| now.since(earlier.last_at) < quiet);
        // Where nothing was to be waited for, a server whose clock is behind must not wait for that of another.
        let waits = |earlier: &Earlier| self.wait_s(earlier.failures) > 0 && now < earlier.next_at;
        if let Some(earlier) = earlier.filter(waits) {
            return Err(earlier.next_at);
        }
        let failures = earlier.map_or(0, |earlier| earlier.failures) + 1;
        let next_at = Timestamp(now.0 + self.wait_s(failures) * Timestamp::SECOND);
        Ok(Earlier { failures, next_at, last_at: now })
    }

    /// The wait after so many failures, in seconds.
    pub fn wait_s(self, failures: i64) -> i64 {
        match failures - self.free {
            ..=0 => 0,
            more => (1_i64 << (more - 1).min(30)).min(self.wait_s_max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_free_ones_every_failure_doubles_the_wait_up_to_the_longest() {
        let waits: Vec<i64> = (1..=16).map(|failures| ACCOUNT.wait_s(failures)).collect();
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    }

    #[test]
    fn nothing_is_tried_before_the_wait_is_over_and_a_quiet_time_forgets() {
        let at = |seconds: i64| Timestamp(seconds * Timestamp::SECOND);
        let mut earlier = None;
        for _ in 0..5 {
            earlier = Some(ACCOUNT.count(earlier, at(100)).unwrap());
        }
        assert_eq!(ACCOUNT.count(earlier, at(100)), Err(at(101)));
        assert_eq!(ACCOUNT.count(earlier, at(101)).unwrap().failures, 6);
        assert_eq!(ACCOUNT.count(earlier, at(100 + 1_800)).unwrap().failures, 1);
    }

    #[test]
    fn a_free_failure_is_waited_for_by_no_clock() {
        let at = |seconds: i64| Timestamp(seconds * Timestamp::SECOND);
        let mut earlier = None;
        for now in [110, 100, 110, 100] {
            earlier = Some(ACCOUNT.count(earlier, at(now)).unwrap());
        }
        assert_eq!(earlier.unwrap().failures, 4);
    }
}
