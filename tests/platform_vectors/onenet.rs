//! Rows of the dialect `onenet`.

use device_console::mqtt::ProtocolVersion;
use device_console::platform::cloud::ConnectRequest;
use device_console::platform::onenet::dp::{self, Decoded, Group};
use device_console::platform::onenet::{Onenet, Topic, check_filter, http_push_outcome, studio};
use device_console::platform::{
    Composed, Dialect, Direction, FormValues, Identity, from_hex, to_hex,
};
use serde_json::{Map, Value, json};

use crate::Verdict;
use crate::expect::{self, draw, form, publication, same, typed};

const DIALECT: Onenet = Onenet;

pub fn run(row: &Value) -> Verdict {
    let kind = row.get("kind").and_then(Value::as_str).unwrap_or("");
    let input = row.get("input").ok_or("no input")?;
    let expected = row.get("expected").ok_or("no expected")?;
    match kind {
        "payload-encode" => encode(input, expected),
        "payload-decode" | "malformed" => decode(input, object(expected)?),
        "limit" => limit(input, expected),
        "signature" => token(input, object(expected)?),
        "topic-check" => topic_check(input, object(expected)?),
        "topic-parse" => topic_parse(input, object(expected)?),
        "http-push" => http_push(input, object(expected)?),
        "connect" => crate::packets::connect(&DIALECT, input, object(expected)?),
        "publish" => crate::packets::publish(input, object(expected)?),
        "subscribe" => crate::packets::subscribe(input, object(expected)?),
        "connack" => crate::packets::connack(&DIALECT, input, object(expected)?),
        other => Err(format!("unknown kind {other}")),
    }
}

fn object(expected: &Value) -> Result<&Map<String, Value>, String> {
    expected
        .as_object()
        .ok_or("expected is no object".to_owned())
}

fn identity() -> Identity {
    form([
        ("device_id", "123"),
        ("project_id", "433223"),
        ("secret", "auth123"),
    ])
}

/// The form of a `$dp` message from a row's input.
fn compose(input: &Value) -> Result<Composed, String> {
    let number = input.get("type").and_then(Value::as_u64).ok_or("no type")?;
    let mut values = FormValues::new();
    for (key, value) in input.as_object().ok_or("input is no object")? {
        let (key, text) = match key.as_str() {
            "data_hex" => ("data", typed(value)),
            "text" => ("string", typed(value)),
            "groups" => ("groups", value.to_string()),
            // Lengths stand for contents of that size.
            "json_len" => {
                let length = value.as_u64().ok_or("json_len")?;
                let filler = usize::try_from(length).unwrap_or(0).saturating_sub(8);
                ("json", format!("{{\"a\":\"{}\"}}", "x".repeat(filler)))
            }
            "data_len" => {
                let length = usize::try_from(value.as_u64().ok_or("data_len")?).unwrap_or(0);
                ("data", "00".repeat(length))
            }
            "floats" | "count" => {
                let count = usize::try_from(value.as_u64().ok_or("count")?).unwrap_or(0);
                ("groups", format!("1: {}", "0.5 ".repeat(count)))
            }
            other => (other, typed(value)),
        };
        values.insert(key.to_owned(), text);
    }
    if number == 2 && !values.contains_key("json") {
        values.insert("json".to_owned(), "{\"ds_id\":\"image\"}".to_owned());
    }
    Ok(DIALECT.compose(&identity(), &format!("dp{number}"), &values, &draw()))
}

fn encode(input: &Value, expected: &Value) -> Verdict {
    let composed = compose(input)?;
    let expected = object(expected)?;
    expect::only(expected, &["hex"])?;
    expect::findings(&composed.findings, &[], expected)?;
    if let Some(hex) = expected.get("hex").and_then(Value::as_str) {
        let found = composed.publication.ok_or("nothing composed")?;
        let found = to_hex(&found.payload);
        if found != hex {
            return Err(format!("expected {hex}, composed {found}"));
        }
        // What is written is read back without a remark.
        let decoded = dp::decode(&from_hex(hex).map_err(|at| format!("hex at {at}"))?);
        if let Some(finding) = decoded.findings.iter().find(|finding| finding.is_error()) {
            return Err(format!("read back as wrong: {}", finding.text.en));
        }
    }
    Ok(())
}

fn groups(groups: &[Group]) -> Value {
    groups
        .iter()
        .map(|group| {
            let values: Vec<f64> = group
                .values
                .iter()
                .map(|value| value.to_string().parse().unwrap_or(f64::NAN))
                .collect();
            json!({"name": group.name, "count": values.len(), "values": values})
        })
        .collect()
}

