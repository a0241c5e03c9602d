//! What MQTT 5.0 adds, folded away: settings of CONNECT, properties of a message, options of a
//! subscription, and what the server said in CONNACK.

use bytes::Bytes;
use leptos::prelude::*;

use crate::engine::seam::{
    ConnectionState, Mqtt5Settings, ProtocolVersion, PublishProperties, RetainHandling,
    Subscription,
};
use crate::ui::components::{Choose, live, part};
use crate::ui::console::use_console;
use crate::ui::i18n::{Phrase, words};

/// A whole number, or nothing. What is typed stays as typed while it is no number.
#[component]
fn Number(
    id: &'static str,
    label: Phrase,
    max: u32,
    #[prop(into)] value: Signal<Option<u32>>,
    #[prop(into)] on_change: Callback<Option<u32>>,
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
    // Set from elsewhere: the stored profile arrives after this panel is made.
    Effect::new(move |_| {
        let value = value.get();
        if value.is_some() && typed.with_untracked(|typed| read(typed)) != value {
            typed.set(shown(value));
        }
    });
    let wrong = move || typed.with(|typed| !typed.trim().is_empty() && read(typed).is_none());
    let range = move || console.fill(words::V5_RANGE, &[&max.to_string()]);
    view! {
        <div class="field" data-invalid=live(move || wrong().then_some(""))>
            <label class="field-label" for=id>{live(move || console.say(label))}</label>
            <input
                class="input"
                type="text"
                inputmode="numeric"
                id=id
                data-testid=id
                autocomplete="off"
                title=range
                aria-invalid=live(move || wrong().then_some("true"))
                prop:value=live(move || typed.get())
                on:input=move |event| {
                    let text = event_target_value(&event);
                    let number = read(&text);
                    typed.set(text);
                    on_change.run(number);
                }
            />
            <span class="field-wrong" hidden=live(move || !wrong())>{live(range)}</span>
        </div>
    }
    .into_any()
}

#[component]
fn Line(
    id: &'static str,
    label: Phrase,
    #[prop(into)] value: Signal<String>,
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
                prop:value=live(move || value.get())
                on:input=move |event| on_change.run(event_target_value(&event))
            />
        </div>
    }
    .into_any()
}

#[component]
fn Switch(
    id: &'static str,
    label: Phrase,
    #[prop(into)] value: Signal<bool>,
    #[prop(into)] on_change: Callback<bool>,
) -> impl IntoView {
    let console = use_console();
    view! {
        <div class="field" data-switch="">
            <label class="field-label" for=id>{live(move || console.say(label))}</label>
            <input
                class="switch"
                type="checkbox"
                role="switch"
                id=id
                data-testid=id
                prop:checked=live(move || value.get())
                on:change=move |event| on_change.run(event_target_checked(&event))
            />
        </div>
    }
    .into_any()
}

/// User properties, one `name=value` on each line.
#[component]
fn UserProperties(
    id: &'static str,
    #[prop(into)] value: Signal<Vec<(String, String)>>,
    #[prop(into)] on_change: Callback<Vec<(String, String)>>,
) -> impl IntoView {
    let console = use_console();
    let typed = RwSignal::new(value.with_untracked(|value| lines(value)));
    Effect::new(move |_| {
        let value = value.get();
        if !value.is_empty() && typed.with_untracked(|typed| pairs(typed)) != value {
            typed.set(lines(&value));
        }
    });
    view! {
        <div class="field">
            <label class="field-label" for=id>
                {live(move || console.say(words::V5_USER_PROPERTIES))}
            </label>
            <textarea
                class="input"
                data-mono=""
                rows="2"
                id=id
                data-testid=id
                spellcheck="false"
                autocomplete="off"
                title=live(move || console.say(words::V5_USER_PROPERTIES_HELP))
                prop:value=live(move || typed.get())
                on:input=move |event| {
                    let text = event_target_value(&event);
                    on_change.run(pairs(&text));
                    typed.set(text);
                }
            ></textarea>
        </div>
    }
    .into_any()
}

fn lines(properties: &[(String, String)]) -> String {
    let lines: Vec<_> = properties
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    lines.join("\n")
}

fn pairs(text: &str) -> Vec<(String, String)> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let (name, value) = line.split_once('=').unwrap_or((line, ""));
            (name.trim().to_owned(), value.trim().to_owned())
        })
        .collect()
}

/// Whether the next CONNECT is one of 5.0.
fn is_5_0() -> Memo<bool> {
    let device = use_console().device;
    Memo::new(move |_| {
        device
            .plan
            .with(|plan| plan.version == Some(ProtocolVersion::V5_0))
    })
}

