//! A sans-IO MQTT client for 3.1, 3.1.1 and 5.0: bytes and time in; control packets, events and
//! the next deadline out.
//!
//! There is no socket, no clock and no randomness here. Whoever owns the link does, for every
//! input (`handle_*`, `publish`, `subscribe` …):
//!
//! 1. make the one call, with the time at which it happened;
//! 2. drain [`Session::poll_transmit`] and send each buffer, which is exactly one control packet;
//! 3. drain [`Session::poll_event`];
//! 4. arm one timer for [`Session::poll_timeout`], and call [`Session::handle_timeout`] then.
//!
//! Every control packet also appears among the events, as [`Event::Sent`] and
//! [`Event::Received`], interleaved in the order of cause and effect: a log is made from the
//! events alone, the wire is fed from [`Session::poll_transmit`] alone.
//!
//! One `Session` is one MQTT session. It survives any number of links: messages of QoS 1 and 2,
//! the identifiers of received QoS 2 messages and the wanted subscriptions stay, and
//! [`Session::snapshot`] makes them storable. [`Event::Ended`] comes exactly once per link and
//! means: send what is left, then close. [`Reconnect`] says whether to try again, and when.
//!
//! MQTT 3.1.1 §4 and MQTT 5.0 §4; statement ids are those of 5.0 unless noted.

pub mod auth;
mod backoff;
mod config;
pub mod doctor;
mod error;
mod event;
mod message;
pub(crate) mod outbox;
pub(crate) mod packet_ids;
mod receive;
mod reconnect;
mod snapshot;
mod subscriptions;
mod timer;
pub(crate) mod topic_alias;
mod upkeep;
pub(crate) mod wire;

use std::collections::{BTreeSet, VecDeque};

use core::time::Duration;

use bytes::Bytes;

pub use auth::Authenticator;
pub use backoff::Backoff;
pub use config::{Config, ConnectProperties, Limits, Secret, Will};
pub use error::{Feature, ProtocolViolation, SessionError};
pub use event::{
    Abandonment, Connected, Ended, Ending, Event, Farewell, LinkStage, Message, PublishToken,
    Refusal, ServerLimits, SubscribeResult,
};
pub use message::{
    Publication, PublishProperties, Reason, RetainHandling, Subscription, UserProperty,
};
pub use outbox::{Outgoing, Stage};
pub use reconnect::{Decision, Reconnect, StopReason};
pub use snapshot::Snapshot;
pub use subscriptions::{Subscribed, SubscriptionState};

use outbox::Outbox;
use packet_ids::PacketIds;
use subscriptions::Subscriptions;
use timer::{Timer, TimerTable};
use topic_alias::{IncomingAliases, Naming, OutgoingAliases};

use crate::mqtt::{
    FrameDecoder, Packet, PacketId, PacketType, ProtocolVersion, QoS, ReasonCode, TopicName,
};
use crate::time::{Instant, Now};

/// A timer that comes later than this was not late by load: the machine slept, or the page was
/// stopped.
const WAKE_THRESHOLD: Duration = Duration::from_secs(5);

/// Where the link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// No link.
    Closed,
    /// CONNECT is sent.
    Handshake,
    /// CONNACK accepted the connection.
    Connected,
    /// The session is done with the link; only its closing is awaited.
    Done,
}

/// The client. See the [module](self) for how to drive it.
#[derive(Debug)]
pub struct Session {
    config: Config,

    // What survives a link.
    /// The client identifier that a server assigned.
    assigned_client_id: Option<String>,
    /// Whether a server may know this session: CONNACK was received for it before.
    established: bool,
    /// Whether a server may have made this session without our knowing: a CONNECT without clean
    /// start went out on an earlier link, and its CONNACK never came.
    offered: bool,
    outbox: Outbox,
    /// QoS 2 messages that were delivered and wait for PUBREL.
    received: BTreeSet<PacketId>,
    subscriptions: Subscriptions,
    packet_ids: PacketIds,
    next_token: u64,

    // What belongs to one link.
    phase: Phase,
    frames: FrameDecoder,
    timers: TimerTable,
    server: ServerLimits,
    /// Flows that the server has not ended: PUBLISH sent on this link, or PUBREL sent again on
    /// it. The steps of 5.0 §4.9 leave the latter out and may so exceed [MQTT-3.3.4-9].
    unacknowledged: usize,
    /// How many of them there may be.
    unacknowledged_maximum: usize,
    outgoing_aliases: OutgoingAliases,
    incoming_aliases: IncomingAliases,
    keep_alive: Option<Duration>,
    opened_at: Instant,
    last_sent: Instant,
    last_received: Instant,
    /// When each unanswered PINGREQ was sent.
    pings: VecDeque<Instant>,
    authentication: Option<Box<dyn Authenticator>>,
    reauthenticating: bool,

