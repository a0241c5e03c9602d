//! The table of commands: palette, shortcut sheet, menus, keys and the titles of buttons all read
//! it. A command is one row.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use super::console::{Console, Dialog, EngineState};
use super::i18n::{Phrase, words};
use super::keys::{Keys, Pressed};
use super::panels::{load_template, registry};
use super::settings::NarrowView;
use crate::engine::seam::Jump;

/// One command.
pub struct Action {
    /// Unique; its `data-testid` in menus and palette is made of it.
    pub id: &'static str,
    /// Under which heading it is listed.
    pub group: Phrase,
    /// A verb and its object.
    pub name: Phrase,
    /// Its keys.
    pub keys: Keys,
    /// Why it cannot run now.
    pub reason: fn(Console) -> Option<Phrase>,
    /// Does it, for the device in view.
    pub run: fn(Console),
}

const fn always(_: Console) -> Option<Phrase> {
    None
}

const fn action(
    id: &'static str,
    group: Phrase,
    name: Phrase,
    keys: Keys,
    run: fn(Console),
) -> Action {
    Action {
        id,
        group,
        name,
        keys,
        reason: always,
        run,
    }
}

fn no_mark(console: Console) -> Option<Phrase> {
    let none = console.device.log.with(|log| log.marks == 0);
    none.then_some(words::REASON_NO_MARK)
}

/// Unfolds the tools of the log, with the focus on one of them.
fn open_log_tools(console: Console, selector: &'static str) {
    console.narrow.set(NarrowView::Log);
    if element("#log-panel [data-testid=log-tools][aria-expanded=false]").is_some() {
        press("log-tools");
    }
    focus_soon(selector);
}

const DEVICE: Phrase = words::GROUP_DEVICE;
const GO: Phrase = words::GROUP_GO;
const LOG: Phrase = words::GROUP_LOG;
const PAGE: Phrase = words::GROUP_PAGE;

