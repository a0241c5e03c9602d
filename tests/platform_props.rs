//! What holds for every dialect, whatever the bytes: readers are total, spans nest, what is
//! composed is read back as what it was, topics render and parse back.

use bytes::Bytes;
use device_console::mqtt::{Field, FieldKind, ProtocolVersion, QoS};
use device_console::platform::cloud::ConnectRequest;
use device_console::platform::onenet::dp::{self, Body, DataType, Group, PackedTime};
use device_console::platform::{
    self, Dialect, Direction, Draw, FormField, FormValues, Identity, Input, Place, Publication,
    Reading, Role, json,
};
use device_console::time::{Instant, Now, UnixMillis};
use proptest::prelude::*;

fn now() -> Now {
    Now {
        instant: Instant::from_millis(5_000),
        unix: UnixMillis(1_700_000_000_000),
    }
}

fn draw(sequence: u64) -> Draw {
    Draw {
        now: now(),
        sequence,
        random: sequence.wrapping_mul(0x9e37_79b9_7f4a_7c15),
    }
}

/// A form with its defaults; what has none gets something that fits.
fn defaults(fields: &[FormField]) -> FormValues {
    fields
        .iter()
        .map(|field| {
            let value = if field.required && field.default.is_empty() {
                match &field.input {
                    Input::Json => "{}".to_owned(),
                    Input::Integer { min, .. } => min.to_string(),
                    _ => "secret1".to_owned(),
                }
            } else {
                field.default.to_string()
            };
            (field.key.to_string(), value)
        })
        .collect()
}

fn identity_of(dialect: &dyn Dialect) -> Identity {
    let mut identity = defaults(&dialect.declaration().identity);
    // Secrets that are asked for only by some ways of logging in.
    identity.insert("device_secret".to_owned(), "secret1".to_owned());
    identity
}

fn publication(topic: String, payload: Vec<u8>) -> Publication {
    Publication {
        topic,
        payload: Bytes::from(payload),
        qos: QoS::AtLeastOnce,
        retain: false,
    }
}

/// Every field lies within its parent, and siblings of whole bytes are in order.
fn check_nesting(fields: &[Field], start: usize, end: usize) -> Result<(), TestCaseError> {
    let mut at = start;
    for field in fields {
        prop_assert!(
            field.start >= at && field.start <= field.end && field.end <= end,
            "{} {}..{} leaves {}..{}",
            field.name,
            field.start,
            field.end,
            at,
            end
        );
        if field.bits.is_none() {
            at = field.end;
        }
        check_nesting(&field.children, field.start, field.end)?;
    }
    Ok(())
}

fn check_reading(
    dialect: &dyn Dialect,
    direction: Direction,
    message: &Publication,
) -> Result<(), TestCaseError> {
    let identity = identity_of(dialect);
    let reading = dialect.read(&identity, direction, message);
    let length = message.payload.len();
    check_nesting(&reading.fields, 0, length)?;
    for finding in &reading.findings {
        if let Place::Payload { start, end } = finding.place {
            prop_assert!(start <= end && end <= length, "{}", finding.rule);
        }
        prop_assert!(!finding.text.en.is_empty() && !finding.text.zh.is_empty());
    }
    if let Some(kind) = &reading.kind {
        let known = dialect.declaration().kind(kind).is_some();
        prop_assert!(known || kind == "dp", "kind {kind} is not declared");
    }
    let spanless = Reading {
        fields: Vec::new(),
        ..reading.clone()
    };
    let skimmed = dialect.skim(&identity, direction, message);
    prop_assert_eq!(skimmed, spanless, "what it says hangs on its spans");
    // Whoever answers, lints and suggests must be as total as the reader.
    let defaults = dialect.answer_defaults(&identity, &reading);
    let answer = dialect.answer(&identity, message, &reading, &defaults, &draw(3));
    if reading.answerable {
        prop_assert!(
            answer.publication.is_some(),
            "said to be answerable: {:?}",
            answer.findings
        );
    }
    dialect.lint(&identity, message);
    Ok(())
}

