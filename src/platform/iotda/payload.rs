//! What stands in the payloads, read tolerantly.

use crate::mqtt::{Field, FieldKind};
use crate::platform::bytes_text::hex_preview;
use crate::platform::calendar::DateTime;
use crate::platform::json::{self, Node, ObjectWriter};
use crate::platform::scan::{self, Scan, Wanted};
use crate::platform::spans::{self, Described, Spans, Title};
use crate::platform::text::text;
use crate::platform::{Correlation, Finding, Outcome, Place, Role, Sample, Text};
use crate::time::UnixMillis;

use super::topics::Kind;

/// Most devices in one gateway report.
pub const MAX_DEVICES: usize = 100;
/// Largest body of a property set, in bytes.
pub const MAX_PROPERTY_SET: usize = 256 * 1024;

const SOURCE: &str = "IoTDA device-side topics";

/// What a payload says.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    pub(super) summary: Text,
    pub(super) role: Role,
    pub(super) correlation: Option<Correlation>,
    pub(super) outcome: Option<Outcome>,
    pub(super) members: Vec<(std::borrow::Cow<'static, str>, String)>,
    pub(super) samples: Vec<Sample>,
    pub(super) findings: Vec<Finding>,
    pub(super) fields: Vec<Field>,
}

impl Body {
    fn new(summary: Text) -> Self {
        Self {
            summary,
            role: Role::OneWay,
            correlation: None,
            outcome: None,
            members: Vec::new(),
            samples: Vec::new(),
            findings: Vec::new(),
            fields: Vec::new(),
        }
    }

    fn name(&mut self, key: &'static str, value: impl Into<String>) {
        self.members.push((key.into(), value.into()));
    }

    /// A payload that the topic says is compressed: bytes, for the console.
    pub(super) fn compressed(payload: &[u8], spans: Spans) -> Self {
        let mut out = Self::new(text!(
            "compressed, {} bytes",
            "已压缩，{} 字节",
            payload.len()
        ));
        if !payload.starts_with(&[0x1f, 0x8b]) {
            out.findings.push(Finding::warning(
                "not-gzip",
                Place::Payload {
                    start: 0,
                    end: payload.len().min(2),
                },
                Text::new(
                    "the topic says gzip; the payload does not start with 1f 8b",
                    "主题声明为 gzip，但载荷不以 1f 8b 开头",
                ),
                SOURCE,
            ));
        }
        out.fields = spans.list(|| raw_fields(("gzip", "gzip 数据"), payload));
        out
    }
}

fn fields_of(title: Title, payload: &[u8], root: &Node, findings: &[Finding]) -> Vec<Field> {
    let cover = 0..payload.len();
    let mut fields = vec![spans::json_field(title, cover, 0, root, payload, &describe)];
    spans::pin(findings, &mut fields);
    fields
}

/// Spans over bytes of no known form; JSON is shown as JSON.
pub(super) fn raw_fields(title: Title, payload: &[u8]) -> Vec<Field> {
    if payload.is_empty() {
        return Vec::new();
    }
    if let Ok(root) = json::parse(payload)
        && (root.is_object() || root.is_array())
    {
        return vec![spans::json_field(
            title,
            0..payload.len(),
            0,
            &root,
            payload,
            &|_, _| None,
        )];
    }
    let value = match core::str::from_utf8(payload) {
        Ok(text) => spans::preview(text),
        Err(_) => hex_preview(payload),
    };
    let (name, chinese) = title;
    vec![Field::leaf(name, FieldKind::Payload, 0..payload.len(), value).named(chinese)]
}

/// What the platform makes of an `event_time`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventTime {
    /// Taken as it is.
    Taken,
    /// Bad or missing: the platform uses its own.
    Replaced,
}

/// Judges an `event_time`: `yyyyMMdd'T'HHmmss'Z'` or `yyyy-MM-dd'T'HH:mm:ss.SSS'Z'`.
pub fn event_time(text: Option<&str>) -> EventTime {
    match text {
        Some(text)
            if DateTime::parse_compact(text).is_some()
                || DateTime::parse_iso_millis(text).is_some() =>
        {
            EventTime::Taken
        }
        _ => EventTime::Replaced,
    }
}

/// The state of a message that an application sent to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageStatus {
    /// Kept until the device comes.
    Pending,
    /// Not delivered within a day.
    Timeout,
    /// Handed to the device.
    Delivered,
    /// Could not be handed over.
    Failed,
}

