//! One device: its profile, session, link, log, ledger and answer rules, and, while that is its
//! target, the simulated platform.

use std::time::Duration;

use bytes::Bytes;

use super::failure::{self, Closing};
use super::inspect;
use super::ledger::Ledger;
use super::log::{Content, FrameLog};
use super::plan;
use super::seam::{
    ConnectionState, ConnectionView, Counters, DeviceCommand, DeviceId, DeviceUpdate, Draft,
    Failure, FailureClass, FrameId, LogView, Notice, Preview, Profile, SubscriptionState,
    SubscriptionView, Target,
};
use super::{Effect, LinkId, Shared};
use crate::mqtt::{Packet, ProtocolVersion, QoS, ReasonCode, Severity};
use crate::platform::cloud::Submission;
use crate::platform::{
    Composed, ConnectPlan, Declaration, Dialect, Direction, Draw, Finding, FormValues, Publication,
    Reading, Role, Text,
};
use crate::session::{self, Ended, Event, Session, Subscription};
use crate::sim::{ConnectionId, Simulator, SimulatorEvent};
use crate::time::{Instant, Now};
use crate::transport::{LinkError, LinkEvent, check_url};

/// How long a socket may take to open before the attempt is given up.
const OPEN_TIMEOUT: Duration = Duration::from_secs(15);

/// Which parts the page has to be told again.
#[derive(Debug, Default)]
struct Dirty {
    connection: bool,
    plan: bool,
    counters: bool,
    log: bool,
    selected: bool,
    ledger: bool,
    subscriptions: bool,
    cloud: bool,
    preview: bool,
}

/// The way to the server.
enum Link {
    Closed,
    Socket {
        link: LinkId,
        open_by: Option<Instant>,
    },
    InPage(ConnectionId),
}

pub(super) struct Device {
    id: DeviceId,
    dialect: &'static dyn Dialect,
    declaration: Declaration,
    profile: Profile,
    session: Session,
    link: Link,
    simulator: Option<Simulator>,
    /// How the socket said that it was closed, until the session says what that ended.
    closing: Closing,
    /// The row of the packet that the session handled last.
    last_received: Option<FrameId>,
    version: ProtocolVersion,
    connection: ConnectionView,
    /// When the attempt, or the connection, began.
    began: Instant,
    log: FrameLog,
    ledger: Ledger,
    counters: Counters,
    /// Filters that the platform wants.
    automatic: Vec<(String, QoS)>,
    /// Filters that the user added.
    added: Vec<(String, QoS)>,
    /// Numbers the device's messages: request ids come from it.
    sequence: u64,
    view: LogView,
    selected: Option<FrameId>,
    /// The draft in the composer, previewed again whenever what it would send changes.
    draft: Option<(u64, Draft)>,
    submission: Option<Submission>,
    notices: Vec<Notice>,
    dirty: Dirty,
}

impl Device {
    pub(super) fn new(
        now: Now,
        shared: &mut Shared,
        id: DeviceId,
        profile: Profile,
    ) -> Option<Self> {
        let dialect = shared.dialect(&profile.dialect)?;
        let mut device = Self {
            id,
            dialect,
            declaration: dialect.declaration(),
            session: Session::new(plan::config(
                &dialect.connect_plan(
                    &profile.identity,
                    &Draw {
                        now,
                        ..Draw::default()
                    },
                ),
                &profile.connection,
            )),
            profile,
            link: Link::Closed,
            simulator: None,
            closing: Closing::default(),
            last_received: None,
            version: plan::DEFAULT_VERSION,
            connection: ConnectionView {
                state: ConnectionState::Offline,
                since: now.unix,
                failure: None,
            },
            began: now.instant,
            log: FrameLog::default(),
            ledger: Ledger::default(),
            counters: Counters::default(),
            automatic: Vec::new(),
            added: Vec::new(),
            // Seconds since 1970 go on across reloads of the page, so that an id used before one
            // is not used again after it.
            sequence: u64::try_from(now.unix.0 / 1000).unwrap_or(0),
            view: LogView::default(),
            selected: None,
            draft: None,
            submission: None,
            notices: Vec::new(),
            dirty: Dirty {
                connection: true,
                counters: true,
                log: true,
                ledger: true,
                ..Dirty::default()
            },
        };
        device.profile_changed(now, shared);
        Some(device)
    }

