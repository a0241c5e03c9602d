//! Packets from the server: what each means, and what is answered at once.

use core::time::Duration;

use bytes::Bytes;

use super::config::keep_alive_interval;
use super::error::ProtocolViolation;
use super::event::{
    Abandonment, Connected, Ending, Event, Message, PublishToken, Refusal, ServerLimits,
    SubscribeResult,
};
use super::message::{Publication, Reason};
use super::outbox::Stage;
use super::subscriptions::Pending;
use super::timer::Timer;
use super::topic_alias::AliasFault;
use super::{Phase, Session, is_failure, wire, wrong_acknowledgement};
use crate::mqtt::{
    Auth, ConnAck, Disconnect, Packet, PacketId, PacketType, ProtocolVersion, Publish, QoS,
    ReasonCode, SubAck, UnsubAck,
};
use crate::time::Now;

impl Session {
    pub(super) fn handle_packet(
        &mut self,
        now: Now,
        frame: &Bytes,
        packet: Packet<'_>,
    ) -> Result<(), ProtocolViolation> {
        let packet_type = packet.packet_type();
        if self.config.properties.request_problem_information == Some(false)
            && wire::has_problem_information(&packet)
        {
            return Err(ProtocolViolation::UnwantedProblemInformation(packet_type));
        }
        if self.phase == Phase::Handshake {
            return match packet {
                Packet::ConnAck(packet) => self.handle_connack(now, &packet),
                Packet::Auth(packet) => self.handle_auth(now, &packet),
                _ => Err(ProtocolViolation::BeforeConnAck(packet_type)),
            };
        }
        // Retained messages come with every subscription, so they say nothing.
        self.delivered |= match &packet {
            Packet::Publish(packet) => !packet.retain,
            Packet::PubAck(_) | Packet::PubRec(_) | Packet::PubRel(_) | Packet::PubComp(_) => true,
            _ => false,
        };
        match packet {
            Packet::Publish(packet) => self.handle_publish(now, frame, &packet),
            Packet::PubAck(packet) => {
                let reason = wire::reason(packet.reason_code, &packet.properties);
                self.handle_puback(now, packet.packet_id, reason)
            }
            Packet::PubRec(packet) => {
                let reason = wire::reason(packet.reason_code, &packet.properties);
                self.handle_pubrec(now, packet.packet_id, reason);
                Ok(())
            }
            Packet::PubRel(packet) => {
                self.handle_pubrel(now, packet.packet_id);
                Ok(())
            }
            Packet::PubComp(packet) => {
                let reason = wire::reason(packet.reason_code, &packet.properties);
                self.handle_pubcomp(now, packet.packet_id, reason)
            }
            Packet::SubAck(packet) => self.handle_suback(now, &packet),
            Packet::UnsubAck(packet) => self.handle_unsuback(now, &packet),
            Packet::PingResp => {
                if let Some(sent_at) = self.pings.pop_front() {
                    self.events.push_back(Event::PingAnswered {
                        rtt: now.instant - sent_at,
                    });
                }
                Ok(())
            }
            Packet::Disconnect(packet) if self.config.version == ProtocolVersion::V5_0 => {
                self.handle_disconnect(now, &packet);
                Ok(())
            }
            Packet::Auth(packet) => self.handle_auth(now, &packet),
            _ => Err(ProtocolViolation::Unexpected(packet_type)),
        }
    }

