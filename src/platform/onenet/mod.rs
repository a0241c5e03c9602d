//! China Mobile OneNET, legacy MQTT (V2.6): data points in binary frames on `$dp`, commands on
//! `$creq/{cmduuid}`, answers on `$crsp/{cmduuid}`, and topics of the user's own.

pub mod cloud;
mod diagnose;
pub mod dp;
mod forms;
pub mod studio;

use bytes::Bytes;

use crate::mqtt::{Field, FieldKind, ProtocolVersion, QoS};
use crate::platform::bytes_text::hex_preview;
use crate::platform::calendar::{BEIJING_MINUTES, DateTime};
use crate::platform::cloud::{Cloud, ConnectRequest};
use crate::platform::form::{self, value, value_or, verbatim};
use crate::platform::json::{self, Node};
use crate::platform::text::text;
use crate::platform::{
    Calculation, Composed, ConnectPlan, Correlation, Declaration, Dialect, DialectId, Direction,
    Draw, Finding, FormValues, Identity, Outcome, Place, Publication, Reading, Role, Sample,
    SigningStep, Spans, Text, from_hex, rules, workbench,
};

use diagnose::diagnose;
use dp::{Body, DataType, Group, PackedTime};
use forms::{codes, connect_rules, identity_form, kinds, topics};

/// The dialect.
#[derive(Clone, Copy, Debug, Default)]
pub struct Onenet;

/// The reserved topic of data points.
pub const DP: &str = "$dp";
/// What a command topic starts with.
pub const CREQ: &str = "$creq/";
/// What an answer topic starts with.
pub const CRSP: &str = "$crsp/";
/// Most topics that a client may subscribe to.
pub const MAX_TOPICS: usize = 100;

const CONNECT_SOURCE: &str = "OneNET MQTT §4.1";
const SUBSCRIBE_SOURCE: &str = "OneNET MQTT §4.9.3";
const COMMAND_SOURCE: &str = "OneNET MQTT §5.2.2";

