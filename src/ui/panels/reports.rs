//! Periodic reports: what is sent again and again, how often, and how far it has come.

use leptos::prelude::*;

use super::simulated::choose_kind;
use crate::engine::seam::{Finding, MessageKind, ReportPlan, ReportState, ReportView};
use crate::ui::components::{Choose, DigitsField, FindingList, FormFields, live, part};
use crate::ui::console::{Console, use_console};
use crate::ui::format::{grouped, tenths};
use crate::ui::i18n::{Phrase, words};
use crate::ui::near::stay_near;
use crate::ui::workspace::{sendable, with_defaults};

/// The right half of the rules.
#[component]
pub fn Reports() -> impl IntoView {
    let console = use_console();
    let choice = choose_kind(|known| sendable(known).cloned().collect());
    view! {
        <h3 class="section-title" id="reports-title">{live(move || console.say(words::REPORTS))}</h3>
        <Running />
        <Ended />
        {part(move || {
            choice
                .kind
                .get()
                .map(|shown| {
                    view! {
                        <div class="field">
                            <label class="field-label" for="report-kind">
                                {live(move || console.say(words::MESSAGE_KIND))}
                            </label>
                            <Choose
                                id="report-kind"
                                options=choice.options
                                value=Signal::derive(move || choice.key())
                                on_change=move |key: String| choice.chosen.set(Some(key))
                            />
                        </div>
                        <Plan kind=shown />
                    }
                })
        })}
    }
    .into_any()
}

/// What would be sent, and how often.
#[component]
fn Plan(kind: MessageKind) -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let key = StoredValue::new(kind.key.to_string());
    let fields = kind.fields;
    let plan = Memo::new(move |_| -> ReportPlan {
        device.workspace.with(|w| {
            let plans = w.reports.get(&w.profile.dialect);
            plans
                .and_then(|plans| key.with_value(|key| plans.get(key).cloned()))
                .unwrap_or_default()
        })
    });
    let change = move |change: &dyn Fn(&mut ReportPlan)| {
        device.workspace.update(|w| {
            let plans = w.reports.entry(w.profile.dialect.clone()).or_default();
            change(plans.entry(key.get_value()).or_default());
        });
    };
    let values = {
        let fields = fields.clone();
        Memo::new(move |_| plan.with(|plan| with_defaults(&fields, Some(&plan.values))))
    };
    // What is typed may be no number yet.
    let start = plan.get_untracked();
    let interval = RwSignal::new(start.interval_ms.to_string());
    let jitter = RwSignal::new(start.jitter_ms.to_string());
    let times = RwSignal::new(start.times.to_string());
    let number = |text: &str| text.trim().parse::<u32>().ok();
    let is_wrong = move |typed: RwSignal<String>| {
        Signal::derive(move || typed.with(|text| number(text).is_none()))
    };
    let findings = Memo::new(move |_| {
        device.reports.with(|reports| {
            reports
                .iter()
                .find(|report| key.with_value(|key| *key == report.kind))
                .map(|report| report.findings.clone())
                .unwrap_or_default()
        })
    });
    let runs = Memo::new(move |_| {
        device.reports.with(|reports| {
            reports
                .iter()
                .any(|report| key.with_value(|key| *key == report.kind) && is_active(report.state))
        })
    });
    let reason = move || {
        let wrong = [interval, jitter, times]
            .into_iter()
            .any(|typed| typed.with(|text| number(text).is_none()));
        if wrong {
            Some(words::REPORT_NUMBERS_WRONG)
        } else if !device.is_connected() && !plan.with(|plan| plan.keep_on) {
            Some(words::REASON_NOT_CONNECTED)
        } else {
            None
        }
    };
    let send = move |_| {
        if untrack(reason).is_none() {
            let plan = ReportPlan {
                values: values.get_untracked(),
                ..plan.get_untracked()
            };
            console.start_report(key.get_value(), plan);
        }
    };
    view! {
        <div class="rule-grid">
            <DigitsField
                id="report-interval"
                label=words::REPORT_INTERVAL
                value=interval
                wrong=is_wrong(interval)
                on_change=move |text: String| {
                    if let Some(millis) = number(&text) {
                        change(&|plan| plan.interval_ms = millis);
                    }
                    interval.set(text);
                }
            />
            <DigitsField
                id="report-jitter"
                label=words::REPORT_JITTER
                value=jitter
                wrong=is_wrong(jitter)
                on_change=move |text: String| {
                    if let Some(millis) = number(&text) {
                        change(&|plan| plan.jitter_ms = millis);
                    }
                    jitter.set(text);
                }
            />
            <DigitsField
                id="report-times"
                label=words::REPORT_TIMES
                value=times
                wrong=is_wrong(times)
                on_change=move |text: String| {
                    if let Some(count) = number(&text) {
                        change(&|plan| plan.times = count);
                    }
                    times.set(text);
                }
            />
        </div>
        <label class="check">
            <input
                type="checkbox"
                data-testid="report-keep-on"
                prop:checked=live(move || plan.with(|plan| plan.keep_on))
                on:change=move |event| {
                    let on = event_target_checked(&event);
                    change(&|plan| plan.keep_on = on);
                }
            />
            {live(move || console.say(words::REPORT_KEEP_ON))}
        </label>
        <div class="form form-columns">
            <FormFields
                prefix="report-field".to_owned()
                fields=fields
                values=values
                findings=findings
                on_change=move |(field, value): (String, String)| {
                    change(&|plan| {
                        plan.values.insert(field.clone(), value.clone());
                    });
                }
            />
        </div>
        <div class="form-actions">
            <span class="field-note" id="report-reason" data-testid="report-reason">
                {live(move || reason().map(|phrase| console.say(phrase)))}
            </span>
            <button
                type="button"
                class="button button-primary"
                data-testid="report-start"
                aria-disabled=live(move || reason().map(|_| "true"))
                aria-describedby="report-reason"
                on:click=send
            >
                {live(move || {
                    console.say(if runs.get() { words::REPORT_RESTART } else { words::REPORT_START })
                })}
            </button>
        </div>
    }
    .into_any()
}

