//! What stands in the payloads: JSON, except in custom streams.

use crate::mqtt::{Field, FieldKind};
use crate::platform::bytes_text::hex_preview;
use crate::platform::json::{self, Node};
use crate::platform::scan::{self, Scan, Wanted};
use crate::platform::spans::{self, Spans, Title};
use crate::platform::text::text;
use crate::platform::{Finding, Outcome, Place, Publication, Sample, Text};

use super::topics::Kind;
use super::{Variant, modbus};

/// What a payload says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// What the message is about: names, a method, a content.
    pub about: String,
    /// The id of a command as text.
    pub id: Option<String>,
    /// Whether the payload is a JSON object.
    pub is_object: bool,
    /// How it went, in an answer.
    pub outcome: Option<Outcome>,
    pub(super) members: Vec<(&'static str, String)>,
    pub(super) samples: Vec<Sample>,
    pub(super) findings: Vec<Finding>,
    pub(super) fields: Vec<Field>,
}

/// Reads the payload of a message. Total.
pub fn read(
    variant: Variant,
    kind: Kind,
    stream: Option<&str>,
    payload: &[u8],
    spans: Spans,
) -> Body {
    if kind.is_stream() {
        return stream_body(stream.unwrap_or(""), payload, spans);
    }
    let title = title(kind);
    let mut out = Body::default();
    let root = match scan::document(title, variant.source(), payload) {
        Ok(root) => root,
        Err(fault) => {
            let (mut finding, field) = *fault;
            if kind.direction() == crate::platform::Direction::Up {
                finding.text = Text::owned(
                    format!("{}; the platform disconnects the device", finding.text.en),
                    format!("{}；平台会断开设备连接", finding.text.zh),
                );
            }
            out.findings.push(finding);
            out.fields = spans.list(|| vec![field]);
            return out;
        }
    };
    let mut scan = Scan::new(payload, variant.source());
    out.is_object = root.is_object();
    if root.is_object() {
        scan.repeated(&root);
        match kind {
            Kind::Attributes | Kind::AttributesPush => attributes(&mut scan, &root, &mut out),
            Kind::AttributesResponse | Kind::EventResponse | Kind::CommandReplyResponse => {
                result(variant, kind, &mut scan, &root, &mut out);
            }
            Kind::AttributesGetResponse => {
                result(variant, kind, &mut scan, &root, &mut out);
                if let Some(values) = root.member("attributes") {
                    if values.is_object() {
                        collect(payload, values, &mut out);
                        out.members
                            .push(("attributes", values.raw(payload).to_owned()));
                    } else {
                        scan.wrong_type(values, "attributes", Wanted::Object);
                    }
                } else if out.outcome.as_ref().is_some_and(|outcome| outcome.success) {
                    scan.missing("attributes");
                }
            }
            Kind::AttributesGet => keys(variant, &mut scan, &root, &mut out),
            Kind::Event | Kind::Command | Kind::CommandReply => {
                call(variant, kind, &mut scan, &root, &mut out);
            }
            Kind::Stream | Kind::StreamSet => {}
        }
    } else {
        scan.wrong_type(&root, "", Wanted::Object);
    }
    out.findings = scan.findings;
    let describe = |path: &str, _: &Node| match path {
        "id" | "method" => Some(spans::Described {
            kind: Some(FieldKind::Identifier),
            reference: variant.source(),
            meaning: Text::default(),
        }),
        _ => None,
    };
    out.fields = spans.list(|| {
        let cover = 0..payload.len();
        let mut fields = vec![spans::json_field(
            title, cover, 0, &root, payload, &describe,
        )];
        spans::pin(&out.findings, &mut fields);
        fields
    });
    out
}

const fn title(kind: Kind) -> Title {
    match kind {
        Kind::Attributes => ("attribute report", "属性上报"),
        Kind::AttributesResponse => ("attribute report result", "属性上报结果"),
        Kind::AttributesGet => ("attribute request", "属性查询"),
        Kind::AttributesGetResponse => ("attribute values", "属性值"),
        Kind::AttributesPush => ("attribute push", "属性下发"),
        Kind::Event => ("event report", "事件上报"),
        Kind::EventResponse => ("event result", "事件上报结果"),
        Kind::Command => ("command", "命令"),
        Kind::CommandReply => ("command answer", "命令回复"),
        Kind::CommandReplyResponse => ("command answer result", "命令回复结果"),
        Kind::Stream | Kind::StreamSet => ("custom stream", "自定义数据流"),
    }
}

