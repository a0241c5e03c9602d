//! Connecting again by itself: whether, when, and why not.
//!
//! It begins with the first CONNACK that accepts: an attempt that never succeeded is explained and
//! left to the user, whose typing it would otherwise race with.

use core::time::Duration;

use bytes::Bytes;

use super::Device;
use crate::engine::seam::{ConnectionState, Failure, Profile};
use crate::engine::{Shared, failure};
use crate::mqtt::Severity;
use crate::session::{Decision, Reconnect};
use crate::time::{Instant, Now, UnixMillis};

/// What a device remembers over its attempts.
#[derive(Default)]
pub(super) struct Retry {
    pub(super) policy: Reconnect,
    /// Whether the user is to be kept connected: CONNACK accepted once, and nobody ended it.
    pub(super) wanted: bool,
    /// Whether CONNACK accepted the CONNECT of these settings.
    pub(super) accepted: bool,
    /// When the next attempt is made.
    pub(super) at: Option<Instant>,
}

impl Device {
    /// The user asks for a connection: at once, whatever happened before.
    pub(super) fn connect_by_hand(&mut self, now: Now, shared: &mut Shared) {
        if self.is_linked() {
            return;
        }
        self.retry.policy.reset();
        self.connect(now, shared);
    }

    /// The browser has a network again.
    pub(in crate::engine) fn handle_online(&mut self, now: Now, shared: &mut Shared) {
        if self.retry.at.is_some() {
            self.retry.policy.reset();
            self.connect(now, shared);
            self.pump(now, shared);
        }
    }

    /// The wait for the next attempt may be over.
    pub(super) fn retry_if_due(&mut self, now: Now, shared: &mut Shared) {
        if self.retry.at.is_some_and(|at| at <= now.instant) {
            self.connect(now, shared);
        }
    }

    /// Gives up waiting for the next attempt.
    pub(super) fn stop_waiting(&mut self, now: Now) {
        self.retry.wanted = false;
        if self.retry.at.take().is_some() {
            self.set_state(now, ConnectionState::Offline);
        }
    }

    /// What is waited for would not be what the profile says now.
    pub(super) fn makes_waiting_pointless(&self, profile: &Profile) -> bool {
        profile.target != self.profile.target
            || profile.identity != self.profile.identity
            || profile.connection != self.profile.connection
    }

    /// An attempt failed, or a connection ended, because of `failure`.
    pub(super) fn fail(&mut self, now: Now, mut failure: Failure, decision: Decision) {
        // What explains it goes with the next connection, which may come at once; the log keeps it.
        if let Some(ended) = failure::ended(&failure) {
            self.note(now, ended, Bytes::new(), Some(Severity::Warning));
        }
        failure.at = now.unix;
        self.connection.failure = Some(failure);
        self.leave(now, decision);
    }

    /// There is no link any more; `decision` says what comes now.
    pub(super) fn leave(&mut self, now: Now, decision: Decision) {
        let wanted = self.retry.wanted && self.profile.connection.reconnect != Some(false);
        self.connection.stopped = None;
        match decision {
            Decision::Retry(wait) if wanted => {
                // Whole milliseconds, so that what is told is what is done.
                let wait = Duration::from_millis(millis(wait).saturating_add(1));
                self.retry.at = Some(now.instant + wait);
                let until = UnixMillis(now.unix.0.saturating_add_unsigned(millis(wait)));
                let attempt = self.retry.policy.attempts();
                self.set_state(now, ConnectionState::Waiting { until, attempt });
            }
            Decision::Retry(_) => {
                self.retry.wanted = false;
                self.set_state(now, ConnectionState::Offline);
            }
            Decision::Stop(reason) => {
                if wanted {
                    self.connection.stopped = failure::stopped(reason);
                }
                self.retry.wanted = false;
                self.set_state(now, ConnectionState::Offline);
            }
        }
        self.dirty.ledger |= self.ledger.handle_disconnect();
        self.answers.handle_disconnect();
        self.dirty.reports |= self.reports.handle_disconnect();
        self.dirty.log |= self.log.handle_new_connection();
        self.dirty.subscriptions = true;
        self.dirty.plan = true;
    }
}

fn millis(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}
