//! Alink JSON: requests with `id`, `params`, `method`; answers with `id`, `code`, `data`.

use crate::mqtt::{Field, FieldKind};
use crate::platform::bytes_text::hex_preview;
use crate::platform::json::{self, Node, Value};
use crate::platform::scan::{self, Scan, Wanted};
use crate::platform::spans::{self, Described, Spans, Title};
use crate::platform::text::text;
use crate::platform::{Direction, Finding, Outcome, Place, Sample, Text};

use super::codes;
use super::topics::{Kind, Topic};

pub(super) const SOURCE: &str = "Alink protocol";

/// Largest `id`.
pub const MAX_ID: u64 = 4_294_967_295;

/// What a payload says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// `id` as text.
    pub id: Option<String>,
    /// Whether the sender wants an answer: `sys.ack` is not 0.
    pub wants_answer: bool,
    /// What it is about.
    pub about: String,
    pub(super) outcome: Option<Outcome>,
    pub(super) members: Vec<(&'static str, String)>,
    pub(super) samples: Vec<Sample>,
    pub(super) findings: Vec<Finding>,
    pub(super) fields: Vec<Field>,
}

/// The `method` that belongs to a topic.
pub fn method_of(topic: &Topic<'_>) -> Option<String> {
    let name = topic.name;
    Some(match topic.kind {
        Kind::PropertyPost => "thing.event.property.post".to_owned(),
        Kind::EventPost => format!("thing.event.{name}.post"),
        Kind::PropertySet => "thing.service.property.set".to_owned(),
        Kind::PropertyGet => "thing.service.property.get".to_owned(),
        Kind::Service => format!("thing.service.{name}"),
        Kind::DesiredGet => "thing.property.desired.get".to_owned(),
        Kind::DesiredDelete => "thing.property.desired.delete".to_owned(),
        Kind::TagsUpdate => "thing.deviceinfo.update".to_owned(),
        Kind::TagsDelete => "thing.deviceinfo.delete".to_owned(),
        Kind::ConfigGet => "thing.config.get".to_owned(),
        Kind::ConfigPush => "thing.config.push".to_owned(),
        _ => return None,
    })
}

/// Reads the payload of a message. Total.
pub fn read(topic: &Topic<'_>, direction: Direction, payload: &[u8], spans: Spans) -> Body {
    match topic.kind {
        Kind::Registration => registration(payload, spans),
        Kind::ShadowUpdate | Kind::ShadowGet | Kind::NtpRequest | Kind::NtpResponse => {
            plain_json(topic.kind, payload, spans)
        }
        kind if kind.is_alink() => alink(topic, direction, payload, spans),
        _ => raw(topic.kind, payload, spans),
    }
}

fn describe(path: &str, _node: &Node) -> Option<Described> {
    let kind = match path {
        "id" | "productKey" | "deviceName" | "clientId" => FieldKind::Identifier,
        "method" | "version" | "code" | "sys.ack" => FieldKind::Header,
        "deviceSecret" | "deviceToken" => FieldKind::Secret,
        _ => return None,
    };
    Some(Described {
        kind: Some(kind),
        reference: SOURCE,
        meaning: Text::default(),
    })
}

fn fields_of(title: Title, payload: &[u8], root: &Node, findings: &[Finding]) -> Vec<Field> {
    let mut fields = vec![spans::json_field(
        title,
        0..payload.len(),
        0,
        root,
        payload,
        &describe,
    )];
    spans::pin(findings, &mut fields);
    fields
}

fn alink(topic: &Topic<'_>, direction: Direction, payload: &[u8], spans: Spans) -> Body {
    let response = topic.kind.role(direction) == crate::platform::Role::Response;
    let title = if response {
        ("Alink answer", "Alink 响应")
    } else {
        ("Alink request", "Alink 请求")
    };
    let mut out = Body {
        wants_answer: true,
        ..Body::default()
    };
    let root = match scan::document(title, SOURCE, payload) {
        Ok(root) => root,
        Err(fault) => {
            let (finding, field) = *fault;
            out.findings.push(finding);
            out.fields = spans.list(|| vec![field]);
            return out;
        }
    };
    let mut scan = Scan::new(payload, SOURCE);
    if root.is_object() {
        scan.repeated(&root);
        out.id = id(&mut scan, &root);
        scan.unknown_members(
            &root,
            if response {
                &["id", "code", "data", "message", "method", "version"]
            } else {
                &["id", "version", "sys", "params", "method"]
            },
        );
        if response {
            answer(&mut scan, topic, &root, &mut out);
        } else {
            request(&mut scan, topic, direction, &root, &mut out);
        }
    } else {
        scan.wrong_type(&root, "", Wanted::Object);
    }
    out.findings = scan.findings;
    out.fields = spans.list(|| fields_of(title, payload, &root, &out.findings));
    out
}

