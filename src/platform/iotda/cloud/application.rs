//! What an application asks of the platform, over HTTP, and what the platform makes of it.

use super::super::SEED;
use super::super::payload::{MAX_PROPERTY_SET, MessageStatus, property_set_size};
use super::super::topics::{self, Kind, Topic};
use super::kept::{Message, Open, Stored, json_or};
use super::{IotdaCloud, MAX_MESSAGES, MAX_OPEN, MESSAGE_LIFE};
use crate::mqtt::QoS;
use crate::platform::cloud::{NOT_ONLINE, Submission};
use crate::platform::form::{self, value, value_or, verbatim};
use crate::platform::http::HttpRequest;
use crate::platform::json::{self, ObjectWriter};
use crate::platform::text::text;
use crate::platform::{Finding, FormValues, Place, Text};
use crate::time::Now;

/// A request of an application, with its token left out.
fn request(method: &'static str, path: &str) -> HttpRequest {
    HttpRequest::new(
        method,
        format!("https://{{Endpoint}}/v5/iot/{{project_id}}/{path}"),
    )
    .header("X-Auth-Token", "{token}")
}

/// A request of an application with a body.
fn request_with(method: &'static str, path: &str, body: &str) -> HttpRequest {
    request(method, path)
        .header("Content-Type", "application/json")
        .body(body.to_owned())
}

impl IotdaCloud {
    /// Sends a request to one device and keeps it open.
    fn ask(
        &mut self,
        now: Now,
        device: &str,
        kind: Kind,
        payload: String,
        task: Option<String>,
        exchange: Option<u64>,
    ) {
        let id = self.next_id(now);
        if self.open.len() >= MAX_OPEN {
            self.open.pop_first();
        }
        self.open.insert(
            id.clone(),
            Open {
                device: device.to_owned(),
                kind,
                sent: now.instant,
                task,
                exchange,
            },
        );
        let (key, chinese) = (kind.key(), kind.chinese());
        self.journal.record(
            now,
            text!(
                "{key} to {device}, request_id {id}",
                "{chinese}：发往 {device}，request_id {id}"
            ),
            payload.clone(),
        );
        self.journal
            .publish(topics::render(device, kind, &id), payload, QoS::AtLeastOnce);
    }

    /// The devices that a form names; none means the last one that connected.
    fn targets(&self, values: &FormValues) -> Vec<String> {
        let named: Vec<String> = form::names(value(values, "device_id"))
            .map(str::to_owned)
            .collect();
        if named.is_empty() {
            vec![self.last_device.clone()]
        } else {
            named
        }
    }

    /// Whether a device is there to be asked; where it is not, the application's request gets its
    /// answer.
    fn online(&mut self, device: &str, exchange: Option<u64>) -> Result<(), Box<Finding>> {
        let problem = match self.devices.get(device) {
            None => text!("no device {device:?} here", "平台上没有设备 {device:?}"),
            Some(known) if known.client_id.is_none() => text!(
                "device {device} is not online: synchronous requests need it to be",
                "设备 {device} 不在线，同步下发要求设备在线"
            ),
            Some(_) => return Ok(()),
        };
        if let Some(exchange) = exchange {
            self.journal.answer_unconfirmed(exchange, NOT_ONLINE, "");
        }
        Err(Box::new(Finding::error(
            "offline",
            Place::form("device_id"),
            problem,
            SEED,
        )))
    }

