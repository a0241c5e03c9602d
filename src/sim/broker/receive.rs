//! Packets from clients: what each means to the broker and to the platform behind it.

use core::time::Duration;

use bytes::Bytes;

use super::{Broker, ClientSession, ConnectionId, Expiry, PendingWill, Subscribed, matches};
use crate::mqtt::{
    Auth, ConnAck, Connect, Disconnect, Packet, PacketId, PacketType, Properties, Property,
    ProtocolVersion, Publish, QoS, ReasonCode, ReasonCodes, RetainHandling, SubAck, Subscribe,
    TopicFilter, UnsubAck, Unsubscribe,
};
use crate::platform;
use crate::platform::cloud::{ConnectRequest, ConnectVerdict, PublishVerdict};
use crate::session::topic_alias::AliasFault;
use crate::session::{Publication, Stage, wire};
use crate::sim::faults::Fault;
use crate::sim::misfortunes::UponPublish;
use crate::sim::scram::{self, ScramServer};
use crate::time::Now;

impl Broker {
    /// Handles one frame; an error is a reason to disconnect.
    pub(super) fn handle_frame(
        &mut self,
        now: Now,
        id: ConnectionId,
        frame: &Bytes,
    ) -> Result<(), ReasonCode> {
        let Some(connection) = self.connections.get(&id) else {
            return Ok(());
        };
        let version = connection.version;
        let Some(client_id) = connection.client_id.clone() else {
            return self.handle_first_frame(now, id, frame);
        };
        let packet = Packet::decode(version, frame).map_err(|e| ReasonCode(e.reason_code()))?;
        match packet {
            Packet::Publish(packet) => self.handle_publish(now, id, &client_id, frame, &packet),
            Packet::PubAck(packet) => {
                self.handle_flow_end(now, &client_id, packet.packet_id);
                Ok(())
            }
            Packet::PubRec(packet) => {
                self.handle_pubrec(now, id, &client_id, packet.packet_id, packet.reason_code);
                Ok(())
            }
            Packet::PubRel(packet) => {
                let session = self.sessions.get_mut(&client_id);
                let was_there = session.is_some_and(|s| s.received.remove(&packet.packet_id));
                let code = if was_there {
                    ReasonCode::SUCCESS
                } else {
                    ReasonCode::PACKET_IDENTIFIER_NOT_FOUND
                };
                self.acknowledge(id, PacketType::PubComp, packet.packet_id, code);
                Ok(())
            }
            Packet::PubComp(packet) => {
                self.handle_flow_end(now, &client_id, packet.packet_id);
                Ok(())
            }
            Packet::Subscribe(packet) => self.handle_subscribe(now, id, &client_id, &packet),
            Packet::Unsubscribe(packet) => {
                self.handle_unsubscribe(now, id, &client_id, &packet);
                Ok(())
            }
            Packet::PingReq => {
                self.transmit(id, &Packet::PingResp);
                Ok(())
            }
            Packet::Disconnect(packet) => self.handle_disconnect(now, id, &client_id, &packet),
            Packet::Auth(packet) => self.handle_reauthentication(id, &packet),
            // A second CONNECT [MQTT-3.1.0-2], and what only a server sends.
            _ => Err(ReasonCode::PROTOCOL_ERROR),
        }
    }

