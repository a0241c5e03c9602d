//! The platform's half: registers devices, keeps data points, refuses what the document refuses,
//! and sends data down for an application.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

use crate::mqtt::QoS;
use crate::platform::cloud::{
    self, Cloud, CloudAction, CloudRecord, CloudResource, CloudView, ConnectRequest,
    ConnectVerdict, PublishVerdict, Submission,
};
use crate::platform::form::{self, value, value_or, verbatim};
use crate::platform::text::text;
use crate::platform::{Finding, FormValues, Place, Publication, Spans, Text, from_hex};
use crate::time::{Instant, Now};

use super::codes;
use super::payload::{self, Address, Con, Instance, Primitive, RequestId, Shape};
use super::topics::{self, Family, Topic, check_name};
use super::{DEFAULT_CONTAINERS, DEFAULT_CSE, DEFAULT_EVENTS};

/// Lines of the record that are kept.
const MAX_RECORDS: usize = 500;
/// Data points kept per container.
const MAX_POINTS: usize = 100;
/// Devices known at once; a page simulates a handful.
const MAX_DEVICES: usize = 256;
/// Request ids remembered per device: none of them may come again.
const MAX_REQUEST_IDS: usize = 1024;
/// Notifications waiting for the device's answer.
const MAX_OPEN: usize = 256;

/// Something received and kept.
#[derive(Clone, Debug)]
struct Point {
    id: String,
    value: String,
}

/// A device as the platform knows it.
#[derive(Clone, Debug, Default)]
struct Device {
    api: String,
    /// Assigned at registration.
    resource_id: Option<String>,
    containers: BTreeMap<String, VecDeque<Point>>,
    events: BTreeMap<String, VecDeque<Point>>,
    request_ids: VecDeque<String>,
    credentials: Option<(String, String)>,
}

/// A notification that waits for the device's answer.
#[derive(Clone, Debug)]
struct Open {
    ae: String,
    container: String,
    sent: Instant,
}

/// The cloud half of [`super::Onem2m`].
#[derive(Clone, Debug, Default)]
pub struct Onem2mCloud {
    cse: String,
    devices: BTreeMap<String, Device>,
    last_device: String,
    open: BTreeMap<String, Open>,
    counter: u64,
    actions: VecDeque<CloudAction>,
    records: VecDeque<CloudRecord>,
}

/// Why a request is refused: the code, and what the record says.
struct Refusal {
    rsc: i64,
    why: Text,
}

impl Refusal {
    fn new(rsc: i64, why: Text) -> Self {
        Self { rsc, why }
    }
}

impl Onem2mCloud {
    fn cse(&self) -> &str {
        if self.cse.is_empty() {
            DEFAULT_CSE
        } else {
            &self.cse
        }
    }

    fn record(&mut self, now: Now, text: Text, detail: impl Into<String>) {
        if self.records.len() >= MAX_RECORDS {
            self.records.pop_front();
        }
        self.records.push_back(CloudRecord {
            at: now.unix,
            text,
            detail: detail.into(),
        });
    }

    fn publish(&mut self, topic: String, payload: String) {
        self.actions.push_back(CloudAction::Publish(Publication {
            topic,
            payload: payload.into(),
            qos: QoS::AtLeastOnce,
            retain: false,
        }));
    }

    fn next_id(&mut self) -> u64 {
        self.counter = self.counter.saturating_add(1);
        self.counter
    }

