//! Rows of the dialect `iotda`.

use device_console::mqtt::{ProtocolVersion, QoS};
use device_console::platform::cloud::ConnectRequest;
use device_console::platform::iotda::Iotda;
use device_console::platform::iotda::auth::{self, ClientId};
use device_console::platform::iotda::payload::{
    EventTime, MessageStatus, event_time, synchronised_time,
};
use device_console::platform::iotda::topics::{self, Kind, Topic};
use device_console::platform::{Dialect, Direction, FormValues, Identity, Reading, calendar};
use device_console::time::UnixMillis;
use serde_json::{Map, Value, json};

use crate::Verdict;
use crate::expect::{self, draw, form, member, publication, typed};

const DIALECT: Iotda = Iotda;
const DEVICE: &str = "5f052ac562369102d42b0fb6_dev01";

pub fn run(row: &Value) -> Verdict {
    let kind = row.get("kind").and_then(Value::as_str).unwrap_or("");
    let input = row.get("input").ok_or("no input")?;
    let expected = row.get("expected").ok_or("no expected")?;
    match kind {
        "client-id-parse" => client_id(input, object(expected)?),
        "event-time" => event_times(input, expected),
        "limit" => limit(input, expected),
        "malformed" => malformed(input, object(expected)?),
        "message" => message(input, expected),
        "message-parse" => parse(input, object(expected)?),
        "message-status" => status(input, object(expected)?),
        "reply" => reply(input, expected),
        "signature" => signature(input, object(expected)?),
        "time-sync" => time_sync(input, object(expected)?),
        "timestamp" => timestamp(input, object(expected)?),
        "topic-parse" => topic_parse(input, object(expected)?),
        "topic-render" => topic_render(input, object(expected)?),
        other => Err(format!("unknown kind {other}")),
    }
}

fn object(expected: &Value) -> Result<&Map<String, Value>, String> {
    expected
        .as_object()
        .ok_or("expected is no object".to_owned())
}

fn identity(device_id: &str) -> Identity {
    form([("device_id", device_id), ("secret", "12345678")])
}

fn client_id(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let text = input.get("clientId").map(typed).ok_or("no clientId")?;
    let request = ConnectRequest {
        version: ProtocolVersion::V3_1_1,
        client_id: &text,
        user_name: None,
        password: None,
        keep_alive_secs: 120,
        clean_session: true,
        will: false,
    };
    let findings = DIALECT.lint_connect(&identity(DEVICE), &request);
    expect::findings(&findings, &[], expected)?;
    if expected.contains_key("error") {
        return expect::only(expected, &[]);
    }
    let parsed = ClientId::parse(&text).map_err(|error| error.to_string())?;
    for (key, wanted) in expected {
        let found = match key.as_str() {
            "device_id" => parsed.device_id,
            "node_type" | "type" => parsed.node_type,
            "sign_type" => parsed.sign_type,
            "timestamp" => parsed.timestamp,
            _ => return Err(format!("no check for the expectation {key}")),
        };
        if typed(wanted) != found {
            return Err(format!("{key}: expected {wanted}, found {found}"));
        }
    }
    Ok(())
}

fn event_times(input: &Value, expected: &Value) -> Verdict {
    let values = input
        .get("values")
        .and_then(Value::as_array)
        .ok_or("no values")?;
    let found: Vec<&str> = values
        .iter()
        .map(|value| match event_time(value.as_str()) {
            EventTime::Taken => "ok",
            EventTime::Replaced => "platform-substitutes-its-own-time",
        })
        .collect();
    if &json!(found) == expected {
        Ok(())
    } else {
        Err(format!("expected {expected}, found {found:?}"))
    }
}

fn qos(input: &Value) -> QoS {
    match input.get("qos").and_then(Value::as_u64) {
        Some(2) => QoS::ExactlyOnce,
        Some(0) => QoS::AtMostOnce,
        _ => QoS::AtLeastOnce,
    }
}