/// A topic of this platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic<'a> {
    /// `$dp`
    DataPoints,
    /// `$creq/{cmduuid}`
    Command(&'a str),
    /// `$crsp/{cmduuid}`
    CommandReply(&'a str),
    /// Anything that does not start with `$`.
    User(&'a str),
    /// Starts with `$` and is none of the above, or lacks the id.
    Reserved(&'a str),
}

impl<'a> Topic<'a> {
    /// Takes a topic name apart; total.
    pub fn parse(topic: &'a str) -> Self {
        let id = |prefix: &str| topic.strip_prefix(prefix).filter(|id| !id.is_empty());
        if topic == DP {
            Self::DataPoints
        } else if let Some(id) = id(CREQ) {
            Self::Command(id)
        } else if let Some(id) = id(CRSP) {
            Self::CommandReply(id)
        } else if topic.starts_with('$') {
            Self::Reserved(topic)
        } else {
            Self::User(topic)
        }
    }
}

/// The topic on which a command is answered: `$crsp/` and everything after `$creq/`.
pub fn reply_topic(command: &str) -> Option<String> {
    match Topic::parse(command) {
        Topic::Command(id) => Some(format!("{CRSP}{id}")),
        _ => None,
    }
}

/// Judges a topic filter by the document's rules.
///
/// # Errors
/// The first rule that it breaks.
pub fn check_filter(filter: &str) -> Result<(), Box<Finding>> {
    let broken = |rule: &'static str, words: Text| {
        Err(Box::new(Finding::error(
            rule,
            Place::Topic,
            words,
            SUBSCRIBE_SOURCE,
        )))
    };
    if filter.contains(['+', '#']) {
        return broken(
            "wildcard-not-supported",
            Text::new("the platform has no wildcards", "平台目前不支持通配符"),
        );
    }
    if filter.starts_with('$') {
        return broken(
            "reserved",
            Text::new(
                "topics that start with $ are reserved; commands arrive without a subscription",
                "$ 开头的主题为平台保留，不能订阅；命令无需订阅即可收到",
            ),
        );
    }
    if filter.is_empty()
        || !filter
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_'))
    {
        return broken(
            "charset",
            Text::new(
                "a topic is made of digits, letters and /",
                "主题只能由数字、英文字母和 / 组成",
            ),
        );
    }
    Ok(())
}

/// Reads the answer of the HTTP interface that pushes to a topic.
///
/// # Errors
/// When it is not JSON, or has no `errno`.
pub fn http_push_outcome(body: &[u8]) -> Result<Outcome, Box<Finding>> {
    let source = "OneNET MQTT §5.6.2";
    let root = json::parse(body).map_err(|error| {
        Box::new(Finding::error(
            "BadJson",
            Place::Message,
            error.message(),
            source,
        ))
    })?;
    let errno = root.member("errno");
    if errno.is_some_and(|node| node.as_integer().is_none()) {
        return Err(Box::new(Finding::error(
            "WrongType",
            Place::member("errno"),
            Text::new("errno is not a whole number", "errno 不是整数"),
            source,
        )));
    }
    let Some(errno) = errno.and_then(Node::as_integer) else {
        return Err(Box::new(Finding::error(
            "MissingField",
            Place::member("errno"),
            Text::new("errno is missing", "缺少字段 errno"),
            source,
        )));
    };
    let error = root.member("error").and_then(Node::as_str).unwrap_or("");
    Ok(Outcome {
        interim: false,
        success: errno == 0,
        code: errno.to_string(),
        name: error.to_owned(),
        advice: if errno == 0 {
            Text::new("pushed to the devices that are online", "已推送到在线设备")
        } else {
            text!("refused: {error}", "推送失败：{error}")
        },
    })
}

fn zone(identity: &Identity) -> i64 {
    match value(identity, "utc_offset") {
        "0" => 0,
        _ => BEIJING_MINUTES,
    }
}

impl Dialect for Onenet {
    fn declaration(&self) -> Declaration {
        Declaration {
            id: DialectId("onenet".into()),
            name: Text::new("OneNET (legacy MQTT)", "OneNET（旧版 MQTT）"),
            summary: Text::new(
                "China Mobile OneNET, MQTT V2.6: binary data points on $dp, commands on $creq",
                "中国移动 OneNET MQTT V2.6：$dp 数据点、$creq 平台命令",
            ),
            identity: identity_form(),
            connect: connect_rules(),
            kinds: kinds(),
            topics: topics(),
            codes: codes(),
            calculators: {
                let mut all = workbench::calculators();
                all.insert(1, studio::calculator());
                all
            },
        }
    }

    fn tcp_endpoint(&self) -> Option<&'static str> {
        Some("183.230.40.39:6002")
    }

    fn connect_plan(&self, identity: &Identity, _draw: &Draw) -> ConnectPlan {
        // Without user name and password the platform closes the connection.
        let mut findings = form::unanswered(&identity_form(), identity, CONNECT_SOURCE);
        let (device, project) = (value(identity, "device_id"), value(identity, "project_id"));
        let secret = verbatim(identity, "secret").trim();
        let by_auth_info = value_or(identity, "method", "auth_info") == "auth_info";
        if by_auth_info && !secret.chars().all(|c| c.is_ascii_alphanumeric()) {
            findings.push(Finding::warning(
                "auth-info-charset",
                Place::form("secret"),
                Text::new(
                    "auth_info is made of digits and letters",
                    "鉴权信息（auth_info）由数字和字母组成",
                ),
                CONNECT_SOURCE,
            ));
        }
        let mut subscriptions = Vec::new();
        for filter in form::names(value(identity, "topics")) {
            match check_filter(filter) {
                Ok(()) => subscriptions.push((filter.to_owned(), QoS::AtLeastOnce)),
                Err(finding) => findings.push(Finding {
                    place: Place::form("topics"),
                    ..*finding
                }),
            }
        }
        if subscriptions.len() > MAX_TOPICS {
            findings.push(too_many_topics(subscriptions.len()));
        }
        if form::switch(identity, "subscribe_creq", false) {
            subscriptions.push((format!("{CREQ}#"), QoS::AtMostOnce));
            findings.push(Finding::warning(
                "creq-subscribed",
                Place::form("subscribe_creq"),
                Text::new(
                    "some clients subscribe to $creq/#; the document reserves it and needs none",
                    "部分客户端会订阅 $creq/#；文档规定其为保留主题，无需订阅",
                ),
                SUBSCRIBE_SOURCE,
            ));
        }
        let (what_en, what_zh) = if by_auth_info {
            ("auth_info, in clear", "鉴权信息（auth_info）明文")
        } else {
            ("APIKey, in clear", "APIKey 明文")
        };
        ConnectPlan {
            url: None,
            sub_protocol: "mqtt".into(),
            version: ProtocolVersion::V3_1_1,
            client_id: device.to_owned(),
            session_id: None,
            user_name: Some(project.to_owned()),
            password: Some(Bytes::copy_from_slice(secret.as_bytes())),
            keep_alive_secs: connect_rules().default_keep_alive_secs,
            clean_session: true,
            subscriptions,
            steps: vec![
                SigningStep {
                    label: Text::new("Client id: device id", "客户端 ID：设备 ID"),
                    value: device.to_owned(),
                    secret: false,
                },
                SigningStep {
                    label: Text::new("User name: project id", "用户名：项目 ID"),
                    value: project.to_owned(),
                    secret: false,
                },
                SigningStep {
                    label: Text::owned(format!("Password: {what_en}"), format!("密码：{what_zh}")),
                    value: secret.to_owned(),
                    secret: true,
                },
            ],
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
        let made = match kind.strip_prefix("dp").and_then(|n| n.parse().ok()) {
            Some(number) => match DataType::from_number(number) {
                Some(data_type) => data_points(data_type, identity, values, draw)
                    .map(|payload| (DP.to_owned(), payload)),
                None => Err(vec![unknown_kind(kind)]),
            },
            None if kind == "message" => {
                let topic = value(values, "topic");
                match check_filter(topic) {
                    Ok(()) => raw_payload(values).map(|payload| (topic.to_owned(), payload)),
                    Err(finding) => Err(vec![Finding {
                        place: Place::form("topic"),
                        ..*finding
                    }]),
                }
            }
            None => Err(vec![unknown_kind(kind)]),
        };
        match made {
            Ok((topic, payload)) => {
                let publication = Publication {
                    topic,
                    payload: payload.into(),
                    qos: QoS::AtLeastOnce,
                    retain: false,
                };
                let findings = self.lint(identity, &publication);
                Composed {
                    publication: Some(publication),
                    findings,
                }
            }
            Err(findings) => Composed::refused(findings),
        }
    }

    fn lint(&self, identity: &Identity, publication: &Publication) -> Vec<Finding> {
        let mut findings = self.skim(identity, Direction::Up, publication).findings;
        findings.extend(rules::lint_publish(
            &connect_rules(),
            publication,
            CONNECT_SOURCE,
        ));
        match Topic::parse(&publication.topic) {
            Topic::DataPoints if publication.retain => findings.push(Finding::error(
                "UnsupportedFeature",
                Place::Retain,
                Text::new(
                    "data points are not retained",
                    "数据点上报不支持 Retain 特性",
                ),
                "OneNET MQTT §5.2.1",
            )),
            Topic::User(topic) => {
                if let Err(finding) = check_filter(topic) {
                    findings.push(*finding);
                }
                if publication.retain && publication.payload.is_empty() {
                    findings.push(Finding::info(
                        "clears-the-retained-message",
                        Place::Retain,
                        Text::new(
                            "an empty retained message clears the one that is kept",
                            "空载荷的保留消息会清除该主题下已保留的消息",
                        ),
                        "OneNET MQTT §4.3.1",
                    ));
                }
            }
            _ => {}
        }
        findings
    }

    fn lint_subscription(&self, _identity: &Identity, filter: &str, _qos: QoS) -> Vec<Finding> {
        check_filter(filter)
            .err()
            .map(|finding| *finding)
            .into_iter()
            .collect()
    }

    fn lint_connect(&self, _identity: &Identity, request: &ConnectRequest<'_>) -> Vec<Finding> {
        let mut out = rules::lint_connect(&connect_rules(), request, CONNECT_SOURCE);
        for (name, present) in [
            ("user name", request.user_name.is_some()),
            ("password", request.password.is_some()),
        ] {
            if !present {
                out.push(Finding::error(
                    "MissingField",
                    Place::Connect(name.into()),
                    text!(
                        "the {name} flag must be 1, or the platform closes the connection",
                        "{name} 标志必须为 1，否则平台断开连接"
                    ),
                    CONNECT_SOURCE,
                ));
            }
        }
        out
    }

    fn read_with(
        &self,
        identity: &Identity,
        direction: Direction,
        publication: &Publication,
        spans: Spans,
    ) -> Reading {
        let payload = &publication.payload;
        match Topic::parse(&publication.topic) {
            Topic::DataPoints => data_points_reading(direction, payload, identity, spans),
            Topic::Command(id) => against(
                direction,
                Direction::Down,
                command_reading(id, payload, spans),
            ),
            Topic::CommandReply(id) => {
                against(direction, Direction::Up, reply_reading(id, payload, spans))
            }
            Topic::User(topic) => {
                let kind = match direction {
                    Direction::Up => "message",
                    Direction::Down => "message-down",
                };
                let mut out = Reading::new(
                    Some(kind),
                    text!(
                        "message on {topic}, {} bytes",
                        "主题 {topic} 的消息，{} 字节",
                        payload.len()
                    ),
                    Role::OneWay,
                );
                out.fields = spans.list(|| raw_fields(("message", "消息"), payload));
                out
            }
            Topic::Reserved(topic) => {
                let mut out = Reading::new(
                    None,
                    text!("reserved topic {topic}", "保留主题 {topic}"),
                    Role::OneWay,
                );
                out.findings.push(Finding::error(
                    "BadTopic",
                    Place::Topic,
                    text!(
                        "{topic} starts with $ and is none of $dp, $creq/{{cmduuid}}, \
                         $crsp/{{cmduuid}}",
                        "{topic} 以 $ 开头，但不是 $dp、$creq/{{cmduuid}} 或 $crsp/{{cmduuid}}"
                    ),
                    SUBSCRIBE_SOURCE,
                ));
                out.fields = spans.list(|| raw_fields(("payload", "载荷"), payload));
                out
            }
        }
    }

    fn answer(
        &self,
        _identity: &Identity,
        request: &Publication,
        _reading: &Reading,
        values: &FormValues,
        _draw: &Draw,
    ) -> Composed {
        let Some(topic) = reply_topic(&request.topic) else {
            return Composed::refused(vec![Finding::error(
                "BadTopic",
                Place::Topic,
                Text::new(
                    "only a command on $creq/{cmduuid} is answered",
                    "只有 $creq/{cmduuid} 上的命令可以应答",
                ),
                COMMAND_SOURCE,
            )]);
        };
        match raw_payload(values) {
            Ok(payload) => Composed {
                publication: Some(Publication {
                    topic,
                    payload: payload.into(),
                    qos: QoS::AtMostOnce,
                    retain: false,
                }),
                findings: Vec::new(),
            },
            Err(findings) => Composed::refused(findings),
        }
    }

    fn diagnose(
        &self,
        identity: &Identity,
        presented: &ConnectRequest<'_>,
        draw: &Draw,
    ) -> Vec<Finding> {
        let mut out = self.lint_connect(identity, presented);
        diagnose(
            identity,
            &self.connect_plan(identity, draw),
            presented,
            &mut out,
        );
        out
    }

    fn calculate(&self, calculator: &str, values: &FormValues, draw: &Draw) -> Calculation {
        if calculator == studio::CALCULATOR {
            studio::calculate(values, draw)
        } else {
            workbench::calculate(self, calculator, values, draw)
        }
    }

    fn check(
        &self,
        calculator: &str,
        values: &FormValues,
        presented: &FormValues,
        draw: &Draw,
    ) -> Vec<Finding> {
        if calculator == studio::CALCULATOR {
            studio::check(values, presented, draw)
        } else {
            workbench::check(self, calculator, values, presented, draw)
        }
    }

    fn report_forms(&self, readings: &[crate::platform::Named]) -> Vec<(&'static str, FormValues)> {
        crate::platform::members_form("dp3", "json", readings)
    }

    fn cloud(&self) -> Box<dyn Cloud> {
        Box::new(cloud::OnenetCloud::default())
    }
}

fn too_many_topics(count: usize) -> Finding {
    Finding::error(
        "OutOfRange",
        Place::form("topics"),
        text!(
            "{count} topics; at most 100 per client",
            "{count} 个主题；每个客户端最多订阅 100 个"
        ),
        SUBSCRIBE_SOURCE,
    )
}

fn unknown_kind(kind: &str) -> Finding {
    Finding::error(
        "UnknownType",
        Place::Message,
        text!(
            "the device sends no message of kind {kind:?} by itself",
            "设备不会主动发送类型为 {kind:?} 的消息"
        ),
        "own rule",
    )
}

/// The bytes of a form with `payload` and `format`.
fn raw_payload(values: &FormValues) -> Result<Vec<u8>, Vec<Finding>> {
    let typed = verbatim(values, "payload");
    if value_or(values, "format", "text") != "hex" {
        return Ok(typed.as_bytes().to_vec());
    }
    from_hex(typed).map_err(|offset| vec![bad_hex("payload", offset)])
}

fn bad_hex(key: &'static str, offset: usize) -> Finding {
    Finding::error(
        "WrongType",
        Place::form(key),
        text!(
            "character {offset}: bytes are typed as pairs of hexadecimal digits",
            "第 {offset} 个字符：请按十六进制成对填写"
        ),
        "own rule",
    )
}

fn data_points(
    data_type: DataType,
    identity: &Identity,
    values: &FormValues,
    draw: &Draw,
) -> Result<Vec<u8>, Vec<Finding>> {
    let time = match value(values, "time") {
        "" => None,
        "now" => Some(DateTime::at(draw.now.unix, zone(identity))),
        typed => match DateTime::parse_spaced(typed) {
            Some(time) => Some(time),
            None => {
                return Err(vec![Finding::error(
                    "BadField",
                    Place::form("time"),
                    text!(
                        "{typed:?} is not a time in the form YYYY-MM-DD HH:MM:SS",
                        "{typed:?} 不符合 YYYY-MM-DD HH:MM:SS 格式"
                    ),
                    "OneNET MQTT §5.2.1",
                )]);
            }
        },
    };
    let time = match (data_type, time) {
        (DataType::TimedText | DataType::Floats, Some(time)) => {
            Some(PackedTime::pack(&time).map_err(|finding| vec![*finding])?)
        }
        _ => None,
    };
    let json = verbatim(values, "json");
    let data;
    let groups;
    let body = match data_type {
        DataType::FullJson | DataType::SimpleJson | DataType::TimedJson => Body::Json(json),
        DataType::Binary => {
            data = from_hex(verbatim(values, "data"))
                .map_err(|offset| vec![bad_hex("data", offset)])?;
            Body::Binary(json, &data)
        }
        DataType::Text | DataType::TimedText => Body::Text(verbatim(values, "string")),
        DataType::Floats => {
            groups = parse_groups(verbatim(values, "groups")).map_err(|finding| vec![*finding])?;
            Body::Floats(&groups)
        }
    };
    dp::encode(data_type, time, &body).map_err(|finding| vec![*finding])
}

/// Groups as typed: JSON `[{"name":1,"values":[34.0]}]`, or lines such as `1: 34.0 -20.3`.
fn parse_groups(typed: &str) -> Result<Vec<Group>, Box<Finding>> {
    let wrong = |words: Text| {
        Box::new(Finding::error(
            "WrongType",
            Place::form("groups"),
            words,
            "OneNET MQTT §5.2.1",
        ))
    };
    let name_of = |number: Option<i64>| {
        number
            .and_then(|number| u16::try_from(number).ok())
            .filter(|number| *number > 0)
            .ok_or_else(|| {
                Box::new(Finding::error(
                    "OutOfRange",
                    Place::form("groups"),
                    Text::new(
                        "a stream name is a number from 1 to 65535",
                        "数据流名称为 1-65535 的整数",
                    ),
                    "OneNET MQTT §5.2.1",
                ))
            })
    };
    let value_of = |number: Option<f64>| {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the format has 32-bit floats"
        )]
        let narrow = number.map(|number| number as f32);
        narrow.filter(|value| value.is_finite()).ok_or_else(|| {
            wrong(Text::new(
                "a value is a number that fits into 32 bits",
                "数值须为 32 位浮点数可表示的数字",
            ))
        })
    };
    if typed.trim_start().starts_with('[') {
        let root = json::parse(typed.as_bytes()).map_err(|error| {
            Box::new(Finding::error(
                "BadJson",
                Place::form("groups"),
                error.message(),
                "OneNET MQTT §5.2.1",
            ))
        })?;
        return root
            .items()
            .iter()
            .map(|group| {
                let values = group.member("values").map_or(&[][..], Node::items);
                Ok(Group {
                    name: name_of(group.member("name").and_then(Node::as_integer))?,
                    values: values
                        .iter()
                        .map(|value| value_of(value.as_number()))
                        .collect::<Result<_, _>>()?,
                })
            })
            .collect();
    }
    typed
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let (name, values) = line.split_once(':').ok_or_else(|| {
                wrong(Text::new(
                    "a line is a stream name, a colon, and values",
                    "每行格式为：数据流名称: 数值 数值 …",
                ))
            })?;
            Ok(Group {
                name: name_of(name.trim().parse().ok())?,
                values: form::names(values)
                    .map(|value| value_of(value.parse().ok()))
                    .collect::<Result<_, _>>()?,
            })
        })
        .collect()
}

