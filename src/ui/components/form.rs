//! Forms drawn from a dialect's declaration; they know no dialect by name.

use super::live::live;
use leptos::prelude::*;

use super::{Choose, FindingList};
use crate::engine::seam::{Finding, FormField, FormValues, Input, Place};
use crate::ui::console::use_console;
use crate::ui::i18n::words;

/// Every field of a form, each with its label, its help and the findings about it.
#[component]
pub fn FormFields(
    /// Prefix of the fields' ids.
    prefix: String,
    fields: Vec<FormField>,
    #[prop(into)] values: Signal<FormValues>,
    #[prop(into)] findings: Signal<Vec<Finding>>,
    #[prop(into)] on_change: Callback<(String, String)>,
) -> impl IntoView {
    let all = StoredValue::new(fields.clone());
    fields
        .into_iter()
        .map(|field| {
            let asked = {
                let field = field.clone();
                Signal::derive(move || {
                    all.with_value(|all| values.with(|values| field.is_asked(all, values)))
                })
            };
            view! {
                <FieldInput
                    id=format!("{prefix}-{}", field.key)
                    field=field
                    asked=asked
                    values=values
                    findings=findings
                    on_change=on_change
                />
            }
        })
        .collect_view()
}

/// One field of a form.
#[component]
pub fn FieldInput(
    id: String,
    field: FormField,
    /// Whether the question is asked; it is out of sight otherwise.
    #[prop(into, default = Signal::stored(true))]
    asked: Signal<bool>,
    #[prop(into)] values: Signal<FormValues>,
    #[prop(into)] findings: Signal<Vec<Finding>>,
    #[prop(into)] on_change: Callback<(String, String)>,
) -> impl IntoView {
    let console = use_console();
    let FormField {
        key,
        label,
        help,
        input,
        required,
        asked_when: _,
        default,
    } = field;
    let key = StoredValue::new(key.to_string());
    let default = default.to_string();
    let value = Signal::derive(move || {
        values.with(|values| {
            key.with_value(|key| values.get(key).cloned())
                .unwrap_or_else(|| default.clone())
        })
    });
    let change = Callback::new(move |text: String| on_change.run((key.get_value(), text)));
    let about = Memo::new(move |_| {
        findings.with(|findings| {
            findings
                .iter()
                .filter(|finding| {
                    key.with_value(|key| matches!(&finding.place, Place::Form(at) if at == key))
                })
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    let wide = matches!(input, Input::Multiline | Input::Json);
    let is_switch = matches!(input, Input::Switch);
    let findings_id = format!("{id}-findings");
    let help_id = format!("{id}-help");
    let has_help = !help.en.is_empty();
    let described_by = {
        let (findings_id, help_id) = (findings_id.clone(), help_id.clone());
        Signal::derive(move || {
            let invalid = !about.with(Vec::is_empty);
            match (invalid, has_help) {
                (true, true) => Some(format!("{findings_id} {help_id}")),
                (true, false) => Some(findings_id.clone()),
                (false, true) => Some(help_id.clone()),
                (false, false) => None,
            }
        })
    };
    let invalid = Signal::derive(move || (!about.with(Vec::is_empty)).then_some("true"));
    let label = StoredValue::new(label);
    let label_text = Signal::derive(move || label.with_value(|label| console.tell(label)));
    let help_text = Signal::derive({
        let help = help.clone();
        move || console.tell(&help)
    });
    let control = control(
        &id,
        input,
        required,
        label_text,
        value,
        change,
        described_by,
        invalid,
    );
    view! {
        <div
            class="field"
            data-wide=wide.then_some("")
            data-switch=is_switch.then_some("")
            data-invalid=live(move || invalid.get().map(|_| ""))
            hidden=live(move || !asked.get())
        >
            <label class="field-label" for=id.clone()>
                <span class="field-label-text">{label_text}</span>
                {required
                    .then(|| {
                        view! {
                            <span class="field-required" title=live(move || console.say(words::REQUIRED))>
                                "*"
                            </span>
                        }
                    })}
            </label>
            {has_help
                .then(|| {
                    view! {
                        <span class="field-help" id=help_id>
                            {help_text}
                        </span>
                    }
                })} {control} <FindingList id=findings_id findings=about />
        </div>
    }
    .into_any()
}

#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one input, used once, just above"
)]
fn control(
    id: &str,
    input: Input,
    required: bool,
    label: Signal<String>,
    value: Signal<String>,
    change: Callback<String>,
    described_by: Signal<Option<String>>,
    invalid: Signal<Option<&'static str>>,
) -> AnyView {
    let console = use_console();
    let id = id.to_owned();
    match input {
        Input::Secret => view! {
            <SecretInput
                id=id
                label=label
                value=value
                on_change=change
                described_by=described_by
                invalid=invalid
                required=required
            />
        }
        .into_any(),
        Input::Multiline | Input::Json => {
            let json = matches!(input, Input::Json);
            view! {
                <textarea
                    class="input"
                    data-mono=json.then_some("")
                    id=id.clone()
                    data-testid=id
                    rows="2"
                    spellcheck="false"
                    autocomplete="off"
                    aria-required=required.to_string()
                    aria-invalid=live(move || invalid.get())
                    aria-describedby=live(move || described_by.get())
                    prop:value=live(move || value.get())
                    on:input=move |event| change.run(event_target_value(&event))
                ></textarea>
            }
            .into_any()
        }
        Input::Switch => view! {
            <input
                class="switch"
                type="checkbox"
                role="switch"
                id=id.clone()
                data-testid=id
                aria-describedby=live(move || described_by.get())
                prop:checked=live(move || value.get() == "true")
                on:change=move |event| change.run(event_target_checked(&event).to_string())
            />
        }
        .into_any(),
        Input::Choice(choices) => {
            let options = Signal::derive(move || {
                let mut options: Vec<(String, String)> = choices
                    .iter()
                    .map(|choice| (choice.value.to_string(), console.tell(&choice.label)))
                    .collect();
                // A value from elsewhere, such as an older visit, is shown as it is.
                let value = value.get();
                if !options.iter().any(|(option, _)| *option == value) {
                    options.push((value.clone(), value));
                }
                options
            });
            view! {
                <Choose
                    id=id
                    options=options
                    value=value
                    on_change=change
                    described_by=described_by
                    invalid=invalid
                    required=required
                />
            }
            .into_any()
        }
        Input::Text | Input::Integer { .. } => {
            let numeric = matches!(input, Input::Integer { .. });
            let bounds = match input {
                Input::Integer { min, max } => Some(format!("{min} … {max}")),
                _ => None,
            };
            view! {
                <input
                    class="input"
                    type="text"
                    inputmode=numeric.then_some("numeric")
                    placeholder=bounds
                    id=id.clone()
                    data-testid=id
                    spellcheck="false"
                    autocomplete="off"
                    autocapitalize="off"
                    aria-required=required.to_string()
                    aria-invalid=live(move || invalid.get())
                    aria-describedby=live(move || described_by.get())
                    prop:value=live(move || value.get())
                    on:input=move |event| change.run(event_target_value(&event))
                />
            }
            .into_any()
        }
    }
}

/// A masked line with a button that shows it.
#[component]
pub fn SecretInput(
    #[prop(into)] id: String,
    #[prop(into)] label: Signal<String>,
    #[prop(into)] value: Signal<String>,
    #[prop(into)] on_change: Callback<String>,
    #[prop(into, optional)] placeholder: Option<Signal<String>>,
    #[prop(into, optional)] described_by: Option<Signal<Option<String>>>,
    #[prop(into, optional)] invalid: Option<Signal<Option<&'static str>>>,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let console = use_console();
    let shown = RwSignal::new(false);
    view! {
        // A form of its own, with the hidden name that browsers look for beside a password; nothing
        // is ever submitted.
        <form
            class="secret"
            autocomplete="off"
            on:submit=move |event| {
                event.prevent_default();
                event.stop_propagation();
            }
        >
            <input type="text" hidden autocomplete="username" tabindex="-1" />
            <input
                class="input"
                type=live(move || if shown.get() { "text" } else { "password" })
                id=id.clone()
                data-testid=id
                spellcheck="false"
                // Not a login: a password manager has nothing to fill in here.
                autocomplete="new-password"
                autocapitalize="off"
                title=live(move || {
                    let keeps = console.device.workspace.with(|w| w.keep_secrets);
                    console.say(if keeps { words::KEEP_SECRETS_ON } else { words::KEEP_SECRETS_OFF })
                })
                placeholder=live(move || placeholder.map(|placeholder| placeholder.get()))
                aria-required=required.then_some("true")
                aria-invalid=live(move || invalid.and_then(|invalid| invalid.get()))
                aria-describedby=live(move || described_by.and_then(|described_by| described_by.get()))
                prop:value=live(move || value.get())
                on:input=move |event| on_change.run(event_target_value(&event))
            />
            <button
                type="button"
                class="button-quiet"
                data-testid="reveal"
                aria-pressed=live(move || shown.get().to_string())
                aria-label=live(move || {
                    let phrase = if shown.get() { words::CONCEAL_FIELD } else { words::REVEAL_FIELD };
                    console.fill(phrase, &[&label.get()])
                })
                on:click=move |_| shown.update(|shown| *shown = !*shown)
            >
                {live(move || console.say(if shown.get() { words::CONCEAL } else { words::REVEAL }))}
            </button>
        </form>
    }
}
