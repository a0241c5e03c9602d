//! What must hold for every payload a platform or a device sends: nothing panics, spans nest
//! within the payload, remarks point into it. The first byte chooses topic and direction, the
//! rest is the payload. No dependency on a fuzzer: the same functions run over the vectors'
//! payloads in `tests/platform_fuzz_seeds.rs`.

#![allow(dead_code)] // Each fuzz target takes one of these functions.

use device_console::mqtt::{Field, ProtocolVersion, QoS};
use device_console::platform::cloud::ConnectRequest;
use device_console::platform::{
    self, Dialect, Direction, Draw, FormValues, Identity, Place, Publication, Reading, json,
};
use device_console::time::Now;

pub fn onem2m(data: &[u8]) {
    check(&platform::onem2m::Onem2m, data);
}

pub fn onenet(data: &[u8]) {
    check(&platform::onenet::Onenet, data);
}

pub fn aliyun(data: &[u8]) {
    check(&platform::aliyun::Aliyun, data);
}

pub fn eztcloud(data: &[u8]) {
    check(&platform::eztcloud::EZTCLOUD, data);
}

pub fn thingscloud(data: &[u8]) {
    check(&platform::eztcloud::THINGSCLOUD, data);
}

pub fn iotda(data: &[u8]) {
    check(&platform::iotda::Iotda, data);
}

/// The JSON reader: an error points into the document, values nest.
pub fn json_reader(data: &[u8]) {
    match json::parse(data) {
        Err(error) => assert!(error.offset <= data.len()),
        Ok(node) => check_node(&node, 0, data.len()),
    }
}

fn check_node(node: &json::Node, start: usize, end: usize) {
    assert!(node.range.start >= start && node.range.end <= end);
    let mut at = node.range.start;
    for member in node.members() {
        assert!(member.key_range.start >= at && member.key_range.end <= member.node.range.start);
        check_node(&member.node, member.key_range.end, node.range.end);
        at = member.node.range.end;
    }
    for item in node.items() {
        check_node(item, at, node.range.end);
        at = item.range.end;
    }
}

/// An identity with every field filled in.
pub fn identity_of(dialect: &dyn Dialect) -> Identity {
    dialect
        .declaration()
        .identity
        .iter()
        .map(|field| {
            let value = if field.default.is_empty() {
                "s3cret"
            } else {
                &field.default
            };
            (field.key.to_string(), value.to_owned())
        })
        .collect()
}

/// What stands in the places of a topic's template.
pub fn topic_values(identity: &Identity) -> FormValues {
    let mut values: FormValues = identity.clone();
    for (key, from) in [("productKey", "product_key"), ("deviceName", "device_name")] {
        if let Some(value) = identity.get(from) {
            values.insert(key.to_owned(), value.clone());
        }
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
    ] {
        values.insert(key.to_owned(), "x1".to_owned());
    }
    values.insert("topic".to_owned(), "/a/b".to_owned());
    values
}

fn check(dialect: &dyn Dialect, data: &[u8]) {
    let Some((choice, payload)) = data.split_first() else {
        return;
    };
    let identity = identity_of(dialect);
    let values = topic_values(&identity);
    let topics = dialect.declaration().topics;
    let topic = &topics[usize::from(choice >> 1) % topics.len()];
    let direction = if choice & 1 == 0 {
        Direction::Up
    } else {
        Direction::Down
    };
    let publication = Publication {
        topic: topic.render(&[&values]),
        payload: payload.to_vec().into(),
        qos: QoS::AtLeastOnce,
        retain: false,
    };
    let reading = dialect.read(&identity, direction, &publication);
    nest(&reading.fields, 0, payload.len());
    for finding in &reading.findings {
        if let Place::Payload { start, end } = finding.place {
            assert!(start <= end && end <= payload.len(), "{}", finding.rule);
        }
    }
    dialect.lint(&identity, &publication);
    let skimmed = dialect.skim(&identity, direction, &publication);
    assert!(skimmed.fields.is_empty());
    let defaults = dialect.answer_defaults(&identity, &skimmed);
    let draw = Draw::default();
    let answer = dialect.answer(&identity, &publication, &skimmed, &defaults, &draw);
    assert!(!reading.answerable || answer.publication.is_some());
    let spanless = Reading {
        fields: Vec::new(),
        ..reading
    };
    assert_eq!(skimmed, spanless, "what it says hangs on its spans");

    let plan = dialect.connect_plan(&identity, &Draw::default());
    let mut cloud = dialect.cloud();
    cloud.provision(Now::default(), &identity);
    cloud.handle_connect(
        Now::default(),
        &ConnectRequest {
            version: ProtocolVersion::V3_1_1,
            client_id: &plan.client_id,
            user_name: plan.user_name.as_deref(),
            password: plan.password.as_deref(),
            keep_alive_secs: plan.keep_alive_secs,
            clean_session: true,
            will: false,
        },
    );
    cloud.handle_publish(Now::default(), &plan.client_id, &publication);
    while cloud.poll_action().is_some() {}
    cloud.view();
}

fn nest(fields: &[Field], start: usize, end: usize) {
    let mut at = start;
    for field in fields {
        assert!(
            field.start >= at && field.start <= field.end && field.end <= end,
            "{} {}..{} leaves {at}..{end}",
            field.name,
            field.start,
            field.end
        );
        if field.bits.is_none() {
            at = field.end;
        }
        nest(&field.children, field.start, field.end);
    }
}
