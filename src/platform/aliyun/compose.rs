//! Forms turned into payloads, and requests into their answers.

use super::payload::SOURCE;
use super::topics::{Kind, Topic};
use super::{Device, payload};
use crate::platform::form::{value, value_or, verbatim};
use crate::platform::json::{self, ObjectWriter};
use crate::platform::text::text;
use crate::platform::{Draw, Finding, FormValues, Place, Publication, Text, from_hex};

pub(super) fn bad_json(key: &'static str, error: &json::JsonError) -> Finding {
    Finding::error("BadJson", Place::form(key), error.message(), SOURCE)
}

pub(super) fn checked(
    values: &FormValues,
    key: &'static str,
    default: &str,
) -> Result<String, Vec<Finding>> {
    let typed = match value(values, key) {
        "" => default,
        typed => typed,
    };
    match json::parse(typed.as_bytes()) {
        Ok(_) => Ok(typed.to_owned()),
        Err(error) => Err(vec![bad_json(key, &error)]),
    }
}

pub(super) fn raw_bytes(values: &FormValues) -> Result<Vec<u8>, Box<Finding>> {
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
pub(super) fn alink(values: &FormValues, draw: &Draw, params: &str, method: &str) -> String {
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

pub(super) fn composed_payload(
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

/// `{"code","data","id"[,"message"],"version"}`, the id as it came.
pub(super) fn alink_answer(
    request: &Publication,
    values: &FormValues,
) -> Result<Vec<u8>, Box<Finding>> {
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
pub(super) fn raw_answer(
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