    fn draw(&self, now: Now, shared: &mut Shared) -> Draw {
        Draw {
            now,
            sequence: self.sequence,
            random: shared.random.next(),
        }
    }

    // --- profile -------------------------------------------------------------------------------

    pub(super) fn set_profile(&mut self, now: Now, shared: &mut Shared, profile: Profile) {
        if profile.dialect != self.profile.dialect {
            let Some(dialect) = shared.dialect(&profile.dialect) else {
                return;
            };
            self.disconnect(now, shared);
            self.dialect = dialect;
            self.declaration = dialect.declaration();
            self.simulator = None;
        } else if profile.identity != self.profile.identity && !self.is_linked() {
            // A device that did not exist before: the simulated platform learns of it afresh.
            self.simulator = None;
        }
        self.profile = profile;
        self.profile_changed(now, shared);
    }

    fn profile_changed(&mut self, now: Now, shared: &mut Shared) {
        if self.profile.target == Target::Simulated {
            self.simulator(now);
        }
        let plan = self.plan(now, shared);
        if !self.is_linked() {
            self.want_automatic(now, plan.subscriptions);
        }
        self.dirty.plan = true;
        self.dirty.cloud = true;
        self.dirty.selected = true;
        self.dirty.preview = true;
    }

    fn plan(&self, now: Now, shared: &mut Shared) -> ConnectPlan {
        plan::plan(self.dialect, &self.profile, &self.draw(now, shared))
    }

    // --- commands ------------------------------------------------------------------------------

    pub(super) fn handle_command(&mut self, now: Now, shared: &mut Shared, command: DeviceCommand) {
        match command {
            // Handled by the engine, which makes devices.
            DeviceCommand::SetProfile(_) => {}
            DeviceCommand::Connect => self.connect(now, shared),
            DeviceCommand::Disconnect => self.disconnect(now, shared),
            DeviceCommand::Subscribe { filter, qos } => self.subscribe(now, filter, qos),
            DeviceCommand::Unsubscribe { filter } => self.unsubscribe(now, &filter),
            DeviceCommand::Preview { number, draft } => {
                self.draft = Some((number, draft));
                self.dirty.preview = true;
            }
            DeviceCommand::Send { draft } => self.send(now, shared, draft),
            DeviceCommand::View(view) => {
                self.view = view;
                self.dirty.log = true;
            }
            DeviceCommand::Select(frame) => {
                self.selected = frame;
                self.dirty.selected = true;
            }
            DeviceCommand::ClearLog => {
                self.log.clear();
                self.ledger.clear();
                self.selected = None;
                self.dirty.log = true;
                self.dirty.ledger = true;
                self.dirty.selected = true;
            }
            DeviceCommand::Answer { request, values } => {
                self.answer_by_hand(now, shared, request, &values);
            }
            DeviceCommand::Application { kind, values } => self.apply(now, &kind, &values),
        }
        self.pump(now, shared);
    }

    // --- connecting ----------------------------------------------------------------------------

    fn connect(&mut self, now: Now, shared: &mut Shared) {
        if self.is_linked() {
            return;
        }
        self.began = now.instant;
        self.log.handle_new_connection();
        let plan = self.plan(now, shared);
        self.version = plan.version;
        let config = plan::config(&plan, &self.profile.connection);
        if let Err(error) = self.session.reconfigure(config) {
            self.fail(
                now,
                failure::with_detail(
                    FailureClass::BadSettings,
                    &failure::session_error(&error),
                    Closing::default(),
                    0,
                ),
            );
            return;
        }
        self.want_automatic(now, plan.subscriptions.clone());
        match self.profile.target {
            Target::Simulated => {
                let link = self.simulator(now).open(now);
                self.link = Link::InPage(link);
                self.set_state(now, ConnectionState::Handshake);
                self.session.handle_link_opened(now);
            }
            Target::Broker => self.open_socket(now, shared, &plan),
        }
    }

