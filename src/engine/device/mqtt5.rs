//! What MQTT 5.0 adds: authentication by an exchange, what the server says in CONNACK, and reasons
//! that come with acknowledgements.

use super::Device;
use crate::engine::seam::ServerFact;
use crate::engine::{Shared, failure, plan};
use crate::mqtt::{PacketType, ProtocolVersion, QoS, ReasonCode, Severity};
use crate::platform::Text;
use crate::session::auth::ScramSha256;
use crate::session::{Abandonment, Connected, Secret, ServerLimits};
use crate::time::Now;

impl Device {
    /// Gives the next link its authentication method, if the user wants one.
    pub(super) fn prepare_authentication(&mut self, shared: &mut Shared) {
        let Some(plan) = &self.connect_plan else {
            return;
        };
        if plan::proves_password(plan, &self.profile.connection) {
            let user_name = plan.user_name.clone().unwrap_or_default();
            let password = Secret::new(plan.password.clone().unwrap_or_default());
            let method = ScramSha256::new(user_name, password, shared.nonces.next());
            self.session.authenticate_with(Box::new(method));
        }
    }

    /// Proves the password again on the connection that there is.
    pub(super) fn reauthenticate(&mut self, now: Now, shared: &mut Shared) {
        let Some(plan) = &self.connect_plan else {
            return;
        };
        let user_name = plan.user_name.clone().unwrap_or_default();
        let password = Secret::new(plan.password.clone().unwrap_or_default());
        let method = ScramSha256::new(user_name, password, shared.nonces.next());
        if let Err(error) = self.session.reauthenticate(now, Box::new(method)) {
            self.tell(Severity::Error, failure::session_error(&error));
        }
    }

    /// A message was given up.
    pub(super) fn tell_abandoned(&mut self, cause: &Abandonment) {
        let text = match cause {
            Abandonment::Expired => Text::new(
                "a message was given up: its message expiry interval passed before it could be sent",
                "一条消息已放弃：发送前消息过期时间（message expiry）已到",
            ),
            Abandonment::Unknown => Text::new(
                "the server forgot the session: whether a message of QoS 2 arrived cannot be known, and sending it again could deliver it twice",
                "服务器已丢失会话：无法确定一条 QoS 2 消息是否到达，重发可能造成重复，因此放弃",
            ),
            Abandonment::NotAllowed(error) => {
                let why = failure::session_error(error);
                Text::owned(
                    format!("a message was given up: {}", why.en),
                    format!("一条消息已放弃：{}", why.zh),
                )
            }
        };
        self.tell(Severity::Warning, text);
    }

    /// An acknowledgement refuses, or comes with a reason in words.
    pub(super) fn tell_reason(
        &mut self,
        packet: PacketType,
        code: ReasonCode,
        subject: &str,
        reason: Option<&str>,
    ) {
        let refuses = code.0 >= 0x80;
        if !refuses && reason.is_none() {
            return;
        }
        let severity = if refuses {
            Severity::Error
        } else {
            Severity::Info
        };
        let version = self.version;
        let name = code.name(packet, version);
        let meaning = code.chinese_name(packet, version);
        let (words, chinese) = reason
            .map(|reason| (format!(": “{reason}”"), format!("：“{reason}”")))
            .unwrap_or_default();
        let line = format!("{} {subject} 0x{:02X} {name}", packet.name(), code.0);
        let text = Text::owned(
            format!("{line}{words}"),
            format!("{line}（{meaning}）{chinese}"),
        );
        self.tell(severity, text);
    }
}

/// What CONNACK said beyond what every server says.
pub(super) fn server_facts(version: ProtocolVersion, connected: &Connected) -> Vec<ServerFact> {
    let mut facts = Facts(Vec::new());
    if version != ProtocolVersion::V5_0 {
        return facts.0;
    }
    let (usual, server) = (ServerLimits::default(), &connected.server);
    if connected.client_id_assigned {
        facts.add(
            "Assigned client identifier",
            "服务器分配的 client id",
            &connected.client_id,
        );
    }
    if connected.keep_alive_from_server {
        let secs = connected.keep_alive_secs.to_string();
        facts.add("Server keep alive (s)", "服务器指定的保活（秒）", &secs);
    }
    if connected.session_expiry_secs != 0 {
        let secs = connected.session_expiry_secs.to_string();
        facts.add("Session expiry interval (s)", "会话过期时间（秒）", &secs);
    }
    if server.receive_maximum != usual.receive_maximum {
        let maximum = server.receive_maximum.to_string();
        facts.add("Receive maximum", "接收最大值（Receive Maximum）", &maximum);
    }
    if server.maximum_qos != QoS::ExactlyOnce {
        let maximum = server.maximum_qos.bits().to_string();
        facts.add("Maximum QoS", "最大 QoS", &maximum);
    }
    if let Some(size) = server.maximum_packet_size {
        facts.add(
            "Maximum packet size (bytes)",
            "最大报文长度（字节）",
            &size.to_string(),
        );
    }
    if server.topic_alias_maximum != 0 {
        let maximum = server.topic_alias_maximum.to_string();
        facts.add("Topic alias maximum", "主题别名最大值", &maximum);
    }
    for (available, en, zh) in [
        (server.retain_available, "Retain", "保留消息"),
        (
            server.wildcard_subscription_available,
            "Wildcard subscriptions",
            "通配符订阅",
        ),
        (
            server.subscription_identifier_available,
            "Subscription identifiers",
            "订阅标识符",
        ),
        (
            server.shared_subscription_available,
            "Shared subscriptions",
            "共享订阅",
        ),
    ] {
        if !available {
            facts.add(en, zh, "—");
        }
    }
    let texts = [
        (
            &connected.response_information,
            "Response information",
            "响应信息",
        ),
        (
            &connected.server_reference,
            "Server reference",
            "服务器参考",
        ),
        (&connected.reason_string, "Reason string", "原因字符串"),
    ];
    for (text, en, zh) in texts {
        if let Some(text) = text {
            facts.add(en, zh, text);
        }
    }
    for (name, value) in &connected.user_properties {
        facts.add("User property", "用户属性", &format!("{name}={value}"));
    }
    facts.0
}

struct Facts(Vec<ServerFact>);

impl Facts {
    fn add(&mut self, en: &'static str, zh: &'static str, value: &str) {
        self.0.push(ServerFact {
            label: Text::new(en, zh),
            value: value.to_owned(),
        });
    }
}
