//! Comparing what a dialect says with what a row expects, the same way for every dialect.

use bytes::Bytes;
use device_console::mqtt::{Field, QoS, Severity};
use device_console::platform::{
    Composed, Draw, Finding, FormValues, Place, Publication, Reading, from_hex,
};
use serde_json::{Map, Value};

use crate::Verdict;

/// A message as a device or a broker would hand it over.
pub fn publication(topic: &str, payload: impl Into<Vec<u8>>) -> Publication {
    Publication {
        topic: topic.to_owned(),
        payload: Bytes::from(payload.into()),
        qos: QoS::AtLeastOnce,
        retain: false,
    }
}

/// A draw whose values are recognisable in what is composed.
pub fn draw() -> Draw {
    Draw {
        now: device_console::time::Now {
            unix: device_console::time::UnixMillis(1_700_000_000_000),
            ..Default::default()
        },
        sequence: 7,
        random: 0x0123_4567_89ab_cdef,
    }
}

/// A form from pairs.
pub fn form<const N: usize>(pairs: [(&str, &str); N]) -> FormValues {
    pairs
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// A JSON value as a user would type it into a form.
pub fn typed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The payload of a row: `payload` as text, or `hex`.
pub fn payload_of(input: &Value) -> Result<Vec<u8>, String> {
    if let Some(hex) = input.get("hex").and_then(Value::as_str) {
        return from_hex(hex).map_err(|at| format!("bad hex in the row at {at}"));
    }
    match input.get("payload") {
        Some(Value::String(text)) => Ok(text.clone().into_bytes()),
        Some(other) => Ok(other.to_string().into_bytes()),
        None => Err("the row has no payload".to_owned()),
    }
}

/// Names of the remarks of one severity, sorted, each once.
pub fn rules(findings: &[Finding], severity: Severity) -> Vec<String> {
    let mut names: Vec<String> = findings
        .iter()
        .filter(|finding| finding.severity == severity)
        .map(|finding| finding.rule.to_string())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The field that a finding speaks of, by name: for bytes, the name of the innermost span.
pub fn field_name(finding: &Finding, fields: &[Field]) -> String {
    match &finding.place {
        Place::Form(key) | Place::Connect(key) | Place::Option(key) | Place::Member(key) => {
            key.to_string()
        }
        Place::Topic => "topic".to_owned(),
        Place::QoS => "qos".to_owned(),
        Place::Retain => "retain".to_owned(),
        Place::Message => String::new(),
        Place::Payload { start, end } => span_name(fields, *start, *end).unwrap_or_default(),
    }
}

/// The field that a finding speaks of, by its path below the payload, such as
/// `services[0].properties`.
fn field_path(finding: &Finding, fields: &[Field]) -> String {
    let Place::Payload { start, end } = finding.place else {
        return field_name(finding, fields);
    };
    let inside = |fields: &[Field]| {
        fields
            .iter()
            .find(|field| field.start <= start && end <= field.end)
            .cloned()
    };
    let mut path = String::new();
    let mut next = inside(fields).and_then(|payload| inside(&payload.children));
    while let Some(field) = next {
        if !path.is_empty() && !field.name.starts_with('[') {
            path.push('.');
        }
        path.push_str(&field.name);
        next = inside(&field.children);
    }
    path
}

fn span_name(fields: &[Field], start: usize, end: usize) -> Option<String> {
    let field = fields
        .iter()
        .find(|field| field.start <= start && end <= field.end)?;
    Some(span_name(&field.children, start, end).unwrap_or_else(|| field.name.to_string()))
}

/// Spans are in order, within their parents, and within the payload.
pub fn spans_nest(fields: &[Field], start: usize, end: usize) -> Verdict {
    let mut at = start;
    for field in fields {
        if field.start < at || field.end < field.start || field.end > end {
            return Err(format!(
                "span {} ({}..{}) leaves {at}..{end}",
                field.name, field.start, field.end
            ));
        }
        if field.bits.is_none() {
            at = field.end;
        }
        spans_nest(&field.children, field.start, field.end)?;
    }
    Ok(())
}

/// Fails on an expectation that nothing checks.
pub fn only(expected: &Map<String, Value>, known: &[&str]) -> Verdict {
    let finding_keys = ["error", "field", "feature", "warnings", "accept"];
    match expected
        .keys()
        .find(|key| !known.contains(&key.as_str()) && !finding_keys.contains(&key.as_str()))
    {
        Some(key) => Err(format!("no check for the expectation {key}")),
        None => Ok(()),
    }
}

/// Checks `error` and `field`, or their absence, and `warnings`.
pub fn findings(findings: &[Finding], fields: &[Field], expected: &Map<String, Value>) -> Verdict {
    let said = || {
        findings
            .iter()
            .map(|finding| {
                format!(
                    "{:?} {} ({}): {}",
                    finding.severity,
                    finding.rule,
                    field_name(finding, fields),
                    finding.text.en
                )
            })
            .collect::<Vec<_>>()
            .join("; ")
    };
    match expected.get("error").and_then(Value::as_str) {
        Some(error) => {
            let wanted = expected.get("field").map(typed);
            let feature = expected.get("feature").map(typed);
            let hit = findings.iter().any(|finding| {
                finding.severity == Severity::Error
                    && finding.rule == error
                    && wanted.as_ref().is_none_or(|wanted| {
                        &field_name(finding, fields) == wanted
                            || &field_path(finding, fields) == wanted
                    })
                    && feature.as_ref().is_none_or(|feature| {
                        let name = field_name(finding, fields);
                        feature == &name || feature.trim_end_matches(char::is_numeric) == name
                    })
            });
            if !hit {
                return Err(format!(
                    "expected the error {error} at {wanted:?} {feature:?}, said: {}",
                    said()
                ));
            }
        }
        None => {
            if let Some(finding) = findings.iter().find(|finding| finding.is_error()) {
                return Err(format!(
                    "accepted by the row, but: {} {}",
                    finding.rule, finding.text.en
                ));
            }
        }
    }
    if let Some(accept) = expected.get("accept")
        && *accept != Value::Bool(!findings.iter().any(Finding::is_error))
    {
        return Err(format!("expected accept {accept}, said: {}", said()));
    }
    if let Some(Value::Array(warnings)) = expected.get("warnings") {
        let mut wanted: Vec<String> = warnings.iter().map(typed).collect();
        wanted.sort();
        let found = rules(findings, Severity::Warning);
        if wanted != found {
            return Err(format!("expected warnings {wanted:?}, said: {}", said()));
        }
    }
    Ok(())
}

/// Whether `found` is `wanted`, numbers compared by value.
pub fn same(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Number(a), Value::Number(b)) => match (a.as_i128(), b.as_i128()) {
            (Some(a), Some(b)) => a == b,
            _ => a.as_f64() == b.as_f64(),
        },
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => wanted == found,
    }
}

