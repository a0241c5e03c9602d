//! Faults on demand: what the simulated platform does wrong, to which messages, and how often.

use leptos::prelude::*;

use super::simulated::OnlySimulated;
use crate::engine::seam::{Direction, MessageFault, MessageKind, Misfortune, Role, StruckFault};
use crate::ui::components::{Choose, DigitsField, live, part};
use crate::ui::console::{Console, use_console};
use crate::ui::format::time_of_day;
use crate::ui::i18n::{Phrase, words};
use crate::ui::near::stay_near;

/// Every misfortune by name.
const MISFORTUNES: [(&str, Phrase); 7] = [
    ("drop", words::FAULT_DROP),
    ("delay", words::FAULT_DELAY),
    ("duplicate", words::FAULT_DUPLICATE),
    ("wrong-id", words::FAULT_WRONG_ID),
    ("error-code", words::FAULT_ERROR_CODE),
    ("throttle", words::FAULT_THROTTLE),
    ("disconnect", words::FAULT_DISCONNECT),
];

const fn name_of(what: Misfortune) -> &'static str {
    match what {
        Misfortune::Delay { .. } => "delay",
        Misfortune::Drop => "drop",
        Misfortune::Duplicate => "duplicate",
        Misfortune::WrongId => "wrong-id",
        Misfortune::ErrorCode { .. } => "error-code",
        Misfortune::Throttle => "throttle",
        Misfortune::Disconnect => "disconnect",
    }
}

fn misfortune(name: &str, millis: u32, code: i64) -> Misfortune {
    match name {
        "delay" => Misfortune::Delay { millis },
        "duplicate" => Misfortune::Duplicate,
        "wrong-id" => Misfortune::WrongId,
        "error-code" => Misfortune::ErrorCode { code },
        "throttle" => Misfortune::Throttle,
        "disconnect" => Misfortune::Disconnect,
        _ => Misfortune::Drop,
    }
}

fn phrase_of(what: Misfortune) -> Phrase {
    let name = name_of(what);
    MISFORTUNES
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(words::FAULT_DROP, |(_, phrase)| *phrase)
}

/// What the platform calls a kind; anything else is a topic.
fn kind_name(console: Console, kind: &str) -> String {
    if kind.is_empty() {
        return console.say(words::FAULT_ANY).to_owned();
    }
    console.device.declaration.with(|known| {
        known
            .as_ref()
            .and_then(|known| known.kinds.iter().find(|known| known.key == kind))
            .map_or_else(|| kind.to_owned(), |kind| console.tell(&kind.label))
    })
}

/// The part of the dock.
#[component]
pub fn Faults() -> impl IntoView {
    view! {
        <OnlySimulated
            reason=words::FAULTS_ONLY_SIMULATED
            empty="faults-empty"
            draw=|| {
                view! {
                    <div class="faults">
                        <Arming />
                        <Armed />
                        <Struck />
                    </div>
                }
                    .into_any()
            }
        />
    }
}

