//! The root: state, layout, and what lies above everything.

use leptos::mount::mount_to_body;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::components::{Axis, Splitter, TabList, TabSpec, live, part};
use super::console::{Console, EngineState};
use super::i18n::{Phrase, words};
use super::panels::{
    Above, Beside, DevicePanel, Dock, EngineFailed, Guide, Inspector, Later, LaterPanel, LogPanel,
    Side, Status, Toasts, TopBar, Totals,
};
use super::settings::{NarrowView, Settings};

/// Shows the page: takes the static shell away and puts the console in its place.
pub fn mount() {
    report_panics();
    if let Some(shell) = document().get_element_by_id("shell") {
        shell.remove();
    }
    mount_to_body(App);
}

/// A panic ends the page's module for good. Plain DOM says so, since Leptos is gone with it.
fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let text = info.to_string();
        // Nothing can be done if the document refuses; the console has the text already.
        let _ = show_panic(&text);
    }));
}

fn show_panic(text: &str) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let element = |tag: &str, class: &str, text: &str| {
        let element = document.create_element(tag).ok()?;
        element.set_class_name(class);
        element.set_text_content(Some(text));
        Some(element)
    };
    let overlay = element("div", "overlay", "")?;
    overlay.set_attribute("role", "alertdialog").ok()?;
    overlay.set_attribute("aria-modal", "true").ok()?;
    overlay
        .set_attribute("aria-labelledby", "page-failed-title")
        .ok()?;
    overlay
        .set_attribute("aria-describedby", "page-failed-text")
        .ok()?;
    overlay.set_attribute("data-testid", "page-failed").ok()?;
    let card = element("div", "overlay-card", "")?;
    let words = [words::PAGE_FAILED.en, " · ", words::PAGE_FAILED.zh].concat();
    let title = element("h2", "overlay-title", &words)?;
    title.set_id("page-failed-title");
    card.append_child(&title).ok()?;
    let told = element("pre", "overlay-text", text)?;
    told.set_id("page-failed-text");
    card.append_child(&told).ok()?;
    let reload = [words::RELOAD.en, " · ", words::RELOAD.zh].concat();
    let link = element("a", "button button-primary", &reload)?;
    link.set_attribute("href", "").ok()?;
    card.append_child(&link).ok()?;
    overlay.append_child(&card).ok()?;
    document.body()?.append_child(&overlay).ok()?;
    link.dyn_into::<web_sys::HtmlElement>().ok()?.focus().ok()
}

#[component]
fn App() -> impl IntoView {
    let console = Console::start();
    provide_context(console);
    super::actions::listen(console);
    let pixels = |size: Option<f64>| size.map(|size| format!("{size}px"));
    let setting = move |read: fn(&Settings) -> Option<f64>| {
        live(move || pixels(console.settings.with(read)).unwrap_or_default())
    };
    view! {
        <div
            class="console"
            data-testid="console"
            data-engine=live(move || match console.engine.get() {
                EngineState::Starting => "starting",
                EngineState::Running => "running",
                EngineState::Failed(_) => "failed",
            })
            // Nothing works without an engine: the dialog above is all that can be reached.
            inert=live(move || matches!(console.engine.get(), EngineState::Failed(_)))
            data-view=live(move || console.narrow.get().name())
            data-device-folded=live(move || {
                console.settings.with(|settings| settings.device_folded).then_some("")
            })
            data-inspector-folded=live(move || {
                console.settings.with(|settings| settings.inspector_folded).then_some("")
            })
            data-guided=live(move || console.settings.with(|settings| settings.guided).then_some(""))
            data-dock-folded=live(move || {
                console.settings.with(|settings| settings.dock_folded).then_some("")
            })
            style=("--device-chosen", setting(|settings| settings.device_width))
            style=("--inspector-chosen", setting(|settings| settings.inspector_width))
            style=("--dock-chosen", setting(|settings| settings.dock_height))
        >
            <TopBar>
                <InView draw=|| {
                    view! {
                        <Status />
                        <Totals />
                    }
                        .into_any()
                } />
            </TopBar>
            <InView draw=|| view! { <Parts /> }.into_any() />
        </div>
        <Above />
        <Toasts />
        <EngineFailed />
    }
}

/// What is drawn for the device in view, and anew for another: no panel ever changes its device.
#[component]
fn InView(draw: fn() -> AnyView) -> impl IntoView {
    let console = super::console::use_console();
    view! {
        <For
            each=move || console.device_of(console.active.get())
            key=|device| device.id
            children=move |device| {
                provide_context(console.of(device));
                draw()
            }
        />
    }
}

