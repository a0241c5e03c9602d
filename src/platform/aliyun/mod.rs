//! Alibaba Cloud IoT Platform: Alink JSON on `/sys/…` topics, RRPC, topics of the user's own, and
//! the part of MQTT 5.0 that its page lists.

pub mod auth;
pub mod cloud;
pub mod codes;
mod forms;
pub mod payload;
pub mod topics;

use bytes::Bytes;

use crate::mqtt::{ProtocolVersion, QoS};
use crate::platform::cloud::{Cloud, ConnectRequest};
use crate::platform::form::{self, value, value_or, verbatim};
use crate::platform::json::{self, Node, ObjectWriter};
use crate::platform::text::text;
use crate::platform::{
    Composed, ConnectPlan, ConnectRules, Correlation, Declaration, Dialect, DialectId, Direction,
    Draw, Finding, FormValues, Identity, Outcome, Place, Publication, PublishOptions, Reading,
    Role, SigningStep, Text, from_hex, rules,
};

use auth::{MqttClientId, SignMethod};
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

/// What signing gave.
struct Signed {
    client_id: String,
    password: String,
    steps: Vec<SigningStep>,
}

fn step(label: Text, value: &str, secret: bool) -> SigningStep {
    SigningStep {
        label,
        value: value.to_owned(),
        secret,
    }
}

/// Client id and password for the way of logging in that the identity chose.
fn sign(identity: &Identity, draw: &Draw) -> Signed {
    let device = Device::of(identity);
    let own_id = client_id_of(identity);
    let method = SignMethod::from_word(value_or(identity, "sign_method", "hmacsha256"))
        .unwrap_or(SignMethod::Sha256);
    let enterprise = value_or(identity, "instance", "public") == "enterprise";
    let way = value_or(identity, "auth", "secret");
    let securemode = match (value(identity, "securemode"), way) {
        ("" | "auto", "connwl") => "-2",
        ("" | "auto", "register" | "regnwl") if enterprise => "-2",
        ("" | "auto", _) => "2",
        (given, _) => given,
    };
    match way {
        "connwl" => {
            let client_id = MqttClientId {
                client_id: &own_id,
                parameters: vec![("securemode", securemode), ("authType", "connwl")],
            }
            .to_string();
            let token = verbatim(identity, "device_token").trim().to_owned();
            let steps = vec![
                step(Text::new("Client id", "客户端 ID"), &client_id, false),
                step(
                    Text::new(
                        "Password: the deviceToken as it is",
                        "密码：deviceToken 原样",
                    ),
                    &token,
                    true,
                ),
            ];
            Signed {
                client_id,
                password: token,
                steps,
            }
        }
        "register" | "regnwl" => {
            let drawn = format!("{}", draw.random % 1_000_000_000);
            let random = match value(identity, "random") {
                "" => drawn.as_str(),
                given => given,
            };
            let content = auth::content(&[
                ("deviceName", device.device_name),
                ("productKey", device.product_key),
                ("random", random),
            ]);
            let secret = verbatim(identity, "product_secret").trim();
            let password = auth::password(method, secret, &content);
            let mut parameters = vec![
                ("securemode", securemode),
                ("authType", way),
                ("random", random),
                ("signmethod", method.word()),
            ];
            let instance = value(identity, "instance_id");
            if enterprise && !instance.is_empty() {
                parameters.push(("instanceId", instance));
            }
            signed(&own_id, parameters, &content, secret, password, method)
        }
        _ => {
            let now = draw.now.unix.0.to_string();
            let timestamp = match value(identity, "timestamp") {
                "" => Some(now.as_str()),
                "none" => None,
                given => Some(given),
            };
            let mut fields = vec![
                ("clientId", own_id.as_str()),
                ("deviceName", device.device_name),
                ("productKey", device.product_key),
            ];
            let mut parameters = vec![("securemode", securemode), ("signmethod", method.word())];
            if let Some(timestamp) = timestamp {
                fields.push(("timestamp", timestamp));
                parameters.push(("timestamp", timestamp));
            }
            if form::switch(identity, "ext", false) {
                parameters.push(("ext", "1"));
            }
            let content = auth::content(&fields);
            let secret = verbatim(identity, "device_secret").trim();
            let password = auth::password(method, secret, &content);
            signed(&own_id, parameters, &content, secret, password, method)
        }
    }
}

