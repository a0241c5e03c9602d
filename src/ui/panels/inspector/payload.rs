//! The payload, read in one way: guessed, or as the user chose for its topic.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use leptos::html::Div;
use leptos::prelude::*;

use super::state::State;
use crate::engine::seam::{FrameView, LogEntry, PayloadFormat, conceal};
use crate::ui::components::{Choose, VirtualRows, live, part};
use crate::ui::console::use_console;
use crate::ui::fold::{self, Line};
use crate::ui::i18n::{Phrase, words};
use crate::ui::settings::Reading;

const ROW_HEIGHT: u32 = 20;

const READINGS: [(&str, Reading, Phrase); 7] = [
    ("platform", Reading::Platform, words::VIEW_PLATFORM),
    ("text", Reading::As(PayloadFormat::Text), words::VIEW_TEXT),
    ("json", Reading::As(PayloadFormat::Json), words::VIEW_JSON),
    ("hex", Reading::As(PayloadFormat::Hex), words::FORMAT_HEX),
    (
        "base64",
        Reading::As(PayloadFormat::Base64),
        words::VIEW_BASE64,
    ),
    ("cbor", Reading::As(PayloadFormat::Cbor), words::VIEW_CBOR),
    (
        "messagepack",
        Reading::As(PayloadFormat::MessagePack),
        words::VIEW_MESSAGE_PACK,
    ),
];

fn phrase(reading: Reading) -> Phrase {
    READINGS
        .iter()
        .find(|(_, known, _)| *known == reading)
        .map_or(words::VIEW_TEXT, |(_, _, phrase)| *phrase)
}

/// The payload with the choice of how to read it.
#[component]
pub(super) fn PayloadView(state: State, frame: Signal<Option<Arc<FrameView>>>) -> impl IntoView {
    let console = use_console();
    let topic = Memo::new(move |_| {
        frame.with(|frame| match frame.as_ref().map(|frame| &frame.row.entry) {
            Some(LogEntry::Frame { topic, .. }) => topic.clone(),
            _ => String::new(),
        })
    });
    let payload = Memo::new(move |_| {
        frame.with(|frame| {
            let frame = frame.as_ref()?;
            let (start, end) = frame.payload?;
            let inside = start <= end && end <= frame.bytes.len();
            inside.then(|| seen(frame, state.secrets.get()).slice(start..end))
        })
    });
    // What the platform reads in it.
    let outline = Memo::new(move |_| {
        let (start, end) = frame.with(|frame| frame.as_ref()?.payload)?;
        let language = console.language.get();
        state
            .mapped
            .with(|mapped| mapped.map.outline(&(start..end), language))
    });
    let guess = Memo::new(move |_| {
        let format = frame.with(|frame| frame.as_ref().map(|frame| frame.guess));
        match format.unwrap_or_default() {
            PayloadFormat::Hex if outline.with(Option::is_some) => Reading::Platform,
            format => Reading::As(format),
        }
    });
    let chosen = Memo::new(move |_| {
        console
            .settings
            .with(|settings| settings.payload_format(&topic.get()))
    });
    let reading = Memo::new(move |_| chosen.get().unwrap_or_else(|| guess.get()));
    let number = StoredValue::new(0_u64);
    Effect::new(move |_| {
        let (Reading::As(format), payload) = (reading.get(), payload.get()) else {
            return;
        };
        let next = number.get_value() + 1;
        number.set_value(next);
        if let Some(payload) = payload {
            console.render(next, format, payload);
        }
    });
    // An answer to an older question is not shown.
    let rendered = Memo::new(move |_| {
        let answer = console.rendered.get()?;
        (answer.0 == number.get_value() && payload.with(Option::is_some)).then_some(answer.1)
    });
    let options =
        Signal::derive(move || {
            let guess = console.fill(words::VIEW_GUESS, &[console.say(phrase(guess.get()))]);
            core::iter::once((String::new(), guess))
                .chain(READINGS.iter().map(|(value, _, phrase)| {
                    ((*value).to_owned(), console.say(*phrase).to_owned())
                }))
                .collect::<Vec<_>>()
        });
    let value = Signal::derive(move || {
        let chosen = chosen.get();
        READINGS
            .iter()
            .find(|(_, reading, _)| Some(*reading) == chosen)
            .map_or("", |(value, ..)| *value)
            .to_owned()
    });
    let change = move |value: String| {
        let reading = READINGS
            .iter()
            .find(|(known, ..)| *known == value)
            .map(|(_, reading, _)| *reading);
        let topic = topic.get_untracked();
        console
            .settings
            .update(|settings| settings.choose_payload_format(&topic, reading));
    };
    let structured = Memo::new(move |_| {
        matches!(
            reading.get(),
            Reading::As(PayloadFormat::Json | PayloadFormat::Cbor | PayloadFormat::MessagePack)
        )
    });
    view! {
        <div class="payload-view">
            <div class="payload-bar">
                <Choose
                    id="payload-format"
                    label=Signal::derive(move || console.say(words::VIEW).to_owned())
                    options=options
                    value=value
                    on_change=change
                />
                <span class="field-note">
                    {live(move || {
                        chosen.get().map(|_| console.say(words::VIEW_REMEMBERED))
                    })}
                </span>
            </div>
            {part(move || {
                if payload.with(Option::is_none) {
                    let words = console.say(words::VIEW_NO_PAYLOAD);
                    return Some(
                        view! { <p class="field-note" data-testid="payload-note">{words}</p> }
                            .into_any(),
                    );
                }
                if reading.get() == Reading::Platform {
                    let words = console.say(words::VIEW_NO_PLATFORM);
                    return outline.with(Option::is_none).then(|| {
                        view! { <p class="field-note" data-testid="payload-note">{words}</p> }
                            .into_any()
                    });
                }
                let (at, why) = rendered.get()?.fault.clone()?;
                let words = console.fill(words::VIEW_FAULT, &[&at.to_string(), &console.tell(&why)]);
                Some(
                    view! {
                        <p class="field-wrong" data-testid="payload-note" data-byte=at.to_string()>
                            {words}
                        </p>
                    }
                        .into_any(),
                )
            })}
            {part(move || {
                if structured.get() {
                    view! { <Folded rendered=rendered /> }.into_any()
                } else {
                    view! {
                        <pre
                            class="payload-text"
                            data-testid="payload-text"
                            data-hex=live(move || {
                                (reading.get() == Reading::As(PayloadFormat::Hex)).then_some("")
                            })
                            tabindex="0"
                        >
                            {live(move || {
                                if reading.get() == Reading::Platform {
                                    return outline.get().unwrap_or_default();
                                }
                                rendered
                                    .with(|rendered| {
                                        rendered.as_ref().map(|rendered| rendered.text.clone())
                                    })
                                    .unwrap_or_default()
                            })}
                        </pre>
                    }
                        .into_any()
                }
            })}
        </div>
    }
    .into_any()
}

