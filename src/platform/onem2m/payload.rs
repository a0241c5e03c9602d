//! The primitives: what stands in the payload of each message, read tolerantly and written
//! strictly. Both halves, device and cloud, read with the same function.

mod compose;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::codes;
use crate::mqtt::{Field, FieldKind};
use crate::platform::bytes_text::hex_preview;
use crate::platform::json::{self, Node};
use crate::platform::scan::{self, Scan, Wanted};
use crate::platform::spans::{self, Described, Spans, Title};
use crate::platform::text::text;
use crate::platform::{Finding, Place, Sample, Text, from_hex};
pub use compose::{Address, Con, Instance, downlink, downlink_reply, register, report, response};

/// `cnf` of text.
pub const CNF_TEXT: i64 = 0;
/// `cnf` of a byte string.
pub const CNF_BYTES: i64 = 42;

/// What a primitive is, told by its topic, and for reports by its resource type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Register request, section 2.3.
    Register,
    /// Register response, section 2.3.
    RegisterResponse,
    /// Single-capability report, section 2.4.1.
    Report,
    /// Event report, section 2.4.2.
    Event,
    /// Response to either report.
    Response,
    /// Data sent down, section 2.5.
    Downlink,
    /// The device's answer, section 2.5.
    DownlinkReply,
}

impl Shape {
    /// The key of the message kind.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::RegisterResponse => "register-response",
            Self::Report => "report",
            Self::Event => "event",
            Self::Response => "response",
            Self::Downlink => "downlink",
            Self::DownlinkReply => "downlink-reply",
        }
    }

    /// The section of the document.
    pub const fn section(self) -> &'static str {
        match self {
            Self::Register | Self::RegisterResponse => "oneM2M §2.3",
            Self::Report => "oneM2M §2.4.1",
            Self::Event => "oneM2M §2.4.2",
            Self::Response => "oneM2M §2.4",
            Self::Downlink | Self::DownlinkReply => "oneM2M §2.5",
        }
    }

    /// Whether the device sends it.
    pub const fn is_up(self) -> bool {
        matches!(
            self,
            Self::Register | Self::Report | Self::Event | Self::DownlinkReply
        )
    }

    /// Whether it answers a request.
    pub const fn is_response(self) -> bool {
        matches!(
            self,
            Self::RegisterResponse | Self::Response | Self::DownlinkReply
        )
    }

    /// What stands for it in the inspector.
    const fn title(self) -> Title {
        match self {
            Self::Register => ("oneM2M register request", "oneM2M 注册请求"),
            Self::RegisterResponse => ("oneM2M register response", "oneM2M 注册响应"),
            Self::Report => ("oneM2M report", "oneM2M 上报"),
            Self::Event => ("oneM2M event", "oneM2M 事件"),
            Self::Response => ("oneM2M response", "oneM2M 响应"),
            Self::Downlink => ("oneM2M notification", "oneM2M 通知"),
            Self::DownlinkReply => ("oneM2M notification answer", "oneM2M 通知应答"),
        }
    }

    /// Members that the document lists for this shape.
    const fn known_members(self) -> &'static [&'static str] {
        match self {
            Self::Register => &["op", "to", "fr", "rqi", "ty", "nm", "pc"],
            Self::Report | Self::Event | Self::Downlink => &["op", "to", "fr", "rqi", "ty", "pc"],
            Self::RegisterResponse | Self::Response => &["rsc", "rqi", "pc", "to", "fr"],
            Self::DownlinkReply => &["rsc", "rqi", "to", "fr"],
        }
    }
}

/// A request identifier: as text for matching, as printed for echoing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId {
    /// The text of the string or number.
    pub text: String,
    /// The JSON value as it came, so that an answer repeats its type.
    pub raw: String,
}

/// What is in `con`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// A string's text, and anything else as printed.
    pub text: String,
    /// Whether it is a JSON string.
    pub is_string: bool,
    /// The bytes that it stands for, when `cnf` is 42 and it decodes.
    pub bytes: Option<Vec<u8>>,
}

