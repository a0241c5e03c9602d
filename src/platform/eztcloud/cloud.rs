//! The platform's half: keeps attributes, records events, sends commands, and closes on what is
//! not JSON.

use core::time::Duration;
use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::mqtt::QoS;
use crate::platform::cloud::{
    Cloud, CloudAction, CloudResource, CloudView, ConnectRequest, ConnectVerdict, Journal,
    PublishVerdict, Refusal, Submission,
};
use crate::platform::form::{self, value};
use crate::platform::json::{self, ObjectWriter};
use crate::platform::text::text;
use crate::platform::{Dialect, Finding, FormValues, Place, Publication, Spans, Text};
use crate::time::{Instant, Now};

use super::payload;
use super::topics::{self, Kind, Topic};
use super::{Eztcloud, Variant, bad_identifier, raw_payload, typed_json};

/// Reports that follow each other faster are dropped. The real threshold is not published.
const TOO_FAST: Duration = Duration::from_millis(100);
/// What the platform says then.
const TOO_FAST_MESSAGE: &str = "Device message frequency too fast, please wait for a moment";
const MAX_ATTRIBUTES: usize = 1000;
const MAX_OPEN: usize = 256;

#[derive(Clone, Debug, Default)]
struct Device {
    password: String,
    responds: bool,
    client_id: Option<String>,
    /// Values as JSON.
    attributes: BTreeMap<String, String>,
    last_report: Option<Instant>,
}

#[derive(Clone, Debug)]
struct Open {
    username: String,
    method: String,
    sent: Instant,
}

/// The cloud half of [`Eztcloud`].
#[derive(Clone, Debug)]
pub struct EztcloudCloud {
    variant: Variant,
    devices: BTreeMap<String, Device>,
    last_device: String,
    open: BTreeMap<String, Open>,
    counter: u64,
    journal: Journal,
}

impl EztcloudCloud {
    /// A cloud that knows nobody.
    pub fn new(variant: Variant) -> Self {
        Self {
            variant,
            devices: BTreeMap::new(),
            last_device: String::new(),
            open: BTreeMap::new(),
            counter: 0,
            journal: Journal::default(),
        }
    }

    fn username_of(&self, client_id: &str) -> Option<String> {
        self.devices
            .iter()
            .find(|(_, device)| device.client_id.as_deref() == Some(client_id))
            .map(|(name, _)| name.clone())
    }