impl MessageStatus {
    /// The word in the push to the application.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Timeout => "TIMEOUT",
            Self::Delivered => "DELIVERED",
            Self::Failed => "FAILED",
        }
    }

    /// The status of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Pending, Self::Timeout, Self::Delivered, Self::Failed]
            .into_iter()
            .find(|status| status.word() == word)
    }

    /// The document's name, and what it means.
    pub const fn label(self) -> Text {
        match self {
            Self::Pending => Text::new("waiting for the device", "等待"),
            Self::Timeout => Text::new("not delivered within a day", "超时"),
            Self::Delivered => Text::new("handed to the device", "已送达"),
            Self::Failed => Text::new("could not be handed over", "失败"),
        }
    }
}

/// The device's clock by time synchronisation, in milliseconds since 1970: half of what the
/// server's two times and the device's own add up to.
pub fn synchronised_time(
    device_send: i64,
    server_receive: i64,
    server_send: i64,
    device_receive: i64,
) -> f64 {
    let sum = i128::from(server_receive) + i128::from(server_send) + i128::from(device_receive)
        - i128::from(device_send);
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds are far below 2^53"
    )]
    let half = sum as f64 / 2.0;
    half
}

/// How far the platform's clock is ahead of the device's, in milliseconds, by the answer to time
/// synchronisation in this payload that arrived at `now`. `None` if there is none in it.
pub(super) fn clock_difference(payload: &[u8], now: UnixMillis) -> Option<f64> {
    let root = json::parse(payload).ok()?;
    let services = root.member("services")?.items().iter();
    let mut answers = services.filter(|service| {
        service.member("event_type").and_then(Node::as_str) == Some("time_sync_response")
    });
    let paras = answers.next()?.member("paras")?;
    // Times are printed as numbers; as text they are read too.
    let time =
        |key: &str| -> Option<i64> { paras.member(key)?.display(payload).trim().parse().ok() };
    let synchronised = synchronised_time(
        time("device_send_time")?,
        time("server_recv_time")?,
        time("server_send_time")?,
        now.0,
    );
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds are far below 2^53"
    )]
    let received = now.0 as f64;
    Some(synchronised - received)
}

/// The event that asks for time synchronisation.
pub fn time_sync_request(now: UnixMillis) -> String {
    let paras = ObjectWriter::new()
        .integer("device_send_time", now.0)
        .finish();
    let service = ObjectWriter::new()
        .string("service_id", "$time_sync")
        .string("event_type", "time_sync_request")
        .string("event_time", &DateTime::at(now, 0).compact())
        .raw("paras", &paras)
        .finish();
    ObjectWriter::new()
        .raw("services", &format!("[{service}]"))
        .finish()
}

/// The `services` of the answer to a property read, out of `{"service":{"property":value}}`.
///
/// # Errors
/// When the state is not such an object.
pub fn state_services(state: &str, wanted: Option<&str>) -> Result<String, Box<Finding>> {
    let typed = if state.trim().is_empty() { "{}" } else { state };
    let wrong = |rule: &'static str, words: Text| {
        Box::new(Finding::error(rule, Place::form("state"), words, SOURCE))
    };
    let root = json::parse(typed.as_bytes()).map_err(|error| wrong("BadJson", error.message()))?;
    if !root.is_object()
        || root
            .members()
            .iter()
            .any(|service| !service.node.is_object())
    {
        return Err(wrong(
            "WrongType",
            Text::new(
                "the state is an object of services, each an object of properties",
                "状态应为 {\"服务\":{\"属性\":值}} 形式的对象",
            ),
        ));
    }
    let services: Vec<String> = root
        .members()
        .iter()
        .filter(|service| wanted.is_none_or(|wanted| wanted == service.key))
        .map(|service| {
            ObjectWriter::new()
                .string("service_id", &service.key)
                .raw("properties", service.node.raw(typed.as_bytes()))
                .finish()
        })
        .collect();
    Ok(format!("[{}]", services.join(",")))
}

