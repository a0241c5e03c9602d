//! What an application asks of the platform, over HTTP, and what the platform makes of it.

use base64::Engine as _;

use super::super::auth::MqttClientId;
use super::super::login::EXT_RRPC;
use super::super::payload::SOURCE;
use super::super::topics::{self, Kind};
use super::super::{bad_json, compose::raw_bytes};
use super::{AliyunCloud, configuration};
use crate::mqtt::QoS;
use crate::platform::cloud::Submission;
use crate::platform::form::value;
use crate::platform::http::HttpRequest;
use crate::platform::json::{self, ObjectWriter};
use crate::platform::text::text;
use crate::platform::workbench::slips::LENIENT;
use crate::platform::{Finding, FormValues, Place, Text};
use crate::time::Now;

impl AliyunCloud {
    /// Whether the device said in its client id that it takes RRPC on custom topics.
    fn takes_custom_calls(&self, user: &str) -> bool {
        let client_id = self
            .devices
            .get(user)
            .and_then(|device| device.client_id.as_deref());
        client_id
            .and_then(|id| MqttClientId::parse(id).ok())
            .and_then(|id| id.parameter("ext")?.parse::<u8>().ok())
            .is_some_and(|bits| bits & EXT_RRPC != 0)
    }

    pub(super) fn submit_checked(
        &mut self,
        now: Now,
        kind: &str,
        values: &FormValues,
    ) -> Result<Submission, Box<Finding>> {
        let (user, product_key, device_name) = self.target(values)?;
        let json_of = |key: &'static str, default: &str| -> Result<String, Box<Finding>> {
            let typed = match value(values, key) {
                "" => default,
                typed => typed,
            };
            json::parse(typed.as_bytes())
                .map(|_| typed.to_owned())
                .map_err(|error| Box::new(bad_json(key, &error)))
        };
        let topic = |kind: Kind, name: &str| topics::render(kind, &product_key, &device_name, name);
        let api = |action: &str, more: &[(&str, &str)]| {
            let mut request = HttpRequest::new("POST", "https://iot.{region}.aliyuncs.com/")
                .parameter("Action", action)
                .parameter("Version", "2018-01-20")
                .parameter("ProductKey", &product_key)
                .parameter("DeviceName", &device_name);
            for (name, value) in more {
                request = request.parameter(name, value);
            }
            request.url.push_str("&{signature parameters}");
            // The document is about devices; this is the interface as public texts show it.
            Some(request.unconfirmed())
        };
        let id = self.next_id();
        let alink = |method: &str, params: &str| {
            ObjectWriter::new()
                .string("method", method)
                .string("id", &id)
                .raw("params", params)
                .string("version", "1.0.0")
                .finish()
                .into_bytes()
        };
        let (message, name, target, payload, request) = match kind {
            "property-set" => {
                let params = json_of("params", "{}")?;
                let request = api("SetDeviceProperty", &[("Items", &params)]);
                let payload = alink("thing.service.property.set", &params);
                (
                    Kind::PropertySet,
                    String::new(),
                    topic(Kind::PropertySet, ""),
                    payload,
                    request,
                )
            }
            "property-get" => {
                let params = json_of("params", "[]")?;
                let payload = alink("thing.service.property.get", &params);
                (
                    Kind::PropertyGet,
                    String::new(),
                    topic(Kind::PropertyGet, ""),
                    payload,
                    None,
                )
            }
            "service" => {
                let service = value(values, "service").to_owned();
                let params = json_of("params", "{}")?;
                let request = api(
                    "InvokeThingService",
                    &[("Identifier", &service), ("Args", &params)],
                );
                let payload = alink(&format!("thing.service.{service}"), &params);
                (
                    Kind::Service,
                    service.clone(),
                    topic(Kind::Service, &service),
                    payload,
                    request,
                )
            }
            "config-push" => {
                let payload = alink("thing.config.push", &configuration());
                (
                    Kind::ConfigPush,
                    String::new(),
                    topic(Kind::ConfigPush, ""),
                    payload,
                    None,
                )
            }
            "rrpc-request" => {
                let bytes = raw_bytes(values)?;
                let request = api(
                    "RRpc",
                    &[
                        ("RequestBase64Byte", &LENIENT.encode(&bytes)),
                        ("Timeout", "8000"),
                    ],
                );
                (
                    Kind::RrpcRequest,
                    id.clone(),
                    topic(Kind::RrpcRequest, &id),
                    bytes,
                    request,
                )
            }
            "ext-rrpc" => {
                let inner = topic(Kind::User, value(values, "short"));
                let bytes = raw_bytes(values)?;
                let request = api(
                    "RRpc",
                    &[
                        ("Topic", &inner),
                        ("RequestBase64Byte", &LENIENT.encode(&bytes)),
                        ("Timeout", "8000"),
                    ],
                );
                (
                    Kind::ExtRrpc,
                    id.clone(),
                    format!("/ext/rrpc/{id}{inner}"),
                    bytes,
                    request,
                )
            }
            "down-raw" => (
                Kind::DownRaw,
                String::new(),
                topic(Kind::DownRaw, ""),
                raw_bytes(values)?,
                None,
            ),
            "user-down" => {
                let full = topic(Kind::User, value(values, "short"));
                let bytes = raw_bytes(values)?;
                let request = api(
                    "Pub",
                    &[
                        ("TopicFullName", &full),
                        ("MessageContent", &LENIENT.encode(&bytes)),
                    ],
                );
                (
                    Kind::User,
                    value(values, "short").to_owned(),
                    full,
                    bytes,
                    request,
                )
            }
            _ => return Ok(Submission::unknown(kind)),
        };
        if message == Kind::PropertySet
            && let (Ok(params), Some(device)) = (
                json::parse(value(values, "params").as_bytes()),
                self.devices.get_mut(&user),
            )
        {
            for member in params.members() {
                let raw = member.node.raw(value(values, "params").as_bytes());
                let version = device
                    .desired
                    .get(&member.key)
                    .map_or(1, |(_, version)| version.saturating_add(1));
                device
                    .desired
                    .insert(member.key.clone(), (raw.to_owned(), version));
            }
        }
        let exchange = request.map(|request| self.journal.ask(now, request));
        // A synchronous call returns with the device's answer, everything else at once.
        let synchronous = matches!(message, Kind::RrpcRequest | Kind::ExtRrpc);
        if let Some(exchange) = exchange.filter(|_| !synchronous) {
            let data = ObjectWriter::new().string("MessageId", &id).finish();
            let body = ObjectWriter::new().raw("Success", "true");
            let body = if message == Kind::User {
                body.string("MessageId", &id)
            } else {
                body.raw("Data", &data)
            };
            self.journal
                .answer_unconfirmed(exchange, "200 OK", body.finish());
        }
        if message.answer().is_some() {
            self.keep(now, id.clone(), &user, message, &name);
            if let Some(open) = self.open.get_mut(&id).filter(|_| synchronous) {
                open.exchange = exchange;
            }
        }
        let chinese = message.chinese();
        self.journal.record(
            now,
            text!(
                "{kind} to {device_name}, id {id}",
                "{chinese}：发往 {device_name}，id {id}"
            ),
            String::from_utf8_lossy(&payload),
        );
        let qos = if synchronous {
            QoS::AtMostOnce
        } else {
            QoS::AtLeastOnce
        };
        let mut out = Submission {
            exchange,
            findings: Vec::new(),
        };
        if message == Kind::ExtRrpc && !self.takes_custom_calls(&user) {
            // Nobody hears it, so the caller waits in vain.
            out.findings.push(Finding::warning(
                "ext-not-asked-for",
                Place::Message,
                Text::new(
                    "the device did not log in with ext=1: custom-topic RRPC does not reach it",
                    "设备登录时未携带 ext=1：自定义 Topic 的 RRPC 无法到达",
                ),
                SOURCE,
            ));
            return Ok(out);
        }
        self.journal.publish(target, payload, qos);
        Ok(out)
    }
}
