//! The platform's half: checks the signature, answers reports, calls services, registers devices.

mod application;

use core::time::Duration;
use std::borrow::Cow;
use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::mqtt::{ProtocolVersion, QoS};
use crate::platform::cloud::{
    Cloud, CloudAction, CloudResource, CloudView, ConnectRequest, ConnectVerdict, Habits, Journal,
    PublishVerdict, Refusal, Submission,
};
use crate::platform::form::{value, verbatim};
use crate::platform::json::{self, Node, ObjectWriter};
use crate::platform::text::text;
use crate::platform::workbench::slips::LENIENT;
use crate::platform::{Direction, Finding, FormValues, Place, Publication, Spans, Text, to_hex};
use crate::time::{Instant, Now};
use base64::Engine as _;

use super::auth::{self, MqttClientId, SignMethod};
use super::payload::{self, SOURCE};
use super::topics::{Kind, Topic};
use super::{connect_rules, lint_subscription, request_id};

/// A caller of RRPC waits this long.
const RRPC_TIME: Duration = Duration::from_secs(8);
/// The platform closes the connection of a registration after about this long.
const REGISTRATION_TIME: Duration = Duration::from_secs(15);
const MAX_OPEN: usize = 256;
const MAX_VALUES: usize = 1000;
/// What the configuration interface offers.
const CONFIGURATION: &str = "{\"interval\":60}";

#[derive(Clone, Debug, Default)]
struct Device {
    product_key: String,
    device_name: String,
    device_secret: String,
    product_secret: String,
    token: Option<String>,
    activated: bool,
    client_id: Option<String>,
    version: Option<ProtocolVersion>,
    properties: BTreeMap<String, String>,
    desired: BTreeMap<String, (String, i64)>,
    tags: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
struct Open {
    user: String,
    kind: Kind,
    name: String,
    sent: Instant,
    /// Synchronous calls alone have one.
    deadline: Option<Instant>,
    /// The application's request that waits for it.
    exchange: Option<u64>,
}

/// The cloud half of [`super::Aliyun`].
#[derive(Clone, Debug, Default)]
pub struct AliyunCloud {
    /// By user name, `{deviceName}&{productKey}`.
    devices: BTreeMap<String, Device>,
    last_device: String,
    open: BTreeMap<String, Open>,
    /// Connections of registrations, and when they are closed.
    registering: BTreeMap<String, Instant>,
    counter: u64,
    journal: Journal,
}

impl AliyunCloud {
    fn user_of(&self, client_id: &str) -> Option<String> {
        self.devices
            .iter()
            .find(|(_, device)| device.client_id.as_deref() == Some(client_id))
            .map(|(user, _)| user.clone())
    }

    fn next_id(&mut self) -> String {
        self.counter = self.counter.saturating_add(1);
        self.counter.to_string()
    }

    fn judge(&self, request: &ConnectRequest<'_>) -> Result<(String, &'static str), (u8, Text)> {
        let parsed = MqttClientId::parse(request.client_id).map_err(|why| {
            let chinese = why.chinese();
            (
                2,
                text!("client id: {why}", "客户端 ID 格式错误：{chinese}"),
            )
        })?;
        if let Some((min, max)) = connect_rules().keep_alive_secs
            && !parsed.registers()
            && !(min..=max).contains(&request.keep_alive_secs)
        {
            return Err((
                2,
                text!(
                    "keep alive {} s, outside {min} to {max}",
                    "保活时间 {} 秒，超出 {min} 至 {max}",
                    request.keep_alive_secs
                ),
            ));
        }
        let user = request.user_name.unwrap_or("");
        let device = self
            .devices
            .get(user)
            .ok_or_else(|| (4, Text::new("user name", "用户名错误")))?;
        let password = core::str::from_utf8(request.password.unwrap_or(b"")).unwrap_or("");
        if parsed.client_id.chars().count() > auth::MAX_CLIENT_ID {
            return Err((2, Text::new("client id too long", "客户端 ID 过长")));
        }
        let method = match parsed.parameter("signmethod") {
            None => SignMethod::Md5,
            Some(word) => SignMethod::from_word(word)
                .ok_or_else(|| (2, Text::new("unknown signmethod", "signmethod 不支持")))?,
        };
        let same = |secret: &str, content: &str| {
            // No device of the platform is without a secret.
            !secret.is_empty()
                && auth::password(method, secret, content).eq_ignore_ascii_case(password)
        };
        match parsed.parameter("authType") {
            Some("connwl") => {
                if device.token.as_deref() == Some(password) {
                    return Ok((user.to_owned(), "connwl"));
                }
                Err((4, Text::new("deviceToken", "deviceToken 错误")))
            }
            Some(way @ ("register" | "regnwl")) => {
                let content = auth::content(&[
                    ("deviceName", &device.device_name),
                    ("productKey", &device.product_key),
                    ("random", parsed.parameter("random").unwrap_or("")),
                ]);
                if !same(&device.product_secret, &content) {
                    return Err((4, Text::new("signature", "签名错误")));
                }
                if device.activated {
                    return Err((5, Text::new("activated already", "设备已激活")));
                }
                Ok((
                    user.to_owned(),
                    if way == "register" {
                        "register"
                    } else {
                        "regnwl"
                    },
                ))
            }
            Some(_) => Err((2, Text::new("unknown authType", "authType 不支持"))),
            None => {
                let mut fields = vec![
                    ("clientId", parsed.client_id),
                    ("deviceName", device.device_name.as_str()),
                    ("productKey", device.product_key.as_str()),
                ];
                if let Some(time) = parsed.parameter("timestamp") {
                    fields.push(("timestamp", time));
                }
                if same(&device.device_secret, &auth::content(&fields)) {
                    Ok((user.to_owned(), "secret"))
                } else {
                    Err((4, Text::new("signature", "签名错误")))
                }
            }
        }
    }