/// Chooses a fault.
#[component]
fn Arming() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let what = RwSignal::new("drop".to_owned());
    let kind = RwSignal::new(String::new());
    let times = RwSignal::new("1".to_owned());
    let millis = RwSignal::new("5000".to_owned());
    // Empty until the user types: then the platform's usual one is meant.
    let code = RwSignal::new(String::new());
    let usual_code = Memo::new(move |_| {
        device.faults.with(|faults| {
            let wanted = kind.get();
            faults
                .refusals
                .iter()
                .find(|(key, _)| *key == wanted)
                .or_else(|| faults.refusals.first())
                .map(|(_, code)| *code)
        })
    });
    let options = Signal::derive(move || {
        MISFORTUNES
            .iter()
            .map(|(name, phrase)| ((*name).to_owned(), console.say(*phrase).to_owned()))
            .collect::<Vec<_>>()
    });
    // Only what a fault can strike is offered.
    let kinds = Memo::new(move |_| {
        let what = what.get();
        let direction = misfortune(&what, 0, 0).direction();
        let refusals = device.faults.with(|faults| faults.refusals.clone());
        let can_strike = |known: &[MessageKind], kind: &MessageKind| {
            let way = kind.direction == direction;
            // An event of the platform may be an answer too.
            let answers = kind.role == Role::Response
                || known
                    .iter()
                    .any(|asked| asked.answered_by.as_deref() == Some(kind.key.as_ref()));
            match what.as_str() {
                "wrong-id" => way && answers,
                "error-code" => refusals.iter().any(|(key, _)| kind.key == *key),
                _ => way && (direction == Direction::Down || kind.role != Role::Response),
            }
        };
        device.declaration.with(|known| {
            known
                .as_ref()
                .map(|known| {
                    known
                        .kinds
                        .iter()
                        .filter(|kind| can_strike(&known.kinds, kind))
                        .cloned()
                        .collect::<Vec<_>>()
                })
                .unwrap_or_default()
        })
    });
    let kind_options = Signal::derive(move || {
        let any = (String::new(), console.say(words::FAULT_ANY).to_owned());
        let named = kinds.with(|kinds| {
            kinds
                .iter()
                .map(|kind| (kind.key.to_string(), console.tell(&kind.label)))
                .collect::<Vec<_>>()
        });
        core::iter::once(any).chain(named).collect::<Vec<_>>()
    });
    let shown_code = Signal::derive(move || {
        let typed = code.get();
        if typed.is_empty() {
            usual_code
                .get()
                .map(|code| code.to_string())
                .unwrap_or_default()
        } else {
            typed
        }
    });
    let is_code = move || what.with(|what| what == "error-code");
    let is_delay = move || what.with(|what| what == "delay");
    let number = |typed: RwSignal<String>| typed.with(|text| text.trim().parse::<u32>().ok());
    let code_number = move || shown_code.with(|text| text.trim().parse::<i64>().ok());
    let reason = move || {
        let count = number(times).filter(|times| *times > 0);
        if is_code() && usual_code.get().is_none() {
            Some(words::FAULT_NO_CODES)
        } else if count.is_none()
            || (is_delay() && number(millis).is_none())
            || (is_code() && code_number().is_none())
        {
            Some(words::FAULT_NUMBERS_WRONG)
        } else {
            None
        }
    };
    let arm = move |_| {
        if untrack(reason).is_some() {
            return;
        }
        let fault = untrack(|| MessageFault {
            kind: kind.get(),
            what: misfortune(
                &what.get(),
                number(millis).unwrap_or_default(),
                code_number().unwrap_or_default(),
            ),
            times: number(times).unwrap_or_default(),
        });
        console.arm(fault);
    };
    view! {
        <section class="faults-part" aria-label=live(move || console.say(words::FAULTS))>
            <div class="form">
                <div class="field">
                    <label class="field-label" for="fault-what">
                        {live(move || console.say(words::FAULT))}
                    </label>
                    <Choose
                        id="fault-what"
                        options=options
                        value=what
                        on_change=move |name: String| {
                            what.set(name);
                            kind.set(String::new());
                        }
                    />
                </div>
                <div class="field">
                    <label class="field-label" for="fault-kind">
                        {live(move || console.say(words::FAULT_KIND))}
                    </label>
                    <Choose
                        id="fault-kind"
                        options=kind_options
                        value=kind
                        on_change=move |key: String| kind.set(key)
                    />
                </div>
            </div>
            <div class="rule-grid">
                <DigitsField
                    id="fault-times"
                    label=words::FAULT_TIMES
                    value=times
                    wrong=Signal::derive(move || number(times).is_none_or(|times| times == 0))
                    on_change=move |text: String| times.set(text)
                />
                <div hidden=live(move || !is_delay())>
                    <DigitsField
                        id="fault-delay"
                        label=words::FAULT_MILLIS
                        value=millis
                        wrong=Signal::derive(move || number(millis).is_none())
                        on_change=move |text: String| millis.set(text)
                    />
                </div>
                <div hidden=live(move || !is_code())>
                    <DigitsField
                        id="fault-code"
                        label=words::FAULT_CODE
                        value=shown_code
                        wrong=Signal::derive(move || code_number().is_none())
                        on_change=move |text: String| code.set(text)
                    />
                </div>
            </div>
            <div class="form-actions">
                <span class="field-note" id="fault-reason" data-testid="fault-reason">
                    {live(move || reason().map(|phrase| console.say(phrase)))}
                </span>
                <button
                    type="button"
                    class="button button-primary"
                    data-testid="fault-arm"
                    aria-disabled=live(move || reason().map(|_| "true"))
                    aria-describedby="fault-reason"
                    on:click=arm
                >
                    {live(move || console.say(words::FAULT_ARM))}
                </button>
            </div>
        </section>
    }
    .into_any()
}

