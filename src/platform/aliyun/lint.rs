//! What the platform refuses before anything is sent: options and filters.

use super::{Device, MAX_PROPERTY, MAX_USER_PROPERTIES, SEED, connect_rules, foreign_topic};
use crate::mqtt::{ProtocolVersion, QoS};
use crate::platform::text::text;
use crate::platform::{Finding, Identity, Place, Publication, PublishOptions, Text, rules};

pub(super) fn unsupported(place: Place, words: Text) -> Finding {
    Finding::error("UnsupportedFeature", place, words, SEED)
}

pub(super) fn lint_options(
    identity: &Identity,
    publication: &Publication,
    options: &PublishOptions,
) -> Vec<Finding> {
    let mut out = Vec::new();
    if options.version != ProtocolVersion::V5_0 {
        if publication.retain {
            out.push(unsupported(
                Place::Retain,
                Text::new(
                    "retained messages need MQTT 5.0 and an enterprise instance",
                    "保留消息需使用 MQTT 5.0 与企业版实例",
                ),
            ));
        }
        return out;
    }
    let _ = identity;
    let property = |name: &'static str| Place::Option(name.into());
    let range =
        |name: &'static str, words: Text| Finding::error("OutOfRange", property(name), words, SEED);
    let count = options.user_properties.len();
    if count > MAX_USER_PROPERTIES {
        out.push(range(
            "user_properties",
            text!(
                "{count} user properties; at most 20",
                "{count} 个用户属性；最多 20 个"
            ),
        ));
    }
    for (key, value) in &options.user_properties {
        if key.starts_with('_') {
            out.push(Finding::error(
                "BadName",
                property("user_property"),
                text!(
                    "the key {key:?} starts with an underscore",
                    "用户属性的 Key {key:?} 不允许以下划线开头"
                ),
                SEED,
            ));
        }
        let length = key.chars().count() + value.chars().count();
        if length > MAX_PROPERTY {
            out.push(range(
                "user_property",
                text!(
                    "key and value have {length} characters; at most 128 together",
                    "Key 与 Value 总长 {length} 个字符；最长 128"
                ),
            ));
        }
    }
    if let Some(topic) = &options.response_topic {
        let length = topic.chars().count();
        if length > MAX_PROPERTY {
            out.push(range(
                "response_topic",
                text!(
                    "{length} characters; at most 128",
                    "长度为 {length} 个字符；最长 128"
                ),
            ));
        }
    }
    if let Some(data) = &options.correlation_data {
        let length = data.len();
        if length > MAX_PROPERTY {
            out.push(range(
                "correlation_data",
                text!("{length} bytes; at most 128", "长度为 {length}；最长 128"),
            ));
        }
    }
    if options.topic_alias.is_some() {
        out.push(unsupported(
            property("topic_alias"),
            Text::new(
                "the platform does not offer topic aliases",
                "平台不涉及主题别名（topic alias）",
            ),
        ));
    }
    out
}

pub(super) fn lint_subscription(device: &Device<'_>, filter: &str, qos: QoS) -> Vec<Finding> {
    let mut out: Vec<Finding> = rules::lint_qos(&connect_rules(), qos, SEED)
        .into_iter()
        .collect();
    let mut plain = filter;
    if let Some(shared) = filter.strip_prefix("$share/") {
        let (name, rest) = shared.split_once('/').unwrap_or((shared, ""));
        let fits = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !fits {
            out.push(Finding::error(
                "BadName",
                Place::Option("ShareName".into()),
                text!(
                    "ShareName {name:?}: letters, digits and underscore",
                    "ShareName {name:?} 只能包含字母、数字和下划线（_）"
                ),
                SEED,
            ));
        }
        plain = rest;
    }
    if owner_of(plain).is_some_and(|owner| owner != (device.product_key, device.device_name)) {
        out.push(foreign_topic(device));
    }
    let charset = plain.split('/').skip(1).all(|segment| {
        matches!(segment, "+" | "#")
            || segment
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-:.".contains(&byte))
    });
    if !charset {
        out.push(Finding::warning(
            "charset",
            Place::Topic,
            Text::new(
                "segments are made of letters, digits and underscore",
                "每级主题由字母、数字和下划线组成",
            ),
            "Alibaba topics",
        ));
    }
    out
}

/// The product key and the device name in a filter, where its beginning says that they stand
/// there; nothing for what belongs to no device.
fn owner_of(filter: &str) -> Option<(&str, &str)> {
    let mut segments = filter.strip_prefix('/')?.split('/');
    let mut next = || segments.next().unwrap_or("");
    let owner = match next() {
        "sys" => (next(), next()),
        "shadow" => {
            next();
            (next(), next())
        }
        "ota" => {
            next();
            next();
            (next(), next())
        }
        "ext" => match next() {
            "ntp" | "session" => (next(), next()),
            "rrpc" => {
                next();
                let owner = (next(), next());
                // The rest is a topic of the user's own, which is not always a device's.
                (next() == "user").then_some(owner)?
            }
            _ => return None,
        },
        "broadcast" => return None,
        product_key => {
            let owner = (product_key, next());
            (next() == "user").then_some(owner)?
        }
    };
    Some(owner)
}