    /// What dynamic registration gives to the device.
    fn registered(&mut self, now: Now, client_id: &str, user: &str, way: &str) {
        let number = self.counter.saturating_add(1);
        self.counter = number;
        let Some(device) = self.devices.get_mut(user) else {
            return;
        };
        let issued = Sha256::digest(format!("{user}{number}{}", now.unix.0));
        let out = ObjectWriter::new()
            .string("productKey", &device.product_key)
            .string("deviceName", &device.device_name);
        let payload = if way == "register" {
            if device.device_secret.is_empty() {
                device.device_secret = to_hex(issued.get(..16).unwrap_or(&[]));
            }
            out.string("deviceSecret", &device.device_secret)
        } else {
            let token = to_hex(issued.get(..16).unwrap_or(&[]));
            device.token = Some(token.clone());
            out.string("clientId", &format!("cid{number}"))
                .string("deviceToken", &token)
        }
        .finish();
        self.journal.deliver(
            client_id,
            "/ext/register".to_owned(),
            payload,
            QoS::AtMostOnce,
        );
        self.registering
            .insert(client_id.to_owned(), now.instant + REGISTRATION_TIME);
        self.journal.record(
            now,
            text!("{user} registered ({way})", "{user} 动态注册（{way}）"),
            "",
        );
    }

    /// Answers a request of the device on its `_reply` topic.
    #[expect(clippy::too_many_arguments, reason = "one row of the answer each")]
    fn reply(
        &mut self,
        now: Now,
        topic: &Topic<'_>,
        id: Option<&str>,
        method: Option<&str>,
        code: i64,
        data: &str,
        message: &str,
    ) {
        let (Some(answer), Some(id)) = (topic.kind.answer(), id) else {
            return;
        };
        let mut out = ObjectWriter::new()
            .integer("code", code)
            .raw("data", data)
            .raw("id", id)
            .string("message", message);
        if let Some(method) = method {
            out = out.string("method", method);
        }
        let payload = out.string("version", "1.0").finish();
        let (key, chinese) = (topic.kind.key(), topic.kind.chinese());
        self.journal.record(
            now,
            text!("{key}: {code} {message}", "{chinese}：{code} {message}"),
            payload.clone(),
        );
        let topic = Topic {
            kind: answer,
            ..*topic
        };
        self.journal
            .publish(topic.to_string(), payload, QoS::AtLeastOnce);
    }

