//! The log's rows and the selected frame, as the page shows them.

use super::{Direction, Field, Finding, Outcome, ProtocolVersion, QoS, Severity, Text, UnixMillis};
use bytes::Bytes;

pub use crate::capture::payload::{PayloadFormat, Rendered};
use serde::{Deserialize, Serialize};

/// The number of a log row, counting from 0 since the device was made; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FrameId(pub u64);

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