fn signed(
    own_id: &str,
    parameters: Vec<(&str, &str)>,
    content: &str,
    secret: &str,
    password: String,
    method: SignMethod,
) -> Signed {
    let client_id = MqttClientId {
        client_id: own_id,
        parameters,
    }
    .to_string();
    let name = method.digest().hmac_name();
    Signed {
        steps: vec![
            step(
                Text::new(
                    "Parameters sorted by name, joined: what is signed",
                    "按参数名排序并拼接：待签名内容",
                ),
                content,
                false,
            ),
            step(Text::new("Secret: the key", "密钥"), secret, true),
            step(
                text!("Password: {name}, hexadecimal", "密码：{name}，十六进制"),
                &password,
                true,
            ),
            step(
                Text::new("Client id with its parameters", "带参数的客户端 ID"),
                &client_id,
                false,
            ),
        ],
        client_id,
        password,
    }
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
        }
    }

    fn connect_plan(&self, identity: &Identity, draw: &Draw) -> ConnectPlan {
        let device = Device::of(identity);
        let way = value_or(identity, "auth", "secret");
        let mut findings = Vec::new();
        let secret_key = match way {
            "register" | "regnwl" => "product_secret",
            "connwl" => "device_token",
            _ => "device_secret",
        };
        for (key, found) in [
            ("product_key", device.product_key),
            ("device_name", device.device_name),
            (secret_key, value(identity, secret_key)),
        ] {
            if found.is_empty() {
                findings.push(Finding::error(
                    "MissingField",
                    Place::form(key),
                    text!("{key} is missing", "缺少 {key}"),
                    CONNECT_SOURCE,
                ));
            }
        }
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
        let broken = findings.iter().any(Finding::is_error);
        let subscriptions = if broken || matches!(way, "register" | "regnwl") {
            Vec::new()
        } else {
            let mut filters = topics::subscriptions(device.product_key, device.device_name);
            if form::switch(identity, "ext", false) {
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
                findings.extend(times_ahead(&publication, draw));
                Composed {
                    publication: Some(publication),
                    findings,
                }
            }
            Err(findings) => Composed::refused(findings),
        }
    }

    fn lint(&self, identity: &Identity, publication: &Publication) -> Vec<Finding> {
        let mut findings = self.read(identity, Direction::Up, publication).findings;
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

    fn read(
        &self,
        identity: &Identity,
        direction: Direction,
        publication: &Publication,
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
        let body = payload::read(&topic, direction, &publication.payload);
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

    fn cloud(&self) -> Box<dyn Cloud> {
        Box::new(cloud::AliyunCloud::default())
    }
}

fn bad_client_id(why: auth::ClientIdError) -> Finding {
    Finding::error(
        "BadClientId",
        Place::Connect("client id".into()),
        text!(
            "{why}; the form is {{clientId}}|securemode=2,signmethod=hmacsha256,timestamp=…|",
            "客户端 ID 格式应为 {{clientId}}|securemode=2,signmethod=hmacsha256,timestamp=…|（{why}）"
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

fn unsupported(place: Place, words: Text) -> Finding {
    Finding::error("UnsupportedFeature", place, words, SEED)
}

fn lint_options(
    identity: &Identity,
    publication: &Publication,
    options: &PublishOptions,
) -> Vec<Finding> {
    let mut out = Vec::new();
    if options.version != ProtocolVersion::V5_0 {
        if publication.retain {
            out.push(unsupported(
                Place::Retain,
                Text::new(
                    "retained messages need MQTT 5.0 and an enterprise instance",
                    "保留消息需使用 MQTT 5.0 与企业版实例",
                ),
            ));
        }
        return out;
    }
    let _ = identity;
    let property = |name: &'static str| Place::Option(name.into());
    let range =
        |name: &'static str, words: Text| Finding::error("OutOfRange", property(name), words, SEED);
    let count = options.user_properties.len();
    if count > MAX_USER_PROPERTIES {
        out.push(range(
            "user_properties",
            text!(
                "{count} user properties; at most 20",
                "{count} 个用户属性；最多 20 个"
            ),
        ));
    }
    for (key, value) in &options.user_properties {
        if key.starts_with('_') {
            out.push(Finding::error(
                "BadName",
                property("user_property"),
                text!(
                    "the key {key:?} starts with an underscore",
                    "用户属性的 Key {key:?} 不允许以下划线开头"
                ),
                SEED,
            ));
        }
        let length = key.chars().count() + value.chars().count();
        if length > MAX_PROPERTY {
            out.push(range(
                "user_property",
                text!(
                    "key and value have {length} characters; at most 128 together",
                    "Key 与 Value 总长 {length} 个字符；最长 128"
                ),
            ));
        }
    }
    if let Some(topic) = &options.response_topic {
        let length = topic.chars().count();
        if length > MAX_PROPERTY {
            out.push(range(
                "response_topic",
                text!(
                    "{length} characters; at most 128",
                    "长度为 {length} 个字符；最长 128"
                ),
            ));
        }
    }
    if let Some(data) = &options.correlation_data {
        let length = data.len();
        if length > MAX_PROPERTY {
            out.push(range(
                "correlation_data",
                text!("{length} bytes; at most 128", "长度为 {length}；最长 128"),
            ));
        }
    }
    if options.topic_alias.is_some() {
        out.push(unsupported(
            property("topic_alias"),
            Text::new(
                "the platform does not offer topic aliases",
                "平台不涉及主题别名（topic alias）",
            ),
        ));
    }
    out
}

fn lint_subscription(device: &Device<'_>, filter: &str, qos: QoS) -> Vec<Finding> {
    let mut out: Vec<Finding> = rules::lint_qos(&connect_rules(), qos, SEED)
        .into_iter()
        .collect();
    let mut plain = filter;
    if let Some(shared) = filter.strip_prefix("$share/") {
        let (name, rest) = shared.split_once('/').unwrap_or((shared, ""));
        let fits = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !fits {
            out.push(Finding::error(
                "BadName",
                Place::Option("ShareName".into()),
                text!(
                    "ShareName {name:?}: letters, digits and underscore",
                    "ShareName {name:?} 只能包含字母、数字和下划线（_）"
                ),
                SEED,
            ));
        }
        plain = rest;
    }
    let own = [
        format!("/sys/{}/{}/", device.product_key, device.device_name),
        format!("/{}/{}/", device.product_key, device.device_name),
        "/ext/".to_owned(),
        "/shadow/".to_owned(),
        "/ota/".to_owned(),
        "/broadcast/".to_owned(),
    ];
    if plain.starts_with("/sys/") && !own.iter().any(|prefix| plain.starts_with(prefix)) {
        out.push(foreign_topic(device));
    }
    let charset = plain.split('/').skip(1).all(|segment| {
        matches!(segment, "+" | "#")
            || segment
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-:.".contains(&byte))
    });
    if !charset {
        out.push(Finding::warning(
            "charset",
            Place::Topic,
            Text::new(
                "segments are made of letters, digits and underscore",
                "每级主题由字母、数字和下划线组成",
            ),
            "Alibaba topics",
        ));
    }
    out
}

fn bad_json(key: &'static str, error: &json::JsonError) -> Finding {
    Finding::error("BadJson", Place::form(key), error.message(), SOURCE)
}

fn checked(values: &FormValues, key: &'static str, default: &str) -> Result<String, Vec<Finding>> {
    let typed = match value(values, key) {
        "" => default,
        typed => typed,
    };
    match json::parse(typed.as_bytes()) {
        Ok(_) => Ok(typed.to_owned()),
        Err(error) => Err(vec![bad_json(key, &error)]),
    }
}

fn raw_bytes(values: &FormValues) -> Result<Vec<u8>, Box<Finding>> {
    let typed = verbatim(values, "payload");
    if value_or(values, "format", "text") != "hex" {
        return Ok(typed.as_bytes().to_vec());
    }
    from_hex(typed).map_err(|offset| {
        Box::new(Finding::error(
            "WrongType",
            Place::form("payload"),
            text!(
                "character {offset}: bytes are typed as pairs of hexadecimal digits",
                "第 {offset} 个字符：请按十六进制成对填写"
            ),
            "own rule",
        ))
    })
}

/// An Alink request, members in the order of the documents' examples.
fn alink(values: &FormValues, draw: &Draw, params: &str, method: &str) -> String {
    let id = match value(values, "id") {
        "" => (draw.sequence % (payload::MAX_ID + 1)).to_string(),
        given => given.to_owned(),
    };
    let mut out = ObjectWriter::new()
        .string("id", &id)
        .string("version", value_or(values, "version", "1.0"));
    if let ack @ ("0" | "1") = value(values, "ack") {
        out = out.raw("sys", &ObjectWriter::new().raw("ack", ack).finish());
    }
    out.raw("params", params).string("method", method).finish()
}

fn composed_payload(
    device: &Device<'_>,
    kind: &str,
    values: &FormValues,
    draw: &Draw,
) -> Result<(String, Vec<u8>), Vec<Finding>> {
    let request = |kind: Kind, name: &str, params: &str| {
        let topic = Topic {
            kind,
            product_key: device.product_key,
            device_name: device.device_name,
            name,
            inner: "",
        };
        let method = payload::method_of(&topic).unwrap_or_default();
        (
            topic.to_string(),
            alink(values, draw, params, &method).into_bytes(),
        )
    };
    Ok(match kind {
        "property-post" => request(Kind::PropertyPost, "", &checked(values, "params", "{}")?),
        "event-post" => {
            let event = value(values, "event");
            if event.is_empty() || event.contains(['/', '+', '#']) {
                return Err(vec![Finding::error(
                    "BadName",
                    Place::form("event"),
                    Text::new("an event's identifier", "事件标识符不能为空或含有 / + #"),
                    SOURCE,
                )]);
            }
            let params = if value(values, "params").is_empty() {
                let out = ObjectWriter::new().raw("value", &checked(values, "value", "{}")?);
                match value_or(values, "time", "now") {
                    "now" => out.integer("time", draw.now.unix.0),
                    typed => match typed.parse() {
                        Ok(time) => out.integer("time", time),
                        Err(_) => out,
                    },
                }
                .finish()
            } else {
                checked(values, "params", "{}")?
            };
            request(Kind::EventPost, event, &params)
        }
        "desired-get" => request(Kind::DesiredGet, "", &checked(values, "params", "[]")?),
        "desired-delete" => request(Kind::DesiredDelete, "", &checked(values, "params", "{}")?),
        "tags-update" => request(Kind::TagsUpdate, "", &checked(values, "params", "[]")?),
        "tags-delete" => request(Kind::TagsDelete, "", &checked(values, "params", "[]")?),
        "config-get" => {
            let params = checked(
                values,
                "params",
                "{\"configScope\":\"product\",\"getType\":\"file\"}",
            )?;
            request(Kind::ConfigGet, "", &params)
        }
        "ota-inform" => {
            let params = ObjectWriter::new()
                .string("version", value(values, "version"))
                .finish();
            let id = (draw.sequence % (payload::MAX_ID + 1)).to_string();
            (
                device.topic(Kind::OtaInform, ""),
                ObjectWriter::new()
                    .string("id", &id)
                    .raw("params", &params)
                    .finish()
                    .into_bytes(),
            )
        }
        "ota-progress" => {
            let params = ObjectWriter::new()
                .string("step", value_or(values, "step", "100"))
                .string("desc", value(values, "desc"))
                .finish();
            let id = (draw.sequence % (payload::MAX_ID + 1)).to_string();
            (
                device.topic(Kind::OtaProgress, ""),
                ObjectWriter::new()
                    .string("id", &id)
                    .raw("params", &params)
                    .finish()
                    .into_bytes(),
            )
        }
        "ntp-request" => (
            device.topic(Kind::NtpRequest, ""),
            ObjectWriter::new()
                .string("deviceSendTime", &draw.now.unix.0.to_string())
                .finish()
                .into_bytes(),
        ),
        "shadow-update" => (
            device.topic(Kind::ShadowUpdate, ""),
            checked(values, "payload", "{}")?.into_bytes(),
        ),
        "up-raw" => (
            device.topic(Kind::UpRaw, ""),
            raw_bytes(values).map_err(|finding| vec![*finding])?,
        ),
        "user" => {
            let short = value(values, "short");
            let fits = !short.is_empty()
                && short.split('/').all(|segment| {
                    !segment.is_empty()
                        && segment
                            .bytes()
                            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                });
            if !fits {
                return Err(vec![Finding::error(
                    "BadTopic",
                    Place::form("short"),
                    Text::new(
                        "segments of letters, digits and underscore, no wildcards",
                        "每级由字母、数字和下划线组成，不含通配符",
                    ),
                    "Alibaba topics",
                )]);
            }
            (
                device.topic(Kind::User, short),
                raw_bytes(values).map_err(|finding| vec![*finding])?,
            )
        }
        _ => {
            return Err(vec![Finding::error(
                "UnknownType",
                Place::Message,
                text!(
                    "the device sends no message of kind {kind:?} by itself",
                    "设备不会主动发送类型为 {kind:?} 的消息"
                ),
                "own rule",
            )]);
        }
    })
}

/// A remark for every time in a report that is more than a day ahead.
fn times_ahead(publication: &Publication, draw: &Draw) -> Vec<Finding> {
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
                .is_some_and(|time| time - draw.now.unix.0 > MAX_AHEAD_MS)
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

/// `{"code","data","id"[,"message"],"version"}`, the id as it came.
fn alink_answer(request: &Publication, values: &FormValues) -> Result<Vec<u8>, Box<Finding>> {
    let wrong = |rule: &'static str, place: Place, words: Text| {
        Box::new(Finding::error(rule, place, words, SOURCE))
    };
    let root = json::parse(&request.payload)
        .map_err(|error| wrong("BadJson", Place::Message, error.message()))?;
    let id = root.member("id").ok_or_else(|| {
        wrong(
            "MissingField",
            Place::member("id"),
            Text::new(
                "the request has no id, so no answer can be matched to it",
                "请求中没有 id，无法应答",
            ),
        )
    })?;
    let code: i64 = value_or(values, "code", "200").parse().map_err(|_| {
        wrong(
            "WrongType",
            Place::form("code"),
            Text::new("code is a whole number", "code 应为整数"),
        )
    })?;
    let data = match value(values, "data") {
        "" => "{}",
        typed => typed,
    };
    json::parse(data.as_bytes()).map_err(|error| Box::new(bad_json("data", &error)))?;
    Ok(ObjectWriter::new()
        .integer("code", code)
        .raw("data", data)
        .raw("id", id.raw(&request.payload))
        .string_unless_empty("message", value(values, "message"))
        .string("version", "1.0")
        .finish()
        .into_bytes())
}

/// The answer to a synchronous call or to transparent bytes: what was typed; for a call that is an
/// Alink request and an empty form, an Alink answer.
fn raw_answer(
    kind: Kind,
    request: &Publication,
    values: &FormValues,
) -> Result<Vec<u8>, Box<Finding>> {
    let typed = verbatim(values, "payload");
    let is_call = kind != Kind::DownRaw
        && json::parse(&request.payload).is_ok_and(|root| root.member("id").is_some());
    if typed.is_empty() && is_call {
        return alink_answer(request, values);
    }
    raw_bytes(values)
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
            let key = kind.key();
            text!("{key} {about}", "{key} {about}")
        }
    }
}

/// Compares credentials with what the identity gives, part by part.
fn diagnose(
    identity: &Identity,
    presented: &ConnectRequest<'_>,
    parsed: &MqttClientId<'_>,
    draw: &Draw,
    out: &mut Vec<Finding>,
) {
    let wrong = |name: &'static str, words: Text| {
        Finding::error(
            "WrongCredential",
            Place::Connect(name.into()),
            words,
            CONNECT_SOURCE,
        )
    };
    let device = Device::of(identity);
    let user = presented.user_name.unwrap_or("");
    if user != device.user_name() {
        let swapped = format!("{}&{}", device.product_key, device.device_name);
        out.push(wrong(
            "user name",
            if user == swapped {
                Text::new(
                    "product and device are swapped: {deviceName}&{productKey}",
                    "产品与设备颠倒：应为 {deviceName}&{productKey}",
                )
            } else if user.eq_ignore_ascii_case(&device.user_name()) {
                Text::new("differs in upper and lower case", "用户名大小写不一致")
            } else {
                text!(
                    "user name is {user:?}; {{deviceName}}&{{productKey}} gives {:?}",
                    "用户名为 {user:?}；{{deviceName}}&{{productKey}} 应为 {:?}",
                    device.user_name()
                )
            },
        ));
    }
    let way = parsed.parameter("authType").unwrap_or("secret");
    let Ok(password) = core::str::from_utf8(presented.password.unwrap_or(b"")) else {
        out.push(wrong(
            "password",
            Text::new("the password is not text", "密码不是文本"),
        ));
        return;
    };
    if way == "connwl" {
        if password != verbatim(identity, "device_token").trim() {
            out.push(wrong(
                "password",
                Text::new(
                    "with authType=connwl the password is the deviceToken as it is",
                    "authType=connwl 时密码为 deviceToken 原样",
                ),
            ));
        }
        return;
    }
    let method = match parsed.parameter("signmethod") {
        None => {
            out.push(Finding::warning(
                "signmethod-absent",
                Place::Connect("signmethod".into()),
                Text::new(
                    "no signmethod: the platform takes hmacmd5",
                    "没有 signmethod，平台按 hmacmd5 处理",
                ),
                CONNECT_SOURCE,
            ));
            SignMethod::Md5
        }
        Some(word) => match SignMethod::from_word(word) {
            Some(method) => method,
            None => {
                out.push(wrong(
                    "signmethod",
                    text!(
                        "signmethod is {word}; hmacsha256, hmacsha1 or hmacmd5",
                        "signmethod 为 {word}；应为 hmacsha256、hmacsha1 或 hmacmd5"
                    ),
                ));
                return;
            }
        },
    };
    let dynamic = matches!(way, "register" | "regnwl");
    let secret = if dynamic {
        verbatim(identity, "product_secret").trim()
    } else {
        verbatim(identity, "device_secret").trim()
    };
    let fields = |client_id: &str, time: Option<&str>| {
        let random = parsed.parameter("random").unwrap_or("");
        if dynamic {
            auth::content(&[
                ("deviceName", device.device_name),
                ("productKey", device.product_key),
                ("random", random),
            ])
        } else {
            let mut fields = vec![
                ("clientId", client_id),
                ("deviceName", device.device_name),
                ("productKey", device.product_key),
            ];
            if let Some(time) = time {
                fields.push(("timestamp", time));
            }
            auth::content(&fields)
        }
    };
    let sent_time = parsed.parameter("timestamp");
    let content = fields(parsed.client_id, sent_time);
    let same = |made: &str| made.eq_ignore_ascii_case(password.trim());
    if same(&auth::password(method, secret, &content)) {
        if password.trim() != password {
            out.push(wrong(
                "password",
                Text::new("right, with blanks around it", "计算正确，但前后有空白字符"),
            ));
        }
        return;
    }
    let disagree = |field: &'static str, words: Text| {
        Finding::error(
            "SignatureInputsDisagree",
            Place::Connect(field.into()),
            words,
            CONNECT_SOURCE,
        )
    };
    // Another timestamp was signed than is sent: none at all, or the one of the form.
    let form_time = value(identity, "timestamp");
    let now = draw.now.unix.0.to_string();
    for (signed, shown) in [
        (None, "no timestamp"),
        (Some(form_time), form_time),
        (Some(now.as_str()), now.as_str()),
    ] {
        if signed != sent_time
            && same(&auth::password(
                method,
                secret,
                &fields(parsed.client_id, signed),
            ))
        {
            let sent = sent_time.unwrap_or("none");
            out.push(disagree(
                "timestamp",
                text!(
                    "signed with {shown}, while the client id carries {sent}",
                    "签名使用了 {shown}，而客户端 ID 中的 timestamp 为 {sent}"
                ),
            ));
            return;
        }
    }
    // Another client id was signed: the one of the form, or the one with its bars.
    let form_id = client_id_of(identity);
    for signed in [form_id.as_str(), presented.client_id] {
        if signed != parsed.client_id
            && same(&auth::password(method, secret, &fields(signed, sent_time)))
        {
            out.push(disagree(
                "clientId",
                text!(
                    "signed with the client id {signed:?}, while {:?} is sent",
                    "签名使用的 clientId 为 {signed:?}，而发送的是 {:?}",
                    parsed.client_id
                ),
            ));
            return;
        }
    }
    out.push(wrong(
        "password",
        password_slip(password, method, secret, &content, identity, &device),
    ));
}

