//! The platform's half: checks the signature, keeps properties, sends commands and messages.

mod application;
mod kept;

use core::time::Duration;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::mqtt::{ProtocolVersion, QoS, TopicFilter, TopicName};
use crate::platform::calendar::DateTime;
use crate::platform::cloud::{
    Cloud, CloudAction, CloudResource, CloudView, ConnectRequest, ConnectVerdict, Habits, Journal,
    PublishVerdict, Submission,
};
use crate::platform::form::{value, verbatim};
use crate::platform::json::{self, Node, ObjectWriter};
use crate::platform::text::text;
use crate::platform::{FormValues, Publication, Spans, Text};
use crate::time::{Instant, Now};

use super::auth::{self, ClientId, SignType};
use super::payload::{self, MessageStatus};
use super::topics::{self, Kind, Topic};
use super::{CONNECT_SOURCE, connect_rules};
use kept::{Device, Message, Open, Stored, Task, merge};

/// Messages kept for a device that is away.
const MAX_MESSAGES: usize = 20;
/// How long they are kept.
const MESSAGE_LIFE: Duration = Duration::from_secs(24 * 3600);
/// How long an application waits for an answer.
const ANSWER_TIME: Duration = Duration::from_secs(20);
/// How far the device's hour may be off, in milliseconds, where it is checked.
const CLOCK_TOLERANCE_MS: i64 = 3_600_000;
const MAX_OPEN: usize = 512;
const MAX_SERVICES: usize = 500;
const MAX_TASKS: usize = 20;

/// What an application gets when the device says nothing; the document prints no body.
const TIMED_OUT: &str = "timeout after 20 s";

/// The cloud half of [`super::Iotda`].
#[derive(Clone, Debug, Default)]
pub struct IotdaCloud {
    devices: BTreeMap<String, Device>,
    last_device: String,
    open: BTreeMap<String, Open>,
    tasks: VecDeque<Task>,
    counter: u64,
    journal: Journal,
}

impl IotdaCloud {
    fn device_of_client(&self, client_id: &str) -> Option<String> {
        self.devices
            .iter()
            .find(|(_, device)| device.client_id.as_deref() == Some(client_id))
            .map(|(id, _)| id.clone())
    }

    /// An id in the form of the document's examples, from a counter.
    fn next_id(&mut self, now: Now) -> String {
        self.counter = self.counter.saturating_add(1);
        let millis = now.unix.0.unsigned_abs();
        format!(
            "{:08x}-{:04x}-4916-8220-{:012x}",
            (millis >> 16) & 0xffff_ffff,
            millis & 0xffff,
            self.counter & 0xffff_ffff_ffff
        )
    }

    fn judge_connect(&self, now: Now, request: &ConnectRequest<'_>) -> Result<String, (u8, Text)> {
        let parsed = ClientId::parse(request.client_id).map_err(|why| {
            let chinese = why.chinese();
            (
                2,
                text!("client id: {why}", "客户端 ID 格式错误：{chinese}"),
            )
        })?;
        let rules = connect_rules();
        if let Some((min, max)) = rules.keep_alive_secs
            && !(min..=max).contains(&request.keep_alive_secs)
        {
            return Err((
                5,
                text!(
                    "keep alive {} s, outside {min} to {max}",
                    "保活时间 {} 秒，超出 {min} 至 {max}",
                    request.keep_alive_secs
                ),
            ));
        }
        let device = self
            .devices
            .get(parsed.device_id)
            .ok_or_else(|| (5, Text::new("no such device here", "设备未注册")))?;
        if request.user_name != Some(parsed.device_id) {
            return Err((
                4,
                Text::new("user name is not the device id", "用户名不是设备 ID"),
            ));
        }
        let sign_type = SignType::from_digit(parsed.sign_type)
            .ok_or_else(|| (2, Text::new("unknown sign type", "签名类型不支持")))?;
        let wanted = auth::password(sign_type, &device.secret, parsed.timestamp);
        // No device of the platform is without a secret.
        if device.secret.is_empty() || request.password != Some(wanted.as_bytes()) {
            return Err((4, Text::new("password", "密码错误")));
        }
        if sign_type.checks_time() {
            let stamped =
                DateTime::parse_hour_stamp(parsed.timestamp).map_or(0, |stamp| stamp.unix(0).0);
            // The stamp names an hour: its beginning is up to one hour ago by itself.
            let early = stamped - now.unix.0 > CLOCK_TOLERANCE_MS;
            let late = now.unix.0 - stamped > 2 * CLOCK_TOLERANCE_MS;
            if early || late {
                return Err((
                    5,
                    Text::new(
                        "the hour is more than one off the platform's clock",
                        "时间戳与平台时钟相差超过 1 小时",
                    ),
                ));
            }
        }
        Ok(parsed.device_id.to_owned())
    }

