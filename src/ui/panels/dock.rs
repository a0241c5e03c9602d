//! The dock: the tools, one at a time. Which there are is `registry::DOCK`.

use leptos::prelude::*;

use super::fold::{Folding, fold_button};
use super::registry::{DOCK, DockPanel, named};
use crate::ui::components::{TabList, TabSpec, live, part};
use crate::ui::console::use_console;
use crate::ui::i18n::words;

static FOLDING: Folding = Folding {
    id: "dock-fold",
    name: [words::COLLAPSE_DOCK, words::EXPAND_DOCK],
    sign: ["▾", "▴"],
    folded: |settings| &mut settings.dock_folded,
    is_folded: |settings| settings.dock_folded,
};

/// The panel.
#[component]
pub fn Dock() -> impl IntoView {
    let console = use_console();
    let open = Memo::new(move |_| {
        console
            .settings
            .with(|settings| named(&settings.dock_panel))
    });
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
                {fold_button(&FOLDING)}
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