    pub(super) fn command(&mut self, now: Now, values: &FormValues) -> Submission {
        let mut document = ObjectWriter::new()
            .string_unless_empty("service_id", value(values, "service_id"))
            .string("command_name", value(values, "command_name"));
        match json_or("paras", values, "{}") {
            Ok(paras) => document = document.raw("paras", &paras),
            Err(finding) => return Submission::refused(*finding),
        }
        let document = document.finish();
        let targets = self.targets(values);
        let mut out = Submission::default();
        let task = match targets.as_slice() {
            [device] => {
                let path = format!("devices/{device}/commands");
                out.exchange = Some(
                    self.journal
                        .ask(now, request_with("POST", &path, &document)),
                );
                None
            }
            several => {
                self.counter = self.counter.saturating_add(1);
                let task = format!("task{}", self.counter);
                let listed: Vec<String> = several.iter().map(|id| json::quote(id)).collect();
                let body = ObjectWriter::new()
                    .string("app_id", "{app_id}")
                    .string("task_name", &task)
                    .string("task_type", "createCommands")
                    .raw("targets", &format!("[{}]", listed.join(",")))
                    .raw("document", &document)
                    .finish();
                let exchange = self
                    .journal
                    .ask(now, request_with("POST", "batchtasks", &body));
                let created = ObjectWriter::new().string("task_id", &task).finish();
                self.journal
                    .answer_unconfirmed(exchange, "201 Created", created);
                out.exchange = Some(exchange);
                self.start_task(&task, several.len());
                self.journal.record(
                    now,
                    text!(
                        "batch task {task}: 201 Created",
                        "批量任务 {task}：201 Created"
                    ),
                    body,
                );
                Some(task)
            }
        };
        for device in targets {
            let sync = out.exchange.filter(|_| task.is_none());
            if let Err(finding) = self.online(&device, sync) {
                if let Some(task) = &task {
                    self.count(task, false);
                    self.journal.record(now, finding.text.clone(), "");
                    out.findings.push(Finding {
                        severity: crate::mqtt::Severity::Warning,
                        ..*finding
                    });
                } else {
                    out.findings.push(*finding);
                }
                continue;
            }
            let payload = ObjectWriter::new()
                .string("object_device_id", &device)
                .string("command_name", value(values, "command_name"))
                .string_unless_empty("service_id", value(values, "service_id"))
                .raw(
                    "paras",
                    &json_or("paras", values, "{}").unwrap_or_else(|_| "{}".to_owned()),
                )
                .finish();
            self.ask(now, &device, Kind::Command, payload, task.clone(), sync);
        }
        out
    }

    pub(super) fn property_set(&mut self, now: Now, values: &FormValues) -> Submission {
        let properties = match json_or("properties", values, "{}") {
            Ok(properties) => properties,
            Err(finding) => return Submission::refused(*finding),
        };
        let service_id = value(values, "service_id").to_owned();
        let service = ObjectWriter::new()
            .string("service_id", &service_id)
            .raw("properties", &properties)
            .finish();
        let body = ObjectWriter::new()
            .raw("services", &format!("[{service}]"))
            .finish();
        if body.len() > MAX_PROPERTY_SET {
            return Submission::refused(Finding::error(
                "OutOfRange",
                Place::form("properties"),
                property_set_size(body.len()),
                "IoTDA property set",
            ));
        }
        let mut out = Submission::default();
        for device in self.targets(values) {
            let path = format!("devices/{device}/properties");
            let asked = request_with("PUT", &path, &body).unconfirmed();
            out.exchange = Some(self.journal.ask(now, asked));
            if let Err(finding) = self.online(&device, out.exchange) {
                out.findings.push(*finding);
                continue;
            }
            if let Some(known) = self.devices.get_mut(&device) {
                known.desired.insert(
                    service_id.clone(),
                    Stored {
                        properties: properties.clone(),
                        at: now.unix,
                    },
                );
            }
            let payload = ObjectWriter::new()
                .string("object_device_id", &device)
                .raw("services", &format!("[{service}]"))
                .finish();
            self.ask(now, &device, Kind::PropertySet, payload, None, out.exchange);
        }
        out
    }

    pub(super) fn property_get(&mut self, now: Now, values: &FormValues) -> Submission {
        let service_id = value(values, "service_id").to_owned();
        let mut out = Submission::default();
        for device in self.targets(values) {
            let mut asked = request("GET", &format!("devices/{device}/properties"));
            if !service_id.is_empty() {
                asked = asked.parameter("service_id", &service_id);
            }
            out.exchange = Some(self.journal.ask(now, asked.unconfirmed()));
            if let Err(finding) = self.online(&device, out.exchange) {
                out.findings.push(*finding);
                continue;
            }
            let payload = ObjectWriter::new()
                .string("object_device_id", &device)
                .string_unless_empty("service_id", &service_id)
                .finish();
            self.ask(now, &device, Kind::PropertyGet, payload, None, out.exchange);
        }
        out
    }