fn id(scan: &mut Scan<'_>, root: &Node) -> Option<String> {
    let node = scan.require(root, "id", "id")?;
    let text = node.display(scan.source).to_owned();
    match node.value {
        Value::String(_) => {}
        Value::Number(_) => scan.warn(
            "id-not-a-string",
            node,
            Text::new(
                "id is a number; the documents print a string of digits",
                "id 是数字；文档中为数字字符串",
            ),
        ),
        _ => {
            scan.wrong_type(node, "id", Wanted::String);
            return None;
        }
    }
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than 64 bits hold are out of range too.
    if !digits || !text.parse::<u64>().is_ok_and(|id| id <= MAX_ID) {
        scan.out_of_range(
            node,
            text!(
                "id {text:?} is not a number from 0 to {MAX_ID}",
                "id {text:?} 不是 0 至 {MAX_ID} 的数字"
            ),
        );
    }
    Some(text)
}

fn request(
    scan: &mut Scan<'_>,
    topic: &Topic<'_>,
    direction: Direction,
    root: &Node,
    out: &mut Body,
) {
    let up = direction == Direction::Up;
    if let Some(ack) = root.path(&["sys", "ack"]) {
        match ack.as_integer() {
            Some(0) => out.wants_answer = false,
            Some(1) => {}
            _ => scan.out_of_range(ack, Text::new("sys.ack is 0 or 1", "sys.ack 取值为 0 或 1")),
        }
        out.members.push(("ack", ack.raw(scan.source).to_owned()));
    }
    let has_method = !matches!(
        topic.kind,
        Kind::OtaInform | Kind::OtaProgress | Kind::OtaUpgrade
    );
    match root.member("method") {
        Some(node) => {
            let found = node.display(scan.source).to_owned();
            if let Some(wanted) = method_of(topic)
                && found != wanted
            {
                scan.warn(
                    "method-does-not-fit",
                    node,
                    text!(
                        "method is {found}; this topic wants {wanted}",
                        "method 为 {found}；该主题应为 {wanted}"
                    ),
                );
            }
            out.members.push(("method", found));
        }
        None if up && has_method => scan.missing("method"),
        None => {}
    }
    if has_method && up && root.member("version").is_none() {
        scan.findings.push(Finding::warning(
            "member-absent",
            Place::member("version"),
            Text::new("version is missing; 1.0", "缺少 version（应为 1.0）"),
            SOURCE,
        ));
    }
    let Some(params) = root.member("params") else {
        if topic.kind != Kind::OtaUpgrade {
            scan.missing("params");
        }
        return;
    };
    out.members
        .push(("params", params.raw(scan.source).to_owned()));
    let wants_array = matches!(
        topic.kind,
        Kind::DesiredGet | Kind::TagsUpdate | Kind::TagsDelete | Kind::PropertyGet
    );
    if wants_array != params.is_array() {
        scan.wrong_type(
            params,
            "params",
            if wants_array {
                Wanted::Array
            } else {
                Wanted::Object
            },
        );
        return;
    }
    match topic.kind {
        Kind::PropertyPost => properties(scan, params, out),
        Kind::PropertySet => {
            for member in params.members() {
                sample(scan.source, &member.key, &member.node, out);
            }
            out.about = names(params);
        }
        Kind::EventPost => {
            topic.name.clone_into(&mut out.about);
            if let Some(value) = scan.require(params, "value", "params.value") {
                for member in value.members() {
                    let name = format!("{}.{}", topic.name, member.key);
                    sample(scan.source, &name, &member.node, out);
                }
            }
            if let Some(time) = params.member("time") {
                check_time(scan, time, "params.time");
            }
        }
        Kind::TagsUpdate => tags(scan, params, &["attrKey", "attrValue"]),
        Kind::TagsDelete => tags(scan, params, &["attrKey"]),
        Kind::Service => topic.name.clone_into(&mut out.about),
        _ => out.about = names(params),
    }
}

