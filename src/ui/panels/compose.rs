//! The composer: a message as a form, as text or as hexadecimal, with what it would look like on
//! the wire and what linting says before it is sent.

use core::ops::Range;
use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::library::{self, LibraryView};
use super::mqtt5::RawProperties;
use super::rules::Variables;
use crate::engine::seam::{ConnectionState, Finding, Place, Severity};
use crate::ui::byte_map::ByteMap;
use crate::ui::components::{
    Choose, FindingList, FormFields, HexEditor, HexView, Mapped, Pick, QosChoice, live,
    observe_size, part,
};
use crate::ui::console::use_console;
use crate::ui::format::{hex, size};
use crate::ui::i18n::{Phrase, words};
use crate::ui::workspace::{Composer, Mode, RawDraft, Stays, Typed, sendable};

/// The width, in CSS pixels, from which on sixteen bytes stand in a row.
const SIXTEEN: f64 = 440.0;

/// The part of the dock.
#[component]
pub fn Compose() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let composer = move |read: fn(&Composer) -> Mode| device.workspace.with(|w| read(&w.composer));
    let mode = Memo::new(move |_| composer(|composer| composer.mode));
    let stays = RwSignal::new(None::<Stays>);
    // Whether history and templates show in place of the editor.
    let open = RwSignal::new(false);
    // The draft that the user was asked about; a changed draft is asked about anew.
    let asked = RwSignal::new(None::<Composer>);
    let draft = Memo::new(move |_| {
        let declaration = device.declaration.get()?;
        Some(device.workspace.with(|w| w.composer.draft(&declaration)))
    });
    let worst = Memo::new(move |_| {
        device.preview.with(|preview| {
            preview.as_ref().and_then(|preview| {
                preview
                    .findings
                    .iter()
                    .map(|finding| finding.severity)
                    .max()
            })
        })
    });
    let asks = Memo::new(move |_| {
        device
            .workspace
            .with(|w| asked.with(|asked| asked.as_ref() == Some(&w.composer)))
    });
    let reason = Memo::new(move |_| {
        // QoS 1 and 2 are kept for the connection that is waited for; QoS 0 would be lost.
        let is_kept = matches!(device.state(), ConnectionState::Waiting { .. })
            && device.preview.with(|preview| {
                preview
                    .as_ref()
                    .and_then(|preview| preview.publication.as_ref())
                    .is_some_and(|publication| publication.qos as u8 > 0)
            });
        if !device.is_connected() && !is_kept {
            Some(words::REASON_NOT_CONNECTED)
        } else if matches!(draft.get(), Some(Err(_))) {
            Some(words::REASON_BAD_HEX)
        } else if device.preview.with(|preview| {
            preview
                .as_ref()
                .is_none_or(|preview| preview.publication.is_none())
        }) {
            Some(words::REASON_NO_MESSAGE)
        } else {
            None
        }
    });
    let send = move || {
        if reason.get_untracked().is_some() {
            return;
        }
        let Some(Ok(Some(draft))) = draft.get_untracked() else {
            return;
        };
        if worst.get_untracked() >= Some(Severity::Warning) && !asks.get_untracked() {
            asked.set(Some(
                device.workspace.with_untracked(|w| w.composer.clone()),
            ));
            return;
        }
        asked.set(None);
        library::remember(console);
        console.publish(draft);
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            send();
        }
        if event.key() == "Escape" && open.get_untracked() {
            event.prevent_default();
            open.set(false);
            crate::ui::actions::focus("[data-testid=library-open]");
        }
        // Digits are told by their key, since with Shift they type something else.
        let digit = event
            .code()
            .strip_prefix("Digit")
            .and_then(|digit| digit.parse::<usize>().ok());
        if let Some(index) = digit.and_then(|digit| digit.checked_sub(1))
            && event.shift_key()
            && event.ctrl_key()
            && !event.alt_key()
            && library::load_template(console, index)
        {
            event.prevent_default();
            stays.set(None);
            open.set(false);
        }
    };
    // Whoever types by hand leaves the form behind, and it is said on both sides.
    let parted = Memo::new(move |_| {
        device.form_message.with(|message| {
            let departs = |message| {
                device
                    .workspace
                    .with(|w| w.composer.raw.departs_from(message))
            };
            message.as_ref().is_some_and(departs)
        })
    });
    let switch = move |to: Mode| {
        let form = device.form_message.get_untracked();
        let mut result = Ok(());
        device
            .workspace
            .update(|w| result = w.composer.switch(to, form.as_ref()));
        stays.set(result.err());
        open.set(false);
    };
    let kinds = Signal::derive(move || {
        device.declaration.with(|known| {
            known.as_ref().map_or_else(Vec::new, |known| {
                sendable(known)
                    .map(|kind| (kind.key.to_string(), console.tell(&kind.label)))
                    .collect::<Vec<_>>()
            })
        })
    });
    let kind = Memo::new(move |_| {
        device.declaration.with(|known| {
            let known = known.as_ref()?;
            device
                .workspace
                .with(|w| w.composer.kind(known).map(|kind| kind.key.to_string()))
        })
    });
    let choose_kind = move |key: String| {
        device.workspace.update(|w| {
            let dialect = w.profile.dialect.clone();
            w.composer.kinds.insert(dialect, key);
            w.composer.mode = Mode::Form;
        });
        stays.set(None);
    };
    view! {
        <div class="compose" on:keydown=on_key>
            <div class="compose-editor">
                <div class="compose-bar">
                    <label class="visually-hidden" for="compose-kind">
                        {live(move || console.say(words::MESSAGE_KIND))}
                    </label>
                    <Choose
                        id="compose-kind"
                        options=kinds
                        value=Signal::derive(move || kind.get().unwrap_or_default())
                        on_change=choose_kind
                    />
                    <ModeChoice mode=mode on_switch=switch />
                    <button
                        type="button"
                        class="button-quiet"
                        data-testid="library-open"
                        aria-pressed=live(move || open.get().to_string())
                        title=live(move || console.say(words::LIBRARY_HELP))
                        on:click=move |_| open.update(|open| *open = !*open)
                    >
                        {live(move || console.say(words::LIBRARY))}
                    </button>
                </div>
                <p
                    class="field-note"
                    role="status"
                    data-testid="compose-parted"
                    hidden=live(move || !parted.get())
                >
                    {live(move || {
                        console
                            .say(
                                if mode.get() == Mode::Form {
                                    words::COMPOSE_RAW_DEPARTS
                                } else {
                                    words::COMPOSE_DEPARTS
                                },
                            )
                    })}
                </p>
                <p class="field-wrong" role="status" hidden=live(move || stays.with(Option::is_none))>
                    {live(move || {
                        stays
                            .get()
                            .map(|stays| match stays {
                                Stays::NotText => console.say(words::NOT_UTF8).to_owned(),
                                Stays::Hex(error) => {
                                    let why = error.say(console.language.get());
                                    console.fill(words::HEX_WRONG, &[&why])
                                }
                            })
                    })}
                </p>
                {part(move || match mode.get() {
                    _ if open.get() => {
                        view! { <LibraryView on_done=move |()| open.set(false) /> }.into_any()
                    }
                    Mode::Form => view! { <KindForm kind=kind /> }.into_any(),
                    Mode::Raw | Mode::Hex => view! { <RawEditor mode=mode /> }.into_any(),
                })}
            </div>
            <div class="compose-preview">
                <PreviewView />
                <div class="compose-send">
                    <span
                        class="field-note"
                        id="send-reason"
                        data-testid="send-reason"
                        role="status"
                        data-asks=live(move || asks.get().then_some(""))
                    >
                        {live(move || {
                            reason
                                .get()
                                .or_else(|| asks.get().then_some(words::SEND_ASK))
                                .map(|phrase| console.say(phrase))
                        })}
                    </span>
                    <button
                        type="button"
                        class="button button-primary"
                        data-testid="send"
                        data-confirm=live(move || asks.get().then_some("true"))
                        aria-disabled=live(move || reason.get().map(|_| "true"))
                        aria-describedby="send-reason"
                        aria-keyshortcuts="Control+Enter Meta+Enter"
                        title=live(move || console.say(words::SEND_KEY))
                        on:click=move |_| send()
                    >
                        {live(move || {
                            console.say(if asks.get() { words::SEND_ANYWAY } else { words::SEND })
                        })}
                    </button>
                </div>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn ModeChoice(mode: Memo<Mode>, #[prop(into)] on_switch: Callback<Mode>) -> impl IntoView {
    let console = use_console();
    let modes = [
        (Mode::Form, "compose-form", words::MODE_FORM),
        (Mode::Raw, "compose-raw", words::MODE_RAW),
        (Mode::Hex, "compose-hex", words::MODE_HEX),
    ];
    let on_key = move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => 1,
            "ArrowLeft" | "ArrowUp" => modes.len() - 1,
            _ => return,
        };
        event.prevent_default();
        let now = mode.get_untracked();
        let index = modes
            .iter()
            .position(|(this, ..)| *this == now)
            .unwrap_or(0);
        if let Some((next, id, _)) = modes.get((index + step) % modes.len()) {
            on_switch.run(*next);
            let button = document().get_element_by_id(id);
            use wasm_bindgen::JsCast as _;
            if let Some(button) = button.and_then(|b| b.dyn_into::<web_sys::HtmlElement>().ok()) {
                let _ = button.focus();
            }
        }
    };
    let buttons = modes
        .into_iter()
        .map(|(this, id, phrase): (Mode, &'static str, Phrase)| {
            let chosen = move || mode.get() == this;
            view! {
                <button
                    type="button"
                    class="segment"
                    role="radio"
                    id=id
                    data-testid=id
                    aria-checked=live(move || chosen().to_string())
                    tabindex=live(move || if chosen() { "0" } else { "-1" })
                    on:click=move |_| on_switch.run(this)
                >
                    {live(move || console.say(phrase))}
                </button>
            }
        })
        .collect_view();
    view! {
        <div
            class="segments"
            role="radiogroup"
            aria-label=live(move || console.say(words::MODE))
            on:keydown=on_key
        >
            {buttons}
        </div>
    }
}

