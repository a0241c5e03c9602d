//! The command palette: everything that can be done, found by typing a part of its name in
//! either language.

use leptos::html;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::{PageDialog, close};
use crate::engine::seam::DeviceId;
use crate::ui::actions::{self, ACTIONS, Action};
use crate::ui::components::{Caps, live};
use crate::ui::console::{Console, Dialog, use_console};
use crate::ui::i18n::{Language, Phrase, words};
use crate::ui::keys::{Keys, best};
use crate::ui::panels::registry::{self, DockPanel};
use crate::ui::workspace::sendable;

/// The most that is listed.
const SHOWN: usize = 50;

#[derive(Clone)]
enum Act {
    Command(&'static Action),
    Panel(&'static DockPanel),
    Device(DeviceId),
    Message(String),
    Template(usize),
    Platform(String),
}

#[derive(Clone)]
struct Item {
    id: String,
    name: String,
    other_name: String,
    group: &'static str,
    keys: Keys,
    reason: Option<&'static str>,
    act: Act,
}

/// Everything that can be done now, without the palette itself.
fn items(console: Console) -> Vec<Item> {
    let language = console.language.get();
    let other = language.other();
    let device = console.current();
    let mut items: Vec<Item> = ACTIONS
        .iter()
        .filter(|action| action.id != "palette")
        .map(|action| Item {
            id: action.id.to_owned(),
            name: action.name.in_language(language).to_owned(),
            other_name: action.name.in_language(other).to_owned(),
            group: action.group.in_language(language),
            keys: action.keys,
            reason: (action.reason)(device).map(|phrase| phrase.in_language(language)),
            act: Act::Command(action),
        })
        .collect();
    let plain = |id: String, name: String, other_name: String, group: Phrase, act| Item {
        id,
        name,
        other_name,
        group: group.in_language(language),
        keys: Keys::None,
        reason: None,
        act,
    };
    items.extend(actions::panels().map(|(panel, keys)| {
        let name = |language: Language| {
            words::ACTION_GO_PANEL.fill(language, &[panel.name.in_language(language)])
        };
        Item {
            keys,
            ..plain(
                format!("panel-{}", panel.key),
                name(language),
                name(other),
                words::GROUP_GO,
                Act::Panel(panel),
            )
        }
    }));
    let catalogue = console.catalogue.get();
    let active = console.active.get();
    for known in console.devices.get() {
        if known.id != active {
            let title = console.of(known).title();
            let id = format!("device-{}", known.id.0);
            items.push(plain(
                id,
                title,
                String::new(),
                words::GROUP_DEVICE,
                Act::Device(known.id),
            ));
        }
    }
    if let Some(declaration) = device.device.declaration.get() {
        items.extend(sendable(&declaration).map(|kind| {
            plain(
                format!("message-{}", kind.key),
                language.of(&kind.label).to_owned(),
                other.of(&kind.label).to_owned(),
                words::GROUP_MESSAGE,
                Act::Message(kind.key.to_string()),
            )
        }));
    }
    items.extend(device.device.workspace.with(|w| {
        let templates = w.library.templates.iter().enumerate();
        let named = templates.map(|(index, template)| {
            let name = match template.folder.as_str() {
                "" => template.name.clone(),
                folder => format!("{folder} / {}", template.name),
            };
            plain(
                format!("template-{index}"),
                name,
                String::new(),
                words::LIBRARY,
                Act::Template(index),
            )
        });
        named.collect::<Vec<_>>()
    }));
    items.extend(catalogue.iter().map(|known| {
        plain(
            format!("platform-{}", known.id.0),
            language.of(&known.name).to_owned(),
            other.of(&known.name).to_owned(),
            words::GROUP_PLATFORM,
            Act::Platform(known.id.0.to_string()),
        )
    }));
    items
}

/// Those that are meant by `typed`, best first; all of them, in their order, for nothing typed.
fn matching(items: Vec<Item>, typed: &str) -> Vec<Item> {
    let mut found: Vec<(i32, Item)> = items
        .into_iter()
        .filter_map(|item| {
            let names = [item.name.as_str(), item.other_name.as_str()];
            let score = best(typed, names)?;
            Some((score, item))
        })
        .collect();
    if !typed.trim().is_empty() {
        found.sort_by_key(|(score, _)| core::cmp::Reverse(*score));
    }
    found.truncate(SHOWN);
    found.into_iter().map(|(_, item)| item).collect()
}

fn perform(console: Console, act: &Act) {
    match act {
        Act::Command(action) => actions::run(console, action),
        Act::Panel(panel) => actions::go_to_panel(console, panel),
        Act::Device(id) => console.show_device_panels(*id),
        Act::Message(kind) => {
            console.current().compose(kind);
            console.open_panel(registry::FIRST);
            request_animation_frame(|| actions::focus("#compose-kind"));
        }
        Act::Template(index) => actions::bring_template(console, *index),
        Act::Platform(dialect) => console.current().choose_platform(dialect),
    }
}

/// The palette.
#[component]
pub fn Palette() -> impl IntoView {
    let console = use_console();
    let node = NodeRef::<html::Dialog>::new();
    let typed = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let found = Signal::derive(move || typed.with(|typed| matching(items(console), typed)));
    let choose = move |index: usize| {
        let item = untrack(|| found.with(|found| found.get(index).cloned()));
        if let Some(item) = item.filter(|item| item.reason.is_none()) {
            close(node);
            // The focus is back by now, so that the command can put it elsewhere.
            console.close_dialog(Dialog::Palette);
            perform(console, &item.act);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let count = untrack(|| found.with(Vec::len)).max(1);
        let now = at.get_untracked().min(count - 1);
        let next = match event.key().as_str() {
            "ArrowDown" => (now + 1) % count,
            "ArrowUp" => (now + count - 1) % count,
            "PageDown" => (now + 10).min(count - 1),
            "PageUp" => now.saturating_sub(10),
            "Enter" => {
                event.prevent_default();
                choose(now);
                return;
            }
            _ => return,
        };
        event.prevent_default();
        at.set(next);
        request_animation_frame(move || {
            if let Some(option) = document().get_element_by_id(&option_id(next)) {
                let nearest = web_sys::ScrollIntoViewOptions::new();
                nearest.set_block(web_sys::ScrollLogicalPosition::Nearest);
                option.scroll_into_view_with_scroll_into_view_options(&nearest);
            }
        });
    };
    let row = move |(index, item): (usize, Item)| {
        let Item {
            id,
            name,
            group,
            keys,
            reason,
            ..
        } = item;
        view! {
            <li
                class="palette-row"
                role="option"
                id=option_id(index)
                data-testid=format!("palette-{id}")
                aria-selected=live(move || (at.get() == index).to_string())
                aria-disabled=reason.is_some().then_some("true")
                on:click=move |_| choose(index)
            >
                <span class="palette-name">{name}</span>
                <span class="palette-group">{reason.unwrap_or(group)}</span>
                <span class="palette-keys">
                    <Caps keys=keys />
                </span>
            </li>
        }
    };
    view! {
        <PageDialog id="palette" dialog=Dialog::Palette title=words::PALETTE node=node>
            <input
                class="input palette-input"
                type="text"
                role="combobox"
                data-testid="palette-input"
                autofocus
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                aria-expanded="true"
                aria-controls="palette-list"
                aria-autocomplete="list"
                aria-activedescendant=live(move || {
                    found.with(|found| (!found.is_empty()).then(|| option_id(at.get())))
                })
                aria-label=live(move || console.say(words::PALETTE_TYPE))
                placeholder=live(move || console.say(words::PALETTE_TYPE))
                on:input=move |event| {
                    typed.set(event_target_value(&event));
                    at.set(0);
                }
                on:keydown=on_key
            />
            <ul
                class="palette-list"
                role="listbox"
                id="palette-list"
                aria-label=live(move || console.say(words::PALETTE))
            >
                {move || found.get().into_iter().enumerate().map(row).collect_view()}
            </ul>
            <p class="empty" role="status" hidden=live(move || found.with(|found| !found.is_empty()))>
                {live(move || console.say(words::PALETTE_NONE))}
            </p>
        </PageDialog>
    }
}

fn option_id(index: usize) -> String {
    format!("palette-option-{index}")
}