    fn open_socket(&mut self, now: Now, shared: &mut Shared, plan: &ConnectPlan) {
        let url = plan.url.as_deref().unwrap_or_default();
        let endpoint = match check_url(url, shared.page.https) {
            Ok(endpoint) => endpoint,
            Err(error) => {
                let class = match error {
                    LinkError::MixedContent { .. } => FailureClass::MixedContent,
                    _ => FailureClass::BadUrl,
                };
                let detail = failure::link_error(&error);
                self.fail(
                    now,
                    failure::with_detail(class, &detail, Closing::default(), 0),
                );
                return;
            }
        };
        let link = shared.next_link();
        self.link = Link::Socket {
            link,
            open_by: Some(now.instant + OPEN_TIMEOUT),
        };
        self.set_state(now, ConnectionState::Opening);
        shared.effects.push_back(Effect::OpenLink {
            link,
            url: endpoint.url,
            sub_protocol: plan::sub_protocol(plan),
        });
    }

    fn disconnect(&mut self, now: Now, shared: &mut Shared) {
        match self.connection.state {
            ConnectionState::Offline => {}
            ConnectionState::Opening => {
                self.close_link(now, shared);
                self.set_state(now, ConnectionState::Offline);
            }
            _ => {
                self.session
                    .disconnect(now, ReasonCode::NORMAL_DISCONNECTION);
                self.set_state(now, ConnectionState::Closing);
                self.pump(now, shared);
            }
        }
    }

    pub(super) fn handle_link(
        &mut self,
        now: Now,
        shared: &mut Shared,
        link: LinkId,
        event: LinkEvent,
    ) {
        if self.link() != Some(link) {
            return;
        }
        match event {
            LinkEvent::Opened { protocol } => {
                self.link_opened(now, shared, &protocol);
            }
            LinkEvent::Message(bytes) => self.session.handle_bytes(now, bytes),
            LinkEvent::Text(text) => {
                self.note(
                    now,
                    Text::owned(
                        format!("text message of {} bytes", text.len()),
                        format!("文本消息，{} 字节", text.len()),
                    ),
                    Bytes::from(text),
                    Some(Severity::Error),
                );
                self.break_off(now, shared, FailureClass::TextMessage, Closing::default());
            }
            LinkEvent::Closed {
                code,
                reason,
                clean: _,
            } => {
                self.link_closed(
                    now,
                    shared,
                    Closing {
                        code: Some(code),
                        reason,
                    },
                );
            }
        }
        self.pump(now, shared);
    }

    fn link_opened(&mut self, now: Now, shared: &mut Shared, protocol: &str) {
        let asked = plan::sub_protocol(&self.plan(now, shared));
        let shown = if protocol.is_empty() { "—" } else { protocol };
        self.note(
            now,
            Text::owned(
                format!("WebSocket open, sub-protocol {shown}"),
                format!("WebSocket 已打开，子协议 {shown}"),
            ),
            Bytes::new(),
            None,
        );
        if protocol != asked {
            self.break_off(now, shared, FailureClass::SubProtocol, Closing::default());
            return;
        }
        if let Link::Socket { open_by, .. } = &mut self.link {
            *open_by = None;
        }
        self.set_state(now, ConnectionState::Handshake);
        self.session.handle_link_opened(now);
    }

    fn link_closed(&mut self, now: Now, shared: &mut Shared, closing: Closing) {
        let code = closing.code.unwrap_or_default();
        let meaning = crate::transport::close_code_meaning(code);
        self.note(
            now,
            Text::owned(
                format!("WebSocket closed: {code} {meaning} {}", closing.reason),
                format!("WebSocket 已关闭：{code} {meaning} {}", closing.reason),
            ),
            Bytes::new(),
            None,
        );
        let was_opening = self.connection.state == ConnectionState::Opening;
        self.link = Link::Closed;
        if was_opening {
            let after = self.elapsed_ms(now);
            self.fail(
                now,
                failure::of_class(FailureClass::NotOpened, closing, after),
            );
            return;
        }
        self.closing = closing;
        self.session.handle_link_closed(now);
        self.pump(now, shared);
    }

