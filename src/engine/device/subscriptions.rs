//! Subscriptions: what the platform wants and what the user added.

use super::Device;
use crate::engine::failure;
use crate::engine::seam::{SubscriptionState, SubscriptionView};
use crate::mqtt::{QoS, Severity};
use crate::session::{self, Subscription};
use crate::time::Now;

impl Device {
    /// Asks for what the platform wants, beside what the user added, and drops what another
    /// identity or platform wanted. Called while there is no connection.
    pub(super) fn want_automatic(&mut self, now: Now, automatic: Vec<(String, QoS)>) {
        let stale: Vec<String> = self
            .session
            .subscriptions()
            .iter()
            .map(|subscribed| subscribed.subscription.filter.clone())
            .filter(|filter| {
                !(automatic.iter().any(|(wanted, _)| wanted == filter)
                    || self.added.iter().any(|wanted| &wanted.filter == filter))
            })
            .collect();
        if !stale.is_empty() {
            // These were accepted as filters before, so they can be dropped as filters.
            let _ = self.session.unsubscribe(now, &stale);
        }
        self.automatic = automatic;
        let platform = self.automatic.iter();
        let wanted: Vec<_> = platform
            .map(|(filter, qos)| Subscription::new(filter.clone(), *qos))
            .chain(self.added.iter().cloned())
            .collect();
        for subscription in wanted {
            // What a remembered session has already is not asked for again.
            let has = self.session.subscriptions().iter().any(|known| {
                known.subscription == subscription
                    && matches!(known.state, session::SubscriptionState::Granted(_))
            });
            if has {
                continue;
            }
            if let Err(error) = self.session.subscribe(now, vec![subscription]) {
                self.tell(Severity::Error, failure::session_error(&error));
            }
        }
        self.dirty.subscriptions = true;
    }

    pub(super) fn subscriptions(&self) -> Vec<SubscriptionView> {
        self.session
            .subscriptions()
            .iter()
            .enumerate()
            .filter_map(|(nth, subscribed)| {
                let filter = &subscribed.subscription.filter;
                let qos = subscribed.subscription.qos;
                Some(SubscriptionView {
                    findings: self.remarks_on_filter(nth, filter, qos),
                    filter: filter.clone(),
                    qos: subscribed.subscription.qos,
                    automatic: self.automatic.iter().any(|(wanted, _)| wanted == filter),
                    state: match subscribed.state {
                        session::SubscriptionState::Wanted => SubscriptionState::Wanted,
                        session::SubscriptionState::Pending => SubscriptionState::Pending,
                        session::SubscriptionState::Granted(qos) => SubscriptionState::Granted(qos),
                        session::SubscriptionState::Refused(code) => {
                            SubscriptionState::Refused(code.0)
                        }
                        session::SubscriptionState::Leaving => return None,
                    },
                })
            })
            .collect()
    }

    pub(super) fn subscribe(&mut self, now: Now, wanted: Subscription) {
        match self.session.subscribe(now, vec![wanted.clone()]) {
            Ok(()) => {
                self.added.retain(|added| added.filter != wanted.filter);
                self.added.push(wanted);
                self.dirty.subscriptions = true;
            }
            Err(error) => self.tell(Severity::Error, failure::session_error(&error)),
        }
    }

    pub(super) fn unsubscribe(&mut self, now: Now, filter: &str) {
        self.added.retain(|added| added.filter != filter);
        match self.session.unsubscribe(now, &[filter.to_owned()]) {
            Ok(()) => self.dirty.subscriptions = true,
            Err(error) => self.tell(Severity::Error, failure::session_error(&error)),
        }
    }
}
