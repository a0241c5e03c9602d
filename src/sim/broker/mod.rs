//! A sans-IO MQTT broker for any number of connections, all three versions through the same
//! codec as the device. It hosts the cloud half of one dialect: every CONNECT, SUBSCRIBE and
//! PUBLISH is offered to it, and what it wants to publish is carried out.
//!
//! Drive it like a session: one input, then drain [`Broker::poll_output`], then arm one timer for
//! [`Broker::poll_timeout`]. There is no clock and no randomness inside, so the same inputs give
//! the same bytes.

mod receive;
mod upkeep;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use core::time::Duration;

use bytes::Bytes;

use crate::mqtt::{
    FrameDecoder, PacketId, ProtocolVersion, QoS, ReasonCode, TopicFilter, TopicName,
};
use crate::platform;
use crate::platform::cloud::{Cloud, Habits};
use crate::session::outbox::Outbox;
use crate::session::packet_ids::PacketIds;
use crate::session::topic_alias::{IncomingAliases, OutgoingAliases};
use crate::session::{Publication, PublishProperties, wire};
use crate::sim::config::BrokerConfig;
use crate::sim::faults::{Fault, Faults};
use crate::sim::misfortunes::Misfortunes;
use crate::sim::scram::ScramServer;
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
    /// Whether it was its origin's will.
    is_will: bool,
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
    /// Faults on the level of messages.
    pub(in crate::sim) misfortunes: Misfortunes,
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
            misfortunes: Misfortunes::default(),
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

    /// How clients of that version are treated.
    fn habits(&self, version: ProtocolVersion) -> Habits {
        let cloud = self.cloud.as_ref();
        cloud.map_or_else(Habits::default, |cloud| cloud.habits(version))
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
            self.publish_will(now, &client_id, publication);
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
            .chain(self.misfortunes.poll_timeout())
            .min()
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
