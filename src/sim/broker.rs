//! A sans-IO MQTT broker for any number of connections, all three versions through the same
//! codec as the device. It hosts the cloud half of one dialect: every CONNECT, SUBSCRIBE and
//! PUBLISH is offered to it, and what it wants to publish is carried out.
//!
//! Drive it like a session: one input, then drain [`Broker::poll_output`], then arm one timer for
//! [`Broker::poll_timeout`]. There is no clock and no randomness inside, so the same inputs give
//! the same bytes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use core::time::Duration;

use bytes::Bytes;

use super::config::BrokerConfig;
use super::faults::{self, Fault, Faults};
use super::scram::{self, ScramServer};
use crate::mqtt::{
    Auth, ConnAck, Connect, DecodeError, Disconnect, FrameDecoder, Packet, PacketId, PacketType,
    Properties, Property, ProtocolVersion, Publish, QoS, ReasonCode, ReasonCodes, RetainHandling,
    SubAck, Subscribe, TopicFilter, TopicName, UnsubAck, Unsubscribe, Violation,
};
use crate::platform;
use crate::platform::cloud::{Cloud, CloudAction, ConnectRequest, ConnectVerdict, PublishVerdict};
use crate::session::outbox::Outbox;
use crate::session::packet_ids::PacketIds;
use crate::session::topic_alias::{AliasFault, IncomingAliases, Naming, OutgoingAliases};
use crate::session::{Publication, PublishProperties, PublishToken, Stage, wire};
use crate::time::{Instant, Now, UnixMillis};

/// Names one connection; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// What the broker does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send one whole control packet to a connection.
    Transmit(ConnectionId, Bytes),
    /// Close a connection, after everything before has been sent.
    Close(ConnectionId),
}

/// A retained message.
#[derive(Clone, Debug)]
struct Retained {
    publication: Publication,
    origin: Option<String>,
    stored_at: UnixMillis,
}

/// One network connection.
#[derive(Debug)]
struct Connection {
    frames: FrameDecoder,
    /// Before CONNECT: when it is overdue.
    connect_deadline: Option<Instant>,
    /// CONNECT that waits for the end of its authentication.
    pending_connect: Option<Bytes>,
    authentication: Option<ScramServer>,
    /// Set by an accepted CONNECT.
    version: ProtocolVersion,
    client_id: Option<String>,
    /// One and a half times the keep alive; `None` when it is off.
    patience: Option<Duration>,
    last_received: Instant,
    incoming_aliases: IncomingAliases,
    outgoing_aliases: OutgoingAliases,
    /// Flows that the client has not ended on this connection, and how many there may be.
    unacknowledged: usize,
    receive_maximum: usize,
    maximum_packet_size: u32,
}

/// How long a session outlives its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expiry {
    Never,
    After(Duration),
}

impl Expiry {
    const fn from_secs(secs: u32) -> Self {
        match secs {
            u32::MAX => Self::Never,
            _ => Self::After(Duration::from_secs(secs as u64)),
        }
    }
}

/// A will message that waits for the end of its connection, or of its delay.
#[derive(Clone, Debug)]
struct PendingWill {
    publication: Publication,
    delay: Duration,
    /// Set when the connection has ended.
    due: Option<Instant>,
}

/// What a client subscribed to.
#[derive(Clone, Debug)]
struct Subscribed {
    qos: QoS,
    no_local: bool,
    retain_as_published: bool,
    identifier: Option<u32>,
}

/// One client as the broker remembers it.
#[derive(Debug)]
struct ClientSession {
    connection: Option<ConnectionId>,
    expiry: Expiry,
    /// Set while there is no connection.
    expires_at: Option<Instant>,
    subscriptions: BTreeMap<String, Subscribed>,
    outbox: Outbox,
    packet_ids: PacketIds,
    received: BTreeSet<PacketId>,
    will: Option<PendingWill>,
}

impl ClientSession {
    fn new(expiry: Expiry) -> Self {
        Self {
            connection: None,
            expiry,
            expires_at: None,
            subscriptions: BTreeMap::new(),
            outbox: Outbox::default(),
            packet_ids: PacketIds::starting_at(PacketId::MIN),
            received: BTreeSet::new(),
            will: None,
        }
    }
}

