//! The credential workbench: every step of how credentials come about, and what is wrong with the
//! ones that are refused. What is typed here stays in memory and goes when the page goes.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::registry::WORKBENCH;
use crate::engine::seam::{
    Calculator, DialectId, Finding, FormValues, Place, WorkbenchRequest, WorkbenchStep,
    WorkbenchView,
};
use crate::ui::components::{Choose, FindingList, FormFields, live, part};
use crate::ui::console::{Console, EngineState, use_console};
use crate::ui::i18n::words;
use crate::ui::workspace::with_defaults;

/// One form of the workbench: whose it is, and what is typed into it.
type Forms = BTreeMap<(DialectId, String), FormValues>;

/// What is typed and chosen here. Not part of the workspace, so nothing of it is ever stored.
#[derive(Clone, Copy)]
struct State {
    console: Console,
    /// The calculator chosen, by dialect.
    chosen: RwSignal<BTreeMap<DialectId, String>>,
    inputs: RwSignal<Forms>,
    pasted: RwSignal<Forms>,
    reveal: RwSignal<bool>,
    calculators: Memo<Vec<Calculator>>,
    calculator: Memo<Option<Calculator>>,
}

impl State {
    fn new(console: Console) -> Self {
        let device = console.device;
        let chosen = RwSignal::new(BTreeMap::<DialectId, String>::new());
        let calculators = Memo::new(move |_| {
            device.declaration.with(|known| {
                known
                    .as_ref()
                    .map(|known| known.calculators.clone())
                    .unwrap_or_default()
            })
        });
        let calculator = Memo::new(move |_| {
            let dialect = device.workspace.with(|w| w.profile.dialect.clone());
            let key = chosen.with(|chosen| chosen.get(&dialect).cloned());
            calculators.with(|all| {
                all.iter()
                    .find(|known| Some(known.key.as_ref()) == key.as_deref())
                    .or_else(|| all.first())
                    .cloned()
            })
        });
        Self {
            console,
            chosen,
            inputs: RwSignal::new(Forms::new()),
            pasted: RwSignal::new(Forms::new()),
            reveal: RwSignal::new(false),
            calculators,
            calculator,
        }
    }

    fn dialect(self) -> DialectId {
        self.console
            .device
            .workspace
            .with_untracked(|w| w.profile.dialect.clone())
    }

    /// What is typed into a form of the calculator in hand.
    fn typed(self, forms: RwSignal<Forms>) -> FormValues {
        let dialect = self
            .console
            .device
            .workspace
            .with(|w| w.profile.dialect.clone());
        let Some(calculator) = self.calculator.get() else {
            return FormValues::new();
        };
        forms.with(|forms| {
            forms
                .get(&(dialect, calculator.key.to_string()))
                .cloned()
                .unwrap_or_default()
        })
    }

    fn type_into(self, forms: RwSignal<Forms>, key: String, text: String) {
        let Some(calculator) = self.calculator.get_untracked() else {
            return;
        };
        let at = (self.dialect(), calculator.key.to_string());
        forms.update(|forms| {
            forms.entry(at).or_default().insert(key, text);
        });
    }

    /// What the engine is asked to work out; nothing while the panel is not in sight.
    fn request(self) -> Option<WorkbenchRequest> {
        let open = self
            .console
            .settings
            .with(|settings| settings.dock_panel == WORKBENCH && !settings.dock_folded);
        let calculator = self.calculator.get()?;
        open.then(|| WorkbenchRequest {
            calculator: calculator.key.to_string(),
            values: with_defaults(&calculator.fields, Some(&self.typed(self.inputs))),
            presented: self.typed(self.pasted),
            reveal: self.reveal.get(),
        })
    }
}

