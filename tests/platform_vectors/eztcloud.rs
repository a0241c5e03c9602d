//! Rows of the dialects `eztcloud` and `thingscloud`.

use device_console::platform::eztcloud::topics::{self, Kind, Topic};
use device_console::platform::eztcloud::{
    EZTCLOUD, Eztcloud, THINGSCLOUD, Variant, connection_info, quick_connect_status,
};
use device_console::platform::{Dialect, Direction, FormValues, Identity, Reading};
use serde_json::{Map, Value, json};

use crate::Verdict;
use crate::expect::{self, draw, form, member, publication, same, typed};

const USERNAME: &str = "DU_JEwVTAmL3m";

/// A variant, with what its rows need.
struct Bench {
    dialect: Eztcloud,
    variant: Variant,
}

pub fn run(row: &Value, variant: Variant) -> Verdict {
    let bench = Bench {
        dialect: match variant {
            Variant::Eztcloud => EZTCLOUD,
            Variant::Thingscloud => THINGSCLOUD,
        },
        variant,
    };
    let kind = row.get("kind").and_then(Value::as_str).unwrap_or("");
    let input = row.get("input").ok_or("no input")?;
    let expected = row.get("expected").ok_or("no expected")?;
    let object = expected.as_object().ok_or("expected is no object")?;
    match kind {
        "connect" => bench.connect(input, object),
        "error-code" => error_code(input, object),
        "message" => bench.message(input, expected),
        "message-parse" | "malformed" | "payload-decode" => bench.parse(input, object),
        "reply" => bench.reply(input, expected),
        "topic-parse" => bench.topic_parse(input, object),
        "topic-render" => bench.topic_render(input, object),
        other => Err(format!("unknown kind {other}")),
    }
}

fn error_code(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let table = EZTCLOUD.declaration().codes;
    let (seed_text, ok) = if let Some(status) = input.get("status").and_then(Value::as_u64) {
        let status = u16::try_from(status).map_err(|error| error.to_string())?;
        let text = quick_connect_status(status).ok_or("unknown status")?;
        (text.zh.to_string(), status == 200)
    } else {
        let code = input.get("error_code").or_else(|| input.get("code"));
        let number = code.and_then(Value::as_i64).ok_or("no code")?;
        let row = table
            .iter()
            .find(|row| row.place == "error_code" && row.number == number);
        (
            row.map_or(String::new(), |row| row.name.to_string()),
            number == 0,
        )
    };
    for (key, wanted) in expected {
        let fits = match key.as_str() {
            "seed_text" => typed(wanted) == seed_text,
            "ok" => wanted == &json!(ok),
            _ => return Err(format!("no check for the expectation {key}")),
        };
        if !fits {
            return Err(format!("{key}: expected {wanted}, found {seed_text} {ok}"));
        }
    }
    Ok(())
}

impl Bench {
    fn identity(&self, username: &str) -> Identity {
        match self.variant {
            Variant::Eztcloud => form([("username", username), ("password", "1234567890")]),
            Variant::Thingscloud => form([("access_token", "tok"), ("project_key", "key")]),
        }
    }

    /// The device a row speaks of.
    fn username(&self, input: &Value) -> String {
        if let Some(name) = input.get("username") {
            return typed(name);
        }
        input
            .get("topic")
            .and_then(Value::as_str)
            .and_then(|topic| Topic::parse(self.variant, topic).ok()?.username)
            .unwrap_or(USERNAME)
            .to_owned()
    }

