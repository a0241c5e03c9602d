//! The frame log: everything that crossed the link, bytes as they were, bounded.
//!
//! Rows are made when they are looked at; keeping a frame costs its bytes and a few words.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;

use super::ledger::micros;
use super::seam::{FrameId, LogEntry, LogRow, LogView, LogWindow};
use crate::mqtt::{Packet, PacketType, ProtocolVersion, QoS, Severity, Summary};
use crate::platform::{Direction, Finding, Text};
use crate::time::{Instant, Now, UnixMillis};

/// How many rows are kept.
const MAX_ROWS: usize = 100_000;
/// How many bytes of frames are kept.
const MAX_BYTES: usize = 64 << 20;

/// What a row holds.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// A control packet as sent or received.
    Frame(Bytes),
    /// Bytes that are no control packet, from the first byte of the bad one.
    Malformed(Bytes),
    /// Something that happened to the link, with what came as text, if anything.
    Link(Text, Bytes),
}

impl Content {
    fn len(&self) -> usize {
        match self {
            Self::Frame(bytes) | Self::Malformed(bytes) | Self::Link(_, bytes) => bytes.len(),
        }
    }
}

/// One row.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) at: UnixMillis,
    pub(super) direction: Direction,
    pub(super) version: ProtocolVersion,
    pub(super) content: Content,
    /// The platform's reading in one line, for a PUBLISH that it knows.
    pub(super) reading: Option<Text>,
    pub(super) severity: Option<Severity>,
    /// Remarks that cannot be made again from the bytes alone: how it fits the round trips.
    pub(super) findings: Vec<Finding>,
    pub(super) rtt: Option<Duration>,
}

/// The rows of one device.
#[derive(Debug, Default)]
pub(super) struct FrameLog {
    entries: VecDeque<Entry>,
    first: u64,
    bytes: usize,
    dropped: u64,
    exchanges: Exchanges,
}

impl FrameLog {
    /// Keeps a control packet and pairs it with what it answers.
    pub(super) fn push_frame(
        &mut self,
        now: Now,
        direction: Direction,
        version: ProtocolVersion,
        bytes: Bytes,
    ) -> FrameId {
        let rtt = self
            .exchanges
            .observe(now.instant, direction, &Summary::of(version, &bytes));
        let id = self.push(now, direction, version, Content::Frame(bytes));
        if let Some(entry) = self.entries.back_mut() {
            entry.rtt = rtt;
        }
        id
    }

    /// Keeps a row.
    pub(super) fn push(
        &mut self,
        now: Now,
        direction: Direction,
        version: ProtocolVersion,
        content: Content,
    ) -> FrameId {
        let id = FrameId(self.first.saturating_add(self.entries.len() as u64));
        self.bytes = self.bytes.saturating_add(content.len());
        let severity = matches!(content, Content::Malformed(_)).then_some(Severity::Error);
        self.entries.push_back(Entry {
            at: now.unix,
            direction,
            version,
            content,
            reading: None,
            severity,
            findings: Vec::new(),
            rtt: None,
        });
        while self.entries.len() > MAX_ROWS || (self.bytes > MAX_BYTES && self.entries.len() > 1) {
            let Some(oldest) = self.entries.pop_front() else {
                break;
            };
            self.bytes = self.bytes.saturating_sub(oldest.content.len());
            self.first = self.first.saturating_add(1);
            self.dropped = self.dropped.saturating_add(1);
        }
        id
    }

    /// The row of that number, if it is still kept.
    pub(super) fn entry(&self, id: FrameId) -> Option<&Entry> {
        self.entries.get(self.position(id)?)
    }

    /// The row of that number, to remark on it.
    pub(super) fn entry_mut(&mut self, id: FrameId) -> Option<&mut Entry> {
        let position = self.position(id)?;
        self.entries.get_mut(position)
    }

    fn position(&self, id: FrameId) -> Option<usize> {
        usize::try_from(id.0.checked_sub(self.first)?).ok()
    }

    /// Forgets all rows; numbers go on.
    pub(super) fn clear(&mut self) {
        self.first = self.first.saturating_add(self.entries.len() as u64);
        self.entries.clear();
        self.bytes = 0;
        self.dropped = 0;
    }

    /// A new connection: packet identifiers start afresh.
    pub(super) fn handle_new_connection(&mut self) {
        self.exchanges = Exchanges::default();
    }