/// Topics of a dialect, every placeholder filled in, and a few that are not quite.
fn topics_of(dialect: &dyn Dialect) -> Vec<String> {
    let identity = identity_of(dialect);
    let mut values = identity.clone();
    for (key, value) in [
        ("productKey", identity.get("product_key").cloned()),
        ("deviceName", identity.get("device_name").cloned()),
    ] {
        values.insert(key.to_owned(), value.unwrap_or_default());
    }
    for key in [
        "cmduuid",
        "request_id",
        "event",
        "service",
        "messageId",
        "short",
        "identifier",
        "id",
        "name",
    ] {
        values.insert(key.to_owned(), "x1".to_owned());
    }
    values.insert("topic".to_owned(), "/a/b".to_owned());
    let mut out: Vec<String> = dialect
        .declaration()
        .topics
        .iter()
        .map(|topic| topic.render(&[&values]))
        .collect();
    out.extend(
        [
            "",
            "$",
            "/",
            "$creq/",
            "/oneM2M/req",
            "/sys/a",
            "$oc/devices/x/sys/",
        ]
        .map(str::to_owned),
    );
    out
}

/// Bytes near what the platforms send: JSON with their members, `$dp` frames, and noise.
fn payloads() -> impl Strategy<Value = Vec<u8>> {
    let key = prop::sample::select(vec![
        "op",
        "to",
        "fr",
        "rqi",
        "ty",
        "pc",
        "m2m:cin",
        "m2m:event",
        "m2m:ae",
        "cnf",
        "con",
        "rsc",
        "id",
        "code",
        "data",
        "params",
        "method",
        "version",
        "sys",
        "ack",
        "services",
        "service_id",
        "properties",
        "event_time",
        "event_type",
        "paras",
        "devices",
        "device_id",
        "shadow",
        "keys",
        "attributes",
        "error_code",
        "result_code",
        "content",
        "name",
        "object_device_id",
        "datastreams",
        "datapoints",
        "value",
        "time",
        "deviceSecret",
        "productKey",
        "ri",
    ]);
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        Just("1e400".to_owned()),
        "[a-z/@0-9 ]{0,12}".prop_map(|text| json::quote(&text)),
        any::<String>().prop_map(|text| json::quote(&text)),
    ];
    let document = leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5)
                .prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|members| {
                let members: Vec<String> = members
                    .into_iter()
                    .map(|(key, value)| format!("{}:{value}", json::quote(key)))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    });
    prop_oneof![
        3 => document.clone().prop_map(String::into_bytes),
        2 => (0_u8..=255, prop::collection::vec(any::<u8>(), 0..60))
            .prop_map(|(first, mut rest)| { rest.insert(0, first); rest }),
        1 => (1_u8..8, document).prop_map(|(first, text)| {
            let mut out = vec![first];
            out.extend(u16::try_from(text.len()).unwrap_or(0).to_be_bytes());
            out.extend(text.into_bytes());
            out
        }),
        1 => any::<String>().prop_map(String::into_bytes),
        1 => Just(Vec::new()),
    ]
}

