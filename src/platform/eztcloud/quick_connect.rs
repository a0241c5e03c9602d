//! Quick connect: the interface over HTTPS that tells a device of EZtCloud where to connect. Nothing
//! here sends anything: the request can be copied, and its answer pasted.

use super::Variant;
use super::topics::Topic;
use crate::platform::form::{self, value, value_or, verbatim};
use crate::platform::http::HttpRequest;
use crate::platform::json::{self, Node};
use crate::platform::text::text;
use crate::platform::{
    Calculation, Calculator, Choice, Finding, FormField, FormValues, Place, SigningStep, Text,
};

/// The key of the calculator.
pub(super) const CALCULATOR: &str = "quick-connect";

const SOURCE: &str = "EZtCloud quick connect";

/// The account of the interface that tells a device where to connect.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User name.
    pub user_name: String,
    /// Password.
    pub password: String,
}

/// Reads the answer of the quick-connect interface.
///
/// # Errors
/// When it is not JSON, or a part is missing.
pub fn connection_info(body: &[u8]) -> Result<ConnectionInfo, Box<Finding>> {
    let root = json::parse(body).map_err(|error| {
        Box::new(Finding::error(
            "BadJson",
            Place::Message,
            error.message(),
            SOURCE,
        ))
    })?;
    let missing = |path: &'static str| {
        Box::new(Finding::error(
            "MissingField",
            Place::member(path),
            text!("{path} is missing", "缺少字段 {path}"),
            SOURCE,
        ))
    };
    let part = root.member("mqtt").ok_or_else(|| missing("mqtt"))?;
    let text = |key: &str, path: &'static str| {
        part.member(key)
            .and_then(Node::as_str)
            .map(str::to_owned)
            .ok_or_else(|| missing(path))
    };
    Ok(ConnectionInfo {
        host: text("host", "mqtt.host")?,
        port: part
            .member("port")
            .and_then(Node::as_integer)
            .and_then(|port| u16::try_from(port).ok())
            .ok_or_else(|| missing("mqtt.port"))?,
        user_name: text("username", "mqtt.username")?,
        password: text("password", "mqtt.password")?,
    })
}

/// What a status of the quick-connect interface means.
pub fn quick_connect_status(status: u16) -> Option<Text> {
    Some(match status {
        200 => Text::new("connection data follows", "成功"),
        420 => Text::new("no such project", "项目识别码不存在"),
        436 => Text::new("no such product", "产品识别码不存在"),
        401 => Text::new("no such device", "设备不存在"),
        _ => return None,
    })
}

/// The calculator, as the dialect declares it.
pub(super) fn calculator() -> Calculator {
    Calculator {
        key: CALCULATOR.into(),
        label: Text::new("Quick connect", "快速连接"),
        summary: Text::new(
            "The request that tells a device where to connect, and what its answer says; at most \
             1000 requests per hour and address",
            "查询设备连接信息的请求及其响应；每个 IP 每小时最多 1000 次",
        ),
        of_identity: false,
        fields: fields(),
        presented: vec![
            FormField::text("status", Text::new("HTTP status", "HTTP 状态码")),
            // It holds the password.
            FormField::secret("answer", Text::new("Answer (JSON)", "响应内容（JSON）")),
        ],
    }
}

fn fields() -> Vec<FormField> {
    vec![
        FormField::text("api", Text::new("HTTPS API", "HTTPS API 地址"))
            .required()
            .starting_with("https://{HTTPS API}"),
        FormField::choice(
            "way",
            Text::new("Device", "设备"),
            vec![
                Choice::new("1", Text::new("1: made if it is new", "1：不存在则创建")),
                Choice::new("2", Text::new("2: must be there", "2：须已存在")),
            ],
        ),
        FormField::text(
            "project",
            Text::new("Project (project)", "项目识别码（project）"),
        )
        .required()
        .asked_when("way", &["1"]),
        FormField::text(
            "product",
            Text::new("Product (product)", "产品识别码（product）"),
        )
        .required(),
        FormField::text("sn", Text::new("Serial number (sn)", "设备序列号（sn）")).required(),
    ]
}

/// The request, as far as it is filled in.
pub(super) fn calculate(values: &FormValues) -> Calculation {
    let way = value_or(values, "way", "1");
    let api = value(values, "api").trim_end_matches('/');
    let mut request = HttpRequest::new("GET", format!("{api}/api/connect/{way}/"));
    let names: &[&str] = match way {
        "1" => &["project", "product", "sn"],
        _ => &["product", "sn"],
    };
    for name in names {
        request = request.parameter(name, value(values, name));
    }
    Calculation {
        steps: vec![
            SigningStep::plain(
                Text::new("URL, without authentication", "URL，无需鉴权"),
                request.url.as_str(),
            ),
            SigningStep::plain(Text::new("As a command", "命令行"), request.curl()),
        ],
        findings: form::unanswered(&fields(), values, SOURCE),
    }
}

/// What the answer says: where to connect, and whether its topics are the ones of the document.
pub(super) fn check(presented: &FormValues) -> Vec<Finding> {
    let (status, answer) = (value(presented, "status"), verbatim(presented, "answer"));
    let mut out: Vec<Finding> = status_remark(status).into_iter().collect();
    if answer.trim().is_empty() {
        if status.is_empty() {
            out.push(Finding::info(
                "not-pasted",
                Place::Message,
                Text::new("nothing pasted", "尚未粘贴"),
                "own rule",
            ));
        }
        return out;
    }
    match connection_info(answer.as_bytes()) {
        Ok(info) => {
            let ConnectionInfo {
                host,
                port,
                user_name,
                ..
            } = &info;
            out.push(Finding::info(
                "connection-data",
                Place::member("mqtt"),
                text!(
                    "MQTT at {host}, port {port}, user name {user_name}; its password goes with it",
                    "MQTT 地址 {host}，端口 {port}，用户名 {user_name}；密码见响应"
                ),
                SOURCE,
            ));
            out.extend(topic_remarks(answer, user_name));
        }
        Err(finding) => out.push(*finding),
    }
    out
}

fn status_remark(status: &str) -> Option<Finding> {
    if matches!(status, "" | "200") {
        return None;
    }
    let meaning = status.parse().ok().and_then(quick_connect_status);
    let meaning = meaning.unwrap_or_else(|| {
        Text::new(
            "a status that the document does not list",
            "文档中没有的状态码",
        )
    });
    Some(Finding::error(
        "refused",
        Place::Message,
        Text::owned(
            format!("{status}: {}", meaning.en),
            format!("{status}：{}", meaning.zh),
        ),
        SOURCE,
    ))
}

/// A remark for each topic of the answer that is none of the document's, or of another device.
fn topic_remarks(answer: &str, user_name: &str) -> Vec<Finding> {
    let Ok(root) = json::parse(answer.as_bytes()) else {
        return Vec::new();
    };
    let Some(topics) = root.member("topic") else {
        return Vec::new();
    };
    let remark = |name: &str, node: &Node| {
        let found = node.as_str()?;
        let owner = Topic::parse(Variant::Eztcloud, found).map(|topic| topic.username);
        if owner == Ok(Some(user_name)) {
            return None;
        }
        Some(Finding::warning(
            "topic-does-not-fit",
            Place::Member(format!("topic.{name}").into()),
            text!(
                "{found} is no topic of the document for {user_name}",
                "{found} 不是文档中 {user_name} 的主题"
            ),
            SOURCE,
        ))
    };
    let members = topics.members().iter();
    members
        .filter_map(|member| remark(&member.key, &member.node))
        .collect()
}
