//! Huawei Cloud IoTDA: properties, commands, messages, shadow and events in JSON on topics below
//! `$oc/devices/{device_id}/sys/`, request ids in the topic.

pub mod auth;
pub mod cloud;
mod diagnose;
mod forms;
pub mod payload;
pub mod topics;

use bytes::Bytes;

use crate::mqtt::{ProtocolVersion, QoS};
use crate::platform::calendar::DateTime;
use crate::platform::cloud::{Cloud, ConnectRequest};
use crate::platform::form::{self, value, value_or, verbatim};
use crate::platform::json::{self, ObjectWriter};
use crate::platform::text::text;
use crate::platform::{
    Composed, ConnectPlan, Correlation, Declaration, Dialect, DialectId, Direction, Draw, Finding,
    FormValues, Identity, Outcome, Place, Publication, Reading, Role, SigningStep, Spans, Text,
    rules, sign, workbench,
};
use crate::time::UnixMillis;

use auth::{ClientId, SignType};
use diagnose::{diagnose, hour_difference};
use forms::{codes, connect_rules, identity_form, kinds};
use payload::Body;
use topics::{Kind, Topic};

/// The dialect.
#[derive(Clone, Copy, Debug, Default)]
pub struct Iotda;

const CONNECT_SOURCE: &str = "IoTDA secret authentication";
const SEED: &str = "IoTDA MQTT downlink";

/// A device may publish messages up to this size, in bytes.
const MAX_MESSAGE: usize = 1024 * 1024;
/// The platform waits this long for the answer to a command, set or get.
const ANSWER_DEADLINE_MS: u32 = 20_000;

impl Dialect for Iotda {
    fn declaration(&self) -> Declaration {
        Declaration {
            id: DialectId("iotda".into()),
            name: Text::new("Huawei Cloud IoTDA", "华为云 IoTDA"),
            summary: Text::new(
                "properties, commands, messages, shadow and events on $oc topics",
                "华为云设备接入：$oc 主题上的属性、命令、消息、影子与事件",
            ),
            identity: identity_form(),
            connect: connect_rules(),
            kinds: kinds(),
            topics: topics::declared(),
            codes: codes(),
            calculators: workbench::calculators(),
        }
    }

