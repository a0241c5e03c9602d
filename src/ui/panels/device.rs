//! The device: platform, target, identity, and the button that connects it.

use leptos::prelude::*;

use super::attempt::{ConnectButton, FailureCard};
use super::connection::{PlanSummary, Settings};
use super::fold::{Folding, fold_button};
use super::later::Later;
use super::subscriptions::Subscriptions;
use crate::engine::seam::{FormField, Target};
use crate::ui::components::{Choose, FormFields, live};
use crate::ui::console::use_console;
use crate::ui::i18n::words;

/// What a WebSocket address looks like; the same in every language.
const URL_EXAMPLE: &str = "ws://127.0.0.1:9001/mqtt";

static FOLDING: Folding = Folding {
    id: "device-fold",
    name: [words::COLLAPSE_DEVICE, words::EXPAND_DEVICE],
    sign: ["◂", "▸"],
    folded: |settings| &mut settings.device_folded,
    is_folded: |settings| settings.device_folded,
};

/// The panel.
#[component]
pub fn DevicePanel() -> impl IntoView {
    let console = use_console();
    view! {
        <section
            class="panel device-panel"
            id="device-panel"
            data-testid="device-panel"
            data-part="device"
            aria-labelledby="device-title"
        >
            <div class="panel-title">
                <h2 id="device-title">{live(move || console.say(words::DEVICE))}</h2>
                <span class="top-bar-space"></span>
                {fold_button(&FOLDING)}
            </div>
            <div class="panel-body device-body">
                <Platform />
                <TargetChoice />
                <Identity />
                <KeepSecrets />
                <Later draw=|| {
                    view! {
                        <Settings />
                        <PlanSummary />
                        <Subscriptions />
                    }
                        .into_any()
                } />
            </div>
            <footer class="device-footer">
                <Later draw=|| view! { <FailureCard /> }.into_any() />
                <ConnectButton />
            </footer>
        </section>
    }
    .into_any()
}

#[component]
fn Platform() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let options = Signal::derive(move || {
        console.catalogue.with(|catalogue| {
            catalogue
                .iter()
                .map(|known| (known.id.0.to_string(), console.tell(&known.name)))
                .collect::<Vec<_>>()
        })
    });
    let summary = move || {
        device
            .declaration
            .with(|known| known.as_ref().map(|known| console.tell(&known.summary)))
    };
    view! {
        // A list of one is no choice: on a first visit the other platforms come a moment later.
        <div
            class="field field-inline"
            title=summary
            inert=live(move || console.catalogue.with(|known| known.len() < 2))
        >
            <label class="field-label" for="platform">
                {live(move || console.say(words::PLATFORM))}
            </label>
            <Choose
                id="platform"
                options=options
                value=Signal::derive(move || {
                    device.workspace.with(|workspace| workspace.profile.dialect.0.to_string())
                })
                on_change=move |dialect: String| console.choose_platform(&dialect)
            />
        </div>
    }
}

