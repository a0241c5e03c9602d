//! How the device behaves by itself: an answer rule for each kind of request, and periodic reports.

use leptos::prelude::*;

use super::commands::no_findings;
use super::reports::Reports;
use super::simulated::choose_kind;
use crate::engine::seam::{AnswerFault, FormValues, KindRule, MessageKind};
use crate::ui::components::{Choose, DigitsField, Fold, FormFields, SwitchField, live, part};
use crate::ui::console::use_console;
use crate::ui::i18n::{Phrase, words};
use crate::ui::workspace::{answerable, answering_kind, with_defaults};

/// The part of the dock.
#[component]
pub fn Rules() -> impl IntoView {
    view! {
        <div class="rules">
            <section class="rules-part" aria-labelledby="answer-rules-title">
                <AnswerRules />
            </section>
            <section class="rules-part" aria-labelledby="reports-title">
                <Reports />
            </section>
        </div>
    }
    .into_any()
}

const FAULTS: [(AnswerFault, &str, Phrase); 6] = [
    (AnswerFault::None, "none", words::RULE_FAULT_NONE),
    (
        AnswerFault::NoAnswer,
        "no-answer",
        words::RULE_FAULT_NO_ANSWER,
    ),
    (AnswerFault::Late, "late", words::RULE_FAULT_LATE),
    (AnswerFault::Twice, "twice", words::RULE_FAULT_TWICE),
    (AnswerFault::WrongId, "wrong-id", words::RULE_FAULT_WRONG_ID),
    (
        AnswerFault::ErrorCode,
        "error-code",
        words::RULE_FAULT_ERROR_CODE,
    ),
];

/// Whether requests are answered by themselves, and for each kind how.
#[component]
fn AnswerRules() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let choice = choose_kind(|known| answerable(known).cloned().collect());
    let kind = Memo::new(move |_| {
        choice
            .kind
            .with(|kind| kind.as_ref().map(|kind| kind.key.to_string()))
    });
    let automatic = Memo::new(move |_| device.workspace.with(|w| w.profile.answer.automatic));
    view! {
        <h3 class="visually-hidden" id="answer-rules-title">
            {live(move || console.say(words::RULES))}
        </h3>
        <SwitchField
            id="answer-automatic"
            label=words::ANSWER_AUTOMATIC
            value=automatic
            on_change=move |on: bool| device.workspace.update(|w| w.profile.answer.automatic = on)
            described_by="answer-automatic-help"
            heads=true
        />
        <p class="field-note" id="answer-automatic-help">
            {live(move || console.say(words::ANSWER_AUTOMATIC_HELP))}
        </p>
        {part(move || match kind.get() {
            Some(key) => {
                view! {
                    <div class="field">
                        <label class="field-label" for="rule-kind">
                            {live(move || console.say(words::RULE_KIND))}
                        </label>
                        <Choose
                            id="rule-kind"
                            options=choice.options
                            value=Signal::derive(move || choice.key())
                            on_change=move |key: String| choice.chosen.set(Some(key))
                        />
                    </div>
                    <Rule request=key />
                    <Variables />
                }
                    .into_any()
            }
            None => {
                view! { <p class="empty">{live(move || console.say(words::ANSWER_NONE))}</p> }
                    .into_any()
            }
        })}
    }
    .into_any()
}