    /// Answers a registration or a report, and records what came of it.
    fn respond(
        &mut self,
        now: Now,
        topic: &Topic<'_>,
        primitive: Option<&Primitive>,
        verdict: Result<String, Refusal>,
    ) {
        let family = match topic.family {
            Family::RegisterRequest => Family::RegisterResponse,
            _ => Family::Response,
        };
        let (rsc, ri, why) = match verdict {
            Ok(ri) => (2001, Some(ri), None),
            Err(refusal) => (refusal.rsc, None, Some(refusal.why)),
        };
        let rqi = primitive.and_then(|primitive| primitive.rqi.as_ref());
        let to = match primitive {
            Some(Primitive {
                shape: Shape::Event,
                resource: Some(event),
                ..
            }) => format!("/{}/{}/@event@{event}", self.cse(), topic.originator),
            Some(Primitive { to: Some(to), .. }) => to.clone(),
            _ => format!("/{}", self.cse()),
        };
        let from = primitive
            .and_then(|primitive| primitive.from.clone())
            .unwrap_or_else(|| "/C".to_owned());
        let payload = payload::response(
            rsc,
            rqi.map(|rqi| rqi.raw.as_str()),
            ri.as_deref(),
            &to,
            &from,
        );
        let name = codes::lookup(rsc).map_or("", |row| row.name);
        let text = match why {
            None => text!(
                "{} accepted: {}",
                "已接受 {}：{}",
                topic,
                ri.as_deref().unwrap_or("")
            ),
            Some(why) => Text::owned(
                format!("refused with {rsc} {name}: {}", why.en),
                format!("拒绝，{rsc} {name}：{}", why.zh),
            ),
        };
        self.record(now, text, payload.clone());
        let topic = topics::render(family, topic.originator, topic.receiver);
        self.publish(topic, payload);
    }

    /// Checks that hold for every request: rqi new, and nothing missing.
    fn check_request(&mut self, ae: &str, primitive: &Primitive) -> Result<(), Refusal> {
        if let Some(finding) = primitive
            .findings
            .iter()
            .find(|finding| finding.is_error() && finding.rule != "OutOfRange")
        {
            return Err(Refusal::new(4000, finding.text.clone()));
        }
        if let Some(op) = primitive.op
            && op != 1
        {
            return Err(Refusal::new(
                4005,
                text!("op is {op}, not 1", "op 为 {op}，应为 1"),
            ));
        }
        if let Some(finding) = primitive.findings.iter().find(|finding| finding.is_error()) {
            return Err(Refusal::new(4000, finding.text.clone()));
        }
        let Some(RequestId { text: rqi, .. }) = &primitive.rqi else {
            return Err(Refusal::new(4000, Text::new("rqi is missing", "缺少 rqi")));
        };
        if let Some(device) = self.devices.get_mut(ae) {
            if device.request_ids.contains(rqi) {
                return Err(Refusal::new(
                    4104,
                    text!("rqi {rqi} came before", "rqi {rqi} 重复"),
                ));
            }
            if device.request_ids.len() >= MAX_REQUEST_IDS {
                device.request_ids.pop_front();
            }
            device.request_ids.push_back(rqi.clone());
        }
        Ok(())
    }

    fn register(&mut self, ae: &str, primitive: &Primitive) -> Result<String, Refusal> {
        self.check_request(ae, primitive)?;
        let cse_address = format!("/{}", self.cse());
        if primitive.to.as_deref() != Some(cse_address.as_str()) {
            return Err(Refusal::new(
                4004,
                text!("to is not {cse_address}", "to 应为 {cse_address}"),
            ));
        }
        if let Some(name) = &primitive.name
            && name != ae
        {
            return Err(Refusal::new(
                4000,
                text!(
                    "nm is {name:?}, the topic says {ae:?}",
                    "nm 为 {name:?}，与主题中的 {ae:?} 不一致"
                ),
            ));
        }
        let id = self.counter.saturating_add(1);
        let Some(device) = self.devices.get_mut(ae) else {
            return Err(Refusal::new(
                4103,
                text!("no device {ae:?} was created here", "平台上没有设备 {ae:?}"),
            ));
        };
        if primitive.api.as_deref() != Some(device.api.as_str()) {
            return Err(Refusal::new(
                4103,
                Text::new(
                    "api is not the device's registration id",
                    "api 与设备的注册标识不符",
                ),
            ));
        }
        if device.resource_id.is_some() {
            return Err(Refusal::new(
                4105,
                text!("{ae} is registered already", "{ae} 已注册"),
            ));
        }
        let ri = format!("CAE{id:04}");
        device.resource_id = Some(ri.clone());
        self.counter = id;
        self.last_device = ae.to_owned();
        Ok(ri)
    }

