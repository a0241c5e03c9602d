//! Single fields of a form that the page declares itself: a line of text, a number, a switch; and
//! the fold that keeps what is seldom wanted out of the way.

use leptos::prelude::*;

use super::live::live;
use crate::ui::console::use_console;
use crate::ui::i18n::{Phrase, words};

/// A line of text.
#[component]
pub fn TextField(
    id: &'static str,
    label: Phrase,
    #[prop(into)] value: Signal<String>,
    #[prop(into, optional)] placeholder: Option<Signal<String>>,
    #[prop(into)] on_change: Callback<String>,
) -> impl IntoView {
    let console = use_console();
    view! {
        <div class="field">
            <label class="field-label" for=id>{live(move || console.say(label))}</label>
            <input
                class="input"
                type="text"
                id=id
                data-testid=id
                spellcheck="false"
                autocomplete="off"
                autocapitalize="off"
                placeholder=live(move || placeholder.map(|placeholder| placeholder.get()))
                prop:value=live(move || value.get())
                on:input=move |event| on_change.run(event_target_value(&event))
            />
        </div>
    }
    .into_any()
}

/// A line of digits, as typed.
#[component]
pub fn DigitsField(
    id: &'static str,
    label: Phrase,
    #[prop(into)] value: Signal<String>,
    #[prop(into)] on_change: Callback<String>,
    /// Whether what is typed does not do.
    #[prop(into)]
    wrong: Signal<bool>,
    /// What may be typed.
    #[prop(into, optional)]
    range: Option<Signal<String>>,
    /// What is said where it does not do; without it, what may be typed.
    #[prop(optional)]
    told: Option<Phrase>,
    #[prop(into, optional)] placeholder: Option<Signal<String>>,
) -> impl IntoView {
    let console = use_console();
    let range = move || range.map(|range| range.get());
    let told = move || told.map_or_else(range, |told| Some(console.say(told).to_owned()));
    let wrong_id = format!("{id}-wrong");
    view! {
        <div class="field" data-invalid=live(move || wrong.get().then_some(""))>
            <label class="field-label" for=id>{live(move || console.say(label))}</label>
            <input
                class="input"
                type="text"
                inputmode="numeric"
                id=id
                data-testid=id
                spellcheck="false"
                autocomplete="off"
                title=live(range)
                aria-invalid=live(move || wrong.get().then_some("true"))
                aria-describedby=wrong_id.clone()
                placeholder=live(move || placeholder.map(|placeholder| placeholder.get()))
                prop:value=live(move || value.get())
                on:input=move |event| on_change.run(event_target_value(&event))
            />
            <span class="field-wrong" id=wrong_id hidden=live(move || !wrong.get())>
                {live(told)}
            </span>
        </div>
    }
    .into_any()
}

/// A whole number, or nothing. What is typed stays as typed while it is no number.
#[component]
pub fn NumberField(
    id: &'static str,
    label: Phrase,
    max: u32,
    #[prop(into)] value: Signal<Option<u32>>,
    #[prop(into)] on_change: Callback<Option<u32>>,
    /// Whether 0 says the same as nothing; either then stays as typed.
    #[prop(optional)]
    zero_is_nothing: bool,
) -> impl IntoView {
    let console = use_console();
    let shown = |value: Option<u32>| value.map(|number| number.to_string()).unwrap_or_default();
    let typed = RwSignal::new(shown(value.get_untracked()));
    let read = move |text: &str| {
        text.trim()
            .parse::<u32>()
            .ok()
            .filter(|number| *number <= max)
    };
    let says = move |number: Option<u32>| number.filter(|number| *number > 0 || !zero_is_nothing);
    // Set from elsewhere, or cleared: the stored profile arrives after this panel is made.
    Effect::new(move |_| {
        let value = value.get();
        if says(typed.with_untracked(|typed| read(typed))) != says(value) {
            typed.set(shown(value));
        }
    });
    let wrong = move || typed.with(|typed| !typed.trim().is_empty() && read(typed).is_none());
    let range = move || console.fill(words::V5_RANGE, &[&max.to_string()]);
    view! {
        <DigitsField
            id=id
            label=label
            value=typed
            on_change=move |text: String| {
                let number = read(&text);
                typed.set(text);
                on_change.run(number);
            }
            wrong=Signal::derive(wrong)
            range=Signal::derive(range)
        />
    }
}

/// Yes or no.
#[component]
pub fn SwitchField(
    id: &'static str,
    label: Phrase,
    #[prop(into)] value: Signal<bool>,
    #[prop(into)] on_change: Callback<bool>,
    /// What it means, for the pointer.
    #[prop(optional)]
    help: Option<Phrase>,
    /// The `id` of what explains it.
    #[prop(optional)]
    described_by: Option<&'static str>,
    /// Whether its label heads what follows.
    #[prop(optional)]
    heads: bool,
) -> impl IntoView {
    let console = use_console();
    view! {
        <div class="field" data-switch="">
            <label class="field-label" class:section-title=heads for=id>
                {live(move || console.say(label))}
            </label>
            <input
                class="switch"
                type="checkbox"
                role="switch"
                id=id
                data-testid=id
                title=live(move || help.map(|help| console.say(help)))
                aria-describedby=described_by
                prop:checked=live(move || value.get())
                on:change=move |event| on_change.run(event_target_checked(&event))
            />
        </div>
    }
    .into_any()
}

/// What is folded away under its title.
#[component]
pub fn Fold(
    /// Its `data-testid`.
    id: &'static str,
    title: Phrase,
    /// Whether it is open; the user folds it as they like until this changes.
    #[prop(into, optional)]
    open: Option<Signal<bool>>,
    children: Children,
) -> impl IntoView {
    let console = use_console();
    view! {
        <details
            class="more"
            data-testid=id
            prop:open=live(move || open.is_some_and(|open| open.get()))
        >
            <summary class="section-title">{live(move || console.say(title))}</summary>
            {children()}
        </details>
    }
    .into_any()
}
