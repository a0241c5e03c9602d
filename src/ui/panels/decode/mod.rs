//! The decoder: whatever was pasted or dropped, read without a connection; its packets, and where
//! each goes wrong.

mod rows;

use leptos::prelude::*;
use web_sys::DragEvent;

use crate::browser::files;
use crate::engine::seam::{
    Declaration, DecodeProgress, DecodeStep, DialectId, Notice, PasteFormat, ProtocolVersion,
    Severity, Text,
};
use crate::ui::actions::focus_soon;
use crate::ui::components::{Choose, Progress, SeverityMark, live, part, severity_name};
use crate::ui::console::{Console, use_console};
use crate::ui::decoding::DecodedFile;
use crate::ui::format::{grouped, size};
use crate::ui::i18n::{Language, Phrase, words};
use rows::Rows;

/// The largest file that is read, in bytes.
const MOST: f64 = 16_777_216.0;

/// A serial log of a device that connects, subscribes, and once sends a wrong remaining length.
const EXAMPLE: &str = "\
[10:32:07.418] TX: 10 0E 00 04 4D 51 54 54 04 02 00 3C 00 02 6D 65
[10:32:07.502] RX: 20 02 00 00
[10:32:07.511] TX: 30 1C 00 03 24 64 70 03 00 14 7B 22 74 65 6D 70 22 3A 32 32 2E 35 2C 22 68 22 3A 34 31 7D
[10:32:09.001] RX: D0 00
[10:32:09.114] TX: 82 09 00 01 00 03 61 2F 62
";

const FORMATS: [(&str, Option<PasteFormat>, Phrase); 8] = [
    ("", None, words::FORMAT_GUESS),
    ("hex", Some(PasteFormat::Hex), words::FORMAT_HEX),
    ("hexdump", Some(PasteFormat::Hexdump), words::FORMAT_HEXDUMP),
    ("array", Some(PasteFormat::Array), words::FORMAT_ARRAY),
    ("escaped", Some(PasteFormat::Escaped), words::FORMAT_ESCAPED),
    ("base64", Some(PasteFormat::Base64), words::FORMAT_BASE64),
    ("log", Some(PasteFormat::Log), words::FORMAT_LOG),
    ("binary", Some(PasteFormat::Binary), words::FORMAT_BINARY),
];

fn format_phrase(format: PasteFormat) -> Phrase {
    FORMATS
        .iter()
        .find(|(_, this, _)| *this == Some(format))
        .map_or(words::FORMAT_GUESS, |(_, _, phrase)| *phrase)
}