/// The same reading, with a remark where the message travels the other way.
fn against(found: Direction, wanted: Direction, mut reading: Reading) -> Reading {
    if found != wanted {
        reading.findings.push(Finding::warning(
            "topic-of-the-other-direction",
            Place::Topic,
            match wanted {
                Direction::Down => Text::new(
                    "the platform sends commands on this topic; a device answers on $crsp",
                    "该主题由平台下发命令，设备应在 $crsp 上应答",
                ),
                Direction::Up => Text::new(
                    "devices answer on this topic; the platform sends nothing on it",
                    "该主题由设备应答命令，平台不会在其上下发",
                ),
            },
            COMMAND_SOURCE,
        ));
    }
    reading
}

fn data_points_reading(
    direction: Direction,
    payload: &[u8],
    identity: &Identity,
    spans: Spans,
) -> Reading {
    let mut decoded = dp::decode(payload);
    let (kind, title) = match decoded.data_type {
        Some(data_type) => (
            match data_type {
                DataType::FullJson => "dp1",
                DataType::Binary => "dp2",
                DataType::SimpleJson => "dp3",
                DataType::TimedJson => "dp4",
                DataType::Text => "dp5",
                DataType::TimedText => "dp6",
                DataType::Floats => "dp7",
            },
            {
                let (number, title) = (data_type.number(), data_type.title());
                Text::owned(
                    format!("type {number} {}", title.en),
                    format!("类型 {number} {}", title.zh),
                )
            },
        ),
        None => ("dp", Text::new("unknown type", "未知类型")),
    };
    let count = decoded.points.len();
    let summary = Text::owned(
        format!("{}: {count} values", title.en),
        format!("{}：{count} 个数据点", title.zh),
    );
    let mut out = Reading::new(Some(kind), summary, Role::OneWay);
    if let Some(data_type) = decoded.data_type {
        out.name_member("type", data_type.number().to_string());
    }
    if let Some(time) = decoded.time {
        // The document states no zone: what is assumed stands beside the time.
        let zone = match zone(identity) {
            0 => "UTC",
            _ => "UTC+8",
        };
        for field in decoded.fields.iter_mut().filter(|it| it.name == dp::TIME) {
            field.value = format!("{time} ({zone} assumed)");
        }
        out.name_member("time", time);
        out.name_member("time zone", format!("{zone}, assumed"));
    }
    if let Some((inner, outer)) = decoded.separators {
        out.name_member("inner", inner);
        out.name_member("outer", outer);
    }
    for point in decoded.points.iter().take(100) {
        let at = point
            .at
            .as_ref()
            .map(|at| format!(" @ {at}"))
            .unwrap_or_default();
        out.name_member("point", format!("{} = {}{at}", point.id, point.value));
    }
    out.samples = decoded
        .points
        .into_iter()
        .filter_map(|point| {
            Some(Sample {
                name: point.id,
                value: point.number?,
            })
        })
        .collect();
    out.findings = decoded.findings;
    if direction == Direction::Down {
        out.findings.push(Finding::warning(
            "topic-of-the-other-direction",
            Place::Topic,
            Text::new(
                "$dp is published by devices; the platform sends nothing on it",
                "$dp 由设备发布，平台不会在其上下发",
            ),
            "OneNET MQTT §5.2.1",
        ));
    }
    out.fields = spans.list(|| {
        let mut root =
            Field::group("$dp payload", 0..payload.len(), decoded.fields).named("$dp 载荷");
        root.reference = "OneNET MQTT §5.2.1".into();
        vec![root]
    });
    out
}