/// A primitive, read as far as it goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Primitive {
    /// What it is.
    pub shape: Shape,
    /// Operation: 1 create, 5 notify.
    pub op: Option<i64>,
    /// Address.
    pub to: Option<String>,
    /// Sender.
    pub from: Option<String>,
    /// Request identifier.
    pub rqi: Option<RequestId>,
    /// Resource type.
    pub ty: Option<i64>,
    /// Device name in a registration.
    pub name: Option<String>,
    /// Registration credential.
    pub api: Option<String>,
    /// The name of the container or event: the last segment of `to`, without `@event@`.
    pub resource: Option<String>,
    /// Label.
    pub label: Option<String>,
    /// Format of the content.
    pub cnf: Option<i64>,
    /// The content.
    pub content: Option<Content>,
    /// Response status code.
    pub rsc: Option<i64>,
    /// Resource id assigned by the platform.
    pub ri: Option<String>,
    /// Members that the document does not list, in order.
    pub extra: Vec<String>,
    /// Numbers in the content.
    pub samples: Vec<Sample>,
    /// Remarks.
    pub findings: Vec<Finding>,
    /// Spans over the payload.
    pub fields: Vec<Field>,
}

/// Why a payload is no primitive at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Unreadable {
    /// The remark.
    pub finding: Finding,
    /// Spans up to the fault.
    pub fields: Vec<Field>,
}

/// What a payload on a `req` topic from a device is: an event if it says so, else a report.
pub fn report_or_event(payload: &[u8]) -> Shape {
    let Ok(root) = json::parse(payload) else {
        return Shape::Report;
    };
    let names_event = root.path(&["pc", "m2m:event"]).is_some();
    let names_cin = root.path(&["pc", "m2m:cin"]).is_some();
    let ty = root.member("ty").and_then(Node::as_integer);
    if names_event || (!names_cin && ty == Some(7)) {
        Shape::Event
    } else {
        Shape::Report
    }
}

/// Reads the payload of a message of that shape.
///
/// # Errors
/// When it is not a JSON object; everything else is read as far as it goes, with remarks.
pub fn read(shape: Shape, payload: &[u8], spans: Spans) -> Result<Primitive, Box<Unreadable>> {
    let root = scan::document(shape.title(), shape.section(), payload).map_err(|unreadable| {
        let (finding, field) = *unreadable;
        Box::new(Unreadable {
            finding,
            fields: spans.list(|| vec![field]),
        })
    })?;
    if !root.is_object() {
        return Err(Box::new(Unreadable {
            finding: Finding::error(
                "WrongType",
                Place::bytes(&root.range),
                Wanted::Object.not(&root, ""),
                shape.section(),
            ),
            fields: spans.list(|| {
                vec![spans::json_field(
                    shape.title(),
                    0..payload.len(),
                    0,
                    &root,
                    payload,
                    &|_, _| None,
                )]
            }),
        }));
    }
    let mut reader = Reader {
        scan: Scan::new(payload, shape.section()),
        root: &root,
    };
    let mut primitive = reader.primitive(shape);
    primitive.findings = reader.scan.findings;
    primitive.fields = spans.list(|| {
        let mut fields = vec![spans::json_field(
            shape.title(),
            0..payload.len(),
            0,
            &root,
            payload,
            &|path, node| describe(shape, &primitive, path, node),
        )];
        spans::pin(&primitive.findings, &mut fields);
        fields
    });
    Ok(primitive)
}

/// Reads the members of one primitive, [`Scan`] keeping the remarks.
struct Reader<'a> {
    scan: Scan<'a>,
    root: &'a Node,
}

impl<'a> Reader<'a> {
    fn primitive(&mut self, shape: Shape) -> Primitive {
        self.scan.repeated(self.root);
        let is_response = shape.is_response();
        let rqi = self.request_id();
        self.scan.unknown_members(self.root, shape.known_members());
        let mut out = Primitive {
            shape,
            op: None,
            to: None,
            from: None,
            rqi,
            ty: None,
            name: None,
            api: None,
            resource: None,
            label: None,
            cnf: None,
            content: None,
            rsc: None,
            ri: None,
            extra: self.extra(shape),
            samples: Vec::new(),
            findings: Vec::new(),
            fields: Vec::new(),
        };
        if is_response {
            self.response(shape, &mut out);
        } else {
            self.request(shape, &mut out);
        }
        out
    }

