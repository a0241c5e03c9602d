//! Fields and bytes side by side; or the payload, or what changed in it.

use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;

use super::changes::Changes;
use super::payload::PayloadView;
use super::state::State;
use super::tree::Tree;
use crate::engine::seam::{FieldKind, FrameView};
use crate::ui::components::{Axis, HexView, Pick, Splitter, live, observe_size, part};
use crate::ui::console::use_console;
use crate::ui::i18n::{Phrase, words};

/// From this width on, the bytes stand sixteen in a row.
const WIDE: f64 = 860.0;

/// Fields and bytes side by side.
#[component]
pub(super) fn Views(state: State, frame: Signal<Option<Arc<FrameView>>>) -> impl IntoView {
    let console = use_console();
    let view = RwSignal::new(View::Bytes);
    let node = NodeRef::<Div>::new();
    let box_size = observe_size(node);
    let per_row = Memo::new(move |_| if box_size.get().width >= WIDE { 16 } else { 8 });
    let lit = Signal::derive(move || state.lit());
    let chosen = Signal::derive(move || state.chosen());
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
                <ViewChoice view=view />
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
                (true, View::Bytes) => {
                    view! {
                        <HexView
                            id="hex"
                            label=Signal::derive(move || console.say(words::BYTES).to_owned())
                            mapped=state.mapped
                            per_row=per_row
                            lit=lit
                            chosen=chosen
                            reveal=state.reveal
                            secrets=state.secrets
                            on_hover=move |byte| state.hover_byte(byte)
                            on_pick=move |pick: Pick| state.pick(pick)
                        />
                    }
                        .into_any()
                }
                (true, View::Payload) => view! { <PayloadView state=state frame=frame /> }.into_any(),
                (true, View::Changes) => {
                    view! { <Changes state=state frame=frame /> }.into_any()
                }
            })}
        </div>
    }
    .into_any()
}

/// What the right-hand side shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    /// All bytes of the frame.
    Bytes,
    /// The payload, read in one way.
    Payload,
    /// What is different from the message before.
    Changes,
}

#[component]
fn ViewChoice(view: RwSignal<View>) -> impl IntoView {
    let console = use_console();
    let option = move |this: View, id: &'static str, phrase: Phrase| {
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
            {option(View::Bytes, "show-bytes", words::VIEW_BYTES)}
            {option(View::Payload, "show-payload", words::VIEW_PAYLOAD)}
            {option(View::Changes, "show-changes", words::VIEW_CHANGES)}
        </span>
    }
}
