//! Rows of the dialect `onem2m`.

use device_console::platform::onem2m::topics::{Family, Topic};
use device_console::platform::onem2m::{Onem2m, codes};
use device_console::platform::{
    Dialect, Direction, FormValues, Identity, Publication, Reading, to_hex,
};
use serde_json::{Map, Value};

use crate::Verdict;
use crate::expect::{self, draw, form, member, publication, typed};

const DIALECT: Onem2m = Onem2m;

pub fn run(row: &Value) -> Verdict {
    let kind = row.get("kind").and_then(Value::as_str).unwrap_or("");
    let input = row.get("input").ok_or("no input")?;
    let expected = row.get("expected").ok_or("no expected")?;
    let object = expected.as_object().ok_or("expected is no object")?;
    match kind {
        "message" => message(input, expected),
        "message-parse" | "malformed" | "tolerance" => parse(input, object),
        "reply" => reply(input, expected),
        "rsc-lookup" => rsc(input, object),
        "topic-parse" => topic_parse(input, object),
        "topic-render" => topic_render(input, object),
        other => Err(format!("unknown kind {other}")),
    }
}

fn identity(ae: &str, input: &Value) -> Identity {
    let cse = input.get("cse").map_or("in-cse".to_owned(), typed);
    form([("ae", ae), ("cse", &cse)])
}

/// The device a row speaks of: named, or told by the topic, or by the address.
fn device_of(input: &Value) -> String {
    for key in ["ae", "self", "device"] {
        if let Some(name) = input.get(key) {
            return typed(name);
        }
    }
    if let Some(topic) = input.get("topic").and_then(Value::as_str)
        && let Ok(topic) = Topic::parse(topic)
    {
        return if topic.originator == "in-cse" {
            topic.receiver.to_owned()
        } else {
            topic.originator.to_owned()
        };
    }
    input
        .get("payload")
        .and_then(Value::as_str)
        .and_then(|payload| payload.split("/in-cse/").nth(1))
        .and_then(|rest| rest.split(['/', '"']).next())
        .filter(|name| !name.is_empty())
        .unwrap_or("A")
        .to_owned()
}

fn message(input: &Value, expected: &Value) -> Verdict {
    let action = input.get("action").map(typed).unwrap_or_default();
    let kind = if action.contains("regist") {
        "register"
    } else if action.contains("event") {
        "event"
    } else if action.contains("report") || action.contains("data") {
        "report"
    } else {
        return Err(format!("unknown action {action}"));
    };
    let mut values = FormValues::new();
    for (key, value) in input.as_object().ok_or("input is no object")? {
        let key = match key.as_str() {
            "con_hex" | "data_hex" | "bytes_hex" => "con",
            "label" => "lbl",
            "capability" => "container",
            other => other,
        };
        values.insert(key.to_owned(), typed(value));
    }
    if let Some(rr) = input.get("rr") {
        values.insert("rr_text".to_owned(), rr.is_string().to_string());
    }
    let is_hex = input
        .as_object()
        .is_some_and(|input| input.keys().any(|key| key.ends_with("_hex")));
    if !is_hex && !values.contains_key("encoding") {
        values.insert("encoding".to_owned(), "verbatim".to_owned());
    }
    let mut device = identity(&device_of(input), input);
    if let Some(api) = input.get("api") {
        device.insert("api".to_owned(), typed(api));
    }
    expect::composed(&DIALECT.compose(&device, kind, &values, &draw()), expected)
}

fn read(input: &Value) -> Result<(Identity, Publication, Reading), String> {
    let ae = device_of(input);
    let identity = identity(&ae, input);
    let topic = match input.get("topic").and_then(Value::as_str) {
        Some(topic) => topic.to_owned(),
        None => format!("/oneM2M/req/in-cse/{ae}"),
    };
    let publication = publication(&topic, expect::payload_of(input)?);
    let direction = Topic::parse(&topic)
        .ok()
        .and_then(|topic| topic.direction(&ae))
        .unwrap_or(Direction::Down);
    let reading = DIALECT.read(&identity, direction, &publication);
    expect::spans_nest(&reading.fields, 0, publication.payload.len())?;
    Ok((identity, publication, reading))
}