    /// Whether a message, or the acknowledgement of one, has come over this link.
    delivered: bool,
    /// Bytes that the link has not passed on, as far as is known.
    backlog: usize,

    transmits: VecDeque<Bytes>,
    events: VecDeque<Event>,
}

impl Session {
    /// A session that no server knows.
    pub fn new(config: Config) -> Self {
        Self::restore(config, Snapshot::default())
    }

    /// A session as it was stored. A snapshot of another client identifier or version is another
    /// session's: only its wanted subscriptions and never-sent messages are taken over.
    pub fn restore(config: Config, snapshot: Snapshot) -> Self {
        let snapshot = snapshot.fit_for(&config);
        let mut packet_ids = PacketIds::starting_at(snapshot.next_packet_id);
        for outgoing in &snapshot.outgoing {
            if let Stage::Published(packet_id) | Stage::Released { packet_id, .. } = outgoing.stage
            {
                packet_ids.reserve(packet_id);
            }
        }
        let last_token = snapshot
            .outgoing
            .iter()
            .map(|outgoing| outgoing.token.0 + 1)
            .max();
        Self {
            assigned_client_id: snapshot.assigned_client_id,
            established: snapshot.established,
            offered: false,
            outbox: Outbox::restore(snapshot.outgoing),
            received: snapshot.received.into_iter().collect(),
            subscriptions: Subscriptions::restore(snapshot.subscriptions),
            packet_ids,
            next_token: snapshot.next_token.max(last_token.unwrap_or(0)),
            phase: Phase::Closed,
            frames: FrameDecoder::default(),
            timers: TimerTable::default(),
            server: ServerLimits::default(),
            unacknowledged: 0,
            unacknowledged_maximum: 0,
            outgoing_aliases: OutgoingAliases::default(),
            incoming_aliases: IncomingAliases::default(),
            keep_alive: None,
            opened_at: Instant::ORIGIN,
            last_sent: Instant::ORIGIN,
            last_received: Instant::ORIGIN,
            pings: VecDeque::new(),
            authentication: None,
            reauthenticating: false,
            delivered: false,
            backlog: 0,
            transmits: VecDeque::new(),
            events: VecDeque::new(),
            config,
        }
    }