    pub(super) fn handle_connack(
        &mut self,
        now: Now,
        packet: &ConnAck<'_>,
    ) -> Result<(), ProtocolViolation> {
        let latency = now.instant - self.opened_at;
        let version = self.config.version;
        if packet.reason_code != ReasonCode::SUCCESS {
            let code = wire::connect_reason(version, packet.reason_code);
            let refusal = Refusal {
                code: packet.reason_code,
                reason: wire::reason(code, &packet.properties),
                server_reference: packet.properties.server_reference().map(str::to_owned),
                latency,
            };
            self.end(now, Ending::Refused(Box::new(refusal)));
            return Ok(());
        }
        let session_present = packet.session_present;
        if session_present && self.config.clean_start {
            return Err(ProtocolViolation::SessionPresentAfterCleanStart);
        }
        let is_ours = self.established || self.offered || self.config.adopt_unknown_session;
        if session_present && !is_ours {
            return Err(ProtocolViolation::UnknownSession);
        }
        if version == ProtocolVersion::V5_0 {
            let used = self.authentication.as_ref().map(|method| method.method());
            if packet.properties.authentication_method() != used {
                return Err(ProtocolViolation::UnexpectedAuthentication);
            }
            if let Some(method) = &mut self.authentication
                && let Err(error) = method.finish(packet.properties.authentication_data())
            {
                self.refuse_authentication(now, error);
                return Ok(());
            }
        }

        let properties = &packet.properties;
        self.server = ServerLimits {
            receive_maximum: properties.receive_maximum().unwrap_or(u16::MAX),
            maximum_qos: properties.maximum_qos().unwrap_or(QoS::ExactlyOnce),
            retain_available: properties.retain_available().unwrap_or(true),
            maximum_packet_size: properties.maximum_packet_size(),
            topic_alias_maximum: properties.topic_alias_maximum().unwrap_or(0),
            wildcard_subscription_available: properties
                .wildcard_subscription_available()
                .unwrap_or(true),
            subscription_identifier_available: properties
                .subscription_identifier_available()
                .unwrap_or(true),
            shared_subscription_available: properties
                .shared_subscription_available()
                .unwrap_or(true),
        };
        let most = self
            .server
            .receive_maximum
            .min(self.config.limits.in_flight);
        self.unacknowledged_maximum = usize::from(most.max(1));
        self.unacknowledged = 0;
        let aliases = self
            .server
            .topic_alias_maximum
            .min(self.config.limits.topic_aliases);
        self.outgoing_aliases.reset(aliases);
        let keep_alive_from_server = properties.server_keep_alive();
        let keep_alive_secs = keep_alive_from_server.unwrap_or(self.config.keep_alive_secs);
        self.keep_alive = keep_alive_interval(keep_alive_secs);
        let assigned = properties.assigned_client_identifier();
        if let Some(assigned) = assigned {
            self.assigned_client_id = Some(assigned.to_owned());
        }
        let asked_expiry = self.config.properties.session_expiry_secs.unwrap_or(0);
        self.timers.stop(Timer::Handshake);
        self.phase = Phase::Connected;
        self.events.push_back(Event::Connected(Box::new(Connected {
            session_present,
            client_id: self.client_id().to_owned(),
            client_id_assigned: assigned.is_some(),
            keep_alive_secs,
            keep_alive_from_server: keep_alive_from_server.is_some(),
            server: self.server,
            session_expiry_secs: properties.session_expiry_interval().unwrap_or(asked_expiry),
            response_information: properties.response_information().map(str::to_owned),
            server_reference: properties.server_reference().map(str::to_owned),
            reason_string: properties.reason_string().map(str::to_owned),
            user_properties: wire::user_properties(properties),
            latency,
        })));
        if session_present {
            self.resume(now);
        } else {
            self.start_anew();
        }
        self.established = true;
        Ok(())
    }

    /// The server remembers the session: everything in flight goes on where it was.
    pub(super) fn resume(&mut self, now: Now) {
        for (token, packet_id) in self.outbox.resume() {
            self.outbox.resent(token, now.instant);
            self.unacknowledged += 1;
            self.acknowledge(now, PacketType::PubRel, packet_id, ReasonCode::SUCCESS);
        }
    }

