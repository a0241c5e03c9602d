//! Rows of the dialect `aliyun`.

use device_console::mqtt::{ProtocolVersion, QoS, TopicFilter, TopicName};
use device_console::platform::aliyun::auth::{MqttClientId, SignMethod, password};
use device_console::platform::aliyun::topics::{Kind, Topic};
use device_console::platform::aliyun::{Aliyun, check_securemode, codes};
use device_console::platform::cloud::ConnectRequest;
use device_console::platform::{Dialect, Direction, FormValues, Identity, PublishOptions, Reading};
use serde_json::{Map, Value, json};

use crate::Verdict;
use crate::expect::{self, draw, form, member, publication, typed};

const DIALECT: Aliyun = Aliyun;
const PK: &str = "a1ouyopKiEU";
const DN: &str = "device1";

pub fn run(row: &Value) -> Verdict {
    let kind = row.get("kind").and_then(Value::as_str).unwrap_or("");
    let input = row.get("input").ok_or("no input")?;
    let expected = row.get("expected").ok_or("no expected")?;
    match kind {
        "client-id" => client_id(input, object(expected)?),
        "client-id-parse" => client_id_parse(input, object(expected)?),
        "connect" | "signature" => signature(input, object(expected)?),
        "error-code" => error_code(input, object(expected)?),
        "filter-match" => filter_match(input, expected),
        "limit" => limit(input, expected),
        "malformed" => malformed(input, object(expected)?),
        "message" => message(input, expected),
        "message-parse" => parse(input, object(expected)?),
        "reply" => reply(input, expected),
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

/// The identity that a row's own names give.
fn identity(input: &Value) -> Identity {
    let mut out = form([
        ("product_key", PK),
        ("device_name", DN),
        ("device_secret", "secret"),
    ]);
    for (key, field) in [
        ("productKey", "product_key"),
        ("deviceName", "device_name"),
        ("deviceSecret", "device_secret"),
        ("productSecret", "product_secret"),
        ("deviceToken", "device_token"),
        ("clientId", "client_id"),
        ("timestamp", "timestamp"),
        ("signed_timestamp", "timestamp"),
        ("signmethod", "sign_method"),
        ("securemode", "securemode"),
        ("authType", "auth"),
        ("random", "random"),
        ("instanceId", "instance_id"),
        ("region", "region"),
        ("ext", "ext"),
    ] {
        if let Some(value) = input.get(key) {
            out.insert(field.to_owned(), typed(value));
        }
    }
    if input.get("instanceId").is_some() || input.get("enterprise") == Some(&Value::Bool(true)) {
        out.insert("instance".to_owned(), "enterprise".to_owned());
    }
    if input.get("deviceToken").is_some() {
        out.insert("auth".to_owned(), "connwl".to_owned());
    }
    out
}

fn request<'a>(
    client_id: &'a str,
    user: Option<&'a str>,
    word: Option<&'a [u8]>,
) -> ConnectRequest<'a> {
    ConnectRequest {
        version: ProtocolVersion::V3_1_1,
        client_id,
        user_name: user,
        password: word,
        keep_alive_secs: 300,
        clean_session: true,
        will: false,
    }
}

/// A client identifier rendered from its parts: what the row does not give is taken from the
/// expected text, so what is checked is form and order.
fn client_id(input: &Value, expected: &Map<String, Value>) -> Verdict {
    expect::only(expected, &["mqttClientId"])?;
    let wanted = expected
        .get("mqttClientId")
        .map(typed)
        .ok_or("no mqttClientId")?;
    let parsed = MqttClientId::parse(&wanted).map_err(|error| error.to_string())?;
    let mut identity = identity(input);
    for (name, field) in [
        ("securemode", "securemode"),
        ("signmethod", "sign_method"),
        ("timestamp", "timestamp"),
    ] {
        if let Some(value) = parsed.parameter(name) {
            identity.insert(field.to_owned(), value.to_owned());
        }
    }
    if parsed.parameter("timestamp").is_none() {
        identity.insert("timestamp".to_owned(), "none".to_owned());
    }
    let plan = DIALECT.connect_plan(&identity, &draw());
    if plan.client_id == wanted {
        Ok(())
    } else {
        Err(format!("expected {wanted}, made {}", plan.client_id))
    }
}

