//! Fields and bytes side by side; or the payload as text.

use std::sync::Arc;

use bytes::Bytes;
use leptos::html::Div;
use leptos::prelude::*;

use super::state::State;
use super::tree::Tree;
use crate::engine::seam::{FieldKind, FrameView};
use crate::ui::components::{Axis, HexView, Splitter, live, observe_size, part};
use crate::ui::console::use_console;
use crate::ui::format::indent_json;
use crate::ui::i18n::{Phrase, words};

/// From this width on, the bytes stand sixteen in a row.
const WIDE: f64 = 860.0;

/// Fields and bytes side by side.
#[component]
pub(super) fn Views(state: State, frame: Signal<Option<Arc<FrameView>>>) -> impl IntoView {
    let console = use_console();
    let view = RwSignal::new(PayloadView::Bytes);
    let node = NodeRef::<Div>::new();
    let box_size = observe_size(node);
    let per_row = Memo::new(move |_| if box_size.get().width >= WIDE { 16 } else { 8 });
    let lit = Signal::derive(move || state.lit());
    let reveal_byte = Memo::new(move |_| {
        let id = state.selected.get()?;
        state
            .mapped
            .with(|mapped| mapped.map.node(id).map(|node| node.bytes.start))
    });
    let has_bytes = Memo::new(move |_| state.mapped.with(|mapped| !mapped.bytes.is_empty()));
    let has_secrets = Memo::new(move |_| {
        state.mapped.with(|m| {
            m.map
                .nodes()
                .iter()
                .any(|node| node.kind == FieldKind::Secret)
        })
    });
    let tree_width = Signal::derive(move || {
        console
            .settings
            .with(|settings| settings.tree_width)
            .unwrap_or_else(|| {
                document()
                    .get_element_by_id("field-tree")
                    .map_or(200.0, |tree| f64::from(tree.client_width()))
            })
    });
    view! {
        <div
            class="views"
            node_ref=node
            style=(
                "--tree-chosen",
                move || {
                    console
                        .settings
                        .with(|settings| settings.tree_width)
                        .map(|width| format!("{width}px"))
                        .unwrap_or_default()
                },
            )
        >
            <div class="view-head">
                <h3>{live(move || console.say(words::FIELDS))}</h3>
                <span class="top-bar-space"></span>
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="reveal-bytes"
                    hidden=live(move || !has_secrets.get())
                    aria-pressed=live(move || state.secrets.get().to_string())
                    on:click=move |_| state.secrets.update(|secrets| *secrets = !*secrets)
                >
                    {live(move || {
                        console
                            .say(
                                if state.secrets.get() {
                                    words::CONCEAL_BYTES
                                } else {
                                    words::REVEAL_BYTES
                                },
                            )
                    })}
                </button>
                <PayloadViewChoice view=view />
            </div>
            <Tree state=state />
            <Splitter
                axis=Axis::Horizontal
                towards=1.0
                label=Signal::derive(move || console.say(words::RESIZE_TREE).to_owned())
                class="splitter-tree"
                min=120.0
                max=900.0
                size=tree_width
                on_move=move |width: f64| {
                    console.settings.update(|settings| settings.tree_width = Some(width.round()));
                }
                on_reset=move |()| console.settings.update(|settings| settings.tree_width = None)
            />
            {part(move || match (has_bytes.get(), view.get()) {
                (false, _) => {
                    view! { <p class="empty">{live(move || console.say(words::BYTES_NONE))}</p> }
                        .into_any()
                }
                (true, PayloadView::Bytes) => {
                    view! {
                        <HexView
                            id="hex"
                            label=Signal::derive(move || console.say(words::BYTES).to_owned())
                            mapped=state.mapped
                            per_row=per_row
                            lit=lit
                            reveal=reveal_byte
                            secrets=state.secrets
                            on_hover=move |byte| state.hover_byte(byte)
                            on_pick=move |byte: usize| {
                                let id = state
                                    .mapped
                                    .with_untracked(|mapped| mapped.map.deepest_at(byte));
                                if let Some(id) = id {
                                    state.select(id);
                                }
                            }
                        />
                    }
                        .into_any()
                }
                (true, PayloadView::Text) => {
                    view! { <PayloadText frame=frame indent=false /> }.into_any()
                }
                (true, PayloadView::Json) => {
                    view! { <PayloadText frame=frame indent=true /> }.into_any()
                }
            })}
        </div>
    }
    .into_any()
}

/// How the right-hand side shows the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PayloadView {
    /// All bytes of the frame.
    Bytes,
    /// The payload as text.
    Text,
    /// The payload as JSON, indented.
    Json,
}

#[component]
fn PayloadViewChoice(view: RwSignal<PayloadView>) -> impl IntoView {
    let console = use_console();
    let option = move |this: PayloadView, id: &'static str, phrase: Phrase| {
        view! {
            <button
                type="button"
                class="button-quiet"
                data-testid=id
                aria-pressed=live(move || (view.get() == this).to_string())
                on:click=move |_| view.set(this)
            >
                {live(move || console.say(phrase))}
            </button>
        }
    };
    view! {
        <span class="view-choice" role="group" aria-label=live(move || console.say(words::VIEW))>
            {option(PayloadView::Bytes, "show-bytes", words::VIEW_BYTES)}
            {option(PayloadView::Text, "show-text", words::VIEW_TEXT)}
            {option(PayloadView::Json, "show-json", words::VIEW_JSON)}
        </span>
    }
}

/// The payload as text, or its JSON indented with every token as it was written.
#[component]
fn PayloadText(frame: Signal<Option<Arc<FrameView>>>, indent: bool) -> impl IntoView {
    let console = use_console();
    let payload = move || {
        frame.with(|frame| {
            let frame = frame.as_ref()?;
            let (start, end) = frame.payload?;
            frame.bytes.get(start..end).map(Bytes::copy_from_slice)
        })
    };
    // The text, and what is to be said about it.
    let shown = Memo::new(move |_| {
        let Some(payload) = payload() else {
            return (String::new(), Some((words::VIEW_NO_PAYLOAD, 0)));
        };
        let (text, note) = match core::str::from_utf8(&payload) {
            Ok(text) => (text.to_owned(), None),
            Err(error) => {
                let text = String::from_utf8_lossy(&payload).replace('\u{fffd}', "·");
                (text, Some((words::VIEW_NOT_UTF8, error.valid_up_to())))
            }
        };
        if !indent {
            return (text, note);
        }
        match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
            Ok(_) => (indent_json(&text), note),
            Err(_) => (text, note.or(Some((words::VIEW_NOT_JSON, 0)))),
        }
    });
    view! {
        <div class="payload-view">
            {part(move || {
                let (phrase, byte) = shown.with(|(_, note)| *note)?;
                let words = console.fill(phrase, &[&byte.to_string()]);
                Some(view! { <p class="field-note" data-testid="payload-note">{words}</p> })
            })}
            <pre class="payload-text" data-testid="payload-text" tabindex="0">
                {live(move || shown.with(|(text, _)| text.clone()))}
            </pre>
        </div>
    }
    .into_any()
}
