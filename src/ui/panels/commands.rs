//! Round trips: requests and their answers, and how requests from the cloud are answered.

use leptos::prelude::*;

use crate::engine::seam::{
    Declaration, Direction, Finding, FormValues, FrameId, LedgerRow, MessageKind, RoundTripState,
};
use crate::ui::components::{FormFields, live, part};
use crate::ui::console::{Console, use_console};
use crate::ui::format::{grouped, micros, time_of_day};
use crate::ui::i18n::{Phrase, words};
use crate::ui::workspace::{answering, with_defaults};

/// The part of the dock.
#[component]
pub fn Commands() -> impl IntoView {
    let console = use_console();
    let ledger = console.device.ledger;
    let answering = RwSignal::new(None::<u64>);
    let rows = move || {
        // Newest first: what just happened is what people look for.
        ledger.with(|ledger| ledger.rows.iter().rev().cloned().collect::<Vec<_>>())
    };
    let dropped = Memo::new(move |_| ledger.with(|ledger| ledger.dropped));
    let open = Memo::new(move |_| ledger.with(|ledger| ledger.open));
    let is_empty = move || ledger.with(|ledger| ledger.rows.is_empty());
    view! {
        <div class="commands">
            <div class="ledger">
                <table class="table ledger-table" aria-label=live(move || console.say(words::COMMANDS))>
                    <thead>
                        <tr>
                            <Head phrase=words::LEDGER_REQUEST />
                            <Head phrase=words::LEDGER_ID />
                            <Head phrase=words::LEDGER_OPENED />
                            <Head phrase=words::LEDGER_LATENCY />
                            <Head phrase=words::LEDGER_OUTCOME />
                            <Head phrase=words::LEDGER_FRAMES />
                        </tr>
                    </thead>
                    <tbody>
                        <For
                            each=rows
                            // A row that changed is another row: it is drawn anew.
                            key=|row| (row.id, state_name(row.state), row.reply, row.latency_micros)
                            children=move |row| view! { <Row row=row answering=answering /> }
                        />
                    </tbody>
                </table>
                <p class="empty" hidden=live(move || !is_empty())>
                    {live(move || console.say(words::LEDGER_EMPTY))}
                </p>
                <p class="field-note" hidden=live(move || dropped.get() == 0)>
                    {live(move || console.fill(words::LEDGER_DROPPED, &[&grouped(dropped.get())]))}
                </p>
                <span
                    class="visually-hidden"
                    data-testid="ledger-open"
                    data-count=live(move || open.get().to_string())
                ></span>
            </div>
            <div class="answering">
                {part(move || match answering.get() {
                    Some(id) => view! { <AnswerForm id=id answering=answering /> }.into_any(),
                    None => view! { <AnswerRule /> }.into_any(),
                })}
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Head(phrase: Phrase) -> impl IntoView {
    let console = use_console();
    view! { <th scope="col">{live(move || console.say(phrase))}</th> }
}

const fn state_name(state: RoundTripState) -> &'static str {
    match state {
        RoundTripState::Open => "open",
        RoundTripState::Accepted => "accepted",
        RoundTripState::Succeeded => "succeeded",
        RoundTripState::Failed => "failed",
        RoundTripState::Unanswered => "unanswered",
    }
}

const fn state_phrase(state: RoundTripState) -> Phrase {
    match state {
        RoundTripState::Open => words::LEDGER_OPEN,
        RoundTripState::Accepted => words::LEDGER_ACCEPTED,
        RoundTripState::Succeeded => words::LEDGER_SUCCEEDED,
        RoundTripState::Failed => words::LEDGER_FAILED,
        RoundTripState::Unanswered => words::LEDGER_UNANSWERED,
    }
}

/// Latency of a finished round trip; for an open one, the time that it has been waiting.
fn latency(console: Console, row: &LedgerRow) -> String {
    let passed = match row.latency_micros {
        Some(latency) => micros(latency),
        None if matches!(row.state, RoundTripState::Open | RoundTripState::Accepted) => {
            let waited = console.now.get().0.saturating_sub(row.opened.0).max(0);
            // Tenths of a second: the clock ticks no finer.
            micros(waited.unsigned_abs().saturating_mul(1000) / 100_000 * 100_000)
        }
        None => return String::new(),
    };
    match row.deadline_ms {
        Some(deadline) if row.latency_micros.is_none() => {
            let deadline = micros(u64::from(deadline) * 1000);
            console.fill(words::DEADLINE, &[&passed, &deadline])
        }
        _ => passed,
    }
}

#[component]
fn Row(row: LedgerRow, answering: RwSignal<Option<u64>>) -> impl IntoView {
    let console = use_console();
    let (arrow, initiator, who) = match row.initiator {
        Direction::Up => ("↑", "up", words::DIRECTION_UP),
        Direction::Down => ("↓", "down", words::DIRECTION_DOWN),
    };
    let can_answer = row.initiator == Direction::Down && row.state == RoundTripState::Open;
    let (id, request, reply, state) = (row.id, row.request, row.reply, row.state);
    let label = row.label.clone();
    let outcome = row.outcome.clone();
    let waiting = row.clone();
    let opened = time_of_day(row.opened, console.utc_offset_minutes);
    let full = {
        let outcome = outcome.clone();
        move || {
            outcome.as_ref().map(|outcome| {
                format!(
                    "{} {} {}",
                    outcome.code,
                    outcome.name,
                    console.tell(&outcome.advice)
                )
            })
        }
    };
    let show = move |frame: FrameId, id: &'static str, word: Phrase, title: Phrase| {
        view! {
            <button
                type="button"
                class="button-quiet"
                data-testid=id
                title=live(move || console.say(title))
                on:click=move |_| console.inspect(frame)
            >
                {live(move || console.say(word))}
            </button>
        }
    };
    view! {
        <tr
            data-testid="ledger-row"
            data-id=id.to_string()
            data-state=state_name(state)
            data-initiator=initiator
            data-kind=row.kind.clone()
            data-correlation=row.correlation.clone()
        >
            <td class="cut" data-testid="ledger-label">
                <span
                    class="ledger-arrow"
                    data-direction=initiator
                    role="img"
                    aria-label=live(move || console.say(who))
                >
                    {arrow}
                </span>
                " "
                {live(move || console.tell(&label))}
            </td>
            <td class="mono cut" title=row.correlation.clone()>
                {row.correlation.clone()}
                {row
                    .assumed
                    .then(|| {
                        view! {
                            <abbr class="assumed" title=live(move || console.say(words::LEDGER_ASSUMED))>
                                "?"
                            </abbr>
                        }
                    })}
            </td>
            <td class="mono" title=opened.clone()>
                // Milliseconds are in the log; here the width counts.
                {opened.split('.').next().unwrap_or_default().to_owned()}
            </td>
            <td class="mono number" data-testid="ledger-latency">
                {live(move || latency(console, &waiting))}
            </td>
            <td class="cut" title=full>
                <span class="trip-state" data-state=state_name(state)>
                    {live(move || console.say(state_phrase(state)))}
                </span>
                " "
                <span data-testid="ledger-outcome">
                    {outcome
                        .map(|outcome| {
                            let advice = outcome.advice;
                            view! {
                                <span data-code=outcome.code.clone()>
                                    {format!("{} {}", outcome.code, outcome.name)}
                                </span>
                                " "
                                <span class="ledger-advice">{live(move || console.tell(&advice))}</span>
                            }
                        })}
                </span>
            </td>
            <td class="ledger-actions">
                {show(request, "ledger-request", words::REQUEST, words::SHOW_REQUEST)}
                {reply.map(|reply| show(reply, "ledger-reply", words::REPLY, words::SHOW_REPLY))}
                {can_answer
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="button"
                                data-testid="answer"
                                on:click=move |_| answering.set(Some(id))
                            >
                                {live(move || console.say(words::ANSWER))}
                            </button>
                        }
                    })}
            </td>
        </tr>
    }
    .into_any()
}

