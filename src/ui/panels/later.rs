//! What the page draws after its start: most panels, so that their code is not waited for.

use leptos::prelude::*;

use crate::ui::components::{live, part};
use crate::ui::console::use_console;
use crate::ui::i18n::{Phrase, words};

/// Something that takes no room of its own, drawn when the whole program is there.
#[component]
pub fn Later(draw: fn() -> AnyView) -> impl IntoView {
    let console = use_console();
    part(move || console.whole.get().then(draw))
}

/// A panel that is drawn when the whole program is there. Until then its place is kept, so that
/// nothing moves when it comes.
#[component]
pub fn LaterPanel(
    /// The panel's own.
    class: &'static str,
    /// The panel's own.
    id: &'static str,
    /// What the panel is called.
    name: Phrase,
    draw: fn() -> AnyView,
) -> impl IntoView {
    let console = use_console();
    part(move || {
        if console.whole.get() {
            return draw();
        }
        view! {
            <section
                class=class
                id=id
                aria-busy="true"
                aria-label=live(move || console.say(name))
            >
                <div class="panel-title">
                    <h2>{live(move || console.say(name))}</h2>
                    <span class="field-note">
                        {live(move || console.say(words::PANEL_COMING))}
                    </span>
                </div>
            </section>
        }
        .into_any()
    })
}
