//! Sessions and a broker in one memory, under a clock that only tests move.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use device_console::mqtt::{Packet, PacketType, ProtocolVersion, QoS};
use device_console::session::{
    Config, Ended, Ending, Event, Message, Publication, PublishToken, Session, Subscription,
};
use device_console::sim::{Broker, BrokerConfig, ConnectionId, Output};
use device_console::time::{Instant, Now, UnixMillis};

pub use device_console::mqtt::ProtocolVersion::{V3_1, V3_1_1, V5_0};

/// Clocks that agree, far enough from zero to show a mix-up of the two.
pub fn now_at(instant: Instant) -> Now {
    let millis = i64::try_from(instant.as_micros() / 1000).expect("a test is short");
    Now {
        instant,
        unix: UnixMillis(1_790_000_000_000 + millis),
    }
}

pub fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A client of the world, by position.
pub type ClientId = usize;

/// One client with its link.
pub struct Client {
    pub session: Session,
    link: Option<ConnectionId>,
    /// Everything that happened to it since the test last looked.
    pub events: Vec<Event>,
}

/// A broker and its clients.
pub struct World {
    pub now: Now,
    pub broker: Broker,
    pub clients: Vec<Client>,
    /// Bytes per piece on every link; packets are cut and joined accordingly.
    pub piece: usize,
}

impl World {
    pub fn new(config: BrokerConfig) -> Self {
        Self {
            now: now_at(Instant::from_millis(1_000)),
            broker: Broker::new(config),
            clients: Vec::new(),
            piece: usize::MAX,
        }
    }

    /// A broker with its defaults and one client, connected.
    pub fn connected(config: Config) -> Self {
        let mut world = Self::new(BrokerConfig::default());
        world.add(config);
        world.connect(0);
        world
    }

    pub fn add(&mut self, config: Config) -> ClientId {
        self.clients.push(Client {
            session: Session::new(config),
            link: None,
            events: Vec::new(),
        });
        self.clients.len() - 1
    }

    /// Opens a link and lets everything happen.
    pub fn connect(&mut self, client: ClientId) {
        let link = self.broker.open(self.now);
        let client = &mut self.clients[client];
        assert!(client.link.is_none(), "already linked");
        client.link = Some(link);
        client.session.handle_link_opened(self.now);
        self.drive();
    }

    /// The network breaks: nothing more passes, and both ends notice at once.
    pub fn cut(&mut self, client: ClientId) {
        if let Some(link) = self.clients[client].link.take() {
            self.broker.handle_closed(self.now, link);
        }
        self.clients[client].session.handle_link_closed(self.now);
        self.drive();
    }

    /// The network breaks without anybody noticing.
    pub fn cut_silently(&mut self, client: ClientId) {
        self.clients[client].link = None;
    }

    pub fn is_linked(&self, client: ClientId) -> bool {
        self.clients[client].link.is_some()
    }

    /// Exchanges packets until nobody has anything to say.
    pub fn drive(&mut self) {
        loop {
            let mut moved = false;
            for index in 0..self.clients.len() {
                moved |= self.drain_client(index);
            }
            moved |= self.drain_broker();
            if !moved {
                return;
            }
        }
    }

    fn drain_client(&mut self, index: ClientId) -> bool {
        let mut moved = false;
        let mut up = Vec::new();
        let client = &mut self.clients[index];
        while let Some(bytes) = client.session.poll_transmit() {
            moved = true;
            up.extend_from_slice(&bytes);
        }
        if let Some(link) = client.link {
            for piece in pieces(&up, self.piece) {
                self.broker.handle_bytes(self.now, link, &piece);
            }
        }
        let mut done = false;
        while let Some(event) = client.session.poll_event() {
            moved = true;
            done |= matches!(event, Event::Ended(_));
            client.events.push(event);
        }
        if done && let Some(link) = client.link.take() {
            self.broker.handle_closed(self.now, link);
            client.session.handle_link_closed(self.now);
        }
        moved
    }

    fn drain_broker(&mut self) -> bool {
        let mut moved = false;
        while let Some(output) = self.broker.poll_output() {
            moved = true;
            let (Output::Transmit(id, _) | Output::Close(id)) = &output;
            let Some(client) = self.clients.iter_mut().find(|c| c.link == Some(*id)) else {
                continue;
            };
            match output {
                Output::Transmit(_, bytes) => {
                    for piece in pieces(&bytes, self.piece) {
                        client.session.handle_bytes(self.now, piece);
                    }
                }
                Output::Close(_) => {
                    client.link = None;
                    client.session.handle_link_closed(self.now);
                }
            }
        }
        moved
    }

    /// Moves the clock, waking everybody at the instant that they asked for.
    pub fn advance(&mut self, by: Duration) {
        let target = self.now.instant + by;
        loop {
            let sessions = self
                .clients
                .iter()
                .filter_map(|client| client.session.poll_timeout());
            let next = sessions.chain(self.broker.poll_timeout()).min();
            let Some(next) = next.filter(|at| *at <= target) else {
                break;
            };
            self.now = now_at(next.max(self.now.instant));
            for client in &mut self.clients {
                if client
                    .session
                    .poll_timeout()
                    .is_some_and(|at| at <= self.now.instant)
                {
                    client.session.handle_timeout(self.now);
                }
            }
            if self
                .broker
                .poll_timeout()
                .is_some_and(|at| at <= self.now.instant)
            {
                self.broker.handle_timeout(self.now);
            }
            self.drive();
        }
        self.now = now_at(target);
    }