/// Dialect, kind, form, name of the sample.
type Row = (
    &'static dyn Dialect,
    &'static str,
    Vec<(&'static str, String)>,
    String,
);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn readers_are_total_and_spans_nest(payload in payloads(), choice in any::<prop::sample::Index>()) {
        for dialect in platform::all() {
            let topics = topics_of(*dialect);
            let topic = choice.get(&topics).clone();
            for direction in [Direction::Up, Direction::Down] {
                check_reading(*dialect, direction, &publication(topic.clone(), payload.clone()))?;
            }
        }
    }

    #[test]
    fn topics_are_read_without_harm(topic in any::<String>()) {
        for dialect in platform::all() {
            check_reading(*dialect, Direction::Down, &publication(topic.clone(), b"{}".to_vec()))?;
        }
    }

    #[test]
    fn forms_never_harm(texts in prop::collection::vec(any::<String>(), 8)) {
        for dialect in platform::all() {
            let declaration = dialect.declaration();
            let mut texts = texts.iter().cycle();
            let mut fill = |fields: &[FormField]| -> FormValues {
                fields
                    .iter()
                    .map(|field| (field.key.to_string(), texts.next().cloned().unwrap_or_default()))
                    .collect()
            };
            let identity = fill(&declaration.identity);
            let plan = dialect.connect_plan(&identity, &draw(1));
            let presented = ConnectRequest {
                version: ProtocolVersion::V3_1_1,
                client_id: &plan.client_id,
                user_name: plan.user_name.as_deref(),
                password: plan.password.as_deref(),
                keep_alive_secs: plan.keep_alive_secs,
                clean_session: true,
                will: false,
            };
            dialect.lint_connect(&identity, &presented);
            dialect.diagnose(&identity, &presented, &draw(1));
            let mut cloud = dialect.cloud();
            cloud.provision(now(), &identity);
            cloud.handle_connect(now(), &presented);
            for kind in &declaration.kinds {
                let values = fill(&kind.fields);
                dialect.compose(&identity, &kind.key, &values, &draw(2));
                cloud.submit(now(), &kind.key, &values);
            }
            cloud.handle_timeout(now());
            while cloud.poll_action().is_some() {}
            cloud.view();
        }
    }

    #[test]
    fn clouds_survive_whatever_a_device_publishes(
        payload in payloads(),
        choice in any::<prop::sample::Index>(),
    ) {
        for dialect in platform::all() {
            let identity = identity_of(*dialect);
            let plan = dialect.connect_plan(&identity, &draw(1));
            let mut cloud = dialect.cloud();
            cloud.provision(now(), &identity);
            cloud.handle_connect(now(), &ConnectRequest {
                version: plan.version,
                client_id: &plan.client_id,
                user_name: plan.user_name.as_deref(),
                password: plan.password.as_deref(),
                keep_alive_secs: plan.keep_alive_secs,
                clean_session: true,
                will: false,
            });
            let topics = topics_of(*dialect);
            let message = publication(choice.get(&topics).clone(), payload.clone());
            cloud.handle_publish(now(), &plan.client_id, &message);
            // What the cloud sends, the device reads.
            while let Some(action) = cloud.poll_action() {
                use device_console::platform::cloud::CloudAction;
                let (CloudAction::Publish(sent) | CloudAction::Deliver { publication: sent, .. }) =
                    action
                else {
                    continue;
                };
                check_reading(*dialect, Direction::Down, &sent)?;
            }
        }
    }

    #[test]
    fn numbers_and_names_typed_come_back(
        number in -1.0e6_f64..1.0e6,
        name in "[A-Za-z][A-Za-z0-9_]{0,12}",
        text in "[ -~]{1,24}",
    ) {
        let object = format!("{{{}:{number}}}", json::quote(&name));
        let text = text.trim().to_owned();
        prop_assume!(!text.is_empty());
        let rows: Vec<Row> = vec![
            (&platform::onem2m::Onem2m, "report",
                vec![("container", name.clone()), ("con", number.to_string())], name.clone()),
            (&platform::onenet::Onenet, "dp3", vec![("json", object.clone())], name.clone()),
            (&platform::onenet::Onenet, "dp5",
                vec![("string", format!(",;{name},{number}"))], name.clone()),
            (&platform::aliyun::Aliyun, "property-post", vec![("params", object.clone())], name.clone()),
            (&platform::eztcloud::EZTCLOUD, "attributes", vec![("values", object.clone())], name.clone()),
            (&platform::eztcloud::THINGSCLOUD, "attributes", vec![("values", object.clone())], name.clone()),
            (&platform::iotda::Iotda, "report",
                vec![("service_id", "s".to_owned()), ("properties", object.clone())], format!("s.{name}")),
        ];
        for (dialect, kind, pairs, sample) in rows {
            let values: FormValues = pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
            let identity = identity_of(dialect);
            let composed = dialect.compose(&identity, kind, &values, &draw(9));
            let message = composed.publication.expect("composed");
            let reading = dialect.read(&identity, Direction::Up, &message);
            prop_assert_eq!(reading.kind.as_deref(), Some(kind));
            let found = reading.samples.iter().find(|found| found.name == sample);
            prop_assert_eq!(found.map(|found| found.value), Some(number), "{}", kind);
        }
        // Text survives to the letter where it is text.
        let identity = identity_of(&platform::onem2m::Onem2m);
        let values = FormValues::from([
            ("container".to_owned(), "c".to_owned()),
            ("con".to_owned(), text.clone()),
        ]);
        let composed = platform::onem2m::Onem2m.compose(&identity, "report", &values, &draw(9));
        let message = composed.publication.expect("composed");
        let reading = platform::onem2m::Onem2m.read(&identity, Direction::Up, &message);
        prop_assert_eq!(reading.member("con"), Some(text.as_str()));
    }

    #[test]
    fn float_groups_survive_and_tile(
        groups in prop::collection::vec(
            (1_u16..=u16::MAX, prop::collection::vec(-1.0e9_f32..1.0e9, 1..20)), 1..8),
        time in prop::option::of(946_684_800_000_i64..4_102_444_800_000),
    ) {
        let groups: Vec<Group> = groups
            .into_iter()
            .map(|(name, values)| Group { name, values })
            .collect();
        let time = time.map(|millis| {
            platform::calendar::DateTime::at(UnixMillis(millis), 0)
        });
        let packed = time.as_ref().map(|time| PackedTime::pack(time).expect("in range"));
        let bytes = dp::encode(DataType::Floats, packed, &Body::Floats(&groups)).expect("fits");
        let decoded = dp::decode(&bytes);
        prop_assert!(decoded.findings.iter().all(|finding| !finding.is_error()));
        prop_assert_eq!(decoded.time, time.map(|time| time.spaced()));
        prop_assert_eq!(decoded.groups, groups);
        let mut at = 0;
        for field in &decoded.fields {
            prop_assert_eq!(field.start, at, "gap before {}", &field.name);
            at = field.end;
        }
        prop_assert_eq!(at, bytes.len());
    }

    #[test]
    fn binary_data_survives_and_every_prefix_is_told_as_cut_short(
        data in prop::collection::vec(any::<u8>(), 0..200),
        cut in any::<prop::sample::Index>(),
    ) {
        let bytes = dp::encode(DataType::Binary, None, &Body::Binary("{\"ds_id\":\"i\"}", &data))
            .expect("fits");
        let decoded = dp::decode(&bytes);
        prop_assert_eq!(decoded.findings, vec![]);
        prop_assert_eq!(decoded.binary.and_then(|range| bytes.get(range)), Some(&data[..]));
        let short = &bytes[..cut.index(bytes.len())];
        let decoded = dp::decode(short);
        prop_assert!(
            decoded.findings.iter().any(|finding| finding.rule == "Truncated"),
            "{:?}", decoded.findings
        );
        check_nesting(&decoded.fields, 0, short.len())?;
    }

    #[test]
    fn json_is_read_as_the_reference_reads_it(payload in payloads()) {
        let ours = json::parse(&payload);
        let reference = serde_json::from_slice::<serde_json::Value>(&payload);
        match (&ours, &reference) {
            (Ok(node), Ok(value)) => prop_assert!(same(node, value)),
            // Numbers beyond what a double holds are refused there and kept as text here.
            (Ok(_), Err(error)) => prop_assert!(error.to_string().contains("out of range")),
            (Err(error), Ok(value)) => prop_assert!(false, "{error} but {value}"),
            (Err(_), Err(_)) => {}
        }
    }
}

