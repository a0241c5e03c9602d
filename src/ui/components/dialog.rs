//! A dialog above the page: the browser's own, so that the rest is out of reach, Escape closes it,
//! and the focus goes back to where it was.

use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::live::live;
use crate::ui::console::use_console;
use crate::ui::i18n::words;
use crate::ui::keys::Keys;

/// The dialog. It is open from when it is drawn; `on_close` takes it away.
#[component]
pub fn Modal(
    /// Its `data-testid`; its title's `id` is made of it.
    id: &'static str,
    #[prop(into)] title: Signal<String>,
    on_close: Callback<()>,
    /// Closes it, and gives the focus back at once.
    node: NodeRef<html::Dialog>,
    children: Children,
) -> impl IntoView {
    let console = use_console();
    Effect::new(move |_| {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            // Fails only for a dialog that is open already.
            let _ = dialog.show_modal();
        }
    });
    let close = move || {
        if let Some(dialog) = node.get_untracked() {
            dialog.close();
        }
    };
    // A click beside the card meets the dialog's own element.
    let on_click = move |event: MouseEvent| {
        let target = event
            .target()
            .and_then(|at| at.dyn_into::<web_sys::Element>().ok());
        if target.is_some_and(|at| at.tag_name() == "DIALOG") {
            close();
        }
    };
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    view! {
        <dialog
            class="modal"
            data-testid=id
            aria-labelledby=labelled_by
            node_ref=node
            on:close=move |_| on_close.run(())
            on:click=on_click
        >
            <div class="modal-card">
                <div class="modal-head">
                    <h2 class="modal-title" id=title_id>
                        {title}
                    </h2>
                    <button
                        type="button"
                        class="button-quiet modal-close"
                        data-testid="dialog-close"
                        aria-label=live(move || console.say(words::CLOSE))
                        title=live(move || console.say(words::CLOSE))
                        on:click=move |_| close()
                    >
                        "×"
                    </button>
                </div>
                {children()}
            </div>
        </dialog>
    }
    .into_any()
}

/// Keys, drawn as such.
#[component]
pub fn Caps(keys: Keys) -> impl IntoView {
    let console = use_console();
    let caps = keys.caps(super::super::actions::on_mac());
    let then = matches!(keys, Keys::Go(_));
    caps.into_iter()
        .enumerate()
        .map(|(number, cap)| {
            view! {
                {(number > 0 && then)
                    .then(|| view! { <span class="cap-then">{live(move || console.say(words::THEN))}</span> })}
                " "
                <kbd class="cap">{cap}</kbd>
            }
        })
        .collect_view()
}
