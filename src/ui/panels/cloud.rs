//! The other side: what an application can ask of the simulated platform, what that keeps, and
//! what happened there.

use leptos::prelude::*;

use super::simulated::OnlySimulated;
use crate::engine::seam::{Finding, HttpExchange};
use crate::ui::components::{Choose, FindingList, FormFields, live, part};
use crate::ui::console::use_console;
use crate::ui::format::time_of_day;
use crate::ui::i18n::{Language, words};
use crate::ui::workspace::{submittable, with_defaults};

/// The part of the dock.
#[component]
pub fn Cloud() -> impl IntoView {
    view! {
        <OnlySimulated
            reason=words::CLOUD_EMPTY
            empty="cloud-empty"
            draw=|| {
                view! {
                    <div class="cloud">
                        <Application />
                        <Resources />
                        <Records />
                    </div>
                }
                    .into_any()
            }
        />
    }
}

/// What an application asks of the platform.
#[component]
fn Application() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let kinds = Memo::new(move |_| {
        device.declaration.with(|known| {
            known
                .as_ref()
                .map(|known| submittable(known).cloned().collect::<Vec<_>>())
                .unwrap_or_default()
        })
    });
    let options = Signal::derive(move || {
        kinds.with(|kinds| {
            kinds
                .iter()
                .map(|kind| (kind.key.to_string(), console.tell(&kind.label)))
                .collect::<Vec<_>>()
        })
    });
    let kind = Memo::new(move |_| {
        let chosen = device
            .workspace
            .with(|w| w.cloud.kinds.get(&w.profile.dialect).cloned());
        kinds.with(|kinds| {
            kinds
                .iter()
                .find(|kind| Some(kind.key.as_ref()) == chosen.as_deref())
                .or_else(|| kinds.first())
                .cloned()
        })
    });
    let values = Memo::new(move |_| {
        kind.with(|kind| {
            let kind = kind.as_ref()?;
            Some(device.workspace.with(|w| {
                let typed = w.cloud.forms.get(&w.profile.dialect);
                with_defaults(
                    &kind.fields,
                    typed.and_then(|forms| forms.get(kind.key.as_ref())),
                )
            }))
        })
    });
    let findings = Memo::new(move |_| {
        device.submission.with(|submission| {
            submission
                .as_ref()
                .map(|submission| submission.findings.clone())
                .unwrap_or_default()
        })
    });
    let general = Memo::new(move |_| {
        use crate::engine::seam::Place;
        findings.with(|findings| -> Vec<Finding> {
            findings
                .iter()
                .filter(|f| !matches!(f.place, Place::Form(_)))
                .cloned()
                .collect()
        })
    });
    // The request that the last submission was, as the platform now shows it: its response may
    // come later.
    let exchange = Memo::new(move |_| {
        let number = device
            .submission
            .with(|submission| submission.as_ref().map(|submission| submission.exchange))?;
        Some(number.and_then(|number| {
            device.cloud.with(|cloud| {
                cloud
                    .as_ref()?
                    .exchanges
                    .iter()
                    .find(|exchange| exchange.number == number)
                    .cloned()
            })
        }))
    });
    let change = Callback::new(move |(key, value): (String, String)| {
        let Some(kind) = kind.with_untracked(|kind| kind.as_ref().map(|k| k.key.to_string()))
        else {
            return;
        };
        device.workspace.update(|w| {
            let dialect = w.profile.dialect.clone();
            w.cloud.type_into(&dialect, &kind, key, value);
        });
    });
    let reason = move || (!device.is_connected()).then_some(words::REASON_NOT_CONNECTED);
    let send = move || {
        let kind = kind.with_untracked(|kind| kind.as_ref().map(|kind| kind.key.to_string()));
        if let (Some(kind), Some(values), None) = (kind, values.get_untracked(), untrack(reason)) {
            console.submit(kind, values);
        }
    };
    view! {
        <form
            class="application"
            aria-label=live(move || console.say(words::CLOUD_SEND))
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
            on:keydown=move |event| {
                if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                    event.prevent_default();
                    send();
                }
            }
        >
            <div class="compose-bar">
                <label class="visually-hidden" for="cloud-kind">
                    {live(move || console.say(words::MESSAGE_KIND))}
                </label>
                <Choose
                    id="cloud-kind"
                    options=options
                    value=Signal::derive(move || {
                        kind.with(|kind| kind.as_ref().map(|k| k.key.to_string())).unwrap_or_default()
                    })
                    on_change=move |key: String| {
                        device
                            .workspace
                            .update(|w| {
                                let dialect = w.profile.dialect.clone();
                                w.cloud.kinds.insert(dialect, key);
                            });
                    }
                />
            </div>
            {part(move || match kind.get() {
                Some(kind) => {
                    view! {
                        <div class="form form-columns">
                            <FormFields
                                prefix="cloud-field".to_owned()
                                fields=kind.fields
                                values=Signal::derive(move || values.get().unwrap_or_default())
                                findings=findings
                                on_change=change
                            />
                        </div>
                    }
                        .into_any()
                }
                None => {
                    view! { <p class="empty">{live(move || console.say(words::CLOUD_NO_KINDS))}</p> }
                        .into_any()
                }
            })}
            <FindingList id="cloud-findings" findings=general />
            <div class="form-actions">
                <span class="field-note" id="cloud-send-reason" data-testid="cloud-send-reason">
                    {live(move || reason().map(|phrase| console.say(phrase)))}
                </span>
                <button
                    type="submit"
                    class="button button-primary"
                    data-testid="cloud-send"
                    aria-disabled=live(move || reason().map(|_| "true"))
                    aria-describedby="cloud-send-reason"
                >
                    {live(move || console.say(words::CLOUD_SEND))}
                </button>
            </div>
            {part(move || exchange.get().map(|exchange| view! { <Exchange exchange=exchange /> }))}
        </form>
    }
    .into_any()
}