fn limit(input: &Value, expected: &Value) -> Verdict {
    let none = Map::new();
    let expected = match expected {
        Value::String(ok) if ok == "ok" => &none,
        other => object(other)?,
    };
    expect::only(expected, &[])?;
    let flag = |key: &str| input.get(key) == Some(&Value::Bool(true));
    let mut findings = Vec::new();
    if input.get("keepalive").is_some() || input.get("will").is_some() {
        let keep_alive = input
            .get("keepalive")
            .and_then(Value::as_u64)
            .unwrap_or(120);
        let client_id = format!("{DEVICE}_0_0_2025041401");
        findings = DIALECT.lint_connect(
            &identity(DEVICE),
            &ConnectRequest {
                version: ProtocolVersion::V3_1_1,
                client_id: &client_id,
                user_name: Some(DEVICE),
                password: Some(b"x"),
                keep_alive_secs: u16::try_from(keep_alive).unwrap_or(u16::MAX),
                clean_session: true,
                will: flag("will"),
            },
        );
    }
    if input.get("qos").is_some() || input.get("retain").is_some() {
        let mut publication = publication(
            &topics::render(DEVICE, Kind::Report, ""),
            *br#"{"services":[{"service_id":"a","properties":{}}]}"#,
        );
        publication.qos = qos(input);
        publication.retain = flag("retain");
        findings.extend(DIALECT.lint(&identity(DEVICE), &publication));
    }
    if let Some(count) = input.get("devices").and_then(Value::as_u64) {
        findings.extend(gateway_findings(count));
    }
    if let Some(size) = input
        .get("size")
        .or_else(|| input.get("payload_len"))
        .and_then(Value::as_u64)
    {
        let size = usize::try_from(size).unwrap_or(0);
        let publication = publication(
            &topics::render(DEVICE, Kind::MessageUp, ""),
            vec![b'x'; size],
        );
        findings.extend(DIALECT.lint(&identity(DEVICE), &publication));
    }
    expect::findings(&findings, &[], expected)
}

fn gateway_findings(count: u64) -> Vec<device_console::platform::Finding> {
    let devices: Vec<Value> = (0..count)
        .map(|index| {
            json!({
                "device_id": format!("sub-{index}"),
                "services": [{"service_id": "a", "properties": {"b": 1}}]
            })
        })
        .collect();
    let payload = json!({ "devices": devices }).to_string();
    let publication = publication(
        &topics::render(DEVICE, Kind::GatewayReport, ""),
        payload.into_bytes(),
    );
    DIALECT.lint(&identity(DEVICE), &publication)
}

fn malformed(input: &Value, expected: &Map<String, Value>) -> Verdict {
    if input.get("clientId").is_some() {
        return client_id(input, expected);
    }
    if let Some(count) = input.get("devices").and_then(Value::as_u64) {
        expect::only(expected, &[])?;
        return expect::findings(&gateway_findings(count), &[], expected);
    }
    // Any bytes are a message: what is malformed without a topic is a report.
    let suggested = input.get("topic").is_none()
        && expected.contains_key("error")
        && expect::payload_of(input).is_ok_and(|payload| kind_of(&payload) == Kind::MessageDown);
    if suggested {
        let mut input = input.clone();
        input["topic"] = topics::render(DEVICE, Kind::Report, "1").into();
        return parse(&input, expected);
    }
    parse(input, expected)
}

/// The kind of message that the payload's members suggest.
fn kind_of(payload: &[u8]) -> Kind {
    let members: Map<String, Value> = serde_json::from_slice(payload).unwrap_or_default();
    if members.contains_key("devices") {
        Kind::GatewayReport
    } else if members.contains_key("services") || members.contains_key("properties") {
        Kind::Report
    } else if members.contains_key("result_code") || members.contains_key("paras") {
        Kind::CommandResponse
    } else if members.contains_key("shadow") {
        Kind::Shadow
    } else {
        Kind::MessageDown
    }
}

/// Reads a row's payload on its topic; without one, on the topic that its members suggest.
fn read(input: &Value) -> Result<Reading, String> {
    let payload = expect::payload_of(input)?;
    let kind = kind_of(&payload);
    let topic = input
        .get("topic")
        .map_or_else(|| topics::render(DEVICE, kind, "1"), typed);
    let (device, direction) = match Topic::parse(topic.trim()) {
        Ok(Topic::System {
            device_id, kind, ..
        }) => (device_id.to_owned(), kind.direction()),
        _ => (DEVICE.to_owned(), Direction::Down),
    };
    let device = input.get("device_id").map_or(device, typed);
    let publication = publication(&topic, payload);
    let reading = DIALECT.read(&identity(&device), direction, &publication);
    expect::spans_nest(&reading.fields, 0, publication.payload.len())?;
    Ok(reading)
}