/// The broker.
pub struct Broker {
    config: BrokerConfig,
    cloud: Option<Box<dyn Cloud>>,
    connections: BTreeMap<ConnectionId, Connection>,
    sessions: BTreeMap<String, ClientSession>,
    retained: BTreeMap<String, Retained>,
    /// How many messages each shared subscription has had, to take turns.
    turns: BTreeMap<String, usize>,
    outputs: VecDeque<Output>,
    faults: Faults,
    /// Output to connections that a fault delays, and until when.
    held: BTreeMap<ConnectionId, (Instant, VecDeque<Output>)>,
    /// The time of the input that is being handled.
    clock: Instant,
    next_connection: u64,
    next_token: u64,
    next_client: u64,
    next_exchange: u64,
}

impl core::fmt::Debug for Broker {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Broker")
            .field("connections", &self.connections.keys())
            .field("sessions", &self.sessions.keys())
            .finish_non_exhaustive()
    }
}

impl Broker {
    /// A broker without a platform: an ordinary MQTT server that lets everybody in.
    pub fn new(config: BrokerConfig) -> Self {
        Self {
            config,
            cloud: None,
            connections: BTreeMap::new(),
            sessions: BTreeMap::new(),
            retained: BTreeMap::new(),
            turns: BTreeMap::new(),
            outputs: VecDeque::new(),
            faults: Faults::default(),
            held: BTreeMap::new(),
            clock: Instant::ORIGIN,
            next_connection: 0,
            next_token: 0,
            next_client: 1,
            next_exchange: 1,
        }
    }

    /// A broker that asks this platform about everything.
    pub fn with_cloud(config: BrokerConfig, cloud: Box<dyn Cloud>) -> Self {
        Self {
            cloud: Some(cloud),
            ..Self::new(config)
        }
    }

    /// The platform.
    pub fn cloud(&self) -> Option<&dyn Cloud> {
        self.cloud.as_deref()
    }

    /// Calls the platform and carries out what it wants to do then.
    pub fn with_cloud_mut<T>(
        &mut self,
        now: Now,
        call: impl FnOnce(&mut dyn Cloud) -> T,
    ) -> Option<T> {
        self.clock = now.instant;
        let returned = self.cloud.as_mut().map(|cloud| call(cloud.as_mut()));
        self.settle(now);
        returned
    }

    /// The rules, which hold for what comes next.
    pub const fn config_mut(&mut self) -> &mut BrokerConfig {
        &mut self.config
    }

    /// Arms a fault; it strikes once.
    pub fn arm(&mut self, fault: Fault) {
        self.faults.arm(fault);
    }

    /// Faults that have not struck yet, in the order of arming.
    pub fn armed(&self) -> &[Fault] {
        self.faults.armed()
    }

    /// Takes back every fault that has not struck.
    pub fn disarm(&mut self) {
        self.faults.clear();
    }

    /// Client identifiers that the broker remembers, connected or not.
    pub fn clients(&self) -> impl Iterator<Item = &str> {
        self.sessions.keys().map(String::as_str)
    }

    /// Whether this client is connected.
    pub fn is_connected(&self, client_id: &str) -> bool {
        self.sessions
            .get(client_id)
            .is_some_and(|session| session.connection.is_some())
    }

    /// Messages of QoS 1 and 2 that the broker still answers for, towards this client.
    pub fn pending(&self, client_id: &str) -> usize {
        self.sessions
            .get(client_id)
            .map_or(0, |session| session.outbox.len())
    }

    /// Loses everything that was not on disk, as a broker that is killed without persistence:
    /// all sessions, all retained messages, all connections.
    pub fn forget(&mut self, now: Now) {
        let connections: Vec<_> = self.connections.keys().copied().collect();
        for session in self.sessions.values_mut() {
            session.will = None;
        }
        for id in connections {
            self.close(now, id, None);
        }
        self.sessions.clear();
        self.retained.clear();
    }

    // --- inputs ---

    /// A connection is open; CONNECT is awaited.
    pub fn open(&mut self, now: Now) -> ConnectionId {
        self.clock = now.instant;
        let id = ConnectionId(self.next_connection);
        self.next_connection += 1;
        let limit = usize::try_from(self.config.maximum_packet_size).unwrap_or(usize::MAX);
        let connection = Connection {
            frames: FrameDecoder::new(limit),
            connect_deadline: Some(now.instant + self.config.connect_timeout),
            pending_connect: None,
            authentication: None,
            version: ProtocolVersion::V3_1_1,
            client_id: None,
            patience: None,
            last_received: now.instant,
            incoming_aliases: IncomingAliases::default(),
            outgoing_aliases: OutgoingAliases::default(),
            unacknowledged: 0,
            receive_maximum: usize::from(u16::MAX),
            maximum_packet_size: u32::MAX,
        };
        self.connections.insert(id, connection);
        id
    }

