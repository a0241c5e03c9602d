//! Subscriptions: those of the platform, and the user's own.

use leptos::prelude::*;
use web_sys::SubmitEvent;

use super::mqtt5::SubscriptionOptions;
use crate::engine::seam::{Subscription, SubscriptionState, SubscriptionView};
use crate::ui::components::{FindingList, QosChoice, live};
use crate::ui::console::{Console, use_console};
use crate::ui::i18n::words;
use crate::ui::near::stay_near;
use crate::ui::workspace::qos;

/// The list and the line that adds to it.
#[component]
pub fn Subscriptions() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let filter = RwSignal::new(String::new());
    let level = RwSignal::new(0_u8);
    let refused = RwSignal::new(false);
    let options = RwSignal::new(Subscription::new("", qos(0)));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = filter.get_untracked();
        refused.set(typed.is_empty());
        if !typed.is_empty() {
            console.subscribe(Subscription {
                filter: typed,
                qos: qos(level.get_untracked()),
                ..options.get_untracked()
            });
            filter.set(String::new());
        }
    };
    let list = move || {
        device.subscriptions.with(|subscriptions| {
            subscriptions
                .iter()
                .cloned()
                .map(|subscription| view! { <Subscription subscription=subscription /> })
                .collect_view()
        })
    };
    view! {
        <section class="subscriptions" aria-labelledby="subscriptions-title">
            <h3 class="section-title" id="subscriptions-title">
                {live(move || console.say(words::SUBSCRIPTIONS))}
            </h3>
            <ul class="plain-list">{list}</ul>
            <p
                class="empty"
                hidden=live(move || !device.subscriptions.with(|subscriptions| subscriptions.is_empty()))
            >
                {live(move || console.say(words::SUBSCRIPTIONS_EMPTY))}
            </p>
            <form class="subscribe" on:submit=submit>
                <input
                    class="input"
                    type="text"
                    data-mono=""
                    data-testid="sub-topic"
                    spellcheck="false"
                    autocomplete="off"
                    autocapitalize="off"
                    aria-label=live(move || console.say(words::SUBSCRIPTION_FILTER))
                    aria-describedby="subscribe-reason"
                    placeholder=live(move || console.say(words::SUBSCRIPTION_EXAMPLE))
                    prop:value=live(move || filter.get())
                    on:input=move |event| {
                        filter.set(event_target_value(&event));
                        refused.set(false);
                    }
                />
                <QosChoice id="sub-qos" value=level on_change=move |chosen: u8| level.set(chosen) />
                <button type="submit" class="button" data-testid="subscribe">
                    {live(move || console.say(words::SUBSCRIBE))}
                </button>
                <span
                    class="field-wrong"
                    id="subscribe-reason"
                    data-testid="subscribe-reason"
                    role="status"
                >
                    {live(move || refused.get().then(|| console.say(words::SUBSCRIPTION_NO_FILTER)))}
                </span>
            </form>
            <SubscriptionOptions options=options />
        </section>
    }
    .into_any()
}

fn state_name(state: SubscriptionState) -> &'static str {
    match state {
        SubscriptionState::Wanted => "wanted",
        SubscriptionState::Pending => "pending",
        SubscriptionState::Granted(_) => "granted",
        SubscriptionState::Refused(_) => "refused",
    }
}

fn state_words(console: Console, state: SubscriptionState) -> String {
    match state {
        SubscriptionState::Wanted => console.say(words::SUB_WANTED).to_owned(),
        SubscriptionState::Pending => console.say(words::SUB_PENDING).to_owned(),
        SubscriptionState::Granted(level) => {
            console.fill(words::SUB_GRANTED, &[&(level as u8).to_string()])
        }
        SubscriptionState::Refused(code) => {
            console.fill(words::SUB_REFUSED, &[&format!("0x{code:02X}")])
        }
    }
}

#[component]
fn Subscription(subscription: SubscriptionView) -> impl IntoView {
    let console = use_console();
    let SubscriptionView {
        filter,
        automatic,
        state,
        findings,
        ..
    } = subscription;
    let remarks = Signal::stored(findings);
    let list = format!("subscription-findings-{filter}");
    let granted = matches!(state, SubscriptionState::Granted(_));
    let (shown, remove, named) = (filter.clone(), filter.clone(), filter.clone());
    view! {
        <li
            class="subscription"
            data-testid="subscription"
            data-filter=filter
            data-state=state_name(state)
            data-automatic=automatic.to_string()
        >
            <code class="subscription-filter" title=shown.clone()>{shown.clone()}</code>
            <span class="subscription-state" data-testid=granted.then_some("sub-active")>
                {live(move || state_words(console, state))}
                {automatic.then(|| view! { " · " {live(move || console.say(words::SUB_AUTOMATIC))} })}
            </span>
            {(!automatic)
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="button-quiet"
                            data-testid="unsubscribe"
                            aria-label=live(move || console.fill(words::UNSUBSCRIBE, &[&named]))
                            on:click=move |_| {
                                stay_near("[data-testid=unsubscribe]", "[data-testid=sub-topic]");
                                console.unsubscribe(remove.clone());
                            }
                        >
                            "×"
                        </button>
                    }
                })}
            <FindingList id=list findings=remarks />
        </li>
    }
}