fn raw_fields(title: crate::platform::spans::Title, payload: &[u8]) -> Vec<Field> {
    if payload.is_empty() {
        return Vec::new();
    }
    if let Ok(root) = json::parse(payload)
        && (root.is_object() || root.is_array())
    {
        return vec![crate::platform::spans::json_field(
            title,
            0..payload.len(),
            0,
            &root,
            payload,
            &|_, _| None,
        )];
    }
    let value = match core::str::from_utf8(payload) {
        Ok(text) => crate::platform::spans::preview(text),
        Err(_) => hex_preview(payload),
    };
    let (name, chinese) = title;
    vec![Field::leaf(name, FieldKind::Payload, 0..payload.len(), value).named(chinese)]
}

fn shown(payload: &[u8]) -> String {
    match core::str::from_utf8(payload) {
        Ok(text) => text.chars().take(60).collect(),
        Err(_) => hex_preview(payload),
    }
}

fn command_reading(id: &str, payload: &[u8], spans: Spans) -> Reading {
    let content = shown(payload);
    let mut out = Reading::new(
        Some("command"),
        text!("command {content}", "平台命令 {content}"),
        Role::Request,
    );
    out.correlation = Some(Correlation {
        family: "command".into(),
        id: Some(id.to_owned()),
    });
    out.answerable = true;
    out.name_member("cmduuid", id);
    out.name_member("reply_topic", format!("{CRSP}{id}"));
    out.fields = spans.list(|| raw_fields(("command", "命令"), payload));
    out
}

fn reply_reading(id: &str, payload: &[u8], spans: Spans) -> Reading {
    let content = shown(payload);
    let mut out = Reading::new(
        Some("command-reply"),
        text!("command answer {content}", "命令回复 {content}"),
        Role::Response,
    );
    out.correlation = Some(Correlation {
        family: "command".into(),
        id: Some(id.to_owned()),
    });
    // The platform hands the bytes to the application as they are: an answer is success.
    out.outcome = Some(Outcome {
        interim: false,
        success: true,
        code: String::new(),
        name: String::new(),
        advice: Text::new("answered", "已回复"),
    });
    out.name_member("cmduuid", id);
    out.fields = spans.list(|| raw_fields(("answer", "回复"), payload));
    out
}