    fn report(&mut self, ae: &str, primitive: &Primitive) -> Result<String, Refusal> {
        self.check_request(ae, primitive)?;
        let id = self.next_id();
        let base = format!("/{}/{ae}", self.cse());
        let address = primitive.to.as_deref().unwrap_or("");
        if !address.starts_with(&format!("{base}/")) {
            return Err(Refusal::new(
                4103,
                text!(
                    "to is {address:?}, outside {base}/",
                    "to 为 {address:?}，不在 {base}/ 之下"
                ),
            ));
        }
        if primitive.from.as_deref() != Some(base.as_str()) {
            return Err(Refusal::new(
                4000,
                text!("fr is not {base}", "fr 应为 {base}"),
            ));
        }
        let Some(device) = self
            .devices
            .get_mut(ae)
            .filter(|device| device.resource_id.is_some())
        else {
            return Err(Refusal::new(
                4004,
                text!("{ae} is not registered", "{ae} 尚未注册"),
            ));
        };
        let resource = primitive.resource.as_deref().unwrap_or("");
        let (kept, ri) = match primitive.shape {
            Shape::Event => (&mut device.events, format!("EVENT{id:08X}")),
            _ => (&mut device.containers, format!("cin{id:04}")),
        };
        let Some(points) = kept.get_mut(resource) else {
            return Err(Refusal::new(
                4004,
                text!(
                    "no container or event {resource:?} on the platform",
                    "平台上没有能力或事件 {resource:?}"
                ),
            ));
        };
        if !matches!(primitive.cnf, Some(payload::CNF_TEXT | payload::CNF_BYTES)) {
            return Err(Refusal::new(
                4102,
                Text::new("cnf is neither 0 nor 42", "cnf 不是 0 或 42"),
            ));
        }
        if points.len() >= MAX_POINTS {
            points.pop_front();
        }
        points.push_back(Point {
            id: ri.clone(),
            value: primitive
                .content
                .as_ref()
                .map(|content| content.text.clone())
                .unwrap_or_default(),
        });
        Ok(ri)
    }

    fn answered(&mut self, now: Now, ae: &str, payload: &[u8]) {
        let primitive = match payload::read(Shape::DownlinkReply, payload, Spans::Omitted) {
            Ok(primitive) => primitive,
            Err(unreadable) => {
                let why = unreadable.finding.text;
                self.record(
                    now,
                    Text::owned(
                        format!("answer of {ae} cannot be read: {}", why.en),
                        format!("{ae} 的应答无法解析：{}", why.zh),
                    ),
                    String::from_utf8_lossy(payload),
                );
                return;
            }
        };
        let detail = String::from_utf8_lossy(payload);
        let rqi = primitive.rqi.map(|rqi| rqi.text);
        let known = rqi
            .as_ref()
            .and_then(|rqi| self.open.get(rqi))
            .is_some_and(|open| open.ae == ae);
        let open = rqi
            .as_ref()
            .filter(|_| known)
            .and_then(|rqi| self.open.remove(rqi));
        let text = match (open, primitive.rsc) {
            (None, _) => {
                let rqi = rqi.unwrap_or_default();
                text!(
                    "{ae} answered rqi {rqi:?}, which is not open",
                    "{ae} 应答了未在等待的 rqi {rqi:?}"
                )
            }
            (Some(open), Some(rsc)) => {
                let millis = now.instant.saturating_since(open.sent).as_millis();
                let name = codes::lookup(rsc).map_or("", |row| row.name);
                let container = open.container;
                let (en, zh) = if codes::is_success(rsc) {
                    ("delivered", "下发成功")
                } else {
                    ("refused by the device", "设备拒绝")
                };
                Text::owned(
                    format!("{container}: {en}, {rsc} {name} after {millis} ms"),
                    format!("{container}：{zh}，{rsc} {name}，耗时 {millis} ms"),
                )
            }
            (Some(open), None) => text!(
                "{}: the answer has no rsc",
                "{}：应答中没有 rsc",
                open.container
            ),
        };
        self.record(now, text, detail);
    }
}

