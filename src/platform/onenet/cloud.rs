//! The platform's half: checks credentials, keeps data points, sends commands.

use core::time::Duration;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::mqtt::{ProtocolVersion, QoS};
use crate::platform::bytes_text::hex_preview;
use crate::platform::cloud::{
    Cloud, CloudAction, CloudResource, CloudView, ConnectRequest, ConnectVerdict, Habits, Journal,
    NOT_ONLINE, PublishVerdict, Submission,
};
use crate::platform::form::{value, verbatim};
use crate::platform::http::HttpRequest;
use crate::platform::json::ObjectWriter;
use crate::platform::text::text;
use crate::platform::{Finding, FormValues, Place, Publication, Text};
use crate::time::{Instant, Now};

use super::{CREQ, MAX_TOPICS, Topic, check_filter, dp, raw_payload};

const MAX_POINTS: usize = 100;
const MAX_STREAMS: usize = 1000;
const MAX_OPEN: usize = 256;
/// How long an application waits for the answer to a command.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
struct Device {
    project: String,
    secret: Vec<u8>,
    online: bool,
    filters: BTreeSet<String>,
    streams: BTreeMap<String, VecDeque<String>>,
}

#[derive(Clone, Debug)]
struct Open {
    device: String,
    sent: Instant,
}

/// The cloud half of [`super::Onenet`].
#[derive(Clone, Debug, Default)]
pub struct OnenetCloud {
    devices: BTreeMap<String, Device>,
    last_device: String,
    open: BTreeMap<String, Open>,
    counter: u64,
    journal: Journal,
}

impl OnenetCloud {
    fn data_points(&mut self, now: Now, client_id: &str, payload: &[u8]) {
        let decoded = dp::decode(payload);
        let errors: Vec<&Finding> = decoded
            .findings
            .iter()
            .filter(|finding| finding.is_error())
            .collect();
        if let Some(first) = errors.first() {
            let why = &first.text;
            let text = Text::owned(
                format!("data points of {client_id} not understood: {}", why.en),
                format!("{client_id} 的数据点无法解析：{}", why.zh),
            );
            self.journal.record(now, text, hex_preview(payload));
            return;
        }
        let count = decoded.points.len();
        if let Some(device) = self.devices.get_mut(client_id) {
            for point in decoded.points {
                if device.streams.len() >= MAX_STREAMS && !device.streams.contains_key(&point.id) {
                    continue;
                }
                let stream = device.streams.entry(point.id).or_default();
                if stream.len() >= MAX_POINTS {
                    stream.pop_front();
                }
                stream.push_back(match point.at {
                    Some(at) => format!("{} @ {at}", point.value),
                    None => point.value,
                });
            }
        }
        self.journal.record(
            now,
            text!(
                "{count} data points of {client_id} kept",
                "已保存 {client_id} 的 {count} 个数据点"
            ),
            hex_preview(payload),
        );
    }

    /// A command id in the form of the document's example, from a counter: the same run gives the
    /// same ids.
    fn next_uuid(&mut self, now: Now) -> String {
        self.counter = self.counter.saturating_add(1);
        let millis = now.unix.0.unsigned_abs();
        format!(
            "{:08x}-{:04x}-5000-8000-{:012x}",
            (millis >> 16) & 0xffff_ffff,
            millis & 0xffff,
            self.counter & 0xffff_ffff_ffff
        )
    }

    fn command(&mut self, now: Now, values: &FormValues) -> Submission {
        let mut out = Submission::default();
        let device_id = match value(values, "device_id") {
            "" => self.last_device.clone(),
            given => given.to_owned(),
        };
        let payload = match raw_payload(values) {
            Ok(payload) => payload,
            Err(findings) => {
                out.findings = findings;
                return out;
            }
        };
        let shown = String::from_utf8_lossy(&payload).into_owned();
        let request = HttpRequest::new("POST", "http://api.heclouds.com/cmds")
            .parameter("device_id", &device_id)
            .parameter("timeout", "10")
            .header("api-key", "{master key}")
            .body(payload.clone())
            .unconfirmed();
        let exchange = self.journal.ask(now, request);
        out.exchange = Some(exchange);
        let online = self
            .devices
            .get(&device_id)
            .is_some_and(|device| device.online);
        if !online {
            self.journal.answer_unconfirmed(exchange, NOT_ONLINE, "");
            out.findings.push(Finding::error(
                "offline",
                Place::form("device_id"),
                text!(
                    "device {device_id:?} is not connected",
                    "设备 {device_id:?} 不在线"
                ),
                super::COMMAND_SOURCE,
            ));
            return out;
        }
        let uuid = self.next_uuid(now);
        let data = ObjectWriter::new().string("cmd_uuid", &uuid).finish();
        let accepted = ObjectWriter::new()
            .integer("errno", 0)
            .raw("data", &data)
            .string("error", "succ")
            .finish();
        self.journal
            .answer_unconfirmed(exchange, "200 OK", accepted);
        if self.open.len() >= MAX_OPEN {
            self.open.pop_first();
        }
        self.open.insert(
            uuid.clone(),
            Open {
                device: device_id.clone(),
                sent: now.instant,
            },
        );
        self.journal.record(
            now,
            text!(
                "command {uuid} to {device_id}",
                "向 {device_id} 下发命令 {uuid}"
            ),
            shown,
        );
        self.journal.deliver(
            &device_id,
            format!("{CREQ}{uuid}"),
            payload,
            QoS::AtMostOnce,
        );
        out
    }

