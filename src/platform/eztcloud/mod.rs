//! EZtCloud, and ThingsCloud as its variant: attributes, events, commands and custom streams, with
//! the user name in every topic (EZtCloud) or the message id (ThingsCloud).

pub mod cloud;
mod forms;
pub mod modbus;
pub mod payload;
mod quick_connect;
pub mod topics;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::mqtt::{ProtocolVersion, QoS};
use crate::platform::cloud::{Cloud, ConnectRequest};
use crate::platform::form::{self, value, value_or, verbatim};
use crate::platform::json::{self, ObjectWriter};
use crate::platform::text::text;
use crate::platform::{
    Calculation, Composed, ConnectPlan, Correlation, Declaration, Dialect, DialectId, Direction,
    Draw, Finding, FormValues, Identity, Place, Publication, Reading, Role, SigningStep, Spans,
    Text, from_hex, rules, workbench,
};
use crate::time::UnixMillis;

use forms::{codes, connect_rules, identity_form, kinds};
pub use quick_connect::{ConnectionInfo, connection_info, quick_connect_status};
use topics::{Kind, Topic};

/// Which platform it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Variant {
    /// EZtCloud.
    Eztcloud,
    /// ThingsCloud.
    Thingscloud,
}

impl Variant {
    /// Where its rules are stated.
    const fn source(self) -> &'static str {
        match self {
            Self::Eztcloud => "EZtCloud MQTT device access",
            Self::Thingscloud => "IoT-ThingsCloud SDKs",
        }
    }

    /// The field of the forms that names a device.
    const fn name_key(self) -> &'static str {
        match self {
            Self::Eztcloud => "username",
            Self::Thingscloud => "access_token",
        }
    }
}

/// The dialect, in one of its variants.
#[derive(Clone, Copy, Debug)]
pub struct Eztcloud {
    variant: Variant,
}

/// EZtCloud.
pub const EZTCLOUD: Eztcloud = Eztcloud {
    variant: Variant::Eztcloud,
};

/// ThingsCloud.
pub const THINGSCLOUD: Eztcloud = Eztcloud {
    variant: Variant::Thingscloud,
};

/// The id that ThingsCloud's own SDK gives to its attribute requests.
const SDK_GET_ID: &str = "1000";

impl Eztcloud {
    const fn source(self) -> &'static str {
        self.variant.source()
    }

    /// The device's name in topics: EZtCloud's user name; ThingsCloud has none there.
    fn username(self, identity: &Identity) -> &str {
        value(identity, self.variant.name_key())
    }

    fn credentials(self, identity: &Identity) -> (&str, &str) {
        match self.variant {
            Variant::Eztcloud => (
                value(identity, "username"),
                verbatim(identity, "password").trim(),
            ),
            Variant::Thingscloud => (
                verbatim(identity, "access_token").trim(),
                verbatim(identity, "project_key").trim(),
            ),
        }
    }
}

impl Dialect for Eztcloud {
    fn declaration(&self) -> Declaration {
        let (id, name, summary) = match self.variant {
            Variant::Eztcloud => (
                "eztcloud",
                Text::same("EZtCloud"),
                Text::new(
                    "attributes, events, commands and custom streams; user name in every topic",
                    "属性、事件、命令与自定义数据流；主题中带用户名",
                ),
            ),
            Variant::Thingscloud => (
                "thingscloud",
                Text::same("ThingsCloud"),
                Text::new(
                    "the same model as EZtCloud on fixed topics, message ids in the topic",
                    "与 EZtCloud 同样的模型，主题固定，消息 ID 在主题中",
                ),
            ),
        };
        Declaration {
            id: DialectId(id.into()),
            name,
            summary,
            identity: identity_form(self.variant),
            connect: connect_rules(self.variant),
            kinds: kinds(self.variant),
            topics: topics::declared(self.variant),
            codes: codes(self.variant),
            calculators: {
                let mut all = workbench::calculators();
                if self.variant == Variant::Eztcloud {
                    all.insert(1, quick_connect::calculator());
                }
                all
            },
        }
    }