    fn has_subscribed(&self, device_id: &str, topic: &str) -> bool {
        let Ok(name) = TopicName::new(topic) else {
            return false;
        };
        self.devices.get(device_id).is_some_and(|device| {
            device.client_id.is_some()
                && device
                    .filters
                    .iter()
                    .any(|filter| TopicFilter::new(filter).is_ok_and(|f| f.matches(name)))
        })
    }

    /// Hands over what is kept for a device that is there and has subscribed.
    fn deliver_messages(&mut self, now: Now, device_id: &str) {
        let topic = topics::render(device_id, Kind::MessageDown, "");
        if !self.has_subscribed(device_id, &topic) {
            return;
        }
        let Some(device) = self.devices.get_mut(device_id) else {
            return;
        };
        let mut delivered = Vec::new();
        for message in &mut device.messages {
            if message.status == MessageStatus::Pending {
                message.status = MessageStatus::Delivered;
                delivered.push(message.clone());
            }
        }
        for message in delivered {
            self.journal
                .publish(topic.clone(), message.payload.clone(), QoS::AtLeastOnce);
            self.status_notice(now, device_id, &message);
        }
    }

    fn status_of(&self, device_id: &str, message_id: &str) -> MessageStatus {
        self.devices
            .get(device_id)
            .and_then(|device| device.messages.iter().find(|kept| kept.id == message_id))
            .map_or(MessageStatus::Failed, |kept| kept.status)
    }

    fn fail_message(&mut self, now: Now, device_id: &str, message_id: &str) {
        let failed = self.devices.get_mut(device_id).and_then(|device| {
            let message = device
                .messages
                .iter_mut()
                .find(|kept| kept.id == message_id)?;
            message.status = MessageStatus::Failed;
            Some(message.clone())
        });
        if let Some(message) = failed {
            self.status_notice(now, device_id, &message);
        }
    }

    /// Remembers a batch task; the oldest goes when there are too many.
    fn start_task(&mut self, task: &str, total: usize) {
        if self.tasks.len() >= MAX_TASKS {
            self.tasks.pop_front();
        }
        self.tasks.push_back(Task {
            name: task.to_owned(),
            total,
            succeeded: 0,
            failed: 0,
        });
    }

    /// Counts the end of one device's part of a batch task.
    fn count(&mut self, task: &str, succeeded: bool) {
        if let Some(task) = self.tasks.iter_mut().find(|known| known.name == task) {
            if succeeded {
                task.succeeded += 1;
            } else {
                task.failed += 1;
            }
        }
    }