fn parse(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let reading = read(input)?;
    expect::findings(&reading.findings, &reading.fields, expected)?;
    for (key, wanted) in expected {
        match key.as_str() {
            "error" | "field" | "warnings" | "accept" => {}
            "kind" => kind_is(&reading, wanted)?,
            "assumed" => {
                let code = reading.outcome.as_ref().map(|outcome| outcome.code.clone());
                let wanted = wanted.get("result_code").map(typed);
                let said = reading
                    .findings
                    .iter()
                    .any(|finding| finding.rule == "result-code-assumed");
                if code != wanted || !said {
                    return Err(format!("expected {wanted:?} assumed, found {code:?}"));
                }
            }
            "ok" => {
                let found = reading.outcome.as_ref().map(|outcome| outcome.success);
                if json!(found) != *wanted {
                    return Err(format!("expected ok {wanted}, found {found:?}"));
                }
            }
            _ => member(&reading, key, wanted)?,
        }
    }
    Ok(())
}

fn kind_is(reading: &Reading, wanted: &Value) -> Verdict {
    let wanted = typed(wanted);
    let found = reading.kind.as_deref().unwrap_or("none");
    // Rows call a report of properties by either name.
    let fits = wanted == found
        || wanted.replace("property-report", "report") == found
        || wanted.trim_end_matches("-reply").to_owned() + "-response" == found
        || (found.starts_with("event-") && wanted == "event")
        // To the document, a request for the time is an event.
        || (found == "time-sync" && matches!(wanted.as_str(), "event" | "event-up"));
    if fits {
        Ok(())
    } else {
        Err(format!("expected kind {wanted}, read {found}"))
    }
}

fn message(input: &Value, expected: &Value) -> Verdict {
    let action = input.get("action").map(typed).unwrap_or_default();
    let kind = match action.as_str() {
        "report" | "property-report" | "properties-report" => "report",
        "gateway-report" => "gateway-report",
        "message" | "message-up" | "messages-up" => "message-up",
        "shadow-get" => "shadow-get",
        "event" | "event-up" | "events-up" => "event-up",
        "time-sync" => "time-sync",
        other => return Err(format!("unknown action {other}")),
    };
    let mut values = FormValues::new();
    for (key, value) in input.as_object().ok_or("input is no object")? {
        values.insert(key.clone(), typed(value));
    }
    let device = input.get("device_id").map_or(DEVICE.to_owned(), typed);
    expect::composed(
        &DIALECT.compose(&identity(&device), kind, &values, &draw()),
        expected,
    )
}

fn status(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let word = input.get("status").map(typed).unwrap_or_default();
    let status = MessageStatus::from_word(&word).ok_or("unknown status")?;
    for (key, wanted) in expected {
        let found = match key.as_str() {
            "label" | "seed_text" => status.label().zh,
            _ => return Err(format!("no check for the expectation {key}")),
        };
        if typed(wanted) != found {
            return Err(format!("{key}: expected {wanted}, found {found}"));
        }
    }
    Ok(())
}

fn reply(input: &Value, expected: &Value) -> Verdict {
    let topic = input.get("topic").map(typed).ok_or("no topic")?;
    let payload = input
        .get("request")
        .or_else(|| input.get("payload"))
        .map(typed)
        .unwrap_or_else(|| "{}".to_owned());
    let mut values = FormValues::new();
    for key in [
        "result_code",
        "result_desc",
        "response_name",
        "paras",
        "state",
    ] {
        if let Some(value) = input.get(key) {
            values.insert(key.to_owned(), typed(value));
        }
    }
    let device = match Topic::parse(&topic) {
        Ok(Topic::System { device_id, .. }) => device_id.to_owned(),
        _ => DEVICE.to_owned(),
    };
    let (identity, request) = (identity(&device), publication(&topic, payload.into_bytes()));
    let reading = DIALECT.read(&identity, Direction::Down, &request);
    let answer = DIALECT.answer(&identity, &request, &reading, &values, &draw());
    expect::composed(&answer, expected)
}

fn signature(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let text = |key: &str| input.get(key).map(typed).unwrap_or_default();
    let mut draw = draw();
    let mut identity = form([
        ("device_id", DEVICE),
        ("secret", &text("secret")),
        ("sign_type", &text("sign_type")),
        ("timestamp", &text("timestamp")),
    ]);
    if let Some(device) = input.get("device_id") {
        identity.insert("device_id".to_owned(), typed(device));
    }
    if let Some(time) = input.get("utc_time").and_then(Value::as_str) {
        draw.now.unix = calendar::parse_rfc3339(time).ok_or("bad utc_time")?;
    }
    let plan = DIALECT.connect_plan(&identity, &draw);
    if let Some(finding) = plan.findings.iter().find(|finding| finding.is_error()) {
        return Err(finding.text.en.to_string());
    }
    for (key, wanted) in expected {
        let found = match key.as_str() {
            "clientId" | "client_id" => plan.client_id.clone(),
            "username" => plan.user_name.clone().unwrap_or_default(),
            "password" => String::from_utf8_lossy(plan.password.as_deref().unwrap_or(b"")).into(),
            "note" => continue,
            _ => return Err(format!("no check for the expectation {key}")),
        };
        if typed(wanted) != found {
            return Err(format!("{key}: expected {wanted}, made {found}"));
        }
    }
    // The reverse check finds nothing wrong with what was made.
    let request = ConnectRequest {
        version: ProtocolVersion::V3_1_1,
        client_id: &plan.client_id,
        user_name: plan.user_name.as_deref(),
        password: plan.password.as_deref(),
        keep_alive_secs: 120,
        clean_session: true,
        will: false,
    };
    let stamp = ClientId::parse(&plan.client_id)
        .ok()
        .and_then(|id| calendar::DateTime::parse_hour_stamp(id.timestamp))
        .ok_or("unreadable client id")?;
    draw.now.unix = stamp.unix(0);
    match DIALECT.diagnose(&identity, &request, &draw).first() {
        Some(finding) => Err(format!("reverse check: {}", finding.text.en)),
        None => Ok(()),
    }
}

