//! What the session does by itself: timers, sending what waits, resending, and ending.

use core::time::Duration;

use bytes::Bytes;

use super::error::PeerFault;
use super::error::{Feature, SessionError};
use super::event::{Abandonment, Ended, Ending, Event, LinkStage, PublishToken, SubscribeResult};
use super::message::{Publication, Subscription};
use super::outbox::Stage;
use super::subscriptions::Pending;
use super::subscriptions::SubscriptionState;
use super::timer::Timer;
use super::topic_alias::Naming;
use super::{Phase, Session, auth, wire};
use crate::mqtt::{PacketId, PacketType, ProtocolVersion, ReasonCode, TopicFilter};
use crate::time::Now;

impl Session {
    pub(super) fn client_id(&self) -> &str {
        match &self.assigned_client_id {
            Some(assigned) if self.config.client_id.is_empty() => assigned,
            _ => &self.config.client_id,
        }
    }

    /// Sends what waits and may be sent now: subscriptions first, so that no answer to a message
    /// is missed, then messages in the order of publishing.
    pub(super) fn pump(&mut self, now: Now) {
        if self.phase != Phase::Connected {
            return;
        }
        self.pump_subscriptions(now);
        while self.unacknowledged < self.unacknowledged_maximum {
            let Some(outgoing) = self.outbox.next_to_publish() else {
                return;
            };
            let token = outgoing.token;
            let is_first = outgoing.stage == Stage::Queued;
            if is_first && outgoing.expires_at().is_some_and(|at| at <= now.unix) {
                self.abandon(token, Abandonment::Expired);
                continue;
            }
            if is_first && let Err(error) = self.check_allowed(&outgoing.publication) {
                self.abandon(token, Abandonment::NotAllowed(error));
                continue;
            }
            let packet_id = match outgoing.stage {
                Stage::Published(packet_id) | Stage::Released { packet_id, .. } => packet_id,
                Stage::Queued => match self.packet_ids.allocate() {
                    Some(packet_id) => packet_id,
                    None => return,
                },
            };
            let Some(outgoing) = self.outbox.entry(token) else {
                return;
            };
            let naming = self.outgoing_aliases.naming(&outgoing.publication.topic);
            let delivery = wire::Delivery {
                packet_id: Some(packet_id),
                dup: !is_first,
                naming,
                expiry_secs: outgoing.remaining_expiry_secs(now.unix),
            };
            let encoded = wire::publish(self.config.version, &outgoing.publication, delivery)
                .map_err(SessionError::from)
                .and_then(|frame| self.check_size(frame.len()).map(|()| frame));
            match encoded {
                Ok(frame) => {
                    if let Naming::Introduce(alias) = naming {
                        self.outgoing_aliases
                            .introduce(&outgoing.publication.topic, alias);
                    }
                    self.outbox.published(token, packet_id, now.instant);
                    self.unacknowledged += 1;
                    self.transmit(now, frame);
                }
                Err(error) => {
                    self.packet_ids.release(packet_id);
                    self.abandon(token, Abandonment::NotAllowed(error));
                }
            }
        }
    }

