//! The button that connects, and why a connection failed.

use leptos::prelude::*;

use crate::engine::seam::{
    Cause, ConnectionState, Failure, FailureStage, Finding, Relay, Text, UnixMillis,
};
use crate::ui::components::{FindingList, live};
use crate::ui::console::{Console, use_console};
use crate::ui::format::micros;
use crate::ui::i18n::{Phrase, words};
use crate::ui::near::stay_near;

/// Connect, give up, or disconnect: one button, so that the focus stays. While the next attempt is
/// waited for it makes that at once, and a second button stops the wait.
#[component]
pub fn ConnectButton() -> impl IntoView {
    let console = use_console();
    let state = Memo::new(move |_| console.device.state());
    let reason = move || {
        if console.early.get() || console.device.declaration.with(Option::is_none) {
            Some(words::REASON_STARTING)
        } else if state.get() == ConnectionState::Closing {
            Some(words::REASON_CLOSING)
        } else {
            None
        }
    };
    let asks = Memo::new(move |_| console.asks());
    let press = move || {
        if untrack(reason).is_none() {
            console.press_connect();
        }
    };
    let action = move || match state.get() {
        ConnectionState::Offline => "connect",
        ConnectionState::Waiting { .. } => "now",
        ConnectionState::Opening | ConnectionState::Handshake => "cancel",
        ConnectionState::Connected { .. } | ConnectionState::Closing => "disconnect",
    };
    let label = move || {
        console.say(match state.get() {
            _ if asks.get() => words::CONNECT_ANYWAY,
            ConnectionState::Offline => words::CONNECT,
            ConnectionState::Waiting { .. } => words::CONNECT_NOW,
            ConnectionState::Opening | ConnectionState::Handshake => words::CANCEL,
            ConnectionState::Connected { .. } => words::DISCONNECT,
            ConnectionState::Closing => words::CLOSING,
        })
    };
    let waits = Memo::new(move |_| matches!(state.get(), ConnectionState::Waiting { .. }));
    let attempt = move || match state.get() {
        ConnectionState::Waiting { attempt, .. } => Some(attempt.to_string()),
        _ => None,
    };
    view! {
        <p class="field-note" data-testid="waiting" hidden=live(move || !waits.get())>
            {live(move || {
                attempt().map(|attempt| {
                    let left = remaining(console, state.get());
                    console.fill(words::WAITING_FOR_ATTEMPT, &[&left, &attempt])
                })
            })}
        </p>
        <div class="connect-row">
            <button
                type="button"
                class="button connect-button"
                data-testid="connect"
                data-action=action
                data-confirm=live(move || asks.get().then_some("true"))
                aria-disabled=live(move || reason().map(|_| "true"))
                aria-describedby="connect-reason connect-asks"
                on:click=move |_| press()
            >
                {label}
            </button>
            <button
                type="button"
                class="button"
                data-testid="stop-waiting"
                hidden=live(move || !waits.get())
                on:click=move |_| {
                    stay_near("[data-testid=stop-waiting]", "[data-testid=connect]");
                    console.disconnect();
                }
            >
                {live(move || console.say(words::STOP_WAITING))}
            </button>
        </div>
        <span
            class="field-note"
            id="connect-asks"
            data-testid="connect-asks"
            role="status"
            hidden=live(move || !asks.get())
        >
            {live(move || console.question())}
        </span>
        <span
            class="field-note"
            id="connect-reason"
            data-testid="connect-reason"
            hidden=live(move || reason().is_none())
        >
            {live(move || reason().map(|phrase| console.say(phrase)))}
        </span>
    }
}

/// Whole seconds until the next attempt; empty when none is waited for.
pub fn remaining(console: Console, state: ConnectionState) -> String {
    match state {
        ConnectionState::Waiting { until, .. } => {
            let left = until.0.saturating_sub(console.now.get().0).max(0);
            (left.saturating_add(999) / 1000).to_string()
        }
        _ => String::new(),
    }
}

/// Why the last attempt or connection ended, and the next step.
#[component]
pub fn FailureCard() -> impl IntoView {
    let console = use_console();
    // The failure that was put away, by the moment it happened.
    let dismissed = RwSignal::new(None::<UnixMillis>);
    let connection = console.device.connection;
    let shown = Memo::new(move |_| {
        connection.with(|connection| {
            let failure = connection.failure.as_ref();
            let failure = failure
                .filter(|failure| dismissed.get() != Some(failure.at))?
                .clone();
            Some((failure, connection.stopped.clone()))
        })
    });
    let dismiss = Callback::new(move |()| {
        let failure = connection.with_untracked(|it| it.failure.as_ref().map(|it| it.at));
        dismissed.set(failure);
    });
    move || {
        shown
            .get()
            .map(|(failure, stopped)| card(console, failure, stopped, dismiss))
    }
}

