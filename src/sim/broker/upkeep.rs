//! What the broker does by itself: forwarding, wills, expiry, keep-alive, and closing.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::{Broker, ConnectionId, Expiry, Output, Retained, Subscribed, from_platform, matches};
use crate::mqtt::{
    ConnAck, DecodeError, Packet, PacketId, PacketType, Properties, ProtocolVersion, QoS,
    ReasonCode, TopicFilter, Violation,
};
use crate::platform::cloud::CloudAction;
use crate::session::topic_alias::Naming;
use crate::session::{Publication, PublishToken, Stage, wire};
use crate::sim::faults::{self, Fault};
use crate::sim::scram::{self};
use crate::time::Now;

impl Broker {
    /// Carries out what the platform wants to do.
    pub(super) fn settle(&mut self, now: Now) {
        while let Some(action) = self.cloud.as_mut().and_then(|cloud| cloud.poll_action()) {
            for action in self.misfortunes.on_action(now, action) {
                self.carry_out(now, action);
            }
        }
        for action in self.misfortunes.due(now.instant) {
            self.carry_out(now, action);
        }
    }

    fn carry_out(&mut self, now: Now, action: CloudAction) {
        match action {
            CloudAction::Publish(publication) => {
                self.route(now, None, from_platform(publication));
            }
            CloudAction::Deliver {
                client_id,
                publication,
            } => {
                let publication = from_platform(publication);
                let qos = publication.qos;
                self.deliver(now, &client_id, publication, qos, false, Vec::new());
            }
            CloudAction::Close { client_id } => {
                let session = self.sessions.get(&client_id);
                if let Some(id) = session.and_then(|session| session.connection) {
                    self.close(now, id, Some(ReasonCode::ADMINISTRATIVE_ACTION));
                }
            }
        }
    }

    pub(super) fn has_subscriber(&self, origin: &str, topic: &str) -> bool {
        self.sessions.iter().any(|(client_id, session)| {
            session.subscriptions.iter().any(|(filter, subscribed)| {
                !(subscribed.no_local && client_id == origin)
                    && TopicFilter::new(filter).is_ok_and(|filter| matches(filter, topic))
            })
        })
    }

    /// Publishes the will of a client whose connection ended.
    pub(super) fn publish_will(&mut self, now: Now, client_id: &str, publication: Publication) {
        let retained = publication.retain.then(|| publication.topic.clone());
        self.route(now, Some(client_id), publication);
        if let Some(retained) = retained.and_then(|topic| self.retained.get_mut(&topic)) {
            retained.is_will = true;
        }
    }

    /// The QoS up to which this client receives what it was granted `granted` for.
    fn granted(&self, client_id: &str, granted: QoS) -> QoS {
        let session = self.sessions.get(client_id);
        let connection = session
            .and_then(|session| session.connection)
            .and_then(|id| self.connections.get(&id));
        let version = connection.map_or(ProtocolVersion::V3_1_1, |connection| connection.version);
        if self.habits(version).publishers_qos {
            QoS::ExactlyOnce
        } else {
            granted
        }
    }