    pub(super) fn message(&mut self, now: Now, values: &FormValues) -> Submission {
        let content = verbatim(values, "message").to_owned();
        let name = value(values, "name").to_owned();
        let raw = value_or(values, "format", "system") == "raw";
        let mut out = Submission::default();
        for device_id in self.targets(values) {
            let id = self.next_id(now);
            let body = ObjectWriter::new()
                .string("message_id", &id)
                .string_unless_empty("name", &name)
                .string("message", &content)
                .finish();
            let path = format!("devices/{device_id}/messages");
            let exchange = self.journal.ask(now, request_with("POST", &path, &body));
            out.exchange = Some(exchange);
            let payload = if raw {
                content.clone()
            } else {
                ObjectWriter::new()
                    .string("object_device_id", &device_id)
                    .string_unless_empty("name", &name)
                    .string("id", &id)
                    .string("content", &content)
                    .finish()
            };
            let Some(device) = self.devices.get_mut(&device_id) else {
                out.findings.push(Finding::error(
                    "BadName",
                    Place::form("device_id"),
                    text!(
                        "no device {device_id:?} here",
                        "平台上没有设备 {device_id:?}"
                    ),
                    SEED,
                ));
                continue;
            };
            if device.messages.len() >= MAX_MESSAGES {
                device.messages.pop_front();
            }
            let message = Message {
                id,
                name: name.clone(),
                payload,
                status: MessageStatus::Pending,
                expires: now.instant + MESSAGE_LIFE,
            };
            device.messages.push_back(message.clone());
            let online = device.client_id.is_some();
            self.journal.record(
                now,
                text!(
                    "message for {device_id}: 201 Created",
                    "发往 {device_id} 的消息：201 Created"
                ),
                body,
            );
            let topic = topics::render(&device_id, Kind::MessageDown, "");
            if !online {
                self.status_notice(now, &device_id, &message);
            } else if self.has_subscribed(&device_id, &topic) {
                self.deliver_messages(now, &device_id);
            } else {
                // Delivery at once finds a device that does not listen.
                self.fail_message(now, &device_id, &message.id);
            }
            let result = ObjectWriter::new()
                .string("status", self.status_of(&device_id, &message.id).word())
                .finish();
            let created = ObjectWriter::new()
                .string("message_id", &message.id)
                .raw("result", &result)
                .finish();
            self.journal
                .answer_unconfirmed(exchange, "201 Created", created);
        }
        out
    }

    /// A message whose `topic` names one of the product's own: the content alone, as it is.
    pub(super) fn user_message(&mut self, now: Now, values: &FormValues) -> Submission {
        let content = verbatim(values, "message").to_owned();
        let name = value(values, "topic");
        if name.is_empty() || name.contains(['+', '#']) {
            return Submission::refused(Finding::error(
                "BadTopic",
                Place::form("topic"),
                Text::new(
                    "a topic name without wildcards",
                    "主题名不能为空，且不含通配符",
                ),
                SEED,
            ));
        }
        let mut out = Submission::default();
        for device_id in self.targets(values) {
            let id = self.next_id(now);
            let body = ObjectWriter::new()
                .string("message_id", &id)
                .string("message", &content)
                .string("topic", name)
                .finish();
            let path = format!("devices/{device_id}/messages");
            let exchange = self.journal.ask(now, request_with("POST", &path, &body));
            out.exchange = Some(exchange);
            if let Err(finding) = self.online(&device_id, out.exchange) {
                out.findings.push(*finding);
                continue;
            }
            let topic = Topic::User {
                device_id: &device_id,
                name,
            }
            .to_string();
            self.journal.record(
                now,
                text!(
                    "message to {topic}: 201 Created",
                    "发往 {topic} 的消息：201 Created"
                ),
                body,
            );
            let created = ObjectWriter::new().string("message_id", &id).finish();
            self.journal
                .answer_unconfirmed(exchange, "201 Created", created);
            self.journal
                .publish(topic, content.clone(), QoS::AtLeastOnce);
        }
        out
    }

    pub(super) fn event_down(&mut self, now: Now, values: &FormValues) -> Submission {
        let services = match json_or("services", values, "[]") {
            Ok(services) => services,
            Err(finding) => return Submission::refused(*finding),
        };
        for device_id in self.targets(values) {
            let payload = ObjectWriter::new()
                .string("object_device_id", &device_id)
                .raw("services", &services)
                .finish();
            self.journal.record(
                now,
                text!(
                    "platform event to {device_id}",
                    "向 {device_id} 下发平台事件"
                ),
                payload.clone(),
            );
            self.journal.publish(
                topics::render(&device_id, Kind::EventDown, ""),
                payload,
                QoS::AtLeastOnce,
            );
        }
        Submission::default()
    }
}
