//! Alibaba Cloud IoT Platform: Alink JSON on `/sys/…` topics, RRPC, topics of the user's own, and
//! the part of MQTT 5.0 that its page lists.

pub mod auth;
pub mod cloud;
pub mod codes;
mod compose;
mod diagnose;
mod forms;
mod lint;
mod login;
pub mod payload;
pub mod topics;

use bytes::Bytes;

use crate::mqtt::{ProtocolVersion, QoS};
use crate::platform::cloud::{Cloud, ConnectRequest};
use crate::platform::form::{self, value, value_or};
use crate::platform::json::{self, Node};
use crate::platform::text::text;
use crate::platform::{
    Composed, ConnectPlan, ConnectRules, Correlation, Declaration, Dialect, DialectId, Direction,
    Draw, Finding, FormValues, Identity, Limit, Limited, Outcome, Place, Publication,
    PublishOptions, Reading, Role, Spans, Text, rules, workbench,
};
use crate::time::UnixMillis;

use auth::MqttClientId;
use compose::{alink_answer, bad_json, composed_payload, raw_answer};
use diagnose::diagnose;
use lint::{lint_options, lint_subscription};
use login::{EXT_RRPC, extensions, sign};
use payload::SOURCE;
use topics::{Kind, Topic};

/// The dialect.
#[derive(Clone, Copy, Debug, Default)]
pub struct Aliyun;

const CONNECT_SOURCE: &str = "Alibaba MQTT connection";
const SEED: &str = "Alibaba MQTT specification";

/// Longest user property, key and value together, and longest response topic and correlation data.
const MAX_PROPERTY: usize = 128;
/// Most user properties of a message.
const MAX_USER_PROPERTIES: usize = 20;
/// Remembered, not confirmed.
const MAX_PAYLOAD: usize = 256 * 1024;
/// A time in a report is at most this far ahead of the platform's clock, in milliseconds.
const MAX_AHEAD_MS: i64 = 24 * 3_600_000;

/// The identity form, filled in.
#[derive(Clone, Copy, Debug)]
struct Device<'a> {
    product_key: &'a str,
    device_name: &'a str,
}

impl<'a> Device<'a> {
    fn of(identity: &'a Identity) -> Self {
        Self {
            product_key: value(identity, "product_key"),
            device_name: value(identity, "device_name"),
        }
    }

    fn user_name(&self) -> String {
        format!("{}&{}", self.device_name, self.product_key)
    }

    fn topic(&self, kind: Kind, name: &str) -> String {
        topics::render(kind, self.product_key, self.device_name, name)
    }
}

/// Whether the security mode in the client id fits the link: 2 and -2 are for TLS, 3 is for plain.
pub fn check_securemode(url: &str, securemode: &str) -> Option<Finding> {
    let url = url.trim().to_ascii_lowercase();
    let tls = url.starts_with("wss:") || url.starts_with("ssl:") || url.starts_with("tls:");
    let wants_tls = match securemode {
        "2" | "-2" => true,
        "3" => false,
        _ => return None,
    };
    if tls == wants_tls {
        return None;
    }
    let wanted = if wants_tls { "wss://" } else { "ws://" };
    Some(Finding::error(
        "SecuremodeMismatch",
        Place::Connect("securemode".into()),
        text!(
            "securemode={securemode} goes with {wanted}",
            "securemode={securemode} 应与 {wanted} 配合使用"
        ),
        CONNECT_SOURCE,
    ))
}

fn client_id_of(identity: &Identity) -> String {
    match value(identity, "client_id") {
        "" => {
            let device = Device::of(identity);
            format!("{}.{}", device.product_key, device.device_name)
        }
        given => given.to_owned(),
    }
}

fn host_of(identity: &Identity) -> String {
    if value_or(identity, "instance", "public") == "enterprise" {
        format!(
            "{}.mqtt.iothub.aliyuncs.com",
            value(identity, "instance_id")
        )
    } else {
        format!(
            "{}.iot-as-mqtt.{}.aliyuncs.com",
            value(identity, "product_key"),
            value_or(identity, "region", "cn-shanghai")
        )
    }
}