fn number<T: TryFrom<u32>>(number: Option<u32>) -> Option<T> {
    number.and_then(|number| T::try_from(number).ok())
}

/// Settings of CONNECT; shown with version 5.0 alone.
#[component]
pub fn Mqtt5Fold() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let shown = is_5_0();
    let read = move |read: fn(&Mqtt5Settings) -> Option<u32>| {
        Signal::derive(move || device.workspace.with(|w| read(&w.profile.connection.mqtt5)))
    };
    let set = move |set: fn(&mut Mqtt5Settings, Option<u32>)| {
        Callback::new(move |number: Option<u32>| {
            device
                .workspace
                .update(|w| set(&mut w.profile.connection.mqtt5, number));
        })
    };
    let is = move |read: fn(&Mqtt5Settings) -> bool| {
        Signal::derive(move || device.workspace.with(|w| read(&w.profile.connection.mqtt5)))
    };
    let switch = move |set: fn(&mut Mqtt5Settings, bool)| {
        Callback::new(move |on: bool| {
            device
                .workspace
                .update(|w| set(&mut w.profile.connection.mqtt5, on));
        })
    };
    let properties = Signal::derive(move || {
        device
            .workspace
            .with(|w| w.profile.connection.mqtt5.user_properties.clone())
    });
    let set_properties = move |properties: Vec<(String, String)>| {
        device
            .workspace
            .update(|w| w.profile.connection.mqtt5.user_properties = properties);
    };
    let will = Memo::new(move |_| {
        device
            .workspace
            .with(|w| w.profile.connection.will.is_some())
    });
    let may_reauthenticate = Memo::new(move |_| {
        let proves = device.workspace.with(|w| w.profile.connection.mqtt5.scram);
        proves && matches!(device.state(), ConnectionState::Connected { .. })
    });
    let will_properties = Signal::derive(move || {
        device
            .workspace
            .with(|w| w.profile.connection.mqtt5.will_properties.clone())
    });
    let set_will_properties = move |properties: PublishProperties| {
        device
            .workspace
            .update(|w| w.profile.connection.mqtt5.will_properties = properties);
    };
    part(move || {
        shown.get().then(|| {
            view! {
                <details class="more" data-testid="mqtt5">
                    <summary class="section-title">{live(move || console.say(words::V5))}</summary>
                    <div class="form">
                        <Number
                            id="v5-session-expiry"
                            label=words::V5_SESSION_EXPIRY
                            max=u32::MAX
                            value=read(|v5| v5.session_expiry_secs)
                            on_change=set(|v5, secs| v5.session_expiry_secs = secs)
                        />
                        <Number
                            id="v5-receive-maximum"
                            label=words::V5_RECEIVE_MAXIMUM
                            max=u32::from(u16::MAX)
                            value=read(|v5| v5.receive_maximum.map(u32::from))
                            on_change=set(|v5, maximum| v5.receive_maximum = number(maximum))
                        />
                        <Number
                            id="v5-maximum-packet-size"
                            label=words::V5_MAXIMUM_PACKET_SIZE
                            max=u32::MAX
                            value=read(|v5| v5.maximum_packet_size)
                            on_change=set(|v5, size| v5.maximum_packet_size = size)
                        />
                        <Number
                            id="v5-topic-alias-maximum"
                            label=words::V5_TOPIC_ALIAS_MAXIMUM
                            max=u32::from(u16::MAX)
                            value=read(|v5| v5.topic_alias_maximum.map(u32::from))
                            on_change=set(|v5, maximum| v5.topic_alias_maximum = number(maximum))
                        />
                        <Number
                            id="v5-topic-aliases"
                            label=words::V5_TOPIC_ALIASES
                            max=u32::from(u16::MAX)
                            value=read(|v5| {
                                (v5.topic_aliases > 0).then_some(u32::from(v5.topic_aliases))
                            })
                            on_change=set(|v5, most| v5.topic_aliases = number(most).unwrap_or(0))
                        />
                        <Switch
                            id="v5-response-information"
                            label=words::V5_RESPONSE_INFORMATION
                            value=is(|v5| v5.request_response_information)
                            on_change=switch(|v5, on| v5.request_response_information = on)
                        />
                        <Switch
                            id="v5-problem-information"
                            label=words::V5_PROBLEM_INFORMATION
                            value=is(|v5| v5.request_problem_information != Some(false))
                            on_change=switch(|v5, on| {
                                v5.request_problem_information = (!on).then_some(false);
                            })
                        />
                        <Switch
                            id="v5-scram"
                            label=words::V5_SCRAM
                            value=is(|v5| v5.scram)
                            on_change=switch(|v5, on| v5.scram = on)
                        />
                        {part(move || {
                            may_reauthenticate.get().then(|| {
                                view! {
                                    <button
                                        type="button"
                                        class="button-quiet"
                                        data-testid="v5-reauthenticate"
                                        on:click=move |_| console.reauthenticate()
                                    >
                                        {live(move || console.say(words::V5_REAUTHENTICATE))}
                                    </button>
                                }
                            })
                        })}
                        <Number
                            id="v5-disconnect-expiry"
                            label=words::V5_DISCONNECT_EXPIRY
                            max=u32::MAX
                            value=read(|v5| v5.disconnect_session_expiry_secs)
                            on_change=set(|v5, secs| v5.disconnect_session_expiry_secs = secs)
                        />
                        <UserProperties
                            id="v5-user-properties"
                            value=properties
                            on_change=set_properties
                        />
                        {part(move || {
                            will.get().then(|| {
                                view! {
                                    <Switch
                                        id="v5-disconnect-with-will"
                                        label=words::V5_DISCONNECT_WITH_WILL
                                        value=is(|v5| v5.disconnect_with_will)
                                        on_change=switch(|v5, on| v5.disconnect_with_will = on)
                                    />
                                    <Number
                                        id="v5-will-delay"
                                        label=words::V5_WILL_DELAY
                                        max=u32::MAX
                                        value=read(|v5| v5.will_delay_secs)
                                        on_change=set(|v5, secs| v5.will_delay_secs = secs)
                                    />
                                    <MessageProperties
                                        ids=&WILL_IDS
                                        value=will_properties
                                        on_change=set_will_properties
                                    />
                                }
                            })
                        })}
                    </div>
                </details>
            }
        })
    })
}