    fn response(&mut self, shape: Shape, out: &mut Primitive) {
        out.rsc = self.integer("rsc", true);
        if let (Some(rsc), Some(node)) = (out.rsc, self.root.member("rsc")) {
            if codes::class(rsc).is_none() {
                self.scan.findings.push(Finding::warning(
                    "rsc-unknown-class",
                    Place::bytes(&node.range),
                    text!(
                        "rsc {rsc} is in no class; classes are 1xxx to 6xxx",
                        "rsc {rsc} 不属于任何类别；类别为 1xxx 至 6xxx"
                    ),
                    "oneM2M table 3-1",
                ));
            } else if codes::lookup(rsc).is_none() {
                self.scan.findings.push(Finding::info(
                    "rsc-not-in-the-table",
                    Place::bytes(&node.range),
                    text!("rsc {rsc} is not in the table", "码表中没有 rsc {rsc}"),
                    "oneM2M table 3-2",
                ));
            }
        }
        out.to = self.optional_string("to");
        out.from = self.optional_string("fr");
        out.resource = out.to.as_deref().and_then(resource_of).map(str::to_owned);
        out.ty = self
            .root
            .member("ty")
            .and_then(|_| self.integer("ty", false));
        out.ri = self
            .root
            .path(&["pc", "ri"])
            .map(|node| node.display(self.scan.source).to_owned());
        if shape == Shape::DownlinkReply {
            return;
        }
        if out.ri.is_none() && out.rsc == Some(2001) {
            self.scan.findings.push(Finding::warning(
                "ri-missing",
                Place::member("pc.ri"),
                Text::new(
                    "the answer names no resource id (pc.ri)",
                    "响应中没有资源 ID（pc.ri）",
                ),
                self.scan.section,
            ));
        }
    }

    fn request(&mut self, shape: Shape, out: &mut Primitive) {
        let strict = shape.is_up();
        out.op = self.integer("op", strict);
        let op = if shape == Shape::Downlink { 5 } else { 1 };
        if let (Some(found), Some(node)) = (out.op, self.root.member("op"))
            && found != op
        {
            self.wrong_value("op-does-not-fit", node, strict, "op", found, op);
        }
        out.to = self.required_string("to");
        out.from = if strict {
            self.required_string("fr")
        } else {
            self.expected_string("fr")
        };
        out.ty = self.integer("ty", strict);
        match shape {
            Shape::Register => self.register(out),
            _ => self.instance(shape, out),
        }
    }

    fn register(&mut self, out: &mut Primitive) {
        if let (Some(found), Some(node)) = (out.ty, self.root.member("ty"))
            && found != 2
        {
            self.wrong_value("ty-does-not-fit", node, true, "ty", found, 2);
        }
        out.name = self.optional_string("nm");
        let Some(ae) = self.required(&["pc", "m2m:ae"], "pc.m2m:ae") else {
            return;
        };
        match ae.member("api") {
            Some(node) => match node.as_str() {
                Some(api) => out.api = Some(api.to_owned()),
                None => self.scan.wrong_type(node, "pc.m2m:ae.api", Wanted::String),
            },
            None => self.scan.missing("pc.m2m:ae.api"),
        }
        match ae.member("rr") {
            Some(node) => match (node.as_bool(), node.as_str()) {
                (Some(true), _) | (_, Some("true")) => {}
                _ => self.scan.findings.push(Finding::warning(
                    "rr-not-true",
                    Place::bytes(&node.range),
                    Text::new("rr is not true", "rr 的值不是 true"),
                    self.scan.section,
                )),
            },
            None => self.scan.missing("pc.m2m:ae.rr"),
        }
    }