/// The expectation `wanted` is met if `found` has all of it.
fn has(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => wanted
            .iter()
            .all(|(key, wanted)| found.get(key).is_some_and(|found| has(wanted, found))),
        (Value::Array(wanted), Value::Array(found)) => {
            wanted.len() == found.len() && wanted.iter().zip(found).all(|(w, f)| has(w, f))
        }
        _ => same(wanted, found),
    }
}

fn points(decoded: &Decoded) -> Value {
    decoded
        .points
        .iter()
        .map(|point| {
            let mut out = Map::new();
            out.insert("id".into(), json!(point.id));
            if let Some(at) = &point.at {
                out.insert("at".into(), json!(at));
            }
            out.insert("value".into(), json!(point.value));
            Value::Object(out)
        })
        .collect()
}

/// Points as a row prints them: values as text or as JSON.
fn points_match(wanted: &Value, found: &Value) -> bool {
    let (Some(wanted), Some(found)) = (wanted.as_array(), found.as_array()) else {
        return false;
    };
    wanted.len() == found.len()
        && wanted.iter().zip(found).all(|(wanted, found)| {
            wanted.as_object().is_some_and(|wanted| {
                wanted.iter().all(|(key, wanted)| {
                    let found = found.get(key).and_then(Value::as_str).unwrap_or("");
                    (wanted.is_null() && found.is_empty()) || expect::member_is(wanted, found)
                })
            })
        })
}

fn decode(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let payload = match input.get("hex").and_then(Value::as_str) {
        Some(hex) => from_hex(hex).map_err(|at| format!("bad hex at {at}"))?,
        None => {
            let composed = compose(input)?;
            match composed.publication {
                Some(publication) => publication.payload.to_vec(),
                None => return expect::findings(&composed.findings, &[], expected),
            }
        }
    };
    let decoded = dp::decode(&payload);
    let reading = DIALECT.read(
        &identity(),
        Direction::Up,
        &publication("$dp", payload.clone()),
    );
    expect::spans_nest(&reading.fields, 0, payload.len())?;
    expect::findings(&reading.findings, &reading.fields, expected)?;
    for (key, wanted) in expected {
        let found = match key.as_str() {
            "error" | "field" | "warnings" | "accept" => continue,
            "hint" => {
                let hint = typed(wanted);
                if !decoded.findings.iter().any(|f| f.text.en.contains(&hint)) {
                    return Err(format!("no finding says {hint:?}"));
                }
                continue;
            }
            "index" => {
                let said = format!("field {}", typed(wanted));
                if !decoded.findings.iter().any(|f| f.text.en.contains(&said)) {
                    return Err(format!("no finding speaks of {said}"));
                }
                continue;
            }
            "points" => {
                if !points_match(wanted, &points(&decoded)) {
                    return Err(format!("points: {wanted}, read {}", points(&decoded)));
                }
                continue;
            }
            "type" => match decoded.data_type {
                Some(data_type) => json!(data_type.number()),
                None => json!(payload.first().map(|first| first & 0x3f)),
            },
            "as_type_7" | "groups" => groups(&decoded.groups),
            "time" | "at" => json!(decoded.time),
            "inner" => json!(decoded.separators.map(|(inner, _)| inner)),
            "outer" => json!(decoded.separators.map(|(_, outer)| outer)),
            "string" | "text" | "json" => match (&decoded.text, wanted) {
                (Some(text), Value::Object(_) | Value::Array(_)) => {
                    serde_json::from_str(text).unwrap_or(Value::Null)
                }
                (text, _) => json!(text),
            },
            "data_hex" => json!(
                decoded
                    .binary
                    .clone()
                    .and_then(|range| payload.get(range))
                    .map(to_hex)
            ),
            "data_len" => json!(decoded.binary.as_ref().map(|range| range.len())),
            _ => return Err(format!("no check for the expectation {key}")),
        };
        if !has(wanted, &found) {
            return Err(format!("{key}: expected {wanted}, read {found}"));
        }
    }
    Ok(())
}