    pub(super) fn pump_subscriptions(&mut self, now: Now) {
        for state in [SubscriptionState::Leaving, SubscriptionState::Wanted] {
            let leaving = state == SubscriptionState::Leaving;
            let waiting = self.subscriptions.waiting(state);
            // A subscription identifier belongs to the whole packet.
            for same in waiting.chunk_by(|a, b| leaving || a.identifier == b.identifier) {
                for chunk in same.chunks(self.config.limits.filters_per_packet.max(1)) {
                    let Some(packet_id) = self.packet_ids.allocate() else {
                        return;
                    };
                    let encoded = if leaving {
                        wire::unsubscribe(self.config.version, packet_id, chunk)
                    } else {
                        wire::subscribe(self.config.version, packet_id, chunk)
                    };
                    let filters = chunk.iter().map(|wanted| wanted.filter.clone()).collect();
                    let pending = Pending {
                        filters,
                        sent_at: now.instant,
                        leaving,
                    };
                    match encoded.map_err(SessionError::from).and_then(|frame| {
                        self.check_size(frame.len())?;
                        Ok(frame)
                    }) {
                        Ok(frame) => {
                            self.subscriptions.sent(packet_id, pending);
                            self.transmit(now, frame);
                        }
                        // Each filter was checked when it was asked for; what can still be wrong
                        // is this server's maximum packet size, which it would answer so, too.
                        Err(_) => {
                            self.packet_ids.release(packet_id);
                            for filter in pending.filters {
                                let code = ReasonCode::PACKET_TOO_LARGE;
                                self.subscriptions.refuse(&filter, code);
                                let results = vec![SubscribeResult {
                                    filter,
                                    granted: Err(code),
                                }];
                                self.events.push_back(Event::SubscribeAcknowledged {
                                    packet_id,
                                    latency: Duration::ZERO,
                                    results,
                                    reason_string: None,
                                    user_properties: Vec::new(),
                                });
                            }
                        }
                    }
                }
            }
        }
    }

    pub(super) fn check_allowed(&self, publication: &Publication) -> Result<(), SessionError> {
        let (asked, maximum) = (publication.qos, self.server.maximum_qos);
        if asked > maximum {
            return Err(SessionError::QoSNotSupported { asked, maximum });
        }
        if publication.retain && !self.server.retain_available {
            return Err(SessionError::NotSupported(Feature::Retain));
        }
        Ok(())
    }

    pub(super) fn check_size(&self, size: usize) -> Result<(), SessionError> {
        match self.server.maximum_packet_size {
            Some(limit) if u32::try_from(size).is_ok_and(|size| size <= limit) => Ok(()),
            Some(limit) => Err(SessionError::PacketTooLarge { size, limit }),
            None => Ok(()),
        }
    }