    fn connect(&self, input: &Value, expected: &Map<String, Value>) -> Verdict {
        let mut found = Map::new();
        let identity = if let Some(body) = input.get("body") {
            let info = match connection_info(typed(body).as_bytes()) {
                Ok(info) => info,
                Err(finding) => {
                    expect::only(expected, &[])?;
                    return expect::findings(&[*finding], &[], expected);
                }
            };
            found.insert("host".into(), json!(info.host));
            found.insert("port".into(), json!(info.port));
            form([
                ("username", info.user_name.as_str()),
                ("password", info.password.as_str()),
            ])
        } else {
            input
                .as_object()
                .ok_or("input is no object")?
                .iter()
                .map(|(key, value)| (key.clone(), typed(value)))
                .collect()
        };
        let plan = self.dialect.connect_plan(&identity, &draw());
        let password =
            String::from_utf8_lossy(plan.password.as_deref().unwrap_or(b"")).into_owned();
        found.insert("username".into(), json!(plan.user_name));
        found.insert("password".into(), json!(password));
        found.insert("client_id".into(), json!(plan.client_id));
        expect::findings(&plan.findings, &[], expected)?;
        for (key, wanted) in expected {
            let fits = match (key.as_str(), wanted.as_str()) {
                ("client_id", Some("any")) => !plan.client_id.is_empty(),
                ("error" | "field" | "warnings", _) => true,
                _ => found.get(key).is_some_and(|found| same(wanted, found)),
            };
            if !fits {
                return Err(format!("{key}: expected {wanted}, found {found:?}"));
            }
        }
        Ok(())
    }

    fn message(&self, input: &Value, expected: &Value) -> Verdict {
        // Rows of the variant leave the action out where the members tell it.
        let action = match input.get("action") {
            Some(action) => typed(action),
            None if input.get("keys").is_some() => "attributes-get".to_owned(),
            None if input.get("method").is_some() => "event".to_owned(),
            None => "attributes".to_owned(),
        };
        let kind = match action.as_str() {
            "attributes" | "attributes-report" => "attributes",
            "attributes-get" => "attributes-get",
            "event" | "event-report" => "event",
            "stream" | "data" => "stream",
            other => return Err(format!("unknown action {other}")),
        };
        let mut values = FormValues::new();
        for (key, value) in input.as_object().ok_or("input is no object")? {
            values.insert(key.clone(), typed(value));
        }
        if let Some(id) = input.get("get_id").or_else(|| input.get("event_id")) {
            values.insert("id".to_owned(), typed(id));
        }
        let identity = self.identity(&self.username(input));
        expect::composed(
            &self.dialect.compose(&identity, kind, &values, &draw()),
            expected,
        )
    }

    fn read(&self, input: &Value) -> Result<(Identity, String, Vec<u8>, Reading), String> {
        let username = self.username(input);
        let payload = expect::payload_of(input)?;
        // Bytes without a topic are a custom stream's.
        let topic = input.get("topic").map_or_else(
            || topics::render(self.variant, Kind::Stream, &username, "modbus"),
            typed,
        );
        let direction = Topic::parse(self.variant, &topic)
            .map_or(Direction::Down, |topic| topic.kind.direction());
        let identity = self.identity(&username);
        let reading =
            self.dialect
                .read(&identity, direction, &publication(&topic, payload.clone()));
        expect::spans_nest(&reading.fields, 0, payload.len())?;
        Ok((identity, topic, payload, reading))
    }

    fn parse(&self, input: &Value, expected: &Map<String, Value>) -> Verdict {
        let (identity, topic, payload, reading) = self.read(input)?;
        expect::findings(&reading.findings, &reading.fields, expected)?;
        let answer = || {
            self.dialect
                .answer(
                    &identity,
                    &publication(&topic, payload.clone()),
                    &reading,
                    &FormValues::new(),
                    &draw(),
                )
                .publication
        };
        for (key, wanted) in expected {
            match key.as_str() {
                "error" | "field" | "warnings" | "accept" => {}
                "kind" => {
                    let found = reading.kind.as_deref().unwrap_or("none");
                    let wanted = typed(wanted).replace("command-send", "command");
                    if wanted != found && wanted != format!("{found}-report") {
                        return Err(format!("expected kind {wanted}, read {found}"));
                    }
                }
                "ok" => {
                    let found = reading.outcome.as_ref().map(|outcome| outcome.success);
                    if json!(found) != *wanted {
                        return Err(format!("expected ok {wanted}, found {found:?}"));
                    }
                }
                "consequence" => {
                    let said = reading
                        .findings
                        .iter()
                        .any(|finding| finding.text.en.contains("the platform disconnects"));
                    if typed(wanted) != "platform disconnects" || !said {
                        return Err(format!("no finding tells: {wanted}"));
                    }
                }
                "reply" => match wanted {
                    Value::Null if reading.answerable || answer().is_some() => {
                        return Err("answered what needs no answer".to_owned());
                    }
                    Value::Null => {}
                    _ => {
                        let answer = answer().ok_or("no answer")?;
                        let found: Value = serde_json::from_slice(&answer.payload)
                            .map_err(|error| error.to_string())?;
                        if wanted != "without id" || found.get("id").is_some() {
                            return Err(format!("expected {wanted}, answered {found}"));
                        }
                    }
                },
                _ => member(&reading, key, wanted)?,
            }
        }
        Ok(())
    }

