//! The rules that every platform states in its own numbers: protocol version, keep alive, QoS,
//! will, retained messages. Generic over [`ConnectRules`].

use super::cloud::ConnectRequest;
use super::text::text;
use super::{ConnectRules, Finding, Place, Publication, Text};
use crate::mqtt::{ProtocolVersion, QoS};

const fn version_name(version: ProtocolVersion) -> &'static str {
    match version {
        ProtocolVersion::V3_1 => "3.1",
        ProtocolVersion::V3_1_1 => "3.1.1",
        ProtocolVersion::V5_0 => "5.0",
    }
}

/// Remarks on a CONNECT by the platform's rules; each would end the attempt.
pub fn lint_connect(
    rules: &ConnectRules,
    request: &ConnectRequest<'_>,
    source: &'static str,
) -> Vec<Finding> {
    let mut out = Vec::new();
    if !rules.versions.contains(&request.version) {
        let found = version_name(request.version);
        let wanted: Vec<&str> = rules.versions.iter().map(|v| version_name(*v)).collect();
        let wanted = wanted.join(", ");
        out.push(Finding::error(
            "UnsupportedFeature",
            Place::Connect("protocol level".into()),
            text!(
                "MQTT {found} is not accepted; this platform speaks {wanted}",
                "平台不支持 MQTT {found}，支持 {wanted}"
            ),
            source,
        ));
    }
    if let Some((min, max)) = rules.keep_alive_secs
        && !(min..=max).contains(&request.keep_alive_secs)
    {
        let found = request.keep_alive_secs;
        out.push(Finding::error(
            "OutOfRange",
            Place::Connect("keepalive".into()),
            text!(
                "keep alive is {found} s; the platform refuses anything outside {min} to {max} s",
                "保活时间为 {found} 秒；平台只接受 {min} 至 {max} 秒"
            ),
            source,
        ));
    }
    if request.will && rules.will == Some(false) {
        out.push(Finding::error(
            "UnsupportedFeature",
            Place::Connect("will".into()),
            Text::new(
                "this platform does not support a will",
                "平台不支持遗嘱消息（will）",
            ),
            source,
        ));
    }
    out
}

/// A remark if the platform does not accept this QoS.
pub fn lint_qos(rules: &ConnectRules, qos: QoS, source: &'static str) -> Option<Finding> {
    if rules.qos.contains(&qos) {
        return None;
    }
    Some(Finding::error(
        "UnsupportedFeature",
        Place::QoS,
        Text::new(
            "this platform does not support QoS 2; use 0 or 1",
            "平台不支持 QoS 2，请使用 0 或 1",
        ),
        source,
    ))
}

/// Remarks on a PUBLISH by the platform's rules.
pub fn lint_publish(
    rules: &ConnectRules,
    publication: &Publication,
    source: &'static str,
) -> Vec<Finding> {
    let mut out: Vec<Finding> = lint_qos(rules, publication.qos, source)
        .into_iter()
        .collect();
    if publication.retain && rules.retain == Some(false) {
        out.push(Finding::error(
            "UnsupportedFeature",
            Place::Retain,
            Text::new(
                "this platform does not support retained messages",
                "平台不支持保留消息（retain）",
            ),
            source,
        ));
    }
    out
}