/// What an application server would send, as a command to copy, and what it gets.
#[component]
fn Exchange(exchange: Option<HttpExchange>) -> impl IntoView {
    let console = use_console();
    let title = move || live(move || console.say(words::CLOUD_REQUEST));
    let Some(HttpExchange {
        request, response, ..
    }) = exchange
    else {
        return view! {
            <h3 class="facts-title">{title()}</h3>
            <p class="field-note" data-testid="cloud-request">
                {live(move || console.say(words::CLOUD_REQUEST_NONE))}
            </p>
        }
        .into_any();
    };
    let mark = move |unconfirmed: bool, id: &'static str| {
        unconfirmed.then(|| {
            view! {
                <em class="field-note" data-testid=id>
                    {live(move || console.say(words::UNCONFIRMED))}
                </em>
            }
        })
    };
    let unconfirmed = request.unconfirmed;
    let command = request.curl();
    let copied = command.clone();
    let copy = move |_| console.copy(&copied);
    view! {
        <div class="workbench-bar">
            <h3 class="facts-title">{title()}</h3>
            {mark(unconfirmed, "cloud-request-unconfirmed")}
            <button
                type="button"
                class="button-quiet"
                data-testid="cloud-copy"
                on:click=copy
            >
                {live(move || console.say(words::CLOUD_COPY))}
            </button>
        </div>
        <pre class="cloud-request" data-testid="cloud-request" tabindex="0">
            {command}
        </pre>
        <h3 class="facts-title">{live(move || console.say(words::CLOUD_RESPONSE))}</h3>
        {match response {
            Some(response) => {
                view! {
                    {mark(response.unconfirmed, "cloud-response-unconfirmed")}
                    <pre class="cloud-request" data-testid="cloud-response" tabindex="0">
                        {format!("{}\n{}", response.status, response.body).trim_end().to_owned()}
                    </pre>
                }
                    .into_any()
            }
            None => {
                view! {
                    <p class="field-note" data-testid="cloud-response">
                        {live(move || console.say(words::CLOUD_RESPONSE_NONE))}
                    </p>
                }
                    .into_any()
            }
        }}
    }
    .into_any()
}

/// What the platform keeps.
#[component]
fn Resources() -> impl IntoView {
    let console = use_console();
    let cloud = console.device.cloud;
    let resources = Memo::new(move |_| {
        cloud.with(|cloud| {
            cloud
                .as_ref()
                .map(|cloud| cloud.resources.clone())
                .unwrap_or_default()
        })
    });
    let rows = move || {
        resources
            .get()
            .into_iter()
            .map(|resource| {
                let class = resource.class;
                let (english, chinese) = (resource.value.clone(), resource.chinese);
                let value = live(move || match (console.language.get(), &chinese) {
                    (Language::Chinese, Some(chinese)) => chinese.clone(),
                    _ => english.clone(),
                });
                view! {
                    <tr
                        data-testid="cloud-resource"
                        data-name=resource.name.clone()
                        data-value=resource.value.clone()
                    >
                        <td class="cut">{live(move || console.tell(&class))}</td>
                        <td class="mono cut" title=resource.name.clone()>
                            {resource.name.clone()}
                        </td>
                        <td class="mono cut" title=value>
                            {value}
                        </td>
                    </tr>
                }
            })
            .collect_view()
    };
    view! {
        <section class="cloud-part" tabindex="0" aria-labelledby="cloud-resources-title">
            <h3 class="section-title" id="cloud-resources-title">
                {live(move || console.say(words::CLOUD_RESOURCES))}
            </h3>
            <table class="table cloud-table" hidden=live(move || resources.with(Vec::is_empty))>
                <thead>
                    <tr>
                        <th scope="col">{live(move || console.say(words::CLOUD_CLASS))}</th>
                        <th scope="col">{live(move || console.say(words::CLOUD_NAME))}</th>
                        <th scope="col">{live(move || console.say(words::CLOUD_VALUE))}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            <p class="empty" hidden=live(move || !resources.with(Vec::is_empty))>
                {live(move || console.say(words::CLOUD_RESOURCES_EMPTY))}
            </p>
        </section>
    }
    .into_any()
}

/// What happened on the platform, newest first.
#[component]
fn Records() -> impl IntoView {
    let console = use_console();
    let cloud = console.device.cloud;
    let records = Memo::new(move |_| {
        cloud.with(|cloud| {
            cloud
                .as_ref()
                .map(|cloud| cloud.records.clone())
                .unwrap_or_default()
        })
    });
    let rows = move || {
        records
            .get()
            .into_iter()
            .rev()
            .map(|record| {
                let text = record.text;
                view! {
                    <li class="record" data-testid="cloud-record">
                        <span class="record-time">
                            {time_of_day(record.at, console.utc_offset_minutes)}
                        </span>
                        <span class="record-text">{live(move || console.tell(&text))}</span>
                        {(!record.detail.is_empty())
                            .then(|| {
                                view! {
                                    <code class="record-detail" title=record.detail.clone()>
                                        {record.detail.clone()}
                                    </code>
                                }
                            })}
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <section class="cloud-part" tabindex="0" aria-labelledby="cloud-records-title">
            <h3 class="section-title" id="cloud-records-title">
                {live(move || console.say(words::CLOUD_RECORDS))}
            </h3>
            <ol class="plain-list">{rows}</ol>
            <p class="empty" hidden=live(move || !records.with(Vec::is_empty))>
                {live(move || console.say(words::CLOUD_RECORDS_EMPTY))}
            </p>
        </section>
    }
    .into_any()
}