    /// The server knows nothing of the session, so the client must forget its part, too
    /// [MQTT-3.2.2-5]: received identifiers, packet identifiers, flows.
    pub(super) fn start_anew(&mut self) {
        self.received.clear();
        self.subscriptions.forgotten();
        for outgoing in self.outbox.iter() {
            if let Stage::Published(packet_id) | Stage::Released { packet_id, .. } = outgoing.stage
            {
                self.packet_ids.release(packet_id);
            }
        }
        let (republished, removed) = self.outbox.forget_flows();
        if self.established {
            self.events.push_back(Event::SessionLost { republished });
        }
        for outgoing in removed {
            match outgoing.stage {
                // PUBREC had come: the server took the message over, which is all that was left
                // to know.
                Stage::Released { packet_id, .. } => {
                    self.events.push_back(Event::PublishAcknowledged {
                        token: outgoing.token,
                        packet_id,
                        latency: Duration::ZERO,
                        reason: Reason::plain(ReasonCode::SUCCESS),
                    });
                }
                _ => self.abandon(outgoing.token, Abandonment::Unknown),
            }
        }
    }

    pub(super) fn handle_publish(
        &mut self,
        now: Now,
        frame: &Bytes,
        packet: &Publish<'_>,
    ) -> Result<(), ProtocolViolation> {
        let topic_alias = packet.properties.topic_alias();
        let name = packet.topic.as_str();
        let topic = match topic_alias {
            None => name.to_owned(),
            Some(alias) => match self.incoming_aliases.resolve(name, alias) {
                Ok(topic) => topic.as_ref().to_owned(),
                Err(AliasFault::TooLarge { maximum }) => {
                    return Err(ProtocolViolation::TopicAliasTooLarge { alias, maximum });
                }
                Err(AliasFault::Unknown) => {
                    return Err(ProtocolViolation::TopicAliasUnknown { alias });
                }
            },
        };
        if let Some(packet_id) = packet.packet_id.filter(|_| packet.qos == QoS::ExactlyOnce) {
            if self.received.contains(&packet_id) {
                self.events
                    .push_back(Event::DuplicateSuppressed { packet_id });
                self.acknowledge(now, PacketType::PubRec, packet_id, ReasonCode::SUCCESS);
                return Ok(());
            }
            let announced = self.config.properties.receive_maximum;
            if let Some(maximum) =
                announced.filter(|_| self.config.version == ProtocolVersion::V5_0)
                && self.received.len() >= usize::from(maximum)
            {
                return Err(ProtocolViolation::ReceiveMaximumExceeded { maximum });
            }
            self.received.insert(packet_id);
        }
        self.events.push_back(Event::Message(Box::new(Message {
            publication: Publication {
                topic,
                payload: wire::share(frame, packet.payload),
                qos: packet.qos,
                retain: packet.retain,
                properties: wire::publish_properties(&packet.properties, frame),
            },
            dup: packet.dup,
            packet_id: packet.packet_id,
            topic_alias,
        })));
        if let Some(packet_id) = packet.packet_id {
            let answer = match packet.qos {
                QoS::ExactlyOnce => PacketType::PubRec,
                _ => PacketType::PubAck,
            };
            self.acknowledge(now, answer, packet_id, ReasonCode::SUCCESS);
        }
        Ok(())
    }

    pub(super) fn handle_puback(
        &mut self,
        now: Now,
        packet_id: PacketId,
        reason: Reason,
    ) -> Result<(), ProtocolViolation> {
        match self.outbox.by_packet_id(packet_id) {
            None => self.stray(PacketType::PubAck, packet_id),
            Some(outgoing) if outgoing.publication.qos != QoS::AtLeastOnce => {
                return Err(wrong_acknowledgement(PacketType::PubAck, packet_id));
            }
            Some(outgoing) => {
                let token = outgoing.token;
                self.flow_ended(now, token, packet_id, reason);
            }
        }
        Ok(())
    }