    fn push(&mut self, now: Now, values: &FormValues) -> Submission {
        let mut out = Submission::default();
        let topic = value(values, "topic").to_owned();
        let payload = match (check_filter(&topic), raw_payload(values)) {
            (Ok(()), Ok(payload)) => payload,
            (Err(finding), _) => {
                out.findings.push(Finding {
                    place: Place::form("topic"),
                    ..*finding
                });
                return out;
            }
            (_, Err(findings)) => {
                out.findings = findings;
                return out;
            }
        };
        if payload.len() >= 64 * 1024 {
            out.findings.push(Finding::error(
                "OutOfRange",
                Place::form("payload"),
                Text::new("the body is under 64 KB", "HTTP body 须小于 64K"),
                "OneNET MQTT §5.6.2",
            ));
            return out;
        }
        let shown = String::from_utf8_lossy(&payload).into_owned();
        let request = HttpRequest::new("POST", "http://api.heclouds.com/mqtt")
            .parameter("topic", &topic)
            .header("api-key", "{master key}")
            .body(payload.clone());
        let exchange = self.journal.ask(now, request);
        self.journal
            .answer(exchange, "200 OK", "{\"errno\":0,\"error\":\"succ\"}");
        out.exchange = Some(exchange);
        self.journal.record(
            now,
            text!(
                "pushed to topic {topic}: {{\"errno\":0,\"error\":\"succ\"}}",
                "已推送到主题 {topic}：{{\"errno\":0,\"error\":\"succ\"}}"
            ),
            shown,
        );
        self.journal.publish(topic, payload, QoS::AtMostOnce);
        out
    }
}

impl Cloud for OnenetCloud {
    fn provision(&mut self, now: Now, identity: &FormValues) {
        let device_id = value(identity, "device_id").to_owned();
        if device_id.is_empty() {
            return;
        }
        let device = self
            .devices
            .entry(device_id.clone())
            .or_insert_with(|| Device {
                project: String::new(),
                secret: Vec::new(),
                online: false,
                filters: BTreeSet::new(),
                streams: BTreeMap::new(),
            });
        device.project = value(identity, "project_id").to_owned();
        device.secret = verbatim(identity, "secret").trim().as_bytes().to_vec();
        self.last_device.clone_from(&device_id);
        self.journal.record(
            now,
            text!("device {device_id} created", "已创建设备 {device_id}"),
            "",
        );
    }