fn parse(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let (identity, publication, reading) = read(input)?;
    expect::findings(&reading.findings, &reading.fields, expected)?;
    let answer =
        |values: &FormValues| DIALECT.answer(&identity, &publication, &reading, values, &draw());
    for (key, wanted) in expected {
        match key.as_str() {
            "error" | "field" | "warnings" | "accept" => {}
            "kind" => {
                let wanted = typed(wanted);
                let found = reading.kind.as_deref().unwrap_or("none");
                if wanted != found {
                    return Err(format!("expected kind {wanted}, read {found}"));
                }
            }
            "matched" => {
                let pending = input.get("pending").and_then(Value::as_array);
                let id = reading.correlation.as_ref().and_then(|c| c.id.clone());
                let found = id.is_some_and(|id| {
                    pending.is_some_and(|ids| ids.iter().any(|known| typed(known) == id))
                });
                if wanted != &Value::Bool(found) {
                    return Err(format!("expected matched {wanted}, found {found}"));
                }
            }
            "ok" => {
                let found = reading.outcome.as_ref().map(|outcome| outcome.success);
                if found.map(Value::Bool).as_ref() != Some(wanted) {
                    return Err(format!("expected ok {wanted}, found {found:?}"));
                }
            }
            "suggested_reply_rsc" => {
                let defaults = DIALECT.answer_defaults(&identity, &reading);
                if defaults.get("rsc") != Some(&typed(wanted)) {
                    return Err(format!("expected {key} {wanted}, suggested {defaults:?}"));
                }
                let answer = answer(&defaults);
                if answer.publication.is_none() {
                    return Err(format!("no answer: {:?}", answer.findings));
                }
            }
            "reply" if wanted.is_null() => {
                let answer = answer(&FormValues::new());
                if reading.answerable || answer.publication.is_some() {
                    return Err("answered what cannot be answered".to_owned());
                }
            }
            "reply_rqi" => {
                let answer = answer(&FormValues::new());
                let payload = answer.publication.ok_or("no answer")?.payload;
                let payload: Value =
                    serde_json::from_slice(&payload).map_err(|error| error.to_string())?;
                if payload.get("rqi") != Some(wanted) {
                    return Err(format!("expected rqi {wanted}, answered {payload}"));
                }
            }
            "con_bytes" | "con_hex" => member(&reading, "bytes", wanted)?,
            _ => member(&reading, key, wanted)?,
        }
    }
    Ok(())
}

