//! A session with a TCP socket.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant as StdInstant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use device_console::mqtt::{ProtocolVersion, QoS};
use device_console::session::{
    Config, Ending, Event, Message, Publication, Session, Subscription, SubscriptionState,
};
use device_console::time::{Instant, Now, UnixMillis};

use crate::promises::Promises;

type Watch = Box<dyn FnMut(&Publication)>;

/// The session with a socket.
pub struct Device {
    started: StdInstant,
    pub config: Config,
    pub session: Session,
    socket: Option<TcpStream>,
    port: u16,
    /// How often each payload came.
    pub received: BTreeMap<String, usize>,
    /// What is done with a received message besides counting it.
    on_message: Option<Watch>,
    promises: Promises,
    /// How often the broker published what it had released.
    pub broken_promises: usize,
}

impl Device {
    pub fn new(version: ProtocolVersion, client_id: &str, filter: &str, port: u16) -> Self {
        let mut config = Config::new(version, client_id);
        config.clean_start = false;
        config.properties.session_expiry_secs = Some(u32::MAX);
        config.properties.topic_alias_maximum = Some(10);
        let mut session = Session::new(config.clone());
        let wanted = vec![Subscription::new(filter, QoS::ExactlyOnce)];
        session.subscribe(Now::default(), wanted).expect("accepted");
        Self {
            started: StdInstant::now(),
            config,
            session,
            socket: None,
            port,
            received: BTreeMap::new(),
            promises: Promises::default(),
            broken_promises: 0,
            on_message: None,
        }
    }

    /// Hands every received message to `on_message` instead of keeping its payload.
    pub fn watch(&mut self, on_message: impl FnMut(&Publication) + 'static) {
        self.on_message = Some(Box::new(on_message));
    }

    pub fn now(&self) -> Now {
        let micros = u64::try_from(self.started.elapsed().as_micros()).expect("a short test");
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970");
        Now {
            instant: Instant::from_micros(micros),
            unix: UnixMillis(i64::try_from(unix.as_millis()).expect("before the year 292 million")),
        }
    }

    pub fn is_linked(&self) -> bool {
        self.socket.is_some()
    }

    /// Whether every subscription is granted.
    pub fn is_subscribed(&self) -> bool {
        let mut all = self.session.subscriptions().iter();
        self.session.is_connected()
            && all.all(|entry| matches!(entry.state, SubscriptionState::Granted(_)))
    }

    /// Opens a connection; it may be lost again when this returns.
    pub fn connect(&mut self) {
        let Ok(socket) = TcpStream::connect(("127.0.0.1", self.port)) else {
            return;
        };
        socket.set_nodelay(true).expect("an option");
        socket
            .set_read_timeout(Some(Duration::from_millis(1)))
            .expect("an option");
        self.socket = Some(socket);
        self.promises.handle_connection();
        self.session.handle_link_opened(self.now());
        self.settle();
    }

    pub fn must_connect(&mut self) {
        self.connect();
        assert!(self.is_linked(), "the broker listens");
    }

    pub fn lose_link(&mut self) {
        self.socket = None;
        self.session.handle_link_closed(self.now());
        self.settle();
    }

    /// The page dies, and starts again from what it had stored.
    pub fn crash(&mut self) {
        self.socket = None;
        let stored = serde_json::to_vec(&self.session.snapshot()).expect("plain data");
        let snapshot = serde_json::from_slice(&stored).expect("what was stored");
        self.session = Session::restore(self.config.clone(), snapshot);
    }

    fn settle(&mut self) {
        let mut is_broken = false;
        while let Some(frame) = self.session.poll_transmit() {
            if let Some(socket) = &mut self.socket {
                is_broken |= socket.write_all(&frame).is_err();
            }
        }
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::Received(frame) => {
                    // PUBREL, with two bytes of packet identifier in every version.
                    if let [0x62, _, high, low, ..] = frame[..] {
                        let packet_id = u16::from_be_bytes([high, low]);
                        self.promises.handle_pubrel(packet_id);
                    }
                }
                Event::Message(message) if self.breaks_promise(&message) => {
                    self.broken_promises += 1;
                    println!(
                        "the broker published again after PUBREL: {:?}",
                        message.publication.payload
                    );
                }
                Event::Message(message) => match &mut self.on_message {
                    Some(on_message) => on_message(&message.publication),
                    None => {
                        let payload = String::from_utf8_lossy(&message.publication.payload);
                        *self.received.entry(payload.into_owned()).or_default() += 1;
                    }
                },
                Event::PublishAcknowledged { reason, .. } => {
                    let code = reason.code.0;
                    assert!(code < 0x80 || code == 0x92, "{reason:?}");
                }
                Event::PublishAbandoned { token, cause } => panic!("{token:?}: {cause:?}"),
                Event::SessionLost { .. } => panic!("the broker forgot the session"),
                Event::Malformed { bytes, error } => panic!("{error}: {bytes:?}"),
                // What a broken connection may end with; anything else is the session's fault.
                Event::Ended(ended) if ended.ending == Ending::LinkClosed => {}
                Event::Ended(ended) => panic!("{ended:?}"),
                _ => {}
            }
        }
        if is_broken {
            self.lose_link();
        }
    }

    /// Whether the broker publishes what it has released.
    fn breaks_promise(&mut self, message: &Message) -> bool {
        let Some(packet_id) = message.packet_id else {
            return false;
        };
        let publication = &message.publication;
        publication.qos == QoS::ExactlyOnce
            && self
                .promises
                .handle_publish(packet_id.get(), message.dup, &publication.payload)
    }

    /// Reads once, at most `most` bytes; so a round can stop in the middle of a packet. A
    /// connection that has ended is let go.
    pub fn read(&mut self, most: usize) {
        let Some(socket) = self.socket.as_mut() else {
            return;
        };
        let mut buffer = vec![0; most];
        match socket.read(&mut buffer) {
            Ok(0) => self.lose_link(),
            Ok(count) => {
                buffer.truncate(count);
                self.session.handle_bytes(self.now(), Bytes::from(buffer));
                self.settle();
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => self.lose_link(),
        }
        let now = self.now();
        let next = self.session.poll_timeout();
        if next.is_some_and(|at| at <= now.instant) {
            self.session.handle_timeout(now);
            self.settle();
        }
    }

    pub fn must_read(&mut self, most: usize) {
        self.read(most);
        assert!(self.is_linked(), "the broker closed the connection");
    }

    pub fn publish(&mut self, topic: &str, qos: QoS, payload: &str) {
        let message = Publication::new(topic, payload.to_owned(), qos);
        self.session.publish(self.now(), message).expect("accepted");
        self.settle();
    }
}