    fn handle_connect(&mut self, now: Now, request: &ConnectRequest<'_>) -> ConnectVerdict {
        let client_id = request.client_id;
        let (Some(user), Some(password)) = (request.user_name, request.password) else {
            self.journal.record(
                now,
                text!(
                    "{client_id} dropped: user name and password flags must be 1",
                    "断开 {client_id}：用户名与密码标志必须为 1"
                ),
                "",
            );
            return ConnectVerdict::Drop;
        };
        if request.version != ProtocolVersion::V3_1_1 {
            self.journal.record(
                now,
                text!(
                    "{client_id} dropped: not MQTT 3.1.1",
                    "断开 {client_id}：协议不是 MQTT 3.1.1"
                ),
                "",
            );
            return ConnectVerdict::Drop;
        }
        if request.keep_alive_secs < 120 {
            self.journal.record(
                now,
                text!(
                    "{client_id} dropped: keep alive {} s, under 120",
                    "断开 {client_id}：保活时间 {} 秒，小于 120",
                    request.keep_alive_secs
                ),
                "",
            );
            return ConnectVerdict::Drop;
        }
        let code = match self.devices.get_mut(client_id) {
            None => Some(2),
            // No device of the platform is without a secret.
            Some(device)
                if device.secret.is_empty()
                    || device.project != user
                    || device.secret != password =>
            {
                Some(4)
            }
            Some(device) => {
                device.online = true;
                if request.clean_session {
                    device.filters.clear();
                }
                None
            }
        };
        match code {
            Some(code) => {
                self.journal.record(
                    now,
                    text!(
                        "{client_id} refused with return code {code}",
                        "拒绝 {client_id}，返回码 {code}"
                    ),
                    "",
                );
                ConnectVerdict::Refuse(code)
            }
            None => {
                client_id.clone_into(&mut self.last_device);
                self.journal.record(
                    now,
                    text!("{client_id} connected", "{client_id} 已连接"),
                    "",
                );
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
        let refused = match check_filter(filter) {
            Err(finding) => Some(finding.text.clone()),
            Ok(()) => {
                let filters = &mut self.devices.get_mut(client_id)?.filters;
                if filters.len() >= MAX_TOPICS && !filters.contains(filter) {
                    Some(Text::new("more than 100 topics", "超过 100 个主题"))
                } else {
                    filters.insert(filter.to_owned());
                    None
                }
            }
        };
        match refused {
            None => Some(qos),
            Some(why) => {
                self.journal.refused_filter(now, client_id, filter, &why);
                None
            }
        }
    }

    fn handle_unsubscribe(&mut self, _now: Now, client_id: &str, filter: &str) {
        if let Some(device) = self.devices.get_mut(client_id) {
            device.filters.remove(filter);
        }
    }

    fn habits(&self, _version: ProtocolVersion) -> Habits {
        Habits {
            // §4.4.1 and the note to §4.1.2.
            publishers_qos: true,
            clears_wills: true,
            ..Habits::default()
        }
    }

    fn handle_publish(
        &mut self,
        now: Now,
        client_id: &str,
        publication: &Publication,
    ) -> PublishVerdict {
        match Topic::parse(&publication.topic) {
            Topic::DataPoints => {
                self.data_points(now, client_id, &publication.payload);
                PublishVerdict::Consume
            }
            Topic::CommandReply(uuid) => {
                let shown = String::from_utf8_lossy(&publication.payload).into_owned();
                let open = self
                    .open
                    .get(uuid)
                    .is_some_and(|open| open.device == client_id)
                    .then(|| self.open.remove(uuid))
                    .flatten();
                let text = match open {
                    Some(open) => {
                        let millis = now.instant.saturating_since(open.sent).as_millis();
                        text!(
                            "command {uuid} answered after {millis} ms",
                            "命令 {uuid} 已回复，耗时 {millis} ms"
                        )
                    }
                    None => text!(
                        "answer to {uuid}, which is not open",
                        "回复了未在等待的命令 {uuid}"
                    ),
                };
                self.journal.record(now, text, shown);
                PublishVerdict::Consume
            }
            Topic::Command(_) | Topic::Reserved(_) => {
                let topic = &publication.topic;
                PublishVerdict::Close(text!(
                    "published on the reserved topic {topic}",
                    "发布到了平台保留主题 {topic}"
                ))
            }
            Topic::User(_) => PublishVerdict::Route,
        }
    }

    fn handle_disconnect(&mut self, now: Now, client_id: &str) {
        if let Some(device) = self.devices.get_mut(client_id) {
            device.online = false;
        }
        self.journal
            .record(now, text!("{client_id} is gone", "{client_id} 已断开"), "");
    }

    fn handle_timeout(&mut self, now: Now) {
        let late: Vec<String> = self
            .open
            .iter()
            .filter(|(_, open)| now.instant >= open.sent + COMMAND_TIMEOUT)
            .map(|(uuid, _)| uuid.clone())
            .collect();
        for uuid in late {
            self.open.remove(&uuid);
            self.journal.record(
                now,
                text!(
                    "command {uuid} was not answered within 10 s",
                    "命令 {uuid} 10 秒内未回复，超时"
                ),
                "",
            );
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.open
            .values()
            .map(|open| open.sent + COMMAND_TIMEOUT)
            .min()
    }

    fn poll_action(&mut self) -> Option<CloudAction> {
        self.journal.next_action()
    }

    fn submit(&mut self, now: Now, kind: &str, values: &FormValues) -> Submission {
        match kind {
            "command" => self.command(now, values),
            "message-down" => self.push(now, values),
            _ => Submission::unknown(kind),
        }
    }

    fn view(&self) -> CloudView {
        let mut resources = Vec::new();
        for (id, device) in &self.devices {
            resources.push(CloudResource::device(id, device.online));
            for (name, points) in &device.streams {
                resources.push(CloudResource::new(
                    Text::new("data stream", "数据流"),
                    format!("{id}/{name}"),
                    points.back().cloned().unwrap_or_default(),
                ));
            }
        }
        for (uuid, open) in &self.open {
            resources.push(CloudResource::new(
                Text::new("open command", "等待回复的命令"),
                uuid,
                &open.device,
            ));
        }
        self.journal.view(resources)
    }

    fn source(&self) -> Cow<'static, str> {
        Cow::Borrowed("OneNET MQTT V2.6")
    }
}
