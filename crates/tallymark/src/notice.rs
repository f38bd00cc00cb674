//! How far long work is, for a person at the terminal.

use std::io::Write;
use std::time::Duration;

use tallymark_base::Clock;

/// Work that takes longer than this tells how far it is.
const QUIET_FOR: Duration = Duration::from_secs(1);
/// How often it tells.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// A line that says how much of how much is done, and how fast.
pub(crate) struct Notice<'a, N> {
    out: Option<N>,
    clock: &'a dyn Clock,
    total: u64,
    /// What was done before this began.
    before: u64,
    told: Option<Duration>,
    start: Duration,
}

impl<'a, N: Write> Notice<'a, N> {
    /// A notice to `out`, if anybody reads it there.
    pub(crate) fn new(out: Option<N>, clock: &'a dyn Clock, total: u64, before: u64) -> Self {
        Self { out, clock, total, before, told: None, start: clock.elapsed() }
    }

    /// Tells that so much is done, unless it told so a moment ago.
    pub(crate) fn tell(&mut self, done: u64) {
        let Some(out) = &mut self.out else { return };
        let now = self.clock.elapsed();
        let since = self.told.unwrap_or(self.start);
        let wait = if self.told.is_some() { TELL_EVERY } else { QUIET_FOR };
        if now - since < wait {
            return;
        }
        self.told = Some(now);
        let percent = done.saturating_mul(100).checked_div(self.total).unwrap_or(100);
        let rate = done.saturating_sub(self.before) as f64 / (now - self.start).as_secs_f64();
        // A notice that cannot be shown is not worth a failure.
        write!(out, "\r{percent:3} %  {done} of {}  {rate:.0} a second ", self.total).ok();
        out.flush().ok();
    }

    /// Takes the notice away.
    pub(crate) fn clear(&mut self) {
        if let (Some(out), Some(_)) = (&mut self.out, self.told) {
            write!(out, "\r\x1b[K").ok();
            out.flush().ok();
        }
    }
}
