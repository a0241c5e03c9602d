//! The inspector: one frame as fields and as bytes, each lighting the other, through all layers.

mod changes;
mod convert;
mod detail;
mod partners;
mod payload;
mod state;
mod tree;
mod views;

use std::sync::Arc;

use leptos::prelude::*;

use crate::engine::seam::{Direction, FrameView, LogEntry, Outcome};
use crate::ui::components::{FindingList, live, part};
use crate::ui::console::use_console;
use crate::ui::format::{size, time_of_day};
use crate::ui::i18n::words;
use crate::ui::panels::fold::{Folding, fold_button};
use convert::Converter;
use detail::Detail;
use partners::Partners;
use state::State;
use views::Views;

static FOLDING: Folding = Folding {
    id: "inspector-fold",
    name: [words::COLLAPSE_INSPECTOR, words::EXPAND_INSPECTOR],
    sign: ["▸", "◂"],
    folded: |settings| &mut settings.inspector_folded,
    is_folded: |settings| settings.inspector_folded,
};

/// The panel.
#[component]
pub fn Inspector() -> impl IntoView {
    let console = use_console();
    let frame = console.inspected();
    let state = State::new(frame);
    let is_empty = Memo::new(move |_| frame.with(Option::is_none));
    view! {
        <section
            class="panel inspector"
            id="inspector"
            data-testid="inspector"
            data-part="inspector"
            data-frame=live(move || frame.with(|frame| frame.as_ref().map(|f| f.row.id.0.to_string())))
            aria-labelledby="inspector-heading"
        >
            <div class="panel-title inspector-bar">
                <h2 id="inspector-heading">{live(move || console.say(words::INSPECTOR))}</h2>
                <Title frame=frame />
                <span class="top-bar-space"></span>
                {fold_button(&FOLDING)}
            </div>
            {part(move || {
                if is_empty.get() {
                    view! {
                        <p class="empty" data-testid="inspector-empty">
                            {live(move || {
                                let gone = !console.decoding.inspected.get()
                                    && console.inspecting_device().selected.get().is_some();
                                console
                                    .say(
                                        if gone {
                                            words::INSPECTOR_GONE
                                        } else {
                                            words::INSPECTOR_EMPTY
                                        },
                                    )
                            })}
                        </p>
                    }
                        .into_any()
                } else {
                    view! {
                        <Reading frame=frame />
                        <Partners frame=frame />
                        <Views state=state frame=frame />
                        <Detail state=state />
                        <Converter state=state />
                    }
                        .into_any()
                }
            })}
        </section>
    }
    .into_any()
}

/// Packet, QoS, size, direction and time in one line.
#[component]
fn Title(frame: Signal<Option<Arc<FrameView>>>) -> impl IntoView {
    let console = use_console();
    let facts = move || {
        frame.with(|frame| {
            let row = &frame.as_ref()?.row;
            // When pasted bytes were sent, nobody knows.
            let time = if console.decoding.inspected.get() {
                console.say(words::DECODED_FRAME).to_owned()
            } else {
                time_of_day(row.at, console.utc_offset_minutes)
            };
            Some(match &row.entry {
                LogEntry::Frame {
                    packet,
                    size: bytes,
                    qos,
                    ..
                } => {
                    let qos = qos
                        .map(|qos| format!("  QoS {}", qos as u8))
                        .unwrap_or_default();
                    let bytes = size(u64::from(*bytes));
                    (
                        Some((packet.clone(), row.direction)),
                        format!("{qos}  {bytes}  {time}"),
                    )
                }
                LogEntry::Malformed { size: bytes } => {
                    let name = console.say(words::MALFORMED_ENTRY).to_owned();
                    (
                        Some((name, row.direction)),
                        format!("  {}  {time}", size(u64::from(*bytes))),
                    )
                }
                LogEntry::Link => (None, format!("{}  {time}", console.say(words::LINK_ENTRY))),
            })
        })
    };
    // With two logs in view it says whose frame this is.
    let whose = Memo::new(move |_| {
        let two = console.beside.get().is_some() && !console.decoding.inspected.get();
        (two && frame.with(Option::is_some))
            .then(|| console.of(console.inspecting_device()).title())
    });
    view! {
        <span class="inspector-title" data-testid="inspector-title">
            <span
                class="inspector-facts"
                data-testid="inspector-device"
                hidden=live(move || whose.with(Option::is_none))
            >
                {live(move || whose.get())}
            </span>
            {part(move || {
                facts()
                    .map(|(packet, rest)| {
                        view! {
                            {packet
                                .map(|(name, direction)| {
                                    let (arrow, attribute) = match direction {
                                        Direction::Up => ("↑", "up"),
                                        Direction::Down => ("↓", "down"),
                                    };
                                    view! {
                                        <span class="inspector-arrow" data-direction=attribute>
                                            {arrow}
                                        </span>
                                        <strong>{name}</strong>
                                    }
                                })}
                            <span class="inspector-facts">{rest}</span>
                        }
                    })
            })}
        </span>
    }
}

/// The platform's reading: summary, outcome, members, findings.
#[component]
fn Reading(frame: Signal<Option<Arc<FrameView>>>) -> impl IntoView {
    let console = use_console();
    let summary =
        move || frame.with(|frame| frame.as_ref().map(|frame| console.tell(&frame.row.summary)));
    let topic = move || {
        frame.with(|frame| match frame.as_ref().map(|frame| &frame.row.entry) {
            Some(LogEntry::Frame { topic, .. }) if !topic.is_empty() => Some(topic.clone()),
            _ => None,
        })
    };
    let outcome = Memo::new(move |_| {
        frame.with(|frame| frame.as_ref().and_then(|frame| frame.outcome.clone()))
    });
    let members = move || {
        frame.with(|frame| {
            frame
                .as_ref()
                .map(|frame| frame.members.clone())
                .unwrap_or_default()
                .into_iter()
                .map(|(name, value)| {
                    view! {
                        <span class="member" data-testid="member" data-name=name.clone()>
                            <span class="member-name">{name.clone()}</span>
                            <span class="member-value">{value}</span>
                        </span>
                    }
                })
                .collect_view()
        })
    };
    let findings = Memo::new(move |_| {
        frame.with(|frame| {
            frame
                .as_ref()
                .map(|frame| frame.findings.clone())
                .unwrap_or_default()
        })
    });
    view! {
        <div class="reading" role="group" aria-label=live(move || console.say(words::READING))>
            <p class="reading-summary">
                {summary}
                {part(move || topic().map(|topic| view! { <code class="reading-topic">{topic}</code> }))}
            </p>
            {part(move || outcome.get().map(|outcome| view! { <OutcomeLine outcome=outcome /> }))}
            <div class="members">{members}</div>
            <FindingList id="inspector-findings" findings=findings />
        </div>
    }
    .into_any()
}

#[component]
fn OutcomeLine(outcome: Outcome) -> impl IntoView {
    let console = use_console();
    let Outcome {
        success,
        interim,
        code,
        name,
        advice,
    } = outcome;
    view! {
        <p
            class="outcome"
            data-testid="outcome"
            data-success=success.to_string()
            data-interim=interim.to_string()
            data-code=code.clone()
        >
            <strong>{format!("{code} {name}")}</strong>
            " "
            {live(move || console.tell(&advice))}
        </p>
    }
}
