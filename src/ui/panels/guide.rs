//! The first steps: from nothing to an answered command on the simulated platform. Three buttons,
//! each of which does what the page's own buttons do; skipped or done, it does not come back by
//! itself.

use leptos::prelude::*;

use crate::engine::seam::{ConnectionState, Direction, FrameId, LedgerRow, Target};
use crate::ui::actions::focus;
use crate::ui::components::{live, part};
use crate::ui::console::{Console, EngineState, use_console};
use crate::ui::i18n::{Phrase, words};
use crate::ui::settings::NarrowView;

/// How far the first steps are, read off the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Connect,
    Connecting,
    Command,
    Waiting,
    Answer(FrameId),
    Done,
}

fn step(console: Console) -> Step {
    let device = console.device;
    let simulated = device
        .workspace
        .with(|w| w.profile.target == Target::Simulated);
    match device.state() {
        _ if !simulated => Step::Connect,
        ConnectionState::Connected { .. } => {
            let answered =
                |row: &LedgerRow| row.initiator == Direction::Down && row.reply.is_some();
            let (asked, reply) = device.ledger.with(|ledger| {
                let asked = ledger
                    .rows
                    .iter()
                    .any(|row| row.initiator == Direction::Down);
                let replies = ledger.rows.iter().filter(|row| answered(row));
                (asked, replies.filter_map(|row| row.reply).next_back())
            });
            match reply {
                Some(reply) if device.selected.get() == Some(reply) => Step::Done,
                Some(reply) => Step::Answer(reply),
                None if asked => Step::Waiting,
                None => Step::Command,
            }
        }
        ConnectionState::Offline => Step::Connect,
        _ => Step::Connecting,
    }
}

/// The strip.
#[component]
pub fn Guide() -> impl IntoView {
    let console = use_console();
    let shown = Memo::new(move |_| {
        console.engine.get() == EngineState::Running
            && console.settings.with(|settings| !settings.guided)
    });
    part(move || shown.get().then(|| view! { <Strip /> }))
}

#[component]
fn Strip() -> impl IntoView {
    let console = use_console();
    let now = Memo::new(move |_| step(console));
    let number = move || match now.get() {
        Step::Connect | Step::Connecting => 0,
        Step::Command | Step::Waiting => 1,
        Step::Answer(_) => 2,
        Step::Done => 3,
    };
    let finish = move || {
        console.settings.update(|settings| settings.guided = true);
        focus("[data-testid=connect]");
    };
    let act = move || match now.get_untracked() {
        Step::Connect => {
            console.choose_target(Target::Simulated);
            console.connect();
        }
        Step::Command => console.submit_first(),
        Step::Answer(reply) => {
            console.select(Some(reply));
            console.narrow.set(NarrowView::Inspector);
        }
        Step::Connecting | Step::Waiting => {}
        Step::Done => finish(),
    };
    let button = move || match now.get() {
        Step::Connect => words::GUIDE_DO_CONNECT,
        Step::Command => words::GUIDE_DO_COMMAND,
        Step::Answer(_) => words::GUIDE_DO_ANSWER,
        Step::Connecting | Step::Waiting => words::GUIDE_WAIT,
        Step::Done => words::GUIDE_FINISH,
    };
    let row = move |place: usize, phrase: Phrase| {
        view! {
            <li
                class="guide-step"
                data-done=live(move || (number() > place).then_some(""))
                aria-current=live(move || (number() == place).then_some("step"))
            >
                <span class="guide-number" aria-hidden="true">
                    {live(move || if number() > place { "✓".to_owned() } else { (place + 1).to_string() })}
                </span>
                {live(move || console.say(phrase))}
                <span class="visually-hidden">
                    {live(move || (number() > place).then(|| console.say(words::GUIDE_STEP_DONE)))}
                </span>
            </li>
        }
        .into_any()
    };
    view! {
        <section
            class="guide"
            data-testid="guide"
            data-step=live(move || number().to_string())
            aria-label=live(move || console.say(words::GUIDE))
        >
            <h2 class="section-title">{live(move || console.say(words::GUIDE))}</h2>
            <ol class="guide-steps" hidden=live(move || now.get() == Step::Done)>
                {row(0, words::GUIDE_CONNECT)} {row(1, words::GUIDE_COMMAND)}
                {row(2, words::GUIDE_ANSWER)}
            </ol>
            <p class="guide-done" role="status">
                {live(move || (now.get() == Step::Done).then(|| console.say(words::GUIDE_DONE)))}
            </p>
            <span class="top-bar-space"></span>
            <button
                type="button"
                class="button button-primary"
                data-testid="guide-act"
                aria-disabled=live(move || {
                    matches!(now.get(), Step::Connecting | Step::Waiting).then_some("true")
                })
                on:click=move |_| act()
            >
                {live(move || console.say(button()))}
            </button>
            <button
                type="button"
                class="button-quiet"
                data-testid="guide-skip"
                hidden=live(move || now.get() == Step::Done)
                on:click=move |_| finish()
            >
                {live(move || console.say(words::GUIDE_SKIP))}
            </button>
        </section>
    }
    .into_any()
}
