//! oneM2M over MQTT in one vendor's flavour: registration, reports, events and notifications as
//! JSON primitives on six topics. The standard's own libraries are of no use here: `m2m:event`
//! does not exist in oneM2M, and answers carry a bare resource id.

pub mod cloud;
pub mod codes;
mod lint;
pub mod payload;
pub mod topics;

use crate::mqtt::{ProtocolVersion, QoS};
use crate::platform::cloud::Cloud;
use crate::platform::form::{self, value, value_or, verbatim};
use crate::platform::text::text;
use crate::platform::{
    Choice, Composed, ConnectPlan, ConnectRules, Correlation, Declaration, Dialect, DialectId,
    Direction, Draw, Finding, FormField, FormValues, Identity, MessageKind, Outcome, Place,
    Publication, Reading, Role, Spans, Text, from_hex, json, workbench,
};

use payload::{Address, Con, Instance, Primitive, Shape};
use topics::{Family, Topic, check_name};

/// The dialect.
#[derive(Clone, Copy, Debug, Default)]
pub struct Onem2m;

/// The CSE name that the document calls usual.
pub const DEFAULT_CSE: &str = "in-cse";

/// All levels, since the document states none.
const QOS: [QoS; 3] = [QoS::AtLeastOnce, QoS::AtMostOnce, QoS::ExactlyOnce];

/// Containers and events that a new identity proposes for the simulated platform.
const DEFAULT_CONTAINERS: &str = "temperature,humidity,switch";
const DEFAULT_EVENTS: &str = "alarm";

/// The identity form, filled in.
#[derive(Clone, Copy, Debug)]
struct Device<'a> {
    /// Device name.
    ae: &'a str,
    /// CSE name.
    cse: &'a str,
    /// Registration credential; the device name unless the user says otherwise.
    api: &'a str,
    /// Of what it publishes and subscribes to.
    qos: QoS,
}

impl<'a> Device<'a> {
    fn of(identity: &'a Identity) -> Self {
        let ae = value(identity, "ae");
        let cse = match value_or(identity, "cse", DEFAULT_CSE) {
            "" => DEFAULT_CSE,
            cse => cse,
        };
        let api = match value(identity, "api") {
            "" => ae,
            api => api,
        };
        let qos = form::qos(identity);
        Self { ae, cse, api, qos }
    }

    fn check(&self) -> Vec<Finding> {
        [("ae", self.ae), ("cse", self.cse)]
            .into_iter()
            .filter_map(|(key, name)| bad_name(key, name))
            .collect()
    }
}

fn bad_name(key: &'static str, name: &str) -> Option<Finding> {
    let why = check_name(name).err()?;
    let chinese = why.chinese();
    Some(Finding::error(
        "BadName",
        Place::form(key),
        text!(
            "{key} cannot be used in a topic or path: {why}",
            "{key} 不能用于主题或路径：{chinese}"
        ),
        "own rule",
    ))
}

fn bad_json(key: &'static str, error: &json::JsonError) -> Finding {
    Finding::error("BadJson", Place::form(key), error.message(), "RFC 8259")
}

impl Dialect for Onem2m {
    fn declaration(&self) -> Declaration {
        Declaration {
            id: DialectId("onem2m".into()),
            name: Text::same("oneM2M"),
            summary: Text::new(
                "oneM2M primitives in JSON on six topics, as a vendor's platform prints them",
                "某厂商平台的 oneM2M over MQTT：六个主题上的 JSON 原语",
            ),
            identity: identity_form(),
            connect: ConnectRules {
                versions: vec![
                    ProtocolVersion::V3_1_1,
                    ProtocolVersion::V3_1,
                    ProtocolVersion::V5_0,
                ],
                qos: QOS.to_vec(),
                keep_alive_secs: None,
                default_keep_alive_secs: 120,
                will: None,
                retain: None,
                first: Some("register".into()),
                limits: Vec::new(),
                reach: Text::new(
                    "the document names no host, port or WebSocket: ask the operator, or put a \
                     WebSocket-to-TCP relay in front",
                    "文档未给出地址、端口与 WebSocket：请咨询平台方，或在前面加 WebSocket 到 TCP 的中继",
                ),
            },
            kinds: kinds(),
            topics: topics::declared(),
            codes: codes::declared(),
            calculators: workbench::calculators(),
        }
    }

