//! The first steps: from nothing to an answered command on the simulated platform. Three buttons,
//! each of which does what the page's own buttons do; skipped or done, it does not come back by
//! itself.

use leptos::prelude::*;

use crate::engine::seam::{ConnectionState, Direction, FrameId, LedgerRow, RoundTripState, Target};
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
    Register,
    Registering,
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
                None => registration(console).unwrap_or(Step::Command),
            }
        }
        ConnectionState::Offline => Step::Connect,
        _ => Step::Connecting,
    }
}

/// The kind of message that this platform wants before it sends anything.
fn first_kind(console: Console) -> Option<String> {
    console.device.declaration.with(|declaration| {
        let first = declaration.as_ref()?.connect.first.as_ref()?;
        Some(first.to_string())
    })
}

/// What is left to do until the platform knows the device; nothing where it does.
fn registration(console: Console) -> Option<Step> {
    let first = first_kind(console)?;
    console.device.ledger.with(|ledger| {
        let mut sent = ledger.rows.iter().rev().filter(|row| row.kind == first);
        match sent.next() {
            None => Some(Step::Register),
            Some(row) if row.reply.is_some() => None,
            Some(row) if row.state == RoundTripState::Open => Some(Step::Registering),
            Some(_) => Some(Step::Register),
        }
    })
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
    // A platform that wants a registration first has one step more.
    let registers = Memo::new(move |_| first_kind(console).is_some());
    let more = move || usize::from(registers.get());
    let number = move || match now.get() {
        Step::Connect | Step::Connecting => 0,
        Step::Register | Step::Registering => 1,
        Step::Command | Step::Waiting => 1 + more(),
        Step::Answer(_) => 2 + more(),
        Step::Done => 3 + more(),
    };
    let finish = move || {
        console.settings.update(|settings| settings.guided = true);
        focus("[data-testid=connect]");
    };
    let act = move || match now.get_untracked() {
        Step::Connect => {
            console.choose_target(Target::Simulated);
            console.lend_secrets();
            console.press_connect();
        }
        Step::Register => {
            if let Some(kind) = first_kind(console) {
                console.publish_default(&kind);
            }
        }
        Step::Command => console.submit_first(),
        Step::Answer(reply) => {
            console.select(Some(reply));
            console.narrow.set(NarrowView::Inspector);
        }
        Step::Connecting | Step::Registering | Step::Waiting => {}
        Step::Done => finish(),
    };
    let button = move || match now.get() {
        Step::Connect if console.asks() => words::CONNECT_ANYWAY,
        Step::Connect => words::GUIDE_DO_CONNECT,
        Step::Register => words::GUIDE_DO_REGISTER,
        Step::Command => words::GUIDE_DO_COMMAND,
        Step::Answer(_) => words::GUIDE_DO_ANSWER,
        Step::Connecting | Step::Registering | Step::Waiting => words::GUIDE_WAIT,
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
            data-step=live(move || match now.get() {
                Step::Connect | Step::Connecting => "connect",
                Step::Register | Step::Registering => "register",
                Step::Command | Step::Waiting => "command",
                Step::Answer(_) => "answer",
                Step::Done => "done",
            })
            aria-label=live(move || console.say(words::GUIDE))
        >
            <h2 class="section-title">{live(move || console.say(words::GUIDE))}</h2>
            <ol class="guide-steps" hidden=live(move || now.get() == Step::Done)>
                {row(0, words::GUIDE_CONNECT)}
                {part(move || {
                    let at = 1 + more();
                    let register = registers.get().then(|| row(1, words::GUIDE_REGISTER));
                    (register, row(at, words::GUIDE_COMMAND), row(at + 1, words::GUIDE_ANSWER))
                })}
            </ol>
            <p class="guide-done" role="status" data-testid="guide-said">
                {live(move || match now.get() {
                    Step::Done => Some(console.say(words::GUIDE_DONE).to_owned()),
                    Step::Connect => console.question(),
                    _ => None,
                })}
            </p>
            <span class="top-bar-space"></span>
            <button
                type="button"
                class="button button-primary"
                data-testid="guide-act"
                aria-disabled=live(move || {
                    let waits = matches!(
                        now.get(),
                        Step::Connecting | Step::Registering | Step::Waiting
                    );
                    waits.then_some("true")
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