/// Every command, in the order of the shortcut sheet.
pub const ACTIONS: &[Action] = &[
    action(
        "connect",
        DEVICE,
        words::ACTION_CONNECT,
        Keys::Plain("c"),
        |_| press("connect"),
    ),
    action(
        "send",
        words::GROUP_MESSAGE,
        words::ACTION_SEND,
        Keys::Primary("Enter"),
        |console| {
            console.open_panel(registry::FIRST);
            request_animation_frame(|| press("send"));
        },
    ),
    action(
        "templates",
        words::GROUP_MESSAGE,
        words::ACTION_TEMPLATES,
        Keys::None,
        |console| {
            console.open_panel(registry::FIRST);
            request_animation_frame(|| {
                if element("[data-testid=library-open][aria-pressed=false]").is_some() {
                    press("library-open");
                }
                focus_soon("[data-testid=library] button, [data-testid=library-open]");
            });
        },
    ),
    action(
        "device-new",
        DEVICE,
        words::DEVICE_NEW,
        Keys::Plain("n"),
        |console| console.new_device(),
    ),
    action(
        "device-before",
        DEVICE,
        words::DEVICE_BEFORE,
        Keys::Plain("["),
        |console| {
            console.next_device(false);
        },
    ),
    action(
        "device-next",
        DEVICE,
        words::DEVICE_NEXT,
        Keys::Plain("]"),
        |console| {
            console.next_device(true);
        },
    ),
    action(
        "device-rename",
        DEVICE,
        words::DEVICE_RENAME,
        Keys::Plain("r"),
        |console| {
            console
                .dialog
                .set(Some(Dialog::Rename(console.active.get_untracked())));
        },
    ),
    action(
        "device-duplicate",
        DEVICE,
        words::DEVICE_DUPLICATE,
        Keys::None,
        |console| {
            console.duplicate_device();
        },
    ),
    action(
        "device-left",
        DEVICE,
        words::DEVICE_LEFT,
        Keys::None,
        |console| {
            console.shift_device(false);
        },
    ),
    action(
        "device-right",
        DEVICE,
        words::DEVICE_RIGHT,
        Keys::None,
        |console| {
            console.shift_device(true);
        },
    ),
    Action {
        id: "device-beside",
        group: DEVICE,
        name: words::DEVICE_BESIDE,
        keys: Keys::Plain("b"),
        reason: |console| {
            let alone = console.devices.with(Vec::len) < 2;
            alone.then_some(words::DEVICE_BESIDE_ONLY)
        },
        run: |console| console.toggle_beside(),
    },
    action(
        "device-export",
        DEVICE,
        words::DEVICE_EXPORT,
        Keys::None,
        |console| {
            let active = console.active.get_untracked();
            console.dialog.set(Some(Dialog::Export(Some(active))));
        },
    ),
    action(
        "device-export-all",
        DEVICE,
        words::DEVICE_EXPORT_ALL,
        Keys::None,
        |console| {
            console.dialog.set(Some(Dialog::Export(None)));
        },
    ),
    action(
        "device-import",
        DEVICE,
        words::DEVICE_IMPORT,
        Keys::None,
        |console| {
            console.import_devices();
        },
    ),
    action(
        "device-delete",
        DEVICE,
        words::DEVICE_DELETE,
        Keys::None,
        |console| {
            console
                .dialog
                .set(Some(Dialog::Delete(console.active.get_untracked())));
        },
    ),
    action(
        "go-device",
        GO,
        words::ACTION_GO_DEVICE,
        Keys::Go("d"),
        |console| {
            console
                .settings
                .update(|settings| settings.device_folded = false);
            console.narrow.set(NarrowView::Device);
            focus_soon("#device-panel select, #device-panel input");
        },
    ),
    action(
        "go-log",
        GO,
        words::ACTION_GO_LOG,
        Keys::Go("l"),
        |console| {
            console.narrow.set(NarrowView::Log);
            focus_soon("#log-panel [role=grid], #log-panel [tabindex='0']");
        },
    ),
    action(
        "go-inspector",
        GO,
        words::ACTION_GO_INSPECTOR,
        Keys::Go("i"),
        |console| {
            console
                .settings
                .update(|settings| settings.inspector_folded = false);
            console.narrow.set(NarrowView::Inspector);
            focus_soon("#inspector [role=tree], #inspector [tabindex='0'], #inspector");
        },
    ),
    action(
        "go-dock",
        GO,
        words::ACTION_GO_DOCK,
        Keys::Go("t"),
        |console| {
            console
                .settings
                .update(|settings| settings.dock_folded = false);
            console.narrow.set(NarrowView::Dock);
            focus_soon("#dock [role=tab][aria-selected=true]");
        },
    ),
    action(
        "filter",
        LOG,
        words::ACTION_FILTER,
        Keys::Plain("/"),
        |console| {
            console.narrow.set(NarrowView::Log);
            focus_soon("#log-filter, #log-panel [role=grid]");
        },
    ),
    action(
        "log-follow",
        LOG,
        words::ACTION_FOLLOW,
        Keys::Plain("f"),
        |_| press("log-follow"),
    ),
    action(
        "log-clear",
        LOG,
        words::ACTION_CLEAR,
        Keys::None,
        |console| {
            console.current().clear_log();
        },
    ),
    action(
        "log-pause",
        LOG,
        words::ACTION_PAUSE,
        Keys::InLog("p"),
        |console| console.toggle_pause(),
    ),
    Action {
        id: "log-mark",
        group: LOG,
        name: words::ACTION_MARK,
        keys: Keys::InLog("m"),
        reason: |console| {
            let selected = console.device.selected.get();
            selected.is_none().then_some(words::REASON_NO_ROW)
        },
        run: |console| {
            if let Some(frame) = console.device.selected.get_untracked() {
                console.toggle_mark(frame);
            }
        },
    },
    Action {
        id: "log-mark-next",
        group: LOG,
        name: words::ACTION_MARK_NEXT,
        keys: Keys::InLog("n"),
        reason: no_mark,
        run: |console| console.jump(Jump::NextMark),
    },
    Action {
        id: "log-mark-previous",
        group: LOG,
        name: words::ACTION_MARK_PREVIOUS,
        keys: Keys::InLog("N"),
        reason: no_mark,
        run: |console| console.jump(Jump::PreviousMark),
    },
    action("log-time", LOG, words::ACTION_TIME, Keys::None, |console| {
        open_log_tools(console, "#log-time");
    }),
    action(
        "log-export",
        LOG,
        words::ACTION_EXPORT_LOG,
        Keys::None,
        |console| open_log_tools(console, "#log-export"),
    ),
    Action {
        id: "copy-bytes",
        group: LOG,
        name: words::ACTION_COPY_BYTES,
        keys: Keys::None,
        reason: |console| {
            let nothing = console.inspected().with(Option::is_none);
            nothing.then_some(words::REASON_NO_ROW)
        },
        run: |_| press("copy-bytes"),
    },
    action(
        "palette",
        PAGE,
        words::PALETTE_OPEN,
        Keys::Primary("k"),
        |console| {
            console.dialog.set(Some(Dialog::Palette));
        },
    ),
    action(
        "shortcuts",
        PAGE,
        words::SHORTCUTS,
        Keys::Plain("?"),
        |console| {
            console.dialog.set(Some(Dialog::Shortcuts));
        },
    ),
    action(
        "fold-device",
        PAGE,
        words::ACTION_FOLD_DEVICE,
        Keys::None,
        |console| {
            console
                .settings
                .update(|settings| settings.device_folded = !settings.device_folded);
        },
    ),
    action(
        "fold-dock",
        PAGE,
        words::ACTION_FOLD_DOCK,
        Keys::None,
        |console| {
            console
                .settings
                .update(|settings| settings.dock_folded = !settings.dock_folded);
        },
    ),
    action(
        "fold-inspector",
        PAGE,
        words::ACTION_FOLD_INSPECTOR,
        Keys::None,
        |console| {
            console
                .settings
                .update(|settings| settings.inspector_folded = !settings.inspector_folded);
        },
    ),
    action(
        "layout",
        PAGE,
        words::ACTION_LAYOUT,
        Keys::None,
        |console| {
            console.settings.update(|settings| {
                settings.device_width = None;
                settings.inspector_width = None;
                settings.tree_width = None;
                settings.dock_height = None;
                settings.device_folded = false;
                settings.dock_folded = false;
                settings.inspector_folded = false;
            });
        },
    ),
    action("theme", PAGE, words::ACTION_THEME, Keys::None, |console| {
        console.next_theme()
    }),
    action(
        "language",
        PAGE,
        words::ACTION_LANGUAGE,
        Keys::None,
        |console| {
            console.next_language();
        },
    ),
    action("guide", PAGE, words::ACTION_GUIDE, Keys::None, |console| {
        console.settings.update(|settings| settings.guided = false);
    }),
];