/// The frame's bytes, as far as they are for everybody's eyes.
pub(super) fn seen(frame: &FrameView, secrets: bool) -> Bytes {
    if secrets {
        return frame.bytes.clone();
    }
    let mut bytes = frame.bytes.to_vec();
    conceal(&frame.tree, &mut bytes);
    bytes.into()
}

/// Lines that fold, of which only those in view are in the document.
#[component]
fn Folded(rendered: Memo<Option<Arc<crate::engine::seam::Rendered>>>) -> impl IntoView {
    let console = use_console();
    let node = NodeRef::<Div>::new();
    let lines = Memo::new(move |_| {
        rendered.with(|rendered| {
            Arc::new(
                rendered
                    .as_ref()
                    .map(|rendered| fold::lines(&rendered.text))
                    .unwrap_or_default(),
            )
        })
    });
    let folded = RwSignal::new(BTreeSet::<usize>::new());
    // Another payload has other lines.
    Effect::new(move |_| {
        lines.track();
        folded.set(BTreeSet::new());
    });
    let shown =
        Memo::new(move |_| lines.with(|lines| folded.with(|folded| fold::shown(lines, folded))));
    let revision = Memo::new(move |before: Option<&u64>| {
        lines.track();
        folded.track();
        before.copied().unwrap_or_default() + 1
    });
    let toggle = move |index: usize| {
        folded.update(|folded| {
            if !folded.remove(&index) {
                folded.insert(index);
            }
        });
    };
    let row = move |position: usize| {
        let index = shown.with_untracked(|shown| shown.get(position).copied())?;
        let (line, text): (Line, String) = lines.with_untracked(|lines| {
            let line = lines.get(index)?.clone();
            let is_folded = folded.with_untracked(|folded| folded.contains(&index));
            let text = if is_folded {
                fold::folded_text(lines, index)
            } else {
                line.text.clone()
            };
            Some((line, text))
        })?;
        let is_folded = folded.with_untracked(|folded| folded.contains(&index));
        Some(view! {
            <div class="json-line" data-testid="json-line" style=("--level", line.depth.to_string())>
                {match line.end {
                    Some(_) => {
                        view! {
                            <button
                                type="button"
                                class="json-fold"
                                data-testid="json-fold"
                                aria-expanded=(!is_folded).to_string()
                                aria-label=console.say(words::VIEW_FOLD)
                                on:click=move |_| toggle(index)
                            >
                                {if is_folded { "▸" } else { "▾" }}
                            </button>
                        }
                            .into_any()
                    }
                    None => view! { <span class="json-fold"></span> }.into_any(),
                }}
                <span class="json-text">{text}</span>
            </div>
        })
    };
    let total = Memo::new(move |_| shown.with(Vec::len));
    view! {
        <VirtualRows
            node=node
            class="payload-text json-lines"
            total=total
            row_height=ROW_HEIGHT
            revision=revision
            reveal={None::<usize>}
            row=row
            attr:data-testid="payload-text"
            attr:role="group"
            attr:tabindex="0"
            attr:aria-label=live(move || console.say(words::PAYLOAD))
        />
    }
    .into_any()
}