/// The part of the dock.
#[component]
pub fn Workbench() -> impl IntoView {
    let console = use_console();
    let state = State::new(console);
    let request = Memo::new(move |_| state.request());
    Effect::new(move |_| {
        let request = request.get();
        if console.engine.get() == EngineState::Running {
            console.work_out(request);
        }
    });
    // Whoever leaves finds everything masked when they come back.
    Effect::new(move |_| {
        if request.with(Option::is_none) {
            state.reveal.set(false);
        }
    });
    // Another device's panels take this one's place, and nobody sees what is worked out.
    on_cleanup(move || console.work_out(None));
    let view = console.device.workbench;
    view! {
        <div class="workbench">
            <Inputs state=state view=view />
            <Steps state=state view=view />
            <Check state=state view=view />
        </div>
    }
    .into_any()
}

/// Which computation, and its own form.
#[component]
fn Inputs(state: State, view: RwSignal<Option<WorkbenchView>>) -> impl IntoView {
    let console = state.console;
    let options = Signal::derive(move || {
        state.calculators.with(|all| {
            all.iter()
                .map(|known| (known.key.to_string(), console.tell(&known.label)))
                .collect::<Vec<_>>()
        })
    });
    let findings = Memo::new(move |_| {
        view.with(|view| {
            view.as_ref()
                .map(|view| view.findings.clone())
                .unwrap_or_default()
        })
    });
    // A form of its own shows the remarks on its fields beside them; the identity's is elsewhere.
    let general = Memo::new(move |_| {
        let of_identity = state
            .calculator
            .with(|known| known.as_ref().is_some_and(|known| known.of_identity));
        findings.with(|findings| {
            findings
                .iter()
                .filter(|finding| of_identity || !matches!(finding.place, Place::Form(_)))
                .cloned()
                .collect::<Vec<Finding>>()
        })
    });
    let change = Callback::new(move |(key, text): (String, String)| {
        state.type_into(state.inputs, key, text);
    });
    let values = Memo::new(move |_| state.typed(state.inputs));
    view! {
        <section
            class="workbench-part"
            tabindex="0"
            aria-label=live(move || console.say(words::WORKBENCH_INPUTS))
        >
            <label class="visually-hidden" for="workbench-calculator">
                {live(move || console.say(words::WORKBENCH_CALCULATOR))}
            </label>
            <Choose
                id="workbench-calculator"
                options=options
                value=Signal::derive(move || {
                    state
                        .calculator
                        .with(|known| known.as_ref().map(|known| known.key.to_string()))
                        .unwrap_or_default()
                })
                on_change=move |key: String| {
                    let dialect = state.dialect();
                    state.chosen.update(|chosen| {
                        chosen.insert(dialect, key);
                    });
                }
            />
            {part(move || {
                state
                    .calculator
                    .get()
                    .map(|known| {
                        let summary = known.summary;
                        view! {
                            <p class="field-note">{live(move || console.tell(&summary))}</p>
                            <div class="form">
                                <FormFields
                                    prefix="workbench-field".to_owned()
                                    fields=known.fields
                                    values=values
                                    findings=findings
                                    on_change=change
                                />
                            </div>
                        }
                    })
            })}
            <FindingList id="workbench-findings" findings=general />
            <p class="field-note">{live(move || console.say(words::WORKBENCH_KEPT))}</p>
        </section>
    }
    .into_any()
}

/// Every step of the computation.
#[component]
fn Steps(state: State, view: RwSignal<Option<WorkbenchView>>) -> impl IntoView {
    let console = state.console;
    let steps = Memo::new(move |_| {
        view.with(|view| {
            view.as_ref()
                .map(|view| view.steps.clone())
                .unwrap_or_default()
        })
    });
    view! {
        <section
            class="workbench-part"
            tabindex="0"
            aria-labelledby="workbench-steps-title"
        >
            <div class="workbench-bar">
                <h3 class="section-title" id="workbench-steps-title">
                    {live(move || console.say(words::WORKBENCH_STEPS))}
                </h3>
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="workbench-reveal"
                    aria-pressed=live(move || state.reveal.get().to_string())
                    on:click=move |_| state.reveal.update(|reveal| *reveal = !*reveal)
                >
                    {live(move || {
                        console
                            .say(
                                if state.reveal.get() {
                                    words::WORKBENCH_CONCEAL
                                } else {
                                    words::WORKBENCH_REVEAL
                                },
                            )
                    })}
                </button>
            </div>
            <ol class="steps" data-testid="workbench-steps">
                {part(move || {
                    steps
                        .get()
                        .into_iter()
                        .map(|step| view! { <Step step=step /> })
                        .collect_view()
                })}
            </ol>
            <p class="empty" hidden=live(move || !steps.with(Vec::is_empty))>
                {live(move || console.say(words::WORKBENCH_STEPS_EMPTY))}
            </p>
        </section>
    }
    .into_any()
}