const fn is_active(state: ReportState) -> bool {
    matches!(state, ReportState::Running | ReportState::Waiting)
}

const fn state_of(state: ReportState) -> (&'static str, Phrase) {
    match state {
        ReportState::Running => ("running", words::REPORT_RUNNING),
        ReportState::Waiting => ("waiting", words::REPORT_WAITING),
        ReportState::Finished => ("finished", words::REPORT_FINISHED),
        ReportState::Stopped => ("stopped", words::REPORT_STOPPED),
    }
}

/// Every report that was started.
#[component]
fn Running() -> impl IntoView {
    let console = use_console();
    let reports = console.device.reports;
    let is_empty = move || reports.with(|reports| reports.is_empty());
    view! {
        <table class="table" hidden=live(is_empty)>
            <thead>
                <tr>
                    <th scope="col">{live(move || console.say(words::MESSAGE_KIND))}</th>
                    <th scope="col">{live(move || console.say(words::REPORT_STATE))}</th>
                    <th scope="col" class="number">{live(move || console.say(words::REPORT_SENT))}</th>
                    <th scope="col" class="number">{live(move || console.say(words::REPORT_NEXT))}</th>
                    <th scope="col"></th>
                </tr>
            </thead>
            <tbody>
                {part(move || {
                    reports
                        .get()
                        .iter()
                        .cloned()
                        .map(|report| view! { <ReportRow report=report /> })
                        .collect_view()
                })}
            </tbody>
        </table>
        <p class="field-note" hidden=live(move || !is_empty())>
            {live(move || console.say(words::REPORTS_EMPTY))}
        </p>
    }
    .into_any()
}

/// Reports that ran when the page was left. They stand still until they are started again.
#[component]
fn Ended() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let kinds = Memo::new(move |_| -> Vec<String> {
        let known = device.reports.get();
        device.workspace.with(|w| {
            let is_known = |kind: &&String| known.iter().any(|report| report.kind == **kind);
            w.running
                .iter()
                .filter(|kind| !is_known(kind))
                .cloned()
                .collect()
        })
    });
    part(move || {
        kinds
            .get()
            .into_iter()
            .map(|kind| view! { <EndedReport kind=kind /> })
            .collect_view()
    })
}