fn card(
    console: Console,
    failure: Failure,
    stopped: Option<Text>,
    dismiss: Callback<()>,
) -> AnyView {
    let Failure {
        at: _,
        cause,
        certain,
        what,
        next,
        also,
        findings,
        relay,
        close_code,
        close_reason,
        stage,
        after_ms,
        frame,
    } = failure;
    view! {
        <div
            class="failure"
            role="alert"
            data-testid="failure"
            data-class=cause.name()
            data-certain=certain.to_string()
        >
            <p class="failure-what" data-testid="failure-what">
                {live(move || console.tell(&what))}
            </p>
            <p class="failure-next" data-testid="failure-next">
                <strong>{live(move || console.say(words::FAILURE_NEXT))}": "</strong>
                {live(move || console.tell(&next))}
            </p>
            {remarks(console, findings)}
            {take_over(console, cause)}
            {alternatives(console, also, stage)}
            {relay.map(|relay| recipe(console, relay))}
            {stopped
                .map(|stopped| {
                    view! {
                        <p data-testid="failure-stopped">{live(move || console.tell(&stopped))}</p>
                    }
                })}
            {facts(console, certain, close_code, close_reason, stage, after_ms)}
            <div class="failure-actions">
                {frame
                    .map(|frame| {
                        view! {
                            <button
                                type="button"
                                class="button-quiet"
                                data-testid="failure-frame"
                                on:click=move |_| console.inspect(frame)
                            >
                                {live(move || console.say(words::FAILURE_FRAME))}
                            </button>
                        }
                    })}
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="failure-dismiss"
                    on:click=move |_| {
                        stay_near("[data-testid=failure-dismiss]", "[data-testid=connect]");
                        dismiss.run(());
                    }
                >
                    {live(move || console.say(words::DISMISS))}
                </button>
            </div>
        </div>
    }
    .into_any()
}

fn remarks(console: Console, findings: Vec<Finding>) -> AnyView {
    if findings.is_empty() {
        return ().into_any();
    }
    view! {
        <p class="failure-title">{live(move || console.say(words::FAILURE_FINDINGS))}</p>
        <FindingList id="failure-findings" findings=Signal::stored(findings) />
    }
    .into_any()
}

/// What another tab or device has can be taken from it.
fn take_over(console: Console, cause: Cause) -> AnyView {
    if !matches!(cause, Cause::SessionHeld | Cause::SessionMoved) {
        return ().into_any();
    }
    view! {
        <button
            type="button"
            class="button-quiet"
            data-testid="take-over"
            on:click=move |_| {
                stay_near("[data-testid=take-over]", "[data-testid=connect]");
                console.take_over();
            }
        >
            {live(move || console.say(words::FAILURE_TAKE_OVER))}
        </button>
    }
    .into_any()
}

fn alternatives(console: Console, also: Vec<Text>, stage: FailureStage) -> AnyView {
    if also.is_empty() {
        return ().into_any();
    }
    if stage == FailureStage::Opening {
        // Nothing but this list says what may be the matter, so it is not folded away.
        let items = also
            .into_iter()
            .map(|cause| view! { <li>{live(move || console.tell(&cause))}</li> })
            .collect_view();
        return view! {
            <div class="failure-also" data-testid="failure-causes">
                <p>{live(move || console.say(words::FAILURE_CAUSES))}</p>
                <ol>{items}</ol>
            </div>
        }
        .into_any();
    }
    let items = also
        .into_iter()
        .map(|other| view! { <li>{live(move || console.tell(&other))}</li> })
        .collect_view();
    view! {
        <details class="failure-also" data-testid="failure-also">
            <summary>{live(move || console.say(words::FAILURE_ALSO))}</summary>
            <ul>{items}</ul>
        </details>
    }
    .into_any()
}

fn recipe(console: Console, relay: Relay) -> AnyView {
    let Relay { command, url } = relay;
    let copied = command.clone();
    view! {
        <details class="failure-relay" data-testid="failure-relay">
            <summary class="failure-title">{live(move || console.say(words::RELAY))}</summary>
            <pre data-testid="relay-command" tabindex="0">{command}</pre>
            <button
                type="button"
                class="button-quiet"
                data-testid="relay-copy"
                on:click=move |_| console.copy(&copied)
            >
                {live(move || console.say(words::RELAY_COPY))}
            </button>
            <p>{live(move || console.fill(words::RELAY_CONNECT, &[&url]))}</p>
        </details>
    }
    .into_any()
}

/// How sure it is, close code and reason, and the time.
fn facts(
    console: Console,
    certain: bool,
    close_code: Option<u16>,
    close_reason: String,
    stage: FailureStage,
    after_ms: u64,
) -> AnyView {
    let sure = if certain {
        words::FAILURE_CERTAIN
    } else {
        words::FAILURE_LIKELY
    };
    let code = close_code.map(|code| {
        let (code, shown) = (code.to_string(), code.to_string());
        view! {
            <span data-testid="failure-close-code" data-code=shown>
                {live(move || console.fill(words::FAILURE_CODE, &[&code]))}
            </span>
        }
    });
    let reason = (!close_reason.is_empty()).then(|| {
        view! {
            <span data-testid="failure-close-reason">
                {live(move || console.fill(words::FAILURE_REASON, &[&close_reason]))}
            </span>
        }
    });
    let timing = timing(stage).map(|phrase| {
        let time = match after_ms {
            0 => "< 1 ms".to_owned(),
            _ => micros(after_ms.saturating_mul(1000)),
        };
        view! {
            <span data-testid="failure-after">
                {live(move || console.fill(phrase, &[&time]))}
            </span>
        }
    });
    view! {
        <p class="failure-facts">
            <span>{live(move || console.say(sure))}</span>
            {code}
            {reason}
            {timing}
        </p>
    }
    .into_any()
}

/// What the time is counted from; nothing where nothing was tried.
const fn timing(stage: FailureStage) -> Option<Phrase> {
    match stage {
        FailureStage::NotTried => None,
        FailureStage::Opening => Some(words::FAILURE_AFTER_OPENING),
        FailureStage::Handshake => Some(words::FAILURE_AFTER_CONNECT),
        FailureStage::Connected => Some(words::FAILURE_AFTER_CONNECTED),
    }
}