/// The findings of the preview.
fn preview_findings() -> Memo<Vec<Finding>> {
    let device = use_console().device;
    Memo::new(move |_| {
        device.preview.with(|preview| {
            preview
                .as_ref()
                .map(|preview| preview.findings.clone())
                .unwrap_or_default()
        })
    })
}

#[component]
fn KindForm(kind: Memo<Option<String>>) -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let findings = preview_findings();
    let values = Memo::new(move |_| {
        device.declaration.with(|known| {
            let known = known.as_ref()?;
            device.workspace.with(|w| {
                w.composer
                    .kind(known)
                    .map(|kind| w.composer.values(&known.id, kind))
            })
        })
    });
    let change = Callback::new(move |(key, value): (String, String)| {
        let Some(kind) = kind.get_untracked() else {
            return;
        };
        device.workspace.update(|w| {
            let dialect = w.profile.dialect.clone();
            w.composer.type_into(&dialect, &kind, key, value);
        });
    });
    move || {
        let chosen = kind.get();
        let fields = device.declaration.with(|known| {
            known.as_ref().and_then(|known| {
                sendable(known)
                    .find(|kind| Some(kind.key.as_ref()) == chosen.as_deref())
                    .map(|kind| kind.fields.clone())
            })
        });
        match fields {
            Some(fields) => view! {
                <div class="form form-columns">
                    <FormFields
                        prefix="compose-field".to_owned()
                        fields=fields
                        values=Signal::derive(move || values.get().unwrap_or_default())
                        findings=findings
                        on_change=change
                    />
                </div>
                <Variables />
            }
            .into_any(),
            // Until the engine told about its platforms, there is nothing to say about them.
            None if device.declaration.with(Option::is_none) => ().into_any(),
            None => view! { <p class="empty">{live(move || console.say(words::NO_KINDS))}</p> }
                .into_any(),
        }
    }
}