    /// Hands a message to everybody who subscribed to its topic, and keeps it if it is retained.
    pub(super) fn route(
        &mut self,
        now: Now,
        origin: Option<&str>,
        publication: Publication,
    ) -> usize {
        if publication.retain {
            if publication.payload.is_empty() {
                self.retained.remove(&publication.topic);
            } else {
                let retained = Retained {
                    publication: publication.clone(),
                    origin: origin.map(str::to_owned),
                    is_will: false,
                    stored_at: now.unix,
                };
                self.retained.insert(publication.topic.clone(), retained);
            }
        }
        // Overlapping subscriptions of one client give one message with the highest QoS and all
        // identifiers (5.0 §3.3.4); a shared one gives it to one client of the group.
        let mut direct = Vec::new();
        let mut groups: BTreeMap<&str, Vec<(&str, &Subscribed, bool)>> = BTreeMap::new();
        for (client_id, session) in &self.sessions {
            let mut best: Option<(QoS, bool, Vec<u32>)> = None;
            for (text, subscribed) in &session.subscriptions {
                let Ok(filter) = TopicFilter::new(text) else {
                    continue;
                };
                if !matches(filter, &publication.topic)
                    || (subscribed.no_local && origin == Some(client_id.as_str()))
                {
                    continue;
                }
                if filter.shared().is_some() {
                    let is_connected = session.connection.is_some();
                    groups
                        .entry(text)
                        .or_default()
                        .push((client_id, subscribed, is_connected));
                    continue;
                }
                let (qos, keep, identifiers) = best.get_or_insert_default();
                *qos = (*qos).max(subscribed.qos);
                *keep |= subscribed.retain_as_published;
                identifiers.extend(subscribed.identifier);
            }
            if let Some((qos, keep, identifiers)) = best {
                direct.push((client_id.clone(), qos, keep, identifiers));
            }
        }
        for (filter, mut members) in groups {
            if members.iter().any(|(_, _, is_connected)| *is_connected) {
                members.retain(|(_, _, is_connected)| *is_connected);
            }
            let turn = self.turns.entry(filter.to_owned()).or_default();
            let chosen = turn
                .checked_rem(members.len())
                .and_then(|index| members.get(index));
            *turn = turn.wrapping_add(1);
            if let Some((client_id, subscribed, _)) = chosen {
                let identifiers = subscribed.identifier.into_iter().collect();
                let keep = subscribed.retain_as_published;
                direct.push(((*client_id).to_owned(), subscribed.qos, keep, identifiers));
            }
        }
        let count = direct.len();
        for (client_id, qos, keep, identifiers) in direct {
            let retain = keep && publication.retain;
            let qos = self.granted(&client_id, qos);
            self.deliver(
                now,
                &client_id,
                publication.clone(),
                qos,
                retain,
                identifiers,
            );
        }
        count
    }

    /// Sends a message to one client, or keeps it for one that comes back.
    pub(super) fn deliver(
        &mut self,
        now: Now,
        client_id: &str,
        mut publication: Publication,
        granted: QoS,
        retain: bool,
        identifiers: Vec<u32>,
    ) {
        publication.qos = publication.qos.min(granted);
        publication.retain = retain;
        publication.properties.subscription_identifiers = identifiers;
        let Some(session) = self.sessions.get_mut(client_id) else {
            return;
        };
        if publication.qos != QoS::AtMostOnce {
            if session.outbox.len() < self.config.queued_messages {
                let token = PublishToken(self.next_token);
                self.next_token += 1;
                session.outbox.push(token, publication, now.unix);
                self.pump(now, client_id);
            }
            return;
        }
        let Some(id) = session.connection else { return };
        self.transmit_publish(id, &publication, None, false, None);
    }

    /// Sends what waits for this client, as far as its receive maximum allows.
    pub(super) fn pump(&mut self, now: Now, client_id: &str) {
        loop {
            let Some(session) = self.sessions.get_mut(client_id) else {
                return;
            };
            let Some(id) = session.connection else { return };
            let Some(connection) = self.connections.get_mut(&id) else {
                return;
            };
            if connection.unacknowledged >= connection.receive_maximum {
                return;
            }
            while session.outbox.take_expired(now.unix).is_some() {}
            let Some(outgoing) = session.outbox.next_to_publish() else {
                return;
            };
            let (token, stage) = (outgoing.token, outgoing.stage);
            let publication = outgoing.publication.clone();
            let expiry_secs = outgoing.remaining_expiry_secs(now.unix);
            let packet_id = match stage {
                Stage::Published(packet_id) | Stage::Released { packet_id, .. } => packet_id,
                Stage::Queued => match session.packet_ids.allocate() {
                    Some(packet_id) => packet_id,
                    None => return,
                },
            };
            session.outbox.published(token, packet_id, now.instant);
            connection.unacknowledged += 1;
            let dup = stage != Stage::Queued;
            if !self.transmit_publish(id, &publication, Some(packet_id), dup, expiry_secs) {
                // Larger than the client takes: as if it had been sent [MQTT-3.1.2-25].
                self.end_flow(client_id, packet_id);
            }
        }
    }