/// Reads the payload of a message on a system topic. Total.
pub fn read(kind: Kind, payload: &[u8], spans: Spans) -> Body {
    if matches!(kind, Kind::MessageUp | Kind::MessageDown) {
        return message(kind, payload, spans);
    }
    let title = title(kind);
    if payload.is_empty() && kind == Kind::PropertyGet {
        return Body::new(Text::new("read all properties", "查询全部属性"));
    }
    let root = match scan::document(title, SOURCE, payload) {
        Ok(root) => root,
        Err(fault) => {
            let (finding, field) = *fault;
            let (en, zh) = title;
            let mut out = Body::new(text!("{en} that cannot be read", "无法解析的 {zh}"));
            out.findings.push(finding);
            out.fields = spans.list(|| vec![field]);
            return out;
        }
    };
    let mut out = Body::new(Text::default());
    let mut scan = Scan::new(payload, SOURCE);
    if root.is_object() {
        scan.repeated(&root);
        if let Some(id) = scan.optional_string(&root, "object_device_id", "object_device_id") {
            out.name("object_device_id", id);
        }
        match kind {
            Kind::Report | Kind::PropertyGetResponse | Kind::PropertySet => {
                services(&mut scan, &root, "services", "", &mut out);
            }
            Kind::GatewayReport => gateway(&mut scan, &root, &mut out),
            Kind::Command => command(&mut scan, &root, &mut out),
            Kind::CommandResponse | Kind::PropertySetResponse => {
                result(&mut scan, &root, &mut out);
            }
            Kind::PropertyGet | Kind::ShadowGet => {
                if let Some(id) = scan.optional_string(&root, "service_id", "service_id") {
                    out.name("service_id", id);
                }
            }
            Kind::Shadow => shadow(&mut scan, &root, &mut out),
            Kind::EventUp | Kind::EventDown => events(&mut scan, &root, &mut out),
            Kind::MessageUp | Kind::MessageDown => {}
        }
        scan.unknown_members(&root, known_members(kind));
    } else {
        scan.wrong_type(&root, "", Wanted::Object);
    }
    if kind == Kind::PropertySet && payload.len() > MAX_PROPERTY_SET {
        scan.findings.push(Finding::warning(
            "property-set-size",
            Place::Message,
            property_set_size(payload.len()),
            "IoTDA property set",
        ));
    }
    out.findings = scan.findings;
    out.summary = summary(kind, &out);
    out.fields = spans.list(|| fields_of(title, payload, &root, &out.findings));
    out
}

/// What is said of a property set that is larger than the platform takes of an application.
pub(super) fn property_set_size(size: usize) -> Text {
    text!(
        "{size} bytes; a property set has at most {MAX_PROPERTY_SET} (256 KB)",
        "{size} 字节；属性设置最大 {MAX_PROPERTY_SET} 字节（256 KB）"
    )
}

/// The name of a message, which its span has.
const fn title(kind: Kind) -> Title {
    match kind {
        Kind::MessageUp | Kind::MessageDown => ("IoTDA message", "IoTDA 消息"),
        Kind::Report => ("IoTDA property report", "IoTDA 属性上报"),
        Kind::GatewayReport => ("IoTDA gateway report", "IoTDA 网关批量属性上报"),
        Kind::PropertySet => ("IoTDA property set", "IoTDA 属性设置"),
        Kind::PropertySetResponse => ("IoTDA property set answer", "IoTDA 属性设置响应"),
        Kind::PropertyGet => ("IoTDA property read", "IoTDA 属性查询"),
        Kind::PropertyGetResponse => ("IoTDA property read answer", "IoTDA 属性查询响应"),
        Kind::Command => ("IoTDA command", "IoTDA 命令"),
        Kind::CommandResponse => ("IoTDA command answer", "IoTDA 命令响应"),
        Kind::ShadowGet => ("IoTDA shadow request", "IoTDA 影子查询"),
        Kind::Shadow => ("IoTDA shadow", "IoTDA 影子"),
        Kind::EventUp | Kind::EventDown => ("IoTDA event", "IoTDA 事件"),
    }
}

const fn known_members(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Report | Kind::PropertyGetResponse => &["services"],
        Kind::GatewayReport => &["devices"],
        Kind::PropertySet | Kind::EventUp | Kind::EventDown => &["object_device_id", "services"],
        Kind::PropertySetResponse => &["result_code", "result_desc"],
        Kind::PropertyGet | Kind::ShadowGet => &["object_device_id", "service_id"],
        Kind::Command => &["object_device_id", "service_id", "command_name", "paras"],
        Kind::CommandResponse => &["result_code", "response_name", "paras"],
        Kind::Shadow => &["object_device_id", "shadow"],
        Kind::MessageUp | Kind::MessageDown => &["object_device_id", "name", "id", "content"],
    }
}