#[component]
fn RawEditor(mode: Memo<Mode>) -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let before = RwSignal::new(None::<RawDraft>);
    let raw = move |read: fn(&RawDraft) -> String| {
        Signal::derive(move || device.workspace.with(|w| read(&w.composer.raw)))
    };
    let change = move |change: fn(&mut RawDraft, String)| {
        Callback::new(move |typed: String| {
            device.workspace.update(|w| {
                change(&mut w.composer.raw, typed);
                w.composer.raw.edited = true;
            });
        })
    };
    let topic = change(|raw, typed| raw.topic = typed);
    let text = change(|raw, typed| raw.payload = Typed::Text(typed));
    let hexadecimal = change(|raw, typed| raw.payload = Typed::Hex(typed));
    let level = change(|raw, typed| raw.qos = typed.parse().unwrap_or(0));
    let retain = change(|raw, typed| raw.retain = typed == "true");
    let variables = change(|raw, typed| raw.variables = typed == "true");
    let payload = raw(|raw| match &raw.payload {
        Typed::Text(text) | Typed::Hex(text) => text.clone(),
    });
    let wrong = move || {
        device
            .workspace
            .with(|w| w.composer.raw.payload.bytes().err())
            .map(|error| console.fill(words::HEX_WRONG, &[&error.say(console.language.get())]))
    };
    let form = device.form_message;
    let take_over = move |_| {
        let Some(message) = form.get_untracked() else {
            return;
        };
        device.workspace.update(|w| {
            before.set(Some(w.composer.raw.clone()));
            w.composer.take_over(&message);
        });
    };
    let undo = move |_| {
        if let Some(raw) = before.get_untracked() {
            device.workspace.update(|w| w.composer.raw = raw);
            before.set(None);
        }
    };
    view! {
        <div class="raw">
            <div class="field">
                <label class="field-label" for="raw-topic">{live(move || console.say(words::TOPIC))}</label>
                <input
                    class="input"
                    type="text"
                    data-mono=""
                    id="raw-topic"
                    data-testid="raw-topic"
                    spellcheck="false"
                    autocomplete="off"
                    autocapitalize="off"
                    prop:value=raw(|raw| raw.topic.clone())
                    on:input=move |event| topic.run(event_target_value(&event))
                />
            </div>
            <div class="raw-flags">
                <label class="inline-label" for="raw-qos">{live(move || console.say(words::QOS))}</label>
                <QosChoice
                    id="raw-qos"
                    value=Signal::derive(move || device.workspace.with(|w| w.composer.raw.qos))
                    on_change=move |chosen: u8| level.run(chosen.to_string())
                />
                <label class="check">
                    <input
                        type="checkbox"
                        data-testid="raw-retain"
                        prop:checked=live(move || device.workspace.with(|w| w.composer.raw.retain))
                        on:change=move |event| retain.run(event_target_checked(&event).to_string())
                    />
                    {live(move || console.say(words::RETAIN))}
                </label>
                <label
                    class="check"
                    hidden=live(move || mode.get() == Mode::Hex)
                    title=live(move || console.say(words::RAW_VARIABLES_HELP))
                >
                    <input
                        type="checkbox"
                        data-testid="raw-variables"
                        prop:checked=live(move || device.workspace.with(|w| w.composer.raw.variables))
                        on:change=move |event| variables.run(event_target_checked(&event).to_string())
                    />
                    {live(move || console.say(words::RAW_VARIABLES))}
                </label>
                <span class="top-bar-space"></span>
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="raw-undo"
                    hidden=live(move || before.with(Option::is_none))
                    on:click=undo
                >
                    {live(move || console.say(words::RAW_UNDO))}
                </button>
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="raw-fill"
                    hidden=live(move || form.with(Option::is_none))
                    on:click=take_over
                >
                    {live(move || console.say(words::RAW_FILL))}
                </button>
            </div>
            {part(move || {
                let hex_mode = mode.get() == Mode::Hex;
                let (id, label, change) = if hex_mode {
                    ("hex-payload", words::PAYLOAD_HEX, hexadecimal)
                } else {
                    ("raw-payload", words::PAYLOAD, text)
                };
                view! {
                    <div class="field raw-payload" data-hex=hex_mode.then_some("")>
                        {hex_mode.then(|| view! { <PayloadGrid on_change=hexadecimal /> })}
                        <label class="field-label" for=id>{live(move || console.say(label))}</label>
                        <textarea
                            class="input"
                            data-mono=""
                            id=id
                            data-testid=id
                            spellcheck="false"
                            autocomplete="off"
                            aria-invalid=live(move || wrong().map(|_| "true"))
                            aria-describedby="raw-wrong"
                            prop:value=live(move || payload.get())
                            on:input=move |event| change.run(event_target_value(&event))
                        ></textarea>
                    </div>
                }
            })}
            <RawProperties />
            <span class="field-wrong" id="raw-wrong" data-testid="raw-wrong">
                {wrong}
            </span>
        </div>
    }
    .into_any()
}