fn names(node: &Node) -> String {
    let keys: Vec<&str> = node
        .members()
        .iter()
        .map(|member| member.key.as_str())
        .chain(node.items().iter().filter_map(Node::as_str))
        .collect();
    keys.join(", ").chars().take(80).collect()
}

fn sample(source: &[u8], name: &str, node: &Node, out: &mut Body) {
    let value = node.as_number().or_else(|| {
        node.as_str()
            .and_then(|text| text.trim().parse::<f64>().ok())
            .filter(|value| value.is_finite())
    });
    let _ = source;
    if let Some(value) = value {
        out.samples.push(Sample {
            name: name.to_owned(),
            value,
        });
    }
}

fn properties(scan: &mut Scan<'_>, params: &Node, out: &mut Body) {
    for member in params.members() {
        let key = &member.key;
        if !key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
        {
            scan.warn(
                "identifier-charset",
                &member.node,
                text!(
                    "{key:?}: a property's identifier is letters, digits and _, with {{module}}: \
                     before it",
                    "{key:?}：属性标识符由字母、数字和 _ 组成，可带 {{模块}}: 前缀"
                ),
            );
        }
        let timed = member.node.member("value").is_some() && member.node.member("time").is_some();
        let value = match member.node.member("value") {
            Some(value) if timed || member.node.members().len() == 1 => value,
            _ => &member.node,
        };
        sample(scan.source, key, value, out);
        if let Some(time) = member.node.member("time").filter(|_| timed) {
            check_time(scan, time, &format!("params.{key}.time"));
        }
    }
    out.about = names(params);
}

/// UTC milliseconds. Ten digits are seconds of these years; as milliseconds they are of January
/// 1970.
fn check_time(scan: &mut Scan<'_>, time: &Node, path: &str) {
    match time.as_integer() {
        None => scan.wrong_type(time, path, Wanted::Milliseconds),
        Some(seconds) if (1_000_000_000..10_000_000_000).contains(&seconds) => scan.warn(
            "time-in-seconds",
            time,
            text!(
                "{path} is {seconds}, which looks like seconds; it is UTC milliseconds",
                "{path} 为 {seconds}，疑为秒；应为 UTC 毫秒"
            ),
        ),
        Some(_) => {}
    }
}

fn tags(scan: &mut Scan<'_>, params: &Node, wanted: &[&str]) {
    for (index, tag) in params.items().iter().enumerate() {
        for key in wanted {
            scan.require_string(tag, key, &format!("params[{index}].{key}"));
        }
    }
}

fn answer(scan: &mut Scan<'_>, topic: &Topic<'_>, root: &Node, out: &mut Body) {
    if let Some(node) = root.member("method") {
        out.members
            .push(("method", node.display(scan.source).to_owned()));
    }
    let message = root
        .member("message")
        .map(|node| node.display(scan.source).to_owned());
    if let Some(message) = &message {
        out.members.push(("message", message.clone()));
    }
    if let Some(data) = root.member("data") {
        out.members.push(("data", data.raw(scan.source).to_owned()));
        if topic.kind == Kind::DesiredGetReply {
            out.members
                .push(("desired", data.raw(scan.source).to_owned()));
            for member in data.members() {
                if let Some(value) = member.node.member("value") {
                    let name = format!("desired.{}", member.key);
                    sample(scan.source, &name, value, out);
                }
            }
        }
        if topic.kind == Kind::PropertyGetReply {
            for member in data.members() {
                sample(scan.source, &member.key, &member.node, out);
            }
        }
    }
    let Some(node) = scan.require(root, "code", "code") else {
        return;
    };
    let Some(code) = node
        .as_integer()
        .or_else(|| node.as_str().and_then(|text| text.parse().ok()))
    else {
        scan.wrong_type(node, "code", Wanted::WholeNumber);
        return;
    };
    if node.as_str().is_some() {
        scan.warn(
            "code-not-a-number",
            node,
            Text::new(
                "code is a string; the documents print a number",
                "code 是字符串；文档中为数字",
            ),
        );
    }
    out.members.push(("code", code.to_string()));
    out.about = match &message {
        Some(message) => format!("{code} {message}"),
        None => code.to_string(),
    };
    out.outcome = Some(codes::outcome(code, message.as_deref().unwrap_or("")));
}