    fn instance(&mut self, shape: Shape, out: &mut Primitive) {
        match (shape, out.ty, self.root.member("ty")) {
            (Shape::Downlink, Some(found), Some(node)) if found != 4 => {
                self.scan.findings.push(Finding::warning(
                    "downlink-ty-not-4",
                    Place::bytes(&node.range),
                    text!(
                        "ty is {found}; the document prints 4 for a downlink",
                        "ty 为 {found}；文档规定下行数据的 ty 为 4"
                    ),
                    self.scan.section,
                ));
            }
            (Shape::Report, Some(found), Some(node)) if found != 4 => {
                self.wrong_value("ty-does-not-fit", node, true, "ty", found, 4);
            }
            (Shape::Event, Some(found), Some(node)) if found != 7 => {
                self.wrong_value("ty-does-not-fit", node, true, "ty", found, 7);
            }
            _ => {}
        }
        out.resource = out.to.as_deref().and_then(resource_of).map(str::to_owned);
        if let (Some(to), Some(node)) = (out.to.as_deref(), self.root.member("to")) {
            if out.resource.is_none() {
                let finding = Finding::error(
                    "BadName",
                    Place::bytes(&node.range),
                    text!(
                        "to is {to:?}; the form is /in-cse/{{device}}/{{container or event}}",
                        "to 为 {to:?}；格式应为 /in-cse/{{设备名}}/{{能力或事件名}}"
                    ),
                    self.scan.section,
                );
                self.scan.findings.push(finding);
            } else if shape.is_up() && to.contains("/@event@") {
                self.scan.findings.push(Finding::warning(
                    "event-marker-in-request",
                    Place::bytes(&node.range),
                    Text::new(
                        "the marker @event@ belongs to the platform's answer only",
                        "@event@ 标记只出现在平台的响应中",
                    ),
                    self.scan.section,
                ));
            }
        }
        let (keys, path): (&[&str], &'static str) = match shape {
            Shape::Event => (&["pc", "m2m:event"], "pc.m2m:event"),
            _ => (&["pc", "m2m:cin"], "pc.m2m:cin"),
        };
        // A platform that puts an event into a downlink is understood all the same.
        let tolerated = match shape {
            Shape::Downlink => self.root.path(&["pc", "m2m:event"]),
            _ => None,
        };
        let part = match (self.root.path(keys), tolerated) {
            (Some(part), _) => part,
            (None, Some(event)) => {
                self.scan.findings.push(Finding::warning(
                    "downlink-holds-an-event",
                    Place::bytes(&event.range),
                    Text::new(
                        "m2m:event in a downlink; the document prints m2m:cin",
                        "下行数据使用了 m2m:event；文档规定为 m2m:cin",
                    ),
                    self.scan.section,
                ));
                event
            }
            (None, None) => {
                self.required(keys, path);
                return;
            }
        };
        if !part.is_object() {
            self.scan.wrong_type(part, path, Wanted::Object);
            return;
        }
        self.scan.repeated(part);
        out.label = part
            .member("lbl")
            .map(|node| node.display(self.scan.source).to_owned());
        out.cnf = self.format(part, path);
        self.content(shape, part, path, out);
    }

    fn format(&mut self, part: &'a Node, path: &str) -> Option<i64> {
        let Some(node) = part.member("cnf") else {
            self.scan.missing(format!("{path}.cnf"));
            return None;
        };
        let value = node
            .as_integer()
            .or_else(|| node.as_str().and_then(|text| text.trim().parse().ok()));
        if !matches!(value, Some(CNF_TEXT | CNF_BYTES)) {
            let found = node.display(self.scan.source);
            self.scan.findings.push(Finding::warning(
                "cnf-unknown",
                Place::bytes(&node.range),
                text!(
                    "cnf is {found}; the document knows 0 (text) and 42 (bytes)",
                    "cnf 为 {found}；文档只规定 0（文本）和 42（字节流）"
                ),
                self.scan.section,
            ));
        }
        value
    }

    fn content(&mut self, shape: Shape, part: &'a Node, path: &str, out: &mut Primitive) {
        let Some(node) = part.member("con") else {
            self.scan.missing(format!("{path}.con"));
            return;
        };
        let is_string = node.as_str().is_some();
        if !is_string && shape != Shape::Event {
            self.scan.findings.push(Finding::warning(
                "con-not-a-string",
                Place::bytes(&node.range),
                {
                    let Text { en, zh } = node.type_name();
                    Text::owned(
                        format!("con is a JSON {en}; the document prints a string"),
                        format!("con 是 JSON {zh}；文档中为字符串"),
                    )
                },
                self.scan.section,
            ));
        }
        let text = node.display(self.scan.source).to_owned();
        let bytes = (out.cnf == Some(CNF_BYTES) && is_string)
            .then(|| bytes_of(&text))
            .flatten();
        let name = out.resource.clone().unwrap_or_else(|| "con".to_owned());
        if bytes.is_none() {
            out.samples = samples(&name, node, &text);
        }
        out.content = Some(Content {
            text,
            is_string,
            bytes,
        });
    }