    pub(super) fn handle_pubrec(&mut self, now: Now, packet_id: PacketId, reason: Reason) {
        match self.outbox.by_packet_id(packet_id) {
            None => {
                self.stray(PacketType::PubRec, packet_id);
                // Without an answer the server would keep the identifier for ever.
                let code = ReasonCode::PACKET_IDENTIFIER_NOT_FOUND;
                if !is_failure(reason.code) {
                    self.acknowledge(now, PacketType::PubRel, packet_id, code);
                }
            }
            Some(outgoing) => {
                let token = outgoing.token;
                if is_failure(reason.code) {
                    self.flow_ended(now, token, packet_id, reason);
                    return;
                }
                if matches!(outgoing.stage, Stage::Released { .. }) {
                    self.outbox.resent(token, now.instant);
                } else {
                    self.outbox.released(token, packet_id, now.instant);
                    self.events
                        .push_back(Event::PublishReceived { token, packet_id });
                }
                self.acknowledge(now, PacketType::PubRel, packet_id, ReasonCode::SUCCESS);
            }
        }
    }

    pub(super) fn handle_pubrel(&mut self, now: Now, packet_id: PacketId) {
        let code = if self.received.remove(&packet_id) {
            ReasonCode::SUCCESS
        } else {
            ReasonCode::PACKET_IDENTIFIER_NOT_FOUND
        };
        self.acknowledge(now, PacketType::PubComp, packet_id, code);
    }

    pub(super) fn handle_pubcomp(
        &mut self,
        now: Now,
        packet_id: PacketId,
        reason: Reason,
    ) -> Result<(), ProtocolViolation> {
        match self.outbox.by_packet_id(packet_id) {
            None => self.stray(PacketType::PubComp, packet_id),
            Some(outgoing) if !matches!(outgoing.stage, Stage::Released { .. }) => {
                return Err(wrong_acknowledgement(PacketType::PubComp, packet_id));
            }
            Some(outgoing) => {
                let token = outgoing.token;
                self.flow_ended(now, token, packet_id, reason);
            }
        }
        Ok(())
    }

    pub(super) fn flow_ended(
        &mut self,
        now: Now,
        token: PublishToken,
        packet_id: PacketId,
        reason: Reason,
    ) {
        let outgoing = self.outbox.remove(token);
        let sent_at = outgoing.and_then(|outgoing| outgoing.sent_at);
        let latency = sent_at.map_or(Duration::ZERO, |sent_at| now.instant - sent_at);
        self.packet_ids.release(packet_id);
        if sent_at.is_some() {
            self.unacknowledged = self.unacknowledged.saturating_sub(1);
        }
        self.events.push_back(Event::PublishAcknowledged {
            token,
            packet_id,
            latency,
            reason,
        });
    }

    pub(super) fn handle_suback(
        &mut self,
        now: Now,
        packet: &SubAck<'_>,
    ) -> Result<(), ProtocolViolation> {
        let packet_id = packet.packet_id;
        let Some(pending) =
            self.take_pending(PacketType::SubAck, packet_id, packet.reason_codes.len())?
        else {
            return Ok(());
        };
        let results: Vec<_> = pending
            .filters
            .into_iter()
            .zip(packet.reason_codes.iter())
            .map(|(filter, code)| {
                let granted = wire::granted(code);
                self.subscriptions.decided(&filter, granted);
                SubscribeResult { filter, granted }
            })
            .collect();
        self.events.push_back(Event::SubscribeAcknowledged {
            packet_id,
            latency: now.instant - pending.sent_at,
            results,
            reason_string: packet.properties.reason_string().map(str::to_owned),
            user_properties: wire::user_properties(&packet.properties),
        });
        Ok(())
    }

