//! Rows that name whole control packets: the codec and the dialect together.

use device_console::mqtt::{
    Connect, Packet, PacketId, Properties, ProtocolVersion, Publish, QoS, RetainHandling,
    Subscribe, Subscription, Subscriptions, TopicFilter, TopicName,
};
use device_console::platform::{Dialect, from_hex, to_hex};
use serde_json::{Map, Value, json};

use crate::Verdict;
use crate::expect::{draw, form, same, typed};

const VERSION: ProtocolVersion = ProtocolVersion::V3_1_1;

fn compare(packet: &Packet<'_>, expected: &Map<String, Value>) -> Verdict {
    let mut frame = Vec::new();
    packet
        .encode(VERSION, &mut frame)
        .map_err(|error| error.to_string())?;
    let found = to_hex(&frame);
    match expected.get("hex").and_then(Value::as_str) {
        Some(wanted) if wanted == found && expected.len() == 1 => Ok(()),
        wanted => Err(format!("expected {wanted:?} alone, wrote {found}")),
    }
}

fn qos(value: Option<&Value>) -> QoS {
    match value.and_then(Value::as_u64) {
        Some(2) => QoS::ExactlyOnce,
        Some(1) => QoS::AtLeastOnce,
        _ => QoS::AtMostOnce,
    }
}

fn packet_id(input: &Value) -> Option<PacketId> {
    let number = input.get("packet_id").and_then(Value::as_u64)?;
    PacketId::new(u16::try_from(number).ok()?)
}

/// CONNECT as the dialect's plan makes it of the row's identity.
pub fn connect(dialect: &dyn Dialect, input: &Value, expected: &Map<String, Value>) -> Verdict {
    let text = |key: &str| input.get(key).map(typed).unwrap_or_default();
    let identity = form([
        ("device_id", &text("client_id")),
        ("project_id", &text("username")),
        ("secret", &text("password")),
        (
            "method",
            if text("password").chars().all(char::is_alphanumeric) {
                "auth_info"
            } else {
                "api_key"
            },
        ),
    ]);
    let plan = dialect.connect_plan(&identity, &draw());
    if let Some(finding) = plan.findings.iter().find(|finding| finding.is_error()) {
        return Err(finding.text.en.to_string());
    }
    let keep_alive = input.get("keepalive").and_then(Value::as_u64);
    let keep_alive_secs = keep_alive
        .and_then(|secs| u16::try_from(secs).ok())
        .unwrap_or(plan.keep_alive_secs);
    let clean = input.get("clean").and_then(Value::as_bool);
    compare(
        &Packet::Connect(Connect {
            clean_start: clean.unwrap_or(plan.clean_session),
            keep_alive_secs,
            properties: Properties::NONE,
            client_id: &plan.client_id,
            will: None,
            user_name: plan.user_name.as_deref(),
            password: plan.password.as_deref(),
        }),
        expected,
    )
}

pub fn publish(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let topic = input.get("topic").map(typed).unwrap_or_default();
    let payload = input.get("payload_hex").map(typed).unwrap_or_default();
    let payload = from_hex(&payload).map_err(|at| format!("bad hex at {at}"))?;
    let flag = |key: &str| input.get(key) == Some(&Value::Bool(true));
    compare(
        &Packet::Publish(Publish {
            dup: flag("dup"),
            qos: qos(input.get("qos")),
            retain: flag("retain"),
            topic: TopicName::new(&topic).map_err(|error| error.to_string())?,
            packet_id: packet_id(input),
            properties: Properties::NONE,
            payload: &payload,
        }),
        expected,
    )
}

pub fn subscribe(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let filters: Vec<(String, QoS)> = input
        .get("filters")
        .and_then(Value::as_array)
        .ok_or("no filters")?
        .iter()
        .map(|pair| (pair.get(0).map(typed).unwrap_or_default(), qos(pair.get(1))))
        .collect();
    let list: Vec<Subscription<'_>> = filters
        .iter()
        .map(|(filter, qos)| {
            Ok(Subscription {
                filter: TopicFilter::new(filter).map_err(|error| error.to_string())?,
                qos: *qos,
                no_local: false,
                retain_as_published: false,
                retain_handling: RetainHandling::default(),
            })
        })
        .collect::<Result<_, String>>()?;
    compare(
        &Packet::Subscribe(Subscribe {
            dup: false,
            packet_id: packet_id(input).ok_or("no packet id")?,
            properties: Properties::NONE,
            subscriptions: Subscriptions::new(&list),
        }),
        expected,
    )
}

/// CONNACK decoded, its return code looked up in the dialect's table.
pub fn connack(dialect: &dyn Dialect, input: &Value, expected: &Map<String, Value>) -> Verdict {
    let hex = input.get("hex").map(typed).unwrap_or_default();
    let frame = from_hex(&hex).map_err(|at| format!("bad hex at {at}"))?;
    let packet = Packet::decode(VERSION, &frame).map_err(|error| error.to_string())?;
    let Packet::ConnAck(connack) = packet else {
        return Err(format!("not a CONNACK: {packet:?}"));
    };
    let declaration = dialect.declaration();
    let code = declaration
        .codes
        .iter()
        .find(|code| code.place == "CONNACK" && code.number == i64::from(connack.reason_code.0));
    for (key, wanted) in expected {
        let found = match key.as_str() {
            "session_present" => json!(connack.session_present),
            "code" => json!(connack.reason_code.0),
            "seed_text" => json!(code.map(|code| code.name.clone())),
            "ok" => json!(code.map(|code| code.success)),
            _ => return Err(format!("no check for the expectation {key}")),
        };
        if !same(wanted, &found) {
            return Err(format!("{key}: expected {wanted}, found {found}"));
        }
    }
    Ok(())
}