    /// The push `device.message.status` to the application.
    fn status_notice(&mut self, now: Now, device_id: &str, message: &Message) {
        let data = ObjectWriter::new()
            .string("message_id", &message.id)
            .string("name", &message.name)
            .string("device_id", device_id)
            .string("status", message.status.word())
            .string("timestamp", &DateTime::at(now.unix, 0).compact())
            .finish();
        let notice = ObjectWriter::new()
            .string("resource", "device.message.status")
            .string("event", "update")
            .raw("notify_data", &data)
            .finish();
        let label = message.status.label();
        let word = message.status.word();
        let text = Text::owned(
            format!("message {}: {word}, {}", message.name, label.en),
            format!("消息 {}：{word}（{}）", message.name, label.zh),
        );
        self.journal.record(now, text, notice);
    }

    fn store(&mut self, now: Now, device_id: &str, services: &Node, source: &[u8]) {
        let device = self.devices.entry(device_id.to_owned()).or_default();
        for service in services.items() {
            let (Some(id), Some(properties)) = (
                service.member("service_id").and_then(Node::as_str),
                service.member("properties"),
            ) else {
                continue;
            };
            if device.reported.len() >= MAX_SERVICES && !device.reported.contains_key(id) {
                continue;
            }
            device.version = device.version.saturating_add(1);
            let merged = match device.reported.get(id) {
                Some(stored) => merge(&stored.properties, properties, source),
                None => properties.raw(source).to_owned(),
            };
            device.reported.insert(
                id.to_owned(),
                Stored {
                    properties: merged,
                    at: now.unix,
                },
            );
        }
    }

    fn received(&mut self, now: Now, device_id: &str, kind: Kind, id: &str, payload: &[u8]) {
        let body = payload::read(kind, payload, Spans::Omitted);
        let detail = String::from_utf8_lossy(payload).into_owned();
        if let Some(finding) = body.findings.iter().find(|finding| finding.is_error()) {
            let why = finding.text.clone();
            self.journal.record(
                now,
                Text::owned(
                    format!("{} of {device_id} not understood: {}", kind.key(), why.en),
                    format!("{device_id} 的{}无法解析：{}", kind.chinese(), why.zh),
                ),
                detail,
            );
            return;
        }
        let root = json::parse(payload).ok();
        match (kind, &root) {
            (Kind::Report, Some(root)) => {
                if let Some(services) = root.member("services") {
                    self.store(now, device_id, services, payload);
                }
                self.note(now, device_id, kind, detail);
            }
            (Kind::GatewayReport, Some(root)) => {
                if let Some(devices) = root.member("devices") {
                    for sub in devices.items() {
                        if let (Some(id), Some(services)) = (
                            sub.member("device_id").and_then(Node::as_str),
                            sub.member("services"),
                        ) && self.devices.len() < MAX_SERVICES
                        {
                            let id = id.to_owned();
                            self.store(now, &id, services, payload);
                        }
                    }
                }
                self.note(now, device_id, kind, detail);
            }
            (Kind::ShadowGet, root) => {
                let wanted = root
                    .as_ref()
                    .and_then(|root| root.member("service_id"))
                    .and_then(Node::as_str);
                let answer = self.shadow(device_id, wanted);
                self.note(now, device_id, kind, detail);
                self.journal.publish(
                    topics::render(device_id, Kind::Shadow, id),
                    answer,
                    QoS::AtLeastOnce,
                );
            }
            (Kind::EventUp, Some(root)) => {
                self.note(now, device_id, kind, detail);
                self.event(now, device_id, root, payload);
            }
            (Kind::CommandResponse | Kind::PropertySetResponse | Kind::PropertyGetResponse, _) => {
                self.answered(now, device_id, kind, id, detail)
            }
            _ => self.note(now, device_id, kind, detail),
        }
    }

    fn note(&mut self, now: Now, device_id: &str, kind: Kind, detail: String) {
        let (key, chinese) = (kind.key(), kind.chinese());
        self.journal.record(
            now,
            text!("{key} of {device_id}", "{device_id} 的{chinese}"),
            detail,
        );
    }

