//! How long to wait before the next attempt to connect: exponential growth with full jitter, so
//! that a fleet which lost its broker together does not come back together.

use core::time::Duration;

use serde::{Deserialize, Serialize};

/// Exponential backoff with full jitter: the wait before attempt *n* is drawn evenly from zero to
/// `min(cap, base · 2ⁿ)`, but never less than `floor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backoff {
    /// The bound of the first wait.
    pub base: Duration,
    /// The bound that growth stops at.
    pub cap: Duration,
    /// The shortest wait, so that jitter never makes a busy loop.
    pub floor: Duration,
    /// Attempts that failed since the last success.
    attempts: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new(Duration::from_secs(1), Duration::from_secs(60))
    }
}

impl Backoff {
    /// A backoff that starts at `base` and stops growing at `cap`.
    pub const fn new(base: Duration, cap: Duration) -> Self {
        Self {
            base,
            cap,
            floor: Duration::from_millis(200),
            attempts: 0,
        }
    }

    /// Attempts that failed since the last [`Backoff::reset`].
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The largest wait that the next draw can give.
    pub fn bound(&self) -> Duration {
        let factor = 2_u32.saturating_pow(self.attempts.min(31));
        self.base
            .saturating_mul(factor)
            .min(self.cap)
            .max(self.floor)
    }

    /// Counts one more failed attempt and draws the wait before the next; `random` is 64 evenly
    /// distributed bits.
    pub fn next_wait(&mut self, random: u64) -> Duration {
        let bound = u64::try_from(self.bound().as_micros()).unwrap_or(u64::MAX);
        self.attempts = self.attempts.saturating_add(1);
        // The high half of the product spreads 64 random bits evenly over 0..=bound.
        let micros = (u128::from(random) * (u128::from(bound) + 1)) >> 64;
        let wait = Duration::from_micros(u64::try_from(micros).unwrap_or(bound));
        wait.max(self.floor)
    }

    /// Forgets attempts beyond this many.
    pub fn ease(&mut self, attempts: u32) {
        self.attempts = self.attempts.min(attempts);
    }

    /// A connection was accepted: the next failure starts from `base` again.
    pub const fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_up_to_the_cap() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(10));
        let bounds: Vec<_> = (0..6)
            .map(|_| {
                let bound = backoff.bound().as_secs();
                backoff.next_wait(0);
                bound
            })
            .collect();
        assert_eq!(bounds, [1, 2, 4, 8, 10, 10]);
        backoff.reset();
        assert_eq!(backoff.bound(), Duration::from_secs(1));
    }

    #[test]
    fn jitter_uses_the_whole_range_and_never_leaves_it() {
        let draw = |random| Backoff::new(Duration::from_secs(8), Duration::MAX).next_wait(random);
        assert_eq!(draw(0), Duration::from_millis(200));
        assert_eq!(draw(u64::MAX), Duration::from_secs(8));
        let middle = draw(u64::MAX / 2);
        assert!(middle > Duration::from_millis(3_999) && middle < Duration::from_millis(4_001));
    }

    #[test]
    fn a_thousand_failures_neither_overflow_nor_exceed_the_cap() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
        for _ in 0..1_000 {
            assert!(backoff.next_wait(u64::MAX) <= Duration::from_secs(60));
        }
        assert_eq!(backoff.attempts(), 1_000);
    }
}
