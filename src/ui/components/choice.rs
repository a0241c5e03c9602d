//! One of several values.

use super::live::live;
use leptos::prelude::*;

use crate::ui::console::use_console;
use crate::ui::i18n::words;

/// A drop-down list; `options` are value and name.
#[component]
pub fn Choose(
    #[prop(into)] id: String,
    #[prop(into, optional)] label: Option<Signal<String>>,
    #[prop(into)] options: Signal<Vec<(String, String)>>,
    #[prop(into)] value: Signal<String>,
    #[prop(into)] on_change: Callback<String>,
    #[prop(into, optional)] described_by: Option<Signal<Option<String>>>,
    #[prop(into, optional)] invalid: Option<Signal<Option<&'static str>>>,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    view! {
        <select
            class="input"
            id=id.clone()
            data-testid=id
            aria-label=live(move || label.map(|label| label.get()))
            aria-required=required.then_some("true")
            aria-invalid=live(move || invalid.and_then(|invalid| invalid.get()))
            aria-describedby=live(move || described_by.and_then(|described_by| described_by.get()))
            on:change=move |event| on_change.run(event_target_value(&event))
        >
            <For
                each=move || options.get()
                key=|option| option.clone()
                children=move |(option, name)| {
                    let this = option.clone();
                    view! {
                        <option value=option prop:selected=live(move || value.get() == this)>
                            {name}
                        </option>
                    }
                }
            />
        </select>
    }
}

/// QoS 0, 1 or 2.
#[component]
pub fn QosChoice(
    #[prop(into)] id: String,
    #[prop(into, optional)] label: Option<Signal<String>>,
    #[prop(into)] value: Signal<u8>,
    #[prop(into)] on_change: Callback<u8>,
) -> impl IntoView {
    let console = use_console();
    let options = Signal::derive(move || {
        [words::QOS_0, words::QOS_1, words::QOS_2]
            .into_iter()
            .enumerate()
            .map(|(number, name)| (number.to_string(), console.say(name).to_owned()))
            .collect::<Vec<_>>()
    });
    let label = label.unwrap_or_else(|| Signal::derive(move || console.say(words::QOS).to_owned()));
    view! {
        <Choose
            id=id
            label=label
            options=options
            value=Signal::derive(move || value.get().to_string())
            on_change=move |text: String| on_change.run(text.parse().unwrap_or(0))
        />
    }
}
