//! The dock: the tools, one at a time. Which there are is `registry::DOCK`.

use leptos::prelude::*;

use super::registry::{DOCK, DockPanel, named};
use crate::ui::components::{TabList, TabSpec, live, part};
use crate::ui::console::use_console;
use crate::ui::i18n::words;

/// The panel.
#[component]
pub fn Dock() -> impl IntoView {
    let console = use_console();
    let open = Memo::new(move |_| {
        console
            .settings
            .with(|settings| named(&settings.dock_panel))
    });
    let folded = Memo::new(move |_| console.settings.with(|settings| settings.dock_folded));
    let tabs = DOCK
        .iter()
        .map(|panel| TabSpec {
            value: panel.key,
            id: panel.tab,
            panel: panel.panel,
            label: Signal::derive(move || console.say(panel.name).to_owned()),
            badge: panel
                .badge
                .map(|badge| Signal::from(Memo::new(move |_| badge(console)))),
        })
        .collect::<Vec<_>>();
    view! {
        <section
            class="panel dock"
            id="dock"
            data-testid="dock"
            data-part="dock"
            aria-label=live(move || console.say(words::DOCK))
        >
            <div class="dock-bar">
                <TabList
                    tabs=tabs
                    class="dock-tabs"
                    label=Signal::derive(move || console.say(words::DOCK).to_owned())
                    selected=open
                    on_select=move |panel| console.open_panel(panel)
                />
                <button
                    type="button"
                    class="button-quiet dock-fold"
                    data-testid="dock-fold"
                    aria-expanded=live(move || (!folded.get()).to_string())
                    aria-label=live(move || {
                        console.say(if folded.get() { words::EXPAND_DOCK } else { words::COLLAPSE_DOCK })
                    })
                    on:click=move |_| {
                        console
                            .settings
                            .update(|settings| settings.dock_folded = !settings.dock_folded);
                    }
                >
                    {live(move || if folded.get() { "▴" } else { "▾" })}
                </button>
            </div>
            {DOCK.iter().map(|panel| view! { <Part panel=panel open=open /> }).collect_view()}
        </section>
    }
    .into_any()
}

/// One panel: drawn when it is opened for the first time, and kept from then on.
#[component]
fn Part(panel: &'static DockPanel, open: Memo<&'static str>) -> impl IntoView {
    let drawn = Memo::new(move |before: Option<&bool>| {
        before.copied().unwrap_or(false) || open.get() == panel.key
    });
    view! {
        <div
            class="dock-part"
            role="tabpanel"
            id=panel.panel
            aria-labelledby=panel.tab
            data-testid=panel.key
            hidden=live(move || open.get() != panel.key)
        >
            {part(move || drawn.get().then(panel.draw))}
        </div>
    }
    .into_any()
}
