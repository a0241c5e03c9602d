//! What goes into CONNECT: the platform's rules with the user's settings over them.

use bytes::Bytes;

use super::seam::{ConnectionSettings, PlanView, Profile, Target};
use crate::mqtt::ProtocolVersion;
use crate::platform::cloud::ConnectRequest;
use crate::platform::{ConnectPlan, Dialect, Draw, Finding, Place, Text};
use crate::session::{Config, ConnectProperties, Secret, Will};

/// The platform's plan for this profile, with what the user set in place of it.
pub(super) fn plan(dialect: &dyn Dialect, profile: &Profile, draw: &Draw) -> ConnectPlan {
    let mut plan = dialect.connect_plan(&profile.identity, draw);
    let settings = &profile.connection;
    let url = settings.url.trim();
    if !url.is_empty() {
        plan.url = Some(url.to_owned());
    }
    if let Some(version) = settings.version {
        plan.version = version;
    }
    if !settings.client_id.is_empty() {
        plan.client_id.clone_from(&settings.client_id);
        plan.session_id = None;
    }
    if !settings.user_name.is_empty() {
        plan.user_name = Some(settings.user_name.clone());
    }
    if !settings.password.is_empty() {
        plan.password = Some(Bytes::from(settings.password.clone()));
    }
    let missing = profile.missing(&dialect.declaration().identity);
    plan.findings.retain(|finding| {
        finding.rule != "MissingField"
            || !matches!(finding.place, Place::Form(_))
            || missing.iter().any(|known| known.place == finding.place)
    });
    add_new(&mut plan.findings, missing);
    if let Some(keep_alive_secs) = settings.keep_alive_secs {
        plan.keep_alive_secs = keep_alive_secs;
    }
    if !settings.keep_alive_unread.is_empty() {
        plan.findings.push(unread_keep_alive(
            &settings.keep_alive_unread,
            plan.keep_alive_secs,
        ));
    }
    if let Some(clean_session) = settings.clean_session {
        plan.clean_session = clean_session;
    }
    plan
}

/// What was typed for the keep alive goes into no CONNECT; another one does.
fn unread_keep_alive(typed: &str, instead: u16) -> Finding {
    Finding::error(
        "OutOfRange",
        Place::Connect("keepalive".into()),
        Text::owned(
            format!(
                "keep alive {typed:?} is no whole number from 0 to 65535; {instead} s goes into \
                 CONNECT instead"
            ),
            format!("保活时间 {typed:?} 不是 0 至 65535 的整数；CONNECT 中将使用 {instead} 秒"),
        ),
        "MQTT 3.1.1 §3.1.2.10",
    )
}

/// CONNECT as the platform judges it.
pub(super) fn request<'a>(
    plan: &'a ConnectPlan,
    settings: &ConnectionSettings,
) -> ConnectRequest<'a> {
    ConnectRequest {
        version: plan.version,
        client_id: &plan.client_id,
        user_name: plan.user_name.as_deref(),
        password: plan.password.as_deref(),
        keep_alive_secs: plan.keep_alive_secs,
        clean_session: plan.clean_session,
        will: settings.will.is_some(),
    }
}

/// What the platform's rules say about the CONNECT of this plan.
pub(super) fn lint(dialect: &dyn Dialect, profile: &Profile, plan: &ConnectPlan) -> Vec<Finding> {
    let request = request(plan, &profile.connection);
    let mut findings = dialect.lint_connect(&profile.identity, &request);
    if let Some(url) = plan
        .url
        .as_deref()
        .filter(|_| profile.target == Target::Broker)
    {
        let of_endpoint = dialect.lint_endpoint(&profile.identity, url, &plan.client_id);
        add_new(&mut findings, of_endpoint);
    }
    findings
}

/// Adds findings that are not there yet: two ways of looking may both notice.
pub(super) fn add_new(findings: &mut Vec<Finding>, more: Vec<Finding>) {
    for finding in more {
        let known = |old: &Finding| old.rule == finding.rule && old.place == finding.place;
        if !findings.iter().any(known) {
            findings.push(finding);
        }
    }
}

/// A topic that begins or ends with white space, mostly pasted: no platform means it, and nobody
/// sees it.
pub(super) fn blank_ends(topic: &str) -> Vec<Finding> {
    if topic.trim() == topic {
        return Vec::new();
    }
    let visible: String = topic
        .chars()
        .map(|found| if found.is_whitespace() { '␣' } else { found })
        .collect();
    vec![Finding::warning(
        "TopicBlank",
        Place::Topic,
        Text::owned(
            format!("the topic begins or ends with white space: \"{visible}\""),
            format!("主题首尾有空白字符：“{visible}”"),
        ),
        "own rule",
    )]
}

/// The plan as the page shows it, without the password.
pub(super) fn view(plan: ConnectPlan) -> PlanView {
    PlanView {
        url: plan.url.unwrap_or_default(),
        version: Some(plan.version),
        client_id: plan.client_id,
        user_name: plan.user_name,
        password: plan.password.is_some(),
        keep_alive_secs: plan.keep_alive_secs,
        clean_session: plan.clean_session,
        subscriptions: plan.subscriptions,
        findings: plan.findings,
    }
}

/// What the session is told.
pub(super) fn config(plan: &ConnectPlan, settings: &ConnectionSettings) -> Config {
    let mut config = Config::new(plan.version, plan.client_id.clone());
    config.user_name.clone_from(&plan.user_name);
    config.password = plan.password.clone().map(Secret::new);
    config.keep_alive_secs = plan.keep_alive_secs;
    config.clean_start = plan.clean_session;
    let mqtt5 = &settings.mqtt5;
    if proves_password(plan, settings) {
        config.password = None;
    }
    config.limits.topic_aliases = mqtt5.topic_aliases;
    config.properties = ConnectProperties {
        session_expiry_secs: mqtt5.session_expiry_secs,
        receive_maximum: mqtt5.receive_maximum,
        maximum_packet_size: mqtt5.maximum_packet_size,
        topic_alias_maximum: mqtt5.topic_alias_maximum,
        request_response_information: mqtt5.request_response_information,
        request_problem_information: mqtt5.request_problem_information,
        user_properties: mqtt5.user_properties.clone(),
    };
    config.will = settings.will.as_ref().map(|will| Will {
        retain: will.retain,
        delay_secs: mqtt5.will_delay_secs,
        properties: mqtt5.will_properties.clone(),
        ..Will::new(
            will.topic.clone(),
            Bytes::from(will.payload.clone()),
            will.qos,
        )
    });
    config
}

/// Whether the password is proved by an authentication exchange, and so stays out of CONNECT.
pub(super) fn proves_password(plan: &ConnectPlan, settings: &ConnectionSettings) -> bool {
    settings.mqtt5.scram && plan.version == ProtocolVersion::V5_0
}

/// The sub-protocol that a WebSocket asks for: 3.1 has a name of its own only by custom, and
/// brokers of today answer to `mqtt` for every version.
pub(super) fn sub_protocol(plan: &ConnectPlan) -> String {
    if plan.sub_protocol.is_empty() {
        crate::transport::SUB_PROTOCOL.to_owned()
    } else {
        plan.sub_protocol.clone().into_owned()
    }
}

/// The version in which frames are read before a CONNECT says otherwise.
pub(super) const DEFAULT_VERSION: ProtocolVersion = ProtocolVersion::V3_1_1;
