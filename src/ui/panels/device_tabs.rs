//! The devices as tabs, and what can be done with them.

use leptos::ev::{DragEvent, FocusEvent, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::top_bar::{state_name, state_phrase};
use crate::engine::seam::DeviceId;
use crate::ui::actions::{self, Action, find, focus, title};
use crate::ui::components::{Caps, live, part};
use crate::ui::console::{Device, Dialog, use_console};
use crate::ui::format::grouped;
use crate::ui::i18n::words;

/// What the menu offers, in its order.
const MENU: [&str; 9] = [
    "device-rename",
    "device-duplicate",
    "device-left",
    "device-right",
    "device-beside",
    "device-export",
    "device-export-all",
    "device-import",
    "device-delete",
];

/// The tabs, the button for one more, the menu.
#[component]
pub fn DeviceTabs() -> impl IntoView {
    let console = use_console();
    let dragged = RwSignal::new(None::<DeviceId>);
    let on_key = move |event: KeyboardEvent| {
        let ids: Vec<DeviceId> = console
            .devices
            .with_untracked(|devices| devices.iter().map(|device| device.id).collect());
        let active = console.active.get_untracked();
        let place = ids.iter().position(|id| *id == active).unwrap_or(0);
        let count = ids.len();
        let next = match event.key().as_str() {
            "ArrowRight" => (place + 1) % count,
            "ArrowLeft" => (place + count - 1) % count,
            "Home" => 0,
            "End" => count - 1,
            "F2" => {
                event.prevent_default();
                console.dialog.set(Some(Dialog::Rename(active)));
                return;
            }
            "Delete" => {
                event.prevent_default();
                console.dialog.set(Some(Dialog::Delete(active)));
                return;
            }
            _ => return,
        };
        event.prevent_default();
        if let Some(id) = ids.get(next) {
            console.show_device_panels(*id);
            focus(&format!("#{}", tab_id(*id)));
        }
    };
    view! {
        <div class="devices">
            <div
                class="device-tabs"
                role="tablist"
                aria-label=live(move || console.say(words::DEVICES))
                on:keydown=on_key
            >
                <For
                    each=move || console.devices.get()
                    key=|device| device.id
                    children=move |device| view! { <DeviceTab device=device dragged=dragged /> }
                />
            </div>
            <button
                type="button"
                class="button-quiet device-add"
                data-testid="device-new"
                aria-label=live(move || title(console, "device-new"))
                title=live(move || title(console, "device-new"))
                on:click=move |_| console.new_device()
            >
                "+"
            </button>
            <Menu />
        </div>
    }
}

fn tab_id(id: DeviceId) -> String {
    format!("device-tab-{}", id.0)
}

#[component]
fn DeviceTab(device: Device, dragged: RwSignal<Option<DeviceId>>) -> impl IntoView {
    let console = use_console();
    let id = device.id;
    let is_active = Memo::new(move |_| console.active.get() == id);
    let name = Memo::new(move |_| console.of(device).title());
    let platform = live(move || {
        device
            .declaration
            .with(|known| known.as_ref().map(|known| console.tell(&known.name)))
            .unwrap_or_default()
    });
    let state = Memo::new(move |_| device.state());
    let unread = Memo::new(move |_| {
        let shown = is_active.get() || console.beside.get() == Some(id);
        if shown { 0 } else { device.unread() }
    });
    let failed = Memo::new(move |_| !is_active.get() && device.has_failed());
    let open = Memo::new(move |_| {
        if is_active.get() {
            0
        } else {
            device.ledger.with(|ledger| ledger.open)
        }
    });
    // What the tab shows by signs, in words.
    let signs = move || {
        let mut all = vec![console.say(state_phrase(state.get())).to_owned()];
        if failed.get() {
            all.push(console.say(words::DEVICE_FAILED).to_owned());
        }
        if unread.get() > 0 {
            all.push(console.fill(words::DEVICE_UNREAD, &[&grouped(unread.get())]));
        }
        if open.get() > 0 {
            all.push(console.fill(words::DEVICE_OPEN, &[&open.get().to_string()]));
        }
        all.join(", ")
    };
    let on_drop = move |event: DragEvent| {
        event.prevent_default();
        if let Some(moved) = dragged.get_untracked() {
            console.move_device(moved, id);
        }
        dragged.set(None);
    };
    view! {
        <button
            type="button"
            class="device-tab"
            role="tab"
            id=tab_id(id)
            data-testid="device-tab"
            data-device=id.0.to_string()
            data-state=live(move || state_name(state.get()))
            data-unread=live(move || unread.get().to_string())
            aria-selected=live(move || is_active.get().to_string())
            aria-controls="parts"
            title=live(move || format!("{}, {}, {}", name.get(), platform.get(), signs()))
            tabindex=live(move || if is_active.get() { "0" } else { "-1" })
            draggable="true"
            on:click=move |_| console.show_device_panels(id)
            on:dblclick=move |_| console.dialog.set(Some(Dialog::Rename(id)))
            on:dragstart=move |event: DragEvent| {
                // Some browsers drag only what carries something.
                if let Some(data) = event.data_transfer() {
                    let _ = data.set_data("text/plain", &untrack(|| name.get()));
                    data.set_effect_allowed("move");
                }
                dragged.set(Some(id));
            }
            on:dragover=move |event: DragEvent| {
                if dragged.get_untracked().is_some() {
                    event.prevent_default();
                }
            }
            on:drop=on_drop
        >
            <span class="status-lamp" data-state=live(move || state_name(state.get()))></span>
            <span class="device-tab-name">{name}</span>
            " "
            <span class="device-tab-platform">{platform}</span>
            <span class="visually-hidden">{live(move || format!(", {}", signs()))}</span>
            {part(move || {
                failed.get().then(|| view! { <span class="device-tab-failed" aria-hidden="true">"!"</span> })
            })}
            {part(move || {
                (open.get() > 0)
                    .then(|| view! { <span class="device-tab-open" aria-hidden="true">"?" {open.get()}</span> })
            })}
            {part(move || {
                (unread.get() > 0)
                    .then(|| {
                        view! {
                            <span class="device-tab-unread" aria-hidden="true">
                                {grouped(unread.get())}
                            </span>
                        }
                    })
            })}
        </button>
    }
    .into_any()
}

/// The menu of everything else.
#[component]
fn Menu() -> impl IntoView {
    let console = use_console();
    let open = RwSignal::new(false);
    let node = NodeRef::<html::Div>::new();
    let actions: Vec<&'static Action> = MENU.iter().filter_map(|id| find(id)).collect();
    let count = actions.len();
    let button = "[data-testid=device-menu]";
    let item = |place: usize| format!(".menu [role=menuitem]:nth-child({})", place + 1);
    let show = move |place: usize| {
        open.set(true);
        request_animation_frame(move || focus(&item(place)));
    };
    let on_key = move |event: KeyboardEvent| {
        let place = document()
            .active_element()
            .and_then(|at| at.get_attribute("data-place"))
            .and_then(|place| place.parse::<usize>().ok());
        let next = match (event.key().as_str(), open.get_untracked()) {
            ("ArrowDown", true) => place.map_or(0, |place| (place + 1) % count),
            ("ArrowUp", true) => place.map_or(count - 1, |place| (place + count - 1) % count),
            ("Home", true) | ("ArrowDown", false) => 0,
            ("End", true) | ("ArrowUp", false) => count - 1,
            ("Escape", true) => {
                event.prevent_default();
                open.set(false);
                focus(button);
                return;
            }
            _ => return,
        };
        event.prevent_default();
        show(next);
    };
    let on_focus_out = move |event: FocusEvent| {
        let inside = event
            .related_target()
            .and_then(|to| to.dyn_into::<web_sys::Node>().ok())
            .is_some_and(|to| {
                node.get_untracked()
                    .is_some_and(|node| node.contains(Some(&to)))
            });
        if !inside {
            open.set(false);
        }
    };
    view! {
        <div class="menu-place" node_ref=node on:keydown=on_key on:focusout=on_focus_out>
            <button
                type="button"
                class="button-quiet"
                data-testid="device-menu"
                aria-haspopup="menu"
                aria-expanded=live(move || open.get().to_string())
                aria-label=live(move || console.say(words::DEVICE_MENU))
                title=live(move || console.say(words::DEVICE_MENU))
                on:click=move |_| {
                    if open.get_untracked() {
                        open.set(false);
                    } else {
                        show(0);
                    }
                }
            >
                "⋯"
            </button>
            {part(move || {
                open.get()
                    .then(|| {
                        let rows = actions
                            .iter()
                            .enumerate()
                            .map(|(place, action)| {
                                view! { <MenuItem place=place action=action open=open /> }
                            })
                            .collect_view();
                        view! {
                            <div
                                class="menu"
                                role="menu"
                                aria-label=live(move || console.say(words::DEVICE_MENU))
                            >
                                {rows}
                            </div>
                        }
                    })
            })}
        </div>
    }
    .into_any()
}

#[component]
fn MenuItem(place: usize, action: &'static Action, open: RwSignal<bool>) -> impl IntoView {
    let console = use_console();
    let reason = Memo::new(move |_| (action.reason)(console));
    view! {
        <button
            type="button"
            class="menu-item"
            role="menuitem"
            tabindex="-1"
            data-testid=format!("menu-{}", action.id)
            data-place=place.to_string()
            aria-disabled=live(move || reason.get().map(|_| "true"))
            title=live(move || reason.get().map(|phrase| console.say(phrase)))
            on:click=move |_| {
                if reason.get_untracked().is_none() {
                    // The focus is where the menu was opened before anything else takes it.
                    focus("[data-testid=device-menu]");
                    open.set(false);
                    actions::run(console, action);
                }
            }
        >
            <span class="menu-name">{live(move || console.say(action.name))}</span>
            <span class="palette-keys">
                <Caps keys=action.keys />
            </span>
        </button>
    }
    .into_any()
}