    /// A name for records: an access token is a secret.
    fn shown<'a>(&self, username: &'a str) -> &'a str {
        match self.variant {
            Variant::Eztcloud => username,
            Variant::Thingscloud => username.get(..4).unwrap_or("…"),
        }
    }

    fn send(&mut self, username: &str, kind: Kind, id: &str, payload: impl Into<bytes::Bytes>) {
        let topic = topics::render(self.variant, kind, username, id);
        // ThingsCloud's topics are the same for every device: the platform tells them apart by
        // connection.
        let client = self
            .devices
            .get(username)
            .and_then(|device| device.client_id.clone());
        match (self.variant, client) {
            (Variant::Thingscloud, Some(client)) => {
                self.journal
                    .deliver(&client, topic, payload, QoS::AtLeastOnce);
            }
            (Variant::Thingscloud, None) => {}
            (Variant::Eztcloud, _) => self.journal.publish(topic, payload, QoS::AtLeastOnce),
        }
    }

    fn result(&self, now: Now, code: i64, message: &str) -> ObjectWriter {
        match self.variant {
            Variant::Eztcloud => ObjectWriter::new()
                .integer("error_code", code)
                .string("error_msg", message)
                .integer("ts", now.unix.0),
            Variant::Thingscloud => {
                let out = ObjectWriter::new().integer("result", i64::from(code == 0));
                if code == 0 {
                    out
                } else {
                    out.string("message", message)
                }
            }
        }
    }

    fn respond(&mut self, now: Now, username: &str, kind: Kind, id: &str, result: ObjectWriter) {
        let _ = now;
        if self
            .devices
            .get(username)
            .is_some_and(|device| device.responds)
        {
            self.send(username, kind, id, result.finish());
        }
    }

    fn report(&mut self, now: Now, username: &str, payload: &[u8]) {
        let Ok(root) = json::parse(payload) else {
            return;
        };
        let Some(device) = self.devices.get_mut(username) else {
            return;
        };
        let too_fast = device
            .last_report
            .is_some_and(|last| now.instant.saturating_since(last) < TOO_FAST);
        device.last_report = Some(now.instant);
        if !too_fast {
            for member in root.members() {
                if device.attributes.len() < MAX_ATTRIBUTES
                    || device.attributes.contains_key(&member.key)
                {
                    device
                        .attributes
                        .insert(member.key.clone(), member.node.raw(payload).to_owned());
                }
            }
        }
        let shown = self.shown(username).to_owned();
        let (code, message, text) = if too_fast {
            (
                -1,
                TOO_FAST_MESSAGE,
                text!(
                    "report of {shown} dropped: too fast",
                    "忽略 {shown} 的上报：过于频繁"
                ),
            )
        } else {
            (0, "OK", text!("report of {shown}", "{shown} 上报属性"))
        };
        self.journal
            .record(now, text, String::from_utf8_lossy(payload));
        let result = self.result(now, code, message);
        self.respond(now, username, Kind::AttributesResponse, "", result);
    }

    fn get(&mut self, now: Now, username: &str, id: &str, payload: &[u8]) {
        let keys: Option<Vec<String>> = json::parse(payload).ok().and_then(|root| {
            let keys = root.member("keys")?.items();
            (!keys.is_empty()).then(|| {
                keys.iter()
                    .filter_map(|key| key.as_str().map(str::to_owned))
                    .collect()
            })
        });
        let mut attributes = ObjectWriter::new();
        if let Some(device) = self.devices.get(username) {
            for (name, value) in &device.attributes {
                if keys.as_ref().is_none_or(|keys| keys.contains(name)) {
                    attributes = attributes.raw(name, value);
                }
            }
        }
        let attributes = attributes.finish();
        let answer = match self.variant {
            Variant::Eztcloud => ObjectWriter::new()
                .integer("error_code", 0)
                .string("error_msg", "")
                .raw("attributes", &attributes)
                .integer("ts", now.unix.0),
            Variant::Thingscloud => ObjectWriter::new()
                .integer("result", 1)
                .raw("attributes", &attributes),
        };
        let shown = self.shown(username).to_owned();
        self.journal.record(
            now,
            text!("{shown} asked for attributes", "{shown} 获取属性"),
            String::from_utf8_lossy(payload),
        );
        self.send(username, Kind::AttributesGetResponse, id, answer.finish());
    }

    fn replied(&mut self, now: Now, username: &str, topic_id: Option<&str>, payload: &[u8]) {
        let body = payload::read(
            self.variant,
            Kind::CommandReply,
            None,
            payload,
            Spans::Omitted,
        );
        let id = match self.variant {
            Variant::Eztcloud => body.id,
            Variant::Thingscloud => topic_id.map(str::to_owned),
        };
        let open = id
            .as_ref()
            .filter(|id| {
                self.open
                    .get(*id)
                    .is_some_and(|open| open.username == username)
            })
            .and_then(|id| self.open.remove(id));
        let text = match &open {
            Some(open) => {
                let millis = now.instant.saturating_since(open.sent).as_millis();
                let method = &open.method;
                text!(
                    "command {method} answered after {millis} ms",
                    "命令 {method} 已回复，耗时 {millis} ms"
                )
            }
            None => {
                let id = id.clone().unwrap_or_default();
                text!(
                    "answer with id {id:?} matches no open command (one answer per command)",
                    "id 为 {id:?} 的回复没有匹配的命令（一次命令只接收一次回复）"
                )
            }
        };
        self.journal
            .record(now, text, String::from_utf8_lossy(payload));
        if self.variant == Variant::Thingscloud
            && let Some(id) = id
        {
            let code = if open.is_some() { 0 } else { -1 };
            let result = self.result(now, code, "no such command");
            self.send(username, Kind::CommandReplyResponse, &id, result.finish());
        }
    }

    /// The device that a form names; none means the last one that connected.
    fn target(&self, values: &FormValues) -> Result<String, Box<Finding>> {
        let name = match value(values, self.variant.name_key()) {
            "" => self.last_device.clone(),
            given => given.to_owned(),
        };
        if self.devices.contains_key(&name) {
            Ok(name)
        } else {
            Err(Box::new(Finding::error(
                "BadName",
                Place::form(self.variant.name_key()),
                Text::new("no such device on the platform", "平台上没有该设备"),
                self.variant.source(),
            )))
        }
    }

    fn submit_checked(
        &mut self,
        now: Now,
        kind: &str,
        values: &FormValues,
    ) -> Result<Submission, Box<Finding>> {
        let username = self.target(values)?;
        let mut out = Submission::default();
        if self
            .devices
            .get(&username)
            .is_some_and(|device| device.client_id.is_none())
        {
            out.findings.push(Finding::warning(
                "offline",
                Place::form(self.variant.name_key()),
                Text::new(
                    "the device is not connected: nobody receives this",
                    "设备未连接，无人接收",
                ),
                self.variant.source(),
            ));
        }
        let shown = self.shown(&username).to_owned();
        let (message, id, payload, text) = match kind {
            "attributes-push" => {
                let json = typed_json(self.variant, values, "values")?;
                (
                    Kind::AttributesPush,
                    String::new(),
                    json.into_bytes(),
                    text!("attributes to {shown}", "向 {shown} 下发属性"),
                )
            }
            "command" => {
                let params = typed_json(self.variant, values, "params")?;
                let method = value(values, "method").to_owned();
                self.counter = self.counter.saturating_add(1);
                let id = 999_u64.saturating_add(self.counter).to_string();
                let payload = ObjectWriter::new()
                    .string("method", &method)
                    .raw("params", &params)
                    .raw("id", &id)
                    .finish();
                if self.open.len() >= MAX_OPEN {
                    self.open.pop_first();
                }
                self.open.insert(
                    id.clone(),
                    Open {
                        username: username.clone(),
                        method: method.clone(),
                        sent: now.instant,
                    },
                );
                (
                    Kind::Command,
                    id.clone(),
                    payload.into_bytes(),
                    text!(
                        "command {method} to {shown}, id {id}",
                        "向 {shown} 下发命令 {method}，id {id}"
                    ),
                )
            }
            "stream-set" => {
                let identifier = value(values, "identifier");
                if !topics::is_identifier(identifier) {
                    return Err(bad_identifier());
                }
                (
                    Kind::StreamSet,
                    identifier.to_owned(),
                    raw_payload(values)?,
                    text!(
                        "stream {identifier} to {shown}",
                        "向 {shown} 下发自定义数据 {identifier}"
                    ),
                )
            }
            _ => return Ok(Submission::unknown(kind)),
        };
        let detail = String::from_utf8_lossy(&payload).into_owned();
        self.journal.record(now, text, detail);
        self.send(&username, message, &id, payload);
        Ok(out)
    }
}