/// Whether a member's text is `wanted`: as text, or as JSON.
pub fn member_is(wanted: &Value, found: &str) -> bool {
    typed(wanted) == found
        || serde_json::from_str::<Value>(found).is_ok_and(|found| same(wanted, &found))
}

/// Checks one expected member of a reading; an array may be spread over members of that name.
pub fn member(reading: &Reading, key: &str, wanted: &Value) -> Verdict {
    let found: Vec<&str> = reading
        .members
        .iter()
        .filter(|(name, _)| name == key)
        .map(|(_, value)| value.as_str())
        .collect();
    let fits = match (wanted, found.as_slice()) {
        (Value::Null, []) => true,
        (_, [one]) if member_is(wanted, one) => true,
        (Value::Array(items), many) => {
            let mut items: Vec<String> = items.iter().map(typed).collect();
            let mut many: Vec<String> = many.iter().map(|&text| text.to_owned()).collect();
            items.sort();
            many.sort();
            items == many
        }
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(format!("{key}: expected {wanted}, read {found:?}"))
    }
}

/// Checks a composed message: `topic` and `payload` where the row names both, the payload alone
/// otherwise.
pub fn composed(found: &Composed, expected: &Value) -> Verdict {
    let object = expected.as_object().ok_or("expected is no object")?;
    if object.contains_key("error") {
        only(object, &[])?;
        return findings(&found.findings, &[], object);
    }
    if object.contains_key("payload") {
        only(object, &["topic", "payload", "extra_allowed"])?;
    }
    let publication = found
        .publication
        .as_ref()
        .ok_or_else(|| format!("nothing composed: {:?}", found.findings))?;
    if let Some(finding) = found.findings.iter().find(|finding| finding.is_error()) {
        return Err(format!("linted as wrong: {}", finding.text.en));
    }
    let payload: Value = serde_json::from_slice(&publication.payload)
        .map_err(|error| format!("composed payload is not JSON: {error}"))?;
    let (topic, wanted) = match (object.get("topic"), object.get("payload")) {
        (topic, Some(wanted)) => (topic, wanted),
        (_, None) => (None, expected),
    };
    if let Some(topic) = topic.and_then(Value::as_str)
        && topic != publication.topic
    {
        return Err(format!(
            "expected topic {topic}, composed {}",
            publication.topic
        ));
    }
    let allowed: Vec<String> = object
        .get("extra_allowed")
        .and_then(Value::as_array)
        .map(|keys| keys.iter().map(typed).collect())
        .unwrap_or_default();
    let trimmed = match &payload {
        Value::Object(members) if !allowed.is_empty() => Value::Object(
            members
                .iter()
                .filter(|(key, _)| wanted.get(key.as_str()).is_some() || !allowed.contains(key))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        ),
        other => other.clone(),
    };
    if same(wanted, &trimmed) {
        Ok(())
    } else {
        Err(format!("expected {wanted}, composed {payload}"))
    }
}

/// Checks rendered topics: `publish` and `subscribe` as sets, or topics by name.
pub fn topics(
    publish: &[String],
    subscribe: &[String],
    named: &[(String, String)],
    expected: &Map<String, Value>,
) -> Verdict {
    for (key, wanted) in expected {
        match (key.as_str(), wanted) {
            ("publish" | "subscribe", Value::Array(wanted)) => {
                let found = if key == "publish" { publish } else { subscribe };
                for topic in wanted {
                    if !found.contains(&typed(topic)) {
                        return Err(format!("{key}: {topic} is not among {found:?}"));
                    }
                }
            }
            (_, Value::String(topic)) => {
                let exact = named.iter().find(|(name, _)| name == key);
                let known = match exact {
                    Some((_, found)) => found == topic,
                    // Rows may use names of their own; the topic itself must still be ours.
                    None => named.iter().any(|(_, found)| found == topic),
                };
                if !known {
                    return Err(format!("{key}: {topic} is not among {named:?}"));
                }
            }
            _ => return Err(format!("no check for the expectation {key}")),
        }
    }
    Ok(())
}