/// The payload byte by byte. What is typed as text shows here as soon as it is whole.
#[component]
fn PayloadGrid(on_change: Callback<String>) -> impl IntoView {
    let device = use_console().device;
    let bytes = Memo::new(move |before: Option<&Vec<u8>>| {
        let typed = device.workspace.with(|w| w.composer.raw.payload.bytes());
        typed.ok().or_else(|| before.cloned()).unwrap_or_default()
    });
    // The preview's fields are those of these bytes only once it has followed.
    let fields = Memo::new(move |_| {
        device.preview.with(|preview| {
            let preview = preview.as_ref()?;
            let payload = &preview.publication.as_ref()?.payload;
            let from = preview.bytes.len().checked_sub(payload.len())?;
            bytes.with(|bytes| bytes == payload).then(|| {
                let mapped = Mapped {
                    revision: preview.draft,
                    bytes: preview.bytes.clone(),
                    map: Arc::new(ByteMap::new(&preview.tree)),
                };
                (Arc::new(mapped), from)
            })
        })
    });
    let changed = Callback::new(move |bytes: Vec<u8>| on_change.run(hex(&bytes)));
    view! { <HexEditor id="hex-grid" bytes=bytes fields=fields on_change=changed /> }
}

/// What would go over the wire now.
#[component]
fn PreviewView() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let preview = device.preview;
    let findings = preview_findings();
    // Those about fields of the form in hand stand under their fields.
    let keys = Memo::new(move |_| {
        device.declaration.with(|known| {
            device.workspace.with(|w| match (known, w.composer.mode) {
                (Some(known), Mode::Form) => w
                    .composer
                    .kind(known)
                    .map(|kind| kind.fields.iter().map(|field| field.key.clone()).collect())
                    .unwrap_or_default(),
                _ => Vec::new(),
            })
        })
    });
    let general = Memo::new(move |_| {
        keys.with(|keys| {
            findings.with(|findings| {
                findings
                    .iter()
                    .filter(
                        |finding| !matches!(&finding.place, Place::Form(at) if keys.contains(at)),
                    )
                    .cloned()
                    .collect::<Vec<_>>()
            })
        })
    });
    let publication = Memo::new(move |_| {
        preview.with(|preview| {
            preview
                .as_ref()
                .and_then(|preview| preview.publication.clone())
        })
    });
    let bytes = Memo::new(move |_| {
        preview.with(|preview| preview.as_ref().map_or(0, |preview| preview.bytes.len()))
    });
    let mapped = Memo::new(move |_| {
        Arc::new(preview.with(|preview| {
            preview
                .as_ref()
                .map_or_else(Mapped::default, |preview| Mapped {
                    revision: preview.draft,
                    bytes: preview.bytes.clone(),
                    map: Arc::new(ByteMap::new(&preview.tree)),
                })
        }))
    });
    let node = NodeRef::<Div>::new();
    let box_size = observe_size(node);
    let per_row = Memo::new(move |_| {
        if box_size.get().width >= SIXTEEN {
            16
        } else {
            8
        }
    });
    let hover = RwSignal::new(None::<usize>);
    let lit = Memo::new(move |_| -> Option<Range<usize>> {
        let byte = hover.get()?;
        mapped.with(|m| {
            m.map
                .deepest_at(byte)
                .and_then(|id| m.map.node(id))
                .map(|n| n.bytes.clone())
        })
    });
    let under = move || {
        let byte = hover.get()?;
        let language = console.language.get();
        mapped.with(|m| {
            m.map
                .deepest_at(byte)
                .map(|id| m.map.path_in(id, language).join(" › "))
        })
    };
    let payload = move || {
        publication.with(|publication| {
            publication.as_ref().map(|publication| {
                match core::str::from_utf8(&publication.payload) {
                    Ok("") => console.say(words::PREVIEW_PAYLOAD_EMPTY).to_owned(),
                    Ok(text) => text.to_owned(),
                    Err(_) => console.say(words::PREVIEW_BINARY).to_owned(),
                }
            })
        })
    };
    view! {
        <div class="preview" role="group" aria-label=live(move || console.say(words::PREVIEW))>
            <p class="preview-head">
                <span class="section-title">{live(move || console.say(words::PREVIEW))}</span>
                <code class="preview-topic" data-testid="preview-topic">
                    {live(move || publication.with(|p| p.as_ref().map(|p| p.topic.clone())))}
                </code>
                <span class="badge" data-testid="preview-qos" hidden=live(move || publication.with(Option::is_none))>
                    {live(move || publication.with(|p| p.as_ref().map(|p| format!("QoS {}", p.qos as u8))))}
                </span>
                <span
                    class="preview-size"
                    data-testid="preview-size"
                    data-count=live(move || bytes.get().to_string())
                >
                    {live(move || console.fill(words::PREVIEW_SIZE, &[&size(bytes.get() as u64)]))}
                </span>
            </p>
            <pre class="preview-payload" data-testid="preview-payload" tabindex="0">
                {live(move || payload().unwrap_or_else(|| console.say(words::PREVIEW_NONE).to_owned()))}
            </pre>
            <div class="preview-bytes" data-testid="preview-bytes" node_ref=node>
                <HexView
                    id="preview-hex"
                    label=Signal::derive(move || console.say(words::BYTES).to_owned())
                    mapped=mapped
                    per_row=per_row
                    lit=lit
                    reveal={None::<usize>}
                    secrets=true
                    on_hover=move |byte| hover.set(byte)
                    on_pick=move |pick: Pick| match pick {
                        Pick::Choose(byte) | Pick::Move(byte) | Pick::Enter(byte) => {
                            hover.set(Some(byte));
                        }
                        Pick::Extend { to, .. } => hover.set(Some(to)),
                        Pick::Up => hover.set(None),
                    }
                />
            </div>
            <p class="preview-under" aria-hidden="true">{under}</p>
            <FindingList id="compose-findings" findings=general />
        </div>
    }
    .into_any()
}