    fn request(&mut self, now: Now, user: &str, topic: &Topic<'_>, source: &[u8]) {
        let body = payload::read(topic, Direction::Up, source, Spans::Omitted);
        let root = match json::parse(source) {
            Ok(root) => root,
            Err(error) => {
                // There is no id to answer with: the real platform logs 6207.
                let why = error.message();
                self.journal.record(
                    now,
                    Text::owned(
                        format!("6207 {}: {}", topic.kind.key(), why.en),
                        format!("6207 {}：{}", topic.kind.chinese(), why.zh),
                    ),
                    String::from_utf8_lossy(source),
                );
                return;
            }
        };
        let id = request_id(&root, source);
        let method = root
            .member("method")
            .and_then(Node::as_str)
            .map(str::to_owned);
        let problem = body.findings.iter().find(|finding| finding.is_error());
        let (code, data, message) = match problem {
            Some(finding) if finding.place == Place::member("method") => {
                (6300, "{}".to_owned(), finding.text.en.to_string())
            }
            Some(finding) if finding.rule == "OutOfRange" => {
                (460, "{}".to_owned(), finding.text.en.to_string())
            }
            Some(finding) => (400, "{}".to_owned(), finding.text.en.to_string()),
            None => (
                200,
                self.carry_out(user, topic.kind, &root, source),
                "success".to_owned(),
            ),
        };
        if body.wants_answer {
            self.reply(
                now,
                topic,
                id.as_deref(),
                method.as_deref(),
                code,
                &data,
                &message,
            );
        } else {
            let (key, chinese) = (topic.kind.key(), topic.kind.chinese());
            self.journal.record(
                now,
                text!(
                    "{key}: {code}, no answer wanted",
                    "{chinese}：{code}，不需要响应"
                ),
                String::from_utf8_lossy(source),
            );
        }
    }

    /// Does what a request in order asks for; the `data` of its answer.
    fn carry_out(&mut self, user: &str, kind: Kind, root: &Node, source: &[u8]) -> String {
        let empty = "{}".to_owned();
        let (Some(device), Some(params)) = (self.devices.get_mut(user), root.member("params"))
        else {
            return empty;
        };
        match kind {
            Kind::PropertyPost => {
                for member in params.members() {
                    if device.properties.len() >= MAX_VALUES
                        && !device.properties.contains_key(&member.key)
                    {
                        continue;
                    }
                    let value = member.node.member("value").unwrap_or(&member.node);
                    device
                        .properties
                        .insert(member.key.clone(), value.raw(source).to_owned());
                }
                empty
            }
            Kind::DesiredGet => {
                let mut out = ObjectWriter::new();
                for name in params.items().iter().filter_map(Node::as_str) {
                    if let Some((value, version)) = device.desired.get(name) {
                        let one = ObjectWriter::new()
                            .raw("value", value)
                            .integer("version", *version)
                            .finish();
                        out = out.raw(name, &one);
                    }
                }
                out.finish()
            }
            Kind::DesiredDelete => {
                for member in params.members() {
                    let version = member.node.member("version").and_then(Node::as_integer);
                    let fits = device
                        .desired
                        .get(&member.key)
                        .is_some_and(|(_, known)| version.is_none_or(|version| version == *known));
                    if fits {
                        device.desired.remove(&member.key);
                    }
                }
                empty
            }
            Kind::TagsUpdate | Kind::TagsDelete => {
                for tag in params.items() {
                    let Some(key) = tag.member("attrKey").and_then(Node::as_str) else {
                        continue;
                    };
                    if kind == Kind::TagsDelete {
                        device.tags.remove(key);
                    } else if device.tags.len() < MAX_VALUES {
                        let value = tag.member("attrValue").and_then(Node::as_str).unwrap_or("");
                        device.tags.insert(key.to_owned(), value.to_owned());
                    }
                }
                empty
            }
            Kind::ConfigGet => configuration(),
            _ => empty,
        }
    }

    fn answered(&mut self, now: Now, user: &str, key: &str, payload: &[u8]) {
        let detail = String::from_utf8_lossy(payload).into_owned();
        let open = self
            .open
            .get(key)
            .is_some_and(|open| open.user == user)
            .then(|| self.open.remove(key))
            .flatten();
        let text = match open {
            Some(open) => {
                let millis = now.instant.saturating_since(open.sent).as_millis();
                if let Some(exchange) = open.exchange {
                    let body = ObjectWriter::new()
                        .raw("Success", "true")
                        .string("RrpcCode", "SUCCESS")
                        .string("PayloadBase64Byte", &LENIENT.encode(payload))
                        .string("MessageId", key)
                        .finish();
                    self.journal.answer_unconfirmed(exchange, "200 OK", body);
                }
                let (kind, chinese, name) = (open.kind.key(), open.kind.chinese(), open.name);
                text!(
                    "{kind} {name}: answered after {millis} ms",
                    "{chinese} {name}：已响应，耗时 {millis} ms"
                )
            }
            None => text!(
                "{user} answered {key:?}, which is not open",
                "{user} 应答了未在等待的 {key:?}"
            ),
        };
        self.journal.record(now, text, detail);
    }