/// The rule for one kind of request.
#[component]
fn Rule(request: String) -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let answer = device.declaration.with_untracked(|known| {
        known
            .as_ref()
            .and_then(|known| answering_kind(known, &request).cloned())
    });
    let request = StoredValue::new(request);
    let rule = Memo::new(move |_| {
        device.workspace.with(|w| {
            request
                .with_value(|request| w.profile.answer.kinds.get(request).cloned())
                .unwrap_or_default()
        })
    });
    let change = move |change: &dyn Fn(&mut KindRule)| {
        device.workspace.update(|w| {
            let kinds = &mut w.profile.answer.kinds;
            change(kinds.entry(request.get_value()).or_default());
        });
    };
    let manners = Signal::derive(move || {
        vec![
            (
                "auto".to_owned(),
                console.say(words::RULE_BY_ITSELF).to_owned(),
            ),
            (
                "hand".to_owned(),
                console.say(words::RULE_BY_HAND).to_owned(),
            ),
        ]
    });
    let faults = Signal::derive(move || {
        FAULTS
            .iter()
            .map(|(_, name, phrase)| ((*name).to_owned(), console.say(*phrase).to_owned()))
            .collect::<Vec<_>>()
    });
    let fault = Signal::derive(move || {
        let fault = rule.with(|rule| rule.fault);
        FAULTS
            .iter()
            .find(|(known, ..)| *known == fault)
            .map_or("none", |(_, name, _)| *name)
            .to_owned()
    });
    let by_hand = Memo::new(move |_| rule.with(|rule| rule.by_hand));
    // What is typed may be no number yet.
    let delay = RwSignal::new(rule.with_untracked(|rule| rule.delay_ms.to_string()));
    let millis = move |text: &str| {
        let millis = text.trim().parse::<u32>().ok();
        millis.filter(|millis| *millis <= KindRule::MAX_DELAY_MS)
    };
    view! {
        <div class="rule-grid">
            <div class="field">
                <label class="field-label" for="rule-manner">
                    {live(move || console.say(words::RULE_MANNER))}
                </label>
                <Choose
                    id="rule-manner"
                    options=manners
                    value=Signal::derive(move || {
                        (if by_hand.get() { "hand" } else { "auto" }).to_owned()
                    })
                    on_change=move |manner: String| change(&|rule| rule.by_hand = manner == "hand")
                />
            </div>
            <DigitsField
                id="rule-delay"
                label=words::RULE_DELAY
                value=delay
                wrong=Signal::derive(move || delay.with(|text| millis(text).is_none()))
                on_change=move |text: String| {
                    if let Some(millis) = millis(&text) {
                        change(&|rule| rule.delay_ms = millis);
                    }
                    delay.set(text);
                }
            />
            <div class="field">
                <label class="field-label" for="rule-fault">
                    {live(move || console.say(words::RULE_FAULT))}
                </label>
                <Choose
                    id="rule-fault"
                    options=faults
                    value=fault
                    on_change=move |name: String| {
                        let fault = FAULTS
                            .iter()
                            .find(|(_, known, _)| *known == name)
                            .map_or(AnswerFault::None, |(fault, ..)| *fault);
                        change(&|rule| rule.fault = fault);
                    }
                />
            </div>
        </div>
        {answer.map(|answer| view! { <RuleForm request=request answer=answer rule=rule /> })}
    }
    .into_any()
}

/// The answer's form, with variables.
#[component]
fn RuleForm(
    request: StoredValue<String>,
    answer: MessageKind,
    rule: Memo<KindRule>,
) -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let fields = answer.fields;
    let label = answer.label;
    let values = {
        let fields = fields.clone();
        Memo::new(move |_| -> FormValues {
            rule.with(|rule| with_defaults(&fields, Some(&rule.form)))
        })
    };
    view! {
        <fieldset class="form">
            <legend class="field-label">{live(move || console.tell(&label))}</legend>
            <FormFields
                prefix="rule-field".to_owned()
                fields=fields
                values=values
                findings=no_findings()
                on_change=move |(key, value): (String, String)| {
                    device
                        .workspace
                        .update(|w| {
                            let kinds = &mut w.profile.answer.kinds;
                            let rule = kinds.entry(request.get_value()).or_default();
                            // What is shown is what is sent, also where nobody typed.
                            rule.form = values.get_untracked();
                            rule.form.insert(key, value);
                        });
                }
            />
        </fieldset>
    }
    .into_any()
}

/// Every variable and what it stands for.
#[component]
pub fn Variables() -> impl IntoView {
    let console = use_console();
    let rows = move || {
        console
            .variables
            .get()
            .iter()
            .cloned()
            .map(|variable| {
                view! {
                    <dt class="mono">{variable.syntax.to_string()}</dt>
                    <dd>{live(move || console.tell(&variable.meaning))}</dd>
                }
            })
            .collect_view()
    };
    view! {
        <Fold id="variables" title=words::VARIABLES>
            <p class="field-note">{live(move || console.say(words::VARIABLES_HELP))}</p>
            <dl class="facts variables">{rows}</dl>
        </Fold>
    }
    .into_any()
}