impl Cloud for Onem2mCloud {
    fn provision(&mut self, now: Now, identity: &FormValues) {
        let ae = value(identity, "ae").to_owned();
        if check_name(&ae).is_err()
            || (self.devices.len() >= MAX_DEVICES && !self.devices.contains_key(&ae))
        {
            return;
        }
        self.cse = value_or(identity, "cse", DEFAULT_CSE).to_owned();
        let device = self.devices.entry(ae.clone()).or_default();
        device.api = match value(identity, "api") {
            "" => ae.clone(),
            api => api.to_owned(),
        };
        for name in form::names(value_or(identity, "containers", DEFAULT_CONTAINERS)) {
            device.containers.entry(name.to_owned()).or_default();
        }
        for name in form::names(value_or(identity, "events", DEFAULT_EVENTS)) {
            device.events.entry(name.to_owned()).or_default();
        }
        let (user, password) = (value(identity, "user_name"), verbatim(identity, "password"));
        device.credentials = (!user.is_empty() || !password.is_empty())
            .then(|| (user.to_owned(), password.to_owned()));
        self.last_device.clone_from(&ae);
        self.record(now, text!("device {ae} created", "已创建设备 {ae}"), "");
    }

    fn handle_connect(&mut self, now: Now, request: &ConnectRequest<'_>) -> ConnectVerdict {
        // The document says nothing about credentials. What the identity form holds is expected
        // from the client of that device; a form without any admits everybody.
        let expected = self
            .devices
            .get(request.client_id)
            .and_then(|device| device.credentials.clone());
        let client_id = request.client_id;
        if let Some((user, password)) = expected
            && (request.user_name.unwrap_or("") != user
                || request.password.unwrap_or(b"") != password.as_bytes())
        {
            self.record(
                now,
                text!(
                    "{client_id} refused: user name or password",
                    "拒绝 {client_id} 的连接：用户名或密码错误"
                ),
                "",
            );
            return ConnectVerdict::Refuse(4);
        }
        self.record(
            now,
            text!("{client_id} connected", "{client_id} 已连接"),
            "",
        );
        ConnectVerdict::Accept
    }

    fn handle_subscribe(
        &mut self,
        _now: Now,
        _client_id: &str,
        _filter: &str,
        qos: QoS,
    ) -> Option<QoS> {
        Some(qos)
    }

    fn handle_publish(
        &mut self,
        now: Now,
        client_id: &str,
        publication: &Publication,
    ) -> PublishVerdict {
        let Ok(topic) = Topic::parse(&publication.topic) else {
            return PublishVerdict::Route;
        };
        let cse = self.cse().to_owned();
        match topic.family {
            Family::Response if topic.originator == cse => {
                self.answered(now, topic.receiver, &publication.payload);
                return PublishVerdict::Consume;
            }
            Family::RegisterRequest | Family::Request if topic.receiver == cse => {}
            _ => {
                self.record(
                    now,
                    text!(
                        "{client_id} published on {topic}, where the platform publishes",
                        "{client_id} 发布到了应由平台发布的主题 {topic}"
                    ),
                    "",
                );
                return PublishVerdict::Route;
            }
        }
        let shape = match topic.family {
            Family::RegisterRequest => Shape::Register,
            _ => payload::report_or_event(&publication.payload),
        };
        match payload::read(shape, &publication.payload, Spans::Omitted) {
            Ok(primitive) => {
                let verdict = if shape == Shape::Register {
                    self.register(topic.originator, &primitive)
                } else {
                    self.report(topic.originator, &primitive)
                };
                self.respond(now, &topic, Some(&primitive), verdict);
            }
            Err(unreadable) => {
                let refusal = Refusal::new(4000, unreadable.finding.text);
                self.respond(now, &topic, None, Err(refusal));
            }
        }
        PublishVerdict::Consume
    }

