//! Connection settings, and what comes of them.

use leptos::prelude::*;

use super::mqtt5::{Mqtt5Fold, ServerFacts};
use crate::engine::seam::{ConnectionSettings, PlanView, ProtocolVersion, Target, WillSettings};
use crate::ui::components::{
    Choose, DigitsField, FindingList, Fold, QosChoice, SecretInput, SwitchField, TextField, live,
    part,
};
use crate::ui::console::use_console;
use crate::ui::i18n::{Phrase, words};
use crate::ui::workspace::{Workspace, qos};

fn version_of(name: &str) -> Option<ProtocolVersion> {
    [
        ProtocolVersion::V3_1,
        ProtocolVersion::V3_1_1,
        ProtocolVersion::V5_0,
    ]
    .into_iter()
    .find(|version| version.as_str() == name)
}

/// What may be typed over the platform's own values.
#[component]
pub fn Settings() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let is_broker = Memo::new(move |_| {
        device
            .workspace
            .with(|w| w.profile.target == Target::Broker)
    });
    let read = move |read: fn(&ConnectionSettings) -> String| {
        Signal::derive(move || device.workspace.with(|w| read(&w.profile.connection)))
    };
    let write = move |write: fn(&mut ConnectionSettings, String)| {
        Callback::new(move |typed: String| {
            device
                .workspace
                .update(|w| write(&mut w.profile.connection, typed));
        })
    };
    let plan = move |read: fn(&PlanView) -> String| {
        Signal::derive(move || device.plan.with(|plan| read(plan)))
    };
    let say = move |phrase: Phrase| Signal::derive(move || console.say(phrase).to_owned());
    let by_platform = move |value: Option<String>| match value {
        Some(value) => console.fill(words::AS_PLATFORM_VALUE, &[&value]),
        None => console.say(words::AS_PLATFORM).to_owned(),
    };
    let versions = Signal::derive(move || {
        let planned = device
            .plan
            .with(|plan| plan.version)
            .map(ProtocolVersion::as_str);
        // Until a version is chosen, the plan's version is the platform's.
        let chosen = device
            .workspace
            .with(|w| w.profile.connection.version.is_some());
        let automatic = by_platform(planned.filter(|_| !chosen).map(str::to_owned));
        let mut options = vec![(String::new(), automatic)];
        for version in [
            ProtocolVersion::V3_1,
            ProtocolVersion::V3_1_1,
            ProtocolVersion::V5_0,
        ] {
            options.push((
                version.as_str().to_owned(),
                format!("MQTT {}", version.as_str()),
            ));
        }
        options
    });
    let clean = Signal::derive(move || {
        let chosen = device
            .workspace
            .with(|w| w.profile.connection.clean_session.is_some());
        let planned = device.plan.with(|plan| plan.clean_session);
        let word = |yes: bool| {
            console
                .say(if yes { words::YES } else { words::NO })
                .to_owned()
        };
        vec![
            (String::new(), by_platform((!chosen).then(|| word(planned)))),
            ("true".to_owned(), word(true)),
            ("false".to_owned(), word(false)),
        ]
    });
    let password_placeholder = Signal::derive(move || {
        let phrase = if device.plan.with(|plan| plan.password) {
            words::PASSWORD_COMPUTED
        } else {
            words::PASSWORD_NONE
        };
        console.say(phrase).to_owned()
    });
    view! {
        <Fold id="settings" title=words::SETTINGS open=is_broker>
            <div class="form">
                <p class="field-note">{say(words::SETTINGS_HELP)}</p>
                <div class="field">
                    <label class="field-label" for="version">{say(words::VERSION)}</label>
                    <Choose
                        id="version"
                        options=versions
                        value=read(|c| c.version.map(ProtocolVersion::as_str).unwrap_or_default().to_owned())
                        on_change=write(|c, name| c.version = version_of(&name))
                    />
                </div>
                <TextField
                    id="client-id"
                    label=words::CLIENT_ID
                    value=read(|c| c.client_id.clone())
                    placeholder=plan(|plan| plan.client_id.clone())
                    on_change=write(|c, typed| c.client_id = typed)
                />
                <TextField
                    id="user-name"
                    label=words::USER_NAME
                    value=read(|c| c.user_name.clone())
                    placeholder=plan(|plan| plan.user_name.clone().unwrap_or_default())
                    on_change=write(|c, typed| c.user_name = typed)
                />
                <div class="field">
                    <label class="field-label" for="password">{say(words::PASSWORD)}</label>
                    <SecretInput
                        id="password"
                        label=say(words::PASSWORD)
                        value=read(|c| c.password.clone())
                        placeholder=password_placeholder
                        on_change=write(|c, typed| c.password = typed)
                    />
                </div>
                <KeepAlive />
                <div class="field">
                    <label class="field-label" for="clean-session">{say(words::CLEAN_SESSION)}</label>
                    <Choose
                        id="clean-session"
                        options=clean
                        value=read(|c| c.clean_session.map(|c| c.to_string()).unwrap_or_default())
                        on_change=write(|c, typed| c.clean_session = typed.parse().ok())
                    />
                    <span
                        class="field-note"
                        hidden=live(move || {
                            device.plan.with(|plan| plan.clean_session || plan.version.is_none())
                        })
                    >
                        {say(words::CLEAN_SESSION_KEPT)}
                    </span>
                </div>
                <Will />
                <Reconnect />
                <Mqtt5Fold />
            </div>
        </Fold>
    }
    .into_any()
}