    fn target(&self, values: &FormValues) -> Result<(String, String, String), Box<Finding>> {
        let named = value(values, "device_name");
        let found = if named.is_empty() {
            self.devices.get_key_value(&self.last_device)
        } else {
            self.devices
                .iter()
                .find(|(_, device)| device.device_name == named)
        };
        let problem = |words: Text| {
            Box::new(Finding::error(
                "offline",
                Place::form("device_name"),
                words,
                SOURCE,
            ))
        };
        let (user, device) = found.ok_or_else(|| {
            problem(Text::new(
                "no such device on the platform",
                "平台上没有该设备",
            ))
        })?;
        if device.client_id.is_none() {
            return Err(problem(Text::new("the device is offline", "设备不在线")));
        }
        Ok((
            user.clone(),
            device.product_key.clone(),
            device.device_name.clone(),
        ))
    }

    /// Keeps a request open until its answer comes.
    fn keep(&mut self, now: Now, key: String, user: &str, kind: Kind, name: &str) {
        if self.open.len() >= MAX_OPEN {
            self.open.pop_first();
        }
        let synchronous = matches!(kind, Kind::RrpcRequest | Kind::ExtRrpc);
        self.open.insert(
            key,
            Open {
                user: user.to_owned(),
                kind,
                name: name.to_owned(),
                sent: now.instant,
                deadline: synchronous.then(|| now.instant + RRPC_TIME),
                exchange: None,
            },
        );
    }
}

/// The remote configuration as the platform describes it: where it lies, and its digest.
fn configuration() -> String {
    ObjectWriter::new()
        .string("configId", "1")
        .integer(
            "configSize",
            i64::try_from(CONFIGURATION.len()).unwrap_or(0),
        )
        .string("sign", &to_hex(&Sha256::digest(CONFIGURATION)))
        .string("signMethod", "Sha256")
        .string(
            "url",
            "https://iotx-config.oss-{region}.aliyuncs.com/{file}",
        )
        .string("getType", "file")
        .finish()
}

impl Cloud for AliyunCloud {
    fn provision(&mut self, now: Now, identity: &FormValues) {
        let (product_key, device_name) = (
            value(identity, "product_key"),
            value(identity, "device_name"),
        );
        if product_key.is_empty() || device_name.is_empty() {
            return;
        }
        let user = format!("{device_name}&{product_key}");
        let device = self.devices.entry(user.clone()).or_default();
        product_key.clone_into(&mut device.product_key);
        device_name.clone_into(&mut device.device_name);
        let secret = verbatim(identity, "device_secret").trim();
        if !secret.is_empty() {
            secret.clone_into(&mut device.device_secret);
        }
        verbatim(identity, "product_secret")
            .trim()
            .clone_into(&mut device.product_secret);
        self.last_device.clone_from(&user);
        self.journal
            .record(now, text!("device {user} created", "已创建设备 {user}"), "");
    }

    fn handle_connect(&mut self, now: Now, request: &ConnectRequest<'_>) -> ConnectVerdict {
        let client_id = request.client_id;
        match self.judge(request) {
            Err((code, why)) => {
                self.journal.record(
                    now,
                    Text::owned(
                        format!("{client_id} refused with return code {code}: {}", why.en),
                        format!("拒绝 {client_id}，返回码 {code}：{}", why.zh),
                    ),
                    "",
                );
                ConnectVerdict::Refuse(code)
            }
            Ok((user, way @ ("register" | "regnwl"))) => {
                self.registered(now, client_id, &user, way);
                ConnectVerdict::Accept
            }
            Ok((user, _)) => {
                let old = self.devices.get_mut(&user).and_then(|device| {
                    device.activated = true;
                    device.version = Some(request.version);
                    device.client_id.replace(client_id.to_owned())
                });
                // One connection per device: the newer one closes the older.
                if let Some(old) = old.filter(|old| old != client_id) {
                    self.journal.close(&old);
                }
                self.last_device.clone_from(&user);
                self.journal
                    .record(now, text!("{user} is online", "{user} 已上线"), client_id);
                if request.will && !self.habits(request.version).wills {
                    self.journal.ignored_will(now, &user);
                }
                ConnectVerdict::Accept
            }
        }
    }