impl Dialect for Aliyun {
    fn declaration(&self) -> Declaration {
        Declaration {
            id: DialectId("aliyun".into()),
            name: Text::new("Alibaba Cloud IoT", "阿里云物联网平台"),
            summary: Text::new(
                "Alink properties, events and services, RRPC, topics of your own, MQTT 5.0",
                "Alink 属性、事件与服务，RRPC，自定义 Topic，支持 MQTT 5.0",
            ),
            identity: forms::identity(),
            connect: connect_rules(),
            kinds: forms::kinds(),
            topics: topics::declared(),
            codes: codes::declared(),
            calculators: workbench::calculators(),
        }
    }

    fn connect_plan(&self, identity: &Identity, draw: &Draw) -> ConnectPlan {
        let device = Device::of(identity);
        let way = value_or(identity, "auth", "secret");
        let mut findings = form::unanswered(&forms::identity(), identity, CONNECT_SOURCE);
        for (key, found) in [
            ("product_key", device.product_key),
            ("device_name", device.device_name),
        ] {
            if found.contains(['/', '+', '#', '&', '|', '\0']) {
                findings.push(Finding::error(
                    "BadName",
                    Place::form(key),
                    text!(
                        "{key} stands in topics and in the user name: no / + # & |",
                        "{key} 会出现在主题与用户名中，不能含有 / + # & |"
                    ),
                    CONNECT_SOURCE,
                ));
            }
        }
        let own_id = client_id_of(identity);
        let length = own_id.chars().count();
        if length > auth::MAX_CLIENT_ID {
            findings.push(Finding::error(
                "OutOfRange",
                Place::Form("clientId".into()),
                text!(
                    "the client id has {length} characters; at most {}",
                    "客户端 ID 长度为 {length}，最长 {} 个字符",
                    auth::MAX_CLIENT_ID
                ),
                CONNECT_SOURCE,
            ));
        }
        let timestamp = value(identity, "timestamp");
        if !matches!(timestamp, "" | "none") && !timestamp.bytes().all(|b| b.is_ascii_digit()) {
            findings.push(Finding::warning(
                "timestamp-not-a-number",
                Place::form("timestamp"),
                Text::new(
                    "the timestamp is a number of milliseconds",
                    "timestamp 应为毫秒数",
                ),
                CONNECT_SOURCE,
            ));
        }
        let signed = sign(identity, draw);
        let parsed = MqttClientId::parse(&signed.client_id).ok();
        let plain = parsed.is_some_and(|id| id.parameter("securemode") == Some("3"));
        let scheme = if plain { "ws" } else { "wss" };
        if plain {
            findings.push(Finding::warning(
                "plain-connection",
                Place::form("securemode"),
                Text::new(
                    "securemode 3 is an unencrypted connection; the platform is withdrawing it",
                    "securemode=3 为不加密连接，平台即将下线该方式",
                ),
                SEED,
            ));
        }
        // What is wrong with a name is wrong with every topic and with the host. A secret that is
        // missing is neither: the password may be typed over.
        let names = ["product_key", "device_name"];
        let broken = findings.iter().any(|finding| {
            finding.is_error()
                && matches!(&finding.place, Place::Form(key) if names.contains(&key.as_ref()))
        });
        let subscriptions = if broken || matches!(way, "register" | "regnwl") {
            Vec::new()
        } else {
            let mut filters = topics::subscriptions(device.product_key, device.device_name);
            if extensions(identity).is_some_and(|bits| bits & EXT_RRPC != 0) {
                filters.push(format!(
                    "/ext/rrpc/+/{}/{}/user/get",
                    device.product_key, device.device_name
                ));
            }
            filters
                .into_iter()
                .map(|filter| (filter, QoS::AtLeastOnce))
                .collect()
        };
        ConnectPlan {
            url: (!broken).then(|| format!("{scheme}://{}:443/", host_of(identity))),
            sub_protocol: "mqtt".into(),
            version: ProtocolVersion::V3_1_1,
            client_id: signed.client_id,
            session_id: Some(format!("{own_id}|{}", device.user_name())),
            user_name: Some(device.user_name()),
            password: Some(Bytes::from(signed.password)),
            keep_alive_secs: connect_rules().default_keep_alive_secs,
            clean_session: true,
            subscriptions,
            steps: signed.steps,
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
        match composed_payload(&Device::of(identity), kind, values, draw) {
            Ok((topic, payload)) => {
                let publication = Publication {
                    topic,
                    payload: payload.into(),
                    qos: QoS::AtLeastOnce,
                    retain: false,
                };
                let mut findings = self.lint(identity, &publication);
                findings.extend(self.lint_times(identity, &publication, draw.now.unix));
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
        findings.extend(rules::lint_qos(&connect_rules(), publication.qos, SEED));
        if publication.payload.len() > MAX_PAYLOAD {
            findings.push(
                Finding::warning(
                    "payload-size",
                    Place::Message,
                    text!(
                        "{} bytes; 256 KB is remembered as the limit",
                        "{} 字节；上限据记忆为 256 KB",
                        publication.payload.len()
                    ),
                    "Alibaba limits",
                )
                .unconfirmed(),
            );
        }
        let levels = publication.topic.split('/').skip(1).count();
        if publication.topic.len() > 128 || levels > 7 && !publication.topic.starts_with("/ext/") {
            findings.push(
                Finding::warning(
                    "topic-size",
                    Place::Topic,
                    Text::new(
                        "topics of at most 7 levels and 128 bytes are remembered as the limit",
                        "主题最多 7 级、128 字节（据记忆，未确认）",
                    ),
                    "Alibaba limits",
                )
                .unconfirmed(),
            );
        }
        findings
    }

    fn lint_times(
        &self,
        _identity: &Identity,
        publication: &Publication,
        now: UnixMillis,
    ) -> Vec<Finding> {
        times_ahead(publication, now)
    }

    fn lint_options(
        &self,
        identity: &Identity,
        publication: &Publication,
        options: &PublishOptions,
    ) -> Vec<Finding> {
        lint_options(identity, publication, options)
    }

    fn lint_connect(&self, identity: &Identity, request: &ConnectRequest<'_>) -> Vec<Finding> {
        let mut accepted = connect_rules();
        let five = request.version == ProtocolVersion::V5_0;
        if five {
            accepted.will = None;
        }
        let mut out = rules::lint_connect(&accepted, request, SEED);
        if five && value_or(identity, "instance", "public") != "enterprise" {
            out.push(Finding::warning(
                "mqtt5-needs-enterprise",
                Place::Connect("protocol level".into()),
                Text::new(
                    "MQTT 5.0 is for enterprise instances",
                    "使用 MQTT 5.0 需先购买企业版实例",
                ),
                SEED,
            ));
        }
        match MqttClientId::parse(request.client_id) {
            Ok(parsed) => {
                if parsed.registers() {
                    // The keep alive of a registration is not checked.
                    let keep_alive = Place::Connect("keepalive".into());
                    out.retain(|finding| finding.place != keep_alive);
                }
                let length = parsed.client_id.chars().count();
                if length > auth::MAX_CLIENT_ID {
                    out.push(Finding::error(
                        "OutOfRange",
                        Place::Connect("clientId".into()),
                        text!(
                            "the client id has {length} characters before the bars; at most 64",
                            "竖线之前的客户端 ID 长度为 {length}，最长 64 个字符"
                        ),
                        CONNECT_SOURCE,
                    ));
                }
            }
            Err(why) => out.push(bad_client_id(why)),
        }
        out
    }

    fn lint_endpoint(&self, _identity: &Identity, url: &str, client_id: &str) -> Vec<Finding> {
        MqttClientId::parse(client_id)
            .ok()
            .and_then(|parsed| check_securemode(url, parsed.parameter("securemode")?))
            .into_iter()
            .collect()
    }

    fn lint_subscription(&self, identity: &Identity, filter: &str, qos: QoS) -> Vec<Finding> {
        lint_subscription(&Device::of(identity), filter, qos)
    }

    fn read_with(
        &self,
        identity: &Identity,
        direction: Direction,
        publication: &Publication,
        spans: Spans,
    ) -> Reading {
        let device = Device::of(identity);
        let Ok(topic) = Topic::parse(&publication.topic) else {
            let mut out = Reading::new(
                None,
                text!(
                    "{} bytes on another topic",
                    "其他主题，{} 字节",
                    publication.payload.len()
                ),
                Role::OneWay,
            );
            out.findings.push(Finding::error(
                "BadTopic",
                Place::Topic,
                Text::new(
                    "no topic of this platform: /sys/{productKey}/{deviceName}/…, \
                     /{productKey}/{deviceName}/user/…, /ext/…",
                    "不是本平台的主题：/sys/{productKey}/{deviceName}/…、\
                     /{productKey}/{deviceName}/user/…、/ext/…",
                ),
                SOURCE,
            ));
            return out;
        };
        let body = payload::read(&topic, direction, &publication.payload, spans);
        let mut out = reading(&topic, direction, body);
        if !topic.product_key.is_empty()
            && (topic.product_key, topic.device_name) != (device.product_key, device.device_name)
        {
            out.findings.push(foreign_topic(&device));
        }
        if let Some(way) = topic.kind.direction()
            && way != direction
        {
            out.findings.push(Finding::warning(
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
                SOURCE,
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
        _draw: &Draw,
    ) -> Composed {
        let no_answer = || {
            Composed::refused(vec![Finding::error(
                "BadTopic",
                Place::Topic,
                Text::new(
                    "nothing that wants an answer travels on this topic",
                    "该主题上的消息不需要应答",
                ),
                SOURCE,
            )])
        };
        let Ok(topic) = Topic::parse(&request.topic) else {
            return no_answer();
        };
        let answer = match topic.kind {
            Kind::PropertySet
            | Kind::PropertyGet
            | Kind::Service
            | Kind::RrpcRequest
            | Kind::ExtRrpc
            | Kind::ConfigPush
            | Kind::DownRaw => topic.kind.answer(),
            _ => None,
        };
        let Some(answer) = answer else {
            return no_answer();
        };
        let answer_topic = Topic {
            kind: answer,
            ..topic
        };
        let made = if topic.kind.is_alink() {
            alink_answer(request, values)
        } else {
            raw_answer(topic.kind, request, values)
        };
        match made {
            Ok(payload) => {
                let publication = Publication {
                    topic: answer_topic.to_string(),
                    payload: payload.into(),
                    // Synchronous calls are answered at QoS 0.
                    qos: if topic.kind.is_alink() {
                        QoS::AtLeastOnce
                    } else {
                        QoS::AtMostOnce
                    },
                    retain: false,
                };
                let findings = self.lint(identity, &publication);
                Composed {
                    publication: Some(publication),
                    findings,
                }
            }
            Err(finding) => Composed::refused(vec![*finding]),
        }
    }

    fn diagnose(
        &self,
        identity: &Identity,
        presented: &ConnectRequest<'_>,
        draw: &Draw,
    ) -> Vec<Finding> {
        let mut out = self.lint_connect(identity, presented);
        if let Ok(parsed) = MqttClientId::parse(presented.client_id) {
            diagnose(identity, presented, &parsed, draw, &mut out);
        }
        out
    }

    fn report_forms(&self, readings: &[crate::platform::Named]) -> Vec<(&'static str, FormValues)> {
        crate::platform::members_form("property-post", "params", readings)
    }

    fn cloud(&self) -> Box<dyn Cloud> {
        Box::new(cloud::AliyunCloud::default())
    }
}

fn bad_client_id(why: auth::ClientIdError) -> Finding {
    let chinese = why.chinese();
    Finding::error(
        "BadClientId",
        Place::Connect("client id".into()),
        text!(
            "{why}; the form is {{clientId}}|securemode=2,signmethod=hmacsha256,timestamp=…|",
            "客户端 ID 格式应为 {{clientId}}|securemode=2,signmethod=hmacsha256,timestamp=…|（{chinese}）"
        ),
        CONNECT_SOURCE,
    )
}

fn foreign_topic(device: &Device<'_>) -> Finding {
    let (product_key, device_name) = (device.product_key, device.device_name);
    Finding::error(
        "ForeignTopic",
        Place::Topic,
        text!(
            "a device may use its own topics only: {product_key}, {device_name}",
            "设备只能使用自己的主题：{product_key}、{device_name}"
        ),
        "Alibaba topics",
    )
}

/// A remark for every time in a report that is more than a day ahead.
fn times_ahead(publication: &Publication, now: UnixMillis) -> Vec<Finding> {
    let reports = Topic::parse(&publication.topic)
        .is_ok_and(|topic| matches!(topic.kind, Kind::PropertyPost | Kind::EventPost));
    if !reports {
        return Vec::new();
    }
    let Ok(root) = json::parse(&publication.payload) else {
        return Vec::new();
    };
    let Some(params) = root.member("params") else {
        return Vec::new();
    };
    params
        .member("time")
        .into_iter()
        .chain(
            params
                .members()
                .iter()
                .filter_map(|member| member.node.member("time")),
        )
        .filter(|time| {
            time.as_integer()
                .is_some_and(|time| time.saturating_sub(now.0) > MAX_AHEAD_MS)
        })
        .map(|time| {
            Finding::error(
                "OutOfRange",
                Place::bytes(&time.range),
                Text::new(
                    "the time is more than 24 hours ahead",
                    "time 超前当前时间 24 小时以上",
                ),
                SOURCE,
            )
        })
        .collect()
}

fn reading(topic: &Topic<'_>, direction: Direction, body: payload::Body) -> Reading {
    let kind = topic.kind;
    let (key, role) = match (kind, direction) {
        (Kind::ExtRrpc, Direction::Up) => ("ext-rrpc-response", Role::Response),
        (Kind::User, Direction::Down) => ("user-down", Role::OneWay),
        _ => (kind.key(), kind.role(direction)),
    };
    let role = if role == Role::Request && kind.is_alink() && !body.wants_answer {
        Role::OneWay
    } else {
        role
    };
    let mut out = Reading::new(
        Some(key),
        summary(kind, topic, direction, &body.about),
        role,
    );
    let synchronous = matches!(kind, Kind::RrpcRequest | Kind::RrpcResponse | Kind::ExtRrpc);
    if synchronous {
        out.correlation = Some(Correlation {
            family: if kind == Kind::ExtRrpc {
                "ext-rrpc".into()
            } else {
                "rrpc".into()
            },
            id: Some(topic.name.to_owned()),
        });
        out.name_member("messageId", topic.name);
        if kind == Kind::ExtRrpc {
            out.name_member("inner_topic", topic.inner);
            out.name_member("filter", format!("/ext/rrpc/+{}", topic.inner));
        }
    } else if matches!(
        kind,
        Kind::UpRaw | Kind::UpRawReply | Kind::DownRaw | Kind::DownRawReply
    ) {
        // Bytes carry no id: the oldest open one is assumed.
        out.correlation = Some(Correlation {
            family: kind.key().trim_end_matches("-reply").to_owned().into(),
            id: None,
        });
    } else if let (Role::Request | Role::Response, Some(id)) = (role, &body.id) {
        // Answers are matched by id and by the topic's stem: one set of ids per stem.
        let stem = match kind {
            Kind::EventPost | Kind::EventPostReply => format!("event-post:{}", topic.name),
            Kind::Service | Kind::ServiceReply => format!("service:{}", topic.name),
            Kind::NtpRequest | Kind::NtpResponse => "ntp".to_owned(),
            _ => kind.key().trim_end_matches("-reply").to_owned(),
        };
        out.correlation = Some(Correlation {
            family: stem.into(),
            id: Some(id.clone()),
        });
    }
    if let Some(answer) = kind.answer()
        && direction == Direction::Down
        && kind.direction() != Some(Direction::Up)
    {
        let reply = Topic {
            kind: answer,
            ..*topic
        };
        out.name_member("reply_topic", reply.to_string());
        out.answerable =
            role == Role::Request && (synchronous || kind == Kind::DownRaw || body.id.is_some());
    }
    if matches!(kind, Kind::EventPost | Kind::EventPostReply) {
        out.name_member("event", topic.name);
    }
    if matches!(kind, Kind::Service | Kind::ServiceReply) {
        out.name_member("service", topic.name);
    }
    if let Some(id) = &body.id {
        out.name_member("id", id);
    }
    for (key, value) in body.members {
        if key != "id" || body.id.is_none() {
            out.name_member(key, value);
        }
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
    out.samples = body.samples;
    out.findings = body.findings;
    out.fields = body.fields;
    out
}

fn summary(kind: Kind, topic: &Topic<'_>, direction: Direction, about: &str) -> Text {
    let name = topic.name;
    match kind {
        Kind::PropertyPost => text!("property post {about}", "上报属性 {about}"),
        Kind::EventPost => text!("event {name}", "上报事件 {name}"),
        Kind::PropertySet => text!("property set {about}", "设置属性 {about}"),
        Kind::PropertyGet => text!("property get {about}", "查询属性 {about}"),
        Kind::Service => text!("service {name}", "服务调用 {name}"),
        Kind::RrpcRequest => text!("RRPC {name} {about}", "RRPC 请求 {name} {about}"),
        Kind::RrpcResponse => text!("RRPC answer {name}", "RRPC 响应 {name}"),
        Kind::ExtRrpc if direction == Direction::Down => {
            text!("RRPC {name} on {}", "自定义 RRPC {name}：{}", topic.inner)
        }
        Kind::ExtRrpc => text!("RRPC answer {name}", "自定义 RRPC 响应 {name}"),
        Kind::User => text!("message on user/{name}", "自定义主题 user/{name}"),
        Kind::Registration => text!("dynamic registration: {about}", "动态注册结果：{about}"),
        _ => {
            let (key, chinese) = (kind.key(), kind.chinese());
            text!("{key} {about}", "{chinese} {about}")
        }
    }
}

fn connect_rules() -> ConnectRules {
    ConnectRules {
        versions: vec![
            ProtocolVersion::V3_1_1,
            ProtocolVersion::V5_0,
            ProtocolVersion::V3_1,
        ],
        qos: vec![QoS::AtLeastOnce, QoS::AtMostOnce],
        keep_alive_secs: Some((30, 1200)),
        default_keep_alive_secs: 300,
        will: Some(false),
        retain: Some(false),
        first: None,
        limits: vec![
            Limit::new(Limited::Messages { within_ms: 1000 }, 30, "Alibaba limits").unconfirmed(),
            Limit::new(Limited::Subscriptions, 100, "Alibaba limits").unconfirmed(),
            Limit::new(Limited::Connects { within_ms: 60_000 }, 5, "Alibaba limits").unconfirmed(),
        ],
        reach: Text::new(
            "wss or ws at port 443 of the instance's host; will and retain with MQTT 5.0 on \
             enterprise instances only",
            "实例接入点的 443 端口，wss 或 ws；遗嘱与保留消息仅限企业版实例的 MQTT 5.0",
        ),
    }
}

/// The last segment of a topic that names what it is about, for records.
fn request_id(root: &Node, source: &[u8]) -> Option<String> {
    Some(root.member("id")?.raw(source).to_owned())
}