fn time_sync(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let number = |key: &str| input.get(key).and_then(Value::as_i64).ok_or(key.to_owned());
    let found = synchronised_time(
        number("device_send_time")?,
        number("server_recv_time")?,
        number("server_send_time")?,
        number("device_recv_time")?,
    );
    match expected.get("device_time").and_then(Value::as_f64) {
        Some(wanted) if (wanted - found).abs() < 0.01 && expected.len() == 1 => Ok(()),
        wanted => Err(format!("expected {wanted:?}, found {found}")),
    }
}

fn timestamp(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let moment = if let Some(seconds) = input.get("unix").and_then(Value::as_i64) {
        UnixMillis(seconds * 1000)
    } else {
        let text = input
            .get("local")
            .or_else(|| input.get("utc"))
            .or_else(|| input.get("utc_time"))
            .map(typed)
            .ok_or("no time")?;
        calendar::parse_rfc3339(&text).ok_or("bad time")?
    };
    let found = auth::timestamp(moment);
    for (key, wanted) in expected {
        let fits = match key.as_str() {
            "timestamp" => typed(wanted) == found,
            "not" => typed(wanted) != found,
            _ => return Err(format!("no check for the expectation {key}")),
        };
        if !fits {
            return Err(format!("{key}: expected {wanted}, made {found}"));
        }
    }
    Ok(())
}

fn topic_parse(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let topic = input.get("topic").map(typed).ok_or("no topic")?;
    let device = input
        .get("device_id")
        .or_else(|| input.get("self"))
        .map_or(DEVICE.to_owned(), typed);
    // As the device meets it: everything that arrives, arrives downwards.
    let publication = publication(&topic, *b"{}");
    let reading = DIALECT.read(&identity(&device), Direction::Down, &publication);
    // The payload stands in for whatever would travel there; what is checked is the topic.
    let about_topic: Vec<_> = reading
        .findings
        .iter()
        .filter(|finding| matches!(finding.place, device_console::platform::Place::Topic))
        .cloned()
        .collect();
    expect::findings(&about_topic, &[], expected)?;
    for (key, wanted) in expected {
        match key.as_str() {
            "error" | "field" | "warnings" | "accept" => {}
            "kind" => kind_is(&reading, wanted)?,
            _ => member(&reading, key, wanted)?,
        }
    }
    if let Ok(parsed) = Topic::parse(&topic)
        && parsed.to_string() != topic
        && !expected.contains_key("error")
    {
        return Err(format!("rendered back as {parsed}"));
    }
    Ok(())
}

fn topic_render(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let device = input.get("device_id").map(typed).unwrap_or_default();
    let identity = identity(&device);
    let mut values = FormValues::new();
    for (key, value) in input.as_object().ok_or("input is no object")? {
        values.insert(key.clone(), typed(value));
    }
    let plan = DIALECT.connect_plan(&identity, &draw());
    if expected.contains_key("error") {
        expect::only(expected, &[])?;
        return expect::findings(&plan.findings, &[], expected);
    }
    let declared = DIALECT.declaration().topics;
    let named: Vec<(String, String)> = declared
        .iter()
        .map(|topic| (topic.key.to_string(), topic.render(&[&values, &identity])))
        .collect();
    let publish: Vec<String> = declared
        .iter()
        .filter(|topic| topic.direction == Direction::Up)
        .map(|topic| topic.render(&[&values, &identity]))
        .collect();
    let subscribe: Vec<String> = plan.subscriptions.into_iter().map(|(f, _)| f).collect();
    expect::topics(&publish, &subscribe, &named, expected)
}
