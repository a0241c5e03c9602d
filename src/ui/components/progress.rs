//! How far a long operation is, in place, and giving it up.

use leptos::html;
use leptos::prelude::*;

use super::live::live;
use crate::ui::actions::focus;
use crate::ui::console::use_console;
use crate::ui::i18n::{Phrase, words};

/// Shown while there is something to show. `done` is how much of how much is done.
#[component]
pub fn Progress(
    /// Its `data-testid`; the button that gives up is `…-cancel`.
    id: &'static str,
    /// What is going on.
    label: Phrase,
    #[prop(into)] done: Signal<Option<(u64, u64)>>,
    /// How far it is, in words.
    #[prop(into)]
    text: Signal<Option<String>>,
    on_cancel: Callback<()>,
    /// A selector of what gets the focus when the button goes away with it.
    #[prop(optional)]
    then: Option<String>,
) -> impl IntoView {
    let console = use_console();
    let rests = Memo::new(move |_| done.with(Option::is_none));
    let button = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        let active = document().active_element();
        let has_focus = button
            .get()
            .is_some_and(|button| active.as_ref() == Some(button.as_ref()));
        if let Some(then) = then.as_ref().filter(|_| rests.get() && has_focus) {
            focus(then);
        }
    });
    view! {
        <div
            class="progress"
            role="group"
            aria-label=live(move || console.say(label))
            hidden=live(move || rests.get())
        >
            <progress
                aria-label=live(move || console.say(label))
                max=live(move || done.get().map(|(_, total)| total.max(1).to_string()))
                prop:value=live(move || done.get().map_or(0.0, |(done, _)| done as f64))
            ></progress>
            <span class="field-note" role="status" data-testid=id>
                {live(move || text.get())}
            </span>
            <button
                type="button"
                class="button-quiet"
                node_ref=button
                data-testid=format!("{id}-cancel")
                on:click=move |_| on_cancel.run(())
            >
                {live(move || console.say(words::CANCEL))}
            </button>
        </div>
    }
    .into_any()
}