/// The panel.
#[component]
pub fn Decode() -> impl IntoView {
    let console = use_console();
    let decoding = console.decoding;
    let over = RwSignal::new(false);
    // Drawn anew only when it changes: rows that stay must not outlive what drew them.
    let blank = Memo::new(move |_| {
        decoding.file.with(Option::is_none) && decoding.text.with(|text| text.trim().is_empty())
    });
    let given_up = Memo::new(move |_| decoding.given_up.get());
    let take = move |(name, bytes): files::Read| match bytes {
        Some(bytes) => {
            decoding.file.set(Some(DecodedFile {
                name,
                bytes: bytes.into(),
            }));
        }
        None => {
            let words = |language| words::DECODE_FILE_WRONG.fill(language, &[&name]);
            console.notify(Notice {
                severity: Severity::Warning,
                text: Text::owned(words(Language::English), words(Language::Chinese)),
            });
        }
    };
    view! {
        <div
            class="decode"
            data-over=live(move || over.get().then_some(""))
            on:dragover=move |event: DragEvent| {
                if files::holds_files(&event) {
                    event.prevent_default();
                    over.set(true);
                }
            }
            on:dragleave=move |_| over.set(false)
            on:drop=move |event: DragEvent| {
                over.set(false);
                if files::read_dropped(&event, MOST, take) {
                    event.prevent_default();
                }
            }
        >
            <div class="decode-source">
                <div class="decode-bar">
                    <label class="visually-hidden" for="decode-format">
                        {live(move || console.say(words::FORMAT))}
                    </label>
                    <FormatChoice />
                    <span class="visually-hidden" data-testid="decode-recognised" role="status">
                        {live(move || recognised(console))}
                    </span>
                    <span class="top-bar-space"></span>
                    <label class="button-quiet decode-open">
                        {live(move || console.say(words::DECODE_OPEN))}
                        <input
                            class="visually-hidden"
                            type="file"
                            data-testid="decode-file"
                            on:change=move |event| {
                                files::read_chosen(&event, MOST, take);
                            }
                        />
                    </label>
                    <button
                        type="button"
                        class="button-quiet"
                        data-testid="decode-clear"
                        on:click=move |_| {
                            decoding.text.set(String::new());
                            decoding.file.set(None);
                        }
                    >
                        {live(move || console.say(words::DECODE_CLEAR))}
                    </button>
                </div>
                {part(move || match decoding.file.get() {
                    Some(file) => {
                        let bytes = size(file.bytes.len() as u64);
                        view! {
                            <p class="empty" data-testid="decode-file-name">
                                {console.fill(words::DECODE_FILE, &[&file.name, &bytes])}
                            </p>
                        }
                            .into_any()
                    }
                    None => {
                        view! {
                            <textarea
                                class="input decode-text"
                                data-mono=""
                                id="decode-text"
                                data-testid="decode-text"
                                aria-label=live(move || console.say(words::DECODE_TEXT))
                                placeholder=live(move || console.say(words::DECODE_PLACEHOLDER))
                                spellcheck="false"
                                autocomplete="off"
                                wrap="off"
                                prop:value=live(move || decoding.text.get())
                                on:input=move |event| decoding.text.set(event_target_value(&event))
                            ></textarea>
                        }
                            .into_any()
                    }
                })}
                <Problems />
            </div>
            <div class="decode-result">
                <div class="decode-bar">
                    <VersionChoice />
                    <DialectChoice />
                    <span class="top-bar-space"></span>
                    <Progress
                        id="decoding"
                        label=words::DECODING
                        done=Signal::derive(move || {
                            decoding.progress.get().map(|progress| (progress.done, progress.total))
                        })
                        text=Signal::derive(move || progress(console))
                        on_cancel=Callback::new(move |()| {
                            console.give_up_decoding();
                            focus_soon("[data-testid=decode-again]");
                        })
                        then="#decode-rows".to_owned()
                    />
                    <span
                        class="field-note"
                        hidden=live(move || decoding.progress.with(Option::is_some))
                        data-testid="decode-count"
                        data-count=live(move || {
                            decoding.decoded.with(|d| d.as_ref().map_or(0, |d| d.rows.len())).to_string()
                        })
                    >
                        {live(move || count(console))}
                    </span>
                </div>
                {part(move || {
                    if blank.get() {
                        view! { <Empty /> }.into_any()
                    } else if given_up.get() {
                        view! { <GivenUp /> }.into_any()
                    } else {
                        view! { <Rows /> }.into_any()
                    }
                })}
            </div>
        </div>
    }
    .into_any()
}

/// What was recognised, where that was left to the engine.
fn recognised(console: Console) -> Option<String> {
    let decoding = console.decoding;
    if decoding.format.get().is_some() {
        return None;
    }
    let format = decoding
        .decoded
        .with(|decoded| decoded.as_ref().and_then(|decoded| decoded.format))?;
    Some(console.fill(
        words::FORMAT_RECOGNISED,
        &[console.say(format_phrase(format))],
    ))
}

/// How far the reading is, in words.
fn progress(console: Console) -> Option<String> {
    let DecodeProgress {
        step, done, total, ..
    } = console.decoding.progress.get()?;
    Some(match step {
        DecodeStep::Cut => console.fill(words::DECODING_CUT, &[&size(done), &size(total)]),
        DecodeStep::Read => console.fill(words::DECODING_READ, &[&grouped(done), &grouped(total)]),
    })
}

fn count(console: Console) -> Option<String> {
    console.decoding.decoded.with(|decoded| {
        let decoded = decoded.as_ref().filter(|decoded| decoded.bytes > 0)?;
        let rows = grouped(decoded.rows.len() as u64);
        let bytes = size(decoded.bytes);
        let phrase = match decoded.rows.len() {
            1 => words::DECODE_COUNT_ONE,
            _ => words::DECODE_COUNT,
        };
        let mut text = console.fill(phrase, &[&rows, &bytes]);
        if decoded.more > 0 {
            let more = grouped(decoded.more);
            text.push_str(&console.fill(words::DECODE_MORE, &[&more]));
        }
        Some(text)
    })
}