    fn tcp_endpoint(&self) -> Option<&'static str> {
        Some("HOST:1883")
    }

    fn connect_plan(&self, identity: &Identity, _draw: &Draw) -> ConnectPlan {
        let device = Device::of(identity);
        let findings = device.check();
        let client_id = match value(identity, "client_id") {
            "" => device.ae,
            given => given,
        };
        let subscriptions = if findings.is_empty() {
            subscriptions(&device)
        } else {
            Vec::new()
        };
        let user_name = Some(value(identity, "user_name"))
            .filter(|name| !name.is_empty())
            .map(str::to_owned);
        let password = Some(verbatim(identity, "password"))
            .filter(|password| !password.is_empty())
            .map(|password| bytes::Bytes::copy_from_slice(password.as_bytes()));
        ConnectPlan {
            url: None,
            sub_protocol: "mqtt".into(),
            version: ProtocolVersion::V3_1_1,
            client_id: client_id.to_owned(),
            session_id: None,
            user_name,
            password,
            keep_alive_secs: 120,
            clean_session: true,
            subscriptions,
            steps: Vec::new(),
            findings,
        }
    }

    fn compose(
        &self,
        identity: &Identity,
        kind: &str,
        values: &FormValues,
        draw: &Draw,
    ) -> Composed {
        let device = Device::of(identity);
        let mut findings = device.check();
        let rqi = match value(values, "rqi") {
            "" => new_request_id(draw),
            given => given.to_owned(),
        };
        let (family, payload) = match kind {
            "register" => {
                let name = form::switch(values, "nm", true).then_some(device.ae);
                let rr_as_text = form::switch(values, "rr_text", true);
                (
                    Family::RegisterRequest,
                    payload::register(device.cse, &rqi, name, device.api, rr_as_text),
                )
            }
            "report" => match report(Shape::Report, &device, values, &rqi, &mut findings) {
                Some(payload) => (Family::Request, payload),
                None => return Composed::refused(findings),
            },
            "event" => match report(Shape::Event, &device, values, &rqi, &mut findings) {
                Some(payload) => (Family::Request, payload),
                None => return Composed::refused(findings),
            },
            "downlink-reply" => {
                findings.push(Finding::error(
                    "MissingField",
                    Place::Message,
                    Text::new(
                        "an answer is composed from the request that it answers",
                        "应答需根据收到的请求生成",
                    ),
                    "oneM2M §2.5",
                ));
                return Composed::refused(findings);
            }
            _ => {
                findings.push(Finding::error(
                    "UnknownType",
                    Place::Message,
                    text!(
                        "the device sends no message of kind {kind:?}",
                        "设备不发送类型为 {kind:?} 的消息"
                    ),
                    "own rule",
                ));
                return Composed::refused(findings);
            }
        };
        if findings.iter().any(Finding::is_error) {
            return Composed::refused(findings);
        }
        let publication = Publication {
            topic: topics::render(family, device.ae, device.cse),
            payload: payload.into(),
            qos: device.qos,
            retain: false,
        };
        findings.extend(self.lint(identity, &publication));
        Composed {
            publication: Some(publication),
            findings,
        }
    }

    fn lint(&self, identity: &Identity, publication: &Publication) -> Vec<Finding> {
        let reading = self.skim(identity, Direction::Up, publication);
        let mut findings = reading.findings;
        lint::remark(publication, &reading.members, &mut findings);
        findings
    }

    fn read_with(
        &self,
        identity: &Identity,
        direction: Direction,
        publication: &Publication,
        spans: Spans,
    ) -> Reading {
        let device = Device::of(identity);
        let topic = match Topic::parse(&publication.topic) {
            Ok(topic) => topic,
            Err(why) => return not_ours(publication, &why),
        };
        let mut findings = topic_findings(&topic, &device, direction);
        let shape = shape_of(&topic, &device, direction, &publication.payload);
        match payload::read(shape, &publication.payload, spans) {
            Ok(primitive) => {
                findings.extend(primitive.findings.iter().cloned());
                reading(&topic, primitive, findings)
            }
            Err(unreadable) => {
                let section = shape.section();
                let mut reading = Reading::new(
                    Some(shape.key()),
                    Text::owned(
                        format!("{} that cannot be read", shape.key()),
                        format!("无法解析的消息（{section}）"),
                    ),
                    role(shape),
                );
                findings.push(unreadable.finding);
                reading.findings = findings;
                reading.fields = unreadable.fields;
                reading
            }
        }
    }

    fn answer(
        &self,
        identity: &Identity,
        request: &Publication,
        reading: &Reading,
        values: &FormValues,
        _draw: &Draw,
    ) -> Composed {
        let device = Device::of(identity);
        let mut findings = device.check();
        if !findings.is_empty() {
            return Composed::refused(findings);
        }
        let Some(rqi) = &reading.printed_id else {
            // What cannot be read at all says why.
            if reading.members.is_empty() {
                return Composed::refused(reading.findings.clone());
            }
            findings.push(Finding::error(
                "MissingField",
                Place::member("rqi"),
                Text::new(
                    "the request has no rqi, so no answer can be matched to it",
                    "请求中没有 rqi，无法应答",
                ),
                "oneM2M §2.5",
            ));
            return Composed::refused(findings);
        };
        let Ok(rsc) = value_or(values, "rsc", "2001").parse::<i64>() else {
            findings.push(Finding::error(
                "WrongType",
                Place::form("rsc"),
                Text::new("rsc is a whole number", "rsc 应为整数"),
                "oneM2M §3",
            ));
            return Composed::refused(findings);
        };
        let rsp = value(values, "rsp");
        if !rsp.is_empty()
            && let Err(error) = json::parse(rsp.as_bytes())
        {
            return Composed::refused(vec![bad_json("rsp", &error)]);
        }
        let ty = reading.member("ty").and_then(|ty| ty.parse().ok());
        let rsp = (!rsp.is_empty()).then_some((ty.unwrap_or(7), rsp));
        // A platform whose CSE has another name, or that appends a format, is answered on the
        // topic pair that it used.
        let cse = Topic::parse(&request.topic).map_or(device.cse, |topic| topic.originator);
        let publication = Publication {
            topic: topics::render(Family::Response, cse, device.ae),
            payload: payload::downlink_reply(cse, device.ae, rqi, rsc, rsp).into(),
            qos: device.qos,
            retain: false,
        };
        Composed {
            publication: Some(publication),
            findings,
        }
    }

    fn answer_defaults(&self, _identity: &Identity, reading: &Reading) -> FormValues {
        // A topic of somebody else is not the payload's fault.
        let mut findings = reading.findings.iter();
        let is_faulty = findings.any(|it| it.is_error() && it.place != Place::Topic);
        let rsc = match reading.member("op") {
            _ if is_faulty => "4000",
            None | Some("5") => "2001",
            Some(_) => "5001",
        };
        FormValues::from([
            ("rsc".to_owned(), rsc.to_owned()),
            ("rsp".to_owned(), String::new()),
        ])
    }

    fn report_forms(&self, readings: &[crate::platform::Named]) -> Vec<(&'static str, FormValues)> {
        // One message carries the content of one container.
        readings
            .iter()
            .map(|(name, value)| {
                let content = match value {
                    serde_json::Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                let form = FormValues::from([
                    ("container".to_owned(), name.clone()),
                    ("con".to_owned(), content),
                ]);
                ("report", form)
            })
            .collect()
    }

    fn cloud(&self) -> Box<dyn Cloud> {
        Box::new(cloud::Onem2mCloud::default())
    }
}

