//! The subscriptions that the user wants, and what the server knows of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::message::Subscription;
use crate::mqtt::{PacketId, QoS, ReasonCode};
use crate::time::Instant;

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubscriptionState {
    /// Waits for a connection.
    Wanted,
    /// SUBSCRIBE is sent.
    Pending,
    /// SUBACK granted this QoS.
    Granted(QoS),
    /// SUBACK refused it.
    Refused(ReasonCode),
    /// Not wanted any more; UNSUBSCRIBE is sent, or waits for a connection.
    Leaving,
}

/// A subscription with its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribed {
    /// What was asked for.
    pub subscription: Subscription,
    /// Where it stands.
    pub state: SubscriptionState,
}

/// SUBSCRIBE or UNSUBSCRIBE in flight.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    /// Its filters, in order.
    pub(super) filters: Vec<String>,
    /// When it was sent.
    pub(super) sent_at: Instant,
    /// Whether it is UNSUBSCRIBE.
    pub(super) leaving: bool,
}

/// The wanted set, in the order in which filters were first asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Subscriptions {
    wanted: Vec<Subscribed>,
    pending: BTreeMap<PacketId, Pending>,
}

impl Subscriptions {
    /// Restores a stored set.
    pub(super) fn restore(wanted: Vec<Subscribed>) -> Self {
        Self {
            wanted,
            pending: BTreeMap::new(),
        }
    }

    /// All subscriptions, in order.
    pub(super) fn all(&self) -> &[Subscribed] {
        &self.wanted
    }

    fn find(&mut self, filter: &str) -> Option<&mut Subscribed> {
        self.wanted
            .iter_mut()
            .find(|entry| entry.subscription.filter == filter)
    }

    /// Wants a subscription; one with the same filter is replaced, as the server will do.
    pub(super) fn want(&mut self, subscription: Subscription) {
        let entry = Subscribed {
            subscription,
            state: SubscriptionState::Wanted,
        };
        match self.find(&entry.subscription.filter) {
            Some(known) => *known = entry,
            None => self.wanted.push(entry),
        }
    }

    /// Wants a filter no longer. Returns whether UNSUBSCRIBE would tell the server anything.
    pub(super) fn leave(&mut self, filter: &str) {
        match self.find(filter) {
            Some(known) => known.state = SubscriptionState::Leaving,
            // Not ours, but perhaps one that a remembered session still has.
            None => self.wanted.push(Subscribed {
                subscription: Subscription::new(filter, QoS::AtMostOnce),
                state: SubscriptionState::Leaving,
            }),
        }
    }

    /// Filters to be sent now, in order: those that wait, and those that are to be left.
    pub(super) fn waiting(&self, state: SubscriptionState) -> Vec<Subscription> {
        let in_flight = |filter: &str| {
            self.pending
                .values()
                .any(|p| p.leaving && p.filters.iter().any(|f| f == filter))
        };
        self.wanted
            .iter()
            .filter(|entry| entry.state == state)
            .filter(|entry| {
                state != SubscriptionState::Leaving || !in_flight(&entry.subscription.filter)
            })
            .map(|entry| entry.subscription.clone())
            .collect()
    }

    /// SUBSCRIBE or UNSUBSCRIBE was sent.
    pub(super) fn sent(&mut self, packet_id: PacketId, pending: Pending) {
        if !pending.leaving {
            for filter in &pending.filters {
                if let Some(entry) = self.find(filter) {
                    entry.state = SubscriptionState::Pending;
                }
            }
        }
        self.pending.insert(packet_id, pending);
    }

    /// What this packet identifier asked for, if anything, and of which kind.
    pub(super) fn pending(&self, packet_id: PacketId) -> Option<&Pending> {
        self.pending.get(&packet_id)
    }

    /// SUBACK or UNSUBACK came.
    pub(super) fn take_pending(&mut self, packet_id: PacketId) -> Option<Pending> {
        self.pending.remove(&packet_id)
    }

    /// SUBACK decided on a filter. One that was changed meanwhile keeps its newer state.
    pub(super) fn decided(&mut self, filter: &str, granted: Result<QoS, ReasonCode>) {
        if let Some(entry) = self.find(filter)
            && entry.state == SubscriptionState::Pending
        {
            entry.state = match granted {
                Ok(qos) => SubscriptionState::Granted(qos),
                Err(code) => SubscriptionState::Refused(code),
            };
        }
    }

    /// A filter cannot be asked for on this connection at all.
    pub(super) fn refuse(&mut self, filter: &str, code: ReasonCode) {
        if let Some(entry) = self.find(filter) {
            entry.state = SubscriptionState::Refused(code);
        }
    }

    /// UNSUBACK came for a filter.
    pub(super) fn left(&mut self, filter: &str) {
        self.wanted.retain(|entry| {
            entry.subscription.filter != filter || entry.state != SubscriptionState::Leaving
        });
    }

    /// The connection is gone: what was pending waits again. Returns the packet identifiers
    /// that are free now.
    pub(super) fn disconnected(&mut self) -> Vec<PacketId> {
        for entry in &mut self.wanted {
            if entry.state == SubscriptionState::Pending {
                entry.state = SubscriptionState::Wanted;
            }
        }
        core::mem::take(&mut self.pending).into_keys().collect()
    }

    /// The server knows nothing: everything wanted waits, what was to be left is gone.
    pub(super) fn forgotten(&mut self) {
        self.wanted
            .retain(|entry| entry.state != SubscriptionState::Leaving);
        for entry in &mut self.wanted {
            entry.state = SubscriptionState::Wanted;
        }
    }
}