    /// CONNECT, or AUTH between CONNECT and its answer. Anything else closes the connection
    /// without a word [MQTT-3.1.0-1].
    pub(super) fn handle_first_frame(
        &mut self,
        now: Now,
        id: ConnectionId,
        frame: &Bytes,
    ) -> Result<(), ReasonCode> {
        let Some(connection) = self.connections.get(&id) else {
            return Ok(());
        };
        if let Some(pending) = connection.pending_connect.clone() {
            return self.handle_authentication(now, id, frame, &pending);
        }
        let Some(version) = ProtocolVersion::of_connect(frame) else {
            self.refuse_unknown_version(now, id, frame);
            return Ok(());
        };
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.version = version;
        }
        let packet = match Packet::decode(version, frame) {
            Ok(Packet::Connect(packet)) => packet,
            Ok(_) => {
                self.close(now, id, None);
                return Ok(());
            }
            Err(error) => {
                self.refuse_malformed(now, id, error);
                return Ok(());
            }
        };
        let Some(method) = packet.properties.authentication_method() else {
            self.handle_connect(now, id, frame, &packet, None);
            return Ok(());
        };
        let credentials = self
            .config
            .scram
            .as_ref()
            .filter(|_| method == scram::METHOD);
        let Some(credentials) = credentials else {
            self.refuse(now, id, ReasonCode::BAD_AUTHENTICATION_METHOD);
            return Ok(());
        };
        let data = packet.properties.authentication_data().unwrap_or_default();
        match ScramServer::start(credentials, self.next_exchange, data) {
            Some((exchange, challenge)) => {
                self.next_exchange += 1;
                if let Some(connection) = self.connections.get_mut(&id) {
                    connection.authentication = Some(exchange);
                    connection.pending_connect = Some(frame.clone());
                }
                self.transmit_auth(id, ReasonCode::CONTINUE_AUTHENTICATION, &challenge);
            }
            None => self.refuse(now, id, ReasonCode::NOT_AUTHORIZED),
        }
        Ok(())
    }

    pub(super) fn handle_authentication(
        &mut self,
        now: Now,
        id: ConnectionId,
        frame: &Bytes,
        pending: &Bytes,
    ) -> Result<(), ReasonCode> {
        let Some(connection) = self.connections.get_mut(&id) else {
            return Ok(());
        };
        let exchange = connection.authentication.take();
        let proof = match Packet::decode(ProtocolVersion::V5_0, frame) {
            Ok(Packet::Auth(packet))
                if packet.reason_code == ReasonCode::CONTINUE_AUTHENTICATION =>
            {
                let data = packet.properties.authentication_data().unwrap_or_default();
                let credentials = self.config.scram.as_ref();
                exchange
                    .zip(credentials)
                    .and_then(|(exchange, c)| exchange.finish(c, data))
            }
            Ok(_) | Err(_) => {
                self.close(now, id, None);
                return Ok(());
            }
        };
        match (proof, Packet::decode(ProtocolVersion::V5_0, pending)) {
            (Some(proof), Ok(Packet::Connect(packet))) => {
                self.handle_connect(now, id, pending, &packet, Some(&proof));
            }
            _ => self.refuse(now, id, ReasonCode::NOT_AUTHORIZED),
        }
        Ok(())
    }

    /// AUTH on an accepted connection.
    pub(super) fn handle_reauthentication(
        &mut self,
        id: ConnectionId,
        packet: &Auth<'_>,
    ) -> Result<(), ReasonCode> {
        let (Some(connection), Some(credentials)) =
            (self.connections.get_mut(&id), &self.config.scram)
        else {
            return Err(ReasonCode::PROTOCOL_ERROR);
        };
        let method = packet.properties.authentication_method();
        if connection.pending_connect.is_none() || method != Some(scram::METHOD) {
            return Err(ReasonCode::BAD_AUTHENTICATION_METHOD);
        }
        let data = packet.properties.authentication_data().unwrap_or_default();
        let (code, answer) = match (packet.reason_code, connection.authentication.take()) {
            (ReasonCode::RE_AUTHENTICATE, _) => {
                let (exchange, challenge) =
                    ScramServer::start(credentials, self.next_exchange, data)
                        .ok_or(ReasonCode::NOT_AUTHORIZED)?;
                self.next_exchange += 1;
                connection.authentication = Some(exchange);
                (ReasonCode::CONTINUE_AUTHENTICATION, challenge)
            }
            (ReasonCode::CONTINUE_AUTHENTICATION, Some(exchange)) => {
                let proof = exchange
                    .finish(credentials, data)
                    .ok_or(ReasonCode::NOT_AUTHORIZED)?;
                (ReasonCode::SUCCESS, proof)
            }
            _ => return Err(ReasonCode::PROTOCOL_ERROR),
        };
        self.transmit_auth(id, code, &answer);
        Ok(())
    }

    pub(super) fn handle_connect(
        &mut self,
        now: Now,
        id: ConnectionId,
        frame: &Bytes,
        packet: &Connect<'_>,
        server_proof: Option<&[u8]>,
    ) {
        let Some(version) = self
            .connections
            .get(&id)
            .map(|connection| connection.version)
        else {
            return;
        };
        let struck = self.faults.strike(|fault| match fault {
            Fault::RefuseConnect(code) => Some(Some(*code)),
            Fault::IgnoreConnect => Some(None),
            _ => None,
        });
        match struck {
            Some(Some(code)) => return self.refuse(now, id, code),
            Some(None) => return,
            None => {}
        }
        let is_5_0 = version == ProtocolVersion::V5_0;
        let is_assigned = packet.client_id.is_empty();
        let client_id = if is_assigned {
            let number = self.next_client;
            self.next_client += 1;
            format!("assigned-{number}")
        } else {
            packet.client_id.to_owned()
        };
        if let Some(cloud) = &mut self.cloud {
            let request = ConnectRequest {
                version,
                client_id: &client_id,
                user_name: packet.user_name,
                password: packet.password,
                keep_alive_secs: packet.keep_alive_secs,
                clean_session: packet.clean_start,
                will: packet.will.is_some(),
            };
            match cloud.handle_connect(now, &request) {
                ConnectVerdict::Accept => {}
                ConnectVerdict::Refuse(code) => {
                    let code = wire::connect_reason(ProtocolVersion::V3_1_1, ReasonCode(code));
                    self.refuse(now, id, code);
                    return;
                }
                ConnectVerdict::Drop => {
                    self.close(now, id, None);
                    return;
                }
            }
        }

        // The same client is here already: the newer connection wins [MQTT-3.1.4-3].
        if let Some(older) = self
            .sessions
            .get(&client_id)
            .and_then(|session| session.connection)
        {
            self.close(now, older, Some(ReasonCode::SESSION_TAKEN_OVER));
        }

        let asked_expiry = packet.properties.session_expiry_interval().unwrap_or(0);
        let granted_expiry = asked_expiry.min(self.config.session_expiry_maximum);
        let expiry = match version {
            ProtocolVersion::V5_0 => Expiry::from_secs(granted_expiry),
            _ if packet.clean_start => Expiry::After(Duration::ZERO),
            _ => Expiry::Never,
        };
        if packet.clean_start
            && let Some(session) = self.sessions.remove(&client_id)
            // The end of a session is the end of the will's delay.
            && let Some(will) = session.will
        {
            self.publish_will(now, &client_id, will.publication);
        }
        let habits = self.habits(version);
        if habits.clears_wills {
            self.retained.retain(|_, retained| {
                !(retained.is_will && retained.origin.as_deref() == Some(client_id.as_str()))
            });
        }
        let session_present = self.sessions.contains_key(&client_id);
        let session = self
            .sessions
            .entry(client_id.clone())
            .or_insert_with(|| ClientSession::new(expiry));
        session.connection = Some(id);
        session.expiry = expiry;
        session.expires_at = None;
        session.will = packet
            .will
            .filter(|_| habits.wills)
            .map(|will| PendingWill {
                publication: Publication {
                    topic: will.topic.as_str().to_owned(),
                    payload: wire::share(frame, will.payload),
                    qos: will.qos,
                    retain: will.retain,
                    properties: wire::publish_properties(&will.properties, frame),
                },
                delay: Duration::from_secs(u64::from(
                    will.properties.will_delay_interval().unwrap_or(0),
                )),
                due: None,
            });

        let demanded = self.config.server_keep_alive.filter(|_| is_5_0);
        let keep_alive_secs = demanded.unwrap_or(packet.keep_alive_secs);
        let mut list = Vec::new();
        let config = &self.config;
        if is_5_0 {
            if granted_expiry != asked_expiry {
                list.push(Property::SessionExpiryInterval(granted_expiry));
            }
            if config.receive_maximum != u16::MAX {
                list.push(Property::ReceiveMaximum(config.receive_maximum));
            }
            if config.maximum_qos != QoS::ExactlyOnce {
                list.push(Property::MaximumQoS(config.maximum_qos));
            }
            if !config.retain_available {
                list.push(Property::RetainAvailable(false));
            }
            list.push(Property::MaximumPacketSize(config.maximum_packet_size));
            if is_assigned {
                list.push(Property::AssignedClientIdentifier(&client_id));
            }
            if config.topic_alias_maximum > 0 {
                list.push(Property::TopicAliasMaximum(config.topic_alias_maximum));
            }
            if !config.wildcard_subscription_available {
                list.push(Property::WildcardSubscriptionAvailable(false));
            }
            if !config.subscription_identifier_available {
                list.push(Property::SubscriptionIdentifierAvailable(false));
            }
            if !config.shared_subscription_available {
                list.push(Property::SharedSubscriptionAvailable(false));
            }
            list.extend(demanded.map(Property::ServerKeepAlive));
            if let Some(proof) = server_proof {
                list.push(Property::AuthenticationMethod(scram::METHOD));
                list.push(Property::AuthenticationData(proof));
            }
        }
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.connect_deadline = None;
            connection.client_id = Some(client_id.clone());
            connection.pending_connect = server_proof.map(|_| frame.clone());
            connection.patience = (keep_alive_secs > 0)
                .then(|| Duration::from_millis(u64::from(keep_alive_secs) * 1500));
            let properties = &packet.properties;
            connection
                .incoming_aliases
                .reset(config.topic_alias_maximum);
            let allowed = properties.topic_alias_maximum().unwrap_or(0);
            connection
                .outgoing_aliases
                .reset(allowed.min(config.topic_aliases));
            connection.receive_maximum =
                usize::from(properties.receive_maximum().unwrap_or(u16::MAX));
            connection.maximum_packet_size = properties.maximum_packet_size().unwrap_or(u32::MAX);
        }
        let connack = Packet::ConnAck(ConnAck {
            // 3.1 has no such flag.
            session_present: session_present && version != ProtocolVersion::V3_1,
            reason_code: ReasonCode::SUCCESS,
            properties: Properties::new(&list),
        });
        let encoded = wire::encode(version, &connack);
        self.push(id, encoded);

        let releases = match self.sessions.get_mut(&client_id) {
            Some(session) => session.outbox.resume(),
            None => Vec::new(),
        };
        for (token, packet_id) in releases {
            if let Some(session) = self.sessions.get_mut(&client_id) {
                session.outbox.resent(token, now.instant);
            }
            if let Some(connection) = self.connections.get_mut(&id) {
                connection.unacknowledged += 1;
            }
            self.acknowledge(id, PacketType::PubRel, packet_id, ReasonCode::SUCCESS);
        }
        self.pump(now, &client_id);
    }

    pub(super) fn handle_publish(
        &mut self,
        now: Now,
        id: ConnectionId,
        client_id: &str,
        frame: &Bytes,
        packet: &Publish<'_>,
    ) -> Result<(), ReasonCode> {
        let Some(connection) = self.connections.get_mut(&id) else {
            return Ok(());
        };
        let version = connection.version;
        let is_5_0 = version == ProtocolVersion::V5_0;
        let struck = self.faults.strike(|fault| match fault {
            Fault::CloseUponPublish(_) => Some(fault.clone()),
            Fault::RefusePublish(_) if packet.packet_id.is_some() => Some(fault.clone()),
            _ => None,
        });
        match (struck, packet.packet_id) {
            (Some(Fault::CloseUponPublish(code)), _) => return Err(code),
            (Some(Fault::RefusePublish(code)), Some(packet_id)) => {
                let answer = match packet.qos {
                    QoS::ExactlyOnce => PacketType::PubRec,
                    _ => PacketType::PubAck,
                };
                if is_5_0 {
                    self.acknowledge(id, answer, packet_id, code);
                }
                return Ok(());
            }
            _ => {}
        }
        if is_5_0 && packet.qos > self.config.maximum_qos {
            return Err(ReasonCode::QOS_NOT_SUPPORTED);
        }
        if is_5_0 && packet.retain && !self.config.retain_available {
            return Err(ReasonCode::RETAIN_NOT_SUPPORTED);
        }
        if packet.properties.subscription_identifier().is_some() {
            return Err(ReasonCode::PROTOCOL_ERROR);
        }
        let name = packet.topic.as_str();
        let topic = match packet.properties.topic_alias() {
            None => name.to_owned(),
            Some(alias) => match connection.incoming_aliases.resolve(name, alias) {
                Ok(topic) => topic.as_ref().to_owned(),
                Err(AliasFault::TooLarge { .. }) => return Err(ReasonCode::TOPIC_ALIAS_INVALID),
                Err(AliasFault::Unknown) => return Err(ReasonCode::PROTOCOL_ERROR),
            },
        };
        if let Some(packet_id) = packet.packet_id
            && packet.qos == QoS::ExactlyOnce
            && let Some(session) = self.sessions.get_mut(client_id)
        {
            if session.received.contains(&packet_id) {
                self.acknowledge(id, PacketType::PubRec, packet_id, ReasonCode::SUCCESS);
                return Ok(());
            }
            if is_5_0 && session.received.len() >= usize::from(self.config.receive_maximum) {
                return Err(ReasonCode::RECEIVE_MAXIMUM_EXCEEDED);
            }
            session.received.insert(packet_id);
        }
        let publication = Publication {
            topic,
            payload: wire::share(frame, packet.payload),
            qos: packet.qos,
            retain: packet.retain,
            properties: wire::publish_properties(&packet.properties, frame),
        };
        let verdict = match &mut self.cloud {
            None => PublishVerdict::Route,
            Some(cloud) => {
                let neutral = platform::Publication {
                    topic: publication.topic.clone(),
                    payload: publication.payload.clone(),
                    qos: publication.qos,
                    retain: publication.retain,
                };
                match self.misfortunes.on_publish(now, &neutral) {
                    None => cloud.handle_publish(now, client_id, &neutral),
                    Some(UponPublish::Refuse(refusal)) => {
                        cloud.refuse(now, client_id, &neutral, refusal)
                    }
                    Some(UponPublish::Close) => PublishVerdict::Close(platform::Text::new(
                        "a fault that was asked for",
                        "按要求注入的故障",
                    )),
                }
            }
        };
        // The acknowledgement goes first, as a server answers before it passes on.
        let mut code = ReasonCode::SUCCESS;
        match &verdict {
            PublishVerdict::Close(_) => {
                self.close(now, id, Some(ReasonCode::NOT_AUTHORIZED));
                return Ok(());
            }
            PublishVerdict::Route if !self.has_subscriber(client_id, &publication.topic) => {
                code = ReasonCode::NO_MATCHING_SUBSCRIBERS;
            }
            PublishVerdict::Route | PublishVerdict::Consume => {}
        }
        if let Some(packet_id) = packet.packet_id {
            let answer = match packet.qos {
                QoS::ExactlyOnce => PacketType::PubRec,
                _ => PacketType::PubAck,
            };
            self.acknowledge(id, answer, packet_id, code);
        }
        if verdict == PublishVerdict::Route {
            let retain = publication.retain && self.habits(version).retains;
            let publication = Publication {
                retain,
                ..publication
            };
            self.route(now, Some(client_id), publication);
        }
        Ok(())
    }

    pub(super) fn handle_pubrec(
        &mut self,
        now: Now,
        id: ConnectionId,
        client_id: &str,
        packet_id: PacketId,
        code: ReasonCode,
    ) {
        if code.0 >= 0x80 {
            self.handle_flow_end(now, client_id, packet_id);
            return;
        }
        let mut answer = ReasonCode::PACKET_IDENTIFIER_NOT_FOUND;
        if let Some(session) = self.sessions.get_mut(client_id)
            && let Some(outgoing) = session.outbox.by_packet_id(packet_id)
        {
            let token = outgoing.token;
            if !matches!(outgoing.stage, Stage::Released { .. }) {
                session.outbox.released(token, packet_id, now.instant);
            }
            answer = ReasonCode::SUCCESS;
        }
        self.acknowledge(id, PacketType::PubRel, packet_id, answer);
    }

    /// PUBACK, PUBCOMP or a refusing PUBREC from a client.
    pub(super) fn handle_flow_end(&mut self, now: Now, client_id: &str, packet_id: PacketId) {
        self.end_flow(client_id, packet_id);
        self.pump(now, client_id);
    }

    pub(super) fn end_flow(&mut self, client_id: &str, packet_id: PacketId) {
        let Some(session) = self.sessions.get_mut(client_id) else {
            return;
        };
        let Some(token) = session
            .outbox
            .by_packet_id(packet_id)
            .map(|entry| entry.token)
        else {
            return;
        };
        let outgoing = session.outbox.remove(token);
        session.packet_ids.release(packet_id);
        let was_counted = outgoing.is_some_and(|outgoing| outgoing.sent_at.is_some());
        let connection = session
            .connection
            .and_then(|id| self.connections.get_mut(&id));
        if let Some(connection) = connection.filter(|_| was_counted) {
            connection.unacknowledged = connection.unacknowledged.saturating_sub(1);
        }
    }

    pub(super) fn handle_subscribe(
        &mut self,
        now: Now,
        id: ConnectionId,
        client_id: &str,
        packet: &Subscribe<'_>,
    ) -> Result<(), ReasonCode> {
        let Some(version) = self
            .connections
            .get(&id)
            .map(|connection| connection.version)
        else {
            return Ok(());
        };
        let is_5_0 = version == ProtocolVersion::V5_0;
        let identifier = packet.properties.subscription_identifier();
        let refused = self.faults.strike(|fault| match fault {
            Fault::RefuseSubscribe(code) => Some(*code),
            _ => None,
        });
        let mut codes = Vec::new();
        let mut fresh = Vec::new();
        for asked in packet.subscriptions.iter() {
            let filter = asked.filter.as_str();
            let is_shared = is_5_0 && asked.filter.shared().is_some();
            let unavailable = if refused.is_some() {
                refused
            } else if !is_5_0 {
                None
            } else if is_shared && !self.config.shared_subscription_available {
                Some(ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED)
            } else if asked.filter.has_wildcard() && !self.config.wildcard_subscription_available {
                Some(ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED)
            } else if identifier.is_some() && !self.config.subscription_identifier_available {
                Some(ReasonCode::SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED)
            } else {
                None
            };
            let granted = match (&mut self.cloud, unavailable) {
                (_, Some(code)) => Err(code),
                (None, None) => Ok(asked.qos),
                (Some(cloud), None) => cloud
                    .handle_subscribe(now, client_id, filter, asked.qos)
                    .ok_or(ReasonCode::NOT_AUTHORIZED),
            };
            let granted = granted.map(|qos| qos.min(asked.qos));
            codes.push(match (granted, version) {
                (Ok(qos), _) => qos.bits(),
                (Err(code), ProtocolVersion::V5_0) => code.0,
                (Err(_), ProtocolVersion::V3_1_1) => 0x80,
                // 3.1 cannot refuse: it grants QoS 0 and sends nothing.
                (Err(_), ProtocolVersion::V3_1) => 0,
            });
            let Ok(qos) = granted else { continue };
            let Some(session) = self.sessions.get_mut(client_id) else {
                continue;
            };
            let subscribed = Subscribed {
                qos,
                no_local: asked.no_local,
                retain_as_published: asked.retain_as_published,
                identifier,
            };
            let is_new = session
                .subscriptions
                .insert(filter.to_owned(), subscribed)
                .is_none();
            let wants_retained = match asked.retain_handling {
                RetainHandling::SendAtSubscribe => true,
                RetainHandling::SendIfNew => is_new,
                RetainHandling::DoNotSend => false,
            };
            if wants_retained && !is_shared {
                fresh.push((asked.filter, qos));
            }
        }
        let suback = SubAck {
            packet_id: packet.packet_id,
            properties: Properties::NONE,
            reason_codes: ReasonCodes::new(&codes),
        };
        self.transmit(id, &Packet::SubAck(suback));
        for (filter, qos) in fresh {
            self.send_retained(now, client_id, filter, qos, identifier);
        }
        Ok(())
    }

    pub(super) fn send_retained(
        &mut self,
        now: Now,
        client_id: &str,
        filter: TopicFilter<'_>,
        qos: QoS,
        identifier: Option<u32>,
    ) {
        let no_local = self
            .sessions
            .get(client_id)
            .and_then(|session| session.subscriptions.get(filter.as_str()))
            .is_some_and(|subscribed| subscribed.no_local);
        let mut matching = Vec::new();
        self.retained.retain(|topic, retained| {
            let waited = now.unix.0.saturating_sub(retained.stored_at.0).max(0) / 1000;
            let waited = u32::try_from(waited).unwrap_or(u32::MAX);
            let left = retained.publication.properties.message_expiry_secs;
            let left = left.map(|secs| secs.saturating_sub(waited));
            if left == Some(0) {
                return false;
            }
            let is_own = no_local && retained.origin.as_deref() == Some(client_id);
            if !is_own && matches(filter, topic) {
                let mut publication = retained.publication.clone();
                publication.properties.message_expiry_secs = left;
                matching.push(publication);
            }
            true
        });
        for publication in matching {
            let identifiers = identifier.into_iter().collect();
            self.deliver(now, client_id, publication, qos, true, identifiers);
        }
    }

    pub(super) fn handle_unsubscribe(
        &mut self,
        now: Now,
        id: ConnectionId,
        client_id: &str,
        packet: &Unsubscribe<'_>,
    ) {
        let Some(session) = self.sessions.get_mut(client_id) else {
            return;
        };
        let mut codes = Vec::new();
        for filter in packet.filters.iter() {
            let was_there = session.subscriptions.remove(filter.as_str()).is_some();
            if let Some(cloud) = &mut self.cloud {
                cloud.handle_unsubscribe(now, client_id, filter.as_str());
            }
            codes.push(if was_there {
                ReasonCode::SUCCESS.0
            } else {
                ReasonCode::NO_SUBSCRIPTION_EXISTED.0
            });
        }
        let is_5_0 = self
            .connections
            .get(&id)
            .is_some_and(|connection| connection.version == ProtocolVersion::V5_0);
        let reason_codes = ReasonCodes::new(if is_5_0 { &codes } else { &[] });
        let unsuback = UnsubAck {
            packet_id: packet.packet_id,
            properties: Properties::NONE,
            reason_codes,
        };
        self.transmit(id, &Packet::UnsubAck(unsuback));
    }

    pub(super) fn handle_disconnect(
        &mut self,
        now: Now,
        id: ConnectionId,
        client_id: &str,
        packet: &Disconnect<'_>,
    ) -> Result<(), ReasonCode> {
        if let Some(session) = self.sessions.get_mut(client_id) {
            if let Some(secs) = packet.properties.session_expiry_interval() {
                // A session that was to end with its connection cannot be kept after all
                // [MQTT-3.14.2-2].
                if session.expiry == Expiry::After(Duration::ZERO) && secs != 0 {
                    return Err(ReasonCode::PROTOCOL_ERROR);
                }
                session.expiry = Expiry::from_secs(secs.min(self.config.session_expiry_maximum));
            }
            if packet.reason_code == ReasonCode::NORMAL_DISCONNECTION {
                session.will = None;
            }
        }
        self.close(now, id, None);
        Ok(())
    }
}