    fn connect_plan(&self, identity: &Identity, draw: &Draw) -> ConnectPlan {
        let mut findings = form::unanswered(&identity_form(), identity, CONNECT_SOURCE);
        let device_id = value(identity, "device_id");
        let is_named = auth::is_device_id(device_id);
        if !is_named && !device_id.is_empty() {
            findings.push(Finding::error(
                "BadName",
                Place::form("device_id"),
                Text::new(
                    "a device id is 1 to 128 letters, digits, _ or -",
                    "设备 ID 由 1 至 128 个字母、数字、_ 或 - 组成",
                ),
                CONNECT_SOURCE,
            ));
        }
        let secret = verbatim(identity, "secret").trim();
        let sign_type =
            SignType::from_digit(value_or(identity, "sign_type", "0")).unwrap_or(SignType::Sha256);
        let now = auth::timestamp(draw.now.unix);
        let timestamp = match value(identity, "timestamp") {
            "" => now.clone(),
            given => given.to_owned(),
        };
        if DateTime::parse_hour_stamp(&timestamp).is_none() {
            findings.push(Finding::error(
                "BadClientId",
                Place::form("timestamp"),
                Text::new(
                    "the time is ten digits YYYYMMDDHH of an hour that exists",
                    "时间戳为 10 位数字 YYYYMMDDHH，且须为有效时间",
                ),
                CONNECT_SOURCE,
            ));
        }
        if sign_type.checks_time()
            && timestamp != now
            && let Some(finding) = hour_difference(&timestamp, draw)
        {
            findings.push(finding);
        }
        let password = auth::password(sign_type, secret, &timestamp);
        let node_type = value_or(identity, "node_type", "0");
        let client_id = format!("{device_id}_{node_type}_{}_{timestamp}", sign_type.digit());
        let host = value(identity, "host");
        let url = (!host.is_empty()).then(|| format!("wss://{host}:443/mqtt"));
        let mut steps = workbench::hmac_steps(
            sign_type.digest(),
            Text::new(
                "Key: the hour in UTC, ten digits",
                "密钥：UTC 小时，10 位数字",
            ),
            &timestamp,
            Text::new("String to sign: the device secret", "待签名内容：设备密钥"),
            (secret, true),
            &sign::hmac(sign_type.digest(), timestamp.as_bytes(), secret.as_bytes()),
        );
        steps.push(SigningStep::secret(
            Text::new(
                "Encoding: lower-case hexadecimal; the password",
                "编码：小写十六进制；即密码",
            ),
            password.as_str(),
        ));
        steps.push(SigningStep::plain(
            Text::new(
                "Client id: device id, type, sign type and hour, joined by _",
                "客户端 ID：设备 ID、类型、签名类型、时间戳，以 _ 连接",
            ),
            client_id.as_str(),
        ));
        if let Some(hour) = DateTime::parse_hour_stamp(&timestamp) {
            let from = hour.unix(0);
            let ends = |hours: i64| {
                DateTime::at(UnixMillis(from.0.saturating_add(hours * 3_600_000)), 0).spaced()
            };
            steps.push(if sign_type.checks_time() {
                SigningStep::plain(
                    Text::new(
                        "Expiry: the platform's clock may be about one hour off, UTC",
                        "有效期：与平台时钟约可相差 1 小时，UTC",
                    ),
                    format!("{} … {}", ends(-1), ends(2)),
                )
            } else {
                SigningStep::plain(
                    Text::new(
                        "Expiry: this sign type's hour is not checked",
                        "有效期：该签名类型不校验时间",
                    ),
                    "∞",
                )
            });
        }
        // Whatever else is wrong may have been typed over; topics need the name alone.
        let subscriptions = if is_named {
            topics::subscriptions(device_id)
                .into_iter()
                .map(|filter| (filter, QoS::AtLeastOnce))
                .collect()
        } else {
            Vec::new()
        };
        ConnectPlan {
            url,
            sub_protocol: "mqtt".into(),
            version: ProtocolVersion::V3_1_1,
            client_id,
            session_id: Some(format!("{device_id}_{node_type}")),
            user_name: Some(device_id.to_owned()),
            password: Some(Bytes::from(password)),
            keep_alive_secs: connect_rules().default_keep_alive_secs,
            clean_session: true,
            subscriptions,
            steps,
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
        let device_id = value(identity, "device_id");
        let request_id = match value(values, "request_id") {
            "" => new_request_id(draw),
            given => given.to_owned(),
        };
        let made = match kind {
            "report" => services(values, "services", draw).map(|services| {
                (
                    topics::render(device_id, Kind::Report, ""),
                    ObjectWriter::new().raw("services", &services).finish(),
                )
            }),
            "gateway-report" => checked_json(values, "devices").map(|devices| {
                (
                    topics::render(device_id, Kind::GatewayReport, ""),
                    ObjectWriter::new().raw("devices", &devices).finish(),
                )
            }),
            "message-up" => message_up(values)
                .map(|payload| (topics::render(device_id, Kind::MessageUp, ""), payload)),
            "shadow-get" => Ok((
                topics::render(device_id, Kind::ShadowGet, &request_id),
                ObjectWriter::new()
                    .string_unless_empty("object_device_id", value(values, "object_device_id"))
                    .string_unless_empty("service_id", value(values, "service_id"))
                    .finish(),
            )),
            "event-up" => event_up(values, draw)
                .map(|payload| (topics::render(device_id, Kind::EventUp, ""), payload)),
            "time-sync" => Ok((
                topics::render(device_id, Kind::EventUp, ""),
                payload::time_sync_request(draw.now.unix),
            )),
            "user" => {
                let name = value(values, "name");
                if name.is_empty() || name.contains(['+', '#']) {
                    Err(vec![Finding::error(
                        "BadTopic",
                        Place::form("name"),
                        Text::new(
                            "a topic name without wildcards",
                            "主题名不能为空，且不含通配符",
                        ),
                        SEED,
                    )])
                } else {
                    Ok((
                        Topic::User { device_id, name }.to_string(),
                        verbatim(values, "payload").to_owned(),
                    ))
                }
            }
            _ => Err(vec![Finding::error(
                "UnknownType",
                Place::Message,
                text!(
                    "the device sends no message of kind {kind:?} by itself",
                    "设备不会主动发送类型为 {kind:?} 的消息"
                ),
                "own rule",
            )]),
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
            "IoTDA limits",
        ));
        if publication.payload.len() > MAX_MESSAGE {
            findings.push(Finding::error(
                "OutOfRange",
                Place::Message,
                text!(
                    "{} bytes; at most 1 MB",
                    "{} 字节，超过 1 MB",
                    publication.payload.len()
                ),
                "IoTDA limits",
            ));
        }
        if publication.topic.trim() != publication.topic {
            findings.push(Finding::warning(
                "blank-around-topic",
                Place::Topic,
                Text::new(
                    "blanks around the topic; the document prints some after its topics",
                    "主题前后有空格；文档中的主题后带有多余空格",
                ),
                SEED,
            ));
        }
        findings
    }