/// The keys of the panels of the dock: `g`, then their number.
pub const PANEL_KEYS: [Keys; 10] = [
    Keys::Go("1"),
    Keys::Go("2"),
    Keys::Go("3"),
    Keys::Go("4"),
    Keys::Go("5"),
    Keys::Go("6"),
    Keys::Go("7"),
    Keys::Go("8"),
    Keys::Go("9"),
    Keys::Go("0"),
];

/// The panels of the dock with their keys.
pub fn panels() -> impl Iterator<Item = (&'static registry::DockPanel, Keys)> {
    let keys = PANEL_KEYS.into_iter().chain(core::iter::repeat(Keys::None));
    registry::DOCK.iter().zip(keys)
}

/// Opens a panel of the dock and puts the focus on its tab.
pub fn go_to_panel(console: Console, panel: &'static registry::DockPanel) {
    console.open_panel(panel.key);
    focus_soon(&format!("#{}", panel.tab));
}

/// The command of this id.
pub fn find(id: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.id == id)
}

/// A button's title: what it does, and its keys.
pub fn title(console: Console, id: &str) -> Option<String> {
    let action = find(id)?;
    let caps = action.keys.caps(on_mac());
    let name = console.say(action.name);
    Some(if caps.is_empty() {
        name.to_owned()
    } else {
        format!("{name} ({})", caps.join(" "))
    })
}

/// Whether the keyboard has ⌘ where others have Ctrl.
pub fn on_mac() -> bool {
    window()
        .navigator()
        .user_agent()
        .is_ok_and(|agent| agent.contains("Mac OS"))
}

