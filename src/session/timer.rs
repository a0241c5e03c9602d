//! The session's deadlines: one slot per reason, so that arming one anew replaces the old.

use crate::time::Instant;

/// Why the session wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// CONNECT, or a part of an AUTH exchange, has waited too long for the server.
    Handshake,
    /// Nothing was sent, or nothing received, for a keep-alive interval: time for PINGREQ.
    KeepAlive,
    /// PINGREQ has waited too long for any sign of life.
    PingResp,
    /// The oldest queued message reaches its message expiry interval.
    Expiry,
}

impl Timer {
    /// In the order in which deadlines of the same instant are handled: an answer that is
    /// overdue ends the connection before another question is asked.
    pub(super) const ALL: [Self; 4] = [
        Self::Handshake,
        Self::PingResp,
        Self::KeepAlive,
        Self::Expiry,
    ];
}

/// At most one deadline per [`Timer`].
#[derive(Clone, Debug, Default)]
pub(super) struct TimerTable {
    handshake: Option<Instant>,
    keep_alive: Option<Instant>,
    ping_resp: Option<Instant>,
    expiry: Option<Instant>,
}

impl TimerTable {
    const fn slot(&mut self, timer: Timer) -> &mut Option<Instant> {
        match timer {
            Timer::Handshake => &mut self.handshake,
            Timer::KeepAlive => &mut self.keep_alive,
            Timer::PingResp => &mut self.ping_resp,
            Timer::Expiry => &mut self.expiry,
        }
    }

    pub(super) const fn set(&mut self, timer: Timer, at: Instant) {
        *self.slot(timer) = Some(at);
    }

    pub(super) const fn stop(&mut self, timer: Timer) {
        *self.slot(timer) = None;
    }

    /// Disarms `timer` if its deadline has come, and returns that deadline.
    pub(super) fn take_expired(&mut self, timer: Timer, now: Instant) -> Option<Instant> {
        self.slot(timer).take_if(|at| *at <= now)
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Instant> {
        [self.handshake, self.keep_alive, self.ping_resp, self.expiry]
            .into_iter()
            .flatten()
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_taken_once_and_only_when_it_has_come() {
        let mut timers = TimerTable::default();
        timers.set(Timer::KeepAlive, Instant::from_millis(20));
        timers.set(Timer::PingResp, Instant::from_millis(10));
        assert_eq!(timers.next(), Some(Instant::from_millis(10)));
        assert_eq!(
            timers.take_expired(Timer::PingResp, Instant::from_millis(9)),
            None
        );
        assert_eq!(
            timers.take_expired(Timer::PingResp, Instant::from_millis(15)),
            Some(Instant::from_millis(10))
        );
        assert_eq!(
            timers.take_expired(Timer::PingResp, Instant::from_millis(15)),
            None
        );
        assert_eq!(timers.next(), Some(Instant::from_millis(20)));
    }
}
