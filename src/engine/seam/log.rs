//! The log's rows and the selected frame, as the page shows them.

use super::{Direction, Field, Finding, Outcome, ProtocolVersion, QoS, Severity, Text, UnixMillis};
use bytes::Bytes;

pub use crate::capture::export::{ExportFormat, file_name};
pub use crate::capture::payload::{PayloadFormat, Rendered};
use serde::{Deserialize, Serialize};

/// The number of a log row, counting from 0 since the device was made; never used twice.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct FrameId(pub u64);

/// Which rows of the log the page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogView {
    /// Show the newest rows, whatever `start` says.
    pub follow: bool,
    /// Ordinal of the first row wanted: see [`LogWindow::top`].
    pub start: i64,
    /// How many rows; at most [`LogView::MAX_COUNT`] are sent.
    pub count: u32,
}

impl LogView {
    /// The most rows that one update carries.
    pub const MAX_COUNT: u32 = 512;
}

/// The log as a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportRequest {
    /// In which form.
    pub format: ExportFormat,
    /// Whether passwords and the like are written as they were; else asterisks of their length.
    pub secrets: bool,
}

/// A part of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportPart {
    /// [`DeviceCommand::Export`](super::DeviceCommand::Export)'s number.
    pub number: u64,
    /// How many rows were looked at so far.
    pub done: u64,
    /// How many there are; with as many done, this is the last part.
    pub total: u64,
    /// The bytes that follow those of the part before.
    pub bytes: Bytes,
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
    /// Those of QoS 1: each came once or more.
    pub messages_down_once_or_more: u64,
    /// Those of QoS 2: each came exactly once.
    pub messages_down_exactly_once: u64,
    /// PUBLISH packets waiting for an acknowledgement.
    pub in_flight: u32,
    /// Last PINGREQ to PINGRESP, in microseconds.
    pub ping_micros: Option<u64>,
}

/// How much of the log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLimits {
    /// The most rows.
    pub rows: u32,
    /// The most mebibytes of frames.
    pub mebibytes: u32,
}

impl LogLimits {
    /// The fewest and the most rows that can be asked for.
    pub const ROWS: (u32, u32) = (100, 500_000);
    /// The fewest and the most mebibytes that can be asked for.
    pub const MEBIBYTES: (u32, u32) = (1, 1024);

    /// The nearest limits that can be had.
    #[must_use]
    pub const fn within_bounds(self) -> Self {
        const fn clamp(value: u32, bounds: (u32, u32)) -> u32 {
            if value < bounds.0 {
                bounds.0
            } else if value > bounds.1 {
                bounds.1
            } else {
                value
            }
        }
        Self {
            rows: clamp(self.rows, Self::ROWS),
            mebibytes: clamp(self.mebibytes, Self::MEBIBYTES),
        }
    }
}

impl Default for LogLimits {
    fn default() -> Self {
        Self {
            rows: 100_000,
            mebibytes: 64,
        }
    }
}

/// The rows in view. Rows are shown when they are kept, pass the filter, and came before the pause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogWindow {
    /// Rows kept.
    pub kept: u64,
    /// Bytes kept.
    pub bytes: u64,
    /// Rows dropped because the log is full.
    pub dropped: u64,
    /// Rows that came since the view was paused.
    pub held: u64,
    /// Rows that the filter has not been asked about yet.
    pub unsearched: u64,
    /// Rows marked.
    pub marks: u32,
    /// Ordinal of the first row shown. A row's ordinal stays the same while older rows are
    /// dropped; another filter counts anew.
    pub top: i64,
    /// Rows shown.
    pub total: u64,
    /// Ordinal of `rows[0]`.
    pub start: i64,
    /// Ordinal of the selected row, if it is shown.
    pub selected: Option<i64>,
    /// The rows.
    pub rows: Vec<LogRow>,
}

/// Where to go in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Jump {
    /// To this row, shown or not.
    Frame(FrameId),
    /// To the row shown under this ordinal, or the nearest.
    Ordinal(i64),
    /// To the first row shown of this time or later; else the last.
    Time(UnixMillis),
    /// To the next marked row after the selected one, around.
    NextMark,
    /// To the marked row before the selected one, around.
    PreviousMark,
}

/// Where a [`Jump`] led; that row is now selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jumped {
    /// The row.
    pub frame: FrameId,
    /// Its ordinal; `None` when it is kept but not shown.
    pub ordinal: Option<i64>,
}

/// Why a filter cannot be read, and where. Places count UTF-16 units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterError {
    /// First unit of what is wrong.
    pub start: u32,
    /// One past its last unit.
    pub end: u32,
    /// What is wrong and what may stand there.
    pub text: Text,
}

/// Something that may stand at the cursor of a filter. Places count UTF-16 units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// First unit of what it replaces.
    pub start: u32,
    /// One past the last unit of what it replaces.
    pub end: u32,
    /// What to put there.
    pub insert: String,
    /// An example of its use, or empty.
    pub example: String,
    /// How many of the newest rows, [`Completion::COUNTED`] at most, pass the term that it makes;
    /// `None` where it makes no whole term.
    pub count: Option<u32>,
    /// What it means.
    pub help: Text,
}

impl Completion {
    /// How many rows are counted: a user who types waits for it, and so do answers.
    pub const COUNTED: u32 = 5_000;
}

/// What the engine makes of a filter's text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterView {
    /// [`DeviceCommand::Filter`](super::DeviceCommand::Filter)'s number.
    pub number: u64,
    /// Why a part of it cannot be read; the terms that can be read hold.
    pub error: Option<FilterError>,
    /// What may stand at the cursor.
    pub completions: Vec<Completion>,
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
    /// It waits for an answer.
    pub waits: bool,
    /// The answer that it waited for never came.
    pub unanswered: bool,
    /// Marked by the user.
    pub marked: bool,
}

/// A row that belongs to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// The other row.
    pub frame: FrameId,
    /// What it is to this one.
    pub link: Link,
}

/// How two rows belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Link {
    /// The packet that this one acknowledges.
    Answers,
    /// The packet that acknowledges this one.
    AnsweredBy,
    /// The platform request that this message answers.
    Request,
    /// The message that answers this platform request.
    Reply,
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
    /// The rows that belong to it.
    pub partners: Vec<Partner>,
    /// What the payload most likely is written in.
    pub guess: PayloadFormat,
    /// The frame before it with the same topic and direction, if it is not far back.
    pub previous: Option<Box<PreviousFrame>>,
}

/// A frame to compare another with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreviousFrame {
    /// Its row.
    pub id: FrameId,
    /// When it was sent or received.
    pub at: UnixMillis,
    /// Its payload.
    pub payload: Bytes,
    /// Its field tree.
    pub tree: Vec<Field>,
}