    fn tcp_endpoint(&self) -> Option<&'static str> {
        Some("HOST:1883")
    }

    fn connect_plan(&self, identity: &Identity, _draw: &Draw) -> ConnectPlan {
        let (user, password) = self.credentials(identity);
        let mut findings = form::unanswered(&identity_form(self.variant), identity, self.source());
        if self.variant == Variant::Eztcloud && user.contains(['/', '+', '#', '\0']) {
            findings.push(Finding::error(
                "BadName",
                Place::form("username"),
                Text::new(
                    "the user name stands in every topic: no / + #",
                    "用户名会出现在主题中，不能含有 / + #",
                ),
                "own rule",
            ));
        }
        let client_id = match (value(identity, "client_id"), self.variant) {
            ("", Variant::Eztcloud) => user.to_owned(),
            // An access token is a secret, a client id is not.
            ("", Variant::Thingscloud) => "device-console".to_owned(),
            (given, _) => given.to_owned(),
        };
        let step = |label: Text, value: &str, secret| SigningStep {
            label,
            value: value.to_owned(),
            secret,
        };
        let (user_label, password_label) = match self.variant {
            Variant::Eztcloud => (
                Text::new("User name, from the device's page", "用户名（设备详情页）"),
                Text::new("Password, in clear", "密码（明文）"),
            ),
            Variant::Thingscloud => (
                Text::new("User name: AccessToken", "用户名：AccessToken"),
                Text::new("Password: ProjectKey", "密码：ProjectKey"),
            ),
        };
        // A secret that is missing may have been typed over; topics need the name alone.
        let is_named = !user.is_empty() && !findings.iter().any(|it| it.rule == "BadName");
        let subscriptions = if !is_named && self.variant == Variant::Eztcloud {
            Vec::new()
        } else {
            self.subscriptions(identity)
        };
        ConnectPlan {
            url: None,
            sub_protocol: "mqtt".into(),
            version: ProtocolVersion::V3_1_1,
            client_id,
            session_id: None,
            user_name: Some(user.to_owned()),
            password: Some(Bytes::copy_from_slice(password.as_bytes())),
            keep_alive_secs: connect_rules(self.variant).default_keep_alive_secs,
            clean_session: true,
            subscriptions,
            steps: vec![
                step(user_label, user, self.variant == Variant::Thingscloud),
                step(password_label, password, true),
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
        let username = self.username(identity);
        let id = match (value(values, "id"), kind) {
            ("", "attributes-get") => SDK_GET_ID.to_owned(),
            ("", _) => (draw.sequence % 1_000_000 + 1).to_string(),
            (given, _) => given.to_owned(),
        };
        let made = match kind {
            "attributes" => typed_json(self.variant, values, "values")
                .map(|json| (Kind::Attributes, id, json.into_bytes())),
            "attributes-get" => self
                .keys(values)
                .map(|json| (Kind::AttributesGet, id, json.into_bytes())),
            "event" => typed_json(self.variant, values, "params").map(|params| {
                let mut out = ObjectWriter::new()
                    .string("method", value(values, "method"))
                    .raw("params", &params);
                if self.variant == Variant::Eztcloud && !value(values, "id").is_empty() {
                    out = out.raw("id", &typed_id(value(values, "id")));
                }
                (Kind::Event, id, out.finish().into_bytes())
            }),
            "stream" => {
                let identifier = value(values, "identifier");
                if topics::is_identifier(identifier) {
                    raw_payload(values).map(|bytes| (Kind::Stream, identifier.to_owned(), bytes))
                } else {
                    Err(bad_identifier())
                }
            }
            _ => Err(Box::new(Finding::error(
                "UnknownType",
                Place::Message,
                text!(
                    "the device sends no message of kind {kind:?} by itself",
                    "设备不会主动发送类型为 {kind:?} 的消息"
                ),
                "own rule",
            ))),
        };
        match made {
            Ok((kind, id, payload)) => {
                let publication = Publication {
                    topic: topics::render(self.variant, kind, username, &id),
                    payload: payload.into(),
                    qos: form::qos(identity),
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

    fn lint(&self, identity: &Identity, publication: &Publication) -> Vec<Finding> {
        self.skim(identity, Direction::Up, publication).findings
    }

    fn lint_answer(
        &self,
        request: &dyn Fn() -> Option<Publication>,
        answer: &Publication,
        _now: UnixMillis,
    ) -> Vec<Finding> {
        let is_values = Topic::parse(self.variant, &answer.topic)
            .is_ok_and(|topic| topic.kind == Kind::AttributesGetResponse);
        if !is_values {
            return Vec::new();
        }
        let absent = request().and_then(|request| payload::absent_names(&request, answer));
        let finding = absent.map(|(names, place)| {
            Finding::info(
                "asked-name-absent",
                place,
                text!(
                    "asked for and not in the answer: {names}",
                    "已请求但响应中没有：{names}"
                ),
                self.source(),
            )
        });
        finding.into_iter().collect()
    }

    fn lint_subscription(&self, identity: &Identity, filter: &str, _qos: QoS) -> Vec<Finding> {
        let username = self.username(identity);
        let known = topics::declared(self.variant).into_iter().any(|topic| {
            let mut values = FormValues::new();
            if self.variant == Variant::Eztcloud {
                values.insert("username".to_owned(), username.to_owned());
            }
            topic.filter(&[&values]) == filter || fits_filter(&topic.filter(&[&values]), filter)
        });
        if known {
            return Vec::new();
        }
        vec![Finding::warning(
            "unsupported-topic",
            Place::Topic,
            Text::new(
                "not a topic of the document: subscribing to it may get the account restricted",
                "不在文档主题列表中：订阅不支持的主题可能导致账号的 MQTT 接入受限",
            ),
            match self.variant {
                Variant::Eztcloud => "EZtCloud DTU page",
                Variant::Thingscloud => self.source(),
            },
        )]
    }

    fn read_with(
        &self,
        identity: &Identity,
        direction: Direction,
        publication: &Publication,
        spans: Spans,
    ) -> Reading {
        let topic = match Topic::parse(self.variant, &publication.topic) {
            Ok(topic) => topic,
            Err(why) => {
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
                    text!("{why}", "不是本平台的主题"),
                    self.source(),
                ));
                return out;
            }
        };
        let body = payload::read(
            self.variant,
            topic.kind,
            topic.id,
            &publication.payload,
            spans,
        );
        let mut out = self.reading(&topic, body);
        let username = self.username(identity);
        if let Some(owner) = topic.username
            && owner != username
        {
            out.findings.push(Finding::error(
                "ForeignTopic",
                Place::Topic,
                text!(
                    "the topic belongs to {owner}, not to {username}",
                    "主题属于 {owner}，不是本设备 {username}"
                ),
                self.source(),
            ));
        }
        if topic.kind.direction() != direction {
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
                self.source(),
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
        let refused = |finding: Finding| Composed::refused(vec![finding]);
        let topic = match Topic::parse(self.variant, &request.topic) {
            Ok(topic) if topic.kind == Kind::Command => topic,
            _ => {
                return refused(Finding::error(
                    "BadTopic",
                    Place::Topic,
                    Text::new("only a command is answered", "只有命令可以回复"),
                    self.source(),
                ));
            }
        };
        let root = match json::parse(&request.payload) {
            Ok(root) if root.is_object() => root,
            Ok(_) => {
                return refused(Finding::error(
                    "WrongType",
                    Place::Message,
                    Text::new("the command is no JSON object", "命令不是 JSON 对象"),
                    self.source(),
                ));
            }
            Err(error) => {
                return refused(Finding::error(
                    "BadJson",
                    Place::Message,
                    error.message(),
                    self.source(),
                ));
            }
        };
        let typed = value(values, "params");
        if !typed.is_empty()
            && let Err(error) = json::parse(typed.as_bytes())
        {
            return refused(Finding::error(
                "BadJson",
                Place::form("params"),
                error.message(),
                self.source(),
            ));
        }
        // "Exactly the same as the command": every member as it came, only params may differ.
        let mut out = ObjectWriter::new();
        let mut has_params = false;
        for member in root.members() {
            let is_params = member.key == "params";
            has_params |= is_params;
            let raw = if is_params && !typed.is_empty() {
                typed
            } else {
                member.node.raw(&request.payload)
            };
            out = out.raw(&member.key, raw);
        }
        if !has_params && !typed.is_empty() {
            out = out.raw("params", typed);
        }
        let publication = Publication {
            topic: topics::render(
                self.variant,
                Kind::CommandReply,
                topic.username.unwrap_or_else(|| self.username(identity)),
                topic.id.unwrap_or(""),
            ),
            payload: out.finish().into(),
            qos: form::qos(identity),
            retain: false,
        };
        let findings = self.lint(identity, &publication);
        Composed {
            publication: Some(publication),
            findings,
        }
    }

    fn diagnose(
        &self,
        identity: &Identity,
        presented: &ConnectRequest<'_>,
        _draw: &Draw,
    ) -> Vec<Finding> {
        let (user, password) = self.credentials(identity);
        let found_user = presented.user_name.unwrap_or("");
        let found = presented.password.unwrap_or(b"");
        let wrong = |name: &'static str, words: Text| {
            Finding::error(
                "WrongCredential",
                Place::Connect(name.into()),
                words,
                self.source(),
            )
        };
        let mut out = rules::lint_connect(&connect_rules(self.variant), presented, self.source());
        if found_user.as_bytes() == password.as_bytes()
            && found == user.as_bytes()
            && user != password
        {
            out.push(wrong(
                "user name",
                match self.variant {
                    Variant::Eztcloud => {
                        Text::new("user name and password are swapped", "用户名与密码填反")
                    }
                    Variant::Thingscloud => Text::new(
                        "AccessToken and ProjectKey are swapped",
                        "AccessToken 与 ProjectKey 填反",
                    ),
                },
            ));
            return out;
        }
        if found_user != user {
            out.push(wrong(
                "user name",
                if found_user.trim() == user {
                    Text::new("blanks around the user name", "用户名前后有空白字符")
                } else if self.variant == Variant::Thingscloud {
                    Text::new(
                        "not the AccessToken of the form",
                        "与表单中的 AccessToken 不一致",
                    )
                } else {
                    Text::new(
                        "not the user name of the form; projectKey and projectSecret belong to \
                         the application side",
                        "用户名与表单不一致；projectKey 与 projectSecret 属于应用侧，不能用于设备",
                    )
                },
            ));
        }
        if found != password.as_bytes() {
            out.push(wrong(
                "password",
                if found.trim_ascii() == password.as_bytes() {
                    Text::new("blanks around the password", "密码前后有空白字符")
                } else if found.eq_ignore_ascii_case(password.as_bytes()) {
                    Text::new("differs in upper and lower case", "密码大小写不一致")
                } else {
                    match self.variant {
                        Variant::Eztcloud => {
                            Text::new("not the password of the form", "密码与表单不一致")
                        }
                        Variant::Thingscloud => Text::new(
                            "not the ProjectKey of the form",
                            "与表单中的 ProjectKey 不一致",
                        ),
                    }
                },
            ));
        }
        out
    }

    fn calculate(&self, calculator: &str, values: &FormValues, draw: &Draw) -> Calculation {
        if calculator == quick_connect::CALCULATOR && self.variant == Variant::Eztcloud {
            quick_connect::calculate(values)
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
        if calculator == quick_connect::CALCULATOR && self.variant == Variant::Eztcloud {
            quick_connect::check(presented)
        } else {
            workbench::check(self, calculator, values, presented, draw)
        }
    }

    fn report_forms(&self, readings: &[crate::platform::Named]) -> Vec<(&'static str, FormValues)> {
        crate::platform::members_form("attributes", "values", readings)
    }

    fn cloud(&self) -> Box<dyn Cloud> {
        Box::new(cloud::EztcloudCloud::new(self.variant))
    }
}

impl Eztcloud {
    fn subscriptions(self, identity: &Identity) -> Vec<(String, QoS)> {
        let username = self.username(identity);
        let qos = form::qos(identity);
        let mut kinds = vec![
            Kind::AttributesPush,
            Kind::Command,
            Kind::AttributesGetResponse,
            Kind::AttributesResponse,
            Kind::EventResponse,
        ];
        if self.variant == Variant::Thingscloud {
            kinds.push(Kind::CommandReplyResponse);
        }
        let mut out: Vec<(String, QoS)> = kinds
            .into_iter()
            .map(|kind| (topics::render(self.variant, kind, username, "+"), qos))
            .collect();
        for identifier in form::names(value(identity, "streams")) {
            if topics::is_identifier(identifier) {
                out.push((
                    topics::render(self.variant, Kind::StreamSet, username, identifier),
                    qos,
                ));
            }
        }
        out
    }

    fn keys(self, values: &FormValues) -> Result<String, Box<Finding>> {
        let typed = value(values, "keys");
        let keys: Vec<String> = if typed.starts_with('[') {
            let root = json::parse(typed.as_bytes()).map_err(|error| {
                Box::new(Finding::error(
                    "BadJson",
                    Place::form("keys"),
                    error.message(),
                    self.source(),
                ))
            })?;
            root.items()
                .iter()
                .map(|key| json::quote(key.display(typed.as_bytes())))
                .collect()
        } else {
            form::names(typed).map(json::quote).collect()
        };
        if keys.is_empty() && self.variant == Variant::Thingscloud {
            return Ok("{}".to_owned());
        }
        Ok(ObjectWriter::new()
            .raw("keys", &format!("[{}]", keys.join(",")))
            .finish())
    }

    fn reading(self, topic: &Topic<'_>, body: payload::Body) -> Reading {
        let kind = topic.kind;
        let role = if kind.is_answer() {
            Role::Response
        } else if kind.answer().is_some() {
            Role::Request
        } else {
            Role::OneWay
        };
        let about = body.about;
        let mut out = Reading::new(Some(kind.key()), summary(kind, &about), role);
        let family = match kind {
            Kind::Attributes | Kind::AttributesResponse => Some("attributes"),
            Kind::AttributesGet | Kind::AttributesGetResponse => Some("attributes-get"),
            Kind::Event | Kind::EventResponse => Some("event"),
            Kind::Command | Kind::CommandReply => Some("command"),
            _ => None,
        };
        // ThingsCloud's ids stand in the topic; a command's id otherwise in its payload. Where
        // there is none, the oldest open request is assumed.
        let id = match (self.variant, kind) {
            (Variant::Thingscloud, _) => topic.id.map(str::to_owned),
            (Variant::Eztcloud, Kind::Command | Kind::CommandReply) => body.id,
            _ => None,
        };
        out.correlation = family.map(|family| Correlation {
            family: family.into(),
            id: id.clone(),
        });
        out.answerable = kind == Kind::Command && body.is_object;
        if let (Some(id), Variant::Thingscloud) = (topic.id, self.variant)
            && !kind.is_stream()
        {
            out.name_member("id", id);
        }
        if kind == Kind::Command {
            out.name_member(
                "reply_topic",
                topics::render(
                    self.variant,
                    Kind::CommandReply,
                    topic.username.unwrap_or(""),
                    topic.id.unwrap_or(""),
                ),
            );
        }
        for (key, value) in body.members {
            out.name_member(key, value);
        }
        out.outcome = body.outcome;
        out.samples = body.samples;
        out.findings = body.findings;
        out.fields = body.fields;
        out
    }
}

/// Whether a filter is one that a template's filter allows: the same, `+` in its place.
fn fits_filter(template: &str, filter: &str) -> bool {
    let (mut wanted, mut found) = (template.split('/'), filter.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some(wanted), Some(found)) if wanted == "+" || wanted == found => {}
            _ => return false,
        }
    }
}

fn bad_identifier() -> Box<Finding> {
    Box::new(Finding::error(
        "BadName",
        Place::form("identifier"),
        Text::new(
            "an identifier is made of letters, digits, _ and -",
            "标识符由字母、数字、_ 和 - 组成",
        ),
        "EZtCloud custom streams",
    ))
}

/// An id as typed: a number stays a number.
fn typed_id(typed: &str) -> String {
    match json::parse(typed.as_bytes()) {
        Ok(node) if node.as_number().is_some() => typed.to_owned(),
        _ => json::quote(typed),
    }
}

fn typed_json(
    variant: Variant,
    values: &FormValues,
    key: &'static str,
) -> Result<String, Box<Finding>> {
    let typed = value_or(values, key, "{}");
    match json::parse(typed.as_bytes()) {
        Ok(_) => Ok(typed.to_owned()),
        Err(error) => Err(Box::new(Finding::error(
            "BadJson",
            Place::form(key),
            error.message(),
            variant.source(),
        ))),
    }
}

fn raw_payload(values: &FormValues) -> Result<Vec<u8>, Box<Finding>> {
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

fn summary(kind: Kind, about: &str) -> Text {
    match kind {
        Kind::Attributes => text!("report {about}", "上报属性 {about}"),
        Kind::AttributesResponse => text!("report: {about}", "上报响应：{about}"),
        Kind::AttributesGet => {
            if about.is_empty() {
                Text::new("ask for all", "获取全部属性")
            } else {
                text!("ask for {about}", "获取属性 {about}")
            }
        }
        Kind::AttributesGetResponse => text!("cloud values {about}", "云端属性 {about}"),
        Kind::AttributesPush => text!("cloud sets {about}", "云端下发属性 {about}"),
        Kind::Event => text!("event {about}", "事件 {about}"),
        Kind::EventResponse => text!("event: {about}", "事件响应：{about}"),
        Kind::Command => text!("command {about}", "命令 {about}"),
        Kind::CommandReply => text!("command answer {about}", "命令回复 {about}"),
        Kind::CommandReplyResponse => text!("answer: {about}", "命令回复的响应：{about}"),
        Kind::Stream => text!("stream {about}", "自定义数据 {about}"),
        Kind::StreamSet => text!("stream {about}, downwards", "下发自定义数据 {about}"),
    }
}