impl Cloud for EztcloudCloud {
    fn provision(&mut self, now: Now, identity: &FormValues) {
        let dialect = Eztcloud {
            variant: self.variant,
        };
        let (user, password) = dialect.credentials(identity);
        if user.is_empty() {
            return;
        }
        let device = self.devices.entry(user.to_owned()).or_default();
        password.clone_into(&mut device.password);
        device.responds = form::switch(identity, "cloud_response", true);
        user.clone_into(&mut self.last_device);
        let shown = self.shown(user).to_owned();
        self.journal.record(
            now,
            text!("device {shown} created", "已创建设备 {shown}"),
            "",
        );
    }

    fn handle_connect(&mut self, now: Now, request: &ConnectRequest<'_>) -> ConnectVerdict {
        let client_id = request.client_id;
        let user = request.user_name.unwrap_or("");
        let known = self
            .devices
            .get_mut(user)
            // No device of the platform is without a password.
            .filter(|device| !device.password.is_empty())
            .filter(|device| request.password.unwrap_or(b"") == device.password.as_bytes());
        let Some(device) = known else {
            self.journal.record(
                now,
                text!(
                    "{client_id} refused: user name or password",
                    "拒绝 {client_id}：用户名或密码错误"
                ),
                "",
            );
            return ConnectVerdict::Refuse(4);
        };
        let old = device
            .client_id
            .replace(client_id.to_owned())
            .filter(|old| old != client_id);
        if let Some(old) = old {
            self.journal.close(&old);
        }
        user.clone_into(&mut self.last_device);
        self.journal.record(
            now,
            text!("{client_id} connected", "{client_id} 已连接"),
            "",
        );
        ConnectVerdict::Accept
    }

    fn handle_subscribe(
        &mut self,
        now: Now,
        client_id: &str,
        filter: &str,
        qos: QoS,
    ) -> Option<QoS> {
        let username = self.username_of(client_id)?;
        let dialect = Eztcloud {
            variant: self.variant,
        };
        let key = self.variant.name_key().to_owned();
        let identity = FormValues::from([(key, username)]);
        if dialect.lint_subscription(&identity, filter, qos).is_empty() {
            return Some(qos);
        }
        let why = Text::new("not a topic of this device", "不是该设备的主题");
        self.journal.refused_filter(now, client_id, filter, &why);
        None
    }