#[component]
fn EndedReport(kind: String) -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let name = {
        let kind = kind.clone();
        Signal::derive(move || name_of(console, &kind))
    };
    let key = StoredValue::new(kind);
    // Its form with what has been declared since.
    let plan = move || -> Option<ReportPlan> {
        let declaration = device.declaration.get()?;
        device.workspace.with(|w| {
            let plans = w.reports.get(&w.profile.dialect);
            let plan = key.with_value(|key| plans.and_then(|plans| plans.get(key)).cloned());
            let plan = plan.unwrap_or_default();
            let kind = key.with_value(|key| declaration.kind(key).cloned())?;
            let values = with_defaults(&kind.fields, Some(&plan.values));
            Some(ReportPlan { values, ..plan })
        })
    };
    let reason = move || {
        let waits = plan().is_some_and(|plan| plan.keep_on);
        (!device.is_connected() && !waits).then_some(words::REASON_NOT_CONNECTED)
    };
    let start = move |_| {
        if untrack(reason).is_none()
            && let Some(plan) = untrack(plan)
        {
            stay_near("[data-testid=report-again]", "[data-testid=report-stop]");
            console.start_report(key.get_value(), plan);
        }
    };
    let dismiss = move |_| {
        stay_near("[data-testid=report-dismiss]", "#report-kind");
        device.workspace.update(|w| {
            key.with_value(|key| w.running.remove(key));
        });
    };
    view! {
        <div class="form-actions" data-testid="report-ended" data-kind=key.get_value()>
            <span class="field-note">
                {live(move || console.fill(words::REPORT_ENDED, &[&name.get()]))}
            </span>
            <button
                type="button"
                class="button"
                data-testid="report-again"
                aria-disabled=live(move || reason().map(|_| "true"))
                title=live(move || reason().map(|phrase| console.say(phrase)))
                on:click=start
            >
                {live(move || console.say(words::REPORT_AGAIN))}
            </button>
            <button
                type="button"
                class="button"
                data-testid="report-dismiss"
                aria-label=live(move || console.fill(words::REPORT_DISMISS, &[&name.get()]))
                on:click=dismiss
            >
                {live(move || console.say(words::DISMISS))}
            </button>
        </div>
    }
    .into_any()
}

/// What the platform calls a kind.
fn name_of(console: Console, kind: &str) -> String {
    console.device.declaration.with(|known| {
        known
            .as_ref()
            .and_then(|known| known.kinds.iter().find(|known| known.key == kind))
            .map_or_else(|| kind.to_owned(), |kind| console.tell(&kind.label))
    })
}

#[component]
fn ReportRow(report: ReportView) -> impl IntoView {
    let console = use_console();
    let (name, phrase) = state_of(report.state);
    let (kind, next, skipped) = (report.kind.clone(), report.next, report.skipped);
    let label = {
        let kind = kind.clone();
        Signal::derive(move || name_of(console, &kind))
    };
    let wait = move || {
        next.map(|next| {
            let left = next.0.saturating_sub(console.now.get().0).max(0);
            console.fill(words::REPORT_IN, &[&tenths(left)])
        })
    };
    let counted = format!(
        "{} / {}",
        grouped(u64::from(report.sent)),
        grouped(u64::from(report.times))
    );
    // Those about fields stand under the form of the kind in hand; here all are listed.
    let findings: Vec<Finding> = report.findings.clone();
    let (has_findings, list) = (!findings.is_empty(), Signal::stored(findings));
    view! {
        <tr
            data-testid="report-row"
            data-kind=kind.clone()
            data-state=name
            data-sent=report.sent.to_string()
        >
            <td class="cut">{label}</td>
            <td>
                {live(move || console.say(phrase))}
                {has_findings
                    .then(|| {
                        view! { <FindingList id=format!("report-findings-{kind}") findings=list /> }
                    })}
            </td>
            <td class="mono number">
                {counted}
                {(skipped > 0)
                    .then(|| {
                        view! {
                            <span class="trip-flag" data-testid="report-skipped">
                                {live(move || {
                                    console.fill(
                                        words::REPORT_SKIPPED,
                                        &[&grouped(u64::from(skipped))],
                                    )
                                })}
                            </span>
                        }
                    })}
            </td>
            <td class="mono number" data-testid="report-next">{live(wait)}</td>
            <td>
                {is_active(report.state)
                    .then(|| {
                        let kind = report.kind.clone();
                        view! {
                            <button
                                type="button"
                                class="button"
                                data-testid="report-stop"
                                aria-label=live(move || {
                                    console.fill(words::REPORT_STOP_KIND, &[&label.get()])
                                })
                                on:click=move |_| {
                                    stay_near("[data-testid=report-stop]", "#report-kind");
                                    console.stop_report(kind.clone());
                                }
                            >
                                {live(move || console.say(words::REPORT_STOP))}
                            </button>
                        }
                    })}
            </td>
        </tr>
    }
    .into_any()
}