    fn shadow(&self, device_id: &str, wanted: Option<&str>) -> String {
        let Some(device) = self.devices.get(device_id) else {
            return ObjectWriter::new().raw("shadow", "[]").finish();
        };
        let names: BTreeSet<&String> = device
            .reported
            .keys()
            .chain(device.desired.keys())
            .filter(|name| wanted.is_none_or(|wanted| wanted == *name))
            .collect();
        let side = |stored: Option<&Stored>| match stored {
            Some(stored) => ObjectWriter::new()
                .raw("properties", &stored.properties)
                .string("event_time", &DateTime::at(stored.at, 0).compact())
                .finish(),
            None => "{}".to_owned(),
        };
        let services: Vec<String> = names
            .into_iter()
            .map(|name| {
                ObjectWriter::new()
                    .string("service_id", name)
                    .raw("desired", &side(device.desired.get(name)))
                    .raw("reported", &side(device.reported.get(name)))
                    .integer("version", device.version)
                    .finish()
            })
            .collect();
        ObjectWriter::new()
            .string("object_device_id", device_id)
            .raw("shadow", &format!("[{}]", services.join(",")))
            .finish()
    }

    fn event(&mut self, now: Now, device_id: &str, root: &Node, source: &[u8]) {
        let Some(services) = root.member("services") else {
            return;
        };
        for service in services.items() {
            let event = service.member("event_type").and_then(Node::as_str);
            if event != Some("time_sync_request") {
                continue;
            }
            let sent = service
                .path(&["paras", "device_send_time"])
                .map_or("0", |node| node.raw(source));
            let paras = ObjectWriter::new()
                .raw("device_send_time", sent)
                .integer("server_recv_time", now.unix.0)
                .integer("server_send_time", now.unix.0)
                .finish();
            let answer = ObjectWriter::new()
                .string("service_id", "$time_sync")
                .string("event_type", "time_sync_response")
                .string("event_time", &DateTime::at(now.unix, 0).compact())
                .raw("paras", &paras)
                .finish();
            let payload = ObjectWriter::new()
                .string("object_device_id", device_id)
                .raw("services", &format!("[{answer}]"))
                .finish();
            self.journal.publish(
                topics::render(device_id, Kind::EventDown, ""),
                payload,
                QoS::AtLeastOnce,
            );
        }
    }

    fn answered(&mut self, now: Now, device_id: &str, kind: Kind, id: &str, detail: String) {
        let open = self
            .open
            .get(id)
            .is_some_and(|open| open.device == device_id && open.kind.answer() == Some(kind))
            .then(|| self.open.remove(id))
            .flatten();
        let text = match open {
            Some(open) => {
                let millis = now.instant.saturating_since(open.sent).as_millis();
                if let Some(exchange) = open.exchange {
                    let mut body = ObjectWriter::new();
                    if open.kind == Kind::Command {
                        body = body.string("command_id", id);
                    }
                    // What a device answers is JSON, or it was not understood above.
                    let body = body.raw("response", &detail).finish();
                    if open.kind == Kind::Command {
                        self.journal.answer(exchange, "200 OK", body);
                    } else {
                        self.journal.answer_unconfirmed(exchange, "200 OK", body);
                    }
                }
                if let Some(task) = &open.task {
                    let code = json::parse(detail.as_bytes())
                        .ok()
                        .and_then(|root| root.member("result_code").and_then(Node::as_integer));
                    self.count(&task.clone(), code.unwrap_or(0) == 0);
                }
                let (task, chinese_task) = open
                    .task
                    .map(|task| (format!(" (task {task})"), format!("（任务 {task}）")))
                    .unwrap_or_default();
                let (key, chinese) = (open.kind.key(), open.kind.chinese());
                text!(
                    "{key} to {device_id}{task}: 200 OK after {millis} ms",
                    "{device_id} 的{chinese}{chinese_task}：200 OK，耗时 {millis} ms"
                )
            }
            None => text!(
                "{device_id} answered request_id {id}, which is not open",
                "{device_id} 应答了未在等待的 request_id {id}"
            ),
        };
        self.journal.record(now, text, detail);
    }
}

