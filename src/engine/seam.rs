//! The seam between the page and the engine: [`Command`] in, [`Update`] out.
//!
//! The page never sees a flood. The engine keeps the log and sends what the page asked to show:
//! counters, the visible window of rows, the selected frame. It sends the next [`Update`] after
//! the page said [`Command::Taken`] for the last one, so there is at most one per animation frame.
//!
//! Parts of a [`DeviceUpdate`] that are `None` have not changed.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub use crate::mqtt::{BitRange, Field, FieldKind, Note, ProtocolVersion, QoS, Severity};
pub use crate::platform::cloud::{CloudRecord, CloudResource, CloudView, Submission};
pub use crate::platform::{
    Choice, Code, ConnectRules, Declaration, DialectId, Direction, Finding, FormField, FormValues,
    Input, MessageKind, Outcome, Place, Publication, Role, Subscribe, Text, TopicTemplate,
};
pub use crate::time::{Instant, Now, UnixMillis};

/// Changes whenever a type of the seam changes shape; page and engine must agree on it, since a
/// browser may hold an old copy of one of them.
pub const SEAM_VERSION: u32 = 1;

/// One device of the console: a profile with its own session, log and ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeviceId(pub u32);

/// The number of a log row, counting from 0 since the device was made; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FrameId(pub u64);

/// What the page tells the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// The first command.
    Hello {
        /// [`SEAM_VERSION`] of the page.
        seam: u32,
        /// Facts about the page that the engine cannot see.
        page: PageFacts,
    },
    /// The page has shown the update of this number.
    Taken {
        /// [`Update::number`].
        update: u64,
    },
    /// A command for one device. The device is made by its first [`DeviceCommand::SetProfile`].
    Device {
        /// Which.
        device: DeviceId,
        /// What.
        command: DeviceCommand,
    },
}

/// Facts about the page that the engine cannot see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageFacts {
    /// Whether the page was loaded over https, so that `ws://` is mixed content.
    pub https: bool,
    /// 64 random bits from the browser, the seed of everything that must not repeat.
    pub seed: u64,
}

/// What the page tells the engine about one device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DeviceCommand {
    /// The profile as it now stands. While connected, connection settings take effect with the
    /// next [`DeviceCommand::Connect`]; answer rules at once.
    SetProfile(Box<Profile>),
    /// Open the link and log in.
    Connect,
    /// Send DISCONNECT and close the link; while a connection is being made, give up.
    Disconnect,
    /// Subscribe beyond what the platform wants.
    Subscribe {
        /// Topic filter, as typed.
        filter: String,
        /// QoS to ask for.
        qos: QoS,
    },
    /// Unsubscribe.
    Unsubscribe {
        /// Topic filter.
        filter: String,
    },
    /// Show what this draft would send: [`DeviceUpdate::preview`].
    Preview {
        /// Returned in [`Preview::draft`], so that a late answer is not shown for a newer draft.
        number: u64,
        /// The draft.
        draft: Draft,
    },
    /// Publish this draft, as last previewed.
    Send {
        /// The draft.
        draft: Draft,
    },
    /// Which rows the page shows.
    View(LogView),
    /// Which row the inspector shows.
    Select(Option<FrameId>),
    /// Forget all rows.
    ClearLog,
    /// Answer a request by hand, with the answering kind's form.
    Answer {
        /// The request's row.
        request: FrameId,
        /// The answer's form.
        values: FormValues,
    },
    /// The application side of the simulated platform asks for something.
    Application {
        /// [`MessageKind::key`] of a kind that travels down.
        kind: String,
        /// Its form.
        values: FormValues,
    },
}

/// A device as the user set it up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Shown on the tab.
    pub name: String,
    /// The platform's dialect.
    pub dialect: DialectId,
    /// Where to connect.
    pub target: Target,
    /// The identity form, by key.
    pub identity: FormValues,
    /// Connection settings.
    pub connection: ConnectionSettings,
    /// How requests from the cloud are answered.
    pub answer: AnswerRule,
}

/// Where a device connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// The simulated platform inside the page.
    Simulated,
    /// A broker or cloud, by URL.
    Broker,
}