fn reply(input: &Value, expected: &Value) -> Verdict {
    let request = input.get("request").or_else(|| input.get("payload"));
    let request = request.ok_or("no request")?;
    let text = match request {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let with_payload = serde_json::json!({ "payload": text });
    let ae = if input.get("ae").is_some() || input.get("topic").is_some() {
        device_of(input)
    } else {
        device_of(&with_payload)
    };
    let topic = input
        .get("topic")
        .map_or_else(|| format!("/oneM2M/req/in-cse/{ae}"), typed);
    let publication = publication(&topic, text.into_bytes());
    let identity = identity(&ae, input);
    let mut values = FormValues::new();
    for key in ["rsc", "rsp"] {
        if let Some(value) = input.get(key) {
            values.insert(key.to_owned(), typed(value));
        }
    }
    let reading = DIALECT.read(&identity, Direction::Down, &publication);
    expect::composed(
        &DIALECT.answer(&identity, &publication, &reading, &values, &draw()),
        expected,
    )
}

fn rsc(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let rsc = input
        .get("rsc")
        .and_then(Value::as_i64)
        .ok_or("rsc is no number")?;
    let payload = format!(
        r#"{{"rsc":{rsc},"rqi":"1","pc":{{"ri":"x"}},"to":"/in-cse/A/c","fr":"/in-cse/A"}}"#
    );
    let publication = publication("/oneM2M/resp/A/in-cse", payload.into_bytes());
    let identity = form([("ae", "A")]);
    let reading = DIALECT.read(&identity, Direction::Down, &publication);
    expect::findings(&reading.findings, &reading.fields, expected)?;
    let outcome = reading.outcome.as_ref().ok_or("no outcome")?;
    for (key, wanted) in expected {
        let found = match key.as_str() {
            "warnings" => continue,
            "name" => Some(outcome.name.clone()).filter(|name| !name.is_empty()),
            "class" => reading.member("class").map(str::to_owned),
            "coap" => codes::lookup(rsc)
                .and_then(|row| row.coap)
                .map(str::to_owned),
            "ok" | "success" => {
                if wanted != &Value::Bool(outcome.success) {
                    return Err(format!("expected {key} {wanted}"));
                }
                continue;
            }
            _ => return Err(format!("no check for the expectation {key}")),
        };
        let wanted = wanted.as_str().map(str::to_owned);
        if wanted != found {
            return Err(format!("{key}: expected {wanted:?}, found {found:?}"));
        }
    }
    Ok(())
}

fn topic_parse(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let topic_name = input.get("topic").map(typed).ok_or("no topic")?;
    let ae = device_of(input);
    let identity = identity(&ae, input);
    let parsed = Topic::parse(&topic_name);
    let direction = parsed
        .as_ref()
        .ok()
        .and_then(|topic| topic.direction(&ae))
        .unwrap_or(Direction::Down);
    // A payload that is in order, so that what is said is said about the topic.
    let payload: &[u8] = match parsed.as_ref().map(|topic| topic.family) {
        Ok(Family::RegisterRequest) => {
            br#"{"op":1,"to":"/in-cse","fr":"/C","rqi":"1","ty":2,"pc":{"m2m:ae":{"api":"A","rr":"true"}}}"#
        }
        Ok(Family::Request) if direction == Direction::Up => {
            br#"{"op":1,"to":"/in-cse/A/c","fr":"/in-cse/A","rqi":"1","ty":4,"pc":{"m2m:cin":{"cnf":"0","con":"x"}}}"#
        }
        Ok(Family::Request) => {
            br#"{"op":5,"to":"/in-cse/A/c","fr":"/CSE-001","rqi":"1","ty":4,"pc":{"m2m:cin":{"cnf":"0","con":"x"}}}"#
        }
        _ => br#"{"rsc":2001,"rqi":"1","to":"/in-cse/A/c","fr":"/in-cse/A","pc":{"ri":"x"}}"#,
    };
    let publication = publication(&topic_name, payload);
    let reading = DIALECT.read(&identity, direction, &publication);
    expect::findings(&reading.findings, &reading.fields, expected)?;
    for (key, wanted) in expected {
        let found = match (key.as_str(), &parsed) {
            ("error" | "warnings" | "accept", _) => continue,
            (_, Err(why)) => return Err(format!("cannot be parsed: {why}")),
            ("family", Ok(topic)) => Some(topic.family.segment()),
            ("originator", Ok(topic)) => Some(topic.originator),
            ("receiver", Ok(topic)) => Some(topic.receiver),
            ("format", Ok(topic)) => topic.format,
            ("direction", Ok(topic)) => topic.direction(&ae).map(|direction| match direction {
                Direction::Up => "device-to-platform",
                Direction::Down => "platform-to-device",
            }),
            ("kind", Ok(_)) => reading.kind.as_deref(),
            _ => return Err(format!("no check for the expectation {key}")),
        };
        if wanted.as_str() != found {
            return Err(format!("{key}: expected {wanted}, found {found:?}"));
        }
    }
    if let Ok(topic) = parsed
        && topic.to_string() != topic_name
    {
        return Err(format!("rendered back as {topic}"));
    }
    Ok(())
}

fn topic_render(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let identity = identity(&device_of(input), input);
    let plan = DIALECT.connect_plan(&identity, &draw());
    if expected.contains_key("error") {
        if !plan.subscriptions.is_empty() {
            return Err("subscribes all the same".to_owned());
        }
        let register = DIALECT.compose(&identity, "register", &FormValues::new(), &draw());
        if let Some(publication) = register.publication {
            return Err(format!("sends {}", to_hex(&publication.payload)));
        }
        expect::only(expected, &[])?;
        return expect::findings(&plan.findings, &[], expected);
    }
    let declared = DIALECT.declaration().topics;
    let named: Vec<(String, String)> = declared
        .iter()
        .map(|topic| (topic.key.to_string(), topic.render(&[&identity])))
        .collect();
    let publish: Vec<String> = declared
        .iter()
        .filter(|topic| topic.direction == Direction::Up)
        .map(|topic| topic.render(&[&identity]))
        .collect();
    let subscribe: Vec<String> = plan
        .subscriptions
        .into_iter()
        .map(|(filter, _)| filter)
        .collect();
    expect::topics(&publish, &subscribe, &named, expected)
}