/// The three topics that a device must subscribe to.
fn subscriptions(device: &Device<'_>) -> Vec<(String, QoS)> {
    [
        (Family::RegisterResponse, device.ae, device.cse),
        (Family::Response, device.ae, device.cse),
        (Family::Request, device.cse, device.ae),
    ]
    .into_iter()
    .map(|(family, originator, receiver)| {
        (topics::render(family, originator, receiver), device.qos)
    })
    .collect()
}

/// A request identifier that does not repeat: seconds since 1970, then the message counter.
fn new_request_id(draw: &Draw) -> String {
    let seconds = draw.now.unix.0.div_euclid(1000);
    format!("{seconds}{:04}", draw.sequence % 10_000)
}

/// The payload of a report or event from its form.
fn report(
    shape: Shape,
    device: &Device<'_>,
    values: &FormValues,
    rqi: &str,
    findings: &mut Vec<Finding>,
) -> Option<String> {
    let key = if shape == Shape::Event {
        "event"
    } else {
        "container"
    };
    let resource = value(values, key);
    findings.extend(bad_name(key, resource));
    let cnf = match value_or(values, "cnf", "0") {
        "" => "0",
        cnf => cnf,
    };
    if !matches!(cnf, "0" | "42") {
        findings.push(Finding::warning(
            "cnf-unknown",
            Place::form("cnf"),
            text!(
                "cnf is {cnf}; the document knows 0 (text) and 42 (bytes)",
                "cnf 为 {cnf}；文档只规定 0（文本）和 42（字节流）"
            ),
            shape.section(),
        ));
    }
    let typed = verbatim(values, "con");
    let encoding = value_or(values, "encoding", "base64");
    let encoded;
    let con = if cnf == "42" && encoding != "verbatim" {
        let bytes = match from_hex(typed) {
            Ok(bytes) => bytes,
            Err(offset) => {
                findings.push(Finding::error(
                    "WrongType",
                    Place::form("con"),
                    text!(
                        "character {offset}: bytes are typed as pairs of hexadecimal digits",
                        "第 {offset} 个字符：字节流请按十六进制成对填写"
                    ),
                    "own rule",
                ));
                return None;
            }
        };
        encoded = if encoding == "hex" {
            crate::platform::to_hex(&bytes)
        } else {
            payload::base64_of(&bytes)
        };
        Con::Text(&encoded)
    } else if shape == Shape::Event && typed.trim_start().starts_with('{') {
        match json::parse(typed.as_bytes()) {
            Ok(_) => Con::Json(typed.trim()),
            Err(error) => {
                findings.push(bad_json("con", &error));
                return None;
            }
        }
    } else {
        Con::Text(typed)
    };
    let address = Address {
        cse: device.cse,
        device: device.ae,
        resource,
    };
    let content = Instance {
        label: value(values, "lbl"),
        cnf,
        con,
    };
    Some(payload::report(shape, &address, rqi, &content))
}