    fn handle_publish(
        &mut self,
        now: Now,
        client_id: &str,
        publication: &Publication,
    ) -> PublishVerdict {
        let payload = &publication.payload;
        let Some(username) = self.username_of(client_id) else {
            return PublishVerdict::Close(Text::new("no device of that client", "未知的客户端"));
        };
        let topic = match Topic::parse(self.variant, &publication.topic) {
            Ok(topic)
                if topic
                    .username
                    .is_none_or(|owner| owner == username.as_str()) =>
            {
                topic
            }
            _ => {
                let topic = &publication.topic;
                return PublishVerdict::Close(text!(
                    "published on {topic}, which is not allowed",
                    "发布到了不允许的主题 {topic}"
                ));
            }
        };
        if !topic.kind.is_stream()
            && let Err(error) = json::parse(payload)
        {
            let why = error.message();
            return PublishVerdict::Close(Text::owned(
                format!("payload is not JSON: {}", why.en),
                format!("载荷不是 JSON：{}", why.zh),
            ));
        }
        let id = topic.id.unwrap_or("");
        let body = payload::read(self.variant, topic.kind, topic.id, payload, Spans::Omitted);
        let refused = body
            .findings
            .iter()
            .find(|finding| finding.is_error())
            .map(|finding| finding.text.clone());
        let detail = String::from_utf8_lossy(payload).into_owned();
        match (topic.kind, refused) {
            (Kind::Attributes, Some(why)) => {
                let result = self.result(now, -1, &why.en);
                self.journal.record(now, why, detail);
                self.respond(now, &username, Kind::AttributesResponse, "", result);
            }
            (Kind::Event, Some(why)) => {
                let result = self.result(now, -1, &why.en);
                self.journal.record(now, why, detail);
                self.respond(now, &username, Kind::EventResponse, id, result);
            }
            (Kind::AttributesGet, Some(why)) => {
                let result = self.result(now, -1, &why.en);
                self.journal.record(now, why, detail);
                self.send(&username, Kind::AttributesGetResponse, id, result.finish());
            }
            (Kind::Attributes, None) => self.report(now, &username, payload),
            (Kind::AttributesGet, None) => self.get(now, &username, id, payload),
            (Kind::Event, None) => {
                let method = body.about;
                self.journal
                    .record(now, text!("event {method}", "事件 {method}"), detail);
                let result = self.result(now, 0, "OK");
                self.respond(now, &username, Kind::EventResponse, id, result);
            }
            (Kind::CommandReply, _) => self.replied(now, &username, topic.id, payload),
            (Kind::Stream, _) => {
                self.journal.record(
                    now,
                    text!("stream {id}", "自定义数据 {id}"),
                    crate::platform::bytes_text::hex_preview(payload),
                );
            }
            _ => {
                self.journal.record(
                    now,
                    text!(
                        "{client_id} published on {topic}, where the platform publishes",
                        "{client_id} 发布到了应由平台发布的主题 {topic}"
                    ),
                    detail,
                );
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
        let (code, message) = match (refusal, self.variant) {
            (Refusal::Code(code), _) => (code, "refused on demand"),
            (Refusal::TooMany, Variant::Eztcloud) => (-1, TOO_FAST_MESSAGE),
            // What ThingsCloud says then is not known.
            (Refusal::TooMany, Variant::Thingscloud) => return PublishVerdict::Consume,
        };
        let Some(username) = self.username_of(client_id) else {
            return PublishVerdict::Consume;
        };
        if let Ok(topic) = Topic::parse(self.variant, &publication.topic) {
            let id = topic.id.unwrap_or("");
            // Whatever the code is, a ThingsCloud answer says no more than that it failed.
            let result = self.result(now, if code == 0 { -1 } else { code }, message);
            self.journal.record(
                now,
                text!("refused: {message}", "已拒绝：{message}"),
                String::from_utf8_lossy(&publication.payload),
            );
            match topic.kind {
                Kind::Attributes => {
                    self.respond(now, &username, Kind::AttributesResponse, "", result);
                }
                Kind::Event => self.respond(now, &username, Kind::EventResponse, id, result),
                Kind::AttributesGet => {
                    let answer = result.finish();
                    self.send(&username, Kind::AttributesGetResponse, id, answer);
                }
                _ => {}
            }
        }
        PublishVerdict::Consume
    }

    fn refusal_code(&self, kind: &str) -> Option<i64> {
        matches!(kind, "attributes" | "event" | "attributes-get").then_some(match self.variant {
            Variant::Eztcloud => -1,
            Variant::Thingscloud => 0,
        })
    }

    fn handle_disconnect(&mut self, now: Now, client_id: &str) {
        if let Some(username) = self.username_of(client_id)
            && let Some(device) = self.devices.get_mut(&username)
        {
            device.client_id = None;
        }
        self.journal
            .record(now, text!("{client_id} is gone", "{client_id} 已断开"), "");
    }

    fn handle_timeout(&mut self, _now: Now) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
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
        for (name, device) in &self.devices {
            let shown = self.shown(name);
            resources.push(CloudResource::device(shown, device.client_id.is_some()));
            for (attribute, value) in &device.attributes {
                resources.push(CloudResource::new(
                    Text::new("attribute", "属性"),
                    format!("{shown}/{attribute}"),
                    value,
                ));
            }
        }
        for (id, open) in &self.open {
            resources.push(CloudResource::new(
                Text::new("open command", "等待回复的命令"),
                &open.method,
                format!("id {id}"),
            ));
        }
        self.journal.view(resources)
    }

    fn source(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.variant.source())
    }
}
