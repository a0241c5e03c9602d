//! The seam between the page and the engine: [`Command`] in, [`Update`] out.
//!
//! The page never sees a flood. The engine keeps the log and sends what the page asked to show:
//! counters, the visible window of rows, the selected frame. It sends the next [`Update`] after
//! the page said [`Command::Taken`] for the last one, so there is at most one per animation frame.
//!
//! Parts of a [`DeviceUpdate`] that are `None` have not changed.

mod apart;
mod compare;
mod compose;
mod connection;
mod decode;
mod ledger;
mod log;
mod mqtt5;
mod pictures;
mod profile;
mod rules;
mod workbench;

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub use compare::{CompareRequest, CompareRow, Comparison};
pub use compose::{Draft, Preview};
pub use connection::{
    ConnectionState, ConnectionView, Failure, FailureStage, PlanView, Relay, SubscriptionState,
    SubscriptionView,
};
pub use decode::{
    DecodeFault, DecodeProblem, DecodeProgress, DecodeRequest, DecodeSource, DecodeStep, Decoded,
    DecodedRow, Decoding, PasteFormat,
};
pub use ledger::{LedgerRow, LedgerView, RoundTripState};
pub use log::{
    Completion, Counters, ExportFormat, ExportPart, ExportRequest, FilterError, FilterView,
    FrameId, FrameView, Jump, Jumped, Link, LogEntry, LogLimits, LogRow, LogView, LogWindow,
    Partner, PayloadFormat, PreviousFrame, Rendered, file_name,
};
pub use mqtt5::{Mqtt5Settings, ServerFact};
pub use pictures::{
    ChartColumn, ChartLine, ChartView, ChartWindow, LastValue, LatencyClass, LatencyView, SeriesId,
    SeriesInfo, TopicId, TopicRow, TopicsView, TopicsWindow,
};
pub use profile::{ConnectionSettings, Profile, Target, WillSettings};
pub use rules::{AnswerFault, AnswerRule, KindRule, ReportPlan, ReportState, ReportView, Variable};
pub use workbench::{WorkbenchRequest, WorkbenchStep, WorkbenchView};

use crate::platform;

pub use crate::mqtt::{BitRange, Field, FieldKind, Note, ProtocolVersion, QoS, Severity};
pub use crate::platform::cloud::{CloudRecord, CloudResource, CloudView, Submission};
pub use crate::platform::http::{HttpExchange, HttpRequest, HttpResponse};
pub use crate::platform::{
    AskedWhen, Calculator, Choice, Code, ConnectRules, Declaration, DialectId, Direction, Finding,
    FormField, FormValues, Input, Limit, Limited, MessageKind, Outcome, Place, Publication, Role,
    Subscribe, Text, TopicTemplate,
};
pub use crate::session::doctor::Cause;
pub use crate::session::{PublishProperties, RetainHandling, Subscription};
pub use crate::sim::{ArmedFault, FaultsView, MessageFault, Misfortune, StruckFault};
pub use crate::time::{Instant, Now, UnixMillis};

/// Changes whenever a type of the seam changes shape; page and engine must agree on it, since a
/// browser may hold an old copy of one of them.
pub const SEAM_VERSION: u32 = 17;

/// One device of the console: a profile with its own session, log and ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeviceId(pub u32);

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
    /// The browser says, in the page, whether it has a network. Not every browser tells a worker.
    Network {
        /// Whether it has.
        online: bool,
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
    /// Ends a device: its connection, as [`DeviceCommand::Disconnect`] does, and its log, ledger
    /// and simulated platform. Nothing more is told about it.
    Forget {
        /// Which.
        device: DeviceId,
    },
    /// Read pasted bytes: [`Update::decoding`]. Without a request, what was read is forgotten and
    /// what is being read is given up.
    Decode(Option<Box<DecodeRequest>>),
    /// Which of the rows last decoded the inspector shows: [`Update::decoded_frame`].
    SelectDecoded(Option<FrameId>),
    /// Show the same reading on every platform: [`Update::comparison`].
    Compare(Box<CompareRequest>),
    /// Show a payload in one way: [`Update::rendered`].
    Render {
        /// Returned with the answer.
        number: u64,
        /// The way.
        format: PayloadFormat,
        /// The payload.
        payload: Bytes,
    },
}

