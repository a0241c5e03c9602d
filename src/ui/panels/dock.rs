//! The dock: what the device sends, the round trips, the simulated platform's side.

use leptos::prelude::*;

use super::cloud::Cloud;
use super::commands::Commands;
use super::compose::Compose;
use crate::ui::components::{TabList, TabSpec, live};
use crate::ui::console::use_console;
use crate::ui::i18n::words;
use crate::ui::settings::DockTab;

/// The panel. All three parts stay in the document, so none loses its state.
#[component]
pub fn Dock() -> impl IntoView {
    let console = use_console();
    let tab = Memo::new(move |_| console.settings.with(|settings| settings.dock_tab));
    let folded = Memo::new(move |_| console.settings.with(|settings| settings.dock_folded));
    let open = Memo::new(move |_| console.device.ledger.with(|ledger| ledger.open));
    let commands = Signal::derive(move || match open.get() {
        0 => console.say(words::COMMANDS).to_owned(),
        open => console.fill(words::COMMANDS_OPEN, &[&open.to_string()]),
    });
    let tabs = vec![
        TabSpec {
            value: DockTab::Compose,
            id: "tab-compose",
            panel: "tab-compose-panel",
            label: Signal::derive(move || console.say(words::COMPOSE).to_owned()),
        },
        TabSpec {
            value: DockTab::Commands,
            id: "tab-commands",
            panel: "tab-commands-panel",
            label: commands,
        },
        TabSpec {
            value: DockTab::Cloud,
            id: "tab-cloud",
            panel: "tab-cloud-panel",
            label: Signal::derive(move || console.say(words::CLOUD).to_owned()),
        },
    ];
    let closed = move |this: DockTab| move || tab.get() != this;
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
                    selected=tab
                    on_select=move |tab| {
                        console
                            .settings
                            .update(|settings| {
                                settings.dock_tab = tab;
                                settings.dock_folded = false;
                            });
                    }
                />
                <span class="top-bar-space"></span>
                <button
                    type="button"
                    class="button-quiet"
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
            <div
                class="dock-part"
                role="tabpanel"
                id="tab-compose-panel"
                aria-labelledby="tab-compose"
                data-testid="compose"
                hidden=closed(DockTab::Compose)
            >
                <Compose />
            </div>
            <div
                class="dock-part"
                role="tabpanel"
                id="tab-commands-panel"
                aria-labelledby="tab-commands"
                data-testid="commands"
                hidden=closed(DockTab::Commands)
            >
                <Commands />
            </div>
            <div
                class="dock-part"
                role="tabpanel"
                id="tab-cloud-panel"
                aria-labelledby="tab-cloud"
                data-testid="cloud"
                hidden=closed(DockTab::Cloud)
            >
                <Cloud />
            </div>
        </section>
    }
    .into_any()
}