/// The kind that answers requests of kind `request`.
fn answering_kind<'a>(declaration: &'a Declaration, request: &str) -> Option<&'a MessageKind> {
    let asked = declaration.kinds.iter().find(|kind| kind.key == request)?;
    let answer = asked.answered_by.as_ref()?;
    declaration.kinds.iter().find(|kind| kind.key == *answer)
}

/// An answer by hand to one open request.
#[component]
fn AnswerForm(id: u64, answering: RwSignal<Option<u64>>) -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let row = device
        .ledger
        .with_untracked(|ledger| ledger.rows.iter().find(|row| row.id == id).cloned());
    let declaration = device.declaration.get_untracked();
    let kind = row
        .as_ref()
        .zip(declaration.as_ref())
        .and_then(|(row, declaration)| answering_kind(declaration, &row.kind).cloned());
    let Some((row, kind)) = row.zip(kind) else {
        return view! { <p class="empty">{live(move || console.say(words::ANSWER_NONE))}</p> }
            .into_any();
    };
    // The form starts as the automatic answer would be.
    let typed = device
        .workspace
        .with_untracked(|w| w.profile.answer.forms.get(kind.key.as_ref()).cloned());
    let values = RwSignal::new(with_defaults(&kind.fields, typed.as_ref()));
    let label = row.label.clone();
    let send = move || {
        console.answer(row.request, values.get_untracked());
        answering.set(None);
    };
    view! {
        <form
            class="answer-form"
            data-testid="answer-form"
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            <h3 class="section-title">
                {live(move || console.fill(words::ANSWER_TO, &[&console.tell(&label)]))}
            </h3>
            <div class="form">
                <FormFields
                    prefix="answer-field".to_owned()
                    fields=kind.fields
                    values=values
                    findings=no_findings()
                    on_change=move |(key, value): (String, String)| {
                        values.update(|values| {
                            values.insert(key, value);
                        });
                    }
                />
            </div>
            <div class="form-actions">
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="answer-cancel"
                    on:click=move |_| answering.set(None)
                >
                    {live(move || console.say(words::CANCEL))}
                </button>
                <button type="submit" class="button button-primary" data-testid="answer-send">
                    {live(move || console.say(words::ANSWER_SEND))}
                </button>
            </div>
        </form>
    }
    .into_any()
}