/// The answer to dynamic registration: a secret, or a token and a client id.
fn registration(payload: &[u8], spans: Spans) -> Body {
    let title = ("dynamic registration", "动态注册");
    let mut out = Body::default();
    let root = match scan::document(title, "dynamic registration", payload) {
        Ok(root) => root,
        Err(fault) => {
            // What cannot be read may still hold a secret: the remark alone is kept.
            out.findings.push(fault.0);
            return out;
        }
    };
    let mut scan = Scan::new(payload, "dynamic registration");
    for key in ["productKey", "deviceName"] {
        if let Some(text) = scan.require_string(&root, key, key) {
            out.members.push((key, text.to_owned()));
        }
    }
    let has = |key: &str| root.member(key).and_then(Node::as_str).is_some();
    if has("deviceSecret") {
        out.members.push(("variant", "register".to_owned()));
        "register".clone_into(&mut out.about);
    } else if has("deviceToken") && has("clientId") {
        out.members.push(("variant", "regnwl".to_owned()));
        if let Some(id) = root.member("clientId").and_then(Node::as_str) {
            out.members.push(("clientId", id.to_owned()));
        }
        "regnwl".clone_into(&mut out.about);
    } else {
        scan.missing("deviceSecret");
    }
    out.findings = scan.findings;
    out.fields = spans.list(|| fields_of(title, payload, &root, &out.findings));
    out
}

fn plain_json(kind: Kind, payload: &[u8], spans: Spans) -> Body {
    let title = match kind {
        Kind::NtpRequest | Kind::NtpResponse => ("NTP", "NTP"),
        _ => ("device shadow", "设备影子"),
    };
    let mut out = Body::default();
    let root = match scan::document(title, SOURCE, payload) {
        Ok(root) => root,
        Err(fault) => {
            let (finding, field) = *fault;
            out.findings.push(finding);
            out.fields = spans.list(|| vec![field]);
            return out;
        }
    };
    let mut scan = Scan::new(payload, SOURCE);
    match kind {
        Kind::NtpRequest | Kind::NtpResponse => {
            if let Some(time) = scan.require(&root, "deviceSendTime", "deviceSendTime") {
                out.id = Some(time.display(payload).to_owned());
            }
            for key in ["serverRecvTime", "serverSendTime"] {
                if kind == Kind::NtpResponse
                    && let Some(time) = scan.require(&root, key, key)
                {
                    let name = if key == "serverRecvTime" {
                        "serverRecvTime"
                    } else {
                        "serverSendTime"
                    };
                    out.members.push((name, time.display(payload).to_owned()));
                }
            }
        }
        _ => {
            if let Some(method) = scan.require_string(&root, "method", "method") {
                method.clone_into(&mut out.about);
                out.members.push(("method", method.to_owned()));
            }
        }
    }
    out.findings = scan.findings;
    out.fields = spans.list(|| fields_of(title, payload, &root, &out.findings));
    out
}

fn raw(kind: Kind, payload: &[u8], spans: Spans) -> Body {
    let mut out = Body::default();
    let title = match kind {
        Kind::UpRaw | Kind::UpRawReply | Kind::DownRaw | Kind::DownRawReply => {
            ("transparent bytes", "透传数据")
        }
        Kind::RrpcRequest | Kind::RrpcResponse | Kind::ExtRrpc => ("RRPC", "RRPC"),
        _ => ("message", "消息"),
    };
    if payload.is_empty() {
        return out;
    }
    if let Ok(root) = json::parse(payload)
        && (root.is_object() || root.is_array())
    {
        // A synchronous service call is an Alink request; its id goes back with the answer.
        if let Some(method) = root.member("method").and_then(Node::as_str) {
            method.clone_into(&mut out.about);
            out.members.push(("method", method.to_owned()));
        }
        if let Some(id) = root.member("id") {
            out.members.push(("id", id.display(payload).to_owned()));
        }
        if let Some(code) = root.member("code").and_then(Node::as_integer)
            && matches!(kind, Kind::RrpcResponse | Kind::ExtRrpc)
        {
            out.outcome = Some(codes::outcome(code, ""));
        }
        out.fields = spans.list(|| fields_of(title, payload, &root, &[]));
        return out;
    }
    let value = match core::str::from_utf8(payload) {
        Ok(text) => spans::preview(text),
        Err(_) => hex_preview(payload),
    };
    out.about = value.chars().take(60).collect();
    let cover = 0..payload.len();
    let (name, chinese) = title;
    out.fields =
        spans.list(|| vec![Field::leaf(name, FieldKind::Payload, cover, value).named(chinese)]);
    out
}