/// What a message on this topic is.
fn shape_of(topic: &Topic<'_>, device: &Device<'_>, direction: Direction, payload: &[u8]) -> Shape {
    // The topic names who asks; where that is neither party, the way it travels decides.
    let direction = topic.direction(device.ae).unwrap_or(direction);
    match (topic.family, direction) {
        (Family::RegisterRequest, _) => Shape::Register,
        (Family::RegisterResponse, _) => Shape::RegisterResponse,
        (Family::Request, Direction::Up) => payload::report_or_event(payload),
        (Family::Request, Direction::Down) => Shape::Downlink,
        (Family::Response, Direction::Up) => Shape::DownlinkReply,
        (Family::Response, Direction::Down) => Shape::Response,
    }
}

const fn role(shape: Shape) -> Role {
    if shape.is_response() {
        Role::Response
    } else {
        Role::Request
    }
}

fn topic_findings(topic: &Topic<'_>, device: &Device<'_>, direction: Direction) -> Vec<Finding> {
    let mut out = Vec::new();
    if topic.format.is_some() {
        out.push(Finding::warning(
            "topic-has-format-segment",
            Place::Topic,
            Text::new(
                "a fifth segment as in TS-0010; this flavour has four",
                "主题带有 TS-0010 的第五段；本平台为四段",
            ),
            "oneM2M §2.2",
        ));
    }
    match topic.direction(device.ae) {
        None => out.push(Finding::error(
            "ForeignTopic",
            Place::Topic,
            text!(
                "the topic names {:?} and {:?}, not this device",
                "主题属于 {:?} 与 {:?}，不是本设备",
                topic.originator,
                topic.receiver
            ),
            "oneM2M §2.2",
        )),
        Some(way) if way != direction => out.push(Finding::warning(
            "topic-of-the-other-direction",
            Place::Topic,
            match direction {
                Direction::Up => Text::new(
                    "the platform publishes on this topic; the device subscribes to it",
                    "该主题由平台发布，设备应订阅",
                ),
                Direction::Down => {
                    Text::new("the device publishes on this topic", "该主题应由设备发布")
                }
            },
            "oneM2M §2.2",
        )),
        Some(_) => {}
    }
    out
}