    pub(super) fn handle_unsuback(
        &mut self,
        now: Now,
        packet: &UnsubAck<'_>,
    ) -> Result<(), ProtocolViolation> {
        let packet_id = packet.packet_id;
        let is_5_0 = self.config.version == ProtocolVersion::V5_0;
        let count = if is_5_0 {
            packet.reason_codes.len()
        } else {
            self.subscriptions
                .pending(packet_id)
                .map_or(0, |pending| pending.filters.len())
        };
        let Some(pending) = self.take_pending(PacketType::UnsubAck, packet_id, count)? else {
            return Ok(());
        };
        let codes = packet
            .reason_codes
            .iter()
            .chain(core::iter::repeat(ReasonCode::SUCCESS));
        let results: Vec<_> = pending.filters.into_iter().zip(codes).collect();
        for (filter, _) in &results {
            self.subscriptions.left(filter);
        }
        self.events.push_back(Event::UnsubscribeAcknowledged {
            packet_id,
            latency: now.instant - pending.sent_at,
            results,
            reason_string: packet.properties.reason_string().map(str::to_owned),
            user_properties: wire::user_properties(&packet.properties),
        });
        Ok(())
    }

    /// What SUBACK or UNSUBACK belongs to; `None` for a stray one, which was reported.
    pub(super) fn take_pending(
        &mut self,
        packet: PacketType,
        packet_id: PacketId,
        found: usize,
    ) -> Result<Option<Pending>, ProtocolViolation> {
        let Some(pending) = self.subscriptions.pending(packet_id) else {
            self.stray(packet, packet_id);
            return Ok(None);
        };
        if pending.leaving != (packet == PacketType::UnsubAck) {
            return Err(wrong_acknowledgement(packet, packet_id));
        }
        let expected = pending.filters.len();
        if expected != found {
            return Err(ProtocolViolation::CodeCount {
                packet,
                expected,
                found,
            });
        }
        self.packet_ids.release(packet_id);
        Ok(self.subscriptions.take_pending(packet_id))
    }

    pub(super) fn handle_disconnect(&mut self, now: Now, packet: &Disconnect<'_>) {
        let ending = Ending::ServerDisconnected {
            reason: wire::reason(packet.reason_code, &packet.properties),
            server_reference: packet.properties.server_reference().map(str::to_owned),
        };
        self.end(now, ending);
    }

    pub(super) fn handle_auth(
        &mut self,
        now: Now,
        packet: &Auth<'_>,
    ) -> Result<(), ProtocolViolation> {
        let is_expected = self.phase == Phase::Handshake || self.reauthenticating;
        // AUTH that says nothing but success may leave everything out (5.0 §3.15.2.1).
        let is_bare = packet.reason_code == ReasonCode::SUCCESS && packet.properties.is_empty();
        let named = packet.properties.authentication_method();
        let Some(method) = self
            .authentication
            .as_mut()
            .filter(|method| is_expected && (is_bare || named == Some(method.method())))
        else {
            return Err(ProtocolViolation::UnexpectedAuthentication);
        };
        let data = packet.properties.authentication_data();
        if packet.reason_code == ReasonCode::CONTINUE_AUTHENTICATION {
            let code = ReasonCode::CONTINUE_AUTHENTICATION;
            match method.answer(data.unwrap_or_default()) {
                Ok(answer) => match wire::auth(code, method.method(), Some(&answer)) {
                    Ok(frame) => {
                        self.transmit(now, frame);
                        let timeout = self.config.connect_timeout;
                        self.timers.set(Timer::Handshake, now.instant + timeout);
                    }
                    Err(error) => self.end(now, Ending::BadConfig(error.into())),
                },
                Err(error) => self.refuse_authentication(now, error),
            }
            return Ok(());
        }
        // Success ends a re-authentication; a first authentication ends with CONNACK.
        if !self.reauthenticating || packet.reason_code != ReasonCode::SUCCESS {
            return Err(ProtocolViolation::UnexpectedAuthentication);
        }
        match method.finish(data) {
            Ok(()) => {
                self.reauthenticating = false;
                self.timers.stop(Timer::Handshake);
                self.events.push_back(Event::Reauthenticated);
            }
            Err(error) => self.refuse_authentication(now, error),
        }
        Ok(())
    }
}