#[component]
fn TargetChoice() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let target = Memo::new(move |_| device.workspace.with(|workspace| workspace.profile.target));
    let url = move || {
        device
            .workspace
            .with(|workspace| workspace.profile.connection.url.clone())
    };
    let reach = move || {
        device.declaration.with(|known| {
            known
                .as_ref()
                .map(|known| console.tell(&known.connect.reach))
        })
    };
    let note = live(move || match target.get() {
        Target::Simulated => Some(console.say(words::TARGET_SIMULATED_HELP).to_owned()),
        Target::Broker => reach(),
    });
    let plan_url = move || {
        let planned = device.plan.with(|plan| plan.url.clone());
        if planned.is_empty() {
            URL_EXAMPLE.to_owned()
        } else {
            planned
        }
    };
    view! {
        <fieldset class="target">
            <legend class="field-label">{live(move || console.say(words::TARGET))}</legend>
            <div class="target-choice">
            <label class="radio" data-chosen=live(move || (target.get() == Target::Simulated).then_some(""))>
                <input
                    type="radio"
                    name="target"
                    data-testid="target-simulated"
                    prop:checked=live(move || target.get() == Target::Simulated)
                    on:change=move |_| console.choose_target(Target::Simulated)
                />
                <span>{live(move || console.say(words::TARGET_SIMULATED))}</span>
            </label>
            <label class="radio" data-chosen=live(move || (target.get() == Target::Broker).then_some(""))>
                <input
                    type="radio"
                    name="target"
                    data-testid="target-broker"
                    prop:checked=live(move || target.get() == Target::Broker)
                    on:change=move |_| console.choose_target(Target::Broker)
                />
                <span>{live(move || console.say(words::TARGET_BROKER))}</span>
            </label>
            </div>
            <input
                class="input target-url"
                type="text"
                inputmode="url"
                id="url"
                data-testid="url"
                data-mono=""
                data-unused=live(move || (target.get() == Target::Simulated).then_some(""))
                spellcheck="false"
                autocomplete="off"
                autocapitalize="off"
                aria-label=live(move || console.say(words::URL))
                aria-describedby="target-note"
                placeholder=plan_url
                prop:value=url
                on:input=move |event| {
                    let typed = event_target_value(&event);
                    // Whoever types an address means to go there.
                    device
                        .workspace
                        .update(|workspace| {
                            workspace.profile.connection.url = typed;
                            workspace.aim(Target::Broker);
                        });
                }
            />
            <span class="field-note" id="target-note">
                {note}
            </span>
        </fieldset>
    }
}

#[component]
fn Identity() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let values = Memo::new(move |_| device.workspace.with(|w| w.profile.identity.clone()));
    let findings = Memo::new(move |_| console.remarks());
    let change = Callback::new(move |(key, value): (String, String)| {
        console.touch(&key);
        device.workspace.update(|workspace| {
            workspace.profile.identity.insert(key, value);
        });
    });
    let fields = move |fields: Vec<FormField>| {
        view! {
            <FormFields
                prefix="identity".to_owned()
                fields=fields
                values=values
                findings=findings
                on_change=change
            />
        }
    };
    move || {
        device.declaration.get().map(|declaration| {
            // What may stay empty, and starts so, is out of the way until it is wanted.
            let (main, optional): (Vec<_>, Vec<_>) = declaration
                .identity
                .iter()
                .cloned()
                .partition(|field| field.required || !field.default.is_empty());
            let used = optional.iter().any(|field| {
                values.with_untracked(|values| {
                    values
                        .get(field.key.as_ref())
                        .is_some_and(|value| !value.is_empty())
                })
            });
            let count = optional.len().to_string();
            view! {
                <fieldset class="form">
                    <legend class="section-title">{live(move || console.say(words::IDENTITY))}</legend>
                    {fields(main)}
                    {(!optional.is_empty())
                        .then(|| {
                            view! {
                                <details
                                    class="more"
                                    data-testid="identity-optional"
                                    open=used
                                >
                                    <summary>
                                        {live(move || console.fill(words::IDENTITY_OPTIONAL, &[&count]))}
                                    </summary>
                                    <div class="form">{fields(optional)}</div>
                                </details>
                            }
                        })}
                </fieldset>
            }
            .into_any()
        })
    }
}

/// Whether what is secret is stored with the rest.
#[component]
fn KeepSecrets() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let keeps = Memo::new(move |_| device.workspace.with(|w| w.keep_secrets));
    view! {
        <div class="keep-secrets">
            <label class="check">
                <input
                    type="checkbox"
                    data-testid="keep-secrets"
                    aria-describedby="keep-secrets-note"
                    prop:checked=live(move || keeps.get())
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        device.workspace.update(|w| w.keep_secrets = on);
                    }
                />
                <span>{live(move || console.say(words::KEEP_SECRETS))}</span>
            </label>
            <span class="field-note" id="keep-secrets-note">
                {live(move || {
                    console.say(if keeps.get() { words::KEEP_SECRETS_ON } else { words::KEEP_SECRETS_OFF })
                })}
            </span>
        </div>
    }
    .into_any()
}