/// Connection settings. An empty or absent value means "what the platform's rules say", which the
/// engine shows in [`PlanView`].
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ConnectionSettings {
    /// `ws://` or `wss://` URL, as typed.
    pub url: String,
    /// Protocol version.
    pub version: Option<ProtocolVersion>,
    /// Client identifier.
    pub client_id: String,
    /// User name.
    pub user_name: String,
    /// Password, as UTF-8.
    pub password: String,
    /// Keep alive in seconds, 0 to 65535.
    pub keep_alive_secs: Option<u16>,
    /// Clean session (3.x) or clean start (5.0).
    pub clean_session: Option<bool>,
    /// Will message.
    pub will: Option<WillSettings>,
}

impl core::fmt::Debug for ConnectionSettings {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ConnectionSettings")
            .field("url", &self.url)
            .field("version", &self.version)
            .field("client_id", &self.client_id)
            .field("user_name", &self.user_name)
            .field(
                "password",
                &if self.password.is_empty() {
                    ""
                } else {
                    "(redacted)"
                },
            )
            .field("keep_alive_secs", &self.keep_alive_secs)
            .field("clean_session", &self.clean_session)
            .field("will", &self.will)
            .finish()
    }
}

/// The will message as typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WillSettings {
    /// Will topic.
    pub topic: String,
    /// Will payload as text.
    pub payload: String,
    /// Will QoS.
    pub qos: QoS,
    /// Will retain.
    pub retain: bool,
}

/// How requests from the cloud are answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerRule {
    /// Answer at once; otherwise requests wait in the ledger for [`DeviceCommand::Answer`].
    pub automatic: bool,
    /// The answering kinds' forms, by [`MessageKind::key`] of the answering kind; a missing one
    /// means the form's defaults.
    pub forms: std::collections::BTreeMap<String, FormValues>,
}

/// What the composer holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Draft {
    /// A form of the dialect.
    Form {
        /// [`MessageKind::key`] of a kind that travels up.
        kind: String,
        /// The form.
        values: FormValues,
    },
    /// Topic and bytes as they are.
    Raw(Publication),
}

/// Which rows of the log the page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogView {
    /// Show the newest rows, whatever `start` says.
    pub follow: bool,
    /// First row wanted, counting from the oldest row kept.
    pub start: u64,
    /// How many rows; at most [`LogView::MAX_COUNT`] are sent.
    pub count: u32,
}

impl LogView {
    /// The most rows that one update carries.
    pub const MAX_COUNT: u32 = 512;
}

/// What the engine tells the page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// Counts up from 1; the page answers with [`Command::Taken`].
    pub number: u64,
    /// In the first update only.
    pub hello: Option<Hello>,
    /// Devices with changes.
    pub devices: Vec<DeviceUpdate>,
}

/// The engine's first words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// [`SEAM_VERSION`] of the engine.
    pub seam: u32,
    /// Every platform offered, in order.
    pub catalogue: Vec<Declaration>,
}

/// What changed about one device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceUpdate {
    /// Which device.
    pub device: DeviceId,
    /// The connection.
    pub connection: Option<ConnectionView>,
    /// What will go into CONNECT, as the profile now stands.
    pub plan: Option<PlanView>,
    /// Totals.
    pub counters: Option<Counters>,
    /// The rows in view.
    pub log: Option<LogWindow>,
    /// The selected frame; `Some(None)` when nothing is selected any more.
    pub selected: Option<Option<Box<FrameView>>>,
    /// What the draft would send.
    pub preview: Option<Box<Preview>>,
    /// Round trips, newest last.
    pub ledger: Option<LedgerView>,
    /// Subscriptions.
    pub subscriptions: Option<Vec<SubscriptionView>>,
    /// The simulated platform; present while it is the target.
    pub cloud: Option<CloudView>,
    /// What came of the last [`DeviceCommand::Application`].
    pub submission: Option<Submission>,
    /// Things to tell once, oldest first.
    pub notices: Vec<Notice>,
}

impl DeviceUpdate {
    /// An update without changes.
    pub const fn new(device: DeviceId) -> Self {
        Self {
            device,
            connection: None,
            plan: None,
            counters: None,
            log: None,
            selected: None,
            preview: None,
            ledger: None,
            subscriptions: None,
            cloud: None,
            submission: None,
            notices: Vec::new(),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self == &Self::new(self.device)
    }
}

/// A message to the user that belongs to no panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// How serious it is.
    pub severity: Severity,
    /// What happened and what to do.
    pub text: Text,
}

/// The connection as the page shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConnectionView {
    /// Where it stands.
    pub state: ConnectionState,
    /// When it came to stand there.
    pub since: UnixMillis,
    /// Why the last attempt or connection ended, until the next succeeds.
    pub failure: Option<Failure>,
}