fn not_ours(publication: &Publication, why: &topics::TopicError) -> Reading {
    let mut reading = Reading::new(
        None,
        text!(
            "{} bytes on another topic",
            "其他主题，{} 字节",
            publication.payload.len()
        ),
        Role::OneWay,
    );
    let chinese = why.chinese();
    let text = text!(
        "no topic of this platform: {why}",
        "不是本平台的主题：{chinese}"
    );
    // A slip in a topic of this platform is an error; an unrelated topic is nobody's business.
    let place = Place::Topic;
    reading.findings.push(
        if publication.topic.to_ascii_lowercase().contains("onem2m") {
            Finding::error("BadTopic", place, text, "oneM2M §2.2")
        } else {
            Finding::info("BadTopic", place, text, "oneM2M §2.2")
        },
    );
    reading
}

fn reading(topic: &Topic<'_>, primitive: Primitive, findings: Vec<Finding>) -> Reading {
    let shape = primitive.shape;
    let mut out = Reading::new(Some(shape.key()), summary(&primitive), role(shape));
    let family = match topic.family {
        Family::RegisterRequest | Family::RegisterResponse => "register",
        _ if matches!(shape, Shape::Downlink | Shape::DownlinkReply) => "downlink",
        _ => "report",
    };
    out.correlation = primitive.rqi.as_ref().map(|rqi| Correlation {
        family: family.into(),
        id: Some(rqi.text.clone()),
    });
    out.printed_id = primitive.rqi.as_ref().map(|rqi| rqi.raw.clone());
    out.answerable = shape == Shape::Downlink && primitive.rqi.is_some();
    if shape.is_response() {
        out.outcome = primitive.rsc.map(|rsc| Outcome {
            interim: (1000..2000).contains(&rsc),
            success: codes::is_success(rsc),
            code: rsc.to_string(),
            name: codes::lookup(rsc).map_or("", |row| row.name).to_owned(),
            advice: codes::advice(rsc),
        });
    }
    let number = |value: Option<i64>| value.map(|value| value.to_string());
    let resource = if shape == Shape::Event {
        "event"
    } else if primitive
        .to
        .as_deref()
        .is_some_and(|to| to.contains("/@event@"))
    {
        "to_event"
    } else {
        "container"
    };
    let (content, bytes) = match &primitive.content {
        Some(content) => (
            Some(content.text.clone()),
            content.bytes.as_deref().map(crate::platform::to_hex),
        ),
        None => (None, None),
    };
    let named: [(&'static str, Option<String>); 14] = [
        ("op", number(primitive.op)),
        ("to", primitive.to),
        ("fr", primitive.from),
        ("rqi", primitive.rqi.map(|rqi| rqi.text)),
        ("ty", number(primitive.ty)),
        ("nm", primitive.name),
        ("api", primitive.api),
        (resource, primitive.resource),
        ("lbl", primitive.label),
        ("cnf", number(primitive.cnf)),
        ("con", content),
        ("bytes", bytes),
        ("rsc", number(primitive.rsc)),
        ("ri", primitive.ri),
    ];
    for (key, value) in named {
        if let Some(value) = value {
            out.name_member(key, value);
        }
    }
    if let Some(class) = primitive.rsc.and_then(codes::class) {
        out.name_member("class", class);
    }
    for extra in primitive.extra {
        out.name_member("extra", extra);
    }
    out.samples = primitive.samples;
    out.findings = findings;
    out.fields = primitive.fields;
    out
}

fn summary(primitive: &Primitive) -> Text {
    let resource = primitive.resource.as_deref().unwrap_or("?");
    let content = primitive
        .content
        .as_ref()
        .map(|content| match &content.bytes {
            Some(bytes) => crate::platform::bytes_text::hex_preview(bytes),
            None => content.text.chars().take(60).collect(),
        })
        .unwrap_or_default();
    let code = primitive
        .rsc
        .map_or(Text::new("no rsc", "没有 rsc"), |rsc| {
            Text::same(match codes::lookup(rsc) {
                Some(row) => format!("{rsc} {}", row.name),
                None => rsc.to_string(),
            })
        });
    let (code, code_zh) = (code.en, code.zh);
    let ri = primitive
        .ri
        .as_ref()
        .map(|ri| format!(" → {ri}"))
        .unwrap_or_default();
    match primitive.shape {
        Shape::Register => {
            let name = primitive.api.as_deref().unwrap_or("?");
            text!("register {name}", "注册 {name}")
        }
        Shape::RegisterResponse => text!("registration: {code}{ri}", "注册响应：{code_zh}{ri}"),
        Shape::Report => text!(
            "report {resource} = {content}",
            "上报 {resource} = {content}"
        ),
        Shape::Event => text!("event {resource}: {content}", "事件 {resource}：{content}"),
        Shape::Response => text!("answer: {code}{ri}", "上报响应：{code_zh}{ri}"),
        Shape::Downlink => text!(
            "downlink {resource} = {content}",
            "下发 {resource} = {content}"
        ),
        Shape::DownlinkReply => text!("answer to a downlink: {code}", "下发应答：{code_zh}"),
    }
}

fn identity_form() -> Vec<FormField> {
    vec![
        FormField::text(
            "ae",
            Text::new("Device name (aename)", "设备名称（aename）"),
        )
        .helped(Text::new(
            "usually the serial number; unique on the platform",
            "一般为设备序列号，全局唯一",
        ))
        .required()
        .starting_with("4600"),
        FormField::text("cse", Text::new("CSE name", "CSE 名称"))
            .helped(Text::new(
                "the platform's name in topics and paths",
                "平台在主题与路径中的名称，通常为 in-cse",
            ))
            .required()
            .starting_with(DEFAULT_CSE),
        FormField::text("api", Text::new("Registration id (api)", "注册标识（api）")).helped(
            Text::new(
                "empty: the device name",
                "用于注册鉴权；留空则与设备名称相同",
            ),
        ),
        FormField::text("client_id", Text::new("Client id", "客户端 ID")).helped(Text::new(
            "empty: the device name; the document states none",
            "文档未规定；留空则使用设备名称",
        )),
        FormField::text("user_name", Text::new("User name", "用户名"))
            .helped(Text::new("the document states none", "文档未规定")),
        FormField::secret("password", Text::new("Password", "密码"))
            .helped(Text::new("the document states none", "文档未规定")),
        form::qos_field(&QOS),
        FormField::text(
            "containers",
            Text::new("Containers on the simulated platform", "模拟平台上的能力"),
        )
        .helped(Text::new(
            "names separated by commas; a report to any other one is refused with 4004",
            "用逗号分隔；上报到其他能力会被拒绝（4004）",
        ))
        .starting_with(DEFAULT_CONTAINERS),
        FormField::text(
            "events",
            Text::new("Events on the simulated platform", "模拟平台上的事件"),
        )
        .helped(Text::new("names separated by commas", "用逗号分隔"))
        .starting_with(DEFAULT_EVENTS),
    ]
}

fn cnf_field() -> FormField {
    FormField::choice(
        "cnf",
        Text::new("Format (cnf)", "数据格式（cnf）"),
        vec![
            Choice::new("0", Text::new("0 text", "0 文本")),
            Choice::new("42", Text::new("42 bytes", "42 二进制字节流")),
        ],
    )
}

fn encoding_field() -> FormField {
    FormField::choice(
        "encoding",
        Text::new("Bytes in con", "字节流写法"),
        vec![
            Choice::new("base64", Text::same("base64")),
            Choice::new("hex", Text::new("hexadecimal", "十六进制")),
            Choice::new("verbatim", Text::new("as typed", "原样")),
        ],
    )
    .helped(Text::new(
        "for 42 alone: bytes are typed in hexadecimal; how they stand in JSON is not specified",
        "仅用于 42：内容按十六进制填写；文档未规定其在 JSON 中的编码",
    ))
}

fn label_field() -> FormField {
    FormField::text("lbl", Text::new("Label (lbl)", "标签（lbl）"))
}

fn rqi_field() -> FormField {
    FormField::text("rqi", Text::new("Request id (rqi)", "流水号（rqi）"))
        .helped(Text::new("empty: a new one", "留空则自动生成，不重复"))
}

fn kinds() -> Vec<MessageKind> {
    let kind = |shape: Shape,
                label: Text,
                topic: &'static str,
                answered_by: Option<&'static str>,
                fields: Vec<FormField>| MessageKind {
        key: shape.key().into(),
        label,
        direction: if shape.is_up() {
            Direction::Up
        } else {
            Direction::Down
        },
        role: role(shape),
        answered_by: answered_by.map(Into::into),
        deadline_ms: None,
        fields,
        topic: topic.into(),
        source: shape.section().into(),
    };
    let content = |starting_with: &'static str| {
        FormField::multiline("con", Text::new("Content (con)", "内容（con）"))
            .required()
            .starting_with(starting_with)
    };
    let container = || {
        FormField::text("container", Text::new("Container", "能力名称"))
            .helped(Text::new(
                "must exist on the platform",
                "需先在平台创建该能力",
            ))
            .required()
            .starting_with("temperature")
    };
    let mut rsc = FormField::choice(
        "rsc",
        Text::new("Response status code (rsc)", "响应状态码（rsc）"),
        codes::TABLE
            .iter()
            .map(|row| {
                Choice::new(
                    row.rsc.to_string(),
                    Text::same(format!("{} {}", row.rsc, row.name)),
                )
            })
            .collect(),
    );
    rsc.default = "2001".into();
    vec![
        kind(
            Shape::Register,
            Text::new("Registration", "设备注册"),
            "reg_req",
            Some("register-response"),
            vec![
                FormField::switch("nm", Text::new("Send the name (nm)", "携带 nm"), true),
                FormField::switch(
                    "rr_text",
                    Text::new("rr as text \"true\"", "rr 以字符串 \"true\" 发送"),
                    true,
                )
                .helped(Text::new(
                    "the document's example prints a string, its table a boolean",
                    "文档示例为字符串，表格为布尔值",
                )),
                rqi_field(),
            ],
        ),
        kind(
            Shape::Report,
            Text::new("Report", "单能力上报"),
            "req",
            Some("response"),
            vec![
                container(),
                content("23.5"),
                cnf_field(),
                encoding_field(),
                label_field(),
                rqi_field(),
            ],
        ),
        kind(
            Shape::Event,
            Text::new("Event", "事件上报"),
            "req",
            Some("response"),
            vec![
                FormField::text("event", Text::new("Event", "事件名称"))
                    .helped(Text::new(
                        "must exist on the platform",
                        "需先在平台创建对应事件",
                    ))
                    .required()
                    .starting_with("alarm"),
                content("{\"temperature\":\"23\",\"terminalStatus\":\"告警\"}").helped(Text::new(
                    "a JSON object, or any text",
                    "JSON 对象，或任意文本",
                )),
                cnf_field(),
                encoding_field(),
                label_field(),
                rqi_field(),
            ],
        ),
        kind(
            Shape::RegisterResponse,
            Text::new("Registration answer", "注册响应"),
            "reg_resp",
            None,
            Vec::new(),
        ),
        kind(
            Shape::Response,
            Text::new("Report answer", "上报响应"),
            "resp",
            None,
            Vec::new(),
        ),
        kind(
            Shape::Downlink,
            Text::new("Downlink", "数据下发"),
            "notify",
            Some("downlink-reply"),
            vec![
                FormField::text("ae", Text::new("Device name", "设备名称")).helped(Text::new(
                    "empty: the device that registered last",
                    "留空则为最近注册的设备",
                )),
                FormField {
                    default: "switch".into(),
                    ..container()
                },
                content("on"),
                cnf_field(),
                encoding_field(),
                label_field(),
            ],
        ),
        kind(
            Shape::DownlinkReply,
            Text::new("Downlink answer", "下发应答"),
            "notify_resp",
            None,
            vec![
                rsc,
                FormField::json("rsp", Text::new("Result (rsp)", "输出参数（rsp）")).helped(
                    Text::new(
                        "answer to a method call; not in the document, leave it empty otherwise",
                        "方法调用的返回值；文档未规定，一般留空",
                    ),
                ),
            ],
        ),
    ]
}