    fn refuse(
        &mut self,
        now: Now,
        client_id: &str,
        publication: &Publication,
        refusal: cloud::Refusal,
    ) -> PublishVerdict {
        let request = Topic::parse(&publication.topic).ok().filter(|topic| {
            topic.receiver == self.cse()
                && matches!(topic.family, Family::RegisterRequest | Family::Request)
        });
        let (Some(topic), cloud::Refusal::Code(rsc)) = (request, refusal) else {
            // The document knows no limit of rate, so nothing says what an answer would be.
            self.record(
                now,
                text!(
                    "message of {client_id} dropped",
                    "已丢弃 {client_id} 的消息"
                ),
                String::from_utf8_lossy(&publication.payload),
            );
            return PublishVerdict::Consume;
        };
        let shape = match topic.family {
            Family::RegisterRequest => Shape::Register,
            _ => payload::report_or_event(&publication.payload),
        };
        let primitive = payload::read(shape, &publication.payload, Spans::Omitted).ok();
        let why = Text::new("a fault that was asked for", "按要求注入的故障");
        self.respond(now, &topic, primitive.as_ref(), Err(Refusal::new(rsc, why)));
        PublishVerdict::Consume
    }

    fn refusal_code(&self, kind: &str) -> Option<i64> {
        matches!(kind, "register" | "report" | "event").then_some(4000)
    }

    fn handle_disconnect(&mut self, now: Now, client_id: &str) {
        self.record(now, text!("{client_id} is gone", "{client_id} 已断开"), "");
    }

    fn handle_timeout(&mut self, _now: Now) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn poll_action(&mut self) -> Option<CloudAction> {
        self.actions.pop_front()
    }

    fn submit(&mut self, now: Now, kind: &str, values: &FormValues) -> Submission {
        let mut out = Submission::default();
        if kind != "downlink" {
            out.findings.push(Finding::error(
                "UnknownType",
                Place::Message,
                text!(
                    "an application sends no message of kind {kind:?}",
                    "应用侧没有类型为 {kind:?} 的消息"
                ),
                "own rule",
            ));
            return out;
        }
        let ae = match value(values, "ae") {
            "" => self.last_device.clone(),
            given => given.to_owned(),
        };
        let container = value(values, "container").to_owned();
        if let Err(why) = check_name(&container) {
            let chinese = why.chinese();
            out.findings.push(Finding::error(
                "BadName",
                Place::form("container"),
                text!("container: {why}", "能力名称不可用：{chinese}"),
                "own rule",
            ));
        }
        match self.devices.get(&ae) {
            None => out.findings.push(Finding::error(
                "BadName",
                Place::form("ae"),
                text!("no device {ae:?} on the platform", "平台上没有设备 {ae:?}"),
                "oneM2M §2.5",
            )),
            Some(device) => {
                if device.resource_id.is_none() {
                    out.findings.push(Finding::warning(
                        "not-registered",
                        Place::form("ae"),
                        text!("{ae} has not registered yet", "{ae} 尚未注册"),
                        "oneM2M §2.3",
                    ));
                }
                if !device.containers.contains_key(&container) {
                    out.findings.push(Finding::warning(
                        "unknown-container",
                        Place::form("container"),
                        text!(
                            "{ae} has no container {container:?}",
                            "{ae} 没有能力 {container:?}"
                        ),
                        "oneM2M §2.5",
                    ));
                }
            }
        }
        let cnf = value_or(values, "cnf", "0");
        let typed = verbatim(values, "con");
        let con = match (cnf, value_or(values, "encoding", "base64")) {
            ("42", encoding @ ("base64" | "hex")) => match from_hex(typed) {
                Ok(bytes) if encoding == "hex" => crate::platform::to_hex(&bytes),
                Ok(bytes) => payload::base64_of(&bytes),
                Err(offset) => {
                    out.findings.push(Finding::error(
                        "WrongType",
                        Place::form("con"),
                        text!(
                            "character {offset}: bytes are typed in hexadecimal",
                            "第 {offset} 个字符：请按十六进制填写"
                        ),
                        "own rule",
                    ));
                    String::new()
                }
            },
            _ => typed.to_owned(),
        };
        if out.findings.iter().any(Finding::is_error) {
            return out;
        }
        let rqi = format!("{}", 1000 + self.next_id());
        let cse = self.cse().to_owned();
        let payload = payload::downlink(
            &Address {
                cse: &cse,
                device: &ae,
                resource: &container,
            },
            &rqi,
            &Instance {
                label: value(values, "lbl"),
                cnf,
                con: Con::Text(&con),
            },
        );
        self.record(
            now,
            text!(
                "sent down to {ae}: {container}, rqi {rqi}",
                "向 {ae} 下发：{container}，rqi {rqi}"
            ),
            payload.clone(),
        );
        if self.open.len() >= MAX_OPEN {
            self.open.pop_first();
        }
        self.open.insert(
            rqi,
            Open {
                ae: ae.clone(),
                container,
                sent: now.instant,
            },
        );
        self.publish(topics::render(Family::Request, &cse, &ae), payload);
        out
    }

