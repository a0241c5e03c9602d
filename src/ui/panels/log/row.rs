//! One slot of the list: the row that stands there now, each cell on its own.

use leptos::prelude::*;

use super::{Side, one_part_fits, row_element};
use crate::engine::seam::{Direction, LogEntry, LogRow};
use crate::ui::components::{SeverityMark, live, part, severity_name};
use crate::ui::console::use_console;
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

/// One row's place in the document; which row of the log it shows changes.
#[component]
pub fn RowSlot(side: Side, number: usize) -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let offset = console.utc_offset_minutes;
    let row = Memo::new(move |_| device.log.with(|log| log.rows.get(number).cloned()));
    let position =
        Memo::new(move |_| device.log.with(|log| (log.start - log.top).max(0)) + number as i64);
    // A cell of an empty slot is empty; the slot is hidden anyway.
    let cell = move |read: fn(&LogRow) -> Option<String>| {
        live(move || row.with(|row| row.as_ref().and_then(read)))
    };
    let time = move |text: fn(crate::engine::seam::UnixMillis, i32) -> String| {
        live(move || row.with(|row| row.as_ref().map(|row| text(row.at, offset))))
    };
    let is_selected = move || {
        let selected = device.selected.get();
        row.with(|row| row.as_ref().is_some_and(|row| Some(row.id) == selected))
    };
    let packet = move || {
        row.with(|row| {
            row.as_ref().map(|row| match &row.entry {
                LogEntry::Frame { .. } => packet_text(&row.entry).unwrap_or_default(),
                LogEntry::Malformed { .. } => console.say(words::MALFORMED_ENTRY).to_owned(),
                LogEntry::Link => console.say(words::LINK_ENTRY).to_owned(),
            })
        })
    };
    let summary = Memo::new(move |_| {
        row.with(|row| {
            row.as_ref()
                .map(|row| summary_of(row, &console.tell(&row.summary)))
        })
        .unwrap_or_default()
    });
    // A summary that names the topic itself stands alone.
    let topic = Memo::new(move |_| {
        row.with(|row| match row.as_ref().map(|row| &row.entry) {
            Some(LogEntry::Frame { topic, .. })
                if !summary.with(|summary| summary.contains(topic.as_str())) =>
            {
                topic.clone()
            }
            _ => String::new(),
        })
    });
    let full = move || topic.with(|topic| format!("{} {topic}", summary.get()).trim().to_owned());
    let severity = Memo::new(move |_| row.with(|row| row.as_ref().and_then(|row| row.severity)));
    let marked = Memo::new(move |_| row.with(|row| row.as_ref().is_some_and(|row| row.marked)));
    // Only a row that waits follows the clock.
    let waits = move || {
        row.with(|row| {
            let row = row.as_ref()?;
            if row.unanswered {
                return Some("unanswered");
            }
            row.waits.then(|| {
                let waited = console.now.get().0 - row.at.0;
                if waited > LATE { "late" } else { "open" }
            })
        })
    };
    let arrow = move || {
        row.with(|row| {
            row.as_ref().map(|row| match (&row.entry, row.direction) {
                (LogEntry::Link, _) => "·",
                (_, Direction::Up) => "↑",
                (_, Direction::Down) => "↓",
            })
        })
    };
    let arrow_words = move || {
        row.with(|row| {
            row.as_ref().map(|row| match (&row.entry, row.direction) {
                (LogEntry::Link, _) => console.say(words::LINK_ENTRY),
                (_, Direction::Up) => console.say(words::DIRECTION_UP),
                (_, Direction::Down) => console.say(words::DIRECTION_DOWN),
            })
        })
    };
    view! {
        <div
            class="log-row"
            role="row"
            id=live(move || row.with(|row| row.as_ref().map(|row| row_element(side, row.id))))
            hidden=live(move || row.with(Option::is_none))
            data-testid=live(move || row.with(|row| row.as_ref().map(|_| "log-row")))
            data-frame=cell(|row| Some(row.id.0.to_string()))
            data-entry=live(move || {
                row.with(|row| {
                    row.as_ref()
                        .map(|row| match row.entry {
                            LogEntry::Frame { .. } => "frame",
                            LogEntry::Malformed { .. } => "malformed",
                            LogEntry::Link => "link",
                        })
                })
            })
            data-packet=cell(|row| match &row.entry {
                LogEntry::Frame { packet, .. } => Some(packet.clone()),
                _ => None,
            })
            data-topic=cell(|row| match &row.entry {
                LogEntry::Frame { topic, .. } if !topic.is_empty() => Some(topic.clone()),
                _ => None,
            })
            data-direction=cell(|row| Some(direction_name(row.direction).to_owned()))
            data-marked=live(move || {
                row.with(|row| row.as_ref().is_some_and(|row| row.marked).then_some(""))
            })
            data-waits=live(waits)
            data-severity=live(move || severity.get().map(severity_name))
            aria-rowindex=live(move || (position.get() + 2).to_string())
            aria-selected=live(move || is_selected().to_string())
            on:click=move |_| {
                if let Some(id) = row.with_untracked(|row| row.as_ref().map(|row| row.id)) {
                    if one_part_fits() {
                        console.inspect(id);
                    } else {
                        console.select(Some(id));
                    }
                }
            }
        >
            <span class="log-time" role="gridcell" data-testid="log-time" title=time(date)>
                {time(time_of_day)}
            </span>
            <span class="log-arrow" role="gridcell" aria-label=arrow_words>
                {arrow}
            </span>
            <span class="log-packet" role="gridcell" data-testid="log-packet">
                {packet}
            </span>
            <span class="log-summary" role="gridcell" data-testid="log-summary" title=full>
                <span class="log-reading">{summary}</span>
                <span class="log-topic" hidden=live(move || topic.with(String::is_empty))>
                    {topic}
                </span>
            </span>
            <span class="log-size" role="gridcell" data-testid="log-size">
                {cell(|row| match &row.entry {
                    LogEntry::Frame { size: bytes, .. } | LogEntry::Malformed { size: bytes } => {
                        Some(size(u64::from(*bytes)))
                    }
                    LogEntry::Link => None,
                })}
            </span>
            <span
                class="log-rtt"
                role="gridcell"
                data-testid="log-rtt"
                title=live(move || waits().map(|_| console.say(words::LOG_WAITS)))
            >
                {live(move || match waits() {
                    Some("late" | "unanswered") => Some(console.say(words::LOG_UNANSWERED).to_owned()),
                    Some(_) => Some("…".to_owned()),
                    None => row.with(|row| row.as_ref().and_then(|row| row.rtt_micros).map(micros)),
                })}
            </span>
            <span class="log-mark" role="gridcell">
                {part(move || {
                    marked
                        .get()
                        .then(|| {
                            view! {
                                <span
                                    class="log-flag"
                                    data-testid="log-flag"
                                    role="img"
                                    aria-label=live(move || console.say(words::LOG_IS_MARKED))
                                >
                                    "⚑"
                                </span>
                            }
                        })
                })}
                {part(move || severity.get().map(|severity| view! { <SeverityMark severity=severity /> }))}
            </span>
        </div>
    }
}