    fn reply(&self, input: &Value, expected: &Value) -> Verdict {
        let topic = input.get("topic").map(typed).ok_or("no topic")?;
        let payload = expect::payload_of(input)?;
        let mut values = FormValues::new();
        if let Some(params) = input.get("params") {
            values.insert("params".to_owned(), typed(params));
        }
        let identity = self.identity(&self.username(input));
        let request = publication(&topic, payload);
        let reading = self.dialect.read(&identity, Direction::Down, &request);
        expect::composed(
            &self
                .dialect
                .answer(&identity, &request, &reading, &values, &draw()),
            expected,
        )
    }

    fn topic_parse(&self, input: &Value, expected: &Map<String, Value>) -> Verdict {
        let topic = input.get("topic").map(typed).ok_or("no topic")?;
        let identity = self.identity(&self.username(input));
        let parsed = Topic::parse(self.variant, &topic);
        let direction = parsed.map_or(Direction::Down, |topic| topic.kind.direction());
        let body = *br#"{"method":"m","params":{},"id":1,"keys":[],"error_code":0,"result":1,"attributes":{}}"#;
        let reading = self
            .dialect
            .read(&identity, direction, &publication(&topic, body));
        expect::findings(&reading.findings, &reading.fields, expected)?;
        for (key, wanted) in expected {
            match key.as_str() {
                "error" | "field" | "warnings" | "accept" => {}
                "kind" => {
                    if reading.kind.as_deref() != wanted.as_str() {
                        return Err(format!("expected {wanted}, read {:?}", reading.kind));
                    }
                }
                "id" | "username" | "identifier" => {
                    let found = parsed.ok().and_then(|topic| {
                        if key == "username" {
                            topic.username
                        } else {
                            topic.id
                        }
                    });
                    if found != wanted.as_str() {
                        return Err(format!("{key}: expected {wanted}, found {found:?}"));
                    }
                }
                _ => member(&reading, key, wanted)?,
            }
        }
        match parsed {
            Ok(parsed) if parsed.to_string() != topic => Err(format!("rendered back as {parsed}")),
            _ => Ok(()),
        }
    }

    fn topic_render(&self, input: &Value, expected: &Map<String, Value>) -> Verdict {
        let mut identity = self.identity(&self.username(input));
        let stream = input.get("identifier").or_else(|| input.get("stream"));
        let stream = stream.map(typed).unwrap_or_default();
        identity.insert("streams".to_owned(), stream.clone());
        let plan = self.dialect.connect_plan(&identity, &draw());
        if expected.contains_key("error") {
            return expect::findings(&plan.findings, &[], expected);
        }
        let id_of = |kind: Kind| match kind {
            Kind::AttributesGet | Kind::AttributesGetResponse => input.get("get_id"),
            Kind::Event | Kind::EventResponse => input.get("event_id"),
            _ => input.get("command_id"),
        };
        let mut named = Vec::new();
        let mut publish = Vec::new();
        for kind in Kind::ALL {
            if kind.template(self.variant).is_none() {
                continue;
            }
            let id = if kind.is_stream() {
                stream.clone()
            } else {
                id_of(kind).map(typed).unwrap_or_default()
            };
            let topic = topics::render(self.variant, kind, &self.username(input), &id);
            if kind.direction() == Direction::Up {
                publish.push(topic.clone());
            }
            named.push((kind.key().replace('-', "_"), topic));
        }
        let subscribe: Vec<String> = plan.subscriptions.into_iter().map(|(f, _)| f).collect();
        expect::topics(&publish, &subscribe, &named, expected)
    }
}