/// Keep alive stays as typed even while it is no number; then the platform's own is sent, which
/// the plan's findings say.
#[component]
fn KeepAlive() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let said = |connection: &ConnectionSettings| match connection.keep_alive_secs {
        Some(secs) => secs.to_string(),
        None => connection.keep_alive_unread.clone(),
    };
    let typed = RwSignal::new(
        device
            .workspace
            .with_untracked(|w| said(&w.profile.connection)),
    );
    // Set from elsewhere: the stored profile arrives after this panel is made.
    let profile = Memo::new(move |_| device.workspace.with(|w| said(&w.profile.connection)));
    Effect::new(move |_| {
        let said = profile.get();
        let is_typed = typed.with_untracked(|typed| {
            let typed = typed.trim();
            typed == said
                || typed
                    .parse::<u16>()
                    .is_ok_and(|secs| secs.to_string() == said)
        });
        if !is_typed {
            typed.set(said);
        }
    });
    let wrong = move || {
        typed.with(|typed| !typed.trim().is_empty() && typed.trim().parse::<u16>().is_err())
    };
    let change = move |text: String| {
        let secs = text.trim().parse().ok();
        let unread = match secs {
            Some(_) => String::new(),
            None => text.trim().to_owned(),
        };
        typed.set(text);
        device.workspace.update(|w| {
            let connection = &mut w.profile.connection;
            connection.keep_alive_secs = secs;
            connection.keep_alive_unread = unread;
        });
    };
    let planned = move || device.plan.with(|plan| plan.keep_alive_secs.to_string());
    view! {
        <DigitsField
            id="keep-alive"
            label=words::KEEP_ALIVE
            value=typed
            on_change=change
            wrong=Signal::derive(wrong)
            range=Signal::derive(move || console.say(words::KEEP_ALIVE_RANGE).to_owned())
            told=words::KEEP_ALIVE_WRONG
            placeholder=Signal::derive(planned)
        />
    }
}

/// Whether a connection that broke off is made again by itself.
#[component]
fn Reconnect() -> impl IntoView {
    let device = use_console().device;
    let on = Signal::derive(move || {
        device
            .workspace
            .with(|w| w.profile.connection.reconnect != Some(false))
    });
    let set = move |on: bool| {
        device
            .workspace
            .update(|w| w.profile.connection.reconnect = (!on).then_some(false));
    };
    view! {
        <SwitchField
            id="reconnect"
            label=words::RECONNECT
            value=on
            on_change=set
            help=words::RECONNECT_HELP
        />
    }
}

#[component]
fn Will() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let has_will = Memo::new(move |_| {
        device
            .workspace
            .with(|w| w.profile.connection.will.is_some())
    });
    // Switched off and on again, a will is what it was.
    let before = StoredValue::new(None::<WillSettings>);
    let toggle = move |on: bool| {
        device.workspace.update(|w| {
            let will = &mut w.profile.connection.will;
            if on {
                *will = before.get_value().or_else(|| {
                    Some(WillSettings {
                        topic: String::new(),
                        payload: String::new(),
                        qos: qos(0),
                        retain: false,
                    })
                });
            } else {
                before.set_value(will.take());
            }
        });
    };
    let read = move |read: fn(&WillSettings) -> String| {
        Signal::derive(move || {
            device
                .workspace
                .with(|w| w.profile.connection.will.as_ref().map(read))
                .unwrap_or_default()
        })
    };
    let change = move |change: fn(&mut WillSettings, String)| {
        Callback::new(move |typed: String| {
            device.workspace.update(|w| {
                if let Some(will) = &mut w.profile.connection.will {
                    change(will, typed);
                }
            });
        })
    };
    let level = Signal::derive(move || {
        device.workspace.with(|w| {
            w.profile
                .connection
                .will
                .as_ref()
                .map_or(0, |will| will.qos as u8)
        })
    });
    let retained = Signal::derive(move || {
        let will = |w: &Workspace| {
            w.profile
                .connection
                .will
                .as_ref()
                .is_some_and(|will| will.retain)
        };
        device.workspace.with(will)
    });
    let retain = Callback::new(move |on: bool| {
        device.workspace.update(|w| {
            if let Some(will) = &mut w.profile.connection.will {
                will.retain = on;
            }
        });
    });
    view! {
        <SwitchField id="will" label=words::WILL value=has_will on_change=toggle />
        {part(move || {
            has_will
                .get()
                .then(|| {
                    view! {
                        <TextField
                            id="will-topic"
                            label=words::WILL_TOPIC
                            value=read(|will| will.topic.clone())
                            on_change=change(|will, typed| will.topic = typed)
                        />
                        <TextField
                            id="will-payload"
                            label=words::WILL_PAYLOAD
                            value=read(|will| will.payload.clone())
                            on_change=change(|will, typed| will.payload = typed)
                        />
                        <div class="field">
                            <label class="field-label" for="will-qos">
                                {live(move || console.say(words::WILL_QOS))}
                            </label>
                            <QosChoice
                                id="will-qos"
                                value=level
                                on_change=move |level: u8| {
                                    device
                                        .workspace
                                        .update(|w| {
                                            if let Some(will) = &mut w.profile.connection.will {
                                                will.qos = qos(level);
                                            }
                                        });
                                }
                            />
                        </div>
                        <SwitchField
                            id="will-retain"
                            label=words::WILL_RETAIN
                            value=retained
                            on_change=retain
                        />
                    }
                })
        })}
    }
}