#[component]
fn FormatChoice() -> impl IntoView {
    let console = use_console();
    let decoding = console.decoding;
    let options = Signal::derive(move || {
        FORMATS
            .iter()
            .map(|(value, format, phrase)| {
                let found = recognised(console).filter(|_| format.is_none());
                let name = found.unwrap_or_else(|| console.say(*phrase).to_owned());
                ((*value).to_owned(), name)
            })
            .collect::<Vec<_>>()
    });
    let value = Signal::derive(move || {
        let chosen = decoding.format.get();
        FORMATS
            .iter()
            .find(|(_, format, _)| *format == chosen)
            .map_or("", |(value, ..)| *value)
            .to_owned()
    });
    let change = move |chosen: String| {
        let format = FORMATS
            .iter()
            .find(|(value, ..)| *value == chosen)
            .and_then(|(_, format, _)| *format);
        decoding.format.set(format);
    };
    view! { <Choose id="decode-format" options=options value=value on_change=change /> }
}

#[component]
fn VersionChoice() -> impl IntoView {
    let console = use_console();
    let decoding = console.decoding;
    let options = Signal::derive(move || {
        let found = decoding
            .decoded
            .with(|decoded| decoded.as_ref().and_then(|decoded| decoded.version))
            .filter(|_| decoding.version.get().is_none());
        let others = decoding.decoded.with(|decoded| {
            decoded
                .as_ref()
                .map(|decoded| decoded.plausible.clone())
                .unwrap_or_default()
        });
        let guess = match found {
            Some(found) if others.is_empty() => {
                console.fill(words::DECODE_VERSION_FOUND, &[found.as_str()])
            }
            Some(found) => {
                let others: Vec<&str> = others.iter().map(|version| version.as_str()).collect();
                console.fill(
                    words::DECODE_VERSION_OR,
                    &[found.as_str(), &others.join(", ")],
                )
            }
            None => console.say(words::DECODE_VERSION_GUESS).to_owned(),
        };
        let known = ProtocolVersion::ALL.into_iter().map(|version| {
            let text = version.as_str().to_owned();
            (text.clone(), format!("MQTT {text}"))
        });
        core::iter::once((String::new(), guess))
            .chain(known)
            .collect::<Vec<_>>()
    });
    choice(
        "decode-version",
        words::VERSION,
        decoding.version,
        options,
        |version| version.as_str().to_owned(),
        |typed| {
            let mut known = ProtocolVersion::ALL.into_iter();
            known.find(|version| version.as_str() == typed)
        },
    )
}

#[component]
fn DialectChoice() -> impl IntoView {
    let console = use_console();
    let decoding = console.decoding;
    let options = Signal::derive(move || {
        console.catalogue.with(|catalogue| {
            decoding.decoded.with(|decoded| {
                let found = decoded.as_ref().and_then(|decoded| decoded.dialect.clone());
                let known = |id: &DialectId| {
                    let matches = decoded.as_ref().map(|decoded| &decoded.dialects[..]);
                    matches
                        .unwrap_or_default()
                        .iter()
                        .find(|(known, _)| known == id)
                        .map_or(0, |(_, count)| *count)
                };
                let named = |declaration: &Declaration| {
                    let name = console.tell(&declaration.name);
                    match known(&declaration.id) {
                        0 => name,
                        count => {
                            console.fill(words::DECODE_DIALECT_KNOWS, &[&name, &count.to_string()])
                        }
                    }
                };
                let guess = catalogue
                    .iter()
                    .find(|known| Some(&known.id) == found.as_ref())
                    .filter(|_| decoding.dialect.get().is_none())
                    .map_or_else(
                        || console.say(words::DECODE_DIALECT_GUESS).to_owned(),
                        |known| {
                            let name = console.tell(&known.name);
                            console.fill(words::DECODE_DIALECT_FOUND, &[&name])
                        },
                    );
                core::iter::once((String::new(), guess))
                    .chain(
                        catalogue
                            .iter()
                            .map(|known| (known.id.0.to_string(), named(known))),
                    )
                    .collect::<Vec<_>>()
            })
        })
    });
    choice(
        "decode-dialect",
        words::PLATFORM,
        decoding.dialect,
        options,
        |id| id.0.to_string(),
        move |typed| {
            let known = console.catalogue.get_untracked();
            let mut ids = known.iter().map(|known| known.id.clone());
            ids.find(|id| id.0 == typed)
        },
    )
}