    pub fn publish(&mut self, client: ClientId, publication: Publication) -> PublishToken {
        let session = &mut self.clients[client].session;
        let token = session.publish(self.now, publication).expect("accepted");
        self.drive();
        token
    }

    pub fn subscribe(&mut self, client: ClientId, filter: &str, qos: QoS) {
        self.subscribe_with(client, Subscription::new(filter, qos));
    }

    pub fn subscribe_with(&mut self, client: ClientId, subscription: Subscription) {
        let session = &mut self.clients[client].session;
        session
            .subscribe(self.now, vec![subscription])
            .expect("accepted");
        self.drive();
    }

    /// What happened to a client since the last look.
    pub fn take_events(&mut self, client: ClientId) -> Vec<Event> {
        std::mem::take(&mut self.clients[client].events)
    }

    /// Messages that a client received since the last look; other events are forgotten.
    pub fn take_messages(&mut self, client: ClientId) -> Vec<Message> {
        self.take_events(client)
            .into_iter()
            .filter_map(message)
            .collect()
    }

    /// Payloads of those messages as text.
    pub fn take_payloads(&mut self, client: ClientId) -> Vec<String> {
        self.take_messages(client).iter().map(payload).collect()
    }
}

pub fn message(event: Event) -> Option<Message> {
    match event {
        Event::Message(message) => Some(*message),
        _ => None,
    }
}

pub fn payload(message: &Message) -> String {
    String::from_utf8_lossy(&message.publication.payload).into_owned()
}

fn pieces(bytes: &[u8], size: usize) -> Vec<Bytes> {
    bytes
        .chunks(size.max(1))
        .map(Bytes::copy_from_slice)
        .collect()
}

/// A session facing a server whose every byte the test writes.
pub struct Bare {
    pub now: Now,
    pub session: Session,
    pub version: ProtocolVersion,
    pub events: Vec<Event>,
    sent: VecDeque<Bytes>,
}

/// CONNACK that accepts, without properties and without a session.
pub fn connack(version: ProtocolVersion) -> &'static [u8] {
    match version {
        V5_0 => &[0x20, 0x03, 0x00, 0x00, 0x00],
        _ => &[0x20, 0x02, 0x00, 0x00],
    }
}

impl Bare {
    /// A link just opened; CONNECT is the first of [`Bare::sent`].
    pub fn opened(config: Config) -> Self {
        let mut bare = Self {
            now: now_at(Instant::from_millis(1_000)),
            version: config.version,
            session: Session::new(config),
            events: Vec::new(),
            sent: VecDeque::new(),
        };
        bare.open();
        bare
    }

    /// A connection that the server accepted; CONNECT is already taken from [`Bare::sent`].
    pub fn connected(config: Config) -> Self {
        let mut bare = Self::opened(config);
        bare.server(connack(bare.version));
        bare.sent.clear();
        bare.events.clear();
        bare
    }

    pub fn open(&mut self) {
        self.session.handle_link_opened(self.now);
        self.drain();
    }

    pub fn close(&mut self) {
        self.session.handle_link_closed(self.now);
        self.drain();
    }

    /// The server sends these bytes.
    pub fn server(&mut self, bytes: &[u8]) {
        self.session
            .handle_bytes(self.now, Bytes::copy_from_slice(bytes));
        self.drain();
    }

    pub fn drain(&mut self) {
        self.sent
            .extend(std::iter::from_fn(|| self.session.poll_transmit()));
        self.events
            .extend(std::iter::from_fn(|| self.session.poll_event()));
    }

    /// The next packet that the session sent.
    pub fn sent(&mut self) -> Option<Bytes> {
        self.sent.pop_front()
    }

    /// Packet types that the session sent since the last look.
    pub fn sent_types(&mut self) -> Vec<PacketType> {
        self.sent
            .drain(..)
            .map(|frame| packet_type(&frame))
            .collect()
    }

    pub fn advance(&mut self, by: Duration) {
        let target = self.now.instant + by;
        while let Some(at) = self.session.poll_timeout().filter(|at| *at <= target) {
            self.now = now_at(at.max(self.now.instant));
            self.session.handle_timeout(self.now);
            self.drain();
        }
        self.now = now_at(target);
    }

    pub fn publish(&mut self, publication: Publication) -> PublishToken {
        let token = self
            .session
            .publish(self.now, publication)
            .expect("accepted");
        self.drain();
        token
    }

    /// How the link ended; panics unless it ended exactly once.
    pub fn ended(&self) -> &Ended {
        let mut endings = self.events.iter().filter_map(|event| match event {
            Event::Ended(ended) => Some(ended.as_ref()),
            _ => None,
        });
        let ended = endings.next().expect("the link has ended");
        assert_eq!(endings.next(), None, "it ended twice");
        ended
    }

    pub fn ending(&self) -> &Ending {
        &self.ended().ending
    }
}

pub fn packet_type(frame: &[u8]) -> PacketType {
    PacketType::from_number(frame[0] >> 4).expect("a packet type")
}

/// Decodes what the session sent: it must be valid for its version.
pub fn decode(version: ProtocolVersion, frame: &Bytes) -> Packet<'_> {
    Packet::decode(version, frame).expect("the session sends valid packets")
}

/// Packet types sent, in order, as the events show them.
pub fn sent_types(events: &[Event]) -> Vec<PacketType> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Sent(frame) => Some(packet_type(frame)),
            _ => None,
        })
        .collect()
}

/// Packet types received, in order.
pub fn received_types(events: &[Event]) -> Vec<PacketType> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Received(frame) => Some(packet_type(frame)),
            _ => None,
        })
        .collect()
}