    pub(super) fn handle_rejected(
        &mut self,
        now: Now,
        shared: &mut Shared,
        link: LinkId,
        error: &LinkError,
    ) {
        if self.link() != Some(link) {
            return;
        }
        self.link = Link::Closed;
        let detail = failure::link_error(error);
        self.fail(
            now,
            failure::with_detail(FailureClass::BadUrl, &detail, Closing::default(), 0),
        );
        self.pump(now, shared);
    }

    /// Ends a connection that cannot go on, for a reason the session does not know.
    fn break_off(&mut self, now: Now, shared: &mut Shared, class: FailureClass, closing: Closing) {
        let after = self.elapsed_ms(now);
        self.close_link(now, shared);
        self.session.handle_link_closed(now);
        // What the session makes of it is not the reason.
        while self.session.poll_event().is_some() {}
        self.fail(now, failure::of_class(class, closing, after));
    }

    fn close_link(&mut self, now: Now, shared: &mut Shared) {
        match std::mem::replace(&mut self.link, Link::Closed) {
            Link::Closed => {}
            Link::Socket { link, .. } => shared.effects.push_back(Effect::CloseLink { link }),
            Link::InPage(connection) => {
                if let Some(simulator) = &mut self.simulator {
                    simulator.close(now, connection);
                }
            }
        }
    }

    fn fail(&mut self, now: Now, failure: Failure) {
        self.connection.failure = Some(failure);
        self.go_offline(now);
    }

    fn go_offline(&mut self, now: Now) {
        self.set_state(now, ConnectionState::Offline);
        if self.ledger.handle_disconnect() {
            self.dirty.ledger = true;
        }
        self.dirty.subscriptions = true;
        self.dirty.plan = true;
    }

    fn set_state(&mut self, now: Now, state: ConnectionState) {
        self.connection.state = state;
        self.connection.since = now.unix;
        self.dirty.connection = true;
    }

    fn elapsed_ms(&self, now: Now) -> u64 {
        u64::try_from((now.instant - self.began).as_millis()).unwrap_or(u64::MAX)
    }

    // --- driving the session -------------------------------------------------------------------

    /// Moves bytes and events until nothing moves any more.
    fn pump(&mut self, now: Now, shared: &mut Shared) {
        loop {
            let mut moved = false;
            while let Some(bytes) = self.session.poll_transmit() {
                moved = true;
                match &self.link {
                    Link::Closed => {}
                    Link::Socket { link, .. } => {
                        shared
                            .effects
                            .push_back(Effect::Send { link: *link, bytes });
                    }
                    Link::InPage(connection) => {
                        let connection = *connection;
                        if let Some(simulator) = &mut self.simulator {
                            simulator.handle_bytes(now, connection, &bytes);
                        }
                    }
                }
            }
            while let Some(event) = self.session.poll_event() {
                moved = true;
                self.handle_event(now, shared, event);
            }
            moved |= self.pump_simulator(now, shared);
            if !moved {
                return;
            }
        }
    }

    /// Takes what the simulated platform has for the device. Returns whether there was anything.
    fn pump_simulator(&mut self, now: Now, shared: &mut Shared) -> bool {
        let Some(simulator) = &mut self.simulator else {
            return false;
        };
        let mut moved = false;
        let mut closed = false;
        while let Some(event) = simulator.poll_event() {
            moved = true;
            match event {
                SimulatorEvent::Bytes(connection, bytes) => {
                    if matches!(&self.link, Link::InPage(own) if *own == connection) {
                        self.session.handle_bytes(now, bytes);
                    }
                }
                SimulatorEvent::Closed(connection) => {
                    if matches!(&self.link, Link::InPage(own) if *own == connection) {
                        closed = true;
                    }
                }
            }
        }
        if moved {
            self.dirty.cloud = true;
        }
        if closed {
            self.link_closed(
                now,
                shared,
                Closing {
                    code: Some(1000),
                    reason: String::new(),
                },
            );
        }
        moved
    }