/// What goes into CONNECT, with the findings that belong to no single field.
#[component]
pub fn PlanSummary() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let identity_keys = move || {
        device.declaration.with(|known| {
            known
                .as_ref()
                .map(|known| {
                    known
                        .identity
                        .iter()
                        .map(|f| f.key.clone())
                        .collect::<Vec<_>>()
                })
                .unwrap_or_default()
        })
    };
    // Those about identity fields stand under their fields.
    let findings = Memo::new(move |_| {
        let keys = identity_keys();
        device.plan.with(|plan| {
            plan.findings
                .iter()
                .filter(|finding| match &finding.place {
                    crate::engine::seam::Place::Form(key) => !keys.contains(key),
                    _ => true,
                })
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    let row = move |id: &'static str, label: Phrase, value: Signal<String>| {
        view! {
            <dt>{live(move || console.say(label))}</dt>
            <dd data-testid=id data-none=live(move || value.with(String::is_empty).then_some(""))>
                {live(move || {
                    let value = value.get();
                    if value.is_empty() { console.say(words::NONE).to_owned() } else { value }
                })}
            </dd>
        }
    };
    let plan = move |read: fn(&PlanView) -> String| {
        Signal::derive(move || device.plan.with(|plan| read(plan)))
    };
    let password = Signal::derive(move || {
        if device.plan.with(|plan| plan.password) {
            console.say(words::PASSWORD_SENT).to_owned()
        } else {
            String::new()
        }
    });
    let subscriptions = move || {
        device.plan.with(|plan| {
            plan.subscriptions
                .iter()
                .map(|(filter, level)| {
                    let level = *level as u8;
                    view! {
                        <li
                            data-testid="plan-subscription"
                            data-filter=filter.clone()
                            data-qos=level.to_string()
                        >
                            <code>{filter.clone()}</code>
                            <span class="badge">{format!("QoS {level}")}</span>
                        </li>
                    }
                })
                .collect_view()
        })
    };
    view! {
        <FindingList id="plan-findings" findings=findings />
        <ServerFacts />
        <Fold id="plan" title=words::PLAN>
            <dl class="facts">
                {row("plan-url", words::URL, plan(|plan| plan.url.clone()))}
                {row(
                    "plan-version",
                    words::VERSION,
                    plan(|plan| plan.version.map(ProtocolVersion::as_str).unwrap_or_default().to_owned()),
                )} {row("plan-client-id", words::CLIENT_ID, plan(|plan| plan.client_id.clone()))}
                {row(
                    "plan-user-name",
                    words::USER_NAME,
                    plan(|plan| plan.user_name.clone().unwrap_or_default()),
                )} {row("plan-password", words::PASSWORD, password)}
                {row(
                    "plan-keep-alive",
                    words::KEEP_ALIVE,
                    plan(|plan| plan.keep_alive_secs.to_string()),
                )}
                {row(
                    "plan-clean-session",
                    words::CLEAN_SESSION,
                    Signal::derive(move || {
                        let yes = device.plan.with(|plan| plan.clean_session);
                        console.say(if yes { words::YES } else { words::NO }).to_owned()
                    }),
                )}
            </dl>
            <h3 class="facts-title">{live(move || console.say(words::PLAN_SUBSCRIBES))}</h3>
            <ul class="plain-list">{subscriptions}</ul>
        </Fold>
    }
    .into_any()
}