    /// The rows that a view shows.
    pub(super) fn window(&self, view: LogView) -> LogWindow {
        let total = self.entries.len();
        let count = view.count.min(LogView::MAX_COUNT) as usize;
        let latest = total.saturating_sub(count);
        let start = if view.follow {
            latest
        } else {
            usize::try_from(view.start).map_or(latest, |start| start.min(latest))
        };
        LogWindow {
            total: total as u64,
            dropped: self.dropped,
            start: start as u64,
            rows: self
                .entries
                .iter()
                .enumerate()
                .skip(start)
                .take(count)
                .map(|(position, entry)| {
                    row(FrameId(self.first.saturating_add(position as u64)), entry)
                })
                .collect(),
        }
    }
}

/// The row as the page shows it.
pub(super) fn row(id: FrameId, entry: &Entry) -> LogRow {
    let (log_entry, summary) = match &entry.content {
        Content::Frame(bytes) => frame_row(entry, bytes),
        Content::Malformed(bytes) => (
            LogEntry::Malformed {
                size: size(bytes.len()),
            },
            Text::new("malformed packet", "报文格式错误"),
        ),
        Content::Link(text, _) => (LogEntry::Link, text.clone()),
    };
    LogRow {
        id,
        at: entry.at,
        direction: entry.direction,
        entry: log_entry,
        summary,
        severity: entry.severity,
        rtt_micros: entry.rtt.map(micros),
    }
}

fn frame_row(entry: &Entry, bytes: &[u8]) -> (LogEntry, Text) {
    let summary = Summary::of(entry.version, bytes);
    let publish = match &summary.packet {
        Ok(Packet::Publish(publish)) => Some(publish),
        _ => None,
    };
    let frame = LogEntry::Frame {
        packet: summary
            .packet_type()
            .map_or("", PacketType::name)
            .to_owned(),
        size: size(bytes.len()),
        topic: publish
            .map_or("", |publish| publish.topic.as_str())
            .to_owned(),
        qos: publish.map(|publish| publish.qos),
        dup: publish.is_some_and(|publish| publish.dup),
        retain: publish.is_some_and(|publish| publish.retain),
        packet_id: summary.packet_id().map(|id| id.0.get()),
        payload: size(summary.payload().len()),
    };
    let text = entry
        .reading
        .clone()
        .unwrap_or_else(|| Text::same(summary.to_string()));
    (frame, text)
}

fn size(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// Requests on the MQTT level that wait for their acknowledgement.
#[derive(Debug, Default)]
struct Exchanges {
    waiting: HashMap<(Direction, PacketType, u16), Instant>,
}

impl Exchanges {
    /// Takes note of a packet; for an acknowledgement, the time since what it acknowledges.
    fn observe(
        &mut self,
        now: Instant,
        direction: Direction,
        summary: &Summary<'_>,
    ) -> Option<Duration> {
        let packet = summary.packet_type()?;
        let packet_id = summary.packet_id().map_or(0, |id| id.0.get());
        let asked_by = match direction {
            Direction::Up => Direction::Down,
            Direction::Down => Direction::Up,
        };
        let rtt = acknowledged(packet)
            .and_then(|request| self.waiting.remove(&(asked_by, request, packet_id)))
            .map(|asked| now - asked);
        if awaits_acknowledgement(packet, summary.qos()) {
            self.waiting.insert((direction, packet, packet_id), now);
        }
        rtt
    }
}

fn awaits_acknowledgement(packet: PacketType, qos: Option<QoS>) -> bool {
    match packet {
        PacketType::Publish => qos != Some(QoS::AtMostOnce),
        PacketType::Connect
        | PacketType::Subscribe
        | PacketType::Unsubscribe
        | PacketType::PubRec
        | PacketType::PubRel
        | PacketType::PingReq => true,
        _ => false,
    }
}

fn acknowledged(packet: PacketType) -> Option<PacketType> {
    match packet {
        PacketType::ConnAck => Some(PacketType::Connect),
        PacketType::PubAck | PacketType::PubRec => Some(PacketType::Publish),
        PacketType::PubRel => Some(PacketType::PubRec),
        PacketType::PubComp => Some(PacketType::PubRel),
        PacketType::SubAck => Some(PacketType::Subscribe),
        PacketType::UnsubAck => Some(PacketType::Unsubscribe),
        PacketType::PingResp => Some(PacketType::PingReq),
        _ => None,
    }
}