    fn handle_subscribe(
        &mut self,
        now: Now,
        client_id: &str,
        filter: &str,
        qos: QoS,
    ) -> Option<QoS> {
        let user = self.user_of(client_id)?;
        let device = self.devices.get(&user)?;
        let own = super::Device {
            product_key: &device.product_key,
            device_name: &device.device_name,
        };
        let refused = lint_subscription(&own, filter, QoS::AtMostOnce)
            .into_iter()
            .find(Finding::is_error);
        match refused {
            None => Some(qos.min(QoS::AtLeastOnce)),
            Some(finding) => {
                let why = finding.text;
                self.journal.refused_filter(now, &user, filter, &why);
                None
            }
        }
    }

    fn habits(&self, version: ProtocolVersion) -> Habits {
        let five = version == ProtocolVersion::V5_0;
        Habits {
            wills: five,
            retains: five,
            publishers_qos: !five,
            ..Habits::default()
        }
    }

    fn handle_publish(
        &mut self,
        now: Now,
        client_id: &str,
        publication: &Publication,
    ) -> PublishVerdict {
        if publication.qos == QoS::ExactlyOnce {
            return PublishVerdict::Close(Text::new("QoS 2 is not supported", "不支持 QoS 2"));
        }
        let Some(user) = self.user_of(client_id) else {
            return PublishVerdict::Close(Text::new(
                "published during registration",
                "动态注册期间发布消息",
            ));
        };
        let version = self.devices.get(&user).and_then(|device| device.version);
        if publication.retain && version != Some(ProtocolVersion::V5_0) {
            return PublishVerdict::Close(Text::new(
                "retained messages are not supported below MQTT 5.0",
                "MQTT 5.0 以下不支持保留消息",
            ));
        }
        let source = &publication.payload;
        let shown = String::from_utf8_lossy(source).into_owned();
        let own = Topic::parse(&publication.topic).ok().filter(|topic| {
            topic.product_key.is_empty()
                || user == format!("{}&{}", topic.device_name, topic.product_key)
        });
        let Some(topic) = own else {
            let topic = &publication.topic;
            return PublishVerdict::Close(text!(
                "published on {topic}, which is not the device's",
                "发布到了不属于本设备的主题 {topic}"
            ));
        };
        match topic.kind {
            Kind::User => return PublishVerdict::Route,
            Kind::RrpcResponse | Kind::ExtRrpc => self.answered(now, &user, topic.name, source),
            Kind::PropertySetReply
            | Kind::PropertyGetReply
            | Kind::ServiceReply
            | Kind::ConfigPushReply => {
                let id = payload::read(&topic, Direction::Up, source, Spans::Omitted).id;
                self.answered(now, &user, &id.unwrap_or_default(), source);
            }
            Kind::DownRawReply => {
                // Bytes carry no id: the oldest open one is meant.
                let oldest = self
                    .open
                    .iter()
                    .filter(|(_, open)| open.kind == Kind::DownRaw && open.user == user)
                    .min_by_key(|(_, open)| open.sent)
                    .map(|(id, _)| id.clone())
                    .unwrap_or_default();
                self.answered(now, &user, &oldest, source);
            }
            Kind::NtpRequest => {
                let sent = json::parse(source)
                    .ok()
                    .and_then(|root| Some(root.member("deviceSendTime")?.raw(source).to_owned()));
                let time = now.unix.0.to_string();
                let payload = ObjectWriter::new()
                    .raw("deviceSendTime", sent.as_deref().unwrap_or("\"\""))
                    .string("serverRecvTime", &time)
                    .string("serverSendTime", &time)
                    .finish();
                let answer = Topic {
                    kind: Kind::NtpResponse,
                    ..topic
                };
                self.journal
                    .publish(answer.to_string(), payload, QoS::AtMostOnce);
            }
            kind if kind.is_alink() && kind.answer().is_some() => {
                self.request(now, &user, &topic, source);
            }
            kind => {
                let (key, chinese) = (kind.key(), kind.chinese());
                let text = text!("{key} of {user}", "{user} 的{chinese}");
                self.journal.record(now, text, shown);
            }
        }
        PublishVerdict::Consume
    }

