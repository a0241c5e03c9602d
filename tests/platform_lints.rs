//! What linting covers, platform by platform: one message, filter or CONNECT for each rule that the
//! platform's documents state, the rule that it breaks, and where. A row is wrong in one way.

#[path = "support/console.rs"]
#[allow(dead_code)]
mod console;
#[path = "support/platforms.rs"]
#[allow(dead_code)]
mod platforms;

use std::time::Duration;

use console::Console;
use device_console::engine::seam::{
    DeviceCommand, Draft, Finding, Place, ProtocolVersion, Publication, QoS, Severity,
};
use device_console::platform::cloud::ConnectRequest;
use device_console::platform::{self, Dialect, Draw, PublishOptions};
use platforms::{by_name, connected, profile_of};

/// Where a finding must point.
#[derive(Clone, Copy, Debug)]
enum At {
    /// At bytes of the payload, and at these.
    Bytes(&'static str),
    /// At a member that is not there.
    Member(&'static str),
    Topic,
    QoS,
    Retain,
    Message,
    Connect(&'static str),
    Option(&'static str),
}

impl At {
    fn fits(self, finding: &Finding, payload: &[u8]) -> bool {
        match (self, &finding.place) {
            (Self::Bytes(wanted), Place::Payload { start, end }) => {
                payload.get(*start..*end) == Some(wanted.as_bytes())
            }
            (Self::Member(wanted), Place::Member(path)) => path == wanted,
            (Self::Connect(wanted), Place::Connect(name)) => name == wanted,
            (Self::Option(wanted), Place::Option(name)) => name == wanted,
            (Self::Topic, Place::Topic)
            | (Self::QoS, Place::QoS)
            | (Self::Retain, Place::Retain)
            | (Self::Message, Place::Message) => true,
            _ => false,
        }
    }
}

use At::{Bytes, Connect, Member, Message, Retain, Topic};

/// A message of the device: topic, payload, QoS, retain.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    At,
    Severity,
);

const ERROR: Severity = Severity::Error;
const WARNING: Severity = Severity::Warning;
const INFO: Severity = Severity::Info;

const REQ: &str = "/oneM2M/req/4600/in-cse";
const POST: &str = "/sys/a1ouyopKiEU/device1/thing/event/property/post";
const EVENT: &str = "/sys/a1ouyopKiEU/device1/thing/event/alarm/post";
const TAGS: &str = "/sys/a1ouyopKiEU/device1/thing/deviceinfo/update";
const REPORT: &str = "$oc/devices/5f052ac562369102d42b0fb6_dev01/sys/properties/report";
const EVENTS: &str = "$oc/devices/5f052ac562369102d42b0fb6_dev01/sys/events/up";
const RESULT: &str =
    "$oc/devices/5f052ac562369102d42b0fb6_dev01/sys/commands/response/request_id=1";

/// Platform, topic, payload, and what is said about it.
const MESSAGES: &[Row] = &[
    // Required members.
    (
        "onem2m",
        REQ,
        r#"{"op":1,"to":"/in-cse/4600/t","fr":"/in-cse/4600","rqi":"1","ty":4,"pc":{"m2m:cin":{"cnf":"0"}}}"#,
        "MissingField",
        Member("pc.m2m:cin.con"),
        ERROR,
    ),
    (
        "aliyun",
        POST,
        r#"{"id":"1","version":"1.0","method":"thing.event.property.post"}"#,
        "MissingField",
        Member("params"),
        ERROR,
    ),
    (
        "eztcloud",
        "event_report/DU_JEwVTAmL3m",
        r#"{"method":"alarm"}"#,
        "MissingField",
        Member("params"),
        ERROR,
    ),
    (
        "thingscloud",
        "event/report/1",
        r#"{"params":{}}"#,
        "MissingField",
        Member("method"),
        ERROR,
    ),
    (
        "iotda",
        REPORT,
        r#"{"services":[{"properties":{}}]}"#,
        "MissingField",
        Member("services[0].service_id"),
        ERROR,
    ),
    // Members that no document prints.
    (
        "onem2m",
        REQ,
        r#"{"op":1,"to":"/in-cse/4600/t","fr":"/in-cse/4600","rqi":"1","ty":4,"pc":{"m2m:cin":{"cnf":"0","con":"1"}},"zz":1}"#,
        "unknown-member",
        Bytes(r#""zz""#),
        WARNING,
    ),
    (
        "aliyun",
        POST,
        r#"{"id":"1","version":"1.0","params":{"t":1.5},"method":"thing.event.property.post","zz":1}"#,
        "unknown-member",
        Bytes(r#""zz""#),
        INFO,
    ),
    (
        "eztcloud",
        "event_report/DU_JEwVTAmL3m",
        r#"{"method":"alarm","params":{},"zz":1}"#,
        "unknown-member",
        Bytes(r#""zz""#),
        INFO,
    ),
    (
        "iotda",
        REPORT,
        r#"{"services":[{"service_id":"a","properties":{},"zz":1}]}"#,
        "unknown-member",
        Bytes(r#""zz""#),
        INFO,
    ),
    (
        "iotda",
        EVENTS,
        r#"{"services":[{"service_id":"a","event_type":"e","paras":{},"zz":1}]}"#,
        "unknown-member",
        Bytes(r#""zz""#),
        INFO,
    ),
    // Types.
    (
        "onem2m",
        REQ,
        r#"{"op":"x","to":"/in-cse/4600/t","fr":"/in-cse/4600","rqi":"1","ty":4,"pc":{"m2m:cin":{"cnf":"0","con":"1"}}}"#,
        "WrongType",
        Bytes(r#""x""#),
        ERROR,
    ),
    (
        "aliyun",
        POST,
        r#"{"id":"1","version":"1.0","params":[],"method":"thing.event.property.post"}"#,
        "WrongType",
        Bytes("[]"),
        ERROR,
    ),
    (
        "eztcloud",
        "attributes/DU_JEwVTAmL3m",
        "[1]",
        "WrongType",
        Bytes("[1]"),
        ERROR,
    ),
    (
        "thingscloud",
        "attributes",
        "[1]",
        "WrongType",
        Bytes("[1]"),
        ERROR,
    ),
    (
        "iotda",
        RESULT,
        r#"{"result_code":"0"}"#,
        "WrongType",
        Bytes(r#""0""#),
        ERROR,
    ),
    // Ranges.
    (
        "aliyun",
        POST,
        r#"{"id":"4294967296","version":"1.0","params":{},"method":"thing.event.property.post"}"#,
        "OutOfRange",
        Bytes(r#""4294967296""#),
        ERROR,
    ),
    (
        "aliyun",
        POST,
        r#"{"id":"1","version":"1.0","sys":{"ack":2},"params":{},"method":"thing.event.property.post"}"#,
        "OutOfRange",
        Bytes("2"),
        ERROR,
    ),
    // Addresses inside the payload.
    (
        "onem2m",
        REQ,
        r#"{"op":1,"to":"/in-cse/4601/t","fr":"/in-cse/4600","rqi":"1","ty":4,"pc":{"m2m:cin":{"cnf":"0","con":"1"}}}"#,
        "to-does-not-fit",
        Bytes(r#""/in-cse/4601/t""#),
        WARNING,
    ),
    (
        "onem2m",
        REQ,
        r#"{"op":1,"to":"/in-cse/4600/t","fr":"/in-cse","rqi":"1","ty":4,"pc":{"m2m:cin":{"cnf":"0","con":"1"}}}"#,
        "fr-does-not-fit",
        Bytes(r#""/in-cse""#),
        WARNING,
    ),
    (
        "onem2m",
        "/oneM2M/reg_req/4600/in-cse",
        r#"{"op":1,"to":"/in-cse/4600","fr":"/C","rqi":"1","ty":2,"pc":{"m2m:ae":{"api":"4600","rr":"true"}}}"#,
        "to-does-not-fit",
        Bytes(r#""/in-cse/4600""#),
        WARNING,
    ),
    (
        "onem2m",
        "/oneM2M/resp/in-cse/4600",
        r#"{"rsc":2001,"rqi":"1","to":"/in-cse/4600/t","fr":"/in-cse"}"#,
        "to-does-not-fit",
        Bytes(r#""/in-cse/4600/t""#),
        WARNING,
    ),
    // Placeholders of the documents.
    (
        "onem2m",
        REQ,
        r#"{"op":1,"to":"/in-cse/4600/CONTAINERNAME","fr":"/in-cse/4600","rqi":"1","ty":4,"pc":{"m2m:cin":{"cnf":"0","con":"1"}}}"#,
        "placeholder-left",
        Message,
        WARNING,
    ),
    (
        "eztcloud",
        "event_report/DU_JEwVTAmL3m",
        r#"{"method":"{name}","params":{}}"#,
        "placeholder-left",
        Bytes(r#""{name}""#),
        WARNING,
    ),
    // Ids.
    (
        "onem2m",
        REQ,
        r#"{"op":1,"to":"/in-cse/4600/t","fr":"/in-cse/4600","rqi":7,"ty":4,"pc":{"m2m:cin":{"cnf":"0","con":"1"}}}"#,
        "rqi-not-a-string",
        Bytes("7"),
        WARNING,
    ),
    (
        "aliyun",
        POST,
        r#"{"id":1,"version":"1.0","params":{},"method":"thing.event.property.post"}"#,
        "id-not-a-string",
        Bytes("1"),
        WARNING,
    ),
    (
        "aliyun",
        TAGS,
        r#"{"id":"1","version":"1.0","params":[{"attrKey":"a"}],"method":"thing.deviceinfo.update"}"#,
        "MissingField",
        Member("params[0].attrValue"),
        ERROR,
    ),
    (
        "eztcloud",
        "command_reply/DU_JEwVTAmL3m",
        r#"{"method":"m","params":{}}"#,
        "reply-without-id",
        Member("id"),
        WARNING,
    ),
    // Units.
    (
        "aliyun",
        POST,
        r#"{"id":"1","version":"1.0","params":{"t":{"value":1.5,"time":1524448722}},"method":"thing.event.property.post"}"#,
        "time-in-seconds",
        Bytes("1524448722"),
        WARNING,
    ),
    (
        "aliyun",
        EVENT,
        r#"{"id":"1","version":"1.0","params":{"value":{},"time":1524448722},"method":"thing.event.alarm.post"}"#,
        "time-in-seconds",
        Bytes("1524448722"),
        WARNING,
    ),
    (
        "iotda",
        REPORT,
        r#"{"services":[{"service_id":"a","properties":{},"event_time":"1524448722"}]}"#,
        "event-time-format",
        Bytes(r#""1524448722""#),
        WARNING,
    ),
    // Not JSON: on EZtCloud that ends the connection.
    ("onem2m", REQ, "{op:1}", "BadJson", Bytes("o"), ERROR),
    ("aliyun", POST, "{id:1}", "BadJson", Bytes("i"), ERROR),
    (
        "eztcloud",
        "attributes/DU_JEwVTAmL3m",
        "hello",
        "BadJson",
        Bytes("h"),
        ERROR,
    ),
    (
        "thingscloud",
        "attributes",
        "hello",
        "BadJson",
        Bytes("h"),
        ERROR,
    ),
    (
        "iotda",
        REPORT,
        "{services:1}",
        "BadJson",
        Bytes("s"),
        ERROR,
    ),
    // Topics of another device, topics of nobody, topics of the platform.
    (
        "onem2m",
        "/oneM2M/req/4601/in-cse",
        "{}",
        "ForeignTopic",
        Topic,
        ERROR,
    ),
    ("onenet", "$sys/x", "1", "BadTopic", Topic, ERROR),
    (
        "aliyun",
        "/sys/a1ouyopKiEU/device2/thing/event/property/post",
        "{}",
        "ForeignTopic",
        Topic,
        ERROR,
    ),
    (
        "aliyun",
        "/a1ouyopKiEU/device2/user/update",
        "{}",
        "ForeignTopic",
        Topic,
        ERROR,
    ),
    (
        "eztcloud",
        "attributes/DU_other",
        "{}",
        "ForeignTopic",
        Topic,
        ERROR,
    ),
    ("thingscloud", "nowhere", "{}", "BadTopic", Topic, ERROR),
    (
        "iotda",
        "$oc/devices/5f052ac562369102d42b0fb6_dev02/sys/properties/report",
        "{}",
        "ForeignTopic",
        Topic,
        ERROR,
    ),
    (
        "onem2m",
        "/oneM2M/resp/4600/in-cse",
        r#"{"rsc":2001,"rqi":"1"}"#,
        "topic-of-the-other-direction",
        Topic,
        WARNING,
    ),
    (
        "onenet",
        "$creq/1",
        "x",
        "topic-of-the-other-direction",
        Topic,
        WARNING,
    ),
    (
        "aliyun",
        "/sys/a1ouyopKiEU/device1/thing/service/property/set",
        "{}",
        "topic-of-the-other-direction",
        Topic,
        WARNING,
    ),
    (
        "eztcloud",
        "command_send/DU_JEwVTAmL3m",
        "{}",
        "topic-of-the-other-direction",
        Topic,
        WARNING,
    ),
    (
        "iotda",
        "$oc/devices/5f052ac562369102d42b0fb6_dev01/sys/commands/request_id=1",
        "{}",
        "topic-of-the-other-direction",
        Topic,
        WARNING,
    ),
];

fn message(topic: &str, payload: impl Into<Vec<u8>>) -> Publication {
    Publication {
        topic: topic.to_owned(),
        payload: payload.into().into(),
        qos: QoS::AtLeastOnce,
        retain: false,
    }
}

fn lint(dialect: &dyn Dialect, publication: &Publication) -> Vec<Finding> {
    dialect.lint(&profile_of(dialect).identity, publication)
}

#[track_caller]
fn said(findings: &[Finding], payload: &[u8], rule: &str, at: At, severity: Severity, row: &str) {
    let hit = findings.iter().find(|finding| {
        finding.rule == rule && at.fits(finding, payload) && finding.severity == severity
    });
    let hit = hit.unwrap_or_else(|| panic!("{row}: no {rule} at {at:?} in {findings:#?}"));
    assert!(!hit.source.is_empty(), "{row}: {rule} has no source");
    assert!(!hit.text.en.is_empty() && !hit.text.zh.is_empty(), "{row}");
}

#[test]
fn each_rule_about_messages_is_told_at_its_place_on_each_platform_that_states_it() {
    for (id, topic, payload, rule, at, severity) in MESSAGES {
        let findings = lint(by_name(id), &message(topic, *payload));
        let row = format!("{id} {topic} {payload}");
        said(&findings, payload.as_bytes(), rule, *at, *severity, &row);
    }
}

/// `$dp` is bytes, so its rows are made.
#[test]
fn data_points_break_each_rule_of_their_layout_at_its_bytes() {
    let json = |data_type: u8, text: &str| {
        let mut out = vec![data_type];
        out.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
        out.extend(text.bytes());
        out
    };
    let mut too_many = vec![7, 0, 1, 0x01, 0xf5];
    too_many.extend(std::iter::repeat_n(0, 501 * 4));
    let mut bad_time = vec![0x87, 16, 2, 30, 0, 0, 0, 0, 1, 0, 1];
    bad_time.extend(1_f32.to_le_bytes());
    let rows: Vec<(Vec<u8>, &str)> = vec![
        (json(1, "{}"), "MissingField"),
        (json(1, r#"{"datastreams":[],"zz":1}"#), "unknown-member"),
        (
            json(
                1,
                r#"{"datastreams":[{"id":"a","datapoints":[{"value":1,"zz":1}]}]}"#,
            ),
            "unknown-member",
        ),
        (json(1, r#"{"datastreams":1}"#), "WrongType"),
        (json(3, "hello"), "BadJson"),
        (json(4, r#"{"a":{"2015-13-01":1}}"#), "time-format"),
        (json(5, ",,1"), "BadSeparators"),
        (vec![0], "UnknownType"),
        (vec![3, 0, 9, b'{'], "Truncated"),
        (vec![3, 0, 2, b'{', b'}', 0], "TrailingBytes"),
        (vec![0x43, 0, 2, b'{', b'}'], "reserved-bit-set"),
        (too_many, "too-many-floats"),
        (bad_time, "time-does-not-exist"),
    ];
    for (payload, rule) in rows {
        let findings = lint(by_name("onenet"), &message("$dp", payload.clone()));
        let hit = findings.iter().find(|finding| finding.rule == rule);
        let hit = hit.unwrap_or_else(|| panic!("{payload:?}: no {rule} in {findings:#?}"));
        assert!(
            matches!(hit.place, Place::Payload { .. } | Place::Member(_)),
            "{rule}: {hit:?}"
        );
        assert!(!hit.source.is_empty(), "{rule}");
    }
}

#[test]
fn qos_and_retain_are_told_where_the_platform_does_not_take_them() {
    for (id, topic) in [("aliyun", POST), ("iotda", REPORT)] {
        let publication = Publication {
            qos: QoS::ExactlyOnce,
            ..message(topic, "{}")
        };
        let findings = lint(by_name(id), &publication);
        said(&findings, b"", "UnsupportedFeature", At::QoS, ERROR, id);
    }
    for (id, topic) in [("iotda", REPORT), ("onenet", "$dp")] {
        let publication = Publication {
            retain: true,
            ..message(topic, "{}")
        };
        let findings = lint(by_name(id), &publication);
        said(&findings, b"", "UnsupportedFeature", Retain, ERROR, id);
    }
    // Alibaba takes retained messages with MQTT 5.0.
    let publication = Publication {
        retain: true,
        ..message(POST, "{}")
    };
    let aliyun = by_name("aliyun");
    let identity = profile_of(aliyun).identity;
    let options = |version| PublishOptions::plain(version);
    let below = aliyun.lint_options(&identity, &publication, &options(ProtocolVersion::V3_1_1));
    said(&below, b"", "UnsupportedFeature", Retain, ERROR, "aliyun");
    let five = aliyun.lint_options(&identity, &publication, &options(ProtocolVersion::V5_0));
    assert_eq!(five, []);
    // Where no document speaks of it, that is said, and marked.
    let publication = Publication {
        retain: true,
        ..message(REQ, "{}")
    };
    let findings = lint(by_name("onem2m"), &publication);
    said(&findings, b"", "retain-not-stated", Retain, INFO, "onem2m");
    assert!(
        findings
            .iter()
            .any(|finding| finding.rule == "retain-not-stated" && finding.unconfirmed)
    );
}

#[test]
fn sizes_are_told_and_marked_where_they_are_remembered() {
    let big = |size: usize| vec![b' '; size];
    for (id, topic, size, rule, severity, unconfirmed) in [
        ("iotda", REPORT, (1 << 20) + 1, "OutOfRange", ERROR, false),
        (
            "aliyun",
            POST,
            256 * 1024 + 1,
            "payload-size",
            WARNING,
            true,
        ),
    ] {
        let dialect = by_name(id);
        let findings = lint(dialect, &message(topic, big(size)));
        said(&findings, b"", rule, Message, severity, id);
        let hit = findings.iter().find(|finding| finding.rule == rule);
        assert_eq!(hit.unwrap().unconfirmed, unconfirmed, "{id}");
        let findings = lint(dialect, &message(topic, big(size - 1)));
        assert!(!findings.iter().any(|finding| finding.rule == rule), "{id}");
    }
    // The binary of OneNET: 3 MB are data, one byte more is not.
    for (size, fits) in [(3 << 20, true), ((3 << 20) + 1, false)] {
        let head = br#"{"ds_id":"image"}"#;
        let mut payload = vec![2];
        payload.extend(u16::try_from(head.len()).unwrap().to_be_bytes());
        payload.extend(head);
        payload.extend(u32::try_from(size).unwrap().to_be_bytes());
        payload.extend(vec![0xa5; size]);
        let findings = lint(by_name("onenet"), &message("$dp", payload));
        assert_eq!(
            !findings.iter().any(|finding| finding.rule == "OutOfRange"),
            fits,
            "{size}: {findings:?}"
        );
    }
    let long = format!("/a1ouyopKiEU/device1/user/{}", "a".repeat(128));
    let findings = lint(by_name("aliyun"), &message(&long, "1"));
    said(&findings, b"", "topic-size", Topic, WARNING, "aliyun");
    let long = format!(
        "$oc/devices/5f052ac562369102d42b0fb6_dev01/user/{}",
        "a".repeat(128)
    );
    let findings = lint(by_name("iotda"), &message(&long, "1"));
    said(&findings, b"", "topic-too-long", Topic, WARNING, "iotda");
}

#[test]
fn filters_are_told_that_the_platform_refuses() {
    let rows: &[(&str, &str, QoS, &str, At, Severity)] = &[
        (
            "onenet",
            "room/+",
            QoS::AtMostOnce,
            "wildcard-not-supported",
            Topic,
            ERROR,
        ),
        ("onenet", "$dp", QoS::AtMostOnce, "reserved", Topic, ERROR),
        ("onenet", "room-1", QoS::AtMostOnce, "charset", Topic, ERROR),
        (
            "aliyun",
            "/sys/a1ouyopKiEU/device2/thing/service/property/set",
            QoS::AtMostOnce,
            "ForeignTopic",
            Topic,
            ERROR,
        ),
        (
            "aliyun",
            "/a1ouyopKiEU/device2/user/get",
            QoS::AtMostOnce,
            "ForeignTopic",
            Topic,
            ERROR,
        ),
        (
            "aliyun",
            "/shadow/get/a1ouyopKiEU/device2",
            QoS::AtMostOnce,
            "ForeignTopic",
            Topic,
            ERROR,
        ),
        (
            "aliyun",
            "/ota/device/upgrade/a1ouyopKiEU/device2",
            QoS::AtMostOnce,
            "ForeignTopic",
            Topic,
            ERROR,
        ),
        (
            "aliyun",
            "/ext/ntp/a1ouyopKiEU/device2/response",
            QoS::AtMostOnce,
            "ForeignTopic",
            Topic,
            ERROR,
        ),
        (
            "aliyun",
            "/ext/rrpc/+/a1ouyopKiEU/device2/user/get",
            QoS::AtMostOnce,
            "ForeignTopic",
            Topic,
            ERROR,
        ),
        (
            "aliyun",
            "$share/test-group/user/post",
            QoS::AtMostOnce,
            "BadName",
            At::Option("ShareName"),
            ERROR,
        ),
        (
            "aliyun",
            "/a1ouyopKiEU/device1/user/get",
            QoS::ExactlyOnce,
            "UnsupportedFeature",
            At::QoS,
            ERROR,
        ),
        (
            "eztcloud",
            "attributes_push/other",
            QoS::AtMostOnce,
            "unsupported-topic",
            Topic,
            WARNING,
        ),
        (
            "thingscloud",
            "somewhere",
            QoS::AtMostOnce,
            "unsupported-topic",
            Topic,
            WARNING,
        ),
        (
            "iotda",
            "$oc/devices/other/sys/commands/#",
            QoS::AtMostOnce,
            "ForeignTopic",
            Topic,
            ERROR,
        ),
        (
            "iotda",
            "room",
            QoS::ExactlyOnce,
            "UnsupportedFeature",
            At::QoS,
            ERROR,
        ),
    ];
    for (id, filter, qos, rule, at, severity) in rows {
        let dialect = by_name(id);
        let identity = profile_of(dialect).identity;
        let findings = dialect.lint_subscription(&identity, filter, *qos);
        said(
            &findings,
            b"",
            rule,
            *at,
            *severity,
            &format!("{id} {filter}"),
        );
    }
    // What the platforms themselves want subscribed is never remarked on.
    for dialect in platform::all() {
        let identity = profile_of(*dialect).identity;
        let plan = dialect.connect_plan(&identity, &Draw::default());
        for (filter, qos) in &plan.subscriptions {
            let findings = dialect.lint_subscription(&identity, filter, *qos);
            assert_eq!(findings, [], "{} {filter}", dialect.declaration().id.0);
        }
    }
    // Neither are the document's own example of sharing and another device's broadcast.
    let aliyun = by_name("aliyun");
    let identity = profile_of(aliyun).identity;
    for filter in [
        "$share/testGroup/user/post",
        "/shadow/get/a1ouyopKiEU/device1",
        "/ota/device/upgrade/a1ouyopKiEU/device1",
        "/ext/ntp/a1ouyopKiEU/device1/response",
        "/ext/rrpc/+/a1ouyopKiEU/device1/user/get",
        "/ext/register",
    ] {
        let findings = aliyun.lint_subscription(&identity, filter, QoS::AtMostOnce);
        assert_eq!(findings, [], "{filter}");
    }
}

#[test]
fn a_connect_that_ends_the_connection_is_told_before_it_is_sent() {
    type Spoil = fn(&mut ConnectRequest<'_>);
    let rows: &[(&str, Spoil, &str, At)] = &[
        (
            "onenet",
            |r| r.keep_alive_secs = 10,
            "OutOfRange",
            Connect("keepalive"),
        ),
        (
            "aliyun",
            |r| r.keep_alive_secs = 10,
            "OutOfRange",
            Connect("keepalive"),
        ),
        (
            "iotda",
            |r| r.keep_alive_secs = 1201,
            "OutOfRange",
            Connect("keepalive"),
        ),
        (
            "onenet",
            |r| r.version = ProtocolVersion::V5_0,
            "UnsupportedFeature",
            Connect("protocol level"),
        ),
        (
            "onenet",
            |r| r.user_name = None,
            "MissingField",
            Connect("user name"),
        ),
        (
            "onenet",
            |r| r.password = None,
            "MissingField",
            Connect("password"),
        ),
        (
            "aliyun",
            |r| r.will = true,
            "UnsupportedFeature",
            Connect("will"),
        ),
        (
            "iotda",
            |r| r.will = true,
            "UnsupportedFeature",
            Connect("will"),
        ),
        (
            "aliyun",
            |r| r.client_id = "plain",
            "BadClientId",
            Connect("client id"),
        ),
        (
            "iotda",
            |r| r.client_id = "plain",
            "BadClientId",
            Connect("client id"),
        ),
    ];
    for (id, spoil, rule, at) in rows {
        let dialect = by_name(id);
        let identity = profile_of(dialect).identity;
        let plan = dialect.connect_plan(&identity, &Draw::default());
        let mut request = ConnectRequest {
            version: plan.version,
            client_id: &plan.client_id,
            user_name: plan.user_name.as_deref(),
            password: plan.password.as_deref(),
            keep_alive_secs: plan.keep_alive_secs,
            clean_session: true,
            will: false,
        };
        assert_eq!(dialect.lint_connect(&identity, &request), [], "{id}");
        spoil(&mut request);
        let findings = dialect.lint_connect(&identity, &request);
        said(&findings, b"", rule, *at, ERROR, &format!("{id} {rule}"));
    }
}

#[test]
fn a_url_that_is_not_how_the_platform_is_reached_is_told() {
    let rows: &[(&str, &str, &str, Option<&str>)] = &[
        ("iotda", "wss://a.example/mqtt", "", None),
        ("iotda", "wss://a.example:443/mqtt/", "", None),
        ("iotda", "ws://a.example/mqtt", "", Some("wss-only")),
        ("iotda", "wss://a.example/ws", "", Some("path-is-not-mqtt")),
        ("iotda", "wss://a.example", "", Some("path-is-not-mqtt")),
        (
            "aliyun",
            "ws://a.example:443/",
            "c|securemode=2,signmethod=hmacsha256|",
            Some("SecuremodeMismatch"),
        ),
        (
            "aliyun",
            "wss://a.example:443/",
            "c|securemode=2,signmethod=hmacsha256|",
            None,
        ),
    ];
    for (id, url, client_id, wanted) in rows {
        let dialect = by_name(id);
        let findings = dialect.lint_endpoint(&profile_of(dialect).identity, url, client_id);
        let told: Vec<&str> = findings.iter().map(|finding| &*finding.rule).collect();
        assert_eq!(
            told,
            wanted.iter().copied().collect::<Vec<_>>(),
            "{id} {url}"
        );
    }
}

#[test]
fn the_keep_alive_of_a_registration_is_not_asked_about() {
    let aliyun = by_name("aliyun");
    for (way, asks) in [("secret", true), ("register", false), ("regnwl", false)] {
        let mut identity = profile_of(aliyun).identity;
        identity.insert("auth".to_owned(), way.to_owned());
        identity.insert("product_secret".to_owned(), "secret".to_owned());
        let plan = aliyun.connect_plan(&identity, &Draw::default());
        let request = ConnectRequest {
            version: plan.version,
            client_id: &plan.client_id,
            user_name: plan.user_name.as_deref(),
            password: plan.password.as_deref(),
            keep_alive_secs: 10,
            clean_session: true,
            will: false,
        };
        let findings = aliyun.lint_connect(&identity, &request);
        assert_eq!(!findings.is_empty(), asks, "{way}: {findings:?}");
    }
}

#[test]
fn a_keep_alive_that_is_no_number_is_told_instead_of_the_default_going_out_unsaid() {
    for dialect in platform::all() {
        let mut profile = profile_of(*dialect);
        profile.connection.keep_alive_unread = "70000".to_owned();
        let console = Console::with_profile(profile, false);
        let plan = console.page.plan.as_ref().expect("a plan");
        let id = dialect.declaration().id.0;
        said(
            &plan.findings,
            b"",
            "OutOfRange",
            Connect("keepalive"),
            ERROR,
            &id,
        );
        let told = plan.findings.iter().find(|it| it.text.en.contains("70000"));
        let instead = format!("{} s", plan.keep_alive_secs);
        assert!(told.is_some_and(|it| it.text.en.contains(&instead)), "{id}");
    }
}

#[test]
fn a_connection_too_many_is_told_before_it_is_asked_for_and_on_its_row() {
    let (mut console, _) = connected(by_name("aliyun"));
    let told = |console: &Console| {
        let plan = console.page.plan.as_ref().expect("a plan");
        plan.findings.iter().any(|finding| {
            finding.rule == "rate"
                && finding.unconfirmed
                && finding.place == Place::Connect("CONNECT".into())
        })
    };
    for nth in 2..=6 {
        console.device(DeviceCommand::Disconnect);
        console.advance(Duration::from_millis(100));
        assert_eq!(told(&console), nth == 6, "before connection {nth}");
        console.device(DeviceCommand::Connect);
        console.advance(Duration::from_secs(1));
    }
    // It was made all the same; its CONNECT says what it was.
    let rows = console.page.log.rows.iter().rev();
    let connect = rows.filter(|row| row.summary.en.contains("CONNECT"));
    let ids: Vec<_> = connect.map(|row| row.id).collect();
    let newest = ids
        .into_iter()
        .find(|id| console.select(*id).bytes.first() == Some(&0x10))
        .expect("a CONNECT");
    let findings = console.select(newest).findings;
    assert!(findings.iter().any(|finding| finding.rule == "rate"));
    console.device(DeviceCommand::Disconnect);
    console.advance(Duration::from_secs(1));
    assert!(told(&console));
    console.advance(Duration::from_secs(61));
    assert!(!told(&console), "a minute later it is no remark any more");
}

#[test]
fn a_time_too_far_ahead_is_told_however_the_message_was_made() {
    let (mut console, _) = connected(by_name("aliyun"));
    for (days, told) in [(1, false), (2, true)] {
        let time = console.now().unix.0 + days * 24 * 3_600_000 - 60_000;
        let payload = format!(
            r#"{{"id":"1","version":"1.0","params":{{"t":{{"value":1.5,"time":{time}}}}},"method":"thing.event.property.post"}}"#
        );
        let draft = Draft::Raw(message(POST, payload.clone()));
        let findings = preview_after(&mut console, &draft, 0);
        let place = time.to_string();
        let hit = findings.iter().find(|finding| finding.rule == "OutOfRange");
        assert_eq!(hit.is_some(), told, "{days}: {findings:?}");
        if let Some(hit) = hit {
            let Place::Payload { start, end } = hit.place else {
                panic!("the time itself is named: {hit:?}");
            };
            assert_eq!(payload.get(start..end), Some(&*place));
        }
    }
}

#[test]
fn a_property_set_beyond_256_kb_is_told_on_arrival_and_refused_to_the_application() {
    let iotda = by_name("iotda");
    let identity = profile_of(iotda).identity;
    let topic = format!(
        "$oc/devices/{}/sys/properties/set/request_id=1",
        identity["device_id"]
    );
    let empty = r#"{"services":[{"service_id":"a","properties":{"v":""}}]}"#;
    for (size, told) in [(256 * 1024, false), (256 * 1024 + 1, true)] {
        let filler = "x".repeat(size - empty.len());
        let payload = empty.replace("\"v\":\"\"", &format!("\"v\":\"{filler}\""));
        assert_eq!(payload.len(), size);
        let reading = iotda.read(
            &identity,
            device_console::platform::Direction::Down,
            &message(&topic, payload),
        );
        let hit = reading
            .findings
            .iter()
            .any(|it| it.rule == "property-set-size");
        assert_eq!(hit, told, "{size}");
        let (mut console, _) = connected(iotda);
        console.device(DeviceCommand::Application {
            kind: "property-set".to_owned(),
            values: console::form(&[
                ("service_id", "a"),
                ("properties", &format!("{{\"v\":\"{filler}\"}}")),
            ]),
        });
        let submission = console.page.submission.clone().expect("a submission");
        let refused = submission
            .findings
            .iter()
            .any(|it| it.is_error() && it.rule == "OutOfRange");
        assert_eq!(refused, told, "{size}: {:?}", submission.findings);
    }
}

/// The preview of a message that is sent so many times within a second.
fn preview_after(console: &mut Console, draft: &Draft, times: usize) -> Vec<Finding> {
    for _ in 0..times {
        console.device(DeviceCommand::Send {
            draft: draft.clone(),
        });
    }
    console.device(DeviceCommand::Preview {
        number: 1,
        draft: draft.clone(),
    });
    let preview = console.page.preview.as_ref().expect("a preview");
    preview.findings.clone()
}

#[test]
fn a_message_too_many_is_told_before_it_is_sent_and_on_its_row() {
    for (id, topic, most, unconfirmed) in [
        ("aliyun", "/a1ouyopKiEU/device1/user/update", 30, true),
        ("eztcloud", "data/DU_JEwVTAmL3m/modbus", 1, false),
        (
            "iotda",
            "$oc/devices/5f052ac562369102d42b0fb6_dev01/sys/messages/up",
            50,
            false,
        ),
    ] {
        let (mut console, _) = connected(by_name(id));
        let draft = Draft::Raw(Publication {
            qos: QoS::AtMostOnce,
            ..message(topic, "{}")
        });
        let is_rate = |finding: &&Finding| finding.rule == "rate";
        let before = preview_after(&mut console, &draft, most - 1);
        assert_eq!(before.iter().find(is_rate), None, "{id}");
        let after = preview_after(&mut console, &draft, 1);
        let rate = after.iter().find(is_rate);
        let rate = rate.unwrap_or_else(|| panic!("{id}: {after:?}"));
        assert_eq!(rate.unconfirmed, unconfirmed, "{id}");
        assert_eq!(rate.place, Place::Message, "{id}");
        // Nothing is held back; the row says what it was.
        preview_after(&mut console, &draft, 1);
        let row = console.page.log.rows.last().expect("a row").id;
        let findings = console.select(row).findings;
        assert!(
            findings.iter().any(|finding| finding.rule == "rate"),
            "{id}"
        );
        console.advance(Duration::from_secs(31));
        let later = preview_after(&mut console, &draft, 0);
        assert_eq!(later.iter().find(is_rate), None, "{id}");
    }
    // Bytes count too.
    let (mut console, _) = connected(by_name("iotda"));
    let topic = "$oc/devices/5f052ac562369102d42b0fb6_dev01/sys/messages/up";
    let draft = Draft::Raw(message(topic, vec![b'a'; 600_000]));
    assert!(
        !preview_after(&mut console, &draft, 0)
            .iter()
            .any(|finding| finding.rule == "rate")
    );
    assert!(
        preview_after(&mut console, &draft, 1)
            .iter()
            .any(|finding| finding.rule == "rate")
    );
}

#[test]
fn a_filter_too_many_and_a_filter_that_is_refused_are_told_beside_it() {
    for (id, most, unconfirmed) in [("onenet", 100, false), ("aliyun", 100, true)] {
        let (mut console, _) = connected(by_name(id));
        let automatic = console.page.subscriptions.len();
        for number in 0..=most - automatic {
            let filter = match id {
                "onenet" => format!("room/x{number}"),
                _ => format!("/a1ouyopKiEU/device1/user/x{number}"),
            };
            console.device(DeviceCommand::Subscribe {
                filter,
                qos: QoS::AtMostOnce,
            });
        }
        let told: Vec<_> = console
            .page
            .subscriptions
            .iter()
            .map(|subscription| subscription.findings.as_slice())
            .collect();
        assert_eq!(told.len(), most + 1, "{id}");
        assert!(
            told[..most].iter().all(|findings| findings.is_empty()),
            "{id}"
        );
        assert_eq!(told[most].len(), 1, "{id}");
        assert_eq!(told[most][0].rule, "too-many-subscriptions", "{id}");
        assert_eq!(told[most][0].unconfirmed, unconfirmed, "{id}");
    }
    let (mut console, _) = connected(by_name("iotda"));
    console.device(DeviceCommand::Subscribe {
        filter: "$oc/devices/other/sys/commands/#".to_owned(),
        qos: QoS::AtMostOnce,
    });
    let told = console.page.subscriptions.last().expect("a subscription");
    assert_eq!(told.findings[0].rule, "ForeignTopic");
}

#[test]
fn a_topic_that_ends_in_white_space_is_told_with_the_space_in_sight() {
    for dialect in device_console::platform::all() {
        let (mut console, declaration) = connected(*dialect);
        for (topic, told) in [
            ("a/b", false),
            ("a/b ", true),
            ("\ta/b", true),
            ("a b", false),
        ] {
            console.device(DeviceCommand::Preview {
                number: 1,
                draft: Draft::Raw(message(topic, b"{}".as_slice())),
            });
            let findings = &console.page.preview.as_ref().expect("a preview").findings;
            let found = findings.iter().find(|it| it.rule == "TopicBlank");
            assert_eq!(found.is_some(), told, "{}: {topic:?}", declaration.id.0);
            assert!(found.is_none_or(|it| it.text.en.contains('␣')));
        }
    }
}

#[test]
fn findings_never_block_what_is_sent() {
    for (id, topic, payload, rule, ..) in MESSAGES {
        let (mut console, _) = connected(by_name(id));
        let before = console.page.counters.frames_up;
        console.device(DeviceCommand::Send {
            draft: Draft::Raw(message(topic, *payload)),
        });
        assert_eq!(console.page.counters.frames_up, before + 1, "{id} {rule}");
    }
}