fn collect(source: &[u8], values: &Node, out: &mut Body) {
    let mut names = Vec::new();
    for member in values.members() {
        names.push(member.key.as_str());
        let value = member.node.as_number().or_else(|| {
            member
                .node
                .as_str()
                .and_then(|text| text.trim().parse::<f64>().ok())
                .filter(|value| value.is_finite())
        });
        if let Some(value) = value {
            out.samples.push(Sample {
                name: member.key.clone(),
                value,
            });
        }
    }
    let _ = source;
    out.about = names.join(", ").chars().take(80).collect();
}

fn attributes(scan: &mut Scan<'_>, root: &Node, out: &mut Body) {
    collect(scan.source, root, out);
    out.members
        .push(("values", root.raw(scan.source).to_owned()));
    if root.members().is_empty() {
        scan.warn(
            "empty-report",
            root,
            Text::new("no attribute in it", "没有任何属性"),
        );
    }
    placeholders(scan, root);
}

/// `{name}` and `{value1}` in the document's examples stand for the user's own.
fn placeholders(scan: &mut Scan<'_>, object: &Node) {
    for member in object.members() {
        if let Some(text) = member.node.as_str()
            && text.len() > 2
            && text.starts_with('{')
            && text.ends_with('}')
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"{}_".contains(&byte))
        {
            scan.warn(
                "placeholder-left",
                &member.node,
                text!(
                    "{text} is a placeholder of the document",
                    "{text} 是文档中的占位符"
                ),
            );
        }
    }
}

/// The names that a request for values asks for and its answer does not have, and where they would
/// stand in the answer. `None` where nothing is missing, or either cannot be read.
pub(super) fn absent_names(request: &Publication, answer: &Publication) -> Option<(String, Place)> {
    let asked = json::parse(&request.payload).ok()?;
    let answered = json::parse(&answer.payload).ok()?;
    let values = answered
        .member("attributes")
        .filter(|node| node.is_object())?;
    let absent: Vec<&str> = asked
        .member("keys")?
        .items()
        .iter()
        .filter_map(Node::as_str)
        .filter(|name| values.member(name).is_none())
        .collect();
    (!absent.is_empty()).then(|| (absent.join(", "), Place::bytes(&values.range)))
}

fn result(variant: Variant, kind: Kind, scan: &mut Scan<'_>, root: &Node, out: &mut Body) {
    if variant == Variant::Eztcloud {
        scan.unknown_members(root, &["error_code", "error_msg", "ts", "attributes"]);
    }
    if let Some(ts) = root.member("ts") {
        out.members.push(("ts", ts.raw(scan.source).to_owned()));
    }
    let key = match variant {
        Variant::Eztcloud => "error_code",
        Variant::Thingscloud => "result",
    };
    let Some(node) = scan.require(root, key, key) else {
        return;
    };
    let Some(code) = node.as_integer() else {
        scan.wrong_type(node, key, Wanted::WholeNumber);
        return;
    };
    out.members.push((key, code.to_string()));
    let said = root
        .member("error_msg")
        .or_else(|| root.member("message"))
        .map_or("", |node| node.display(scan.source));
    if !said.is_empty() {
        out.members.push(("error_msg", said.to_owned()));
    }
    let success = match variant {
        Variant::Eztcloud => code == 0,
        Variant::Thingscloud => code == 1,
    };
    let too_fast = !success && said.to_lowercase().contains("frequency");
    if too_fast {
        out.members.push(("advice", "rate-limited".to_owned()));
    }
    out.outcome = Some(Outcome {
        success,
        interim: false,
        code: code.to_string(),
        name: said.to_owned(),
        advice: if success && kind == Kind::EventResponse {
            Text::new(
                "received; that does not mean that a rule has run",
                "已接收；不代表规则已执行",
            )
        } else if success {
            Text::new("received", "已接收")
        } else if too_fast {
            Text::new(
                "too fast: the report was dropped; wait, 30 s or more between reports is advised",
                "上报过于频繁，消息被忽略；建议间隔 30 秒以上",
            )
        } else {
            text!("refused: {said}", "被拒绝：{said}")
        },
    });
    out.about = format!("{code} {said}");
}

fn keys(variant: Variant, scan: &mut Scan<'_>, root: &Node, out: &mut Body) {
    let node = match (variant, root.member("keys")) {
        (_, Some(node)) => {
            scan.unknown_members(root, &["keys"]);
            node
        }
        (Variant::Thingscloud, None) => return,
        (Variant::Eztcloud, None) => {
            scan.missing("keys");
            return;
        }
    };
    if !node.is_array() {
        scan.wrong_type(node, "keys", Wanted::Array);
        return;
    }
    let mut names = Vec::new();
    for (index, key) in node.items().iter().enumerate() {
        match key.as_str() {
            Some(name) => names.push(name),
            None => scan.wrong_type(key, &format!("keys[{index}]"), Wanted::String),
        }
    }
    out.about = names.join(", ");
    out.members.push(("keys", node.raw(scan.source).to_owned()));
}