/// Whether requests are answered at once, and how.
#[component]
fn AnswerRule() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let kinds = move || {
        device.declaration.with(|known| {
            known
                .as_ref()
                .map(|known| answering(known).cloned().collect::<Vec<_>>())
                .unwrap_or_default()
        })
    };
    let form = move |kind: MessageKind| {
        let key = kind.key.to_string();
        let fields = kind.fields.clone();
        let values = {
            let (key, fields) = (key.clone(), fields.clone());
            Memo::new(move |_| -> FormValues {
                device
                    .workspace
                    .with(|w| with_defaults(&fields, w.profile.answer.forms.get(&key)))
            })
        };
        let prefix = format!("answer-rule-{key}");
        let label = kind.label;
        view! {
            <fieldset class="form">
                <legend class="field-label">{live(move || console.tell(&label))}</legend>
                <FormFields
                    prefix=prefix
                    fields=fields
                    values=values
                    findings=no_findings()
                    on_change=move |(field, value): (String, String)| {
                        device
                            .workspace
                            .update(|w| {
                                w.profile
                                    .answer
                                    .forms
                                    .entry(key.clone())
                                    .or_default()
                                    .insert(field, value);
                            });
                    }
                />
            </fieldset>
        }
        .into_any()
    };
    view! {
        <div class="answer-rule">
            <div class="field" data-switch="">
                <label class="field-label section-title" for="answer-automatic">
                    {live(move || console.say(words::ANSWER_AUTOMATIC))}
                </label>
                <input
                    class="switch"
                    type="checkbox"
                    role="switch"
                    id="answer-automatic"
                    data-testid="answer-automatic"
                    aria-describedby="answer-automatic-help"
                    prop:checked=live(move || device.workspace.with(|w| w.profile.answer.automatic))
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        device.workspace.update(|w| w.profile.answer.automatic = on);
                    }
                />
            </div>
            <p class="field-note" id="answer-automatic-help">
                {live(move || console.say(words::ANSWER_AUTOMATIC_HELP))}
            </p>
            {part(move || {
                let kinds = kinds();
                if kinds.is_empty() {
                    view! { <p class="empty">{live(move || console.say(words::ANSWER_NONE))}</p> }
                        .into_any()
                } else {
                    kinds.into_iter().map(form).collect_view().into_any()
                }
            })}
        </div>
    }
    .into_any()
}

/// Answers are linted when they are made, so their forms show nothing beforehand.
fn no_findings() -> Signal<Vec<Finding>> {
    Signal::stored(Vec::new())
}
