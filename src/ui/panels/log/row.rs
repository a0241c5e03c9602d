//! One slot of the list: the row that stands there now.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::{Side, row_element};
use crate::engine::seam::{Direction, FrameId, LogEntry, LogRow, UnixMillis};
use crate::ui::components::{SeverityMark, part, severity_name};
use crate::ui::console::{Console, use_console};
use crate::ui::format::{date, micros, size, time_of_day};
use crate::ui::i18n::words;

/// How long an answer may take before the row says so, in milliseconds.
const LATE: i64 = 5000;

const fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "up",
        Direction::Down => "down",
    }
}

/// What the packet column says: the packet's name, and for a PUBLISH its flags.
fn packet_text(entry: &LogEntry) -> Option<String> {
    let LogEntry::Frame {
        packet,
        qos,
        dup,
        retain,
        ..
    } = entry
    else {
        return None;
    };
    let mut text = packet.clone();
    if let Some(qos) = qos {
        text.push_str(
            [" q0", " q1", " q2"]
                .get(*qos as usize)
                .copied()
                .unwrap_or_default(),
        );
    }
    if *dup {
        text.push_str(" dup");
    }
    if *retain {
        text.push_str(" ret");
    }
    Some(text)
}

/// The summary without the packet's name in front, which has its own column.
fn summary_of(row: &LogRow, summary: &str) -> String {
    let LogEntry::Frame { packet, .. } = &row.entry else {
        return summary.to_owned();
    };
    summary
        .strip_prefix(packet.as_str())
        .unwrap_or(summary)
        .trim_start_matches([' ', '·'])
        .to_owned()
}

/// How long a row has waited for its answer, in a word; nothing where it waits for none.
fn waits(row: &LogRow, now: impl FnOnce() -> UnixMillis) -> Option<&'static str> {
    if row.unanswered {
        return Some("unanswered");
    }
    row.waits.then(|| {
        if now().0 - row.at.0 > LATE {
            "late"
        } else {
            "open"
        }
    })
}

/// One row's place in the document; which row of the log it shows changes. Most of its cells change
/// with that, so it is one part, of which only what differs is written: to follow each cell apart
/// costs more than to compare it.
#[component]
pub fn RowSlot(side: Side, number: usize) -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let row = Memo::new(move |_| device.log.with(|log| log.rows.get(number).cloned()));
    let position =
        Memo::new(move |_| device.log.with(|log| (log.start - log.top).max(0)) + number as i64);
    let selected = Memo::new(move |_| {
        let selected = device.selected.get();
        row.with(|row| row.as_ref().is_some_and(|row| Some(row.id) == selected))
    });
    part(move || row.with(|row| drawn(console, side, row.as_ref(), position.get(), selected.get())))
}

/// A row, or a slot without one, which is hidden and empty.
fn drawn(
    console: Console,
    side: Side,
    row: Option<&LogRow>,
    position: i64,
    selected: bool,
) -> impl IntoView + use<> {
    let offset = console.utc_offset_minutes;
    let entry = row.map(|row| &row.entry);
    // Only a row that waits follows the clock.
    let waits = row.and_then(|row| waits(row, || console.now.get()));
    let kind = entry.map(|entry| match entry {
        LogEntry::Frame { .. } => "frame",
        LogEntry::Malformed { .. } => "malformed",
        LogEntry::Link => "link",
    });
    let name = match entry {
        Some(LogEntry::Frame { packet, .. }) => Some(packet.clone()),
        _ => None,
    };
    let packet = entry.map(|entry| match entry {
        LogEntry::Frame { .. } => packet_text(entry).unwrap_or_default(),
        LogEntry::Malformed { .. } => console.say(words::MALFORMED_ENTRY).to_owned(),
        LogEntry::Link => console.say(words::LINK_ENTRY).to_owned(),
    });
    let summary = row
        .map(|row| summary_of(row, &console.tell(&row.summary)))
        .unwrap_or_default();
    let of_topic = match entry {
        Some(LogEntry::Frame { topic, .. }) if !topic.is_empty() => Some(topic.clone()),
        _ => None,
    };
    // A summary that names the topic itself stands alone.
    let topic = of_topic
        .clone()
        .filter(|topic| !summary.contains(topic.as_str()))
        .unwrap_or_default();
    let full = format!("{summary} {topic}").trim().to_owned();
    let no_topic = topic.is_empty();
    let (arrow, arrow_words) = row
        .map(|row| match (&row.entry, row.direction) {
            (LogEntry::Link, _) => ("·", words::LINK_ENTRY),
            (_, Direction::Up) => ("↑", words::DIRECTION_UP),
            (_, Direction::Down) => ("↓", words::DIRECTION_DOWN),
        })
        .unzip();
    let bytes = entry.and_then(|entry| match entry {
        LogEntry::Frame { size: bytes, .. } | LogEntry::Malformed { size: bytes } => {
            Some(size(u64::from(*bytes)))
        }
        LogEntry::Link => None,
    });
    let answer = match waits {
        Some("late" | "unanswered") => Some(console.say(words::LOG_UNANSWERED).to_owned()),
        Some(_) => Some("…".to_owned()),
        None => row.and_then(|row| row.rtt_micros).map(micros),
    };
    let marked = row.is_some_and(|row| row.marked);
    let severity = row.and_then(|row| row.severity);
    view! {
        <div
            class="log-row"
            role="row"
            id=row.map(|row| row_element(side, row.id))
            hidden=row.is_none()
            data-testid=row.map(|_| "log-row")
            data-frame=row.map(|row| row.id.0.to_string())
            data-entry=kind
            data-packet=name
            data-topic=of_topic
            data-direction=row.map(|row| direction_name(row.direction))
            data-marked=marked.then_some("")
            data-waits=waits
            data-severity=severity.map(severity_name)
            aria-rowindex=(position + 2).to_string()
            aria-selected=selected.to_string()
        >
            <span
                class="log-time"
                role="gridcell"
                data-testid="log-time"
                title=row.map(|row| date(row.at, offset))
            >
                {row.map(|row| time_of_day(row.at, offset))}
            </span>
            <span
                class="log-arrow"
                role="gridcell"
                aria-label=arrow_words.map(|phrase| console.say(phrase))
            >
                {arrow}
            </span>
            <span class="log-packet" role="gridcell" data-testid="log-packet">
                {packet}
            </span>
            <span class="log-summary" role="gridcell" data-testid="log-summary" title=full>
                <span class="log-reading">{summary}</span>
                <span class="log-topic" hidden=no_topic>
                    {topic}
                </span>
            </span>
            <span class="log-size" role="gridcell" data-testid="log-size">
                {bytes}
            </span>
            <span
                class="log-rtt"
                role="gridcell"
                data-testid="log-rtt"
                title=waits.map(|_| console.say(words::LOG_WAITS))
            >
                {answer}
            </span>
            <span class="log-mark" role="gridcell">
                {marked
                    .then(|| {
                        view! {
                            <span
                                class="log-flag"
                                data-testid="log-flag"
                                role="img"
                                aria-label=console.say(words::LOG_IS_MARKED)
                            >
                                "⚑"
                            </span>
                        }
                    })}
                {severity.map(|severity| view! { <SeverityMark severity=severity /> })}
            </span>
        </div>
    }
}

/// The frame whose row an event happened in.
pub fn frame_at(event: &web_sys::Event) -> Option<FrameId> {
    let target: web_sys::Element = event.target()?.dyn_into().ok()?;
    let row = target.closest("[data-frame]").ok()??;
    row.get_attribute("data-frame")?.parse().ok().map(FrameId)
}