    fn lint_connect(&self, _identity: &Identity, request: &ConnectRequest<'_>) -> Vec<Finding> {
        let mut out = rules::lint_connect(&connect_rules(), request, "IoTDA limits");
        match ClientId::parse(request.client_id) {
            Err(why) => out.push(bad_client_id(&why)),
            Ok(parsed) if SignType::from_digit(parsed.sign_type).is_none() => {
                out.push(Finding::error(
                    "BadClientId",
                    Place::Connect("client id".into()),
                    unknown_sign_type(parsed.sign_type),
                    CONNECT_SOURCE,
                ));
            }
            Ok(_) => {}
        }
        out
    }

    fn lint_endpoint(&self, _identity: &Identity, url: &str, _client_id: &str) -> Vec<Finding> {
        lint_endpoint(url).into_iter().collect()
    }

    fn lint_answer(
        &self,
        _request: &dyn Fn() -> Option<Publication>,
        answer: &Publication,
        now: UnixMillis,
    ) -> Vec<Finding> {
        let is_event = matches!(
            Topic::parse(&answer.topic),
            Ok(Topic::System {
                kind: Kind::EventDown,
                ..
            })
        );
        let off = is_event.then(|| payload::clock_difference(&answer.payload, now));
        off.flatten().map(clock_remark).into_iter().collect()
    }