/// Runs a command, unless it says why not.
pub fn run(console: Console, action: &Action) {
    let console = console.current();
    if untrack(|| (action.reason)(console)).is_none() {
        (action.run)(console);
    }
}

/// Brings the template of that number, counted from 0, back into the composer, and goes there.
pub fn bring_template(console: Console, index: usize) {
    if load_template(console.current(), index) {
        console.open_panel(registry::FIRST);
        focus_soon("[data-testid=send]");
    }
}

/// Presses a button as a click does, so that it decides by itself whether it can.
fn press(test_id: &str) {
    let selector = format!("[data-testid=\"{test_id}\"]");
    if let Some(button) = element(&selector) {
        button.click();
    }
}

fn element(selector: &str) -> Option<HtmlElement> {
    let found = document().query_selector(selector).ok().flatten()?;
    found.dyn_into().ok()
}

/// Puts the focus on the first element that matches and can be seen.
pub fn focus(selector: &str) {
    let Ok(found) = document().query_selector_all(selector) else {
        return;
    };
    for index in 0..found.length() {
        let element = found
            .item(index)
            .and_then(|at| at.dyn_into::<HtmlElement>().ok());
        if let Some(element) = element
            && element.offset_width() > 0
        {
            let _ = element.focus();
            return;
        }
    }
}

/// The same once what was changed has been drawn.
pub fn focus_soon(selector: &str) {
    let selector = selector.to_owned();
    request_animation_frame(move || focus(&selector));
}

/// Lets the keys of the table work everywhere on the page.
pub fn listen(console: Console) {
    let after_go = StoredValue::new(false);
    let listener = window_event_listener(leptos::ev::keydown, move |event| {
        handle(console, after_go, &event);
    });
    // For as long as the page lives.
    core::mem::forget(listener);
}

fn handle(console: Console, after_go: StoredValue<bool>, event: &KeyboardEvent) {
    let key = event.key();
    if matches!(key.as_str(), "Shift" | "Control" | "Alt" | "Meta") {
        return;
    }
    let pressed = Pressed {
        primary: event.ctrl_key() || event.meta_key(),
        alt: event.alt_key(),
        typing: is_typing(event),
        after_go: after_go.get_value(),
        key,
    };
    after_go.set_value(false);
    // What lies above takes its own keys; an element that used a key has said so.
    if event.default_prevented() || event.is_composing() {
        return;
    }
    // Then nothing but the way back can be reached.
    if matches!(console.engine.get_untracked(), EngineState::Failed(_)) {
        return;
    }
    let dialog = console.dialog.get_untracked();
    if dialog.is_some() {
        // The browser's own Ctrl+K would take the focus out of the page.
        if pressed.primary && pressed.key.eq_ignore_ascii_case("k") {
            event.prevent_default();
        }
        return;
    }
    let plain = !console
        .settings
        .with_untracked(|settings| settings.no_plain_keys);
    if plain && !pressed.primary && !pressed.alt && !pressed.typing && pressed.key == "g" {
        after_go.set_value(!pressed.after_go);
        return;
    }
    // Told by their key, since with Shift digits type something else.
    let digit = event
        .code()
        .strip_prefix("Digit")
        .and_then(|it| it.parse::<usize>().ok());
    if event.ctrl_key()
        && event.shift_key()
        && !pressed.alt
        && let Some(index) = digit.and_then(|digit| digit.checked_sub(1))
    {
        event.prevent_default();
        bring_template(console, index);
        return;
    }
    if let Some(action) = ACTIONS
        .iter()
        .find(|action| action.keys.called_by(&pressed, plain))
    {
        event.prevent_default();
        run(console, action);
    } else if let Some((panel, _)) = panels().find(|(_, keys)| keys.called_by(&pressed, plain)) {
        event.prevent_default();
        go_to_panel(console, panel);
    }
}

/// Whether a key goes into a text.
fn is_typing(event: &KeyboardEvent) -> bool {
    let Some(element) = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlElement>().ok())
    else {
        return false;
    };
    match element.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => !matches!(
            element.get_attribute("type").as_deref(),
            Some("checkbox" | "radio" | "button")
        ),
        _ => element.is_content_editable(),
    }
}