    fn view(&self) -> CloudView {
        let mut resources = Vec::new();
        for (ae, device) in &self.devices {
            let state = match &device.resource_id {
                Some(id) => Text::same(id),
                None => Text::new("not registered", "未注册"),
            };
            resources.push(CloudResource::said(Text::new("device", "设备"), ae, state));
            let kept = device
                .containers
                .iter()
                .map(|entry| (Text::new("container", "能力"), entry))
                .chain(
                    device
                        .events
                        .iter()
                        .map(|entry| (Text::new("event", "事件"), entry)),
                );
            for (class, (name, points)) in kept {
                let latest = points.back().map(|point| {
                    let (value, id, kept) = (&point.value, &point.id, points.len());
                    text!(
                        "{value} ({id}, {kept} kept)",
                        "{value}（{id}，共 {kept} 条）"
                    )
                });
                let latest = latest.unwrap_or_default();
                resources.push(CloudResource::said(class, format!("{ae}/{name}"), latest));
            }
        }
        for (rqi, open) in &self.open {
            resources.push(CloudResource::new(
                Text::new("waiting for an answer", "等待应答"),
                format!("{}/{}", open.ae, open.container),
                format!("rqi {rqi}"),
            ));
        }
        CloudView {
            resources,
            records: self.records.iter().cloned().collect(),
            exchanges: Vec::new(),
        }
    }

    fn source(&self) -> Cow<'static, str> {
        Cow::Borrowed("oneM2M over MQTT, §2")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::onem2m::Onem2m;
    use crate::platform::{Dialect, Draw, FormValues, Identity};