/// The panels of one device.
#[component]
fn Parts() -> impl IntoView {
    view! {
        <main class="parts" id="parts">
            <Guide />
            <NarrowTabs />
            <DevicePanel />
            <PanelSplitter of=&DEVICE_SPLITTER />
            <div class="log-area">
                <LaterPanel
                    class="panel log-panel"
                    id="log-panel"
                    name=words::LOG
                    draw=|| view! { <LogPanel side=Side::Main /> }.into_any()
                />
                <Later draw=|| view! { <Beside /> }.into_any() />
            </div>
            <PanelSplitter of=&DOCK_SPLITTER />
            <LaterPanel
                class="panel dock"
                id="dock"
                name=words::DOCK
                draw=|| view! { <Dock /> }.into_any()
            />
            <PanelSplitter of=&INSPECTOR_SPLITTER />
            <LaterPanel
                class="panel inspector"
                id="inspector"
                name=words::INSPECTOR
                draw=|| view! { <Inspector /> }.into_any()
            />
        </main>
    }
    .into_any()
}

/// A divider whose position is one of the settings.
struct PanelDivider {
    axis: Axis,
    towards: f64,
    label: Phrase,
    class: &'static str,
    /// The `id` of the panel that it sizes.
    panel: &'static str,
    bounds: (f64, f64),
    set: fn(&mut Settings, Option<f64>),
}

static DEVICE_SPLITTER: PanelDivider = PanelDivider {
    axis: Axis::Horizontal,
    towards: 1.0,
    label: words::RESIZE_DEVICE,
    class: "splitter-device",
    panel: "device-panel",
    bounds: (200.0, 480.0),
    set: |settings, size| settings.device_width = size,
};

static DOCK_SPLITTER: PanelDivider = PanelDivider {
    axis: Axis::Vertical,
    towards: -1.0,
    label: words::RESIZE_DOCK,
    class: "splitter-dock",
    panel: "dock",
    bounds: (120.0, 640.0),
    set: |settings, size| settings.dock_height = size,
};

static INSPECTOR_SPLITTER: PanelDivider = PanelDivider {
    axis: Axis::Horizontal,
    towards: -1.0,
    label: words::RESIZE_INSPECTOR,
    class: "splitter-inspector",
    panel: "inspector",
    bounds: (320.0, 1200.0),
    set: |settings, size| settings.inspector_width = size,
};

/// A divider, drawn when the whole program is there.
#[component]
fn PanelSplitter(of: &'static PanelDivider) -> impl IntoView {
    let console = super::console::use_console();
    part(move || console.whole.get().then(|| draw_splitter(of)))
}

// Apart, since a start draws none.
#[inline(never)]
fn draw_splitter(of: &'static PanelDivider) -> AnyView {
    let console = super::console::use_console();
    // The size is the browser's until the user drags: ask for it whenever settings change.
    let size = Signal::derive(move || {
        console.settings.track();
        // There is nothing to measure before the first paint; the engine starts after it.
        console.engine.track();
        let element = document().get_element_by_id(of.panel);
        element.map_or(of.bounds.0, |element| match of.axis {
            Axis::Horizontal => f64::from(element.client_width()),
            Axis::Vertical => f64::from(element.client_height()),
        })
    });
    view! {
        <Splitter
            axis=of.axis
            towards=of.towards
            label=Signal::derive(move || console.say(of.label).to_owned())
            class=of.class
            min=of.bounds.0
            max=of.bounds.1
            size=size
            on_move=move |size: f64| {
                console.settings.update(|settings| (of.set)(settings, Some(size.round())));
            }
            on_reset=move |()| console.settings.update(|settings| (of.set)(settings, None))
        />
    }
    .into_any()
}

/// The parts of the page as tabs, where only one fits.
#[component]
fn NarrowTabs() -> impl IntoView {
    let console = super::console::use_console();
    let tab = |value: NarrowView, id: &'static str, panel: &'static str, phrase: Phrase| TabSpec {
        value,
        id,
        panel,
        label: Signal::derive(move || console.say(phrase).to_owned()),
        badge: None,
    };
    let tabs = vec![
        tab(
            NarrowView::Device,
            "view-device",
            "device-panel",
            words::DEVICE,
        ),
        tab(NarrowView::Log, "view-log", "log-panel", words::LOG),
        tab(
            NarrowView::Inspector,
            "view-inspector",
            "inspector",
            words::INSPECTOR,
        ),
        tab(NarrowView::Dock, "view-dock", "dock", words::DOCK),
    ];
    view! {
        <TabList
            tabs=tabs
            class="narrow-tabs"
            label=Signal::derive(move || console.say(words::VIEWS).to_owned())
            selected=console.narrow
            on_select=move |view| console.narrow.set(view)
        />
    }
}