fn client_id_parse(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let text = input
        .get("mqttClientId")
        .map(typed)
        .ok_or("no mqttClientId")?;
    let findings = DIALECT.lint_connect(&identity(input), &request(&text, None, None));
    expect::findings(&findings, &[], expected)?;
    if expected.contains_key("error") {
        return expect::only(expected, &[]);
    }
    let parsed = MqttClientId::parse(&text).map_err(|error| error.to_string())?;
    if parsed.to_string() != text {
        return Err(format!("rendered back as {parsed}"));
    }
    for (key, wanted) in expected {
        let found = match key.as_str() {
            "clientId" => json!(parsed.client_id),
            "params" => parsed
                .parameters
                .iter()
                .map(|(name, value)| ((*name).to_owned(), json!(value)))
                .collect::<Map<_, _>>()
                .into(),
            "warnings" => continue,
            _ => return Err(format!("no check for the expectation {key}")),
        };
        if wanted != &found {
            return Err(format!("{key}: expected {wanted}, found {found}"));
        }
    }
    Ok(())
}

fn signature(input: &Value, expected: &Map<String, Value>) -> Verdict {
    // A row that gives the content alone asks for its digest.
    if let Some(content) = input.get("content").and_then(Value::as_str) {
        expect::only(expected, &["password", "note"])?;
        let method = input.get("signmethod").map(typed).unwrap_or_default();
        let method = SignMethod::from_word(&method).ok_or("unknown signmethod")?;
        let secret = input.get("deviceSecret").map(typed).unwrap_or_default();
        let found = password(method, &secret, content);
        let wanted = expected.get("password").map(typed).unwrap_or_default();
        if !wanted.eq_ignore_ascii_case(&found) {
            return Err(format!("expected {wanted}, made {found}"));
        }
        if expected
            .get("note")
            .map(typed)
            .unwrap_or_default()
            .contains("NOT")
        {
            // The product must not sign this content: the right parameters give another one.
            let identity = form([
                ("product_key", "pk"),
                ("device_name", "device"),
                ("client_id", "12345"),
                ("timestamp", "789"),
                ("device_secret", &secret),
                ("sign_method", method.word()),
            ]);
            let plan = DIALECT.connect_plan(&identity, &draw());
            if plan.password.as_deref() == Some(found.as_bytes()) {
                return Err("the product signs the misprinted content".to_owned());
            }
        }
        return Ok(());
    }
    let mut identity = identity(input);
    let regular = input.get("authType").is_none() && input.get("deviceToken").is_none();
    if regular && input.get("timestamp").is_none() {
        identity.insert("timestamp".to_owned(), "none".to_owned());
    }
    let plan = DIALECT.connect_plan(&identity, &draw());
    expect::findings(&plan.findings, &[], expected)?;
    let word = String::from_utf8_lossy(plan.password.as_deref().unwrap_or(b"")).into_owned();
    for (key, wanted) in expected {
        let wanted = typed(wanted);
        let fits = match key.as_str() {
            "mqttClientId" => wanted == plan.client_id,
            "username" => Some(&wanted) == plan.user_name.as_ref(),
            "password" => wanted.eq_ignore_ascii_case(&word),
            "content" => plan.steps.iter().any(|step| step.value == wanted),
            "url" | "host" => plan.url.as_ref().is_some_and(|url| url.contains(&wanted)),
            "note" | "warnings" | "error" | "field" => true,
            _ => return Err(format!("no check for the expectation {key}")),
        };
        if !fits {
            return Err(format!(
                "{key}: expected {wanted}, made {} {:?} {word}",
                plan.client_id, plan.user_name
            ));
        }
    }
    // The reverse check finds nothing wrong with what was made.
    let request = request(
        &plan.client_id,
        plan.user_name.as_deref(),
        plan.password.as_deref(),
    );
    match DIALECT
        .diagnose(&identity, &request, &draw())
        .iter()
        .find(|finding| finding.is_error())
    {
        Some(finding) => Err(format!("reverse check: {}", finding.text.en)),
        None => Ok(()),
    }
}