    fn form(pairs: &[(&str, &str)]) -> FormValues {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    struct Bench {
        cloud: Onem2mCloud,
        identity: Identity,
        sequence: u64,
    }

    impl Bench {
        fn new() -> Self {
            let identity = form(&[("ae", "4600")]);
            let mut cloud = Onem2mCloud::default();
            cloud.provision(Now::default(), &identity);
            Self {
                cloud,
                identity,
                sequence: 0,
            }
        }

        fn send(&mut self, kind: &str, values: &[(&str, &str)]) -> i64 {
            self.sequence += 1;
            let draw = Draw {
                sequence: self.sequence,
                ..Draw::default()
            };
            let composed = Onem2m.compose(&self.identity, kind, &form(values), &draw);
            self.publish(&composed.publication.expect("composed"))
        }

        fn raw(&mut self, topic: &str, payload: &str) -> i64 {
            self.publish(&Publication {
                topic: topic.to_owned(),
                payload: payload.to_owned().into(),
                qos: QoS::AtLeastOnce,
                retain: false,
            })
        }

        /// Publishes and returns the code of the platform's answer, 0 if there is none.
        fn publish(&mut self, publication: &Publication) -> i64 {
            let verdict = self
                .cloud
                .handle_publish(Now::default(), "4600", publication);
            assert_eq!(verdict, PublishVerdict::Consume);
            match self.cloud.poll_action() {
                Some(CloudAction::Publish(answer)) => {
                    let topic = Topic::parse(&answer.topic).expect("a topic of ours");
                    assert_eq!(topic.originator, "4600");
                    payload::read(Shape::Response, &answer.payload, Spans::Omitted)
                        .expect("readable")
                        .rsc
                        .expect("rsc")
                }
                _ => 0,
            }
        }
    }

    const REPORT: &str = "/oneM2M/req/4600/in-cse";

    #[test]
    fn a_device_registers_once_and_then_reports() {
        let mut bench = Bench::new();
        let report = [("container", "temperature"), ("con", "23.5")];
        assert_eq!(bench.send("report", &report), 4004);
        assert_eq!(bench.send("register", &[]), 2001);
        assert_eq!(bench.send("register", &[]), 4105);
        assert_eq!(bench.send("report", &report), 2001);
        assert_eq!(
            bench.send("event", &[("event", "alarm"), ("con", "{\"a\":1}")]),
            2001
        );
        let view = bench.cloud.view();
        let kept = view
            .resources
            .iter()
            .find(|resource| resource.name == "4600/temperature")
            .expect("the container");
        assert!(kept.value.starts_with("23.5 (cin"), "{}", kept.value);
    }

    #[test]
    fn what_the_document_refuses_is_refused_with_its_code() {
        let mut bench = Bench::new();
        assert_eq!(bench.send("register", &[]), 2001);
        let good = r#"{"op":1,"to":"/in-cse/4600/temperature","fr":"/in-cse/4600","rqi":"R","ty":4,"pc":{"m2m:cin":{"cnf":"0","con":"1"}}}"#;
        assert_eq!(bench.raw(REPORT, good), 2001);
        let rows: &[(&str, String, i64)] = &[
            ("rqi repeated", good.to_owned(), 4104),
            ("broken JSON", good.replace("{\"op\"", "{op"), 4000),
            ("no op", good.replace("\"op\":1,", ""), 4000),
            ("op 2", good.replace("\"op\":1", "\"op\":2"), 4005),
            ("no con", good.replace(",\"con\":\"1\"", ""), 4000),
            (
                "other container",
                good.replace("/temperature", "/colour"),
                4004,
            ),
            (
                "other device",
                good.replace("4600/temperature", "9/temperature"),
                4103,
            ),
            (
                "cnf 50",
                good.replace("\"cnf\":\"0\"", "\"cnf\":\"50\""),
                4102,
            ),
            ("ty 9", good.replace("\"ty\":4", "\"ty\":9"), 4000),
            (
                "other sender",
                good.replace("\"fr\":\"/in-cse/4600\"", "\"fr\":\"/x\""),
                4000,
            ),
        ];
        for (index, (name, payload, rsc)) in rows.iter().enumerate() {
            let payload = if *rsc == 4104 {
                payload.clone()
            } else {
                payload.replace("\"R\"", &format!("\"R{index}\""))
            };
            assert_eq!(bench.raw(REPORT, &payload), *rsc, "{name}");
        }
        let unknown = r#"{"op":1,"to":"/in-cse","fr":"/C","rqi":"9","ty":2,"pc":{"m2m:ae":{"api":"x","rr":"true"}}}"#;
        assert_eq!(bench.raw("/oneM2M/reg_req/4600/in-cse", unknown), 4103);
    }

    #[test]
    fn a_downlink_is_closed_by_the_devices_answer() {
        let mut bench = Bench::new();
        assert_eq!(bench.send("register", &[]), 2001);
        let submission = bench.cloud.submit(
            Now::default(),
            "downlink",
            &form(&[("container", "switch"), ("con", "on"), ("lbl", "test")]),
        );
        assert_eq!(submission.findings, []);
        let Some(CloudAction::Publish(request)) = bench.cloud.poll_action() else {
            panic!("nothing sent down");
        };
        let reading = Onem2m.read(&bench.identity, crate::platform::Direction::Down, &request);
        assert_eq!(reading.findings, []);
        assert!(reading.answerable);
        let answer = Onem2m.answer(
            &bench.identity,
            &request,
            &reading,
            &form(&[("rsc", "2001")]),
            &Draw::default(),
        );
        assert_eq!(bench.cloud.open.len(), 1);
        bench.publish(&answer.publication.expect("an answer"));
        assert_eq!(bench.cloud.open.len(), 0);
        let last = bench.cloud.view().records.pop().expect("a record");
        assert!(last.text.en.contains("delivered, 2001"), "{}", last.text.en);
    }
}