fn describe(path: &str, _node: &Node) -> Option<Described> {
    let last = path.rsplit('.').next().unwrap_or(path);
    let kind = match last {
        "service_id" | "device_id" | "object_device_id" | "event_id" | "id" | "command_name" => {
            FieldKind::Identifier
        }
        "result_code" | "event_type" => FieldKind::Header,
        _ => return None,
    };
    Some(Described {
        kind: Some(kind),
        reference: SOURCE,
        meaning: Text::default(),
    })
}

fn summary(kind: Kind, body: &Body) -> Text {
    let all = |key: &str| {
        let found: Vec<&str> = body
            .members
            .iter()
            .filter(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
            .collect();
        found.join(", ")
    };
    let names = all("services");
    match kind {
        Kind::Report => text!("report {names}", "属性上报 {names}"),
        Kind::GatewayReport => {
            let devices = all("devices");
            text!("report of sub-devices {devices}", "网关批量上报 {devices}")
        }
        Kind::PropertySet => text!("set {names}", "设置属性 {names}"),
        Kind::PropertyGet => text!("read {}", "查询属性 {}", all("service_id")),
        Kind::PropertyGetResponse => text!("read: {names}", "属性查询响应 {names}"),
        Kind::Command => text!("command {}", "命令 {}", all("command_name")),
        Kind::CommandResponse | Kind::PropertySetResponse => {
            let code = body.outcome.as_ref().map_or("", |outcome| &outcome.code);
            text!("answer: result_code {code}", "响应：result_code {code}")
        }
        Kind::ShadowGet => text!("ask for the shadow {}", "获取影子 {}", all("service_id")),
        Kind::Shadow => text!("shadow {names}", "影子 {names}"),
        Kind::EventUp | Kind::EventDown => text!("event {}", "事件 {}", all("event_type")),
        Kind::MessageUp | Kind::MessageDown => Text::default(),
    }
}

fn check_event_time(scan: &mut Scan<'_>, service: &Node, path: &str) {
    let Some(node) = service.member("event_time").filter(|node| !node.is_null()) else {
        return;
    };
    if event_time(node.as_str()) == EventTime::Replaced {
        scan.warn(
            "event-time-format",
            node,
            text!(
                "{path}.event_time is not yyyyMMdd'T'HHmmss'Z': the platform will use its own time",
                "{path}.event_time 不符合 yyyyMMdd'T'HHmmss'Z'，平台将使用自己的时间"
            ),
        );
    }
}

fn collect_samples(source: &[u8], prefix: &str, properties: &Node, out: &mut Vec<Sample>) {
    for member in properties.members() {
        let value = member.node.as_number().or_else(|| {
            member
                .node
                .display(source)
                .trim()
                .parse::<f64>()
                .ok()
                .filter(|value| value.is_finite())
        });
        if let Some(value) = value {
            out.push(Sample {
                name: format!("{prefix}{}", member.key),
                value,
            });
        }
    }
}

/// `services`: each with `service_id` and `properties`.
fn services(scan: &mut Scan<'_>, owner: &Node, path: &str, device: &str, out: &mut Body) {
    let Some(array) = scan.require_array(owner, "services", path) else {
        return;
    };
    for (index, service) in array.items().iter().enumerate() {
        let path = format!("{path}[{index}]");
        if !service.is_object() {
            scan.wrong_type(service, &path, Wanted::Object);
            continue;
        }
        scan.unknown_members(service, &["service_id", "properties", "event_time"]);
        let id = scan.require_string(service, "service_id", &format!("{path}.service_id"));
        if let Some(id) = id {
            out.name("services", format!("{device}{id}"));
        }
        if let Some(properties) =
            scan.require_object(service, "properties", &format!("{path}.properties"))
        {
            let prefix = format!("{device}{}.", id.unwrap_or("?"));
            collect_samples(scan.source, &prefix, properties, &mut out.samples);
        }
        check_event_time(scan, service, &path);
    }
}

fn gateway(scan: &mut Scan<'_>, root: &Node, out: &mut Body) {
    let Some(devices) = scan.require_array(root, "devices", "devices") else {
        return;
    };
    let count = devices.items().len();
    if count > MAX_DEVICES {
        scan.findings.push(Finding::error(
            "OutOfRange",
            Place::member("devices"),
            text!(
                "{count} devices; at most {MAX_DEVICES} in one report",
                "{count} 个设备；一次最多 {MAX_DEVICES} 个"
            ),
            SOURCE,
        ));
    }
    for (index, device) in devices.items().iter().enumerate() {
        let path = format!("devices[{index}]");
        if !device.is_object() {
            scan.wrong_type(device, &path, Wanted::Object);
            continue;
        }
        scan.unknown_members(device, &["device_id", "services"]);
        let id = scan.require_string(device, "device_id", &format!("{path}.device_id"));
        if let Some(id) = id {
            out.name("devices", id);
        }
        let prefix = format!("{}/", id.unwrap_or("?"));
        services(scan, device, &format!("{path}.services"), &prefix, out);
    }
}

fn command(scan: &mut Scan<'_>, root: &Node, out: &mut Body) {
    if let Some(id) = scan.optional_string(root, "service_id", "service_id") {
        out.name("service_id", id);
    }
    if let Some(name) = scan.optional_string(root, "command_name", "command_name") {
        out.name("command_name", name);
    }
    if let Some(paras) = root.member("paras") {
        out.name("paras", paras.raw(scan.source));
        if !paras.is_object() && !paras.is_null() {
            scan.wrong_type(paras, "paras", Wanted::Object);
        }
    }
}

fn result(scan: &mut Scan<'_>, root: &Node, out: &mut Body) {
    let code = match root.member("result_code") {
        Some(node) => match node.as_integer() {
            Some(code) => code,
            None => {
                scan.wrong_type(node, "result_code", Wanted::WholeNumber);
                return;
            }
        },
        None => {
            scan.findings.push(Finding::info(
                "result-code-assumed",
                Place::member("result_code"),
                Text::new(
                    "no result_code: the platform takes 0, success",
                    "没有 result_code，平台按 0（成功）处理",
                ),
                SOURCE,
            ));
            0
        }
    };
    for key in ["result_desc", "response_name"] {
        if let Some(text) = scan.optional_string(root, key, key) {
            out.members.push((key.into(), text.to_owned()));
        }
    }
    if let Some(paras) = root.member("paras") {
        out.name("paras", paras.raw(scan.source));
    }
    out.name("result_code", code.to_string());
    out.outcome = Some(Outcome {
        success: code == 0,
        interim: false,
        code: code.to_string(),
        name: root
            .member("result_desc")
            .and_then(Node::as_str)
            .unwrap_or("")
            .to_owned(),
        advice: if code == 0 {
            Text::new("done", "成功")
        } else {
            Text::new(
                "failure; the code's meaning is the device's own, see result_desc or paras",
                "失败；错误码含义由设备定义，见 result_desc 或 paras",
            )
        },
    });
}

fn shadow(scan: &mut Scan<'_>, root: &Node, out: &mut Body) {
    let Some(array) = scan.require_array(root, "shadow", "shadow") else {
        return;
    };
    for (index, service) in array.items().iter().enumerate() {
        let path = format!("shadow[{index}]");
        let id = scan.require_string(service, "service_id", &format!("{path}.service_id"));
        if let Some(id) = id {
            out.name("services", id);
        }
        for side in ["desired", "reported"] {
            if let Some(properties) = service.path(&[side, "properties"]) {
                let prefix = format!("{}.{side}.", id.unwrap_or("?"));
                collect_samples(scan.source, &prefix, properties, &mut out.samples);
            }
        }
    }
}

fn events(scan: &mut Scan<'_>, root: &Node, out: &mut Body) {
    let Some(array) = scan.require_array(root, "services", "services") else {
        return;
    };
    for (index, service) in array.items().iter().enumerate() {
        let path = format!("services[{index}]");
        if !service.is_object() {
            scan.wrong_type(service, &path, Wanted::Object);
            continue;
        }
        scan.unknown_members(
            service,
            &[
                "service_id",
                "event_type",
                "event_time",
                "event_id",
                "paras",
            ],
        );
        let id = scan.require_string(service, "service_id", &format!("{path}.service_id"));
        let event = scan.require_string(service, "event_type", &format!("{path}.event_type"));
        if let Some(id) = id {
            out.name("services", id);
        }
        if let Some(event) = event {
            out.name("event_type", event);
        }
        if let Some(id) = service.member("event_id").and_then(Node::as_str) {
            out.name("event_id", id);
        }
        check_event_time(scan, service, &path);
        let paras = scan.require_object(service, "paras", &format!("{path}.paras"));
        let (Some(event), Some(paras)) = (event, paras) else {
            continue;
        };
        let (request, answer) = (asks(event), event.ends_with("_response"));
        if request || answer {
            // Requests and answers of the platform's own services share an event_id; time
            // synchronisation has none, and echoes device_send_time.
            let own_id = service.member("event_id").and_then(Node::as_str);
            let echoed = paras
                .member("device_send_time")
                .map(|node| node.display(scan.source));
            let stem = event
                .trim_end_matches("_request")
                .trim_end_matches("_response");
            out.correlation = Some(Correlation {
                family: format!("event-{stem}").into(),
                id: own_id.or(echoed).map(str::to_owned),
            });
            out.role = if answer {
                Role::Response
            } else {
                Role::Request
            };
        }
        if event == "time_sync_response" {
            for key in ["device_send_time", "server_recv_time", "server_send_time"] {
                if let Some(node) = paras.member(key) {
                    out.members
                        .push((key.into(), node.display(scan.source).to_owned()));
                } else {
                    scan.missing(format!("{path}.paras.{key}"));
                }
            }
        }
        if let Some(failed) = paras.member("failed_devices") {
            for device in failed.items() {
                let text = |key: &str| {
                    device
                        .member(key)
                        .map(|node| node.display(scan.source).to_owned())
                        .unwrap_or_default()
                };
                out.name(
                    "failed_device",
                    format!(
                        "{} {} {}",
                        text("device_id"),
                        text("error_code"),
                        text("error_msg")
                    ),
                );
            }
        }
    }
}

/// Whether an event of a platform service is answered by one named after it, with `_response`.
fn asks(event: &str) -> bool {
    match event {
        // Answered by notices of sub-devices that were added or deleted.
        "sub_device_sync_request" => false,
        "sub_device_update_status" => true,
        _ => event.ends_with("_request"),
    }
}

/// A message: in the system's format when it is a JSON object whose members are all among the
/// four that the document lists and of fitting types; anything else is raw.
fn message(kind: Kind, payload: &[u8], spans: Spans) -> Body {
    let root = json::parse(payload).ok();
    let system = root.as_ref().filter(|root| is_system_message(root));
    let mut out = Body::new(Text::default());
    let Some(system) = system else {
        let shown: String = match core::str::from_utf8(payload) {
            Ok(text) => text.chars().take(60).collect(),
            Err(_) => hex_preview(payload),
        };
        out.summary = text!("message {shown}", "消息 {shown}");
        out.name("format", "raw");
        if let Some(root) = &root {
            if root.member("resource").and_then(Node::as_str) == Some("device.message.status") {
                out.findings.push(Finding::warning(
                    "application-notice-shape",
                    Place::Message,
                    Text::new(
                        "the shape of the status notice to the application; the document prints \
                         it with the device's topic, but devices do not receive it",
                        "这是推送给应用的消息状态通知格式；文档误印在设备主题下，设备不会收到",
                    ),
                    "IoTDA MQTT downlink",
                ));
            } else if root.is_object() {
                out.findings.push(Finding::info(
                    "raw-message",
                    Place::Message,
                    Text::new(
                        "JSON, but not of the system's format: handed over as raw bytes",
                        "是 JSON，但不符合系统格式，按原始数据处理",
                    ),
                    SOURCE,
                ));
            }
        }
        out.fields = spans.list(|| raw_fields(title(kind), payload));
        return out;
    };
    out.name("format", "system");
    for member in system.members() {
        if !member.node.is_null() {
            let key: &'static str = match member.key.as_str() {
                "object_device_id" => "object_device_id",
                "name" => "name",
                "id" => "id",
                _ => "content",
            };
            out.name(key, member.node.display(payload));
        }
    }
    if system.member("content").is_none_or(Node::is_null) {
        out.findings.push(Finding::warning(
            "member-absent",
            Place::member("content"),
            Text::new("the message has no content", "消息没有 content"),
            SOURCE,
        ));
    }
    let content: String = system
        .member("content")
        .map(|node| node.display(payload).chars().take(60).collect())
        .unwrap_or_default();
    out.summary = text!("message {content}", "消息 {content}");
    out.fields = spans.list(|| fields_of(title(kind), payload, system, &out.findings));
    out
}

/// Whether a message is of the system's format.
pub fn is_system_message(root: &Node) -> bool {
    root.is_object()
        && root
            .members()
            .iter()
            .all(|member| match member.key.as_str() {
                "object_device_id" | "name" | "id" => {
                    member.node.is_null() || member.node.as_str().is_some()
                }
                "content" => {
                    member.node.is_null()
                        || member.node.as_str().is_some()
                        || member.node.is_object()
                }
                _ => false,
            })
}