    fn handle_event(&mut self, now: Now, shared: &mut Shared, event: Event) {
        match event {
            Event::Sent(bytes) => {
                self.counters.frames_up = self.counters.frames_up.saturating_add(1);
                self.counters.bytes_up = self.counters.bytes_up.saturating_add(bytes.len() as u64);
                let id = self.keep(now, Direction::Up, bytes.clone());
                let Some(publication) = inspect::publication(self.version, &bytes) else {
                    return;
                };
                // A message that is sent again is not asked again.
                if !matches!(Packet::decode(self.version, &bytes), Ok(Packet::Publish(p)) if p.dup)
                {
                    self.observe(now, Direction::Up, id, &publication);
                }
            }
            Event::Received(bytes) => {
                self.counters.frames_down = self.counters.frames_down.saturating_add(1);
                self.counters.bytes_down =
                    self.counters.bytes_down.saturating_add(bytes.len() as u64);
                self.last_received = Some(self.keep(now, Direction::Down, bytes));
            }
            Event::Malformed { bytes, error: _ } => {
                self.counters.bytes_down =
                    self.counters.bytes_down.saturating_add(bytes.len() as u64);
                let content = Content::Malformed(bytes);
                self.last_received =
                    Some(self.log.push(now, Direction::Down, self.version, content));
                self.dirty.log = true;
            }
            Event::Unread(bytes) => self.note(
                now,
                Text::owned(
                    format!("{} bytes after it were not read", bytes.len()),
                    format!("其后的 {} 字节未读取", bytes.len()),
                ),
                bytes,
                Some(Severity::Warning),
            ),
            Event::Connected(connected) => {
                self.connection.failure = None;
                self.began = now.instant;
                let session_present = connected.session_present;
                self.set_state(now, ConnectionState::Connected { session_present });
                self.dirty.subscriptions = true;
            }
            Event::Message(message) => {
                self.counters.messages_down = self.counters.messages_down.saturating_add(1);
                self.handle_message(
                    now,
                    shared,
                    Publication {
                        topic: message.publication.topic,
                        payload: message.publication.payload,
                        qos: message.publication.qos,
                        retain: message.publication.retain,
                    },
                );
            }
            Event::SubscribeAcknowledged { .. } | Event::UnsubscribeAcknowledged { .. } => {
                self.dirty.subscriptions = true;
            }
            Event::PingAnswered { rtt } => {
                self.counters.ping_micros = Some(super::ledger::micros(rtt));
            }
            Event::Ended(ended) => self.handle_ended(now, shared, *ended),
            _ => {}
        }
        self.dirty.counters = true;
    }

    fn handle_ended(&mut self, now: Now, shared: &mut Shared, ended: Ended) {
        // DISCONNECT, if any, goes out before the link is closed.
        while let Some(bytes) = self.session.poll_transmit() {
            if let Link::Socket { link, .. } = &self.link {
                shared
                    .effects
                    .push_back(Effect::Send { link: *link, bytes });
            } else if let (Link::InPage(connection), Some(simulator)) =
                (&self.link, &mut self.simulator)
            {
                simulator.handle_bytes(now, *connection, &bytes);
            }
        }
        let closing = std::mem::take(&mut self.closing);
        let after = u64::try_from(ended.after.as_millis()).unwrap_or(u64::MAX);
        let failure = failure::of_ending(self.version, &ended, closing, after);
        self.close_link(now, shared);
        match failure {
            Some(mut failure) => {
                let shows_a_frame = matches!(
                    failure.class,
                    FailureClass::Refused | FailureClass::Malformed | FailureClass::ProtocolError
                );
                failure.frame = self.last_received.filter(|_| shows_a_frame);
                self.fail(now, failure);
            }
            None => self.go_offline(now),
        }
    }

    /// Keeps a control packet in the log.
    fn keep(&mut self, now: Now, direction: Direction, bytes: Bytes) -> FrameId {
        self.dirty.log = true;
        self.log.push_frame(now, direction, self.version, bytes)
    }

    /// Keeps a row about the link itself.
    fn note(&mut self, now: Now, text: Text, bytes: Bytes, severity: Option<Severity>) {
        let content = Content::Link(text, bytes);
        let id = self.log.push(now, Direction::Down, self.version, content);
        if let Some(entry) = self.log.entry_mut(id) {
            entry.severity = severity;
        }
        self.dirty.log = true;
    }