/// A fault in words: its number where it has one.
fn told(console: Console, what: Misfortune) -> String {
    let phrase = console.say(phrase_of(what));
    match what {
        Misfortune::Delay { millis } => format!("{phrase} ({millis} ms)"),
        Misfortune::ErrorCode { code } => format!("{phrase} ({code})"),
        _ => phrase.to_owned(),
    }
}

/// What will strike.
#[component]
fn Armed() -> impl IntoView {
    let console = use_console();
    let faults = console.device.faults;
    let is_empty = move || faults.with(|faults| faults.armed.is_empty());
    let rows = move || {
        faults
            .get()
            .armed
            .iter()
            .cloned()
            .map(|armed| {
                let (id, fault) = (armed.id, armed.fault);
                let (what, times, kind) = (fault.what, fault.times, fault.kind);
                let key = kind.clone();
                view! {
                    <li
                        class="fault"
                        data-testid="fault-armed"
                        data-what=name_of(what)
                        data-kind=key
                        data-left=times.to_string()
                    >
                        <span>
                            <strong>{live(move || kind_name(console, &kind))}</strong>
                            ": "
                            {live(move || told(console, what))}
                            " "
                            <span class="ledger-advice">
                                {live(move || console.fill(words::FAULT_LEFT, &[&times.to_string()]))}
                            </span>
                        </span>
                        <button
                            type="button"
                            class="button-quiet"
                            data-testid="fault-disarm"
                            on:click=move |_| {
                                stay_near("[data-testid=fault-disarm]", "#fault-what");
                                console.disarm(Some(id));
                            }
                        >
                            {live(move || console.say(words::FAULT_DISARM))}
                        </button>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <section class="faults-part" aria-labelledby="faults-armed-title">
            <h3 class="section-title" id="faults-armed-title">
                {live(move || console.say(words::FAULTS_ARMED_TITLE))}
            </h3>
            <ol class="plain-list">{part(rows)}</ol>
            <p class="field-note" hidden=live(move || !is_empty())>
                {live(move || console.say(words::FAULTS_EMPTY))}
            </p>
            <button
                type="button"
                class="button"
                data-testid="fault-disarm-all"
                hidden=live(is_empty)
                on:click=move |_| {
                    stay_near("[data-testid=fault-disarm-all]", "#fault-what");
                    console.disarm(None);
                }
            >
                {live(move || console.say(words::FAULT_DISARM_ALL))}
            </button>
        </section>
    }
    .into_any()
}

/// What struck, newest first.
#[component]
fn Struck() -> impl IntoView {
    let console = use_console();
    let faults = console.device.faults;
    let row = move |struck: StruckFault| {
        let StruckFault {
            at,
            kind,
            what,
            effective,
        } = struck;
        let key = kind.clone();
        view! {
            <li
                class="record"
                data-testid="fault-struck"
                data-what=name_of(what)
                data-kind=key
            >
                <span class="record-time">{time_of_day(at, console.utc_offset_minutes)}</span>
                <span class="record-text">
                    <strong>{live(move || kind_name(console, &kind))}</strong>
                    ": "
                    {live(move || told(console, what))}
                    {(!effective)
                        .then(|| {
                            view! {
                                <span class="trip-flag">
                                    {live(move || console.say(words::FAULT_WITHOUT_EFFECT))}
                                </span>
                            }
                        })}
                </span>
            </li>
        }
    };
    view! {
        <section class="faults-part" aria-labelledby="faults-struck-title">
            <h3 class="section-title" id="faults-struck-title">
                {live(move || console.say(words::FAULTS_STRUCK))}
            </h3>
            <ol class="plain-list">
                {part(move || {
                    faults.get().struck.iter().rev().cloned().map(row).collect_view()
                })}
            </ol>
            <p
                class="field-note"
                hidden=live(move || faults.with(|faults| !faults.struck.is_empty()))
            >
                {live(move || console.say(words::FAULTS_NOT_STRUCK))}
            </p>
        </section>
    }
    .into_any()
}