impl Cloud for IotdaCloud {
    fn provision(&mut self, now: Now, identity: &FormValues) {
        let device_id = value(identity, "device_id").to_owned();
        if !auth::is_device_id(&device_id) {
            return;
        }
        let device = self.devices.entry(device_id.clone()).or_default();
        device.secret = verbatim(identity, "secret").trim().to_owned();
        self.last_device.clone_from(&device_id);
        self.journal.record(
            now,
            text!("device {device_id} created", "已创建设备 {device_id}"),
            "",
        );
    }

    fn handle_connect(&mut self, now: Now, request: &ConnectRequest<'_>) -> ConnectVerdict {
        let client_id = request.client_id;
        match self.judge_connect(now, request) {
            Ok(device_id) => {
                let old = self
                    .devices
                    .get_mut(&device_id)
                    .and_then(|device| {
                        if request.clean_session {
                            device.filters.clear();
                        }
                        device.client_id.replace(client_id.to_owned())
                    })
                    .filter(|old| old != client_id);
                // One connection per device: the newer one closes the older.
                if let Some(old) = old {
                    self.journal.close(&old);
                }
                self.last_device.clone_from(&device_id);
                self.journal.record(
                    now,
                    text!("{device_id} is online", "{device_id} 已上线"),
                    client_id,
                );
                if request.will {
                    self.journal.ignored_will(now, &device_id);
                }
                self.deliver_messages(now, &device_id);
                ConnectVerdict::Accept
            }
            Err((code, why)) => {
                self.journal.record(
                    now,
                    Text::owned(
                        format!("{client_id} refused with return code {code}: {}", why.en),
                        format!("拒绝 {client_id}，返回码 {code}：{}", why.zh),
                    ),
                    CONNECT_SOURCE,
                );
                ConnectVerdict::Refuse(code)
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
        let device_id = self.device_of_client(client_id)?;
        let own = format!("{}{device_id}/", topics::PREFIX);
        if filter.starts_with("$oc") && !filter.starts_with(&own) {
            self.journal.record(
                now,
                text!(
                    "{device_id}: filter {filter} refused, another device's topic",
                    "{device_id}：拒绝订阅 {filter}，不是本设备的主题"
                ),
                "",
            );
            return None;
        }
        if let Some(device) = self.devices.get_mut(&device_id) {
            device.filters.insert(filter.to_owned());
        }
        self.deliver_messages(now, &device_id);
        Some(qos.min(QoS::AtLeastOnce))
    }

    fn handle_unsubscribe(&mut self, _now: Now, client_id: &str, filter: &str) {
        if let Some(device_id) = self.device_of_client(client_id)
            && let Some(device) = self.devices.get_mut(&device_id)
        {
            device.filters.remove(filter);
        }
    }

    fn habits(&self, _version: ProtocolVersion) -> Habits {
        Habits {
            wills: false,
            retains: false,
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
        let Some(device_id) = self.device_of_client(client_id) else {
            return PublishVerdict::Close(Text::new("no device of that client", "未知的客户端"));
        };
        match Topic::parse(&publication.topic) {
            Ok(Topic::System {
                device_id: owner,
                kind,
                request_id,
                ..
            }) if owner == device_id => {
                self.received(
                    now,
                    &device_id,
                    kind,
                    request_id.unwrap_or(""),
                    &publication.payload,
                );
                PublishVerdict::Consume
            }
            Ok(Topic::Free(_)) => PublishVerdict::Route,
            Ok(Topic::User {
                device_id: owner, ..
            }) if owner == device_id => PublishVerdict::Route,
            _ => {
                let topic = &publication.topic;
                self.journal.record(
                    now,
                    text!(
                        "{device_id} published on {topic}: discarded",
                        "{device_id} 发布到 {topic}，已丢弃"
                    ),
                    "",
                );
                PublishVerdict::Consume
            }
        }
    }

    fn handle_disconnect(&mut self, now: Now, client_id: &str) {
        if let Some(device_id) = self.device_of_client(client_id) {
            if let Some(device) = self.devices.get_mut(&device_id) {
                device.client_id = None;
            }
            self.journal.record(
                now,
                text!("{device_id} is offline", "{device_id} 已离线"),
                "",
            );
        }
    }

    fn handle_timeout(&mut self, now: Now) {
        let late: Vec<String> = self
            .open
            .iter()
            .filter(|(_, open)| now.instant >= open.sent + ANSWER_TIME)
            .map(|(id, _)| id.clone())
            .collect();
        for id in late {
            if let Some(open) = self.open.remove(&id) {
                if let Some(exchange) = open.exchange {
                    self.journal.answer(exchange, TIMED_OUT, "");
                }
                if let Some(task) = &open.task {
                    self.count(task, false);
                }
                let (key, chinese, device) = (open.kind.key(), open.kind.chinese(), open.device);
                self.journal.record(
                    now,
                    text!(
                        "{key} to {device}: no answer within 20 s",
                        "{device} 的{chinese}：20 秒内无响应，超时"
                    ),
                    id,
                );
            }
        }
        let mut expired = Vec::new();
        for (device_id, device) in &mut self.devices {
            for message in &mut device.messages {
                if message.status == MessageStatus::Pending && now.instant >= message.expires {
                    message.status = MessageStatus::Timeout;
                    expired.push((device_id.clone(), message.clone()));
                }
            }
        }
        for (device_id, message) in expired {
            self.status_notice(now, &device_id, &message);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let answers = self.open.values().map(|open| open.sent + ANSWER_TIME);
        let messages = self
            .devices
            .values()
            .flat_map(|device| &device.messages)
            .filter(|message| message.status == MessageStatus::Pending)
            .map(|message| message.expires);
        answers.chain(messages).min()
    }

    fn poll_action(&mut self) -> Option<CloudAction> {
        self.journal.next_action()
    }

    fn submit(&mut self, now: Now, kind: &str, values: &FormValues) -> Submission {
        match kind {
            "command" => self.command(now, values),
            "property-set" => self.property_set(now, values),
            "property-get" => self.property_get(now, values),
            "message-down" => self.message(now, values),
            "user-down" => self.user_message(now, values),
            "event-down" => self.event_down(now, values),
            _ => Submission::unknown(kind),
        }
    }

    fn view(&self) -> CloudView {
        let mut resources = Vec::new();
        for (id, device) in &self.devices {
            resources.push(CloudResource::device(id, device.client_id.is_some()));
            for (name, stored) in &device.reported {
                resources.push(CloudResource::new(
                    Text::new("properties", "属性"),
                    format!("{id}/{name}"),
                    &stored.properties,
                ));
            }
            for message in &device.messages {
                resources.push(CloudResource::new(
                    Text::new("message", "消息"),
                    format!("{id}/{}", message.name),
                    message.status.word(),
                ));
            }
        }
        for (id, open) in &self.open {
            let (key, chinese) = (open.kind.key(), open.kind.chinese());
            resources.push(CloudResource::new(
                text!("waiting for an answer: {key}", "等待响应：{chinese}"),
                &open.device,
                id,
            ));
        }
        for task in &self.tasks {
            let (total, succeeded, failed) = (task.total, task.succeeded, task.failed);
            resources.push(CloudResource::said(
                Text::new("batch task", "批量任务"),
                &task.name,
                text!(
                    "{succeeded} ok, {failed} failed, of {total}",
                    "成功 {succeeded}，失败 {failed}，共 {total}"
                ),
            ));
        }
        self.journal.view(resources)
    }

    fn source(&self) -> Cow<'static, str> {
        Cow::Borrowed("IoTDA")
    }
}