    fn request_id(&mut self) -> Option<RequestId> {
        let Some(node) = self.root.member("rqi") else {
            self.scan.missing("rqi");
            return None;
        };
        let text = node.display(self.scan.source).to_owned();
        if node.as_str().is_some() {
            if text.is_empty() {
                self.scan.findings.push(Finding::warning(
                    "rqi-empty",
                    Place::bytes(&node.range),
                    Text::new("rqi is empty", "rqi 为空"),
                    self.scan.section,
                ));
            }
        } else if matches!(node.value, json::Value::Number(_)) {
            self.scan.findings.push(Finding::warning(
                "rqi-not-a-string",
                Place::bytes(&node.range),
                Text::new(
                    "rqi is a number; the document prints a string",
                    "rqi 是数字；文档中为字符串",
                ),
                self.scan.section,
            ));
        } else {
            self.scan.wrong_type(node, "rqi", Wanted::String);
            return None;
        }
        Some(RequestId {
            text,
            raw: node.raw(self.scan.source).to_owned(),
        })
    }

    /// A whole number; as a string it is read, with a remark. Missing is an error if `strict`,
    /// else a remark: the topic has told already what this is.
    fn integer(&mut self, key: &'static str, strict: bool) -> Option<i64> {
        let Some(node) = self.root.member(key) else {
            if strict {
                self.scan.missing(key);
            } else {
                self.absent(key);
            }
            return None;
        };
        if let Some(value) = node.as_integer() {
            return Some(value);
        }
        match node.as_str().and_then(|text| text.trim().parse().ok()) {
            Some(value) => {
                let rule = match key {
                    "op" => "op-not-a-number",
                    "ty" => "ty-not-a-number",
                    _ => "rsc-not-a-number",
                };
                self.scan.findings.push(Finding::warning(
                    rule,
                    Place::bytes(&node.range),
                    text!(
                        "{key} is a string; the document prints a number",
                        "{key} 是字符串；文档中为数字"
                    ),
                    self.scan.section,
                ));
                Some(value)
            }
            None => {
                self.scan.wrong_type(node, key, Wanted::WholeNumber);
                None
            }
        }
    }

    fn required_string(&mut self, key: &'static str) -> Option<String> {
        match self.root.member(key) {
            Some(node) => self.string_of(node, key),
            None => {
                self.scan.missing(key);
                None
            }
        }
    }

    fn expected_string(&mut self, key: &'static str) -> Option<String> {
        match self.root.member(key) {
            Some(node) => self.string_of(node, key),
            None => {
                self.absent(key);
                None
            }
        }
    }

    fn optional_string(&mut self, key: &'static str) -> Option<String> {
        let node = self.root.member(key)?;
        self.string_of(node, key)
    }

    fn string_of(&mut self, node: &Node, key: &'static str) -> Option<String> {
        match node.as_str() {
            Some(text) => Some(text.to_owned()),
            None => {
                self.scan.wrong_type(node, key, Wanted::String);
                None
            }
        }
    }