fn call(variant: Variant, kind: Kind, scan: &mut Scan<'_>, root: &Node, out: &mut Body) {
    if let Some(method) = scan.require_string(root, "method", "method") {
        out.about = method.to_owned();
        out.members.push(("method", method.to_owned()));
    }
    match root.member("params") {
        Some(params) => {
            out.members
                .push(("params", params.raw(scan.source).to_owned()));
            if params.is_object() {
                // A command may carry more, and its answer repeats it.
                if kind == Kind::Event {
                    scan.unknown_members(root, &["method", "params", "id"]);
                    placeholders(scan, root);
                    placeholders(scan, params);
                }
            } else {
                scan.wrong_type(params, "params", Wanted::Object);
            }
        }
        // Strict out, tolerant in: an event is the device's own.
        None if kind == Kind::Event => scan.missing("params"),
        None => scan.findings.push(Finding::warning(
            "member-absent",
            Place::member("params"),
            Text::new("params is missing", "缺少字段 params"),
            variant.source(),
        )),
    }
    let id = root.member("id").filter(|node| !node.is_null());
    match id {
        Some(id) => {
            out.id = Some(id.display(scan.source).to_owned());
            out.members.push(("id", id.display(scan.source).to_owned()));
        }
        // ThingsCloud's ids are in the topic.
        None if variant == Variant::Thingscloud => {}
        None if kind == Kind::Command => scan.findings.push(Finding::warning(
            "command-without-id",
            Place::member("id"),
            Text::new(
                "the command has no id: the answer has none either, and may match no command",
                "命令没有 id：应答也不带 id，平台可能无法匹配",
            ),
            variant.source(),
        )),
        None if kind == Kind::CommandReply => scan.findings.push(Finding::warning(
            "reply-without-id",
            Place::member("id"),
            Text::new(
                "the platform matches answers by id; this one has none",
                "平台按 id 匹配应答；此应答没有 id",
            ),
            variant.source(),
        )),
        None => {}
    }
    if kind == Kind::CommandReply {
        out.outcome = Some(Outcome {
            success: true,
            interim: false,
            code: String::new(),
            name: String::new(),
            advice: Text::new("answered", "已回复"),
        });
    }
}

fn stream_body(identifier: &str, payload: &[u8], spans: Spans) -> Body {
    let mut out = Body {
        about: identifier.to_owned(),
        ..Body::default()
    };
    out.members.push(("identifier", identifier.to_owned()));
    if payload.is_empty() {
        return out;
    }
    let looks_like_modbus = identifier.to_lowercase().contains("modbus");
    if let Some(frame) = modbus::decode(payload)
        && (looks_like_modbus || (frame.crc_ok() && core::str::from_utf8(payload).is_err()))
    {
        out.members.push(("crc_ok", frame.crc_ok().to_string()));
        out.members
            .push(("crc_wire", crate::platform::to_hex(&frame.crc_wire)));
        out.members
            .push(("crc_expected", crate::platform::to_hex(&frame.crc_expected)));
        out.members.push(("unit", frame.unit.to_string()));
        out.members.push(("function", frame.function.to_string()));
        let printed: Vec<String> = frame.registers.iter().map(u16::to_string).collect();
        out.members
            .push(("registers", format!("[{}]", printed.join(","))));
        out.samples = frame
            .registers
            .iter()
            .enumerate()
            .map(|(index, value)| Sample {
                name: format!("{identifier}[{index}]"),
                value: f64::from(*value),
            })
            .collect();
        out.findings = frame.findings;
        out.fields = spans.list(|| {
            let mut fields = vec![Field::group("Modbus RTU", 0..payload.len(), frame.fields)];
            spans::pin(&out.findings, &mut fields);
            fields
        });
        return out;
    }
    if let Ok(root) = json::parse(payload)
        && (root.is_object() || root.is_array())
    {
        collect(payload, &root, &mut out);
        out.about = identifier.to_owned();
        out.fields = spans.list(|| {
            vec![spans::json_field(
                ("custom stream", "自定义数据流"),
                0..payload.len(),
                0,
                &root,
                payload,
                &|_, _| None,
            )]
        });
        return out;
    }
    let value = match core::str::from_utf8(payload) {
        Ok(text) => spans::preview(text),
        Err(_) => hex_preview(payload),
    };
    let cover = 0..payload.len();
    out.fields = spans.list(|| {
        let stream = Field::leaf("custom stream", FieldKind::Payload, cover, value);
        vec![stream.named("自定义数据流")]
    });
    out
}
