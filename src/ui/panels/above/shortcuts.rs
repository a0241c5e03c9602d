//! The shortcut sheet: every key of the table of commands.

use leptos::html;
use leptos::prelude::*;

use super::PageDialog;
use crate::ui::actions::{ACTIONS, panels};
use crate::ui::components::{Caps, live};
use crate::ui::console::{Console, Dialog, use_console};
use crate::ui::i18n::{Phrase, words};
use crate::ui::keys::Keys;

const GROUPS: [Phrase; 5] = [
    words::GROUP_DEVICE,
    words::GROUP_MESSAGE,
    words::GROUP_LOG,
    words::GROUP_GO,
    words::GROUP_PAGE,
];

/// The sheet.
#[component]
pub fn Shortcuts() -> impl IntoView {
    let console = use_console();
    let node = NodeRef::<html::Dialog>::new();
    view! {
        <PageDialog
            id="shortcuts"
            dialog=Dialog::Shortcuts
            title=words::SHORTCUTS
            node=node
        >
            <div class="sheet">{GROUPS.map(|group| section(console, group)).collect_view()}</div>
            <p class="field-note">{live(move || console.say(words::SHORTCUTS_LISTS))}</p>
            <div class="field sheet-switch" data-switch="">
                <label class="field-label" for="plain-keys">
                    {live(move || console.say(words::SHORTCUTS_PLAIN))}
                </label>
                <input
                    class="switch"
                    type="checkbox"
                    role="switch"
                    id="plain-keys"
                    data-testid="plain-keys"
                    aria-describedby="plain-keys-help"
                    prop:checked=live(move || console.settings.with(|s| !s.no_plain_keys))
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        console.settings.update(|settings| settings.no_plain_keys = !on);
                    }
                />
                <span class="field-note" id="plain-keys-help">
                    {live(move || console.say(words::SHORTCUTS_PLAIN_HELP))}
                </span>
            </div>
        </PageDialog>
    }
}

fn section(console: Console, group: Phrase) -> AnyView {
    let row = move |name: Signal<String>, keys: Keys| {
        view! {
            <div class="sheet-row">
                <dt>{name}</dt>
                <dd>
                    <Caps keys=keys />
                </dd>
            </div>
        }
        .into_any()
    };
    let mut rows: Vec<AnyView> = ACTIONS
        .iter()
        .filter(|action| action.group == group && action.keys != Keys::None)
        .map(|action| {
            let name = move || match action.keys {
                Keys::InLog(_) => console.fill(words::ACTION_IN_LOG, &[console.say(action.name)]),
                _ => console.say(action.name).to_owned(),
            };
            row(live(name), action.keys)
        })
        .collect();
    if group == words::GROUP_MESSAGE {
        rows.push(row(
            live(move || console.say(words::ACTION_TEMPLATE).to_owned()),
            Keys::CtrlShiftDigit,
        ));
    }
    if group == words::GROUP_GO {
        rows.extend(
            panels()
                .filter(|(_, keys)| *keys != Keys::None)
                .map(|(panel, keys)| {
                    let name =
                        move || console.fill(words::ACTION_GO_PANEL, &[console.say(panel.name)]);
                    row(live(name), keys)
                }),
        );
    }
    view! {
        <section class="sheet-group">
            <h3 class="section-title">{live(move || console.say(group))}</h3>
            <dl>{rows}</dl>
        </section>
    }
    .into_any()
}