    /// Sends a PUBLISH; `false` if the client does not take packets of that size.
    pub(super) fn transmit_publish(
        &mut self,
        id: ConnectionId,
        publication: &Publication,
        packet_id: Option<PacketId>,
        dup: bool,
        expiry_secs: Option<u32>,
    ) -> bool {
        let Some(connection) = self.connections.get_mut(&id) else {
            return false;
        };
        let naming = connection.outgoing_aliases.naming(&publication.topic);
        let delivery = wire::Delivery {
            packet_id,
            dup,
            naming,
            expiry_secs,
        };
        let Ok(frame) = wire::publish(connection.version, publication, delivery) else {
            return false;
        };
        if u32::try_from(frame.len()).is_ok_and(|size| size > connection.maximum_packet_size) {
            return false;
        }
        if let Naming::Introduce(alias) = naming {
            connection
                .outgoing_aliases
                .introduce(&publication.topic, alias);
        }
        self.emit(id, frame);
        true
    }

    /// Sends one packet, unless a fault has other plans for it.
    pub(super) fn emit(&mut self, id: ConnectionId, frame: Bytes) {
        let kind = frame
            .first()
            .and_then(|first| PacketType::from_number(first >> 4));
        let struck = self.faults.strike(|fault| match fault {
            Fault::Drop(of)
            | Fault::Duplicate(of)
            | Fault::Delay(of, _)
            | Fault::WrongPacketId(of)
            | Fault::Garbage(of)
                if Some(*of) == kind =>
            {
                Some(fault.clone())
            }
            _ => None,
        });
        match struck {
            Some(Fault::Drop(_)) => {}
            Some(Fault::Duplicate(_)) => {
                self.enqueue(id, Output::Transmit(id, frame.clone()));
                self.enqueue(id, Output::Transmit(id, frame));
            }
            Some(Fault::Delay(_, by)) => {
                let until = self.clock + by;
                let (at, _) = self
                    .held
                    .entry(id)
                    .or_insert_with(|| (until, VecDeque::new()));
                *at = until.max(*at);
                self.enqueue(id, Output::Transmit(id, frame));
            }
            Some(Fault::WrongPacketId(_)) => {
                self.enqueue(
                    id,
                    Output::Transmit(id, faults::with_other_packet_id(&frame)),
                );
            }
            Some(Fault::Garbage(_)) => {
                self.enqueue(id, Output::Transmit(id, frame));
                self.enqueue(
                    id,
                    Output::Transmit(id, Bytes::from_static(faults::GARBAGE)),
                );
            }
            _ => self.enqueue(id, Output::Transmit(id, frame)),
        }
    }

    pub(super) fn enqueue(&mut self, id: ConnectionId, output: Output) {
        match self.held.get_mut(&id) {
            Some((_, held)) => held.push_back(output),
            None => self.outputs.push_back(output),
        }
    }

    pub(super) fn transmit(&mut self, id: ConnectionId, packet: &Packet<'_>) {
        let Some(connection) = self.connections.get(&id) else {
            return;
        };
        let encoded = wire::encode(connection.version, packet);
        self.push(id, encoded);
    }

    pub(super) fn push(
        &mut self,
        id: ConnectionId,
        encoded: Result<Bytes, crate::mqtt::EncodeError>,
    ) {
        debug_assert!(encoded.is_ok(), "{encoded:?}");
        if let Ok(frame) = encoded {
            self.emit(id, frame);
        }
    }

    pub(super) fn transmit_auth(&mut self, id: ConnectionId, code: ReasonCode, data: &[u8]) {
        let encoded = wire::auth(code, scram::METHOD, Some(data));
        self.push(id, encoded);
    }

    pub(super) fn acknowledge(
        &mut self,
        id: ConnectionId,
        packet: PacketType,
        packet_id: PacketId,
        code: ReasonCode,
    ) {
        let Some(connection) = self.connections.get(&id) else {
            return;
        };
        let frame = wire::acknowledgement(connection.version, packet, packet_id, code);
        self.emit(id, frame);
    }