/// Where a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConnectionState {
    /// No link.
    Offline,
    /// The link is being opened.
    Opening,
    /// CONNECT is sent, CONNACK awaited.
    Handshake,
    /// CONNACK accepted the connection.
    Connected {
        /// Session Present flag.
        session_present: bool,
    },
    /// DISCONNECT is sent, the link is closing.
    Closing,
}

/// Why a connection could not be made or ended, and the next step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The class.
    pub class: FailureClass,
    /// Whether the class is certain, or the likeliest where a browser hides the cause.
    pub certain: bool,
    /// What happened.
    pub what: Text,
    /// What to do next.
    pub next: Text,
    /// WebSocket close code, if the socket was closed.
    pub close_code: Option<u16>,
    /// WebSocket close reason as received.
    pub close_reason: String,
    /// Milliseconds from the start of the attempt, or of the connection, to its end.
    pub after_ms: u64,
    /// The row that shows it, if a frame does.
    pub frame: Option<FrameId>,
}

/// Classes of connection failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FailureClass {
    /// The URL is not a `ws://` or `wss://` URL that a browser opens.
    BadUrl,
    /// `ws://` from a page loaded over https.
    MixedContent,
    /// A setting cannot be put into CONNECT.
    BadSettings,
    /// The socket could not be opened: address, port, certificate, path or sub-protocol.
    NotOpened,
    /// The server did not choose sub-protocol `mqtt`.
    SubProtocol,
    /// The socket opened, and nothing came back to CONNECT.
    Silent,
    /// The socket was closed after CONNECT without a CONNACK.
    ClosedBeforeConnAck,
    /// CONNACK refused the connection.
    Refused,
    /// The server sent something that is no MQTT packet.
    Malformed,
    /// The server sent a packet that is not allowed there.
    ProtocolError,
    /// The server sent a text message.
    TextMessage,
    /// No answer to PINGREQ.
    KeepAlive,
    /// The server closed the connection.
    ClosedByServer,
    /// The link was lost.
    Lost,
}

/// What goes into CONNECT, with the user's settings over the platform's rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanView {
    /// The URL that will be opened; empty when there is none yet.
    pub url: String,
    /// Protocol version.
    pub version: Option<ProtocolVersion>,
    /// Client identifier.
    pub client_id: String,
    /// User name.
    pub user_name: Option<String>,
    /// Whether there is a password. The password itself never comes back over the seam.
    pub password: bool,
    /// Keep alive in seconds.
    pub keep_alive_secs: u16,
    /// Clean session.
    pub clean_session: bool,
    /// Topic filters that are subscribed to by themselves.
    pub subscriptions: Vec<(String, QoS)>,
    /// Remarks.
    pub findings: Vec<Finding>,
}

/// Totals since the device was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Control packets sent.
    pub frames_up: u64,
    /// Control packets received.
    pub frames_down: u64,
    /// Bytes sent.
    pub bytes_up: u64,
    /// Bytes received.
    pub bytes_down: u64,
    /// Application messages received.
    pub messages_down: u64,
    /// PUBLISH packets waiting for an acknowledgement.
    pub in_flight: u32,
    /// Last PINGREQ to PINGRESP, in microseconds.
    pub ping_micros: Option<u64>,
}

/// The rows in view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogWindow {
    /// Rows kept.
    pub total: u64,
    /// Rows dropped because the log is full.
    pub dropped: u64,
    /// Position of `rows[0]`, counting from the oldest row kept.
    pub start: u64,
    /// The rows.
    pub rows: Vec<LogRow>,
}

/// One row of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogRow {
    /// Its number.
    pub id: FrameId,
    /// When it was sent or received.
    pub at: UnixMillis,
    /// Which way it went; for what happened to the link itself, down.
    pub direction: Direction,
    /// What it is.
    pub entry: LogEntry,
    /// One line: topic, reason, the platform's reading.
    pub summary: Text,
    /// The most serious remark on it, if any.
    pub severity: Option<Severity>,
    /// For an answer, microseconds since what it answers.
    pub rtt_micros: Option<u64>,
}