    fn lint_subscription(&self, identity: &Identity, filter: &str, qos: QoS) -> Vec<Finding> {
        let mut out: Vec<Finding> = rules::lint_qos(&connect_rules(), qos, "IoTDA limits")
            .into_iter()
            .collect();
        let device_id = value(identity, "device_id");
        if filter.starts_with(topics::PREFIX)
            && !filter.starts_with(&format!("{}{device_id}/", topics::PREFIX))
        {
            out.push(foreign_topic(device_id));
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
        let device_id = value(identity, "device_id");
        let payload = &publication.payload;
        let topic = match Topic::parse(publication.topic.trim()) {
            Ok(topic) => topic,
            Err(why) => {
                let chinese = why.chinese();
                let mut out = Reading::new(
                    None,
                    text!("unknown topic: {why}", "未知主题：{chinese}"),
                    Role::OneWay,
                );
                out.findings.push(Finding::error(
                    "BadTopic",
                    Place::Topic,
                    text!(
                        "no topic of this platform: {why}",
                        "不是本平台的主题：{chinese}"
                    ),
                    SEED,
                ));
                out.fields = spans.list(|| payload::raw_fields(("payload", "载荷"), payload));
                return out;
            }
        };
        let (kind, owner, request_id, query) = match topic {
            Topic::System {
                device_id,
                kind,
                request_id,
                query,
            } => (kind, device_id, request_id, query),
            Topic::User {
                device_id: owner, ..
            } => {
                let mut out = free_message(publication, direction, spans);
                if owner != device_id {
                    out.findings.push(foreign_topic(device_id));
                }
                return out;
            }
            Topic::Free(_) => return free_message(publication, direction, spans),
        };
        let compressed = query.is_some_and(|query| query.contains("encoding=gzip"));
        let body = if compressed {
            Body::compressed(payload, spans)
        } else {
            payload::read(kind, payload, spans)
        };
        let mut out = reading(kind, owner, request_id, body);
        if compressed {
            out.name_member("encoding", "gzip");
        }
        if owner != device_id {
            out.findings.push(foreign_topic(device_id));
        }
        if direction == Direction::Down && kind.direction() == Direction::Up {
            // `commands/#` catches the device's own answers: they are nobody's request.
            out.name_member("ignore_when_received", "true");
            out.findings.push(Finding::info(
                "own-echo",
                Place::Topic,
                Text::new(
                    "the device's own message, come back through a filter with #; ignored",
                    "设备自己发布的消息经 # 过滤器返回，忽略",
                ),
                SEED,
            ));
            out.role = Role::OneWay;
            out.correlation = None;
            out.outcome = None;
        } else if direction == Direction::Up && kind.direction() == Direction::Down {
            out.findings.push(Finding::warning(
                "topic-of-the-other-direction",
                Place::Topic,
                Text::new(
                    "the platform publishes on this topic; the device subscribes to it",
                    "该主题由平台发布，设备应订阅",
                ),
                SEED,
            ));
        } else if let (Some(named), Direction::Down) = (out.member("object_device_id"), direction)
            && named != device_id
            && !named.starts_with('{')
        {
            let named = named.to_owned();
            out.findings.push(Finding::info(
                "names-a-sub-device",
                Place::member("object_device_id"),
                text!(
                    "object_device_id is {named}: for a sub-device of a gateway",
                    "object_device_id 为 {named}：发给网关的子设备"
                ),
                SEED,
            ));
        }
        out
    }

    fn answer(
        &self,
        identity: &Identity,
        request: &Publication,
        _reading: &Reading,
        values: &FormValues,
        draw: &Draw,
    ) -> Composed {
        let Ok(Topic::System {
            device_id,
            kind,
            request_id: Some(request_id),
            ..
        }) = Topic::parse(request.topic.trim())
        else {
            return Composed::refused(vec![no_answer()]);
        };
        let made = match kind {
            Kind::PropertySet => result(values, |out| {
                out.string_unless_empty("result_desc", value(values, "result_desc"))
            }),
            Kind::Command => optional_json(values, "paras").and_then(|paras| {
                result(values, |out| {
                    let out =
                        out.string_unless_empty("response_name", value(values, "response_name"));
                    match &paras {
                        Some(paras) => out.raw("paras", paras),
                        None => out,
                    }
                })
            }),
            Kind::PropertyGet => {
                let wanted = json::parse(&request.payload)
                    .ok()
                    .and_then(|root| Some(root.member("service_id")?.as_str()?.to_owned()));
                payload::state_services(verbatim(values, "state"), wanted.as_deref())
                    .map(|services| ObjectWriter::new().raw("services", &services).finish())
                    .map_err(|finding| vec![*finding])
            }
            _ => Err(vec![no_answer()]),
        };
        let _ = draw;
        match (made, kind.answer()) {
            (Ok(payload), Some(answer)) => {
                let publication = Publication {
                    topic: topics::render(device_id, answer, request_id),
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
            (Err(findings), _) => Composed::refused(findings),
            (Ok(_), None) => Composed::refused(vec![no_answer()]),
        }
    }

    fn diagnose(
        &self,
        identity: &Identity,
        presented: &ConnectRequest<'_>,
        draw: &Draw,
    ) -> Vec<Finding> {
        diagnose(identity, presented, draw)
    }

    fn report_forms(&self, readings: &[crate::platform::Named]) -> Vec<(&'static str, FormValues)> {
        crate::platform::members_form("report", "properties", readings)
    }

    fn cloud(&self) -> Box<dyn Cloud> {
        Box::new(cloud::IotdaCloud::default())
    }
}

/// How far the device's clock is off, by an answer to time synchronisation.
fn clock_remark(millis: f64) -> Finding {
    Finding::info(
        "clock-difference",
        Place::Message,
        text!(
            "by this answer the platform's clock is {millis:+} ms from the device's",
            "根据该响应，平台时钟与设备时钟相差 {millis:+} 毫秒"
        ),
        "IoTDA time synchronisation",
    )
}

/// A remark where a URL is not how the platform is reached: `wss`, path `/mqtt`. A relay or a
/// broker on the way may differ, so this is no error.
fn lint_endpoint(url: &str) -> Option<Finding> {
    let url = url.trim();
    let (scheme, rest) = url.split_once("://")?;
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    let path = path.split(['?', '#']).next().unwrap_or("");
    let (rule, words) = if !scheme.eq_ignore_ascii_case("wss") {
        (
            "wss-only",
            Text::new(
                "the platform takes wss:// only, at port 443 with the path /mqtt; ws:// reaches a \
                 relay or another broker",
                "平台仅支持 wss://（端口 443，路径 /mqtt）；ws:// 只能用于中继或其他服务器",
            ),
        )
    } else if path.trim_end_matches('/') != "mqtt" {
        (
            "path-is-not-mqtt",
            Text::new(
                "the platform's path is /mqtt",
                "平台的 WebSocket 路径为 /mqtt",
            ),
        )
    } else {
        return None;
    };
    let place = Place::Connect("URL".into());
    Some(Finding::warning(
        rule,
        place,
        words,
        "IoTDA MQTT over WebSocket",
    ))
}

fn new_request_id(draw: &Draw) -> String {
    format!("{:08x}-{:08x}", draw.random >> 32, draw.sequence)
}

fn no_answer() -> Finding {
    Finding::error(
        "BadTopic",
        Place::Topic,
        Text::new(
            "only a command, property set or property get with a request id is answered",
            "只有带 request_id 的命令、属性设置与属性查询可以应答",
        ),
        SEED,
    )
}

fn foreign_topic(device_id: &str) -> Finding {
    Finding::error(
        "ForeignTopic",
        Place::Topic,
        text!(
            "the topic belongs to another device than {device_id}",
            "主题不属于本设备 {device_id}"
        ),
        SEED,
    )
}

fn unknown_sign_type(digit: &str) -> Text {
    text!(
        "sign type {digit}; the platform knows 0, 1 and 2",
        "签名类型 {digit}；平台支持 0、1、2"
    )
}

fn bad_client_id(why: &auth::ClientIdError) -> Finding {
    let chinese = why.chinese();
    Finding::error(
        "BadClientId",
        Place::Connect("client id".into()),
        text!("client id: {why}", "客户端 ID 格式错误：{chinese}"),
        CONNECT_SOURCE,
    )
}

fn checked_json(values: &FormValues, key: &'static str) -> Result<String, Vec<Finding>> {
    let typed = value(values, key);
    match json::parse(typed.as_bytes()) {
        Ok(_) => Ok(typed.to_owned()),
        Err(error) => Err(vec![Finding::error(
            "BadJson",
            Place::form(key),
            error.message(),
            SEED,
        )]),
    }
}

fn optional_json(values: &FormValues, key: &'static str) -> Result<Option<String>, Vec<Finding>> {
    if value(values, key).is_empty() {
        return Ok(None);
    }
    checked_json(values, key).map(Some)
}

/// `services` as typed, or one service out of `service_id`, `properties` and `event_time`.
fn services(values: &FormValues, key: &'static str, draw: &Draw) -> Result<String, Vec<Finding>> {
    if !value(values, key).is_empty() {
        return checked_json(values, key);
    }
    let properties = checked_json(values, "properties")?;
    let service = ObjectWriter::new()
        .string("service_id", value(values, "service_id"))
        .raw("properties", &properties)
        .string_unless_empty("event_time", &event_time(values, draw))
        .finish();
    Ok(format!("[{service}]"))
}

fn event_time(values: &FormValues, draw: &Draw) -> String {
    match value(values, "event_time") {
        "now" => DateTime::at(draw.now.unix, 0).compact(),
        given => given.to_owned(),
    }
}

fn message_up(values: &FormValues) -> Result<String, Vec<Finding>> {
    let content = verbatim(values, "content");
    if value_or(values, "format", "system") == "raw" {
        return Ok(content.to_owned());
    }
    let object = content.trim_start().starts_with('{');
    let out = ObjectWriter::new()
        .string_unless_empty("object_device_id", value(values, "object_device_id"))
        .string_unless_empty("name", value(values, "name"))
        .string_unless_empty("id", value(values, "id"));
    if object {
        let json = checked_json(values, "content")?;
        return Ok(out.raw("content", &json).finish());
    }
    Ok(out.string("content", content).finish())
}

fn event_up(values: &FormValues, draw: &Draw) -> Result<String, Vec<Finding>> {
    let services = if value(values, "services").is_empty() {
        let paras = checked_json(values, "paras")?;
        let service = ObjectWriter::new()
            .string("service_id", value(values, "service_id"))
            .string("event_type", value(values, "event_type"))
            .string_unless_empty("event_time", &event_time(values, draw))
            .string_unless_empty("event_id", value(values, "event_id"))
            .raw("paras", &paras)
            .finish();
        format!("[{service}]")
    } else {
        checked_json(values, "services")?
    };
    Ok(ObjectWriter::new()
        .string_unless_empty("object_device_id", value(values, "object_device_id"))
        .raw("services", &services)
        .finish())
}

/// `result_code`, then what `more` adds.
fn result(
    values: &FormValues,
    more: impl FnOnce(ObjectWriter) -> ObjectWriter,
) -> Result<String, Vec<Finding>> {
    let typed = value_or(values, "result_code", "0");
    let out = match (typed, typed.parse()) {
        ("", _) => ObjectWriter::new(),
        (_, Ok(code)) => ObjectWriter::new().integer("result_code", code),
        (_, Err(_)) => {
            return Err(vec![Finding::error(
                "WrongType",
                Place::form("result_code"),
                Text::new("result_code is a whole number", "result_code 应为整数"),
                SEED,
            )]);
        }
    };
    Ok(more(out).finish())
}

fn free_message(publication: &Publication, direction: Direction, spans: Spans) -> Reading {
    let topic = &publication.topic;
    let kind = match direction {
        Direction::Up => "user",
        Direction::Down => "user-down",
    };
    let mut out = Reading::new(
        Some(kind),
        text!(
            "message on {topic}, {} bytes",
            "主题 {topic} 的消息，{} 字节",
            publication.payload.len()
        ),
        Role::OneWay,
    );
    out.fields = spans.list(|| payload::raw_fields(("message", "消息"), &publication.payload));
    if topic.len() > 128 {
        out.findings.push(Finding::warning(
            "topic-too-long",
            Place::Topic,
            text!(
                "{} bytes; custom topics have at most 128",
                "{} 字节；自定义主题最长 128 字节",
                topic.len()
            ),
            "IoTDA limits",
        ));
    }
    out
}

fn reading(kind: Kind, owner: &str, request_id: Option<&str>, body: Body) -> Reading {
    let role = if kind.is_answer() {
        Role::Response
    } else if kind.answer().is_some() {
        Role::Request
    } else {
        body.role
    };
    let key = match (kind, role) {
        // The one event that asks for something has a form of its own.
        (Kind::EventUp, Role::Request) => "time-sync",
        _ => kind.key(),
    };
    let mut out = Reading::new(Some(key), body.summary, role);
    if let Some(id) = request_id {
        out.name_member("request_id", id);
        let family = match kind {
            Kind::PropertySet | Kind::PropertySetResponse => "property-set",
            Kind::PropertyGet | Kind::PropertyGetResponse => "property-get",
            Kind::Command | Kind::CommandResponse => "command",
            _ => "shadow",
        };
        out.correlation = Some(Correlation {
            family: family.into(),
            id: Some(id.to_owned()),
        });
    } else {
        out.correlation = body.correlation;
    }
    out.answerable = kind.direction() == Direction::Down && kind.answer().is_some();
    if let (Some(id), Some(answer)) = (request_id, kind.answer()) {
        out.name_member("reply_topic", topics::render(owner, answer, id));
    }
    out.outcome = body.outcome;
    if role == Role::Response && out.outcome.is_none() {
        out.outcome = Some(Outcome {
            success: !body.findings.iter().any(Finding::is_error),
            interim: false,
            code: String::new(),
            name: String::new(),
            advice: Text::new("answered", "已响应"),
        });
    }
    out.members.extend(body.members);
    out.samples = body.samples;
    out.findings = body.findings;
    out.fields = body.fields;
    out
}
