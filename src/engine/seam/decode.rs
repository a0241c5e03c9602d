//! Pasted bytes: what the page hands over, and what the engine read in them.

use std::collections::BTreeMap;

use super::{DialectId, FormValues, LogRow, ProtocolVersion, Severity, Text};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub use crate::capture::paste::Format as PasteFormat;

/// What is to be decoded, without any connection.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecodeRequest {
    /// Returned in [`Decoded::number`].
    pub number: u64,
    /// The text or the file.
    pub source: DecodeSource,
    /// What it is written in; `None`: guess.
    pub format: Option<PasteFormat>,
    /// Protocol version; `None`: the one that fits best.
    pub version: Option<ProtocolVersion>,
    /// The platform; `None`: the one that knows the messages best.
    pub dialect: Option<DialectId>,
    /// Identity forms that the user filled in, by platform.
    pub identities: BTreeMap<DialectId, FormValues>,
}

// Identities hold secrets.
impl core::fmt::Debug for DecodeRequest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("DecodeRequest")
            .field("number", &self.number)
            .field("source", &self.source)
            .field("format", &self.format)
            .field("version", &self.version)
            .field("dialect", &self.dialect)
            .finish_non_exhaustive()
    }
}

/// Where the bytes come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DecodeSource {
    /// Pasted text.
    Text(String),
    /// A file, byte for byte.
    File(Bytes),
}

/// What became of a [`DecodeRequest`] so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Decoding {
    /// It is being read, a slice with each update.
    Underway(DecodeProgress),
    /// What was read.
    Done(Box<Decoded>),
}

/// How far the reading of a large paste is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecodeProgress {
    /// [`DecodeRequest::number`].
    pub number: u64,
    /// What is being done.
    pub step: DecodeStep,
    /// How many bytes are cut, or how many packets are read.
    pub done: u64,
    /// Of how many.
    pub total: u64,
}

/// A step of the reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DecodeStep {
    /// Bytes are cut into packets.
    Cut,
    /// Packets are read, by every version and every platform that may be theirs.
    Read,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Decoded {
    /// [`DecodeRequest::number`].
    pub number: u64,
    /// The format by which it was read.
    pub format: Option<PasteFormat>,
    /// Bytes read.
    pub bytes: u64,
    /// The version by which the packets were read; `None` when there is no packet.
    pub version: Option<ProtocolVersion>,
    /// Other versions that fit as well.
    pub plausible: Vec<ProtocolVersion>,
    /// The platform by which messages were read.
    pub dialect: Option<DialectId>,
    /// How many messages each platform knows, of those looked at; platforms that know none are
    /// left out. The best comes first.
    pub dialects: Vec<(DialectId, u32)>,
    /// The packets, and the bytes that are none, in order; at most [`Decoded::MAX_ROWS`].
    pub rows: Vec<DecodedRow>,
    /// How many more there were.
    pub more: u64,
    /// What did not fit the format; at most 50.
    pub problems: Vec<DecodeProblem>,
    /// How many there were.
    pub problem_count: u64,
}

impl Decoded {
    /// The most packets that are listed.
    pub const MAX_ROWS: usize = 10_000;
}

/// A packet, or bytes that are none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecodedRow {
    /// As in the log; the time is that of decoding.
    pub row: LogRow,
    /// Its first byte, counted from the start of its stream.
    pub start: u64,
    /// The number of its stream, counted from 0.
    pub stream: u32,
    /// Line and column of its first byte in the text.
    pub place: Option<(u32, u32)>,
    /// Where it goes wrong, if it does.
    pub fault: Option<DecodeFault>,
}

/// Where a packet goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecodeFault {
    /// The byte, counted from the packet's first.
    pub offset: u64,
    /// Line and column of that byte in the text.
    pub place: Option<(u32, u32)>,
    /// The field, in the specification's words.
    pub field: String,
    /// What was expected there.
    pub expected: Text,
    /// The statement of the specification, or empty.
    pub rule: String,
}

/// Text that does not fit the format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecodeProblem {
    /// How serious it is.
    pub severity: Severity,
    /// Line and column.
    pub place: (u32, u32),
    /// What is there, and what was expected.
    pub text: Text,
}