/// What a log row is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LogEntry {
    /// A control packet.
    Frame {
        /// Its name in the standard, such as `PUBLISH`.
        packet: String,
        /// Bytes on the wire.
        size: u32,
        /// Topic name of a PUBLISH, else empty.
        topic: String,
        /// QoS of a PUBLISH.
        qos: Option<QoS>,
        /// DUP flag of a PUBLISH.
        dup: bool,
        /// RETAIN flag of a PUBLISH.
        retain: bool,
        /// Packet identifier.
        packet_id: Option<u16>,
        /// Payload bytes of a PUBLISH.
        payload: u32,
    },
    /// Bytes that are no control packet.
    Malformed {
        /// How many.
        size: u32,
    },
    /// Something that happened to the link: opened, closed, a text message.
    Link,
}

/// A frame as the inspector shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameView {
    /// The row.
    pub row: LogRow,
    /// Protocol version it was read as.
    pub version: ProtocolVersion,
    /// The bytes, as sent or received. For a link row, empty or what arrived as text.
    pub bytes: Bytes,
    /// The field tree over all layers.
    pub tree: Vec<Field>,
    /// Where the PUBLISH payload is, if there is one: first byte, one past the last.
    pub payload: Option<(usize, usize)>,
    /// Linting of the platform layer; payload places count from the payload's first byte.
    pub findings: Vec<Finding>,
    /// How it went, for a platform answer.
    pub outcome: Option<Outcome>,
    /// Members worth naming.
    pub members: Vec<(String, String)>,
}

/// What a draft would send.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// [`DeviceCommand::Preview`]'s number.
    pub draft: u64,
    /// The message; `None` when what was typed cannot be turned into one.
    pub publication: Option<Publication>,
    /// The whole PUBLISH as it would go over the wire now, with the packet identifier shown as 1
    /// where there will be one.
    pub bytes: Bytes,
    /// Its field tree.
    pub tree: Vec<Field>,
    /// Remarks.
    pub findings: Vec<Finding>,
}

/// Round trips.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LedgerView {
    /// The newest round trips kept, oldest first.
    pub rows: Vec<LedgerRow>,
    /// How many are open.
    pub open: u32,
    /// Round trips dropped because the ledger is full.
    pub dropped: u64,
}

/// One round trip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LedgerRow {
    /// Counts up from 0.
    pub id: u64,
    /// Who asked: up, the device; down, the cloud.
    pub initiator: Direction,
    /// The request's kind.
    pub label: Text,
    /// [`MessageKind::key`] of the request.
    pub kind: String,
    /// The platform's id that ties both halves.
    pub correlation: Option<String>,
    /// The platform gives no id: the oldest open request was taken.
    pub assumed: bool,
    /// The request's row.
    pub request: FrameId,
    /// The answer's row.
    pub reply: Option<FrameId>,
    /// When the request was sent or received.
    pub opened: UnixMillis,
    /// Request to answer, in microseconds.
    pub latency_micros: Option<u64>,
    /// Milliseconds the platform waits, if stated.
    pub deadline_ms: Option<u32>,
    /// Where it stands.
    pub state: RoundTripState,
    /// How it went.
    pub outcome: Option<Outcome>,
}

/// Where a round trip stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoundTripState {
    /// No answer yet.
    Open,
    /// Accepted, final answer to come.
    Accepted,
    /// Answered, and it went well.
    Succeeded,
    /// Answered, and it did not.
    Failed,
    /// Given up: the connection ended first, or the deadline passed.
    Unanswered,
}

/// One subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionView {
    /// Topic filter.
    pub filter: String,
    /// QoS asked for.
    pub qos: QoS,
    /// Subscribed to by itself, because the platform wants it.
    pub automatic: bool,
    /// Where it stands.
    pub state: SubscriptionState,
}

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubscriptionState {
    /// Not connected.
    Wanted,
    /// SUBSCRIBE is sent.
    Pending,
    /// SUBACK granted this QoS.
    Granted(QoS),
    /// SUBACK refused it, with this code.
    Refused(u8),
}

/// Why bytes from the other side of the seam could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("page and engine do not understand each other (page speaks seam {SEAM_VERSION}): reload")]
pub struct SeamError;

/// Bytes of a [`Command`] or an [`Update`].
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    // Writing to a vector does not fail, and every type of the seam has a known length.
    postcard::to_stdvec(value).unwrap_or_default()
}

/// Reads what [`encode`] made.
///
/// # Errors
/// [`SeamError`] when the other side speaks another version of the seam.
pub fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, SeamError> {
    postcard::from_bytes(bytes).map_err(|_| SeamError)
}
