//! Everything about the one field in hand.

use core::ops::Range;

use bytes::Bytes;
use leptos::prelude::*;

use super::state::State;
use crate::engine::seam::{BitRange, FieldKind, Notice, Severity, Text};
use crate::ui::byte_map::Node;
use crate::ui::components::{Choose, Mapped, SeverityMark, kind_name, live, part, severity_name};
use crate::ui::console::{Console, use_console};
use crate::ui::convert::{CopyFormat, copy_as};
use crate::ui::i18n::{Language, Phrase, words};

/// A byte in binary, with the digits of the field marked.
fn binary(bits: BitRange, byte: u8) -> impl IntoView {
    let digits = format!("{byte:08b}");
    let mark = |at: u8| usize::from(7_u8.saturating_sub(at));
    let (from, to) = (mark(bits.high), (mark(bits.low) + 1).max(mark(bits.high)));
    let part = |range: Range<usize>| digits.get(range).unwrap_or_default().to_owned();
    view! {
        <span class="detail-bits">{part(0..from)} <b>{part(from..to)}</b> {part(to..8)}</span>
    }
}

const fn kind_phrase(kind: FieldKind) -> Phrase {
    match kind {
        FieldKind::Group => words::KIND_GROUP,
        FieldKind::Header => words::KIND_HEADER,
        FieldKind::Length => words::KIND_LENGTH,
        FieldKind::Identifier => words::KIND_IDENTIFIER,
        FieldKind::Property => words::KIND_PROPERTY,
        FieldKind::Text => words::KIND_TEXT,
        FieldKind::Payload => words::KIND_PAYLOAD,
        FieldKind::Secret => words::KIND_SECRET,
        FieldKind::Gap => words::KIND_GAP,
        FieldKind::Fault => words::KIND_FAULT,
    }
}

fn range_words(console: Console, bytes: &Range<usize>) -> String {
    match bytes.end.saturating_sub(bytes.start) {
        0 => console.say(words::DETAIL_NO_BYTES).to_owned(),
        1 => console.fill(words::DETAIL_RANGE_ONE, &[&bytes.start.to_string()]),
        count => console.fill(
            words::DETAIL_RANGE,
            &[
                &bytes.start.to_string(),
                &(bytes.end - 1).to_string(),
                &count.to_string(),
            ],
        ),
    }
}