#[component]
fn Step(step: WorkbenchStep) -> impl IntoView {
    let console = use_console();
    let WorkbenchStep {
        label,
        secret,
        value,
    } = step;
    let copied = value.clone();
    let copy = move |_| {
        if let Some(value) = &copied {
            console.copy(value);
        }
    };
    let masked = value.is_none();
    view! {
        <li class="step" data-testid="workbench-step" data-masked=masked.then_some("")>
            <span class="step-label">
                {live({
                    let label = label.clone();
                    move || console.tell(&label)
                })}
                {secret
                    .then(|| {
                        view! { <em class="step-secret">{live(move || console.say(words::KIND_SECRET))}</em> }
                    })}
            </span>
            <button
                type="button"
                class="button-quiet"
                hidden=masked
                aria-label=live(move || console.fill(words::WORKBENCH_COPY, &[&console.tell(&label)]))
                on:click=copy
            >
                {live(move || console.say(words::COPY))}
            </button>
            <code class="step-value" data-testid="workbench-value">
                {match value {
                    Some(value) if value.is_empty() => {
                        live(move || console.say(words::WORKBENCH_EMPTY)).into_any()
                    }
                    Some(value) => value.into_any(),
                    None => live(move || console.say(words::SECRET_MASKED)).into_any(),
                }}
            </code>
        </li>
    }
    .into_any()
}

/// What is refused, and why.
#[component]
fn Check(state: State, view: RwSignal<Option<WorkbenchView>>) -> impl IntoView {
    let console = state.console;
    let verdict =
        Memo::new(move |_| view.with(|view| view.as_ref().and_then(|view| view.verdict.clone())));
    let remarks = Memo::new(move |_| verdict.get().unwrap_or_default());
    let change = Callback::new(move |(key, text): (String, String)| {
        state.type_into(state.pasted, key, text);
    });
    let values = Memo::new(move |_| state.typed(state.pasted));
    let none = Signal::derive(Vec::<Finding>::new);
    let outcome = move || {
        verdict.with(|verdict| {
            verdict.as_ref().map(|remarks| {
                if remarks.iter().any(Finding::is_error) {
                    ("wrong", words::WORKBENCH_WRONG)
                } else {
                    ("right", words::WORKBENCH_RIGHT)
                }
            })
        })
    };
    view! {
        <section
            class="workbench-part"
            tabindex="0"
            aria-labelledby="workbench-check-title"
        >
            <h3 class="section-title" id="workbench-check-title">
                {live(move || console.say(words::WORKBENCH_CHECK))}
            </h3>
            <p class="field-note">{live(move || console.say(words::WORKBENCH_CHECK_HELP))}</p>
            {part(move || {
                state
                    .calculator
                    .get()
                    .map(|known| {
                        view! {
                            <div class="form">
                                <FormFields
                                    prefix="workbench-pasted".to_owned()
                                    fields=known.presented
                                    values=values
                                    findings=none
                                    on_change=change
                                />
                            </div>
                        }
                    })
            })}
            <p
                class="workbench-verdict"
                role="status"
                data-testid="workbench-verdict"
                data-outcome=live(move || outcome().map(|(outcome, _)| outcome))
            >
                {live(move || outcome().map(|(_, phrase)| console.say(phrase)))}
            </p>
            <FindingList id="workbench-remarks" findings=remarks />
        </section>
    }
    .into_any()
}