    // --- messages ------------------------------------------------------------------------------

    /// Reads a message, pairs it, and remarks on its row.
    fn observe(
        &mut self,
        now: Now,
        direction: Direction,
        id: FrameId,
        publication: &Publication,
    ) -> Reading {
        let reading = self
            .dialect
            .read(&self.profile.identity, direction, publication);
        let kind = reading
            .kind
            .as_ref()
            .and_then(|key| self.declaration.kinds.iter().find(|kind| &kind.key == key));
        let pairing = self.ledger.observe(now, direction, id, &reading, kind);
        self.dirty.ledger |= reading.correlation.is_some();
        if let Some(entry) = self.log.entry_mut(id) {
            entry.reading = reading.kind.is_some().then(|| reading.summary.clone());
            entry.severity = reading
                .findings
                .iter()
                .chain(&pairing.findings)
                .map(|finding| finding.severity)
                .max();
            entry.findings = pairing.findings;
            entry.rtt = pairing.latency.or(entry.rtt);
        }
        if self.selected == Some(id) {
            self.dirty.selected = true;
        }
        reading
    }

    fn handle_message(&mut self, now: Now, shared: &mut Shared, publication: Publication) {
        let Some(id) = self.last_received else { return };
        let reading = self.observe(now, Direction::Down, id, &publication);
        let wants_answer = reading.role == Role::Request && reading.answerable;
        if !wants_answer || !self.profile.answer.automatic {
            return;
        }
        let values = self.answer_form(&reading);
        let composed = self.answer(now, shared, &publication, &values);
        self.publish_composed(now, composed);
    }

    /// The form of the answer that the user set up for this kind of request.
    fn answer_form(&self, reading: &Reading) -> FormValues {
        let answered_by = reading
            .kind
            .as_ref()
            .and_then(|key| self.declaration.kinds.iter().find(|kind| &kind.key == key))
            .and_then(|kind| kind.answered_by.as_deref());
        answered_by
            .and_then(|key| self.profile.answer.forms.get(key))
            .cloned()
            .unwrap_or_default()
    }

    fn answer(
        &mut self,
        now: Now,
        shared: &mut Shared,
        request: &Publication,
        values: &FormValues,
    ) -> Composed {
        let draw = self.draw(now, shared);
        self.dialect
            .answer(&self.profile.identity, request, values, &draw)
    }

    fn answer_by_hand(
        &mut self,
        now: Now,
        shared: &mut Shared,
        request: FrameId,
        values: &FormValues,
    ) {
        let Some(publication) = self
            .log
            .entry(request)
            .and_then(|entry| match &entry.content {
                Content::Frame(bytes) => inspect::publication(entry.version, bytes),
                _ => None,
            })
        else {
            self.tell(
                Severity::Warning,
                Text::new(
                    "this request is no longer in the log, so it cannot be answered",
                    "该请求已不在日志中，无法应答",
                ),
            );
            return;
        };
        let composed = self.answer(now, shared, &publication, values);
        self.publish_composed(now, composed);
    }

    fn publish_composed(&mut self, now: Now, composed: Composed) {
        match composed.publication {
            Some(publication) => self.publish(now, publication),
            None => {
                for finding in composed.findings {
                    self.tell(finding.severity, finding.text);
                }
            }
        }
    }

    fn send(&mut self, now: Now, shared: &mut Shared, draft: Draft) {
        match draft {
            Draft::Raw(publication) => self.publish(now, publication),
            Draft::Form { kind, values } => {
                let draw = self.draw(now, shared);
                let composed = self
                    .dialect
                    .compose(&self.profile.identity, &kind, &values, &draw);
                self.publish_composed(now, composed);
            }
        }
    }

    fn publish(&mut self, now: Now, publication: Publication) {
        let message = session::Publication {
            retain: publication.retain,
            ..session::Publication::new(publication.topic, publication.payload, publication.qos)
        };
        match self.session.publish(now, message) {
            // The next message gets the next id.
            Ok(_) => {
                self.sequence = self.sequence.saturating_add(1);
                self.dirty.preview = true;
            }
            Err(error) => self.tell(Severity::Error, failure::session_error(&error)),
        }
    }