/// The ids of the fields of one message's properties.
struct MessageIds {
    expiry: &'static str,
    content_type: &'static str,
    response_topic: &'static str,
    correlation: &'static str,
    is_text: &'static str,
    user: &'static str,
}

static WILL_IDS: MessageIds = MessageIds {
    expiry: "will-expiry",
    content_type: "will-content-type",
    response_topic: "will-response-topic",
    correlation: "will-correlation",
    is_text: "will-is-text",
    user: "will-user-properties",
};

static RAW_IDS: MessageIds = MessageIds {
    expiry: "raw-expiry",
    content_type: "raw-content-type",
    response_topic: "raw-response-topic",
    correlation: "raw-correlation",
    is_text: "raw-is-text",
    user: "raw-user-properties",
};

/// Properties of one application message.
#[component]
fn MessageProperties(
    ids: &'static MessageIds,
    #[prop(into)] value: Signal<PublishProperties>,
    #[prop(into)] on_change: Callback<PublishProperties>,
) -> impl IntoView {
    let text =
        move |read: fn(&PublishProperties) -> String| Signal::derive(move || value.with(read));
    let change = move |change: fn(&mut PublishProperties, String)| {
        Callback::new(move |typed: String| {
            let mut properties = value.get_untracked();
            change(&mut properties, typed);
            on_change.run(properties);
        })
    };
    let set_expiry = move |secs: Option<u32>| {
        let mut properties = value.get_untracked();
        properties.message_expiry_secs = secs;
        on_change.run(properties);
    };
    let set_text = move |on: bool| {
        let mut properties = value.get_untracked();
        properties.payload_is_text = on.then_some(true);
        on_change.run(properties);
    };
    let set_user = Callback::new(move |pairs: Vec<(String, String)>| {
        let mut properties = value.get_untracked();
        properties.user_properties = pairs;
        on_change.run(properties);
    });
    view! {
        <Number
            id=ids.expiry
            label=words::V5_MESSAGE_EXPIRY
            max=u32::MAX
            value=Signal::derive(move || value.with(|p| p.message_expiry_secs))
            on_change=set_expiry
        />
        <Line
            id=ids.content_type
            label=words::V5_CONTENT_TYPE
            value=text(|p| p.content_type.clone().unwrap_or_default())
            on_change=change(|p, typed| p.content_type = filled(typed))
        />
        <Line
            id=ids.response_topic
            label=words::V5_RESPONSE_TOPIC
            value=text(|p| p.response_topic.clone().unwrap_or_default())
            on_change=change(|p, typed| p.response_topic = filled(typed))
        />
        <Line
            id=ids.correlation
            label=words::V5_CORRELATION
            value=text(|p| {
                p.correlation_data
                    .as_ref()
                    .map(|data| String::from_utf8_lossy(data).into_owned())
                    .unwrap_or_default()
            })
            on_change=change(|p, typed| p.correlation_data = filled(typed).map(Bytes::from))
        />
        <Switch
            id=ids.is_text
            label=words::V5_IS_TEXT
            value=Signal::derive(move || value.with(|p| p.payload_is_text == Some(true)))
            on_change=set_text
        />
        <UserProperties
            id=ids.user
            value=Signal::derive(move || value.with(|p| p.user_properties.clone()))
            on_change=set_user
        />
    }
    .into_any()
}

