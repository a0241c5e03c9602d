//! Round trips, as the page shows them.

use super::{Direction, FrameId, Outcome, Text, UnixMillis};
use serde::{Deserialize, Serialize};

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
    /// [`MessageKind::key`](super::MessageKind::key) of the request.
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
    /// Request to the end of its QoS 1 or 2 flow, in microseconds.
    pub acknowledged_micros: Option<u64>,
    /// Request to the end of its answer's QoS 1 or 2 flow, in microseconds.
    pub reply_acknowledged_micros: Option<u64>,
    /// When the rule for its kind answers it, while that waits.
    pub planned: Option<UnixMillis>,
    /// The answer came after the request was given up.
    pub late: bool,
    /// Answers beyond the one that counts.
    pub repeats: u32,
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