fn error_code(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let code = input.get("code").and_then(Value::as_i64).ok_or("no code")?;
    let place = if (0..6).contains(&code) {
        "CONNACK"
    } else {
        "code"
    };
    let declaration = DIALECT.declaration();
    let known = declaration
        .codes
        .iter()
        .find(|row| row.place == place && row.number == code);
    // Each code of the device's own is one of a range.
    if known.is_none() && !(100_000..=110_000).contains(&code) {
        return Err(format!("{code} is not in the table"));
    }
    let (success, advice) = known.map_or_else(
        || {
            let outcome = codes::outcome(code, "");
            (outcome.success, outcome.advice)
        },
        |known| (known.success, known.advice.clone()),
    );
    for (key, wanted) in expected {
        let found = match key.as_str() {
            "ok" => json!(success && codes::outcome(code, "").success),
            _ => return Err(format!("no check for the expectation {key}")),
        };
        if wanted != &found {
            return Err(format!("{key}: expected {wanted}, found {found}"));
        }
    }
    if advice.en.is_empty() || advice.zh.is_empty() {
        return Err("no advice".to_owned());
    }
    Ok(())
}

fn filter_match(input: &Value, expected: &Value) -> Verdict {
    let filter = input.get("filter").map(typed).unwrap_or_default();
    let topic = input.get("topic").map(typed).unwrap_or_default();
    let filter = TopicFilter::new(&filter).map_err(|error| error.to_string())?;
    let name = TopicName::new(&topic).map_err(|error| error.to_string())?;
    if json!(filter.matches(name)) == *expected {
        Ok(())
    } else {
        Err(format!("expected {expected}"))
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
    let identity = identity(input);
    let flag = |key: &str| input.get(key) == Some(&Value::Bool(true));
    let version = match input.get("protocol").and_then(Value::as_u64) {
        Some(5) => ProtocolVersion::V5_0,
        Some(3) => ProtocolVersion::V3_1,
        _ => ProtocolVersion::V3_1_1,
    };
    let findings = match input.get("op").and_then(Value::as_str) {
        Some("subscribe") => {
            let filter = input.get("filter").map(typed).unwrap_or_default();
            DIALECT.lint_subscription(&identity, &filter, qos(input))
        }
        Some("publish") => {
            let mut publication = publication(&format!("/{PK}/{DN}/user/update"), *b"hello");
            publication.qos = qos(input);
            publication.retain = flag("retain");
            let length = |key: &str| {
                input
                    .get(key)
                    .and_then(Value::as_u64)
                    .and_then(|length| usize::try_from(length).ok())
            };
            let mut options = PublishOptions::plain(version);
            if let Some(pair) = input.get("user_property").and_then(Value::as_array) {
                let part = |index: usize| pair.get(index).map(typed).unwrap_or_default();
                options.user_properties.push((part(0), part(1)));
            }
            if let Some(length) = length("user_property_len") {
                options
                    .user_properties
                    .push(("k".to_owned(), "x".repeat(length.saturating_sub(1))));
            }
            for index in 0..length("user_properties").unwrap_or(0) {
                options
                    .user_properties
                    .push((format!("k{index}"), "v".to_owned()));
            }
            options.correlation_data =
                length("correlation_len").map(|length| vec![b'x'; length].into());
            options.response_topic = length("response_topic_len").map(|length| "x".repeat(length));
            options.topic_alias = input.get("topic_alias").map(|_| 1);
            let mut findings = DIALECT.lint(&identity, &publication);
            findings.extend(DIALECT.lint_options(&identity, &publication, &options));
            findings
        }
        _ => {
            let plan = DIALECT.connect_plan(&identity, &draw());
            let keep_alive = input
                .get("keepalive")
                .and_then(Value::as_u64)
                .unwrap_or(300);
            let mut request = request(
                &plan.client_id,
                plan.user_name.as_deref(),
                plan.password.as_deref(),
            );
            request.version = version;
            request.keep_alive_secs = u16::try_from(keep_alive).unwrap_or(u16::MAX);
            request.will = flag("will");
            let mut findings = DIALECT.lint_connect(&identity, &request);
            findings.extend(endpoint(input));
            findings
        }
    };
    expect::findings(&findings, &[], expected)
}

/// Rows about the security mode name a scheme or a URL.
fn endpoint(input: &Value) -> Option<device_console::platform::Finding> {
    let url = match (input.get("url"), input.get("scheme")) {
        (Some(url), _) => typed(url),
        (None, Some(scheme)) => format!("{}://host:443/", typed(scheme)),
        (None, None) => return None,
    };
    check_securemode(&url, &input.get("securemode").map(typed)?)
}

fn malformed(input: &Value, expected: &Map<String, Value>) -> Verdict {
    if input.get("payload").is_some() || input.get("hex").is_some() {
        return parse(input, expected);
    }
    expect::only(expected, &[])?;
    if input.get("scheme").is_some() || input.get("url").is_some() {
        let findings: Vec<_> = endpoint(input).into_iter().collect();
        return expect::findings(&findings, &[], expected);
    }
    let identity = identity(input);
    if let Some(client_id) = input.get("mqttClientId").map(typed) {
        // What is sent differs from what the identity of the row signs.
        let mut identity = identity;
        if let Ok(parsed) = MqttClientId::parse(&client_id) {
            if input.get("clientId").is_none() {
                identity.insert("client_id".to_owned(), parsed.client_id.to_owned());
            }
            if let Some(method) = parsed.parameter("signmethod") {
                identity.insert("sign_method".to_owned(), method.to_owned());
            }
        }
        let plan = DIALECT.connect_plan(&identity, &draw());
        let request = request(
            &client_id,
            plan.user_name.as_deref(),
            plan.password.as_deref(),
        );
        return expect::findings(
            &DIALECT.diagnose(&identity, &request, &draw()),
            &[],
            expected,
        );
    }
    if input.get("topic").is_some() {
        return topic_parse(input, expected);
    }
    if input.get("id").is_some() {
        let values = form([
            ("id", &input.get("id").map(typed).unwrap_or_default()),
            ("params", "{\"a\":1}"),
        ]);
        let composed = DIALECT.compose(&identity, "property-post", &values, &draw());
        let fields = composed
            .publication
            .as_ref()
            .map_or(Vec::new(), |publication| {
                DIALECT.read(&identity, Direction::Up, publication).fields
            });
        return expect::findings(&composed.findings, &fields, expected);
    }
    let plan = DIALECT.connect_plan(&identity, &draw());
    expect::findings(&plan.findings, &[], expected)
}

fn message(input: &Value, expected: &Value) -> Verdict {
    let action = input.get("action").map(typed).unwrap_or_default();
    let mut values = FormValues::new();
    for (key, value) in input.as_object().ok_or("input is no object")? {
        values.insert(key.clone(), typed(value));
    }
    expect::composed(
        &DIALECT.compose(&identity(input), &action, &values, &draw()),
        expected,
    )
}

fn read(topic: &str, payload: Vec<u8>) -> Result<Reading, String> {
    let parsed = Topic::parse(topic).map_err(|error| error.to_string())?;
    let mut identity = identity(&Value::Null);
    if !parsed.product_key.is_empty() {
        identity.insert("product_key".to_owned(), parsed.product_key.to_owned());
        identity.insert("device_name".to_owned(), parsed.device_name.to_owned());
    }
    let direction = parsed.kind.direction().unwrap_or(Direction::Down);
    let length = payload.len();
    let reading = DIALECT.read(&identity, direction, &publication(topic, payload));
    expect::spans_nest(&reading.fields, 0, length)?;
    Ok(reading)
}

fn parse(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let payload = expect::payload_of(input)?;
    // Rows without a topic are answers to reports, or to the question for desired values.
    let topics: Vec<String> = match (input.get("topics"), input.get("topic")) {
        (Some(Value::Array(topics)), _) => topics.iter().map(typed).collect(),
        (_, Some(topic)) => vec![typed(topic)],
        _ if expected.contains_key("desired") => {
            vec![format!("/sys/{PK}/{DN}/thing/property/desired/get_reply")]
        }
        _ => vec![format!("/sys/{PK}/{DN}/thing/event/property/post_reply")],
    };
    for topic in topics {
        let reading = read(&topic, payload.clone())?;
        check(&reading, input, expected)?;
    }
    Ok(())
}

fn check(reading: &Reading, input: &Value, expected: &Map<String, Value>) -> Verdict {
    expect::findings(&reading.findings, &reading.fields, expected)?;
    for (key, wanted) in expected {
        match key.as_str() {
            "error" | "field" | "warnings" | "accept" => {}
            "kind" => {
                let found = reading.kind.as_deref().unwrap_or("none");
                let wanted = typed(wanted);
                let fits = wanted == found
                    || (wanted == "reply" && found.ends_with("-reply"))
                    || (wanted == "property-report" && found == "property-post");
                if !fits {
                    return Err(format!("expected kind {wanted}, read {found}"));
                }
            }
            "ok" => {
                let found = reading.outcome.as_ref().map(|outcome| outcome.success);
                if json!(found) != *wanted {
                    return Err(format!("expected ok {wanted}, found {found:?}"));
                }
            }
            "matched" => {
                let pending = input.get("pending").and_then(Value::as_array);
                let id = reading.correlation.as_ref().and_then(|c| c.id.clone());
                let found = id.is_some_and(|id| {
                    pending.is_some_and(|ids| ids.iter().any(|known| typed(known) == id))
                });
                if wanted != &json!(found) {
                    return Err(format!("expected matched {wanted}, found {found}"));
                }
            }
            _ => member(reading, key, wanted)?,
        }
    }
    Ok(())
}

fn reply(input: &Value, expected: &Value) -> Verdict {
    let topic = input.get("topic").map(typed).ok_or("no topic")?;
    let mut values = FormValues::new();
    for key in ["code", "data", "message"] {
        if let Some(value) = input.get(key) {
            values.insert(key.to_owned(), typed(value));
        }
    }
    if let Some(answer) = input.get("answer").or_else(|| input.get("response")) {
        values.insert("payload".to_owned(), typed(answer));
    }
    let publication = publication(&topic, expect::payload_of(input)?);
    let parsed = Topic::parse(&topic).map_err(|error| error.to_string())?;
    let identity = form([
        ("product_key", parsed.product_key),
        ("device_name", parsed.device_name),
    ]);
    let reading = DIALECT.read(&identity, Direction::Down, &publication);
    expect::composed(
        &DIALECT.answer(&identity, &publication, &reading, &values, &draw()),
        expected,
    )
}

fn topic_parse(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let topic = input.get("topic").map(typed).ok_or("no topic")?;
    let parsed = Topic::parse(&topic);
    let mut own = identity(input);
    if let Ok(parsed) = &parsed
        && input.get("productKey").is_none()
        && input.get("deviceName").is_none()
        && !parsed.product_key.is_empty()
        && expected.get("error").and_then(Value::as_str) != Some("ForeignTopic")
    {
        own.insert("product_key".to_owned(), parsed.product_key.to_owned());
        own.insert("device_name".to_owned(), parsed.device_name.to_owned());
    }
    let direction = parsed
        .ok()
        .and_then(|topic| topic.kind.direction())
        .unwrap_or(Direction::Down);
    let body = *br#"{"id":"1","version":"1.0","params":{},"code":200,"data":{}}"#;
    let reading = DIALECT.read(&own, direction, &publication(&topic, body));
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
            "kind" => {
                let found = reading.kind.as_deref().unwrap_or("none").to_owned();
                if typed(wanted) != found {
                    return Err(format!("expected {wanted}, read {found}"));
                }
            }
            "productKey" | "deviceName" | "short" => {
                let parsed = parsed.map_err(|error| error.to_string())?;
                let found = match key.as_str() {
                    "productKey" => parsed.product_key,
                    "deviceName" => parsed.device_name,
                    _ => parsed.name,
                };
                if wanted.as_str() != Some(found) {
                    return Err(format!("{key}: expected {wanted}, found {found}"));
                }
            }
            _ => member(&reading, key, wanted)?,
        }
    }
    match parsed {
        Ok(parsed) if parsed.kind != Kind::Registration && parsed.to_string() != topic => {
            Err(format!("rendered back as {parsed}"))
        }
        _ => Ok(()),
    }
}

fn topic_render(input: &Value, expected: &Map<String, Value>) -> Verdict {
    let identity = identity(input);
    let plan = DIALECT.connect_plan(&identity, &draw());
    if expected.contains_key("error") {
        return expect::findings(&plan.findings, &[], expected);
    }
    let mut values = FormValues::new();
    for (key, value) in input.as_object().ok_or("input is no object")? {
        values.insert(key.clone(), typed(value));
    }
    for (key, field) in [("productKey", "product_key"), ("deviceName", "device_name")] {
        values.insert(
            key.to_owned(),
            identity.get(field).cloned().unwrap_or_default(),
        );
    }
    let declared = DIALECT.declaration().topics;
    let mut named = Vec::new();
    for topic in &declared {
        named.push((topic.key.to_string(), topic.render(&[&values])));
        named.push((format!("{}_filter", topic.key), topic.filter(&[&values])));
    }
    let publish: Vec<String> = declared
        .iter()
        .filter(|topic| topic.direction == Direction::Up)
        .map(|topic| topic.render(&[&values]))
        .collect();
    let subscribe: Vec<String> = plan.subscriptions.into_iter().map(|(f, _)| f).collect();
    expect::topics(&publish, &subscribe, &named, expected)
}