fn limit(input: &Value, expected: &Value) -> Verdict {
    let none = Map::new();
    let expected = match expected {
        Value::String(ok) if ok == "ok" => &none,
        other => object(other)?,
    };
    expect::only(expected, &[])?;
    if input.get("type").is_some() {
        return expect::findings(&compose(input)?.findings, &[], expected);
    }
    if let Some(count) = input
        .get("topics")
        .or_else(|| input.get("filters"))
        .and_then(Value::as_u64)
    {
        let names: Vec<String> = (0..count).map(|number| format!("t/{number}")).collect();
        let mut identity = identity();
        identity.insert("topics".to_owned(), names.join(","));
        let plan = DIALECT.connect_plan(&identity, &draw());
        return expect::findings(&plan.findings, &[], expected);
    }
    if input.get("retain").is_some() || input.get("qos").is_some() {
        let topic = input.get("topic").map_or("$dp".to_owned(), typed);
        let mut publication = publication(&topic, from_hex("0300027b7d").unwrap_or_default());
        publication.retain = input.get("retain") == Some(&Value::Bool(true));
        return expect::findings(&DIALECT.lint(&identity(), &publication), &[], expected);
    }
    let keep_alive = input
        .get("keepalive")
        .and_then(Value::as_u64)
        .unwrap_or(120);
    let version = match input.get("protocol").or_else(|| input.get("level")) {
        Some(level) if level.as_u64() == Some(3) => ProtocolVersion::V3_1,
        Some(level) if level.as_u64() == Some(5) => ProtocolVersion::V5_0,
        _ => ProtocolVersion::V3_1_1,
    };
    let flag = |key: &str| input.get(key) != Some(&Value::Bool(false));
    let request = ConnectRequest {
        version,
        client_id: "123",
        user_name: flag("user_name_flag").then_some("433223"),
        password: flag("password_flag").then_some(b"auth123"),
        keep_alive_secs: u16::try_from(keep_alive).unwrap_or(u16::MAX),
        clean_session: true,
        will: input.get("will") == Some(&Value::Bool(true)),
    };
    expect::findings(&DIALECT.lint_connect(&identity(), &request), &[], expected)
}

fn token(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let text = |key: &str| input.get(key).map(typed).unwrap_or_default();
    let (key, resource, expiry) = (text("key_base64"), text("res"), text("et"));
    let (method, version) = (text("method"), text("version"));
    let token = studio::token(&studio::TokenInputs {
        key: &key,
        resource: &resource,
        expiry: &expiry,
        method: &method,
        version: &version,
    })
    .map_err(|error| error.to_string())?;
    for (key, wanted) in expected {
        let found = match key.as_str() {
            "token" | "password" => token.token.clone(),
            "string_to_sign" => token.string_to_sign.clone(),
            "sign" => token.sign.clone(),
            "client_id" => token.device.clone().unwrap_or_default(),
            "username" => token.product.clone().unwrap_or_default(),
            _ => return Err(format!("no check for the expectation {key}")),
        };
        if typed(wanted) != found {
            return Err(format!("{key}: expected {wanted}, made {found}"));
        }
    }
    Ok(())
}

fn topic_check(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let filters = input.get("filters").and_then(Value::as_array);
    let filters = filters.ok_or("no filters")?;
    if filters.len() != expected.len() {
        return Err("filters and expectations differ in number".to_owned());
    }
    for filter in filters {
        let filter = typed(filter);
        let wanted = expected.get(&filter).map(typed).unwrap_or_default();
        let found = match check_filter(&filter) {
            Ok(()) => "ok".to_owned(),
            Err(finding) => finding.rule.to_string(),
        };
        if wanted != found {
            return Err(format!("{filter}: expected {wanted}, found {found}"));
        }
    }
    Ok(())
}

fn topic_parse(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let topic = input.get("topic").map(typed).ok_or("no topic")?;
    let reading = DIALECT.read(&identity(), Direction::Down, &publication(&topic, *b"x"));
    expect::findings(&reading.findings, &reading.fields, expected)?;
    for (key, wanted) in expected {
        match key.as_str() {
            "error" | "field" | "warnings" => {}
            "kind" => {
                if reading.kind.as_deref() != wanted.as_str() {
                    return Err(format!("expected kind {wanted}, read {:?}", reading.kind));
                }
            }
            "reply_topic" => {
                let answer = DIALECT.answer(
                    &identity(),
                    &publication(&topic, *b"x"),
                    &reading,
                    &form([("payload", "ok")]),
                    &draw(),
                );
                let found = answer.publication.map(|publication| publication.topic);
                if found.as_deref() != wanted.as_str() {
                    return Err(format!("expected {wanted}, answered on {found:?}"));
                }
            }
            _ => expect::member(&reading, key, wanted)?,
        }
    }
    if !expected.contains_key("error") && matches!(Topic::parse(&topic), Topic::Reserved(_)) {
        return Err("read as reserved".to_owned());
    }
    Ok(())
}

fn http_push(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let body = input.get("body").map(typed).ok_or("no body")?;
    let outcome = match http_push_outcome(body.as_bytes()) {
        Ok(outcome) => outcome,
        Err(finding) => {
            expect::only(expected, &[])?;
            return expect::findings(&[*finding], &[], expected);
        }
    };
    for (key, wanted) in expected {
        let found = match key.as_str() {
            "ok" => json!(outcome.success),
            "errno" => json!(outcome.code.parse::<i64>().ok()),
            "error" | "message" => json!(outcome.name),
            _ => return Err(format!("no check for the expectation {key}")),
        };
        if !same(wanted, &found) {
            return Err(format!("{key}: expected {wanted}, found {found}"));
        }
    }
    Ok(())
}