    /// What must be stored for the session to survive the page: everything but the link.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            outgoing: self.outbox.iter().cloned().collect(),
            ..self.head()
        }
    }

    /// The same without the messages on their way, for a storage that keeps each of those by
    /// itself.
    pub fn head(&self) -> Snapshot {
        Snapshot {
            version: self.config.version,
            client_id: self.config.client_id.clone(),
            assigned_client_id: self.assigned_client_id.clone(),
            established: self.established || self.offered || self.is_offering(),
            outgoing: Vec::new(),
            received: self.received.iter().copied().collect(),
            subscriptions: self.subscriptions.all().to_vec(),
            next_packet_id: self.packet_ids.next(),
            next_token: self.next_token,
        }
    }

    /// The configuration in use.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Replaces the configuration. With another client identifier or protocol version this
    /// becomes another session, as in [`Session::restore`].
    ///
    /// # Errors
    /// [`SessionError::LinkOpen`] while there is a link.
    pub fn reconfigure(&mut self, config: Config) -> Result<(), SessionError> {
        if self.phase != Phase::Closed {
            return Err(SessionError::LinkOpen);
        }
        let events = core::mem::take(&mut self.events);
        let notes_changes = self.outbox.notes_changes();
        // What is noted and what another session would not take over: all of it may have changed.
        let mut changed = self.outbox.take_changed();
        let known: Vec<_> = self.outbox.iter().map(|outgoing| outgoing.token).collect();
        *self = Self::restore(config, self.snapshot());
        self.events = events;
        self.outbox.note_changes(notes_changes, false);
        if notes_changes {
            changed.extend(
                known
                    .into_iter()
                    .filter(|token| self.outbox.entry(*token).is_none()),
            );
            self.outbox.touch_all(changed);
        }
        Ok(())
    }

    /// The server that the next link reaches knows nothing of this session, such as one that tells
    /// sessions apart by a client identifier which has changed with the time: messages of QoS 1 in
    /// flight are published anew, of QoS 2 in flight it is told that nobody knows what became of
    /// them. Only while no link is open.
    pub fn handle_session_gone(&mut self) {
        if self.phase == Phase::Closed {
            self.start_anew();
            self.established = false;
            self.offered = false;
            self.assigned_client_id = None;
        }
    }

    /// Notes from now on which messages of QoS 1 and 2 change, for a storage that keeps each by
    /// itself: with `all`, every one that is there counts as changed. Nothing is noted before.
    pub fn note_changes(&mut self, on: bool, all: bool) {
        self.outbox.note_changes(on, all);
    }

    /// The messages that came, moved on or went since this was last asked.
    pub fn take_changed(&mut self) -> BTreeSet<PublishToken> {
        self.outbox.take_changed()
    }

    /// One message of QoS 1 or 2 that the session answers for.
    pub fn outgoing_message(&self, token: PublishToken) -> Option<&Outgoing> {
        self.outbox.entry(token)
    }

    /// How many bytes the link has been given and not passed on yet. Messages of QoS 0 are refused
    /// while that is above [`Limits::backlog_bytes`]: they wait nowhere else, so nothing else bounds
    /// them.
    pub const fn handle_backlog(&mut self, bytes: usize) {
        self.backlog = bytes;
    }

    /// The authentication method of the next link (5.0). Each link takes a new one, since what is
    /// random in it must not repeat.
    pub fn authenticate_with(&mut self, method: Box<dyn Authenticator>) {
        self.authentication = Some(method);
    }

    /// Whether CONNACK has accepted the connection.
    pub fn is_connected(&self) -> bool {
        self.phase == Phase::Connected
    }

    /// What the server allows on this connection.
    pub const fn server_limits(&self) -> &ServerLimits {
        &self.server
    }

    /// Messages of QoS 1 and 2 whose PUBLISH was sent and whose flow has not ended.
    pub fn in_flight(&self) -> usize {
        self.outbox.in_flight()
    }

    /// Messages of QoS 1 and 2 that the session answers for, in flight or queued.
    pub fn outgoing(&self) -> impl Iterator<Item = &Outgoing> {
        self.outbox.iter()
    }

    /// Subscriptions with their state, in the order in which they were asked for.
    pub fn subscriptions(&self) -> &[Subscribed] {
        self.subscriptions.all()
    }

    /// Packet identifiers in use, by messages and by SUBSCRIBE and UNSUBSCRIBE.
    pub fn packet_ids_in_use(&self) -> usize {
        self.packet_ids.in_use()
    }

    // --- inputs ---

    /// The link is open: CONNECT is sent.
    pub fn handle_link_opened(&mut self, now: Now) {
        if self.phase != Phase::Closed {
            self.handle_link_closed(now);
        }
        let limit = self.config.receive_packet_limit();
        self.frames = FrameDecoder::new(usize::try_from(limit).unwrap_or(usize::MAX));
        self.server = ServerLimits::default();
        self.outgoing_aliases.reset(0);
        let is_5_0 = self.config.version == ProtocolVersion::V5_0;
        let announced = self
            .config
            .properties
            .topic_alias_maximum
            .filter(|_| is_5_0);
        self.incoming_aliases.reset(announced.unwrap_or(0));
        self.keep_alive = self.config.keep_alive();
        self.pings.clear();
        self.opened_at = now.instant;
        self.last_sent = now.instant;
        self.last_received = now.instant;
        self.reauthenticating = false;
        self.delivered = false;
        self.backlog = 0;
        self.transmits.clear();
        self.phase = Phase::Handshake;

        let data = match &mut self.authentication {
            Some(method) if is_5_0 => method.start(),
            _ => None,
        };
        let method = self
            .authentication
            .as_deref()
            .filter(|_| is_5_0)
            .map(Authenticator::method);
        match wire::connect(&self.config, self.client_id(), method, data.as_deref()) {
            Ok(frame) => {
                self.transmit(now, frame);
                self.timers
                    .set(Timer::Handshake, now.instant + self.config.connect_timeout);
            }
            Err(error) => self.end(now, Ending::BadConfig(error.into())),
        }
        self.arm(now);
    }

    /// Bytes arrived on the link, in pieces of any size.
    pub fn handle_bytes(&mut self, now: Now, bytes: Bytes) {
        let mut rest: &[u8] = &bytes;
        while matches!(self.phase, Phase::Handshake | Phase::Connected) {
            let frame = match self.frames.next_frame(&mut rest) {
                Ok(Some(frame)) => wire::share(&bytes, frame),
                Ok(None) => break,
                Err(error) => {
                    // Where the refused packet would end is unknown or far away, so all that came
                    // belongs to it.
                    let seen = [self.frames.held_bytes(), rest].concat();
                    rest = &[];
                    self.malformed(now, seen.into(), error);
                    break;
                }
            };
            self.last_received = now.instant;
            match Packet::decode(self.config.version, &frame) {
                Ok(packet) => {
                    self.events.push_back(Event::Received(frame.clone()));
                    if let Err(violation) = self.handle_packet(now, &frame, packet) {
                        self.fault(now, violation.into());
                    }
                }
                Err(error) => self.malformed(now, frame.clone(), error),
            }
        }
        if !rest.is_empty() && self.phase == Phase::Done {
            self.events
                .push_back(Event::Unread(wire::share(&bytes, rest)));
        }
        self.pump(now);
        self.arm(now);
    }

    /// The link is closed, by whomever.
    pub fn handle_link_closed(&mut self, now: Now) {
        if matches!(self.phase, Phase::Handshake | Phase::Connected) {
            self.end(now, Ending::LinkClosed);
        }
        self.phase = Phase::Closed;
        self.transmits.clear();
        for packet_id in self.subscriptions.disconnected() {
            self.packet_ids.release(packet_id);
        }
        self.arm(now);
    }

    /// The deadline of [`Session::poll_timeout`] has come, however late.
    pub fn handle_timeout(&mut self, now: Now) {
        let late_by = self
            .timers
            .next()
            .map_or(Duration::ZERO, |at| now.instant - at);
        let woke = late_by > WAKE_THRESHOLD;
        if woke {
            self.events.push_back(Event::Woke { late_by });
        }
        for timer in Timer::ALL {
            if self.timers.take_expired(timer, now.instant).is_none() {
                continue;
            }
            match timer {
                Timer::Handshake => self.end(now, Ending::ConnAckTimeout),
                // The answer may lie in a buffer that nobody could read while asleep: ask again
                // and wait once more, from now.
                Timer::PingResp if woke => {
                    self.pings.clear();
                    self.ping(now);
                }
                Timer::PingResp => {
                    let silent_for = now.instant - self.last_received;
                    self.end(now, Ending::KeepAliveLost { silent_for });
                }
                Timer::KeepAlive => self.ping(now),
                Timer::Expiry => {
                    while let Some(expired) = self.outbox.take_expired(now.unix) {
                        self.abandon(expired.token, Abandonment::Expired);
                    }
                }
            }
        }
        self.arm(now);
    }

    /// Publishes a message. QoS 0 needs a connection and is sent at once; QoS 1 and 2 are kept
    /// until the server has acknowledged them, connected or not.
    ///
    /// # Errors
    /// [`SessionError`]; the message was not taken.
    pub fn publish(
        &mut self,
        now: Now,
        mut publication: Publication,
    ) -> Result<PublishToken, SessionError> {
        // They belong to the way from server to client [MQTT-3.3.4-6].
        publication.properties.subscription_identifiers.clear();
        TopicName::new(&publication.topic).map_err(|source| SessionError::TopicName {
            name: publication.topic.clone(),
            source,
        })?;
        let token = PublishToken(self.next_token);
        let is_connected = self.phase == Phase::Connected;
        let packet_id = (publication.qos != QoS::AtMostOnce).then_some(PacketId::MIN);
        if is_connected {
            self.check_allowed(&publication)?;
        }
        if packet_id.is_none() && !is_connected {
            return Err(SessionError::NotConnected);
        }
        if packet_id.is_none() && self.backlog > self.config.limits.backlog_bytes {
            let bytes = self.backlog;
            return Err(SessionError::LinkFull { bytes });
        }
        let naming = self.outgoing_aliases.naming(&publication.topic);
        // For QoS 1 and 2 this only shows that the message can be sent, and how large it is.
        let sent_as = wire::Delivery {
            packet_id,
            dup: false,
            naming,
            expiry_secs: None,
        };
        let frame = wire::publish(self.config.version, &publication, sent_as)?;
        self.check_size(frame.len())?;
        self.next_token += 1;
        if packet_id.is_none() {
            if let Naming::Introduce(alias) = naming {
                self.outgoing_aliases.introduce(&publication.topic, alias);
            }
            self.transmit(now, frame);
        } else {
            let limits = &self.config.limits;
            let (messages, bytes) = (self.outbox.len(), self.outbox.bytes());
            if messages >= limits.queued_messages
                || bytes.saturating_add(publication.weight()) > limits.queued_bytes
            {
                return Err(SessionError::QueueFull { messages, bytes });
            }
            self.outbox.push(token, publication, now.unix);
            self.pump(now);
        }
        self.arm(now);
        Ok(token)
    }

    /// Subscribes, now or with the next connection, and again whenever a server has forgotten.
    /// A filter that is wanted already is replaced.
    ///
    /// # Errors
    /// [`SessionError`]; nothing was taken.
    pub fn subscribe(
        &mut self,
        now: Now,
        subscriptions: Vec<Subscription>,
    ) -> Result<(), SessionError> {
        if subscriptions.is_empty() {
            return Err(SessionError::NoFilter);
        }
        for subscription in &subscriptions {
            self.check_subscription(subscription)?;
        }
        for subscription in subscriptions {
            self.subscriptions.want(subscription);
        }
        self.pump(now);
        self.arm(now);
        Ok(())
    }

    /// Unsubscribes: the filters are not wanted any more.
    ///
    /// # Errors
    /// [`SessionError`]; nothing was taken.
    pub fn unsubscribe(&mut self, now: Now, filters: &[String]) -> Result<(), SessionError> {
        if filters.is_empty() {
            return Err(SessionError::NoFilter);
        }
        for filter in filters {
            self.check_filter(filter)?;
        }
        for filter in filters {
            self.subscriptions.leave(filter);
        }
        self.pump(now);
        self.arm(now);
        Ok(())
    }

    /// Ends the connection: DISCONNECT, then [`Event::Ended`]. In 5.0 `code` says why; in 3.x a
    /// code other than Normal disconnection can only be told by leaving DISCONNECT out, which
    /// makes the server publish the will.
    pub fn disconnect(&mut self, now: Now, code: ReasonCode) {
        let farewell = Farewell {
            code,
            session_expiry_secs: None,
        };
        // Without a session expiry interval there is nothing to refuse.
        let _ = self.disconnect_with(now, farewell);
    }

    /// The same, with everything that DISCONNECT may say.
    ///
    /// # Errors
    /// [`SessionError::SessionExpiryRaised`] for a session expiry interval other than 0 where
    /// CONNECT had none; the connection is still there.
    pub fn disconnect_with(&mut self, now: Now, farewell: Farewell) -> Result<(), SessionError> {
        let Farewell {
            code,
            session_expiry_secs,
        } = farewell;
        let is_5_0 = self.config.version == ProtocolVersion::V5_0;
        if self.phase == Phase::Connected {
            let expiry = session_expiry_secs.filter(|_| is_5_0);
            let asked = self.config.properties.session_expiry_secs.unwrap_or(0);
            if asked == 0 && expiry.is_some_and(|secs| secs != 0) {
                return Err(SessionError::SessionExpiryRaised);
            }
            if is_5_0 || code == ReasonCode::NORMAL_DISCONNECTION {
                self.transmit(now, wire::farewell(self.config.version, code, expiry));
            }
        }
        if matches!(self.phase, Phase::Handshake | Phase::Connected) {
            self.end(now, Ending::Requested);
        }
        self.arm(now);
        Ok(())
    }

    /// Proves the client's identity again on a connection that was made with the same method
    /// (5.0 §4.12.1).
    ///
    /// # Errors
    /// [`SessionError::NotConnected`], or [`SessionError::NotSupported`] where the connection was
    /// made without that method.
    pub fn reauthenticate(
        &mut self,
        now: Now,
        mut method: Box<dyn Authenticator>,
    ) -> Result<(), SessionError> {
        if self.phase != Phase::Connected {
            return Err(SessionError::NotConnected);
        }
        let same = self
            .authentication
            .as_ref()
            .is_some_and(|used| used.method() == method.method());
        if !same || self.config.version != ProtocolVersion::V5_0 {
            return Err(SessionError::NotSupported(Feature::EnhancedAuthentication));
        }
        let data = method.start();
        let code = ReasonCode::RE_AUTHENTICATE;
        let frame = wire::auth(code, method.method(), data.as_deref())?;
        self.authentication = Some(method);
        self.reauthenticating = true;
        self.transmit(now, frame);
        self.timers
            .set(Timer::Handshake, now.instant + self.config.connect_timeout);
        self.arm(now);
        Ok(())
    }

    // --- outputs ---

    /// The next control packet to send, whole.
    pub fn poll_transmit(&mut self) -> Option<Bytes> {
        self.transmits.pop_front()
    }

    /// What happened next.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When to call [`Session::handle_timeout`] next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }
}

/// Whether an acknowledgement refuses. Below 5.0 none can.
const fn is_failure(code: ReasonCode) -> bool {
    code.0 >= 0x80
}

const fn wrong_acknowledgement(packet: PacketType, packet_id: PacketId) -> ProtocolViolation {
    ProtocolViolation::WrongAcknowledgement {
        packet,
        packet_id: packet_id.get(),
    }
}
