//! What lies above the panels: notices, and the engine's end.

use leptos::html::Button;
use leptos::prelude::*;

use crate::engine::seam::Severity;
use crate::ui::components::{SeverityMark, live, severity_name};
use crate::ui::console::{EngineState, use_console};
use crate::ui::i18n::words;
use crate::ui::notices::Toast;

/// Notices, newest last.
#[component]
pub fn Toasts() -> impl IntoView {
    let console = use_console();
    view! {
        <div class="toasts" role="region" aria-label=live(move || console.say(words::NOTICES))>
            <For
                each=move || console.toasts.get()
                key=|toast| toast.id
                children=move |Toast { id, notice }| {
                    let severity = notice.severity;
                    view! {
                        <div
                            class="toast"
                            data-testid="toast"
                            data-severity=severity_name(severity)
                            role=if severity == Severity::Info { "status" } else { "alert" }
                        >
                            <SeverityMark severity=severity />
                            <span class="toast-text">{live(move || console.tell(&notice.text))}</span>
                            <button
                                type="button"
                                class="button-quiet"
                                data-testid="toast-dismiss"
                                on:click=move |_| console.dismiss(id)
                            >
                                {live(move || console.say(words::DISMISS))}
                            </button>
                        </div>
                    }
                }
            />
        </div>
    }
    .into_any()
}

/// The engine stopped: what it said, and a way on.
#[component]
pub fn EngineFailed() -> impl IntoView {
    let console = use_console();
    let failure = Memo::new(move |_| match console.engine.get() {
        EngineState::Failed(text) => Some(text),
        EngineState::Starting | EngineState::Running => None,
    });
    let restart = NodeRef::<Button>::new();
    // The dialog takes the focus: nothing else on the page works until it is answered.
    Effect::new(move |_| {
        if let Some(button) = restart.get() {
            let _ = button.focus();
        }
    });
    move || {
        failure.get().map(|text| {
            view! {
                <div
                    class="overlay"
                    role="alertdialog"
                    aria-modal="true"
                    aria-labelledby="engine-failed-title"
                    aria-describedby="engine-failed-text"
                    data-testid="engine-failed"
                >
                    <div class="overlay-card">
                        <h2 class="overlay-title" id="engine-failed-title">
                            {live(move || console.say(words::ENGINE_FAILED))}
                        </h2>
                        <p>{live(move || console.say(words::ENGINE_FAILED_HELP))}</p>
                        <pre
                            class="overlay-text"
                            id="engine-failed-text"
                            data-testid="engine-failed-text"
                            tabindex="0"
                        >
                            {live(move || console.tell(&text))}
                        </pre>
                        <button
                            type="button"
                            class="button button-primary"
                            data-testid="engine-restart"
                            node_ref=restart
                            on:click=move |_| console.restart()
                        >
                            {live(move || console.say(words::RESTART))}
                        </button>
                    </div>
                </div>
            }
        })
    }
}