    fn refuse(
        &mut self,
        now: Now,
        client_id: &str,
        publication: &Publication,
        refusal: Refusal,
    ) -> PublishVerdict {
        let (code, message) = match refusal {
            Refusal::Code(code) => (code, "refused on demand"),
            Refusal::TooMany => (429, "too many requests"),
        };
        let source = &publication.payload;
        if self.user_of(client_id).is_some()
            && let Ok(topic) = Topic::parse(&publication.topic)
            && let Ok(root) = json::parse(source)
            && payload::read(&topic, Direction::Up, source, Spans::Omitted).wants_answer
        {
            let id = request_id(&root, source);
            let method = root.member("method").and_then(Node::as_str);
            self.reply(now, &topic, id.as_deref(), method, code, "{}", message);
        }
        PublishVerdict::Consume
    }

    fn refusal_code(&self, kind: &str) -> Option<i64> {
        // Bytes and times are answered without a code.
        matches!(
            kind,
            "property-post"
                | "event-post"
                | "desired-get"
                | "desired-delete"
                | "tags-update"
                | "tags-delete"
                | "config-get"
        )
        .then_some(460)
    }

    fn handle_disconnect(&mut self, now: Now, client_id: &str) {
        self.registering.remove(client_id);
        if let Some(user) = self.user_of(client_id) {
            if let Some(device) = self.devices.get_mut(&user) {
                device.client_id = None;
            }
            self.journal
                .record(now, text!("{user} is offline", "{user} 已离线"), "");
        }
    }

    fn handle_timeout(&mut self, now: Now) {
        let due: Vec<String> = self
            .registering
            .iter()
            .filter(|(_, at)| now.instant >= **at)
            .map(|(client, _)| client.clone())
            .collect();
        for client in due {
            self.registering.remove(&client);
            self.journal.close(&client);
        }
        let late: Vec<String> = self
            .open
            .iter()
            .filter(|(_, open)| open.deadline.is_some_and(|at| now.instant >= at))
            .map(|(id, _)| id.clone())
            .collect();
        for id in late {
            let open = self.open.remove(&id);
            if let Some(exchange) = open.and_then(|open| open.exchange) {
                let body = ObjectWriter::new()
                    .raw("Success", "true")
                    .string("RrpcCode", "TIMEOUT")
                    .string("MessageId", &id)
                    .finish();
                self.journal.answer_unconfirmed(exchange, "200 OK", body);
            }
            self.journal.record(
                now,
                text!(
                    "RRPC {id}: TIMEOUT, no answer within 8 s",
                    "RRPC {id}：TIMEOUT，8 秒内无响应"
                ),
                "",
            );
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.registering
            .values()
            .copied()
            .chain(self.open.values().filter_map(|open| open.deadline))
            .min()
    }

    fn poll_action(&mut self) -> Option<CloudAction> {
        self.journal.next_action()
    }

    fn submit(&mut self, now: Now, kind: &str, values: &FormValues) -> Submission {
        self.submit_checked(now, kind, values)
            .unwrap_or_else(|finding| Submission::refused(*finding))
    }

    fn view(&self) -> CloudView {
        let mut resources = Vec::new();
        for (user, device) in &self.devices {
            let state = match (&device.client_id, device.activated) {
                (Some(_), _) => Text::new("online", "在线"),
                (None, true) => Text::new("offline", "离线"),
                (None, false) => Text::new("not activated", "未激活"),
            };
            let name = &device.device_name;
            resources.push(CloudResource::said(
                Text::new("device", "设备"),
                user,
                state,
            ));
            for (property, value) in &device.properties {
                resources.push(CloudResource::new(
                    Text::new("property", "属性"),
                    format!("{name}/{property}"),
                    value,
                ));
            }
            for (property, (value, version)) in &device.desired {
                resources.push(CloudResource::said(
                    Text::new("desired", "期望值"),
                    format!("{name}/{property}"),
                    text!("{value} (version {version})", "{value}（版本 {version}）"),
                ));
            }
            for (tag, value) in &device.tags {
                resources.push(CloudResource::new(
                    Text::new("tag", "标签"),
                    format!("{name}/{tag}"),
                    value,
                ));
            }
        }
        for (id, open) in &self.open {
            let (key, chinese) = (open.kind.key(), open.kind.chinese());
            resources.push(CloudResource::new(
                text!("waiting for an answer: {key}", "等待响应：{chinese}"),
                &open.name,
                format!("id {id}"),
            ));
        }
        self.journal.view(resources)
    }

    fn source(&self) -> Cow<'static, str> {
        Cow::Borrowed(SOURCE)
    }
}
