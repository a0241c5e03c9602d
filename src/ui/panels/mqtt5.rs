//! What MQTT 5.0 adds, folded away: settings of CONNECT, properties of a message, options of a
//! subscription, and what the server said in CONNACK.

use bytes::Bytes;
use leptos::prelude::*;

use crate::engine::seam::{
    ConnectionState, Mqtt5Settings, ProtocolVersion, PublishProperties, RetainHandling,
    Subscription,
};
use crate::ui::components::{Choose, Fold, NumberField, SwitchField, TextField, live, part};
use crate::ui::console::use_console;
use crate::ui::i18n::{Phrase, words};

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
        if typed.with_untracked(|typed| pairs(typed)) != value {
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

/// One member of what a form sets as a whole: what it is, and what sets it.
fn member<S, T>(
    whole: Signal<S>,
    change: Callback<S>,
    read: fn(&S) -> T,
    write: fn(&mut S, T),
) -> (Signal<T>, Callback<T>)
where
    S: Clone + Send + Sync + 'static,
    T: Send + Sync + 'static,
{
    let set = Callback::new(move |value| {
        let mut all = whole.get_untracked();
        write(&mut all, value);
        change.run(all);
    });
    (Signal::derive(move || whole.with(read)), set)
}

fn narrow<T: TryFrom<u32>>(number: Option<u32>) -> Option<T> {
    number.and_then(|number| T::try_from(number).ok())
}

/// Settings of CONNECT; shown with version 5.0 alone.
#[component]
pub fn Mqtt5Fold() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let shown = is_5_0();
    let whole = Signal::derive(move || {
        device
            .workspace
            .with(|w| w.profile.connection.mqtt5.clone())
    });
    let change = Callback::new(move |mqtt5: Mqtt5Settings| {
        device
            .workspace
            .update(|w| w.profile.connection.mqtt5 = mqtt5);
    });
    let number = move |id: &'static str,
                       label: Phrase,
                       max: u32,
                       read: fn(&Mqtt5Settings) -> Option<u32>,
                       write: fn(&mut Mqtt5Settings, Option<u32>)| {
        let (value, set) = member(whole, change, read, write);
        view! { <NumberField id=id label=label max=max value=value on_change=set /> }
    };
    let switch = move |id: &'static str,
                       label: Phrase,
                       read: fn(&Mqtt5Settings) -> bool,
                       write: fn(&mut Mqtt5Settings, bool)| {
        let (value, set) = member(whole, change, read, write);
        view! { <SwitchField id=id label=label value=value on_change=set /> }
    };
    let (aliases, set_aliases) = member(
        whole,
        change,
        |v5| (v5.topic_aliases > 0).then_some(u32::from(v5.topic_aliases)),
        |v5, most| v5.topic_aliases = narrow(most).unwrap_or(0),
    );
    let (properties, set_properties) = member(
        whole,
        change,
        |v5| v5.user_properties.clone(),
        |v5, properties| v5.user_properties = properties,
    );
    let (will_properties, set_will_properties) = member(
        whole,
        change,
        |v5| v5.will_properties.clone(),
        |v5, properties| v5.will_properties = properties,
    );
    let will = Memo::new(move |_| {
        device
            .workspace
            .with(|w| w.profile.connection.will.is_some())
    });
    let may_reauthenticate = Memo::new(move |_| {
        let proves = device.workspace.with(|w| w.profile.connection.mqtt5.scram);
        proves && matches!(device.state(), ConnectionState::Connected { .. })
    });
    let settings = move || {
        (
            number(
                "v5-session-expiry",
                words::V5_SESSION_EXPIRY,
                u32::MAX,
                |v5| v5.session_expiry_secs,
                |v5, secs| v5.session_expiry_secs = secs,
            ),
            number(
                "v5-receive-maximum",
                words::V5_RECEIVE_MAXIMUM,
                u32::from(u16::MAX),
                |v5| v5.receive_maximum.map(u32::from),
                |v5, maximum| v5.receive_maximum = narrow(maximum),
            ),
            number(
                "v5-maximum-packet-size",
                words::V5_MAXIMUM_PACKET_SIZE,
                u32::MAX,
                |v5| v5.maximum_packet_size,
                |v5, size| v5.maximum_packet_size = size,
            ),
            number(
                "v5-topic-alias-maximum",
                words::V5_TOPIC_ALIAS_MAXIMUM,
                u32::from(u16::MAX),
                |v5| v5.topic_alias_maximum.map(u32::from),
                |v5, maximum| v5.topic_alias_maximum = narrow(maximum),
            ),
            view! {
                <NumberField
                    id="v5-topic-aliases"
                    label=words::V5_TOPIC_ALIASES
                    max=u32::from(u16::MAX)
                    value=aliases
                    on_change=set_aliases
                    zero_is_nothing=true
                />
            },
            switch(
                "v5-response-information",
                words::V5_RESPONSE_INFORMATION,
                |v5| v5.request_response_information,
                |v5, on| v5.request_response_information = on,
            ),
            switch(
                "v5-problem-information",
                words::V5_PROBLEM_INFORMATION,
                |v5| v5.request_problem_information != Some(false),
                |v5, on| {
                    v5.request_problem_information = (!on).then_some(false);
                },
            ),
            switch(
                "v5-scram",
                words::V5_SCRAM,
                |v5| v5.scram,
                |v5, on| v5.scram = on,
            ),
        )
    };
    let disconnect_expiry = move || {
        number(
            "v5-disconnect-expiry",
            words::V5_DISCONNECT_EXPIRY,
            u32::MAX,
            |v5| v5.disconnect_session_expiry_secs,
            |v5, secs| v5.disconnect_session_expiry_secs = secs,
        )
    };
    let will_settings = move || {
        (
            switch(
                "v5-disconnect-with-will",
                words::V5_DISCONNECT_WITH_WILL,
                |v5| v5.disconnect_with_will,
                |v5, on| v5.disconnect_with_will = on,
            ),
            number(
                "v5-will-delay",
                words::V5_WILL_DELAY,
                u32::MAX,
                |v5| v5.will_delay_secs,
                |v5, secs| v5.will_delay_secs = secs,
            ),
        )
    };
    part(move || {
        shown.get().then(|| {
            view! {
                <Fold id="mqtt5" title=words::V5>
                    <div class="form">
                        {settings()}
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
                        {disconnect_expiry()}
                        <UserProperties
                            id="v5-user-properties"
                            value=properties
                            on_change=set_properties
                        />
                        {part(move || {
                            will.get().then(|| {
                                view! {
                                    {will_settings()}
                                    <MessageProperties
                                        ids=&WILL_IDS
                                        value=will_properties
                                        on_change=set_will_properties
                                    />
                                }
                            })
                        })}
                    </div>
                </Fold>
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
    let text = move |id: &'static str,
                     label: Phrase,
                     read: fn(&PublishProperties) -> String,
                     write: fn(&mut PublishProperties, String)| {
        let (value, set) = member(value, on_change, read, write);
        view! { <TextField id=id label=label value=value on_change=set /> }
    };
    let (expiry, set_expiry) = member(
        value,
        on_change,
        |p| p.message_expiry_secs,
        |p, secs| p.message_expiry_secs = secs,
    );
    let (is_text, set_is_text) = member(
        value,
        on_change,
        |p| p.payload_is_text == Some(true),
        |p, on| p.payload_is_text = on.then_some(true),
    );
    let (user, set_user) = member(
        value,
        on_change,
        |p| p.user_properties.clone(),
        |p, pairs| p.user_properties = pairs,
    );
    view! {
        <NumberField
            id=ids.expiry
            label=words::V5_MESSAGE_EXPIRY
            max=u32::MAX
            value=expiry
            on_change=set_expiry
        />
        {text(
            ids.content_type,
            words::V5_CONTENT_TYPE,
            |p| p.content_type.clone().unwrap_or_default(),
            |p, typed| p.content_type = filled(typed),
        )}
        {text(
            ids.response_topic,
            words::V5_RESPONSE_TOPIC,
            |p| p.response_topic.clone().unwrap_or_default(),
            |p, typed| p.response_topic = filled(typed),
        )}
        {text(
            ids.correlation,
            words::V5_CORRELATION,
            |p| {
                p.correlation_data
                    .as_ref()
                    .map(|data| String::from_utf8_lossy(data).into_owned())
                    .unwrap_or_default()
            },
            |p, typed| p.correlation_data = filled(typed).map(Bytes::from),
        )}
        <SwitchField id=ids.is_text label=words::V5_IS_TEXT value=is_text on_change=set_is_text />
        <UserProperties id=ids.user value=user on_change=set_user />
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
                <Fold id="raw-mqtt5" title=words::V5>
                    <div class="form form-columns">
                        <MessageProperties ids=&RAW_IDS value=value on_change=change />
                    </div>
                </Fold>
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
    let whole = Signal::from(options);
    let change = Callback::new(move |all: Subscription| options.set(all));
    let (no_local, set_no_local) = member(whole, change, |o| o.no_local, |o, on| o.no_local = on);
    let (as_published, set_as_published) = member(
        whole,
        change,
        |o| o.retain_as_published,
        |o, on| o.retain_as_published = on,
    );
    let (retain_handling, set_retain_handling) = member(
        whole,
        change,
        |o| (o.retain_handling as u8).to_string(),
        |o, typed: String| {
            o.retain_handling = match typed.as_str() {
                "1" => RetainHandling::IfNew,
                "2" => RetainHandling::Never,
                _ => RetainHandling::Always,
            };
        },
    );
    let (identifier, set_identifier) =
        member(whole, change, |o| o.identifier, |o, id| o.identifier = id);
    part(move || {
        shown.get().then(|| {
            view! {
                <Fold id="sub-mqtt5" title=words::V5>
                    <div class="form">
                        <SwitchField
                            id="sub-no-local"
                            label=words::V5_NO_LOCAL
                            value=no_local
                            on_change=set_no_local
                        />
                        <SwitchField
                            id="sub-retain-as-published"
                            label=words::V5_RETAIN_AS_PUBLISHED
                            value=as_published
                            on_change=set_as_published
                        />
                        <div class="field">
                            <label class="field-label" for="sub-retain-handling">
                                {live(move || console.say(words::V5_RETAIN_HANDLING))}
                            </label>
                            <Choose
                                id="sub-retain-handling"
                                options=handling
                                value=retain_handling
                                on_change=set_retain_handling
                            />
                        </div>
                        <NumberField
                            id="sub-identifier"
                            label=words::V5_SUBSCRIPTION_IDENTIFIER
                            max=268_435_455
                            value=identifier
                            on_change=set_identifier
                        />
                    </div>
                </Fold>
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
                <Fold id="server-facts" title=words::V5_SERVER open=Signal::stored(true)>
                    <dl class="facts">{rows}</dl>
                </Fold>
            }
        })
    })
}