    fn tell(&mut self, severity: Severity, text: Text) {
        self.notices.push(Notice { severity, text });
    }

    /// What a draft would send, as the next message of this device.
    fn preview(&self, now: Now, number: u64, draft: &Draft) -> Preview {
        // The random part is fixed, so that the preview stands still between two keystrokes.
        let draw = Draw {
            now,
            sequence: self.sequence,
            random: self.sequence,
        };
        let identity = &self.profile.identity;
        let mut composed = match draft {
            Draft::Form { kind, values } => self.dialect.compose(identity, kind, values, &draw),
            Draft::Raw(publication) => Composed {
                publication: Some(publication.clone()),
                findings: Vec::new(),
            },
        };
        let mut preview = Preview {
            draft: number,
            publication: None,
            bytes: Bytes::new(),
            tree: Vec::new(),
            findings: Vec::new(),
        };
        if let Some(publication) = composed.publication.take() {
            add_new(
                &mut composed.findings,
                self.dialect.lint(identity, &publication),
            );
            match inspect::encode(self.version, &publication) {
                Ok(bytes) => {
                    let layers = inspect::layers(
                        self.dialect,
                        identity,
                        Direction::Up,
                        self.version,
                        &bytes,
                    );
                    preview.bytes = bytes;
                    preview.tree = layers.tree;
                }
                Err(error) => composed.findings.push(error.finding()),
            }
            preview.publication = Some(publication);
        }
        preview.findings = composed.findings;
        preview
    }

    // --- subscriptions -------------------------------------------------------------------------

    /// Asks for what the platform wants, beside what the user added, and drops what another
    /// identity or platform wanted. Called while there is no connection.
    fn want_automatic(&mut self, now: Now, automatic: Vec<(String, QoS)>) {
        let stale: Vec<String> = self
            .session
            .subscriptions()
            .iter()
            .map(|subscribed| subscribed.subscription.filter.clone())
            .filter(|filter| {
                !automatic
                    .iter()
                    .chain(&self.added)
                    .any(|(wanted, _)| wanted == filter)
            })
            .collect();
        if !stale.is_empty() {
            // These were accepted as filters before, so they can be dropped as filters.
            let _ = self.session.unsubscribe(now, &stale);
        }
        self.automatic = automatic;
        let wanted: Vec<_> = self.automatic.iter().chain(&self.added).cloned().collect();
        for (filter, qos) in wanted {
            if let Err(error) = self
                .session
                .subscribe(now, vec![Subscription::new(filter, qos)])
            {
                self.tell(Severity::Error, failure::session_error(&error));
            }
        }
        self.dirty.subscriptions = true;
    }

    fn subscriptions(&self) -> Vec<SubscriptionView> {
        self.session
            .subscriptions()
            .iter()
            .filter_map(|subscribed| {
                let filter = &subscribed.subscription.filter;
                Some(SubscriptionView {
                    filter: filter.clone(),
                    qos: subscribed.subscription.qos,
                    automatic: self.automatic.iter().any(|(wanted, _)| wanted == filter),
                    state: match subscribed.state {
                        session::SubscriptionState::Wanted => SubscriptionState::Wanted,
                        session::SubscriptionState::Pending => SubscriptionState::Pending,
                        session::SubscriptionState::Granted(qos) => SubscriptionState::Granted(qos),
                        session::SubscriptionState::Refused(code) => {
                            SubscriptionState::Refused(code.0)
                        }
                        session::SubscriptionState::Leaving => return None,
                    },
                })
            })
            .collect()
    }

    fn subscribe(&mut self, now: Now, filter: String, qos: QoS) {
        let wanted = vec![Subscription::new(filter.clone(), qos)];
        match self.session.subscribe(now, wanted) {
            Ok(()) => {
                self.added.retain(|(added, _)| *added != filter);
                self.added.push((filter, qos));
                self.dirty.subscriptions = true;
            }
            Err(error) => self.tell(Severity::Error, failure::session_error(&error)),
        }
    }

