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
mod reconnect;
mod snapshot;
mod subscriptions;
mod timer;
pub(crate) mod topic_alias;
pub(crate) mod wire;

use std::collections::{BTreeSet, VecDeque};

use core::time::Duration;

use bytes::Bytes;

pub use auth::Authenticator;
pub use backoff::Backoff;
pub use config::{Config, ConnectProperties, Limits, Secret, Will};
pub use error::{Feature, ProtocolViolation, SessionError};
pub use event::{
    Abandonment, Connected, Ended, Ending, Event, LinkStage, Message, PublishToken, Refusal,
    ServerLimits, SubscribeResult,
};
pub use message::{
    Publication, PublishProperties, Reason, RetainHandling, Subscription, UserProperty,
};
pub use outbox::{Outgoing, Stage};
pub use reconnect::{Decision, Reconnect, StopReason};
pub use snapshot::Snapshot;
pub use subscriptions::{Subscribed, SubscriptionState};

use config::keep_alive_interval;
use error::PeerFault;
use outbox::Outbox;
use packet_ids::PacketIds;
use subscriptions::{Pending, Subscriptions};
use timer::{Timer, TimerTable};
use topic_alias::{AliasFault, IncomingAliases, Naming, OutgoingAliases};

use crate::mqtt::{
    Auth, ConnAck, Disconnect, FrameDecoder, Packet, PacketId, PacketType, ProtocolVersion,
    Publish, QoS, ReasonCode, SubAck, TopicFilter, TopicName, UnsubAck,
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
            transmits: VecDeque::new(),
            events: VecDeque::new(),
            config,
        }
    }

    /// What must be stored for the session to survive the page: everything but the link.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            version: self.config.version,
            client_id: self.config.client_id.clone(),
            assigned_client_id: self.assigned_client_id.clone(),
            established: self.established,
            outgoing: self.outbox.iter().cloned().collect(),
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
        *self = Self::restore(config, self.snapshot());
        self.events = events;
        Ok(())
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
        if self.phase == Phase::Connected {
            let is_5_0 = self.config.version == ProtocolVersion::V5_0;
            if is_5_0 || code == ReasonCode::NORMAL_DISCONNECTION {
                self.transmit(now, wire::disconnect(self.config.version, code));
            }
        }
        if matches!(self.phase, Phase::Handshake | Phase::Connected) {
            self.end(now, Ending::Requested);
        }
        self.arm(now);
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

    // --- packets from the server ---

    fn handle_packet(
        &mut self,
        now: Now,
        frame: &Bytes,
        packet: Packet<'_>,
    ) -> Result<(), ProtocolViolation> {
        let packet_type = packet.packet_type();
        if self.phase == Phase::Handshake {
            return match packet {
                Packet::ConnAck(packet) => self.handle_connack(now, &packet),
                Packet::Auth(packet) => self.handle_auth(now, &packet),
                _ => Err(ProtocolViolation::BeforeConnAck(packet_type)),
            };
        }
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

    fn handle_connack(&mut self, now: Now, packet: &ConnAck<'_>) -> Result<(), ProtocolViolation> {
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
        if session_present && !self.established && !self.config.adopt_unknown_session {
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
    fn resume(&mut self, now: Now) {
        for (token, packet_id) in self.outbox.resume() {
            self.outbox.resent(token, now.instant);
            self.unacknowledged += 1;
            self.acknowledge(now, PacketType::PubRel, packet_id, ReasonCode::SUCCESS);
        }
    }

    /// The server knows nothing of the session, so the client must forget its part, too
    /// [MQTT-3.2.2-5]: received identifiers, packet identifiers, flows.
    fn start_anew(&mut self) {
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

    fn handle_publish(
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

    fn handle_puback(
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

    fn handle_pubrec(&mut self, now: Now, packet_id: PacketId, reason: Reason) {
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

    fn handle_pubrel(&mut self, now: Now, packet_id: PacketId) {
        let code = if self.received.remove(&packet_id) {
            ReasonCode::SUCCESS
        } else {
            ReasonCode::PACKET_IDENTIFIER_NOT_FOUND
        };
        self.acknowledge(now, PacketType::PubComp, packet_id, code);
    }

    fn handle_pubcomp(
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

    fn flow_ended(&mut self, now: Now, token: PublishToken, packet_id: PacketId, reason: Reason) {
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

    fn handle_suback(&mut self, now: Now, packet: &SubAck<'_>) -> Result<(), ProtocolViolation> {
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

    fn handle_unsuback(
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
    fn take_pending(
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

    fn handle_disconnect(&mut self, now: Now, packet: &Disconnect<'_>) {
        let ending = Ending::ServerDisconnected {
            reason: wire::reason(packet.reason_code, &packet.properties),
            server_reference: packet.properties.server_reference().map(str::to_owned),
        };
        self.end(now, ending);
    }

    fn handle_auth(&mut self, now: Now, packet: &Auth<'_>) -> Result<(), ProtocolViolation> {
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

    // --- what the session does by itself ---

    fn client_id(&self) -> &str {
        match &self.assigned_client_id {
            Some(assigned) if self.config.client_id.is_empty() => assigned,
            _ => &self.config.client_id,
        }
    }

    /// Sends what waits and may be sent now: subscriptions first, so that no answer to a message
    /// is missed, then messages in the order of publishing.
    fn pump(&mut self, now: Now) {
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

    fn pump_subscriptions(&mut self, now: Now) {
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

    fn check_allowed(&self, publication: &Publication) -> Result<(), SessionError> {
        let (asked, maximum) = (publication.qos, self.server.maximum_qos);
        if asked > maximum {
            return Err(SessionError::QoSNotSupported { asked, maximum });
        }
        if publication.retain && !self.server.retain_available {
            return Err(SessionError::NotSupported(Feature::Retain));
        }
        Ok(())
    }

    fn check_size(&self, size: usize) -> Result<(), SessionError> {
        match self.server.maximum_packet_size {
            Some(limit) if u32::try_from(size).is_ok_and(|size| size <= limit) => Ok(()),
            Some(limit) => Err(SessionError::PacketTooLarge { size, limit }),
            None => Ok(()),
        }
    }

    fn check_filter<'f>(&self, filter: &'f str) -> Result<TopicFilter<'f>, SessionError> {
        TopicFilter::for_version(self.config.version, filter).map_err(|source| {
            SessionError::TopicFilter {
                filter: filter.to_owned(),
                source,
            }
        })
    }

    fn check_subscription(&self, subscription: &Subscription) -> Result<(), SessionError> {
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

    fn abandon(&mut self, token: PublishToken, cause: Abandonment) {
        self.outbox.remove(token);
        self.events
            .push_back(Event::PublishAbandoned { token, cause });
    }

    fn acknowledge(&mut self, now: Now, packet: PacketType, packet_id: PacketId, code: ReasonCode) {
        let frame = wire::acknowledgement(self.config.version, packet, packet_id, code);
        self.transmit(now, frame);
    }

    fn stray(&mut self, packet: PacketType, packet_id: PacketId) {
        self.events
            .push_back(Event::StrayAcknowledgement { packet, packet_id });
    }

    fn ping(&mut self, now: Now) {
        self.transmit(now, wire::pingreq());
        self.pings.push_back(now.instant);
        self.timers.stop(Timer::KeepAlive);
        self.timers
            .set(Timer::PingResp, now.instant + self.config.ping_timeout);
    }

    fn transmit(&mut self, now: Now, frame: Bytes) {
        self.last_sent = now.instant;
        self.events.push_back(Event::Sent(frame.clone()));
        self.transmits.push_back(frame);
    }

    fn malformed(&mut self, now: Now, bytes: Bytes, error: crate::mqtt::DecodeError) {
        self.events.push_back(Event::Malformed { bytes, error });
        self.fault(now, error.into());
    }

    /// Ends the connection because of what the server sent. 5.0 tells it why; before CONNACK
    /// there is nobody to tell.
    fn fault(&mut self, now: Now, fault: PeerFault) {
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

    fn refuse_authentication(&mut self, now: Now, error: auth::AuthenticationError) {
        if self.phase == Phase::Connected {
            let code = ReasonCode::NOT_AUTHORIZED;
            self.transmit(now, wire::disconnect(self.config.version, code));
        }
        self.end(now, Ending::AuthenticationFailed(error));
    }

    fn end(&mut self, now: Now, ending: Ending) {
        let stage = match self.phase {
            Phase::Connected => LinkStage::Connected,
            _ => LinkStage::Handshake,
        };
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
        })));
    }

    /// Recomputes the deadlines that follow from what was sent and received.
    fn arm(&mut self, now: Now) {
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