fn same(node: &json::Node, value: &serde_json::Value) -> bool {
    use serde_json::Value as Reference;
    match (&node.value, value) {
        (json::Value::Null, Reference::Null) => true,
        (json::Value::Bool(a), Reference::Bool(b)) => a == b,
        (json::Value::Number(text), Reference::Number(number)) => {
            text.parse::<f64>().ok() == number.as_f64()
        }
        (json::Value::String(a), Reference::String(b)) => a == b,
        (json::Value::Array(a), Reference::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (json::Value::Object(_), Reference::Object(b)) => b
            .iter()
            .all(|(key, b)| node.member(key).is_some_and(|a| same(a, b))),
        _ => false,
    }
}

#[test]
fn every_form_with_its_defaults_makes_a_message_that_is_read_back_as_its_kind() {
    for dialect in platform::all() {
        let declaration = dialect.declaration();
        let identity = identity_of(*dialect);
        let mut made = 0;
        for kind in &declaration.kinds {
            if kind.direction != Direction::Up || kind.role == Role::Response {
                continue;
            }
            let values = defaults(&kind.fields);
            let composed = dialect.compose(&identity, &kind.key, &values, &draw(5));
            let errors: Vec<_> = composed
                .findings
                .iter()
                .filter(|finding| finding.is_error())
                .collect();
            assert!(
                errors.is_empty(),
                "{} {}: {errors:?}",
                declaration.id.0,
                kind.key
            );
            let message = composed.publication.expect("a message");
            let reading = dialect.read(&identity, Direction::Up, &message);
            let found = reading.kind.as_deref().unwrap_or("none");
            assert_eq!(found, kind.key, "{}", declaration.id.0);
            assert!(!reading.summary.en.trim().is_empty());
            made += 1;
        }
        assert!(made >= 3, "{} offers {made} messages", declaration.id.0);
    }
}

#[test]
fn messages_answers_and_subscriptions_have_the_qos_that_the_identity_asks_for() {
    let requests = [
        r#"{"op":5,"to":"/in-cse/4600/switch","fr":"/CSE-001","rqi":"1","ty":4,"pc":{"m2m:cin":{"cnf":"0","con":"on"}}}"#,
        r#"{"method":"restart","params":{}}"#,
    ];
    let mut asking = 0;
    for dialect in platform::all() {
        let declaration = dialect.declaration();
        let id = &declaration.id.0;
        let Some(field) = declaration.identity.iter().find(|field| field.key == "qos") else {
            continue;
        };
        let Input::Choice(levels) = &field.input else {
            panic!("{id} asks for QoS with {:?}", field.input);
        };
        asking += 1;
        for level in levels {
            let wanted: u8 = level.value.parse().expect("a level");
            let mut identity = identity_of(*dialect);
            identity.insert("qos".to_owned(), level.value.to_string());
            let plan = dialect.connect_plan(&identity, &draw(1));
            assert!(!plan.subscriptions.is_empty(), "{id}");
            for (filter, qos) in plan.subscriptions {
                assert_eq!(qos as u8, wanted, "{id} {filter}");
            }
            for kind in &declaration.kinds {
                if kind.direction == Direction::Up && kind.role != Role::Response {
                    let values = defaults(&kind.fields);
                    let composed = dialect.compose(&identity, &kind.key, &values, &draw(5));
                    let message = composed.publication.expect("a message");
                    assert_eq!(message.qos as u8, wanted, "{id} {}", kind.key);
                }
            }
            let mut answers = 0;
            for topic in topics_of(*dialect) {
                for payload in requests {
                    let request = publication(topic.clone(), payload.as_bytes().to_vec());
                    let reading = dialect.read(&identity, Direction::Down, &request);
                    let values = dialect.answer_defaults(&identity, &reading);
                    let answer = dialect.answer(&identity, &request, &reading, &values, &draw(6));
                    if let Some(answer) = answer.publication {
                        assert_eq!(answer.qos as u8, wanted, "{id} {topic}");
                        answers += 1;
                    }
                }
            }
            assert!(answers > 0, "{id} answers nothing");
        }
    }
    assert!(asking >= 3, "{asking} dialects leave the QoS to the user");
}

#[test]
fn every_topic_is_read_as_a_kind_that_is_declared() {
    for dialect in platform::all() {
        for topic in topics_of(*dialect) {
            for payload in [
                "",
                "null",
                "{}",
                "[]",
                "7",
                "{\"id\":1,\"method\":\"m\"}",
                "\u{1}",
            ] {
                for direction in [Direction::Up, Direction::Down] {
                    let message = publication(topic.clone(), payload.as_bytes().to_vec());
                    if let Err(why) = check_reading(*dialect, direction, &message) {
                        panic!("{topic} {direction:?} {payload:?}: {why}");
                    }
                }
            }
        }
    }
}

#[test]
fn declarations_hang_together() {
    for dialect in platform::all() {
        let declaration = dialect.declaration();
        let id = &declaration.id.0;
        let mut keys: Vec<&str> = declaration.kinds.iter().map(|kind| &*kind.key).collect();
        keys.sort_unstable();
        let count = keys.len();
        keys.dedup();
        assert_eq!(keys.len(), count, "{id}: a kind is declared twice");
        for kind in &declaration.kinds {
            assert!(
                declaration.topic(&kind.topic).is_some(),
                "{id}: topic {} of {} is not declared",
                kind.topic,
                kind.key
            );
            if let Some(answer) = &kind.answered_by {
                let answer = declaration.kind(answer);
                assert!(
                    answer.is_some_and(
                        |answer| answer.role == Role::Response || answer.key == "event-down"
                    ),
                    "{id}: {} is answered by {:?}",
                    kind.key,
                    kind.answered_by
                );
                assert_eq!(kind.role, Role::Request, "{id}: {}", kind.key);
            }
            let texts = kind
                .fields
                .iter()
                .map(|field| &field.label)
                .chain([&kind.label]);
            for text in texts {
                assert!(
                    !text.en.is_empty() && !text.zh.is_empty(),
                    "{id}: {}",
                    kind.key
                );
            }
        }
        for code in &declaration.codes {
            assert!(
                !code.advice.en.is_empty() && !code.advice.zh.is_empty(),
                "{id}"
            );
        }
        assert!(platform::by_id(&declaration.id).is_some());
    }
}

#[test]
fn secrets_never_reach_debug_or_readings() {
    for dialect in platform::all() {
        let mut identity = identity_of(*dialect);
        let secrets: Vec<String> = dialect
            .declaration()
            .identity
            .iter()
            .filter(|field| field.input == Input::Secret)
            .map(|field| field.key.to_string())
            .collect();
        for key in &secrets {
            identity.insert(key.clone(), "TopSecret4711".to_owned());
        }
        let plan = dialect.connect_plan(&identity, &draw(1));
        // ThingsCloud's user name is a secret; it is shown only where credentials are.
        if dialect.declaration().id.0 != "thingscloud" {
            let printed = format!("{plan:?}");
            assert!(!printed.contains("TopSecret4711"), "{printed}");
        }
        for finding in &plan.findings {
            assert!(!finding.text.en.contains("TopSecret4711"));
        }
    }
    let registered = publication(
        "/ext/register".to_owned(),
        br#"{"productKey":"p","deviceName":"d","deviceSecret":"TopSecret4711"}"#.to_vec(),
    );
    let identity = identity_of(&platform::aliyun::Aliyun);
    let reading = platform::aliyun::Aliyun.read(&identity, Direction::Down, &registered);
    assert!(!format!("{reading:?}").contains("TopSecret4711"));
    let secret = &reading.fields[0].children[2];
    assert_eq!(
        (secret.kind, secret.value.as_str()),
        (FieldKind::Secret, "••••")
    );
}