    /// Bytes arrived on a connection, in pieces of any size. For a connection that is closed
    /// they mean nothing.
    pub fn handle_bytes(&mut self, now: Now, id: ConnectionId, bytes: &Bytes) {
        self.clock = now.instant;
        let mut rest: &[u8] = bytes;
        while let Some(connection) = self.connections.get_mut(&id) {
            let frame = match connection.frames.next_frame(&mut rest) {
                Ok(Some(frame)) => wire::share(bytes, frame),
                Ok(None) => break,
                Err(error) => {
                    self.close(now, id, Some(ReasonCode(error.reason_code())));
                    break;
                }
            };
            connection.last_received = now.instant;
            if let Err(code) = self.handle_frame(now, id, &frame) {
                self.close(now, id, Some(code));
            }
            self.settle(now);
        }
        self.settle(now);
    }

    /// The peer closed a connection.
    pub fn handle_closed(&mut self, now: Now, id: ConnectionId) {
        self.clock = now.instant;
        self.held.remove(&id);
        self.ended(now, id);
        self.settle(now);
    }

    /// The deadline of [`Broker::poll_timeout`] has come.
    pub fn handle_timeout(&mut self, now: Now) {
        self.clock = now.instant;
        let due: Vec<_> = self
            .held
            .iter()
            .filter(|(_, (until, _))| *until <= now.instant)
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            if let Some((_, outputs)) = self.held.remove(&id) {
                self.outputs.extend(outputs);
            }
        }
        let overdue: Vec<_> = self
            .connections
            .iter()
            .filter(|(_, connection)| connection.deadline().is_some_and(|at| at <= now.instant))
            .map(|(id, connection)| (*id, connection.client_id.is_some()))
            .collect();
        for (id, is_connected) in overdue {
            let code = is_connected.then_some(ReasonCode::KEEP_ALIVE_TIMEOUT);
            self.close(now, id, code);
        }
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now.instant);
        let mut wills = Vec::new();
        for (client_id, session) in &mut self.sessions {
            let is_gone = due(session.expires_at);
            if let Some(will) = session.will.take_if(|will| due(will.due) || is_gone) {
                wills.push((client_id.clone(), will.publication));
            }
            while session.outbox.take_expired(now.unix).is_some() {}
        }
        for (client_id, publication) in wills {
            self.route(now, Some(&client_id), publication);
        }
        self.sessions.retain(|_, session| !due(session.expires_at));
        if let Some(cloud) = &mut self.cloud
            && due(cloud.poll_timeout())
        {
            cloud.handle_timeout(now);
        }
        self.settle(now);
    }

    /// Publishes a message as the server itself. Returns how many clients it was sent to or is
    /// kept for.
    pub fn publish(&mut self, now: Now, publication: Publication) -> usize {
        self.clock = now.instant;
        self.route(now, None, publication)
    }

    // --- outputs ---

    /// What to do next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Broker::handle_timeout`] next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let connections = self.connections.values().filter_map(Connection::deadline);
        let sessions = self.sessions.values().flat_map(|session| {
            [
                session.expires_at,
                session.will.as_ref().and_then(|will| will.due),
            ]
        });
        let cloud = self.cloud.as_ref().and_then(|cloud| cloud.poll_timeout());
        let held = self.held.values().map(|(until, _)| *until);
        connections
            .chain(sessions.flatten())
            .chain(cloud)
            .chain(held)
            .min()
    }

    // --- packets from clients ---

    /// Handles one frame; an error is a reason to disconnect.
    fn handle_frame(
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
                self.handle_unsubscribe(id, &client_id, &packet);
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
    fn handle_first_frame(
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

    fn handle_authentication(
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
    fn handle_reauthentication(
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

    fn handle_connect(
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
            self.route(now, Some(&client_id), will.publication);
        }
        let session_present = self.sessions.contains_key(&client_id);
        let session = self
            .sessions
            .entry(client_id.clone())
            .or_insert_with(|| ClientSession::new(expiry));
        session.connection = Some(id);
        session.expiry = expiry;
        session.expires_at = None;
        session.will = packet.will.map(|will| PendingWill {
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

    fn handle_publish(
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
        let is_5_0 = connection.version == ProtocolVersion::V5_0;
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
                cloud.handle_publish(now, client_id, &neutral)
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
            self.route(now, Some(client_id), publication);
        }
        Ok(())
    }

    fn handle_pubrec(
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
    fn handle_flow_end(&mut self, now: Now, client_id: &str, packet_id: PacketId) {
        self.end_flow(client_id, packet_id);
        self.pump(now, client_id);
    }

    fn end_flow(&mut self, client_id: &str, packet_id: PacketId) {
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

    fn handle_subscribe(
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

    fn send_retained(
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

    fn handle_unsubscribe(&mut self, id: ConnectionId, client_id: &str, packet: &Unsubscribe<'_>) {
        let Some(session) = self.sessions.get_mut(client_id) else {
            return;
        };
        let mut codes = Vec::new();
        for filter in packet.filters.iter() {
            let was_there = session.subscriptions.remove(filter.as_str()).is_some();
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

    fn handle_disconnect(
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

    // --- what the broker does by itself ---

    /// Carries out what the platform wants to do.
    fn settle(&mut self, now: Now) {
        while let Some(action) = self.cloud.as_mut().and_then(|cloud| cloud.poll_action()) {
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
    }

    fn has_subscriber(&self, origin: &str, topic: &str) -> bool {
        self.sessions.iter().any(|(client_id, session)| {
            session.subscriptions.iter().any(|(filter, subscribed)| {
                !(subscribed.no_local && client_id == origin)
                    && TopicFilter::new(filter).is_ok_and(|filter| matches(filter, topic))
            })
        })
    }

    /// Hands a message to everybody who subscribed to its topic, and keeps it if it is retained.
    fn route(&mut self, now: Now, origin: Option<&str>, publication: Publication) -> usize {
        if publication.retain {
            if publication.payload.is_empty() {
                self.retained.remove(&publication.topic);
            } else {
                let retained = Retained {
                    publication: publication.clone(),
                    origin: origin.map(str::to_owned),
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
    fn deliver(
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
    fn pump(&mut self, now: Now, client_id: &str) {
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
    fn transmit_publish(
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
    fn emit(&mut self, id: ConnectionId, frame: Bytes) {
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

    fn enqueue(&mut self, id: ConnectionId, output: Output) {
        match self.held.get_mut(&id) {
            Some((_, held)) => held.push_back(output),
            None => self.outputs.push_back(output),
        }
    }

    fn transmit(&mut self, id: ConnectionId, packet: &Packet<'_>) {
        let Some(connection) = self.connections.get(&id) else {
            return;
        };
        let encoded = wire::encode(connection.version, packet);
        self.push(id, encoded);
    }

    fn push(&mut self, id: ConnectionId, encoded: Result<Bytes, crate::mqtt::EncodeError>) {
        debug_assert!(encoded.is_ok(), "{encoded:?}");
        if let Ok(frame) = encoded {
            self.emit(id, frame);
        }
    }

    fn transmit_auth(&mut self, id: ConnectionId, code: ReasonCode, data: &[u8]) {
        let encoded = wire::auth(code, scram::METHOD, Some(data));
        self.push(id, encoded);
    }

    fn acknowledge(
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
    fn refuse(&mut self, now: Now, id: ConnectionId, code: ReasonCode) {
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
    fn refuse_unknown_version(&mut self, now: Now, id: ConnectionId, frame: &Bytes) {
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

    fn refuse_malformed(&mut self, now: Now, id: ConnectionId, error: DecodeError) {
        match error.version {
            ProtocolVersion::V5_0 => self.refuse(now, id, ReasonCode(error.reason_code())),
            _ if error.kind == Violation::ClientIdRequired => {
                self.refuse(now, id, ReasonCode::CLIENT_IDENTIFIER_NOT_VALID);
            }
            _ => self.close(now, id, None),
        }
    }

    /// Ends a connection from this side; 5.0 clients that are connected are told why.
    fn close(&mut self, now: Now, id: ConnectionId, code: Option<ReasonCode>) {
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
    fn ended(&mut self, now: Now, id: ConnectionId) {
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
            self.route(now, Some(&client_id), will.publication);
        }
    }
}

impl Connection {
    /// When the connection is to be closed for silence.
    fn deadline(&self) -> Option<Instant> {
        let silent = self.patience.map(|patience| self.last_received + patience);
        self.connect_deadline.into_iter().chain(silent).min()
    }
}

/// Whether a filter, shared or not, matches a topic.
fn matches(filter: TopicFilter<'_>, topic: &str) -> bool {
    let filter = filter.shared().map_or(filter, |(_, inner)| inner);
    TopicName::new(topic).is_ok_and(|topic| filter.matches(topic))
}

fn from_platform(publication: platform::Publication) -> Publication {
    Publication {
        topic: publication.topic,
        payload: publication.payload,
        qos: publication.qos,
        retain: publication.retain,
        properties: PublishProperties::default(),
    }
}
