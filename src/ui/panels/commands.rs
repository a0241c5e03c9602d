//! Round trips: requests and their answers with the time of each step, and answers by hand.

use leptos::prelude::*;

use crate::engine::seam::{Direction, Finding, FrameId, LedgerRow, RoundTripState, UnixMillis};
use crate::ui::components::{FormFields, live, part};
use crate::ui::console::{Console, use_console};
use crate::ui::format::{grouped, micros, tenths, time_of_day};
use crate::ui::i18n::{Phrase, words};
use crate::ui::near::stay_near;
use crate::ui::workspace::{answering_kind, with_defaults};

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
    // A request that is gone, with its log or its platform, takes its form along.
    let shown = Memo::new(move |_| {
        let has = |id: &u64| ledger.with(|ledger| ledger.rows.iter().any(|row| row.id == *id));
        answering.get().filter(has)
    });
    let dropped = Memo::new(move |_| ledger.with(|ledger| ledger.dropped));
    let open = Memo::new(move |_| ledger.with(|ledger| ledger.open));
    let is_empty = move || ledger.with(|ledger| ledger.rows.is_empty());
    view! {
        <div class="commands" data-answering=live(move || shown.get().map(|_| ""))>
            <div class="ledger">
                <table class="table ledger-table" aria-label=live(move || console.say(words::COMMANDS))>
                    <thead>
                        <tr>
                            <Head phrase=words::LEDGER_REQUEST />
                            <Head phrase=words::LEDGER_ID />
                            <Head phrase=words::LEDGER_OPENED />
                            <Head phrase=words::LEDGER_LATENCY />
                            <Head phrase=words::LEDGER_ACKNOWLEDGED />
                            <Head phrase=words::LEDGER_OUTCOME />
                            <Head phrase=words::LEDGER_FRAMES />
                        </tr>
                    </thead>
                    <tbody>
                        <For
                            each=rows
                            // A row that changed is another row: it is drawn anew.
                            key=key
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
            <div class="answering" hidden=live(move || shown.get().is_none())>
                {part(move || {
                    shown.get().map(|id| view! { <AnswerForm id=id answering=answering /> })
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

/// Everything that a row shows.
type Key = (
    u64,
    &'static str,
    Option<FrameId>,
    [Option<u64>; 3],
    Option<UnixMillis>,
    (bool, u32),
);

fn key(row: &LedgerRow) -> Key {
    let times = [
        row.latency_micros,
        row.acknowledged_micros,
        row.reply_acknowledged_micros,
    ];
    (
        row.id,
        state_name(row.state),
        row.reply,
        times,
        row.planned,
        (row.late, row.repeats),
    )
}

/// Latency of a finished round trip; for an open one, what is left until its deadline, or the time
/// that it has been waiting.
fn latency(console: Console, row: &LedgerRow) -> String {
    if let Some(latency) = row.latency_micros {
        return micros(latency);
    }
    if !matches!(row.state, RoundTripState::Open | RoundTripState::Accepted) {
        return String::new();
    }
    let waited = console.now.get().0.saturating_sub(row.opened.0).max(0);
    match row.deadline_ms {
        Some(deadline) => {
            let left = i64::from(deadline).saturating_sub(waited);
            let deadline = micros(u64::from(deadline) * 1000);
            console.fill(words::DEADLINE, &[&tenths(left), &deadline])
        }
        None => tenths(waited),
    }
}

/// When the request and the answer were acknowledged, counted from the request.
fn acknowledged(row: &LedgerRow) -> String {
    let shown = |time: Option<u64>| time.map_or_else(|| "–".to_owned(), micros);
    match (row.acknowledged_micros, row.reply_acknowledged_micros) {
        (None, None) => String::new(),
        (request, None) if row.reply.is_none() => shown(request),
        (request, answer) => format!("{} · {}", shown(request), shown(answer)),
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
    let has_code = row
        .outcome
        .as_ref()
        .is_some_and(|outcome| !outcome.code.is_empty());
    let (late, repeats, planned) = (row.late, row.repeats, row.planned);
    let acknowledged = acknowledged(&row);
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
            data-late=late.to_string()
            data-repeats=repeats.to_string()
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
            <td
                class="mono number"
                data-testid="ledger-acknowledged"
                title=live(move || console.say(words::LEDGER_ACKNOWLEDGED_HELP))
            >
                {acknowledged}
            </td>
            <td class="cut" title=full>
                <span class="trip-state" data-state=state_name(state)>
                    // Sign and code say it already; the words are for who cannot see the sign.
                    <span class=has_code.then_some("visually-hidden")>
                        {live(move || console.say(state_phrase(state)))}
                    </span>
                </span>
                {late
                    .then(|| {
                        view! {
                            <span
                                class="trip-flag"
                                data-testid="ledger-late"
                                title=live(move || console.say(words::LEDGER_LATE_HELP))
                            >
                                {live(move || console.say(words::LEDGER_LATE))}
                            </span>
                        }
                    })}
                {(repeats > 0)
                    .then(|| {
                        view! {
                            <span
                                class="trip-flag"
                                data-testid="ledger-repeats"
                                title=live(move || console.say(words::LEDGER_REPEATS_HELP))
                            >
                                {live(move || {
                                    console.fill(words::LEDGER_REPEATS, &[&repeats.to_string()])
                                })}
                            </span>
                        }
                    })}
                {planned
                    .map(|at| {
                        view! {
                            <span class="ledger-advice" data-testid="ledger-planned">
                                {live(move || {
                                    let left = at.0.saturating_sub(console.now.get().0);
                                    console.fill(words::LEDGER_PLANNED, &[&tenths(left)])
                                })}
                            </span>
                        }
                    })}
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
    let rule = device
        .workspace
        .with_untracked(|w| w.profile.answer.kinds.get(&row.kind).cloned());
    let typed = rule.map(|rule| rule.form);
    let values = RwSignal::new(with_defaults(&kind.fields, typed.as_ref()));
    let label = row.label.clone();
    // The form goes away: its row is where the user came from, by the button that stays.
    let close = move |button: &str| {
        let row = format!("[data-testid=ledger-row][data-id=\"{id}\"] [data-testid={button}]");
        stay_near(&row, "[data-testid=ledger-request]");
        answering.set(None);
    };
    let send = move || {
        console.answer(row.request, values.get_untracked());
        close("ledger-request");
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
                    on:click=move |_| close("answer")
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

/// Answers are linted when they are made, so their forms show nothing beforehand.
pub(super) fn no_findings() -> Signal<Vec<Finding>> {
    Signal::stored(Vec::new())
}