/// Which slip gives this password, tried one after the other.
fn password_slip(
    password: &str,
    method: SignMethod,
    secret: &str,
    content: &str,
    identity: &Identity,
    device: &Device<'_>,
) -> Text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD as BASE64;

    use crate::platform::sign::hmac;

    let password = password.trim();
    if password == secret {
        return Text::new(
            "the secret itself; the password is its HMAC",
            "直接使用了密钥；密码应为 HMAC 值",
        );
    }
    for other in SignMethod::ALL {
        if other != method && auth::password(other, secret, content).eq_ignore_ascii_case(password)
        {
            return text!(
                "made with {}, while signmethod says {}",
                "计算使用了 {}，而 signmethod 为 {}",
                other.word(),
                method.word()
            );
        }
        if BASE64.encode(hmac(other.digest(), secret.as_bytes(), content.as_bytes())) == password {
            return Text::new(
                "base64; the platform wants hexadecimal digits",
                "使用了 base64；平台要求十六进制",
            );
        }
        if auth::password(other, content, secret).eq_ignore_ascii_case(password) {
            return Text::new(
                "key and content are swapped: the secret is the key",
                "密钥与内容颠倒：密钥应作为 HMAC 的 key",
            );
        }
        let printed = content.replace(
            &format!("productKey{}", device.product_key),
            &format!("producy{}", device.product_key),
        );
        if auth::password(other, secret, &printed).eq_ignore_ascii_case(password) {
            return Text::new(
                "the content has producy… as some copies of the documents print it; it is \
                 productKey",
                "签名内容中写成了 producy…（部分文档副本的误印），应为 productKey",
            );
        }
    }
    for (key, en, zh) in [
        (
            "product_secret",
            "made with the product's secret; a device logs in with its own",
            "使用了产品密钥；设备登录应使用设备密钥",
        ),
        (
            "device_secret",
            "made with the device's secret; registration is signed with the product's",
            "使用了设备密钥；动态注册应使用产品密钥",
        ),
    ] {
        let other = verbatim(identity, key).trim();
        if !other.is_empty()
            && other != secret
            && auth::password(method, other, content).eq_ignore_ascii_case(password)
        {
            return Text::new(en, zh);
        }
    }
    let wanted = method.digest().len() * 2;
    if password.len() != wanted {
        return text!(
            "{} characters; {} gives {wanted} hexadecimal digits",
            "长度为 {} 个字符；{} 应为 {wanted} 个十六进制字符",
            password.len(),
            method.word()
        );
    }
    Text::new(
        "another secret, or another content was signed; compare with the string to sign",
        "密钥不同，或签名内容不同；请与待签名内容对照",
    )
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