/// A choice that is the engine's where nobody makes it.
fn choice<T: Clone + Send + Sync + 'static>(
    id: &'static str,
    label: Phrase,
    chosen: RwSignal<Option<T>>,
    options: Signal<Vec<(String, String)>>,
    name: fn(&T) -> String,
    find: impl Fn(&str) -> Option<T> + Send + Sync + 'static,
) -> impl IntoView {
    let console = use_console();
    let value = move || chosen.with(|chosen| chosen.as_ref().map(name).unwrap_or_default());
    view! {
        <Choose
            id=id
            label=Signal::derive(move || console.say(label).to_owned())
            options=options
            value=Signal::derive(value)
            on_change=move |typed: String| chosen.set(find(&typed))
        />
    }
}

/// What does not fit the format, with its place in the text.
#[component]
fn Problems() -> impl IntoView {
    let console = use_console();
    let decoded = console.decoding.decoded;
    let none = Memo::new(move |_| {
        decoded.with(|decoded| decoded.as_ref().is_none_or(|d| d.problems.is_empty()))
    });
    view! {
        <ul class="finding-list decode-problems" hidden=live(move || none.get())>
            {part(move || {
                let decoded = decoded.get();
                let problems = decoded.as_ref().map(|d| d.problems.clone()).unwrap_or_default();
                let shown = problems.len() as u64;
                let more = decoded.map_or(0, |d| d.problem_count.saturating_sub(shown));
                let items = problems
                    .into_iter()
                    .map(|problem| {
                        let (line, column) = problem.place;
                        let place = console
                            .fill(words::DECODE_PLACE, &[&line.to_string(), &column.to_string()]);
                        view! {
                            <li
                                class="finding"
                                data-testid="decode-problem"
                                data-line=line.to_string()
                                data-column=column.to_string()
                                data-severity=severity_name(problem.severity)
                            >
                                <SeverityMark severity=problem.severity />
                                <span class="finding-rule">{place}</span>
                                <span class="finding-text">{console.tell(&problem.text)}</span>
                            </li>
                        }
                    })
                    .collect_view();
                view! {
                    {items}
                    {(more > 0)
                        .then(|| {
                            view! { <li class="field-note">{console.fill(words::DECODE_PROBLEMS_MORE, &[&grouped(more)])}</li> }
                        })}
                }
            })}
        </ul>
    }
    .into_any()
}

/// What will be here, and the one action that makes it appear.
#[component]
fn Empty() -> impl IntoView {
    let console = use_console();
    view! {
        <div class="empty" data-testid="decode-empty">
            <p>{live(move || console.say(words::DECODE_EMPTY))}</p>
            <button
                type="button"
                class="button decode-example"
                data-testid="decode-example"
                on:click=move |_| {
                    console.decoding.text.set(EXAMPLE.to_owned());
                    focus_soon("#decode-rows");
                }
            >
                {live(move || console.say(words::DECODE_EXAMPLE))}
            </button>
        </div>
    }
    .into_any()
}

/// The reading was given up: what was pasted is still there to be read.
#[component]
fn GivenUp() -> impl IntoView {
    let console = use_console();
    view! {
        <div class="empty" data-testid="decode-given-up">
            <p>{live(move || console.say(words::DECODE_GIVEN_UP))}</p>
            <button
                type="button"
                class="button"
                data-testid="decode-again"
                on:click=move |_| {
                    console.decode();
                    focus_soon("#decode-rows");
                }
            >
                {live(move || console.say(words::DECODE_AGAIN))}
            </button>
        </div>
    }
    .into_any()
}