    fn unsubscribe(&mut self, now: Now, filter: &str) {
        self.added.retain(|(added, _)| added != filter);
        match self.session.unsubscribe(now, &[filter.to_owned()]) {
            Ok(()) => self.dirty.subscriptions = true,
            Err(error) => self.tell(Severity::Error, failure::session_error(&error)),
        }
    }

    // --- the simulated platform ----------------------------------------------------------------

    fn simulator(&mut self, now: Now) -> &mut Simulator {
        let (dialect, identity) = (self.dialect, &self.profile.identity);
        self.simulator.get_or_insert_with(|| {
            let mut simulator = Simulator::new(dialect);
            simulator.provision(now, identity);
            simulator
        })
    }

    fn apply(&mut self, now: Now, kind: &str, values: &FormValues) {
        if self.profile.target != Target::Simulated {
            return;
        }
        self.submission = Some(self.simulator(now).submit(now, kind, values));
        self.dirty.cloud = true;
    }

    // --- time and updates ----------------------------------------------------------------------

    /// The socket in use, if there is one.
    pub(super) fn link(&self) -> Option<LinkId> {
        match self.link {
            Link::Socket { link, .. } => Some(link),
            Link::Closed | Link::InPage(_) => None,
        }
    }

    fn is_linked(&self) -> bool {
        self.connection.state != ConnectionState::Offline
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let open_by = match self.link {
            Link::Socket { open_by, .. } => open_by,
            _ => None,
        };
        [
            open_by,
            self.session.poll_timeout(),
            self.ledger.poll_timeout(),
            self.simulator.as_ref().and_then(Simulator::poll_timeout),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub(super) fn handle_timeout(&mut self, now: Now, shared: &mut Shared) {
        if let Link::Socket {
            open_by: Some(deadline),
            ..
        } = self.link
            && deadline <= now.instant
        {
            let after = self.elapsed_ms(now);
            self.close_link(now, shared);
            let closing = Closing::default();
            self.fail(
                now,
                failure::of_class(FailureClass::NotOpened, closing, after),
            );
        }
        self.session.handle_timeout(now);
        if let Some(simulator) = &mut self.simulator {
            simulator.handle_timeout(now);
        }
        self.dirty.ledger |= self.ledger.handle_timeout(now.instant);
        self.pump(now, shared);
    }

    /// What changed since the page was told last.
    pub(super) fn poll_update(&mut self, now: Now, shared: &mut Shared) -> DeviceUpdate {
        let dirty = std::mem::take(&mut self.dirty);
        let mut update = DeviceUpdate::new(self.id);
        update.connection = dirty.connection.then(|| self.connection.clone());
        update.plan = dirty.plan.then(|| plan::view(self.plan(now, shared)));
        if dirty.counters {
            self.counters.in_flight = u32::try_from(self.session.in_flight()).unwrap_or(u32::MAX);
            update.counters = Some(self.counters);
        }
        update.log = dirty.log.then(|| self.log.window(self.view));
        update.selected = dirty.selected.then(|| {
            let id = self.selected?;
            let entry = self.log.entry(id)?;
            Some(Box::new(inspect::frame_view(
                self.dialect,
                &self.profile.identity,
                id,
                entry,
            )))
        });
        if dirty.preview
            && let Some((number, draft)) = &self.draft
        {
            update.preview = Some(Box::new(self.preview(now, *number, draft)));
        }
        update.ledger = dirty.ledger.then(|| self.ledger.view());
        update.subscriptions = dirty.subscriptions.then(|| self.subscriptions());
        if dirty.cloud && self.profile.target == Target::Simulated {
            update.cloud = self.simulator.as_ref().map(Simulator::view);
        }
        update.submission = self.submission.take();
        update.notices = std::mem::take(&mut self.notices);
        update
    }
}

/// Adds findings that are not there yet: composing and linting may both notice.
fn add_new(findings: &mut Vec<Finding>, more: Vec<Finding>) {
    for finding in more {
        let known = |old: &Finding| old.rule == finding.rule && old.place == finding.place;
        if !findings.iter().any(known) {
            findings.push(finding);
        }
    }
}