    /// CONNACK that refuses, with a 5.0 reason code, then the end of the connection.
    pub(super) fn refuse(&mut self, now: Now, id: ConnectionId, code: ReasonCode) {
        let Some(connection) = self.connections.get(&id) else {
            return;
        };
        let reason_code = match connection.version {
            ProtocolVersion::V5_0 => code,
            _ => match code {
                ReasonCode::UNSUPPORTED_PROTOCOL_VERSION => ReasonCode::REFUSED_PROTOCOL_VERSION,
                ReasonCode::CLIENT_IDENTIFIER_NOT_VALID => ReasonCode::REFUSED_IDENTIFIER,
                ReasonCode::SERVER_UNAVAILABLE => ReasonCode::REFUSED_SERVER_UNAVAILABLE,
                ReasonCode::BAD_USER_NAME_OR_PASSWORD => ReasonCode::REFUSED_BAD_CREDENTIALS,
                _ => ReasonCode::REFUSED_NOT_AUTHORIZED,
            },
        };
        let properties = Properties::NONE;
        let connack = ConnAck {
            session_present: false,
            reason_code,
            properties,
        };
        self.transmit(id, &Packet::ConnAck(connack));
        self.close(now, id, None);
    }

    /// A CONNECT that names a version which does not exist is told so [MQTT-3.1.2-2]; what is no
    /// CONNECT is not answered.
    pub(super) fn refuse_unknown_version(&mut self, now: Now, id: ConnectionId, frame: &Bytes) {
        let is_level = |version| {
            Packet::decode(version, frame)
                .is_err_and(|error| error.kind == Violation::ProtocolLevel)
        };
        if is_level(ProtocolVersion::V3_1_1) {
            self.refuse(now, id, ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
        } else {
            self.close(now, id, None);
        }
    }

    pub(super) fn refuse_malformed(&mut self, now: Now, id: ConnectionId, error: DecodeError) {
        match error.version {
            ProtocolVersion::V5_0 => self.refuse(now, id, ReasonCode(error.reason_code())),
            _ if error.kind == Violation::ClientIdRequired => {
                self.refuse(now, id, ReasonCode::CLIENT_IDENTIFIER_NOT_VALID);
            }
            _ => self.close(now, id, None),
        }
    }

    /// Ends a connection from this side; 5.0 clients that are connected are told why.
    pub(super) fn close(&mut self, now: Now, id: ConnectionId, code: Option<ReasonCode>) {
        let Some(connection) = self.connections.get(&id) else {
            return;
        };
        if let Some(code) = code
            && connection.version == ProtocolVersion::V5_0
            && connection.client_id.is_some()
        {
            let frame = wire::disconnect(ProtocolVersion::V5_0, code);
            self.emit(id, frame);
        }
        self.enqueue(id, Output::Close(id));
        self.ended(now, id);
    }

    /// A connection is gone, from whichever side.
    pub(super) fn ended(&mut self, now: Now, id: ConnectionId) {
        let Some(client_id) = self.connections.remove(&id).and_then(|gone| gone.client_id) else {
            return;
        };
        if let Some(cloud) = &mut self.cloud {
            cloud.handle_disconnect(now, &client_id);
        }
        let Some(session) = self.sessions.get_mut(&client_id) else {
            return;
        };
        session.connection = None;
        let lasts = match session.expiry {
            Expiry::Never => None,
            Expiry::After(duration) => Some(duration),
        };
        session.expires_at = lasts.map(|duration| now.instant + duration);
        let ends_now = lasts == Some(Duration::ZERO);
        let will = session
            .will
            .take_if(|will| ends_now || will.delay.is_zero());
        if let Some(waiting) = &mut session.will {
            waiting.due = Some(now.instant + waiting.delay);
        }
        if ends_now {
            self.sessions.remove(&client_id);
        }
        if let Some(will) = will {
            self.publish_will(now, &client_id, will.publication);
        }
    }
}