/// Everything about the one field in hand. Its place and height stay, whatever it shows.
#[component]
pub(super) fn Detail(state: State) -> impl IntoView {
    let console = use_console();
    let active = Memo::new(move |_| {
        state
            .active()
            .and_then(|id| state.node(id).map(|node| (id, node)))
    });
    let copy = move |text: String| console.copy(&text);
    let masked = move |node: &Node| node.kind == FieldKind::Secret && !state.secrets.get();
    // The pointer leaves the field on its way to the buttons, so they act on what is selected.
    let selected_node = move || state.selected.get_untracked().and_then(|id| state.node(id));
    let format = RwSignal::new(CopyFormat::default());
    let copy_bytes = move |_| {
        let Some(range) = untrack(|| state.bytes()) else {
            console.warn(words::REASON_NO_BYTES, &[]);
            return;
        };
        let bytes = state
            .mapped
            .with_untracked(|m| visible_bytes(m, range, state.secrets.get_untracked()));
        match copy_as(format.get_untracked(), &bytes) {
            Some(text) => copy(text),
            None => console.notify(Notice {
                severity: Severity::Warning,
                text: Text::new(words::COPY_NOT_TEXT.en, words::COPY_NOT_TEXT.zh),
            }),
        }
    };
    let formats = Signal::derive(move || {
        CopyFormat::ALL
            .into_iter()
            .map(|format| {
                let name = console.say(copy_phrase(format)).to_owned();
                (format.name().to_owned(), name)
            })
            .collect::<Vec<_>>()
    });
    let copy_value = move |_| {
        if let Some(node) = selected_node() {
            copy(node.value_in(console.language.get_untracked()).to_owned());
        }
    };
    let nothing = move || state.selected.get().is_none().then_some("true");
    view! {
        <div
            class="detail"
            data-testid="field-detail"
            role="group"
            aria-label=live(move || {
                let language = console.language.get();
                active.with(|active| {
                    active.as_ref().map(|(_, node)| node.name_in(language).to_owned())
                })
            })
        >
            {part(move || match active.get() {
                None => {
                    view! { <p class="empty">{live(move || console.say(words::DETAIL_EMPTY))}</p> }
                        .into_any()
                }
                Some((id, node)) => {
                    let language = console.language.get();
                    let path = state
                        .mapped
                        .with_untracked(|m| m.map.path_in(id, language).join(" › "));
                    let value = if masked(&node) {
                        console.say(words::SECRET_MASKED).to_owned()
                    } else {
                        node.value_in(language).to_owned()
                    };
                    let bits = node
                        .bits
                        .map(|bits| {
                            if bits.high == bits.low {
                                console.fill(words::DETAIL_BIT, &[&bits.high.to_string()])
                            } else {
                                let (high, low) = (bits.high.to_string(), bits.low.to_string());
                                console.fill(words::DETAIL_BITS, &[&high, &low])
                            }
                        });
                    let byte = state.mapped.with_untracked(|m| m.bytes.get(node.bytes.start).copied());
                    let digits = node.bits.zip(byte).map(|(bits, byte)| binary(bits, byte));
                    let notes = node
                        .notes
                        .iter()
                        .map(|note| {
                            let (english, chinese) = (note.text.clone(), note.chinese.clone());
                            view! {
                                <li
                                    class="finding"
                                    data-testid="note"
                                    data-severity=severity_name(note.severity)
                                >
                                    <SeverityMark severity=note.severity />
                                    <span class="finding-text">
                                        {live(move || match console.language.get() {
                                            Language::English => english.to_string(),
                                            Language::Chinese => chinese.to_string(),
                                        })}
                                    </span>
                                    <span class="finding-rule">{language.source(&note.rule).to_owned()}</span>
                                </li>
                            }
                        })
                        .collect_view();
                    view! {
                        <p class="detail-name" data-testid="detail-name" title=path>
                            <span class="field-kind" data-kind=kind_name(node.kind)></span>
                            <strong>{node.name_in(language).to_owned()}</strong>
                            <span class="detail-kind">{console.say(kind_phrase(node.kind))}</span>
                        </p>
                        <p class="detail-value" data-testid="detail-value">
                            {value}
                        </p>
                        <p class="detail-facts">
                            <span
                                data-testid="detail-range"
                                data-start=node.bytes.start.to_string()
                                data-end=node.bytes.end.to_string()
                            >
                                {range_words(console, &node.bytes)}
                            </span>
                            {bits
                                .map(|bits| {
                                    view! {
                                        <span data-testid="detail-bits">{bits}</span>
                                        {digits}
                                    }
                                })}
                            {(!node.reference.is_empty())
                                .then(|| {
                                    view! {
                                        <span data-testid="detail-reference">
                                            {language.source(&node.reference).to_owned()}
                                        </span>
                                    }
                                })}
                        </p>
                        <ul class="finding-list">{notes}</ul>
                    }
                        .into_any()
                }
            })}
            <div class="detail-actions">
                <Choose
                    id="copy-format"
                    label=Signal::derive(move || console.say(words::COPY_FORMAT).to_owned())
                    options=formats
                    value=Signal::derive(move || format.get().name().to_owned())
                    on_change=move |chosen: String| {
                        let chosen = CopyFormat::ALL
                            .into_iter()
                            .find(|format| format.name() == chosen);
                        format.set(chosen.unwrap_or_default());
                    }
                />
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="copy-bytes"
                    aria-disabled=live(move || state.bytes().is_none().then_some("true"))
                    on:click=copy_bytes
                >
                    {live(move || console.say(words::COPY_BYTES))}
                </button>
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="copy-value"
                    aria-disabled=nothing
                    on:click=copy_value
                >
                    {live(move || console.say(words::COPY_VALUE))}
                </button>
            </div>
        </div>
    }
    .into_any()
}

const fn copy_phrase(format: CopyFormat) -> Phrase {
    match format {
        CopyFormat::Hex => words::COPY_AS_HEX,
        CopyFormat::HexStream => words::COPY_AS_STREAM,
        CopyFormat::CArray => words::FORMAT_ARRAY,
        CopyFormat::Escaped => words::FORMAT_ESCAPED,
        CopyFormat::Base64 => words::FORMAT_BASE64,
        CopyFormat::Text => words::COPY_AS_TEXT,
        CopyFormat::JsonString => words::COPY_AS_JSON,
    }
}

/// Bytes of the frame, with zeros where a secret is that is not shown.
fn visible_bytes(mapped: &Mapped, range: Range<usize>, secrets: bool) -> Bytes {
    let end = range.end.min(mapped.bytes.len());
    let start = range.start.min(end);
    let bytes = mapped.bytes.slice(start..end);
    if secrets {
        return bytes;
    }
    bytes
        .iter()
        .zip(start..)
        .map(|(byte, at)| {
            if mapped.map.kind_at(at) == FieldKind::Secret {
                0
            } else {
                *byte
            }
        })
        .collect()
}