    pub(super) fn check_filter<'f>(
        &self,
        filter: &'f str,
    ) -> Result<TopicFilter<'f>, SessionError> {
        TopicFilter::for_version(self.config.version, filter).map_err(|source| {
            SessionError::TopicFilter {
                filter: filter.to_owned(),
                source,
            }
        })
    }

    pub(super) fn check_subscription(
        &self,
        subscription: &Subscription,
    ) -> Result<(), SessionError> {
        let filter = self.check_filter(&subscription.filter)?;
        let chunk = core::slice::from_ref(subscription);
        wire::subscribe(self.config.version, PacketId::MIN, chunk)?;
        let is_shared = self.config.version == ProtocolVersion::V5_0 && filter.shared().is_some();
        let missing = if is_shared && !self.server.shared_subscription_available {
            Feature::SharedSubscription
        } else if filter.has_wildcard() && !self.server.wildcard_subscription_available {
            Feature::WildcardSubscription
        } else if subscription.identifier.is_some()
            && !self.server.subscription_identifier_available
        {
            Feature::SubscriptionIdentifier
        } else {
            return Ok(());
        };
        Err(SessionError::NotSupported(missing))
    }

    pub(super) fn abandon(&mut self, token: PublishToken, cause: Abandonment) {
        self.outbox.remove(token);
        self.events
            .push_back(Event::PublishAbandoned { token, cause });
    }

    pub(super) fn acknowledge(
        &mut self,
        now: Now,
        packet: PacketType,
        packet_id: PacketId,
        code: ReasonCode,
    ) {
        let frame = wire::acknowledgement(self.config.version, packet, packet_id, code);
        self.transmit(now, frame);
    }

    pub(super) fn stray(&mut self, packet: PacketType, packet_id: PacketId) {
        self.events
            .push_back(Event::StrayAcknowledgement { packet, packet_id });
    }

    pub(super) fn ping(&mut self, now: Now) {
        self.transmit(now, wire::pingreq());
        self.pings.push_back(now.instant);
        self.timers.stop(Timer::KeepAlive);
        self.timers
            .set(Timer::PingResp, now.instant + self.config.ping_timeout);
    }

    pub(super) fn transmit(&mut self, now: Now, frame: Bytes) {
        self.last_sent = now.instant;
        self.events.push_back(Event::Sent(frame.clone()));
        self.transmits.push_back(frame);
    }

    pub(super) fn malformed(&mut self, now: Now, bytes: Bytes, error: crate::mqtt::DecodeError) {
        self.events.push_back(Event::Malformed { bytes, error });
        self.fault(now, error.into());
    }

    /// Ends the connection because of what the server sent. 5.0 tells it why; before CONNACK
    /// there is nobody to tell.
    pub(super) fn fault(&mut self, now: Now, fault: PeerFault) {
        let (code, ending) = match fault {
            PeerFault::Malformed(error) => {
                (ReasonCode(error.reason_code()), Ending::Malformed(error))
            }
            PeerFault::Protocol(violation) => {
                (violation.reason_code(), Ending::ProtocolError(violation))
            }
        };
        if self.config.version == ProtocolVersion::V5_0 && self.phase == Phase::Connected {
            self.transmit(now, wire::disconnect(self.config.version, code));
        }
        self.end(now, ending);
    }

    pub(super) fn refuse_authentication(&mut self, now: Now, error: auth::AuthenticationError) {
        if self.phase == Phase::Connected {
            let code = ReasonCode::NOT_AUTHORIZED;
            self.transmit(now, wire::disconnect(self.config.version, code));
        }
        self.end(now, Ending::AuthenticationFailed(error));
    }

    /// Whether a CONNECT is on its way that makes a session of this client.
    pub(super) fn is_offering(&self) -> bool {
        self.phase == Phase::Handshake && !self.config.clean_start
    }

    pub(super) fn end(&mut self, now: Now, ending: Ending) {
        let stage = match self.phase {
            Phase::Connected => LinkStage::Connected,
            _ => LinkStage::Handshake,
        };
        // Whether the server has accepted CONNECT is then unknown.
        self.offered |= self.is_offering()
            && !matches!(
                ending,
                Ending::Refused(_) | Ending::BadConfig(_) | Ending::ProtocolError(_)
            );
        self.phase = Phase::Done;
        // A deadline of the same instant must not act on a link that is given up.
        for timer in [Timer::Handshake, Timer::KeepAlive, Timer::PingResp] {
            self.timers.stop(timer);
        }
        self.authentication = None;
        self.reauthenticating = false;
        let after = now.instant - self.opened_at;
        self.events.push_back(Event::Ended(Box::new(Ended {
            ending,
            after,
            stage,
            delivered: self.delivered,
        })));
    }

    /// Recomputes the deadlines that follow from what was sent and received.
    pub(super) fn arm(&mut self, now: Now) {
        match self.outbox.next_expiry() {
            Some(at) => {
                let millis = u64::try_from(at.0.saturating_sub(now.unix.0)).unwrap_or(0);
                self.timers
                    .set(Timer::Expiry, now.instant + Duration::from_millis(millis));
            }
            None => self.timers.stop(Timer::Expiry),
        }
        if self.phase != Phase::Connected {
            return;
        }
        match self.keep_alive {
            // A server that only listens must be heard from, too: without an answer to wait for,
            // silence from either side asks for one.
            Some(interval) => {
                let since = if self.pings.is_empty() {
                    self.last_sent.min(self.last_received)
                } else {
                    self.last_sent
                };
                self.timers.set(Timer::KeepAlive, since + interval);
            }
            None => self.timers.stop(Timer::KeepAlive),
        }
        match self.pings.front() {
            // Anything received is a sign of life.
            Some(asked) => {
                let since = (*asked).max(self.last_received);
                self.timers
                    .set(Timer::PingResp, since + self.config.ping_timeout);
            }
            None => self.timers.stop(Timer::PingResp),
        }
    }
}
