//! Name, devices, connection, totals, palette, language, theme.

use leptos::prelude::*;

use super::attempt::remaining;
use super::device_tabs::DeviceTabs;
use crate::engine::seam::ConnectionState;
use crate::ui::actions::title;
use crate::ui::components::{Caps, live};
use crate::ui::console::{Dialog, EngineState, use_console};
use crate::ui::format::{grouped, micros, size, span};
use crate::ui::i18n::{Phrase, words};
use crate::ui::keys::Keys;
use crate::ui::settings::Theme;

/// A connection state's name in attributes.
pub const fn state_name(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::Offline => "offline",
        ConnectionState::Waiting { .. } => "waiting",
        ConnectionState::Opening => "opening",
        ConnectionState::Handshake => "handshake",
        ConnectionState::Connected { .. } => "connected",
        ConnectionState::Closing => "closing",
    }
}

/// A connection state in words.
pub const fn state_phrase(state: ConnectionState) -> Phrase {
    match state {
        ConnectionState::Offline => words::STATE_OFFLINE,
        ConnectionState::Waiting { .. } => words::STATE_WAITING,
        ConnectionState::Opening => words::STATE_OPENING,
        ConnectionState::Handshake => words::STATE_HANDSHAKE,
        ConnectionState::Connected { .. } => words::STATE_CONNECTED,
        ConnectionState::Closing => words::STATE_CLOSING,
    }
}

/// The bar.
#[component]
pub fn TopBar(
    /// Status and totals of the device in view.
    children: Children,
) -> impl IntoView {
    let console = use_console();
    view! {
        <header class="top-bar">
            <h1 class="top-bar-name">{live(move || console.say(words::PRODUCT))}</h1>
            <DeviceTabs />
            <div class="top-bar-status">{children()}</div>
            <div class="top-bar-tools">
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="open-palette"
                    title=live(move || title(console, "palette"))
                    on:click=move |_| console.dialog.set(Some(Dialog::Palette))
                >
                    <span class="visually-hidden">{live(move || console.say(words::PALETTE_OPEN))}</span>
                    <Caps keys=Keys::Primary("k") />
                </button>
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="open-shortcuts"
                    aria-label=live(move || title(console, "shortcuts"))
                    title=live(move || title(console, "shortcuts"))
                    on:click=move |_| console.dialog.set(Some(Dialog::Shortcuts))
                >
                    <kbd class="cap">"?"</kbd>
                </button>
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="language"
                    lang=live(move || console.language.get().other().tag())
                    title=live(move || console.say(words::LANGUAGE))
                    aria-label=live(move || console.say(words::LANGUAGE))
                    on:click=move |_| console.next_language()
                >
                    {live(move || console.say(words::OTHER_LANGUAGE))}
                </button>
                <ThemeButton />
            </div>
        </header>
    }
    .into_any()
}

/// The connection's state.
#[component]
pub fn Status() -> impl IntoView {
    let console = use_console();
    let connection = console.device.connection;
    let state = Memo::new(move |_| connection.with(|connection| connection.state));
    let starting = move || console.engine.get() == EngineState::Starting;
    let duration = Memo::new(move |_| {
        let since = connection.with(|connection| connection.since);
        match state.get() {
            ConnectionState::Offline => None,
            waiting @ ConnectionState::Waiting { .. } => {
                let left = remaining(console, waiting);
                Some(console.fill(words::WAITING_LEFT, &[&left]))
            }
            _ => Some(span(console.now.get().0 - since.0)),
        }
    });
    let session = move || {
        matches!(
            state.get(),
            ConnectionState::Connected {
                session_present: true
            }
        )
        .then(|| console.say(words::SESSION_PRESENT))
    };
    view! {
        <span
            class="status"
            data-testid="status"
            data-state=live(move || state_name(state.get()))
            title=session
        >
            <span class="status-lamp" aria-hidden="true"></span>
            // The duration is outside: it must not be read out every second.
            <span role="status">
                {live(move || {
                    let phrase =
                        if starting() { words::STATE_STARTING } else { state_phrase(state.get()) };
                    console.say(phrase)
                })}
            </span>
            <span class="status-duration" data-testid="status-duration">
                {duration}
            </span>
        </span>
    }
}

/// What was sent and received.
#[component]
pub fn Totals() -> impl IntoView {
    let console = use_console();
    let counters = console.device.counters;
    let up = Memo::new(move |_| counters.with(|c| (c.frames_up, c.bytes_up)));
    let down = Memo::new(move |_| counters.with(|c| (c.frames_down, c.bytes_down)));
    let messages = Memo::new(move |_| counters.with(|c| c.messages_down));
    let of_qos = Memo::new(move |_| {
        counters.with(|c| (c.messages_down_once_or_more, c.messages_down_exactly_once))
    });
    let in_flight = Memo::new(move |_| counters.with(|c| c.in_flight));
    let ping = Memo::new(move |_| counters.with(|c| c.ping_micros));
    let words_for = move |phrase: Phrase, (frames, bytes): (u64, u64)| {
        console.fill(phrase, &[&grouped(frames), &size(bytes)])
    };
    view! {
        <span class="totals">
            <span
                class="total"
                data-direction="up"
                data-testid="count-up"
                data-count=live(move || up.get().0.to_string())
                title=live(move || words_for(words::COUNT_UP, up.get()))
            >
                <span aria-hidden="true">"↑"</span>
                {live(move || grouped(up.get().0))}
            </span>
            <span
                class="total"
                data-direction="down"
                data-testid="count-down"
                data-count=live(move || down.get().0.to_string())
                title=live(move || words_for(words::COUNT_DOWN, down.get()))
            >
                <span aria-hidden="true">"↓"</span>
                {live(move || grouped(down.get().0))}
            </span>
            <span
                class="visually-hidden"
                data-testid="msg-count"
                data-at-least-once=live(move || of_qos.get().0.to_string())
                data-exactly-once=live(move || of_qos.get().1.to_string())
            >
                {live(move || messages.get().to_string())}
            </span>
            <span class="total-note" data-testid="in-flight" hidden=live(move || in_flight.get() == 0)>
                {live(move || console.fill(words::IN_FLIGHT, &[&in_flight.get().to_string()]))}
            </span>
            <span
                class="total-note"
                data-testid="ping"
                hidden=live(move || ping.get().is_none())
                title=live(move || console.say(words::PING_HELP))
            >
                {live(move || {
                    ping.get().map(|ping| console.fill(words::PING, &[&micros(ping)]))
                })}
            </span>
        </span>
    }
}

#[component]
fn ThemeButton() -> impl IntoView {
    let console = use_console();
    let theme = Memo::new(move |_| console.settings.with(|settings| settings.theme));
    let name = move || {
        console.say(match theme.get() {
            Theme::System => words::THEME_SYSTEM,
            Theme::Light => words::THEME_LIGHT,
            Theme::Dark => words::THEME_DARK,
        })
    };
    view! {
        <button
            type="button"
            class="button-quiet theme-button"
            data-testid="theme"
            data-choice=live(move || theme.get().name())
            title=name
            aria-label=name
            on:click=move |_| console.next_theme()
        >
            <span class="theme-icon" aria-hidden="true"></span>
        </button>
    }
}
