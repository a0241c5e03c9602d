//! A kept row as the page shows it.

use super::{Content, Entry, Wait};
use crate::engine::ledger::micros;
use crate::engine::seam::{FrameId, Link, LogEntry, LogRow, Partner};
use crate::mqtt::{Packet, PacketType, Summary};
use crate::platform::Text;

/// What the row of bytes that are no control packet says.
pub(in crate::engine) const MALFORMED: Text = Text::new("malformed packet", "报文格式错误");

/// The row as the page shows it.
pub(in crate::engine) fn row(id: FrameId, entry: &Entry) -> LogRow {
    let (log_entry, summary) = match &entry.content {
        Content::Frame(bytes) => frame_row(entry, bytes),
        Content::Malformed(bytes) => (
            LogEntry::Malformed {
                size: size(bytes.len()),
            },
            MALFORMED,
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
        waits: entry.wait == Wait::Waiting,
        unanswered: entry.wait == Wait::Unanswered,
        marked: entry.marked,
    }
}

/// The rows that belong to it, in the order in which they passed.
pub(in crate::engine) fn partners(entry: &Entry) -> Vec<Partner> {
    let partner = |frame: Option<FrameId>, link| frame.map(|frame| Partner { frame, link });
    [
        partner(entry.answers, Link::Answers),
        partner(entry.answered_by, Link::AnsweredBy),
        partner(entry.request, Link::Request),
        partner(entry.reply, Link::Reply),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn frame_row(entry: &Entry, bytes: &[u8]) -> (LogEntry, Text) {
    let summary = Summary::of(entry.version, bytes);
    let publish = match &summary.packet {
        Ok(Packet::Publish(publish)) => Some(publish),
        _ => None,
    };
    let topic = match (&entry.topic, publish) {
        (Some(topic), _) => topic.to_string(),
        (None, Some(publish)) => publish.topic.as_str().to_owned(),
        (None, None) => String::new(),
    };
    let frame = LogEntry::Frame {
        packet: summary
            .packet_type()
            .map_or("", PacketType::name)
            .to_owned(),
        size: size(bytes.len()),
        topic,
        qos: publish.map(|publish| publish.qos),
        dup: publish.is_some_and(|publish| publish.dup),
        retain: publish.is_some_and(|publish| publish.retain),
        packet_id: summary.packet_id().map(|id| id.0.get()),
        payload: size(summary.payload().len()),
    };
    let text = entry
        .platform
        .as_ref()
        .map(|platform| platform.summary.clone())
        .unwrap_or_else(|| Text::owned(summary.to_string(), summary.chinese().to_string()));
    (frame, text)
}

fn size(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