/// The most devices at once; a profile for one more is not taken.
pub const MAX_DEVICES: usize = 64;

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
    /// Open the link and log in; while the next attempt is waited for, make it now.
    Connect,
    /// The same, and take the stored session from another device or tab that uses it.
    TakeOver,
    /// Prove the password again on the connection that there is (5.0, with SCRAM).
    Reauthenticate,
    /// Send DISCONNECT and close the link; while a connection is being made or waited for, give
    /// up.
    Disconnect,
    /// Subscribe beyond what the platform wants.
    Subscribe {
        /// Topic filter, as typed.
        filter: String,
        /// QoS to ask for.
        qos: QoS,
    },
    /// The same with the options of MQTT 5.0.
    SubscribeWith(Subscription),
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
    /// Show the rows that pass this filter, as far as it can be read: [`DeviceUpdate::filter`].
    Filter {
        /// Returned in [`FilterView::number`].
        number: u64,
        /// The filter as typed; empty for every row.
        text: String,
        /// Where the cursor is, in UTF-16 units, for completion; `None` when nobody types.
        cursor: Option<u32>,
    },
    /// Hold the view of the log as it is, or let it go on. What comes meanwhile is kept.
    Pause(bool),
    /// Mark a row, or take its mark away.
    Mark(FrameId),
    /// Go somewhere in the log: [`DeviceUpdate::jumped`].
    Jump(Jump),
    /// Write the rows that pass the filter to a file: [`DeviceUpdate::export`].
    Export {
        /// Returned with every part.
        number: u64,
        /// What is wanted; `None` gives up what is being written.
        request: Option<ExportRequest>,
    },
    /// How much of the log to keep.
    Limits(LogLimits),
    /// Which part of the topic tree the page shows; `None` while it shows none.
    Topics(Option<TopicsView>),
    /// Which charts the page shows; `None` while it shows none.
    Charts(Option<ChartView>),
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
    /// Send a report again and again; one of this kind that runs already starts anew.
    StartReport {
        /// [`MessageKind::key`] of a kind that travels up.
        kind: String,
        /// What and how often.
        plan: ReportPlan,
    },
    /// Stop the report of this kind.
    StopReport {
        /// [`MessageKind::key`].
        kind: String,
    },
    /// Arm a fault of the simulated platform.
    Arm(MessageFault),
    /// Take back a fault that has not struck as often as it was armed for, or all of them.
    Disarm(Option<u64>),
    /// Work out credentials, and again whenever they change: [`DeviceUpdate::workbench`]. Without
    /// a request the workbench is closed, and what it held is forgotten.
    Workbench {
        /// Returned in [`WorkbenchView::number`], so that a late answer is not shown for a newer
        /// request.
        number: u64,
        /// What to work out.
        request: Option<Box<WorkbenchRequest>>,
    },
}

/// What the engine tells the page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// Counts up from 1; the page answers with [`Command::Taken`].
    pub number: u64,
    /// The size of the engine's memory in bytes; 0 where its driver cannot say. It grows and never
    /// shrinks, so it is the most that was ever needed.
    pub memory_bytes: u64,
    /// More comes than the page is told of as it comes.
    pub passing: Option<Passing>,
    /// In the first update only.
    pub hello: Option<Hello>,
    /// Devices with changes.
    #[serde(serialize_with = "apart::each")]
    pub devices: Vec<DeviceUpdate>,
    /// What was read in pasted bytes, or how far that is.
    #[serde(serialize_with = "apart::optional")]
    pub decoding: Option<Decoding>,
    /// The selected one of them; `Some(None)` when nothing is selected any more.
    #[serde(serialize_with = "apart::optional")]
    pub decoded_frame: Option<Option<Box<FrameView>>>,
    /// A payload shown in one way, with the number of its [`Command::Render`].
    #[serde(serialize_with = "apart::optional")]
    pub rendered: Option<(u64, Box<Rendered>)>,
    /// The same reading on every platform.
    #[serde(serialize_with = "apart::optional")]
    pub comparison: Option<Box<Comparison>>,
}

/// A flood of messages, as the page needs to explain why it draws so seldom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passing {
    /// Messages a second since the last update, of all devices.
    pub per_second: u32,
    /// The time between two updates while it lasts.
    pub every: Duration,
}

/// The engine's first words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// [`SEAM_VERSION`] of the engine.
    pub seam: u32,
    /// The platforms, in order.
    pub catalogue: Vec<Declaration>,
    /// The variables of templates.
    pub variables: Vec<Variable>,
}

/// The first platform of [`Hello::catalogue`]: what a page offers that nobody used before, until its
/// engine has said hello.
pub fn first_platform() -> Declaration {
    platform::first_declaration()
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
    /// What became of the filter.
    pub filter: Option<FilterView>,
    /// Where the last [`DeviceCommand::Jump`] led; `Some(None)` when there is nothing there.
    pub jumped: Option<Option<Jumped>>,
    /// The topic tree, while it is shown.
    pub topics: Option<TopicsWindow>,
    /// Charts and latencies, while they are shown.
    pub charts: Option<ChartWindow>,
    /// The next part of the log as a file.
    pub export: Option<ExportPart>,
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
    /// Periodic reports that were started.
    pub reports: Option<Vec<ReportView>>,
    /// Faults of the simulated platform; present while it is the target.
    pub faults: Option<FaultsView>,
    /// The credentials being worked out.
    pub workbench: Option<Box<WorkbenchView>>,
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
            filter: None,
            jumped: None,
            topics: None,
            charts: None,
            export: None,
            selected: None,
            preview: None,
            ledger: None,
            subscriptions: None,
            cloud: None,
            submission: None,
            reports: None,
            faults: None,
            workbench: None,
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