fn filled(typed: String) -> Option<String> {
    (!typed.is_empty()).then_some(typed)
}

/// Properties of the raw message; shown with version 5.0 alone.
#[component]
pub fn RawProperties() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let shown = is_5_0();
    let value =
        Signal::derive(move || device.workspace.with(|w| w.composer.raw.properties.clone()));
    let change = move |properties: PublishProperties| {
        device.workspace.update(|w| {
            w.composer.raw.properties = properties;
            w.composer.raw.edited = true;
        });
    };
    part(move || {
        shown.get().then(|| {
            view! {
                <details class="more" data-testid="raw-mqtt5">
                    <summary class="section-title">{live(move || console.say(words::V5))}</summary>
                    <div class="form form-columns">
                        <MessageProperties ids=&RAW_IDS value=value on_change=change />
                    </div>
                </details>
            }
        })
    })
}

/// The options of the subscription being typed; shown with version 5.0 alone.
#[component]
pub fn SubscriptionOptions(options: RwSignal<Subscription>) -> impl IntoView {
    let console = use_console();
    let shown = is_5_0();
    let handling = Signal::derive(move || {
        [
            ("0", words::V5_RETAIN_ALWAYS),
            ("1", words::V5_RETAIN_IF_NEW),
            ("2", words::V5_RETAIN_NEVER),
        ]
        .map(|(value, phrase)| (value.to_owned(), console.say(phrase).to_owned()))
        .to_vec()
    });
    let set_identifier = move |identifier: Option<u32>| {
        options.update(|o| o.identifier = identifier);
    };
    part(move || {
        shown.get().then(|| {
            view! {
                <details class="more" data-testid="sub-mqtt5">
                    <summary class="section-title">{live(move || console.say(words::V5))}</summary>
                    <div class="form">
                        <Switch
                            id="sub-no-local"
                            label=words::V5_NO_LOCAL
                            value=Signal::derive(move || options.with(|o| o.no_local))
                            on_change=move |on: bool| options.update(|o| o.no_local = on)
                        />
                        <Switch
                            id="sub-retain-as-published"
                            label=words::V5_RETAIN_AS_PUBLISHED
                            value=Signal::derive(move || options.with(|o| o.retain_as_published))
                            on_change=move |on: bool| {
                                options.update(|o| o.retain_as_published = on);
                            }
                        />
                        <div class="field">
                            <label class="field-label" for="sub-retain-handling">
                                {live(move || console.say(words::V5_RETAIN_HANDLING))}
                            </label>
                            <Choose
                                id="sub-retain-handling"
                                options=handling
                                value=Signal::derive(move || {
                                    options.with(|o| (o.retain_handling as u8).to_string())
                                })
                                on_change=move |typed: String| {
                                    options
                                        .update(|o| {
                                            o.retain_handling = match typed.as_str() {
                                                "1" => RetainHandling::IfNew,
                                                "2" => RetainHandling::Never,
                                                _ => RetainHandling::Always,
                                            };
                                        });
                                }
                            />
                        </div>
                        <Number
                            id="sub-identifier"
                            label=words::V5_SUBSCRIPTION_IDENTIFIER
                            max=268_435_455
                            value=Signal::derive(move || options.with(|o| o.identifier))
                            on_change=set_identifier
                        />
                    </div>
                </details>
            }
        })
    })
}

/// What the server said when it accepted the connection.
#[component]
pub fn ServerFacts() -> impl IntoView {
    let console = use_console();
    let facts = Memo::new(move |_| {
        console
            .device
            .connection
            .with(|connection| connection.server.clone())
    });
    part(move || {
        let facts = facts.get();
        (!facts.is_empty()).then(|| {
            let rows = facts
                .into_iter()
                .map(|fact| {
                    view! {
                        <dt>{live(move || console.tell(&fact.label))}</dt>
                        <dd data-testid="server-fact">{fact.value}</dd>
                    }
                })
                .collect_view();
            view! {
                <details class="more" open data-testid="server-facts">
                    <summary class="section-title">
                        {live(move || console.say(words::V5_SERVER))}
                    </summary>
                    <dl class="facts">{rows}</dl>
                </details>
            }
        })
    })
}