    /// The value at `keys`; if it is not there, the remark names the first step that is missing.
    fn required(&mut self, keys: &[&str], path: &'static str) -> Option<&'a Node> {
        let mut node = self.root;
        let mut walked = String::new();
        for key in keys {
            if !walked.is_empty() {
                walked.push('.');
            }
            if !walked.is_empty() && !node.is_object() {
                self.scan.wrong_type(node, "pc", Wanted::Object);
                return None;
            }
            walked.push_str(key);
            match node.member(key) {
                Some(next) => node = next,
                None => {
                    self.scan.missing(walked);
                    return None;
                }
            }
        }
        if node.is_object() {
            Some(node)
        } else {
            self.scan.wrong_type(node, path, Wanted::Object);
            None
        }
    }

    fn absent(&mut self, key: &'static str) {
        self.scan.findings.push(Finding::warning(
            "member-absent",
            Place::member(key),
            text!(
                "{key} is missing; read without it",
                "缺少字段 {key}；仍可读取"
            ),
            self.scan.section,
        ));
    }

    fn wrong_value(
        &mut self,
        rule: &'static str,
        node: &Node,
        strict: bool,
        key: &str,
        found: i64,
        wanted: i64,
    ) {
        let place = Place::bytes(&node.range);
        let words = text!(
            "{key} is {found}, not {wanted}",
            "{key} 为 {found}，应为 {wanted}"
        );
        self.scan.findings.push(if strict {
            Finding::error("OutOfRange", place, words, self.scan.section)
        } else {
            Finding::warning(rule, place, words, self.scan.section)
        });
    }

    fn extra(&self, shape: Shape) -> Vec<String> {
        let known = shape.known_members();
        self.root
            .members()
            .iter()
            .filter(|member| !known.contains(&member.key.as_str()))
            .map(|member| member.key.clone())
            .collect()
    }
}

/// The name of the container or event in an address `/{cse}/{device}/{name}`, marker removed.
pub fn resource_of(to: &str) -> Option<&str> {
    let mut segments = to.strip_prefix('/')?.splitn(3, '/');
    let (_, _) = (segments.next()?, segments.next()?);
    let name = segments.next()?;
    let name = name.strip_prefix("@event@").unwrap_or(name);
    (!name.is_empty()).then_some(name)
}

/// The bytes that a `con` with `cnf` 42 stands for. The document does not say how bytes are put
/// into JSON: base64 is read first, then hexadecimal digits.
pub fn bytes_of(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    BASE64.decode(text).ok().or_else(|| from_hex(text).ok())
}

/// `bytes` the way `con` carries them by default.
pub fn base64_of(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

fn samples(name: &str, node: &Node, text: &str) -> Vec<Sample> {
    let number = |value: &Node| {
        value.as_number().or_else(|| {
            value
                .as_str()
                .and_then(|text| text.trim().parse::<f64>().ok())
                .filter(|value| value.is_finite())
        })
    };
    if let Some(value) = number(node) {
        return vec![Sample {
            name: name.to_owned(),
            value,
        }];
    }
    let inner;
    let object = if node.is_object() {
        node
    } else if text.trim_start().starts_with('{') {
        match json::parse(text.as_bytes()) {
            Ok(parsed) => {
                inner = parsed;
                &inner
            }
            Err(_) => return Vec::new(),
        }
    } else {
        return Vec::new();
    };
    object
        .members()
        .iter()
        .filter_map(|member| {
            Some(Sample {
                name: format!("{name}.{}", member.key),
                value: number(&member.node)?,
            })
        })
        .collect()
}

/// What the inspector says about a member.
fn describe(shape: Shape, primitive: &Primitive, path: &str, node: &Node) -> Option<Described> {
    let mut out = Described {
        reference: shape.section(),
        ..Described::default()
    };
    match path {
        "op" => {
            out.kind = Some(FieldKind::Header);
            out.meaning = match node.as_integer() {
                Some(1) => Text::new("create", "创建"),
                Some(5) => Text::new("notify", "通知"),
                _ => Text::default(),
            };
        }
        "ty" => {
            out.kind = Some(FieldKind::Header);
            out.meaning = match primitive.ty {
                Some(2) => Text::same("AE"),
                Some(4) => Text::same("contentInstance"),
                Some(7) => Text::new("event", "事件"),
                _ => Text::default(),
            };
        }
        "rqi" | "pc.ri" => out.kind = Some(FieldKind::Identifier),
        "rsc" => {
            out.kind = Some(FieldKind::Identifier);
            out.meaning = primitive
                .rsc
                .and_then(codes::lookup)
                .map(|row| Text::owned(row.name, format!("{}：{}", row.name, row.zh)))
                .unwrap_or_default();
        }
        "pc.m2m:cin.cnf" | "pc.m2m:event.cnf" => {
            out.kind = Some(FieldKind::Header);
            out.meaning = match primitive.cnf {
                Some(CNF_TEXT) => Text::new("text", "文本"),
                Some(CNF_BYTES) => Text::new("bytes", "二进制"),
                _ => Text::default(),
            };
        }
        "pc.m2m:cin.con" | "pc.m2m:event.con" => {
            if let Some(bytes) = primitive
                .content
                .as_ref()
                .and_then(|con| con.bytes.as_ref())
            {
                out.kind = Some(FieldKind::Payload);
                out.meaning = Text::same(hex_preview(bytes));
            }
        }
        "pc.m2m:ae.api" => out.kind = Some(FieldKind::Identifier),
        _ if shape.known_members().contains(&path) || path.starts_with("pc") => {}
        _ => out.reference = "",
    }
    Some(out)
}
